# `make help` lists what can be asked for. Set PYTHON to use another interpreter than python3.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
RUNTIME := $(VENV)/.runtime
LOCKER := $(VENV)/locker
# Twice quiet: errors are shown, and not each warning about a place in the user's pip configuration that is not there.
PIP := -m pip --quiet --quiet --disable-pip-version-check
# An environment may have PYTHONDONTWRITEBYTECODE set, and each of the processes that the tests start would compile all
# modules again; this compiles what has changed.
COMPILE = $(BIN)/python -m compileall -q llmgw_report tests tools
DEMO := $(addprefix demo-report.,md html json)
DOCS := $(wildcard README.md CONTRIBUTING.md docs/*.md examples/README.md)

# Where the caller's pip installs is not where ours does; what such variables say of an index stays.
unexport PIP_PREFIX PIP_PYTHON PIP_ROOT PIP_TARGET PIP_USER

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check adoption bench bench-scale speed gate-power fleet fuzz torture live release examples messages docs format lock clean picture

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## Make .venv with the locked packages and this project in it (the other targets do this first)
	@$(COMPILE)

$(STAMP): pyproject.toml requirements/dev.txt $(RUNTIME)
	@echo "Installing the locked packages of development into $(VENV)"
	@$(BIN)/python $(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

# What a run needs, and no more: a newcomer's first report does not wait for linters and browsers' drivers.
# An interpreter that works and is new enough is kept; anything else in its place is replaced.
$(RUNTIME): requirements/runtime.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("$(PYTHON) is Python %d.%d, and 3.11 or newer is needed: install one, or name it: make PYTHON=python3.12" % v[:2])'
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the locked packages of a run into $(VENV)"
	@$(BIN)/python $(PIP) install --require-hashes --no-deps -r requirements/runtime.txt
	@touch $@

# The demo's gateway is unhealthy, so its verdict is FAIL and the exit code 1: that is the demo working. Python's own
# errors are 1 as well, so the files have to be there.
demo: $(RUNTIME) ## Report on the bundled data: in short here, demo-report.md, .html and .json beside it
	@rm -f $(DEMO)
	@PYTHONPATH="$(CURDIR)" $(BIN)/python -P -m llmgw_report --demo --brief --format text $(DEMO:%=--output %) || test $$? -eq 1
	@ls $(DEMO) > /dev/null
	@echo "Written: $(DEMO)"

test: setup ## Run the whole test suite
	@$(PYTEST)
# With that variable set, each worker would rewrite the assertions of all tests again, and each run read every gateway.
# Three workers on two cores: a sixth of the time is waiting for servers that do not answer, locks, and disks.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --quiet --numprocesses 3 --dist worksteal --inline-snapshot=disable

check: $(STAMP) ## Lint, format, types, import contracts, dead code, generated documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/vulture
	$(if $(DOCS),$(BIN)/cog --check $(DOCS))
	$(if $(wildcard tests/system/test_docs.py),$(BIN)/python -m pytest --quiet tests/system/test_docs.py)

adoption: setup ## Add one file or entry of each kind to a copy of the checkout; everything must hold there
	@$(BIN)/python -m tools.adoption

bench: $(STAMP) ## Measure the budgets, each against its reference (BENCH_ROWS=100000 for a quick look, BENCH="small --save")
	@$(BIN)/python -m tools.bench $(BENCH)

bench-scale: $(STAMP) ## Ten times the rows, series, groups, targets: docs/scale.md (SCALE=0.1 for a quick look)
	@$(BIN)/python -m tools.scale

speed: $(STAMP) ## Count instructions and imported modules; 15% more than is stored is an error (SPEED=--store keeps them)
	@$(BIN)/python -m tools.speed $(SPEED)

gate-power: $(STAMP) ## Back-test the gate: faults found, false alarms; docs/statistics.md (POWER_RUNS=0.1 for a quick look)
	@$(BIN)/python -m tools.power

fleet: $(STAMP) ## Replay a fleet of known truth to real servers; docs/fleet-truth.md (FLEET_ROWS=200000 for a quick look)
	@$(BIN)/python -m tools.fleet

fuzz: setup ## Run the property tests with many random examples
	@$(PYTEST) --hypothesis-profile fuzz -m hypothesis tests

torture: $(STAMP) $(if $(TORTURE),,fuzz) ## Send the program input that nobody should send, about half an hour of it (TORTURE="scrape --share 0.01")
	@$(BIN)/python -m tools.torture $(TORTURE)

live: $(STAMP) ## Run beside a real LiteLLM proxy and compare every figure (installs about 750 MB into .venv-live)
	@$(BIN)/python -m tools.live.run

release: setup ## Make a release, up to publishing it: VERSION=1.2.3, REHEARSE=1 to leave the checkout as it is
	@test -n "$(VERSION)" || { echo "Which version? make release VERSION=1.2.3" >&2; exit 1; }
	@$(BIN)/python -m tools.release "$(VERSION)" $(if $(REHEARSE),--rehearse)

picture: $(STAMP) ## Draw the demo's page again: docs/report.png and what the browser tests compare with
	@$(BIN)/python -m tools.picture

examples: $(STAMP) ## Write the golden reports under examples/ again
	$(BIN)/python -m tools.golden

messages: $(STAMP) ## Bring the translations up to date with what the program says, and compile them
	$(BIN)/python -m tools.catalogues

docs: $(STAMP) ## Write the generated parts of the documentation again
	$(BIN)/python -m tools.manual
	$(BIN)/cog -r $(DOCS)

format: $(STAMP) ## Format the code and fix what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# uv, because it resolves for every platform and Python version at once and hashes every file of a release.
lock: export UV_CUSTOM_COMPILE_COMMAND := make lock
lock: ## Pin the newest releases with their hashes in requirements/
	@$(PYTHON) -m venv $(LOCKER) && $(LOCKER)/bin/python $(PIP) install uv
	@$(LOCKER)/bin/uv pip compile $(UV_COMPILE) pyproject.toml -o requirements/runtime.txt
	@$(LOCKER)/bin/uv pip compile $(UV_COMPILE) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(LOCKER)/bin/uv pip compile $(UV_COMPILE) requirements/live.in -o requirements/live.txt
UV_COMPILE := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate

clean: ## Remove what the other targets made
	rm -rf $(VENV) dist build $(DEMO)
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
