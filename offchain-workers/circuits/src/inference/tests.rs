//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::{
	architecture::{Extent, Requantise, MAX_BIAS, MIN_BIAS},
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

fn convolution(channels: u16, shift: u8, rectify: bool) -> Layer {
	let requantise = Requantise { shift, rectify };
	Layer::Convolution { channels, kernel: 3, stride: 1, padding: 1, requantise }
}

/// A network of all kinds of layers.
fn architecture() -> Architecture {
	let layers = vec![
		convolution(3, 6, true),
		Layer::AveragePool { window: 2 },
		dense(9, 5, false),
		logits(3),
	];
	Architecture::new(Extent { channels: 2, rows: 4, columns: 4 }, layers).unwrap()
}

/// Another one: shifts of large sums, one after which no bit is above a value's, and windows whose number of values is no
/// power of two.
fn wide_architecture() -> Architecture {
	let layers = vec![
		convolution(2, 14, false),
		Layer::AveragePool { window: 3 },
		dense(4, 17, true),
		logits(3),
	];
	Architecture::new(Extent { channels: 1, rows: 6, columns: 6 }, layers).unwrap()
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
				Requantise { shift: numbers.below(25) as u8, rectify: numbers.below(2) == 0 };
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

/// Some weights, inputs and salts, with a bias at an end of its range where `extreme`.
fn any_witness(parameters: &Parameters, numbers: &mut Numbers, extreme: bool) -> InferenceWitness {
	let mut tensor = Vec::new();
	for placed in parameters.architecture.placed() {
		tensor.extend((0..placed.weights()).map(|_| numbers.byte() as u8));
		let shift = placed.requantise().map_or(0, |requantise| requantise.shift);
		for _ in 0..placed.biases() {
			let bias = match (extreme, numbers.below(6)) {
				(true, 0) => MAX_BIAS - numbers.below(3) as i32,
				(true, 1) => MIN_BIAS + numbers.below(3) as i32,
				// A value after the shift.
				(_, 2) => (i32::from(numbers.byte().max(-127)) << shift).clamp(MIN_BIAS, MAX_BIAS),
				_ => numbers.below(40_000) as i32 - 20_000,
			};
			tensor.extend(&bias.to_le_bytes()[..BIAS_BYTES]);
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

/// The network by its definition, in 128 bits and from the outputs' side.
fn evaluate(architecture: &Architecture, tensor: &[u8], input: &[i8]) -> (u8, Vec<i32>) {
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
			let first = at + placed.weights() + 3 * place;
			let magnitudes = [tensor[first], tensor[first + 1]].map(i128::from);
			magnitudes[0] + 256 * magnitudes[1] + 65_536 * i128::from(tensor[first + 2] as i8)
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
					let end = 1i128 << (placed.sum_bits() - 1);
					assert!((-end..end).contains(&sum), "{sum} of {placed:?}");
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
	(label as u8, logits)
}

fn statement(
	parameters: &Parameters,
	witness: &InferenceWitness,
) -> Result<PublicSignals, WitnessError> {
	let context = [Fr::from(u128::MAX), Fr::from(12u8)];
	public_signals(parameters, context, Fr::from(34u8), witness).map(|(signals, _)| signals)
}

fn values(parameters: &Parameters, public: &PublicSignals, witness: &InferenceWitness) -> Values {
	Values::new(public.to_fields(parameters).unwrap(), witness)
}

/// A circuit and a true statement.
struct Circuit {
	parameters: Parameters,
	shape: Shape,
	public: PublicSignals,
	witness: InferenceWitness,
}

impl Circuit {
	fn new(architecture: Architecture, items: usize, labels: Labels) -> Self {
		let parameters = Parameters::new(architecture, items, labels).unwrap();
		let witness = any_witness(&parameters, &mut Numbers(7), false);
		let public = statement(&parameters, &witness).unwrap();
		Self { shape: shape(&parameters), parameters, public, witness }
	}

	fn values(&self) -> Values {
		values(&self.parameters, &self.public, &self.witness)
	}

	fn placed(&self) -> Vec<Placed> {
		self.parameters.architecture.placed().collect()
	}
}

static SMALL: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(architecture(), 2, Labels::Public));
static WIDE: LazyLock<Circuit> =
	LazyLock::new(|| Circuit::new(wide_architecture(), 1, Labels::Hidden));

fn circuits() -> [&'static Circuit; 2] {
	[&SMALL, &WIDE]
}

#[test]
fn an_honest_inference_satisfies_all_groups_and_all_modes_agree() {
	for circuit in circuits() {
		let Circuit { parameters, shape, public, witness } = circuit;
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, parameters, &circuit.values());
		let assignment = assign(parameters, public, witness).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		assert_eq!(assignment.publics(), public.to_fields(parameters).unwrap());
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		assert!(recorder.finish() == *shape, "the matrices depend on the witness");
	}
}

#[test]
fn labels_that_are_not_as_many_as_the_items_have_no_signals() {
	// The signal alone does not tell them apart.
	assert_eq!(commitment::pack(&[3]), commitment::pack(&[3, 0]));
	for (items, labels, found, is_refused) in [
		(1, Labels::Public, 0, true),
		(1, Labels::Public, 1, false),
		(1, Labels::Public, 2, true),
		(1, Labels::Public, 31, true),
		(31, Labels::Public, 30, true),
		(31, Labels::Public, 31, false),
		(32, Labels::Public, 31, true),
		(32, Labels::Public, 32, false),
		(2, Labels::Hidden, 0, false),
		(2, Labels::Hidden, 1, true),
		(2, Labels::Hidden, 2, true),
	] {
		let architecture = Architecture::new(Extent::vector(2), vec![logits(4)]).unwrap();
		let parameters = Parameters::new(architecture, items, labels).unwrap();
		let public = PublicSignals { labels: vec![0; found], ..SMALL.public.clone() };
		let signals = public.to_fields(&parameters).map(|fields| fields.len());
		let expected = match is_refused {
			true => Err(LabelCount { expected: parameters.public_labels(), found }),
			false => Ok(parameters.public_signals()),
		};
		assert_eq!(signals, expected, "{items} {labels:?} {found}");
	}
}

#[test]
fn labels_of_32_items_are_in_two_signals() {
	// The label is whether the second value is above the first.
	let architecture = Architecture::new(Extent::vector(2), vec![logits(2)]).unwrap();
	let parameters = Parameters::new(architecture, 32, Labels::Public).unwrap();
	let witness = InferenceWitness {
		tensor: vec![1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
		inputs: (0..32).map(|item| vec![0, if item % 3 == 1 { 5 } else { -5 }]).collect(),
		input_salt: [1; 32],
		output_salt: [2; 32],
	};
	let shape = shape(&parameters);
	assert_eq!(shape.constraints(), parameters.constraints());
	assert_eq!((shape.publics(), parameters.public_signals()), (8, 8));
	let public = statement(&parameters, &witness).unwrap();
	let labels: Vec<u8> = (0..32).map(|item| u8::from(item % 3 == 1)).collect();
	assert_eq!(public.labels, labels);
	let assignment = assign(&parameters, &public, &witness).unwrap();
	assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
	let packed = |labels: &[u8]| {
		labels.iter().rev().fold(Fr::ZERO, |sum, label| sum * Fr::from(256u16) + Fr::from(*label))
	};
	assert_eq!(assignment.publics()[6..], [packed(&labels[..31]), Fr::ONE]);
	// Each label, in the first signal and in the second, at its own place.
	for (item, &label) in labels.iter().enumerate() {
		let mut other = public.clone();
		other.labels[item] ^= 1;
		let claimed = other.labels[item];
		let error = assign(&parameters, &other, &witness).err();
		assert_eq!(error, Some(WitnessError::LabelMismatch { item, label, claimed }));
		let mut assigner = Assigner::with_capacity(1);
		synthesise(&mut assigner, &parameters, &values(&parameters, &other, &witness));
		assert_eq!(shape.unsatisfied(&assigner.finish()), BTreeSet::from(["labels"]));
	}
}

#[test]
fn one_architecture_is_not_another_of_the_same_wires() {
	// All is zero, so that whatever the layers do gives zero: only their hash tells them apart.
	let zero = |architecture: &Architecture| {
		let parameters = Parameters::new(architecture.clone(), 1, Labels::Public).unwrap();
		let values = architecture.input().values();
		let witness = InferenceWitness {
			tensor: vec![0; architecture.tensor_bytes()],
			inputs: vec![vec![0; values]],
			input_salt: [1; 32],
			output_salt: [2; 32],
		};
		let public = statement(&parameters, &witness).unwrap();
		(shape(&parameters), assign(&parameters, &public, &witness).unwrap())
	};
	let network =
		|input: Extent, first: Layer| Architecture::new(input, vec![first, logits(2)]).unwrap();
	let vector = Extent::vector(4);
	let square = Extent { channels: 1, rows: 2, columns: 2 };
	let pointwise = |shift: u8| Layer::Convolution {
		channels: 3,
		kernel: 1,
		stride: 1,
		padding: 0,
		requantise: Requantise { shift, rectify: true },
	};
	for (one, other) in [
		(network(vector, dense(3, 6, true)), network(vector, dense(3, 5, true))),
		(network(vector, dense(3, 0, false)), network(vector, dense(3, 16, false))),
		// The same network of the same values, which are called otherwise.
		(network(vector, dense(3, 6, true)), network(square, dense(3, 6, true))),
		(network(vector, dense(3, 6, true)), network(vector, pointwise(6))),
	] {
		let ((shape, assignment), (other_shape, other_assignment)) = (zero(&one), zero(&other));
		assert_eq!(shape.wires(), other_shape.wires());
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		assert_eq!(other_shape.unsatisfied(&other_assignment), BTreeSet::new());
		let only = BTreeSet::from(["weights_commitment"]);
		assert_eq!(other_shape.unsatisfied(&assignment), only);
		assert_eq!(shape.unsatisfied(&other_assignment), only);
	}
}

#[test]
fn constraints_are_counted() {
	let shape = &SMALL.shape;
	let counts: Vec<_> =
		shape.groups().iter().map(|group| (group.path.as_str(), group.constraints)).collect();
	assert_eq!(
		counts,
		[
			("context", 2),
			("subject", 1),
			("layer_0/weights", 432),
			("layer_0/biases", 72),
			("layer_2/weights", 864),
			("layer_2/biases", 216),
			("layer_3/weights", 216),
			("layer_3/biases", 72),
			("weights_commitment", 586),
			("input", 512),
			("input_commitment", 886),
			("layer_0/packing", 18),
			("layer_0/products", 400),
			("layer_0/sums", 2432),
			("layer_0/requantise/excess", 288),
			("layer_0/requantise/rectified", 96),
			("layer_1/pool/quotient", 192),
			("layer_1/pool/remainder", 48),
			("layer_1/pool/division", 24),
			("layer_2/packing", 12),
			("layer_2/products", 24),
			("layer_2/sums", 452),
			("layer_2/requantise/excess", 54),
			("layer_2/requantise/lowest", 36),
			("layer_3/packing", 9),
			("layer_3/products", 18),
			("layer_3/sums", 152),
			("label/selection", 6),
			("label/largest", 6),
			("label/order", 156),
			("output_commitment", 880),
			("labels", 1),
		]
	);
	assert_eq!(shape.constraints(), 9163);
	assert_eq!(constraints(&architecture(), 2, Labels::Public), 9163);
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
	assert_eq!(counts, [27_613, 101_754, 130_722]);
	let parameters = Parameters::new(square, 1, Labels::Public).unwrap();
	assert_eq!(shape(&parameters).constraints(), 130_722);
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
	circuit: &'static Circuit,
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new(circuit: &'static Circuit) -> Self {
		Self { circuit, values: circuit.values(), overrides: Vec::new() }
	}

	/// A network whose first two logits are the same, and the largest.
	fn with_a_tie(circuit: &'static Circuit) -> Self {
		let mut cheat = Self::new(circuit);
		let last = circuit.placed().remove(3);
		let start = cheat.values.tensor.len() - last.tensor_bytes();
		let own = &mut cheat.values.tensor[start..];
		own.fill(0);
		let biases = last.weights();
		for logit in 0..2 {
			own[biases + BIAS_BYTES * logit] = 9;
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

	/// Of some window the quotient is one less and the remainder, for that, more by the number of values.
	/// What has no place among the remainder's bits is in its highest one.
	fn lend(mut self, window: u8) -> Self {
		let count = u64::from(window).pow(2);
		let width = (count - 1).ilog2() as usize + 1;
		let windows = self.circuit.placed()[1].output.values();
		let (tamperer, _) = self.run();
		let bit = |path: &str, occurrence: usize| low_word_of(tamperer.hinted(path, occurrence));
		let (quotient_path, remainder_path) =
			("layer_1/pool/quotient/bit", "layer_1/pool/remainder/bit");
		// The remainder's highest bit comes first.
		let quotient = |at: usize| {
			(0..8).map(|place| bit(quotient_path, 8 * at + place) << place).sum::<u64>()
		};
		let remainder = |at: usize| {
			(0..width).fold(0, |sum, place| 2 * sum + bit(remainder_path, width * at + place))
		};
		let at =
			(0..windows).filter(|at| quotient(*at) > 0).min_by_key(|at| remainder(*at)).unwrap();
		let (quotient, remainder) = (quotient(at) - 1, remainder(at) + count);
		let mut replacements = Vec::new();
		for place in 0..8 {
			let bit = Fr::from(quotient >> place & 1);
			replacements.push((quotient_path, 8 * at + place, bit));
		}
		for place in 0..width {
			let rest = remainder >> (width - 1 - place);
			let bit = Fr::from(if place == 0 { rest } else { rest & 1 });
			replacements.push((remainder_path, width * at + place, bit));
		}
		// In three bits and more there is room: all are bits, and only their number is too large.
		assert!(window == 2 || remainder < 1 << width, "{remainder}");
		for (path, occurrence, value) in replacements {
			self = self.replace(path, occurrence, value);
		}
		self
	}

	fn hinted(&self, path: &str, occurrence: usize) -> Fr {
		self.run().0.hinted(path, occurrence).expect("the circuit has such a hint")
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &self.circuit.parameters, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes all commitments and labels what the circuit computes.
	fn fit(self) -> Self {
		self.fit_outputs().fit_signals(3..5)
	}

	/// Makes commitment to the outputs and labels what the circuit computes.
	fn fit_outputs(self) -> Self {
		let signals = self.values.public.len();
		self.fit_signals(5..signals)
	}

	/// The signals of the labels that the hints say, which need not be bytes.
	fn label_signals(&self, tamperer: &Tamperer) -> Vec<Fr> {
		let Parameters { architecture, items, labels } = &self.circuit.parameters;
		if *labels == Labels::Hidden {
			return Vec::new();
		}
		let last = architecture.logits() - 1;
		let label = |item: usize| {
			// The last bit is 1 less the others.
			let places = (0..last).map(|index| {
				let bit = tamperer.hinted("label/selection/bit", last * item + index).unwrap();
				bit * (Fr::from(index as u64) - Fr::from(last as u64))
			});
			places.sum::<Fr>() + Fr::from(last as u64)
		};
		let labels: Vec<_> = (0..*items).map(label).collect();
		let packed = |labels: &[Fr]| {
			labels.iter().rev().fold(Fr::ZERO, |sum, label| sum * Fr::from(256u16) + label)
		};
		labels.chunks(31).map(packed).collect()
	}

	fn fit_signals(mut self, signals: std::ops::Range<usize>) -> Self {
		let (tamperer, results) = self.run();
		let mut computed =
			vec![results.weights_commitment, results.input_commitment, results.output_commitment];
		computed.extend(self.label_signals(&tamperer));
		for signal in signals {
			self.values.public[signal] = computed[signal - 3];
		}
		self
	}

	/// The groups that catch it.
	fn caught_by(&self) -> BTreeSet<&'static str> {
		self.circuit.shape.unsatisfied(&self.run().0.finish())
	}

	/// Whether the witness fails in this group only, and passes without it.
	fn is_caught_only_by(&self, group: &str) {
		assert_eq!(self.caught_by(), BTreeSet::from([group]));
		let without = self.circuit.shape.without_group(group);
		assert!(without.is_satisfied(&self.run().0.finish()));
	}
}

fn low_word_of(value: Option<Fr>) -> u64 {
	value.expect("the circuit has such a hint").into_bigint().0[0]
}

/// For each group, provers who cheat there.
fn cheats(circuit: &'static Circuit) -> Vec<(String, Vec<Cheat>)> {
	let new = || Cheat::new(circuit);
	let placed = circuit.placed();
	let items = circuit.parameters.items;
	let mut cheats: Vec<(String, Vec<Cheat>)> = Vec::new();
	let mut add = |group: &str, provers: Vec<Cheat>| cheats.push((group.into(), provers));
	add("context", (0..2).map(|limb| new().increase("context/square", limb)).collect());
	add("subject", vec![new().increase("subject/square", 0)]);
	for layer in [0usize, 2, 3] {
		let path = |name: &str| format!("layer_{layer}/{name}");
		let sum_bits = placed[layer].sum_bits();
		for (group, width) in [("weights", 8), ("biases", 24), ("sums", sum_bits)] {
			let bit = path(&format!("{group}/bit"));
			let mut provers =
				vec![new().carry(&bit, 0, 1).fit(), new().carry(&bit, width + 2, width + 3).fit()];
			if group == "sums" {
				provers.push(new().flip(&bit, 0).fit());
				provers.push(new().flip(&bit, 3 * width - 1).fit());
			}
			add(&path(group), provers);
		}
		if items * positions(&placed[layer]) > 1 {
			let packing = path("packing/column");
			let provers = (0..3).map(|place| new().increase(&packing, place).fit()).collect();
			add(&path("packing"), provers);
		}
		let product = path("products/product");
		add(&path("products"), (0..3).map(|place| new().increase(&product, place).fit()).collect());
		let Some(Requantise { shift, rectify }) = placed[layer].requantise() else { continue };
		if usize::from(shift) + 7 < sum_bits - 1 {
			let excess = path("requantise/excess");
			let clamped = format!("{excess}/clamped");
			let provers = (0..3).map(|place| new().increase(&clamped, place).fit()).collect();
			add(&excess, provers);
		}
		let last = if rectify { "rectified" } else { "lowest" };
		let group = format!("layer_{layer}/requantise/{last}");
		let prover = |place| match last {
			"rectified" => new().increase(&format!("{group}/value"), place),
			_ => new().flip(&format!("{group}/is_not_zero"), place),
		};
		add(&group, (0..3).map(|place| prover(place).fit()).collect());
	}
	let Layer::AveragePool { window } = placed[1].layer else {
		panic!("a pool is the second layer")
	};
	let quotient = "layer_1/pool/quotient/bit";
	add("layer_1/pool/quotient", vec![new().carry(quotient, 0, 1).fit()]);
	// The remainder's highest bit comes first.
	let last = u32::from(window).pow(2).ilog2() as usize - usize::from(window == 2);
	let carry = new().carry("layer_1/pool/remainder/bit", last, last - 1);
	add("layer_1/pool/remainder", vec![carry.fit(), new().lend(window).fit()]);
	add("layer_1/pool/division", (0..4).map(|bit| new().flip(quotient, bit).fit()).collect());

	// Of two equal logits the label is neither the first nor the second, but 0 · 2 - 1.
	let tie = || Cheat::with_a_tie(circuit);
	let selection = tie().replace("label/selection/bit", 0, Fr::from(2u8)).replace(
		"label/selection/bit",
		1,
		-Fr::ONE,
	);
	add("label/selection", vec![selection.fit()]);
	add("label/largest", vec![new().increase("label/largest/largest", 0).fit()]);
	let second = tie().replace("label/selection/bit", 0, Fr::ZERO).replace(
		"label/selection/bit",
		1,
		Fr::ONE,
	);
	add("label/order", vec![second.fit(), new().carry("label/order/bit", 0, 1).fit()]);

	add("input", vec![new().carry("input/bit", 0, 1).fit()]);
	for (group, signal) in [
		("weights_commitment", 3),
		("input_commitment", 4),
		("output_commitment", 5),
		("labels", 6),
	] {
		if signal >= circuit.parameters.public_signals() {
			continue;
		}
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
	for circuit in circuits() {
		let cheats = cheats(circuit);
		let groups: BTreeSet<_> = cheats.iter().map(|(group, _)| group.as_str()).collect();
		let expected: BTreeSet<_> =
			circuit.shape.groups().iter().map(|group| group.path.as_str()).collect();
		assert_eq!(groups, expected);
		for (group, provers) in &cheats {
			for prover in provers {
				prover.is_caught_only_by(group);
			}
		}
	}
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	for circuit in circuits() {
		for cheat in [Cheat::new(circuit), Cheat::new(circuit).fit(), Cheat::with_a_tie(circuit)] {
			assert_eq!(cheat.caught_by(), BTreeSet::new());
		}
	}
}

#[test]
fn other_weights_biases_or_inputs_are_others_commitments() {
	// Everything follows from them, and outputs and labels are the right ones for them.
	for circuit in circuits() {
		let Parameters { architecture, items, .. } = &circuit.parameters;
		for place in (0..architecture.tensor_bytes()).step_by(7) {
			let mut cheat = Cheat::new(circuit);
			cheat.values.tensor[place] ^= 1;
			cheat.fit_outputs().is_caught_only_by("weights_commitment");
		}
		for item in 0..*items {
			for place in (0..architecture.input().values()).step_by(5) {
				let mut cheat = Cheat::new(circuit);
				cheat.values.inputs[item][place] ^= 1;
				cheat.fit_outputs().is_caught_only_by("input_commitment");
			}
		}
	}
	// Nor do two items change places.
	let mut cheat = Cheat::new(&SMALL);
	cheat.values.inputs.swap(0, 1);
	cheat.fit_outputs().is_caught_only_by("input_commitment");
}

/// Whether a wire that no constraint holds is the inverse of zero, which says nothing.
fn is_inverse_of_zero(tamperer: &Tamperer, wire: usize, value: Fr) -> bool {
	let path = tamperer.path(wire);
	path.is_some_and(|path| path.ends_with("/inverse")) && value == Fr::ZERO
}

#[test]
fn no_wire_is_free() {
	// Each value but one as it should be, and that one changed: some constraint fails. All but the
	// inverses of zero.
	let mut numbers = Numbers(3);
	let mut check = |circuit: &Circuit| {
		let Circuit { parameters, shape, .. } = circuit;
		let mut tamperer = Tamperer::new([]);
		synthesise(&mut tamperer, parameters, &circuit.values());
		let mut rows = vec![Vec::new(); shape.wires()];
		for row in shape.rows() {
			let sides = [&row.a, &row.b, &row.c];
			let wires: BTreeSet<_> =
				sides.iter().flat_map(|side| side.terms()).map(|(wire, _)| *wire).collect();
			for wire in wires {
				rows[wire].push(row);
			}
		}
		let assignment = assign(parameters, &circuit.public, &circuit.witness).unwrap();
		let mut values = assignment.wires().to_vec();
		let mut free = 0;
		for (wire, rows) in rows.iter().enumerate().skip(1) {
			let value = values[wire];
			for other in [value + Fr::ONE, value - Fr::ONE, Fr::from(numbers.next())] {
				if other == value {
					continue;
				}
				values[wire] = other;
				if rows.iter().all(|row| row.holds(&values)) {
					let path = tamperer.path(wire);
					assert!(is_inverse_of_zero(&tamperer, wire, value), "{path:?} is free");
					// Its one row has zero beside it.
					assert_eq!((rows.len(), rows[0].a.evaluate(&values)), (1, Fr::ZERO));
					free += 1;
				}
			}
			values[wire] = value;
		}
		free
	};
	let neurons = 2 * (48 + 2 * 9);
	let free = check(&SMALL);
	assert!(free > 0 && free < 3 * neurons, "{free}");
	check(&WIDE);
	// A label that needs no constraints, and layers of one value.
	let layers = vec![dense(1, 24, false), dense(2, 0, true), logits(1)];
	let small = Architecture::new(Extent::vector(3), layers).unwrap();
	check(&Circuit::new(small, 1, Labels::Public));
	for seed in 0..6 {
		let architecture = any_architecture(&mut Numbers(seed));
		check(&Circuit::new(architecture, 1 + seed as usize % 2, Labels::Public));
	}
}

#[test]
fn false_statements_have_their_own_errors() {
	let Circuit { parameters, shape, public, witness } = &*SMALL;
	let error = |change: &dyn Fn(&mut PublicSignals, &mut InferenceWitness)| {
		let (mut public, mut witness) = (public.clone(), witness.clone());
		change(&mut public, &mut witness);
		let error = assign(parameters, &public, &witness).unwrap_err();
		// The group that is named is one that fails.
		if let Some(group) = error.group() {
			let mut assigner = Assigner::with_capacity(1);
			synthesise(&mut assigner, parameters, &values(parameters, &public, &witness));
			let assignment = assigner.finish();
			assert!(shape.unsatisfied(&assignment).contains(group), "{group}");
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
		WitnessError::LabelCount(LabelCount { expected: 2, found: 3 })
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
}

/// The largest and the smallest sums that there are, on both sides of a width.
#[test]
fn sums_at_their_ends_have_a_proof() {
	for (fan_in, bits) in [(1usize, 25), (512, 25), (513, 26), (1024, 26)] {
		let architecture =
			Architecture::new(Extent::vector(fan_in as u16), vec![logits(2)]).unwrap();
		assert_eq!(architecture.placed().last().unwrap().sum_bits(), bits);
		let parameters = Parameters::new(architecture, 1, Labels::Public).unwrap();
		let shape = shape(&parameters);
		let mut tensor = vec![i8::MIN as u8; fan_in];
		tensor.extend(vec![i8::MAX as u8; fan_in]);
		for bias in [MAX_BIAS, MIN_BIAS] {
			tensor.extend(&bias.to_le_bytes()[..BIAS_BYTES]);
		}
		let inputs = vec![vec![i8::MIN; fan_in]];
		let witness =
			InferenceWitness { tensor, inputs, input_salt: [1; 32], output_salt: [2; 32] };
		let (public, outputs) =
			public_signals(&parameters, [Fr::ONE; 2], Fr::ONE, &witness).unwrap();
		let fan_in = fan_in as i32;
		let sums = vec![(fan_in << 14) + MAX_BIAS, MIN_BIAS - fan_in * 127 * 128];
		assert_eq!(outputs, [(0, sums)]);
		let assignment = assign(&parameters, &public, &witness).unwrap();
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
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
		let expected: Vec<_> = witness
			.inputs
			.iter()
			.map(|input| evaluate(&architecture, &witness.tensor, input))
			.collect();
		let found = public_signals(&parameters, [Fr::ZERO; 2], Fr::ZERO, &witness);
		let (public, outputs) = found.expect("every network has sums for every input");
		prop_assert_eq!(&outputs, &expected);
		// The circuit's commitments are those of whoever has no circuit.
		let InferenceWitness { tensor, inputs, input_salt, output_salt } = &witness;
		prop_assert_eq!(
			Ok(public.weights_commitment),
			commitment::weights_commitment(&architecture, tensor)
		);
		prop_assert_eq!(
			Ok(public.input_commitment),
			commitment::input_commitment(&architecture, inputs, input_salt)
		);
		prop_assert_eq!(
			Ok(public.output_commitment),
			commitment::output_commitment(&architecture, &expected, output_salt)
		);
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
		let mut tamperer = Tamperer::new([]);
		synthesise(&mut tamperer, &parameters, &values(&parameters, &public, &witness));
		// Any one wire, anything else.
		for _ in 0..8 {
			let wire = 1 + numbers.below(shape.wires() as u64 - 1) as usize;
			let changed = assignment.with(wire, Fr::from(numbers.next())).unwrap();
			let alone = shape.unsatisfied(&changed);
			let is_free = is_inverse_of_zero(&tamperer, wire, assignment.wires()[wire]);
			prop_assert!(!alone.is_empty() || is_free, "{:?}", tamperer.path(wire));
		}
	}

	#[test]
	fn any_change_of_any_kind_at_any_place_is_caught_by_its_group(
		seed in any::<u64>(),
		kind in 0usize..9,
		circuit in 0usize..2,
	) {
		let mut numbers = Numbers(seed);
		let circuit = circuits()[circuit];
		let parameters = &circuit.parameters;
		let items = parameters.items as u64;
		let witness = any_witness(parameters, &mut numbers, false);
		let (public, results) =
			public_signals(parameters, [Fr::ONE; 2], Fr::ONE, &witness).unwrap();
		let values = values(parameters, &public, &witness);
		let mut cheat = Cheat { circuit, values, overrides: Vec::new() };
		let layer = [0usize, 2, 3][numbers.below(3) as usize];
		let all = circuit.placed();
		let placed = &all[layer];
		let outputs = items * placed.output.values() as u64;
		let windows = items * all[1].output.values() as u64;
		let Layer::AveragePool { window } = all[1].layer else {
			panic!("a pool is the second layer")
		};
		let remainder_bits = u64::from((u32::from(window).pow(2) - 1).ilog2() + 1);
		let mut pick = |count: u64| numbers.below(count) as usize;
		let group = match kind {
			// Bits of a weight, of a bias, of an input.
			0 => {
				let bit = pick(8 * placed.weights() as u64);
				cheat = cheat.flip(&format!("layer_{layer}/weights/bit"), bit);
				"weights_commitment".to_owned()
			},
			1 => {
				let bit = pick(24 * placed.biases() as u64);
				cheat = cheat.flip(&format!("layer_{layer}/biases/bit"), bit);
				"weights_commitment".to_owned()
			},
			2 => {
				let values = parameters.architecture.input().values() as u64;
				cheat = cheat.flip("input/bit", pick(items * values * 8));
				"input_commitment".to_owned()
			},
			// An activation, of the convolution and of the pool.
			3 => {
				let value = pick(items * all[0].output.values() as u64);
				let (group, hint) = match all[0].requantise() {
					Some(Requantise { rectify: true, .. }) => ("rectified", "value"),
					_ => ("excess", "clamped"),
				};
				let group = format!("layer_0/requantise/{group}");
				cheat = cheat.increase(&format!("{group}/{hint}"), value);
				group
			},
			4 => {
				cheat = cheat.flip("layer_1/pool/quotient/bit", pick(windows * 8));
				"layer_1/pool/division".to_owned()
			},
			// A remainder.
			5 => {
				cheat = cheat.flip("layer_1/pool/remainder/bit", pick(windows * remainder_bits));
				"layer_1/pool/division".to_owned()
			},
			// A sum, its quotient's bits as well as its remainder's; in the last layer an output.
			6 => {
				let bit = pick(outputs * placed.sum_bits() as u64);
				cheat = cheat.flip(&format!("layer_{layer}/sums/bit"), bit);
				format!("layer_{layer}/sums")
			},
			// The label, by its selection and as a public signal.
			7 => {
				let item = pick(items);
				let label = usize::from(results[item].0);
				let other = (label + 1 + pick(2)) % 3;
				for index in 0..2 {
					let selected = Fr::from(u8::from(index == other));
					cheat = cheat.replace("label/selection/bit", 2 * item + index, selected);
				}
				"label/order".to_owned()
			},
			_ => {
				let (last, group) = match parameters.labels {
					Labels::Public => (6, "labels"),
					Labels::Hidden => (5, "output_commitment"),
				};
				cheat.values.public[last] += Fr::from(1 + numbers.next() % 1000);
				group.to_owned()
			},
		};
		// Another remainder may be too large, besides.
		let caught_by = |cheat: &Cheat| {
			let mut caught = cheat.caught_by();
			if kind == 5 {
				caught.remove("layer_1/pool/remainder");
			}
			caught
		};
		let caught = caught_by(&cheat);
		prop_assert!(caught.contains(group.as_str()), "{} {:?}", group, caught);
		// What follows from it is consistent: only what is published of it does not fit.
		let published =
			["weights_commitment", "input_commitment", "output_commitment", "labels", group.as_str()];
		prop_assert!(caught.iter().all(|group| published.contains(group)), "{} {:?}", group, caught);
		// Nor does it help to publish other outputs.
		if kind < 8 {
			prop_assert_eq!(caught_by(&cheat.fit_outputs()), BTreeSet::from([group.as_str()]));
		}
	}
}
