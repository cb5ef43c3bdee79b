"""The card beside a talk model: what it is, what it learned from, how good it is on rows it never saw. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from models.errors import ArtefactError
from models.talk.sets.report import Baseline, Interval

CARD_FORMAT = 1


class DataUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set that the model learned from. ``files``: sha256 by file name. ``rows``: learned from; ``held_out``: only
    measured, by `models.talk.sets.holdout` or a validation file of the set."""

    set: str
    title: str
    source: str
    licence: str
    files: Mapping[str, str]
    rows: int
    held_out: int


class HeldOutFigures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The shipped file's figures on the ``n`` rows held out, and simple methods' beside them on the same rows."""

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    micro_f1: float | None = None
    others: Mapping[str, float] = {}
    baselines: Mapping[str, Baseline] = {}


class TalkCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that a talk model's `card.json` says. ``labels``: the outputs' names in order, by set. ``files``:
    sha256 by name of the files that belong to the model. ``settings``: what the training was told."""

    format: int
    name: str
    made: str
    base_model: str
    base_licence: str
    licence: str
    method: str
    seed: int
    settings: Mapping[str, float | int | str]
    files: Mapping[str, str]
    model_bytes: int
    labels: Mapping[str, tuple[str, ...]]
    data: tuple[DataUse, ...]
    held_out: Mapping[str, HeldOutFigures]
    limits: str


def decode_card(content: bytes, *, origin: str) -> TalkCard:
    """The card in ``content``; `ArtefactError` names the key that is wrong."""
    try:
        card = msgspec.json.decode(content, type=TalkCard)
    except msgspec.DecodeError as error:
        raise ArtefactError(f"{origin}: not a talk model's card: {error}; install or train the model again") from error
    if card.format != CARD_FORMAT:
        raise ArtefactError(f"{origin}: format = {card.format}, this release reads {CARD_FORMAT}; train it again")
    return card


def encode_card(card: TalkCard) -> bytes:
    """The card as indented JSON, equal cards as equal bytes."""
    return msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n"
