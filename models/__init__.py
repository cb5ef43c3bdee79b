"""Learning: customer records → features → scorer (ONNX) → policy → ranked products with reasons. Imports nothing of
ours outside."""
