//! The calls that requesters, miners and issuers send.

use crate::{
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec, pallet_zk_receipts::types::Possession,
		},
	},
	AccountId, Payload,
};
use quittance_types::{
	Blob, CircuitId, CircuitKind, Digest, IssuerKeys, JobId, JobTime, Level, ModelId, Payment,
	Receipt, Setup,
};
use subxt::utils::Static;

/// Registers a circuit with its verifying key in the canonical encoding.
pub fn register_circuit(
	kind: CircuitKind,
	key: Vec<u8>,
	schema: Vec<u8>,
	setup: Setup,
) -> impl Payload {
	api::transactions().zk_receipts().register_circuit(
		Static(kind),
		BoundedVec(key),
		BoundedVec(schema),
		Static(setup),
	)
}

/// Lets no new job name a circuit of the sender's.
pub fn retire_circuit(circuit: CircuitId) -> impl Payload {
	api::transactions().zk_receipts().retire_circuit(circuit)
}

/// Removes a circuit of the sender's that no live job names.
pub fn remove_circuit(circuit: CircuitId) -> impl Payload {
	api::transactions().zk_receipts().remove_circuit(circuit)
}

/// Asks to become an issuer, with signatures that show possession of both keys.
pub fn register_issuer(keys: IssuerKeys, sr25519: [u8; 64], babyjubjub: [u8; 96]) -> impl Payload {
	let possession = Possession { sr25519, babyjubjub };
	api::transactions().zk_receipts().register_issuer(Static(keys), possession)
}

/// Takes no new jobs as an issuer; what is signed for those that name the sender still counts.
pub fn resign_issuer() -> impl Payload {
	api::transactions().zk_receipts().resign_issuer()
}

/// Takes back the bond of an issuer that never came into office or left it long enough ago.
pub fn withdraw_issuer_bond() -> impl Payload {
	api::transactions().zk_receipts().withdraw_issuer_bond()
}

/// Submits a receipt; the sender is its miner.
pub fn submit_receipt(job: JobId, receipt: Receipt<AccountId>) -> impl Payload {
	api::transactions().zk_receipts().submit_receipt(job, Static(receipt))
}

/// Submits up to 32 receipts together, each with its job; the sender is the miner of all.
pub fn submit_receipt_batch(receipts: Vec<(JobId, Receipt<AccountId>)>) -> impl Payload {
	let receipts = receipts.into_iter().map(|(job, receipt)| (job, Static(receipt))).collect();
	api::transactions().zk_receipts().submit_receipt_batch(BoundedVec(receipts))
}

/// Arguments of [`register_model`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterModel {
	/// Its name, at most 100 bytes.
	pub name: Vec<u8>,
	/// blake2b-256 of the architecture.
	pub architecture: Digest,
	/// SHA-256 of the weights.
	pub weights: [u8; 32],
	/// The file a miner runs.
	pub blob: Blob,
	/// Where the file can be found, at most 256 bytes.
	pub uri: Vec<u8>,
	/// Digest of the licence's text.
	pub licence: Digest,
}

/// Registers a model.
pub fn register_model(model: RegisterModel) -> impl Payload {
	api::transactions().model_marketplace().register_model(
		BoundedVec(model.name),
		model.architecture,
		model.weights,
		Static(model.blob),
		BoundedVec(model.uri),
		model.licence,
	)
}

/// Refuses new jobs for a model of the sender's.
pub fn retire_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().retire_model(model)
}

/// Removes a retired model of the sender's.
pub fn remove_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().remove_model(model)
}

/// Arguments of [`post_job`]. Amounts are in the chain's smallest unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostJob {
	/// The model asked for.
	pub model: ModelId,
	/// The input.
	pub input: Blob,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Who may sign: 1 to 16 accounts.
	pub issuers: Vec<AccountId>,
	/// What the signing issuer earns.
	pub issuer_fee: u128,
	/// How the miner is paid.
	pub payment: Payment,
	/// Job time from post to deadline.
	pub timeout: JobTime,
}

/// Posts a job.
pub fn post_job(job: PostJob) -> impl Payload {
	api::transactions().model_marketplace().post_job(
		job.model,
		Static(job.input),
		Static(job.level),
		job.circuit,
		BoundedVec(job.issuers),
		job.issuer_fee,
		Static(job.payment),
		job.timeout,
	)
}

/// Pays a job whose receipt was accepted but whose payment failed.
pub fn fulfil_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().fulfil_job(job)
}

/// Returns what is held for a job that got no receipt.
pub fn refund_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().refund_job(job)
}

/// Removes the record of an ended job of the sender's.
pub fn remove_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().remove_job(job)
}

/// Transfers money, in the chain's smallest unit, refusing what would empty the sender's account.
pub fn transfer(to: AccountId, amount: u128) -> impl Payload {
	api::transactions().balances().transfer_keep_alive(to.into(), amount)
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_types::{Body, TransparentReceipt};
	use subxt::{
		ext::{
			codec::{Compact, Encode},
			frame_decode::extrinsics::encode_call_data,
		},
		Metadata,
	};

	fn metadata() -> Metadata {
		Metadata::decode_from(include_bytes!("../artifacts/metadata.scale")).unwrap()
	}

	/// The call's arguments as they go into a transaction: without the two bytes of its index.
	fn arguments(call: &impl Payload) -> Vec<u8> {
		let metadata = metadata();
		let details = call.validation_details().unwrap();
		let pallet = metadata.pallet_by_name(call.pallet_name()).unwrap();
		assert_eq!(pallet.call_hash(call.call_name()), Some(details.hash));
		let types = metadata.types();
		let (pallet, name) = (call.pallet_name(), call.call_name());
		let bytes = encode_call_data(pallet, name, call.call_data(), &metadata, types).unwrap();
		bytes[2..].to_vec()
	}

	#[test]
	fn a_receipt_is_encoded_as_the_chain_decodes_it() {
		let body = Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 1,
			end: 2,
			expires_at: 5,
			serial: u128::MAX,
			output: [7; 32],
		};
		let issuer = AccountId([4; 32]);
		let receipt = TransparentReceipt { issuer, body, signature: [5; 64] };
		let receipt = Receipt::Transparent(receipt);
		let expected = (Compact(300u64), receipt.clone()).encode();
		assert_eq!(arguments(&submit_receipt(300, receipt)), expected);
	}

	#[test]
	fn a_job_is_encoded_as_the_chain_decodes_it() {
		let job = PostJob {
			model: [1; 32],
			input: Blob { digest: [2; 32], size: 3 },
			level: Level::Basic,
			circuit: Some([4; 32]),
			issuers: vec![AccountId([5; 32]), AccountId([6; 32])],
			issuer_fee: 1 << 40,
			payment: Payment::Held { max_price: u128::from(u64::MAX) },
			timeout: 1 << 20,
		};
		let expected = (
			job.model,
			job.input,
			job.level,
			job.circuit,
			job.issuers.clone(),
			Compact(job.issuer_fee),
			job.payment,
			Compact(job.timeout),
		)
			.encode();
		assert_eq!(arguments(&post_job(job)), expected);
	}

	#[test]
	fn circuits_issuers_and_models_are_encoded_as_the_chain_decodes_them() {
		let setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [3; 32] };
		let (key, schema) = (vec![4; 700], b"schema".to_vec());
		let expected = (CircuitKind::BasicReceipt, key.clone(), schema.clone(), setup).encode();
		let call = register_circuit(CircuitKind::BasicReceipt, key, schema, setup);
		assert_eq!(arguments(&call), expected);

		let keys = IssuerKeys { sr25519: [1; 32], babyjubjub: [2; 64] };
		let expected = (keys, [3u8; 64], [4u8; 96]).encode();
		assert_eq!(arguments(&register_issuer(keys, [3; 64], [4; 96])), expected);

		let model = RegisterModel {
			name: b"digits".to_vec(),
			architecture: [1; 32],
			weights: [2; 32],
			blob: Blob { digest: [3; 32], size: 4 },
			uri: b"file".to_vec(),
			licence: [5; 32],
		};
		let expected = (
			model.name.clone(),
			model.architecture,
			model.weights,
			model.blob,
			model.uri.clone(),
			model.licence,
		)
			.encode();
		assert_eq!(arguments(&register_model(model)), expected);
	}

	#[test]
	fn the_other_calls_are_those_of_the_metadata() {
		let job = Compact(77u64).encode();
		assert_eq!(arguments(&fulfil_job(77)), job);
		assert_eq!(arguments(&refund_job(77)), job);
		assert_eq!(arguments(&remove_job(77)), job);
		assert_eq!(arguments(&retire_model([1; 32])), [1; 32]);
		assert_eq!(arguments(&remove_model([1; 32])), [1; 32]);
		assert_eq!(arguments(&retire_circuit([1; 32])), [1; 32]);
		assert_eq!(arguments(&remove_circuit([1; 32])), [1; 32]);
		assert!(arguments(&resign_issuer()).is_empty());
		assert!(arguments(&withdraw_issuer_bond()).is_empty());
		let expected = (0u8, [9u8; 32], Compact(5u128)).encode();
		assert_eq!(arguments(&transfer(AccountId([9; 32]), 5)), expected);
	}

	#[test]
	fn an_error_is_named_with_its_documentation() {
		use crate::{
			api::runtime_types::sp_runtime::{DispatchError, ModuleError},
			Refusal,
		};
		let metadata = metadata();
		let pallet = metadata.pallet_by_name("ZkReceipts").unwrap();
		let variants = pallet.error_variants().unwrap();
		let spent = variants.iter().find(|variant| variant.name == "NullifierSpent").unwrap();
		let error = [spent.index, 0, 0, 0];
		let index = pallet.error_index();
		let refusal = Refusal::new(&metadata, &DispatchError::Module(ModuleError { index, error }));
		assert_eq!((&*refusal.pallet, &*refusal.error), ("ZkReceipts", "NullifierSpent"));
		assert!(!refusal.docs.is_empty());
		assert!(refusal.to_string().starts_with("ZkReceipts.NullifierSpent: "));

		let refusal = Refusal::new(&metadata, &DispatchError::BadOrigin);
		assert_eq!(refusal.to_string(), "Runtime.BadOrigin");
		let unknown = ModuleError { index: 255, error: [0; 4] };
		let refusal = Refusal::new(&metadata, &DispatchError::Module(unknown));
		assert_eq!(refusal.pallet, "Runtime");
	}
}
