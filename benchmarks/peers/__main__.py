"""`python -m benchmarks.peers`: install the peers into `.peers/`, from `requirements/peers.txt`."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.peers.asking import ENVIRONMENT, HERE, python

REQUIREMENTS = HERE.parents[1] / "requirements" / "peers.txt"


def main() -> int:
    stamp = ENVIRONMENT / ".stamp"
    if stamp.exists() and stamp.stat().st_mtime >= REQUIREMENTS.stat().st_mtime:
        return 0
    if not python().exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        (ENVIRONMENT / ".gitignore").write_text("*\n", encoding="utf-8")
    pip = [
        str(python()),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    done = subprocess.run([*pip, "-r", str(REQUIREMENTS)])
    if done.returncode == 0:
        stamp.touch()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
