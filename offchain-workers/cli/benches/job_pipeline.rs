//! How many jobs a minute two workers do, from the post to the pay, and how long each stage takes.
//!
//! `scripts/bench.sh job-pipeline`
//!
//! A node, the only validator of a development chain with its database on disk; an issuer; two miners, each with
//! a worker with the default configuration: processes of their own, which share the machine with each
//! other and with this program, which does next to nothing. Every job is a batch of images with a basic
//! receipt. First all jobs are posted at once; then one after the other, a little slower than they were done.
//!
//! Of each job the stages follow each other: *posted* is the block with the post, *locked* that with the
//! lock, *computed* when the worker has stored the output, *proven* when it has the proof, for which the issuer
//! has signed, *paid* the block with the pay, *final* when this program sees that block final. Blocks have the time
//! that is in them. So *locked* and *paid* contain the wait for the next block, and *computed* and *proven*
//! the wait for other jobs of the same worker.
//!
//! Only the real slots make figures for the real chain.

use futures::future::try_join_all;
use quittance_cli::market::{
	deeds, default_folder, digits, free_address, load_or_set_up, posted, register_circuit,
	register_miner, register_model, DevelopmentAccount, Digits, Failure, IssuerSetup,
	LabelledItems, NodeSetup, Order, Process, Statement, WorkerMetrics, WorkerSetup,
};
use quittance_client::{Chain, Event, Head, Sender, Until};
use quittance_types::{CircuitId, JobId, JobTime, Level, Mode, ModelId, PriceRamp};
use quittance_zkml::Network;
use serde::Serialize;
use std::{
	collections::BTreeMap,
	env, fs,
	net::SocketAddr,
	path::{Path, PathBuf},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Jobs of each run, unless `QUITTANCE_BENCH_JOBS` says otherwise.
const JOBS: usize = 40;

/// Images of a job.
const IMAGES: usize = 8;

/// Amounts in the chain's smallest unit, times in blocks, as in the demonstration.
const UNIT_PRICE: u64 = 50_000_000_000;
const ISSUER_FEE: u128 = 100_000_000_000;
const BOND: u128 = 200_000_000_000_000;
const LOCK_BOND: u128 = 5_000_000_000_000;
const FUNDS: u128 = 1_000_000_000_000_000;
const LOCK_TIMEOUT: JobTime = 1_500;
const TIMEOUT: JobTime = 2_000;

const REQUESTER: &str = "//Bob";
const ISSUER: &str = "//Dave";
const MINERS: [(&str, &str); 2] = [("//Charlie", "//CharlieHot"), ("//Eve", "//EveHot")];

/// How much slower than they were done jobs are posted one after the other.
const EASE: f64 = 1.25;

/// How long a run may take at most.
const LONGEST: Duration = Duration::from_secs(3_600);

/// A measured thing, as `scripts/bench/report.mjs` takes it.
#[derive(Serialize)]
struct Case {
	case: String,
	unit: &'static str,
	median: f64,
	min: f64,
	max: f64,
	n: usize,
}

impl Case {
	fn new(case: String, unit: &'static str, mut figures: Vec<f64>) -> Self {
		figures.sort_by(f64::total_cmp);
		let round = |figure: f64| (figure * 1_000.0).round() / 1_000.0;
		let n = figures.len();
		Self {
			case,
			unit,
			median: round((figures[(n - 1) / 2] + figures[n / 2]) / 2.0),
			min: round(figures[0]),
			max: round(figures[n - 1]),
			n,
		}
	}
}

/// When a job was where, in milliseconds since 1970.
#[derive(Clone, Copy, Default, Debug)]
struct Times {
	/// Its post was handed to the node.
	asked: f64,
	posted: f64,
	locked: f64,
	computed: f64,
	proven: f64,
	paid: f64,
	seen_final: f64,
	/// How long the worker took for the output, with its wait for others.
	execution: f64,
	/// And for the proof, without.
	proving: f64,
}

/// A miner's worker.
struct Worker {
	process: Process,
	log: PathBuf,
	monitor: SocketAddr,
}

/// All processes, which end when this is dropped, and what jobs are made of.
struct Market {
	workers: Vec<Worker>,
	chain: Chain,
	requester: Sender,
	issuer: DevelopmentAccount,
	circuit: CircuitId,
	model: ModelId,
	network: Network,
	images: LabelledItems,
	blobs: PathBuf,
	issuer_process: Process,
	// Dropped last.
	node: Process,
}

impl Market {
	async fn open(folder: &Path, node: PathBuf) -> Result<Self, Failure> {
		let at = |name: &str| folder.join(name);
		let program = env::var_os("QUITTANCE_CLI").map(PathBuf::from);
		let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_quittance").into());
		let blobs = at("blobs");
		for made in [&blobs, &at("node")] {
			fs::create_dir_all(made).map_err(Failure::io("making", made))?;
		}
		let keys = default_folder()?;
		let circuit = load_or_set_up(&keys, Statement::BasicReceipt).await?;
		let node = NodeSetup {
			program: node,
			base_path: at("node"),
			port: free_address().await?.port(),
			archive: false,
			log: at("node.log"),
		};
		let (url, node) = (node.url(), node.start().await?);
		let chain = Chain::connect(&url).await?;
		let issuer = DevelopmentAccount::new(ISSUER)?;
		let issuer_setup = IssuerSetup {
			program: program.clone(),
			node: url.clone(),
			key: issuer,
			blobs: blobs.clone(),
			store: at("issuer.redb"),
			listen: free_address().await?,
			log: at("issuer.log"),
		};
		let issuer_process = issuer_setup.start().await?;

		let Digits { network, images, .. } = digits()?;
		let requester = DevelopmentAccount::new(REQUESTER)?.sender(&chain)?;
		let mut miners = Vec::new();
		for (miner, hot_key) in MINERS {
			miners.push((DevelopmentAccount::new(miner)?, DevelopmentAccount::new(hot_key)?));
		}
		let registrations = miners.iter().map(|(miner, hot_key)| {
			register_miner(&chain, miner, hot_key, vec![circuit.id], BOND, FUNDS)
		});
		let (_, model, _) = tokio::try_join!(
			register_circuit(&requester, &circuit),
			register_model(&requester, &network, UNIT_PRICE, &blobs),
			try_join_all(registrations),
		)?;
		let mut workers = Vec::new();
		for (miner, hot_key) in miners {
			let (name, monitor) = (miner.name(), free_address().await?);
			let log = at(&format!("{name}.log"));
			let setup = WorkerSetup {
				name: format!("worker of {name}"),
				program: program.clone(),
				config: at(&format!("{name}.toml")),
				node: url.clone(),
				miner: miner.account(),
				hot_key,
				blobs: blobs.clone(),
				keys: keys.clone(),
				store: at(&format!("{name}.redb")),
				circuits: vec![circuit.id],
				private: None,
				issuers: [(issuer.account(), format!("http://{}", issuer_setup.listen))].into(),
				at_once: None,
				malformed_from: 0,
				monitor: Some(monitor),
				log: log.clone(),
			};
			workers.push(Worker { process: setup.start()?, log, monitor });
		}
		let circuit = circuit.id;
		Ok(Self {
			workers,
			chain,
			requester,
			issuer,
			circuit,
			model,
			network,
			images,
			blobs,
			issuer_process,
			node,
		})
	}

	fn ensure_running(&mut self) -> Result<(), Failure> {
		self.node.ensure_running()?;
		self.issuer_process.ensure_running()?;
		self.workers.iter_mut().try_for_each(|worker| worker.process.ensure_running())
	}

	/// Posts a job after a while; returns its number and when the node was given its post.
	async fn post(&self, place: usize, after: Duration) -> Result<(JobId, f64), Failure> {
		tokio::time::sleep(after).await;
		let batches = self.images.items.len() / IMAGES;
		let batch = self.images.batch(place % batches * IMAGES, IMAGES).expect("a batch of them");
		let order = Order {
			model: self.model,
			mode: Mode::Plain,
			weights: self.network.weights_digest(),
			unit_price: UNIT_PRICE,
			price: PriceRamp::flat(u128::from(UNIT_PRICE) * IMAGES as u128),
			level: Level::Basic,
			circuit: Some(self.circuit),
			input_commitment: None,
			issuers: vec![self.issuer.account()],
			issuer_fee: ISSUER_FEE,
			lock_timeout: LOCK_TIMEOUT,
			timeout: TIMEOUT,
			miner_bond: LOCK_BOND,
			redundancy: 1,
			allow_list: Vec::new(),
			proof_required: false,
		};
		let (_, call) = order.post(&self.blobs, batch.items)?;
		let asked = now();
		let outcome = self.requester.submit(&call, Until::Included).await?;
		Ok((posted(&outcome.events)?.job, asked))
	}

	/// Posts so many jobs with a pause between them and waits until all of them are paid for good.
	async fn run(&mut self, jobs: usize, pause: Duration) -> Result<Vec<Times>, Failure> {
		let mut blocks = self.chain.follow(Head::Finalised);
		blocks.next().await;
		let mut seen = BTreeMap::<JobId, Times>::new();
		let watching = async {
			let mut paid = 0;
			while paid < jobs {
				let view = self.chain.at_block(blocks.next().await.hash).await?;
				let (time, events) = tokio::try_join!(view.time(), view.events())?;
				let time = time as f64;
				for event in events {
					match event {
						Event::JobPosted { job, .. } => seen.entry(job).or_default().posted = time,
						Event::JobLocked { job, .. } => seen.entry(job).or_default().locked = time,
						Event::JobFulfilled { job, .. } => {
							let times = seen.entry(job).or_default();
							(times.paid, times.seen_final) = (time, now());
							paid += 1;
						},
						Event::BondForfeited { .. } | Event::JobRefunded { .. } => {
							return Err(Failure::unavailable("the run", format!("{event:?}")));
						},
						_ => {},
					}
				}
			}
			Ok(())
		};
		let posts = (0u32..).take(jobs).map(|place| self.post(place as usize, pause * place));
		let (_, asked) = tokio::try_join!(watching, try_join_all(posts))?;
		let asked: BTreeMap<_, _> = asked.into_iter().collect();
		// Jobs of an earlier run are none of these.
		seen.retain(|job, _| asked.contains_key(job));
		for (job, times) in &mut seen {
			times.asked = asked[job];
		}
		for worker in &self.workers {
			for deed in deeds(&worker.log)? {
				let Some(times) = seen.get_mut(&deed.job) else { continue };
				let (at, took) = (deed.at.unwrap_or_default(), deed.took.unwrap_or_default());
				match deed.what.as_str() {
					"computed" => (times.computed, times.execution) = (at, took),
					"proven" => (times.proven, times.proving) = (at, took),
					_ => {},
				}
			}
		}
		self.ensure_running()?;
		Ok(seen.into_values().collect())
	}

	/// Milliseconds that each worker waited for the issuer, on average over all it has done.
	async fn signing(&self) -> Result<Vec<f64>, Failure> {
		let mut averages = Vec::new();
		for worker in &self.workers {
			let metrics = WorkerMetrics::fetch(worker.monitor).await?;
			let number = |name: &str| metrics.number(name).unwrap_or_default();
			let count = number("signing_seconds_count");
			if count > 0.0 {
				averages.push(number("signing_seconds_sum") / count * 1e3);
			}
		}
		Ok(averages)
	}
}

/// Milliseconds since 1970.
fn now() -> f64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64() * 1e3)
}

/// Something that is known of each job.
type Figure = fn(&Times) -> f64;

/// What a run shows.
fn cases(run: &str, times: &[Times]) -> Vec<Case> {
	let of = |figure: Figure| times.iter().map(figure).collect::<Vec<_>>();
	let first = of(|times| times.asked).into_iter().fold(f64::INFINITY, f64::min);
	let last = |ends: Vec<f64>| ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
	let rate = |ends| vec![times.len() as f64 / (last(ends) - first) * 60_000.0];
	let stages: [(&str, Figure); 10] = [
		("posted", |times| times.posted - times.asked),
		("locked", |times| times.locked - times.posted),
		("computed", |times| times.computed - times.locked),
		("proven", |times| times.proven - times.computed),
		("paid", |times| times.paid - times.proven),
		("final", |times| times.seen_final - times.paid),
		("post-to-paid", |times| times.paid - times.asked),
		("post-to-final", |times| times.seen_final - times.asked),
		("execution", |times| times.execution),
		("proving", |times| times.proving),
	];
	let rates = [
		("jobs-paid-a-minute", rate(of(|times| times.paid))),
		("jobs-final-a-minute", rate(of(|times| times.seen_final))),
	];
	let rates = rates.map(|(what, rate)| Case::new(format!("{run}-{what}"), "jobs/min", rate));
	let stages = stages.map(|(what, stage)| Case::new(format!("{run}-{what}"), "ms", of(stage)));
	rates.into_iter().chain(stages).collect()
}

async fn measure(folder: &Path) -> Result<Vec<Case>, Failure> {
	let node = env::var_os("QUITTANCE_NODE").expect("set QUITTANCE_NODE to the node's program");
	let jobs = env::var("QUITTANCE_BENCH_JOBS").ok().map(|text| text.parse().expect("a number"));
	let jobs = jobs.unwrap_or(JOBS).max(1);
	let mut market = Market::open(folder, node.into()).await?;
	let slot = market.chain.at(Head::Best).await?.limits().await?.block_time;
	eprintln!("job-pipeline: slots of {slot} ms, {jobs} jobs at once, then one by one");
	// The first jobs find programs and caches cold.
	market.run(MINERS.len() * 2, Duration::ZERO).await?;

	let together = market.run(jobs, Duration::ZERO).await?;
	let mut all = cases("at-once", &together);
	let rate = all.first().map_or(1.0, |rate| rate.median);
	let pause = Duration::from_secs_f64(60.0 / rate * EASE);
	eprintln!("job-pipeline: {rate} jobs a minute; now one every {} ms", pause.as_millis());
	let stream = market.run(jobs, pause).await?;
	all.extend(cases("one-by-one", &stream));
	all.push(Case::new("signing-average".to_owned(), "ms", market.signing().await?));
	let Market { workers, issuer_process, node, .. } = market;
	for worker in workers {
		worker.process.stop().await?;
	}
	issuer_process.stop().await?;
	node.stop().await?;
	Ok(all)
}

#[tokio::main]
async fn main() {
	let folder = tempfile::Builder::new().prefix("quittance-bench-").tempdir().unwrap();
	let measured = tokio::select! {
		measured = tokio::time::timeout(LONGEST, measure(folder.path())) => measured,
		// So that the processes end with us.
		_ = quittance_cli::market::end_requested() => panic!("ended by a signal"),
	};
	let cases = match measured {
		Ok(Ok(cases)) => cases,
		Ok(Err(failure)) => panic!("{failure}; logs are kept in {}", folder.keep().display()),
		Err(_) => panic!("not over after an hour; logs are kept in {}", folder.keep().display()),
	};
	for Case { case, unit, median, min, max, n } in &cases {
		eprintln!("job-pipeline: {case}: {median} {unit} ({min} to {max}), n = {n}");
	}
	if let Some(file) = env::var_os("QUITTANCE_BENCH_REPORT") {
		let report = serde_json::to_vec(&cases).expect("figures are numbers");
		fs::write(file, report).expect("the report's folder exists");
	}
}
