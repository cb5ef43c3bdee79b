"""Stories told on the kiosk's real window, pictures of every screen, and what a program can find wrong in them."""
