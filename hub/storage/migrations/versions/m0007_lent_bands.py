"""Lent bands: which device of a branch is lent to the customer of which ticket.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lendings",
        sa.Column("device", sa.String(length=63), nullable=False),
        sa.Column("ticket", sa.String(length=64), nullable=False),
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_lendings")),
        sa.UniqueConstraint("ticket", name=op.f("uq_lendings_ticket")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("lendings")
