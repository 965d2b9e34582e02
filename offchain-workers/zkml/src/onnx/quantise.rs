//! Integers from floating point, after training: every scale comes from samples.
//!
//! A value `x` of the integer network stands for the real number `x * unit`, with one unit for each
//! layer. The input's is a power of two, so that pixels are shifted and not divided. With a unit for the
//! weights, a layer's sums have the product of the two as theirs, and the values after a shift of s bits
//! 2^s times that. So any unit of the weights will do; the search tries several and every shift that
//! makes a difference, and takes the pair by which the values of the calibration samples come nearest to
//! those of the network in floating point. Since the shift rounds down, half of 2^s is added to every
//! bias, which makes it round to the nearest.

use quittance_circuits::architecture::{
	Architecture, Layer, Placed, Requantise, MAX_BIAS, MAX_SHIFT, MIN_BIAS,
};
use std::ops::RangeInclusive;

use super::{
	error::QuantiseError,
	network::{check_sample, forward, FloatNetwork, FloatParameters},
	scale::{input_value, Scale},
};
use crate::{
	forward::{requantised, sums},
	network::{Network, NetworkError, Parameters},
};

/// Units of weights that are tried for each layer, from the smallest that fits a byte to nearly twice
/// that: a shift makes up for the rest.
const WEIGHT_UNITS: u8 = 8;
/// Input units that are tried: the smallest power of two by which no sample is cut, and halves of it,
/// by which some are.
const INPUT_UNITS: i8 = 3;
/// How small or large the largest value of a layer may be: its square, by which the search chooses, is
/// then a number of full precision.
const SIZES: RangeInclusive<f64> = 1e-100..=1e100;
/// Samples that the search looks at; more take longer and change little.
const MAX_CALIBRATION: usize = 200;

/// An integer network with what its numbers stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
	/// The network.
	pub network: Network,
	/// An input `x` is the real number `x / 2^input_exponent`.
	pub input_exponent: i8,
	/// A logit `z` is the real number `z * logit_unit`.
	pub logit_unit: f64,
}

impl Quantised {
	/// What to keep beside the network, whose encoding has it not.
	pub fn scale(&self) -> Scale {
		Scale { input_exponent: self.input_exponent, logit_unit: self.logit_unit }
	}

	/// The network's input for a sample, each value rounded to the nearest that a byte has.
	pub fn input(&self, sample: &[f32]) -> Vec<i8> {
		self.scale().input(sample)
	}
}

/// The calibration samples on their way through both networks.
struct Progress {
	integers: Vec<Vec<i32>>,
	reals: Vec<Vec<f64>>,
	/// Real number that an integer 1 stands for.
	unit: f64,
}

/// The integer network nearest to `network` on the calibration samples.
///
/// # Errors
///
/// [`QuantiseError`].
pub fn quantise(
	network: &FloatNetwork,
	calibration: &[Vec<f32>],
) -> Result<Quantised, QuantiseError> {
	if calibration.is_empty() {
		return Err(QuantiseError::NoSamples);
	}
	for (place, sample) in calibration.iter().enumerate() {
		check_sample(network.input(), place, sample)?;
	}
	let largest =
		calibration.iter().flatten().fold(0f32, |largest, value| largest.max(value.abs()));
	// The largest exponent by which `largest` stays within a byte; of nothing but zeros any will do.
	let exponent = if largest > 0.0 {
		(f64::from(i8::MAX) / f64::from(largest)).log2().floor().clamp(-120.0, 120.0) as i8
	} else {
		0
	};
	let calibration = calibration.get(..MAX_CALIBRATION).unwrap_or(calibration);
	let mut best: Option<(f64, Quantised)> = None;
	for more in 0..INPUT_UNITS {
		let exponent = exponent.saturating_add(more);
		let (error, candidate) = with_input_exponent(network, calibration, exponent)?;
		if best.as_ref().is_none_or(|(least, _)| error < *least) {
			best = Some((error, candidate));
		}
	}
	best.map(|(_, quantised)| quantised).ok_or(QuantiseError::NoSamples)
}

/// The network for inputs of that exponent, and the mean square error of its logits.
fn with_input_exponent(
	network: &FloatNetwork,
	calibration: &[Vec<f32>],
	exponent: i8,
) -> Result<(f64, Quantised), QuantiseError> {
	let reals = |sample: &Vec<f32>| sample.iter().copied().map(f64::from).collect();
	let integers =
		|sample: &Vec<f32>| sample.iter().map(|v| input_value(*v, exponent).into()).collect();
	let mut progress = Progress {
		integers: calibration.iter().map(integers).collect(),
		reals: calibration.iter().map(reals).collect(),
		unit: (-f64::from(exponent)).exp2(),
	};
	let (mut layers, mut parameters) = (vec![], vec![]);
	let mut error = 0.0;
	for (place, (placed, floats)) in
		network.architecture.placed().zip(&network.parameters).enumerate()
	{
		let reals: Vec<_> = progress.reals.iter().map(|v| forward(&placed, floats, v)).collect();
		let largest = reals.iter().flatten().fold(0f64, |largest, v| largest.max(v.abs()));
		if largest > 0.0 && !SIZES.contains(&largest) {
			return Err(QuantiseError::OutOfRange { layer: place });
		}
		let found = match placed.requantise() {
			_ if placed.biases() == 0 => pool(&placed, &progress),
			requantise => search(&placed, floats, &progress, &reals, requantise),
		};
		let Found { layer, integers, unit, chosen, error: of_layer } =
			found.ok_or(QuantiseError::NoScale { layer: place })?;
		if !unit.is_normal() {
			return Err(QuantiseError::OutOfRange { layer: place });
		}
		layers.push(layer);
		parameters.push(chosen);
		progress = Progress { integers, reals, unit };
		error = of_layer;
	}
	let architecture = Architecture::new(network.input(), layers).map_err(NetworkError::from)?;
	let network = Network::new(architecture, parameters)?;
	let quantised = Quantised { network, input_exponent: exponent, logit_unit: progress.unit };
	Ok((error, quantised))
}

/// A layer in integers and what it makes of the calibration samples.
struct Found {
	layer: Layer,
	chosen: Parameters,
	integers: Vec<Vec<i32>>,
	unit: f64,
	error: f64,
}

/// A pool has nothing to choose.
fn pool(placed: &Placed, progress: &Progress) -> Option<Found> {
	let chosen = Parameters::default();
	let integers: Option<Vec<_>> =
		progress.integers.iter().map(|values| sums(placed, &chosen, values)).collect();
	Some(Found {
		layer: placed.layer,
		chosen,
		integers: integers?,
		unit: progress.unit,
		error: 0.0,
	})
}

/// Weights, biases and shift of least error; `None` if no unit keeps the biases within 24 bits.
fn search(
	placed: &Placed,
	floats: &FloatParameters,
	progress: &Progress,
	reals: &[Vec<f64>],
	requantise: Option<Requantise>,
) -> Option<Found> {
	let largest =
		floats.weights.iter().fold(0f64, |largest, weight| largest.max(f64::from(weight.abs())));
	// Of nothing but zeros any unit will do that the biases fit in.
	let smallest = if largest > 0.0 { largest / f64::from(i8::MAX) } else { 1.0 };
	let mut best: Option<Found> = None;
	for step in 0..WEIGHT_UNITS {
		let weight_unit = smallest * (f64::from(step) / f64::from(WEIGHT_UNITS)).exp2();
		let unit = weight_unit * progress.unit;
		let Some(unshifted) = rounded(floats, weight_unit, unit, 0) else { continue };
		let Some(all): Option<Vec<_>> =
			progress.integers.iter().map(|values| sums(placed, &unshifted, values)).collect()
		else {
			continue;
		};
		let Some(requantise) = requantise else {
			// Logits: the finest unit that fits is the best there is.
			let error = mean_square(&all, reals, unit);
			let layer = placed.layer;
			return Some(Found { layer, chosen: unshifted, integers: all, unit, error });
		};
		for shift in 0..=MAX_SHIFT {
			let half = half(shift);
			let Some(chosen) = rounded(floats, weight_unit, unit, half) else { continue };
			let requantise = Requantise { shift, ..requantise };
			let value = |sum: &i32| requantised(sum.saturating_add(half), requantise);
			let integers: Vec<Vec<i32>> =
				all.iter().map(|sums| sums.iter().map(value).collect()).collect();
			let unit = unit * f64::from(shift).exp2();
			let error = mean_square(&integers, reals, unit);
			if best.as_ref().is_none_or(|best| error < best.error) {
				let layer = match placed.layer {
					Layer::Dense { outputs, .. } => {
						Layer::Dense { outputs, requantise: Some(requantise) }
					},
					Layer::Convolution { channels, kernel, stride, padding, .. } => {
						Layer::Convolution { channels, kernel, stride, padding, requantise }
					},
					pool @ Layer::AveragePool { .. } => pool,
				};
				best = Some(Found { layer, chosen, integers, unit, error });
			}
		}
	}
	best
}

/// Half of 2^shift, which makes rounding down to rounding to the nearest; 0 for a shift of 0.
fn half(shift: u8) -> i32 {
	match shift {
		0 => 0,
		// Shifts are at most 24.
		_ => 1i32 << shift.saturating_sub(1),
	}
}

/// Weights and biases in these units, each bias with `more` added; `None` if a bias does not fit.
fn rounded(floats: &FloatParameters, weight: f64, sum: f64, more: i32) -> Option<Parameters> {
	let weights = floats.weights.iter().map(|value| {
		let value = (f64::from(*value) / weight).round();
		// Nothing is cut: the unit is at least what brings the largest weight to 127.
		value.clamp(-f64::from(i8::MAX), f64::from(i8::MAX)) as i8
	});
	let biases = floats.biases.iter().map(|value| {
		let value = (f64::from(*value) / sum).round() + f64::from(more);
		(f64::from(MIN_BIAS)..=f64::from(MAX_BIAS)).contains(&value).then_some(value as i32)
	});
	Some(Parameters { weights: weights.collect(), biases: biases.collect::<Option<_>>()? })
}

fn mean_square(integers: &[Vec<i32>], reals: &[Vec<f64>], unit: f64) -> f64 {
	let errors = integers.iter().flatten().zip(reals.iter().flatten());
	let squares = errors.map(|(integer, real)| (f64::from(*integer) * unit - real).powi(2));
	let (sum, count) = squares.fold((0.0, 0.0), |(sum, count), square| (sum + square, count + 1.0));
	sum / f64::max(count, 1.0)
}
