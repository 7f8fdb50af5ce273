"""Exporting one batch: read each asset, stage it, and write down what came of it."""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from dsr.errors import NotFound, ServiceError, Unavailable
from dsr.model.matching import Tier
from dsr.model.messages import EXPORT, ExportMessage
from dsr.model.outcome import AssetResult, BatchResult, Outcome
from dsr.model.paths import BESIDE, MAX_PATH, FolderBook
from dsr.model.plan import PlanEntry, read_entry
from dsr.model.readable import readable
from dsr.model.record import RequestRecord
from dsr.model.redaction import Redactions, Redactor
from dsr.model.request import split_asset
from dsr.model.states import State
from dsr.usecases.chaining import batch_exported
from dsr.usecases.connector import Connector, Content, Document, Missing
from dsr.usecases.correlation import about
from dsr.usecases.dispatching import UNDER_WAY, nudge
from dsr.usecases.listing import is_record_page
from dsr.usecases.outgoing import OutgoingAsset
from dsr.usecases.ports import BatchWriter, FileInfo, Ports
from dsr.usecases.reading import ResumingStream
from dsr.usecases.redacting import redactor_of
from dsr.usecases.retrying import ATTEMPTS, be_patient, delay

logger = logging.getLogger(__name__)

NOT_INCLUDED: Final = "the approval does not include it"
"""Why an entry to be reviewed is neither exported nor deleted."""
TIME_BUDGET: Final = 120.0
"""Seconds after which a batch begins no further asset; a next message brings the rest."""


def export(ports: Ports, message: ExportMessage) -> None:
    """Do one attempt at one batch.

    Done before: only what has to follow is sent again. Assets that may come later are deferred
    to a next attempt, which a message brings after the time that the service asks for; at once
    where there was just no time left for them.
    """
    try:
        record = ports.ledger.load(message.request)
    except NotFound:
        logger.warning("request %s is not in the ledger; message dropped", message.request)
        return
    if record.status not in (State.RUNNING, State.VERIFYING) or record.erasing:
        return
    done = ports.ledger.result(message.request, message.batch, message.attempt)
    wait = 0.0
    if done is None:
        if record.status != State.RUNNING:
            return
        with UNDER_WAY.batch(message.request), about(message.request):
            done, wait = _Batch(ports, record, message).run()
        if not ports.ledger.add_result(message.request, done):
            done = ports.ledger.result(message.request, message.batch, message.attempt)
    if done is not None and done.deferred:
        again = replace(message, attempt=message.attempt + 1, whole=False, tries=done.tries)
        seconds = delay(ports.retry_seconds, done.tries, wait) if done.tries else 0.0
        be_patient(ports, message.request, seconds)
        ports.queues.send(EXPORT, again.to_bytes(), seconds)
    elif done is not None:
        nudge(ports, record, message)


def poisoned(ports: Ports, message: ExportMessage) -> None:
    """End a batch that could not be done however often: its assets are `failed`."""
    record = ports.ledger.load(message.request)
    if record.status != State.RUNNING or record.erasing:
        return
    batch = _Batch(ports, record, message)
    ports.ledger.add_result(message.request, batch.failed("the batch failed again and again"))


class _Batch:
    """One attempt at one batch."""

    def __init__(self, ports: Ports, record: RequestRecord, message: ExportMessage) -> None:
        self._ports = ports
        self._record = record
        self._message = message
        self._request, _ = ports.ledger.request(message.request)
        self._included = ports.deletes.approval(record.request_id, record.approval)
        # each is read when its turn comes: what services list of an asset is large
        self._lines = dict(enumerate(ports.ledger.page(message.request, message.page).splitlines()))
        if not message.whole:
            before = ports.ledger.result(message.request, message.batch, message.attempt - 1)
            if before is not None:
                self._lines = {place: self._lines[place] for place in before.deferred}
        self._last = message.tries + 1 >= ATTEMPTS
        self._results: list[dict[str, Any]] = []
        self._deferred: list[int] = []
        self._in_vain = False
        self._wait = 0.0
        self._began: datetime | None = None

    def run(self) -> tuple[BatchResult, float]:
        """Give the result, and the seconds that the service wants before the next attempt."""
        writer = self._ports.packages.writer(self._record, self._message.batch, self._message.part)
        redactor = redactor_of(self._ports, self._record, self._request)
        if is_record_page(self._message.page):
            self._export_record(writer, redactor)
        else:
            for place, line in self._lines.items():
                self._export(place, read_entry(line), writer, redactor)
        return self._result(writer), self._wait

    def failed(self, error: str) -> BatchResult:
        """Give the result in which everything is failed."""
        for line in self._lines.values():
            self._keep(AssetResult(read_entry(line), Outcome.FAILED, error=error))
        return BatchResult(
            self._message.batch,
            self._message.attempt,
            self._message.whole,
            tuple(self._results),
            (),
            events=batch_exported(self._ports, self._results),
        )

    def _result(self, writer: BatchWriter) -> BatchResult:
        return BatchResult(
            self._message.batch,
            self._message.attempt,
            self._message.whole,
            tuple(self._results),
            writer.close(),
            tuple(self._deferred),
            # With nothing in vain every asset that was begun has its outcome, so this comes to an
            # end; and those that were never begun must not have used up their tries by waiting.
            self._message.tries + 1 if self._in_vain else 0,
            events=batch_exported(self._ports, self._results),
        )

    def _keep(self, result: AssetResult) -> None:
        self._results.append(result.to_json())

    def _export(
        self, place: int, entry: PlanEntry, writer: BatchWriter, redactor: Redactor
    ) -> None:
        if entry.action == "skip":
            self._keep(AssetResult(entry, Outcome.SKIPPED, reason=entry.reason))
            return
        if entry.action == "fail":
            self._keep(AssetResult(entry, Outcome.FAILED, error=entry.error))
            return
        if entry.action == "review" and entry.asset not in self._included:
            self._keep(AssetResult(entry, Outcome.SKIPPED, reason=NOT_INCLUDED))
            return
        # where the service has just asked for patience, it is left in peace
        if (self._wait and not self._last) or self._is_late():
            self._deferred.append(place)
            return
        asset = OutgoingAsset(entry, writer.asset(), redacted=Redactions(entry.secrets))
        try:
            self._read(asset, redactor)
        except Unavailable as error:
            if not self._last:
                # nothing of it was kept, so the next attempt starts it afresh
                self._deferred.append(place)
                self._in_vain = True
                self._wait = max(self._wait, error.retry_after)
                return
            asset.problems.append(str(error))
        except ServiceError as error:
            asset.problems.append(str(error))
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            # an answer of a form that nobody has seen is this asset's trouble, not its batch's
            kind = type(error).__name__
            asset.problems.append(f"the service's answer has an unexpected form ({kind})")
        if asset.problems:
            logger.warning(
                "request %s: asset %s: %s",
                self._record.request_id,
                entry.ref[:16],
                "; ".join(asset.problems),
            )
        asset.writer.keep()
        self._keep(asset.result())

    def _is_late(self) -> bool:
        """Tell whether no further asset is begun; the first one always is."""
        now = self._ports.now()
        self._began = self._began or now
        return (now - self._began).total_seconds() > TIME_BUDGET

    def _read(self, asset: OutgoingAsset, redactor: Redactor) -> None:
        """Read every file of an asset; raises Unavailable where another attempt may help."""
        workspace, kind_name, asset_id = split_asset(asset.entry.asset)
        connector = self._connector(workspace)
        kind = next(k for k in connector.kinds if k.name == kind_name)
        base = asset.entry.path
        room = MAX_PATH - len(f"{self._record.request_id}/data/{base}/".encode())
        book = FolderBook(room)
        include_data = self._request.scope.include_data and not asset.entry.refers
        for file in connector.read(kind_name, asset_id, asset.entry.listed, include_data):
            if isinstance(file, Missing):
                asset.missing.append(file)
                continue
            path = f"{base}/{book.assign(file.name)}" if kind.folder else base
            if isinstance(file, Document):
                path = path if kind.folder else path + BESIDE
                clean = file.value is asset.entry.listed
                value = redactor.redact(file.value, asset.redacted, clean=clean)
                if not asset.files:
                    value = _described(asset, value, redactor)
                self._write_json(asset, path, value)
            else:
                self._copy(asset, path, file)

    def _copy(self, asset: OutgoingAsset, path: str, file: Content) -> None:
        try:
            stream = ResumingStream(file.source)
            try:
                asset.files.append(asset.writer.stream(path, stream))
            finally:
                stream.close()
        except Unavailable as error:
            if not self._last:
                raise
            asset.problems.append(str(error))
        except ServiceError as error:
            asset.problems.append(str(error))

    def _write_json(self, asset: OutgoingAsset, path: str, value: Any) -> None:
        asset.files.append(asset.writer.add(path, readable(value)))

    def _connector(self, workspace: str) -> Connector:
        return self._ports.connector(workspace)

    # The page of a workspace's own record: what planning read, so nothing is called here.

    def _export_record(self, writer: BatchWriter, redactor: Redactor) -> None:
        number = int(self._message.page.split("-")[0])
        stored = self._ports.ledger.roster(self._record.request_id, number)
        workspace = self._record.workspaces[number]
        entries = [read_entry(line) for line in self._lines.values()]
        wanted = {split_asset(e.asset)[2] for e in entries if "/user:" in e.asset}
        files: dict[str, tuple[FileInfo, Redactions]] = {}
        if stored is not None:
            record, secrets = stored
            asset = writer.asset()
            users = [payload for person, payload in record.users if person.id in wanted]
            about = {"workspace": workspace, "service": record.service}
            own = {"record": record.payload}
            if record.resource is not None:
                own["resource"] = record.resource
            for name, value in (
                ("workspace.json", about | own),
                ("users.json", about | {"users": users}),
            ):
                redacted = Redactions(secrets if name == "workspace.json" else 0)
                data = readable(redactor.redact(value, redacted))
                info = asset.add(f"{workspace}/{name}", data)
                files[info.path] = info, redacted
            asset.keep()
        for entry in entries:
            if entry.action == "fail" or entry.path not in files:
                error = entry.error or "the workspace's record is not there"
                self._keep(AssetResult(entry, Outcome.FAILED, error=error))
                continue
            info, redacted = files[entry.path]
            evidence = {"files": [info.to_json()], "redacted": redacted.to_json()}
            problem = stored[0].problem if stored and entry.path.endswith("/workspace.json") else ""
            outcome = Outcome.FAILED if problem else Outcome.EXPORTED
            self._keep(AssetResult(entry, outcome, evidence, error=problem))


def _described(asset: OutgoingAsset, value: Any, redactor: Redactor) -> dict[str, Any]:
    """Give an asset's first metadata file: what it is called here, and what the service says."""
    entry = asset.entry
    workspace, kind, asset_id = split_asset(entry.asset)
    match = entry.match.to_json() if entry.match.tier != Tier.NONE else None
    # what the service made up; the rest is this app's own
    asset_id, name = (redactor.redact(told, asset.redacted) for told in (asset_id, entry.name))
    return {
        "asset": f"{workspace}/{kind}:{asset_id}",
        "name": name,
        "match": match,
        "metadata": value,
    }
