# The few commands of a day's work; everything else is cargo's, and the scripts'.

PLATFORM ?= cloudflare
PORT ?= 7676
ORIGIN ?=
CONFIG ?=
KINDS ?=

# The emulator that set-up may have built, and one target directory whatever the user's own setting.
export PATH := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/selvedge/viceroy-0.22.0/bin:$(PATH)
export CARGO_TARGET_DIR := $(CURDIR)/target

pieces_cloudflare = node wasm-cloudflare
pieces_fastly = node wasm-fastly viceroy

.DEFAULT_GOAL := help
.PHONY: help setup serve demo components test bench first-event screenshots fmt lint clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## everything this machine needs to build and to test (once; some 10 minutes)
	@scripts/setup.sh

serve: ## the website through Selvedge, locally: PLATFORM=cloudflare|fastly PORT=7676 ORIGIN=https://… CONFIG=selvedge.toml
	@$(if $(pieces_$(PLATFORM)),,echo 'PLATFORM is cloudflare or fastly, not "$(PLATFORM)"' >&2; exit 2;) \
	scripts/setup.sh $(pieces_$(PLATFORM)) && cargo build $(if $(wildcard target/debug/selvedge),--quiet) --package selvedge && \
	exec target/debug/selvedge dev --platform '$(PLATFORM)' --port '$(PORT)' \
	  $(if $(ORIGIN),--origin '$(ORIGIN)') $(if $(CONFIG),--config '$(CONFIG)')

demo: ## the demo shop and its catcher alone, for `wrangler dev` or `fastly compute serve` in another terminal
	@cargo build $(if $(wildcard target/debug/selvedge),--quiet) --package selvedge && exec target/debug/selvedge demo --port 7677 --catch-port 7678

components: ## our destinations for other hosts, in target/components: all, or KINDS='ga4 plausible'
	@scripts/components.sh $(KINDS)

test: ## all checks and tests, on both platforms
	@scripts/setup.sh
	@scripts/test.sh

bench: ## what a page costs, on both platforms
	@scripts/setup.sh wasm-fastly wasm-cloudflare node viceroy wrk
	@scripts/bench.sh

first-event: ## how long it takes from a fresh clone to the first delivered event, measured
	@scripts/first-event.sh

screenshots: ## the documentation's pictures of the inspector, made anew
	@scripts/setup.sh node chromium && cargo build --quiet --package selvedge && node tests/browser/screenshots.mjs

fmt: ## format the Rust code
	@cargo fmt --all

lint: ## formatting, clippy and types, without the tests
	@scripts/setup.sh node
	@scripts/test.sh lint

clean: ## remove what was built (not the tools: those are in node_modules and the cache)
	@rm -rf target bin pkg cf-worker/dist .wrangler .selvedge
