//! Which pallets `benchmark pallet` measures on this runtime.

use polkadot_sdk::*;

frame_benchmarking::define_benchmarks!(
	[pallet_balances, Balances]
	[pallet_sudo, Sudo]
	[pallet_timestamp, Timestamp]
);
