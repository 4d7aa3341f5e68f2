"""The studio: a local page for the lesson, its practice, and one's own runs."""

__all__: list[str] = []
