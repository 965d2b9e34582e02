//! Transactions signed with published keys, or with any other, for the node's benchmarks and for tests.
//!
//! One place where a transaction's extensions are filled in: a new extension is added here and in
//! [`TxExtension`], and the compiler names no other.

use crate::{
	AccountId, Balance, Hash, Nonce, RuntimeCall, Signature, SignedPayload, TxExtension,
	UncheckedExtrinsic, VERSION,
};
use codec::Encode;
use polkadot_sdk::*;
use sp_core::sr25519;
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;

/// `call` in the name of `account` on the chain of this genesis, with the signature that `sign` makes. Never
/// expires; `tip` is in plancks.
pub fn signed_with(
	sign: impl FnOnce(&[u8]) -> sr25519::Signature,
	account: AccountId,
	genesis: Hash,
	nonce: Nonce,
	tip: Balance,
	call: RuntimeCall,
) -> UncheckedExtrinsic {
	let extension: TxExtension = (
		crate::authorisation::AuthorizeOneForm::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(tip),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	);
	let implicit = (
		(),
		(),
		VERSION.spec_version,
		VERSION.transaction_version,
		genesis,
		// The block that an immortal transaction's life begins with.
		genesis,
		(),
		(),
		(),
		None,
		(),
	);
	let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
	let signature = payload.using_encoded(sign);
	UncheckedExtrinsic::new_signed(call, account.into(), Signature::Sr25519(signature), extension)
}

/// `call` in the name of `account`, signed by `signer`, whoever that is.
pub fn signed_by(
	signer: Sr25519Keyring,
	account: AccountId,
	genesis: Hash,
	nonce: Nonce,
	tip: Balance,
	call: RuntimeCall,
) -> UncheckedExtrinsic {
	signed_with(|bytes| signer.sign(bytes), account, genesis, nonce, tip, call)
}

/// `call` of `signer`'s own, without a tip.
pub fn signed(
	signer: Sr25519Keyring,
	genesis: Hash,
	nonce: Nonce,
	call: RuntimeCall,
) -> UncheckedExtrinsic {
	signed_by(signer, signer.to_account_id(), genesis, nonce, 0, call)
}
