//! Child processes that end with the demonstration.

use crate::failure::Failure;
use rustix::process::{kill_process_group, Pid, Signal};
use std::{
	ffi::OsStr,
	fs::{self, File},
	path::{Path, PathBuf},
	process::{ExitStatus, Stdio},
	time::Duration,
};
use tokio::process::{Child, Command};

/// Last lines of a log that are shown when its process ends unexpectedly.
const LOG_LINES: usize = 20;

/// A child process in a process group of its own, killed with the whole group when dropped.
pub struct Process {
	name: &'static str,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Starts a program that writes to `log`, appending.
	pub fn start(
		name: &'static str,
		program: &Path,
		arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
		log: &Path,
	) -> Result<Self, Failure> {
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

	fn ended(&self, status: ExitStatus) -> Failure {
		let log = fs::read_to_string(&self.log).unwrap_or_default();
		let lines: Vec<_> = log.lines().collect();
		let tail = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default();
		let detail = format!("{status}; its last words:\n{}", tail.join("\n"));
		Failure::unavailable(format!("the {} ended", self.name), detail)
	}

	/// Asks the process to end and waits. Anything but an orderly end in time is a failure.
	pub async fn stop(mut self, within: Duration) -> Result<(), Failure> {
		self.signal(Signal::TERM);
		let status = tokio::time::timeout(within, self.child.wait()).await.map_err(|_| {
			let detail = format!("still runs {} s after SIGTERM", within.as_secs());
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
