//! The table of docs/protocol.md: what each call does in each state, and by which error it is refused in all
//! others.

use super::{
	private_jobs::{decline, facts_of, lock_private, post_for, request, send, settle},
	*,
};
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
	LockPrivately,
	SendOpening,
	Decline,
	/// The pool's, of a private job: by a receipt, or by a verdict where there is one.
	Settle,
}

use Act::*;

const CALLS: [Act; 18] = [
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
	LockPrivately,
	SendOpening,
	Decline,
	Settle,
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
		Cancel => without_info(Marketplace::cancel_job(signed(&REQUESTER), job)),
		ClaimMalformed => {
			let bytes = InputBytes::truncate_from(BYTES.to_vec());
			without_info(Marketplace::claim_malformed(signed(&STRANGER), job, bytes))
		},
		Refund => refund(job),
		Slash => slash(job),
		Advance => advance(job),
		Fulfil => fulfil(job),
		Remove => Marketplace::remove_job(signed(&REQUESTER), job),
		Review => Marketplace::review_job(signed(&REQUESTER), job, 5, [0; 32]),
		LockPrivately => lock_private(job, 3),
		SendOpening => {
			let nonce =
				Jobs::<Test>::get(job).and_then(JobRecord::live).map_or(1, |job| job.nonce());
			send(job, nonce)
		},
		Decline => decline(job, 0),
		Settle => settle_by_pool(job),
	}
}

/// What the pool asks before it settles a job, and by which names it refuses to.
fn settle_by_pool(job: JobId) -> DispatchResult {
	let private = facts_of(job).ok_or(NO_PRIVATE_JOB)?;
	let in_time = |until| if now() <= until { Ok(()) } else { Err(TOO_LATE) };
	if let Some(judged) = private.judged {
		in_time(judged.open_until)?;
		return settle(job, None);
	}
	if private.facts.bar.is_some() {
		return Err(BARRED);
	}
	in_time(private.facts.open_until)?;
	settle(job, Some(ISSUER))
}

const NO_PRIVATE_JOB: DispatchError = DispatchError::Other("no private job");
const BARRED: DispatchError = DispatchError::Other("barred");
const TOO_LATE: DispatchError = DispatchError::Other("too late");

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
pub(super) fn hypothetical<R>(action: impl FnOnce() -> R) -> R {
	use polkadot_sdk::frame_support::storage::with_storage_layer;
	let mut result = None;
	let _: Result<(), DispatchError> = with_storage_layer(|| {
		result = Some(action());
		Err(DispatchError::Other("undo"))
	});
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

/// The errors that are the same in all living states of a job in clear.
fn living(call: Act, otherwise: E) -> DispatchError {
	match call {
		Remove | Review => E::JobNotEnded.into(),
		Fulfil => E::NoReceipt.into(),
		Receipt => E::ReceiptBarred.into(),
		LockPrivately | SendOpening | Decline => E::NotPrivate.into(),
		Settle => NO_PRIVATE_JOB,
		_ => otherwise.into(),
	}
}

/// The errors that are the same in all living states of a private job.
fn living_privately(call: Act, otherwise: impl Into<DispatchError>) -> DispatchError {
	match call {
		Remove | Review => E::JobNotEnded.into(),
		Fulfil => E::NoReceipt.into(),
		Receipt => E::ReceiptBarred.into(),
		Lock => E::LockedPrivately.into(),
		CommitLate => E::NoneLate.into(),
		_ => otherwise.into(),
	}
}

/// The errors that are the same for all ended jobs, and for all that are not known.
fn ended(call: Act, otherwise: E) -> DispatchError {
	match call {
		Settle => NO_PRIVATE_JOB,
		_ => otherwise.into(),
	}
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
			refused: |call| ended(call, E::JobEnded),
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
				_ => ended(call, E::JobEnded),
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
			refused: |call| ended(call, E::UnknownJob),
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

fn posted_privately() -> JobId {
	let input = claimable(1).input;
	let request = PrivateRequest { input, declines: 2, ..request() };
	post_for(&REQUESTER, request).unwrap()
}

fn locked_privately() -> JobId {
	let job = posted_privately();
	assert_ok!(lock_private(job, 0));
	job
}

fn delivered_privately() -> JobId {
	let job = locked_privately();
	assert_ok!(deliver(job, 0, OUTPUT));
	job
}

fn disputed_privately() -> JobId {
	let job = delivered_privately();
	full_blocks_until(POSTED + SigningTime::get() + 1);
	assert_ok!(advance(job));
	job
}

fn decided_privately(verdict: Verdict) -> JobId {
	let job = disputed_privately();
	decide(job, verdict, &[miner(1)]);
	job
}

fn judged() -> JobId {
	let job = decided_privately(right(0, 7));
	assert_ok!(fulfil(job));
	job
}

fn without_issuers(job: JobId) -> JobId {
	remove_issuer(ISSUER);
	remove_issuer(OTHER_ISSUER);
	job
}

/// What can be done with a private job that nobody has, in time.
const OPEN_PRIVATELY: &[(Act, &str)] = &[
	(LockPrivately, "locked"),
	(Cancel, "refunded: Cancelled"),
	(ClaimMalformed, "refunded: Malformed"),
];

/// What can be done with one that a miner has, as long as it can decline.
const LOCKED_PRIVATELY: &[(Act, &str)] = &[
	(Deliver, "delivered"),
	(SendOpening, "locked"),
	(Decline, "open"),
	(Settle, "fulfilled"),
	(ClaimMalformed, "refunded: Malformed"),
];

/// What can be done with one whose lock was not kept.
const BROKEN_PRIVATELY: &[(Act, &str)] = &[
	(SendOpening, "locked"),
	(ClaimMalformed, "refunded: Malformed"),
	(Slash, "refunded: Stalled"),
	(Advance, "refunded: Stalled"),
];

/// By what the other calls on a private job are refused that nobody has.
fn open_privately(call: Act) -> DispatchError {
	match call {
		LockPrivately => E::LockDeadlinePassed.into(),
		Settle => NO_PRIVATE_JOB,
		SendOpening => E::JobOpen.into(),
		Refund => E::DeadlineNotPassed.into(),
		Slash => E::NothingToSlash.into(),
		Advance => E::NothingDue.into(),
		_ => living_privately(call, E::NotLockHolder),
	}
}

/// The same of one that a miner has.
fn locked_by_one(call: Act) -> DispatchError {
	match call {
		Decline => E::TooLateToDecline.into(),
		Refund | Slash => E::DeadlineNotPassed.into(),
		Advance => E::NothingDue.into(),
		_ => living_privately(call, not_redundant(call, E::JobLocked)),
	}
}

/// And of one whose lock was not kept.
fn broken_privately(call: Act) -> DispatchError {
	match call {
		Deliver => E::LockDeadlinePassed.into(),
		Refund => E::LockNotKept.into(),
		Settle => TOO_LATE,
		_ => locked_by_one(call),
	}
}

/// And of one that a panel has.
fn on_panel_privately(call: Act) -> DispatchError {
	match call {
		Settle => BARRED,
		Advance => E::NothingDue.into(),
		_ => living_privately(call, not_redundant(call, E::JobOnPanel)),
	}
}

/// And of one that was delivered, or found right.
fn to_be_settled(call: Act, state: E) -> DispatchError {
	match call {
		Settle => TOO_LATE,
		Advance => E::NothingDue.into(),
		_ => living_privately(call, not_redundant(call, state)),
	}
}

/// The same calls, and those of private jobs, on jobs that an escrow pays for.
#[test]
fn of_a_private_job() {
	check_table(&[
		Row {
			name: "open",
			reach: posted_privately,
			allowed: OPEN_PRIVATELY,
			refused: open_privately,
		},
		Row {
			name: "open, declined",
			reach: || {
				let job = locked_privately();
				assert_ok!(decline(job, 0));
				job
			},
			allowed: OPEN_PRIVATELY,
			refused: open_privately,
		},
		Row {
			name: "open after the lock deadline",
			reach: || late(posted_privately()),
			allowed: &[
				(Cancel, "refunded: Cancelled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: Expired"),
				(Advance, "refunded: Expired"),
			],
			refused: open_privately,
		},
		Row {
			name: "open without issuers",
			reach: || without_issuers(posted_privately()),
			allowed: &[
				(Cancel, "refunded: Cancelled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: NoIssuers"),
				(Advance, "refunded: NoIssuers"),
			],
			refused: |call| match call {
				LockPrivately => E::NoIssuerInOffice.into(),
				_ => open_privately(call),
			},
		},
		Row {
			name: "locked",
			reach: locked_privately,
			allowed: LOCKED_PRIVATELY,
			refused: locked_by_one,
		},
		Row {
			name: "locked, an opening sent",
			reach: || {
				let job = locked_privately();
				assert_ok!(send(job, 1));
				job
			},
			allowed: LOCKED_PRIVATELY,
			refused: locked_by_one,
		},
		Row {
			name: "locked just before the lock deadline, which has passed",
			reach: || {
				let job = posted_privately();
				full_blocks_until(LOCK_DEADLINE);
				assert_ok!(lock_private(job, 0));
				late(job)
			},
			allowed: BROKEN_PRIVATELY,
			refused: broken_privately,
		},
		Row {
			name: "locked by the last that can decline",
			reach: || {
				let job = posted_privately();
				assert_ok!(lock_private(job, 1));
				assert_ok!(decline(job, 1));
				assert_ok!(lock_private(job, 0));
				job
			},
			allowed: &[
				(Deliver, "delivered"),
				(SendOpening, "locked"),
				(Decline, "refunded: Declined"),
				(Settle, "fulfilled"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: locked_by_one,
		},
		Row {
			name: "locked, the time for an opening passed",
			reach: || {
				let job = locked_privately();
				full_blocks_until(POSTED + OpeningTime::get() + 1);
				job
			},
			allowed: &[
				(Deliver, "delivered"),
				(SendOpening, "locked"),
				(Settle, "fulfilled"),
				(ClaimMalformed, "refunded: Malformed"),
			],
			refused: locked_by_one,
		},
		Row {
			name: "locked after the lock deadline",
			reach: || late(locked_privately()),
			allowed: BROKEN_PRIVATELY,
			refused: broken_privately,
		},
		Row {
			name: "locked without issuers",
			reach: || without_issuers(locked_privately()),
			allowed: &[
				(Deliver, "delivered"),
				(SendOpening, "locked"),
				(Decline, "open"),
				// The receipts pallet takes none that such an issuer signed.
				(Settle, "fulfilled"),
				(ClaimMalformed, "refunded: Malformed"),
				(Refund, "refunded: NoIssuers"),
				(Advance, "refunded: NoIssuers"),
			],
			refused: |call| match call {
				Slash => E::NothingToSlash.into(),
				_ => locked_by_one(call),
			},
		},
		Row {
			name: "delivered",
			reach: delivered_privately,
			allowed: &[(Settle, "fulfilled")],
			refused: |call| to_be_settled(call, E::JobDelivered),
		},
		Row {
			name: "delivered, the time for signing passed",
			reach: || {
				let job = delivered_privately();
				full_blocks_until(POSTED + SigningTime::get() + 1);
				job
			},
			allowed: &[(Advance, "disputed")],
			refused: |call| to_be_settled(call, E::JobDelivered),
		},
		Row {
			name: "delivered without issuers",
			reach: || without_issuers(delivered_privately()),
			allowed: &[(Advance, "disputed"), (Settle, "fulfilled")],
			refused: |call| to_be_settled(call, E::JobDelivered),
		},
		Row {
			name: "disputed",
			reach: disputed_privately,
			allowed: &[],
			refused: on_panel_privately,
		},
		Row {
			name: "decided: right",
			reach: || decided_privately(right(0, 7)),
			allowed: &[(Fulfil, "judged"), (Advance, "judged")],
			refused: on_panel_privately,
		},
		Row {
			name: "decided: wrong",
			reach: || decided_privately(WRONG),
			allowed: &[(Fulfil, "refunded: Wrong"), (Advance, "refunded: Wrong")],
			refused: on_panel_privately,
		},
		Row {
			name: "decided: undecided",
			reach: || decided_privately(Verdict::Undecided),
			allowed: &[(Fulfil, "refunded: Undecided"), (Advance, "refunded: Undecided")],
			refused: on_panel_privately,
		},
		Row {
			name: "judged",
			reach: judged,
			allowed: &[(Settle, "fulfilled")],
			refused: |call| to_be_settled(call, E::JobOnPanel),
		},
		Row {
			name: "judged, the time for the settlement passed",
			reach: || {
				let job = judged();
				full_blocks_until(now() + SigningTime::get() + 1);
				job
			},
			allowed: &[(Advance, "refunded: Unsettled")],
			refused: |call| to_be_settled(call, E::JobOnPanel),
		},
		Row {
			name: "judged without issuers",
			reach: || without_issuers(judged()),
			allowed: &[(Settle, "fulfilled")],
			refused: |call| to_be_settled(call, E::JobOnPanel),
		},
		Row {
			name: "fulfilled",
			reach: || {
				let job = locked_privately();
				assert_ok!(make(Settle, job));
				job
			},
			allowed: &[(Remove, "removed"), (Review, "fulfilled")],
			refused: |call| ended(call, E::JobEnded),
		},
		Row {
			name: "refunded",
			reach: || {
				let job = posted_privately();
				assert_ok!(make(Cancel, job));
				job
			},
			allowed: &[(Remove, "removed")],
			refused: |call| match call {
				Review => E::NotFulfilled.into(),
				_ => ended(call, E::JobEnded),
			},
		},
		Row {
			name: "removed",
			reach: || {
				let job = posted_privately();
				assert_ok!(make(Cancel, job));
				assert_ok!(make(Remove, job));
				job
			},
			allowed: &[],
			refused: |call| ended(call, E::UnknownJob),
		},
	]);
}
