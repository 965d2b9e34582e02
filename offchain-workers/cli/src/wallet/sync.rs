//! How a wallet follows the chain.
//!
//! Up to the newest final block it takes in the blocks that concern the pool, and passes over the others: the chain
//! says at each block how many notes there are, so that a stretch in which that number stays has nothing in it. After
//! that come the few blocks that are not final yet. The next time it goes back to the last final block first, so that
//! it does not matter which of the others were given up since.

use crate::failure::{Failure, Fault};
use futures::{stream, StreamExt, TryStreamExt};
use quittance_client::{
	Block, Chain, ClientError, Head, PoolAction, PoolBlock, PoolCall, PoolNote,
};
use quittance_types::JobTime;
use quittance_wallet::{
	Action, AddedNote, Block as WalletBlock, Call, Contents, Reader, ScanError, Wallet,
	MAX_ROLLBACK,
};
use std::{
	future::Future,
	time::{Duration, Instant},
};

/// Blocks that are looked at one by one before the stretches between looks grow.
const WINDOW: u64 = 64;

/// Questions to the node that are under way at once.
const AT_ONCE: usize = 16;

/// What is scanned is saved so often, so that whoever is interrupted loses little.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What a wallet reads of a chain.
pub trait Source: Sync {
	/// The newest block.
	fn head(&self, head: Head) -> impl Future<Output = Result<Block, ClientError>> + Send;

	/// The best chain's block of this height.
	fn block_of_height(
		&self,
		number: u64,
	) -> impl Future<Output = Result<Option<Block>, ClientError>> + Send;

	/// The block before a block.
	fn parent_of(&self, block: Block) -> impl Future<Output = Result<Block, ClientError>> + Send;

	/// Number of notes when a block ended.
	fn leaves(&self, block: Block) -> impl Future<Output = Result<u64, ClientError>> + Send;

	/// What concerns the pool in a block.
	fn pool_block(
		&self,
		block: Block,
	) -> impl Future<Output = Result<PoolBlock, ClientError>> + Send;

	/// Job time in a block.
	fn job_time(&self, block: Block) -> impl Future<Output = Result<JobTime, ClientError>> + Send;
}

impl Source for Chain {
	async fn head(&self, head: Head) -> Result<Block, ClientError> {
		Chain::head(self, head).await
	}

	async fn block_of_height(&self, number: u64) -> Result<Option<Block>, ClientError> {
		Chain::block_of_height(self, number).await
	}

	async fn parent_of(&self, block: Block) -> Result<Block, ClientError> {
		Chain::parent_of(self, block).await
	}

	async fn leaves(&self, block: Block) -> Result<u64, ClientError> {
		self.view(block).await?.note_leaves().await
	}

	async fn pool_block(&self, block: Block) -> Result<PoolBlock, ClientError> {
		self.view(block).await?.pool_block().await
	}

	async fn job_time(&self, block: Block) -> Result<JobTime, ClientError> {
		self.view(block).await?.job_time().await
	}
}

/// What is told while a wallet follows the chain, and done with what it has learned.
pub trait Watcher {
	/// It has come so far, on the way to this height.
	fn reached(&mut self, number: u64, end: u64);

	/// It has taken in this block, which concerns the pool and is final. Each comes once.
	fn took(&mut self, block: &PoolBlock);

	/// Saves it. It must be on the disk when this returns.
	fn save(&mut self, contents: &Contents) -> Result<(), Failure>;
}

/// Where a wallet is when it has followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reached {
	/// The newest final block.
	pub finalised: Block,
	/// Job time in it.
	pub job_time: JobTime,
}

/// Takes in all that came since the wallet was here last, and saves it, also as it goes. `until` is a height beyond
/// which nothing is looked at: a period's key opens nothing there.
pub async fn follow(
	source: &impl Source,
	reader: Reader<'_>,
	contents: &mut Contents,
	watcher: &mut impl Watcher,
	until: Option<u64>,
) -> Result<Reached, Failure> {
	let newest = source.head(Head::Finalised).await?;
	let finalised = match until {
		Some(until) if until < newest.number => known(source, until).await?,
		_ => newest,
	};
	rejoin(source, &mut contents.wallet, finalised).await?;
	final_blocks(source, reader, contents, watcher, finalised).await?;
	if finalised == newest {
		newest_blocks(source, reader, contents, finalised).await?;
	}
	let job_time = source.job_time(newest).await?;
	contents.wallet.finalise(finalised.number);
	contents.wallet.release_expired(job_time);
	watcher.save(contents)?;
	Ok(Reached { finalised: newest, job_time })
}

/// The chain's block of a height that it has.
async fn known(source: &impl Source, number: u64) -> Result<Block, Failure> {
	let block = source.block_of_height(number).await?;
	block.ok_or_else(|| {
		let detail = format!("it has no block {number} any more, and had one just now: try again");
		Failure::unavailable("asking the node", detail)
	})
}

/// Goes back to the last block that was final when the wallet saw it, which the chain must have.
async fn rejoin(
	source: &impl Source,
	wallet: &mut Wallet,
	finalised: Block,
) -> Result<(), Failure> {
	let (own, node) = (wallet.finalised(), finalised.number);
	if node < own {
		let detail = format!(
			"its newest final block is {node}, and the wallet has seen {own}: wait until the node has caught up, \
			 or ask another"
		);
		return Err(Failure::unavailable("following the chain", detail));
	}
	roll_back(wallet, own)?;
	let (number, hash) = wallet.position();
	if source.block_of_height(number).await?.is_some_and(|block| block.hash == hash) {
		return Ok(());
	}
	let detail = format!(
		"the node does not have block {number}, which was final when the wallet saw it: its chain has the same \
		 beginning and another history; ask another node, or restore the wallet from its words"
	);
	Err(Failure::Refused { by: "wallet", reason: "OtherHistory".into(), detail })
}

fn roll_back(wallet: &mut Wallet, to: u64) -> Result<(), Failure> {
	wallet.roll_back(to).map_err(|error| Failure::Refused {
		by: "wallet",
		reason: "TooDeep".into(),
		detail: error.to_string(),
	})
}

/// Takes in final blocks.
async fn final_blocks(
	source: &impl Source,
	reader: Reader<'_>,
	contents: &mut Contents,
	watcher: &mut impl Watcher,
	finalised: Block,
) -> Result<(), Failure> {
	let mut saved = Instant::now();
	let end = finalised.number;
	while contents.wallet.position().0 < end {
		let (number, hash) = contents.wallet.position();
		let leaves = contents.wallet.leaves();
		let (changed, reached, _) =
			stretch(source, Block { number, hash }, leaves, finalised).await?;
		let mut blocks = read(source, changed).await?;
		if blocks.last().is_none_or(|block| block.block != reached) {
			blocks.push(empty(source, reached).await?);
		}
		scan(reader, contents, &blocks, end)?;
		blocks.iter().filter(|block| !block.calls.is_empty()).for_each(|block| watcher.took(block));
		watcher.reached(reached.number, end);
		if saved.elapsed() >= SAVE_EVERY {
			watcher.save(contents)?;
			saved = Instant::now();
		}
	}
	Ok(())
}

/// The blocks of these heights in which notes were added, in order. `last` is final. `reached` is told how far it has
/// looked.
pub async fn blocks_with_notes(
	source: &impl Source,
	heights: std::ops::RangeInclusive<u64>,
	mut reached: impl FnMut(u64),
) -> Result<Vec<Block>, Failure> {
	let last = known(source, *heights.end()).await?;
	let (mut at, mut leaves) = count(source, heights.start().saturating_sub(1)).await?;
	let mut found = Vec::new();
	while at.number < last.number {
		let (changed, end, then) = stretch(source, at, leaves, last).await?;
		found.extend(changed);
		(at, leaves) = (end, then);
		reached(at.number);
	}
	Ok(found)
}

/// What comes after a block with so many notes: the blocks of the next stretch in which some were added, its last
/// block, and how many there were then. A stretch is of some blocks, or of all to come in which there is nothing new.
async fn stretch(
	source: &impl Source,
	from: Block,
	leaves: u64,
	finalised: Block,
) -> Result<(Vec<Block>, Block, u64), Failure> {
	let last = from.number.saturating_add(WINDOW).min(finalised.number);
	let mut before = leaves;
	let (mut changed, mut end) = (Vec::new(), from);
	for (block, count) in counts(source, from.number + 1..=last).await? {
		if count != before {
			changed.push(block);
		}
		(before, end) = (count, block);
	}
	if changed.is_empty() {
		end = quiet_until(source, end, leaves, finalised).await?;
	}
	Ok((changed, end, before))
}

/// The last block of the stretch after this one in which there is no new note: looked for in steps that grow, then
/// by halves.
async fn quiet_until(
	source: &impl Source,
	from: Block,
	leaves: u64,
	finalised: Block,
) -> Result<Block, Failure> {
	let (mut quiet, mut step) = (from, WINDOW);
	while quiet.number < finalised.number {
		let number = quiet.number.saturating_add(step).min(finalised.number);
		let (probe, there) = count(source, number).await?;
		if there == leaves {
			(quiet, step) = (probe, step.saturating_mul(2));
			continue;
		}
		let mut loud = number;
		while loud - quiet.number > 1 {
			let (middle, there) = count(source, quiet.number + (loud - quiet.number) / 2).await?;
			match there == leaves {
				true => quiet = middle,
				false => loud = middle.number,
			}
		}
		break;
	}
	Ok(quiet)
}

/// Takes in the blocks after the last final one, as they are now.
async fn newest_blocks(
	source: &impl Source,
	reader: Reader<'_>,
	contents: &mut Contents,
	finalised: Block,
) -> Result<(), Failure> {
	let mut best = source.head(Head::Best).await?;
	let furthest = finalised.number.saturating_add(MAX_ROLLBACK as u64);
	if best.number > furthest {
		best = known(source, furthest).await?;
	}
	let mut branch = Vec::new();
	while best.number > finalised.number {
		branch.push(best);
		best = source.parent_of(best).await?;
	}
	// Else another branch has become the best one since: the next look is at that one.
	if best == finalised && !branch.is_empty() {
		branch.reverse();
		let blocks = read(source, branch).await?;
		scan(reader, contents, &blocks, finalised.number)?;
	}
	Ok(())
}

/// A block of this height with the number of notes when it ended.
async fn count(source: &impl Source, number: u64) -> Result<(Block, u64), Failure> {
	let block = known(source, number).await?;
	Ok((block, source.leaves(block).await?))
}

async fn counts(
	source: &impl Source,
	numbers: std::ops::RangeInclusive<u64>,
) -> Result<Vec<(Block, u64)>, Failure> {
	stream::iter(numbers).map(|number| count(source, number)).buffered(AT_ONCE).try_collect().await
}

async fn read(source: &impl Source, blocks: Vec<Block>) -> Result<Vec<PoolBlock>, Failure> {
	let read = blocks.into_iter().map(|block| source.pool_block(block));
	Ok(stream::iter(read).buffered(AT_ONCE).try_collect().await?)
}

/// A block in which nothing concerns the pool.
async fn empty(source: &impl Source, block: Block) -> Result<PoolBlock, Failure> {
	let parent = source.parent_of(block).await?.hash;
	Ok(PoolBlock { block, parent, calls: Vec::new(), root: None })
}

fn scan(
	reader: Reader<'_>,
	contents: &mut Contents,
	blocks: &[PoolBlock],
	finalised: u64,
) -> Result<(), Failure> {
	let taken: Vec<_> = blocks.iter().map(for_wallet).collect();
	contents.wallet.scan(reader, &taken, finalised).map_err(refused)
}

fn refused(error: ScanError) -> Failure {
	let reason = format!("{error:?}");
	let name = reason.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
	match &error {
		ScanError::OtherKeys => Failure::argument("--wallet", Fault::Contradiction, error),
		_ => Failure::Refused { by: "wallet", reason: name, detail: error.to_string() },
	}
}

/// A block as the wallet takes it.
fn for_wallet(found: &PoolBlock) -> WalletBlock {
	let PoolBlock { block, parent, calls, root } = found;
	WalletBlock {
		number: block.number,
		hash: block.hash,
		parent: *parent,
		calls: calls.iter().map(call_for_wallet).collect(),
		root: *root,
	}
}

fn call_for_wallet(PoolCall { action, notes }: &PoolCall) -> Call {
	let action = match *action {
		PoolAction::Deposit { who, amount } => Action::Deposit { who: who.0, amount },
		PoolAction::Transfer { nullifiers, fee } => Action::Transfer { nullifiers, fee },
		PoolAction::Withdrawal { nullifiers, payee, amount, fee } => {
			Action::Withdrawal { nullifiers, payee: payee.0, amount, fee }
		},
		PoolAction::PrivateJobPosted { job, nullifiers, offer, paid_in, fee } => {
			Action::PrivateJobPosted { job, nullifiers, offer, paid_in, fee }
		},
		PoolAction::Settled { job, subject, settlement } => {
			Action::Settled { job, subject, settlement }
		},
		PoolAction::EscrowGivenBack { job } => Action::EscrowGivenBack { job },
		PoolAction::Other => Action::Other,
	};
	let notes = notes.iter().map(|PoolNote { index, commitment, ciphertexts }| AddedNote {
		index: *index,
		commitment: *commitment,
		ciphertexts: ciphertexts.clone(),
	});
	Call { action, notes: notes.collect() }
}

#[cfg(test)]
mod tests;
