#!/usr/bin/env bash
# Measures weights on this machine.
#
#   scripts/weights.sh            writes pallets/*/src/weights.rs and runtime/src/weights/*.rs
#   scripts/weights.sh --quick    a smoke test: three points, one run of each, written to a folder that
#                                 is thrown away
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Our own, and of the SDK's those that export their weights for tests only. Not pallet_mmr: its benchmark counts leaves
# where the pallet counts peaks, and runtime/src/weights/pallet_mmr.rs is by hand.
pallets=(pallet_zk_receipts pallet_model_marketplace pallet_miners pallet_panel
	pallet_confidential_settlement pallet_attestations pallet_parameters)

# Where the weights of a pallet are.
file_of() {
	local crate=${1#pallet_}
	crate=pallets/${crate//_/-}
	if [[ -d $crate ]]; then echo "$crate/src/weights.rs"; else echo "runtime/src/weights/$1.rs"; fi
}

usage() {
	sed -n '2,6p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
	exit 2
}

quick=
case "$#:${1-}" in
0:) ;;
1:--quick) quick=1 ;;
*) usage ;;
esac

./scripts/setup.sh >&2
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"
# A runtime that `benchmark storage` alone needs, and whose build fails with a target folder outside of
# the checkout.
export SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1
# The features and the selection of scripts/try-runtime.sh, so that either finds the other's build.
cargo build --release --locked --workspace --bins --tests \
	--features quittance-node/fast-runtime,quittance-node/runtime-benchmarks,quittance-runtime/try-runtime

# Points of each component and runs at each point. Our validators record no proofs of what they read.
measure=(--steps 10 --repeat 20 --disable-proof-recording)
if [[ -n $quick ]]; then
	measure=(--steps 3 --repeat 1 --min-duration 0 --disable-proof-recording)
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi

for pallet in "${pallets[@]}"; do
	output=$(file_of "$pallet")
	if [[ -n $quick ]]; then output=$work/$pallet.rs; fi
	"$CARGO_TARGET_DIR/release/quittance-node" benchmark pallet \
		--chain dev \
		--pallet "$pallet" \
		--extrinsic '*' \
		"${measure[@]}" \
		--wasm-execution compiled \
		--template scripts/bench/pallet-weights.hbs \
		--output "$output"
	# A run that wrote nothing must not pass.
	grep -q 'WeightInfo for SubstrateWeight<T>' "$output"
done
