"""A package is opened by its end, and one that lacks something is refused."""

import io
import zipfile

import pytest
import requests

from bench.package import check, files_of

FILES = {
    "r/data/lab/dataset/a.bin": 4,
    "r/data/lab/dataset/a.bin.metadata.json": 90,
    "r/data/lab/experiment/e/experiment.json": 80,
    "r/bagit.txt": 55,
}


def test_a_whole_package_passes():
    check(FILES, "dataset", 1, 4)
    check(FILES, "experiment", 1, None)


@pytest.mark.parametrize(
    ("kind", "count", "size"), [("dataset", 2, 4), ("dataset", 1, 5), ("experiment", 2, None)]
)
def test_a_package_with_too_few_or_with_other_bytes_is_refused(
    kind: str, count: int, size: int | None
):
    with pytest.raises(ValueError, match="the package holds"):
        check(FILES, kind, count, size)


def test_only_the_end_of_a_package_is_read(monkeypatch: pytest.MonkeyPatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("big", b"x" * 1_000_000)
        archive.writestr("small", b"abc")
    raw, read = buffer.getvalue(), []

    def get(self: requests.Session, url: str, **options: object) -> requests.Response:
        headers = options["headers"]
        assert isinstance(headers, dict)
        first, _, last = headers["Range"].removeprefix("bytes=").partition("-")
        answer = requests.Response()
        answer.status_code = 206
        answer._content = raw[int(first) : int(last) + 1]
        read.append(len(answer.content))
        return answer

    monkeypatch.setattr(requests.Session, "get", get)
    assert files_of("http://127.0.0.1/x", len(raw)) == {"big": 1_000_000, "small": 3}
    assert sum(read) < 70_000
