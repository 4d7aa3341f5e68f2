"""The report card: what a run is worth, what is wrong with it, and how it came about."""
