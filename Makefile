# From an empty machine with Python 3.11 or newer: `make run`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Files of tests have the same names in many folders, so each folder is type-checked alone.
CHECKED := $(sort $(dir $(wildcard tests/*.py tests/*/*.py tests/*/*/*.py))) benchmarks/ examples/
TEST_PATH := tests:tests/actors:tests/reports:tests/simulation/audit:benchmarks
SOURCES := $(shell find actors simulation reports scenarios -type f -not -name '*.pyc')

.DELETE_ON_ERROR:
.PHONY: help run test lint docs hunt clean

help:
	@echo "make run    install and run the scenario opening-bell"
	@echo "make test   install with the test dependencies and run the whole suite"
	@echo "make lint   the linters and the type checker"
	@echo "make docs   the documentation, into build/docs; warnings are errors"
	@echo "make hunt   a few hundred small worlds under faults; what fails is shrunk into failures/"
	@echo "make clean  remove the virtual environment and what was built; runs are kept"

run: $(VENV)/installed
	$(BIN)/openoutcry run opening-bell

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal

hunt: $(VENV)/installed
	$(BIN)/openoutcry explore quiet-minute --seeds 300 --jobs 2

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@for folder in $(CHECKED); do \
	  MYPYPATH=$(TEST_PATH):$$folder $(BIN)/mypy $$folder*.py || exit 1; \
	done

docs: $(VENV)/installed-dev
	$(BIN)/sphinx-build -q -W --keep-going -n -b html docs build/docs

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Open Outcry needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make run PYTHON=python3.13" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# An editable install follows the sources by itself; a plain one is made again when they change.
$(VENV)/installed: $(VENV)/made pyproject.toml $(SOURCES)
	@test ! -e $(VENV)/installed-dev || $(MAKE) --no-print-directory $(VENV)/installed-dev
	@test -e $(VENV)/installed-dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

# Dependency groups need pip 25.1; the one that comes with Python may be older.
$(VENV)/installed-dev: $(VENV)/made pyproject.toml scenarios/openoutcry.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
