//! Calls of the pool, as far as a wallet makes them: everything but the proof.

use ark_bn254::Fr;
use quittance_circuits::{
	join_split::{SpentNote, WitnessError},
	transfer::{self, TransferWitness},
	withdraw::{self, WithdrawWitness},
	Assignment,
};
use quittance_envelopes::{CryptoRng, EnvelopeError};
use quittance_poseidon::Native;
use quittance_types::{
	CircuitId, FieldBytes, Header, Note, NoteAudit, NoteCallError, NotePairAudit, TransferClaims,
	WithdrawClaims,
};
use zeroize::Zeroize;

use crate::{
	audit::Shown,
	choice::{choose, Choice},
	ciphertext::seal,
	keys::random_field,
	tree::PLACES,
	Address, AddressError, Ciphertext, Keys, Label, Period, PoolAuditor, Reader, Wallet,
};

/// Why a call was not made. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpendError {
	/// The wallet belongs to other keys.
	#[error("this wallet was made with other keys, or with a view key: open it with its seed")]
	OtherKeys,
	/// Nothing is to be paid.
	#[error("the amount is zero: name one")]
	ZeroAmount,
	/// More than 64 bits.
	#[error("amount and fee together need more than 64 bits: pay in several parts")]
	AmountTooLarge,
	/// The wallet has not as much.
	#[error(
		"{needed} needed with the fee, {most} can be paid: {waiting} wait for final blocks, {reserved} \
		 are in calls on their way; wait for these, or pay less"
	)]
	NotEnough {
		/// Amount and fee.
		needed: u64,
		/// What can be paid at most, fee included and the fees of joins deducted.
		most: u64,
		/// What is in blocks that are not final.
		waiting: u64,
		/// What is in calls that were made here.
		reserved: u64,
	},
	/// More than two notes are needed.
	#[error(
		"more than two notes are needed: make {} of {joins} joins now, with Wallet::join, and the payment \
		 when they are final", pairs.len()
	)]
	JoinFirst {
		/// The pairs that can be joined now, by the places of their notes.
		pairs: Vec<[u64; 2]>,
		/// How many joins it takes in all.
		joins: usize,
	},
	/// A note to be joined is not there, spent, reserved, or not final.
	#[error("note {0} cannot be spent now: ask again which notes to join")]
	NoteUnavailable(u64),
	/// The address cannot be paid to.
	#[error(transparent)]
	Address(#[from] AddressError),
	/// The address is of another chain.
	#[error("the address is for another chain: ask for one of this chain")]
	OtherChain,
	/// An encryption key is refused.
	#[error(transparent)]
	Key(#[from] EnvelopeError),
	/// The pool would pay itself.
	#[error("payee or relayer is the pool's own account, which the chain refuses: name another")]
	PaysPool,
	/// The claims cannot be true.
	#[error("the call would be refused: {0:?}")]
	Claims(NoteCallError),
	/// The wallet's tree does not have the path of its note.
	#[error("the path of note {0} is not there: restore the wallet from its seed")]
	NoPath(u64),
}

/// The pool, as the chain says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool {
	/// The pallet's index in the runtime.
	pub pallet: u8,
	/// The pool's account.
	pub account: [u8; 32],
	/// The circuit of transfers.
	pub transfer: CircuitId,
	/// The circuit of withdrawals.
	pub withdraw: CircuitId,
	/// The auditor, where there is one: its circuits take the place of all others.
	pub auditor: Option<PoolAuditor>,
}

/// What is to be said of any call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
	/// The fee, in the chain's smallest unit. The chain's `minimum_fee` says the least.
	pub fee: u64,
	/// What the fee of a join would be, should joins be needed first.
	pub join_fee: u64,
	/// The account that gets what is beyond the least fee.
	pub relayer: Option<[u8; 32]>,
	/// The job time after which the call is void. No further away than [`crate::GRACE_BLOCKS`], or its
	/// notes may come to lie where nobody looks for them.
	pub valid_until: u64,
	/// The number of the best block: by it the address is valid or not.
	pub block: u64,
}

/// A deposit: arguments of the call, which an account signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deposit {
	/// What is paid in.
	pub amount: u128,
	/// All of the note but its amount.
	pub inner: FieldBytes,
	/// The leaf that it will be.
	pub commitment: FieldBytes,
	/// For the payee.
	pub ciphertext: Ciphertext,
}

/// A transfer without its proof. The witness is overwritten when dropped.
pub struct Transfer {
	/// What the call shows.
	pub claims: TransferClaims,
	/// What the proof is bound to.
	pub header: Header<[u8; 32]>,
	/// One for each commitment.
	pub ciphertexts: [Ciphertext; 2],
	/// The statement.
	pub public: transfer::PublicSignals,
	/// The places of the notes spent.
	pub spends: Vec<u64>,
	witness: TransferWitness,
	shown: Option<Shown<NotePairAudit>>,
}

impl Transfer {
	/// What the call shows to the pool's auditor, if there is one: an argument of the call.
	pub fn audit(&self) -> Option<NotePairAudit> {
		self.shown.as_ref().map(|shown| shown.claims)
	}

	/// All public signals, in the order of the circuit that the header names.
	pub fn signals(&self) -> Vec<Fr> {
		let shown = self.shown.as_ref().map(|shown| shown.signal);
		self.public.to_fields().into_iter().chain(shown).collect()
	}

	/// What is proven, under that circuit. Holds the prover's secrets.
	///
	/// # Errors
	///
	/// None of a call that was made here.
	pub fn assign(&self) -> Result<Assignment, WitnessError> {
		match &self.shown {
			Some(Shown { signal, witness, .. }) => {
				transfer::assign_audited(&self.public, *signal, &self.witness, witness)
			},
			None => transfer::assign(&self.public, &self.witness),
		}
	}

	/// What the proof hides: who has it can spend the wallet.
	pub fn witness(&self) -> &TransferWitness {
		&self.witness
	}
}

impl Drop for Transfer {
	fn drop(&mut self) {
		self.witness.inputs.iter_mut().for_each(forget);
	}
}

/// A withdrawal without its proof. The witness is overwritten when dropped.
pub struct Withdrawal {
	/// What the call shows.
	pub claims: WithdrawClaims,
	/// What the proof is bound to.
	pub header: Header<[u8; 32]>,
	/// That of the change.
	pub ciphertext: Ciphertext,
	/// The statement.
	pub public: withdraw::PublicSignals,
	/// The places of the notes spent.
	pub spends: Vec<u64>,
	witness: WithdrawWitness,
	shown: Option<Shown<NoteAudit>>,
}

impl Withdrawal {
	/// What the call shows to the pool's auditor, if there is one: an argument of the call.
	pub fn audit(&self) -> Option<NoteAudit> {
		self.shown.as_ref().map(|shown| shown.claims)
	}

	/// All public signals, in the order of the circuit that the header names.
	pub fn signals(&self) -> Vec<Fr> {
		let shown = self.shown.as_ref().map(|shown| shown.signal);
		self.public.to_fields().into_iter().chain(shown).collect()
	}

	/// What is proven, under that circuit. Holds the prover's secrets.
	///
	/// # Errors
	///
	/// None of a call that was made here.
	pub fn assign(&self) -> Result<Assignment, WitnessError> {
		match &self.shown {
			Some(Shown { signal, witness, .. }) => {
				withdraw::assign_audited(&self.public, *signal, &self.witness, witness)
			},
			None => withdraw::assign(&self.public, &self.witness),
		}
	}

	/// What the proof hides: who has it can spend the wallet.
	pub fn witness(&self) -> &WithdrawWitness {
		&self.witness
	}
}

impl Drop for Withdrawal {
	fn drop(&mut self) {
		self.witness.inputs.iter_mut().for_each(forget);
	}
}

pub(crate) fn forget(note: &mut SpentNote) {
	note.nullifier_key.zeroize();
	note.diversifier.zeroize();
	note.rho.zeroize();
}

/// A note and its ciphertext.
pub(crate) type Made = (Note, Ciphertext);

/// Makes the call of a deposit to an address, which may be anybody's.
///
/// # Errors
///
/// [`SpendError::ZeroAmount`], [`SpendError::AmountTooLarge`], [`SpendError::Address`] and
/// [`SpendError::Key`].
pub fn deposit(
	to: &Address,
	amount: u128,
	block: u64,
	rng: &mut impl CryptoRng,
) -> Result<Deposit, SpendError> {
	let value = match u64::try_from(amount) {
		Ok(0) => return Err(SpendError::ZeroAmount),
		Ok(value) => value,
		Err(_) => return Err(SpendError::AmountTooLarge),
	};
	let (note, ciphertext) = make(to, value, block, rng)?;
	Ok(Deposit {
		amount,
		inner: note.inner::<Native>().into(),
		commitment: note.commitment::<Native>().into(),
		ciphertext,
	})
}

/// An address for what a wallet pays itself: change, and own deposits. It is not for handing out, and
/// payers refuse it.
pub fn own_address(
	keys: &Keys,
	block: u64,
	rng: &mut impl CryptoRng,
) -> Result<Address, AddressError> {
	keys.address(Label::own(rng), Period::of(block), 1)
}

pub(crate) fn make(
	to: &Address,
	value: u64,
	block: u64,
	rng: &mut impl CryptoRng,
) -> Result<Made, SpendError> {
	let key = to.key_at(block)?;
	let note = Note { value, owner: to.owner, rho: random_field(rng) };
	let ciphertext = seal(&note, to.label, &to.base, key, to.genesis(), rng)?;
	Ok((note, ciphertext))
}

/// What two notes spent come to.
pub(crate) struct Spent {
	pub(crate) root: Fr,
	pub(crate) inputs: [SpentNote; 2],
	pub(crate) nullifiers: [Fr; 2],
}

/// Which of the two is first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
	/// Drawn, so that it does not show whether there is a dummy, and which one it is.
	Drawn,
	/// A note with a value, from whose nullifier everything else is derived. That it is none is known of
	/// everybody's, and says nothing of the other.
	NoteFirst,
}

impl Wallet {
	/// Makes a payment to an address, and reserves its notes until `valid_until`.
	///
	/// # Errors
	///
	/// [`SpendError`].
	pub fn transfer(
		&mut self,
		keys: &Keys,
		pool: &Pool,
		to: &Address,
		amount: u64,
		terms: &Terms,
		rng: &mut impl CryptoRng,
	) -> Result<Transfer, SpendError> {
		let needed = needed(amount, terms.fee)?;
		if to.genesis() != keys.genesis() {
			return Err(SpendError::OtherChain);
		}
		let spends = self.choose(keys, needed, terms.join_fee)?;
		self.transfer_of(keys, pool, spends, Some((to, amount)), terms, rng)
	}

	/// Makes one note of two, as [`SpendError::JoinFirst`] asks for, and reserves them until
	/// `valid_until`.
	///
	/// # Errors
	///
	/// [`SpendError`].
	pub fn join(
		&mut self,
		keys: &Keys,
		pool: &Pool,
		pair: [u64; 2],
		terms: &Terms,
		rng: &mut impl CryptoRng,
	) -> Result<Transfer, SpendError> {
		self.transfer_of(keys, pool, pair.to_vec(), None, terms, rng)
	}

	/// Makes a payment out of the pool, and reserves its notes until `valid_until`.
	///
	/// # Errors
	///
	/// [`SpendError`].
	pub fn withdraw(
		&mut self,
		keys: &Keys,
		pool: &Pool,
		payee: [u8; 32],
		amount: u64,
		terms: &Terms,
		rng: &mut impl CryptoRng,
	) -> Result<Withdrawal, SpendError> {
		let needed = needed(amount, terms.fee)?;
		if payee == pool.account || terms.relayer == Some(pool.account) {
			return Err(SpendError::PaysPool);
		}
		let spends = self.choose(keys, needed, terms.join_fee)?;
		let (spent, change) = self.spend(keys, &spends, needed, Order::Drawn, rng)?;
		let own = own_address(keys, terms.block, rng)?;
		let (change, ciphertext) = make(&own, change, terms.block, rng)?;
		let claims = WithdrawClaims {
			root: spent.root.into(),
			nullifiers: spent.nullifiers.map(Into::into),
			change: change.commitment::<Native>().into(),
			amount: amount.into(),
			fee: terms.fee.into(),
		};
		let arguments = claims.arguments(&ciphertext);
		let circuit = pool.auditor.map_or(pool.withdraw, |auditor| auditor.withdraw);
		let header = header(keys, pool.pallet, circuit, arguments, payee, terms);
		let public = withdraw::PublicSignals {
			context: header.context(),
			root: spent.root,
			nullifiers: spent.nullifiers,
			change: change.commitment::<Native>(),
			amount,
			fee: terms.fee,
		};
		claims.inputs(&header).map_err(SpendError::Claims)?;
		self.reserve(spends.iter().copied(), terms.valid_until);
		let witness = WithdrawWitness { inputs: spent.inputs, change };
		let shown = pool.auditor.map(|auditor| {
			let audit = auditor.witness(rng);
			auditor.of_one(audit, &witness.show(&audit))
		});
		Ok(Withdrawal { claims, header, ciphertext, public, spends, witness, shown })
	}

	/// The notes for so much.
	pub(crate) fn choose(
		&self,
		keys: &Keys,
		needed: u64,
		join_fee: u64,
	) -> Result<Vec<u64>, SpendError> {
		self.is_of(keys)?;
		let (_, notes) = self.spendable();
		let values: Vec<_> = notes.iter().map(|(index, note)| (*index, note.value)).collect();
		match choose(&values, needed.into(), join_fee) {
			Choice::Spend(notes) => Ok(notes),
			Choice::JoinFirst { pairs, joins } => Err(SpendError::JoinFirst { pairs, joins }),
			Choice::NotEnough { most } => {
				let balance = self.balance();
				Err(SpendError::NotEnough {
					needed,
					most: u64::try_from(most).unwrap_or(u64::MAX),
					waiting: balance.waiting,
					reserved: balance.reserved,
				})
			},
		}
	}

	fn is_of(&self, keys: &Keys) -> Result<(), SpendError> {
		self.belongs_to(Reader::Owner(keys)).then_some(()).ok_or(SpendError::OtherKeys)
	}

	/// A transfer that spends these notes; without a payment it joins them.
	fn transfer_of(
		&mut self,
		keys: &Keys,
		pool: &Pool,
		spends: Vec<u64>,
		payment: Option<(&Address, u64)>,
		terms: &Terms,
		rng: &mut impl CryptoRng,
	) -> Result<Transfer, SpendError> {
		if terms.relayer == Some(pool.account) {
			return Err(SpendError::PaysPool);
		}
		let amount = payment.map_or(0, |(_, amount)| amount);
		let needed = terms.fee.saturating_add(amount);
		let (spent, change) = self.spend(keys, &spends, needed, Order::Drawn, rng)?;
		let own = own_address(keys, terms.block, rng)?;
		let paid = match payment {
			Some((to, amount)) => make(to, amount, terms.block, rng)?,
			// A note of nothing, so that a join looks like any other transfer.
			None => make(&own_address(keys, terms.block, rng)?, 0, terms.block, rng)?,
		};
		// Which of the two is the change must not show.
		let mut made = [paid, make(&own, change, terms.block, rng)?];
		if coin(rng) {
			made.reverse();
		}
		let [(first, to_first), (second, to_second)] = made;
		let commitments = [first, second].map(|note| note.commitment::<Native>());
		let claims = TransferClaims {
			root: spent.root.into(),
			nullifiers: spent.nullifiers.map(Into::into),
			commitments: commitments.map(Into::into),
			fee: terms.fee.into(),
		};
		let arguments = claims.arguments([&to_first, &to_second]);
		let circuit = pool.auditor.map_or(pool.transfer, |auditor| auditor.transfer);
		let header = header(keys, pool.pallet, circuit, arguments, pool.account, terms);
		let public = transfer::PublicSignals {
			context: header.context(),
			root: spent.root,
			nullifiers: spent.nullifiers,
			commitments,
			fee: terms.fee,
		};
		claims.inputs(&header).map_err(SpendError::Claims)?;
		self.reserve(spends.iter().copied(), terms.valid_until);
		let ciphertexts = [to_first, to_second];
		let witness = TransferWitness { inputs: spent.inputs, outputs: [first, second] };
		let shown = pool.auditor.map(|auditor| {
			let audit = auditor.witness(rng);
			auditor.of_two(audit, &witness.show(&audit))
		});
		Ok(Transfer { claims, header, ciphertexts, public, spends, witness, shown })
	}

	/// Spends one note or two, with a dummy in place of the second, and says what is left.
	pub(crate) fn spend(
		&self,
		keys: &Keys,
		spends: &[u64],
		needed: u64,
		order: Order,
		rng: &mut impl CryptoRng,
	) -> Result<(Spent, u64), SpendError> {
		self.is_of(keys)?;
		let (edge, notes) = self.spendable();
		let mut inputs = Vec::with_capacity(2);
		let mut sum = 0u128;
		for index in spends {
			let (_, note) = notes
				.iter()
				.find(|(at, _)| at == index)
				.ok_or(SpendError::NoteUnavailable(*index))?;
			let no_path = SpendError::NoPath(*index);
			let path = note.siblings.as_ref().and_then(|noted| edge.path(*index, noted));
			inputs.push(SpentNote {
				value: note.value,
				nullifier_key: keys.nullifier_key,
				diversifier: keys.diversifier(note.label()),
				rho: note.rho.to_field().ok_or(no_path.clone())?,
				leaf_index: *index,
				siblings: path.ok_or(no_path)?,
			});
			sum += u128::from(note.value);
		}
		let change = sum.checked_sub(needed.into()).ok_or_else(|| {
			let crate::Balance { waiting, reserved, .. } = self.balance();
			let most = u64::try_from(sum).unwrap_or(u64::MAX);
			SpendError::NotEnough { needed, most, waiting, reserved }
		})?;
		let change = u64::try_from(change).map_err(|_| SpendError::AmountTooLarge)?;
		let dummy = inputs.len() == 1;
		if dummy {
			let [nullifier_key, diversifier, rho] = [(); 3].map(|()| random_field(rng));
			let mut place = [0; 8];
			rng.fill_bytes(&mut place);
			let leaf_index = u64::from_le_bytes(place) % PLACES;
			inputs.push(SpentNote {
				leaf_index,
				..SpentNote::dummy(nullifier_key, diversifier, rho)
			});
		}
		// Of two notes either can be first, whatever is derived from it.
		if coin(rng) && !(dummy && order == Order::NoteFirst) {
			inputs.reverse();
		}
		let inputs: [SpentNote; 2] =
			inputs.try_into().map_err(|_| SpendError::NoteUnavailable(spends[0]))?;
		let nullifiers = inputs.each_ref().map(SpentNote::nullifier);
		Ok((Spent { root: edge.root(), inputs, nullifiers }, change))
	}
}

/// What has to be paid in all.
fn needed(amount: u64, fee: u64) -> Result<u64, SpendError> {
	if amount == 0 {
		return Err(SpendError::ZeroAmount);
	}
	amount.checked_add(fee).ok_or(SpendError::AmountTooLarge)
}

fn coin(rng: &mut impl CryptoRng) -> bool {
	let mut byte = [0];
	rng.fill_bytes(&mut byte);
	byte[0] & 1 == 1
}

pub(crate) fn header(
	keys: &Keys,
	pallet: u8,
	circuit: CircuitId,
	arguments: [u8; 32],
	payee: [u8; 32],
	terms: &Terms,
) -> Header<[u8; 32]> {
	Header {
		genesis: *keys.genesis(),
		pallet,
		circuit,
		subject: None,
		arguments,
		submitter: terms.relayer,
		payee,
		valid_until: terms.valid_until,
		nonce: 0,
	}
}
