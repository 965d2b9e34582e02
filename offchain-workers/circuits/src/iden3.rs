//! The binary files of the iden3 tools: `.r1cs` and `.wtns`.
//!
//! With them snarkjs sets up and proves the very circuit that we do. Formats:
//! <https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md> and the writer in
//! `snarkjs/src/wtns_utils.js`. All integers are little-endian.

use crate::{number::Linear, Assignment, Shape};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

/// Bytes of a field element.
const FIELD_BYTES: u32 = 32;

/// The `.r1cs` file of a circuit, version 1. All public signals are inputs; wires have the order of
/// the circuit, and the label of a wire is its number.
pub fn r1cs(shape: &Shape) -> Vec<u8> {
	let mut header = field_header();
	put_count(&mut header, shape.wires());
	// Public outputs, public inputs, private inputs: which private wires are inputs is of interest
	// to witness generators only.
	put_count(&mut header, 0);
	put_count(&mut header, shape.publics());
	put_count(&mut header, 0);
	header.extend((shape.wires() as u64).to_le_bytes());
	put_count(&mut header, shape.constraints());

	let mut constraints = Vec::new();
	for row in shape.rows() {
		for side in [&row.a, &row.b, &row.c] {
			put_linear(&mut constraints, side);
		}
	}
	let labels = (0..shape.wires() as u64).flat_map(u64::to_le_bytes).collect();
	file(b"r1cs", 1, [header, constraints, labels])
}

/// The `.wtns` file of an assignment, version 2. It holds the prover's secrets.
pub fn wtns(assignment: &Assignment) -> Vec<u8> {
	let mut header = field_header();
	put_count(&mut header, assignment.wires().len());
	let mut values = Vec::new();
	for value in assignment.wires() {
		put_field(&mut values, value);
	}
	file(b"wtns", 2, [header, values])
}

/// Magic, version, and the sections, numbered from 1, with their lengths.
fn file<const N: usize>(magic: &[u8; 4], version: u32, sections: [Vec<u8>; N]) -> Vec<u8> {
	let mut bytes = magic.to_vec();
	bytes.extend(version.to_le_bytes());
	put_count(&mut bytes, N);
	for (number, section) in (1u32..).zip(sections) {
		bytes.extend(number.to_le_bytes());
		bytes.extend((section.len() as u64).to_le_bytes());
		bytes.extend(section);
	}
	bytes
}

fn field_header() -> Vec<u8> {
	let mut bytes = FIELD_BYTES.to_le_bytes().to_vec();
	bytes.extend(Fr::MODULUS.to_bytes_le());
	bytes
}

fn put_linear(bytes: &mut Vec<u8>, linear: &Linear) {
	put_count(bytes, linear.terms().len());
	for (wire, coefficient) in linear.terms() {
		put_count(bytes, *wire);
		put_field(bytes, coefficient);
	}
}

fn put_field(bytes: &mut Vec<u8>, value: &Fr) {
	bytes.extend(value.into_bigint().to_bytes_le());
}

/// Counts have 32 bits in these formats. A circuit with more wires would need terabytes of memory
/// long before it came here.
fn put_count(bytes: &mut Vec<u8>, count: usize) {
	bytes.extend(u32::try_from(count).expect("fewer than 2^32 wires").to_le_bytes());
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Builder, Recorder};

	#[test]
	fn the_files_of_a_small_circuit_byte_by_byte() {
		let mut recorder = Recorder::default();
		let public = recorder.public(Fr::from(6u8));
		let a = recorder.hint("a", Fr::from(2u8));
		recorder.enforce(|| [a.clone(), a.plus(Fr::from(1u8)), public]);
		let values = recorder.values().to_vec();
		let bytes = r1cs(&recorder.finish());
		let prime = Fr::MODULUS.to_bytes_le();
		let field = |value: u8| [&[value][..], &[0; 31]].concat();
		let expected = [
			&b"r1cs\x01\0\0\0\x03\0\0\0"[..],
			b"\x01\0\0\0\x40\0\0\0\0\0\0\0\x20\0\0\0",
			&prime,
			b"\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\0",
			b"\x02\0\0\0\x9c\0\0\0\0\0\0\0",
			b"\x01\0\0\0\x02\0\0\0",
			&field(1),
			b"\x02\0\0\0\0\0\0\0",
			&field(1),
			b"\x02\0\0\0",
			&field(1),
			b"\x01\0\0\0\x01\0\0\0",
			&field(1),
			b"\x03\0\0\0\x18\0\0\0\0\0\0\0",
			b"\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0",
		]
		.concat();
		assert_eq!(bytes, expected);
		let bytes = wtns(&Assignment::new(values, 1));
		let expected = [
			&b"wtns\x02\0\0\0\x02\0\0\0"[..],
			b"\x01\0\0\0\x28\0\0\0\0\0\0\0\x20\0\0\0",
			&prime,
			b"\x03\0\0\0\x02\0\0\0\x60\0\0\0\0\0\0\0",
			&field(1),
			&field(6),
			&field(2),
		]
		.concat();
		assert_eq!(bytes, expected);
	}
}
