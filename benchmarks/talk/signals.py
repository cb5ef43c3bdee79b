"""How many utterances of the suite are understood exactly: `python -m benchmarks.talk.signals [FILE…] [--wrong]`.

An utterance counts when the set of (kind, subject) it gives is the expected one; what is only a question (below
``SURE_FROM``) is as if not given, unless the line expects kind "question". What the rules were fitted to and what not
is in ``utterances/README.md``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from models.catalogues import load_catalogue
from models.names import Language
from models.talk.lexicon import Lexicon
from models.talk.signals import SURE_FROM, Signal, Speaker, Utterance, Word
from models.talk.understanding import Context, hear

UTTERANCES = Path(__file__).parent / "utterances"
QUESTION = "question"


class Line(msgspec.Struct, frozen=True):
    """Something said before, or now; ``words`` with their confidence where a recogniser is played."""

    speaker: Speaker
    text: str
    words: tuple[tuple[str, float], ...] = ()


class Case(msgspec.Struct, frozen=True):
    """An utterance in its context and what it shows; an expected subject may list alternatives, ``|`` between."""

    id: str
    language: Language
    utterance: Line
    expect: tuple[tuple[str, str], ...]
    tags: tuple[str, ...] = ()
    context: tuple[Line, ...] = ()


class Figures(msgspec.Struct, frozen=True):
    """``accuracy``: the share understood exactly. ``flips``: in how many an interest was surely read as a refusal of
    the same thing, or the reverse. ``by``: the share and the count by language and tag."""

    accuracy: float
    n: int
    flips: int
    by: dict[str, tuple[float, int]]


def read_cases(paths: Iterable[Path]) -> tuple[Case, ...]:
    """The cases in the JSON-lines files."""
    return tuple(
        msgspec.json.decode(line, type=Case)
        for path in paths
        for line in path.read_bytes().splitlines()
        if line.strip()
    )


def understood(case: Case, lexicon: Lexicon) -> tuple[Signal, ...]:
    """The signals in the case's utterance, heard after its context."""
    context = Context()
    signals: tuple[Signal, ...] = ()
    for index, line in enumerate((*case.context, case.utterance)):
        words = tuple(Word(text, confidence) for text, confidence in line.words)
        said = Utterance(index=index, text=line.text, language=case.language, words=words, speaker=line.speaker)
        context, signals = hear(context, said, lexicon)
    return signals


def right(case: Case, signals: Sequence[Signal]) -> bool:
    """Whether ``signals`` are exactly what the case expects."""
    questions = any(kind == QUESTION for kind, _ in case.expect)
    given = [
        (one.kind.value if one.confidence >= SURE_FROM else QUESTION, f"{one.about}:{one.subject}")
        for one in signals
        if one.confidence >= SURE_FROM or questions
    ]
    left = [(kind, frozenset(subject.split("|"))) for kind, subject in case.expect]
    for kind, subject in dict.fromkeys(given):
        match = next((one for one in left if one[0] == kind and (subject in one[1] or one[1] == {"*"})), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def score(paths: Iterable[Path]) -> Figures:
    """How many of the cases in ``paths`` are understood exactly, with the simulated bank's catalogue."""
    lexicon = Lexicon.of(load_catalogue("simbank"))
    hits: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    flips = 0
    for case in read_cases(paths):
        signals = understood(case, lexicon)
        good = right(case, signals)
        flips += _flipped(case, signals)
        for key in ("all", case.language, *(f"#{tag}" for tag in case.tags)):
            counts[key] += 1
            hits[key] += good
    by = {key: (hits[key] / counts[key], counts[key]) for key in sorted(counts)}
    return Figures(by.get("all", (0.0, 0))[0], counts["all"], flips, by)


def _flipped(case: Case, signals: Sequence[Signal]) -> bool:
    opposite = {"interest": "refusal", "refusal": "interest"}
    expected = {(kind, one) for kind, subject in case.expect for one in subject.split("|")}
    return any(
        one.confidence >= SURE_FROM
        and (opposite.get(one.kind.value, ""), f"{one.about}:{one.subject}") in expected
        and (one.kind.value, f"{one.about}:{one.subject}") not in expected
        for one in signals
    )


def _wrong(paths: Iterable[Path]) -> None:
    lexicon = Lexicon.of(load_catalogue("simbank"))
    for case in read_cases(paths):
        signals = understood(case, lexicon)
        if not right(case, signals):
            print(case.id, *case.tags)
            for line in (*case.context, case.utterance):
                print(f"    {line.speaker}: {line.text}")
            print("    expected", *(f"{kind} {subject}" for kind, subject in case.expect))
            print("    given   ", *(f"{s.kind} {s.about}:{s.subject} {s.confidence:.2f} {s.rule}," for s in signals))


def main(arguments: Sequence[str]) -> None:
    """Prints the figures; with ``--wrong`` also the misunderstood utterances."""
    paths = [Path(one) for one in arguments if not one.startswith("-")] or sorted(UTTERANCES.glob("*.jsonl"))
    if "--wrong" in arguments:
        _wrong(paths)
    figures = score(paths)
    for key, (share, count) in figures.by.items():
        print(f"{key:28} {share:.3f} {count:5}")
    print(f"{'flips':28} {figures.flips:5}")


if __name__ == "__main__":
    main(sys.argv[1:])
