# make run    the whole analysis, from ROOT files to the report (ANALYSIS=vhbb, CORES=all of this machine)
# make repair makes files again that were deleted on the way to results that are still there
# make test   every check of the project
# make fuzz   thousands of damaged files and strange settings: no crash, no traceback, no other value (minutes)
# make kills  a small analysis, killed and resumed again and again: the same files as undisturbed (15 minutes)
# The first of them installs the pinned environment into .venv; Python 3.11 or newer is all that it needs.

ANALYSIS ?= vhbb
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
PYTHON ?= python3
TEST_PROCESSES ?= 2
FUZZ_SEED ?= 1

BIN := .venv/bin
INSTALLED := .venv/installed
CONFIGURATION := config/$(ANALYSIS).yaml
SNAKEMAKE = $(BIN)/snakemake --cores $(CORES) --configfile $(CONFIGURATION)

.PHONY: help run repair test fuzz kills lint format documentation clean

help:
	@grep -E '^# make' Makefile | cut -c 3-

run: $(CONFIGURATION) $(INSTALLED)
	@$(BIN)/python scripts/check_configuration.py $(CONFIGURATION)
	$(SNAKEMAKE)

repair: $(CONFIGURATION) $(INSTALLED)
	@missing=$$($(SNAKEMAKE) --summary 2> /dev/null | awk -F'\t' '$$5 == "missing" {print $$1}'); \
	if [ -n "$$missing" ]; then $(BIN)/snakemake $$missing --cores $(CORES) --configfile $(CONFIGURATION); \
	else echo "No file is missing"; fi

test: lint
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadgroup

fuzz: $(INSTALLED)
	@status=0; for target in tests/fuzz/fuzz_*.py; do \
	$(BIN)/python $$target --seed $(FUZZ_SEED) || status=1; done; exit $$status

kills: $(INSTALLED)
	$(BIN)/python tests/fuzz/kill_runs.py --seed $(FUZZ_SEED)

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/mypy scripts/*.py
	$(BIN)/snakemake --lint --configfile config/vhbb.yaml

format: $(INSTALLED)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile workflow

# config/README.md and config/schema.json from the settings models; the DAG's picture (needs graphviz)
documentation: $(INSTALLED)
	$(BIN)/python scripts/write_config_documentation.py
	$(BIN)/snakemake results/vhbb/report/summary.json --rulegraph dot --configfile config/vhbb.yaml 2> /dev/null \
		| gvpr -c 'N[label == "plot_*"] {delete($$G, $$)}' | dot -Tsvg -o docs/rulegraph.svg

# Results and caches; the environment stays.
clean:
	rm -rf results .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(INSTALLED): envs/requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"error: {sys.executable} is Python {sys.version.split()[0]}; name Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement envs/requirements.lock
	@# HTCondor's bindings are installed for those who use its profile; without a pool they warn at every start.
	@echo 'import warnings; warnings.filterwarnings("ignore", r"\s*The environment variable CONDOR_CONFIG")' \
		> "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/without_condor_pool.pth"
	@touch $@

config/%.yaml:
	@echo "error: there is no $@; ANALYSIS names a file of config/: $(basename $(notdir $(wildcard config/*.yaml)))" >&2; exit 1
