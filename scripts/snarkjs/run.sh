#!/usr/bin/env bash
# Proves the very same basic receipt with snarkjs, and checks that either verifier accepts the
# proofs of both provers.
#
#   scripts/snarkjs/run.sh [FILE]     FILE gets the times of snarkjs as JSON
#
# QUITTANCE_SNARKJS_CACHE: where the powers of tau and snarkjs's key are kept.
# QUITTANCE_SNARKJS_RUNS: proofs to time, 10 unless told.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"
cache=${QUITTANCE_SNARKJS_CACHE:-$HOME/.cache/quittance/snarkjs}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm ci --silent --prefix "$here" --ignore-scripts --no-audit --no-fund >&2
# The features the tests use, so that nothing is built twice (docs/decisions/0006).
cargo build --quiet --release --locked --workspace --features quittance-node/fast-runtime \
	--example export-receipt --example verify-snarkjs
example() { "$CARGO_TARGET_DIR/release/examples/$1" "${@:2}" >&2; }
example export-receipt "$work" "$cache/keys"
node "$here/prove.mjs" "$work" "$cache" "${QUITTANCE_SNARKJS_RUNS:-10}" >"$work/times.json"
example verify-snarkjs "$work/ours"
example verify-snarkjs "$work/theirs"
if [[ $# -gt 0 ]]; then
	cp "$work/times.json" "$1"
else
	cat "$work/times.json"
fi
