"""The gate: what is better goes through, what may be worse does not, and what the log cannot say is said."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.evaluation.errors import EvaluationError
from models.evaluation.estimators import Estimator
from models.evaluation.gate import GateSettings, Verdict, decide
from models.evaluation.report import HTML_FILE, JSON_FILE, page, write_report
from models.evaluation.visits import LoggedVisits, Policy
from tests.unit.models.evaluation.logs import CODES, K, best, constant, middling, uniform_log, worst

pytestmark = pytest.mark.req("W-16")
QUICK = GateSettings(resamples=300)


def test_a_better_candidate_is_published() -> None:
    visits = uniform_log(2000)
    verdict = decide(visits, best(visits), middling(visits), QUICK)
    assert verdict.published
    assert verdict.reasons == ()
    assert verdict.lower_bound < verdict.gain < verdict.upper_bound
    assert verdict.lower_bound > 0.2
    assert verdict.gain == verdict.estimators["dr"].value
    assert set(verdict.estimators) == {"ipw", "snipw", "dr"}
    assert sum(product.gain.value for product in verdict.products) == pytest.approx(verdict.gain)


def test_a_worse_candidate_is_refused_with_the_bound() -> None:
    visits = uniform_log(2000)
    verdict = decide(visits, worst(visits), middling(visits), QUICK)
    assert not verdict.published
    assert verdict.upper_bound < 0.0
    assert len(verdict.reasons) == 1
    assert "it may be worse" in verdict.reasons[0]
    assert f"{verdict.lower_bound:+.4f}" in verdict.reasons[0]


def test_epsilon_is_where_the_line_is() -> None:
    visits = uniform_log(2000)
    lower = decide(visits, worst(visits), middling(visits), QUICK).lower_bound
    at = msgspec.structs.replace(QUICK, epsilon=-lower)
    short = msgspec.structs.replace(QUICK, epsilon=-lower - 1e-9)
    assert decide(visits, worst(visits), middling(visits), at).published
    assert not decide(visits, worst(visits), middling(visits), short).published


def test_a_candidate_that_plans_alike_is_published_with_no_gain() -> None:
    visits = uniform_log(800)
    verdict = decide(visits, constant("new", [60, 50, 4, 3, 2, 1], visits), best(visits), QUICK)
    assert verdict.published
    assert (verdict.gain, verdict.lower_bound, verdict.upper_bound) == (0.0, 0.0, 0.0)
    assert verdict.disputed == 0


@pytest.mark.parametrize("estimator", list(Estimator))
def test_any_estimator_may_decide(estimator: Estimator) -> None:
    visits = uniform_log(2000)
    settings = msgspec.structs.replace(QUICK, estimator=estimator)
    verdict = decide(visits, best(visits), middling(visits), settings)
    assert verdict.estimator is estimator
    assert verdict.gain == verdict.estimators[estimator.value].value
    assert decide(visits, best(visits), middling(visits), settings).published


def test_too_few_visits_are_too_few_however_good_they_look() -> None:
    visits = uniform_log(120)
    verdict = decide(visits, best(visits), worst(visits), QUICK)
    assert verdict.lower_bound > 0.0
    assert not verdict.published
    assert verdict.reasons == ("too few visits: 120, at least 500 are needed",)
    with pytest.raises(EvaluationError, match="empty"):
        decide(uniform_log(0), best(uniform_log(0)), worst(uniform_log(0)), QUICK)


def _without(visits: LoggedVisits, product: int, propensity: float, seldom: int) -> LoggedVisits:
    """The log in which a product was shown in `seldom` visits only, with this propensity."""
    rows = np.flatnonzero(visits.shown[:, product])[seldom:]
    shown, given = visits.shown.copy(), visits.propensity.copy()
    shown[rows, product] = False
    given[:, product] = propensity
    return LoggedVisits(CODES, visits.offered, shown, given, visits.taken & shown)


def test_a_product_that_was_hardly_tried_is_no_evidence() -> None:
    visits = _without(uniform_log(3000), 0, 0.001, seldom=3)
    verdict = decide(visits, best(visits), constant("now", [0, 5, 4, 3, 2, 1], visits), QUICK)
    assert not verdict.published
    assert verdict.effective == pytest.approx(3.0)
    assert any("effective size 3.0, at least 50 is needed" in reason for reason in verdict.reasons)


def test_a_product_that_was_never_shown_is_named() -> None:
    visits = _without(uniform_log(3000), 0, 0.001, seldom=0)
    verdict = decide(visits, best(visits), constant("now", [0, 5, 4, 3, 2, 1], visits), QUICK)
    assert not verdict.published
    assert verdict.support == 0.0
    assert any("never showed: a (100.0% of what" in reason for reason in verdict.reasons)


def test_wrong_shapes_and_settings_are_named() -> None:
    visits = uniform_log(600)
    other = Policy("other", np.zeros((5, K)), np.zeros((5, K)))
    with pytest.raises(EvaluationError, match=r"other: \(5, 6\)"):
        decide(visits, other, best(visits), QUICK)
    with pytest.raises(msgspec.ValidationError, match="epsilon"):
        msgspec.convert({"epsilon": -1.0}, GateSettings)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.linked: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.linked += [value or "" for name, value in attrs if name in ("src", "href") and tag not in ("use", "a")]
        if tag not in ("meta", "use", "path", "rect", "br"):
            self.open.append(tag)


@pytest.mark.parametrize("candidate", [best, worst])
def test_the_report_is_one_page_that_needs_nothing_else(
    tmp_path: Path, candidate: Callable[[LoggedVisits], Policy]
) -> None:
    visits = uniform_log(1500)
    new, now = candidate(visits), middling(visits)
    verdict = decide(visits, new, now, QUICK)
    write_report(tmp_path / "report", verdict, visits, new, now)
    text = (tmp_path / "report" / HTML_FILE).read_text(encoding="utf-8")
    parsed = _Page()
    parsed.feed(text)
    assert parsed.linked == []
    assert parsed.open.count("svg") == 4
    assert not re.search(r"url\((?!#)|@import|<script", text)
    assert ("May be published" in text) == verdict.published
    assert all(html.escape(reason[1:]) in text for reason in verdict.reasons)
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert len(list(ET.fromstring(svg).iter())) > 30, "a drawn plot, not an empty one"
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 100
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)
    assert text == page(verdict, visits, new, now)
    stored = (tmp_path / "report" / JSON_FILE).read_bytes()
    assert msgspec.json.decode(stored, type=Verdict) == verdict
    assert json.loads(stored)["published"] is verdict.published


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    visits = uniform_log(600)
    verdict = decide(visits, best(visits), worst(visits), QUICK)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(tmp_path / "file", verdict, visits, best(visits), worst(visits))
