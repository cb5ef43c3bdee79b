"""Hearing that hub and wearables share: recognisers and voice activity behind ports, and the thread that listens."""
