//! What two histories may differ in whose secrets differ, and the comparison of all the rest.

use super::blocks::{Extrinsic, ShownBlock};
use crate::*;
use codec::{Decode, Encode};
use frame_support::traits::{CallMetadata, GetCallMetadata};
use pallet_confidential_settlement::{Call as PoolCall, Event as PoolEvent, NoteCiphertext};
use pallet_model_marketplace::{Call as MarketCall, Event as MarketEvent};
use pallet_zk_receipts::Event as ReceiptsEvent;
use quittance_attestations::ENGINE_ID;
use quittance_types::{
	Agreement, FieldBytes, Header as ProofHeader, PrivateJobClaims, PrivateOffer, SettleClaims,
	SettlementClaims, TransferClaims, WithdrawClaims,
};
use sp_runtime::DigestItem;
use std::collections::HashMap;

/// What looks random and has a fixed length, whatever is behind it. This is the list in docs/privacy.md, What
/// looks random: what is not there is not masked here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Random {
	// Of notes.
	Root,
	Nullifier,
	Commitment,
	/// What a deposit shows of its note.
	Inner,
	/// But for its version.
	Ciphertext,
	// Of what a job pays.
	Escrow,
	Terms,
	ChangeKey,
	OwnerKey,
	OpeningKey,
	Agreement,
	SealedOpening,
	EphemeralKey,
	EncryptedChange,
	ReceiptNullifier,
	/// The account that is for one job alone. Signatures are not compared at all, whoever's they are.
	Requester,
	// Digests.
	/// Of an input or an output, which has a random salt in it.
	Blob,
	Subject,
	/// What a proof's header has for the rest of the call.
	Arguments,
	/// In a block's header, over what the chain has accepted.
	Attested,
	Proof,
}

impl Random {
	pub(super) const ALL: [Self; 21] = [
		Self::Root,
		Self::Nullifier,
		Self::Commitment,
		Self::Inner,
		Self::Ciphertext,
		Self::Escrow,
		Self::Terms,
		Self::ChangeKey,
		Self::OwnerKey,
		Self::OpeningKey,
		Self::Agreement,
		Self::SealedOpening,
		Self::EphemeralKey,
		Self::EncryptedChange,
		Self::ReceiptNullifier,
		Self::Requester,
		Self::Blob,
		Self::Subject,
		Self::Arguments,
		Self::Attested,
		Self::Proof,
	];
}

/// What was masked, in the order of the blocks.
pub(super) type Hidden = Vec<(Random, Vec<u8>)>;

/// Replaces what looks random by a number that is the same wherever the same value is. So what is compared says
/// which root a call names, and that a nullifier of an event is that of the call.
#[derive(Default)]
struct Mask {
	numbers: HashMap<Vec<u8>, u32>,
	hidden: Hidden,
}

impl Mask {
	fn hide(&mut self, what: Random, value: &mut [u8]) {
		let next = self.numbers.len() as u32;
		let number = *self.numbers.entry(value.to_vec()).or_insert(next);
		self.hidden.push((what, value.to_vec()));
		value.fill(0);
		value[..4].copy_from_slice(&number.to_be_bytes());
	}

	fn field(&mut self, what: Random, value: &mut FieldBytes) {
		self.hide(what, &mut value.0);
	}

	fn fields(&mut self, what: Random, values: &mut [FieldBytes]) {
		values.iter_mut().for_each(|value| self.field(what, value));
	}

	// The list, field by field.

	fn call(&mut self, call: &mut RuntimeCall) {
		match call {
			RuntimeCall::ConfidentialSettlement(call) => self.pool_call(call),
			RuntimeCall::ModelMarketplace(call) => match call {
				MarketCall::lock_private_job { job: _, payee, opening_key } => {
					self.field(Random::OwnerKey, payee);
					self.hide(Random::OpeningKey, opening_key);
				},
				MarketCall::send_opening { job: _, nonce: _, opening } => {
					self.hide(Random::SealedOpening, &mut opening[..]);
				},
				MarketCall::deliver_job { job: _, output } => {
					self.hide(Random::Blob, &mut output.digest)
				},
				_ => (),
			},
			_ => (),
		}
	}

	fn pool_call(&mut self, call: &mut PoolCall<Runtime>) {
		match call {
			PoolCall::deposit { amount: _, inner, ciphertext } => {
				self.field(Random::Inner, inner);
				self.ciphertext(ciphertext);
			},
			PoolCall::transfer { header, claims, ciphertexts, audit: _, proof } => {
				self.header(header);
				let TransferClaims { root, nullifiers, commitments, fee: _ } = &mut **claims;
				self.field(Random::Root, root);
				self.fields(Random::Nullifier, nullifiers);
				self.fields(Random::Commitment, commitments);
				ciphertexts.iter_mut().for_each(|ciphertext| self.ciphertext(ciphertext));
				self.hide(Random::Proof, &mut proof[..]);
			},
			PoolCall::withdraw { header, claims, ciphertext, audit: _, proof } => {
				self.header(header);
				let WithdrawClaims { root, nullifiers, change, amount: _, fee: _ } = &mut **claims;
				self.field(Random::Root, root);
				self.fields(Random::Nullifier, nullifiers);
				self.field(Random::Commitment, change);
				self.ciphertext(ciphertext);
				self.hide(Random::Proof, &mut proof[..]);
			},
			PoolCall::post_private_job { header, claims, request, ciphertext, audit: _, proof } => {
				self.header(header);
				let PrivateJobClaims { root, nullifiers, change, offer, paid_in: _, fee: _ } =
					&mut **claims;
				self.field(Random::Root, root);
				self.fields(Random::Nullifier, nullifiers);
				self.field(Random::Commitment, change);
				self.offer(offer);
				self.hide(Random::Blob, &mut request.input.digest);
				self.ciphertext(ciphertext);
				self.hide(Random::Proof, &mut proof[..]);
			},
			PoolCall::settle { header, job: _, claims, ciphertext, audit: _, proof } => {
				self.header(header);
				let SettleClaims {
					settlement,
					issuer_root: _,
					issuer_index: _,
					nullifier,
					expires_at: _,
					as_of: _,
				} = &mut **claims;
				let SettlementClaims { payee, change, ephemeral_key, encrypted_change, fee: _ } =
					settlement;
				self.field(Random::Commitment, payee);
				self.field(Random::Commitment, change);
				self.fields(Random::EphemeralKey, ephemeral_key);
				self.field(Random::EncryptedChange, encrypted_change);
				self.field(Random::ReceiptNullifier, nullifier);
				self.ciphertext(ciphertext);
				self.hide(Random::Proof, &mut proof[..]);
			},
			_ => (),
		}
	}

	/// Its payee is a requester where it is one's post: see [`Mask::requesters`].
	fn header(&mut self, header: &mut ProofHeader<AccountId>) {
		let ProofHeader {
			genesis: _,
			pallet: _,
			circuit: _,
			subject,
			arguments,
			submitter: _,
			payee: _,
			valid_until: _,
			nonce: _,
		} = header;
		if let Some(subject) = subject {
			self.field(Random::Subject, subject);
		}
		self.hide(Random::Arguments, arguments);
	}

	fn offer(&mut self, offer: &mut PrivateOffer) {
		let PrivateOffer { escrow, terms, change_key } = offer;
		self.field(Random::Escrow, escrow);
		self.field(Random::Terms, terms);
		self.hide(Random::ChangeKey, change_key);
	}

	fn ciphertext(&mut self, ciphertext: &mut NoteCiphertext) {
		self.hide(Random::Ciphertext, &mut ciphertext[1..]);
	}

	fn event(&mut self, event: &mut RuntimeEvent) {
		match event {
			RuntimeEvent::ConfidentialSettlement(event) => match event {
				PoolEvent::NoteAdded { commitment, .. } => {
					self.field(Random::Commitment, commitment)
				},
				PoolEvent::Transferred { nullifiers, .. }
				| PoolEvent::Withdrawn { nullifiers, .. } => {
					self.fields(Random::Nullifier, nullifiers);
				},
				PoolEvent::PrivateJobPosted { offer, nullifiers, .. } => {
					self.offer(offer);
					self.fields(Random::Nullifier, nullifiers);
				},
				PoolEvent::RootRecorded { root, .. } => self.field(Random::Root, root),
				_ => (),
			},
			RuntimeEvent::ModelMarketplace(event) => match event {
				MarketEvent::JobPosted { input, .. } => self.hide(Random::Blob, &mut input.digest),
				MarketEvent::PrivateJobLocked { agreement, opening_key, .. } => {
					self.agreement(agreement);
					self.hide(Random::OpeningKey, opening_key);
				},
				MarketEvent::OpeningSent { opening, .. } => {
					self.hide(Random::SealedOpening, opening);
				},
				MarketEvent::OutputDelivered { output, .. } => {
					self.hide(Random::Blob, &mut output.digest);
				},
				_ => (),
			},
			RuntimeEvent::ZkReceipts(ReceiptsEvent::ReceiptAccepted { nullifier, .. }) => {
				self.field(Random::ReceiptNullifier, nullifier);
			},
			_ => (),
		}
	}

	fn agreement(&mut self, agreement: &mut Agreement) {
		let mut bytes = agreement.encode();
		self.hide(Random::Agreement, &mut bytes);
		*agreement = Agreement::decode(&mut &bytes[..]).expect("32 bytes are one");
	}

	/// An item of a block's header: behind its index is a root.
	fn log(&mut self, log: &mut DigestItem) {
		if let DigestItem::Consensus(ENGINE_ID, content) = log {
			self.hide(Random::Attested, &mut content[1..33]);
		}
	}

	/// A requester's account, wherever it is. All other accounts are compared.
	fn requesters(&mut self, requesters: &[AccountId], mut bytes: Vec<u8>) -> Vec<u8> {
		for account in requesters {
			let account: &[u8] = account.as_ref();
			let find = |bytes: &[u8]| bytes.windows(32).position(|window| window == account);
			while let Some(at) = find(&bytes) {
				self.hide(Random::Requester, &mut bytes[at..at + 32]);
			}
		}
		bytes
	}
}

/// The accounts that posts of private jobs name, in their order.
pub(super) fn requesters(blocks: &[ShownBlock]) -> Vec<AccountId> {
	let events = blocks.iter().flat_map(|block| &block.events);
	let posted = events.filter_map(|record| match &record.event {
		RuntimeEvent::ConfidentialSettlement(PoolEvent::PrivateJobPosted { requester, .. }) => {
			Some(requester.clone())
		},
		_ => None,
	});
	posted.collect()
}

/// A part of a block.
struct Part {
	/// The name of a call, or what else it is.
	what: String,
	/// For people.
	shown: String,
	/// Before anything was masked.
	length: usize,
	/// After it was.
	bytes: Vec<u8>,
}

impl PartialEq for Part {
	fn eq(&self, other: &Self) -> bool {
		(self.length, &self.bytes) == (other.length, &other.bytes)
	}
}

/// All parts of blocks, and what was masked in them.
fn masked(blocks: &[ShownBlock]) -> (Vec<Vec<Part>>, Hidden) {
	let (requesters, mut mask) = (requesters(blocks), Mask::default());
	let parts = blocks.iter().map(|block| parts(block, &requesters, &mut mask)).collect();
	(parts, mask.hidden)
}

fn parts(block: &ShownBlock, requesters: &[AccountId], mask: &mut Mask) -> Vec<Part> {
	let ShownBlock { header, extrinsics, events } = block;
	let logs = &header.digest.logs;
	let counts = (header.number, logs.len() as u32, extrinsics.len() as u32, events.len() as u32);
	let mut parts = vec![Part {
		what: "block".into(),
		shown: format!("number, logs, extrinsics, events: {counts:?}"),
		length: 0,
		bytes: counts.encode(),
	}];
	for log in logs {
		let (length, mut log) = (log.encoded_size(), log.clone());
		mask.log(&mut log);
		let bytes = mask.requesters(requesters, log.encode());
		parts.push(Part { what: "log".into(), shown: format!("{log:?}"), length, bytes });
	}
	for Extrinsic { sent, call, length } in extrinsics {
		let mut call = call.clone();
		mask.call(&mut call);
		let bytes = mask.requesters(requesters, (sent, &call).encode());
		let CallMetadata { pallet_name, function_name } = call.get_call_metadata();
		parts.push(Part {
			what: format!("{pallet_name}::{function_name}"),
			shown: format!("{sent:?}: {call:?}"),
			length: *length,
			bytes,
		});
	}
	for record in events {
		let (length, mut event) = (record.encoded_size(), record.event.clone());
		mask.event(&mut event);
		let bytes = (&record.phase, &event, &record.topics).encode();
		let bytes = mask.requesters(requesters, bytes);
		let shown = format!("{:?}: {event:?}", record.phase);
		parts.push(Part { what: "event".into(), shown, length, bytes });
	}
	parts
}

/// What differs that should not.
pub(super) struct Difference {
	/// The name of a call, `block`, `log` or `event`.
	pub(super) what: String,
	/// For people: what is masked has numbers.
	pub(super) shown: String,
}

/// How two histories compare.
pub(super) struct Comparison {
	pub(super) differences: Vec<Difference>,
	/// Of the one and of the other: where nothing differs, of the same fields in the same order.
	pub(super) hidden: [Hidden; 2],
}

/// Compares all that is not masked, byte by byte, and the lengths of all that is.
pub(super) fn compare(one: &[ShownBlock], other: &[ShownBlock]) -> Comparison {
	let [(one, hidden_of_one), (other, hidden_of_other)] = [one, other].map(masked);
	let mut differences = Vec::new();
	for block in 0..one.len().max(other.len()) {
		let count = |blocks: &[Vec<Part>]| blocks.get(block).map_or(0, Vec::len);
		for place in 0..count(&one).max(count(&other)) {
			let [left, right] = [&one, &other].map(|blocks| blocks.get(block)?.get(place));
			if left == right {
				continue;
			}
			let [what, shown_left, shown_right] = [
				left.or(right).map(|part| part.what.clone()),
				left.map(|part| part.shown.clone()),
				right.map(|part| part.shown.clone()),
			]
			.map(Option::unwrap_or_default);
			let shown = format!("block {block}, {what}\n  {shown_left}\n  {shown_right}");
			differences.push(Difference { what, shown });
		}
	}
	Comparison { differences, hidden: [hidden_of_one, hidden_of_other] }
}
