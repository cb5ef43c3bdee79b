"""The watch and band agent: task book, alerts, claims, talk, feedback; with a window or without (spec 1)."""
