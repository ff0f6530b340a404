# mlcycle. A fresh machine needs python3.11, make and git; everything else is installed into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
STAMP  := .venv/.installed
DATA   := data/planes.csv
PEOPLE := data/people.parquet
MAILS  := data/mails.parquet
SPEC   := specs/flight_delays.yaml
MONTH  := .mlcycle/simulations/flight_delays-20131104-20131202
# Tests wait for the disk at every commit of a database: their files are kept in memory where there is room.
FILES  := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')
PYTEST := $(FILES) $(BIN)/python -m pytest -n 2 --dist loadgroup

# Nothing that is started from here reports anything to anybody.
export NML_DISABLE_USAGE_LOGGING := 1
export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := true
export DAGSTER_DISABLE_TELEMETRY := yes
export FEAST_USAGE := False
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Hundreds of processes import the same modules: without the compiled files each would compile them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install data run dev test check lint golden examples bench schema chromium servers clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: $(STAMP)  ## make .venv from requirements.txt

$(STAMP): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "mlcycle needs python3.11 (Debian: apt-get install python3.11 python3.11-venv)"; exit 5; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing $$(grep -c == requirements.txt) pinned packages into .venv: this takes a few minutes, once"
	@$(BIN)/python -m pip install --quiet --progress-bar off -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

data: $(DATA) $(PEOPLE) $(MAILS)  ## write the example data into data/

$(DATA): $(STAMP) examples/nycflights.py
	@$(BIN)/python examples/nycflights.py data
	@touch $@

$(PEOPLE): $(STAMP) examples/census.py
	@$(BIN)/python examples/census.py data
	@touch $@

$(MAILS): $(STAMP) examples/mails.py examples/spamassassin.parquet
	@$(BIN)/python examples/mails.py data
	@touch $@

run: $(STAMP) $(DATA)  ## the example: from flights to a served, proven model
	@$(BIN)/mlcycle run $(SPEC) --no-summary
	@$(BIN)/mlcycle predict delays_api examples/request.json
	@test -f $(MONTH)/.whole || { $(BIN)/mlcycle simulate $(SPEC) --from 2013-11-04 --to 2013-12-02 --sample 20% && touch $(MONTH)/.whole; }
	@$(BIN)/mlcycle status $(SPEC)

dev: $(STAMP) $(DATA) $(PEOPLE) $(MAILS)  ## Dagster's page with the graph of every spec
	@mkdir -p .mlcycle/dagster
	@test -f .mlcycle/dagster/dagster.yaml || printf 'telemetry: {enabled: false}\nnux: {enabled: false}\n' > .mlcycle/dagster/dagster.yaml
	DAGSTER_HOME="$(CURDIR)/.mlcycle/dagster" $(BIN)/dagster dev -w workspace.yaml

check: $(STAMP) $(DATA) $(PEOPLE) $(MAILS) lint  ## format, lint, types, directions of imports, fast tests
	@$(PYTEST) -m "not slow"

test: $(STAMP) $(DATA) $(PEOPLE) $(MAILS) lint chromium servers  ## the same and all slow tests
	@$(PYTEST)

lint: $(STAMP)
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }

golden: schema $(DATA) $(PEOPLE) $(MAILS)  ## rewrite the expected files of the tests; read the diff before committing it
	@$(PYTEST) -m "not slow" --golden
	@git --no-pager diff --stat -- tests docs schema

examples: $(STAMP) $(DATA) $(PEOPLE) $(MAILS)  ## run every example project from its data to its service
	@for spec in specs/*.yaml; do echo "== $$spec"; $(BIN)/mlcycle run $$spec --no-summary || exit 1; done

bench: $(STAMP) $(DATA)  ## ratios and seconds: see benchmarks/README.md
	@for file in benchmarks/check.py benchmarks/plan.py benchmarks/contract.py benchmarks/join.py benchmarks/serving.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

schema: $(STAMP)  ## rewrite the JSON Schemas, the reference pages and the pages of errors
	@$(BIN)/python -m mlcycle.language.schema schema
	@$(BIN)/python -m mlcycle.language.reference docs/reference
	@$(BIN)/python -m mlcycle.diagnostics.pages docs/errors

# The test of Dagster's lineage page needs a browser; it comes from the system, not from a download.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing chromium for the browser test"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser test will say so"; \
	else \
	  echo "the browser test needs chromium: install it (Debian: apt-get install chromium)"; \
	fi

# Tests start PostgreSQL and Redis themselves, on ports and in folders of their own; the system's stay off.
servers: .tools/dvc/.installed .tools/croissant/.installed
	@missing=; \
	for program in initdb:postgresql redis-server:redis-server; do \
	  command -v $${program%%:*} >/dev/null || ls /usr/lib/postgresql/*/bin/$${program%%:*} >/dev/null 2>&1 || missing="$$missing $${program##*:}"; \
	done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing$$missing for the tests of real servers"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null 2>&1 \
	    || echo "$$missing could not be installed: the tests that need them will say so"; \
	else \
	  echo "the tests of real servers need$$missing: install it (Debian: apt-get install$$missing)"; \
	fi

# DVC in an environment of its own: its libraries contradict those of .venv.
.tools/dvc/.installed: requirements-dvc.txt $(STAMP)
	@echo "installing DVC into .tools for the tests of real repositories"
	@$(BIN)/python -m venv --clear .tools/dvc
	@.tools/dvc/bin/python -m pip install --quiet --progress-bar off -r requirements-dvc.txt
	@touch $@

# mlcroissant, too: its stubs for pandas would change what mypy finds here.
.tools/croissant/.installed: requirements-croissant.txt $(STAMP)
	@echo "installing mlcroissant into .tools for the test of Croissant files"
	@$(BIN)/python -m venv --clear .tools/croissant
	@.tools/croissant/bin/python -m pip install --quiet --progress-bar off -r requirements-croissant.txt
	@touch $@

clean:  ## remove what runs and tests left behind; keeps .venv and data
	rm -rf .mlcycle build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf .tools
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
