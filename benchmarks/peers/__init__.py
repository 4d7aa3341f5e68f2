"""The peers: published packages as they are, and plain programs with the same networks and loop."""
