# Everything a contributor does, by name. Needs make and Python >= 3.11; the rest goes into .venv, once.

VENV       := .venv
PY         := $(VENV)/bin/python
PYTHON     ?= python3
MIN_PYTHON := 3.11

# make run: what to ingest, in which dialect, into which project. DIALECT is for every file; without it a file's
# `-- dialect: …` line decides, else its looks.
SQL        ?= examples
DIALECT    ?=
PROJECT    ?= $(if $(filter examples,$(SQL)),.lineagraph-demo,.lineagraph)
# The figure the supervisor sees: eight files and two systems away from where a claims handler typed it in.
FIGURE     := regulatory.s_05_01_non_life.gross_claims_incurred

# make test: pytest's workers and further arguments, as in `make test ARGS="-k merge"`
WORKERS    ?= 2
ARGS       ?=

EXTRAS     := dbt schemas dask
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench docs requirements clean distclean
.DELETE_ON_ERROR:
# Stamps say what is installed: nothing is done twice.
RUN_READY := $(VENV)/.stamp-run
DEV_READY := $(VENV)/.stamp-dev

help:  ## list what can be made
	@echo "usage: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_READY)  ## ingest examples/ and trace one figure; or make run SQL=path DIALECT=snowflake
	@bash examples/tour.sh "$(VENV)/bin/lineagraph" "$(SQL)" "$(DIALECT)" "$(PROJECT)" "$(FIGURE)"

test: lint  ## lint, types, the import rule and all tests; ARGS="-k merge" for some of them
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(DEV_READY)  ## ruff, pyright (strict) and the import rule, without changing a file
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check --output-format concise .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports --no-logo

format: $(DEV_READY)  ## put the code in order: import order, safe fixes, layout
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(DEV_READY)  ## measure and print ratios; see benchmarks/README.md
	@test -f benchmarks/__main__.py || { echo "there is no benchmark yet: benchmarks/__main__.py is missing"; exit 1; }
	$(PY) -m benchmarks $(ARGS)

docs: $(DEV_READY)  ## run every example in the documentation; ACCEPT=1 writes what they print into the pages
	LINEAGRAPH_DOCS_ACCEPT=$(ACCEPT) $(PY) -m pytest tests/test_docs.py $(ARGS)

requirements: $(DEV_READY)  ## resolve requirements/*.in again, with hashes and to the newest versions
	$(call resolve,run,--extra dbt)
	$(call resolve,dev,$(EXTRAS:%=--extra %) --constraint requirements/run.txt)

define resolve
	$(VENV)/bin/uv pip compile pyproject.toml requirements/$(1).in $(2) --output-file requirements/$(1).txt \
		--universal --python-version $(MIN_PYTHON) --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url
endef

clean:  ## remove caches and the demo project
	rm -rf .lineagraph-demo .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## remove the environment too
	rm -rf $(VENV) .peers

$(PY):
	@for python in $(PYTHON) python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(MIN_PYTHON)".split("."))))' 2>/dev/null; \
		then echo "creating $(VENV) with $$("$$python" -V)"; \
			"$$python" -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo "$$python cannot make an environment: install its venv module (Debian: python3-venv)" >&2; exit 1; \
		fi; \
	done; echo "Python $(MIN_PYTHON) or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; exit 1

$(RUN_READY): requirements/run.txt pyproject.toml | $(PY)
	$(call install,run)

$(DEV_READY): requirements/dev.txt pyproject.toml | $(PY)
	$(call install,dev)
	@touch $(RUN_READY)

# Editable and without build isolation: the build backend is pinned like everything else.
define install
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@echo "installing requirements/$(1).txt into $(VENV)"
	@$(PY) -m pip install --quiet --require-hashes -r requirements/$(1).txt
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endef
