//! Making a wallet.

use super::{file::OpenWallet, secret_input, session::Place};
use crate::{
	console::{lines, Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
};
use clap::Args;
use quittance_client::{Chain, Head, View};
use quittance_poseidon::Frontier;
use quittance_types::NOTE_TREE_DEPTH;
use quittance_wallet::{
	system_randomness, Contents, Keys, Reader, Secret, Seed, SeedError, Wallet,
};
use serde::Serialize;
use std::path::PathBuf;

/// Make a wallet and print its 24 words, once.
#[derive(Args, Debug)]
pub struct Create {
	#[command(flatten)]
	place: Place,
}

impl Create {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let (file, chain) = self.place.empty().await?;
		// What was there before it was made cannot be its own.
		let birth = chain.at(Head::Finalised).await?;
		let seed = Seed::generate(&mut system_randomness());
		let words = seed.words();
		let wallet = file.create(contents(seed, &chain, Some(&birth)).await?)?;
		console.report(&Created {
			wallet: wallet.path().display().to_string(),
			chain: to_hex(chain.genesis()),
			block: birth.block().number,
			words: Some(&words),
		});
		Ok(SUCCESS)
	}
}

/// Make a wallet from its 24 words.
#[derive(Args, Debug)]
pub struct Restore {
	#[command(flatten)]
	place: Place,
	/// A file with the words on one line, which only its owner can read. Without it they are taken from a pipe, or
	/// the terminal asks.
	#[arg(long, value_name = "FILE")]
	words_file: Option<PathBuf>,
	/// The block in which the wallet was made, which `create` has told: what came before is not looked at. The
	/// node must have kept the state of this block.
	#[arg(long, value_name = "BLOCK")]
	from_block: Option<u64>,
}

impl Restore {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let (words, input) = match &self.words_file {
			Some(file) => (secret_input::from_file(file)?, file.display().to_string()),
			None => {
				let words = secret_input::from_pipe_or_terminal("The 24 words", "--words-file")?;
				(words, "the words".to_owned())
			},
		};
		let seed = Seed::from_words(&words).map_err(|error| bad_words(&input, error))?;
		let (file, chain) = self.place.empty().await?;
		let birth = match self.from_block {
			Some(number) => Some(final_block(&chain, number).await?),
			None => None,
		};
		let wallet = file.create(contents(seed, &chain, birth.as_ref()).await?)?;
		console.report(&Created {
			wallet: wallet.path().display().to_string(),
			chain: to_hex(chain.genesis()),
			block: birth.map_or(0, |view| view.block().number),
			words: None,
		});
		Ok(SUCCESS)
	}
}

/// Which word is wrong, and not what it is.
fn bad_words(input: &str, error: SeedError) -> Failure {
	let (at, fault) = match error {
		SeedError::WordCount { .. } => (None, Fault::WrongLength),
		SeedError::UnknownWord { place } => (Some(format!("word {place}")), Fault::Unsupported),
		SeedError::Checksum => (None, Fault::Invalid),
	};
	Failure::Malformed { input: input.to_owned(), at, fault, detail: error.to_string() }
}

/// The state at a final block of this height.
async fn final_block(chain: &Chain, number: u64) -> Result<View, Failure> {
	let newest = chain.head(Head::Finalised).await?.number;
	if number > newest {
		let detail = format!("the newest final block is {newest}");
		return Err(Failure::argument("--from-block", Fault::OutOfRange, detail));
	}
	chain
		.at_height(number)
		.await?
		.ok_or_else(|| Failure::unavailable("asking the node", format!("it has no block {number}")))
}

/// A wallet that has seen nothing yet: from a block on, or from the first one.
async fn contents(seed: Seed, chain: &Chain, birth: Option<&View>) -> Result<Contents, Failure> {
	let genesis = chain.genesis();
	let keys = Keys::new(&seed, &genesis);
	let wallet = born(Reader::Owner(&keys), birth).await?;
	Ok(Contents { secret: Secret::Seed(seed), genesis, wallet, auditor: None })
}

/// A new wallet that nobody stores, and that is lost when it is dropped.
pub async fn fleeting(chain: &Chain) -> Result<OpenWallet, Failure> {
	let birth = chain.at(Head::Finalised).await?;
	let seed = Seed::generate(&mut system_randomness());
	Ok(OpenWallet::unstored(contents(seed, chain, Some(&birth)).await?))
}

/// What looks with these eyes from a block on, or from the first one.
pub async fn born(reader: Reader<'_>, birth: Option<&View>) -> Result<Wallet, Failure> {
	let Some(view) = birth else { return Ok(Wallet::new(reader)) };
	let (leaves, nodes) = view.note_tree().await?;
	let nodes = nodes.iter().map(|node| node.to_field()).collect::<Option<Vec<_>>>();
	let tree = nodes.and_then(|nodes| Frontier::from_parts(NOTE_TREE_DEPTH, leaves, nodes));
	let block = view.block();
	tree.and_then(|tree| Wallet::born_at(reader, block.number, block.hash, &tree)).ok_or_else(
		|| {
			let detail =
				format!("its tree of notes at block {} is none: ask another", block.number);
			Failure::unavailable("asking the node", detail)
		},
	)
}

#[derive(Serialize)]
struct Created<'a> {
	wallet: String,
	chain: String,
	/// From which on it looks for notes.
	block: u64,
	#[serde(skip_serializing_if = "Option::is_none")]
	words: Option<&'a str>,
}

impl Report for Created<'_> {
	fn text(&self) -> String {
		let facts = lines([
			("wallet", self.wallet.clone()),
			("chain", self.chain.clone()),
			("from block", self.block.to_string()),
		]);
		match self.words {
			Some(words) => format!(
				"{facts}\n\n{}\n\nWrite these words down, and the block, and keep them where nobody finds them: \
				 whoever has them has the money, and without them a lost file is lost money. They are not shown \
				 again.",
				in_rows(words)
			),
			None => format!("{facts}\n`quittance balance` looks for its notes."),
		}
	}
}

/// The words with their places, four to a row.
fn in_rows(words: &str) -> String {
	let words: Vec<_> = words.split(' ').collect();
	let rows = words.chunks(4).enumerate().map(|(row, words)| {
		let placed = words.iter().enumerate();
		let placed = placed.map(|(at, word)| format!("{:>2} {word:<9}", row * 4 + at + 1));
		placed.collect::<String>().trim_end().to_owned()
	});
	rows.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_wrong_word_is_named_by_its_place_and_never_shown() {
		let right = Seed::from_bytes(&[7; 32]).words();
		let fault = |words: &str| {
			let Err(error) = Seed::from_words(words) else { panic!("they are right") };
			match bad_words("words", error) {
				Failure::Malformed { at, fault, detail, .. } => (at, fault, detail),
				other => panic!("{other}"),
			}
		};
		let (at, kind, _) = fault("zoo zoo");
		assert_eq!((at, kind), (None, Fault::WrongLength));
		let mut words: Vec<_> = right.split(' ').collect();
		words[4] = "secretword";
		let (at, kind, detail) = fault(&words.join(" "));
		assert_eq!((at.as_deref(), kind), (Some("word 5"), Fault::Unsupported));
		assert!(!detail.contains("secretword"));
		let mut words: Vec<_> = right.split(' ').collect();
		words.swap(0, 23);
		let (at, kind, _) = fault(&words.join(" "));
		assert_eq!((at, kind), (None, Fault::Invalid));
	}

	#[test]
	fn words_are_shown_with_their_places() {
		let words: Vec<_> = (1..=24).map(|number| format!("word{number}")).collect();
		let rows = in_rows(&words.join(" "));
		let rows: Vec<_> = rows.lines().collect();
		assert_eq!(rows.len(), 6);
		assert_eq!(rows[0], " 1 word1     2 word2     3 word3     4 word4");
		assert_eq!(rows[5], "21 word21   22 word22   23 word23   24 word24");
	}
}
