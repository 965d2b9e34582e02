//! Calls that authorise themselves, in one form each.

use crate::{Runtime, RuntimeCall, RuntimeOrigin, TxExtension};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{dispatch::DispatchInfo, weights::Weight};
use frame_system::{offchain::CreateAuthorizedTransaction, AuthorizeCall};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		AsTransactionAuthorizedOrigin, Implication, ImplicationParts, PostDispatchInfoOf,
		TransactionExtension, ValidateResult,
	},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchResult,
};

/// Why a transaction without a signer is refused whose extensions are not those of
/// [`CreateAuthorizedTransaction::create_extension`]: `InvalidTransaction::Custom` with this number.
pub const OTHER_FORM: u8 = 254;

/// [`AuthorizeCall`] for transactions of one form.
///
/// Nobody signs the other extensions of a transaction without a signer. Whoever sees one could send the same
/// call with an era that ends in the next block, which takes the original's place in a node's pool and is then
/// forgotten. Immortal, with nonce, tip and mode of zero, there is one transaction for a call.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct AuthorizeOneForm(AuthorizeCall<Runtime>);

impl AuthorizeOneForm {
	/// The only one there is.
	#[allow(clippy::new_without_default)] // As all extensions are made.
	pub fn new() -> Self {
		Self(AuthorizeCall::new())
	}
}

impl TransactionExtension<RuntimeCall> for AuthorizeOneForm {
	// What clients know it by: it is the same to them.
	const IDENTIFIER: &'static str = "AuthorizeCall";
	type Implicit = ();
	type Val = Weight;
	type Pre = Weight;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		self.0.weight(call)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		implicit: (),
		implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Weight, RuntimeCall> {
		// Before the call is looked at, which may take a proof's verification.
		if !origin.is_transaction_authorized() {
			let ImplicationParts { explicit, .. } = implication.parts();
			let extension: TxExtension =
				<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
			// This extension is the first and has no bytes.
			if explicit.encode() != extension.encode() {
				return Err(InvalidTransaction::Custom(OTHER_FORM).into());
			}
		}
		self.0.validate(origin, call, info, len, implicit, implication, source)
	}

	fn prepare(
		self,
		val: Weight,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<Weight, TransactionValidityError> {
		self.0.prepare(val, origin, call, info, len)
	}

	fn post_dispatch_details(
		pre: Weight,
		info: &DispatchInfo,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		AuthorizeCall::<Runtime>::post_dispatch_details(pre, info, post_info, len, result)
	}
}
