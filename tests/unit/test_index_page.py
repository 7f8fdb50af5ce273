"""The package's page: plain words for kinds and outcomes, sections, numbers."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsr.model.asset import Notice
from dsr.model.outcome import Outcome
from dsr.services.azureml import computes, endpoints
from dsr.services.azureml import files as stored
from dsr.services.azureml import kinds as azureml_kinds
from dsr.services.azureml.notices import notices as azureml_notices
from dsr.services.studio.kinds import kinds_of
from dsr.services.studio.notices import notices
from dsr.storage.index_page import IndexPage
from dsr.storage.page_words import HEADINGS, folder, heading, told_apart
from dsr.usecases.exporting import NOT_INCLUDED
from tests.fakes.studio import ARM_ID, TARGET

KINDS = [
    *("workspace", "user"),
    *(k.kind.name for k in kinds_of(replace(TARGET, arm_id=ARM_ID))),
    *(k.kind.name for k in azureml_kinds.KINDS),
]


STUDIO_STEPS = ("Open the workspace in Studio (classic) and go to Notebooks.",)
FOR_OPERATORS = re.compile(r"Studio|portal|[Aa]dministrator|[Ss]ign in|\bAPI\b|open the|Save what")


def page(
    *told: Notice, unattributed: int = 0, select: str = "subject", submitted: Any = None
) -> IndexPage:
    record = SimpleNamespace(
        request_id="r-1",
        submitted_at=submitted,
        regulation="gdpr",
        counts=lambda: {"exported": 1, "manual": 0, "failed": 0, "retained": 0},
    )
    request = SimpleNamespace(scope=SimpleNamespace(select=select))
    plan = SimpleNamespace(notices=[n.to_json() for n in told], unattributed=unattributed)
    return IndexPage(cast(Any, record), cast(Any, request), cast(Any, plan))


def files(*paths: str) -> dict[str, Any]:
    return {"evidence": {"files": [{"path": path, "bytes": 7} for path in paths]}}


def shown(html: str) -> str:
    """Give the text that a reader sees of a piece of the page."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html)))


def headings(html: str) -> list[tuple[int, str]]:
    found = re.findall(r"<h(\d)>(.*?)</h", html)
    return [(int(level), shown(text)) for level, text in found]


def entry(kind: str, outcome: str = "exported", workspace: str = "lab", **more: Any) -> Any:
    return {"asset": f"{workspace}/{kind}:1", "outcome": outcome, "evidence": {}} | more


def test_every_kind_has_a_heading_of_its_own_in_plain_words():
    assert len(KINDS) == 28
    assert set(HEADINGS) == set(KINDS)
    assert len(set(HEADINGS.values())) == len(KINDS)
    assert all(re.fullmatch(r"[A-Z][a-z ()]+", heading(kind)) for kind in KINDS)


def test_a_kind_of_another_service_is_called_by_its_name():
    assert heading("quantum_job") == "Quantum job"


def test_a_heading_stands_where_a_workspace_or_kind_begins_and_says_where_one_goes_on():
    made = page()
    order = [("a", "dataset"), ("a", "dataset"), ("a", "gateway"), ("a", "dataset"), ("b", "user")]
    text = "".join(made.rows([(entry(kind, workspace=name), "x")]) for name, kind in order)
    assert re.findall(r"<h2>(.*?) <small>in (.)</small></h2>", text) == [
        ("Datasets", "a"),
        ("Gateways to data outside the cloud", "a"),
        ("Datasets, continued", "a"),
        ("Account", "b"),
    ]


OF_A_PERSON = [o for o in Outcome if o != Outcome.SKIPPED]


@pytest.mark.parametrize("outcome", OF_A_PERSON)
def test_an_outcome_is_marked_in_words_unless_all_is_there(outcome):
    marks = re.findall(
        r'class="mark">(.*?)<', page().rows([(entry("dataset", outcome.value), "x")])
    )
    assert len(marks) == (outcome != Outcome.EXPORTED)
    assert "manual" not in marks


@pytest.mark.parametrize("outcome", ["manual", "failed"])
def test_the_mark_tells_whether_anything_of_it_is_in_the_package(outcome):
    nothing = page().rows([(entry("notebook", outcome), "x")])
    some = page().rows([(entry("notebook", outcome, **files("lab/notebook/x/notebook.json")), "x")])
    assert "x not in this package" in shown(nothing)
    assert "x not fully in this package" in shown(some)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outcome", ["manual", "failed"])
def test_what_is_missing_is_told_to_the_person_and_not_to_an_operator(kind, outcome):
    said = {"reason": "it lies elsewhere", "steps": STUDIO_STEPS, "error": "read x: HTTP 503"}
    text = shown(page().rows([(entry(kind, outcome, **said), "mine")]))
    assert re.search(r"Missing: .+, since .+\. Ask whoever sent you this package for it\.", text)
    assert not FOR_OPERATORS.search(text.partition("Missing")[2])
    assert "503" not in text


def test_a_kind_of_another_service_gives_the_reason_of_its_connector():
    result = entry("quantum_job", "manual", reason="its logs are gone", steps=STUDIO_STEPS)
    text = shown(page().rows([(result, "mine")]))
    assert "Missing: all of it, since its logs are gone. Ask whoever sent you" in text
    assert "Studio" not in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (computes._DISK.reason, "what is on its disk, since the service gives no copy of it"),
        (
            endpoints._COLLECTED.reason,
            "requests that it answered and kept, since the service does not say whose they are",
        ),
        (
            stored.elsewhere("model", "files").reason,
            "its contents, since they lie in a place that the workspace only points to",
        ),
        (
            stored.no_access("model", "files").reason,
            "its contents, since the store that has them could not be opened",
        ),
        (
            stored._nothing("model").reason,
            "its contents, since nothing was found where they should be",
        ),
        (
            "it is larger than the 5 MB to which DSR_AZUREML_MAX_MEGABYTES limits files of"
            " kind job",
            "one or more of its files, since they are too large",
        ),
        (
            f"{stored.no_access('model', 'files').reason}; {computes._DISK.reason}",
            "its contents, since the store that has them could not be opened; and what is on its"
            " disk, since the service gives no copy of it",
        ),
    ],
)
def test_reasons_of_azure_machine_learning_are_told_in_the_persons_words(reason, words):
    result = entry("model", "manual", reason=reason, steps=("Raise the limit in the portal.",))
    text = shown(page().rows([(result, "mine")]))
    assert f"Missing: {words}. Ask whoever sent you this package for it." in text
    assert "DSR_" not in text
    assert "account" not in text


def test_a_jobs_folders_are_called_by_what_is_in_them():
    assert folder("artifacts/user_logs") == "Artifacts in user_logs"
    assert folder("artifacts") == "Artifacts"
    assert folder("children/trial_3") == "Run trial_3"
    assert folder("children/trial_3/artifacts/outputs") == "Run trial_3, artifacts in outputs"
    assert folder("files") == "Files"
    assert folder("files/artifacts") == "files/artifacts"


def test_a_version_that_the_name_tells_is_not_told_again():
    assert told_apart("demand:2", "demand (version 2)") == ""
    assert told_apart("demand:2", "demand (version 12)") == "version 12"
    assert told_apart("demand", "demand (version 2)") == "version 2"


STANDARD = replace(TARGET, account_kind="standard", storage_account="labstore")


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize(
    "target",
    [
        STANDARD,
        replace(STANDARD, arm_id=ARM_ID),
        replace(TARGET, account_kind="free"),
        replace(TARGET, account_kind="guest"),
        replace(STANDARD, service="azureml", account_kind="azureml"),
    ],
)
def test_what_is_kept_elsewhere_is_told_without_the_operators_steps(target, deleting):
    told = (azureml_notices if target.service == "azureml" else notices)(target, deleting)
    text = shown(page(*told).tail([], 0))
    text = text[: text.index("How to check")]
    assert not FOR_OPERATORS.search(text)
    assert "labstore" not in text
    assert not any(step in text for notice in told for step in notice.steps)
    assert target.name in text
    assert ("ask whoever sent you the package" in text) == (target.account_kind != "guest")
    assert ("guest workspaces are anonymous" in text) == (target.account_kind == "guest")
    # every code has words of its own
    assert not any(notice.text in text for notice in told)


def test_what_is_kept_elsewhere_stands_once_for_all_workspaces():
    other = replace(STANDARD, name="other")
    levels = headings(page(*notices(STANDARD), *notices(other)).tail([], 0))
    small = [text for level, text in levels if level == 3]
    assert len(small) == len({n.code for n in notices(STANDARD)}) == len(set(small))
    assert all(text.endswith(f"{STANDARD.name}, other") for text in small)


def test_a_notice_of_another_service_is_told_by_its_text():
    notice = Notice("disks", "lab", "standard", "Disks of machines", STUDIO_STEPS)
    text = shown(page(notice).tail([], 0))
    assert "Disks of machines lab" in text
    assert "Studio" not in text


def test_an_earlier_run_has_a_heading_in_words_over_its_files():
    base = "lab/experiment/Churn"
    names = ("experiment.json", "earlier-1/run.json", "earlier-1/out", "earlier-2/run.json")
    row = page().rows([(entry("experiment", **files(*(f"{base}/{n}" for n in names))), "Churn")])
    assert headings(row) == [
        (2, "Experiments in lab"),
        (3, "Churn"),
        (4, "Earlier run 1 of Churn"),
        (4, "Earlier run 2 of Churn"),
    ]
    order = re.findall(r'<h4>(Earlier run \d)|href="lab/experiment/Churn/(.*?)"', row)
    assert [head or href for head, href in order] == [
        "experiment.json",
        "Earlier run 1",
        "earlier-1/run.json",
        "earlier-1/out",
        "Earlier run 2",
        "earlier-2/run.json",
    ]


@pytest.mark.parametrize(
    ("name", "component", "said"),
    [
        ("a.csv", "a (version 11).csv", "a.csv version 11"),
        ("a.csv", "a.csv", "a.csv"),
        ("a (version 3).csv", "a (version 3).csv", "a (version 3).csv"),
        ("a.csv", "a~0123abcd.csv", "a.csv saved as a~0123abcd.csv"),
        (
            "a.csv",
            "a (version 1)~0123abcd.csv",
            "a.csv version 1, saved as a (version 1)~0123abcd.csv",
        ),
        ("a/b.csv", "a_b.csv", "a/b.csv"),
    ],
)
def test_items_of_one_name_are_told_apart_in_their_headings(name, component, said):
    base = f"lab/dataset/{component}"
    row = page().rows([(entry("dataset", **files(f"{base}.metadata.json", base)), name)])
    assert headings(row)[-1] == (3, said)


def test_the_top_says_what_metadata_files_and_numbers_after_names_are():
    head = shown(page(submitted=datetime(2026, 11, 24, tzinfo=UTC)).head(["lab"]))
    assert "A file whose name ends in .metadata.json is what the service noted" in head
    assert "Versions of an item have their number after the name" in head


def test_samples_begin_no_section_and_are_one_line_at_the_end():
    made = page(unattributed=2)
    rows = [
        made.rows([(entry("dataset", "skipped", count=4, reason="Microsoft's own"), "samples")]),
        made.rows([(entry("dataset", workspace="b"), "mine")]),
        made.rows([(entry("experiment", "skipped", count=3, reason="Microsoft's own"), "samples")]),
    ]
    assert [bool(row) for row in rows] == [False, True, False]
    assert headings(rows[1]) == [(2, "Datasets in b"), (3, "mine")]
    end = shown(made.tail([], 0))
    assert end.count("Microsoft") == 1
    assert "What was left out 7 samples and built-ins: Microsoft's own. 2 items whose" in end


def test_what_was_not_approved_is_counted_at_the_end():
    made = page()
    for _ in range(3):
        assert made.rows([(entry("dataset", "skipped", reason=NOT_INCLUDED), "x")]) == ""
    text = shown(made.tail([], 0))
    assert "3 items: not part of what was approved for this package." in text


def test_one_sample_is_one():
    made = page()
    made.rows([(entry("dataset", "skipped", count=1, reason="Microsoft's own"), "samples")])
    assert "1 sample or built-in: Microsoft's own." in shown(made.tail([], 0))


def test_where_nothing_is_elsewhere_or_left_out_no_heading_says_so():
    assert headings(page().tail([], 0)) == [(2, "How to check that nothing was changed")]


@pytest.mark.parametrize("select", ["subject", "workspace"])
def test_unknown_authors_are_told_where_one_person_asked(select):
    text = shown(page(unattributed=1, select=select).tail([], 0))
    assert ("1 item whose author is not known" in text) == (select == "subject")


@pytest.mark.parametrize(
    ("uncertain", "said"),
    [
        (0, ""),
        (1, "1 item that only carries or mentions a name like yours"),
        (35, "35 items that only carry or mention a name like yours"),
    ],
)
def test_weak_matches_that_are_not_shown_are_counted(uncertain, said):
    end = page().tail([], uncertain)
    assert ("What was left out" in shown(end)) == ("a name like yours" in shown(end)) == bool(said)
    assert said in shown(end)


def test_an_entry_that_stands_for_a_whole_kind_is_called_so():
    result = entry("dataset", "failed") | {"asset": "lab/dataset:*"}
    assert headings(page().rows([(result, "all of kind dataset")]))[-1] == (
        3,
        "Everything of this kind not in this package",
    )
    assert "An entry without a name" in page().rows([(entry("dataset", "failed"), "?")])


def test_markup_in_any_name_is_text():
    bad = "<script>"
    paths = files(f"lab/experiment/{bad}/x", f"lab/experiment/{bad}/{bad}/{bad}~0123abcd")
    made = page(Notice("x", bad, "free", bad), unattributed=1)
    html = made.rows([(entry("experiment", "manual", reason=bad, **paths), bad)])
    html += made.rows([(entry("dataset", "skipped", reason=bad), bad)]) + made.tail([bad], 0)
    assert bad not in html
