"""Receipts: when each device was told of a task, showed it, buzzed and claimed it.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=63), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("task", "device", name=op.f("pk_receipts")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("receipts")
