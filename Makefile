# `make help` lists the targets. Each one makes what it needs first, and only what has changed.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# Make looks for a Python itself; PYTHON=NAME names one. GPU=1 takes PyTorch with CUDA, GPU=0
# without; otherwise it is as the machine has an NVIDIA device or not.
PYTHON ?=
GPU ?=
BIN := .venv/bin
goal := $(or $(firstword $(MAKECMDGOALS)),help)
# What writes into this folder does so alone: a second make says that it waits.
alone := MAKE_TARGET=$(goal) $(BIN)/python scripts/alone.py
build := $(alone) $(BIN)/jupyter-book build . -W -n --keep-going
pytest := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

try: environment-try  ## open the first problem set in JupyterLab: the shortest way to a check
	$(BIN)/jupyter lab exercises/ps1_windows/ps1_windows.ipynb

course: book exercises grade  ## book, problem sets and a graded sample class, from nothing
	@echo
	@echo "The book:      _build/html/index.html      (make serve: http://localhost:8000)"
	@echo "The exercises: exercises/ps1_windows/ps1_windows.ipynb"
	@echo "The feedback:  build/classroom/feedback/STUDENT/ps1_windows/ps1_windows.html"

test: environment-test  ## all tests; if the book cannot be built, all that do not read it
	@book=0; $(build) || book=$$?; \
	only="book or not book"; [ $$book = 0 ] || only="not book"; \
	tests=0; $(pytest) -m "$$only" || tests=$$?; \
	[ $$book = 0 ] || echo "The book could not be built (see above), so its tests were not run."; \
	exit $$((book || tests))

quick: environment-test  ## the tests that need no book, no browser and no class
	$(pytest) -m "not book and not browser and not slow" \
	  pooledu tests/checks tests/figures tests/functional tests/geometry tests/gradients tests/nn \
	  tests/grading/test_workers.py

whole: environment-test  ## what `make test` takes a part of, whole: attacks, orders of marks, forms, browsers
	WHOLE=1 $(pytest) $$(grep -rl --include='test_*.py' 'tests.sampling' tests)

fuzz: environment-test  ## ten minutes of odd input for reader, wire, judge, sanitiser and page
	@end=$$((SECONDS + 600)); while ((SECONDS < end)); do \
	  HYPOTHESIS_PROFILE=fuzz timeout $$((end - SECONDS)) $(BIN)/pytest -q -x -m "not slow" \
	  tests/grading/test_fuzz.py tests/grading/test_sanitising.py || [ $$? = 124 ]; done

numerics: environment-test  ## the tests of numbers at each level of the processor's instructions
	$(BIN)/python scripts/numerics.py

mutants: environment-test  ## try all mutants of the right solutions, some of the library: an hour
	$(BIN)/python -W ignore scripts/mutants.py
	$(BIN)/python -W ignore scripts/library_mutants.py

lowest: environment-test  ## the library's examples with the lowest versions that it promises
	$(BIN)/python scripts/lowest.py

lint: environment-test  ## style and types, all parts
	@status=0; for part in "ruff check ." "ruff format --check ." mypy; do \
	  echo "$$part"; $(BIN)/$$part || status=1; done; exit $$status

format: environment-test  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

book: environment-course  ## build the book into _build/html
	@$(build)
	@echo "The book's first page: $(CURDIR)/_build/html/index.html (make serve: http://localhost:8000)"

record: environment-test book  ## keep the results of the frameworks that `make course` lacks
	$(BIN)/python scripts/record.py

pdf: environment-test book  ## print the book into _build/html/pooling-book.pdf
	PYTHONPATH=book $(alone) $(BIN)/python -m poolbook.pdf _build/html

serve: book  ## read the book at http://localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

exercises: environment-course build/exercises  ## generate the student notebooks from solutions/

build/exercises: nbgrader_config.py _config.yml locks/course.lock $(wildcard solutions/*/*)
	for set in solutions/*/; do \
	  $(alone) $(BIN)/nbgrader generate_assignment "$$(basename $$set)" --force --no-db; done
	@mkdir -p $(@D) && touch $@

grade: environment-course  ## collect and grade the sample class, in build/classroom
	$(alone) $(BIN)/python -m tests.classroom

bench: environment-test  ## time pooling against other libraries, every operation, every check
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.operations
	$(BIN)/python -m benchmarks.checks

bench-grade: environment-test  ## time grading a class: against stock nbgrader, and with attacks
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.classes
	$(BIN)/python -m benchmarks.hostile

bench-practise: environment-test book  ## time an exercise in the page, from Run to its verdict
	$(BIN)/python -m benchmarks.practise

experiments: environment-test  ## train what the book draws conclusions from: hours, only what is new
	PYTHONPATH=book $(BIN)/python -m experiments

lighthouse: environment-test book  ## measure pages of the book with Lighthouse (needs Node)
	$(BIN)/python -m benchmarks.lighthouse

lock: environment-test  ## write locks/ from pyproject.toml; UPGRADE=1 takes the newest versions
	$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

clean:  ## remove all that was made, but the environment and your own class
	rm -rf _build build .nbgrader.log

# What a step needs is in .venv, or is installed there now.
environment-%:
	@python=$$(scripts/find-python "$(PYTHON)" "$(goal)"); \
	MAKE_TARGET=$(goal) "$$python" scripts/alone.py "$$python" scripts/environment.py $* --gpu "$(GPU)"

.PHONY: help try course test quick whole fuzz numerics mutants lowest lint format book record pdf serve exercises grade \
  bench bench-grade bench-practise experiments lighthouse lock clean
