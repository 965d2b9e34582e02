//! What who does private jobs needs of the blocks' bodies, which a node keeps for longer than states and events:
//! what was offered, and what was sent to open it.

use crate::{
	api::runtime_types::{
		pallet_confidential_settlement::pallet::Call as Notes,
		pallet_model_marketplace::pallet::Call as Jobs,
	},
	calls::SEALED_OPENING_BYTES,
	Block, ClientError, View,
};
use quittance_types::{JobId, PrivateOffer};
use subxt::{
	ext::{
		codec::{Compact, Decode},
		frame_decode::extrinsics::ExtrinsicTypeInfo,
		scale_decode::{
			visitor::{decode_with_visitor, IgnoreVisitor},
			DecodeAsType,
		},
	},
	Metadata,
};

/// Kinds and versions of a transaction, as its first byte says them.
const SIGNED: u8 = 0b1000_0100;
const GENERAL: u8 = 0b0100_0101;

/// Something about a private job in a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PrivateJobCall {
	/// A job was posted. The chain keeps the offer's hash, by which it is told from others.
	Posted(PrivateOffer),
	/// Its requester sent an opening.
	OpeningSent {
		/// The job.
		job: JobId,
		/// The number of its locks.
		nonce: u64,
		/// The opening, sealed for the miner of that lock.
		opening: [u8; SEALED_OPENING_BYTES],
	},
}

impl View {
	/// What the transactions of another block say about private jobs, in order, by the runtime of this one.
	///
	/// Nobody has looked at whether they succeeded, which need not be known: an offer is told by its hash, and
	/// an opening opens or does not. Calls within calls are not looked at: posts are never such, and openings that
	/// are can be had from the block's events alone ([`crate::Event::OpeningSent`]).
	pub async fn private_job_calls(
		&self,
		block: Block,
	) -> Result<Vec<PrivateJobCall>, ClientError> {
		let bodies = self.chain().transactions(block).await?;
		let metadata = self.client().metadata_ref();
		Ok(bodies.iter().filter_map(|body| call_of(metadata, body)).collect())
	}
}

/// What a transaction, which is given with its length, says about a private job. Nothing where another runtime made
/// it, which this one does not know.
///
/// The arguments of no other call are decoded: calls can be nested so deep that who decodes them runs out of stack.
fn call_of(metadata: &Metadata, transaction: &[u8]) -> Option<PrivateJobCall> {
	let (pallet, mut call) = call_bytes(metadata, transaction)?;
	let (name, pallet) = ["ConfidentialSettlement", "ModelMarketplace"]
		.into_iter()
		.filter_map(|name| Some((name, metadata.pallet_by_name(name)?)))
		.find(|(_, known)| known.call_index() == pallet)?;
	let variant = pallet.call_variant_by_index(*call.first()?)?.name.as_str();
	let (ty, types) = (pallet.call_ty_id()?, metadata.types());
	match (name, variant) {
		("ConfidentialSettlement", "post_private_job") => {
			match Notes::decode_as_type(&mut call, ty, types).ok()? {
				Notes::post_private_job { claims, .. } => {
					Some(PrivateJobCall::Posted(claims.0.offer))
				},
				_ => None,
			}
		},
		("ModelMarketplace", "send_opening") => {
			match Jobs::decode_as_type(&mut call, ty, types).ok()? {
				Jobs::send_opening { job, nonce, opening } => {
					Some(PrivateJobCall::OpeningSent { job, nonce, opening: *opening })
				},
				_ => None,
			}
		},
		_ => None,
	}
}

/// The index of the pallet that a transaction calls, and its call from the index in the pallet on.
fn call_bytes<'a>(metadata: &Metadata, transaction: &'a [u8]) -> Option<(u8, &'a [u8])> {
	let mut rest = transaction;
	Compact::<u32>::decode(&mut rest).ok()?;
	let extensions = |version| {
		let info = metadata.extrinsic_extension_info(version).ok()?;
		Some(info.extension_ids.into_iter().map(|extension| extension.id))
	};
	let before: Vec<u32> = match u8::decode(&mut rest).ok()? {
		SIGNED => {
			let signature = metadata.extrinsic_signature_info().ok()?;
			let signed = [signature.address_id, signature.signature_id];
			signed.into_iter().chain(extensions(None)?).collect()
		},
		GENERAL => {
			let version = u8::decode(&mut rest).ok()?;
			extensions(Some(version))?.collect()
		},
		// What nobody signs and no proof authorises is the block author's own.
		_ => return None,
	};
	for ty in before {
		decode_with_visitor(&mut rest, ty, metadata.types(), IgnoreVisitor::new()).ok()?;
	}
	let (pallet, call) = rest.split_first()?;
	Some((*pallet, call))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{authorised::tests::general, calls, AccountId, Payload, PrivateRequest};
	use quittance_types::{Blob, FieldBytes, Header, Mode, PrivateJobClaims};
	use subxt::ext::{codec::Encode, frame_decode::extrinsics::encode_call_data};

	fn metadata() -> Metadata {
		Metadata::decode_from(include_bytes!("../artifacts/metadata.scale")).unwrap()
	}

	fn offer() -> PrivateOffer {
		let (escrow, terms) = (FieldBytes([1; 32]), FieldBytes([2; 32]));
		PrivateOffer { escrow, terms, change_key: [3; 64] }
	}

	fn post() -> impl Payload {
		let account = AccountId([4; 32]);
		let header = Header {
			genesis: [1; 32],
			pallet: 44,
			circuit: [2; 32],
			subject: None,
			arguments: [3; 32],
			submitter: None,
			payee: account,
			valid_until: 5,
			nonce: 0,
		};
		let claims = PrivateJobClaims {
			root: FieldBytes([5; 32]),
			nullifiers: [FieldBytes([6; 32]), FieldBytes([7; 32])],
			change: FieldBytes([8; 32]),
			offer: offer(),
			paid_in: 9,
			fee: 10,
		};
		calls::post_private_job(header, claims, request(), [11; 128], None, [12; 256])
	}

	fn request() -> PrivateRequest {
		PrivateRequest {
			model: [6; 32],
			mode: Mode::Plain,
			input: Blob { digest: [7; 32], size: 8 },
			input_commitment: None,
			issuers: vec![AccountId([4; 32]), AccountId([14; 32])],
			issuer_fee: 1,
			lock_timeout: 2,
			timeout: 3,
			miner_bond: 4,
			allow_list: vec![AccountId([15; 32])],
			proof_required: true,
			declines: 3,
		}
	}

	/// A header covers the bytes of the request as the chain has them.
	#[test]
	fn a_request_is_encoded_as_the_chain_does() {
		let (metadata, call) = (metadata(), post());
		let (pallet, name) = (call.pallet_name(), call.call_name());
		let call = encode_call_data(pallet, name, call.call_data(), &metadata, metadata.types());
		let call = call.unwrap();
		let before = &call[..call.len() - 128 - 1 - 256];
		assert!(before.ends_with(&request().encode()));
		let other = PrivateRequest { input_commitment: Some(FieldBytes([1; 32])), ..request() };
		assert_eq!(other.encode().len(), request().encode().len() + 32);
	}

	/// A call signed by an account.
	fn signed(call: &impl Payload) -> Vec<u8> {
		let metadata = metadata();
		let (pallet, name) = (call.pallet_name(), call.call_name());
		let call = encode_call_data(pallet, name, call.call_data(), &metadata, metadata.types());
		let (address, signature) = ((0u8, [9u8; 32]), (1u8, [8u8; 64]));
		// The extensions with bytes: an immortal era, nonce and tip, and no hash of the metadata.
		let extensions = (0u8, Compact(7u32), Compact(0u128), 0u8);
		let head = (SIGNED, address, signature, extensions).encode();
		[head, call.unwrap()].concat().encode()
	}

	#[test]
	fn offers_and_openings_are_found_in_transactions() {
		let metadata = metadata();
		let found = call_of(&metadata, &general(&post()));
		assert_eq!(found, Some(PrivateJobCall::Posted(offer())));
		let opening = std::array::from_fn(|place| place as u8);
		let sent = signed(&calls::send_opening(300, 2, opening));
		let expected = PrivateJobCall::OpeningSent { job: 300, nonce: 2, opening };
		assert_eq!(call_of(&metadata, &sent), Some(expected));
	}

	#[test]
	fn nothing_else_is_one() {
		let metadata = metadata();
		for other in [
			signed(&calls::decline_job(3)),
			signed(&calls::transfer(AccountId([1; 32]), 5)),
			general(&calls::heartbeat(AccountId([1; 32]), 3, [2; 64])),
			vec![],
			vec![4, 5],
			vec![0xff; 400],
		] {
			assert_eq!(call_of(&metadata, &other), None, "{other:?}");
		}
	}

	/// Whatever is cut off or changed: no panic, and nothing is read beyond the end.
	#[test]
	fn damaged_transactions_are_none() {
		let (metadata, whole) = (metadata(), signed(&calls::send_opening(300, 2, [1; 160])));
		for length in 0..whole.len() {
			assert_eq!(call_of(&metadata, &whole[..length]), None, "{length} bytes");
		}
		for place in 0..whole.len().min(140) {
			let mut changed = whole.clone();
			changed[place] ^= 0x55;
			let _ = call_of(&metadata, &changed);
		}
	}
}
