//! Calls that no account signs or pays for: how they are judged and what they do.

use crate::{
	types::{CallFees, NoteCiphertext, PoolCircuit, PoolCircuits, ProofBytes},
	Call, CircuitInForce, Config, Error, Event, Pallet, Paused, PoolTotals, RecentRoots,
	WeightInfo,
};
use alloc::{boxed::Box, vec::Vec};
use ark_bn254::Fr;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{fungible::Inspect, Contains, Get, PalletInfoAccess},
		weights::Weight,
	},
	frame_system,
	sp_runtime::{
		traits::Zero,
		transaction_validity::{
			InvalidTransaction, TransactionSource, TransactionValidityWithRefund, ValidTransaction,
		},
		DispatchResult,
	},
};
use quittance_types::{
	Digest, FieldBytes, Header, NoteCallError, PoolRefusal, TransferClaims, WithdrawClaims,
	NOTE_INPUTS, NOTE_SIGNALS,
};

/// What a private call shows beside its header.
pub(crate) enum Shown<'a> {
	/// Of a transfer.
	Transfer {
		/// What it says.
		claims: &'a TransferClaims,
		/// For those who get the notes.
		ciphertexts: &'a [NoteCiphertext; 2],
	},
	/// Of a withdrawal.
	Withdraw {
		/// What it says.
		claims: &'a WithdrawClaims,
		/// Of the change.
		ciphertext: &'a NoteCiphertext,
	},
}

impl Shown<'_> {
	pub(crate) fn used_for(&self) -> PoolCircuit {
		match self {
			Self::Transfer { .. } => PoolCircuit::Transfer,
			Self::Withdraw { .. } => PoolCircuit::Withdraw,
		}
	}

	pub(crate) fn arguments(&self) -> Digest {
		match self {
			Self::Transfer { claims, ciphertexts: [first, second] } => {
				claims.arguments([first, second])
			},
			Self::Withdraw { claims, ciphertext } => claims.arguments(&ciphertext[..]),
		}
	}

	fn root(&self) -> &FieldBytes {
		match self {
			Self::Transfer { claims, .. } => &claims.root,
			Self::Withdraw { claims, .. } => &claims.root,
		}
	}

	fn nullifiers(&self) -> &[FieldBytes; NOTE_INPUTS] {
		match self {
			Self::Transfer { claims, .. } => &claims.nullifiers,
			Self::Withdraw { claims, .. } => &claims.nullifiers,
		}
	}

	/// The commitments of the notes made, in the order of their leaves and of their ciphertexts.
	fn made(&self) -> &[FieldBytes] {
		match self {
			Self::Transfer { claims, .. } => &claims.commitments,
			Self::Withdraw { claims, .. } => core::slice::from_ref(&claims.change),
		}
	}

	/// What the payee gets.
	fn amount(&self) -> u128 {
		match self {
			Self::Transfer { .. } => 0,
			Self::Withdraw { claims, .. } => claims.amount,
		}
	}

	fn fee(&self) -> u128 {
		match self {
			Self::Transfer { claims, .. } => claims.fee,
			Self::Withdraw { claims, .. } => claims.fee,
		}
	}

	pub(crate) fn signals<AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
	) -> Result<[Fr; NOTE_SIGNALS], NoteCallError> {
		match self {
			Self::Transfer { claims, .. } => claims.inputs(header),
			Self::Withdraw { claims, .. } => claims.inputs(header),
		}
	}

	/// Length of the whole call, encoded: with the pallet's and the call's index, header and proof.
	pub(crate) fn call_length<AccountId: Encode>(&self, header: &Header<AccountId>) -> u32 {
		let shown = match self {
			Self::Transfer { claims, ciphertexts } => {
				claims.encoded_size().saturating_add(ciphertexts.encoded_size())
			},
			Self::Withdraw { claims, ciphertext } => {
				claims.encoded_size().saturating_add(ciphertext.encoded_size())
			},
		};
		let length = 2usize
			.saturating_add(header.encoded_size())
			.saturating_add(shown)
			.saturating_add(size_of::<ProofBytes>());
		u32::try_from(length).unwrap_or(u32::MAX)
	}
}

/// What a private call pays beside its amount.
struct Fee<AccountId> {
	/// What a signed call would pay. The chain's.
	due: u128,
	/// The rest: the relayer's, or else a tip.
	beyond: u128,
	/// Who the header names for the rest.
	relayer: Option<AccountId>,
}

/// How a transaction's error says it.
fn invalid(refusal: PoolRefusal) -> InvalidTransaction {
	InvalidTransaction::Custom(refusal.number())
}

impl<T: Config> Pallet<T> {
	/// As [`Self::authorize`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_transfer(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		claims: &Box<TransferClaims>,
		ciphertexts: &Box<[NoteCiphertext; 2]>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let shown = Shown::Transfer { claims, ciphertexts };
		let call = Call::<T>::transfer {
			header: header.clone(),
			claims: claims.clone(),
			ciphertexts: ciphertexts.clone(),
			proof: proof.clone(),
		};
		Self::authorize(call, header, &shown, proof)
	}

	/// As [`Self::authorize`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_withdraw(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		claims: &Box<WithdrawClaims>,
		ciphertext: &Box<NoteCiphertext>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let shown = Shown::Withdraw { claims, ciphertext };
		let call = Call::<T>::withdraw {
			header: header.clone(),
			claims: claims.clone(),
			ciphertext: ciphertext.clone(),
			proof: proof.clone(),
		};
		Self::authorize(call, header, &shown, proof)
	}

	/// Judges a private call. Anybody can send one for nothing, so what is cheap comes first and the proof
	/// last, and what passes cannot fail any more: a call that was in a block without effect would have
	/// paid nothing and could come again.
	fn authorize(
		call: Call<T>,
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
		proof: &ProofBytes,
	) -> TransactionValidityWithRefund {
		let call: <T as frame_system::Config>::RuntimeCall = call.into();
		ensure!(T::BaseCallFilter::contains(&call), InvalidTransaction::Call);
		let circuit = Self::check_all_but_proof(header, shown).map_err(invalid)?;
		Self::check_proof(&circuit, header, shown, proof).map_err(invalid)?;

		let (weight, length) = (Self::weight_of(shown.used_for()), shown.call_length(header));
		let Fee { beyond, relayer, .. } = Self::fee_of(header, shown);
		// What a relayer gets is nothing to the author of a block.
		let tip = if relayer.is_some() { 0 } else { beyond };
		let [first, second] = shown.nullifiers();
		// Of two calls that spend one note the pool keeps one, whatever they are.
		ValidTransaction::with_tag_prefix("QuittanceNullifier")
			.priority(T::Fees::priority(weight, length, tip))
			.and_provides(first)
			.and_provides(second)
			// Calls are judged as of the next block, and can be in the one of `valid_until`.
			.longevity(header.valid_until.saturating_sub(T::JobClock::get()).saturating_add(1))
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// All of a private call that can be judged without its proof, and the circuit that the proof is under.
	fn check_all_but_proof(
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
	) -> Result<quittance_types::CircuitId, PoolRefusal> {
		let used_for = shown.used_for();
		// Money can always be taken out.
		let stopped = used_for != PoolCircuit::Withdraw && Paused::<T>::get();
		ensure!(!stopped, PoolRefusal::Paused);
		let circuit = CircuitInForce::<T>::get(used_for).ok_or(PoolRefusal::NoCircuit)?;

		let payee = match used_for {
			PoolCircuit::Transfer => Self::account(),
			PoolCircuit::Withdraw => header.payee.clone(),
		};
		let expected = Header {
			genesis: Self::genesis_hash(),
			pallet: Self::index_in_header().ok_or(PoolRefusal::Unexpected)?,
			circuit,
			subject: None,
			arguments: shown.arguments(),
			// Whoever the call says, and until when it says: the proof covers both.
			submitter: header.submitter.clone(),
			payee,
			valid_until: header.valid_until,
			nonce: 0,
		};
		header.compare(&expected)?;
		ensure!(T::JobClock::get() <= header.valid_until, PoolRefusal::Expired);
		shown.signals(header)?;
		let fee = Self::fee_of(header, shown);
		ensure!(fee.due <= shown.fee(), PoolRefusal::FeeTooLow);

		ensure!(RecentRoots::<T>::contains_key(shown.root()), PoolRefusal::RootNotRecent);
		Self::ensure_unspent(shown.nullifiers())?;
		ensure!(Self::has_room_for(shown.made().len()), PoolRefusal::TreeFull);
		Self::check_payments(header, shown, &fee)?;
		Ok(circuit)
	}

	/// Whether the pool can pay and the payee can take it.
	///
	/// Nothing here depends on an account that the sender could open and close again, and so make calls
	/// valid and invalid that nodes have to look at each time: an amount makes an account by itself, and what
	/// a relayer cannot take is burned.
	fn check_payments(
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
		fee: &Fee<T::AccountId>,
	) -> Result<(), PoolRefusal> {
		let amount = shown.amount();
		// A second line behind the circuits: the pool pays no more than went in.
		let held = PoolTotals::<T>::get().held().ok_or(PoolRefusal::Unexpected)?;
		ensure!(amount.saturating_add(shown.fee()) <= held, PoolRefusal::PoolTooSmall);
		if shown.used_for() == PoolCircuit::Withdraw {
			let least = T::Currency::minimum_balance();
			ensure!(amount >= least, PoolRefusal::BelowExistentialDeposit);
			ensure!(Self::can_receive(&header.payee, amount), PoolRefusal::PayeeCannotReceive);
		}
		let pool = Self::account();
		ensure!(fee.relayer.as_ref() != Some(&pool), PoolRefusal::RelayerCannotReceive);
		Ok(())
	}

	fn check_proof(
		circuit: &quittance_types::CircuitId,
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
		proof: &ProofBytes,
	) -> Result<(), PoolRefusal> {
		let signals = shown.signals(header)?;
		Ok(T::Circuits::verify(circuit, shown.used_for(), proof, &signals)?)
	}

	pub(crate) fn do_transfer(
		header: &Header<T::AccountId>,
		claims: &TransferClaims,
		ciphertexts: &[NoteCiphertext; 2],
	) -> DispatchResult {
		let relayed = Self::apply(header, &Shown::Transfer { claims, ciphertexts })?;
		let TransferClaims { nullifiers, fee, .. } = *claims;
		Self::deposit_event(Event::Transferred { nullifiers, fee, relayed });
		Ok(())
	}

	pub(crate) fn do_withdraw(
		header: &Header<T::AccountId>,
		claims: &WithdrawClaims,
		ciphertext: &NoteCiphertext,
	) -> DispatchResult {
		let relayed = Self::apply(header, &Shown::Withdraw { claims, ciphertext })?;
		let WithdrawClaims { nullifiers, amount, fee, .. } = *claims;
		let payee = header.payee.clone();
		Self::deposit_event(Event::Withdrawn { payee, amount, nullifiers, fee, relayed });
		Ok(())
	}

	/// Does what an authorised call shows, and returns what the relayer got.
	fn apply(
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
	) -> Result<Option<(T::AccountId, u128)>, polkadot_sdk::sp_runtime::DispatchError> {
		Self::spend(shown.nullifiers());
		let notes: Vec<_> = shown.made().iter().copied().zip((0u8..).map(Some)).collect();
		Self::add_notes(&notes)?;
		PoolTotals::<T>::try_mutate(|totals| {
			let (withdrawn, fees) = (&mut totals.withdrawn, &mut totals.fees);
			*withdrawn = withdrawn.checked_add(shown.amount()).ok_or(Error::<T>::Unexpected)?;
			*fees = fees.checked_add(shown.fee()).ok_or(Error::<T>::Unexpected)?;
			let calls = match shown.used_for() {
				PoolCircuit::Transfer => &mut totals.transfers,
				PoolCircuit::Withdraw => &mut totals.withdrawals,
			};
			*calls = calls.saturating_add(1);
			totals.held().map(|_| ()).ok_or(Error::<T>::Unexpected)
		})?;

		Self::pay_out(&header.payee, shown.amount())?;
		let Fee { due, beyond, relayer } = Self::fee_of(header, shown);
		let Some(relayer) = relayer else {
			Self::pay_fee(due, beyond)?;
			return Ok(None);
		};
		Self::pay_fee(due, 0)?;
		if Self::can_receive(&relayer, beyond) {
			Self::pay_out(&relayer, beyond)?;
			return Ok(Some((relayer, beyond)));
		}
		Self::burn(beyond)?;
		Ok(Some((relayer, 0)))
	}

	/// What a call has to pay and what it pays beyond that. `due` is above the whole fee where the fee is
	/// too low; dispatched is no such call.
	fn fee_of(header: &Header<T::AccountId>, shown: &Shown<'_>) -> Fee<T::AccountId> {
		let weight = Self::weight_of(shown.used_for());
		let due = T::Fees::minimum(weight, shown.call_length(header));
		let beyond = shown.fee().saturating_sub(due);
		Fee { due, beyond, relayer: header.submitter.clone() }
	}

	/// What a call weighs with its authorisation.
	pub(crate) fn weight_of(used_for: PoolCircuit) -> Weight {
		match used_for {
			PoolCircuit::Transfer => {
				T::WeightInfo::authorize_transfer().saturating_add(T::WeightInfo::transfer())
			},
			PoolCircuit::Withdraw => {
				T::WeightInfo::authorize_withdraw().saturating_add(T::WeightInfo::withdraw())
			},
		}
	}

	/// The pallet's index, as a header has it.
	pub(crate) fn index_in_header() -> Option<u8> {
		u8::try_from(<Self as PalletInfoAccess>::index()).ok()
	}

	/// Hash of the chain's first block.
	pub(crate) fn genesis_hash() -> [u8; 32] {
		let first = frame_system::pallet_prelude::BlockNumberFor::<T>::zero();
		frame_system::Pallet::<T>::block_hash(first).into()
	}
}
