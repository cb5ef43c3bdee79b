"""What all rooms of the hub speak of: branches, advisors, devices. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import DeviceKind, Language, Name


class PolicyKind(StrEnum):
    """How a branch hands out tasks (W-06)."""

    BROADCAST = "broadcast"
    RELATIONSHIP = "relationship"
    BALANCED = "balanced"


class Role(StrEnum):
    """What an advisor may see (spec 5, D-11)."""

    ADVISOR = "advisor"
    SENIOR = "senior"
    MANAGER = "manager"


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A branch and its settings: dispatch policy and its times in seconds, time zone of its business day.

    ``explore``: whether the model may now and then try another product in the third place (W-05); off where a regulator
    says so. ``talk_interval_s``: how long a weak signal of a talk may wait for the plan (W-12). ``transcript_days``:
    how long the text of a talk is kept; 0, nothing of it is ever written down (W-17).
    """

    name: Name
    title: Annotated[str, Meta(min_length=1, max_length=80)]
    policy: PolicyKind = PolicyKind.BROADCAST
    claim_within_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    task_lifetime_s: Annotated[float, Meta(gt=0, le=86400)] = 7200.0
    held_lifetime_s: Annotated[float, Meta(gt=0, le=86400)] = 28800.0
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"
    explore: bool = True
    talk_interval_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    transcript_days: Annotated[float, Meta(ge=0, le=3660)] = 0.0


class Advisor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An advisor: which branches the hub allows, role, language, and skills (codes of businesses)."""

    name: Name
    branches: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=100)]
    role: Role = Role.ADVISOR
    language: Language = Language.EN
    skills: tuple[str, ...] = ()


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device: a wearable belongs to an advisor, a kiosk stands in a branch.

    A wearable with a branch is one that the branch lends to customers; it needs no advisor.
    """

    name: Name
    kind: DeviceKind
    advisor: Name | None = None
    branch: Name | None = None


class BoundDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A wearable bound to a branch."""

    device: str
    advisor: str
    branch: str
    since: datetime
