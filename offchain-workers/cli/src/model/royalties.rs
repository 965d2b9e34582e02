//! Shares in what a model's miners earn.

use crate::{
	document::parse_account,
	failure::{Failure, Fault},
};
use quittance_client::{AccountId, Royalty};

/// Most payees of one model.
const MAX_ROYALTIES: usize = 4;

/// Parts of a million in a hundredth.
const PARTS_OF_PERCENT: u32 = 10_000;

/// Digits after the point of a percentage.
const DECIMALS: usize = 4;

/// Most parts that go to royalties together: half.
const MOST_PARTS: u32 = 500_000;

/// A payee and its share, `ACCOUNT=PERCENT`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoyaltyArgument {
	/// Who gets it.
	pub payee: AccountId,
	/// Parts of a million.
	pub parts: u32,
}

impl std::str::FromStr for RoyaltyArgument {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (account, percent) = text.split_once('=').ok_or("not ACCOUNT=PERCENT")?;
		Ok(Self { payee: parse_account(account)?, parts: parse_percent(percent)? })
	}
}

fn parse_percent(text: &str) -> Result<u32, String> {
	let wrong = || format!("{text:?} is not a percentage with at most {DECIMALS} decimals");
	let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
	let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
	if !digits(whole) || !digits(part) || part.len() > DECIMALS {
		return Err(wrong());
	}
	let whole: u32 = whole.parse().map_err(|_| wrong())?;
	let part: u32 = format!("{part:0<DECIMALS$}").parse().map_err(|_| wrong())?;
	whole.checked_mul(PARTS_OF_PERCENT).and_then(|parts| parts.checked_add(part)).ok_or_else(wrong)
}

/// Parts of a million as a percentage.
pub fn percent(parts: u32) -> String {
	let (whole, part) = (parts / PARTS_OF_PERCENT, parts % PARTS_OF_PERCENT);
	let text = format!("{whole}.{part:0DECIMALS$}");
	format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The royalties of a model, refused as the chain would refuse them.
pub fn royalties(arguments: &[RoyaltyArgument]) -> Result<Vec<Royalty>, Failure> {
	let refused = |fault, detail: String| Err(Failure::argument("--royalty", fault, detail));
	if arguments.len() > MAX_ROYALTIES {
		let detail = format!("{} payees, at most {MAX_ROYALTIES}", arguments.len());
		return refused(Fault::OutOfRange, detail);
	}
	let mut sum = 0u32;
	for (place, royalty) in arguments.iter().enumerate() {
		if royalty.parts == 0 {
			return refused(Fault::OutOfRange, format!("{} would get nothing", royalty.payee));
		}
		if arguments.iter().take(place).any(|other| other.payee == royalty.payee) {
			return refused(Fault::Contradiction, format!("{} is named twice", royalty.payee));
		}
		sum = sum.saturating_add(royalty.parts);
	}
	if sum > MOST_PARTS {
		let detail = format!("{} together, at most {}", percent(sum), percent(MOST_PARTS));
		return refused(Fault::OutOfRange, detail);
	}
	let royalty =
		|argument: &RoyaltyArgument| Royalty { payee: argument.payee, parts: argument.parts };
	Ok(arguments.iter().map(royalty).collect())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn argument(byte: u8, parts: u32) -> RoyaltyArgument {
		RoyaltyArgument { payee: AccountId([byte; 32]), parts }
	}

	#[test]
	fn percentages_are_exact() {
		for (text, parts, shown) in [
			("5", 50_000, "5 %"),
			("2.5", 25_000, "2.5 %"),
			("0.0001", 1, "0.0001 %"),
			("50", 500_000, "50 %"),
			("0", 0, "0 %"),
			("12.3456", 123_456, "12.3456 %"),
		] {
			assert_eq!(parse_percent(text), Ok(parts));
			assert_eq!(percent(parts), shown);
		}
		for text in ["", ".5", "5.", "0.00001", "-1", "+1", "5%", "1e1", "99999999999", "4294967"] {
			assert!(parse_percent(text).is_err(), "{text}");
		}
		let account = AccountId([7; 32]);
		assert_eq!(format!("{account}=2.5").parse(), Ok(argument(7, 25_000)));
		assert!(format!("{account}").parse::<RoyaltyArgument>().is_err());
		assert!("nobody=1".parse::<RoyaltyArgument>().is_err());
	}

	#[test]
	fn boundary_of_what_the_chain_accepts() {
		let fault = |arguments: &[RoyaltyArgument]| match royalties(arguments) {
			Ok(royalties) => Ok(royalties.len()),
			Err(Failure::Malformed { fault, .. }) => Err(fault),
			Err(other) => panic!("{other:?}"),
		};
		assert_eq!(fault(&[]), Ok(0));
		assert_eq!(fault(&[argument(1, 499_999), argument(2, 1)]), Ok(2));
		assert_eq!(fault(&[argument(1, 500_000), argument(2, 1)]), Err(Fault::OutOfRange));
		assert_eq!(fault(&[argument(1, 0)]), Err(Fault::OutOfRange));
		assert_eq!(fault(&[argument(1, 1), argument(1, 2)]), Err(Fault::Contradiction));
		let four: Vec<_> = (1..5).map(|byte| argument(byte, 1)).collect();
		assert_eq!(fault(&four), Ok(4));
		let five: Vec<_> = (1..6).map(|byte| argument(byte, 1)).collect();
		assert_eq!(fault(&five), Err(Fault::OutOfRange));
	}
}
