//! What a wallet is given of the chain's blocks.

use codec::{Decode, Encode};
use quittance_types::{FieldBytes, JobId, PrivateOffer, SettlementClaims};

use crate::Ciphertext;

/// A block, or what concerns the pool in it. Blocks in which nothing does may be left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
	/// Its number.
	pub number: u64,
	/// Its hash.
	pub hash: [u8; 32],
	/// The hash of the block before it.
	pub parent: [u8; 32],
	/// The pool's calls in it, in their order, and among them what the chain did by itself.
	pub calls: Vec<Call>,
	/// The event `RootRecorded`, which is there where a note was added: root and number of leaves.
	pub root: Option<(FieldBytes, u64)>,
}

/// A call of the pool that is in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
	/// What it did.
	pub action: Action,
	/// The notes that it added, in their order.
	pub notes: Vec<AddedNote>,
}

/// What a call did beside adding notes: one of the events `Deposited`, `Transferred`, `Withdrawn`,
/// `PrivateJobPosted`, `Settled`, `EscrowGivenBack`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
	/// Money came into the pool.
	Deposit {
		/// Who paid.
		who: [u8; 32],
		/// How much.
		amount: u128,
	},
	/// Notes were spent and made.
	Transfer {
		/// The nullifiers of those spent.
		nullifiers: [FieldBytes; 2],
		/// What left the pool.
		fee: u128,
	},
	/// Money left the pool.
	Withdrawal {
		/// The nullifiers of the notes spent.
		nullifiers: [FieldBytes; 2],
		/// Who was paid.
		payee: [u8; 32],
		/// How much.
		amount: u128,
		/// What left the pool beside it.
		fee: u128,
	},
	/// Notes were spent for the escrow of a private job.
	PrivateJobPosted {
		/// The job.
		job: JobId,
		/// The nullifiers of the notes spent, in the order of the call.
		nullifiers: [FieldBytes; 2],
		/// What is offered.
		offer: PrivateOffer,
		/// What the requester's account got.
		paid_in: u128,
		/// What left the pool beside it.
		fee: u128,
	},
	/// An escrow was divided, by `settle` or by `settle_verdict`. The first note is the miner's, the second
	/// the change.
	Settled {
		/// The job.
		job: JobId,
		/// What the work is: `subject` of the call's header.
		subject: FieldBytes,
		/// What the call shows.
		settlement: SettlementClaims,
	},
	/// An escrow became a note again, whatever did it: a call, the end of a time, a verdict.
	EscrowGivenBack {
		/// The job.
		job: JobId,
	},
	/// Something else that adds notes and spends none.
	Other,
}

impl Action {
	pub(crate) fn nullifiers(&self) -> &[FieldBytes] {
		match self {
			Self::Transfer { nullifiers, .. }
			| Self::Withdrawal { nullifiers, .. }
			| Self::PrivateJobPosted { nullifiers, .. } => nullifiers,
			Self::Deposit { .. }
			| Self::Settled { .. }
			| Self::EscrowGivenBack { .. }
			| Self::Other => &[],
		}
	}
}

/// The event `NoteAdded`, and the ciphertext that it names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddedNote {
	/// Its place in the tree.
	pub index: u64,
	/// Its commitment.
	pub commitment: FieldBytes,
	/// What the call carried for its owner, if anything.
	pub ciphertext: Option<Ciphertext>,
}

/// Something that happened to a wallet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	/// The block that it is in.
	pub block: u64,
	/// What it was.
	pub what: Happened,
}

/// What happened. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Happened {
	/// An account paid into the pool, for this wallet.
	#[codec(index = 0)]
	Deposited {
		/// The account, which need not be the owner's.
		by: [u8; 32],
		/// How much.
		amount: u64,
	},
	/// Somebody in the pool paid this wallet.
	#[codec(index = 1)]
	Received {
		/// How much.
		amount: u64,
	},
	/// This wallet paid somebody in the pool. Whom, the chain does not say and the wallet cannot
	/// learn anew.
	#[codec(index = 2)]
	Sent {
		/// How much.
		amount: u64,
		/// The fee beside it.
		fee: u64,
	},
	/// This wallet paid an account outside of the pool.
	#[codec(index = 3)]
	Withdrawn {
		/// The account.
		payee: [u8; 32],
		/// How much.
		amount: u64,
		/// The fee beside it.
		fee: u64,
	},
	/// Notes were spent and all of it came back: a join, or a payment to oneself.
	#[codec(index = 4)]
	Joined {
		/// The fee.
		fee: u64,
	},
	/// A note that its owner made for itself. Only who does not see what is spent has these: it is
	/// change, most likely, and no income.
	#[codec(index = 5)]
	Change {
		/// How much.
		amount: u64,
	},
	/// This wallet posted a private job.
	#[codec(index = 6)]
	PrivateJobPosted {
		/// The job.
		job: JobId,
		/// What it put into the escrow.
		escrowed: u64,
		/// What the requester's account got.
		paid_in: u64,
		/// The fee beside both.
		fee: u64,
	},
	/// A private job of this wallet's was settled.
	#[codec(index = 7)]
	PrivateJobSettled {
		/// The job.
		job: JobId,
		/// What it cost, out of the escrow. `None` where [`OwnJob::escrowed`](crate::OwnJob::escrowed) is.
		paid: Option<u64>,
		/// What came back.
		change: u64,
	},
	/// A private job of this wallet's ended without pay.
	#[codec(index = 8)]
	EscrowReturned {
		/// The job.
		job: JobId,
		/// What came back.
		amount: u64,
	},
	/// The owner was paid for a private job that it had done.
	#[codec(index = 9)]
	Earned {
		/// The job.
		job: JobId,
		/// What it earned, less the fee of the settlement.
		amount: u64,
	},
}
