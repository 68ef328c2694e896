# Every recipe works from a fresh clone: each depends on the environment it needs.

PYTHON ?= python3.11
ifeq (, $(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
BIN := .venv/bin
export CARBON_DATA ?= data
export CARBON_PUBLISHED ?= published
# Clients of readers, each in an environment of its own: the tests open the published file with them.
export CARBON_CLIENTS ?= $(CURDIR)/.venv
CLIENTS := .venv/duckdb-1.0/ready .venv/newest/ready .venv/node/ready

.DEFAULT_GOAL := help
.PHONY: help warehouse test lint lock docs clean

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

warehouse: .venv/ready ## Build the sample: published/carbon_budget.duckdb and its atlas
	$(BIN)/carbon ingest
	$(BIN)/carbon build
	$(BIN)/carbon atlas

test: .venv/ready $(CLIENTS) ## Run every test, the fast ones first
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
	$(BIN)/uv pip compile tests/clients/newest.in --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --output-file tests/clients/newest.lock

clean: ## Remove what was built (not the environment)
	rm -rf data published target logs

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# BI tools ship old drivers, and people install the newest.
.venv/duckdb-1.0/ready .venv/newest/ready: .venv/%/ready: tests/clients/%.lock .venv/ready
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile -r $<
	@touch $@

.venv/node/ready: tests/clients/package-lock.json .venv/ready
	@mkdir -p $(@D) && cp tests/clients/package.json tests/clients/package-lock.json $(@D)
	@if command -v npm >/dev/null; then cd $(@D) && npm ci --silent --ignore-scripts --no-audit --no-fund; \
	    else echo "npm was not found: the test of the Node client will skip"; fi
	@touch $@
