//! How an issuer is configured: one TOML document, or by a program.

use quittance_client::AccountKey;
use quittance_daemon::{
	configuration::{
		address_of_node, at_most, file_to_be, folder, key, listen, positive, read_file, text, Value,
	},
	ConfigError, Document,
};
use quittance_types::JobTime;
use std::{
	net::{Ipv4Addr, SocketAddr},
	path::{Path, PathBuf},
	time::Duration,
};

/// The document with the defaults and what each key is for. It lacks what has no default.
pub const DEFAULT_CONFIG: &str = include_str!("default.toml");

/// How long a receipt stays valid after its job's deadline, in job time, unless configured: longer than
/// the deadline can move when another issuer is removed. The chain's limit caps it.
const EXPIRY_MARGIN: JobTime = 50_000;

/// Most jobs repeated at once. More would need more memory than they save time.
const MOST_AT_WORK: u32 = 64;

/// Most requests that wait, and most connections.
const MOST_WAITING: u32 = 4_096;

/// Longest time for a request, in seconds.
const MOST_SECONDS: u32 = 3_600;

/// Most requests of a signer in a minute.
const MOST_PER_MINUTE: u32 = 60_000;

/// How to run an issuer.
#[derive(Debug)]
pub struct IssuerConfig {
	/// WebSocket address of a node.
	pub node: String,
	/// The issuer's account.
	pub key: AccountKey,
	/// Folder of the blob store.
	pub blobs: PathBuf,
	/// File with the record of signed receipts. Losing it can cost the bond.
	pub store: PathBuf,
	/// Where to listen. Requests are signed for the miner they name, and answered to whoever has
	/// them. Traffic is not encrypted, and a receipt's salt is in it: anything but loopback needs a proxy that
	/// encrypts.
	pub listen: SocketAddr,
	/// How long a receipt stays valid after its job's deadline, in job time; at most what the chain
	/// accepts.
	pub expiry_margin: JobTime,
	/// What keeps requests from being too many.
	pub bounds: Bounds,
	/// Where health and metrics are served, if anywhere.
	pub monitor: Option<SocketAddr>,
}

/// What keeps requests from being too many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
	/// Most jobs repeated at once for miners that have them.
	pub at_work: u32,
	/// Most late jobs repeated at once. Anybody may ask for those, which must not keep the others waiting.
	pub late_at_work: u32,
	/// Most requests at once, at work or waiting. Late ones are at most a quarter of them.
	pub waiting: u32,
	/// After how long a request is given up.
	pub time: Duration,
	/// Most requests of a signer in a minute.
	pub per_minute: u32,
	/// Most connections at once.
	pub connections: u32,
}

impl Default for Bounds {
	fn default() -> Self {
		Self {
			at_work: 2,
			late_at_work: 1,
			waiting: 64,
			time: Duration::from_secs(90),
			per_minute: 60,
			connections: 128,
		}
	}
}

impl IssuerConfig {
	/// The configuration with the document's defaults for the rest: port 9955 of this machine, but no monitor.
	pub fn new(node: String, key: AccountKey, blobs: PathBuf, store: PathBuf) -> Self {
		Self {
			node,
			key,
			blobs,
			store,
			listen: (Ipv4Addr::LOCALHOST, 9955).into(),
			expiry_margin: EXPIRY_MARGIN,
			bounds: Bounds::default(),
			monitor: None,
		}
	}

	/// The configuration in a file.
	///
	/// # Errors
	///
	/// Everything that is wrong with it, at once.
	pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
		Self::from_toml(&read_file(path)?)
	}

	/// The configuration in a document. Files are looked at: keys and folders must be there.
	///
	/// # Errors
	///
	/// Everything that is wrong with it, at once.
	pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
		let mut document = Document::parse(text)?;
		let node = document.required("node", address_of_node);
		let key = document.required("key", key);
		let blobs = document.required("blobs", folder);
		let store = document.required("store", file_to_be);
		let door = document.optional("listen", loopback);
		let margin = document.section("receipts", |section| {
			section.optional("expiry_margin", positive).unwrap_or(EXPIRY_MARGIN)
		});
		let default = Bounds::default();
		let bounds = document.section("requests", |section| {
			let mut read =
				|key, most, default| section.optional(key, at_most(most)).unwrap_or(default);
			Bounds {
				at_work: read("at_work", MOST_AT_WORK, default.at_work),
				late_at_work: read("late_at_work", MOST_AT_WORK, default.late_at_work),
				waiting: read("waiting", MOST_WAITING, default.waiting),
				per_minute: read("per_minute", MOST_PER_MINUTE, default.per_minute),
				connections: read("connections", MOST_WAITING, default.connections),
				time: section
					.optional("seconds", at_most(MOST_SECONDS))
					.map_or(default.time, |seconds| Duration::from_secs(seconds.into())),
			}
		});
		let monitor = document.section("monitor", |section| {
			let default = (Ipv4Addr::LOCALHOST, 9961).into();
			section.optional("listen", listen).unwrap_or(Some(default))
		});
		document.nothing_left();

		let complete = (node, key, blobs, store, document.is_good());
		let (Some(node), Some(key), Some(blobs), Some(store), true) = complete else {
			return Err(document.into_error());
		};
		let default = Self::new(node, key, blobs, store);
		let listen = door.unwrap_or(default.listen);
		Ok(Self { listen, expiry_margin: margin, bounds, monitor, ..default })
	}
}

/// An address on this machine.
fn loopback(value: Value) -> Result<SocketAddr, String> {
	let address: SocketAddr =
		text(value)?.parse().map_err(|error| format!("no address: {error}"))?;
	match address.ip().is_loopback() {
		true => Ok(address),
		false => Err("not on this machine: put a proxy that encrypts before it".to_owned()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The default document with what it lacks, in a folder that is there.
	fn filled(folder: &Path) -> String {
		let folder = folder.display();
		DEFAULT_CONFIG
			.replace("key = \"\"", "key = \"//Dave\"")
			.replace("/var/lib/quittance/issuer.redb", &format!("{folder}/issuer.redb"))
			.replace("/var/lib/quittance/blobs", &folder.to_string())
	}

	fn problems(text: &str) -> Vec<(String, String)> {
		let ConfigError(problems) = IssuerConfig::from_toml(text).unwrap_err();
		problems.into_iter().map(|problem| (problem.key, problem.what)).collect()
	}

	fn keys(problems: &[(String, String)]) -> Vec<&str> {
		problems.iter().map(|(key, _)| key.as_str()).collect()
	}

	#[test]
	fn the_printed_defaults_are_the_defaults() {
		let folder = tempfile::tempdir().unwrap();
		let read = IssuerConfig::from_toml(&filled(folder.path())).unwrap();
		let path = folder.path().to_owned();
		let default = IssuerConfig::new(
			"ws://127.0.0.1:9944".to_owned(),
			AccountKey::development("//Dave").unwrap(),
			path.clone(),
			path.join("issuer.redb"),
		);
		let monitor = Some("127.0.0.1:9961".parse().unwrap());
		let expected = IssuerConfig { monitor, ..default };
		assert_eq!(format!("{read:?}"), format!("{expected:?}"));
	}

	/// What is not in the document is as it is in the printed one.
	#[test]
	fn what_is_left_out_is_the_default() {
		let folder = tempfile::tempdir().unwrap();
		let text = filled(folder.path());
		let start = text.find("listen =").unwrap();
		let read = |text: &str| format!("{:?}", IssuerConfig::from_toml(text).unwrap());
		assert_eq!(read(&text[..start]), read(&text));
	}

	/// Each key is explained where it is set.
	#[test]
	fn every_key_of_the_defaults_has_a_comment() {
		let lines: Vec<&str> = DEFAULT_CONFIG.lines().collect();
		for (place, line) in lines.iter().enumerate() {
			let is_key = line.contains(" = ") && !line.starts_with('#');
			assert!(!is_key || lines[place - 1].starts_with('#'), "{line}");
		}
	}

	#[test]
	fn what_has_no_default_must_be_set() {
		let found = problems(DEFAULT_CONFIG);
		assert!(found.contains(&("key".to_owned(), "empty".to_owned())), "{found:?}");
		let found = problems("");
		assert_eq!(keys(&found), ["node", "key", "blobs", "store"]);
		assert!(found.iter().all(|(_, what)| what == "not set"));
	}

	#[test]
	fn everything_that_is_wrong_is_said_at_once() {
		let folder = tempfile::tempdir().unwrap();
		let text = filled(folder.path())
			.replace("ws://127.0.0.1:9944", "ws://example.org")
			.replace("//Dave", "/no/such/key")
			.replace("issuer.redb", "no/such/folder/issuer.redb")
			.replace("127.0.0.1:9955", "0.0.0.0:9955")
			.replace("expiry_margin = 50000", "expiry_margin = 0")
			.replace("at_work = 2", "at_work = 65")
			.replace("late_at_work = 1", "late_at_work = \"1\"")
			.replace("waiting = 64", "waiting = 4097")
			.replace("seconds = 90", "seconds = 3601")
			.replace("per_minute = 60", "per_minute = -1")
			.replace("connections = 128", "connections = 0\nqueue = 1")
			.replace("127.0.0.1:9961", "localhost")
			+ "\n[requets]\n";
		let expected = [
			"node",
			"key",
			"store",
			"listen",
			"receipts.expiry_margin",
			"requests.at_work",
			"requests.late_at_work",
			"requests.waiting",
			"requests.per_minute",
			"requests.connections",
			"requests.seconds",
			"requests.queue",
			"monitor.listen",
			"requets",
		];
		let found = problems(&text);
		assert_eq!(keys(&found), expected, "{found:?}");
	}

	#[test]
	fn boundary_the_largest_numbers() {
		let folder = tempfile::tempdir().unwrap();
		let text = filled(folder.path())
			.replace("at_work = 2", "at_work = 64")
			.replace("waiting = 64", "waiting = 4096")
			.replace("seconds = 90", "seconds = 3600")
			.replace("per_minute = 60", "per_minute = 60000")
			.replace("connections = 128", "connections = 4096")
			.replace("127.0.0.1:9961", "");
		let IssuerConfig { bounds, monitor, .. } = IssuerConfig::from_toml(&text).unwrap();
		let largest = Bounds {
			at_work: 64,
			late_at_work: 1,
			waiting: 4_096,
			time: Duration::from_secs(3_600),
			per_minute: 60_000,
			connections: 4_096,
		};
		assert_eq!((bounds, monitor), (largest, None));
	}
}
