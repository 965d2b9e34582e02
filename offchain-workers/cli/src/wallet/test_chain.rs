//! A chain that is made up, as the node would tell of it, and somebody with a wallet on it.

use super::sync::{Source, Watcher};
use crate::failure::Failure;
use quittance_client::{
	AccountId, Block, ClientError, Head, PoolAction, PoolBlock, PoolCall, PoolNote,
};
use quittance_poseidon::{Frontier, Native};
use quittance_types::{FieldBytes, JobTime, NOTE_TREE_DEPTH};
use quittance_wallet::{
	deposit, own_address, system_randomness, Address, Ciphertext, Contents, Keys, Label, Period,
	Pool, Reader, Secret, Seed, Terms, Transfer, Wallet,
};
use std::sync::Mutex;

pub const GENESIS: [u8; 32] = [7; 32];
pub const WHO: AccountId = AccountId([0x21; 32]);
pub const POOL: Pool = Pool {
	pallet: 44,
	account: [0x51; 32],
	transfer: [0x52; 32],
	withdraw: [0x53; 32],
	auditor: None,
};

/// What a call does, with the notes that it makes.
pub type Done = (PoolAction, Vec<(FieldBytes, Ciphertext)>);

/// Blocks from the first one on. The best chain is all of them.
pub struct TestChain {
	blocks: Vec<(PoolBlock, u64)>,
	trees: Vec<Frontier>,
	pub finalised: u64,
	fork: u8,
	/// The node does not know this block's state any more, nor that of those before.
	pub discarded: Option<u64>,
	/// It does not know this block's state, nor that of later ones.
	pub lost: Option<u64>,
	/// Blocks that were read, in the order in which they were asked for.
	pub read: Mutex<Vec<u64>>,
	/// Number of questions of any kind.
	pub asked: Mutex<usize>,
	/// Job time is behind the height by so many blocks.
	pub stopped: u64,
}

impl TestChain {
	pub fn new() -> Self {
		let block = Block { hash: GENESIS, number: 0 };
		let first = PoolBlock { block, parent: [0; 32], calls: vec![], root: None };
		Self {
			blocks: vec![(first, 0)],
			trees: vec![Frontier::new(NOTE_TREE_DEPTH).unwrap()],
			finalised: 0,
			fork: 0,
			discarded: None,
			lost: None,
			read: Mutex::default(),
			asked: Mutex::default(),
			stopped: 0,
		}
	}

	pub fn height(&self) -> u64 {
		self.blocks.len() as u64 - 1
	}

	/// Adds a block.
	pub fn block(&mut self, done: Vec<Done>) -> u64 {
		let number = self.height() + 1;
		let mut hash = [self.fork; 32];
		hash[..8].copy_from_slice(&number.to_le_bytes());
		let mut tree = self.trees.last().unwrap().clone();
		let mut adds = false;
		let mut calls = Vec::new();
		for (action, made) in done {
			let mut notes = Vec::new();
			for (commitment, ciphertext) in made {
				adds = true;
				let index = tree.append::<Native>(commitment.to_field().unwrap()).unwrap();
				notes.push(PoolNote { index, commitment, ciphertexts: vec![ciphertext] });
			}
			calls.push(PoolCall { action, notes });
		}
		let root = adds.then(|| (tree.root::<Native>().into(), tree.leaves()));
		let parent = self.blocks.last().unwrap().0.block.hash;
		let block = Block { hash, number };
		self.blocks.push((PoolBlock { block, parent, calls, root }, tree.leaves()));
		self.trees.push(tree);
		number
	}

	/// Adds so many blocks in which nothing is.
	pub fn quiet(&mut self, count: u64) {
		for _ in 0..count {
			self.block(vec![]);
		}
	}

	/// Goes back to a block, from which another history follows.
	pub fn reorganise(&mut self, to: u64) {
		self.blocks.truncate(to as usize + 1);
		self.trees.truncate(to as usize + 1);
		self.fork += 1;
	}

	/// All of it is final.
	pub fn finalise(&mut self) {
		self.finalised = self.height();
	}

	/// Changes what the node says of a block.
	pub fn lie(&mut self, number: u64, change: impl FnOnce(&mut PoolBlock)) {
		change(&mut self.blocks[number as usize].0);
	}

	/// What a block has.
	pub fn said(&self, number: u64) -> &PoolBlock {
		&self.blocks[number as usize].0
	}

	/// The blocks that were read since this was asked last.
	pub fn taken(&self) -> Vec<u64> {
		std::mem::take(&mut self.read.lock().unwrap())
	}

	fn ask(&self) {
		*self.asked.lock().unwrap() += 1;
	}

	fn state(&self, block: Block) -> Result<&(PoolBlock, u64), ClientError> {
		self.ask();
		match self.discarded {
			Some(discarded) if block.number <= discarded => {
				Err(ClientError::StateDiscarded(block.number))
			},
			_ if self.lost.is_some_and(|lost| block.number >= lost) => {
				Err(ClientError::UnknownBlock(block.hash))
			},
			_ => self
				.blocks
				.get(block.number as usize)
				.filter(|(found, _)| found.block == block)
				.ok_or(ClientError::UnknownBlock(block.hash)),
		}
	}
}

impl Source for TestChain {
	async fn head(&self, head: Head) -> Result<Block, ClientError> {
		self.ask();
		let number = match head {
			Head::Best => self.height(),
			Head::Finalised => self.finalised,
		};
		Ok(self.blocks[number as usize].0.block)
	}

	async fn block_of_height(&self, number: u64) -> Result<Option<Block>, ClientError> {
		self.ask();
		Ok(self.blocks.get(number as usize).map(|(found, _)| found.block))
	}

	async fn parent_of(&self, block: Block) -> Result<Block, ClientError> {
		self.ask();
		Ok(Block { hash: self.said(block.number).parent, number: block.number - 1 })
	}

	async fn leaves(&self, block: Block) -> Result<u64, ClientError> {
		Ok(self.state(block)?.1)
	}

	async fn pool_block(&self, block: Block) -> Result<PoolBlock, ClientError> {
		let found = self.state(block)?.0.clone();
		self.read.lock().unwrap().push(block.number);
		Ok(found)
	}

	async fn job_time(&self, block: Block) -> Result<JobTime, ClientError> {
		self.state(block)?;
		Ok(block.number - self.stopped)
	}
}

/// Somebody with a wallet.
pub struct Party {
	pub keys: Keys,
	pub contents: Contents,
	pub watcher: Noted,
}

/// What a watcher was told.
#[derive(Default)]
pub struct Noted {
	pub took: Vec<u64>,
	pub saves: usize,
	pub reached: Vec<(u64, u64)>,
	/// No save works.
	pub disk_full: bool,
}

impl Watcher for Noted {
	fn reached(&mut self, number: u64, end: u64) {
		self.reached.push((number, end));
	}

	fn took(&mut self, block: &PoolBlock) {
		self.took.push(block.block.number);
	}

	fn save(&mut self, _: &Contents) -> Result<(), Failure> {
		if self.disk_full {
			return Err(Failure::unavailable("saving", "no space left"));
		}
		self.saves += 1;
		Ok(())
	}
}

impl Party {
	pub fn new(seed: u8) -> Self {
		let seed = Seed::from_bytes(&[seed; 32]);
		let keys = Keys::new(&seed, &GENESIS);
		let wallet = Wallet::new(Reader::Owner(&keys));
		let secret = Secret::Seed(seed);
		let contents = Contents { secret, genesis: GENESIS, wallet, auditor: None };
		Self { keys, contents, watcher: Noted::default() }
	}

	pub fn wallet(&self) -> &Wallet {
		&self.contents.wallet
	}

	pub async fn follow(&mut self, chain: &TestChain) -> Result<(), Failure> {
		self.follow_until(chain, None).await
	}

	pub async fn follow_until(
		&mut self,
		chain: &TestChain,
		until: Option<u64>,
	) -> Result<(), Failure> {
		let Self { keys, contents, watcher } = self;
		let reader = Reader::Owner(keys);
		super::sync::follow(chain, reader, contents, watcher, until).await.map(|_| ())
	}

	/// A deposit for itself.
	pub fn deposits(&self, amount: u64, block: u64) -> Done {
		let own = own_address(&self.keys, block, &mut system_randomness()).unwrap();
		deposited(&own, amount, block)
	}

	pub fn address(&self, block: u64) -> Address {
		let label = Label::for_payer(&mut system_randomness());
		self.keys.address(label, Period::of(block), 2).unwrap()
	}

	/// A payment, and what it does when it is in a block.
	pub fn pays(&mut self, to: &Address, amount: u64, block: u64, valid_until: u64) -> Transfer {
		let terms = Terms { fee: 10, join_fee: 10, relayer: None, valid_until, block };
		let Self { keys, contents, .. } = self;
		let rng = &mut system_randomness();
		contents.wallet.transfer(keys, &POOL, to, amount, &terms, rng).unwrap()
	}
}

pub fn deposited(to: &Address, amount: u64, block: u64) -> Done {
	let made = deposit(to, amount.into(), block, &mut system_randomness()).unwrap();
	let action = PoolAction::Deposit { who: WHO, amount: amount.into() };
	(action, vec![(made.commitment, made.ciphertext)])
}

pub fn transferred(call: &Transfer) -> Done {
	let claims = &call.claims;
	let action = PoolAction::Transfer { nullifiers: claims.nullifiers, fee: claims.fee };
	(action, claims.commitments.into_iter().zip(call.ciphertexts).collect())
}
