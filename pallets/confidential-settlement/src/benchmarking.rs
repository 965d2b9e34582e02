//! What the calls and their parts cost at their worst.
//!
//! The tree is one whose next leaf completes a subtree on every level, the ring of roots is full, payee,
//! relayer and pool are accounts of their own, and the fee is split. Proofs are valid ones of the simulator, and
//! the host keeps no key prepared: a node that runs benchmarks is built without that cache.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use crate::impls::{Auditor, Divided, Encoded, Shown};
use alloc::{boxed::Box, vec::Vec};
use frame_support::{
	pallet_prelude::TransactionSource,
	traits::{fungible::Inspect, Authorize, EnsureOrigin, Hooks},
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use polkadot_sdk::{
	frame_benchmarking::v2::*,
	sp_runtime::{traits::Dispatchable, DispatchError},
};
use quittance_groth16::simulator::Trapdoor;
use quittance_types::{
	AuditPolicy, AuditorKey, CircuitId, Escrow, Escrows, FieldBytes, Header, JobId, JobTime,
	NoteAudit, NotePairAudit, NumberedAuditorKey, PrivateJobClaims, PrivateJobs, PrivateOffer,
	SettleClaims, SettledReceipts, SettlementAudit, SettlementClaims, TransferClaims,
	WithdrawClaims, NOTE_CIPHERTEXT_BYTES, NOTE_SIGNALS,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId, Request> {
	/// Gives an account enough for the largest deposit, 2^64 - 1, and for existential deposits.
	fn fund(account: &AccountId);

	/// Registers a circuit with this key so that the pool can use it, another one for each seed.
	fn register_circuit(
		used_for: PoolCircuit,
		key: Vec<u8>,
		seed: u8,
	) -> Result<CircuitId, DispatchError>;

	/// What a private job asks for, as long as it can be, and what its requester needs.
	fn private_request() -> Result<(Request, u128), DispatchError>;

	/// A private job that was delivered, with as many issuers as can be, of which all but the last were
	/// removed since.
	fn private_job(circuit: CircuitId, escrow: Escrow) -> Result<JobId, DispatchError>;

	/// The root of the tree over these issuers now.
	fn issuer_root(issuers: &[AccountId]) -> Result<FieldBytes, DispatchError>;

	/// Sets the job clock, in a block whose author is known, who gets a part of fees.
	fn start_block(now: JobTime);
}

/// A time at which things can happen.
const NOW: JobTime = 10;

/// An element as large as hashes are: a proof with small signals is verified faster.
fn element(number: u64) -> FieldBytes {
	(-ark_bn254::Fr::from(number)).into()
}

/// Registers a circuit and puts it in force.
fn put_in_force<T: Config>(
	used_for: PoolCircuit,
	seed: u8,
) -> Result<(CircuitId, Trapdoor), BenchmarkError> {
	let trapdoor = Trapdoor::new(used_for.signals(), seed.into());
	let key = trapdoor.key().to_bytes();
	let circuit = T::BenchmarkHelper::register_circuit(used_for, key, seed)?;
	Pallet::<T>::do_set_circuit(used_for, circuit)?;
	Ok((circuit, trapdoor))
}

/// A pool with much money in it, both circuits, a full ring and a tree that has room for just so many leaves,
/// the last of which completes it.
fn pool<T: Config>(room: u64) -> Result<[(CircuitId, Trapdoor); 2], BenchmarkError> {
	T::BenchmarkHelper::start_block(NOW);
	let transfer = put_in_force::<T>(PoolCircuit::Transfer, 1)?;
	let withdraw = put_in_force::<T>(PoolCircuit::Withdraw, 2)?;
	let depositor: T::AccountId = account("depositor", 0, 0);
	T::BenchmarkHelper::fund(&depositor);
	Pallet::<T>::do_deposit(depositor, 1 << 63, element(1))?;
	fill_ring::<T>();
	NoteTree::<T>::put(Tree::with_leaves(Tree::PLACES.saturating_sub(room)));
	Ok([transfer, withdraw])
}

/// The auditor's key that calls are made for: the one before that in force.
const AUDIT_KEY: u32 = 1;

fn auditor(seed: u8) -> quittance_babyjubjub::PublicKey {
	quittance_babyjubjub::SecretKey::from_seed(&[seed; 32]).public()
}

/// What a call is proven under: this, or with an auditor the audited circuit.
fn under<T: Config>(
	used_for: PoolCircuit,
	plain: (CircuitId, Trapdoor),
	audited: bool,
) -> Result<(CircuitId, Trapdoor), BenchmarkError> {
	if !audited {
		return Ok(plain);
	}
	let numbered =
		|number, seed| NumberedAuditorKey { number, key: AuditorKey::from(&auditor(seed)) };
	let previous = Some((numbered(AUDIT_KEY, 1), NOW.saturating_add(9)));
	let current = numbered(AUDIT_KEY.saturating_add(1), 2);
	AuditorKeys::<T>::put(current.number);
	Audit::<T>::put(AuditPolicy { current, previous });
	put_in_force::<T>(used_for.with_auditor(true), 7)
}

/// What a call with two notes shows to the auditor.
fn pair_audit() -> NotePairAudit {
	let (ephemeral_key, encrypted) = ([element(21), element(22)], [element(23), element(24)]);
	NotePairAudit { key: AUDIT_KEY, ephemeral_key, encrypted }
}

/// The auditor, as calls are judged.
fn judged_by<T: Config>(audited: bool) -> Result<Option<Auditor>, BenchmarkError> {
	let named = audited.then_some(AUDIT_KEY);
	Ok(Pallet::<T>::auditor_of(named).map_err(|_| "the key is in force")?)
}

/// As many roots as are kept, up to the fourth leaf of a tree.
fn fill_ring<T: Config>() {
	for place in 0..ROOT_HISTORY {
		let root = element(u64::from(place).saturating_add(1_000));
		RootRing::<T>::insert(place, root);
		RecentRoots::<T>::insert(root, 1);
	}
	RecordedRoots::<T>::put(Recorded { roots: ROOT_HISTORY.into(), leaves: 1 });
}

/// A header with a relayer and a payee that have nothing yet.
fn header<T: Config>(circuit: CircuitId, payee: T::AccountId) -> Header<T::AccountId> {
	Header {
		genesis: Pallet::<T>::genesis_hash(),
		pallet: Pallet::<T>::index_in_header().unwrap_or_default(),
		circuit,
		subject: None,
		arguments: [0; 32],
		submitter: Some(account("relayer", 0, 0)),
		payee,
		valid_until: NOW.saturating_add(1),
		nonce: 0,
	}
}

/// Proves what is shown under the key.
fn prove<T: Config>(
	header: &mut Header<T::AccountId>,
	shown: &Shown<'_>,
	trapdoor: &Trapdoor,
) -> Result<ProofBytes, BenchmarkError> {
	header.arguments = shown.arguments();
	let auditor = judged_by::<T>(shown.used_for().audited())?;
	let mut signals = shown.signals(header).map_err(|_| "the claims cannot be true")?.to_vec();
	signals
		.extend(shown.audit_signal(auditor.as_ref()).map_err(|_| "what is shown cannot be true")?);
	let proof = trapdoor.prove(&signals, 1).to_bytes();
	Ok(proof.try_into().map_err(|_| "the proof does not have 256 bytes")?)
}

/// The least fee and what makes the relayer's account.
fn fee<T: Config>(of: PoolCircuit) -> u128 {
	Pallet::<T>::minimum_fee(of, true).saturating_add(T::Currency::minimum_balance())
}

fn transfer_call<T: Config>(room: u64, audited: bool) -> Result<Call<T>, BenchmarkError> {
	let [plain, _] = pool::<T>(room)?;
	let (circuit, trapdoor) = under::<T>(PoolCircuit::Transfer, plain, audited)?;
	let audit = audited.then(pair_audit);
	let mut header = header::<T>(circuit, Pallet::<T>::account());
	let claims = TransferClaims {
		root: element(1_000),
		nullifiers: [element(2), element(3)],
		commitments: [element(4), element(5)],
		fee: fee::<T>(PoolCircuit::Transfer.with_auditor(audited)),
	};
	let ciphertexts = [[1; NOTE_CIPHERTEXT_BYTES]; 2];
	let shown =
		Shown::Transfer { claims: &claims, ciphertexts: &ciphertexts, audit: audit.as_ref() };
	let proof = prove::<T>(&mut header, &shown, &trapdoor)?;
	Ok(Call::transfer {
		header: Box::new(header),
		claims: Box::new(claims),
		ciphertexts: Box::new(ciphertexts),
		audit: audit.map(Box::new),
		proof: Box::new(proof),
	})
}

fn withdraw_call<T: Config>(room: u64, audited: bool) -> Result<Call<T>, BenchmarkError> {
	let [_, plain] = pool::<T>(room)?;
	let (circuit, trapdoor) = under::<T>(PoolCircuit::Withdraw, plain, audited)?;
	let audit = audited.then(|| NoteAudit {
		key: AUDIT_KEY,
		ephemeral_key: [element(21), element(22)],
		encrypted: element(23),
	});
	let mut header = header::<T>(circuit, account("payee", 0, 0));
	let claims = WithdrawClaims {
		root: element(1_000),
		nullifiers: [element(2), element(3)],
		change: element(4),
		amount: T::Currency::minimum_balance().max(1),
		fee: fee::<T>(PoolCircuit::Withdraw.with_auditor(audited)),
	};
	let ciphertext = [1; NOTE_CIPHERTEXT_BYTES];
	let shown = Shown::Withdraw { claims: &claims, ciphertext: &ciphertext, audit: audit.as_ref() };
	let proof = prove::<T>(&mut header, &shown, &trapdoor)?;
	Ok(Call::withdraw {
		header: Box::new(header),
		claims: Box::new(claims),
		ciphertext: Box::new(ciphertext),
		audit: audit.map(Box::new),
		proof: Box::new(proof),
	})
}

fn post_call<T: Config>(room: u64, audited: bool) -> Result<Call<T>, BenchmarkError> {
	pool::<T>(room)?;
	let plain = put_in_force::<T>(PoolCircuit::PostPrivateJob, 3)?;
	let (circuit, trapdoor) = under::<T>(PoolCircuit::PostPrivateJob, plain, audited)?;
	let audit = audited.then(pair_audit);
	put_in_force::<T>(PoolCircuit::Settle, 4)?;
	put_in_force::<T>(PoolCircuit::SettleVerdict, 5)?;
	if audited {
		put_in_force::<T>(PoolCircuit::AuditedSettle, 8)?;
		put_in_force::<T>(PoolCircuit::AuditedSettleVerdict, 9)?;
	}
	let (request, paid_in) = T::BenchmarkHelper::private_request()?;
	let mut header = header::<T>(circuit, account("requester", 0, 0));
	let used_for = PoolCircuit::PostPrivateJob.with_auditor(audited);
	let least = Pallet::<T>::least_fee(used_for, true, codec::Encode::encoded_size(&request));
	let change_key = quittance_babyjubjub::SecretKey::from_seed(&[1; 32]).public().to_bytes();
	let claims = PrivateJobClaims {
		root: element(1_000),
		nullifiers: [element(2), element(3)],
		change: element(4),
		offer: PrivateOffer { escrow: element(5), terms: element(6), change_key },
		paid_in,
		fee: least.saturating_add(T::Currency::minimum_balance()),
	};
	let ciphertext = [1; NOTE_CIPHERTEXT_BYTES];
	let bytes = codec::Encode::encode(&request);
	let shown = Shown::Post {
		claims: &claims,
		request: Encoded(&bytes),
		ciphertext: &ciphertext,
		audit: audit.as_ref(),
	};
	let proof = prove::<T>(&mut header, &shown, &trapdoor)?;
	Ok(Call::post_private_job {
		header: Box::new(header),
		claims: Box::new(claims),
		request: Box::new(request),
		ciphertext: Box::new(ciphertext),
		audit: audit.map(Box::new),
		proof: Box::new(proof),
	})
}

/// A job of the pool's that a miner has done.
fn private_job<T: Config>(circuit: CircuitId) -> Result<JobId, BenchmarkError> {
	let escrow = Escrow { commitment: element(5), offer: element(6) };
	let job = T::BenchmarkHelper::private_job(circuit, escrow)?;
	PoolTotals::<T>::mutate(|totals| totals.posts = totals.posts.saturating_add(1));
	Ok(job)
}

fn settle_call<T: Config>(room: u64, audited: bool) -> Result<Call<T>, BenchmarkError> {
	pool::<T>(room)?;
	let plain = put_in_force::<T>(PoolCircuit::Settle, 4)?;
	put_in_force::<T>(PoolCircuit::SettleVerdict, 5)?;
	let job = private_job::<T>(plain.0)?;
	let (circuit, trapdoor) = under::<T>(PoolCircuit::Settle, plain, audited)?;
	let encrypted = [element(23), element(24)];
	let audit = audited.then_some(SettlementAudit { key: AUDIT_KEY, encrypted });
	let private = T::Market::facts(job).ok_or("no miner has the job")?;
	let facts = &private.facts;
	let last = u8::try_from(facts.issuers.len().saturating_sub(1)).unwrap_or(0);
	let claims = SettleClaims {
		settlement: SettlementClaims {
			payee: element(7),
			change: element(8),
			ephemeral_key: [element(9), element(10)],
			encrypted_change: element(11),
			fee: fee::<T>(PoolCircuit::Settle.with_auditor(audited)),
		},
		issuer_root: T::BenchmarkHelper::issuer_root(&facts.issuers)?,
		issuer_index: last,
		nullifier: element(12),
		expires_at: facts.deadline,
		as_of: NOW,
	};
	let ciphertext = [1; NOTE_CIPHERTEXT_BYTES];
	let by = Divided::ByReceipt(&claims);
	let subject = T::Receipts::subject(job, &private);
	let header = Header {
		subject: Some(subject),
		arguments: by.arguments(job, &ciphertext),
		valid_until: facts.deadline,
		nonce: facts.nonce,
		..header::<T>(circuit, Pallet::<T>::account())
	};
	let mut signals = Pallet::<T>::signals_of_settlement(&header, &by, &private, subject)
		.map_err(|_| "the claims cannot be true")?
		.to_vec();
	if let (Some(auditor), Some(audit)) = (judged_by::<T>(audited)?, &audit) {
		let shown = audit.values(&claims.settlement).map_err(|_| "what is shown is canonical")?;
		signals.push(shown.signal::<quittance_host_functions::Host>(auditor.key));
	}
	let proof = trapdoor.prove(&signals, 1).to_bytes();
	let proof = proof.try_into().map_err(|_| "the proof does not have 256 bytes")?;
	Ok(Call::settle {
		header: Box::new(header),
		job,
		claims: Box::new(claims),
		ciphertext: Box::new(ciphertext),
		audit: audit.map(Box::new),
		proof: Box::new(proof),
	})
}

fn authorized<T: Config>(call: &Call<T>) -> bool {
	call.authorize(TransactionSource::External).is_some_and(|verdict| verdict.is_ok())
}

fn dispatched<T: Config>(call: Call<T>) -> bool {
	let call: <T as frame_system::Config>::RuntimeCall = call.into();
	call.dispatch(RawOrigin::Authorized.into()).is_ok()
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The first one, which pays for the pool's account as well.
	#[benchmark]
	fn deposit() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		put_in_force::<T>(PoolCircuit::Withdraw, 2)?;
		NoteTree::<T>::put(Tree::with_leaves(Tree::PLACES.saturating_sub(1)));
		let ciphertext = Box::new([1; NOTE_CIPHERTEXT_BYTES]);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), u64::MAX.into(), element(1), ciphertext);

		assert_eq!(NoteTree::<T>::get().leaves, Tree::PLACES);
		Ok(())
	}

	#[benchmark]
	fn authorize_transfer() -> Result<(), BenchmarkError> {
		let call = transfer_call::<T>(2, false)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn transfer() -> Result<(), BenchmarkError> {
		let call = transfer_call::<T>(2, false)?;
		let passed;

		#[block]
		{
			passed = dispatched(call);
		}

		assert!(passed);
		assert_eq!(NoteTree::<T>::get().leaves, Tree::PLACES);
		Ok(())
	}

	#[benchmark]
	fn authorize_withdraw() -> Result<(), BenchmarkError> {
		let call = withdraw_call::<T>(1, false)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let call = withdraw_call::<T>(1, false)?;
		let passed;

		#[block]
		{
			passed = dispatched(call);
		}

		assert!(passed);
		assert_eq!(NoteTree::<T>::get().leaves, Tree::PLACES);
		Ok(())
	}

	#[benchmark]
	fn authorize_post_private_job() -> Result<(), BenchmarkError> {
		let call = post_call::<T>(3, false)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn post_private_job() -> Result<(), BenchmarkError> {
		let call = post_call::<T>(3, false)?;
		let passed;

		#[block]
		{
			passed = dispatched(call);
		}

		assert!(passed);
		assert_eq!(PoolTotals::<T>::get().escrows(), Some(1));
		Ok(())
	}

	/// By a receipt. By a verdict there is less to look at.
	#[benchmark]
	fn authorize_settle() -> Result<(), BenchmarkError> {
		let call = settle_call::<T>(2, false)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn settle() -> Result<(), BenchmarkError> {
		let call = settle_call::<T>(2, false)?;
		let passed;

		#[block]
		{
			passed = dispatched(call);
		}

		assert!(passed);
		assert_eq!(NoteTree::<T>::get().leaves, Tree::PLACES);
		Ok(())
	}

	#[benchmark]
	fn authorize_audited_transfer() -> Result<(), BenchmarkError> {
		let call = transfer_call::<T>(2, true)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn authorize_audited_withdraw() -> Result<(), BenchmarkError> {
		let call = withdraw_call::<T>(1, true)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn authorize_audited_post_private_job() -> Result<(), BenchmarkError> {
		let call = post_call::<T>(3, true)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn authorize_audited_settle() -> Result<(), BenchmarkError> {
		let call = settle_call::<T>(2, true)?;
		let passed;

		#[block]
		{
			passed = authorized(&call);
		}

		assert!(passed);
		Ok(())
	}

	#[benchmark]
	fn audited_settle() -> Result<(), BenchmarkError> {
		let call = settle_call::<T>(2, true)?;
		let passed;

		#[block]
		{
			passed = dispatched(call);
		}

		assert!(passed);
		assert_eq!(NoteTree::<T>::get().leaves, Tree::PLACES);
		Ok(())
	}

	#[benchmark]
	fn give_back() -> Result<(), BenchmarkError> {
		pool::<T>(1)?;
		PoolTotals::<T>::mutate(|totals| totals.posts = totals.posts.saturating_add(1));

		#[block]
		{
			<Pallet<T> as Escrows>::give_back(0, element(4));
		}

		assert_eq!(PoolTotals::<T>::get().escrows(), Some(0));
		Ok(())
	}

	/// In place of another.
	#[benchmark]
	fn set_circuit() -> Result<(), BenchmarkError> {
		let used_for = PoolCircuit::Withdraw;
		put_in_force::<T>(used_for, 1)?;
		let key = Trapdoor::new(NOTE_SIGNALS, 2).key().to_bytes();
		let circuit = T::BenchmarkHelper::register_circuit(used_for, key, 2)?;
		let origin =
			T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, used_for, circuit);

		assert_eq!(CircuitInForce::<T>::get(used_for), Some(circuit));
		Ok(())
	}

	/// In place of another, of a pool with all circuits.
	#[benchmark]
	fn set_auditor() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::start_block(NOW);
		for (seed, plain) in (1u8..).zip(PoolCircuit::PLAIN) {
			put_in_force::<T>(plain, seed)?;
			put_in_force::<T>(plain.with_auditor(true), seed.saturating_add(10))?;
		}
		Pallet::<T>::do_set_auditor(&auditor(1).to_bytes())?;
		let origin =
			T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		let key = Box::new(auditor(2).to_bytes());

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, key);

		assert_eq!(AuditorKeys::<T>::get(), 2);
		Ok(())
	}

	#[benchmark]
	fn clear_auditor() -> Result<(), BenchmarkError> {
		put_in_force::<T>(PoolCircuit::AuditedWithdraw, 1)?;
		Pallet::<T>::do_set_auditor(&auditor(1).to_bytes())?;
		let origin =
			T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert_eq!(Audit::<T>::get(), None);
		Ok(())
	}

	/// Resuming is the same work.
	#[benchmark]
	fn pause() -> Result<(), BenchmarkError> {
		let origin =
			T::EmergencyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert!(Paused::<T>::get());
		Ok(())
	}

	/// The end of a block that changed the tree, with subtrees and empty places on every level and a root to
	/// forget.
	#[benchmark]
	fn record_root() -> Result<(), BenchmarkError> {
		fill_ring::<T>();
		NoteTree::<T>::put(Tree::with_leaves(Tree::PLACES.saturating_sub(1)));

		#[block]
		{
			Pallet::<T>::on_finalize(BlockNumberFor::<T>::default());
		}

		assert_eq!(RecordedRoots::<T>::get().roots, u64::from(ROOT_HISTORY).saturating_add(1));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::chain(), crate::mock::Test);
}
