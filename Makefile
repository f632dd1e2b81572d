# `make help` lists the targets. Nothing here asks a question.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# pyenv's shims answer for versions that are not chosen, so the real folders go first. A machine
# without pyenv uses the interpreters that are on its PATH.
PYENV_BINS := $(shell ls -d "$$(pyenv root 2>/dev/null)"/versions/3.1[123].*/bin 2>/dev/null | tac | paste -sd:)
export PATH := $(if $(PYENV_BINS),$(PYENV_BINS):)$(PATH)
PYTHON ?= $(shell PATH="$(PATH)"; for v in 3.13 3.12 3.11; do \
	python$$v -c "import ensurepip, ssl, sqlite3" 2>/dev/null && { echo python$$v; break; }; done || true)
# Names like py313, as tox has them.
NEWEST = py$(subst .,,$(subst python,,$(PYTHON)))

# uv makes the environments from the interpreters that are there, and fetches none.
export UV_PYTHON_DOWNLOADS := never

TOOLS := .venv
TOX := $(TOOLS)/bin/tox
DEMO := .demo
JOBS ?= 2

.PHONY: help test test-long check docs demo release clean system python

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

test: system $(TOX) ## Run everything on every supported version (installs what is missing)
	@rm -rf .tox/results .tox/coverage
	@status=0; \
	$(PYTHON) -m tests.services postgres mariadb redis -- \
		$(TOX) run-parallel --parallel $(JOBS) --parallel-no-spinner \
		--result-json .tox/results.json || status=$$?; \
	$(PYTHON) .ci/summary.py .tox/results.json .tox/results || status=1; \
	exit $$status

test-long: system $(TOX) ## What takes more than an hour: every feature in both grids, crowds, soak tests
	@$(PYTHON) -m tests.services postgres mariadb redis -- \
		$(TOX) run -e browser-long,faults-long,deploy-long

check: $(TOX) ## The inner loop: style, types, Python tests on SQLite, JavaScript tests
	@LIVESHEET_TEST_PART=all $(TOX) run-parallel --parallel $(JOBS) --parallel-no-spinner \
		-e lint,types,js,$(NEWEST)-$(if $(filter py311,$(NEWEST)),dj52,dj61)-sqlite

docs: $(TOX) ## Build the documentation's site into docs/_build
	@$(TOX) run -e docs --notest -q
	@.tox/docs/bin/sphinx-build --fail-on-warning --keep-going -q docs docs/_build
	@echo "Open docs/_build/index.html"

demo: $(DEMO)/installed ## Two live sheets side by side; ROWS=1000000 makes orders, ARGS="--port 9000" chooses a port
	@exec $(DEMO)/bin/python example_project/demo.py $(if $(ROWS),--orders $(ROWS)) $(ARGS)

release: ## Commit and tag a version, VERSION=0.2.0; nothing is published
	@$(PYTHON) .ci/release.py "$(VERSION)"

clean: ## Remove what the other targets made
	rm -rf .venv .tox .demo example_project/var build dist docs/_build htmlcov node_modules benchmarks/.cache
	rm -rf src/livesheet/static/livesheet/handsontable src/livesheet/static/livesheet/livesheet.*
	rm -rf .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

system:
	@bash .ci/system-packages

$(TOX): | python
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "tox>=4.24" tox-uv

$(DEMO)/installed: pyproject.toml example_project/requirements.txt $(wildcard build_support/*) | python
	@echo "Installing into $(DEMO) (once; half a minute) …"
	@$(PYTHON) -m venv $(DEMO)
	@$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable ".[daphne]" --requirement example_project/requirements.txt
	@touch $@

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed" \
		"(on Debian: apt-get install python3-venv)" >&2; exit 1; }
