"""Tables of text: columns as wide as their contents, the last one wrapped to the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lineagraph.cli.output import Screen, cells, shown

_NARROWEST = 16
"""The last column gets at least so many places, whatever the others take."""


def print_table(
    screen: Screen,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    styles: Sequence[str] = (),
    numbers: Sequence[str] = (),
    margin: str = "  ",
) -> None:
    """Print rows of one-line texts below their headers. `styles` go by column; columns in `numbers` are right-aligned.

    A column that is empty in every row is left out, with its header. Where the columns do not fit beside each other,
    each row is its first text with the others below it.
    """
    kept = [place for place in range(len(headers)) if any(row[place] for row in rows)]
    if not kept:
        return
    names = [headers[place] for place in kept]
    looks = [styles[place] if place < len(styles) else "" for place in kept]
    texts = [[shown(row[place]) for place in kept] for row in rows]
    widths = [max(cells(name), *(cells(row[place]) for row in texts)) for place, name in enumerate(names)]
    if (
        screen.width is not None
        and cells(margin) + sum(widths[:-1]) + 2 * len(widths) + _NARROWEST > screen.width
    ):
        _print_stacked(screen, margin, texts, looks)
        return
    right = [name in numbers for name in names]
    _print_row(screen, margin, names, widths, right, ["dim"] * len(names))
    for row in texts:
        _print_row(screen, margin, row, widths, right, looks)


def _print_stacked(screen: Screen, margin: str, rows: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
    assert screen.width is not None
    before = None
    inner = margin + "    "
    for first, *others in rows:
        if first != before:
            screen.line(margin + screen.paint(first, styles[0]))
            before = first
        line, used = inner, cells(inner)
        for text, style in zip(others, styles[1:], strict=True):
            if not text:
                continue
            if used > cells(inner) and used + 2 + cells(text) > screen.width:
                screen.line(line)
                line, used = inner + "  ", cells(inner) + 2
            gap = "  " if used > cells(inner) + 2 else ""
            line += gap + screen.paint(text, style)
            used += len(gap) + cells(text)
        screen.line(line)


def _print_row(
    screen: Screen,
    margin: str,
    row: Sequence[str],
    widths: Sequence[int],
    right: Sequence[bool],
    styles: Sequence[str],
) -> None:
    head = margin
    used = cells(margin)
    for text, width, is_right, style in list(zip(row, widths, right, styles, strict=True))[:-1]:
        blank = " " * (width - cells(text))
        painted = screen.paint(text, style)
        head += (blank + painted if is_right else painted + blank) + "  "
        used += width + 2
    room = None if screen.width is None else max(screen.width - used, _NARROWEST)
    last = row[-1] if not right[-1] else row[-1].rjust(widths[-1])
    for number, line in enumerate(wrapped(last, room)):
        text = (head if not number else " " * used) + screen.paint(line, styles[-1])
        screen.line(text.rstrip() if not line else text)


def wrapped(text: str, width: int | None) -> Iterator[str]:
    """`text` in lines of at most `width` places, broken at blanks; a longer word gets a line of its own."""
    if width is None or cells(text) <= width:
        yield text
        return
    line = ""
    for word in text.split(" "):
        if line and cells(line) + 1 + cells(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
