# Every target says what it is for: `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
STATIC := src/mailward/web/static/index.html

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  \033[1m%-10s\033[0m %s\n' "$$name" "$$text"; done

run: environment console ## Set everything up and start the demo (ARGS="--smtp HOST:PORT ..." go to `mailward demo`)
	@exec .venv/bin/mailward demo $(ARGS)

test: test-environment console lint ## Run the whole test suite, with real PostgreSQL, clamd, Postfix and Chromium
	@sh scripts/test.sh

lint: test-environment ## Style, types, and the floors of the house
	@sh scripts/lint.sh

console: environment ## Build the console, if its sources changed
	@sh scripts/console.sh

bench: test-environment console ## Measure what a mail costs, beside the peers; writes docs/benchmarks.md
	@$(PYTHON) bench/run.py $(ARGS)

evaluate: test-environment ## Measure detection on the mail corpora, per source, class and language
	@$(PYTHON) bench/evaluate.py $(ARGS)

train: test-environment ## Train the model of web addresses anew, from corpora beside the project (writes data and model card)
	@$(PYTHON) bench/train_web_reputation.py $(ARGS)

faults: test-environment console ## Bring the faults of the world, count lost mail (ARGS="power_cut disk", or all; ROUNDS=200)
	@$(PYTHON) tests/faults/run.py $(ARGS)

fuzz: test-environment ## Fuzz the parsers of hostile input (SECONDS_EACH=180)
	@sh scripts/fuzz.sh

room: environment ## Make a new room from the template (NAME=checks/foo)
	@$(PYTHON) scripts/new_room.py "$(NAME)"

lock: environment ## Pin all dependencies anew, with hashes
	@sh requirements/lock.sh .venv/bin/uv

clean: ## Remove everything that the other targets made, but no data of yours
	rm -rf .venv .cache artifacts console/node_modules src/mailward/web/static .pytest_cache .mypy_cache .ruff_cache

environment:
	@sh scripts/environment.sh runtime build

test-environment:
	@sh scripts/environment.sh test build
	@sh scripts/debian.sh

.PHONY: help run test lint console bench evaluate train faults fuzz room lock clean environment test-environment
