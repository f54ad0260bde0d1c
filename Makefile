# The front door. `make run` and `make test` set up what they need and do nothing twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PRESET ?= dev
LISTEN ?= 127.0.0.1:8080
DATA ?= .demo
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30

.PHONY: help setup setup-lint configure build run test test-asan test-tsan fuzz bench lint format clean screenshots web web-install web-dev web-test

help:  ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup:
	@tools/setup/debian packages.txt

setup-lint: setup
	@tools/setup/debian packages-lint.txt

# The pages come first: the program carries them.
configure: setup web
	@cmake --preset $(PRESET) -DCMAKE_INSTALL_MESSAGE=NEVER >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@mkdir -p build && mv build-configure.log build/configure-$(PRESET).log

build: configure  ## Build the one binary, build/dev/bin/berth
	@cmake --build --preset $(PRESET) --target berth -j $(JOBS)

run: build  ## Everything on this machine: private PostgreSQL, simulated cluster, portal, reconciler
	@build/$(PRESET)/bin/berth demo --listen $(LISTEN) --data $(DATA)

test: configure  ## All tests; the last line is "N passed, N failed"
	@cmake --build --preset $(PRESET) --target berth --target all_tests -j $(JOBS)
	@test/cluster/build >/dev/null
	@tools/run_tests.py --build build/$(PRESET)

test-asan: setup  ## The C++ tests under the address and undefined behaviour sanitizers
	@cmake --preset asan >/dev/null && cmake --build --preset asan --target berth --target all_tests -j $(JOBS)
	@tools/run_tests.py --build build/asan --only-programs

test-tsan: setup-lint  ## The C++ tests under the thread sanitizer
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan --target berth --target all_tests -j $(JOBS)
	@tools/run_tests.py --build build/tsan --only-programs

fuzz: setup-lint  ## Every fuzzer for FUZZ_SECONDS (30), under the address and undefined behaviour sanitizers
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target all_fuzzers -j $(JOBS)
	@tools/fuzz --build build/fuzz --seconds $(FUZZ_SECONDS)

bench: setup web  ## Ratios against a reference measured in the same run
	@cmake --preset release >/dev/null && cmake --build --preset release --target berth --target booking_load --target cost_speed -j $(JOBS)
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
	@$(WITH_NODE) npm --prefix web run --silent build
	@touch $@

web: web/dist/index.html  ## Build the pages, web/dist

web-dev: web-install $(ENGINE)  ## The pages with hot reload, against the server at LISTEN (make run)
	@$(WITH_NODE) BERTH_URL=http://$(LISTEN) npm --prefix web run --silent dev

web-test: web-install $(ENGINE)  ## Types, format and unit tests of the pages
	@$(WITH_NODE) npm --prefix web run --silent check
	@$(WITH_NODE) npm --prefix web test --silent

lint: setup-lint configure  ## Format, includes, scripts, clang-tidy
	@tools/lint/all

format: setup-lint  ## Put the C++ sources into shape
	@find src test bench web/wasm -name '*.[ch]pp' -print0 | xargs -0 clang-format-19 -i

clean:  ## Remove what was built; the demo's data stays
	@rm -rf build

screenshots: build web-install  ## Pictures of the pages, docs/screenshots
	@test/web/screenshots build/$(PRESET)/bin/berth
