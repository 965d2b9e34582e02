//! The permutation, in the form with sparse matrices in the partial rounds.
//!
//! `build/optimise.rs` derives that form; the tests hold it against the textbook form over
//! [`parameters`] and against another implementation.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};

pub use constants::{FULL_ROUNDS, MAX_INPUTS};

#[rustfmt::skip]
mod constants {
	use super::{montgomery, Fr, Parameters, PartialRound, Schedule};
	include!(concat!(env!("OUT_DIR"), "/constants.rs"));
}

/// The permutation of one width in its textbook form, which is what a circuit needs:
/// in each round add the constants, apply x^5 (to every cell in a full round, to the first in a
/// partial one), multiply by the matrix. [`FULL_ROUNDS`] / 2 full rounds come before the partial
/// rounds and as many after.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
	/// Cells of the state: inputs + 1.
	pub width: usize,
	/// Rounds in which only the first cell passes the S-box.
	pub partial_rounds: usize,
	/// `width` constants for each of the `FULL_ROUNDS + partial_rounds` rounds, in order.
	pub round_constants: &'static [Fr],
	/// The matrix, row major: cell i of the product is the sum over j of `mds[i * width + j]` times
	/// cell j.
	pub mds: &'static [Fr],
}

/// The textbook parameters for a width of 2 to 17 cells, `None` for any other.
pub fn parameters(width: usize) -> Option<Parameters> {
	let parameters = match width {
		2 => &constants::PARAMETERS_2,
		3 => &constants::PARAMETERS_3,
		4 => &constants::PARAMETERS_4,
		5 => &constants::PARAMETERS_5,
		6 => &constants::PARAMETERS_6,
		7 => &constants::PARAMETERS_7,
		8 => &constants::PARAMETERS_8,
		9 => &constants::PARAMETERS_9,
		10 => &constants::PARAMETERS_10,
		11 => &constants::PARAMETERS_11,
		12 => &constants::PARAMETERS_12,
		13 => &constants::PARAMETERS_13,
		14 => &constants::PARAMETERS_14,
		15 => &constants::PARAMETERS_15,
		16 => &constants::PARAMETERS_16,
		17 => &constants::PARAMETERS_17,
		_ => return None,
	};
	Some(*parameters)
}

/// The hash of exactly `inputs` inputs. `const`, so that a length known at compile time is refused
/// at compile time.
pub(crate) const fn hash_of_length(inputs: usize) -> Option<fn(&[Fr]) -> Fr> {
	Some(match inputs {
		1 => |inputs| sponge(&constants::SCHEDULE_2, inputs),
		2 => |inputs| sponge(&constants::SCHEDULE_3, inputs),
		3 => |inputs| sponge(&constants::SCHEDULE_4, inputs),
		4 => |inputs| sponge(&constants::SCHEDULE_5, inputs),
		5 => |inputs| sponge(&constants::SCHEDULE_6, inputs),
		6 => |inputs| sponge(&constants::SCHEDULE_7, inputs),
		7 => |inputs| sponge(&constants::SCHEDULE_8, inputs),
		8 => |inputs| sponge(&constants::SCHEDULE_9, inputs),
		9 => |inputs| sponge(&constants::SCHEDULE_10, inputs),
		10 => |inputs| sponge(&constants::SCHEDULE_11, inputs),
		11 => |inputs| sponge(&constants::SCHEDULE_12, inputs),
		12 => |inputs| sponge(&constants::SCHEDULE_13, inputs),
		13 => |inputs| sponge(&constants::SCHEDULE_14, inputs),
		14 => |inputs| sponge(&constants::SCHEDULE_15, inputs),
		15 => |inputs| sponge(&constants::SCHEDULE_16, inputs),
		16 => |inputs| sponge(&constants::SCHEDULE_17, inputs),
		_ => return None,
	})
}

/// What the permutation of width `T` adds and multiplies by.
struct Schedule<const T: usize> {
	/// Constants of the full rounds before the partial rounds.
	before: [[Fr; T]; FULL_ROUNDS / 2],
	/// Constants of the full rounds after them.
	after: [[Fr; T]; FULL_ROUNDS / 2],
	/// Matrix of every full round but the last before the partial rounds.
	mds: [[Fr; T]; T],
	/// Matrix of that one.
	entry: [[Fr; T]; T],
	/// The partial rounds.
	partial: &'static [PartialRound<T>],
}

/// A partial round. Its matrix is the identity but for the first row and the first column.
struct PartialRound<const T: usize> {
	/// Added to the first cell.
	constant: Fr,
	/// First row of the matrix.
	row: [Fr; T],
	/// First column of the matrix.
	column: [Fr; T],
}

fn sponge<const T: usize>(schedule: &Schedule<T>, inputs: &[Fr]) -> Fr {
	let mut state = [Fr::ZERO; T];
	for (cell, input) in state.iter_mut().skip(1).zip(inputs) {
		*cell = *input;
	}
	permute(schedule, &mut state);
	state.first().copied().unwrap_or_default()
}

fn permute<const T: usize>(schedule: &Schedule<T>, state: &mut [Fr; T]) {
	if let Some((last, others)) = schedule.before.split_last() {
		for constants in others {
			full_round(state, constants, &schedule.mds);
		}
		full_round(state, last, &schedule.entry);
	}
	for round in schedule.partial {
		partial_round(state, round);
	}
	for constants in &schedule.after {
		full_round(state, constants, &schedule.mds);
	}
}

#[inline]
fn full_round<const T: usize>(state: &mut [Fr; T], constants: &[Fr; T], matrix: &[[Fr; T]; T]) {
	for (cell, constant) in state.iter_mut().zip(constants) {
		*cell = fifth_power(*cell + constant);
	}
	let before = *state;
	for (cell, row) in state.iter_mut().zip(matrix) {
		*cell = dot(row, &before);
	}
}

#[inline]
fn partial_round<const T: usize>(state: &mut [Fr; T], round: &PartialRound<T>) {
	let Some(first) = state.first_mut() else { return };
	*first = fifth_power(*first + round.constant);
	let substituted = *first;
	let product = dot(&round.row, state);
	for (cell, factor) in state.iter_mut().zip(&round.column).skip(1) {
		*cell += substituted * factor;
	}
	if let Some(first) = state.first_mut() {
		*first = product;
	}
}

#[inline]
fn fifth_power(value: Fr) -> Fr {
	value.square().square() * value
}

/// The sum of the products of `T` pairs, reduced once and not once for each.
///
/// With r < 0.19 · 2^256 the sum of 17 products of reduced elements, and what the reduction adds, is
/// below (17 · 0.19² + 0.19) 2^512 < 0.81 · 2^512, so eight limbs hold it. The reduced sum is below
/// 17 r² / 2^256 + r < 4.3 r < 2^256.
///
/// `Fr::sum_of_products` reduces after every third pair. This takes a quarter less time at width
/// 13; and it begins with the last pair, because in a partial round the first cell is known last.
#[inline]
fn dot<const T: usize>(a: &[Fr; T], b: &[Fr; T]) -> Fr {
	const { assert!(T <= MAX_INPUTS + 1, "the sum of more products need not fit") };
	let mut sum = [0u64; 8];
	for (a, b) in a.iter().zip(b).rev() {
		let mut above = 0;
		for (place, a) in a.0 .0.iter().enumerate() {
			above = add_multiple(&mut sum, place, *a, &b.0 .0, above);
		}
	}
	let mut above = 0;
	for place in 0..4 {
		let factor = sum[place].wrapping_mul(Fr::INV);
		above = add_multiple(&mut sum, place, factor, &Fr::MODULUS.0, above);
	}
	let [_, _, _, _, high @ ..] = sum;
	let mut reduced = BigInt(high);
	while reduced >= Fr::MODULUS {
		reduced.sub_with_borrow(&Fr::MODULUS);
	}
	Fr::new_unchecked(reduced)
}

/// Adds `factor * number * 2^(64 place)` and, in the limb after those, `above`: the carry out of
/// the call for the place before. Returns the carry out of that limb. `place` is at most 3.
#[inline(always)]
fn add_multiple(
	sum: &mut [u64; 8],
	place: usize,
	factor: u64,
	number: &[u64; 4],
	above: u64,
) -> u64 {
	let mut carry = 0;
	let mut limbs = sum.iter_mut().skip(place);
	// `number` leads: where it ends, the zip must not have taken the next limb yet.
	for (digit, limb) in number.iter().zip(&mut limbs) {
		let wide = u128::from(factor) * u128::from(*digit) + u128::from(*limb) + carry;
		*limb = wide as u64;
		carry = wide >> 64;
	}
	let Some(limb) = limbs.next() else { return 0 };
	let wide = u128::from(*limb) + carry + u128::from(above);
	*limb = wide as u64;
	(wide >> 64) as u64
}

/// An element from the limbs of its Montgomery form, for the generated tables.
const fn montgomery(limbs: [u64; 4]) -> Fr {
	Fr::new_unchecked(BigInt::new(limbs))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::hash_slice;
	use alloc::vec::Vec;
	use ark_ff::PrimeField;
	use light_poseidon::{Poseidon, PoseidonHasher};
	use proptest::prelude::*;

	/// Most inputs that the other implementation has parameters for.
	const LIGHT_POSEIDON_INPUTS: usize = 12;

	/// The permutation as the paper states it.
	fn textbook(parameters: &Parameters, inputs: &[Fr]) -> Fr {
		let Parameters { width, partial_rounds, round_constants, mds } = *parameters;
		let mut state = Vec::from([Fr::ZERO]);
		state.extend(inputs);
		assert_eq!(state.len(), width);
		let half = FULL_ROUNDS / 2;
		for (round, constants) in round_constants.chunks_exact(width).enumerate() {
			for (cell, constant) in state.iter_mut().zip(constants) {
				*cell += constant;
			}
			let full = round < half || round >= half + partial_rounds;
			for cell in state.iter_mut().take(if full { width } else { 1 }) {
				*cell = cell.pow([5]);
			}
			state = mds
				.chunks_exact(width)
				.map(|row| row.iter().zip(&state).map(|(a, b)| *a * b).sum())
				.collect();
		}
		state[0]
	}

	fn field_element() -> impl Strategy<Value = Fr> {
		prop_oneof![
			8 => any::<[u8; 32]>().prop_map(|bytes| Fr::from_le_bytes_mod_order(&bytes)),
			1 => Just(Fr::ZERO),
			1 => Just(-Fr::ONE),
		]
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(24))]

		#[test]
		fn all_widths_agree_with_the_textbook_form_and_with_light_poseidon(
			inputs in proptest::collection::vec(field_element(), MAX_INPUTS),
		) {
			for count in 1..=MAX_INPUTS {
				let inputs = &inputs[..count];
				let hash = hash_slice(inputs).unwrap();
				prop_assert_eq!(hash, textbook(&parameters(count + 1).unwrap(), inputs));
				// For more inputs there are the published vectors.
				if count <= LIGHT_POSEIDON_INPUTS {
					let peer = Poseidon::<Fr>::new_circom(count).unwrap().hash(inputs).unwrap();
					prop_assert_eq!(hash, peer);
				}
			}
		}
	}

	#[test]
	fn constants_are_those_of_light_poseidon() {
		for width in 2..=LIGHT_POSEIDON_INPUTS + 1 {
			let ours = parameters(width).unwrap();
			let theirs =
				light_poseidon::parameters::bn254_x5::get_poseidon_parameters::<Fr>(width as u8)
					.unwrap();
			assert_eq!(ours.width, theirs.width);
			assert_eq!(FULL_ROUNDS, theirs.full_rounds);
			assert_eq!(ours.partial_rounds, theirs.partial_rounds);
			assert_eq!(ours.round_constants, theirs.ark);
			assert_eq!(ours.mds, theirs.mds.concat());
		}
	}

	#[test]
	fn the_sum_of_the_largest_products_fits() {
		fn check<const T: usize>(a: Fr, b: Fr) {
			assert_eq!(dot(&[a; T], &[b; T]), a * b * Fr::from(T as u64));
		}
		// Limbs of r - 1: the largest that a reduced element has in memory.
		let mut limbs = Fr::MODULUS;
		limbs.sub_with_borrow(&1u64.into());
		let largest = Fr::new_unchecked(limbs);
		for b in [largest, Fr::ZERO, Fr::ONE, -Fr::ONE] {
			check::<1>(largest, b);
			check::<2>(largest, b);
			check::<5>(largest, b);
			check::<13>(largest, b);
			check::<17>(largest, b);
		}
	}

	#[test]
	fn other_widths_have_no_parameters() {
		assert!(parameters(0).is_none());
		assert!(parameters(1).is_none());
		assert!(parameters(18).is_none());
	}
}
