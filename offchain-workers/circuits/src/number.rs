//! Values on their way through a circuit.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

/// What a mode keeps of a linear combination of wires.
pub trait Terms: Clone + Default {
	/// The combination that is one wire.
	fn wire(index: usize) -> Self;

	/// Adds `factor` times another combination.
	fn add_scaled(&mut self, other: &Self, factor: Fr);

	/// Adds a constant, that is a multiple of wire 0.
	fn add_constant(&mut self, constant: Fr);
}

/// Keeps nothing: an assignment needs values only.
impl Terms for () {
	#[inline]
	fn wire(_: usize) -> Self {}

	#[inline]
	fn add_scaled(&mut self, (): &Self, _: Fr) {}

	#[inline]
	fn add_constant(&mut self, _: Fr) {}
}

/// A linear combination, by ascending wire and without zero coefficients, so that equal
/// combinations are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linear(Vec<(usize, Fr)>);

impl Linear {
	/// Wires and coefficients, by ascending wire.
	pub fn terms(&self) -> &[(usize, Fr)] {
		&self.0
	}

	/// The value under an assignment of all wires.
	pub fn evaluate(&self, assignment: &[Fr]) -> Fr {
		self.0.iter().map(|(wire, coefficient)| assignment[*wire] * coefficient).sum()
	}
}

impl Terms for Linear {
	fn wire(index: usize) -> Self {
		Self(vec![(index, Fr::ONE)])
	}

	fn add_scaled(&mut self, other: &Self, factor: Fr) {
		if factor == Fr::ZERO {
			return;
		}
		// Long sums are mostly made of wires in order: they grow in place.
		let first = other.0.first().map(|(wire, _)| *wire);
		if self.0.last().map(|(wire, _)| *wire) < first {
			self.0.extend(other.0.iter().map(|(wire, coefficient)| (*wire, *coefficient * factor)));
			return;
		}
		let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
		let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
		loop {
			match (left.peek(), right.peek()) {
				(None, None) => break,
				(Some(&&term), None) => {
					sum.push(term);
					left.next();
				},
				(None, Some(&&(wire, coefficient))) => {
					sum.push((wire, coefficient * factor));
					right.next();
				},
				(Some(&&(l, a)), Some(&&(r, b))) => {
					if l <= r {
						left.next();
					}
					if r <= l {
						right.next();
					}
					let coefficient = match l.cmp(&r) {
						std::cmp::Ordering::Less => a,
						std::cmp::Ordering::Equal => a + b * factor,
						std::cmp::Ordering::Greater => b * factor,
					};
					if coefficient != Fr::ZERO {
						sum.push((l.min(r), coefficient));
					}
				},
			}
		}
		self.0 = sum;
	}

	fn add_constant(&mut self, constant: Fr) {
		self.add_scaled(&Self::wire(0), constant);
	}
}

/// A value, and the linear combination of wires that it is the value of.
///
/// Sums and multiples by constants are free: they make no wire and no constraint.
#[derive(Clone, Debug)]
pub struct Number<T> {
	value: Fr,
	terms: T,
}

impl<T: Terms> Number<T> {
	pub(crate) fn of_wire(index: usize, value: Fr) -> Self {
		Self { value, terms: T::wire(index) }
	}

	/// A constant.
	pub fn constant(value: Fr) -> Self {
		let mut terms = T::default();
		terms.add_constant(value);
		Self { value, terms }
	}

	/// Zero, as the empty combination.
	pub fn zero() -> Self {
		Self { value: Fr::ZERO, terms: T::default() }
	}

	/// One.
	pub fn one() -> Self {
		Self::constant(Fr::ONE)
	}

	/// The value. A circuit must not choose its constraints by it.
	pub fn value(&self) -> Fr {
		self.value
	}

	/// The combination.
	pub fn terms(&self) -> &T {
		&self.terms
	}

	/// Adds `factor` times another number.
	pub fn add_scaled(&mut self, other: &Self, factor: Fr) {
		self.value += other.value * factor;
		self.terms.add_scaled(&other.terms, factor);
	}

	/// This number plus a constant.
	pub fn plus(&self, constant: Fr) -> Self {
		let mut sum = self.clone();
		sum.value += constant;
		sum.terms.add_constant(constant);
		sum
	}

	/// `constant` minus this number.
	pub fn subtracted_from(&self, constant: Fr) -> Self {
		let mut difference = Self::constant(constant);
		difference -= self;
		difference
	}
}

impl<T: Terms> AddAssign<&Self> for Number<T> {
	fn add_assign(&mut self, other: &Self) {
		self.value += other.value;
		self.terms.add_scaled(&other.terms, Fr::ONE);
	}
}

impl<T: Terms> SubAssign<&Self> for Number<T> {
	fn sub_assign(&mut self, other: &Self) {
		self.value -= other.value;
		self.terms.add_scaled(&other.terms, -Fr::ONE);
	}
}

impl<T: Terms> Add for &Number<T> {
	type Output = Number<T>;

	fn add(self, other: Self) -> Number<T> {
		let mut sum = self.clone();
		sum += other;
		sum
	}
}

impl<T: Terms> Sub for &Number<T> {
	type Output = Number<T>;

	fn sub(self, other: Self) -> Number<T> {
		let mut difference = self.clone();
		difference -= other;
		difference
	}
}

impl<T: Terms> Mul<Fr> for &Number<T> {
	type Output = Number<T>;

	fn mul(self, factor: Fr) -> Number<T> {
		let mut product = Number::zero();
		product.add_scaled(self, factor);
		product
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn wire(index: usize, value: u64) -> Number<Linear> {
		Number::of_wire(index, Fr::from(value))
	}

	#[test]
	fn combinations_are_sorted_merged_and_free_of_zeros() {
		let (a, b, c) = (wire(3, 10), wire(1, 20), wire(2, 30));
		let sum = &(&(&a + &b) + &c) + &a;
		let terms: Vec<_> = sum.terms().terms().to_vec();
		assert_eq!(terms, [(1, Fr::from(1u8)), (2, Fr::from(1u8)), (3, Fr::from(2u8))]);
		assert_eq!(sum.value(), Fr::from(70u8));
		assert_eq!((&(&sum - &sum) + &b).terms(), b.terms());
		assert_eq!((&a * Fr::ZERO).terms(), Number::zero().terms());
		let affine = a.subtracted_from(Fr::from(7u8)).plus(Fr::from(1u8));
		assert_eq!(affine.terms().terms(), [(0, Fr::from(8u8)), (3, -Fr::ONE)]);
		assert_eq!(affine.value(), -Fr::from(2u8));
		assert!(affine.plus(-Fr::from(8u8)).terms().terms().iter().all(|(wire, _)| *wire == 3));
	}

	#[test]
	fn a_combination_evaluates_to_its_value() {
		let (a, b) = (wire(1, 5), wire(2, 6));
		let mut sum = Number::constant(Fr::from(9u8));
		sum.add_scaled(&a, Fr::from(100u8));
		sum -= &b;
		assert_eq!(sum.value(), Fr::from(503u64));
		assert_eq!(sum.terms().evaluate(&[1u64, 5, 6].map(Fr::from)), sum.value());
	}
}
