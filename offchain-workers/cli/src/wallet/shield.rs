//! Into the pool.

use super::{file::WalletFile, private_call::refused, session::Session};
use crate::{
	amount::{parse_price, Amount},
	console::{Console, Report},
	failure::{Failure, Fault, SUCCESS},
	node::{send, Signer},
};
use clap::Args;
use quittance_client::{
	calls::{self, NoteDeposit},
	Head, Outcome, Sender,
};
use quittance_wallet::{deposit, own_address, system_randomness};
use serde::Serialize;

/// Most notes of one transaction.
const MOST_NOTES: usize = 64;

/// Pay from an account into the pool, for this wallet. Who pays and how much is public; what becomes of it then is
/// not.
#[derive(Args, Debug)]
pub struct Shield {
	#[command(flatten)]
	file: WalletFile,
	#[command(flatten)]
	signer: Signer,
	/// How much, in the chain's smallest unit, or such as 5QTC. Several amounts make as many notes by one
	/// transaction, all of them or none.
	#[arg(value_name = "AMOUNT", required = true, value_parser = parse_price)]
	amounts: Vec<u64>,
}

impl Shield {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let argument = |fault, detail: String| Failure::argument("AMOUNT", fault, detail);
		if self.amounts.len() > MOST_NOTES {
			let detail = format!("{} amounts: at most {MOST_NOTES}", self.amounts.len());
			return Err(argument(Fault::OutOfRange, detail));
		}
		if self.amounts.contains(&0) {
			return Err(argument(Fault::OutOfRange, "nothing is no amount: name one".into()));
		}
		self.signer.key()?;
		let wallet = self.file.open()?;
		let (chain, sender) = self.signer.connect().await?;
		wallet.check_chain(chain.genesis())?;
		let mut session = Session { console, chain, wallet };
		let outcome = session.shield(&sender, &self.amounts).await?;
		console.report(&Shielded {
			amount: Amount(self.amounts.iter().map(|amount| u128::from(*amount)).sum()),
			notes: self.amounts.len(),
			by: sender.account().to_string(),
			fee: Amount(outcome.inclusion.fee),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

/// Sends deposits and waits until they are final.
async fn pay_in(
	console: &Console,
	sender: &Sender,
	deposits: Vec<NoteDeposit>,
) -> Result<Outcome, Failure> {
	const WHAT: &str = "paying into the pool";
	match deposits[..] {
		[NoteDeposit { amount, inner, ciphertext }] => {
			send(console, sender, &calls::deposit_note(amount, inner, ciphertext), WHAT).await
		},
		_ => send(console, sender, &calls::deposit_notes(deposits), WHAT).await,
	}
}

impl Session<'_> {
	/// Pays from an account into the pool, an own note for each amount, and waits until that is final.
	pub async fn shield(&mut self, by: &Sender, amounts: &[u64]) -> Result<Outcome, Failure> {
		let deposits = self.deposits(amounts).await?;
		let outcome = pay_in(self.console, by, deposits).await?;
		self.follow().await?;
		Ok(outcome)
	}

	/// Deposits for this wallet, an own note for each amount.
	async fn deposits(&self, amounts: &[u64]) -> Result<Vec<NoteDeposit>, Failure> {
		let (keys, rng) = (self.wallet.keys()?, &mut system_randomness());
		let block = self.chain.head(Head::Best).await?.number;
		let mut deposits = Vec::with_capacity(amounts.len());
		for amount in amounts {
			let own = own_address(keys, block, rng).map_err(|error| refused(error.into()))?;
			let made = deposit(&own, (*amount).into(), block, rng).map_err(refused)?;
			let (amount, inner, ciphertext) = (made.amount, made.inner, made.ciphertext);
			deposits.push(NoteDeposit { amount, inner, ciphertext });
		}
		Ok(deposits)
	}
}

#[derive(Serialize)]
struct Shielded {
	amount: Amount,
	/// Over how many notes.
	notes: usize,
	/// The account that paid.
	by: String,
	/// Of the transaction, from the account.
	fee: Amount,
	block: u64,
}

impl Report for Shielded {
	fn text(&self) -> String {
		let Self { amount, notes, by, fee, block } = self;
		let notes = match notes {
			1 => "one note".to_owned(),
			notes => format!("{notes} notes"),
		};
		format!("{amount} QTC from {by} in {notes}, in block {block}, for a fee of {fee} QTC")
	}
}
