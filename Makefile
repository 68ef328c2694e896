# Every recipe works from a fresh clone: each depends on the environment it needs.

PYTHON ?= python3.11
ifeq (, $(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
BIN := .venv/bin
export CARBON_DATA ?= data
export CARBON_PUBLISHED ?= published
# Clients of readers, each in an environment of its own: the tests open the published file with them.
export CARBON_CLIENTS ?= $(CURDIR)/.clients
CLIENTS := .clients/duckdb-1.0/ready .clients/newest/ready .clients/node/ready
INSTALL := PYTHON=$(PYTHON) .ci/install
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(BIN)/uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-strip-extras --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help warehouse check test lint lock docs clean

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

warehouse: .venv/ready ## Build the sample: published/carbon_budget.duckdb and its atlas
	$(BIN)/carbon ingest
	$(BIN)/carbon build
	$(BIN)/carbon atlas
	$(BIN)/carbon summary

check: .venv/dev ## Format, lint, types and the fast tests: the daily loop
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not pipeline and not slow" -n 2

test: .venv/dev $(CLIENTS) ## Run every test, the fast ones first
	$(BIN)/python -m pytest -m "not pipeline" -n auto
	$(BIN)/python -m pytest -m pipeline -n auto --dist loadgroup

lint: .venv/dev ## Check style, types and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint models tests/dbt analyses

docs: .venv/ready ## Write the reference documents anew from what they document
	$(BIN)/python -m tools.reference

lock: .venv/ready ## Compile the lock files anew (needs the network)
	$(COMPILE) pyproject.toml --extra dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra install --constraint requirements.lock \
	    --output-file requirements-run.lock
	echo uv | $(COMPILE) - --output-file .ci/uv.lock
	$(COMPILE) tests/clients/newest.in --output-file tests/clients/newest.lock

clean: ## Remove what was built (not the environment)
	rm -rf data published target logs

# What the warehouse needs to run, and on top of it what its tests and checks need.
.venv/ready: requirements-run.lock pyproject.toml
	$(INSTALL) .venv $< .
	@touch $@

.venv/dev: requirements.lock .venv/ready
	$(INSTALL) .venv $<
	@touch $@

# BI tools ship old drivers, and people install the newest.
.clients/duckdb-1.0/ready .clients/newest/ready: .clients/%/ready: tests/clients/%.lock
	$(INSTALL) $(@D) $<
	@touch $@

.clients/node/ready: tests/clients/package-lock.json
	@mkdir -p $(@D) && cp tests/clients/package.json tests/clients/package-lock.json $(@D)
	@if command -v npm >/dev/null; then cd $(@D) && npm ci --silent --ignore-scripts --no-audit --no-fund; \
	    else echo "npm was not found: the test of the Node client will skip"; fi
	@touch $@
