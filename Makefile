# Everything runs on Debian 12 with Rust, JDK 17, Maven, Node and Python; the servers that tests and
# demo use are fetched into ~/.cache/tidewire-rig (TIDEWIRE_RIG_CACHE names another place).

CARGO ?= cargo
TARGET = $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test simulate bench fuzz lint screenshots rig rig-clean packages packages-test

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

# A deb and an rpm in target/packages, for every x86-64 host with glibc 2.17 (2012) or later: zig links
# against that version. The same commit gives the same bytes.
TOOLS = $(or $(TIDEWIRE_TOOLS_CACHE),$(HOME)/.cache/tidewire-tools)
PACKAGE_TARGET = x86_64-unknown-linux-gnu
PACKAGES = $(abspath $(TARGET))/packages
PACKAGE_TOOLS = cargo-zigbuild@0.24.0 cargo-deb@3.8.0 cargo-generate-rpm@0.21.1

packages: $(TOOLS)/ready
	PATH="$(TOOLS)/bin:$(TOOLS)/zig/bin:$$PATH" \
	  RUSTFLAGS="--remap-path-prefix=$(HOME)/.cargo=cargo --remap-path-prefix=$(CURDIR)=tidewire" \
	  $(CARGO) zigbuild --locked --release --bin tidewire --target $(PACKAGE_TARGET).2.17
	rm -rf "$(PACKAGES)" && mkdir -p "$(PACKAGES)"
	@# Files newer than the commit get its time in the packages; older ones would keep theirs.
	git ls-files -z LICENSE README.md README.zh-CN.md docs packaging | xargs -0 touch
	PATH="$(TOOLS)/bin:$$PATH" SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
	  $(CARGO) deb --no-build --no-strip --target $(PACKAGE_TARGET) --output "$(PACKAGES)/"
	@# Old releases of rpm unpack gzip only.
	PATH="$(TOOLS)/bin:$$PATH" $(CARGO) generate-rpm --target $(PACKAGE_TARGET) --output "$(PACKAGES)/" \
	  --payload-compress gzip --source-date $$(git log -1 --format=%ct)


$(TOOLS)/ready: Makefile
	mkdir -p "$(TOOLS)"
	$(CARGO) install --locked --root "$(TOOLS)" $(PACKAGE_TOOLS) || \
	  { echo "the packaging tools can't be had; run make packages again once crates.io is reached"; exit 1; }
	python3 -m venv "$(TOOLS)/zig" && "$(TOOLS)/zig/bin/pip" install -q ziglang==0.16.0 || \
	  { echo "zig can't be had; run make packages again once PyPI is reached"; exit 1; }
	touch "$@"

# The packages as hosts meet them: installed, upgraded and removed in a system of its own under systemd.
# Needs root; what is missing of systemd-container, mmdebstrap, rpm and binutils is installed.
packages-test: packages
	TIDEWIRE_PACKAGES="$(PACKAGES)" TIDEWIRE_TOOLS_CACHE="$(TOOLS)" $(CARGO) test --test packages -- --nocapture

# Only the servers.
rig:
	$(CARGO) run --quiet --package tidewire-rig -- install

rig-clean:
	rm -rf "$${TIDEWIRE_RIG_CACHE:-$$HOME/.cache/tidewire-rig}"
