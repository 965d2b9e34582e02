mod agenda;
mod cancel;
mod circuit_pauses;
mod clock;
mod deliver;
mod expiry;
mod griefing;
mod interleaving;
mod invariants;
mod late;
mod lock;
mod malformed;
mod models;
mod panel_fees;
mod panels;
mod post;
mod private_interleaving;
mod private_jobs;
mod quotes;
mod receipts;
mod redundancy;
mod reviews;
mod royalties;
mod transitions;

use crate::{mock::*, *};
use polkadot_sdk::{
	frame_support::{assert_noop, assert_ok, dispatch::DispatchResultWithPostInfo},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{
	late_commitment, AcceptedReceipt, Bar, Blob, Digest, FieldBytes, Finding, JobFacts, JobId,
	JobTime, Jobs as _, Level, Mode, ModelId, Outcome, Payment, PriceRamp, Settlement, Verdict,
	MAX_PANEL_MEMBERS,
};

type E = Error<Test>;

const INPUT: Blob = Blob { digest: [0xAA; 32], size: 640 };
const OUTPUT: Blob = Blob { digest: [0xBB; 32], size: 128 };
const MIN_PRICE: u128 = 4_000;
const PRICE: u128 = 10_000;
const FEE: u128 = 300;
const BOND: u128 = 1_000;
const LOCK_TIMEOUT: JobTime = 60;
const TIMEOUT: JobTime = 100;
/// Job time of the first block.
const POSTED: JobTime = 1;
const LOCK_DEADLINE: JobTime = POSTED + LOCK_TIMEOUT;
const DEADLINE: JobTime = POSTED + TIMEOUT;

fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

fn description() -> DescriptionOf<Test> {
	Description {
		name: Name::truncate_from(b"digits".to_vec()),
		kind: ModelKind::Dense,
		architecture: [1; 32],
		weights: WeightsCommitment { sha256: [2; 32], poseidon: Some(FieldBytes([2; 32])) },
		blob: Blob { digest: [3; 32], size: 4_000 },
		uri: Uri::default(),
		licence: [4; 32],
		input_shape: Shape::truncate_from(vec![8, 8]),
		output_shape: Shape::truncate_from(vec![10]),
		quantisation: None,
		fhe_parameters: Some([5; 32]),
		constraints: 70_000,
		royalties: Royalties::default(),
		origin: Origin::New,
	}
}

const TERMS: Terms =
	Terms { plain: Some(100), proven: Some(200), fhe: Some(300), hybrid: Some(400), latency: 7 };

fn register(description: DescriptionOf<Test>, terms: Terms) -> DispatchResult {
	Marketplace::register_model(signed(&OWNER), Box::new(description), terms)
}

fn registered(description: DescriptionOf<Test>) -> ModelId {
	let model = Marketplace::model_id(&OWNER, &description);
	assert_ok!(register(description, TERMS));
	model
}

fn listed(description: DescriptionOf<Test>) -> ModelId {
	let model = registered(description);
	assert_ok!(Marketplace::list_model(signed(&OWNER), model));
	model
}

/// The model of [`description`], listed by the first who asks for it.
fn digits() -> ModelId {
	let model = Marketplace::model_id(&OWNER, &description());
	if !Models::<Test>::contains_key(model) {
		listed(description());
	}
	model
}

/// An offer that is accepted, to be changed or spoilt.
fn offer() -> OfferOf<Test> {
	Offer {
		model: digits(),
		mode: Mode::Plain,
		level: Level::Basic,
		circuit: Some(CIRCUIT),
		input: INPUT,
		input_commitment: None,
		issuers: AcceptedIssuers::truncate_from(vec![ISSUER, OTHER_ISSUER]),
		issuer_fee: FEE,
		payment: Payment::Held {
			price: PriceRamp { min: MIN_PRICE, max: PRICE, start: 10, length: 30 },
		},
		lock_timeout: LOCK_TIMEOUT,
		timeout: TIMEOUT,
		miner_bond: BOND,
		redundancy: 1,
		allow_list: AllowList::default(),
		proof_required: false,
	}
}

fn redundant(redundancy: u8) -> OfferOf<Test> {
	Offer { redundancy, ..offer() }
}

fn post_by(who: &AccountId, offer: OfferOf<Test>) -> DispatchResult {
	Marketplace::post_job(signed(who), Box::new(offer))
}

/// Posts a job and returns its number.
fn post(offer: OfferOf<Test>) -> JobId {
	let job = NextJob::<Test>::get();
	assert_ok!(post_by(&REQUESTER, offer));
	job
}

fn posted() -> JobId {
	post(offer())
}

fn lock(job: JobId, number: u8) -> DispatchResult {
	Marketplace::lock_job(signed(&hot(number)), job)
}

/// A job that the first miner has, at the lowest price.
fn locked() -> JobId {
	let job = posted();
	assert_ok!(lock(job, 0));
	job
}

fn deliver(job: JobId, number: u8, output: Blob) -> DispatchResult {
	Marketplace::deliver_job(signed(&hot(number)), job, output)
}

fn delivered() -> JobId {
	let job = locked();
	assert_ok!(deliver(job, 0, OUTPUT));
	job
}

/// A delivered job that waits for a panel.
fn disputed() -> JobId {
	let job = delivered();
	full_blocks_until(now() + SigningTime::get() + 1);
	assert_ok!(advance(job));
	job
}

fn advance(job: JobId) -> DispatchResult {
	without_info(Marketplace::advance_job(signed(&STRANGER), job))
}

fn refund(job: JobId) -> DispatchResult {
	without_info(Marketplace::refund_job(signed(&STRANGER), job))
}

fn slash(job: JobId) -> DispatchResult {
	without_info(Marketplace::slash_job(signed(&STRANGER), job))
}

fn fulfil(job: JobId) -> DispatchResult {
	without_info(Marketplace::fulfil_job(signed(&STRANGER), job))
}

fn without_info(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(|_| ()).map_err(|refusal| refusal.error)
}

/// The nullifier of a receipt with this serial number.
fn nullifier(serial: u8) -> FieldBytes {
	FieldBytes([serial; 32])
}

fn receipt_for(miner: AccountId, amount: u128) -> AcceptedReceipt<AccountId> {
	AcceptedReceipt { miner, issuer: ISSUER, amount, nullifier: nullifier(7) }
}

/// What the receipts pallet does with a receipt that it has judged to be true.
fn accept(job: JobId, receipt: AcceptedReceipt<AccountId>) -> Result<Settlement, DispatchError> {
	polkadot_sdk::frame_support::storage::with_storage_layer(|| Marketplace::accept(job, receipt))
}

fn facts(job: JobId, miner: &AccountId) -> JobFacts<AccountId> {
	Marketplace::facts(job, miner).unwrap()
}

fn bar(job: JobId, miner: &AccountId) -> Option<Bar> {
	facts(job, miner).bar
}

fn commitment(job: JobId, miner: &AccountId, serial: u8) -> Digest {
	late_commitment(job, &miner.clone().into(), &nullifier(serial))
}

/// Commits to the receipt of [`receipt_for`].
fn commit_late(job: JobId, miner: &AccountId) -> DispatchResult {
	Marketplace::commit_late(signed(miner), job, commitment(job, miner, 7))
}

fn live(job: JobId) -> JobOf<Test> {
	Jobs::<Test>::get(job).and_then(JobRecord::live).expect("the job lives")
}

fn state(job: JobId) -> JobState<AccountId> {
	live(job).state
}

fn end_of(job: JobId) -> End<AccountId> {
	Jobs::<Test>::get(job).and_then(JobRecord::ended).expect("the job has ended").end
}

fn cause_of(job: JobId) -> Cause {
	match end_of(job) {
		End::Refunded(cause) => cause,
		end => panic!("the job was not refunded: {end:?}"),
	}
}

fn was_fulfilled(job: JobId) -> bool {
	matches!(end_of(job), End::Fulfilled { .. })
}

fn activity(model: ModelId) -> Activity {
	Activities::<Test>::get(model).unwrap()
}

/// All that an account has, held or not.
fn wealth(account: &AccountId) -> u128 {
	free(account) + held(account)
}

/// What the requester has lost.
fn cost() -> u128 {
	ENDOWMENT - wealth(&REQUESTER)
}

/// What the treasury has got.
fn treasury() -> u128 {
	free(&TREASURY) - EXISTENTIAL_DEPOSIT
}

fn right(candidate: u8, amount: u128) -> Verdict {
	Verdict::Found(Finding::Right { candidate, amount })
}

const WRONG: Verdict = Verdict::Found(Finding::Wrong);

fn assert_has(event: Event<Test>) {
	System::assert_has_event(event.into());
}
