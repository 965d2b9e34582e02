//! The host functions, the same code in Wasm and the native build give the same verdict on every
//! case of the corpus, malformed ones included. A difference would split the chain.

use quittance_groth16::{
	corpus::{cases, Scalars},
	encode_inputs, encode_scalar, result_code, result_from_code, VerifyError,
};
use quittance_host_functions::{
	clear_prepared_keys, portable, BatchError, BatchItem, Host, PoseidonError,
};
use quittance_host_functions_wasm::Instance;
use quittance_poseidon::{Hasher, MAX_INPUTS};

#[test]
fn trap_22_verification_and_key_validation_agree() {
	let mut wasm = Instance::new();
	for case in cases() {
		let name = &case.name;
		let arguments = (&case.key, &case.proof, &case.inputs, 1u32);
		let through_host = wasm.call("host_verify", arguments).map(result_from_code);
		let in_wasm = wasm.call("portable_verify", arguments).map(result_from_code);
		let native = quittance_host_functions::verify(&case.key, &case.proof, &case.inputs);
		let native_again = quittance_host_functions::verify(&case.key, &case.proof, &case.inputs);
		let native_portable = portable::verify(&case.key, &case.proof, &case.inputs);
		assert_eq!(through_host, Ok(case.expected), "{name}, host function");
		assert_eq!(in_wasm, Ok(case.expected), "{name}, in Wasm");
		assert_eq!(native, case.expected, "{name}, native");
		assert_eq!(native_again, case.expected, "{name}, native with a prepared key");
		assert_eq!(native_portable, case.expected, "{name}, native without a prepared key");

		let expected = case.expected_key().map_err(VerifyError::from);
		let arguments = (&case.key, 1u32);
		let through_host = wasm.call("host_validate_key", arguments).map(result_from_code);
		let in_wasm = wasm.call("portable_validate_key", arguments).map(result_from_code);
		assert_eq!(through_host, Ok(expected), "{name}, key through the host function");
		assert_eq!(in_wasm, Ok(expected), "{name}, key in Wasm");
		assert_eq!(quittance_host_functions::validate_key(&case.key), expected, "{name}, key");
	}
}

/// Every case of the corpus in batches with its neighbours, and batches that are put together wrongly.
#[test]
fn trap_22_batches_agree() {
	let mut wasm = Instance::new();
	let cases = cases();
	let mut agree = |keys: &[Vec<u8>], items: &[(u32, Vec<u8>, Vec<u8>)]| {
		let batch: Vec<_> = items
			.iter()
			.map(|(key, proof, inputs)| BatchItem { key: *key as usize, proof, inputs })
			.collect();
		let expected = portable::verify_batch(keys, &batch);
		for again in ["cold", "prepared"] {
			let native = quittance_host_functions::verify_batch(keys, &batch);
			assert_eq!(native, expected, "native, {again}");
		}
		let codes = match &expected {
			Ok(verdicts) => (0, verdicts.iter().map(|verdict| result_code(*verdict)).collect()),
			Err(error) => (error.code(), vec![]),
		};
		for export in ["host_verify_batch", "portable_verify_batch"] {
			let result = wasm.call::<(u32, Vec<u32>)>(export, (keys, items, 1u32));
			assert_eq!(result.as_ref(), Ok(&codes), "{export}");
		}
		expected
	};
	for cases in cases.chunks(8) {
		let keys: Vec<_> = cases.iter().map(|case| case.key.clone()).collect();
		let items: Vec<_> = (0u32..)
			.zip(cases)
			.map(|(key, case)| (key, case.proof.clone(), case.inputs.clone()))
			.collect();
		let verdicts: Vec<_> = cases.iter().map(|case| case.expected).collect();
		assert_eq!(agree(&keys, &items), Ok(verdicts));
	}

	let case = cases.iter().find(|case| case.name == "valid, 9 inputs").unwrap();
	let items = |count| vec![(0u32, case.proof.clone(), case.inputs.clone()); count];
	let keys = |count| vec![case.key.clone(); count];
	assert_eq!(agree(&keys(1), &items(32)), Ok(vec![Ok(()); 32]));
	assert_eq!(agree(&keys(8), &items(2)), Ok(vec![Ok(()); 2]));
	assert_eq!(agree(&keys(1), &items(0)), Err(BatchError::NoItems));
	assert_eq!(agree(&keys(9), &items(0)), Err(BatchError::NoItems));
	assert_eq!(agree(&keys(1), &items(33)), Err(BatchError::TooManyItems { got: 33 }));
	assert_eq!(agree(&keys(9), &items(1)), Err(BatchError::TooManyKeys { got: 9 }));
	assert_eq!(agree(&keys(0), &items(1)), Err(BatchError::UnknownKey { item: 0 }));
	for place in [1, 255, 256, 65_536] {
		let mut items = items(3);
		items[2].0 = place;
		assert_eq!(agree(&keys(1), &items), Err(BatchError::UnknownKey { item: 2 }));
	}
}

/// Verdicts do not depend on what the node has kept: not on the order of calls, and not on keys
/// that were dropped in between.
#[test]
fn verdicts_do_not_depend_on_prepared_keys() {
	let cases = cases();
	let verdicts = |cases: &mut dyn Iterator<Item = &quittance_groth16::corpus::Case>| {
		for case in cases {
			let verdict = quittance_host_functions::verify(&case.key, &case.proof, &case.inputs);
			assert_eq!(verdict, case.expected, "{}", case.name);
		}
	};
	clear_prepared_keys();
	verdicts(&mut cases.iter().rev());
	verdicts(&mut cases.iter());
}

fn poseidon_inputs() -> Vec<Vec<u8>> {
	let mut scalars = Scalars::new(50);
	let mut inputs: Vec<Vec<u8>> =
		(0..=MAX_INPUTS + 2).map(|n| encode_inputs(&scalars.draw_many(n))).collect();
	for n in 1..=MAX_INPUTS {
		inputs.push(vec![0; 32 * n]);
		// The last scalar out of range.
		let mut bytes = encode_inputs(&scalars.draw_many(n));
		bytes.truncate(32 * (n - 1));
		bytes.extend([0xff; 32]);
		inputs.push(bytes);
	}
	inputs.extend([
		vec![0; 1],
		vec![0; 31],
		vec![0; 33],
		vec![0; 32 * MAX_INPUTS + 1],
		vec![0; 32 * 400],
	]);
	inputs
}

#[test]
fn trap_22_poseidon_agrees() {
	let mut wasm = Instance::new();
	let mut seen = [0; 3];
	for inputs in poseidon_inputs() {
		let expected = portable::poseidon(&inputs);
		seen[match expected {
			Ok(_) => 0,
			Err(PoseidonError::Count) => 1,
			Err(_) => 2,
		}] += 1;
		assert_eq!(quittance_host_functions::poseidon(&inputs), expected);
		for export in ["host_poseidon", "portable_poseidon"] {
			let (code, hash): (u32, [u8; 32]) = wasm.call(export, (&inputs, 1u32)).unwrap();
			let result = if code == 0 { Ok(hash) } else { Err(PoseidonError::from_code(code)) };
			assert_eq!(result, expected, "{export} of {} bytes", inputs.len());
		}
	}
	assert_eq!(seen, [32, 8, 16], "hashes, wrong counts, scalars out of range");
}

#[test]
fn the_hasher_is_poseidon() {
	let mut scalars = Scalars::new(51);
	macro_rules! check {
		($($n:literal)*) => {$(
			let inputs: [_; $n] = scalars.draw_many($n).try_into().unwrap();
			let hash = Host::hash(&inputs);
			assert_eq!(Some(hash), quittance_poseidon::hash_slice(&inputs));
			assert_eq!(quittance_host_functions::poseidon(&encode_inputs(&inputs)), Ok(encode_scalar(&hash)));
		)*};
	}
	check!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
}

#[test]
fn trap_21_without_our_host_functions_only_the_portable_code_works() {
	let case = cases().into_iter().find(|case| case.name == "valid, 9 inputs").unwrap();
	let arguments = (&case.key, &case.proof, &case.inputs, 1u32);
	let mut wasm = Instance::without_our_host_functions();
	assert_eq!(wasm.call("portable_verify", arguments), Ok(result_code(Ok(()))));
	for (export, function) in [
		("host_verify", "ext_quittance_groth16_bn254_verify_version_1"),
		("host_verify_batch", "ext_quittance_groth16_bn254_verify_batch_version_1"),
		("host_validate_key", "ext_quittance_groth16_bn254_validate_key_version_1"),
		("host_poseidon", "ext_quittance_poseidon_bn254_version_1"),
	] {
		// The names are the interface: a runtime and a node of different ages meet by them.
		let error = match export {
			"host_verify" => wasm.call::<u32>(export, arguments).unwrap_err(),
			"host_verify_batch" => {
				let item = (0u32, &case.proof, &case.inputs);
				wasm.call::<(u32, Vec<u32>)>(export, (vec![&case.key], vec![item], 1u32))
					.unwrap_err()
			},
			_ => wasm.call::<u32>(export, (&case.key, 1u32)).unwrap_err(),
		};
		assert!(error.contains(function), "{export}: {error}");
	}
}
