//! Which pallets `benchmark pallet` measures on this runtime.

use polkadot_sdk::*;

frame_benchmarking::define_benchmarks!(
	[pallet_attestations, Attestations]
	[pallet_balances, Balances]
	[pallet_confidential_settlement, ConfidentialSettlement]
	[pallet_miners, Miners]
	[pallet_model_marketplace, ModelMarketplace]
	[pallet_mmr, Mmr]
	[pallet_panel, Panel]
	[pallet_parameters, Parameters]
	[pallet_sudo, Sudo]
	[pallet_timestamp, Timestamp]
	[pallet_zk_receipts, ZkReceipts]
);
