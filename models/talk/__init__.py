"""What a talk tells about what the customer wants (W-12)."""
