//! What a panel found about a private job, as `quittance_types` defines it.

use super::{bits, poseidon, receipt::Work};
use crate::{Builder, Number};
use ark_bn254::Fr;
use quittance_poseidon::tag;

const VERDICT: Fr = tag("quittance.private-verdict.v1");

/// Demands what a receipt's body would say of the work, and gives the verdict's commitment.
///
/// * `ranges/*`: units, unit price and amount are below 2^64, 65 constraints each.
/// * `price`: amount = units · unit price, 1. Below 2^64 on both sides, it is so over the integers.
/// * `verdict`: c = P(tag, subject, units, salt), 294.
pub fn commitment<B: Builder>(
	builder: &mut B,
	work: &Work<B::Terms>,
	subject: &Number<B::Terms>,
	salt: &Number<B::Terms>,
) -> Number<B::Terms> {
	let Work { units, unit_price, amount } = work;
	builder.group("ranges", |builder| {
		for (name, number) in [("units", units), ("unit_price", unit_price), ("amount", amount)] {
			builder.group(name, |builder| bits::range(builder, number, 64));
		}
	});
	builder.group("price", |builder| {
		builder.enforce(|| [units.clone(), unit_price.clone(), amount.clone()]);
	});
	builder.group("verdict", |builder| poseidon::hash(builder, &[VERDICT], &[subject, units, salt]))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Recorder;
	use quittance_poseidon::Native;
	use quittance_types::verdict_commitment;

	#[test]
	fn a_verdict_is_committed_to_as_the_chain_does_it_at_the_stated_cost() {
		for (units, unit_price, salt) in
			[(0, 5, Fr::from(0u8)), (7, u64::MAX / 7, -Fr::from(1u8)), (u64::MAX, 1, Fr::from(9u8))]
		{
			let mut recorder = Recorder::default();
			let [subject, salt_wire] =
				[Fr::from(3u8), salt].map(|value| recorder.hint("value", value));
			let [units_wire, unit_price, amount] = [units, unit_price, units * unit_price]
				.map(|number| recorder.hint("number", number.into()));
			let work = Work { units: units_wire, unit_price, amount };
			let computed = commitment(&mut recorder, &work, &subject, &salt_wire);
			let expected = verdict_commitment::<Native>(subject.value(), units, salt);
			assert_eq!(computed.value(), expected);
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 3 * 65 + 1 + 294);
		}
	}
}
