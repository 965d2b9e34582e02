//! Posting a job.

use super::{
	follow,
	order::{ensure_fit, refused_by_market, JobArguments, Work, LOOKED_AT},
	LevelArgument,
};
use crate::{
	amount::{parse_price, Amount},
	console::{Console, Report},
	document::parse_hex,
	failure::{Failure, Fault, SUCCESS},
	model::{known, store},
	node::{send, Signer},
};
use clap::Args;
use quittance_client::{calls, AccountId, Event, Head, Limits, Model, Offer, Payload, View};
use quittance_types::{
	CircuitId, CircuitKind, Digest, FieldBytes, JobId, JobTime, Level, Mode, ModelId, Payment,
	PriceRamp,
};
use quittance_zkml::InputBlob;
use serde::Serialize;
use std::path::Path;

/// Most miners that do one job.
const MAX_REDUNDANCY: i64 = 8;

/// Post a job and put its input into the blob folder.
#[derive(Args, Debug)]
pub struct Post {
	#[command(flatten)]
	signer: Signer,
	#[command(flatten)]
	work: Work,
	#[command(flatten)]
	terms: OfferArguments,
}

/// Post a job, wait for its end and show the result. Ends with exit code 1 if the money came back.
#[derive(Args, Debug)]
pub struct Run {
	#[command(flatten)]
	post: Post,
}

/// What is asked for and offered. Amounts are in the chain's smallest unit, or such as 0.05QTC; times are
/// in blocks.
#[derive(Args, Clone, Debug)]
struct OfferArguments {
	#[command(flatten)]
	job: JobArguments,
	/// Hold this much more than the items cost; what is not needed returns.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price, default_value = "0")]
	spare: u64,
	/// What a miner that takes the job at once can be paid. Without it: as much as one that takes it late.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	min_price: Option<u64>,
	/// What a miner can be paid at most. Without it: what the items cost, and what is spare.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price, conflicts_with = "spare")]
	max_price: Option<u64>,
	/// Blocks from the post until the price begins to rise.
	#[arg(long, default_value_t = 0)]
	ramp_start: JobTime,
	/// Blocks for which it rises. Without it: until the end of the lock timeout, if it rises.
	#[arg(long)]
	ramp_length: Option<JobTime>,
	/// Level of the receipt.
	#[arg(long, value_enum, default_value_t = LevelArgument::Basic)]
	level: LevelArgument,
	/// Circuit of the receipt, for the basic level. Without it: the only one on the chain that can be used.
	#[arg(long, value_parser = parse_hex::<32>)]
	circuit: Option<CircuitId>,
	/// How many miners do it, up to 8; they are paid if more than half of them agree.
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=MAX_REDUNDANCY))]
	redundancy: u8,
}

/// A job that was posted.
struct Posted {
	job: JobId,
	input: InputBlob,
	report: PostedReport,
}

impl Post {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		self.terms.check()?;
		let items = self.work.read()?;
		// Before anything is stored: a malformed key is to leave no blob behind.
		self.signer.key()?;
		let posted = self.post(console, items).await?;
		console.report(&posted.report);
		Ok(SUCCESS)
	}

	async fn post(&self, console: &Console, items: Vec<Vec<i8>>) -> Result<Posted, Failure> {
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let requester = sender.account();
		let order = self.terms.complete(&view, &requester, &self.work.model, &items).await?;
		let input = order.input(items)?;
		self.work.admit(&view, &input).await?;
		let offer = order.offer(&self.work.blobs, &input)?;
		let outcome = send(console, &sender, &calls::post_job(offer), "posting the job").await?;
		let report = posted(&outcome.events)?;
		let report = PostedReport {
			fee: Amount(outcome.inclusion.fee),
			block: outcome.inclusion.block.number,
			..report
		};
		Ok(Posted { job: report.job, input, report })
	}
}

impl Run {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let Self { post } = self;
		post.terms.check()?;
		let items = post.work.read()?;
		post.signer.key()?;
		let (chain, _) = post.signer.connect().await?;
		// From here on no block is missed, however fast the job is done.
		let mut progress = follow::Progress::begin(console, &chain).await?;
		let Posted { job, input, report } = post.post(console, items).await?;
		console.note(&report.text());
		let mut ended = progress.until_end_of_new(job).await?;
		ended.fee = Some(report.fee);
		if ended.is_paid() {
			let view = chain.at(Head::Finalised).await?;
			ended.labels = post.work.labels(&view, &input).await?;
		}
		console.report(&ended);
		Ok(ended.code())
	}
}

impl OfferArguments {
	/// Refuses what contradicts itself, whatever the chain says.
	fn check(&self) -> Result<(), Failure> {
		let refused =
			|argument, fault, detail: &str| Err(Failure::argument(argument, fault, detail));
		if self.level == LevelArgument::Transparent && self.job.proof_required {
			return refused("--proof-required", Fault::Contradiction, "the level has no proof");
		}
		if self.level == LevelArgument::Transparent && self.circuit.is_some() {
			return refused("--circuit", Fault::Contradiction, "the level has no proof");
		}
		self.job.check()?;
		let lock_timeout = self.job.lock_timeout();
		if self.ramp_start.saturating_add(self.ramp_length.unwrap_or_default()) > lock_timeout {
			let detail = "the price would rise beyond the lock timeout";
			return refused("--ramp-length", Fault::Contradiction, detail);
		}
		if self.min_price == Some(0) {
			return refused("--min-price", Fault::OutOfRange, "zero");
		}
		Ok(())
	}

	/// The order with what is left open filled in from the chain.
	async fn complete(
		&self,
		view: &View,
		requester: &AccountId,
		id: &ModelId,
		items: &[Vec<i8>],
	) -> Result<Order, Failure> {
		let (model, limits) = (known(view, id).await?, view.limits().await?);
		let issuers = self.job.issuers(view, Some(requester)).await?;
		let circuit = match (self.level, self.circuit) {
			(LevelArgument::Transparent, _) => None,
			(LevelArgument::Basic, Some(circuit)) => Some(circuit),
			(LevelArgument::Basic, None) => Some(only_circuit(view).await?),
		};
		self.order(id, &model, &limits, items, issuers, circuit)
	}

	/// The order, refused where the chain would refuse it for something it says of itself.
	fn order(
		&self,
		id: &ModelId,
		model: &Model,
		limits: &Limits,
		items: &[Vec<i8>],
		issuers: Vec<AccountId>,
		circuit: Option<CircuitId>,
	) -> Result<Order, Failure> {
		let (quote, unit_price) = self.job.prices(model)?;
		ensure_fit(items, model)?;
		let too_much = |argument| {
			Failure::argument(argument, Fault::OutOfRange, "the price needs more than 64 bits")
		};
		let cost = u64::try_from(items.len()).ok().and_then(|items| unit_price.checked_mul(items));
		let cost = cost.ok_or_else(|| too_much("--unit-price"))?;
		let max = match self.max_price {
			Some(max) => max,
			None => cost.checked_add(self.spare).ok_or_else(|| too_much("--spare"))?,
		};
		let min = self.min_price.unwrap_or(max);
		if min > max {
			let detail = format!("above {} QTC, the highest price", Amount(max.into()));
			return Err(Failure::argument("--min-price", Fault::Contradiction, detail));
		}
		if u128::from(max) < quote {
			let detail = format!("below {} QTC, the model's price of a unit", Amount(quote));
			return Err(refused_by_market("PriceBelowQuote", detail));
		}
		let lock_timeout = self.job.lock_timeout();
		let issuer_fee = self.job.issuer_fee(limits);
		let rises = if min < max { lock_timeout.saturating_sub(self.ramp_start) } else { 0 };
		let start = if min < max { self.ramp_start } else { 0 };
		Ok(Order {
			model: *id,
			mode: self.job.mode(),
			weights: model.description.weights.sha256,
			unit_price,
			price: PriceRamp {
				min: min.into(),
				max: max.into(),
				start,
				length: self.ramp_length.unwrap_or(rises),
			},
			level: self.level.into(),
			circuit,
			input_commitment: self.job.input_commitment(),
			issuers,
			issuer_fee,
			lock_timeout,
			timeout: self.job.timeout(),
			miner_bond: self.job.miner_bond(limits, max),
			redundancy: self.redundancy,
			allow_list: self.job.allowed.clone(),
			proof_required: self.job.proof_required,
		})
	}
}

/// The circuit of basic receipts, where it cannot be mistaken.
async fn only_circuit(view: &View) -> Result<CircuitId, Failure> {
	let circuits = view.circuits(LOOKED_AT).await?;
	let mut usable = circuits.into_iter().filter(|(_, circuit)| {
		circuit.kind == CircuitKind::BasicReceipt
			&& circuit.stoppage.since.is_none()
			&& !circuit.stoppage.retired
	});
	let (first, second) = (usable.next(), usable.next());
	let missing = |detail: &str| Failure::argument("--circuit", Fault::Missing, detail);
	match (first, second) {
		(Some((circuit, _)), None) => Ok(circuit),
		(None, _) => Err(missing("no circuit for basic receipts is registered on this chain")),
		(Some(_), Some(_)) => {
			Err(missing("there are several circuits for basic receipts: name one"))
		},
	}
}

/// What a requester wants done with some items.
#[derive(Clone, Debug)]
pub struct Order {
	/// The model's id.
	pub model: ModelId,
	/// How it is run.
	pub mode: Mode,
	/// SHA-256 of its weights, by which the input names it.
	pub weights: Digest,
	/// Price of an item.
	pub unit_price: u64,
	/// What the miner can be paid.
	pub price: PriceRamp,
	/// Level of the receipt.
	pub level: Level,
	/// Its circuit, if it has one.
	pub circuit: Option<CircuitId>,
	/// Poseidon commitment of the input.
	pub input_commitment: Option<FieldBytes>,
	/// Accepted issuers.
	pub issuers: Vec<AccountId>,
	/// What the signing one earns.
	pub issuer_fee: u128,
	/// Blocks until the job can be taken and has to be delivered.
	pub lock_timeout: JobTime,
	/// Blocks until the deadline.
	pub timeout: JobTime,
	/// What a miner puts at stake.
	pub miner_bond: u128,
	/// How many miners do it.
	pub redundancy: u8,
	/// The miners it is kept for.
	pub allow_list: Vec<AccountId>,
	/// Whether only a proof pays.
	pub proof_required: bool,
}

impl Order {
	/// The input about these items.
	pub fn input(&self, items: Vec<Vec<i8>>) -> Result<InputBlob, Failure> {
		InputBlob::new(rand::random(), self.weights, self.unit_price, items)
			.map_err(|error| Failure::argument("--samples", Fault::Invalid, error))
	}

	/// Stores the input and makes the offer.
	pub fn offer(self, blobs: &Path, input: &InputBlob) -> Result<Offer, Failure> {
		Ok(Offer {
			model: self.model,
			mode: self.mode,
			level: self.level,
			circuit: self.circuit,
			input: store(blobs, &input.encode())?,
			input_commitment: self.input_commitment,
			issuers: self.issuers,
			issuer_fee: self.issuer_fee,
			payment: Payment::Held { price: self.price },
			lock_timeout: self.lock_timeout,
			timeout: self.timeout,
			miner_bond: self.miner_bond,
			redundancy: self.redundancy,
			allow_list: self.allow_list,
			proof_required: self.proof_required,
		})
	}

	/// The input about these items, stored, and the call that posts the job.
	pub fn post(
		self,
		blobs: &Path,
		items: Vec<Vec<i8>>,
	) -> Result<(InputBlob, impl Payload), Failure> {
		let input = self.input(items)?;
		let offer = self.offer(blobs, &input)?;
		Ok((input, calls::post_job(offer)))
	}
}

/// What the events of a posting say. Fee and block are the caller's to fill in.
pub fn posted(events: &[Event]) -> Result<PostedReport, Failure> {
	let found = events.iter().find_map(|event| match event {
		Event::JobPosted {
			job, price, issuer_fee, miner_bond, lock_deadline, deadline, ..
		} => Some(PostedReport {
			job: *job,
			min_price: Amount(price.min),
			max_price: Amount(price.max),
			issuer_fee: Amount(*issuer_fee),
			miner_bond: Amount(*miner_bond),
			lock_deadline: *lock_deadline,
			deadline: *deadline,
			fee: Amount(0),
			block: 0,
		}),
		_ => None,
	});
	found.ok_or_else(|| Failure::unavailable("posting the job", "no JobPosted event"))
}

/// A job that was posted.
#[derive(Clone, Debug, Serialize)]
pub struct PostedReport {
	/// Its number.
	pub job: JobId,
	/// What a miner that takes it at once can be paid.
	pub min_price: Amount,
	/// What is held for the miner.
	pub max_price: Amount,
	/// And for the issuer.
	pub issuer_fee: Amount,
	/// What a miner puts at stake.
	pub miner_bond: Amount,
	/// Until when it can be taken.
	pub lock_deadline: JobTime,
	/// Until when a receipt is accepted.
	pub deadline: JobTime,
	/// The transaction's fee.
	pub fee: Amount,
	/// The block it is in.
	pub block: u64,
}

impl Report for PostedReport {
	fn text(&self) -> String {
		format!(
			"job {} posted in block {}: {} QTC held for the miner, {} for the issuer; to be taken until \
			 block {}, done until {}",
			self.job, self.block, self.max_price, self.issuer_fee, self.lock_deadline, self.deadline
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;
	use quittance_client::{Description, ModelKind, ModelState, Origin, Terms, WeightsCommitment};
	use quittance_types::Blob;

	const QUOTE: u128 = 50;

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		terms: OfferArguments,
	}

	fn arguments(line: &[&str]) -> OfferArguments {
		Line::try_parse_from([&["post"], line].concat()).unwrap().terms
	}

	fn model() -> Model {
		Model {
			owner: AccountId([1; 32]),
			description: Description {
				name: Vec::new(),
				kind: ModelKind::Dense,
				architecture: [2; 32],
				weights: WeightsCommitment { sha256: [3; 32], poseidon: None },
				blob: Blob { digest: [4; 32], size: 5 },
				uri: Vec::new(),
				licence: [6; 32],
				input_shape: vec![64],
				output_shape: vec![10],
				quantisation: None,
				fhe_parameters: None,
				constraints: 0,
				royalties: Vec::new(),
				origin: Origin::New,
			},
			terms: Terms { plain: Some(QUOTE), ..Terms::default() },
			version: 0,
			successor: None,
			state: ModelState::Listed,
		}
	}

	fn limits() -> Limits {
		Limits {
			minimum_fee: 7,
			minimum_lock_bond: 0,
			bond_part: 10_000,
			panel_fee: 2,
			decline_fee: 1,
			opening_time: 10,
			high_value: 1 << 60,
			max_timeout: 1_000,
			job_deposit: 3,
			commitment_deposit: 1,
			review_deposit: 1,
			removal_extension: 10,
			signing_time: 10,
			reveal_time: 10,
			cancel_notice: 10,
			receipt_lifetime: 100,
			issuer_bond: 1,
			minimum_bond: 1,
			unbonding_delay: 1,
			hot_key_delay: 1,
			missed_epochs: 3,
			epoch_length: 10,
			existential_deposit: 1,
			block_time: 6_000,
		}
	}

	fn order(line: &[&str], model: &Model) -> Result<Order, Failure> {
		let arguments = arguments(line);
		arguments.check()?;
		let items = vec![vec![0; 64]; 8];
		arguments.order(&[9; 32], model, &limits(), &items, vec![AccountId([1; 32])], None)
	}

	fn refusal(line: &[&str], model: &Model) -> String {
		match order(line, model).unwrap_err() {
			Failure::Malformed { input, fault, .. } => format!("{input} {fault:?}"),
			Failure::Refused { reason, .. } => reason,
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn what_is_left_open_comes_from_the_chain() {
		let order = order(&[], &model()).unwrap();
		assert_eq!(u128::from(order.unit_price), QUOTE);
		assert_eq!(order.price, PriceRamp::flat(8 * QUOTE));
		assert_eq!((order.issuer_fee, order.miner_bond), (7, 9), "both fees");
		assert_eq!((order.lock_timeout, order.timeout, order.redundancy), (300, 600, 1));
		assert_eq!((order.mode, order.level, order.weights), (Mode::Plain, Level::Basic, [3; 32]));
	}

	#[test]
	fn a_price_rises_until_the_lock_timeout_unless_told() {
		let price = |line: &[&str]| order(line, &model()).unwrap().price;
		let ramp = |min, max, start, length| PriceRamp { min, max, start, length };
		assert_eq!(price(&["--min-price", "100"]), ramp(100, 400, 0, 300));
		assert_eq!(price(&["--min-price", "100", "--spare", "10"]), ramp(100, 410, 0, 300));
		let line = ["--min-price", "100", "--max-price", "200", "--ramp-start", "10"];
		assert_eq!(price(&line), ramp(100, 200, 10, 290));
		let line = [line.as_slice(), &["--ramp-length", "5"]].concat();
		assert_eq!(price(&line), ramp(100, 200, 10, 5));
		// A start of a price that does not rise would be refused with some lock timeouts, for nothing.
		assert_eq!(price(&["--ramp-start", "10"]), PriceRamp::flat(400));
		assert_eq!(price(&["--timeout", "1"]), PriceRamp::flat(400));
	}

	#[test]
	fn boundary_of_prices() {
		let model = model();
		assert!(order(&["--max-price", "50"], &model).is_ok());
		assert_eq!(refusal(&["--max-price", "49"], &model), "ModelMarketplace.PriceBelowQuote");
		assert!(order(&["--min-price", "400"], &model).is_ok());
		assert_eq!(refusal(&["--min-price", "401"], &model), "--min-price Contradiction");
		let most = u64::MAX.to_string();
		assert_eq!(refusal(&["--spare", &most], &model), "--spare OutOfRange");
		assert_eq!(refusal(&["--unit-price", &most], &model), "--unit-price OutOfRange");
		assert!(order(&["--unit-price", "2305843009213693951"], &model).is_ok());
	}

	#[test]
	fn a_model_that_cannot_be_asked_for_is_named_before_a_fee_is_paid() {
		let retired = Model { state: ModelState::Retired, ..model() };
		assert_eq!(refusal(&[], &retired), "ModelMarketplace.ModelNotListed");
		assert_eq!(refusal(&["--mode", "fhe"], &model()), "ModelMarketplace.ModeNotOffered");
	}

	/// By the model's shape on the chain, which has to have as many elements.
	#[test]
	fn items_of_another_length_are_named_before_a_fee_is_paid() {
		for (shape, fits) in [(vec![64], true), (vec![8, 8], true), (vec![63], false)] {
			let mut model = model();
			model.description.input_shape = shape;
			match fits {
				true => assert!(order(&[], &model).is_ok()),
				false => assert_eq!(refusal(&[], &model), "--samples WrongLength"),
			}
		}
	}

	#[test]
	fn times_and_levels_that_contradict_themselves_are_refused() {
		let model = model();
		for (line, found) in [
			(&["--timeout", "0"][..], "--lock-timeout OutOfRange"),
			(&["--timeout", "5", "--lock-timeout", "6"], "--lock-timeout Contradiction"),
			(&["--ramp-start", "301"], "--ramp-length Contradiction"),
			(&["--level", "transparent", "--proof-required"], "--proof-required Contradiction"),
			(&["--mode", "proven"], "--input-commitment Missing"),
		] {
			assert_eq!(refusal(line, &model), found);
		}
	}
}
