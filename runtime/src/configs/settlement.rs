//! Confidential settlement: what the pool's proofs are verified under, and what its calls pay.

use super::{fees::BurnAndReward, verification::JobClock};
use crate::{constants::time::HOURS, *};
use frame_support::{dispatch::DispatchInfo, parameter_types, weights::Weight, PalletId};
use frame_system::{offchain::CreateAuthorizedTransaction, EnsureRoot};
use pallet_confidential_settlement::{
	CallFees, PoolCircuit, PoolCircuits, ProofBytes, ProofRefusal,
};
use pallet_zk_receipts::DryRunError;
use quittance_groth16::{encode_inputs, Fr, VerifyError};
use quittance_types::{CircuitId, CircuitKind, JobTime};
use sp_runtime::{
	traits::TransactionExtension, transaction_validity::TransactionPriority, DispatchResult,
};

parameter_types! {
	/// Whose account has what is in the pool.
	pub const PoolId: PalletId = PalletId(*b"qtc/pool");
	/// Longer than a call waits for its block, as a rule. What waits longer is proven again.
	pub const AuditorKeyGrace: JobTime = 2 * HOURS as JobTime;
}

impl pallet_confidential_settlement::Config for Runtime {
	type Currency = Balances;
	type PalletId = PoolId;
	type Circuits = RegisteredCircuits;
	type Fees = SignedFees;
	type FeeHandler = BurnAndReward;
	type Market = ModelMarketplace;
	type Receipts = ZkReceipts;
	type JobClock = JobClock;
	type AuditorKeyGrace = AuditorKeyGrace;
	type AdminOrigin = EnsureRoot<AccountId>;
	type EmergencyOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_confidential_settlement::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RegisteredCircuits;
}

/// The circuits of the receipts pallet, whose pauses are none of the pool's.
pub struct RegisteredCircuits;

/// What a circuit is registered as if the pool is to use it for this.
fn kind_of(used_for: PoolCircuit) -> CircuitKind {
	match used_for {
		PoolCircuit::Transfer => CircuitKind::Transfer,
		PoolCircuit::Withdraw => CircuitKind::Withdraw,
		PoolCircuit::PostPrivateJob => CircuitKind::PostPrivateJob,
		PoolCircuit::Settle => CircuitKind::Settle,
		PoolCircuit::SettleVerdict => CircuitKind::SettleVerdict,
		PoolCircuit::AuditedTransfer => CircuitKind::AuditedTransfer,
		PoolCircuit::AuditedWithdraw => CircuitKind::AuditedWithdraw,
		PoolCircuit::AuditedPostPrivateJob => CircuitKind::AuditedPostPrivateJob,
		PoolCircuit::AuditedSettle => CircuitKind::AuditedSettle,
		PoolCircuit::AuditedSettleVerdict => CircuitKind::AuditedSettleVerdict,
	}
}

impl PoolCircuits for RegisteredCircuits {
	fn reserve(circuit: &CircuitId, used_for: PoolCircuit) -> DispatchResult {
		ZkReceipts::reserve_circuit(circuit, kind_of(used_for))
	}

	fn release(circuit: &CircuitId) {
		ZkReceipts::release_circuit(circuit);
	}

	fn verify(
		circuit: &CircuitId,
		// As which it was reserved.
		_: PoolCircuit,
		proof: &ProofBytes,
		signals: &[Fr],
	) -> Result<(), ProofRefusal> {
		ZkReceipts::verify(circuit, proof, &encode_inputs(signals)).map_err(|error| match error {
			DryRunError::Refused(VerifyError::InvalidProof) => ProofRefusal::Invalid,
			DryRunError::Refused(VerifyError::Proof { .. }) => ProofRefusal::Malformed,
			// The key is registered and has as many inputs as the signals are.
			DryRunError::UnknownCircuit | DryRunError::Refused(_) => ProofRefusal::UnknownCircuit,
		})
	}

	fn paused(circuit: &CircuitId) -> bool {
		use quittance_types::Circuits;
		ZkReceipts::stoppage(circuit).since.is_some()
	}
}

/// What a signed transaction pays.
pub struct SignedFees;

/// Bytes of a signed transaction beside its call: its length, the version, the address, the signature, and of the
/// extensions the lifetime, nonce, tip and mode. Those of an authorised one are fewer.
const SIGNED_BYTES: u32 = 4 + 1 + 33 + 65 + 2 + 4 + 1 + 1;

impl SignedFees {
	fn info(weight: Weight) -> DispatchInfo {
		// The weight of a call's authorisation is the call's; this one has none.
		let call = RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() });
		let extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
		let extension_weight = extension.weight(&call);
		DispatchInfo { call_weight: weight, extension_weight, ..Default::default() }
	}
}

impl CallFees for SignedFees {
	fn minimum(weight: Weight, length: u32) -> Balance {
		let length = length.saturating_add(SIGNED_BYTES);
		TransactionPayment::compute_fee(length, &Self::info(weight), 0)
	}

	fn priority(weight: Weight, length: u32, tip: Balance) -> TransactionPriority {
		let (info, length) = (Self::info(weight), length.saturating_add(SIGNED_BYTES));
		let fee = TransactionPayment::compute_fee(length, &info, tip);
		pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::get_priority(
			&info,
			length as usize,
			tip,
			fee,
		)
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl
	pallet_confidential_settlement::BenchmarkHelper<
		AccountId,
		pallet_model_marketplace::PrivateRequestOf<Runtime>,
	> for RegisteredCircuits
{
	fn fund(account: &AccountId) {
		use frame_support::traits::fungible::Mutate;
		let minted = Balances::mint_into(account, 1 << 65);
		assert!(minted.is_ok(), "the issuance is far from its limit");
	}

	fn register_circuit(
		used_for: PoolCircuit,
		key: Vec<u8>,
		_: u8,
	) -> Result<CircuitId, sp_runtime::DispatchError> {
		// Another key, another circuit.
		ZkReceipts::benchmark_circuit_of(kind_of(used_for), key)
	}

	fn private_request() -> Result<
		(pallet_model_marketplace::PrivateRequestOf<Runtime>, u128),
		sp_runtime::DispatchError,
	> {
		ModelMarketplace::benchmark_private_request()
	}

	fn private_job(
		circuit: CircuitId,
		escrow: quittance_types::Escrow,
	) -> Result<quittance_types::JobId, sp_runtime::DispatchError> {
		ModelMarketplace::benchmark_private_job(circuit, escrow)
	}

	fn issuer_root(
		issuers: &[AccountId],
	) -> Result<quittance_types::FieldBytes, sp_runtime::DispatchError> {
		use quittance_types::Issuers;
		let snapshot = ZkReceipts::snapshot(issuers);
		snapshot.map(|snapshot| snapshot.root).ok_or(sp_runtime::DispatchError::Corruption)
	}

	fn start_block(now: quittance_types::JobTime) {
		use codec::Encode;
		use sp_consensus_babe::{
			digests::{PreDigest, SecondaryPlainPreDigest},
			BABE_ENGINE_ID,
		};
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<AccountId>>::set_time(
			now,
		);
		let (authority_index, slot) = (0, 1.into());
		let by_first = PreDigest::SecondaryPlain(SecondaryPlainPreDigest { authority_index, slot });
		System::deposit_log(sp_runtime::DigestItem::PreRuntime(BABE_ENGINE_ID, by_first.encode()));
	}
}
