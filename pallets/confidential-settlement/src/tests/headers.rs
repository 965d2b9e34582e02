//! Traps 13 and 14: who sees a call on its way can use it for nothing else.

use super::*;

pub(super) type Change = fn(&mut Header<AccountId>);

/// What can be changed in a header, and how it is called.
pub(super) fn changes() -> Vec<(Change, PoolRefusal)> {
	vec![
		(|header| header.genesis = [0; 32], PoolRefusal::WrongGenesis),
		(|header| header.pallet = INDEX - 1, PoolRefusal::WrongPallet),
		(|header| header.circuit = [0; 32], PoolRefusal::WrongCircuit),
		(|header| header.subject = Some(FieldBytes([0; 32])), PoolRefusal::WrongSubject),
		(|header| header.nonce = 1, PoolRefusal::WrongNonce),
		(|header| header.arguments = [0; 32], PoolRefusal::WrongArguments),
		(|header| header.valid_until = NOW, PoolRefusal::Expired),
	]
}

/// Proven anew with the wrong header it is refused for it, and not for the proof.
#[test]
fn each_wrong_field_has_a_name() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		for (change, why) in changes() {
			assert_refused(transfer.clone().with(change).call(), why);
			assert_refused(withdrawal.clone().with(change).call(), why);
		}
		let to_bob = transfer.clone().with(|header| header.payee = BOB);
		assert_refused(to_bob.call(), PoolRefusal::WrongPayee);
		let other = transfer.clone().with(|header| header.circuit = WITHDRAW);
		assert_refused(other.call(), PoolRefusal::WrongCircuit);
		assert_eq!(Verified::get(), 0, "before the proof");
		assert_included(transfer.call());
		assert_included(withdrawal.call());
	});
}

/// What a header may say freely is what the proof is about.
#[test]
fn a_proof_is_void_for_another_payee_relayer_or_time() {
	run(|| {
		// Enough for a relayer, too.
		let fee = least_transfer().max(least_withdraw()) + 1_000;
		let claims = some_withdrawal().0.claims;
		let withdrawal = Withdrawal::claiming(WithdrawClaims { fee, ..claims });
		let claims = some_transfer().0.claims;
		let transfer = Transfer::claiming(TransferClaims { fee, ..claims });
		let changes: [Change; 3] = [
			|header| header.submitter = Some(RELAYER),
			|header| header.valid_until += 1,
			|header| header.valid_until -= 1,
		];
		for change in changes {
			let mut stolen = withdrawal.clone();
			change(&mut stolen.header);
			assert_refused(stolen.call(), PoolRefusal::InvalidProof);
			let mut stolen = transfer.clone();
			change(&mut stolen.header);
			assert_refused(stolen.call(), PoolRefusal::InvalidProof);
		}
		let mut stolen = withdrawal.clone();
		stolen.header.payee = ALICE;
		assert_refused(stolen.call(), PoolRefusal::InvalidProof);
		// A relayer takes the place of another, or is left out.
		let relayed = withdrawal.clone().with(|header| header.submitter = Some(RELAYER));
		for thief in [Some(ALICE), None] {
			let mut stolen = relayed.clone();
			stolen.header.submitter = thief;
			assert_refused(stolen.call(), PoolRefusal::InvalidProof);
		}
		assert_included(withdrawal.call());
	});
}

/// Changed with the header's hash of them it is the proof that is void.
#[test]
fn a_call_with_another_argument_is_refused() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		let other = Owned::of(3, 1).commitment();
		let mut stolen = vec![];
		for ciphertext in 0..2 {
			for byte in [0, 64, 127] {
				let mut swapped = transfer.clone();
				swapped.ciphertexts[ciphertext][byte] ^= 1;
				stolen.push(swapped);
			}
		}
		let mut swapped = transfer.clone();
		swapped.ciphertexts.swap(0, 1);
		stolen.push(swapped);
		let mut swapped = transfer.clone();
		swapped.claims.commitments.swap(0, 1);
		stolen.push(swapped);
		let mut swapped = transfer.clone();
		swapped.claims.nullifiers.swap(0, 1);
		stolen.push(swapped);
		let mut swapped = transfer.clone();
		swapped.claims.commitments[0] = other;
		stolen.push(swapped);
		let mut dearer = transfer.clone();
		dearer.claims.fee += 1;
		stolen.push(dearer);
		for mut call in stolen {
			assert_refused(call.call(), PoolRefusal::WrongArguments);
			call.header.arguments = call.shown().arguments();
			assert_refused(call.call(), PoolRefusal::InvalidProof);
		}

		let mut stolen = vec![];
		let mut swapped = withdrawal.clone();
		swapped.ciphertext[127] ^= 1;
		stolen.push(swapped);
		let mut swapped = withdrawal.clone();
		swapped.claims.change = other;
		stolen.push(swapped);
		let mut less = withdrawal.clone();
		less.claims.amount -= 1;
		stolen.push(less);
		for mut call in stolen {
			assert_refused(call.call(), PoolRefusal::WrongArguments);
			call.header.arguments = call.shown().arguments();
			assert_refused(call.call(), PoolRefusal::InvalidProof);
		}
		assert_included(transfer.call());
		assert_included(withdrawal.call());
	});
}

/// Both circuits have as many signals, and one context would do for both.
#[test]
fn a_proof_of_one_circuit_is_none_of_the_other() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let signals = withdrawal.shown().signals(&withdrawal.header).unwrap();
		let mut other = withdrawal;
		other.proof = proof_of(&WITHDRAW, PoolCircuit::Transfer, &signals);
		assert_refused(other.call(), PoolRefusal::InvalidProof);
	});
}

#[test]
fn boundary_valid_until_is_the_last_moment() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let last = System::block_number() + 5;
		let call = withdrawal.with(|header| header.valid_until = last).call();
		while System::block_number() < last {
			next_block();
			assert!(judged(&call).is_ok());
		}
		next_block();
		assert_refused(call.clone(), PoolRefusal::Expired);
		// Time in which jobs stand still does not count.
		Stopped::set(1);
		assert_included(call);
	});
}
