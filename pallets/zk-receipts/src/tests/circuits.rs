use super::*;
use crate::{Keys, References};
use codec::Encode;
use polkadot_sdk::sp_runtime::{DispatchResult, TokenError};
use quittance_groth16::{corpus, VerifyError};
use quittance_types::{Circuits as _, FieldBytes, Level, Stoppage};

fn register(key: Vec<u8>, kind: CircuitKind, setup: Setup) -> DispatchResult {
	Receipts::register_circuit(
		RuntimeOrigin::signed(OWNER),
		kind,
		KeyBytes::truncate_from(key),
		schema(),
		setup,
	)
}

const CEREMONY: Setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] };

#[test]
fn registering_holds_a_deposit_by_bytes_and_removing_returns_it() {
	run(|| {
		let circuit = register_basic();
		System::assert_last_event(
			Event::<Test>::CircuitRegistered {
				circuit,
				owner: OWNER,
				kind: CircuitKind::BasicReceipt,
				setup: Setup::Development,
			}
			.into(),
		);
		let bytes = basic_key().len() + schema().len();
		assert_eq!(held(&OWNER), 1_000 + bytes as u128);
		let remove = |who| Receipts::remove_circuit(RuntimeOrigin::signed(who), circuit);
		assert_noop!(remove(MINER), E::NotCircuitOwner);
		assert_ok!(remove(OWNER));
		System::assert_last_event(Event::<Test>::CircuitRemoved { circuit, owner: OWNER }.into());
		assert_eq!(held(&OWNER), 0);
		assert!(!Keys::<Test>::contains_key(circuit));
		assert_noop!(remove(OWNER), E::UnknownCircuit);
	});
}

#[test]
fn the_same_circuit_is_registered_once_and_kind_and_schema_are_part_of_its_id() {
	run(|| {
		let circuit = register_basic();
		let again = register(basic_key().into(), CircuitKind::BasicReceipt, Setup::Development);
		assert_eq!(again, Err(E::CircuitExists.into()));
		assert_ok!(register(basic_key().into(), CircuitKind::Custom, Setup::Development));
		let setup = &Setup::Development;
		assert_ne!(circuit, circuit_id(&basic_key(), CircuitKind::Custom, &schema(), setup));
		let other_schema = Schema::truncate_from(b"other".to_vec());
		assert_ne!(
			circuit,
			circuit_id(&basic_key(), CircuitKind::BasicReceipt, &other_schema, setup)
		);
	});
}

/// Traps 1, 6, 7 and 8: every key of the corpus that the verifier refuses is refused here, by name.
#[test]
fn malformed_and_degenerate_keys_are_refused_by_name() {
	run(|| {
		let mut refused = std::collections::BTreeSet::new();
		for case in corpus::cases().into_iter().chain(corpus::forgeries()) {
			let Err(error) = case.expected_key() else { continue };
			if case.key.len() > MAX_KEY_BYTES as usize {
				// Longer than the call's argument: it does not even decode.
				continue;
			}
			let expected = E::from(error);
			refused.insert(expected.encode());
			assert_noop!(register(case.key, CircuitKind::Custom, Setup::Development), expected);
		}
		let names = [
			E::KeyLength,
			E::KeyNotCanonical,
			E::KeyNotOnCurve,
			E::KeyNotInSubgroup,
			E::KeyAtInfinity,
			E::KeyDegenerate,
		];
		assert_eq!(refused, names.iter().map(Encode::encode).collect());
	});
}

#[test]
fn boundary_inputs_of_kind_and_of_any_key() {
	run(|| {
		let basic = |inputs| {
			let key = trapdoor(inputs).key().to_bytes();
			register(key, CircuitKind::BasicReceipt, Setup::Development)
		};
		assert_noop!(basic(8), E::KeyInputsForKind);
		assert_noop!(basic(10), E::KeyInputsForKind);
		assert_ok!(basic(9));
		for inputs in [1, 32] {
			let key = trapdoor(inputs).key().to_bytes();
			assert_ok!(register(key, CircuitKind::Custom, Setup::Development));
		}
		let empty = vec![];
		assert_noop!(register(empty, CircuitKind::Custom, Setup::Development), E::KeyLength);
	});
}

#[test]
fn a_ceremony_has_two_contributions_and_a_deposit_has_a_payer() {
	run(|| {
		let one = Setup::Ceremony { transcript: [1; 32], contributions: 1, beacon: [2; 32] };
		let kind = CircuitKind::BasicReceipt;
		assert_noop!(register(basic_key().into(), kind, one), E::TooFewContributions);
		assert_noop!(
			Receipts::register_circuit(
				RuntimeOrigin::signed(POOR),
				kind,
				basic_key(),
				schema(),
				CEREMONY
			),
			TokenError::FundsUnavailable
		);
		assert_ok!(register(basic_key().into(), kind, CEREMONY));
	});
}

#[test]
fn only_the_right_origins_pause_and_resume() {
	run(|| {
		use polkadot_sdk::sp_runtime::DispatchError::BadOrigin;
		let circuit = register_basic();
		let root = RuntimeOrigin::root;
		assert_noop!(Receipts::pause_circuit(RuntimeOrigin::signed(OWNER), circuit), BadOrigin);
		assert_noop!(Receipts::resume_circuit(RuntimeOrigin::signed(OWNER), circuit), BadOrigin);
		assert_noop!(Receipts::pause_circuit(root(), [0; 32]), E::UnknownCircuit);
		assert_noop!(Receipts::resume_circuit(root(), circuit), E::CircuitPauseUnchanged);
		assert_ok!(Receipts::pause_circuit(root(), circuit));
		System::assert_last_event(
			Event::<Test>::CircuitPauseChanged { circuit, old: false, new: true }.into(),
		);
		assert_noop!(Receipts::pause_circuit(root(), circuit), E::CircuitPauseUnchanged);
		assert_noop!(Receipts::reserve(&circuit, Level::Basic), E::CircuitPaused);
		assert_ok!(Receipts::resume_circuit(root(), circuit));
		assert_ok!(Receipts::reserve(&circuit, Level::Basic));
		Receipts::release(&circuit);
	});
}

/// What the clocks of jobs go by: pauses that have ended, to the block, and the one that lasts.
#[test]
fn boundary_of_the_time_it_was_paused() {
	run(|| {
		let root = RuntimeOrigin::root;
		let at = System::set_block_number;
		at(10);
		let circuit = register_basic();
		let stoppage = |ended, since| Stoppage { ended, since, retired: false };
		assert_eq!(Receipts::stoppage(&circuit), stoppage(0, None));
		at(20);
		assert_ok!(Receipts::pause_circuit(root(), circuit));
		assert_eq!(Receipts::stoppage(&circuit), stoppage(0, Some(20)));
		at(25);
		assert_noop!(Receipts::pause_circuit(root(), circuit), E::CircuitPauseUnchanged);
		assert_eq!(Receipts::stoppage(&circuit), stoppage(0, Some(20)));
		assert_ok!(Receipts::resume_circuit(root(), circuit));
		assert_eq!(Receipts::stoppage(&circuit), stoppage(5, None));
		at(40);
		assert_noop!(Receipts::resume_circuit(root(), circuit), E::CircuitPauseUnchanged);
		assert_ok!(Receipts::pause_circuit(root(), circuit));
		// Within one block nothing has stopped.
		assert_ok!(Receipts::resume_circuit(root(), circuit));
		assert_eq!(Receipts::stoppage(&circuit), stoppage(5, None));
		assert_ok!(Receipts::pause_circuit(root(), circuit));
		at(41);
		assert_ok!(Receipts::resume_circuit(root(), circuit));
		assert_eq!(Receipts::stoppage(&circuit), stoppage(6, None));
		assert_ok!(Receipts::retire_circuit(RuntimeOrigin::signed(OWNER), circuit));
		let retired = Stoppage { retired: true, ..stoppage(6, None) };
		assert_eq!(Receipts::stoppage(&circuit), retired);
	});
}

#[test]
fn a_circuit_with_living_jobs_stays() {
	run(|| {
		let circuit = register_basic();
		assert_ok!(Receipts::reserve(&circuit, Level::Basic));
		assert_ok!(Receipts::reserve(&circuit, Level::Basic));
		let remove = || Receipts::remove_circuit(RuntimeOrigin::signed(OWNER), circuit);
		assert_noop!(remove(), E::CircuitInUse);
		Receipts::release(&circuit);
		assert_noop!(remove(), E::CircuitInUse);
		Receipts::release(&circuit);
		assert_ok!(remove());
	});
}

/// Renewed jobs cannot keep the owner's deposit for ever.
#[test]
fn a_retired_circuit_takes_no_new_jobs() {
	run(|| {
		let circuit = register_basic();
		assert_ok!(Receipts::reserve(&circuit, Level::Basic));
		let retire = |who| Receipts::retire_circuit(RuntimeOrigin::signed(who), circuit);
		assert_noop!(retire(MINER), E::NotCircuitOwner);
		assert_ok!(retire(OWNER));
		System::assert_last_event(Event::<Test>::CircuitRetired { circuit }.into());
		assert_noop!(retire(OWNER), E::CircuitRetired);
		assert_noop!(Receipts::reserve(&circuit, Level::Basic), E::CircuitRetired);
		Receipts::release(&circuit);
		assert_ok!(Receipts::remove_circuit(RuntimeOrigin::signed(OWNER), circuit));
		assert_noop!(retire(OWNER), E::UnknownCircuit);
	});
}

/// Whoever registered a circuit first has its deposit there, and no say over its end once others
/// rely on it.
#[test]
fn only_governance_ends_what_it_vouches_for() {
	run(|| {
		let key = Trapdoor::new(9, 8).key().to_bytes();
		assert_ok!(register(key.clone(), CircuitKind::BasicReceipt, CEREMONY));
		let circuit = circuit_id(&key, CircuitKind::BasicReceipt, &schema(), &CEREMONY);
		assert_ok!(Receipts::approve_circuit(RuntimeOrigin::root(), circuit));
		let owner = || RuntimeOrigin::signed(OWNER);
		assert_noop!(Receipts::retire_circuit(owner(), circuit), E::CircuitApproved);
		assert_noop!(Receipts::remove_circuit(owner(), circuit), E::CircuitApproved);
		assert_ok!(Receipts::retire_circuit(RuntimeOrigin::root(), circuit));
		assert_ok!(Receipts::remove_circuit(owner(), circuit));
	});
}

#[test]
fn a_pause_does_not_end_by_registering_anew() {
	run(|| {
		let circuit = register_basic();
		assert_ok!(Receipts::pause_circuit(RuntimeOrigin::root(), circuit));
		let remove = || Receipts::remove_circuit(RuntimeOrigin::signed(OWNER), circuit);
		assert_noop!(remove(), E::CircuitPaused);
		assert_ok!(Receipts::resume_circuit(RuntimeOrigin::root(), circuit));
		assert_ok!(remove());
	});
}

/// A passport is part of the id: nobody takes a key's place with a wrong one.
#[test]
fn the_same_key_with_another_passport_is_another_circuit() {
	run(|| {
		register_basic();
		assert_ok!(register(basic_key().into(), CircuitKind::BasicReceipt, CEREMONY));
	});
}

#[test]
fn only_receipt_circuits_of_the_level_carry_jobs() {
	run(|| {
		assert_ok!(register(basic_key().into(), CircuitKind::Custom, Setup::Development));
		let custom = circuit_id(&basic_key(), CircuitKind::Custom, &schema(), &Setup::Development);
		let basic = register_basic();
		assert_noop!(Receipts::reserve(&custom, Level::Basic), E::CircuitKindMismatch);
		assert_noop!(Receipts::reserve(&basic, Level::Transparent), E::CircuitKindMismatch);
		assert_noop!(Receipts::reserve(&[0; 32], Level::Basic), E::UnknownCircuit);
	});
}

/// Trap 44.
#[test]
fn a_development_setup_carries_no_value_outside_development_chains() {
	run_on(false, || {
		let development = register_basic();
		assert_noop!(Receipts::reserve(&development, Level::Basic), E::DevelopmentSetup);
		assert!(!References::<Test>::contains_key(development));
		let key = Trapdoor::new(9, 8).key().to_bytes();
		assert_ok!(register(key.clone(), CircuitKind::BasicReceipt, CEREMONY));
		let ceremony = circuit_id(&key, CircuitKind::BasicReceipt, &schema(), &CEREMONY);
		// Anybody can claim a ceremony: only governance's word for it carries value.
		assert_noop!(Receipts::reserve(&ceremony, Level::Basic), E::CircuitNotApproved);
		let approve = |origin| Receipts::approve_circuit(origin, ceremony);
		assert_noop!(
			approve(RuntimeOrigin::signed(OWNER)),
			polkadot_sdk::sp_runtime::DispatchError::BadOrigin
		);
		assert_ok!(approve(RuntimeOrigin::root()));
		System::assert_last_event(Event::<Test>::CircuitApproved { circuit: ceremony }.into());
		assert_noop!(approve(RuntimeOrigin::root()), E::CircuitAlreadyApproved);
		assert_ok!(Receipts::reserve(&ceremony, Level::Basic));
		// Approval does not turn a development key into another.
		assert_noop!(
			Receipts::approve_circuit(RuntimeOrigin::root(), development),
			E::DevelopmentSetup
		);
		assert_noop!(Receipts::approve_circuit(RuntimeOrigin::root(), [0; 32]), E::UnknownCircuit);
	});
}

/// Traps 4, 5 and 6 for the read-only verification.
#[test]
fn dry_runs_name_every_malformed_case_and_change_nothing() {
	run(|| {
		let trapdoor = trapdoor(3);
		assert_ok!(register(trapdoor.key().to_bytes(), CircuitKind::Custom, Setup::Development));
		let circuit =
			circuit_id(&key_of(&trapdoor), CircuitKind::Custom, &schema(), &Setup::Development);
		let inputs = [5u64, 6, 7].map(ark_bn254::Fr::from);
		let proof = trapdoor.prove(&inputs, 1).to_bytes();
		let good: Vec<FieldBytes> = inputs.into_iter().map(FieldBytes::from).collect();
		let refused = |proof: &[u8], inputs: &[FieldBytes]| match Receipts::dry_run_verify(
			circuit,
			proof.to_vec(),
			inputs.to_vec(),
		) {
			Err(DryRunError::Refused(error)) => error,
			other => panic!("expected a refusal, not {other:?}"),
		};
		let unknown = Receipts::dry_run_verify([0; 32], proof.clone(), good.clone());
		assert_eq!(unknown, Err(DryRunError::UnknownCircuit));
		assert_eq!(Receipts::dry_run_verify(circuit, proof.clone(), good.clone()), Ok(()));
		assert_eq!(refused(&proof, &good[..2]), VerifyError::InputCount { expected: 3, got: 2 });
		let longer = [&good[..], &good[..1]].concat();
		assert_eq!(refused(&proof, &longer), VerifyError::InputCount { expected: 3, got: 4 });
		assert_eq!(refused(&proof, &[]), VerifyError::InputCount { expected: 3, got: 0 });
		let many = vec![good[0]; 33];
		assert_eq!(refused(&proof, &many), VerifyError::TooManyInputs { got: 33 });
		let trailing = [&proof[..], &[0]].concat();
		assert_eq!(refused(&trailing, &good), VerifyError::ProofLength { got: 257 });
		assert_eq!(refused(&proof[..255], &good), VerifyError::ProofLength { got: 255 });
		for index in 0..3 {
			let mut aliased = good.clone();
			aliased[index] = FieldBytes([0xff; 32]);
			let error =
				VerifyError::InputNotCanonical { index: index as u8, reversed_is_canonical: false };
			assert_eq!(refused(&proof, &aliased), error);
		}
		let mut other = good.clone();
		other[0] = good[1];
		assert_eq!(refused(&proof, &other), VerifyError::InvalidProof);
	});
}
