"""The `lineagraph` command: carries out a command line, and turns errors into one line and an exit status.

Exit status: 0 done, 1 finished with errors in files, 2 wrong usage or settings, 3 could not run; 130 after Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import sys

WRONG_USAGE, COULD_NOT_RUN, INTERRUPTED, BROKEN_PIPE = 2, 3, 130, 141


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit status. Raises nothing."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        # here and not above: loading takes most of the time, and an interrupt meanwhile is like any other
        from lineagraph.cli.commands import dispatch
        from lineagraph.cli.output import never_fail_to_encode

        for stream in (sys.stdout, sys.stderr):
            never_fail_to_encode(stream)
        status = dispatch(given)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        _complain("interrupted; what was not finished is not stored")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has seen enough; the interpreter must not complain when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  (said in one line; for a mistake of ours it has the way to its traceback)
        status = _explain(error)
        _abandon_full_output()
        return status


def _abandon_full_output() -> None:
    """What cannot be written to standard output now cannot be written either when the interpreter exits."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: Exception) -> int:
    """Say what went wrong in one line, and return the exit status."""
    from lineagraph.diagnostics import LineagraphError

    if isinstance(error, LineagraphError):
        _complain(str(error))
        return COULD_NOT_RUN if error.could_not_run else WRONG_USAGE
    if isinstance(error, MemoryError):
        _complain("out of memory; ingest fewer files at a time")
    elif isinstance(error, OSError):
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    elif os.environ.get("LINEAGRAPH_TRACEBACK"):
        raise error
    else:
        _complain(
            f"internal error: {type(error).__name__}: {error}; please report it "
            "(LINEAGRAPH_TRACEBACK=1 prints where it happened)"
        )
    return COULD_NOT_RUN


def _complain(message: str) -> None:
    """One line on standard error."""
    from lineagraph.cli.output import one_line

    with contextlib.suppress(OSError, ValueError):  # where nobody listens, the exit status says it
        sys.stderr.write(f"lineagraph: {one_line(message)}\n")


def run() -> None:
    """The entry point of the console script."""
    raise SystemExit(main())


if __name__ == "__main__":
    run()
