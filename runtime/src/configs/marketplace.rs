//! The marketplace: models, and jobs from offer to settlement.

use super::{
	governance::{parameters::jobs, TreasuryAccount},
	verification::StoragePrice,
};
use crate::{
	constants::{
		currency::QTC,
		time::{DAYS, HOURS, MINUTES},
	},
	*,
};
use frame_support::{
	parameter_types,
	traits::{fungible::HoldConsideration, ConstU32, Get},
	weights::Weight,
	PalletId,
};
use quittance_types::JobTime;

/// How long a miner waits for an opening, in blocks.
#[cfg(not(feature = "fast-runtime"))]
const OPENING_TIME: BlockNumber = HOURS;
/// How long a miner waits for an opening, in blocks: so that a test sees it decline.
#[cfg(feature = "fast-runtime")]
const OPENING_TIME: BlockNumber = MINUTES / 2;

parameter_types! {
	/// Where royalties wait.
	pub const RoyaltyPot: PalletId = PalletId(*b"qtc/rylt");
	/// A job's record has up to 2.6 KiB, with 16 issuers, 16 miners it is kept for and 8 locks: above what
	/// `StoragePrice` asks for that.
	pub const JobDeposit: Balance = 3 * QTC;
	/// Above what `StoragePrice` asks for about 150 bytes.
	pub const CommitmentDeposit: Balance = QTC / 2;
	pub const ReviewDeposit: Balance = QTC / 2;
	pub const MaxTimeout: JobTime = 30 * DAYS as JobTime;
	pub const RemovalExtension: JobTime = 4 * HOURS as JobTime;
	pub const SigningTime: JobTime = 2 * HOURS as JobTime;
	pub const RevealTime: JobTime = 30 * MINUTES as JobTime;
	pub const CancelNotice: JobTime = 2 * HOURS as JobTime;
	/// The requester's wallet may be looked at once in an hour.
	pub const OpeningTime: JobTime = OPENING_TIME as JobTime;
	pub const PanelRetry: JobTime = 10 * MINUTES as JobTime;
	/// At 16 draws an epoch, three times as long as it takes to seat all panels that there is room for.
	pub const PanelPatience: JobTime = DAYS as JobTime;
	pub const ModelDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::ModelMarketplace(pallet_model_marketplace::HoldReason::ModelDeposit);
}

/// The calls without which a job does not come on. While one of them is paused, job time stands still.
pub const BRING_JOBS_ON: [(&[u8], &[u8]); 11] = [
	(b"ConfidentialSettlement", b"settle"),
	(b"ConfidentialSettlement", b"settle_verdict"),
	(b"ModelMarketplace", b"lock_private_job"),
	(b"ModelMarketplace", b"send_opening"),
	(b"ModelMarketplace", b"lock_job"),
	(b"ModelMarketplace", b"deliver_job"),
	(b"ModelMarketplace", b"commit_delivery"),
	(b"ModelMarketplace", b"reveal_delivery"),
	(b"ModelMarketplace", b"commit_late"),
	(b"ZkReceipts", b"submit_receipt_batch"),
	(b"ZkReceipts", b"submit_receipt"),
];

/// Whether jobs stand still. Safe mode does not stop them: those calls go on in it.
pub struct JobsPaused;

impl Get<bool> for JobsPaused {
	fn get() -> bool {
		BRING_JOBS_ON
			.iter()
			.any(|(pallet, call)| TxPause::is_paused_unbound(pallet.to_vec(), call.to_vec()))
	}
}

/// What it costs that the pool gives an escrow back.
pub struct EscrowWeight;

impl Get<Weight> for EscrowWeight {
	fn get() -> Weight {
		use pallet_confidential_settlement::WeightInfo;
		<Runtime as pallet_confidential_settlement::Config>::WeightInfo::give_back()
	}
}

impl pallet_model_marketplace::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type PalletId = RoyaltyPot;
	type ModelConsideration =
		HoldConsideration<AccountId, Balances, ModelDepositReason, StoragePrice>;
	type Circuits = ZkReceipts;
	type Issuers = ZkReceipts;
	type Miners = Miners;
	type Panels = Panel;
	type Escrows = ConfidentialSettlement;
	type EscrowWeight = EscrowWeight;
	type Paused = JobsPaused;
	type JobDeposit = JobDeposit;
	type CommitmentDeposit = CommitmentDeposit;
	type ReviewDeposit = ReviewDeposit;
	type MaxTimeout = MaxTimeout;
	type RemovalExtension = RemovalExtension;
	type SigningTime = SigningTime;
	type RevealTime = RevealTime;
	type CancelNotice = CancelNotice;
	type PanelRetry = PanelRetry;
	type PanelPatience = PanelPatience;
	type MinimumFee = jobs::MinimumFee;
	type MinimumLockBond = jobs::MinimumLockBond;
	type BondPart = jobs::BondPart;
	type PanelFee = jobs::PanelFee;
	type DeclineFee = jobs::DeclineFee;
	type OpeningTime = OpeningTime;
	type Treasury = TreasuryAccount;
	type HighValue = jobs::HighValue;
	type AgendaSteps = ConstU32<1_000>;
	type WeightInfo = pallet_model_marketplace::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RealRegistries;
}

/// Issuers, circuits, miners and panels of the real registries, so that the weight of a job includes
/// looking at them.
#[cfg(feature = "runtime-benchmarks")]
pub struct RealRegistries;

#[cfg(feature = "runtime-benchmarks")]
impl RealRegistries {
	/// Has a miner offer every circuit there is. Those that jobs name come last.
	pub(crate) fn offer_circuits(miner: &AccountId) {
		pallet_miners::Profiles::<Runtime>::mutate(miner, |profile| {
			let Some(profile) = profile else { return };
			let circuits = &mut profile.capabilities.circuits;
			let registered = pallet_zk_receipts::Circuits::<Runtime>::iter_keys();
			for (place, circuit) in circuits.iter_mut().rev().zip(registered) {
				*place = circuit;
			}
		});
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_model_marketplace::BenchmarkHelper<AccountId> for RealRegistries {
	fn fund(account: &AccountId) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<_>>::fund(account)
	}

	fn admit(issuer: &AccountId) -> sp_runtime::DispatchResult {
		ZkReceipts::benchmark_issuer(issuer);
		Ok(())
	}

	fn remove(issuer: &AccountId) -> sp_runtime::DispatchResult {
		use frame_support::traits::EnsureOrigin;
		let origin = <Runtime as pallet_zk_receipts::Config>::AdminOrigin::try_successful_origin()
			.map_err(|()| sp_runtime::DispatchError::BadOrigin)?;
		ZkReceipts::remove_issuer(origin, issuer.clone())
	}

	fn circuit() -> Result<quittance_types::CircuitId, sp_runtime::DispatchError> {
		ZkReceipts::benchmark_circuit(1)
	}

	fn settling_circuit() -> Result<quittance_types::CircuitId, sp_runtime::DispatchError> {
		use quittance_types::{CircuitKind, SETTLEMENT_SIGNALS};
		let key = quittance_groth16::simulator::Trapdoor::new(SETTLEMENT_SIGNALS, 6).key();
		ZkReceipts::benchmark_circuit_of(CircuitKind::Settle, key.to_bytes())
	}

	fn register_miner(
		miner: &AccountId,
		hot_key: &AccountId,
		bond: u128,
	) -> sp_runtime::DispatchResult {
		// An epoch from which miners' bonds have not been kept yet: slashes keep them.
		<super::miners::RealClocks as pallet_miners::BenchmarkHelper<AccountId>>::set_epoch(10);
		Miners::benchmark_miner(miner, hot_key)?;
		Miners::bond_more(RuntimeOrigin::signed(miner.clone()), bond)?;
		Miners::benchmark_past();
		Self::offer_circuits(miner);
		Ok(())
	}

	fn let_panels_sit() -> sp_runtime::DispatchResult {
		// A panel is asked whoever there is to sit on it.
		Ok(())
	}

	fn pause() -> sp_runtime::DispatchResult {
		let name = |bytes: &[u8]| bytes.to_vec().try_into().ok();
		let last =
			BRING_JOBS_ON.last().and_then(|(pallet, call)| Some((name(pallet)?, name(call)?)));
		let last = last.ok_or(sp_runtime::DispatchError::Corruption)?;
		TxPause::pause(RuntimeOrigin::root(), last)
	}

	fn set_time(now: JobTime) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<AccountId>>::set_time(
			now,
		)
	}
}
