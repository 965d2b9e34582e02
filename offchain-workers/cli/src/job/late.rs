//! Receipts for jobs whose lock was not kept: committed to one block before they are sent.

use super::{compute::ended, unknown};
use crate::{
	amount::Amount,
	console::{Console, Report},
	document::{parse_account, to_hex},
	failure::{Failure, Fault, SUCCESS},
	node::{change_by, send, Record, Signer},
	submission::Submission,
};
use clap::Args;
use quittance_client::{calls, AccountId, Head, Job};
use quittance_poseidon::Native;
use quittance_types::{late_commitment, FieldBytes, JobId, Receipt, Subject};
use serde::Serialize;
use std::path::PathBuf;

/// Commit to a receipt for a job whose lock deadline has passed, against a deposit. The receipt is sent in a
/// later block.
#[derive(Args, Debug)]
pub struct CommitLate {
	#[command(flatten)]
	signer: Signer,
	/// The receipt, as `receipt prove` wrote it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
}

impl CommitLate {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let submission = Submission::read(&self.file)?;
		let account = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let number = submission.job;
		let job = view.job(number).await?.ok_or_else(unknown)?.live().ok_or_else(ended)?;
		let miner = view.acts_for(&account).await?;
		if miner != submission.miner {
			let detail = format!(
				"it is a receipt of {}, and {account} commits for {miner}",
				submission.miner
			);
			return Err(Failure::file(&self.file, Fault::Contradiction, detail));
		}
		let nullifier = nullifier(&submission, &job, chain.genesis());
		let commitment = late_commitment(number, &miner.0, &nullifier);
		let deposit = view.limits().await?.commitment_deposit;
		let outcome =
			send(console, &sender, &calls::commit_late(number, commitment), "committing").await?;
		console.report(&Committed {
			job: number,
			miner: miner.to_string(),
			commitment: to_hex(commitment),
			deposit: Amount(deposit),
			fee: Amount(outcome.inclusion.fee),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

/// What a receipt can be accepted by once: stated by a proven one, computed from one in clear.
fn nullifier(submission: &Submission, job: &Job, genesis: [u8; 32]) -> FieldBytes {
	match &submission.receipt {
		Receipt::Basic(receipt) => receipt.claims.nullifier,
		Receipt::Transparent(receipt) => {
			let subject = Subject {
				genesis,
				job: submission.job,
				requester: job.requester.0,
				miner: submission.miner.0,
				model: job.offer.model,
				input: job.offer.input.digest,
			};
			receipt.body.nullifier::<Native>(subject.hash::<Native>()).into()
		},
	}
}

#[derive(Serialize)]
struct Committed {
	job: JobId,
	miner: String,
	commitment: String,
	deposit: Amount,
	fee: Amount,
	block: u64,
}

impl Report for Committed {
	fn text(&self) -> String {
		let Self { job, miner, deposit, block, .. } = self;
		format!(
			"job {job}: {miner} is committed in block {block}, {deposit} QTC are held\n\
			 send the receipt with `receipt submit` from the next block on"
		)
	}
}

/// Return the deposit for a commitment to a late receipt, once the job has ended. Anyone may; it goes to
/// whoever paid it.
#[derive(Args, Debug)]
pub struct WithdrawCommitment {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// The miner that committed. Without it: the one that the signing account acts for.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	miner: Option<AccountId>,
}

impl WithdrawCommitment {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let account = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let miner = match self.miner {
			Some(miner) => miner,
			None => view.acts_for(&account).await?,
		};
		if view.late_commitment(self.job, &miner).await?.is_none() {
			return Err(Failure::Refused {
				by: "chain",
				reason: "ModelMarketplace.UnknownCommitment".into(),
				detail: format!("{miner} has committed to nothing for job {}", self.job),
			});
		}
		let call = calls::withdraw_commitment(self.job, miner);
		change_by(console, &sender, Record::Job(self.job), &call, "commitment withdrawn").await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{JobState, Offer};
	use quittance_types::{
		BasicClaims, BasicReceipt, Blob, Body, Header, IssuerSnapshot, Level, Mode, Payment,
		PriceRamp, TransparentReceipt,
	};

	fn job() -> Job {
		let price = PriceRamp { min: 1, max: 1, start: 0, length: 0 };
		Job {
			requester: AccountId([1; 32]),
			offer: Offer {
				model: [2; 32],
				mode: Mode::Plain,
				level: Level::Transparent,
				circuit: None,
				input: Blob { digest: [3; 32], size: 4 },
				input_commitment: None,
				issuers: vec![AccountId([5; 32])],
				issuer_fee: 1,
				payment: Payment::Held { price },
				lock_timeout: 1,
				timeout: 2,
				miner_bond: 1,
				redundancy: 1,
				allow_list: vec![],
				proof_required: false,
			},
			quote: 1,
			issuer_snapshot: IssuerSnapshot { root: FieldBytes([0; 32]), removed_issuers: 0 },
			posted_at: 0,
			behind: 0,
			closes_at: None,
			due: None,
			held: 1,
			deposit: 1,
			private: None,
			locks: vec![],
			state: JobState::Open,
		}
	}

	fn body() -> Body {
		Body {
			units: 1,
			unit_price: 1,
			amount: 1,
			start: 1,
			end: 2,
			expires_at: 3,
			serial: 4,
			output: [5; 32],
		}
	}

	fn submission(receipt: Receipt<AccountId>) -> Submission {
		Submission { job: 6, miner: AccountId([7; 32]), submitter: AccountId([8; 32]), receipt }
	}

	fn transparent() -> Submission {
		let receipt =
			TransparentReceipt { issuer: AccountId([5; 32]), body: body(), signature: [0; 64] };
		submission(Receipt::Transparent(receipt))
	}

	/// What the chain computes from the receipt when it comes is what was committed to: each part of the
	/// subject counts.
	#[test]
	fn the_nullifier_of_a_receipt_in_clear_is_of_its_subject_and_serial() {
		let of = |submission: &Submission, job: &Job| nullifier(submission, job, [9; 32]);
		let subject = Subject {
			genesis: [9; 32],
			job: 6,
			requester: [1; 32],
			miner: [7; 32],
			model: [2; 32],
			input: [3; 32],
		};
		let expected = FieldBytes::from(body().nullifier::<Native>(subject.hash::<Native>()));
		assert_eq!(of(&transparent(), &job()), expected);
		assert_ne!(nullifier(&transparent(), &job(), [0; 32]), expected);
		let mut other = job();
		other.requester = AccountId([0; 32]);
		assert_ne!(of(&transparent(), &other), expected);
		let other = Submission { job: 0, ..transparent() };
		assert_ne!(of(&other, &job()), expected);
	}

	#[test]
	fn a_proven_receipt_states_its_nullifier() {
		let header = Header {
			genesis: [9; 32],
			pallet: 1,
			circuit: [2; 32],
			subject: None,
			arguments: [3; 32],
			submitter: None,
			payee: AccountId([7; 32]),
			valid_until: 4,
			nonce: 5,
		};
		let claims = BasicClaims {
			amount: 1,
			expires_at: 2,
			as_of: 3,
			nullifier: FieldBytes([6; 32]),
			issuer_root: FieldBytes([0; 32]),
			issuer_index: 0,
		};
		let receipt = Receipt::Basic(BasicReceipt { header, claims, proof: [0; 256] });
		assert_eq!(nullifier(&submission(receipt), &job(), [9; 32]), FieldBytes([6; 32]));
	}
}
