# Most used: `make run` and `make test`. `make help` lists all targets.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
MAKEMESSAGES = $(MANAGE) makemessages --all --no-location --no-wrap --no-obsolete --ignore .venv --ignore var --ignore bench --ignore tests

.PHONY: help run test check coverage lint imports types format migrations deploy-check test-browser messages catalogues gettext screenshots clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.site ## Install, load the demo, serve on http://127.0.0.1:8000/ (other port: PORT=)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_demo
	@echo "Reader site: http://127.0.0.1:$(PORT)/  Desk: http://127.0.0.1:$(PORT)/admin/"
	@RELOAD_TEMPLATES=$${RELOAD_TEMPLATES:-1} $(MANAGE) runserver 127.0.0.1:$(PORT)

test: $(VENV)/.dev ## Install and run all tests on SQLite
	$(BIN)/pytest -n auto

check: lint imports types catalogues migrations deploy-check coverage ## Run all checks of CI except PostgreSQL and browser tests

coverage: $(VENV)/.dev ## Run all tests on SQLite and check the coverage of lines and branches
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -n auto --cov --cov-report=
	@$(BIN)/coverage json -q -o .coverage.json
	@$(BIN)/python .ci/coverage_gate.py .coverage.json

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates/admin templates/unfold --check --lint --quiet
	$(BIN)/djlint templates/reader --profile jinja --check --lint --quiet

imports: $(VENV)/.dev ## Check that imports between packages run one way (pyproject.toml)
	PYTHONPATH=. $(BIN)/lint-imports

types: $(VENV)/.dev ## Check types (mypy and django-stubs)
	$(BIN)/mypy

format: $(VENV)/.dev ## Format code and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djlint templates/admin templates/unfold --reformat --quiet
	-$(BIN)/djlint templates/reader --profile jinja --reformat --quiet

migrations: $(VENV)/.dev
	$(MANAGE) makemigrations --check --dry-run

deploy-check: $(VENV)/.dev
	@export NEWSROOM_ENV=production SITE_URL=https://newsroom.example BEHIND_TLS_PROXY=1 DATA_DIR=$$(mktemp -d) && \
	export SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') && \
	trap 'rm -rf "$$DATA_DIR"' EXIT && \
	$(MANAGE) collectstatic --no-input --verbosity 0 && \
	$(MANAGE) check --deploy --fail-level WARNING

test-browser: $(VENV)/.dev ## Run the browser tests (needs Chromium; its path: CHROMIUM=)
	$(BIN)/pytest -n auto tests/browser

messages: $(VENV)/.dev gettext ## Update the translations from the code (needs gettext)
	$(MAKEMESSAGES)
	$(MANAGE) compilemessages --ignore .venv --ignore var

catalogues: $(VENV)/.dev gettext ## Check that the translations contain exactly the code's texts (needs gettext)
	@saved=$$(mktemp -d) && trap 'cp -a "$$saved"/. locale && rm -rf "$$saved"' EXIT && cp -a locale/. "$$saved" && \
	$(MAKEMESSAGES) --verbosity 0 && \
	diff -r -U0 -I '^"POT-Creation-Date' "$$saved" locale || \
	{ echo "Translations are out of date: run make messages, translate the new texts, run it again." >&2; exit 1; }

gettext:
	@command -v xgettext >/dev/null || { echo "gettext is missing (Debian: apt-get install gettext)" >&2; exit 1; }

screenshots: $(VENV)/.dev ## Take a picture of every page into docs/screenshots/ (needs Chromium)
	$(BIN)/pytest tests/browser/screenshots.py tests/browser/editors_guide.py

clean: ## Delete the virtual environment and all data, including the database
	rm -rf $(VENV) var

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.site: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
