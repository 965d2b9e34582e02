//! Jobs as the receipts pallet and the marketplace see each other's side of them.

use crate::{field::blake2_256, CircuitId, Digest, Escrow, FieldBytes, Level};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a job, counted from zero, never used twice.
pub type JobId = u64;

/// Id of a registered model.
pub type ModelId = [u8; 32];

/// Blocks since genesis in which jobs could proceed.
pub type JobTime = u64;

/// Content kept off chain, named by digest and size.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Blob {
	/// blake2b-256 of the content.
	pub digest: Digest,
	/// Length of the content in bytes.
	pub size: u32,
}

/// How a model is run for a job.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Mode {
	/// On the input in clear, nothing proven of the computation.
	#[codec(index = 0)]
	Plain,
	/// On the input in clear, with a proof of the computation.
	#[codec(index = 1)]
	Proven,
	/// On encrypted input.
	#[codec(index = 2)]
	Fhe,
	/// On encrypted input, with a check of the linear layers.
	#[codec(index = 3)]
	Hybrid,
}

impl Mode {
	/// Whether the input is encrypted.
	pub fn is_encrypted(&self) -> bool {
		matches!(self, Self::Fhe | Self::Hybrid)
	}

	/// Whether something is proven of the computation.
	pub fn is_proven(&self) -> bool {
		matches!(self, Self::Proven | Self::Hybrid)
	}
}

/// A price that rises in a straight line. Prices are in the chain's smallest unit, 64 bits at most.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct PriceRamp {
	/// The price until the ramp begins.
	pub min: u128,
	/// The price once it has ended.
	pub max: u128,
	/// Job time from the post to the ramp's begin.
	pub start: JobTime,
	/// Job time from the ramp's begin to its end; zero for a price that jumps.
	pub length: JobTime,
}

impl PriceRamp {
	/// A price that is always the same.
	pub fn flat(price: u128) -> Self {
		Self { min: price, max: price, start: 0, length: 0 }
	}

	/// The price so much job time after the post, rounded down.
	pub fn at(&self, since_post: JobTime) -> u128 {
		let on_ramp = u128::from(since_post.saturating_sub(self.start));
		let rise = self.max.saturating_sub(self.min);
		// Both have 64 bits: the product does not overflow.
		match rise.saturating_mul(on_ramp).checked_div(self.length.into()) {
			Some(risen) => self.min.saturating_add(risen.min(rise)),
			None if on_ramp > 0 => self.max,
			None => self.min,
		}
	}

	/// Job time from the post to the ramp's end.
	pub fn end(&self) -> JobTime {
		self.start.saturating_add(self.length)
	}
}

/// How a job is paid.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Payment {
	/// From the requester's balance, held when the job is posted.
	#[codec(index = 0)]
	Held {
		/// What the miner can be paid at most, by when it locks the job.
		price: PriceRamp,
	},
	/// From the confidential pool, at the enhanced level. What it is worth is hidden.
	#[codec(index = 1)]
	Escrow(Escrow),
}

impl Payment {
	/// The price in clear, if it has one.
	pub fn price(&self) -> Option<PriceRamp> {
		match self {
			Self::Held { price } => Some(*price),
			Self::Escrow(_) => None,
		}
	}

	/// The escrow, if it is one.
	pub fn escrow(&self) -> Option<Escrow> {
		match self {
			Self::Held { .. } => None,
			Self::Escrow(escrow) => Some(*escrow),
		}
	}

	/// The price in clear so much job time after the post; zero where it is hidden.
	pub fn price_at(&self, since_post: JobTime) -> u128 {
		self.price().map_or(0, |price| price.at(since_post))
	}

	/// The highest price in clear; zero where it is hidden.
	pub fn max_price(&self) -> u128 {
		self.price().map_or(0, |price| price.max)
	}
}

/// By which an account commits to a receipt for a job whose lock deadline has passed:
/// `blake2_256(SCALE("quittance.late.v1", job, miner, nullifier))`. The receipt itself opens it.
///
/// The nullifier covers the subject, and a random serial that is known once the issuer has signed; the
/// miner is covered a second time so that a copied commitment is refused before any proof is looked at.
pub fn late_commitment(job: JobId, miner: &[u8; 32], nullifier: &FieldBytes) -> Digest {
	blake2_256(&(b"quittance.late.v1", job, miner, nullifier).encode())
}

/// By which a miner of a redundant job commits to its output before any of them is shown:
/// `blake2_256(SCALE("quittance.delivery.v1", job, miner, output, salt))`, with 32 random bytes of salt.
pub fn delivery_commitment(job: JobId, miner: &[u8; 32], output: &Blob, salt: &[u8; 32]) -> Digest {
	blake2_256(&(b"quittance.delivery.v1", job, miner, output, salt).encode())
}

/// The salt of all outputs of a redundant job, so that equal results are equal blobs:
/// `blake2_256(SCALE("quittance.output-salt.v1", salt of the input, job))`.
pub fn shared_output_salt(input_salt: &[u8; 32], job: JobId) -> [u8; 32] {
	blake2_256(&(b"quittance.output-salt.v1", input_salt, job).encode())
}

/// A job's issuers as they were when it was posted, so that a receipt need not look at each of them
/// again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct IssuerSnapshot {
	/// Root of their tree.
	pub root: FieldBytes,
	/// How many issuers of the registry had been removed until then.
	pub removed_issuers: u32,
}

/// Why a job takes no receipt of a miner's now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Bar {
	/// It has its receipt, or has ended.
	Settled,
	/// No miner has locked it.
	NotLocked,
	/// Another miner has it.
	OfAnother,
	/// Its miners have yet to show their outputs.
	OutputsAwaited,
	/// A panel judges it, or has.
	OnPanel,
	/// It takes late receipts, and the miner has not committed to one.
	NotCommitted,
	/// The miner has committed to a late receipt in this very block.
	CommittedInThisBlock,
}

/// What the receipts pallet must know of a job to judge a miner's receipt for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobFacts<AccountId> {
	/// Account that posted the job.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// Digest of the input blob.
	pub input: Digest,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Accounts of the accepted issuers, in the order of the tree.
	pub issuers: Vec<AccountId>,
	/// Root of that tree. `None` where an issuer, of this job or not, was removed since the post: then
	/// each has to be looked at again.
	pub issuer_root: Option<FieldBytes>,
	/// The most a receipt of the miner's may be worth.
	pub max_amount: u128,
	/// Deadline fixed when the job was posted: no receipt may expire before it.
	pub posted_deadline: JobTime,
	/// Deadline in force, later where an accepted issuer was removed or the circuit was paused since. A
	/// header's `valid_until`.
	pub deadline: JobTime,
	/// Until when a receipt of the miner's is accepted.
	pub open_until: JobTime,
	/// The number of locks.
	pub nonce: u64,
	/// Digest of the output that the miner has delivered, if it has: a receipt in clear must name it.
	pub output: Option<Digest>,
	/// Where receipts are late, what the miner has committed to: [`late_commitment`] of the receipt's
	/// nullifier.
	pub commitment: Option<Digest>,
	/// Why no receipt of the miner's is accepted, if none is.
	pub bar: Option<Bar>,
}

/// A receipt the chain has accepted, as reported to the marketplace.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AcceptedReceipt<AccountId> {
	/// The account that is paid.
	pub miner: AccountId,
	/// The issuer that signed.
	pub issuer: AccountId,
	/// What the miner is paid.
	pub amount: u128,
	/// The receipt's nullifier.
	pub nullifier: FieldBytes,
}

/// The marketplace as the receipts pallet sees it.
pub trait Jobs<AccountId> {
	/// Why a receipt cannot be taken.
	type Error;

	/// The miner in whose name an account submits: the one it is the hot key of, or itself.
	fn miner_of(submitter: &AccountId) -> AccountId;

	/// What is known of a job, open or ended, for a receipt of this miner's; `None` for a number never
	/// given out or removed.
	fn facts(job: JobId, miner: &AccountId) -> Option<JobFacts<AccountId>>;

	/// Takes an accepted receipt for a job that [`Jobs::facts`] does not bar, and says whether it has settled
	/// the job. A failing payment is put off, it does not lose the receipt.
	fn accept(job: JobId, receipt: AcceptedReceipt<AccountId>) -> Result<Settlement, Self::Error>;

	/// Whether nothing can happen to the job any more, or it is not known any more.
	fn ended(job: JobId) -> bool;
}

/// When an accepted receipt settles its job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settlement {
	/// It has: it came in time, from the one miner that had the job.
	Now,
	/// A later step does: it was late, or of a job that several miners have done.
	Later,
}

/// For how long the receipts of a circuit have been refused, in job time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stoppage {
	/// All pauses together that have ended.
	pub ended: JobTime,
	/// Since when it is paused, if it is.
	pub since: Option<JobTime>,
	/// Whether no new job may name it.
	pub retired: bool,
}

impl Stoppage {
	/// How far the clock of a job is behind job time `now` that was posted when the pauses came to `before`.
	/// One that lasts counts for no more than `most`.
	pub fn behind(&self, before: JobTime, now: JobTime, most: JobTime) -> JobTime {
		let lasts = self.since.map_or(0, |since| now.saturating_sub(since).min(most));
		self.ended.saturating_add(lasts).saturating_sub(before)
	}
}

/// The circuit registry as the marketplace sees it.
pub trait Circuits {
	/// Why a circuit cannot be used.
	type Error;

	/// Takes a reference to a circuit for a job at a level that needs a proof, refusing unknown,
	/// paused, foreign-kind and value-unworthy circuits. A referenced circuit cannot be removed.
	fn reserve(circuit: &CircuitId, level: Level) -> Result<(), Self::Error>;

	/// Gives the reference back.
	fn release(circuit: &CircuitId);

	/// For how long its receipts have been refused. What has ended is never less than before, as long as
	/// somebody has a reference.
	fn stoppage(circuit: &CircuitId) -> Stoppage;
}

/// The issuer registry as the marketplace sees it.
pub trait Issuers<AccountId> {
	/// Whether new jobs may name the account: it was admitted and has neither resigned nor been
	/// removed.
	fn takes_jobs(account: &AccountId) -> bool;

	/// Whether receipts signed by the account count: it was admitted and was not removed. One that
	/// has resigned signs on for the jobs that name it.
	fn in_office(account: &AccountId) -> bool;

	/// When the issuer was removed, if it was.
	fn removed_at(account: &AccountId) -> Option<JobTime>;

	/// The accounts' tree as it is now; `None` for more than 16.
	fn snapshot(accounts: &[AccountId]) -> Option<IssuerSnapshot>;

	/// Whether no issuer at all was removed since: then those of the snapshot are still in office, and
	/// its root is that of their tree.
	fn none_removed_since(snapshot: &IssuerSnapshot) -> bool;
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::string::String;

	fn hex(bytes: [u8; 32]) -> String {
		hex::encode(bytes)
	}

	#[test]
	fn boundary_a_clock_stands_still_while_its_circuit_is_paused_and_not_for_ever() {
		let ended = Stoppage { ended: 30, since: None, retired: false };
		assert_eq!([0, 10, 30, 31].map(|before| ended.behind(before, 500, 9)), [30, 20, 0, 0]);
		let lasts = Stoppage { since: Some(100), ..ended };
		let behind = |now| lasts.behind(10, now, 9);
		assert_eq!([99, 100, 101, 109, 110].map(behind), [20, 20, 21, 29, 29]);
	}

	#[test]
	fn boundary_prices_at_both_ends_of_the_ramp() {
		let ramp = PriceRamp { min: 100, max: 200, start: 10, length: 4 };
		let prices: Vec<u128> = (9..16).map(|time| ramp.at(time)).collect();
		assert_eq!(prices, [100, 100, 125, 150, 175, 200, 200]);
		assert_eq!((ramp.at(0), ramp.at(JobTime::MAX), ramp.end()), (100, 200, 14));
		// Rounded down.
		let ramp = PriceRamp { min: 1, max: 2, start: 0, length: 3 };
		assert_eq!([0, 1, 2, 3].map(|time| ramp.at(time)), [1, 1, 1, 2]);
	}

	#[test]
	fn boundary_a_ramp_without_length_jumps() {
		let ramp = PriceRamp { min: 5, max: 9, start: 3, length: 0 };
		assert_eq!([0, 3, 4].map(|time| ramp.at(time)), [5, 5, 9]);
		assert_eq!([0, 1, JobTime::MAX].map(|time| PriceRamp::flat(7).at(time)), [7, 7, 7]);
	}

	#[test]
	fn boundary_the_largest_numbers_do_not_overflow() {
		let (max, length) = (u128::from(u64::MAX), JobTime::MAX);
		let ramp = PriceRamp { min: 0, max, start: 0, length };
		assert_eq!(ramp.at(JobTime::MAX), max);
		assert_eq!(ramp.at(JobTime::MAX / 2), u128::from(JobTime::MAX / 2));
		let falling = PriceRamp { min: 9, max: 5, start: 0, length: 2 };
		assert_eq!(falling.at(1), 9, "a ramp does not fall");
	}

	/// Computed with Python's `hashlib.blake2b(.., digest_size=32)` over tag and fields, numbers
	/// little-endian, the blob as digest and four bytes of size.
	#[test]
	fn the_commitments_are_the_published_ones() {
		let output = Blob { digest: [4; 32], size: 5 };
		assert_eq!(
			hex(late_commitment(1, &[2; 32], &FieldBytes([3; 32]))),
			"d44521b0e4cd35c02bc5a879a0dabed51a59a46c6b13d0fa59ad0d212f0c4a49"
		);
		assert_eq!(
			hex(delivery_commitment(1, &[2; 32], &output, &[6; 32])),
			"4e194f19a18d66c89e8405f9052df6257bcdb14617175ed8242f67183d20b2c9"
		);
		assert_eq!(
			hex(shared_output_salt(&[7; 32], 1)),
			"ab0f82404691f0371a2612c220b2333fd4798a50e2252294e3b5782528ff0120"
		);
	}

	/// A commitment is for one job, miner and receipt or output.
	#[test]
	fn every_part_changes_the_commitment() {
		let output = |digest, size| Blob { digest: [digest; 32], size };
		let hashes = [
			late_commitment(1, &[2; 32], &FieldBytes([3; 32])),
			late_commitment(9, &[2; 32], &FieldBytes([3; 32])),
			late_commitment(1, &[9; 32], &FieldBytes([3; 32])),
			late_commitment(1, &[2; 32], &FieldBytes([9; 32])),
			delivery_commitment(1, &[2; 32], &output(3, 4), &[5; 32]),
			delivery_commitment(9, &[2; 32], &output(3, 4), &[5; 32]),
			delivery_commitment(1, &[9; 32], &output(3, 4), &[5; 32]),
			delivery_commitment(1, &[2; 32], &output(9, 4), &[5; 32]),
			delivery_commitment(1, &[2; 32], &output(3, 9), &[5; 32]),
			delivery_commitment(1, &[2; 32], &output(3, 4), &[9; 32]),
			shared_output_salt(&[1; 32], 2),
			shared_output_salt(&[9; 32], 2),
			shared_output_salt(&[1; 32], 9),
		];
		for (place, hash) in hashes.iter().enumerate() {
			assert!(!hashes[..place].contains(hash), "hash {place} is its own");
		}
	}
}
