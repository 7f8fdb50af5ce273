"""ARM's calls that read assets with versions: containers, and the versions in one."""

from sandbox.azureml.arm_lists import list_answer
from sandbox.azureml.errors import gateway_error, not_found
from sandbox.azureml.model import Version
from sandbox.azureml.payload_arm import container_payload, version_payload
from sandbox.azureml.view import WorkspaceView, archived_shown
from sandbox.loopback.exchange import Request, Response, json_response


def versions_answer(
    request: Request, view: WorkspaceView, path: tuple[str, ...], url: str, size: int
) -> Response:
    """Answer a GET of a kind, a container, its versions or one of them."""
    if request.method != "GET":
        return gateway_error(405, "MethodNotAllowed", "the method is not known here")
    kind, *rest = path
    # code has no archive: its lists know no listViewType
    shown = archived_shown("All" if kind == "codes" else request.query.get("listViewType"))

    def first_of(name: str) -> Version:
        return view.versions[kind, name.lower()][0]

    def container_shown(name: str) -> bool:
        held = view.there(kind, name)
        return shown(bool(held) and all(v.archived for v in held)) and view.listed(kind, name)

    match rest:
        case []:
            return list_answer(
                request,
                url,
                view.names(kind),
                size,
                container_shown,
                lambda n: container_payload(kind, n, first_of(n), view.there(kind, n)),
                view,
            )
        case [name]:
            first = view.first(kind, name)
            if first is None:
                return not_found(f"{kind} {name}")
            payload = container_payload(kind, first.name, first, view.there(kind, name))
            return json_response(view.render(payload))
        case [name, versions] if versions.lower() == "versions":
            if view.first(kind, name) is None:
                return not_found(f"{kind} {name}")
            return list_answer(
                request,
                url,
                view.versions[kind, name.lower()],
                size,
                lambda v: shown(v.archived) and view.removals.listed(view.version_key(v)),
                version_payload,
                view,
            )
        case [name, versions, number] if versions.lower() == "versions":
            version = view.version(kind, name, number)
            if version is None:
                return not_found(f"{kind} {name}:{number}")
            return json_response(view.render(version_payload(version)))
        case _:
            return gateway_error(404, "InvalidResourceType", "no such resource type")
