//! What is in a wallet's file.

use super::session::Place;
use crate::{
	console::{lines, Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
};
use clap::Args;
use quittance_wallet::Secret;
use serde::Serialize;

/// Show what is in the wallet's file. Nobody is asked.
#[derive(Args, Debug)]
pub struct Info {
	#[command(flatten)]
	place: Place,
}

impl Info {
	/// Runs the command.
	pub fn run(self, console: &Console) -> Result<u8, Failure> {
		let open = self.place.alone()?;
		let (contents, wallet) = (open.contents(), open.wallet());
		let unspent = wallet.notes().filter(|(_, note)| note.spent.is_none()).count();
		console.report(&Shown {
			wallet: open.path().display().to_string(),
			chain: to_hex(contents.genesis),
			sees: match contents.secret {
				Secret::Seed(_) => "all, and spends",
				Secret::View(_) => "what comes in",
				Secret::Period(_) => "what came in in one period",
			},
			scanned: wallet.position().0,
			finalised: wallet.finalised(),
			leaves: wallet.leaves(),
			notes: wallet.notes().count(),
			unspent,
			events: wallet.history().len(),
			auditor: contents.auditor.map(|key| to_hex(key.to_bytes())),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	wallet: String,
	chain: String,
	sees: &'static str,
	/// The last block that was looked at.
	scanned: u64,
	/// The last one that is known to be final.
	finalised: u64,
	/// Notes of everybody that were seen.
	leaves: u64,
	/// Its own.
	notes: usize,
	/// Those of them that are not spent.
	unspent: usize,
	/// Entries of its history.
	events: usize,
	/// The pool's auditor that it may show amounts to.
	auditor: Option<String>,
}

impl Report for Shown {
	fn text(&self) -> String {
		lines([
			("wallet", self.wallet.clone()),
			("chain", self.chain.clone()),
			("sees", self.sees.to_owned()),
			("scanned to block", self.scanned.to_string()),
			("final up to block", self.finalised.to_string()),
			("notes of everybody", self.leaves.to_string()),
			("own notes", self.notes.to_string()),
			("not spent", self.unspent.to_string()),
			("history", format!("{} entries", self.events)),
			("accepted auditor", self.auditor.clone().unwrap_or_else(|| "none".to_owned())),
		])
	}
}
