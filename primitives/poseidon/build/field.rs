//! The BN254 scalar field for the build script: four 64-bit limbs in Montgomery form.
//!
//! Written out here, because a build script is compiled without optimisation and would otherwise
//! build arkworks or a big-integer crate a second time. Not constant-time: everything is public.

use std::ops::{Add, Mul, Sub};

/// The order r of the BN254 groups, least significant limb first:
/// 21888242871839275222246405745257275088548364400416034343698204186575808495617.
const MODULUS: [u64; 4] =
	[0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029];

/// -r^-1 mod 2^64.
const INVERSE: u64 = 0xc2e1f593efffffff;

/// An element x, kept as x * 2^256 mod r, fully reduced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element([u64; 4]);

impl Element {
	pub const ZERO: Self = Self([0; 4]);

	/// The integer with these limbs, or `None` where it is not below r.
	pub fn from_limbs(limbs: [u64; 4]) -> Option<Self> {
		if !below_modulus(&limbs) {
			return None;
		}
		// x * 2^256 by 256 doublings: once per drawn element, so no constant is needed for it.
		let mut element = Self(limbs);
		for _ in 0..256 {
			element = element + element;
		}
		Some(element)
	}

	/// The integer with these limbs modulo r. Fewer than 2^254, that is at most one subtraction.
	pub fn from_limbs_reduced(limbs: [u64; 4]) -> Self {
		Self::from_limbs(limbs)
			.or_else(|| Self::from_limbs(subtract(&limbs, &MODULUS).0))
			.expect("254 bits are below twice the modulus")
	}

	pub fn one() -> Self {
		Self::from_limbs([1, 0, 0, 0]).expect("1 is below the modulus")
	}

	/// The limbs of the Montgomery form.
	pub fn montgomery(&self) -> [u64; 4] {
		self.0
	}

	/// x^(r - 2), the inverse for x other than zero.
	pub fn inverse(self) -> Self {
		assert!(self != Self::ZERO, "zero has no inverse");
		let (exponent, _) = subtract(&MODULUS, &[2, 0, 0, 0]);
		let mut power = Self::one();
		for limb in exponent.iter().rev() {
			for bit in (0..64).rev() {
				power = power * power;
				if limb >> bit & 1 == 1 {
					power = power * self;
				}
			}
		}
		power
	}
}

impl Add for Element {
	type Output = Self;

	fn add(self, other: Self) -> Self {
		let mut sum = [0; 4];
		let mut carry = 0;
		for (to, (a, b)) in sum.iter_mut().zip(self.0.iter().zip(other.0)) {
			let wide = u128::from(*a) + u128::from(b) + carry;
			*to = wide as u64;
			carry = wide >> 64;
		}
		// The modulus has two spare bits: the sum never carries out of the fourth limb.
		Self(if below_modulus(&sum) { sum } else { subtract(&sum, &MODULUS).0 })
	}
}

impl Sub for Element {
	type Output = Self;

	fn sub(self, other: Self) -> Self {
		self + Self(if other == Self::ZERO { [0; 4] } else { subtract(&MODULUS, &other.0).0 })
	}
}

impl Mul for Element {
	type Output = Self;

	/// Montgomery product, coarsely integrated operand scanning.
	fn mul(self, other: Self) -> Self {
		let mut t = [0u64; 6];
		for a in self.0 {
			let mut carry = 0;
			for (limb, b) in t.iter_mut().zip(other.0) {
				let wide = u128::from(*limb) + u128::from(a) * u128::from(b) + carry;
				*limb = wide as u64;
				carry = wide >> 64;
			}
			let wide = u128::from(t[4]) + carry;
			t[4] = wide as u64;
			t[5] = (wide >> 64) as u64;
			let factor = t[0].wrapping_mul(INVERSE);
			let mut carry = (u128::from(t[0]) + u128::from(factor) * u128::from(MODULUS[0])) >> 64;
			for index in 1..4 {
				let wide =
					u128::from(t[index]) + u128::from(factor) * u128::from(MODULUS[index]) + carry;
				t[index - 1] = wide as u64;
				carry = wide >> 64;
			}
			let wide = u128::from(t[4]) + carry;
			t[3] = wide as u64;
			t[4] = t[5] + (wide >> 64) as u64;
		}
		let product = [t[0], t[1], t[2], t[3]];
		Self(if below_modulus(&product) { product } else { subtract(&product, &MODULUS).0 })
	}
}

fn below_modulus(limbs: &[u64; 4]) -> bool {
	subtract(limbs, &MODULUS).1
}

/// `a - b` modulo 2^256, and whether it borrowed, that is whether a < b.
fn subtract(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], bool) {
	let mut difference = [0; 4];
	let mut borrow = false;
	for (to, (a, b)) in difference.iter_mut().zip(a.iter().zip(b)) {
		let (low, first) = a.overflowing_sub(*b);
		let (low, second) = low.overflowing_sub(u64::from(borrow));
		*to = low;
		borrow = first || second;
	}
	(difference, borrow)
}
