"""What ARM deletes and cancels: some at once, some in time, and what forbids it."""

from sandbox.azureml.errors import gateway_error, ml_error
from sandbox.azureml.model import TERMINAL, Job, Version
from sandbox.azureml.routing import Place
from sandbox.azureml.state import State
from sandbox.azureml.view import VERSIONED, WorkspaceView
from sandbox.loopback.exchange import Request, Response

_AT_ONCE = frozenset({"datastores", "connections"})
_IN_TIME = frozenset({"featuresets"})


class Deletes:
    """Deletes in a state. What is not there any more answers 204."""

    def __init__(self, state: State) -> None:
        self._state = state

    def workspace(
        self, request: Request, place: Place, view: WorkspaceView | None, url: str
    ) -> Response:
        """Delete a workspace: for good with `forceToPurge=true`, even where it is soft deleted."""
        purge = request.query.get("forceToPurge", "").lower() == "true"
        if view is None:
            held = self._state.views.get(request.path.rstrip("/").lower())
            if held is None or held.key() not in self._state.soft_deleted or not purge:
                return Response(204)
            view = held
        if (locked := self._locked(request)) is not None:
            return locked
        found = view

        def end() -> None:
            self._state.remove_workspace(found, purge=purge)

        return self._state.operations.start(
            request, url, view.workspace.region, view.workspace.arm_id, end, is_workspace=True
        )

    def inside(
        self, request: Request, view: WorkspaceView, path: tuple[str, ...], url: str
    ) -> Response:
        """Delete what a path inside a workspace names."""
        kind, *rest = path
        if not rest:
            return gateway_error(405, "MethodNotAllowed", "the method is not known here")
        if (locked := self._locked(request)) is not None:
            return locked
        if kind == "jobs":
            return self._job(request, view, rest, url)
        if kind in VERSIONED:
            return self._asset(request, view, kind, rest, url)
        return self._resource(request, view, kind, rest, url)

    def cancel(self, request: Request, view: WorkspaceView, job: Job, url: str) -> Response:
        """Cancel a job and its children; 200 where it has ended already."""
        if view.status(job) in TERMINAL:
            return Response(200)
        for one in job.family():
            view.set_status(one, "CancelRequested")

        def end() -> None:
            for one in job.family():
                view.set_status(one, "Canceled")

        path = f"{view.workspace.arm_id}/jobs/{job.name}"
        region = view.workspace.region
        return self._state.operations.start(request, url, region, path, end, has_result=True)

    def _job(self, request: Request, view: WorkspaceView, rest: list[str], url: str) -> Response:
        run = view.run(rest[0])
        if len(rest) != 1:
            return gateway_error(405, "MethodNotAllowed", "the method is not known here")
        if run is None:
            return Response(204)
        if view.status(run.job) not in TERMINAL:
            # no source says what the service does here; a connector has to cancel anyway
            message = f"job {run.job.name} has not ended: cancel it first"
            return ml_error(409, "UserError", message)
        return self._start(request, view, url, lambda: self._state.remove_job(view, run.job))

    def _asset(
        self, request: Request, view: WorkspaceView, kind: str, rest: list[str], url: str
    ) -> Response:
        held: list[Version] = []
        keys: list[str] = []
        match [rest[0], *(part.lower() for part in rest[1:])]:
            case [name]:
                if view.first(kind, name) is not None:
                    held, keys = view.there(kind, name), [view.key(kind, name)]
            case [name, "versions", number]:
                version = view.version(kind, name, number)
                held = [version] if version is not None else []
            case _:
                return gateway_error(405, "MethodNotAllowed", "the method is not known here")
        for version in held:
            if (user := view.uses(version)) is not None:
                message = f"{version.name}:{version.version} is in use by deployment {user}"
                return ml_error(409, "UserError", message)
        keys += [view.version_key(version) for version in held]
        if not keys:
            return Response(204)
        if kind in _IN_TIME:
            return self._start(request, view, url, lambda: self._state.removals.add(*keys))
        self._state.removals.add(*keys)
        return Response(200)

    def _resource(
        self, request: Request, view: WorkspaceView, kind: str, rest: list[str], url: str
    ) -> Response:
        match [rest[0], *(part.lower() for part in rest[1:])]:
            case [name]:
                there = view.resource(kind, name)
            case [name, "deployments", child]:
                there = view.resource(kind, name, child)
            case _:
                return gateway_error(405, "MethodNotAllowed", "the method is not known here")
        if kind == "computes" and request.query.get("underlyingResourceAction") not in (
            "Delete",
            "Detach",
        ):
            return ml_error(400, "UserError", "underlyingResourceAction has to be Delete or Detach")
        if there is None:
            return Response(204)
        key = view.key(kind, *rest)
        if kind in _AT_ONCE:
            self._state.removals.add(key)
            return Response(200)
        return self._start(request, view, url, lambda: self._state.removals.add(key))

    def _start(self, request: Request, view: WorkspaceView, url: str, end: object) -> Response:
        assert callable(end)
        region = view.workspace.region
        return self._state.operations.start(request, url, region, request.path.rstrip("/"), end)

    def _locked(self, request: Request) -> Response | None:
        scope = self._state.lock_on(request.path.rstrip("/"))
        if scope is None:
            return None
        message = (
            f"The scope '{request.path}' cannot perform delete operation because following "
            f"scope(s) are locked: '{scope}'. Please remove the lock and try again."
        )
        return gateway_error(409, "ScopeLocked", message)
