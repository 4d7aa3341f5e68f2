"""The two ways in which a command ends badly, each with one sentence for its user."""

__all__ = ["InputError", "TrainingError"]


class InputError(ValueError):
    """A user's mistake: one sentence that says what was wrong, where, and what to do.

    The command line prints the sentence on stderr and exits with 2.
    """


class TrainingError(RuntimeError):
    """Training could not go on; the sentence names the step and the term.

    The command line prints the sentence on stderr and exits with 3.
    """
