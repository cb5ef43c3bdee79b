"""Desks over made-up states, and what they show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from contracts.fields import Language
from contracts.visits import TaskView
from device_agent.core.acts import WristState
from device_agent.core.book import Book
from device_agent.core.calls import Call, CallFate
from device_agent.core.preferences import Preferences
from device_agent.presenters.desk import Desk
from device_agent.presenters.pages import Page, Shown
from device_agent.presenters.routes import Route, ShowFace
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import Scene, Still, scenes
from tests.unit.device_agent.fakehub import START

Kind = TypeVar("Kind")
EN = load_catalogue(Language.EN)
WELL = WristState(online=True, preferences=Preferences(begun=True))
CALLED = Call("task-0001", "A001", "W* Ming", CallFate.OPEN, START)


def with_views(*views: TaskView) -> WristState:
    return replace(WELL, book=Book({view.task: view for view in views}))


def scene(name: str, language: Language = Language.EN) -> Scene:
    return next(each for each in scenes(language) if each.name == name)


def desk_over(state: WristState, route: Route | None = None) -> Desk:
    desk = Desk(Still(state))
    desk.route = route or ShowFace()
    return desk


def shown_by(desk: Desk, now: datetime = START) -> Shown:
    return desk.show(EN, now=now, local=now)


def open_route(desk: Desk) -> Route:
    return desk.route


def page_by(desk: Desk, now: datetime = START) -> Page:
    shown = shown_by(desk, now)
    assert isinstance(shown, Page)
    return shown


def of_kind(page: Page, kind: type[Kind]) -> list[Kind]:
    return [block for block in page.blocks if isinstance(block, kind)]


def button_names(page: Page) -> list[str]:
    return [button.name for button in page.buttons]
