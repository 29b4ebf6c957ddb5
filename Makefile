# Every target that needs something sets it up first; what is there already costs a second.
# These come from make's command line alone: some shells export HOST with the machine's name, and who listens on that
# serves the network.
HOST = 127.0.0.1
PORT = 8000
JOBS = 2
ARGS =
TESTS =
LANGUAGES =

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: serve test bench lint format image images certs clean help

# Every process imports the same modules: where the environment forbids keeping them compiled, each would compile them
# again, and take 1.7 instead of 0.8 s of CPU time to start.
export PYTHONDONTWRITEBYTECODE =

export JOBS
ZUKO = . .tools/env && exec .venv/bin/zuko
RUN = . .tools/env && exec "$$UV" run --no-sync
TESTED = $$(.venv/bin/python -m tests.harness.tested)

serve:  ## set everything up and start the API on http://127.0.0.1:8000 (HOST=, PORT=, ARGS=--reload)
	@scripts/setup.sh
	@$(ZUKO) serve --build --host '$(HOST)' --port '$(PORT)' $(ARGS)

.PHONY: check test-rest
check:  ## lint, types, and the tests that need no Docker: before each commit
	@scripts/setup.sh check
	@$(RUN) python -m tests check $(ARGS)

# With TESTS=, these alone: make test TESTS="tests/unit/docs tests/sandbox/test_images.py"
test:  ## set everything up and test the engine, the service and the commands (ARGS=-x; TESTS=tests/unit/pool; JOBS=0: one at a time)
	@scripts/setup.sh test
	@$(if $(TESTS),$(ZUKO) images build $(TESTED))
	@$(if $(TESTS),$(RUN) pytest -q $(TESTS) $(ARGS),$(RUN) python -m tests test $(ARGS))

test-rest:  ## set everything up and run the other tests: set-up and deployment, repeats, crowds, fuzz
	@scripts/setup.sh test
	@$(ZUKO) images build $(TESTED)
	@$(RUN) python -m tests rest $(ARGS)

.PHONY: test-languages
test-languages:  ## set everything up and test every language, also those that `make test` leaves out (LANGUAGES=lua,perl)
	@scripts/setup.sh test
	@$(ZUKO) images build $(and $(LANGUAGES),python $(subst $(comma), ,$(LANGUAGES)))
	@export TEST_LANGUAGES='$(or $(LANGUAGES),all)'; $(RUN) python -m tests languages $(ARGS)

bench:  ## set everything up and measure (ARGS= goes to benchmarks)
	@scripts/setup.sh
	@$(ZUKO) images build python
	@$(RUN) python -m benchmarks $(ARGS)

.PHONY: function sam-local build-ApiFunction
function:  ## build the Lambda function with `sam build`
	@scripts/setup.sh tools
	@scripts/sam.sh build $(ARGS)

sam-local:  ## set everything up and serve the Lambda function on http://127.0.0.1:3000 (ARGS="--port 3001")
	@scripts/setup.sh
	@$(ZUKO) images build python
	@scripts/sam-local.sh start-api $(ARGS)

build-ApiFunction:  # what `sam build` calls
	@scripts/build-function.sh "$(ARTIFACTS_DIR)"

lint:  ## ruff and mypy, as CI runs them
	@scripts/setup.sh tools
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

format:  ## format the code, and fix what ruff can fix
	@scripts/setup.sh tools
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

.PHONY: docs
docs:  ## update the generated parts of the documents, and build the site in site/
	@scripts/setup.sh tools
	@$(RUN) python -m scripts.generate
	@. .tools/env && NO_MKDOCS_2_WARNING=1 exec "$$UV" run --isolated --frozen --only-group docs mkdocs build --strict $(ARGS)

image:  ## build the image for Python, even if it is up to date
	@scripts/setup.sh
	@$(ZUKO) images build --force python

comma = ,
images:  ## build the images of all languages that are not up to date (LANGUAGES=python,cpp: only these)
	@scripts/setup.sh
	@$(ZUKO) images build $(subst $(comma), ,$(LANGUAGES))

certs:  ## certificates for a Docker host and its client, in ./certs (ARGS="--hosts NAME,ADDRESS"; ARGS=--help)
	@scripts/setup.sh tools
	@scripts/certs.sh $(ARGS)

clean:  ## remove what was made here: .venv, .tools, build results, caches (images stay)
	rm -rf .venv .tools .aws-sam site docker/init/build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
