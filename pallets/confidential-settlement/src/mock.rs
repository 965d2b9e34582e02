//! A runtime with the pool, money and fees; the registry of circuits, the marketplace and the receipts pallet are
//! played by tables.

pub mod market;

use crate::{
	self as pallet_confidential_settlement, CallFees, PoolCircuit, PoolCircuits, ProofBytes,
	ProofRefusal,
};
use ark_bn254::Fr;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		self, derive_impl,
		dispatch::DispatchInfo,
		ensure, parameter_types,
		traits::{
			fungible::{Credit, Inspect},
			tokens::imbalance::ResolveTo,
			ConstU128, ConstU64, Contains, Get, Hooks, Imbalance, OnUnbalanced,
		},
		weights::{ConstantMultiplier, Weight, WeightToFee},
		PalletId,
	},
	frame_system, pallet_balances, pallet_transaction_payment,
	sp_core::H256,
	sp_io,
	sp_runtime::{
		traits::IdentityLookup, transaction_validity::TransactionPriority, AccountId32,
		BuildStorage, DispatchError, DispatchResult, MultiSignature,
	},
};
use quittance_groth16::{encode_inputs, VerifyError};
use quittance_host_functions as host;
use quittance_types::{blake2_256, CircuitId, JobTime};
use std::collections::BTreeMap;

pub type AccountId = AccountId32;
pub type Extension =
	(frame_system::AuthorizeCall<Test>, pallet_transaction_payment::ChargeTransactionPayment<Test>);
pub type Extrinsic = frame_system::mocking::MockUncheckedExtrinsic<Test, MultiSignature, Extension>;
type Block = frame_system::mocking::MockBlock<Test, MultiSignature, Extension>;

pub const GENESIS: [u8; 32] = [0x6E; 32];
/// The index of the pallet in the runtime.
pub const INDEX: u8 = 45;
pub const ALICE: AccountId = AccountId32::new([1; 32]);
pub const BOB: AccountId = AccountId32::new([2; 32]);
pub const RELAYER: AccountId = AccountId32::new([3; 32]);
/// Has nothing.
pub const NEWCOMER: AccountId = AccountId32::new([4; 32]);
/// Has its existential deposit.
pub const POOR: AccountId = AccountId32::new([5; 32]);
/// Of blocks, who gets tips.
pub const AUTHOR: AccountId = AccountId32::new([6; 32]);

pub const ENDOWMENT: u128 = 1 << 70;
pub const EXISTENTIAL_DEPOSIT: u128 = 500;

pub const TRANSFER: CircuitId = [0x71; 32];
pub const WITHDRAW: CircuitId = [0x72; 32];
/// Also of withdrawals, not in force at first.
pub const NEXT_WITHDRAW: CircuitId = [0x73; 32];
pub const POST: CircuitId = [0x75; 32];
pub const SETTLE: CircuitId = [0x76; 32];
pub const SETTLE_VERDICT: CircuitId = [0x77; 32];
/// Also of settlements by receipts, not in force at first.
pub const NEXT_SETTLE: CircuitId = [0x78; 32];
pub const AUDITED_TRANSFER: CircuitId = [0x81; 32];
pub const AUDITED_WITHDRAW: CircuitId = [0x82; 32];
pub const AUDITED_POST: CircuitId = [0x83; 32];
pub const AUDITED_SETTLE: CircuitId = [0x84; 32];
pub const AUDITED_SETTLE_VERDICT: CircuitId = [0x85; 32];
/// Registered for nothing.
pub const UNUSABLE: CircuitId = [0x74; 32];

/// For how long an auditor's key is accepted after another.
pub const AUDITOR_KEY_GRACE: JobTime = 20;

/// The block in which tests begin.
pub const NOW: JobTime = 10;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(2)]
	pub type TransactionPayment = pallet_transaction_payment::Pallet<Test>;
	#[runtime::pallet_index(45)]
	pub type Pool = pallet_confidential_settlement::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u128>;
	type BaseCallFilter = Filter;
}

parameter_types! {
	pub const ExistentialDeposit: u128 = EXISTENTIAL_DEPOSIT;
	pub const PoolId: PalletId = PalletId(*b"qt/notes");
	pub const Author: AccountId = AUTHOR;
	/// What fees have burned by now.
	pub static Burned: u128 = 0;
	/// What the handler of fees was given, call by call.
	pub static FeesTaken: Vec<Vec<u128>> = vec![];
	/// Multiplies fees: how full blocks are.
	pub static Load: u128 = 1;
	/// By how much job time lags behind blocks.
	pub static Stopped: JobTime = 0;
	/// Whether no call of the pool is let in.
	pub static Filtered: bool = false;
	/// Registered circuits, what for, and how often they are reserved.
	pub static Registry: BTreeMap<CircuitId, (PoolCircuit, u32)> = BTreeMap::new();
	/// Keys of circuits whose proofs are real.
	pub static Keys: BTreeMap<CircuitId, Vec<u8>> = BTreeMap::new();
	/// Circuits that are paused.
	pub static PausedCircuits: Vec<CircuitId> = vec![];
	/// How often a proof was looked at.
	pub static Verified: u32 = 0;
}

pub struct Filter;

impl Contains<RuntimeCall> for Filter {
	fn contains(call: &RuntimeCall) -> bool {
		!(Filtered::get() && matches!(call, RuntimeCall::Pool(_)))
	}
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ExistentialDeposit;
}

/// Burns a fee and gives the tip to the author of the block.
pub struct BurnAndTip;

impl OnUnbalanced<Credit<AccountId, Balances>> for BurnAndTip {
	fn on_unbalanceds(credits: impl Iterator<Item = Credit<AccountId, Balances>>) {
		let mut taken = vec![];
		for (place, credit) in credits.enumerate() {
			taken.push(credit.peek());
			match place {
				0 => {
					Burned::mutate(|burned| *burned += credit.peek());
					drop(credit);
				},
				_ => ResolveTo::<Author, Balances>::on_unbalanced(credit),
			}
		}
		FeesTaken::mutate(|all| all.push(taken));
	}
}

/// A unit for a microsecond.
pub struct Microseconds;

impl WeightToFee for Microseconds {
	type Balance = u128;

	fn weight_to_fee(weight: &Weight) -> u128 {
		u128::from(weight.ref_time() / 1_000_000) * Load::get()
	}
}

#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Test {
	type OnChargeTransaction = pallet_transaction_payment::FungibleAdapter<Balances, BurnAndTip>;
	type WeightToFee = Microseconds;
	type LengthToFee = ConstantMultiplier<u128, ConstU128<1>>;
}

/// What of a general transaction is not its call: its length, its version and its extensions.
pub const ENVELOPE: u32 = 5;

/// As the runtime has it.
pub struct Fees;

impl Fees {
	fn info(weight: Weight) -> DispatchInfo {
		use pallet_transaction_payment::WeightInfo;
		type Payment = <Test as pallet_transaction_payment::Config>::WeightInfo;
		// The authorisation's is in the call's.
		let extension_weight = Payment::charge_transaction_payment();
		DispatchInfo { call_weight: weight, extension_weight, ..Default::default() }
	}
}

impl CallFees for Fees {
	fn minimum(weight: Weight, length: u32) -> u128 {
		TransactionPayment::compute_fee(length + ENVELOPE, &Self::info(weight), 0)
	}

	fn priority(weight: Weight, length: u32, tip: u128) -> TransactionPriority {
		let (info, length) = (Self::info(weight), length + ENVELOPE);
		let fee = TransactionPayment::compute_fee(length, &info, tip);
		pallet_transaction_payment::ChargeTransactionPayment::<Test>::get_priority(
			&info,
			length as usize,
			tip,
			fee,
		)
	}
}

/// Knows circuits by [`Registry`]. A proof is real where the circuit has a key, and else the one of
/// [`proof_of`].
pub struct Circuits;

/// What stands for a proof of these signals: a hash that nobody would find for others.
pub fn proof_of(circuit: &CircuitId, used_for: PoolCircuit, signals: &[Fr]) -> ProofBytes {
	let mut proof = [0; 256];
	let hash = blake2_256(&(circuit, used_for, encode_inputs(signals)).encode());
	proof[..32].copy_from_slice(&hash);
	proof
}

impl PoolCircuits for Circuits {
	fn reserve(circuit: &CircuitId, used_for: PoolCircuit) -> DispatchResult {
		Registry::mutate(|registry| {
			let entry = registry.get_mut(circuit).filter(|(of, _)| *of == used_for);
			let (_, reserved) = entry.ok_or(DispatchError::Unavailable)?;
			*reserved += 1;
			Ok(())
		})
	}

	fn release(circuit: &CircuitId) {
		Registry::mutate(|registry| registry.get_mut(circuit).unwrap().1 -= 1);
	}

	fn verify(
		circuit: &CircuitId,
		used_for: PoolCircuit,
		proof: &ProofBytes,
		signals: &[Fr],
	) -> Result<(), ProofRefusal> {
		Verified::mutate(|verified| *verified += 1);
		let registered = Registry::get().get(circuit).is_some_and(|(of, _)| *of == used_for);
		ensure!(registered, ProofRefusal::UnknownCircuit);
		match Keys::get().get(circuit) {
			Some(key) => {
				host::verify(key, proof, &encode_inputs(signals)).map_err(|error| match error {
					VerifyError::InvalidProof => ProofRefusal::Invalid,
					VerifyError::Proof { .. } => ProofRefusal::Malformed,
					_ => ProofRefusal::UnknownCircuit,
				})
			},
			None => {
				let right = *proof == proof_of(circuit, used_for, signals);
				right.then_some(()).ok_or(ProofRefusal::Invalid)
			},
		}
	}

	fn paused(circuit: &CircuitId) -> bool {
		PausedCircuits::get().contains(circuit)
	}
}

pub struct JobClock;

impl Get<JobTime> for JobClock {
	fn get() -> JobTime {
		System::block_number() - Stopped::get()
	}
}

parameter_types! {
	pub const Governance: AccountId = AccountId32::new([7; 32]);
	pub const Guardian: AccountId = AccountId32::new([8; 32]);
}

impl pallet_confidential_settlement::Config for Test {
	type Currency = Balances;
	type PalletId = PoolId;
	type Circuits = Circuits;
	type Fees = Fees;
	type FeeHandler = BurnAndTip;
	type Market = market::Market;
	type Receipts = market::Receipts;
	type JobClock = JobClock;
	type AuditorKeyGrace = ConstU64<AUDITOR_KEY_GRACE>;
	type AdminOrigin = frame_system::EnsureSignedBy<AsSet<Governance>, AccountId>;
	type EmergencyOrigin = frame_system::EnsureSignedBy<AsSet<Guardian>, AccountId>;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = BenchmarkHelper;
}

/// One account, as those who may.
pub struct AsSet<Account>(core::marker::PhantomData<Account>);

impl<Account: Get<AccountId>> frame_support::traits::SortedMembers<AccountId> for AsSet<Account> {
	fn sorted_members() -> Vec<AccountId> {
		vec![Account::get()]
	}
}

#[cfg(feature = "runtime-benchmarks")]
use quittance_types::{Escrow, FieldBytes, JobId, PrivateJobs};

#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkHelper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId, market::Request> for BenchmarkHelper {
	fn fund(account: &AccountId) {
		use polkadot_sdk::frame_support::traits::fungible::Mutate;
		Balances::mint_into(account, ENDOWMENT).expect("the issuance is far from its limit");
	}

	fn register_circuit(
		used_for: PoolCircuit,
		key: Vec<u8>,
		seed: u8,
	) -> Result<CircuitId, DispatchError> {
		let circuit = [seed; 32];
		Registry::mutate(|registry| registry.insert(circuit, (used_for, 0)));
		Keys::mutate(|keys| keys.insert(circuit, key));
		Ok(circuit)
	}

	fn private_request() -> Result<(market::Request, u128), DispatchError> {
		let holds = 1_000;
		Ok((market::Request { holds, text: vec![1; 1_000] }, holds + EXISTENTIAL_DEPOSIT))
	}

	fn private_job(circuit: CircuitId, escrow: Escrow) -> Result<JobId, DispatchError> {
		let request = market::Request { holds: market::ISSUER_FEE, text: vec![] };
		Self::fund(&BOB);
		let paid_in = ENDOWMENT;
		let posted = <market::Market as PrivateJobs<AccountId>>::post(
			BOB, request, escrow, circuit, paid_in,
		);
		let job = posted?;
		market::lock(job, market::MINER, Fr::from(1u8));
		Ok(job)
	}

	fn issuer_root(_: &[AccountId]) -> Result<FieldBytes, DispatchError> {
		Ok(market::ISSUER_ROOT)
	}

	fn start_block(now: JobTime) {
		System::set_block_number(now);
	}
}

pub fn free(account: &AccountId) -> u128 {
	Balances::balance(account)
}

pub fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

/// Ends this block and begins the next one.
pub fn next_block() {
	let now = System::block_number();
	<Pool as Hooks<u64>>::on_finalize(now);
	System::set_block_number(now + 1);
	<Pool as Hooks<u64>>::on_initialize(now + 1);
}

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: [ALICE, BOB, RELAYER, AUTHOR]
			.map(|account| (account, ENDOWMENT))
			.into_iter()
			.chain([(POOR, EXISTENTIAL_DEPOSIT), (market::VAULT, EXISTENTIAL_DEPOSIT)])
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	sp_io::TestExternalities::new(storage)
}

/// Runs a test on a chain whose pool has no circuits yet.
pub fn run_without_circuits(test: impl FnOnce()) {
	chain().execute_with(|| {
		Burned::set(0);
		FeesTaken::set(vec![]);
		Load::set(1);
		Stopped::set(0);
		Filtered::set(false);
		Keys::set(BTreeMap::new());
		Verified::set(0);
		PausedCircuits::set(vec![]);
		market::Tried::set(0);
		Registry::set(BTreeMap::from([
			(TRANSFER, (PoolCircuit::Transfer, 0)),
			(WITHDRAW, (PoolCircuit::Withdraw, 0)),
			(NEXT_WITHDRAW, (PoolCircuit::Withdraw, 0)),
			(POST, (PoolCircuit::PostPrivateJob, 0)),
			(SETTLE, (PoolCircuit::Settle, 0)),
			(NEXT_SETTLE, (PoolCircuit::Settle, 0)),
			(SETTLE_VERDICT, (PoolCircuit::SettleVerdict, 0)),
			(AUDITED_TRANSFER, (PoolCircuit::AuditedTransfer, 0)),
			(AUDITED_WITHDRAW, (PoolCircuit::AuditedWithdraw, 0)),
			(AUDITED_POST, (PoolCircuit::AuditedPostPrivateJob, 0)),
			(AUDITED_SETTLE, (PoolCircuit::AuditedSettle, 0)),
			(AUDITED_SETTLE_VERDICT, (PoolCircuit::AuditedSettleVerdict, 0)),
		]));
		frame_system::BlockHash::<Test>::insert(0, H256(GENESIS));
		System::set_block_number(NOW);
		let issuance = Balances::total_issuance();
		test();
		assert_eq!(
			Balances::total_issuance() + Burned::get(),
			issuance,
			"no money is made or lost"
		);
		Pool::do_try_state().expect("invariants hold after every test");
		let escrows = crate::PoolTotals::<Test>::get().escrows();
		let open = market::OpenJobs::iter().count() as u64;
		assert_eq!(escrows, Some(open), "an escrow for each private job that has not ended");
	});
}

/// Runs a test and then checks the pallet's invariants, and that no money was made or lost but what fees
/// have burned.
pub fn run(test: impl FnOnce()) {
	run_without_circuits(|| {
		put_in_force(PoolCircuit::Transfer, TRANSFER);
		put_in_force(PoolCircuit::Withdraw, WITHDRAW);
		put_in_force(PoolCircuit::PostPrivateJob, POST);
		put_in_force(PoolCircuit::Settle, SETTLE);
		put_in_force(PoolCircuit::SettleVerdict, SETTLE_VERDICT);
		test();
	});
}

pub fn put_in_force(used_for: PoolCircuit, circuit: CircuitId) {
	let set = Pool::set_circuit(signed(&Governance::get()), used_for, circuit);
	frame_support::assert_ok!(set);
}
