//! The JSON files, out and in, and every fault that they can have.

#[path = "../examples/statement/mod.rs"]
mod statement;

use ark_bn254::{Fq, Fr};
use ark_ff::PrimeField;
use quittance_circuits::basic_receipt;
use quittance_groth16::PointError;
use quittance_prover::{
	snarkjs::{
		key_from_json, key_to_json, proof_from_json, proof_to_json, publics_from_json,
		publics_to_json, JsonError, Problem,
	},
	KeyStore, Proof, VerifyingKey,
};
use serde_json::{json, Value};
use std::sync::LazyLock;

static SAMPLE: LazyLock<(VerifyingKey, Proof, Vec<Fr>)> = LazyLock::new(|| {
	let folder = tempfile::tempdir().unwrap();
	let shape = basic_receipt::shape();
	let engine = KeyStore::new(folder.path()).load_or_set_up("receipt", &shape).unwrap();
	let (public, witness) = statement::statement(1);
	let proof = engine.prove_basic_receipt(&public, &witness).unwrap();
	(engine.verifying_key().clone(), proof, public.to_fields().to_vec())
});

fn fault(path: &str, problem: Problem) -> JsonError {
	JsonError { path: path.into(), problem }
}

#[test]
fn what_is_written_is_read() {
	let (key, proof, publics) = &*SAMPLE;
	assert_eq!(key_from_json(&key_to_json(key).to_string()).as_ref(), Ok(key));
	assert_eq!(proof_from_json(&proof_to_json(proof).to_string()).as_ref(), Ok(proof));
	let read = publics_from_json(&publics_to_json(publics).to_string(), 9);
	assert_eq!(read.as_ref(), Ok(publics));
	key.verify(&proof_from_json(&proof_to_json(proof).to_string()).unwrap(), publics).unwrap();
}

#[test]
fn the_layout_is_that_of_snarkjs() {
	let (key, proof, publics) = &*SAMPLE;
	let written = proof_to_json(proof);
	assert_eq!(written["pi_a"][0], proof.a().x.to_string());
	assert_eq!(written["pi_a"][2], "1");
	assert_eq!(written["pi_b"][0][0], proof.b().x.c0.to_string());
	assert_eq!(written["pi_b"][0][1], proof.b().x.c1.to_string());
	assert_eq!(written["pi_b"][1][1], proof.b().y.c1.to_string());
	assert_eq!(written["pi_b"][2], json!(["1", "0"]));
	assert_eq!((&written["protocol"], &written["curve"]), (&json!("groth16"), &json!("bn128")));
	let written = key_to_json(key);
	assert_eq!(written["nPublic"], 9);
	assert_eq!(written["IC"].as_array().unwrap().len(), 10);
	assert_eq!(publics_to_json(publics)[3], "320000000000");
}

/// The error after replacing the value at a JSON pointer; `null` removes it.
fn after<T: std::fmt::Debug>(
	document: &Value,
	pointer: &str,
	value: Value,
	read: impl Fn(&str) -> Result<T, JsonError>,
) -> JsonError {
	let mut document = document.clone();
	if value.is_null() {
		let name = pointer.trim_start_matches('/');
		document.as_object_mut().unwrap().remove(name).unwrap();
	} else {
		*document.pointer_mut(pointer).expect("the document has this place") = value;
	}
	read(&document.to_string()).unwrap_err()
}

#[test]
fn faulty_proofs() {
	let document = proof_to_json(&SAMPLE.1);
	let error = |pointer: &str, value| after(&document, pointer, value, proof_from_json);
	for field in ["pi_a", "pi_b", "pi_c", "protocol", "curve"] {
		let expected = fault(&format!("$.{field}"), Problem::Missing);
		assert_eq!(error(&format!("/{field}"), Value::Null), expected);
	}
	for (pointer, path, value, problem) in [
		("/pi_a", "$.pi_a", json!({}), Problem::Type("a list")),
		("/pi_a/0", "$.pi_a[0]", json!(12), Problem::Type("a string")),
		("/pi_a", "$.pi_a", json!(["1", "2"]), Problem::Length { expected: 3, got: 2 }),
		("/pi_b/1", "$.pi_b[1]", json!(["1"]), Problem::Length { expected: 2, got: 1 }),
		("/pi_b/2", "$.pi_b[2]", json!(["1", "0", "0"]), Problem::Length { expected: 2, got: 3 }),
		("/pi_c/1", "$.pi_c[1]", json!(""), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!("0x12"), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!("-1"), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!("+1"), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!(" 1"), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!("01"), Problem::NotDecimal),
		("/pi_c/1", "$.pi_c[1]", json!("1e3"), Problem::NotDecimal),
		("/pi_b/0/1", "$.pi_b[0][1]", json!("one"), Problem::NotDecimal),
		("/pi_b/0/1", "$.pi_b[0][1]", json!(Fq::MODULUS.to_string()), Problem::CoordinateTooLarge),
		("/pi_a/0", "$.pi_a[0]", json!("9".repeat(5_000)), Problem::CoordinateTooLarge),
		(
			"/pi_a/2",
			"$.pi_a[2]",
			json!("2"),
			Problem::Value { expected: "1".into(), got: "2".into() },
		),
		(
			"/pi_b/2/1",
			"$.pi_b[2][1]",
			json!("1"),
			Problem::Value { expected: "0".into(), got: "1".into() },
		),
		(
			"/curve",
			"$.curve",
			json!("bls12381"),
			Problem::Value { expected: "bn128".into(), got: "bls12381".into() },
		),
		(
			"/protocol",
			"$.protocol",
			json!("plonk"),
			Problem::Value { expected: "groth16".into(), got: "plonk".into() },
		),
		("/pi_a", "$.pi_a", json!(["0", "0", "1"]), Problem::Point(PointError::Infinity)),
		("/pi_c", "$.pi_c", json!(["1", "1", "1"]), Problem::Point(PointError::NotOnCurve)),
	] {
		assert_eq!(error(pointer, value), fault(path, problem));
	}
	// The largest coordinate is no fault by itself.
	let largest = (-Fq::from(1u8)).to_string();
	assert_eq!(
		error("/pi_a/0", json!(largest)),
		fault("$.pi_a", Problem::Point(PointError::NotOnCurve))
	);
	assert_eq!(proof_from_json("[]"), Err(fault("$", Problem::Type("an object"))));
	let error = proof_from_json("{").unwrap_err();
	assert!(matches!(error.problem, Problem::Syntax(_)));
	assert!(error.to_string().starts_with("$: not JSON: "), "{error}");
}

#[test]
fn coordinates_of_g2_in_the_other_order() {
	// What tools for Ethereum write.
	let mut document = proof_to_json(&SAMPLE.1);
	for coordinate in 0..2 {
		document["pi_b"][coordinate].as_array_mut().unwrap().reverse();
	}
	let error = proof_from_json(&document.to_string()).unwrap_err();
	assert_eq!(error, fault("$.pi_b", Problem::Point(PointError::NotOnCurve)));
}

#[test]
fn faulty_keys() {
	let document = key_to_json(&SAMPLE.0);
	let error = |pointer: &str, value| after(&document, pointer, value, key_from_json);
	for field in [
		"vk_alpha_1",
		"vk_beta_2",
		"vk_gamma_2",
		"vk_delta_2",
		"IC",
		"nPublic",
		"protocol",
		"curve",
	] {
		let expected = fault(&format!("$.{field}"), Problem::Missing);
		assert_eq!(error(&format!("/{field}"), Value::Null), expected);
	}
	let off_curve = json!(["1", "1", "1"]);
	for (pointer, path, value, problem) in [
		("/nPublic", "$.IC", json!(8), Problem::Length { expected: 9, got: 10 }),
		("/nPublic", "$.nPublic", json!(0), Problem::Signals(0)),
		("/nPublic", "$.nPublic", json!(33), Problem::Signals(33)),
		("/nPublic", "$.nPublic", json!("9"), Problem::Type("a count")),
		("/nPublic", "$.nPublic", json!(-9), Problem::Type("a count")),
		("/nPublic", "$.nPublic", json!(9.5), Problem::Type("a count")),
		("/vk_alpha_1", "$.vk_alpha_1", off_curve.clone(), Problem::Point(PointError::NotOnCurve)),
		("/IC/3", "$.IC[3]", off_curve, Problem::Point(PointError::NotOnCurve)),
		("/IC/3/1", "$.IC[3][1]", json!("x"), Problem::NotDecimal),
		(
			"/vk_delta_2",
			"$.vk_delta_2",
			json!([["0", "0"], ["0", "0"], ["1", "0"]]),
			Problem::Point(PointError::Infinity),
		),
		("/vk_gamma_2/0/0", "$.vk_gamma_2", json!("1"), Problem::Point(PointError::NotOnCurve)),
		(
			"/curve",
			"$.curve",
			json!("bn254"),
			Problem::Value { expected: "bn128".into(), got: "bn254".into() },
		),
	] {
		assert_eq!(error(pointer, value), fault(path, problem));
	}
}

#[test]
fn faulty_public_signals() {
	let document = publics_to_json(&SAMPLE.2);
	let read = |text: &str| publics_from_json(text, 9);
	let order = json!(Fr::MODULUS.to_string());
	for (pointer, path, value, problem) in [
		("/4", "$[4]", order, Problem::ScalarTooLarge),
		("/4", "$[4]", json!("1 "), Problem::NotDecimal),
		("/8", "$[8]", json!(2), Problem::Type("a string")),
	] {
		assert_eq!(after(&document, pointer, value, read), fault(path, problem));
	}
	for count in [8, 10] {
		assert_eq!(
			publics_from_json(&document.to_string(), count),
			Err(fault("$", Problem::Length { expected: count, got: 9 }))
		);
	}
	assert_eq!(read("{}"), Err(fault("$", Problem::Type("a list"))));
	let largest = json!([(-Fr::from(1u8)).to_string()]).to_string();
	assert_eq!(publics_from_json(&largest, 1), Ok(vec![-Fr::from(1u8)]));
}
