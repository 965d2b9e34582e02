//! What a wallet knows of the chain: its notes, where they are in the tree, and what happened.

use std::collections::{BTreeMap, HashMap};

use ark_bn254::Fr;
use codec::{Decode, Encode};
use quittance_poseidon::{Frontier, Native};
use quittance_types::FieldBytes;
use rayon::prelude::*;

use crate::{
	ciphertext::{open, Opened},
	own_jobs::{OwnJobs, Returned},
	tree::{forget, Edge, Siblings, NOTHING},
	Action, Block, Call, Entry, Happened, Keys, Label, Period, PeriodKey, Reader,
};

/// Most blocks that can be taken back. A chain whose finality lags more makes the wallet begin anew
/// when it is reorganised that deeply.
pub const MAX_ROLLBACK: usize = 256;

/// Why blocks were not taken in. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
	/// The wallet belongs to other keys.
	#[error("this wallet was made with other keys: open the one that belongs to these")]
	OtherKeys,
	/// A block came out of order.
	#[error("block {found} came after block {last}: give blocks in ascending order")]
	OutOfOrder {
		/// The last block that was taken in.
		last: u64,
		/// The block that came.
		found: u64,
	},
	/// The block before is another one than was taken in.
	#[error("block {number} is not the one that was scanned: roll back to a block that still is")]
	Reorganised {
		/// The block that is not there any more.
		number: u64,
	},
	/// Leaves are missing or there twice.
	#[error("block {block} adds leaf {found} where {expected} comes next: fetch the blocks between again, whole")]
	LeafGap {
		/// The block.
		block: u64,
		/// The place that is next.
		expected: u64,
		/// The place that was given.
		found: u64,
	},
	/// A commitment is no field element.
	#[error("the commitment of leaf {index} is no field element: ask another node")]
	Commitment {
		/// The leaf.
		index: u64,
	},
	/// A block that adds notes comes without its root.
	#[error("block {0} adds notes and comes without its root: give the event RootRecorded too")]
	MissingRoot(u64),
	/// The root counts other leaves than there are.
	#[error("the root of block {block} is over {found} leaves, {expected} are there: fetch the block again, whole")]
	LeafCount {
		/// The block.
		block: u64,
		/// Leaves that are there.
		expected: u64,
		/// Leaves that the root counts.
		found: u64,
	},
	/// The tree is not the chain's.
	#[error("the tree up to block {0} has another root than the chain's: a leaf is wrong, scan anew from another node")]
	OtherRoot(u64),
	/// More leaves than the tree has places.
	#[error("the tree has no room for the leaves of block {0}: ask another node")]
	TreeFull(u64),
}

/// Why a wallet could not go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollbackError {
	/// What is there begins later: blocks before are final, or too long ago.
	#[error("cannot go back to block {to}, only to {oldest}: restore the wallet from its seed")]
	TooDeep {
		/// Where to.
		to: u64,
		/// The earliest block that is possible.
		oldest: u64,
	},
}

/// A note of this wallet.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct OwnNote {
	/// The amount.
	pub value: u64,
	pub(crate) owner: FieldBytes,
	pub(crate) rho: FieldBytes,
	label: [u8; Label::BYTES],
	/// The block that it was made in.
	pub block: u64,
	/// What is shown when it is spent. Only its owner has that.
	nullifier: Option<FieldBytes>,
	/// The block in which it was spent, as far as that is seen.
	pub spent: Option<u64>,
	/// As long as it can be spent: what is known of its path.
	pub(crate) siblings: Option<Box<Siblings>>,
}

impl OwnNote {
	/// The label of the address that it was paid to.
	pub fn label(&self) -> Label {
		Label(self.label)
	}
}

/// The end of a block, to which the wallet can go back.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
struct Checkpoint {
	number: u64,
	hash: [u8; 32],
	edge: Edge,
}

/// What a wallet has, by what can be done with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Balance {
	/// Can be spent now.
	pub available: u64,
	/// Is in blocks that are not final yet.
	pub waiting: u64,
	/// Is in calls that were made here and are in no block yet.
	pub reserved: u64,
}

/// A wallet's view of the chain, without its keys. It has no `Debug`: amounts are confidential.
///
/// Whoever scans with a view key has all its notes in it and does not learn which are spent.
#[derive(Clone, PartialEq, Eq)]
pub struct Wallet {
	identity: [u8; 32],
	sees_spending: bool,
	/// In ascending order, one at least. The first is final, or where the wallet began.
	checkpoints: Vec<Checkpoint>,
	notes: BTreeMap<u64, OwnNote>,
	history: Vec<Entry>,
	finalised: u64,
	/// Notes in calls that were made here, with the job time until which those are valid.
	reserved: BTreeMap<u64, u64>,
	pub(crate) jobs: OwnJobs,
	/// Places of the notes by their nullifiers: made from `notes`. Two notes have two nullifiers.
	places: BTreeMap<FieldBytes, u64>,
}

impl Wallet {
	/// A wallet that has seen nothing, and has to be given every block that concerns the pool.
	pub fn new(reader: Reader<'_>) -> Self {
		let hash = *reader.genesis();
		Self::at(reader, Checkpoint { number: 0, hash, edge: Edge::default() })
	}

	/// A wallet that was made after this block, and finds only what came later. The edge is what the
	/// chain has stored of its tree at the end of this block. `None` if it is none.
	pub fn born_at(
		reader: Reader<'_>,
		number: u64,
		hash: [u8; 32],
		edge: &Frontier,
	) -> Option<Self> {
		let edge = Edge::from_frontier(edge)?;
		Some(Self::at(reader, Checkpoint { number, hash, edge }))
	}

	fn at(reader: Reader<'_>, start: Checkpoint) -> Self {
		Self {
			identity: reader.identity(),
			sees_spending: reader.sees_spending(),
			finalised: start.number,
			checkpoints: vec![start],
			notes: BTreeMap::new(),
			history: Vec::new(),
			reserved: BTreeMap::new(),
			jobs: OwnJobs::default(),
			places: BTreeMap::new(),
		}
	}

	/// Whether these are the keys that it was made with.
	pub fn belongs_to(&self, reader: Reader<'_>) -> bool {
		self.identity == reader.identity()
	}

	/// Number and hash of the last block that was taken in.
	pub fn position(&self) -> (u64, [u8; 32]) {
		let last = self.last();
		(last.number, last.hash)
	}

	/// The blocks to which it can go back, the last one first. To follow a reorganisation roll back
	/// to the first of them that the chain still has, then scan on.
	pub fn positions(&self) -> impl Iterator<Item = (u64, [u8; 32])> + '_ {
		self.checkpoints.iter().rev().map(|at| (at.number, at.hash))
	}

	/// The last block known to be final.
	pub fn finalised(&self) -> u64 {
		self.finalised
	}

	/// Number of leaves that were seen.
	pub fn leaves(&self) -> u64 {
		self.last().edge.leaves()
	}

	/// All notes, spent ones too, by their places in the tree.
	pub fn notes(&self) -> impl Iterator<Item = (u64, &OwnNote)> {
		self.notes.iter().map(|(index, note)| (*index, note))
	}

	/// What happened, the first first.
	pub fn history(&self) -> &[Entry] {
		&self.history
	}

	/// Whether it sees which notes are spent. Where it does not, a balance is what was received.
	pub fn sees_spending(&self) -> bool {
		self.sees_spending
	}

	/// What it has.
	pub fn balance(&self) -> Balance {
		let mut balance = Balance::default();
		for (index, note) in self.unspent() {
			let part = if self.reserved.contains_key(&index) {
				&mut balance.reserved
			} else if self.is_final(index) {
				&mut balance.available
			} else {
				&mut balance.waiting
			};
			// The chain has no more than 2^128 units; a wallet of more than 2^64 shows that many.
			*part = part.saturating_add(note.value);
		}
		balance
	}

	/// Takes in blocks in ascending order, from the one after [`Wallet::position`] on. `finalised` is
	/// the last block that is known to be final; notes in later ones are not spent.
	///
	/// All threads of the pool that it is called in take part. Some thousand notes at once are best.
	///
	/// # Errors
	///
	/// [`ScanError`]; then nothing has changed.
	pub fn scan(
		&mut self,
		reader: Reader<'_>,
		blocks: &[Block],
		finalised: u64,
	) -> Result<(), ScanError> {
		if !self.belongs_to(reader) {
			return Err(ScanError::OtherKeys);
		}
		let Some(last) = blocks.last() else {
			self.finalise(finalised);
			return Ok(());
		};
		let leaves = self.checked(blocks)?;

		let mut edge = self.last().edge.clone();
		let (found, layers) = rayon::join(|| find(reader, blocks), || edge.append(&leaves));
		let layers = layers.ok_or(ScanError::TreeFull(last.number))?;
		// One root for all blocks: where the last one is the chain's, all leaves are.
		if let Some((block, root)) =
			blocks.iter().rev().find_map(|block| Some((block.number, block.root?.0)))
		{
			if FieldBytes::from(edge.root()) != root {
				return Err(ScanError::OtherRoot(block));
			}
		}

		let mut found: HashMap<u64, Opened> = found.into_iter().collect();
		let mut seen = self.last().edge.leaves();
		let finalised = finalised.max(self.finalised);
		for (place, block) in blocks.iter().enumerate() {
			for call in &block.calls {
				self.take_in(reader, block.number, call, &mut found);
				seen += call.notes.len() as u64;
			}
			// What is final needs no way back but to its last block.
			let next = blocks.get(place + 1);
			if block.number > finalised || next.is_none_or(|next| next.number > finalised) {
				let edge = layers.edge_at(seen);
				self.checkpoints.push(Checkpoint { number: block.number, hash: block.hash, edge });
			}
		}
		for (index, note) in &mut self.notes {
			if let Some(siblings) = &mut note.siblings {
				layers.note(*index, siblings);
			}
		}
		self.finalise(finalised);
		Ok(())
	}

	/// Says which block is final, where no new one came.
	pub fn finalise(&mut self, finalised: u64) {
		self.finalised = self.finalised.max(finalised);
		let finalised = self.finalised;
		let base = self.checkpoints.partition_point(|at| at.number <= finalised);
		self.checkpoints.drain(..base.saturating_sub(1));
		// The first one stays: what is spent is proven with it.
		let excess = self.checkpoints.len().saturating_sub(MAX_ROLLBACK + 1);
		self.checkpoints.drain(1..1 + excess);
		for (index, note) in &mut self.notes {
			if note.spent.is_some_and(|block| block <= finalised) {
				note.siblings = None;
				self.reserved.remove(index);
			}
		}
		self.jobs.finalise(finalised);
	}

	/// Forgets all that came after a block. [`Wallet::position`] is then this block, or the last one
	/// before it that was kept: scan on from there.
	///
	/// # Errors
	///
	/// [`RollbackError::TooDeep`]; then nothing has changed.
	pub fn roll_back(&mut self, to: u64) -> Result<(), RollbackError> {
		let keep = self.checkpoints.partition_point(|at| at.number <= to);
		if keep == 0 {
			return Err(RollbackError::TooDeep { to, oldest: self.checkpoints[0].number });
		}
		self.checkpoints.truncate(keep);
		// Where not every block was given, or kept, it is an earlier one.
		let (to, _) = self.position();
		let leaves = self.leaves();
		self.notes.retain(|index, _| *index < leaves);
		for (index, note) in &mut self.notes {
			note.spent = note.spent.filter(|block| *block <= to);
			if let Some(siblings) = &mut note.siblings {
				forget(*index, leaves, siblings);
			}
		}
		self.history.retain(|entry| entry.block <= to);
		self.reserved.retain(|index, _| *index < leaves);
		self.places.retain(|_, index| *index < leaves);
		self.jobs.roll_back(to);
		Ok(())
	}

	/// Keeps notes out of other calls until this job time.
	pub(crate) fn reserve(&mut self, indices: impl IntoIterator<Item = u64>, valid_until: u64) {
		self.reserved.extend(indices.into_iter().map(|index| (index, valid_until)));
	}

	/// Frees the notes of calls that can be in no block any more, since job time has passed their
	/// `valid_until` in the last final block.
	pub fn release_expired(&mut self, job_time: u64) {
		self.reserved.retain(|_, valid_until| *valid_until >= job_time);
		self.jobs.expire(job_time);
	}

	/// Frees the notes of a call that was not sent. One that was sent must not be released before it
	/// has expired: a second call with the same notes has the same nullifiers, so that everybody sees
	/// that the two are of one wallet.
	pub fn release(&mut self, indices: impl IntoIterator<Item = u64>) {
		for index in indices {
			self.reserved.remove(&index);
			if let Some(nullifier) = self.notes.get(&index).and_then(|note| note.nullifier) {
				self.jobs.release(&nullifier);
			}
		}
	}

	/// The notes that a call can spend now, with the final edge of the tree.
	pub(crate) fn spendable(&self) -> (&Edge, Vec<(u64, &OwnNote)>) {
		let notes = self
			.unspent()
			.filter(|(index, _)| self.is_final(*index) && !self.reserved.contains_key(index))
			.collect();
		(&self.checkpoints[0].edge, notes)
	}

	fn unspent(&self) -> impl Iterator<Item = (u64, &OwnNote)> {
		self.notes().filter(|(_, note)| note.spent.is_none())
	}

	fn is_final(&self, index: u64) -> bool {
		let base = &self.checkpoints[0];
		base.number <= self.finalised && index < base.edge.leaves()
	}

	fn last(&self) -> &Checkpoint {
		self.checkpoints.last().expect("there is one at least; qed")
	}

	/// The leaves of blocks that go on where this wallet is.
	fn checked(&self, blocks: &[Block]) -> Result<Vec<Fr>, ScanError> {
		let (mut last, mut hash) = self.position();
		let before = self.leaves();
		let mut leaves = Vec::new();
		for block in blocks {
			let found = block.number;
			if found <= last {
				return Err(ScanError::OutOfOrder { last, found });
			}
			if found == last + 1 && block.parent != hash {
				return Err(ScanError::Reorganised { number: last });
			}
			(last, hash) = (found, block.hash);
			let mut adds = false;
			for note in block.calls.iter().flat_map(|call| &call.notes) {
				let expected = before + leaves.len() as u64;
				if note.index != expected {
					return Err(ScanError::LeafGap { block: found, expected, found: note.index });
				}
				let leaf = note.commitment.to_field();
				leaves.push(leaf.ok_or(ScanError::Commitment { index: note.index })?);
				adds = true;
			}
			match block.root {
				Some((_, found)) if found != before + leaves.len() as u64 => {
					let expected = before + leaves.len() as u64;
					return Err(ScanError::LeafCount { block: block.number, expected, found });
				},
				None if adds => return Err(ScanError::MissingRoot(found)),
				_ => {},
			}
		}
		Ok(leaves)
	}

	/// Notes what a call did to this wallet.
	fn take_in(
		&mut self,
		reader: Reader<'_>,
		block: u64,
		call: &Call,
		found: &mut HashMap<u64, Opened>,
	) {
		let (mut made, mut own, mut spent) = (0u128, 0u128, 0u128);
		for nullifier in call.action.nullifiers() {
			let note = self.places.get(nullifier).and_then(|index| self.notes.get_mut(index));
			if let Some(note) = note.filter(|note| note.spent.is_none()) {
				note.spent = Some(block);
				spent += u128::from(note.value);
			}
		}
		for added in &call.notes {
			let Some(opened) = found.remove(&added.index) else { continue };
			let Opened { note, label } = &opened;
			made += u128::from(note.value);
			if label.is_own() {
				own += u128::from(note.value);
			}
			self.add(reader, block, added.index, opened);
		}

		let job = match reader {
			Reader::Owner(keys) => self.follow_job(keys, block, call, spent.checked_sub(made)),
			_ => None,
		};

		let sees = self.sees_spending;
		let mut happened = |what| self.history.push(Entry { block, what });
		match call.action {
			Action::Deposit { who, .. } if made > 0 => {
				happened(Happened::Deposited { by: who, amount: narrow(made) });
			},
			Action::Withdrawal { payee, amount, fee, .. } if spent > 0 => {
				let (amount, fee) = (narrow(amount), narrow(fee));
				happened(Happened::Withdrawn { payee, amount, fee });
			},
			Action::Transfer { fee, .. } if spent > 0 && spent >= made.saturating_add(fee) => {
				let (amount, fee) = (narrow(spent - made - fee), narrow(fee));
				happened(match amount {
					0 => Happened::Joined { fee },
					_ => Happened::Sent { amount, fee },
				});
			},
			Action::PrivateJobPosted { job, paid_in, fee, .. } if spent > 0 => {
				let gone = made.saturating_add(paid_in).saturating_add(fee);
				let escrowed = narrow(spent.saturating_sub(gone));
				let (paid_in, fee) = (narrow(paid_in), narrow(fee));
				happened(Happened::PrivateJobPosted { job, escrowed, paid_in, fee });
			},
			Action::Settled { job, .. } if made > 0 => {
				happened(Happened::Earned { job, amount: narrow(made) });
			},
			Action::Settled { .. } | Action::EscrowGivenBack { .. } => {},
			_ => {
				// Who does not see what is spent tells change from income by the label.
				let income = if sees { made.saturating_sub(spent) } else { made - own };
				if income > 0 {
					happened(Happened::Received { amount: narrow(income) });
				}
				if !sees && own > 0 {
					happened(Happened::Change { amount: narrow(own) });
				}
			},
		}
		if let Some(job) = job {
			happened(job);
		}
	}

	/// Notes a note of this wallet's.
	fn add(&mut self, reader: Reader<'_>, block: u64, index: u64, opened: Opened) {
		let Opened { note, label } = opened;
		let nullifier = match reader {
			Reader::Owner(keys) => {
				Some(FieldBytes::from(keys.nullifier(note.commitment::<Native>(), index)))
			},
			_ => None,
		};
		if let Some(nullifier) = nullifier {
			self.places.insert(nullifier, index);
		}
		let own = OwnNote {
			value: note.value,
			owner: note.owner.into(),
			rho: note.rho.into(),
			label: label.0,
			block,
			nullifier,
			spent: None,
			siblings: self.sees_spending.then(|| Box::new(NOTHING)),
		};
		self.notes.insert(index, own);
	}

	/// Notes what a call did to the private jobs of this wallet, with what came back of an escrow. `left` is
	/// what of the notes spent did not come back at once.
	fn follow_job(
		&mut self,
		keys: &Keys,
		block: u64,
		call: &Call,
		left: Option<u128>,
	) -> Option<Happened> {
		let (leaf, returned) = match call.action {
			Action::PrivateJobPosted { job, nullifiers: [first, _], offer, paid_in, fee } => {
				// Nobody else can show this nullifier. Whoever copies an offer has not posted our job.
				if self.places.contains_key(&first) {
					let left = left.and_then(|left| left.checked_sub(paid_in.checked_add(fee)?));
					let left = left.and_then(|left| u64::try_from(left).ok());
					self.jobs.post(keys, block, first, job, offer, left);
				}
				return None;
			},
			Action::Settled { job, subject, settlement } => {
				let leaf = call.notes.get(1)?;
				let leaf_of = &leaf.commitment;
				(leaf, self.jobs.settle(keys, block, job, &subject, &settlement, leaf_of)?)
			},
			Action::EscrowGivenBack { job } => {
				let leaf = call.notes.first()?;
				(leaf, self.jobs.give_back(keys, block, job, &leaf.commitment)?)
			},
			_ => return None,
		};
		let Returned { opened, happened } = returned;
		// Change of nothing is passed over, as everywhere.
		if opened.note.value > 0 {
			self.add(Reader::Owner(keys), block, leaf.index, opened);
		}
		Some(happened)
	}
}

/// An amount of the history. It is below 2^65, and what is at hand has been in notes or calls of 64 bits.
fn narrow(amount: u128) -> u64 {
	u64::try_from(amount).unwrap_or(u64::MAX)
}

/// The notes among what blocks add that are for this reader and worth something.
fn find(reader: Reader<'_>, blocks: &[Block]) -> Vec<(u64, Opened)> {
	let mut keys: HashMap<Period, Option<PeriodKey>> = HashMap::new();
	for period in blocks.iter().flat_map(|block| Period::searched_at(block.number)) {
		keys.entry(period).or_insert_with(|| reader.period(period));
	}
	let added: Vec<_> = blocks
		.iter()
		.flat_map(|block| {
			let notes = block.calls.iter().flat_map(|call| &call.notes);
			notes.map(|note| (block.number, note))
		})
		.collect();
	added
		.par_iter()
		.filter_map(|(block, added)| {
			let ciphertext = added.ciphertext.as_ref()?;
			let opened = Period::searched_at(*block).find_map(|period| {
				let key = keys.get(&period)?.as_ref()?;
				open(ciphertext, &added.commitment, &key.secret, &key.genesis).ok()
			})?;
			let mine = match reader {
				// A payer that wrote another owner key than the label's made a note that nobody can
				// spend.
				Reader::Owner(keys) => keys.owner(opened.label) == opened.note.owner,
				_ => true,
			};
			(mine && opened.note.value > 0).then_some((added.index, opened))
		})
		.collect()
}

/// All fields that there were before private jobs, but `places`, which is made again.
type Stored =
	([u8; 32], bool, Vec<Checkpoint>, BTreeMap<u64, OwnNote>, Vec<Entry>, u64, BTreeMap<u64, u64>);

impl Encode for Wallet {
	fn encode(&self) -> Vec<u8> {
		let Self {
			identity,
			sees_spending,
			checkpoints,
			notes,
			history,
			finalised,
			reserved,
			jobs,
			places: _,
		} = self;
		(identity, sees_spending, checkpoints, notes, history, finalised, reserved, jobs).encode()
	}
}

impl Decode for Wallet {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let mut wallet = Self::decode_without_jobs(input)?;
		wallet.jobs = OwnJobs::decode(input)?;
		Ok(wallet)
	}
}

impl Wallet {
	/// A wallet as it was encoded when there were no private jobs.
	pub(crate) fn decode_without_jobs<I: codec::Input>(
		input: &mut I,
	) -> Result<Self, codec::Error> {
		let (identity, sees_spending, checkpoints, notes, history, finalised, reserved) =
			Stored::decode(input)?;
		if checkpoints.is_empty() {
			return Err("a wallet without a position".into());
		}
		let places = notes
			.iter()
			.filter_map(|(index, note): (&u64, &OwnNote)| Some((note.nullifier?, *index)))
			.collect();
		Ok(Self {
			identity,
			sees_spending,
			checkpoints,
			notes,
			history,
			finalised,
			reserved,
			jobs: OwnJobs::default(),
			places,
		})
	}
}
