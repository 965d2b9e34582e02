#!/usr/bin/env bash
# All tests: formatting, lints, unit and integration tests, and the runs against real processes.
# The last line counts the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./scripts/setup.sh
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

# The sum of the numbers that a pattern of one group finds in the log.
sum() {
	sed -nE "s/$1/\\1/p" "$log" | awk '{ total += $1 } END { print total + 0 }'
}

# Runs the tests of cargo or Node.js and adds the counts of their result lines.
count() {
	local status=0
	"$@" 2>&1 | tee "$log" || status=$?
	passed=$((passed + $(sum '^test result:.* ([0-9]+) passed.*') + $(sum '^# pass ([0-9]+)$')))
	failed=$((failed + $(sum '^test result:.* ([0-9]+) failed.*') + $(sum '^# fail ([0-9]+)$')))
	if [[ $status -ne 0 ]]; then
		[[ $failed -ne 0 ]] || failed=1
		printf '%d passed, %d failed\n' "$passed" "$failed"
		exit 1
	fi
}

step "formatting"
cargo fmt --all --check

step "published vectors, in JavaScript"
npm ci --silent --no-audit --no-fund --prefix scripts/vectors
count node --test scripts/vectors/

# One set of features for everything below, so that nothing is built twice (docs/decisions/0006).
features=(--locked --features quittance-node/fast-runtime)

step "build"
cargo build --release "${features[@]}" --workspace --bins --tests

step "lints"
cargo clippy --release "${features[@]}" --workspace --all-targets -- -D warnings

step "unit and integration tests"
count cargo test --release "${features[@]}" --workspace --no-fail-fast

step "runs against real processes: two validators, four and a fifth, old paths, the demo, shielded money, a miner by hand, a panel, a short soak"
export QUITTANCE_NODE="$CARGO_TARGET_DIR/release/quittance-node"
count cargo test --release "${features[@]}" --workspace --no-fail-fast \
	--test validators --test attestations --test end_to_end --test receipt_paths \
	--test shielded_money --test panel --test soak -- --ignored --test-threads=1 --nocapture

step "a wallet's view, through @polkadot/api"
export QUITTANCE_CLI="$CARGO_TARGET_DIR/release/quittance"
# Optional are light clients that nobody here uses, under another licence.
npm ci --silent --ignore-scripts --omit=optional --no-audit --no-fund --prefix scripts/wallet
count node --test scripts/wallet/wallet.test.mjs

printf '\n%d passed, %d failed\n' "$passed" "$failed"
