# Two words do everything: `make demo` and `make test`. The rest are their parts.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := 0.13.9
STACK  ?= local
PORT   ?= 4566
export PULUMI_SKIP_UPDATE_CHECK := 1

demo_options = $(if $(EVENTS),--events $(EVENTS)) $(if $(SEED),--seed $(SEED)) $(if $(INPUT),--input "$(INPUT)") \
  $(if $(DATE_FORMAT),--date-format "$(DATE_FORMAT)") $(if $(KEEP),--keep) $(if $(AUTH),--auth) --port $(PORT)

.DEFAULT_GOAL := help
.PHONY: help setup airflow-setup spark-setup dbt-setup lock engine have-engine bootstrap locks lease mend states comment plan promote image smoke sleep wake drift demo demo-down query preview up refresh destroy outputs doctor graph cost test check fmt lint types unit stacks urns bench layer clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## the environment, from pinned and hashed requirements

$(VENV)/.ready: requirements.lock Makefile
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python {v[0]}.{v[1]} is too old: 3.11 or newer is needed; name one with PYTHON=python3.11")'
	@echo "Setting up $(VENV): about a minute, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@touch $@

airflow-setup: .venv-airflow/.ready ## Airflow, in an environment of its own, for the tests of DAGs

.venv-airflow/.ready: requirements-airflow.lock | $(VENV)/.ready
	@echo "Setting up .venv-airflow: about a minute, once"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-airflow
	@$(BIN)/uv pip sync --quiet --python .venv-airflow/bin/python --require-hashes requirements-airflow.lock
	@touch $@

spark-setup: .venv-spark/.ready ## Spark as Glue has it, for the tests of batch jobs and the demo

.venv-spark/.ready: requirements-spark.lock tools/spark/jars.sha256 | $(VENV)/.ready
	@echo "Setting up .venv-spark: about a minute, once"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-spark
	@$(BIN)/uv pip sync --quiet --python .venv-spark/bin/python --require-hashes requirements-spark.lock
	@$(BIN)/python -m tools.spark_jars > /dev/null
	@touch $@

dbt-setup: .local/dbt-aws/.ready .local/dbt-databricks/.ready ## dbt's adapters, for the tests that compile the warehouse for other engines

.local/dbt-%/.ready: requirements-dbt-%.lock | $(VENV)/.ready
	@echo "Setting up .local/dbt-$*: a moment, once"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .local/dbt-$*
	@$(BIN)/uv pip sync --quiet --python .local/dbt-$*/bin/python --require-hashes $<
	@touch $@

lock: setup ## resolve requirements-dev.txt again into requirements.lock, keeping what still fits
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  --override requirements-overrides.txt requirements-dev.txt -o requirements.lock

engine: setup ## the Pulumi engine: from PATH, else downloaded, else built
	@$(BIN)/python -m automation engine

have-engine: setup
	@$(BIN)/python -m automation engine --folder > /dev/null

demo: setup engine ## the main job end to end; EVENTS= SEED= INPUT= DATE_FORMAT= KEEP=1 AUTH=1 PORT=
	@command -v java > /dev/null && $(MAKE) --silent --no-print-directory spark-setup || true  # without it the demo says so
	@$(BIN)/python -m local demo $(demo_options)

demo-down: setup ## end a demo that was kept with KEEP=1
	@$(BIN)/python -m local down

query: setup ## ask a kept demo; SQL="select …"
	@$(BIN)/python -m local query "$(SQL)"

preview: setup ## what would change in STACK=…; OFFLINE=1: with no account and no network
	@$(BIN)/python -m automation preview --stack $(STACK) $(if $(OFFLINE),--offline)

up refresh destroy: setup ## on STACK=…; YES=1 does not ask; local needs a kept demo
	@$(BIN)/python -m automation $@ --stack $(STACK) $(if $(YES),--yes)

outputs doctor: setup ## of STACK=…: its outputs; can this machine deploy it?
	@$(BIN)/python -m automation $@ --stack $(STACK)

graph: setup ## the resources of STACK=…; FORMAT=json, mermaid or svg
	@$(BIN)/python -m automation graph --stack $(STACK) --format $(or $(FORMAT),mermaid)

bootstrap locks lease mend states: setup ## state of STACK=…: make its foundation; who holds it; see docs/runbook.md
	@$(BIN)/python -m automation $@ --stack $(STACK)

image: setup ## build the image of STACK=…'s pipelines and push it; needs Docker or Podman
	@$(BIN)/python -m automation image --stack $(STACK)

plan smoke sleep wake: have-engine ## STACK=…: the hash to approve; an event through it; pause what costs; and back
	@$(BIN)/python -m automation $@ --stack $(STACK)

promote: have-engine ## STACK="dev staging prod" APPROVED="stack=hash …" ALLOW_DATA_LOSS="name …"
	@$(BIN)/python -m automation promote --stack $(STACK) $(foreach one,$(APPROVED),--approved $(one)) \
	  $(foreach one,$(ALLOW_DATA_LOSS),--allow-data-loss $(one))

drift: have-engine ## what the cloud holds otherwise than the program says; FROM= ISSUE=owner/name EXIT_ZERO=1
	@$(BIN)/python -m automation drift --stack $(STACK) $(if $(FROM),--from $(FROM)) $(if $(ISSUE),--issue $(ISSUE)) \
	  $(if $(EXIT_ZERO),--exit-zero)

comment: have-engine ## what HEAD changes against BASE=main, all stacks, in out/comment/; FROM= CLOUD= DRIFT= POST=owner/name\#1
	@$(BIN)/python -m automation comment $(if $(FROM),--from $(FROM),--base $(or $(BASE),main)) $(if $(HEAD),--head $(HEAD)) $(if $(CLOUD),--cloud $(CLOUD)) $(if $(DRIFT),--drift $(DRIFT)) $(if $(POST),--post $(POST))

cost: have-engine ## USD a month, every stack or STACK=…; in out/<stack>/cost.md
	@$(BIN)/python -m automation cost --stack $(or $(filter-out local,$(STACK)),dev staging prod)

test: check ## everything that needs no cloud: lint, types, tests

check: setup engine lint types unit

fmt: setup ## format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: setup $(if $(shell command -v go),$(BIN)/actionlint) ## ruff; actionlint where there is Go to build it
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@if [ -x $(BIN)/actionlint ]; then $(BIN)/actionlint; fi

$(BIN)/actionlint: tools/actionlint/go.sum | setup
	@cd tools/actionlint && GOBIN=$(CURDIR)/$(BIN) go install -mod=readonly github.com/rhysd/actionlint/cmd/actionlint

types: setup ## basedpyright, strict
	@$(BIN)/basedpyright --level error

unit: have-engine ## all tests: unit, contract, functions, provider, warehouse, report
	@PATH="$$($(BIN)/python -m automation engine --folder):$$PATH" $(BIN)/pytest

stacks: have-engine ## the tests of the stacks and their components, on two cores; `unit` runs them too
	@PATH="$$($(BIN)/python -m automation engine --folder):$$PATH" $(BIN)/pytest -n 2 --dist loadfile tests/unit

urns: have-engine ## rewrite what is generated: tests/urns/, docs/configuration.md, docs/cost.md, …
	@$(BIN)/python -m tests.urns && $(BIN)/python -m tools.configuration && $(BIN)/python -m tools.contract
	@$(BIN)/python -m automation.graph.page && $(BIN)/python -m automation.cost.docs && $(BIN)/python -m tools.optimisation

bench: have-engine ## speed as ratios, in one run
	@$(BIN)/python -m bench.producer && $(BIN)/python -m bench.consumer && $(BIN)/python -m bench.preview

layer: setup ## the Lambda layers with native wheels, in dist/
	@$(BIN)/python -m tools.layer --out dist/consumer-layer.zip
	@$(BIN)/python -m tools.layer --out dist/producer-layer.zip --packages msgspec

clean: ## remove what make made here; the engine stays in the user's cache
	rm -rf $(VENV) .venv-airflow .venv-spark .local out dist
