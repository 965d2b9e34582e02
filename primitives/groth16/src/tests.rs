//! Tests against the corpus and against `ark-groth16`. Named after the traps they keep us out of.

use crate::{
	combination::Combination,
	corpus::{cases, forgeries, Scalars, Trapdoor},
	*,
};
use alloc::{collections::BTreeSet, vec, vec::Vec};
use ark_bn254::{Bn254, Fq, Fq2, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use ark_groth16::Groth16;
use ark_relations::gr1cs::{
	ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError,
};
use ark_snark::SNARK;
use codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;
use rand::{rngs::StdRng, SeedableRng};
use std::sync::OnceLock;

mod arithmetic;
mod batch;

/// Nine public inputs of which each is the square of a witness.
#[derive(Clone)]
struct Squares(Option<[Fr; 9]>);

impl ConstraintSynthesizer<Fr> for Squares {
	fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
		for place in 0..9 {
			let root = self.0.map(|roots| roots[place]).ok_or(SynthesisError::AssignmentMissing);
			let input = cs.new_input_variable(|| root.map(|root| root.square()))?;
			let root = cs.new_witness_variable(|| root)?;
			cs.enforce_r1cs_constraint(
				|| LinearCombination::from(root),
				|| LinearCombination::from(root),
				|| LinearCombination::from(input),
			)?;
		}
		Ok(())
	}
}

struct Setup {
	proving: ark_groth16::ProvingKey<Bn254>,
	reference: ark_groth16::PreparedVerifyingKey<Bn254>,
	ours: VerifyingKey,
	prepared: PreparedKey,
}

/// A setup of [`Squares`] by `ark-groth16`.
fn setup() -> &'static Setup {
	static SETUP: OnceLock<Setup> = OnceLock::new();
	SETUP.get_or_init(|| {
		let mut rng = StdRng::seed_from_u64(1);
		let (proving, vk) =
			Groth16::<Bn254>::circuit_specific_setup(Squares(None), &mut rng).unwrap();
		let ours = from_ark_key(&vk);
		Setup {
			reference: ark_groth16::prepare_verifying_key(&vk),
			prepared: ours.prepare(),
			proving,
			ours,
		}
	})
}

fn from_ark_key(vk: &ark_groth16::VerifyingKey<Bn254>) -> VerifyingKey {
	VerifyingKey::new(vk.alpha_g1, vk.beta_g2, vk.gamma_g2, vk.delta_g2, &vk.gamma_abc_g1).unwrap()
}

fn prove(roots: [Fr; 9], rng: &mut StdRng) -> (ark_groth16::Proof<Bn254>, Vec<Fr>) {
	let proof = Groth16::<Bn254>::prove(&setup().proving, Squares(Some(roots)), rng).unwrap();
	(proof, roots.iter().map(Fr::square).collect())
}

fn from_ark_proof(proof: &ark_groth16::Proof<Bn254>) -> Proof {
	Proof::new(proof.a, proof.b, proof.c).unwrap()
}

/// The equation alone, as a verifier without a linter decides it.
fn naive(key: &[u8], proof: &[u8], inputs: &[u8]) -> bool {
	let points = |bytes: &[u8]| -> Vec<G1Affine> {
		bytes
			.chunks_exact(G1_BYTES)
			.map(|mut point| crate::encoding::take_g1(&mut point).unwrap())
			.collect()
	};
	let g2 = |bytes: &[u8]| crate::encoding::take_g2(&mut &bytes[..G2_BYTES]).unwrap();
	let key = ark_groth16::VerifyingKey::<Bn254> {
		alpha_g1: points(&key[..64])[0],
		beta_g2: g2(&key[64..]),
		gamma_g2: g2(&key[192..]),
		delta_g2: g2(&key[320..]),
		gamma_abc_g1: points(&key[448..]),
	};
	let proof = ark_groth16::Proof {
		a: points(&proof[..64])[0],
		b: g2(&proof[64..]),
		c: points(&proof[192..])[0],
	};
	let key = ark_groth16::prepare_verifying_key(&key);
	Groth16::<Bn254>::verify_proof(&key, &proof, &decode_inputs(inputs).unwrap()).unwrap()
}

#[test]
fn every_case_gets_its_verdict() {
	let cases = cases();
	let names: BTreeSet<_> = cases.iter().map(|case| case.name.clone()).collect();
	assert_eq!(names.len(), cases.len(), "two cases share a name");
	for case in &cases {
		let verdict = verify(&case.key, &case.proof, &case.inputs);
		assert_eq!(verdict, case.expected, "{}", case.name);
		assert_eq!(validate_key(&case.key), case.expected_key(), "{}", case.name);
		let prepared = PreparedKey::from_bytes(&case.key)
			.map_err(VerifyError::from)
			.and_then(|key| key.verify_bytes(&case.proof, &case.inputs));
		assert_eq!(prepared, case.expected, "{}", case.name);
		assert_eq!(result_from_code(result_code(verdict)), verdict, "{}", case.name);
	}
}

#[test]
fn the_corpus_has_every_error() {
	let mut kinds: BTreeSet<u8> =
		cases().iter().map(|case| result_code(case.expected).to_le_bytes()[0]).collect();
	let expected: BTreeSet<u8> = (0..=12).chain(32..=38).collect();
	// Only a foreign host returns it.
	kinds.remove(&VerifyError::Unrecognised.code().to_le_bytes()[0]);
	assert_eq!(kinds, expected);
	let errors: BTreeSet<_> = cases()
		.iter()
		.filter_map(|case| match case.expected {
			Err(VerifyError::Proof { point, error }) => Some((point as u8, error as u8)),
			_ => None,
		})
		.collect();
	assert_eq!(errors.len(), 10, "three errors for A and C, four for B");
}

#[test]
fn trap_1_forged_proofs_satisfy_the_equation_and_the_linter_refuses_their_keys() {
	let forgeries = forgeries();
	assert!(forgeries.len() >= 13);
	for case in forgeries {
		assert!(naive(&case.key, &case.proof, &case.inputs), "{} is no forgery", case.name);
		let key = VerifyingKey::from_bytes(&case.key).unwrap();
		let proof = Proof::from_bytes(&case.proof).unwrap();
		let inputs = decode_inputs(&case.inputs).unwrap();
		assert_eq!(key.verify(&proof, &inputs), Ok(()), "{}", case.name);
		assert_eq!(key.prepare().verify(&proof, &inputs), Ok(()), "{}", case.name);
		assert_eq!(key.lint(), case.expected_key(), "{}", case.name);
	}
}

#[test]
fn trap_3_a_rerandomised_proof_has_other_bytes_and_still_holds() {
	let mut rng = StdRng::seed_from_u64(3);
	let (proof, inputs) = prove([Fr::from(3u8); 9], &mut rng);
	let other = Groth16::<Bn254>::rerandomize_proof(&setup().proving.vk, &proof, &mut rng);
	let (proof, other) = (from_ark_proof(&proof), from_ark_proof(&other));
	assert_ne!(proof.to_bytes(), other.to_bytes());
	assert_eq!(setup().prepared.verify(&proof, &inputs), Ok(()));
	assert_eq!(setup().prepared.verify(&other, &inputs), Ok(()));
}

#[test]
fn trap_5_the_reference_takes_a_wrong_number_of_inputs_and_we_do_not() {
	let mut rng = StdRng::seed_from_u64(5);
	// The last input is zero, so leaving it out does not change the combination.
	let mut roots = [Fr::from(2u8); 9];
	roots[8] = Fr::ZERO;
	let (proof, inputs) = prove(roots, &mut rng);
	let ours = from_ark_proof(&proof);
	let one_more = [inputs.clone(), vec![Fr::from(5u8)]].concat();
	for wrong in [&inputs[..8], &one_more] {
		let reference = Groth16::<Bn254>::verify_proof(&setup().reference, &proof, wrong);
		assert!(reference.unwrap(), "ark-groth16 has begun to check, and says so here");
		let got = u8::try_from(wrong.len()).unwrap();
		let refusal = Err(VerifyError::InputCount { expected: 9, got });
		assert_eq!(setup().prepared.verify(&ours, wrong), refusal);
		assert_eq!(setup().ours.verify(&ours, wrong), refusal);
	}
	let many = vec![Fr::ZERO; 300];
	let refusal = Err(VerifyError::TooManyInputs { got: 300 });
	assert_eq!(setup().prepared.verify(&ours, &many), refusal);
	assert_eq!(setup().ours.verify(&ours, &many), refusal);
	assert_eq!(setup().prepared.inputs(), 9);
}

#[test]
fn trap_4_and_46_scalars_out_of_range() {
	let order = Fr::MODULUS.0.map(u64::to_le_bytes).concat();
	let refused = |index, reversed_is_canonical| {
		Err(VerifyError::InputNotCanonical { index, reversed_is_canonical })
	};
	// The order ends in the byte 1, so it is in range when reversed.
	assert_eq!(decode_inputs(&order), refused(0, true));
	assert_eq!(decode_inputs(&[0xff; 32]), refused(0, false));
	let mut below = order.clone();
	below[0] -= 1;
	assert_eq!(decode_inputs(&below), Ok(vec![-Fr::ONE]));
	// 255 in big-endian, at the second place.
	let mut bytes = [0; 64];
	bytes[63] = 255;
	assert_eq!(decode_inputs(&bytes), refused(1, true));
	assert_eq!(decode_scalar(&[0xff; 32]), None);
	assert_eq!(decode_scalar(&encode_scalar(&Fr::from(7u8))), Some(Fr::from(7u8)));
	assert_eq!(decode_inputs(&[]), Ok(vec![]));
	assert_eq!(decode_inputs(&[0; MAX_INPUT_BYTES]).map(|inputs| inputs.len()), Ok(32));
	let message = decode_inputs(&bytes).unwrap_err().to_string();
	assert!(message.contains("input 1") && message.contains("little-endian"), "{message}");
}

#[test]
fn points_given_as_points_are_checked_too() {
	let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
	let (zero1, zero2) = (G1Affine::zero(), G2Affine::zero());
	let off1 = G1Affine::new_unchecked(Fq::ONE, Fq::ONE);
	let off2 = G2Affine::new_unchecked(Fq2::ONE, Fq2::ONE);
	let proof = |point, error| Err(VerifyError::Proof { point, error });
	assert_eq!(Proof::new(zero1, g2, g1), proof(ProofPoint::A, PointError::Infinity));
	assert_eq!(Proof::new(g1, zero2, g1), proof(ProofPoint::B, PointError::Infinity));
	assert_eq!(Proof::new(g1, off2, g1), proof(ProofPoint::B, PointError::NotOnCurve));
	assert_eq!(Proof::new(g1, g2, off1), proof(ProofPoint::C, PointError::NotOnCurve));
	let key = |point, error| Err(KeyError::Point { point, error });
	assert_eq!(
		VerifyingKey::new(zero1, g2, g2, g2, &[g1, g1]),
		key(KeyPoint::Alpha, PointError::Infinity)
	);
	assert_eq!(
		VerifyingKey::new(g1, g2, g2, off2, &[g1, g1]),
		key(KeyPoint::Delta, PointError::NotOnCurve)
	);
	assert_eq!(
		VerifyingKey::new(g1, g2, g2, g2, &[g1, zero1]),
		key(KeyPoint::Ic(1), PointError::Infinity)
	);
	assert_eq!(VerifyingKey::new(g1, g2, g2, g2, &[]), Err(KeyError::NoInputs));
	assert_eq!(VerifyingKey::new(g1, g2, g2, g2, &[g1]), Err(KeyError::NoInputs));
	assert_eq!(
		VerifyingKey::new(g1, g2, g2, g2, &[g1; 34]),
		Err(KeyError::TooManyInputs { got: 33 })
	);
}

#[test]
fn encodings_round_trip() {
	for n in [1, 9, MAX_INPUTS] {
		let trapdoor = Trapdoor::new(n, 20);
		let key = trapdoor.key();
		assert_eq!(key.to_bytes().len(), key_bytes(n));
		assert_eq!(VerifyingKey::from_bytes(&key.to_bytes()), Ok(key));
		let inputs = Scalars::new(21).draw_many(n);
		assert_eq!(decode_inputs(&encode_inputs(&inputs)), Ok(inputs.clone()));
		let proof = trapdoor.prove(&inputs, 22);
		assert_eq!(proof.to_bytes().len(), PROOF_BYTES);
		assert_eq!(Proof::from_bytes(&proof.to_bytes()), Ok(proof));
	}
	assert_eq!(MAX_KEY_BYTES, 2560);
}

#[test]
fn the_combination_is_the_sum_of_products() {
	let mut scalars = Scalars::new(30);
	let points: Vec<G1Affine> =
		(0..5).map(|_| (G1Projective::generator() * scalars.draw()).into_affine()).collect();
	let combination = Combination::new(points[0], &points[1..]);
	assert_eq!(combination.len(), 4);
	let mut edges: Vec<Fr> = (0..70u64).map(Fr::from).collect();
	edges.extend((0..70u64).map(|n| -Fr::from(n)));
	for bit in 0..254u64 {
		let power = Fr::from(2u8).pow([bit]);
		edges.extend([power, power - Fr::ONE, -power]);
	}
	edges.extend(scalars.draw_many(40));
	for (place, edge) in edges.iter().enumerate() {
		// Two scalars cancel or coincide now and then, and the rest are random.
		let row = [*edge, edges[place / 2], scalars.draw(), -*edge];
		let expected = points[0].into_group()
			+ row.iter().zip(&points[1..]).map(|(x, p)| *p * x).sum::<G1Projective>();
		assert_eq!(combination.evaluate(&row), expected, "row {place}");
	}
	// A sum that is infinity, and points that are equal.
	let twice = Combination::new(points[0], &[points[0], points[0]]);
	assert_eq!(twice.evaluate(&[-Fr::ONE, Fr::ZERO]), G1Projective::ZERO);
	assert_eq!(twice.evaluate(&[Fr::ONE, Fr::ONE]), points[0] * Fr::from(3u8));
	assert_eq!(twice.evaluate(&[Fr::ONE, -Fr::ONE]), points[0].into_group());
}

#[test]
fn inputs_whose_combination_is_infinity_get_the_verdict_of_the_equation() {
	// IC_2 = 2·IC_1 passes the linter, which knows equality and negation only.
	let mut trapdoor = Trapdoor::new(2, 31);
	trapdoor.ic = vec![Fr::from(9u8), Fr::from(5u8), Fr::from(7u8)];
	let inputs = [Fr::ONE, -Fr::from(2u8)];
	let proof = trapdoor.prove(&inputs, 32);
	assert_eq!(trapdoor.key().verify(&proof, &inputs), Ok(()));
	assert_eq!(trapdoor.key().prepare().verify(&proof, &inputs), Ok(()));
	let other = trapdoor.prove(&[Fr::ONE, Fr::ONE], 32);
	assert_eq!(trapdoor.key().verify(&other, &inputs), Err(VerifyError::InvalidProof));
	assert_eq!(trapdoor.key().prepare().verify(&other, &inputs), Err(VerifyError::InvalidProof));
}

fn point_errors() -> [PointError; 4] {
	use PointError::*;
	[NotCanonical, Infinity, NotOnCurve, NotInSubgroup]
}

/// Every error there is, with its numbers at their bounds.
fn all_errors() -> Vec<VerifyError> {
	let mut keys = vec![
		KeyError::NoInputs,
		KeyError::DeltaEqualsGamma,
		KeyError::BetaEqualsGamma,
		KeyError::BetaEqualsDelta,
		KeyError::DeltaIsGenerator,
		KeyError::AlphaIsGenerator,
		KeyError::BetaIsGenerator,
		KeyError::AlphaEqualsConstant,
	];
	let mut errors = vec![VerifyError::InvalidProof, VerifyError::Unrecognised];
	for got in [0, 1, 447, 65_536, MAX_REPORTED] {
		keys.extend([KeyError::Length { got }, KeyError::TooManyInputs { got }]);
		errors.extend([
			VerifyError::InputsLength { got },
			VerifyError::TooManyInputs { got },
			VerifyError::ProofLength { got },
		]);
	}
	for error in point_errors() {
		let points = [KeyPoint::Alpha, KeyPoint::Beta, KeyPoint::Gamma, KeyPoint::Delta];
		for point in points.into_iter().chain((0..=32).map(KeyPoint::Ic)) {
			keys.push(KeyError::Point { point, error });
		}
		for point in [ProofPoint::A, ProofPoint::B, ProofPoint::C] {
			errors.push(VerifyError::Proof { point, error });
		}
	}
	for first in 0..=32 {
		for second in 0..=32 {
			keys.push(KeyError::IcEqual { first, second });
			errors.push(VerifyError::InputCount { expected: first, got: second });
		}
		for reversed_is_canonical in [false, true] {
			errors.push(VerifyError::InputNotCanonical { index: first, reversed_is_canonical });
		}
	}
	errors.extend(keys.into_iter().map(VerifyError::Key));
	errors
}

#[test]
fn codes_and_encodings_of_errors_round_trip_and_differ() {
	let errors = all_errors();
	let mut codes = BTreeSet::new();
	for error in &errors {
		assert_ne!(error.code(), 0);
		assert!(codes.insert(error.code()), "{error:?} shares its code");
		assert_eq!(VerifyError::from_code(error.code()), Some(*error));
		assert_eq!(result_from_code(error.code()), Err(*error));
		let bytes = error.encode();
		assert!(bytes.len() <= VerifyError::max_encoded_len());
		assert_eq!(VerifyError::decode(&mut &bytes[..]), Ok(*error));
		assert!(!error.to_string().is_empty());
		if let VerifyError::Key(key) = error {
			assert_eq!(key.code(), error.code());
			assert_eq!(KeyError::from_code(key.code()), Some(*key));
		} else {
			assert_eq!(KeyError::from_code(error.code()), None);
		}
	}
	assert_eq!(result_code(Ok(())), 0);
	assert_eq!(result_from_code(0), Ok(()));
	assert_eq!(VerifyError::from_code(0), None);
	assert_eq!(result_from_code(u32::MAX), Err(VerifyError::Unrecognised));
	// Lengths past what fits are reported as the largest that does.
	assert_eq!(error::reported(usize::MAX), MAX_REPORTED);
	assert_eq!(VerifyError::ProofLength { got: u32::MAX }.code() >> 8, MAX_REPORTED);
}

#[test]
fn codes_are_frozen() {
	// A change here breaks runtimes that run on other nodes: add codes, never renumber.
	let codes = [
		(VerifyError::Key(KeyError::Length { got: 3 }), 0x0000_0301),
		(VerifyError::Key(KeyError::NoInputs), 2),
		(VerifyError::Key(KeyError::TooManyInputs { got: 33 }), 0x0000_2103),
		(
			VerifyError::Key(KeyError::Point {
				point: KeyPoint::Ic(1),
				error: PointError::NotInSubgroup,
			}),
			0x0004_0504,
		),
		(VerifyError::Key(KeyError::DeltaEqualsGamma), 5),
		(VerifyError::Key(KeyError::BetaEqualsGamma), 6),
		(VerifyError::Key(KeyError::BetaEqualsDelta), 7),
		(VerifyError::Key(KeyError::DeltaIsGenerator), 8),
		(VerifyError::Key(KeyError::AlphaIsGenerator), 9),
		(VerifyError::Key(KeyError::BetaIsGenerator), 10),
		(VerifyError::Key(KeyError::AlphaEqualsConstant), 11),
		(VerifyError::Key(KeyError::IcEqual { first: 1, second: 2 }), 0x0002_010c),
		(VerifyError::InputsLength { got: 1 }, 0x0000_0120),
		(VerifyError::TooManyInputs { got: 33 }, 0x0000_2121),
		(VerifyError::InputNotCanonical { index: 4, reversed_is_canonical: true }, 0x0001_0422),
		(VerifyError::InputCount { expected: 9, got: 8 }, 0x0008_0923),
		(VerifyError::ProofLength { got: 257 }, 0x0001_0124),
		(VerifyError::Proof { point: ProofPoint::B, error: PointError::NotCanonical }, 0x0001_0125),
		(VerifyError::InvalidProof, 38),
		(VerifyError::Unrecognised, 39),
	];
	for (error, code) in codes {
		assert_eq!(error.code(), code, "{error:?}");
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn agrees_with_ark_groth16(seed: u64, fault in 0..8u8, place in 0..9usize) {
		let mut rng = StdRng::seed_from_u64(seed);
		let roots: [Fr; 9] = core::array::from_fn(|_| Fr::rand(&mut rng));
		let (mut proof, mut inputs) = prove(roots, &mut rng);
		let valid = match fault {
			0 | 1 => true,
			2 => { proof = Groth16::<Bn254>::rerandomize_proof(&setup().proving.vk, &proof, &mut rng); true },
			3 => { inputs[place] = Fr::rand(&mut rng); false },
			4 => { proof.a = (proof.a + G1Affine::generator()).into_affine(); false },
			5 => { proof.b = (proof.b + G2Affine::generator()).into_affine(); false },
			6 => { proof.c = (proof.c + G1Affine::generator()).into_affine(); false },
			_ => { inputs.swap(place, (place + 1) % 9); false },
		};
		let reference = Groth16::<Bn254>::verify_proof(&setup().reference, &proof, &inputs).unwrap();
		prop_assert_eq!(reference, valid);
		let ours = from_ark_proof(&proof);
		let verdict = if valid { Ok(()) } else { Err(VerifyError::InvalidProof) };
		prop_assert_eq!(setup().prepared.verify(&ours, &inputs), verdict);
		prop_assert_eq!(setup().ours.verify(&ours, &inputs), verdict);
		let key = setup().ours.to_bytes();
		prop_assert_eq!(verify(&key, &ours.to_bytes(), &encode_inputs(&inputs)), verdict);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn trap_6_what_decodes_has_one_encoding(bit in 0..2048usize, seed in 0..4u64) {
		let trapdoor = Trapdoor::new(1, 40);
		let mut proof = trapdoor.prove(&[Fr::from(seed)], seed).to_bytes();
		proof[bit / 8] ^= 1 << (bit % 8);
		if let Ok(decoded) = Proof::from_bytes(&proof) {
			prop_assert_eq!(decoded.to_bytes(), proof);
		}
	}

	#[test]
	fn arbitrary_bytes_never_panic(
		key in prop::collection::vec(any::<u8>(), 0..2700),
		proof in prop::collection::vec(any::<u8>(), 0..300),
		inputs in prop::collection::vec(any::<u8>(), 0..1100),
	) {
		prop_assert!(verify(&key, &proof, &inputs).is_err());
		prop_assert!(Proof::from_bytes(&proof).is_err());
		if let Ok(decoded) = decode_inputs(&inputs) {
			prop_assert_eq!(encode_inputs(&decoded), inputs);
		}
	}

	#[test]
	fn a_code_belongs_to_one_error(code: u32, kind in 0..48u32) {
		for code in [code, code & 0xffff_ff00 | kind] {
			if let Some(error) = VerifyError::from_code(code) {
				prop_assert_eq!(error.code(), code);
			}
		}
	}
}
