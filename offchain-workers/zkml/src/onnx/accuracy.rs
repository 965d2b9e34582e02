//! How far an integer network is from the one in floating point that it was made from.

use serde::Serialize;
use std::fmt;

use super::{
	error::QuantiseError,
	network::{check_sample, FloatNetwork},
	quantise::Quantised,
};

/// Both networks on the same labelled samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccuracyReport {
	/// Samples, each with a label.
	pub samples: usize,
	/// Samples that the network in floating point labels right.
	pub float_correct: usize,
	/// Samples that the integer network labels right.
	pub integer_correct: usize,
	/// Samples that both label alike, right or wrong.
	pub agreeing: usize,
	/// The right share of the samples in floating point, 0 to 1.
	pub float_accuracy: f64,
	/// The right share of the samples in integers, 0 to 1.
	pub integer_accuracy: f64,
	/// The largest distance of a logit from that in floating point, in the latter's unit.
	pub largest_logit_error: f64,
	/// The largest size of a logit in floating point, to compare it with.
	pub largest_logit: f64,
}

impl AccuracyReport {
	/// Both networks on samples that neither training nor calibration has seen.
	///
	/// # Errors
	///
	/// [`QuantiseError::NoSamples`], [`QuantiseError::LabelCount`], [`QuantiseError::SampleLength`],
	/// [`QuantiseError::NotFinite`] and [`QuantiseError::OutOfRange`]; and
	/// [`QuantiseError::SampleLength`] if the two networks take different inputs.
	pub fn measure(
		float: &FloatNetwork,
		quantised: &Quantised,
		samples: &[Vec<f32>],
		labels: &[u8],
	) -> Result<Self, QuantiseError> {
		if samples.is_empty() {
			return Err(QuantiseError::NoSamples);
		}
		if samples.len() != labels.len() {
			let (samples, labels) = (samples.len(), labels.len());
			return Err(QuantiseError::LabelCount { samples, labels });
		}
		let mut report = Self {
			samples: samples.len(),
			float_correct: 0,
			integer_correct: 0,
			agreeing: 0,
			float_accuracy: 0.0,
			integer_accuracy: 0.0,
			largest_logit_error: 0.0,
			largest_logit: 0.0,
		};
		for (place, (sample, label)) in samples.iter().zip(labels).enumerate() {
			check_sample(float.input(), place, sample)?;
			let reals = float.evaluate(sample)?;
			let integers = quantised.network.classify(&quantised.input(sample)).map_err(|_| {
				let input = quantised.network.architecture().input();
				QuantiseError::SampleLength { sample: place, input, found: sample.len() }
			})?;
			let float_label = largest(&reals);
			let count = |count: &mut usize, yes| *count = count.saturating_add(usize::from(yes));
			count(&mut report.float_correct, float_label == usize::from(*label));
			count(&mut report.integer_correct, integers.label == *label);
			count(&mut report.agreeing, usize::from(integers.label) == float_label);
			for (real, integer) in reals.iter().zip(&integers.logits) {
				let error = (quantised.scale().logit(*integer) - real).abs();
				report.largest_logit_error = report.largest_logit_error.max(error);
				report.largest_logit = report.largest_logit.max(real.abs());
			}
		}
		report.float_accuracy = share(report.float_correct, report.samples);
		report.integer_accuracy = share(report.integer_correct, report.samples);
		Ok(report)
	}
}

/// The lowest index among the largest.
fn largest(logits: &[f64]) -> usize {
	let best = logits.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (place, logit)| {
		if *logit > best.1 {
			(place, *logit)
		} else {
			best
		}
	});
	best.0
}

fn share(part: usize, all: usize) -> f64 {
	// Numbers of samples are far below 2^52.
	part as f64 / all as f64
}

impl fmt::Display for AccuracyReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { samples, float_correct, integer_correct, agreeing, .. } = self;
		let percent = |share: f64| share * 100.0;
		writeln!(
			f,
			"float    {float_correct} of {samples} ({:.2} %)",
			percent(self.float_accuracy)
		)?;
		writeln!(
			f,
			"integer  {integer_correct} of {samples} ({:.2} %)",
			percent(self.integer_accuracy)
		)?;
		writeln!(f, "agreeing {agreeing} of {samples}")?;
		write!(
			f,
			"largest error of a logit {:.4}, largest logit {:.4}",
			self.largest_logit_error, self.largest_logit
		)
	}
}
