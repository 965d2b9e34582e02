//! What a miner was paid of a job that several did.

use quittance_client::{AccountId, Block, Chain, ClientError, Event, JobRecord, JobState};
use quittance_types::JobId;
use std::future::Future;

/// Blocks whose state a node keeps that was not told to keep more.
const STATES: u64 = 256;

/// What a miner was paid of a job that several did and that has ended by a final block; `None` where it was
/// none of them, where the chain owed it its part and paid it later, or where no node of ours has the
/// block's state any more.
pub(crate) async fn share_of(
	chain: &Chain,
	job: JobId,
	miner: &AccountId,
	by: Block,
) -> Result<Option<u128>, ClientError> {
	let settled = |number| async move {
		let Ok(Some(view)) = chain.at_height(number).await else { return false };
		match view.job(job).await {
			Ok(Some(JobRecord::Live(job))) => matches!(job.state, JobState::Owed { .. }),
			Ok(Some(JobRecord::Ended(_))) => true,
			// It was not posted yet.
			Ok(None) => false,
			// A state that is not kept is an old one.
			Err(_) => false,
		}
	};
	let block = first(by.number.saturating_sub(STATES), by.number, settled).await;
	let Some(view) = chain.at_height(block).await? else { return Ok(None) };
	Ok(view.events().await?.into_iter().find_map(|event| match event {
		Event::ShareOfJobPaid { job: of, miner: to, amount } if (of, to) == (job, *miner) => {
			Some(amount)
		},
		_ => None,
	}))
}

/// The first number for which something is so, which it is for `end`, from there back to that number and not
/// for `before`.
async fn first<F: Future<Output = bool>>(
	mut before: u64,
	mut end: u64,
	is: impl Fn(u64) -> F,
) -> u64 {
	while end.saturating_sub(before) > 1 {
		let middle = before.midpoint(end);
		match is(middle).await {
			true => end = middle,
			false => before = middle,
		}
	}
	end
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::cell::Cell;

	#[tokio::test]
	async fn the_first_is_found_by_few_questions() {
		for (before, end) in [(0, 1), (0, 256), (7, 8), (1_000, 1_256)] {
			for wanted in before + 1..=end {
				let asked = Cell::new(0);
				let is = |number| {
					asked.set(asked.get() + 1);
					assert!(number > before && number < end, "that is known");
					std::future::ready(number >= wanted)
				};
				assert_eq!(first(before, end, is).await, wanted);
				assert!(asked.get() <= 8);
			}
		}
		assert_eq!(first(0, 0, |_| std::future::ready(true)).await, 0, "the first block");
	}
}
