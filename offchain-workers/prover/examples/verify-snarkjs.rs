//! Verifies files of snarkjs with the chain's verifier: `verify-snarkjs DIR`.
//!
//! DIR holds `verification_key.json`, `proof.json` and `public.json`. The key must pass the checks
//! that a registration makes.

use anyhow::Context;
use quittance_prover::snarkjs;
use std::{fs, path::PathBuf};

fn main() -> anyhow::Result<()> {
	let folder = std::env::args_os().nth(1).map(PathBuf::from);
	let folder = folder.context("usage: verify-snarkjs DIR")?;
	let read = |file: &str| {
		let path = folder.join(file);
		fs::read_to_string(&path).with_context(|| path.display().to_string())
	};
	let key = snarkjs::key_from_json(&read("verification_key.json")?)?;
	key.lint()?;
	let proof = snarkjs::proof_from_json(&read("proof.json")?)?;
	let publics = snarkjs::publics_from_json(&read("public.json")?, key.inputs())?;
	key.verify(&proof, &publics)?;
	println!("valid, {} public signals", publics.len());
	Ok(())
}
