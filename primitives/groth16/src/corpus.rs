//! Keys, proofs and inputs, well-formed and malformed, with the verdict each must get.
//!
//! The same cases are run by this crate's tests and by the test that compares the host function
//! with Wasm execution. Everything is derived from fixed numbers: two runs give the same bytes.
//!
//! Proofs are made by the [`simulator`](crate::simulator), without a circuit. Proofs of a real
//! circuit are tested against `ark-groth16` in this crate's tests.

pub use crate::simulator::{Scalars, Trapdoor};

use crate::{
	encode_inputs, key_bytes,
	simulator::{g1, g2},
	KeyError, KeyPoint, PointError, Proof, ProofPoint, VerifyError, G1_BYTES, G2_BYTES,
	KEY_HEAD_BYTES, MAX_INPUTS, PROOF_BYTES, SCALAR_BYTES,
};
use alloc::{format, string::String, vec, vec::Vec};
use ark_bn254::{Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};

/// A call of [`verify`](crate::verify) and its verdict.
#[derive(Clone, Debug)]
pub struct Case {
	/// What the case is about. No two cases share a name.
	pub name: String,
	/// Verifying key.
	pub key: Vec<u8>,
	/// Proof.
	pub proof: Vec<u8>,
	/// Public inputs.
	pub inputs: Vec<u8>,
	/// The verdict.
	pub expected: Result<(), VerifyError>,
}

impl Case {
	/// The verdict of [`validate_key`](crate::validate_key) on the key of this case.
	pub fn expected_key(&self) -> Result<(), KeyError> {
		match self.expected {
			Err(VerifyError::Key(error)) => Err(error),
			_ => Ok(()),
		}
	}
}

/// The key's bytes, whatever its points are.
fn key_bytes_unchecked(trapdoor: &Trapdoor) -> Vec<u8> {
	let mut bytes = Vec::new();
	crate::encoding::put_g1(&g1(&trapdoor.alpha), &mut bytes);
	for point in [&trapdoor.beta, &trapdoor.gamma, &trapdoor.delta] {
		crate::encoding::put_g2(&g2(point), &mut bytes);
	}
	for point in &trapdoor.ic {
		crate::encoding::put_g1(&g1(point), &mut bytes);
	}
	bytes
}

/// A point of the G2 curve outside the subgroup of order `r`.
fn outside_subgroup() -> G2Affine {
	(1u64..)
		.filter_map(|x| {
			G2Affine::get_point_from_x_unchecked(Fq2::new(Fq::from(x), Fq::ZERO), false)
		})
		.find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
		.expect("the cofactor is about as large as r, so nearly every point is outside")
}

/// What is done to one coordinate or one point in a malformed encoding.
struct Place {
	key: Option<KeyPoint>,
	proof: Option<ProofPoint>,
	name: String,
	offset: usize,
	bytes: usize,
}

impl Place {
	fn error(&self, error: PointError) -> VerifyError {
		match (self.key, self.proof) {
			(Some(point), _) => KeyError::Point { point, error }.into(),
			(_, Some(point)) => VerifyError::Proof { point, error },
			_ => unreachable!("a place is in the key or in the proof"),
		}
	}
}

fn places(inputs: usize) -> Vec<Place> {
	let key = |point: KeyPoint, offset, bytes| Place {
		key: Some(point),
		proof: None,
		name: format!("key {point}"),
		offset,
		bytes,
	};
	let proof = |point: ProofPoint, offset, bytes| Place {
		key: None,
		proof: Some(point),
		name: format!("proof {point:?}"),
		offset,
		bytes,
	};
	let mut places = vec![
		key(KeyPoint::Alpha, 0, G1_BYTES),
		key(KeyPoint::Beta, G1_BYTES, G2_BYTES),
		key(KeyPoint::Gamma, G1_BYTES + G2_BYTES, G2_BYTES),
		key(KeyPoint::Delta, G1_BYTES + 2 * G2_BYTES, G2_BYTES),
		proof(ProofPoint::A, 0, G1_BYTES),
		proof(ProofPoint::B, G1_BYTES, G2_BYTES),
		proof(ProofPoint::C, G1_BYTES + G2_BYTES, G1_BYTES),
	];
	for index in 0..=inputs {
		let point = KeyPoint::Ic(u8::try_from(index).expect("at most 32"));
		places.push(key(point, KEY_HEAD_BYTES + G1_BYTES * index, G1_BYTES));
	}
	places
}

fn add_integer(bytes: &mut [u8], addend: &[u8]) {
	let mut carry = 0u16;
	for (byte, other) in bytes.iter_mut().zip(addend) {
		let sum = u16::from(*byte) + u16::from(*other) + carry;
		[*byte, _] = sum.to_le_bytes();
		carry = sum >> 8;
	}
	assert_eq!(carry, 0, "both moduli are below 2^254");
}

fn integer_bytes(integer: BigInt<4>) -> Vec<u8> {
	integer.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// Proofs that anyone can make from the key alone, one for each rule of the linter that an attack
/// stands behind. The equation holds for all of them; the verdict is the linter's.
pub fn forgeries() -> Vec<Case> {
	let mut cases = Vec::new();
	let mut forge =
		|name: &str, trapdoor: &Trapdoor, inputs: &[Fr], expected: KeyError, how: Forge| {
			// From here on only what the key shows is used.
			let points: Vec<G1Projective> = trapdoor.ic.iter().map(|p| g1(p).into()).collect();
			let sum = points[0]
				+ points[1..].iter().zip(inputs).map(|(p, x)| *p * x).sum::<G1Projective>();
			let public = Public {
				alpha: g1(&trapdoor.alpha).into(),
				beta: g2(&trapdoor.beta).into(),
				gamma: g2(&trapdoor.gamma).into(),
				sum,
			};
			let (a, b, c) = how(&public);
			// Re-randomised, because some attacks leave C at infinity.
			let s = Scalars::new(900).draw();
			let (b, c) = (b + g2(&trapdoor.delta) * s, c + a * s);
			let proof = Proof::new(a.into_affine(), b.into_affine(), c.into_affine())
				.expect("a re-randomised forgery has no point at infinity");
			cases.push(Case {
				name: format!("forged, {name}"),
				key: key_bytes_unchecked(trapdoor),
				proof: proof.to_bytes(),
				inputs: encode_inputs(inputs),
				expected: Err(expected.into()),
			});
		};

	let base = Trapdoor::new(9, 100);
	let inputs = Scalars::new(101).draw_many(9);
	let zeros = [Fr::ZERO; 9];
	let one = Fr::ONE;

	forge(
		"delta is gamma",
		&Trapdoor { delta: base.gamma, ..base.clone() },
		&inputs,
		KeyError::DeltaEqualsGamma,
		|k| (k.alpha, k.beta, -k.sum),
	);
	forge(
		"delta is gamma negated",
		&Trapdoor { delta: -base.gamma, ..base.clone() },
		&inputs,
		KeyError::DeltaEqualsGamma,
		|k| (k.alpha, k.beta, k.sum),
	);
	forge(
		"delta and gamma are the generator, as snarkjs leaves them without phase 2",
		&Trapdoor { gamma: one, delta: one, ..base.clone() },
		&inputs,
		KeyError::DeltaEqualsGamma,
		|k| (k.alpha, k.beta, -k.sum),
	);
	forge(
		"beta is gamma",
		&Trapdoor { beta: base.gamma, ..base.clone() },
		&inputs,
		KeyError::BetaEqualsGamma,
		|k| (k.alpha + k.sum, k.beta, G1Projective::ZERO),
	);
	forge(
		"beta is gamma negated",
		&Trapdoor { beta: -base.gamma, ..base.clone() },
		&inputs,
		KeyError::BetaEqualsGamma,
		|k| (k.alpha - k.sum, k.beta, G1Projective::ZERO),
	);
	forge(
		"beta is delta",
		&Trapdoor { beta: base.delta, ..base.clone() },
		&inputs,
		KeyError::BetaEqualsDelta,
		|k| (k.sum, k.gamma, -k.alpha),
	);
	forge(
		"beta is delta negated",
		&Trapdoor { beta: -base.delta, ..base.clone() },
		&inputs,
		KeyError::BetaEqualsDelta,
		|k| (k.sum, k.gamma, k.alpha),
	);

	let mut constant_is_alpha = base.clone();
	constant_is_alpha.ic[0] = base.alpha;
	forge("IC_0 is alpha", &constant_is_alpha, &zeros, KeyError::AlphaEqualsConstant, |k| {
		(k.alpha, k.beta + k.gamma, G1Projective::ZERO)
	});
	constant_is_alpha.ic[0] = -base.alpha;
	forge(
		"IC_0 is alpha negated",
		&constant_is_alpha,
		&zeros,
		KeyError::AlphaEqualsConstant,
		|k| (k.alpha, k.beta - k.gamma, G1Projective::ZERO),
	);

	let mut cancelled = zeros;
	let mut constant_is_input = base.clone();
	constant_is_input.ic[9] = base.ic[0];
	cancelled[8] = -one;
	forge(
		"IC_9 is IC_0",
		&constant_is_input,
		&cancelled,
		KeyError::IcEqual { first: 0, second: 9 },
		|k| (k.alpha, k.beta, G1Projective::ZERO),
	);
	constant_is_input.ic[9] = -base.ic[0];
	cancelled[8] = one;
	forge(
		"IC_9 is IC_0 negated",
		&constant_is_input,
		&cancelled,
		KeyError::IcEqual { first: 0, second: 9 },
		|k| (k.alpha, k.beta, G1Projective::ZERO),
	);

	// Not made from the key alone, but from a proof for other inputs.
	for (name, sign) in [("is", one), ("is minus", -one)] {
		let mut interchangeable = base.clone();
		interchangeable.ic[7] = sign * base.ic[3];
		let honest = interchangeable.prove(&inputs, 102);
		let mut moved = inputs.clone();
		let amount = Fr::from(1_000_000u64);
		moved[2] += amount;
		moved[6] -= sign * amount;
		cases.push(Case {
			name: format!("forged, IC_7 {name} IC_3 and a million moves between the inputs"),
			key: key_bytes_unchecked(&interchangeable),
			proof: honest.to_bytes(),
			inputs: encode_inputs(&moved),
			expected: Err(KeyError::IcEqual { first: 3, second: 7 }.into()),
		});
	}
	cases
}

/// What a forger sees: the key and the combination of its `IC` points with the inputs he wants.
struct Public {
	alpha: G1Projective,
	beta: G2Projective,
	gamma: G2Projective,
	sum: G1Projective,
}

type Forge = fn(&Public) -> (G1Projective, G2Projective, G1Projective);

/// All cases, [`forgeries`] included.
pub fn cases() -> Vec<Case> {
	let trapdoor = Trapdoor::new(9, 1);
	let key = trapdoor.key().to_bytes();
	let scalars = Scalars::new(2).draw_many(9);
	let inputs = encode_inputs(&scalars);
	let honest = trapdoor.prove(&scalars, 3);
	let proof = honest.to_bytes();

	let mut cases = Vec::new();
	let mut case = |name: &str, key: &[u8], proof: &[u8], inputs: &[u8], expected| {
		cases.push(Case {
			name: name.into(),
			key: key.into(),
			proof: proof.into(),
			inputs: inputs.into(),
			expected,
		})
	};

	// Valid.
	for n in [1, 2, 9, 31, MAX_INPUTS] {
		let trapdoor = Trapdoor::new(n, 10);
		let scalars = Scalars::new(11).draw_many(n);
		case(
			&format!("valid, {n} inputs"),
			&trapdoor.key().to_bytes(),
			&trapdoor.prove(&scalars, 12).to_bytes(),
			&encode_inputs(&scalars),
			Ok(()),
		);
	}
	for (name, scalar) in [("zero", Fr::ZERO), ("one", Fr::ONE), ("r - 1", -Fr::ONE)] {
		let scalars = [scalar; 9];
		case(
			&format!("valid, all inputs {name}"),
			&key,
			&trapdoor.prove(&scalars, 13).to_bytes(),
			&encode_inputs(&scalars),
			Ok(()),
		);
	}
	let snarkjs = Trapdoor { gamma: Fr::ONE, ..trapdoor.clone() };
	case(
		"valid, gamma is the generator",
		&snarkjs.key().to_bytes(),
		&snarkjs.prove(&scalars, 14).to_bytes(),
		&inputs,
		Ok(()),
	);
	let changed = |a: G1Affine, b: G2Affine, c: G1Affine| {
		Proof::new(a, b, c).expect("points of the groups").to_bytes()
	};
	let (a, b, c) = (honest.a, honest.b, honest.c);
	case("valid, A and B negated", &key, &changed(-a, -b, c), &inputs, Ok(()));
	let (s, t) = (Fr::from(17u8), Fr::from(23u8));
	let randomised = changed(
		(a * s.inverse().expect("17 is not zero")).into_affine(),
		(b * s + g2(&(trapdoor.delta * s * t))).into_affine(),
		(c + (a * t).into_affine()).into_affine(),
	);
	case("valid, re-randomised", &key, &randomised, &inputs, Ok(()));

	// The equation does not hold.
	let wrong = Err(VerifyError::InvalidProof);
	for index in 0..9 {
		let mut scalars = scalars.clone();
		scalars[index] += Fr::ONE;
		case(
			&format!("input {index} is another one"),
			&key,
			&proof,
			&encode_inputs(&scalars),
			wrong,
		);
	}
	let mut swapped = scalars.clone();
	swapped.swap(3, 4);
	case("inputs 3 and 4 swapped", &key, &proof, &encode_inputs(&swapped), wrong);
	case("A negated", &key, &changed(-a, b, c), &inputs, wrong);
	case("B negated", &key, &changed(a, -b, c), &inputs, wrong);
	case("C negated", &key, &changed(a, b, -c), &inputs, wrong);
	case("A and C swapped", &key, &changed(c, b, a), &inputs, wrong);
	let other = Trapdoor::new(9, 4);
	case("proof under another key", &key, &other.prove(&scalars, 3).to_bytes(), &inputs, wrong);
	// The forgery for delta = gamma under a sound key.
	let sum =
		trapdoor.ic[0] + trapdoor.ic[1..].iter().zip(&scalars).map(|(p, x)| *p * x).sum::<Fr>();
	case(
		"delta = gamma forgery under a sound key",
		&key,
		&changed(g1(&trapdoor.alpha), g2(&trapdoor.beta), -g1(&sum)),
		&inputs,
		wrong,
	);

	// Lengths and counts of inputs.
	for n in [0, 1, 8, 10, MAX_INPUTS] {
		let scalars: Vec<_> = scalars.iter().copied().cycle().take(n).collect();
		let got = u8::try_from(n).expect("at most 32");
		case(
			&format!("{n} inputs for 9"),
			&key,
			&proof,
			&encode_inputs(&scalars),
			Err(VerifyError::InputCount { expected: 9, got }),
		);
	}
	case(
		"valid inputs and a zero more",
		&key,
		&proof,
		&[inputs.clone(), vec![0; SCALAR_BYTES]].concat(),
		Err(VerifyError::InputCount { expected: 9, got: 10 }),
	);
	for n in [MAX_INPUTS + 1, 300] {
		case(
			&format!("{n} inputs"),
			&key,
			&proof,
			&vec![0; SCALAR_BYTES * n],
			Err(VerifyError::TooManyInputs { got: u32::try_from(n).expect("small") }),
		);
	}
	let inputs_length = |got| Err(VerifyError::InputsLength { got });
	case("inputs, byte missing", &key, &proof, &inputs[..287], inputs_length(287));
	case(
		"inputs, trailing byte",
		&key,
		&proof,
		&[inputs.clone(), vec![0]].concat(),
		inputs_length(289),
	);
	case("inputs, one byte", &key, &proof, &[0], inputs_length(1));

	// Scalars out of range.
	let order = integer_bytes(Fr::MODULUS);
	let in_range_reversed = |scalar: &[u8]| {
		let big_endian: Vec<_> = order.iter().rev().copied().collect();
		scalar < big_endian.as_slice()
	};
	for index in 0..9u8 {
		let at = usize::from(index) * SCALAR_BYTES;
		let mut put = |name: &str, scalar: &[u8]| {
			let mut inputs = inputs.clone();
			inputs[at..at + SCALAR_BYTES].copy_from_slice(scalar);
			let reversed_is_canonical = in_range_reversed(scalar);
			case(
				&format!("input {index} is {name}"),
				&key,
				&proof,
				&inputs,
				Err(VerifyError::InputNotCanonical { index, reversed_is_canonical }),
			);
		};
		let mut aliased = inputs[at..at + SCALAR_BYTES].to_vec();
		add_integer(&mut aliased, &order);
		put("x + r", &aliased);
		put("r", &order);
		put("2^256 - 1", &[0xff; SCALAR_BYTES]);
		let mut big_endian = [0; SCALAR_BYTES];
		big_endian[SCALAR_BYTES - 1] = 100;
		put("100 in big-endian", &big_endian);
	}

	// Proof lengths.
	let proof_length = |got| Err(VerifyError::ProofLength { got });
	case("proof, empty", &key, &[], &inputs, proof_length(0));
	case("proof, byte missing", &key, &proof[..PROOF_BYTES - 1], &inputs, proof_length(255));
	case(
		"proof, trailing byte",
		&key,
		&[proof.clone(), vec![0]].concat(),
		&inputs,
		proof_length(257),
	);
	case("proof twice", &key, &proof.repeat(2), &inputs, proof_length(512));

	// Key lengths.
	let key_length = |got| Err(KeyError::Length { got }.into());
	case("key, empty", &[], &proof, &inputs, key_length(0));
	case("key, one byte of the head missing", &key[..447], &proof, &inputs, key_length(447));
	case("key, byte missing", &key[..key.len() - 1], &proof, &inputs, key_length(1087));
	case("key, trailing byte", &[key.clone(), vec![0]].concat(), &proof, &inputs, key_length(1089));
	let no_inputs = Err(KeyError::NoInputs.into());
	case("key without IC points", &key[..KEY_HEAD_BYTES], &proof, &[], no_inputs);
	case("key with the constant term only", &key[..key_bytes(0)], &proof, &[], no_inputs);
	for n in [MAX_INPUTS + 1, 1_000] {
		case(
			&format!("key with {n} inputs"),
			&[&key[..key_bytes(0)], &key[key_bytes(0)..key_bytes(1)].repeat(n)].concat(),
			&proof,
			&inputs,
			Err(KeyError::TooManyInputs { got: u32::try_from(n).expect("small") }.into()),
		);
	}
	case(
		"key with the last input cut off",
		&key[..key_bytes(8)],
		&proof,
		&inputs,
		Err(VerifyError::InputCount { expected: 8, got: 9 }),
	);

	// Points of the key and of the proof.
	let modulus = integer_bytes(Fq::MODULUS);
	let stray = outside_subgroup();
	for place in places(9) {
		let mut put = |name: &str, error: PointError, change: &mut dyn FnMut(&mut [u8])| {
			let (mut key, mut proof) = (key.clone(), proof.clone());
			let bytes = if place.key.is_some() { &mut key } else { &mut proof };
			change(&mut bytes[place.offset..place.offset + place.bytes]);
			case(&format!("{} {name}", place.name), &key, &proof, &inputs, Err(place.error(error)));
		};
		for coordinate in 0..place.bytes / 32 {
			let range = 32 * coordinate..32 * coordinate + 32;
			put(
				&format!("coordinate {coordinate} plus q"),
				PointError::NotCanonical,
				&mut |point| add_integer(&mut point[range.clone()], &modulus),
			);
			put(&format!("coordinate {coordinate} is q"), PointError::NotCanonical, &mut |point| {
				point[range.clone()].copy_from_slice(&modulus)
			});
			for bit in [0x80, 0x40] {
				put(
					&format!("coordinate {coordinate} with bit {bit:#x} of its last byte"),
					PointError::NotCanonical,
					&mut |point| point[range.end - 1] ^= bit,
				);
			}
		}
		put("all zero", PointError::Infinity, &mut |point| point.fill(0));
		put("zero with the infinity flag", PointError::NotCanonical, &mut |point| {
			point.fill(0);
			point[place.bytes - 1] = 0x40;
		});
		put("off the curve", PointError::NotOnCurve, &mut |point| point[place.bytes / 2] ^= 1);
		put("x zero", PointError::NotOnCurve, &mut |point| point[..place.bytes / 2].fill(0));
		if place.bytes == G2_BYTES {
			put("outside the subgroup", PointError::NotInSubgroup, &mut |point| {
				let mut bytes = Vec::new();
				crate::encoding::put_g2(&stray, &mut bytes);
				point.copy_from_slice(&bytes);
			});
		}
	}

	// Well-formed keys with a public secret.
	for (sign_name, secret) in [("", Fr::ONE), (" negated", -Fr::ONE)] {
		for (name, error, degenerate) in [
			("delta", KeyError::DeltaIsGenerator, Trapdoor { delta: secret, ..trapdoor.clone() }),
			("alpha", KeyError::AlphaIsGenerator, Trapdoor { alpha: secret, ..trapdoor.clone() }),
			("beta", KeyError::BetaIsGenerator, Trapdoor { beta: secret, ..trapdoor.clone() }),
		] {
			case(
				&format!("{name} is the generator{sign_name}"),
				&degenerate.key().to_bytes(),
				&degenerate.prove(&scalars, 15).to_bytes(),
				&inputs,
				Err(error.into()),
			);
		}
	}

	// Which of several faults is reported.
	case("all three empty", &[], &[], &[], key_length(0));
	case("bad inputs before a bad proof", &key, &[], &[0; 31], inputs_length(31));
	case(
		"wrong input count before a bad proof",
		&key,
		&[],
		&[],
		Err(VerifyError::InputCount { expected: 9, got: 0 }),
	);

	let mut two_points = proof.clone();
	let mut bytes = Vec::new();
	crate::encoding::put_g2(&stray, &mut bytes);
	two_points[G1_BYTES..G1_BYTES + G2_BYTES].copy_from_slice(&bytes);
	two_points[G1_BYTES + G2_BYTES..].fill(0);
	case(
		"B outside the subgroup before C at infinity",
		&key,
		&two_points,
		&inputs,
		Err(VerifyError::Proof { point: ProofPoint::B, error: PointError::NotInSubgroup }),
	);

	cases.extend(forgeries());
	cases
}
