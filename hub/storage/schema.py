"""What all tables share: the metadata, and time as integer milliseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware moment, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment_of(milliseconds: int) -> datetime:
    """The UTC moment of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


inbox = Table(
    "inbox",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(80), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("refusal", LargeBinary),
    sqlite_with_rowid=False,
)
"""Every message that was answered, by id: what makes delivery at least once an effect exactly once, or never.

``refusal`` is null when it took effect; else its repetition gets the same refusal, whatever has changed since.
"""
