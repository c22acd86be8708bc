"""Looking again at a few places finds what looking everywhere finds there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lineagraph.ingest.changes import covering
from lineagraph.ingest.discover import Discovery, discover, look_again

names = st.sampled_from(["a", "b", "a.sql", "b.sql", "gen.sql", "x.txt", ".git"])
places = st.lists(names, min_size=1, max_size=3).map("/".join)
rules = st.lists(
    st.sampled_from(["gen.sql", "b/", "/a/a.sql", "!gen.sql", "a/**", "*.sql", "!/b/a.sql"]), max_size=3
)


def write(base: Path, place: str) -> set[Path]:
    """Returns what changed: the file, and what had to become a directory for it."""
    path = base / place
    touched = {path}
    for parent in reversed(path.relative_to(base).parents):
        directory = base / parent
        if not directory.is_dir():
            touched.add(directory)
            directory.unlink(missing_ok=True)
            directory.mkdir()
    if path.is_dir():
        shutil.rmtree(path)
    path.write_text("select 1")
    return touched


def remove(base: Path, place: str) -> None:
    path = base / place
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def merged(before: Discovery, again: Discovery) -> list[str]:
    """What is known after looking again."""
    covers = covering(again.roots)
    kept = [file.path for file in before.files if not covers(file.path)]
    assert all(covers(file.path) for file in again.files)
    return sorted({*kept, *(file.path for file in again.files)})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(places, max_size=6),
    rules,
    rules,
    st.lists(st.tuples(st.booleans(), places), min_size=1, max_size=4),
    st.lists(st.sampled_from(["", "a", "a/b", "a.sql", "b", "nowhere"]), min_size=1, max_size=3),
    st.sampled_from(["", "a", "a/b", "b"]),
)
@example(["b/a.sql"], ["b/"], [], [(True, "b/b.sql")], ["", "b"], "")
@example(["a/b/a.sql"], ["a/**"], [], [(False, "a")], ["", "a/b"], "")
def test_the_same_as_looking_everywhere(
    tmp_path_factory: pytest.TempPathFactory,
    tree: list[str],
    top: list[str],
    nested: list[str],
    changes: list[tuple[bool, str]],
    starts: list[str],
    root: str,
) -> None:
    base = tmp_path_factory.mktemp("tree")
    for place in tree:
        write(base, place)
    (base / ".gitignore").write_text("\n".join(top))
    if (base / "a").is_dir():
        (base / "a/.gitignore").write_text("\n".join(nested))
    before = discover([base / one for one in starts if (base / one).exists()], root=base / root)
    touched: set[Path] = set()
    for written, place in changes:
        if written:
            touched |= write(base, place)
        else:
            touched.add(base / place)
            remove(base, place)
    if (base / "a").is_dir() and "a" not in {place for _, place in changes}:
        # what an ignore file that comes or goes changes is another story
        (base / "a/.gitignore").write_text("\n".join(nested))
    assume(not (base / root).is_file())
    there = [base / one for one in starts if (base / one).exists()]
    gone = {base / one for one in starts} - set(there)
    again = look_again(touched | gone, there, root=base / root)
    after = discover(there, root=base / root)
    lost = covering([place for one in gone for place in discover_places(one, base / root)])
    assert [path for path in merged(before, again) if not lost(path)] == sorted(
        file.path for file in after.files if not lost(file.path)
    )


def discover_places(path: Path, root: Path) -> list[str]:
    relative = os.path.relpath(path, root)
    return [""] if relative == "." else [relative, relative + "/"]


def found(*arguments: object, **options: object) -> tuple[list[str], tuple[str, ...]]:
    result = look_again(*arguments, **options)  # type: ignore[arg-type]
    assert result.problems == []
    return sorted(file.path for file in result.files), result.roots


def test_places_outside_of_what_is_ingested_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, "sql/a.sql")
    write(tmp_path, "other/b.sql")
    assert found([tmp_path / "other/b.sql"], [tmp_path / "sql"], root=tmp_path) == ([], ())
    assert found([tmp_path], [tmp_path / "sql"], root=tmp_path) == (["sql/a.sql"], ("sql", "sql/"))


def test_a_file_given_by_name_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, "sql/query.txt")
    paths = [tmp_path / "sql", tmp_path / "sql/query.txt"]
    assert found([tmp_path / "sql/query.txt"], paths, root=tmp_path)[0] == ["sql/query.txt"]
    assert found([tmp_path / "sql/query.txt"], paths[:1], root=tmp_path) == (
        [],
        ("sql/query.txt", "sql/query.txt/"),
    )


def test_a_link_is_not_followed_and_what_was_there_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "sql/a.sql")
    write(tmp_path, "outside/b.sql")
    (tmp_path / "sql/link").symlink_to("../outside")
    assert found([tmp_path / "sql/link/b.sql"], [tmp_path / "sql"], root=tmp_path) == (
        [],
        ("sql/link/b.sql", "sql/link/b.sql/"),
    )
    followed = found([tmp_path / "sql/link/b.sql"], [tmp_path / "sql"], root=tmp_path, follow_symlinks=True)
    assert followed == (["sql/a.sql", "sql/link/b.sql"], ("sql", "sql/"))


def test_a_place_that_cannot_be_looked_into_is_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "sql/a/b.sql")
    real = os.lstat

    def refuse(path: str) -> os.stat_result:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "lstat", refuse)
    again = look_again([tmp_path / "sql/a/b.sql"], [tmp_path / "sql"], root=tmp_path)
    assert (again.files, again.unseen) == ([], ("sql/a/b.sql", "sql/a/b.sql/"))
