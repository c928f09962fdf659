# The two commands of the README: `make report` and `make test`. CONTRIBUTING.md describes the others.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: report test test-fast coverage check format lint types layers docs pictures bench clean

report: $(INSTALLED)
	$(BIN)/python -m reportgen build

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto

# Without the slow tests, which pyproject.toml describes: just under a minute on two cores.
test-fast: $(INSTALLED)
	$(BIN)/python -m pytest -n auto -m "not slow" --hypothesis-profile=fast

coverage: $(INSTALLED)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered

check: format-check lint types layers coverage

# The reference of experiment keys, facts and formats.
docs: $(INSTALLED)
	$(BIN)/python docs/reference.py

pictures: $(INSTALLED)
	$(BIN)/python docs/pictures.py

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check lint types layers: $(INSTALLED)

.PHONY: format-check
format-check:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# uv resolves and installs in seconds what takes pip minutes; pip alone does too (README). Compiled as
# pip compiles: where Python may not write bytecode itself, `--help` would take twice as long without.
$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("reportgen needs Python 3.11 or newer; name one: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --python $(BIN)/python --quiet --compile-bytecode --editable ".[all]" --group dev
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
