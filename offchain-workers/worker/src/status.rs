//! What a running worker says of itself, as one document of bounded size: for `quittance worker status` and
//! `watch`. The worker's records are open in one process only, so whoever wants to know asks that process.
//!
//! Times are milliseconds since 1970 by the worker's clock; `now` is there to compare them with.

use crate::{
	metrics::Metrics,
	settlement::taken,
	store::{Ending, Row},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Bytes, client::conn::http1, header, Request, StatusCode};
use hyper_util::rt::TokioIo;
use prometheus_client::registry::Registry;
use quittance_client::{AccountId, Extension, Job, JobState};
use quittance_daemon::{Observer, ServiceError, Vitals};
use quittance_types::{EpochIndex, JobId, JobTime, Level};
use serde::{Deserialize, Serialize};
use std::{
	collections::{BTreeMap, VecDeque},
	net::SocketAddr,
	sync::{Arc, Mutex, MutexGuard},
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpStream;

/// The document's version. Another one is not guessed at.
pub const FORMAT: u32 = 1;

/// Most jobs that are listed. The others are counted.
pub const MOST_JOBS: usize = 256;

/// Most blocks, endings and setbacks that are listed, the newest.
pub const RECENT: usize = 32;

/// Longest text of an error, in characters. Issuers and nodes write parts of them.
const MAX_TEXT: usize = 200;

/// The largest document, in bytes. Ours have less than half of it.
pub const MAX_BYTES: usize = 256 * 1024;

/// How long a worker has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A worker at a moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status {
	/// [`FORMAT`].
	pub format: u32,
	/// Version of the worker's program.
	pub version: String,
	/// The miner's account.
	pub miner: String,
	/// The account of the key that it works with.
	pub hot_key: String,
	/// Hash of the chain's first block, 0x and hexadecimal.
	pub genesis: String,
	/// When the process began to work.
	pub started_at: u64,
	/// When this was written.
	pub now: u64,
	/// What keeps the worker from working; empty if nothing does.
	pub lacks: Vec<String>,
	/// The chain, as far as the worker has seen it.
	pub chain: ChainSeen,
	/// Jobs at hand, those whose time ends first before the others, at most [`MOST_JOBS`].
	pub jobs: Vec<JobAtHand>,
	/// How many more there are.
	pub jobs_left_out: u64,
	/// Jobs of others', and those that can be had, that wait to be looked at.
	pub waiting: u64,
	/// What was earned.
	pub earnings: Earnings,
	/// Jobs that ended since the start, by how.
	pub endings: BTreeMap<String, u64>,
	/// The last of them, the newest last, at most [`RECENT`].
	pub ended: Vec<EndedJob>,
	/// Attempts that came to nothing since the start.
	pub setbacks_in_all: u64,
	/// The last of them, the newest last, at most [`RECENT`].
	pub setbacks: Vec<Setback>,
	/// The parts of the process.
	pub services: Vec<ServiceHealth>,
}

/// The chain as a worker has seen it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ChainSeen {
	/// Job time, which deadlines are in.
	pub job_time: Option<JobTime>,
	/// The current epoch.
	pub epoch: EpochIndex,
	/// The last epoch for which the chain has the miner's heartbeat.
	pub heartbeat: EpochIndex,
	/// The last best blocks, the newest last, at most [`RECENT`].
	pub blocks: Vec<BlockSeen>,
}

/// A block of the best chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlockSeen {
	/// Its number.
	pub number: u64,
	/// When it was seen.
	pub at: u64,
}

/// A job that is looked at, or that the miner has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobAtHand {
	/// Its number.
	pub job: JobId,
	/// The step at hand, or the last one, by its name in the metrics.
	pub step: String,
	/// Whether something is being done for it right now; else it waits for its next turn.
	pub busy: bool,
	/// When that step began.
	pub since: u64,
	/// The job time before which there is nothing to do.
	pub waits_until: Option<JobTime>,
	/// The job time by which what comes next must have happened.
	pub deadline: Option<JobTime>,
	/// How many of its parts are done.
	pub done: u32,
	/// How many parts it has.
	pub of: u32,
	/// The level of its receipt: `transparent`, `basic` or `enhanced`.
	pub level: String,
	/// How many miners do it.
	pub redundancy: u8,
	/// The most it pays this miner, in the chain's smallest unit; zero at the level `enhanced`, where that is hidden.
	#[serde(with = "decimal")]
	pub pays: u128,
	/// The code of what kept the last attempt from success, if something did.
	pub setback: Option<String>,
}

/// What was earned, in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Earnings {
	/// Since the process began.
	#[serde(with = "decimal")]
	pub since_start: u128,
	/// The same with what the worker's records had then; they are kept for a while only.
	#[serde(with = "decimal")]
	pub recorded: u128,
	/// Jobs that were paid since the start.
	pub jobs_since_start: u64,
	/// The same with those of the records.
	pub jobs_recorded: u64,
}

/// How a job ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndedJob {
	/// Counted up from the start, from one.
	pub number: u64,
	/// The job.
	pub job: JobId,
	/// How, by its name in the metrics.
	pub how: String,
	/// What it paid, in the chain's smallest unit; zero for what was not paid, and for what was paid out of the
	/// pool.
	#[serde(with = "decimal")]
	pub amount: u128,
	/// When that was known to be final.
	pub at: u64,
}

/// An attempt that came to nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Setback {
	/// Counted up from the start, from one.
	pub number: u64,
	/// The job.
	pub job: JobId,
	/// The error's code.
	pub code: String,
	/// The error, shortened.
	pub what: String,
	/// When.
	pub at: u64,
}

/// A part of the process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ServiceHealth {
	/// Its name.
	pub name: String,
	/// Whether it runs. One that does not is about to be started again.
	pub running: bool,
	/// Since when it does, or does not.
	pub since: u64,
	/// How often it failed since the start of the process.
	pub failures: u64,
	/// Its last failure.
	pub last_failure: Option<ServiceFailure>,
}

/// How a service failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ServiceFailure {
	/// The error's code.
	pub code: String,
	/// The error, shortened.
	pub what: String,
	/// When.
	pub at: u64,
}

/// Amounts are decimal texts: they have more bits than the numbers of many readers.
mod decimal {
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(amount)
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
		String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
	}
}

/// What the board is told of a job before a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AtStep {
	pub(crate) step: &'static str,
	pub(crate) waits_until: Option<JobTime>,
	/// What its record says, where it has one.
	pub(crate) facts: Option<Facts>,
}

/// What is told of a job by its record and ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Facts {
	deadline: Option<JobTime>,
	done: u32,
	of: u32,
	level: Level,
	redundancy: u8,
	pays: u128,
}

impl Facts {
	/// Those of a job, for the miner, at a job time.
	pub(crate) fn of(
		job: &Job,
		row: &Row,
		miner: &AccountId,
		extension: &Extension,
		now: JobTime,
	) -> Self {
		let (done, of) = progress(job, row, miner);
		let lock = job.lock_of(miner);
		Self {
			deadline: deadline(job, extension, now),
			done,
			of,
			level: job.offer.level,
			redundancy: job.offer.redundancy,
			pays: lock.map_or_else(|| job.price_at(now), |lock| lock.price),
		}
	}

	/// The same with another deadline.
	pub(crate) fn by(self, deadline: JobTime) -> Self {
		Self { deadline: Some(deadline), ..self }
	}
}

/// The parts of a job that are done, and how many there are: taken, opened where it is private, computed, committed
/// to and shown where several miners do it, signed, proven where that is asked for, accepted.
fn progress(job: &Job, row: &Row, miner: &AccountId) -> (u32, u32) {
	use quittance_client::Delivery;
	let lock = job.lock_of(miner);
	let delivery = lock.map(|lock| lock.delivery);
	let shown = matches!(delivery, Some(Delivery::Delivered(_)));
	let accepted = matches!(
		job.state,
		JobState::Accepted(_) | JobState::Decided { .. } | JobState::Owed { .. }
	);
	let mut parts = vec![lock.is_some() || row.late_commitment.is_some()];
	if job.private.is_some() {
		let agreement = taken(job).map(|taken| taken.agreement);
		let private = row.private.as_ref().zip(agreement);
		parts.push(private.is_some_and(|(private, agreement)| private.is_open(&agreement)));
	}
	parts.push(row.output.is_some());
	if job.is_redundant() {
		parts.extend([shown || matches!(delivery, Some(Delivery::Committed(_))), shown]);
	}
	// A panel has said what an issuer would have signed.
	parts.push(row.signed.is_some() || matches!(job.state, JobState::Judged { .. }));
	match job.offer.level {
		Level::Transparent => {},
		Level::Basic => parts.push(row.receipt.is_some()),
		Level::Enhanced => {
			let settlement = row.private.as_ref().and_then(|private| private.settlement.as_ref());
			parts.push(settlement.is_some());
		},
	}
	parts.push(accepted);
	let count = |done: usize| u32::try_from(done).unwrap_or(u32::MAX);
	let of = count(parts.len());
	// Whoever brought the receipt: there is nothing left to do.
	let done = if accepted { of } else { count(parts.iter().filter(|done| **done).count()) };
	(done, of)
}

/// The job time by which what comes next must have happened.
pub(crate) fn deadline(job: &Job, extension: &Extension, now: JobTime) -> Option<JobTime> {
	match &job.state {
		JobState::Open | JobState::Locked if now <= job.lock_deadline() => {
			Some(job.lock_deadline())
		},
		JobState::Open | JobState::Locked => {
			Some(job.closes_at.unwrap_or_else(|| extension.in_force(job.deadline())))
		},
		JobState::Revealing { until } | JobState::Judged { until, .. } => Some(*until),
		JobState::Delivered { until } => Some(extension.in_force(*until)),
		JobState::Disputed => None,
		JobState::Decided { .. } | JobState::Accepted(_) | JobState::Owed { .. } => job.due,
	}
}

/// Where the services put what they are at.
pub(crate) struct Board {
	miner: AccountId,
	hot_key: AccountId,
	genesis: [u8; 32],
	started_at: u64,
	posted: Mutex<Posted>,
}

/// What is on the board.
#[derive(Default)]
struct Posted {
	job_time: Option<JobTime>,
	blocks: VecDeque<BlockSeen>,
	jobs: BTreeMap<JobId, JobAtHand>,
	earnings: Earnings,
	endings: BTreeMap<&'static str, u64>,
	ended: VecDeque<EndedJob>,
	ended_in_all: u64,
	setbacks: VecDeque<Setback>,
	setbacks_in_all: u64,
	services: BTreeMap<&'static str, ServiceHealth>,
}

impl Board {
	/// An empty board for a miner, with the earnings of its records.
	pub(crate) fn new<'a>(
		miner: AccountId,
		hot_key: AccountId,
		genesis: [u8; 32],
		rows: impl Iterator<Item = &'a Row>,
	) -> Self {
		let mut posted = Posted::default();
		for row in rows {
			if let Some(Ending::Paid(amount)) = row.ending {
				let earnings = &mut posted.earnings;
				earnings.recorded = earnings.recorded.saturating_add(amount);
				earnings.jobs_recorded = earnings.jobs_recorded.saturating_add(1);
			}
		}
		Self { miner, hot_key, genesis, started_at: unix_ms(), posted: Mutex::new(posted) }
	}

	/// A panic while it was held left it whole: each change of it is one.
	fn posted(&self) -> MutexGuard<'_, Posted> {
		match self.posted.lock() {
			Ok(posted) => posted,
			Err(poisoned) => poisoned.into_inner(),
		}
	}

	/// A block of the best chain.
	pub(crate) fn saw_block(&self, number: u64) {
		let block = BlockSeen { number, at: unix_ms() };
		push(&mut self.posted().blocks, block);
	}

	/// Job time.
	pub(crate) fn saw_time(&self, now: JobTime) {
		let mut posted = self.posted();
		posted.job_time = posted.job_time.max(Some(now));
	}

	/// The next step for a job is this.
	pub(crate) fn at_step(&self, number: JobId, at: AtStep) {
		let now = unix_ms();
		let AtStep { step, waits_until, facts } = at;
		let mut posted = self.posted();
		let known = posted.jobs.get(&number);
		let since = known.filter(|job| job.step == step).map_or(now, |job| job.since);
		let (facts, setback) = match (facts, known) {
			(Some(facts), known) => (facts, known.and_then(|job| job.setback.clone())),
			// A job whose record is reduced to its end is on its way out.
			(None, _) => return,
		};
		let Facts { deadline, done, of, level, redundancy, pays } = facts;
		let job = JobAtHand {
			job: number,
			step: step.to_owned(),
			busy: waits_until.is_none(),
			since,
			waits_until,
			deadline,
			done,
			of,
			level: level_name(level).to_owned(),
			redundancy,
			pays,
			setback,
		};
		posted.jobs.insert(number, job);
	}

	/// An attempt at a job is over. A job that is not ours, or not any more, is at hand no longer.
	pub(crate) fn attempted(&self, number: JobId, ours: bool) {
		let mut posted = self.posted();
		match posted.jobs.get_mut(&number) {
			Some(job) if ours => job.busy = false,
			_ => {
				posted.jobs.remove(&number);
			},
		}
	}

	/// The attempt at hand got somewhere.
	pub(crate) fn succeeded(&self, number: JobId) {
		if let Some(job) = self.posted().jobs.get_mut(&number) {
			job.setback = None;
		}
	}

	/// It came to nothing.
	pub(crate) fn set_back(&self, number: JobId, code: &'static str, what: &str) {
		let (at, what) = (unix_ms(), short(what));
		let mut posted = self.posted();
		posted.setbacks_in_all = posted.setbacks_in_all.saturating_add(1);
		if let Some(job) = posted.jobs.get_mut(&number) {
			job.setback = Some(code.to_owned());
		}
		let setback = Setback {
			number: posted.setbacks_in_all,
			job: number,
			code: code.to_owned(),
			what,
			at,
		};
		push(&mut posted.setbacks, setback);
	}

	/// A job of ours has ended, and that is final.
	pub(crate) fn ended(&self, number: JobId, how: &'static str, ending: Ending) {
		let at = unix_ms();
		let amount = match ending {
			Ending::Paid(amount) => amount,
			_ => 0,
		};
		let mut posted = self.posted();
		if let Ending::Paid(amount) = ending {
			let earnings = &mut posted.earnings;
			earnings.since_start = earnings.since_start.saturating_add(amount);
			earnings.recorded = earnings.recorded.saturating_add(amount);
			earnings.jobs_since_start = earnings.jobs_since_start.saturating_add(1);
			earnings.jobs_recorded = earnings.jobs_recorded.saturating_add(1);
		}
		let count = posted.endings.entry(how).or_default();
		*count = count.saturating_add(1);
		posted.ended_in_all = posted.ended_in_all.saturating_add(1);
		let ended =
			EndedJob { number: posted.ended_in_all, job: number, how: how.to_owned(), amount, at };
		push(&mut posted.ended, ended);
	}

	/// The worker now.
	pub(crate) fn status(&self, metrics: &Metrics, lacks: Vec<&'static str>) -> Status {
		let posted = self.posted();
		let mut jobs: Vec<JobAtHand> = posted.jobs.values().cloned().collect();
		jobs.sort_by_key(|job| (job.deadline.unwrap_or(JobTime::MAX), job.job));
		let jobs_left_out = u64::try_from(jobs.len().saturating_sub(MOST_JOBS)).unwrap_or(u64::MAX);
		jobs.truncate(MOST_JOBS);
		let counted = |gauge: i64| u64::try_from(gauge).unwrap_or(0);
		Status {
			format: FORMAT,
			version: env!("CARGO_PKG_VERSION").to_owned(),
			miner: self.miner.to_string(),
			hot_key: self.hot_key.to_string(),
			genesis: format!("0x{}", hex::encode(self.genesis)),
			started_at: self.started_at,
			now: unix_ms(),
			lacks: lacks.into_iter().map(str::to_owned).collect(),
			chain: ChainSeen {
				job_time: posted.job_time,
				epoch: counted(metrics.epoch.get()),
				heartbeat: counted(metrics.heartbeat.get()),
				blocks: posted.blocks.iter().copied().collect(),
			},
			jobs,
			jobs_left_out,
			waiting: counted(metrics.waiting.get()),
			earnings: posted.earnings,
			endings: posted.endings.iter().map(|(how, n)| ((*how).to_owned(), *n)).collect(),
			ended: posted.ended.iter().cloned().collect(),
			setbacks_in_all: posted.setbacks_in_all,
			setbacks: posted.setbacks.iter().cloned().collect(),
			services: posted.services.values().cloned().collect(),
		}
	}
}

impl Observer for Board {
	fn started(&self, service: &'static str) {
		let since = unix_ms();
		let mut posted = self.posted();
		let health = posted.services.entry(service).or_insert_with(|| ServiceHealth::new(service));
		(health.running, health.since) = (true, since);
	}

	fn failed(&self, service: &'static str, error: &ServiceError, _: u32) {
		let at = unix_ms();
		let what = short(&error.source.to_string());
		let mut posted = self.posted();
		let health = posted.services.entry(service).or_insert_with(|| ServiceHealth::new(service));
		(health.running, health.since) = (false, at);
		health.failures = health.failures.saturating_add(1);
		health.last_failure = Some(ServiceFailure { code: error.code.to_owned(), what, at });
	}
}

/// What operators see of the worker: both are told, and both tell.
pub(crate) struct Watched {
	pub(crate) metrics: Arc<Metrics>,
	pub(crate) board: Arc<Board>,
}

impl Observer for Watched {
	fn started(&self, service: &'static str) {
		self.metrics.started(service);
		self.board.started(service);
	}

	fn failed(&self, service: &'static str, error: &ServiceError, failures: u32) {
		self.metrics.failed(service, error, failures);
		self.board.failed(service, error, failures);
	}
}

impl Vitals for Watched {
	fn lacks(&self) -> Vec<&'static str> {
		self.metrics.lacks()
	}

	fn registry(&self) -> &Registry {
		self.metrics.registry()
	}

	fn status(&self) -> Option<serde_json::Result<String>> {
		Some(serde_json::to_string(&self.board.status(&self.metrics, self.lacks())))
	}
}

impl ServiceHealth {
	fn new(name: &str) -> Self {
		Self { name: name.to_owned(), running: false, since: 0, failures: 0, last_failure: None }
	}
}

/// Puts something behind the others, of which the oldest goes where there are too many.
fn push<T>(recent: &mut VecDeque<T>, item: T) {
	while recent.len() >= RECENT {
		recent.pop_front();
	}
	recent.push_back(item);
}

fn level_name(level: Level) -> &'static str {
	match level {
		Level::Transparent => "transparent",
		Level::Basic => "basic",
		Level::Enhanced => "enhanced",
	}
}

/// A text of strangers', of bounded length and on one line.
fn short(text: &str) -> String {
	let mut shown: String = text
		.chars()
		.take(MAX_TEXT)
		.map(|character| if character.is_control() { ' ' } else { character })
		.collect();
	if text.chars().nth(MAX_TEXT).is_some() {
		shown.push('…');
	}
	shown
}

fn unix_ms() -> u64 {
	let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Why a worker's status is not known.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
	/// Nobody answers there, or not in time.
	#[error("[Q-MO-003] nobody answers at {address}: {reason}")]
	Unreachable {
		/// Where.
		address: SocketAddr,
		/// Why.
		reason: String,
	},
	/// What answers is no worker, or one without a status.
	#[error("[Q-MO-004] what answers at {address} has no status of a worker: {reason}")]
	NotAWorker {
		/// Where.
		address: SocketAddr,
		/// Why.
		reason: String,
	},
	/// The worker is of another version.
	#[error(
		"[Q-MO-005] the worker at {address} writes its status in format {found}, not {FORMAT}: \
		 use the program that it is from"
	)]
	OtherFormat {
		/// Where.
		address: SocketAddr,
		/// Its format.
		found: u32,
	},
}

/// Asks the worker whose monitor listens there.
pub async fn fetch_status(address: SocketAddr) -> Result<Status, StatusError> {
	match tokio::time::timeout(PATIENCE, fetch(address)).await {
		Ok(fetched) => fetched,
		Err(_) => Err(StatusError::Unreachable {
			address,
			reason: format!("no answer within {} s", PATIENCE.as_secs()),
		}),
	}
}

async fn fetch(address: SocketAddr) -> Result<Status, StatusError> {
	let unreachable = |error: &dyn std::fmt::Display| StatusError::Unreachable {
		address,
		reason: error.to_string(),
	};
	let foreign = |reason: String| StatusError::NotAWorker { address, reason };
	let stream = TcpStream::connect(address).await.map_err(|error| unreachable(&error))?;
	let (mut sender, connection) =
		http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
	// Ends with the answer, or with us.
	let connection = AbortOnDrop(tokio::spawn(connection));
	let request = Request::get("/status")
		.header(header::HOST, address.to_string())
		.body(Empty::<Bytes>::new())
		.map_err(|error| unreachable(&error))?;
	let answer = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
	if answer.status() != StatusCode::OK {
		return Err(foreign(format!("it answers {}", answer.status())));
	}
	let body = Limited::new(answer.into_body(), MAX_BYTES).collect();
	let body = body.await.map_err(|error| foreign(error.to_string()))?.to_bytes();
	drop(connection);
	let versioned: Versioned =
		serde_json::from_slice(&body).map_err(|error| foreign(error.to_string()))?;
	if versioned.format != FORMAT {
		return Err(StatusError::OtherFormat { address, found: versioned.format });
	}
	serde_json::from_slice(&body).map_err(|error| foreign(error.to_string()))
}

/// What every version of the document has.
#[derive(Deserialize)]
struct Versioned {
	format: u32,
}

/// A task that ends with whoever started it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
	fn drop(&mut self) {
		self.0.abort();
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::{
		policy::tests::{job, locked, MINER, OTHER},
		store::Prepared,
	};
	use quittance_client::{Delivery, Summary};
	use quittance_types::Blob;

	const OUTPUT: Blob = Blob { digest: [7; 32], size: 9 };
	const NO_EXTENSION: Extension = Extension { removed_at: None, by: 0 };

	pub(crate) fn board() -> Board {
		let paid = Row { ending: Some(Ending::Paid(30)), ..Row::default() };
		let missed = Row { ending: Some(Ending::Missed), ..Row::default() };
		Board::new(MINER, OTHER, [1; 32], [paid, missed, Row::default()].iter())
	}

	fn status(board: &Board) -> Status {
		board.status(&Metrics::new(), Vec::new())
	}

	fn at(step: &'static str, job: &Job) -> AtStep {
		let facts = Facts::of(job, &Row::default(), &MINER, &NO_EXTENSION, 27);
		AtStep { step, waits_until: None, facts: Some(facts) }
	}

	/// By the same code that `quittance worker status` asks with.
	#[tokio::test]
	async fn the_status_says_what_the_worker_lacks_and_has() {
		use quittance_daemon::{Monitor, Service};
		let (metrics, stop) =
			(Arc::new(Metrics::new()), tokio_util::sync::CancellationToken::new());
		let watched = Watched { metrics: Arc::clone(&metrics), board: Arc::new(board()) };
		let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let listen = free.local_addr().unwrap();
		drop(free);
		let (monitor, stopping) = (Monitor { listen, vitals: Arc::new(watched) }, stop.clone());
		let serving = tokio::spawn(async move { monitor.run(stopping).await });
		while TcpStream::connect(listen).await.is_err() {
			tokio::time::sleep(Duration::from_millis(5)).await;
		}
		let status = fetch_status(listen).await.unwrap();
		assert_eq!((status.lacks.len(), status.chain.epoch), (2, 0));
		metrics.saw_block(7);
		metrics.saw_heartbeat(4, 7, 3);
		metrics.waiting.set(11);
		let status = fetch_status(listen).await.unwrap();
		assert_eq!((status.lacks.len(), status.waiting), (0, 11));
		assert_eq!((status.chain.epoch, status.chain.heartbeat), (7, 4));
		assert_eq!(status.earnings.recorded, 30);
		stop.cancel();
		serving.await.unwrap().unwrap();
	}

	#[test]
	fn a_job_is_at_hand_from_its_first_look_to_its_end() {
		let board = board();
		board.at_step(5, at("look", &job()));
		let shown = status(&board).jobs;
		// Nobody has it, and it pays what the ramp has reached.
		assert_eq!(
			(shown[0].step.as_str(), shown[0].busy, shown[0].deadline, shown[0].pays),
			("look", true, Some(40), 14)
		);
		assert_eq!((shown[0].done, shown[0].of, shown[0].level.as_str()), (0, 5, "basic"));
		board.at_step(5, at("compute", &locked(MINER)));
		board.attempted(5, true);
		let shown = status(&board).jobs;
		assert_eq!((shown[0].step.as_str(), shown[0].busy, shown[0].pays), ("compute", false, 12));
		board.ended(5, "paid", Ending::Paid(12));
		board.attempted(5, false);
		let after = status(&board);
		assert!(after.jobs.is_empty());
		assert_eq!((after.ended[0].job, after.ended[0].amount), (5, 12));
		// One that was only looked at leaves nothing behind.
		board.at_step(6, at("look", &job()));
		board.attempted(6, false);
		assert!(status(&board).jobs.is_empty());
	}

	#[test]
	fn a_step_that_is_waited_for_is_no_work() {
		let board = board();
		let waiting = AtStep { waits_until: Some(33), ..at("wait", &locked(MINER)) };
		board.at_step(5, waiting);
		let shown = &status(&board).jobs[0];
		assert_eq!((shown.busy, shown.waits_until), (false, Some(33)));
	}

	#[test]
	fn progress_counts_what_the_job_asks_for() {
		let of = |job: &Job, row: &Row| progress(job, row, &MINER);
		let mut row = Row::default();
		let mut job = locked(MINER);
		assert_eq!(of(&job, &row), (1, 5));
		row.output = Some(OUTPUT);
		assert_eq!(of(&job, &row), (2, 5));
		job.offer.level = Level::Transparent;
		assert_eq!(of(&job, &row), (2, 4));
		job.offer.level = Level::Basic;
		job.offer.redundancy = 2;
		assert_eq!(of(&job, &row), (2, 7));
		job.locks[0].delivery = Delivery::Committed([1; 32]);
		assert_eq!(of(&job, &row), (3, 7));
		job.locks[0].delivery = Delivery::Delivered(OUTPUT);
		assert_eq!(of(&job, &row), (4, 7));
		// Another miner has brought the receipt.
		let summary = Summary {
			miner: OTHER,
			amount: 1,
			royalties: 0,
			issuer: None,
			issuer_fee: 0,
			returned: 0,
		};
		job.state = JobState::Owed { summary, debts: vec![] };
		assert_eq!(of(&job, &row), (7, 7));
		// Late, without a lock, with what was committed to.
		let late = Row { late_commitment: Some([2; 32]), output: Some(OUTPUT), ..Row::default() };
		assert_eq!(of(&locked(OTHER), &late), (2, 5));
	}

	/// A private job is opened before it is done, and what it pays is not said.
	#[test]
	fn progress_of_a_private_job_begins_with_its_opening() {
		use crate::{
			policy::tests::{agreement, private},
			store::{KeptOpening, PrivateRow},
		};
		use quittance_types::{FieldBytes, PrivateOffer};
		let of = |job: &Job, row: &Row| progress(job, row, &MINER);
		let mut job = private(locked(MINER));
		job.locks[0].price = 0;
		let field = FieldBytes([1; 32]);
		let offer = PrivateOffer { escrow: field, terms: field, change_key: [3; 64] };
		let mut row = Row { private: Some(PrivateRow::new(offer)), ..Row::default() };
		assert_eq!(of(&job, &row), (1, 6));
		let opening = |byte| {
			let kept = KeptOpening { agreement: agreement(byte), sealed: [1; 160] };
			Some(PrivateRow { opening: Some(kept), ..PrivateRow::new(offer) })
		};
		row.private = opening(5);
		assert_eq!(of(&job, &row), (1, 6), "for another lock");
		row.private = opening(6);
		assert_eq!(of(&job, &row), (2, 6));
		row.output = Some(OUTPUT);
		assert_eq!(of(&job, &row), (3, 6));
		job.state = JobState::Judged { units: 2, borne: 0, until: 70 };
		assert_eq!(of(&job, &row), (4, 6));
		assert_eq!(deadline(&job, &NO_EXTENSION, 41), Some(70));
		let facts = Facts::of(&job, &row, &MINER, &NO_EXTENSION, 27);
		assert_eq!((facts.pays, facts.by(33).deadline), (0, Some(33)));
		let board = board();
		let at = AtStep { step: "await_opening", waits_until: None, facts: Some(facts.by(33)) };
		board.at_step(5, at);
		board.ended(5, "settled", Ending::Settled);
		let shown = status(&board);
		assert_eq!((shown.jobs[0].level.as_str(), shown.jobs[0].deadline), ("enhanced", Some(33)));
		assert_eq!((shown.ended[0].how.as_str(), shown.ended[0].amount), ("settled", 0));
		assert_eq!(shown.earnings.since_start, 0, "what it paid is not said");
	}

	#[test]
	fn a_prepared_receipt_is_a_part_of_its_own() {
		use quittance_types::{Body, Receipt, TransparentReceipt};
		let body = Body {
			units: 1,
			unit_price: 1,
			amount: 1,
			start: 1,
			end: 1,
			expires_at: 1,
			serial: 1,
			output: [7; 32],
		};
		let receipt =
			Receipt::Transparent(TransparentReceipt { issuer: OTHER, body, signature: [0; 64] });
		let prepared = Some(Prepared { receipt, submitter: OTHER });
		let row = Row { output: Some(OUTPUT), receipt: prepared, ..Row::default() };
		assert_eq!(progress(&locked(MINER), &row, &MINER), (3, 5));
	}

	#[test]
	fn boundary_the_deadline_is_that_of_what_comes_next() {
		let extension = Extension { removed_at: Some(30), by: 100 };
		let of = |job: &Job, now| deadline(job, &extension, now);
		let mut job = locked(MINER);
		assert_eq!((of(&job, 40), of(&job, 41)), (Some(40), Some(150)));
		job.closes_at = Some(45);
		assert_eq!(of(&job, 41), Some(45));
		job.state = JobState::Revealing { until: 44 };
		assert_eq!(of(&job, 41), Some(44));
		job.state = JobState::Delivered { until: 60 };
		assert_eq!(of(&job, 41), Some(160));
		job.state = JobState::Disputed;
		assert_eq!(of(&job, 41), None);
	}

	#[test]
	fn earnings_are_those_of_the_records_and_of_this_run() {
		let board = board();
		let before = status(&board).earnings;
		assert_eq!((before.since_start, before.recorded, before.jobs_recorded), (0, 30, 1));
		board.ended(1, "paid", Ending::Paid(u128::MAX));
		board.ended(2, "missed", Ending::Missed);
		let after = status(&board);
		assert_eq!(after.earnings.since_start, u128::MAX);
		assert_eq!(after.earnings.recorded, u128::MAX);
		assert_eq!((after.earnings.jobs_since_start, after.earnings.jobs_recorded), (1, 2));
		let endings = [("missed".to_owned(), 1), ("paid".to_owned(), 1)];
		assert_eq!(after.endings, BTreeMap::from(endings));
		let amounts: Vec<u128> = after.ended.iter().map(|ended| ended.amount).collect();
		assert_eq!(amounts, [u128::MAX, 0]);
	}

	#[test]
	fn a_setback_stays_with_its_job_until_something_succeeds() {
		let board = board();
		board.at_step(5, at("sign", &locked(MINER)));
		board.set_back(5, "Q-EX-005", "no\u{1b}[2J answer");
		board.attempted(5, true);
		board.at_step(5, at("sign", &locked(MINER)));
		let shown = status(&board);
		assert_eq!(shown.jobs[0].setback.as_deref(), Some("Q-EX-005"));
		assert_eq!((shown.setbacks[0].what.as_str(), shown.setbacks_in_all), ("no [2J answer", 1));
		board.succeeded(5);
		assert_eq!(status(&board).jobs[0].setback, None);
	}

	#[test]
	fn services_run_or_are_about_to() {
		let board = board();
		board.started("listener");
		board.started("sender");
		board.failed("listener", &ServiceError::recover("Q-CL-002", "away"), 1);
		let shown = status(&board).services;
		let running: Vec<_> = shown.iter().map(|one| (one.name.as_str(), one.running)).collect();
		assert_eq!(running, [("listener", false), ("sender", true)]);
		let failure = shown[0].last_failure.as_ref().unwrap();
		assert_eq!((failure.code.as_str(), failure.what.as_str()), ("Q-CL-002", "away"));
		board.started("listener");
		let shown = status(&board).services;
		assert_eq!((shown[0].running, shown[0].failures), (true, 1));
	}

	/// Whatever happens, for however long.
	#[test]
	fn boundary_the_document_is_bounded() {
		let board = board();
		let long = "\u{10ffff}\"".repeat(10_000);
		for number in 0..2_000u64 {
			let number = u64::MAX - number;
			board.saw_block(number);
			board.at_step(number, at("commit_late", &locked(MINER)));
			board.set_back(number, "Q-EX-005", &long);
			board.ended(number, "refunded", Ending::Paid(u128::MAX));
		}
		for service in ["a", "b", "c", "d", "e", "f", "g", "h"] {
			board.failed(service, &ServiceError::recover("Q-CL-002", long.as_str()), 1);
		}
		let shown = status(&board);
		assert_eq!((shown.jobs.len(), shown.jobs_left_out), (MOST_JOBS, 2_000 - 256));
		assert_eq!(shown.jobs[0].job, u64::MAX - 1_999, "those whose time ends first");
		for length in [shown.chain.blocks.len(), shown.setbacks.len(), shown.ended.len()] {
			assert_eq!(length, RECENT);
		}
		assert_eq!(shown.setbacks.last().map(|last| last.number), Some(2_000));
		assert_eq!(shown.chain.blocks[0].number, u64::MAX - 1_999 + 31);
		let bytes = serde_json::to_vec(&shown).unwrap();
		assert!(bytes.len() < MAX_BYTES / 2, "{}", bytes.len());
		assert_eq!(serde_json::from_slice::<Status>(&bytes).unwrap(), shown);
	}

	/// Job time does not go back: what is behind was read from an older block.
	#[test]
	fn the_latest_job_time_is_shown() {
		let board = board();
		assert_eq!(status(&board).chain.job_time, None);
		board.saw_time(9);
		board.saw_time(7);
		assert_eq!(status(&board).chain.job_time, Some(9));
	}

	/// What answers every connection with this.
	async fn serving(answer: &'static str) -> SocketAddr {
		use tokio::io::{AsyncReadExt, AsyncWriteExt};
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(async move {
			while let Ok((mut stream, _)) = listener.accept().await {
				let mut request = [0; 1024];
				let _ = stream.read(&mut request).await;
				let _ = stream.write_all(answer.as_bytes()).await;
			}
		});
		address
	}

	#[tokio::test]
	async fn what_is_no_worker_is_named() {
		let fetched = |answer| async move {
			let address = serving(answer).await;
			fetch_status(address).await.unwrap_err()
		};
		let error = fetched("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
		assert!(matches!(&error, StatusError::NotAWorker { reason, .. } if reason.contains("404")));
		let error = fetched("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
		assert!(matches!(error, StatusError::NotAWorker { .. }), "{error}");
		let error = fetched("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"format\":9}").await;
		assert!(matches!(error, StatusError::OtherFormat { found: 9, .. }), "{error}");
		let error = fetched("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{").await;
		assert!(matches!(error, StatusError::NotAWorker { .. }), "too large: {error}");
		let error = fetched("SSH-2.0-other\r\n").await;
		assert!(matches!(error, StatusError::Unreachable { .. }), "{error}");
	}

	#[tokio::test]
	async fn nobody_is_unreachable() {
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let error = fetch_status(address).await.unwrap_err();
		assert!(matches!(error, StatusError::Unreachable { .. }), "{error}");
	}
}
