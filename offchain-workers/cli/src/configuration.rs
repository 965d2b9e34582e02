//! The daemons' configurations, and what a daemon says when it has stopped: the same for both.

use crate::{
	console::{Console, Report},
	failure::{Failure, Fault, SUCCESS},
};
use clap::Subcommand;
use quittance_worker::ConfigError;
use serde::Serialize;
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
};

/// What a daemon is configured by: one file.
pub trait Configuration: Sized {
	/// All keys with their defaults, each explained.
	const DEFAULT: &'static str;

	/// Reads a file.
	fn from_file(path: &Path) -> Result<Self, ConfigError>;

	/// What it comes to, for programs and people, without its key.
	fn summary(&self) -> impl Report;
}

/// Reads a daemon's configuration.
pub fn read<C: Configuration>(path: &Path) -> Result<C, Failure> {
	C::from_file(path).map_err(|error| Failure::file(path, Fault::Invalid, error))
}

/// What a configuration is made of.
#[derive(Subcommand, Debug)]
pub enum Config {
	/// Print the configuration with all defaults, each key explained.
	Default,
	/// Say everything that is wrong with a configuration, or what it comes to. Nothing is connected to.
	Check {
		/// The configuration.
		file: PathBuf,
	},
}

impl Config {
	/// Runs the command for a daemon.
	pub fn run<C: Configuration>(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Default => console.report(&Document { document: C::DEFAULT }),
			Self::Check { file } => console.report(&read::<C>(&file)?.summary()),
		}
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Document {
	document: &'static str,
}

impl Report for Document {
	fn text(&self) -> String {
		self.document.trim_end().to_owned()
	}
}

/// The summary of a configuration in which nothing is wrong, for people.
pub fn summary_text(facts: &[(&str, String)]) -> String {
	let lines = facts.iter().map(|(name, value)| format!("\n{name:<10}{value}"));
	["nothing is wrong with it".to_owned()].into_iter().chain(lines).collect()
}

/// Where health and metrics are served, for people.
pub fn monitor_text(monitor: Option<SocketAddr>) -> String {
	monitor.map_or_else(|| "nowhere".to_owned(), |address| format!("http://{address}"))
}

/// The last words of a process that was told to stop.
#[derive(Serialize)]
pub struct Stopped {
	/// Which process.
	pub stopped: &'static str,
}

impl Report for Stopped {
	fn text(&self) -> String {
		format!("{} stopped", self.stopped)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_summary_is_a_line_for_each_fact() {
		let text = summary_text(&[("node", "ws://a".to_owned()), ("monitor", monitor_text(None))]);
		assert_eq!(text, "nothing is wrong with it\nnode      ws://a\nmonitor   nowhere");
		assert_eq!(monitor_text("127.0.0.1:9".parse().ok()), "http://127.0.0.1:9");
	}
}
