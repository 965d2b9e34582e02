//! General transactions: calls that no account signs or pays for, authorised by what is in them.

use crate::{chain::QuittanceConfig, Chain, ClientError, Payload, TransactionError, View};
use subxt::{
	config::{
		substrate::H256, ClientState, DefaultExtrinsicParamsBuilder, DefaultTransactionExtensions,
		TransactionExtensions,
	},
	error::ExtrinsicError,
	ext::frame_decode::extrinsics::encode_v5_general,
	rpcs::Error as RpcError,
	tx::{TransactionInvalid, ValidationResult},
};

/// The only version of this chain's transaction extensions.
const EXTENSION_VERSION: u8 = 0;

/// Sends a call that authorises itself and returns its hash. That the pool has it does not say that a block
/// will. Where the pool has these very bytes already, it is as if it had just taken them.
pub(crate) async fn send(
	chain: &Chain,
	view: &View,
	call: &impl Payload,
	refused: impl FnOnce(TransactionInvalid) -> ClientError,
) -> Result<[u8; 32], ClientError> {
	let client = view.client();
	let state = ClientState {
		genesis_hash: H256(view.genesis()),
		spec_version: client.spec_version(),
		transaction_version: client.transaction_version(),
		metadata: client.metadata(),
	};
	let bytes = general_transaction(call, &state)?;
	let transaction = client.transactions().from_bytes(bytes);
	// The runtime is asked before the pool is, because its answer has names.
	match transaction.validate().await.map_err(ClientError::chain)? {
		ValidationResult::Valid(_) => {},
		ValidationResult::Invalid(reason) => return Err(refused(reason)),
		ValidationResult::Unknown(reason) => {
			return Err(ClientError::Unexpected(format!("a general transaction: {reason:?}")))
		},
	}
	let hash = transaction.hash().0;
	match chain.rpc().author_submit_extrinsic(transaction.encoded()).await {
		Ok(_) => Ok(hash),
		Err(RpcError::User(error)) => match TransactionError::from(error) {
			TransactionError::AlreadyKnown => Ok(hash),
			error => Err(error.into()),
		},
		Err(error) => Err(ClientError::chain(error)),
	}
}

/// A call as a transaction of version 5 without a signer, all extensions present: an immortal era, and
/// nonce and tip of zero.
fn general_transaction(
	call: &impl Payload,
	state: &ClientState<QuittanceConfig>,
) -> Result<Vec<u8>, ClientError> {
	let metadata = &*state.metadata;
	if let Some(details) = call.validation_details() {
		let hash = metadata
			.pallet_by_name(details.pallet_name)
			.and_then(|pallet| pallet.call_hash(details.call_name));
		if hash != Some(details.hash) {
			return Err(ClientError::chain(ExtrinsicError::IncompatibleCodegen));
		}
	}
	let params =
		DefaultExtrinsicParamsBuilder::<QuittanceConfig>::new().immortal().nonce(0).build();
	let extensions = DefaultTransactionExtensions::<QuittanceConfig>::new(state, params)
		.map_err(|error| ClientError::chain(ExtrinsicError::from(error)))?;
	encode_v5_general(
		call.pallet_name(),
		call.call_name(),
		call.call_data(),
		EXTENSION_VERSION,
		&extensions,
		metadata,
		metadata.types(),
	)
	.map_err(|error| ClientError::chain(ExtrinsicError::from(error)))
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::{calls, AccountId};
	use subxt::{
		ext::codec::{Compact, Decode, Encode},
		Metadata,
	};

	fn state() -> ClientState<QuittanceConfig> {
		let bytes = include_bytes!("../artifacts/metadata.scale");
		ClientState {
			genesis_hash: H256([1; 32]),
			spec_version: 2,
			transaction_version: 3,
			metadata: Metadata::decode_from(bytes).unwrap().into(),
		}
	}

	/// A call as such a transaction.
	pub(crate) fn general(call: &impl Payload) -> Vec<u8> {
		general_transaction(call, &state()).unwrap()
	}

	/// `CreateAuthorizedTransaction` of the runtime makes it so: of its extensions only the era, the nonce,
	/// the tip and the mode of the metadata's hash have bytes.
	#[test]
	fn a_heartbeat_is_encoded_as_the_runtime_decodes_it() {
		let (miner, epoch, signature) = (AccountId([4; 32]), 300, [5; 64]);
		let call = calls::heartbeat(miner, epoch, signature);
		let bytes = general_transaction(&call, &state()).unwrap();

		let metadata = state().metadata;
		let pallet = metadata.pallet_by_name("Miners").unwrap();
		let index = pallet.call_variant_by_name("heartbeat").unwrap().index;
		let (era, nonce, tip, metadata_hash) = (0u8, Compact(0u32), Compact(0u128), 0u8);
		let expected = (
			// A general transaction of version 5, extensions of version 0.
			[0b0100_0101u8, 0],
			(era, nonce, tip, metadata_hash),
			[pallet.call_index(), index],
			(miner, Compact(epoch), signature),
		)
			.encode();
		assert_eq!(Vec::<u8>::decode(&mut bytes.as_slice()).unwrap(), expected);
		assert_eq!(bytes.len(), expected.len() + 2, "nothing but the length is added");
	}
}
