"""SQL that nobody would write and somebody will: texts by name, at most a few megabytes together."""

# ruff: noqa: E501 (a text is easier to judge in one line)

from __future__ import annotations


def texts() -> dict[str, str]:
    """Each is valid SQL of absurd size, or close to SQL; none may cost more than itself."""
    return {**deep(), **long(), **recursive(), **odd(), **templated()}


def nested(before: str, core: str, after: str, levels: int) -> str:
    return before * levels + core + after * levels


def deep() -> dict[str, str]:
    """Nesting: of what has brackets, and of what needs none."""
    found: dict[str, str] = {}
    for levels in (100, 10_000):
        brackets = {
            "parentheses": ("SELECT ", "(", "a", ")", " FROM t"),
            "case": ("SELECT ", "CASE WHEN a THEN ", "b", " END", " FROM t"),
            "subqueries": ("SELECT * FROM ", "(SELECT * FROM ", "t", ") AS x", ""),
            "scalars": ("SELECT ", "(SELECT ", "a FROM t", " FROM t)", ""),
            "exists": ("SELECT 1 FROM t WHERE ", "EXISTS (SELECT 1 FROM t WHERE ", "a = 1", ")", ""),
            "ctes": ("", "WITH a AS (", "SELECT * FROM t", ") SELECT * FROM a", ""),
            "structs": ("SELECT ", "STRUCT(", "a", " AS b)", " FROM t"),
            "arrays": ("SELECT ", "ARRAY[", "a", "]", " FROM t"),
            "lists": ("SELECT ", "[", "a", "]", " FROM t"),
            "maps": ("SELECT ", "MAP(1, ", "a", ")", " FROM t"),
            "casts": ("SELECT ", "CAST(", "a", " AS DATE)", " FROM t"),
            "dates": ("SELECT ", "DATE(", "a", ")", " FROM t"),
            "windows": ("SELECT ", "SUM(x) OVER (ORDER BY ", "a", ")", " FROM t"),
            "types": ("CREATE TABLE t (a ", "ARRAY<", "INT", ">", ")"),
            "calls": ("SELECT ", "f(a, ", "b", ")", " FROM t"),
            "lambdas": ("SELECT ", "f(x -> ", "b", ")", " FROM t"),
        }
        for name, (start, before, core, after, end) in brackets.items():
            found[f"{name} {levels}"] = start + nested(before, core, after, levels) + end
            found[f"{name} unclosed {levels}"] = start + before * levels + core
        found[f"blocks {levels}"] = "BEGIN " * levels + "INSERT INTO q SELECT a FROM t; " + "END; " * levels
        found[f"ifs {levels}"] = (
            "CREATE PROCEDURE p() BEGIN "
            + nested("IF x THEN ", "INSERT INTO q SELECT a FROM t; ", "END IF; ", levels)
            + "END"
        )
    for words in (
        "NOT",
        "-",
        "FROM",
        "SELECT",
        "SELECT a FROM",
        "SELECT INTO",
        "IF",
        "[ END",
        "< UNION",
        "a JOIN",
        "CASE",
        "WITH",
        "INTERVAL",
        "EXPLAIN",
        "BEGIN",
        "CREATE",
        "DISTINCT",
        "x ->",
        "a BETWEEN",
        "GO\n",
    ):
        found[f"{words.strip()} over and over"] = "SELECT " + f"{words} " * 4_000 + "a FROM t"
    body = "INSERT INTO t SELECT 1"
    for level in range(60):
        body = f"CREATE FUNCTION f{level}() RETURNS int AS $b{level}$ BEGIN {body}; END $b{level}$ LANGUAGE plpgsql"
    found["functions in functions"] = body
    dynamic = "SELECT a FROM t"
    for _ in range(11):
        dynamic = "EXEC('" + dynamic.replace("'", "''") + "')"
    found["dynamic SQL in dynamic SQL"] = dynamic
    return found


def long() -> dict[str, str]:
    """Lists and chains."""
    many = range(10_000)
    return {
        "union all": "INSERT INTO q "
        + " UNION ALL ".join(f"SELECT a{n % 7} AS x FROM s{n % 50}" for n in range(5_000)),
        "unions of two kinds": "INSERT INTO q "
        + "".join(f"SELECT a FROM s{n % 9} UNION {'ALL' if n % 2 else ''} " for n in range(1_000))
        + "SELECT a FROM s",
        "except": "INSERT INTO q " + " EXCEPT ".join(f"SELECT a FROM s{n % 50}" for n in range(1_000)),
        **{
            f"chain of {operator}": "SELECT " + f" {operator} ".join(f"c{n}" for n in many) + " AS x FROM t"
            for operator in ("+", "-", "/", "||", "AND", "=", "->", "::int ::", ".", "IS NOT", "?", ":")
        },
        "subscripts": "SELECT a" + "[1]" * 10_000 + " FROM t",
        "casts": "SELECT a" + "::int" * 10_000 + " FROM t",
        "CTE chain": "WITH c0 AS (SELECT * FROM t)"
        + "".join(f", c{n} AS (SELECT * FROM c{n - 1})" for n in range(1, 2_000))
        + " SELECT * FROM c1999",
        "CTE chain of joins": "WITH c0 AS (SELECT a FROM t)"
        + "".join(
            f", c{n} AS (SELECT x.a FROM c{n - 1} x JOIN c{n - 1} y ON x.a = y.a)" for n in range(1, 1_000)
        )
        + " SELECT * FROM c999",
        "3,000 columns": "INSERT INTO q SELECT "
        + ", ".join(f"c{n} + d AS x{n}" for n in range(3_000))
        + " FROM t JOIN u ON t.i = u.i",
        "VALUES": "INSERT INTO q (a, b) VALUES " + ", ".join(f"({n}, 'x{n}')" for n in range(100_000)),
        "VALUES with subqueries": "INSERT INTO q VALUES "
        + ", ".join(f"({n}, (SELECT max(a) FROM s))" for n in range(2_000)),
        "IN list": "SELECT a FROM t WHERE a IN (" + ", ".join(str(n) for n in range(50_000)) + ")",
        "branches of a case": "SELECT CASE "
        + " ".join(f"WHEN a{n} = {n} THEN b{n}" for n in range(5_000))
        + " END AS x FROM t",
        "columns of a table": "CREATE TABLE q (" + ", ".join(f"c{n} INT" for n in range(10_000)) + ")",
        "joins": "SELECT "
        + ", ".join(f"t{n}.a" for n in range(1_000))
        + " FROM t0 "
        + " ".join(f"JOIN t{n} ON t{n}.k = t{n - 1}.k" for n in range(1, 1_000)),
        "joins without a condition": "SELECT * FROM " + "a JOIN " * 2_000 + "t",
        "natural joins": "SELECT * FROM t0 " + " ".join(f"NATURAL JOIN t{n}" for n in range(500)),
        "chain of pivots": "SELECT * FROM t" + " PIVOT (SUM(a) FOR b IN (1))" * 1_000,
        "chain of tables": "CREATE TABLE t0 (a INT);"
        + "".join(f"CREATE TABLE t{n + 1} AS SELECT * FROM t{n};" for n in range(2_000)),
        "views before what they read": "".join(
            f"CREATE VIEW v{n} AS SELECT * FROM v{n + 1};" for n in range(2_000)
        ),
        "chain of temporary tables": "CREATE TEMP TABLE t0 AS SELECT * FROM s;"
        + "".join(f"CREATE TEMP TABLE t{n + 1} AS SELECT * FROM t{n};" for n in range(1_000)),
        "statements": "SELECT a FROM t;" * 5_000,
        "broken statements": "SELECT FROM WHERE ((;\n" * 1_000,
        "one line": "SELECT '" + "a" * 2_000_000 + "' AS x FROM t",
        "one name": "SELECT " + "a" * 1_000_000 + " FROM t",
        "semicolons": ";" * 100_000,
        "a comment that never ends": "SELECT a FROM t /* " + "x " * 200_000,
        "a quote that never ends": "SELECT a FROM t WHERE b = 'x" + " y" * 200_000,
        "quotes": "'" * 99_999,
        "double quotes": '"' * 99_999,
        "backticks": "`" * 99_999,
        "dollars": "".join(f"$t{n}$ " for n in range(5_000)),
        "delimiters": "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\n" * 300,
        "copied data": "COPY t (a, b) FROM stdin;\n" + "1\t'2\n" * 20_000,
    }


def recursive() -> dict[str, str]:
    """What mentions itself."""
    return {
        "no anchor": "WITH RECURSIVE r AS (SELECT a, b + 1 AS b FROM r) INSERT INTO q SELECT * FROM r",
        "a star of itself": "WITH RECURSIVE r AS (SELECT * FROM r) INSERT INTO q SELECT * FROM r",
        "ever more columns": "WITH RECURSIVE r AS (SELECT a FROM t UNION ALL SELECT r.*, r.* FROM r) SELECT * FROM r",
        "each other": "WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, b",
        "not recursive": "WITH a AS (SELECT * FROM a), a AS (SELECT * FROM a) SELECT * FROM a",
        "a view of itself": "CREATE VIEW v AS SELECT * FROM v; CREATE VIEW v AS SELECT * FROM v",
        "views of each other": "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a",
        "a table and a view": "CREATE TABLE x (a INT); CREATE VIEW x AS SELECT c FROM y; SELECT * FROM x; DROP VIEW x",
        "synonyms in a circle": "CREATE SYNONYM a FOR b; CREATE SYNONYM b FOR c; CREATE SYNONYM c FOR a; INSERT INTO a SELECT * FROM b",
        "INSERT into itself": "INSERT INTO t SELECT * FROM t; CREATE TABLE t AS SELECT a.*, b.* FROM t AS a, t AS b",
        "renamed in a circle": "ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME TO a; ALTER TABLE a RENAME TO a; SELECT * FROM a",
        "USING what is not there": "CREATE TABLE a (x INT); CREATE TABLE b (y INT); INSERT INTO q SELECT k, * FROM a JOIN b USING (k, l, k)",
    }


def odd() -> dict[str, str]:
    """Characters, names and patterns."""
    return {
        "names": 'CREATE TABLE "a""b`c\'d😀" AS SELECT "x""y" AS "😀`" FROM "we""ird"."ta.ble"; SELECT [a]]b] FROM [x y]',
        "a name of 60,000 characters": f'CREATE TABLE q AS SELECT "{"y" * 60_000}" FROM "{"z" * 60_000}"',
        "5,000 parts": "SELECT "
        + ".".join(f"a{n}" for n in range(5_000))
        + " FROM "
        + ".".join(f"b{n}" for n in range(5_000)),
        "null characters": "SELECT\x00 a\x00 FROM\x00 t; \x00",
        "control characters": "".join(map(chr, range(1, 33)))
        + "SELECT 1 FROM t"
        + "".join(map(chr, range(127, 160))),
        "blanks of all kinds": "SELECT\u00a0a\u2003FROM\u3000t\u2028WHERE\u0085 b\u200b= 1\ufeff",
        "line ends of all kinds": "SELECT a\r\nFROM t;\rSELECT b\nFROM u;\n\rSELECT c FROM v\x0b;\x0cSELECT d\u2028FROM w\u2029;",
        "numbers": "SELECT " + "9" * 100_000 + ", 1e99999999, 0x" + "f" * 100_000,
        "parameters": "SELECT ?, :a, @b, %s, $1, ${x}, &y FROM t WHERE a = :1",
        "a pattern that takes for ever": "CREATE TABLE z ("
        + "a" * 50
        + "b INT); CREATE TABLE y AS SELECT COLUMNS('(a+)+$') FROM z",
        "a pattern that is none": "CREATE TABLE z2 (a INT); CREATE TABLE y2 AS SELECT COLUMNS('(((') FROM z2",
        "endless for sqlglot": "CREATE TABLE t (a INT) WITH (SYSTEM_VERSIONING = ON (FOO = BAR, X))",
        "nothing": "",
        "blanks": " \n\t\r\n ",
        "comments": "-- nothing\n/* at all */",
    }


def templated() -> dict[str, str]:
    """Jinja that would run for ever, or out of memory, or out of the sandbox."""
    return {
        "loop": "{% for i in range(100000000) %}SELECT {{ i }};{% endfor %}",
        "loops": "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}",
        "product": "SELECT {{ 'a' * 1000000000 }} FROM t",
        "power": "SELECT {{ 9 ** 9 ** 9 }} FROM t",
        "format": "SELECT {{ '%1000000000d' % 1 }}, {{ '{:>1000000000}'.format(1) }} FROM t",
        "center": "SELECT {{ 'a'.center(1000000000) }}, {{ 'a' | center(1000000000) }} FROM t",
        "doubling": "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}SELECT {{ n.x }}",
        "doubling a list": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}SELECT {{ n.x | length }}",
        "recursion": "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}SELECT {{ m(1) }}",
        "a tree of calls": "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}a{% endmacro %}SELECT {{ m(60) }}",
        "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }} {{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "unclosed": "SELECT {{ a FROM t; {% if x %} SELECT b FROM u",
        "parentheses": "SELECT {{ " + nested("(", "1", ")", 5_000) + " }}",
        "sum": "SELECT {{ " + "+".join(["1"] * 20_000) + " }}",
        "filters": "SELECT {{ a" + "|upper" * 20_000 + " }}",
        "ifs": nested("{% if x %}", "SELECT 1", "{% endif %}", 3_000),
        "regular expression": "SELECT {{ modules.re.match('(a+)+$', 'a' * 60 + 'b') }}",
        "lorem ipsum": "SELECT {{ lipsum(n=100000000) }}",
        "batch": "SELECT {{ [1] | batch(1000000000, 'x') | list }}",
        "dbt": "SELECT * FROM {{ ref() }} JOIN {{ source() }} JOIN {{ ref(ref(1)) }} {{ this.x.y }} {{ run_query('x').columns[0].values() }}",
    }
