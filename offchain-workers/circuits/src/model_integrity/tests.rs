//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::{
	architecture::{Extent, Layer, Requantise},
	inference::{self, Labels, Parameters},
	Tamperer,
};
use ark_ff::{BigInteger, Field, PrimeField};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

fn network(inputs: u16, hidden: u16) -> Architecture {
	let requantise = Some(Requantise { shift: 5, rectify: true });
	let layers = vec![
		Layer::Dense { outputs: hidden, requantise },
		Layer::Dense { outputs: 3, requantise: None },
	];
	Architecture::new(Extent::vector(inputs), layers).unwrap()
}

fn architecture() -> Architecture {
	network(12, 5)
}

fn statement() -> (PublicSignals, Vec<u8>) {
	let architecture = architecture();
	let tensor: Vec<_> = (0..architecture.tensor_bytes()).map(|at| (at * 41) as u8).collect();
	let public = PublicSignals {
		context: [Fr::from(u128::MAX), Fr::from(3u8)],
		model: [Fr::from(4u8), Fr::from(u128::MAX)],
		weights_commitment: commitment::weights_commitment(&architecture, &tensor).unwrap(),
		architecture: architecture.hash(),
	};
	(public, tensor)
}

static SHAPE: LazyLock<Shape> = LazyLock::new(|| shape(&architecture()).unwrap());

#[test]
fn a_known_network_satisfies_all_groups_and_both_modes_agree() {
	let (public, tensor) = statement();
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &architecture(), &public.to_fields(), &tensor);
	let assignment = assign(&architecture(), &public, &tensor).unwrap();
	assert_eq!(assignment.wires(), recorder.values());
	assert_eq!(assignment.publics(), public.to_fields());
	assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
	assert!(recorder.finish() == *SHAPE, "the matrices depend on the witness");
}

#[test]
fn constraints_are_counted() {
	let counts: Vec<_> =
		SHAPE.groups().iter().map(|group| (group.path.as_str(), group.constraints)).collect();
	assert_eq!(
		counts,
		[
			("context", 2),
			("model", 2),
			("architecture", 2),
			("tensor", 8 * (12 * 5 + 5 * 3 + 5 * 3 + 3 * 3)),
			("weights_commitment", 574),
		]
	);
	assert_eq!(SHAPE.constraints(), constraints(&architecture()));
	assert_eq!(SHAPE.publics(), PUBLIC_SIGNALS);
	for (inputs, hidden) in [(1, 1), (31, 11), (64, 32)] {
		let architecture = network(inputs, hidden);
		assert_eq!(shape(&architecture).unwrap().constraints(), constraints(&architecture));
	}
	assert_eq!(constraints(&network(64, 32)), 21_035);
}

#[test]
fn the_commitment_is_the_one_of_an_inference() {
	let (public, tensor) = statement();
	let parameters = Parameters::new(architecture(), 1, Labels::Hidden).unwrap();
	let witness = inference::InferenceWitness {
		tensor,
		inputs: vec![vec![1; 12]],
		input_salt: [5; 32],
		output_salt: [6; 32],
	};
	let (inferred, _) =
		inference::public_signals(&parameters, public.context, Fr::ONE, &witness).unwrap();
	assert_eq!(inferred.weights_commitment, public.weights_commitment);
}

#[test]
fn one_architecture_is_not_another_of_as_many_bytes() {
	let (public, tensor) = statement();
	let assignment = assign(&architecture(), &public, &tensor).unwrap();
	let requantise = Some(Requantise { shift: 6, rectify: true });
	let layers = vec![
		Layer::Dense { outputs: 5, requantise },
		Layer::Dense { outputs: 3, requantise: None },
	];
	let other = Architecture::new(Extent::vector(12), layers).unwrap();
	let other_shape = shape(&other).unwrap();
	assert_eq!(other_shape.wires(), SHAPE.wires());
	let failing = BTreeSet::from(["architecture", "weights_commitment"]);
	assert_eq!(other_shape.unsatisfied(&assignment), failing);
	// Nor is it enough to say the other's hash.
	let public = PublicSignals { architecture: other.hash(), ..public };
	let mut assigner = Assigner::with_capacity(1);
	synthesise(&mut assigner, &architecture(), &public.to_fields(), &tensor);
	let failing = BTreeSet::from(["weights_commitment"]);
	assert_eq!(other_shape.unsatisfied(&assigner.finish()), failing);
}

#[derive(Clone)]
struct Cheat {
	public: [Fr; PUBLIC_SIGNALS],
	tensor: Vec<u8>,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new() -> Self {
		let (public, tensor) = statement();
		Self { public: public.to_fields(), tensor, overrides: Vec::new() }
	}

	fn add(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		let value = self.run().0.hinted(path, occurrence).unwrap() + value;
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn run(&self) -> (Tamperer, Fr) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let commitment = synthesise(&mut tamperer, &architecture(), &self.public, &self.tensor);
		assert_eq!(tamperer.unused(), []);
		(tamperer, commitment)
	}

	fn fit(mut self) -> Self {
		self.public[4] = self.run().1;
		self
	}

	fn is_caught_only_by(&self, group: &str) {
		let assignment = self.run().0.finish();
		assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::from([group]));
		assert!(SHAPE.without_group(group).is_satisfied(&assignment));
	}
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let mut caught = BTreeSet::new();
	let mut check = |group: &'static str, cheat: Cheat| {
		cheat.is_caught_only_by(group);
		caught.insert(group);
	};
	for limb in 0..2 {
		check("context", Cheat::new().add("context/square", limb, Fr::ONE));
		check("model", Cheat::new().add("model/square", limb, Fr::ONE));
		let mut cheat = Cheat::new();
		cheat.public[5 + limb] += Fr::ONE;
		check("architecture", cheat);
	}
	let bits = 8 * architecture().tensor_bytes();
	for bit in (0..bits).step_by(97) {
		check("tensor", Cheat::new().add("tensor/bit", bit, Fr::from(2u8)).fit());
	}
	for name in ["square", "fourth", "fifth"] {
		for occurrence in [0, 60] {
			let path = format!("weights_commitment/{name}");
			check("weights_commitment", Cheat::new().add(&path, occurrence, Fr::ONE).fit());
		}
	}
	for place in 0..architecture().tensor_bytes() {
		let mut cheat = Cheat::new();
		cheat.tensor[place] ^= 1 << (place % 8);
		check("weights_commitment", cheat);
	}
	assert_eq!(caught, SHAPE.groups().iter().map(|group| group.path.as_str()).collect());
}

#[test]
fn bytes_beyond_their_range_do_not_make_another_tensor_of_the_same_element() {
	// 256 less in one byte and one more in the next: the same element, the same commitment.
	let cheat = Cheat::new().add("tensor/bit", 0, -Fr::from(256u16)).add("tensor/bit", 8, Fr::ONE);
	cheat.is_caught_only_by("tensor");
}

#[test]
fn no_wire_is_free() {
	let (public, tensor) = statement();
	let assignment = assign(&architecture(), &public, &tensor).unwrap();
	for wire in 1..SHAPE.wires() {
		let changed = assignment.with(wire, assignment.wires()[wire] + Fr::ONE).unwrap();
		assert!(!SHAPE.is_satisfied(&changed), "wire {wire} is free");
	}
}

#[test]
fn false_statements_have_their_own_errors() {
	let error = |change: &dyn Fn(&mut PublicSignals, &mut Vec<u8>)| {
		let (mut public, mut tensor) = statement();
		change(&mut public, &mut tensor);
		assign(&architecture(), &public, &tensor).unwrap_err()
	};
	let expected = architecture().tensor_bytes();
	for found in [0, expected - 1, expected + 1] {
		assert_eq!(
			error(&|_, tensor| tensor.resize(found, 0)),
			ModelIntegrityError::TensorBytes { expected, found }
		);
	}
	assert_eq!(
		error(&|public, _| public.architecture[31] ^= 1),
		ModelIntegrityError::ArchitectureMismatch
	);
	assert_eq!(
		error(&|public, _| public.architecture = network(13, 5).hash()),
		ModelIntegrityError::ArchitectureMismatch
	);
	assert_eq!(
		error(&|_, tensor| tensor[50] ^= 0x80),
		ModelIntegrityError::WeightsCommitmentMismatch
	);
	assert_eq!(
		error(&|public, _| public.weights_commitment += Fr::ONE),
		ModelIntegrityError::WeightsCommitmentMismatch
	);
	// The largest network that fits, and one beyond.
	let hidden = (1..1024).find(|hidden| constraints(&network(128, *hidden)) > MAX_CONSTRAINTS);
	let hidden = hidden.unwrap();
	let too_large = network(128, hidden);
	let refused = ModelIntegrityError::TooManyConstraints(constraints(&too_large));
	assert_eq!(shape(&too_large).unwrap_err(), refused);
	assert_eq!(assign(&too_large, &statement().0, &[]).unwrap_err(), refused);
	assert!(refused.to_string().contains("262128"), "{refused}");
	let largest = network(128, hidden - 1);
	assert!(matches!(
		assign(&largest, &statement().0, &[]),
		Err(ModelIntegrityError::TensorBytes { .. })
	));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn any_bytes_are_a_tensor_and_the_bits_are_theirs(
		tensor in proptest::collection::vec(any::<u8>(), 99),
	) {
		let architecture = architecture();
		let (mut public, _) = statement();
		public.weights_commitment = commitment::weights_commitment(&architecture, &tensor).unwrap();
		let assignment = assign(&architecture, &public, &tensor).unwrap();
		prop_assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
		let mut tamperer = Tamperer::new([]);
		synthesise(&mut tamperer, &architecture, &public.to_fields(), &tensor);
		for (at, byte) in tensor.iter().enumerate() {
			let bits = (0..8).map(|bit| {
				tamperer.hinted("tensor/bit", 8 * at + bit).unwrap().into_bigint().get_bit(0)
			});
			let read = bits.rev().fold(0u8, |read, bit| read << 1 | u8::from(bit));
			prop_assert_eq!(read, *byte);
		}
	}
}
