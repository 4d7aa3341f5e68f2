"""Measuring what was made: pure functions on features, and one suite that calls them."""
