"""The command `openoutcry`: makes sure that the packages it is about to import are its own.

`actors`, `simulation`, `reports` and `scenarios` are names that others use too. When `scenarios`
itself is somebody else's, nothing in it of ours can be reached; so this file is installed outside
of it, as the top-level module `openoutcry`, and the console script begins there.
It needs the standard library only. In a checkout: `python -m scenarios.openoutcry`.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES: Final = ("scenarios", "simulation", "actors", "reports")
_INTERRUPTED: Final = 130
_MARKER: Final = "library/opening-bell.toml"  # in `scenarios`, by which it is known as ours
_WAY_OUT: Final = (
    "Install Open Outcry into a virtual environment of its own, "
    "or unset PYTHONPATH and start it in another folder."
)


def main() -> None:
    """Run the command line, or exit with status 2 and one error if a package is not ours."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end_at_once)
    clash = find_clash()
    if clash is not None:
        print(f"openoutcry: {clash}\n{_WAY_OUT}", file=sys.stderr)
        raise SystemExit(2)
    from scenarios.cli import main as command_line

    command_line()


def _end_at_once(number: int, frame: FrameType | None) -> None:
    """End without unwinding: nothing has begun yet, and half an import is no place to go on."""
    os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)


def find_clash() -> str | None:
    """Return what is wrong with the first package that is not ours; None if all are."""
    home: Path | None = None
    for name in PACKAGES:
        folder = _folder(name)
        if folder is None:
            return f"its package '{name}' is not installed, or not whole; install it again"
        if not _is_package(folder) or (home is None and not (folder / _MARKER).is_file()):
            return _stranger(name, folder)
        home = home or folder.parent
        if folder.parent != home:
            return f"{_stranger(name, folder)}; the other packages are in {home}"
    return None if home is None else _find_overwritten(home)


def _stranger(name: str, path: Path) -> str:
    return f"the name '{name}' stands for {path}, which is not part of Open Outcry"


def _folder(name: str) -> Path | None:
    """Return the folder of a package, or the file of a plain module, without importing it."""
    from importlib.util import find_spec
    from pathlib import Path

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.has_location:
        return None
    origin = Path(spec.origin).resolve()
    return origin.parent if spec.submodule_search_locations else origin


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _find_overwritten(home: Path) -> str | None:
    """Return which other distribution wrote its files over ours, in the same folder."""
    record = next(iter(sorted(home.glob("openoutcry-*.dist-info/RECORD"))), None)
    if record is None:
        return None  # an editable install, or a checkout
    hashes = dict(line.split(",")[:2] for line in _lines(record))
    for name in PACKAGES:
        file = f"{name}/__init__.py"
        if hashes.get(file, "") == _hash(home / file):
            continue
        if other := _other_owner(home, file, record):
            return f"the distribution {other} has written its own {file} over ours in {home}"
    return None


def _other_owner(home: Path, file: str, ours: Path) -> str | None:
    for record in sorted(home.glob("*.dist-info/RECORD")):
        if record != ours and any(line.startswith(f"{file},") for line in _lines(record)):
            return record.parent.name.removesuffix(".dist-info")
    return None


def _lines(record: Path) -> list[str]:
    return record.read_text(encoding="utf-8").splitlines()


def _hash(file: Path) -> str:
    import base64
    import hashlib

    digest = hashlib.sha256(file.read_bytes()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


if __name__ == "__main__":
    main()
