# Everything a person types: `make run` starts the server, `make test` proves it.
# Needs make and Python 3.11 or later; the rest goes into .venv.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check
ARGS ?=
PYTEST_ARGS ?= -n 2

.PHONY: run test lint bench soak lock schema
.DELETE_ON_ERROR:

run: $(VENV)/.installed
	@exec $(VENV)/bin/tidings serve $(ARGS)

# The linters come first, so that the last line is pytest's own summary.
test: lint
	$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m bench $(ARGS)

# Concurrent calls held against a model of people, other ones each time, for SOAK_SECONDS.
soak: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -n 0 -s tests/web/people/soak.py

# The tables at one sight, for readers; a test says when it is out of date.
schema: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.storage.tables

lock: $(VENV)/bin/pip
	$(PIP) install --quiet uv
	$(VENV)/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command "make lock" --output-file requirements.txt
	$(VENV)/bin/uv pip compile --quiet pyproject.toml --group dev --constraints requirements.txt \
		--universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --output-file requirements-dev.txt

# The lock first, with its hashes; then ourselves, without asking for dependencies again.
# Stamps come last: an interrupted install is done again.
$(VENV)/.installed: requirements.txt pyproject.toml $(VENV)/bin/pip
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml $(VENV)/bin/pip
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

# Debian and Ubuntu keep `venv` in a package of its own, named after the version.
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Tidings needs Python 3.11 or later, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Install one and say where it is: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $$package; \
		else \
			echo "Python's venv module is missing. Install it with:" >&2; \
			echo "  sudo apt-get install $$package" >&2; \
			exit 1; \
		fi; }
	$(PYTHON) -m venv --clear $(VENV)
