//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::{
	architecture::{Extent, Layer},
	commitment::chain,
	training::{
		batches_commitment, pack_matrices, state_commitment, HyperParameters, Precision, Sample,
	},
	Tamperer,
};
use ark_ff::{Field, PrimeField};
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
		match self.below(8) {
			0 => i8::MIN,
			1 => i8::MAX,
			_ => self.next() as i8,
		}
	}
}

fn dense(outputs: u16, shift: u8) -> Layer {
	Layer::Dense { outputs, requantise: Some(Requantise { shift, rectify: true }) }
}

fn logits(outputs: u16) -> Layer {
	Layer::Dense { outputs, requantise: None }
}

/// Three layers, more rows than an element has, and two samples.
fn training() -> Training {
	let layers = vec![dense(14, 6), dense(5, 7), logits(3)];
	let hyper_parameters = HyperParameters {
		fraction_bits: 12,
		bias_unit: 64,
		samples: 2,
		rate: 2,
		target: 4000,
		output_shift: 4,
		hidden_shifts: vec![5, 6],
	};
	Training::new(Architecture::new(Extent::vector(6), layers).unwrap(), hyper_parameters).unwrap()
}

fn any_training(numbers: &mut Numbers) -> Training {
	let hidden = numbers.below(3) as usize;
	let mut layers: Vec<_> =
		(0..hidden).map(|_| dense(1 + numbers.below(16) as u16, numbers.below(25) as u8)).collect();
	layers.push(logits(1 + numbers.below(6) as u16));
	let input = Extent::vector(1 + numbers.below(6) as u16);
	let fraction_bits = 4 + numbers.below(9) as u8;
	let largest = Precision::new(fraction_bits).unwrap().largest_rate();
	let samples = 1 + numbers.below(largest.min(3));
	let largest_target = 1 << numbers.below(25);
	let hyper_parameters = HyperParameters {
		fraction_bits,
		bias_unit: 1 + numbers.below(127) as u8,
		samples: samples as u16,
		rate: 1 + numbers.below(largest / samples) as u16,
		target: 1 + numbers.below(largest_target) as u32,
		output_shift: numbers.below(25) as u8,
		hidden_shifts: (0..hidden).map(|_| numbers.below(25) as u8).collect(),
	};
	Training::new(Architecture::new(input, layers).unwrap(), hyper_parameters).unwrap()
}

fn any_witness(parameters: &Parameters, numbers: &mut Numbers, extreme: bool) -> TrainingWitness {
	let training = parameters.training();
	let bits = training.precision().weight_bits() as u32;
	let weight = |numbers: &mut Numbers| -> i32 {
		let end = 1i64 << (bits - 1);
		let weight = match (extreme, numbers.below(16)) {
			(true, 0) => -end,
			(true, 1) => end - 1,
			// Far enough from the ends for some steps.
			_ => numbers.next() as i64 >> (2 + numbers.below(4)) >> (64 - bits),
		};
		weight as i32
	};
	let architecture = training.architecture();
	let sample = |numbers: &mut Numbers| Sample {
		label: numbers.below(architecture.logits() as u64) as u8,
		values: (0..architecture.input().values()).map(|_| numbers.byte()).collect(),
	};
	TrainingWitness {
		state: (0..training.weights()).map(|_| weight(numbers)).collect(),
		batches: (0..parameters.steps())
			.map(|_| Batch {
				samples: (0..training.samples()).map(|_| sample(numbers)).collect(),
				salt: std::array::from_fn(|_| numbers.next() as u8),
			})
			.collect(),
	}
}

/// A step by its definition, in 128 bits, weight by weight.
fn naive(training: &Training, weights: &[i128], batch: &Batch) -> Vec<i128> {
	let HyperParameters {
		fraction_bits, bias_unit, rate, target, output_shift, hidden_shifts, ..
	} = training.hyper_parameters();
	let power = |exponent: u8| 2i128.pow(exponent.into());
	let clamp = |sum: i128, shift: u8| sum.div_euclid(power(shift)).clamp(-127, 127);
	let layers = training.architecture().layers();
	let mut sizes = vec![training.architecture().input().values()];
	let mut shifts = Vec::new();
	for layer in layers {
		let Layer::Dense { outputs, requantise } = layer else { panic!("a dense layer") };
		sizes.push(usize::from(*outputs));
		shifts.extend(requantise.map(|requantise| requantise.shift));
	}
	let first = |layer: usize| -> usize {
		(0..layer).map(|layer| sizes[layer + 1] * (sizes[layer] + 1)).sum()
	};
	let at =
		|layer: usize, row: usize, column: usize| first(layer) + row * (sizes[layer] + 1) + column;
	let byte =
		|layer, row, column| weights[at(layer, row, column)].div_euclid(power(*fraction_bits));
	let mut next = weights.to_vec();
	for sample in &batch.samples {
		let mut values = vec![sample.values.iter().map(|v| i128::from(*v)).collect::<Vec<_>>()];
		for layer in 0..layers.len() {
			let sum = |row: usize| -> i128 {
				let inputs = sizes[layer];
				let bias = byte(layer, row, inputs) * i128::from(*bias_unit);
				bias + (0..inputs).map(|i| byte(layer, row, i) * values[layer][i]).sum::<i128>()
			};
			let value = |row: usize| match shifts.get(layer) {
				Some(shift) => sum(row).div_euclid(power(*shift)).clamp(0, 127),
				None => sum(row),
			};
			values.push((0..sizes[layer + 1]).map(value).collect());
		}
		let mut deltas = vec![Vec::new(); layers.len()];
		for layer in (0..layers.len()).rev() {
			let delta = |row: usize| {
				if layer + 1 == layers.len() {
					let is_label = row == usize::from(sample.label);
					let wanted = if is_label { i128::from(*target) } else { 0 };
					return clamp(values[layer + 1][row] - wanted, *output_shift);
				}
				let behind = &deltas[layer + 1];
				let back = (0..sizes[layer + 2]).map(|j| byte(layer + 1, j, row) * behind[j]);
				let delta = clamp(back.sum(), hidden_shifts[layer]);
				if values[layer + 1][row] > 0 {
					delta
				} else {
					0
				}
			};
			let own: Vec<i128> = (0..sizes[layer + 1]).map(delta).collect();
			for (row, delta) in own.iter().enumerate() {
				for column in 0..=sizes[layer] {
					let input = values[layer].get(column).copied();
					let input = input.unwrap_or(i128::from(*bias_unit));
					next[at(layer, row, column)] -= i128::from(*rate) * delta * input;
				}
			}
			deltas[layer] = own;
		}
	}
	next
}

/// A circuit and a true statement.
struct Circuit {
	parameters: Parameters,
	shape: Shape,
	public: PublicSignals,
	witness: TrainingWitness,
}

impl Circuit {
	fn new(training: Training, steps: usize, seed: u64) -> Self {
		let parameters = Parameters::new(training, steps).unwrap();
		let witness = any_witness(&parameters, &mut Numbers(seed), false);
		let (public, _) = statement(&parameters, &witness).unwrap();
		Self { shape: shape(&parameters), parameters, public, witness }
	}

	fn values(&self) -> Values {
		Values::new(self.public.to_fields(), &self.witness)
	}
}

fn statement(
	parameters: &Parameters,
	witness: &TrainingWitness,
) -> Result<(PublicSignals, Vec<i32>), WitnessError> {
	public_signals(parameters, [Fr::from(u128::MAX), Fr::from(12u8)], Fr::from(34u8), witness)
}

static TWO: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(training(), 2, 7));

#[test]
fn honest_steps_satisfy_all_groups_and_all_modes_agree() {
	for steps in [1, 2, 4] {
		let circuit = Circuit::new(training(), steps, 8);
		let Circuit { parameters, shape, public, witness } = &circuit;
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, parameters, &circuit.values());
		let assignment = assign(parameters, public, witness).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		assert_eq!(assignment.publics(), public.to_fields());
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		assert!(recorder.finish() == *shape, "the matrices depend on the witness");
		assert_eq!(shape.publics(), PUBLIC_SIGNALS);
		assert_eq!(shape.constraints(), parameters.constraints());
	}
}

#[test]
fn constraints_are_counted() {
	let shape = &TWO.shape;
	let counts: Vec<_> =
		shape.groups().iter().map(|group| (group.path.as_str(), group.constraints)).collect();
	let hash = poseidon::constraints(1 + commitment::ELEMENTS_PER_STEP, 0);
	println!("{counts:?} {hash}");
	// 14 · 7 + 5 · 15 + 3 · 6 weights of 20 bits, in 2 · 7 + 15 + 6 elements.
	assert_eq!(TWO.parameters.training.weights(), 191);
	assert_eq!(TWO.parameters.training.elements(), 35);
	let count = |path: &str| counts.iter().find(|(group, _)| *group == path).unwrap().1;
	assert_eq!(count("layer_0/weights"), 2 * 98 * 20);
	assert_eq!(count("layer_0/carried"), 14);
	assert_eq!(count("layer_1/weights"), 2 * 75 * 20);
	assert_eq!(count("layer_2/carried"), 6);
	assert_eq!(count("label"), 4 * 3);
	assert_eq!(count("input"), 4 * 6 * 8);
	// Sums of six products of 2^14 and less, and of a bias, have 18 bits: all 14 rows are in one number.
	assert_eq!(count("layer_0/products"), 4 * 6);
	assert_eq!(count("layer_0/sums"), 4 * (14 * 18 + 1));
	// Ten rows to an element.
	assert_eq!(count("layer_0/update"), 4 * 2 * 6);
	assert_eq!(count("layer_0/mask"), 4 * 14);
	assert_eq!(constraints(&training(), 2), shape.constraints());
}

/// What a weight costs where there are many of them.
#[test]
fn sizes_of_larger_networks() {
	let training = |inputs: u16, hidden: u16, fraction_bits: u8, samples: u16| {
		let layers = vec![dense(hidden, 7), logits(10)];
		let hyper_parameters = HyperParameters {
			fraction_bits,
			bias_unit: 64,
			samples,
			rate: 1,
			target: 8192,
			output_shift: 7,
			hidden_shifts: vec![7],
		};
		let architecture = Architecture::new(Extent::vector(inputs), layers).unwrap();
		Training::new(architecture, hyper_parameters).unwrap()
	};
	let digits = training(64, 32, 8, 8);
	for (training, steps) in [(digits.clone(), 1), (digits, 2), (training(64, 132, 4, 1), 1)] {
		let parameters = Parameters::new(training.clone(), steps).unwrap();
		let (count, weights) = (parameters.constraints(), training.weights());
		println!("{weights} weights, {steps} steps: {count} constraints");
		if steps == 1 {
			assert_eq!(shape(&parameters).constraints(), count);
		}
		// Bits, the two hashes, and a quarter of a constraint for each sample; what is left is the neurons'.
		let precision = training.precision();
		let hash = poseidon::constraints(1 + commitment::ELEMENTS_PER_STEP, 0);
		let hashes =
			2 * hash * weights.div_ceil(commitment::ELEMENTS_PER_STEP * precision.per_element());
		let bits = steps * weights * precision.weight_bits();
		let neurons = steps * training.samples() * (64 * 10 + 142 * 80);
		assert!(count < bits + hashes * 4 / 3 + steps * weights * training.samples() / 2 + neurons);
	}
}

#[test]
fn circuits_that_are_too_large_or_of_other_steps_are_refused() {
	for steps in [0, 3, 5, 31, 33, 64] {
		assert_eq!(Parameters::new(training(), steps), Err(ParametersError::Steps(steps)));
	}
	for steps in STEPS {
		let constraints = constraints(&training(), steps);
		let expected = constraints > MAX_CONSTRAINTS;
		let refused = Err(ParametersError::TooManyConstraints(constraints));
		let found = Parameters::new(training(), steps);
		assert_eq!(found == refused, expected);
		assert_eq!(found.is_ok(), !expected);
	}
	let wide = |hidden: u16| {
		let hyper_parameters = training().hyper_parameters().clone();
		let layers = vec![dense(hidden, 6), dense(3, 7), logits(3)];
		Training::new(Architecture::new(Extent::vector(64), layers).unwrap(), hyper_parameters)
	};
	let first = (1..).find(|hidden| constraints(&wide(*hidden).unwrap(), 1) > MAX_CONSTRAINTS);
	let first = first.unwrap();
	assert!(Parameters::new(wide(first - 1).unwrap(), 1).is_ok());
	let error = Parameters::new(wide(first).unwrap(), 1).unwrap_err();
	assert_eq!(error, ParametersError::TooManyConstraints(constraints(&wide(first).unwrap(), 1)));
	assert!(error.to_string().contains("262128"));
	const { assert!(MAX_CONSTRAINTS + 1 + PUBLIC_SIGNALS <= 1 << 18) };
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(600))]

	#[test]
	fn the_circuit_computes_what_steps_are_defined_as(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let training = any_training(&mut numbers);
		let steps = STEPS[numbers.below(3) as usize];
		let parameters = Parameters::new(training.clone(), steps).unwrap();
		let witness = any_witness(&parameters, &mut numbers, seed % 4 == 0);
		let mut weights: Vec<i128> = witness.state.iter().map(|w| i128::from(*w)).collect();
		let mut out = None;
		for (step, batch) in witness.batches.iter().enumerate() {
			weights = naive(&training, &weights, batch);
			let precision = training.precision();
			let place = weights.iter().position(|weight| !precision.contains(*weight as i64));
			if let Some(place) = place {
				out = Some(WitnessError::WeightOutOfRange {
					step: step + 1,
					place: training.place(place),
				});
				break;
			}
		}
		match (public_signals(&parameters, [Fr::ONE; 2], Fr::ONE, &witness), out) {
			(Ok((public, found)), None) => {
				prop_assert!(found.iter().map(|w| i128::from(*w)).eq(weights));
				// The circuit's commitments are those of whoever has no circuit.
				prop_assert_eq!(Ok(public.before), state_commitment(&training, &witness.state));
				prop_assert_eq!(Ok(public.after), state_commitment(&training, &found));
				let leaves: Vec<_> =
					witness.batches.iter().map(|b| b.commitment(&training).unwrap()).collect();
				prop_assert_eq!(public.batches, batches_commitment(&leaves));
			},
			(Err(error), Some(expected)) => prop_assert_eq!(error, expected),
			(found, expected) => {
				prop_assert!(false, "{:?} {:?}", found.map(|(_, found)| found), expected)
			},
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn any_training_has_the_constraints_that_are_counted_and_satisfies_them(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let training = any_training(&mut numbers);
		let parameters = Parameters::new(training, STEPS[numbers.below(2) as usize]).unwrap();
		let shape = shape(&parameters);
		prop_assert_eq!(shape.constraints(), parameters.constraints());
		let witness = any_witness(&parameters, &mut numbers, false);
		let Ok((public, _)) = statement(&parameters, &witness) else { return Ok(()) };
		let assignment = assign(&parameters, &public, &witness).unwrap();
		prop_assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		// Any one wire, anything else.
		let mut tamperer = Tamperer::new([]);
		synthesise(&mut tamperer, &parameters, &Values::new(public.to_fields(), &witness));
		for _ in 0..16 {
			let wire = 1 + numbers.below(shape.wires() as u64 - 1) as usize;
			let changed = assignment.with(wire, Fr::from(numbers.next())).unwrap();
			let is_free = is_inverse_of_zero(&tamperer, wire, assignment.wires()[wire]);
			let caught = !shape.unsatisfied(&changed).is_empty();
			prop_assert!(caught || is_free, "{:?}", tamperer.path(wire));
		}
	}
}

/// Whether a wire that no constraint holds is the inverse of zero, which says nothing.
fn is_inverse_of_zero(tamperer: &Tamperer, wire: usize, value: Fr) -> bool {
	let path = tamperer.path(wire);
	path.is_some_and(|path| path.ends_with("/inverse")) && value == Fr::from(0u8)
}

#[test]
fn no_wire_is_free() {
	let mut numbers = Numbers(3);
	let Circuit { parameters, shape, public, witness } = &*TWO;
	let mut tamperer = Tamperer::new([]);
	synthesise(&mut tamperer, parameters, &TWO.values());
	let mut rows = vec![Vec::new(); shape.wires()];
	for row in shape.rows() {
		let sides = [&row.a, &row.b, &row.c];
		let wires: BTreeSet<_> =
			sides.iter().flat_map(|side| side.terms()).map(|(wire, _)| *wire).collect();
		for wire in wires {
			rows[wire].push(row);
		}
	}
	let mut values = assign(parameters, public, witness).unwrap().wires().to_vec();
	for (wire, rows) in rows.iter().enumerate().skip(1) {
		let value = values[wire];
		for other in [value + Fr::ONE, value - Fr::ONE, Fr::from(numbers.next())] {
			values[wire] = other;
			let free = rows.iter().all(|row| row.holds(&values));
			let path = tamperer.path(wire);
			assert!(!free || is_inverse_of_zero(&tamperer, wire, value), "{path:?} is free");
		}
		values[wire] = value;
	}
}

/// A prover with no scruples. It chooses all values and may replace hints; the public commitments
/// are then made to fit what the circuit computes.
#[derive(Clone)]
struct Cheat {
	circuit: &'static Circuit,
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new() -> Self {
		let circuit = &*TWO;
		Self { circuit, values: circuit.values(), overrides: Vec::new() }
	}

	fn add(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		let value = self.hinted(path, occurrence) + value;
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn increase(self, path: &str, occurrence: usize) -> Self {
		self.add(path, occurrence, Fr::ONE)
	}

	/// Replaces two bits, of which the second counts twice the first, by others of the same sum.
	fn carry(self, path: &str, low: usize) -> Self {
		self.add(path, low, Fr::from(2u8)).add(path, low + 1, -Fr::ONE)
	}

	fn flip(mut self, path: &str, occurrence: usize) -> Self {
		let value = Fr::ONE - self.hinted(path, occurrence);
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn hinted(&self, path: &str, occurrence: usize) -> Fr {
		self.run().0.hinted(path, occurrence).unwrap_or_else(|| panic!("{path} {occurrence}"))
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &self.circuit.parameters, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes all commitments what the circuit computes.
	fn fit(mut self) -> Self {
		let Results { before, after, batches, .. } = self.run().1;
		self.values.public[3..].copy_from_slice(&[before, after, batches]);
		self
	}

	/// The groups that catch it.
	fn caught_by(&self) -> BTreeSet<&'static str> {
		self.circuit.shape.unsatisfied(&self.run().0.finish())
	}

	/// Whether the witness fails in this group only, and passes without it.
	fn is_caught_only_by(&self, group: &str) {
		assert_eq!(self.caught_by(), BTreeSet::from([group]), "{:?}", self.overrides);
		let without = self.circuit.shape.without_group(group);
		assert!(without.is_satisfied(&self.run().0.finish()));
	}
}

/// For each group, provers who cheat there.
fn cheats() -> Vec<(String, Vec<Cheat>)> {
	let new = Cheat::new;
	let mut cheats: Vec<(String, Vec<Cheat>)> = Vec::new();
	let mut add = |group: &str, provers: Vec<Cheat>| cheats.push((group.into(), provers));
	add("context", (0..2).map(|limb| new().increase("context/square", limb)).collect());
	add("subject", vec![new().increase("subject/square", 0)]);
	let matrices = TWO.parameters.training.matrices();
	for (layer, matrix) in matrices.iter().enumerate() {
		let path = |name: &str| format!("layer_{layer}/{name}");
		let bit = path("weights/bit");
		// Of the first step and of the second one.
		let second = matrix.weights() * 20;
		add(
			&path("weights"),
			[0, 12, second, second + 33].map(|at| new().carry(&bit, at).fit()).into(),
		);
		let carried = [0, 15, 20 * 5 + 3].map(|at| new().flip(&bit, second + at).fit());
		add(&path("carried"), carried.into());
		let increase = |group: &str, hint: &str, places: &[usize]| {
			let hint = path(&format!("{group}/{hint}"));
			places.iter().map(|place| new().increase(&hint, *place).fit()).collect::<Vec<_>>()
		};
		for group in ["packing", "back/packing"] {
			if group == "packing" || layer > 0 {
				add(&path(group), increase(group, "column", &[0, 3, 5]));
			}
		}
		for group in ["products", "back/products", "update"] {
			if group != "back/products" || layer > 0 {
				add(&path(group), increase(group, "product", &[0, 7, 11]));
			}
		}
		for group in ["sums", "back/sums"] {
			if group == "back/sums" && layer == 0 {
				continue;
			}
			let bit = path(&format!("{group}/bit"));
			let mut provers: Vec<_> = [0, 20].map(|at| new().carry(&bit, at).fit()).into();
			provers.extend([0, 17, 40].map(|at| new().flip(&bit, at).fit()));
			add(&path(group), provers);
		}
		if layer < 2 {
			add(&path("requantise/excess"), increase("requantise/excess", "clamped", &[0, 2, 9]));
			add(
				&path("requantise/rectified"),
				increase("requantise/rectified", "value", &[0, 2, 9]),
			);
			let active = path("active/is_not_zero");
			add(&path("active"), (0..4).map(|at| new().flip(&active, at).fit()).collect());
			add(&path("mask"), increase("mask", "delta", &[0, 2, 9]));
		}
		add(&path("delta/excess"), increase("delta/excess", "clamped", &[0, 2, 4]));
		let lowest = path("delta/lowest/is_not_zero");
		add(&path("delta/lowest"), (0..4).map(|at| new().flip(&lowest, at).fit()).collect());
	}
	let label = |bits: [i64; 2]| {
		let mut cheat = new();
		for (place, bit) in bits.into_iter().enumerate() {
			cheat.overrides.push(("label/bit".into(), place, integers::field(bit)));
		}
		cheat.fit()
	};
	// Two labels, and one that is no bit.
	add("label", vec![label([1, 1]), label([2, -1]), label([0, -1])]);
	add("input", [0, 5, 14, 8 * 13].map(|at| new().carry("input/bit", at).fit()).into());
	for (group, signal) in [("before", 3), ("after", 4), ("batches", 5)] {
		let mut cheat = new();
		cheat.values.public[signal] += Fr::ONE;
		add(group, vec![cheat, new().increase(&format!("{group}/square"), 3).fit()]);
	}
	add(
		"leaf",
		["square", "fourth", "fifth"]
			.map(|hint| new().increase(&format!("leaf/{hint}"), 90).fit())
			.into(),
	);
	cheats
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let cheats = cheats();
	let groups: BTreeSet<_> = cheats.iter().map(|(group, _)| group.as_str()).collect();
	let expected: BTreeSet<_> = TWO.shape.groups().iter().map(|g| g.path.as_str()).collect();
	assert_eq!(groups, expected);
	for (group, provers) in &cheats {
		for prover in provers {
			prover.is_caught_only_by(group);
		}
	}
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	assert_eq!(Cheat::new().caught_by(), BTreeSet::new());
	assert_eq!(Cheat::new().fit().caught_by(), BTreeSet::new());
}

#[test]
fn other_weights_samples_or_salts_are_others_commitments() {
	let refit = |mut cheat: Cheat, signals: &[usize]| {
		let Results { before, after, batches, .. } = cheat.run().1;
		for signal in signals {
			cheat.values.public[*signal] = [before, after, batches][signal - 3];
		}
		cheat
	};
	for place in (0..TWO.parameters.training.weights()).step_by(11) {
		let mut cheat = Cheat::new();
		cheat.values.state[place] ^= 1;
		refit(cheat, &[4]).is_caught_only_by("before");
	}
	for step in 0..2 {
		for sample in 0..2 {
			let mut cheat = Cheat::new();
			cheat.values.batches[step].samples[sample].1[3] ^= 1;
			refit(cheat, &[4]).is_caught_only_by("batches");
			let mut cheat = Cheat::new();
			let label = &mut cheat.values.batches[step].samples[sample].0;
			*label = (*label + 1) % 3;
			refit(cheat, &[4]).is_caught_only_by("batches");
		}
		let mut cheat = Cheat::new();
		cheat.values.batches[step].salt[1] += Fr::ONE;
		cheat.is_caught_only_by("batches");
	}
	// Neither steps nor samples change places.
	let mut cheat = Cheat::new();
	cheat.values.batches.swap(0, 1);
	refit(cheat, &[4]).is_caught_only_by("batches");
	let mut cheat = Cheat::new();
	cheat.values.batches[1].samples.swap(0, 1);
	cheat.is_caught_only_by("batches");
}

#[test]
fn false_statements_have_their_own_errors() {
	let Circuit { parameters, shape, public, witness } = &*TWO;
	let error = |change: &dyn Fn(&mut PublicSignals, &mut TrainingWitness)| {
		let (mut public, mut witness) = (*public, witness.clone());
		change(&mut public, &mut witness);
		let error = assign(parameters, &public, &witness).unwrap_err();
		if let Some(group) = error.group(parameters) {
			let mut assigner = Assigner::with_capacity(1);
			synthesise(&mut assigner, parameters, &Values::new(public.to_fields(), &witness));
			assert!(shape.unsatisfied(&assigner.finish()).contains(group.as_str()), "{group}");
		}
		error
	};
	assert_eq!(
		error(&|_, witness| witness.state.push(0)),
		WitnessError::State(TensorError::WeightCount { expected: 191, found: 192 })
	);
	assert_eq!(
		error(&|_, witness| drop(witness.batches.pop())),
		WitnessError::BatchCount { expected: 2, found: 1 }
	);
	assert_eq!(
		error(&|_, witness| drop(witness.batches[1].samples.pop())),
		WitnessError::Batch { step: 1, error: TensorError::SampleCount { expected: 2, found: 1 } }
	);
	assert_eq!(
		error(&|_, witness| witness.batches[0].samples[1].values.push(0)),
		WitnessError::Batch {
			step: 0,
			error: TensorError::SampleValues { sample: 1, expected: 6, found: 7 }
		}
	);
	assert_eq!(
		error(&|_, witness| witness.batches[0].samples[1].label = 3),
		WitnessError::Batch {
			step: 0,
			error: TensorError::Label { sample: 1, label: 3, logits: 3 }
		}
	);
	let place = |layer, row, column| WeightPlace { layer, row, column };
	for weight in [1 << 19, -(1 << 19) - 1] {
		assert_eq!(
			error(&|public, witness| {
				witness.state[98 + 15 + 2] = weight;
				public.before = state_commitment(&training(), &witness.state).unwrap();
			}),
			WitnessError::WeightOutOfRange { step: 0, place: place(1, 1, 2) }
		);
	}
	// At the end itself, where the steps go inwards, there is a statement; where they go out, there is none.
	let mut found = BTreeSet::new();
	for weight in [(1 << 19) - 1, -(1 << 19)] {
		for row in 0..14 {
			let mut witness = witness.clone();
			witness.state[row * 7] = weight;
			match statement(parameters, &witness) {
				Ok((public, _)) => {
					let assignment = assign(parameters, &public, &witness).unwrap();
					assert!(shape.is_satisfied(&assignment));
				},
				Err(WitnessError::WeightOutOfRange { step, place }) => {
					found.insert(step);
					assert_eq!((place.layer, place.row, place.column), (0, row, 0));
					let values = Values::new(Default::default(), &witness);
					let mut tamperer = Tamperer::new([]);
					synthesise(&mut tamperer, parameters, &values);
					let assignment = tamperer.finish();
					let caught = shape.unsatisfied(&assignment);
					assert_eq!(caught.contains("layer_0/carried"), step < 2, "{step} {caught:?}");
				},
				Err(error) => panic!("{error}"),
			}
		}
	}
	assert!(found.contains(&1), "{found:?}");
	assert_eq!(error(&|_, witness| witness.state[3] ^= 2), WitnessError::BeforeMismatch);
	assert_eq!(error(&|public, _| public.before += Fr::ONE), WitnessError::BeforeMismatch);
	assert_eq!(error(&|public, _| public.after += Fr::ONE), WitnessError::AfterMismatch);
	assert_eq!(error(&|public, _| public.batches += Fr::ONE), WitnessError::BatchesMismatch);
	assert_eq!(
		error(&|_, witness| witness.batches[1].salt[31] ^= 2),
		WitnessError::BatchesMismatch
	);
	assert_eq!(
		error(&|_, witness| witness.batches[1].samples[1].values[5] ^= 2),
		WitnessError::BatchesMismatch
	);
}

#[test]
fn one_training_is_not_another_of_the_same_wires() {
	// All is zero: only the hash tells the rates apart.
	let of_rate = |rate| {
		let hyper_parameters = HyperParameters { rate, ..training().hyper_parameters().clone() };
		Training::new(training().architecture().clone(), hyper_parameters).unwrap()
	};
	let [one, other] = [1, 2].map(|rate| Parameters::new(of_rate(rate), 1).unwrap());
	assert_eq!(shape(&one).wires(), shape(&other).wires());
	let mut witness = any_witness(&one, &mut Numbers(1), false);
	witness.state.fill(0);
	// The logits are zero, and so is the delta but the label's; its weights are all that changes.
	let (public, _) = statement(&one, &witness).unwrap();
	let assignment = assign(&one, &public, &witness).unwrap();
	assert!(shape(&one).is_satisfied(&assignment));
	let caught = shape(&other);
	assert_eq!(caught.unsatisfied(&assignment), BTreeSet::from(["after", "before"]));
	// A state is that of its training.
	let elements = |training: &Training| {
		pack_matrices(training.precision(), &training.matrices(), &witness.state)
	};
	assert_eq!(elements(one.training()), elements(other.training()));
	let head = state_head(&of_rate(1).hash(), 191);
	assert_eq!(public.before, chain(head, &elements(one.training())));
	assert_eq!(assignment.publics()[3].into_bigint(), public.before.into_bigint());
}
