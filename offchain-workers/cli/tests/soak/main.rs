//! Chaos: a real node, an issuer and three workers, and jobs of every kind, while workers are killed at
//! random, the node is killed twice and connections are cut. In the end every job is paid or refunded, none
//! twice, nobody honest has lost anything, and all money is where it has to be.
//!
//! `QUITTANCE_SOAK_JOBS` is the number of jobs, a dozen without it. `QUITTANCE_SOAK_SEED` decides which jobs
//! are posted in which order and what goes wrong in which; when exactly is also up to the machine.
//! `QUITTANCE_CLI` is another `quittance` than the one built with this test. `scripts/soak.sh` runs the long
//! form.

mod audit;
mod chaos;
mod market;
mod orders;
mod proxy;

use audit::Audit;
use chaos::{Chaos, Progress};
use market::Market;
use orders::{plan, spoilt, Kind, Posted, Poster};
use quittance_cli::market::{end_requested, Failure};
use quittance_client::{calls, Chain, Head, JobRecord, Until};
use quittance_types::JobId;
use rand::{rngs::StdRng, Rng, SeedableRng};
use std::{
	collections::{BTreeMap, BTreeSet},
	env,
	path::{Path, PathBuf},
	sync::{atomic::Ordering, Mutex},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Most jobs that have not ended at once: more than the workers have hands for.
const MOST_LIVE: usize = 18;

/// Most jobs posted together.
const MOST_TOGETHER: usize = 4;

/// Milliseconds between posts.
const BETWEEN_POSTS: std::ops::Range<u64> = 500..4_000;

/// How often it is looked whether jobs have ended.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// How long a run may take: so much, and so much for each job.
const LONGEST: Duration = Duration::from_secs(360);
const LONGEST_FOR_A_JOB: Duration = Duration::from_secs(20);

/// How long a node may take to say what it knows after a failure.
const LAST_QUESTIONS: Duration = Duration::from_secs(20);

/// What the environment asks for.
struct Settings {
	node: PathBuf,
	jobs: usize,
	seed: u64,
}

impl Settings {
	fn read() -> Self {
		let node = env::var_os("QUITTANCE_NODE").expect(
			"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
			 this test",
		);
		let number = |name: &str| {
			let text = env::var(name).ok()?;
			Some(text.parse::<u64>().unwrap_or_else(|error| panic!("{name}: {text:?}: {error}")))
		};
		let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
		Self {
			node: node.into(),
			jobs: number("QUITTANCE_SOAK_JOBS").unwrap_or(12).try_into().expect("a number of jobs"),
			seed: number("QUITTANCE_SOAK_SEED").unwrap_or(now.as_secs()),
		}
	}

	fn deadline(&self) -> Duration {
		LONGEST + LONGEST_FOR_A_JOB * u32::try_from(self.jobs).unwrap_or(u32::MAX)
	}
}

#[test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
fn every_job_ends_once_whatever_is_killed_or_cut() {
	let settings = Settings::read();
	let folder = tempfile::Builder::new().prefix("quittance-soak-").tempdir().unwrap();
	println!(
		"soak: {} jobs, seed {}, at most {} s, in {}",
		settings.jobs,
		settings.seed,
		settings.deadline().as_secs(),
		folder.path().display()
	);
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
	// Everything that was started has ended when this returns.
	let faults = runtime.block_on(run(&settings, folder.path()));
	if !faults.is_empty() {
		let kept = folder.keep();
		let (seed, kept) = (settings.seed, kept.display());
		panic!("seed {seed}; logs are kept in {kept}\n{}", faults.join("\n"));
	}
}

/// What is not as it has to be.
async fn run(settings: &Settings, folder: &Path) -> Vec<String> {
	let (mut market, poster) = match Market::open(folder, &settings.node).await {
		Ok(opened) => opened,
		Err(failure) => return vec![failure.to_string()],
	};
	let posted = Mutex::new(BTreeMap::new());
	let ended = tokio::select! {
		ended = soak(settings, &mut market, &poster, &posted) => ended,
		() = tokio::time::sleep(settings.deadline()) => {
			let detail = format!("not over after {} s", settings.deadline().as_secs());
			Err(Failure::unavailable("the run", detail))
		},
		// So that the processes end with us.
		signal = end_requested() => {
			return vec![format!("ended by {}", signal.unwrap_or("a signal"))]
		},
	};
	let mut faults = ended.unwrap_or_else(|failure| vec![failure.to_string()]);
	if !faults.is_empty() {
		let jobs = posted.into_inner().unwrap();
		let look = tokio::time::timeout(LAST_QUESTIONS, living(&market, &jobs)).await;
		faults.push(look.unwrap_or_else(|_| "the node does not answer".to_owned()));
		faults.push(market.last_words());
		return faults;
	}
	match market.close().await {
		Ok(()) => Vec::new(),
		Err(failure) => vec![failure.to_string()],
	}
}

/// Posts, breaks and waits; then looks at everything.
async fn soak(
	settings: &Settings,
	market: &mut Market,
	poster: &Poster,
	posted: &Mutex<BTreeMap<JobId, Posted>>,
) -> Result<Vec<String>, Failure> {
	let chain = market.chain.clone();
	let before = chain.at(Head::Finalised).await?;
	let mut rng = StdRng::seed_from_u64(settings.seed);
	let kinds = plan(settings.jobs, &mut rng);
	let mut chaos = Chaos::new(StdRng::from_rng(&mut rng).unwrap(), kinds.len());
	let progress = Progress::default();
	let watching = async {
		until_ended(&chain, kinds.len(), posted, &progress).await?;
		progress.finished.cancel();
		Ok(())
	};
	let posting = post_all(poster, &kinds, rng, posted, &progress);
	tokio::try_join!(posting, watching, async { chaos.run(market, &progress).await })?;

	market.come_to_rest().await?;
	let posted = posted.lock().unwrap().clone();
	let removals = posted.keys().map(|job| calls::remove_job(*job)).collect::<Vec<_>>();
	let removals = removals.iter().map(|call| poster.requester.submit(call, Until::Finalised));
	futures::future::try_join_all(removals).await?;
	let after = chain.at(Head::Finalised).await?;
	Audit::of(market, &posted, chaos.cuts(), &before, &after).await
}

/// Posts all jobs, a few at a time.
async fn post_all(
	poster: &Poster,
	kinds: &[Kind],
	mut rng: StdRng,
	posted: &Mutex<BTreeMap<JobId, Posted>>,
	progress: &Progress,
) -> Result<(), Failure> {
	let mut place = 0;
	let mut rest = kinds;
	while !rest.is_empty() {
		let together = rng.gen_range(1..=MOST_TOGETHER).min(rest.len());
		let (now, later) = rest.split_at(together);
		rest = later;
		while progress.live.load(Ordering::SeqCst) + together > MOST_LIVE {
			tokio::time::sleep(BETWEEN_LOOKS).await;
		}
		let posts = now
			.iter()
			.enumerate()
			.map(|(offset, kind)| poster.post(*kind, place + offset, spoilt(&mut rng)));
		let posts: Vec<_> = posts.collect();
		place += together;
		let jobs = {
			let _the_node_lives = progress.posting.read().await;
			futures::future::try_join_all(posts).await?
		};
		posted.lock().unwrap().extend(jobs);
		progress.posted.store(place, Ordering::SeqCst);
		progress.live.fetch_add(together, Ordering::SeqCst);
		let pause = Duration::from_millis(rng.gen_range(BETWEEN_POSTS));
		tokio::time::sleep(pause).await;
	}
	Ok(())
}

/// Waits until every job there will be has ended in a final block, and enough has gone wrong.
async fn until_ended(
	chain: &Chain,
	jobs: usize,
	posted: &Mutex<BTreeMap<JobId, Posted>>,
	progress: &Progress,
) -> Result<(), Failure> {
	let mut ended = BTreeSet::new();
	while ended.len() < jobs || !progress.enough.load(Ordering::SeqCst) {
		tokio::time::sleep(BETWEEN_LOOKS).await;
		let view = chain.at(Head::Finalised).await?;
		let live: Vec<_> = {
			let posted = posted.lock().unwrap();
			posted.keys().filter(|job| !ended.contains(*job)).copied().collect()
		};
		let before = ended.len();
		for job in live {
			if let Some(JobRecord::Ended(_)) = view.job(job).await? {
				ended.insert(job);
				progress.live.fetch_sub(1, Ordering::SeqCst);
			}
		}
		if ended.len() > before {
			let number = view.block().number;
			println!("soak: block {number}: {} of {jobs} jobs have ended", ended.len());
		}
	}
	Ok(())
}

/// The jobs that have not ended, as the chain has them.
async fn living(market: &Market, posted: &BTreeMap<JobId, Posted>) -> String {
	let Ok(view) = market.chain.at(Head::Best).await else { return String::new() };
	let mut lines = vec![format!("{} jobs posted, at block {}", posted.len(), view.block().number)];
	for (job, posted) in posted {
		match view.job(*job).await {
			Ok(Some(JobRecord::Ended(_)) | None) => {},
			Ok(Some(JobRecord::Live(record))) => {
				lines.push(format!("{job}: {posted:?}: {record:?}"))
			},
			Err(error) => lines.push(format!("{job}: {posted:?}: {error}")),
		}
	}
	lines.join("\n")
}
