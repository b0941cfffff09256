# SPDX-License-Identifier: Apache-2.0
"""The built console, served from memory: what is in the folder at the start is all that can be asked for."""

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from mailward.kit.http import PUBLIC, not_found

INDEX = "index.html"
HASHED = "assets/"
"""The build names files below this folder by their contents, so that they may be kept for ever."""
MAX_FILES = 2000
WORTH_PACKING = 1024

_NOT_BUILT = (
    "<!doctype html><title>Mailward</title><h1>The console is not built</h1>"
    "<p>Run <code>make console</code> and start again. The API works without it: <code>/api/v1/openapi.json</code>.</p>"
)


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file, packed where that helps."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    lasting: bool


class Console:
    """The files of the built console."""

    def __init__(self, root: Path) -> None:
        self._assets = {name: _asset(name, path.read_bytes()) for name, path in _files(root)}

    @property
    def built(self) -> bool:
        """Whether there is a console at all."""
        return INDEX in self._assets

    def find(self, path: str) -> Asset | None:
        """The file of that name; for a page of the console, its frame. None for a file that is not there. Pages below
        another page may have a dot in their name, as domains have."""
        name = path.strip("/")
        found = self._assets.get(name)
        is_file = name.startswith(HASHED) or ".." in name.split("/") or ("." in name and "/" not in name)
        return self._assets.get(INDEX) if found is None and not is_file else found


@get("/", opt={PUBLIC: True}, include_in_schema=False, sync_to_thread=False)
def to_console() -> Redirect:
    """People mean the console."""
    return Redirect("/console/", status_code=302)


@get(["/console", "/console/{path:path}"], opt={PUBLIC: True}, include_in_schema=False, sync_to_thread=False)
def serve_console(
    request: Request[Any, Any, Any], console: NamedDependency[Console], path: FromPath[str] = "/"
) -> Response[bytes]:
    """A file of the console, or its frame for every page inside it."""
    if not console.built:
        return Response(_NOT_BUILT.encode(), status_code=503, media_type="text/html; charset=utf-8")
    asset = console.find(path)
    if asset is None:
        raise not_found()
    lasting = "public, max-age=31536000, immutable" if asset.lasting else "no-cache"
    headers = {"ETag": asset.etag, "Cache-Control": lasting, "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=headers)


ROUTES: Sequence[Any] = (to_console, serve_console)


def _files(root: Path) -> list[tuple[str, Path]]:
    if not root.is_dir():
        return []
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())[:MAX_FILES]
    return [(path.relative_to(root).as_posix(), path) for path in paths]


def _asset(name: str, body: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    packed = gzip.compress(body, 9, mtime=0) if len(body) >= WORTH_PACKING else b""
    return Asset(
        body=body,
        packed=packed if packed and len(packed) < len(body) else None,
        media_type=media_type,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        lasting=name.startswith(HASHED),
    )
