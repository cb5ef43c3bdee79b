from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import house


def test_the_tree_keeps_the_rules_of_the_house() -> None:
    found = house.breaches(house.ROOT)
    assert not found, "\n".join(map(str, found))


def test_the_rules_see_the_tree() -> None:
    seen = house.project_files(house.ROOT)
    assert Path("pyproject.toml") in seen
    assert Path("tests/architecture/house.py") in seen
    assert not any(".venv" in path.parts for path in seen)


CLEAN = "def test_it() -> None:\n    assert 1 + 1 == 2\n"


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("hub/lobby/model.py", "x = 1\n" * 401, "401 lines"),
        ("hub/lobby/utils.py", "x = 1\n", "'utils'"),
        ("hub/queue_helpers/model.py", "x = 1\n", "'queue_helpers'"),
        ("hub/lobby/model.py", "class TicketManager:\n    pass\n", "'TicketManager'"),
        ("contracts/tickets.py", "from typing import Any\n\nx: Any = 1\n", "Any crosses"),
        ("contracts/tickets.py", "class A:\n    payload: dict\n", "'payload'"),
        ("contracts/tickets.py", "class A:\n    payload: dict[str, object]\n", "'payload'"),
        ("docs/guide.md", "Look into /" + "home/ann/usher.\n", "path of a machine"),
        ("scripts/demo", "cd /" + "work/main\n", "path of a machine"),
        ("tests/unit/test_a.py", "X = 1\n", "without a test"),
        ("tests/unit/test_a.py", "def test_it() -> None:\n    print('fine')\n", "can't fail"),
        (
            "tests/unit/test_a.py",
            CLEAN + "\n\ndef f(m) -> None:\n    monkeypatch.set" + "attr(1)\n",
            "patches",
        ),
        ("tests/unit/test_a.py", CLEAN + "\n\ntime.sle" + "ep(0.1)\n", "sleeps on time"),
        ("hub/vault/__init__.py", "", "no listed room"),
        ("hub/lobby/model.py", "def f(:\n", "can't be parsed"),
    ],
)
def test_a_planted_breach_is_found(tmp_path: Path, path: str, text: str, what: str) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True)
    planted.write_text(text, encoding="utf-8")
    found = [breach for breach in house.breaches(tmp_path) if what in breach.what]
    assert [breach.path for breach in found] == [Path(path)]


def test_a_folder_of_modules_without_init_is_found(tmp_path: Path) -> None:
    for path in ("hub/__init__.py", "hub/lobby/model.py", "hub/lobby/rules/__init__.py", "tests/unit/sums.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("X = 1\n", encoding="utf-8")
    found = [breach for breach in house.breaches(tmp_path) if "no __init__.py" in breach.what]
    assert [breach.path for breach in found] == [Path("hub/lobby")]


def test_a_big_binary_is_found(tmp_path: Path) -> None:
    (tmp_path / "speech.bin").write_bytes(b"\0" * (house.MAX_BINARY_BYTES + 1))
    (tmp_path / "small.bin").write_bytes(b"\0" * 100)
    assert [breach.path.name for breach in house.breaches(tmp_path)] == ["speech.bin"]


def test_a_clean_tree_has_no_breach(tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_sum.py").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert house.breaches(tmp_path) == []
