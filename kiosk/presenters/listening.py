"""The page that listens: what it shows while somebody speaks, and where what was heard leads (K-02)."""

from dataclasses import replace

from kiosk.presenters.house import Fault, Hearing
from kiosk.presenters.pages import Choice, Enough, GoBack, Head, ListenPage, Sign, StartOver, Tone
from kiosk.presenters.visit import Step, Visit, slower
from kiosk.presenters.wording import Wording

LISTEN_S = 8.0
"""So long somebody may speak; who has more time for everything has more for this, too."""

VOICE_S = 6.0
"""The voice that reads the screen has said the page's title by then, whatever is heard of it."""

MOST_S = LISTEN_S + 10.0
"""Whoever listens has said by then what was heard: else the page gives up by itself."""

LEVELS = 9
"""Bars that show how loud it is."""

MOST_HEARD = 120
"""Characters of what was heard that are kept: of a long sentence its end, where the matter mostly stands."""


def page(head: Head, texts: Wording, hearing: Hearing) -> ListenPage:
    """That it listens, that nothing is kept, and the words so far."""
    enough = Choice(name="enough", label=texts.say("listening-enough"), tap=Enough(), tone=Tone.ACCENT, sign=Sign.CHECK)
    return ListenPage(
        name="listening",
        head=head,
        title=texts.say("looking" if hearing.ending else "listening"),
        words=texts.say("listening-words"),
        said=hearing.said[-MOST_HEARD:],
        example="" if hearing.said else texts.say("listening-example"),
        level=0 if hearing.ending else round(LEVELS * min(1.0, max(0.0, hearing.level))),
        of=LEVELS,
        enough=None if hearing.ending else enough,
        step=3,
        back=Choice(name="back", label=texts.say("back"), tap=GoBack(), sign=Sign.BACK),
        over=Choice(name="over", label=texts.say("over"), tap=StartOver(), sign=Sign.HOME),
    )


def over(visit: Visit, said: str | None, *, at_s: float | None = None) -> Visit:
    """Back at the search with what was heard: '' for nothing that was understood, null when nothing could be heard."""
    fault = Fault.AWAY if said is None else None if said.strip() else Fault.UNKNOWN
    heard = (said or "").strip()[-MOST_HEARD:]
    seen_s = visit.at_s if at_s is None else at_s
    return replace(visit, step=Step.SEARCH, typed="", said=heard, fault=fault, asked_s=None, at_s=seen_s)


def overdue(visit: Visit, at_s: float) -> bool:
    """Whether nobody says any more what was heard."""
    since_s = visit.asked_s
    return visit.step is Step.LISTENING and since_s is not None and at_s - since_s >= MOST_S * slower(visit)


def allowed_s(visit: Visit) -> float:
    """So long this customer may speak."""
    return LISTEN_S * slower(visit)


def waits(visit: Visit) -> bool:
    """Whether the microphone is still closed, so that it doesn't hear the voice that says that it listens."""
    return visit.step is Step.LISTENING and visit.asked_s is None


def voice_overdue(visit: Visit, at_s: float) -> bool:
    """Whether the voice should have ended and nobody says so."""
    return waits(visit) and at_s - visit.at_s >= VOICE_S
