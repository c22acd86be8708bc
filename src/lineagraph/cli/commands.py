"""The commands by name, each loaded when it runs or its help is asked for, and how one command line is carried out."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

from lineagraph.cli.options import PlainCommand, PlainGroup, UsageError, did_you_mean

DONE, WRONG_USAGE = 0, 2

COMMANDS = {
    "ingest": "Read files of SQL into the project's graph.",
    "watch": "Keep the graph up to date with files while they change.",
    "trace": "Where a column's values come from, or go to, hop by hop.",
    "impact": "What changes when a column or dataset changes.",
    "show": "All about one dataset, column, routine or file.",
    "search": "Find names that contain or resemble a text, the best first.",
    "analyze": "The lineage of one script, without a project.",
    "export": "Write the whole graph in a form for other programs.",
    "cache": "Look after the cache of what was read from files.",
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


def dispatch(arguments: list[str]) -> int:
    """Carry one command line out and return its exit status.

    Raises `UsageError` and whatever the command raises; `KeyboardInterrupt` where Click makes an `Abort` of it.
    """
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
        message = str(error.format_message()).rstrip(".")
        raise UsageError(f"{message}; `{path} --help` lists what can be given") from None
