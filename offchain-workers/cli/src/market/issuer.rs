//! An issuer's process.

use super::{process::Process, DevelopmentAccount};
use crate::failure::Failure;
use std::{
	fs,
	net::SocketAddr,
	path::{Path, PathBuf},
};
use toml::{Table, Value};

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
	/// Writes its configuration beside its record, starts it and waits until it answers.
	pub async fn start(&self) -> Result<Process, Failure> {
		let config = self.store.with_extension("toml");
		fs::write(&config, self.document().to_string()).map_err(Failure::io("writing", &config))?;
		let arguments = [
			"--output=json".as_ref(),
			"issuer".as_ref(),
			"run".as_ref(),
			"--config".as_ref(),
			config.as_os_str(),
		];
		let mut issuer = Process::start("issuer", &self.program, arguments, &self.log)?;
		issuer.answers_at(self.listen).await?;
		Ok(issuer)
	}

	/// The configuration. What is not here has its defaults.
	fn document(&self) -> Table {
		let path = |path: &Path| Value::from(path.display().to_string());
		let monitor = Table::from_iter([("listen".to_owned(), String::new().into())]);
		[
			("node", self.node.as_str().into()),
			("key", self.key.uri().into()),
			("blobs", path(&self.blobs)),
			("store", path(&self.store)),
			("listen", self.listen.to_string().into()),
			("monitor", monitor.into()),
		]
		.map(|(key, value): (_, Value)| (key.to_owned(), value))
		.into_iter()
		.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_issuer::IssuerConfig;

	/// An issuer reads what is written for it.
	#[test]
	fn the_configuration_says_what_it_is_to() {
		let folder = tempfile::tempdir().unwrap();
		let at = |name: &str| folder.path().join(name);
		let setup = IssuerSetup {
			program: at("quittance"),
			node: "ws://127.0.0.1:1".to_owned(),
			key: DevelopmentAccount::new("//Dave").unwrap(),
			blobs: folder.path().to_owned(),
			store: at("signed.redb"),
			listen: SocketAddr::from(([127, 0, 0, 1], 9)),
			log: at("issuer.log"),
		};
		let config = IssuerConfig::from_toml(&setup.document().to_string()).unwrap();
		assert_eq!((config.node, config.key.account()), (setup.node, setup.key.account()));
		assert_eq!((config.blobs, config.store), (setup.blobs, setup.store));
		assert_eq!((config.listen, config.monitor), (setup.listen, None));
	}
}
