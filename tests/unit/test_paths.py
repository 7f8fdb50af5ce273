"""Paths for whatever a workspace calls its assets: every rule of the package, for every name."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.model.paths import (
    MAX_COMPONENT,
    MAX_PATH,
    FolderBook,
    PathBook,
    path_key,
    safe_component,
    short_digest,
)

DEVICES = ["con", "prn", "aux", "nul", "com1", "com9", "com¹", "lpt1", "lpt³", "conin$", "conout$"]
AWKWARD = [
    "",
    ".",
    "..",
    "/",
    "a/b",
    "..\\..\\x",
    "\x00\x1f\x7f\x85",
    "line\u2028and\u2029paragraph",
    "100%",
    "a%2Fb",
    "x" * 500,
    "ü" * 500 + ".csv",
    "👩‍👩‍👧‍👦 family.csv",
    "שלום\u202e.csv",
    "CON",
    "con.csv",
    "Com1.tar.gz",
    "COM¹",
    "NUL .txt",
    "a.",
    "a ",
    "a. . ",
    "\u00a0",
    "e\u0301clair",
    "\u1100\u1161\u11a8",
    "\ud800lone",
    'what? "now" <x|y>: *',
    "con." + "a" * 94 + " b",
    "-rf",
    ".hidden",
    "~12345678.csv",
    "report~0a1b2c3d.csv",
]
NAMES = st.text(max_size=150) | st.sampled_from(AWKWARD)


def check_component(component: str, limit: int = MAX_COMPONENT) -> None:
    assert component
    assert component == unicodedata.normalize("NFC", component)
    assert not re.search(r'[/\\:*?"<>|%]', component)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in component)
    assert component[-1] not in ". "
    assert component[0] not in ". "
    assert component.split(".", maxsplit=1)[0].rstrip(" ").casefold() not in DEVICES
    assert len(component.encode()) <= limit


@given(NAMES, st.integers(24, MAX_COMPONENT))
def test_any_name_gives_a_safe_component(name: str, limit: int):
    check_component(safe_component(name, limit), limit)
    check_component(safe_component(name, limit, "~0a1b2c3d"), limit)
    assert safe_component(name, limit) == safe_component(name, limit)


@pytest.mark.parametrize("name", AWKWARD, ids=ascii)
def test_awkward_names_give_safe_components(name: str):
    check_component(safe_component(name))


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,40}[A-Za-z0-9]\.(csv|json|zip)", fullmatch=True))
def test_a_harmless_name_stays_as_it_is(name: str):
    if name.split(".", maxsplit=1)[0].casefold() not in DEVICES:
        assert safe_component(name) == name


def test_the_extension_survives_shortening_and_so_does_the_mark():
    assert safe_component("x" * 500 + ".csv").endswith("x.csv")
    assert safe_component("x" * 500 + ".csv", mark="~0a1b2c3d").endswith("x~0a1b2c3d.csv")
    assert len(safe_component("x" * 500 + ".csv").encode()) == MAX_COMPONENT


def test_shortening_never_cuts_a_character_in_two():
    for size in range(90, 110):
        shown = safe_component("x" * size + "ü" * 20)
        assert set(shown) <= set("xü")
        assert len(shown.encode()) in (MAX_COMPONENT - 1, MAX_COMPONENT)


def test_an_emoji_family_and_right_to_left_letters_keep_what_is_visible():
    assert safe_component("👩 x.csv") == "👩 x.csv"
    assert safe_component("שלום\u202e.csv") == "שלום.csv"


@given(st.lists(st.tuples(NAMES, st.text(max_size=6)), max_size=30), st.booleans())
def test_names_in_one_folder_are_unique_ignoring_case_together_with_what_lies_beside(
    assets: list[tuple[str, str]], always_marked: bool
):
    book = PathBook(MAX_COMPONENT, always_marked, ".metadata.json")
    given_out = [book.assign(name, asset_id) for name, asset_id in assets]
    for component in given_out:
        check_component(component + ".metadata.json")
        assert not always_marked or re.search(r"~[0-9a-f]{8}(-\d+)?", component)
    keys = [path_key(c + end) for c in given_out for end in ("", ".metadata.json")]
    assert len(set(keys)) == len(keys)


@given(st.lists(st.tuples(NAMES, st.text(max_size=6)), max_size=10))
def test_the_same_assets_in_the_same_order_get_the_same_names(assets):
    one, other = PathBook(60), PathBook(60)
    assert [one.assign(*a) for a in assets] == [other.assign(*a) for a in assets]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Report.csv", "report.CSV"),
        ("e\u0301", "\u00e9"),
        ("a/b", "a?b"),
        ("straße", "STRASSE"),
        ("a", "a."),
        ("a", "a "),
        ("x" * 200, "x" * 201),
    ],
)
def test_names_that_a_file_system_confuses_get_the_digest_of_their_asset(first, second):
    book = PathBook(MAX_COMPONENT)
    plain, marked = book.assign(first, "1"), book.assign(second, "2")
    assert path_key(plain) != path_key(marked)
    assert f"~{short_digest('2')}" in marked
    assert "~" not in plain


def test_a_name_that_looks_marked_is_marked_so_that_no_other_page_can_give_it():
    book = PathBook(MAX_COMPONENT)
    assert book.assign("a~0a1b2c3d.csv", "1") == f"a~0a1b2c3d~{short_digest('1')}.csv"


def test_later_pages_and_the_first_never_give_the_same_name():
    first, later = PathBook(60), PathBook(60, always_marked=True)
    names = ["a", "a.csv", "a~0a1b2c3d", f"a~{short_digest('9')}"]
    one = {path_key(first.assign(n, str(i))) for i, n in enumerate(names)}
    two = {path_key(later.assign(n, str(i))) for i, n in enumerate(names, 9)}
    assert one.isdisjoint(two)


def test_the_beside_of_one_file_can_be_the_name_of_no_other():
    book = PathBook(MAX_COMPONENT, beside=".metadata.json")
    assert book.assign("a.csv", "1") == "a.csv"
    assert book.assign("A.csv.metadata.json", "2") != "A.csv.metadata.json"


@given(
    st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=20),
    st.integers(24, 120),
)
def test_paths_in_an_assets_folder_are_safe_unique_and_short_enough(names: list[str], room: int):
    book = FolderBook(room)
    paths = [book.assign(name) for name in names]
    for path in paths:
        assert len(path.encode()) <= room
        for component in path.split("/"):
            check_component(component)
    assert len({path_key(p) for p in paths}) == len(paths)


@given(NAMES, NAMES, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True))
def test_a_whole_name_in_the_package_is_at_most_200_bytes(name, file_name, workspace):
    request_id = "6f1c1a52-7a3f-4c0e-9b57-0d5d1f6f6a01"
    front = f"{request_id}/data/{workspace}/experiment/"
    folder = PathBook(min(60, (MAX_PATH - len(front)) // 2)).assign(name, "1")
    base = f"{front}{folder}/"
    path = base + FolderBook(MAX_PATH - len(base.encode())).assign(f"earlier-12/{file_name}")
    assert len(path.encode()) <= MAX_PATH


@given(st.text(), st.text())
def test_a_digest_tells_assets_apart(one: str, other: str):
    assert (short_digest(one) == short_digest(other)) == (one == other)
    assert re.fullmatch(r"[0-9a-f]{8}", short_digest(one))
