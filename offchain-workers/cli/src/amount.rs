//! Amounts, as programs and as people read them.

use serde::{Serialize, Serializer};
use std::fmt;

/// Smallest units in a QTC.
const QTC: u128 = 1_000_000_000_000;

/// Digits after the point of a whole QTC.
const DECIMALS: usize = 12;

/// An amount in the chain's smallest unit. As JSON it is that number, as a text, since it has more
/// bits than the numbers of JavaScript; for people it is in QTC, exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount(pub u128);

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (whole, part) = (self.0 / QTC, self.0 % QTC);
		let text = format!("{whole}.{part:0DECIMALS$}");
		f.pad(text.trim_end_matches('0').trim_end_matches('.'))
	}
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
}
