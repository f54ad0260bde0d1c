# The front door. `make run` and `make test` set up what they need and do nothing twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PRESET ?= dev
LISTEN ?= 127.0.0.1:8080
DATA ?= .demo
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
# Words in the names of the suites that are wanted, such as SUITES='plain "own rules"'; all without.
SUITES ?=
RELEASE_TARGETS = --target berth --target booking_load --target read_load --target cost_speed
PROPERTY_TESTS = berth_reconciler_test berth_booking_test berth_manifests_test berth_poolfile_test

.PHONY: node-and-image real run-real start-times help setup setup-test setup-lint setup-images configure configure-test libraries build run test test-all test-node test-workspace test-install test-isolation test-asan \
	test-tsan fuzz bench images push images-twice lint format clean screenshots web web-install web-dev web-test

help:  ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# What building and running takes; then what the tests take besides; then what only lint, sanitizers and fuzzers take.
setup:
	@tools/setup/debian packages.txt

setup-test: setup
	@tools/setup/debian packages-test.txt

setup-lint: setup-test
	@tools/setup/debian packages-lint.txt

setup-images: setup
	@tools/setup/debian packages-images.txt

CONFIGURE = cmake --preset $(PRESET) -DCMAKE_INSTALL_MESSAGE=NEVER >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }; \
	mkdir -p build && mv build-configure.log build/configure-$(PRESET).log

# Everything but the pages is compiled while npm waits for the disk and the network; then CMake finds the pages, which
# the program carries.
configure: setup
	@$(CONFIGURE)
	@$(MAKE) --no-print-directory -j3 web libraries
	@$(CONFIGURE)

configure-test: setup-test
	@$(MAKE) --no-print-directory configure

libraries:
	@cmake --build --preset $(PRESET) --target libraries -j $(JOBS)

build: configure  ## Build the one binary, build/dev/bin/berth
	@cmake --build --preset $(PRESET) --target berth -j $(JOBS)

run: build  ## Everything on this machine: private PostgreSQL, simulated cluster, portal, reconciler
	@build/$(PRESET)/bin/berth demo --listen $(LISTEN) --data $(DATA)

test: configure-test  ## The gate; the last line is "N passed, N failed"
	@cmake --build --preset $(PRESET) --target berth --target all_tests -j $(JOBS)
	@test/cluster/build >/dev/null
	@$(WHERE_ROOT) $(MAKE) --no-print-directory node-and-image
	@tools/run_tests.py --build build/$(PRESET) $(SUITES)

test-all: configure-test setup-lint  ## The gate, every kill point, all sanitizers, clang-tidy on everything, fuzzers, release build: hours; goes on where it was cut
	@cmake --build --preset $(PRESET) --target berth --target berth_next --target all_tests -j $(JOBS)
	@cmake --preset asan >/dev/null && cmake --build --preset asan --target berth --target all_tests -j $(JOBS)
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan --target berth --target all_tests -j $(JOBS)
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target all_fuzzers -j $(JOBS)
	@cmake --preset release >/dev/null && cmake --build --preset release $(RELEASE_TARGETS) -j $(JOBS)
	@test/cluster/build >/dev/null
	@$(WHERE_ROOT) $(MAKE) --no-print-directory node-and-image
	@tools/run_tests.py --build build/$(PRESET) --all --go-on --sanitized build/asan --sanitized build/tsan $(SUITES)

test-node: setup-test  ## The test cluster's real node: containers, network policies, volumes, GPUs; as root
	@tools/setup/debian packages-node.txt
	@test/cluster/node_smoke

# Containers need root; who is not root goes without, and the test run says so.
WHERE_ROOT = [ "$$(id -u)" != 0 ] ||

# The program of the development build goes into the image: what is tested is what was built.
node-and-image: setup-images
	@tools/setup/debian packages-node.txt
	@test/cluster/build-node >/dev/null
	@for image in berth postgres workspace; do BERTH_BINARY=$(CURDIR)/build/$(PRESET)/bin/berth images/build --image $$image build/images/$$image >/dev/null || exit; done

real: configure-test
	@cmake --build --preset $(PRESET) --target berth -j $(JOBS)
	@test/cluster/build >/dev/null
	@$(MAKE) --no-print-directory node-and-image

run-real: real  ## As make run, on a real node: VS Code opens for real; as root; the first time builds the image and the node
	@test/cluster/run-real build/$(PRESET)/bin/berth build/images/workspace --listen $(LISTEN) --data $(DATA)-real

start-times: real  ## From a window's start to an open VS Code, 20 times on a real node, as root: a table
	@test/system/start_times.py build/$(PRESET)/bin/berth build/images/workspace

test-workspace: real  ## A workspace on a real node, opened in a browser, as root
	@test/system/workspace_test.py build/$(PRESET)/bin/berth build/images/workspace $(if $(PICTURE),--picture $(PICTURE))

test-install: real  ## From images in a registry to an open VS Code and back, by docs/install.md's commands, on a real node, as root
	@test/system/install_test.py build/$(PRESET)/bin/berth build/images

test-isolation: real  ## Attempts to leave a session, from inside its workspace on a real node, as root
	@test/isolation/run build/$(PRESET)/bin/berth build/images/workspace $(if $(ONLY),--only "$(ONLY)")

test-asan: setup-lint  ## The C++ tests under the address and undefined behaviour sanitizers
	@cmake --preset asan >/dev/null && cmake --build --preset asan --target berth --target all_tests -j $(JOBS)
	@tools/run_tests.py --build build/asan --only-programs

test-tsan: setup-lint  ## The C++ tests under the thread sanitizer
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan --target berth --target all_tests -j $(JOBS)
	@tools/run_tests.py --build build/tsan --only-programs

fuzz: configure-test setup-lint  ## Every fuzzer, and properties from seeds of chance, for FUZZ_SECONDS (30) each
	@cmake --build --preset $(PRESET) $(addprefix --target ,$(PROPERTY_TESTS)) -j $(JOBS)
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target all_fuzzers -j $(JOBS)
	@tools/fuzz --build build/fuzz --properties build/$(PRESET) --seconds $(FUZZ_SECONDS)

bench: setup-test web  ## Ratios against references measured in the same run
	@cmake --preset release >/dev/null && cmake --build --preset release $(RELEASE_TARGETS) -j $(JOBS)
	@test/cluster/build >/dev/null
	@bench/run $(BENCH)
	@bench/web --berth build/release/bin/berth

WEB_SOURCES := $(wildcard web/*.ts web/*.json web/index.html) $(shell find web/src -type f 2>/dev/null)

# Node's programs in front of PATH: npm runs the node it finds there.
WITH_NODE = PATH="$$(tools/ensure-node):$$PATH"

# Installs when what is wanted changed. npm writes this file of its own, and it is newer than the lock file then.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json | setup
	@$(WITH_NODE) npm --prefix web ci --loglevel=error
	@touch $@

web-install: web/node_modules/.package-lock.json

# The same library that the program has, for the browser.
ENGINE = web/src/tokenomics/engine.wasm
ENGINE_SOURCES := $(filter-out %_test.cpp,$(wildcard src/tokenomics/*.?pp)) $(wildcard src/base/*.?pp) web/wasm/entry.cpp
$(ENGINE): tools/build-wasm $(ENGINE_SOURCES) | setup
	@tools/build-wasm $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES) $(ENGINE)
	@$(WITH_NODE) npm --prefix web run --silent bundle
	@touch $@

web: web/dist/index.html  ## Build the pages, web/dist

web-dev: web-install $(ENGINE)  ## The pages with hot reload, against the server at LISTEN (make run)
	@$(WITH_NODE) BERTH_URL=http://$(LISTEN) npm --prefix web run --silent dev

web-test: web-install $(ENGINE)  ## Types, format, linter and unit tests of the pages
	@$(WITH_NODE) npm --prefix web run --silent check
	@$(WITH_NODE) npm --prefix web run --silent lint
	@$(WITH_NODE) npm --prefix web test --silent

# BERTH_BINARY names a program that is there already; else the release build's goes in.
images: setup-images $(if $(BERTH_BINARY),,web)  ## Berth's, its PostgreSQL's and the workspace's image, from packages alone, to build/images; as root
ifeq ($(BERTH_BINARY),)
	@cmake --preset release >/dev/null && cmake --build --preset release --target berth -j $(JOBS)
endif
	@for image in berth postgres workspace; do images/build --image $$image build/images/$$image || exit; done

# REGISTRY=host/path; PULL_AS=what nodes call it, where that is another name. What it wrote is in deploy/site/images.env.
push:  ## The images of make images to REGISTRY, and their names to deploy/site/images.env
	@tools/setup/debian packages-push.txt
	@images/push $(if $(PULL_AS),--pull-as $(PULL_AS)) $(REGISTRY)

images-twice: images  ## The workspace image twice from nothing, compared file by file; as root; about 20 minutes of a processor
	@test/images/twice

lint: setup-lint configure-test  ## Format, includes, scripts, clang-tidy
	@tools/lint/all

format: setup-lint  ## Put the C++ sources into shape
	@find src test bench web/wasm -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 -i

clean:  ## Remove what was built; the demo's data stays
	@rm -rf build

screenshots: setup-test build web-install  ## Pictures of the pages, docs/screenshots
	@test/web/screenshots build/$(PRESET)/bin/berth
