//! What a member would find: the work done again, and each output compared with it.

use super::{finding_name, unknown};
use crate::{
	amount::Amount,
	console::{Console, Report},
	failure::{Failure, SUCCESS},
	job::compute::ended,
	node::NodeAddress,
};
use clap::Args;
use quittance_blobs::{BlobError, FolderStore};
use quittance_client::{Case, Head};
use quittance_issuer::{Work, WorkError};
use quittance_types::{Blob, JobId, MemberFinding};
use quittance_zkml::{check, OutputBlob};
use serde::Serialize;
use std::path::PathBuf;

/// Do the work that a panel judges again, and say what a member finds. Nobody is told.
#[derive(Args, Debug)]
pub struct Judge {
	#[command(flatten)]
	node: NodeAddress,
	/// The number of the job that the panel judges.
	job: JobId,
	/// The blob folder with input, model and outputs.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Judge {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.connect().await?.at(Head::Best).await?;
		let panel = view.panel(self.job).await?.ok_or_else(|| unknown(self.job))?;
		let job = view.live_job(self.job).await?.ok_or_else(ended)?;
		let model = view.model(&job.offer.model).await?.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "UnknownModel".into(),
			detail: "the job's model is not registered any more".into(),
		})?;
		let blobs = FolderStore::open(&self.blobs)
			.map_err(|error| Failure::unavailable("opening the blob folder", error))?;
		let working = console.spinner("doing the work again");
		let work = Work::fetch(&blobs, &job, &model.description);
		let outputs: Vec<_> =
			panel.case.candidates.iter().map(|one| fetch(&blobs, &one.output)).collect();
		let finding = judge(&panel.case, &work, &outputs);
		working.finish_and_clear();
		let (candidate, amount) = match finding {
			MemberFinding::Right { candidate, amount } => (Some(candidate), Some(Amount(amount))),
			_ => (None, None),
		};
		console.report(&Judged {
			job: self.job,
			finding: finding_name(&finding),
			candidate,
			amount,
			arguments: arguments(&finding),
			problem: work.err().map(|error| error.to_string()),
		});
		Ok(SUCCESS)
	}
}

/// An output that was to be fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Fetched {
	/// It is not there.
	Nothing,
	/// What is there is no output, or of another size.
	Junk,
	/// An output.
	Output(Box<OutputBlob>),
}

fn fetch(blobs: &FolderStore, output: &Blob) -> Fetched {
	let most = u64::try_from(OutputBlob::MAX_BYTES).unwrap_or(u64::MAX);
	if u64::from(output.size) > most {
		return Fetched::Junk;
	}
	let bytes = match blobs.get(&output.digest.into(), most) {
		Ok(bytes) => bytes,
		Err(BlobError::TooLarge { .. }) => return Fetched::Junk,
		Err(_) => return Fetched::Nothing,
	};
	match OutputBlob::decode(&bytes) {
		Ok(decoded) if u32::try_from(bytes.len()) == Ok(output.size) => {
			Fetched::Output(Box::new(decoded))
		},
		_ => Fetched::Junk,
	}
}

/// The finding: the first right output, at what it is worth; or that there is none; or that this cannot be
/// said.
fn judge(case: &Case, work: &Result<Work, WorkError>, outputs: &[Fetched]) -> MemberFinding {
	let work = match work {
		Ok(work) => work,
		Err(WorkError::Blob { source: BlobError::TooLarge { .. }, .. }) => {
			return MemberFinding::Wrong
		},
		Err(WorkError::Blob { .. }) => return MemberFinding::Unfetched,
		// It was fetched, and no output can be of it.
		Err(_) => return MemberFinding::Wrong,
	};
	for (place, output) in outputs.iter().enumerate() {
		let Fetched::Output(output) = output else { continue };
		let Ok(units) = check(&work.model, &work.input, output) else { continue };
		let worth = u128::from(units).saturating_mul(work.input.unit_price().into());
		// A place among so few candidates.
		let candidate = u8::try_from(place).unwrap_or(u8::MAX);
		return MemberFinding::Right { candidate, amount: worth.min(case.max_amount) };
	}
	match outputs.contains(&Fetched::Nothing) {
		true => MemberFinding::Unfetched,
		false => MemberFinding::Wrong,
	}
}

/// The finding as `panel commit` takes it.
fn arguments(finding: &MemberFinding) -> String {
	match finding {
		MemberFinding::Right { candidate, amount } => {
			format!("--right {candidate} --amount {amount}")
		},
		MemberFinding::Wrong => "--wrong".into(),
		MemberFinding::Unfetched => "--unfetched".into(),
	}
}

#[derive(Serialize)]
struct Judged {
	job: JobId,
	finding: &'static str,
	candidate: Option<u8>,
	amount: Option<Amount>,
	arguments: String,
	problem: Option<String>,
}

impl Report for Judged {
	fn text(&self) -> String {
		let Self { job, finding, arguments, .. } = self;
		let found = match (self.candidate, self.amount) {
			(Some(candidate), Some(amount)) => {
				format!("candidate {candidate} is {finding}, worth {amount} QTC")
			},
			_ => (*finding).into(),
		};
		let problem = self.problem.as_ref().map(|problem| format!(" ({problem})"));
		let again = match *finding {
			"unfetched" => {
				"\nask the other members of the draw for what is missing before you say so"
			},
			_ => "",
		};
		format!(
			"job {job}: {found}{}\nquittance panel commit {job} {arguments} --secret FILE{again}",
			problem.unwrap_or_default()
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::AccountId;
	use quittance_types::{Candidate, JobNeeds, Level};
	use quittance_zkml::{run, InputBlob, Layer, Model, CLASSES, IMAGE_PIXELS};

	fn work() -> Work {
		let weights = (0..CLASSES * IMAGE_PIXELS).map(|at| (at % 7) as i8).collect();
		let (inputs, outputs) = (IMAGE_PIXELS as u16, CLASSES as u16);
		let biases = (0..CLASSES as i32).collect();
		let layer = Layer { inputs, outputs, scale: 0, shift: 0, weights, biases };
		let model = Model::new(vec![layer]).unwrap();
		let images = (1..=3u8).map(|value| [value; IMAGE_PIXELS]).collect();
		let input = InputBlob::new([1; 32], model.weights_digest(), 5, images).unwrap();
		Work { model, input }
	}

	fn right(salt: u8) -> OutputBlob {
		let work = work();
		run(&work.model, &work.input, [salt; 32]).unwrap()
	}

	fn wrong() -> OutputBlob {
		let work = work();
		OutputBlob::new([1; 32], work.input.digest(), vec![0; 3], vec![[0; CLASSES]; 3]).unwrap()
	}

	fn output(blob: OutputBlob) -> Fetched {
		Fetched::Output(Box::new(blob))
	}

	fn found(
		work: Result<Work, WorkError>,
		outputs: &[Fetched],
		max_amount: u128,
	) -> MemberFinding {
		let candidate =
			Candidate { miner: AccountId([1; 32]), output: Blob { digest: [1; 32], size: 1 } };
		let needs = JobNeeds {
			level: Level::Transparent,
			circuit: None,
			constraints: 0,
			fhe_parameters: None,
		};
		let candidates = vec![candidate; outputs.len()];
		let case = Case { candidates, needs, barred: vec![], max_amount };
		judge(&case, &work, outputs)
	}

	#[test]
	fn boundary_the_first_right_output_is_worth_units_times_price_up_to_the_most() {
		let outputs = [output(wrong()), output(right(1)), output(right(2))];
		let right = |amount| MemberFinding::Right { candidate: 1, amount };
		for (most, amount) in [(100, 15), (15, 15), (14, 14), (0, 0)] {
			assert_eq!(found(Ok(work()), &outputs, most), right(amount), "at most {most}");
		}
	}

	#[test]
	fn what_could_not_be_fetched_decides_only_where_nothing_is_right() {
		let cases: [(&[Fetched], MemberFinding); 5] = [
			(&[output(wrong()), Fetched::Junk], MemberFinding::Wrong),
			(&[output(wrong()), Fetched::Nothing], MemberFinding::Unfetched),
			(&[Fetched::Nothing], MemberFinding::Unfetched),
			(&[Fetched::Junk], MemberFinding::Wrong),
			(
				&[Fetched::Nothing, output(right(1))],
				MemberFinding::Right { candidate: 1, amount: 15 },
			),
		];
		for (outputs, expected) in cases {
			assert_eq!(found(Ok(work()), outputs, 100), expected, "{outputs:?}");
		}
	}

	#[test]
	fn work_that_is_not_there_is_told_from_work_that_is_none() {
		let digest = [9; 32].into();
		let blob = |source| WorkError::Blob { what: "input", source };
		let outputs = [output(right(1))];
		let of = |error| found(Err(error), &outputs, 100);
		assert_eq!(of(blob(BlobError::Missing(digest))), MemberFinding::Unfetched);
		let corrupt = BlobError::Corrupt { expected: digest, found: digest };
		assert_eq!(of(blob(corrupt)), MemberFinding::Unfetched);
		let too_large = BlobError::TooLarge { digest, size: 2, max: 1 };
		assert_eq!(of(blob(too_large)), MemberFinding::Wrong);
		assert_eq!(of(WorkError::WrongModel { what: "input" }), MemberFinding::Wrong);
	}

	#[test]
	fn an_output_is_fetched_by_digest_and_size() {
		let folder = tempfile::tempdir().unwrap();
		let blobs = FolderStore::open(folder.path()).unwrap();
		let bytes = right(1).encode();
		let size = u32::try_from(bytes.len()).unwrap();
		let digest = blobs.put(&bytes).unwrap().into();
		assert_eq!(fetch(&blobs, &Blob { digest, size }), output(right(1)));
		assert_eq!(fetch(&blobs, &Blob { digest, size: size - 1 }), Fetched::Junk);
		assert_eq!(fetch(&blobs, &Blob { digest, size: u32::MAX }), Fetched::Junk);
		assert_eq!(fetch(&blobs, &Blob { digest: [9; 32], size }), Fetched::Nothing);
		let digest = blobs.put(b"no output").unwrap().into();
		assert_eq!(fetch(&blobs, &Blob { digest, size: 9 }), Fetched::Junk);
		let long = vec![0; OutputBlob::MAX_BYTES + 1];
		let digest = blobs.put(&long).unwrap().into();
		assert_eq!(fetch(&blobs, &Blob { digest, size: 9 }), Fetched::Junk);
	}

	/// What is shown is what `panel commit` reads, in the chain's smallest unit.
	#[test]
	fn the_finding_is_shown_as_arguments() {
		let right = MemberFinding::Right { candidate: 2, amount: 1 << 70 };
		assert_eq!(arguments(&right), format!("--right 2 --amount {}", 1u128 << 70));
		assert_eq!(arguments(&MemberFinding::Wrong), "--wrong");
		assert_eq!(arguments(&MemberFinding::Unfetched), "--unfetched");
	}
}
