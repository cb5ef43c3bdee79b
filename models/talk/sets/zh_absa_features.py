"""What the Chinese model sees of an aspect: the characters around it by clause and side, negation turning signs. Pure.

Character n-grams of the aspect's own clause count for most, those of clauses further off for less and less; the last
characters of the aspect are crossed with the characters near it, because 价格高 and 性价比高 say opposite things; words
of praise and blame count by where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.talk.sets.zh_absa_words import BLAME, BREAK, NAMES, NEGATION, PRAISE

_REACH = 6
"""Characters after a negation that it turns round."""
_GRAMS = (1, 2, 3, 4)
_OFF = 0.6
"""What a clause counts for against the one nearer to the aspect."""
_SIDE, _ASPECT, _CROSSED, _EDGE = 0.6, 0.5, 0.6, 0.5
_LONGEST = max(len(word) for word in PRAISE | BLAME)
_TURN = "¬"
_MOST_CLAUSES = 6

Signed = list[tuple[str, int]]


class Counts(dict[str, float]):
    """Feature values by name, added up."""

    def add(self, name: str, value: float) -> None:
        """Adds ``value`` to the feature."""
        self[name] = self.get(name, 0.0) + value


def term_features(before: str, aspect: str, after: str) -> dict[str, float]:
    """The features of a term that stands in a sentence, with what is before and after it."""
    left, right = BREAK.split(before), BREAK.split(after)
    found = Counts()
    own_left, own_right = _signed(left[-1]), _signed(right[0])
    _grams(found, own_right, "", 1.0, _GRAMS)
    _grams(found, own_left, "", 0.7, _GRAMS)
    _grams(found, own_right, ">", _SIDE, _GRAMS[:3])
    _grams(found, own_left, "<", _SIDE, _GRAMS[:3])
    for mark, others in (("+", right[1:]), ("-", left[-2::-1])):
        share = _OFF
        for clause in others[:_MOST_CLAUSES]:
            characters = _signed(clause)
            _grams(found, characters, "", share * 0.6, _GRAMS)
            _grams(found, characters, mark, share * 0.5, _GRAMS[1:3])
            share *= _OFF
    for size in _GRAMS[:3]:
        for start in range(len(aspect) - size + 1):
            found["a" + aspect[start : start + size]] = _ASPECT
    found["A" + aspect] = _ASPECT
    for character, sign in own_right + own_left:
        if character != _TURN:
            for end in {aspect[-1:], aspect[-2:]}:
                found.add("x" + end + character, _CROSSED * sign)
    found["!" + right[0][:1]] = found["!!" + right[0][:2]] = found["?" + left[-1][-2:]] = _EDGE
    _judged(found, right[0], left[-1], aspect, " ".join(right[1:]), " ".join(left[:-1]))
    return dict(found)


def category_features(text: str, category: str) -> dict[str, float]:
    """The features of a category of ASAP in a whole review: the clauses that name it, and a little of the rest."""
    names = NAMES.get(category, "").split()
    clauses = [clause for clause in BREAK.split(text) if clause]
    named = [clause for clause in clauses if any(name in clause for name in names)]
    found = Counts({"c" + category: 1.0, "c" + category.split("_")[0]: 0.5})
    found["named"] = 1.0 if named else 0.0
    for clause in named:
        characters = _signed(clause)
        _grams(found, characters, "", 1.0 / len(named), _GRAMS)
        _grams(found, characters, "=" + category, 1.0 / len(named), _GRAMS[:2])
    for clause in clauses:
        _grams(found, _signed(clause), "", 0.3 / len(clauses), _GRAMS)
    _judged(found, " ".join(named), "", "", " ".join(clauses), "")
    return dict(found)


def praise_and_blame(clause: str) -> tuple[int, int]:
    """How many words praise, and how many blame; a negation before a word turns it round."""
    praise = blame = left = at = 0
    while at < len(clause):
        word = _word_at(clause, at)
        negation = NEGATION.match(clause, at)
        if word and (not negation or len(word) > 1):
            if (word in PRAISE) == (left <= 0):
                praise += 1
            else:
                blame += 1
            at += len(word)
            left = 0
        elif negation:
            at = negation.end()
            left = _REACH
        else:
            at += 1
            left -= 1
    return praise, blame


def _word_at(clause: str, at: int) -> str:
    for size in range(min(_LONGEST, len(clause) - at), 0, -1):
        word = clause[at : at + size]
        if word in PRAISE or word in BLAME:
            return word
    return ""


def _judged(found: Counts, right: str, left: str, aspect: str, after: str, before: str) -> None:
    total = 0.0
    for name, text, share in (
        ("R", right, 3.0),
        ("L", left, 1.5),
        ("A", aspect, 0.5),
        ("+", after, 0.7),
        ("-", before, 0.4),
    ):
        praise, blame = praise_and_blame(text)
        verdict = float((praise > blame) - (praise < blame))
        found["judged" + name] = verdict
        found["praise" + name] = 0.5 if praise else 0.0
        found["blame" + name] = 0.5 if blame else 0.0
        total += verdict * share
    found["judged"] = max(-2.0, min(2.0, total))


def _signed(clause: str) -> Signed:
    found: Signed = []
    left = at = 0
    while at < len(clause):
        if negation := NEGATION.match(clause, at):
            found.append((_TURN, 1))
            at = negation.end()
            left = _REACH
        else:
            found.append((clause[at], -1 if left > 0 else 1))
            at += 1
            left -= 1
    return found


def _grams(found: Counts, characters: Signed, mark: str, share: float, sizes: Sequence[int]) -> None:
    for size in sizes:
        for start in range(len(characters) - size + 1):
            part = characters[start : start + size]
            gram = "".join(character for character, _ in part)
            if _TURN in gram:
                found.add(mark + gram, share * 0.7)
            else:
                found.add(mark + gram, share * part[-1][1] * (0.5 if size == 1 else 1.0))
