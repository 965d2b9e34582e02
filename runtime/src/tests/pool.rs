//! The pool as this runtime joins it: the registry's circuits, fees as of signed transactions, and what stops it.
//!
//! What the circuits prove is their crate's concern: the keys here are a simulator's, which proves whatever it
//! is asked to.

use super::{
	chain::{index_of, next_block, signed, start_block},
	check_invariants, new_chain,
};
use crate::{constants::currency::QTC, presets, *};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::fungible::Inspect};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_confidential_settlement::{Call, PoolCircuit, PoolTotals};
use pallet_zk_receipts::{KeyBytes, Schema};
use quittance_babyjubjub::{PublicKey, SecretKey};
use quittance_groth16::simulator::Trapdoor;
use quittance_poseidon::Native;
use quittance_types::{
	circuit_id, AuditedValues, CircuitId, CircuitKind, FieldBytes, Header as ProofHeader,
	NoteAudit, PoolRefusal, Setup, TransferClaims, WithdrawClaims, NOTE_CIPHERTEXT_BYTES,
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Eve};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult, DispatchError,
};

type RegistryError = pallet_zk_receipts::Error<Runtime>;

pub(super) const CIPHERTEXT: [u8; NOTE_CIPHERTEXT_BYTES] = [1; NOTE_CIPHERTEXT_BYTES];

/// What is deposited.
const DEPOSIT: Balance = 100 * QTC;

pub(super) fn element(number: u64) -> FieldBytes {
	quittance_groth16::Fr::from(number).into()
}

/// The same for every call, since each verifies under a key of its own.
fn trapdoor(used_for: PoolCircuit) -> Trapdoor {
	Trapdoor::new(used_for.signals(), 1 + used_for as u64)
}

/// Registers a circuit of Alice's.
fn register(kind: CircuitKind, used_for: PoolCircuit) -> CircuitId {
	let (key, schema) = (trapdoor(used_for).key().to_bytes(), Schema::truncate_from(b"s".to_vec()));
	let circuit = circuit_id(&key, kind, &schema, &Setup::Development);
	assert_ok!(ZkReceipts::register_circuit(
		RuntimeOrigin::signed(Alice.to_account_id()),
		kind,
		KeyBytes::truncate_from(key),
		schema,
		Setup::Development,
	));
	circuit
}

/// Registers circuits for the pool and puts them in force.
pub(super) fn put_in_force() -> [CircuitId; 5] {
	put_all_in_force([
		(CircuitKind::Transfer, PoolCircuit::Transfer),
		(CircuitKind::Withdraw, PoolCircuit::Withdraw),
		(CircuitKind::PostPrivateJob, PoolCircuit::PostPrivateJob),
		(CircuitKind::Settle, PoolCircuit::Settle),
		(CircuitKind::SettleVerdict, PoolCircuit::SettleVerdict),
	])
}

/// The same with those for an auditor.
fn put_audited_in_force() -> [CircuitId; 5] {
	put_all_in_force([
		(CircuitKind::AuditedTransfer, PoolCircuit::AuditedTransfer),
		(CircuitKind::AuditedWithdraw, PoolCircuit::AuditedWithdraw),
		(CircuitKind::AuditedPostPrivateJob, PoolCircuit::AuditedPostPrivateJob),
		(CircuitKind::AuditedSettle, PoolCircuit::AuditedSettle),
		(CircuitKind::AuditedSettleVerdict, PoolCircuit::AuditedSettleVerdict),
	])
}

fn put_all_in_force(uses: [(CircuitKind, PoolCircuit); 5]) -> [CircuitId; 5] {
	uses.map(|(kind, used_for)| {
		let circuit = register(kind, used_for);
		assert_ok!(ConfidentialSettlement::set_circuit(RuntimeOrigin::root(), used_for, circuit));
		circuit
	})
}

pub(super) fn deposit() -> RuntimeCall {
	let ciphertext = Box::new(CIPHERTEXT);
	RuntimeCall::ConfidentialSettlement(Call::deposit {
		amount: DEPOSIT,
		inner: element(1),
		ciphertext,
	})
}

pub(super) fn header(used_for: PoolCircuit, payee: AccountId) -> ProofHeader<AccountId> {
	ProofHeader {
		genesis: System::block_hash(0).into(),
		pallet: 44,
		circuit: pallet_confidential_settlement::CircuitInForce::<Runtime>::get(used_for)
			.unwrap_or_default(),
		subject: None,
		arguments: [0; 32],
		submitter: None,
		payee,
		valid_until: 1_000,
		nonce: 0,
	}
}

/// The root recorded last.
pub(super) fn root() -> FieldBytes {
	ConfidentialSettlement::pool().root.map_or(element(0), |(root, _)| root)
}

pub(super) fn prove(used_for: PoolCircuit, signals: &[quittance_groth16::Fr]) -> Box<[u8; 256]> {
	let proof = trapdoor(used_for).prove(signals, 1).to_bytes();
	Box::new(proof.try_into().expect("a proof has 256 bytes"))
}

/// A withdrawal for Eve, of notes that are spent nowhere else.
pub(super) fn withdraw(amount: Balance) -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_fee(PoolCircuit::Withdraw, false);
	let nullifiers = [element(2), element(3)];
	let claims = WithdrawClaims { root: root(), nullifiers, change: element(4), amount, fee };
	let mut header = header(PoolCircuit::Withdraw, Eve.to_account_id());
	header.arguments = claims.arguments(&CIPHERTEXT);
	let signals = claims.inputs(&header).expect("the claims are canonical");
	RuntimeCall::ConfidentialSettlement(Call::withdraw {
		header: Box::new(header),
		claims: Box::new(claims),
		ciphertext: Box::new(CIPHERTEXT),
		audit: None,
		proof: prove(PoolCircuit::Withdraw, &signals),
	})
}

/// The same for the auditor with this key, the first one of the chain.
fn withdraw_for(auditor: &PublicKey, amount: Balance) -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_fee(PoolCircuit::AuditedWithdraw, false);
	let nullifiers = [element(2), element(3)];
	let claims = WithdrawClaims { root: root(), nullifiers, change: element(4), amount, fee };
	let mut header = header(PoolCircuit::AuditedWithdraw, Eve.to_account_id());
	header.arguments = claims.arguments(&CIPHERTEXT);
	let ephemeral = SecretKey::from_seed(&[8; 32]);
	let change = [(5, element(4).to_field().expect("it is small"))];
	let (shown, shared) = (ephemeral.public().point(), ephemeral.shared(auditor));
	let values = AuditedValues::new::<Native>(&shown, &shared, &change);
	let signal = values.signal::<Native>([auditor.x(), auditor.y()]);
	let signals = claims.inputs(&header).expect("the claims are canonical");
	RuntimeCall::ConfidentialSettlement(Call::withdraw {
		header: Box::new(header),
		claims: Box::new(claims),
		ciphertext: Box::new(CIPHERTEXT),
		audit: Some(Box::new(NoteAudit::new(1, &values))),
		proof: prove(PoolCircuit::AuditedWithdraw, &[&signals[..], &[signal]].concat()),
	})
}

/// A transfer of notes that are spent nowhere else.
pub(super) fn transfer() -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_fee(PoolCircuit::Transfer, false);
	let (nullifiers, commitments) = ([element(5), element(6)], [element(7), element(8)]);
	let claims = TransferClaims { root: root(), nullifiers, commitments, fee };
	let mut header = header(PoolCircuit::Transfer, ConfidentialSettlement::account());
	header.arguments = claims.arguments([&CIPHERTEXT, &CIPHERTEXT]);
	let signals = claims.inputs(&header).expect("the claims are canonical");
	RuntimeCall::ConfidentialSettlement(Call::transfer {
		header: Box::new(header),
		claims: Box::new(claims),
		ciphertexts: Box::new([CIPHERTEXT; 2]),
		audit: None,
		proof: prove(PoolCircuit::Transfer, &signals),
	})
}

/// Applies a call that nobody signs.
pub(super) fn apply(call: RuntimeCall) -> ApplyExtrinsicResult {
	Executive::apply_extrinsic(
		<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call),
	)
}

pub(super) fn refused(refusal: PoolRefusal) -> ApplyExtrinsicResult {
	Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(refusal.number())))
}

/// In a block by Bob, after one in which Alice has deposited.
pub(super) fn with_deposit(test: impl FnOnce()) {
	new_chain(presets::PAIR).execute_with(|| {
		start_block(index_of(Bob));
		put_in_force();
		assert_eq!(Executive::apply_extrinsic(signed(Alice, 0, deposit())), Ok(Ok(())));
		next_block(1);
		test();
		Executive::finalize_block();
		check_invariants();
	});
}

#[test]
fn money_goes_in_and_out_and_a_fifth_of_the_fee_to_the_author() {
	with_deposit(|| {
		let of = |account: sp_keyring::Sr25519Keyring| Balances::balance(&account.to_account_id());
		let (bob, eve, issuance) = (of(Bob), of(Eve), Balances::total_issuance());
		let call = withdraw(10 * QTC);
		assert_eq!(apply(call.clone()), Ok(Ok(())));
		assert_eq!(of(Eve), eve + 10 * QTC);
		let fee = PoolTotals::<Runtime>::get().fees;
		let reward = of(Bob) - bob;
		assert!((reward * 5).abs_diff(fee) < 5, "{reward} of {fee}");
		assert_eq!(Balances::total_issuance(), issuance - (fee - reward));
		assert_eq!(PoolTotals::<Runtime>::get().held(), Some(DEPOSIT - 10 * QTC - fee));
		assert_eq!(apply(call), refused(PoolRefusal::NullifierSpent));
		assert_eq!(apply(transfer()), Ok(Ok(())));
	});
}

/// The pool is not the cheap way to fill blocks, nor a dear one: a signed call of the same length and weight
/// pays the same up to what numbers in its extensions take.
#[test]
fn a_private_call_costs_what_a_signed_one_does() {
	with_deposit(|| {
		for (call, used_for) in
			[(transfer(), PoolCircuit::Transfer), (withdraw(QTC), PoolCircuit::Withdraw)]
		{
			let least = ConfidentialSettlement::minimum_fee(used_for, false);
			let signed = signed(Charlie, 0, call);
			let mut info = signed.get_dispatch_info();
			assert!(info.extension_weight.ref_time() > 0);
			info.extension_weight =
				<TxExtension as sp_runtime::traits::TransactionExtension<RuntimeCall>>::weight(
					&<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension(),
					&signed.function,
				);
			let fee = TransactionPayment::compute_fee(signed.encoded_size() as u32, &info, 0);
			assert!(least >= fee && least <= fee + fee / 100, "{least} and {fee}");
		}
	});
}

/// Whoever sees a call could otherwise send it with an era that ends at once, in place of the original.
#[test]
fn fails_when_its_extensions_are_not_the_ones_that_all_have() {
	use sp_runtime::generic::Era;
	with_deposit(|| {
		let with = |change: fn(&mut TxExtension)| {
			let mut extension =
				<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
			change(&mut extension);
			Executive::apply_extrinsic(UncheckedExtrinsic::new_transaction(
				withdraw(QTC),
				extension,
			))
		};
		let other_form = Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(
			crate::authorisation::OTHER_FORM,
		)));
		let mortal = |extension: &mut TxExtension| {
			extension.5 = frame_system::CheckMortality::from(Era::mortal(64, 0));
		};
		assert_eq!(with(mortal), other_form);
		assert_eq!(with(|extension| extension.6 = frame_system::CheckNonce::from(1)), other_form);
		let tipped = |extension: &mut TxExtension| {
			extension.8 = pallet_transaction_payment::ChargeTransactionPayment::from(1)
		};
		assert_eq!(with(tipped), other_form);
		assert_eq!(with(|_| ()), Ok(Ok(())));
	});
}

#[test]
fn fails_when_it_is_signed() {
	with_deposit(|| {
		for call in [transfer(), withdraw(QTC)] {
			let nonce = System::account_nonce(Charlie.to_account_id());
			let outcome = Executive::apply_extrinsic(signed(Charlie, nonce, call));
			assert_eq!(outcome, Ok(Err(DispatchError::BadOrigin)));
		}
	});
}

#[test]
fn money_goes_out_for_the_auditor_while_there_is_one() {
	let auditor = SecretKey::from_seed(&[7; 32]).public();
	let set = || {
		let key = Box::new(auditor.to_bytes());
		ConfidentialSettlement::set_auditor(RuntimeOrigin::root(), key)
	};
	with_deposit(|| {
		type PoolError = pallet_confidential_settlement::Error<Runtime>;
		assert_noop!(set(), PoolError::NoAuditedCircuit);
		let circuits = put_audited_in_force();
		assert_ok!(set());
		assert_eq!(ConfidentialSettlement::pool().audited, circuits.map(Some));
		assert_eq!(apply(withdraw(QTC)), refused(PoolRefusal::AuditRequired));
		assert_eq!(apply(transfer()), refused(PoolRefusal::AuditRequired));
		let other = SecretKey::from_seed(&[6; 32]).public();
		assert_eq!(apply(withdraw_for(&other, QTC)), refused(PoolRefusal::InvalidProof));
		// What stops everything else does not stop this.
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		assert_eq!(apply(withdraw_for(&auditor, QTC)), Ok(Ok(())));
		assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
		assert_ok!(ConfidentialSettlement::clear_auditor(RuntimeOrigin::root()));
		assert_eq!(apply(withdraw_for(&auditor, QTC)), refused(PoolRefusal::NoAuditor));
		assert_eq!(apply(transfer()), Ok(Ok(())));
	});
	let grace = <Runtime as pallet_confidential_settlement::Config>::AuditorKeyGrace::get();
	assert_eq!(grace, u64::from(2 * crate::constants::time::HOURS), "two hours");
}

#[test]
fn safe_mode_lets_money_out_and_nothing_else() {
	with_deposit(|| {
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		let filtered = frame_system::Error::<Runtime>::CallFiltered.into();
		assert_eq!(Executive::apply_extrinsic(signed(Alice, 1, deposit())), Ok(Err(filtered)));
		let kept_out = Err(TransactionValidityError::Invalid(InvalidTransaction::Call));
		assert_eq!(apply(transfer()), kept_out);
		assert_eq!(apply(withdraw(QTC)), Ok(Ok(())));
	});
}

/// Whoever pauses a circuit in the registry, or lets it end there, keeps nobody's money.
#[test]
fn the_registrys_pause_does_not_stop_the_pool() {
	with_deposit(|| {
		let circuit = ConfidentialSettlement::pool().withdraw.expect("one is in force");
		assert_ok!(ZkReceipts::pause_circuit(RuntimeOrigin::root(), circuit));
		assert_ok!(ZkReceipts::retire_circuit(RuntimeOrigin::root(), circuit));
		assert_noop!(
			ZkReceipts::remove_circuit(RuntimeOrigin::signed(Alice.to_account_id()), circuit),
			RegistryError::CircuitInUse
		);
		assert_eq!(apply(withdraw(QTC)), Ok(Ok(())));
	});
}

#[test]
fn only_circuits_for_it_come_into_force() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		let set = |used_for, circuit| {
			ConfidentialSettlement::set_circuit(RuntimeOrigin::root(), used_for, circuit)
		};
		let custom = register(CircuitKind::Custom, PoolCircuit::Withdraw);
		let mismatch = || RegistryError::CircuitKindMismatch;
		assert_noop!(set(PoolCircuit::Withdraw, custom), mismatch());
		let transfers = register(CircuitKind::Transfer, PoolCircuit::Transfer);
		assert_noop!(set(PoolCircuit::Withdraw, transfers), mismatch());
		assert_noop!(set(PoolCircuit::Withdraw, [0; 32]), RegistryError::UnknownCircuit);
		let audited = register(CircuitKind::AuditedWithdraw, PoolCircuit::AuditedWithdraw);
		assert_noop!(set(PoolCircuit::Withdraw, audited), mismatch());
		let withdrawals = register(CircuitKind::Withdraw, PoolCircuit::Withdraw);
		assert_noop!(set(PoolCircuit::AuditedWithdraw, withdrawals), mismatch());
		assert_ok!(set(PoolCircuit::AuditedWithdraw, audited));
		pallet_zk_receipts::DevelopmentChain::<Runtime>::put(false);
		assert_noop!(set(PoolCircuit::Withdraw, withdrawals), RegistryError::DevelopmentSetup);
		pallet_zk_receipts::DevelopmentChain::<Runtime>::put(true);
		assert_ok!(set(PoolCircuit::Withdraw, withdrawals));
	});
}

/// The pool tells false bytes from false statements, as the registry's verifier does.
#[test]
fn fails_when_the_proof_is_none_or_anothers() {
	with_deposit(|| {
		let with = |change: fn(&mut [u8; 256])| {
			let RuntimeCall::ConfidentialSettlement(Call::withdraw {
				header,
				claims,
				ciphertext,
				audit,
				mut proof,
			}) = withdraw(QTC)
			else {
				panic!("it is a withdrawal")
			};
			change(&mut proof);
			let call = Call::withdraw { header, claims, ciphertext, audit, proof };
			apply(RuntimeCall::ConfidentialSettlement(call))
		};
		assert_eq!(with(|proof| *proof = [0xff; 256]), refused(PoolRefusal::MalformedProof));
		// The first point for the last: both are on the curve.
		let other = |proof: &mut [u8; 256]| proof.copy_within(0..64, 192);
		assert_eq!(with(other), refused(PoolRefusal::InvalidProof));
		assert_eq!(with(|_| ()), Ok(Ok(())));
	});
}
