"""Correction: what feedback changes in a trained model, by Bayesian learners that forget and replay exactly (W-16)."""
