"""Measurements of this package against its peers: `scripts/bench` runs them."""
