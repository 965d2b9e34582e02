//! Posting a private job: everything but the proof.

use ark_bn254::Fr;
use codec::Encode;
use quittance_circuits::{
	join_split::WitnessError,
	post_private_job::{self, PostPrivateJobWitness, PublicSignals},
	Assignment,
};
use quittance_envelopes::CryptoRng;
use quittance_poseidon::Native;
use quittance_types::{
	CircuitId, EscrowOpening, FieldBytes, Header, JobId, NotePairAudit, PrivateJobClaims,
	PrivateJobError,
};
use zeroize::{Zeroize, Zeroizing};

use crate::{
	audit::Shown,
	own_jobs::{JobStage, OwnJob},
	spend::{forget, header, make, own_address, Order},
	Ciphertext, JobPrice, Keys, Pool, Reader, SpendError, Terms, Wallet,
};

/// What a requester orders: the job and what pays for it. There is no `Debug`: what it pays is confidential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JobOrder<'a, Request> {
	/// The circuit of posts, as the chain says it is. Where the pool has an auditor, that one's is taken.
	pub circuit: CircuitId,
	/// Price of a unit, in the chain's smallest unit. The job's input names the same.
	pub unit_price: u64,
	/// Most units that are paid.
	pub max_units: u64,
	/// What the requester's account gets out of the pool, in the chain's smallest unit: the fees of those who
	/// judge the work, what is burned where miners decline, deposits, and fees for sending openings.
	pub paid_in: u64,
	/// The job as the marketplace takes it.
	pub request: &'a Request,
}

/// Why a private job was not posted. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
	/// A unit costs nothing.
	#[error("the price of a unit is zero: nobody would work for that")]
	ZeroPrice,
	/// No unit is paid.
	#[error("no units are paid: name as many as the input has items")]
	ZeroUnits,
	/// The escrow would need more than 64 bits.
	#[error("{max_units} units at {unit_price} need more than 64 bits: order fewer")]
	EscrowTooLarge {
		/// Price of a unit.
		unit_price: u64,
		/// Most units.
		max_units: u64,
	},
	/// Nothing goes to the requester's account.
	#[error("nothing is paid in: the requester's account needs the job's fees and deposit")]
	NothingPaidIn,
	/// The call cannot be made.
	#[error(transparent)]
	Spend(#[from] SpendError),
	/// The claims cannot be true.
	#[error("the call would be refused: {0:?}")]
	Claims(PrivateJobError),
}

/// Why nothing can be said of a private job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
	/// The wallet belongs to other keys.
	#[error("this wallet was made with other keys, or with a view key: open it with its seed")]
	OtherKeys,
	/// The wallet has not posted it, or has not seen the block.
	#[error("job {0} is none of this wallet's, as far as it has scanned")]
	Unknown(JobId),
	/// A wallet restored from its seed does not know what its jobs pay.
	#[error("what job {0} pays is not known here: recall it by the unit price of its input")]
	PriceUnknown(JobId),
	/// The job's terms are others.
	#[error("job {0} does not pay that for a unit: take the price that its input names")]
	OtherPrice(JobId),
}

/// The post of a private job without its proof. The witness is overwritten when dropped.
pub struct PrivatePost {
	/// What the call shows.
	pub claims: PrivateJobClaims,
	/// What the proof is bound to. The payee is the requester's account.
	pub header: Header<[u8; 32]>,
	/// That of the change.
	pub ciphertext: Ciphertext,
	/// The statement.
	pub public: PublicSignals,
	/// The places of the notes spent.
	pub spends: Vec<u64>,
	witness: PostPrivateJobWitness,
	shown: Option<Shown<NotePairAudit>>,
}

impl PrivatePost {
	/// What the call shows to the pool's auditor, if there is one: an argument of the call.
	pub fn audit(&self) -> Option<NotePairAudit> {
		self.shown.as_ref().map(|shown| shown.claims)
	}

	/// All public signals, in the order of the circuit that the header names.
	pub fn signals(&self) -> Vec<Fr> {
		let shown = self.shown.as_ref().map(|shown| shown.signal);
		self.public.to_fields().into_iter().chain(shown).collect()
	}

	/// What is proven, under that circuit. Holds the prover's secrets.
	///
	/// # Errors
	///
	/// None of a call that was made here.
	pub fn assign(&self) -> Result<Assignment, WitnessError> {
		match &self.shown {
			Some(Shown { signal, witness, .. }) => {
				post_private_job::assign_audited(&self.public, *signal, &self.witness, witness)
			},
			None => post_private_job::assign(&self.public, &self.witness),
		}
	}

	/// What the proof hides: who has it can spend the wallet.
	pub fn witness(&self) -> &PostPrivateJobWitness {
		&self.witness
	}
}

impl Drop for PrivatePost {
	fn drop(&mut self) {
		self.witness.inputs.iter_mut().for_each(forget);
		let EscrowOpening { terms, rho, .. } = &mut self.witness.escrow;
		terms.salt.zeroize();
		rho.zeroize();
	}
}

impl Wallet {
	/// Makes the post of a private job, and reserves its notes until `valid_until`.
	///
	/// All that is secret about it comes from the keys and the call's first nullifier, which is that of
	/// a note with a value. `account` makes the requester's account of its seed, an sr25519 mini-secret
	/// that [`Keys::requester_seed`] gives again.
	///
	/// A post that is made again with the same first note has the same secrets. Where the one before was in
	/// a block that the chain has given up, and its opening was sent, the miner that got it can find out
	/// what the new one pays.
	///
	/// # Errors
	///
	/// [`PostError`].
	pub fn post_private_job<Request: Encode>(
		&mut self,
		keys: &Keys,
		pool: &Pool,
		order: &JobOrder<'_, Request>,
		account: impl FnOnce(&[u8; 32]) -> [u8; 32],
		terms: &Terms,
		rng: &mut impl CryptoRng,
	) -> Result<PrivatePost, PostError> {
		let JobOrder { circuit, unit_price, max_units, paid_in, request } = *order;
		let price = JobPrice { unit_price, max_units };
		let (needed, paid) = needed(&price, paid_in, terms.fee)?;
		let spends = self.choose(keys, needed, terms.join_fee)?;
		let (spent, change) = self.spend(keys, &spends, needed, Order::NoteFirst, rng)?;
		let nullifiers = spent.nullifiers.map(Into::into);
		let [first, _] = nullifiers;
		let payee = account(&keys.requester_seed(&first));
		if payee == pool.account || terms.relayer == Some(pool.account) {
			return Err(SpendError::PaysPool.into());
		}

		let escrow = keys.of_post(&first).opening(&price);
		let too_large = PostError::EscrowTooLarge { unit_price, max_units };
		let offer = escrow.offer::<Native>().ok_or(too_large)?;
		let own = own_address(keys, terms.block, rng).map_err(SpendError::from)?;
		let (change, ciphertext) = make(&own, change, terms.block, rng)?;
		let claims = PrivateJobClaims {
			root: spent.root.into(),
			nullifiers,
			change: change.commitment::<Native>().into(),
			offer,
			paid_in: paid_in.into(),
			fee: terms.fee.into(),
		};
		let arguments = claims.arguments(request, &ciphertext);
		let circuit = pool.auditor.map_or(circuit, |auditor| auditor.post_private_job);
		let header = header(keys, pool.pallet, circuit, arguments, payee, terms);
		let public = PublicSignals {
			context: header.context(),
			root: spent.root,
			nullifiers: spent.nullifiers,
			change: change.commitment::<Native>(),
			offer: offer.hash::<Native>().map_err(PostError::Claims)?,
			paid,
		};
		claims.inputs::<Native, _>(&header).map_err(PostError::Claims)?;
		let witness = PostPrivateJobWitness { inputs: spent.inputs, change, escrow };
		let shown = match &pool.auditor {
			Some(auditor) => {
				let audit = auditor.witness(rng);
				let values = witness.show(&audit);
				let too_large = PostError::EscrowTooLarge { unit_price, max_units };
				Some(auditor.of_two(audit, &values.ok_or(too_large)?))
			},
			None => None,
		};
		self.reserve(spends.iter().copied(), terms.valid_until);
		self.jobs.make(first, price, terms.valid_until);
		Ok(PrivatePost { claims, header, ciphertext, public, spends, witness, shown })
	}

	/// The private jobs that this wallet has posted, with the first nullifiers of their posts.
	pub fn private_jobs(&self) -> impl Iterator<Item = (FieldBytes, &OwnJob)> {
		self.jobs.iter().map(|(nullifier, job)| (*nullifier, job))
	}

	/// A private job that this wallet has posted and that is in a block.
	pub fn private_job(&self, job: JobId) -> Option<&OwnJob> {
		self.jobs.find(job).map(|(_, own)| own)
	}

	/// What is in the escrows of jobs in the chain that have not ended, in the chain's smallest unit.
	pub fn escrowed(&self) -> u64 {
		let waiting = self.jobs.iter().filter(|(_, job)| job.stage() == JobStage::Posted);
		waiting.filter_map(|(_, job)| job.escrowed()).fold(0, u64::saturating_add)
	}

	/// The seed of the account that posted a job, as [`Keys::requester_seed`].
	///
	/// # Errors
	///
	/// [`JobError::OtherKeys`] and [`JobError::Unknown`].
	pub fn requester_seed(&self, keys: &Keys, job: JobId) -> Result<Zeroizing<[u8; 32]>, JobError> {
		let (nullifier, _) = self.own_job(keys, job)?;
		Ok(keys.requester_seed(nullifier))
	}

	/// The opening of a job's escrow, to be sealed for the miner that has the job. Nobody else is to see it.
	///
	/// # Errors
	///
	/// [`JobError::OtherKeys`], [`JobError::Unknown`] and [`JobError::PriceUnknown`].
	pub fn escrow_opening(&self, keys: &Keys, job: JobId) -> Result<EscrowOpening, JobError> {
		let (nullifier, own) = self.own_job(keys, job)?;
		let price = own.price().ok_or(JobError::PriceUnknown(job))?;
		Ok(keys.of_post(nullifier).opening(&price))
	}

	/// Says what a unit of a job costs to a wallet that was restored: the unit price that the job's input
	/// names. It compares with the job's terms, and knows their most units by what the escrow is worth.
	///
	/// # Errors
	///
	/// [`JobError::OtherKeys`], [`JobError::Unknown`], and [`JobError::OtherPrice`]; then nothing has changed.
	pub fn recall_price(
		&mut self,
		keys: &Keys,
		job: JobId,
		unit_price: u64,
	) -> Result<(), JobError> {
		let (nullifier, own) = self.own_job(keys, job)?;
		let other = JobError::OtherPrice(job);
		let max_units = own.escrowed().and_then(|all| all.checked_div(unit_price)).ok_or(other)?;
		let price = JobPrice { unit_price, max_units };
		let opened = keys.of_post(nullifier).opening(&price).offer::<Native>();
		if opened != own.offer() {
			return Err(other);
		}
		self.jobs.recall(job, price);
		Ok(())
	}

	fn own_job(&self, keys: &Keys, job: JobId) -> Result<(&FieldBytes, &OwnJob), JobError> {
		if !self.belongs_to(Reader::Owner(keys)) {
			return Err(JobError::OtherKeys);
		}
		self.jobs.find(job).ok_or(JobError::Unknown(job))
	}
}

/// What has to be paid in all, and what of that leaves the pool.
fn needed(price: &JobPrice, paid_in: u64, fee: u64) -> Result<(u64, u64), PostError> {
	let JobPrice { unit_price, max_units } = *price;
	if unit_price == 0 {
		return Err(PostError::ZeroPrice);
	}
	if max_units == 0 {
		return Err(PostError::ZeroUnits);
	}
	let too_large = PostError::EscrowTooLarge { unit_price, max_units };
	let escrow = price.of_all_units().ok_or(too_large)?;
	if paid_in == 0 {
		return Err(PostError::NothingPaidIn);
	}
	let paid = paid_in.checked_add(fee).ok_or(SpendError::AmountTooLarge)?;
	let needed = escrow.checked_add(paid).ok_or(SpendError::AmountTooLarge)?;
	Ok((needed, paid))
}
