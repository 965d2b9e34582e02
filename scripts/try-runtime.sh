#!/usr/bin/env bash
# Runs the runtime's tests with every pallet's own checks of its state, and with the portable verifier,
# as tools do that do not have our host functions. Then the benchmarks as tests.
#
# Not a part of scripts/test.sh: these features compile most of the SDK once more, half an hour on two
# cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./scripts/setup.sh >&2
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"
# A runtime that `benchmark storage` alone needs, and whose build fails with a target folder outside of
# the checkout.
export SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1

# The features and the selection of scripts/weights.sh, so that either finds the other's build.
features=quittance-node/fast-runtime,quittance-node/runtime-benchmarks,quittance-runtime/try-runtime
portable=quittance-runtime/portable
cargo test --release --locked --workspace --features "$features,$portable" --lib
