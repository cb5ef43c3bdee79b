"""An agent whose hub agrees to everything at once."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from contracts.fields import Language
from contracts.visits import Consent, GiveFeedback, Stance, TapAbout, TaskState
from device_agent.core.acts import WristState
from device_agent.core.book import Book
from device_agent.core.calls import opened, without
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences
from device_agent.core.talk import Hearing, Talk
from device_agent.ui.cast import binding, pages
from device_agent.ui.scenes import NOW, Still


class Lively(Still):
    """An agent whose hub agrees to everything at once."""

    def __init__(self, state: WristState, language: Language) -> None:
        super().__init__(state)
        self.language = language
        self.pin: str | None = None
        self.given: list[GiveFeedback] = []

    def claim(self, task_id: str) -> str:
        self._move(task_id, TaskState.HELD)
        return super().claim(task_id)

    def pass_task(self, task_id: str) -> str:
        self.lose(task_id)
        return super().pass_task(task_id)

    def start_talk(self, task_id: str, consent: Consent) -> str:
        hearing = Hearing.LISTENING if consent is Consent.GRANTED else Hearing.REFUSED
        self._move(task_id, TaskState.TALKING)
        self.state = replace(self.state, session=Talk(task=task_id, began=NOW, hearing=hearing))
        return super().start_talk(task_id, consent)

    def pause_hearing(self, paused: bool) -> None:
        session = self.state.session
        if session is not None:
            hearing = Hearing.PAUSED if paused else Hearing.LISTENING
            self.state = replace(self.state, session=replace(session, hearing=hearing))

    def signal(self, product: str, stance: Stance, about: TapAbout = TapAbout.PRODUCT) -> str:
        session = self.state.session
        if session is not None:
            stances = {**session.stances, product: stance} if about is TapAbout.PRODUCT else session.stances
            left = tuple(one for one in session.questions if (one.about.value, one.subject) != (about.value, product))
            self.state = replace(self.state, session=replace(session, stances=stances, questions=left))
        return super().signal(product, stance, about)

    def give_feedback(self, feedback: GiveFeedback) -> str:
        self._move(feedback.task_id, TaskState.DONE)
        self.state = replace(self.state, session=None)
        self.given.append(feedback)
        return super().give_feedback(feedback)

    def dismiss_notice(self, message_id: str) -> None:
        left = tuple(notice for notice in self.state.notices if notice.message_id != message_id)
        self.state = replace(self.state, notices=left)

    def end_call(self, task_id: str) -> None:
        self.state = replace(self.state, calls=without(self.state.calls, task_id))

    def bind(self, branch: str) -> str:
        self.state = replace(self.state, binding=binding(self.language))
        return super().bind(branch)

    def unbind(self) -> str:
        self.state = replace(self.state, binding=None, book=Book(), calls=())
        return super().unbind()

    def hand_over(self) -> str:
        self.unbind()
        self.state = replace(self.state, preferences=Preferences(), lock=LockState())
        return super().hand_over()

    def set_pin(self, pin: str | None) -> None:
        self.pin = pin
        self.state = replace(self.state, lock=LockState(has_pin=pin is not None))

    def lock(self) -> None:
        self.state = replace(self.state, lock=msgspec.structs.replace(self.state.lock, locked=True))

    def unlock(self, pin: str) -> bool:
        opens = not self.state.lock.has_pin or pin == (self.pin or "0000")
        if opens:
            self.state = replace(self.state, lock=LockState(has_pin=self.state.lock.has_pin))
        return opens

    def _move(self, task_id: str, state: TaskState) -> None:
        view = self.state.book.tasks[task_id]
        shown = pages(self.language) if state in (TaskState.HELD, TaskState.TALKING) else None
        moved = msgspec.structs.replace(view, state=state, pages=shown)
        self.state = replace(self.state, book=Book({**self.state.book.tasks, task_id: moved}))
        self.end_call(task_id)

    def call(self, task_id: str) -> None:
        """Raise the alert of a task of the book."""
        self.state = replace(self.state, calls=opened(self.state.calls, self.state.book.tasks[task_id], now=NOW))

    def lose(self, task_id: str) -> None:
        """Someone else took it."""
        left = {name: view for name, view in self.state.book.tasks.items() if name != task_id}
        self.state = replace(self.state, book=Book(left))
        self.end_call(task_id)
