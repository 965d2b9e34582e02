//! What a transaction costs, how that follows the load, and who receives it.

use super::governance::parameters::fees;
use crate::{constants::block::MAXIMUM_BLOCK_WEIGHT, *};
use frame_support::{
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		ConstU8, Get, Imbalance, OnUnbalanced,
	},
	weights::{ConstantMultiplier, Weight},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perquintill};

parameter_types! {
	/// Below this fullness of the normal part of a block fees fall, above it they rise.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	/// How fast: blocks that stay full make the multiplier grow by `exp(0.75 * 0.0002)` each, a
	/// factor of 8.7 in a day of 6 s blocks; empty ones make it fall by a factor of 2 in a day.
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(2, 10_000);
	/// The least the multiplier falls to. Far enough from zero for the growth of one full block,
	/// 1.5e-5, to be representable.
	pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
	/// No upper limit: a price at which blocks stay full forever is too low.
	pub MaximumMultiplier: Multiplier = Bounded::max_value();
}

/// The fee's dependence on load.
pub type FeeMultiplierUpdate = TargetedFeeAdjustment<
	Runtime,
	TargetBlockFullness,
	AdjustmentVariable,
	MinimumMultiplier,
	MaximumMultiplier,
>;

/// A fee proportional to the part of a block that a weight takes, in whichever of time and proof
/// size it takes more: [`fees::FullBlock`] times that part.
pub struct ShareOfBlock;

impl frame_support::weights::WeightToFee for ShareOfBlock {
	type Balance = Balance;

	fn weight_to_fee(weight: &Weight) -> Balance {
		let full = fees::FullBlock::get();
		let share = |used: u64, limit: u64| {
			full.saturating_mul(used.into()).checked_div(limit.into()).unwrap_or(Balance::MAX)
		};
		share(weight.ref_time(), MAXIMUM_BLOCK_WEIGHT.ref_time())
			.max(share(weight.proof_size(), MAXIMUM_BLOCK_WEIGHT.proof_size()))
	}
}

/// Burns four fifths of a fee and pays the rest and the tip to the block's author.
///
/// The registry of miners is told how much that is: the miners of receipts that the transaction has brought
/// may get a part of it.
///
/// An author that filled its own blocks would otherwise get back all that it pays, and could drive
/// the multiplier up for everybody else at no cost. What cannot be paid, because the author is
/// unknown or the amount too small to open its account, is burned, too.
pub struct BurnAndReward;

impl OnUnbalanced<Credit<AccountId, Balances>> for BurnAndReward {
	fn on_unbalanceds(mut credits: impl Iterator<Item = Credit<AccountId, Balances>>) {
		// The fee comes first, then the tip if there is one.
		if let Some(fee) = credits.next() {
			let (burned, mut reward) = fee.ration(BURNED_FIFTHS, 5 - BURNED_FIFTHS);
			let amount = burned.peek();
			// Dropping a credit burns it.
			drop(burned);
			credits.for_each(|tip| reward.subsume(tip));
			Self::on_unbalanced(reward);
			// Only what is certainly burned: not the author's part where there is no author.
			Miners::fee_burned(amount);
		}
	}

	fn on_nonzero_unbalanced(reward: Credit<AccountId, Balances>) {
		if let Some(author) = Authorship::author() {
			// An error returns the credit.
			let _ = <Balances as Balanced<AccountId>>::resolve(&author, reward);
		}
	}
}

/// Fifths of a fee that are burned.
const BURNED_FIFTHS: u32 = 4;

/// What a proved receipt of a full batch burns for its weight, as full as blocks are now.
pub struct ReceiptBurn;

impl Get<Balance> for ReceiptBurn {
	fn get() -> Balance {
		use frame_support::weights::WeightToFee;
		use pallet_zk_receipts::WeightInfo;
		let most = pallet_zk_receipts::MAX_BATCH_RECEIPTS;
		let weight = <Runtime as pallet_zk_receipts::Config>::WeightInfo::submit_basic_batch(most);
		let weight = weight.saturating_div(most.into());
		let multiplier = pallet_transaction_payment::NextFeeMultiplier::<Runtime>::get();
		let fee = multiplier.saturating_mul_int(ShareOfBlock::weight_to_fee(&weight));
		(fee / 5).saturating_mul(BURNED_FIFTHS.into())
	}
}

impl pallet_transaction_payment::Config for Runtime {
	type FeeMultiplierUpdate = FeeMultiplierUpdate;
	type LengthToFee = ConstantMultiplier<Balance, fees::Byte>;
	type OnChargeTransaction = FungibleAdapter<Balances, BurnAndReward>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
	type WeightToFee = ShareOfBlock;
}
