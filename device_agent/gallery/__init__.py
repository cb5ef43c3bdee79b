"""Pictures of every screen, device and language, and what a program can find wrong in them."""
