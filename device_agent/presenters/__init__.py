"""What the screen shows, as frozen values, and where a tap leads; no Kivy, no I/O."""
