# make demo   everything from a fresh clone to a running site with made-up data (Ctrl-C stops it; run again, it starts in seconds)
# make test   the whole test suite; DB=postgresql runs it on a real PostgreSQL
VENV ?= .venv
DB ?= sqlite
PY := $(VENV)/bin/python
STATIC := biasapp/static_files.py $(shell find static -type f 2>/dev/null)

.PHONY: demo test lint results clean

demo: export BIASAPP_DEMO = 1
demo: $(VENV)/.ok .static/.ok
	@$(PY) manage.py prepare_demo
	@exec $(PY) manage.py serve

test: $(VENV)/.ok .assets/.ok
	@sh tests/system_packages.sh $(DB)
	$(PY) -m ruff check . && $(PY) -m ruff format --check .
	$(PY) tests/on_database.py $(DB) $(PY) -m pytest -n 2 --durations=15

lint: $(VENV)/.ok
	$(PY) -m ruff check --fix . && $(PY) -m ruff format .

results: $(VENV)/.ok
	$(PY) -m benchmarks.write_results

$(VENV)/.ok: requirements.txt
	@python3.11 --version >/dev/null 2>&1 || { echo "biasapp needs Python 3.11 (python3.11 was not found)."; exit 1; }
	@echo "Installing into $(VENV) (some minutes the first time) ..."
	python3.11 -m venv $(VENV)
	$(VENV)/bin/pip install --disable-pip-version-check --progress-bar on -q -r requirements.txt
	@touch $@

.assets/.ok: $(VENV)/.ok
	@BIASAPP_DEBUG=1 $(PY) manage.py build_assets
	@touch $@

.static/.ok: .assets/.ok $(STATIC)
	@echo "Collecting static files ..."
	@$(PY) manage.py collectstatic --noinput -v0 -i redoc -i rest_framework
	@touch $@

clean:
	rm -rf $(VENV) .assets .static
