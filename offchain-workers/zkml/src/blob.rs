//! The input and the output of a job, as stored and digested.

use codec::{Compact, Decode};
use quittance_circuits::architecture::{MAX_LOGITS, MAX_VALUES};
use quittance_types::{
	blake2_256, decode_input, MalformedInput, INPUT_TAG, INPUT_VERSION, MAX_INPUT_ITEMS,
};

use crate::{
	encoding::{seal, unsealed, within, Digest, EncodingError},
	forward::Classification,
};

/// Most items of one job.
pub const MAX_ITEMS: usize = MAX_INPUT_ITEMS as usize;

const OUTPUT_TAG: &[u8] = b"quittance.output";

/// Version of [`OutputBlob`]'s encoding.
const OUTPUT_VERSION: u8 = 2;

/// Why fields or bytes are not a valid blob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlob {
	/// The bytes are not the encoding of this kind of blob.
	#[error(transparent)]
	Encoding(#[from] EncodingError),
	/// No item, or more than [`MAX_ITEMS`].
	#[error("{0} items, not 1 to {MAX_ITEMS}")]
	ItemCount(usize),
	/// Items of no values, or of more than any network takes.
	#[error("items of {0} values, not 1 to {MAX_VALUES}")]
	ItemValues(usize),
	/// An item is not as long as the first.
	#[error("item {item} has {found} values, but the first has {expected}")]
	UnequalItems {
		/// Place of the item.
		item: usize,
		/// Values of the first.
		expected: usize,
		/// Its values.
		found: usize,
	},
	/// The price of all items does not fit 64 bits, the limit of the receipt circuit.
	#[error("{items} items at {unit_price} each exceed 64 bits")]
	AmountOverflow {
		/// Number of items.
		items: usize,
		/// Price of one.
		unit_price: u64,
	},
	/// The bytes of the results are not so many labels with their logits.
	#[error("{bytes} bytes, which are not {items} labels with 1 to {MAX_LOGITS} logits each")]
	ResultBytes {
		/// Number of results.
		items: usize,
		/// Bytes of all of them.
		bytes: usize,
	},
	/// Results without logits, or with more than any network gives.
	#[error("results of {0} logits, not 1 to {MAX_LOGITS}")]
	Logits(usize),
	/// A result has not as many logits as the first.
	#[error("item {item} has {found} logits, but the first has {expected}")]
	UnequalResults {
		/// Place of the item.
		item: usize,
		/// Logits of the first.
		expected: usize,
		/// Its logits.
		found: usize,
	},
	/// A label is not the place of a logit.
	#[error("item {item}: label {label}, not below the {logits} logits")]
	LabelOutOfRange {
		/// Place of the item.
		item: usize,
		/// Its label.
		label: u8,
		/// Its logits.
		logits: usize,
	},
}

/// What the chain would see of an input, too, in this crate's words.
impl From<MalformedInput> for InvalidBlob {
	fn from(error: MalformedInput) -> Self {
		match error {
			MalformedInput::WrongTag => EncodingError::WrongTag.into(),
			MalformedInput::UnsupportedVersion(version) => {
				EncodingError::UnsupportedVersion(version).into()
			},
			MalformedInput::Truncated => EncodingError::Malformed.into(),
			MalformedInput::TrailingBytes(bytes) => {
				EncodingError::TrailingBytes(usize::try_from(bytes).unwrap_or(usize::MAX)).into()
			},
			MalformedInput::ItemCount(count) => Self::ItemCount(count as usize),
			MalformedInput::AmountTooLarge { count, unit_price } => {
				Self::AmountOverflow { items: count as usize, unit_price }
			},
		}
	}
}

/// What a requester asks: a network, a price for each item, the items.
///
/// The random salt is inside what the digest covers, so that nobody who sees the digest on the
/// chain can find the items by trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputBlob {
	salt: [u8; 32],
	weights: Digest,
	unit_price: u64,
	items: Vec<Vec<i8>>,
}

impl InputBlob {
	/// Length of the longest encoding with items of so many values: tag, version, salt, weights, price, count,
	/// items.
	pub const fn max_bytes(values: usize) -> usize {
		HEAD_BYTES.saturating_add(MAX_ITEMS.saturating_mul(values))
	}

	/// A request for `items` under the network whose
	/// [`weights_digest`](crate::Network::weights_digest) is `weights`. `salt` must be 32 fresh random
	/// bytes; `unit_price` is in the chain's smallest unit for one item.
	///
	/// # Errors
	///
	/// [`InvalidBlob::ItemCount`], [`InvalidBlob::ItemValues`], [`InvalidBlob::UnequalItems`] and
	/// [`InvalidBlob::AmountOverflow`].
	pub fn new(
		salt: [u8; 32],
		weights: Digest,
		unit_price: u64,
		items: Vec<Vec<i8>>,
	) -> Result<Self, InvalidBlob> {
		item_count(items.len())?;
		let expected = items.first().map_or(0, Vec::len);
		item_values(expected)?;
		for (item, found) in items.iter().map(Vec::len).enumerate() {
			if found != expected {
				return Err(InvalidBlob::UnequalItems { item, expected, found });
			}
		}
		if unit_price.checked_mul(units(items.len())).is_none() {
			return Err(InvalidBlob::AmountOverflow { items: items.len(), unit_price });
		}
		Ok(Self { salt, weights, unit_price, items })
	}

	/// The request encoded in exactly these bytes, with items of so many values.
	///
	/// # Errors
	///
	/// [`InvalidBlob::ItemValues`], [`InvalidBlob::Encoding`], [`InvalidBlob::ItemCount`] and
	/// [`InvalidBlob::AmountOverflow`].
	pub fn decode(bytes: &[u8], values: usize) -> Result<Self, InvalidBlob> {
		item_values(values)?;
		within(bytes, Self::max_bytes(values))?;
		let input = decode_input(bytes, values as u64)?;
		let item = |bytes: &[u8]| bytes.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
		let items = input.items.chunks_exact(values).map(item).collect();
		Self::new(input.salt, input.weights, input.unit_price, items)
	}

	/// The bytes to store: `quittance.input`, the version byte, SCALE of salt, weights, price and number of
	/// items, then the items' values.
	pub fn encode(&self) -> Vec<u8> {
		let head = (self.salt, self.weights, self.unit_price, count(self.items.len()));
		let mut bytes = seal(INPUT_TAG, INPUT_VERSION, &head);
		bytes.extend(self.items.iter().flatten().flat_map(|value| value.to_le_bytes()));
		bytes
	}

	/// BLAKE2b-256 of [`InputBlob::encode`]: the job's input on the chain, its name in a store.
	pub fn digest(&self) -> Digest {
		blake2_256(&self.encode())
	}

	/// The requester's random bytes.
	pub fn salt(&self) -> &[u8; 32] {
		&self.salt
	}

	/// The weights digest of the network asked for.
	pub fn weights(&self) -> &Digest {
		&self.weights
	}

	/// Price of one item, in the chain's smallest unit.
	pub fn unit_price(&self) -> u64 {
		self.unit_price
	}

	/// The items, 1 to [`MAX_ITEMS`], all of the same length.
	pub fn items(&self) -> &[Vec<i8>] {
		&self.items
	}

	/// Values of each item.
	pub fn item_values(&self) -> usize {
		self.items.first().map_or(0, Vec::len)
	}

	/// Number of items, the units that a receipt meters.
	pub fn units(&self) -> u64 {
		units(self.items.len())
	}

	/// Price of all items. Construction has refused a product above 64 bits.
	pub fn amount(&self) -> u64 {
		self.unit_price.saturating_mul(self.units())
	}
}

/// Tag, version, salt, weights, price and the longest count of an input.
const HEAD_BYTES: usize = INPUT_TAG.len() + 1 + 32 + 32 + 8 + 2;

/// What a miner claims: a label and logits for each item of an input.
///
/// The salt is the miner's. An issuer cannot derive it and need not: it takes the salt as it
/// stands in the blob, compares everything else, and signs the digest, which covers both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputBlob {
	salt: [u8; 32],
	input: Digest,
	results: Vec<Classification>,
}

impl OutputBlob {
	/// Length of the longest encoding: tag, version, salt, input, count, then each result's label and logits.
	pub const MAX_BYTES: usize =
		OUTPUT_TAG.len() + 1 + 32 + 32 + 2 + MAX_ITEMS * (1 + 4 * MAX_LOGITS);

	/// A claim about the input with digest `input`. `salt` must be 32 fresh random bytes.
	///
	/// Whether label and logits agree is for [`check`](crate::check) to say: a wrong claim can be
	/// stored and shown.
	///
	/// # Errors
	///
	/// [`InvalidBlob::ItemCount`], [`InvalidBlob::Logits`], [`InvalidBlob::UnequalResults`] and
	/// [`InvalidBlob::LabelOutOfRange`].
	pub fn new(
		salt: [u8; 32],
		input: Digest,
		results: Vec<Classification>,
	) -> Result<Self, InvalidBlob> {
		item_count(results.len())?;
		let expected = results.first().map_or(0, |result| result.logits.len());
		if !(1..=MAX_LOGITS).contains(&expected) {
			return Err(InvalidBlob::Logits(expected));
		}
		for (item, Classification { label, logits }) in results.iter().enumerate() {
			if logits.len() != expected {
				return Err(InvalidBlob::UnequalResults { item, expected, found: logits.len() });
			}
			if usize::from(*label) >= expected {
				return Err(InvalidBlob::LabelOutOfRange { item, label: *label, logits: expected });
			}
		}
		Ok(Self { salt, input, results })
	}

	/// The claim encoded in exactly these bytes. How many logits a result has, its length says.
	///
	/// # Errors
	///
	/// [`InvalidBlob::Encoding`], [`InvalidBlob::ItemCount`], [`InvalidBlob::ResultBytes`] and
	/// [`InvalidBlob::LabelOutOfRange`].
	pub fn decode(bytes: &[u8]) -> Result<Self, InvalidBlob> {
		let mut rest = unsealed(bytes, OUTPUT_TAG, OUTPUT_VERSION, Self::MAX_BYTES)?;
		let (salt, input, Compact(items)): ([u8; 32], Digest, Compact<u32>) =
			Decode::decode(&mut rest).map_err(|_| EncodingError::Malformed)?;
		let items = usize::try_from(items).unwrap_or(usize::MAX);
		item_count(items)?;
		let uneven = InvalidBlob::ResultBytes { items, bytes: rest.len() };
		let length = rest.len().checked_div(items).unwrap_or_default();
		let logits = length.saturating_sub(1) / 4;
		if result_bytes(logits).checked_mul(items) != Some(rest.len())
			|| !(1..=MAX_LOGITS).contains(&logits)
		{
			return Err(uneven);
		}
		let result = |bytes: &[u8]| {
			let (label, logits) = bytes.split_first()?;
			let logits = logits.chunks_exact(4).filter_map(|logit| logit.try_into().ok());
			Some(Classification { label: *label, logits: logits.map(i32::from_le_bytes).collect() })
		};
		Self::new(salt, input, rest.chunks_exact(length).filter_map(result).collect())
	}

	/// The claim that a network's `results` make; one for each item of a valid input, in order.
	pub(crate) fn of_results(salt: [u8; 32], input: Digest, results: Vec<Classification>) -> Self {
		Self { salt, input, results }
	}

	/// The bytes to store: `quittance.output`, the version byte, SCALE of salt, input digest and number of
	/// results, then [`OutputBlob::result_bytes`].
	pub fn encode(&self) -> Vec<u8> {
		let head = (self.salt, self.input, count(self.results.len()));
		let mut bytes = seal(OUTPUT_TAG, OUTPUT_VERSION, &head);
		bytes.extend(self.result_bytes());
		bytes
	}

	/// The results as the commitment to an output has them: for each item the label, one byte, and the logits,
	/// four bytes each, little-endian.
	pub fn result_bytes(&self) -> Vec<u8> {
		let logits = self.results.first().map_or(0, |result| result.logits.len());
		let length = result_bytes(logits).saturating_mul(self.results.len());
		let mut bytes = Vec::with_capacity(length);
		for Classification { label, logits } in &self.results {
			bytes.push(*label);
			bytes.extend(logits.iter().flat_map(|logit| logit.to_le_bytes()));
		}
		bytes
	}

	/// BLAKE2b-256 of [`OutputBlob::encode`]: the output that a receipt names.
	pub fn digest(&self) -> Digest {
		blake2_256(&self.encode())
	}

	/// The miner's random bytes.
	pub fn salt(&self) -> &[u8; 32] {
		&self.salt
	}

	/// Digest of the input this answers.
	pub fn input(&self) -> &Digest {
		&self.input
	}

	/// The claim for each item, in order.
	pub fn results(&self) -> &[Classification] {
		&self.results
	}

	/// The claimed labels.
	pub fn labels(&self) -> Vec<u8> {
		self.results.iter().map(|result| result.label).collect()
	}
}

/// Bytes of a result with so many logits.
fn result_bytes(logits: usize) -> usize {
	logits.saturating_mul(4).saturating_add(1)
}

fn item_count(count: usize) -> Result<(), InvalidBlob> {
	if (1..=MAX_ITEMS).contains(&count) {
		Ok(())
	} else {
		Err(InvalidBlob::ItemCount(count))
	}
}

fn item_values(values: usize) -> Result<(), InvalidBlob> {
	if (1..=MAX_VALUES).contains(&values) {
		Ok(())
	} else {
		Err(InvalidBlob::ItemValues(values))
	}
}

/// A valid number of items as blobs have it.
fn count(items: usize) -> Compact<u32> {
	Compact(u32::try_from(items).unwrap_or(u32::MAX))
}

fn units(items: usize) -> u64 {
	u64::try_from(items).unwrap_or(u64::MAX)
}
