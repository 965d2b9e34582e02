//! Reference inference of a [`Network`], in checked integers.

use quittance_circuits::architecture::{Extent, Layer, Placed, Requantise, VALUE_MAX};

use crate::network::{Network, Parameters};

/// What a network says about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
	/// The lowest index among the largest logits.
	pub label: u8,
	/// The last layer's sums.
	pub logits: Vec<i32>,
}

/// Why an item has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
	/// The item is not as long as the network's input.
	#[error("{found} values, but the network takes {expected}")]
	InputLength {
		/// Values that the network takes.
		expected: usize,
		/// Values given.
		found: usize,
	},
	/// A sum left 32 bits. An architecture has no such sum; were it ever otherwise, inference would still stop
	/// here and not wrap.
	#[error("layer {layer}: a sum overflows")]
	Overflow {
		/// Which layer.
		layer: usize,
	},
}

impl Network {
	/// Label and logits of one item, whose values lie in channel, row, column order.
	///
	/// # Errors
	///
	/// [`ForwardError::InputLength`].
	pub fn classify(&self, item: &[i8]) -> Result<Classification, ForwardError> {
		let expected = self.architecture().input().values();
		if item.len() != expected {
			return Err(ForwardError::InputLength { expected, found: item.len() });
		}
		let mut values: Vec<i32> = item.iter().copied().map(i32::from).collect();
		let layers = self.architecture().placed().zip(self.parameters());
		for (layer, (placed, parameters)) in layers.enumerate() {
			values = step(&placed, parameters, &values).ok_or(ForwardError::Overflow { layer })?;
		}
		Ok(Classification { label: label(&values), logits: values })
	}
}

/// What a layer gives for `values`: the next layer's, or logits. `None` if a sum leaves 32 bits.
fn step(placed: &Placed, parameters: &Parameters, values: &[i32]) -> Option<Vec<i32>> {
	let mut sums = sums(placed, parameters, values)?;
	if let Some(requantise) = placed.requantise() {
		for sum in &mut sums {
			*sum = requantised(*sum, requantise);
		}
	}
	Some(sums)
}

/// The value that a sum becomes.
pub(crate) fn requantised(sum: i32, Requantise { shift, rectify }: Requantise) -> i32 {
	let largest = i32::from(VALUE_MAX);
	let least = if rectify { 0 } else { largest.saturating_neg() };
	// The right shift of a signed number rounds down.
	(sum >> shift).clamp(least, largest)
}

/// What a layer computes of `values` before requantisation; a pool's values.
pub(crate) fn sums(placed: &Placed, parameters: &Parameters, values: &[i32]) -> Option<Vec<i32>> {
	match placed.layer {
		Layer::Dense { .. } => {
			parameters.rows(placed.fan_in()).map(|(row, bias)| dot(bias, row, values)).collect()
		},
		Layer::Convolution { kernel, stride, padding, .. } => {
			let windows = windows(placed, kernel, stride, padding, values);
			parameters
				.rows(placed.fan_in())
				.flat_map(|(row, bias)| windows.iter().map(move |window| dot(bias, row, window)))
				.collect()
		},
		Layer::AveragePool { window } => {
			let area = i32::from(window).checked_mul(window.into())?;
			let Extent { rows, columns, .. } = placed.input;
			let channel = usize::from(rows).checked_mul(columns.into())?;
			let mut means = Vec::with_capacity(placed.output.values());
			for values in values.chunks_exact(channel.max(1)) {
				// One channel at a time is a convolution's window with nothing around.
				let input = Extent { channels: 1, ..placed.input };
				let one = Placed { input, ..*placed };
				for window in windows(&one, window, window, 0, values) {
					let sum = window.iter().try_fold(0i32, |sum, value| sum.checked_add(*value))?;
					// The divisor is positive, so Euclid's quotient is the one rounded down.
					means.push(sum.checked_div_euclid(area)?);
				}
			}
			Some(means)
		},
	}
}

/// `bias` plus the products, or nothing if a partial sum leaves 32 bits.
fn dot(bias: i32, weights: &[i8], values: &[i32]) -> Option<i32> {
	weights.iter().zip(values).try_fold(bias, |sum, (weight, value)| {
		sum.checked_add(i32::from(*weight).checked_mul(*value)?)
	})
}

/// The lowest index among the largest logits.
fn label(logits: &[i32]) -> u8 {
	let mut best = (0, i32::MIN);
	for (class, logit) in (0..=u8::MAX).zip(logits) {
		if *logit > best.1 {
			best = (class, *logit);
		}
	}
	best.0
}

/// For each place of the kernel, row by row, the values under it: channel, row, column, and zero
/// outside.
pub(crate) fn windows<T: Copy + Default>(
	placed: &Placed,
	kernel: u8,
	stride: u8,
	padding: u8,
	values: &[T],
) -> Vec<Vec<T>> {
	let at = |channel: u16, row: Option<usize>, column: Option<usize>| -> Option<T> {
		let Extent { rows, columns, .. } = placed.input;
		let (rows, columns) = (usize::from(rows), usize::from(columns));
		let (row, column) = (row.filter(|row| *row < rows)?, column.filter(|c| *c < columns)?);
		let row = usize::from(channel).checked_mul(rows)?.checked_add(row)?;
		values.get(row.checked_mul(columns)?.checked_add(column)?).copied()
	};
	// The coordinate under a place of the kernel, `None` in the padding before the first.
	let under = |place: u16, offset: u8| {
		let start = usize::from(place).checked_mul(stride.into())?;
		start.checked_add(offset.into())?.checked_sub(padding.into())
	};
	let Extent { rows, columns, .. } = placed.output;
	let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
	places
		.map(|(row, column)| {
			let mut window = Vec::with_capacity(placed.fan_in());
			for channel in 0..placed.input.channels {
				for down in 0..kernel {
					for right in 0..kernel {
						let value = at(channel, under(row, down), under(column, right));
						window.push(value.unwrap_or_default());
					}
				}
			}
			window
		})
		.collect()
}
