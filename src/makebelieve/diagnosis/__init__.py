"""What went wrong, how one can see it, and what to do: rules over a run and its scores."""
