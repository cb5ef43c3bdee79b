"""The window's font: slim, made once, and what is shown of characters that it lacks."""

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import Language
from device_agent.texts import load_texts
from runtime.fonts import (
    FOLDERS,
    FontFacts,
    FontFiles,
    FontLicence,
    find_fonts,
    make,
    runs,
    slim,
    slim_path,
)

NOTO = next((at for folder in FOLDERS if (at := folder / "NotoSansCJK-Regular.ttc").is_file()), None)


def small_font() -> bytes:
    """DejaVu Sans, which comes with matplotlib: has Latin and combining accents, but neither Han nor Hangul."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where fonts are looked for; with a cache of its own, and without fontconfig."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    installed = tmp_path / "installed"
    installed.mkdir()
    return installed


def a_font(characters: str) -> FontFiles:
    starts, ends = runs(sorted(map(ord, characters)))
    said = FontLicence(name="A font", copyright="©", terms="OFL", url="https://openfontlicense.org")
    return FontFiles(regular=Path("r"), bold=Path("b"), facts=FontFacts(starts=starts, ends=ends, licence=said))


@given(st.sets(st.characters()))
def test_a_font_has_its_characters_and_no_others(characters: set[str]) -> None:
    facts = a_font("".join(characters)).facts
    assert facts is not None
    for character in characters:
        for near in (character, chr(max(0, ord(character) - 1)), chr(min(sys.maxunicode, ord(character) + 1))):
            assert facts.has(near) == (near in characters)
    assert len(facts.starts) == len(facts.ends)


@pytest.mark.parametrize(
    ("text", "shown", "missing"),
    [
        ("W* Ming, 62%", "W* Ming, 62%", ""),
        ("王*明", "王*明", ""),
        ("王\U0002ebf0明\U0002ebf0", "王〓明〓", "\U0002ebf0"),
        ("王😀", "王〓", "😀"),
        ("王\n明\t명", "王\n明\t〓", "명"),
        ("王\U000e0100明", "王明", ""),  # a selector of a variant
        ("e\u0301", "é", ""),
        ("Wałęsa", "Wa〓esa", "łę"),
        ("王\u0000\u200d明", "王明", ""),
    ],
)
def test_a_character_that_the_font_lacks_is_seen_to_be_missing(text: str, shown: str, missing: str) -> None:
    font = a_font("王明é〓" + "".join(map(chr, range(32, 127))))
    assert (font.shown(text), font.missing(text)) == (shown, missing)
    whole = msgspec.structs.replace(font, facts=None)
    assert (whole.shown(text), whole.missing(text)) == (text, "")


def test_fonts_are_slimmed_once_and_by_both_weights(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for weight in ("Regular", "Bold"):
        (folder / f"NotoSansCJK-{weight}.ttc").write_bytes(small_font())
    found = find_fonts([folder])
    assert found is not None
    assert found.facts is not None
    assert found.regular == slim_path(folder / "NotoSansCJK-Regular.ttc")
    assert found.bold == slim_path(folder / "NotoSansCJK-Bold.ttc")
    assert found.regular != found.bold
    assert found.facts.licence.name == "DejaVu Sans"
    assert "Bitstream" in found.facts.licence.copyright
    assert found.facts.licence.url.startswith("http")
    assert found.missing("Àé→王") == "王"
    made = found.regular.stat()
    assert find_fonts([folder]) == found
    assert found.regular.stat() == made
    assert caplog.records == []
    os.utime(folder / "NotoSansCJK-Regular.ttc", ns=(0, 0))
    renewed = find_fonts([folder])
    assert renewed is not None
    assert renewed.regular != found.regular, "another file has another slim font"


def test_one_weight_serves_for_both(folder: Path) -> None:
    (folder / "NotoSansCJK-Bold.ttc").write_bytes(small_font())
    found = find_fonts([folder])
    assert found is not None
    assert found.regular == found.bold == slim_path(folder / "NotoSansCJK-Bold.ttc")


def test_a_half_written_font_is_made_again(folder: Path) -> None:
    source = folder / "NotoSansCJK-Regular.ttc"
    source.write_bytes(small_font())
    target = make(source)
    whole = target.read_bytes()
    target.with_suffix(".json").write_bytes(b'{"starts":[')
    target.unlink()
    assert find_fonts([folder]) == find_fonts([folder])
    assert target.read_bytes() == whole


def test_two_processes_make_the_same_font_at_once(folder: Path) -> None:
    source = folder / "NotoSansCJK-Regular.ttc"
    source.write_bytes(small_font())
    command = [sys.executable, "-m", "runtime.fonts", str(source)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=60)[0].strip() for each in both]
    target = slim_path(source)
    assert [each.returncode for each in both] == [0, 0]
    assert said == [str(target)] * 2
    assert sorted(target.parent.iterdir()) == [target.with_suffix(".json"), target]


@pytest.mark.parametrize("content", [b"", b"ttcf", b"no font at all", b"ttcf" + bytes(40)])
def test_a_font_that_cannot_be_slimmed_is_shown_as_it_is(
    folder: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    source = folder / "NotoSansCJK-Regular.ttc"
    source.write_bytes(content)
    with pytest.raises(ValueError, match="no font"):
        slim(content)
    assert find_fonts([folder]) == FontFiles(regular=source, bold=source, facts=None)
    assert "font_not_slim why='Error: " in caplog.text


def test_without_a_place_for_it_the_font_is_shown_as_it_is(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder / "NotoSansCJK-Regular.ttc"
    source.write_bytes(small_font())
    monkeypatch.setenv("XDG_CACHE_HOME", str(source))
    assert find_fonts([folder]) == FontFiles(regular=source, bold=source, facts=None)
    assert "font_not_slim" in caplog.text
    assert "font_not_split" in caplog.text


def test_without_noto_there_is_none(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert find_fonts([folder]) is None
    assert "font_missing" in caplog.text
    assert "fonts-noto-cjk" in caplog.text


@pytest.mark.skipif(NOTO is None and not os.environ.get("CI"), reason="Noto Sans CJK isn't installed")
def test_noto_has_all_texts_in_the_three_languages_and_rare_names() -> None:
    assert NOTO is not None
    font, facts = slim(NOTO.read_bytes())
    assert len(font) < 13_000_000
    for text in ("ÀÉîöüñç ½ – “ ”", "→ ● ✓ ₩ € ¥ 〓", "喆堃垚䶮𬀩", "繁體中文", "가힣ㄱㅎ", "ひらがなカタカナ"):
        assert [c for c in text if not facts.has(c)] == []
    for texts in map(load_texts, Language):
        for name, variables in texts.variables().items():
            text = texts.text(name, dict.fromkeys(variables, 1))
            assert [c for c in text if not facts.has(c)] == [], f"{name}: {text}"
    assert facts.licence.name == "Noto Sans CJK SC"
    assert "Open Font License" in facts.licence.terms
    assert facts.licence.url == "http://scripts.sil.org/OFL"
