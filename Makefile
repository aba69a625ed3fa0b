# `make run`, `make test` and `make demo` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp

# Where this is set, every process compiles every module anew: a server then takes 8 s to start, not 2.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run demo demo-patch test bench bench-registry bench-advisories bench-fleet compare-scanners bench-contents bench-policy bench-signing verifier-coverage mutation release-check check-binaries fuzz check lint types contract docs-current format lock clean

run: $(RUN_STAMP)
	@$(BIN)/lading serve

demo: $(RUN_STAMP)
	@$(BIN)/lading demo

# A fleet of 200 real images patched from a flaw to the last container; needs root, Debian, debootstrap and dockerd.
demo-patch: $(RUN_STAMP)
	@$(BIN)/lading demo patch --no-stay

test: $(DEV_STAMP)
	$(BIN)/pytest

bench-registry: $(DEV_STAMP)
	$(BIN)/python -m bench.registry

bench-advisories: $(DEV_STAMP)
	$(BIN)/python -m bench.advisories

bench-fleet: $(DEV_STAMP)
	$(BIN)/python -m bench.fleet

compare-scanners: $(DEV_STAMP)
	$(BIN)/python -m bench.compare

bench-signing: $(DEV_STAMP)
	$(BIN)/python -m bench.signing

# Every branch of the verifier is taken by a test, without anything beside the project.
verifier-coverage: $(DEV_STAMP)
	$(BIN)/pytest -q tests/unit/signing tests/unit/workflows/test_sign_with_keys.py \
		--cov=lading.signing --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered

# Changes the verifier's code in some 1,300 ways and asks whether a test minds: make mutation MINUTES=15
MINUTES ?= 30
mutation: $(DEV_STAMP)
	timeout $(MINUTES)m $(BIN)/mutmut run --max-children 2 || test $$? = 124
	$(BIN)/mutmut results

release-check: $(DEV_STAMP)
	$(BIN)/python ci/release_check.py

bench-contents: $(DEV_STAMP)
	$(BIN)/python -m bench.contents

# Reads damaged package files for some time: make fuzz SECONDS=600
SECONDS ?= 60
fuzz: $(DEV_STAMP)
	$(BIN)/python -m tests.faults.fuzz_parsers $(SECONDS)

# Reads the versions of some hundred real programs; downloads them with apt-get.
check-binaries: $(DEV_STAMP)
	$(BIN)/python -m bench.binaries

bench-policy: $(DEV_STAMP)
	$(BIN)/python -m bench.policy

check: lint types contract docs-current

lint: $(DEV_STAMP)
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench

types: $(DEV_STAMP)
	$(BIN)/mypy

contract: $(DEV_STAMP)
	$(BIN)/lint-imports --no-logo

docs-current: $(DEV_STAMP)
	$(BIN)/lading admin docs --check

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/ruff format src tests bench

# The locks hold every version and its content digest; nothing else is installed.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
lock: $(DEV_STAMP)
	$(COMPILE) requirements/pip.in -o requirements/pip.lock
	$(COMPILE) requirements/build.in -o requirements/build.lock
	$(COMPILE) -c requirements/build.lock pyproject.toml -o requirements/run.lock
	$(COMPILE) -c requirements/build.lock -c requirements/run.lock --extra dev pyproject.toml -o requirements/dev.lock

$(VENV)/bin/python:
	@$(PYTHON) requirements/make_venv.py $(VENV)

$(RUN_STAMP): requirements/pip.lock requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@$(PYTHON) requirements/make_venv.py $(VENV) --install requirements/run.lock
	@touch $@

$(DEV_STAMP): requirements/pip.lock requirements/dev.lock pyproject.toml | $(VENV)/bin/python
	@$(PYTHON) requirements/make_venv.py $(VENV) --install requirements/dev.lock
	@touch $@ $(RUN_STAMP)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

.PHONY: bench-lineage check-rebase
bench-lineage: $(DEV_STAMP)
	$(BIN)/python -m bench.lineage

# Every Dockerfile of tests/support/rebase_recipes.py, built on two states of this machine's distribution.
check-rebase: $(DEV_STAMP)
	LADING_CHECK_REBASE=distribution $(BIN)/pytest tests/peers/test_rebase_against_builds.py
