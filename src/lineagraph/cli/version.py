"""`lineagraph version`."""

from __future__ import annotations

import sys

from lineagraph.cli.options import JsonOption
from lineagraph.cli.output import print_json
from lineagraph.version import __version__


def version(as_json: JsonOption = False) -> None:
    """Print the version."""
    print_version(as_json)


def print_version(as_json: bool = False) -> None:
    if as_json:
        print_json({"version": __version__, "python": ".".join(map(str, sys.version_info[:3]))})
    else:
        sys.stdout.write(f"lineagraph {__version__}\n")
