"""One font for all three languages: Kivy has no fallback between fonts, so it must hold Latin, Han and Hangul."""

import logging
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FOLDERS = (Path("/usr/share/fonts/opentype/noto"), Path("/usr/share/fonts/noto-cjk"))
"""Where Debian and others put Noto Sans CJK."""

SIMPLIFIED_CHINESE = 2
"""The face of the collection with mainland Chinese forms; its Hangul and Latin are the same as in the others."""


@dataclass(frozen=True, slots=True)
class FontFiles:
    """A regular and a bold file that Kivy can open."""

    regular: Path
    bold: Path


def cache_folder() -> Path:
    """Where things that can be made anew are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "usher"


def find_fonts() -> FontFiles | None:
    """Noto Sans CJK by its known places, else by fontconfig; null, with a line in the log, when there is none."""
    regular, bold = _known("Regular") or _asked("Regular"), _known("Bold") or _asked("Bold")
    if regular is None:
        log.warning("font_missing wanted='Noto Sans CJK' effect='no Chinese, no Korean' package=fonts-noto-cjk")
        return None
    return FontFiles(_single(regular), _single(bold or regular))


def _known(weight: str) -> Path | None:
    return next((at for f in FOLDERS if (at := f / f"NotoSansCJK-{weight}.ttc").is_file()), None)


def _asked(weight: str) -> Path | None:
    program = shutil.which("fc-match")
    if program is None:
        return None
    asked = [program, "--format", "%{family}\n%{file}", f"Noto Sans CJK SC:style={weight}"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
    family, _, file = answer.partition("\n")
    return Path(file) if "CJK" in family and Path(file).is_file() else None


def _single(path: Path) -> Path:
    """Kivy opens a collection's first face, which is Japanese: write the Chinese face out as a font of its own."""
    if path.suffix.lower() != ".ttc":
        return path
    stat = path.stat()
    target = cache_folder() / f"{path.stem}-{SIMPLIFIED_CHINESE}-{stat.st_size}-{int(stat.st_mtime)}.otf"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(face_of_collection(path.read_bytes(), SIMPLIFIED_CHINESE))
            fresh.replace(target)
        except (OSError, ValueError) as error:
            log.warning("font_not_split file=%s why=%r effect='Japanese forms are shown'", path, str(error))
            return path
    return target


def face_of_collection(collection: bytes, index: int) -> bytes:
    """One face of a TrueType collection as a font file (OpenType 1.9.1, "Font Collections"); raises ``ValueError``."""
    tag, _version, count = struct.unpack_from(">4sII", collection)
    if tag != b"ttcf" or not 0 <= index < count:
        raise ValueError(f"not a collection with a face {index}")
    (start,) = struct.unpack_from(">I", collection, 12 + 4 * index)
    (tables,) = struct.unpack_from(">H", collection, start + 4)
    header = 12 + 16 * tables
    directory = bytearray(collection[start : start + header])
    body = bytearray()
    for number in range(tables):
        at = 12 + 16 * number
        offset, length = struct.unpack_from(">II", directory, at + 8)
        struct.pack_into(">I", directory, at + 8, header + len(body))
        body += collection[offset : offset + length]
        body += b"\0" * (-length % 4)
    return bytes(directory + body)
