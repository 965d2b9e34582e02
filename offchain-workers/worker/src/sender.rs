//! Sends what is finished. The only task that has the key.

use crate::{
	executor::{Delivery, Errand},
	policy::{after_refusal, Policy, Verdict},
};
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use quittance_client::{
	calls, AccountId, Chain, ClientError, Event, Extension, Head, JobRecord, Outcome, Payload,
	Sender as Account, Until,
};
use quittance_issuer::SignRequest;
use quittance_types::{JobId, Receipt};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Most transactions whose blocks are waited for at once.
const MOST_IN_FLIGHT: usize = 16;

pub(crate) struct Sender {
	pub(crate) chain: Chain,
	pub(crate) account: Arc<Account>,
	pub(crate) policy: Arc<Policy>,
	pub(crate) errands: mpsc::Receiver<Errand>,
	pub(crate) deliveries: mpsc::Receiver<Delivery>,
	pub(crate) verdicts: mpsc::Sender<(JobId, Verdict)>,
	pub(crate) stop: CancellationToken,
}

impl Sender {
	/// Runs until the executor has ended. Once stopped it still sends what is finished, but does
	/// not wait for finality: after a restart the chain says what came of it.
	pub(crate) async fn run(self) -> Result<(), ClientError> {
		let Self { chain, account, policy, mut errands, mut deliveries, verdicts, stop } = self;
		let mut in_flight = FuturesUnordered::<BoxFuture<'_, Option<(JobId, Verdict)>>>::new();
		let mut open = true;
		while open || !in_flight.is_empty() {
			let room = in_flight.len() < MOST_IN_FLIGHT;
			tokio::select! {
				delivery = deliveries.recv(), if open && room => match delivery {
					Some(delivery) => {
						let delivering = deliver(&chain, &account, &policy, delivery, &stop);
						in_flight.push(delivering.map(Some).boxed());
					},
					None => open = false,
				},
				Some(errand) = errands.recv() => match errand {
					Errand::Sign { job, output, reply } => {
						let sign = |message: &[u8; 32]| account.sign(message);
						let (genesis, signer) = (chain.genesis(), account.account());
						let miner = policy.miner;
						let request =
							SignRequest::new(&genesis, job, miner, signer, output, sign);
						// Nobody waits any more when everything is stopping.
						let _ = reply.send(request);
					},
					Errand::Lock { job, reply } => {
						let locking = lock(&account, job).map(|outcome| {
							let _ = reply.send(outcome);
							None
						});
						in_flight.push(locking.boxed());
					},
				},
				Some(ended) = in_flight.next() => {
					if let Some((job, verdict)) = ended {
						// Nobody listens any more when everything is stopping.
						let _ = verdicts.send((job, verdict)).await;
					}
				},
			}
		}
		Ok(())
	}
}

/// Locks a job. A block of the best chain is enough to begin the work: that it is still ours is looked at
/// again before anything is shown.
async fn lock(account: &Account, job: JobId) -> Result<(), ClientError> {
	let outcome = account.submit(&calls::lock_job(job), Until::Included).await?;
	let (block, fee) = (outcome.inclusion.block.number, outcome.inclusion.fee);
	for event in &outcome.events {
		if let Event::JobLocked { price, bond, .. } = event {
			tracing::info!(job, price, bond, fee, block, "locked");
		}
	}
	Ok(())
}

async fn deliver(
	chain: &Chain,
	account: &Account,
	policy: &Policy,
	delivery: Delivery,
	stop: &CancellationToken,
) -> (JobId, Verdict) {
	let job = delivery.job();
	let result = match delivery {
		Delivery::Receipt(_, receipt) => submit(chain, account, policy, job, *receipt, stop).await,
		Delivery::Output(_, output) => {
			send(account, &calls::deliver_job(job, output), job, stop).await
		},
		Delivery::Collect(_) => send(account, &calls::fulfil_job(job), job, stop).await,
	};
	let verdict = match result {
		Ok(verdict) => verdict,
		Err(ClientError::Refused(refusal)) => {
			tracing::warn!(job, %refusal, "[Q-SE-001] refused by the chain");
			after_refusal(&refusal)
		},
		Err(error) => {
			tracing::warn!(job, code = error.code(), %error, "[Q-SE-002] not sent");
			Verdict::Retry
		},
	};
	(job, verdict)
}

async fn submit(
	chain: &Chain,
	account: &Account,
	policy: &Policy,
	job: JobId,
	receipt: Receipt<AccountId>,
	stop: &CancellationToken,
) -> Result<Verdict, ClientError> {
	let amount = match &receipt {
		Receipt::Transparent(receipt) => receipt.body.amount,
		Receipt::Basic(receipt) => receipt.claims.amount,
	};
	let view = chain.at(Head::Best).await?;
	let record = view.job(job).await?;
	let extension = match &record {
		Some(JobRecord::Live(job)) => view.extension(job).await?,
		_ => Extension::default(),
	};
	let now = view.job_time().await?;
	if let Err(reason) = policy.still_wanted(record.as_ref(), &extension, now, amount) {
		tracing::info!(job, %reason, "not sent");
		return Ok(Verdict::Done);
	}
	// A refused transaction costs a fee, a dry run nothing.
	view.dry_run_receipt(&account.account(), job, &receipt).await?;
	send(account, &calls::submit_receipt(job, receipt), job, stop).await
}

/// Sends and waits for finality; once stopping, for a block only.
async fn send(
	account: &Account,
	call: &impl Payload,
	job: JobId,
	stop: &CancellationToken,
) -> Result<Verdict, ClientError> {
	let until = match stop.is_cancelled() {
		true => Until::Included,
		false => Until::Finalised,
	};
	tokio::select! {
		outcome = account.submit(call, until) => Ok(paid(job, &outcome?)),
		() = stopped_in_flight(stop) => {
			tracing::info!(job, "stopping before the transaction is final");
			Ok(Verdict::Done)
		},
	}
}

/// Ends when a stop comes while something is awaited; never, when it was there before.
async fn stopped_in_flight(stop: &CancellationToken) {
	match stop.is_cancelled() {
		true => std::future::pending().await,
		false => stop.cancelled().await,
	}
}

/// What a transaction that succeeded means for the job.
fn paid(job: JobId, outcome: &Outcome) -> Verdict {
	let inclusion = &outcome.inclusion;
	let (block, fee, weight) = (inclusion.block.number, inclusion.fee, inclusion.weight.ref_time);
	for event in &outcome.events {
		match event {
			Event::JobFulfilled { job: number, amount, .. } if *number == job => {
				tracing::info!(job, amount, fee, weight, block, "paid");
				return Verdict::Done;
			},
			Event::OutputDelivered { job: number, .. } if *number == job => {
				tracing::info!(job, fee, block, "output delivered");
				return Verdict::Retry;
			},
			Event::PaymentDeferred { job: number, amount, error, .. } if *number == job => {
				tracing::warn!(job, amount, fee, block, %error, "[Q-SE-003] accepted but not paid");
				return Verdict::Retry;
			},
			_ => {},
		}
	}
	tracing::warn!(job, block, "[Q-SE-004] accepted without a payment");
	Verdict::Retry
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{Block, Inclusion, Refusal, Weight};
	use quittance_types::Blob;

	fn outcome(events: Vec<Event>) -> Outcome {
		let block = Block { hash: [1; 32], number: 2 };
		let weight = Weight { ref_time: 1, proof_size: 1 };
		Outcome { inclusion: Inclusion { transaction: [0; 32], block, fee: 3, weight }, events }
	}

	fn fulfilled(job: JobId) -> Event {
		let account = AccountId([1; 32]);
		Event::JobFulfilled {
			job,
			miner: account,
			amount: 5,
			royalties: 0,
			issuer: Some(account),
			issuer_fee: 1,
			returned: 0,
		}
	}

	#[test]
	fn a_paid_job_is_done_and_a_deferred_payment_is_asked_for_again() {
		assert_eq!(paid(7, &outcome(vec![fulfilled(6), fulfilled(7)])), Verdict::Done);
		assert_eq!(paid(7, &outcome(vec![fulfilled(6)])), Verdict::Retry);
		let output = Blob { digest: [1; 32], size: 2 };
		let shown = Event::OutputDelivered { job: 7, miner: AccountId([1; 32]), output };
		assert_eq!(paid(7, &outcome(vec![shown])), Verdict::Retry);
		let error = Refusal {
			pallet: "Balances".to_owned(),
			error: "InsufficientBalance".to_owned(),
			docs: String::new(),
			inclusion: None,
		};
		let deferred =
			Event::PaymentDeferred { job: 7, miner: AccountId([1; 32]), amount: 5, error };
		assert_eq!(paid(7, &outcome(vec![deferred])), Verdict::Retry);
	}
}
