# One command each; every one sets up its own environment first. Needs Python 3.11-3.14, make and a network.
# Python 3.15 and newer: no wheels of the MicroPython interpreter yet.

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := build/javascript/node_modules/.ready
PIP   := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$p && break; done)

BOARDS := $(wildcard boards/*/board.py)
PART ?=
PORT ?=

.PHONY: help demo test check bench hil clean format $(BOARDS:%=types-%)

help:
	@echo "make demo              see it work: a day of parking on a virtual bay, with a report at the end"
	@echo "make test              every test that needs no hardware"
	@echo "make check             format, lint, types, spelling, layers, bytecode of every firmware file"
	@echo "make bench [PART=x]    measure, print a table, write build/bench/"
	@echo "make hil PORT=...      run the node tests on a board on a port"
	@echo "make format            bring all files into the house format"
	@echo "make clean             remove everything that can be made again"

$(READY): pyproject.toml setup.py
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.14 found: install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) ..."
	@$(PIP) install --upgrade "pip>=24"
	@$(PIP) install --editable ".[dev]"
	@touch $@

# Types of what runs on the board; they must not lie beside the host's own (they replace the standard library's).
typings/.ready: | $(READY)
	@rm -rf typings
	@$(PIP) install --target typings "micropython-esp32-stubs==1.29.*"
	@touch $@

# What LoRaWAN frames and the payload decoder are tested against; without npm those tests are left out, aloud.
$(PEERS): tests/javascript/package-lock.json
	@mkdir -p $(@D)
	@cp tests/javascript/package.json tests/javascript/package-lock.json build/javascript/
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix build/javascript && touch $@; \
		else echo "npm is not installed: the tests against lora-packet and the decoder's JavaScript are left out." \
		"Debian: apt install nodejs npm"; fi

demo: $(READY)
	@$(BIN)/baysense sim --scenario demo --days 1 --seed 1 --out build/demo
	@echo "The same day over LoRaWAN:"
	@$(BIN)/baysense sim --scenario demo --days 1 --seed 1 --uplink lorawan --out build/demo/lorawan
	@echo "Report: build/demo/report.html  picture: build/demo/timeline.png  numbers: build/demo/summary.json"
	@echo "Over LoRaWAN: the same files in build/demo/lorawan"

test: $(READY) $(PEERS)
	@PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null || echo "mosquitto is not installed: the tests of TLS," \
		"access lists and a failing broker are left out, the others use an embedded broker." \
		"Debian: apt install mosquitto mosquitto-clients"
	@$(BIN)/python -m pytest --quiet --ignore=tests/checks

check: $(READY) typings/.ready $(BOARDS:%=types-%)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary --config-file firmware/mypy.ini firmware/boot.py firmware/main.py firmware/baysense
	@$(BIN)/codespell
	@$(BIN)/python -m pytest --quiet tests/checks

# Every board.py is a module of the same name: one run each.
$(BOARDS:%=types-%): types-%: $(READY) typings/.ready
	@$(BIN)/mypy --no-error-summary --config-file firmware/mypy.ini $*

bench: $(READY)
	@$(BIN)/baysense bench $(PART)

hil: $(READY)
	@test -n "$(PORT)" || { echo "Name the port: make hil PORT=/dev/ttyUSB0 (baysense ports lists them)"; exit 2; }
	@$(BIN)/python -m pytest tests/node --dut $(PORT)

format: $(READY)
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

clean:
	rm -rf $(VENV) build dist typings .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
