//! The tables of the demonstration, and the same as JSON.

use super::{
	refusals::Refusal,
	scene::{Role, VALIDATOR},
	shielded::Shielded,
};
use crate::{
	amount::Amount,
	console::{right, table, Report},
};
use comfy_table::Table;
use serde::Serialize;

/// A job that was done and paid.
#[derive(Clone, Debug, Serialize)]
pub struct JobRow {
	/// Its number.
	pub job: u64,
	/// Level of its receipt.
	pub level: &'static str,
	/// Who did it: the `worker`, the `demo` itself as the miner, or the worker after a `restart`.
	pub done_by: &'static str,
	/// Number of held-out images.
	pub images: usize,
	/// How many got the label people gave them.
	pub correct: usize,
	/// The same as a fraction.
	pub accuracy: f64,
	/// What the miner was paid.
	pub amount: Amount,
	/// What the issuer was paid.
	pub issuer_fee: Amount,
	/// What returned to the requester.
	pub returned: Amount,
	/// Time for the proof, in milliseconds; none for a transparent receipt.
	pub proving_ms: Option<f64>,
	/// Weight of the transaction that verified and paid, in milliseconds of the reference machine.
	pub weight_ms: f64,
	/// The same in picoseconds.
	pub weight_ref_time: u64,
	/// The transaction's storage weight, in bytes.
	pub weight_proof_size: u64,
	/// Its fee, paid by the miner's hot key.
	pub fee: Amount,
	/// The block it is in.
	pub block: u64,
	/// The block in which the miner took the job.
	pub locked_block: u64,
	/// What of the miner's bond was at stake from then on.
	pub miner_bond: Amount,
	/// The fee of the lock, paid by the miner's hot key.
	pub lock_fee: Amount,
	/// From posting to the final block with the payment, in seconds.
	pub seconds: f64,
}

/// An account's balance.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Money {
	/// What it can use.
	pub free: Amount,
	/// What is held from it.
	pub held: Amount,
}

impl Money {
	/// Both together.
	pub fn total(&self) -> Amount {
		Amount(self.free.0.saturating_add(self.held.0))
	}
}

/// An account's balance before and after.
#[derive(Clone, Debug, Serialize)]
pub struct BalanceRow {
	/// The account's name.
	pub name: &'static str,
	/// Its part.
	pub role: Role,
	/// Its address.
	pub account: String,
	/// At the start.
	pub before: Money,
	/// At the end.
	pub after: Money,
	/// What jobs and the pool brought it.
	pub earned: Amount,
	/// What jobs cost it, and what it paid into the pool.
	pub spent: Amount,
	/// Transaction fees it paid.
	pub fees: Amount,
	/// Free and held together, as they have to be at the end.
	pub expected: Amount,
	/// Whether they are.
	pub exact: bool,
}

/// The miner, as the chain has it at the end.
#[derive(Clone, Debug, Serialize)]
pub struct MinerRow {
	/// Its account, which has the bond and is paid.
	pub account: String,
	/// The key its worker signs with.
	pub hot_key: String,
	/// What it has at stake.
	pub bond: Amount,
	/// What of that locks still reserve.
	pub reserved: Amount,
	/// Jobs done in time.
	pub fulfilled: u32,
	/// Jobs done late, or with the loss of a bond.
	pub failed: u32,
	/// Transaction without a fee by which it showed that it is there: the last epoch in which it did.
	pub last_heartbeat: u64,
}

/// How often the model was right.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Accuracy {
	/// Images classified.
	pub images: usize,
	/// Correctly.
	pub correct: usize,
	/// The same as a fraction.
	pub ratio: f64,
}

/// All that the demonstration found.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
	/// Whether everything was as it has to be.
	pub ok: bool,
	/// What was not.
	pub differences: Vec<String>,
	/// Hash of the first block.
	pub genesis: String,
	/// Id of the receipt's circuit.
	pub circuit: String,
	/// Setup of its key.
	pub setup: &'static str,
	/// Id of the model.
	pub model: String,
	/// The miner that did the jobs.
	pub miner: MinerRow,
	/// Process ids of node, issuer and first worker.
	pub processes: [Option<u32>; 3],
	/// Jobs done and paid.
	pub jobs: Vec<JobRow>,
	/// Over all jobs.
	pub accuracy: Accuracy,
	/// What was refused.
	pub refusals: Vec<Refusal>,
	/// What went through the confidential pool.
	pub shielded: Shielded,
	/// Balances.
	pub balances: Vec<BalanceRow>,
	/// Number of the last final block that was counted.
	pub blocks: u64,
	/// How long it all took, in seconds.
	pub seconds: f64,
}

impl Report for Outcome {
	fn text(&self) -> String {
		let Accuracy { images, correct, ratio } = self.accuracy;
		let verdict = match self.differences.as_slice() {
			[] => "Everything is as it has to be.".into(),
			differences => format!("NOT as it has to be:\n  {}", differences.join("\n  ")),
		};
		let shielded = &self.shielded;
		format!(
			"circuit {} (development setup: whoever made it could forge)\nmodel   {}\n\
			 miner   {}, {} QTC at stake, works with {}\n\
			 Validator {VALIDATOR}; amounts in QTC.\n\n\
			 Jobs on held-out images, taken, done, proven, verified on chain and paid\n{}\n\
			 Accuracy {correct} of {images} ({:.1} %)\n\n\
			 Refused\n{}\n\n\
			 Confidential pool: {} in from the requester, {} from wallet to wallet, {} out to the miner,\n\
			 {} of fees from the pool; {} and {} left in the wallets\n\n\
			 Balances, free and held together\n{}\n\n\
			 {} blocks, {:.0} s. {verdict}",
			self.circuit,
			self.model,
			self.miner.account,
			self.miner.bond,
			self.miner.hot_key,
			self.job_table(),
			ratio * 100.0,
			self.refusal_table(),
			shielded.deposited,
			shielded.paid,
			shielded.withdrawn,
			shielded.fees,
			shielded.left[0],
			shielded.left[1],
			self.balance_table(),
			self.blocks,
			self.seconds,
		)
	}
}

impl Outcome {
	fn job_table(&self) -> Table {
		let mut table = table(&[
			"job",
			"level",
			"by",
			"images",
			"correct",
			"paid",
			"issuer",
			"returned",
			"proving ms",
			"weight ms",
			"taken in",
			"paid in",
			"s",
		]);
		for job in &self.jobs {
			table.add_row([
				job.job.to_string(),
				job.level.into(),
				job.done_by.into(),
				job.images.to_string(),
				format!("{:.1} %", job.accuracy * 100.0),
				job.amount.to_string(),
				job.issuer_fee.to_string(),
				job.returned.to_string(),
				job.proving_ms.map_or_else(|| "-".into(), |time| format!("{time:.0}")),
				format!("{:.3}", job.weight_ms),
				job.locked_block.to_string(),
				job.block.to_string(),
				format!("{:.1}", job.seconds),
			]);
		}
		right(&mut table, 3..13);
		table
	}

	fn refusal_table(&self) -> Table {
		let mut table = table(&["attempt", "refused by", "error", "fee", "weight ms", "block"]);
		for refusal in &self.refusals {
			let none = || "-".to_owned();
			table.add_row([
				refusal.case.clone(),
				refusal.by.into(),
				refusal.error.clone(),
				refusal.fee.map_or_else(none, |fee| fee.to_string()),
				refusal.weight_ms.map_or_else(none, |weight| format!("{weight:.3}")),
				refusal.block.map_or_else(none, |block| block.to_string()),
			]);
		}
		right(&mut table, 3..6);
		table
	}

	fn balance_table(&self) -> Table {
		let mut table = table(&[
			"account",
			"before",
			"earned",
			"spent",
			"fees",
			"after",
			"of it held",
			"as expected",
		]);
		for balance in &self.balances {
			table.add_row([
				format!("{} ({})", balance.name, balance.role.name()),
				balance.before.total().to_string(),
				balance.earned.to_string(),
				balance.spent.to_string(),
				balance.fees.to_string(),
				balance.after.total().to_string(),
				balance.after.held.to_string(),
				if balance.exact { "yes" } else { "NO" }.into(),
			]);
		}
		right(&mut table, 1..7);
		table
	}
}
