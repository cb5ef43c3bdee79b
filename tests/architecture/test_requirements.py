from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import requirements
from tests.architecture.requirements import Mark, MarkError


def _plant(root: Path, text: str) -> Path:
    path = root / "tests" / "unit" / "test_planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path.relative_to(root)


def test_every_mark_names_a_listed_requirement() -> None:
    assert requirements.unknown(requirements.marks(requirements.ROOT)) == []


def test_ids_are_unique_and_well_formed() -> None:
    ids = [requirement for titles in requirements.listed().values() for requirement in titles]
    assert len(ids) == len(set(ids)) == 80
    assert all(len(requirement) == 4 and requirement[1] == "-" for requirement in ids)


def test_marks_are_read_from_functions_classes_and_files(tmp_path: Path) -> None:
    path = _plant(
        tmp_path,
        "import pytest\n"
        "pytestmark = [pytest.mark.nightly, pytest.mark.req('W-01')]\n"
        "@pytest.mark.req('W-05', 'W-06')\n"
        "async def test_a() -> None: ...\n"
        "@pytest.mark.req('W-08')\n"
        "class TestB:\n"
        "    @pytest.mark.req('W-09')\n"
        "    def test_c(self) -> None: ...\n",
    )
    assert requirements.marks(tmp_path) == [
        Mark("W-01", path, ""),
        Mark("W-05", path, "test_a"),
        Mark("W-06", path, "test_a"),
        Mark("W-08", path, "TestB"),
        Mark("W-09", path, "TestB::test_c"),
    ]


def test_a_stranger_is_found(tmp_path: Path) -> None:
    path = _plant(tmp_path, "import pytest\n\n@pytest.mark.req('W-99')\ndef test_a() -> None: ...\n")
    assert requirements.unknown(requirements.marks(tmp_path)) == [Mark("W-99", path, "test_a")]


def test_a_computed_id_is_refused(tmp_path: Path) -> None:
    _plant(tmp_path, "import pytest\n\n@pytest.mark.req(f'W-{1}')\ndef test_a() -> None: ...\n")
    with pytest.raises(MarkError, match="no literal id"):
        requirements.marks(tmp_path)


def test_the_page_names_the_tests_of_each_requirement() -> None:
    text = requirements.page([Mark("W-06", Path("tests/unit/test_dispatch.py"), "test_one_holder")])
    assert "| W-06 | Dispatch | [test_one_holder](../tests/unit/test_dispatch.py) |" in text
    assert "| W-07 | Alert | no test yet |" in text
    assert "## walk-in (1 of 17)" in text
