//! Amounts, as programs and as people read them.

use quittance_types::fits_64_bits;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Smallest units in a QTC.
const QTC: u128 = 1_000_000_000_000;

/// Digits after the point of a whole QTC.
const DECIMALS: usize = 12;

/// An amount in the chain's smallest unit. As JSON it is that number, as a text, since it has more
/// bits than the numbers of JavaScript; for people it is in QTC, exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Amount(pub u128);

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (whole, part) = (self.0 / QTC, self.0 % QTC);
		let text = format!("{whole}.{part:0DECIMALS$}");
		f.pad(text.trim_end_matches('0').trim_end_matches('.'))
	}
}

/// As an argument, a whole number is in the chain's smallest unit, and a number that ends in `QTC` is in
/// QTC. A point without the unit is refused: it would be a mistake by twelve digits.
impl FromStr for Amount {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let number = |digits: &str| {
			let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
			let digits = plain.then_some(digits).ok_or_else(|| {
				format!("{text:?} is neither a whole number nor one in QTC, such as 0.5QTC")
			})?;
			digits.parse::<u128>().map_err(|_| format!("{text:?} is too large"))
		};
		let Some(qtc) = text.strip_suffix("QTC") else { return number(text).map(Self) };
		let (whole, part) = qtc.trim_end().split_once('.').unwrap_or((qtc.trim_end(), "0"));
		if part.len() > DECIMALS {
			return Err(format!("{text:?} has more than {DECIMALS} digits after the point"));
		}
		let part = number(&format!("{part:0<DECIMALS$}")).and_then(|units| {
			// Else `1.` would be one.
			number(part).map(|_| units)
		})?;
		number(whole)?
			.checked_mul(QTC)
			.and_then(|units| units.checked_add(part))
			.map(Self)
			.ok_or_else(|| format!("{text:?} is too large"))
	}
}

/// An amount as an argument that circuits handle: at most 64 bits.
pub fn parse_price(text: &str) -> Result<u64, String> {
	let amount = Amount::from_str(text)?;
	fits_64_bits(amount.0).ok_or_else(|| format!("{text:?} needs more than 64 bits"))
}

impl Serialize for Amount {
	fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
		to.collect_str(&self.0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn people_read_qtc_and_programs_the_smallest_unit() {
		for (amount, text) in [
			(0, "0"),
			(1, "0.000000000001"),
			(QTC / 2, "0.5"),
			(QTC, "1"),
			(1_000 * QTC, "1000"),
			(1_234 * QTC + 50, "1234.00000000005"),
			(u128::MAX, "340282366920938463463374607.431768211455"),
		] {
			assert_eq!(Amount(amount).to_string(), text);
			assert_eq!(serde_json::json!(Amount(amount)), serde_json::json!(amount.to_string()));
		}
	}

	#[test]
	fn arguments_are_in_the_smallest_unit_unless_they_name_another() {
		for (text, amount) in [
			("0", 0),
			("50000000000", QTC / 20),
			("0.05QTC", QTC / 20),
			("1QTC", QTC),
			("1 QTC", QTC),
			("1.000000000001QTC", QTC + 1),
			("340282366920938463463374607.431768211455QTC", u128::MAX),
		] {
			assert_eq!(text.parse(), Ok(Amount(amount)), "{text}");
		}
		for amount in [0, 1, QTC / 3, QTC, u128::MAX] {
			assert_eq!(format!("{}QTC", Amount(amount)).parse(), Ok(Amount(amount)));
		}
	}

	#[test]
	fn arguments_that_could_be_misread_are_refused() {
		for text in [
			"",
			"QTC",
			"-1",
			"+1",
			"1.5",
			"1.QTC",
			".5QTC",
			"1.0000000000001QTC",
			"1e3",
			"1 000",
			"0.5 mQTC",
			"1.-5QTC",
			"1.+5QTC",
			"\u{661}",
			"340282366920938463463374607431768211456",
			"340282366920938463463374607.431768211456QTC",
		] {
			assert!(text.parse::<Amount>().is_err(), "{text}");
		}
	}

	#[test]
	fn boundary_prices_have_64_bits() {
		assert_eq!(parse_price(&u64::MAX.to_string()), Ok(u64::MAX));
		assert!(parse_price(&(u128::from(u64::MAX) + 1).to_string()).is_err());
	}
}
