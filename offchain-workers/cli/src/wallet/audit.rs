//! What an auditor sees.

use super::{create::born, file::OpenWallet, history, secret_input, session::Session};
use crate::{
	amount::Amount,
	console::{lines, right, table, Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{Chain, Head};
use quittance_wallet::{
	Contents, Happened, PeriodKey, Reader, Secret, TextError, ViewKey, GRACE_BLOCKS,
	PERIOD_KEY_KIND, VIEW_KEY_KIND,
};
use serde::Serialize;
use std::{path::PathBuf, str::FromStr};
use zeroize::Zeroizing;

/// Where a view key is, never the key itself: it is a secret, and arguments are seen by others.
#[derive(Clone, Debug)]
enum ViewKeySource {
	File(PathBuf),
	Stdin,
}

impl FromStr for ViewKeySource {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.strip_prefix('@') {
			Some("") => Err("no file is named after the @".into()),
			Some(file) => Ok(Self::File(file.into())),
			None if text == "-" => Ok(Self::Stdin),
			None => Err("neither @FILE nor -, for what comes through a pipe; keys are not taken as arguments, \
				since other users of a machine can see them"
				.into()),
		}
	}
}

impl ViewKeySource {
	fn name(&self) -> String {
		match self {
			Self::File(file) => file.display().to_string(),
			Self::Stdin => "stdin".to_owned(),
		}
	}

	fn read(&self) -> Result<Zeroizing<String>, Failure> {
		match self {
			Self::File(file) => secret_input::from_file(file),
			Self::Stdin => secret_input::from_pipe_or_terminal("The view key", "KEY"),
		}
	}
}

/// Show what came to another's wallet, by a view key that its owner has exported. Nothing is stored.
#[derive(Args, Debug)]
pub struct Audit {
	#[command(flatten)]
	node: NodeAddress,
	/// The view key: @FILE, which only its owner can read, or - for what comes through a pipe.
	#[arg(value_name = "KEY")]
	key: ViewKeySource,
}

/// A key that sees.
enum Key {
	Period(PeriodKey),
	All(ViewKey),
}

impl Key {
	fn parse(text: &str, genesis: &[u8; 32]) -> Result<Self, TextError> {
		match PeriodKey::from_text(text, genesis) {
			Ok(key) => Ok(Self::Period(key)),
			Err(TextError::OtherKind { found, .. }) if found == VIEW_KEY_KIND => {
				ViewKey::from_text(text, genesis).map(Self::All)
			},
			Err(TextError::OtherKind { found, .. }) => {
				Err(TextError::OtherKind { found, expected: PERIOD_KEY_KIND })
			},
			Err(error) => Err(error),
		}
	}

	fn reader(&self) -> Reader<'_> {
		match self {
			Self::Period(key) => Reader::Period(key),
			Self::All(key) => Reader::Viewer(key),
		}
	}
}

impl Audit {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let text = self.key.read()?;
		let chain = self.node.connect().await?;
		let genesis = chain.genesis();
		let key = Key::parse(&text, &genesis)
			.map_err(|error| Failure::argument(&self.key.name(), Fault::Invalid, error))?;
		let (birth, until) = span(&chain, &key).await?;
		let wallet = born(key.reader(), birth.as_ref()).await?;
		let period = match &key {
			Key::Period(key) => Some(key.period()),
			Key::All(_) => None,
		};
		let secret = match key {
			Key::Period(key) => Secret::Period(key),
			Key::All(key) => Secret::View(key),
		};
		let wallet = OpenWallet::unstored(Contents { secret, genesis, wallet, auditor: None });
		let mut session = Session { console, chain, wallet };
		session.follow_until(until).await?;
		let wallet = session.wallet.wallet();
		let sum = |counts: fn(&Happened) -> Option<u64>| {
			let amounts = wallet.history().iter().filter_map(|entry| counts(&entry.what));
			Amount(amounts.map(u128::from).sum())
		};
		console.report(&Seen {
			chain: to_hex(genesis),
			period: period.map(|period| period.0),
			scanned: wallet.position().0,
			came_in: sum(|what| match what {
				Happened::Deposited { amount, .. } | Happened::Received { amount } => Some(*amount),
				_ => None,
			}),
			change: sum(|what| match what {
				Happened::Change { amount } => Some(*amount),
				_ => None,
			}),
			notes: wallet
				.notes()
				.map(|(place, note)| Note {
					place,
					block: note.block,
					amount: Amount(note.value.into()),
					label: to_hex(note.label().to_bytes()),
					own: note.label().is_own(),
				})
				.collect(),
			history: wallet.history().iter().map(history::Row::from).collect(),
		});
		Ok(SUCCESS)
	}
}

/// From where on and up to which block a key can open anything.
async fn span(
	chain: &Chain,
	key: &Key,
) -> Result<(Option<quittance_client::View>, Option<u64>), Failure> {
	let Key::Period(key) = key else { return Ok((None, None)) };
	let period = key.period();
	let newest = chain.head(Head::Finalised).await?.number;
	if period.first_block() > newest {
		let detail = format!(
			"its period begins with block {}, and the newest final block is {newest}: there is nothing yet",
			period.first_block()
		);
		return Err(Failure::argument("KEY", Fault::OutOfRange, detail));
	}
	let birth = match period.first_block().checked_sub(1) {
		Some(before) => chain.at_height(before).await?,
		None => None,
	};
	Ok((birth, Some(period.end().saturating_add(GRACE_BLOCKS))))
}

#[derive(Serialize)]
struct Note {
	/// In the tree.
	place: u64,
	block: u64,
	amount: Amount,
	/// Of the address that it was paid to.
	label: String,
	/// Whether its owner made it for itself.
	own: bool,
}

#[derive(Serialize)]
struct Seen {
	chain: String,
	/// The key's, if it is for one.
	period: Option<u32>,
	/// The last block that was looked at.
	scanned: u64,
	/// What was deposited for the wallet, and what others paid it.
	came_in: Amount,
	/// What it paid itself beside that.
	change: Amount,
	notes: Vec<Note>,
	history: Vec<history::Row>,
}

impl Report for Seen {
	fn text(&self) -> String {
		let mut rows = table(&["place", "block", "QTC", "label", "made by"]);
		for note in &self.notes {
			let Note { place, block, amount, label, own } = note;
			let by = if *own { "the wallet" } else { "a payer" };
			rows.add_row([
				place.to_string(),
				block.to_string(),
				amount.to_string(),
				label.clone(),
				by.to_owned(),
			]);
		}
		right(&mut rows, 0..3);
		let period = self.period.map_or_else(|| "all".to_owned(), |period| period.to_string());
		let facts = lines([
			("period", period),
			("scanned to block", self.scanned.to_string()),
			("came in", format!("{} QTC", self.came_in)),
			("change", format!("{} QTC", self.change)),
		]);
		format!("{}\n{rows}\n{facts}", history::table_of(&self.history))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_wallet::{Keys, Period, Seed};

	#[test]
	fn a_key_is_named_and_never_given() {
		assert!(
			matches!("@file".parse(), Ok(ViewKeySource::File(file)) if file == std::path::Path::new("file"))
		);
		assert!(matches!("-".parse(), Ok(ViewKeySource::Stdin)));
		for text in ["", "@", "qtcperiod1abc", "file"] {
			assert!(text.parse::<ViewKeySource>().is_err(), "{text}");
		}
	}

	#[test]
	fn both_kinds_of_keys_are_known_and_nothing_else() {
		let genesis = [7; 32];
		let keys = Keys::new(&Seed::from_bytes(&[1; 32]), &genesis);
		let period = keys.view().period(Period(3)).to_text();
		assert!(
			matches!(Key::parse(&period, &genesis), Ok(Key::Period(key)) if key.period().0 == 3)
		);
		assert!(matches!(Key::parse(&keys.view().to_text(), &genesis), Ok(Key::All(_))));
		let error = |text: &str, genesis| match Key::parse(text, genesis) {
			Err(error) => error,
			Ok(_) => panic!("{text}"),
		};
		assert_eq!(error(&period, &[8; 32]), TextError::OtherChain);
		assert_eq!(error(&keys.view().to_text(), &[8; 32]), TextError::OtherChain);
		let label = quittance_wallet::Label::for_payer(&mut quittance_wallet::system_randomness());
		let address = keys.address(label, Period(3), 2).unwrap().to_string();
		assert!(matches!(error(&address, &genesis), TextError::OtherKind { .. }));
		assert!(matches!(error("nonsense", &genesis), TextError::Damaged(_)));
	}
}
