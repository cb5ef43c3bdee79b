"""Training the artefacts, offline. Nothing imports this package at run time."""
