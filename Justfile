# What a developer runs. `./dev NAME` first installs what NAME needs and says where the tools are, then comes here.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Where cargo puts what it builds; outside the checkout in CI.
built := env("CARGO_TARGET_DIR", justfile_directory() / "target")
warnings := "-D warnings"

[private]
default:
    @just --list --unsorted

# Build and run the gateway on 127.0.0.1:8080 with a model of this machine; --smoke: ask it, check the answers, stop
[no-exit-message]
up *args: command module engine
    examples/quickstart/up {{ args }}

# Build target/release/dragoman, target/release/local-engine and target/dragoman.wasm; put Envoy beside them, for images
build: command module engine envoy

# Run every test there is; the last line counts them
[no-exit-message]
test: build upstream
    tests/run

# Formatting, lints, licences and advisories, documentation, house rules: all of them, however the first ones end
[no-exit-message]
check:
    @failed=(); for one in format lint licences docs house scripts; do just "$one" || failed+=("$one"); done; \
        if [ ${#failed[@]} -gt 0 ]; then echo "Failed: ${failed[*]}"; exit 1; else echo "All checks passed."; fi

# Measure (NAME: engine, filter, pii, redact, wire); --json FILE writes the figures as JSON too
[no-exit-message]
bench name *args:
    @just "bench-{{ name }}" {{ args }}

[private]
bench-pii *args:
    cargo build --release -p dragoman-bench
    "{{ built }}/release/bench" pii {{ args }}

[private]
bench-filter *args: command module
    cargo build --profile wasm --target wasm32-wasip1 -p empty-filter
    cargo build --release -p dragoman-bench
    DRAGOMAN_BIN=target/release/dragoman DRAGOMAN_WASM=target/dragoman.wasm \
        EMPTY_WASM="{{ built }}/wasm32-wasip1/wasm/empty_filter.wasm" \
        "{{ built }}/release/bench" filter {{ args }}

[private]
bench-wire *args:
    cargo bench -p dragoman-core --bench wire -- {{ args }}
    CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings $PWD/tests/wasi/run.mjs" \
        cargo bench --profile wasm --target wasm32-wasip1 -p dragoman-core --bench wire -- {{ args }}

[private]
bench-redact *args:
    cargo build --release -p dragoman-core --example redact_speed
    cargo build --profile wasm --target wasm32-wasip1 -p dragoman-core --example redact_speed
    cargo build --release -p dragoman-bench
    REDACT_SPEED="{{ built }}/release/examples/redact_speed" \
        REDACT_SPEED_WASM="{{ built }}/wasm32-wasip1/wasm/examples/redact_speed.wasm" \
        "{{ built }}/release/bench" redact {{ args }}

[private]
bench-engine *args: engine
    cargo build --release -p local-engine --example raw_loop
    cargo build --release -p dragoman-bench
    LOCAL_ENGINE_BIN=target/release/local-engine RAW_LOOP="{{ built }}/release/examples/raw_loop" \
        "{{ built }}/release/bench" engine {{ args }}

# Fuzz one target of filter/core/fuzz for a while
fuzz target seconds="60":
    cd filter/core && cargo +nightly fuzz run {{ target }} -- -max_total_time={{ seconds }}

[private]
command:
    cargo build --release -p dragoman
    @just place release/dragoman release/dragoman

[private]
module:
    cargo build --profile wasm --target wasm32-wasip1 -p dragoman-filter
    @cd "{{ built }}/wasm32-wasip1/wasm"; [ dragoman.wasm -nt dragoman_filter.wasm ] || { echo "Making the module smaller"; \
        node "$WASM_OPT" -O3 --strip-debug --strip-producers dragoman_filter.wasm -o dragoman.wasm.new && mv dragoman.wasm.new dragoman.wasm; }
    @just place wasm32-wasip1/wasm/dragoman.wasm dragoman.wasm

[private]
engine:
    cargo build --release -p local-engine
    @just place release/local-engine release/local-engine

[private]
upstream:
    cargo build --release -p dragoman-tests --bin dragoman-upstream
    @just place release/dragoman-upstream release/dragoman-upstream

# Where Envoy is not to be had (macOS), the rest is built all the same.
[private]
envoy:
    @[ ! -x "${ENVOY_BIN:-}" ] || cmp -s "$ENVOY_BIN" target/envoy || { cp "$ENVOY_BIN" target/envoy.new && mv target/envoy.new target/envoy; }

# Puts what cargo built where people look for it, whole or not at all.
[private]
place from to:
    @mkdir -p "$(dirname "target/{{ to }}")"
    @[ "{{ built }}/{{ from }}" -ef "target/{{ to }}" ] || { cp "{{ built }}/{{ from }}" "target/{{ to }}.new" && mv "target/{{ to }}.new" "target/{{ to }}"; }

[private]
format:
    cargo fmt --all --check

# The release profile, so that llama.cpp is built once.
[private]
lint:
    cargo clippy --release --workspace --all-targets -- {{ warnings }}
    cargo clippy --release -p dragoman -p dragoman-core -p dragoman-tests --features dragoman/service-account,dragoman-tests/service-account \
        --all-targets -- {{ warnings }}
    cargo clippy --target wasm32-wasip1 -p dragoman-core -p dragoman-filter --all-targets -- {{ warnings }}

[private]
licences:
    cargo deny check bans licenses sources
    @if cargo deny fetch db; then cargo deny check advisories; else echo "skipped: advisories: their database could not be fetched"; fi

[private]
docs:
    RUSTDOCFLAGS="{{ warnings }}" cargo doc --release --workspace --no-deps

# The rules that no compiler knows. The shell's lines are counted without comments, and without the host's interface.
[private]
house:
    @lines=$(ls filter/src/*.rs | grep -v /host.rs | xargs grep -hvE '^\s*(//|$)' | wc -l); [ "$lines" -lt 550 ] || \
        { echo "filter/src has $lines lines beside host.rs: it is a shell, keep it under 550 and move logic to filter/core"; exit 1; }
    @! grep -nE 'hostcalls|extern "C"' filter/src/*.rs | grep -v '^filter/src/host.rs:' || \
        { echo "only filter/src/host.rs may name host calls"; exit 1; }

[private]
scripts:
    shellcheck dev .ci/run tests/run examples/quickstart/up examples/quickstart/ask examples/existing-envoy/run examples/compose/smoke
