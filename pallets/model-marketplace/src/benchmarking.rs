//! What the calls and the steps of the agenda cost at their worst.
//!
//! Descriptions are as long as they can be and have four payees. A job accepts 16 issuers, is kept for 16
//! miners and is done by 8 where that is dearer; where issuers are looked at, all but the last have been
//! removed. Registries and panels are the runtime's own.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use alloc::{boxed::Box, vec, vec::Vec};
use frame_support::{
	traits::{fungible::Inspect, Get, Hooks},
	weights::{Weight, WeightMeter},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use polkadot_sdk::{frame_benchmarking::v2::*, sp_io, sp_runtime::DispatchError};
use quittance_types::{
	delivery_commitment, late_commitment, AcceptedReceipt, Blob, CircuitId, Escrow, FieldBytes,
	Finding, JobId, JobTime, Jobs as _, Level, Miners, Mode, ModelId, Payment, PriceRamp, Verdict,
	MAX_ISSUERS, MAX_PANEL_MEMBERS,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Gives an account enough for every deposit and a job's price.
	fn fund(account: &AccountId);

	/// Puts an account in office as issuer.
	fn admit(issuer: &AccountId) -> Result<(), DispatchError>;

	/// Removes an issuer from office.
	fn remove(issuer: &AccountId) -> Result<(), DispatchError>;

	/// A registered circuit that basic jobs may name.
	fn circuit() -> Result<CircuitId, DispatchError>;

	/// A registered circuit that private jobs may name.
	fn settling_circuit() -> Result<CircuitId, DispatchError>;

	/// Registers a miner that can take any job of these benchmarks, with this much free bond at least.
	fn register_miner(
		miner: &AccountId,
		hot_key: &AccountId,
		bond: u128,
	) -> Result<(), DispatchError>;

	/// Makes sure that a panel can be asked.
	fn let_panels_sit() -> Result<(), DispatchError>;

	/// Pauses jobs.
	fn pause() -> Result<(), DispatchError>;

	/// Sets the job clock.
	fn set_time(now: JobTime);
}

/// A time before which things could have happened.
const NOW: JobTime = 10;
const LOCK_TIMEOUT: JobTime = 20;
const TIMEOUT: JobTime = 40;
const INPUT: Blob = Blob { digest: [5; 32], size: 640 };
const OUTPUT: Blob = Blob { digest: [6; 32], size: 640 };
const MOST_MINERS: u32 = MAX_REDUNDANCY as u32;

/// So many locks a miner's bond covers.
const LOCKS_OF_A_MINER: u128 = 64;

/// An input that is none, of so many bytes.
fn bytes_of_input(length: u32) -> Vec<u8> {
	vec![0; length as usize]
}

fn least<T: Config>() -> u128 {
	T::Currency::minimum_balance()
}

/// The longest description of a model, of which every payee can be paid.
fn description<T: Config>(seed: u8, origin: Origin) -> DescriptionOf<T> {
	let royalties = (0..MAX_ROYALTIES)
		.map(|place| Royalty { payee: account("payee", place, 0), parts: MOST_ROYALTY_PARTS / 4 });
	Description {
		name: Name::truncate_from(vec![b'n'; MAX_NAME_BYTES as usize]),
		kind: ModelKind::Other,
		architecture: [seed; 32],
		weights: WeightsCommitment { sha256: [2; 32], poseidon: Some(FieldBytes([2; 32])) },
		blob: Blob { digest: [3; 32], size: 4_000 },
		uri: Uri::truncate_from(vec![b'u'; MAX_URI_BYTES as usize]),
		licence: [4; 32],
		input_shape: Shape::truncate_from(vec![2; MAX_DIMENSIONS as usize]),
		output_shape: Shape::truncate_from(vec![2; MAX_DIMENSIONS as usize]),
		quantisation: Some([5; 32]),
		fhe_parameters: Some([0; 32]),
		constraints: 1,
		royalties: Royalties::truncate_from(royalties.collect()),
		origin,
	}
}

const TERMS: Terms =
	Terms { plain: Some(1), proven: Some(1), fhe: Some(1), hybrid: Some(1), latency: 1 };

/// Registers a model and returns its id.
fn registered<T: Config>(
	owner: &T::AccountId,
	seed: u8,
	origin: Origin,
) -> Result<ModelId, DispatchError> {
	T::BenchmarkHelper::fund(owner);
	let description = description::<T>(seed, origin);
	let model = Pallet::<T>::model_id(owner, &description);
	Pallet::<T>::do_register_model(owner.clone(), description, TERMS)?;
	Ok(model)
}

fn listed<T: Config>(owner: &T::AccountId) -> Result<ModelId, DispatchError> {
	let model = registered::<T>(owner, 1, Origin::New)?;
	Pallet::<T>::do_list_model(owner.clone(), model)?;
	Ok(model)
}

/// Sets royalties aside for a model, enough to make an account of each payee.
fn set_aside<T: Config>(model: ModelId) {
	T::BenchmarkHelper::fund(&Pallet::<T>::royalty_account());
	Activities::<T>::mutate(model, |activity| {
		if let Some(activity) = activity {
			activity.royalties_due = least::<T>().saturating_mul(8).saturating_add(3);
		}
	});
}

/// Of which every member of a panel can be paid a part.
fn issuer_fee<T: Config>() -> u128 {
	least::<T>().saturating_mul(MAX_PANEL_MEMBERS.into()).max(T::MinimumFee::get())
}

/// The highest price, of which every miner can be paid a part when it has borne half of the panel's fee.
fn highest_price<T: Config>() -> u128 {
	let fee = T::PanelFee::get().saturating_mul(16);
	least::<T>().saturating_mul(64).saturating_add(fee).saturating_add(2)
}

/// The least bond of a lock for that price and fee.
fn bond<T: Config>() -> u128 {
	let fees = issuer_fee::<T>().saturating_add(T::PanelFee::get());
	let part = T::BondPart::get().mul_ceil(highest_price::<T>());
	T::MinimumLockBond::get().max(fees).max(part).max(1)
}

fn miner<T: Config>(number: u32) -> T::AccountId {
	account("miner", number, 0)
}

fn hot_key<T: Config>(number: u32) -> T::AccountId {
	account("hot key", number, 0)
}

fn issuer<T: Config>(place: u32) -> T::AccountId {
	account("issuer", place, 0)
}

/// An offer as long as it can be, for all miners of these benchmarks.
fn offer<T: Config>() -> Result<OfferOf<T>, DispatchError> {
	let issuers: Vec<T::AccountId> = (0..MAX_ISSUERS).map(issuer::<T>).collect();
	for issuer in &issuers {
		T::BenchmarkHelper::admit(issuer)?;
	}
	let allowed = (0..MAX_ALLOWED).map(|place| match MAX_ALLOWED.saturating_sub(place) {
		// The miners of these benchmarks are the last of the list.
		left if left <= MOST_MINERS => miner::<T>(left.saturating_sub(1)),
		_ => account("allowed", place, 0),
	});
	// Every share and every member's part makes an account.
	let price = highest_price::<T>();
	Ok(Offer {
		model: listed::<T>(&account("owner", 0, 0))?,
		mode: Mode::Plain,
		level: Level::Basic,
		circuit: Some(T::BenchmarkHelper::circuit()?),
		input: INPUT,
		input_commitment: Some(FieldBytes([1; 32])),
		issuers: BoundedVec::truncate_from(issuers),
		issuer_fee: issuer_fee::<T>(),
		payment: Payment::Held {
			price: PriceRamp { min: price.saturating_sub(2), max: price, start: 0, length: 1 },
		},
		lock_timeout: LOCK_TIMEOUT,
		timeout: TIMEOUT,
		miner_bond: bond::<T>(),
		redundancy: MAX_REDUNDANCY,
		allow_list: AllowList::truncate_from(allowed.collect()),
		proof_required: false,
	})
}

/// Posts a job for one miner.
fn posted<T: Config>(requester: &T::AccountId) -> Result<JobId, DispatchError> {
	T::BenchmarkHelper::set_time(NOW);
	let offer = Offer { redundancy: 1, ..offer::<T>()? };
	post::<T>(requester, offer)
}

fn post<T: Config>(requester: &T::AccountId, offer: OfferOf<T>) -> Result<JobId, DispatchError> {
	T::BenchmarkHelper::fund(requester);
	let job = NextJob::<T>::get();
	Pallet::<T>::do_post_job(requester.clone(), offer)?;
	Ok(job)
}

fn requester<T: Config>() -> T::AccountId {
	account("requester", 0, 0)
}

/// Registers a miner, if it is not, and returns its hot key.
fn registered_miner<T: Config>(number: u32) -> Result<T::AccountId, DispatchError> {
	let hot_key = hot_key::<T>(number);
	if T::Miners::by_hot_key(&hot_key).is_none() {
		let bond = bond::<T>().saturating_mul(LOCKS_OF_A_MINER);
		T::BenchmarkHelper::register_miner(&miner::<T>(number), &hot_key, bond)?;
	}
	Ok(hot_key)
}

/// A job that so many miners have.
fn locked<T: Config>(offer: OfferOf<T>, miners: u32) -> Result<JobId, DispatchError> {
	T::BenchmarkHelper::set_time(NOW);
	let job = post::<T>(&requester::<T>(), offer)?;
	for number in 0..miners {
		let hot_key = registered_miner::<T>(number)?;
		Pallet::<T>::do_lock_job(hot_key, job)?;
	}
	Ok(job)
}

/// A job for one miner, which has it.
fn locked_by_one<T: Config>() -> Result<JobId, DispatchError> {
	locked::<T>(Offer { redundancy: 1, ..offer::<T>()? }, 1)
}

fn commitment_of<T: Config>(job: JobId, number: u32) -> [u8; 32] {
	delivery_commitment(job, &miner::<T>(number).into(), &OUTPUT, &[7; 32])
}

/// A redundant job that 8 miners have, of which so many have committed to the same output.
fn committed<T: Config>(offer: OfferOf<T>, miners: u32) -> Result<JobId, DispatchError> {
	let job = locked::<T>(offer, MOST_MINERS)?;
	for number in 0..miners {
		let commitment = commitment_of::<T>(job, number);
		Pallet::<T>::do_commit_delivery(hot_key::<T>(number), job, commitment)?;
	}
	Ok(job)
}

fn record<T: Config>(job: JobId) -> Result<JobOf<T>, DispatchError> {
	Ok(Pallet::<T>::live(job)?)
}

fn change<T: Config>(job: JobId, change: impl FnOnce(&mut JobOf<T>)) -> Result<(), DispatchError> {
	let mut record = record::<T>(job)?;
	change(&mut record);
	Jobs::<T>::insert(job, JobRecord::Live(record));
	Ok(())
}

/// Removes all issuers but the last, so that each is looked at.
fn remove_issuers<T: Config>() -> Result<(), DispatchError> {
	for place in 0..MAX_ISSUERS.saturating_sub(1) {
		T::BenchmarkHelper::remove(&issuer::<T>(place))?;
	}
	Ok(())
}

/// A job for one miner, after whose deadline all issuers but the last were removed. To look what is due for
/// it costs most.
fn lapsed<T: Config>(offer: OfferOf<T>) -> Result<JobOf<T>, DispatchError> {
	let offer = Offer { redundancy: 1, ..offer };
	let job = post::<T>(&account("other requester", 0, 0), offer)?;
	T::BenchmarkHelper::set_time(NOW.saturating_add(TIMEOUT).saturating_add(1));
	remove_issuers::<T>()?;
	record::<T>(job)
}

/// The longest request of a private job, of a model without royalties.
fn private_request<T: Config>() -> Result<PrivateRequest<T::AccountId>, DispatchError> {
	let offer = offer::<T>()?;
	let owner: T::AccountId = account("private owner", 0, 0);
	T::BenchmarkHelper::fund(&owner);
	let plain = Description { royalties: Royalties::default(), ..description::<T>(2, Origin::New) };
	let model = Pallet::<T>::model_id(&owner, &plain);
	Pallet::<T>::do_register_model(owner.clone(), plain, TERMS)?;
	Pallet::<T>::do_list_model(owner, model)?;
	Ok(PrivateRequest {
		model,
		mode: offer.mode,
		input: offer.input,
		input_commitment: offer.input_commitment,
		issuers: offer.issuers,
		issuer_fee: offer.issuer_fee,
		lock_timeout: T::OpeningTime::get().saturating_add(LOCK_TIMEOUT),
		timeout: T::OpeningTime::get().saturating_add(TIMEOUT),
		miner_bond: offer.miner_bond,
		allow_list: offer.allow_list,
		proof_required: offer.proof_required,
		declines: MAX_DECLINES as u8,
	})
}

/// A private job that nobody has.
fn posted_privately<T: Config>(circuit: CircuitId, escrow: Escrow) -> Result<JobId, DispatchError> {
	T::BenchmarkHelper::set_time(NOW);
	let request = private_request::<T>()?;
	T::BenchmarkHelper::fund(&requester::<T>());
	registered_miner::<T>(0)?;
	Pallet::<T>::do_post_private_job(requester::<T>(), request, escrow, circuit, u128::MAX)
}

/// A private job that a miner has.
fn locked_privately<T: Config>(circuit: CircuitId, escrow: Escrow) -> Result<JobId, DispatchError> {
	let job = posted_privately::<T>(circuit, escrow)?;
	Pallet::<T>::do_lock_private_job(hot_key::<T>(0), job, escrow.offer, [1; 32])?;
	Ok(job)
}

/// An escrow with an offer as large as hashes are.
fn escrow() -> Escrow {
	let offer = FieldBytes([0x2f; 32]);
	Escrow { commitment: offer, offer }
}

fn ended<T: Config>(job: JobId) -> bool {
	Pallet::<T>::ended(job)
}

/// A job that was done and paid.
fn fulfilled<T: Config>() -> Result<JobId, DispatchError> {
	let job = locked_by_one::<T>()?;
	let amount = least::<T>();
	let (miner, issuer) = (miner::<T>(0), issuer::<T>(0));
	let nullifier = FieldBytes([1; 32]);
	Pallet::<T>::accept(job, AcceptedReceipt { miner, issuer, amount, nullifier })?;
	Ok(job)
}

impl<T: Config> Pallet<T> {
	/// Posts a job for one miner, which locks it, and returns its number. The requester registers a model
	/// for it, with royalties. For the benchmarks of the receipts pallet; the miner is registered if it is
	/// not, with this hot key.
	pub fn benchmark_job(
		requester: &T::AccountId,
		miner: &T::AccountId,
		hot_key: &T::AccountId,
		level: Level,
		circuit: Option<CircuitId>,
		issuers: Vec<T::AccountId>,
	) -> Result<JobId, DispatchError> {
		let model = listed::<T>(requester)?;
		let price = least::<T>().saturating_mul(8);
		let offer = Offer {
			model,
			mode: Mode::Plain,
			level,
			circuit,
			input: INPUT,
			input_commitment: Some(FieldBytes([1; 32])),
			issuers: BoundedVec::truncate_from(issuers),
			issuer_fee: least::<T>().max(T::MinimumFee::get()),
			payment: Payment::Held { price: PriceRamp::flat(price) },
			lock_timeout: T::MaxTimeout::get(),
			timeout: T::MaxTimeout::get(),
			miner_bond: bond::<T>(),
			redundancy: 1,
			allow_list: AllowList::truncate_from(vec![miner.clone(); MAX_ALLOWED as usize]),
			proof_required: false,
		};
		let job = post::<T>(requester, offer)?;
		if T::Miners::by_hot_key(hot_key).is_none() {
			let bond = bond::<T>().saturating_mul(LOCKS_OF_A_MINER);
			T::BenchmarkHelper::register_miner(miner, hot_key, bond)?;
		}
		Self::do_lock_job(hot_key.clone(), job)?;
		Ok(job)
	}

	/// What a private job asks for, as long as it can be, and what its requester needs. For the benchmarks
	/// of the pool, which posts it.
	pub fn benchmark_private_request() -> Result<(PrivateRequest<T::AccountId>, u128), DispatchError>
	{
		T::BenchmarkHelper::set_time(NOW);
		let request = private_request::<T>()?;
		let declines = T::DeclineFee::get().saturating_mul(MAX_DECLINES.into());
		let fees = request.issuer_fee.saturating_add(T::PanelFee::get()).saturating_add(declines);
		let deposits = T::JobDeposit::get().saturating_add(least::<T>());
		Ok((request, fees.saturating_add(deposits)))
	}

	/// A private job that was delivered, of whose issuers all but the last were removed since. For the
	/// benchmarks of the pool, which settles it.
	pub fn benchmark_private_job(
		circuit: CircuitId,
		escrow: Escrow,
	) -> Result<JobId, DispatchError> {
		let job = locked_privately::<T>(circuit, escrow)?;
		Self::do_deliver_job(hot_key::<T>(0), job, OUTPUT)?;
		remove_issuers::<T>()?;
		Ok(job)
	}

	/// A job that waits for a panel's verdict, its record as long as it can be. For the benchmarks of the
	/// panel pallet.
	pub fn benchmark_disputed_job() -> Result<JobId, DispatchError> {
		let job = locked::<T>(offer::<T>()?, MOST_MINERS)?;
		change::<T>(job, |record| {
			for lock in record.locks.iter_mut() {
				lock.delivery = Delivery::Delivered(OUTPUT);
			}
			record.state = JobState::Disputed;
			Self::unschedule(job, &mut record.due);
		})?;
		Ok(job)
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The next version of a model, and the first royalties of all.
	#[benchmark]
	fn register_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		let plain =
			Description { royalties: Royalties::default(), ..description::<T>(1, Origin::New) };
		let first = Pallet::<T>::model_id(&caller, &plain);
		Pallet::<T>::do_register_model(caller.clone(), plain, TERMS)?;
		let next = description::<T>(1, Origin::VersionOf(first));
		let model = Pallet::<T>::model_id(&caller, &next);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), Box::new(next), TERMS);

		assert!(Models::<T>::get(model).is_some_and(|model| model.version == 1));
		Ok(())
	}

	#[benchmark]
	fn list_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let model = registered::<T>(&caller, 1, Origin::New)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model);

		assert!(Models::<T>::get(model).is_some_and(|model| model.state == ModelState::Listed));
		Ok(())
	}

	#[benchmark]
	fn suspend_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let model = listed::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model);

		assert!(Models::<T>::get(model).is_some_and(|model| model.state == ModelState::Suspended));
		Ok(())
	}

	#[benchmark]
	fn retire_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let model = registered::<T>(&caller, 1, Origin::New)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model);

		assert!(Models::<T>::get(model).is_some_and(|model| model.state == ModelState::Retired));
		Ok(())
	}

	#[benchmark]
	fn set_terms() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let model = registered::<T>(&caller, 1, Origin::New)?;
		let terms = Terms { latency: 2, ..TERMS };

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model, terms);

		assert!(Models::<T>::get(model).is_some_and(|model| model.terms == terms));
		Ok(())
	}

	/// To four payees that have no account yet.
	#[benchmark]
	fn pay_royalties() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let model = registered::<T>(&account("owner", 0, 0), 1, Origin::New)?;
		set_aside::<T>(model);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model);

		assert!(Activities::<T>::get(model).is_some_and(|a| a.royalties_due < 4));
		Ok(())
	}

	/// With royalties for four payees that have no account yet, a rest for the owner, and a version before.
	#[benchmark]
	fn remove_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let first = registered::<T>(&caller, 1, Origin::New)?;
		let model = registered::<T>(&caller, 1, Origin::VersionOf(first))?;
		set_aside::<T>(model);
		Pallet::<T>::do_retire_model(caller.clone(), model)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model);

		assert!(!Models::<T>::contains_key(model));
		Ok(())
	}

	#[benchmark]
	fn post_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		T::BenchmarkHelper::set_time(NOW);
		let offer = offer::<T>()?;
		let job = NextJob::<T>::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), Box::new(offer));

		assert!(Jobs::<T>::contains_key(job));
		Ok(())
	}

	/// The last of 8 miners.
	#[benchmark]
	fn lock_job() -> Result<(), BenchmarkError> {
		let job = locked::<T>(offer::<T>()?, MOST_MINERS.saturating_sub(1))?;
		let last = registered_miner::<T>(MOST_MINERS.saturating_sub(1))?;
		remove_issuers::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(last), job);

		assert_eq!(record::<T>(job)?.state, JobState::Locked);
		Ok(())
	}

	#[benchmark]
	fn deliver_job() -> Result<(), BenchmarkError> {
		let job = locked_by_one::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key::<T>(0)), job, OUTPUT);

		assert!(matches!(record::<T>(job)?.state, JobState::Delivered { .. }));
		Ok(())
	}

	/// The last of 8 miners, with which reveals begin.
	#[benchmark]
	fn commit_delivery() -> Result<(), BenchmarkError> {
		let last = MOST_MINERS.saturating_sub(1);
		let job = committed::<T>(offer::<T>()?, last)?;
		let commitment = commitment_of::<T>(job, last);

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key::<T>(last)), job, commitment);

		assert!(matches!(record::<T>(job)?.state, JobState::Revealing { .. }));
		Ok(())
	}

	/// The one miner that has committed, after the lock deadline and before anybody noticed: reveals begin
	/// and end.
	#[benchmark]
	fn reveal_delivery() -> Result<(), BenchmarkError> {
		let job = committed::<T>(offer::<T>()?, 1)?;
		T::BenchmarkHelper::set_time(NOW.saturating_add(LOCK_TIMEOUT).saturating_add(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key::<T>(0)), job, OUTPUT, [7; 32]);

		assert_eq!(record::<T>(job)?.outputs().count(), 1);
		Ok(())
	}

	#[benchmark]
	fn commit_late() -> Result<(), BenchmarkError> {
		let job = locked_by_one::<T>()?;
		let hot_key = registered_miner::<T>(1)?;
		T::BenchmarkHelper::fund(&hot_key);
		T::BenchmarkHelper::set_time(NOW.saturating_add(LOCK_TIMEOUT).saturating_add(1));
		remove_issuers::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key), job, [1; 32]);

		assert!(LateCommitments::<T>::contains_key(job, miner::<T>(1)));
		Ok(())
	}

	#[benchmark]
	fn withdraw_commitment() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&requester::<T>())?;
		let late: T::AccountId = miner::<T>(1);
		T::BenchmarkHelper::fund(&late);
		T::BenchmarkHelper::set_time(NOW.saturating_add(LOCK_TIMEOUT).saturating_add(1));
		let commitment = late_commitment(job, &late.clone().into(), &FieldBytes([1; 32]));
		Pallet::<T>::do_commit_late(late.clone(), job, commitment)?;
		T::BenchmarkHelper::set_time(NOW.saturating_add(TIMEOUT).saturating_add(1));
		Pallet::<T>::do_refund_job(job).map_err(|refusal| refusal.error)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job, late.clone());

		assert!(!LateCommitments::<T>::contains_key(job, late));
		Ok(())
	}

	/// At once.
	#[benchmark]
	fn cancel_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert!(ended::<T>(job));
		Ok(())
	}

	/// While 8 miners have it, who share the fee.
	#[benchmark]
	fn claim_malformed(b: Linear<1, MAX_CLAIM_BYTES>) -> Result<(), BenchmarkError> {
		let claimant: T::AccountId = account("claimant", 0, 0);
		let bytes = bytes_of_input(b);
		let input = Blob { digest: sp_io::hashing::blake2_256(&bytes), size: b };
		let job = locked::<T>(offer::<T>()?, MOST_MINERS)?;
		change::<T>(job, |record| record.offer.input = input)?;
		let bytes = InputBytes::truncate_from(bytes);

		#[extrinsic_call]
		_(RawOrigin::Signed(claimant), job, bytes);

		assert!(ended::<T>(job));
		Ok(())
	}

	/// With a slash of each miner that had it, for having shown nothing: its circuit is looked at. What is due
	/// for a job for one miner is looked at as well, which costs more.
	#[benchmark]
	fn refund(l: Linear<0, MOST_MINERS>) -> Result<(), BenchmarkError> {
		let offer = offer::<T>()?;
		let job = locked::<T>(offer.clone(), l)?;
		let single = lapsed::<T>(offer)?;

		let mut looked = None;
		#[block]
		{
			looked = looked.or(Pallet::<T>::step_due(&single));
			Pallet::<T>::do_advance_job(job).map_err(|refusal| refusal.error)?;
		}

		assert!(looked.is_some(), "its deadline has passed");
		assert!(ended::<T>(job));
		Ok(())
	}

	/// To reveals, or to a deadline that has moved.
	#[benchmark]
	fn begin_phase() -> Result<(), BenchmarkError> {
		let offer = offer::<T>()?;
		let job = committed::<T>(offer.clone(), 1)?;
		let single = lapsed::<T>(offer)?;

		let mut looked = None;
		#[block]
		{
			looked = looked.or(Pallet::<T>::step_due(&single));
			Pallet::<T>::do_advance_job(job).map_err(|refusal| refusal.error)?;
		}

		assert!(looked.is_some(), "its deadline has passed");
		assert!(matches!(record::<T>(job)?.state, JobState::Revealing { .. }));
		Ok(())
	}

	/// About so many outputs. That it is due for a job for one miner is looked at as well.
	#[benchmark]
	fn ask_panel(c: Linear<1, MOST_MINERS>) -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::let_panels_sit()?;
		let offer = offer::<T>()?;
		let job = locked::<T>(offer.clone(), MOST_MINERS)?;
		let single = lapsed::<T>(offer)?;
		change::<T>(job, |record| {
			for (number, lock) in (0u8..).zip(record.locks.iter_mut()).take(c as usize) {
				let output = Blob { digest: [number; 32], size: 1 };
				lock.delivery = Delivery::Delivered(output);
			}
			record.state = JobState::Revealing { until: NOW };
		})?;

		let mut looked = None;
		#[block]
		{
			looked = looked.or(Pallet::<T>::step_due(&single));
			Pallet::<T>::do_advance_job(job).map_err(|refusal| refusal.error)?;
		}

		assert!(looked.is_some(), "its deadline has passed");
		assert_eq!(record::<T>(job)?.state, JobState::Disputed);
		Ok(())
	}

	/// By a verdict that pays so many miners and members, these without accounts, and with something to
	/// return. What is due is looked at as well, by the clock of the job's circuit, and all issuers.
	#[benchmark]
	fn settle(
		m: Linear<1, MOST_MINERS>,
		p: Linear<1, MAX_PANEL_MEMBERS>,
	) -> Result<(), BenchmarkError> {
		let job = locked::<T>(offer::<T>()?, m)?;
		let members = (0..p).map(|place| account("member", place, 0)).collect();
		change::<T>(job, |record| {
			for lock in record.locks.iter_mut() {
				lock.delivery = Delivery::Delivered(OUTPUT);
			}
			let finding = Finding::Right { candidate: 0, amount: u128::MAX };
			let members = Members::truncate_from(members);
			record.state =
				JobState::Decided { verdict: Verdict::Found(finding), members, sat: true };
		})?;

		remove_issuers::<T>()?;
		let record = record::<T>(job)?;
		let before = T::Currency::balance(&miner::<T>(m.saturating_sub(1)));
		let mut looked = None;
		#[block]
		{
			looked = looked.or(Pallet::<T>::step_due(&record));
			Pallet::<T>::do_fulfil_job(job).map_err(|refusal| refusal.error)?;
		}

		assert!(looked.is_some() && ended::<T>(job));
		assert!(T::Currency::balance(&miner::<T>(m.saturating_sub(1))) > before);
		let paid: T::AccountId = account("member", p.saturating_sub(1), 0);
		assert!(T::Currency::balance(&paid) > 0);
		Ok(())
	}

	/// With its entry in the agenda.
	#[benchmark]
	fn remove_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&caller)?;
		Pallet::<T>::do_cancel_job(caller.clone(), job)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert!(!Jobs::<T>::contains_key(job));
		Ok(())
	}

	#[benchmark]
	fn review_job() -> Result<(), BenchmarkError> {
		let job = fulfilled::<T>()?;
		let caller = requester::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job, MAX_RATING, [1; 32]);

		assert_eq!(Reviews::<T>::iter_keys().count(), 1);
		Ok(())
	}

	#[benchmark]
	fn remove_review() -> Result<(), BenchmarkError> {
		let job = fulfilled::<T>()?;
		let caller = requester::<T>();
		Pallet::<T>::do_review_job(caller.clone(), job, MAX_RATING, [1; 32])?;
		let model = Reviews::<T>::iter_keys().map(|(model, _)| model).next();
		let model = model.ok_or("the job was not reviewed")?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), model, job);

		assert_eq!(Reviews::<T>::iter_keys().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn lock_private_job() -> Result<(), BenchmarkError> {
		let job = posted_privately::<T>(T::BenchmarkHelper::settling_circuit()?, escrow())?;
		let caller = hot_key::<T>(0);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job, escrow().offer, [1; 32]);

		assert_eq!(record::<T>(job)?.state, JobState::Locked);
		Ok(())
	}

	#[benchmark]
	fn send_opening() -> Result<(), BenchmarkError> {
		let job = locked_privately::<T>(T::BenchmarkHelper::settling_circuit()?, escrow())?;
		let opening = Box::new([1; SEALED_OPENING_BYTES]);

		#[extrinsic_call]
		_(RawOrigin::Signed(requester::<T>()), job, 1, opening);

		assert_eq!(record::<T>(job)?.nonce(), 1);
		Ok(())
	}

	/// The last one, after an opening, which costs the miner a part of its bond and ends the job; what the pool
	/// does then is not in it.
	#[benchmark]
	fn decline_job() -> Result<(), BenchmarkError> {
		let job = locked_privately::<T>(T::BenchmarkHelper::settling_circuit()?, escrow())?;
		change::<T>(job, |record| {
			let Some(private) = record.private.as_mut() else { return };
			// As if the others had been burned: they stay held, and come back with the rest.
			private.declines_left = 1;
			if let Some(taken) = private.taken.as_mut() {
				taken.opened = true;
			}
		})?;

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key::<T>(0)), job);

		assert!(ended::<T>(job));
		Ok(())
	}

	/// In a block that began with jobs paused.
	#[benchmark]
	fn tick() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::pause()?;
		let before = StoppedBlocks::<T>::get();

		#[block]
		{
			Pallet::<T>::on_initialize(BlockNumberFor::<T>::default());
		}

		assert_eq!(StoppedBlocks::<T>::get(), before.saturating_add(1));
		Ok(())
	}

	/// With nothing in it, one block after it was looked at.
	#[benchmark]
	fn look_at_agenda() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_time(NOW);
		OldestDue::<T>::put(NOW.saturating_sub(1));

		#[block]
		{
			Pallet::<T>::process_agenda(Weight::MAX);
		}

		assert_eq!(OldestDue::<T>::get(), NOW);
		Ok(())
	}

	/// Of a job that has ended.
	#[benchmark]
	fn agenda_entry() -> Result<(), BenchmarkError> {
		let job = fulfilled::<T>()?;
		let time = NOW.saturating_add(TIMEOUT);
		T::BenchmarkHelper::set_time(time.saturating_add(1));
		let mut meter = WeightMeter::new();

		let mut taken = false;
		#[block]
		{
			for job in Agenda::<T>::iter_key_prefix(time) {
				taken |= Pallet::<T>::process_entry(time, job, &mut meter);
			}
		}

		assert!(taken && !Agenda::<T>::contains_key(time, job));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::chain(), crate::mock::Test);
}
