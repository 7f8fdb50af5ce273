# Two commands matter: `make demo` shows the whole thing, `make test` proves it.
# Both set up what they need; only Python 3.11 to 3.13, make and the package registries are assumed.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
READY  := $(VENV)/.ready
COMPARED := $(VENV)/.compared
AZURITE := .sandbox/azurite/node_modules/azurite/package.json

# Every process of the sandbox would compile the code anew where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo run test bench snapshots check lint fix clean

demo: $(READY) $(AZURITE) ## export and delete one data subject's assets, end to end, on this machine
	@$(RUN) -m sandbox.demo

run: $(READY) $(AZURITE) ## start the sandbox and keep it running
	@$(RUN) -m sandbox.run

test: $(READY) $(AZURITE) lint ## linters, types, then every test: those that measure, then two at a time
	$(RUN) -m pytest -m alone
	$(RUN) -m pytest -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder

bench: $(COMPARED) $(AZURITE) ## measure the app against its targets; writes docs/performance.md
	@$(RUN) -m bench $(BENCH)

snapshots: $(READY) ## write what infra/ makes into the files that its tests compare with
	@$(RUN) -m tests.infra.compiler

lint: $(READY)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

fix: $(READY)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

$(READY): requirements.txt requirements-dev.txt requirements-data.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet -r requirements-dev.txt
	$(RUN) -m pip install --quiet --no-deps -r requirements-data.txt
	@touch $@

$(COMPARED): $(READY) requirements-bench.txt
	$(RUN) -m pip install --quiet -r requirements-bench.txt
	@touch $@

$(AZURITE): $(READY) sandbox/azurite.py
	$(RUN) -m sandbox.azurite --install
	@touch $@

clean:
	rm -rf $(VENV) .sandbox out
