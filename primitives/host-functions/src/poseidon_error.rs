//! Why Poseidon refuses its inputs.

use core::fmt;

/// Why [`poseidon`](crate::poseidon) refuses its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoseidonError {
	/// The bytes are not 1 to 16 whole scalars.
	Count,
	/// A scalar is not below the group order `r`.
	NotCanonical {
		/// Place of the scalar, from 0.
		index: u8,
	},
	/// The host answered with a code that this crate does not know.
	Unrecognised,
}

impl PoseidonError {
	/// The error as a number that is not zero: its kind in the low byte, the index in the next.
	pub fn code(self) -> u32 {
		let bytes = match self {
			Self::Count => [1, 0, 0, 0],
			Self::NotCanonical { index } => [2, index, 0, 0],
			Self::Unrecognised => [3, 0, 0, 0],
		};
		u32::from_le_bytes(bytes)
	}

	/// The error of a [code](Self::code), [`Self::Unrecognised`] for any other number.
	pub fn from_code(code: u32) -> Self {
		match code.to_le_bytes() {
			[1, 0, 0, 0] => Self::Count,
			[2, index, 0, 0] => Self::NotCanonical { index },
			_ => Self::Unrecognised,
		}
	}
}

impl fmt::Display for PoseidonError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Count => f.write_str("Poseidon takes 1 to 16 scalars of 32 bytes"),
			Self::NotCanonical { index } => {
				write!(f, "scalar {index} is not below the group order")
			},
			Self::Unrecognised => f.write_str("the host answered with an unknown code"),
		}
	}
}

impl core::error::Error for PoseidonError {}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_round_trip() {
		let indices = (0..12).map(|index| PoseidonError::NotCanonical { index });
		for error in [PoseidonError::Count, PoseidonError::Unrecognised].into_iter().chain(indices)
		{
			assert_ne!(error.code(), 0);
			assert_eq!(PoseidonError::from_code(error.code()), error);
			assert!(!error.to_string().is_empty());
		}
		for code in [4, 0x0000_0101, 0x0001_0002, u32::MAX] {
			assert_eq!(PoseidonError::from_code(code), PoseidonError::Unrecognised);
		}
	}
}
