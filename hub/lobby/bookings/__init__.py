"""Bookings of a branch: whom it expects and when, told to its kiosks so that check-in works without the hub (K-01)."""
