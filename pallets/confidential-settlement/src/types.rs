//! What the pool stores, shows and asks of the runtime.

use alloc::vec::Vec;
use ark_bn254::Fr;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::{
	frame_support::{traits::ConstU32, weights::Weight, BoundedVec},
	sp_runtime::{transaction_validity::TransactionPriority, DispatchResult},
};
use quittance_poseidon::Frontier;
use quittance_types::{
	AuditPolicy, CircuitId, FieldBytes, PoolRefusal, AUDITED_NOTE_SIGNALS,
	AUDITED_SETTLEMENT_SIGNALS, NOTE_CIPHERTEXT_BYTES, NOTE_SIGNALS, NOTE_TREE_DEPTH, PROOF_BYTES,
	SETTLEMENT_SIGNALS,
};
use scale_info::TypeInfo;

/// A note, encrypted to its owner.
pub type NoteCiphertext = [u8; NOTE_CIPHERTEXT_BYTES];

/// A proof on the wire.
pub type ProofBytes = [u8; PROOF_BYTES as usize];

/// How many roots are recent: those of the last so many blocks that changed the tree.
pub const ROOT_HISTORY: u32 = 256;

// Wallets count on that much time between the choice of their notes and the block that has their call.
const _: () = assert!(ROOT_HISTORY >= 256);

/// Most nodes of a tree's edge: three for each level.
pub const MAX_EDGE_NODES: u32 = 3 * NOTE_TREE_DEPTH;

/// What the pool uses circuits for. Each has the public signals of one call.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum PoolCircuit {
	/// [`crate::Pallet::transfer`], `quittance_types::TransferClaims::inputs`.
	#[codec(index = 0)]
	Transfer,
	/// [`crate::Pallet::withdraw`], `quittance_types::WithdrawClaims::inputs`.
	#[codec(index = 1)]
	Withdraw,
	/// [`crate::Pallet::post_private_job`], `quittance_types::PrivateJobClaims::inputs`.
	#[codec(index = 2)]
	PostPrivateJob,
	/// [`crate::Pallet::settle`], `quittance_types::SettleClaims::inputs`.
	#[codec(index = 3)]
	Settle,
	/// [`crate::Pallet::settle_verdict`], `quittance_types::SettleVerdictClaims::inputs`.
	#[codec(index = 4)]
	SettleVerdict,
	/// Transfers while there is an auditor: one more signal, `quittance_types::AuditedValues::signal`.
	#[codec(index = 5)]
	AuditedTransfer,
	/// Withdrawals then.
	#[codec(index = 6)]
	AuditedWithdraw,
	/// Posts then.
	#[codec(index = 7)]
	AuditedPostPrivateJob,
	/// Settlements by receipts then.
	#[codec(index = 8)]
	AuditedSettle,
	/// Settlements by verdicts then.
	#[codec(index = 9)]
	AuditedSettleVerdict,
}

impl PoolCircuit {
	/// One for each call, as they are without an auditor.
	pub const PLAIN: [Self; 5] =
		[Self::Transfer, Self::Withdraw, Self::PostPrivateJob, Self::Settle, Self::SettleVerdict];

	/// Whether it is for a settlement.
	pub fn settles(&self) -> bool {
		matches!(self.plain(), Self::Settle | Self::SettleVerdict)
	}

	/// Whether it is for calls that show an auditor what notes are worth.
	pub fn audited(&self) -> bool {
		*self != self.plain()
	}

	/// The one for the same call without an auditor.
	pub fn plain(&self) -> Self {
		match self {
			Self::Transfer | Self::AuditedTransfer => Self::Transfer,
			Self::Withdraw | Self::AuditedWithdraw => Self::Withdraw,
			Self::PostPrivateJob | Self::AuditedPostPrivateJob => Self::PostPrivateJob,
			Self::Settle | Self::AuditedSettle => Self::Settle,
			Self::SettleVerdict | Self::AuditedSettleVerdict => Self::SettleVerdict,
		}
	}

	/// The one for the same call, with an auditor or without.
	pub fn with_auditor(&self, auditor: bool) -> Self {
		let plain = self.plain();
		if !auditor {
			return plain;
		}
		match plain {
			Self::Transfer => Self::AuditedTransfer,
			Self::Withdraw => Self::AuditedWithdraw,
			Self::PostPrivateJob => Self::AuditedPostPrivateJob,
			Self::Settle => Self::AuditedSettle,
			_ => Self::AuditedSettleVerdict,
		}
	}

	/// Number of public signals of its circuits.
	pub fn signals(&self) -> usize {
		match (self.settles(), self.audited()) {
			(false, false) => NOTE_SIGNALS,
			(false, true) => AUDITED_NOTE_SIGNALS,
			(true, false) => SETTLEMENT_SIGNALS,
			(true, true) => AUDITED_SETTLEMENT_SIGNALS,
		}
	}
}

/// Why a proof is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofRefusal {
	/// Its bytes are not the one encoding of a proof.
	Malformed,
	/// It does not prove this.
	Invalid,
	/// There is no such key. The pool has reserved it, so this is somebody's mistake.
	UnknownCircuit,
}

/// The registry of circuits, as the pool sees it.
pub trait PoolCircuits {
	/// Keeps a circuit registered until it is released.
	///
	/// Fails where it is not registered for this use, or may not carry value on this chain: where its setup
	/// is a development's, or where governance does not vouch for it.
	fn reserve(circuit: &CircuitId, used_for: PoolCircuit) -> DispatchResult;

	/// Gives back what was reserved.
	fn release(circuit: &CircuitId);

	/// Whether the proof shows these signals under a reserved circuit.
	///
	/// Whether the circuit is paused must not matter: nobody could take money out of the pool otherwise. The
	/// pool has a pause of its own, and asks [`PoolCircuits::paused`] where a job's clock stands still meanwhile.
	fn verify(
		circuit: &CircuitId,
		used_for: PoolCircuit,
		proof: &ProofBytes,
		signals: &[Fr],
	) -> Result<(), ProofRefusal>;

	/// Whether the circuit is paused in the registry.
	fn paused(circuit: &CircuitId) -> bool;
}

/// What calls that no account pays for cost, and how urgent what is paid makes them.
pub trait CallFees {
	/// The fee of a signed transaction whose call and extensions have this weight and whose call has this
	/// length, at this moment and without a tip. The runtime adds what the rest of the transaction weighs
	/// and what surrounds the call.
	fn minimum(weight: Weight, length: u32) -> u128;

	/// The priority of such a transaction with this tip.
	fn priority(weight: Weight, length: u32, tip: u128) -> TransactionPriority;
}

/// The tree of notes without its leaves: [`Frontier`] as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Tree {
	/// Number of leaves, and the place of the next one.
	pub leaves: u64,
	/// The roots of the largest full subtrees, from left to right.
	pub nodes: BoundedVec<FieldBytes, ConstU32<MAX_EDGE_NODES>>,
}

impl Tree {
	/// Places in the tree.
	pub const PLACES: u64 = 1 << (2 * NOTE_TREE_DEPTH);

	/// Whether so many leaves can be appended.
	pub fn has_room_for(&self, leaves: u64) -> bool {
		leaves <= Self::PLACES.saturating_sub(self.leaves)
	}

	/// A tree with so many leaves, whatever they are: near its limits nobody would wait for it.
	#[cfg(any(test, feature = "runtime-benchmarks"))]
	pub(crate) fn with_leaves(leaves: u64) -> Self {
		let nodes = quittance_poseidon::nodes_of(NOTE_TREE_DEPTH, leaves).unwrap_or(0);
		let node = FieldBytes::from(Fr::from(1u8));
		let nodes = BoundedVec::truncate_from(alloc::vec![node; nodes as usize]);
		Self { leaves, nodes }
	}

	/// In the form in which it can be computed with. `None` only if it is broken.
	pub fn to_frontier(&self) -> Option<Frontier> {
		let nodes = self.nodes.iter().map(FieldBytes::to_field).collect::<Option<Vec<_>>>()?;
		Frontier::from_parts(NOTE_TREE_DEPTH, self.leaves, nodes)
	}

	/// In the form in which it is stored.
	pub fn from_frontier(frontier: &Frontier) -> Option<Self> {
		let nodes: Vec<_> = frontier.nodes().iter().map(|node| FieldBytes::from(*node)).collect();
		Some(Self { leaves: frontier.leaves(), nodes: nodes.try_into().ok()? })
	}
}

/// The roots that were recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Recorded {
	/// How many there were, forgotten ones included.
	pub roots: u64,
	/// Number of leaves under the last one.
	pub leaves: u64,
}

/// All that ever went through the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Totals {
	/// What was deposited.
	pub deposited: u128,
	/// What was paid to payees, the requesters of private jobs included.
	pub withdrawn: u128,
	/// What was paid as fees, relayers' parts included.
	pub fees: u128,
	/// Number of deposits: a leaf each.
	pub deposits: u64,
	/// Number of transfers: two leaves and two nullifiers each.
	pub transfers: u64,
	/// Number of withdrawals: a leaf and two nullifiers each.
	pub withdrawals: u64,
	/// Number of private jobs posted: a leaf, two nullifiers and an escrow each.
	pub posts: u64,
	/// Number of private jobs settled: two leaves for an escrow each.
	pub settlements: u64,
	/// Number of escrows given back: a leaf each.
	pub given_back: u64,
}

impl Totals {
	/// How many escrows there are. `None` only if more ended than began.
	pub fn escrows(&self) -> Option<u64> {
		self.posts.checked_sub(self.settlements)?.checked_sub(self.given_back)
	}

	/// What all unspent notes and escrows are worth together. `None` only if more went out than in.
	pub fn held(&self) -> Option<u128> {
		self.deposited.checked_sub(self.withdrawn)?.checked_sub(self.fees)
	}
}

/// The pool, for a wallet that asks.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct PoolState<AccountId> {
	/// The pool's account, which is the payee of every transfer.
	pub account: AccountId,
	/// Whether deposits and transfers are paused.
	pub paused: bool,
	/// The circuit of transfers.
	pub transfer: Option<CircuitId>,
	/// The circuit of withdrawals.
	pub withdraw: Option<CircuitId>,
	/// The circuit of posts of private jobs.
	pub post_private_job: Option<CircuitId>,
	/// The circuit of settlements by receipts: of jobs posted from now on, others keep theirs.
	pub settle: Option<CircuitId>,
	/// The circuit of settlements by verdicts.
	pub settle_verdict: Option<CircuitId>,
	/// The auditor, where there is one: every private call shows it what its notes are worth, and is proven
	/// under the audited circuit.
	pub audit: Option<AuditPolicy>,
	/// The audited circuits, in the order of [`PoolCircuit::PLAIN`].
	pub audited: [Option<CircuitId>; 5],
	/// Number of leaves of the tree, those of this block included.
	pub leaves: u64,
	/// The root recorded last, with the number of leaves under it.
	pub root: Option<(FieldBytes, u64)>,
	/// What went through the pool.
	pub totals: Totals,
}

impl From<ProofRefusal> for PoolRefusal {
	fn from(refusal: ProofRefusal) -> Self {
		match refusal {
			ProofRefusal::Malformed => Self::MalformedProof,
			ProofRefusal::Invalid => Self::InvalidProof,
			ProofRefusal::UnknownCircuit => Self::Unexpected,
		}
	}
}
