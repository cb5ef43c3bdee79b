"""The registry of data sets, declared in `registry.toml` beside this file."""

from __future__ import annotations

import base64
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from models.errors import DatasetError

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_FILE = Path(__file__).with_name("registry.toml")


class IslpWheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="islp-wheel"):
    """A wheel that carries the table as a CSV with a header; `member` is its path inside."""

    title: str
    url: str
    sha256: Sha256
    member: str


class UciZip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="uci-zip"):
    """UCI's archive with the table as tab-separated numbers without a header; the archive itself is not pinned."""

    title: str
    url: str
    member: str
    sha256: Sha256 | None = None


class ZippedLines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="zipped-lines"):
    """An archive (a wheel is one) that holds the table as it is; the file is its first lines, gzipped.

    `member`: the path inside, through archives in the archive. `lines`: how many lines are in the file, the header
    included. `packed_as`: the name that the gzip header carries, "" for none. Where the archive is not pinned, the file
    still is.
    """

    title: str
    url: str
    member: tuple[str, ...]
    lines: Annotated[int, msgspec.Meta(gt=0)]
    packed_as: str = ""
    sha256: Sha256 | None = None


Origin = IslpWheel | UciZip | ZippedLines


class DatasetEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data set. `file` is its path below a data folder; `sha256` and `bytes` are that file's."""

    name: str
    title: str
    file: str
    licence: str
    source: str
    citation: str
    sha256: Sha256
    bytes: Annotated[int, msgspec.Meta(gt=0)]
    columns: tuple[str, ...]
    origin: tuple[Origin, ...]
    rows_used: str = ""

    def rows(self) -> tuple[int, ...]:
        """The source's rows that are in the file, ascending."""
        bits = base64.b64decode(self.rows_used)
        return tuple(row for row in range(len(bits) * 8) if bits[row // 8] >> (row % 8) & 1)


class _Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dataset: tuple[DatasetEntry, ...]


def parse_registry(text: str, *, origin: str) -> tuple[DatasetEntry, ...]:
    """The entries that the TOML `text` declares; `DatasetError` names `origin`, the key and what is allowed."""
    try:
        return msgspec.convert(tomllib.loads(text), type=_Registry).dataset
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DatasetError(f"{origin}: {error}") from error


@cache
def dataset_entries() -> tuple[DatasetEntry, ...]:
    """Every registered data set."""
    return parse_registry(_FILE.read_text(encoding="utf-8"), origin=_FILE.name)


def dataset_entry(name: str) -> DatasetEntry:
    """The data set registered under `name`; `DatasetError` names what there is."""
    for entry in dataset_entries():
        if entry.name == name:
            return entry
    raise DatasetError(f"no data set {name!r}; registered are {', '.join(e.name for e in dataset_entries())}")
