"""A route as data: method, path, types in and out, and the coroutine. Rooms give theirs in ``api.py``."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

Query = TypeVar("Query", bound=msgspec.Struct)
Body = TypeVar("Body")


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No query parameters, or no body."""


class Request(msgspec.Struct, Generic[Query, Body], frozen=True):
    """A decoded request: path parameters by name, query, body."""

    path: dict[str, str]
    query: Query
    body: Body


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong (RFC 9457): ``code`` is a wire error code where there is one."""

    title: str
    status: int
    detail: str
    code: str | None = None


class ProblemError(Exception):
    """Answered as a :class:`Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the API. ``answer`` is the type of what ``handle`` returns."""

    method: str
    path: str
    summary: str
    handle: Callable[..., Awaitable[object]]
    answer: object
    query: type[msgspec.Struct] = Nothing
    body: object = None
    open: bool = False


def problem(status: int, title: str, detail: str, code: str | None = None) -> ProblemError:
    """An error to raise in a handler."""
    return ProblemError(Problem(title=title, status=status, detail=detail, code=code))
