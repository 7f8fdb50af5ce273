"""Build the deployment package: what the app consists of, less what `.funcignore` names.

Whatever else lies in the project's folder stays there, evidence and settings above all.

Runs with any Python 3.9 or later and nothing installed, since it runs wherever one deploys from.
"""

import hashlib
import os
import sys
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_NEEDED: Final = ("function_app.py", "host.json", "requirements.txt")
APP: Final = frozenset({*_NEEDED, "LICENSE", "dsr", "handlers"})
"""All that is taken of the project's own folder; `.funcignore` can only take away from it."""
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""One time for every file, so that the same files make the same package."""


def rules(text: str) -> list[str]:
    """Give the patterns of a `.funcignore`; raises ValueError for more than plain names with `*`.

    Functions Core Tools read the file like a `.gitignore`. What is used here of that means the same
    in both: a pattern without a slash, which fits a file or folder of that name at any depth.
    """
    found = []
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if "/" in pattern or "\\" in pattern or "**" in pattern or pattern[0] == "!":
            raise ValueError(f".funcignore: {pattern!r} is more than a plain name with *, ? or []")
        found.append(pattern)
    return found


def chosen(root: Path) -> list[Path]:
    """Give the files to deploy, in order, relative to the project; raises ValueError."""
    patterns = rules((root / ".funcignore").read_text("utf-8"))
    found = []
    for folder, folders, files in os.walk(root):
        own = Path(folder) == root
        folders[:] = [name for name in folders if _taken(name, own, patterns)]
        for name in [*files, *folders]:
            path = Path(folder, name)
            if not _taken(name, own, patterns):
                continue
            if path.is_symlink():
                raise ValueError(f"{path.relative_to(root)} is a link: its target may not be ours")
            if path.is_file():
                found.append(path.relative_to(root))
    missing = [name for name in _NEEDED if Path(name) not in found]
    if missing:
        raise ValueError(f"the package would lack {', '.join(missing)}")
    return sorted(found, key=Path.as_posix)


def build(root: Path, target: Path) -> list[Path]:
    """Write the package and give its files. host.json stands at its root, as the host wants it."""
    files = chosen(root)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in files:
            entry = zipfile.ZipInfo(path.as_posix(), _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            package.writestr(entry, (root / path).read_bytes())
    return files


def _taken(name: str, own: bool, patterns: list[str]) -> bool:
    """Tell whether a name is taken: in the project's `own` folder it has to be one of the app's."""
    return not (own and name not in APP) and not any(
        fnmatchcase(name, pattern) for pattern in patterns
    )


def main(arguments: list[str]) -> int:
    """Build the package at the path given, and say what is in it."""
    if len(arguments) != 1:
        print("usage: python infra/package.py TARGET.zip", file=sys.stderr)
        return 2
    target = Path(arguments[0])
    try:
        files = build(ROOT, target)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    tops = sorted({path.parts[0] for path in files})
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{len(files)} files, {target.stat().st_size:,} bytes, SHA-256 {digest}")
    print(f"at its root: {', '.join(tops)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
