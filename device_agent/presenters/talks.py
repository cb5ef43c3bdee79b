"""The consent question, and the running talk (W-10, W-12)."""

from datetime import datetime

from contracts.visits import Consent, PlanMove, Stance, TaskView
from device_agent.core.acts import Act, WristState
from device_agent.core.talk import Hearing, Talk
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import Block, Button, Live, Mark, Moved, Page, Sign, Stand, Tone, Words
from device_agent.presenters.routes import (
    Begin,
    EndTalk,
    Go,
    PauseHearing,
    ShowFace,
    ShowTask,
    TapStance,
)

_ELSEWHERE = ("other_", "tapped_")
"""Codes of reasons that lie with the product that was tapped."""

_HEARING = {
    Hearing.LISTENING: (Sign.MICROPHONE, Tone.ALARM),
    Hearing.PAUSED: (Sign.PAUSE, Tone.WARN),
    Hearing.REFUSED: (Sign.MICROPHONE_OFF, Tone.CALM),
    Hearing.UNAVAILABLE: (Sign.MICROPHONE_OFF, Tone.CALM),
}


def consent_page(view: TaskView, texts: Catalogue) -> Page:
    """The recording question (W-10)."""
    return Page(
        name="consent",
        caption=view.customer_name,
        title=texts.say("consent_title"),
        blocks=(Words(texts.say("consent_text"), strong=True), Words(texts.say("consent_detail"), quiet=True)),
        buttons=(
            Button("refuse", texts.say("consent_no"), Tone.CALM, Begin(view.task, Consent.REFUSED)),
            Button("grant", texts.say("consent_yes"), Tone.ACCENT, Begin(view.task, Consent.GRANTED)),
        ),
        back=Go(ShowTask(view.task)),
    )


def talk_page(state: WristState, view: TaskView, texts: Catalogue, *, now: datetime) -> Page:
    """The talk: whether it is followed, the words just heard, and what the customer thinks of each product."""
    talk = state.session
    hearing = talk.hearing if talk is not None else Hearing.UNAVAILABLE
    sign, tone = _HEARING[hearing]
    blocks: list[Block] = []
    if talk is not None and talk.partial and hearing is Hearing.LISTENING:
        blocks.append(Live(Sign.MICROPHONE, talk.partial, Tone.CALM))
    moves = {move.code: move for move in (view.plan.moves if talk is None else talk.moves or view.plan.moves)}
    blocks.extend(
        Stand(
            name=product.code,
            label=product.name,
            share=product.probability,
            place=place,
            stance=_stance(talk, product.code),
            moved=_moved(moves.get(product.code)),
            why=_why(moves.get(product.code), _stance(talk, product.code), texts),
            interest=_toggle(talk, product.code, Stance.INTEREST),
            refusal=_toggle(talk, product.code, Stance.REFUSAL),
            percent=f"{round(product.probability * 100)}%",
        )
        for place, product in enumerate(view.plan.products)
    )
    return Page(
        name="talk",
        caption="",
        title="",
        blocks=tuple(blocks),
        buttons=_buttons(state, view, texts, hearing),
        back=Go(ShowFace()),
        entry=None if hearing is Hearing.LISTENING else texts.say("talk_hint"),
        about=view.task,
        mark=Mark(sign, _said(talk, hearing, texts, now), tone),
    )


def _said(talk: Talk | None, hearing: Hearing, texts: Catalogue, now: datetime) -> str:
    if hearing is Hearing.LISTENING and talk is not None:
        seconds = max(0, int((now - talk.began).total_seconds()))
        return f"{texts.say('hearing_listening')} {seconds // 60}:{seconds % 60:02d}"
    return texts.say(f"hearing_{hearing.value}")


def _why(move: PlanMove | None, stance: Stance, texts: Catalogue) -> str:
    """Why it moved, where that isn't said at another product; what was moved here on the wrist is worded here."""
    if move is None or (stance is Stance.NONE and move.why.code.startswith(_ELSEWHERE)):
        return ""
    return move.why.text or texts.say("moved", code=move.why.code)


def _stance(talk: Talk | None, product: str) -> Stance:
    return Stance.NONE if talk is None else talk.stances.get(product, Stance.NONE)


def _toggle(talk: Talk | None, product: str, stance: Stance) -> TapStance:
    return TapStance(product, Stance.NONE if _stance(talk, product) is stance else stance)


def _moved(move: PlanMove | None) -> Moved | None:
    if move is None or move.was == move.now:
        return None
    if move.was is None:
        return Moved.NEW
    return Moved.UP if move.now < move.was else Moved.DOWN


def _buttons(state: WristState, view: TaskView, texts: Catalogue, hearing: Hearing) -> tuple[Button, ...]:
    if state.under_way(Act.FEEDBACK, view.task):
        return (Button("wait", texts.say("sending"), Tone.CALM, None),)
    end = Button("end", texts.say("end"), Tone.ACCENT, EndTalk(view.task))
    match hearing:
        case Hearing.LISTENING:
            return (Button("pause", texts.say("pause"), Tone.CALM, PauseHearing(True)), end)
        case Hearing.PAUSED:
            return (Button("resume", texts.say("resume"), Tone.CALM, PauseHearing(False)), end)
        case Hearing.REFUSED | Hearing.UNAVAILABLE:
            return (end,)
