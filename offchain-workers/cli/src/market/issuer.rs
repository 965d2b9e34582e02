//! An issuer's process.

use super::{process::Process, DevelopmentAccount};
use crate::failure::Failure;
use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

/// How an issuer is run.
#[derive(Clone, Debug)]
pub struct IssuerSetup {
	/// The `quittance` program.
	pub program: PathBuf,
	/// The node's WebSocket address.
	pub node: String,
	/// Its account.
	pub key: DevelopmentAccount,
	/// The blob folder.
	pub blobs: PathBuf,
	/// Its record of what it has signed.
	pub store: PathBuf,
	/// Where it is asked for receipts.
	pub listen: SocketAddr,
	/// Its log, which is appended to.
	pub log: PathBuf,
}

impl IssuerSetup {
	/// Starts it and waits until it answers.
	pub async fn start(&self) -> Result<Process, Failure> {
		let mut issuer = Process::start("issuer", &self.program, self.arguments(), &self.log)?;
		issuer.answers_at(self.listen).await?;
		Ok(issuer)
	}

	fn arguments(&self) -> Vec<OsString> {
		vec![
			"--output=json".into(),
			"issuer".into(),
			"run".into(),
			"--node".into(),
			self.node.clone().into(),
			"--key".into(),
			self.key.uri().into(),
			"--blobs".into(),
			self.blobs.clone().into(),
			"--store".into(),
			self.store.clone().into(),
			"--listen".into(),
			self.listen.to_string().into(),
		]
	}
}
