"""Files and folders: plain, gzipped, or clearly refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.errors import DatasetCorrupt, DatasetMissing
from models.talk.sets import files
from models.talk.sets.files import read_texts

pytestmark = pytest.mark.req("W-12")


def read(path: Path) -> list[tuple[str, str]]:
    return [(one.path.name, one.text) for one in read_texts(path, (".csv",), files="tables")]


def test_reads_a_folder_in_order_of_name_plain_and_gzipped(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("\ufeffzwei", encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"eins", mtime=0))
    (tmp_path / "notes.txt").write_text("not of the set")
    assert read(tmp_path) == [("a.csv.gz", "eins"), ("b.csv", "zwei")]


def test_reads_one_file_by_its_content_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "A.CSV.gz"
    path.write_bytes(b"not packed in spite of its name")
    assert read(path) == [("A.CSV.gz", "not packed in spite of its name")]


def test_says_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="no such file or folder; expected tables"):
        read(tmp_path / "gone.csv")
    with pytest.raises(DatasetMissing, match="a folder without a file of the set; expected tables"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{}", "not a file of the set by its name"),
        ("a.csv", "Größe".encode("latin-1"), "not UTF-8 at byte 2"),
        ("a.csv.gz", gzip.compress(b"something", mtime=0)[:-9], "not a readable gzip file"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetCorrupt, match=said):
        read(tmp_path / name)


def test_refuses_a_file_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    block = bytes(1 << 20)
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for _ in range(files.LARGEST_BYTES // len(block) + 1):
            packed.write(block)
    with pytest.raises(DatasetCorrupt, match="bytes of text"):
        read(path)
