"""Who is offered a task, and who next when nobody claims it (W-06). Pure.

============  ======================================================================
broadcast     all → manager
relationship  the customer's own advisor → least busy skilled advisor → all → manager
balanced      least busy skilled advisor → the next → all → manager
============  ======================================================================

A step with nobody in it is skipped, except *all*: a task waits there for the first device that is bound.
"""

from collections.abc import Collection, Sequence

import msgspec

from hub.kernel import PolicyKind
from hub.visits.model import Step

STEPS: dict[PolicyKind, tuple[Step, ...]] = {
    PolicyKind.BROADCAST: (Step.ALL, Step.MANAGER),
    PolicyKind.RELATIONSHIP: (Step.FIRST, Step.NEXT, Step.ALL, Step.MANAGER),
    PolicyKind.BALANCED: (Step.FIRST, Step.NEXT, Step.ALL, Step.MANAGER),
}
"""The escalation of each policy."""

EVERYONE = frozenset({Step.ALL, Step.MANAGER})
"""Steps in which every bound device is offered the task, also one that is bound later."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A bound device, its advisor, how many open tasks the advisor holds, and whether the advisor has the skill."""

    device: str
    advisor: str
    load: int = 0
    skilled: bool = True


class Offer(msgspec.Struct, frozen=True):
    """The step and the devices that are offered the task in it."""

    step: Step
    audience: tuple[str, ...]


def dispatch(
    policy: PolicyKind,
    candidates: Sequence[Candidate],
    *,
    owner: str | None,
    passed: Collection[str],
    asked: Collection[str] = (),
    after: Step | None = None,
) -> Offer:
    """The first step after ``after`` (null: from the start) with somebody in it; who ``passed`` is left out.

    Advisors who were ``asked`` in the step before and did not answer are not the *next*.
    """
    steps = STEPS[policy]
    start = 0 if after is None else min(steps.index(after) + 1 if after in steps else 0, len(steps) - 1)
    for step in steps[start:]:
        if step in EVERYONE:
            return Offer(step, tuple(c.device for c in candidates if c.advisor not in passed))
        chosen = _choose(policy, step, candidates, owner, {*passed, *asked})
        if chosen is not None:
            return Offer(step, tuple(c.device for c in candidates if c.advisor == chosen))
    return Offer(steps[-1], tuple(c.device for c in candidates if c.advisor not in passed))


def _choose(
    policy: PolicyKind, step: Step, candidates: Sequence[Candidate], owner: str | None, passed: Collection[str]
) -> str | None:
    free = [c for c in candidates if c.advisor not in passed]
    if policy is PolicyKind.RELATIONSHIP and step is Step.FIRST:
        return owner if any(c.advisor == owner for c in free) else None
    skilled = [c for c in free if c.skilled]
    return min(skilled, key=lambda c: (c.load, c.advisor)).advisor if skilled else None
