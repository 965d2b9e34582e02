//! Domain tags.

use ark_bn254::Fr;
use ark_ff::BigInt;

/// Longest tag in bytes: 31 bytes are always below the field's order, 32 need not be.
const MAX_TAG_BYTES: usize = 31;

/// The field element whose little-endian bytes are `name`, a string of at most 31 ASCII bytes.
///
/// The first input of every hash of ours, so that no value hashed for one purpose is a value hashed
/// for another.
///
/// In a const context, which is where a tag belongs, a name that is too long or not ASCII does not
/// compile:
///
/// ```compile_fail
/// const TAG: ark_bn254::Fr = quittance_poseidon::tag("quittance.a.name.too.long.to.fit");
/// ```
///
/// # Panics
///
/// Outside a const context, for such a name. Names are literals: nothing a user sends reaches this.
pub const fn tag(name: &str) -> Fr {
	let bytes = name.as_bytes();
	assert!(bytes.len() <= MAX_TAG_BYTES, "a tag has at most 31 bytes");
	assert!(name.is_ascii(), "a tag is ASCII");
	let mut limbs = [0u64; 4];
	let mut place = 0;
	while place < bytes.len() {
		limbs[place / 8] |= (bytes[place] as u64) << (8 * (place % 8));
		place += 1;
	}
	Fr::new(BigInt::new(limbs))
}

#[cfg(test)]
mod tests {
	use super::*;
	use ark_ff::PrimeField;

	#[test]
	fn a_tag_is_its_little_endian_bytes() {
		const TAG: Fr = tag("quittance.subject.v1");
		for name in ["", "a", "12345678", "123456789", "quittance.possession.v1"] {
			assert_eq!(tag(name), Fr::from_le_bytes_mod_order(name.as_bytes()));
		}
		assert_eq!(TAG, tag("quittance.subject.v1"));
	}

	#[test]
	fn the_longest_tag_is_not_reduced() {
		let name = "~".repeat(MAX_TAG_BYTES);
		let limbs = tag(&name).into_bigint().0;
		assert_eq!(
			limbs,
			[0x7e7e7e7e7e7e7e7e, 0x7e7e7e7e7e7e7e7e, 0x7e7e7e7e7e7e7e7e, 0x7e7e7e7e7e7e7e]
		);
	}

	#[test]
	#[should_panic(expected = "at most 31 bytes")]
	fn a_longer_tag_is_refused() {
		tag(&"a".repeat(MAX_TAG_BYTES + 1));
	}

	#[test]
	#[should_panic(expected = "ASCII")]
	fn a_tag_outside_ascii_is_refused() {
		tag("quittancé");
	}
}
