//! `quittance demo`: from nothing to jobs that are done, proven, verified and paid, and to
//! everything that must be refused, on a chain of its own.

mod difference;
mod ledger;
mod refusals;
mod report;
mod scene;
mod shielded;

use crate::{
	amount::Amount,
	console::Console,
	document::to_hex,
	failure::{Failure, Fault, REFUSED, SUCCESS},
	job::{level_name, posted, Order},
	market::{deeds, digits, register_circuit, register_miner, register_model, Deed, Digits},
	outputs,
	proving_keys::{self, KeyedCircuit, Statement},
	samples::LabelledItems,
	shutdown,
};
use clap::Args;
use difference::Differences;
use futures::future::try_join_all;
use ledger::Ledger;
use quittance_client::{Sender, Until, View};
use quittance_types::{JobId, JobTime, Level, Mode, ModelId, PriceRamp};
use quittance_zkml::{InputBlob, Network};
use refusals::{milliseconds, Control, Refusal, Target};
use report::{Accuracy, BalanceRow, JobRow, MinerRow, Money, Outcome};
use scene::{Actor, Cast, Folders, Role, Scene};
use shielded::Shielded;
use std::{collections::BTreeMap, path::PathBuf, time::Instant};

/// Jobs with a proof that the worker does, beside a transparent one.
const BASIC_JOBS: usize = 5;

/// Price of an image, in the chain's smallest unit.
const UNIT_PRICE: u64 = 50_000_000_000;

/// What the signing issuer earns from a job.
const ISSUER_FEE: u128 = 100_000_000_000;

/// What the miner has at stake, and what of that each job reserves until it is paid.
const BOND: u128 = 200_000_000_000_000;
const LOCK_BOND: u128 = 5_000_000_000_000;

/// What the miner gives its hot key for fees.
const FUNDS: u128 = 20_000_000_000_000;

/// Blocks until a job's deadline. The two jobs of the refusals differ in it.
const TIMEOUT: JobTime = 1_000;
const OTHER_TIMEOUT: JobTime = 1_100;

/// Blocks until which a job can be taken and has to be delivered.
const LOCK_TIMEOUT: JobTime = 600;

/// Run the main job from nothing, on a chain of its own: jobs on real images posted, done, proven,
/// verified on chain and paid, and every kind of fraud refused.
#[derive(Args, Debug)]
pub struct Demo {
	/// The node's program.
	#[arg(long, value_name = "PATH")]
	node: PathBuf,
	/// Also write the outcome as JSON.
	#[arg(long, value_name = "FILE")]
	json: Option<PathBuf>,
	/// Empty folder for the chain, blobs and logs, kept afterwards. Without it a temporary folder
	/// is used and removed.
	#[arg(long, value_name = "DIR")]
	base_path: Option<PathBuf>,
	/// Folder with the proving key, made there if it is not [default: .cache/quittance/keys in the
	/// home folder].
	#[arg(long, value_name = "DIR")]
	key_dir: Option<PathBuf>,
	/// Images of a job.
	#[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=45))]
	images: u16,
}

impl Demo {
	/// Runs the demonstration until it ends or a signal does.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		if !self.node.is_file() {
			let detail = "there is no such file; build the node first";
			return Err(Failure::file(&self.node, Fault::Unreadable, detail));
		}
		let json = self.json.clone();
		// On a signal the future is dropped, and with it every process it has started.
		let outcome = tokio::select! {
			outcome = self.play(console) => outcome?,
			signal = shutdown::requested() => {
				return Err(Failure::unavailable("demo", format!("ended by {}", signal?)));
			},
		};
		if let Some(file) = json {
			let json = format!("{:#}\n", serde_json::json!(outcome));
			std::fs::write(&file, json).map_err(Failure::io("writing", &file))?;
		}
		console.report(&outcome);
		Ok(if outcome.ok { SUCCESS } else { REFUSED })
	}

	async fn play(self, console: &Console) -> Result<Outcome, Failure> {
		let began = Instant::now();
		let program = std::env::current_exe()
			.map_err(|error| Failure::unavailable("finding this program", error))?;
		let key_dir = match self.key_dir {
			Some(folder) => folder,
			None => proving_keys::default_folder()?,
		};
		let circuit = proving_keys::development(console, &key_dir, Statement::BasicReceipt).await?;
		let Digits { network, images, .. } = digits()?;
		let cast = Cast::new()?;
		let folders = Folders::new(self.base_path)?;
		let scene =
			Scene::start(console, program, &self.node, folders, key_dir.clone(), circuit.id, &cast)
				.await?;
		Play {
			console,
			began,
			ledger: Ledger::open(&scene.chain).await?,
			requester: cast.requester.sender(&scene.chain)?,
			scene,
			cast,
			key_dir,
			circuit,
			network,
			images,
			batch: self.images.into(),
			orders: BTreeMap::new(),
			differences: Differences::default(),
		}
		.run()
		.await
	}
}

/// A posted job.
struct Ordered {
	level: Level,
	done_by: &'static str,
	input: InputBlob,
	labels: Vec<u8>,
	/// What was held beyond the price of the images.
	spare: u64,
	posted: Instant,
}

/// The demonstration under way.
struct Play<'a> {
	console: &'a Console,
	began: Instant,
	scene: Scene,
	cast: Cast,
	key_dir: PathBuf,
	ledger: Ledger,
	requester: Sender,
	circuit: KeyedCircuit,
	network: Network,
	images: LabelledItems,
	batch: usize,
	orders: BTreeMap<JobId, Ordered>,
	differences: Differences,
}

impl Play<'_> {
	async fn run(mut self) -> Result<Outcome, Failure> {
		let model = self.register().await?;

		self.scene.start_worker()?;
		let processes = self.scene.ids();
		let waiting = self.console.spinner("posting jobs");
		let mut levels = vec![Level::Basic; BASIC_JOBS];
		levels.push(Level::Transparent);
		let posts = levels
			.iter()
			.enumerate()
			.map(|(place, level)| self.order(model, place, *level, "worker", TIMEOUT, 0));
		let posted = try_join_all(posts).await?;
		self.orders.extend(posted);
		waiting.finish_and_clear();
		self.until_paid("jobs taken, done, proven, verified and paid").await?;
		// One account has one sender: from here to the restart the hot key's is ours.
		self.scene.stop_worker().await?;

		let (refusals, control) = self.refusals(model).await?;

		// The job that no refused receipt could touch is done by a new worker process, which finds on the
		// chain that it is this miner's.
		self.scene.start_worker()?;
		self.until_paid("the job left undone, after the worker's restart").await?;
		self.scene.stop_worker().await?;

		let shielded = shielded::play(
			self.console,
			&self.scene.chain,
			&self.cast,
			&self.requester,
			&self.key_dir,
			&mut self.differences,
		)
		.await?;
		self.finish(model, processes, refusals, control, shielded).await
	}

	/// Registers circuit, model and miner, and lists the model.
	async fn register(&mut self) -> Result<ModelId, Failure> {
		let waiting = self.console.spinner("registering circuit, model and miner");
		let (chain, cast, blobs) = (&self.scene.chain, &self.cast, self.scene.folders.blobs());
		let (miner, hot_key) = (&cast.miner.key, &cast.hot_key.key);
		let (circuit, model, ()) = tokio::try_join!(
			register_circuit(&self.requester, &self.circuit),
			register_model(&self.requester, &self.network, UNIT_PRICE, &blobs),
			register_miner(chain, miner, hot_key, vec![self.circuit.id], BOND, FUNDS),
		)?;
		self.differences.expect(circuit == self.circuit.id, || {
			format!("the chain gave the circuit the id {}", to_hex(circuit))
		});
		waiting.finish_and_clear();
		Ok(model)
	}

	/// Posts a job on the images at a place. The job holds `spare` more than its images cost.
	async fn order(
		&self,
		model: ModelId,
		place: usize,
		level: Level,
		done_by: &'static str,
		timeout: JobTime,
		spare: u64,
	) -> Result<(JobId, Ordered), Failure> {
		let first = place.saturating_mul(self.batch);
		let batch = self.images.batch(first, self.batch).ok_or_else(|| {
			let detail = format!("not {} images from place {first}", self.batch);
			Failure::argument("--images", Fault::OutOfRange, detail)
		})?;
		let order = Order {
			model,
			mode: Mode::Plain,
			weights: self.network.weights_digest(),
			unit_price: UNIT_PRICE,
			price: PriceRamp::flat(self.price().saturating_add(spare.into())),
			level,
			circuit: (level == Level::Basic).then_some(self.circuit.id),
			input_commitment: None,
			issuers: vec![self.cast.issuer.account()],
			issuer_fee: ISSUER_FEE,
			lock_timeout: LOCK_TIMEOUT,
			timeout,
			miner_bond: LOCK_BOND,
			redundancy: 1,
			allow_list: Vec::new(),
			proof_required: false,
		};
		let (input, call) = order.post(&self.scene.folders.blobs(), batch.items)?;
		let began = Instant::now();
		let outcome = self.requester.submit(&call, Until::Included).await?;
		let job = posted(&outcome.events)?.job;
		let labels = batch.labels;
		Ok((job, Ordered { level, done_by, input, labels, spare, posted: began }))
	}

	/// Counts blocks until every job posted so far is paid.
	async fn until_paid(&mut self, message: &'static str) -> Result<(), Failure> {
		let length = self.orders.len() as u64;
		let bar = self.console.bar(length, message);
		while self.orders.keys().any(|job| !self.ledger.paid.contains_key(job)) {
			self.scene.ensure_running()?;
			self.ledger.advance().await?;
			bar.set_position(self.ledger.paid.len() as u64);
		}
		bar.finish_and_clear();
		Ok(())
	}

	async fn refusals(&mut self, model: ModelId) -> Result<(Vec<Refusal>, Control), Failure> {
		let places = self.orders.len();
		// A spare, so that an altered amount is not refused merely for being above what is held.
		let target = self.order(model, places, Level::Basic, "demo", TIMEOUT, UNIT_PRICE);
		let other = self.order(model, places + 1, Level::Basic, "restart", OTHER_TIMEOUT, 0);
		let (target, other) = tokio::try_join!(target, other)?;
		let (job, other_job) = (target.0, other.0);
		let input = target.1.input.clone();
		self.orders.extend([target, other]);
		let target = Target { job, input: &input, other_job, network: &self.network };
		refusals::attempt_all(
			self.console,
			&mut self.scene,
			&self.cast,
			&self.circuit,
			&target,
			&mut self.differences,
		)
		.await
	}

	async fn finish(
		mut self,
		model: ModelId,
		processes: [Option<u32>; 3],
		refusals: Vec<Refusal>,
		control: Control,
		shielded: Shielded,
	) -> Result<Outcome, Failure> {
		let last = refusals.iter().filter_map(|refusal| refusal.block).max().unwrap_or_default();
		let last = shielded.blocks.into_iter().fold(last.max(control.block), u64::max);
		self.ledger.advance_to(last).await?;
		let mut proving = proving_times(deeds(&self.scene.folders.worker_log())?);
		proving.insert(control.job, control.proving_ms);
		let mut jobs = Vec::new();
		for (job, order) in &self.orders {
			jobs.push(self.job_row(*job, order, &proving)?);
		}
		for job in self.orders.keys() {
			let price = self.ledger.locked.get(job).map(|locked| locked.price);
			let expected = self.orders.get(job).map(|order| self.price() + u128::from(order.spare));
			self.differences.expect(price == expected, || {
				format!("job {job}: taken for {price:?}, expected {expected:?}")
			});
		}
		for (job, order) in jobs.iter().zip(self.orders.values()) {
			// No panel sat on it.
			let panel_fee = self.ledger.panel_fees.get(&job.job).copied().unwrap_or(0);
			let returned = panel_fee.saturating_add(order.spare.into());
			let expected = [self.price(), ISSUER_FEE, returned].map(Amount);
			let found = [job.amount, job.issuer_fee, job.returned];
			self.differences.expect(found == expected, || {
				format!("job {}: paid, fee and returned {found:?}, expected {expected:?}", job.job)
			});
			let proven = job.proving_ms.is_some();
			self.differences.expect(proven == (job.level == level_name(Level::Basic)), || {
				format!("job {}: level {}, proving time {:?}", job.job, job.level, job.proving_ms)
			});
		}
		let miner = self.miner_row().await?;
		self.differences.expect(miner.bond.0 == BOND && miner.reserved.0 == 0, || {
			format!("the miner has {} at stake, {} reserved", miner.bond, miner.reserved)
		});
		self.differences
			.expect(miner.fulfilled as usize == jobs.len() && miner.failed == 0, || {
				format!("the miner did {} jobs and failed {}", miner.fulfilled, miner.failed)
			});
		let mut balances = Vec::new();
		for actor in self.cast.all() {
			balances.push(self.balance_row(actor, &shielded).await?);
		}
		for balance in &balances {
			self.differences.expect(balance.exact, || {
				format!(
					"{} has {}, expected {}",
					balance.name,
					balance.after.total(),
					balance.expected
				)
			});
		}
		let images = jobs.iter().map(|job| job.images).sum();
		let correct = jobs.iter().map(|job| job.correct).sum();
		let accuracy = Accuracy { images, correct, ratio: ratio(correct, images) };
		let blocks = self.ledger.end.block().number;
		let genesis = to_hex(self.scene.chain.genesis());
		self.scene.stop().await?;
		let differences = self.differences.into_inner();
		Ok(Outcome {
			ok: differences.is_empty(),
			differences,
			genesis,
			circuit: to_hex(self.circuit.id),
			setup: "development",
			model: to_hex(model),
			miner,
			processes,
			jobs,
			accuracy,
			refusals,
			shielded,
			balances,
			blocks,
			seconds: self.began.elapsed().as_secs_f64(),
		})
	}

	/// The miner in the state after the last block counted.
	async fn miner_row(&self) -> Result<MinerRow, Failure> {
		let (view, account) = (&self.ledger.end, self.cast.miner.account());
		let (info, standing) = tokio::try_join!(view.miner(&account), view.standing(&account))?;
		let (Some(info), Some(standing)) = (info, standing) else {
			return Err(Failure::unavailable("reporting the miner", "it is none any more"));
		};
		Ok(MinerRow {
			account: account.to_string(),
			hot_key: info.record.hot_key.to_string(),
			bond: Amount(info.record.bond),
			reserved: Amount(info.record.reserved),
			fulfilled: standing.fulfilled,
			failed: standing.late.saturating_add(standing.slashed),
			last_heartbeat: info.record.last_heartbeat,
		})
	}

	/// What the images of a job cost.
	fn price(&self) -> u128 {
		u128::from(UNIT_PRICE) * self.batch as u128
	}

	fn job_row(
		&self,
		job: JobId,
		order: &Ordered,
		proving: &BTreeMap<JobId, f64>,
	) -> Result<JobRow, Failure> {
		let missing = || Failure::unavailable(format!("reporting job {job}"), "it was not paid");
		let accepted = self.ledger.accepted.get(&job).ok_or_else(missing)?;
		let paid = self.ledger.paid.get(&job).ok_or_else(missing)?;
		let locked = self.ledger.locked.get(&job).ok_or_else(missing)?;
		let found = outputs::labels(&self.scene.folders.blobs(), &self.network, &order.input)?;
		let found = found.ok_or_else(|| {
			Failure::unavailable(format!("reporting job {job}"), "its output is not in the folder")
		})?;
		let correct = found.iter().zip(&order.labels).filter(|(found, label)| found == label);
		let (images, correct) = (order.labels.len(), correct.count());
		Ok(JobRow {
			job,
			level: level_name(order.level),
			done_by: order.done_by,
			images,
			correct,
			accuracy: ratio(correct, images),
			amount: Amount(paid.amount),
			issuer_fee: Amount(paid.issuer_fee),
			returned: Amount(paid.returned),
			proving_ms: proving.get(&job).copied().filter(|_| order.level == Level::Basic),
			weight_ms: milliseconds(accepted.weight.ref_time),
			weight_ref_time: accepted.weight.ref_time,
			weight_proof_size: accepted.weight.proof_size,
			fee: Amount(accepted.fee),
			block: accepted.block,
			locked_block: locked.block,
			miner_bond: Amount(locked.bond),
			lock_fee: Amount(locked.fee),
			seconds: accepted.seen.duration_since(order.posted).as_secs_f64(),
		})
	}

	/// What an account has, and what it has to have: each job moves its price from requester to
	/// miner and its fee to the issuer, the miner gives its hot key something for fees, the requester pays into
	/// the pool and the miner is paid from it, and a transaction's fee is paid by its sender.
	async fn balance_row(&self, actor: &Actor, shielded: &Shielded) -> Result<BalanceRow, Failure> {
		let account = actor.account();
		let money = async |view: &View| {
			let account = view.account(&account).await?;
			Ok::<_, Failure>(Money { free: Amount(account.free), held: Amount(account.held) })
		};
		let (before, after) = (money(&self.ledger.start).await?, money(&self.ledger.end).await?);
		let jobs = self.orders.len() as u128;
		let (pay, issuer_fees) = (jobs * self.price(), jobs * ISSUER_FEE);
		let (earned, spent) = match actor.role {
			Role::Requester => {
				let shielded = shielded.deposited.0 + shielded.existential_deposit.0;
				(0, pay + issuer_fees + shielded)
			},
			Role::Miner => (pay + shielded.withdrawn.0, FUNDS),
			Role::HotKey => (FUNDS, 0),
			Role::Issuer => (issuer_fees, 0),
			Role::Attacker => (0, 0),
		};
		let fees = self.ledger.fees_of(&account);
		let expected = before.total().0.saturating_add(earned).checked_sub(spent + fees);
		Ok(BalanceRow {
			name: actor.name,
			role: actor.role,
			account: account.to_string(),
			before,
			after,
			earned: Amount(earned),
			spent: Amount(spent),
			fees: Amount(fees),
			expected: Amount(expected.unwrap_or_default()),
			exact: expected == Some(after.total().0),
		})
	}
}

fn ratio(part: usize, whole: usize) -> f64 {
	part as f64 / whole.max(1) as f64
}

/// Milliseconds that proving took, by job.
fn proving_times(deeds: Vec<Deed>) -> BTreeMap<JobId, f64> {
	let proven = deeds.into_iter().filter(|deed| deed.what == "proven");
	proven.filter_map(|deed| Some((deed.job, deed.took?))).collect()
}
