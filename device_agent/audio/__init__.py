"""Hearing on the wrist: microphones behind one port, and the ear that follows a talk with them (W-10)."""
