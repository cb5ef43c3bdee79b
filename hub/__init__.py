"""The back-office server of Usher: one room per capability, each with the same doors."""
