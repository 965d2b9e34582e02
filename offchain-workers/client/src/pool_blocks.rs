//! What wallets need of a block: the notes that were added in it, with the ciphertexts that are for their owners.
//!
//! Events say which notes there are, in the order of the tree. The ciphertexts are arguments of calls, and a deposit
//! can be a call within calls. A ciphertext is bound to its note's commitment, which the chain computes for a deposit
//! and so does this: of all that a transaction carries, a note gets what was beside its own commitment.

use crate::{
	api::{self, runtime_types::pallet_confidential_settlement::pallet::Call as Notes},
	nested_calls::calls_of,
	AccountId, Block, ClientError, Event, View,
};
use quittance_poseidon::Native;
use quittance_types::{
	deposit_commitment, FieldBytes, JobId, PrivateOffer, SettlementClaims, NOTE_CIPHERTEXT_BYTES,
};
use std::collections::{BTreeMap, BTreeSet};
use subxt::{config::substrate::H256, events::Phase, ext::scale_decode::DecodeAsType, Metadata};

/// The pallet's name.
pub(crate) const PALLET: &str = "ConfidentialSettlement";

/// Most ciphertexts that are tried for a note. More than one there are only where somebody makes one commitment more
/// than once in one transaction, with other ciphertexts.
pub const MAX_CIPHERTEXTS: usize = 8;

/// A note, encrypted to its owner.
pub type NoteCiphertext = [u8; NOTE_CIPHERTEXT_BYTES];

/// What concerns the pool in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolBlock {
	/// The block.
	pub block: Block,
	/// Hash of the block before it.
	pub parent: [u8; 32],
	/// What was done to the pool, in order.
	pub calls: Vec<PoolCall>,
	/// The root that was recorded when it ended, with the number of leaves under it, where notes were added.
	pub root: Option<(FieldBytes, u64)>,
}

/// One thing that was done to the pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolCall {
	/// What it was.
	pub action: PoolAction,
	/// The notes that it added, in order.
	pub notes: Vec<PoolNote>,
}

/// What was done beside adding notes. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolAction {
	/// Money came in.
	Deposit {
		/// Who paid.
		who: AccountId,
		/// How much.
		amount: u128,
	},
	/// Notes were spent and made.
	Transfer {
		/// The nullifiers of those spent.
		nullifiers: [FieldBytes; 2],
		/// What left the pool.
		fee: u128,
	},
	/// Money went out.
	Withdrawal {
		/// The nullifiers of the notes spent.
		nullifiers: [FieldBytes; 2],
		/// Who was paid.
		payee: AccountId,
		/// How much.
		amount: u128,
		/// What left the pool beside it.
		fee: u128,
	},
	/// Notes were spent for the escrow of a private job.
	PrivateJobPosted {
		/// The job.
		job: JobId,
		/// The nullifiers of the notes spent, in the order of the call.
		nullifiers: [FieldBytes; 2],
		/// What is offered.
		offer: PrivateOffer,
		/// What the requester's account got.
		paid_in: u128,
		/// What left the pool beside it.
		fee: u128,
	},
	/// The escrow of a private job was divided. The first note is the miner's, the second the change.
	Settled {
		/// The job.
		job: JobId,
		/// What the work is: `subject` of the call's header.
		subject: FieldBytes,
		/// What the call shows.
		settlement: SettlementClaims,
	},
	/// An escrow became a note again.
	EscrowGivenBack {
		/// The job.
		job: JobId,
	},
	/// Notes were added by something that this program does not know.
	Other,
}

/// A note that was added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolNote {
	/// Its place in the tree.
	pub index: u64,
	/// Its commitment.
	pub commitment: FieldBytes,
	/// What was beside this commitment in the transaction: at most [`MAX_CIPHERTEXTS`], each once. None where it is
	/// the chain itself that adds a note.
	pub ciphertexts: Vec<NoteCiphertext>,
}

/// What a transaction carries for wallets.
#[derive(Default, Debug)]
struct Carried {
	/// Ciphertexts by the commitments that they are for.
	ciphertexts: BTreeMap<[u8; 32], Vec<NoteCiphertext>>,
	/// What settlements show, with the subjects of their headers, by their jobs.
	settlements: BTreeMap<JobId, (FieldBytes, SettlementClaims)>,
}

impl Carried {
	fn offer(&mut self, commitment: FieldBytes, ciphertext: NoteCiphertext) {
		let beside = self.ciphertexts.entry(commitment.0).or_default();
		if beside.len() < MAX_CIPHERTEXTS && !beside.contains(&ciphertext) {
			beside.push(ciphertext);
		}
	}

	fn settle(
		&mut self,
		job: JobId,
		subject: Option<FieldBytes>,
		settlement: SettlementClaims,
		ciphertext: NoteCiphertext,
	) {
		self.offer(settlement.payee, ciphertext);
		// Without a subject it was refused.
		if let Some(subject) = subject {
			self.settlements.insert(job, (subject, settlement));
		}
	}
}

impl View {
	/// What concerns the pool in this block.
	pub async fn pool_block(&self) -> Result<PoolBlock, ClientError> {
		let block = self.block();
		let parent = self.chain().header(H256(block.hash)).await?.parent_hash.0;
		let happened = self.pool_events().await?;
		let bodies = self.adding(&happened).await?;
		let metadata = self.client().metadata_ref();
		let offered = bodies.iter().map(|(index, body)| Ok((*index, carried(metadata, body)?)));
		let offered = offered.collect::<Result<_, ClientError>>()?;
		let (calls, root) = assemble(happened, &offered);
		Ok(PoolBlock { block, parent, calls, root })
	}

	/// The pool's events, with the transactions that they are of.
	pub(crate) async fn pool_events(&self) -> Result<Vec<(Option<u32>, Event)>, ClientError> {
		let metadata = self.client().metadata_ref();
		let events = self.client().events().fetch().await.map_err(ClientError::chain)?;
		let mut happened = Vec::new();
		for event in events.iter() {
			let event = event.map_err(ClientError::chain)?;
			if event.pallet_name() != PALLET {
				continue;
			}
			let transaction = match event.phase() {
				Phase::ApplyExtrinsic(index) => Some(index),
				Phase::Initialization | Phase::Finalization => None,
			};
			happened.push((transaction, Event::decode(metadata, &event)?));
		}
		Ok(happened)
	}

	/// The transactions that have added notes by what happened, with their places in the block.
	pub(crate) async fn adding(
		&self,
		happened: &[(Option<u32>, Event)],
	) -> Result<BTreeMap<u32, Vec<u8>>, ClientError> {
		let adding: BTreeSet<u32> = happened
			.iter()
			.filter(|(_, event)| matches!(event, Event::NoteAdded { .. }))
			.filter_map(|(transaction, _)| *transaction)
			.collect();
		if adding.is_empty() {
			return Ok(BTreeMap::new());
		}
		let mut bodies = self.chain().transactions(self.block()).await?;
		let body = |index: u32| {
			let body = usize::try_from(index).ok().and_then(|index| bodies.get_mut(index));
			let body = body.map(std::mem::take).ok_or_else(|| {
				let detail = format!("events of transaction {index} do not match its block");
				ClientError::Unexpected(detail)
			})?;
			Ok((index, body))
		};
		adding.into_iter().map(body).collect()
	}

	/// The number of leaves of the tree of notes when this block ended: where it is that of an earlier block of the same
	/// chain, nothing concerns the pool in the blocks between.
	pub async fn note_leaves(&self) -> Result<u64, ClientError> {
		let recorded = self
			.client()
			.storage()
			.fetch(api::storage().confidential_settlement().recorded_roots(), ())
			.await
			.map_err(ClientError::chain)?;
		Ok(recorded.decode().map_err(ClientError::chain)?.leaves)
	}

	/// The tree of notes without its leaves: their number, and the roots of the largest full subtrees, the leftmost
	/// first.
	pub async fn note_tree(&self) -> Result<(u64, Vec<FieldBytes>), ClientError> {
		let tree = self
			.client()
			.storage()
			.fetch(api::storage().confidential_settlement().note_tree(), ())
			.await
			.map_err(ClientError::chain)?;
		let tree = tree.decode().map_err(ClientError::chain)?;
		Ok((tree.leaves, tree.nodes.0.into_iter().map(|node| node.0).collect()))
	}
}

/// What a transaction carries, however deep.
fn carried(metadata: &Metadata, transaction: &[u8]) -> Result<Carried, ClientError> {
	let odd = |reason: String| {
		ClientError::Unexpected(format!("a transaction that adds notes cannot be read: {reason}"))
	};
	let ty = metadata.pallet_by_name(PALLET).and_then(|pallet| pallet.call_ty_id());
	let ty = ty.ok_or_else(|| odd(format!("there are no calls of {PALLET}")))?;
	let mut carried = Carried::default();
	for mut call in calls_of(metadata, PALLET, transaction).map_err(odd)? {
		let call = Notes::decode_as_type(&mut call, ty, metadata.types());
		match call.map_err(|error| odd(error.to_string()))? {
			Notes::deposit { amount, inner, ciphertext } => {
				// One that is refused adds no note.
				if let Ok(commitment) = deposit_commitment::<Native>(amount, &inner.0) {
					carried.offer(commitment, *ciphertext);
				}
			},
			Notes::transfer { claims, ciphertexts, .. } => {
				let made = claims.0.commitments.into_iter().zip(*ciphertexts);
				made.for_each(|(commitment, ciphertext)| carried.offer(commitment, ciphertext));
			},
			Notes::withdraw { claims, ciphertext, .. } => {
				carried.offer(claims.0.change, *ciphertext)
			},
			Notes::post_private_job { claims, ciphertext, .. } => {
				carried.offer(claims.0.change, *ciphertext)
			},
			Notes::settle { header, job, claims, ciphertext, .. } => {
				let subject = header.subject.map(|subject| subject.0);
				carried.settle(job, subject, claims.0.settlement, *ciphertext);
			},
			Notes::settle_verdict { header, job, claims, ciphertext, .. } => {
				let subject = header.subject.map(|subject| subject.0);
				carried.settle(job, subject, claims.0.settlement, *ciphertext);
			},
			Notes::set_circuit { .. }
			| Notes::set_auditor { .. }
			| Notes::clear_auditor
			| Notes::pause
			| Notes::resume => {},
		}
	}
	Ok(carried)
}

/// Puts the pool's events of a block together. The notes of a call come before the event that says what it did.
fn assemble(
	happened: Vec<(Option<u32>, Event)>,
	carried: &BTreeMap<u32, Carried>,
) -> (Vec<PoolCall>, Option<(FieldBytes, u64)>) {
	let (mut calls, mut root) = (Vec::new(), None);
	let (mut notes, mut place) = (Vec::new(), None);
	for (transaction, event) in happened {
		// What no event explains is something else, and not of the transaction that comes next.
		if transaction != place && !notes.is_empty() {
			let notes = std::mem::take(&mut notes);
			calls.push(PoolCall { action: PoolAction::Other, notes });
		}
		place = transaction;
		let action = match event {
			Event::NoteAdded { index, commitment, .. } => {
				let beside = transaction
					.and_then(|index| carried.get(&index)?.ciphertexts.get(&commitment.0));
				let ciphertexts = beside.cloned().unwrap_or_default();
				notes.push(PoolNote { index, commitment, ciphertexts });
				continue;
			},
			Event::RootRecorded { root: recorded, leaves } => {
				root = Some((recorded, leaves));
				continue;
			},
			Event::Deposited { who, amount, .. } => PoolAction::Deposit { who, amount },
			Event::Transferred { nullifiers, fee, .. } => PoolAction::Transfer { nullifiers, fee },
			Event::Withdrawn { payee, amount, nullifiers, fee, .. } => {
				PoolAction::Withdrawal { nullifiers, payee, amount, fee }
			},
			Event::PrivateJobPosted { job, offer, paid_in, nullifiers, fee, .. } => {
				PoolAction::PrivateJobPosted { job, nullifiers, offer, paid_in, fee }
			},
			Event::Settled { job, .. } => {
				let shown =
					transaction.and_then(|index| carried.get(&index)?.settlements.get(&job));
				match shown {
					Some(&(subject, settlement)) => {
						PoolAction::Settled { job, subject, settlement }
					},
					None => PoolAction::Other,
				}
			},
			Event::EscrowGivenBack { job, .. } => PoolAction::EscrowGivenBack { job },
			_ => continue,
		};
		calls.push(PoolCall { action, notes: std::mem::take(&mut notes) });
	}
	if !notes.is_empty() {
		calls.push(PoolCall { action: PoolAction::Other, notes });
	}
	(calls, root)
}

#[cfg(test)]
mod tests;
