# Everything runs on Debian 12 with Rust, JDK 17, Maven, Node and Python; the servers that tests and
# demo use are fetched by `make rig` into ~/.cache/tidewire-rig (TIDEWIRE_RIG_CACHE names another place).

CARGO ?= cargo

.PHONY: demo test bench lint rig rig-clean

# OceanBase and RocketMQ on this machine, a project that ties them, a workload, and the count of what
# arrived. Keeps running for the console until Ctrl-C; DEMO_ONCE=1 ends after the count.
demo: rig
	$(CARGO) build --release --package tidewire --bin tidewire
	$(CARGO) run --release --quiet --package tidewire-rig -- demo --product "$$($(CARGO) metadata --format-version 1 --no-deps | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')/release/tidewire"

test: rig
	$(CARGO) build --workspace --all-targets
	$(CARGO) test --workspace

bench: rig
	$(CARGO) bench --workspace

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

rig:
	$(CARGO) run --quiet --package tidewire-rig -- install

rig-clean:
	rm -rf "$${TIDEWIRE_RIG_CACHE:-$$HOME/.cache/tidewire-rig}"
