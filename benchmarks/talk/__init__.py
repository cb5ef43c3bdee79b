"""The talk: branch utterances, and what hearing, understanding and moving the ranking cost (W-10 to W-13)."""
