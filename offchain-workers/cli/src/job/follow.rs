//! Following a job to its end.

use super::{cause_name, cause_words, unknown};
use crate::{
	amount::Amount,
	console::{Console, Report},
	failure::{Failure, REFUSED, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use indicatif::ProgressBar;
use quittance_client::{
	Blocks, Cause, Chain, ClientError, End, Event, Head, JobRecord, JobState, View,
};
use quittance_types::{JobId, JobTime};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Longest wait for a final block. Finality that stands still is no news of a job.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(180);

/// How long a node that does not answer is left alone.
const BETWEEN_READS: Duration = Duration::from_secs(1);

/// Follow a job to its end: paid, or refunded and why. Ends with exit code 1 if the money came back.
#[derive(Args, Debug)]
pub struct Follow {
	#[command(flatten)]
	node: NodeAddress,
	/// The job's number.
	job: JobId,
}

impl Follow {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let chain = self.node.connect().await?;
		let ended = Progress::begin(console, &chain).await?.until_end(self.job).await?;
		console.report(&ended);
		Ok(ended.code())
	}
}

/// How far a job is on its way to the payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
	Posted,
	Taken,
	Delivered,
	Accepted,
	Paid,
}

/// Number of stages after the post.
const STAGES: u64 = 4;

impl Stage {
	fn of(state: &JobState) -> Self {
		match state {
			JobState::Open => Self::Posted,
			JobState::Locked | JobState::Revealing { .. } => Self::Taken,
			JobState::Delivered { .. } | JobState::Disputed => Self::Delivered,
			JobState::Decided { .. }
			| JobState::Accepted(_)
			| JobState::Owed { .. }
			| JobState::Judged { .. } => Self::Accepted,
		}
	}

	fn words(self) -> &'static str {
		match self {
			Self::Posted => "posted, waits for a miner",
			Self::Taken => "a miner has it",
			Self::Delivered => "done, waits for a signature or a panel",
			Self::Accepted => "accepted, waits for the payment",
			Self::Paid => "paid",
		}
	}
}

/// What an event of the job says: where it stands, and in words.
fn news(event: &Event) -> Option<(Option<Stage>, String)> {
	let stage = |stage, words: String| Some((Some(stage), words));
	let only = |words: String| Some((None, words));
	match event {
		Event::JobPosted { .. } => None,
		// Of a private job nobody sees the price.
		Event::JobLocked { miner, price: 0, .. } => {
			stage(Stage::Taken, format!("taken by {miner}"))
		},
		Event::JobLocked { miner, price, .. } => {
			stage(Stage::Taken, format!("taken by {miner} for at most {} QTC", Amount(*price)))
		},
		Event::OpeningSent { .. } => only("its miner was told what it pays".into()),
		Event::JobDeclined { miner, burned, .. } => {
			stage(Stage::Posted, format!("given back by {miner}; {} QTC burned", Amount(*burned)))
		},
		Event::SettlementAwaited { units, until, .. } => stage(
			Stage::Accepted,
			format!(
				"the panel found {units} units right; its miner settles it until block {until}"
			),
		),
		Event::OutputCommitted { miner, .. } => only(format!("{miner} has committed to an output")),
		Event::RevealsBegun { until, .. } => only(format!("outputs are shown until block {until}")),
		Event::OutputDelivered { miner, output, .. } => {
			let digest = crate::document::to_hex(output.digest);
			stage(Stage::Delivered, format!("{miner} delivered the output {digest}"))
		},
		Event::SigningBegun { until, .. } => {
			stage(Stage::Delivered, format!("waits for a signature until block {until}"))
		},
		Event::LateCommitted { miner, .. } => only(format!("{miner} does it late")),
		Event::ReceiptAccepted { miner, issuer, amount, .. } => stage(
			Stage::Accepted,
			format!("receipt of {miner} for {} QTC accepted, signed by {issuer}", Amount(*amount)),
		),
		Event::SettlementScheduled { .. } => only("to be settled from the next block".into()),
		Event::PaymentDeferred { miner, amount, error, .. } => stage(
			Stage::Accepted,
			format!(
				"{} QTC for {miner} could not be paid: {error}; see `job fulfil`",
				Amount(*amount)
			),
		),
		Event::BondForfeited { miner, amount, .. } => {
			only(format!("{miner} lost a bond of {} QTC", Amount(*amount)))
		},
		Event::PanelCovered { amount, .. } => {
			only(format!("of that {} QTC made good what the panel was paid", Amount(*amount)))
		},
		Event::PanelBorne { amount, .. } => only(format!(
			"{} QTC of what the panel was paid is taken off the miners' pay",
			Amount(*amount)
		)),
		Event::PanelFeeLost { amount, .. } => only(format!(
			"a panel sat and found nothing; its fee of {} QTC went to the treasury",
			Amount(*amount)
		)),
		Event::CancelNoticeGiven { closes_at, .. } => {
			only(format!("closes after block {closes_at}"))
		},
		Event::PanelAsked { .. } => stage(Stage::Delivered, "a panel judges".into()),
		Event::PanelUnavailable { error, .. } => only(format!("no panel can judge: {error}")),
		Event::PanelAwaited { from, .. } => {
			only(format!("too many panels sit; one is asked again from block {from}"))
		},
		Event::PanelDecided { .. } => stage(Stage::Accepted, "the panel has judged".into()),
		_ => None,
	}
}

/// The job that an event is about, of the events that tell something of its way.
fn job_of(event: &Event) -> Option<JobId> {
	match event {
		Event::JobPosted { job, .. }
		| Event::JobLocked { job, .. }
		| Event::OpeningSent { job, .. }
		| Event::JobDeclined { job, .. }
		| Event::SettlementAwaited { job, .. }
		| Event::Settled { job, .. }
		| Event::OutputCommitted { job, .. }
		| Event::RevealsBegun { job, .. }
		| Event::OutputDelivered { job, .. }
		| Event::SigningBegun { job, .. }
		| Event::LateCommitted { job, .. }
		| Event::ReceiptAccepted { job, .. }
		| Event::SettlementScheduled { job, .. }
		| Event::JobFulfilled { job, .. }
		| Event::PaymentDeferred { job, .. }
		| Event::BondForfeited { job, .. }
		| Event::PanelCovered { job, .. }
		| Event::PanelBorne { job, .. }
		| Event::PanelFeeLost { job, .. }
		| Event::CancelNoticeGiven { job, .. }
		| Event::PanelAsked { job }
		| Event::PanelUnavailable { job, .. }
		| Event::PanelAwaited { job, .. }
		| Event::PanelDecided { job, .. }
		| Event::JobRefunded { job, .. } => Some(*job),
		_ => None,
	}
}

/// The final blocks from one on, and a bar that shows how far a job is.
pub struct Progress<'a> {
	console: &'a Console,
	chain: Chain,
	blocks: Blocks,
	/// The state from which on every event is seen.
	start: View,
}

impl<'a> Progress<'a> {
	/// Begins with the newest final block.
	pub async fn begin(console: &'a Console, chain: &Chain) -> Result<Self, Failure> {
		let mut blocks = chain.follow(Head::Finalised);
		let start = chain.at_block(next(&mut blocks).await?).await?;
		Ok(Self { console, chain: chain.clone(), blocks, start })
	}

	/// Waits until a job that is known has ended in a final block.
	pub async fn until_end(&mut self, job: JobId) -> Result<Ended, Failure> {
		if self.start.job(job).await?.is_none() {
			return Err(unknown());
		}
		self.until_end_of_new(job).await
	}

	/// The same for a job that was posted after this began.
	pub async fn until_end_of_new(&mut self, job: JobId) -> Result<Ended, Failure> {
		let bar = self.console.bar(STAGES, format!("job {job}"));
		let ended = self.follow(job, &bar).await;
		bar.finish_and_clear();
		ended
	}

	async fn follow(&mut self, job: JobId, bar: &ProgressBar) -> Result<Ended, Failure> {
		let (mut held, mut covered, mut hidden) = (None, 0u128, false);
		match self.start.job(job).await? {
			Some(JobRecord::Ended(record)) => {
				return Ok(Ended::of_record(job, &record.end, self.start.block().number));
			},
			Some(JobRecord::Live(record)) => {
				held = Some(record.held);
				show(bar, job, Stage::of(&record.state));
			},
			None => (),
		}
		let mut missed = false;
		loop {
			let block = next(&mut self.blocks).await?;
			let Some((view, events)) = self.read(block).await? else {
				missed = true;
				continue;
			};
			let number = view.block().number;
			if std::mem::take(&mut missed) {
				if let Some(JobRecord::Ended(record)) = view.job(job).await? {
					return Ok(Ended::of_record(job, &record.end, number));
				}
			}
			for event in events.iter().filter(|event| job_of(event) == Some(job)) {
				match event {
					Event::JobPosted { price, issuer_fee, panel_fee, .. } => {
						let fees = issuer_fee.saturating_add(*panel_fee);
						held = Some(price.max.saturating_add(fees));
					},
					// Others' bonds have paid so much of what the panel was paid.
					Event::PanelCovered { amount, .. } => {
						covered = covered.saturating_add(*amount);
					},
					Event::Settled { .. } => hidden = true,
					_ => (),
				}
				if let Some(mut ended) = Ended::of_event(event, held, number) {
					ended.cost = ended.cost.map(|cost| Amount(cost.0.saturating_sub(covered)));
					if hidden {
						(ended.amount, ended.royalties, ended.cost) = (None, None, None);
					}
					show(bar, job, Stage::Paid);
					return Ok(ended);
				}
				let Some((stage, words)) = news(event) else { continue };
				bar.suspend(|| self.console.note(&format!("block {number}: job {job} {words}")));
				if let Some(stage) = stage {
					show(bar, job, stage);
				}
			}
		}
	}
}

impl Progress<'_> {
	/// A final block's state and events. `None` for one that the node does not know any more: one that was killed forgets
	/// its last blocks, and makes others.
	async fn read(&self, block: [u8; 32]) -> Result<Option<(View, Vec<Event>)>, Failure> {
		let begun = Instant::now();
		loop {
			let read = async {
				let view = self.chain.at_block(block).await?;
				let events = view.events().await?;
				Ok((view, events))
			};
			match read.await {
				Ok(found) => return Ok(Some(found)),
				Err(ClientError::UnknownBlock(_)) => return Ok(None),
				Err(ClientError::Chain(_)) if begun.elapsed() < BLOCK_TIMEOUT => {
					tokio::time::sleep(BETWEEN_READS).await;
				},
				Err(error) => return Err(error.into()),
			}
		}
	}
}

fn show(bar: &ProgressBar, job: JobId, stage: Stage) {
	bar.set_position(stage as u64);
	bar.set_message(format!("job {job}: {}", stage.words()));
}

async fn next(blocks: &mut Blocks) -> Result<[u8; 32], Failure> {
	match tokio::time::timeout(BLOCK_TIMEOUT, blocks.next()).await {
		Ok(block) => Ok(block.hash),
		Err(_) => Err(Failure::unavailable(
			"waiting for a final block",
			format!("none within {} s", BLOCK_TIMEOUT.as_secs()),
		)),
	}
}

/// How a job ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ended {
	/// Its number.
	pub job: JobId,
	/// `paid` or `refunded`.
	pub end: &'static str,
	/// Why it was refunded.
	pub cause: Option<&'static str>,
	/// Who did it.
	pub miner: Option<String>,
	/// Who signed, unless a panel judged.
	pub issuer: Option<String>,
	/// What the miners earned together, royalties included. Of a private job only its two parties know.
	pub amount: Option<Amount>,
	/// What of that was set aside as royalties.
	pub royalties: Option<Amount>,
	/// What issuer or panel was paid.
	pub issuer_fee: Option<Amount>,
	/// What returned to the requester.
	pub returned: Option<Amount>,
	/// What the requester paid in all, apart from transaction fees and the deposit of the record. Not known
	/// of a job that had ended before it was looked at.
	pub cost: Option<Amount>,
	/// The fee of the transaction that posted it, where this command did.
	pub fee: Option<Amount>,
	/// The labels that were found, where the output is in the folder.
	pub labels: Option<Vec<u8>>,
	/// The block in which it ended, or was seen to have ended.
	pub block: JobTime,
}

impl Ended {
	fn new(job: JobId, end: &'static str, block: u64) -> Self {
		Self {
			job,
			end,
			cause: None,
			miner: None,
			issuer: None,
			amount: None,
			royalties: None,
			issuer_fee: None,
			returned: None,
			cost: None,
			fee: None,
			labels: None,
			block,
		}
	}

	/// What the event of an end says; `held` is what was held for miner and issuer.
	fn of_event(event: &Event, held: Option<u128>, block: u64) -> Option<Self> {
		match event {
			Event::JobFulfilled { job, miner, amount, royalties, issuer, issuer_fee, returned } => {
				Some(Self {
					miner: Some(miner.to_string()),
					issuer: issuer.map(|issuer| issuer.to_string()),
					amount: Some(Amount(*amount)),
					royalties: Some(Amount(*royalties)),
					issuer_fee: Some(Amount(*issuer_fee)),
					returned: Some(Amount(*returned)),
					cost: Some(Amount(amount.saturating_add(*issuer_fee))),
					..Self::new(*job, "paid", block)
				})
			},
			Event::JobRefunded { job, amount, cause, .. } => Some(Self {
				cause: Some(cause_name(*cause)),
				returned: Some(Amount(*amount)),
				cost: held.map(|held| Amount(held.saturating_sub(*amount))),
				..Self::new(*job, "refunded", block)
			}),
			_ => None,
		}
	}

	/// What the record of an ended job says.
	pub(super) fn of_record(job: JobId, end: &End, block: u64) -> Self {
		match end {
			End::Fulfilled { miner, amount } => Self {
				miner: Some(miner.to_string()),
				amount: Some(Amount(*amount)),
				..Self::new(job, "paid", block)
			},
			End::Refunded(cause) => {
				Self { cause: Some(cause_name(*cause)), ..Self::new(job, "refunded", block) }
			},
		}
	}

	/// Whether it was done and paid.
	pub fn is_paid(&self) -> bool {
		self.cause.is_none()
	}

	/// The exit code: a job that was not done is one that was refused.
	pub fn code(&self) -> u8 {
		if self.is_paid() {
			SUCCESS
		} else {
			REFUSED
		}
	}
}

impl Report for Ended {
	fn text(&self) -> String {
		let qtc = |name: &str, amount: &Option<Amount>| {
			amount.map(|amount| format!("{name} {amount} QTC")).into_iter()
		};
		let mut lines = vec![match (&self.miner, self.cause) {
			(_, Some(cause)) => format!(
				"job {} refunded in block {}: {}",
				self.job,
				self.block,
				cause_of(cause).map_or(cause, cause_words),
			),
			(Some(miner), None) => {
				format!("job {} paid to {miner} in block {}", self.job, self.block)
			},
			(None, None) => format!("job {} paid in block {}", self.job, self.block),
		}];
		let amounts: Vec<_> = qtc("miner", &self.amount)
			.chain(qtc("of it royalties", &self.royalties.filter(|royalties| royalties.0 > 0)))
			.chain(qtc(if self.issuer.is_some() { "issuer" } else { "panel" }, &self.issuer_fee))
			.chain(qtc("returned", &self.returned))
			.collect();
		if !amounts.is_empty() {
			lines.push(amounts.join(", "));
		}
		if let Some(cost) = self.cost {
			let fee = self.fee.map(|fee| format!(", and {fee} QTC for the transaction"));
			lines.push(format!("cost {cost} QTC{}", fee.unwrap_or_default()));
		}
		if let Some(labels) = &self.labels {
			let labels: Vec<_> = labels.iter().map(u8::to_string).collect();
			lines.push(format!("labels {}", labels.join(" ")));
		}
		lines.join("\n")
	}
}

/// The cause of this name.
fn cause_of(name: &str) -> Option<Cause> {
	super::CAUSES.into_iter().find(|cause| cause_name(*cause) == name)
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::AccountId;

	const MINER: AccountId = AccountId([1; 32]);
	const ISSUER: AccountId = AccountId([2; 32]);

	fn fulfilled(issuer: Option<AccountId>) -> Event {
		Event::JobFulfilled {
			job: 7,
			miner: MINER,
			amount: 400_000_000_000,
			royalties: 20_000_000_000,
			issuer,
			issuer_fee: 50_000_000_000,
			returned: 100_000_000_000,
		}
	}

	#[test]
	fn a_paid_job_says_what_it_cost() {
		let mut ended = Ended::of_event(&fulfilled(Some(ISSUER)), None, 9).unwrap();
		ended.fee = Some(Amount(1_000_000_000));
		ended.labels = Some(vec![3, 1]);
		assert_eq!(
			ended.text(),
			format!(
				"job 7 paid to {MINER} in block 9\n\
				 miner 0.4 QTC, of it royalties 0.02 QTC, issuer 0.05 QTC, returned 0.1 QTC\n\
				 cost 0.45 QTC, and 0.001 QTC for the transaction\n\
				 labels 3 1"
			)
		);
		assert_eq!((ended.is_paid(), ended.code()), (true, SUCCESS));
		let judged = Ended::of_event(&fulfilled(None), None, 9).unwrap();
		assert!(judged.text().contains("panel 0.05 QTC"), "{}", judged.text());
	}

	#[test]
	fn a_refund_has_a_cause_and_may_cost_a_panel() {
		for cause in super::super::CAUSES {
			let event = Event::JobRefunded { job: 7, requester: MINER, amount: 500, cause };
			let ended = Ended::of_event(&event, Some(520), 9).unwrap();
			assert_eq!((ended.cost, ended.code()), (Some(Amount(20)), REFUSED));
			assert_eq!(ended.cause.and_then(cause_of), Some(cause));
			assert!(ended.text().contains(cause_words(cause)), "{}", ended.text());
		}
	}

	#[test]
	fn an_old_end_says_what_is_still_known() {
		let ended = Ended::of_record(7, &End::Fulfilled { miner: MINER, amount: 5 }, 9);
		assert_eq!((ended.amount, ended.cost, ended.code()), (Some(Amount(5)), None, SUCCESS));
		let ended = Ended::of_record(7, &End::Refunded(Cause::Stalled), 9);
		assert_eq!((ended.end, ended.cause), ("refunded", Some("stalled")));
	}

	#[test]
	fn only_what_is_about_a_job_is_news_of_it() {
		assert_eq!(job_of(&fulfilled(None)), Some(7));
		assert_eq!(job_of(&Event::JobRemoved { job: 7 }), None);
		let locked = Event::JobLocked { job: 7, miner: MINER, price: 1, bond: 2, nonce: 1 };
		assert_eq!(news(&locked).and_then(|(stage, _)| stage), Some(Stage::Taken));
		let posted = Event::PanelAsked { job: 7 };
		assert_eq!(news(&posted).and_then(|(stage, _)| stage), Some(Stage::Delivered));
	}
}
