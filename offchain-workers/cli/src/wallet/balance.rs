//! What a wallet has.

use super::session::Place;
use crate::{
	amount::Amount,
	console::{lines, Console, Report},
	failure::{Failure, SUCCESS},
};
use clap::Args;
use quittance_wallet::Wallet;
use serde::Serialize;

/// Show what the wallet has, after following the chain to its newest block.
#[derive(Args, Debug)]
pub struct Balance {
	#[command(flatten)]
	place: Place,
	/// Ask nobody, and show what was known last.
	#[arg(long)]
	offline: bool,
}

impl Balance {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let wallet = match self.offline {
			true => self.place.alone()?,
			false => self.place.up_to_date(console).await?.wallet,
		};
		console.report(&Shown::of(wallet.wallet()));
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	/// Can be spent now.
	available: Amount,
	/// In blocks that are not final yet.
	waiting: Amount,
	/// In calls of this wallet that are on their way.
	reserved: Amount,
	total: Amount,
	/// In escrows of private jobs that have not ended, beside the total.
	escrowed: Amount,
	/// Whether it is seen what was spent. Else this is all that ever came in.
	sees_spending: bool,
	/// The last block that was looked at, and the last final one.
	block: u64,
	finalised: u64,
}

impl Shown {
	fn of(wallet: &Wallet) -> Self {
		let quittance_wallet::Balance { available, waiting, reserved } = wallet.balance();
		let total = [available, waiting, reserved].map(u128::from).iter().sum();
		let amount = |amount: u64| Amount(amount.into());
		Self {
			available: amount(available),
			waiting: amount(waiting),
			reserved: amount(reserved),
			total: Amount(total),
			escrowed: amount(wallet.escrowed()),
			sees_spending: wallet.sees_spending(),
			block: wallet.position().0,
			finalised: wallet.finalised(),
		}
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let qtc = |amount: Amount| format!("{amount} QTC");
		let facts = lines([
			("available", qtc(self.available)),
			("in blocks not final", qtc(self.waiting)),
			("in calls on their way", qtc(self.reserved)),
			("total", qtc(self.total)),
			("in escrows, beside it", qtc(self.escrowed)),
			("at block", format!("{}, final {}", self.block, self.finalised)),
		]);
		match self.sees_spending {
			true => facts,
			false => format!(
				"{facts}\nA view key does not see what was spent: this is all that came in."
			),
		}
	}
}
