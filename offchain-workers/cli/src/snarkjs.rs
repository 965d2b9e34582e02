//! snarkjs' JSON files as the wire formats of the chain's verifier.
//!
//! Only the notation is judged here. Whether a number is below its modulus, a point on its curve
//! and a key sound is the verifier's to say, so that a file gets the verdict its content would get
//! on chain.

use crate::{
	document::{Document, Node},
	failure::{Failure, Fault},
};
use quittance_groth16::{G1_BYTES, G2_BYTES};
use std::path::Path;

/// Reads a verifying key in the verifier's wire format.
pub fn read_key(file: &Path) -> Result<Vec<u8>, Failure> {
	let document = Document::read(file)?;
	let root = document.root();
	check_system(&root)?;
	let mut key = Vec::from(g1(&root.field("vk_alpha_1")?)?);
	for name in ["vk_beta_2", "vk_gamma_2", "vk_delta_2"] {
		key.extend(g2(&root.field(name)?)?);
	}
	let ic = root.field("IC")?.items()?;
	for point in &ic {
		key.extend(g1(point)?);
	}
	let count = root.field("nPublic")?;
	if count.integer::<usize>()?.checked_add(1) != Some(ic.len()) {
		let detail = format!("not one less than the {} points of $.IC", ic.len());
		return Err(count.fail(Fault::Contradiction, detail));
	}
	Ok(key)
}

/// Reads a proof in the verifier's wire format.
pub fn read_proof(file: &Path) -> Result<Vec<u8>, Failure> {
	let document = Document::read(file)?;
	let root = document.root();
	check_system(&root)?;
	let mut proof = Vec::from(g1(&root.field("pi_a")?)?);
	proof.extend(g2(&root.field("pi_b")?)?);
	proof.extend(g1(&root.field("pi_c")?)?);
	Ok(proof)
}

/// Reads public signals in the verifier's wire format.
pub fn read_public(file: &Path) -> Result<Vec<u8>, Failure> {
	let document = Document::read(file)?;
	let mut inputs = Vec::new();
	for signal in document.root().items()? {
		inputs.extend(signal.decimal_256()?);
	}
	Ok(inputs)
}

fn check_system(root: &Node<'_>) -> Result<(), Failure> {
	root.field("protocol")?.one_of(&[("groth16", ())])?;
	root.field("curve")?.one_of(&[("bn128", ()), ("bn254", ())])
}

/// `[x, y, z]`, where `z` is "1", or "0" for the point at infinity, which the verifier's format
/// writes, and the verifier refuses, as zeros.
fn g1(node: &Node<'_>) -> Result<[u8; G1_BYTES], Failure> {
	let [x, y, z] = node.exactly()?;
	let coordinates = [x.decimal_256()?, y.decimal_256()?];
	let mut bytes = [0; G1_BYTES];
	if is_finite(&z, z.decimal_256()?, [0; 32])? {
		bytes.copy_from_slice(coordinates.as_flattened());
	}
	Ok(bytes)
}

/// `[[x0, x1], [y0, y1], [z0, z1]]`, likewise.
fn g2(node: &Node<'_>) -> Result<[u8; G2_BYTES], Failure> {
	let [x, y, z] = node.exactly()?;
	let [x0, x1] = x.exactly()?;
	let [y0, y1] = y.exactly()?;
	let [z0, z1] = z.exactly()?;
	let coordinates = [x0.decimal_256()?, x1.decimal_256()?, y0.decimal_256()?, y1.decimal_256()?];
	let mut bytes = [0; G2_BYTES];
	if is_finite(&z, z0.decimal_256()?, z1.decimal_256()?)? {
		bytes.copy_from_slice(coordinates.as_flattened());
	}
	Ok(bytes)
}

fn is_finite(node: &Node<'_>, z0: [u8; 32], z1: [u8; 32]) -> Result<bool, Failure> {
	let mut one = [0; 32];
	one[0] = 1;
	if z1 == [0; 32] && (z0 == one || z0 == [0; 32]) {
		Ok(z0 == one)
	} else {
		Err(node.fail(Fault::NotAffine, "neither 1 nor 0: points are written with z = 1"))
	}
}
