"""Pages that the device itself puts before all others: locked, updating, a refusal, a trouble."""

from datetime import datetime

from device_agent.core.acts import DeclineCode, Notice, WristState
from device_agent.core.conditions import Update
from device_agent.core.lock import PIN_DIGITS, LockState
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.face import Trouble
from device_agent.presenters.pages import Button, Emblem, Mark, Pad, Page, Progress, Sign, Tone, Words
from device_agent.presenters.routes import Know, PutAway, Understood, Unlock


def lock_page(lock: LockState, typed: int, texts: Catalogue, *, now: datetime, clock: str) -> Page:
    """A locked device tells the time and nothing about anyone."""
    if not lock.has_pin:
        blocks = (Emblem(Sign.LOCK, Tone.CALM), Words(texts.say("locked_text")))
        return Page(
            "locked", clock, texts.say("locked_title"), blocks,
            (Button("unlock", texts.say("unlock"), Tone.ACCENT, Unlock()),), None,
        )  # fmt: skip
    waits = lock.wait_until is not None and lock.wait_until > now
    mark = Mark(Sign.LOCK, texts.say("locked_title"))
    if waits and lock.wait_until is not None:
        seconds = int((lock.wait_until - now).total_seconds()) + 1
        mark = Mark(Sign.CLOCK, texts.say("locked_wait", seconds=seconds), Tone.WARN)
    elif lock.tries_left < 5:
        mark = Mark(Sign.WARNING, texts.say("locked_tries", count=lock.tries_left), Tone.WARN)
    pad = Pad(typed, PIN_DIGITS, open=not waits)
    return Page("locked", "", "", (pad,), (), None, mark=mark)


def update_page(update: Update, texts: Catalogue) -> Page:
    """An update is being installed: leave it be."""
    return Page(
        name="updating",
        caption=update.version,
        title=texts.say("updating_title"),
        blocks=(
            Emblem(Sign.UPDATE, Tone.ACCENT),
            Progress(update.share),
            Words(texts.say("updating_text", percent=round(update.share * 100))),
        ),
        buttons=(),
        back=None,
    )


def trouble_page(trouble: Trouble, texts: Catalogue) -> Page:
    """What is wrong with the device, what that means, and what to do."""
    return Page(
        name=trouble.name,
        caption="",
        title=texts.say(f"{trouble.name}_title"),
        blocks=(Emblem(trouble.sign, Tone.WARN), Words(texts.say(f"{trouble.name}_text"))),
        buttons=(Button("ok", texts.say("ok"), Tone.CALM, Know(trouble.name)),),
        back=Know(trouble.name),
        tone=Tone.WARN,
    )


def declined_page(code: DeclineCode, texts: Catalogue) -> Page:
    """What the wrist itself would not do, and why."""
    return Page(
        name="declined",
        caption="",
        title=texts.say("declined_title"),
        blocks=(Emblem(Sign.WARNING, Tone.WARN), Words(texts.say("declined", code=code.value))),
        buttons=(Button("ok", texts.say("ok"), Tone.CALM, Understood()),),
        back=Understood(),
        tone=Tone.WARN,
    )


def notice_page(notice: Notice, state: WristState, texts: Catalogue) -> Page:
    """A refusal of the hub, to be read and put away."""
    view = state.book.tasks.get(notice.task) if notice.task else None
    return Page(
        name="notice",
        caption=view.customer_name if view else "",
        title=texts.say("notice_title"),
        blocks=(Emblem(Sign.WARNING, Tone.WARN), Words(texts.refusal(notice.code))),
        buttons=(Button("ok", texts.say("ok"), Tone.CALM, PutAway(notice.message_id)),),
        back=PutAway(notice.message_id),
        tone=Tone.WARN,
    )
