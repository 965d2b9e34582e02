//! A development node.

use super::process::Process;
use crate::failure::Failure;
use std::{
	ffi::OsString,
	net::{Ipv4Addr, SocketAddr},
	path::PathBuf,
};

/// How a node of a development chain is run, as its only validator. Started again with the same folder, it
/// goes on with its chain.
#[derive(Clone, Debug)]
pub struct NodeSetup {
	/// The node's program.
	pub program: PathBuf,
	/// Folder of its database.
	pub base_path: PathBuf,
	/// Port of its RPC, on this machine.
	pub port: u16,
	/// Whether it keeps the state of all blocks, so that all of them can be looked at in the end.
	pub archive: bool,
	/// Its log, which is appended to.
	pub log: PathBuf,
}

impl NodeSetup {
	/// Where its RPC is.
	pub fn address(&self) -> SocketAddr {
		(Ipv4Addr::LOCALHOST, self.port).into()
	}

	/// The same as its clients write it.
	pub fn url(&self) -> String {
		format!("ws://{}", self.address())
	}

	/// Starts it and waits until it answers.
	pub async fn start(&self) -> Result<Process, Failure> {
		let mut node = Process::start("node", &self.program, self.arguments(), &self.log)?;
		node.answers_at(self.address()).await?;
		Ok(node)
	}

	fn arguments(&self) -> Vec<OsString> {
		let mut arguments: Vec<OsString> = vec![
			"--dev".into(),
			"--base-path".into(),
			self.base_path.clone().into(),
			"--database=paritydb".into(),
			"--rpc-port".into(),
			self.port.to_string().into(),
			"--listen-addr=/ip4/127.0.0.1/tcp/0".into(),
			"--no-mdns".into(),
			"--no-prometheus".into(),
			"--no-telemetry".into(),
		];
		if self.archive {
			arguments.extend(["--state-pruning=archive".into(), "--blocks-pruning=archive".into()]);
		}
		arguments
	}
}
