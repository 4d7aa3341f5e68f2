"""Data: what one example looks like, and one way to load it from anywhere."""

from makebelieve.data.assemble import check_enough
from makebelieve.data.describe import Description, describe
from makebelieve.data.load import SOURCES, load
from makebelieve.data.spec import SPLITS, Column, Dataset, Skipped, Spec

__all__ = [
    "SOURCES",
    "SPLITS",
    "Column",
    "Dataset",
    "Description",
    "Skipped",
    "Spec",
    "check_enough",
    "describe",
    "load",
]
