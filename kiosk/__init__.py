"""The ticket kiosk: takes numbers and tells the hub, with the hub in reach or not (spec 2)."""
