"""The queues: what happened on each day, what a branch's waiting estimate has learned, leased numbers,
kiosks out of order.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("branch_day", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_queue_events")),
    )
    op.create_index(op.f("ix_queue_events_branch_day"), "queue_events", ["branch_day"])
    op.create_table(
        "queue_memory",
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_queue_memory")),
    )
    op.create_table(
        "number_leases",
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("service_class", sa.String(length=1), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("kiosk", sa.String(length=63), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("leased_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("branch", "service_class", "first", name=op.f("pk_number_leases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kiosk_locks",
        sa.Column("kiosk", sa.String(length=63), nullable=False),
        sa.Column("notice", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("kiosk", name=op.f("pk_kiosk_locks")),
    )


def downgrade() -> None:
    op.drop_table("kiosk_locks")
    op.drop_table("number_leases")
    op.drop_table("queue_memory")
    op.drop_index(op.f("ix_queue_events_branch_day"), table_name="queue_events")
    op.drop_table("queue_events")
