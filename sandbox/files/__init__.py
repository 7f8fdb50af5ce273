"""A sandbox of Azure Files: the part of its REST API that reads and deletes files and directories.

Paths, headers, XML and error codes are those of Microsoft's reference and of its Python client.
`SandboxFiles` is the server, on loopback; `ShareTree` is one share, held in memory.
"""

from sandbox.files.server import SandboxFiles
from sandbox.files.tree import Node, ShareTree

__all__ = ["Node", "SandboxFiles", "ShareTree"]
