//! What a member of a panel finds: the same repetition of the work as an issuer's, over all outputs that the
//! panel is asked about.

use crate::{work::fetch_output, Work, WorkError};
use quittance_blobs::FolderStore;
use quittance_client::{AccountId, Case, Description, Job};
use quittance_types::{shared_output_salt, Candidate, JobId, MemberFinding, Payment};
use quittance_zkml::{check, run};

/// Looks at all that a panel is asked about, as far as it can be had. The amount of a right output of a private job is
/// its units.
///
/// In a redundant job the output with the salt that the input determines is the first that is looked for. It
/// is known by its digest alone, so that members agree on it whomever those serve who delivered the others.
pub fn find(
	blobs: &FolderStore,
	number: JobId,
	job: &Job,
	model: &Description,
	case: &Case,
) -> MemberFinding {
	let (mut unfetched, mut work) = (false, None);
	match Work::fetch(blobs, job, model) {
		Ok(fetched) => work = Some(fetched),
		Err(error) => unfetched |= is_unfetched(&error),
	}
	let right = |place: usize, work: &Work, units: u64| MemberFinding::Right {
		// A panel is asked about eight at most.
		candidate: u8::try_from(place).unwrap_or(u8::MAX),
		amount: match job.offer.payment {
			Payment::Held { .. } => panel_amount(units, work.input.unit_price(), case.max_amount),
			// What they are worth the panel is not to say: what it says is public.
			Payment::Escrow(_) => u128::from(units).min(case.max_amount),
		},
	};
	if let Some(work) = work.as_ref().filter(|_| job.is_redundant()) {
		if let Some(place) = shared_output(number, work, &case.candidates) {
			return right(place, work, work.input.units());
		}
	}
	for (place, candidate) in case.candidates.iter().enumerate() {
		if first_with(&case.candidates, |other| other == candidate.output) != Some(place) {
			continue;
		}
		match fetch_output(blobs, &candidate.output.digest, Some(&candidate.output)) {
			Ok(output) => {
				let units =
					work.as_ref().map(|work| (work, check(&work.network, &work.input, &output)));
				if let Some((work, Ok(units))) = units {
					return right(place, work, units);
				}
			},
			Err(error) => unfetched |= is_unfetched(&error),
		}
	}
	match unfetched {
		true => MemberFinding::Unfetched,
		false => MemberFinding::Wrong,
	}
}

/// What an output is worth to a panel, in the chain's smallest unit: what the input offers for its units, at
/// most the highest price at which it was locked. An issuer's amount is [`crate::metered_price`] for each.
fn panel_amount(units: u64, offered: u64, max_amount: u128) -> u128 {
	u128::from(units).saturating_mul(offered.into()).min(max_amount)
}

/// The place of the output that whoever has a redundant job's input makes.
fn shared_output(number: JobId, work: &Work, candidates: &[Candidate<AccountId>]) -> Option<usize> {
	let salt = shared_output_salt(work.input.salt(), number);
	let output = run(&work.network, &work.input, salt).ok()?;
	let (digest, size) = (output.digest(), u32::try_from(output.encode().len()).ok()?);
	first_with(candidates, |other| (other.digest, other.size) == (digest, size))
}

fn first_with(
	candidates: &[Candidate<AccountId>],
	is_it: impl Fn(quittance_types::Blob) -> bool,
) -> Option<usize> {
	candidates.iter().position(|candidate| is_it(candidate.output))
}

/// Whether what is wrong is that a blob is not at hand. Whatever else is wrong everybody sees.
fn is_unfetched(error: &WorkError) -> bool {
	matches!(error, WorkError::Blob { .. })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		judge::tests::{items, network},
		work::tests::stored,
	};
	use quittance_types::{Blob, Escrow, FieldBytes, JobNeeds, Level};
	use quittance_zkml::{InputBlob, OutputBlob};

	const JOB: JobId = 3;
	const UNITS: u128 = 2;

	/// A store with network and input, and what a panel on the job is asked about.
	struct Scene {
		folder: tempfile::TempDir,
		blobs: FolderStore,
		job: Job,
		model: Description,
		input: InputBlob,
		case: Case,
	}

	impl Scene {
		fn new(unit_price: u64) -> Self {
			let weights = network().weights_digest();
			let input = InputBlob::new([1; 32], weights, unit_price, items(2)).unwrap();
			let (folder, blobs, job, description) = stored(&input.encode());
			let needs = JobNeeds {
				level: Level::Transparent,
				circuit: None,
				constraints: 0,
				model_size: 0,
				fhe_parameters: None,
			};
			let case = Case { candidates: vec![], needs, barred: vec![], max_amount: 10 };
			Self { folder, blobs, job, model: description, input, case }
		}

		/// A right output with this salt, stored.
		fn right(&self, salt: [u8; 32]) -> Blob {
			self.stored(&run(&network(), &self.input, salt).unwrap().encode())
		}

		/// An output of which one result is wrong, stored.
		fn wrong(&self) -> Blob {
			let right = run(&network(), &self.input, [5; 32]).unwrap();
			let mut results = right.results().to_vec();
			results[1].logits[0] += 1;
			self.stored(&OutputBlob::new([5; 32], self.input.digest(), results).unwrap().encode())
		}

		fn stored(&self, bytes: &[u8]) -> Blob {
			let digest = self.blobs.put(bytes).unwrap();
			Blob { digest: digest.into(), size: u32::try_from(bytes.len()).unwrap() }
		}

		fn asked_about(mut self, outputs: &[Blob]) -> Self {
			let candidate = |(place, output): (usize, &Blob)| {
				let miner = AccountId([u8::try_from(place).unwrap(); 32]);
				Candidate { miner, output: *output }
			};
			self.case.candidates = outputs.iter().enumerate().map(candidate).collect();
			self
		}

		fn find(&self) -> MemberFinding {
			find(&self.blobs, JOB, &self.job, &self.model, &self.case)
		}

		/// As if nobody served it.
		fn lose(&self, digest: [u8; 32]) {
			let name = hex::encode(digest);
			std::fs::remove_file(self.folder.path().join(&name[..2]).join(name)).unwrap();
		}
	}

	fn right(candidate: u8, amount: u128) -> MemberFinding {
		MemberFinding::Right { candidate, amount }
	}

	const ABSENT: Blob = Blob { digest: [9; 32], size: 100 };

	#[test]
	fn an_output_is_right_or_wrong_or_not_at_hand() {
		let scene = Scene::new(3);
		let (good, bad) = (scene.right([4; 32]), scene.wrong());
		let scene = scene.asked_about(&[good]);
		assert_eq!(scene.find(), right(0, UNITS * 3));
		let scene = scene.asked_about(&[bad]);
		assert_eq!(scene.find(), MemberFinding::Wrong);
		let scene = scene.asked_about(&[ABSENT]);
		assert_eq!(scene.find(), MemberFinding::Unfetched);
		let scene = scene.asked_about(&[bad, ABSENT]);
		assert_eq!(scene.find(), MemberFinding::Unfetched);
		let scene = scene.asked_about(&[ABSENT, bad, good]);
		assert_eq!(scene.find(), right(2, UNITS * 3), "what is right was found");
	}

	#[test]
	fn without_input_or_weights_nothing_is_found() {
		for lost in [0, 1] {
			let scene = Scene::new(3);
			let good = scene.right([4; 32]);
			let scene = scene.asked_about(&[good]);
			scene.lose([scene.job.offer.input.digest, scene.model.blob.digest][lost]);
			assert_eq!(scene.find(), MemberFinding::Unfetched);
		}
	}

	/// What everybody who has the bytes sees is no want of bytes.
	#[test]
	fn what_is_none_is_wrong() {
		let scene = Scene::new(3);
		let good = scene.right([4; 32]);
		let junk = scene.stored(b"junk");
		let longer = Blob { size: good.size + 1, ..good };
		let huge = Blob { size: u32::MAX, ..ABSENT };
		for output in [junk, longer, huge] {
			let asked = Scene::new(3);
			asked.stored(b"junk");
			asked.right([4; 32]);
			assert_eq!(asked.asked_about(&[output]).find(), MemberFinding::Wrong, "{output:?}");
		}
		// So is every output for an input that is none.
		let mut scene = scene.asked_about(&[good]);
		scene.job.offer.input = scene.stored(b"no input");
		assert_eq!(scene.find(), MemberFinding::Wrong);
	}

	#[test]
	fn boundary_amounts_are_at_most_what_it_can_be_worth() {
		for (unit_price, amount) in [(0, 0), (4, 8), (5, 10), (6, 10), (u64::MAX / 2, 10)] {
			let scene = Scene::new(unit_price);
			let good = scene.right([4; 32]);
			assert_eq!(scene.asked_about(&[good]).find(), right(0, amount), "{unit_price}");
		}
		assert_eq!(panel_amount(u64::MAX, u64::MAX, u128::MAX), u128::from(u64::MAX).pow(2));
	}

	/// A verdict about a private job says how much was done, not what it is worth, whatever the input offers.
	#[test]
	fn of_a_private_job_units_are_found() {
		for unit_price in [0, 1, 3, u64::MAX / 2] {
			let mut scene = Scene::new(unit_price);
			let escrow = Escrow { commitment: FieldBytes([1; 32]), offer: FieldBytes([2; 32]) };
			scene.job.offer.payment = quittance_types::Payment::Escrow(escrow);
			// As the chain asks about one.
			scene.case.max_amount = scene.job.offer.input.size.into();
			let (good, bad) = (scene.right([4; 32]), scene.wrong());
			let scene = scene.asked_about(&[bad, good]);
			assert_eq!(scene.find(), right(1, UNITS), "{unit_price}");
		}
	}

	/// The first of equal ones is named, since members must not disagree.
	#[test]
	fn of_equal_outputs_the_first_is_named() {
		let scene = Scene::new(3);
		let (good, bad) = (scene.right([4; 32]), scene.wrong());
		assert_eq!(scene.asked_about(&[bad, good, good]).find(), right(1, UNITS * 3));
	}

	/// A miner that shows a right output under a salt of its own, and serves it to some members only, does
	/// not divide them.
	#[test]
	fn members_agree_on_a_redundant_jobs_output_whoever_serves_what() {
		let scene = Scene::new(3);
		let shared = scene.right(shared_output_salt(scene.input.salt(), JOB));
		let own = scene.right([4; 32]);
		let mut scene = scene.asked_about(&[own, shared]);
		assert_eq!(scene.find(), right(0, UNITS * 3), "one miner's job: the first that is right");
		scene.job.offer.redundancy = 2;
		assert_eq!(scene.find(), right(1, UNITS * 3));
		scene.lose(own.digest);
		assert_eq!(scene.find(), right(1, UNITS * 3));
		// Not even that one need be served.
		scene.lose(shared.digest);
		assert_eq!(scene.find(), right(1, UNITS * 3));
		// Where nobody has it, what is right is right.
		let other = scene.right([6; 32]);
		assert_eq!(scene.asked_about(&[other]).find(), right(0, UNITS * 3));
	}
}
