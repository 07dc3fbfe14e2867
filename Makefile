# `make help` lists the targets. Each one makes what it needs first, and only what has changed.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
ready := .venv/ready

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

course: book exercises grade  ## book, problem sets and a graded sample class, from nothing
	@echo
	@echo "The book:      _build/html/index.html      (make serve: http://localhost:8000)"
	@echo "The exercises: exercises/ps1_windows/ps1_windows.ipynb"
	@echo "The feedback:  build/classroom/feedback/STUDENT/ps1_windows/ps1_windows.html"

test: $(ready) book  ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(ready)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

book: $(ready)  ## build the book into _build/html
	$(BIN)/jupyter-book build . -W -n --keep-going

pdf: book  ## print the book into _build/html/pooling-book.pdf
	PYTHONPATH=book $(BIN)/python -m poolbook.pdf _build/html

serve: book  ## read the book at http://localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

exercises: build/exercises  ## generate the student notebooks from solutions/

build/exercises: $(ready) nbgrader_config.py _config.yml $(wildcard solutions/*/*)
	for set in solutions/*/; do $(BIN)/nbgrader generate_assignment "$$(basename $$set)" --force --no-db; done
	@mkdir -p $(@D) && touch $@

grade: $(ready)  ## collect and grade the sample class, in build/classroom
	$(BIN)/python -m tests.classroom

bench: $(ready)  ## time pooling against other libraries
	$(BIN)/python -m benchmarks

bench-grade: $(ready)  ## time grading a class against stock nbgrader
	$(BIN)/python -m benchmarks.grading

lighthouse: book  ## measure pages of the book with Lighthouse (needs Node)
	$(BIN)/python -m benchmarks.lighthouse

lock: $(ready)  ## write the installed versions into requirements.lock
	$(BIN)/pip freeze --all --exclude-editable | grep -v '^pip==' | sed 's/+cpu$$//' > requirements.lock

clean:  ## remove all that was made, but the environment and your own class
	rm -rf _build build .nbgrader.log

$(ready): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version)." \
	         "Name another: make course PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/install-venv $(PYTHON)
	@echo "Installing the locked packages into .venv (two to five minutes the first time) ..."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: help course test lint book pdf serve exercises grade bench bench-grade lighthouse lock clean
