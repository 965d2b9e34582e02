//! What happened on chain, read from its final blocks.

use crate::failure::Failure;
use quittance_client::{AccountId, Blocks, Chain, Event, Head, View, Weight};
use quittance_types::JobId;
use std::{
	collections::BTreeMap,
	time::{Duration, Instant},
};

/// Longest wait for a final block. Finality that stands still is a failure.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(90);

/// A lock that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Locked {
	/// The block with its transaction.
	pub block: u64,
	/// What the miner can be paid at most.
	pub price: u128,
	/// What of its bond is reserved.
	pub bond: u128,
	/// The transaction's fee.
	pub fee: u128,
}

/// A receipt that was accepted.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
	/// The block with its transaction.
	pub block: u64,
	/// Weight of the transaction.
	pub weight: Weight,
	/// Its fee.
	pub fee: u128,
	/// When we saw the block final.
	pub seen: Instant,
}

/// A job that was paid.
#[derive(Clone, Debug)]
pub struct Paid {
	/// What the miner got.
	pub amount: u128,
	/// What the issuer got.
	pub issuer_fee: u128,
	/// What returned to the requester.
	pub returned: u128,
}

/// Every final block after the first one seen, summed up.
pub struct Ledger {
	chain: Chain,
	blocks: Blocks,
	/// State before anything that the ledger counts.
	pub start: View,
	/// State after the last block counted.
	pub end: View,
	/// Fees by who paid them.
	pub fees: BTreeMap<AccountId, u128>,
	/// What was held for a panel, by job.
	pub panel_fees: BTreeMap<JobId, u128>,
	/// Locks by job.
	pub locked: BTreeMap<JobId, Locked>,
	/// Accepted receipts by job.
	pub accepted: BTreeMap<JobId, Accepted>,
	/// Paid jobs.
	pub paid: BTreeMap<JobId, Paid>,
}

impl Ledger {
	/// Begins with the next final block, whose own content is not counted.
	pub async fn open(chain: &Chain) -> Result<Self, Failure> {
		let mut blocks = chain.follow(Head::Finalised);
		let first = next(&mut blocks).await?;
		let start = chain.at_block(first).await?;
		let end = chain.at_block(first).await?;
		Ok(Self {
			chain: chain.clone(),
			blocks,
			start,
			end,
			fees: BTreeMap::new(),
			panel_fees: BTreeMap::new(),
			locked: BTreeMap::new(),
			accepted: BTreeMap::new(),
			paid: BTreeMap::new(),
		})
	}

	/// Counts the next final block.
	pub async fn advance(&mut self) -> Result<(), Failure> {
		let view = self.chain.at_block(next(&mut self.blocks).await?).await?;
		for transaction in view.transactions().await? {
			let fees = self.fees.entry(transaction.payer).or_default();
			*fees = fees.saturating_add(transaction.fee);
			for event in transaction.events {
				match event {
					Event::JobPosted { job, panel_fee, .. } => {
						self.panel_fees.insert(job, panel_fee);
					},
					Event::JobLocked { job, price, bond, .. } => {
						let (block, fee) = (view.block().number, transaction.fee);
						self.locked.insert(job, Locked { block, price, bond, fee });
					},
					Event::ReceiptAccepted { job, .. } => {
						let accepted = Accepted {
							block: view.block().number,
							weight: transaction.weight,
							fee: transaction.fee,
							seen: Instant::now(),
						};
						self.accepted.insert(job, accepted);
					},
					Event::JobFulfilled { job, amount, issuer_fee, returned, .. } => {
						let paid = Paid { amount, issuer_fee, returned };
						self.paid.insert(job, paid);
					},
					_ => (),
				}
			}
		}
		self.end = view;
		Ok(())
	}

	/// Counts blocks until this height is final.
	pub async fn advance_to(&mut self, height: u64) -> Result<(), Failure> {
		while self.end.block().number < height {
			self.advance().await?;
		}
		Ok(())
	}

	/// The fees that an account has paid.
	pub fn fees_of(&self, account: &AccountId) -> u128 {
		self.fees.get(account).copied().unwrap_or_default()
	}
}

async fn next(blocks: &mut Blocks) -> Result<[u8; 32], Failure> {
	match tokio::time::timeout(BLOCK_TIMEOUT, blocks.next()).await {
		Ok(block) => Ok(block.hash),
		Err(_) => Err(Failure::unavailable(
			"waiting for a final block",
			format!("none within {} s", BLOCK_TIMEOUT.as_secs()),
		)),
	}
}
