//! Quantised networks on this machine: made of ONNX files, and what they are known by. No node is asked.

use crate::{
	console::{lines, Console, Report},
	document::{read_file, to_hex, Document},
	failure::{Failure, Fault, SUCCESS},
};
use clap::Args;
use quittance_circuits::inference::{Labels, Parameters, ParametersError};
use quittance_types::FieldBytes;
use quittance_zkml::{
	commit,
	onnx::{
		quantise, read_labels, read_samples, AccuracyReport, FloatNetwork, ImportError, Scale,
		MAX_ONNX_BYTES,
	},
	verify, CommitmentMismatch, Commitments, Network,
};
use serde::Serialize;
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Make an integer network of one in floating point, and say what that costs in accuracy.
#[derive(Args, Debug)]
pub struct Import {
	/// The network, an ONNX file.
	#[arg(value_name = "FILE")]
	onnx: PathBuf,
	/// Samples by which its numbers are scaled, an ONNX tensor file (TensorProto): of the same kind as what it will be
	/// asked, and none of those held out.
	#[arg(long, value_name = "FILE")]
	calibration: PathBuf,
	/// Samples that neither training nor scaling has seen, a tensor file. Both networks are compared on them.
	#[arg(long, value_name = "FILE", requires = "labels")]
	held_out: Option<PathBuf>,
	/// Their labels, a tensor file of bytes.
	#[arg(long, value_name = "FILE", requires = "held_out")]
	labels: Option<PathBuf>,
	/// Where to write the integer network. Nothing is overwritten.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

impl Import {
	/// Runs the command.
	pub fn run(self, console: &Console) -> Result<u8, Failure> {
		let network = onnx(&self.onnx, FloatNetwork::from_onnx)?;
		let calibration = onnx(&self.calibration, read_samples)?;
		let making = console.spinner("scaling");
		let quantised = quantise(&network, &calibration);
		making.finish_and_clear();
		let refused =
			|file: &Path, error: &dyn std::fmt::Display| Failure::file(file, Fault::Invalid, error);
		let quantised = quantised.map_err(|error| refused(&self.calibration, &error))?;
		let accuracy = match (&self.held_out, &self.labels) {
			(Some(held_out), Some(labels)) => {
				let (samples, labels) = (onnx(held_out, read_samples)?, onnx(labels, read_labels)?);
				let report = AccuracyReport::measure(&network, &quantised, &samples, &labels);
				Some(report.map_err(|error| refused(held_out, &error))?)
			},
			_ => None,
		};
		let scale = quantised.scale();
		let integers = quantised.network;
		write_new(&self.out, &integers.to_bytes())?;
		console.report(&Imported {
			network: self.out.display().to_string(),
			known_by: Known::of(&integers),
			weights: integers.architecture().weights(),
			scale,
			notes: network.notes().to_vec(),
			accuracy,
		});
		Ok(SUCCESS)
	}
}

/// What a file of ONNX says, naming it if that is nothing.
pub fn onnx<T>(file: &Path, read: impl Fn(&[u8]) -> Result<T, ImportError>) -> Result<T, Failure> {
	let bytes = read_file(file, MAX_ONNX_BYTES as u64)?;
	read(&bytes).map_err(|error| Failure::file(file, Fault::Invalid, error))
}

fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
	use std::io::Write;
	let mut new = fs::File::create_new(file).map_err(|error| match error.kind() {
		std::io::ErrorKind::AlreadyExists => {
			Failure::file(file, Fault::Contradiction, "it exists: name another file")
		},
		_ => Failure::io("making", file)(error),
	})?;
	new.write_all(bytes).map_err(Failure::io("writing", file))
}

/// Constraints of the circuit of an inference, of one item whose label is hidden, or why there is none.
pub fn circuit_constraints(network: &Network) -> Result<u64, ParametersError> {
	let circuit = Parameters::new(network.architecture().clone(), 1, Labels::Hidden)?;
	Ok(circuit.constraints() as u64)
}

/// A network's commitments, as reports and files have them.
#[derive(Serialize)]
struct Known {
	/// BLAKE2b-256 of the architecture.
	architecture_hash: String,
	/// What circuits open.
	poseidon: String,
	/// SHA-256 of the same weights and biases.
	sha256: String,
	/// Constraints of the circuit of an inference, where there is one.
	constraints: Option<u64>,
}

impl Known {
	fn of(network: &Network) -> Self {
		let Commitments { architecture_hash, poseidon, sha256 } = commit(network);
		let (architecture_hash, sha256) = (to_hex(architecture_hash), to_hex(sha256));
		let constraints = circuit_constraints(network).ok();
		Self { architecture_hash, poseidon: to_hex(poseidon.0), sha256, constraints }
	}
}

impl Report for Known {
	fn text(&self) -> String {
		lines([
			("architecture", self.architecture_hash.clone()),
			("poseidon", self.poseidon.clone()),
			("sha256", self.sha256.clone()),
			(
				"constraints",
				self.constraints.map_or("no circuit".into(), |count| count.to_string()),
			),
		])
	}
}

#[derive(Serialize)]
struct Imported {
	/// The file.
	network: String,
	#[serde(flatten)]
	known_by: Known,
	weights: usize,
	/// What its integers stand for: `input_exponent` and `logit_unit`.
	#[serde(flatten)]
	scale: Scale,
	/// What was left out, and why.
	notes: Vec<String>,
	accuracy: Option<AccuracyReport>,
}

impl Report for Imported {
	fn text(&self) -> String {
		let mut parts = vec![format!("{}: {} weights", self.network, self.weights)];
		parts.extend(self.notes.iter().map(|note| format!("note: {note}")));
		parts.push(self.known_by.text());
		parts.extend(self.accuracy.as_ref().map(ToString::to_string));
		parts.join("\n")
	}
}

/// Show what a network is known by: the hash of its architecture, and two commitments to the same weights.
#[derive(Args, Debug)]
pub struct Commit {
	/// The network, as `model import` writes it.
	#[arg(value_name = "FILE")]
	network: PathBuf,
	/// Commitments that it must have, as this command prints them with `--output json`. The first that differs is named.
	#[arg(long, value_name = "FILE")]
	expect: Option<PathBuf>,
}

impl Commit {
	/// Runs the command.
	pub fn run(self, console: &Console) -> Result<u8, Failure> {
		let bytes = read_file(&self.network, Network::MAX_BYTES as u64)?;
		let network = Network::from_bytes(&bytes)
			.map_err(|error| Failure::file(&self.network, Fault::Invalid, error))?;
		if let Some(expected) = &self.expect {
			verify(&network, &expectation(expected)?).map_err(mismatch)?;
		}
		console.report(&Known::of(&network));
		Ok(SUCCESS)
	}
}

/// Commitments in a file: the report of this command or of `model import`.
fn expectation(file: &Path) -> Result<Commitments, Failure> {
	let document = Document::read(file)?;
	let root = document.root();
	Ok(Commitments {
		architecture_hash: root.field("architecture_hash")?.hex()?,
		poseidon: FieldBytes(root.field("poseidon")?.hex()?),
		sha256: root.field("sha256")?.hex()?,
	})
}

fn mismatch(error: CommitmentMismatch) -> Failure {
	let reason = match &error {
		CommitmentMismatch::ArchitectureHash { .. } => "ArchitectureHash",
		CommitmentMismatch::Poseidon { .. } => "Poseidon",
		CommitmentMismatch::Sha256 { .. } => "Sha256",
	};
	Failure::Refused { by: "verifier", reason: reason.into(), detail: error.to_string() }
}
