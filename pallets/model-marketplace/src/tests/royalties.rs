use super::*;

/// A listed model of which these payees get these parts of a million.
pub(super) fn with_royalties(royalties: &[(AccountId, u32)]) -> ModelId {
	let royalties = royalties
		.iter()
		.map(|(payee, parts)| Royalty { payee: payee.clone(), parts: *parts })
		.collect();
	listed(Description { royalties: Royalties::truncate_from(royalties), ..description() })
}

fn fulfilled_of(model: ModelId, amount: u128) -> JobId {
	let job = post(Offer { model, ..offer() });
	assert_ok!(lock(job, 0));
	assert_ok!(accept(job, receipt_for(MINER, amount)));
	job
}

fn pot() -> u128 {
	free(&Marketplace::royalty_account())
}

fn pay(model: ModelId) -> DispatchResult {
	Marketplace::pay_royalties(signed(&STRANGER), model)
}

#[test]
fn they_come_from_the_miners_amount_and_are_shared_by_parts() {
	run(|| {
		let model = with_royalties(&[(OWNER, 300_000), (STRANGER, 100_000)]);
		assert_eq!(pot(), EXISTENTIAL_DEPOSIT, "paid by the owner, once");
		let job = fulfilled_of(model, 4_000);
		assert_eq!(free(&MINER), ENDOWMENT + 2_400);
		assert_eq!(pot(), EXISTENTIAL_DEPOSIT + 1_600);
		assert_eq!(activity(model).royalties_due, 1_600);
		assert_has(Event::JobFulfilled {
			job,
			miner: MINER,
			amount: 4_000,
			royalties: 1_600,
			issuer: Some(ISSUER),
			issuer_fee: FEE,
			returned: PRICE - 4_000,
		});
		let (owner, stranger) = (free(&OWNER), free(&STRANGER));
		assert_ok!(pay(model));
		assert_eq!((free(&OWNER), free(&STRANGER)), (owner + 1_200, stranger + 400));
		assert_has(Event::RoyaltyPaid { model, payee: OWNER, amount: 1_200 });
		assert_has(Event::RoyaltyPaid { model, payee: STRANGER, amount: 400 });
		assert_eq!((activity(model).royalties_due, pot()), (0, EXISTENTIAL_DEPOSIT));
		assert_noop!(pay(model), E::NothingToPay);
		assert_noop!(pay([0; 32]), E::UnknownModel);
	});
}

/// Rounded down at each step; what is left over waits for more.
#[test]
fn boundary_rounding_never_pays_more_than_is_due() {
	run(|| {
		let model = with_royalties(&[(OWNER, 1), (STRANGER, 333_333)]);
		fulfilled_of(model, 7);
		// A third of 7, rounded down, all of it the second's but a 333,334th part.
		assert_eq!(activity(model).royalties_due, 2);
		let before = free(&STRANGER);
		assert_ok!(pay(model));
		assert_eq!(free(&STRANGER), before + 1);
		assert_eq!(activity(model).royalties_due, 1);
		assert_noop!(pay(model), E::NothingToPay);
		fulfilled_of(model, 2);
		assert_eq!(activity(model).royalties_due, 1, "nothing of so little");
	});
}

#[test]
fn boundary_half_at_most_and_the_miner_gets_the_odd_unit() {
	run(|| {
		let model = with_royalties(&[(OWNER, MOST_ROYALTY_PARTS)]);
		fulfilled_of(model, 3_999);
		assert_eq!((free(&MINER), activity(model).royalties_due), (ENDOWMENT + 2_000, 1_999));
	});
}

/// A payee without an account keeps neither the miner nor the other payees from their pay.
#[test]
fn a_payee_that_cannot_be_paid_blocks_nobody() {
	run(|| {
		let model = with_royalties(&[(UNKNOWN, 1_000), (STRANGER, 1_000)]);
		fulfilled_of(model, 4_000);
		assert_eq!(free(&MINER), ENDOWMENT + 3_992);
		let before = free(&STRANGER);
		assert_ok!(pay(model));
		assert_eq!(free(&STRANGER), before + 4);
		assert_eq!((free(&UNKNOWN), activity(model).royalties_due), (0, 4));
		// What stayed is shared by all the next time.
		assert_ok!(pay(model));
		assert_eq!((free(&STRANGER), activity(model).royalties_due), (before + 6, 2));
	});
}

/// A late fulfiller without an account, whose pay without the royalty is too little to make one.
#[test]
fn where_royalties_would_make_the_payment_fail_the_miner_gets_all() {
	run(|| {
		let model = with_royalties(&[(OWNER, MOST_ROYALTY_PARTS)]);
		let job = post(Offer { model, ..offer() });
		full_blocks_until(LOCK_DEADLINE + 1);
		// Committed to by somebody who has left since.
		assert_ok!(commit_late(job, &STRANGER));
		let entry = LateCommitments::<Test>::take(job, STRANGER).unwrap();
		let commitment = commitment(job, &UNKNOWN, 7);
		LateCommitments::<Test>::insert(job, UNKNOWN, LateCommitment { commitment, ..entry });
		full_blocks_until(LOCK_DEADLINE + 2);
		assert_ok!(accept(job, receipt_for(UNKNOWN, EXISTENTIAL_DEPOSIT)));
		assert_ok!(fulfil(job));
		assert_eq!(free(&UNKNOWN), EXISTENTIAL_DEPOSIT);
		assert_eq!(activity(model).royalties_due, 0);
		assert!(was_fulfilled(job));
	});
}

#[test]
fn a_model_that_is_removed_leaves_nothing_behind() {
	run(|| {
		let model = with_royalties(&[(UNKNOWN, 1_000), (STRANGER, 1_000)]);
		fulfilled_of(model, 4_000);
		assert_ok!(Marketplace::retire_model(signed(&OWNER), model));
		let before = (free(&STRANGER), free(&OWNER) + held(&OWNER));
		assert_ok!(Marketplace::remove_model(signed(&OWNER), model));
		// The one who can be paid, and the owner for the one who cannot.
		let after = (free(&STRANGER), free(&OWNER) + held(&OWNER));
		assert_eq!(after, (before.0 + 4, before.1 + 4));
		assert_eq!(pot(), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn fails_for_an_owner_who_cannot_open_the_account() {
	run(|| {
		let royalties = Royalties::truncate_from(vec![Royalty { payee: OWNER, parts: 1 }]);
		let description = Description { royalties, ..description() };
		let result = Marketplace::register_model(signed(&POOR), Box::new(description), TERMS);
		assert!(result.is_err());
	});
}
