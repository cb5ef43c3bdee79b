"""What both kinds of window need to be looked at by program: what is on them, and what is wrong with it."""
