"""Cards from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.presenters.desk import Card
from kiosk.readers.simulated import IN_HAND, SimulatedCards
from runtime.errors import ConfigError


def test_who_has_a_number_steps_aside_until_everybody_had_their_turn() -> None:
    cards = SimulatedCards([Card(f"c-{count}", f"Customer {count}") for count in range(6)])
    assert [card.customer for card in cards.cards()] == ["c-0", "c-1", "c-2", "c-3"]
    cards.took("c-1")
    assert [card.customer for card in cards.cards()] == ["c-0", "c-2", "c-3", "c-4"]
    for count in (0, 2, 3, 4):
        cards.took(f"c-{count}")
    assert [card.customer for card in cards.cards()] == ["c-5"]
    cards.took("c-5")
    assert len(cards.cards()) == IN_HAND


def test_a_file_of_cards(tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    path.write_text('{"customer":"c-1","name":"朱杰强"}\n\n{"customer":"c-2","name":"Ann"}\n', "utf-8")
    assert SimulatedCards.read(path).cards() == (Card("c-1", "朱杰强"), Card("c-2", "Ann"))


@pytest.mark.parametrize(
    "line", ['{"customer":"c-1"}', '{"customer":"","name":"x"}', "[]", "no", '{"customer":"a","name":"b","c":1}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cards.jsonl"
    path.write_text('{"customer":"c-1","name":"Ann"}\n' + line + "\n", "utf-8")
    with pytest.raises(ConfigError, match=r"cards\.jsonl:2: .*wanted"):
        SimulatedCards.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere: can't be read"):
        SimulatedCards.read(tmp_path / "nowhere")
