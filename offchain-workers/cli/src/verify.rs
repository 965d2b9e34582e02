//! `quittance verify`: a snarkjs proof before the verifier the chain runs.

use crate::{
	console::{Console, Report},
	failure::{Failure, REFUSED, SUCCESS},
	snarkjs,
};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Verify a Groth16 proof over BN254 with the very verifier the chain runs.
///
/// Exit code 0 and `valid`; 1 and the named reason; 2 and what is malformed and where.
#[derive(Args, Debug)]
pub struct Verify {
	/// Verifying key, snarkjs JSON.
	#[arg(long, value_name = "FILE")]
	vk: PathBuf,
	/// Proof, snarkjs JSON.
	#[arg(long, value_name = "FILE")]
	proof: PathBuf,
	/// Public signals, snarkjs JSON.
	#[arg(long, value_name = "FILE")]
	public: PathBuf,
}

#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Verdict {
	Valid,
	Invalid { reason: String, detail: String },
}

impl Report for Verdict {
	fn text(&self) -> String {
		match self {
			Self::Valid => "valid".into(),
			Self::Invalid { reason, detail } => format!("invalid: {reason}: {detail}"),
		}
	}
}

impl Verify {
	/// Runs the command.
	pub fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = snarkjs::read_key(&self.vk)?;
		let proof = snarkjs::read_proof(&self.proof)?;
		let inputs = snarkjs::read_public(&self.public)?;
		match quittance_groth16::verify(&key, &proof, &inputs) {
			Ok(()) => {
				console.report(&Verdict::Valid);
				Ok(SUCCESS)
			},
			Err(error) => {
				let (reason, detail) = (format!("{error:?}"), error.to_string());
				console.report(&Verdict::Invalid { reason, detail });
				Ok(REFUSED)
			},
		}
	}
}
