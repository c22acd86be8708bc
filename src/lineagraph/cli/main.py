"""The `lineagraph` command: finds a command's module when it is asked for, and turns errors into one line and a status.

Exit status: 0 done, 1 finished with errors in files, 2 wrong usage or settings, 3 could not run; 130 after Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from lineagraph.cli.options import PlainCommand, PlainGroup, UsageError, did_you_mean
from lineagraph.cli.output import never_fail_to_encode, one_line
from lineagraph.diagnostics import LineagraphError

DONE, ERRORS_IN_FILES, WRONG_USAGE, COULD_NOT_RUN, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141

COMMANDS = {
    "ingest": "Read files of SQL into the project's graph.",
    "trace": "Where a column's values come from, or go to, hop by hop.",
    "impact": "What changes when a column or dataset changes.",
    "show": "All about one dataset, column, routine or file.",
    "search": "Find names that contain or resemble a text, the best first.",
    "analyze": "The lineage of one script, without a project.",
    "export": "Write the whole graph in a form for other programs.",
    "doctor": "Check the environment, the settings and the project.",
    "version": "Print the version.",
}
"""Every command and its line of help; `lineagraph.cli.<name>.<name>` runs it. Here, so that help loads no command."""

BadParameter: Any = typer.BadParameter
CommandLineError: Any = BadParameter.__mro__[2]
"""Click's `ClickException`, wherever this Typer has it from."""


class Commands(PlainGroup):
    """The commands of `COMMANDS`, each loaded when it runs or its own help is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"there is no command {args[0]!r}; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def load_command(name: str) -> Any:
    """The Click command of a name in `COMMANDS`."""
    module = import_module(f"lineagraph.cli.{name}")
    single = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    single.command(name, cls=PlainCommand, short_help=COMMANDS[name])(getattr(module, name))
    return typer.main.get_command(single)


def load_commands() -> Any:
    """The group of all commands, as Click has it."""
    app = typer.Typer(
        cls=Commands,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_lineagraph)
    return typer.main.get_command(app)


def _lineagraph(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Column-level lineage of a folder of SQL, as a graph with evidence for every edge.

    Start with `lineagraph ingest PATH`, then `lineagraph trace DATASET.COLUMN`.
    """
    if version:
        from lineagraph.cli.version import print_version

        print_version()
        raise typer.Exit(DONE)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(WRONG_USAGE)


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit status. Raises nothing."""
    for stream in (sys.stdout, sys.stderr):
        never_fail_to_encode(stream)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        status = _dispatch(given)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        _complain("interrupted; what was not finished is not stored")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has seen enough; the interpreter must not complain when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except LineagraphError as error:
        _complain(str(error))
        return _status_of(error)
    except MemoryError:
        _complain("out of memory; ingest fewer files at a time")
        return COULD_NOT_RUN
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return COULD_NOT_RUN
    except Exception as error:
        if os.environ.get("LINEAGRAPH_TRACEBACK"):
            raise
        _complain(
            f"internal error: {type(error).__name__}: {error}; please report it "
            "(LINEAGRAPH_TRACEBACK=1 prints where it happened)"
        )
        return COULD_NOT_RUN


def _dispatch(arguments: list[str]) -> int:
    command = load_commands()
    try:
        with command.make_context("lineagraph", list(arguments)) as context:
            status = command.invoke(context)
            return status if isinstance(status, int) else DONE
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except CommandLineError as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "lineagraph"
        _complain(f"{str(error.format_message()).rstrip('.')}; `{path} --help` lists what can be given")
        return WRONG_USAGE


def _status_of(error: LineagraphError) -> int:
    from lineagraph.store.base import StoreError

    return COULD_NOT_RUN if isinstance(error, StoreError) else WRONG_USAGE


def _complain(message: str) -> None:
    """One line on standard error."""
    with contextlib.suppress(OSError, ValueError):  # where nobody listens, the exit status says it
        sys.stderr.write(f"lineagraph: {one_line(message)}\n")


def run() -> None:
    """The entry point of the console script."""
    raise SystemExit(main())


if __name__ == "__main__":
    run()
