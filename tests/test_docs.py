"""Every example in README.md and docs/ is run, and every diagnostic has its row.

A `python` block runs after those before it on its page, and a `text` block right behind it is what it prints.
A `console` block holds commands after `$ ` and what they print; one that fails must be followed by `$ echo $?`.
Commands run in a scratch folder with `examples/` in it. `make` commands are checked to name targets, not run: `make
test` is what runs this. `…` in expected output stands for anything in its line, a line of only `…` for any lines;
durations and rates may differ. Other blocks must be of a language listed below, so that no example goes unrun by a
slip of the pen. With `make docs ACCEPT=1` the pages are given what is really printed; read the difference before you
commit it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lineagraph.diagnostics import Code

ROOT = Path(__file__).resolve().parents[1]
# Figures of one machine on one day are no examples.
NOT_EXAMPLES = {ROOT / "docs" / "status.md"}
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if page not in NOT_EXAMPLES
]
ACCEPT = bool(os.environ.get("LINEAGRAPH_DOCS_ACCEPT"))
NOT_RUN = {"text", "sql", "mermaid", "json", "jsonl", "yaml", "toml", "cypher", "sh", "diff"}
FENCE = re.compile(r"^```(?P<language>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
MEASURED = re.compile(r"[\d.,]+ ?(?:ms|s|MB|files/s|statements/s)(?!\w)")


class Block(NamedTuple):
    language: str
    body: str
    line: int
    directly_after_previous: bool


def blocks_of(text: str) -> list[Block]:
    blocks: list[Block] = []
    end = 0
    for match in FENCE.finditer(text):
        follows = bool(blocks) and not text[end : match.start()].strip()
        line = text.count("\n", 0, match.start()) + 2
        blocks.append(Block(match["language"].strip(), match["body"], line, follows))
        end = match.end()
    return blocks


def agrees(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows, but for `…`, measured values and spaces at line ends."""

    def lines(text: str) -> list[str]:
        return [line.rstrip() for line in MEASURED.sub("#", text).strip("\n").splitlines()]

    pattern = ""
    for line in lines(expected):
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.split("…")) + "\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines(printed))) is not None


def commands_of(body: str) -> Iterator[tuple[str, str, int]]:
    """Each command of a console block with its expected output and its line; a trailing backslash goes on."""
    command, output, start = "", [], 0
    continued = False
    for number, line in enumerate(body.splitlines()):
        if continued:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield command, "\n".join(output), start
            command, output, start = line[2:], [], number
        else:
            output.append(line)
        continued = command.endswith("\\") and not output
    if command:
        yield command, "\n".join(output), start


class Page:
    """One page being run: its scratch folder, the names its python blocks made, the last exit status."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self.scratch = scratch
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.status = 0
        self.accepted: list[tuple[int, str, str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LINEAGRAPH_")},
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "COLUMNS": "110",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }

    def fail(self, line: int, problem: str) -> None:
        pytest.fail(f"{self.path.relative_to(ROOT)}:{line}: {problem}", pytrace=False)

    def compare(self, line: int, expected: str, printed: str) -> None:
        """Fails unless the page shows, from `line` on, what was printed; or notes it for `accept`."""
        if agrees(expected, printed):
            return
        if not ACCEPT:
            self.fail(
                line, f"the page shows\n{expected.rstrip()}\n\nbut this was printed:\n{printed.rstrip()}"
            )
        self.accepted.append((line, expected, printed))

    def accept(self) -> None:
        """Writes what was printed into the page, from the bottom up, so that line numbers stay right."""
        lines = self.path.read_text().splitlines()
        for line, expected, printed in reversed(self.accepted):
            shown = [text.rstrip() for text in printed.strip("\n").splitlines()]
            lines[line - 1 : line - 1 + len(expected.splitlines())] = shown
        if self.accepted:
            self.path.write_text("\n".join(lines) + "\n")

    def run_python(self, block: Block, shown: Block | None) -> None:
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.body, str(self.path), "exec")
        with contextlib.chdir(self.scratch), contextlib.redirect_stdout(printed):
            exec(code, self.names)
        if shown:
            self.compare(shown.line, shown.body, printed.getvalue())
        elif printed.getvalue():
            self.fail(block.line, f"no `text` block shows what is printed:\n{printed.getvalue()}")

    def run_console(self, block: Block) -> None:
        if not block.body.startswith("$ "):
            self.fail(block.line, "a console block starts with a command: `$ …`")
        for command, expected, offset in commands_of(block.body):
            line = block.line + offset
            if command == "echo $?":
                self.compare(line + 1, expected, str(self.status))
                self.status = 0
                continue
            if self.status:
                self.fail(line, f"the command before ended with {self.status}, and no `$ echo $?` shows it")
            if command.startswith("make"):
                self.check_make(command, line)
                continue
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.scratch,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
            )
            self.status = done.returncode
            self.compare(line + 1 + command.count("\n"), expected, done.stdout)
        if self.status:
            self.fail(block.line, f"the last command ended with {self.status}, and no `$ echo $?` shows it")

    def check_make(self, command: str, line: int) -> None:
        dry = subprocess.run(
            ["bash", "-c", command.replace("make", "make --dry-run", 1)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={
                name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
            },
        )
        if dry.returncode:
            self.fail(line, dry.stderr)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_do_what_the_page_shows(path: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    page = Page(path, tmp_path)
    blocks = blocks_of(path.read_text())
    for index, block in enumerate(blocks):
        after = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.language == "python":
            shown = after if after and after.directly_after_previous and after.language == "text" else None
            page.run_python(block, shown)
        elif block.language == "console":
            page.run_console(block)
        elif block.language not in NOT_RUN:
            page.fail(block.line, f"a block of language {block.language!r} is neither run nor known")
    page.accept()


@pytest.mark.skipif(ACCEPT, reason="differences are being accepted")
def test_the_runner_finds_differences(tmp_path: Path) -> None:
    page = Page(ROOT / "README.md", tmp_path)
    wrong = [
        Block("console", "$ echo one\ntwo\n", 1, False),
        Block("console", "$ false\n", 1, False),
        Block("console", "$ make no-such-target\n", 1, False),
        Block("console", "no command\n", 1, False),
    ]
    for block in wrong:
        page.status = 0
        with pytest.raises(pytest.fail.Exception):
            page.run_console(block)
    with pytest.raises(pytest.fail.Exception):
        page.run_python(Block("python", "print(1)", 1, False), Block("text", "2", 4, True))
    with pytest.raises(pytest.fail.Exception):
        page.run_python(Block("python", "print(1)", 1, False), None)
    page.status = 0
    page.run_console(
        Block("console", "$ echo one 3.5 s; \\\necho two; false\none 1 s\n…\n$ echo $?\n1\n", 1, False)
    )


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a … c", "a b c", True),
        ("a …", "b c", False),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nb\nc", False),
        ("in 1.2 s", "in 0.93 s", True),
        ("3 files", "4 files", False),
        ("", "something", False),
    ],
)
def test_expected_output_is_compared(expected: str, printed: str, same: bool) -> None:
    assert agrees(expected, printed) is same


def test_every_diagnostic_has_its_row() -> None:
    page = (ROOT / "docs" / "diagnostics.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", page, re.MULTILINE)
    described = [code for code, _, _ in rows if code not in {"error", "warning", "info"}]
    assert sorted(described) == sorted(Code)


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [*PAGES, ROOT / "examples" / "README.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
