"""What a maker learned, seen from inside: walks through its space of codes."""

__all__: list[str] = []
