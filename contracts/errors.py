"""Error codes that travel on the wire, and the errors of this package.

``ContractError`` (base)
└── ``EncodingError``: a message of ours broke its own contract; always a fault of the sender's program.

Bad input is never an exception: :func:`contracts.codec.decode` returns a :class:`Refusal`.
"""

from enum import StrEnum
from typing import assert_never

import msgspec


class ContractError(Exception):
    """Base of the errors of ``contracts``."""


class EncodingError(ContractError):
    """A message breaks its own contract and was not sent."""


class ErrorCode(StrEnum):
    """Why a message was refused; unique on the wire, never renamed, never reused."""

    MALFORMED = "malformed"
    INVALID_FIELD = "invalid_field"
    UNKNOWN_TYPE = "unknown_type"
    UNSUPPORTED_VERSION = "unsupported_version"
    TOO_LARGE = "too_large"
    WRONG_TOPIC = "wrong_topic"
    FOREIGN_SOURCE = "foreign_source"
    UNKNOWN_DEVICE = "unknown_device"
    WRONG_KIND = "wrong_kind"
    ID_REPLAYED = "id_replayed"
    EXPIRED = "expired"
    CLOCK_SKEWED = "clock_skewed"
    TRY_LATER = "try_later"
    BRANCH_NOT_ALLOWED = "branch_not_allowed"
    NOT_BOUND = "not_bound"
    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_BUSINESS = "unknown_business"
    UNKNOWN_PRODUCT = "unknown_product"
    NUMBER_TAKEN = "number_taken"
    TASK_NOT_OFFERED = "task_not_offered"
    TASK_NOT_HELD = "task_not_held"
    TASK_CLOSED = "task_closed"
    NO_CONSENT = "no_consent"
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_SERVICE_CLASS = "unknown_service_class"
    UNKNOWN_COUNTER = "unknown_counter"
    TICKET_STATE = "ticket_state"
    COUNTER_STATE = "counter_state"
    BRANCH_CLOSED = "branch_closed"
    LIMIT_REACHED = "limit_reached"
    DEVICE_TAKEN = "device_taken"
    INTERNAL = "internal"

    @property
    def retryable(self) -> bool:
        """Whether the sender keeps the message and sends it again (after mending its clock, or later)."""
        match self:
            case ErrorCode.CLOCK_SKEWED | ErrorCode.TRY_LATER:
                return True
            case (
                ErrorCode.MALFORMED
                | ErrorCode.INVALID_FIELD
                | ErrorCode.UNKNOWN_TYPE
                | ErrorCode.UNSUPPORTED_VERSION
                | ErrorCode.TOO_LARGE
                | ErrorCode.WRONG_TOPIC
                | ErrorCode.FOREIGN_SOURCE
                | ErrorCode.UNKNOWN_DEVICE
                | ErrorCode.WRONG_KIND
                | ErrorCode.ID_REPLAYED
                | ErrorCode.EXPIRED
                | ErrorCode.BRANCH_NOT_ALLOWED
                | ErrorCode.NOT_BOUND
                | ErrorCode.UNKNOWN_CUSTOMER
                | ErrorCode.UNKNOWN_BUSINESS
                | ErrorCode.UNKNOWN_PRODUCT
                | ErrorCode.NUMBER_TAKEN
                | ErrorCode.TASK_NOT_OFFERED
                | ErrorCode.TASK_NOT_HELD
                | ErrorCode.TASK_CLOSED
                | ErrorCode.NO_CONSENT
                | ErrorCode.UNKNOWN_TICKET
                | ErrorCode.UNKNOWN_SERVICE_CLASS
                | ErrorCode.UNKNOWN_COUNTER
                | ErrorCode.TICKET_STATE
                | ErrorCode.COUNTER_STATE
                | ErrorCode.BRANCH_CLOSED
                | ErrorCode.LIMIT_REACHED
                | ErrorCode.DEVICE_TAKEN
                | ErrorCode.INTERNAL
            ):
                return False
            case _:
                assert_never(self)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A business refusal or bad input, as a value: the code, what was wrong, the message's id if it was readable."""

    code: ErrorCode
    detail: str
    message_id: str | None = None
