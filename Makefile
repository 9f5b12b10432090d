# The executable manual. `make` alone lists what can be done.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test coverage lint format lock scan

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: ## Virtual environment, locked packages, Chromium; fast when it is all there
	@$(PYTHON) scripts/setup.py

run: ## Start everything and scan the bundled demo site (PORT=8000, VERBOSE=1 for the logs)
	@$(PYTHON) scripts/setup.py
	@exec $(BIN)/python -m sentinel.launcher $(if $(VERBOSE),--verbose)

test: ## The whole test suite, on real PostgreSQL, Redis and Chromium (ARGS="-k links")
	@$(PYTHON) scripts/setup.py --dev
	@env -u DJANGO_SETTINGS_MODULE $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

coverage: ## Every line of the checks is tested, or this says which are not
	@$(PYTHON) scripts/setup.py --dev
	@env -u DJANGO_SETTINGS_MODULE $(BIN)/python -m coverage run --source scans/checks -m pytest -q tests/scans/checks
	@$(BIN)/python -m coverage report --skip-covered --show-missing --fail-under 100

lint: ## Formatting, types, templates, boundaries, deployment checks
	@$(PYTHON) scripts/setup.py --dev
	@$(BIN)/python -m scripts.lint

format: ## Put the code into its canonical form
	@$(PYTHON) scripts/setup.py --dev
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .

lock: ## Lock all dependencies again, with hashes (needs uv)
	@uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

scan: ## Scan one site in the foreground: make scan URL=https://example.com
	@$(PYTHON) scripts/setup.py
	@$(BIN)/python manage.py scan $(URL)
