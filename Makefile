# Everything starts here; nothing but Python 3.11 or newer, git and make is needed beforehand.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
UV := UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv
NODE_DIR := tests/contract/node
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup node demo test scenarios actions bench lint types contracts format check docs clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.ready ## Make the virtual environment with locked dependencies

.venv/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Gatewright needs Python 3.11 or newer; set PYTHON=/path/to/python"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) sync --locked --quiet
	@touch $@

node: setup ## Install the Node programs that judge us, where npm is present
	@if command -v npm >/dev/null 2>&1; then \
		test -d $(NODE_DIR)/node_modules \
			|| npm ci --prefix $(NODE_DIR) --no-audit --no-fund --loglevel=error; \
	else echo "npm is absent: the tests judged by Node programs will skip"; fi

demo: setup ## Show the gates at work on this machine, in under a minute
	$(BIN)/gatewright demo

test: node ## Run the tests, all but the scenarios and the actions
	$(PYTEST) -m "not scenario and not actions"

scenarios: node ## Play whole deployments, and kill workers on purpose
	$(PYTEST) -m scenario tests/service/chatops tests/e2e

actions: setup ## Run our GitHub Actions in whole workflows, without GitHub
	$(PYTEST) --dist load -m actions tests/action tests/cli/test_staged.py

bench: node ## Measure speed and memory beside the peers
	$(BIN)/python -m tests.bench

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

format: setup ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint types contracts test scenarios actions ## What CI runs

docs: setup ## Write the generated parts of the documentation and the schemas anew
	$(BIN)/python -m tests.architecture.generated

clean: ## Remove what make has made
	rm -rf .venv $(NODE_DIR)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
