//! Child processes that end with whoever started them.

use crate::failure::Failure;
use rustix::process::{kill_process_group, Pid, Signal};
use std::{
	ffi::OsStr,
	fs::{self, File},
	net::{Ipv4Addr, SocketAddr},
	path::{Path, PathBuf},
	process::{ExitStatus, Stdio},
	time::{Duration, Instant},
};
use tokio::{
	net::{TcpListener, TcpStream},
	process::{Child, Command},
};

/// Last lines of a log that are shown when its process ends unexpectedly.
const LOG_LINES: usize = 20;

/// How long a process may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// How long a process may take to end when asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a starting process is tried.
const START_POLL: Duration = Duration::from_millis(200);

/// A child process in a process group of its own, killed with the whole group when dropped.
#[derive(Debug)]
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Starts a program that writes to `log`, appending.
	pub fn start(
		name: impl Into<String>,
		program: &Path,
		arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
		log: &Path,
	) -> Result<Self, Failure> {
		let name = name.into();
		let failed = || format!("starting the {name}, {}", program.display());
		let output = File::options()
			.create(true)
			.append(true)
			.open(log)
			.map_err(|error| Failure::unavailable(failed(), error))?;
		let errors = output.try_clone().map_err(|error| Failure::unavailable(failed(), error))?;
		let child = Command::new(program)
			.args(arguments)
			.stdin(Stdio::null())
			.stdout(output)
			.stderr(errors)
			// So that a Ctrl-C reaches us alone and the end of the children stays in our hands.
			.process_group(0)
			.kill_on_drop(true)
			.spawn()
			.map_err(|error| Failure::unavailable(failed(), error))?;
		Ok(Self { name, child, log: log.into() })
	}

	/// Its process id, while it runs.
	pub fn id(&self) -> Option<u32> {
		self.child.id()
	}

	/// Fails with the end of its log if the process has ended.
	pub fn ensure_running(&mut self) -> Result<(), Failure> {
		match self.child.try_wait() {
			Ok(None) => Ok(()),
			Ok(Some(status)) => Err(self.ended(status)),
			Err(error) => Err(Failure::unavailable(format!("watching the {}", self.name), error)),
		}
	}

	/// How it has ended by itself, if it has.
	pub fn exited(&mut self) -> Result<Option<ExitStatus>, Failure> {
		self.child
			.try_wait()
			.map_err(|error| Failure::unavailable(format!("watching the {}", self.name), error))
	}

	fn ended(&self, status: ExitStatus) -> Failure {
		let detail = format!("{status}; its last words:\n{}", self.last_words(LOG_LINES));
		Failure::unavailable(format!("the {} ended", self.name), detail)
	}

	/// The last lines of its log.
	pub fn last_words(&self, lines: usize) -> String {
		last_lines(&self.log, lines)
	}

	/// Waits until it answers at an address.
	pub async fn answers_at(&mut self, address: SocketAddr) -> Result<(), Failure> {
		let start = Instant::now();
		loop {
			self.ensure_running()?;
			if TcpStream::connect(address).await.is_ok() {
				return Ok(());
			}
			if start.elapsed() > START_TIMEOUT {
				let detail = format!("no answer at {address} within {} s", START_TIMEOUT.as_secs());
				return Err(Failure::unavailable(format!("starting the {}", self.name), detail));
			}
			tokio::time::sleep(START_POLL).await;
		}
	}

	/// Kills the process, which has no say in it, and waits until it is gone.
	pub async fn kill(mut self) -> Result<(), Failure> {
		self.signal(Signal::KILL);
		let ended = self.child.wait().await;
		ended
			.map(|_| ())
			.map_err(|error| Failure::unavailable(format!("killing the {}", self.name), error))
	}

	/// Asks the process to end and waits. Anything but an orderly end in a minute is a failure.
	pub async fn stop(mut self) -> Result<(), Failure> {
		self.signal(Signal::TERM);
		let status = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.map_err(|_| {
			let detail = format!("still runs {} s after SIGTERM", STOP_TIMEOUT.as_secs());
			Failure::unavailable(format!("stopping the {}", self.name), detail)
		})?;
		match status {
			Ok(status) if status.success() => Ok(()),
			Ok(status) => Err(self.ended(status)),
			Err(error) => Err(Failure::unavailable(format!("stopping the {}", self.name), error)),
		}
	}

	/// Sends a signal to the process and its children. A process that has been waited for has no
	/// id any more, so that nobody else's process is ever meant.
	fn signal(&self, signal: Signal) {
		let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
		if let Some(id) = id {
			let _ = kill_process_group(id, signal);
		}
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		self.signal(Signal::KILL);
	}
}

/// The last lines of a file, as far as it can be read.
pub fn last_lines(file: &Path, lines: usize) -> String {
	let text = fs::read(file).unwrap_or_default();
	let text = String::from_utf8_lossy(&text);
	let all: Vec<_> = text.lines().collect();
	all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}

/// A loopback address that nobody listens on.
pub async fn free_address() -> Result<SocketAddr, Failure> {
	let failed = |error| Failure::unavailable("looking for a free port", error);
	let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
	listener.local_addr().map_err(failed)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn boundary_the_last_lines_are_at_most_all() {
		let file = tempfile::NamedTempFile::new().unwrap();
		assert_eq!(last_lines(file.path(), 3), "");
		fs::write(file.path(), b"a\nb\xff\nc\n").unwrap();
		assert_eq!(last_lines(file.path(), 2), "b\u{fffd}\nc");
		assert_eq!(last_lines(file.path(), 9), "a\nb\u{fffd}\nc");
		assert_eq!(last_lines(Path::new("no-such-file"), 9), "");
	}

	/// What it is asked not to do when it is asked to end, it does not do when it is killed.
	#[tokio::test]
	async fn a_killed_process_is_gone() {
		let folder = tempfile::tempdir().unwrap();
		let log = folder.path().join("log");
		let stubborn = "trap '' TERM; echo ready; while :; do sleep 1; done";
		let process =
			Process::start("shell", Path::new("/bin/sh"), ["-c", stubborn], &log).unwrap();
		let id = process.id().unwrap();
		while last_lines(&log, 1) != "ready" {
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
		tokio::time::timeout(Duration::from_secs(10), process.kill()).await.unwrap().unwrap();
		assert!(!Path::new(&format!("/proc/{id}")).exists());
	}
}
