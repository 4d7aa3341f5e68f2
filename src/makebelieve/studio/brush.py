"""The process that answers for trained models: `python -m makebelieve.studio.brush`.

Asks come in on standard input and answers go out on standard output, each behind its length. The
process ends when its input ends, however that comes about.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import IO, TYPE_CHECKING, Any

from makebelieve.errors import InputError
from makebelieve.studio.messages import packed, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main", "reply", "serve"]

COUNTED = 4  # bytes of the length before each ask and each answer
MOST = 64 << 20  # bytes of an answer


def reply(
    ask: dict[str, Any], answer: Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]
) -> bytes:
    """Return the whole answer to one ask; what goes wrong is one sentence in it."""
    try:
        header, payload = answer(ask)
        if len(payload) > MOST:
            raise InputError("that is more than one answer can carry: ask for fewer pictures")
        return packed({"id": ask.get("id"), "ok": True, **header}, payload)
    except (InputError, OSError) as error:
        return packed({"id": ask.get("id"), "ok": False, "error": sentence(error)})
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        traceback.print_exc()
        what = f"the studio could not make sense of this ask ({type(error).__name__}: {error})"
        return packed({"id": ask.get("id"), "ok": False, "error": sentence(what)})
    except Exception as error:  # noqa: BLE001 - one ask must not end the others
        traceback.print_exc()
        what = f"the model could not answer ({type(error).__name__}: {error})"
        return packed({"id": ask.get("id"), "ok": False, "error": sentence(what)})


def serve(
    asks: IO[bytes], answers: IO[bytes],
    answer: Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]],
) -> None:  # fmt: skip
    """Answer one ask after the other until the input ends."""
    while len(size := asks.read(COUNTED)) == COUNTED:
        wanted = int.from_bytes(size, "little")
        text = asks.read(wanted)
        if len(text) < wanted:
            return
        whole = reply(json.loads(text), answer)
        answers.write(len(whole).to_bytes(COUNTED, "little") + whole)
        answers.flush()


def main() -> None:
    """Answer until the input ends."""
    # Whatever a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    import torch

    from makebelieve.studio.asks import Easel

    torch.set_num_threads(1)  # the other cores belong to the trainers and to the browser
    try:
        serve(sys.stdin.buffer, answers, Easel().answer)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the studio is gone


if __name__ == "__main__":
    main()
