//! Jobs that an escrow of the pool pays for: their post, locks, openings and declines, and what each of their
//! ends pays to whom.

use super::*;
use polkadot_sdk::frame_support::{
	dispatch::GetDispatchInfo, storage::with_storage_layer, traits::fungible::Mutate,
	weights::Weight,
};
use quittance_host_functions::Host;
use quittance_types::{Agreement, Escrow, PrivateFacts, PrivateJobs};

/// Of the notes that pay, which are the pool's. Both hashes are canonical.
pub(super) const ESCROW: Escrow =
	Escrow { commitment: FieldBytes([0x21; 32]), offer: FieldBytes([0x22; 32]) };
const PANEL_FEE: u128 = 90;
pub(super) const DECLINES: u8 = 2;
const DECLINE: u128 = 5;
/// What is held for a job beside its deposit.
const WHOLE: u128 = FEE + PANEL_FEE + DECLINE * DECLINES as u128;
const DEPOSIT: u128 = 100;
/// What a member of a panel of three is paid.
const MEMBER: u128 = (FEE + PANEL_FEE) / 3;
/// The least that the pool is to pay the requester.
const LEAST: u128 = WHOLE + DEPOSIT + EXISTENTIAL_DEPOSIT;
/// More than is ever held for a job.
const ENOUGH: u128 = 1 << 80;
const UNITS: u128 = 12;
const OPENING: [u8; SEALED_OPENING_BYTES] = [0x5E; SEALED_OPENING_BYTES];

/// What is asked for, to be changed or spoilt.
pub(super) fn request() -> PrivateRequestOf<Test> {
	PrivateRequest {
		model: digits(),
		mode: Mode::Plain,
		input: INPUT,
		input_commitment: None,
		issuers: AcceptedIssuers::truncate_from(vec![ISSUER, OTHER_ISSUER]),
		issuer_fee: FEE,
		lock_timeout: LOCK_TIMEOUT,
		timeout: TIMEOUT,
		miner_bond: BOND,
		allow_list: AllowList::default(),
		proof_required: false,
		declines: DECLINES,
	}
}

/// What the pool does with a post that it has judged to be true, and for which it has paid so much.
fn post_paying(
	requester: &AccountId,
	request: PrivateRequestOf<Test>,
	circuit: [u8; 32],
	paid_in: u128,
) -> Result<JobId, DispatchError> {
	let requester = requester.clone();
	with_storage_layer(|| {
		<Marketplace as PrivateJobs<_>>::post(requester, request, ESCROW, circuit, paid_in)
	})
}

/// The same as if all that the requester has were from the pool.
pub(super) fn post_for(
	requester: &AccountId,
	request: PrivateRequestOf<Test>,
) -> Result<JobId, DispatchError> {
	post_paying(requester, request, CIRCUIT, ENOUGH)
}

fn post_private(request: PrivateRequestOf<Test>) -> Result<JobId, DispatchError> {
	post_for(&REQUESTER, request)
}

/// A private job that nobody has.
pub(super) fn posted_privately() -> JobId {
	post_private(request()).unwrap()
}

/// The owner key that a miner names.
fn payee(number: u8) -> FieldBytes {
	FieldBytes([number; 32])
}

fn agreement(number: u8) -> Agreement {
	let offer = ESCROW.offer.to_field().unwrap();
	Agreement::new::<Host>(offer, payee(number).to_field().unwrap())
}

pub(super) fn lock_private(job: JobId, number: u8) -> DispatchResult {
	let opening_key = [number; 32];
	Marketplace::lock_private_job(signed(&hot(number)), job, payee(number), opening_key)
}

/// A private job that the first miner has.
pub(super) fn locked_privately() -> JobId {
	let job = posted_privately();
	assert_ok!(lock_private(job, 0));
	job
}

pub(super) fn send(job: JobId, nonce: u64) -> DispatchResult {
	Marketplace::send_opening(signed(&REQUESTER), job, nonce, Box::new(OPENING))
}

pub(super) fn decline(job: JobId, number: u8) -> DispatchResult {
	without_info(Marketplace::decline_job(signed(&hot(number)), job))
}

pub(super) fn delivered_privately() -> JobId {
	let job = locked_privately();
	assert_ok!(deliver(job, 0, OUTPUT));
	job
}

/// A private job that waits for a panel.
pub(super) fn disputed_privately() -> JobId {
	let job = delivered_privately();
	full_blocks_until(now() + SigningTime::get() + 1);
	assert_ok!(advance(job));
	job
}

fn members() -> Vec<AccountId> {
	(4..7).map(miner).collect()
}

/// One that a panel of three has found right.
pub(super) fn judged() -> JobId {
	let job = disputed_privately();
	decide(job, right(0, UNITS), &members());
	assert_ok!(fulfil(job));
	job
}

pub(super) fn facts_of(job: JobId) -> Option<PrivateFacts<AccountId>> {
	<Marketplace as PrivateJobs<AccountId>>::facts(job)
}

/// What the pool tells once it has divided the escrow.
pub(super) fn settle(job: JobId, issuer: Option<AccountId>) -> DispatchResult {
	with_storage_layer(|| <Marketplace as PrivateJobs<AccountId>>::settled(job, issuer))
}

fn private(job: JobId) -> PrivatePart<AccountId> {
	live(job).private.expect("the job is private")
}

/// What each of some has earned.
fn earned(accounts: &[AccountId]) -> Vec<u128> {
	accounts.iter().map(|account| free(account) - ENDOWMENT).collect()
}

fn given_back() -> Vec<(JobId, FieldBytes)> {
	GivenBack::get()
}

/// The job has ended with a refund for this, its escrow is given back, and the bond of the first miner is
/// what it was less this.
#[track_caller]
fn assert_given_back(job: JobId, cause: Cause, returned: u128, lost: u128) {
	assert_eq!(cause_of(job), cause);
	let refunded = Event::JobRefunded { job, requester: REQUESTER, amount: returned, cause };
	assert_has(refunded);
	assert_eq!(given_back(), [(job, ESCROW.commitment)]);
	assert_eq!(held(&REQUESTER), DEPOSIT, "nothing but the record's deposit");
	assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE - lost, 0));
	assert_eq!((References::get(), activity(digits()).live_jobs), (0, 0));
	assert_eq!((facts_of(job), settle(job, None)), (None, Err(E::JobEnded.into())));
}

/// Does something and undoes it, its events included.
fn on_a_copy(action: impl FnOnce()) {
	transitions::hypothetical(action);
}

fn run_private(test: impl FnOnce()) {
	run(|| {
		PanelFee::set(PANEL_FEE);
		digits();
		test();
	});
}

mod post {
	use super::*;

	#[test]
	fn holds_all_but_the_price() {
		run_private(|| {
			let job = posted_privately();
			assert_eq!((job, NextJob::<Test>::get(), References::get()), (0, 1, 1));
			assert_eq!(held(&REQUESTER), WHOLE + DEPOSIT);
			assert_has(Event::JobPosted {
				job,
				requester: REQUESTER,
				model: digits(),
				mode: Mode::Plain,
				input: INPUT,
				level: Level::Enhanced,
				price: PriceRamp::flat(0),
				issuer_fee: FEE,
				panel_fee: PANEL_FEE,
				miner_bond: BOND,
				redundancy: 1,
				quote: 100,
				lock_deadline: LOCK_DEADLINE,
				deadline: DEADLINE,
				proof_required: false,
			});
			let record = live(job);
			assert_eq!(record.offer.payment, Payment::Escrow(ESCROW));
			assert_eq!(
				(record.offer.level, record.offer.circuit),
				(Level::Enhanced, Some(CIRCUIT))
			);
			assert_eq!((record.held, record.nonce()), (WHOLE, 0));
			// Nobody can be late for it.
			assert_eq!(record.due, Some(LOCK_DEADLINE));
			assert_eq!(
				private(job),
				PrivatePart {
					decline_fee: DECLINE,
					declines_left: DECLINES,
					declined: Default::default(),
					taken: None
				}
			);
			assert_eq!((facts_of(job), given_back()), (None, vec![]));
		});
	}

	/// Governance changes no job that was posted.
	#[test]
	fn keeps_the_decline_fee_of_the_moment() {
		run_private(|| {
			let job = locked_privately();
			DeclineFee::set(1_000);
			assert_ok!(decline(job, 0));
			assert_has(Event::JobDeclined { job, miner: MINER, burned: DECLINE, slashed: 0 });
			DeclineFee::set(0);
			let free_of_it = post_private(request()).unwrap();
			assert_ok!(lock_private(free_of_it, 0));
			assert_ok!(decline(free_of_it, 0));
			assert_has(Event::JobDeclined { job: free_of_it, miner: MINER, burned: 0, slashed: 0 });
		});
	}

	#[test]
	fn boundary_declines() {
		run_private(|| {
			for declines in [0, 5, u8::MAX] {
				let request = PrivateRequest { declines, ..request() };
				assert_noop!(post_private(request), E::DeclinesOutOfRange);
			}
			for declines in [1, 4] {
				let before = held(&REQUESTER);
				let job = post_private(PrivateRequest { declines, ..request() }).unwrap();
				let fees = FEE + PANEL_FEE + DECLINE * u128::from(declines);
				assert_eq!(held(&REQUESTER) - before, fees + DEPOSIT);
				assert_eq!(private(job).declines_left, declines);
			}
		});
	}

	#[test]
	fn boundary_what_the_requester_has() {
		run_private(|| {
			let give = |amount| Balances::transfer_allow_death(signed(&STRANGER), UNKNOWN, amount);
			assert_ok!(give(LEAST - 1));
			assert_noop!(post_for(&UNKNOWN, request()), E::InsufficientBalance);
			assert_ok!(give(1));
			assert_ok!(post_for(&UNKNOWN, request()));
			assert_eq!((free(&UNKNOWN), held(&UNKNOWN)), (EXISTENTIAL_DEPOSIT, WHOLE + DEPOSIT));
		});
	}

	/// It has signed nothing: what it had before is not taken, however much that is.
	#[test]
	fn boundary_what_the_pool_pays_covers_all_that_is_held() {
		run_private(|| {
			let paying = |paid_in| post_paying(&REQUESTER, request(), CIRCUIT, paid_in);
			assert!(free(&REQUESTER) > LEAST);
			for paid_in in [0, EXISTENTIAL_DEPOSIT, WHOLE + DEPOSIT, LEAST - 1] {
				assert_noop!(paying(paid_in), E::PaidInTooSmall);
			}
			assert_ok!(paying(LEAST));
			assert_eq!(held(&REQUESTER), LEAST - EXISTENTIAL_DEPOSIT);
		});
		// Each part of it counts, at the moment of the post.
		let more = |change: fn(&mut PrivateRequestOf<Test>), by: u128| {
			run_private(|| {
				let mut request = request();
				change(&mut request);
				let paying = |paid_in| post_paying(&REQUESTER, request.clone(), CIRCUIT, paid_in);
				on_a_copy(|| assert_eq!(paying(LEAST + by - 1), Err(E::PaidInTooSmall.into())));
				assert_ok!(paying(LEAST + by));
			});
		};
		more(|request| request.issuer_fee += 7, 7);
		more(|request| request.declines += 1, DECLINE);
		more(|_| PanelFee::set(PANEL_FEE + 9), 9);
		more(|_| DeclineFee::set(DECLINE + 3), 3 * u128::from(DECLINES));
	}

	/// Or a requester could keep the opening back until the lock is broken, and have the bond forfeited.
	#[test]
	fn boundary_a_job_can_be_locked_for_longer_than_it_can_be_declined() {
		run_private(|| {
			let opening = OpeningTime::get();
			for lock_timeout in [0, 1, opening - 1, opening] {
				let request = PrivateRequest { lock_timeout, ..request() };
				assert_noop!(post_private(request), E::LockTimeoutTooShort);
			}
			let request = PrivateRequest { lock_timeout: opening + 1, ..request() };
			let job = post_private(request).unwrap();
			assert_ok!(lock_private(job, 0));
			// Who takes it with the post can wait for the opening, decline, and not be slashed.
			full_blocks_until(POSTED + opening);
			on_a_copy(|| assert_eq!(decline(job, 0), Ok(())));
			full_blocks_until(POSTED + opening + 1);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			assert_ok!(deliver(job, 0, OUTPUT));
		});
	}

	/// What was refused, by its name, and that `check_private_job` says the same.
	#[test]
	fn fails_with_its_own_error_for_each_of_what_is_asked() {
		run_private(|| {
			let royal = royalties::with_royalties(&[(OWNER, 1_000)]);
			let draft = registered(Description { architecture: [2; 32], ..description() });
			let cheap = Description { architecture: [3; 32], ..description() };
			let plain_only = Marketplace::model_id(&OWNER, &cheap);
			let terms = Terms { plain: Some(1), proven: None, fhe: None, hybrid: None, latency: 1 };
			assert_ok!(register(cheap, terms));
			assert_ok!(Marketplace::list_model(signed(&OWNER), plain_only));
			let issuers = |issuers: Vec<AccountId>| AcceptedIssuers::truncate_from(issuers);
			let mut order = [0xff; 32];
			order[31] = 0x31;
			let large = 1u128 << 64;
			let cases = [
				(PrivateRequest { declines: 0, ..request() }, E::DeclinesOutOfRange),
				(PrivateRequest { model: royal, ..request() }, E::RoyaltiesNotPrivate),
				(PrivateRequest { model: [0; 32], ..request() }, E::UnknownModel),
				(PrivateRequest { model: draft, ..request() }, E::ModelNotListed),
				(
					PrivateRequest { model: plain_only, mode: Mode::Fhe, ..request() },
					E::ModeNotOffered,
				),
				(PrivateRequest { issuer_fee: large, ..request() }, E::AmountTooLarge),
				(PrivateRequest { issuer_fee: u128::MAX, ..request() }, E::PaidInTooSmall),
				(PrivateRequest { miner_bond: large, ..request() }, E::AmountTooLarge),
				(
					PrivateRequest { issuer_fee: EXISTENTIAL_DEPOSIT - 1, ..request() },
					E::IssuerFeeTooSmall,
				),
				(PrivateRequest { miner_bond: 499, ..request() }, E::BondTooSmall),
				(
					PrivateRequest { miner_bond: 500, issuer_fee: 411, ..request() },
					E::BondBelowFees,
				),
				(
					PrivateRequest { lock_timeout: OpeningTime::get(), ..request() },
					E::LockTimeoutTooShort,
				),
				(PrivateRequest { lock_timeout: TIMEOUT + 1, ..request() }, E::LockTimeoutTooLong),
				(PrivateRequest { timeout: MaxTimeout::get() + 1, ..request() }, E::TimeoutTooLong),
				(PrivateRequest { input: Blob { size: 0, ..INPUT }, ..request() }, E::EmptyBlob),
				(PrivateRequest { mode: Mode::Proven, ..request() }, E::InputCommitmentMissing),
				(
					PrivateRequest { input_commitment: Some(FieldBytes(order)), ..request() },
					E::CommitmentNotCanonical,
				),
				(PrivateRequest { issuers: issuers(vec![]), ..request() }, E::NoIssuers),
				(
					PrivateRequest { issuers: issuers(vec![ISSUER, ISSUER]), ..request() },
					E::DuplicateIssuer,
				),
				(
					PrivateRequest { issuers: issuers(vec![STRANGER]), ..request() },
					E::IssuerNotInOffice,
				),
				(
					PrivateRequest { issuers: issuers(vec![REQUESTER]), ..request() },
					E::RequesterIsIssuer,
				),
			];
			for (request, error) in cases {
				assert_noop!(post_private(request.clone()), error);
				assert!(!check_says_as_much(&REQUESTER, request, CIRCUIT, ENOUGH));
			}
			// The pool does not say that it has paid what it has not.
			let dear =
				PrivateRequest { issuer_fee: ENDOWMENT, miner_bond: ENDOWMENT * 2, ..request() };
			assert_noop!(post_private(dear), E::InsufficientBalance);
			let most = PrivateRequest { issuer_fee: u128::MAX, ..request() };
			assert_noop!(post_paying(&REQUESTER, most, CIRCUIT, u128::MAX), E::AmountTooLarge);
			// The circuit registry's.
			assert_noop!(
				post_paying(&REQUESTER, request(), [1; 32], ENOUGH),
				DispatchError::Other("unknown circuit")
			);
			assert!(!check_says_as_much(&REQUESTER, request(), [1; 32], ENOUGH));
			pause_circuit(true);
			assert_noop!(post_private(request()), DispatchError::Other("paused"));
			assert!(!check_says_as_much(&REQUESTER, request(), CIRCUIT, ENOUGH));
			pause_circuit(false);
			assert!(check_says_as_much(&REQUESTER, request(), CIRCUIT, ENOUGH));
			assert_ok!(post_private(request()));
		});
	}

	/// The view says what a post would, and changes nothing. Returns whether that is that it can be posted.
	#[track_caller]
	fn check_says_as_much(
		requester: &AccountId,
		request: PrivateRequestOf<Test>,
		circuit: [u8; 32],
		paid_in: u128,
	) -> bool {
		let posted = transitions::hypothetical(|| {
			Balances::mint_into(requester, paid_in)?;
			post_paying(requester, request.clone(), circuit, paid_in)
		});
		let root = || {
			use polkadot_sdk::{sp_io::storage::root, sp_runtime::StateVersion};
			root(StateVersion::V1)
		};
		let before = root();
		let checked =
			Marketplace::check_private_job(requester.clone(), request, ESCROW, circuit, paid_in);
		assert_eq!(checked, posted.map(|_| ()));
		assert_eq!(root(), before, "nothing is changed");
		checked.is_ok()
	}

	#[test]
	fn boundary_the_view_says_what_is_enough() {
		run_private(|| {
			let says = |paid_in| check_says_as_much(&UNKNOWN, request(), CIRCUIT, paid_in);
			for paid_in in [0, 1, EXISTENTIAL_DEPOSIT, LEAST - 1, u128::MAX] {
				assert!(!says(paid_in), "{paid_in}");
			}
			for paid_in in [LEAST, LEAST + 1, u128::from(u64::MAX)] {
				assert!(says(paid_in), "{paid_in}");
			}
			assert_eq!((free(&UNKNOWN), NextJob::<Test>::get(), References::get()), (0, 0, 0));
			assert_eq!(
				Marketplace::check_private_job(UNKNOWN, request(), ESCROW, CIRCUIT, LEAST - 1),
				Err(E::PaidInTooSmall.into())
			);
			// Nor does it help to have more.
			let rich = |paid_in| check_says_as_much(&REQUESTER, request(), CIRCUIT, paid_in);
			assert!(!rich(LEAST - 1));
			assert!(rich(LEAST));
		});
	}

	/// Nobody posts a job with a price in clear and an escrow, or at a level without either.
	#[test]
	fn fails_by_the_call_for_jobs_in_clear() {
		run_private(|| {
			let escrow = Payment::Escrow(ESCROW);
			for offer in [
				Offer { level: Level::Enhanced, ..offer() },
				Offer { payment: escrow, ..offer() },
				Offer { level: Level::Enhanced, payment: escrow, ..offer() },
				Offer { level: Level::Transparent, circuit: None, payment: escrow, ..offer() },
			] {
				assert_noop!(post_by(&REQUESTER, offer), E::PostedPrivately);
			}
		});
	}

	/// No part of a price that nobody sees; and a low one may be below the model's.
	#[test]
	fn asks_nothing_of_the_price() {
		run_private(|| {
			BondPart::set(polkadot_sdk::sp_runtime::Permill::one());
			HighValue::set(0);
			let job = posted_privately();
			assert!(!live(job).offer.proof_required);
			let job = post_private(PrivateRequest { proof_required: true, ..request() }).unwrap();
			assert!(live(job).offer.proof_required);
		});
	}

	#[test]
	fn limits_say_what_a_decline_costs() {
		run(|| {
			DeclineFee::set(77);
			assert_eq!(Marketplace::limits().decline_fee, 77);
		});
	}
}

mod lock {
	use super::*;

	#[test]
	fn success_keeps_what_the_miner_names() {
		run_private(|| {
			let job = posted_privately();
			full_blocks_until(9);
			assert_ok!(lock_private(job, 0));
			let (bond, nonce) = (BOND, 1);
			assert_has(Event::JobLocked { job, miner: MINER, price: 0, bond, nonce });
			let agreement = agreement(0);
			System::assert_last_event(
				Event::PrivateJobLocked { job, miner: MINER, agreement, opening_key: [0; 32] }
					.into(),
			);
			let taken = Taken { agreement, opening_key: [0; 32], opened: false };
			assert_eq!(private(job).taken, Some(taken));
			assert_eq!((row(&MINER).reserved, row(&MINER).locks), (BOND, 1));
			let needs = LastNeeds::get().unwrap();
			assert_eq!((needs.level, needs.circuit), (Level::Enhanced, Some(CIRCUIT)));

			let PrivateFacts { miner, agreement: agreed, facts, judged } = facts_of(job).unwrap();
			assert_eq!((miner, agreed, judged), (MINER, agreement, None));
			assert_eq!((facts.level, facts.circuit), (Level::Enhanced, Some(CIRCUIT)));
			assert_eq!((facts.requester, facts.model), (REQUESTER, digits()));
			assert_eq!((facts.nonce, facts.bar, facts.max_amount), (1, None, 0));
			assert_eq!((facts.posted_deadline, facts.deadline), (DEADLINE, DEADLINE));
			assert_eq!(facts.open_until, LOCK_DEADLINE);
			assert_eq!(facts.issuers, [ISSUER, OTHER_ISSUER]);
		});
	}

	#[test]
	fn fails_with_its_own_error() {
		run_private(|| {
			let (clear, job) = (posted(), posted_privately());
			assert_noop!(lock_private(9, 0), E::UnknownJob);
			assert_noop!(lock_private(clear, 0), E::NotPrivate);
			assert_noop!(lock(job, 0), E::LockedPrivately);
			// The group order, the least number that is none.
			let order = FieldBytes(hex::<32>(
				"010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430",
			));
			let naming = |payee| Marketplace::lock_private_job(signed(&HOT), job, payee, [0; 32]);
			assert_noop!(naming(order), E::CommitmentNotCanonical);
			assert_noop!(naming(FieldBytes([0xff; 32])), E::CommitmentNotCanonical);
			let by = |who: &AccountId| {
				Marketplace::lock_private_job(signed(who), job, payee(1), [1; 32])
			};
			assert_noop!(by(&MINER), E::NotHotKey);
			assert_noop!(by(&STRANGER), E::NotHotKey);
			let works_for = |number: u8, hot_key: AccountId| {
				MinerTable::mutate(miner(number), |row| row.as_mut().unwrap().hot_key = hot_key)
			};
			works_for(1, REQUESTER);
			assert_noop!(by(&REQUESTER), E::MinerIsRequester);
			works_for(1, ISSUER);
			assert_noop!(by(&ISSUER), E::MinerIsIssuer);
			let allow_list = AllowList::truncate_from(vec![miner(2)]);
			let kept = post_private(PrivateRequest { allow_list, ..request() }).unwrap();
			assert_noop!(lock_private(kept, 0), E::NotAllowed);
			assert_ok!(lock_private(kept, 2));
			MinerTable::mutate(MINER, |row| row.as_mut().unwrap().capable = false);
			assert_noop!(lock_private(job, 0), DispatchError::Other("not offered"));
			assert_ok!(lock_private(job, 3));
			assert_noop!(lock_private(job, 2), E::JobLocked);
			assert_ok!(settle(job, Some(ISSUER)));
			assert_noop!(lock_private(job, 2), E::JobEnded);
		});
	}

	#[test]
	fn boundary_of_the_lock_deadline() {
		run_private(|| {
			let (first, second) = (posted_privately(), posted_privately());
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(lock_private(first, 0));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(lock_private(second, 0), E::LockDeadlinePassed);
		});
	}

	#[test]
	fn fails_where_no_issuer_is_in_office() {
		run_private(|| {
			let job = posted_privately();
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_noop!(lock_private(job, 0), E::NoIssuerInOffice);
		});
	}

	/// A price that is hidden is not zero.
	#[test]
	fn nobody_is_told_a_price() {
		run_private(|| {
			let (clear, job) = (posted(), posted_privately());
			assert_eq!(Marketplace::price_now(clear), Some(MIN_PRICE));
			assert_eq!(Marketplace::price_now(job), None);
		});
	}

	/// Those who look for a job are not shown one that they have declined.
	#[test]
	fn what_a_miner_has_declined_it_is_not_offered() {
		run_private(|| {
			let job = posted_privately();
			assert_eq!(Marketplace::jobs_for(MINER, 0), (vec![job], None));
			assert_ok!(lock_private(job, 0));
			assert_ok!(decline(job, 0));
			assert_noop!(lock_private(job, 0), E::AlreadyDeclined);
			assert_eq!(Marketplace::jobs_for(MINER, 0), (vec![], None));
			assert_eq!(Marketplace::jobs_for(miner(1), 0), (vec![job], None));
		});
	}

	/// The bytes of a number.
	fn hex<const N: usize>(digits: &str) -> [u8; N] {
		core::array::from_fn(|place| u8::from_str_radix(&digits[2 * place..][..2], 16).unwrap())
	}
}

mod opening {
	use super::*;

	/// Of which the chain keeps that there was one.
	#[test]
	fn success_is_an_event() {
		run_private(|| {
			let job = locked_privately();
			let mut expected = live(job);
			assert_ok!(send(job, 1));
			System::assert_last_event(
				Event::OpeningSent { job, nonce: 1, opening: OPENING }.into(),
			);
			let agreement = agreement(0);
			let taken = Taken { agreement, opening_key: [0; 32], opened: true };
			expected.private.as_mut().unwrap().taken = Some(taken);
			assert_eq!(live(job), expected);
			// Again, as often as the requester pays for it.
			assert_ok!(send(job, 1));
			assert_eq!(live(job), expected);
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(send(job, 1));
		});
	}

	#[test]
	fn fails_with_its_own_error() {
		run_private(|| {
			let (clear, job) = (locked(), posted_privately());
			assert_noop!(send(9, 1), E::UnknownJob);
			assert_noop!(send(clear, 1), E::NotPrivate);
			assert_noop!(send(job, 0), E::JobOpen);
			assert_noop!(send(job, 1), E::JobOpen);
			assert_ok!(lock_private(job, 0));
			let by =
				|who: &AccountId| Marketplace::send_opening(signed(who), job, 1, Box::new(OPENING));
			for who in [&MINER, &HOT, &STRANGER, &ISSUER] {
				assert_noop!(by(who), E::NotRequester);
			}
			for nonce in [0, 2, u64::MAX] {
				assert_noop!(send(job, nonce), E::LockedByAnother);
			}
			// The opening for the first miner came too late for it.
			assert_ok!(decline(job, 0));
			assert_noop!(send(job, 1), E::JobOpen);
			assert_ok!(lock_private(job, 1));
			assert_noop!(send(job, 1), E::LockedByAnother);
			assert_ok!(send(job, 2));
			assert_ok!(deliver(job, 1, OUTPUT));
			assert_noop!(send(job, 2), E::JobDelivered);
			assert_ok!(settle(job, Some(ISSUER)));
			assert_noop!(send(job, 2), E::JobEnded);
		});
	}
}

mod declines {
	use super::*;

	#[test]
	fn success_gives_the_job_to_others_and_burns_the_fee() {
		run_private(|| {
			let job = locked_privately();
			let issuance = Balances::total_issuance();
			assert_ok!(decline(job, 0));
			assert_has(Event::JobDeclined { job, miner: MINER, burned: DECLINE, slashed: 0 });
			assert_eq!(Balances::total_issuance(), issuance - DECLINE);
			assert_eq!(cost(), DECLINE);
			assert_eq!(held(&REQUESTER), WHOLE + DEPOSIT - DECLINE);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			for outcome in [Outcome::Fulfilled, Outcome::Slashed, Outcome::Late] {
				assert_eq!(outcomes(&MINER, outcome), 0);
			}
			let record = live(job);
			assert_eq!((&record.state, record.held), (&JobState::Open, WHOLE - DECLINE));
			assert!(record.locks.is_empty());
			let part = private(job);
			assert_eq!((part.declines_left, part.taken), (DECLINES - 1, None));
			assert_eq!(part.declined.to_vec(), [MINER]);
			assert_eq!((facts_of(job), given_back()), (None, vec![]));
			// The nonce tells the locks apart.
			assert_eq!(record.nonce(), 1);
			assert_ok!(lock_private(job, 1));
			assert_has(Event::JobLocked { job, miner: miner(1), price: 0, bond: BOND, nonce: 2 });
			let facts = facts_of(job).unwrap();
			assert_eq!((facts.facts.nonce, facts.agreement), (2, agreement(1)));
			assert_ok!(settle(job, Some(ISSUER)));
			assert_eq!(cost(), DECLINE + FEE);
		});
	}

	/// Good or not: nobody else can see which.
	#[test]
	fn after_an_opening_the_miner_loses_as_much_as_the_requester() {
		run_private(|| {
			let job = locked_privately();
			assert_ok!(send(job, 1));
			// Once, however many there were.
			assert_ok!(send(job, 1));
			let issuance = Balances::total_issuance();
			assert_ok!(decline(job, 0));
			let slashed = DECLINE;
			assert_has(Event::JobDeclined { job, miner: MINER, burned: DECLINE, slashed });
			assert_eq!(Balances::total_issuance(), issuance - DECLINE, "the treasury's is there");
			assert_eq!((cost(), treasury()), (DECLINE, DECLINE));
			let MinerRow { bond, reserved, locks, .. } = row(&MINER);
			assert_eq!((bond, reserved, locks), (STAKE - DECLINE, 0, 0));
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 0, "it has done no wrong");
			assert_eq!(private(job).taken, None);

			// The next one has seen none.
			assert_ok!(lock_private(job, 1));
			assert!(!private(job).taken.unwrap().opened);
			assert_ok!(decline(job, 1));
			let other = miner(1);
			let ended =
				Event::JobDeclined { job, miner: other.clone(), burned: DECLINE, slashed: 0 };
			assert_has(ended);
			assert_eq!(row(&other).bond, STAKE);
			assert_given_back(job, Cause::Declined, FEE + PANEL_FEE, DECLINE);
			assert_eq!((cost(), treasury()), (2 * DECLINE, DECLINE));
		});
	}

	#[test]
	fn the_last_one_costs_both_sides_too() {
		run_private(|| {
			let job = post_private(PrivateRequest { declines: 1, ..request() }).unwrap();
			assert_ok!(lock_private(job, 0));
			assert_ok!(send(job, 1));
			assert_ok!(decline(job, 0));
			assert_has(Event::JobDeclined { job, miner: MINER, burned: DECLINE, slashed: DECLINE });
			assert_given_back(job, Cause::Declined, FEE + PANEL_FEE, DECLINE);
			assert_eq!((cost(), treasury()), (DECLINE, DECLINE));
		});
	}

	/// No more than what no other job has of the bond.
	#[test]
	fn boundary_a_fee_above_the_bond_that_is_free() {
		for (fee, other, slashed) in [
			(STAKE - 1, false, STAKE - 1),
			(STAKE, false, STAKE),
			(STAKE + 1, false, STAKE),
			(STAKE - BOND, true, STAKE - BOND),
			(STAKE - BOND + 1, true, STAKE - BOND),
		] {
			run_private(|| {
				DeclineFee::set(fee);
				let job = locked_privately();
				if other {
					assert_ok!(lock(posted(), 0));
				}
				assert_ok!(send(job, 1));
				assert_ok!(decline(job, 0));
				assert_has(Event::JobDeclined { job, miner: MINER, burned: fee, slashed });
				assert_eq!((row(&MINER).bond, treasury()), (STAKE - slashed, slashed));
				assert_eq!(row(&MINER).reserved, if other { BOND } else { 0 });
			});
		}
	}

	/// The miner's account as well as its hot key.
	#[test]
	fn the_miner_itself_can_decline() {
		run_private(|| {
			let job = locked_privately();
			assert_ok!(Marketplace::decline_job(signed(&MINER), job));
			assert_eq!(state(job), JobState::Open);
		});
	}

	#[test]
	fn the_last_one_ends_the_job() {
		for declines in 1..=4u8 {
			run_private(|| {
				let job = post_private(PrivateRequest { declines, ..request() }).unwrap();
				for number in 0..declines {
					assert_eq!(given_back(), []);
					assert_ok!(lock_private(job, number));
					assert_eq!(live(job).nonce(), u64::from(number) + 1);
					assert_ok!(decline(job, number));
					assert_has(Event::JobDeclined {
						job,
						miner: miner(number),
						burned: DECLINE,
						slashed: 0,
					});
				}
				assert_given_back(job, Cause::Declined, FEE + PANEL_FEE, 0);
				assert_eq!((cost(), treasury()), (DECLINE * u128::from(declines), 0));
				assert_noop!(lock_private(job, 9), E::JobEnded);
				assert_noop!(decline(job, declines - 1), E::JobEnded);
			});
		}
	}

	#[test]
	fn boundary_of_the_time_for_an_opening() {
		run_private(|| {
			let (kept, late) = (locked_privately(), posted_privately());
			full_blocks_until(POSTED + OpeningTime::get());
			on_a_copy(|| assert_ok(decline(kept, 0)));
			full_blocks_until(POSTED + OpeningTime::get() + 1);
			assert_noop!(decline(kept, 0), E::TooLateToDecline);
			full_blocks_until(20);
			assert_ok!(lock_private(late, 0));
			// From the lock, not from the post.
			full_blocks_until(20 + OpeningTime::get());
			assert_ok!(decline(late, 0));
		});
	}

	/// A lock that is broken is: who has kept the job to the end does not have its bond back for a fee.
	#[test]
	fn boundary_a_lock_that_is_broken_is_not_declined() {
		run_private(|| {
			let taken_at = LOCK_DEADLINE - OpeningTime::get();
			let (whole, short, last) = (posted_privately(), posted_privately(), posted_privately());
			full_blocks_until(taken_at);
			assert_ok!(lock_private(whole, 0));
			full_blocks_until(taken_at + 1);
			assert_ok!(lock_private(short, 1));
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(lock_private(last, 2));
			for (job, number) in [(whole, 0), (short, 1), (last, 2)] {
				on_a_copy(|| assert_ok(decline(job, number)));
			}
			full_blocks_until(LOCK_DEADLINE + 1);
			for (job, number) in [(whole, 0), (short, 1), (last, 2)] {
				assert_noop!(decline(job, number), E::TooLateToDecline);
				assert_ok!(slash(job));
				assert_eq!(row(&miner(number)).bond, STAKE - BOND);
			}
		});
	}

	/// By the job's own clock, as the rest.
	#[test]
	fn boundary_a_lock_that_a_pause_keeps_is_declined() {
		run_private(|| {
			let job = posted_privately();
			full_blocks_until(LOCK_DEADLINE - 2);
			assert_ok!(lock_private(job, 0));
			pause_circuit(true);
			full_blocks_until(LOCK_DEADLINE + 20);
			on_a_copy(|| assert_ok(decline(job, 0)));
			pause_circuit(false);
			full_blocks_until(LOCK_DEADLINE + 22);
			on_a_copy(|| assert_ok(decline(job, 0)));
			full_blocks_until(LOCK_DEADLINE + 23);
			assert_noop!(decline(job, 0), E::TooLateToDecline);
		});
	}

	/// The job's own clock.
	#[test]
	fn boundary_of_that_time_after_a_pause() {
		run_private(|| {
			let job = locked_privately();
			pause_circuit(true);
			full_blocks_until(50);
			on_a_copy(|| assert_ok(decline(job, 0)));
			pause_circuit(false);
			full_blocks_until(50 + OpeningTime::get());
			on_a_copy(|| assert_ok(decline(job, 0)));
			full_blocks_until(51 + OpeningTime::get());
			assert_noop!(decline(job, 0), E::TooLateToDecline);
		});
	}

	#[test]
	fn fails_with_its_own_error() {
		run_private(|| {
			let (clear, job) = (locked(), posted_privately());
			assert_noop!(decline(9, 0), E::UnknownJob);
			assert_noop!(decline(clear, 0), E::NotPrivate);
			assert_noop!(decline(job, 0), E::NotLockHolder);
			assert_ok!(lock_private(job, 0));
			for who in [&REQUESTER, &STRANGER, &miner(1), &hot(1)] {
				assert_noop!(Marketplace::decline_job(signed(who), job), E::NotLockHolder);
			}
			assert_ok!(deliver(job, 0, OUTPUT));
			assert_noop!(decline(job, 0), E::JobDelivered);
			full_blocks_until(now() + SigningTime::get() + 1);
			assert_ok!(advance(job));
			assert_noop!(decline(job, 0), E::JobOnPanel);
			decide(job, right(0, UNITS), &[]);
			assert_noop!(decline(job, 0), E::JobOnPanel);
			assert_ok!(fulfil(job));
			assert_noop!(decline(job, 0), E::JobOnPanel);
		});
	}

	fn assert_ok(result: DispatchResult) {
		assert_ok!(result);
	}
}

/// What the job holds, to the unit, in each of its ends.
mod ends {
	use super::*;

	#[test]
	fn settled_by_a_receipt() {
		for shown in [false, true] {
			run_private(|| {
				let job = if shown { delivered_privately() } else { locked_privately() };
				assert_ok!(settle(job, Some(OTHER_ISSUER)));
				assert_eq!(end_of(job), End::Fulfilled { miner: MINER, amount: 0 });
				assert_has(Event::JobFulfilled {
					job,
					miner: MINER,
					amount: 0,
					royalties: 0,
					issuer: Some(OTHER_ISSUER),
					issuer_fee: FEE,
					returned: WHOLE - FEE,
				});
				assert_eq!((free(&OTHER_ISSUER), free(&ISSUER)), (ENDOWMENT + FEE, ENDOWMENT));
				assert_eq!((cost(), held(&REQUESTER)), (FEE, DEPOSIT));
				assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
				assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 1);
				assert_eq!(free(&MINER), ENDOWMENT, "paid by the pool");
				assert_eq!((given_back(), facts_of(job)), (vec![], None));
				assert_eq!((References::get(), activity(digits()).live_jobs), (0, 0));
				assert_noop!(settle(job, Some(ISSUER)), E::JobEnded);
				// A record like others.
				assert_ok!(Marketplace::review_job(signed(&REQUESTER), job, 5, [0; 32]));
				assert_ok!(Marketplace::remove_job(signed(&REQUESTER), job));
			});
		}
	}

	/// It counts as proved, and says nothing about prices, which are hidden.
	#[test]
	fn settled_it_counts_as_proved_and_has_no_price() {
		run_private(|| {
			let job = locked_privately();
			full_blocks_until(9);
			assert_ok!(settle(job, Some(ISSUER)));
			let model = digits();
			assert_eq!(Marketplace::privacy_score(model), Some(1_000_000));
			assert_eq!((activity(model).fulfilled, Marketplace::recent_prices(model)), (1, None));
		});
	}

	#[test]
	fn settled_by_what_is_no_private_job_that_a_miner_has() {
		run_private(|| {
			let (clear, job) = (locked(), posted_privately());
			assert_noop!(settle(9, None), E::UnknownJob);
			assert_noop!(settle(clear, Some(ISSUER)), E::NotPrivate);
			assert_noop!(settle(job, Some(ISSUER)), E::JobOpen);
			assert_eq!((facts_of(9), facts_of(clear), facts_of(job)), (None, None, None));
		});
	}

	/// A receipt that is submitted does not: it would leave the escrow nobody's.
	#[test]
	fn no_receipt_of_the_receipts_pallet_settles_it() {
		run_private(|| {
			for job in [locked_privately(), delivered_privately()] {
				assert_noop!(accept(job, receipt_for(MINER, 0)), E::ReceiptBarred);
				assert_ok!(settle(job, Some(ISSUER)));
			}
		});
	}

	/// An issuer that cannot be paid, as in jobs in clear.
	#[test]
	fn settled_by_an_issuer_without_an_account() {
		run_private(|| {
			InOffice::set(vec![UNKNOWN]);
			let issuers = AcceptedIssuers::truncate_from(vec![UNKNOWN]);
			let request = PrivateRequest { issuers, issuer_fee: EXISTENTIAL_DEPOSIT, ..request() };
			let job = post_private(request).unwrap();
			assert_ok!(lock_private(job, 0));
			assert_ok!(settle(job, Some(UNKNOWN)));
			assert_eq!((free(&UNKNOWN), cost()), (EXISTENTIAL_DEPOSIT, EXISTENTIAL_DEPOSIT));
		});
	}

	#[test]
	fn boundary_expired_with_the_lock_deadline() {
		run_private(|| {
			let job = posted_privately();
			full_blocks_until(LOCK_DEADLINE);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(slash(job), E::NothingToSlash);
			assert_ok!(refund(job));
			assert_given_back(job, Cause::Expired, WHOLE, 0);
			assert_eq!(cost(), 0);
		});
	}

	#[test]
	fn boundary_a_lock_that_was_not_kept() {
		run_private(|| {
			let job = locked_privately();
			full_blocks_until(LOCK_DEADLINE);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			assert_eq!(facts_of(job).unwrap().facts.open_until, LOCK_DEADLINE);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_eq!(facts_of(job).unwrap().facts.open_until, LOCK_DEADLINE, "and no longer");
			assert_noop!(refund(job), E::LockNotKept);
			assert_noop!(deliver(job, 0, OUTPUT), E::LockDeadlinePassed);
			assert_ok!(slash(job));
			assert_given_back(job, Cause::Stalled, WHOLE, BOND);
			assert_eq!((cost(), treasury()), (0, BOND));
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
		});
	}

	/// The agenda does both by itself, after declines too.
	#[test]
	fn the_agenda_ends_what_nobody_does() {
		run_private(|| {
			let (open, stalled, declined) =
				(posted_privately(), posted_privately(), posted_privately());
			assert_ok!(lock_private(stalled, 0));
			assert_ok!(lock_private(declined, 1));
			assert_ok!(decline(declined, 1));
			full_blocks_until(LOCK_DEADLINE);
			pass(1);
			let causes = [open, stalled, declined].map(cause_of);
			assert_eq!(causes, [Cause::Expired, Cause::Stalled, Cause::Expired]);
			assert_eq!(given_back().len(), 3);
			assert_eq!(Agenda::<Test>::iter().count(), 0);
		});
	}

	#[test]
	fn cancelled_at_once_whenever() {
		for at in [POSTED, LOCK_DEADLINE, LOCK_DEADLINE + 1, DEADLINE + 1] {
			run_private(|| {
				let job = posted_privately();
				full_blocks_until(at);
				assert_noop!(Marketplace::cancel_job(signed(&STRANGER), job), E::NotRequester);
				assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
				assert_given_back(job, Cause::Cancelled, WHOLE, 0);
				assert_eq!(cost(), 0);
			});
		}
		run_private(|| {
			let job = locked_privately();
			assert_noop!(Marketplace::cancel_job(signed(&REQUESTER), job), E::JobLocked);
			assert_ok!(decline(job, 0));
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
			assert_given_back(job, Cause::Cancelled, WHOLE - DECLINE, 0);
		});
	}

	#[test]
	fn shown_to_be_malformed() {
		let bytes = b"not an input";
		let digest = quittance_types::blake2_256(bytes);
		let input = Blob { digest, size: bytes.len() as u32 };
		let claim = |job| {
			let bytes = InputBytes::truncate_from(bytes.to_vec());
			Marketplace::claim_malformed(signed(&STRANGER), job, bytes)
		};
		run_private(|| {
			let job = post_private(PrivateRequest { input, ..request() }).unwrap();
			assert_ok!(claim(job));
			assert_given_back(job, Cause::Malformed, WHOLE - FEE, 0);
			assert_eq!((free(&STRANGER), cost()), (ENDOWMENT + FEE, FEE));
		});
		run_private(|| {
			let job = post_private(PrivateRequest { input, ..request() }).unwrap();
			assert_ok!(lock_private(job, 0));
			assert_ok!(claim(job));
			assert_given_back(job, Cause::Malformed, WHOLE - FEE, 0);
			assert_eq!((free(&MINER), free(&STRANGER)), (ENDOWMENT + FEE, ENDOWMENT));
		});
	}

	/// Of a private job a panel is asked about units: no more than the input has bytes.
	#[test]
	fn a_panel_is_asked_about_units() {
		run_private(|| {
			let job = disputed_privately();
			assert_has(Event::PanelAsked { job });
			let question = Asked::get().pop().unwrap();
			assert_eq!((question.job, question.max_amount), (job, INPUT.size.into()));
			assert_eq!(question.needs.level, Level::Enhanced);
			assert_eq!(facts_of(job).unwrap().facts.bar, Some(Bar::OnPanel));
			assert_eq!(facts_of(job).unwrap().judged, None);
			decide(job, Verdict::Undecided, &[]);
			assert_eq!(facts_of(job).unwrap().facts.bar, Some(Bar::OnPanel));
		});
	}

	#[test]
	fn found_wrong() {
		run_private(|| {
			let job = disputed_privately();
			decide(job, WRONG, &members());
			assert_ok!(fulfil(job));
			// The bond makes good what the members were paid.
			let paid = 3 * MEMBER;
			assert_given_back(job, Cause::Wrong, WHOLE - paid, BOND);
			assert_eq!((cost(), treasury()), (0, BOND - paid));
			assert_eq!(earned(&members()), [MEMBER; 3]);
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
		});
	}

	#[test]
	fn left_undecided() {
		run_private(|| {
			let job = disputed_privately();
			decide(job, Verdict::Undecided, &members()[..1]);
			assert_ok!(fulfil(job));
			assert_given_back(job, Cause::Undecided, WHOLE - FEE - PANEL_FEE, 0);
			assert_eq!(cost(), FEE + PANEL_FEE);
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 0);
		});
		// It sat, and nobody is to be paid.
		run_private(|| {
			let job = disputed_privately();
			decide(job, Verdict::Undecided, &[]);
			assert_ok!(fulfil(job));
			assert_given_back(job, Cause::Undecided, WHOLE - PANEL_FEE, 0);
			assert_eq!((cost(), treasury()), (PANEL_FEE, PANEL_FEE));
		});
		// No draw has filled its seats.
		run_private(|| {
			let job = disputed_privately();
			give_up_on(job);
			assert_ok!(fulfil(job));
			assert_given_back(job, Cause::Undecided, WHOLE, 0);
			assert_eq!(cost(), 0);
		});
	}

	#[test]
	fn without_a_panel() {
		run_private(|| {
			NoPanels::set(true);
			let job = delivered_privately();
			full_blocks_until(now() + SigningTime::get() + 1);
			assert_ok!(advance(job));
			assert_given_back(job, Cause::Undecided, WHOLE, 0);
			assert_eq!(cost(), 0);
		});
		run_private(|| {
			PanelsFull::set(true);
			let job = delivered_privately();
			full_blocks_until(DEADLINE + PanelPatience::get());
			assert_noop!(advance(job), E::TooManyPanels);
			full_blocks_until(DEADLINE + PanelPatience::get() + 1);
			assert_ok!(advance(job));
			assert_given_back(job, Cause::Undecided, WHOLE, 0);
		});
	}

	#[test]
	fn found_right_where_only_a_proof_pays() {
		run_private(|| {
			let request = PrivateRequest { proof_required: true, ..request() };
			let job = post_private(request).unwrap();
			assert_ok!(lock_private(job, 0));
			assert_ok!(deliver(job, 0, OUTPUT));
			full_blocks_until(now() + SigningTime::get() + 1);
			assert_ok!(advance(job));
			decide(job, right(0, UNITS), &members());
			assert_ok!(fulfil(job));
			let paid = 3 * MEMBER;
			assert_given_back(job, Cause::Unproven, WHOLE - paid, 0);
			assert_eq!((cost(), earned(&members())), (paid, vec![MEMBER; 3]));
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 0);
		});
	}

	#[test]
	fn found_right_and_settled() {
		run_private(|| {
			let job = disputed_privately();
			decide(job, right(0, UNITS), &members());
			let at = now();
			assert_ok!(fulfil(job));
			let (units, borne) = (UNITS as u64, PANEL_FEE / 2);
			let until = at + SigningTime::get();
			assert_eq!(state(job), JobState::Judged { units, borne, until });
			System::assert_last_event(Event::SettlementAwaited { job, units, borne, until }.into());
			assert_eq!(earned(&members()), [MEMBER; 3]);
			assert_eq!(live(job).due, Some(until));
			assert_eq!((row(&MINER).reserved, row(&MINER).locks), (BOND, 1), "the lock stays");
			let facts = facts_of(job).unwrap();
			assert_eq!(facts.facts.bar, Some(Bar::OnPanel));
			let judged = facts.judged.unwrap();
			assert_eq!((judged.units, judged.borne, judged.open_until), (units, borne, until));
			assert_eq!((facts.agreement, facts.facts.nonce), (agreement(0), 1));

			full_blocks_until(until);
			assert_noop!(advance(job), E::NothingDue);
			assert_noop!(fulfil(job), E::NoReceipt);
			assert_ok!(settle(job, None));
			assert_eq!(end_of(job), End::Fulfilled { miner: MINER, amount: 0 });
			assert_has(Event::JobFulfilled {
				job,
				miner: MINER,
				amount: 0,
				royalties: 0,
				issuer: None,
				issuer_fee: 0,
				returned: WHOLE - 3 * MEMBER,
			});
			// What the miner bears is the pool's to pay.
			assert_eq!((cost(), held(&REQUESTER)), (3 * MEMBER, DEPOSIT));
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 1);
			assert_eq!((given_back(), References::get()), (vec![], 0));
			assert_eq!(Marketplace::privacy_score(digits()), Some(0), "a proof was missed");
			assert_noop!(settle(job, None), E::JobEnded);
			pass(30);
			assert_eq!(given_back(), [], "not by the agenda, either");
		});
	}

	#[test]
	fn boundary_found_right_and_not_settled() {
		run_private(|| {
			let job = judged();
			let until = now() + SigningTime::get();
			full_blocks_until(until);
			assert_noop!(advance(job), E::NothingDue);
			assert_noop!(refund(job), E::JobOnPanel);
			assert_noop!(slash(job), E::JobOnPanel);
			full_blocks_until(until + 1);
			assert_noop!(refund(job), E::JobOnPanel);
			assert_ok!(advance(job));
			assert_given_back(job, Cause::Unsettled, WHOLE - 3 * MEMBER, 0);
			assert_eq!(cost(), 3 * MEMBER);
			for outcome in [Outcome::Fulfilled, Outcome::Slashed, Outcome::Late] {
				assert_eq!(outcomes(&MINER, outcome), 0);
			}
		});
		run_private(|| {
			let job = judged();
			pass(SigningTime::get());
			assert!(matches!(state(job), JobState::Judged { .. }));
			pass(1);
			assert_given_back(job, Cause::Unsettled, WHOLE - 3 * MEMBER, 0);
		});
	}

	/// A pause of the circuit moves the end of a judged job as it moves others.
	#[test]
	fn boundary_judged_in_a_pause() {
		run_private(|| {
			let job = judged();
			let until = now() + SigningTime::get();
			pause_circuit(true);
			full_blocks_until(until + 30);
			assert_noop!(advance(job), E::NothingDue);
			pause_circuit(false);
			let behind = until + 30 - (until - SigningTime::get());
			assert_eq!(facts_of(job).unwrap().judged.unwrap().open_until, until + behind);
			full_blocks_until(until + behind);
			assert_noop!(advance(job), E::NothingDue);
			full_blocks_until(until + behind + 1);
			assert_ok!(advance(job));
			assert_eq!(cause_of(job), Cause::Unsettled);
		});
	}

	/// Units above what has 64 bits are the most that a settlement can name.
	#[test]
	fn boundary_units_of_a_verdict() {
		for (found, units) in
			[(0, 0), (u64::MAX.into(), u64::MAX), (1 << 64, u64::MAX), (u128::MAX, u64::MAX)]
		{
			run_private(|| {
				let job = disputed_privately();
				decide(job, right(0, found), &[]);
				assert_ok!(fulfil(job));
				assert_eq!(facts_of(job).unwrap().judged.unwrap().units, units);
			});
		}
	}

	/// What the miner bears is half of what nobody else makes good, rounded down.
	#[test]
	fn boundary_what_the_miner_bears() {
		for (panel_fee, members, borne) in [
			(90, 3, 45),
			(91, 1, 45),
			// 391 by three is 390 paid.
			(91, 3, 45),
			(0, 3, 0),
			(90, 0, 0),
		] {
			run(|| {
				PanelFee::set(panel_fee);
				let job = disputed_privately();
				decide(job, right(0, UNITS), &super::members()[..members]);
				assert_ok!(fulfil(job));
				assert_eq!(facts_of(job).unwrap().judged.unwrap().borne, borne);
			});
		}
		// Nobody could have signed: that is not the miner's fault.
		run_private(|| {
			let job = delivered_privately();
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(advance(job));
			decide(job, right(0, UNITS), &members());
			assert_ok!(fulfil(job));
			assert_eq!(facts_of(job).unwrap().judged.unwrap().borne, 0);
			assert_ok!(settle(job, None));
		});
		run_private(|| {
			let job = delivered_privately();
			lose_circuit();
			assert_ok!(advance(job));
			decide(job, right(0, UNITS), &members());
			assert_ok!(fulfil(job));
			assert_eq!(facts_of(job).unwrap().judged.unwrap().borne, 0);
			assert_ok!(settle(job, None));
		});
	}

	#[test]
	fn without_issuers() {
		run_private(|| {
			let job = posted_privately();
			remove_issuer(ISSUER);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(refund(job));
			assert_given_back(job, Cause::NoIssuers, WHOLE, 0);
		});
		run_private(|| {
			let job = locked_privately();
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_noop!(slash(job), E::NothingToSlash);
			assert_ok!(refund(job));
			assert_given_back(job, Cause::NoIssuers, WHOLE, 0);
			assert_eq!((cost(), outcomes(&MINER, Outcome::Slashed)), (0, 0));
		});
	}

	/// A removal gives a private job no more time to be locked or delivered, and its delivery more to be signed.
	#[test]
	fn boundary_a_removed_issuer_moves_what_a_receipt_is_awaited_until() {
		run_private(|| {
			let (open, shown) = (posted_privately(), delivered_privately());
			remove_issuer(OTHER_ISSUER);
			let (signing, moved) = (POSTED + SigningTime::get(), RemovalExtension::get());
			let facts = facts_of(shown).unwrap().facts;
			assert_eq!((facts.open_until, facts.deadline), (signing + moved, DEADLINE + moved));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(refund(open));
			full_blocks_until(signing + moved);
			assert_noop!(advance(shown), E::NothingDue);
			full_blocks_until(signing + moved + 1);
			assert_ok!(advance(shown));
		});
	}

	#[test]
	fn by_the_loss_of_the_circuit() {
		run_private(|| {
			let (open, locked) = (posted_privately(), locked_privately());
			pause_circuit(true);
			assert_noop!(refund(open), E::DeadlineNotPassed);
			CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
			assert_ok!(refund(open));
			assert_ok!(refund(locked));
			assert_eq!([open, locked].map(cause_of), [Cause::NoCircuit; 2]);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			let commitment = ESCROW.commitment;
			assert_eq!(given_back(), [(open, commitment), (locked, commitment)]);
			assert_eq!(cost(), 0);
		});
		// What was shown is for a panel.
		run_private(|| {
			let job = delivered_privately();
			lose_circuit();
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	/// Nobody does a private job late: only its miner can divide the escrow.
	#[test]
	fn nobody_is_late() {
		run_private(|| {
			let (open, locked) = (posted_privately(), locked_privately());
			for at in [POSTED, LOCK_DEADLINE, LOCK_DEADLINE + 1] {
				full_blocks_until(at);
				for job in [open, locked] {
					for who in [&STRANGER, &MINER, &HOT] {
						assert_noop!(commit_late(job, who), E::NoneLate);
					}
				}
			}
		});
	}

	/// Its requester can be gone but for what is held, as after an opening paid for by the last of it.
	#[test]
	fn a_requester_with_nothing_else_gets_all_back() {
		run_private(|| {
			assert_ok!(Balances::transfer_allow_death(signed(&STRANGER), UNKNOWN, LEAST));
			let job = post_paying(&UNKNOWN, request(), CIRCUIT, LEAST).unwrap();
			assert_eq!(free(&UNKNOWN), EXISTENTIAL_DEPOSIT);
			assert_ok!(Marketplace::cancel_job(signed(&UNKNOWN), job));
			assert_eq!((free(&UNKNOWN), held(&UNKNOWN)), (LEAST - DEPOSIT, DEPOSIT));
			assert_ok!(Marketplace::remove_job(signed(&UNKNOWN), job));
			assert_ok!(Balances::transfer_allow_death(signed(&UNKNOWN), STRANGER, LEAST));
			assert_eq!(wealth(&STRANGER), ENDOWMENT);
		});
	}
}

/// A call that can end a private job has weighed that its escrow is given back.
#[test]
fn what_ends_a_private_job_weighs_its_escrow() {
	run_private(|| {
		let escrow = Weight::from_parts(1 << 50, 1 << 30);
		EscrowWeight::set(escrow);
		let (job, bytes) = (0, InputBytes::default());
		for call in [
			Call::<Test>::fulfil_job { job },
			Call::refund_job { job },
			Call::slash_job { job },
			Call::advance_job { job },
			Call::cancel_job { job },
			Call::claim_malformed { job, bytes },
			Call::decline_job { job },
		] {
			let declared = call.get_dispatch_info().call_weight;
			assert!(declared.all_gte(escrow), "{call:?}");
		}
		// What was not used for it is not paid for.
		let without_escrow =
			|made: DispatchResultWithPostInfo| made.unwrap().actual_weight.unwrap().all_lt(escrow);
		let cancelled = |job| Marketplace::cancel_job(signed(&REQUESTER), job);
		assert!(without_escrow(cancelled(posted())));
		assert!(!without_escrow(cancelled(posted_privately())));
		let declined = locked_privately();
		assert!(without_escrow(Marketplace::decline_job(signed(&HOT), declined)));
		assert_ok!(lock_private(declined, 1));
		assert!(!without_escrow(Marketplace::decline_job(signed(&hot(1)), declined)));
		let bytes = InputBytes::truncate_from(b"not an input".to_vec());
		let digest = quittance_types::blake2_256(&bytes);
		let input = Blob { digest, size: bytes.len() as u32 };
		let claimed = |job| Marketplace::claim_malformed(signed(&STRANGER), job, bytes.clone());
		assert!(without_escrow(claimed(post(Offer { input, ..offer() }))));
		let job = post_private(PrivateRequest { input, ..request() }).unwrap();
		assert!(!without_escrow(claimed(job)));
		let (clear, private) = (posted(), posted_privately());
		full_blocks_until(DEADLINE + 1);
		let refunded = |job| Marketplace::refund_job(signed(&STRANGER), job);
		assert!(without_escrow(refunded(clear)));
		assert!(!without_escrow(refunded(private)));
	});
}

/// The agenda does not give back an escrow for which a block has no time.
#[test]
fn the_agenda_weighs_the_escrow() {
	run_private(|| {
		let job = posted_privately();
		full_blocks_until(LOCK_DEADLINE);
		EscrowWeight::set(Weight::from_parts(1 << 50, 0));
		next_block_with(Weight::from_parts(1 << 50, u64::MAX));
		assert_eq!((state(job), given_back()), (JobState::Open, vec![]));
		next_block_with(Weight::from_parts(1 << 51, u64::MAX));
		assert_eq!(cause_of(job), Cause::Expired);
		assert_eq!(given_back().len(), 1);
	});
}
