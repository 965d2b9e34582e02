#!/usr/bin/env bash
# Proves the very same circuits with snarkjs, and checks that either verifier accepts the proofs of
# both provers.
#
#   scripts/snarkjs/run.sh FILE CIRCUIT...     FILE gets the times of snarkjs as JSON
#
# CIRCUIT is one of the example `export-circuit`: receipt, membership, bid-range, inference.
# QUITTANCE_SNARKJS_CACHE: where the powers of tau and snarkjs's keys are kept. Those for an inference
# take half an hour to make.
# QUITTANCE_SNARKJS_RUNS: proofs to time, 10 unless told.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -lt 2 ]]; then
	sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
	exit 2
fi
file=$(realpath -- "$1")
shift
cd "$here/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"
cache=${QUITTANCE_SNARKJS_CACHE:-$HOME/.cache/quittance/snarkjs}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm ci --silent --prefix "$here" --ignore-scripts --no-audit --no-fund >&2
# The features the tests use, so that nothing is built twice (docs/decisions/0006).
cargo build --quiet --release --locked --workspace --features quittance-node/fast-runtime \
	--example export-circuit --example verify-snarkjs
example() { "$CARGO_TARGET_DIR/release/examples/$1" "${@:2}" >&2; }
results=()
for circuit in "$@"; do
	example export-circuit "$circuit" "$work/$circuit" "$cache/keys"
	node "$here/prove.mjs" "$circuit" "$work/$circuit" "$cache" "${QUITTANCE_SNARKJS_RUNS:-10}" \
		>"$work/$circuit.json"
	example verify-snarkjs "$work/$circuit/ours"
	example verify-snarkjs "$work/$circuit/theirs"
	results+=("$work/$circuit.json")
done
node -e 'const { readFileSync } = require("node:fs");
console.log(JSON.stringify(process.argv.slice(1).map((file) => JSON.parse(readFileSync(file)))));' \
	"${results[@]}" >"$file"
