//! Sends what is finished. The only task that has the key.

use crate::{
	executor::{Authorisation, Delivery},
	policy::{after_refusal, Policy, Verdict},
};
use futures::{stream::FuturesUnordered, StreamExt};
use quittance_client::{
	calls, AccountId, Chain, ClientError, Event, Head, Outcome, Payload, Sender as Account, Until,
};
use quittance_issuer::SignRequest;
use quittance_types::{JobId, Receipt};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Most transactions whose finality is waited for at once.
const MOST_IN_FLIGHT: usize = 16;

pub(crate) struct Sender {
	pub(crate) chain: Chain,
	pub(crate) account: Account,
	pub(crate) policy: Arc<Policy>,
	pub(crate) authorisations: mpsc::Receiver<Authorisation>,
	pub(crate) deliveries: mpsc::Receiver<Delivery>,
	pub(crate) verdicts: mpsc::Sender<(JobId, Verdict)>,
	pub(crate) stop: CancellationToken,
}

impl Sender {
	/// Runs until the executor has ended. Once stopped it still sends what is finished, but does
	/// not wait for finality: after a restart the chain says what came of it.
	pub(crate) async fn run(self) -> Result<(), ClientError> {
		let Self { chain, account, policy, mut authorisations, mut deliveries, verdicts, stop } =
			self;
		let mut in_flight = FuturesUnordered::new();
		let mut open = true;
		while open || !in_flight.is_empty() {
			tokio::select! {
				delivery = deliveries.recv(), if open && in_flight.len() < MOST_IN_FLIGHT => {
					match delivery {
						Some(delivery) => {
							in_flight.push(deliver(&chain, &account, &policy, delivery, &stop));
						},
						None => open = false,
					}
				},
				Some(Authorisation { job, output, reply }) = authorisations.recv() => {
					let sign = |message: &[u8; 32]| account.sign(message);
					let request =
						SignRequest::new(&chain.genesis(), job, account.account(), output, sign);
					// Nobody waits any more when everything is stopping.
					let _ = reply.send(request);
				},
				Some((job, verdict)) = in_flight.next() => {
					// Nobody listens any more when everything is stopping.
					let _ = verdicts.send((job, verdict)).await;
				},
			}
		}
		Ok(())
	}
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
	if let Err(reason) = policy.still_wanted(view.job(job).await?.as_ref(), amount) {
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
			issuer: account,
			issuer_fee: 1,
			returned: 0,
		}
	}

	#[test]
	fn a_paid_job_is_done_and_a_deferred_payment_is_asked_for_again() {
		assert_eq!(paid(7, &outcome(vec![fulfilled(6), fulfilled(7)])), Verdict::Done);
		assert_eq!(paid(7, &outcome(vec![fulfilled(6)])), Verdict::Retry);
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
