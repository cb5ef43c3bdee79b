"""Reading a set's files: one file or a folder of them, plain or gzipped."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import DatasetCorrupt, DatasetMissing

LARGEST_BYTES = 64 * 1024 * 1024
"""A file that unpacks to more than this is refused: no set is near it."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text without byte order mark. ``path`` is for messages."""

    path: Path
    text: str


def read_texts(path: Path, suffixes: Sequence[str], *, files: str) -> list[TextFile]:
    """The texts at ``path``: the file itself, or every file of the folder with one of ``suffixes`` (".json"), plain or
    ``.gz``, in order of name.

    ``files`` says what the set's files look like, for messages. `DatasetMissing` when nothing can be read there,
    `DatasetCorrupt` when a file is no such file.
    """
    if path.is_dir():
        wanted = tuple(suffixes) + tuple(f"{suffix}.gz" for suffix in suffixes)
        found = sorted(one for one in path.iterdir() if one.is_file() and one.name.lower().endswith(wanted))
        if not found:
            raise DatasetMissing(f"{path}: a folder without a file of the set; expected {files}")
        return [TextFile(one, _text(one)) for one in found]
    if not path.exists():
        raise DatasetMissing(f"{path}: no such file or folder; expected {files}")
    plain = path.name.lower().removesuffix(".gz")
    if not plain.endswith(tuple(suffixes)):
        raise DatasetCorrupt(f"{path}: not a file of the set by its name; expected {files}")
    return [TextFile(path, _text(path))]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetMissing(f"{path}: cannot be read: {error.strerror}") from error
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(LARGEST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetCorrupt(f"{path}: not a readable gzip file: {error}; fetch it again") from error
    if len(content) > LARGEST_BYTES:
        raise DatasetCorrupt(f"{path}: more than {LARGEST_BYTES} bytes of text; split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetCorrupt(f"{path}: not UTF-8 at byte {error.start}; convert it") from error
