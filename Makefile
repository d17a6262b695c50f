# make run    the site with its starter content, on this machine
# make staff  an account for the admin of that site
# make test   the whole suite: SQLite, PostgreSQL, a real Chromium
# make faults what happens when processes are killed, the database is away or too many come (takes minutes)
# make lighthouse  scores and weight of the first pages, as a table (needs Node)
# make bench  how fast the site is beside a view that does nothing and beside Wagtail, as a table (needs wrk and nginx; about 8 minutes)
# make messages LANGUAGE=es  what a translator fills in, and what the site reads of it (needs GNU gettext)
# make audit  known holes in the packages of the site; fails, and says "NOT AUDITED", where it could not look them up
# make scan   a stranger's attacks on a running site, by wapiti; fails on any finding (takes minutes)
# make check  format, lint, bandit, types, templates, migrations, deployment settings

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
NEEDS_PYTHON := This needs Python 3.11 or newer with its venv module. On Debian: apt-get install python3 python3-venv
# The settings of the site that `make run` starts; see msinfusion/settings.py for all four.
SITE = SECRET_KEY="$${SECRET_KEY:-$$(cat var/secret-key)}" SITE_URL="$${SITE_URL:-http://127.0.0.1:$(PORT)}"
TEST = SECRET_KEY=only-for-tests-$$(id -u)-not-a-secret-but-long-enough-for-check-deploy

.PHONY: run staff test faults lighthouse bench messages check audit scan format lock

.venv/.run: requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(NEEDS_PYTHON)"; exit 1; }
	@echo "Setting up (once, about half a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# What only one target needs has an environment of its own.
var/%/.run: requirements-%.txt
	@$(PYTHON) -m venv var/$*
	@var/$*/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

var/secret-key:
	@mkdir -p var
	@umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@

run: .venv/.run var/secret-key
	@$(BIN)/python -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
	  || { echo "Port $(PORT) is taken or not allowed. Choose another one, such as: make run PORT=8123"; exit 1; }
	@export $(SITE) && $(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python manage.py seed \
	  && $(BIN)/python manage.py collectstatic --noinput --verbosity 0 \
	  && echo "MS Infusion: http://127.0.0.1:$(PORT)/   Staff: http://127.0.0.1:$(PORT)/admin/ (make an account with: make staff)   Stop: Ctrl-C" \
	  && exec $(BIN)/gunicorn --config python:msinfusion.server --bind 127.0.0.1:$(PORT)

staff: .venv/.run var/secret-key
	@$(SITE) $(BIN)/python manage.py createsuperuser

test: .venv/.dev
	@$(TEST) $(BIN)/python tests/run.py

faults: .venv/.dev
	@$(TEST) $(BIN)/python tests/run.py faults

lighthouse: .venv/.dev
	@$(TEST) $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(TEST) $(BIN)/python tests/lighthouse.py

bench: .venv/.dev var/bench/.run
	@$(TEST) $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(TEST) $(BIN)/python tests/bench.py

# LANGUAGE may also stand in the environment, with other languages in it: that one does not count.
messages: .venv/.run
	@[ "$(origin LANGUAGE)" = "command line" ] || { echo "Say which language, such as: make messages LANGUAGE=es"; exit 1; }
	@command -v xgettext > /dev/null || { echo "This needs GNU gettext. On Debian: apt-get install gettext"; exit 1; }
	$(TEST) $(BIN)/python manage.py makemessages --locale $(LANGUAGE) --extension html,js,py --ignore .venv --ignore tests
	$(TEST) $(BIN)/python manage.py compilemessages --locale $(LANGUAGE) --ignore .venv

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive accounts msinfusion therapies visits manage.py
	$(TEST) $(BIN)/mypy
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html')
	$(TEST) $(BIN)/python manage.py makemigrations --check --dry-run
	$(TEST) SITE_URL=https://infusion.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: var/audit/.run
	@var/audit/bin/python tests/audit.py

scan: .venv/.dev var/scan/.run
	@$(TEST) $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(TEST) $(BIN)/python tests/scan.py

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html') || $(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html')

# New pins, without any address in them. Needs uv.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --group dev --output-file requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group audit --output-file requirements-audit.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group bench --output-file requirements-bench.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group scan --output-file requirements-scan.txt
