#!/usr/bin/env bash
# Benchmarks, by name. Everything in one run is measured on one machine, side by side.
#
#   scripts/bench.sh --list                     names of the benchmarks
#   scripts/bench.sh NAME... [--json FILE]      runs them; writes
#       {"machine": {...}, "NAME": [{"case", "unit", "median", "min", "max", "n", "count",
#        "compared_with": [{"what", "median", "min", "max", "n", "count"}]}]}
#       "count" only where a case does something several times: receipts in a block
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Which bench target measures what; the prefix of its cases is the name.
declare -A target=(
	[groth16-verify]=host-functions
	[groth16-batch]=host-functions
	[inference-prove]=inference-prove
	[job-pipeline]=job-pipeline
	[key-validation]=host-functions
	[note-scan]=note-scan
	[poseidon]=host-functions
	[receipt-prove]=receipt-prove
	[receipts-finalised]=receipts-finalised
	[receipts-per-block]=receipts-per-block
	[settle-prove]=settle-prove
	[small-proofs]=small-proofs
)
# Which of their circuits snarkjs proves beside them.
declare -A peer=(
	[inference-prove]=inference
	[receipt-prove]=receipt
	[small-proofs]="bid-range membership"
)
mapfile -t names < <(printf '%s\n' "${!target[@]}" | sort)

usage() {
	sed -n '2,8p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
	exit 2
}

json=
chosen=()
while [[ $# -gt 0 ]]; do
	case "$1" in
	--list)
		printf '%s\n' "${names[@]}"
		exit 0
		;;
	--json)
		[[ $# -ge 2 ]] || usage
		json=$2
		shift
		;;
	-*) usage ;;
	*)
		if [[ " ${names[*]} " != *" $1 "* ]]; then
			printf 'bench.sh: no benchmark is called %s; --list names them\n' "$1" >&2
			exit 2
		fi
		chosen+=("$1")
		;;
	esac
	shift
done
[[ ${#chosen[@]} -gt 0 ]] || usage

./scripts/setup.sh >&2
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/quittance/target}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for name in "${chosen[@]}"; do
	printf 'bench.sh: %s\n' "$name" >&2
	# The features the tests use, so that nothing is built twice (docs/decisions/0006).
	features=(--features quittance-node/fast-runtime)
	if [[ $name == receipts-finalised || $name == job-pipeline ]]; then
		# Receipts a second and the wait for a block depend on the slots, which have to be the real ones:
		# runtime and node are built anew.
		features=()
	fi
	if [[ $name == job-pipeline ]]; then
		# With the benchmark, whose dependencies decide the features of the node's.
		cargo build --release --locked --workspace "${features[@]}" --bins --bench job-pipeline >&2
		QUITTANCE_NODE=$(realpath -- "$CARGO_TARGET_DIR")/release/quittance-node
		export QUITTANCE_NODE
	fi
	# A benchmark without criterion writes its report itself, and has no use for the filter.
	CRITERION_HOME="$work/criterion" QUITTANCE_BENCH_REPORT="$work/$name.cases.json" \
		cargo bench --locked --workspace "${features[@]}" --bench "${target[$name]}" -- "^$name/" >&2
	if [[ -n ${peer[$name]:-} ]]; then
		read -ra circuits <<<"${peer[$name]}"
		./scripts/snarkjs/run.sh "$work/$name.others.json" "${circuits[@]}" >&2
	fi
done

node scripts/bench/report.mjs "$work" "${chosen[@]}" >"$work/report.json"
if [[ -n $json ]]; then
	cp "$work/report.json" "$json"
fi
node scripts/bench/table.mjs "$work/report.json"
