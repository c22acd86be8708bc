"""`python -m benchmarks [names] [--json]`: run the benchmarks one after another, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.peers.__main__ import main as install_peers

ALL = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or ALL
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    if {"peers", "speed"} & set(names) and "--no-peers" not in options and (code := install_peers()):
        return code
    return max(
        subprocess.run([sys.executable, "-m", f"benchmarks.bench_{name}", *options]).returncode
        for name in names
    )


if __name__ == "__main__":
    sys.exit(main())
