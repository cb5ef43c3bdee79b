"""What tells the kiosk who is there: cards and other ways, each behind the same face."""
