"""The gate's report: one self-contained page with plots, and the same as JSON."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import matplotlib
import msgspec
from matplotlib.figure import Figure

from models.evaluation import plots
from models.evaluation.errors import EvaluationError
from models.evaluation.gate import Verdict
from models.evaluation.visits import LoggedVisits, Policy

HTML_FILE = "gate.html"
JSON_FILE = "gate.json"

_STYLE = """
:root { --ink: #1f2328; --soft: #646b75; --line: #e3e6ea; --yes: #1b7f5c; --no: #a8442a; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 60rem; margin: 2.5rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .4rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
.answer { border-left: 4px solid var(--no); padding: .2rem 0 .2rem 1rem; } .answer.yes { border-color: var(--yes); }
table { border-collapse: collapse; margin: .6rem 0; } td, th { padding: .25rem 1rem .25rem 0; text-align: left; }
th { font-weight: 600; border-bottom: 1px solid var(--line); } td { border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem 2rem; }
svg { width: 100%; height: auto; }
"""

_NAMES = {"ipw": "inverse propensity", "snipw": "self-normalised", "dr": "doubly robust"}


def write_report(folder: Path, verdict: Verdict, visits: LoggedVisits, candidate: Policy, current: Policy) -> None:
    """Write `gate.html` and `gate.json` into the folder, making it if needed; `EvaluationError` if that fails."""
    content = page(verdict, visits, candidate, current)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / JSON_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(verdict)) + b"\n")
        (folder / HTML_FILE).write_text(content, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{folder}: the report cannot be written: {error.strerror}") from error


def page(verdict: Verdict, visits: LoggedVisits, candidate: Policy, current: Policy) -> str:
    """The page; equal input gives equal text."""
    answer = "May be published" if verdict.published else "Not published"
    reasons = "".join(f"<p>{html.escape(reason[:1].upper() + reason[1:])}.</p>" for reason in verdict.reasons)
    drawn = (
        ("Gain by each estimator", plots.gains(verdict)),
        ("Gain by product (doubly robust)", plots.products(verdict)),
        ("Calibration on what was shown", plots.calibration(visits, candidate, current)),
        ("How likely what was shown was to be shown", plots.propensities(visits, candidate, current, verdict)),
    )
    figures = "".join(
        f"<section><h2>{title}</h2>{svg(figure, f'plot{number}')}</section>"
        for number, (title, figure) in enumerate(drawn)
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gate: {answer.lower()}</title><style>{_STYLE}</style></head><body>
<div class="answer{" yes" if verdict.published else ""}"><h1>{answer}</h1>
<p>{html.escape(verdict.candidate)}, against {html.escape(verdict.current)}.</p>
<p>Gain <strong>{verdict.gain:+.4f}</strong> products taken a visit, {verdict.confidence:.0%} interval
[{verdict.lower_bound:+.4f}, {verdict.upper_bound:+.4f}]; its lower bound must be at least {-verdict.epsilon:+.4f}.</p>
{reasons}</div>
<h2>Values on the same log</h2>{_values(verdict)}
<p class="soft">{verdict.observations} visits; the two models plan {verdict.disputed} of them differently. Effective
size of the log for what the candidate newly shows: {verdict.effective:.0f}; for all that it shows:
{verdict.effective_all:.0f}. Of what the candidate newly shows, {verdict.support:.1%} are products that the log has
shown.</p>
<div class="plots">{figures}</div>
<p class="soft">Products taken per visit, estimated from logged propensities; intervals by a bootstrap over visits. How:
docs/models/learning.md.</p>
</body></html>
"""


def _values(verdict: Verdict) -> str:
    rows = "".join(
        f"<tr><td>{_NAMES[name]}</td>"
        + "".join(
            f'<td class="number">{i.value:{sign}.4f} [{i.lower:{sign}.4f}, {i.upper:{sign}.4f}]</td>'
            for i, sign in ((verdict.candidate_value[name], ""), (verdict.current_value[name], ""), (gain, "+"))
        )
        + "</tr>"
        for name, gain in verdict.estimators.items()
    )
    return f"<table><tr><th>estimator</th><th>candidate</th><th>current</th><th>gain</th></tr>{rows}</table>"


def svg(figure: Figure, name: str) -> str:
    """The figure as an SVG element whose ids begin with `name`, as a page has many; equal figures give equal text."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text[text.index("<svg") :])
