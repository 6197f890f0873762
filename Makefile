# Everything runs on Debian 12 with Rust, JDK 17, Maven, Node and Python; the servers that tests and
# demo use are fetched into ~/.cache/tidewire-rig (TIDEWIRE_RIG_CACHE names another place).

CARGO ?= cargo
TARGET = $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test simulate bench fuzz lint screenshots rig rig-clean

# OceanBase and RocketMQ on this machine, a project that ties them, a workload, and the count of what
# arrived. Keeps running for the console until Ctrl-C; DEMO_ONCE=1 ends after the count.
demo:
	$(CARGO) build --release --workspace --bins
	$(TARGET)/release/rig install
	$(TARGET)/release/rig demo --product $(TARGET)/release/tidewire

test:
	$(CARGO) build --workspace --exclude tidewire-world --all-targets
	$(TARGET)/debug/rig install
	$(CARGO) test --workspace --exclude tidewire-world
	$(WORLD_TESTS)

# The simulated world is played optimised: thousands of histories of fixed seeds, those written by hand,
# and every planted fault, in about two minutes.
WORLD_TESTS = $(CARGO) test --release -p tidewire-world --features planted

# The engine in the simulated world: random histories for MINUTES (5), or the one of SEED;
# docs/testing.md tells how to read a seed that fails.
simulate:
	$(CARGO) run --release -p tidewire-world -- --threads $(or $(THREADS),1) \
	  $(if $(SEED),--seed $(SEED),--minutes $(or $(MINUTES),5) --from $(or $(FROM),0)) $(WITH)

# Figures of the parts and of the whole, beside the raw limits of this machine, and of the console.
bench:
	$(CARGO) build --release --workspace --bins
	$(TARGET)/release/rig install
	$(CARGO) bench --bench throughput
	$(CARGO) bench --bench pages

# Broken bytes for everything that reads from the network.
fuzz:
	$(CARGO) bench --bench fuzz -- 10000000

# Pictures of every page of the console, in both languages and widths, in target/screenshots.
screenshots:
	$(CARGO) build --workspace --all-targets
	$(TARGET)/debug/rig install
	TIDEWIRE_SCREENSHOTS="$(abspath $(TARGET))/screenshots" $(CARGO) test --test e2e every_page -- --test-threads=1

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

# Only the servers.
rig:
	$(CARGO) run --quiet --package tidewire-rig -- install

rig-clean:
	rm -rf "$${TIDEWIRE_RIG_CACHE:-$$HOME/.cache/tidewire-rig}"
