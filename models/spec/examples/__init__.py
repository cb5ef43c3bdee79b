"""Specs of banks that anyone can have: to learn from, and to train the models that come with Usher."""
