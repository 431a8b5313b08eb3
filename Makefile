# Every target sets itself up: a virtual environment from the locked dependencies, then the work.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FLOORS := keys broker client

.DEFAULT_GOAL := help
.PHONY: help dev lock check test coverage demo demo-desk screenshots bench simulate vectors diagrams clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Følge needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/pip check --quiet --disable-pip-version-check
	@touch $(READY)

dev: $(READY) ## Make the virtual environment

check: $(READY) ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

test: $(READY) ## Run all tests on every core
	$(BIN)/pytest --numprocesses=auto --dist=loadfile $(ARGS)

coverage: $(READY) ## Run all tests and show which branches none goes; takes twice as long
	$(BIN)/pytest --numprocesses=auto --dist=loadfile --cov --cov-report=term:skip-covered $(ARGS)

demo: $(READY) ## Play the main job on fictional cases; ARGS="--stories" plays what goes wrong too
	@$(BIN)/python tests/demo.py $(ARGS)

demo-desk: $(READY) ## Run a test world with a desk in the browser for each role; ARGS="--minutes 30"
	@$(BIN)/python tests/deskdemo.py $(ARGS)

screenshots: $(READY) ## Write every page of the desk as pictures, light and dark, wide and narrow
	@$(BIN)/python tests/screenshots.py $(ARGS)

bench: $(READY) ## Print the measured speeds, side by side with the bare primitives
	$(BIN)/python tests/bench/bench.py $(ARGS)

simulate: $(READY) ## Live through days of lanes: what they cost, how well they are guessed; ARGS="--quick"
	@$(BIN)/python tests/bench/simulate.py $(ARGS)

vectors: $(READY) ## Write the known-answer vectors anew (they are reviewed, then committed)
	$(BIN)/python tests/vectors/generate.py

diagrams: $(READY) ## Write the drawn and generated pages anew from what they show
	$(BIN)/python docs/diagrams.py
	$(BIN)/python docs/parts.py
	$(BIN)/python docs/commands.py
	$(BIN)/python docs/refusals.py

lock: ## Lock the dependencies anew (maintainers)
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group dev pyproject.toml -o requirements.lock
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o deploy/requirements.lock
	rm -rf $(VENV)-lock

clean: ## Remove what the other targets made
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
