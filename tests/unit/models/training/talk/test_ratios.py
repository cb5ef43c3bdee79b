"""Likelihood ratios: the formula, its ends, and that the shipped file follows from the data."""

import math

import pytest

from models.catalogues import load_catalogue
from models.datasets.location import data_folders
from models.errors import ArtefactError
from models.talk.evidence import DECLARED, About, Evidence, Kind, Prior, posterior
from models.talk.ratios import Turns, decode_ratios, encode_ratios, learned_ratios, review_ratio
from models.talk.sets.artefacts import FOLDER
from models.training.talk.ratios import RATIOS_FILE, learn, read_turns

pytestmark = pytest.mark.req("W-13")


def turns(n: int, *, right: float) -> tuple[Turns, ...]:
    """Turns of which the share ``right`` is read as what it is and the rest as its opposite."""
    good = round(n * right)
    return (
        Turns("test", "en", "taken_up", n, {Kind.INTEREST: good, Kind.REFUSAL: n - good}),
        Turns("test", "en", "turned_down", n, {Kind.REFUSAL: good, Kind.INTEREST: n - good}),
        Turns("test", "en", "neither", n, {}),
    )


def test_without_turns_everything_stays_as_declared() -> None:
    assert learned_ratios((), ()).by_kind() == DECLARED
    assert learned_ratios((), ()).learned == ()


def test_perfect_reading_of_many_turns_gives_the_declared_ratios() -> None:
    found = learned_ratios(turns(1_000_000, right=1.0), ())
    assert found.interest == pytest.approx(DECLARED[Kind.INTEREST], rel=0.001)
    assert found.refusal == pytest.approx(DECLARED[Kind.REFUSAL], rel=0.001)
    assert set(found.learned) == {Kind.INTEREST, Kind.REFUSAL}
    assert set(found.learned) | set(found.declared) == set(Kind)


def test_the_worse_the_reading_the_less_a_sign_says() -> None:
    interests = [learned_ratios(turns(1000, right=right), ()).interest for right in (1.0, 0.9, 0.7)]
    refusals = [learned_ratios(turns(1000, right=right), ()).refusal for right in (1.0, 0.9, 0.7)]
    assert interests == sorted(interests, reverse=True)
    assert refusals == sorted(refusals)
    assert interests[-1] > 1.0 > refusals[-1]


def test_few_turns_move_the_ratio_less_than_many() -> None:
    few, many = (learned_ratios(turns(n, right=0.7), ()) for n in (10, 1000))
    assert abs(math.log(few.interest / 6.0)) < abs(math.log(many.interest / 6.0))


def test_review_ratio_is_by_laplaces_rule() -> None:
    assert review_ratio(8, 8, 8, 0) == 9.0
    assert review_ratio(0, 0, 0, 0) == 1.0


def test_turns_are_read_by_the_rules() -> None:
    found = read_turns(
        "test",
        [("Yes, please.", "taken_up"), ("No, I don't want that.", "turned_down"), ("Hello.", "neither")],
        load_catalogue("simbank"),
    )
    assert {one.shown: one.read for one in found} == {
        "neither": {},
        "taken_up": {Kind.INTEREST: 1},
        "turned_down": {Kind.REFUSAL: 1},
    }


def test_a_file_that_is_none_is_refused() -> None:
    with pytest.raises(ArtefactError, match="not a file of likelihood ratios"):
        decode_ratios(b"{}", origin="test")
    content = encode_ratios(learned_ratios((), ())).replace(b'"format": 1', b'"format": 9')
    with pytest.raises(ArtefactError, match="format = 9"):
        decode_ratios(content, origin="test")


def test_the_shipped_ratios_lift_what_is_wanted_and_lower_what_is_refused() -> None:
    ratios = decode_ratios((FOLDER / RATIOS_FILE).read_bytes(), origin=RATIOS_FILE)
    assert ratios.interest > 1.5
    assert ratios.refusal < 0.5
    prior = [Prior("a", 0.3), Prior("b", 0.3)]
    after = posterior(
        prior, [Evidence("a", Kind.REFUSAL, About.PRODUCT), Evidence("b", Kind.INTEREST)], ratios=ratios.by_kind()
    )
    assert [one.code for one in after] == ["b", "a"]
    assert learned_ratios(ratios.turns, ratios.reviews) == ratios


@pytest.mark.nightly
def test_the_shipped_file_follows_from_the_data() -> None:
    if not any((folder / "sgd-banks").is_dir() for folder in data_folders()):
        pytest.skip("sgd-banks is not here: set USHER_DATA to the folder with the public sets")
    assert encode_ratios(learn()) == (FOLDER / RATIOS_FILE).read_bytes(), (
        "the rules or the data have changed: python -m models.training.talk.ratios"
    )
