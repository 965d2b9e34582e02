//! Transactions as people may send them, encoded by the chain's metadata, and what is found in them.

use super::*;
use crate::api::runtime_types::{
	pallet_confidential_settlement::types::PoolCircuit,
	pallet_multisig::pallet::Call as Multisig,
	pallet_preimage::pallet::Call as Preimage,
	pallet_proxy::pallet::Call as Proxy,
	pallet_sudo::pallet::Call as Sudo,
	pallet_utility::pallet::Call as Utility,
	quittance_runtime::{OriginCaller, RuntimeCall},
	quittance_types::context::Header,
	sp_weights::weight_v2::Weight,
};
use quittance_types::{TransferClaims, WithdrawClaims};
use subxt::{
	ext::{
		codec::{Compact, Encode},
		scale_encode::EncodeAsType,
	},
	utils::{MultiAddress, MultiSignature, Static},
};

const ACCOUNT: AccountId = AccountId([1; 32]);

fn metadata() -> Metadata {
	Metadata::decode_from(include_bytes!("../../artifacts/metadata.scale")).unwrap()
}

fn encoded(call: &RuntimeCall) -> Vec<u8> {
	let metadata = metadata();
	let ty = metadata.outer_enums().call_enum_ty();
	call.encode_as_type(ty, metadata.types()).unwrap()
}

/// A transaction as it is in a block: with its length before it.
fn with_length(parts: &[&[u8]]) -> Vec<u8> {
	parts.concat().encode()
}

/// A call that an account has signed.
fn signed(call: &RuntimeCall) -> Vec<u8> {
	let address = MultiAddress::<AccountId, ()>::Id(ACCOUNT);
	let signature = MultiSignature::Sr25519([2; 64]);
	// Of the extensions, the era, the nonce, the tip and the mode of the metadata's hash have bytes.
	let extensions = ([0b1010_0101u8, 0b11], Compact(70_000u32), Compact(1u128 << 70), 0u8);
	let before = (0b1000_0100u8, address, signature, extensions).encode();
	with_length(&[&before, &encoded(call)])
}

fn element(number: u8) -> FieldBytes {
	let mut bytes = [0; 32];
	bytes[0] = number;
	FieldBytes(bytes)
}

/// The deposit of this number: all of it follows from the number.
fn deposit(number: u8) -> RuntimeCall {
	deposit_with(number, [number; NOTE_CIPHERTEXT_BYTES])
}

fn deposit_with(number: u8, ciphertext: NoteCiphertext) -> RuntimeCall {
	let (amount, inner) = (1_000 + u128::from(number), Static(element(number)));
	let ciphertext = Box::new(ciphertext);
	RuntimeCall::ConfidentialSettlement(Notes::deposit { amount, inner, ciphertext })
}

fn commitment(number: u8) -> FieldBytes {
	deposit_commitment::<Native>(1_000 + u128::from(number), &element(number)).unwrap()
}

/// What is found for the deposits of these numbers, and nothing else.
fn expected(numbers: &[u8]) -> BTreeMap<[u8; 32], Vec<NoteCiphertext>> {
	numbers
		.iter()
		.map(|number| (commitment(*number).0, vec![[*number; NOTE_CIPHERTEXT_BYTES]]))
		.collect()
}

fn found(transaction: &[u8]) -> BTreeMap<[u8; 32], Vec<NoteCiphertext>> {
	carried(&metadata(), transaction).unwrap().ciphertexts
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	RuntimeCall::Utility(Utility::batch { calls })
}

fn remark(bytes: usize) -> RuntimeCall {
	use crate::api::runtime_types::frame_system::pallet::Call as System;
	RuntimeCall::System(System::remark { remark: vec![0xff; bytes] })
}

fn root() -> Box<OriginCaller> {
	use crate::api::runtime_types::frame_support::dispatch::RawOrigin;
	Box::new(OriginCaller::system(RawOrigin::Signed(ACCOUNT)))
}

const WEIGHT: Weight = Weight { ref_time: 1 << 40, proof_size: 9 };

/// All calls of this runtime that carry a call which they make.
fn wrapped(number: u8) -> Vec<(&'static str, RuntimeCall)> {
	let call = || Box::new(deposit(number));
	let others = vec![AccountId([3; 32]), AccountId([4; 32])];
	let to = || MultiAddress::Id(ACCOUNT);
	vec![
		("nothing", deposit(number)),
		("batch", batch(vec![remark(70), deposit(number), remark(0)])),
		("batch_all", RuntimeCall::Utility(Utility::batch_all { calls: vec![deposit(number)] })),
		(
			"force_batch",
			RuntimeCall::Utility(Utility::force_batch { calls: vec![deposit(number)] }),
		),
		("as_derivative", RuntimeCall::Utility(Utility::as_derivative { index: 7, call: call() })),
		(
			"dispatch_as",
			RuntimeCall::Utility(Utility::dispatch_as { as_origin: root(), call: call() }),
		),
		(
			"dispatch_as_fallible",
			RuntimeCall::Utility(Utility::dispatch_as_fallible { as_origin: root(), call: call() }),
		),
		(
			"with_weight",
			RuntimeCall::Utility(Utility::with_weight { call: call(), weight: WEIGHT }),
		),
		(
			"if_else",
			RuntimeCall::Utility(Utility::if_else { main: Box::new(remark(3)), fallback: call() }),
		),
		(
			"proxy",
			RuntimeCall::Proxy(Proxy::proxy { real: to(), force_proxy_type: None, call: call() }),
		),
		(
			"proxy_announced",
			RuntimeCall::Proxy(Proxy::proxy_announced {
				delegate: to(),
				real: to(),
				force_proxy_type: None,
				call: call(),
			}),
		),
		(
			"as_multi",
			RuntimeCall::Multisig(Multisig::as_multi {
				threshold: 2,
				other_signatories: others.clone(),
				maybe_timepoint: None,
				call: call(),
				max_weight: WEIGHT,
			}),
		),
		(
			"as_multi_threshold_1",
			RuntimeCall::Multisig(Multisig::as_multi_threshold_1 {
				other_signatories: others,
				call: call(),
			}),
		),
		("sudo", RuntimeCall::Sudo(Sudo::sudo { call: call() })),
		(
			"sudo_unchecked_weight",
			RuntimeCall::Sudo(Sudo::sudo_unchecked_weight { call: call(), weight: WEIGHT }),
		),
		("sudo_as", RuntimeCall::Sudo(Sudo::sudo_as { who: to(), call: call() })),
	]
}

#[test]
fn a_deposit_is_found_within_any_call() {
	for (name, call) in wrapped(5) {
		assert_eq!(found(&signed(&call)), expected(&[5]), "{name}");
	}
}

/// What wraps a call wraps a call that wraps one, too.
#[test]
fn a_deposit_is_found_within_calls_within_calls() {
	for (outer, _) in wrapped(0) {
		for (name, inner) in wrapped(9) {
			let nested = wrapped_around(outer, inner);
			assert_eq!(found(&signed(&nested)), expected(&[9]), "{outer} of {name}");
		}
	}
}

/// The call of this name with another inside.
fn wrapped_around(name: &str, inner: RuntimeCall) -> RuntimeCall {
	let (_, outer) = wrapped(0).into_iter().find(|(found, _)| *found == name).unwrap();
	let inner = Box::new(inner);
	match outer {
		RuntimeCall::ConfidentialSettlement(_) => *inner,
		RuntimeCall::Utility(outer) => RuntimeCall::Utility(match outer {
			Utility::batch { .. } => Utility::batch { calls: vec![remark(1), *inner] },
			Utility::batch_all { .. } => Utility::batch_all { calls: vec![*inner, remark(1)] },
			Utility::force_batch { .. } => Utility::force_batch { calls: vec![*inner] },
			Utility::as_derivative { index, .. } => Utility::as_derivative { index, call: inner },
			Utility::dispatch_as { as_origin, .. } => {
				Utility::dispatch_as { as_origin, call: inner }
			},
			Utility::dispatch_as_fallible { as_origin, .. } => {
				Utility::dispatch_as_fallible { as_origin, call: inner }
			},
			Utility::with_weight { weight, .. } => Utility::with_weight { call: inner, weight },
			Utility::if_else { fallback, .. } => {
				// The other of the two.
				let _ = fallback;
				Utility::if_else { main: inner, fallback: Box::new(remark(2)) }
			},
		}),
		RuntimeCall::Proxy(Proxy::proxy { real, force_proxy_type, .. }) => {
			RuntimeCall::Proxy(Proxy::proxy { real, force_proxy_type, call: inner })
		},
		RuntimeCall::Proxy(Proxy::proxy_announced { delegate, real, force_proxy_type, .. }) => {
			let call = inner;
			RuntimeCall::Proxy(Proxy::proxy_announced { delegate, real, force_proxy_type, call })
		},
		RuntimeCall::Multisig(Multisig::as_multi {
			threshold,
			other_signatories,
			maybe_timepoint,
			max_weight,
			..
		}) => RuntimeCall::Multisig(Multisig::as_multi {
			threshold,
			other_signatories,
			maybe_timepoint,
			call: inner,
			max_weight,
		}),
		RuntimeCall::Multisig(Multisig::as_multi_threshold_1 { other_signatories, .. }) => {
			let call = inner;
			RuntimeCall::Multisig(Multisig::as_multi_threshold_1 { other_signatories, call })
		},
		RuntimeCall::Sudo(Sudo::sudo { .. }) => RuntimeCall::Sudo(Sudo::sudo { call: inner }),
		RuntimeCall::Sudo(Sudo::sudo_unchecked_weight { weight, .. }) => {
			RuntimeCall::Sudo(Sudo::sudo_unchecked_weight { call: inner, weight })
		},
		RuntimeCall::Sudo(Sudo::sudo_as { who, .. }) => {
			RuntimeCall::Sudo(Sudo::sudo_as { who, call: inner })
		},
		other => panic!("{name}: {other:?}"),
	}
}

#[test]
fn many_deposits_of_one_transaction_each_have_their_ciphertext() {
	let numbers: Vec<u8> = (0..=u8::MAX).collect();
	let calls =
		numbers.iter().map(|number| wrapped(*number).swap_remove(usize::from(number % 16)).1);
	assert_eq!(found(&signed(&batch(calls.collect()))), expected(&numbers));
}

/// The runtime takes calls nested 256 deep, and no reader of ours may run out of stack by one.
#[test]
fn boundary_a_deposit_as_deep_as_the_runtime_takes_it_is_found() {
	let mut call = encoded(&deposit(3));
	// The pallet's index, the call's, and a list of one: what a batch of one call begins with.
	let around = encoded(&batch(vec![deposit(3)]));
	let around = &around[..around.len() - call.len()];
	for _ in 0..256 {
		call = [around, &call].concat();
	}
	let (metadata, transaction) = (metadata(), with_length(&[&[0b0000_0100], &call]));
	// Less than any thread has.
	let little_stack = std::thread::Builder::new().stack_size(256 * 1024);
	let search = move || carried(&metadata, &transaction).unwrap().ciphertexts;
	assert_eq!(little_stack.spawn(search).unwrap().join().unwrap(), expected(&[3]));
}

#[test]
fn private_calls_have_their_ciphertexts() {
	let header = || Header {
		genesis: [1; 32],
		pallet: 44,
		circuit: [2; 32],
		subject: None,
		arguments: [3; 32],
		submitter: Some(ACCOUNT),
		payee: ACCOUNT,
		valid_until: 9,
		nonce: 0,
	};
	let (root, nullifiers, fee) = (element(1), [element(2), element(3)], 4);
	let commitments = [element(5), element(6)];
	let (first, second) = ([7; NOTE_CIPHERTEXT_BYTES], [8; NOTE_CIPHERTEXT_BYTES]);
	let transfer = RuntimeCall::ConfidentialSettlement(Notes::transfer {
		header: Box::new(header()),
		claims: Box::new(Static(TransferClaims { root, nullifiers, commitments, fee })),
		ciphertexts: Box::new([first, second]),
		audit: Box::new(None),
		proof: Box::new([9; 256]),
	});
	let withdraw = RuntimeCall::ConfidentialSettlement(Notes::withdraw {
		header: Box::new(header()),
		claims: Box::new(Static(WithdrawClaims {
			root,
			nullifiers,
			change: element(5),
			amount: 1,
			fee,
		})),
		ciphertext: Box::new(second),
		audit: Box::new(None),
		proof: Box::new([9; 256]),
	});
	// As authorised calls are sent: an immortal era, nonce and tip of zero, no hash of the metadata.
	let general =
		|call: &RuntimeCall| with_length(&[&[0b0100_0101, 0, 0, 0, 0, 0], &encoded(call)]);
	let offered = [([5u8; 1], first), ([6; 1], second)];
	let offered = offered.map(|([number], ciphertext)| (element(number).0, vec![ciphertext]));
	assert_eq!(found(&general(&transfer)), BTreeMap::from(offered));
	let offered = BTreeMap::from([(element(5).0, vec![second])]);
	assert_eq!(found(&general(&withdraw)), offered);
}

#[test]
fn what_adds_no_note_offers_nothing() {
	let pause = || RuntimeCall::ConfidentialSettlement(Notes::pause);
	let set = Notes::set_circuit { used_for: PoolCircuit::Transfer, circuit: [1; 32] };
	let zero = Notes::deposit {
		amount: 0,
		inner: Static(element(1)),
		ciphertext: Box::new([1; NOTE_CIPHERTEXT_BYTES]),
	};
	let no_element = Notes::deposit {
		amount: 1,
		inner: Static(FieldBytes([0xff; 32])),
		ciphertext: Box::new([1; NOTE_CIPHERTEXT_BYTES]),
	};
	for call in [
		remark(1_000),
		batch(vec![]),
		pause(),
		RuntimeCall::ConfidentialSettlement(Notes::resume),
		RuntimeCall::ConfidentialSettlement(set),
		RuntimeCall::ConfidentialSettlement(zero),
		RuntimeCall::ConfidentialSettlement(no_element),
		// Bytes that look like a deposit are none.
		RuntimeCall::Preimage(Preimage::note_preimage { bytes: encoded(&deposit(1)) }),
	] {
		assert_eq!(found(&signed(&call)), BTreeMap::new(), "{call:?}");
	}
}

#[test]
fn boundary_one_commitment_is_offered_some_ciphertexts_each_once() {
	let other = |number: u8| deposit_with(1, [number; NOTE_CIPHERTEXT_BYTES]);
	let twice = (0..20).map(|number| other(number / 2)).collect();
	let offered = found(&signed(&batch(twice)));
	let some: Vec<_> = (0..8).map(|number| [number; NOTE_CIPHERTEXT_BYTES]).collect();
	assert_eq!(offered, BTreeMap::from([(commitment(1).0, some)]));
}

/// Whatever a node says is in a block, it is read or refused.
#[test]
fn bytes_that_are_no_transaction_are_refused() {
	let whole = signed(&batch(vec![deposit(1), deposit(2)]));
	let metadata = metadata();
	for end in 0..whole.len() {
		let cut = &whole[..end];
		carried(&metadata, cut).unwrap_err();
		// The same with a length that is right.
		if let Some(rest) = cut.get(2..) {
			carried(&metadata, &with_length(&[rest])).unwrap_err();
		}
	}
	let longer = with_length(&[&whole[2..], &[0]]);
	let error = carried(&metadata, &longer).unwrap_err();
	assert!(
		matches!(&error, ClientError::Unexpected(words) if words.contains("1 bytes")),
		"{error}"
	);
	// A version that is not known, and a variant that no call has.
	for bytes in [&[0b0000_0110u8][..], &[0b1000_0101], &[0b0000_0100, 0xff, 0xff]] {
		carried(&metadata, &with_length(&[bytes])).unwrap_err();
	}
}

fn note(index: u64, number: u8) -> Event {
	Event::NoteAdded { index, commitment: commitment(number), ciphertext: Some(0) }
}

fn deposited(number: u8, index: u64) -> Event {
	Event::Deposited { who: ACCOUNT, amount: 1_000 + u128::from(number), index }
}

#[test]
fn notes_belong_to_the_call_whose_event_follows_them() {
	let nullifiers = [element(1), element(2)];
	let transferred = Event::Transferred { nullifiers, fee: 3, relayed: None };
	let withdrawn =
		Event::Withdrawn { payee: ACCOUNT, amount: 4, nullifiers, fee: 5, relayed: None };
	let root = Event::RootRecorded { root: element(9), leaves: 9 };
	let paused = Event::PoolPauseChanged { old: false, new: true };
	let happened = vec![
		// By the chain itself, before any transaction.
		(None, note(0, 20)),
		(Some(1), note(1, 1)),
		(Some(1), deposited(1, 1)),
		(Some(1), note(2, 2)),
		(Some(1), deposited(2, 2)),
		(Some(2), note(3, 3)),
		(Some(2), note(4, 4)),
		(Some(2), transferred),
		(Some(3), paused),
		(Some(3), note(5, 5)),
		(Some(3), withdrawn),
		// By something of a later runtime.
		(Some(4), note(6, 6)),
		(Some(5), note(7, 7)),
		(None, root),
		(None, note(8, 8)),
	];
	let of = |ciphertexts| Carried { ciphertexts, ..Carried::default() };
	let offered = BTreeMap::from([
		(1, of(expected(&[1, 2]))),
		(2, of(expected(&[4]))),
		// What is in another transaction is not for this one's notes.
		(3, of(expected(&[7]))),
		(5, of(expected(&[7]))),
	]);
	let (calls, root) = assemble(happened, &offered);
	assert_eq!(root, Some((element(9), 9)));
	let ciphertext = |number: u8| vec![[number; NOTE_CIPHERTEXT_BYTES]];
	let note = |index, number: u8, ciphertexts| PoolNote {
		index,
		commitment: commitment(number),
		ciphertexts,
	};
	let call = |action, notes| PoolCall { action, notes };
	let deposit = |amount| PoolAction::Deposit { who: ACCOUNT, amount };
	let other = PoolAction::Other;
	let expected = [
		call(other, vec![note(0, 20, vec![])]),
		call(deposit(1_001), vec![note(1, 1, ciphertext(1))]),
		call(deposit(1_002), vec![note(2, 2, ciphertext(2))]),
		call(
			PoolAction::Transfer { nullifiers, fee: 3 },
			vec![note(3, 3, vec![]), note(4, 4, ciphertext(4))],
		),
		call(
			PoolAction::Withdrawal { nullifiers, payee: ACCOUNT, amount: 4, fee: 5 },
			vec![note(5, 5, vec![])],
		),
		call(other, vec![note(6, 6, vec![])]),
		call(other, vec![note(7, 7, ciphertext(7))]),
		call(other, vec![note(8, 8, vec![])]),
	];
	assert_eq!(calls, expected);
}
