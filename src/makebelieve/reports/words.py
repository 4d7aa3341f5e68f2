"""Numbers and names in words, the same everywhere on a page."""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "NAMES",
    "ROLES",
    "duration",
    "listed",
    "number",
    "percent",
    "plain_source",
    "points_apart",
    "sureness",
]

NAMES = {
    "judge": "judge",
    "autoencoder": "autoencoder",
    "vae": "VAE",
    "gan": "GAN",
    "real": "real",
}

ROLES = {
    "judge": "looks, and says what it sees",
    "autoencoder": "squeezes a picture into a few numbers and rebuilds it",
    "vae": "the same, with codes arranged so that new ones can be drawn",
    "gan": "a counterfeiter that learns from a detective",
}


def percent(share: float) -> str:
    """Write a share; only what is whole is called 100% or 0%.

    Example:
        >>> percent(0.9712), percent(1.0), percent(0.9999), percent(0.0001)
        ('97.1%', '100%', 'over 99.9%', 'under 0.1%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    if share >= 0.9995:
        return "over 99.9%"
    return "under 0.1%" if share < 0.0005 else f"{share:.1%}"


def sureness(confidence: float) -> str:
    """Write a confidence: it can be rounded to certainty, but never be it.

    Example:
        >>> sureness(1.0), sureness(0.984)
        ('over 99.9%', '98.4%')
    """
    return percent(min(confidence, 1 - 1e-9))


def points_apart(a: float, b: float) -> str:
    """Write the difference of two shares in percentage points.

    Example:
        >>> points_apart(0.95, 0.9), points_apart(0.5, 0.51)
        ('5.0 points', '1.0 points')
    """
    return f"{100 * abs(a - b):.1f} points"


def number(value: float) -> str:
    """Write a number in little space: to three digits, or whole where it is large.

    Example:
        >>> number(-1234.5), number(0.25), number(31.62), number(1.2e-6), number(float("nan"))
        ('−1,234', '0.25', '31.6', '1.2e−06', 'not a number')
    """
    if value != value:
        return "not a number"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def duration(seconds: float) -> str:
    """Write a time.

    Example:
        >>> duration(234.4), duration(8.25), duration(3700)
        ('3 min 54 s', '8.2 s', '1 h 1 min 40 s')
    """
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {rest} s" if hours else f"{minutes} min {rest} s"


def listed(words: list[str], most: int = 12) -> str:
    """Write a list as people do.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=2)
        ('a, b and c', 'a, b and 1 other')
    """
    if len(words) > most:
        rest = len(words) - most
        return f"{', '.join(words[:most])} and {rest} other{'s' if rest > 1 else ''}"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def plain_source(source: str) -> str:
    """Name a source without the folders that lead to it: they are nobody else's business.

    Example:
        >>> plain_source("avatars"), plain_source("a/b/cats")
        ('avatars', 'cats')
    """
    return source if source.startswith("hub:") else Path(source).name or source
