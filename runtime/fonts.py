"""One font for all three languages: Kivy has no fallback between fonts, so it must hold Latin, Han and Hangul.

``python -m runtime.fonts`` slims Noto Sans CJK (scripts/bootstrap does it): the mainland Chinese face with all
its characters, so that no name is lost, without what a label doesn't need. The subroutines matter most, as FreeType
keeps them in memory once for each size that is shown: in eight sizes of two weights the whole face takes 41 MB, the
slim one 5 MB. Fewer characters would hardly save more (GB 2312 and Hangul alone: 3 MB).
"""

import hashlib
import importlib.util
import logging
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import click
import msgspec

log = logging.getLogger(__name__)

FOLDERS = (Path("/usr/share/fonts/opentype/noto"), Path("/usr/share/fonts/noto-cjk"))
"""Where Debian and others put Noto Sans CJK."""

SIMPLIFIED_CHINESE = 2
"""The face of the collection with mainland Chinese forms; its Hangul and Latin are the same as in the others."""

RECIPE = 1
"""Part of a slim font's name: raise it when ``slim`` makes them differently."""

GETA = "〓"
"""What printers set for a type that they lack: as wide as a character, and neither a masked one (*) nor a box."""

LAYOUT = "\n\t"
"""What a label follows without drawing it."""

PATIENCE_SECONDS = 60
"""For another process to make two fonts, which takes about a second."""


class FontLicence(msgspec.Struct, frozen=True, kw_only=True):
    """What the font says about itself, for the About page (OpenType 1.9.1, "name", ids 4, 0, 13, 14)."""

    name: str
    copyright: str
    terms: str
    url: str


class FontFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Kept beside a slim font. ``starts`` and ``ends``: the runs of characters that it has, in order, ends excluded."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    licence: FontLicence

    def has(self, character: str) -> bool:
        """Whether the font draws this character."""
        code = ord(character)
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code < self.ends[at]

    def nearest(self, character: str) -> str:
        """The character; else its letter without accents (Noto Sans CJK has é, but no ź); else 〓."""
        if self.has(character):
            return character
        parts = unicodedata.normalize("NFD", character)
        if len(parts) > 1 and self.has(parts[0]) and all(map(_unseen, parts[1:])):
            return parts[0]
        return "" if _unseen(character) else GETA


class FontFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A regular and a bold file that Kivy can open; ``facts`` are known of slim fonts only."""

    regular: Path
    bold: Path
    facts: FontFacts | None

    def missing(self, text: str) -> str:
        """The characters of a text that would be drawn as a box, each once; none when the facts aren't known."""
        if self.facts is None or text.isascii():
            return ""
        return "".join(dict.fromkeys(c for c in text if not _unseen(c) and not self.facts.has(c)))

    def shown(self, text: str) -> str:
        """The text as it can be drawn: what the font lacks becomes the nearest that it has, or 〓."""
        facts = self.facts
        if facts is None or text.isascii() or all(c in LAYOUT or facts.has(c) for c in text):
            return text
        return "".join(c if c in LAYOUT else facts.nearest(c) for c in unicodedata.normalize("NFC", text))


def _unseen(character: str) -> bool:
    """Selectors of variants, joiners, combining marks: without them the character before still says the same."""
    return unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me")


def cache_folder() -> Path:
    """Where things that can be made anew are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "usher"


@cache
def fonts() -> FontFiles | None:
    """``find_fonts``, asked once in a process."""
    return find_fonts()


def find_fonts(folders: Sequence[Path] = FOLDERS) -> FontFiles | None:
    """Noto Sans CJK, slim (made now where that wasn't done) or else whole; null when there is none. Never raises.

    Looks in ``folders`` and then asks fontconfig. What it can't have as wanted, it says in the log.
    """
    sources = _sources(folders)
    if not sources:
        log.warning("font_missing wanted='Noto Sans CJK' effect='no Chinese, no Korean' package=fonts-noto-cjk")
        return None
    found = [_slim_font(source) for source in sources]
    if None in found:
        _make_apart(sources)
        found = [_slim_font(source) for source in sources]
    regular, bold = found[0], found[-1]
    if regular is not None and bold is not None:
        return FontFiles(regular=regular[0], bold=bold[0], facts=regular[1])
    return FontFiles(regular=_single(sources[0]), bold=_single(sources[-1]), facts=None)


@lru_cache(maxsize=1024)
def shown(text: str) -> str:
    """The text as this machine's font can draw it; see ``FontFiles.shown``."""
    found = fonts()
    return text if found is None else found.shown(text)


def missing(text: str) -> str:
    """The characters of a text that this machine's font lacks; see ``FontFiles.missing``."""
    found = fonts()
    return "" if found is None else found.missing(text)


def licence() -> FontLicence | None:
    """Of the slim font that is shown; null when it is another one."""
    found = fonts()
    return None if found is None or found.facts is None else found.facts.licence


# --- the installed font ----------------------------------------------------------------------------------------------


def _sources(folders: Sequence[Path]) -> Sequence[Path]:
    """The files of the regular and the bold weight, of one alone, or of none."""
    return [source for weight in ("Regular", "Bold") if (source := _known(folders, weight) or _asked(weight))]


def _known(folders: Sequence[Path], weight: str) -> Path | None:
    return next((at for f in folders if (at := f / f"NotoSansCJK-{weight}.ttc").is_file()), None)


def _asked(weight: str) -> Path | None:
    program = shutil.which("fc-match")
    if program is None:
        return None
    asked = [program, "--format", "%{family}\n%{file}", f"Noto Sans CJK SC:style={weight}"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("font_not_asked program=%s why=%r", program, str(error))
        return None
    family, _, file = answer.partition("\n")
    return Path(file) if "CJK" in family and Path(file).is_file() else None


# --- slim fonts ------------------------------------------------------------------------------------------------------


def slim_path(source: Path) -> Path:
    """Where the slim font of this file is kept: another file, or another way to make it, has another name."""
    stat = source.stat()
    key = f"{RECIPE}|{source.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    return cache_folder() / "fonts" / f"{source.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.otf"


def _slim_font(source: Path) -> tuple[Path, FontFacts] | None:
    target = slim_path(source)
    try:
        facts = msgspec.json.decode(target.with_suffix(".json").read_bytes(), type=FontFacts)
    except (OSError, msgspec.DecodeError):
        return None
    return (target, facts) if target.is_file() else None


def _make_apart(sources: Sequence[Path]) -> None:
    """In a process of its own: making takes 200 MB for a second, which a window would keep."""
    if importlib.util.find_spec("uharfbuzz") is None:
        log.warning("font_not_slim why='uharfbuzz is not installed' effect='more memory, rare characters are boxes'")
        return
    command = [sys.executable, "-m", "runtime.fonts", *map(str, sources)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        why = "" if made.returncode == 0 else made.stderr.strip().rpartition("\n")[2]
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if why:
        log.warning("font_not_slim why=%r effect='more memory, rare characters are boxes'", why)


def make(source: Path) -> Path:
    """The slim font of this file, made unless it is there; raises ``OSError`` or ``ValueError``.

    Two processes may do this at once: each writes files of its own and then gives them the name.
    """
    target = slim_path(source)
    if _slim_font(source) is None:
        font, facts = slim(source.read_bytes())
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target.with_suffix(".json"), msgspec.json.encode(facts))
        _write(target, font)
    return target


def _write(target: Path, content: bytes) -> None:
    handle, fresh = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(target)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise


def slim(content: bytes) -> tuple[bytes, FontFacts]:
    """The Chinese face of a collection, or a font's only one, with all its characters and kerning; not much else.

    Raises ``ValueError`` for what is no font.
    """
    import uharfbuzz as hb

    blob = hb.Blob(content)
    index = SIMPLIFIED_CHINESE if content[:4] == b"ttcf" else 0
    face = hb.Face(blob, index)
    characters = face.unicodes
    if not len(characters):
        raise ValueError(f"no font with a face {index}")
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(characters)
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.add(_tag("kern"))
    wanted.drop_table_tag_set.update(map(_tag, ("GSUB", "GDEF", "BASE", "VORG", "vhea", "vmtx")))
    wanted.flags = hb.SubsetFlags.DESUBROUTINIZE | hb.SubsetFlags.NOTDEF_OUTLINE
    wanted.name_id_set.update(range(15))
    font = hb.subset(face, wanted)

    def name(number: int) -> str:
        return face.get_name(number) or ""

    starts, ends = runs(sorted(characters))
    return font.blob.data, FontFacts(
        starts=starts,
        ends=ends,
        licence=FontLicence(name=name(4), copyright=name(0), terms=name(13), url=name(14)),
    )


def _tag(name: str) -> int:
    return int.from_bytes(name.encode("ascii"), "big")


def runs(codes: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where runs of numbers without a gap start and end (excluded), of numbers in order."""
    starts = [code for at, code in enumerate(codes) if at == 0 or codes[at - 1] != code - 1]
    ends = [code + 1 for at, code in enumerate(codes, 1) if at == len(codes) or codes[at] != code + 1]
    return tuple(starts), tuple(ends)


# --- the whole face --------------------------------------------------------------------------------------------------


def _single(path: Path) -> Path:
    """Kivy opens a collection's first face, which is Japanese: write the Chinese face out as a font of its own."""
    if path.suffix.lower() != ".ttc":
        return path
    stat = path.stat()
    target = cache_folder() / "fonts" / f"{path.stem}-{SIMPLIFIED_CHINESE}-{stat.st_size}-{int(stat.st_mtime)}.otf"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, face_of_collection(path.read_bytes(), SIMPLIFIED_CHINESE))
        except (OSError, ValueError, struct.error) as error:
            log.warning("font_not_split file=%s why=%r effect='Japanese forms are shown'", path, str(error))
            return path
    return target


def face_of_collection(collection: bytes, index: int) -> bytes:
    """One face of a TrueType collection as a font file (OpenType 1.9.1, "Font Collections"); raises ``ValueError``."""
    tag, _version, count = struct.unpack_from(">4sII", collection.ljust(12, b"\0"))
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


# --- python -m runtime.fonts ---------------------------------------------------------------------------------


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(files: Sequence[Path]) -> None:
    """Make the slim fonts of FILES, by default of this machine's Noto Sans CJK, and name them."""
    sources = files or _sources(FOLDERS)
    if not sources:
        raise click.ClickException("Noto Sans CJK is not installed; on Debian it is the package fonts-noto-cjk")
    for source in sources:
        try:
            click.echo(make(source))
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            raise click.ClickException(f"{source}: {error}") from error


if __name__ == "__main__":
    main()
