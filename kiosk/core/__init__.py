"""The kiosk's rules, pure: what may be asked for, and which number comes next."""
