//! The jobs: which there are, and how they are posted.

use quittance_cli::market::{posted, store, DevelopmentAccount, Failure, LabelledItems, Order};
use quittance_client::{calls, ClientError, Offer, Sender, Until};
use quittance_types::{Blob, CircuitId, JobId, JobTime, Level, Mode, ModelId, PriceRamp};
use quittance_zkml::Network;
use rand::{rngs::StdRng, seq::SliceRandom, Rng};
use std::path::PathBuf;

/// Price of an image, in the chain's smallest unit.
pub const UNIT_PRICE: u64 = 50_000_000_000;

/// What the signing issuer earns from a job, or whoever shows that it has no input.
pub const ISSUER_FEE: u128 = 100_000_000_000;

/// What is held for a panel by the parameters a chain begins with, and returns where none sits.
pub const PANEL_FEE: u128 = 3_000_000_000_000;

/// What each lock reserves of a miner's bond.
pub const LOCK_BOND: u128 = 5_000_000_000_000;

/// Images of a job. An even number, so that two miners can share its price.
const IMAGES: usize = 4;

/// Blocks of 2 s for which a job can be taken and has to be delivered. Few enough to pass in the long form, if
/// a worker does not come to its work again; enough for one that does:
///
/// - A job waits for hands while the others that live are done: `MOST_LIVE` of them, of which 100 took 218
///   blocks, so 40 on average. That leaves some 100 blocks to one that has its turn late.
/// - What breaks is whole again after 4 blocks: a worker or a wire is away for 4 s at most, and takes 2 or 3 s
///   more to be back. Something breaks every 6 s, and every second time not this worker or its wire; so in
///   100 blocks there are a dozen times of 3 blocks or more in which it can work. It needs four of them
///   at worst, one for each of its steps: an output, a signed receipt and a proof are on disk when it is
///   killed.
/// - A node that is away makes no blocks, and so costs no time. What it has forgotten is sent again after 5
///   blocks, and stands in the way of nothing else for longer; it is killed twice.
///
/// A worker whose issuer does not answer in that time shows its output in the last blocks of its lock, and
/// has two hours to have it signed: such a job is paid in time all the same.
const LOCK_TIMEOUT: JobTime = 150;

/// Blocks until its deadline: a job that was not taken, or whose lock was not kept, has its other end within the
/// run.
const TIMEOUT: JobTime = 250;

/// The same of a job that nobody can do.
const SHORT_LOCK_TIMEOUT: JobTime = 20;
const SHORT_TIMEOUT: JobTime = 30;

/// A kind of job, and so what has to become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
	/// Done by one miner, with a proof: paid.
	Basic,
	/// Done by one miner, with a receipt in clear: paid.
	Transparent,
	/// Done by two miners: both paid.
	Redundant(Level),
	/// Its input is none: refunded, but for the fee of whoever shows it.
	Malformed,
	/// Its input cannot be had: never taken, and refunded after its deadline.
	Withheld,
	/// The same, and taken back by the requester.
	Withdrawn,
	/// Taken back while miners are after it: paid if one was faster, else refunded.
	Contested,
}

/// A dozen jobs with one of each kind at least.
const DOZEN: [Kind; 12] = [
	Kind::Basic,
	Kind::Basic,
	Kind::Basic,
	Kind::Basic,
	Kind::Transparent,
	Kind::Transparent,
	Kind::Redundant(Level::Basic),
	Kind::Redundant(Level::Transparent),
	Kind::Malformed,
	Kind::Withheld,
	Kind::Withdrawn,
	Kind::Contested,
];

/// So many jobs in a random order.
pub fn plan(jobs: usize, rng: &mut StdRng) -> Vec<Kind> {
	let mut kinds: Vec<_> = DOZEN.into_iter().cycle().take(jobs).collect();
	kinds.shuffle(rng);
	kinds
}

/// A job that was posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posted {
	/// Its kind.
	pub kind: Kind,
	/// Whether the chain took it back when the requester asked for that.
	pub cancelled: bool,
}

/// What a miner, or two of them, earn from a job that is done.
pub fn price() -> u128 {
	u128::from(UNIT_PRICE) * IMAGES as u128
}

/// Posts jobs.
pub struct Poster {
	/// Who pays.
	pub requester: Sender,
	/// Who signs.
	pub issuer: DevelopmentAccount,
	/// The circuit of proofs.
	pub circuit: CircuitId,
	/// The model's id.
	pub model: ModelId,
	/// The model.
	pub network: Network,
	/// Its images.
	pub images: LabelledItems,
	/// The blob folder.
	pub blobs: PathBuf,
}

impl Poster {
	/// Posts a job. Whatever there is to do about it at once is final when this returns, so that a node
	/// that is killed then has it on disk.
	pub async fn post(
		&self,
		kind: Kind,
		place: usize,
		spoilt: Vec<u8>,
	) -> Result<(JobId, Posted), Failure> {
		let offer = self.offer(kind, place, spoilt)?;
		let until = match kind {
			// To be in time.
			Kind::Contested => Until::Included,
			_ => Until::Finalised,
		};
		let outcome = self.requester.submit(&calls::post_job(offer), until).await?;
		let job = posted(&outcome.events)?.job;
		let cancelled = match kind {
			Kind::Withdrawn => {
				self.requester.submit(&calls::cancel_job(job), Until::Finalised).await?;
				true
			},
			Kind::Contested => {
				let asked = self.requester.submit(&calls::cancel_job(job), Until::Finalised).await;
				match asked {
					Ok(_) => true,
					Err(ClientError::Refused(refusal)) => {
						// By the name of what a miner was faster with.
						let late = ["JobLocked", "JobEnded", "JobAccepted", "JobDelivered"];
						if !late.contains(&refusal.error.as_str()) {
							return Err(ClientError::Refused(refusal).into());
						}
						false
					},
					Err(error) => return Err(error.into()),
				}
			},
			_ => false,
		};
		Ok((job, Posted { kind, cancelled }))
	}

	fn offer(&self, kind: Kind, place: usize, spoilt: Vec<u8>) -> Result<Offer, Failure> {
		let level = match kind {
			Kind::Transparent => Level::Transparent,
			Kind::Redundant(level) => level,
			_ => Level::Basic,
		};
		let short = matches!(kind, Kind::Withheld | Kind::Withdrawn);
		let order = Order {
			model: self.model,
			mode: Mode::Plain,
			weights: self.network.weights_digest(),
			unit_price: UNIT_PRICE,
			price: PriceRamp::flat(price()),
			level,
			circuit: (level == Level::Basic).then_some(self.circuit),
			input_commitment: None,
			issuers: vec![self.issuer.account()],
			issuer_fee: ISSUER_FEE,
			lock_timeout: if short { SHORT_LOCK_TIMEOUT } else { LOCK_TIMEOUT },
			timeout: if short { SHORT_TIMEOUT } else { TIMEOUT },
			miner_bond: LOCK_BOND,
			redundancy: if matches!(kind, Kind::Redundant(_)) { 2 } else { 1 },
			allow_list: Vec::new(),
			proof_required: false,
		};
		let batches = self.images.items.len() / IMAGES;
		let batch = self.images.batch(place % batches * IMAGES, IMAGES).expect("a batch of them");
		let input = order.input(batch.items)?;
		let offer = order.offer(&self.blobs, &input)?;
		let input = match kind {
			Kind::Malformed => store(&self.blobs, &spoilt)?,
			Kind::Withheld | Kind::Withdrawn => {
				// A digest of nothing: nobody has put these bytes into the folder.
				let digest = quittance_types::blake2_256(&spoilt);
				Blob { digest, size: offer.input.size }
			},
			_ => offer.input,
		};
		Ok(Offer { input, ..offer })
	}
}

/// Bytes that are no input, never the same twice.
pub fn spoilt(rng: &mut StdRng) -> Vec<u8> {
	let mut bytes = vec![0; rng.gen_range(40..2_000)];
	rng.fill(bytes.as_mut_slice());
	bytes
}
