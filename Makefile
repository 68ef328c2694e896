# Every recipe works from a fresh clone: each depends on the environment it needs.

PYTHON ?= python3.11
ifeq (, $(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
BIN := .venv/bin
export CARBON_DATA ?= data
export CARBON_PUBLISHED ?= published
export CARBON_DUCKDB_1_0_PYTHON ?= $(CURDIR)/.venv/duckdb-1.0/bin/python

.DEFAULT_GOAL := help
.PHONY: help warehouse test test-fast lint lock docs clean

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

warehouse: .venv/ready ## Build the sample: published/carbon_budget.duckdb and its atlas
	$(BIN)/carbon ingest
	$(BIN)/carbon build
	$(BIN)/carbon atlas

test: .venv/ready .venv/duckdb-1.0/ready ## Run every test, the fast ones first
	$(BIN)/python -m pytest -m "not pipeline" -n auto
	$(BIN)/python -m pytest -m pipeline -n auto --dist loadgroup

lint: .venv/ready ## Check style, types and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint models tests/dbt analyses

docs: .venv/ready ## Write the reference documents anew from what they document
	$(BIN)/python -m reference

lock: .venv/ready ## Compile requirements.lock anew (needs the network)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-strip-extras --no-emit-index-url --no-header --output-file requirements.lock

clean: ## Remove what was built (not the environment)
	rm -rf data published target logs

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# BI tools ship old drivers: the published file is opened with DuckDB 1.0 in the tests.
.venv/duckdb-1.0/ready: .venv/ready tests/requirements-duckdb-1.0.lock
	$(PYTHON) -m venv .venv/duckdb-1.0
	.venv/duckdb-1.0/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/requirements-duckdb-1.0.lock
	@touch $@
