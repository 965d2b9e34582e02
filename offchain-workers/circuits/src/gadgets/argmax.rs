//! The label of some logits.

use super::{bits, slots::Sum};
use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, PrimeField};

/// The lowest index among the largest logits, of 1 to 256.
///
/// * `selection`: of as many bits as there are logits one is 1, the last being 1 less the others; the
///   label is its place. One constraint for each.
/// * `largest`: a number is the logit at that place, one constraint for each.
/// * `order`: that number less a logit, and less 1 for those before the label, is at least 0 and below
///   2^b: no logit is above the label's, and none before it is equal. b + 1 constraints for each.
///
/// Logits are signed numbers of b bits, so that the differences are below 2^b and one below zero would be
/// next to the field's order. Costs [`constraints`].
///
/// # Panics
///
/// Unless there are 1 to 256 logits, of as many bits each.
pub fn label<B: Builder>(builder: &mut B, logits: &[Sum<B::Terms>]) -> Number<B::Terms> {
	assert!((1..=256).contains(&logits.len()), "a label is a byte");
	if logits.len() == 1 {
		return Number::zero();
	}
	let width = logits[0].bits.len();
	assert!(logits.iter().all(|logit| logit.bits.len() == width), "logits of one layer");
	// With 2^(b - 1) added to each, which no difference sees.
	let logits: Vec<_> = logits.iter().map(|logit| bits::compose(&logit.bits)).collect();
	let integers: Vec<_> = logits.iter().map(|logit| logit.value().into_bigint()).collect();
	let largest = integers.iter().max().expect("there are two at least");
	let place = integers.iter().position(|integer| integer == largest).unwrap_or_default();

	let (label, selected) = builder.group("selection", |builder| {
		let mut selected: Vec<_> =
			(0..logits.len() - 1).map(|index| bits::bit(builder, index == place)).collect();
		let mut last = Number::one();
		for bit in &selected {
			last -= bit;
		}
		builder.enforce(|| [last.clone(), last.clone(), last.clone()]);
		selected.push(last);
		let mut label = Number::zero();
		for (index, bit) in selected.iter().enumerate() {
			label.add_scaled(bit, Fr::from(index as u64));
		}
		(label, selected)
	});
	let largest = builder.group("largest", |builder| {
		// Of the place that is selected and not of the largest: the other constraints follow from hints.
		let value = selected
			.iter()
			.zip(&logits)
			.fold(Fr::ZERO, |sum, (bit, logit)| sum + bit.value() * logit.value());
		let largest = builder.hint("largest", value);
		for (bit, logit) in selected.iter().zip(&logits) {
			builder.enforce(|| [&largest - logit, bit.clone(), Number::zero()]);
		}
		largest
	});
	builder.group("order", |builder| {
		let mut before = Number::one();
		for (bit, logit) in selected.iter().zip(&logits) {
			before -= bit;
			bits::range(builder, &(&(&largest - logit) - &before), width);
		}
	});
	label
}

/// Constraints of the [`label`] of so many logits of so many bits.
pub fn constraints(logits: usize, bits: usize) -> usize {
	match logits {
		1 => 0,
		logits => (1 + 1 + bits + 1) * logits,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		gadgets::{integers::field, slots::Slots},
		Recorder, Tamperer,
	};
	use ark_ff::Field;
	use proptest::prelude::*;
	use std::collections::BTreeSet;

	fn run<B: Builder>(builder: &mut B, logits: &[i32]) -> Number<B::Terms> {
		let sums: Vec<_> = logits
			.iter()
			.map(|logit| {
				let packed = builder.hint("packed", field(i64::from(*logit)));
				builder
					.group("sums", |builder| Slots::of_bits(32).split(builder, &packed, 1))
					.remove(0)
			})
			.collect();
		builder.group("label", |builder| label(builder, &sums))
	}

	fn expected(logits: &[i32]) -> usize {
		(0..logits.len()).rev().max_by_key(|index| logits[*index]).expect("there is a logit")
	}

	fn check(logits: &[i32]) {
		let mut recorder = Recorder::default();
		let label = run(&mut recorder, logits);
		assert_eq!(label.value(), Fr::from(expected(logits) as u64), "{logits:?}");
		assert_eq!(label.terms().evaluate(recorder.values()), label.value());
		assert!(recorder.is_satisfied(), "{logits:?}");
		let constraints = 33 * logits.len() + constraints(logits.len(), 32);
		assert_eq!(recorder.finish().constraints(), constraints);
	}

	#[test]
	fn ties_and_ends() {
		let (low, high) = (i32::MIN, i32::MAX);
		for logits in [
			&[7][..],
			&[low],
			&[1, 1],
			&[1, 2],
			&[2, 1],
			&[low, high],
			&[high, low],
			&[high, high],
			&[low, low, low],
			&[-1, 0, 0, -1],
			&[low, low + 1, low + 1],
		] {
			check(logits);
		}
		check(&[5; 256]);
		let mut last = [5; 256];
		last[255] = 6;
		check(&last);
	}

	/// A prover that says another label, and makes the rest fit as well as it can.
	fn lie(logits: &[i32], label: usize) -> BTreeSet<&'static str> {
		let mut recorder = Recorder::default();
		run(&mut recorder, logits);
		let shape = recorder.finish();
		let overrides = (0..logits.len() - 1)
			.map(|index| ("label/selection/bit".to_owned(), index, Fr::from(index == label)));
		let mut tamperer = Tamperer::new(overrides);
		assert_eq!(run(&mut tamperer, logits).value(), Fr::from(label as u64));
		let assignment = tamperer.finish();
		["label/selection", "label/largest", "label/order"]
			.into_iter()
			.filter(|group| shape.unsatisfied(&assignment).contains(group))
			.collect()
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(64))]

		#[test]
		fn the_label_is_the_first_of_the_largest_and_no_other(
			logits in prop_oneof![
				proptest::collection::vec(any::<i32>(), 2..12),
				proptest::collection::vec(-2..2i32, 2..12),
				proptest::collection::vec(prop_oneof![Just(i32::MIN), Just(i32::MAX)], 2..5),
			],
		) {
			check(&logits);
			for label in 0..logits.len() {
				let caught = lie(&logits, label);
				if label == expected(&logits) {
					prop_assert!(caught.is_empty());
				} else {
					prop_assert_eq!(caught, BTreeSet::from(["label/order"]));
				}
			}
		}
	}

	#[test]
	fn two_labels_or_none_or_half_are_refused() {
		let logits = [3, 3, 1];
		let mut recorder = Recorder::default();
		run(&mut recorder, &logits);
		let shape = recorder.finish();
		let half = Fr::from(2u8).inverse().unwrap();
		for bits in [[Fr::ONE, Fr::ONE], [half, half], [Fr::from(2u8), -Fr::ONE]] {
			let overrides =
				(0..2).map(|index| ("label/selection/bit".to_owned(), index, bits[index]));
			let mut tamperer = Tamperer::new(overrides);
			run(&mut tamperer, &logits);
			assert!(shape.unsatisfied(&tamperer.finish()).contains("label/selection"));
		}
		let mut tamperer = Tamperer::new([("label/largest/largest".to_owned(), 0, field(4))]);
		run(&mut tamperer, &logits);
		assert!(shape.unsatisfied(&tamperer.finish()).contains("label/largest"));
	}
}
