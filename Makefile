# Two commands do all the set-up: `make run` and `make test`. Everything lands in .venv and var/; nothing is installed elsewhere.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help run dashboard test test-all lint bench docs lock clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run ## Collect what is new, assess every country, draw up briefs (works with no network)
	@$(BIN)/monitor run

dashboard: $(VENV)/.run ## Open the dashboard on this machine
	@test -f $${MONITOR_HOME:-var}/published/current || $(BIN)/monitor run
	@$(BIN)/monitor dashboard

test: $(VENV)/.test ## Install from nothing and run the whole test suite
	@$(BIN)/python -m pytest -n auto --dist loadfile -r s

test-all: $(VENV)/.test ## The same, but a skipped test is a failure
	@MONITOR_TEST_ALL=1 $(BIN)/python -m pytest -n auto --dist loadfile -r s

lint: $(VENV)/.test ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.test ## Measure the speed of the main job on this machine
	@$(BIN)/python -m tests.bench

docs: $(VENV)/.test ## Write the generated parts of the README anew
	@$(BIN)/python -m tests.docs

lock: ## Renew the hash-pinned lock files (needs uv)
	@uv lock --upgrade --quiet
	@uv export --frozen --no-emit-project --no-header --no-annotate --quiet --extra build --output-file requirements.lock > /dev/null
	@uv export --frozen --no-emit-project --no-header --no-annotate --quiet --extra build --extra test --output-file requirements-test.lock > /dev/null

clean: ## Remove the environment and caches; state in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v[:2] < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; this is %d.%d. Name another one: make run PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the monitor needs into $(VENV) (once; a few minutes on a slow line)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	@echo "Installing the test tools into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@
