//! Private jobs, from the requester's side: the escrow that pays for one, the openings that its miners wait for, and
//! what is left of it.

use super::{
	follow::{Ended, Progress},
	order::{ensure_fit, JobArguments, Work},
	unknown,
};
use crate::{
	amount::{parse_price, Amount},
	console::{Console, Report},
	failure::{Failure, Fault, REFUSED, SUCCESS},
	model::{known, store},
	node::send,
	wallet::{now, usual_fee, CallArguments, Payment, Place, PrivateOrder, Session},
};
use clap::Args;
use quittance_client::{
	calls::{self, SEALED_OPENING_BYTES},
	AccountKey, Chain, Head, Job, JobRecord, JobState, Limits, PrivateRequest, Sender, Until, View,
};
use quittance_types::{EscrowOpening, FieldBytes, JobId, NOTE_CIPHERTEXT_BYTES};
use quittance_wallet::{
	seal_opening, system_randomness, JobEnd, JobError, JobStage, Lock, PublicKey,
};
use quittance_zkml::InputBlob;
use serde::Serialize;
use std::{
	fs,
	io::Write,
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Most miners that can decline a job.
const MOST_DECLINES: i64 = 4;

/// Fees rise by the load of the chain while a job waits: its account gets so many times what its calls cost now.
const ALLOWANCE: u64 = 2;

/// Post a job from a wallet: who pays, what a unit costs and how much is paid stay hidden. Waits for its end and tells its
/// miner what it pays. Ends with exit code 1 if the money came back.
#[derive(Args, Debug)]
pub struct PostPrivate {
	#[command(flatten)]
	place: Place,
	#[command(flatten)]
	call: CallArguments,
	#[command(flatten)]
	work: Work,
	#[command(flatten)]
	job: JobArguments,
	/// Most items that are paid. Without it: as many as there are.
	#[arg(long, value_name = "NUMBER")]
	max_units: Option<u64>,
	/// How many miners can give it back once they know what it pays, each for a fee that is burned: 1 to 4.
	#[arg(
		long, value_name = "NUMBER", default_value_t = 2,
		value_parser = clap::value_parser!(u8).range(1..=MOST_DECLINES)
	)]
	declines: u8,
	/// What the account that posts the job gets from the wallet, which everybody sees: fees of issuer and panel, of
	/// declines and of its own calls, and deposits. Without it: as much as that costs, and what is left returns.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	paid_in: Option<u64>,
	/// Do not wait for the end. Without an opening, which `job open` sends, no miner does the work.
	#[arg(long)]
	detach: bool,
}

/// Tell the miners that take a private job of the wallet's what it pays, until it has ended. Ends with exit code 1 if
/// the money came back.
#[derive(Args, Debug)]
pub struct Open {
	#[command(flatten)]
	place: Place,
	/// What a unit costs, as the job's input says. A wallet that was restored from its words asks for it.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	unit_price: Option<u64>,
	/// The job's number.
	job: JobId,
}

/// Bring what is left on the account of a private job that has ended back into the wallet: its record is removed, and all
/// but the existential deposit and fees is paid into the pool.
#[derive(Args, Debug)]
pub struct Collect {
	#[command(flatten)]
	place: Place,
	/// The job's number.
	job: JobId,
}

/// Write the key of the account that posted a private job to a file, for `--key @FILE` of other commands such as
/// `job cancel` and `job review`.
#[derive(Args, Debug)]
pub struct RequesterKey {
	#[command(flatten)]
	place: Place,
	/// The job's number.
	job: JobId,
	/// The file, which must not be there. Only its owner can read it.
	#[arg(value_name = "FILE")]
	file: PathBuf,
}

impl PostPrivate {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		self.job.check()?;
		let items = self.work.read()?;
		if self.max_units.is_some_and(|most| (most as usize) < items.len()) {
			let detail = format!("fewer than the {} items of the job", items.len());
			return Err(Failure::argument("--max-units", Fault::Contradiction, detail));
		}
		let mut session = self.place.open(console).await?;
		session.wallet.keys()?;
		session.follow().await?;

		let view = now(&session.chain).await?;
		let (order, input) = self.order(&view, &session, items).await?;
		let paid = session.pay(&Payment::PrivateJob(&order), &self.call).await?;
		let job = number_of(&session, &paid.nullifier)?;
		let posted = PrivatePosted {
			job,
			escrowed: Amount(u128::from(order.unit_price).saturating_mul(order.max_units.into())),
			paid_in: Amount(order.paid_in.into()),
			requester: key_of(&session, job)?.account().to_string(),
			fee: Amount(paid.fee.into()),
			join_fees: Amount(paid.join_fees.into()),
			block: paid.block,
		};
		if self.detach {
			console.report(&posted);
			return Ok(SUCCESS);
		}
		console.note(&posted.text());
		let mut ended =
			open_until_end(&mut session, job).await.map_err(|failure| match failure {
				Failure::Unavailable { doing, detail } => Failure::Unavailable {
					doing,
					detail: format!(
						"{detail}; the job is posted: go on with `quittance job open {job}`"
					),
				},
				other => other,
			})?;
		ended.fee = Some(posted.fee);
		if ended.cause.is_none() {
			let view = session.chain.at(Head::Finalised).await?;
			ended.labels = self.work.labels(&view, &input).await?;
		}
		let code = ended.code;
		console.report(&ended);
		Ok(code)
	}

	/// What is ordered, with its input in the blob folder.
	async fn order(
		&self,
		view: &View,
		session: &Session<'_>,
		items: Vec<Vec<i8>>,
	) -> Result<(PrivateOrder, InputBlob), Failure> {
		let (model, limits) = (known(view, &self.work.model).await?, view.limits().await?);
		let (_, unit_price) = self.job.prices(&model)?;
		ensure_fit(&items, &model)?;
		let issuers = self.job.issuers(view, None).await?;
		let issuer_fee = self.job.issuer_fee(&limits);
		let (lock_timeout, timeout) = self.job.private_times(limits.opening_time)?;
		let units = items.len() as u64;
		let max_units = self.max_units.unwrap_or(units);
		let weights = model.description.weights.sha256;
		let input = InputBlob::new(rand::random(), weights, unit_price, items)
			.map_err(|error| Failure::argument("--samples", Fault::Invalid, error))?;
		self.work.admit(view, &input).await?;
		let usual = paid_in(view, session, &limits, issuer_fee, self.declines).await?;
		let paid_in = self.paid_in.unwrap_or(usual);
		if paid_in < usual {
			session.console.note(&format!(
				"with less than {} QTC paid in the job's account may not be able to send its opening",
				Amount(usual.into())
			));
		}
		let request = PrivateRequest {
			model: self.work.model,
			mode: self.job.mode(),
			input: store(&self.work.blobs, &input.encode())?,
			input_commitment: self.job.input_commitment(),
			issuers,
			issuer_fee,
			lock_timeout,
			timeout,
			// The chain knows no price, and a bond by it would tell.
			miner_bond: self.job.miner_bond(&limits, 0),
			allow_list: self.job.allowed.clone(),
			proof_required: self.job.proof_required,
			declines: self.declines,
		};
		Ok((PrivateOrder { unit_price, max_units, paid_in, request }, input))
	}
}

/// What a job costs beside its price: what the market holds, and what the account's own calls need.
async fn paid_in(
	view: &View,
	session: &Session<'_>,
	limits: &Limits,
	issuer_fee: u128,
	declines: u8,
) -> Result<u64, Failure> {
	// Whose signature is no more than so many bytes: nothing of it is sent to be included.
	let anybody = AccountKey::from_seed(Zeroizing::new(rand::random())).ok_or_else(no_key)?;
	let anybody = sender(&session.chain, &anybody);
	let declines = u64::from(declines);
	let held = limits
		.panel_fee
		.saturating_add(issuer_fee)
		.saturating_add(limits.decline_fee.saturating_mul(declines.into()))
		.saturating_add(limits.job_deposit)
		.saturating_add(limits.existential_deposit);
	let opening = calls::send_opening(0, 1, [0; SEALED_OPENING_BYTES]);
	let opening = usual_fee(anybody.fee_of(view, &opening).await?)?;
	let removal = usual_fee(anybody.fee_of(view, &calls::remove_job(0)).await?)?;
	let deposit = usual_fee(deposit_fee(view, &anybody).await?)?;
	let calls = opening
		.saturating_mul(declines)
		.saturating_add(removal)
		.saturating_add(deposit)
		.saturating_mul(ALLOWANCE);
	u64::try_from(held.saturating_add(calls.into())).map_err(|_| {
		let detail = "more than a note can hold: name --issuer-fee or --paid-in";
		Failure::argument("--issuer-fee", Fault::OutOfRange, detail)
	})
}

/// The fee of a deposit, which is that of any other.
async fn deposit_fee(view: &View, by: &Sender) -> Result<u128, Failure> {
	let nothing = calls::deposit_note(0, FieldBytes([0; 32]), [0; NOTE_CIPHERTEXT_BYTES]);
	Ok(by.fee_of(view, &nothing).await?)
}

impl Open {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let mut session = self.place.up_to_date(console).await?;
		if let Some(unit_price) = self.unit_price {
			let (keys, wallet) = session.wallet.spending()?;
			wallet.recall_price(keys, self.job, unit_price).map_err(not_ours)?;
			session.wallet.save()?;
		}
		let ended = open_until_end(&mut session, self.job).await?;
		let code = ended.code;
		console.report(&ended);
		Ok(code)
	}
}

impl Collect {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let mut session = self.place.up_to_date(console).await?;
		let key = key_of(&session, self.job)?;
		let sender = sender(&session.chain, &key);
		let view = session.chain.at(Head::Finalised).await?;
		match view.job(self.job).await? {
			Some(JobRecord::Live(_)) => {
				let detail = "its account has to pay for it until then: wait, or cancel it".into();
				return Err(Failure::Refused {
					by: "wallet",
					reason: "JobNotEnded".into(),
					detail,
				});
			},
			Some(JobRecord::Ended(_)) => {
				send(console, &sender, &calls::remove_job(self.job), "removing the record").await?;
			},
			None => (),
		}
		let view = session.chain.at(Head::Finalised).await?;
		let account = view.account(&key.account()).await?;
		let limits = view.limits().await?;
		let kept = limits
			.existential_deposit
			.saturating_add(usual_fee(deposit_fee(&view, &sender).await?)?.into());
		let amount = u64::try_from(account.free.saturating_sub(kept)).unwrap_or(u64::MAX);
		let block = match amount {
			0 => view.block().number,
			amount => session.shield(&sender, &[amount]).await?.inclusion.block.number,
		};
		let collected = Amount(amount.into());
		console.report(&Collected { job: self.job, collected, block });
		Ok(SUCCESS)
	}
}

impl RequesterKey {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let session = self.place.up_to_date(console).await?;
		let key = key_of(&session, self.job)?;
		write_key(&self.file, key.seed())?;
		console.report(&KeyWritten {
			job: self.job,
			account: key.account().to_string(),
			file: self.file,
		});
		Ok(SUCCESS)
	}
}

/// Writes a seed to a new file that only its owner can read.
fn write_key(file: &Path, seed: &[u8; 32]) -> Result<(), Failure> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	let digits = Zeroizing::new(hex::encode(seed));
	let mut opened = options.open(file).map_err(Failure::io("making", file))?;
	opened
		.write_all(digits.as_bytes())
		.and_then(|()| opened.sync_all())
		.map_err(Failure::io("writing", file))
}

/// The job that a post of this wallet's made.
fn number_of(session: &Session<'_>, nullifier: &FieldBytes) -> Result<JobId, Failure> {
	let mut own = session.wallet.wallet().private_jobs();
	let found = own.find(|(first, _)| first == nullifier).and_then(|(_, job)| job.job());
	found.ok_or_else(|| Failure::unavailable("posting the job", "the wallet does not see it"))
}

/// The key of the account that posted a job.
fn key_of(session: &Session<'_>, job: JobId) -> Result<AccountKey, Failure> {
	let keys = session.wallet.keys()?;
	let seed = session.wallet.wallet().requester_seed(keys, job).map_err(not_ours)?;
	AccountKey::from_seed(seed).ok_or_else(no_key)
}

fn no_key() -> Failure {
	Failure::unavailable("making a key", "the seed is none")
}

fn sender(chain: &Chain, key: &AccountKey) -> Sender {
	Sender::new(chain.clone(), key.keypair().clone())
}

/// Why the wallet says nothing of a job.
fn not_ours(error: JobError) -> Failure {
	match error {
		JobError::OtherKeys => Failure::argument("--wallet", Fault::Contradiction, error),
		JobError::Unknown(_) => Failure::argument("JOB", Fault::Missing, error),
		JobError::PriceUnknown(_) => Failure::argument("--unit-price", Fault::Missing, error),
		JobError::OtherPrice(_) => Failure::argument("--unit-price", Fault::Contradiction, error),
	}
}

/// Sends openings to whoever takes the job, until it has ended.
async fn open_until_end(session: &mut Session<'_>, job: JobId) -> Result<PrivateEnded, Failure> {
	let (console, chain) = (session.console, session.chain.clone());
	let keys = session.wallet.keys()?;
	let known = session.wallet.wallet().private_job(job).ok_or(JobError::Unknown(job));
	let known = known.map_err(not_ours)?.clone();
	let opening = session.wallet.wallet().escrow_opening(keys, job);
	let sender = sender(&chain, &key_of(session, job)?);
	let view = chain.at(Head::Finalised).await?;
	let record = view.job(job).await?;
	let ended = match record {
		// Its record is gone: all that is known is in the wallet.
		None if matches!(known.stage(), JobStage::Ended(_)) => None,
		None => return Err(unknown()),
		Some(JobRecord::Ended(_)) => {
			Some(Progress::begin(console, &chain).await?.until_end(job).await?)
		},
		Some(JobRecord::Live(_)) => {
			let opening = opening.map_err(not_ours)?;
			let opener = Opener { console, chain: &chain, sender, opening, job };
			let mut progress = Progress::begin(console, &chain).await?;
			tokio::select! {
				ended = progress.until_end(job) => Some(ended?),
				never = opener.run() => match never {},
			}
		},
	};
	session.follow().await?;
	let stage = session.wallet.wallet().private_job(job).map(quittance_wallet::OwnJob::stage);
	let left = chain.at(Head::Finalised).await?.account(&key_of(session, job)?.account()).await?;
	Ok(PrivateEnded::new(job, ended, stage, known.escrowed(), left.free))
}

/// Who sends openings. One for each lock.
struct Opener<'a> {
	console: &'a Console,
	chain: &'a Chain,
	sender: Sender,
	opening: EscrowOpening,
	job: JobId,
}

impl Opener<'_> {
	/// Looks at each block, until nobody waits for it any more.
	async fn run(&self) -> std::convert::Infallible {
		let mut heads = self.chain.follow(Head::Best);
		let mut said = String::new();
		loop {
			if let Err(failure) = self.look().await {
				let words = failure.to_string();
				if words != said {
					self.console
						.note(&format!("no opening was sent, and it is tried again: {words}"));
					said = words;
				}
			}
			heads.next().await;
		}
	}

	/// Sends the opening to the miner that has the job, if it has none yet. A lock in a block that is given up for
	/// another is of no harm: its miner could read the price in the input.
	async fn look(&self) -> Result<(), Failure> {
		let view = now(self.chain).await?;
		let Some(job) = view.live_job(self.job).await? else { return Ok(()) };
		let Some((lock, key)) = self.waiting(&job)? else { return Ok(()) };
		let sealed = seal_opening(&self.opening, &lock, &key, &mut system_randomness())
			.map_err(|error| Failure::unavailable("sealing the opening", error))?;
		let call = calls::send_opening(self.job, lock.nonce, sealed);
		self.sender.submit(&call, Until::Included).await?;
		Ok(())
	}

	/// The lock of a miner that waits for an opening, and the key that it has named.
	fn waiting(&self, job: &Job) -> Result<Option<(Lock, PublicKey)>, Failure> {
		let taken = job.private.as_ref().and_then(|private| private.taken);
		let Some(taken) = taken.filter(|taken| !taken.opened) else { return Ok(None) };
		if job.state != JobState::Locked {
			return Ok(None);
		}
		let key = PublicKey::from_bytes(taken.opening_key)
			.map_err(|error| Failure::unavailable("reading the miner's key", error))?;
		let (genesis, nonce) = (self.chain.genesis(), job.nonce());
		Ok(Some((Lock { genesis, job: self.job, nonce, agreement: taken.agreement }, key)))
	}
}

#[derive(Serialize)]
struct PrivatePosted {
	job: JobId,
	/// What is in its escrow.
	escrowed: Amount,
	/// What its account got.
	paid_in: Amount,
	/// That account.
	requester: String,
	fee: Amount,
	join_fees: Amount,
	block: u64,
}

impl Report for PrivatePosted {
	fn text(&self) -> String {
		let Self { job, escrowed, paid_in, requester, fee, block, .. } = self;
		format!(
			"job {job} posted in block {block}: {escrowed} QTC in its escrow, {paid_in} QTC for {requester}, which \
			 posts it; fee {fee} QTC"
		)
	}
}

/// How a private job ended.
#[derive(Serialize)]
struct PrivateEnded {
	job: JobId,
	/// `paid` or `refunded`; `ended` where the chain has no record of it any more.
	end: &'static str,
	/// Why it was refunded.
	cause: Option<&'static str>,
	miner: Option<String>,
	issuer: Option<String>,
	/// What issuer or panel was paid, from the job's account.
	issuer_fee: Option<Amount>,
	/// What the miner got out of the escrow. Only it and this wallet know.
	paid: Option<Amount>,
	/// What of the escrow is in the wallet again.
	returned: Option<Amount>,
	/// What the job's account has, see `job collect`.
	left: Amount,
	/// The fee of the post, where this command posted it.
	fee: Option<Amount>,
	labels: Option<Vec<u8>>,
	block: Option<u64>,
	#[serde(skip)]
	code: u8,
}

impl PrivateEnded {
	fn new(
		job: JobId,
		ended: Option<Ended>,
		stage: Option<JobStage>,
		escrowed: Option<u64>,
		left: u128,
	) -> Self {
		let returned = match stage {
			Some(JobStage::Ended(JobEnd::Settled { change })) => change,
			Some(JobStage::Ended(JobEnd::GivenBack { amount })) => amount,
			_ => None,
		};
		let given_back = matches!(stage, Some(JobStage::Ended(JobEnd::GivenBack { .. })));
		let paid = escrowed.zip(returned).and_then(|(all, back)| all.checked_sub(back));
		let amount = |amount: Option<u64>| amount.map(|amount| Amount(amount.into()));
		let facts = ended.as_ref();
		Self {
			job,
			end: facts.map_or("ended", |ended| ended.end),
			cause: facts.and_then(|ended| ended.cause),
			miner: facts.and_then(|ended| ended.miner.clone()),
			issuer: facts.and_then(|ended| ended.issuer.clone()),
			issuer_fee: facts.and_then(|ended| ended.issuer_fee),
			paid: amount(paid),
			returned: amount(returned),
			left: Amount(left),
			fee: None,
			labels: None,
			block: facts.map(|ended| ended.block),
			code: match facts {
				Some(ended) => ended.code(),
				None if given_back => REFUSED,
				None => SUCCESS,
			},
		}
	}
}

impl Report for PrivateEnded {
	fn text(&self) -> String {
		let Self { job, left, .. } = self;
		let mut lines = vec![match (&self.miner, self.cause) {
			(_, Some(cause)) => format!("job {job} refunded: {cause}"),
			(Some(miner), None) => format!("job {job} paid to {miner}"),
			(None, None) => format!("job {job} has ended"),
		}];
		if let (Some(paid), Some(returned)) = (self.paid, self.returned) {
			lines.push(format!("paid {paid} QTC, {returned} QTC are in the wallet again"));
		}
		lines.push(format!(
			"its account has {left} QTC: `quittance job collect {job}` brings them back"
		));
		if let Some(labels) = &self.labels {
			let labels: Vec<_> = labels.iter().map(u8::to_string).collect();
			lines.push(format!("labels {}", labels.join(" ")));
		}
		lines.join("\n")
	}
}

#[derive(Serialize)]
struct Collected {
	job: JobId,
	/// What was paid into the wallet.
	collected: Amount,
	block: u64,
}

impl Report for Collected {
	fn text(&self) -> String {
		let Self { job, collected, .. } = self;
		format!("{collected} QTC of job {job} are in the wallet again")
	}
}

#[derive(Serialize)]
struct KeyWritten {
	job: JobId,
	account: String,
	file: PathBuf,
}

impl Report for KeyWritten {
	fn text(&self) -> String {
		let Self { job, account, file } = self;
		format!(
			"the key of {account}, which posted job {job}, is in {}: keep it secret",
			file.display()
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{AccountId, Cause, End};

	fn ended(end: End) -> Option<Ended> {
		Some(Ended::of_record(4, &end, 9))
	}

	#[test]
	fn what_a_private_job_cost_is_what_the_wallet_knows() {
		let settled = Some(JobStage::Ended(JobEnd::Settled { change: Some(2) }));
		let paid = End::Fulfilled { miner: AccountId([1; 32]), amount: 0 };
		let report = PrivateEnded::new(4, ended(paid), settled, Some(7), 5);
		assert_eq!((report.paid, report.returned), (Some(Amount(5)), Some(Amount(2))));
		assert_eq!((report.end, report.code, report.block), ("paid", SUCCESS, Some(9)));
		assert!(report.text().contains("job collect 4"), "{}", report.text());

		let back = Some(JobStage::Ended(JobEnd::GivenBack { amount: Some(7) }));
		let declined = ended(End::Refunded(Cause::Declined));
		let report = PrivateEnded::new(4, declined, back, Some(7), 5);
		assert_eq!((report.paid, report.returned), (Some(Amount(0)), Some(Amount(7))));
		assert_eq!((report.cause, report.code), (Some("declined"), REFUSED));

		// The wallet has not seen the end, or a node's tale of it does not belong together.
		let untold = Some(JobStage::Ended(JobEnd::Settled { change: None }));
		for stage in [None, Some(JobStage::Posted), untold] {
			let report = PrivateEnded::new(4, None, stage, Some(7), 5);
			assert_eq!((report.paid, report.returned, report.end), (None, None, "ended"));
		}
		// The chain has no record of it any more.
		let report = PrivateEnded::new(4, None, back, Some(7), 5);
		assert_eq!((report.returned, report.code), (Some(Amount(7)), REFUSED));
	}

	#[test]
	fn a_key_is_written_once_and_for_its_owner_alone() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("requester");
		write_key(&file, &[7; 32]).unwrap();
		// Which refuses one that others can read.
		let key = AccountKey::from_file(&file).unwrap();
		let expected = AccountKey::from_seed(Zeroizing::new([7; 32])).unwrap();
		assert_eq!(key.account(), expected.account());
		write_key(&file, &[8; 32]).unwrap_err();
		assert_eq!(AccountKey::from_file(&file).unwrap().account(), expected.account());
	}
}
