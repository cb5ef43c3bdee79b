"""The consent question, and the running talk (W-10, W-12)."""

from collections.abc import Iterable
from datetime import datetime

from contracts.visits import Consent, PlanMove, Stance, TaskView
from device_agent.core.acts import Act, WristState
from device_agent.core.hearing import EarTrouble
from device_agent.core.talk import Hearing, Question, Talk
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import (
    Ask,
    Block,
    Button,
    Live,
    Mark,
    Moved,
    Page,
    Sign,
    Stand,
    Tone,
    Words,
)
from device_agent.presenters.routes import (
    AnswerQuestion,
    Begin,
    EndTalk,
    Go,
    PauseHearing,
    ShowFace,
    ShowTask,
    TapStance,
)
from models.talk.evidence import About
from models.talk.signals import SignalKind

_ELSEWHERE = "other_"
"""So begin the codes of reasons that lie with another product."""

_WIDE = "wide_"
"""So begin those that lie with more than this product."""

_HEARING = {
    Hearing.LISTENING: (Sign.MICROPHONE, Tone.ALARM),
    Hearing.PAUSED: (Sign.PAUSE, Tone.WARN),
    Hearing.REFUSED: (Sign.MICROPHONE_OFF, Tone.CALM),
    Hearing.UNAVAILABLE: (Sign.MICROPHONE_OFF, Tone.CALM),
}

_TROUBLE = {
    EarTrouble.MICROPHONE: Sign.MICROPHONE_OFF,
    EarTrouble.ENGINE: Sign.WARNING,
    EarTrouble.HUB: Sign.UNLINKED,
    EarTrouble.BUSY: Sign.CLOCK,
}

_LIKELY = {
    SignalKind.INTEREST: Stance.INTEREST,
    SignalKind.NEED: Stance.INTEREST,
    SignalKind.REFUSAL: Stance.REFUSAL,
    SignalKind.HELD: Stance.REFUSAL,
}
"""Which answer was heard; the other kinds are neither."""


def consent_page(view: TaskView, texts: Catalogue, *, engine: str) -> Page:
    """The recording question (W-10). ``engine``: what would recognise speech, ``hub`` for the hub."""
    return Page(
        name="consent",
        caption=view.customer_name,
        title=texts.say("consent_title"),
        blocks=(
            Words(texts.say("consent_text"), strong=True),
            Words(texts.say("consent_detail", engine=engine), quiet=True),
        ),
        buttons=(
            Button("refuse", texts.say("consent_no"), Tone.CALM, Begin(view.task, Consent.REFUSED)),
            Button("grant", texts.say("consent_yes"), Tone.ACCENT, Begin(view.task, Consent.GRANTED)),
        ),
        back=Go(ShowTask(view.task)),
    )


def talk_page(state: WristState, view: TaskView, texts: Catalogue, *, now: datetime) -> Page:
    """The talk: whether it is followed, what was heard or isn't sure, and what the customer thinks of each product."""
    talk = state.session
    hearing = talk.hearing if talk is not None else Hearing.UNAVAILABLE
    moves = {move.code: move for move in (view.plan.moves if talk is None else talk.moves or view.plan.moves)}
    reasons = _reasons(moves[product.code] for product in view.plan.products if product.code in moves)
    stands = tuple(
        Stand(
            name=product.code,
            label=product.name,
            share=product.probability,
            place=place,
            stance=_stance(talk, product.code),
            spoken=_spoken(talk, product.code),
            moved=_moved(moves.get(product.code)),
            why=reasons.get(product.code, ""),
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
        blocks=(*_heard(talk, texts), *stands),
        buttons=_buttons(state, view, texts, hearing),
        back=Go(ShowFace()),
        entry=None if hearing is Hearing.LISTENING else texts.say("talk_hint"),
        about=view.task,
        mark=_mark(talk, hearing, texts, now),
    )


def _mark(talk: Talk | None, hearing: Hearing, texts: Catalogue, now: datetime) -> Mark:
    sign, tone = _HEARING[hearing]
    if talk is None or hearing is not Hearing.LISTENING:
        return Mark(sign, texts.say(f"hearing_{hearing.value}"), tone)
    if talk.trouble is not None:
        return Mark(_TROUBLE[talk.trouble], texts.say("ear_trouble", what=talk.trouble.value), Tone.WARN)
    seconds = max(0, int((now - talk.began).total_seconds()))
    engine = texts.say("ear_engine", name=talk.engine) if talk.engine else ""
    return Mark(sign, f"{texts.say('hearing_listening')} {seconds // 60}:{seconds % 60:02d}", tone, detail=engine)


def _heard(talk: Talk | None, texts: Catalogue) -> tuple[Block, ...]:
    """What stands above the products: the newest question, else the words as they come, for which room is kept."""
    if talk is None:
        return ()
    if talk.questions:
        return (_ask(talk.questions[0], talk, texts),)
    if talk.hearing is not Hearing.LISTENING:
        return ()
    if talk.trouble is not None:
        return (Live(texts.say("ear_trying"), quiet=True),)
    return (Live(talk.partial),)


def _ask(question: Question, talk: Talk, texts: Catalogue) -> Ask:
    def answer(stance: Stance) -> AnswerQuestion:
        return AnswerQuestion(question.about, question.subject, stance)

    # Putting a question away takes back nothing that was tapped before.
    tapped = talk.stances.get(question.subject, Stance.NONE) if question.about is About.PRODUCT else Stance.NONE
    return Ask(
        name=f"{question.about} {question.subject} {question.kind}",
        text=texts.say("question", kind=question.kind.value, name=question.name),
        likely=_LIKELY.get(question.kind, Stance.NONE),
        interest=answer(Stance.INTEREST),
        refusal=answer(Stance.REFUSAL),
        skip=answer(tapped),
        skip_label=texts.say("question_skip"),
    )


def _reasons(moves: Iterable[PlanMove]) -> dict[str, str]:
    """Why each product moved, in words of the plan's maker.

    What lies with another product is told once, at the first that moved for it, and not where that other one is here
    and tells it itself.
    """
    ordered = tuple(moves)
    told = {move.why.code.removeprefix(_WIDE) for move in ordered if not move.why.code.startswith(_ELSEWHERE)}
    reasons = {}
    for move in ordered:
        if move.why.code.startswith(_ELSEWHERE):
            what = move.why.code.removeprefix(_ELSEWHERE)
            if what in told:
                continue
            told.add(what)
        reasons[move.code] = move.why.text
    return reasons


def _stance(talk: Talk | None, product: str) -> Stance:
    return Stance.NONE if talk is None else talk.stances.get(product, Stance.NONE)


def _spoken(talk: Talk | None, product: str) -> Stance:
    """What was heard of it; a tap says it better."""
    if talk is None or _stance(talk, product) is not Stance.NONE:
        return Stance.NONE
    return talk.heard.get(product, Stance.NONE)


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
