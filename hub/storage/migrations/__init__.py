"""Alembic's scripts. ``HEAD`` is the newest revision: a start that finds it needs no Alembic."""

HEAD = "0007"
