//! Stored records.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{CircuitId, EpochIndex, FheParametersId, JobTime, Level, Outcome};
use scale_info::TypeInfo;

/// Most circuits that a miner names.
pub const MAX_CIRCUITS: u32 = 16;

/// Most levels that a miner names: all there are, and the one that is kept.
pub const MAX_LEVELS: u32 = 3;

/// Most sets of FHE parameters that a miner names.
pub const MAX_FHE_PARAMETERS: u32 = 8;

/// Longest tag of a region, in bytes.
pub const MAX_REGION_BYTES: u32 = 8;

/// Longest endpoint, in bytes.
pub const MAX_ENDPOINT_BYTES: u32 = 128;

/// Most parts of a bond that are being unbonded at the same time.
pub const MAX_UNBONDINGS: u32 = 16;

/// Most miners that one extrinsic can earn rewards for: as many as a batch has receipts.
pub const MAX_REWARDED: u32 = 32;

/// Number of windows over which outcomes are summed.
pub const WINDOWS: usize = 8;

/// Children of a node of the tree of shares.
pub const BRANCHING: usize = 1 << CHILD_BITS;

/// Levels of nodes between the tree's leaves and its root, the root's included.
pub const SHARE_LEVELS: u8 = 5;

/// Most miners that are registered at the same time, those that leave apart: the leaves of the tree.
pub const MAX_MINERS: u32 = 1 << (CHILD_BITS * SHARE_LEVELS as u32);

/// Bits of a slot's number that say which child of its node it is.
const CHILD_BITS: u32 = 4;

/// Where a miner is: up to eight lower-case letters, digits and hyphens, or nothing.
pub type Region = BoundedVec<u8, ConstU32<MAX_REGION_BYTES>>;

/// Where a miner can be reached: a URL in printable ASCII, with http or https.
pub type Endpoint = BoundedVec<u8, ConstU32<MAX_ENDPOINT_BYTES>>;

/// What a miner says that it can do. Each list is a set, in any order.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Capabilities {
	/// Circuits that it proves.
	pub circuits: BoundedVec<CircuitId, ConstU32<MAX_CIRCUITS>>,
	/// Levels of receipts that it takes jobs for, at least one.
	pub levels: BoundedVec<Level, ConstU32<MAX_LEVELS>>,
	/// Number of constraints of the largest circuit it can prove; zero for one that proves nothing.
	pub max_constraints: u64,
	/// Bytes of the weights of the largest model that it can load.
	pub largest_model: u64,
	/// FHE parameters that it evaluates under.
	pub fhe_parameters: BoundedVec<FheParametersId, ConstU32<MAX_FHE_PARAMETERS>>,
	/// Where it is. For those who look for a miner; the chain matches nothing by it.
	pub region: Region,
}

/// What people and jobs look a miner up for, apart from its bond, which every lock changes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Profile {
	/// What it says that it can do.
	pub capabilities: Capabilities,
	/// Where it can be reached.
	pub endpoint: Endpoint,
}

/// What a miner said that it can do, before it changed that.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct FormerCapabilities {
	/// The last epoch in which it changed that.
	pub changed_in: EpochIndex,
	/// What it had said when that epoch began, or when it registered where that was later.
	pub capabilities: Capabilities,
}

/// A hot key that will work in a while.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct NextKey<AccountId> {
	/// The key.
	pub key: AccountId,
	/// Job time from which it works in place of the one before.
	pub works_from: JobTime,
}

/// A part of a bond on its way back to the miner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Unbonding {
	/// How much, more than zero.
	pub amount: u128,
	/// Job time from which it can be withdrawn.
	pub until: JobTime,
}

/// Whether a miner is there to stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Status {
	/// It can be matched and drawn.
	#[codec(index = 0)]
	Registered {
		/// Its place in the draw.
		slot: u32,
		/// Whether it takes no jobs until it says otherwise. It stays in the draw.
		paused: bool,
	},
	/// It takes nothing on, and all of its bond that no lock has reserved is being unbonded.
	#[codec(index = 1)]
	Leaving {
		/// Job time until which its record stays at least, whatever is left of its bond.
		until: JobTime,
	},
}

/// A registered miner. Its account, the cold key, is the key of the map.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Miner<AccountId> {
	/// The key it works with, until the next one does.
	pub hot_key: AccountId,
	/// The key it will work with, or works with already where this record was not written since.
	pub next_key: Option<NextKey<AccountId>>,
	/// What it has at stake, without what is being unbonded.
	pub bond: u128,
	/// The part of the bond that open locks have reserved.
	pub reserved: u128,
	/// Number of open locks, each of which has reserved something.
	pub locks: u32,
	/// What was slashed and could not be taken, since open locks had reserved it. Never more than is
	/// held, which is all that can ever be taken.
	pub owed: u128,
	/// Parts on their way back, the oldest first. They can be slashed until they are withdrawn.
	pub unbonding: BoundedVec<Unbonding, ConstU32<MAX_UNBONDINGS>>,
	/// Job time of the registration.
	pub registered_at: JobTime,
	/// Epoch of the registration.
	pub registered_in: EpochIndex,
	/// The last epoch in which it showed that it is there, at first that of the registration.
	pub last_heartbeat: EpochIndex,
	/// Number of roll calls that were over by then, [`RollCalls::over`].
	pub roll_calls: u64,
	/// Whether it stays.
	pub status: Status,
}

impl<AccountId> Miner<AccountId> {
	/// The part of the bond that no lock has reserved.
	pub fn free_bond(&self) -> u128 {
		self.bond.saturating_sub(self.reserved)
	}

	/// Whether it leaves.
	pub fn is_leaving(&self) -> bool {
		matches!(self.status, Status::Leaving { .. })
	}

	/// Its place in the draw and its share: its bond without what it owes, which is lost already and
	/// could not be lost once more. `None` for one that leaves.
	pub fn share(&self) -> Option<(u32, u128)> {
		match self.status {
			Status::Registered { slot, .. } => Some((slot, self.bond.saturating_sub(self.owed))),
			Status::Leaving { .. } => None,
		}
	}

	/// Whether it leaves and its record can go: the time has passed, no lock is open and nothing is left.
	pub(crate) fn can_go(&self, now: JobTime) -> bool {
		match self.status {
			Status::Registered { .. } => false,
			Status::Leaving { until } => now >= until && self.locks == 0 && self.held() == 0,
		}
	}

	/// What is held from the miner's account.
	pub fn held(&self) -> u128 {
		self.unbonding.iter().fold(self.bond, |sum, part| sum.saturating_add(part.amount))
	}

	/// The key it works with at this time.
	pub fn hot_key_at(&self, now: JobTime) -> &AccountId {
		match &self.next_key {
			Some(next) if now >= next.works_from => &next.key,
			_ => &self.hot_key,
		}
	}

	/// Writes down what time alone has changed: the next key once it works.
	pub(crate) fn tidy(&mut self, now: JobTime) {
		if let Some(next) = self.next_key.take_if(|next| now >= next.works_from) {
			self.hot_key = next.key;
		}
	}

	/// When a part that starts to be unbonded now can be withdrawn: after the delay, and not before the
	/// parts that were first, should the delay have become shorter.
	pub(crate) fn unbonded_from(&self, now: JobTime, delay: JobTime) -> JobTime {
		let newest = self.unbonding.last().map_or(0, |part| part.until);
		now.saturating_add(delay).max(newest)
	}

	/// Whether there is room for a part that can be withdrawn from this time.
	pub(crate) fn has_room_for(&self, until: JobTime) -> bool {
		let newest = self.unbonding.last().map(|part| part.until);
		!self.unbonding.is_full() || newest == Some(until)
	}

	/// Moves a part of the free bond to what is being unbonded, until a time of
	/// [`Miner::unbonded_from`]. Joins the newest part where that has the same time or there is no room,
	/// and then makes that wait as long.
	pub(crate) fn start_unbonding(&mut self, amount: u128, until: JobTime) {
		let amount = amount.min(self.free_bond());
		if amount == 0 {
			return;
		}
		self.bond = self.bond.saturating_sub(amount);
		let full = self.unbonding.is_full();
		match self.unbonding.last_mut() {
			Some(newest) if full || newest.until == until => {
				newest.amount = newest.amount.saturating_add(amount);
				newest.until = until;
			},
			_ => {
				// There is room: with none, the newest part was joined.
				let _ = self.unbonding.try_push(Unbonding { amount, until });
			},
		}
	}

	/// Takes out the parts whose time has come and returns their sum.
	pub(crate) fn take_unbonded(&mut self, now: JobTime) -> u128 {
		let mut sum = 0u128;
		self.unbonding.retain(|part| {
			let stays = now < part.until;
			if !stays {
				sum = sum.saturating_add(part.amount);
			}
			stays
		});
		sum
	}

	/// The most that can be slashed: all but what open locks have reserved.
	pub(crate) fn forfeitable(&self) -> u128 {
		self.held().saturating_sub(self.reserved)
	}

	/// Takes off what was slashed, no more than [`Miner::forfeitable`]: of the free bond first, then of
	/// what is being unbonded, the newest part first.
	pub(crate) fn forfeit(&mut self, amount: u128) {
		let from_bond = amount.min(self.free_bond());
		self.bond = self.bond.saturating_sub(from_bond);
		let mut rest = amount.saturating_sub(from_bond);
		for part in self.unbonding.iter_mut().rev() {
			let taken = rest.min(part.amount);
			part.amount = part.amount.saturating_sub(taken);
			rest = rest.saturating_sub(taken);
		}
		self.unbonding.retain(|part| part.amount > 0);
	}

	/// The record as it would be with what is owed taken off, as far as it is there.
	pub(crate) fn settled(mut self) -> Self {
		let due = self.owed.min(self.forfeitable());
		self.forfeit(due);
		self.owed = self.owed.saturating_sub(due);
		self
	}
}

/// Epochs in which heartbeats were let in, counted. One in which a block did not let them in, and one
/// without blocks, is none that a miner could have missed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct RollCalls {
	/// The epoch of the last block.
	pub epoch: EpochIndex,
	/// Number of epochs before that one in all of whose blocks heartbeats were let in.
	pub over: u64,
	/// Whether a block of that epoch did not let them in.
	pub barred: bool,
}

impl RollCalls {
	/// Takes note of a block of this epoch.
	pub(crate) fn note(&mut self, epoch: EpochIndex, let_in: bool) {
		if epoch != self.epoch {
			self.over = self.over.saturating_add(u64::from(!self.barred));
			self.epoch = epoch;
			self.barred = false;
		}
		self.barred |= !let_in;
	}
}

/// A leaf of the tree of shares.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Slot<AccountId> {
	/// A miner has it.
	#[codec(index = 0)]
	Taken(AccountId),
	/// Nobody has it any more.
	#[codec(index = 1)]
	Free {
		/// The slot that was freed before this one and is free, too.
		next: Option<u32>,
	},
}

/// Which slots there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct SlotPool {
	/// Number of slots that were ever taken: those below it.
	pub opened: u32,
	/// The slot that was freed last, from which all free ones are found.
	pub free: Option<u32>,
}

/// A node of the tree of shares: the sum under each of its children, or at the lowest level the share
/// at each of its slots.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ShareNode(pub [u128; BRANCHING]);

impl ShareNode {
	/// The node above a place, and which of its children the place is.
	pub(crate) fn above(place: u32) -> (u32, usize) {
		(place >> CHILD_BITS, place as usize % BRANCHING)
	}

	/// The place of a child of the node at a place.
	pub(crate) fn below(place: u32, child: usize) -> u32 {
		(place << CHILD_BITS) | (child % BRANCHING) as u32
	}

	/// The sum over its children. Bonds are money, which is far from the limit.
	pub(crate) fn sum(&self) -> u128 {
		self.0.iter().fold(0, |sum, share| sum.saturating_add(*share))
	}

	/// Puts another sum at a child.
	pub(crate) fn set(&mut self, child: usize, sum: u128) {
		if let Some(share) = self.0.get_mut(child) {
			*share = sum;
		}
	}

	/// The child in whose share a point lies, and where in it; `None` beyond the last.
	pub(crate) fn at(&self, point: u128) -> Option<(usize, u128)> {
		let mut rest = point;
		for (child, share) in self.0.iter().enumerate() {
			match rest.checked_sub(*share) {
				Some(beyond) => rest = beyond,
				None => return Some((child, rest)),
			}
		}
		None
	}
}

/// What a node of the tree of shares was before it changed: in each of the two last epochs in which it
/// did, the earlier one first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PastShares(pub BoundedVec<(EpochIndex, ShareNode), ConstU32<2>>);

impl PastShares {
	/// Whether what the node was when this epoch began is kept already, or is what it is now.
	pub(crate) fn knows(&self, epoch: EpochIndex) -> bool {
		self.0.last().is_some_and(|(changed_in, _)| *changed_in >= epoch)
	}

	/// Keeps what the node is before its first change in this epoch.
	pub(crate) fn keep(&mut self, epoch: EpochIndex, node: ShareNode) {
		if self.0.is_full() {
			self.0.remove(0);
		}
		// There is room now.
		let _ = self.0.try_push((epoch, node));
	}

	/// What the node was when an epoch began, if it has changed since.
	pub(crate) fn when_began(self, epoch: EpochIndex) -> Option<ShareNode> {
		self.0.into_iter().find(|(changed_in, _)| *changed_in >= epoch).map(|(_, before)| before)
	}
}

/// All that is known of a miner, for readers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct MinerInfo<AccountId> {
	/// Its record as of now: `hot_key` is the key that works.
	pub record: Miner<AccountId>,
	/// What it says of itself.
	pub profile: Profile,
}

/// Whose proofs an extrinsic has brought.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ProofNote<AccountId> {
	/// Place of the extrinsic in its block.
	pub extrinsic: u32,
	/// Miners, each once, with the number of their jobs, at least one, that proofs have settled in time.
	pub paid: BoundedVec<(AccountId, u32), ConstU32<MAX_REWARDED>>,
}

impl<AccountId: PartialEq + Clone> ProofNote<AccountId> {
	/// Of an extrinsic that has brought nothing yet.
	pub(crate) fn of(extrinsic: u32) -> Self {
		Self { extrinsic, paid: BoundedVec::new() }
	}

	/// Counts a job of this miner's.
	pub(crate) fn prove(&mut self, miner: &AccountId) {
		match self.paid.iter_mut().find(|(known, _)| known == miner) {
			Some((_, receipts)) => *receipts = receipts.saturating_add(1),
			// One miner more than there is room for gets nothing.
			None => {
				let _ = self.paid.try_push((miner.clone(), 1));
			},
		}
	}

	/// Number of jobs over all miners.
	pub(crate) fn receipts(&self) -> u32 {
		self.paid.iter().fold(0, |sum, (_, receipts)| sum.saturating_add(*receipts))
	}
}

/// What was minted as rewards in the last epoch in which anything was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Minted {
	/// The epoch.
	pub epoch: EpochIndex,
	/// How much, in the chain's smallest unit.
	pub amount: u128,
}

/// How jobs ended in one window of epochs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Window {
	/// The window's number: the epoch's divided by the window's length.
	pub number: u64,
	/// Jobs done in time.
	pub fulfilled: u32,
	/// Jobs done late.
	pub late: u32,
	/// Jobs that cost the bond.
	pub slashed: u32,
}

/// The last windows in which a job ended, each at its number modulo [`WINDOWS`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OutcomeRing(pub [Window; WINDOWS]);

impl OutcomeRing {
	/// The place of a window.
	pub(crate) fn place(number: u64) -> usize {
		(number % WINDOWS as u64) as usize
	}

	/// Counts an outcome in the window of this number, forgetting the one that had its place.
	pub(crate) fn count(&mut self, number: u64, outcome: Outcome) {
		let Some(window) = self.0.get_mut(Self::place(number)) else { return };
		if window.number != number {
			*window = Window { number, ..Window::default() };
		}
		let count = match outcome {
			Outcome::Fulfilled => &mut window.fulfilled,
			Outcome::Late => &mut window.late,
			Outcome::Slashed => &mut window.slashed,
		};
		*count = count.saturating_add(1);
	}

	/// The sum over the window of this number and those before it, [`WINDOWS`] together.
	pub(crate) fn standing(&self, number: u64) -> Standing {
		let recent =
			self.0.iter().filter(|window| number.saturating_sub(window.number) < WINDOWS as u64);
		recent.fold(Standing::default(), |sum, window| Standing {
			fulfilled: sum.fulfilled.saturating_add(window.fulfilled),
			late: sum.late.saturating_add(window.late),
			slashed: sum.slashed.saturating_add(window.slashed),
		})
	}
}

/// How a miner's jobs of late have ended, as the chain saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, TypeInfo)]
pub struct Standing {
	/// Jobs done in time.
	pub fulfilled: u32,
	/// Jobs done late.
	pub late: u32,
	/// Jobs that cost the bond.
	pub slashed: u32,
}
