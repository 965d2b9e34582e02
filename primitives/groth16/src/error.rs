//! Named errors, and their packing into the `u32` that crosses the host boundary.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Largest length or count an error reports, 2^24 - 1. Longer ones are reported as this number, so
/// that a report fits the 24 bits it has in an error code.
pub const MAX_REPORTED: u32 = 0x00ff_ffff;

/// A length or count as errors report it.
pub(crate) fn reported(n: usize) -> u32 {
	u32::try_from(n).unwrap_or(MAX_REPORTED).min(MAX_REPORTED)
}

/// Why bytes are not an acceptable curve point. In the order of the checks.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum PointError {
	/// A coordinate is not below the base-field modulus. Flag bits of other encodings end up here.
	NotCanonical,
	/// All coordinates are zero, by which infinity is written elsewhere.
	Infinity,
	/// The coordinates do not satisfy the curve equation.
	NotOnCurve,
	/// The point is on the curve but not in the subgroup of order `r`. Only G2 has such points.
	NotInSubgroup,
}

/// A point of a verifying key.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum KeyPoint {
	/// `alpha` in G1.
	Alpha,
	/// `beta` in G2.
	Beta,
	/// `gamma` in G2.
	Gamma,
	/// `delta` in G2.
	Delta,
	/// `IC_i` in G1. Index 0 is the constant term, index `i` belongs to the `i`-th input.
	Ic(u8),
}

/// A point of a proof.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum ProofPoint {
	/// `A` in G1.
	A,
	/// `B` in G2.
	B,
	/// `C` in G1.
	C,
}

/// Why a verifying key is refused.
///
/// [`VerifyingKey::from_bytes`](crate::VerifyingKey::from_bytes) returns the first four, and
/// [`VerifyingKey::lint`](crate::VerifyingKey::lint) the others, where the attacks are explained.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum KeyError {
	/// The length is not 448 + 64·(n + 1) for any `n`.
	Length {
		/// Bytes found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// There is no public input: no `IC` point, or the constant term only. A proof under such a
	/// key is bound to nothing.
	NoInputs,
	/// More than [`MAX_INPUTS`](crate::MAX_INPUTS) public inputs.
	TooManyInputs {
		/// Inputs the length stands for, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// A point is refused.
	Point {
		/// Which point.
		point: KeyPoint,
		/// Why.
		error: PointError,
	},
	/// `delta` is `gamma` or its negation.
	DeltaEqualsGamma,
	/// `beta` is `gamma` or its negation.
	BetaEqualsGamma,
	/// `beta` is `delta` or its negation.
	BetaEqualsDelta,
	/// `delta` is the G2 generator or its negation.
	DeltaIsGenerator,
	/// `alpha` is the G1 generator or its negation.
	AlphaIsGenerator,
	/// `beta` is the G2 generator or its negation.
	BetaIsGenerator,
	/// `alpha` is the constant term `IC_0` or its negation.
	AlphaEqualsConstant,
	/// Two `IC` points are equal or negations of each other.
	IcEqual {
		/// Smaller index.
		first: u8,
		/// Larger index.
		second: u8,
	},
}

/// Why a proof is refused.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum VerifyError {
	/// The verifying key is refused.
	Key(KeyError),
	/// The input list is not a whole number of scalars.
	InputsLength {
		/// Bytes found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// More than [`MAX_INPUTS`](crate::MAX_INPUTS) inputs.
	TooManyInputs {
		/// Inputs found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// An input is not below the group order `r`. It is refused rather than reduced: `x` and
	/// `x + r` would be two encodings of one statement.
	InputNotCanonical {
		/// Place of the input, from 0.
		index: u8,
		/// Whether the same bytes read in big-endian order are below `r`, in which case the byte
		/// order may be the mistake.
		reversed_is_canonical: bool,
	},
	/// The number of inputs is not that of the key.
	InputCount {
		/// Inputs of the key.
		expected: u8,
		/// Inputs found.
		got: u8,
	},
	/// The proof is not [`PROOF_BYTES`](crate::PROOF_BYTES) long.
	ProofLength {
		/// Bytes found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// A point of the proof is refused.
	Proof {
		/// Which point.
		point: ProofPoint,
		/// Why.
		error: PointError,
	},
	/// Everything decodes and the pairing equation does not hold.
	InvalidProof,
	/// The host answered with a code this crate does not know. No host function of the same
	/// version does; it is a refusal so that the runtime need not panic.
	Unrecognised,
}

/// Why a batch gets no verdicts: it is not one. In the order of the checks.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum BatchError {
	/// There is no item.
	NoItems,
	/// More than [`MAX_BATCH`](crate::MAX_BATCH) items.
	TooManyItems {
		/// Items found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// More than [`MAX_BATCH_KEYS`](crate::MAX_BATCH_KEYS) keys.
	TooManyKeys {
		/// Keys found, at most [`MAX_REPORTED`].
		got: u32,
	},
	/// An item names a place at which there is no key.
	UnknownKey {
		/// Place of the first such item, from 0.
		item: u8,
	},
	/// The host answered with a code this crate does not know, as in
	/// [`VerifyError::Unrecognised`].
	Unrecognised,
}

impl From<KeyError> for VerifyError {
	fn from(error: KeyError) -> Self {
		Self::Key(error)
	}
}

// The low byte of a code is the kind of error and the upper 24 bits are its details. A kind keeps
// its number for ever: a runtime and a node of different ages read each other's codes.
const KEY_LENGTH: u8 = 1;
const KEY_NO_INPUTS: u8 = 2;
const KEY_TOO_MANY_INPUTS: u8 = 3;
const KEY_POINT: u8 = 4;
const KEY_DELTA_EQUALS_GAMMA: u8 = 5;
const KEY_BETA_EQUALS_GAMMA: u8 = 6;
const KEY_BETA_EQUALS_DELTA: u8 = 7;
const KEY_DELTA_IS_GENERATOR: u8 = 8;
const KEY_ALPHA_IS_GENERATOR: u8 = 9;
const KEY_BETA_IS_GENERATOR: u8 = 10;
const KEY_ALPHA_EQUALS_CONSTANT: u8 = 11;
const KEY_IC_EQUAL: u8 = 12;
const INPUTS_LENGTH: u8 = 32;
const TOO_MANY_INPUTS: u8 = 33;
const INPUT_NOT_CANONICAL: u8 = 34;
const INPUT_COUNT: u8 = 35;
const PROOF_LENGTH: u8 = 36;
const PROOF_POINT: u8 = 37;
const INVALID_PROOF: u8 = 38;
const UNRECOGNISED: u8 = 39;
const BATCH_NO_ITEMS: u8 = 64;
const BATCH_TOO_MANY_ITEMS: u8 = 65;
const BATCH_TOO_MANY_KEYS: u8 = 66;
const BATCH_UNKNOWN_KEY: u8 = 67;
const BATCH_UNRECOGNISED: u8 = 68;

fn wide(kind: u8, detail: u32) -> u32 {
	let [low, middle, high, _] = detail.min(MAX_REPORTED).to_le_bytes();
	u32::from_le_bytes([kind, low, middle, high])
}

fn pair(kind: u8, first: u8, second: u8) -> u32 {
	u32::from_le_bytes([kind, first, second, 0])
}

impl PointError {
	fn code(self) -> u8 {
		match self {
			Self::NotCanonical => 1,
			Self::Infinity => 2,
			Self::NotOnCurve => 3,
			Self::NotInSubgroup => 4,
		}
	}

	fn from_code(code: u8) -> Option<Self> {
		Some(match code {
			1 => Self::NotCanonical,
			2 => Self::Infinity,
			3 => Self::NotOnCurve,
			4 => Self::NotInSubgroup,
			_ => return None,
		})
	}
}

impl KeyPoint {
	fn code(self) -> u8 {
		match self {
			Self::Alpha => 0,
			Self::Beta => 1,
			Self::Gamma => 2,
			Self::Delta => 3,
			Self::Ic(index) => index.saturating_add(4),
		}
	}

	fn from_code(code: u8) -> Self {
		match code {
			0 => Self::Alpha,
			1 => Self::Beta,
			2 => Self::Gamma,
			3 => Self::Delta,
			index => Self::Ic(index.saturating_sub(4)),
		}
	}
}

impl ProofPoint {
	fn code(self) -> u8 {
		match self {
			Self::A => 0,
			Self::B => 1,
			Self::C => 2,
		}
	}

	fn from_code(code: u8) -> Option<Self> {
		Some(match code {
			0 => Self::A,
			1 => Self::B,
			2 => Self::C,
			_ => return None,
		})
	}
}

impl KeyError {
	/// The error as a non-zero number. Different errors have different codes as long as reported
	/// numbers are at most [`MAX_REPORTED`] and `IC` indices at most 251, which holds for every
	/// error this crate returns.
	pub fn code(self) -> u32 {
		match self {
			Self::Length { got } => wide(KEY_LENGTH, got),
			Self::NoInputs => wide(KEY_NO_INPUTS, 0),
			Self::TooManyInputs { got } => wide(KEY_TOO_MANY_INPUTS, got),
			Self::Point { point, error } => pair(KEY_POINT, point.code(), error.code()),
			Self::DeltaEqualsGamma => wide(KEY_DELTA_EQUALS_GAMMA, 0),
			Self::BetaEqualsGamma => wide(KEY_BETA_EQUALS_GAMMA, 0),
			Self::BetaEqualsDelta => wide(KEY_BETA_EQUALS_DELTA, 0),
			Self::DeltaIsGenerator => wide(KEY_DELTA_IS_GENERATOR, 0),
			Self::AlphaIsGenerator => wide(KEY_ALPHA_IS_GENERATOR, 0),
			Self::BetaIsGenerator => wide(KEY_BETA_IS_GENERATOR, 0),
			Self::AlphaEqualsConstant => wide(KEY_ALPHA_EQUALS_CONSTANT, 0),
			Self::IcEqual { first, second } => pair(KEY_IC_EQUAL, first, second),
		}
	}

	/// The error of a [code](Self::code), or `None` if no key error has it.
	pub fn from_code(code: u32) -> Option<Self> {
		let [kind, first, second, third] = code.to_le_bytes();
		let detail = u32::from_le_bytes([first, second, third, 0]);
		let error = match kind {
			KEY_LENGTH => Self::Length { got: detail },
			KEY_NO_INPUTS => Self::NoInputs,
			KEY_TOO_MANY_INPUTS => Self::TooManyInputs { got: detail },
			KEY_POINT => Self::Point {
				point: KeyPoint::from_code(first),
				error: PointError::from_code(second)?,
			},
			KEY_DELTA_EQUALS_GAMMA => Self::DeltaEqualsGamma,
			KEY_BETA_EQUALS_GAMMA => Self::BetaEqualsGamma,
			KEY_BETA_EQUALS_DELTA => Self::BetaEqualsDelta,
			KEY_DELTA_IS_GENERATOR => Self::DeltaIsGenerator,
			KEY_ALPHA_IS_GENERATOR => Self::AlphaIsGenerator,
			KEY_BETA_IS_GENERATOR => Self::BetaIsGenerator,
			KEY_ALPHA_EQUALS_CONSTANT => Self::AlphaEqualsConstant,
			KEY_IC_EQUAL => Self::IcEqual { first, second },
			_ => return None,
		};
		// Unused detail bits must be zero, so that an error has one code only.
		(error.code() == code).then_some(error)
	}
}

impl VerifyError {
	/// The error as a non-zero number. A key error keeps the code it has as a [`KeyError`].
	pub fn code(self) -> u32 {
		match self {
			Self::Key(error) => error.code(),
			Self::InputsLength { got } => wide(INPUTS_LENGTH, got),
			Self::TooManyInputs { got } => wide(TOO_MANY_INPUTS, got),
			Self::InputNotCanonical { index, reversed_is_canonical } => {
				pair(INPUT_NOT_CANONICAL, index, u8::from(reversed_is_canonical))
			},
			Self::InputCount { expected, got } => pair(INPUT_COUNT, expected, got),
			Self::ProofLength { got } => wide(PROOF_LENGTH, got),
			Self::Proof { point, error } => pair(PROOF_POINT, point.code(), error.code()),
			Self::InvalidProof => wide(INVALID_PROOF, 0),
			Self::Unrecognised => wide(UNRECOGNISED, 0),
		}
	}

	/// The error of a [code](Self::code), or `None` if no error has it.
	pub fn from_code(code: u32) -> Option<Self> {
		let [kind, first, second, third] = code.to_le_bytes();
		let detail = u32::from_le_bytes([first, second, third, 0]);
		let error = match kind {
			INPUTS_LENGTH => Self::InputsLength { got: detail },
			TOO_MANY_INPUTS => Self::TooManyInputs { got: detail },
			INPUT_NOT_CANONICAL => {
				Self::InputNotCanonical { index: first, reversed_is_canonical: second == 1 }
			},
			INPUT_COUNT => Self::InputCount { expected: first, got: second },
			PROOF_LENGTH => Self::ProofLength { got: detail },
			PROOF_POINT => Self::Proof {
				point: ProofPoint::from_code(first)?,
				error: PointError::from_code(second)?,
			},
			INVALID_PROOF => Self::InvalidProof,
			UNRECOGNISED => Self::Unrecognised,
			_ => return KeyError::from_code(code).map(Self::Key),
		};
		(error.code() == code).then_some(error)
	}
}

impl BatchError {
	/// The error as a non-zero number, which is not that of any [`VerifyError`].
	pub fn code(self) -> u32 {
		match self {
			Self::NoItems => wide(BATCH_NO_ITEMS, 0),
			Self::TooManyItems { got } => wide(BATCH_TOO_MANY_ITEMS, got),
			Self::TooManyKeys { got } => wide(BATCH_TOO_MANY_KEYS, got),
			Self::UnknownKey { item } => pair(BATCH_UNKNOWN_KEY, item, 0),
			Self::Unrecognised => wide(BATCH_UNRECOGNISED, 0),
		}
	}

	/// The error of a [code](Self::code), or `None` if no batch error has it.
	pub fn from_code(code: u32) -> Option<Self> {
		let [kind, first, second, third] = code.to_le_bytes();
		let got = u32::from_le_bytes([first, second, third, 0]);
		let error = match kind {
			BATCH_NO_ITEMS => Self::NoItems,
			BATCH_TOO_MANY_ITEMS => Self::TooManyItems { got },
			BATCH_TOO_MANY_KEYS => Self::TooManyKeys { got },
			BATCH_UNKNOWN_KEY => Self::UnknownKey { item: first },
			BATCH_UNRECOGNISED => Self::Unrecognised,
			_ => return None,
		};
		(error.code() == code).then_some(error)
	}
}

/// A verdict as the number a host function returns: 0 for a valid proof, else the error's code.
pub fn result_code(result: Result<(), VerifyError>) -> u32 {
	match result {
		Ok(()) => 0,
		Err(error) => error.code(),
	}
}

/// The verdict of a number a host function returned. An unknown number is the refusal
/// [`VerifyError::Unrecognised`].
pub fn result_from_code(code: u32) -> Result<(), VerifyError> {
	match code {
		0 => Ok(()),
		code => Err(VerifyError::from_code(code).unwrap_or(VerifyError::Unrecognised)),
	}
}

impl fmt::Display for PointError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::NotCanonical => "has a coordinate that is not below the base-field modulus",
			Self::Infinity => "is the point at infinity",
			Self::NotOnCurve => "is not on the curve",
			Self::NotInSubgroup => "is not in the subgroup of prime order",
		})
	}
}

impl fmt::Display for KeyPoint {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Alpha => f.write_str("alpha"),
			Self::Beta => f.write_str("beta"),
			Self::Gamma => f.write_str("gamma"),
			Self::Delta => f.write_str("delta"),
			Self::Ic(index) => write!(f, "IC_{index}"),
		}
	}
}

impl fmt::Display for KeyError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Length { got } => {
				write!(f, "a verifying key of {got} bytes, not 448 + 64·(inputs + 1)")
			},
			Self::NoInputs => f.write_str("the verifying key has no public input"),
			Self::TooManyInputs { got } => write!(
				f,
				"the verifying key has {got} public inputs, more than {}",
				crate::MAX_INPUTS
			),
			Self::Point { point, error } => write!(f, "{point} of the verifying key {error}"),
			Self::DeltaEqualsGamma => {
				f.write_str("delta is plus or minus gamma: anyone can make proofs")
			},
			Self::BetaEqualsGamma => {
				f.write_str("beta is plus or minus gamma: anyone can make proofs")
			},
			Self::BetaEqualsDelta => {
				f.write_str("beta is plus or minus delta: anyone can make proofs")
			},
			Self::DeltaIsGenerator => f.write_str(
				"delta is plus or minus the generator: the second setup phase was not run",
			),
			Self::AlphaIsGenerator => f.write_str(
				"alpha is plus or minus the generator: the first setup phase was not run",
			),
			Self::BetaIsGenerator => f.write_str(
				"beta is plus or minus the generator: the first setup phase was not run",
			),
			Self::AlphaEqualsConstant => f.write_str(
				"alpha is plus or minus IC_0: anyone can make a proof for all-zero inputs",
			),
			Self::IcEqual { first, second } => write!(
				f,
				"IC_{first} is plus or minus IC_{second}: one proof holds for several inputs"
			),
		}
	}
}

impl fmt::Display for VerifyError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Key(error) => error.fmt(f),
			Self::InputsLength { got } => {
				write!(f, "inputs of {got} bytes, not a whole number of 32-byte scalars")
			},
			Self::TooManyInputs { got } => {
				write!(f, "{got} inputs, more than {}", crate::MAX_INPUTS)
			},
			Self::InputNotCanonical { index, reversed_is_canonical } => {
				write!(f, "input {index} is not below the group order")?;
				if *reversed_is_canonical {
					f.write_str(
						"; in the opposite byte order it is, and scalars are little-endian here",
					)?;
				}
				Ok(())
			},
			Self::InputCount { expected, got } => {
				write!(f, "{got} inputs for a key with {expected}")
			},
			Self::ProofLength { got } => {
				write!(f, "a proof of {got} bytes, not {}", crate::PROOF_BYTES)
			},
			Self::Proof { point, error } => write!(f, "{point:?} of the proof {error}"),
			Self::InvalidProof => f.write_str("the proof does not hold for these inputs"),
			Self::Unrecognised => f.write_str("the host answered with an unknown code"),
		}
	}
}

impl fmt::Display for BatchError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NoItems => f.write_str("a batch without items"),
			Self::TooManyItems { got } => {
				write!(f, "a batch of {got} items, more than {}", crate::MAX_BATCH)
			},
			Self::TooManyKeys { got } => {
				write!(f, "a batch with {got} keys, more than {}", crate::MAX_BATCH_KEYS)
			},
			Self::UnknownKey { item } => {
				write!(f, "item {item} of the batch names a key that the batch does not have")
			},
			Self::Unrecognised => f.write_str("the host answered with an unknown code"),
		}
	}
}

impl core::error::Error for BatchError {}
impl core::error::Error for KeyError {}
impl core::error::Error for VerifyError {}
