//! The duties of a member of a panel: fetches what the panel is asked about, judges it as an issuer does,
//! commits to what it finds, says it. Handles what strangers wrote; the key is elsewhere.
//!
//! What was found is on disk before it is committed to. A step that is cut off is so taken again, with the
//! same outcome.

use crate::{
	executor::{send, ExecuteError},
	miner::{Miner, Queue},
	processors::Whose,
	seat::{question, until_next_look, Act, Sitting},
	sender::{Errand, Transaction},
	store::{Found, Seat},
};
use codec::Encode;
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use quittance_client::{Block, Case, Head, Job, View};
use quittance_daemon::{gauge, Kind, Service, ServiceError};
use quittance_issuer::find;
use quittance_types::{blake2_256, Digest, JobId, JobTime, MemberFinding};
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
	time::Duration,
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Seats looked at or worked for at the same time.
const AT_ONCE: usize = 4;

/// Steps taken for a seat before another one has its turn. No seat needs so many.
const STEPS_AT_A_TIME: u32 = 6;

/// Blocks after which a seat is looked at again when something kept it from being served.
const SOON: u64 = 2;

/// How long steps at hand have to end once the worker is stopped.
const PATIENCE: Duration = Duration::from_secs(140);

/// A seat: the job, and the number of the draw.
type Place = (JobId, u8);

/// Serves on panels.
pub(crate) struct Panels {
	pub(crate) miner: Arc<Miner>,
	pub(crate) errands: Arc<Queue<Errand>>,
	/// Cancelled when nothing more will be asked of the sender.
	pub(crate) drained: CancellationToken,
}

impl Service for Panels {
	fn name(&self) -> &'static str {
		"panels"
	}

	/// The steps at hand are ended first.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			self.serve(&stop).await;
			self.drained.cancel();
			Ok(())
		}
		.boxed()
	}
}

impl Panels {
	async fn serve(&self, stop: &CancellationToken) {
		if !self.miner.is_settled(stop).await {
			return;
		}
		let mut blocks = self.miner.chain.follow(Head::Best);
		let mut at_hand = FuturesUnordered::new();
		let mut busy = BTreeSet::new();
		// Blocks before which seats are not looked at.
		let mut not_before: BTreeMap<Place, u64> = BTreeMap::new();
		loop {
			tokio::select! {
				() = stop.cancelled() => break,
				Some((place, from)) = at_hand.next() => {
					busy.remove(&place);
					match from {
						Some(block) => not_before.insert(place, block),
						None => not_before.remove(&place),
					};
				},
				block = blocks.next() => {
					let seats = match self.seats(block).await {
						Ok(seats) => seats,
						Err(error) => {
							Kind::count(&self.miner.metrics.setbacks, error.code());
							tracing::warn!(%error, "which panels it sits on is not known");
							continue;
						},
					};
					let count = u64::try_from(seats.len()).unwrap_or(u64::MAX);
					self.miner.metrics.seats.set(gauge(count));
					not_before.retain(|place, _| seats.contains(place));
					for place in seats {
						let due = not_before.get(&place).is_none_or(|from| block.number >= *from);
						if due && at_hand.len() < AT_ONCE && busy.insert(place) {
							at_hand.push(self.attempt(place, block.number, stop));
						}
					}
				},
			}
		}
		let ending = async { while at_hand.next().await.is_some() {} };
		if tokio::time::timeout(PATIENCE, ending).await.is_err() {
			tracing::warn!("[Q-EX-012] what was at hand did not end; it is taken up again");
		}
	}

	/// All seats that something is to be done for: those of now, and those on record that have not ended.
	async fn seats(&self, block: Block) -> Result<BTreeSet<Place>, ExecuteError> {
		let recorded = self.miner.store.seats()?.into_iter().filter(|(_, _, seat)| !seat.ended);
		let mut seats: BTreeSet<Place> = recorded.map(|(job, draw, _)| (job, draw)).collect();
		// Also one whose panel was gone for a moment, on another branch.
		let view = self.miner.chain.at_block(block.hash).await?;
		let duties = view.duties(&self.miner.policy.miner).await?;
		seats.extend(duties.into_iter().map(|duty| (duty.job, duty.draw)));
		Ok(seats)
	}

	/// Takes steps for a seat; the block at which it is looked at again, if it is.
	async fn attempt(
		&self,
		place: Place,
		block: u64,
		stop: &CancellationToken,
	) -> (Place, Option<u64>) {
		let (job, draw) = place;
		match self.bring_on(place, stop).await {
			Ok(None) => (place, None),
			Ok(Some(blocks)) => (place, Some(block.saturating_add(blocks.max(1)))),
			Err(error) => {
				Kind::count(&self.miner.metrics.setbacks, error.code());
				self.miner.board.set_back(job, error.code(), &error.to_string());
				tracing::warn!(job, draw, %error, "a panel's seat is not served");
				(place, Some(block.saturating_add(SOON)))
			},
		}
	}

	/// Takes steps until there is nothing to do for a while; for how many blocks, or `None` if for ever.
	async fn bring_on(
		&self,
		(job, draw): Place,
		stop: &CancellationToken,
	) -> Result<Option<u64>, ExecuteError> {
		let Miner { chain, policy, store, metrics, .. } = &*self.miner;
		for _ in 0..STEPS_AT_A_TIME {
			if stop.is_cancelled() {
				return Ok(Some(1));
			}
			let view = chain.at(Head::Best).await?;
			let (panel, record) = (view.panel(job).await?, view.live_job(job).await?);
			let asked = panel.as_ref().zip(record.as_ref());
			let now = view.job_time().await?;
			let sitting = Sitting {
				genesis: chain.genesis(),
				job,
				draw,
				miner: policy.miner,
				panel: asked.map(|(panel, _)| panel),
				question: asked.map_or([0; 32], |(panel, record)| {
					question(&record.offer.model, &record.offer.input, &panel.case)
				}),
				now,
				reserve: policy.reserve,
			};
			let ends_at = sitting.ends_at().unwrap_or(JobTime::MAX);
			let seat = store.seat(job, draw)?.unwrap_or_default();
			let act = sitting.next(&seat);
			tracing::debug!(job, draw, ?act, "next for a seat");
			let Some((panel, record)) = asked.filter(|_| act != Act::End) else {
				// It has its verdict, or another draw.
				store.change_seat(job, draw, |seat| {
					seat.ended = true;
					seat.ends_at = seat.ends_at.max(now);
				})?;
				return Ok(None);
			};
			match act {
				Act::End => return Ok(None),
				Act::Wait(time) => return Ok(Some(time.saturating_sub(now))),
				Act::Look { last } => {
					let finding = self.look(job, record, &panel.case, &view, ends_at).await?;
					if finding == MemberFinding::Unfetched && !last {
						tracing::info!(job, draw, "not all that a panel judges is there yet");
						return Ok(Some(until_next_look(now).saturating_sub(now)));
					}
					let (salt, question) = (self.salt(job, draw), sitting.question);
					let found = Some(Found { finding, salt, question });
					self.note(job, draw, found, now)?;
					Kind::count(&metrics.findings, name(&finding));
					tracing::info!(job, draw, ?finding, "found");
				},
				Act::Recall(commitment) => {
					let finding = self.look(job, record, &panel.case, &view, ends_at).await?;
					let salt = self.salt(job, draw);
					let all = [finding, MemberFinding::Wrong, MemberFinding::Unfetched];
					let said =
						|finding: &MemberFinding| sitting.commitment(finding, &salt) == commitment;
					let finding =
						all.into_iter().find(said).ok_or(ExecuteError::UnknownCommitment)?;
					let question = sitting.question;
					self.note(job, draw, Some(Found { finding, salt, question }), now)?;
					tracing::info!(
						job,
						draw,
						?finding,
						"found again what the chain has a commitment to"
					);
				},
				Act::Commit(commitment) => {
					send(&self.errands, Transaction::CommitFinding(job, commitment)).await?;
					Kind::count(&metrics.steps, "commit_finding");
				},
				Act::Reveal(finding, salt) => {
					send(&self.errands, Transaction::RevealFinding(job, finding, salt)).await?;
					Kind::count(&metrics.steps, "reveal_finding");
				},
				Act::Close => {
					send(&self.errands, Transaction::CloseRound(job)).await?;
					Kind::count(&metrics.steps, "close_round");
				},
			}
		}
		Err(ExecuteError::TooManySteps)
	}

	fn note(
		&self,
		job: JobId,
		draw: u8,
		found: Option<Found>,
		now: JobTime,
	) -> Result<Seat, ExecuteError> {
		Ok(self.miner.store.change_seat(job, draw, |seat| {
			seat.found = found;
			seat.ends_at = seat.ends_at.max(now);
		})?)
	}

	/// What is right of what the panel is asked about, which is to be known by a job time.
	async fn look(
		&self,
		number: JobId,
		job: &Job,
		case: &Case,
		view: &View,
		ends_at: JobTime,
	) -> Result<MemberFinding, ExecuteError> {
		// Without its record nobody has the weights.
		let Some(model) = view.model(&job.offer.model).await? else {
			return Ok(MemberFinding::Unfetched);
		};
		let (blobs, job, case) = (self.miner.blobs.clone(), job.clone(), case.clone());
		let permit = self.miner.processors.permit(Whose::Seat, ends_at).await;
		let looking = tokio::task::spawn_blocking(move || {
			let _permit = permit;
			find(&blobs, number, &job, &model.description, &case)
		});
		looking.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))
	}

	/// A seat's salt, of which others learn nothing by others. Known again if the records are lost.
	fn salt(&self, job: JobId, draw: u8) -> Digest {
		let seat = (self.miner.chain.genesis(), job, draw).encode();
		let tag = b"quittance.panel-salt.v1".as_slice();
		blake2_256(&Zeroizing::new([tag, self.miner.salts.as_slice(), &seat].concat()))
	}
}

fn name(finding: &MemberFinding) -> &'static str {
	match finding {
		MemberFinding::Right { .. } => "right",
		MemberFinding::Wrong => "wrong",
		MemberFinding::Unfetched => "unfetched",
	}
}
