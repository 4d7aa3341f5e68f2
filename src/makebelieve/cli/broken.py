"""What ends a command badly, as one sentence and an exit code."""

from __future__ import annotations

import errno
import os
import re

import click

from makebelieve.errors import InputError, TrainingError

__all__ = ["FAILED", "INTERRUPTED", "MISTAKE", "explain"]

MISTAKE, FAILED, INTERRUPTED = 2, 3, 130

# What a person can mend. Anything else is a fault of the program and keeps its traceback.
MENDABLE = {
    errno.ENOSPC: "free some space, or choose a folder on another disk",
    errno.EDQUOT: "free some space, or choose a folder on another disk",
    errno.EFBIG: "the system limits how large a file may be: raise it, or choose another disk",
    errno.EACCES: "choose a place that you may use",
    errno.EPERM: "choose a place that you may use",
    errno.EROFS: "choose a folder that can be written",
    errno.EIO: "the disk or the connection to it may be failing",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "give a file, not a folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "close some programs, or raise the limit with ulimit -n",
    errno.ENOMEM: "close some programs, or use smaller pictures or batches",
    errno.ETXTBSY: "close the program that uses it",
}


def explain(error: BaseException) -> int | None:
    """Say on stderr what went wrong, and return the exit code.

    Args:
        error: what a command raised.

    Returns:
        2 for a mistake, 3 for failed training, 130 for an interruption; None where the error is
        the program's own fault and its traceback should be seen.
    """
    match error:
        case InputError():
            return say(str(error), MISTAKE)
        case TrainingError():
            return say(str(error), FAILED)
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            return say("interrupted", INTERRUPTED, prefix="")
        case click.UsageError():
            return say(usage(error), MISTAKE)
        case click.ClickException():
            return say(sentence(error.format_message()), MISTAKE)
        case OSError() if error.errno in MENDABLE:
            return say(disk(error.errno, error.filename), MISTAKE)
    # safetensors, written in another language, keeps the system's number in its text.
    number = re.search(r"\(os error (\d+)\)", str(error))
    if number and int(number[1]) in MENDABLE:
        return say(disk(int(number[1]), None), MISTAKE)
    return None


def say(text: str, code: int, prefix: str = "error: ") -> int:
    """Write one sentence on stderr and pass the code on."""
    click.echo(prefix + text, err=True)
    return code


def usage(error: click.UsageError) -> str:
    """Turn click's words about wrong arguments into one sentence."""
    text = sentence(error.format_message())
    if error.ctx is None or "--help" in text:
        return text
    return f"{text} (see {error.ctx.command_path} --help)"


def sentence(text: str) -> str:
    """Write a message as the rest of a line.

    Example:
        >>> sentence("No such option: --x.")
        'no such option: --x'
    """
    flat = " ".join(text.split()).rstrip(".").replace(". Did you", "; did you")
    # A word all in capitals is the name of an argument.
    return flat if flat[:2].isupper() else flat[:1].lower() + flat[1:]


def disk(number: int, name: object) -> str:
    """Say what the system refused, where, and what may help."""
    what = os.strerror(number).lower()
    where = f"{os.fsdecode(name)}: " if isinstance(name, (str, bytes)) else ""
    return f"{where}{what}; {MENDABLE[number]}"
