//! Addresses: one for each payer.

use super::{private_call::refused, session::Place};
use crate::{
	console::{lines, Console, Report},
	failure::{Failure, Fault, SUCCESS},
};
use clap::Args;
use quittance_client::Head;
use quittance_wallet::{
	system_randomness, Address, AddressError, Keys, Label, Period, MAX_PERIODS, USUAL_PERIODS,
};
use serde::Serialize;

/// Make an address for one payer, or renew one.
///
/// Two payers who compare their addresses cannot tell that these are one wallet's. Who pays again gets the same one
/// renewed.
#[derive(Args, Debug)]
pub struct MakeAddress {
	#[command(flatten)]
	place: Place,
	/// For how many periods of 30 days it is valid, the present one included.
	#[arg(
		long, value_name = "NUMBER", default_value_t = USUAL_PERIODS,
		value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PERIODS))
	)]
	periods: u32,
	/// An address of this wallet that is to be renewed for its payer.
	#[arg(long, value_name = "ADDRESS")]
	renew: Option<String>,
}

impl MakeAddress {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let session = self.place.open(console).await?;
		let keys = session.wallet.keys()?;
		let block = session.chain.head(Head::Best).await?.number;
		let label = match &self.renew {
			Some(old) => renewed(keys, old)?,
			None => Label::for_payer(&mut system_randomness()),
		};
		let address = keys.address(label, Period::of(block), self.periods).map_err(unusual)?;
		let blocks = address.blocks();
		console.report(&Made {
			address: address.to_string(),
			from: blocks.start,
			until: blocks.end,
		});
		Ok(SUCCESS)
	}
}

fn unusual(error: AddressError) -> Failure {
	Failure::argument("--periods", Fault::OutOfRange, error)
}

/// An address for a payer, which is valid for the usual time.
pub fn usual(keys: &Keys, block: u64) -> Result<Address, Failure> {
	let label = Label::for_payer(&mut system_randomness());
	keys.address(label, Period::of(block), USUAL_PERIODS).map_err(unusual)
}

/// The label of an address that these keys have made.
fn renewed(keys: &Keys, old: &str) -> Result<Label, Failure> {
	let old = parse(old, keys.genesis()).map_err(|error| of_argument("--renew", error))?;
	let blocks = old.blocks();
	let first = Period::of(blocks.start);
	let periods = Period::of(blocks.end.saturating_sub(1)).0.saturating_sub(first.0) + 1;
	match keys.address(old.label(), first, periods) {
		Ok(own) if own == old => Ok(old.label()),
		_ => {
			let detail = "it is not an address of this wallet";
			Err(Failure::argument("--renew", Fault::Contradiction, detail))
		},
	}
}

/// The address of a text.
pub fn parse(text: &str, genesis: &[u8; 32]) -> Result<Address, Failure> {
	Address::parse(text, genesis).map_err(|error| refused(error.into()))
}

/// The same fault, of another argument.
fn of_argument(name: &str, failure: Failure) -> Failure {
	match failure {
		Failure::Malformed { at, fault, detail, .. } => {
			Failure::Malformed { input: name.into(), at, fault, detail }
		},
		other => other,
	}
}

#[derive(Serialize)]
struct Made {
	address: String,
	/// The first block in which it is valid.
	from: u64,
	/// The first block in which it is not.
	until: u64,
}

impl Report for Made {
	fn text(&self) -> String {
		let blocks = format!("{} to {}", self.from, self.until.saturating_sub(1));
		lines([("address", self.address.clone()), ("valid in blocks", blocks)])
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_wallet::{own_address, Seed};

	const GENESIS: [u8; 32] = [7; 32];

	fn keys(seed: u8) -> Keys {
		Keys::new(&Seed::from_bytes(&[seed; 32]), &GENESIS)
	}

	#[test]
	fn an_own_address_is_renewed_with_its_label() {
		let keys = keys(1);
		let label = Label::for_payer(&mut system_randomness());
		for periods in [1, 2, MAX_PERIODS] {
			let old = keys.address(label, Period(5), periods).unwrap().to_string();
			assert_eq!(renewed(&keys, &old).unwrap(), label);
		}
	}

	#[test]
	fn what_is_no_own_address_is_not_renewed() {
		let fault = |text: &str| match renewed(&keys(1), text).unwrap_err() {
			Failure::Malformed { input, fault, .. } => {
				assert_eq!(input, "--renew");
				fault
			},
			other => panic!("{other}"),
		};
		let mut rng = system_randomness();
		let label = Label::for_payer(&mut rng);
		let foreign = keys(2).address(label, Period(5), 2).unwrap().to_string();
		assert_eq!(fault(&foreign), Fault::Contradiction);
		assert_eq!(fault("qtc1nonsense"), Fault::Invalid);
		assert_eq!(fault(""), Fault::Invalid);
		let change = own_address(&keys(1), 5, &mut rng).unwrap().to_string();
		assert_eq!(fault(&change), Fault::Invalid);
		let elsewhere = Keys::new(&Seed::from_bytes(&[1; 32]), &[8; 32]);
		let elsewhere = elsewhere.address(label, Period(5), 2).unwrap().to_string();
		assert_eq!(fault(&elsewhere), Fault::Invalid);
		assert_eq!(fault(&keys(1).view().to_text()), Fault::Invalid);
	}
}
