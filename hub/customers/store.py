"""The customers' table: one record a reference, as JSON of :class:`models.customers.CustomerRecord`."""

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import Column, LargeBinary, String, Table, delete, func, select

from hub.storage import UnitOfWork, metadata
from models.customers import CustomerRecord

customers = Table(
    "customers",
    metadata,
    Column("ref", String(64), primary_key=True),
    Column("advisor", String(63)),
    Column("body", LargeBinary, nullable=False),
)

_decoder = msgspec.json.Decoder(CustomerRecord)
_PART = 500


class StoredCustomer(msgspec.Struct, frozen=True):
    """A customer's record and own advisor."""

    record: CustomerRecord
    advisor: str | None


class CustomerStore:
    """Looks customers up and takes them in."""

    def find(self, unit: UnitOfWork, refs: Collection[str]) -> Mapping[str, StoredCustomer]:
        """The customers that exist, by reference."""
        wanted = sorted(refs)
        found: dict[str, StoredCustomer] = {}
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            rows = unit.connection.execute(
                select(customers.c.ref, customers.c.advisor, customers.c.body).where(customers.c.ref.in_(part))
            )
            found |= {ref: StoredCustomer(_decoder.decode(body), advisor) for ref, advisor, body in rows}
        return found

    def take_in(self, unit: UnitOfWork, entries: Iterable[StoredCustomer]) -> int:
        """Write or replace customers; a hidden product (an evaluation's answer) never enters the store."""
        rows = [
            {
                "ref": entry.record.ref,
                "advisor": entry.advisor,
                "body": msgspec.json.encode(msgspec.structs.replace(entry.record, hidden_product=None)),
            }
            for entry in entries
        ]
        for start in range(0, len(rows), _PART):
            part = rows[start : start + _PART]
            unit.write(delete(customers).where(customers.c.ref.in_([row["ref"] for row in part])))
            unit.write(customers.insert(), part)
        return len(rows)

    def count(self, unit: UnitOfWork) -> int:
        """How many customers there are."""
        return int(unit.connection.execute(select(func.count()).select_from(customers)).scalar_one())
