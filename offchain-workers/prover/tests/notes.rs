//! From a wallet's notes to proofs that the chain's verifier accepts for what a call shows, and for
//! nothing else. `--nocapture` shows how long the proofs took.

use quittance_circuits::{
	join_split::{siblings, SpentNote, WitnessError},
	transfer::{self, TransferWitness},
	withdraw::{self, WithdrawWitness},
	Fr, Shape,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_poseidon::{tree, Native};
use quittance_prover::{Engine, KeyStore, Proof, ProveError};
use quittance_types::{
	owner_key, FieldBytes, Header, Note, TransferClaims, WithdrawClaims, NOTE_TREE_DEPTH,
};
use std::{
	sync::LazyLock,
	time::{Duration, Instant},
};

static TRANSFER: LazyLock<Engine> = LazyLock::new(|| engine(transfer::NAME, &transfer::shape()));
static WITHDRAW: LazyLock<Engine> = LazyLock::new(|| engine(withdraw::NAME, &withdraw::shape()));

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

/// What a wallet has before it makes a call: a note of 1,000 at place 3 of the tree, and a dummy.
struct Wallet {
	root: Fr,
	inputs: [SpentNote; 2],
}

impl Wallet {
	fn new() -> Self {
		let note = SpentNote {
			value: 1_000,
			leaf_index: 3,
			..SpentNote::dummy(Fr::from(u128::MAX), -Fr::from(2u8), -Fr::from(3u8))
		};
		let mut leaves = [4u8, 5, 6].map(Fr::from).to_vec();
		leaves.push(note.note().commitment::<Native>());
		let siblings = siblings(&leaves, 3).unwrap();
		let dummy = SpentNote::dummy(-Fr::from(7u8), -Fr::from(8u8), -Fr::from(9u8));
		Self {
			root: tree::root::<Native>(&leaves, NOTE_TREE_DEPTH).unwrap(),
			inputs: [SpentNote { siblings, ..note }, dummy],
		}
	}

	fn nullifiers(&self) -> [Fr; 2] {
		self.inputs.each_ref().map(SpentNote::nullifier)
	}
}

fn note(value: u64) -> Note {
	Note { value, owner: owner_key::<Native>(Fr::from(21u8), Fr::from(22u8)), rho: Fr::from(value) }
}

fn header(circuit: u8, arguments: [u8; 32], payee: u8) -> Header<[u8; 32]> {
	Header {
		genesis: [1; 32],
		pallet: 45,
		circuit: [circuit; 32],
		subject: None,
		arguments,
		submitter: None,
		payee: [payee; 32],
		valid_until: 300,
		nonce: 0,
	}
}

/// A transfer as the chain sees it, and the statement of its proof.
fn transfer_of(
	wallet: &Wallet,
) -> (TransferClaims, Header<[u8; 32]>, transfer::PublicSignals, TransferWitness) {
	let outputs = [note(700), note(290)];
	let claims = TransferClaims {
		root: wallet.root.into(),
		nullifiers: wallet.nullifiers().map(Into::into),
		commitments: outputs.each_ref().map(|note| note.commitment::<Native>().into()),
		fee: 10,
	};
	let header = header(3, claims.arguments([b"for the payee", b"for change"]), 9);
	let public = transfer::PublicSignals {
		context: header.context(),
		root: wallet.root,
		nullifiers: wallet.nullifiers(),
		commitments: outputs.each_ref().map(|note| note.commitment::<Native>()),
		fee: 10,
	};
	(claims, header, public, TransferWitness { inputs: wallet.inputs.clone(), outputs })
}

/// The same of a withdrawal.
fn withdrawal_of(
	wallet: &Wallet,
) -> (WithdrawClaims, Header<[u8; 32]>, withdraw::PublicSignals, WithdrawWitness) {
	let change = note(90);
	let claims = WithdrawClaims {
		root: wallet.root.into(),
		nullifiers: wallet.nullifiers().map(Into::into),
		change: change.commitment::<Native>().into(),
		amount: 900,
		fee: 10,
	};
	let header = header(4, claims.arguments(b"for change"), 9);
	let public = withdraw::PublicSignals {
		context: header.context(),
		root: wallet.root,
		nullifiers: wallet.nullifiers(),
		change: change.commitment::<Native>(),
		amount: 900,
		fee: 10,
	};
	(claims, header, public, WithdrawWitness { inputs: wallet.inputs.clone(), change })
}

/// The last of some proofs, and the least and the median time that one took.
fn timed(what: &str, prove: impl Fn() -> Proof) -> Proof {
	let mut proof = prove();
	let mut times: Vec<Duration> = (0..5)
		.map(|_| {
			let start = Instant::now();
			proof = prove();
			start.elapsed()
		})
		.collect();
	times.sort();
	println!("{what}: {:?} at least, {:?} in the median of {}", times[0], times[2], times.len());
	proof
}

/// Whether the proof is accepted for these signals by bytes, and for no others.
fn is_for(engine: &Engine, proof: &Proof, signals: &[Fr]) {
	let (key, proof) = (engine.verifying_key().to_bytes(), proof.to_bytes());
	assert_eq!(verify(&key, &proof, &encode_inputs(signals)), Ok(()));
	for place in 0..signals.len() {
		let mut other = signals.to_vec();
		other[place] += Fr::from(1u8);
		let verdict = verify(&key, &proof, &encode_inputs(&other));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "signal {place}");
	}
}

#[test]
fn a_transfer_verifies_for_what_its_call_shows() {
	let (claims, header, public, witness) = transfer_of(&Wallet::new());
	let signals = claims.inputs(&header).unwrap();
	assert_eq!(public.to_fields(), signals);
	let proof = timed("transfer", || TRANSFER.prove_transfer(&public, &witness).unwrap());
	is_for(&TRANSFER, &proof, &signals);
}

#[test]
fn a_withdrawal_verifies_for_what_its_call_shows() {
	let (claims, header, public, witness) = withdrawal_of(&Wallet::new());
	let signals = claims.inputs(&header).unwrap();
	assert_eq!(public.to_fields(), signals);
	let proof = timed("withdraw", || WITHDRAW.prove_withdraw(&public, &witness).unwrap());
	is_for(&WITHDRAW, &proof, &signals);
}

/// Trap 13: who sees a proof on its way can neither take the money nor swap the ciphertexts.
#[test]
fn a_proof_is_void_for_another_payee_relayer_ciphertext_or_chain() {
	let wallet = Wallet::new();
	let (claims, header, public, witness) = withdrawal_of(&wallet);
	let proof = WITHDRAW.prove_withdraw(&public, &witness).unwrap().to_bytes();
	let key = WITHDRAW.verifying_key().to_bytes();
	let verdict = |header: &Header<[u8; 32]>| {
		verify(&key, &proof, &encode_inputs(&claims.inputs(header).unwrap()))
	};
	assert_eq!(verdict(&header), Ok(()));
	for other in [
		Header { payee: [8; 32], ..header.clone() },
		Header { submitter: Some([8; 32]), ..header.clone() },
		Header { arguments: claims.arguments(b"for chance"), ..header.clone() },
		Header { valid_until: 301, ..header.clone() },
		Header { genesis: [2; 32], ..header.clone() },
		Header { circuit: [5; 32], ..header.clone() },
	] {
		assert_eq!(verdict(&other), Err(VerifyError::InvalidProof));
	}
}

/// Both circuits have as many signals: only their keys tell them apart.
#[test]
fn a_proof_of_one_circuit_is_none_of_the_other() {
	let (_, _, public, witness) = transfer_of(&Wallet::new());
	let proof = TRANSFER.prove_transfer(&public, &witness).unwrap().to_bytes();
	let inputs = encode_inputs(&public.to_fields());
	let verdict = verify(&WITHDRAW.verifying_key().to_bytes(), &proof, &inputs);
	assert_eq!(verdict, Err(VerifyError::InvalidProof));
}

/// A call may show less than is true only where the prover would have to lie.
#[test]
fn a_false_statement_has_no_proof_and_names_its_group() {
	let (_, _, public, witness) = transfer_of(&Wallet::new());
	let refused = |public: &transfer::PublicSignals| match TRANSFER
		.prove_transfer(public, &witness)
		.unwrap_err()
	{
		ProveError::Notes(error) => error,
		other => panic!("{other}"),
	};
	let error = refused(&transfer::PublicSignals { fee: 11, ..public });
	assert_eq!(error, WitnessError::Unbalanced { spent: 1_000, made: 1_001 });
	assert_eq!(error.group(), "conservation");
	let error = refused(&transfer::PublicSignals { root: Fr::from(1u8), ..public });
	assert_eq!(error, WitnessError::NotInTree { input: 0 });
	let [first, _] = public.nullifiers;
	let error = refused(&transfer::PublicSignals { nullifiers: [first; 2], ..public });
	assert_eq!(error, WitnessError::NullifierMismatch { input: 1 });
}

#[test]
fn an_unsatisfied_assignment_has_no_proof() {
	let (_, _, public, witness) = withdrawal_of(&Wallet::new());
	let honest = withdraw::assign(&public, &witness).unwrap();
	for wire in [1, 8, 9, 7_000, honest.wires().len() - 1] {
		let value = honest.wires()[wire] + Fr::from(1u8);
		let error = WITHDRAW.prove(&honest.with(wire, value).unwrap()).unwrap_err();
		assert!(
			matches!(error, ProveError::SelfVerification(VerifyError::InvalidProof)),
			"{error}"
		);
	}
}

/// The field elements of a call have one encoding each.
#[test]
fn claims_round_trip_to_the_signals_of_the_circuit() {
	let (claims, ..) = transfer_of(&Wallet::new());
	for element in claims.nullifiers.into_iter().chain(claims.commitments).chain([claims.root]) {
		assert_eq!(FieldBytes::from(element.to_field().unwrap()), element);
	}
}
