"""The kiosk's window: the only part of the kiosk that knows Kivy."""
