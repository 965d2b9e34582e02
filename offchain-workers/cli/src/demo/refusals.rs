//! Everything that must not be paid for, tried on the chain.

use super::{
	difference::Differences,
	scene::{Actor, Cast, Scene},
};
use crate::{
	amount::Amount, console::Console, failure::Failure, model::store, proving_keys::KeyedCircuit,
};
use quittance_client::{
	calls, Account, AccountId, ClientError, Head, JobRecord, Outcome, Sender, Until, View,
};
use quittance_issuer::{request_receipt, IssuerKey, SignRequest, SignedReceipt};
use quittance_types::{BasicClaims, BasicReceipt, Digest, FieldBytes, JobId, Level, Receipt};
use quittance_worker::{prove_receipt, ReceiptFacts};
use quittance_zkml::{run, InputBlob, Network, OutputBlob};
use serde::Serialize;
use std::{sync::Arc, time::Instant};

/// One attempt and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
	/// What was tried.
	pub case: String,
	/// Who was to refuse.
	pub by: &'static str,
	/// The name of the error there had to be.
	pub expected: &'static str,
	/// The name of the error there was.
	pub error: String,
	/// The error in words.
	pub detail: String,
	/// The block with the refused transaction.
	pub block: Option<u64>,
	/// What the attempt cost its sender.
	pub fee: Option<Amount>,
	/// Weight of the refused transaction, in milliseconds of the reference machine.
	pub weight_ms: Option<f64>,
	/// Whether the state differs by the fee alone.
	pub changed_nothing: bool,
}

/// A job that the demonstration itself proves, and what proving took.
pub struct Control {
	/// The job.
	pub job: JobId,
	/// Milliseconds.
	pub proving_ms: f64,
	/// The block in which the untouched receipt was accepted.
	pub block: u64,
}

/// What is tried on.
pub struct Target<'a> {
	/// The job whose receipt is made, held at more than its price.
	pub job: JobId,
	/// Its input.
	pub input: &'a InputBlob,
	/// Another job of the same requester, with another deadline.
	pub other_job: JobId,
	/// The network of both.
	pub network: &'a Network,
}

/// Tries everything, then submits the untouched receipt, which must be accepted, and once more,
/// which must not.
pub async fn attempt_all(
	console: &Console,
	scene: &mut Scene,
	cast: &Cast,
	circuit: &KeyedCircuit,
	target: &Target<'_>,
	differences: &mut Differences,
) -> Result<(Vec<Refusal>, Control), Failure> {
	let bar = console.bar(14, "refusals");
	let chain = scene.chain.clone();
	let (miner, hot_key) = (cast.miner.account(), cast.hot_key.account());
	let mut refusals = Vec::new();
	let job = target.job;

	// The issuer first. It signs for the miner that has the job, and for nobody before.
	let output = run(target.network, target.input, rand::random())
		.map_err(|error| Failure::unavailable("running the model", error))?;
	let digest = store(&scene.folders.blobs(), &output.encode())?.digest;
	let request = signed_by(&cast.hot_key, &hot_key, scene, job, miner, digest)?;
	let case = "a request for a job that nobody has taken, shown to the issuer";
	refusals.push(refused_by_issuer(scene, case, "JobNotLocked", &request).await?);
	bar.inc(1);

	let sender = Senders {
		hot_key: cast.hot_key.sender(&chain)?,
		cold: cast.miner.sender(&chain)?,
		attacker: cast.attacker.sender(&chain)?,
	};
	let jobs = [job, target.other_job];
	let mut trial = Trial { scene, cast, jobs, claims: Vec::new(), refusals: Vec::new() };
	let case = "a job taken by an account that is no miner's hot key";
	let lock = Attempt {
		case,
		who: &cast.attacker,
		sender: &sender.attacker,
		job,
		act: Act::Lock,
		expected: "NotHotKey",
	};
	trial.refused(lock).await?;
	bar.inc(1);
	let (one, other) = (calls::lock_job(job), calls::lock_job(target.other_job));
	tokio::try_join!(
		sender.hot_key.submit(&one, Until::Included),
		sender.hot_key.submit(&other, Until::Included),
	)?;

	// A wrong output gets no signature, and does not keep the right one from it.
	refusals.push(wrong_output(trial.scene, cast, target, &output).await?);
	bar.inc(1);
	// Had the attacker its way, the miner could have no other output signed for this job.
	let foreign =
		signed_by(&cast.attacker, &cast.attacker.account(), trial.scene, job, miner, digest)?;
	let case = "a request in the miner's name, shown to the issuer";
	refusals.push(refused_by_issuer(trial.scene, case, "NotTheMiner", &foreign).await?);
	bar.inc(1);
	let forged = signed_by(&cast.attacker, &hot_key, trial.scene, job, miner, digest)?;
	let case = "the same in the name of its hot key";
	refusals.push(refused_by_issuer(trial.scene, case, "NotSigned", &forged).await?);
	bar.inc(1);
	let signed = request_receipt(&trial.scene.issuer_url(), &request).await?;

	let facts = read_facts(&chain.at(Head::Best).await?, job).await?;
	let started = Instant::now();
	let honest = prove(facts, &miner, &hot_key, &signed, circuit).await?;
	let proving_ms = started.elapsed().as_secs_f64() * 1e3;

	// Another chain's issuer signs, with the same development keys, for another genesis.
	let mut foreign_facts = read_facts(&chain.at(Head::Best).await?, job).await?;
	foreign_facts.genesis = foreign_facts.genesis.map(|byte| !byte);
	let foreign_signed = IssuerKey::new(cast.issuer.key()?).sign(
		&foreign_facts.genesis,
		foreign_facts.subject(&miner),
		Level::Basic,
		signed.body,
		signed.salt,
	);
	let foreign = prove(foreign_facts, &miner, &hot_key, &foreign_signed, circuit).await?;

	let subject = honest.header.subject;
	let other = chain.at(Head::Best).await?;
	let other_deadline = other.deadline(target.other_job).await?.unwrap_or_default();
	let other_facts = read_facts(&other, target.other_job).await?;
	let other_subject = FieldBytes::from(other_facts.subject(&miner));
	trial.claims = vec![honest.claims, foreign.claims];

	let changed = |receipt: &BasicReceipt<AccountId>, change: &dyn Fn(&mut BasicReceipt<_>)| {
		let mut receipt = receipt.clone();
		change(&mut receipt);
		receipt
	};
	let by = |case, who, sender, job, receipt, expected| Attempt {
		case,
		who,
		sender,
		job,
		act: Act::Submit(Box::new(receipt)),
		expected,
	};
	let by_miner = |case, job, receipt, expected| {
		by(case, &cast.hot_key, &sender.hot_key, job, receipt, expected)
	};
	let attempts = [
		by(
			"a receipt sent by an account that does not have the job",
			&cast.attacker,
			&sender.attacker,
			job,
			honest.clone(),
			"JobOfAnother",
		),
		by(
			"a proof sent by another account of the miner",
			&cast.miner,
			&sender.cold,
			job,
			honest.clone(),
			"WrongSubmitter",
		),
		by_miner(
			"a receipt for one job offered for another",
			target.other_job,
			honest.clone(),
			"WrongSubject",
		),
		by_miner(
			"the same with the header of the other job",
			target.other_job,
			changed(&honest, &|receipt| {
				receipt.header.valid_until = other_deadline;
				receipt.header.arguments = receipt.claims.arguments(target.other_job);
				receipt.header.subject = Some(other_subject);
			}),
			"InvalidProof",
		),
		by_miner("a proof made for another genesis", job, foreign.clone(), "WrongGenesis"),
		by_miner(
			"the same with this chain's genesis and subject in the header",
			job,
			changed(&foreign, &|receipt| {
				receipt.header.genesis = honest.header.genesis;
				receipt.header.subject = subject;
			}),
			"InvalidProof",
		),
		by_miner(
			"an altered amount",
			job,
			changed(&honest, &|receipt| receipt.claims.amount += 1),
			"WrongArguments",
		),
		by_miner(
			"the same with the arguments' hash recomputed",
			job,
			changed(&honest, &|receipt| {
				receipt.claims.amount += 1;
				receipt.header.arguments = receipt.claims.arguments(job);
			}),
			"InvalidProof",
		),
	];
	for attempt in attempts {
		trial.refused(attempt).await?;
		bar.inc(1);
	}

	// What was refused above was refused for what was changed in it, and for nothing else.
	let outcome = Act::Submit(Box::new(honest.clone()));
	let outcome = outcome.send(&sender.hot_key, job, Until::Finalised).await?;
	bar.inc(1);
	trial.refused(by_miner("a replayed receipt", job, honest, "NullifierSpent")).await?;
	bar.finish_and_clear();

	refusals.append(&mut trial.refusals);
	for refusal in &refusals {
		differences.expect(refusal.error == refusal.expected, || {
			format!("{}: {} instead of {}", refusal.case, refusal.error, refusal.expected)
		});
		differences.expect(refusal.changed_nothing, || {
			format!("{}: changed more than the fee", refusal.case)
		});
	}
	let block = outcome.inclusion.block.number;
	Ok((refusals, Control { job, proving_ms, block }))
}

/// Offers the issuer an output in which one label is wrong.
async fn wrong_output(
	scene: &Scene,
	cast: &Cast,
	target: &Target<'_>,
	right: &OutputBlob,
) -> Result<Refusal, Failure> {
	let mut results = right.results().to_vec();
	if let Some(first) = results.first_mut() {
		// The place of another logit: there are ten.
		first.label = if first.label == 0 { 1 } else { 0 };
	}
	let wrong = OutputBlob::new(rand::random(), *right.input(), results)
		.map_err(|error| Failure::unavailable("making a wrong output", error))?;
	let digest = store(&scene.folders.blobs(), &wrong.encode())?.digest;
	let (miner, hot_key) = (cast.miner.account(), cast.hot_key.account());
	let request = signed_by(&cast.hot_key, &hot_key, scene, target.job, miner, digest)?;
	let case = "a wrong output, shown to the issuer";
	refused_by_issuer(scene, case, "WrongOutput", &request).await
}

/// A request for `miner` that names `signer` and is signed by an actor.
fn signed_by(
	actor: &Actor,
	signer: &AccountId,
	scene: &Scene,
	job: JobId,
	miner: AccountId,
	output: Digest,
) -> Result<SignRequest, Failure> {
	let key = actor.key()?;
	let sign = |message: &[u8; 32]| key.keypair().sign(message).0;
	Ok(SignRequest::new(&scene.chain.genesis(), job, miner, *signer, output, sign))
}

/// Shows the issuer what it has to refuse.
async fn refused_by_issuer(
	scene: &Scene,
	case: &str,
	expected: &'static str,
	request: &SignRequest,
) -> Result<Refusal, Failure> {
	let answer = request_receipt(&scene.issuer_url(), request).await;
	let (error, detail) = match answer.map_err(Failure::from) {
		Ok(_) => ("signed".into(), "the issuer signed it".into()),
		Err(Failure::Refused { reason, detail, .. }) => (reason, detail),
		Err(failure) => return Err(failure),
	};
	Ok(Refusal {
		case: case.into(),
		by: "issuer",
		expected,
		error,
		detail,
		block: None,
		fee: None,
		weight_ms: None,
		// Nothing was sent to the chain.
		changed_nothing: true,
	})
}

async fn read_facts(view: &View, job: JobId) -> Result<ReceiptFacts, Failure> {
	ReceiptFacts::read(view, job)
		.await
		.map_err(|error| Failure::unavailable(format!("reading the facts of job {job}"), error))
}

/// Proves on a thread that may block.
async fn prove(
	facts: ReceiptFacts,
	miner: &AccountId,
	submitter: &AccountId,
	signed: &SignedReceipt,
	circuit: &KeyedCircuit,
) -> Result<BasicReceipt<AccountId>, Failure> {
	let (miner, submitter) = (*miner, *submitter);
	let (signed, engine) = (signed.clone(), Arc::clone(&circuit.engine));
	tokio::task::spawn_blocking(move || prove_receipt(&facts, &miner, &submitter, &signed, &engine))
		.await
		.map_err(|error| Failure::unavailable("proving", error))?
		.map_err(|error| Failure::unavailable("proving", error))
}

/// Who sends what must be refused, while no worker does.
struct Senders {
	hot_key: Sender,
	cold: Sender,
	attacker: Sender,
}

/// What is sent about a job.
enum Act {
	/// A lock.
	Lock,
	/// A receipt.
	Submit(Box<BasicReceipt<AccountId>>),
}

impl Act {
	async fn send(self, sender: &Sender, job: JobId, until: Until) -> Result<Outcome, ClientError> {
		match self {
			Self::Lock => sender.submit(&calls::lock_job(job), until).await,
			Self::Submit(receipt) => {
				let call = calls::submit_receipt(job, Receipt::Basic(*receipt));
				sender.submit(&call, until).await
			},
		}
	}
}

/// What refusals must leave as it is.
#[derive(PartialEq)]
struct Snapshot {
	jobs: Vec<Option<JobRecord>>,
	spent: Vec<bool>,
	accounts: Vec<Account>,
}

/// What the chain has to refuse.
struct Attempt<'a> {
	case: &'static str,
	who: &'a Actor,
	sender: &'a Sender,
	job: JobId,
	act: Act,
	/// The name of the error.
	expected: &'static str,
}

/// Attempts on the chain while nobody else sends anything.
struct Trial<'a> {
	scene: &'a mut Scene,
	cast: &'a Cast,
	jobs: [JobId; 2],
	/// Of which neither may be spent for the first job.
	claims: Vec<BasicClaims>,
	refusals: Vec<Refusal>,
}

impl Trial<'_> {
	async fn snapshot(&self, view: &View) -> Result<Snapshot, Failure> {
		let mut snapshot = Snapshot { jobs: Vec::new(), spent: Vec::new(), accounts: Vec::new() };
		for job in self.jobs {
			snapshot.jobs.push(view.job(job).await?);
		}
		let [job, _] = self.jobs;
		for BasicClaims { nullifier, expires_at, .. } in &self.claims {
			snapshot.spent.push(view.is_spent(job, *nullifier, *expires_at).await?);
		}
		for actor in self.cast.all() {
			snapshot.accounts.push(view.account(&actor.account()).await?);
		}
		Ok(snapshot)
	}

	/// Sends what has to fail in a block.
	async fn refused(&mut self, attempt: Attempt<'_>) -> Result<(), Failure> {
		let Attempt { case, who, sender, job, act, expected } = attempt;
		self.scene.ensure_running()?;
		let chain = self.scene.chain.clone();
		let before = self.snapshot(&chain.at(Head::Best).await?).await?;
		let mut refusal = Refusal {
			case: case.into(),
			by: "chain",
			expected,
			error: "accepted".into(),
			detail: format!("job {job}"),
			block: None,
			fee: None,
			weight_ms: None,
			changed_nothing: false,
		};
		match act.send(sender, job, Until::Included).await {
			Ok(outcome) => refusal.block = Some(outcome.inclusion.block.number),
			Err(ClientError::Refused(found)) => {
				refusal.error = found.error;
				refusal.detail = found.docs;
				if let Some(inclusion) = found.inclusion {
					let view = chain.at_block(inclusion.block.hash).await?;
					let after = self.snapshot(&view).await?;
					refusal.changed_nothing = self.only_fee(before, after, who, inclusion.fee);
					refusal.block = Some(inclusion.block.number);
					refusal.fee = Some(Amount(inclusion.fee));
					refusal.weight_ms = Some(milliseconds(inclusion.weight.ref_time));
				}
			},
			Err(error) => return Err(error.into()),
		}
		self.refusals.push(refusal);
		Ok(())
	}

	/// Whether `after` is `before` less the fee and with the nonce one higher.
	fn only_fee(&self, mut before: Snapshot, after: Snapshot, who: &Actor, fee: u128) -> bool {
		let place = self.cast.all().iter().position(|actor| actor.name == who.name);
		if let Some(account) = place.and_then(|place| before.accounts.get_mut(place)) {
			account.free = account.free.saturating_sub(fee);
			account.nonce = account.nonce.saturating_add(1);
		}
		before == after
	}
}

/// Reference time in milliseconds.
pub fn milliseconds(picoseconds: u64) -> f64 {
	picoseconds as f64 / 1e9
}
