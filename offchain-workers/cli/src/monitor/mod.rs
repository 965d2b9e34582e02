//! Asking a running worker what it is at: once, or again and again.

mod changes;
mod frame;
mod overview;
mod screen;

use crate::{
	console::{Console, Format},
	failure::{Failure, Fault, REFUSED, SUCCESS},
	shutdown,
};
use changes::changes;
use clap::Args;
use frame::{draw, Scene};
use overview::Overview;
use quittance_worker::{fetch_status, Status as Seen, StatusError};
use screen::{keys, Key, Screen};
use std::{
	io::{IsTerminal, Write},
	net::SocketAddr,
	time::Duration,
};

/// How long a frame stands that is of another size than the terminal.
const REDRAW: Duration = Duration::from_millis(500);

impl From<StatusError> for Failure {
	fn from(error: StatusError) -> Self {
		match error {
			StatusError::OtherFormat { .. } | StatusError::NotAWorker { .. } => {
				Self::argument("--monitor", Fault::Unsupported, error)
			},
			StatusError::Unreachable { .. } => Self::unavailable(
				"asking the worker",
				format!(
					"{error}; is it running, and is this the address that its configuration gives as \
					 `listen` under [monitor]?"
				),
			),
		}
	}
}

/// Where a worker's monitor listens.
#[derive(Args, Clone, Debug)]
pub struct MonitorAddress {
	/// Where the worker's monitor listens: `listen` under [monitor] of its configuration.
	#[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9960")]
	monitor: SocketAddr,
}

/// Show what a running worker is at. Ends with exit code 1 where something keeps it from working.
#[derive(Args, Debug)]
pub struct Status {
	#[command(flatten)]
	address: MonitorAddress,
}

impl Status {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let seen = fetch_status(self.address.monitor).await?;
		let ready = seen.lacks.is_empty();
		console.report(&Overview(seen));
		Ok(if ready { SUCCESS } else { REFUSED })
	}
}

/// Watch what a running worker is at, until q or Ctrl-C. Where the output is no terminal, or with `--output
/// json`, a line is written for each change instead.
#[derive(Args, Debug)]
pub struct Watch {
	#[command(flatten)]
	address: MonitorAddress,
	/// Seconds between two looks.
	#[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
	every: u64,
}

impl Watch {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		// Somebody has to be there for the start; later on the worker may be started again.
		let first = fetch_status(self.address.monitor).await?;
		let live = console.format() == Format::Text
			&& std::io::stdout().is_terminal()
			&& std::io::stdin().is_terminal();
		match live {
			true => self.on_screen(first).await,
			false => self.in_lines(console, first).await,
		}
	}

	async fn on_screen(&self, first: Seen) -> Result<u8, Failure> {
		let failed = |error| Failure::unavailable("drawing on the terminal", error);
		let mut screen = Screen::enter(std::io::stdout()).map_err(failed)?;
		let (mut pressed, mut keyboard) = (keys(), true);
		let mut scene =
			Scene { seen: first, away: None, address: self.address.monitor, every: self.every };
		let mut drawn = Vec::new();
		let ended = shutdown::requested();
		tokio::pin!(ended);
		let mut look = Box::pin(self.look());
		loop {
			let (width, height) = screen::size();
			let frame = draw(&scene, width, height);
			if frame != drawn {
				screen.show(&frame).map_err(failed)?;
				drawn = frame;
			}
			tokio::select! {
				ended = &mut ended => {
					ended?;
					return Ok(SUCCESS);
				},
				key = pressed.recv(), if keyboard => match key {
					Some(Key::Quit) => return Ok(SUCCESS),
					Some(Key::Other) => {},
					None => keyboard = false,
				},
				seen = &mut look => {
					match seen {
						Ok(seen) => (scene.seen, scene.away) = (seen, None),
						Err(error) => scene.away = Some(error.to_string()),
					}
					look = Box::pin(self.look());
				},
				// The terminal may have another size by now.
				() = tokio::time::sleep(REDRAW) => {},
			}
		}
	}

	/// Ends when told to, or when nobody reads any more.
	async fn in_lines(&self, console: &Console, first: Seen) -> Result<u8, Failure> {
		let ended = shutdown::requested();
		tokio::pin!(ended);
		let mut away = false;
		let mut before = None;
		let mut now = first;
		loop {
			if !write_changes(console.format(), before.as_ref(), &now)? {
				return Ok(SUCCESS);
			}
			before = Some(now);
			now = loop {
				let seen = tokio::select! {
					ended = &mut ended => {
						ended?;
						return Ok(SUCCESS);
					},
					seen = self.look() => seen,
				};
				match seen {
					Ok(seen) => {
						if std::mem::take(&mut away) {
							console.note("the worker answers again");
						}
						break seen;
					},
					Err(error) => {
						if !std::mem::replace(&mut away, true) {
							console.note(&error.to_string());
						}
					},
				}
			};
		}
	}

	/// The next look at the worker, after a pause.
	async fn look(&self) -> Result<Seen, StatusError> {
		tokio::time::sleep(Duration::from_secs(self.every)).await;
		fetch_status(self.address.monitor).await
	}
}

/// Writes what has changed; whether anybody still reads it.
fn write_changes(format: Format, before: Option<&Seen>, now: &Seen) -> Result<bool, Failure> {
	let failed = |error: &dyn std::fmt::Display| {
		Failure::unavailable("writing what the worker is at", error)
	};
	let lines = match format {
		Format::Text => changes(before, now),
		Format::Json if before.is_some_and(|before| same(before, now)) => Vec::new(),
		Format::Json => vec![serde_json::to_string(now).map_err(|error| failed(&error))?],
	};
	let mut stdout = std::io::stdout().lock();
	let written =
		lines.iter().try_for_each(|line| writeln!(stdout, "{line}")).and_then(|()| stdout.flush());
	match written {
		Ok(()) => Ok(true),
		Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
		Err(error) => Err(failed(&error)),
	}
}

/// Whether nothing but the time has changed.
fn same(before: &Seen, now: &Seen) -> bool {
	Seen { now: now.now, ..before.clone() } == *now
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use quittance_worker::{
		BlockSeen, ChainSeen, Earnings, EndedJob, JobAtHand, ServiceFailure, ServiceHealth, Setback,
	};
	use std::collections::BTreeMap;

	/// Smallest units in a QTC.
	const QTC: u128 = 1_000_000_000_000;

	/// When it was seen.
	const NOW: u64 = 1_800_000_000_000;

	fn job(job: u64, step: &str, deadline: u64, done: u32, of: u32) -> JobAtHand {
		JobAtHand {
			job,
			step: step.into(),
			busy: true,
			since: NOW - 4_000,
			waits_until: None,
			deadline: Some(deadline),
			done,
			of,
			level: "basic".into(),
			redundancy: 1,
			pays: QTC / 2,
			setback: None,
		}
	}

	fn service(name: &str) -> ServiceHealth {
		ServiceHealth {
			name: name.into(),
			running: true,
			since: NOW - 7_500_000,
			failures: 0,
			last_failure: None,
		}
	}

	/// A worker in the middle of its work.
	pub fn seen() -> Seen {
		let waiting = JobAtHand {
			busy: false,
			waits_until: Some(1_236),
			redundancy: 2,
			setback: Some("Q-EX-005".into()),
			..job(42, "wait", 1_260, 3, 7)
		};
		let failed = ServiceHealth {
			running: false,
			since: NOW - 2_000,
			failures: 3,
			last_failure: Some(ServiceFailure {
				code: "Q-CL-002".into(),
				what: "the node is away".into(),
				at: NOW - 2_000,
			}),
			..service("listener")
		};
		Seen {
			format: 1,
			version: "0.1.0".into(),
			miner: "VZminer".into(),
			hot_key: "VZhot".into(),
			genesis: "0x01".into(),
			started_at: NOW - 7_500_000,
			now: NOW,
			lacks: Vec::new(),
			chain: ChainSeen {
				job_time: Some(1_234),
				epoch: 12,
				heartbeat: 12,
				blocks: vec![
					BlockSeen { number: 1_233, at: NOW - 8_000 },
					BlockSeen { number: 1_234, at: NOW - 2_000 },
				],
			},
			jobs: vec![job(41, "prove", 1_240, 3, 5), waiting],
			jobs_left_out: 0,
			waiting: 9,
			earnings: Earnings {
				since_start: 3 * QTC / 2,
				recorded: 40 * QTC,
				jobs_since_start: 3,
				jobs_recorded: 81,
			},
			endings: BTreeMap::from([("missed".into(), 1), ("paid".into(), 3)]),
			ended: vec![
				EndedJob { number: 3, job: 39, how: "missed".into(), amount: 0, at: NOW - 90_000 },
				EndedJob {
					number: 4,
					job: 40,
					how: "paid".into(),
					amount: QTC / 2,
					at: NOW - 30_000,
				},
			],
			setbacks_in_all: 7,
			setbacks: vec![Setback {
				number: 7,
				job: 42,
				code: "Q-EX-005".into(),
				what: "[Q-EX-005] the issuer\u{1b}[31m does not answer".into(),
				at: NOW - 15_000,
			}],
			services: vec![service("executor"), failed, service("sender")],
		}
	}

	#[test]
	fn time_alone_is_no_change() {
		let later = Seen { now: NOW + 1_000, ..seen() };
		assert!(same(&seen(), &later));
		assert!(!same(&seen(), &Seen { waiting: 8, ..later }));
	}

	#[test]
	fn boundary_looks_are_a_second_apart_at_least() {
		use clap::Parser;
		#[derive(Parser)]
		struct Line {
			#[command(flatten)]
			watch: Watch,
		}
		let parse = |arguments: &[&str]| {
			let line = Line::try_parse_from(["x"].iter().chain(arguments));
			line.map(|line| (line.watch.address.monitor.to_string(), line.watch.every)).ok()
		};
		assert_eq!(parse(&[]), Some(("127.0.0.1:9960".into(), 1)));
		assert_eq!(
			parse(&["--monitor", "[::1]:1", "--every", "3600"]),
			Some(("[::1]:1".into(), 3600))
		);
		for arguments in [["--every", "0"], ["--every", "3601"], ["--monitor", "localhost"]] {
			assert_eq!(parse(&arguments), None, "{arguments:?}");
		}
	}
}
