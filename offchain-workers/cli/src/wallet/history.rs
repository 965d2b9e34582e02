//! What has happened to a wallet.

use super::session::Place;
use crate::{
	amount::Amount,
	console::{right, table, Console, Report},
	failure::{Failure, SUCCESS},
};
use clap::Args;
use comfy_table::Table;
use quittance_client::AccountId;
use quittance_types::JobId;
use quittance_wallet::{Entry, Happened};
use serde::Serialize;

/// Show what has happened to the wallet, after following the chain to its newest block.
#[derive(Args, Debug)]
pub struct History {
	#[command(flatten)]
	place: Place,
	/// Ask nobody, and show what was known last.
	#[arg(long)]
	offline: bool,
}

impl History {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let wallet = match self.offline {
			true => self.place.alone()?,
			false => self.place.up_to_date(console).await?.wallet,
		};
		let wallet = wallet.wallet();
		let finalised = wallet.finalised();
		let history = wallet.history().iter().map(Row::from).collect();
		console.report(&Shown { history, finalised });
		Ok(SUCCESS)
	}
}

/// One thing that happened.
#[derive(PartialEq, Eq, Debug, Serialize)]
pub struct Row {
	block: u64,
	what: &'static str,
	/// The private job that it is about.
	job: Option<JobId>,
	/// What came in or went to another. None for a join.
	amount: Option<Amount>,
	/// What this wallet paid beside it.
	fee: Option<Amount>,
	/// The account outside of the pool that it came from or went to.
	account: Option<String>,
}

impl From<&Entry> for Row {
	fn from(Entry { block, what }: &Entry) -> Self {
		let amount = |amount: u64| Some(Amount(amount.into()));
		let account = |account: [u8; 32]| Some(AccountId(account).to_string());
		let job = match *what {
			Happened::PrivateJobPosted { job, .. }
			| Happened::PrivateJobSettled { job, .. }
			| Happened::EscrowReturned { job, .. }
			| Happened::Earned { job, .. } => Some(job),
			_ => None,
		};
		let (what, amount, fee, account) = match *what {
			Happened::Deposited { by, amount: value } => {
				("deposited", amount(value), None, account(by))
			},
			Happened::Received { amount: value } => ("received", amount(value), None, None),
			Happened::Sent { amount: value, fee } => ("sent", amount(value), amount(fee), None),
			Happened::Withdrawn { payee, amount: value, fee } => {
				("withdrawn", amount(value), amount(fee), account(payee))
			},
			Happened::Joined { fee } => ("joined", None, amount(fee), None),
			Happened::Change { amount: value } => ("change", amount(value), None, None),
			Happened::PrivateJobPosted { escrowed, fee, .. } => {
				("private job posted", amount(escrowed), amount(fee), None)
			},
			Happened::PrivateJobSettled { change, .. } => {
				("private job settled", amount(change), None, None)
			},
			Happened::EscrowReturned { amount: value, .. } => {
				("escrow returned", amount(value), None, None)
			},
			Happened::Earned { amount: value, .. } => ("earned", amount(value), None, None),
		};
		Self { block: *block, what, job, amount, fee, account }
	}
}

/// The rows for people.
pub fn table_of(rows: &[Row]) -> Table {
	let mut drawn = table(&["block", "what", "job", "QTC", "fee", "account"]);
	let text =
		|amount: Option<Amount>| amount.map_or_else(String::new, |amount| amount.to_string());
	for Row { block, what, job, amount, fee, account } in rows {
		drawn.add_row([
			block.to_string(),
			(*what).to_owned(),
			job.map_or_else(String::new, |job| job.to_string()),
			text(*amount),
			text(*fee),
			account.clone().unwrap_or_default(),
		]);
	}
	right(&mut drawn, 0..1);
	right(&mut drawn, 2..5);
	drawn
}

#[derive(Serialize)]
struct Shown {
	history: Vec<Row>,
	/// Later blocks than this may be given up for others.
	finalised: u64,
}

impl Report for Shown {
	fn text(&self) -> String {
		match self.history.is_empty() {
			true => format!("nothing has happened up to block {}", self.finalised),
			false => table_of(&self.history).to_string(),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_thing_that_happens_has_its_row() {
		let account = AccountId([1; 32]);
		for (what, name, amount, fee, named) in [
			(Happened::Deposited { by: account.0, amount: 5 }, "deposited", Some(5), None, true),
			(Happened::Received { amount: 5 }, "received", Some(5), None, false),
			(Happened::Sent { amount: 5, fee: 2 }, "sent", Some(5), Some(2), false),
			(
				Happened::Withdrawn { payee: account.0, amount: 5, fee: 2 },
				"withdrawn",
				Some(5),
				Some(2),
				true,
			),
			(Happened::Joined { fee: 2 }, "joined", None, Some(2), false),
			(Happened::Change { amount: 5 }, "change", Some(5), None, false),
		] {
			let expected = Row {
				block: 9,
				what: name,
				job: None,
				amount: amount.map(Amount),
				fee: fee.map(Amount),
				account: named.then(|| account.to_string()),
			};
			assert_eq!(Row::from(&Entry { block: 9, what }), expected);
		}
	}

	/// Or nobody could go on with a job whose post was not waited for.
	#[test]
	fn what_happens_to_a_private_job_has_its_number() {
		for what in [
			Happened::PrivateJobPosted { job: 7, escrowed: 1, paid_in: 2, fee: 3 },
			Happened::EscrowReturned { job: 7, amount: 1 },
		] {
			assert_eq!(Row::from(&Entry { block: 9, what }).job, Some(7));
		}
	}
}
