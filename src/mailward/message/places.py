# SPDX-License-Identifier: Apache-2.0
"""Where an entity stands in a mail, and for which readers."""


class Place:
    """Where an entity stands: its path, how deep, and whether only some readers get there. `inner` if it
    is the top of a message, whose single part has the number 1."""

    __slots__ = ("alternative", "depth", "inner", "path")

    def __init__(self, path: str, *, depth: int, alternative: bool, inner: bool = False) -> None:
        self.path = path
        self.depth = depth
        self.alternative = alternative
        self.inner = inner

    @property
    def leaf_path(self) -> str:
        """The path of an entity without parts: the only part of a message has the number 1."""
        if not self.inner:
            return self.path
        return f"{self.path}.1" if self.path else "1"

    @property
    def container_path(self) -> str:
        """A multipart at the top of a message has the number 0; its parts count from 1."""
        if not self.inner:
            return self.path
        return f"{self.path}.0" if self.path else "0"

    @property
    def words(self) -> str:
        """How ambiguities name it."""
        return f"part {self.path}" if self.path else "message"

    def child(self, number: int, *, alternative: bool) -> "Place":
        """The place of one part of a multipart."""
        path = f"{self.path}.{number}" if self.path else str(number)
        return Place(path, depth=self.depth + 1, alternative=self.alternative or alternative)

    def inside(self, path: str) -> "Place":
        """The top of the message that is attached here."""
        return Place(path, depth=self.depth + 1, alternative=self.alternative, inner=True)

    def aside(self) -> "Place":
        """The same place for readers of another opinion."""
        return Place(self.path, depth=self.depth, alternative=True, inner=self.inner)
