"""Hearing on the wrist: the ears that follow a talk, and what carries audio to the hub (W-10)."""
