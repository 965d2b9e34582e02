//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::{
	architecture::{Extent, Requantise},
	Tamperer,
};
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

/// A small generator of numbers, for networks that are the same in every run.
struct Numbers(u64);

impl Numbers {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ mixed >> 31
	}

	fn below(&mut self, bound: u64) -> u64 {
		self.next() % bound
	}

	fn byte(&mut self) -> i8 {
		// Every fourth one at an end, where clamps and overflows are.
		match self.below(8) {
			0 => i8::MIN,
			1 => i8::MAX,
			_ => self.next() as i8,
		}
	}
}

fn dense(outputs: u16, shift: u8, rectify: bool) -> Layer {
	Layer::Dense { outputs, requantise: Some(Requantise { shift, rectify }) }
}

fn logits(outputs: u16) -> Layer {
	Layer::Dense { outputs, requantise: None }
}

/// A network of all kinds of layers.
fn architecture() -> Architecture {
	let convolution = Layer::Convolution {
		channels: 3,
		kernel: 3,
		stride: 1,
		padding: 1,
		requantise: Requantise { shift: 6, rectify: true },
	};
	let layers = vec![convolution, Layer::AveragePool { window: 2 }, dense(9, 5, false), logits(3)];
	Architecture::new(Extent { channels: 2, rows: 4, columns: 4 }, layers).unwrap()
}

/// Any small network.
fn any_architecture(numbers: &mut Numbers) -> Architecture {
	loop {
		let side = 1 + numbers.below(7) as u16;
		let input = match numbers.below(3) {
			0 => Extent::vector(1 + numbers.below(20) as u16),
			1 => Extent { channels: 1 + numbers.below(3) as u16, rows: side, columns: side },
			_ => Extent {
				channels: 1 + numbers.below(2) as u16,
				rows: 1 + numbers.below(6) as u16,
				columns: 1 + numbers.below(6) as u16,
			},
		};
		let mut layers = Vec::new();
		for _ in 0..numbers.below(4) {
			let requantise =
				Requantise { shift: numbers.below(25) as u8 % 13, rectify: numbers.below(2) == 0 };
			layers.push(match numbers.below(4) {
				0 => Layer::Dense {
					outputs: 1 + numbers.below(10) as u16,
					requantise: Some(requantise),
				},
				1 => Layer::AveragePool { window: 2 + numbers.below(3) as u8 },
				_ => Layer::Convolution {
					channels: 1 + numbers.below(9) as u16,
					kernel: 1 + numbers.below(4) as u8,
					stride: 1 + numbers.below(3) as u8,
					padding: numbers.below(3) as u8,
					requantise,
				},
			});
		}
		layers.push(logits(1 + numbers.below(9) as u16));
		if let Ok(architecture) = Architecture::new(input, layers) {
			if constraints(&architecture, 2, Labels::Public) < 40_000 {
				return architecture;
			}
		}
	}
}

/// Some weights, inputs and salts, with a bias at an end of 32 bits where `extreme`.
fn any_witness(parameters: &Parameters, numbers: &mut Numbers, extreme: bool) -> InferenceWitness {
	let mut tensor = Vec::new();
	for placed in parameters.architecture.placed() {
		tensor.extend((0..placed.weights()).map(|_| numbers.byte() as u8));
		for _ in 0..placed.biases() {
			let bias = match (extreme, numbers.below(6)) {
				(true, 0) => i32::MAX - numbers.below(60_000) as i32,
				(true, 1) => i32::MIN + numbers.below(60_000) as i32,
				_ => numbers.below(40_000) as i32 - 20_000,
			};
			tensor.extend(bias.to_le_bytes());
		}
	}
	let values = parameters.architecture.input().values();
	InferenceWitness {
		tensor,
		inputs: (0..parameters.items)
			.map(|_| (0..values).map(|_| numbers.byte()).collect())
			.collect(),
		input_salt: std::array::from_fn(|_| numbers.next() as u8),
		output_salt: std::array::from_fn(|_| numbers.next() as u8),
	}
}

/// The network by its definition, in 128 bits and from the outputs' side. `None` where a sum has more than
/// 32 bits.
fn evaluate(architecture: &Architecture, tensor: &[u8], input: &[i8]) -> Option<(u8, Vec<i32>)> {
	let mut values: Vec<i128> = input.iter().map(|value| i128::from(*value)).collect();
	let mut at = 0;
	for placed in architecture.placed() {
		let (from, to) = (placed.input, placed.output);
		let value = |channel: usize, row: i128, column: i128| -> i128 {
			let (rows, columns) = (i128::from(from.rows), i128::from(from.columns));
			if row < 0 || column < 0 || row >= rows || column >= columns {
				return 0;
			}
			values[(channel as i128 * rows * columns + row * columns + column) as usize]
		};
		let weight = |place: usize| i128::from(tensor[at + place] as i8);
		let bias = |place: usize| {
			let first = at + placed.weights() + 4 * place;
			i128::from(i32::from_le_bytes(tensor[first..first + 4].try_into().unwrap()))
		};
		let mut next = Vec::new();
		for channel in 0..usize::from(to.channels) {
			for row in 0..i128::from(to.rows) {
				for column in 0..i128::from(to.columns) {
					let sum = match placed.layer {
						Layer::Dense { .. } => {
							let fan_in = from.values();
							let products =
								(0..fan_in).map(|i| weight(channel * fan_in + i) * values[i]);
							bias(channel) + products.sum::<i128>()
						},
						Layer::Convolution { kernel, stride, padding, .. } => {
							let (kernel, padding) = (usize::from(kernel), i128::from(padding));
							let stride = i128::from(stride);
							let mut sum = bias(channel);
							for c in 0..usize::from(from.channels) {
								for (i, j) in
									(0..kernel).flat_map(|i| (0..kernel).map(move |j| (i, j)))
								{
									let place = ((channel * usize::from(from.channels) + c)
										* kernel + i) * kernel + j;
									let row = row * stride + i as i128 - padding;
									let column = column * stride + j as i128 - padding;
									sum += weight(place) * value(c, row, column);
								}
							}
							sum
						},
						Layer::AveragePool { window } => {
							let side = i128::from(window);
							let mut sum = 0;
							for i in 0..side {
								for j in 0..side {
									sum += value(channel, row * side + i, column * side + j);
								}
							}
							next.push(sum.div_euclid(side * side));
							continue;
						},
					};
					i32::try_from(sum).ok()?;
					next.push(match placed.requantise() {
						None => sum,
						Some(Requantise { shift, rectify }) => {
							let quotient = sum.div_euclid(2i128.pow(shift.into()));
							quotient.max(if rectify { 0 } else { -127 }).min(127)
						},
					});
				}
			}
		}
		at += placed.tensor_bytes();
		values = next;
	}
	let logits: Vec<i32> = values.iter().map(|value| *value as i32).collect();
	let largest = logits.iter().max().unwrap();
	let label = logits.iter().position(|logit| logit == largest).unwrap();
	Some((label as u8, logits))
}

fn parameters() -> Parameters {
	Parameters::new(architecture(), 2, Labels::Public).unwrap()
}

fn statement(
	parameters: &Parameters,
	witness: &InferenceWitness,
) -> Result<PublicSignals, WitnessError> {
	let context = [Fr::from(u128::MAX), Fr::from(12u8)];
	public_signals(parameters, context, Fr::from(34u8), witness).map(|(signals, _)| signals)
}

fn sample() -> (PublicSignals, InferenceWitness) {
	let parameters = parameters();
	let witness = any_witness(&parameters, &mut Numbers(7), false);
	(statement(&parameters, &witness).unwrap(), witness)
}

static SHAPE: LazyLock<Shape> = LazyLock::new(|| shape(&parameters()));

#[test]
fn an_honest_inference_satisfies_all_groups_and_all_modes_agree() {
	let (public, witness) = sample();
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &parameters(), &Values::new(&public, &witness));
	let assignment = assign(&parameters(), &public, &witness).unwrap();
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
			("subject", 1),
			("layer_0/weights", 432),
			("layer_0/biases", 96),
			("layer_2/weights", 864),
			("layer_2/biases", 288),
			("layer_3/weights", 216),
			("layer_3/biases", 96),
			("weights_commitment", 496),
			("input", 512),
			("input_salt", 258),
			("input_commitment", 793),
			("layer_0/packing", 18),
			("layer_0/products", 400),
			("layer_0/sums", 3104),
			("layer_0/requantise/excess", 288),
			("layer_0/requantise/rectified", 96),
			("layer_1/pool/quotient", 192),
			("layer_1/pool/remainder", 48),
			("layer_1/pool/division", 24),
			("layer_2/packing", 24),
			("layer_2/products", 48),
			("layer_2/sums", 580),
			("layer_2/requantise/excess", 54),
			("layer_2/requantise/lowest", 36),
			("layer_3/packing", 9),
			("layer_3/products", 18),
			("layer_3/sums", 194),
			("label/selection", 6),
			("label/largest", 6),
			("label/order", 198),
			("output_salt", 258),
			("output_commitment", 787),
			("labels", 1),
		]
	);
	assert_eq!(shape.constraints(), 10443);
	assert_eq!(constraints(&architecture(), 2, Labels::Public), 10443);
	assert_eq!(shape.publics(), 7);
}

/// The shapes of the benchmarks, and what they cost.
#[test]
fn sizes_of_larger_networks() {
	let network = |input: u16, layers: &[Layer]| {
		Architecture::new(Extent::vector(input), layers.to_vec()).unwrap()
	};
	let digits = network(64, &[dense(32, 6, true), logits(10)]);
	let square = network(64, &[dense(64, 6, true), dense(64, 6, true), logits(64)]);
	let counts = [(&digits, 1), (&digits, 32), (&square, 1)]
		.map(|(architecture, items)| constraints(architecture, items, Labels::Public));
	assert_eq!(counts, [29_128, 118_542, 137_563]);
	let parameters = Parameters::new(square, 1, Labels::Public).unwrap();
	assert_eq!(shape(&parameters).constraints(), 137_563);
}

#[test]
fn circuits_that_are_too_large_or_without_items_are_refused() {
	let error = |items| Parameters::new(architecture(), items, Labels::Hidden).unwrap_err();
	assert_eq!(error(0), ParametersError::ItemCount(0));
	assert_eq!(error(MAX_ITEMS + 1), ParametersError::ItemCount(MAX_ITEMS + 1));
	// One more logit at a time: the first that is refused is the first above the limit.
	let wide = |outputs: u16| {
		let layers = vec![dense(outputs, 6, true), logits(2)];
		Architecture::new(Extent::vector(128), layers).unwrap()
	};
	let first =
		(1..1024).find(|outputs| constraints(&wide(*outputs), 1, Labels::Hidden) > MAX_CONSTRAINTS);
	let first = first.unwrap();
	assert!(Parameters::new(wide(first - 1), 1, Labels::Hidden).is_ok());
	let constraints = constraints(&wide(first), 1, Labels::Hidden);
	let error = Parameters::new(wide(first), 1, Labels::Hidden).unwrap_err();
	assert_eq!(error, ParametersError::TooManyConstraints(constraints));
	let message = error.to_string();
	assert!(message.contains("262128") && message.contains(&constraints.to_string()), "{message}");
	const { assert!(MAX_CONSTRAINTS + 1 + SIGNALS + 2 <= 1 << 18) };
}

/// A prover with no scruples. It chooses all values and may replace hints; the public commitments and
/// labels are then made to fit what the circuit computes.
#[derive(Clone)]
struct Cheat {
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new() -> Self {
		let (public, witness) = sample();
		Self { values: Values::new(&public, &witness), overrides: Vec::new() }
	}

	/// A network whose first two logits are the same, and the largest.
	fn with_a_tie() -> Self {
		let mut cheat = Self::new();
		let last = architecture().placed().last().unwrap();
		let start = cheat.values.tensor.len() - last.tensor_bytes();
		let own = &mut cheat.values.tensor[start..];
		own.fill(0);
		let biases = last.weights();
		for logit in 0..2 {
			own[biases + 4 * logit] = 9;
		}
		cheat.fit()
	}

	fn replace(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	/// Replaces a hint by what it is and something.
	fn add(self, path: &str, occurrence: usize, value: Fr) -> Self {
		let value = self.hinted(path, occurrence) + value;
		self.replace(path, occurrence, value)
	}

	fn increase(self, path: &str, occurrence: usize) -> Self {
		self.add(path, occurrence, Fr::ONE)
	}

	/// Replaces two bits, of which the second counts twice the first, by others of the same sum.
	fn carry(self, path: &str, low: usize, high: usize) -> Self {
		self.add(path, low, Fr::from(2u8)).add(path, high, -Fr::ONE)
	}

	fn flip(self, path: &str, occurrence: usize) -> Self {
		let value = Fr::ONE - self.hinted(path, occurrence);
		self.replace(path, occurrence, value)
	}

	fn hinted(&self, path: &str, occurrence: usize) -> Fr {
		self.run().0.hinted(path, occurrence).expect("the circuit has such a hint")
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &parameters(), &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes all commitments and labels what the circuit computes.
	fn fit(self) -> Self {
		self.fit_outputs().fit_signals(3..5)
	}

	/// Makes commitment to the outputs and labels what the circuit computes.
	fn fit_outputs(self) -> Self {
		self.fit_signals(5..7)
	}

	fn fit_signals(mut self, signals: std::ops::Range<usize>) -> Self {
		let (_, results) = self.run();
		let computed = [
			results.weights_commitment,
			results.input_commitment,
			results.output_commitment,
			results.labels,
		];
		for signal in signals {
			self.values.public[signal] = computed[signal - 3];
		}
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

/// For each group, provers who cheat there.
fn cheats() -> Vec<(String, Vec<Cheat>)> {
	let new = Cheat::new;
	let mut cheats: Vec<(String, Vec<Cheat>)> = Vec::new();
	let mut add = |group: &str, provers: Vec<Cheat>| cheats.push((group.into(), provers));
	add("context", (0..2).map(|limb| new().increase("context/square", limb)).collect());
	add("subject", vec![new().increase("subject/square", 0)]);
	for layer in [0usize, 2, 3] {
		let path = |name: &str| format!("layer_{layer}/{name}");
		for (group, width) in [("weights", 8), ("biases", 32), ("sums", 32)] {
			let bit = path(&format!("{group}/bit"));
			let mut provers =
				vec![new().carry(&bit, 0, 1).fit(), new().carry(&bit, width + 2, width + 3).fit()];
			if group == "sums" {
				provers.push(new().flip(&bit, 0).fit());
				provers.push(new().flip(&bit, 64 + 31).fit());
			}
			add(&path(group), provers);
		}
		let packing = path("packing/column");
		add(&path("packing"), (0..3).map(|place| new().increase(&packing, place).fit()).collect());
		let product = path("products/product");
		add(&path("products"), (5..8).map(|place| new().increase(&product, place).fit()).collect());
	}
	for (layer, last) in [(0, "rectified"), (2, "lowest")] {
		let excess = format!("layer_{layer}/requantise/excess");
		let clamped = format!("{excess}/clamped");
		let provers = (0..3).map(|place| new().increase(&clamped, place).fit()).collect();
		add(&excess, provers);
		let group = format!("layer_{layer}/requantise/{last}");
		let prover = |place| match last {
			"rectified" => new().increase(&format!("{group}/value"), place),
			_ => new().flip(&format!("{group}/not_zero"), place),
		};
		add(&group, (0..3).map(|place| prover(place).fit()).collect());
	}
	let quotient = "layer_1/pool/quotient/bit";
	add("layer_1/pool/quotient", vec![new().carry(quotient, 0, 1).fit()]);
	// The remainder's highest bit comes first.
	add("layer_1/pool/remainder", vec![new().carry("layer_1/pool/remainder/bit", 1, 0).fit()]);
	add("layer_1/pool/division", (0..4).map(|bit| new().flip(quotient, bit).fit()).collect());

	// Of two equal logits the label is neither the first nor the second, but 0 · 2 - 1.
	let selection = Cheat::with_a_tie().replace("label/selection/bit", 0, Fr::from(2u8)).replace(
		"label/selection/bit",
		1,
		-Fr::ONE,
	);
	add("label/selection", vec![selection.fit()]);
	add("label/largest", vec![new().increase("label/largest/largest", 0).fit()]);
	let second = Cheat::with_a_tie().replace("label/selection/bit", 0, Fr::ZERO).replace(
		"label/selection/bit",
		1,
		Fr::ONE,
	);
	add("label/order", vec![second.fit(), new().carry("label/order/bit", 0, 1).fit()]);

	add("input", vec![new().carry("input/bit", 0, 1).fit()]);
	for (group, input) in [("input_salt", true), ("output_salt", false)] {
		let limbs = (0..2).map(|limb| {
			let mut cheat = new();
			let salts = &mut cheat.values;
			let salt = if input { &mut salts.input_salt } else { &mut salts.output_salt };
			salt[limb] = two_to(128);
			cheat.fit()
		});
		add(group, limbs.collect());
	}
	for (group, signal) in [
		("weights_commitment", 3),
		("input_commitment", 4),
		("output_commitment", 5),
		("labels", 6),
	] {
		let mut cheat = new();
		cheat.values.public[signal] += Fr::ONE;
		let mut provers = vec![cheat];
		if group != "labels" {
			for name in ["square", "fourth", "fifth"] {
				for place in [0, 77] {
					provers.push(new().increase(&format!("{group}/{name}"), place).fit());
				}
			}
		}
		add(group, provers);
	}
	cheats
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let cheats = cheats();
	let groups: BTreeSet<_> = cheats.iter().map(|(group, _)| group.as_str()).collect();
	let expected: BTreeSet<_> = SHAPE.groups().iter().map(|group| group.path.as_str()).collect();
	assert_eq!(groups, expected);
	for (group, provers) in &cheats {
		for prover in provers {
			prover.is_caught_only_by(group);
		}
	}
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	for cheat in [Cheat::new(), Cheat::new().fit(), Cheat::with_a_tie()] {
		assert_eq!(cheat.caught_by(), BTreeSet::new());
	}
}

#[test]
fn other_weights_biases_or_inputs_are_others_commitments() {
	// Everything follows from them, and outputs and labels are the right ones for them.
	let count = architecture().tensor_bytes();
	for place in (0..count).step_by(7) {
		let mut cheat = Cheat::new();
		cheat.values.tensor[place] ^= 1;
		cheat.fit_outputs().is_caught_only_by("weights_commitment");
	}
	for item in 0..2 {
		for place in (0..32).step_by(5) {
			let mut cheat = Cheat::new();
			cheat.values.inputs[item][place] ^= 1;
			cheat.fit_outputs().is_caught_only_by("input_commitment");
		}
	}
	// Nor do two items change places.
	let mut cheat = Cheat::new();
	cheat.values.inputs.swap(0, 1);
	cheat.fit_outputs().is_caught_only_by("input_commitment");
}

#[test]
fn no_wire_is_free() {
	// Each value but one as it should be, and that one changed: some constraint fails. All but the
	// inverses of zero, which say nothing.
	let (public, witness) = sample();
	let assignment = assign(&parameters(), &public, &witness).unwrap();
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
	let mut free = 0;
	for (wire, rows) in rows.iter().enumerate().skip(1) {
		values[wire] += Fr::ONE;
		if rows.iter().all(|row| row.holds(&values)) {
			// The one row of an inverse has zero beside it.
			values[wire] -= Fr::ONE;
			assert_eq!((rows.len(), values[wire]), (1, Fr::ZERO), "wire {wire} is free");
			assert_eq!(rows[0].a.evaluate(&values), Fr::ZERO, "wire {wire} is free");
			free += 1;
			continue;
		}
		values[wire] -= Fr::ONE;
	}
	let neurons = 2 * (48 + 2 * 9);
	assert!(free < neurons, "{free}");
}

#[test]
fn false_statements_have_their_own_errors() {
	let parameters = parameters();
	let (public, witness) = sample();
	let error = |change: &dyn Fn(&mut PublicSignals, &mut InferenceWitness)| {
		let (mut public, mut witness) = (public.clone(), witness.clone());
		change(&mut public, &mut witness);
		let error = assign(&parameters, &public, &witness).unwrap_err();
		// The group that is named is one that fails.
		if let Some(group) = error.group() {
			let mut assigner = Assigner::with_capacity(1);
			synthesise(&mut assigner, &parameters, &Values::new(&public, &witness));
			let assignment = assigner.finish();
			assert!(SHAPE.unsatisfied(&assignment).contains(group.as_str()), "{group}");
		}
		error
	};
	let bytes = witness.tensor.len();
	assert_eq!(
		error(&|_, witness| witness.tensor.push(0)),
		WitnessError::TensorBytes { expected: bytes, found: bytes + 1 }
	);
	assert_eq!(
		error(&|_, witness| drop(witness.inputs.pop())),
		WitnessError::ItemCount { expected: 2, found: 1 }
	);
	assert_eq!(
		error(&|_, witness| witness.inputs[1].push(0)),
		WitnessError::ItemValues { item: 1, expected: 32, found: 33 }
	);
	assert_eq!(
		error(&|public, _| public.labels.push(0)),
		WitnessError::LabelCount { expected: 2, found: 3 }
	);
	assert_eq!(
		error(&|_, witness| witness.tensor[3] ^= 2),
		WitnessError::WeightsCommitmentMismatch
	);
	assert_eq!(
		error(&|public, _| public.weights_commitment += Fr::ONE),
		WitnessError::WeightsCommitmentMismatch
	);
	assert_eq!(
		error(&|_, witness| witness.inputs[1][31] ^= 2),
		WitnessError::InputCommitmentMismatch
	);
	assert_eq!(
		error(&|_, witness| witness.input_salt[31] ^= 2),
		WitnessError::InputCommitmentMismatch
	);
	assert_eq!(
		error(&|_, witness| witness.output_salt[0] ^= 2),
		WitnessError::OutputCommitmentMismatch
	);
	let label = public.labels[1];
	assert_eq!(
		error(&|public, _| public.labels[1] ^= 1),
		WitnessError::LabelMismatch { item: 1, label, claimed: label ^ 1 }
	);
	// A bias at the end, and its weights of one sign with the inputs.
	let placed = architecture().placed().last().unwrap();
	let last = bytes - placed.tensor_bytes();
	let overflowing = |witness: &mut InferenceWitness, bias: i32| {
		let at = bytes - 4;
		witness.tensor[at..].copy_from_slice(&bias.to_le_bytes());
		let row = last + 2 * placed.fan_in()..last + 3 * placed.fan_in();
		witness.tensor[row].fill(0);
	};
	// At the end itself there is a statement, and one beyond it there is none.
	for (bias, sign) in [(i32::MAX, 1i8), (i32::MIN, -1)] {
		let mut witness = witness.clone();
		overflowing(&mut witness, bias);
		let public = statement(&parameters, &witness).unwrap();
		let assignment = assign(&parameters, &public, &witness).unwrap();
		assert!(SHAPE.is_satisfied(&assignment));
		// The value before the last layer that is not zero.
		let hidden = (0..9).find_map(|place| {
			let mut other = witness.clone();
			other.tensor[last + 2 * placed.fan_in() + place] = sign as u8;
			let positive = statement(&parameters, &other).err();
			other.tensor[last + 2 * placed.fan_in() + place] = -sign as u8;
			positive.or(statement(&parameters, &other).err())
		});
		let Some(WitnessError::SumOverflow { layer: 3, output: 2, .. }) = hidden else {
			panic!("{hidden:?}");
		};
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(400))]

	#[test]
	fn the_circuit_computes_what_the_network_is_defined_as(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let architecture = any_architecture(&mut numbers);
		let items = 1 + numbers.below(3) as usize;
		let parameters = Parameters::new(architecture.clone(), items, Labels::Hidden).unwrap();
		let witness = any_witness(&parameters, &mut numbers, seed % 4 == 0);
		let expected: Option<Vec<_>> = witness
			.inputs
			.iter()
			.map(|input| evaluate(&architecture, &witness.tensor, input))
			.collect();
		let found = public_signals(&parameters, [Fr::ZERO; 2], Fr::ZERO, &witness);
		match (found, expected) {
			(Ok((_, outputs)), Some(expected)) => prop_assert_eq!(outputs, expected),
			(Err(WitnessError::SumOverflow { .. }), None) => {},
			(found, expected) => prop_assert!(
				false,
				"{:?} {:?}",
				found.map(|(_, outputs)| outputs),
				expected
			),
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn any_network_has_the_constraints_that_are_counted_and_satisfies_them(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let architecture = any_architecture(&mut numbers);
		let items = 1 + numbers.below(2) as usize;
		let labels = if seed % 2 == 0 { Labels::Hidden } else { Labels::Public };
		let parameters = Parameters::new(architecture.clone(), items, labels).unwrap();
		let shape = shape(&parameters);
		prop_assert_eq!(shape.constraints(), constraints(&architecture, items, labels));
		prop_assert_eq!(shape.publics(), parameters.public_signals());
		let witness = any_witness(&parameters, &mut numbers, false);
		let public = statement(&parameters, &witness).unwrap();
		let assignment = assign(&parameters, &public, &witness).unwrap();
		prop_assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		// Any one wire, anything else.
		for _ in 0..8 {
			let wire = 1 + numbers.below(shape.wires() as u64 - 1) as usize;
			let changed = assignment.with(wire, Fr::from(numbers.next())).unwrap();
			let alone = shape.unsatisfied(&changed);
			// An inverse of zero says nothing: see `no_wire_is_free`.
			prop_assert!(!alone.is_empty() || assignment.wires()[wire] == Fr::ZERO, "wire {}", wire);
		}
	}

	#[test]
	fn any_change_of_any_kind_at_any_place_is_caught_by_its_group(
		seed in any::<u64>(),
		kind in 0usize..9,
	) {
		let mut numbers = Numbers(seed);
		let parameters = parameters();
		let witness = any_witness(&parameters, &mut numbers, false);
		let public = statement(&parameters, &witness).unwrap();
		let mut cheat = Cheat { values: Values::new(&public, &witness), overrides: Vec::new() };
		let layer = [0usize, 2, 3][numbers.below(3) as usize];
		let placed = architecture().placed().nth(layer).unwrap();
		let outputs = 2 * placed.output.values() as u64;
		let mut pick = |count: u64| numbers.below(count) as usize;
		let group = match kind {
			// Bits of a weight, of a bias, of an input.
			0 => {
				let bit = pick(8 * placed.weights() as u64);
				cheat = cheat.flip(&format!("layer_{layer}/weights/bit"), bit);
				"weights_commitment".to_owned()
			},
			1 => {
				// Low ones, so that nothing overflows.
				let bit = 32 * pick(placed.biases() as u64) + pick(16);
				cheat = cheat.flip(&format!("layer_{layer}/biases/bit"), bit);
				"weights_commitment".to_owned()
			},
			2 => {
				cheat = cheat.flip("input/bit", pick(2 * 32 * 8));
				"input_commitment".to_owned()
			},
			// An activation, of the convolution and of the pool.
			3 => {
				let value = pick(2 * 48);
				cheat = cheat.increase("layer_0/requantise/rectified/value", value);
				"layer_0/requantise/rectified".to_owned()
			},
			4 => {
				cheat = cheat.flip("layer_1/pool/quotient/bit", pick(2 * 12 * 8));
				"layer_1/pool/division".to_owned()
			},
			// A remainder.
			5 => {
				cheat = cheat.flip("layer_1/pool/remainder/bit", pick(2 * 12 * 2));
				"layer_1/pool/division".to_owned()
			},
			// A sum, its quotient's bits as well as its remainder's; in the last layer an output.
			6 => {
				let bit = 32 * pick(outputs) + pick(32);
				cheat = cheat.flip(&format!("layer_{layer}/sums/bit"), bit);
				format!("layer_{layer}/sums")
			},
			// The label, by its selection and as a public signal.
			7 => {
				let item = pick(2);
				let label = usize::from(public.labels[item]);
				let other = (label + 1 + pick(2)) % 3;
				for index in 0..2 {
					let selected = Fr::from(u8::from(index == other));
					cheat = cheat.replace("label/selection/bit", 2 * item + index, selected);
				}
				"label/order".to_owned()
			},
			_ => {
				cheat.values.public[6] += Fr::from(1 + numbers.next() % 1000);
				"labels".to_owned()
			},
		};
		let caught = cheat.caught_by();
		prop_assert!(caught.contains(group.as_str()), "{} {:?}", group, caught);
		// What follows from it is consistent: only what is published of it does not fit.
		let published =
			["weights_commitment", "input_commitment", "output_commitment", "labels", group.as_str()];
		prop_assert!(caught.iter().all(|group| published.contains(group)), "{} {:?}", group, caught);
		// Nor does it help to publish other outputs.
		if kind < 8 {
			prop_assert_eq!(cheat.fit_outputs().caught_by(), BTreeSet::from([group.as_str()]));
		}
	}
}
