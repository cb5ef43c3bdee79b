"""Offline training of the talk's classifiers; needs the extra `talk-train`."""
