"""Getting a data set: download with checks, conversion to the registered file, atomic placement."""

from __future__ import annotations

import csv
import gzip
import hashlib
import http.client
import io
import os
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import assert_never
from urllib.parse import urlsplit

from models.datasets.location import check_content
from models.datasets.registry import DatasetEntry, IslpWheel, Origin, UciZip, ZippedLines
from models.errors import DatasetCorrupt, DatasetError, FetchError

MAX_DOWNLOAD_BYTES = 64 * 1024 * 1024
MAX_MEMBER_BYTES = 64 * 1024 * 1024
TIMEOUT_S = 60.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def fetch_dataset(entry: DatasetEntry, folder: Path) -> Path:
    """The data set's file below `folder`, downloaded from the first origin that gives the registered bytes.

    `FetchError` names every origin and what went wrong there. A file is placed whole and checked, or not at all.
    """
    failures: list[str] = []
    for origin in entry.origin:
        try:
            content = convert(entry, origin, download(origin.url, origin.sha256))
            check_content(entry, content, origin=origin.title)
        except DatasetError as error:
            failures.append(f"{origin.title}: {error}")
            continue
        return _place(folder / entry.file, content)
    raise FetchError(f"data set {entry.name} could not be fetched: " + "; ".join(failures))


def download(url: str, sha256: str | None) -> bytes:
    """The bytes at `url` (https, or http on this machine), at most `MAX_DOWNLOAD_BYTES`; `FetchError` otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise FetchError(f"{url}: only https is allowed")
    request = urllib.request.Request(url, headers={"User-Agent": "usher-data-fetch"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            content: bytes = response.read(MAX_DOWNLOAD_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            raise FetchError(f"{url}: the server answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise FetchError(f"{url}: {reason}; is there a network?") from error
    if len(content) > MAX_DOWNLOAD_BYTES:
        raise FetchError(f"{url}: larger than {MAX_DOWNLOAD_BYTES} bytes")
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise DatasetCorrupt(f"{url}: sha256 is {digest}, registered is {sha256}")
    return content


def convert(entry: DatasetEntry, origin: Origin, content: bytes) -> bytes:
    """The registered file's bytes made from a download; `DatasetCorrupt` when it does not hold the expected table."""
    match origin:
        case ZippedLines():
            return _first_lines(entry, origin, content)
        case IslpWheel():
            text = _member(content, origin.member, origin.title)
            lines = list(csv.reader(io.StringIO(text, newline="")))
            header = tuple(lines[0]) if lines else ()
            if header != entry.columns:
                raise DatasetCorrupt(f"{origin.title}: {origin.member} has other columns than the registered ones")
            table = lines[1:]
        case UciZip():
            text = _member(content, origin.member, origin.title)
            table = [line.split() for line in text.splitlines() if line.strip()]
            purchase = {"0": "No", "1": "Yes"}
            table = [[*cells[:-1], purchase.get(cells[-1], cells[-1])] for cells in table]
        case _:
            assert_never(origin)
    return _coil_csv(entry, table, f"{origin.title}: {origin.member}")


def _first_lines(entry: DatasetEntry, origin: ZippedLines, content: bytes) -> bytes:
    """The first lines of the innermost member, ended by line feeds, gzipped the same way on every machine."""
    for member in origin.member:
        content = _member_bytes(content, member, origin.title)
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    if len(lines) <= origin.lines:
        raise DatasetCorrupt(f"{origin.title}: {origin.member[-1]} has {len(lines) - 1} lines, {origin.lines} are used")
    text = b"\n".join(lines[: origin.lines]) + b"\n"
    if not all(name.encode() in lines[0] for name in entry.columns):
        raise DatasetCorrupt(f"{origin.title}: {origin.member[-1]} has other columns than the registered ones")
    packed = io.BytesIO()
    with gzip.GzipFile(filename=origin.packed_as, mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def _coil_csv(entry: DatasetEntry, table: list[list[str]], where: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("row", *entry.columns))
    for row in entry.rows():
        if row >= len(table) or len(table[row]) != len(entry.columns):
            raise DatasetCorrupt(f"{where}: row {row} is missing or has not {len(entry.columns)} columns")
        writer.writerow((str(row), *table[row]))
    return out.getvalue().encode()


def _member(content: bytes, name: str, where: str) -> str:
    return _member_bytes(content, name, where).decode("utf-8", errors="replace")


def _member_bytes(content: bytes, name: str, where: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            info = archive.getinfo(name)
            if info.file_size > MAX_MEMBER_BYTES:
                raise DatasetCorrupt(f"{where}: {name} is larger than {MAX_MEMBER_BYTES} bytes")
            return archive.read(info)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise DatasetCorrupt(f"{where}: no readable {name} in the archive: {error}") from error


def _place(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise FetchError(f"{path}: cannot be written: {error.strerror}; name another folder with --to") from error
    return path
