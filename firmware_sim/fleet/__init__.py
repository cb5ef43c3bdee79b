"""Whole branches from one command: the demo's branch morning, with real processes and scripted people (F-11)."""
