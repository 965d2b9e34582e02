//! Within the pool.

use super::{
	address::parse,
	private_call::{Paid, Payment},
	session::Place,
	terms::CallArguments,
};
use crate::{
	amount::{parse_price, Amount},
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
};
use clap::Args;
use serde::Serialize;

/// Pay from the wallet to an address of the pool. Amount, payer and payee are hidden; the fee is not.
#[derive(Args, Debug)]
pub struct Pay {
	#[command(flatten)]
	place: Place,
	#[command(flatten)]
	arguments: CallArguments,
	/// The payee's address, qtc1..., which it has made for this payer.
	#[arg(value_name = "ADDRESS")]
	address: String,
	/// How much the payee gets, in the chain's smallest unit, or such as 5QTC.
	#[arg(value_name = "AMOUNT", value_parser = parse_price)]
	amount: u64,
}

impl Pay {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let mut session = self.place.open(console).await?;
		let to = parse(&self.address, &session.chain.genesis())?;
		session.wallet.keys()?;
		session.follow().await?;
		let payment = Payment::Transfer { to: &to, amount: self.amount };
		let paid = session.pay(&payment, &self.arguments).await?;
		console.report(&Done::new(self.amount, None, &paid));
		Ok(SUCCESS)
	}
}

/// A payment that is final, for programs and people.
#[derive(Serialize)]
pub struct Done {
	amount: Amount,
	/// The account that got it, outside of the pool.
	payee: Option<String>,
	fee: Amount,
	/// How many joins came before it, and what they have cost.
	joins: usize,
	join_fees: Amount,
	transaction: String,
	block: u64,
}

impl Done {
	/// Of a payment to an account outside, if one is named.
	pub fn new(amount: u64, payee: Option<String>, paid: &Paid) -> Self {
		Self {
			amount: Amount(amount.into()),
			payee,
			fee: Amount(paid.fee.into()),
			joins: paid.joins,
			join_fees: Amount(paid.join_fees.into()),
			transaction: to_hex(paid.transaction),
			block: paid.block,
		}
	}
}

impl Report for Done {
	fn text(&self) -> String {
		let Self { amount, payee, fee, joins, join_fees, block, .. } = self;
		let to = payee.as_ref().map_or_else(String::new, |payee| format!(" to {payee}"));
		let before = match joins {
			0 => String::new(),
			joins => format!(", after {joins} joins for {join_fees} QTC"),
		};
		format!("{amount} QTC paid{to} in block {block}, for a fee of {fee} QTC{before}")
	}
}
