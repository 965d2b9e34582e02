//! What can go wrong between us and the chain.

use crate::{api::runtime_types::sp_runtime::DispatchError, Block, NoPath};
use quittance_types::PoolRefusal;
use std::fmt;
use subxt::{
	error::{ExtrinsicError, RuntimeApiError, StorageError, ViewFunctionError},
	rpcs::UserError,
	tx::{TransactionInvalid, TransactionUnknown},
	Metadata,
};

/// Two-dimensional weight of a dispatched transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Weight {
	/// Execution time on the reference machine, in picoseconds.
	pub ref_time: u64,
	/// Size of the state read, in bytes.
	pub proof_size: u64,
}

/// Where a transaction ended up and what it cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inclusion {
	/// Hash of the transaction.
	pub transaction: [u8; 32],
	/// The block it is in.
	pub block: Block,
	/// Fee paid, in the chain's smallest unit.
	pub fee: u128,
	/// Weight charged for it, after refunds.
	pub weight: Weight,
}

/// A named refusal by the chain's own code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
	/// The pallet, or `Runtime` for errors that belong to none.
	pub pallet: String,
	/// Name of the error.
	pub error: String,
	/// What the chain's metadata says about it.
	pub docs: String,
	/// Where the refused transaction is, or `None` for a dry run and for errors inside events.
	pub inclusion: Option<Box<Inclusion>>,
}

impl Refusal {
	/// Names an error with the metadata of the chain that reported it.
	pub(crate) fn new(metadata: &Metadata, error: &DispatchError) -> Self {
		let found = match error {
			DispatchError::Module(module) => {
				metadata.pallet_by_error_index(module.index).and_then(|pallet| {
					let index = module.error.first()?;
					let variant = pallet.error_variant_by_index(*index)?;
					Some((pallet.name().to_owned(), variant.name.clone(), variant.docs.join(" ")))
				})
			},
			_ => None,
		};
		let (pallet, error, docs) =
			found.unwrap_or_else(|| ("Runtime".to_owned(), format!("{error:?}"), String::new()));
		Self { pallet, error, docs: docs.trim().to_owned(), inclusion: None }
	}
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}.{}", self.pallet, self.error)?;
		if !self.docs.is_empty() {
			write!(f, ": {}", self.docs)?;
		}
		Ok(())
	}
}

/// Why a transaction did not get into a block.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransactionError {
	/// The account cannot pay the fee.
	#[error("the account cannot pay the transaction's fee")]
	CannotPayFees,
	/// The nonce is used up.
	#[error("the nonce is too low: another transaction of this account used it")]
	NonceTooLow,
	/// The nonce is ahead of the account's.
	#[error("the nonce is too high: an earlier transaction of this account is missing")]
	NonceTooHigh,
	/// The signature, or what it covers (chain, runtime version, metadata), is wrong.
	#[error("bad signature: wrong key, chain, runtime version or metadata")]
	BadSignature,
	/// The transaction's era has passed.
	#[error("the transaction's birth block is too old")]
	AncientBirthBlock,
	/// The block has no room for it.
	#[error("the transaction would exhaust the block's resources")]
	ExhaustsResources,
	/// The account may not send transactions.
	#[error("the signing account is disabled or known to be invalid")]
	BadSigner,
	/// The runtime does not take this call as a transaction.
	#[error("the runtime does not expect this call")]
	UnexpectedCall,
	/// An extension's own code.
	#[error("invalid for a reason of the runtime's own: {0}")]
	Custom(u8),
	/// The runtime could not decide.
	#[error("the runtime cannot validate the transaction: {0}")]
	Unknown(String),
	/// The pool keeps another transaction with this nonce.
	#[error("another transaction with this nonce has at least the same priority")]
	PriorityTooLow,
	/// The pool has this very transaction.
	#[error("the pool already has this transaction")]
	AlreadyKnown,
	/// The pool refuses the transaction for a while after it was found invalid.
	#[error("the pool has banned this transaction for some time")]
	Banned,
	/// The pool is full of transactions of higher priority.
	#[error("the pool is full")]
	PoolFull,
	/// The era passed and no block of the best chain has the transaction.
	#[error("the transaction's era ended at block {at} without it")]
	Expired {
		/// Number of the block in which it ended.
		at: u64,
	},
	/// The account's nonce has passed it, and no block up to there has the transaction.
	#[error("another transaction of this account has its nonce, {nonce}, in block {at} or before")]
	Superseded {
		/// The nonce.
		nonce: u64,
		/// Number of the block as of which it is used.
		at: u64,
	},
	/// Another refusal by the node's pool.
	#[error("the pool refuses the transaction: {message} ({code})")]
	Pool {
		/// JSON-RPC error code.
		code: i32,
		/// The node's words.
		message: String,
	},
}

impl From<TransactionInvalid> for TransactionError {
	fn from(reason: TransactionInvalid) -> Self {
		match reason {
			TransactionInvalid::Call => Self::UnexpectedCall,
			TransactionInvalid::Payment => Self::CannotPayFees,
			TransactionInvalid::Future => Self::NonceTooHigh,
			TransactionInvalid::Stale => Self::NonceTooLow,
			TransactionInvalid::BadProof => Self::BadSignature,
			TransactionInvalid::AncientBirthBlock => Self::AncientBirthBlock,
			TransactionInvalid::ExhaustsResources => Self::ExhaustsResources,
			TransactionInvalid::Custom(code) => Self::Custom(code),
			TransactionInvalid::BadSigner => Self::BadSigner,
			TransactionInvalid::BadMandatory | TransactionInvalid::MandatoryValidation => {
				Self::UnexpectedCall
			},
		}
	}
}

impl From<TransactionUnknown> for TransactionError {
	fn from(reason: TransactionUnknown) -> Self {
		Self::Unknown(format!("{reason:?}"))
	}
}

impl From<UserError> for TransactionError {
	/// The codes are those of the node's `author` RPC. What the runtime finds (1010, 1011) is asked
	/// for in typed form before submission; only a change in between ends here as `Pool`.
	fn from(error: UserError) -> Self {
		match error.code {
			1012 => Self::Banned,
			1013 => Self::AlreadyKnown,
			1014 => Self::PriorityTooLow,
			1016 => Self::PoolFull,
			code => {
				let data = error.data.map(|data| format!(": {}", data.get().trim_matches('"')));
				Self::Pool { code, message: error.message + &data.unwrap_or_default() }
			},
		}
	}
}

/// Why a heartbeat is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeartbeatRefusal {
	/// It is for an epoch to come.
	#[error("its epoch has not begun")]
	Early,
	/// It is for an epoch that is over, or the miner has sent one in this epoch.
	#[error("its epoch is over or has the miner's heartbeat already")]
	Stale,
	/// The account is no miner, or one that leaves.
	#[error("the account is no miner, or one that leaves")]
	NoMiner,
	/// The miner has less than the least bond.
	#[error("the miner has less than the least bond")]
	BondTooSmall,
	/// The signature is not by the hot key that works now, for this chain, miner and epoch.
	#[error("not signed by the miner's hot key for this chain and epoch")]
	BadSignature,
	/// Heartbeats are paused.
	#[error("heartbeats are paused")]
	Paused,
	/// Another refusal.
	#[error("{0}")]
	Other(&'static str),
}

impl From<TransactionInvalid> for HeartbeatRefusal {
	fn from(reason: TransactionInvalid) -> Self {
		match reason {
			TransactionInvalid::Future => Self::Early,
			TransactionInvalid::Stale => Self::Stale,
			TransactionInvalid::BadSigner => Self::NoMiner,
			TransactionInvalid::Payment => Self::BondTooSmall,
			TransactionInvalid::BadProof => Self::BadSignature,
			TransactionInvalid::Call => Self::Paused,
			TransactionInvalid::ExhaustsResources => Self::Other("the block is full"),
			TransactionInvalid::AncientBirthBlock
			| TransactionInvalid::Custom(_)
			| TransactionInvalid::BadMandatory
			| TransactionInvalid::MandatoryValidation => Self::Other("refused by the runtime"),
		}
	}
}

/// Why a transfer or a withdrawal of the confidential pool is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrivateCallRefusal {
	/// The pool's own reason.
	#[error("{0}")]
	Pool(PoolRefusal),
	/// The chain lets no such call in: it is paused, or the chain is in safe mode.
	#[error("such calls are paused")]
	Paused,
	/// Another refusal.
	#[error("{0}")]
	Other(&'static str),
}

impl From<TransactionInvalid> for PrivateCallRefusal {
	fn from(reason: TransactionInvalid) -> Self {
		match reason {
			TransactionInvalid::Custom(number) => PoolRefusal::from_number(number)
				.map_or(Self::Other("refused for a reason newer than this program"), Self::Pool),
			TransactionInvalid::Call => Self::Paused,
			TransactionInvalid::ExhaustsResources => Self::Other("the block is full"),
			_ => Self::Other("refused by the runtime"),
		}
	}
}

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
	/// Plain text over a network would let anyone on the way answer for the chain.
	#[error("[Q-CL-001] {0} is neither encrypted (wss) nor this machine")]
	InsecureUrl(String),
	/// Nobody answers.
	#[error("[Q-CL-002] no node answers at {url}: {reason}")]
	Connection {
		/// Where it was looked for.
		url: String,
		/// What happened.
		reason: String,
	},
	/// The node's runtime has another interface than the one this program was built for.
	#[error("[Q-CL-003] the node's runtime is incompatible with this program: {0}")]
	Incompatible(String),
	/// The chain's own code refused.
	#[error("[Q-CL-004] refused by the chain: {0}")]
	Refused(Refusal),
	/// The transaction did not get into a block.
	#[error("[Q-CL-005] transaction not accepted: {0}")]
	Transaction(#[from] TransactionError),
	/// Not in a block, or not final, in time. It may still become so.
	#[error("[Q-CL-006] transaction 0x{} not {awaited} after {seconds} s", hex::encode(.transaction))]
	Timeout {
		/// Hash of the transaction.
		transaction: [u8; 32],
		/// What was waited for.
		awaited: &'static str,
		/// For how long.
		seconds: u64,
	},
	/// The node does not have the block, or not its state any more.
	#[error("[Q-CL-007] the node does not know block 0x{}", hex::encode(.0))]
	UnknownBlock([u8; 32]),
	/// The node's answer makes no sense.
	#[error("[Q-CL-008] unexpected answer by the node: {0}")]
	Unexpected(String),
	/// The miner's heartbeat is not taken.
	#[error("[Q-CL-010] heartbeat refused: {0}")]
	Heartbeat(HeartbeatRefusal),
	/// A private call is not taken.
	#[error("[Q-CL-011] refused by the pool: {0}")]
	PrivateCall(PrivateCallRefusal),
	/// Another call that spends one of the notes is on its way to a block.
	#[error(
		"[Q-CL-012] another call that spends one of these notes waits for a block already: wait until that one is \
		 final or has expired, then look at what is left"
	)]
	NoteAwaited,
	/// The node keeps the state of the newest blocks only.
	#[error(
		"[Q-CL-013] the node has not kept the state of block {0}: ask one that keeps all of them, which is started \
		 with --state-pruning archive"
	)]
	StateDiscarded(u64),
	/// The node has no path.
	#[error("[Q-CL-014] no path: {0}")]
	NoPath(#[from] NoPath),
	/// Another failure to read from or write to the chain.
	#[error("[Q-CL-009] {0}")]
	Chain(#[source] Box<subxt::Error>),
}

impl ClientError {
	/// The code by which operators search the log.
	pub fn code(&self) -> &'static str {
		match self {
			Self::InsecureUrl(_) => "Q-CL-001",
			Self::Connection { .. } => "Q-CL-002",
			Self::Incompatible(_) => "Q-CL-003",
			Self::Refused(_) => "Q-CL-004",
			Self::Transaction(_) => "Q-CL-005",
			Self::Timeout { .. } => "Q-CL-006",
			Self::UnknownBlock(_) => "Q-CL-007",
			Self::Unexpected(_) => "Q-CL-008",
			Self::Chain(_) => "Q-CL-009",
			Self::Heartbeat(_) => "Q-CL-010",
			Self::PrivateCall(_) => "Q-CL-011",
			Self::NoteAwaited => "Q-CL-012",
			Self::StateDiscarded(_) => "Q-CL-013",
			Self::NoPath(_) => "Q-CL-014",
		}
	}

	/// The chain's refusal, if that is what this is.
	pub fn refusal(&self) -> Option<&Refusal> {
		match self {
			Self::Refused(refusal) => Some(refusal),
			_ => None,
		}
	}

	/// The same, and names it if it is that the node has not kept the state of this block.
	pub(crate) fn of_state(block: u64) -> impl Fn(Self) -> Self {
		move |error| match error {
			Self::Chain(error) if says(&*error, "State already discarded") => {
				Self::StateDiscarded(block)
			},
			error => error,
		}
	}

	/// Wraps an error of the library, naming those that mean another interface.
	pub(crate) fn chain(error: impl Into<subxt::Error>) -> Self {
		use subxt::Error;
		let error = error.into();
		let incompatible = matches!(
			&error,
			Error::StorageError(StorageError::IncompatibleCodegen)
				| Error::ExtrinsicError(ExtrinsicError::IncompatibleCodegen)
				| Error::RuntimeApiError(RuntimeApiError::IncompatibleCodegen)
				| Error::ViewFunctionError(ViewFunctionError::IncompatibleCodegen)
		);
		match incompatible {
			true => Self::Incompatible(error.to_string()),
			false => Self::Chain(Box::new(error)),
		}
	}
}

/// Whether an error, or one behind it, has these words. The node has no code of its own for some.
fn says(error: &(dyn std::error::Error + 'static), words: &str) -> bool {
	std::iter::successors(Some(error), |error| error.source())
		.any(|error| error.to_string().contains(words))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn pool(code: i32, message: &str, data: Option<&str>) -> UserError {
		let data = data.map(|data| serde_json::value::to_raw_value(data).unwrap());
		UserError { code, message: message.to_owned(), data }
	}

	#[test]
	fn the_runtimes_verdicts_have_names() {
		let named = [
			(TransactionInvalid::Payment, TransactionError::CannotPayFees),
			(TransactionInvalid::Stale, TransactionError::NonceTooLow),
			(TransactionInvalid::Future, TransactionError::NonceTooHigh),
			(TransactionInvalid::BadProof, TransactionError::BadSignature),
			(TransactionInvalid::AncientBirthBlock, TransactionError::AncientBirthBlock),
			(TransactionInvalid::ExhaustsResources, TransactionError::ExhaustsResources),
			(TransactionInvalid::BadSigner, TransactionError::BadSigner),
			(TransactionInvalid::Call, TransactionError::UnexpectedCall),
			(TransactionInvalid::MandatoryValidation, TransactionError::UnexpectedCall),
			(TransactionInvalid::Custom(7), TransactionError::Custom(7)),
		];
		for (verdict, name) in named {
			assert_eq!(TransactionError::from(verdict), name);
		}
		assert_eq!(
			TransactionError::from(TransactionUnknown::CannotLookup),
			TransactionError::Unknown("CannotLookup".to_owned())
		);
	}

	#[test]
	fn a_heartbeats_refusals_have_their_own_names() {
		let named = [
			(TransactionInvalid::Future, HeartbeatRefusal::Early),
			(TransactionInvalid::Stale, HeartbeatRefusal::Stale),
			(TransactionInvalid::BadSigner, HeartbeatRefusal::NoMiner),
			(TransactionInvalid::Payment, HeartbeatRefusal::BondTooSmall),
			(TransactionInvalid::BadProof, HeartbeatRefusal::BadSignature),
			(TransactionInvalid::Call, HeartbeatRefusal::Paused),
		];
		for (verdict, name) in named {
			assert_eq!(HeartbeatRefusal::from(verdict), name);
		}
	}

	#[test]
	fn the_pools_codes_have_names() {
		let named = [
			(1012, TransactionError::Banned),
			(1013, TransactionError::AlreadyKnown),
			(1014, TransactionError::PriorityTooLow),
			(1016, TransactionError::PoolFull),
		];
		for (code, name) in named {
			assert_eq!(TransactionError::from(pool(code, "words", None)), name);
		}
		assert_eq!(
			TransactionError::from(pool(1010, "Invalid Transaction", Some("outdated"))),
			TransactionError::Pool { code: 1010, message: "Invalid Transaction: outdated".into() }
		);
	}

	#[test]
	fn a_state_that_is_gone_is_named() {
		use subxt::{error::BackendError, rpcs::Error as RpcError};
		let said = |message: &str| {
			let error = RpcError::User(pool(4003, message, None));
			ClientError::of_state(7)(ClientError::chain(BackendError::from(error)))
		};
		let gone = "Client error: UnknownBlock: State already discarded for 0x1234";
		let error = said(gone);
		assert!(matches!(error, ClientError::StateDiscarded(7)), "{error}");
		assert!(error.to_string().contains("--state-pruning archive"), "{error}");
		let error = said("Client error: something else");
		assert!(matches!(error, ClientError::Chain(_)), "{error}");
	}

	#[test]
	fn a_code_is_the_one_printed() {
		let error = ClientError::from(TransactionError::PoolFull);
		assert!(error.to_string().starts_with(&format!("[{}]", error.code())));
		let error = ClientError::InsecureUrl("ws://example.org".into());
		assert!(error.to_string().starts_with(&format!("[{}]", error.code())));
	}
}
