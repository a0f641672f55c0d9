# Everything starts here. Needs Python 3.11-3.13 and nothing else; `make` lists what there is.

PIPELINE ?= pipelines/iris-knn.yaml
BIN := .venv/bin

# .ci/install chooses the interpreter unless it is named: make PYTHON=python3.12 test
export PYTHON
# Some machines switch bytecode off for all; importing Airflow without it takes several times as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run up down test lint types suite unit bench lock schemas facts clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## create or update .venv from the lock (the others do it by themselves)
	@sh .ci/install

run: install ## run pipelines/iris-knn.yaml to the end against the embedded SageMaker (PIPELINE=... for another)
	$(BIN)/mlpipelines run $(PIPELINE)

up: install ## a local Airflow with its web UI, the pipelines in it and the embedded SageMaker beside it
	@$(BIN)/mlpipelines up

down: ## end what `make up` has started
	@if test -x $(BIN)/mlpipelines; then $(BIN)/mlpipelines down; else echo "nothing runs"; fi

test: lint types suite ## lint, types and the whole test suite

suite: install ## the whole test suite
	@echo "== tests"
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: install ## ruff, the schemas, the pipelines, the Dockerfile
	@echo "== lint"
	$(BIN)/ruff check
	$(BIN)/check-jsonschema --check-metaschema schemas/*.json schemas/steps/*.json
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/mlpipelines validate
	$(BIN)/hadolint Dockerfile

types: install ## mypy
	@echo "== types"
	$(BIN)/mypy

unit: install ## the fast tests: no Airflow, no pipeline runs
	$(BIN)/python -m pytest -m "not airflow and not e2e"

bench: install ## how long things take
	$(BIN)/python tests/bench/run.py

# Does not ask for an install: new pins and the old lock may contradict each other.
# First together with what the Airflow image carries, then ours alone with the versions found.
COMPILE = PATH="$$PATH:$(BIN)" UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --no-config --universal \
	--python-version 3.11 --fork-strategy fewest --no-annotate --all-extras requirements.txt pyproject.toml
lock: ## write constraints.txt anew; keeps the versions in it that still fit (UPGRADE=1: takes the newest)
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	mkdir -p build && cp constraints.txt build/lock.txt
	$(COMPILE) .ci/image.txt --output-file build/lock.txt $(if $(UPGRADE),--upgrade)
	$(COMPILE) --constraint build/lock.txt --output-file constraints.txt --upgrade

schemas: install ## write schemas/{validate,pipeline}.schema.json, REFERENCE.md and RULES.md anew from their pieces
	$(BIN)/mlpipelines schemas

# sagemaker-core is only read: it goes to a folder of its own, since what it depends on is not ours.
facts: install ## regenerate the tables of AWS facts from the installed botocore and the newest sagemaker-core
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	rm -rf build/sagemaker-core && $(BIN)/python -m pip install --quiet --no-deps --target build/sagemaker-core sagemaker-core
	PYTHONPATH=build/sagemaker-core $(BIN)/python -m mlpipelines.facts.generate

clean: down ## remove .venv and what the tools left behind
	rm -rf .venv .mlpipelines .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
	find dags tests -name __pycache__ -type d -prune -exec rm -rf {} +
