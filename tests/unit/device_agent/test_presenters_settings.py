"""Settings, first start, hand-over and the lock; taps on the way into a talk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from contracts.fields import Language
from contracts.visits import Consent, TaskState
from device_agent.core.book import Book
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences, Strength
from device_agent.presenters import steps
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Choice, Pad, Page, Row
from device_agent.presenters.routes import (
    Begin,
    Corner,
    Flip,
    Go,
    LeaveBranch,
    LockNow,
    PickBranch,
    PickLanguage,
    PressKey,
    ShowConsent,
    ShowCorner,
    ShowFace,
    ShowPin,
    ShowTask,
    Switch,
)
from device_agent.ui.scenes import Still
from tests.unit.device_agent.desks import CALLED, EN, WELL, of_kind, open_route, page_by, scene, shown_by, with_views
from tests.unit.device_agent.fakehub import START, a_view


@pytest.mark.req("W-07")
@pytest.mark.parametrize("switch", [each for each in Switch if each is not Switch.VIBRATION])
def test_a_setting_is_flipped_and_flipped_back(switch: Switch) -> None:
    chosen = Preferences(begun=True)
    once = steps.flipped(chosen, switch)
    changed = {name for name in chosen.__struct_fields__ if getattr(once, name) != getattr(chosen, name)}
    assert changed == {switch.value}
    assert steps.flipped(once, switch) == chosen


@pytest.mark.req("W-07")
def test_vibration_goes_round_its_strengths() -> None:
    seen, chosen = [], Preferences(vibration=Strength.MEDIUM)
    for _ in range(4):
        chosen = steps.flipped(chosen, Switch.VIBRATION)
        seen.append(chosen.vibration)
    assert seen == [Strength.STRONG, Strength.OFF, Strength.SOFT, Strength.MEDIUM]


@pytest.mark.req("W-07")
def test_every_setting_has_a_row_that_says_how_it_is() -> None:
    acts = Still(replace(WELL, preferences=Preferences(begun=True, quiet=True, vibration=Strength.OFF)))
    desk = Desk(acts)
    desk.route = ShowCorner(Corner.SETTINGS)
    rows = {row.name: row.aside for row in of_kind(page_by(desk), Row)}
    assert {switch.value: rows[switch.value] for switch in Switch} == {
        "vibration": "Off",
        "ring": "On",
        "voice": "Off",
        "quiet": "On",
        "large_text": "Off",
        "left_handed": "Off",
    }
    for switch in Switch:
        steps.tap(desk, Flip(switch))
    expected = Preferences(
        begun=True, vibration=Strength.SOFT, ring=False, voice=True, quiet=False, large_text=True, left_handed=True
    )
    assert acts.state.preferences == expected
    assert open_route(desk) == ShowCorner(Corner.SETTINGS)


def test_a_language_is_chosen_at_the_first_start_then_a_branch_then_the_face() -> None:
    acts = Still(scene("start-language").state)
    desk = Desk(acts)
    assert [block.tap for block in of_kind(page_by(desk), Choice)] == [PickLanguage(each) for each in Language]
    steps.tap(desk, PickLanguage(Language.KO))
    assert acts.state.preferences.language is Language.KO
    page = page_by(desk)
    assert page.name == "branches"
    steps.tap(desk, PickBranch("b-1"))
    assert acts.done == ["change", "bind b-1", "change"]
    assert acts.state.preferences == Preferences(language=Language.KO, begun=True)
    assert shown_by(desk).name == "face"


def test_a_language_chosen_in_the_settings_leads_back_to_them() -> None:
    acts = Still(scene("languages").state)
    desk = Desk(acts)
    desk.route = ShowCorner(Corner.LANGUAGES)
    steps.tap(desk, PickLanguage(Language.ZH))
    assert open_route(desk) == ShowCorner(Corner.SETTINGS)
    desk.route = ShowCorner(Corner.LANGUAGES)
    chosen = of_kind(page_by(desk), Choice)
    assert [choice.name for choice in chosen if choice.sign is not None] == ["zh"]


@pytest.mark.req("W-02")
def test_the_branches_of_this_advisor_the_bound_one_ticked_and_the_way_out() -> None:
    desk = Desk(Still(scene("branches").state))
    desk.route = ShowCorner(Corner.BRANCHES)
    page = page_by(desk)
    assert [(row.name, row.ticked, row.detail, row.tap) for row in of_kind(page, Row)] == [
        ("b-0", True, "You are here", PickBranch("b-0")),
        ("b-1", False, "", PickBranch("b-1")),
        ("leave", False, "", LeaveBranch()),
    ]
    assert page.buttons == (), "leaving must not be what is touched by mistake"


def test_the_end_of_the_shift_says_what_goes_back() -> None:
    desk = Desk(Still(scene("hand-over").state))
    desk.route = ShowCorner(Corner.HAND_OVER)
    assert page_by(desk).blocks[1].text == "1 visit goes back"  # type: ignore[union-attr]
    desk.acts = Still(replace(desk.acts.state, book=Book()))
    assert page_by(desk).blocks[1].text == "No open visits"  # type: ignore[union-attr]


# The lock


def test_a_code_is_typed_twice_and_a_slip_is_taken_back() -> None:
    acts = Still(WELL)
    desk = Desk(acts)
    desk.route = ShowPin()
    for key in "19<234":
        steps.tap(desk, PressKey(key))
    page = page_by(desk)
    assert (page.caption, page.blocks) == ("Again, please", (Pad(0, 4),))
    for key in "1234":
        steps.tap(desk, PressKey(key))
    assert acts.done == ["pin 1234"]
    assert open_route(desk) == ShowCorner(Corner.SETTINGS)


def test_two_codes_that_differ_begin_anew() -> None:
    acts = Still(WELL)
    desk = Desk(acts)
    desk.route = ShowPin()
    for key in "12341235":
        steps.tap(desk, PressKey(key))
    assert acts.done == []
    page = page_by(desk)
    assert page.mark is not None
    assert page.mark.text == "Not the same"
    assert page.blocks == (Pad(0, 4),)
    steps.tap(desk, PressKey("7"))
    page = page_by(desk)
    assert (page.mark, page.caption) == (None, "New code")


def test_a_locked_device_tries_four_digits_and_forgets_them() -> None:
    acts = Still(scene("locked").state)
    desk = Desk(acts)
    for key in "<98<76":
        steps.tap(desk, PressKey(key))
    assert page_by(desk).blocks == (Pad(3, 4),)
    assert acts.done == []
    steps.tap(desk, PressKey("5"))
    assert acts.done == ["unlock 9765"]
    assert page_by(desk).blocks == (Pad(0, 4),)


def test_locking_leaves_the_page_and_half_a_code() -> None:
    acts = Still(replace(WELL, lock=LockState(has_pin=True)))
    desk = Desk(acts)
    desk.route = ShowCorner(Corner.SETTINGS)
    names = [row.name for row in of_kind(page_by(desk), Row)]
    assert {"lock", "pin_remove", "pin"} <= set(names)
    desk.typed = "12"
    steps.tap(desk, LockNow())
    assert (open_route(desk), desk.typed) == (ShowFace(), "")


def test_the_settings_without_a_code_offer_to_set_one() -> None:
    desk = Desk(Still(WELL))
    desk.route = ShowCorner(Corner.SETTINGS)
    rows = {row.name: row for row in of_kind(page_by(desk), Row)}
    assert not {"lock", "pin_remove"} & rows.keys()
    assert (rows["pin"].title, rows["pin"].tap) == ("Set a code", Go(ShowPin()))


@pytest.mark.req("W-10")
def test_a_talk_begins_with_the_question() -> None:
    desk = Desk(Still(scene("consent").state))
    desk.route = ShowConsent("task-0002")
    page = page_by(desk)
    assert [button.tap for button in page.buttons] == [
        Begin("task-0002", Consent.REFUSED),
        Begin("task-0002", Consent.GRANTED),
    ]
    assert page.back == Go(ShowTask("task-0002"))


def test_taking_from_the_alert_opens_the_task_behind_it() -> None:
    view = a_view("task-0001")
    acts = Still(replace(with_views(view), calls=(CALLED,)))
    desk = Desk(acts)
    take = page_by(desk).buttons[1].tap
    assert take is not None
    steps.tap(desk, take)
    assert page_by(desk).name == "alert"  # until the hub has answered
    held = msgspec.structs.replace(view, state=TaskState.HELD, holder="ann")
    acts.state = with_views(held)
    shown = desk.show(EN, now=START + timedelta(minutes=1), local=START)
    assert isinstance(shown, Page)
    assert (shown.name, shown.buttons[-1].name) == ("task", "start")
