from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from runtime.logs import start_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes during a test; what was set up before comes back after it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for handler in handlers:
        root.removeHandler(handler)  # start_logging would close them
    written = io.StringIO()
    yield written
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def test_a_line_has_time_level_logger_and_event(stream: io.StringIO) -> None:
    start_logging("info", stream)
    logging.getLogger("hub.visits").info("task_offered task=%s", "t-1")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info logger=hub\.visits task_offered task=t-1\n",
        stream.getvalue(),
    )


def test_one_event_is_one_line(stream: io.StringIO) -> None:
    start_logging("info", stream)
    logging.getLogger("hub").warning("refused detail=%s", "first\nsecond")
    assert stream.getvalue().count("\n") == 1
    assert r"first\nsecond" in stream.getvalue()


def test_the_level_is_kept(stream: io.StringIO) -> None:
    start_logging("warning", stream)
    logging.getLogger("hub").info("quiet")
    logging.getLogger("hub").error("loud")
    assert "quiet" not in stream.getvalue()
    assert "level=error" in stream.getvalue()


def test_an_exception_comes_with_its_traceback(stream: io.StringIO) -> None:
    start_logging("info", stream)
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("hub").exception("fault")
    assert "Traceback" in stream.getvalue()
    assert "ValueError: broken" in stream.getvalue()
