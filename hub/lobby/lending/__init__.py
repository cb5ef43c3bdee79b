"""Bands that a branch lends to waiting customers, who feel when they are called (K-06)."""
