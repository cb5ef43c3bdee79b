"""The watch face, and what is wrong with the device or its link (W-01, W-08)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.visits import TaskState, TaskView
from device_agent.core.acts import Act, WristState
from device_agent.core.conditions import Conditions, Storage
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import Button, Face, Mark, Sign, Tone
from device_agent.presenters.routes import Corner, Go, ShowCorner, ShowList, ShowTask

CONNECTING_S = 3
"""An agent that lost the hub less than this ago is shown as connecting, later as offline."""

CERTIFICATE_NEARS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that the advisor should know of: ``name`` is its text's key, ``grave`` when it stops the work."""

    name: str
    sign: Sign
    grave: bool


def troubles(conditions: Conditions, now: datetime) -> tuple[Trouble, ...]:
    """What is wrong with the device, the gravest first."""
    found = []
    ends = conditions.certificate_ends
    if ends is not None and ends <= now:
        found.append(Trouble("certificate_expired", Sign.CARD, grave=True))
    if conditions.storage is Storage.FULL:
        found.append(Trouble("storage_full", Sign.STORE, grave=True))
    if conditions.battery_low:
        found.append(Trouble("battery_low", Sign.BATTERY, grave=False))
    if conditions.storage is Storage.LOW:
        found.append(Trouble("storage_low", Sign.STORE, grave=False))
    if ends is not None and now < ends <= now + CERTIFICATE_NEARS:
        found.append(Trouble("certificate_ending", Sign.CARD, grave=False))
    return tuple(found)


def face(state: WristState, texts: Catalogue, *, now: datetime, local: datetime) -> Face:
    """The face; ``now`` is the corrected time, ``local`` the same for the eye."""
    waiting = open_tasks(state)
    conditions = state.conditions
    percent = conditions.battery_percent
    wrong = troubles(conditions, now)
    return Face(
        clock=local.strftime("%H:%M"),
        date=texts.say("face_date", weekday=local.weekday(), day=local.day, month=local.month),
        branch=state.binding.title if state.binding else "",
        badge=len(waiting),
        pill=_pill(state, waiting, texts, now),
        link=link_mark(state, texts, now),
        battery=None
        if percent is None
        else Mark(Sign.BATTERY, f"{percent}%", Tone.WARN if conditions.battery_low else Tone.CALM),
        quiet=Mark(Sign.BELL_OFF, texts.say("quiet_on"), Tone.WARN) if state.preferences.quiet else None,
        banner=Mark(wrong[0].sign, texts.say(f"{wrong[0].name}_title"), Tone.WARN) if wrong else None,
        open_branch=Go(ShowCorner(Corner.BRANCHES)),
        open_settings=Go(ShowCorner(Corner.SETTINGS)),
    )


def _pill(state: WristState, waiting: tuple[TaskView, ...], texts: Catalogue, now: datetime) -> Button:
    talk = state.talk
    if talk is not None:
        return Button(
            "pill", texts.say("talking"), Tone.ACCENT, Go(ShowTask(talk.task)), talk.customer_name, Sign.PERSON
        )
    if waiting:
        offered = [view for view in waiting if view.state is TaskState.OFFERED]
        oldest = max((int((now - view.waiting_since).total_seconds()) // 60 for view in offered), default=0)
        detail = texts.say("face_longest", minutes=oldest) if oldest > 0 else ""
        return Button("pill", texts.say("face_tasks", count=len(waiting)), Tone.ACCENT, Go(ShowList()), detail)
    if state.binding is None:
        return Button("pill", texts.say("face_unbound"), Tone.ACCENT, Go(ShowCorner(Corner.BRANCHES)))
    return Button("pill", texts.say("face_none"), Tone.CALM, Go(ShowList()))


def link_mark(state: WristState, texts: Catalogue, now: datetime) -> Mark:
    """Online, connecting, or offline for how long (W-01)."""
    if state.online:
        return Mark(Sign.LINKED, texts.say("link_online"), Tone.ACCENT)
    seconds = 0 if state.offline_since is None else max(0, int((now - state.offline_since).total_seconds()))
    if seconds < CONNECTING_S:
        return Mark(Sign.UNLINKED, texts.say("link_connecting"), Tone.CALM)
    if seconds < 120:
        return Mark(Sign.UNLINKED, texts.say("link_offline_seconds", seconds=seconds), Tone.WARN)
    return Mark(Sign.UNLINKED, texts.say("link_offline_minutes", minutes=seconds // 60), Tone.WARN)


def open_tasks(state: WristState) -> tuple[TaskView, ...]:
    """Unfinished tasks in the list's order, without those that are being passed on."""
    return tuple(view for view in state.book.pending() if not state.under_way(Act.PASS, view.task))
