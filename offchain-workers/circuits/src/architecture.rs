//! The shape of a quantised network: what a circuit for it is built from, without the weights.
//!
//! Between layers every value is a signed byte, -128 to 127, and so are inputs and weights; biases are
//! signed 24-bit numbers. So much is known of every sum that none leaves 32 bits, whatever the network
//! and its input ([`Placed::sum_bits`]):
//!
//! ```text
//! sum   = bias + the weights times the values                       dense, convolution
//! value = clamp(floor(sum / 2^shift), -127 (or 0 if rectified), 127) every such layer but the last
//! value = floor(the sum of a window / window^2)                     average pool
//! label = the lowest index among the largest logits                 logits: the last layer's sums
//! ```
//!
//! The last layer is dense and the only one without requantisation. A tensor of several dimensions
//! lies in channel, row, column order, which is also the order in which a dense layer takes it.

use codec::{Compact, Decode, Encode, Input};
use quittance_types::blake2_256;

/// Most layers.
pub const MAX_LAYERS: usize = 16;
/// Most values between two layers, at the input and in any one dimension.
pub const MAX_VALUES: usize = 1 << 14;
/// Most weights of all layers together.
pub const MAX_WEIGHTS: usize = 1 << 18;
/// Most outputs of the last layer: a label is a byte.
pub const MAX_LOGITS: usize = 256;
/// Most weights that make one sum.
pub const MAX_FAN_IN: usize = 1 << 16;
/// Bytes of a bias.
pub const BIAS_BYTES: usize = 3;
/// Largest bias; the smallest is one below its negative.
pub const MAX_BIAS: i32 = (1 << 23) - 1;
/// Smallest bias.
pub const MIN_BIAS: i32 = -(1 << 23);
/// Largest shift of a requantisation.
pub const MAX_SHIFT: u8 = 24;
/// Largest side of a convolution's kernel.
pub const MAX_KERNEL: u8 = 7;
/// Largest step of a convolution.
pub const MAX_STRIDE: u8 = 4;
/// Smallest side of a pooling window.
pub const MIN_WINDOW: u8 = 2;
/// Largest side of a pooling window.
pub const MAX_WINDOW: u8 = 8;
/// The largest value that requantisation passes on, and with its sign changed the smallest.
pub const VALUE_MAX: i8 = i8::MAX;
/// Version of [`Architecture::hash`] and of the meaning of what it covers.
pub const ARCHITECTURE_VERSION: u8 = 1;

const TAG: &[u8] = b"quittance.architecture";

/// The dimensions of a tensor of values. A vector of n is `(n, 1, 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Extent {
	/// Number of channels, the slowest dimension.
	pub channels: u16,
	/// Rows of each channel.
	pub rows: u16,
	/// Columns of each row, the fastest dimension.
	pub columns: u16,
}

impl Extent {
	/// A vector.
	pub const fn vector(values: u16) -> Self {
		Self { channels: values, rows: 1, columns: 1 }
	}

	/// Number of values.
	pub const fn values(&self) -> usize {
		// 48 bits at most.
		self.channels as usize * self.rows as usize * self.columns as usize
	}
}

/// How a sum becomes a value of the next layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Requantise {
	/// The sum is divided by 2^shift, rounding down.
	pub shift: u8,
	/// Whether negative results become 0 (ReLU) rather than at least -127.
	pub rectify: bool,
}

/// One layer. What it takes in is what the layer before gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Layer {
	/// Every output has a weight for each value taken in, and a bias. The result is a vector.
	#[codec(index = 0)]
	Dense {
		/// Number of outputs.
		outputs: u16,
		/// `None` in the last layer, and only there.
		requantise: Option<Requantise>,
	},
	/// A square kernel moves over rows and columns, with zeros around.
	#[codec(index = 1)]
	Convolution {
		/// Number of output channels.
		channels: u16,
		/// Side of the kernel.
		kernel: u8,
		/// Step in both directions.
		stride: u8,
		/// Zeros added on each of the four sides.
		padding: u8,
		/// From sums to values.
		requantise: Requantise,
	},
	/// The mean, rounded down, of each square window; windows do not overlap.
	#[codec(index = 2)]
	AveragePool {
		/// Side of the window, which must divide rows and columns.
		window: u8,
	},
}

/// Why layers are not an [`Architecture`]. Layers count from 0, the input's side first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchitectureError {
	/// No layer, or more than [`MAX_LAYERS`].
	#[error("{0} layers, not 1 to {MAX_LAYERS}")]
	LayerCount(usize),
	/// A dimension of the input is zero, or it has more than [`MAX_VALUES`] values.
	#[error("the input is {0:?}: every dimension must be at least 1, and their product at most {MAX_VALUES}")]
	InputExtent(Extent),
	/// A layer gives nothing, or more than [`MAX_VALUES`] values.
	#[error("layer {layer} gives {values} values, not 1 to {MAX_VALUES}")]
	OutputCount {
		/// Which layer.
		layer: usize,
		/// Values it would give.
		values: usize,
	},
	/// The kernel's side is 0 or above [`MAX_KERNEL`].
	#[error("layer {layer}: a kernel of {kernel} by {kernel}, not 1 to {MAX_KERNEL}")]
	Kernel {
		/// Which layer.
		layer: usize,
		/// Its kernel's side.
		kernel: u8,
	},
	/// The stride is 0 or above [`MAX_STRIDE`].
	#[error("layer {layer}: stride {stride}, not 1 to {MAX_STRIDE}")]
	Stride {
		/// Which layer.
		layer: usize,
		/// Its stride.
		stride: u8,
	},
	/// So much padding that a kernel could lie in it whole.
	#[error("layer {layer}: padding {padding}, not below the kernel's {kernel}")]
	Padding {
		/// Which layer.
		layer: usize,
		/// Its padding.
		padding: u8,
		/// Its kernel's side.
		kernel: u8,
	},
	/// The kernel does not fit rows or columns with their padding.
	#[error("layer {layer}: a kernel of {kernel} by {kernel} does not fit {extent:?} with padding {padding}")]
	KernelDoesNotFit {
		/// Which layer.
		layer: usize,
		/// Its kernel's side.
		kernel: u8,
		/// Its padding.
		padding: u8,
		/// What the layer takes in.
		extent: Extent,
	},
	/// The window's side is below [`MIN_WINDOW`] or above [`MAX_WINDOW`].
	#[error("layer {layer}: a window of {window} by {window}, not {MIN_WINDOW} to {MAX_WINDOW}")]
	Window {
		/// Which layer.
		layer: usize,
		/// Its window's side.
		window: u8,
	},
	/// The window does not divide rows and columns.
	#[error("layer {layer}: a window of {window} by {window} does not divide {extent:?}")]
	WindowDoesNotDivide {
		/// Which layer.
		layer: usize,
		/// Its window's side.
		window: u8,
		/// What the layer takes in.
		extent: Extent,
	},
	/// More than [`MAX_FAN_IN`] weights make one sum.
	#[error("layer {layer}: {fan_in} weights for each output channel, more than {MAX_FAN_IN}")]
	FanIn {
		/// Which layer.
		layer: usize,
		/// Weights that make a sum of it.
		fan_in: usize,
	},
	/// The shift is above [`MAX_SHIFT`].
	#[error("layer {layer}: shift {shift}, more than {MAX_SHIFT}")]
	Shift {
		/// Which layer.
		layer: usize,
		/// Its shift.
		shift: u8,
	},
	/// A layer before the last has no requantisation, so that its sums would be the next one's values.
	#[error("layer {layer} is not the last and must requantise")]
	NotRequantised {
		/// Which layer.
		layer: usize,
	},
	/// The last layer is a convolution, pools or requantises, so that there are no logits.
	#[error("the last layer must be dense without requantisation: its sums are the logits")]
	NoLogits,
	/// The last layer has more than [`MAX_LOGITS`] outputs.
	#[error("{0} logits, more than {MAX_LOGITS}")]
	LogitCount(usize),
	/// More than [`MAX_WEIGHTS`] weights up to and with this layer.
	#[error("layer {layer} brings the weights to {weights}, more than {MAX_WEIGHTS}")]
	WeightCount {
		/// Which layer.
		layer: usize,
		/// Weights so far.
		weights: usize,
	},
}

/// A layer with what it takes in and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
	/// The layer.
	pub layer: Layer,
	/// What it takes in.
	pub input: Extent,
	/// What it gives.
	pub output: Extent,
}

impl Placed {
	/// The layer at `place` behind a tensor of `input`, if its own numbers and the fit are right.
	///
	/// # Errors
	///
	/// Those of [`ArchitectureError`] that are about one layer.
	pub fn new(place: usize, layer: Layer, input: Extent) -> Result<Self, ArchitectureError> {
		use ArchitectureError as E;
		let (channels, rows, columns) = match layer {
			Layer::Dense { outputs, .. } => (outputs, 1, 1),
			Layer::Convolution { channels, kernel, stride, padding, .. } => {
				if !(1..=MAX_KERNEL).contains(&kernel) {
					return Err(E::Kernel { layer: place, kernel });
				}
				if !(1..=MAX_STRIDE).contains(&stride) {
					return Err(E::Stride { layer: place, stride });
				}
				if padding >= kernel {
					return Err(E::Padding { layer: place, padding, kernel });
				}
				let side = |length: u16| {
					// In an architecture a length is at most MAX_VALUES, far from saturation.
					let padded = length.saturating_add(2 * u16::from(padding));
					let room = padded.checked_sub(u16::from(kernel));
					room.map(|room| room / u16::from(stride) + 1).ok_or(E::KernelDoesNotFit {
						layer: place,
						kernel,
						padding,
						extent: input,
					})
				};
				(channels, side(input.rows)?, side(input.columns)?)
			},
			Layer::AveragePool { window } => {
				if !(MIN_WINDOW..=MAX_WINDOW).contains(&window) {
					return Err(E::Window { layer: place, window });
				}
				let side = u16::from(window);
				if !(input.rows.is_multiple_of(side) && input.columns.is_multiple_of(side)) {
					return Err(E::WindowDoesNotDivide { layer: place, window, extent: input });
				}
				(input.channels, input.rows / side, input.columns / side)
			},
		};
		let output = Extent { channels, rows, columns };
		if !(1..=MAX_VALUES).contains(&output.values()) {
			return Err(E::OutputCount { layer: place, values: output.values() });
		}
		let placed = Self { layer, input, output };
		if placed.fan_in() > MAX_FAN_IN {
			return Err(E::FanIn { layer: place, fan_in: placed.fan_in() });
		}
		match placed.requantise() {
			Some(Requantise { shift, .. }) if shift > MAX_SHIFT => {
				Err(E::Shift { layer: place, shift })
			},
			_ => Ok(placed),
		}
	}

	/// How its sums become values; `None` for the logits and for a pool.
	pub fn requantise(&self) -> Option<Requantise> {
		match self.layer {
			Layer::Dense { requantise, .. } => requantise,
			Layer::Convolution { requantise, .. } => Some(requantise),
			Layer::AveragePool { .. } => None,
		}
	}

	/// Number of weights that make one sum: 0 for a pool.
	pub fn fan_in(&self) -> usize {
		match self.layer {
			Layer::Dense { .. } => self.input.values(),
			Layer::Convolution { kernel, .. } => {
				usize::from(self.input.channels) * usize::from(kernel) * usize::from(kernel)
			},
			Layer::AveragePool { .. } => 0,
		}
	}

	/// Number of weights.
	pub fn weights(&self) -> usize {
		// At most 2^14 rows of 2^16.
		self.fan_in() * self.biases()
	}

	/// Number of biases: one for each row of weights, which is an output or an output channel.
	pub fn biases(&self) -> usize {
		match self.layer {
			Layer::Dense { .. } | Layer::Convolution { .. } => usize::from(self.output.channels),
			Layer::AveragePool { .. } => 0,
		}
	}

	/// Bits of its sums as signed numbers, 25 to 32; 24, that nobody asks for, of a pool.
	///
	/// A product of two signed bytes is -2^7 · (2^7 - 1) to 2^14 and a bias -2^23 to 2^23 - 1, so that with
	/// bound = 2^14 fan_in + 2^23 a sum is above -bound and below bound: where the bound is not above
	/// 2^(b - 1), b bits have it.
	pub fn sum_bits(&self) -> usize {
		let bound = ((self.fan_in() as u64) << 14) + (1 << 23);
		1 + bound.next_power_of_two().trailing_zeros() as usize
	}

	/// Bytes of its part of the tensor: a byte for each weight, then [`BIAS_BYTES`] for each bias.
	pub fn tensor_bytes(&self) -> usize {
		self.weights() + BIAS_BYTES * self.biases()
	}
}

/// The valid shape of a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Architecture {
	input: Extent,
	layers: Vec<Layer>,
}

impl Architecture {
	/// The network of these layers behind an input of that extent.
	///
	/// # Errors
	///
	/// [`ArchitectureError`], for the first layer that is wrong.
	pub fn new(input: Extent, layers: Vec<Layer>) -> Result<Self, ArchitectureError> {
		use ArchitectureError as E;
		if !(1..=MAX_LAYERS).contains(&layers.len()) {
			return Err(E::LayerCount(layers.len()));
		}
		if !(1..=MAX_VALUES).contains(&input.values()) {
			return Err(E::InputExtent(input));
		}
		let last = layers.len() - 1;
		let mut weights = 0;
		let mut extent = input;
		for (place, &layer) in layers.iter().enumerate() {
			let placed = Placed::new(place, layer, extent)?;
			let logits = matches!(layer, Layer::Dense { requantise: None, .. });
			match (logits, place == last) {
				(true, true) | (false, false) => (),
				(false, true) => return Err(E::NoLogits),
				(true, false) => return Err(E::NotRequantised { layer: place }),
			}
			if logits && placed.output.values() > MAX_LOGITS {
				return Err(E::LogitCount(placed.output.values()));
			}
			weights += placed.weights();
			if weights > MAX_WEIGHTS {
				return Err(E::WeightCount { layer: place, weights });
			}
			extent = placed.output;
		}
		Ok(Self { input, layers })
	}

	/// What the first layer takes in.
	pub fn input(&self) -> Extent {
		self.input
	}

	/// The layers, the input's side first.
	pub fn layers(&self) -> &[Layer] {
		&self.layers
	}

	/// The layers with their extents.
	pub fn placed(&self) -> impl Iterator<Item = Placed> + '_ {
		self.layers.iter().enumerate().scan(self.input, |input, (place, &layer)| {
			// `new` has put every layer in its place once.
			let placed = Placed::new(place, layer, *input).ok()?;
			*input = placed.output;
			Some(placed)
		})
	}

	/// Number of logits.
	pub fn logits(&self) -> usize {
		match self.layers.last() {
			Some(Layer::Dense { outputs, .. }) => usize::from(*outputs),
			_ => 0,
		}
	}

	/// Number of weights of all layers.
	pub fn weights(&self) -> usize {
		self.placed().map(|placed| placed.weights()).sum()
	}

	/// Number of biases of all layers.
	pub fn biases(&self) -> usize {
		self.placed().map(|placed| placed.biases()).sum()
	}

	/// Bytes of the tensor that commitments are about: for each layer with weights, in order, the
	/// weights row by row (dense: output, input; convolution: output channel, input channel, row,
	/// column) as two's complement bytes, then the biases as two's complement of three bytes, little-endian.
	pub fn tensor_bytes(&self) -> usize {
		self.placed().map(|placed| placed.tensor_bytes()).sum()
	}

	/// BLAKE2b-256 of `quittance.architecture`, [`ARCHITECTURE_VERSION`] and SCALE of the architecture.
	pub fn hash(&self) -> [u8; 32] {
		let mut bytes = TAG.to_vec();
		bytes.push(ARCHITECTURE_VERSION);
		self.encode_to(&mut bytes);
		blake2_256(&bytes)
	}
}

/// The input's extent, then the layers as a SCALE vector.
impl Encode for Architecture {
	fn size_hint(&self) -> usize {
		self.input.size_hint() + self.layers.size_hint()
	}

	fn encode_to<O: codec::Output + ?Sized>(&self, to: &mut O) {
		self.input.encode_to(to);
		self.layers.encode_to(to);
	}
}

/// Only what [`Architecture::new`] accepts, and each in one encoding: SCALE numbers, booleans and
/// compact lengths have no second one.
impl Decode for Architecture {
	fn decode<I: Input>(from: &mut I) -> Result<Self, codec::Error> {
		let input = Extent::decode(from)?;
		let Compact(count) = Compact::<u32>::decode(from)?;
		// Before any of it is read: the length is the sender's word.
		if count as usize > MAX_LAYERS {
			return Err("more layers than an architecture has".into());
		}
		let layers = (0..count).map(|_| Layer::decode(from)).collect::<Result<_, _>>()?;
		Self::new(input, layers).map_err(|error| {
			codec::Error::from("not a valid architecture").chain(error.to_string())
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::DecodeAll;
	use ArchitectureError as E;

	const RECTIFY: Requantise = Requantise { shift: 7, rectify: true };

	fn dense(outputs: u16) -> Layer {
		Layer::Dense { outputs, requantise: Some(RECTIFY) }
	}

	fn logits(outputs: u16) -> Layer {
		Layer::Dense { outputs, requantise: None }
	}

	fn convolution(channels: u16, kernel: u8, stride: u8, padding: u8) -> Layer {
		Layer::Convolution { channels, kernel, stride, padding, requantise: RECTIFY }
	}

	fn pool(window: u8) -> Layer {
		Layer::AveragePool { window }
	}

	fn image(channels: u16, rows: u16, columns: u16) -> Extent {
		Extent { channels, rows, columns }
	}

	fn refused(input: Extent, layers: &[Layer]) -> E {
		Architecture::new(input, layers.to_vec()).unwrap_err()
	}

	fn convolutional() -> Architecture {
		let layers = vec![convolution(4, 3, 1, 1), pool(2), convolution(6, 3, 2, 0), logits(10)];
		Architecture::new(image(1, 8, 8), layers).unwrap()
	}

	#[test]
	fn extents_and_counts_follow_from_the_layers() {
		let architecture = convolutional();
		let outputs: Vec<_> = architecture.placed().map(|placed| placed.output).collect();
		assert_eq!(outputs, [image(4, 8, 8), image(4, 4, 4), image(6, 1, 1), Extent::vector(10)],);
		let counts: Vec<_> = architecture
			.placed()
			.map(|placed| (placed.fan_in(), placed.weights(), placed.biases()))
			.collect();
		assert_eq!(counts, [(9, 36, 4), (0, 0, 0), (36, 216, 6), (6, 60, 10)]);
		assert_eq!(architecture.weights(), 312);
		assert_eq!(architecture.biases(), 20);
		assert_eq!(architecture.tensor_bytes(), 372);
		assert_eq!(architecture.logits(), 10);
	}

	#[test]
	fn the_encoding_is_pinned_and_decodes_to_itself() {
		let architecture = convolutional();
		let bytes = architecture.encode();
		let expected = [
			1, 0, 8, 0, 8, 0, 16, // 1 by 8 by 8, four layers
			1, 4, 0, 3, 1, 1, 7, 1, // convolution
			2, 2, // pool
			1, 6, 0, 3, 2, 0, 7, 1, // convolution
			0, 10, 0, 0, // logits
		];
		assert_eq!(bytes, expected);
		assert_eq!(Architecture::decode_all(&mut &bytes[..]), Ok(architecture));
	}

	#[test]
	fn no_other_bytes_decode() {
		let bytes = convolutional().encode();
		for length in 0..bytes.len() {
			assert!(Architecture::decode_all(&mut &bytes[..length]).is_err(), "{length}");
		}
		let changed = |place: usize, value: u8| {
			let mut changed = bytes.clone();
			changed[place] = value;
			Architecture::decode_all(&mut &changed[..])
		};
		assert!(changed(14, 2).is_err(), "a boolean of 2");
		assert!(changed(7, 3).is_err(), "a fourth kind of layer");
		assert!(changed(13, MAX_SHIFT + 1).is_err(), "what `new` refuses");
		assert!(changed(13, MAX_SHIFT).is_ok());
		let mut longer = bytes.clone();
		longer.push(0);
		assert!(Architecture::decode_all(&mut &longer[..]).is_err());
		// 4 as a compact number of two bytes.
		let mut wide = bytes.clone();
		wide.splice(6..7, [17, 0]);
		assert!(Architecture::decode_all(&mut &wide[..]).is_err());
		let seventeen = Architecture::decode(&mut &[1, 0, 1, 0, 1, 0, 17 << 2][..]).unwrap_err();
		assert!(seventeen.to_string().contains("more layers"), "{seventeen}");
	}

	#[test]
	fn the_hash_covers_every_field() {
		let base = (image(1, 8, 8), vec![convolution(4, 3, 1, 1), pool(2), dense(8), logits(10)]);
		let changes: Vec<(Extent, Vec<Layer>)> = vec![
			(image(2, 8, 8), base.1.clone()),
			(image(1, 10, 8), base.1.clone()),
			(image(1, 8, 10), base.1.clone()),
			(base.0, vec![convolution(5, 3, 1, 1), pool(2), dense(8), logits(10)]),
			(base.0, vec![convolution(4, 5, 1, 2), pool(2), dense(8), logits(10)]),
			(base.0, vec![convolution(4, 3, 2, 1), pool(2), dense(8), logits(10)]),
			(base.0, vec![convolution(4, 3, 1, 0), pool(2), dense(8), logits(10)]),
			(base.0, vec![convolution(4, 3, 1, 1), pool(4), dense(8), logits(10)]),
			(base.0, vec![convolution(4, 3, 1, 1), pool(2), dense(9), logits(10)]),
			(base.0, vec![convolution(4, 3, 1, 1), pool(2), dense(8), logits(11)]),
			(base.0, vec![convolution(4, 3, 1, 1), pool(2), logits(10)]),
			(
				base.0,
				vec![
					convolution(4, 3, 1, 1),
					pool(2),
					Layer::Dense {
						outputs: 8,
						requantise: Some(Requantise { shift: 8, rectify: true }),
					},
					logits(10),
				],
			),
			(
				base.0,
				vec![
					convolution(4, 3, 1, 1),
					pool(2),
					Layer::Dense {
						outputs: 8,
						requantise: Some(Requantise { shift: 7, rectify: false }),
					},
					logits(10),
				],
			),
		];
		let hash = |(input, layers): (Extent, Vec<Layer>)| {
			Architecture::new(input, layers).unwrap().hash()
		};
		let mut hashes: Vec<_> = changes.into_iter().map(hash).collect();
		hashes.push(hash(base));
		let count = hashes.len();
		hashes.sort_unstable();
		hashes.dedup();
		assert_eq!(hashes.len(), count);
	}

	#[test]
	fn the_number_of_layers_is_bounded() {
		let input = Extent::vector(1);
		assert_eq!(refused(input, &[]), E::LayerCount(0));
		let mut layers = vec![dense(1); MAX_LAYERS - 1];
		layers.push(logits(1));
		assert!(Architecture::new(input, layers.clone()).is_ok());
		layers.insert(0, dense(1));
		assert_eq!(refused(input, &layers), E::LayerCount(MAX_LAYERS + 1));
	}

	#[test]
	fn the_values_of_input_and_layers_are_bounded() {
		for input in [image(0, 1, 1), image(1, 0, 1), image(1, 1, 0)] {
			assert_eq!(refused(input, &[logits(1)]), E::InputExtent(input));
		}
		assert!(Architecture::new(image(4, 64, 64), vec![logits(1)]).is_ok());
		let large = image(4, 64, 65);
		assert_eq!(refused(large, &[logits(1)]), E::InputExtent(large));
		let widest = image(u16::MAX, u16::MAX, u16::MAX);
		assert_eq!(refused(widest, &[logits(1)]), E::InputExtent(widest));
		let vector = Extent::vector(1);
		assert_eq!(refused(vector, &[dense(0), logits(1)]), E::OutputCount { layer: 0, values: 0 });
		assert!(Architecture::new(vector, vec![dense(1 << 14), logits(1)]).is_ok());
		assert_eq!(
			refused(vector, &[dense((1 << 14) + 1), logits(1)]),
			E::OutputCount { layer: 0, values: (1 << 14) + 1 }
		);
		let input = image(1, 128, 128);
		assert_eq!(
			refused(input, &[convolution(2, 1, 1, 0), logits(1)]),
			E::OutputCount { layer: 0, values: 1 << 15 }
		);
		assert_eq!(
			refused(image(1, 8, 8), &[convolution(0, 3, 1, 1), logits(1)]),
			E::OutputCount { layer: 0, values: 0 }
		);
	}

	#[test]
	fn kernels_strides_and_paddings_are_bounded_and_must_fit() {
		let input = image(1, 8, 8);
		let ok = |layer| Architecture::new(input, vec![layer, logits(1)]).is_ok();
		for kernel in [0, MAX_KERNEL + 1] {
			assert_eq!(
				refused(input, &[convolution(1, kernel, 1, 0), logits(1)]),
				E::Kernel { layer: 0, kernel }
			);
		}
		for stride in [0, MAX_STRIDE + 1] {
			assert_eq!(
				refused(input, &[convolution(1, 3, stride, 0), logits(1)]),
				E::Stride { layer: 0, stride }
			);
		}
		assert!(ok(convolution(1, MAX_KERNEL, MAX_STRIDE, MAX_KERNEL - 1)));
		assert!(ok(convolution(1, 1, 1, 0)));
		assert_eq!(
			refused(input, &[convolution(1, 3, 1, 3), logits(1)]),
			E::Padding { layer: 0, padding: 3, kernel: 3 }
		);
		let narrow = image(1, 8, 4);
		assert_eq!(
			refused(narrow, &[convolution(1, 5, 1, 0), logits(1)]),
			E::KernelDoesNotFit { layer: 0, kernel: 5, padding: 0, extent: narrow }
		);
		assert!(Architecture::new(narrow, vec![convolution(1, 5, 1, 1), logits(1)]).is_ok());
	}

	#[test]
	fn windows_are_bounded_and_must_divide() {
		let input = image(1, 72, 72);
		for window in [0, 1, MAX_WINDOW + 1] {
			assert_eq!(refused(input, &[pool(window), logits(1)]), E::Window { layer: 0, window });
		}
		for window in [MIN_WINDOW, MAX_WINDOW] {
			assert!(Architecture::new(input, vec![pool(window), logits(1)]).is_ok());
		}
		for extent in [image(1, 8, 9), image(1, 9, 8)] {
			assert_eq!(
				refused(extent, &[pool(2), logits(1)]),
				E::WindowDoesNotDivide { layer: 0, window: 2, extent }
			);
		}
	}

	#[test]
	fn exactly_the_last_layer_gives_logits() {
		let input = image(1, 8, 8);
		for last in [dense(1), convolution(1, 3, 1, 1), pool(2)] {
			assert_eq!(refused(input, &[last]), E::NoLogits);
		}
		assert_eq!(refused(input, &[logits(4), logits(4)]), E::NotRequantised { layer: 0 });
		assert!(Architecture::new(input, vec![logits(256)]).is_ok());
		assert_eq!(refused(input, &[logits(257)]), E::LogitCount(257));
	}

	#[test]
	fn shifts_are_bounded() {
		let input = Extent::vector(2);
		let with = |shift| {
			let requantise = Some(Requantise { shift, rectify: false });
			vec![dense(2), Layer::Dense { outputs: 2, requantise }, logits(2)]
		};
		assert!(Architecture::new(input, with(0)).is_ok());
		assert!(Architecture::new(input, with(MAX_SHIFT)).is_ok());
		assert_eq!(
			refused(input, &with(MAX_SHIFT + 1)),
			E::Shift { layer: 1, shift: MAX_SHIFT + 1 }
		);
	}

	#[test]
	fn the_weights_of_a_sum_are_bounded() {
		// 1,337 channels under a kernel of 49 are 65,513 weights, and one more is too many.
		let image = |channels| Extent { channels, rows: 3, columns: 3 };
		let layer = |layer| convolution(1, layer, 1, 2);
		let small = Extent { rows: 7, columns: 7, ..image(334) };
		assert!(Placed::new(0, layer(7), small).is_ok());
		for (channels, ends) in [(1337, true), (1338, false)] {
			let placed = Placed::new(0, convolution(1, 7, 1, 2), image(channels));
			match ends {
				true => assert_eq!(placed.unwrap().sum_bits(), 32),
				false => assert_eq!(
					placed.unwrap_err(),
					E::FanIn { layer: 0, fan_in: 49 * usize::from(channels) }
				),
			}
		}
	}

	#[test]
	fn a_sum_has_the_bits_that_its_weights_and_bias_can_fill() {
		let bits =
			|fan_in: u16| Placed::new(0, logits(1), Extent::vector(fan_in)).unwrap().sum_bits();
		for (fan_in, expected) in [
			(1, 25),
			(512, 25),
			(513, 26),
			(1536, 26),
			(1537, 27),
			(3584, 27),
			(3585, 28),
			(16384, 30),
		] {
			assert_eq!(bits(fan_in), expected, "{fan_in}");
			// The least number of bits that has both ends, or one that 2^23 in place of the bias's
			// 2^23 - 1 makes no difference to.
			let (most, least) = (
				i64::from(fan_in) * (1 << 14) + i64::from(MAX_BIAS),
				i64::from(MIN_BIAS) - i64::from(fan_in) * 127 * 128,
			);
			let end = 1i64 << (expected - 1);
			assert!(-end <= least && most < end && most >= end / 2, "{fan_in}");
		}
	}

	#[test]
	fn the_weights_of_all_layers_are_bounded() {
		let input = Extent::vector(512);
		// 512 * 511 + 511 + 1 = 2^18 exactly.
		assert!(Architecture::new(input, vec![dense(511), dense(1), logits(1)]).is_ok());
		assert_eq!(
			refused(input, &[dense(511), dense(1), dense(1), logits(1)]),
			E::WeightCount { layer: 3, weights: MAX_WEIGHTS + 1 }
		);
		assert_eq!(
			refused(Extent::vector(1 << 14), &[dense(1 << 14), logits(1)]),
			E::WeightCount { layer: 0, weights: 1 << 28 }
		);
	}
}
