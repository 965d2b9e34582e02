//! Commitments to the weights, the inputs and the outputs of a network, outside a circuit.
//!
//! Bytes are packed 31 to a field element, little-endian, the last element padded with zeros. A chain
//! hashes the elements: its state begins as a head, and each step is
//!
//! ```text
//! state = Poseidon(state, e_1, .., e_15)
//! ```
//!
//! with zeros in the place of elements that the last step lacks. The head is a Poseidon hash with a tag
//! of its own for each of the three uses, and it has the number of bytes in it, so that zeros as bytes
//! and zeros as padding are told apart. A step has the 16 inputs that circomlib's Poseidon has at most.
//!
//! | commitment | tag | the rest of the head | bytes |
//! |---|---|---|---|
//! | weights | `quittance.weights.v1` | limbs of the architecture's hash, bytes | the tensor |
//! | input | `quittance.inference-input.v1` | items, bytes, limbs of the salt | the items' values |
//! | output | `quittance.inference-output.v1` | items, bytes, limbs of the salt | for each item the label, then each logit in 4 bytes |

use crate::architecture::Architecture;
use ark_bn254::Fr;
use ark_ff::PrimeField;
use quittance_poseidon::{hash, tag};
use quittance_types::{limbs, MAX_INPUT_ITEMS};

/// Bytes in a field element: 31 bytes are always below the field's order.
pub const BYTES_PER_ELEMENT: usize = 31;
/// Elements that a step of the chain takes in beside its state.
pub const ELEMENTS_PER_STEP: usize = 15;
/// Most items of one input.
pub const MAX_ITEMS: usize = MAX_INPUT_ITEMS as usize;

/// First input of the head of a commitment to weights.
pub const WEIGHTS_TAG: Fr = tag("quittance.weights.v1");
/// First input of the head of a commitment to inputs.
pub const INPUT_TAG: Fr = tag("quittance.inference-input.v1");
/// First input of the head of a commitment to outputs.
pub const OUTPUT_TAG: Fr = tag("quittance.inference-output.v1");

/// Why there is no commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitmentError {
	/// The tensor has not the bytes that the architecture says.
	#[error("{found} bytes of weights and biases, but the architecture has {expected}")]
	TensorBytes {
		/// Bytes by the architecture.
		expected: usize,
		/// Bytes given.
		found: usize,
	},
	/// No item, or more than [`MAX_ITEMS`].
	#[error("{0} items, not 1 to {MAX_ITEMS}")]
	ItemCount(usize),
	/// An item has not the values that the architecture takes in.
	#[error("item {item} has {found} values, but the architecture takes {expected}")]
	ItemValues {
		/// Place of the item.
		item: usize,
		/// Values by the architecture.
		expected: usize,
		/// Values given.
		found: usize,
	},
	/// An item has not the logits that the architecture gives.
	#[error("item {item} has {found} logits, but the architecture gives {expected}")]
	ItemLogits {
		/// Place of the item.
		item: usize,
		/// Logits by the architecture.
		expected: usize,
		/// Logits given.
		found: usize,
	},
}

/// The field elements that `bytes` are packed into; none for no bytes.
pub fn pack(bytes: &[u8]) -> Vec<Fr> {
	bytes.chunks(BYTES_PER_ELEMENT).map(Fr::from_le_bytes_mod_order).collect()
}

/// The last state of the chain that begins with `head` and takes in `elements`.
pub fn chain(head: Fr, elements: &[Fr]) -> Fr {
	elements.chunks(ELEMENTS_PER_STEP).fold(head, |state, step| {
		let mut inputs = [Fr::from(0u8); ELEMENTS_PER_STEP + 1];
		inputs[0] = state;
		inputs[1..=step.len()].copy_from_slice(step);
		hash(&inputs)
	})
}

/// The head of a commitment to `bytes` bytes of weights and biases of the architecture with this hash.
pub fn weights_head(architecture_hash: &[u8; 32], bytes: usize) -> Fr {
	let [low, high] = limbs(architecture_hash);
	hash(&[WEIGHTS_TAG, low, high, Fr::from(bytes as u64)])
}

/// The head of a commitment to `items` inputs of `bytes` bytes in all.
pub fn input_head(items: usize, bytes: usize, salt: &[u8; 32]) -> Fr {
	salted_head(INPUT_TAG, items, bytes, salt)
}

/// The head of a commitment to `items` outputs of `bytes` bytes in all.
pub fn output_head(items: usize, bytes: usize, salt: &[u8; 32]) -> Fr {
	salted_head(OUTPUT_TAG, items, bytes, salt)
}

fn salted_head(tag: Fr, items: usize, bytes: usize, salt: &[u8; 32]) -> Fr {
	let [low, high] = limbs(salt);
	hash(&[tag, Fr::from(items as u64), Fr::from(bytes as u64), low, high])
}

/// The commitment to weights and biases. `tensor` is laid out as [`Architecture::tensor_bytes`] says.
///
/// It has no salt: whoever knows the weights can recognise it.
///
/// # Errors
///
/// [`CommitmentError::TensorBytes`].
pub fn weights_commitment(
	architecture: &Architecture,
	tensor: &[u8],
) -> Result<Fr, CommitmentError> {
	let expected = architecture.tensor_bytes();
	if tensor.len() != expected {
		return Err(CommitmentError::TensorBytes { expected, found: tensor.len() });
	}
	Ok(chain(weights_head(&architecture.hash(), tensor.len()), &pack(tensor)))
}

/// The commitment to the inputs of a network, each in channel, row, column order.
///
/// # Errors
///
/// [`CommitmentError::ItemCount`] and [`CommitmentError::ItemValues`].
pub fn input_commitment<I: AsRef<[i8]>>(
	architecture: &Architecture,
	items: &[I],
	salt: &[u8; 32],
) -> Result<Fr, CommitmentError> {
	item_count(items.len())?;
	let expected = architecture.input().values();
	let mut bytes = Vec::with_capacity(items.len() * expected);
	for (item, values) in items.iter().map(AsRef::as_ref).enumerate() {
		if values.len() != expected {
			return Err(CommitmentError::ItemValues { item, expected, found: values.len() });
		}
		bytes.extend(values.iter().map(|value| value.to_le_bytes()[0]));
	}
	Ok(chain(input_head(items.len(), bytes.len(), salt), &pack(&bytes)))
}

/// The commitment to labels and logits, one pair for each item.
///
/// Whether a label is that of its logits is not looked at: a wrong claim has a commitment, too.
///
/// # Errors
///
/// [`CommitmentError::ItemCount`] and [`CommitmentError::ItemLogits`].
pub fn output_commitment<L: AsRef<[i32]>>(
	architecture: &Architecture,
	items: &[(u8, L)],
	salt: &[u8; 32],
) -> Result<Fr, CommitmentError> {
	item_count(items.len())?;
	let expected = architecture.logits();
	let mut bytes = Vec::with_capacity(items.len() * (1 + 4 * expected));
	for (item, (label, logits)) in items.iter().enumerate() {
		let logits = logits.as_ref();
		if logits.len() != expected {
			return Err(CommitmentError::ItemLogits { item, expected, found: logits.len() });
		}
		bytes.push(*label);
		bytes.extend(logits.iter().flat_map(|logit| logit.to_le_bytes()));
	}
	Ok(chain(output_head(items.len(), bytes.len(), salt), &pack(&bytes)))
}

fn item_count(count: usize) -> Result<(), CommitmentError> {
	match count {
		1..=MAX_ITEMS => Ok(()),
		_ => Err(CommitmentError::ItemCount(count)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::architecture::{Extent, Layer};
	use ark_ff::{BigInteger, Zero};

	fn architecture() -> Architecture {
		let layers = vec![Layer::Dense { outputs: 2, requantise: None }];
		Architecture::new(Extent::vector(3), layers).unwrap()
	}

	#[test]
	fn packing_is_little_endian_and_padded_with_zeros() {
		assert_eq!(pack(&[]), []);
		assert_eq!(pack(&[1, 2]), [Fr::from(0x201u64)]);
		let bytes: Vec<u8> = (1..=63).collect();
		let elements = pack(&bytes);
		assert_eq!(elements.len(), 3);
		let mut again: Vec<u8> = elements
			.iter()
			.flat_map(|element| element.into_bigint().to_bytes_le()[..31].to_vec())
			.collect();
		assert!(again.drain(63..).all(|byte| byte == 0));
		assert_eq!(again, bytes);
		// The largest element is not reduced: no other bytes pack into it.
		let largest = pack(&[0xff; 31]);
		assert_eq!(largest[0].into_bigint().to_bytes_le(), [vec![0xff; 31], vec![0]].concat());
	}

	#[test]
	fn a_step_takes_fifteen_elements_and_the_state() {
		let element = |number: u64| Fr::from(number);
		let elements: Vec<Fr> = (1..=16).map(element).collect();
		let head = element(99);
		assert_eq!(chain(head, &[]), head);
		let mut first = [Fr::zero(); 16];
		first[0] = head;
		first[1..].copy_from_slice(&elements[..15]);
		assert_eq!(chain(head, &elements[..15]), hash(&first));
		let mut second = [Fr::zero(); 16];
		second[0] = hash(&first);
		second[1] = elements[15];
		assert_eq!(chain(head, &elements), hash(&second));
	}

	#[test]
	fn heads_are_told_apart_by_use_number_and_salt() {
		let salt = [7; 32];
		let mut other = salt;
		other[31] = 8;
		let heads = [
			weights_head(&salt, 3),
			weights_head(&salt, 4),
			weights_head(&other, 3),
			input_head(1, 3, &salt),
			input_head(2, 3, &salt),
			input_head(1, 4, &salt),
			input_head(1, 3, &other),
			output_head(1, 3, &salt),
		];
		for (place, head) in heads.iter().enumerate() {
			assert!(!heads[..place].contains(head), "{place}");
		}
	}

	#[test]
	fn every_byte_of_a_tensor_counts_and_their_number_must_be_right() {
		let architecture = architecture();
		let tensor: Vec<u8> = (1..=12).collect();
		let commitment = weights_commitment(&architecture, &tensor).unwrap();
		for place in 0..tensor.len() {
			let mut changed = tensor.clone();
			changed[place] ^= 0x80;
			assert_ne!(weights_commitment(&architecture, &changed), Ok(commitment));
		}
		for found in [0, 11, 13] {
			assert_eq!(
				weights_commitment(&architecture, &vec![0; found]),
				Err(CommitmentError::TensorBytes { expected: 12, found })
			);
		}
	}

	#[test]
	fn inputs_of_a_wrong_number_or_length_have_no_commitment() {
		let (architecture, salt) = (architecture(), [1; 32]);
		let commit = |items: &[Vec<i8>]| input_commitment(&architecture, items, &salt);
		assert_eq!(commit(&[]), Err(CommitmentError::ItemCount(0)));
		assert!(commit(&vec![vec![0; 3]; MAX_ITEMS]).is_ok());
		assert_eq!(
			commit(&vec![vec![0; 3]; MAX_ITEMS + 1]),
			Err(CommitmentError::ItemCount(MAX_ITEMS + 1))
		);
		for found in [2, 4] {
			assert_eq!(
				commit(&[vec![0; 3], vec![0; found]]),
				Err(CommitmentError::ItemValues { item: 1, expected: 3, found })
			);
		}
		// -1 is the byte 255, and the order of items counts.
		assert_eq!(
			commit(&[vec![-1, 0, 1]]),
			Ok(chain(input_head(1, 3, &salt), &[Fr::from(0x0100ffu64)]))
		);
		assert_ne!(commit(&[vec![1; 3], vec![2; 3]]), commit(&[vec![2; 3], vec![1; 3]]));
	}

	#[test]
	fn outputs_of_a_wrong_number_or_length_have_no_commitment() {
		let (architecture, salt) = (architecture(), [1; 32]);
		let commit = |items: &[(u8, Vec<i32>)]| output_commitment(&architecture, items, &salt);
		assert_eq!(commit(&[]), Err(CommitmentError::ItemCount(0)));
		assert!(commit(&vec![(0, vec![0; 2]); MAX_ITEMS]).is_ok());
		assert_eq!(
			commit(&vec![(0, vec![0; 2]); MAX_ITEMS + 1]),
			Err(CommitmentError::ItemCount(MAX_ITEMS + 1))
		);
		for found in [1, 3] {
			assert_eq!(
				commit(&[(0, vec![0; 2]), (0, vec![0; found])]),
				Err(CommitmentError::ItemLogits { item: 1, expected: 2, found })
			);
		}
		// Label 1, then 2 and -1 in four bytes each.
		let packed = [1, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
		assert_eq!(
			commit(&[(1, vec![2, -1])]),
			Ok(chain(output_head(1, 9, &salt), &pack(&packed)))
		);
	}
}
