//! Proofs that the chain's verifier verifies. What the circuits prove is their crate's concern: the keys
//! here are those of a simulator, which proves whatever it is asked to.

use super::{
	private_jobs::some_post,
	settlements::{some_settlement, some_verdict},
	*,
};
use quittance_groth16::simulator::Trapdoor;
use quittance_types::{NOTE_SIGNALS, SETTLEMENT_SIGNALS};

/// The keys of both circuits, and what proves under them.
fn with_keys() -> [Trapdoor; 2] {
	let trapdoors = [7, 8].map(|seed| Trapdoor::new(NOTE_SIGNALS, seed));
	for (circuit, trapdoor) in [TRANSFER, WITHDRAW].into_iter().zip(&trapdoors) {
		Keys::mutate(|keys| keys.insert(circuit, trapdoor.key().to_bytes()));
	}
	trapdoors
}

fn prove(trapdoor: &Trapdoor, signals: &[Fr]) -> ProofBytes {
	trapdoor.prove(signals, 1).to_bytes().try_into().unwrap()
}

#[test]
fn calls_get_in_by_their_proofs() {
	run(|| {
		let [of_transfers, of_withdrawals] = with_keys();
		let (mut transfer, _) = some_transfer();
		let (mut withdrawal, _) = some_withdrawal();
		let signals = transfer.shown().signals(&transfer.header).unwrap();
		transfer.proof = prove(&of_transfers, &signals);
		// Under the other circuit's key the same signals are another statement.
		let mut other = transfer.clone();
		other.proof = prove(&of_withdrawals, &signals);
		assert_refused(other.call(), PoolRefusal::InvalidProof);
		assert_included(transfer.call());

		let signals = withdrawal.shown().signals(&withdrawal.header).unwrap();
		withdrawal.proof = prove(&of_withdrawals, &signals);
		let mut stolen = withdrawal.clone();
		stolen.header.payee = ALICE;
		assert_refused(stolen.call(), PoolRefusal::InvalidProof);
		let mut later = withdrawal.clone();
		later.header.valid_until += 1;
		assert_refused(later.call(), PoolRefusal::InvalidProof);
		let mut more = withdrawal.clone();
		more.claims.amount += 1;
		more.header.arguments = more.shown().arguments();
		assert_refused(more.call(), PoolRefusal::InvalidProof);
		assert_included(withdrawal.call());
		assert_eq!(free(&BOB), ENDOWMENT + withdrawal.claims.amount);
	});
}

/// A proof for every signal by itself: none can be left out.
#[test]
fn a_proof_for_other_signals_is_none() {
	run(|| {
		let [_, of_withdrawals] = with_keys();
		let (mut withdrawal, _) = some_withdrawal();
		let right = withdrawal.shown().signals(&withdrawal.header).unwrap();
		for signal in 0..NOTE_SIGNALS {
			let mut signals = right;
			signals[signal] += Fr::from(1u8);
			withdrawal.proof = prove(&of_withdrawals, &signals);
			assert_refused(withdrawal.call(), PoolRefusal::InvalidProof);
		}
	});
}

#[test]
fn bytes_that_are_no_proof_have_a_name_of_their_own() {
	run(|| {
		let [_, of_withdrawals] = with_keys();
		let (mut withdrawal, _) = some_withdrawal();
		let signals = withdrawal.shown().signals(&withdrawal.header).unwrap();
		let proof = prove(&of_withdrawals, &signals);
		for malformed in [[0; 256], [0xff; 256]] {
			withdrawal.proof = malformed;
			assert_refused(withdrawal.call(), PoolRefusal::MalformedProof);
		}
		withdrawal.proof = proof;
		withdrawal.proof[0] ^= 1;
		assert_refused(withdrawal.call(), PoolRefusal::MalformedProof);
	});
}

/// The key of a circuit for calls about private jobs, and what proves under it.
fn with_key(circuit: [u8; 32], signals: usize, seed: u64) -> Trapdoor {
	let trapdoor = Trapdoor::new(signals, seed);
	Keys::mutate(|keys| keys.insert(circuit, trapdoor.key().to_bytes()));
	trapdoor
}

#[test]
fn a_post_gets_in_by_its_proof_of_every_signal() {
	run(|| {
		let trapdoor = with_key(POST, NOTE_SIGNALS, 9);
		let (post, ..) = some_post();
		let right = post.on_shown(|shown| shown.signals(&post.header)).unwrap();
		let proven = |signals: &[Fr]| post.clone().proved_by(prove(&trapdoor, signals));
		for signal in 0..NOTE_SIGNALS {
			let mut signals = right;
			signals[signal] += Fr::from(1u8);
			assert_refused(proven(&signals).call(), PoolRefusal::InvalidProof);
		}
		for malformed in [[0; 256], [0xff; 256]] {
			let malformed = post.clone().proved_by(malformed);
			assert_refused(malformed.call(), PoolRefusal::MalformedProof);
		}
		let mut stolen = proven(&right);
		stolen.header.payee = ALICE;
		assert_refused(stolen.call(), PoolRefusal::InvalidProof);
		assert_included(proven(&right).call());
	});
}

#[test]
fn settlements_get_in_by_their_proofs_of_every_signal() {
	run(|| {
		let (receipt, verdict) = (some_settlement().0, some_verdict().0);
		let of_receipts = with_key(SETTLE, SETTLEMENT_SIGNALS, 10);
		let of_verdicts = with_key(SETTLE_VERDICT, SETTLEMENT_SIGNALS, 11);
		for (call, trapdoor, other) in
			[(receipt, &of_receipts, &of_verdicts), (verdict, &of_verdicts, &of_receipts)]
		{
			let right = call.signals().unwrap();
			assert_eq!(right.len(), SETTLEMENT_SIGNALS);
			let proven = |trapdoor, signals: &[Fr]| call.proved_by(prove(trapdoor, signals));
			for signal in 0..SETTLEMENT_SIGNALS {
				let mut signals = right.clone();
				signals[signal] += Fr::from(1u8);
				let of_others = proven(trapdoor, &signals);
				assert_refused(of_others.call(), PoolRefusal::InvalidProof);
			}
			assert_refused(proven(other, &right).call(), PoolRefusal::InvalidProof);
			for malformed in [[0; 256], [0xff; 256]] {
				let malformed = call.proved_by(malformed);
				assert_refused(malformed.call(), PoolRefusal::MalformedProof);
			}
			let mut stolen = proven(trapdoor, &right);
			stolen.header.submitter = Some(ALICE);
			let stolen = stolen.call();
			// Longer by the relayer, and so dearer.
			assert_refused(stolen, PoolRefusal::FeeTooLow);
			assert_included(proven(trapdoor, &right).call());
		}
	});
}
