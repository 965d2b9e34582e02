//! A chain that is as the pallet makes it, and the people on it.

mod addresses;
mod audit;
mod choices;
mod ciphertexts;
mod keys;
mod market;
mod openings;
mod periods;
mod private_jobs;
mod proofs;
mod scanning;
mod settlements;
mod spending;
mod stores;
mod trees;
mod vectors;

use std::convert::Infallible;

use ark_bn254::Fr;
use hpke::rand_core::{TryCryptoRng, TryRng};
use quittance_poseidon::{Frontier, Native};
use quittance_types::{deposit_commitment, FieldBytes, NOTE_TREE_DEPTH};

use crate::{
	deposit, own_address, Action, AddedNote, Address, Block, Call, Ciphertext, Keys, Label, Period,
	Pool, Reader, Seed, Terms, Transfer, Wallet, Withdrawal,
};

const GENESIS: [u8; 32] = [7; 32];
const WHO: [u8; 32] = [0x21; 32];

const POOL: Pool = Pool {
	pallet: 44,
	account: [0x51; 32],
	transfer: [0x52; 32],
	withdraw: [0x53; 32],
	auditor: None,
};

/// Randomness that is the same every time, by splitmix64: good to test with and for nothing else.
struct Seeded(u64);

impl TryRng for Seeded {
	type Error = Infallible;

	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		self.try_next_u64().map(|number| number as u32)
	}

	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		Ok(mixed ^ (mixed >> 31))
	}

	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
		for chunk in to.chunks_mut(8) {
			let number = self.try_next_u64()?.to_le_bytes();
			chunk.copy_from_slice(&number[..chunk.len()]);
		}
		Ok(())
	}
}

impl TryCryptoRng for Seeded {}

/// A leaf before it has a place.
type Leaf = (FieldBytes, Option<Ciphertext>);

/// Blocks, one after the other or with gaps.
#[derive(Clone)]
struct Chain {
	blocks: Vec<Block>,
	leaves: Vec<Fr>,
	next: u64,
	fork: u8,
}

impl Chain {
	fn new() -> Self {
		Self { blocks: vec![], leaves: vec![], next: 1, fork: 0 }
	}

	/// The number of the block that comes next.
	fn skip_to(&mut self, next: u64) {
		assert!(next >= self.next);
		self.next = next;
	}

	fn block(&mut self, calls: Vec<(Action, Vec<Leaf>)>) -> u64 {
		let number = self.next;
		let mut hash = [self.fork; 32];
		hash[..8].copy_from_slice(&number.to_le_bytes());
		let parent = match self.blocks.last() {
			Some(last) if last.number + 1 == number => last.hash,
			None if number == 1 => GENESIS,
			_ => [0xff; 32],
		};
		let mut adds = false;
		let calls = calls
			.into_iter()
			.map(|(action, leaves)| Call {
				action,
				notes: leaves
					.into_iter()
					.map(|(commitment, ciphertext)| {
						adds = true;
						self.leaves.push(commitment.to_field().unwrap());
						let index = self.leaves.len() as u64 - 1;
						let ciphertexts = ciphertext.into_iter().collect();
						AddedNote { index, commitment, ciphertexts }
					})
					.collect(),
			})
			.collect();
		let root = adds.then(|| (FieldBytes::from(self.root()), self.leaves.len() as u64));
		self.blocks.push(Block { number, hash, parent, calls, root });
		self.next += 1;
		number
	}

	/// By the pallet's own tree, not by ours.
	fn root(&self) -> Fr {
		let mut frontier = Frontier::new(NOTE_TREE_DEPTH).unwrap();
		for leaf in &self.leaves {
			frontier.append::<Native>(*leaf).unwrap();
		}
		frontier.root::<Native>()
	}

	/// Goes back to a block, from which another history follows.
	fn reorganise(&mut self, to: u64) {
		self.blocks.retain(|block| block.number <= to);
		let notes = self.blocks.iter().flat_map(|block| &block.calls).map(|call| call.notes.len());
		self.leaves.truncate(notes.sum());
		self.next = to + 1;
		self.fork += 1;
	}

	fn last(&self) -> u64 {
		self.blocks.last().map_or(0, |block| block.number)
	}

	/// The blocks after this one.
	fn after(&self, number: u64) -> &[Block] {
		let first = self.blocks.partition_point(|block| block.number <= number);
		&self.blocks[first..]
	}
}

fn deposited(to: &Address, amount: u128, block: u64, rng: &mut Seeded) -> (Action, Vec<Leaf>) {
	let call = deposit(to, amount, block, rng).unwrap();
	assert_eq!(deposit_commitment::<Native>(amount, &call.inner), Ok(call.commitment));
	let leaves = vec![(call.commitment, Some(call.ciphertext))];
	(Action::Deposit { who: WHO, amount }, leaves)
}

fn transferred(call: &Transfer) -> (Action, Vec<Leaf>) {
	let claims = &call.claims;
	let leaves = claims.commitments.into_iter().zip(call.ciphertexts.map(Some)).collect();
	(Action::Transfer { nullifiers: claims.nullifiers, fee: claims.fee }, leaves)
}

fn withdrawn(call: &Withdrawal) -> (Action, Vec<Leaf>) {
	let claims = &call.claims;
	let action = Action::Withdrawal {
		nullifiers: claims.nullifiers,
		payee: call.header.payee,
		amount: claims.amount,
		fee: claims.fee,
	};
	(action, vec![(claims.change, Some(call.ciphertext))])
}

/// Somebody with a wallet.
struct Party {
	keys: Keys,
	wallet: Wallet,
	rng: Seeded,
}

impl Party {
	fn new(seed: u8) -> Self {
		let keys = Keys::new(&Seed::from_bytes(&[seed; 32]), &GENESIS);
		let wallet = Wallet::new(Reader::Owner(&keys));
		Self { keys, wallet, rng: Seeded(seed.into()) }
	}

	/// An address for a payer, valid now.
	fn address(&mut self, block: u64) -> Address {
		let label = Label::for_payer(&mut self.rng);
		self.keys.address(label, Period::of(block), 2).unwrap()
	}

	fn own(&mut self, block: u64) -> Address {
		own_address(&self.keys, block, &mut self.rng).unwrap()
	}

	/// Takes in all that is new, and takes it for final.
	fn follow(&mut self, chain: &Chain) {
		let (from, _) = self.wallet.position();
		self.wallet.scan(Reader::Owner(&self.keys), chain.after(from), chain.last()).unwrap();
	}

	/// Pays so many notes of these amounts to itself, in one block.
	fn fund(&mut self, chain: &mut Chain, amounts: &[u64]) {
		let calls = amounts
			.iter()
			.map(|amount| {
				let own = self.own(chain.next);
				deposited(&own, u128::from(*amount), chain.next, &mut self.rng)
			})
			.collect();
		chain.block(calls);
		self.follow(chain);
	}

	/// A wallet that has only the seed and the chain.
	fn restored(&self, chain: &Chain) -> Wallet {
		let mut wallet = Wallet::new(Reader::Owner(&self.keys));
		wallet.scan(Reader::Owner(&self.keys), &chain.blocks, chain.last()).unwrap();
		wallet
	}
}

fn terms(chain: &Chain, fee: u64) -> Terms {
	Terms { fee, join_fee: fee, relayer: None, valid_until: chain.next + 50, block: chain.next }
}
