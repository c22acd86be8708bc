"""Templates: what they render to, the line each rendered line came from, and templates that mean harm."""

# ruff: noqa: E501  templates read best in one line

from __future__ import annotations

import builtins
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineagraph.diagnostics import Code, Severity
from lineagraph.sql.templates import Rendered, TemplateContext, blank, context_key, looks_templated, render


def sql(template: str, context: TemplateContext | None = None) -> str:
    """The rendered text in one line."""
    return " ".join(render(template, context).text.split())


def lines(rendered: Rendered) -> dict[str, int]:
    """Each visible rendered line → its source line."""
    texts = rendered.text.split("\n")
    assert len(texts) == len(rendered.source_lines)
    return {t.strip(): n for t, n in zip(texts, rendered.source_lines, strict=True) if t.strip()}


# Recognising


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", False),
        ("select * from {{ ref('a') }}", True),
        ("select {{x}}", True),
        ('select {{ "x" }}', True),
        ("{%- if a %}x{% endif %}", True),
        ("select 1 {# note #}", True),
        ("{{- config() -}} select 1", True),
        ("""select '{"a": {"b": 1}}'""", False),
        ("""select '{{"a": 1}}'""", False),
        ("select '{{' || x", False),
        ("select '{{ name'", False),
        ("select '}}', '{{ name'", False),
        ("select format('{%d', x)", False),
        ("select '{% 5 %}'", False),
        ("select x from t where y = {p: UInt8}", False),
    ],
)
def test_looks_templated(text: str, expected: bool) -> None:
    assert looks_templated(text) is expected


# dbt


def test_refs_and_sources_become_names() -> None:
    context = TemplateContext(
        models={"orders": "mart.orders", "pkg.x": "p.x"}, sources={("raw", "pay"): '"Raw".pay'}
    )
    template = (
        "{{ ref('orders') }} {{ ref('pkg', 'x') }} {{ ref('new', version=2) }} {{ source('raw','pay') }}"
    )
    assert sql(template, context) == 'mart.orders p.x new "Raw".pay'
    assert sql("{{ source('shop', 'the orders') }} {{ ref('a.b') }}") == 'shop."the orders" "a.b"'
    assert render(template, context).diagnostics == ()


def test_config_is_kept_as_plain_data() -> None:
    rendered = render(
        "{{ config(materialized='table', tags=['a'], pre_hook=ref('x')) }}\n{{ config({'alias': 'b'}) }}"
        "{% if config.get('materialized') == 'table' %}select 1{% endif %}"
    )
    assert rendered.config == {"materialized": "table", "tags": ["a"], "pre_hook": "x", "alias": "b"}
    assert rendered.text.strip() == "select 1"
    msgspec.msgpack.encode(rendered)


def test_variables_come_from_the_context_else_the_default_else_a_placeholder() -> None:
    context = TemplateContext(vars={"region": "eu", "ids": [1, 2], "conf": {"schema": "s"}})
    template = (
        "{{ region }} {{ var('region') }} {{ var('a', 'b') }} {{ var('c') }} {{ ids[1] }} {{ conf.schema }}"
    )
    rendered = render(template, context)
    assert rendered.text == "eu eu b c 2 s"
    assert [d.message for d in rendered.diagnostics] == ["`c` is not known here: the name `c` stands for it"]


def test_the_environment_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGRAPH_SECRET", "hunter2")
    assert (
        sql("{{ env_var('LINEAGRAPH_SECRET') }} {{ env_var('LINEAGRAPH_SECRET', 'd') }}")
        == "LINEAGRAPH_SECRET d"
    )


def test_incremental_models_show_what_an_incremental_run_reads() -> None:
    template = "select 1{% if is_incremental() %} where x > (select max(x) from {{ this }}){% endif %}"
    assert sql(template, TemplateContext(this="mart.t")) == "select 1 where x > (select max(x) from mart.t)"
    assert sql("{% if execute %}a{% else %}b{% endif %}") == "b"


def test_loops_sets_and_macros_of_the_file() -> None:
    template = """
    {%- set methods = ['card', 'cash'] -%}
    {%- macro cents(column, digits=2) -%} round({{ column }} / 100, {{ digits }}) {%- endmacro -%}
    {%- macro names() %}{{ return(['x', 'y']) }}{% endmacro -%}
    select {% for m in methods %}sum({{ cents(m) }}) as {{ m }}{{ ", " if not loop.last }}{% endfor %},
    {%- for n in names() %} {{ n }}{% if not loop.last %},{% endif %}{% endfor %}
    {%- for k, v in {'a': 1}.items() %}, {{ v }} as {{ k }}{% endfor %}
    {%- set ns = namespace(total=0) %}{% for i in range(4) %}{% set ns.total = ns.total + i %}{% endfor %}, {{ ns.total }}
    {%- set found = [] %}{% do found.append('z') %}, {{ found | join(', ') }}
    """
    assert sql(template) == (
        "select sum(round(card / 100, 2)) as card, sum(round(cash / 100, 2)) as cash, x, y, 1 as a, 6, z"
    )
    assert render(template).diagnostics == ()


def test_dispatch_finds_the_macro_of_the_file() -> None:
    template = (
        "{% macro f(x) %}{{ return(adapter.dispatch('f', 'pkg')(x)) }}{% endmacro %}"
        "{% macro default__f(x) %}g({{ x }}){% endmacro %}select {{ f('a') }}"
    )
    assert sql(template) == "select g(a)"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ dbt_utils.star(from=ref('a')) }}", "*"),
        ("{{ dbt_utils.star(ref('a'), relation_alias='x', except=['b', 'c']) }}", "x.* EXCEPT (b, c)"),
        ("{{ dbt_utils.generate_surrogate_key(['a', 'b.c']) }}", "md5(concat(a, b.c))"),
        ("{{ dbt_utils.group_by(n=3) }}", "group by 1, 2, 3"),
        (
            "{{ dbt_utils.union_relations([ref('a'), ref('b')]) }}",
            "select * from a union all select * from b",
        ),
        (
            "{{ dbt.safe_cast('a', api.Column.translate_type('string')) }}",
            "cast(a as string)",
        ),
        ("{{ dbt.safe_cast('a', dbt.type_string()) }}", "cast(a as varchar)"),
        ("{{ dbt.datediff('a', 'b', 'day') }}", "datediff(a, b, 'day')"),
        ("{{ dbt_utils.pivot('c', ['x']) }}", "sum(case when c = 'x' then 1 else 0 end) as \"x\""),
        (
            "{{ dbt_utils.deduplicate(ref('a'), 'k', order_by='t desc') }}",
            "select * from a qualify row_number() over (partition by k order by t desc) = 1",
        ),
        ("{{ dbt.current_timestamp() }}", "current_timestamp"),
    ],
)
def test_common_macros(template: str, expected: str) -> None:
    assert sql("select " + template) == "select " + expected


def test_dbts_own_blocks() -> None:
    rendered = render("{% snapshot orders_history %}select * from {{ ref('o') }}{% endsnapshot %}")
    assert rendered.text == "select * from o"
    assert rendered.config == {"materialized": "snapshot", "alias": "orders_history"}
    for block in ("test unique(model)", "materialization x, adapter='y'", "docs about"):
        assert (
            sql(f"a {{% {block} %}}select {{{{ 1 }}}}{{% end{block.split()[0].split('(')[0]} %}} b") == "a b"
        )


# Unknown names


def test_unknown_names_keep_the_sql_parseable_and_are_told_once() -> None:
    rendered = render(
        "select '{{ ds }}', {{ ds }}, {{ target.schema }}.{{ params['table name'] }}, {{ a.b().c }}"
    )
    assert rendered.text == "select 'ds', ds, target_schema.params_table_name, a_b_c"
    told = [d.message for d in rendered.diagnostics if d.message.startswith("`ds`")]
    assert told == ["`ds` is not known here: the name `ds` stands for it"]
    assert {(d.code, d.severity) for d in rendered.diagnostics} == {(Code.TEMPLATE_ERROR, Severity.INFO)}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("select {{ cents('amount') }} as a", "select cents(amount) as a"),
        ("select {{ pkg.cents('o.amount', 2, none, true) }}", "select pkg.cents(o.amount, 2, NULL, TRUE)"),
        ("select x, {{ f(['a', 'b'], sep='two words') }}", "select x, f(a, b, 'two words')"),
        ("where {{ between('ts', 'day', '2020-01-01') }}", "where between(ts, 'day', '2020-01-01')"),
        ("select {{ f('a * (b + 1)') }}", "select f(a * (b + 1))"),
        ('select {{ f("it\'s") }}', "select f('it''s')"),
        ("select {{ f(g('a')) }}", "select f(g(a))"),
        ("select * from {{ latest('orders') }} as o", "select * from latest(orders) as o"),
        ("select -- why\n {{ f('a') }}", "select -- why f(a)"),
        ("select /* why */ {{ f('a') }}", "select /* why */ f(a)"),
        ("select a+{{ f('b') }}", "select a+f(b)"),
        ("select * from t {{ limit_in_dev() }}", "select * from t /* macro: limit_in_dev() */"),
        ("select a from t where b = 1\n{{ f('*/') }};", "select a from t where b = 1 /* macro: f('* /') */;"),
        ("{{ grants(this) }}\nselect 1", "/* macro: grants(this) */ select 1"),
        ("select 1; {{ f() }}", "select 1; /* macro: f() */"),
        ("create table t_{{ suffix() }} (a int)", "create table t_suffix() (a int)"),
        ("{% call statement('x') %}delete from y{% endcall %}select 1", "select 1"),
        ("{% call unknown_macro() %}delete from y{% endcall %}select 1", "select 1"),
    ],
)
def test_unknown_macros(template: str, expected: str) -> None:
    assert sql(template) == expected


def test_loops_over_unknown_lists_run_once() -> None:
    assert (
        sql("select {% for c in cols %}{{ c }}{% if not loop.last %}, {% endif %}{% endfor %}")
        == "select cols_item"
    )
    assert sql("{% for k, v in settings.items() %}{{ k }}={{ v }}{% endfor %}") == (
        "settings_items_item_1=settings_items_item_2"
    )
    rows = (
        "{% set rows = run_query('select 1').columns[0].values() %}{% for r in rows %}'{{ r }}'{% endfor %}"
    )
    assert sql(rows) == "'query_result_columns_0_item'"


def test_conditions_on_unknown_names_are_false_and_told_unless_the_template_asked() -> None:
    rendered = render(
        "{% if flag %}a{% else %}b{% endif %}{% if other is defined %}c{% endif %}{{ x | default('d') }}"
    )
    assert rendered.text == "bd"
    assert [d.message for d in rendered.diagnostics] == [
        "`flag` is not known here: the condition on it is taken to be false"
    ]


def test_an_if_without_else_writes_nothing() -> None:
    rendered = render("a{{ ',' if false }}{{ none }}b")
    assert (rendered.text, rendered.diagnostics) == ("ab", ())


@pytest.mark.parametrize(
    "expression",
    [
        "x + 1",
        "1 - x",
        "x * 'a'",
        "x ~ 'y'",
        "x | upper",
        "x[0:2]",
        "x.y.z",
        "x < 3",
        "'a' in x",
        "x | length",
        "x | int",
        "-x",
        "x | join(',')",
        "x()()",
        "x | map(attribute='y') | list",
        "'%s' % x",
        "'{}'.format(x)",
        "x | tojson",
        "x == y",
        "{x: 1}",
        "x | sort",
        "range(x) | list",
        "x.append(1)",
        "x is none",
        "x | round(2)",
        "x | replace('a', 'b')",
    ],
)
def test_unknown_values_survive_every_operation(expression: str) -> None:
    rendered = render(f"select 1 -- {{{{ {expression} }}}}")
    assert "select 1 --" in rendered.text
    assert not [d for d in rendered.diagnostics if "could not be rendered" in d.message], rendered.diagnostics


# Lines


def test_lines_outside_loops_are_exact() -> None:
    template = "{{ config(a=1) }}\n{# one\n two #}\n{%- set x = 1 %}\nselect\n  a,\n{% if x %}\n  b,\n{% endif %}\n  {{ x }}\nfrom t"
    assert lines(render(template)) == {"select": 5, "a,": 6, "b,": 8, "1": 10, "from t": 11}


def test_whitespace_control_does_not_shift_lines() -> None:
    template = "select\n  a\n\n  {%- if true -%}\n\n  , b\n  {%- endif %}\nfrom t\n\n{%- raw %}\nwhere\n{% endraw -%}\n\n group by a"
    rendered = render(template)
    assert rendered.text == "select\n  a, b\nfrom t\nwhere\ngroup by a"
    assert rendered.source_lines == (1, 2, 8, 11, 14)


def test_lines_made_by_a_macro_or_set_block_have_the_line_of_the_tag_that_writes_them() -> None:
    template = (
        "{% macro m() %}\nm1\nm2\n{% endmacro %}\n{% set block %}\nb1\nb2\n{% endset %}\n"
        "select\n{{ m() }}\n, {{ block }}\n{{ block | trim | upper }}\nfrom t"
    )
    assert lines(render(template)) == {
        "select": 9, "m1": 10, "m2": 10, ",": 11, "b1": 11, "b2": 11, "B1": 12, "B2": 12, "from t": 13
    }  # fmt: skip


def test_loop_bodies_have_the_lines_of_the_body() -> None:
    rendered = render("select\n{% for x in [1, 2] %}\n  a{{ x }},\n{% endfor %}\n  b")
    assert lines(rendered) == {"select": 1, "a1,": 3, "a2,": 3, "b": 5}


def test_markers_do_not_leak_into_what_a_template_compares() -> None:
    template = "{% set q %}\nabc\n{% endset %}{% macro m() %}yes{% endmacro %}{{ q | trim | length }} {{ m() == 'yes' }}"
    assert sql(template) == "3 True"


def test_line_breaks_of_every_kind_keep_the_lines() -> None:
    assert lines(render("select\r\n{{ x }}\r\n'a\rb'\nfrom t")) == {
        "select": 1,
        "x": 2,
        "'a b'": 3,
        "from t": 4,
    }


def test_private_use_characters_in_the_file_are_its_own() -> None:
    text = "select '\ue000\ue001\ue0027' {{ x }}"
    assert render(text).text == "select '\ue000\ue001\ue0027' x"
    forged = render("{{ '\\ue00099999999\\ue002' }}\nselect {{ '\\ue000x\\ue002' }}")
    assert all(1 <= n <= 2 for n in forged.source_lines)


plain = st.text(st.sampled_from("ab ,;'\"-\n{}%#\\"), max_size=8).filter(
    lambda s: not any(t in s for t in ("{{", "{%", "{#"))
)
tags = st.sampled_from(
    [
        "{{ x }}",
        "{{- x -}}",
        "{# c\n c #}",
        "{% if true %}",
        "{%- if x -%}\n",
        "{% endif %}",
        "{{ f(\n'a') }}",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(plain, tags), max_size=12).map("".join))
def test_any_text_gives_text_with_a_line_for_each_line(text: str) -> None:
    rendered = render(text)
    count = text.count("\n") + 1
    if rendered.source_lines:
        assert len(rendered.source_lines) == rendered.text.count("\n") + 1
        assert all(1 <= n <= count for n in rendered.source_lines)
    else:
        assert rendered.text.count("\n") + 1 == count
    assert render(text) == rendered


@given(st.lists(plain, min_size=1, max_size=6).map("\n".join))
def test_text_without_tags_passes_unchanged(text: str) -> None:
    rendered = render(text)
    assert rendered.text == text
    assert not rendered.source_lines or rendered.source_lines == tuple(range(1, text.count("\n") + 2))


# What goes wrong


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("select 1;\n{% if x %}\nselect 2", 2),
        ("select 1;\n\n{{ 1 + }}\nselect 2", 3),
        ("select 1;\n{% load staticfiles %}\nselect 2", 2),
        ("select 1;\n{{ 'a' | nofilter }}\nselect 2", 2),
        ("select 1;\n{{ unclosed\nselect 2", 3),
        ("select 1;\n\n{{ 1 // 0 }}\nselect 2", 3),
        ("select 1;\n\n\n{{ 'a' - 1 }}\nselect 2", 4),
    ],
)
def test_a_broken_template_is_told_with_its_line_and_leaves_its_plain_statements(
    template: str, line: int
) -> None:
    rendered = render(template)
    (diagnostic,) = [d for d in rendered.diagnostics if "could not be rendered" in d.message]
    assert (diagnostic.code, diagnostic.severity) == (Code.TEMPLATE_ERROR, Severity.WARNING)
    assert diagnostic.span is not None
    assert diagnostic.span.start_line == line
    assert rendered.source_lines == ()
    assert rendered.text.split("\n")[0] == "select 1;"
    assert rendered.text.split("\n")[-1] == "select 2"


def test_blanking_keeps_every_line_and_column() -> None:
    text = "a {{ ref('x') }} b\n{% if\ny %}c{{ source('s', 't') }}{# no\nte #}d {{ a.b }}{{ f(x) }}{{\nlong_name }} {{ open"
    blanked = blank(text)
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in text.split("\n")]
    assert blanked.split() == ["a", "x", "b", "cs.t", "d", "a_b", "long_name", "{{", "open"]


def test_without_jinja_the_extra_is_named_and_the_tags_are_blanked(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_jinja(name: str, *arguments: object, **named: object) -> object:
        if name.split(".", maxsplit=1)[0] == "jinja2":
            raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")
        return real_import(name, *arguments, **named)  # type: ignore[arg-type]

    for module in [m for m in sys.modules if m.startswith(("jinja2", "lineagraph.sql.template_"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without_jinja)
    rendered = render("{{ config(materialized='table') }}\nselect * from {{ ref('orders') }}")
    assert rendered.text.split() == ["select", "*", "from", "orders"]
    (diagnostic,) = rendered.diagnostics
    assert diagnostic.code == Code.TEMPLATE_EXTRA_MISSING
    assert "lineagraph[dbt]" in (diagnostic.hint or "")


def test_plain_sql_does_not_load_jinja() -> None:
    code = "import sys; from lineagraph.sql.templates import looks_templated; looks_templated('select 1'); print('jinja2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert done.stdout.strip() == "False"


# What means harm


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ref.__globals__ }}",
        "{{ ref._function.__globals__ }}",
        "{{ config._values }}",
        "{{ dbt_utils._known }}",
        "{{ x.__init__.__globals__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ '{0.__class__.__mro__}'.format('') }}",
        "{{ ['{0.__class__}'] | map('format', 1) | list }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ loop.__class__ }}{{ namespace.__class__ }}{{ range.__self__ }}",
        "{% macro m() %}{% endmacro %}{{ m.__call__.__globals__ }}",
    ],
)
def test_the_sandbox_holds(template: str) -> None:
    rendered = render(template + "\nselect 1")
    for leak in ("<class", "type 'str'", "builtins", "<function", "environ(", "object at", "<module"):
        assert leak not in rendered.text.replace(template, ""), rendered.text
    assert rendered.diagnostics
    assert rendered.text.endswith("select 1")


@pytest.mark.parametrize(
    "tag", ["include 'a.sql'", "import 'a' as b", "from 'a' import b", "extends '/etc/passwd'"]
)
def test_other_files_are_not_read(tag: str) -> None:
    rendered = render(f"select 1;\n{{% {tag} %}}\nselect {{{{ b(1) }}}}")
    assert rendered.text.split() == ["select", "1;", "select", "b(1)"]
    (told,) = [d for d in rendered.diagnostics if d.severity == Severity.WARNING]
    assert "another file" in told.message
    assert told.span is not None
    assert told.span.start_line == 2


BOMBS = {
    "long range": "{% for i in range(10**9) %}x{% endfor %}",
    "nested ranges": "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}",
    "filtered loop": "{% for i in range(90000) %}{% for j in range(90000) if false %}{% endfor %}{% endfor %}",
    "power": "{{ 9**(9**9) }}",
    "big product": "{% set ns = namespace(x=99) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "string times": "{{ 'x' * 10**9 }}",
    "string times string": "{% set a = 'x' * 10000 %}{% set b = a * 10000 %}{% set c = b * 10000 %}{{ c }}",
    "list times": "{{ [1] * 10**9 }}",
    "doubling +": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "doubling ~": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "doubling %": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}",
    "doubling format": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = '{0}{0}'.format(ns.x) %}{% endfor %}",
    "doubling join": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] | join %}{% endfor %}",
    "doubling replace": "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = ns.x | replace('x', 'xx') %}{% endfor %}",
    "doubling list": "{% set x = [1] %}{% for i in range(60) %}{% do x.extend(x) %}{% endfor %}",
    "shared list": "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "shared list by append": "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set y = [] %}{% do y.append(ns.x) %}"
    "{% do y.append(ns.x) %}{% set ns.x = y %}{% endfor %}{{ ns.x == ns.x }}{{ ns.x }}",
    "list in itself": "{% set x = [1] %}{% do x.append(x) %}{{ x }}{{ x | tojson }}",
    "width by %": "{{ '%999999999d' % 1 }}",
    "width by %*": "{{ '%*d' % (999999999, 1) }}",
    "width by format": "{{ '{:999999999}'.format(1) }}",
    "nested width by format": "{{ '{:{}}'.format(1, 999999999) }}",
    "width by filter": "{{ '%999999999d' | format(1) }}",
    "center": "{{ 'x' | center(10**9) }}",
    "ljust": "{{ 'x'.ljust(999999999) }}",
    "indent": "{{ 'x' | indent(999999999, true) }}",
    "replace": "{{ ('x' * 100000) | replace('x', 'y' * 100000) }}",
    "join": "{{ ('x' * 100000).join('y' * 100000) }}",
    "batch": "{{ [1] | batch(999999999, 'x') | list }}",
    "slice": "{{ [1] | slice(99999999) | list }}",
    "slices kept": "{% set s = 'x' * 1000000 %}{% set l = [] %}{% for i in range(90000) %}{% do l.append(s[1:]) %}{% endfor %}",
    "output": "{% set s = 'x' * 1000000 %}{% for i in range(90000) %}{{ s }}{% endfor %}",
    "output in a macro": "{% set s = 'x' * 1000000 %}{% macro m() %}{% for i in range(90000) %}{{ s }}{% endfor %}{% endmacro %}{{ m() }}",
    "plain text in a macro": "{% macro m() %}{% for i in range(90000) %}"
    + "x" * 9000
    + "{% endfor %}{% endmacro %}{{ m() }}",
    "endless macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "branching macro": "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(80) }}",
    "recursive loop": "{% for i in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "recursion on unknowns": "{% macro m(x) %}{% for y in x %}{{ m(y) }}{{ m(y) }}{% endfor %}{% endmacro %}{{ m(z) }}",
    "deep parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "deep ifs": "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "deep loops": "{% for i in [1] %}" * 60 + "{% endfor %}" * 60,
    "unclosed tags": "{{ " * 200_000,
    "unclosed mix": "{% {{ {# " * 100_000,
    "many closed tags": "{{ x }}" * 20_000,
    "too large": "{{ x }} " + "x" * 9_000_000,
    "map of replace": "{% set s = 'x' * 4000 %}{{ range(90000) | map('string') | map('replace', '1', s) | list | length }}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_with_a_diagnostic(name: str) -> None:
    """In a process of its own, with little memory: what hangs or swells is killed and fails."""
    code = (
        "import sys, resource; resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))\n"
        "from lineagraph.sql.templates import render\n"
        "rendered = render(sys.stdin.read() + '\\nselect 1')\n"
        "assert 'select 1' in rendered.text, rendered.text[-100:]\n"
        "assert len(rendered.text) < 20_000_000\n"
        "print(len(rendered.diagnostics), rendered.diagnostics[:1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=BOMBS[name],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": "src"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stdout.startswith("0 "), done.stdout
    assert "Memory" not in done.stdout


def test_looking_and_blanking_are_linear() -> None:
    started = time.process_time()
    for text in (
        "{{ a" * 500_000,
        "{% if " * 400_000,
        "{{'" * 500_000,
        "{{ ''" * 400_000,
        '{{"a' * 500_000 + "}}",
    ):
        looks_templated(text)
        blank(text)
    assert time.process_time() - started < 20, "quadratic would take hours"


# The cache key


def test_equal_contexts_have_equal_keys_whatever_their_order() -> None:
    one = TemplateContext(
        vars={"a": 1, "b": [1, {"x": 1, "y": 2}]},
        models={"m": "x", "n": "y"},
        sources={("a", "b"): "c", ("a", "c"): "d"},
    )
    other = TemplateContext(
        vars={"b": [1, {"y": 2, "x": 1}], "a": 1},
        models={"n": "y", "m": "x"},
        sources={("a", "c"): "d", ("a", "b"): "c"},
    )
    assert context_key(one) == context_key(other)
    assert hash(one) == hash(other)
    different = [
        TemplateContext(),
        TemplateContext(vars={"a": "1"}),
        TemplateContext(vars={"a": 1}),
        TemplateContext(models={"a": "1"}),
        TemplateContext(sources={("a", "b"): "c"}),
        TemplateContext(sources={("a.b", ""): "c"}),
        TemplateContext(this="a"),
    ]
    assert len({context_key(c) for c in [None, *different]}) == len(different) + 1


def test_rendering_leaves_the_context_as_it_was() -> None:
    context = TemplateContext(vars={"xs": [1], "m": {"a": [1]}})
    render("{% do xs.append(2) %}{% do m.update(b=1) %}{% do m.a.append(3) %}{{ xs }}", context)
    assert context.vars == {"xs": [1], "m": {"a": [1]}}


def test_the_same_bytes_give_the_same_text_in_every_process() -> None:
    template = "{{ set(['b', 'a', 'c']) }} {{ ref }} {{ range }} {{ [1] | map('string') }} {{ loop }} {{ dict }} {{ namespace() }} {{ [ref] }}"
    code = "import sys; from lineagraph.sql.templates import render; print(render(sys.stdin.read()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=template,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(Path("src").absolute()), "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(outputs) == 1
