#!/usr/bin/env bash
# The main job, from a fresh checkout to a table: builds the node and the command line, then runs a
# chain, an issuer and a worker, pays for jobs on real images and tries every kind of fraud.
#
#   ./scripts/demo.sh [--json FILE] [other arguments of `quittance demo`]
#
# Ends with 0 only if everything was as it has to be. All its processes end with it.
set -euo pipefail

# A file named by an argument is relative to where we were called.
called_from=$PWD
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"

say() { printf 'demo: %s\n' "$*" >&2; }

say "preparing the machine"
./scripts/setup.sh >&2

# Exactly what scripts/test.sh builds, tests included, since what tests depend on decides the features
# of everything: so that neither rebuilds what the other built (docs/decisions/0006).
say "building the node and the command line; the first time takes long"
cargo build --release --locked --quiet --workspace --bins --tests \
	--features quittance-node/fast-runtime

# Cargo takes a relative target folder from here, which is no longer where we were called.
release=$(realpath -- "$CARGO_TARGET_DIR")/release
say "running"
cd -- "$called_from"
# exec, so that signals reach the program that ends the processes.
exec "$release/quittance" demo --node "$release/quittance-node" "$@"
