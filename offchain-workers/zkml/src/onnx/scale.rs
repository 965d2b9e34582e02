//! What a network's integers stand for: of no matter to inference, and all that a person needs beside it.

use serde::{Deserialize, Serialize, Serializer};
use std::ops::RangeInclusive;

/// What importing gives: an exponent for samples beyond them would have no number but zeros.
const INPUT_EXPONENTS: RangeInclusive<i64> = -120..=122;

/// The real numbers that the inputs and logits of an integer network stand for.
///
/// A network's encoding is about its bits and has no place for it. It is kept in JSON as
/// `{"input_exponent":4,"logit_unit":"0.0123"}`; other fields are left alone, so that the report of
/// `quittance model import` is such a file. Nothing ties it to a network: another network's makes
/// inputs that are badly rounded, and logits that mean nothing, and is not noticed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Scale {
	/// An input `x` is the real number `x / 2^input_exponent`.
	pub input_exponent: i8,
	/// A logit `z` is the real number `z * logit_unit`.
	#[serde(serialize_with = "as_text")]
	pub logit_unit: f64,
}

/// The shortest decimal that is read as the same number again. As a number of JSON some readers, serde_json
/// among them as it is built here, are off by its last bit.
fn as_text<S: Serializer>(unit: &f64, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.collect_str(unit)
}

/// Why numbers are not a [`Scale`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScaleError {
	/// No import gives this exponent.
	#[error(
		"input_exponent is {0}, not -120 to 122; take it from the report of the network's import"
	)]
	InputExponent(i64),
	/// A unit is a positive number with all its digits, and not one that is infinite or next to zero.
	#[error("logit_unit is {0}, not a positive number of full precision; take it from the report of the network's import")]
	LogitUnit(f64),
	/// It is no decimal.
	#[error("logit_unit is {0:?}, not a decimal in quotes; take it from the report of the network's import")]
	NoDecimal(String),
}

// Wider than what it is checked for, so that a number beyond is refused with its name.
#[derive(Deserialize)]
struct Unchecked {
	input_exponent: i64,
	logit_unit: String,
}

impl TryFrom<Unchecked> for Scale {
	type Error = ScaleError;

	fn try_from(Unchecked { input_exponent, logit_unit }: Unchecked) -> Result<Self, ScaleError> {
		let exponent = i8::try_from(input_exponent).ok();
		let exponent = exponent.filter(|_| INPUT_EXPONENTS.contains(&input_exponent));
		let exponent = exponent.ok_or(ScaleError::InputExponent(input_exponent))?;
		let Ok(logit_unit) = logit_unit.parse::<f64>() else {
			return Err(ScaleError::NoDecimal(logit_unit));
		};
		if !logit_unit.is_normal() || logit_unit < 0.0 {
			return Err(ScaleError::LogitUnit(logit_unit));
		}
		Ok(Self { input_exponent: exponent, logit_unit })
	}
}

impl Scale {
	/// The network's input for a sample, each value rounded to the nearest that a byte has.
	pub fn input(&self, sample: &[f32]) -> Vec<i8> {
		sample.iter().map(|value| input_value(*value, self.input_exponent)).collect()
	}

	/// The real number that a logit stands for.
	pub fn logit(&self, logit: i32) -> f64 {
		f64::from(logit) * self.logit_unit
	}
}

/// `value * 2^exponent`, rounded, or the nearest byte.
pub(super) fn input_value(value: f32, exponent: i8) -> i8 {
	let scaled = (f64::from(value) * f64::from(exponent).exp2()).round();
	// In range after the clamp, and no number other than a number: samples are finite.
	scaled.clamp(f64::from(i8::MIN), f64::from(i8::MAX)) as i8
}
