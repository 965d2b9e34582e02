//! `quittance model import` and `commit`: networks from ONNX files, and what they are known by.

use assert_cmd::Command;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use std::{
	fs,
	path::{Path, PathBuf},
};
use tempfile::TempDir;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../zkml/models");

fn quittance(arguments: &[&str], code: i32) -> Value {
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(arguments)
		.args(["--output", "json"])
		.output()
		.unwrap();
	let words = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
	serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
	path.to_str().unwrap()
}

fn shipped(name: &str) -> String {
	format!("{MODELS}/{name}")
}

/// A network of the breast cancer model, and what its import reported.
fn imported(folder: &TempDir) -> (PathBuf, Value) {
	let out = folder.path().join("network");
	let [onnx, calibration, held_out, labels] =
		["mlp.onnx", "calibration.pb", "held-out.pb", "labels.pb"]
			.map(|file| shipped(&format!("breast-cancer-{file}")));
	let from = ["model", "import", &onnx, "--calibration", &calibration];
	let measured = ["--held-out", &held_out, "--labels", &labels, "--out", text(&out)];
	let report = quittance(&[&from[..], &measured].concat(), 0);
	(out, report)
}

#[test]
fn an_import_says_what_it_costs_and_by_what_the_network_is_known() {
	let folder = TempDir::new().unwrap();
	let (out, report) = imported(&folder);
	let accuracy = &report["accuracy"];
	assert_eq!(accuracy["samples"], 169);
	let [float, integer] =
		["float_accuracy", "integer_accuracy"].map(|of| accuracy[of].as_f64().unwrap());
	assert!((float - integer).abs() <= 0.01 && float > 0.9, "{accuracy}");
	assert_eq!(report["weights"], 30 * 16 + 16 * 2);

	let known = quittance(&["model", "commit", text(&out)], 0);
	for name in ["architecture_hash", "poseidon", "sha256", "constraints"] {
		assert_eq!(known[name], report[name], "{name}");
	}
	// Any other tool says the same of the tensor, which ends the file.
	let bytes = fs::read(&out).unwrap();
	let tensor = &bytes[bytes.len() - (30 * 16 + 16 * 2) - 3 * (16 + 2)..];
	assert_eq!(known["sha256"], format!("0x{}", hex::encode(Sha256::digest(tensor))));

	// Nothing is overwritten.
	let again = ["model", "import", &shipped("breast-cancer-mlp.onnx"), "--out", text(&out)];
	let calibration = shipped("breast-cancer-calibration.pb");
	let refused = quittance(&[&again[..], &["--calibration", &calibration]].concat(), 2);
	assert_eq!(refused["error"]["fault"], "Contradiction", "{refused}");
	assert_eq!(fs::read(&out).unwrap(), bytes);
}

#[test]
fn a_commitment_that_is_not_the_networks_is_named() {
	let folder = TempDir::new().unwrap();
	let (out, report) = imported(&folder);
	let expected = folder.path().join("expected.json");
	let commit = ["model", "commit", text(&out), "--expect", text(&expected)];
	fs::write(&expected, report.to_string()).unwrap();
	quittance(&commit, 0);
	for (name, reason) in
		[("architecture_hash", "ArchitectureHash"), ("poseidon", "Poseidon"), ("sha256", "Sha256")]
	{
		let mut other = report.clone();
		other[name] = json!(format!("0x{}", "11".repeat(32)));
		fs::write(&expected, other.to_string()).unwrap();
		let refused = quittance(&commit, 1);
		assert_eq!(refused["error"]["reason"], reason, "{refused}");
		other[name] = json!("0x11");
		fs::write(&expected, other.to_string()).unwrap();
		let refused = quittance(&commit, 2);
		assert_eq!(refused["error"]["at"], format!("$.{name}"), "{refused}");
	}
	// One weight more or less.
	fs::write(&expected, report.to_string()).unwrap();
	let mut bytes = fs::read(&out).unwrap();
	let weight = bytes.len() - 4 * 2 - 1;
	bytes[weight] ^= 1;
	fs::write(&out, &bytes).unwrap();
	assert_eq!(quittance(&commit, 1)["error"]["reason"], "Poseidon");
	bytes.pop();
	fs::write(&out, &bytes).unwrap();
	assert_eq!(quittance(&commit, 2)["error"]["fault"], "Invalid");
}

#[test]
fn files_that_are_no_networks_are_named() {
	let folder = TempDir::new().unwrap();
	let (out, slip) = (folder.path().join("network"), folder.path().join("slip"));
	fs::write(&slip, b"no protobuf at all").unwrap();
	let onnx = shipped("digits-mlp.onnx");
	let calibration = shipped("digits-calibration.pb");
	let other = shipped("mnist-calibration.pb");
	for (network, samples, input) in [
		(text(&slip), calibration.as_str(), text(&slip)),
		(&onnx, text(&slip), text(&slip)),
		(&onnx, &other, &other),
	] {
		let import = ["model", "import", network, "--calibration", samples, "--out", text(&out)];
		let refused = quittance(&import, 2);
		assert_eq!(refused["error"]["input"], input, "{refused}");
		assert!(!out.exists());
	}
}
