"""Which cue speaks of which name: clauses, names said together, who is meant to hold the view. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from models.names import Language
from models.talk.cues import Hit
from models.talk.spotting import Points, Spot
from models.talk.tokens import MARK, Line

_TOGETHER = {
    "en": re.compile(
        r" (?:,|(?:, )?(?:and|or|nor|plus|as well as|and also|or maybe|and maybe)(?: ,)?) "
        r"(?:(?:a|an|the|any|your|also|even|maybe|that|this|then|some|my|in|for|with|of|about|into|or|on) )*"
    ),
    "zh": re.compile(
        r"(?:[、,]?(?:和|与|跟|或|或者|及|以及|还有|还是|也有|同|,|、|加上|再加上)(?:那个|这个|对)?|、|,)?"
    ),
    "ko": re.compile(r"(?:,|하고|이랑|랑|과|와|나|이나|도|및|또는|그리고|이며|며|,그리고|이든|든|아니면|혹은)?,?그?"),
}
_FOR = re.compile("[给带替帮陪为领][^,.?!;我]?$")
_NEAR_GAP = {"en": 60, "zh": 12, "ko": 12}


@dataclass(frozen=True, slots=True)
class Held:
    """A cue with the spots it speaks of; none where it says something of what was named before the utterance."""

    hit: Hit
    spots: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Scene:
    """An utterance with its names as marks, the cues in it, and the frames around them."""

    line: Line
    language: Language
    spots: tuple[Spot, ...]
    stances: tuple[Hit, ...]
    frames: tuple[Hit, ...]
    used: set[int] = field(default_factory=set)
    lent: set[int] = field(default_factory=set)
    """The spots whose only view so far is another person's."""

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where the mark of each spot stands in the line."""
        return tuple(at for at, char in enumerate(self.line.text) if char == MARK)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The spots that are named together: "the fund and the bond"."""
        made: list[list[int]] = []
        for index, place in enumerate(self.places):
            if made:
                between = self.line.text[self.places[made[-1][-1]] + 1 : place]
                cut = any(h.start > self.places[made[-1][-1]] and h.end <= place for h in self.stances)
                cut = cut or self._refused(self.places[made[-1][-1]])
                joined = self._joins(between) or (between == "" and self._both(place))
                if self.language == "en" and self.spots[made[-1][-1]].points is Points.IT:
                    joined = joined and not between.startswith(" ,")  # "I'll take it, the fund" goes on to the fund
                if not cut and joined and not (between == "," and self._has_cue(made[-1][0])):
                    made[-1].append(index)
                    continue
            made.append([index])
        return tuple(tuple(group) for group in made)

    def _joins(self, between: str) -> bool:
        match = _TOGETHER[self.language].fullmatch(between)
        return match is not None and between.strip() != ""

    def _refused(self, place: int) -> bool:
        """Whether an English refusal ends with the name at ``place``: "not the first, the second" names two things."""
        return self.language == "en" and any(
            hit.end == place + 1 and hit.cue.side == "left" and hit.cue.says == "refusal" for hit in self.stances
        )

    def _both(self, place: int) -> bool:
        """Whether a Chinese "all" follows the name at ``place``: names side by side are then meant together."""
        return self.language == "zh" and "都" in self.line.text[place + 1 : place + 4]

    def _has_cue(self, spot: int) -> bool:
        """Whether a cue stands before the spot in its clause: what follows a comma then is a new topic."""
        if self.language == "en":
            return False
        place = self.places[spot]
        left = max((hit.end for hit in self.frames if hit.cue.says == "border" and hit.end <= place), default=0)
        return any(left <= hit.start < place for hit in self.stances)

    def group_of(self, spot: int) -> tuple[int, ...]:
        """The group that holds the spot."""
        return next(group for group in self.groups if spot in group)

    @cached_property
    def borders(self) -> tuple[int, ...]:
        """Where clauses end, outside cues and between groups."""
        spans = [(self.places[g[0]], self.places[g[-1]]) for g in self.groups]
        return tuple(
            hit.start
            for hit in self.frames
            if hit.cue.says in ("border", "stop")
            and not any(one.start < hit.end and hit.start < one.end for one in self.stances)
            and not any(first < hit.start < last for first, last in spans)
        )

    @cached_property
    def stops(self) -> tuple[int, ...]:
        """Where sentences end."""
        return tuple(at for at, char in enumerate(self.line.text) if char in ".?!;")

    def at(self, said: int) -> int:
        """The place in the line of what was said at ``said``."""
        return next((at for at, first in enumerate(self.line.starts) if first >= said), len(self.line.text))

    def clause(self, at: int) -> tuple[int, int]:
        """The clause that holds the place ``at``."""
        left = max((border for border in self.borders if border < at), default=-1) + 1
        return left, min((border for border in self.borders if border >= at), default=len(self.line.text))

    def sentence(self, at: int) -> tuple[int, int]:
        """The sentence that holds the place ``at``, with the stop that ends it."""
        left = max((stop for stop in self.stops if stop < at), default=-1) + 1
        return left, min((stop for stop in self.stops if stop >= at), default=len(self.line.text) - 1) + 1

    def framed(self, says: str, span: tuple[int, int]) -> bool:
        """Whether a frame that says ``says`` begins within ``span``."""
        return any(hit.cue.says == says and span[0] <= hit.start < span[1] for hit in self.frames)

    def of_another(self, at: int) -> bool:
        """Whether what is said at ``at`` is another person's view or a case that is only imagined."""
        left, right = self.sentence(at)
        if self.framed("agree", (at, right)):
            return False
        state = False
        others = [hit for hit in self.frames if hit.cue.says in ("other", "if") and not self.served(hit)]
        for hit in self.frames:
            if hit.start > at or hit.start < left:
                continue
            if hit in others:
                state = True
            elif hit.cue.says == "me" and not any(one.start <= hit.start < one.end for one in others):
                state = False
        return state

    def served(self, hit: Hit) -> bool:
        """Whether the Chinese words before ``hit`` make the other person the one it is for: "open one for my child"."""
        return self.language == "zh" and _FOR.search(self.line.text, 0, hit.start) is not None

    def attached(self) -> tuple[Held, ...]:
        """The cues in order, each with the spots it speaks of. Remembers the spots that are spoken for."""
        taken: dict[int, tuple[int, ...]] = {}
        last = [i for i, hit in enumerate(self.stances) if hit.cue.side == "left" and hit.cue.says == "interest"]
        over = [i for i, hit in enumerate(self.stances) if self.language == "zh" and hit.cue.says == "over"]
        first = [i for i in range(len(self.stances)) if i not in last and i not in over]
        for index in first:
            self._take(taken, index, self._adjacent(self.stances[index]))
        for index in first:
            if index not in taken and self.stances[index].cue.side not in ("left", "right"):
                spots = self._reached(index, self.stances[index])
                taken[index] = spots
                self.used.update(spots)
                if self.of_another(self.stances[index].start):
                    self.lent.update(spots)
        for index in last:
            self._take(taken, index, self._adjacent(self.stances[index]))
        for index in over:  # a mere fact of what a wish speaks of as well: "I have no card, I'd like one"
            self._take(taken, index, self._adjacent(self.stances[index]) or self._reached(index, self.stances[index]))
        return tuple(Held(hit, taken[i]) for i, hit in enumerate(self.stances) if i in taken)

    def _take(self, taken: dict[int, tuple[int, ...]], index: int, spots: tuple[int, ...]) -> None:
        free = tuple(spot for spot in spots if spot not in self.used or self.stances[index].cue.says == "refusal")
        if free:
            taken[index] = free
            self.used.update(free)
            if self.of_another(self.stances[index].start):
                self.lent.update(free)

    def _adjacent(self, hit: Hit) -> tuple[int, ...]:
        inside = [i for i, place in enumerate(self.places) if hit.start <= place < hit.end]
        if hit.cue.side == "right":
            inside = [i for i, place in enumerate(self.places) if hit.end <= place <= hit.end + 1][:1]
        if not inside:
            return ()
        if hit.cue.side == "left":
            return self.group_of(inside[-1]) if self.language == "ko" else (inside[-1],)
        return tuple(dict.fromkeys(spot for one in inside for spot in self.group_of(one)))

    def _reached(self, index: int, hit: Hit) -> tuple[int, ...]:
        clause = self.clause(hit.start)
        side = hit.cue.side
        if side == "after":
            return self._next(index, hit, clause, claim=True) or self._before(index, hit, clause)
        if side == "before":
            return self._before(index, hit, clause) or self._next(index, hit, clause, claim=False)
        following = self._next(index, hit, clause, claim=False)
        return following or self._before(index, hit, clause) or self._next(index, hit, clause, claim=True)

    def _next(self, index: int, hit: Hit, clause: tuple[int, int], *, claim: bool) -> tuple[int, ...]:
        """The free group after the cue, in the clause, before the next cue; ``claim``: even if that one wants it."""
        rest = self.stances[index + 1 :]
        limit = min((o.end if o.cue.side == "left" else o.start for o in rest), default=len(self.line.text))
        for group in self.groups:
            place = self.places[group[0]]
            if place < hit.end or group[0] in self.used:
                continue
            if place >= min(limit, clause[1]) or place - hit.end > _NEAR_GAP[self.language]:
                return ()
            if self.language == "ko" and hit.cue.side != "after":
                return ()
            wanted = (
                bool(rest)
                and rest[0].cue.side in ("before", "either", "after")
                and self._needs_before(index + 1, group)
            )
            return () if wanted and not claim else group
        return ()

    def _needs_before(self, index: int, group: tuple[int, ...]) -> bool:
        """Whether the cue has no group of its own after it, so that ``group``, before it in its clause, is its."""
        hit = self.stances[index]
        if self.clause(hit.start) != self.clause(self.places[group[0]]):
            return False
        if any(self.places[group[-1]] < place < hit.start for place in self.places):
            return False
        following = [g for g in self.groups if self.places[g[0]] >= hit.end]
        if not following or hit.cue.side == "before":
            return True
        place = self.places[following[0][0]]
        after = [one.start for one in self.stances[index + 1 :]]
        return place >= self.clause(hit.start)[1] or any(start < place for start in after)

    def _before(self, index: int, hit: Hit, clause: tuple[int, int]) -> tuple[int, ...]:
        free = [g for g in self.groups if self.places[g[-1]] < hit.start and g[0] not in self.used]
        within = [g for g in free if self.places[g[0]] >= clause[0]]
        taken_back = max((f.end for f in self.frames if f.cue.says == "correction" and f.end <= hit.start), default=0)
        within = [g for g in within if self.places[g[0]] >= taken_back] or within
        if within:
            return tuple(s for g in within for s in g) if self.language == "ko" else within[-1]
        left = self.sentence(hit.start)[0]
        topics = [g for g in free if self.places[g[0]] >= left]
        if self.language == "en" and topics:  # a name right before that is spoken for is what is meant
            topics = [
                g for g in topics if not any(g[-1] < spot and self.places[spot] < hit.start for spot in self.used)
            ]
        if topics and (hit.cue.bare or self.language != "en"):
            return topics[-1]
        if hit.cue.bare or self.language == "en":
            return ()
        spoken = [g for g in self.groups if left <= self.places[g[0]] and self.places[g[-1]] < hit.start]
        if self.language == "ko" and taken_back:  # "to take it out, no, to put more in" says it of the same thing
            return next((g for g in reversed(self.groups) if self.places[g[-1]] < taken_back), ())
        spoken = [g for g in spoken if g[0] in self.lent]
        return spoken[-1] if spoken else ()
