//! Master weights of training, by their bits.

use super::{bits, integers::power_of_two, packing, poseidon::Input, slots::Slots};
use crate::{
	commitment::BYTES_PER_ELEMENT,
	training::{Matrix, Precision},
	Builder, Number, Terms,
};
use ark_bn254::Fr;

/// A weight of as many bits as the precision says.
#[derive(Clone, Debug)]
pub struct Master<T> {
	/// The weight.
	pub value: Number<T>,
	/// What the network computes with, a signed byte.
	pub rounded: Number<T>,
	/// The same as a byte, 0 to 255, in two's complement.
	pub byte: Number<T>,
}

/// A matrix of weights that are the prover's choice, row by row: as many constraints for each as it has bits.
///
/// A weight w is the bits of w + 2^(b-1) of b bits. The highest eight are its rounding plus 128.
pub fn matrix<B: Builder>(
	builder: &mut B,
	precision: Precision,
	matrix: Matrix,
	weights: &[i64],
) -> Vec<Vec<Master<B::Terms>>> {
	let (width, fraction) = (precision.weight_bits(), precision.fraction_bits());
	let mut weight = |weight: &i64| {
		let lifted = weight + (1 << (width - 1));
		let bits: Vec<_> =
			(0..width).map(|place| bits::bit(builder, lifted >> place & 1 == 1)).collect();
		let mut two_complement = bits[fraction..].to_vec();
		if let Some(sign) = two_complement.last_mut() {
			*sign = sign.subtracted_from(Fr::from(1u8));
		}
		Master {
			value: bits::compose(&bits).plus(-power_of_two(width - 1)),
			rounded: bits::compose(&bits[fraction..]).plus(-power_of_two(7)),
			byte: bits::compose(&two_complement),
		}
	};
	weights.chunks(matrix.columns).map(|row| row.iter().map(&mut weight).collect()).collect()
}

/// The elements that the weights of a matrix are packed into, as [`crate::training`] has them. Without a
/// constraint.
pub fn elements<T: Terms>(precision: Precision, rows: &[Vec<Master<T>>]) -> Vec<Number<T>> {
	let slots = Slots::of_bits(precision.slot_bits());
	let columns = rows.first().map_or(0, Vec::len);
	rows.chunks(slots.rows())
		.flat_map(|rows| {
			let column =
				move |column: usize| slots.pack(rows.iter().map(move |row| &row[column].value));
			(0..columns).map(column)
		})
		.collect()
}

/// Demands that the signal is the commitment with this head to these elements: [`commitment_constraints`].
pub fn commitment<B: Builder>(
	builder: &mut B,
	head: Fr,
	elements: &[Number<B::Terms>],
	signal: &Number<B::Terms>,
) -> Fr {
	let computed = packing::chain(builder, Input::Constant(head), elements);
	builder.equal(&computed, signal);
	computed.value()
}

/// Constraints of a [`commitment`] to so many elements.
pub fn commitment_constraints(elements: usize) -> usize {
	packing::chain_constraints(BYTES_PER_ELEMENT * elements, true) + 1
}

/// The elements of a matrix of so many rows after a step: each less `rate` times, of every sample, the packed
/// deltas times the column's input. `unit` is the input of a last column that `inputs` do not have, which is free.
///
/// One product for each element but the last column's and each sample.
pub fn update<B: Builder>(
	builder: &mut B,
	precision: Precision,
	rate: u16,
	elements: &[Number<B::Terms>],
	deltas: &[Vec<Number<B::Terms>>],
	inputs: &[Vec<Number<B::Terms>>],
	unit: Option<u8>,
) -> Vec<Number<B::Terms>> {
	let slots = Slots::of_bits(precision.slot_bits());
	let columns = inputs.first().map_or(0, Vec::len);
	let rate = -Fr::from(rate);
	let mut next = elements.to_vec();
	for (deltas, inputs) in deltas.iter().zip(inputs) {
		let groups = next.chunks_mut(columns + usize::from(unit.is_some()));
		for (deltas, elements) in deltas.chunks(slots.rows()).zip(groups) {
			let packed = slots.pack(deltas);
			for (element, input) in elements.iter_mut().zip(inputs) {
				element.add_scaled(&builder.product("product", &packed, input), rate);
			}
			if let (Some(unit), Some(element)) = (unit, elements.last_mut()) {
				element.add_scaled(&packed, rate * Fr::from(unit));
			}
		}
	}
	next
}
