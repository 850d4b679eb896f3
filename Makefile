# make demo        a local GitHub with a pull request to try the bot on; Ctrl-C ends it (PORT=9000 make demo; make demo ONCE=1)
#                  PROJECT=../my-project make demo shows a repository of your own; BRANCH=… chooses its branch
# make test        all tests
# make attacks     of these, the attacks of docs/security.md alone
# make fuzz        other random examples each time, a minute for each door that strangers write through (MINUTES=60 make fuzz)
# make lint        ruff, mypy, import-linter, bandit, pip check
# make audit       asks the network which locked versions have known weaknesses; nothing else here does
# make bench       what people wait for, beside what they would use instead, as a table (ROUNDS=5 make bench; make bench
#                  ONLY=sweep,run); WRITE=1 make bench writes docs/performance.md, on a machine where nothing else runs
# make check       what needs no server and takes a minute: style, import contracts, and the tests in tests/units
# make docs        docs/commands.md, the table in README.md and the map in CONTRIBUTING.md, written from the code
# make lock        requirements/*.txt, from requirements/*.in
# Each sets up .venv by itself, and again when requirements/ changes. Needs Python 3.11 or newer, git and make.

.PHONY: check demo test attacks fuzz lint audit bench docs lock

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The first of these that runs and is new enough: on some machines python3 is an older one.
find_python = for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done

demo: $(READY)
	@$(BIN)/python -m demo

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadgroup tests/units

attacks: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadgroup tests/attacks

# Stops when the minutes are over, not at pytest's limit for one test; an example that fails is kept in .hypothesis/.
MINUTES ?= 1
fuzz: $(READY)
	FUZZ_MINUTES=$(MINUTES) $(BIN)/python -m pytest -n auto --dist loadfile --timeout=0 tests/fuzz

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive .
	$(BIN)/python -m pip check --disable-pip-version-check

# Not part of lint: what it answers changes from day to day, and not every machine reaches the index.
AUDIT := $(BIN)/uv tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip
audit: $(READY)
	for lock in requirements/*.txt requirements/remotes/*.txt; do echo "$$lock"; $(AUDIT) -r $$lock || exit 1; done

bench: $(READY)
	@$(BIN)/python -m bench

docs: $(READY)
	$(BIN)/python -m docs.write

# Without index addresses: whoever installs has an index of his own.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header
lock: $(READY)
	$(LOCK) requirements/run.in -o requirements/run.txt
	$(LOCK) requirements/aws.in -o requirements/aws.txt -c requirements/run.txt
	$(LOCK) requirements/kubernetes.in -o requirements/kubernetes.txt -c requirements/run.txt
	for scheme in s3 gs azure ssh; do $(LOCK) requirements/remotes/$$scheme.in -o requirements/remotes/$$scheme.txt -c requirements/run.txt || exit 1; done
	$(LOCK) requirements/dev.in -o requirements/dev.txt -c requirements/run.txt

$(READY): requirements/dev.txt
	@python=$$($(find_python)); \
	test -n "$$python" || { echo "Python 3.11 or newer is needed, and none of python3, python3.13, python3.12, python3.11 is. Install one, then try again."; exit 1; }; \
	echo "Setting up $(VENV) with $$($$python --version) (a minute or two, once)"; \
	$$python -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@
