"""The judge on trial: with true claims it is silent, a dropped edge is uncovered, a false DIRECT edge is suspect."""

from __future__ import annotations

import pytest

from tests.execution.arena import QUERY, Arena, Program
from tests.execution.judge import Claims, Output, Source, Trial, Verdict, show
from tests.execution.tables import KEYS, SCHEMA, random_database


def claims(direct: str, indirect: str = "", influences: str = "", target: str = QUERY) -> Claims:
    """`orders.amount>total customers.tier>total` and, for influences, only the sources."""

    def pairs(text: str) -> frozenset[tuple[Source, Output]]:
        return frozenset(
            (_split(source), (target, output))
            for source, output in (pair.split(">") for pair in text.split())
        )

    return Claims(
        pairs(direct), pairs(indirect), frozenset((_split(text), target) for text in influences.split())
    )


def _split(name: str) -> Source:
    dataset, _, column = name.rpartition(".")
    return dataset, column


def judged(program: Program, claimed: Claims, databases: int = 3) -> Verdict:
    arena = Arena({**SCHEMA, "made": {"x": "INTEGER", "y": "INTEGER"}})
    columns = [
        (name, column) for name in SCHEMA if f"{name} " in f"{program.sql} " for column in SCHEMA[name]
    ]
    trial = Trial(arena, program, claimed, columns)
    for seed in range(databases):
        trial.try_on(random_database(seed))
    return trial.conclude(random_database(seed) for seed in range(100, 106))


CASES = {
    "filter and join": (
        "SELECT o.amount * 2 AS total, c.region FROM orders o JOIN customers c USING (cust_id) WHERE c.vip",
        "orders.amount>total customers.region>region",
        "",
        "orders.cust_id customers.cust_id customers.vip",
    ),
    "case": (
        "SELECT CASE WHEN vip THEN region ELSE 'none' END AS r, tier FROM customers",
        "customers.region>r customers.tier>tier",
        "customers.vip>r",
        "",
    ),
    "window": (
        "SELECT tier, row_number() OVER (PARTITION BY region ORDER BY joined, cust_id) AS n FROM customers",
        "customers.tier>tier",
        "customers.region>n customers.joined>n customers.cust_id>n",
        "",
    ),
    "correlated scalar subquery": (
        "SELECT c.tier, (SELECT max(o.amount) FROM orders o WHERE o.cust_id = c.cust_id) AS top FROM customers c",
        "customers.tier>tier orders.amount>top",
        "orders.cust_id>top customers.cust_id>top",
        "",
    ),
    "count of rows": (
        "SELECT region, count(*) AS n FROM customers WHERE tier > 1 GROUP BY region",
        "customers.region>region customers.*>n",
        "",
        "customers.region customers.tier",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_true_claims_pass(name: str) -> None:
    sql, direct, indirect, influences = CASES[name]
    verdict = judged(Program((sql,)), claims(direct, indirect, influences))
    assert not verdict.uncovered
    assert not verdict.suspects
    assert verdict.tested == len(direct.split())
    assert verdict.nonempty


@pytest.mark.parametrize("name", CASES)
def test_every_dropped_edge_is_uncovered(name: str) -> None:
    sql, direct, indirect, influences = CASES[name]
    for kind, text in (("direct", direct), ("indirect", indirect), ("influences", influences)):
        for dropped in text.split():
            if "*" in dropped:
                continue  # rows are not values: nothing a column does depends on this edge
            source = _split(dropped.split(">")[0])
            kept = {"direct": direct, "indirect": indirect, "influences": influences}
            kept[kind] = " ".join(pair for pair in text.split() if pair != dropped)
            if source in {_split(other) for other in kept["influences"].split()}:
                continue  # still covered: it moves every row anyway
            verdict = judged(Program((sql,)), claims(**kept))
            assert source in {found for found, _ in verdict.uncovered}, dropped


def test_false_direct_edge_is_suspect() -> None:
    sql, direct, indirect, influences = CASES["filter and join"]
    verdict = judged(Program((sql,)), claims(direct + " orders.status>total", indirect, influences))
    assert verdict.suspects == [(("orders", "status"), (QUERY, "total"))]
    assert not verdict.uncovered


def test_rows_never_excuse_values() -> None:
    """A claim on `customers.*` says that its rows are counted, not that any of its columns is read."""
    sql = "SELECT count(*) AS n FROM customers WHERE tier > 1"
    verdict = judged(Program((sql,)), claims("customers.*>n"))
    assert (("customers", "tier"), (QUERY, "n")) in verdict.uncovered


def test_values_that_change_places_are_seen() -> None:
    """Each column keeps its multiset of values when rows are renumbered; the pairing does not, and either may be it."""
    sql = "SELECT cust_id, row_number() OVER (ORDER BY joined, cust_id) AS n FROM customers"
    verdict = judged(Program((sql,)), claims("customers.cust_id>cust_id"))
    assert (("customers", "joined"), None) in verdict.uncovered


def test_chance_is_no_witness() -> None:
    """A result that depends on the physical order of rows proves nothing, and its database is not counted."""
    sql = "SELECT first(tier) AS t, list(vip) AS v, list(region) AS r FROM customers"
    verdict = judged(Program((sql,)), claims(""))
    assert not verdict.uncovered
    assert verdict.databases == 0


def test_scripts_are_followed_from_table_to_table() -> None:
    program = Program(
        (
            "CREATE TABLE stage AS SELECT cust_id, tier AS t FROM customers WHERE vip",
            "INSERT INTO made (x, y) SELECT t + 1, cust_id FROM stage",
        ),
        ("made",),
    )
    step = claims("customers.cust_id>cust_id customers.tier>t", "", "customers.vip", target="stage")
    last = claims("stage.t>x stage.cust_id>y", target="made")
    both = Claims(step.direct | last.direct, frozenset(), step.influences)
    assert not judged(program, both).uncovered
    missing = judged(program, Claims(step.direct | last.direct, frozenset(), frozenset()))
    assert {source for source, _ in missing.uncovered} == {("customers", "vip")}


def test_a_witness_can_be_replayed() -> None:
    """What `show` prints is a script: its tables and its query give the rows it says they give."""
    sql = "SELECT tier FROM customers WHERE vip"
    program = Program((sql,))
    verdict = judged(program, claims("customers.tier>tier"))
    witness = verdict.uncovered[("customers", "vip"), (QUERY, "tier")]
    text = show(witness, SCHEMA, program)
    fresh = Arena({})
    for statement in text.split("\n")[2:]:
        if statement.startswith(("CREATE", "INSERT")) and "." not in statement.split("(")[0]:
            fresh.connection.execute(statement)
    assert fresh.run(program)[QUERY] == witness.before[QUERY]
    change = next(line for line in text.split("\n") if line.startswith("-- change: ")).removeprefix(
        "-- change: "
    )
    fresh.connection.execute(change)
    assert fresh.run(program)[QUERY] == witness.after[QUERY]


def test_keys_are_unique() -> None:
    for seed in range(20):
        database = random_database(seed)
        for dataset, key in KEYS.items():
            values = database[dataset][key]
            assert len(set(values)) == len(values)
