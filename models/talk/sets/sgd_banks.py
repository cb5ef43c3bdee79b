"""Schema-Guided Dialogue, banks: does the customer take up what was offered, or turn it down?

A row is a turn of the user with the action AFFIRM_INTENT (accept) or NEGATE_INTENT (refuse), and the system's turn
before it. The user's other turns are kept for the harder question of whether a turn answers an offer at all: those that
confirm or correct details (AFFIRM, NEGATE) apart from the rest, because they teach how people say yes and no.

Source: A. Rastogi et al., "Towards Scalable Multi-Domain Conversational Agents: The Schema-Guided Dialogue Dataset",
AAAI 2020, https://arxiv.org/abs/1909.05855, CC BY-SA 4.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.errors import DatasetCorrupt
from models.talk.sets.baselines import beside, figures_of, tfidf_svm, training_file
from models.talk.sets.english import EnglishModel, english_model, softmax
from models.talk.sets.files import TextFile, read_texts
from models.talk.sets.holdout import held_out
from models.talk.sets.report import Baseline, Report, accuracy, class_figures, macro_f1, single_report

NAME = "sgd-banks"
ACCEPT, REFUSE, CONFIRM, CORRECT, OTHER = "accept", "refuse", "confirm", "correct", "other"
ANSWERS = (ACCEPT, REFUSE, CONFIRM, CORRECT, OTHER)
FILES = "Schema-Guided Dialogue JSON (.json, .json.gz): a list of dialogues with turns, frames and actions"

_OFFERED = {"AFFIRM_INTENT": ACCEPT, "NEGATE_INTENT": REFUSE}
_DETAILS = {"AFFIRM": CONFIRM, "NEGATE": CORRECT}


class Action(msgspec.Struct, frozen=True):
    """What a speaker does in a turn."""

    act: str


class Frame(msgspec.Struct, frozen=True):
    """The part of a turn that is about one service."""

    actions: tuple[Action, ...] = ()


class Turn(msgspec.Struct, frozen=True):
    """One speaker's turn."""

    speaker: str
    utterance: str
    frames: tuple[Frame, ...] = ()


class Dialogue(msgspec.Struct, frozen=True):
    """A dialogue, in order."""

    dialogue_id: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A turn of the user. ``before``: the system's turn before it, empty at the start. ``answer``: one of `ANSWERS`."""

    dialogue: str
    before: str
    text: str
    answer: str


def load_sgd_banks(path: Path) -> list[Reply]:
    """Every turn of a user in the file or folder, in order; `DatasetCorrupt` names file and place."""
    files = read_texts(path, (".json",), files=FILES)
    if path.is_dir():
        files = [file for file in files if not file.path.name.startswith("schema")]
    found = [reply for file in files for dialogue in _dialogues(file) for reply in replies(dialogue)]
    if not any(reply.answer in (ACCEPT, REFUSE) for reply in found):
        raise DatasetCorrupt(f"{path}: no turn with AFFIRM_INTENT or NEGATE_INTENT; expected {FILES}")
    return found


def replies(dialogue: Dialogue) -> list[Reply]:
    """The user's turns of a dialogue; a turn that both accepts and refuses is `other`, as it says neither plainly."""
    found = []
    before = ""
    for turn in dialogue.turns:
        if turn.speaker == "USER":
            acts = {action.act for frame in turn.frames for action in frame.actions}
            found.append(Reply(dialogue.dialogue_id, before, turn.utterance, _answer(acts)))
        else:
            before = turn.utterance
    return found


def _answer(acts: set[str]) -> str:
    for kinds in (_OFFERED, _DETAILS):
        said = {kinds[act] for act in acts if act in kinds}
        if said:
            return said.pop() if len(said) == 1 else OTHER
    return OTHER


def _dialogues(file: TextFile) -> list[Dialogue]:
    try:
        return msgspec.json.decode(file.text, type=list[Dialogue])
    except msgspec.DecodeError as error:
        raise DatasetCorrupt(f"{file.path}: {error}; expected {FILES}") from error


def learned_part(found: list[Reply]) -> list[Reply]:
    """The rows of the training files that the model learned from: whole dialogues."""
    return [reply for reply in found if not held_out(NAME, reply.dialogue)]


def answers_to_offers(found: list[Reply]) -> list[Reply]:
    """The turns that the set's figures are about."""
    return [reply for reply in found if reply.answer in (ACCEPT, REFUSE)]


def predict(model: EnglishModel, found: list[Reply]) -> tuple[list[str], list[str]]:
    """Every turn's answer twice: accept or refuse, taking for granted that it is one of them; and accept, refuse or
    other, taking nothing for granted."""
    names = model.labels(NAME)
    granted, free = [], []
    for reply in found:
        chance = dict(zip(names, softmax(model.pair_scores(NAME, reply.before, reply.text)).tolist(), strict=True))
        taken, turned = chance[ACCEPT] + chance[CONFIRM], chance[REFUSE] + chance[CORRECT]
        granted.append(ACCEPT if taken >= turned else REFUSE)
        free.append(_plain(max(names, key=chance.__getitem__)))
    return granted, free


def evaluate(path: Path) -> Report:
    """The figures of the English model on the user's turns in ``path``."""
    found = load_sgd_banks(path)
    folder = training_file(NAME)
    return measured(english_model(), found, None if folder is None else learned_part(load_sgd_banks(folder)))


def measured(model: EnglishModel, found: list[Reply], known: list[Reply] | None) -> Report:
    """The figures on the turns of ``found`` that answer an offer; ``known`` is what the model and the baselines learn
    from, if it is here. Under `others`: how well these answers are found among all turns of the user."""
    baselines, notes = beside(model.card, NAME, lambda: None if known is None else baselines_of(known, found))
    granted, free = predict(model, found)
    asked = answers_to_offers(found)
    return single_report(
        NAME,
        model.card.name,
        [reply.answer for reply in asked],
        [said for said, reply in zip(granted, found, strict=True) if reply.answer in (ACCEPT, REFUSE)],
        baselines,
        others=every_turn([reply.answer for reply in found], free),
        seen=None if known is None else _seen(known, asked),
        notes=notes,
    )


def every_turn(answers: list[str], predicted: list[str]) -> dict[str, float]:
    """The figures over all turns of the user, in three classes."""
    truth = [_plain(answer) for answer in answers]
    classes = class_figures(truth, predicted)
    by_class = {f"every_turn_{name}_f1": one.f1 for name, one in classes.items()}
    return {
        "every_turn_n": float(len(truth)),
        "every_turn_accuracy": accuracy(truth, predicted),
        "every_turn_macro_f1": macro_f1(classes),
        **by_class,
    }


def baselines_of(known: list[Reply], found: list[Reply]) -> dict[str, Baseline] | None:
    """Learned from ``known``, measured on ``found``; None without scikit-learn."""
    asked = answers_to_offers(found)
    learned = answers_to_offers(known)
    what = "TF-IDF of words and characters of both turns, linear SVM"
    two = tfidf_svm(
        [_both(reply) for reply in learned], [reply.answer for reply in learned], [_both(reply) for reply in asked]
    )
    three = tfidf_svm(
        [_both(reply) for reply in known], [_plain(reply.answer) for reply in known], [_both(reply) for reply in found]
    )
    if two is None or three is None:
        return None
    return {
        "tfidf": figures_of([reply.answer for reply in asked], two, what),
        "tfidf_every_turn": figures_of([_plain(reply.answer) for reply in found], three, f"{what}; three classes"),
    }


def _both(reply: Reply) -> str:
    return f"{reply.before} || {reply.text}"


def _plain(answer: str) -> str:
    return answer if answer in (ACCEPT, REFUSE) else OTHER


def _seen(known: list[Reply], asked: list[Reply]) -> int:
    texts = {(reply.dialogue, reply.before, reply.text) for reply in known}
    return sum((reply.dialogue, reply.before, reply.text) in texts for reply in asked)
