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
# tests start hundreds of processes: each would compile all it imports anew
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(VENV)/installed $(PAGE) ## set everything up; leaves .venv/bin/stellarchat

run: install ## start StellarChat and print its address (ARGS="--port 9000" for options)
	$(BIN)/stellarchat serve $(ARGS)

dev: install frontend/node_modules/installed ## the server and the page's development server, both reloading
	@trap 'kill 0' EXIT; \
	$(BIN)/stellarchat serve $(ARGS) & \
	cd frontend && npm run dev

test: test-page test-python ## all tests: Python, page, three databases, browser

test-page: frontend/node_modules/installed
	cd frontend && npm test

# in the order of the folders: xdist would keep the files with few tests for the end, which are the slow ones
test-python: $(VENV)/developing install browser
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

browser:
	@tools/browser

check: check-python check-page ## lint, types, import contracts, stale generated client

check-python: $(VENV)/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check-page: $(VENV)/developing frontend/node_modules/installed
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
	$(BIN)/python -m pip install -q --no-compile -c constraints.txt --group dev
	@tools/torch
	@touch $@

frontend/node_modules/installed: frontend/package-lock.json
	@command -v npm > /dev/null || { echo "Node 20 or newer is needed to build the page"; exit 1; }
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

$(PAGE): $(PAGE_SOURCES) frontend/node_modules/installed
	cd frontend && npm run build
	@touch $@

.PHONY: help install run dev test test-page test-python browser check check-python check-page generate audit \
	bench build clean
