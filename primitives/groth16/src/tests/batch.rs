//! Batches: their verdicts are those of single verifications, whatever is mixed in them.

use super::*;
use crate::{
	batch::{candidates, combination_holds, combined},
	coefficients::{derive, key_digest},
	corpus::Case,
	short_combination::ShortScalar,
};
use ark_bn254::G2Projective;

/// An item that owns its bytes, with the verdict that it gets alone.
#[derive(Clone, Debug)]
struct Item {
	key: usize,
	proof: Vec<u8>,
	inputs: Vec<u8>,
	alone: Result<(), VerifyError>,
}

impl Item {
	fn new(keys: &[Vec<u8>], key: usize, proof: &[u8], inputs: &[u8]) -> Self {
		let alone = verify(&keys[key], proof, inputs);
		Self { key, proof: proof.into(), inputs: inputs.into(), alone }
	}

	fn borrow(&self) -> BatchItem<'_> {
		BatchItem { key: self.key, proof: &self.proof, inputs: &self.inputs }
	}
}

/// Keys with their prepared forms, and items that name them.
struct Pool {
	keys: Vec<Vec<u8>>,
	prepared: Vec<Result<PreparedKey, KeyError>>,
	good: Vec<Item>,
	bad: Vec<Item>,
}

/// Two keys that hold the same number of inputs, one with another, and one that is refused.
fn pool() -> &'static Pool {
	static POOL: OnceLock<Pool> = OnceLock::new();
	POOL.get_or_init(|| {
		let trapdoors = [Trapdoor::new(9, 200), Trapdoor::new(9, 201), Trapdoor::new(2, 202)];
		let mut keys: Vec<_> = trapdoors.iter().map(|trapdoor| trapdoor.key().to_bytes()).collect();
		let mut degenerate = Trapdoor::new(9, 203);
		degenerate.delta = degenerate.gamma;
		keys.push(degenerate.key().to_bytes());

		let mut good = Vec::new();
		for n in 0..MAX_BATCH {
			let key = [0, 1, 0, 2, 0][n % 5];
			let seed = u64::try_from(n).unwrap();
			let inputs = Scalars::new(seed + 300).draw_many(if key == 2 { 2 } else { 9 });
			let proof = trapdoors[key].prove(&inputs, seed).to_bytes();
			good.push(Item::new(&keys, key, &proof, &encode_inputs(&inputs)));
		}
		assert!(good.iter().all(|item| item.alone == Ok(())));

		let mut bad = Vec::new();
		for item in &good[..5] {
			let other = &good[7];
			let mut change = |change: &dyn Fn(&mut Item)| {
				let mut item = item.clone();
				change(&mut item);
				bad.push(Item::new(&keys, item.key, &item.proof, &item.inputs));
			};
			// The equation does not hold.
			change(&|item| item.inputs[0] ^= 1);
			change(&|item| item.proof = other.proof.clone());
			change(&|item| item.proof[..64].copy_from_slice(&other.proof[..64]));
			change(&|item| item.proof[192..].copy_from_slice(&other.proof[192..]));
			// The key is refused, or is another with as many inputs.
			change(&|item| item.key = 3);
			change(&|item| item.key = 1 - item.key.min(1));
			// Inputs.
			change(&|item| item.inputs.clear());
			change(&|item| item.inputs[32..64].fill(0xff));
			change(&|item| item.inputs.push(0));
			change(&|item| item.inputs.resize(33 * 32, 0));
			// Proof.
			change(&|item| item.proof.truncate(255));
			change(&|item| item.proof.clear());
			change(&|item| item.proof[0] ^= 1);
			change(&|item| item.proof[64..192].fill(0));
			change(&|item| item.proof[255] |= 0x80);
			// B outside of G2, alone and before a C that is refused, too.
			change(&|item| item.proof[64..192].copy_from_slice(&stray()));
			change(&|item| {
				item.proof[64..192].copy_from_slice(&stray());
				item.proof[192..].fill(0);
			});
		}
		assert!(bad.iter().all(|item| item.alone.is_err()));
		let prepared = keys.iter().map(|key| PreparedKey::from_bytes(key)).collect();
		Pool { keys, prepared, good, bad }
	})
}

/// A point of the curve outside of G2.
fn stray() -> Vec<u8> {
	let point = (1u64..)
		.filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(Fq::from(x), Fq::ONE), false))
		.find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
		.unwrap();
	let mut bytes = Vec::new();
	crate::encoding::put_g2(&point, &mut bytes);
	bytes
}

fn check(items: &[Item]) {
	let batch: Vec<_> = items.iter().map(Item::borrow).collect();
	let expected: Vec<_> = items.iter().map(|item| item.alone).collect();
	assert_eq!(verify_batch_prepared(&pool().prepared, &batch), Ok(expected));
}

/// Whether the combined equation of the items that decode holds, by itself: a batch would hide a
/// wrong one, because it checks each proof again.
fn holds_combined(prepared: &[Result<PreparedKey, KeyError>], items: &[BatchItem<'_>]) -> bool {
	let keys: Vec<_> = prepared.iter().map(|key| key.as_ref().map_err(|error| *error)).collect();
	let candidates = candidates(&keys, items);
	let (good, coefficients) = combined(&keys, items, &candidates);
	assert_eq!(good.len(), coefficients.len());
	combination_holds(&good, &coefficients)
}

#[test]
fn good_batches_of_every_size_pass_the_combined_equation() {
	let pool = pool();
	for n in 1..=MAX_BATCH {
		// One key, then three.
		let one: Vec<_> = pool.good.iter().filter(|item| item.key == 0).cycle().take(n).collect();
		let three: Vec<_> = pool.good.iter().take(n).collect();
		for items in [one, three] {
			let batch: Vec<_> = items.iter().map(|item| item.borrow()).collect();
			assert!(holds_combined(&pool.prepared, &batch), "{n} items");
			let verdicts = vec![Ok(()); n];
			assert_eq!(verify_batch_prepared(&pool.prepared, &batch), Ok(verdicts), "{n} items");
		}
	}
}

#[test]
fn good_batches_under_every_key_pass_the_combined_equation() {
	let pool = pool();
	let keys = vec![pool.prepared[0].clone(); MAX_BATCH_KEYS];
	let good = || pool.good.iter().filter(|item| item.key == 0);
	// Each key with one item, with several, and with none.
	for n in [MAX_BATCH_KEYS, 2 * MAX_BATCH_KEYS + 1, MAX_BATCH_KEYS - 3] {
		let items: Vec<_> = good()
			.cycle()
			.take(n)
			.enumerate()
			.map(|(place, item)| BatchItem {
				key: (7 * place + 7) % MAX_BATCH_KEYS,
				..item.borrow()
			})
			.collect();
		assert!(holds_combined(&keys, &items), "{n} items");
		assert_eq!(verify_batch_prepared(&keys, &items), Ok(vec![Ok(()); n]), "{n} items");
	}
}

#[test]
fn one_wrong_proof_at_any_place_fails_the_combined_equation() {
	let pool = pool();
	let wrong: Vec<_> =
		pool.bad.iter().filter(|item| item.alone == Err(VerifyError::InvalidProof)).collect();
	assert!(wrong.len() >= 20);
	for place in 0..MAX_BATCH {
		let mut items: Vec<_> = pool.good.iter().map(Item::borrow).collect();
		items[place] = wrong[place % wrong.len()].borrow();
		assert!(!holds_combined(&pool.prepared, &items), "place {place}");
	}
}

#[test]
fn trap_31_each_bad_item_is_named_and_spoils_no_other() {
	let pool = pool();
	for item in &pool.bad {
		check(&[pool.good[0].clone(), item.clone(), pool.good[1].clone()]);
		check(core::slice::from_ref(item));
	}
	check(&pool.bad[..MAX_BATCH]);
	// What does not decode leaves the combined equation of the others alone.
	let undecodable: Vec<_> = pool
		.bad
		.iter()
		.filter(|item| item.alone != Err(VerifyError::InvalidProof))
		.chain(&pool.good[..4])
		.map(Item::borrow)
		.collect();
	assert!(holds_combined(&pool.prepared, &undecodable));
}

#[test]
fn what_is_no_batch_is_named() {
	let pool = pool();
	let items: Vec<_> = pool.good.iter().chain(&pool.good).map(Item::borrow).collect();
	let refused = |keys: &[Vec<u8>], items: &[BatchItem<'_>], error| {
		assert_eq!(verify_batch(keys, items), Err(error));
		let prepared: Vec<_> = keys.iter().map(|key| PreparedKey::from_bytes(key)).collect();
		assert_eq!(verify_batch_prepared(&prepared, items), Err(error));
	};
	refused(&pool.keys, &[], BatchError::NoItems);
	refused(&[], &[], BatchError::NoItems);
	refused(&pool.keys, &items[..33], BatchError::TooManyItems { got: 33 });
	refused(&[], &items[..1], BatchError::UnknownKey { item: 0 });
	refused(&pool.keys[..1], &items[..4], BatchError::UnknownKey { item: 1 });
	let unknown = BatchItem { key: usize::MAX, ..items[0] };
	refused(&pool.keys, &[items[0], unknown], BatchError::UnknownKey { item: 1 });
	let many = vec![pool.keys[0].clone(); MAX_BATCH_KEYS + 1];
	refused(&many, &items[..1], BatchError::TooManyKeys { got: 9 });
	assert_eq!(verify_batch(&many[1..], &items[..1]), Ok(vec![Ok(())]));
	let last = BatchItem { key: 7, ..items[0] };
	assert_eq!(verify_batch(&many[1..], &[last, items[0]]), Ok(vec![Ok(()); 2]));
}

#[test]
fn codes_of_batch_errors_round_trip_and_are_frozen() {
	let codes = [
		(BatchError::NoItems, 0x40),
		(BatchError::TooManyItems { got: 33 }, 0x2141),
		(BatchError::TooManyItems { got: MAX_REPORTED }, 0xffff_ff41),
		(BatchError::TooManyKeys { got: 9 }, 0x0942),
		(BatchError::UnknownKey { item: 31 }, 0x1f43),
		(BatchError::Unrecognised, 0x44),
	];
	for (error, code) in codes {
		assert_eq!(error.code(), code, "{error:?}");
		assert_eq!(BatchError::from_code(code), Some(error));
		assert_eq!(VerifyError::from_code(code), None);
		assert_eq!(BatchError::decode(&mut &error.encode()[..]), Ok(error));
		assert!(error.encode().len() <= BatchError::max_encoded_len());
		assert!(!error.to_string().is_empty());
	}
	for code in [0, 38, 0x140, 0x144, 0x0001_1f43, 69] {
		assert_eq!(BatchError::from_code(code), None, "{code:#x}");
	}
}

#[test]
fn every_case_of_the_corpus_gets_its_verdict_between_good_ones() {
	let pool = pool();
	// The corpus has few keys and many proofs, so keys are prepared once.
	let mut prepared: Vec<(Vec<u8>, Result<PreparedKey, KeyError>)> = Vec::new();
	for Case { name, key, proof, inputs, expected } in cases() {
		let known = match prepared.iter().find(|(known, _)| *known == key) {
			Some((_, known)) => known.clone(),
			None => {
				let fresh = PreparedKey::from_bytes(&key);
				prepared.push((key, fresh.clone()));
				fresh
			},
		};
		let keys = [pool.prepared[0].clone(), known];
		let case = BatchItem { key: 1, proof: &proof, inputs: &inputs };
		let batch = [pool.good[0].borrow(), case, pool.good[2].borrow(), case];
		let verdicts = verify_batch_prepared(&keys, &batch);
		assert_eq!(verdicts, Ok(vec![Ok(()), expected, Ok(()), expected]), "{name}");
		assert_eq!(verify_batch_prepared(&keys, &[case]), Ok(vec![expected]), "{name}");
	}
}

#[test]
fn keys_that_are_refused_are_refusals_of_their_items_only() {
	let pool = pool();
	let mut items: Vec<_> = pool.good[..6].iter().map(Item::borrow).collect();
	items[1].key = 3;
	items[4].key = 3;
	let refusal = Err(KeyError::DeltaEqualsGamma.into());
	let expected = vec![Ok(()), refusal, Ok(()), Ok(()), refusal, Ok(())];
	assert_eq!(verify_batch(&pool.keys, &items), Ok(expected));
}

#[test]
fn trap_48_errors_that_cancel_under_equal_coefficients_are_found() {
	let pool = pool();
	let error = G1Projective::generator() * Fr::from(12_345u32);
	let mut items = [pool.good[0].clone(), pool.good[2].clone(), pool.good[4].clone()];
	for (item, error) in items.iter_mut().zip([error, -error]) {
		let proof = Proof::from_bytes(&item.proof).unwrap();
		let c = (error + proof.c()).into_affine();
		item.proof = Proof::new(*proof.a(), *proof.b(), c).unwrap().to_bytes();
		item.alone = Err(VerifyError::InvalidProof);
	}
	let batch: Vec<_> = items.iter().map(Item::borrow).collect();
	let keys: Vec<_> = pool.prepared.iter().map(|key| key.as_ref().map_err(|e| *e)).collect();
	let candidates = candidates(&keys, &batch);
	let (good, coefficients) = combined(&keys, &batch, &candidates);
	// That this is the attack: with equal coefficients it passes.
	assert!(combination_holds(&good, &[ShortScalar::new(7, 9); 3]));
	assert!(!combination_holds(&good, &coefficients));
	check(&items);

	// The same with errors in A against one B: e(A_1 + D, B)·e(A_2 - D, B).
	let trapdoor = Trapdoor::new(1, 210);
	let key = trapdoor.key().prepare();
	let inputs = encode_inputs(&[Fr::from(5u8)]);
	let proof = trapdoor.prove(&[Fr::from(5u8)], 1);
	let proofs = [error, -error].map(|error| {
		let a = (error + proof.a()).into_affine();
		Proof::new(a, *proof.b(), *proof.c()).unwrap().to_bytes()
	});
	let batch = [0, 1].map(|n: usize| BatchItem { key: 0, proof: &proofs[n], inputs: &inputs });
	assert!(combination_holds(
		&crate::batch::candidates(&[Ok(&key)], &batch).iter().flatten().collect::<Vec<_>>(),
		&[ShortScalar::new(1, 0); 2],
	));
	let wrong = Err(VerifyError::InvalidProof);
	assert_eq!(verify_batch_prepared(&[Ok(key)], &batch), Ok(vec![wrong; 2]));
}

#[test]
fn an_error_under_one_key_does_not_cancel_under_another() {
	// Of two keys that share delta, the errors of C cancel if the keys' sums were not kept apart or
	// had equal coefficients.
	let first = Trapdoor::new(1, 211);
	let second = Trapdoor { delta: first.delta, ..Trapdoor::new(1, 212) };
	let inputs = [Fr::from(3u8)];
	let error = G1Projective::generator() * Fr::from(99u8);
	let proofs = [(&first, error), (&second, -error)].map(|(trapdoor, error)| {
		let proof = trapdoor.prove(&inputs, 4);
		let c = (error + proof.c()).into_affine();
		Proof::new(*proof.a(), *proof.b(), c).unwrap().to_bytes()
	});
	let inputs = encode_inputs(&inputs);
	let keys = [first.key().to_bytes(), second.key().to_bytes()];
	let batch = [0, 1].map(|n: usize| BatchItem { key: n, proof: &proofs[n], inputs: &inputs });
	let wrong = Err(VerifyError::InvalidProof);
	assert_eq!(verify_batch(&keys, &batch), Ok(vec![wrong; 2]));
}

fn coefficients(keys: &[Vec<u8>], items: &[Item]) -> Vec<ShortScalar> {
	let digests: Vec<_> = keys.iter().map(|key| key_digest(key)).collect();
	let items: Vec<_> = items.iter().map(Item::borrow).collect();
	derive(digests.iter().map(Ok), &items)
}

#[test]
fn trap_48_coefficients_depend_on_every_byte_and_on_order_and_number() {
	let pool = pool();
	let (keys, items) = (&pool.keys[..3], &pool.good[..4]);
	let original = coefficients(keys, items);
	assert_eq!(original, coefficients(keys, items), "two runs agree");
	let all_change = |keys: &[Vec<u8>], items: &[Item], what: &str| {
		let changed = coefficients(keys, items);
		for coefficient in &changed {
			assert!(!original.contains(coefficient), "{what}");
		}
		assert_eq!(changed.len(), items.len());
	};
	for key in 0..keys.len() {
		for byte in 0..keys[key].len() {
			let mut keys = keys.to_vec();
			keys[key][byte] ^= 1;
			all_change(&keys, items, "a byte of a key");
		}
	}
	for item in 0..items.len() {
		for byte in 0..items[item].proof.len() {
			let mut items = items.to_vec();
			items[item].proof[byte] ^= 0x80;
			all_change(keys, &items, "a byte of a proof");
		}
		for byte in 0..items[item].inputs.len() {
			let mut items = items.to_vec();
			items[item].inputs[byte] ^= 1;
			all_change(keys, &items, "a byte of an input");
		}
		let mut other = items.to_vec();
		other[item].key ^= 1;
		all_change(keys, &other, "the key of an item");
		// A byte moves over the boundary between proof and inputs.
		let mut moved = items.to_vec();
		let byte = moved[item].proof.pop().unwrap();
		moved[item].inputs.insert(0, byte);
		all_change(keys, &moved, "a boundary");
	}
	for first in 0..4 {
		for second in first + 1..4 {
			let mut swapped = items.to_vec();
			swapped.swap(first, second);
			all_change(keys, &swapped, "two items swapped");
		}
	}
	all_change(keys, &items[..3], "one item less");
	all_change(keys, &pool.good[..5], "one item more");
	all_change(&keys[..2], items, "one key less");
	all_change(&[keys[1].clone(), keys[0].clone(), keys[2].clone()], items, "two keys swapped");
	// A key and its refusal, and two refusals.
	let digest = key_digest(&keys[0]);
	let batch: Vec<_> = items.iter().map(Item::borrow).collect();
	let refusals =
		[Ok(&digest), Err(KeyError::NoInputs), Err(KeyError::DeltaEqualsGamma)].map(|key| {
			let coefficients = derive([key].into_iter(), &batch);
			// All different among themselves.
			let distinct: BTreeSet<_> =
				coefficients.iter().map(|scalar| encode_scalar(&scalar.to_field())).collect();
			assert_eq!(distinct.len(), batch.len());
			coefficients
		});
	assert!(refusals[0] != refusals[1] && refusals[1] != refusals[2]);
}

#[test]
fn coefficients_are_frozen() {
	// Another formula would still be sound, but a failing one would not be noticed.
	let digest = key_digest(b"key");
	let items = [
		BatchItem { key: 0, proof: b"proof", inputs: b"inputs" },
		BatchItem { key: 1, proof: b"", inputs: b"" },
	];
	let keys = [Ok(&digest), Err(KeyError::NoInputs)];
	let transcript = [
		&b"quittance.groth16-batch.v1"[..],
		&2u64.to_le_bytes(),
		&[0],
		&digest,
		&[1],
		&2u32.to_le_bytes(),
		&2u64.to_le_bytes(),
		&0u64.to_le_bytes(),
		&5u64.to_le_bytes(),
		b"proof",
		&6u64.to_le_bytes(),
		b"inputs",
		&1u64.to_le_bytes(),
		&0u64.to_le_bytes(),
		&0u64.to_le_bytes(),
	]
	.concat();
	use blake2::{Blake2b512, Digest};
	let seed = Blake2b512::digest(&transcript);
	let expected: Vec<_> = (0u64..2)
		.map(|place| {
			let hash = Blake2b512::digest([&seed[..], &place.to_le_bytes()].concat());
			let word = |at: usize| u64::from_le_bytes(hash[at..at + 8].try_into().unwrap());
			ShortScalar::new(word(0), word(8))
		})
		.collect();
	assert_eq!(derive(keys.into_iter(), &items), expected);
}

#[test]
fn a_coefficient_of_zero_leaves_its_item_out_and_nothing_breaks() {
	let pool = pool();
	let batch: Vec<_> = pool.good[..3].iter().map(Item::borrow).collect();
	let keys: Vec<_> = pool.prepared.iter().map(|key| key.as_ref().map_err(|e| *e)).collect();
	let candidates = candidates(&keys, &batch);
	let good: Vec<_> = candidates.iter().flatten().collect();
	let (zero, one) = (ShortScalar::new(0, 0), ShortScalar::new(1, 0));
	assert!(combination_holds(&good, &[zero, one, one]));
	assert!(combination_holds(&good, &[zero; 3]));
}

#[test]
fn proofs_of_a_real_circuit_and_rerandomised_ones() {
	let mut rng = StdRng::seed_from_u64(60);
	let key = setup().ours.to_bytes();
	let mut items = Vec::new();
	for n in 0..3u8 {
		let (proof, inputs) = prove([Fr::from(n + 2); 9], &mut rng);
		let other = Groth16::<Bn254>::rerandomize_proof(&setup().proving.vk, &proof, &mut rng);
		for proof in [proof, other] {
			let proof = from_ark_proof(&proof).to_bytes();
			items.push(Item { key: 0, proof, inputs: encode_inputs(&inputs), alone: Ok(()) });
		}
	}
	// A duplicate.
	items.push(items[1].clone());
	let batch: Vec<_> = items.iter().map(Item::borrow).collect();
	assert!(holds_combined(&[PreparedKey::from_bytes(&key)], &batch));
	assert_eq!(verify_batch(&[key], &batch), Ok(vec![Ok(()); 7]));
}

#[test]
fn inputs_whose_combination_is_infinity_in_a_batch() {
	let mut trapdoor = Trapdoor::new(2, 31);
	trapdoor.ic = vec![Fr::from(9u8), Fr::from(5u8), Fr::from(7u8)];
	let inputs = [Fr::ONE, -Fr::from(2u8)];
	let proofs = [32, 33].map(|seed| trapdoor.prove(&inputs, seed).to_bytes());
	let inputs = encode_inputs(&inputs);
	let batch = [0, 1].map(|n: usize| BatchItem { key: 0, proof: &proofs[n], inputs: &inputs });
	let keys = [PreparedKey::from_bytes(&trapdoor.key().to_bytes())];
	assert!(holds_combined(&keys, &batch));
	assert_eq!(verify_batch_prepared(&keys, &batch), Ok(vec![Ok(()); 2]));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(40))]

	#[test]
	fn a_batch_says_of_each_item_what_a_single_verification_says(
		picks in prop::collection::vec((0..100u8, any::<prop::sample::Index>()), 1..=MAX_BATCH),
		share_of_bad in prop::sample::select(vec![0u8, 3, 10, 50, 100]),
	) {
		let pool = pool();
		let items: Vec<_> = picks
			.iter()
			.map(|(roll, index)| {
				index.get(if *roll < share_of_bad { &pool.bad } else { &pool.good }).clone()
			})
			.collect();
		check(&items);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn arbitrary_bytes_in_a_batch_never_panic_and_get_their_verdict(
		parts in prop::collection::vec(
			(0..4usize, prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(any::<u8>(), 0..100)),
			1..5,
		),
		point: u64,
	) {
		let pool = pool();
		let mut items: Vec<_> = parts
			.iter()
			.map(|(key, proof, inputs)| Item::new(&pool.keys, *key, proof, inputs))
			.collect();
		// And one whose points are of the curves and arbitrary.
		let g2 = (G2Projective::generator() * Fr::from(point)).into_affine();
		if !g2.is_zero() {
			let mut bytes = pool.good[0].proof.clone();
			let mut point = Vec::new();
			crate::encoding::put_g2(&g2, &mut point);
			bytes[64..192].copy_from_slice(&point);
			items.push(Item::new(&pool.keys, 0, &bytes, &pool.good[0].inputs));
		}
		check(&items);
	}
}
