//! The private jobs that a wallet has posted: what of them is in the chain, and what comes back.

use std::collections::BTreeMap;

use codec::{Decode, Encode, Input};
use quittance_babyjubjub::PublicKey;
use quittance_poseidon::Native;
use quittance_types::{recover_change, FieldBytes, JobId, Note, PrivateOffer, SettlementClaims};

use crate::{ciphertext::Opened, job_secrets::PostSecrets, Happened, JobPrice, Keys};

/// A private job of this wallet's. There is no `Debug`: what a job pays is confidential.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct OwnJob {
	/// The call that was made here, as long as its block is not final.
	made: Option<Made>,
	posted: Option<Posted>,
	ended: Option<Ended>,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Made {
	price: JobPrice,
	/// In job time.
	valid_until: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Posted {
	block: u64,
	job: JobId,
	offer: PrivateOffer,
	escrowed: Option<u64>,
	price: Option<JobPrice>,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Ended {
	block: u64,
	how: JobEnd,
}

/// How a private job ended. Where the amount is `None` what the node said of it does not belong together,
/// and the wallet has no note: scan again from another node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum JobEnd {
	/// The miner was paid, and this is the change, which may be nothing.
	#[codec(index = 0)]
	Settled {
		/// What came back.
		change: Option<u64>,
	},
	/// Nobody was paid, and the escrow is a note again.
	#[codec(index = 1)]
	GivenBack {
		/// What the escrow was worth.
		amount: Option<u64>,
	},
}

/// Where a private job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobStage {
	/// Made here, and in no block that was taken in.
	Made,
	/// In the chain: its escrow waits for whoever does the work.
	Posted,
	/// It has ended.
	Ended(JobEnd),
}

impl OwnJob {
	/// Its number, once it is in a block.
	pub fn job(&self) -> Option<JobId> {
		self.posted.map(|posted| posted.job)
	}

	/// The block that it is in.
	pub fn block(&self) -> Option<u64> {
		self.posted.map(|posted| posted.block)
	}

	/// What the chain has of its payment, once it is in a block.
	pub fn offer(&self) -> Option<PrivateOffer> {
		self.posted.map(|posted| posted.offer)
	}

	/// What it pays. A wallet restored from its seed does not know, see
	/// [`Wallet::recall_price`](crate::Wallet::recall_price).
	pub fn price(&self) -> Option<JobPrice> {
		match self.posted {
			Some(posted) => posted.price,
			None => self.made.map(|made| made.price),
		}
	}

	/// What its escrow is, or was, worth. `None` only where what the node said of the post does not
	/// belong together.
	pub fn escrowed(&self) -> Option<u64> {
		match self.posted {
			Some(posted) => posted.escrowed,
			None => self.made?.price.of_all_units(),
		}
	}

	/// Where it is.
	pub fn stage(&self) -> JobStage {
		match (self.posted, self.ended) {
			(None, _) => JobStage::Made,
			(Some(_), None) => JobStage::Posted,
			(_, Some(ended)) => JobStage::Ended(ended.how),
		}
	}
}

/// All of them, by the first nullifiers of their posts.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct OwnJobs {
	by_post: BTreeMap<FieldBytes, OwnJob>,
	/// Those in the chain by their numbers: made from the others.
	numbers: BTreeMap<JobId, FieldBytes>,
}

impl OwnJobs {
	pub(crate) fn iter(&self) -> impl Iterator<Item = (&FieldBytes, &OwnJob)> {
		self.by_post.iter()
	}

	/// A job in the chain, with the first nullifier of its post.
	pub(crate) fn find(&self, job: JobId) -> Option<(&FieldBytes, &OwnJob)> {
		self.by_post.get_key_value(self.numbers.get(&job)?)
	}

	/// Notes a post that was made here. One with the same first nullifier cannot be in the chain any more.
	pub(crate) fn make(&mut self, nullifier: FieldBytes, price: JobPrice, valid_until: u64) {
		let made = Some(Made { price, valid_until });
		self.by_post.insert(nullifier, OwnJob { made, posted: None, ended: None });
	}

	/// Notes a post that is in a block. `left` is what of the notes spent went neither back nor out of the
	/// pool.
	pub(crate) fn post(
		&mut self,
		keys: &Keys,
		block: u64,
		nullifier: FieldBytes,
		job: JobId,
		offer: PrivateOffer,
		left: Option<u64>,
	) {
		let secrets = keys.of_post(&nullifier);
		let made = self.by_post.get(&nullifier).and_then(|own| own.made);
		// Another one may have been made here with these notes, or by the same wallet elsewhere.
		let opens = |price: &JobPrice| secrets.opening(price).offer::<Native>() == Some(offer);
		let price = made.map(|made| made.price).filter(opens);
		let is_escrow = |value: &u64| {
			offer.escrow == FieldBytes::from(secrets.escrow(*value).commitment::<Native>())
		};
		let escrowed = left.filter(is_escrow).or(price.and_then(|price| price.of_all_units()));
		let posted = Some(Posted { block, job, offer, escrowed, price });
		self.by_post.insert(nullifier, OwnJob { made, posted, ended: None });
		self.numbers.insert(job, nullifier);
	}

	/// Notes a settlement, and returns the note with the change where it is worth something.
	pub(crate) fn settle(
		&mut self,
		keys: &Keys,
		block: u64,
		job: JobId,
		subject: &FieldBytes,
		shown: &SettlementClaims,
		leaf: &FieldBytes,
	) -> Option<Returned> {
		let (secrets, posted, ended) = self.open(keys, job)?;
		let note = change(&secrets, subject, shown, leaf);
		let change = note.map(|note| note.value);
		*ended = Some(Ended { block, how: JobEnd::Settled { change } });
		let (note, change) = (note?, change?);
		let paid = posted.escrowed.and_then(|escrowed| escrowed.checked_sub(change));
		let happened = Happened::PrivateJobSettled { job, paid, change };
		Some(Returned { opened: Opened { note, label: secrets.label }, happened })
	}

	/// Notes that an escrow was given back, and returns the note that it is.
	pub(crate) fn give_back(
		&mut self,
		keys: &Keys,
		block: u64,
		job: JobId,
		leaf: &FieldBytes,
	) -> Option<Returned> {
		let (secrets, posted, ended) = self.open(keys, job)?;
		let amount = posted.escrowed.filter(|_| *leaf == posted.offer.escrow);
		*ended = Some(Ended { block, how: JobEnd::GivenBack { amount } });
		let amount = amount?;
		let opened = Opened { note: secrets.escrow(amount), label: secrets.label };
		Some(Returned { opened, happened: Happened::EscrowReturned { job, amount } })
	}

	/// An own job that has not ended.
	fn open(
		&mut self,
		keys: &Keys,
		job: JobId,
	) -> Option<(PostSecrets, Posted, &mut Option<Ended>)> {
		let nullifier = self.numbers.get(&job)?;
		let own = self.by_post.get_mut(nullifier).filter(|own| own.ended.is_none())?;
		Some((keys.of_post(nullifier), own.posted?, &mut own.ended))
	}

	/// Notes the price of a job in the chain that was made elsewhere.
	pub(crate) fn recall(&mut self, job: JobId, price: JobPrice) {
		let own = self.numbers.get(&job).and_then(|nullifier| self.by_post.get_mut(nullifier));
		if let Some(posted) = own.and_then(|own| own.posted.as_mut()) {
			posted.price = Some(price);
		}
	}

	/// What is final can not become one again that was made and is in no block.
	pub(crate) fn finalise(&mut self, finalised: u64) {
		for own in self.by_post.values_mut() {
			if own.posted.is_some_and(|posted| posted.block <= finalised) {
				own.made = None;
			}
		}
	}

	/// Forgets what came after a block.
	pub(crate) fn roll_back(&mut self, to: u64) {
		self.by_post.retain(|_, own| {
			own.ended = own.ended.filter(|ended| ended.block <= to);
			own.posted = own.posted.filter(|posted| posted.block <= to);
			own.posted.is_some() || own.made.is_some()
		});
		self.number();
	}

	/// Forgets the posts that were made here and can be in no block any more, this being the job time.
	pub(crate) fn expire(&mut self, job_time: u64) {
		let expired = |made: Made| made.valid_until < job_time;
		self.by_post.retain(|_, own| own.posted.is_some() || !own.made.is_some_and(expired));
	}

	/// Forgets a post that was not sent.
	pub(crate) fn release(&mut self, nullifier: &FieldBytes) {
		if self.by_post.get(nullifier).is_some_and(|own| own.posted.is_none()) {
			self.by_post.remove(nullifier);
		}
	}

	fn number(&mut self) {
		let numbered =
			self.by_post.iter().filter_map(|(nullifier, own)| Some((own.job()?, *nullifier)));
		self.numbers = numbered.collect();
	}
}

impl Encode for OwnJobs {
	fn encode(&self) -> Vec<u8> {
		self.by_post.encode()
	}
}

impl Decode for OwnJobs {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		let mut jobs = Self { by_post: BTreeMap::decode(input)?, numbers: BTreeMap::new() };
		jobs.number();
		Ok(jobs)
	}
}

/// What came back of an escrow.
pub(crate) struct Returned {
	pub(crate) opened: Opened,
	pub(crate) happened: Happened,
}

/// The note with the change, which has this leaf. The proof of a settlement leaves no choice: where there is
/// none, these are not a settlement's.
fn change(
	secrets: &PostSecrets,
	subject: &FieldBytes,
	shown: &SettlementClaims,
	leaf: &FieldBytes,
) -> Option<Note> {
	let [x, y] = shown.ephemeral_key;
	let ephemeral = PublicKey::new(x.to_field()?, y.to_field()?).ok()?;
	recover_change::<Native>(
		&secrets.change_key.shared(&ephemeral),
		subject.to_field()?,
		secrets.owner,
		leaf.to_field()?,
		shown.encrypted_change.to_field()?,
	)
}
