"""Each English set's format: what becomes a row, and what is refused with which words."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import DatasetCorrupt
from models.talk.sets.banking77 import Query, load_banking77
from models.talk.sets.mams import Aspect, Sentence, load_mams
from models.talk.sets.nlupp import Utterance, load_nlupp
from models.talk.sets.sgd_banks import Reply, load_sgd_banks
from tests.unit.models.talk_sets.samples import BANKING77, MAMS, NLUPP, SGD

pytestmark = pytest.mark.req("W-12")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["a.xml", "a.xml.gz"])
def test_mams_gives_terms_by_place_and_leaves_conflict_out(tmp_path: Path, name: str) -> None:
    text = "The decor is dull but the food & wine shine."
    terms = (Aspect("decor", 4, 9, "negative"), Aspect("food & wine", 26, 37, "positive"))
    assert load_mams(written(tmp_path, name, MAMS)) == [Sentence(text, terms)]
    assert [text[one.start : one.end] for one in terms] == ["decor", "food & wine"]


def test_banking77_reads_quoted_text(tmp_path: Path) -> None:
    assert load_banking77(written(tmp_path, "a.csv.gz", BANKING77)) == [
        Query("My card, it is lost", "lost_or_stolen_card"),
        Query("Where is my card?", "card_arrival"),
    ]


def test_nlupp_reads_a_folder_without_its_ontology(tmp_path: Path) -> None:
    written(tmp_path, "fold0.json", NLUPP)
    written(tmp_path, "fold1.json.gz", '[{"text": "no", "intents": ["deny"]}]')
    written(tmp_path, "ontology.json", '{"intents": {}}')
    assert load_nlupp(tmp_path) == [
        Utterance("yes, close it", ("affirm", "cancel")),
        Utterance("hm"),
        Utterance("no", ("deny",)),
    ]


def test_sgd_gives_every_turn_of_the_user_with_the_systems_before_it(tmp_path: Path) -> None:
    assert load_sgd_banks(written(tmp_path, "a.json", SGD)) == [
        Reply("1_00", "", "My balance?", "other"),
        Reply("1_00", "Do you want a transfer?", "No, bye.", "refuse"),
        Reply("1_00", "Is that right?", "It is.", "confirm"),
        Reply("1_00", "And a visit?", "Do it.", "accept"),
        Reply("1_00", "And a visit?", "Or not?", "other"),
    ]


@pytest.mark.parametrize(
    ("load", "name", "text", "said"),
    [
        (load_mams, "a.xml", "<sentences><sentence>", "not XML"),
        (load_mams, "a.xml", "<sentences/>", "no sentence with an aspect term"),
        (load_mams, "a.xml", "<sentences><sentence/></sentences>", "sentence 1: no <text>"),
        (load_mams, "a.xml", MAMS.replace('to="9"', 'to="900"'), "sentence 1: from 4 to 900 is outside the text"),
        (load_mams, "a.xml", MAMS.replace('to="9"', ""), "sentence 1: from and to must be numbers"),
        (load_mams, "a.xml", MAMS.replace('term="decor"', ""), "sentence 1: an aspect needs term and polarity"),
        (load_mams, "a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities of its own"),
        (load_banking77, "a.csv", "text,intent\na,b\n", "no column category"),
        (load_banking77, "a.csv", "text,category\n", "no row"),
        (load_banking77, "a.csv", "text,category\na,b\nc\n", "line 3: text and category must not be empty"),
        (load_nlupp, "a.json", '[{"intents": []}]', "missing required field `text`"),
        (load_nlupp, "a.json", "[]", "no utterance"),
        (load_sgd_banks, "a.json", "{}", "Expected `array`"),
        (load_sgd_banks, "a.json", SGD.replace("_INTENT", ""), "no turn with AFFIRM_INTENT or NEGATE_INTENT"),
    ],
)
def test_says_what_is_wrong(
    tmp_path: Path, load: Callable[[Path], list[object]], name: str, text: str, said: str
) -> None:
    with pytest.raises(DatasetCorrupt, match=said):
        load(written(tmp_path, name, text))
