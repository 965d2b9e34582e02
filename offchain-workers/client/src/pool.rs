//! The confidential pool: what it is at a block, and how its private calls are sent.

use crate::{
	api::runtime_types::pallet_confidential_settlement::types as raw, authorised, state::answers,
	AccountId, Chain, ClientError, Head, Payload, PrivateCallRefusal, TransactionError,
};
use quittance_types::{AuditPolicy, CircuitId, FieldBytes};

/// What the pool uses circuits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolCircuit {
	/// Transfers.
	Transfer,
	/// Withdrawals.
	Withdraw,
	/// Posts of private jobs.
	PostPrivateJob,
	/// Settlements of private jobs by receipts.
	Settle,
	/// Settlements of private jobs by verdicts.
	SettleVerdict,
	/// Transfers while the pool has an auditor.
	AuditedTransfer,
	/// Withdrawals then.
	AuditedWithdraw,
	/// Posts of private jobs then.
	AuditedPostPrivateJob,
	/// Settlements by receipts then.
	AuditedSettle,
	/// Settlements by verdicts then.
	AuditedSettleVerdict,
}

impl PoolCircuit {
	/// The one for the same calls, while the pool has an auditor or has none.
	pub fn with_auditor(self, auditor: bool) -> Self {
		let both = [
			(Self::Transfer, Self::AuditedTransfer),
			(Self::Withdraw, Self::AuditedWithdraw),
			(Self::PostPrivateJob, Self::AuditedPostPrivateJob),
			(Self::Settle, Self::AuditedSettle),
			(Self::SettleVerdict, Self::AuditedSettleVerdict),
		];
		let found = both.into_iter().find(|(plain, audited)| [*plain, *audited].contains(&self));
		found.map_or(self, |(plain, audited)| if auditor { audited } else { plain })
	}
}

/// All that ever went through the pool. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolTotals {
	/// What was deposited.
	pub deposited: u128,
	/// What was paid to payees.
	pub withdrawn: u128,
	/// What was paid as fees.
	pub fees: u128,
	/// Number of deposits.
	pub deposits: u64,
	/// Number of transfers.
	pub transfers: u64,
	/// Number of withdrawals.
	pub withdrawals: u64,
	/// Number of private jobs posted.
	pub posts: u64,
	/// Number of private jobs settled.
	pub settlements: u64,
	/// Number of escrows given back.
	pub given_back: u64,
}

/// The pool at a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool {
	/// Its account, which is the payee of every transfer.
	pub account: AccountId,
	/// Whether deposits and transfers are paused.
	pub paused: bool,
	/// The circuit of transfers.
	pub transfer: Option<CircuitId>,
	/// The circuit of withdrawals.
	pub withdraw: Option<CircuitId>,
	/// The circuit of posts of private jobs.
	pub post_private_job: Option<CircuitId>,
	/// The circuit of settlements by receipts, of jobs that are posted now.
	pub settle: Option<CircuitId>,
	/// The circuit of settlements by verdicts.
	pub settle_verdict: Option<CircuitId>,
	/// The auditor, where there is one: calls show it what their notes are worth, under the audited circuits.
	pub audit: Option<AuditPolicy>,
	/// The audited circuits: of transfers, withdrawals, posts, settlements by receipts and by verdicts.
	pub audited: [Option<CircuitId>; 5],
	/// Number of leaves of the tree of notes.
	pub leaves: u64,
	/// The root recorded last, with the number of leaves under it.
	pub root: Option<(FieldBytes, u64)>,
	/// What went through it.
	pub totals: PoolTotals,
}

impl Pool {
	/// The circuit that is in force for this.
	pub fn circuit(&self, of: PoolCircuit) -> Option<CircuitId> {
		let [transfer, withdraw, post_private_job, settle, settle_verdict] = self.audited;
		match of {
			PoolCircuit::Transfer => self.transfer,
			PoolCircuit::Withdraw => self.withdraw,
			PoolCircuit::PostPrivateJob => self.post_private_job,
			PoolCircuit::Settle => self.settle,
			PoolCircuit::SettleVerdict => self.settle_verdict,
			PoolCircuit::AuditedTransfer => transfer,
			PoolCircuit::AuditedWithdraw => withdraw,
			PoolCircuit::AuditedPostPrivateJob => post_private_job,
			PoolCircuit::AuditedSettle => settle,
			PoolCircuit::AuditedSettleVerdict => settle_verdict,
		}
	}
}

impl From<raw::PoolCircuit> for PoolCircuit {
	fn from(circuit: raw::PoolCircuit) -> Self {
		match circuit {
			raw::PoolCircuit::Transfer => Self::Transfer,
			raw::PoolCircuit::Withdraw => Self::Withdraw,
			raw::PoolCircuit::PostPrivateJob => Self::PostPrivateJob,
			raw::PoolCircuit::Settle => Self::Settle,
			raw::PoolCircuit::SettleVerdict => Self::SettleVerdict,
			raw::PoolCircuit::AuditedTransfer => Self::AuditedTransfer,
			raw::PoolCircuit::AuditedWithdraw => Self::AuditedWithdraw,
			raw::PoolCircuit::AuditedPostPrivateJob => Self::AuditedPostPrivateJob,
			raw::PoolCircuit::AuditedSettle => Self::AuditedSettle,
			raw::PoolCircuit::AuditedSettleVerdict => Self::AuditedSettleVerdict,
		}
	}
}

impl From<raw::Totals> for PoolTotals {
	fn from(totals: raw::Totals) -> Self {
		Self {
			deposited: totals.deposited,
			withdrawn: totals.withdrawn,
			fees: totals.fees,
			deposits: totals.deposits,
			transfers: totals.transfers,
			withdrawals: totals.withdrawals,
			posts: totals.posts,
			settlements: totals.settlements,
			given_back: totals.given_back,
		}
	}
}

impl From<answers::PoolState> for Pool {
	fn from(state: answers::PoolState) -> Self {
		Self {
			account: state.account,
			paused: state.paused,
			transfer: state.transfer,
			withdraw: state.withdraw,
			post_private_job: state.post_private_job,
			settle: state.settle,
			settle_verdict: state.settle_verdict,
			audit: state.audit.map(|policy| policy.0),
			audited: state.audited,
			leaves: state.leaves,
			root: state.root.map(|(root, under)| (root.0, under)),
			totals: state.totals.into(),
		}
	}
}

/// Sends [`crate::calls::transfer_notes`] or [`crate::calls::withdraw_notes`], which their proofs authorise and which
/// pay from the pool, and returns the transaction's hash. That the pool of transactions has it does not say that a
/// block will: [`crate::View::is_note_spent`] does. The same call may be sent as often as one likes: it has effect once.
///
/// # Errors
///
/// [`ClientError::PrivateCall`] where the runtime refuses it, [`ClientError::NoteAwaited`] where another call
/// that spends one of its notes waits for a block.
pub async fn send_private_call(
	chain: &Chain,
	call: &impl Payload,
) -> Result<[u8; 32], ClientError> {
	let view = chain.at(Head::Best).await?;
	let refused = |reason| ClientError::PrivateCall(PrivateCallRefusal::from(reason));
	authorised::send(chain, &view, call, refused).await.map_err(awaited)
}

/// The pool of transactions keeps one call for each nullifier, so that what it calls a priority is another call with
/// the same note.
fn awaited(error: ClientError) -> ClientError {
	match error {
		ClientError::Transaction(TransactionError::PriorityTooLow) => ClientError::NoteAwaited,
		error => error,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_note_that_another_call_spends_is_named() {
		let error = awaited(TransactionError::PriorityTooLow.into());
		assert!(matches!(error, ClientError::NoteAwaited), "{error}");
		assert!(error.to_string().starts_with(&format!("[{}]", error.code())), "{error}");
		let error = awaited(TransactionError::PoolFull.into());
		assert!(matches!(error, ClientError::Transaction(TransactionError::PoolFull)), "{error}");
	}
}
