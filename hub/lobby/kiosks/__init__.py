"""How the kiosks of the branches are, for branch IT: what fails since when, and what to hear of it (K-03, K-13)."""
