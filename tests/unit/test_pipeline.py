"""A whole export in memory: what ends up in the package, and what each request asks for."""

import hashlib
import io
import json
import random
import zipfile
from typing import Any

import pytest

from dsr.errors import Conflict, Gone, NotFound
from dsr.model import plan as plan_module
from dsr.usecases import deciding, planning, steering, viewing
from tests.fakes.flaky import DoublingQueues, FlakyConnector, deliver
from tests.fakes.made_up_connector import Job, MadeUpConnector
from tests.fakes.rig import REQUEST_ID, Rig
from tests.fakes.sample import MIRA, MIRA_ID, SUBJECT, TOMAS, TOMAS_ID, jobs, rig


def payload(made: Rig) -> dict[str, str]:
    """Give the SHA-256 of every payload file by its path under the bag."""
    with made.package() as opened:
        assert opened.testzip() is None
        return {
            name.removeprefix(f"{REQUEST_ID}/"): hashlib.sha256(opened.read(name)).hexdigest()
            for name in opened.namelist()
            if name.startswith(f"{REQUEST_ID}/data/")
        }


def text(made: Rig, path: str) -> str:
    with made.package() as opened:
        return opened.read(f"{REQUEST_ID}/{path}").decode()


def outcomes(made: Rig) -> dict[str, str]:
    return {r["asset"]: r["outcome"] for r in made.results()}


def finished(made: Rig, **body: Any) -> dict[str, Any]:
    made.submit(**({"subject": SUBJECT} | body))
    made.pump()
    return made.status()


def test_an_export_holds_what_is_the_subjects_and_nothing_else():
    made = rig()
    status = finished(made)
    assert status["status"] == "completed"
    assert status["counts"]["exported"] == status["counts"]["total"] == 6
    assert set(outcomes(made)) == {f"lab/job:{j.name}" for j in jobs(5)} | {f"lab/user:{TOMAS_ID}"}
    assert set(outcomes(made).values()) == {"exported"}
    paths = set(payload(made))
    assert len(paths) == 5 * 2 + 4
    assert {"data/index.html", "data/report.json", "data/lab/workspace.json"} <= paths
    with made.package() as opened:
        everything = b"".join(opened.read(n) for n in opened.namelist())
    for gone in (b"of hers", b"mira.owner", b"Mira Owner", MIRA_ID.encode()):
        assert gone not in everything


def test_customer_bytes_are_unaltered_and_metadata_lies_beside_them():
    made = rig()
    finished(made)
    for job in jobs(5):
        (found,) = (r for r in made.results() if r["asset"] == f"lab/job:{job.name}")
        files = {f["path"].rsplit("/", 1)[1]: f for f in found["evidence"]["files"]}
        assert files["output.bin"]["sha256"] == hashlib.sha256(job.output).hexdigest()
        assert files["output.bin"]["bytes"] == len(job.output)
        described = json.loads(text(made, f"data/{files['job.json']['path']}"))
        assert described["name"] == job.name
        assert described["match"] == {"tier": "strong", "field": "createdBy.userObjectId"}
        assert described["metadata"]["createdBy"] == TOMAS_ID


def test_the_package_is_a_bag_whose_manifests_name_every_file_with_its_digest():
    made = rig()
    finished(made)
    assert text(made, "bagit.txt") == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    lines = text(made, "manifest-sha256.txt").splitlines()
    manifest = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    assert manifest == payload(made)
    tags = text(made, "tagmanifest-sha256.txt")
    for line in tags.splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256(text(made, path).encode()).hexdigest() == digest
    assert {line.split("  ", 1)[1] for line in tags.splitlines()} == {
        "bag-info.txt",
        "bagit.txt",
        "manifest-sha256.txt",
    }
    issued = viewing.package(made.ports, REQUEST_ID)
    assert issued["tagmanifest_sha256"] == hashlib.sha256(tags.encode()).hexdigest()
    with made.package() as opened:
        sizes = [i.file_size for i in opened.infolist() if "/data/" in i.filename]
    assert f"Payload-Oxum: {sum(sizes)}.{len(sizes)}\n" in text(made, "bag-info.txt")


def test_the_report_has_every_asset_and_the_page_links_every_file():
    made = rig()
    finished(made)
    report = json.loads(text(made, "data/report.json"))
    assert {a["asset"]: a["outcome"] for a in report["assets"]} == outcomes(made)
    assert report["counts"] == made.status()["counts"]
    page = text(made, "data/index.html")
    for path in payload(made):
        if path not in ("data/index.html",):
            assert f'href="{path.removeprefix("data/")}"' in page


def test_names_that_could_be_markup_are_text_in_the_page():
    made = Rig({"lab": MadeUpConnector([Job("<script>alert(1)</script>", TOMAS_ID, b"")], [TOMAS])})
    finished(made)
    page = text(made, "data/index.html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("seed", range(8))
def test_messages_twice_and_in_any_order_end_in_the_same_package(seed: int):
    plain = rig()
    finished(plain)
    shaken = Rig(dict(plain.connectors), queues=DoublingQueues())
    shaken.submit(subject=SUBJECT)
    shaken.pump(shuffle=random.Random(seed))
    assert payload(shaken) == payload(plain)
    assert outcomes(shaken) == outcomes(plain)
    assert shaken.status()["counts"] == plain.status()["counts"]
    with shaken.package() as opened:
        assert len(set(opened.namelist())) == len(opened.namelist())


def test_a_repeated_submit_changes_nothing_and_wakes_a_request_that_never_started():
    made = rig()
    made.submit(subject=SUBJECT)
    made.queues.sent.clear()
    made.submit(subject=SUBJECT)
    made.pump()
    done = payload(made)
    made.submit(subject=SUBJECT)
    assert made.pump() == 0
    assert payload(made) == done
    with pytest.raises(Conflict):
        made.submit(subject=SUBJECT, reference="another")


def test_nothing_matched_is_a_package_too_that_says_so():
    made = rig()
    status = finished(made, subject={"emails": ["nobody@example.org"]})
    assert (status["status"], status["counts"]["total"]) == ("completed", 0)
    assert "data/lab/users.json" in payload(made)
    assert json.loads(text(made, "data/lab/users.json"))["users"] == []


def test_without_data_the_package_has_descriptions_only():
    made = rig()
    finished(made, scope={"include_data": False})
    assert not any(path.endswith(".bin") for path in payload(made))
    assert sum(path.endswith("job.json") for path in payload(made)) == 5


def test_a_whole_workspace_waits_for_approval_and_keeps_its_people():
    made = rig()
    status = finished(made, subject={}, scope={"select": "workspace"})
    assert status["status"] == "awaiting_approval"
    assert (made.exports.blobs, made.exports.blocks) == ({}, {})
    approval = {"plan_hash": status["plan_hash"], "approver": "dpo@example.org", "note": "fine"}
    deciding.approve(made.ports, REQUEST_ID, json.dumps(approval).encode())
    made.pump()
    assert made.status()["status"] == "completed"
    assert len(outcomes(made)) == 7 + 2 + 1
    users = json.loads(text(made, "data/lab/users.json"))["users"]
    assert {u["id"] for u in users} == {TOMAS_ID, MIRA_ID}
    told = b"".join(b.data for b in made.evidence.blobs.values())
    assert b"approved" in told
    assert b"dpo@example.org" not in told
    assert b"fine" not in told


def test_named_assets_are_exported_whoever_owns_them_and_the_others_said_to_be_missing():
    made = rig(page_size=2)
    named = ["lab/job:hers0.0", "lab/job:job0.0", "lab/job:none", "lab/robot:1"]
    status = finished(made, subject={}, scope={"select": "assets", "assets": named})
    assert status["status"] == "completed_with_exceptions"
    assert outcomes(made) == {
        "lab/job:hers0.0": "exported",
        "lab/job:job0.0": "exported",
        "lab/job:none": "failed",
        "lab/robot:1": "failed",
    }


def test_the_record_and_the_users_of_a_workspace_can_be_named_too():
    made = rig()
    named = ["lab/workspace:made-up", f"lab/user:{MIRA_ID}"]
    finished(made, subject={}, scope={"select": "assets", "assets": named})
    assert outcomes(made) == dict.fromkeys(named, "exported")
    assert len(json.loads(text(made, "data/lab/users.json"))["users"]) == 1


def flaky(**options: Any) -> Rig:
    mixed = jobs(4) + jobs(2, "nobody", "stray")
    return Rig({"lab": FlakyConnector(mixed, [MIRA, TOMAS], **options)})


def test_weak_matches_are_skipped_unless_they_are_asked_for():
    texts = {"stray0.0": "about tomas.user@example.org"}
    made = flaky(texts=texts)
    assert finished(made)["status"] == "completed"
    assert outcomes(made)["lab/job:stray0.0"] == "skipped"
    assert "stray0.0" not in text(made, "data/report.json")
    included = flaky(texts=texts)
    finished(included, scope={"include_weak": True})
    assert outcomes(included)["lab/job:stray0.0"] == "exported"


def test_what_nobody_can_be_found_for_is_counted_as_unattributed():
    made = flaky(owners={"stray1.1": "Mira Owner"})
    assert finished(made)["counts"]["unattributed"] == 1
    assert "lab/job:stray0.0" not in outcomes(made)


def test_what_is_microsofts_own_is_one_skipped_entry_with_a_count():
    made = flaky(builtins={"job0.0", "stray0.0"}, page_size=100)
    finished(made)
    (entry,) = (r for r in made.results() if r["outcome"] == "skipped")
    assert (entry["asset"], entry["count"]) == ("lab/job:samples", 2)
    assert "lab/job:job0.0" not in outcomes(made)
    assert made.status()["status"] == "completed"


def test_a_plan_alone_touches_no_asset_and_ends_completed():
    made = rig()
    status = finished(made, plan_only=True)
    assert status["status"] == "completed"
    assert (made.exports.blobs, made.exports.blocks) == ({}, {})
    plan = viewing.plan(made.ports, REQUEST_ID, 1)
    assert {e["action"] for e in plan["items"]} == {"export"}
    assert (plan["total"], plan["plan_hash"]) == (6, status["plan_hash"])
    with pytest.raises(NotFound):
        viewing.package(made.ports, REQUEST_ID)


def test_a_plan_is_shown_in_pages_that_cross_the_batches(monkeypatch):
    monkeypatch.setattr(viewing, "PAGE", 4)
    made = rig(11)
    finished(made)
    assert len(made.results()) == 12
    assert len({r["asset"] for r in made.results()}) == 12
    shown = [viewing.plan(made.ports, REQUEST_ID, n) for n in (1, 2, 3)]
    assert [len(p["items"]) for p in shown] == [4, 4, 4]
    assert [p["next_page"] for p in shown] == [2, 3, None]
    with pytest.raises(NotFound):
        viewing.plan(made.ports, REQUEST_ID, 4)


def test_several_workspaces_share_one_package_and_one_numbering_of_people():
    lab = MadeUpConnector([Job("a", TOMAS_ID, b"1")], [MIRA, TOMAS])
    studio = FlakyConnector([Job("a", TOMAS_ID, b"2")], [TOMAS, MIRA])
    made = Rig({"lab": lab, "studio": studio})
    status = finished(made)
    assert status["counts"]["exported"] == 4
    assert {p.split("/")[1] for p in payload(made) if p.count("/") > 1} == {"lab", "studio"}
    assert len(status["notices"]) == 2


def multi(monkeypatch: pytest.MonkeyPatch, max_blocks: int = 8) -> Rig:
    sealing = plan_module.seal
    monkeypatch.setattr(planning, "seal", lambda *a: sealing(*a, max_blocks=max_blocks))
    return rig(8)


def test_a_package_that_needs_too_many_blocks_comes_in_parts(monkeypatch):
    made = multi(monkeypatch)
    assert finished(made)["status"] == "completed"
    issued = viewing.package(made.ports, REQUEST_ID)
    names = [f"{REQUEST_ID}.zip"] + [f"{REQUEST_ID}-{n}.zip" for n in range(2, 6)]
    assert set(made.exports.blobs) == set(names[: len(issued["parts"])])
    assert len(issued["parts"]) > 2
    assert [p["size"] for p in issued["parts"]] == [
        len(made.exports.blobs[n].data) for n in names[: len(issued["parts"])]
    ]
    files: dict[str, bytes] = {}
    for name in made.exports.blobs:
        with zipfile.ZipFile(io.BytesIO(made.exports.blobs[name].data)) as part:
            assert part.testzip() is None
            assert not set(files) & set(part.namelist())
            files |= {n.removeprefix(f"{REQUEST_ID}/"): part.read(n) for n in part.namelist()}
    for line in files["manifest-sha256.txt"].decode().splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256(files[path]).hexdigest() == digest
    assert sum(path.endswith("output.bin") for path in files) == 8


def test_every_part_goes_when_a_request_is_cancelled_or_its_package_expires(monkeypatch):
    cancelled = multi(monkeypatch)
    cancelled.submit(subject=SUBJECT)
    while not len(cancelled.exports.blocks) > 2:
        deliver(cancelled.queues, cancelled.handlers())
    steering.cancel(cancelled.ports, REQUEST_ID)
    assert cancelled.exports.blocks == {}
    expired = multi(monkeypatch)
    finished(expired)
    expired.later(days=31)
    expired.sweep()
    assert expired.exports.blobs == {}
    with pytest.raises(Gone):
        viewing.package(expired.ports, REQUEST_ID)


def test_links_never_outlive_the_package_and_each_issue_is_written_down():
    made = rig()
    finished(made)
    assert "seconds=900" in viewing.package(made.ports, REQUEST_ID)["parts"][0]["url"]
    made.later(days=29, hours=23, minutes=55)
    assert "seconds=300" in viewing.package(made.ports, REQUEST_ID)["parts"][0]["url"]
    trail = made.evidence.blobs[f"{REQUEST_ID}/audit.ndjson"].data
    assert trail.count(b'"package_issued"') == 2
    made.later(minutes=6)
    with pytest.raises(Gone):
        viewing.package(made.ports, REQUEST_ID)


def test_while_it_is_under_way_the_status_counts_what_is_there(monkeypatch):
    monkeypatch.setattr(viewing, "_COUNTED_AGE", 0.0)
    monkeypatch.setattr(viewing, "_COUNTED_BATCH", 0.0)
    made = rig()
    made.submit(subject=SUBJECT)
    totals, exported = [0], [0]
    while deliver(made.queues, made.handlers()):
        counts = made.status()["counts"]
        totals.append(counts["total"])
        exported.append(counts["exported"])
    assert totals == sorted(totals)
    assert exported == sorted(exported)
    assert {*exported} - {0, 6}, "it is seen in the midst"
    assert (totals[-1], exported[-1]) == (6, 6)


def test_storage_calls_grow_no_faster_than_assets():
    def calls(count: int) -> int:
        made = rig(count, page_size=1000)
        finished(made)
        return made.ledger.calls + made.exports.calls

    small, large = calls(50), calls(200)
    assert large < small * 4.5


def test_nothing_personal_is_in_any_message():
    made = rig()
    finished(made, scope={"include_weak": True})
    told = b"".join(body for _, body, _ in made.queues.history)
    assert made.queues.history
    for name in (b"tomas", b"mira", TOMAS_ID.encode(), b"job0", b"lab"):
        assert name not in told.lower()
