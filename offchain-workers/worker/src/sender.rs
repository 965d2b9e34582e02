//! Sends transactions and signs requests to issuers. The only service that uses the hot key's nonce.

use crate::miner::{Miner, Queue};
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use quittance_client::{calls, AccountId, ClientError, Outcome, Until, DEFAULT_TIMEOUT};
use quittance_daemon::{Service, ServiceError};
use quittance_issuer::SignRequest;
use quittance_types::{Blob, Digest, FieldBytes, JobId, MemberFinding, Receipt};
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Most transactions whose blocks are waited for at once.
const MOST_IN_FLIGHT: usize = 64;

/// How long a stopping sender waits for those who still have something for it: longer than an issuer may
/// take to answer.
const PATIENCE: Duration = Duration::from_secs(150);

/// A transaction of the miner's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Transaction {
	Lock(JobId),
	/// With the owner key that is paid, and the key to which the opening is sealed.
	LockPrivate(JobId, FieldBytes, [u8; 32]),
	Decline(JobId),
	Deliver(JobId, Blob),
	Commit(JobId, Digest),
	Reveal(JobId, Blob, [u8; 32]),
	CommitLate(JobId, Digest),
	Submit(JobId, Box<Receipt<AccountId>>),
	Collect(JobId),
	Withdraw(JobId, AccountId),
	ClaimMalformed(JobId, Vec<u8>),
	CommitFinding(JobId, Digest),
	RevealFinding(JobId, MemberFinding, [u8; 32]),
	CloseRound(JobId),
}

/// Something for the sender to do.
pub(crate) enum Errand {
	/// To sign a request to an issuer.
	Sign {
		/// The job.
		job: JobId,
		/// Digest of the output.
		output: Digest,
		/// Where the request goes.
		reply: oneshot::Sender<SignRequest>,
	},
	/// To send a transaction; answered once a block of the best chain has it.
	Send {
		/// The transaction.
		transaction: Transaction,
		/// What came of it.
		reply: oneshot::Sender<Result<Outcome, ClientError>>,
	},
}

/// Sends what is to be sent.
pub(crate) struct Sender {
	pub(crate) miner: Arc<Miner>,
	pub(crate) errands: Arc<Queue<Errand>>,
	/// Each is cancelled by one of those who ask, when it will ask for nothing more.
	pub(crate) drained: Vec<CancellationToken>,
}

impl Service for Sender {
	fn name(&self) -> &'static str {
		"sender"
	}

	/// Once stopped it still does what those who are ending ask for.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			// What an earlier run left in the pool is decided first, so that what is sent next is decided
			// on what that did.
			tokio::select! {
				settled = self.miner.account.settle() => {
					settled.map_err(|error| ServiceError::recover(error.code(), error))?;
				},
				() = stop.cancelled() => {},
			}
			// What was asked for meanwhile was decided before that: it is decided again.
			while self.errands.try_take().is_some() {}
			self.miner.settled.cancel();
			let mut in_flight = FuturesUnordered::new();
			let over = over(&stop, &self.drained);
			tokio::pin!(over);
			loop {
				tokio::select! {
					errand = self.errands.take(), if in_flight.len() < MOST_IN_FLIGHT => {
						in_flight.extend(self.run_errand(errand));
					},
					Some(()) = in_flight.next() => {},
					() = &mut over => break,
				}
			}
			Ok(())
		}
		.boxed()
	}
}

/// Ends when nothing more will come after a stop, or after a while.
async fn over(stop: &CancellationToken, drained: &[CancellationToken]) {
	stop.cancelled().await;
	tokio::select! {
		_ = futures::future::join_all(drained.iter().map(|token| token.cancelled())) => {},
		() = tokio::time::sleep(PATIENCE) => {},
	}
}

impl Sender {
	/// Does what is done at once; returns what takes a while. Nobody waits for the answer any more when
	/// everything is stopping.
	fn run_errand(&self, errand: Errand) -> Option<BoxFuture<'_, ()>> {
		let account = &self.miner.account;
		match errand {
			Errand::Sign { job, output, reply } => {
				let (genesis, miner) = (self.miner.chain.genesis(), self.miner.policy.miner);
				let sign = |message: &[u8; 32]| account.sign(message);
				let _ = reply.send(SignRequest::new(
					&genesis,
					job,
					miner,
					account.account(),
					output,
					sign,
				));
				None
			},
			Errand::Send { transaction, reply } => {
				let sending = async move {
					let _ = reply.send(self.submit(transaction).await);
				};
				Some(sending.boxed())
			},
		}
	}

	/// A block of the best chain is enough to go on: what comes next is decided on the state then, and
	/// money is counted once it is final.
	async fn submit(&self, transaction: Transaction) -> Result<Outcome, ClientError> {
		let account = &self.miner.account;
		macro_rules! send {
			($call:expr) => {
				account.submit_within(&$call, Until::Included, DEFAULT_TIMEOUT).await
			};
		}
		let outcome = match transaction {
			Transaction::Lock(job) => send!(calls::lock_job(job)),
			Transaction::LockPrivate(job, payee, opening_key) => {
				send!(calls::lock_private_job(job, payee, opening_key))
			},
			Transaction::Decline(job) => send!(calls::decline_job(job)),
			Transaction::Deliver(job, output) => send!(calls::deliver_job(job, output)),
			Transaction::Commit(job, digest) => send!(calls::commit_delivery(job, digest)),
			Transaction::Reveal(job, output, salt) => {
				send!(calls::reveal_delivery(job, output, salt))
			},
			Transaction::CommitLate(job, digest) => send!(calls::commit_late(job, digest)),
			Transaction::Submit(job, receipt) => send!(calls::submit_receipt(job, *receipt)),
			Transaction::Collect(job) => send!(calls::fulfil_job(job)),
			Transaction::Withdraw(job, miner) => send!(calls::withdraw_commitment(job, miner)),
			Transaction::ClaimMalformed(job, bytes) => send!(calls::claim_malformed(job, bytes)),
			Transaction::CommitFinding(job, commitment) => {
				send!(calls::commit_finding(job, commitment))
			},
			Transaction::RevealFinding(job, finding, salt) => {
				send!(calls::reveal_finding(job, finding, salt))
			},
			Transaction::CloseRound(job) => send!(calls::close_round(job)),
		};
		match &outcome {
			Ok(outcome) => tracing::debug!(
				block = outcome.inclusion.block.number,
				fee = outcome.inclusion.fee,
				"in a block"
			),
			Err(error) => tracing::warn!(code = error.code(), %error, "[Q-SE-001] not in a block"),
		}
		outcome
	}
}
