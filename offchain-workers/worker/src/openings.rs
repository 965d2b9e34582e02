//! What the blocks say about private jobs: what was offered, and what was sent to open it. Both may have been said
//! before the worker was started, and openings while it was not.

use quittance_client::{Block, Chain, ClientError, Event, Head, Job, PrivateJobCall, View};
use quittance_poseidon::Native;
use quittance_types::{JobId, PrivateOffer};
use quittance_wallet::SealedOpening;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Mutex, MutexGuard, PoisonError},
};

/// Most blocks in which a post is looked for. Job time is behind the number of the block by as many as were stopped until
/// the post, which is known to lie between none and as many as were stopped until now.
const MOST_BLOCKS_OF_POST: u64 = 256;

/// Most blocks in which openings are looked for, newest first.
const MOST_BLOCKS_OF_OPENING: u64 = 4_096;

/// The offer behind a private job, whose hash is all that the state has of it.
pub(crate) async fn offer_of(
	chain: &Chain,
	view: &View,
	job: &Job,
) -> Result<Option<PrivateOffer>, ClientError> {
	let Some(escrow) = job.offer.payment.escrow() else { return Ok(None) };
	let (best, now) = (view.block().number, view.job_time().await?);
	for number in blocks_of_post(best, now, job.was_posted_at()) {
		let Some(block) = chain.block_of_height(number).await? else { continue };
		for call in view.private_job_calls(block).await? {
			let PrivateJobCall::Posted(offer) = call else { continue };
			let is_it = offer.escrow == escrow.commitment
				&& offer.hash::<Native>().is_ok_and(|hash| escrow.offer == hash.into());
			if is_it {
				return Ok(Some(offer));
			}
		}
	}
	Ok(None)
}

/// The numbers of the blocks that a post at a job time can be in, as of a best block with this job time: the likeliest
/// first, which is the last where nothing was stopped since.
fn blocks_of_post(best: u64, now: u64, posted_at: u64) -> impl Iterator<Item = u64> {
	let stopped = best.saturating_sub(now);
	let last = posted_at.saturating_add(stopped).min(best);
	let least = last.saturating_sub(MOST_BLOCKS_OF_POST.saturating_sub(1));
	(posted_at.max(least)..=last).rev()
}

/// What was read of the blocks since locks of ours. It is read again after a restart.
#[derive(Default)]
pub(crate) struct Openings {
	read: Mutex<BTreeMap<JobId, BTreeSet<[u8; 32]>>>,
}

/// Openings in blocks that were not looked at before.
#[derive(Default)]
pub(crate) struct Came {
	/// The openings, the newest first.
	pub(crate) openings: Vec<SealedOpening>,
	/// The blocks.
	blocks: Vec<[u8; 32]>,
}

impl Openings {
	/// Openings for the one lock of a job in blocks of the best chain that were not looked at before. They come
	/// again until they [were looked at](Self::looked_at).
	pub(crate) async fn came(
		&self,
		chain: &Chain,
		number: JobId,
		job: &Job,
	) -> Result<Came, ClientError> {
		let view = chain.at(Head::Best).await?;
		let nonce = job.nonce();
		let locked_at = job.locks.first().map_or(0, |lock| lock.at.saturating_sub(job.behind));
		let best = view.block().number;
		let least = locked_at.max(best.saturating_sub(MOST_BLOCKS_OF_OPENING));
		let mut came = Came::default();
		for height in (least..=best).rev() {
			let Some(block) = chain.block_of_height(height).await? else { continue };
			if self.is_read(number, &block.hash) {
				break;
			}
			let (openings, is_lock) = said(chain, &view, block, number, nonce).await?;
			came.openings.extend(openings.into_iter().rev());
			came.blocks.push(block.hash);
			if is_lock {
				break;
			}
		}
		Ok(came)
	}

	/// What has come for a job is decided upon.
	pub(crate) fn looked_at(&self, number: JobId, came: Came) {
		self.all().entry(number).or_default().extend(came.blocks);
	}

	/// A job has ended, or is not ours any more.
	pub(crate) fn forget(&self, number: JobId) {
		self.all().remove(&number);
	}

	fn is_read(&self, number: JobId, hash: &[u8; 32]) -> bool {
		self.all().get(&number).is_some_and(|read| read.contains(hash))
	}

	/// A panic while it was held left it whole: each change of it is one.
	fn all(&self) -> MutexGuard<'_, BTreeMap<JobId, BTreeSet<[u8; 32]>>> {
		self.read.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// The openings for a lock in a block, in order, and whether it is the block of the lock itself.
///
/// Events have all of them. Where the node has the block's state no more, there are the transactions.
async fn said(
	chain: &Chain,
	view: &View,
	block: Block,
	number: JobId,
	nonce: u64,
) -> Result<(Vec<SealedOpening>, bool), ClientError> {
	let events = match chain.at_block(block.hash).await {
		Ok(at) => at.events().await,
		Err(error) => Err(error),
	};
	match events {
		Ok(events) => Ok(in_events(&events, number, nonce)),
		Err(error) => {
			tracing::debug!(block = block.number, %error, "no events; reading transactions");
			Ok((in_calls(&view.private_job_calls(block).await?, number, nonce), false))
		},
	}
}

fn in_events(events: &[Event], number: JobId, nonce: u64) -> (Vec<SealedOpening>, bool) {
	let (mut openings, mut is_lock) = (Vec::new(), false);
	for event in events {
		match event {
			Event::JobLocked { job, nonce: of, .. } if (*job, *of) == (number, nonce) => {
				is_lock = true;
			},
			Event::OpeningSent { job, nonce: of, opening } if (*job, *of) == (number, nonce) => {
				openings.push(*opening);
			},
			_ => {},
		}
	}
	(openings, is_lock)
}

fn in_calls(calls: &[PrivateJobCall], number: JobId, nonce: u64) -> Vec<SealedOpening> {
	let sent = calls.iter().filter_map(|call| match call {
		PrivateJobCall::OpeningSent { job, nonce: of, opening }
			if (*job, *of) == (number, nonce) =>
		{
			Some(*opening)
		},
		_ => None,
	});
	sent.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::AccountId;

	fn opening(job: JobId, nonce: u64, byte: u8) -> Event {
		Event::OpeningSent { job, nonce, opening: [byte; 160] }
	}

	fn locked(job: JobId, nonce: u64) -> Event {
		Event::JobLocked { job, miner: AccountId([2; 32]), price: 0, bond: 1, nonce }
	}

	#[test]
	fn boundary_the_blocks_that_a_post_can_be_in() {
		let blocks =
			|best, now, posted_at| blocks_of_post(best, now, posted_at).collect::<Vec<_>>();
		assert_eq!(blocks(90, 90, 40), [40], "nothing was ever stopped");
		assert_eq!(blocks(90, 87, 40), [43, 42, 41, 40]);
		assert_eq!(blocks(90, 87, 87), [90, 89, 88, 87]);
		assert_eq!(blocks(90, 87, 89), [90, 89], "no later than the best");
		assert_eq!(blocks(0, 0, 0), [0]);
		let many = blocks(10_000, 1_000, 500);
		assert_eq!((many.len(), many[0], many[255]), (256, 9_500, 9_245));
		// Of another branch: nothing, and no panic.
		assert_eq!(blocks(3, 9, 7), [] as [u64; 0]);
	}

	#[test]
	fn an_opening_is_for_one_lock_of_one_job() {
		let events =
			[locked(4, 1), opening(4, 1, 1), opening(5, 2, 2), opening(4, 2, 3), opening(4, 2, 4)];
		assert_eq!(in_events(&events, 4, 2), (vec![[3; 160], [4; 160]], false));
		assert_eq!(in_events(&events, 4, 1), (vec![[1; 160]], true));
		assert_eq!(in_events(&events, 6, 1), (vec![], false));
		let calls = [(4, 1, 1), (4, 2, 2), (5, 2, 3)].map(|(job, nonce, byte)| {
			PrivateJobCall::OpeningSent { job, nonce, opening: [byte; 160] }
		});
		assert_eq!(in_calls(&calls, 4, 2), [[2; 160]]);
	}

	#[test]
	fn what_was_looked_at_is_known_until_it_is_forgotten() {
		let openings = Openings::default();
		assert!(!openings.is_read(4, &[1; 32]));
		openings.looked_at(4, Came { openings: vec![[9; 160]], blocks: vec![[1; 32]] });
		assert!(openings.is_read(4, &[1; 32]));
		assert!(!openings.is_read(4, &[2; 32]) && !openings.is_read(5, &[1; 32]));
		openings.forget(4);
		assert!(!openings.is_read(4, &[1; 32]));
	}
}
