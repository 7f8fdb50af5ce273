"""The Studio (classic) data plane: which call answers what."""

import hmac
import threading
from collections.abc import Iterable, Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from sandbox.loopback.exchange import Request, Response, json_response
from sandbox.loopback.removals import Removals
from sandbox.studio.blob_response import blob_error, blob_response, refused
from sandbox.studio.content import Content
from sandbox.studio.errors import studio_error
from sandbox.studio.management import PREFIX as MANAGEMENT
from sandbox.studio.management import unknown_workspace
from sandbox.studio.model import Workspace
from sandbox.studio.sas import Signer
from sandbox.studio.view import WorkspaceView

TOKEN_HEADER = "x-ms-metaanalytics-authorizationtoken"

_WS = "/api/workspaces/<ws>"
_ASSETS = (
    "trainedmodels",
    "transformmodules",
    "modules",
    "notebooks",
    "projectcontainers",
    "gateways",
)
_ROUTES = Map(
    [
        *(Rule(f"{_WS}/{kind}", endpoint=kind, methods=["GET"]) for kind in _ASSETS),
        Rule(f"{_WS}/trainedmodels/<asset>", endpoint="model", methods=["GET"]),
        Rule(
            f"{_WS}/notebooks/family/<asset>/attachments",
            endpoint="attachments",
            methods=["GET"],
        ),
        Rule(
            f"{_WS}/experiments/<asset>/webservicedefinition",
            endpoint="definition",
            methods=["GET"],
        ),
        Rule(_WS, endpoint="record", methods=["GET"]),
        Rule(f"{_WS}/users", endpoint="users", methods=["GET"]),
        Rule(f"{_WS}/datasources", endpoint="datasets", methods=["GET"]),
        Rule(f"{_WS}/datasources/<asset>", endpoint="dataset", methods=["GET"]),
        Rule(f"{_WS}/experiments", endpoint="experiments", methods=["GET"]),
        Rule(f"{_WS}/experiments/<asset>", endpoint="experiment", methods=["GET"]),
        Rule(f"{_WS}/datasources/family/<asset>", endpoint="delete family", methods=["DELETE"]),
        Rule(f"{_WS}/experiments/<asset>", endpoint="delete experiment", methods=["DELETE"]),
        Rule(f"{_WS}/experiments/<asset>/annotations", endpoint="annotations", methods=["GET"]),
        Rule(
            f"{_WS}/experiments/<asset>/outputdata/<node>/<path:port>",
            endpoint="output",
            methods=["GET"],
        ),
    ],
    strict_slashes=False,
    merge_slashes=False,
).bind("sandbox")


class Application:
    """Answers requests for a set of workspaces; knows no sockets, faults or delays."""

    def __init__(self, signer: Signer, removals: Removals) -> None:
        self._signer = signer
        self._removals = removals
        self._lock = threading.Lock()
        self._views: dict[str, WorkspaceView] = {}
        self._blobs: dict[str, Content] = {}

    def put(self, workspaces: Iterable[Workspace], url: str) -> None:
        """Serve workspaces, in place of those with the same ids; atomic for every call."""
        made = {
            w.workspace_id: WorkspaceView(w, url, self._signer, self._removals) for w in workspaces
        }
        with self._lock:
            views = self._views | made
            blobs = {path: blob for view in views.values() for path, blob in view.blobs.items()}
            self._views, self._blobs = views, blobs

    def answer(self, request: Request) -> Response:
        """Answer one request of the protocol."""
        path = request.path
        if path.startswith(MANAGEMENT):
            view = self._open(path.split("/", 3)[2])
            return view.management.answer(request) if view else unknown_workspace()
        if path == "/api/sharedaccess":
            return self._shared(request)
        if not path.startswith("/api/"):
            return self._blob(request, path, request.query)
        if not path.startswith("/api/workspaces/"):
            return studio_error(404, "ResourceNotFound", "no such resource")
        refusal = self._unauthorized(request, path)
        return refusal or self._studio(request, path)

    def remove(self, workspace_id: str) -> None:
        """Delete a workspace as a whole: no token opens it any more. Its blobs stay."""
        self._removals.add(("workspace", workspace_id))

    def _open(self, workspace_id: str) -> WorkspaceView | None:
        gone = self._removals.gone(("workspace", workspace_id))
        return None if gone else self._views.get(workspace_id)

    def blob_of(self, request: Request) -> str | None:
        """Give the path of the blob that a `sharedaccess` call names, forged or not."""
        if request.raw_path != "/api/sharedaccess":
            return None
        inner = request.query.get("sharedAccessUri", "").partition("?")[0]
        return "/" + "/".join(inner.split("/")[3:])

    def _unauthorized(self, request: Request, path: str) -> Response | None:
        view = self._open(path.split("/", 4)[3])
        sent = request.headers.get(TOKEN_HEADER, "").encode()
        if view is not None:
            tokens = (view.workspace.primary_token, view.workspace.secondary_token)
            if any(hmac.compare_digest(sent, token.encode()) for token in tokens):
                return None
        message = f"The workspace and the authorization token do not match: {request.raw_path}"
        return studio_error(401, "UserError", message)

    def _studio(self, request: Request, path: str) -> Response:
        try:
            name, values = _ROUTES.match(path, request.method)
        except HTTPException as error:
            return studio_error(error.code or 500, "ResourceNotFound", "no such resource")
        view = self._views[values["ws"]]
        if name == "delete family":
            return view.deletes.family(values["asset"])
        if name == "delete experiment":
            return view.deletes.experiment(values["asset"], request)
        if name == "output":
            content = view.output(values["asset"], values["node"], values["port"])
            if content is None:
                return studio_error(404, "ResourceNotFound", "no such output")
            return blob_response(request, content)
        try:
            body = _document(view, name, values)
        except ValueError as error:
            return studio_error(400, "BadRequest", str(error))
        if body is None:
            return studio_error(404, "ResourceNotFound", "no such asset")
        return json_response(body)

    def _shared(self, request: Request) -> Response:
        path = self._signer.shared_path(request.query)
        if path is None:
            return refused("Signature did not match.")
        inner = request.query["sharedAccessUri"].partition("?")[2]
        return self._blob(request, path, Request("GET", path, inner, {}).query)

    def _blob(self, request: Request, path: str, query: Mapping[str, str]) -> Response:
        content = self._blobs.get(path)
        # The storage service answers an anonymous call as if the blob were not there.
        if not query.get("sig") or request.method not in ("GET", "HEAD"):
            return blob_error(404, "ResourceNotFound", "The specified resource does not exist.")
        refusal = self._signer.refusal(path, query)
        if refusal is not None:
            return refused(refusal)
        if content is None:
            return blob_error(404, "BlobNotFound", "The specified blob does not exist.")
        return blob_response(request, content)


def _document(view: WorkspaceView, name: str, values: Mapping[str, str]) -> bytes | None:
    match name:
        case "record":
            return view.record
        case "users":
            return view.users
        case "datasets":
            return view.datasets()
        case "experiments":
            return view.experiments
        case "dataset":
            return view.dataset(values["asset"])
        case "experiment":
            return view.experiment(values["asset"])
        case "annotations":
            return view.annotations(values["asset"])
        case "definition":
            return view.definition(values["asset"])
        case "model":
            return view.assets.model(values["asset"])
        case "attachments":
            return view.assets.attachments(values["asset"])
        case kind:
            return view.assets.listed(kind)
