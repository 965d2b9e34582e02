//! Writes a circuit with a true statement for snarkjs: `export-circuit CIRCUIT DIR [KEYS]`.
//!
//! CIRCUIT is `receipt`, `membership`, `bid-range`, or `inference` (64-64-64-64, one item, its label
//! public). DIR gets `circuit.r1cs` and `circuit.wtns`, from which snarkjs makes its own key and proof, and
//! in `ours/` our verification key, proof and public signals as JSON, which snarkjs verifies. KEYS is the
//! folder of our keys, DIR/keys where there is none.

#[path = "../tests/network/mod.rs"]
mod network;
#[path = "../tests/sealed/mod.rs"]
mod sealed;
mod statement;

use anyhow::{bail, Context};
use network::{hidden, logits};
use quittance_circuits::{
	architecture::Extent, basic_receipt, bid_range, iden3, inference, membership, Assignment, Shape,
};
use quittance_prover::{snarkjs, KeyStore};
use std::{fs, path::PathBuf};

const USAGE: &str = "usage: export-circuit receipt|membership|bid-range|inference DIR [KEYS]";

/// The circuit of that name, and a true statement.
fn circuit(name: &str) -> anyhow::Result<(&'static str, Shape, Assignment)> {
	Ok(match name {
		"receipt" => {
			let (public, witness) = statement::statement(1);
			let assignment = basic_receipt::assign(&public, &witness)?;
			(basic_receipt::NAME, basic_receipt::shape(), assignment)
		},
		"membership" => {
			let (public, witness) = sealed::member(3);
			let assignment = membership::assign(&public, &witness)?;
			(membership::NAME, membership::shape(), assignment)
		},
		"bid-range" => {
			let (public, witness) = sealed::bid(1_500);
			let assignment = bid_range::assign(&public, &witness)?;
			(bid_range::NAME, bid_range::shape(), assignment)
		},
		"inference" => {
			let layers = vec![hidden(64), hidden(64), logits(64)];
			let parameters = network::parameters(Extent::vector(64), layers);
			let (public, witness) = network::statement(&parameters, 1);
			let assignment = inference::assign(&parameters, &public, &witness)?;
			(inference::NAME, inference::shape(&parameters), assignment)
		},
		_ => bail!(USAGE),
	})
}

fn main() -> anyhow::Result<()> {
	let mut arguments = std::env::args_os().skip(1);
	let name = arguments.next().context(USAGE)?;
	let folder = arguments.next().map(PathBuf::from).context(USAGE)?;
	let keys = arguments.next().map_or_else(|| folder.join("keys"), PathBuf::from);
	fs::create_dir_all(folder.join("ours"))?;
	let write = |file: &str, bytes: &[u8]| {
		let path = folder.join(file);
		fs::write(&path, bytes).with_context(|| path.display().to_string())
	};

	let (name, shape, assignment) = circuit(name.to_str().context(USAGE)?)?;
	write("circuit.r1cs", &iden3::r1cs(&shape))?;
	write("circuit.wtns", &iden3::wtns(&assignment))?;

	let engine = KeyStore::new(keys).load_or_set_up(name, &shape)?;
	let proof = engine.prove(&assignment)?;
	let json = |value| serde_json::to_vec_pretty(&value);
	write("ours/verification_key.json", &json(snarkjs::key_to_json(engine.verifying_key()))?)?;
	write("ours/proof.json", &json(snarkjs::proof_to_json(&proof))?)?;
	write("ours/public.json", &json(snarkjs::publics_to_json(assignment.publics()))?)?;
	println!("{} constraints, {} wires", shape.constraints(), shape.wires());
	Ok(())
}
