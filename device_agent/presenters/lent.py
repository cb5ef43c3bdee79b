"""What a customer sees who is lent the device: their number, how long, where to go. Nothing else is within reach."""

from datetime import datetime

from contracts.lending import Lent, LentStage
from device_agent.core.acts import WristState
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.face import CONNECTING_S
from device_agent.presenters.pages import Block, Button, Emblem, Large, Mark, Page, Sign, Tone, Words
from device_agent.presenters.routes import Feel

SECOND, THIRD = 0.38, 0.28
"""How large the words beside a number are, so that these too are read at arm's length."""


def lent_page(state: WristState, texts: Catalogue, *, now: datetime, device: str) -> Page | None:
    """The page that stands before all others on a device that is lent, or lies ready to be; null on any other."""
    record = state.lent
    if record is None:
        return None
    if record.lent is None:
        return _ready(device, texts) if state.binding is None and not state.choices else None
    lent, away = record.lent, _is_away(state, now)
    mark = Mark(Sign.UNLINKED, texts.say("lent_lost"), Tone.WARN) if away else _battery(state, texts)
    match lent.stage:
        case LentStage.CALLED:
            return _called(lent, texts, mark, calls=record.calls)
        case LentStage.SERVING:
            return _page("lent_serving", lent, texts, mark, *_counter(lent, texts.say("lent_here")))
        case LentStage.OVER:
            words = (Words(texts.say("lent_thanks"), strong=True), Words(texts.say("lent_give_back")))
            return Page("lent_over", lent.number, "", (Emblem(Sign.CHECK, Tone.ACCENT), *words), (), None)
        case LentStage.WAITING | LentStage.ASIDE if away:
            return _page("lent_lost", lent, texts, mark, Large(lent.number), Words(texts.say("lent_ask"), strong=True))
        case LentStage.WAITING:
            return _page("lent", lent, texts, mark, Large(lent.number), *_expected(lent, texts))
        case LentStage.ASIDE:
            return _page("lent", lent, texts, mark, Large(lent.number), Words(texts.say("lent_aside"), strong=True))


def _called(lent: Lent, texts: Catalogue, mark: Mark | None, *, calls: bool) -> Page:
    noticed = () if calls or lent.call == 0 else (Words(texts.say("lent_noticed"), quiet=True),)
    return Page(
        name="lent_called",
        caption=lent.number,
        title="",
        blocks=(*_counter(lent, texts.say("lent_go"), flashes=calls), *noticed),
        buttons=(Button("feel", texts.say("lent_feel"), Tone.CALM, Feel()),) if calls else (),
        back=None,
        mark=mark,
        urgent=calls,
        about=f"{lent.lending} {lent.call}",
    )


def _page(name: str, lent: Lent, texts: Catalogue, mark: Mark | None, *blocks: Block) -> Page:
    shows_number = any(isinstance(block, Large) and block.text == lent.number for block in blocks)
    caption = texts.say("lent_number") if shows_number else lent.number
    return Page(name, caption, "", blocks, (), None, mark=mark)


def _counter(lent: Lent, words: str, *, flashes: bool = False) -> tuple[Block, ...]:
    return (Large(words, THIRD), Large(lent.counter or "", flashes=flashes))


def _expected(lent: Lent, texts: Catalogue) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if lent.ahead is not None:
        blocks.append(Large(texts.say("lent_ahead", count=lent.ahead), SECOND))
    if lent.low_min is not None and lent.high_min is not None:
        blocks.append(Large(_wait(lent.low_min, lent.high_min, texts), SECOND))
    return tuple(blocks)


def _wait(low: int, high: int, texts: Catalogue) -> str:
    if high <= 1:
        return texts.say("lent_wait_now")
    if low == 0:
        return texts.say("lent_wait_under", high=high)
    return texts.say("lent_wait_range", low=low, high=high)


def _ready(device: str, texts: Catalogue) -> Page:
    blocks = (Large(device), Words(texts.say("lent_ready_how"), quiet=True))
    return Page("lent_ready", texts.say("lent_ready"), "", blocks, (), None)


def _is_away(state: WristState, now: datetime) -> bool:
    """Whether the hub has been out of reach for longer than a reconnect takes."""
    if state.online:
        return False
    return state.offline_since is None or (now - state.offline_since).total_seconds() >= CONNECTING_S


def _battery(state: WristState, texts: Catalogue) -> Mark | None:
    return Mark(Sign.BATTERY, texts.say("lent_battery"), Tone.WARN) if state.conditions.battery_low else None
