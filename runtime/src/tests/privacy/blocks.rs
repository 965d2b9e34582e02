//! What everybody sees of a block, and what a wallet takes of it.

use crate::{tests::chain::blocks_later_seen, *};
use codec::{Decode, Encode};
use frame_system::{EventRecord, Phase};
use pallet_confidential_settlement::{Call as PoolCall, Event as PoolEvent};
use quittance_types::{FieldBytes, SettlementClaims};
use quittance_wallet::{Action, AddedNote, Block as WalletBlock, Call, Ciphertext};
use sp_runtime::generic::Preamble;

/// Who has sent an extrinsic, and all of it that is neither the call nor a signature.
#[derive(Clone, PartialEq, Eq, Debug, Encode)]
pub(super) enum Sent {
	/// The author of the block: an inherent.
	Author,
	/// An account, which has signed it with these extensions.
	Account(AccountId, Vec<u8>),
	/// Nobody: a general transaction, which begins with these bytes.
	Nobody(Vec<u8>),
}

/// What is in a block.
#[derive(Clone)]
pub(super) struct Extrinsic {
	/// By whom it was sent.
	pub(super) sent: Sent,
	/// What it calls.
	pub(super) call: RuntimeCall,
	/// Bytes of all of it.
	pub(super) length: usize,
}

impl Extrinsic {
	fn read(bytes: &[u8]) -> Self {
		let read = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("it is in a block");
		let call = read.function;
		let sent = match read.preamble {
			Preamble::Bare(_) => Sent::Author,
			Preamble::Signed(MultiAddress::Id(account), _, extension) => {
				Sent::Account(account, extension.encode())
			},
			Preamble::Signed(..) => panic!("accounts are named by their ids here"),
			Preamble::General(_) => {
				Sent::Nobody(bytes[..bytes.len() - call.encoded_size()].to_vec())
			},
		};
		Self { sent, call, length: bytes.len() }
	}
}

/// A block, as everybody sees it. Of the header, the roots of state and extrinsics are digests over what else is
/// here, and so is the hash of the block before: they are not compared.
#[derive(Clone)]
pub(super) struct ShownBlock {
	pub(super) header: Header,
	pub(super) extrinsics: Vec<Extrinsic>,
	pub(super) events: Vec<EventRecord<RuntimeEvent, Hash>>,
}

impl ShownBlock {
	/// Ends the block that was started, and starts the one that is so many blocks later.
	pub(super) fn end(blocks: u64) -> Self {
		let count = System::extrinsic_index().unwrap_or_default();
		let extrinsics =
			(0..count).map(|index| Extrinsic::read(&System::extrinsic_data(index))).collect();
		blocks_later_seen(blocks, |header| {
			let (header, events) = (header.clone(), System::events());
			Self { header, extrinsics, events }
		})
	}

	/// What concerns the pool in it. Notes are those of the events, each with what its call has for its owner.
	pub(super) fn for_wallet(&self) -> WalletBlock {
		let (mut calls, mut notes, mut root) = (Vec::new(), Vec::new(), None);
		for record in &self.events {
			let RuntimeEvent::ConfidentialSettlement(event) = &record.event else { continue };
			let call = self.call_of(&record.phase);
			let action = match event {
				PoolEvent::NoteAdded { index, commitment, ciphertext } => {
					let place = ciphertext.map(usize::from);
					let own = place.and_then(|place| ciphertexts(call?).get(place).copied());
					let (index, commitment) = (*index, *commitment);
					let ciphertexts = own.into_iter().collect();
					notes.push(AddedNote { index, commitment, ciphertexts });
					continue;
				},
				PoolEvent::RootRecorded { root: recorded, leaves } => {
					root = Some((*recorded, *leaves));
					continue;
				},
				PoolEvent::Deposited { who, amount, .. } => {
					Action::Deposit { who: who.clone().into(), amount: *amount }
				},
				PoolEvent::Transferred { nullifiers, fee, .. } => {
					Action::Transfer { nullifiers: *nullifiers, fee: *fee }
				},
				PoolEvent::Withdrawn { payee, amount, nullifiers, fee, .. } => Action::Withdrawal {
					nullifiers: *nullifiers,
					payee: payee.clone().into(),
					amount: *amount,
					fee: *fee,
				},
				PoolEvent::PrivateJobPosted { job, offer, paid_in, nullifiers, fee, .. } => {
					Action::PrivateJobPosted {
						job: *job,
						nullifiers: *nullifiers,
						offer: *offer,
						paid_in: *paid_in,
						fee: *fee,
					}
				},
				PoolEvent::Settled { job, .. } => {
					let shown = call.and_then(settlement_of).expect("its call settles the job");
					let (subject, settlement) = shown;
					Action::Settled { job: *job, subject, settlement }
				},
				PoolEvent::EscrowGivenBack { job, .. } => Action::EscrowGivenBack { job: *job },
				_ => continue,
			};
			calls.push(Call { action, notes: std::mem::take(&mut notes) });
		}
		assert!(notes.is_empty(), "an event says why a note was added");
		let Header { number, parent_hash, .. } = self.header;
		let (hash, parent) = (self.header.hash().0, parent_hash.0);
		WalletBlock { number: number.into(), hash, parent, calls, root }
	}

	/// The call that was under way, if any was.
	fn call_of(&self, phase: &Phase) -> Option<&RuntimeCall> {
		let Phase::ApplyExtrinsic(index) = phase else { return None };
		let extrinsic = self.extrinsics.get(*index as usize);
		extrinsic.map(|extrinsic| &extrinsic.call)
	}
}

/// What a call has for the owners of the notes that it makes, in their order.
fn ciphertexts(call: &RuntimeCall) -> Vec<Ciphertext> {
	let RuntimeCall::ConfidentialSettlement(call) = call else { return Vec::new() };
	match call {
		PoolCall::transfer { ciphertexts, .. } => ciphertexts.to_vec(),
		PoolCall::deposit { ciphertext, .. }
		| PoolCall::withdraw { ciphertext, .. }
		| PoolCall::post_private_job { ciphertext, .. }
		| PoolCall::settle { ciphertext, .. } => vec![**ciphertext],
		_ => Vec::new(),
	}
}

/// What the requester of a job needs of its settlement.
fn settlement_of(call: &RuntimeCall) -> Option<(FieldBytes, SettlementClaims)> {
	let RuntimeCall::ConfidentialSettlement(PoolCall::settle { header, claims, .. }) = call else {
		return None;
	};
	Some((header.subject?, claims.settlement))
}
