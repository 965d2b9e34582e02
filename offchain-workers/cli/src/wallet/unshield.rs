//! Out of the pool.

use super::{pay::Done, private_call::Payment, session::Place, terms::CallArguments};
use crate::{
	amount::parse_price,
	console::Console,
	document::parse_account,
	failure::{Failure, SUCCESS},
};
use clap::Args;
use quittance_client::AccountId;

/// Pay from the wallet to an account outside of the pool. Amount, payee and fee are public; the payer is not.
#[derive(Args, Debug)]
pub struct Unshield {
	#[command(flatten)]
	place: Place,
	#[command(flatten)]
	arguments: CallArguments,
	/// The account that gets it.
	#[arg(value_name = "ACCOUNT", value_parser = parse_account)]
	payee: AccountId,
	/// How much it gets, in the chain's smallest unit, or such as 5QTC.
	#[arg(value_name = "AMOUNT", value_parser = parse_price)]
	amount: u64,
}

impl Unshield {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let mut session = self.place.open(console).await?;
		session.wallet.keys()?;
		session.follow().await?;
		let payment = Payment::Withdrawal { payee: self.payee, amount: self.amount };
		let paid = session.pay(&payment, &self.arguments).await?;
		console.report(&Done::new(self.amount, Some(self.payee.to_string()), &paid));
		Ok(SUCCESS)
	}
}
