"""The directories and files of one share, in memory."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.studio.content import Content


@dataclass(slots=True)
class Node:
    """A file where it has `content`, else a directory.

    `id` is another one for whatever is made anew under an old name. `is_open` is a file that a
    client of SMB holds open, `is_read_only` one with that attribute: neither can be deleted.
    """

    name: str
    id: str
    content: Content | None = None
    children: "dict[str, Node]" = field(default_factory=dict)
    is_open: bool = False
    is_read_only: bool = False

    @property
    def is_folder(self) -> bool:
        """Tell whether this is a directory."""
        return self.content is None

    @property
    def etag(self) -> str:
        """Give the entity tag, quoted."""
        return f'"0x8{int(self.id):014X}"' if self.content is None else self.content.etag


class ShareTree:
    """One share; names are looked up whatever their case, and kept as they were given."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made = 1
        self._root = Node("", "1")

    def put(self, path: str, content: Content | None) -> Node:
        """Put a file, or with None a directory, and the directories above it; give its node."""
        with self._lock:
            at = self._root
            names = path.split("/")
            for name in names[:-1]:
                at = self._below(at, name, None)
            node = self._below(at, names[-1], content)
            node.content = content
            return node

    def _below(self, at: Node, name: str, content: Content | None) -> Node:
        key = name.lower()
        if key not in at.children:
            self._made += 1
            at.children[key] = Node(name, str(self._made), content)
        return at.children[key]

    def find(self, path: str | list[str]) -> Node | None:
        """Give what is at a path, the share's own directory for an empty one."""
        names = [n for n in path.split("/") if n] if isinstance(path, str) else path
        with self._lock:
            at: Node | None = self._root
            for name in names:
                at = None if at is None else at.children.get(name.lower())
            return at

    def children(self, node: Node) -> list[Node]:
        """Give what is in a directory, in the order of names."""
        with self._lock:
            return [node.children[key] for key in sorted(node.children)]

    def remove(self, names: list[str]) -> bool:
        """Take away a file, or an empty directory; False where it is no more, or not empty."""
        with self._lock:
            parent = self.find(names[:-1])
            node = None if parent is None else parent.children.get(names[-1].lower())
            if parent is None or node is None or node.children:
                return False
            del parent.children[names[-1].lower()]
            return True

    def files(self, path: str = "") -> dict[str, bytes]:
        """Give the bytes of all files below a path, by their paths from the share on."""
        node = self.find(path)
        if node is None:
            return {}
        return {name: c.open_bytes() for name, c in self._walk(node, path.strip("/"))}

    def _walk(self, node: Node, path: str) -> Iterator[tuple[str, Content]]:
        for child in self.children(node):
            name = f"{path}/{child.name}".lstrip("/")
            if child.content is not None:
                yield name, child.content
            else:
                yield from self._walk(child, name)
