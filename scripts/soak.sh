#!/usr/bin/env bash
# Chaos: a real node, an issuer and three workers do jobs of every kind while workers are killed at random, the
# node is killed twice and connections are cut. In the end every job must be paid or refunded, none twice, and
# nobody honest may have lost anything.
#
#   scripts/soak.sh [--jobs N] [--seed S]     100 jobs without --jobs; a seed of the clock's without --seed
#
# scripts/test.sh runs a short form. Bounded in time: at most 6 minutes and 20 s for each job, after the build.
# All its processes end with it; after a failure it says where it has kept their logs.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

usage() {
	sed -n '2,9p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
	exit 2
}

export QUITTANCE_SOAK_JOBS=100
while [[ $# -gt 0 ]]; do
	[[ $# -ge 2 && $2 =~ ^[0-9]{1,18}$ ]] || usage
	case "$1" in
	--jobs) export QUITTANCE_SOAK_JOBS=$2 ;;
	--seed) export QUITTANCE_SOAK_SEED=$2 ;;
	*) usage ;;
	esac
	shift 2
done
# The requester's money is enough for no more, nor is anybody's patience.
if [[ $QUITTANCE_SOAK_JOBS -lt 1 || $QUITTANCE_SOAK_JOBS -gt 10000 ]]; then
	printf 'soak.sh: --jobs is from 1 to 10000\n' >&2
	exit 2
fi

./scripts/setup.sh >&2
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"

# Exactly what scripts/test.sh builds, so that neither rebuilds what the other built (docs/decisions/0006).
features=(--locked --features quittance-node/fast-runtime)
cargo build --release "${features[@]}" --workspace --bins --tests

# The test ends by itself before that, with what it knows; this is for one that does not.
limit=$((600 + 20 * QUITTANCE_SOAK_JOBS))
release=$(realpath -- "$CARGO_TARGET_DIR")/release
export QUITTANCE_NODE="$release/quittance-node"
exec timeout --kill-after=60 "$limit" cargo test --release "${features[@]}" --workspace \
	--test soak -- --ignored --test-threads=1 --nocapture
