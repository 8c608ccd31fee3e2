# Everything runs in .venv, which is made from requirements.lock when it is missing, half made, broken or older than that.
# PYTHON names the Python to make it with; otherwise the first on PATH that is new enough is taken.
PYTHON ?=
IN_ENVIRONMENT := .venv/bin/python
LOCK_MAKER := uv==0.13.9

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test types lint unit explore mutants bench-catching-up bench-crash bench-durable bench-latency bench-restarts bench-simulator bench-trail bench-virtual \
	environment lock clean remake

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | awk -F '\t' '{ printf "  make %-18s %s\n", $$1, $$2 }'

demo: environment ## five replicas through elections, load, a kill, a partition and loss, live
	@$(IN_ENVIRONMENT) -m simulator story

test: types lint unit ## all that must hold: types, lint, unit; stops at the first that fails

types: environment ## mypy, strict, over all code and tests; the stubs of pykka against pykka
	$(IN_ENVIRONMENT) -m mypy --config-file mypy.ini
	$(IN_ENVIRONMENT) -m mypy.stubtest pykka --ignore-missing-stub --mypy-config-file mypy.ini

lint: environment ## ruff: rules, and format
	$(IN_ENVIRONMENT) -m ruff check .
	$(IN_ENVIRONMENT) -m ruff format --check .

unit: environment ## pytest, on every core
	$(IN_ENVIRONMENT) -m pytest --numprocesses auto --dist loadfile

explore: environment ## a thousand random scenarios in virtual time, on every core
	@$(IN_ENVIRONMENT) -m simulator explore

mutants: environment ## classic Raft bugs, put into copies of the code: which are found? (takes long)
	@$(IN_ENVIRONMENT) -m tests.mutants --out docs/mutants.md

bench-catching-up: environment ## a follower that missed 100,000 entries takes the snapshot: what do clients notice?
	@$(IN_ENVIRONMENT) -m benchmarks.catching_up

bench-crash: environment ## 200 power cuts under load, with real processes and disks: is anything lost? (13 minutes)
	@$(IN_ENVIRONMENT) -m benchmarks.crash

bench-durable: environment ## what a disk costs: entries to a commit under saturation, latency of a single put
	@$(IN_ENVIRONMENT) -m benchmarks.durable

bench-latency: environment ## median latency of steady writes, in turns with the least program that could do it
	@$(IN_ENVIRONMENT) -m benchmarks.latency

bench-restarts: environment ## 1,000,000 entries: do directory and memory stay bounded, how soon is a replica back? (3 minutes)
	@$(IN_ENVIRONMENT) -m benchmarks.restarts

bench-simulator: environment ## all bars under the simulator: messages, latency, failover, size (22 minutes)
	@$(IN_ENVIRONMENT) -m benchmarks.simulator

bench-trail: environment ## what the audit trail costs: latency with all recorded, throughput with the events
	@$(IN_ENVIRONMENT) -m benchmarks.trail

bench-virtual: environment ## how much faster than real time runs in virtual time are, on one core
	@$(IN_ENVIRONMENT) -m benchmarks.virtual

environment: .venv/.complete ## .venv, with all that is pinned

.venv/.complete: requirements.lock tools/make-environment $(shell $(IN_ENVIRONMENT) -c 1 2>/dev/null || echo remake)
	@tools/make-environment $(PYTHON)

lock: ## requirements.lock anew, with the newest versions that pyproject.toml allows
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	$(or $(PYTHON),python3) -m venv "$$scratch" && \
	"$$scratch/bin/python" -m pip install --quiet --disable-pip-version-check $(LOCK_MAKER) && \
	"$$scratch/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --extra dev --upgrade \
		--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--output-file requirements.lock pyproject.toml

clean: ## remove the environment and all caches; recorded runs stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
