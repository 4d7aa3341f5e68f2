"""Training: turns in, events out."""
