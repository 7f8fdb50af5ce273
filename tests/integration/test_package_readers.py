"""Programs that nobody here wrote read the package: unzip, Java's stream reader, bagit."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import bagit
import pytest

from dsr.model.plan import LARGE
from sandbox.stack import Stack
from sandbox.studio import big_workspace, sample_workspaces
from tests.client import TOMAS, Package, download, wait

# Reads a ZIP as a stream, with nothing but local headers; prints a line an entry.
JAVA = """
import java.io.*;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.*;

public class ReadZip {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(args[0]))) {
            byte[] buffer = new byte[1 << 16];
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (int n; (n = zip.read(buffer)) > 0; ) digest.update(buffer, 0, n);
                out.println(HexFormat.of().formatHex(digest.digest()) + "  " + entry.getName());
            }
        }
    }
}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Package]:
    """A package with every awkward name, and with a file of blocks of its own."""
    folder = tmp_path_factory.mktemp("readers")
    workspaces = [*sample_workspaces(), big_workspace(20_000_000)]
    with Stack(workspaces, log=folder / "host.log", max_poll=0.7) as stack:
        request_id = stack.submit(type="export", subject=TOMAS)
        # what no API gives of models and modules is left to a person
        assert wait(stack, request_id)["status"] == "completed_with_exceptions"
        found = download(stack, request_id)
    path = folder / f"{request_id}.zip"
    path.write_bytes(found.raw)
    return path, found


def test_unzip_finds_no_error(package: tuple[Path, Package]) -> None:
    if shutil.which("unzip") is None:
        pytest.skip("unzip is not installed (Debian: unzip)")
    run = subprocess.run(["unzip", "-t", package[0]], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-1000:]
    assert "No errors detected" in run.stdout


def test_java_reads_every_entry_from_the_stream(
    package: tuple[Path, Package], tmp_path: Path
) -> None:
    if shutil.which("javac") is None or shutil.which("java") is None:
        pytest.skip("no JDK on this machine (Debian: openjdk-17-jdk-headless)")
    source = tmp_path / "ReadZip.java"
    source.write_text(JAVA, "utf-8")
    run = subprocess.run(["java", str(source), str(package[0])], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()[-1000:]
    lines = run.stdout.decode("utf-8").splitlines()
    read = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = package[1]
    assert set(read) == set(found.archive.namelist())
    for path, digest in found.manifest().items():
        assert read[f"{found.request_id}/{path}"] == digest


def test_bagit_finds_the_bag_valid(package: tuple[Path, Package], tmp_path: Path) -> None:
    with zipfile.ZipFile(package[0]) as archive:
        archive.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / package[1].request_id))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert "unaltered" in " ".join(bag.info["External-Description"].split())
    changed = next((tmp_path / package[1].request_id / "data").rglob("airports.csv"))
    changed.write_bytes(changed.read_bytes()[:-1] + b"!")
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


def test_no_entry_needs_a_data_descriptor(package: tuple[Path, Package]) -> None:
    infos = package[1].archive.infolist()
    assert {info.flag_bits & 0x8 for info in infos} == {0}
    stored = [i for i in infos if i.compress_type == zipfile.ZIP_STORED]
    assert [i.file_size for i in stored if i.file_size >= LARGE] == [20_000_000]
    assert all(i.file_size >= 2048 for i in stored)


def test_paths_are_safe_everywhere(package: tuple[Path, Package]) -> None:
    names = package[1].archive.namelist()
    folded = [name.casefold() for name in names]
    assert len(set(folded)) == len(folded)
    for name in names:
        assert len(name.encode()) <= 200
        for part in name.split("/"):
            assert 0 < len(part.encode()) <= 100
            assert part not in (".", "..")
            assert part == part.strip(" ").rstrip(".")
            assert not set(part) & set('%\\:*?"<>|')
            assert all(ord(c) >= 32 and c not in "\x7f\u2028\u2029\x85" for c in part)
