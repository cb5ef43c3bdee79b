"""`usher models status|history|candidate|rollback|replay`: the models of a running hub, over its HTTP API.

Exit codes: 0 done, 1 the hub can't be reached or refused, 2 usage; `candidate` 3 when the gate refused it, `replay` 4
when the log does not give what the hub has learned, `status` 5 when something is wrong with the models.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from datetime import datetime

import click
import msgspec

GATE_REFUSED = 3
NOT_REPLAYED = 4
DEGRADED = 5

_TIMEOUT_S = 30.0
_MAKING_TIMEOUT_S = 3600.0
_LOOK, _CHANGED = 0.1, 0.25
"""Of the population stability index: from here on look, from here on it has changed."""


class _Verdict(msgspec.Struct, frozen=True):
    passed: bool
    estimate: float
    lower: float
    upper: float
    epsilon: float
    judged: int


class _Version(msgspec.Struct, frozen=True):
    version: str
    stage: str
    serial: int
    changed_at: datetime
    why: str
    learned: int = 0
    parent: str = ""
    forced: bool = False
    verdict: _Verdict | None = None


class _Trial(msgspec.Struct, frozen=True):
    finding: str
    canary_visits: int
    control_visits: int
    canary_score: float | None
    control_score: float | None
    difference: float | None
    lower: float
    upper: float


class _Watch(msgspec.Struct, frozen=True):
    version: str
    holdout: str
    share: float
    until: int
    visits: int
    holdout_visits: int
    score: float | None
    holdout_score: float | None
    difference: float | None
    lower: float
    upper: float


class _Score(msgspec.Struct, frozen=True):
    version: str
    visits: int
    score: float


class _Installed(msgspec.Struct, frozen=True):
    serial: int
    active: int
    failing: dict[str, str]


class _Status(msgspec.Struct, frozen=True):
    learning: bool
    published: _Version | None
    canary: _Version | None
    canary_share: float
    trial: _Trial | None
    observations: int
    next_candidate_in: int
    making: bool
    scores: list[_Score]
    drift: dict[str, float]
    devices: list[_Installed]
    trusted_key: str
    degraded: str
    watch: _Watch | None = None


class _Event(msgspec.Struct, frozen=True):
    at: datetime
    version: str
    change: str
    serial: int
    detail: str


class _History(msgspec.Struct, frozen=True):
    versions: list[_Version]
    events: list[_Event]


class _Replayed(msgspec.Struct, frozen=True):
    observations: int
    from_log: str
    learned: str
    equal: bool


class _Problem(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""


class HubClient:
    """A running hub's API; whatever it refuses ends the command with what it said."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise click.BadParameter(f"{url!r}: give http://HOST:PORT, as the hub printed it", param_hint="--hub")
        self._url = url.rstrip("/")
        self._token = token

    def call(self, method: str, path: str, body: object = None, *, timeout_s: float = _TIMEOUT_S) -> bytes:
        """The answer's body."""
        request = urllib.request.Request(
            f"{self._url}{path}",
            method=method,
            data=None if body is None else msgspec.json.encode(body),
            headers={"Authorization": f"Bearer {self._token}"},
        )
        # A hub is near, and its token is not for a proxy.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_s) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise click.ClickException(_refusal(error.code, error.read())) from error
        except (OSError, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise click.ClickException(
                f"no hub answers at {self._url}: {reason}; give its address with --hub"
            ) from error


def _refusal(code: int, body: bytes) -> str:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        return f"the hub answered {code}"
    if code == 401:
        return "the hub wants another token: give --token or USHER_TOKEN, as the hub printed it at start"
    return problem.detail or problem.title or f"the hub answered {code}"


hub_option = click.option(
    "--hub",
    default="http://127.0.0.1:8480",
    envvar="USHER_HUB",
    show_envvar=True,
    show_default=True,
    help="Its address.",
)
token_option = click.option(
    "--token", default="", envvar="USHER_TOKEN", show_envvar=True, help="What the hub printed as token at start."
)
json_option = click.option("--json", "as_json", is_flag=True, help="What the hub answers, as one JSON object.")


@click.command("status")
@hub_option
@token_option
@json_option
def status(hub: str, token: str, as_json: bool) -> None:
    """Which models a running hub uses, how they do, and what comes next. Exit code 5: something is wrong with them."""
    content = HubClient(hub, token).call("GET", "/v1/models")
    found = msgspec.json.decode(content, type=_Status)
    if as_json:
        _print_json(content)
    else:
        _print_status(found)
    if found.degraded:
        sys.exit(DEGRADED)


@click.command("history")
@hub_option
@token_option
@json_option
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many events.")
def history(hub: str, token: str, as_json: bool, limit: int) -> None:
    """Every candidate of a running hub and what became of it, newest first."""
    content = HubClient(hub, token).call("GET", f"/v1/models/history?limit={limit}")
    if as_json:
        _print_json(content)
        return
    for event in msgspec.json.decode(content, type=_History).events:
        serial = f"#{event.serial}" if event.serial else ""
        click.echo(f"{event.at:%Y-%m-%d %H:%M:%S}Z  {event.version:<32} {event.change:<12} {serial:<6} {event.detail}")


@click.command("candidate")
@hub_option
@token_option
@json_option
@click.option("--force", metavar="WHY", default="", help="Pass it whatever the gate says; WHY stays in the history.")
def candidate(hub: str, token: str, as_json: bool, force: str) -> None:
    """Make a candidate of a running hub's feedback now, and wait for the gate. Exit code 3: the gate refused it."""
    content = HubClient(hub, token).call("POST", "/v1/models/candidate", {"force": force}, timeout_s=_MAKING_TIMEOUT_S)
    made = msgspec.json.decode(content, type=_Version)
    if as_json:
        _print_json(content)
    else:
        click.echo(f"{made.version}  {made.stage}: {made.why}")
        _print_verdict(made)
    if made.stage == "refused":
        sys.exit(GATE_REFUSED)


@click.command("rollback")
@hub_option
@token_option
@json_option
@click.option("--why", default="by command", show_default=True, help="Stays in the history.")
def rollback(hub: str, token: str, as_json: bool, why: str) -> None:
    """Go back to the model before: a canary gives way first, else the published model."""
    content = HubClient(hub, token).call("POST", "/v1/models/rollback", {"why": why})
    gone = msgspec.json.decode(content, type=_Version)
    if as_json:
        _print_json(content)
    else:
        click.echo(f"{gone.version} is rolled back: {gone.why}")


@click.command("replay")
@hub_option
@token_option
@json_option
def replay(hub: str, token: str, as_json: bool) -> None:
    """Learn a running hub's whole log again from nothing, and compare hashes. Exit code 4: they differ."""
    content = HubClient(hub, token).call("POST", "/v1/models/replay", timeout_s=_MAKING_TIMEOUT_S)
    found = msgspec.json.decode(content, type=_Replayed)
    if as_json:
        _print_json(content)
    else:
        click.echo(f"{found.observations} observations")
        click.echo(f"from the log      {found.from_log}")
        click.echo(f"learned as it came {found.learned}")
        click.echo("the same bytes" if found.equal else "NOT THE SAME")
    if not found.equal:
        sys.exit(NOT_REPLAYED)


def _print_json(content: bytes) -> None:
    click.echo(msgspec.json.format(content, indent=2).decode())


def _print_status(found: _Status) -> None:
    if found.degraded:
        click.secho(f"NOT AS IT SHOULD BE: {found.degraded}", fg="red", bold=True)
    for one in (found.published, found.canary):
        if one is not None:
            forced = "  FORCED past the gate" if one.forced else ""
            click.echo(f"{one.stage:<10} {one.version}  #{one.serial}  since {one.changed_at:%Y-%m-%d %H:%M}Z{forced}")
            click.echo(f"           {one.why}")
    if found.canary is not None and found.trial is not None:
        trial = found.trial
        click.echo(
            f"trial      {found.canary_share:.0%} of visits; match score {_shown(trial.canary_score)} over "
            f"{trial.canary_visits}, the others' {_shown(trial.control_score)} over {trial.control_visits}; difference "
            f"{_shown(trial.difference)} [{trial.lower:+.3f}, {trial.upper:+.3f}]"
        )
    if found.watch is not None:
        watch = found.watch
        click.echo(
            f"watch      {watch.visits} of {watch.until} visits; match score {_shown(watch.score)}, the hold-out's "
            f"{_shown(watch.holdout_score)} over {watch.holdout_visits}; difference {_shown(watch.difference)} "
            f"[{watch.lower:+.3f}, {watch.upper:+.3f}]"
        )
        click.echo(f"           {watch.share:.1%} of visits are ranked by {watch.holdout}, the one before")
    making = "one is being made" if found.making else f"the next in {found.next_candidate_in}"
    state = f"{found.observations} observations; candidates: {making}" if found.learning else "recording only"
    click.echo(f"learning   {state}")
    for score in found.scores:
        click.echo(f"score      {score.score:.3f} over {score.visits} visits  {score.version}")
    for installed in found.devices:
        click.echo(f"devices    #{installed.serial}: {installed.active} have it, {len(installed.failing)} can't")
        for device, why in sorted(installed.failing.items()):
            click.echo(f"           {device}: {why}")
    moved = [(psi, name) for name, psi in found.drift.items() if psi >= _LOOK]
    for psi, name in sorted(moved, reverse=True):
        click.echo(f"drift      {name}: PSI {psi:.2f}{', changed' if psi >= _CHANGED else ''}")
    if found.trusted_key:
        click.echo(f"key        devices must trust {found.trusted_key}")


def _print_verdict(made: _Version) -> None:
    verdict = made.verdict
    if verdict is not None:
        click.echo(
            f"gain {verdict.estimate:+.4f} [{verdict.lower:+.4f}, {verdict.upper:+.4f}] products a visit over "
            f"{verdict.judged} visits; at least {-verdict.epsilon:+.4f} is needed"
        )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
