"""Runs: folders of plain files, and what one can ask of them."""
