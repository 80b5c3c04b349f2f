# StellarChat: `make` lists the targets. Each one does the set-up that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PAGE := src/stellarchat/web/static/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/public frontend/scripts -type f 2>/dev/null) \
	$(wildcard frontend/*.json frontend/*.ts frontend/*.html)
ARGS ?=
# half as many more than processors: tests wait for pages, engines and databases a third of the time
WORKERS ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(VENV)/installed $(PAGE) ## set everything up; leaves .venv/bin/stellarchat

run: install ## start StellarChat and print its address (ARGS="--port 9000" for options)
	$(BIN)/stellarchat serve $(ARGS)

dev: install frontend/node_modules/installed ## the server and the page's development server, both reloading
	@trap 'kill 0' EXIT; \
	$(BIN)/stellarchat serve $(ARGS) & \
	cd frontend && npm run dev

test: $(VENV)/developing install ## all tests: Python, page, three databases, browser
	tools/browser
	cd frontend && npm test
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(VENV)/developing frontend/node_modules/installed ## lint, types, import contracts, stale generated client
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/openapi.py --check
	cd frontend && npm run generate -- --check && npm run check

generate: $(VENV)/developing frontend/node_modules/installed ## write the page's API client anew from the routes
	$(BIN)/python tools/openapi.py
	cd frontend && npm run generate

audit: $(VENV)/installed frontend/node_modules/installed ## look for published faults in all packages; needs the network
	tools/audit

bench: $(VENV)/developing install ## compare the gateway with its engine spoken to directly (bench/README.md)
	$(BIN)/python bench/run.py $(ARGS)

build: $(VENV)/developing $(PAGE) ## make the wheel, page included, in dist/
	$(BIN)/python -m build --wheel

clean: ## remove everything that was made
	rm -rf $(VENV) dist src/stellarchat/web/static frontend/node_modules

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -U "pip>=25.1"

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[postgresql,mysql,documents,mcp]"
	@touch $@

$(VENV)/developing: pyproject.toml constraints.txt $(VENV)/installed
	$(BIN)/python -m pip install -q -c constraints.txt --group dev
	@tools/torch
	@touch $@

frontend/node_modules/installed: frontend/package-lock.json
	@command -v npm > /dev/null || { echo "Node 20 or newer is needed to build the page"; exit 1; }
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

$(PAGE): $(PAGE_SOURCES) frontend/node_modules/installed
	cd frontend && npm run build
	@touch $@

.PHONY: help install run dev test check generate audit bench build clean
