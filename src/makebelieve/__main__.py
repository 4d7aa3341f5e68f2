"""`python -m makebelieve`: the same as the command."""

import sys

from makebelieve.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
