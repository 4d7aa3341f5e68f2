"""Reports: what was measured, as one page that a person can show to a friend."""
