use super::*;
use crate::wallet::test_chain::{deposited, transferred, Party, TestChain};
use quittance_wallet::Balance;

fn available(amount: u64) -> Balance {
	Balance { available: amount, ..Balance::default() }
}

fn waiting(available: u64, waiting: u64) -> Balance {
	Balance { available, waiting, ..Balance::default() }
}

/// A chain with notes at these heights, all final, a stranger's and one of this party's in each.
fn with_notes(party: &Party, heights: &[u64], end: u64) -> TestChain {
	let mut chain = TestChain::new();
	let stranger = Party::new(0xee);
	for number in 1..=end {
		let own = || party.deposits(100, number);
		let done = match heights.contains(&number) {
			true => vec![stranger.deposits(7, number), own()],
			false => vec![],
		};
		chain.block(done);
	}
	chain.finalise();
	chain
}

#[tokio::test]
async fn only_blocks_with_notes_are_read_and_none_of_them_is_missed() {
	let cases: [(&[u64], u64); 9] = [
		(&[], 0),
		(&[], 5),
		(&[], 1_000),
		(&[1, 2, 3], 3),
		(&[1], 2_000),
		(&[2_000], 2_000),
		(&[63, 64, 65, 66], 200),
		(&[1, 128, 129, 500, 1_999], 2_000),
		(&[64, 192, 448, 960, 1_000], 1_003),
	];
	for (heights, end) in cases {
		let mut party = Party::new(1);
		let chain = with_notes(&party, heights, end);
		party.follow(&chain).await.unwrap();
		assert_eq!(chain.taken(), heights, "{heights:?} of {end}");
		assert_eq!(party.watcher.took, heights);
		assert_eq!(party.wallet().balance(), available(100 * heights.len() as u64));
		assert_eq!(party.wallet().position(), (end, chain.said(end).block.hash));
		assert_eq!(party.wallet().finalised(), end);
		assert_eq!(party.wallet().leaves(), 2 * heights.len() as u64);
	}
}

#[tokio::test]
async fn blocks_with_notes_are_those_of_the_heights_asked_for() {
	let heights = [1, 2, 63, 64, 65, 129, 500, 1_999, 2_000];
	let chain = with_notes(&Party::new(1), &heights, 2_100);
	for (first, last) in [
		(1, 2_100),
		(1, 1),
		(2, 2),
		(3, 62),
		(3, 63),
		(65, 500),
		(66, 128),
		(501, 2_000),
		(2_001, 2_100),
	] {
		let mut progress = Vec::new();
		let found = blocks_with_notes(&chain, first..=last, |height| progress.push(height)).await;
		let found: Vec<_> = found.unwrap().iter().map(|block| block.number).collect();
		let expected: Vec<_> =
			heights.into_iter().filter(|height| (first..=last).contains(height)).collect();
		assert_eq!(found, expected, "{first} to {last}");
		assert!(progress.is_sorted() && progress.last() == Some(&last), "{progress:?}");
	}
}

#[tokio::test]
async fn a_long_quiet_stretch_costs_few_questions() {
	let mut party = Party::new(1);
	let chain = with_notes(&party, &[20_000], 20_000);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), available(100));
	let asked = *chain.asked.lock().unwrap();
	assert!(asked < 500, "{asked} questions");
}

#[tokio::test]
async fn it_goes_on_where_it_was() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[3, 150, 400], 500);
	for (discarded_later, expected) in [(None, vec![3, 150, 400]), (Some(499), vec![501, 700])] {
		// What was seen is not asked for again: the node need not have it any more.
		chain.discarded = discarded_later;
		party.follow(&chain).await.unwrap();
		assert_eq!(chain.taken(), expected);
		for number in 501..=700 {
			let note = vec![party.deposits(100, number)];
			chain.block(if [501, 700].contains(&number) { note } else { vec![] });
		}
		chain.finalise();
	}
	assert_eq!(party.wallet().balance(), available(500));
}

/// What was taken in before the node failed is not lost, and not asked for again.
#[tokio::test]
async fn a_failure_on_the_way_keeps_what_was_taken_in() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[10, 70, 300], 400);
	chain.lost = Some(200);
	let failure = party.follow(&chain).await.unwrap_err();
	assert!(matches!(failure, Failure::Unavailable { .. }), "{failure}");
	assert_eq!((chain.taken(), &party.watcher.took), (vec![10, 70], &vec![10, 70]));
	let Balance { available: there, waiting, .. } = party.wallet().balance();
	assert_eq!(there + waiting, 200);
	chain.lost = None;
	party.follow(&chain).await.unwrap();
	assert_eq!((chain.taken(), &party.watcher.took), (vec![300], &vec![10, 70, 300]));
	assert_eq!(party.wallet().balance(), available(300));
}

#[tokio::test]
async fn what_cannot_be_saved_is_an_error() {
	let mut party = Party::new(1);
	let chain = with_notes(&party, &[10], 20);
	party.watcher.disk_full = true;
	let failure = party.follow(&chain).await.unwrap_err();
	assert!(failure.to_string().contains("no space left"), "{failure}");
	party.watcher.disk_full = false;
	party.follow(&chain).await.unwrap();
	assert_eq!((party.watcher.saves, party.wallet().balance()), (1, available(100)));
}

#[tokio::test]
async fn a_state_that_the_node_has_not_kept_is_named() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[10], 400);
	chain.discarded = Some(144);
	let failure = party.follow(&chain).await.unwrap_err();
	let words = failure.to_string();
	assert!(words.contains("state of block 1") && words.contains("archive"), "{words}");
}

#[tokio::test]
async fn what_is_not_final_waits_and_is_given_up_with_its_block() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[5], 10);
	let note = party.deposits(30, 11);
	chain.block(vec![note]);
	chain.quiet(2);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), waiting(100, 30));
	assert_eq!(party.wallet().position().0, 13);
	assert_eq!(party.watcher.took, [5], "only what is final is told");

	// Another branch, longer and with another note.
	chain.reorganise(10);
	chain.quiet(2);
	let note = party.deposits(40, 13);
	chain.block(vec![note]);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), waiting(100, 40));

	// A shorter one, as it may be for a moment.
	chain.reorganise(10);
	chain.block(vec![]);
	party.follow(&chain).await.unwrap();
	assert_eq!((party.wallet().balance(), party.wallet().position().0), (available(100), 11));

	let note = party.deposits(50, 12);
	chain.block(vec![note]);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), waiting(100, 50));
	chain.finalise();
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), available(150));
	assert_eq!(party.watcher.took, [5, 12], "each final block is told once");
}

/// A payment that was seen in a block which was then given up is not paid.
#[tokio::test]
async fn what_was_spent_in_a_block_that_was_given_up_is_kept_for_its_call() {
	let mut party = Party::new(1);
	let payee = Party::new(2);
	let mut chain = with_notes(&party, &[5], 10);
	party.follow(&chain).await.unwrap();
	let call = party.pays(&payee.address(11), 60, 11, 20);
	chain.block(vec![transferred(&call)]);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), waiting(0, 30));
	chain.reorganise(10);
	chain.quiet(1);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), Balance { reserved: 100, ..Balance::default() });
	// Still so in the last block that can have it, and no more after that.
	chain.quiet(9);
	chain.finalise();
	assert_eq!(chain.height(), 20);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance().reserved, 100);
	chain.quiet(1);
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance().reserved, 100, "the block after is not final");
	chain.finalise();
	chain.stopped = 1;
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance().reserved, 100, "job time stood still");
	chain.quiet(1);
	chain.finalise();
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), available(100));
}

#[tokio::test]
async fn a_chain_whose_finality_lags_far_is_followed_as_far_as_one_can_go_back() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[5], 10);
	let end = 10 + MAX_ROLLBACK as u64;
	for number in 11..=end + 20 {
		let note = party.deposits(1, number);
		chain.block(if number == end || number == end + 1 { vec![note] } else { vec![] });
	}
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), waiting(100, 1));
	assert_eq!(party.wallet().position().0, end);
	chain.finalise();
	party.follow(&chain).await.unwrap();
	assert_eq!(party.wallet().balance(), available(102));
}

#[tokio::test]
async fn a_node_that_is_behind_is_waited_for() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[5], 10);
	party.follow(&chain).await.unwrap();
	chain.finalised = 9;
	let failure = party.follow(&chain).await.unwrap_err();
	assert!(matches!(&failure, Failure::Unavailable { .. }), "{failure}");
	assert!(failure.to_string().contains("is 9, and the wallet has seen 10"), "{failure}");
	assert_eq!(party.wallet().balance(), available(100));
	chain.finalised = 10;
	party.follow(&chain).await.unwrap();
}

#[tokio::test]
async fn a_chain_with_another_history_is_refused() {
	let mut party = Party::new(1);
	let mut chain = with_notes(&party, &[5], 10);
	party.follow(&chain).await.unwrap();
	chain.reorganise(9);
	chain.quiet(5);
	chain.finalise();
	match party.follow(&chain).await.unwrap_err() {
		Failure::Refused { by: "wallet", reason, .. } => assert_eq!(reason, "OtherHistory"),
		other => panic!("{other}"),
	}
	assert_eq!(party.wallet().balance(), available(100));
}

#[tokio::test]
async fn a_node_that_leaves_out_or_makes_up_notes_is_found_out() {
	type Lie = fn(&mut PoolBlock);
	let lies: [(&str, Lie); 5] = [
		("LeafCount", |block| drop(block.calls[1].notes.pop())),
		("LeafGap", |block| drop(block.calls.remove(0))),
		("MissingRoot", |block| block.root = None),
		("OtherRoot", |block| {
			let [first, second] = &mut block.calls[..] else { panic!("two calls") };
			std::mem::swap(&mut first.notes[0].commitment, &mut second.notes[0].commitment);
		}),
		("Commitment", |block| block.calls[0].notes[0].commitment.0 = [0xff; 32]),
	];
	for (name, lie) in lies {
		let mut party = Party::new(1);
		let mut chain = with_notes(&party, &[5, 7], 10);
		chain.lie(7, lie);
		match party.follow(&chain).await.unwrap_err() {
			Failure::Refused { by: "wallet", reason, .. } => assert_eq!(reason, name),
			other => panic!("{name}: {other}"),
		}
		assert_eq!(party.wallet().leaves(), 0, "{name}: nothing of it is taken in");
	}
}

#[tokio::test]
async fn boundary_nothing_is_looked_at_beyond_where_one_wants_to_go() {
	for (until, amount, position) in
		[(0, 0, 0), (49, 0, 49), (50, 100, 50), (99, 100, 99), (100, 100, 102), (101, 100, 102)]
	{
		let mut party = Party::new(1);
		let mut chain = with_notes(&party, &[50], 100);
		let later = party.deposits(9, 101);
		chain.block(vec![later]);
		chain.quiet(1);
		party.follow_until(&chain, Some(until)).await.unwrap();
		let balance = party.wallet().balance();
		assert_eq!((balance.available, party.wallet().position().0), (amount, position), "{until}");
	}
}

#[tokio::test]
async fn progress_is_told_and_ends_at_the_end() {
	let mut party = Party::new(1);
	let chain = with_notes(&party, &[1, 300], 1_000);
	party.follow(&chain).await.unwrap();
	let reached = &party.watcher.reached;
	assert!(reached.len() > 1 && reached.is_sorted(), "{reached:?}");
	assert_eq!(reached.last(), Some(&(1_000, 1_000)));
}

#[tokio::test]
async fn a_payee_finds_what_was_paid_and_by_whom_it_was_deposited() {
	use quittance_wallet::Happened;
	let mut party = Party::new(1);
	let mut payee = Party::new(2);
	let mut chain = with_notes(&party, &[5], 10);
	party.follow(&chain).await.unwrap();
	let call = party.pays(&payee.address(11), 60, 11, 20);
	let gift = deposited(&payee.address(11), 5, 11);
	chain.block(vec![transferred(&call), gift]);
	chain.finalise();
	party.follow(&chain).await.unwrap();
	payee.follow(&chain).await.unwrap();
	let happened = |party: &Party| -> Vec<_> {
		party.wallet().history().iter().map(|entry| entry.what).collect()
	};
	let by = crate::wallet::test_chain::WHO.0;
	let deposited = |amount| Happened::Deposited { by, amount };
	assert_eq!(happened(&party), [deposited(100), Happened::Sent { amount: 60, fee: 10 }]);
	assert_eq!(happened(&payee), [Happened::Received { amount: 60 }, deposited(5)]);
	assert_eq!(party.wallet().balance(), available(30));
	assert_eq!(payee.wallet().balance(), available(65));
}
