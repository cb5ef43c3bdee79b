"""Stories: a file says who comes, what the hub does and what the advisor touches; a real watch lives through it."""
