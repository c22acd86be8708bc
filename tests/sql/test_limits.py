"""The limits on parsing: rewritten tokens mean the same, deep recursion has room, and what hangs is interrupted."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import pytest
from sqlglot.errors import ParseError

import lineagraph
from lineagraph.sql import extract as front_door
from lineagraph.sql import lexing, nesting, template_sandbox
from lineagraph.sql.backtracking import without_backtracking
from lineagraph.sql.extract import extract
from lineagraph.sql.facts import is_reproducible
from lineagraph.sql.lexing import TOO_MANY_NODES, toolkit
from lineagraph.sql.overtime import Overtime, within
from lineagraph.sql.stack import FRAMES, deep_recursion, on_large_stack, very_deep_recursion


@pytest.mark.parametrize(
    "dialect", ["", "bigquery", "duckdb", "snowflake", "clickhouse", "spark", "trino", "postgres"]
)
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "STRUCT(" * 8 + "a AS q, c" + ") AS b" * 7 + ") AS z FROM t",
        "SELECT " + "ARRAY[" * 8 + "a, b" + "]" * 8 + " AS z FROM t",
        "SELECT " + "DATE(" * 8 + "a" + ")" * 8 + " AS z, CAST(b AS DECIMAL(10, 2)) FROM t",
        "SELECT " + "TIMESTAMP(DATE(" * 5 + "a" + "))" * 5 + " AS z, b FROM t",
    ],
)
def test_rewritten_tokens_parse_to_the_same_tree(dialect: str, sql: str) -> None:
    tools = toolkit(dialect)
    tokens = tools.tokenize(sql)
    rewritten = without_backtracking(sql, tokens)
    assert rewritten is not tokens, "nothing was rewritten: this tests nothing"
    assert tools.parser.parse(rewritten, sql) == tools.parser.parse(tokens, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t",
        "SELECT STRUCT(STRUCT(STRUCT(a AS b) AS b) AS b) AS b, c, d, e, f, g, h FROM t WHERE i = 1 AND j = 2 AND k = 3",
        "SELECT * FROM a JOIN b JOIN c JOIN d ON a.x = b.x ON b.y = c.y ON c.z = d.z WHERE e IN (1, 2, 3, 4, 5)",
        "SELECT * FROM a" + " JOIN b ON a.x = b.x" * 20,
        "CREATE TABLE t (" + ", ".join(f"c{n} DECIMAL(10, 2)" for n in range(20)) + ")",
    ],
)
def test_ordinary_statements_are_left_alone(sql: str) -> None:
    tokens = toolkit("").tokenize(sql)
    assert without_backtracking(sql, tokens) is tokens


def test_nested_joins_keep_their_conditions() -> None:
    """Only joins whose condition never comes are cross joins; here those of the first FROM, not the others."""
    joined = "SELECT * FROM " + "a JOIN " * 12 + "b"
    sql = f"{joined} UNION ALL SELECT * FROM c JOIN (d JOIN e ON d.x = e.x) ON c.x = d.x JOIN f USING (x)"
    tree = toolkit("").parse(toolkit("").tokenize(sql), sql, 100_000)
    left, right = tree.args["this"], tree.args["expression"]
    assert [join.args.get("kind") for join in left.args["joins"]] == ["CROSS"] * 12
    assert [join.args.get("kind") for join in right.args["joins"]] == [None, None]


def test_too_deep_is_said_before_the_parser_sees_it() -> None:
    sql = "SELECT " + "(" * 5_000 + "a" + ")" * 5_000
    with pytest.raises(RecursionError, match=str(nesting.MAX_DEPTH)):
        toolkit("").parse(toolkit("").tokenize(sql), sql, 100_000)


def test_words_that_nest_without_brackets_do_not_crash() -> None:
    """Every FROM takes 500 bytes of the C stack: this many overflow eight megabytes (measured at 15,000)."""
    sql = "FROM " * 40_000 + "a"
    for _ in range(2):
        tree = toolkit("").parse(toolkit("").tokenize(sql), sql, 10_000_000)
        assert tree is not None
        del tree  # takes it apart on our own stack


def test_more_tokens_than_nodes_are_not_even_tried() -> None:
    sql = "SELECT a" + ", a" * 1_000
    with pytest.raises(ParseError, match=TOO_MANY_NODES):
        toolkit("").parse(toolkit("").tokenize(sql), sql, 1_000)


# -- the clock -----------------------------------------------------------------------------------------------


def spin(seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return "done"


def test_a_call_within_its_time_is_left_alone() -> None:
    assert within(5, lambda: spin(0.01)) == "done"
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_a_call_that_takes_too_long_is_interrupted_and_nothing_after_it() -> None:
    began = time.monotonic()
    with pytest.raises(Overtime):
        within(0.2, lambda: spin(30))
    assert time.monotonic() - began < 5
    assert spin(0.7) == "done"
    assert within(5, lambda: spin(0.01)) == "done"


def test_calls_that_end_when_their_time_does() -> None:
    """An interrupt that comes as the call returns must hit the call or nobody."""
    ended = {"done": 0, "overtime": 0}
    for _ in range(12):
        try:
            within(0.2, lambda: spin(0.3))
            ended["done"] += 1
        except Overtime:
            ended["overtime"] += 1
        spin(0.02)
    assert sum(ended.values()) == 12


def test_each_thread_has_its_own_clock() -> None:
    results: list[str] = []

    def work(seconds: float) -> None:
        try:
            results.append(within(0.5, lambda: spin(seconds)))
        except Overtime:
            results.append("overtime")

    threads = [threading.Thread(target=work, args=(seconds,)) for seconds in (30, 0.01)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["done", "overtime"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing is given up at once, by the clock, where it holds a STRUCT."""
    parse = lexing.Toolkit._parse  # pyright: ignore[reportPrivateUsage]

    def slow(self: lexing.Toolkit, tokens: list[Any], text: str, max_nodes: int) -> Any:
        if any(token.text == "STRUCT" for token in tokens):
            raise Overtime
        return parse(self, tokens, text, max_nodes)

    monkeypatch.setattr(lexing.Toolkit, "_parse", slow)


LONG = "SELECT " + "STRUCT(a, " * 20 + "b" + ")" * 20 + " AS x FROM t"


def test_what_the_clock_ends_is_not_reproducible(impatient: None) -> None:
    facts = extract(f"SELECT a FROM b; {LONG}; SELECT c FROM d")
    assert [(d.code, d.statement) for d in facts.diagnostics] == [("interrupted", 2)]
    assert [s.outcome for s in facts.statements] == ["parsed", "failed", "parsed"]
    assert not is_reproducible(facts)


def test_an_attempt_that_the_clock_ends_is_said(impatient: None) -> None:
    """The parser refuses a command, and what is tried then is given up."""
    facts = extract(f"SELECT a FROM b; UPSERT INTO u {LONG}; SELECT c FROM d")
    assert [(d.code, d.statement) for d in facts.diagnostics if d.code == "interrupted"] == [
        ("interrupted", 2)
    ]
    assert not is_reproducible(facts)


def test_what_is_counted_is_reproducible() -> None:
    columns = ", ".join(f"c{number}" for number in range(5_000))
    facts = extract(f"SELECT {columns} FROM t", budget_seconds=0.01)
    assert [d.code for d in facts.diagnostics] == ["parse-timeout"]
    assert is_reproducible(facts)
    assert is_reproducible(extract("SELECT " + "(" * 5_000 + "a"))


def test_want_of_memory_is_not_reproducible(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(lexing.Toolkit, "_parse", without_memory)
        assert not is_reproducible(extract("SELECT a FROM b"))
    with monkeypatch.context() as patched:
        patched.setattr(front_door, "read_statement_tree", without_memory)
        assert not is_reproducible(extract("SELECT a FROM b"))


def test_a_template_that_runs_out_of_time_is_not_reproducible(monkeypatch: pytest.MonkeyPatch) -> None:
    template = "{% for i in range(9) %}SELECT {{ i }} AS x FROM t;{% endfor %}"
    assert is_reproducible(extract(template))
    monkeypatch.setattr(template_sandbox, "MAX_SECONDS", -1)
    facts = extract(template)
    assert "interrupted" in {d.code for d in facts.diagnostics}
    assert not is_reproducible(facts)


# -- the stack -----------------------------------------------------------------------------------------------


def down(levels: int) -> int:
    return 0 if levels == 0 else 1 + down(levels - 1)


def test_room_to_recurse_is_given_and_taken_back() -> None:
    usual = sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        down(usual)
    with deep_recursion():
        assert down(FRAMES - 500) == FRAMES - 500
        with very_deep_recursion():
            assert down(100_000) == 100_000
        assert sys.getrecursionlimit() == FRAMES
    assert sys.getrecursionlimit() == usual


def test_only_one_thread_goes_deeper_and_alone() -> None:
    """Lowering the limit below where another thread stands would end the process."""
    order: list[str] = []
    entered, may_go = threading.Event(), threading.Event()

    def deep() -> None:
        with deep_recursion(), deep_recursion():
            entered.set()
            may_go.wait(10)
            order.append("deep")
            with very_deep_recursion(), deep_recursion():  # its own hold does not keep it waiting
                order.append("upgraded")
                down(50_000)

    def deeper() -> None:
        with very_deep_recursion():
            order.append("deeper")
            down(50_000)

    first = threading.Thread(target=deep)
    first.start()
    entered.wait(10)
    second = threading.Thread(target=deeper)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "it did not wait"
    assert order == []
    may_go.set()
    first.join(20)
    second.join(20)
    assert sorted(order) == ["deep", "deeper", "upgraded"]
    assert order[0] == "deep"


def test_a_large_stack_hands_on_results_and_errors() -> None:
    size = threading.stack_size()
    assert on_large_stack(lambda: 42, 10_000) == 42
    with pytest.raises(ZeroDivisionError):
        on_large_stack(lambda: 1 // 0, 10_000)
    with pytest.raises(RecursionError, match="tokens"):
        on_large_stack(lambda: 42, 1 << 40)
    assert threading.stack_size() == size


def test_deep_scripts_and_templates_in_threads_at_once() -> None:
    """A chain of views needs Python's limit raised; a template that calls itself needs it where it is."""
    views = (
        "".join(f"CREATE VIEW v{n} AS SELECT * FROM v{n + 1};" for n in range(1_500))
        + "CREATE TABLE v1500 (a INT);"
    )
    template = "{% macro m(x) %}{{ m(x) }}{% endmacro %}SELECT {{ m(1) }} FROM t"
    wrong: list[str] = []

    def work(sql: str, expected: str) -> None:
        for _ in range(3):
            analysis = lineagraph.analyze(sql)
            if expected not in {str(found.code) for found in analysis.diagnostics} | set(analysis.targets):
                wrong.append(expected)

    threads = [
        threading.Thread(target=work, args=arguments)
        for arguments in ((views, "v0"), (template, "template-error")) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_parsing_of_long_statements_stays_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """They are parsed in a thread of their own, whose log is ours as well."""
    sql = "ALTER TABLE t SOMETHING ODD " + ", ".join(f"c{n}" for n in range(lexing.INLINE_TOKENS))
    lineagraph.analyze(sql, "tsql")
    assert not caplog.messages
