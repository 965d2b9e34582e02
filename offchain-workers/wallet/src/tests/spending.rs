use super::*;
use crate::{AddressError, Balance, Happened, SpendError, PERIOD_BLOCKS};
use quittance_circuits::{transfer, withdraw, Shape};
use quittance_types::NoteCallError;
use std::{collections::BTreeSet, sync::LazyLock};

static TRANSFER: LazyLock<Shape> = LazyLock::new(transfer::shape);
static WITHDRAW: LazyLock<Shape> = LazyLock::new(withdraw::shape);

/// Alice with notes of these amounts, and an address of bob.
fn with(amounts: &[u64]) -> (Chain, Party, Address) {
	let (mut chain, mut alice) = (Chain::new(), Party::new(1));
	alice.fund(&mut chain, amounts);
	let to = Party::new(2).address(chain.next);
	(chain, alice, to)
}

fn pay(
	chain: &Chain,
	party: &mut Party,
	to: &Address,
	amount: u64,
	fee: u64,
) -> Result<Transfer, SpendError> {
	let terms = terms(chain, fee);
	party.wallet.transfer(&party.keys, &POOL, to, amount, &terms, &mut party.rng)
}

fn withdraw(
	chain: &Chain,
	party: &mut Party,
	amount: u64,
	fee: u64,
) -> Result<Withdrawal, SpendError> {
	let terms = terms(chain, fee);
	party.wallet.withdraw(&party.keys, &POOL, WHO, amount, &terms, &mut party.rng)
}

/// What the prover is given is what the chain will compute, and the circuit holds.
fn provable(call: &Transfer) {
	assert_eq!(call.claims.inputs(&call.header), Ok(call.public.to_fields()));
	let [first, second] = &call.ciphertexts;
	assert_eq!(call.claims.arguments([first, second]), call.header.arguments);
	let assignment = transfer::assign(&call.public, call.witness()).unwrap();
	assert!(TRANSFER.is_satisfied(&assignment));
}

#[test]
fn a_transfer_is_ready_for_the_prover() {
	for amounts in [&[100u64, 20][..], &[100], &[60, 50], &[3, 90, 4, 5, 6, 7]] {
		let (chain, mut alice, to) = with(amounts);
		let call = pay(&chain, &mut alice, &to, 80, 3).unwrap();
		provable(&call);
		assert_eq!(call.header.payee, POOL.account);
		assert_eq!(call.header.circuit, POOL.transfer);
		assert_eq!(FieldBytes::from(chain.root()), call.claims.root);
		let join = alice.wallet.join(&alice.keys, &POOL, [0, 1], &terms(&chain, 1), &mut alice.rng);
		if let Ok(join) = join {
			provable(&join);
		}
	}
}

#[test]
fn a_withdrawal_is_ready_for_the_prover() {
	let (chain, mut alice, _) = with(&[60, 50]);
	let terms = Terms { relayer: Some([9; 32]), ..terms(&chain, 3) };
	let Party { keys, wallet, rng } = &mut alice;
	let call = wallet.withdraw(keys, &POOL, WHO, 90, &terms, rng).unwrap();
	assert_eq!(call.claims.inputs(&call.header), Ok(call.public.to_fields()));
	assert_eq!(call.claims.arguments(&call.ciphertext), call.header.arguments);
	let header = &call.header;
	assert_eq!((header.genesis, header.pallet, header.circuit), (GENESIS, 44, POOL.withdraw));
	assert_eq!((header.payee, header.submitter), (WHO, Some([9; 32])));
	assert_eq!((header.subject, header.nonce), (None, 0));
	assert_eq!(header.valid_until, terms.valid_until);
	let assignment = withdraw::assign(&call.public, call.witness()).unwrap();
	assert!(WITHDRAW.is_satisfied(&assignment));
}

#[test]
fn boundary_all_of_it() {
	let (mut chain, mut alice, to) = with(&[u64::MAX]);
	let call = pay(&chain, &mut alice, &to, u64::MAX - 1, 1).unwrap();
	provable(&call);
	chain.block(vec![transferred(&call)]);
	let mut bob = Party::new(2);
	alice.follow(&chain);
	bob.follow(&chain);
	assert_eq!(alice.wallet.balance(), Balance::default());
	assert_eq!(bob.wallet.balance().available, u64::MAX - 1);
	let history = alice.wallet.history().last().unwrap().what;
	assert_eq!(history, Happened::Sent { amount: u64::MAX - 1, fee: 1 });
	// A fee of nothing is the chain's to refuse.
	let out = withdraw(&chain, &mut bob, u64::MAX - 1, 0).unwrap();
	chain.block(vec![withdrawn(&out)]);
	bob.follow(&chain);
	assert_eq!(bob.wallet.balance(), Balance::default());
}

#[test]
fn fails_when_amounts_are_none() {
	let (chain, mut alice, to) = with(&[100]);
	assert_eq!(pay(&chain, &mut alice, &to, 0, 3).err(), Some(SpendError::ZeroAmount));
	assert_eq!(withdraw(&chain, &mut alice, 0, 3).err(), Some(SpendError::ZeroAmount));
	let error = Some(SpendError::AmountTooLarge);
	assert_eq!(pay(&chain, &mut alice, &to, u64::MAX, 1).err(), error);
	assert_eq!(withdraw(&chain, &mut alice, u64::MAX, 1).err(), error);
	let deposit = |amount| deposit(&to, amount, 1, &mut Seeded(1)).err();
	assert_eq!(deposit(0), Some(SpendError::ZeroAmount));
	assert_eq!(deposit(1 << 64), error);
	assert_eq!(deposit(u64::MAX.into()), None);
}

#[test]
fn fails_when_there_is_not_enough() {
	let (mut chain, mut alice, to) = with(&[100]);
	let refused = |most, waiting, reserved| {
		Some(SpendError::NotEnough { needed: 101, most, waiting, reserved })
	};
	assert_eq!(pay(&chain, &mut alice, &to, 98, 3).err(), refused(100, 0, 0));
	assert!(pay(&chain, &mut alice, &to, 97, 3).is_ok());
	assert_eq!(pay(&chain, &mut alice, &to, 98, 3).err(), refused(0, 0, 100));
	let own = alice.own(chain.next);
	let more = deposited(&own, 7, chain.next, &mut alice.rng);
	chain.block(vec![more]);
	alice.wallet.scan(Reader::Owner(&alice.keys), chain.after(1), 1).unwrap();
	assert_eq!(withdraw(&chain, &mut alice, 98, 3).err(), refused(0, 7, 100));
	let balance = Balance { available: 0, waiting: 7, reserved: 100 };
	assert_eq!(alice.wallet.balance(), balance);
}

/// Trap: two calls with one note would show one nullifier twice.
#[test]
fn a_note_is_in_one_call_until_that_has_expired() {
	let (chain, mut alice, to) = with(&[100]);
	let call = pay(&chain, &mut alice, &to, 10, 3).unwrap();
	let valid_until = call.header.valid_until;
	assert!(pay(&chain, &mut alice, &to, 10, 3).is_err());
	alice.wallet.release_expired(valid_until);
	assert!(pay(&chain, &mut alice, &to, 10, 3).is_err(), "it is valid in this job time");
	alice.wallet.release_expired(valid_until + 1);
	let again = pay(&chain, &mut alice, &to, 10, 3).unwrap();
	alice.wallet.release(again.spends.iter().copied());
	assert!(pay(&chain, &mut alice, &to, 10, 3).is_ok());
}

#[test]
fn a_refused_call_reserves_nothing() {
	let (chain, mut alice, to) = with(&[100]);
	let before = alice.wallet.clone();
	assert!(pay(&chain, &mut alice, &to, 98, 3).is_err());
	let expired = Terms { block: 2 * PERIOD_BLOCKS, ..terms(&chain, 3) };
	let Party { keys, wallet, rng } = &mut alice;
	let error = wallet.transfer(keys, &POOL, &to, 10, &expired, rng).err().unwrap();
	let end = 2 * PERIOD_BLOCKS;
	assert_eq!(error, SpendError::Address(AddressError::Expired { end }));
	assert!(alice.wallet == before);
}

#[test]
fn fails_when_keys_or_chains_are_others() {
	let (chain, mut alice, to) = with(&[100]);
	let mut bob = Party::new(2);
	std::mem::swap(&mut alice.wallet, &mut bob.wallet);
	assert_eq!(pay(&chain, &mut bob, &to, 10, 3).err(), Some(SpendError::OtherKeys));
	assert_eq!(withdraw(&chain, &mut bob, 10, 3).err(), Some(SpendError::OtherKeys));
	let join = bob.wallet.join(&bob.keys, &POOL, [0, 1], &terms(&chain, 1), &mut bob.rng);
	assert_eq!(join.err(), Some(SpendError::OtherKeys));
	std::mem::swap(&mut alice.wallet, &mut bob.wallet);
	let elsewhere = Keys::new(&Seed::from_bytes(&[2; 32]), &[8; 32]);
	let to = elsewhere.address(Label([1; 7]), Period(0), 1).unwrap();
	assert_eq!(pay(&chain, &mut alice, &to, 10, 3).err(), Some(SpendError::OtherChain));
	let view = Reader::Viewer(alice.keys.view());
	alice.wallet = Wallet::new(view);
	alice.wallet.scan(view, &chain.blocks, 1).unwrap();
	assert_eq!(withdraw(&chain, &mut alice, 10, 3).err(), Some(SpendError::OtherKeys));
}

#[test]
fn fails_when_the_pool_would_pay_itself() {
	let (chain, mut alice, to) = with(&[100]);
	let pays = Some(SpendError::PaysPool);
	let relayed = Terms { relayer: Some(POOL.account), ..terms(&chain, 3) };
	let Party { keys, wallet, rng } = &mut alice;
	assert_eq!(wallet.transfer(keys, &POOL, &to, 9, &relayed, rng).err(), pays);
	assert_eq!(wallet.withdraw(keys, &POOL, WHO, 9, &relayed, rng).err(), pays);
	let plain = terms(&chain, 3);
	assert_eq!(wallet.withdraw(keys, &POOL, POOL.account, 9, &plain, rng).err(), pays);
}

#[test]
fn joins_come_first_and_then_the_payment() {
	let (mut chain, mut alice, to) = with(&[10, 20, 30, 40, 50]);
	let mut made = 0;
	let mut expected = None;
	loop {
		match pay(&chain, &mut alice, &to, 130, 2) {
			Ok(call) => {
				provable(&call);
				break;
			},
			Err(SpendError::JoinFirst { pairs, joins }) => {
				assert!(expected.is_none_or(|expected| expected == joins));
				expected = Some(joins - pairs.len());
				made += pairs.len();
				let calls: Vec<_> = pairs
					.into_iter()
					.map(|pair| {
						let terms = terms(&chain, 2);
						let Party { keys, wallet, rng } = &mut alice;
						transferred(&wallet.join(keys, &POOL, pair, &terms, rng).unwrap())
					})
					.collect();
				chain.block(calls);
				alice.follow(&chain);
			},
			Err(error) => panic!("{error}"),
		}
	}
	assert_eq!((made, expected), (2, Some(0)), "four notes are enough: two joins");
}

#[test]
fn fails_when_what_is_to_be_joined_is_not_there() {
	let (chain, mut alice, _) = with(&[10, 20, 5]);
	let terms = terms(&chain, 3);
	let mut join = |pair| {
		let Party { keys, wallet, rng } = &mut alice;
		wallet.join(keys, &POOL, pair, &terms, rng).err()
	};
	assert_eq!(join([0, 3]), Some(SpendError::NoteUnavailable(3)));
	assert_eq!(join([1, 1]), Some(SpendError::Claims(NoteCallError::EqualNullifiers)));
	assert_eq!(join([0, 1]), None);
	assert_eq!(join([1, 2]), Some(SpendError::NoteUnavailable(1)));
	let (chain, mut alice, _) = with(&[u64::MAX, 2, 1]);
	let Party { keys, wallet, rng } = &mut alice;
	let mut join =
		|pair, fee| wallet.join(keys, &POOL, pair, &super::terms(&chain, fee), rng).err();
	assert_eq!(join([0, 1], 1), Some(SpendError::AmountTooLarge));
	let error = SpendError::NotEnough { needed: 4, most: 3, waiting: 0, reserved: 0 };
	assert_eq!(join([1, 2], 4), Some(error));
	assert_eq!(join([1, 2], 3), None);
}

/// Neither place nor number says which is the change, or whether a note is a dummy.
#[test]
fn nothing_is_always_in_the_same_place() {
	let (mut chain, mut alice, to) = with(&[100]);
	let (mut change, mut dummies, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
	for _ in 0..24 {
		let call = pay(&chain, &mut alice, &to, 10, 3).unwrap();
		let outputs = &call.witness().outputs;
		change.insert(outputs.iter().position(|note| note.value == 87));
		let dummy = call.witness().inputs.iter().position(|note| note.value == 0).unwrap();
		dummies.insert(dummy);
		let input = &call.witness().inputs[dummy];
		for part in [input.nullifier_key, input.diversifier, input.rho, Fr::from(input.leaf_index)]
		{
			assert!(seen.insert(FieldBytes::from(part)), "used once");
		}
		assert!(seen.insert(call.claims.nullifiers[dummy]));
		for note in outputs {
			assert!(seen.insert(note.rho.into()), "each note has a rho of its own");
			if note.value == 87 {
				assert!(seen.insert(note.owner.into()), "and each change an owner key");
			}
		}
		alice.wallet.release(call.spends.iter().copied());
	}
	assert_eq!(change, BTreeSet::from([Some(0), Some(1)]));
	assert_eq!(dummies, BTreeSet::from([0, 1]));
	chain.block(vec![]);
}
