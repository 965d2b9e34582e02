//! `quittance verify`: its exit codes and words are a contract with scripts outside.

use assert_cmd::Command;
use num_bigint::BigUint;
use quittance_groth16::{
	corpus::{cases, Trapdoor},
	encode_inputs, key_bytes, Fr, VerifyError, PROOF_BYTES, SCALAR_BYTES,
};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
	process::Output,
};
use tempfile::TempDir;

/// Bytes of a key before its `IC` points.
const KEY_HEAD: usize = key_bytes(0) - 64;

fn decimal(bytes: &[u8]) -> Value {
	BigUint::from_bytes_le(bytes).to_string().into()
}

/// A point in snarkjs' notation. All zeros are infinity in both.
fn point(bytes: &[u8]) -> Value {
	let finite = bytes.iter().any(|byte| *byte != 0);
	let z = if finite { "1" } else { "0" };
	let coordinates: Vec<_> = bytes.chunks(SCALAR_BYTES).map(decimal).collect();
	match coordinates.as_slice() {
		[x, y] => json!([x, y, z]),
		[x0, x1, y0, y1] => json!([[x0, x1], [y0, y1], [z, "0"]]),
		_ => panic!("{} bytes are no point", bytes.len()),
	}
}

fn key_json(key: &[u8]) -> Value {
	let ic: Vec<_> = key[KEY_HEAD..].chunks(64).map(point).collect();
	json!({
		"protocol": "groth16",
		"curve": "bn128",
		"nPublic": ic.len() - 1,
		"vk_alpha_1": point(&key[..64]),
		"vk_beta_2": point(&key[64..192]),
		"vk_gamma_2": point(&key[192..320]),
		"vk_delta_2": point(&key[320..448]),
		"vk_alphabeta_12": [],
		"IC": ic,
	})
}

fn proof_json(proof: &[u8]) -> Value {
	json!({
		"protocol": "groth16",
		"curve": "bn128",
		"pi_a": point(&proof[..64]),
		"pi_b": point(&proof[64..192]),
		"pi_c": point(&proof[192..]),
	})
}

fn public_json(inputs: &[u8]) -> Value {
	inputs.chunks(SCALAR_BYTES).map(decimal).collect()
}

/// Three files and the command over them.
struct Files {
	folder: TempDir,
}

impl Files {
	fn new(key: &Value, proof: &Value, public: &Value) -> Self {
		let files = Self { folder: TempDir::new().unwrap() };
		for (name, json) in [("vk", key), ("proof", proof), ("public", public)] {
			fs::write(files.path(name), json.to_string()).unwrap();
		}
		files
	}

	/// A key with three inputs and a proof under it.
	fn valid() -> Self {
		let secrets = Trapdoor::new(3, 1);
		let inputs = [Fr::from(5u8), Fr::from(0u8), -Fr::from(1u8)];
		Self::new(
			&key_json(&secrets.key().to_bytes()),
			&proof_json(&secrets.prove(&inputs, 2).to_bytes()),
			&public_json(&encode_inputs(&inputs)),
		)
	}

	fn path(&self, name: &str) -> PathBuf {
		self.folder.path().join(format!("{name}.json"))
	}

	fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
		let mut json = serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap();
		change(&mut json);
		fs::write(self.path(name), json.to_string()).unwrap();
	}

	fn run(&self, more: &[&str]) -> Output {
		let mut command = Command::cargo_bin("quittance").unwrap();
		command.arg("verify").args(more);
		for name in ["vk", "proof", "public"] {
			command.arg(format!("--{name}")).arg(self.path(name));
		}
		command.output().unwrap()
	}

	fn assert_malformed(&self, name: &str, at: Option<&str>, fault: &str) {
		let output = self.run(&[]);
		let words = String::from_utf8_lossy(&output.stderr).into_owned();
		assert_eq!(output.status.code(), Some(2), "{words}");
		assert!(output.stdout.is_empty());
		let place = at.map(|at| format!(" at {at}")).unwrap_or_default();
		let expected = format!("malformed: {}{place}: {fault}:", self.path(name).display());
		assert!(words.starts_with(&expected), "expected {expected:?}, found {words:?}");
	}
}

#[test]
fn valid_proof_is_valid() {
	let output = Files::valid().run(&[]);
	assert_eq!(output.status.code(), Some(0));
	assert_eq!(output.stdout, b"valid\n");
}

#[test]
fn json_output_is_one_object() {
	let files = Files::valid();
	let output = files.run(&["--output", "json"]);
	assert_eq!(
		serde_json::from_slice::<Value>(&output.stdout).unwrap(),
		json!({"verdict": "valid"})
	);

	files.edit("public", |public| public[0] = json!("6"));
	let output = files.run(&["--output", "json"]);
	assert_eq!(output.status.code(), Some(1));
	let json: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(json["verdict"], "invalid");
	assert_eq!(json["reason"], "InvalidProof");

	files.edit("public", |public| public[0] = json!(6));
	let output = files.run(&["--output", "json"]);
	assert_eq!(output.status.code(), Some(2));
	let json: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(json["error"]["kind"], "malformed");
	assert_eq!(json["error"]["at"], "$[0]");
	assert_eq!(json["error"]["fault"], "WrongType");
}

/// Whatever snarkjs' notation can say gets the verdict that the chain's verifier has for it.
#[test]
fn verdicts_are_the_verifiers() {
	let mut valid = 0;
	let mut refused = 0;
	for case in cases() {
		let lengths_fit = case.key.len() > KEY_HEAD
			&& (case.key.len() - KEY_HEAD).is_multiple_of(64)
			&& case.proof.len() == PROOF_BYTES
			&& case.inputs.len() % SCALAR_BYTES == 0;
		if !lengths_fit {
			continue;
		}
		let files =
			Files::new(&key_json(&case.key), &proof_json(&case.proof), &public_json(&case.inputs));
		let output = files.run(&[]);
		let words = String::from_utf8_lossy(&output.stdout).into_owned();
		match case.expected {
			Ok(()) => {
				valid += 1;
				assert_eq!((output.status.code(), words.as_str()), (Some(0), "valid\n"));
			},
			Err(error) => {
				refused += 1;
				assert_eq!(output.status.code(), Some(1), "{}: {words}", case.name);
				let expected = format!("invalid: {error:?}: {error}\n");
				assert_eq!(words, expected, "{}", case.name);
			},
		}
	}
	assert!(valid >= 3 && refused >= 40, "{valid} valid, {refused} refused");
}

#[test]
fn each_missing_file_is_named() {
	for name in ["vk", "proof", "public"] {
		let files = Files::valid();
		fs::remove_file(files.path(name)).unwrap();
		files.assert_malformed(name, None, "Unreadable");
	}
}

#[test]
fn what_is_not_json_is_named_with_its_place() {
	for name in ["vk", "proof", "public"] {
		let files = Files::valid();
		fs::write(files.path(name), "").unwrap();
		files.assert_malformed(name, Some("line 1 column 0"), "NotJson");
		fs::write(files.path(name), "[1,\n").unwrap();
		files.assert_malformed(name, Some("line 2 column 0"), "NotJson");
		fs::write(files.path(name), "[] []").unwrap();
		files.assert_malformed(name, Some("line 1 column 4"), "NotJson");
		fs::write(files.path(name), b"\"\xff\"").unwrap();
		files.assert_malformed(name, Some("line 1 column 2"), "NotJson");
	}
}

#[test]
fn each_missing_field_is_named() {
	let fields = [
		(
			"vk",
			["protocol", "curve", "nPublic", "vk_alpha_1", "vk_beta_2", "vk_gamma_2"].as_slice(),
		),
		("vk", &["vk_delta_2", "IC"]),
		("proof", &["protocol", "curve", "pi_a", "pi_b", "pi_c"]),
	];
	for (name, fields) in fields {
		for field in fields {
			let files = Files::valid();
			files.edit(name, |json| drop(json.as_object_mut().unwrap().remove(*field)));
			files.assert_malformed(name, Some("$"), "Missing");
		}
	}
}

#[test]
fn each_malformed_value_is_named() {
	let two_256 = (BigUint::from(1u8) << 256usize).to_string();
	let cases: &[(&str, &str, Value, &str, &str)] = &[
		("vk", "/protocol", json!("plonk"), "$.protocol", "Unsupported"),
		("vk", "/curve", json!("bls12381"), "$.curve", "Unsupported"),
		("vk", "/curve", json!(1), "$.curve", "WrongType"),
		("vk", "/nPublic", json!("3"), "$.nPublic", "WrongType"),
		("vk", "/nPublic", json!(-3), "$.nPublic", "WrongType"),
		("vk", "/nPublic", json!(2), "$.nPublic", "Contradiction"),
		("vk", "/nPublic", json!(u64::MAX), "$.nPublic", "Contradiction"),
		("vk", "/IC", json!([]), "$.nPublic", "Contradiction"),
		("vk", "/IC", json!({}), "$.IC", "WrongType"),
		("vk", "/IC/2", json!(["1", "2"]), "$.IC[2]", "WrongLength"),
		("vk", "/IC/2/1", json!("0x12"), "$.IC[2][1]", "NotDecimal"),
		("vk", "/vk_beta_2/0", json!("1"), "$.vk_beta_2[0]", "WrongType"),
		("vk", "/vk_beta_2/1/0", json!(""), "$.vk_beta_2[1][0]", "NotDecimal"),
		("vk", "/vk_delta_2/2", json!(["2", "0"]), "$.vk_delta_2[2]", "NotAffine"),
		("vk", "/vk_delta_2/2", json!(["1", "1"]), "$.vk_delta_2[2]", "NotAffine"),
		("proof", "/curve", json!("secp256k1"), "$.curve", "Unsupported"),
		("proof", "/pi_a/0", json!("-1"), "$.pi_a[0]", "NotDecimal"),
		("proof", "/pi_a/0", json!(two_256), "$.pi_a[0]", "OutOfRange"),
		("proof", "/pi_a/2", json!("2"), "$.pi_a[2]", "NotAffine"),
		("proof", "/pi_b/1", json!(["1", "2", "3"]), "$.pi_b[1]", "WrongLength"),
		("proof", "/pi_b", json!(null), "$.pi_b", "WrongType"),
		("proof", "/pi_c/1", json!("007"), "$.pi_c[1]", "NotDecimal"),
		("public", "", json!({ "0": "1" }), "$", "WrongType"),
		("public", "/1", json!(1), "$[1]", "WrongType"),
		("public", "/2", json!("1.0"), "$[2]", "NotDecimal"),
		("public", "/2", json!("9".repeat(500)), "$[2]", "OutOfRange"),
	];
	for (name, pointer, value, at, fault) in cases {
		let files = Files::valid();
		files.edit(name, |json| *json.pointer_mut(pointer).unwrap() = value.clone());
		files.assert_malformed(name, Some(at), fault);
	}
}

/// Numbers at and above the moduli are well-formed notation: the verifier names them.
#[test]
fn numbers_out_of_the_field_are_the_verifiers_to_refuse() {
	let files = Files::valid();
	files.edit("public", |public| {
		public[1] = json!(((BigUint::from(1u8) << 256usize) - 1u8).to_string());
	});
	let output = files.run(&[]);
	assert_eq!(output.status.code(), Some(1));
	let error = VerifyError::InputNotCanonical { index: 1, reversed_is_canonical: false };
	assert_eq!(String::from_utf8_lossy(&output.stdout), format!("invalid: {error:?}: {error}\n"));
}

#[test]
fn files_that_are_too_large_are_refused_unread() {
	let files = Files::valid();
	let file = fs::File::create(files.path("proof")).unwrap();
	file.set_len(1 << 40).unwrap();
	files.assert_malformed("proof", None, "TooLarge");
}

#[test]
fn folders_are_no_files() {
	let files = Files::valid();
	fs::remove_file(files.path("vk")).unwrap();
	fs::create_dir(files.path("vk")).unwrap();
	files.assert_malformed("vk", None, "Unreadable");
}

#[test]
fn arguments_are_needed() {
	let output = Command::cargo_bin("quittance").unwrap().arg("verify").output().unwrap();
	assert_eq!(output.status.code(), Some(2));
	assert!(Path::new(env!("CARGO_BIN_EXE_quittance")).exists());
}
