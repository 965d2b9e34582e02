mod audit;
mod deposits;
mod double_spends;
mod fees;
mod forks;
mod governance;
mod headers;
mod interleaving;
mod invariants;
mod private_jobs;
mod real_proofs;
mod roots;
mod settlements;
mod transfers;
mod withdrawals;

use crate::{
	impls::Shown, mock::*, types::*, Call, Error, Event, NoteTree, Nullifiers, PoolTotals,
	RecentRoots, RecordedRoots, RootRing,
};
use ark_bn254::Fr;
use codec::{Decode, Encode};
use polkadot_sdk::{
	frame_support::{
		assert_noop, assert_ok,
		dispatch::GetDispatchInfo,
		pallet_prelude::{
			InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
		},
		storage::{with_transaction, TransactionOutcome},
	},
	frame_system::{AuthorizeCall, ChainContext},
	pallet_transaction_payment::ChargeTransactionPayment,
	sp_core::storage::StateVersion,
	sp_io,
	sp_runtime::{
		traits::{Applyable, Checkable},
		DispatchError, DispatchResult,
	},
};
use quittance_poseidon::{tree, Native};
use quittance_types::{
	note_nullifier, owner_key, FieldBytes, Header, Note, PoolRefusal, TransferClaims,
	WithdrawClaims, NOTE_CIPHERTEXT_BYTES, NOTE_TREE_DEPTH,
};
use std::cell::Cell;

type E = Error<Test>;

/// What most tests deposit: enough for any fee.
const PLENTY: u64 = 1_000_000;

thread_local! {
	static DRAWN: Cell<u64> = const { Cell::new(1_000) };
}

/// A number that no other call gives.
fn fresh() -> Fr {
	Fr::from(DRAWN.with(|drawn| {
		drawn.set(drawn.get() + 1);
		drawn.get()
	}))
}

/// A note with all that its owner knows of it.
#[derive(Clone, Copy)]
struct Owned {
	note: Note,
	key: Fr,
	diversifier: Fr,
	index: u64,
}

impl Owned {
	/// A note to be, of whoever has this nullifier key.
	fn of(key: u64, value: u64) -> Self {
		Self::with(Fr::from(key), value)
	}

	/// What a wallet spends that has no second note.
	fn dummy() -> Self {
		Self { index: 7, ..Self::with(fresh(), 0) }
	}

	fn with(key: Fr, value: u64) -> Self {
		let diversifier = fresh();
		let note = Note { value, owner: owner_key::<Native>(key, diversifier), rho: fresh() };
		Self { note, key, diversifier, index: u64::MAX }
	}

	fn value(&self) -> u64 {
		self.note.value
	}

	fn inner(&self) -> FieldBytes {
		self.note.inner::<Native>().into()
	}

	fn commitment(&self) -> FieldBytes {
		self.note.commitment::<Native>().into()
	}

	fn nullifier(&self) -> FieldBytes {
		let commitment = self.note.commitment::<Native>();
		note_nullifier::<Native>(self.key, commitment, self.index).into()
	}
}

/// The tree as a wallet builds it from the chain's events.
#[derive(Clone, Default)]
struct Ledger {
	leaves: Vec<Fr>,
	/// The roots recorded, with the number of leaves under each.
	roots: Vec<(FieldBytes, u64)>,
	/// Whether a note at its place among the leaves is under their root, without computing the root.
	trusting: bool,
}

impl Ledger {
	/// From all events.
	fn read() -> Self {
		let mut ledger = Self::default();
		for record in System::events() {
			if let RuntimeEvent::Pool(event) = record.event {
				ledger.hear(event);
			}
		}
		ledger
	}

	fn hear(&mut self, event: Event<Test>) {
		match event {
			Event::NoteAdded { index, commitment, .. } => {
				assert_eq!(index, self.leaves.len() as u64, "in order and without a gap");
				self.leaves.push(commitment.to_field().unwrap());
			},
			Event::RootRecorded { root, leaves } => self.roots.push((root, leaves)),
			_ => (),
		}
	}

	/// The root recorded last.
	fn root(&self) -> FieldBytes {
		self.roots.last().expect("a block has ended").0
	}

	/// A note that was made, now with its place.
	fn place(&self, note: Owned) -> Owned {
		let commitment = note.note.commitment::<Native>();
		let places: Vec<_> =
			(0..).zip(&self.leaves).filter(|(_, leaf)| **leaf == commitment).collect();
		let [(index, _)] = places[..] else { panic!("{} such leaves", places.len()) };
		Owned { index, ..note }
	}

	/// Panics where the circuits would find no witness.
	fn check(&self, root: FieldBytes, spent: &[Owned; 2], made: &[Owned], paid: u128) {
		for note in spent {
			assert!(
				note.note.owner == owner_key::<Native>(note.key, note.diversifier),
				"the owner's"
			);
			if note.value() > 0 {
				let (_, under) = self.roots.iter().find(|(of, _)| *of == root).expect("a root");
				let leaves = &self.leaves[..*under as usize];
				if self.trusting {
					let leaf = note.note.commitment::<Native>();
					assert_eq!(leaves.get(note.index as usize), Some(&leaf), "it is in the tree");
					continue;
				}
				let path = tree::path::<Native>(leaves, NOTE_TREE_DEPTH, note.index).unwrap();
				let leaf = note.note.commitment::<Native>();
				assert_eq!(FieldBytes::from(path.root::<Native>(leaf)), root, "it is in the tree");
			}
		}
		let sum = |notes: &[Owned]| notes.iter().map(|note| u128::from(note.value())).sum::<u128>();
		assert_eq!(sum(spent), sum(made) + paid, "conservation");
		assert_ne!(spent[0].nullifier(), spent[1].nullifier(), "they differ");
	}
}

fn header(circuit: [u8; 32], payee: AccountId) -> Header<AccountId> {
	Header {
		genesis: GENESIS,
		pallet: INDEX,
		circuit,
		subject: None,
		arguments: [0; 32],
		submitter: None,
		payee,
		valid_until: NOW + 1_000,
		nonce: 0,
	}
}

/// A transfer, to be spoilt.
#[derive(Clone)]
struct Transfer {
	header: Header<AccountId>,
	claims: TransferClaims,
	ciphertexts: [NoteCiphertext; 2],
	proof: ProofBytes,
}

impl Transfer {
	/// A true one, without a relayer.
	fn new(ledger: &Ledger, spent: [Owned; 2], made: [Owned; 2], fee: u128) -> Self {
		Self::under(ledger, ledger.root(), spent, made, fee)
	}

	/// Proven under this root.
	fn under(
		ledger: &Ledger,
		root: FieldBytes,
		spent: [Owned; 2],
		made: [Owned; 2],
		fee: u128,
	) -> Self {
		ledger.check(root, &spent, &made, fee);
		Self::claiming(TransferClaims {
			root,
			nullifiers: spent.each_ref().map(Owned::nullifier),
			commitments: made.each_ref().map(Owned::commitment),
			fee,
		})
	}

	/// With a proof for these claims, whether they are true or not.
	fn claiming(claims: TransferClaims) -> Self {
		let header = header(TRANSFER, Pool::account());
		let ciphertexts = [[1; NOTE_CIPHERTEXT_BYTES], [2; NOTE_CIPHERTEXT_BYTES]];
		Self { header, claims, ciphertexts, proof: [0; 256] }.proven()
	}

	/// With other claims, and proven for them.
	fn claims(&self, change: impl FnOnce(&mut TransferClaims)) -> Self {
		let mut claims = self.claims;
		change(&mut claims);
		Self::claiming(claims)
	}

	fn shown(&self) -> Shown<'_> {
		Shown::Transfer { claims: &self.claims, ciphertexts: &self.ciphertexts, audit: None }
	}

	/// With the arguments' hash in the header, and proven.
	fn proven(mut self) -> Self {
		self.header.arguments = self.shown().arguments();
		self.proven_as_it_is()
	}

	/// Proven with whatever header it has.
	fn proven_as_it_is(mut self) -> Self {
		if let Ok(signals) = self.shown().signals(&self.header) {
			self.proof = proof_of(&self.header.circuit, PoolCircuit::Transfer, &signals);
		}
		self
	}

	fn with(self, change: impl FnOnce(&mut Header<AccountId>)) -> Self {
		let mut changed = self;
		change(&mut changed.header);
		changed.proven_as_it_is()
	}

	fn call(&self) -> RuntimeCall {
		let Self { header, claims, ciphertexts, proof } = self.clone();
		Call::<Test>::transfer {
			header: header.into(),
			claims: claims.into(),
			ciphertexts: ciphertexts.into(),
			audit: None,
			proof: proof.into(),
		}
		.into()
	}
}

/// A withdrawal, to be spoilt.
#[derive(Clone)]
struct Withdrawal {
	header: Header<AccountId>,
	claims: WithdrawClaims,
	ciphertext: NoteCiphertext,
	proof: ProofBytes,
}

impl Withdrawal {
	/// A true one for Bob, without a relayer.
	fn new(ledger: &Ledger, spent: [Owned; 2], change: Owned, amount: u128, fee: u128) -> Self {
		Self::under(ledger, ledger.root(), spent, change, amount, fee)
	}

	/// Proven under this root.
	fn under(
		ledger: &Ledger,
		root: FieldBytes,
		spent: [Owned; 2],
		change: Owned,
		amount: u128,
		fee: u128,
	) -> Self {
		ledger.check(root, &spent, &[change], amount + fee);
		Self::claiming(WithdrawClaims {
			root,
			nullifiers: spent.each_ref().map(Owned::nullifier),
			change: change.commitment(),
			amount,
			fee,
		})
	}

	/// With a proof for these claims, whether they are true or not.
	fn claiming(claims: WithdrawClaims) -> Self {
		let header = header(WITHDRAW, BOB);
		Self { header, claims, ciphertext: [3; NOTE_CIPHERTEXT_BYTES], proof: [0; 256] }.proven()
	}

	/// With other claims, and proven for them.
	fn claims(&self, change: impl FnOnce(&mut WithdrawClaims)) -> Self {
		let mut claims = self.claims;
		change(&mut claims);
		Self::claiming(claims)
	}

	fn shown(&self) -> Shown<'_> {
		Shown::Withdraw { claims: &self.claims, ciphertext: &self.ciphertext, audit: None }
	}

	/// With the arguments' hash in the header, and proven.
	fn proven(mut self) -> Self {
		self.header.arguments = self.shown().arguments();
		self.proven_as_it_is()
	}

	/// Proven with whatever header it has.
	fn proven_as_it_is(mut self) -> Self {
		if let Ok(signals) = self.shown().signals(&self.header) {
			self.proof = proof_of(&self.header.circuit, PoolCircuit::Withdraw, &signals);
		}
		self
	}

	fn with(self, change: impl FnOnce(&mut Header<AccountId>)) -> Self {
		let mut changed = self;
		change(&mut changed.header);
		changed.proven_as_it_is()
	}

	fn call(&self) -> RuntimeCall {
		let Self { header, claims, ciphertext, proof } = self.clone();
		Call::<Test>::withdraw {
			header: header.into(),
			claims: claims.into(),
			ciphertext: ciphertext.into(),
			audit: None,
			proof: proof.into(),
		}
		.into()
	}
}

/// Deposits a note of Alice's money.
fn deposit(note: &Owned) -> DispatchResult {
	let ciphertext = [9; NOTE_CIPHERTEXT_BYTES].into();
	Pool::deposit(signed(&ALICE), note.value().into(), note.inner(), ciphertext)
}

/// Deposits a note of this key and value, in a block of its own, and returns it with its place.
fn deposited(key: u64, value: u64) -> Owned {
	let note = Owned::of(key, value);
	assert_ok!(deposit(&note));
	next_block();
	Ledger::read().place(note)
}

fn least_transfer() -> u128 {
	Pool::minimum_fee(PoolCircuit::Transfer, false)
}

fn least_withdraw() -> u128 {
	Pool::minimum_fee(PoolCircuit::Withdraw, false)
}

/// A transfer of a fresh deposit to somebody, for the least fee, and the two notes it makes.
fn some_transfer() -> (Transfer, [Owned; 2]) {
	let note = deposited(1, PLENTY);
	let rest = PLENTY - least_transfer() as u64;
	let made = [Owned::of(2, 400_000), Owned::of(1, rest - 400_000)];
	(Transfer::new(&Ledger::read(), [note, Owned::dummy()], made, least_transfer()), made)
}

/// A withdrawal of a part of a fresh deposit, for the least fee, and its change.
fn some_withdrawal() -> (Withdrawal, Owned) {
	let note = deposited(1, PLENTY);
	let change = Owned::of(1, PLENTY - 400_000 - least_withdraw() as u64);
	let spent = [note, Owned::dummy()];
	(Withdrawal::new(&Ledger::read(), spent, change, 400_000, least_withdraw()), change)
}

/// What a relayer or a wallet sends.
fn transaction(call: RuntimeCall) -> Extrinsic {
	let extension = (AuthorizeCall::new(), ChargeTransactionPayment::from(0));
	Extrinsic::new_transaction(call, extension)
}

/// What the pool of transactions says, to bytes from a stranger.
fn judged(call: &RuntimeCall) -> Result<ValidTransaction, TransactionValidityError> {
	let bytes = transaction(call.clone()).encode();
	let checked =
		Extrinsic::decode(&mut &bytes[..]).unwrap().check(&ChainContext::<Test>::default())?;
	let info = checked.get_dispatch_info();
	checked.validate::<Test>(TransactionSource::External, &info, bytes.len())
}

/// What a block makes of it.
fn included(call: &RuntimeCall) -> Result<DispatchResult, TransactionValidityError> {
	let bytes = transaction(call.clone()).encode();
	let checked =
		Extrinsic::decode(&mut &bytes[..]).unwrap().check(&ChainContext::<Test>::default())?;
	let info = checked.get_dispatch_info();
	let applied = checked.apply::<Test>(&info, bytes.len())?;
	Ok(applied.map(|_| ()).map_err(|error| error.error))
}

/// Why neither the pool of transactions nor a block takes it; and nothing is changed.
fn refused(call: &RuntimeCall) -> InvalidTransaction {
	let before = sp_io::storage::root(StateVersion::V1);
	match judged(call) {
		Err(TransactionValidityError::Invalid(reason)) => {
			assert_eq!(included(call), Err(reason.into()), "nor by a block");
			assert_eq!(sp_io::storage::root(StateVersion::V1), before, "nothing is changed");
			reason
		},
		other => panic!("refused, not {other:?}"),
	}
}

#[track_caller]
fn assert_refused(call: RuntimeCall, why: PoolRefusal) {
	assert_eq!(refused(&call), InvalidTransaction::Custom(why.number()), "{why:?}");
}

#[track_caller]
fn assert_included(call: RuntimeCall) {
	assert!(judged(&call).is_ok(), "the pool takes it: {:?}", judged(&call));
	assert_eq!(included(&call), Ok(Ok(())));
}

/// As if so many leaves had been appended, all alike where it does not matter.
fn fill_tree(leaves: u64) {
	NoteTree::<Test>::put(Tree::with_leaves(leaves));
}

/// Does something on a tree with so many leaves, and puts the tree back.
fn on_tree_with(leaves: u64, test: impl FnOnce()) {
	let tree = NoteTree::<Test>::get();
	fill_tree(leaves);
	test();
	NoteTree::<Test>::put(tree);
}

/// Runs blocks that are then taken back, and returns what they came to.
fn on_a_fork<R>(blocks: impl FnOnce() -> R) -> R {
	let (number, burned) = (System::block_number(), Burned::get());
	let before = sp_io::storage::root(StateVersion::V1);
	let outcome =
		with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(blocks())));
	assert_eq!(sp_io::storage::root(StateVersion::V1), before);
	assert_eq!(System::block_number(), number);
	Burned::set(burned);
	outcome.unwrap()
}
