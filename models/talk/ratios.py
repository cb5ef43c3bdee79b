"""Likelihood ratios of what is heard in a talk: declared behaviour × how well the rules read it. Pure (W-13).

No public data says who takes a product after which talk. So what customers show is declared (`TAKES`, `LEAVES`), and
learned is how turns whose meaning is known are read: with s = taken up, turned down, neither,

    ratio(kind) = Σ P(s | takes it) · P(read as kind | s) / Σ P(s | doesn't) · P(read as kind | s)

Perfect reading gives the declared ratios of `models.talk.evidence`. Counts are smoothed by Laplace and by `PRIOR_TURNS`
turns read perfectly, so that few of them change little. Kinds without data stay as declared.

Source: I. J. Good, "Probability and the Weighing of Evidence", 1950; P.-S. Laplace, 1814 (rule of succession).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from models.errors import ArtefactError
from models.talk.evidence import CATEGORY_RATIO, DECLARED, Kind, Ratios

RATIOS_FORMAT = 1
PRIOR_TURNS = 10
DECIMALS = 4

Shown = Literal["taken_up", "turned_down", "neither"]
Ratio = Annotated[float, Meta(gt=0.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0)]


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What share of customers take up or turn down what is offered, or do neither; adds up to 1."""

    taken_up: Share
    turned_down: Share
    neither: Share

    def of(self, shown: Shown) -> float:
        """The share that shows this."""
        match shown:
            case "taken_up":
                return self.taken_up
            case "turned_down":
                return self.turned_down
            case "neither":
                return self.neither


TAKES = Behaviour(0.6, 0.02, 0.38)
"""Declared: what those show who end with the product."""
LEAVES = Behaviour(0.03, 0.4, 0.57)
"""Declared: what those show who end without it."""

_MATCHING: Mapping[Kind, Shown] = MappingProxyType({Kind.INTEREST: "taken_up", Kind.REFUSAL: "turned_down"})
"""The kinds that are learned, and what each is the right reading of."""


class Turns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How ``turns`` turns of customers were read whose meaning, ``shown``, people had marked. ``read``: in how many a
    kind was found; a turn may have several kinds, or none."""

    source: str
    language: str
    shown: Shown
    turns: Count
    read: dict[Kind, Count]


class Reviews(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How reliably a model reads reviews: for comparison, not in any ratio. ``ratio``: P(read as favourable |
    favourable) / P(read as favourable | not), by Laplace's rule."""

    source: str
    language: str
    favourable: Count
    favourable_read: Count
    unfavourable: Count
    unfavourable_read_as_favourable: Count
    ratio: Ratio


class TalkRatios(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `ratios.json` says: a factor of the odds by kind, which kinds were ``learned``, and from what."""

    format: int
    interest: Ratio
    refusal: Ratio
    hesitation: Ratio
    price: Ratio
    need: Ratio
    comparison: Ratio
    held: Ratio
    category_interest: Ratio
    learned: tuple[Kind, ...]
    declared: tuple[Kind, ...]
    takes: Behaviour
    leaves: Behaviour
    prior_turns: Count
    turns: tuple[Turns, ...]
    reviews: tuple[Reviews, ...]
    assumed: str

    def by_kind(self) -> Ratios:
        """The ratios as `models.talk.evidence.posterior` takes them."""
        return MappingProxyType(
            {
                Kind.INTEREST: self.interest,
                Kind.REFUSAL: self.refusal,
                Kind.HESITATION: self.hesitation,
                Kind.PRICE: self.price,
                Kind.NEED: self.need,
                Kind.COMPARISON: self.comparison,
                Kind.HELD: self.held,
            }
        )


ASSUMED = (
    "Behaviour is declared, reading is learned. English turns stand for all languages, as no Korean or Chinese "
    "answers to offers are public; bookings and transfers stand for products. The rules that read may have been "
    "written with an eye on the same turns. Hesitation, price, need, comparison and held have no labelled data: "
    "declared. What interest in a product says of its category is declared."
)


def learned_ratios(turns: tuple[Turns, ...], reviews: tuple[Reviews, ...]) -> TalkRatios:
    """The ratios that follow from these counts; without any turns the declared ones."""
    ratios = {kind: DECLARED[kind] for kind in Kind}
    learned = tuple(kind for kind in _MATCHING if turns)
    for kind in learned:
        ratios[kind] = round(_ratio(kind, turns), DECIMALS)
    return TalkRatios(
        format=RATIOS_FORMAT,
        interest=ratios[Kind.INTEREST],
        refusal=ratios[Kind.REFUSAL],
        hesitation=ratios[Kind.HESITATION],
        price=ratios[Kind.PRICE],
        need=ratios[Kind.NEED],
        comparison=ratios[Kind.COMPARISON],
        held=ratios[Kind.HELD],
        category_interest=CATEGORY_RATIO,
        learned=learned,
        declared=tuple(kind for kind in Kind if kind not in learned),
        takes=TAKES,
        leaves=LEAVES,
        prior_turns=PRIOR_TURNS,
        turns=turns,
        reviews=reviews,
        assumed=ASSUMED,
    )


def review_ratio(favourable: int, read: int, unfavourable: int, misread: int) -> float:
    """How much likelier a favourable review is read as favourable than an unfavourable one, by Laplace's rule."""
    return round(((read + 1) / (favourable + 2)) / ((misread + 1) / (unfavourable + 2)), DECIMALS)


def _ratio(kind: Kind, turns: tuple[Turns, ...]) -> float:
    shows: tuple[Shown, ...] = ("taken_up", "turned_down", "neither")
    read = {shown: _read_as(kind, shown, turns) for shown in shows}
    takes = sum(TAKES.of(shown) * read[shown] for shown in shows)
    return takes / sum(LEAVES.of(shown) * read[shown] for shown in shows)


def _read_as(kind: Kind, shown: Shown, turns: tuple[Turns, ...]) -> float:
    own = [one for one in turns if one.shown == shown]
    right = PRIOR_TURNS if _MATCHING[kind] == shown else 0
    read = sum(one.read.get(kind, 0) for one in own)
    return (read + 1 + right) / (sum(one.turns for one in own) + 2 + PRIOR_TURNS)


def decode_ratios(content: bytes, *, origin: str) -> TalkRatios:
    """The ratios in ``content``; `ArtefactError` names the key that is wrong."""
    try:
        ratios = msgspec.json.decode(content, type=TalkRatios)
    except msgspec.DecodeError as error:
        raise ArtefactError(f"{origin}: not a file of likelihood ratios: {error}; learn them again") from error
    if ratios.format != RATIOS_FORMAT:
        raise ArtefactError(f"{origin}: format = {ratios.format}, this release reads {RATIOS_FORMAT}; learn them again")
    return ratios


def encode_ratios(ratios: TalkRatios) -> bytes:
    """The ratios as indented JSON, equal ones as equal bytes."""
    return msgspec.json.format(msgspec.json.encode(ratios, order="sorted"), indent=1) + b"\n"
