"""An origin that holds more than is used: the first lines, out of archives in archives, packed the same everywhere."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile

import pytest

from models.datasets.fetch import convert
from models.datasets.location import check_content
from models.datasets.registry import DatasetEntry, ZippedLines, dataset_entry
from models.errors import DatasetCorrupt

TEXT = b"a;y\n1;no\n2;yes\n3;no\n4;no\n"


def _zip(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return buffer.getvalue()


ARCHIVE = _zip("inner.zip", _zip("deep/table.csv", TEXT.replace(b"\n", b"\r\n")))


def _origin(lines: int, member: tuple[str, ...] = ("inner.zip", "deep/table.csv")) -> ZippedLines:
    return ZippedLines("the source", "https://example.org/x.zip", member, lines, "first.csv")


def _entry(origin: ZippedLines, content: bytes, columns: tuple[str, ...] = ("a", "y")) -> DatasetEntry:
    digest = hashlib.sha256(content).hexdigest()
    return DatasetEntry("small", "Small", "s.csv.gz", "CC BY 4.0", "x", "y", digest, len(content), columns, (origin,))


def test_the_first_lines_are_packed_as_the_registered_file() -> None:
    made = convert(_entry(_origin(3), b""), _origin(3), ARCHIVE)
    assert gzip.decompress(made) == b"a;y\n1;no\n2;yes\n"
    assert made == convert(_entry(_origin(3), b""), _origin(3), ARCHIVE), "the same bytes each time"
    check_content(_entry(_origin(3), made), made, origin="here")
    with pytest.raises(DatasetCorrupt, match="not the registered small"):
        check_content(_entry(_origin(3), made), convert(_entry(_origin(4), b""), _origin(4), ARCHIVE), origin="here")


def test_an_archive_without_the_table_is_refused() -> None:
    for origin, columns, told in (
        (_origin(7), ("a", "y"), "has 5 lines, 7 are used"),
        (_origin(3, ("inner.zip", "other.csv")), ("a", "y"), "no readable other.csv"),
        (_origin(3, ("none.zip", "deep/table.csv")), ("a", "y"), "no readable none.zip"),
        (_origin(3), ("a", "balance"), "other columns"),
    ):
        with pytest.raises(DatasetCorrupt, match=told):
            convert(_entry(origin, b"", columns), origin, ARCHIVE)


@pytest.mark.parametrize("name", ["uci-bank", "open-bandit"])
def test_registered_origins_use_what_the_file_has(name: str) -> None:
    entry = dataset_entry(name)
    (origin,) = entry.origin
    assert isinstance(origin, ZippedLines)
    assert origin.lines - 1 == {"uci-bank": 32950, "open-bandit": 10000}[name]
    assert entry.file.endswith(".gz")
