//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::Tamperer;
use ark_ec::{
	twisted_edwards::{Projective, TECurveConfig},
	PrimeGroup,
};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use proptest::prelude::*;
use quittance_babyjubjub::{BabyJubJub, Point, Scalar, SecretKey, SUBGROUP_ORDER};
use quittance_types::{Body, JobId, Subject};
use std::{collections::BTreeSet, sync::LazyLock};

/// A receipt as an honest issuer and miner make it.
pub(crate) struct Receipt {
	pub(crate) index: u8,
	leaves: Vec<Fr>,
	pub(crate) body: Body,
	salt: u128,
	subject: Fr,
	pub(crate) as_of: u64,
	key: SecretKey,
}

impl Receipt {
	pub(crate) fn sample() -> Self {
		let key = SecretKey::from_seed(&[3; 32]);
		let mut leaves: Vec<Fr> = (0..11u8)
			.map(|seed| SecretKey::from_seed(&[seed + 100; 32]).public().leaf::<Native>())
			.collect();
		leaves[6] = key.public().leaf::<Native>();
		leaves[2] = Fr::ZERO;
		let subject = Subject {
			genesis: [1; 32],
			job: 7 as JobId,
			requester: [2; 32],
			miner: [3; 32],
			model: [4; 32],
			input: [0xff; 32],
		};
		Self {
			index: 6,
			leaves,
			body: Body {
				units: 1_250,
				unit_price: 4_000_000_000,
				amount: 5_000_000_000_000,
				start: 1_000,
				end: 1_010,
				expires_at: 101_000,
				serial: u128::MAX - 5,
				output: std::array::from_fn(|i| 255 - i as u8),
			},
			salt: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
			subject: subject.hash::<Native>(),
			as_of: 1_012,
			key,
		}
	}

	pub(crate) fn statement(&self) -> (PublicSignals, BasicReceiptWitness) {
		let Body { units, unit_price, amount, start, end, expires_at, serial, output } = self.body;
		let commitment = self.body.commitment::<Native>(self.subject, self.salt);
		let root = tree::root::<Native>(&self.leaves, 2).unwrap();
		let public = PublicSignals {
			context: [Fr::from(u128::MAX), Fr::from(12u8)],
			subject: self.subject,
			amount: amount as u64,
			expires_at,
			as_of: self.as_of,
			nullifier: self.body.nullifier::<Native>(self.subject),
			issuer_root: root,
			issuer_index: self.index,
		};
		let witness = BasicReceiptWitness {
			units,
			unit_price: unit_price as u64,
			start,
			end,
			serial,
			output,
			salt: self.salt,
			issuer: self.key.public(),
			signature: self.key.sign::<Native>(commitment),
			siblings: siblings(&self.leaves, self.index).unwrap(),
		};
		(public, witness)
	}
}

static SHAPE: LazyLock<Shape> = LazyLock::new(shape);

#[test]
fn an_honest_receipt_satisfies_all_groups_and_both_modes_agree() {
	let (public, witness) = Receipt::sample().statement();
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &Values::new(&public, &witness));
	let assignment = assign(&public, &witness).unwrap();
	assert_eq!(assignment.wires(), recorder.values());
	assert_eq!(assignment.publics(), public.to_fields());
	assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
	assert!(recorder.finish() == *SHAPE, "the matrices depend on the witness");
}

#[test]
fn constraints_are_counted() {
	let shape = &*SHAPE;
	let counts: Vec<_> =
		shape.groups().iter().map(|group| (group.path.as_str(), group.constraints)).collect();
	assert_eq!(
		counts,
		[
			("context", 2),
			("ranges/units", 65),
			("ranges/unit_price", 65),
			("ranges/amount", 65),
			("ranges/start", 65),
			("ranges/end", 65),
			("ranges/expires_at", 65),
			("ranges/as_of", 65),
			("ranges/serial", 129),
			("ranges/salt", 129),
			("ranges/output_lo", 129),
			("ranges/output_hi", 129),
			("price", 1),
			("times/start_before_end", 65),
			("times/end_before_as_of", 65),
			("times/as_of_before_expiry", 65),
			("body", 456),
			("commitment", 294),
			("leaf", 258),
			("issuer_index", 5),
			("membership", 646),
			("root", 1),
			("signature/key_on_curve", 3),
			("signature/nonce_on_curve", 3),
			("signature/key_multiple", 15),
			("signature/key_order", 1),
			("signature/scalar_range", 364),
			("signature/challenge", 321),
			("signature/challenge_bits", 354),
			("signature/variable_base", 2789),
			("signature/fixed_base", 831),
			("signature/equation", 8),
			("nullifier", 259),
		]
	);
	assert_eq!(shape.constraints(), 7777);
	assert_eq!(shape.publics(), PUBLIC_SIGNALS);
	assert_eq!(shape.domain(), 8192);
}

/// A prover with an issuer's secret key and no scruples. It chooses all values and may replace
/// hints; root, nullifier and signature are then made to fit what the circuit computes.
struct Cheat {
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
	/// The discrete logarithms of A and R8.
	secret: Scalar,
	nonce: Scalar,
}

fn multiple(scalar: Scalar) -> Point {
	Projective::<BabyJubJub>::generator().mul_bigint(scalar.into_bigint()).into()
}

fn reduce(number: Fr) -> Scalar {
	Scalar::from_le_bytes_mod_order(&number.into_bigint().to_bytes_le())
}

impl Cheat {
	fn new() -> Self {
		let (public, witness) = Receipt::sample().statement();
		let mut cheat = Self {
			values: Values::new(&public, &witness),
			overrides: Vec::new(),
			secret: Scalar::from(0xdead_beefu64),
			nonce: Scalar::ZERO,
		};
		let key = multiple(cheat.secret);
		cheat.values.signer.key = (key.x, key.y);
		cheat.set_nonce(Scalar::from(0xcafe_u64));
		cheat
	}

	fn set_nonce(&mut self, nonce: Scalar) {
		self.nonce = nonce;
		let r8 = multiple(nonce);
		self.values.signer.r8 = (r8.x, r8.y);
	}

	fn replace(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	/// Replaces a hint by one more than what it is.
	fn increase(self, path: &str, occurrence: usize) -> Self {
		let value = self.hinted(path, occurrence) + Fr::ONE;
		self.replace(path, occurrence, value)
	}

	fn hinted(&self, path: &str, occurrence: usize) -> Fr {
		self.run().0.hinted(path, occurrence).expect("the circuit has such a hint")
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes root and nullifier what the circuit computes, and gives the challenge.
	fn fit(&mut self) -> Fr {
		let (_, results) = self.run();
		self.values.public[6] = results.nullifier;
		self.values.public[7] = results.root;
		results.challenge
	}

	/// [`fit`](Self::fit), then signs.
	fn signed(mut self) -> Self {
		let h = reduce(self.fit());
		self.values.signer.s = (self.nonce + Scalar::from(8u8) * h * self.secret).into_bigint();
		self
	}

	/// The groups that catch it.
	fn caught_by(&self) -> BTreeSet<&'static str> {
		SHAPE.unsatisfied(&self.run().0.finish())
	}

	/// Whether the witness fails in this group only, and passes without it.
	fn is_caught_only_by(&self, group: &str) {
		assert_eq!(self.caught_by(), BTreeSet::from([group]));
		let without = SHAPE.without_group(group);
		assert!(without.is_satisfied(&self.run().0.finish()));
	}
}

fn two_to(exponent: u64) -> Fr {
	Fr::from(2u8).pow([exponent])
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	let cheat = Cheat::new().signed();
	assert_eq!(cheat.caught_by(), BTreeSet::new());
}

#[test]
fn context() {
	for signal in 0..2 {
		Cheat::new().signed().increase("context/square", signal).is_caught_only_by("context");
	}
}

#[test]
fn units_of_2_to_the_64() {
	let mut cheat = Cheat::new();
	(cheat.values.units, cheat.values.unit_price) = (two_to(64), Fr::ZERO);
	cheat.values.public[3] = Fr::ZERO;
	cheat.signed().is_caught_only_by("ranges/units");
}

#[test]
fn units_that_wrap_around_the_field() {
	// 1/2 unit at 2 for an amount of 1: true in the field only.
	let mut cheat = Cheat::new();
	cheat.values.unit_price = Fr::from(2u8);
	cheat.values.units = Fr::from(2u8).inverse().unwrap();
	cheat.values.public[3] = Fr::ONE;
	cheat.signed().is_caught_only_by("ranges/units");
}

#[test]
fn unit_price_of_2_to_the_64() {
	let mut cheat = Cheat::new();
	(cheat.values.units, cheat.values.unit_price) = (Fr::ZERO, two_to(64));
	cheat.values.public[3] = Fr::ZERO;
	cheat.signed().is_caught_only_by("ranges/unit_price");
}

#[test]
fn amount_of_2_to_the_64() {
	let mut cheat = Cheat::new();
	(cheat.values.units, cheat.values.unit_price) = (two_to(32), two_to(32));
	cheat.values.public[3] = two_to(64);
	cheat.signed().is_caught_only_by("ranges/amount");
}

#[test]
fn start_before_time_began() {
	let mut cheat = Cheat::new();
	(cheat.values.receipt.start, cheat.values.receipt.end) = (-Fr::ONE, Fr::ZERO);
	cheat.signed().is_caught_only_by("ranges/start");
}

#[test]
fn expiry_after_2_to_the_64() {
	let mut cheat = Cheat::new();
	cheat.values.public[4] = two_to(64);
	cheat.values.public[5] = two_to(64) - Fr::ONE;
	cheat.signed().is_caught_only_by("ranges/expires_at");
}

#[test]
fn numbers_of_2_to_the_128() {
	let mut cheat = Cheat::new();
	cheat.values.receipt.serial = two_to(128);
	cheat.signed().is_caught_only_by("ranges/serial");
	let mut cheat = Cheat::new();
	cheat.values.receipt.salt = two_to(128);
	cheat.signed().is_caught_only_by("ranges/salt");
	for (limb, group) in ["ranges/output_lo", "ranges/output_hi"].into_iter().enumerate() {
		let mut cheat = Cheat::new();
		cheat.values.receipt.output[limb] = two_to(128);
		cheat.signed().is_caught_only_by(group);
	}
}

#[test]
fn ranges_by_bits_that_are_none() {
	// Two in the lowest place and one less in the next: the same number. The only way to fail in the
	// range of `end` or `as_of` alone, whose ranges follow from those of the others.
	for group in [
		"ranges/units",
		"ranges/unit_price",
		"ranges/amount",
		"ranges/start",
		"ranges/end",
		"ranges/expires_at",
		"ranges/as_of",
		"ranges/serial",
		"ranges/salt",
		"ranges/output_lo",
		"ranges/output_hi",
		"times/start_before_end",
		"times/end_before_as_of",
		"times/as_of_before_expiry",
		"issuer_index",
	] {
		let path = format!("{group}/bit");
		let bit = |place| Cheat::new().hinted(&path, place);
		Cheat::new()
			.replace(&path, 0, bit(0) + Fr::from(2u8))
			.replace(&path, 1, bit(1) - Fr::ONE)
			.signed()
			.is_caught_only_by(group);
	}
}

#[test]
fn price() {
	for public in [Fr::ZERO, Fr::from(5_000_000_000_001u64)] {
		let mut cheat = Cheat::new();
		cheat.values.public[3] = public;
		cheat.signed().is_caught_only_by("price");
	}
}

#[test]
fn times_out_of_order() {
	let mut cheat = Cheat::new();
	cheat.values.receipt.start = cheat.values.receipt.end + Fr::ONE;
	cheat.signed().is_caught_only_by("times/start_before_end");
	let mut cheat = Cheat::new();
	cheat.values.receipt.end = cheat.values.public[5] + Fr::ONE;
	cheat.signed().is_caught_only_by("times/end_before_as_of");
	let mut cheat = Cheat::new();
	cheat.values.public[5] = cheat.values.public[4] + Fr::ONE;
	cheat.signed().is_caught_only_by("times/as_of_before_expiry");
}

#[test]
fn times_that_are_equal_are_in_order() {
	let mut cheat = Cheat::new();
	let time = cheat.values.receipt.start;
	cheat.values.receipt.end = time;
	(cheat.values.public[4], cheat.values.public[5]) = (time, time);
	let cheat = cheat.signed();
	assert_eq!(cheat.caught_by(), BTreeSet::new());
}

#[test]
fn hashes() {
	for group in ["body", "commitment", "leaf", "membership", "signature/challenge", "nullifier"] {
		for name in ["square", "fourth", "fifth"] {
			for occurrence in [0, 70] {
				Cheat::new()
					.increase(&format!("{group}/{name}"), occurrence)
					.signed()
					.is_caught_only_by(group);
			}
		}
	}
}

#[test]
fn places_in_the_tree() {
	for name in ["is_3", "child_0", "child_3", "node_2", "last_2"] {
		for level in 0..TREE_DEPTH {
			Cheat::new()
				.increase(&format!("membership/{name}"), level)
				.signed()
				.is_caught_only_by("membership");
		}
	}
}

#[test]
fn a_tree_without_the_issuer() {
	let mut cheat = Cheat::new().signed();
	cheat.values.public[7] += Fr::ONE;
	cheat.is_caught_only_by("root");
	let mut cheat = Cheat::new().signed();
	cheat.values.signer.siblings[1][2] += Fr::ONE;
	cheat.is_caught_only_by("root");
}

#[test]
fn the_place_of_another_issuer() {
	for other in 0..16u64 {
		let mut cheat = Cheat::new().signed();
		cheat.values.public[8] = other.into();
		for place in 0..4 {
			let bit = Fr::from((6u64 >> place) & 1);
			cheat = cheat.replace("issuer_index/bit", place, bit);
		}
		if other != 6 {
			cheat.is_caught_only_by("issuer_index");
		}
	}
	// Place 22 is place 6 modulo 16.
	let mut cheat = Cheat::new().signed();
	cheat.values.public[8] = Fr::from(22u8);
	cheat.is_caught_only_by("issuer_index");
}

/// A point off the curve, eight times which the doubling formulas make a point of order 4 of the
/// curve. They do not contain d and so are those of every curve a x² + y² = 1 + d' x² y²: the
/// point has order 32 on one of these. With b = √a and X = b x, the points (X, X) double to
/// (1, 0), of order 4; the two steps before are quadratic equations in the square of a coordinate.
fn key_off_the_curve() -> Point {
	let root = BabyJubJub::COEFF_A.sqrt().unwrap();
	let (one, two) = (Fr::ONE, Fr::from(2u8));
	let mut slope = two;
	loop {
		slope += one;
		let squared = slope.square();
		// (u, slope u) with a double of equal coordinates.
		let k = two * slope / (one + squared);
		let Some(u) = (two * k / (squared - one + k * (one + squared))).sqrt() else { continue };
		let v = slope * u;
		// (p, w p) with double (u, v).
		let Some(difference) = (one - u.square()).sqrt() else { continue };
		let w = (one + difference) / u;
		let squared = w.square();
		let Some(p) = (two * v / (squared - one + v * (one + squared))).sqrt() else { continue };
		return Point::new_unchecked(p / root, w * p);
	}
}

#[test]
fn a_key_off_the_curve_for_which_anybody_signs() {
	// h times a point of order 4 is one of four points: guess which, and try four times.
	let key = key_off_the_curve();
	assert!(!key.is_on_curve());
	let point =
		Point::new_unchecked(BabyJubJub::COEFF_A.sqrt().unwrap().inverse().unwrap(), Fr::ZERO);
	let mut cheat = Cheat::new();
	cheat.values.signer.key = (key.x, key.y);
	let s = Scalar::from(987_654_321u64);
	let forged = (1u64..200).any(|attempt| {
		let s = s + Scalar::from(attempt);
		cheat.values.signer.s = s.into_bigint();
		// R8 = S B8 - point, right where h = 1 modulo 4, or 3 for the other sign.
		let r8 = Point::from(multiple(s) - point);
		cheat.values.signer.r8 = (r8.x, r8.y);
		cheat.fit();
		cheat.run().1.signature_holds
	});
	assert!(forged);
	cheat.is_caught_only_by("signature/key_on_curve");
}

#[test]
fn key_and_nonce_on_the_curve() {
	// The equation leaves no room for an R8 off the curve, so that only the check's own hints can
	// be wrong by themselves.
	for group in ["signature/key_on_curve", "signature/nonce_on_curve"] {
		for name in ["xx", "yy"] {
			Cheat::new().signed().increase(&format!("{group}/{name}"), 0).is_caught_only_by(group);
		}
	}
	let mut cheat = Cheat::new();
	cheat.values.signer.r8.0 += Fr::ONE;
	let cheat = cheat.signed();
	assert_eq!(
		cheat.caught_by(),
		BTreeSet::from(["signature/equation", "signature/nonce_on_curve"])
	);
}

#[test]
fn a_key_of_small_order_for_which_anybody_signs() {
	let quarter = BabyJubJub::COEFF_A.sqrt().unwrap().inverse().unwrap();
	for (x, y) in [(Fr::ZERO, Fr::ONE), (Fr::ZERO, -Fr::ONE), (quarter, Fr::ZERO)] {
		let mut cheat = Cheat::new();
		cheat.secret = Scalar::ZERO;
		cheat.values.signer.key = (x, y);
		cheat.signed().is_caught_only_by("signature/key_order");
	}
}

#[test]
fn a_second_scalar_for_one_signature() {
	let mut found = 0;
	for nonce in 1u64..20 {
		let mut cheat = Cheat::new();
		cheat.set_nonce(nonce.into());
		let mut cheat = cheat.signed();
		assert!(!cheat.values.signer.s.add_with_carry(&SUBGROUP_ORDER));
		if cheat.values.signer.s.num_bits() <= 251 {
			cheat.is_caught_only_by("signature/scalar_range");
			found += 1;
		}
	}
	assert!(found > 0);
}

#[test]
fn a_second_challenge_for_one_message() {
	// The bits of h plus the field's order: the same field element, another multiple of A.
	let mut found = 0;
	for nonce in 1u64..20 {
		let mut cheat = Cheat::new();
		cheat.set_nonce(nonce.into());
		let mut alias = cheat.fit().into_bigint();
		assert!(!alias.add_with_carry(&Fr::MODULUS));
		if alias.num_bits() > 254 {
			continue;
		}
		for place in 0..254 {
			let bit = Fr::from(alias.get_bit(253 - place));
			cheat = cheat.replace("signature/challenge_bits/bit", place, bit);
		}
		let h = Scalar::from_le_bytes_mod_order(&alias.to_bytes_le());
		cheat.values.signer.s = (cheat.nonce + Scalar::from(8u8) * h * cheat.secret).into_bigint();
		cheat.is_caught_only_by("signature/challenge_bits");
		found += 1;
	}
	assert!(found > 0);
}

#[test]
fn prefixes_of_the_bounds() {
	for group in ["signature/scalar_range", "signature/challenge_bits"] {
		Cheat::new().signed().increase(&format!("{group}/prefix"), 9).is_caught_only_by(group);
	}
}

#[test]
fn another_eightfold_key() {
	let mut cheat = Cheat::new();
	let h = reduce(cheat.fit());
	let other = Scalar::from(55u8);
	let point = multiple(other);
	cheat.values.signer.s = (cheat.nonce + h * other).into_bigint();
	cheat
		.replace("signature/key_multiple/x", 2, point.x)
		.replace("signature/key_multiple/y", 2, point.y)
		.is_caught_only_by("signature/key_multiple");
}

#[test]
fn another_multiple_of_the_key() {
	let mut cheat = Cheat::new();
	cheat.fit();
	let other = Scalar::from(55u8);
	let point = multiple(other);
	cheat.values.signer.s = (cheat.nonce + other).into_bigint();
	// Two points make the table, three each of the 126 windows after the first.
	let last = 2 + 3 * 126 - 1;
	cheat
		.replace("signature/variable_base/x", last, point.x)
		.replace("signature/variable_base/y", last, point.y)
		.is_caught_only_by("signature/variable_base");
}

#[test]
fn another_multiple_of_the_generator() {
	let mut cheat = Cheat::new();
	let h = reduce(cheat.fit());
	let point = multiple(cheat.nonce + Scalar::from(8u8) * h * cheat.secret);
	cheat.values.signer.s = 5u64.into();
	cheat
		.replace("signature/fixed_base/x", 82, point.x)
		.replace("signature/fixed_base/y", 82, point.y)
		.is_caught_only_by("signature/fixed_base");
}

#[test]
fn parts_of_the_multiples() {
	for (group, name) in [
		("signature/variable_base", "both"),
		("signature/variable_base", "from_low"),
		("signature/variable_base", "from_high"),
		("signature/fixed_base", "digit"),
	] {
		// The equation fails as well: nobody knows a signature for what comes out.
		let cheat = Cheat::new().signed().increase(&format!("{group}/{name}"), 11);
		assert_eq!(cheat.caught_by(), BTreeSet::from([group, "signature/equation"]));
	}
}

#[test]
fn signatures_of_something_else() {
	let mut cheat = Cheat::new().signed();
	cheat.values.signer.s.add_with_carry(&1u64.into());
	cheat.is_caught_only_by("signature/equation");
	// A receipt for another job or miner, that is with another subject; another amount; another
	// key in the tree.
	let mut cheat = Cheat::new().signed();
	cheat.values.public[2] += Fr::ONE;
	cheat.fit();
	cheat.is_caught_only_by("signature/equation");
	let mut cheat = Cheat::new().signed();
	(cheat.values.public[3], cheat.values.units, cheat.values.unit_price) =
		(Fr::from(6u8), Fr::from(2u8), Fr::from(3u8));
	cheat.is_caught_only_by("signature/equation");
	let mut cheat = Cheat::new().signed();
	let other = multiple(Scalar::from(77u8));
	cheat.values.signer.key = (other.x, other.y);
	cheat.fit();
	cheat.is_caught_only_by("signature/equation");
}

#[test]
fn a_second_nullifier_for_one_receipt() {
	let mut cheat = Cheat::new().signed();
	cheat.values.public[6] += Fr::ONE;
	cheat.is_caught_only_by("nullifier");
}

#[test]
fn every_group_has_a_cheat() {
	// The groups that the tests above name, so that a new group without a test is noticed.
	let source = include_str!("tests.rs");
	for group in SHAPE.groups() {
		let mentions = source.matches(&format!("\"{}\"", group.path)).count();
		assert!(mentions >= 2, "only its count is tested: {}", group.path);
	}
}

#[test]
fn no_wire_is_free() {
	// Each private value but one as it should be, and that one changed: some constraint fails.
	let (public, witness) = Receipt::sample().statement();
	let assignment = assign(&public, &witness).unwrap();
	let shape = &*SHAPE;
	let mut rows = vec![Vec::new(); shape.wires()];
	for row in shape.rows() {
		let sides = [&row.a, &row.b, &row.c];
		let wires: BTreeSet<_> =
			sides.iter().flat_map(|side| side.terms()).map(|(wire, _)| *wire).collect();
		for wire in wires {
			rows[wire].push(row);
		}
	}
	let mut values = assignment.wires().to_vec();
	for (wire, rows) in rows.iter().enumerate().skip(1) {
		values[wire] += Fr::ONE;
		assert!(!rows.iter().all(|row| row.holds(&values)), "wire {wire} is free");
		values[wire] -= Fr::ONE;
	}
}

#[test]
fn false_statements_have_their_own_errors() {
	let receipt = Receipt::sample();
	let error = |change: &dyn Fn(&mut PublicSignals, &mut BasicReceiptWitness)| {
		let (mut public, mut witness) = receipt.statement();
		change(&mut public, &mut witness);
		assign(&public, &witness).unwrap_err()
	};
	let (public, witness) = receipt.statement();
	let PublicSignals { amount, expires_at, as_of, .. } = public;
	let BasicReceiptWitness { units, unit_price, start, end, .. } = witness;
	assert_eq!(
		error(&|public, _| public.amount += 1),
		WitnessError::AmountMismatch { amount: amount + 1, units, unit_price }
	);
	assert_eq!(
		error(&|_, witness| witness.units = 1 << 63),
		WitnessError::AmountMismatch { amount, units: 1 << 63, unit_price }
	);
	let times = |start, end, as_of, expires_at| WitnessError::TimesOutOfOrder {
		start,
		end,
		as_of,
		expires_at,
	};
	assert_eq!(
		error(&|_, witness| witness.start = end + 1),
		times(end + 1, end, as_of, expires_at)
	);
	assert_eq!(error(&|public, _| public.as_of = end - 1), times(start, end, end - 1, expires_at));
	assert_eq!(
		error(&|public, _| public.as_of = expires_at + 1),
		times(start, end, expires_at + 1, expires_at)
	);
	assert_eq!(
		error(&|public, _| public.issuer_index = 16),
		WitnessError::IssuerIndexOutOfRange(16)
	);
	assert_eq!(error(&|public, _| public.issuer_index = 5), WitnessError::IssuerNotInTree);
	assert_eq!(
		error(&|_, witness| witness.siblings[0][0] += Fr::ONE),
		WitnessError::IssuerNotInTree
	);
	assert_eq!(error(&|public, _| public.nullifier += Fr::ONE), WitnessError::NullifierMismatch);
	type Change = dyn Fn(&mut PublicSignals, &mut BasicReceiptWitness);
	let changes: [&Change; 5] = [
		&|_, witness| witness.salt += 1,
		&|_, witness| witness.output[31] ^= 1,
		&|_, witness| witness.start -= 1,
		&|public, _| public.expires_at += 1,
		&|_, witness| {
			witness.signature = SecretKey::from_seed(&[3; 32]).sign::<Native>(Fr::ONE);
		},
	];
	for change in changes {
		assert_eq!(error(change), WitnessError::SignatureInvalid);
	}
}

#[test]
fn siblings_of_places_that_are_none() {
	let leaves = vec![Fr::ONE; 17];
	assert!(siblings(&leaves[..16], 15).is_some());
	assert_eq!(siblings(&leaves[..16], 16), None);
	assert_eq!(siblings(&leaves, 0), None);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16))]

	#[test]
	fn honest_receipts_satisfy_the_circuit(
		(units, unit_price) in (any::<u32>(), any::<u32>()),
		times in any::<[u64; 4]>(),
		serial in any::<u128>(),
		salt in any::<u128>(),
		output in any::<[u8; 32]>(),
		subject in any::<[u8; 32]>(),
		seed in any::<[u8; 32]>(),
		index in 0u8..16,
		others in any::<u64>(),
	) {
		let mut times = times;
		times.sort();
		let [start, end, as_of, expires_at] = times;
		let key = SecretKey::from_seed(&seed);
		let mut leaves: Vec<Fr> = (0..16).map(|place| Fr::from(others) * Fr::from(place)).collect();
		leaves[usize::from(index)] = key.public().leaf::<Native>();
		let receipt = Receipt {
			index,
			leaves,
			body: Body {
				units: units.into(),
				unit_price: unit_price.into(),
				amount: u128::from(units) * u128::from(unit_price),
				start,
				end,
				expires_at,
				serial,
				output,
			},
			salt,
			subject: Fr::from_le_bytes_mod_order(&subject),
			as_of,
			key,
		};
		let (public, witness) = receipt.statement();
		let assignment = assign(&public, &witness).unwrap();
		prop_assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
	}
}
