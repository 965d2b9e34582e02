//! Follows the chain and says which job to look at when.

use crate::{ledger::Ledger, policy::Verdict};
use quittance_client::{Block, Chain, ClientError, Head, MAX_PAGE};
use quittance_types::JobId;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio_util::sync::CancellationToken;

pub(crate) struct Listener {
	pub(crate) chain: Chain,
	pub(crate) tasks: Sender<JobId>,
	pub(crate) verdicts: Receiver<(JobId, Verdict)>,
	pub(crate) stop: CancellationToken,
}

impl Listener {
	/// Runs until stopped. What was missed while the node was away is read from the state: job
	/// numbers are counted up, so that the next one is all there is to remember.
	pub(crate) async fn run(mut self) -> Result<(), ClientError> {
		let mut ledger = Ledger::default();
		let view = self.chain.at(Head::Best).await?;
		let mut block = view.block();
		let mut next = view.next_job().await?;
		for (job, _) in view.live_jobs().await? {
			ledger.found(job);
		}
		let mut blocks = self.chain.follow(Head::Best);
		tracing::info!(block = block.number, "ready");
		loop {
			// As many as the queue takes: what cannot be started now is decided on later, by the
			// chain's state then.
			for job in ledger.due(block.number, self.tasks.capacity()) {
				if self.tasks.try_send(job).is_err() {
					ledger.settle(job, &Verdict::Retry, block.number);
				}
			}
			tokio::select! {
				() = self.stop.cancelled() => break,
				new = blocks.next() => {
					block = new;
					match self.discover(block, next, &mut ledger).await {
						Ok(seen) => next = seen,
						Err(error) => {
							tracing::warn!(code = error.code(), %error, "cannot read new jobs");
						},
					}
				},
				Some((job, verdict)) = self.verdicts.recv() => {
					ledger.settle(job, &verdict, block.number);
				},
			}
		}
		tracing::info!(busy = ledger.busy(), "no more jobs are taken");
		Ok(())
	}

	/// Jobs numbered from `next` on. A reorganisation may give a number to another job; the
	/// executor reads the state anew, and a number that is still to come again is found again.
	async fn discover(
		&self,
		block: Block,
		next: JobId,
		ledger: &mut Ledger,
	) -> Result<JobId, ClientError> {
		let view = self.chain.at_block(block.hash).await?;
		let end = view.next_job().await?;
		let mut from = next;
		while from < end {
			for (job, record) in view.jobs(from, MAX_PAGE).await? {
				if record.end().is_none() {
					ledger.found(job);
				}
			}
			from = from.saturating_add(MAX_PAGE.into());
		}
		Ok(end)
	}
}
