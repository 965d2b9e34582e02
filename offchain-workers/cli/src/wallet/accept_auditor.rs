//! Who may see what a wallet's notes are worth.

use super::session::Place;
use crate::{
	auditor::parse_auditor,
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
};
use clap::Args;
use quittance_types::AuditorKey;
use serde::Serialize;

/// Agree to show what notes are worth to the pool's auditor with this key, and to no other.
///
/// Get the key from where governance publishes it, not from a node: one that lies could name a key of its own, and read
/// what your calls make. Nobody is asked. When the auditor has another key, agree to that one.
#[derive(Args, Debug)]
pub struct AcceptAuditor {
	#[command(flatten)]
	place: Place,
	/// The auditor's public key, 64 bytes in hexadecimal.
	#[arg(value_name = "AUDITOR", value_parser = parse_auditor)]
	auditor: AuditorKey,
}

impl AcceptAuditor {
	/// Runs the command.
	pub fn run(self, console: &Console) -> Result<u8, Failure> {
		let mut open = self.place.alone()?;
		// Who cannot spend shows nothing to anybody.
		open.keys()?;
		let before = open.accept_auditor(self.auditor);
		open.save()?;
		console.report(&Accepted {
			wallet: open.path().display().to_string(),
			auditor: to_hex(self.auditor.to_bytes()),
			before: before.map(|key| to_hex(key.to_bytes())),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Accepted {
	wallet: String,
	auditor: String,
	/// Whom it had agreed to before.
	before: Option<String>,
}

impl Report for Accepted {
	fn text(&self) -> String {
		format!("{} shows what its calls make to the auditor {}", self.wallet, self.auditor)
	}
}
