use super::*;
use crate::{
	ciphertext::seal, Balance, Entry, Happened, RollbackError, ScanError, GRACE_BLOCKS,
	MAX_ROLLBACK, PERIOD_BLOCKS,
};
use codec::{Decode, Encode};
use proptest::prelude::*;
use quittance_circuits::join_split::siblings;
use quittance_types::{Note, NOTE_CIPHERTEXT_BYTES};

fn available(available: u64) -> Balance {
	Balance { available, ..Balance::default() }
}

fn happened(wallet: &Wallet) -> Vec<Happened> {
	wallet.history().iter().map(|entry| entry.what).collect()
}

/// A leaf that is nobody's here.
fn foreign(rng: &mut Seeded, block: u64) -> (Action, Vec<Leaf>) {
	let stranger = Keys::new(&Seed::generate(rng), &GENESIS);
	let to = stranger.address(Label::for_payer(rng), Period::of(block), 1).unwrap();
	deposited(&to, 1_000, block, rng)
}

/// Alice deposits, pays bob, withdraws and joins.
fn story() -> (Chain, Party, Party) {
	let (mut chain, mut alice, mut bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[1_000, 400]);
	let noise = foreign(&mut alice.rng, chain.next);
	chain.block(vec![noise]);
	chain.block(vec![]);
	let to = bob.address(chain.next);
	let terms_now = terms(&chain, 10);
	let call = alice.wallet.transfer(&alice.keys, &POOL, &to, 700, &terms_now, &mut alice.rng);
	chain.block(vec![transferred(&call.unwrap())]);
	alice.follow(&chain);
	bob.follow(&chain);
	let terms_now = terms(&chain, 10);
	let call = bob.wallet.withdraw(&bob.keys, &POOL, WHO, 300, &terms_now, &mut bob.rng);
	let call = withdrawn(&call.unwrap());
	let noise = foreign(&mut alice.rng, chain.next);
	chain.block(vec![noise, call]);
	alice.fund(&mut chain, &[50]);
	bob.follow(&chain);
	let pair: Vec<_> = alice.wallet.spendable().1.iter().map(|(index, _)| *index).collect();
	let terms_now = terms(&chain, 20);
	let pair = [pair[0], pair[1]];
	let call = alice.wallet.join(&alice.keys, &POOL, pair, &terms_now, &mut alice.rng).unwrap();
	chain.block(vec![transferred(&call)]);
	alice.follow(&chain);
	bob.follow(&chain);
	(chain, alice, bob)
}

#[test]
fn what_happened_is_in_both_histories() {
	let (_, alice, bob) = story();
	assert_eq!(alice.wallet.balance(), available(1_400 - 710 + 50 - 20));
	assert_eq!(bob.wallet.balance(), available(700 - 310));
	let deposited = |amount| Happened::Deposited { by: WHO, amount };
	assert_eq!(
		happened(&alice.wallet),
		[
			deposited(1_000),
			deposited(400),
			Happened::Sent { amount: 700, fee: 10 },
			deposited(50),
			Happened::Joined { fee: 20 },
		]
	);
	let blocks: Vec<_> = alice.wallet.history().iter().map(|entry| entry.block).collect();
	assert_eq!(blocks, [1, 1, 4, 6, 7]);
	assert_eq!(
		happened(&bob.wallet),
		[
			Happened::Received { amount: 700 },
			Happened::Withdrawn { payee: WHO, amount: 300, fee: 10 },
		]
	);
}

#[test]
fn a_wallet_restored_from_its_seed_is_the_same() {
	let (chain, alice, bob) = story();
	for party in [alice, bob] {
		assert!(party.restored(&chain) == party.wallet);
	}
}

/// A wallet can be put away and taken up again at any block.
#[test]
fn scanning_goes_on_where_it_stopped() {
	let (chain, alice, _) = story();
	let reader = Reader::Owner(&alice.keys);
	for stop in 0..=chain.blocks.len() {
		let mut wallet = Wallet::new(reader);
		let (before, after) = chain.blocks.split_at(stop);
		wallet.scan(reader, before, stop as u64).unwrap();
		assert_eq!(wallet.position().0, stop as u64);
		let mut wallet = Wallet::decode(&mut &wallet.encode()[..]).unwrap();
		wallet.scan(reader, after, chain.last()).unwrap();
		assert!(wallet == alice.wallet, "stopped after {stop}");
	}
}

/// A deposit can be one of many in its transaction, and not all that is beside it is for its owner.
#[test]
fn the_right_one_of_several_ciphertexts_is_found() {
	let (mut chain, mut party) = (Chain::new(), Party::new(1));
	let (to, other) = (party.address(1), party.address(1));
	let note = Note { value: 30, owner: to.owner, rho: Fr::from(6u8) };
	let sealed = |to: &Address, label, seed| {
		let key = to.key_at(1).unwrap();
		seal(&note, label, &to.base, key, &GENESIS, &mut Seeded(seed)).unwrap()
	};
	let mine = sealed(&to, to.label, 1);
	// Under the label of another owner key nobody could spend it.
	let misleading = sealed(&to, other.label, 2);
	let stranger = Party::new(2).address(1);
	let foreign = sealed(&stranger, stranger.label, 3);
	let action = Action::Deposit { who: WHO, amount: 30 };
	let mut block = |ciphertexts: Vec<Ciphertext>| {
		chain.block(vec![(action, vec![(note.commitment::<Native>().into(), None)])]);
		let block = chain.blocks.last_mut().unwrap();
		block.calls[0].notes[0].ciphertexts = ciphertexts;
		party.follow(&chain);
		party.wallet.balance().available
	};
	assert_eq!(block(vec![foreign, [0; NOTE_CIPHERTEXT_BYTES], misleading, mine]), 30);
	assert_eq!(block(vec![foreign, misleading]), 30);
	assert_eq!(block(vec![]), 30);
	assert_eq!(block(vec![mine, mine]), 60, "two ciphertexts are not two notes");
	assert!(party.restored(&chain) == party.wallet);
}

/// What a wallet needs to spend is never more than what it said it keeps.
#[test]
fn paths_are_gone_when_notes_are_spent_for_good() {
	let (chain, alice, _) = story();
	let kept = |wallet: &Wallet| wallet.notes().filter(|(_, note)| note.siblings.is_some()).count();
	assert_eq!(kept(&alice.wallet), 1);
	assert_eq!(alice.wallet.notes().count(), 5);
	let mut wallet = Wallet::new(Reader::Owner(&alice.keys));
	wallet.scan(Reader::Owner(&alice.keys), &chain.blocks, 6).unwrap();
	assert_eq!(kept(&wallet), 3, "the join can still be taken back");
	assert_eq!(wallet.balance(), Balance { waiting: 720, ..Balance::default() });
	assert!(wallet.spendable().1.is_empty());
	wallet.finalise(7);
	assert!(wallet == alice.wallet);
}

/// Trap: two notes of one commitment are two notes, each with its nullifier.
#[test]
fn a_payer_who_uses_rho_again_has_still_paid_twice() {
	let (mut chain, mut party) = (Chain::new(), Party::new(1));
	let to = party.address(1);
	let note = Note { value: 30, owner: to.owner, rho: Fr::from(6u8) };
	let leaf = |seed| {
		let key = to.key_at(1).unwrap();
		let made = seal(&note, to.label, &to.base, key, &GENESIS, &mut Seeded(seed)).unwrap();
		(note.commitment::<Native>().into(), Some(made))
	};
	let action = Action::Deposit { who: WHO, amount: 30 };
	// The second time even with the same ciphertext.
	chain.block(vec![(action, vec![leaf(1)]), (action, vec![leaf(2)]), (action, vec![leaf(2)])]);
	party.follow(&chain);
	assert_eq!(party.wallet.balance(), available(90));
	// The third is spent with what the first two became.
	for (pair, left) in [([0, 1], 85), ([2, 3], 80)] {
		let terms = terms(&chain, 5);
		let pair = pair.map(|at| if at < 3 { at } else { party.wallet.spendable().1[1].0 });
		let Party { keys, wallet, rng } = &mut party;
		let call = wallet.join(keys, &POOL, pair, &terms, rng).unwrap();
		assert_ne!(call.claims.nullifiers[0], call.claims.nullifiers[1]);
		chain.block(vec![transferred(&call)]);
		party.follow(&chain);
		assert_eq!(party.wallet.balance(), available(left));
	}
	assert!(party.restored(&chain) == party.wallet);
}

#[test]
fn swapped_ciphertexts_are_nobodys() {
	let (mut chain, mut alice, mut bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[100]);
	let to = bob.address(chain.next);
	let terms = terms(&chain, 1);
	let mut call =
		alice.wallet.transfer(&alice.keys, &POOL, &to, 40, &terms, &mut alice.rng).unwrap();
	call.ciphertexts.reverse();
	assert_ne!(
		call.claims.arguments(call.ciphertexts.each_ref().map(|c| &c[..])),
		call.header.arguments
	);
	chain.block(vec![transferred(&call)]);
	alice.follow(&chain);
	bob.follow(&chain);
	assert_eq!(bob.wallet.balance(), Balance::default());
	assert_eq!(bob.wallet.notes().count(), 0);
	assert_eq!(alice.wallet.balance(), Balance::default());
}

/// Nobody could spend it: the owner does not count it. A view key cannot know.
#[test]
fn a_note_for_another_owner_key_than_its_labels_is_not_counted() {
	let (mut chain, mut party) = (Chain::new(), Party::new(1));
	let (one, other) = (party.address(1), party.address(1));
	let note = Note { value: 30, owner: other.owner, rho: Fr::from(6u8) };
	let key = one.key_at(1).unwrap();
	let made = seal(&note, one.label, &one.base, key, &GENESIS, &mut Seeded(1)).unwrap();
	let leaf = (note.commitment::<Native>().into(), Some(made));
	chain.block(vec![(Action::Deposit { who: WHO, amount: 30 }, vec![leaf])]);
	party.follow(&chain);
	assert_eq!(party.wallet.notes().count(), 0);
	let mut watching = Wallet::new(Reader::Viewer(party.keys.view()));
	watching.scan(Reader::Viewer(party.keys.view()), &chain.blocks, 1).unwrap();
	assert_eq!(watching.balance(), available(30));
}

#[test]
fn notes_of_nothing_and_leaves_without_a_ciphertext_are_passed_over() {
	let (mut chain, mut party) = (Chain::new(), Party::new(1));
	let to = party.address(1);
	let note = Note { value: 0, owner: to.owner, rho: Fr::from(6u8) };
	let key = to.key_at(1).unwrap();
	let made = seal(&note, to.label, &to.base, key, &GENESIS, &mut Seeded(1)).unwrap();
	let (action, mut leaves) = deposited(&to, 9, 1, &mut party.rng);
	leaves[0].1 = None;
	leaves.push((note.commitment::<Native>().into(), Some(made)));
	chain.block(vec![(action, leaves)]);
	chain.block(vec![(Action::Other, vec![(Fr::from(3u8).into(), None)])]);
	party.follow(&chain);
	assert_eq!(party.wallet.leaves(), 3);
	assert_eq!(party.wallet.notes().count(), 0);
	assert!(party.wallet.history().is_empty());
}

/// A viewer finds all notes, knows change from income, and sees nothing spent.
#[test]
fn a_view_key_shows_what_came_in() {
	let (chain, alice, bob) = story();
	let watch = |party: &Party| {
		let reader = Reader::Viewer(party.keys.view());
		let mut wallet = Wallet::new(reader);
		wallet.scan(reader, &chain.blocks, chain.last()).unwrap();
		assert!(!wallet.sees_spending() && party.wallet.sees_spending());
		assert!(wallet.notes().all(|(_, note)| note.siblings.is_none() && note.spent.is_none()));
		let found: Vec<_> = wallet.notes().map(|(index, note)| (index, note.value)).collect();
		let own: Vec<_> = party.wallet.notes().map(|(at, note)| (at, note.value)).collect();
		assert_eq!(found, own);
		happened(&wallet)
	};
	let deposited = |amount| Happened::Deposited { by: WHO, amount };
	let change = |amount| Happened::Change { amount };
	let seen = watch(&alice);
	assert_eq!(seen, [deposited(1_000), deposited(400), change(690), deposited(50), change(720)]);
	assert_eq!(watch(&bob), [Happened::Received { amount: 700 }, change(390)]);
}

/// Blocks of three periods, with a note in each.
fn periods() -> (Chain, Party) {
	let (mut chain, mut party) = (Chain::new(), Party::new(1));
	for (period, amount) in [(0, 1u64), (1, 10), (2, 100)] {
		chain.skip_to((period * PERIOD_BLOCKS).max(1) + 5);
		let to = party.address(chain.next);
		let call = deposited(&to, amount.into(), chain.next, &mut party.rng);
		chain.block(vec![call]);
	}
	party.follow(&chain);
	(chain, party)
}

#[test]
fn a_period_key_shows_its_period_and_no_other() {
	let (chain, party) = periods();
	assert_eq!(party.wallet.balance(), available(111));
	for (period, amount) in [(0, 1), (1, 10), (2, 100), (3, 0)] {
		let key = party.keys.view().period(Period(period));
		let mut wallet = Wallet::new(Reader::Period(&key));
		wallet.scan(Reader::Period(&key), &chain.blocks, chain.last()).unwrap();
		assert_eq!(wallet.balance(), available(amount), "period {period}");
		let expected =
			if amount == 0 { vec![] } else { vec![Happened::Deposited { by: WHO, amount }] };
		assert_eq!(happened(&wallet), expected);
	}
}

/// A payment made at the end of a period may come to lie in the next one.
#[test]
fn boundary_grace_for_late_payments() {
	for (late, found) in [(0, 7), (GRACE_BLOCKS - 1, 7), (GRACE_BLOCKS, 0)] {
		let (mut chain, mut party) = (Chain::new(), Party::new(1));
		let to = party.address(1);
		let call = deposited(&to, 7, PERIOD_BLOCKS - 1, &mut party.rng);
		chain.skip_to(PERIOD_BLOCKS + late);
		chain.block(vec![call]);
		party.follow(&chain);
		assert_eq!(party.wallet.balance(), available(found), "{late} blocks late");
		let key = party.keys.view().period(Period(0));
		let mut wallet = Wallet::new(Reader::Period(&key));
		wallet.scan(Reader::Period(&key), &chain.blocks, chain.last()).unwrap();
		assert_eq!(wallet.balance(), available(found));
	}
}

#[test]
fn fails_when_blocks_are_not_the_chains_and_changes_nothing() {
	let (chain, alice, bob) = story();
	let mut wallet = Wallet::new(Reader::Owner(&alice.keys));
	wallet.scan(Reader::Owner(&alice.keys), &chain.blocks[..3], 3).unwrap();
	let before = wallet.clone();
	let mut refused = |change: &dyn Fn(&mut Vec<Block>)| {
		let mut blocks = chain.blocks[3..].to_vec();
		change(&mut blocks);
		let error = wallet.scan(Reader::Owner(&alice.keys), &blocks, 7).unwrap_err();
		assert!(wallet == before, "{error}");
		error
	};
	// Leaves 0 to 2 are there; blocks 4 to 7 add 2, 2, 1 and 2.
	let error = refused(&|blocks| blocks.insert(0, chain.blocks[2].clone()));
	assert_eq!(error, ScanError::OutOfOrder { last: 3, found: 3 });
	let error = refused(&|blocks| blocks.swap(1, 2));
	assert_eq!(error, ScanError::LeafGap { block: 6, expected: 5, found: 7 });
	let error = refused(&|blocks| blocks[0].parent = [9; 32]);
	assert_eq!(error, ScanError::Reorganised { number: 3 });
	let error = refused(&|blocks| blocks[2].parent = [9; 32]);
	assert_eq!(error, ScanError::Reorganised { number: 5 });
	let error = refused(&|blocks| drop(blocks.remove(0)));
	assert_eq!(error, ScanError::LeafGap { block: 5, expected: 3, found: 5 });
	let error = refused(&|blocks| blocks[0].calls[0].notes[1].index = 3);
	assert_eq!(error, ScanError::LeafGap { block: 4, expected: 4, found: 3 });
	let error = refused(&|blocks| blocks[1].calls[0].notes[0].commitment = FieldBytes([0xff; 32]));
	assert_eq!(error, ScanError::Commitment { index: 5 });
	let error = refused(&|blocks| blocks[1].root = None);
	assert_eq!(error, ScanError::MissingRoot(5));
	let error = refused(&|blocks| blocks[1].root.as_mut().unwrap().1 = 8);
	assert_eq!(error, ScanError::LeafCount { block: 5, expected: 7, found: 8 });
	let error = refused(&|blocks| blocks[1].calls[1].notes.clear());
	assert_eq!(error, ScanError::LeafCount { block: 5, expected: 6, found: 7 });
	let error = refused(&|blocks| blocks[3].root.as_mut().unwrap().0 = Fr::from(1u8).into());
	assert_eq!(error, ScanError::OtherRoot(7));
	let error = refused(&|blocks| blocks[0].calls[0].notes[0].commitment = Fr::from(1u8).into());
	assert_eq!(error, ScanError::OtherRoot(7));
	assert!(matches!(wallet.scan(Reader::Owner(&bob.keys), &[], 7), Err(ScanError::OtherKeys)));
	let view = Reader::Viewer(alice.keys.view());
	assert!(matches!(wallet.scan(view, &[], 7), Err(ScanError::OtherKeys)));
	assert!(wallet == before);
	wallet.scan(Reader::Owner(&alice.keys), &chain.blocks[3..], 7).unwrap();
	assert!(wallet == alice.wallet);
}

#[test]
fn boundary_the_last_leaf_of_the_tree() {
	let party = Party::new(1);
	let nodes = vec![Fr::from(1u8); 48];
	let mut frontier = Frontier::from_parts(NOTE_TREE_DEPTH, (1 << 32) - 1, nodes).unwrap();
	let reader = Reader::Owner(&party.keys);
	let mut wallet = Wallet::born_at(reader, 9, [1; 32], &frontier).unwrap();
	let leaf = |index| AddedNote { index, commitment: Fr::from(2u8).into(), ciphertexts: vec![] };
	frontier.append::<Native>(Fr::from(2u8)).unwrap();
	let mut block = Block {
		number: 10,
		hash: [2; 32],
		parent: [1; 32],
		calls: vec![Call { action: Action::Other, notes: vec![leaf((1 << 32) - 1)] }],
		root: Some((frontier.root::<Native>().into(), 1 << 32)),
	};
	let mut full = block.clone();
	full.calls[0].notes.push(leaf(1 << 32));
	full.root.as_mut().unwrap().1 += 1;
	assert_eq!(wallet.scan(reader, &[full], 9), Err(ScanError::TreeFull(10)));
	wallet.scan(reader, std::slice::from_ref(&block), 9).unwrap();
	(block.number, block.parent) = (11, [2; 32]);
	block.calls.clear();
	wallet.scan(reader, &[block], 11).unwrap();
	assert_eq!(wallet.leaves(), 1 << 32);
}

/// A wallet that is younger than the pool begins with the chain's own edge.
#[test]
fn a_wallet_born_later_has_the_same_notes_from_then_on() {
	let (chain, alice, bob) = story();
	let mut frontier = Frontier::new(NOTE_TREE_DEPTH).unwrap();
	for leaf in &chain.leaves[..3] {
		frontier.append::<Native>(*leaf).unwrap();
	}
	let reader = Reader::Owner(&bob.keys);
	let mut wallet = Wallet::born_at(reader, 3, chain.blocks[2].hash, &frontier).unwrap();
	wallet.scan(reader, chain.after(3), chain.last()).unwrap();
	assert!(wallet == bob.wallet);
	let other = Frontier::from_parts(NOTE_TREE_DEPTH, 3, vec![Fr::from(1u8); 3]).unwrap();
	let mut wallet = Wallet::born_at(reader, 3, chain.blocks[2].hash, &other).unwrap();
	let error = wallet.scan(reader, chain.after(3), chain.last());
	assert_eq!(error, Err(ScanError::OtherRoot(7)));
	let _ = alice;
}

/// Trap: what was spent or received in blocks that are gone is as if it had never been.
#[test]
fn a_reorganisation_is_followed() {
	let (mut chain, mut alice, mut bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[100, 20]);
	for _ in 0..3 {
		chain.block(vec![]);
	}
	alice.follow(&chain);
	let common = chain.last();
	let before = alice.wallet.clone();
	let to = bob.address(chain.next);
	let terms = terms(&chain, 1);
	let call = alice.wallet.transfer(&alice.keys, &POOL, &to, 40, &terms, &mut alice.rng).unwrap();
	let noise = foreign(&mut bob.rng, chain.next);
	chain.block(vec![noise, transferred(&call)]);
	let own = alice.own(chain.next);
	let more = deposited(&own, 5, chain.next, &mut alice.rng);
	chain.block(vec![more]);
	let reader = Reader::Owner(&alice.keys);
	alice.wallet.scan(reader, chain.after(common), common).unwrap();
	assert_eq!(alice.wallet.balance(), Balance { waiting: 84, ..Balance::default() });
	assert_eq!(alice.wallet.history().len(), 4);

	// In the other history the call comes before the noise, and the deposit never.
	let old = chain.clone();
	chain.reorganise(common);
	chain.block(vec![transferred(&call)]);
	let noise = foreign(&mut bob.rng, chain.next);
	chain.block(vec![noise]);
	chain.block(vec![]);
	let error = alice.wallet.scan(reader, chain.after(old.last()), common).unwrap_err();
	assert_eq!(error, ScanError::Reorganised { number: old.last() });
	let still = |(number, hash): &(u64, [u8; 32])| {
		chain.blocks.iter().any(|block| block.number == *number && block.hash == *hash)
	};
	let (number, _) = alice.wallet.positions().find(still).unwrap();
	assert_eq!(number, common);
	alice.wallet.roll_back(number).unwrap();
	let mut expected = before;
	expected.reserve(call.spends.iter().copied(), terms.valid_until);
	assert!(alice.wallet == expected, "and the call may come again: its notes stay reserved");
	alice.wallet.scan(reader, chain.after(common), chain.last()).unwrap();
	assert!(alice.wallet == alice.restored(&chain));
	bob.follow(&chain);
	assert_eq!(bob.wallet.balance(), available(40));
	assert_eq!(alice.wallet.balance(), available(79));
}

#[test]
fn boundary_depths_of_rolling_back() {
	let (mut chain, party) = (Chain::new(), Party::new(1));
	for _ in 0..MAX_ROLLBACK + 12 {
		chain.block(vec![]);
	}
	let reader = Reader::Owner(&party.keys);
	let mut wallet = Wallet::new(reader);
	wallet.scan(reader, &chain.blocks, 10).unwrap();
	assert_eq!(wallet.positions().count(), MAX_ROLLBACK + 1);
	let last = chain.last();
	assert_eq!(wallet.roll_back(last + 5), Ok(()));
	assert_eq!(wallet.position().0, last);
	wallet.roll_back(last - 1).unwrap();
	assert_eq!(wallet.position(), (last - 1, chain.blocks[last as usize - 2].hash));
	// Blocks 11 and 12 are too many to be kept: what is before them is the final one.
	wallet.roll_back(13).unwrap();
	assert_eq!(wallet.position().0, 13);
	wallet.roll_back(12).unwrap();
	assert_eq!(wallet.position().0, 10);
	let error = RollbackError::TooDeep { to: 9, oldest: 10 };
	assert_eq!(wallet.roll_back(9), Err(error));
	wallet.scan(reader, chain.after(10), last).unwrap();
	assert_eq!(wallet.positions().count(), 1);
	assert_eq!(
		wallet.roll_back(last - 1),
		Err(RollbackError::TooDeep { to: last - 1, oldest: last })
	);
}

/// What a step of the property test does.
#[derive(Clone, Debug)]
enum Step {
	Foreign(u8),
	Deposit(u16),
	Received(u16),
	Pay(u16),
	Withdraw(u16),
	Empty,
	Scan,
	Final,
	Back(u8),
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		(1u8..20).prop_map(Step::Foreign),
		(1u16..500).prop_map(Step::Deposit),
		(1u16..500).prop_map(Step::Received),
		(1u16..300).prop_map(Step::Pay),
		(1u16..300).prop_map(Step::Withdraw),
		Just(Step::Empty),
		Just(Step::Scan),
		Just(Step::Final),
		(1u8..5).prop_map(Step::Back),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	/// Whatever happens in whatever portions, blocks that are taken back among them, a wallet is the
	/// one that is made anew of all blocks at once; its paths are those over all leaves; and it has
	/// what came in less what went out.
	#[test]
	fn a_wallet_is_what_a_rebuild_is(steps in prop::collection::vec(step(), 1..40), seed in 10u8..200) {
		let (mut chain, mut party, mut rng) = (Chain::new(), Party::new(seed), Seeded(seed.into()));
		let strangers = Party::new(3).keys;
		let mut finalised = 0;
		let mut sums = vec![(0, 0i64)];
		for step in steps.into_iter().chain([Step::Scan]) {
			let next = chain.next;
			let mut sum = sums.last().unwrap().1;
			let Party { keys, wallet, rng: own } = &mut party;
			match step {
				Step::Foreign(count) => {
					let to = strangers.address(Label::for_payer(&mut rng), Period(0), 1).unwrap();
					chain.block((0..count).map(|_| deposited(&to, 1, next, &mut rng)).collect());
				},
				Step::Deposit(amount) => {
					let to = own_address(keys, next, own).unwrap();
					chain.block(vec![deposited(&to, amount.into(), next, &mut rng)]);
					sum += i64::from(amount);
				},
				Step::Received(amount) => {
					let to = keys.address(Label::for_payer(&mut rng), Period(0), 1).unwrap();
					let call = deposited(&to, amount.into(), next, &mut rng);
					chain.block(vec![(Action::Other, call.1)]);
					sum += i64::from(amount);
				},
				Step::Pay(amount) => {
					let to = strangers.address(Label::for_payer(&mut rng), Period(0), 1).unwrap();
					let terms = terms(&chain, 3);
					match wallet.transfer(keys, &POOL, &to, amount.into(), &terms, own) {
						Ok(call) => {
							chain.block(vec![transferred(&call)]);
							sum -= i64::from(amount) + 3;
						},
						Err(_) => drop(chain.block(vec![])),
					}
				},
				Step::Withdraw(amount) => {
					let terms = terms(&chain, 3);
					match wallet.withdraw(keys, &POOL, WHO, amount.into(), &terms, own) {
						Ok(call) => {
							chain.block(vec![withdrawn(&call)]);
							sum -= i64::from(amount) + 3;
						},
						Err(_) => drop(chain.block(vec![])),
					}
				},
				Step::Empty => drop(chain.block(vec![])),
				Step::Scan | Step::Final => {
					let (from, _) = wallet.position();
					if matches!(step, Step::Final) {
						finalised = chain.last();
					}
					wallet.scan(Reader::Owner(keys), chain.after(from), finalised).unwrap();
				},
				Step::Back(count) => {
					let to = chain.last().saturating_sub(count.into()).max(finalised);
					chain.reorganise(to);
					if wallet.position().0 > to {
						wallet.roll_back(to).unwrap();
					}
					sums.retain(|(block, _)| *block <= to);
					sum = sums.last().unwrap().1;
				},
			}
			sums.push((chain.last(), sum));
			sums.dedup_by_key(|(block, _)| *block);
			*sums.last_mut().unwrap() = (chain.last(), sum);
		}
		let mut anew = Wallet::new(Reader::Owner(&party.keys));
		anew.scan(Reader::Owner(&party.keys), &chain.blocks, finalised).unwrap();
		anew.release_expired(u64::MAX);
		party.wallet.release_expired(u64::MAX);
		prop_assert!(anew.history() == party.wallet.history());
		let balance = party.wallet.balance();
		prop_assert_eq!(balance, anew.balance());
		prop_assert_eq!((balance.available + balance.waiting) as i64, sums.last().unwrap().1);
		party.wallet.finalise(chain.last());
		anew.finalise(chain.last());
		prop_assert!(anew == party.wallet);
		let (edge, notes) = party.wallet.spendable();
		prop_assert_eq!(edge.root(), chain.root());
		for (index, note) in notes {
			let path = edge.path(index, note.siblings.as_ref().unwrap());
			prop_assert_eq!(path, siblings(&chain.leaves, index));
			let again: Entry = Entry::decode(&mut &party.wallet.history()[0].encode()[..]).unwrap();
			prop_assert_eq!(again, party.wallet.history()[0]);
		}
	}
}
