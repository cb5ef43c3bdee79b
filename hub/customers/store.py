"""The customers' table: one record a reference, as JSON of :class:`models.customers.CustomerRecord`."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

import msgspec
from sqlalchemy import Column, LargeBinary, String, Table, delete, func, select

from contracts.fields import Code, CustomerRef, Name, ShortText
from hub.errors import ProvisioningError
from hub.storage import LookUp, UnitOfWork, metadata
from models.customers import CustomerRecord

customers = Table(
    "customers",
    metadata,
    Column("ref", String(64), primary_key=True),
    Column("advisor", String(63)),
    Column("body", LargeBinary, nullable=False),
)

_FIND = LookUp(customers.c.ref, customers.c.advisor, customers.c.body, by=(customers.c.ref,))
_decoder = msgspec.msgpack.Decoder(CustomerRecord)
_PART = 500


class StoredCustomer(msgspec.Struct, frozen=True):
    """A customer's record and own advisor."""

    record: CustomerRecord
    advisor: str | None


class _Bounds(msgspec.Struct, frozen=True):
    """What the messages and tables can hold of a customer."""

    ref: CustomerRef
    display_name: ShortText
    segment: ShortText
    age_band: ShortText
    advisor: Name | None
    opted_out: Annotated[frozenset[Code], msgspec.Meta(max_length=100)]


def _check(entry: StoredCustomer, number: int) -> None:
    record = entry.record
    try:
        msgspec.convert(
            {
                "ref": record.ref,
                "display_name": record.display_name,
                "segment": record.segment,
                "age_band": record.age_band,
                "advisor": entry.advisor,
                "opted_out": record.opted_out,
            },
            _Bounds,
        )
    except msgspec.ValidationError as error:
        raise ProvisioningError(f"customer number {number}: {error}") from error
    if "\0" in record.ref:
        raise ProvisioningError(f"customer number {number}: ref contains the character NUL: leave it out")


class CustomerStore:
    """Looks customers up and takes them in."""

    def find(self, unit: UnitOfWork, refs: Collection[str]) -> Mapping[str, StoredCustomer]:
        """The customers that exist, by reference."""
        rows = unit.look_up(_FIND, refs) if refs else ()
        return {ref: StoredCustomer(_decoder.decode(body), advisor) for ref, advisor, body in rows}

    def take_in(self, unit: UnitOfWork, entries: Iterable[StoredCustomer]) -> int:
        """Write or replace customers; of several with one reference the last counts. Returns how many were written.

        A hidden product (an evaluation's answer) never enters the store. Raises ``ProvisioningError`` for a customer
        whom no message could speak of, naming their place and what is wrong, never who they are.
        """
        by_ref: dict[str, dict[str, object]] = {}
        for number, entry in enumerate(entries, 1):
            record = entry.record
            _check(entry, number)
            body = msgspec.msgpack.encode(msgspec.structs.replace(record, hidden_product=None))
            by_ref[record.ref] = {"ref": record.ref, "advisor": entry.advisor, "body": body}
        rows = list(by_ref.values())
        for start in range(0, len(rows), _PART):
            part = rows[start : start + _PART]
            unit.write(delete(customers).where(customers.c.ref.in_([row["ref"] for row in part])))
            unit.write(customers.insert(), part)
        return len(rows)

    def count(self, unit: UnitOfWork) -> int:
        """How many customers there are."""
        return int(unit.connection.execute(select(func.count()).select_from(customers)).scalar_one())
