"""Alembic's environment: runs the scripts on the engine it is given."""

from alembic import context
from sqlalchemy import Engine

from hub.storage.schema import metadata

engine = context.config.attributes["engine"]
assert isinstance(engine, Engine)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
