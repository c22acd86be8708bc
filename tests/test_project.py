"""The project's own promises: nothing of one machine is committed, modules say what they are for, make helps."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import lineagraph

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "src").rglob("*.py"))

# Written in pieces, so that this file does not find itself.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "files.python" + "hosted.org",
            "pypi" + ".org",
            "registry.npm" + "js.org",
            "proxy.go" + "lang.org",
            "index.crates" + ".io",
            "repo.maven." + "apache.org",
            "deb.debian" + ".org",
        )
    )
)
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|--find-links|--trusted-host|-i\s|-f\s)", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w./@:-])/(?:home|root|Users|work)/[\w.-]+")


def committed() -> list[Path]:
    """Every file that git tracks or would add; generated and ignored files are nobody's promise."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listing.stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_no_registry_host_or_machine_path_is_committed() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed()
        for pattern in (REGISTRY_HOSTS, MACHINE_PATH)
        for match in pattern.finditer(text_of(path))
    ]
    assert found == []


def test_the_searches_above_can_find_something() -> None:
    assert REGISTRY_HOSTS.search("https://pypi" + ".org/simple")
    assert MACHINE_PATH.search("venv = /ho" + "me/ann/.venv")
    assert INDEX_OPTION.search("--index-url https://example.com")
    assert not MACHINE_PATH.search("https://example.com/home/page")


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert not INDEX_OPTION.search(text)
    assert "://" not in text
    entries = re.findall(r"^\S.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(entries) > 10
    for entry in entries:
        if entry.startswith("#"):
            continue
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_what_runs_is_what_is_tested() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text()
        return dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.MULTILINE))

    tested = pins("dev.txt")
    assert {package: tested.get(package) for package in pins("run.txt")} == pins("run.txt")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_each_module_says_what_it_is_for_in_its_first_line(path: Path) -> None:
    source = path.read_text()
    docstring = ast.get_docstring(ast.parse(source))
    assert docstring, "no docstring"
    assert source.startswith('"""'), "the docstring does not come first"
    assert docstring.splitlines()[0].strip(), "the first line of the docstring is empty"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_no_module_outgrows_a_reader(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= 500


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "helpers", "common", "misc"}
    assert [path for path in MODULES if drawers & {path.stem, *path.relative_to(ROOT / "src").parts}] == []


def test_pyproject_names_every_extra_and_the_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"neo4j", "service", "dask", "dbt", "schemas"} <= set(project["optional-dependencies"])
    assert project["scripts"] == {"lineagraph": "lineagraph.cli.main:run"}
    assert project["requires-python"] == ">=3.11"


def test_the_version_is_written_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "src/lineagraph/version.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", lineagraph.__version__)


def test_the_changelog_starts_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  ([a-z-]+) +\S", listed, re.MULTILINE)) == set(phony.group(1).split())


def test_ci_runs_exactly_make_test() -> None:
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text().splitlines()
        if line.strip() and not line.startswith(("#", "set ", "cd ", "export "))
    ]
    assert commands == ["exec make test </dev/null"]
