//! Times verification of a Groth16 proof with nine public inputs, natively and in Wasm.
//!
//! `cargo bench -p quittance-host-functions --bench groth16-verify [-- --json]`
//!
//! Every figure is the wall-clock time of one call in milliseconds, over samples taken one after
//! another on one thread, after one call that is not counted. In Wasm a sample is one call of an
//! export, from SCALE-encoded arguments to the decoded result.

use quittance_groth16::{
	corpus::{Scalars, Trapdoor},
	encode_inputs, PreparedKey,
};
use quittance_host_functions::{clear_prepared_keys, portable, verify};
use quittance_host_functions_wasm::Instance;
use serde_json::{json, Value};
use std::{hint::black_box, time::Instant};

const INPUTS: usize = 9;
const SAMPLES: usize = 60;

struct Measurement {
	what: &'static str,
	median: f64,
	min: f64,
	max: f64,
}

fn measure(what: &'static str, mut call: impl FnMut()) -> Measurement {
	call();
	let mut times: Vec<f64> = (0..SAMPLES)
		.map(|_| {
			let start = Instant::now();
			call();
			start.elapsed().as_secs_f64() * 1e3
		})
		.collect();
	times.sort_by(f64::total_cmp);
	let median = (times[(SAMPLES - 1) / 2] + times[SAMPLES / 2]) / 2.0;
	Measurement { what, median, min: times[0], max: times[SAMPLES - 1] }
}

fn figures(measurement: &Measurement) -> Value {
	let round = |ms: f64| (ms * 1e4).round() / 1e4;
	json!({
		"median": round(measurement.median),
		"min": round(measurement.min),
		"max": round(measurement.max),
		"n": SAMPLES,
	})
}

fn record(case: &str, measurement: &Measurement, others: &[&Measurement]) -> Value {
	let mut record = figures(measurement);
	record["case"] = case.into();
	record["unit"] = "ms".into();
	record["compared_with"] = others
		.iter()
		.map(|other| {
			let mut other_record = figures(other);
			other_record["what"] = other.what.into();
			other_record
		})
		.collect();
	record
}

fn main() {
	let json = std::env::args().any(|argument| argument == "--json");

	let trapdoor = Trapdoor::new(INPUTS, 1);
	let scalars = Scalars::new(2).draw_many(INPUTS);
	let key = trapdoor.key().to_bytes();
	let proof = trapdoor.prove(&scalars, 3).to_bytes();
	let inputs = encode_inputs(&scalars);
	let twelve = encode_inputs(&Scalars::new(4).draw_many(12));
	let mut wasm = Instance::new();
	let arguments = (&key, &proof, &inputs, 1u32);

	let cold = measure("native, key not prepared", || {
		clear_prepared_keys();
		assert_eq!(verify(black_box(&key), &proof, &inputs), Ok(()));
	});
	let prepared = PreparedKey::from_bytes(&key).expect("the key is sound");
	let warm = measure("native, key prepared", || {
		assert_eq!(prepared.verify_bytes(black_box(&proof), &inputs), Ok(()));
	});
	let once = measure("native, without preparing a key", || {
		assert_eq!(portable::verify(black_box(&key), &proof, &inputs), Ok(()));
	});
	let through_host = measure("Wasm, host function, key prepared", || {
		assert_eq!(wasm.call("host_verify", arguments), Ok(0u32));
	});
	let in_wasm = measure("Wasm, portable", || {
		assert_eq!(wasm.call("portable_verify", arguments), Ok(0u32));
	});
	let validation = measure("native, key validation", || {
		assert_eq!(portable::validate_key(black_box(&key)), Ok(()));
	});
	let validation_in_wasm = measure("Wasm, portable key validation", || {
		assert_eq!(wasm.call("portable_validate_key", (&key, 1u32)), Ok(0u32));
	});
	let poseidon = measure("native, Poseidon of 12", || {
		black_box(portable::poseidon(black_box(&twelve)).expect("twelve scalars"));
	});
	let mut hash_in_wasm = |what, export| {
		// One call of an export costs more than a hash, so a thousand hashes share it.
		const HASHES: u32 = 1_000;
		let mut times = measure(what, || {
			let result: (u32, [u8; 32]) = wasm.call(export, (&twelve, HASHES)).expect("no trap");
			assert_eq!(result.0, 0);
		});
		for time in [&mut times.median, &mut times.min, &mut times.max] {
			*time /= f64::from(HASHES);
		}
		times
	};
	let poseidon_through_host = hash_in_wasm("Wasm, host function Poseidon of 12", "host_poseidon");
	let poseidon_in_wasm = hash_in_wasm("Wasm, portable Poseidon of 12", "portable_poseidon");

	let records = [
		record("native", &cold, &[&warm, &once, &through_host, &in_wasm]),
		record("native-prepared", &warm, &[&through_host, &in_wasm]),
		record("key-validation", &validation, &[&validation_in_wasm]),
		record("poseidon-12", &poseidon, &[&poseidon_through_host, &poseidon_in_wasm]),
	];
	if json {
		println!("{}", Value::from(records.to_vec()));
		return;
	}
	println!("{INPUTS} public inputs, {SAMPLES} samples, milliseconds: median (min to max)");
	for measurement in [
		&cold,
		&warm,
		&once,
		&through_host,
		&in_wasm,
		&validation,
		&validation_in_wasm,
		&poseidon,
		&poseidon_through_host,
		&poseidon_in_wasm,
	] {
		println!(
			"{:36} {:8.4} ({:.4} to {:.4})",
			measurement.what, measurement.median, measurement.min, measurement.max
		);
	}
}
