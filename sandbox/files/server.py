"""The file shares of storage accounts on loopback, as Azure Files serves them by token."""

from sandbox.files import answers
from sandbox.files.tree import Node, ShareTree
from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.faults import ErrorShape
from sandbox.loopback.server import LoopbackServer
from sandbox.studio.content import Content

_OLDEST = "2022-11-02"
"""The first version that takes tokens."""


class SandboxFiles(LoopbackServer):
    """Shares below `/{account}/{share}/`, in memory; whoever has a token may do everything.

    `page_size` is how many entries a list gives at most, and may be changed while it runs.
    """

    def __init__(self, port: int = 0, latency: float = 0.0, page_size: int = 5000) -> None:
        super().__init__(port, latency)
        self.page_size = page_size
        self._held: dict[tuple[str, str, str], Content | None] = {}
        self._shares: dict[tuple[str, str], ShareTree] = {}

    def hold(self, account: str, share: str, path: str, content: Content | None) -> None:
        """Put a file there, or with None a directory; `restore` brings it back."""
        self._held[account, share, path] = content
        self.share(account, share).put(path, content)

    def share(self, account: str, share: str) -> ShareTree:
        """Give a share, to look into or to change; it is made where there is none."""
        return self._shares.setdefault((account, share), ShareTree())

    def endpoint(self, account: str) -> str:
        """Give the address of an account, as `FileEndpoint` of a connection string."""
        return f"{self.url}/{account}"

    def restore(self) -> None:
        """Have every share hold what it was made to hold, and nothing else."""
        super().restore()
        self._shares = {}
        for (account, share, path), content in self._held.items():
            self.share(account, share).put(path, content)

    def _prepare(self) -> None:
        """Nothing depends on the address."""

    def _shape(self, request: Request) -> ErrorShape:
        return answers.error

    def _has_token(self, request: Request) -> bool:
        return "authorization" in request.headers

    def _answer(self, request: Request) -> Response:
        refused = _refusal(request)
        if refused is not None:
            return refused
        # Microsoft's client writes the slashes of a path as %2F
        account, share, *names = request.path[1:].split("/")
        if request.headers.get("x-ms-allow-trailing-dot", "").lower() != "true":
            names = [name.rstrip(".") for name in names]
        if any(name in ("", ".", "..") for name in names):
            return answers.error(400, "InvalidResourceName", "a name of the path is empty or dots")
        tree = self._shares.get((account, share))
        if tree is None:
            return answers.error(404, "ShareNotFound", "The specified share does not exist.")
        node = tree.find(names)
        if node is None:
            return _missing(tree, names)
        is_folder = request.query.get("restype") == "directory"
        if is_folder != node.is_folder:
            return answers.error(409, "ResourceTypeMismatch", "a file is no directory")
        if request.method == "DELETE":
            return self._delete(tree, names, node)
        if request.method not in ("GET", "HEAD"):
            return answers.error(405, "UnsupportedHttpVerb", "only what reads and deletes is here")
        if is_folder and request.query.get("comp") == "list":
            path = "/".join(names)
            children = tree.children(node)
            endpoint = f"http://{request.headers.get('host', '')}/{account}/"
            return answers.listing(request, endpoint, share, path, node, children, self.page_size)
        if is_folder or request.method == "HEAD":
            return answers.properties(node)
        return answers.file(request, node)

    @staticmethod
    def _delete(tree: ShareTree, names: list[str], node: Node) -> Response:
        if not names:
            return answers.error(405, "UnsupportedHttpVerb", "a share goes by another call")
        if node.is_open:
            return answers.error(
                409, "SharingViolation", "The specified resource may be in use by an SMB client."
            )
        if node.is_read_only:
            return answers.error(409, "ReadOnlyAttribute", "The specified resource is read-only.")
        if not tree.remove(names):
            if node.children:
                return answers.error(409, "DirectoryNotEmpty", "The directory is not empty.")
            return _missing(tree, names)
        return Response(202)


def _refusal(request: Request) -> Response | None:
    """Refuse a call that Azure Files would not take from somebody with a token."""
    headers = request.headers
    if not headers.get("authorization", "").startswith("Bearer "):
        return answers.error(401, "NoAuthenticationInformation", "a token is needed")
    if "x-ms-date" not in headers and "date" not in headers:
        return answers.error(403, "AuthenticationFailed", "Date or x-ms-date is needed")
    if headers.get("x-ms-version", "") < _OLDEST:
        return answers.error(403, "AuthenticationFailed", "this version takes no token")
    if headers.get("x-ms-file-request-intent") != "backup":
        return answers.error(
            400, "MissingRequiredHeader", "x-ms-file-request-intent has to be backup"
        )
    return None


def _missing(tree: ShareTree, names: list[str]) -> Response:
    parent = tree.find(names[:-1])
    code = "ParentNotFound" if parent is None else "ResourceNotFound"
    return answers.error(404, code, "The specified resource does not exist.")
