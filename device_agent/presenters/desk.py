"""Where a tap leads: calls the agent, chooses the next page. Holds nothing but the page that is open."""

from datetime import datetime
from typing import Protocol, assert_never

from contracts.visits import Consent, GiveFeedback
from device_agent.core import form as forms
from device_agent.core.acts import Declined, WristState
from device_agent.core.form import FormMove, FormStep
from device_agent.presenters import wrist
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.pages import (
    Begin,
    EndTalk,
    Face,
    Go,
    GoBack,
    LeaveBranch,
    MoveForm,
    Page,
    PassOn,
    PickBranch,
    PutAway,
    Route,
    Say,
    SendForm,
    ShowBranches,
    ShowConsent,
    ShowFace,
    ShowForm,
    ShowList,
    ShowTask,
    Take,
    Tap,
    Tick,
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

    def say(self, text: str) -> str | Declined: ...

    def give_feedback(self, feedback: GiveFeedback) -> str | Declined: ...

    def dismiss_notice(self, message_id: str) -> None: ...


class Desk:
    """The open page of one wrist."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self.route: Route = ShowFace()

    def show(self, texts: Catalogue, *, now: datetime, local: datetime) -> Face | Page:
        """What is to be seen just now; a page whose task is gone gives way to the list."""
        state = self._acts.state
        if state.notices:
            return wrist.notice_page(state.notices[0], state, texts)
        route = self.route
        match route:
            case ShowFace():
                return wrist.face(state, texts, now=now, local=local)
            case ShowBranches():
                return wrist.branch_page(state, texts)
            case ShowList():
                return wrist.task_list(state, texts, now=now)
            case ShowTask() | ShowConsent() | ShowForm():
                task = route.form.task_id if isinstance(route, ShowForm) else route.task
                view = state.book.tasks.get(task)
                if view is None:
                    self.route = ShowList()
                    return wrist.task_list(state, texts, now=now)
                if isinstance(route, ShowForm):
                    return wrist.form_page(route.form, view, texts)
                if isinstance(route, ShowConsent):
                    return wrist.consent_page(view, texts)
                return wrist.task_page(state, view, texts, now=now)
            case _:
                assert_never(route)

    def tap(self, tap: Tap) -> None:
        """Do what the tap says; what the agent declines leaves the page as it is."""
        match tap:
            case Go(to):
                self.route = to
            case GoBack():
                self.route = ShowList() if isinstance(self.route, ShowTask) else ShowFace()
            case Take(task):
                self._acts.claim(task)
            case PassOn(task):
                if isinstance(self._acts.pass_task(task), str):
                    self.route = ShowList()
            case Begin(task, consent):
                self._acts.start_talk(task, consent)
                self.route = ShowTask(task)
            case EndTalk(task):
                view = self._acts.state.book.tasks.get(task)
                if view is not None:
                    self.route = ShowForm(forms.begin(view))
            case Say(text):
                if text.strip():
                    self._acts.say(text)
            case PickBranch(branch):
                self._acts.bind(branch)
                self.route = ShowFace()
            case LeaveBranch():
                self._acts.unbind()
                self.route = ShowFace()
            case PutAway(message):
                self._acts.dismiss_notice(message)
            case MoveForm() | Tick() | SendForm():
                self._tap_form(tap)
            case _:
                assert_never(tap)

    def _tap_form(self, tap: MoveForm | Tick | SendForm) -> None:
        if not isinstance(self.route, ShowForm):
            return
        form = self.route.form
        match tap:
            case MoveForm(by):
                if by is FormMove.BACK and form.step is FormStep.OUTCOME:
                    self.route = ShowTask(form.task_id)
                else:
                    self.route = ShowForm(forms.move(form, by))
            case Tick(code):
                on_products = form.step is FormStep.PRODUCTS
                ticked = forms.take_product(form, code) if on_products else forms.tick_preference(form, code)
                self.route = ShowForm(ticked)
            case SendForm():
                message = form.message()
                if message is not None and isinstance(self._acts.give_feedback(message), str):
                    self.route = ShowList()
