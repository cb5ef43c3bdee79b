"""Where data sets lie: `USHER_DATA` (default: `../shared/data` beside the repository), then `var/data`, where fetch
puts them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from models.datasets.registry import DatasetEntry
from models.errors import DatasetCorrupt, DatasetMissing

VARIABLE = "USHER_DATA"


def project_root() -> Path:
    """The repository's root; the working directory when Usher is installed without one."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else Path.cwd()


def fetch_folder() -> Path:
    """Where `usher data fetch` puts data sets unless told otherwise."""
    return project_root() / "var" / "data"


def data_folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders that are searched, in order."""
    named = environ.get(VARIABLE)
    first = Path(named) if named else project_root().parent / "shared" / "data"
    return (first, fetch_folder())


def find_dataset(entry: DatasetEntry, environ: Mapping[str, str] = os.environ) -> Path:
    """The file of a data set on this machine; `DatasetMissing` says where it was looked for and how to get it."""
    folders = data_folders(environ)
    for folder in folders:
        path = folder / entry.file
        if path.is_file():
            return path
    looked = " and ".join(str(folder) for folder in folders)
    raise DatasetMissing(
        f"data set {entry.name} is not here: no {entry.file} in {looked}; "
        f"run `usher data fetch {entry.name}` or set {VARIABLE} to the folder that has it"
    )


def verify_dataset(entry: DatasetEntry, path: Path) -> None:
    """Nothing if the file is byte for byte the registered one; `DatasetCorrupt` says what differs."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetMissing(f"{path}: cannot be read: {error.strerror}") from error
    check_content(entry, content, origin=str(path))


def check_content(entry: DatasetEntry, content: bytes, *, origin: str) -> None:
    """Nothing if `content` is the registered file's; `DatasetCorrupt` says what differs."""
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        raise DatasetCorrupt(
            f"{origin}: not the registered {entry.name}: {len(content)} bytes with sha256 {digest}, "
            f"registered are {entry.bytes} bytes with sha256 {entry.sha256}; fetch it again"
        )
