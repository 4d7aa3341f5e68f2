"""Reading curves of quality against CPU seconds."""

import math
import statistics

__all__ = ["at", "crossing", "gather"]


def crossing(points, level):
    """Return the CPU seconds at which a score that should fall reaches a level.

    Straight between two points in the logarithm of the time; the first point's time if that is
    already there, None if no point is.

    Args:
        points: (seconds, score), in order of time.
        level: the score wanted.

    Example:
        >>> crossing([(1.0, 10.0), (100.0, 0.0)], 5.0)
        10.0
    """
    before = None
    for seconds, score in points:
        if score <= level:
            if before is None:
                return seconds
            share = (before[1] - level) / (before[1] - score)
            return math.exp(_between(math.log(before[0]), math.log(seconds), share))
        before = seconds, score
    return None


def at(points, seconds):
    """Return the score after so many CPU seconds, the last one's if there are fewer.

    None before the first point.

    Example:
        >>> at([(1.0, 10.0), (100.0, 0.0)], 10.0)
        5.0
    """
    before = None
    for then, score in points:
        if then >= seconds:
            if before is None:
                return score if then == seconds else None
            share = math.log(seconds / before[0]) / math.log(then / before[0])
            return _between(before[1], score, share)
        before = then, score
    return before[1]


def gather(curves):
    """Return (median seconds, lowest, median, highest score) of each point over the seeds.

    Args:
        curves: one list of (seconds, score) for each seed, all as long.
    """
    found = []
    for points in zip(*curves, strict=True):
        scores = [score for _, score in points]
        middle = statistics.median(seconds for seconds, _ in points)
        found.append((middle, min(scores), statistics.median(scores), max(scores)))
    return found


def _between(a, b, share):
    return a + share * (b - a)
