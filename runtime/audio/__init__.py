"""Microphones behind one port, for every process that listens: devices, recordings, streams, silence (W-10, K-02)."""
