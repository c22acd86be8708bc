"""Which files are found, under which stored path, and what happens to what cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineagraph.diagnostics import Code, LineagraphError, Severity
from lineagraph.ingest.discover import DiscoveryError, discover
from lineagraph.ingest.ignore_rules import parse_rules
from lineagraph.ingest.stored_paths import stored_path


def write(base: Path, **files: str) -> None:
    for name, text in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def make(base: Path, *names: str) -> None:
    write(base, **dict.fromkeys(names, "select 1"))


def found(base: Path, *paths: str | Path, **options: object) -> list[str]:
    result = discover(paths or (base,), root=base, **options)  # type: ignore[arg-type]
    assert result.problems == []
    return sorted(file.path for file in result.files)


def git(base: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=", *arguments],
        cwd=base,
        env=environment,
        capture_output=True,
        check=True,
    )
    return os.fsdecode(done.stdout)


def test_takes_sql_by_extension_in_any_case_and_sorts_by_stored_path(tmp_path: Path) -> None:
    make(
        tmp_path,
        "b.SQL",
        "a/z.sql",
        "a.sql",
        "a-b/c.hql",
        "proc.PKB",
        "model.sql.j2",
        "readme.md",
        "sql",
        "x.sqlite",
    )
    assert found(tmp_path) == ["a-b/c.hql", "a.sql", "a/z.sql", "b.SQL", "model.sql.j2", "proc.PKB"]


def test_says_what_stat_said(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"select 1")
    os.utime(tmp_path / "a.sql", ns=(5, 1_000_000_007))
    (file,) = discover([tmp_path], root=tmp_path).files
    status = os.stat(tmp_path / "a.sql")
    assert (file.size, file.mtime_ns, file.inode, file.ctime_ns) == (
        8,
        1_000_000_007,
        status.st_ino,
        status.st_ctime_ns,
    )
    assert Path(file.absolute).read_bytes() == b"select 1"


def test_a_file_given_by_name_is_taken_whatever_its_extension_and_once(tmp_path: Path) -> None:
    make(tmp_path, "query.txt", "a.sql", ".gitignore")
    write(tmp_path, **{".gitignore": "query.txt\na.sql\n"})
    assert found(tmp_path, tmp_path, tmp_path / "query.txt", tmp_path / "query.txt") == ["query.txt"]
    assert found(tmp_path, tmp_path / "a.sql") == ["a.sql"]


def test_stored_paths_do_not_depend_on_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "project/sql/a.sql", "shared/b.sql")
    expected = ["../shared/b.sql", "sql/a.sql"]
    monkeypatch.chdir(tmp_path / "project")
    assert sorted(f.path for f in discover(["sql", "../shared"], root=".").files) == expected
    assert sorted(f.path for f in discover(["sql", "../shared"]).files) == expected
    monkeypatch.chdir(tmp_path / "project" / "sql")
    assert sorted(f.path for f in discover([".", "../../shared"], root="..").files) == expected


def test_a_root_reached_through_a_symbolic_link_gives_the_same_paths(tmp_path: Path) -> None:
    make(tmp_path, "real/sql/a.sql")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for root in ("real", "link"):
        for path in ("real/sql", "link/sql"):
            assert sorted(f.path for f in discover([tmp_path / path], root=tmp_path / root).files) == [
                "sql/a.sql"
            ]


def test_version_control_and_our_own_directory_are_never_entered(tmp_path: Path) -> None:
    make(tmp_path, ".git/a.sql", ".lineagraph/a.sql", ".hg/a.sql", "node_modules/a.sql", ".venv/a.sql")
    assert found(tmp_path) == [".venv/a.sql", "node_modules/a.sql"]


def test_ignore_files_nest_and_the_deeper_one_wins(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.gen.sql",
        "x/a.gen.sql",
        "x/b.gen.sql",
        "x/y/keep.gen.sql",
        "out/a.sql",
        "x/out/a.sql",
        "x/only.sql",
    )
    write(
        tmp_path,
        **{".gitignore": "*.gen.sql\n/out/\n", "x/.gitignore": "!b.gen.sql\n", "x/y/.gitignore": "!*"},
    )
    assert found(tmp_path) == ["x/b.gen.sql", "x/only.sql", "x/out/a.sql", "x/y/keep.gen.sql"]


def test_our_ignore_file_overrules_gits_in_the_same_directory(tmp_path: Path) -> None:
    make(tmp_path, "generated/a.sql", "scratch/b.sql", "c.sql")
    write(tmp_path, **{".gitignore": "generated/\n", ".lineagraphignore": "!generated/\nscratch/\n"})
    assert found(tmp_path) == ["c.sql", "generated/a.sql"]
    assert found(tmp_path, ignore_files=()) == ["c.sql", "generated/a.sql", "scratch/b.sql"]


def test_a_file_of_an_excluded_directory_cannot_come_back(tmp_path: Path) -> None:
    make(tmp_path, "old/a.sql", "new/a.sql")
    write(tmp_path, **{".gitignore": "old/\n!old/a.sql\nnew/*\n!new/a.sql\n"})
    assert found(tmp_path) == ["new/a.sql"]


def test_ignore_files_above_the_given_directory_count_up_to_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "repo/sql/tmp/a.sql", "repo/sql/b.sql", "repo/sql/c.sql")
    write(tmp_path, **{".gitignore": "c.sql\n", "repo/.gitignore": "/sql/tmp/\n"})
    assert found(tmp_path, tmp_path / "repo/sql") == ["repo/sql/b.sql"], "no repository: up to the root"
    (tmp_path / "repo/.git").mkdir()
    assert found(tmp_path, tmp_path / "repo/sql") == ["repo/sql/b.sql", "repo/sql/c.sql"]
    assert found(tmp_path, tmp_path / "repo/sql/tmp") == ["repo/sql/tmp/a.sql"], "given by name, so taken"


@pytest.mark.parametrize("follow", [False, True])
def test_symbolic_link_loops_end(tmp_path: Path, follow: bool) -> None:
    make(tmp_path, "a/b/q.sql")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/self").symlink_to("self")
    (tmp_path / "top").symlink_to(tmp_path)
    assert found(tmp_path, follow_symlinks=follow) == ["a/b/q.sql"]


def test_symbolic_links_are_followed_on_request_and_real_paths_win(tmp_path: Path) -> None:
    make(tmp_path, "tree/z/q.sql", "outside/p.sql", "outside/deep/r.sql")
    (tmp_path / "tree/a").symlink_to(tmp_path / "tree/z")
    (tmp_path / "tree/q-again.sql").symlink_to("z/q.sql")
    (tmp_path / "tree/out").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/out2").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/hidden").symlink_to(tmp_path / "outside")
    write(tmp_path, **{"tree/.gitignore": "hidden\n"})
    result = discover([tmp_path / "tree"], root=tmp_path)
    assert sorted(f.path for f in result.files) == ["tree/z/q.sql"]
    assert [(p.file, p.severity) for p in result.problems] == [
        ("tree/out", Severity.INFO),
        ("tree/out2", Severity.INFO),
    ]
    followed = found(tmp_path, tmp_path / "tree", follow_symlinks=True)
    assert followed == ["tree/out/deep/r.sql", "tree/out/p.sql", "tree/z/q.sql"]


def test_a_broken_link_to_sql_is_reported_when_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "gone.sql").symlink_to("nowhere.sql")
    (tmp_path / "gone.txt").symlink_to("nowhere.txt")
    result = discover([tmp_path], root=tmp_path, follow_symlinks=True)
    assert [(p.code, p.file) for p in result.problems] == [(Code.UNREADABLE_FILE, "gone.sql")]


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_directory_is_a_diagnostic_with_real_permissions(tmp_path: Path) -> None:
    make(tmp_path, "a.sql", "locked/b.sql")
    (tmp_path / "locked").chmod(0)
    try:
        result = discover([tmp_path], root=tmp_path)
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert sorted(f.path for f in result.files) == ["a.sql"]
    assert [(p.code, p.file) for p in result.problems] == [(Code.UNREADABLE_FILE, "locked/")]


def test_links_not_followed_are_said_if_something_is_missed(tmp_path: Path) -> None:
    make(tmp_path, "tree/a.sql", "tree/x/b.sql", "outside/c.sql", "outside/d.txt")
    for name, target in {
        "again.sql": "a.sql",
        "up": "x",
        "x/top": "..",
        "lost.sql": "../outside/c.sql",
        "ignored.sql": "../outside/c.sql",
        "text": "../outside/d.txt",
        "broken.sql": "nowhere",
        "loop.sql": "loop.sql",
    }.items():
        (tmp_path / "tree" / name).symlink_to(target)
    write(tmp_path, **{"tree/.gitignore": "ignored.*\n"})
    assert [p.file for p in discover([tmp_path / "tree"], root=tmp_path).problems] == ["tree/lost.sql"]
    assert found(tmp_path, tmp_path / "tree", tmp_path / "outside/c.sql") == [
        "outside/c.sql",
        "tree/a.sql",
        "tree/x/b.sql",
    ]


def test_many_links_do_not_flood(tmp_path: Path) -> None:
    make(tmp_path, "tree/a.sql", "outside/c.sql")
    for number in range(25):
        (tmp_path / f"tree/{number:02}.sql").symlink_to("../outside/c.sql")
    problems = discover([tmp_path / "tree"], root=tmp_path).problems
    assert len(problems) == 20
    assert [problem.message for problem in problems if "more" in problem.message] == [
        "tree/19.sql: is a symbolic link and was not followed, as 5 more"
    ]


def test_a_file_has_one_stored_path_wherever_the_walk_begins(tmp_path: Path) -> None:
    make(tmp_path, "p/a.sql", "p/q/b.sql", "p/q/r/c.sql", "p/x/d.sql")
    expected = ["../../a.sql", "../../x/d.sql", "../b.sql", "c.sql"]
    result = discover([tmp_path / "p"], root=tmp_path / "p/q/r")
    assert sorted(f.path for f in result.files) == expected
    assert all((tmp_path / "p/q/r" / f.path).samefile(f.absolute) for f in result.files)
    assert result.roots == ("../../",)


def test_says_where_it_looked_and_when(tmp_path: Path) -> None:
    make(tmp_path, "sql/a.sql", "b.sql")
    result = discover([tmp_path / "sql", tmp_path / "b.sql"], root=tmp_path)
    assert (result.roots, result.unseen) == (("b.sql", "b.sql/", "sql", "sql/"), ())
    assert discover([tmp_path], root=tmp_path).roots == ("",)
    assert all(0 < file.mtime_ns < result.began_ns + 10**9 for file in result.files)


def test_an_unreadable_directory_and_ignore_file_are_diagnostics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, who may read everything: so the operating system's answer is put in its mouth."""
    make(tmp_path, "a.sql", "locked/b.sql", "sub/c.sql", "sub/.gitignore")
    real_open = open

    def refuse(path: str, mode: str = "r") -> object:
        if str(path).endswith(".gitignore"):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, mode)

    cannot_list(monkeypatch, "locked", PermissionError(13, "Permission denied"))
    monkeypatch.setattr("builtins.open", refuse)
    result = discover([tmp_path], root=tmp_path)
    assert sorted(f.path for f in result.files) == ["a.sql", "sub/c.sql"]
    assert [(p.code, p.file) for p in result.problems] == [
        (Code.UNREADABLE_FILE, "locked/"),
        (Code.UNREADABLE_FILE, "sub/.gitignore"),
    ]
    assert "Permission denied" in result.problems[0].message
    assert result.unseen == ("locked/",)


def cannot_list(monkeypatch: pytest.MonkeyPatch, name: str, error: OSError) -> None:
    real = os.open

    def refuse(path: str, *arguments: int, **options: int) -> int:
        if str(path).endswith(name):
            raise error
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)


def test_an_unreadable_start_leaves_everything_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "sql/b.sql")
    cannot_list(monkeypatch, "sql", OSError(5, "Input/output error"))
    result = discover([tmp_path / "sql"], root=tmp_path)
    assert (result.files, result.unseen) == ([], ("sql/",))
    assert discover([tmp_path / "sql"], root=tmp_path / "sql").unseen == ("",)


@pytest.mark.parametrize(
    "path", ["nowhere", "nowhere/a.sql", "a.sql/b.sql", "nul\0byte", "line\nbreak", "x" * 5000]
)
def test_a_missing_path_is_an_error_of_one_line(tmp_path: Path, path: str) -> None:
    make(tmp_path, "a.sql")
    with pytest.raises(DiscoveryError) as caught:
        discover([f"{tmp_path}/{path}"])
    assert isinstance(caught.value, LineagraphError)
    assert "check" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs")
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    assert found(tmp_path) == []
    with pytest.raises(DiscoveryError, match="neither a file nor a directory"):
        discover([tmp_path / "pipe.sql"])


@pytest.mark.skipif(sys.platform != "linux", reason="file names are not bytes elsewhere")
def test_strange_names_are_stored_showable_and_open(tmp_path: Path) -> None:
    names = [
        b"new\nline.sql",
        b"latin\xe9.sql",
        "grüße.sql".encode(),
        b"back\\slash.sql",
        b"esc\x1b[31m.sql",
        b"a\\xe9.sql",
    ]
    for name in [*names, "rtl\u202elqs.sql".encode(), "c1\u0085.sql".encode(), b"c1\x85.sql"]:
        (Path(os.fsdecode(tmp_path)) / os.fsdecode(name)).write_text("select 1")
    files = discover([tmp_path], root=tmp_path).files
    assert {f.path for f in files} == {
        "new\\x0aline.sql",
        "latin\\xe9.sql",
        "grüße.sql",
        "back\\\\slash.sql",
        "esc\\x1b[31m.sql",
        "a\\\\xe9.sql",
        "rtl\\u202elqs.sql",
        "c1\\u0085.sql",
        "c1\\x85.sql",
    }
    for file in files:
        file.path.encode("utf-8")
        assert Path(file.absolute).read_text() == "select 1"


@given(st.text(st.sampled_from("ab\\x09\n\udce9\x85é\u202e/"), max_size=6), st.text(max_size=6))
def test_stored_paths_are_one_to_one_and_printable(left: str, right: str) -> None:
    for a, b in ((left, right), (right, left + right)):
        assert (stored_path(a) == stored_path(b)) == (a == b)
        assert "\n" not in stored_path(a)


def test_a_directory_that_vanishes_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.sql", "gone/b.sql")
    cannot_list(monkeypatch, "gone", FileNotFoundError(2, "No such file or directory"))
    result = discover([tmp_path], root=tmp_path)
    assert (sorted(f.path for f in result.files), result.problems, result.unseen) == (["a.sql"], [], ())


def test_a_deep_tree_needs_no_recursion(tmp_path: Path) -> None:
    deep = str(tmp_path)
    for _ in range(1200):
        deep += "/d"
        os.mkdir(deep)
    Path(deep, "q.sql").write_text("")
    try:
        assert len(found(tmp_path)) == 1
    finally:
        # pytest removes old temporary directories by recursion.
        os.remove(f"{deep}/q.sql")
        while deep != str(tmp_path):
            os.rmdir(deep)
            deep = deep.removesuffix("/d")


NAMES = [
    "a",
    "b",
    "ab",
    "a.sql",
    "b.sql",
    "a b.sql",
    "[x].sql",
    "#h.sql",
    "!n.sql",
    "aab.sql",
    "z-1.sql",
    "back\\slash",
]
ATOMS = [
    *(name for name in NAMES if "\\" not in name),
    "*",
    "**",
    "?",
    "*.sql",
    "a*",
    "*b*",
    "[ab]",
    "[!a]*",
    "[^a]?",
    "[a-c]*",
    "[]x]*",
]
ATOMS += [
    "\\#h.sql",
    "\\[x].sql",
    "back\\\\slash",
    "a*a*b*",
    "*.*",
    "a\\ b.sql",
]
# What pathspec reads as git does. What it does not is in `test_where_pathspec_and_git_differ`.
segments = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4).map("/".join)
# A line with too many stars is reported instead of followed.
lines = st.builds(
    lambda negation, slash, body, end: negation + slash + body + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    segments,
    st.sampled_from(["", "", "/", "  ", "\\ ", "/ ", "\r"]),
).filter(lambda line: parse_rules(line)[1] == ())
trees = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join), min_size=3, max_size=10
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees, st.lists(lines, min_size=1, max_size=5), st.lists(lines, max_size=3))
def test_finds_what_git_finds(
    tmp_path_factory: pytest.TempPathFactory, tree: list[str], top: list[str], nested: list[str]
) -> None:
    base = tmp_path_factory.mktemp("repo")
    git(base, "init", "-q")
    for name in tree:
        path = base / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
    (base / ".gitignore").write_text("\n".join(top), newline="")
    if (base / "a").is_dir():
        (base / "a/.gitignore").write_text("\n".join(nested), newline="")
    listed = git(base, "ls-files", "-z", "--others", "--exclude-standard").split("\0")[:-1]
    # An extension that ends every name, so that only the ignore rules decide.
    result = discover([base], root=base, extensions=("",))
    assert sorted(os.path.relpath(f.absolute, base) for f in result.files) == sorted(listed)
    assert result.problems == []


@pytest.mark.parametrize("atom", ATOMS)
def test_no_supported_pattern_is_left_out(atom: str) -> None:
    assert parse_rules(f"{atom}\n!/{atom}/")[1] == ()


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("**/x/**/y", "a/x/b/c/y", True),
        ("**/x/**/y", "x/y", True),
        ("**/x/**/y", "x/y/z", None),
        ("a/**", "a", None),
        ("a/**", "a/b/c", True),
        ("a/**/b/**/c", "a/b/x/b/y/c", True),
        ("a/**/b/**/c", "a/x/c", None),
        ("a/*/c", "a/b/b/c", None),
        ("*.sql\n!/keep.sql", "keep.sql", False),
        ("\ufeffa.sql", "a.sql", True),
        ("# a.sql", "# a.sql", None),
    ],
)
def test_patterns(rules: str, path: str, ignored: bool | None) -> None:
    assert verdict(rules, path) is ignored


def verdict(rules: str, path: str) -> bool | None:
    parsed, bad = parse_rules(rules)
    assert bad == ()
    return parsed.decide(path, False) if parsed else None


@pytest.mark.parametrize(
    ("line", "name", "git_ignores"),
    [
        ("a.sql\t", "a.sql", False),
        ("a.sql\\  ", "a.sql ", True),
        ("[\\]]x.sql", "]x.sql", True),
        ("a[x/]b.sql", "axb.sql", True),
        ("a[!b]c.sql", "a/c.sql", False),
        ("***/b.sql", "a/a/b.sql", True),
        ("a\\/b.sql", "a/b.sql", True),
        ("[z-a]*", "z.sql", True),
        ("[[:alpha:]].sql", "a.sql", True),
        ("a.sql", "a.sql\n", False),
    ],
)
def test_where_pathspec_and_git_differ(tmp_path: Path, line: str, name: str, git_ignores: bool) -> None:
    """The differences the decision record accepts. If one is gone, take it from there and into the property above."""
    git(tmp_path, "init", "-q")
    make(tmp_path, name)
    (tmp_path / ".gitignore").write_text(line, newline="")
    listed = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard").split("\0")[:-1]
    assert (name not in listed) is git_ignores
    ours = [f.absolute for f in discover([tmp_path], root=tmp_path, extensions=("",)).files]
    assert (str(tmp_path / name) not in ours) is not git_ignores


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[[:alpha:]].sql", "character class"),
        ("[a--z].sql", "character class"),
        ("[z-a].sql", "not a valid pattern"),
        ("a\\", "not a valid pattern"),
        ("!", "not a valid pattern"),
        ("a[", "can match nothing"),
        ("/", "can match nothing"),
        ("*a*a*a*a*b", "too many stars"),
        ("**/a/**/b/**/c", "too many stars"),
        ("a" * 1001, "longer than 1,000 characters"),
    ],
)
def test_a_line_that_is_left_out_is_reported_and_the_others_hold(
    tmp_path: Path, line: str, reason: str
) -> None:
    make(tmp_path, "x/kept.sql", "x/gone.sql")
    write(tmp_path, **{"x/.gitignore": f"# rules\n{line}\ngone.sql\n"})
    result = discover([tmp_path], root=tmp_path)
    assert sorted(f.path for f in result.files) == ["x/kept.sql"]
    (problem,) = result.problems
    assert (problem.code, problem.severity, problem.file) == (
        Code.UNREADABLE_FILE,
        Severity.WARNING,
        "x/.gitignore",
    )
    assert problem.message.startswith("x/.gitignore:2: ")
    assert reason in problem.message
    assert problem.span is not None
    assert problem.span.start_line == 2


def test_a_file_that_is_no_ignore_file_does_not_flood(tmp_path: Path) -> None:
    make(tmp_path, "a.sql")
    write(tmp_path, **{".gitignore": "[\n" * 100})
    problems = discover([tmp_path], root=tmp_path).problems
    assert len(problems) == 21
    assert problems[-1].message == ".gitignore:21: this line and 79 below it are not applied either"


def test_rules_have_limits_per_file() -> None:
    rules, bad = parse_rules("\n".join(f"f{i}" for i in range(10_002)))
    assert rules is not None
    assert (rules.decide("f9999", False), rules.decide("f10000", False)) == (True, None)
    assert [b.line for b in bad] == [10_001]
    rules, bad = parse_rules("\n".join(f"x{i}-*a*b*c" for i in range(12)))
    assert rules is not None
    assert (rules.decide("x9-abc", False), rules.decide("x10-abc", False)) == (True, None)
    assert [b.line for b in bad] == [11, 12]


def test_the_most_stars_in_common_use_are_not_too_many() -> None:
    """From the collection of ignore files that GitHub offers to new repositories."""
    assert verdict("report.[0-9]*.[0-9]*.[0-9]*.[0-9]*.json", "x/report.20240101.1.2.3.json") is True
    assert verdict("**/build/**/*.gen.*", "x/build/a/b/m.gen.sql") is True


@given(st.text() | st.text(st.sampled_from("ab*?[]!^-:\\/#.~&| \t\r\n")), st.text(min_size=1), st.booleans())
def test_no_text_is_an_error_or_a_warning_of_pythons(text: str, path: str, directory: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rules, _ = parse_rules(text)
        if rules is not None:
            rules.decide(path, directory)


def test_hostile_patterns_end() -> None:
    """In a process of its own with a limit: a regular expression that backtracks cannot be interrupted from inside."""
    code = """
from lineagraph.ingest.ignore_rules import parse_rules
name = 'a' * 100 + '.sql'
stars = '*a' * 60 + 'b'
for rule in (stars, '*' * 900 + 'b', '/' + stars, '**/a/' * 30 + 'b', 'a/**/' * 30 + stars, 'a/' + '**/*a*a/' * 30,
             '*a*a*a*b', '*a*a*b', '**/a/**/a*a*b', '?' * 900, '[!b]*' * 60 + 'b'):
    for text in (rule, f'{rule}/', '\\n'.join(f'{rule}{i}' for i in range(250))):
        rules, bad = parse_rules(text)
        assert rules or bad
        for path in (name, '/'.join('a' * 1000)) if rules else ():
            assert rules.decide(path, False) is None
"""
    subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, env={**os.environ, "PYTHONPATH": "src"}
    )


@given(
    st.lists(
        lines
        | st.sampled_from(["*.pyc", "*.py[cod]", "*.sq[kl]", "gen_*.sql", ".env*", "*~", "x.*", "/q/*.SQL"]),
        max_size=6,
    ),
    st.lists(
        st.sampled_from([*NAMES, "x.pyc", "gen_a.sql", ".env.sql", "q", "a.SQL", "x.sql\n", "a~"]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([(".sql",), (".sql", ".pyc"), ("",)]),
)
def test_a_name_that_is_screened_out_is_one_no_rule_matches(
    rules: list[str], path: list[str], endings: tuple[str, ...]
) -> None:
    parsed, _ = parse_rules("\n".join(rules))
    name = path[-1]
    if parsed is None or not name.lower().endswith(endings):
        return
    screen = parsed.name_screen(endings)
    if screen is None or not screen.passes(name):
        assert parsed.decide("/".join(path), False) is None


@pytest.mark.parametrize(
    ("rules", "passing"),
    [
        ("*.pyc\n*.py[cod]\n.env\n/build/\n*.log\n*~\n.DS_Store\nnode_modules/", []),
        ("gen_*.sql", ["gen_a.sql"]),
        ("*_tmp.sql", ["b_tmp.sql"]),
        ("*.gen.sq[kl]", ["c.gen.sql"]),
        ("/x/d.sql", ["d.sql"]),
        ("*d*", ["gen_a.sql", "b_tmp.sql", "c.gen.sql", "d.sql"]),
    ],
)
def test_few_names_are_asked_about(rules: str, passing: list[str]) -> None:
    parsed, bad = parse_rules(rules)
    assert parsed is not None
    assert bad == ()
    screen = parsed.name_screen((".sql", ".ddl"))
    names = ["gen_a.sql", "b_tmp.sql", "c.gen.sql", "d.sql"]
    assert [name for name in names if screen is not None and screen.passes(name)] == passing
