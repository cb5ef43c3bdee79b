"""What the kiosk's screen shows and where a touch leads, without a screen (K-01, K-02)."""
