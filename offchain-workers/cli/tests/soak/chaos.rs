//! What goes wrong, and when.

use crate::market::Market;
use quittance_cli::market::Failure;
use rand::{rngs::StdRng, seq::SliceRandom, Rng};
use std::{
	sync::atomic::{AtomicBool, AtomicUsize, Ordering},
	time::{Duration, Instant},
};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// How often the node is killed.
pub const NODE_KILLS: u32 = 2;

/// The least that has to have gone wrong before a run can end: kills of each worker, and cuts.
const LEAST_KILLS: u32 = 2;
const LEAST_CUTS: u32 = 3;

/// How much time there is between two things, in milliseconds. A worker is up after two seconds.
const PAUSE: std::ops::Range<u64> = 2_000..7_000;

/// How long something is away that is killed or cut, in milliseconds.
const AWAY: std::ops::Range<u64> = 0..4_000;

/// What poster, watcher and chaos tell each other.
#[derive(Default)]
pub struct Progress {
	/// Number of jobs posted.
	pub posted: AtomicUsize,
	/// Of those, number that is not known to have ended.
	pub live: AtomicUsize,
	/// Whether enough has gone wrong.
	pub enough: AtomicBool,
	/// Held while something is posted: the requester is no worker, and nobody would pay a second time for
	/// a post of which it does not know what became.
	pub posting: RwLock<()>,
	/// Cancelled when every job has ended.
	pub finished: CancellationToken,
}

/// Breaks things until it is finished.
pub struct Chaos {
	rng: StdRng,
	began: Instant,
	/// Numbers of posted jobs at which the node is killed.
	node_kills_at: Vec<usize>,
	/// Seats in the order in which their workers are killed next.
	next: Vec<usize>,
	cuts: u32,
	/// Connections that were cut.
	severed: usize,
}

impl Chaos {
	/// What can happen while so many jobs are posted.
	pub fn new(mut rng: StdRng, jobs: usize) -> Self {
		let third = (jobs / 3).max(1);
		let node_kills_at =
			(1..=2).map(|kill| (kill * third - rng.gen_range(0..third)).min(jobs)).collect();
		let began = Instant::now();
		Self { rng, began, node_kills_at, next: Vec::new(), cuts: 0, severed: 0 }
	}

	/// How often connections were cut.
	pub fn cuts(&self) -> u32 {
		self.cuts
	}

	/// Breaks things.
	pub async fn run(&mut self, market: &mut Market, progress: &Progress) -> Result<(), Failure> {
		loop {
			let pause = self.milliseconds(PAUSE);
			tokio::select! {
				() = progress.finished.cancelled() => break,
				() = tokio::time::sleep(pause) => {},
			}
			market.look_after()?;
			let posted = progress.posted.load(Ordering::SeqCst);
			if self.node_kills_at.first().is_some_and(|at| posted >= *at) {
				self.node_kills_at.remove(0);
				// Between posts, of which each is final then.
				let _nothing_is_posted = progress.posting.write().await;
				let down = self.milliseconds(AWAY);
				self.say(&format!("node killed, down for {} ms", down.as_millis()));
				market.restart_node(down).await?;
			} else {
				match self.rng.gen_range(0..10) {
					0..=4 => self.kill_one(market).await?,
					5 => self.kill_all(market).await?,
					_ => self.cut(market),
				}
			}
			if self.has_done_enough(market) {
				progress.enough.store(true, Ordering::SeqCst);
			}
		}
		let kills: u32 = market.seats.iter().map(|seat| seat.kills).sum();
		self.say(&format!(
			"over: {} node kills, {kills} worker kills, {} cuts of {} connections",
			market.node_kills, self.cuts, self.severed
		));
		Ok(())
	}

	fn has_done_enough(&self, market: &Market) -> bool {
		market.node_kills == NODE_KILLS
			&& market.seats.iter().all(|seat| seat.kills >= LEAST_KILLS)
			&& self.cuts >= LEAST_CUTS
			&& self.severed > 0
	}

	async fn kill_one(&mut self, market: &mut Market) -> Result<(), Failure> {
		if self.next.is_empty() {
			self.next = (0..market.seats.len()).collect();
			self.next.shuffle(&mut self.rng);
		}
		let Some(seat) = self.next.pop().and_then(|place| market.seats.get_mut(place)) else {
			return Ok(());
		};
		let down = self.milliseconds(AWAY);
		self.say(&format!(
			"worker of {} killed, down for {} ms",
			seat.miner.name(),
			down.as_millis()
		));
		seat.kill().await?;
		tokio::time::sleep(down).await;
		seat.start()
	}

	async fn kill_all(&mut self, market: &mut Market) -> Result<(), Failure> {
		let down = self.milliseconds(AWAY);
		self.say(&format!("all workers killed, down for {} ms", down.as_millis()));
		for seat in &mut market.seats {
			seat.kill().await?;
		}
		tokio::time::sleep(down).await;
		for seat in &mut market.seats {
			seat.start()?;
		}
		Ok(())
	}

	fn cut(&mut self, market: &Market) {
		let mut wires = market.wires();
		wires.shuffle(&mut self.rng);
		let count = self.rng.gen_range(1..=wires.len());
		let outage = self.milliseconds(AWAY);
		let severed: usize = wires.iter().take(count).map(|wire| wire.cut(outage)).sum();
		self.say(&format!(
			"{count} wires with {severed} connections cut for {} ms",
			outage.as_millis()
		));
		self.cuts += 1;
		self.severed += severed;
	}

	fn milliseconds(&mut self, range: std::ops::Range<u64>) -> Duration {
		Duration::from_millis(self.rng.gen_range(range))
	}

	fn say(&self, what: &str) {
		println!("soak: {:>5.1} s: {what}", self.began.elapsed().as_secs_f64());
	}
}
