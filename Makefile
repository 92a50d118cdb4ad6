# Everything a newcomer needs: `make demo` runs a protocol, `make test` runs the tests. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# two more than there are cores: some tests wait for real time, and those that count give way to them
WORKERS ?= $(shell python3 -c "import os; print((os.cpu_count() or 1) + 2)")

.PHONY: setup demo picture test prove campaign lint bench calibrate clean

# Installs once; again only when the project's metadata changes.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "traction needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing traction and its tools into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group lint
	@touch $@

setup: $(VENV)/.installed

demo: setup
	@mkdir -p demo
	@rm -f demo/lumbar-disc-30min.mcap
	$(BIN)/traction show lumbar-disc-30min --mass 80kg
	$(BIN)/traction run lumbar-disc-30min --mass 80kg --seed 7 --record demo/lumbar-disc-30min.mcap
	$(BIN)/traction report demo/lumbar-disc-30min.mcap --plot demo/lumbar-disc-30min.png
	@echo "the record is demo/lumbar-disc-30min.mcap, the picture demo/lumbar-disc-30min.png"

# Draws the picture of the front page again, after a change of the physics.
picture: demo
	cp demo/lumbar-disc-30min.png docs/pictures/

# Whatever the shell says, what Python compiles is kept (in __pycache__): hundreds of processes start here.
test: export PYTHONDONTWRITEBYTECODE =
test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# Proves the safety limits: faults, phases, layers, orders of frames, planted defects, mutants, real processes.
prove: setup
	$(BIN)/python -m tests.proof $(PROVE)

# In a copy that is compiled to C, once it has been shown to do the same; that needs a C compiler.
campaign: setup
	$(BIN)/python -m tests.proof compiled campaign --compiled --seeds 100000

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks

# Fits the model to the published cases and says whether the shipped values come out; CALIBRATE=--write writes them.
calibrate: setup
	$(BIN)/python -m traction.evidence.calibrate $(CALIBRATE)

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
