"""One file as a session: statements run in order, and a name means what the statements before it made of it.

The names pass here reads only effects, never a query: it finds, for every dataset and every statement, which state
of the dataset that statement sees. Columns and contents of those states are computed later, on demand.
"""

from __future__ import annotations

from bisect import bisect_left

from lineagraph.catalog.names import Defaults, qualified
from lineagraph.sql.facts import Change, Create, FileFacts, Table, Use, Write

EXTERNAL_FILE = "external_file"


class Identity:
    """One dataset through its life in a file, whatever its name is at the moment."""

    __slots__ = ("alterations", "created", "dropped", "key", "kind", "temporary", "written")

    def __init__(self, key: str, *, created: bool, temporary: bool, kind: str) -> None:
        self.key = key
        self.created = created
        self.temporary = temporary
        self.kind = kind
        self.dropped = False
        self.written = False
        self.alterations: list[tuple[int, Change]] = []
        """(statement, ALTER) in order: columns renamed and dropped after they were written."""

    def final_name(self, column: str, statement: int) -> str | None:
        """The name that a column written by `statement` has at the end of the file; None if it was dropped."""
        for number, change in self.alterations:
            if number > statement:
                if column in change.dropped:
                    return None
                column = dict(change.renamed).get(column, column)
        return column

    @property
    def folded(self) -> bool:
        """Not seen from outside: a temporary table, or one that the script itself creates and drops."""
        return self.temporary or (self.created and self.dropped)


class State:
    """A dataset between two statements. `statement` and `effect` say what made this state of the one `before`."""

    __slots__ = ("before", "effect", "identity", "statement")

    def __init__(self, identity: Identity, statement: int, effect: int, before: State | None) -> None:
        self.identity = identity
        self.statement = statement
        self.effect = effect
        self.before = before


class Session:
    """What each name means to each statement of one file. Statements are numbered from 0 here."""

    def __init__(self, facts: FileFacts, defaults: Defaults) -> None:
        self.facts = facts
        self._defaults: list[tuple[int, Defaults]] = [(-1, defaults)]
        self._states: dict[str, list[tuple[int, State | None]]] = {}
        self._synonyms: dict[str, list[tuple[int, str | None]]] = {}
        self.targets: dict[tuple[int, int], State] = {}
        """(statement, effect) → the state that the effect leaves."""
        self._keys: dict[tuple[str, ...], list[str]] | None = None
        """Keys of the names asked for, if a name means the same to every statement of the file."""
        for number in range(len(facts.statements)):
            self._run(number)
        if len(self._defaults) == 1 and not self._synonyms:
            self._keys = {}

    def defaults(self, statement: int) -> Defaults:
        if len(self._defaults) == 1:
            return self._defaults[0][1]
        at = bisect_left(self._defaults, statement, key=lambda item: item[0])
        return self._defaults[at - 1][1]

    def keys(self, table: Table, statement: int) -> list[str]:
        """Keys a table name may stand for in a statement, the preferred first."""
        if table.kind == "external_file":
            return [table.parts[0]]
        if self._keys is not None:
            known = self._keys.get(table.parts)
            if known is None:
                known = self._keys[table.parts] = qualified(
                    table.parts, self._defaults[0][1], self.facts.dialect
                )
            return known
        found = qualified(table.parts, self.defaults(statement), self.facts.dialect)
        if self._synonyms:
            return [self._meant(key, statement) for key in found]
        return found

    def synonyms(self) -> dict[str, str]:
        """Synonyms that are there at the end of the file, and what they stand for."""
        last = {key: history[-1][1] for key, history in self._synonyms.items()}
        return {key: target for key, target in last.items() if target is not None}

    def _meant(self, key: str, statement: int) -> str:
        """What a synonym stands for when `statement` runs; the key itself if it is none."""
        for _ in range(16):
            history = self._synonyms.get(key, ())
            target = next((target for number, target in reversed(history) if number < statement), None)
            if target is None:
                break
            key = target
        return key

    def state(self, key: str, statement: int) -> State | None:
        """The dataset of this name as `statement` finds it; None if the file did nothing to it before, or dropped
        it.
        """
        history = self._states.get(key)
        if history is None:
            return None
        at = bisect_left(history, statement, key=lambda item: item[0])
        return history[at - 1][1] if at else None

    def local(self, table: Table, statement: int) -> State | None:
        """The state a table name means in a statement, if the file made one."""
        states = self._states
        if not states:
            return None
        for key in self.keys(table, statement):
            if key in states:
                state = self.state(key, statement)
                if state is not None:
                    return state
        # temporary datasets need no schema, whatever the defaults are
        last = table.parts[-1]
        state = self.state(last, statement) if last in states and len(table.parts) <= 2 else None
        return state if state is not None and state.identity.temporary else None

    def final_states(self) -> dict[str, State]:
        """The states that the file leaves, by the name they have at its end."""
        return {key: history[-1][1] for key, history in self._states.items() if history[-1][1] is not None}  # type: ignore[misc]

    def _set(self, key: str, statement: int, state: State | None) -> None:
        history = self._states.setdefault(key, [])
        if history and history[-1][0] == statement:
            history[-1] = (statement, state)
        else:
            history.append((statement, state))

    def _latest(self, key: str) -> State | None:
        history = self._states.get(key)
        return history[-1][1] if history else None

    def _named(self, table: Table, statement: int) -> tuple[str, State | None]:
        """The key a statement's target has, and its latest state."""
        keys = self.keys(table, statement + 1)
        for key in keys:
            state = self._latest(key)
            if state is not None:
                return key, state
        bare = table.parts[-1]
        state = self._latest(bare)
        if state is not None and state.identity.temporary:
            return bare, state
        return keys[0], None

    def _run(self, number: int) -> None:
        statement = self.facts.statements[number]
        for index, effect in enumerate(statement.effects):
            if isinstance(effect, Write):
                self._write(number, index, statement.relations[effect.target], effect.overwrite)
            elif isinstance(effect, Create):
                self._create(number, index, effect, statement.relations[effect.target])
            elif isinstance(effect, Change):
                other = statement.relations[effect.other] if effect.other >= 0 else None
                self._change(number, index, effect, statement.relations[effect.target], other)
            elif isinstance(effect, Use):
                current = self._defaults[-1][1].after(effect)
                if self._defaults[-1][0] == number:
                    self._defaults[-1] = (number, current)
                else:
                    self._defaults.append((number, current))
            else:
                name, target = statement.relations[effect.name], statement.relations[effect.target]
                if isinstance(name, Table) and isinstance(target, Table):
                    key = qualified(name.parts, self.defaults(number), self.facts.dialect)[0]
                    self._synonyms.setdefault(key, []).append((number, self.keys(target, number)[0]))

    def _write(self, number: int, index: int, table: object, overwrite: bool) -> None:
        assert isinstance(table, Table)
        key, before = self._named(table, number - 1)
        if before is None:
            # a file that is written whole is made by the query that writes it
            created = overwrite and table.kind == EXTERNAL_FILE
            identity = Identity(key, created=created, temporary=table.temporary, kind=table.kind)
        else:
            identity = before.identity
        identity.written = True
        state = State(identity, number, index, before)
        self.targets[number, index] = state
        self._set(key, number, state)

    def _create(self, number: int, index: int, effect: Create, table: object) -> None:
        assert isinstance(table, Table)
        keys = self.keys(table, number)
        temporary = effect.temporary or table.temporary
        key = keys[0]
        if temporary and len(table.parts) == 1:
            key = table.parts[0]
        before = self._latest(key)
        if effect.if_not_exists and before is not None:
            self.targets[number, index] = before
            return
        if (
            before is not None
            and before.identity.created
            and not before.identity.temporary
            and effect.kind == before.identity.kind
        ):
            identity = before.identity
        else:
            identity = Identity(key, created=True, temporary=temporary, kind=effect.kind)
        identity.written = identity.written or effect.relation >= 0 or effect.copies_data
        state = State(identity, number, index, None)
        self.targets[number, index] = state
        self._set(key, number, state)

    def _change(self, number: int, index: int, effect: Change, table: object, other: object) -> None:
        assert isinstance(table, Table)
        if effect.kind == "DROP" and self._synonyms:
            own = qualified(table.parts, self.defaults(number), self.facts.dialect)[0]
            if own in self._synonyms:
                self._synonyms[own].append((number, None))
                self.targets[number, index] = State(
                    Identity(own, created=False, temporary=False, kind=""), -1, -1, None
                )
                return
        key, before = self._named(table, number - 1)
        if before is None:
            before = State(Identity(key, created=False, temporary=table.temporary, kind=""), -1, -1, None)
        identity = before.identity
        self.targets[number, index] = before
        if effect.kind == "DROP":
            identity.dropped = True
            self._set(key, number, None)
        elif effect.kind == "RENAME" and isinstance(other, Table):
            self._set(key, number, None)
            identity.key = self.keys(other, number)[0]
            self._set(identity.key, number, before)
        elif effect.kind == "ALTER" or (effect.kind in ("TRUNCATE", "DELETE") and identity.temporary):
            if effect.renamed or effect.dropped:
                identity.alterations.append((number, effect))
            state = State(identity, number, index, before)
            self.targets[number, index] = state
            self._set(key, number, state)
