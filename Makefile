# The two commands of the README are `make demo` and `make test`; both set up all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-long lint audit test-docs docs bench clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)  ## build the synthetic Banten, run everything, compare with its known truth
	$(BIN)/blankspot demo

test: $(STAMP)  ## the fast tests
	$(BIN)/python -m pytest -m "not long"

test-long: $(STAMP)  ## the long tests alone
	$(BIN)/python -m pytest -m long

lint: $(STAMP)  ## style, types, structure
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-docs: $(STAMP)  ## every command that README and docs show, on made-up data
	$(BIN)/python -m pytest -m long tests/test_docs_commands.py

docs: $(STAMP)  ## the handbook as a site in build/docs; broken links are errors
	$(BIN)/mkdocs build --strict

audit: $(STAMP)  ## packages, versions, licences as build/sbom.json; known holes where advisories are reached
	$(BIN)/python .ci/sbom.py --output build/sbom.json
	$(BIN)/python -m pip check
	$(BIN)/python .ci/advisories.py

bench: $(STAMP)  ## what the performance claims rest on; peers come with the bench extra
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	for benchmark in benchmarks/[a-z]*.py; do $(BIN)/python $$benchmark || exit 1; done

clean:
	rm -rf $(VENV) demo data/raw/demo data/processed/demo
