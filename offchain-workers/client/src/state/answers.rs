//! What view functions answer with. Types that are nowhere else in the metadata are not generated, so they
//! are here; each is read by the names and types that the runtime's own metadata gives.

use crate::{
	api::runtime_types::{
		pallet_confidential_settlement::types as pool, pallet_miners::types as miners,
		pallet_panel::types as panels,
	},
	AccountId,
};
use quittance_types::{AuditPolicy, CircuitId, FieldBytes, JobId, JobTime};
use subxt::{ext::scale_decode::DecodeAsType, utils::Static};

/// The marketplace's `Limits`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct MarketLimits {
	pub(crate) minimum_fee: u128,
	pub(crate) minimum_lock_bond: u128,
	pub(crate) bond_part: u32,
	pub(crate) panel_fee: u128,
	pub(crate) decline_fee: u128,
	pub(crate) high_value: u128,
	pub(crate) max_timeout: JobTime,
	pub(crate) job_deposit: u128,
	pub(crate) commitment_deposit: u128,
	pub(crate) review_deposit: u128,
}

/// The marketplace's `Statistics`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct Statistics {
	pub(crate) count: u32,
	pub(crate) min: u64,
	pub(crate) median: u64,
	pub(crate) max: u64,
}

/// The miners' `MinerInfo`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct MinerInfo {
	pub(crate) record: miners::Miner<AccountId>,
	pub(crate) profile: miners::Profile,
}

/// The miners' `Standing`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct Standing {
	pub(crate) fulfilled: u32,
	pub(crate) late: u32,
	pub(crate) slashed: u32,
}

/// The panels' `PanelInfo`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct PanelInfo {
	pub(crate) case: panels::Case<AccountId>,
	pub(crate) panel: panels::Panel<AccountId>,
	pub(crate) seats: u32,
}

/// The panels' `Duty`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct Duty {
	pub(crate) job: JobId,
	pub(crate) draw: u8,
	pub(crate) commits_until: JobTime,
	pub(crate) reveals_until: JobTime,
	pub(crate) progress: panels::Progress,
}

/// The pool's `PoolState`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "::subxt::ext::scale_decode")]
pub(crate) struct PoolState {
	pub(crate) account: AccountId,
	pub(crate) paused: bool,
	pub(crate) transfer: Option<CircuitId>,
	pub(crate) withdraw: Option<CircuitId>,
	pub(crate) post_private_job: Option<CircuitId>,
	pub(crate) settle: Option<CircuitId>,
	pub(crate) settle_verdict: Option<CircuitId>,
	pub(crate) audit: Option<Static<AuditPolicy>>,
	pub(crate) audited: [Option<CircuitId>; 5],
	pub(crate) leaves: u64,
	pub(crate) root: Option<(Static<FieldBytes>, u64)>,
	pub(crate) totals: pool::Totals,
}
