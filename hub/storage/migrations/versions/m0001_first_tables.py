"""First tables: inbox, fleet, customers, tickets, visits.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "advisors",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_advisors")),
    )
    op.create_table(
        "binding_audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(length=63), nullable=False),
        sa.Column("advisor", sa.String(length=63), nullable=False),
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_binding_audit")),
    )
    with op.batch_alter_table("binding_audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binding_audit_device"), ["device"], unique=False)

    op.create_table(
        "bindings",
        sa.Column("device", sa.String(length=63), nullable=False),
        sa.Column("advisor", sa.String(length=63), nullable=False),
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_bindings")),
    )
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bindings_branch"), ["branch"], unique=False)

    op.create_table(
        "branches",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_branches")),
    )
    op.create_table(
        "customers",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("advisor", sa.String(length=63), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_customers")),
    )
    op.create_table(
        "devices",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_devices")),
    )
    op.create_table(
        "feedback",
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("advisor", sa.String(length=63), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("accuracy", sa.String(length=16), nullable=True),
        sa.Column("overlap", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_feedback")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_at_ms"), ["at_ms"], unique=False)

    op.create_table(
        "refusals",
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer", "product", name=op.f("pk_refusals")),
    )
    op.create_table(
        "segments",
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task", "position", name=op.f("pk_segments")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("open_key", sa.String(length=128), nullable=True),
        sa.Column("holder", sa.String(length=63), nullable=True),
        sa.Column("due_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("demand", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("open_key", name=op.f("uq_tasks_open_key")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index("ix_tasks_branch_state", ["branch", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_tasks_due_ms"), ["due_ms"], unique=False)
        batch_op.create_index(
            "ix_tasks_holder_ended",
            ["holder", "ended_ms"],
            unique=False,
            sqlite_where=sa.text("holder IS NOT NULL"),
            postgresql_where=sa.text("holder IS NOT NULL"),
        )

    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number_key", sa.String(length=96), nullable=False),
        sa.Column("branch", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number_key", name=op.f("uq_tickets_number_key")),
    )
    op.create_table(
        "visit_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("device", sa.String(length=63), nullable=True),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_visit_log")),
    )
    with op.batch_alter_table("visit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_log_task"), ["task"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_log_task"))

    op.drop_table("visit_log")
    op.drop_table("tickets")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_tasks_holder_ended",
            sqlite_where=sa.text("holder IS NOT NULL"),
            postgresql_where=sa.text("holder IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_tasks_due_ms"))
        batch_op.drop_index("ix_tasks_branch_state")

    op.drop_table("tasks")
    op.drop_table("segments")
    op.drop_table("refusals")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_at_ms"))

    op.drop_table("inbox")
    op.drop_table("feedback")
    op.drop_table("devices")
    op.drop_table("customers")
    op.drop_table("branches")
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bindings_branch"))

    op.drop_table("bindings")
    with op.batch_alter_table("binding_audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binding_audit_device"))

    op.drop_table("binding_audit")
    op.drop_table("advisors")
