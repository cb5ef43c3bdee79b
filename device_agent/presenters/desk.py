"""Which page is open: what the device puts first, then the call, then where the advisor went. Taps lead on."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

from contracts.visits import Consent, GiveFeedback, Stance, TapAbout
from device_agent.core.acts import DeclineCode, Declined, WristState
from device_agent.core.calls import Call, CallFate
from device_agent.core.conditions import Wrist
from device_agent.core.preferences import Preferences
from device_agent.core.private import Privacy
from device_agent.presenters import corners, face, forms, lent, system, talks, tasks
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import Page, Shown
from device_agent.presenters.routes import (
    Corner,
    Leaf,
    Route,
    ShowConsent,
    ShowCorner,
    ShowFace,
    ShowForm,
    ShowList,
    ShowPin,
    ShowTask,
    ShowWhy,
    ShowWhyNot,
)


class Acts(Protocol):
    """What the desk asks of the agent."""

    @property
    def state(self) -> WristState: ...

    def bind(self, branch: str) -> str | Declined: ...

    def unbind(self) -> str | Declined: ...

    def claim(self, task_id: str) -> str | Declined: ...

    def pass_task(self, task_id: str) -> str | Declined: ...

    def start_talk(self, task_id: str, consent: Consent) -> str | Declined: ...

    def pause_hearing(self, paused: bool) -> None: ...

    def say(self, text: str) -> str | Declined: ...

    def signal(self, product: str, stance: Stance, about: TapAbout = TapAbout.PRODUCT) -> str | Declined: ...

    def give_feedback(self, feedback: GiveFeedback) -> str | Declined: ...

    def dismiss_notice(self, message_id: str) -> None: ...

    def end_call(self, task_id: str) -> None: ...

    def notice_call(self) -> None: ...

    def shown(self, task_id: str) -> None: ...

    def change(self, preferences: Preferences) -> None: ...

    def hand_over(self) -> str | Declined: ...

    def read_aloud(self, text: str) -> None: ...

    def hush(self) -> None: ...

    def unlock(self, pin: str) -> bool: ...

    def lock(self) -> None: ...

    def set_pin(self, pin: str | None) -> None: ...

    def wrist(self, wrist: Wrist) -> None: ...


class Desk:
    """The open page of one wrist.

    ``asks_language``: the first start asks for it, since no one has chosen one. ``engine``: what would recognise speech
    in a talk that began now, ``hub`` for the hub, empty for nothing. ``device``: the name on a device to be lent.
    """

    def __init__(
        self,
        acts: Acts,
        *,
        version: str = "",
        font: str = "",
        asks_language: bool = True,
        engine: Callable[[], str] = lambda: "",
        device: str = "",
    ) -> None:
        self.acts = acts
        self._device = device
        self.route: Route = ShowFace()
        self.typed = ""
        self.reading = ""
        self.declined: DeclineCode | None = None
        self.covered = False
        self.privacy = Privacy()
        self._known: frozenset[str] = frozenset()
        self._version = version
        self._font = font
        self._asks_language = asks_language
        self.engine = engine

    def know(self, trouble: str) -> None:
        """The advisor has read this."""
        self._known |= {trouble}

    def forget(self) -> None:
        """Another advisor has the device: nothing has been read."""
        self._known = frozenset()

    def touch(self, now: datetime) -> None:
        """The advisor is here: what is private stays readable for a while (W-09)."""
        self.privacy = Privacy(touched=now)

    def show(self, texts: Catalogue, *, now: datetime, local: datetime) -> Shown:
        """What is to be seen just now; a page whose task is gone gives way to the list."""
        state = self.acts.state
        self.privacy = self.privacy.after(state, now)
        first = self._first(state, texts, now=now, local=local)
        self.covered = first is not None
        return first if first is not None else self._page(state, texts, now=now, local=local)

    def _first(self, state: WristState, texts: Catalogue, *, now: datetime, local: datetime) -> Page | None:
        """What stands before the page that is open; null when nothing does."""
        conditions = state.conditions
        if conditions.update is not None:
            return system.update_page(conditions.update, texts)
        others = lent.lent_page(state, texts, now=now, device=self._device)
        if others is not None:
            self._put_away()
            return others
        if state.lock.locked:
            return system.lock_page(state.lock, len(self.typed), texts, now=now, clock=local.strftime("%H:%M"))
        if state.notices:
            return system.notice_page(state.notices[0], state, texts)
        if self.declined is not None:
            return system.declined_page(self.declined, texts)
        wrong = face.troubles(conditions, now)
        self._known &= frozenset(trouble.name for trouble in wrong)  # a trouble that comes back is told again
        unknown = next((trouble for trouble in wrong if trouble.name not in self._known), None)
        if unknown is not None and not self._busy(state):
            return system.trouble_page(unknown, texts)
        call = self.call(state)
        if call is not None:
            return tasks.alert(state, call, texts, now=now)
        if self.starting(state):
            if state.preferences.language is None and self._asks_language:
                return corners.language_page(state.preferences, texts, starting=True)
            return corners.branch_page(state, texts, link=face.link_mark(state, texts, now), starting=True)
        return None

    def _put_away(self) -> None:
        """A customer has the device: nothing that an advisor had open waits behind their page."""
        self.route, self.typed, self.declined = ShowFace(), "", None
        self.forget()

    def starting(self, state: WristState) -> bool:
        """Whether the device is used for the first time, or was handed over, and serves no branch yet."""
        return not state.preferences.begun and state.binding is None and isinstance(self.route, ShowFace)

    def call(self, state: WristState) -> Call | None:
        """The call that is to be shown: an open one first, else what became of the latest; none in a talk."""
        if not state.calls or self._busy(state):
            return None
        waiting = [call for call in state.calls if call.fate is CallFate.OPEN]
        return (waiting or state.calls)[-1]

    def _busy(self, state: WristState) -> bool:
        return state.talk is not None or isinstance(self.route, ShowForm | ShowConsent)

    def _page(self, state: WristState, texts: Catalogue, *, now: datetime, local: datetime) -> Shown:
        route = self.route
        match route:
            case ShowFace():
                return face.face(state, texts, now=now, local=local)
            case ShowList():
                return tasks.task_list(state, texts, now=now)
            case ShowCorner(corner):
                return self._corner(corner, state, texts, now)
            case ShowPin():
                return corners.pin_page(route, texts)
            case ShowTask() | ShowWhy() | ShowWhyNot() | ShowConsent() | ShowForm():
                return self._of_task(route, state, texts, now)
            case _:
                assert_never(route)

    def _of_task(
        self, route: ShowTask | ShowWhy | ShowWhyNot | ShowConsent | ShowForm, state: WristState, texts: Catalogue,
        now: datetime,
    ) -> Shown:  # fmt: skip
        task = route.form.task_id if isinstance(route, ShowForm) else route.task
        view = state.book.tasks.get(task)
        if view is None:
            self.route = ShowList()
            return tasks.task_list(state, texts, now=now)
        match route:
            case ShowTask(_, Leaf.PLAN):
                talk = state.talk
                if talk is not None and talk.task == task:
                    return talks.talk_page(state, view, texts, now=now)
                return tasks.task_page(state, view, texts, now=now)
            case ShowTask(_, leaf):
                return tasks.leaf_page(view, leaf, texts, blank=self.privacy.blank(state, now))
            case ShowWhy(_, product):
                return tasks.why_page(view, product, texts)
            case ShowWhyNot():
                return tasks.why_not_page(view, texts, blank=self.privacy.blank(state, now))
            case ShowConsent():
                return talks.consent_page(view, texts, engine=self.engine())
            case ShowForm(form, noting):
                return forms.note_page(form, view, texts) if noting else forms.form_page(form, view, texts)

    def _corner(self, corner: Corner, state: WristState, texts: Catalogue, now: datetime) -> Shown:
        match corner:
            case Corner.SETTINGS:
                return corners.settings_page(state, texts)
            case Corner.LANGUAGES:
                return corners.language_page(state.preferences, texts, starting=False)
            case Corner.BRANCHES:
                return corners.branch_page(state, texts, link=face.link_mark(state, texts, now))
            case Corner.HAND_OVER:
                return corners.hand_over_page(state, texts)
            case Corner.ABOUT:
                return corners.about_page(texts, version=self._version, font=self._font)
