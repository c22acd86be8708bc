"""One ignore file, read and matched by pathspec: what is added here is limits, line numbers and speed.

The walk asks about every entry on its way down and never enters an ignored directory, so a rule has to match the entry
itself and never one above it; that is how git does it too, and why `!keep/a.sql` cannot bring back a file of an
excluded `keep/`. pathspec is made to be asked about files only: of a directory's path it cannot tell `a` from what
`a/**` means. So a rule that ends in `/` is given to it without the slash, and only in the set asked about directories.

Of most rules one can tell from their text that no name with the ending of an SQL file fits (`*.pyc`, `.env`, `*.log`):
`NameScreen` keeps the few of which one cannot, so that most files are asked about nothing at all.

Where pathspec reads a pattern differently from git, pathspec's reading holds (docs/adr/0012-ignore-files.md).
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import Pattern
from typing import Final

from msgspec import Struct
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

LONGEST_LINE: Final = 1_000
"""Characters. A file name has at most 255."""

MOST_RULES: Final = 10_000
"""Per file; compiling so many takes about a second. The longest list in github.com/github/gitignore has 705."""

MOST_STARS: Final = 4
"""Per line, counted by `_stars`. pathspec's expressions backtrack: over one name of 255 characters a rule with three
stars to try takes at most 4 ms, with four 250 ms, with five more than 8 s. Every Node project has one with four."""

MOST_DOUBLE_STARS: Final = 2
"""Per line, of those. Over a path of 2,000 directories two take 40 ms, three more than 8 s."""

MOST_SLOW_RULES: Final = 10
"""Per file, of rules with three or four stars to try."""

_REMEMBERED: Final = 64
"""Texts of ignore files whose rules are kept: a watched folder is looked through again and again."""

_LAST_CLASS: Final = re.compile(r"(?P<before>[^\[\]\\]*)\[(?P<members>[A-Za-z0-9]+)\]")
"""The last part of a rule that ends in a plain class of characters, as in `*.py[cod]`."""

# Which warnings are errors is a setting of the whole process, so two threads may not change it at once.
_WARNINGS: Final = threading.Lock()


class BadLine(Struct, frozen=True):
    """A line that was left out, counted from 1, and why, as the end of a sentence about it."""

    line: int
    reason: str


class NameScreen(Struct, frozen=True):
    """What the name of a file must look like for any rule of one ignore file to match it. Says yes too often."""

    heads: tuple[str, ...]
    tails: tuple[str, ...]
    everything: bool
    """There is a rule of which neither beginning nor end is known, such as `*tmp*` or `a/**`."""

    def passes(self, name: str) -> bool:
        return self.everything or name.endswith(self.tails) or name.startswith(self.heads)


class IgnoreRules(Struct, frozen=True):
    """The rules of one file, once for files and once for directories, and a quick test that most entries fail."""

    for_files: GitIgnoreSpec
    for_directories: GitIgnoreSpec
    screens: tuple[Pattern[str], ...]
    """If none of these is found in a path, no rule matches it: asking pathspec is 12 times slower with 90 rules."""
    last_parts: tuple[str, ...]
    """Of each rule for files, what has to match the file's own name."""

    def name_screen(self, endings: Sequence[str]) -> NameScreen | None:
        """The test for files whose names, in lower case, end in one of `endings`; None: no rule can match one."""
        heads: dict[str, None] = {}
        tails: dict[str, None] = {}
        everything = False
        for part in self.last_parts:
            possible = [tail for tail in _tails(part) if _may_end(tail.lower(), endings)]
            if not possible:
                continue
            # An end that all those files have tells nothing; the rule's beginning may.
            telling = all(tail and not any(e.endswith(tail.lower()) for e in endings) for tail in possible)
            head = re.split(r"[*?\[\\]", part, maxsplit=1)[0]
            if telling:
                tails.update(dict.fromkeys(possible))
            elif head:
                heads[head] = None
            else:
                everything = True
        return NameScreen(tuple(heads), tuple(tails), everything) if heads or tails or everything else None

    def decide(self, path: str, directory: bool) -> bool | None:
        """True: ignored; False: kept by a `!` rule; None: these rules do not speak of the entry.

        `path` is relative to the ignore file's directory, with `/` between its parts and none at its end.
        """
        for screen in self.screens:
            if screen.search(path):
                break
        else:
            return None
        spec = self.for_directories if directory else self.for_files
        result = spec.check_file(path, ())
        if result.index is None:
            return None
        found = spec.patterns[result.index].match_file(path)
        # The only group in pathspec's expressions is the slash after a directory above the entry. The library prefers
        # rules that match the entry itself, so if this one does not, none does.
        return None if found is None or found.match.lastgroup is not None else result.include


@lru_cache(maxsize=_REMEMBERED)
def parse_rules(text: str) -> tuple[IgnoreRules | None, tuple[BadLine, ...]]:
    """Read an ignore file: its rules (None if there are none), and the lines that could not be taken for one."""
    files: list[GitIgnoreSpecPattern] = []
    last_parts: list[str] = []
    directories: list[GitIgnoreSpecPattern] = []
    bad: list[BadLine] = []
    slow = 0
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.removesuffix("\r")
        # pathspec strips the same; done here because a slash may be under the blanks.
        rule = line if line.endswith("\\ ") else line.rstrip()
        if not rule or rule.startswith("#"):
            continue
        if len(directories) + len(bad) == MOST_RULES:
            bad.append(BadLine(number, f"and those below it are too many: {MOST_RULES:,} rules are the most"))
            break
        stars, double_stars = _stars(rule)
        slow += 2 < stars <= MOST_STARS
        if len(rule) > LONGEST_LINE:
            pattern = f"is longer than {LONGEST_LINE:,} characters"
        elif stars > MOST_STARS or double_stars > MOST_DOUBLE_STARS:
            pattern = "has too many stars: to try where they match could take for ever"
        elif stars > 2 and slow > MOST_SLOW_RULES:
            pattern = f"is one of more than {MOST_SLOW_RULES} with many stars, which are slow to match"
        else:
            pattern = _compile(rule.removesuffix("/"))
        if isinstance(pattern, str):
            bad.append(BadLine(number, pattern))
            continue
        directories.append(pattern)
        if not rule.endswith("/"):
            files.append(pattern)
            last_parts.append(rule.removeprefix("!").rpartition("/")[2])
    if not directories:
        return None, tuple(bad)
    # "simple" by name: by default pathspec takes whichever engine is installed, and they differ in odd names.
    rules = IgnoreRules(
        GitIgnoreSpec(files, backend="simple"),
        GitIgnoreSpec(directories, backend="simple"),
        _screens([pattern.regex.pattern for pattern in directories if pattern.regex is not None]),
        tuple(dict.fromkeys(last_parts)),
    )
    return rules, tuple(bad)


def _tails(part: str) -> list[str]:
    """What a name may end with that this last part of a rule matches; the empty text where it is not known."""
    found = _LAST_CLASS.fullmatch(part)
    if found is None:
        # Behind the last character that may be special all are what they are.
        ends = [part[max(part.rfind(special) for special in "*?[]\\") + 1 :]]
    else:
        before = found["before"]
        before = before[max(before.rfind("*"), before.rfind("?")) + 1 :]
        ends = [before + member for member in found["members"]]
    # Python's `$` matches before a line break at the very end, too.
    return [*ends, *(f"{end}\n" for end in ends if end)]


def _may_end(tail: str, endings: Sequence[str]) -> bool:
    return any(tail.endswith(ending) or ending.endswith(tail) for ending in endings)


def _compile(rule: str) -> GitIgnoreSpecPattern | str:
    """One line as pathspec understands it, or why it is left out."""
    try:
        if "[" not in rule:
            pattern = GitIgnoreSpecPattern(rule)
        else:
            # `[[:alpha:]]` gets here: Python's expressions have no such classes, and warn that the brackets look odd.
            with _WARNINGS, warnings.catch_warnings():
                warnings.simplefilter("error", FutureWarning)
                pattern = GitIgnoreSpecPattern(rule)
    except FutureWarning:
        return "has a character class of a kind that is not supported"
    except (ValueError, re.error):
        return "is not a valid pattern"
    return pattern if pattern.include is not None else "can match nothing"


def _stars(rule: str) -> tuple[int, int]:
    """How many stars a match has to try out, and how many of them are `**`.

    A star that ends its part of the path is not one of them: it takes the rest of the name, there is nothing to try.
    """
    parts = rule.split("/")
    double_stars = sum(part == "**" for part in parts[:-1])
    others = sum(part.removesuffix("*").count("*") for part in parts if part != "**")
    return double_stars + others, double_stars


def _screens(expressions: Iterable[str]) -> tuple[Pattern[str], ...]:
    """Few expressions that find what any of the given ones finds.

    Most of pathspec's begin and end alike. Taken out of the alternatives, that beginning is tried once instead of
    once per rule, which is a fifth of the time; what does not look so is left as it is.
    """
    anywhere, _, end = str(GitIgnoreSpecPattern.pattern_to_regex("x")[0]).partition("x")
    bodies: dict[str, list[str]] = {anywhere: [], "^": []}
    screens: list[Pattern[str]] = []
    for expression in dict.fromkeys(expressions):
        start = next((start for start in bodies if expression.startswith(start)), None)
        if start is None or not expression.endswith(end):
            screens.append(re.compile(expression))
        else:
            bodies[start].append(expression[len(start) : len(expression) - len(end)])
    for start, alternatives in bodies.items():
        if alternatives:
            screens.append(re.compile(f"{start}(?:{'|'.join(alternatives)}){end}"))
    return tuple(screens)
