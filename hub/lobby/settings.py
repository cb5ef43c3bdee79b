"""The lobby's part of the hub's configuration: whose queue obeys which rules, and when the manager is alerted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts import Refusal
from hub.lobby.queue.rules import CounterRule, QueueRules, ServiceClass, read_rules, without_class
from models.catalogue import Catalogue
from runtime.errors import ConfigError

DEFAULT_CLASS = "A"
DEFAULT_COUNTERS = 4
DEFAULT_MINUTES = 10.0


class AlertThresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the lobby board alerts: somebody has waited so long, so many wait, a service takes so long; minutes."""

    wait_minutes: Annotated[float, Meta(gt=0, le=1440)] = 20.0
    waiting: Annotated[int, Meta(gt=0, le=10_000)] = 15
    service_minutes: Annotated[float, Meta(gt=0, le=1440)] = 45.0


class LobbyConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules``: the TOML file of each branch's queue rules, by branch; ``default_rules``: that of all other branches.

    Without a file every business of the catalogue waits in one class, for four counters.
    """

    rules: dict[str, str] = {}
    default_rules: str = ""
    alerts: AlertThresholds = AlertThresholds()


def queue_rules(config: LobbyConfig, catalogue: Catalogue) -> tuple[QueueRules, Mapping[str, QueueRules]]:
    """The default rules and those of the branches that have their own; raises ``ConfigError`` naming file and fault."""
    businesses = tuple(business.code for business in catalogue.business)
    default = _read(config.default_rules, businesses) if config.default_rules else plain_rules(catalogue)
    return default, {branch: _read(name, businesses) for branch, name in config.rules.items()}


def plain_rules(catalogue: Catalogue) -> QueueRules:
    """First come, first served: one class for everything that the catalogue has, four counters."""
    every = ServiceClass(
        names=catalogue.title,
        businesses=tuple(business.code for business in catalogue.business),
        mean_minutes=DEFAULT_MINUTES,
    )
    counters = {str(number): CounterRule(classes=(DEFAULT_CLASS,)) for number in range(1, DEFAULT_COUNTERS + 1)}
    return QueueRules(classes={DEFAULT_CLASS: every}, counters=counters)


def _read(name: str, businesses: tuple[str, ...]) -> QueueRules:
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"lobby.rules: {name}: can't be read: {error}") from error
    rules = read_rules(text)
    if isinstance(rules, Refusal):
        raise ConfigError(f"lobby.rules: {name}: {rules.detail}")
    missing = without_class(rules, businesses)
    if missing:
        raise ConfigError(
            f"lobby.rules: {name}: no class has {', '.join(missing)}, which the catalogue sells: add each to a class"
        )
    return rules
