//! Writes the basic receipt for snarkjs: `export-receipt DIR [KEYS]`.
//!
//! DIR gets `receipt.r1cs` and `receipt.wtns`, from which snarkjs makes its own key and proof, and in
//! `ours/` our verification key, proof and public signals as JSON, which snarkjs verifies. KEYS is
//! the folder of our keys, DIR/keys where there is none.

mod statement;

use anyhow::Context;
use quittance_circuits::{basic_receipt, iden3};
use quittance_prover::{snarkjs, KeyStore};
use std::{fs, path::PathBuf};

fn main() -> anyhow::Result<()> {
	let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
	let folder = arguments.next().context("usage: export-receipt DIR [KEYS]")?;
	let keys = arguments.next().unwrap_or_else(|| folder.join("keys"));
	fs::create_dir_all(folder.join("ours"))?;
	let write = |file: &str, bytes: &[u8]| {
		let path = folder.join(file);
		fs::write(&path, bytes).with_context(|| path.display().to_string())
	};

	let shape = basic_receipt::shape();
	let (public, witness) = statement::statement(1);
	let assignment = basic_receipt::assign(&public, &witness)?;
	write("receipt.r1cs", &iden3::r1cs(&shape))?;
	write("receipt.wtns", &iden3::wtns(&assignment))?;

	let engine = KeyStore::new(keys).load_or_set_up(basic_receipt::NAME, &shape)?;
	let proof = engine.prove(&assignment)?;
	let json = |value| serde_json::to_vec_pretty(&value);
	write("ours/verification_key.json", &json(snarkjs::key_to_json(engine.verifying_key()))?)?;
	write("ours/proof.json", &json(snarkjs::proof_to_json(&proof))?)?;
	write("ours/public.json", &json(snarkjs::publics_to_json(assignment.publics()))?)?;
	println!("{} constraints, {} wires", shape.constraints(), shape.wires());
	Ok(())
}
