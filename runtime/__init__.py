"""Plumbing every process shares: clock, ids, bus, agent session, config, logs, supervision, the ``usher`` command."""
