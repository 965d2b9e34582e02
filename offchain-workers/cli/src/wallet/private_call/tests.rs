use super::*;
use crate::wallet::test_chain::{transferred, Party, TestChain};
use quittance_client::TransactionError;
use quittance_wallet::AddressError;

/// A payment of a wallet with one note, and a block that can have it.
async fn payment() -> (TestChain, Party, Transfer) {
	let (mut chain, mut party) = (TestChain::new(), Party::new(1));
	let note = party.deposits(100, 1);
	chain.block(vec![note]);
	chain.finalise();
	party.follow(&chain).await.unwrap();
	let to = Party::new(2).address(2);
	let call = party.pays(&to, 60, 2, 20);
	(chain, party, call)
}

#[tokio::test]
async fn a_call_is_told_from_others_with_its_notes() {
	let (mut chain, mut party, call) = payment().await;
	let ours = transferred(&call);
	// The same note, another payee: by a copy of the wallet.
	party.contents.wallet.release(call.spends.iter().copied());
	let other = party.pays(&Party::new(3).address(2), 60, 2, 20);
	let made = Made::Transfer(call);
	let marks = made.marks();
	assert_eq!((made.spends(), made.valid_until()), (&[0][..], 20));

	let stranger = Party::new(9).deposits(1, 2);
	let without = chain.block(vec![stranger]);
	assert_eq!(marks.fate_in(chain.said(without)), None);
	let with = chain.block(vec![ours]);
	assert_eq!(marks.fate_in(chain.said(with)), Some(Fate::Final(with)));
	let with_other = chain.block(vec![transferred(&other)]);
	assert_eq!(marks.fate_in(chain.said(with_other)), Some(Fate::Superseded(with_other)));
	// The same nullifiers are not enough: the notes made must be ours, too.
	chain.lie(with, |block| block.calls[0].notes.swap(0, 1));
	assert_eq!(marks.fate_in(chain.said(with)), Some(Fate::Superseded(with)));
}

/// A node that lies about the auditor would read what calls make.
#[test]
fn amounts_are_shown_to_an_auditor_that_was_accepted_and_to_nobody_else() {
	use quittance_babyjubjub::SecretKey;
	use quittance_client::PoolTotals;
	use quittance_types::{AuditPolicy, NumberedAuditorKey};
	let key = |seed| AuditorKey::from(&SecretKey::from_seed(&[seed; 32]).public());
	let pool = |auditor: Option<AuditorKey>| ChainPool {
		account: AccountId([1; 32]),
		paused: false,
		transfer: None,
		withdraw: None,
		post_private_job: None,
		settle: None,
		settle_verdict: None,
		audit: auditor.map(|key| AuditPolicy {
			current: NumberedAuditorKey { number: 5, key },
			previous: None,
		}),
		audited: [Some([6; 32]); 5],
		leaves: 0,
		root: None,
		totals: PoolTotals {
			deposited: 0,
			withdrawn: 0,
			fees: 0,
			deposits: 0,
			transfers: 0,
			withdrawals: 0,
			posts: 0,
			settlements: 0,
			given_back: 0,
		},
	};
	for accepted in [None, Some(key(1))] {
		assert!(auditor_of(&pool(None), accepted).unwrap().is_none());
	}
	let auditor = auditor_of(&pool(Some(key(1))), Some(key(1))).unwrap().unwrap();
	assert_eq!((auditor.number, AuditorKey::from(&auditor.key)), (5, key(1)));
	// None, another one, and the key before a replacement.
	for accepted in [None, Some(key(2))] {
		let failure = auditor_of(&pool(Some(key(1))), accepted).unwrap_err();
		let Failure::Refused { by: "wallet", reason, detail } = failure else {
			panic!("{failure}")
		};
		assert_eq!(reason, "AuditorNotAccepted");
		assert!(detail.contains(&to_hex(key(1).to_bytes())), "{detail}");
	}
}

#[test]
fn notes_of_a_call_that_nobody_has_are_free_at_once() {
	let pool = |refusal| ClientError::PrivateCall(PrivateCallRefusal::Pool(refusal));
	for error in [
		pool(PoolRefusal::FeeTooLow),
		pool(PoolRefusal::RootNotRecent),
		pool(PoolRefusal::WrongCircuit),
		ClientError::PrivateCall(PrivateCallRefusal::Paused),
		ClientError::Transaction(TransactionError::PoolFull),
	] {
		assert!(never_waits(&error), "{error}");
	}
	// These may still be on their way, or the note is another call's.
	for error in [
		pool(PoolRefusal::NullifierSpent),
		ClientError::NoteAwaited,
		ClientError::Unexpected("words".into()),
	] {
		assert!(!never_waits(&error), "{error}");
	}
}

#[test]
fn what_the_wallet_refuses_is_named_with_the_argument_to_change() {
	let argument = |error: SpendError| match refused(error) {
		Failure::Malformed { input, fault, .. } => (input, fault),
		other => panic!("{other}"),
	};
	let expected = |input: &str, fault| (input.to_owned(), fault);
	assert_eq!(argument(SpendError::ZeroAmount), expected("AMOUNT", Fault::OutOfRange));
	assert_eq!(argument(SpendError::AmountTooLarge), expected("AMOUNT", Fault::OutOfRange));
	assert_eq!(argument(SpendError::OtherChain), expected("ADDRESS", Fault::Invalid));
	let expired = SpendError::Address(AddressError::Expired { end: 9 });
	assert_eq!(argument(expired), expected("ADDRESS", Fault::Invalid));
	assert_eq!(argument(SpendError::PaysPool), expected("ACCOUNT", Fault::Unsupported));

	let error = SpendError::NotEnough {
		needed: 1_500_000_000_000,
		most: 500_000_000_000,
		waiting: 2_000_000_000_000,
		reserved: 0,
	};
	match refused(error) {
		Failure::Refused { by: "wallet", reason, detail } => {
			assert_eq!(reason, "NotEnough");
			for amount in ["1.5 QTC needed", "0.5 can be paid", "2 wait", "0 are in calls"] {
				assert!(detail.contains(amount), "{detail}");
			}
		},
		other => panic!("{other}"),
	}
}
