# SPDX-License-Identifier: Apache-2.0
"""Making a list of a file, off line: first a plan, then the list, in one step that every process sees at once."""

from datetime import datetime
from pathlib import Path

import msgspec

from mailward.engines.web_reputation.lists import MAX_LISTS, NAME, SUFFIX, Category, ListAbout
from mailward.engines.web_reputation.reading import BadFile, Brought, Format, Unusable, read
from mailward.kit import durable, mapped_set
from mailward.kit.mapped_set import BadSet, MappedSet

MAX_SHRINK = 0.5
"""A file that would take away more than this part of a list is not believed without `force`: feeds break."""


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file makes of a list. `before` and `after` are entries; `written` is False for a plan."""

    name: str
    category: Category
    format: Format
    before: int
    after: int
    added: int
    removed: int
    passed_over: int
    expired: int
    unusable: list[Unusable]
    written: bool


def bring(
    folder: Path, name: str, path: Path, *, category: Category, now: datetime, merge: bool = False, write: bool = False,
    force: bool = False, as_format: Format | None = None,
) -> ListPlan:  # fmt: skip
    """Compare a file with the list of this name, and with `write` put it in its place.

    Raises:
        BadFile: the file, the name or the change is refused. The text says why.
        OSError
    """
    if not NAME.fullmatch(name):
        raise BadFile(f"{name[:60]!r} is no name for a list: letters, digits, _ and -, at most 40")
    brought = read(path, now=now, as_format=as_format)
    target = folder / f"{name}{SUFFIX}"
    old = _open(target)
    try:
        return _compare(target, brought, old, path, category=category, now=now, merge=merge, write=write, force=force)
    finally:
        if old is not None:
            old.close()


def remove(folder: Path, name: str) -> bool:
    """Take a list away; whether it was there."""
    target = folder / f"{name}{SUFFIX}"
    if not NAME.fullmatch(name) or not target.exists():
        return False
    target.unlink()
    durable.sync_directory(folder)
    return True


def _open(target: Path) -> MappedSet[ListAbout] | None:
    """The list that is there. One that cannot be read is as good as none: it is about to be replaced."""
    try:
        return MappedSet(target, ListAbout)
    except (BadSet, OSError, ValueError):
        return None


def _compare(
    target: Path, brought: Brought, old: MappedSet[ListAbout] | None, path: Path, *, category: Category, now: datetime,
    merge: bool, write: bool, force: bool,
) -> ListPlan:  # fmt: skip
    new = mapped_set.sorted_unique(brought.hashes)
    before = len(old) if old is not None else 0
    known = mapped_set.common(new, old.hashes) if old is not None else 0
    added, removed = len(new) - known, 0 if merge else before - known
    after = before + added if merge else len(new)
    if not after:
        raise BadFile(f"there is no usable address in {path.name}")
    if write and not force and before and removed - added > before * MAX_SHRINK:
        raise BadFile(f"the list would shrink from {before} to {after} entries; if that is right, say so with --force")
    if write:
        if not target.exists() and len(list(target.parent.glob(f"*{SUFFIX}"))) >= MAX_LISTS:
            raise BadFile(f"there may be {MAX_LISTS} lists; remove one first")
        paths = brought.paths or (merge and old is not None and old.about.paths)
        about = ListAbout(
            name=target.name.removesuffix(SUFFIX), category=category, source=path.name, made_at=now, entries=after,
            paths=paths, passed_over=brought.passed_over,
        )  # fmt: skip
        mapped_set.write(target, about, mapped_set.union(new, old.hashes) if merge and old is not None else new)
    return ListPlan(
        name=target.name.removesuffix(SUFFIX), category=category, format=brought.format, before=before, after=after,
        added=added, removed=removed, passed_over=brought.passed_over, expired=brought.expired, unusable=brought.shown,
        written=write,
    )  # fmt: skip
