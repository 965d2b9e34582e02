//! The scenario: what a requester, a payee, a miner and an issuer do, by secrets that are its argument.
//!
//! All private calls are made by the wallet library and satisfy the circuits. Their proofs are a simulator's.

use super::blocks::ShownBlock;
use crate::{
	constants::currency::{MILLI_QTC, QTC},
	tests::{
		chain::signed,
		jobs::description,
		pool::{apply, prove},
		private_jobs::{facts, lock_timeout, paid_in, request, with_market},
	},
	*,
};
use codec::{Compact, Encode};
use hpke::rand_core::{TryCryptoRng, TryRng};
use pallet_confidential_settlement::{Call as PoolCall, Event as PoolEvent, NoteTree, PoolCircuit};
use pallet_model_marketplace::{Call as MarketCall, NextJob, PrivateRequest};
use quittance_babyjubjub::SecretKey;
use quittance_circuits::{post_private_job, settle, transfer, withdraw};
use quittance_poseidon::Native;
use quittance_types::{
	blake2_256, decode_input, development_issuer_seed, Blob, Body, EscrowOpening,
	Header as ProofHeader, JobId, JobTime, SettledReceipts, INPUT_TAG, INPUT_VERSION,
};
use quittance_wallet::{
	deposit, own_address, seal_opening, Address, JobEnd, JobKeys, JobOrder, JobPrice, JobStage,
	Keys, Label, Lock, LockedJob, OwnJob, Period, Pool, Reader, Seed, SettlementTerms, Settler,
	SignedWork, Terms, Wallet, USUAL_PERIODS,
};
use sp_core::{sr25519, Pair as _};
use sp_keyring::Sr25519Keyring::{self, Alice, Charlie, Eve, Ferdie};
use std::{convert::Infallible, slice};

/// One QTC, as notes have it.
const ONE: u64 = QTC as u64;

/// Items of an input. Its size is public, and so are they.
const ITEMS: u32 = 8;

/// Bytes of an output.
const OUTPUT_BYTES: u32 = 200;

/// Who has a wallet.
#[derive(Clone, Copy)]
pub(super) enum Who {
	Requester,
	Payee,
	Miner,
}

/// All that the chain is not to know. There is no `Debug`, as nowhere for what is confidential.
#[derive(Clone, Copy)]
pub(super) struct Secrets {
	/// Of it wallets and all random numbers are made.
	seed: u64,
	/// Whose note the second deposit makes.
	second_deposit: Who,
	/// Whom the requester pays, and how much.
	paid: (Who, u64),
	/// Who takes money out of the pool.
	withdraws: Who,
	/// What the jobs pay.
	prices: [JobPrice; 3],
	/// For how many units of the first job the issuer signs.
	units: u64,
	/// Whom requester and miner pay in the end, and how much.
	last: [(Who, u64); 2],
	/// Whether public numbers follow the secret ones.
	leaks: bool,
}

impl Secrets {
	/// The same, of parties that tell by public numbers what they should not.
	pub(super) fn leaking(self) -> Self {
		Self { leaks: true, ..self }
	}
}

const fn price(unit_price: u64, max_units: u64) -> JobPrice {
	JobPrice { unit_price, max_units }
}

/// Two sets of secrets that have nothing in common. In both, all that comes back of an escrow is spent again: a
/// wallet spends the smallest note that is enough, and the smallest of all others with it.
pub(super) const SECRETS: [Secrets; 2] = [
	Secrets {
		seed: 1,
		second_deposit: Who::Requester,
		paid: (Who::Payee, 75 * ONE + 123),
		withdraws: Who::Payee,
		prices: [price(3 * ONE + 7, 20), price(2 * ONE + 11, 10), price(ONE + 13, 31)],
		units: 5,
		last: [(Who::Payee, 25 * ONE + 1), (Who::Payee, 3 * ONE + 5)],
		leaks: false,
	},
	Secrets {
		seed: 2,
		second_deposit: Who::Payee,
		paid: (Who::Miner, 160 * ONE + 456),
		withdraws: Who::Requester,
		prices: [price(11 * ONE / 2 + 29, 11), price(8 * ONE + 31, 3), price(4 * ONE + 37, 10)],
		units: 8,
		last: [(Who::Miner, 30 * ONE + 17), (Who::Requester, 50 * ONE + 19)],
		leaks: false,
	},
];

/// Plays the scenario, and says what everybody has seen of it.
pub(super) fn play(secrets: &Secrets) -> Vec<ShownBlock> {
	let mut shown = Vec::new();
	with_market(|| shown = Scenario::new(secrets).play());
	shown
}

/// Randomness that is the same every time: hashes of a seed and a number. Good for tests and nothing else.
struct Seeded {
	seed: u64,
	drawn: u64,
}

impl Seeded {
	fn bytes<const N: usize>(&mut self) -> [u8; N] {
		let mut bytes = [0; N];
		self.fill(&mut bytes);
		bytes
	}

	fn fill(&mut self, to: &mut [u8]) {
		for chunk in to.chunks_mut(32) {
			self.drawn += 1;
			let drawn = blake2_256(&(self.seed, self.drawn).encode());
			chunk.copy_from_slice(&drawn[..chunk.len()]);
		}
	}
}

impl TryRng for Seeded {
	type Error = Infallible;

	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		Ok(u32::from_le_bytes(self.bytes()))
	}

	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		Ok(u64::from_le_bytes(self.bytes()))
	}

	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
		self.fill(to);
		Ok(())
	}
}

impl TryCryptoRng for Seeded {}

struct Party {
	keys: Keys,
	wallet: Wallet,
}

fn genesis() -> [u8; 32] {
	System::block_hash(0).0
}

/// The number of the best block: the one before that which is being made.
fn best() -> u64 {
	u64::from(System::block_number()) - 1
}

fn pool() -> Pool {
	let pool = ConfidentialSettlement::pool();
	Pool {
		pallet: 44,
		account: pool.account.into(),
		transfer: pool.transfer.expect("one is in force"),
		withdraw: pool.withdraw.expect("one is in force"),
		auditor: None,
	}
}

/// Somewhat more than the least fee, as wallets pay.
fn usual_fee(least: Balance) -> u64 {
	let fee = (least + least / 5).next_multiple_of(MILLI_QTC);
	u64::try_from(fee).expect("it is less than a QTC")
}

fn fee_of(of: PoolCircuit) -> u64 {
	usual_fee(ConfidentialSettlement::minimum_fee(of, false))
}

/// A header of the wallet's, as calls have it.
fn header_of(header: &ProofHeader<[u8; 32]>) -> Box<ProofHeader<AccountId>> {
	Box::new(ProofHeader {
		genesis: header.genesis,
		pallet: header.pallet,
		circuit: header.circuit,
		subject: header.subject,
		arguments: header.arguments,
		submitter: header.submitter.map(AccountId::from),
		payee: header.payee.into(),
		valid_until: header.valid_until,
		nonce: header.nonce,
	})
}

/// Sends a call that nobody signs.
fn send(call: PoolCall<Runtime>) {
	assert_eq!(apply(RuntimeCall::ConfidentialSettlement(call)), Ok(Ok(())));
}

fn sign(account: Sr25519Keyring, call: RuntimeCall) {
	let nonce = System::account_nonce(account.to_account_id());
	assert_eq!(Executive::apply_extrinsic(signed(account, nonce, call)), Ok(Ok(())));
}

/// What the miner reads of its job in the chain.
fn locked_job(job: JobId) -> LockedJob {
	let private = facts(job).expect("a miner has it");
	let subject = <ZkReceipts as SettledReceipts<AccountId>>::subject(job, &private);
	let (genesis, agreement, facts) = (genesis(), private.agreement, private.facts);
	LockedJob {
		lock: Lock { genesis, job, nonce: facts.nonce, agreement },
		subject: subject.to_field().expect("it is a field element"),
		circuit: facts.circuit.expect("it has one"),
		deadline: facts.deadline,
		posted_deadline: facts.posted_deadline,
		open_until: facts.open_until,
	}
}

/// A job that the miner has, with its opening.
struct Taken {
	job: JobId,
	since: JobTime,
	keys: JobKeys,
	opening: EscrowOpening,
}

struct Scenario<'a> {
	secrets: &'a Secrets,
	rng: Seeded,
	/// In the order of [`Who`].
	parties: [Party; 3],
	shown: Vec<ShownBlock>,
}

impl<'a> Scenario<'a> {
	/// With wallets that were made after the last block.
	fn new(secrets: &'a Secrets) -> Self {
		let mut rng = Seeded { seed: secrets.seed, drawn: 0 };
		let edge = NoteTree::<Runtime>::get().to_frontier().expect("it is a tree");
		let (number, hash) = (best(), System::parent_hash().0);
		let parties = [(); 3].map(|()| {
			let keys = Keys::new(&Seed::generate(&mut rng), &genesis());
			let wallet = Wallet::born_at(Reader::Owner(&keys), number, hash, &edge);
			let wallet = wallet.expect("it is the edge of the chain's tree");
			Party { keys, wallet }
		});
		Self { secrets, rng, parties, shown: Vec::new() }
	}

	fn play(mut self) -> Vec<ShownBlock> {
		let Secrets { second_deposit, paid, withdraws, prices, units, last, .. } = *self.secrets;
		self.deposit(Alice, Who::Requester, 500 * QTC);
		self.deposit(Charlie, second_deposit, 300 * QTC);
		self.next_block(1);
		self.pay(Who::Requester, paid);
		self.next_block(1);
		self.withdraw(withdraws, Ferdie, 20 * ONE);
		self.next_block(1);

		let (done, input) = self.post(prices[0]);
		self.next_block(1);
		let taken = self.take(done, &input);
		self.work(&taken, units);
		self.collect(done);
		self.next_block(1);

		let (cancelled, _) = self.post(prices[1]);
		self.next_block(1);
		let call = MarketCall::cancel_job { job: cancelled };
		self.sign_for(cancelled, RuntimeCall::ModelMarketplace(call));
		self.next_block(1);

		let (expired, _) = self.post(prices[2]);
		self.next_block(lock_timeout());
		// In idle time, without anybody's call.
		while !matches!(self.own_job(expired).stage(), JobStage::Ended(_)) {
			assert!(self.shown.len() < 40, "the job expires");
			self.next_block(1);
		}

		let [by_requester, by_miner] = last;
		self.pay(Who::Requester, by_requester);
		self.pay(Who::Miner, by_miner);
		self.next_block(1);
		self.check([done, cancelled, expired]);
		self.shown
	}

	/// That the jobs have ended as they should have, and all that came back was spent.
	fn check(&self, jobs: [JobId; 3]) {
		let Secrets { prices, units, .. } = *self.secrets;
		let change = prices[0].unit_price * (prices[0].max_units - units);
		let ends = [
			JobEnd::Settled { change: Some(change) },
			JobEnd::GivenBack { amount: prices[1].of_all_units() },
			JobEnd::GivenBack { amount: prices[2].of_all_units() },
		];
		for (job, end) in jobs.into_iter().zip(ends) {
			assert_eq!(self.own_job(job).stage(), JobStage::Ended(end), "job {job}");
		}
		let events = self.shown.iter().flat_map(|block| &block.events);
		let came_back = events.filter_map(|record| match record.event {
			// After that of the miner.
			RuntimeEvent::ConfidentialSettlement(PoolEvent::Settled { index, .. }) => {
				Some(index + 1)
			},
			RuntimeEvent::ConfidentialSettlement(PoolEvent::EscrowGivenBack { index, .. }) => {
				Some(index)
			},
			_ => None,
		});
		let came_back: Vec<u64> = came_back.collect();
		assert_eq!(came_back.len(), jobs.len());
		for leaf in came_back {
			let mut notes = self.parties[Who::Requester as usize].wallet.notes();
			let spent = notes.any(|(index, note)| index == leaf && note.spent.is_some());
			assert!(spent, "the note at {leaf} is the requester's and spent");
		}
	}

	/// Ends the block, which all wallets take for final, and starts the one that is so many blocks later.
	fn next_block(&mut self, blocks: u64) {
		let epoch = Babe::epoch_index();
		let block = ShownBlock::end(blocks);
		let taken = block.for_wallet();
		for Party { keys, wallet } in &mut self.parties {
			let scanned = wallet.scan(Reader::Owner(keys), slice::from_ref(&taken), taken.number);
			assert_eq!(scanned, Ok(()));
		}
		self.shown.push(block);
		// The first block of an epoch has no room for transactions.
		if Babe::epoch_index() != epoch {
			self.next_block(1);
		}
	}

	/// What a party adds to a public number that it should not, if it is one that does.
	fn leaked(&self, secret: u64) -> u64 {
		if self.secrets.leaks {
			secret % 1_000
		} else {
			0
		}
	}

	fn terms(&self, fee: u64) -> Terms {
		let valid_until = (ModelMarketplace::job_time() + 128).next_multiple_of(64);
		Terms { fee, join_fee: fee, relayer: None, valid_until, block: best() }
	}

	/// An address for somebody who pays.
	fn address(&mut self, of: Who) -> Address {
		let label = Label::for_payer(&mut self.rng);
		let keys = &self.parties[of as usize].keys;
		keys.address(label, Period::of(best()), USUAL_PERIODS).expect("they are few periods")
	}

	/// A deposit to an address.
	fn deposit_to(&mut self, address: &Address, amount: Balance) -> RuntimeCall {
		let made = deposit(address, amount, best(), &mut self.rng).expect("the address is valid");
		RuntimeCall::ConfidentialSettlement(PoolCall::deposit {
			amount,
			inner: made.inner,
			ciphertext: Box::new(made.ciphertext),
		})
	}

	fn deposit(&mut self, from: Sr25519Keyring, to: Who, amount: Balance) {
		let address = self.address(to);
		let call = self.deposit_to(&address, amount);
		sign(from, call);
	}

	fn pay(&mut self, from: Who, (to, amount): (Who, u64)) {
		let (pool, address) = (pool(), self.address(to));
		let terms = self.terms(fee_of(PoolCircuit::Transfer) + self.leaked(amount));
		let Self { parties, rng, .. } = self;
		let Party { keys, wallet } = &mut parties[from as usize];
		let call = wallet.transfer(keys, &pool, &address, amount, &terms, rng);
		let call = call.expect("there are two notes that are enough");
		assert!(transfer::assign(&call.public, call.witness()).is_ok());
		send(PoolCall::transfer {
			header: header_of(&call.header),
			claims: Box::new(call.claims),
			ciphertexts: Box::new(call.ciphertexts),
			audit: None,
			proof: prove(PoolCircuit::Transfer, &call.public.to_fields()),
		});
	}

	fn withdraw(&mut self, from: Who, payee: Sr25519Keyring, amount: u64) {
		let (pool, payee) = (pool(), payee.to_account_id().into());
		let terms = self.terms(fee_of(PoolCircuit::Withdraw));
		let Self { parties, rng, .. } = self;
		let Party { keys, wallet } = &mut parties[from as usize];
		let call = wallet.withdraw(keys, &pool, payee, amount, &terms, rng);
		let call = call.expect("there is a note that is enough");
		assert!(withdraw::assign(&call.public, call.witness()).is_ok());
		send(PoolCall::withdraw {
			header: header_of(&call.header),
			claims: Box::new(call.claims),
			ciphertext: Box::new(call.ciphertext),
			audit: None,
			proof: prove(PoolCircuit::Withdraw, &call.public.to_fields()),
		});
	}

	/// An input with a price, as requesters make it.
	fn input(&mut self, unit_price: u64) -> Vec<u8> {
		let description = description();
		let mut items = vec![0u8; description.item_bytes() as usize * ITEMS as usize];
		self.rng.fill(&mut items);
		let salt: [u8; 32] = self.rng.bytes();
		let mut input = INPUT_TAG.to_vec();
		input.push(INPUT_VERSION);
		(salt, description.weights.sha256, unit_price, Compact(ITEMS)).encode_to(&mut input);
		input.extend(items);
		input
	}

	/// Posts a job of the requester's, and returns its number and its input.
	fn post(&mut self, price: JobPrice) -> (JobId, Vec<u8>) {
		let JobPrice { unit_price, max_units } = price;
		let input = self.input(unit_price);
		let blob = Blob { digest: blake2_256(&input), size: input.len() as u32 };
		let request = PrivateRequest { input: blob, ..request() };
		let state = ConfidentialSettlement::pool();
		let circuit = state.post_private_job.expect("one is in force");
		let least = ConfidentialSettlement::minimum_post_fee(request.clone(), false);
		let (pool, terms) = (pool(), self.terms(usual_fee(least)));
		// What the account's calls cost is no more than a QTC.
		let paid_in = u64::try_from(paid_in() + QTC).expect("it is a few QTC");
		let paid_in = paid_in + self.leaked(unit_price);
		let order = JobOrder { circuit, unit_price, max_units, paid_in, request: &request };
		let account = |seed: &[u8; 32]| sr25519::Pair::from_seed(seed).public().0;
		let Self { parties, rng, .. } = self;
		let Party { keys, wallet } = &mut parties[Who::Requester as usize];
		let call = wallet.post_private_job(keys, &pool, &order, account, &terms, rng);
		let call = call.expect("there are two notes that are enough");
		assert!(post_private_job::assign(&call.public, call.witness()).is_ok());
		let job = NextJob::<Runtime>::get();
		send(PoolCall::post_private_job {
			header: header_of(&call.header),
			claims: Box::new(call.claims),
			request: Box::new(request),
			ciphertext: Box::new(call.ciphertext),
			audit: None,
			proof: prove(PoolCircuit::PostPrivateJob, &call.public.to_fields()),
		});
		(job, input)
	}

	fn own_job(&self, job: JobId) -> &OwnJob {
		let wallet = &self.parties[Who::Requester as usize].wallet;
		wallet.private_job(job).expect("it is one of the requester's")
	}

	/// Sends a call of the account that has posted a job.
	fn sign_for(&self, job: JobId, call: RuntimeCall) {
		let Party { keys, wallet } = &self.parties[Who::Requester as usize];
		let seed = wallet.requester_seed(keys, job).expect("it is one of the requester's");
		let pair = sr25519::Pair::from_seed(&seed);
		let account = AccountId::from(pair.public());
		let (nonce, first) = (System::account_nonce(&account), System::block_hash(0));
		let extrinsic =
			signing::signed_with(|bytes| pair.sign(bytes), account, first, nonce, 0, call);
		assert_eq!(Executive::apply_extrinsic(extrinsic), Ok(Ok(())));
	}

	/// The miner takes a job, and gets an opening that pays for it.
	fn take(&mut self, job: JobId, input: &[u8]) -> Taken {
		let keys = self.parties[Who::Miner as usize].keys.job_keys(job, 1);
		let call = MarketCall::lock_private_job {
			job,
			payee: keys.payee(),
			opening_key: keys.opening_key().to_bytes(),
		};
		sign(Eve, RuntimeCall::ModelMarketplace(call));
		let since = ModelMarketplace::job_time();
		self.next_block(1);

		let lock = locked_job(job).lock;
		let Self { parties, rng, .. } = self;
		let Party { keys: own, wallet } = &parties[Who::Requester as usize];
		let opening = wallet.escrow_opening(own, job).expect("its price is known");
		let sealed = seal_opening(&opening, &lock, &keys.opening_key(), rng);
		let sealed = sealed.expect("the key is one");
		let opening = Box::new(sealed);
		let call = MarketCall::send_opening { job, nonce: lock.nonce, opening };
		self.sign_for(job, RuntimeCall::ModelMarketplace(call));
		self.next_block(1);

		let offer = self.own_job(job).offer().expect("it is in a block");
		let item_bytes = description().item_bytes();
		let input = decode_input(input, item_bytes).expect("it is an input");
		let opening = keys.unseal(&sealed, &lock, &offer, &input, ONE).expect("it pays");
		Taken { job, since, keys, opening }
	}

	/// The miner shows an output, gets a receipt for so many units, and settles the job.
	///
	/// Issuers of today sign for all items of the input, whose size tells how many they are. Neither chain nor
	/// circuit knows that.
	fn work(&mut self, taken: &Taken, units: u64) {
		let Taken { job, since, keys: job_keys, opening } = taken;
		let size = OUTPUT_BYTES + self.leaked(units) as u32;
		let output = Blob { digest: self.rng.bytes(), size };
		let call = MarketCall::deliver_job { job: *job, output };
		sign(Eve, RuntimeCall::ModelMarketplace(call));
		self.next_block(1);

		let (now, locked) = (ModelMarketplace::job_time(), locked_job(*job));
		let unit_price = opening.terms.unit_price;
		let body = Body {
			units,
			unit_price: unit_price.into(),
			amount: u128::from(units) * u128::from(unit_price),
			start: *since,
			end: now,
			expires_at: locked.deadline,
			serial: u128::from_le_bytes(self.rng.bytes()),
			output: output.digest,
		};
		let salt = u128::from_le_bytes(self.rng.bytes());
		let secret = SecretKey::from_seed(&development_issuer_seed("//Dave"));
		let issuer = secret.public();
		let signature = secret.sign::<Native>(body.commitment::<Native>(locked.subject, salt));
		let work = SignedWork {
			body: &body,
			salt,
			signature: &signature,
			issuer: &issuer,
			issuer_index: 0,
			issuers: &[issuer.leaf::<Native>()],
		};
		let fee = fee_of(PoolCircuit::Settle) + self.leaked(units);
		let terms = SettlementTerms { fee, relayer: None, now, block: best() };
		let pool = pool();
		let Self { parties, rng, .. } = self;
		let keys = &parties[Who::Miner as usize].keys;
		let settler = Settler { keys, job_keys, pool: &pool, job: &locked, opening };
		let call = settler.by_receipt(&work, &terms, rng).expect("the receipt settles the job");
		assert!(settle::assign(&call.public, call.witness()).is_ok());
		send(PoolCall::settle {
			header: header_of(&call.header),
			job: *job,
			claims: Box::new(call.claims),
			ciphertext: Box::new(call.ciphertext),
			audit: None,
			proof: prove(PoolCircuit::Settle, &call.public.to_fields()),
		});
		self.next_block(1);
	}

	/// What is left on the account of a job that has ended goes into the pool again, a round amount of it.
	fn collect(&mut self, job: JobId) {
		self.sign_for(job, RuntimeCall::ModelMarketplace(MarketCall::remove_job { job }));
		let keys = &self.parties[Who::Requester as usize].keys;
		let own = own_address(keys, best(), &mut self.rng).expect("it is one period");
		let call = self.deposit_to(&own, 5 * QTC);
		self.sign_for(job, call);
	}
}
