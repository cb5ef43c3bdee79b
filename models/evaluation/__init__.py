"""Off-policy evaluation: what a candidate would have done on the log, and the gate before it is published (W-16)."""
