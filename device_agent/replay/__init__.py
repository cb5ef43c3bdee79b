"""A talk from a recording or a text, as the wrist follows it: what was said, what it showed, what moved (W-12)."""
