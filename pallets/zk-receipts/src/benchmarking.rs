//! What the calls and their parts cost at their worst.
//!
//! Keys are as long as they can be, and the host keeps none prepared: a node that runs benchmarks is
//! built without that cache. A job accepts 16 issuers, and no two jobs share an issuer, a requester or
//! a model, so that every record is read from the database. What it costs to look at the issuers after
//! a removal is measured by itself. Proofs are valid ones of the simulator.
//! The marketplace is the runtime's: what accepting a receipt costs includes the payment.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use alloc::{boxed::Box, vec, vec::Vec};
use ark_bn254::Fr;
use frame_support::{
	traits::{EnsureOrigin, Get, PalletInfoAccess},
	weights::Weight,
};
use frame_system::RawOrigin;
use polkadot_sdk::{
	frame_benchmarking::v2::*,
	sp_core::{crypto::KeyTypeId, sr25519},
	sp_io,
	sp_runtime::{traits::Zero, DispatchError},
};
use quittance_babyjubjub::{prove_possession, SecretKey};
use quittance_groth16::{simulator::Trapdoor, MAX_BATCH_KEYS, MAX_INPUTS};
use quittance_host_functions::Host;
use quittance_types::{
	circuit_id, BasicClaims, BasicReceipt, Body, CircuitId, CircuitKind, FieldBytes, Header,
	IssuerKeys, JobFacts, JobId, JobTime, Jobs as _, Level, Receipt, Setup, TransparentReceipt,
	BASIC_INPUTS, MAX_ISSUERS,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Gives an account enough for a bond and every deposit.
	fn fund(account: &AccountId);

	/// Posts a job, lets the miner lock it, and returns its number. Its record and its model's are as long
	/// as those of a job for one miner can be, the model has royalties, the requester is funded, and the
	/// most the job pays is above the existential deposit. The issuers are in office, the circuit may be
	/// used. The miner is registered if it is not.
	fn open_job(
		requester: &AccountId,
		miner: &AccountId,
		level: Level,
		circuit: Option<CircuitId>,
		issuers: Vec<AccountId>,
	) -> Result<JobId, DispatchError>;

	/// Sets the job clock.
	fn set_time(now: JobTime);
}

/// Under which the issuers' sr25519 keys are in the keystore of the benchmark.
const ISSUER_KEYS: KeyTypeId = KeyTypeId(*b"qiss");

/// A time before which things could have happened.
const NOW: JobTime = 10;

/// Most receipts of a batch beside one.
const MOST_BESIDE_ONE: u32 = MAX_BATCH_RECEIPTS - 1;

/// Most circuits of a batch.
const MOST_CIRCUITS: u32 = MAX_BATCH_KEYS as u32;

/// Not [`Setup::Development`], which would be refused outside development chains.
const SETUP: Setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] };

impl<T: Config> Pallet<T> {
	/// Puts an account in office under keys that are made up. Nobody can sign under them, but a job's
	/// tree is over the leaves, whatever they are the leaves of. Also for the benchmarks of other
	/// pallets.
	pub fn benchmark_issuer(account: &T::AccountId) {
		let mut leaf: [u8; 32] = account.clone().into();
		// Below the group order.
		leaf[31] = 0;
		let keys = IssuerKeys { sr25519: account.clone().into(), babyjubjub: [3; 64] };
		let state = IssuerState::Active;
		let issuer = Issuer { keys, leaf: FieldBytes(leaf), state, bond: Zero::zero() };
		Issuers::<T>::insert(account, issuer);
	}

	/// Registers a circuit of basic receipts that governance vouches for, another for each seed. Also
	/// for the benchmarks of other pallets.
	pub fn benchmark_circuit(seed: u64) -> Result<CircuitId, DispatchError> {
		let (circuit, _) = usable_circuit::<T>(seed)?;
		Ok(circuit)
	}

	/// Registers a circuit of this kind and key, with the longest schema, that may carry value, for the
	/// benchmarks of other pallets.
	pub fn benchmark_circuit_of(
		kind: CircuitKind,
		key: Vec<u8>,
	) -> Result<CircuitId, DispatchError> {
		let owner: T::AccountId = account("owner", 0, 0);
		T::BenchmarkHelper::fund(&owner);
		let (circuit, key, schema) = arguments(kind, key);
		Self::do_register_circuit(owner, kind, key, schema, SETUP)?;
		Self::do_approve_circuit(circuit)?;
		Ok(circuit)
	}
}

/// The arguments of a registration. The schema is as long as it can be.
fn arguments(kind: CircuitKind, key: Vec<u8>) -> (CircuitId, KeyBytes, Schema) {
	let key = KeyBytes::truncate_from(key);
	let schema = Schema::truncate_from(vec![b's'; MAX_SCHEMA_BYTES as usize]);
	(circuit_id(&key, kind, &schema, &SETUP), key, schema)
}

/// Those of a trapdoor's key.
fn registration(kind: CircuitKind, trapdoor: &Trapdoor) -> (CircuitId, KeyBytes, Schema) {
	arguments(kind, trapdoor.key().to_bytes())
}

/// Registers a circuit, with the longest key if it is none of receipts.
fn register<T: Config>(
	owner: &T::AccountId,
	kind: CircuitKind,
	seed: u64,
) -> Result<(CircuitId, Trapdoor), DispatchError> {
	T::BenchmarkHelper::fund(owner);
	let trapdoor = Trapdoor::new(kind.inputs().map_or(MAX_INPUTS, |inputs| inputs as usize), seed);
	let (circuit, key, schema) = registration(kind, &trapdoor);
	Pallet::<T>::do_register_circuit(owner.clone(), kind, key, schema, SETUP)?;
	Ok((circuit, trapdoor))
}

/// Registers the circuit that the benchmarks of the registry are about.
fn largest_circuit<T: Config>(owner: &T::AccountId) -> Result<CircuitId, DispatchError> {
	let (circuit, _) = register::<T>(owner, CircuitKind::Custom, 1)?;
	Ok(circuit)
}

/// Registers a circuit that jobs may name.
fn usable_circuit<T: Config>(seed: u64) -> Result<(CircuitId, Trapdoor), DispatchError> {
	let owner: T::AccountId = account("owner", 0, 0);
	let (circuit, trapdoor) = register::<T>(&owner, CircuitKind::BasicReceipt, seed)?;
	Pallet::<T>::do_approve_circuit(circuit)?;
	Ok((circuit, trapdoor))
}

/// Keys of a future issuer, which it has shown to hold.
fn candidate<T: Config>(
	account: &T::AccountId,
) -> Result<(IssuerKeys, Possession), BenchmarkError> {
	T::BenchmarkHelper::fund(account);
	let genesis = Pallet::<T>::genesis_hash();
	let account: [u8; 32] = account.clone().into();
	let secret = SecretKey::from_seed(&account);
	let public = sp_io::crypto::sr25519_generate(ISSUER_KEYS, None);
	let keys = IssuerKeys { sr25519: public.0, babyjubjub: secret.public().to_bytes() };
	let possession = Possession {
		sr25519: sign(&public, &keys.possession_message(&genesis, &account))?,
		babyjubjub: prove_possession::<Host>(&genesis, &account, &keys.sr25519, &secret).to_bytes(),
	};
	Ok((keys, possession))
}

/// Registers an issuer and returns its keys.
fn pending<T: Config>(account: &T::AccountId) -> Result<IssuerKeys, BenchmarkError> {
	let (keys, possession) = candidate::<T>(account)?;
	Pallet::<T>::do_register_issuer(account.clone(), keys, possession)?;
	Ok(keys)
}

fn sign(key: &sr25519::Public, message: &[u8]) -> Result<[u8; 64], BenchmarkError> {
	let signature = sp_io::crypto::sr25519_sign(ISSUER_KEYS, key, message)
		.ok_or("the keystore does not have the key")?;
	Ok(signature.0)
}

/// Posts a job that 16 issuers of its own may sign for, and lets the miner lock it.
fn open_job<T: Config>(
	miner: &T::AccountId,
	number: u32,
	level: Level,
	circuit: Option<CircuitId>,
) -> Result<(JobId, JobFacts<T::AccountId>), BenchmarkError> {
	T::BenchmarkHelper::set_time(NOW);
	let issuers: Vec<T::AccountId> =
		(0..MAX_ISSUERS).map(|place| account("issuer", place, number)).collect();
	for issuer in &issuers {
		Pallet::<T>::benchmark_issuer(issuer);
	}
	let requester: T::AccountId = account("requester", number, 0);
	let job = T::BenchmarkHelper::open_job(&requester, miner, level, circuit, issuers)?;
	let facts = T::Jobs::facts(job, miner).ok_or("the job was not posted")?;
	Ok((job, facts))
}

/// A little less than the job pays at most, so that the requester gets something back.
fn amount<AccountId>(facts: &JobFacts<AccountId>) -> u128 {
	facts.max_amount.saturating_sub(1)
}

/// A job and its true receipt in clear, signed by the last of the job's issuers.
fn transparent<T: Config>(
	miner: &T::AccountId,
	number: u32,
) -> Result<(JobId, Receipt<T::AccountId>), BenchmarkError> {
	let (job, facts) = open_job::<T>(miner, number, Level::Transparent, None)?;
	let issuer = facts.issuers.last().cloned().ok_or("the job has no issuers")?;
	let public = sp_io::crypto::sr25519_generate(ISSUER_KEYS, None);
	Issuers::<T>::mutate(&issuer, |record| {
		if let Some(record) = record {
			record.keys.sr25519 = public.0;
		}
	});
	let amount = amount(&facts);
	let body = Body {
		units: 1,
		unit_price: amount,
		amount,
		start: NOW,
		end: NOW,
		expires_at: facts.deadline,
		serial: number.into(),
		output: [6; 32],
	};
	let subject = Pallet::<T>::subject(Pallet::<T>::genesis_hash(), miner, job, &facts);
	let message = body.transparent_message(&Pallet::<T>::genesis_hash(), &subject.into());
	let signature = sign(&public, &message)?;
	Ok((job, Receipt::Transparent(TransparentReceipt { issuer, body, signature })))
}

/// A job and its receipt with a valid proof of whatever `spoil` makes of true claims.
fn basic_with<T: Config>(
	miner: &T::AccountId,
	number: u32,
	(circuit, trapdoor): &(CircuitId, Trapdoor),
	spoil: impl FnOnce(&mut BasicClaims),
) -> Result<(JobId, BasicReceipt<T::AccountId>), BenchmarkError> {
	let (job, facts) = open_job::<T>(miner, number, Level::Basic, Some(*circuit))?;
	let subject = Pallet::<T>::subject(Pallet::<T>::genesis_hash(), miner, job, &facts);
	let last = facts.issuers.len().saturating_sub(1);
	let mut claims = BasicClaims {
		amount: amount(&facts),
		expires_at: facts.deadline,
		as_of: NOW,
		// The chain takes the proof's word for it: any element of the field will do.
		nullifier: subject.into(),
		issuer_root: facts.issuer_root.ok_or("an issuer was removed since the post")?,
		issuer_index: u8::try_from(last).map_err(|_| "the job has more than 16 issuers")?,
	};
	spoil(&mut claims);
	let header = Header {
		genesis: Pallet::<T>::genesis_hash(),
		pallet: u8::try_from(<Pallet<T> as PalletInfoAccess>::index())
			.map_err(|_| "the pallet's index is not a byte")?,
		circuit: *circuit,
		subject: Some(subject.into()),
		arguments: claims.arguments(job),
		submitter: Some(miner.clone()),
		payee: miner.clone(),
		valid_until: facts.deadline,
		nonce: facts.nonce,
	};
	let inputs = claims.inputs(&header, subject).ok_or("the claims are not canonical")?;
	let proof = trapdoor
		.prove(&inputs, number.into())
		.to_bytes()
		.try_into()
		.map_err(|_| "the proof does not have 256 bytes")?;
	Ok((job, BasicReceipt { header, claims, proof }))
}

/// A job and its true receipt with a proof.
fn basic<T: Config>(
	miner: &T::AccountId,
	number: u32,
	circuit: &(CircuitId, Trapdoor),
) -> Result<(JobId, Receipt<T::AccountId>), BenchmarkError> {
	let (job, receipt) = basic_with::<T>(miner, number, circuit, |_| ())?;
	Ok((job, Receipt::Basic(receipt)))
}

/// As many true receipts with proofs.
fn basics<T: Config>(
	miner: &T::AccountId,
	number: u32,
	circuit: &(CircuitId, Trapdoor),
) -> Result<Vec<(JobId, Receipt<T::AccountId>)>, BenchmarkError> {
	(0..number).map(|number| basic::<T>(miner, number, circuit)).collect()
}

fn batch<T: Config>(
	receipts: Vec<(JobId, Receipt<T::AccountId>)>,
) -> Result<ReceiptBatch<T::AccountId>, BenchmarkError> {
	receipts.try_into().map_err(|_| BenchmarkError::Stop("more than 32 receipts"))
}

fn jobs<AccountId>(receipts: &[(JobId, Receipt<AccountId>)]) -> Vec<JobId> {
	receipts.iter().map(|(job, _)| *job).collect()
}

/// Whether the jobs are paid: a job whose payment was put off has not ended.
fn all_ended<T: Config>(jobs: &[JobId]) -> bool {
	jobs.iter().all(|job| T::Jobs::ended(*job))
}

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_circuit() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		let kind = CircuitKind::Custom;
		let (id, key, schema) = registration(kind, &Trapdoor::new(MAX_INPUTS, 1));
		assert_eq!(key.len(), MAX_KEY_BYTES as usize);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), kind, key, schema, SETUP);

		assert!(Circuits::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn remove_circuit() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let id = largest_circuit::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id);

		assert!(!Circuits::<T>::contains_key(id));
		Ok(())
	}

	/// Resuming is the same work.
	#[benchmark]
	fn pause_circuit() -> Result<(), BenchmarkError> {
		let id = largest_circuit::<T>(&account("owner", 0, 0))?;
		let origin =
			T::EmergencyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert!(Circuits::<T>::get(id).is_some_and(|record| record.paused));
		Ok(())
	}

	/// By the owner, whose origin is looked at second.
	#[benchmark]
	fn retire_circuit() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let id = largest_circuit::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id);

		assert!(Circuits::<T>::get(id).is_some_and(|record| record.retired));
		Ok(())
	}

	#[benchmark]
	fn approve_circuit() -> Result<(), BenchmarkError> {
		let id = largest_circuit::<T>(&account("owner", 0, 0))?;
		let origin = admin::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert!(Circuits::<T>::get(id).is_some_and(|record| record.approved));
		Ok(())
	}

	#[benchmark]
	fn register_issuer() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let (keys, possession) = candidate::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), keys, possession);

		assert!(Issuers::<T>::contains_key(&caller));
		Ok(())
	}

	#[benchmark]
	fn admit_issuer() -> Result<(), BenchmarkError> {
		let who: T::AccountId = account("issuer", 0, 0);
		let keys = pending::<T>(&who)?;
		let origin = admin::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, who.clone(), keys);

		assert!(Issuers::<T>::get(&who).is_some_and(|issuer| issuer.state == IssuerState::Active));
		Ok(())
	}

	#[benchmark]
	fn remove_issuer() -> Result<(), BenchmarkError> {
		let who: T::AccountId = account("issuer", 0, 0);
		Pallet::<T>::benchmark_issuer(&who);
		let origin = admin::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, who.clone());

		assert!(Issuers::<T>::get(&who).is_some_and(|issuer| !issuer.state.in_office()));
		Ok(())
	}

	#[benchmark]
	fn resign_issuer() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		Pallet::<T>::benchmark_issuer(&caller);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		let record = Issuers::<T>::get(&caller).ok_or("the record is gone")?;
		assert!(matches!(record.state, IssuerState::Resigned { .. }));
		Ok(())
	}

	/// Of a registration that is withdrawn: its keys go, too.
	#[benchmark]
	fn withdraw_issuer_bond() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		pending::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert!(!Issuers::<T>::contains_key(&caller));
		Ok(())
	}

	/// With the one step that finds a group empty: without any, nothing would be written.
	#[benchmark]
	fn look_for_expired() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_time(T::NullifierGroup::get());
		OldestGroup::<T>::put(0);

		#[block]
		{
			Pallet::<T>::remove_expired_nullifiers(Weight::MAX);
		}

		assert_eq!(OldestGroup::<T>::get(), 1);
		Ok(())
	}

	/// One whose job lives on: it is put off.
	#[benchmark]
	fn remove_nullifier() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let (job, facts) = open_job::<T>(&miner, 0, Level::Transparent, None)?;
		Pallet::<T>::spend(job, FieldBytes([7; 32]), facts.deadline);
		let group = Nullifiers::<T>::iter_keys().map(|(group, _)| group).next();
		let group = group.ok_or("the nullifier is not spent")?;

		#[block]
		{
			let mut of_group = Nullifiers::<T>::iter_key_prefix(group);
			Pallet::<T>::remove_next(&mut of_group, group, group.saturating_add(1));
		}

		assert!(Nullifiers::<T>::contains_key(group.saturating_add(1), (job, FieldBytes([7; 32]))));
		Ok(())
	}

	/// By the last of the checks that come before the proof's.
	#[benchmark]
	fn submit_refused() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let circuit = usable_circuit::<T>(1)?;
		let (job, receipt) = basic_with::<T>(&miner, 0, &circuit, |claims| {
			claims.issuer_root = FieldBytes([0; 32]);
		})?;
		let receipt = Receipt::Basic(receipt);

		let verdict;
		#[block]
		{
			verdict = Pallet::<T>::do_submit_receipt(miner, job, receipt);
		}

		let error = verdict.map_err(|refusal| refusal.error).err();
		assert_eq!(error, Some(DispatchError::from(Error::<T>::WrongIssuerRoot)));
		Ok(())
	}

	#[benchmark]
	fn submit_transparent() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let (job, receipt) = transparent::<T>(&miner, 0)?;

		#[extrinsic_call]
		submit_receipt(RawOrigin::Signed(miner), job, Box::new(receipt));

		assert!(T::Jobs::ended(job));
		Ok(())
	}

	#[benchmark]
	fn submit_basic() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let circuit = usable_circuit::<T>(1)?;
		let (job, receipt) = basic::<T>(&miner, 0, &circuit)?;

		#[extrinsic_call]
		submit_receipt(RawOrigin::Signed(miner), job, Box::new(receipt));

		assert!(T::Jobs::ended(job));
		Ok(())
	}

	/// True receipts in clear.
	#[benchmark]
	fn submit_transparent_batch(n: Linear<1, MAX_BATCH_RECEIPTS>) -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let receipts = (0..n)
			.map(|number| transparent::<T>(&miner, number))
			.collect::<Result<Vec<_>, BenchmarkError>>()?;
		let posted = jobs(&receipts);
		let receipts = batch::<T>(receipts)?;

		#[extrinsic_call]
		submit_receipt_batch(RawOrigin::Signed(miner), receipts);

		assert!(all_ended::<T>(&posted));
		Ok(())
	}

	/// True receipts with proofs under one circuit. From two on: one by itself is not combined.
	#[benchmark]
	fn submit_basic_batch(p: Linear<2, MAX_BATCH_RECEIPTS>) -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let circuit = usable_circuit::<T>(1)?;
		let receipts = basics::<T>(&miner, p, &circuit)?;
		let posted = jobs(&receipts);
		let receipts = batch::<T>(receipts)?;

		#[extrinsic_call]
		submit_receipt_batch(RawOrigin::Signed(miner), receipts);

		assert!(all_ended::<T>(&posted));
		Ok(())
	}

	/// So many and one whose proof does not hold, so that all are verified together and then one by
	/// one. The others are accepted.
	#[benchmark]
	fn submit_false_batch(t: Linear<1, MOST_BESIDE_ONE>) -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let circuit = usable_circuit::<T>(1)?;
		let mut receipts = basics::<T>(&miner, t, &circuit)?;
		let accepted = jobs(&receipts);
		let (refused, mut false_one) = basic_with::<T>(&miner, t, &circuit, |_| ())?;
		// A valid proof, but of another statement.
		let inputs = vec![Fr::from(0u8); BASIC_INPUTS as usize];
		let proof = circuit.1.prove(&inputs, t.into()).to_bytes();
		false_one.proof = proof.try_into().map_err(|_| "the proof does not have 256 bytes")?;
		receipts.push((refused, Receipt::Basic(false_one)));
		let receipts = batch::<T>(receipts)?;

		#[extrinsic_call]
		submit_receipt_batch(RawOrigin::Signed(miner), receipts);

		assert!(all_ended::<T>(&accepted));
		assert!(!T::Jobs::ended(refused));
		Ok(())
	}

	/// Eight true receipts with proofs under so many circuits. What counts is the slope: each circuit
	/// after the first.
	#[benchmark]
	fn batch_circuits(c: Linear<1, MOST_CIRCUITS>) -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let circuits = (0..c)
			.map(|seed| usable_circuit::<T>(seed.into()))
			.collect::<Result<Vec<_>, DispatchError>>()?;
		let receipts = (0..MOST_CIRCUITS)
			.zip(circuits.iter().cycle())
			.map(|(number, circuit)| basic::<T>(&miner, number, circuit))
			.collect::<Result<Vec<_>, BenchmarkError>>()?;
		let posted = jobs(&receipts);
		let receipts = batch::<T>(receipts)?;

		#[extrinsic_call]
		submit_receipt_batch(RawOrigin::Signed(miner), receipts);

		assert!(all_ended::<T>(&posted));
		Ok(())
	}

	/// Looking at 16 issuers for each of so many receipts, because an issuer was removed since the jobs
	/// were posted: by the marketplace for the deadline, and for the root of the job's tree.
	#[benchmark]
	fn look_at_issuers(r: Linear<0, MAX_BATCH_RECEIPTS>) -> Result<(), BenchmarkError> {
		let miner: T::AccountId = whitelisted_caller();
		let posted = (0..r)
			.map(|number| {
				open_job::<T>(&miner, number, Level::Transparent, None).map(|(job, _)| job)
			})
			.collect::<Result<Vec<_>, BenchmarkError>>()?;
		RemovedIssuers::<T>::mutate(|removed| *removed = removed.saturating_add(1));
		let mut roots = 0u32;

		#[block]
		{
			for job in posted {
				let Some(facts) = T::Jobs::facts(job, &miner) else { continue };
				let root = facts.issuer_root.or_else(|| Pallet::<T>::current_root(&facts.issuers));
				roots = roots.saturating_add(root.is_some().into());
			}
		}

		assert_eq!(roots, r);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::for_benchmarks(), crate::mock::Test);
}
