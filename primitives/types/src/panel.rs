//! Panels: miners, drawn by bond, that look at an output where no issuer has signed for it or where miners
//! disagree.

use crate::{blake2_256, Blob, Digest, JobId, JobNeeds, MAX_ISSUERS};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most outputs that a panel is asked about: the largest redundancy of a job.
pub const MAX_CANDIDATES: u32 = 8;

/// The most accounts that a question bars: requester and issuers, and as many again of others that
/// gain by the answer.
pub const MAX_BARRED: u32 = 2 * MAX_ISSUERS;

/// The most members that a panel can have had when it ends, all of its draws together: three in the first
/// round and seven in each of three draws of the second. As many are named to [`Disputes::decided`].
pub const MAX_PANEL_MEMBERS: u32 = 24;

/// An output that was delivered for a job.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Candidate<AccountId> {
	/// The account whose miner delivered it.
	pub miner: AccountId,
	/// Where its content is known by.
	pub output: Blob,
}

/// What a panel is asked: which of the outputs is the model's for the job's input, and what it is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question<AccountId> {
	/// The job. At most one panel sits on a job at a time.
	pub job: JobId,
	/// What was delivered, 1 to [`MAX_CANDIDATES`], each by another miner.
	pub candidates: Vec<Candidate<AccountId>>,
	/// What a miner must be able to do to judge it: the same as to do it.
	pub needs: JobNeeds,
	/// Accounts that cannot sit on it besides the candidates' miners: requester and issuers. At most
	/// [`MAX_BARRED`].
	pub barred: Vec<AccountId>,
	/// The most the output can be worth, in the chain's smallest unit.
	pub max_amount: u128,
}

/// What a member of a panel found.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum MemberFinding {
	/// This candidate's output is right.
	#[codec(index = 0)]
	Right {
		/// Its place among the candidates: of the first, where several have the same output. Members who
		/// mean the same then say the same.
		candidate: u8,
		/// What it is worth, in the chain's smallest unit: units times the input's unit price, at most
		/// [`Question::max_amount`], which is what a member says that finds it worth more.
		amount: u128,
	},
	/// All that is needed was fetched, and no candidate's output is right.
	#[codec(index = 1)]
	Wrong,
	/// The input, the weights or an output could not be fetched in time, neither from who delivered nor
	/// from another member, and no output that could be was found to be right.
	#[codec(index = 2)]
	Unfetched,
}

impl MemberFinding {
	/// Whether both find the same: amounts do not count. What the verdict says of them is
	/// [`lower_median`].
	pub fn agrees_with(&self, other: &Self) -> bool {
		match (self, other) {
			(Self::Right { candidate, .. }, Self::Right { candidate: others, .. }) => {
				candidate == others
			},
			(Self::Wrong, Self::Wrong) | (Self::Unfetched, Self::Unfetched) => true,
			_ => false,
		}
	}

	/// Whether the member says that it has fetched what it was to judge.
	pub fn has_fetched(&self) -> bool {
		!matches!(self, Self::Unfetched)
	}
}

/// The middle one of several amounts, the lower of two in the middle; `None` of none.
///
/// Half of them or more are no greater than it, and more than half of them no smaller: as long as fewer
/// than half are dishonest, it lies between two honest ones or is one.
pub fn lower_median(mut amounts: Vec<u128>) -> Option<u128> {
	amounts.sort_unstable();
	let middle = amounts.len().checked_sub(1)? / 2;
	amounts.get(middle).copied()
}

/// What a panel found.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Finding {
	/// This candidate's output is right.
	#[codec(index = 0)]
	Right {
		/// Its place among the candidates: of the first, where several have the same output.
		candidate: u8,
		/// What it is worth, in the chain's smallest unit: the [`lower_median`] of what all said who found
		/// it right, in whatever draw. At most [`Question::max_amount`].
		amount: u128,
	},
	/// No candidate's output could be fetched and is right.
	#[codec(index = 1)]
	Wrong,
}

/// How a panel ended.
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
pub enum Verdict {
	/// Enough members agreed.
	#[codec(index = 0)]
	Found(Finding),
	/// Too few revealed what they found, or they did not agree, as often as a panel is drawn.
	#[codec(index = 1)]
	Undecided,
}

/// Why a panel was not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal<Error> {
	/// There is no room for another panel now; there is when one has ended.
	ForNow(Error),
	/// None can sit on this question.
	ForGood(Error),
}

/// Whatever does not say that it passes does not.
impl<Error> From<Error> for Refusal<Error> {
	fn from(error: Error) -> Self {
		Self::ForGood(error)
	}
}

/// Panels as the marketplace sees them.
pub trait Panels<AccountId> {
	/// Why no panel can sit.
	type Error;

	/// Asks a panel. Its members are drawn later, by randomness that nobody knows yet. What was refused
	/// for now can be asked again.
	fn open(question: Question<AccountId>) -> Result<(), Refusal<Self::Error>>;
}

/// The marketplace as panels see it.
pub trait Disputes<AccountId> {
	/// The panel on the job has ended; it is told once. `members` share what the job pays for a panel:
	/// those who found what the verdict says, or where it is undecided all who found anything. Who could
	/// not fetch what it was to judge is among them only where the verdict rests on that. There are at most
	/// [`MAX_PANEL_MEMBERS`], and may be none. `sat` says whether anybody had a seat, in whatever draw.
	///
	/// Told in the first block of an epoch or in a block's idle time or by whoever closes a round, with
	/// the panel's own records gone. Another panel may be asked about the job at once.
	fn decided(job: JobId, verdict: Verdict, members: Vec<AccountId>, sat: bool);
}

/// A seed with what another block's author contributed to it:
/// `blake2_256(SCALE("quittance.panel-seed.v1", seed, contribution))`. It begins as 32 zero bytes.
pub fn grown_seed(seed: &Digest, contribution: &[u8; 32]) -> Digest {
	blake2_256(&(b"quittance.panel-seed.v1", seed, contribution).encode())
}

/// The point that a try to fill a seat falls on, from zero to below `total`; `None` where that is zero.
///
/// It is `blake2_256(SCALE("quittance.panel-point.v1", genesis, seed, job, draw, attempt))`, a number of
/// 256 bits, little-endian, modulo the total. The total has at most 128 bits, so that no point is likelier
/// than another by more than one in 2^128.
pub fn draw_point(
	genesis: &[u8; 32],
	seed: &Digest,
	job: JobId,
	draw: u8,
	attempt: u32,
	total: u128,
) -> Option<u128> {
	let digest =
		blake2_256(&(b"quittance.panel-point.v1", genesis, seed, job, draw, attempt).encode());
	remainder(&digest, total)
}

/// A number of 256 bits, little-endian, modulo another: long division, bit by bit.
fn remainder(number: &Digest, modulus: u128) -> Option<u128> {
	if modulus == 0 {
		return None;
	}
	let mut rest = 0u128;
	for byte in number.iter().rev() {
		for place in (0..8).rev() {
			let bit = u128::from((byte >> place) & 1);
			// The rest is below the modulus: twice that and one is below twice the modulus, and has at
			// most one bit more than fit.
			let carried = rest >> 127 == 1;
			let doubled = (rest << 1) | bit;
			rest =
				if carried || doubled >= modulus { doubled.wrapping_sub(modulus) } else { doubled };
		}
	}
	Some(rest)
}

/// By which a member of a panel commits to what it found, before it or anybody else says it:
/// `blake2_256(SCALE("quittance.finding.v1", genesis, job, draw, member, finding, salt))`.
///
/// `draw` is the number of the panel's draw, counted from zero. The member's account is covered, so that a
/// commitment that somebody copies opens to nothing in its name; the salt is random, or the few findings
/// there are could be tried.
pub fn finding_commitment(
	genesis: &[u8; 32],
	job: JobId,
	draw: u8,
	member: &[u8; 32],
	finding: &MemberFinding,
	salt: &[u8; 32],
) -> Digest {
	blake2_256(&(b"quittance.finding.v1", genesis, job, draw, member, finding, salt).encode())
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	fn number(parts: [u128; 2]) -> Digest {
		let mut bytes = [0; 32];
		bytes[..16].copy_from_slice(&parts[0].to_le_bytes());
		bytes[16..].copy_from_slice(&parts[1].to_le_bytes());
		bytes
	}

	/// Computed with Python's integers.
	#[test]
	fn remainders_are_those_of_long_division() {
		assert_eq!(remainder(&number([7, 0]), 0), None);
		assert_eq!(remainder(&number([u128::MAX, u128::MAX]), 1), Some(0));
		assert_eq!(remainder(&number([6, 0]), 7), Some(6));
		assert_eq!(remainder(&number([7, 0]), 7), Some(0));
		// 2^256 - 1 is a multiple of 2^128 - 1.
		assert_eq!(remainder(&number([u128::MAX, u128::MAX]), u128::MAX), Some(0));
		assert_eq!(remainder(&number([0, u128::MAX]), u128::MAX), Some(0));
		assert_eq!(remainder(&number([5, 1]), u128::MAX), Some(6));
		assert_eq!(remainder(&number([0, 1]), u128::MAX - 1), Some(2));
		assert_eq!(remainder(&number([3, 1 << 127]), 1 << 127), Some(3));
		assert_eq!(remainder(&number([123, 456]), 1_000_000_007), Some(512_317_546));
	}

	/// Points fall on every part of the whole alike, and every part of what they are of moves them.
	#[test]
	fn points_spread_and_depend_on_everything() {
		let mut hits = [0u32; 4];
		for attempt in 0..4_000 {
			let point = draw_point(&[1; 32], &[2; 32], 3, 0, attempt, 4).unwrap();
			hits[point as usize] += 1;
		}
		assert!(hits.iter().all(|count| (850..1_150).contains(count)), "{hits:?}");
		let point = |genesis, seed, job, draw, attempt| {
			draw_point(&[genesis; 32], &[seed; 32], job, draw, attempt, u128::MAX)
		};
		let points = [
			point(1, 2, 3, 4, 5),
			point(9, 2, 3, 4, 5),
			point(1, 9, 3, 4, 5),
			point(1, 2, 9, 4, 5),
			point(1, 2, 3, 9, 5),
			point(1, 2, 3, 4, 9),
		];
		for (place, point) in points.iter().enumerate() {
			assert!(!points[..place].contains(point), "point {place} is its own");
		}
		assert_eq!(draw_point(&[1; 32], &[2; 32], 3, 4, 5, 0), None);
	}

	#[test]
	fn boundary_of_the_median() {
		assert_eq!(lower_median(vec![]), None);
		assert_eq!(lower_median(vec![7]), Some(7));
		assert_eq!(lower_median(vec![9, 3]), Some(3));
		assert_eq!(lower_median(vec![u128::MAX, 0, 5]), Some(5));
		assert_eq!(lower_median(vec![4, 1, 3, 2]), Some(2));
	}

	/// Fewer than half cannot move the median out of what the others say, whatever they say; half can
	/// lower it, and not raise it.
	#[test]
	fn a_minority_moves_no_median_out_of_honest_amounts() {
		for honest in 1..13usize {
			for others in 0..honest {
				for lie in [0, 99, 101, 1_000] {
					let amounts = (0..honest).map(|place| 100 + place as u128 % 2);
					let amounts = amounts.chain(core::iter::repeat_n(lie, others)).collect();
					let median = lower_median(amounts).unwrap();
					assert!((100..=101).contains(&median), "{honest} {others} {lie}: {median}");
				}
			}
		}
		assert_eq!(lower_median(vec![100, 100, 1_000, 1_000]), Some(100));
		assert_eq!(lower_median(vec![100, 100, 0, 0]), Some(0));
		assert_eq!(lower_median(vec![100, 1_000, 1_000]), Some(1_000));
	}

	#[test]
	fn amounts_are_no_disagreement() {
		let right = |candidate, amount| MemberFinding::Right { candidate, amount };
		assert!(right(1, 5).agrees_with(&right(1, 6)));
		assert!(!right(1, 5).agrees_with(&right(2, 5)));
		assert!(!right(0, 0).agrees_with(&MemberFinding::Wrong));
		assert!(!MemberFinding::Wrong.agrees_with(&right(0, 0)));
		assert!(MemberFinding::Wrong.agrees_with(&MemberFinding::Wrong));
		assert!(MemberFinding::Unfetched.agrees_with(&MemberFinding::Unfetched));
		assert!(!MemberFinding::Unfetched.agrees_with(&MemberFinding::Wrong));
	}

	/// A commitment is for one chain, job, draw, member and finding, and hides by its salt.
	#[test]
	fn every_part_changes_the_commitment() {
		let right = |candidate, amount| MemberFinding::Right { candidate, amount };
		let commitment = |genesis, job, draw, member, finding, salt| {
			finding_commitment(&[genesis; 32], job, draw, &[member; 32], &finding, &[salt; 32])
		};
		let commitments = [
			commitment(1, 2, 3, 4, right(5, 6), 7),
			commitment(9, 2, 3, 4, right(5, 6), 7),
			commitment(1, 9, 3, 4, right(5, 6), 7),
			commitment(1, 2, 9, 4, right(5, 6), 7),
			commitment(1, 2, 3, 9, right(5, 6), 7),
			commitment(1, 2, 3, 4, right(9, 6), 7),
			commitment(1, 2, 3, 4, right(5, 9), 7),
			commitment(1, 2, 3, 4, MemberFinding::Wrong, 7),
			commitment(1, 2, 3, 4, MemberFinding::Unfetched, 7),
			commitment(1, 2, 3, 4, right(5, 6), 9),
		];
		for (place, commitment) in commitments.iter().enumerate() {
			assert!(!commitments[..place].contains(commitment), "commitment {place} is its own");
		}
	}
}
