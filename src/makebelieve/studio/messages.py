"""What the server and the page say to each other: plain values, and one sentence for a refusal."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

__all__ = [
    "CAPABILITIES",
    "Refused",
    "answer",
    "complaint",
    "packed",
    "sayable",
    "sentence",
    "unpacked",
]

CAPABILITIES = {
    "judge": ("judge",),
    "autoencoder": ("sample", "encode", "decode"),
    "vae": ("sample", "encode", "decode"),
    "gan": ("sample", "decode"),
}
"""Model → what its runs can be asked for; a test compares it with the models' protocols."""

STARTS = (
    *("a", "an", "another", "every", "it", "no", "nothing", "one", "only", "say"),
    *("that", "the", "there", "this", "training"),
)
"""Words that begin a sentence as any other; whatever else stands first may be a name."""


class Refused(Exception):  # noqa: N818 - what it says is no error of the program
    """A request that cannot be met.

    Args:
        status: of HTTP: 400, 403, 404, 409, 413, 429 or 500.
        why: one clear sentence.
        key: the setting that it is about; "" for none.
    """

    def __init__(self, status: int, why: str, key: str = "") -> None:
        super().__init__(why)
        self.status, self.why, self.key = status, why, key


def complaint(text: str) -> tuple[str, str]:
    r"""Return the sentence that a command ended with, and the last line of all that it said.

    Example:
        >>> complaint("seen 512\nerror: the disk is full\n")
        ('the disk is full', 'error: the disk is full')
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else "", lines[-1] if lines else ""


def sentence(text: object) -> str:
    """Write a message as one sentence; the name of a run at its start stays as it is.

    Example:
        >>> sentence("there is no run 'x'; runs: a")
        "There is no run 'x'; runs: a."
    """
    flat = " ".join(str(text).split())
    if not flat:
        return "Something went wrong."
    ended = flat if flat[-1] in ".!?" else f"{flat}."
    first = ended.split()[0]
    return ended[0].upper() + ended[1:] if first in STARTS else ended


def answer(values: Any, status: int = 200) -> Response:
    """Return values as JSON that no cache keeps.

    A number that JSON cannot say (a loss that was not finite) is null.
    """
    body = json.dumps(sayable(values), ensure_ascii=False, allow_nan=False).encode()
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


def sayable(value: Any) -> Any:
    """Return the value with null for every number that JSON cannot say."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {str(name): sayable(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [sayable(each) for each in value]
    return value


def packed(header: dict[str, Any], payload: bytes = b"") -> bytes:
    """Return a binary message: the length of a JSON header, the header, then raw bytes.

    Example:
        >>> packed({"id": 1}, b"xy")[4:]
        b'{"id": 1}xy'
    """
    text = json.dumps(sayable(header), ensure_ascii=False, allow_nan=False).encode()
    return len(text).to_bytes(4, "little") + text + payload


def unpacked(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Take a binary message apart: the header, and what follows it.

    Example:
        >>> unpacked(packed({"id": 1}, b"xy"))
        ({'id': 1}, b'xy')
    """
    size = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + size]), message[4 + size :]
