"""Ignore files in git's own semantics: one parsed file of patterns, asked about one directory entry at a time.

The walk asks about every entry on its way down and never enters an ignored directory, so a pattern here only has to
match the entry itself, never something below it; that is how git does it too, and why `!keep/a.sql` cannot bring back a
file of an excluded `keep/`. Patterns become regular expressions that hardly backtrack: an ignore file is input like
any other, and `*a*a*a*a*b` must not hang the walk. Behaviour is compared with git's own in the tests
(https://git-scm.com/docs/gitignore; the details are those of git's dir.c and wildmatch.c).

pathspec was measured and not used: version 1.1 reads `[[:alpha:]]` and a trailing tab differently from git, and a
pattern with five stars costs it 0.7 s on one name of 100 characters, each further star twenty times as much.
"""

from __future__ import annotations

import re
from re import Pattern
from typing import Final

from msgspec import Struct

_BRACKET_CLASSES: Final = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t-\\r",
    "upper": "A-Z",
    "xdigit": "a-fA-F0-9",
}


class Rule(Struct, frozen=True):
    """One line of an ignore file. `anchored` rules match the path below the file's directory, others the bare name."""

    regex: Pattern[str]
    negated: bool
    directories_only: bool
    anchored: bool


class IgnoreRules(Struct, frozen=True):
    """The rules of one file in their order, and a quick test that most entries pass without looking at single rules."""

    rules: tuple[Rule, ...]
    names: frozenset[str]
    suffixes: tuple[str, ...]
    paths: frozenset[str]
    name_regex: Pattern[str] | None
    path_regex: Pattern[str] | None
    anchored: bool
    """Whether any rule looks at the path: if not, callers need not build it."""

    def decide(self, name: str, path: str, directory: bool) -> bool | None:
        """True: ignored; False: kept by a `!` rule; None: these rules do not speak of the entry.

        `path` is relative to the ignore file's directory, with `/` between its parts and none at its end.
        """
        if not (
            name in self.names
            or (self.suffixes and name.endswith(self.suffixes))
            or (self.name_regex is not None and self.name_regex.match(name))
            or (self.anchored and (path in self.paths or (self.path_regex and self.path_regex.match(path))))
        ):
            return None
        for rule in reversed(self.rules):
            if (directory or not rule.directories_only) and rule.regex.match(path if rule.anchored else name):
                return not rule.negated
        return None


def parse_rules(text: str) -> IgnoreRules | None:
    """Read an ignore file; None if it holds no rule. A line git would not understand matches nothing, as in git."""
    rules: list[Rule] = []
    names: set[str] = set()
    suffixes: set[str] = set()
    paths: set[str] = set()
    name_sources: list[str] = []
    path_sources: list[str] = []
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = _strip_trailing_spaces(line.removesuffix("\r"))
        if not pattern or pattern[0] == "#":
            continue
        negated = pattern[0] == "!"
        if negated:
            pattern = pattern[1:]
        directories_only = pattern.endswith("/")
        if directories_only:
            pattern = pattern[:-1]
        anchored = "/" in pattern
        if anchored:
            pattern = pattern.removeprefix("/")
        source = _path_regex(pattern) if anchored else _segment_regex(pattern)
        if not pattern or source is None:
            continue
        rules.append(Rule(re.compile(source + r"\Z", re.DOTALL), negated, directories_only, anchored))
        if not any(c in pattern for c in "*?[\\"):
            (paths if anchored else names).add(pattern)
        elif not anchored and pattern[0] == "*" and not any(c in pattern[1:] for c in "*?[\\"):
            suffixes.add(pattern[1:])
        else:
            (path_sources if anchored else name_sources).append(source)
    if not rules:
        return None
    return IgnoreRules(
        tuple(rules),
        frozenset(names),
        tuple(sorted(suffixes)),
        frozenset(paths),
        _union(name_sources),
        _union(path_sources),
        bool(paths or path_sources),
    )


def _union(sources: list[str]) -> Pattern[str] | None:
    return re.compile("(?:" + "|".join(sources) + r")\Z", re.DOTALL) if sources else None


def _strip_trailing_spaces(line: str) -> str:
    """Drop trailing spaces that no backslash protects."""
    end = 0
    i = 0
    while i < len(line):
        if line[i] == "\\":
            i += 1
            end = min(i + 1, len(line))
        elif line[i] != " ":
            end = i + 1
        i += 1
    return line[:end]


def _path_regex(pattern: str) -> str | None:
    """An anchored pattern: segments, with `**` for any number of directories.

    Between two `**` the leftmost match is as good as any, since the second `**` takes up the slack; so everything
    before the last `**` is atomic and the whole stays polynomial in the path's length.
    """
    parts: list[str] = []
    group_open = False
    segments = _segments(pattern)
    last = len(segments) - 1
    separator = ""
    for i, segment in enumerate(segments):
        if len(segment) > 1 and not segment.strip("*"):
            if i == last:
                parts.append(separator + ".*")
                break
            if group_open and segments[i - 1].strip("*") == "" and len(segments[i - 1]) > 1:
                continue
            parts.append(separator)
            if group_open:
                parts.append(")")
            parts.append("(?>(?:.*?/)??")
            group_open = True
            separator = ""
            continue
        regex = _segment_regex(segment)
        if regex is None:
            return None
        parts.append(separator + regex)
        separator = "/"
    if group_open:
        # The last group is anchored by the end of the path and must be free to look further: not atomic.
        start = max(i for i, part in enumerate(parts) if part == "(?>(?:.*?/)??")
        parts[start] = "(?:(?:.*/)?"
        parts.append(")")
    return "".join(parts)


def _segments(pattern: str) -> list[str]:
    """Split at `/`, but not inside `[…]`, where git takes it for a member that never matches."""
    segments: list[str] = []
    start = i = 0
    while i < len(pattern):
        char = pattern[i]
        i += 1
        if char == "/":
            segments.append(pattern[start : i - 1])
            start = i
        elif char == "\\":
            i += 1
        elif char == "[":
            bracket = _bracket_regex(pattern, i)
            i = bracket[1] if bracket else i
    segments.append(pattern[start:])
    return segments


def _segment_regex(segment: str) -> str | None:
    """One path segment (or bare name) as a regular expression; None if git could never match it."""
    pieces: list[str] = [""]
    i = 0
    while i < len(segment):
        char = segment[i]
        i += 1
        if char == "*":
            if len(pieces) == 1 or pieces[-1]:
                pieces.append("")
        elif char == "?":
            pieces[-1] += "[^/]"
        elif char == "[":
            bracket = _bracket_regex(segment, i)
            if bracket is None:
                return None
            regex, i = bracket
            pieces[-1] += regex
        elif char == "\\":
            if i == len(segment):
                return None
            pieces[-1] += re.escape(segment[i])
            i += 1
        else:
            pieces[-1] += re.escape(char)
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>[^/]*?{piece})" for piece in pieces[1:-1])
    return f"{pieces[0]}{middle}[^/]*{pieces[-1]}"


def _bracket_regex(text: str, i: int) -> tuple[str, int] | None:
    """`[…]` from after its bracket: the regular expression and where the text goes on; None if it never closes."""
    negated = text[i : i + 1] in ("!", "^")
    i += negated
    parts: list[str] = []
    previous = ""
    first = True
    while first or text[i : i + 1] != "]":
        first = False
        char = text[i : i + 1]
        if not char:
            return None
        if char == "[" and text[i + 1 : i + 2] == ":":
            end = text.find(":]", i + 2)
            name = text[i + 2 : end] if end >= 0 else ""
            if name not in _BRACKET_CLASSES:
                return None
            parts.append(_BRACKET_CLASSES[name])
            previous = ""
            i = end + 2
            continue
        if char == "-" and previous and text[i + 1 : i + 2] not in ("", "]"):
            i += 1
            if text[i] == "\\":
                i += 1
            high = text[i : i + 1]
            if not high:
                return None
            if previous <= high:
                parts.append(f"{re.escape(previous)}-{re.escape(high)}")
            previous = ""
            i += 1
            continue
        if char == "\\":
            i += 1
            char = text[i : i + 1]
            if not char:
                return None
        parts.append(re.escape(char))
        previous = char
        i += 1
    inner = "".join(parts)
    return (f"(?!/)[{'^' if negated else ''}{inner}]", i + 1)
