"""A version's life: what the table allows happens, nothing else, and devices only ever go up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.learning.model import (
    TABLE,
    Change,
    Impossible,
    Shelf,
    Stage,
    Version,
    add,
    apply,
    base_of,
    chosen,
    found,
    lift,
    out_of_use,
    rebase,
    retire,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.req("W-16")


def candidate(version: str, parent: str, now: datetime = NOW) -> Version:
    return Version(version=version, parent=parent, stage=Stage.CANDIDATE, made_at=now, changed_at=now)


def after(shelf: Shelf, *changes: tuple[str, Change]) -> Shelf:
    for version, change in changes:
        moved = apply(shelf, version, change, NOW, "test")
        assert isinstance(moved, Shelf), moved
        shelf = moved
    return shelf


def with_candidate(shelf: Shelf, version: str) -> Shelf:
    assert shelf.published is not None
    added = add(shelf, candidate(version, shelf.published.version))
    assert isinstance(added, Shelf)
    return added


def published(version: str = "v1") -> Shelf:
    """The base, and a version that went all the way."""
    shelf = with_candidate(found("v0", NOW), version)
    return after(shelf, (version, Change.PASS), (version, Change.TRY), (version, Change.PROMOTE))


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("change", Change)
def test_a_change_does_what_the_table_says_or_nothing(stage: Stage, change: Change) -> None:
    base = found("v0", NOW)
    one = msgspec.structs.replace(candidate("v1", "v0"), stage=stage, serial=2, watched=stage is Stage.PUBLISHED)
    newer = msgspec.structs.replace(candidate("v2", "v1"), stage=Stage.SUPERSEDED, serial=3)
    shelf = Shelf((*base.versions, one, newer), serial=3)
    if stage is Stage.PUBLISHED:
        before = msgspec.structs.replace(base.versions[0], stage=Stage.SUPERSEDED)
        shelf = Shelf((before, one, newer), serial=3)
    moved = apply(shelf, "v1", change, NOW, "test")
    if (stage, change) in TABLE and change is not Change.SUPERSEDE:  # that follows from another's promotion
        assert isinstance(moved, Shelf)
        now_there = moved.named("v1")
        assert now_there is not None
        assert now_there.stage is TABLE[stage, change]
    else:
        assert isinstance(moved, Impossible)
        assert stage.value in moved.why


def test_a_canary_is_released_higher_and_promoted_under_the_same_serial() -> None:
    shelf = with_candidate(found("v0", NOW), "v1")
    tried = after(shelf, ("v1", Change.PASS), ("v1", Change.TRY))
    assert tried.canary is not None
    assert (tried.canary.serial, tried.serial) == (2, 2)
    promoted = after(tried, ("v1", Change.PROMOTE))
    assert promoted.published is not None
    assert (promoted.published.version, promoted.published.serial, promoted.serial) == ("v1", 2, 2)
    assert promoted.published.released_at == tried.canary.released_at, "nothing that was signed changes"


def test_a_canary_that_gives_way_has_the_published_one_released_above_it() -> None:
    tried = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.PASS), ("v1", Change.TRY))
    back = after(tried, ("v1", Change.ROLL_BACK))
    assert back.published is not None
    assert (back.published.version, back.published.serial, back.published.rolls_back) == ("v0", 3, True)
    assert back.canary is None


def test_a_published_version_that_gives_way_brings_back_the_one_before() -> None:
    shelf = published("v1")
    back = after(shelf, ("v1", Change.ROLL_BACK))
    assert back.published is not None
    assert (back.published.version, back.published.serial, back.published.rolls_back) == ("v0", 3, True)
    assert isinstance(apply(back, "v0", Change.ROLL_BACK, NOW, "test"), Impossible), "the first has nothing before it"


def test_a_canary_goes_with_what_it_was_judged_against() -> None:
    shelf = after(with_candidate(published("v1"), "v2"), ("v2", Change.PASS), ("v2", Change.TRY))
    back = after(shelf, ("v1", Change.ROLL_BACK))
    assert back.published is not None
    assert (back.published.version, back.published.serial, back.canary) == ("v0", 4, None)
    gone = back.named("v2")
    assert gone is not None
    assert (gone.stage, gone.why) == (Stage.ROLLED_BACK, "it was judged against v1, which gave way: test")


def watched(shelf: Shelf, version: str, change: Change, since: int) -> Shelf:
    moved = apply(shelf, version, change, NOW + timedelta(hours=1), "test", since=since, watch=True)
    assert isinstance(moved, Shelf), moved
    return moved


def test_what_is_published_is_watched_against_the_one_before_until_it_is_settled() -> None:
    tried = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.PASS), ("v1", Change.TRY))
    shelf = watched(tried, "v1", Change.PROMOTE, 70)
    assert shelf.published is not None
    assert shelf.holdout is not None
    assert (shelf.published.since, shelf.published.watched, shelf.holdout.version) == (70, True, "v0")
    lifted = lift(shelf, 40, NOW)
    assert lifted.holdout == shelf.holdout, "a higher serial is no other model"
    settled = watched(shelf, "v1", Change.SETTLE, 90)
    assert settled.published is not None
    assert (settled.published.watched, settled.holdout, settled.serial) == (False, None, shelf.serial)
    assert settled.published.changed_at == shelf.published.changed_at, "it is published as long as it was"
    assert isinstance(apply(settled, "v1", Change.SETTLE, NOW, "test"), Impossible)
    assert after(tried, ("v1", Change.PROMOTE)).holdout is None, "nobody wanted a watch"


def test_a_watch_ends_with_the_next_publication_and_what_comes_back_is_watched_anew() -> None:
    shelf = published("v1")
    shelf = after(with_candidate(shelf, "v2"), ("v2", Change.PASS), ("v2", Change.TRY))
    shelf = watched(shelf, "v2", Change.PROMOTE, 50)
    back = watched(shelf, "v2", Change.ROLL_BACK, 80)
    assert back.published is not None
    assert back.holdout is not None
    assert (back.published.version, back.published.since, back.holdout.version) == ("v1", 80, "v0")
    gone = back.named("v2")
    assert gone is not None
    assert not gone.watched
    last = watched(back, "v1", Change.ROLL_BACK, 95)
    assert last.published is not None
    assert (last.published.version, last.published.watched, last.holdout) == ("v0", False, None)


def test_a_canary_that_gives_way_leaves_the_watch_as_it_was() -> None:
    tried = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.PASS), ("v1", Change.TRY))
    shelf = watched(tried, "v1", Change.PROMOTE, 70)
    shelf = after(with_candidate(shelf, "v2"), ("v2", Change.PASS), ("v2", Change.TRY))
    shelf = watched(shelf, "v2", Change.ROLL_BACK, 90)
    assert shelf.published is not None
    assert shelf.holdout is not None
    assert (shelf.published.version, shelf.published.since, shelf.holdout.version) == ("v1", 70, "v0")


def test_what_is_too_old_is_retired_but_never_what_may_have_to_come_back() -> None:
    shelf = published("v1")
    for version in ("v2", "v3", "v4"):
        shelf = after(with_candidate(shelf, version), (version, Change.PASS), (version, Change.TRY))
        shelf = after(shelf, (version, Change.PROMOTE))
    shelf = after(with_candidate(shelf, "v5"), ("v5", Change.REFUSE))
    shelf = after(with_candidate(shelf, "v6"), ("v6", Change.PASS), ("v6", Change.TRY), ("v6", Change.ROLL_BACK))
    assert retire(shelf, 7, NOW) == shelf
    assert out_of_use(shelf, 7) == []

    few = retire(shelf, 1, NOW)
    stages = {one.version: one.stage for one in few.versions}
    assert stages == {
        "v0": Stage.SUPERSEDED,
        "v1": Stage.RETIRED,
        "v2": Stage.RETIRED,
        "v3": Stage.SUPERSEDED,
        "v4": Stage.PUBLISHED,
        "v5": Stage.RETIRED,
        "v6": Stage.ROLLED_BACK,
    }
    assert out_of_use(few, 1) == ["v1", "v2", "v5"], "of the newest the files stay whatever became of it"
    back = after(few, ("v4", Change.ROLL_BACK), ("v3", Change.ROLL_BACK))
    assert back.published is not None
    assert back.published.version == "v0"


def test_what_was_rolled_back_is_not_what_a_roll_back_brings_back() -> None:
    shelf = published("v1")
    shelf = after(with_candidate(shelf, "v2"), ("v2", Change.PASS), ("v2", Change.TRY), ("v2", Change.PROMOTE))
    shelf = after(shelf, ("v2", Change.ROLL_BACK))
    assert shelf.published is not None
    assert shelf.published.version == "v1"
    shelf = after(shelf, ("v1", Change.ROLL_BACK))
    assert shelf.published is not None
    assert shelf.published.version == "v0"


def test_one_canary_at_a_time_and_no_version_twice() -> None:
    shelf = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.PASS), ("v1", Change.TRY))
    shelf = after(with_candidate(shelf, "v2"), ("v2", Change.PASS))
    assert isinstance(apply(shelf, "v2", Change.TRY, NOW, "test"), Impossible)
    assert isinstance(add(shelf, candidate("v2", "v0")), Impossible)
    assert isinstance(apply(shelf, "v9", Change.PASS, NOW, "test"), Impossible)


def test_what_passed_by_force_says_so_for_ever() -> None:
    shelf = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.FORCE), ("v1", Change.TRY))
    shelf = after(shelf, ("v1", Change.PROMOTE))
    assert shelf.published is not None
    assert shelf.published.forced


def test_another_base_ends_all_that_stood_on_the_old_one() -> None:
    shelf = after(with_candidate(published("v1"), "v2"), ("v2", Change.PASS), ("v2", Change.TRY))
    shelf = rebase(shelf, "w0", NOW)
    assert shelf.published is not None
    assert (shelf.published.version, base_of(shelf), shelf.canary) == ("w0", "w0", None)
    assert isinstance(apply(shelf, "w0", Change.ROLL_BACK, NOW, "test"), Impossible), "v0 is for other customers"
    again = rebase(shelf, "v0", NOW)
    assert again.published is not None
    assert (base_of(again), again.published.serial) == ("v0", shelf.serial + 1)
    assert [one.version for one in again.versions] == ["v0", "v1", "v2", "w0"]


def test_a_shelf_from_a_copy_is_lifted_above_what_devices_have() -> None:
    tried = after(with_candidate(found("v0", NOW), "v1"), ("v1", Change.PASS), ("v1", Change.TRY))
    lifted = lift(tried, 40, NOW)
    assert lifted.published is not None
    assert lifted.canary is not None
    assert (lifted.published.serial, lifted.canary.serial, lifted.serial) == (41, 42, 42)
    assert [one.stage for one in lifted.versions] == [one.stage for one in tried.versions]


def test_a_share_is_a_share_and_another_one_for_each_version() -> None:
    names = [f"visit-{number}" for number in range(5000)]
    first = {name for name in names if chosen(name, "v1", 0.2)}
    second = {name for name in names if chosen(name, "v2", 0.2)}
    assert 0.17 < len(first) / len(names) < 0.23
    assert 0.02 < len(first & second) / len(names) < 0.06
    assert not any(chosen(name, "v1", 0.0) for name in names)
    assert {name for name in names if chosen(name, "v1", 0.1)} < first, "a smaller share is a part of it"


class ShelfMachine(RuleBasedStateMachine):
    """Any changes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.now = NOW
        self.made = 0
        self.released: dict[int, tuple[str, datetime | None]] = {}

    @initialize()
    def start(self) -> None:
        self.shelf = found("base-0", self.now)

    @rule()
    def make(self) -> None:
        self.made += 1
        self.now += timedelta(seconds=1)
        assert self.shelf.published is not None
        added = add(self.shelf, candidate(f"v{self.made}", self.shelf.published.version, self.now))
        assert isinstance(added, Shelf)
        self.shelf = added

    @precondition(lambda self: self.made > 0)
    @rule(data=st.data(), change=st.sampled_from(list(Change)))
    def change(self, data: st.DataObject, change: Change) -> None:
        version = data.draw(st.sampled_from([one.version for one in self.shelf.versions]))
        self.now += timedelta(seconds=1)
        before = self.shelf.serial
        moved = apply(self.shelf, version, change, self.now, "any", since=self.made, watch=data.draw(st.booleans()))
        if isinstance(moved, Shelf):
            assert moved.serial >= before
            self.shelf = moved

    # Random changes hardly ever bring a version all the way; these do.

    @precondition(lambda self: self.shelf.canary is None)
    @rule()
    def tried(self) -> None:
        self.make()
        self.shelf = after(self.shelf, (f"v{self.made}", Change.PASS), (f"v{self.made}", Change.TRY))

    @precondition(lambda self: self.shelf.canary is not None)
    @rule(watch=st.booleans())
    def promoted(self, watch: bool) -> None:
        canary = self.shelf.canary
        assert canary is not None
        moved = apply(self.shelf, canary.version, Change.PROMOTE, self.now, "any", since=self.made, watch=watch)
        assert isinstance(moved, Shelf)
        assert (moved.holdout is not None) == watch
        self.shelf = moved

    @precondition(lambda self: self.shelf.previous is not None)
    @rule(watch=st.booleans())
    def went_back(self, watch: bool) -> None:
        in_use, previous = self.shelf.published, self.shelf.previous
        assert in_use is not None
        assert previous is not None
        moved = apply(self.shelf, in_use.version, Change.ROLL_BACK, self.now, "any", since=self.made, watch=watch)
        assert isinstance(moved, Shelf)
        assert moved.published is not None
        assert moved.published.version == previous.version
        assert moved.published.watched == (watch and moved.previous is not None)
        self.shelf = moved

    @rule(keep=st.integers(1, 4))
    def tidied(self, keep: int) -> None:
        before = self.shelf
        self.shelf = retire(before, keep, self.now)
        kept = (before.published, before.canary, before.previous, before.named(base_of(before)))
        for one in kept:
            assert one is None or self.shelf.named(one.version) == one
        gone = set(out_of_use(self.shelf, keep))
        assert not gone & {one.version for one in kept if one is not None}

    @rule(number=st.integers(0, 2))
    def rebased(self, number: int) -> None:
        if base_of(self.shelf) != f"base-{number}":
            self.shelf = rebase(self.shelf, f"base-{number}", self.now)

    @invariant()
    def everyone_has_one_model(self) -> None:
        if not self.shelf.versions:
            return
        stages = [one.stage for one in self.shelf.versions]
        assert stages.count(Stage.PUBLISHED) == 1
        assert stages.count(Stage.CANARY) <= 1

    @invariant()
    def a_serial_names_one_release(self) -> None:
        for one in self.shelf.versions:
            if one.serial:
                what = (one.version, one.released_at)
                assert self.released.setdefault(one.serial, what) == what
                assert one.serial <= self.shelf.serial

    @invariant()
    def a_canary_is_newer_than_what_is_published(self) -> None:
        canary, in_use = self.shelf.canary, self.shelf.published
        if canary is not None and in_use is not None:
            assert canary.serial > in_use.serial

    @invariant()
    def only_what_is_published_is_watched_and_there_is_something_to_go_back_to(self) -> None:
        for one in self.shelf.versions:
            assert not one.watched or one.stage is Stage.PUBLISHED
        holdout = self.shelf.holdout
        if self.shelf.published is not None and self.shelf.published.watched:
            assert holdout is not None
            assert holdout.stage is Stage.SUPERSEDED
            back = apply(self.shelf, self.shelf.published.version, Change.ROLL_BACK, self.now, "any")
            assert isinstance(back, Shelf)
            assert back.published is not None
            assert (back.published.version, back.published.serial) == (holdout.version, self.shelf.serial + 1)

    @invariant()
    def nothing_refused_is_released(self) -> None:
        for one in self.shelf.versions:
            if one.stage in (Stage.CANDIDATE, Stage.REFUSED, Stage.GATED):
                assert one.serial == 0


TestShelf = ShelfMachine.TestCase
