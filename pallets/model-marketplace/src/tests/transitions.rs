//! The table of docs/protocol.md: what each call does in each state, and by which error it is refused in all
//! others.

use super::*;
use polkadot_sdk::sp_runtime::TokenError;
use quittance_types::{blake2_256, delivery_commitment};

/// An input that is none.
const BYTES: &[u8] = b"not an input";

/// The offer of these tests, so that its input can be shown to be none.
fn claimable(redundancy: u8) -> OfferOf<Test> {
	let input = Blob { digest: blake2_256(BYTES), size: BYTES.len() as u32 };
	Offer { input, redundancy, ..offer() }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Act {
	Lock,
	Deliver,
	CommitDelivery,
	RevealDelivery,
	CommitLate,
	Receipt,
	Cancel,
	ClaimMalformed,
	Refund,
	Slash,
	Advance,
	Fulfil,
	Remove,
	Review,
}

use Act::*;

const CALLS: [Act; 14] = [
	Lock,
	Deliver,
	CommitDelivery,
	RevealDelivery,
	CommitLate,
	Receipt,
	Cancel,
	ClaimMalformed,
	Refund,
	Slash,
	Advance,
	Fulfil,
	Remove,
	Review,
];

/// What a miner of a redundant job commits to.
fn redundant_commitment(job: JobId, number: u8) -> Digest {
	delivery_commitment(job, &miner(number).into(), &OUTPUT, &[number; 32])
}

/// Makes the call as whoever may make it: the first miner where a miner must have the job, another where it
/// is to be locked.
fn make(call: Act, job: JobId) -> DispatchResult {
	match call {
		Lock => lock(job, 3),
		Deliver => deliver(job, 0, OUTPUT),
		CommitDelivery => {
			Marketplace::commit_delivery(signed(&HOT), job, redundant_commitment(job, 0))
		},
		RevealDelivery => Marketplace::reveal_delivery(signed(&HOT), job, OUTPUT, [0; 32]),
		CommitLate => commit_late(job, &STRANGER),
		Receipt => accept(job, receipt_for(MINER, 1_000)).map(|_| ()),
		Cancel => Marketplace::cancel_job(signed(&REQUESTER), job),
		ClaimMalformed => {
			let bytes = InputBytes::truncate_from(BYTES.to_vec());
			Marketplace::claim_malformed(signed(&STRANGER), job, bytes)
		},
		Refund => refund(job),
		Slash => slash(job),
		Advance => advance(job),
		Fulfil => fulfil(job),
		Remove => Marketplace::remove_job(signed(&REQUESTER), job),
		Review => Marketplace::review_job(signed(&REQUESTER), job, 5, [0; 32]),
	}
}

/// A state: how a job gets there, which calls are allowed in it and where they lead, and by which error each
/// of the others is refused.
struct Row {
	name: &'static str,
	reach: fn() -> JobId,
	allowed: &'static [(Act, &'static str)],
	refused: fn(Act) -> DispatchError,
}

/// The name of the state that a job is in.
fn name_of(job: JobId) -> String {
	let Some(record) = Jobs::<Test>::get(job) else { return "removed".into() };
	let state = match record {
		JobRecord::Live(job) => match job.state {
			JobState::Open if job.closes_at.is_some() => "open, closing",
			JobState::Open => "open",
			JobState::Locked => "locked",
			JobState::Revealing { .. } => "revealing",
			JobState::Delivered { .. } => "delivered",
			JobState::Disputed => "disputed",
			JobState::Decided { .. } => "decided",
			JobState::Judged { .. } => "judged",
			JobState::Accepted(_) => "accepted",
			JobState::Owed { .. } => "owed",
		},
		JobRecord::Ended(job) => match job.end {
			End::Fulfilled { .. } => "fulfilled",
			End::Refunded(cause) => return format!("refunded: {cause:?}"),
		},
	};
	state.into()
}

fn check_table(rows: &[Row]) {
	for row in rows {
		for call in CALLS {
			run(|| {
				let job = (row.reach)();
				let before = name_of(job);
				let made = hypothetical(|| (make(call, job), name_of(job)));
				let expected = row.allowed.iter().find(|(allowed, _)| *allowed == call);
				let about = format!("{call:?} in {} ({before})", row.name);
				match (made, expected) {
					((Ok(()), after), Some((_, to))) => {
						assert_eq!(after, *to, "{about} leads elsewhere");
						assert_ok!(make(call, job));
					},
					((Err(error), _), Some(_)) => panic!("{about} was refused: {error:?}"),
					((Ok(()), after), None) => panic!("{about} was allowed and led to {after}"),
					((Err(error), _), None) => {
						assert_eq!(nameless(error), nameless((row.refused)(call)), "{about}");
						assert_noop!(make(call, job), error);
					},
				}
			});
		}
	}
}

/// Does something and undoes it.
fn hypothetical<R>(action: impl FnOnce() -> R) -> R {
	use polkadot_sdk::frame_support::storage::with_storage_layer;
	let references = References::get();
	let mut result = None;
	let _: Result<(), DispatchError> = with_storage_layer(|| {
		result = Some(action());
		Err(DispatchError::Other("undo"))
	});
	References::set(references);
	result.unwrap()
}

/// An error to compare: the name is there for people.
fn nameless(error: DispatchError) -> DispatchError {
	match error {
		DispatchError::Module(module) => {
			DispatchError::Module(polkadot_sdk::sp_runtime::ModuleError { message: None, ..module })
		},
		other => other,
	}
}

fn posted_claimable() -> JobId {
	post(claimable(1))
}

fn locked_claimable() -> JobId {
	let job = posted_claimable();
	assert_ok!(lock(job, 0));
	job
}

fn delivered_claimable() -> JobId {
	let job = locked_claimable();
	assert_ok!(deliver(job, 0, OUTPUT));
	job
}

fn disputed_claimable() -> JobId {
	let job = delivered_claimable();
	full_blocks_until(POSTED + SigningTime::get() + 1);
	assert_ok!(advance(job));
	job
}

fn late(job: JobId) -> JobId {
	full_blocks_until(LOCK_DEADLINE + 1);
	job
}

fn expired(job: JobId) -> JobId {
	full_blocks_until(DEADLINE + 1);
	job
}

/// With a commitment of the first miner's in an earlier block.
fn committed(job: JobId) -> JobId {
	late(job);
	assert_ok!(commit_late(job, &MINER));
	full_blocks_until(LOCK_DEADLINE + 2);
	job
}

fn not_redundant(call: Act, otherwise: E) -> E {
	match call {
		// Nobody but the miner that has the job is told more.
		CommitDelivery | RevealDelivery => E::NotRedundant,
		_ => otherwise,
	}
}

/// The errors that are the same in all living states.
fn living(call: Act, otherwise: E) -> DispatchError {
	match call {
		Remove | Review => E::JobNotEnded,
		Fulfil => E::NoReceipt,
		Receipt => E::ReceiptBarred,
		_ => otherwise,
	}
	.into()
}

#[test]
fn of_a_job_for_one_miner() {
	check_table(&[
		Row {
			name: "open",
			reach: posted_claimable,
			allowed: &[
				(Lock, "locked"),
				(Cancel, "refunded: Cancelled"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						CommitLate => E::NotLate,
						Refund => E::DeadlineNotPassed,
						Slash => E::NothingToSlash,
						Advance => E::NothingDue,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "open after the lock deadline",
			reach: || late(posted_claimable()),
			allowed: &[
				(CommitLate, "open"),
				(Cancel, "open, closing"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::LockDeadlinePassed,
						Refund => E::DeadlineNotPassed,
						Slash => E::NothingToSlash,
						Advance => E::NothingDue,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "open, committed to",
			reach: || committed(posted_claimable()),
			allowed: &[
				(CommitLate, "open"),
				(Receipt, "accepted"),
				(Cancel, "open, closing"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::LockDeadlinePassed,
						Refund => E::DeadlineNotPassed,
						Slash => E::NothingToSlash,
						Advance => E::NothingDue,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "open, closing",
			reach: || {
				let job = late(posted_claimable());
				assert_ok!(make(Cancel, job));
				job
			},
			allowed: &[(CommitLate, "open, closing"), (ClaimMalformed, "refunded: Malformed")],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::LockDeadlinePassed,
						Cancel => E::NoticeGiven,
						Refund => E::DeadlineNotPassed,
						Slash => E::NothingToSlash,
						Advance => E::NothingDue,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "open after the deadline",
			reach: || expired(posted_claimable()),
			allowed: &[
				(Cancel, "open, closing"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: Expired"),
				(Advance, "refunded: Expired"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::LockDeadlinePassed,
						CommitLate => E::DeadlinePassed,
						Slash => E::NothingToSlash,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "open without issuers",
			reach: || {
				let job = posted_claimable();
				remove_issuer(ISSUER);
				remove_issuer(OTHER_ISSUER);
				job
			},
			allowed: &[
				(Cancel, "refunded: Cancelled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: NoIssuers"),
				(Advance, "refunded: NoIssuers"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::NoIssuerInOffice,
						CommitLate => E::NotLate,
						Slash => E::NothingToSlash,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "locked",
			reach: locked_claimable,
			allowed: &[
				(Deliver, "delivered"),
				(Receipt, "fulfilled"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						CommitLate => E::NotLate,
						Refund | Slash => E::DeadlineNotPassed,
						Advance => E::NothingDue,
						_ => not_redundant(call, E::JobLocked),
					},
				)
			},
		},
		Row {
			name: "locked after the lock deadline",
			reach: || late(locked_claimable()),
			allowed: &[(CommitLate, "locked"), (ClaimMalformed, "refunded: Malformed")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver => E::LockDeadlinePassed,
						Refund | Slash => E::DeadlineNotPassed,
						Advance => E::NothingDue,
						_ => not_redundant(call, E::JobLocked),
					},
				)
			},
		},
		Row {
			name: "locked, committed to",
			reach: || committed(locked_claimable()),
			allowed: &[
				(CommitLate, "locked"),
				(Receipt, "accepted"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Deliver => E::LockDeadlinePassed,
						Refund | Slash => E::DeadlineNotPassed,
						Advance => E::NothingDue,
						_ => not_redundant(call, E::JobLocked),
					},
				)
			},
		},
		Row {
			name: "locked after the deadline",
			reach: || expired(locked_claimable()),
			allowed: &[
				(ClaimMalformed, "refunded: Malformed"),
				(Slash, "refunded: Stalled"),
				(Advance, "refunded: Stalled"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Deliver => E::LockDeadlinePassed,
						CommitLate => E::DeadlinePassed,
						Refund => E::LockNotKept,
						_ => not_redundant(call, E::JobLocked),
					},
				)
			},
		},
		Row {
			name: "locked without issuers",
			reach: || {
				let job = locked_claimable();
				remove_issuer(ISSUER);
				remove_issuer(OTHER_ISSUER);
				job
			},
			allowed: &[
				(Deliver, "delivered"),
				// The receipts pallet takes none that such an issuer signed.
				(Receipt, "fulfilled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: NoIssuers"),
				(Advance, "refunded: NoIssuers"),
			],
			refused: |call| {
				living(
					call,
					match call {
						CommitLate => E::NotLate,
						Slash => E::NothingToSlash,
						_ => not_redundant(call, E::JobLocked),
					},
				)
			},
		},
		Row {
			name: "delivered",
			reach: delivered_claimable,
			allowed: &[(Receipt, "fulfilled")],
			refused: |call| {
				living(
					call,
					match call {
						Advance => E::NothingDue,
						_ => not_redundant(call, E::JobDelivered),
					},
				)
			},
		},
		Row {
			name: "delivered, the time for signing passed",
			reach: || {
				let job = delivered_claimable();
				full_blocks_until(POSTED + SigningTime::get() + 1);
				job
			},
			allowed: &[(Advance, "disputed")],
			refused: |call| match call {
				Receipt => E::DeadlinePassed.into(),
				_ => living(call, not_redundant(call, E::JobDelivered)),
			},
		},
		Row {
			name: "delivered without issuers",
			reach: || {
				let job = delivered_claimable();
				remove_issuer(ISSUER);
				remove_issuer(OTHER_ISSUER);
				job
			},
			allowed: &[(Advance, "disputed"), (Receipt, "fulfilled")],
			refused: |call| living(call, not_redundant(call, E::JobDelivered)),
		},
		Row {
			name: "disputed",
			reach: disputed_claimable,
			allowed: &[],
			refused: |call| {
				living(
					call,
					match call {
						Advance => E::NothingDue,
						_ => not_redundant(call, E::JobOnPanel),
					},
				)
			},
		},
		Row {
			name: "decided: right",
			reach: || {
				let job = disputed_claimable();
				decide(job, right(0, 1_000), &[miner(1)]);
				job
			},
			allowed: &[(Fulfil, "fulfilled"), (Advance, "fulfilled")],
			refused: |call| living(call, not_redundant(call, E::JobOnPanel)),
		},
		Row {
			name: "decided: wrong",
			reach: || {
				let job = disputed_claimable();
				decide(job, WRONG, &[miner(1)]);
				job
			},
			allowed: &[(Fulfil, "refunded: Wrong"), (Advance, "refunded: Wrong")],
			refused: |call| living(call, not_redundant(call, E::JobOnPanel)),
		},
		Row {
			name: "decided: undecided",
			reach: || {
				let job = disputed_claimable();
				decide(job, Verdict::Undecided, &[]);
				job
			},
			allowed: &[(Fulfil, "refunded: Undecided"), (Advance, "refunded: Undecided")],
			refused: |call| living(call, not_redundant(call, E::JobOnPanel)),
		},
		Row {
			name: "accepted",
			reach: || {
				let job = committed(locked_claimable());
				assert_ok!(make(Receipt, job));
				job
			},
			allowed: &[(Fulfil, "fulfilled"), (Advance, "fulfilled")],
			refused: |call| living(call, not_redundant(call, E::JobAccepted)),
		},
		Row {
			name: "owed",
			reach: || {
				let job = committed(posted_claimable());
				let entry = LateCommitments::<Test>::take(job, MINER).unwrap();
				let commitment = commitment(job, &UNKNOWN, 7);
				let entry = LateCommitment { commitment, ..entry };
				LateCommitments::<Test>::insert(job, UNKNOWN, entry);
				assert_ok!(accept(job, receipt_for(UNKNOWN, EXISTENTIAL_DEPOSIT - 1)));
				assert_ok!(fulfil(job));
				assert_eq!(name_of(job), "owed");
				job
			},
			allowed: &[],
			refused: |call| match call {
				Fulfil => TokenError::CannotCreate.into(),
				Advance => E::NothingDue.into(),
				Deliver | CommitDelivery | RevealDelivery => E::NotLockHolder.into(),
				_ => living(call, E::JobAccepted),
			},
		},
		Row {
			name: "fulfilled",
			reach: || {
				let job = locked_claimable();
				assert_ok!(make(Receipt, job));
				job
			},
			allowed: &[(Remove, "removed"), (Review, "fulfilled")],
			refused: |_| E::JobEnded.into(),
		},
		Row {
			name: "refunded",
			reach: || {
				let job = posted_claimable();
				assert_ok!(make(Cancel, job));
				job
			},
			allowed: &[(Remove, "removed")],
			refused: |call| match call {
				Review => E::NotFulfilled.into(),
				_ => E::JobEnded.into(),
			},
		},
		Row {
			name: "removed",
			reach: || {
				let job = posted_claimable();
				assert_ok!(make(Cancel, job));
				assert_ok!(make(Remove, job));
				job
			},
			allowed: &[],
			refused: |_| E::UnknownJob.into(),
		},
	]);
}

/// A job for two miners, both of which have it.
fn shared() -> JobId {
	let job = post(claimable(2));
	assert_ok!(lock(job, 0));
	assert_ok!(lock(job, 1));
	job
}

fn commit_by(job: JobId, number: u8) {
	let commitment = redundant_commitment(job, number);
	assert_ok!(Marketplace::commit_delivery(signed(&hot(number)), job, commitment));
}

fn reveal_by(job: JobId, number: u8) {
	let salt = [number; 32];
	assert_ok!(Marketplace::reveal_delivery(signed(&hot(number)), job, OUTPUT, salt));
}

/// Both have committed.
fn revealing() -> JobId {
	let job = shared();
	commit_by(job, 0);
	commit_by(job, 1);
	job
}

/// Both have shown the same.
fn agreed() -> JobId {
	let job = revealing();
	reveal_by(job, 0);
	reveal_by(job, 1);
	full_blocks_until(now() + 1);
	assert_ok!(advance(job));
	job
}

#[test]
fn of_a_redundant_job() {
	check_table(&[
		Row {
			name: "open",
			reach: || {
				let job = post(claimable(2));
				assert_ok!(lock(job, 0));
				job
			},
			allowed: &[
				(Lock, "locked"),
				(CommitDelivery, "open"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::RevealTooEarly,
						Cancel => E::JobLocked,
						Advance => E::NothingDue,
						_ => E::DeadlineNotPassed,
					},
				)
			},
		},
		Row {
			name: "open, nobody has it, after the lock deadline",
			reach: || late(post(claimable(2))),
			allowed: &[
				(Cancel, "refunded: Cancelled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: Expired"),
				(Advance, "refunded: Expired"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Lock => E::LockDeadlinePassed,
						CommitLate => E::Redundant,
						Slash => E::NothingToSlash,
						_ => E::NotLockHolder,
					},
				)
			},
		},
		Row {
			name: "locked",
			reach: shared,
			allowed: &[(CommitDelivery, "locked"), (ClaimMalformed, "refunded: Malformed")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::RevealTooEarly,
						Lock | Cancel => E::JobLocked,
						Advance => E::NothingDue,
						_ => E::DeadlineNotPassed,
					},
				)
			},
		},
		Row {
			name: "locked, the other has committed",
			reach: || {
				let job = shared();
				commit_by(job, 1);
				job
			},
			allowed: &[(CommitDelivery, "revealing"), (ClaimMalformed, "refunded: Malformed")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::RevealTooEarly,
						Lock | Cancel => E::JobLocked,
						Advance => E::NothingDue,
						_ => E::DeadlineNotPassed,
					},
				)
			},
		},
		Row {
			name: "locked, nothing committed, after the lock deadline",
			reach: || late(shared()),
			allowed: &[
				(ClaimMalformed, "refunded: Malformed"),
				(Slash, "refunded: Stalled"),
				(Advance, "refunded: Stalled"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						CommitDelivery => E::LockDeadlinePassed,
						RevealDelivery => E::NothingCommitted,
						Refund => E::LockNotKept,
						_ => E::JobLocked,
					},
				)
			},
		},
		Row {
			name: "locked, committed, after the lock deadline",
			reach: || {
				let job = shared();
				commit_by(job, 0);
				late(job)
			},
			allowed: &[
				(RevealDelivery, "revealing"),
				(ClaimMalformed, "refunded: Malformed"),
				(Advance, "revealing"),
			],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						CommitDelivery => E::LockDeadlinePassed,
						Refund | Slash => E::JobRevealing,
						_ => E::JobLocked,
					},
				)
			},
		},
		Row {
			name: "revealing",
			reach: revealing,
			allowed: &[(RevealDelivery, "revealing")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						Refund | Slash => E::DeadlineNotPassed,
						Advance => E::NothingDue,
						_ => E::JobRevealing,
					},
				)
			},
		},
		Row {
			name: "revealing, nothing shown, its time passed",
			reach: || {
				let job = revealing();
				full_blocks_until(now() + RevealTime::get() + 1);
				job
			},
			allowed: &[(Slash, "refunded: Stalled"), (Advance, "refunded: Stalled")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::RevealTooLate,
						Refund => E::LockNotKept,
						_ => E::JobRevealing,
					},
				)
			},
		},
		Row {
			name: "revealing, shown by one of two, its time passed",
			reach: || {
				let job = revealing();
				reveal_by(job, 1);
				full_blocks_until(now() + RevealTime::get() + 1);
				job
			},
			allowed: &[(Advance, "disputed")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::RevealTooLate,
						_ => E::JobRevealing,
					},
				)
			},
		},
		Row {
			name: "revealing, all shown and equal",
			reach: || {
				let job = revealing();
				reveal_by(job, 0);
				reveal_by(job, 1);
				full_blocks_until(now() + 1);
				job
			},
			allowed: &[(Advance, "delivered")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						RevealDelivery => E::AlreadyDelivered,
						_ => E::JobRevealing,
					},
				)
			},
		},
		Row {
			name: "delivered",
			reach: agreed,
			allowed: &[(Receipt, "accepted")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						Advance => E::NothingDue,
						_ => E::JobDelivered,
					},
				)
			},
		},
		Row {
			name: "accepted",
			reach: || {
				let job = agreed();
				assert_ok!(make(Receipt, job));
				job
			},
			allowed: &[(Fulfil, "fulfilled"), (Advance, "fulfilled")],
			refused: |call| {
				living(
					call,
					match call {
						Deliver | CommitLate => E::Redundant,
						_ => E::JobAccepted,
					},
				)
			},
		},
	]);
}
