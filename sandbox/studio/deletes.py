"""The deletes that the Studio API has: dataset families, and experiments with their history."""

from sandbox.loopback.exchange import Request, Response
from sandbox.loopback.removals import Removals
from sandbox.studio.errors import studio_error
from sandbox.studio.identifiers import GLOBAL_WORKSPACE_ID
from sandbox.studio.model import Workspace
from sandbox.studio.payload_experiment import experiment_etag


class Deletes:
    """Deletes from one workspace; what is gone is kept in `removals`, by asset id.

    What was deleted may still be used by what is left: no source says that the service refused.
    Clients looked for any 2xx, so the two calls answer with different ones.
    """

    def __init__(self, workspace: Workspace, removals: Removals) -> None:
        self._workspace = workspace
        self._removals = removals

    def family(self, family_id: str) -> Response:
        """Answer DELETE `datasources/family/{id}`: all versions go."""
        samples = {family.family_id for family in self._workspace.sample_families}
        if family_id in samples or _is_microsofts(family_id):
            return _refused()
        for family in self._workspace.families:
            if family.family_id == family_id:
                keys = [family.id_of(version) for version in family.versions]
                return Response(200) if self._removals.add(*keys) else _not_found()
        return _not_found()

    def experiment(self, experiment_id: str, request: Request) -> Response:
        """Answer DELETE `experiments/{id}`, with `deleteAncestors=true` the earlier runs too."""
        if _is_microsofts(experiment_id):
            return _refused()
        for experiment in self._workspace.experiments:
            states = list(experiment.states())
            run = dict(states).get(experiment_id)
            if run is None or self._removals.gone(experiment_id):
                continue
            expected = request.headers.get("if-match", "*")
            if expected not in ("*", experiment_etag(experiment_id, run)):
                return studio_error(412, "PreconditionFailed", "the experiment has changed")
            at = next(i for i, r in enumerate(experiment.runs) if r is run)
            history = request.query.get("deleteAncestors", "").lower() == "true"
            going = experiment.runs[at:] if history else (run,)
            others = [key for key, state in states if any(state is r for r in going)]
            self._removals.add(experiment_id, *others)
            return Response(204)
        return _not_found()


def _is_microsofts(identifier: str) -> bool:
    return identifier.startswith(GLOBAL_WORKSPACE_ID)


def _refused() -> Response:
    return studio_error(403, "UserError", "Microsoft's samples cannot be deleted")


def _not_found() -> Response:
    return studio_error(404, "ResourceNotFound", "no such asset")
