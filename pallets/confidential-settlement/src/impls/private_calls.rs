//! Calls that no account signs or pays for: how they are judged and what they do.

use crate::{
	impls::audit::Auditor,
	types::{CallFees, NoteCiphertext, PoolCircuit, PoolCircuits, ProofBytes},
	Call, CircuitInForce, Config, Error, Event, Pallet, Paused, PoolTotals, RecentRoots, Relayed,
	RequestOf, WeightInfo,
};
use alloc::{boxed::Box, vec::Vec};
use ark_bn254::Fr;
use codec::{Encode, Output};
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
		DispatchError, DispatchResult,
	},
};
use quittance_host_functions::Host;
use quittance_types::{
	AuditKeyNumber, CircuitId, Digest, FieldBytes, Header, JobTime, NoteAudit, NotePairAudit,
	PoolRefusal, PrivateJobClaims, TransferClaims, WithdrawClaims, NOTE_INPUTS, NOTE_SIGNALS,
};

/// Something that is encoded already.
#[derive(Clone, Copy)]
pub(crate) struct Encoded<'a>(pub(crate) &'a [u8]);

impl Encode for Encoded<'_> {
	fn size_hint(&self) -> usize {
		self.0.len()
	}

	fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
		output.write(self.0);
	}
}

/// What a private call that spends notes shows beside its header.
pub(crate) enum Shown<'a> {
	/// Of a transfer.
	Transfer {
		/// What it says.
		claims: &'a TransferClaims,
		/// For those who get the notes.
		ciphertexts: &'a [NoteCiphertext; 2],
		/// For the auditor.
		audit: Option<&'a NotePairAudit>,
	},
	/// Of a withdrawal.
	Withdraw {
		/// What it says.
		claims: &'a WithdrawClaims,
		/// Of the change.
		ciphertext: &'a NoteCiphertext,
		/// For the auditor.
		audit: Option<&'a NoteAudit>,
	},
	/// Of the post of a private job.
	Post {
		/// What it says.
		claims: &'a PrivateJobClaims,
		/// The job.
		request: Encoded<'a>,
		/// Of the change.
		ciphertext: &'a NoteCiphertext,
		/// For the auditor.
		audit: Option<&'a NotePairAudit>,
	},
}

impl Shown<'_> {
	/// Which call it is, whatever it shows to an auditor.
	fn call(&self) -> PoolCircuit {
		match self {
			Self::Transfer { .. } => PoolCircuit::Transfer,
			Self::Withdraw { .. } => PoolCircuit::Withdraw,
			Self::Post { .. } => PoolCircuit::PostPrivateJob,
		}
	}

	pub(crate) fn used_for(&self) -> PoolCircuit {
		self.call().with_auditor(self.named_auditor().is_some())
	}

	/// The number of the key to which values are shown.
	fn named_auditor(&self) -> Option<AuditKeyNumber> {
		match self {
			Self::Transfer { audit, .. } | Self::Post { audit, .. } => audit.map(|audit| audit.key),
			Self::Withdraw { audit, .. } => audit.map(|audit| audit.key),
		}
	}

	/// The last public signal where values are shown to an auditor.
	pub(crate) fn audit_signal(
		&self,
		auditor: Option<&Auditor>,
	) -> Result<Option<Fr>, PoolRefusal> {
		let Some(Auditor { key, .. }) = auditor else { return Ok(None) };
		Ok(match self {
			Self::Transfer { audit, .. } | Self::Post { audit, .. } => match audit {
				Some(audit) => Some(audit.values()?.signal::<Host>(*key)),
				None => None,
			},
			Self::Withdraw { audit: Some(audit), .. } => Some(audit.values()?.signal::<Host>(*key)),
			Self::Withdraw { audit: None, .. } => None,
		})
	}

	/// What the auditor is shown, encoded.
	fn audit_length(&self) -> usize {
		match self {
			Self::Transfer { audit, .. } | Self::Post { audit, .. } => audit.encoded_size(),
			Self::Withdraw { audit, .. } => audit.encoded_size(),
		}
	}

	pub(crate) fn arguments(&self) -> Digest {
		match self {
			Self::Transfer { claims, ciphertexts: [first, second], .. } => {
				claims.arguments([first, second])
			},
			Self::Withdraw { claims, ciphertext, .. } => claims.arguments(&ciphertext[..]),
			Self::Post { claims, request, ciphertext, .. } => {
				claims.arguments(request, &ciphertext[..])
			},
		}
	}

	fn root(&self) -> &FieldBytes {
		match self {
			Self::Transfer { claims, .. } => &claims.root,
			Self::Withdraw { claims, .. } => &claims.root,
			Self::Post { claims, .. } => &claims.root,
		}
	}

	fn nullifiers(&self) -> &[FieldBytes; NOTE_INPUTS] {
		match self {
			Self::Transfer { claims, .. } => &claims.nullifiers,
			Self::Withdraw { claims, .. } => &claims.nullifiers,
			Self::Post { claims, .. } => &claims.nullifiers,
		}
	}

	/// The commitments of the notes made, in the order of their leaves and of their ciphertexts.
	fn made(&self) -> &[FieldBytes] {
		match self {
			Self::Transfer { claims, .. } => &claims.commitments,
			Self::Withdraw { claims, .. } => core::slice::from_ref(&claims.change),
			Self::Post { claims, .. } => core::slice::from_ref(&claims.change),
		}
	}

	/// What the payee gets.
	fn amount(&self) -> u128 {
		match self {
			Self::Transfer { .. } => 0,
			Self::Withdraw { claims, .. } => claims.amount,
			Self::Post { claims, .. } => claims.paid_in,
		}
	}

	fn fee(&self) -> u128 {
		match self {
			Self::Transfer { claims, .. } => claims.fee,
			Self::Withdraw { claims, .. } => claims.fee,
			Self::Post { claims, .. } => claims.fee,
		}
	}

	/// The public signals that there are without an auditor as well.
	pub(crate) fn signals<AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
	) -> Result<[Fr; NOTE_SIGNALS], PoolRefusal> {
		Ok(match self {
			Self::Transfer { claims, .. } => claims.inputs(header)?,
			Self::Withdraw { claims, .. } => claims.inputs(header)?,
			Self::Post { claims, .. } => claims.inputs::<Host, _>(header)?,
		})
	}

	/// Length of the whole call, encoded: with the pallet's and the call's index, header and proof.
	pub(crate) fn call_length<AccountId: Encode>(&self, header: &Header<AccountId>) -> u32 {
		let shown = match self {
			Self::Transfer { claims, ciphertexts, .. } => {
				claims.encoded_size().saturating_add(ciphertexts.encoded_size())
			},
			Self::Withdraw { claims, ciphertext, .. } => {
				claims.encoded_size().saturating_add(ciphertext.encoded_size())
			},
			Self::Post { claims, request, ciphertext, .. } => claims
				.encoded_size()
				.saturating_add(request.0.len())
				.saturating_add(ciphertext.encoded_size()),
		};
		call_length(header, shown.saturating_add(self.audit_length()))
	}
}

/// Length of a call that a proof authorises, whose arguments beside header and proof have this length.
pub(crate) fn call_length<AccountId: Encode>(header: &Header<AccountId>, shown: usize) -> u32 {
	let length = 2usize
		.saturating_add(header.encoded_size())
		.saturating_add(shown)
		.saturating_add(size_of::<ProofBytes>());
	u32::try_from(length).unwrap_or(u32::MAX)
}

/// A private call that can be made, but for its proof.
struct Checked {
	circuit: CircuitId,
	signals: Vec<Fr>,
	/// The last job time at which it can be included.
	valid_until: JobTime,
}

/// What a private call pays beside its amount.
pub(crate) struct Fee<AccountId> {
	/// What a signed call would pay. The chain's.
	pub(crate) due: u128,
	/// The rest: the relayer's, or else a tip.
	pub(crate) beyond: u128,
	/// Who the header names for the rest.
	pub(crate) relayer: Option<AccountId>,
}

impl<AccountId> Fee<AccountId> {
	/// What makes the call urgent: what a relayer gets is nothing to the author of a block.
	pub(crate) fn tip(&self) -> u128 {
		if self.relayer.is_some() {
			0
		} else {
			self.beyond
		}
	}
}

/// How a transaction's error says it.
pub(crate) fn invalid(refusal: PoolRefusal) -> InvalidTransaction {
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
		audit: &Option<Box<NotePairAudit>>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let shown = Shown::Transfer { claims, ciphertexts, audit: audit.as_deref() };
		let call = Call::<T>::transfer {
			header: header.clone(),
			claims: claims.clone(),
			ciphertexts: ciphertexts.clone(),
			audit: audit.clone(),
			proof: proof.clone(),
		};
		Self::authorize(call, header, &shown, || Ok(()), proof)
	}

	/// As [`Self::authorize`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_withdraw(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		claims: &Box<WithdrawClaims>,
		ciphertext: &Box<NoteCiphertext>,
		audit: &Option<Box<NoteAudit>>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let shown = Shown::Withdraw { claims, ciphertext, audit: audit.as_deref() };
		let call = Call::<T>::withdraw {
			header: header.clone(),
			claims: claims.clone(),
			ciphertext: ciphertext.clone(),
			audit: audit.clone(),
			proof: proof.clone(),
		};
		Self::authorize(call, header, &shown, || Ok(()), proof)
	}

	/// As [`Self::authorize`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_post_private_job(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		claims: &Box<PrivateJobClaims>,
		request: &Box<RequestOf<T>>,
		ciphertext: &Box<NoteCiphertext>,
		audit: &Option<Box<NotePairAudit>>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let bytes = request.encode();
		let (request_bytes, shown_to) = (Encoded(&bytes), audit.as_deref());
		let shown = Shown::Post { claims, request: request_bytes, ciphertext, audit: shown_to };
		let call = Call::<T>::post_private_job {
			header: header.clone(),
			claims: claims.clone(),
			request: request.clone(),
			ciphertext: ciphertext.clone(),
			audit: audit.clone(),
			proof: proof.clone(),
		};
		Self::authorize(call, header, &shown, || Self::try_post(header, claims, request), proof)
	}

	/// Judges a private call that spends notes. Anybody can send one for nothing, so what is cheap comes first and the proof
	/// last, and what passes cannot fail any more: a call that was in a block without effect would have
	/// paid nothing and could come again.
	fn authorize(
		call: Call<T>,
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
		others: impl FnOnce() -> Result<(), PoolRefusal>,
		proof: &ProofBytes,
	) -> TransactionValidityWithRefund {
		let call: <T as frame_system::Config>::RuntimeCall = call.into();
		ensure!(T::BaseCallFilter::contains(&call), InvalidTransaction::Call);
		let checked = Self::check_all_but_proof(header, shown).map_err(invalid)?;
		let Checked { circuit, signals, valid_until } = checked;
		// What others say to it, who can change their minds: nobody is to verify a proof for each time.
		others().map_err(invalid)?;
		T::Circuits::verify(&circuit, shown.used_for(), proof, &signals)
			.map_err(|refusal| invalid(refusal.into()))?;

		let (weight, length) = (Self::weight_of(shown.used_for()), shown.call_length(header));
		let tip = Self::fee_of(header, shown).tip();
		let [first, second] = shown.nullifiers();
		// Of two calls that spend one note the pool keeps one, whatever they are.
		ValidTransaction::with_tag_prefix("QuittanceNullifier")
			.priority(T::Fees::priority(weight, length, tip))
			.and_provides(first)
			.and_provides(second)
			.longevity(Self::longevity(valid_until))
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// For how many blocks a call can be included that is valid until this time: calls are judged as of the
	/// next block, and can be in the one of `valid_until`.
	pub(crate) fn longevity(valid_until: JobTime) -> u64 {
		valid_until.saturating_sub(T::JobClock::get()).saturating_add(1)
	}

	/// All of a private call that can be judged without its proof.
	fn check_all_but_proof(
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
	) -> Result<Checked, PoolRefusal> {
		let call = shown.call();
		// Money can always be taken out.
		let stopped = call != PoolCircuit::Withdraw && Paused::<T>::get();
		ensure!(!stopped, PoolRefusal::Paused);
		let auditor = Self::auditor_of(shown.named_auditor())?;
		let circuit = CircuitInForce::<T>::get(shown.used_for()).ok_or(PoolRefusal::NoCircuit)?;

		let payee = match call {
			PoolCircuit::Transfer => Self::account(),
			_ => header.payee.clone(),
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
		let mut signals = shown.signals(header)?.to_vec();
		signals.extend(shown.audit_signal(auditor.as_ref())?);
		let fee = Self::fee_of(header, shown);
		ensure!(fee.due <= shown.fee(), PoolRefusal::FeeTooLow);

		ensure!(RecentRoots::<T>::contains_key(shown.root()), PoolRefusal::RootNotRecent);
		Self::ensure_unspent(shown.nullifiers())?;
		// An escrow becomes two notes later.
		let later = if call == PoolCircuit::PostPrivateJob { 2 } else { 0 };
		let notes = shown.made().len().saturating_add(later);
		ensure!(Self::has_room_for(notes), PoolRefusal::TreeFull);
		Self::check_payments(header, shown, &fee)?;
		let until = auditor.and_then(|auditor| auditor.until).unwrap_or(JobTime::MAX);
		Ok(Checked { circuit, signals, valid_until: header.valid_until.min(until) })
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
		if shown.call() != PoolCircuit::Transfer {
			let least = T::Currency::minimum_balance();
			ensure!(amount >= least, PoolRefusal::BelowExistentialDeposit);
			ensure!(Self::can_receive(&header.payee, amount), PoolRefusal::PayeeCannotReceive);
		}
		Self::ensure_relayer(fee)
	}

	/// Nobody gains by a payment of the pool to itself.
	pub(crate) fn ensure_relayer(fee: &Fee<T::AccountId>) -> Result<(), PoolRefusal> {
		let pool = Self::account();
		ensure!(fee.relayer.as_ref() != Some(&pool), PoolRefusal::RelayerCannotReceive);
		Ok(())
	}

	pub(crate) fn do_transfer(
		header: &Header<T::AccountId>,
		claims: &TransferClaims,
		ciphertexts: &[NoteCiphertext; 2],
		audit: Option<&NotePairAudit>,
	) -> DispatchResult {
		let relayed = Self::apply(header, &Shown::Transfer { claims, ciphertexts, audit })?;
		let TransferClaims { nullifiers, fee, .. } = *claims;
		Self::deposit_event(Event::Transferred { nullifiers, fee, relayed });
		Ok(())
	}

	pub(crate) fn do_withdraw(
		header: &Header<T::AccountId>,
		claims: &WithdrawClaims,
		ciphertext: &NoteCiphertext,
		audit: Option<&NoteAudit>,
	) -> DispatchResult {
		let relayed = Self::apply(header, &Shown::Withdraw { claims, ciphertext, audit })?;
		let WithdrawClaims { nullifiers, amount, fee, .. } = *claims;
		let payee = header.payee.clone();
		Self::deposit_event(Event::Withdrawn { payee, amount, nullifiers, fee, relayed });
		Ok(())
	}

	/// Does what an authorised call shows, and returns what the relayer got.
	pub(crate) fn apply(
		header: &Header<T::AccountId>,
		shown: &Shown<'_>,
	) -> Result<Relayed<T>, DispatchError> {
		Self::spend(shown.nullifiers());
		let notes: Vec<_> = shown.made().iter().copied().zip((0u8..).map(Some)).collect();
		Self::add_notes(&notes)?;
		PoolTotals::<T>::try_mutate(|totals| {
			let (withdrawn, fees) = (&mut totals.withdrawn, &mut totals.fees);
			*withdrawn = withdrawn.checked_add(shown.amount()).ok_or(Error::<T>::Unexpected)?;
			*fees = fees.checked_add(shown.fee()).ok_or(Error::<T>::Unexpected)?;
			let calls = match shown {
				Shown::Transfer { .. } => &mut totals.transfers,
				Shown::Withdraw { .. } => &mut totals.withdrawals,
				Shown::Post { .. } => &mut totals.posts,
			};
			*calls = calls.saturating_add(1);
			totals.held().map(|_| ()).ok_or(Error::<T>::Unexpected)
		})?;

		Self::pay_out(&header.payee, shown.amount())?;
		Self::pay_fee_of(Self::fee_of(header, shown))
	}

	/// Pays a fee out of the pool, and returns what the relayer got.
	pub(crate) fn pay_fee_of(fee: Fee<T::AccountId>) -> Result<Relayed<T>, DispatchError> {
		let Fee { due, beyond, relayer } = fee;
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
		Self::authorization_weight(used_for).saturating_add(Self::dispatch_weight(used_for))
	}

	/// What it weighs to judge a call. A call for an auditor has a signal and a hash more than the one without, which is
	/// within what two measurements differ by: it never weighs less.
	pub(crate) fn authorization_weight(used_for: PoolCircuit) -> Weight {
		let measured = match used_for {
			PoolCircuit::Transfer => T::WeightInfo::authorize_transfer(),
			PoolCircuit::Withdraw => T::WeightInfo::authorize_withdraw(),
			PoolCircuit::PostPrivateJob => T::WeightInfo::authorize_post_private_job(),
			// A verdict has no receipt to look at.
			PoolCircuit::Settle | PoolCircuit::SettleVerdict => T::WeightInfo::authorize_settle(),
			PoolCircuit::AuditedTransfer => T::WeightInfo::authorize_audited_transfer(),
			PoolCircuit::AuditedWithdraw => T::WeightInfo::authorize_audited_withdraw(),
			PoolCircuit::AuditedPostPrivateJob => {
				T::WeightInfo::authorize_audited_post_private_job()
			},
			PoolCircuit::AuditedSettle | PoolCircuit::AuditedSettleVerdict => {
				T::WeightInfo::authorize_audited_settle()
			},
		};
		match used_for.plain() {
			plain if plain == used_for => measured,
			plain => measured.max(Self::authorization_weight(plain)),
		}
	}

	/// What it weighs to do what a call shows. Only a settlement is judged once more, whatever it shows to an
	/// auditor included.
	pub(crate) fn dispatch_weight(used_for: PoolCircuit) -> Weight {
		match used_for {
			PoolCircuit::Transfer | PoolCircuit::AuditedTransfer => T::WeightInfo::transfer(),
			PoolCircuit::Withdraw | PoolCircuit::AuditedWithdraw => T::WeightInfo::withdraw(),
			PoolCircuit::PostPrivateJob | PoolCircuit::AuditedPostPrivateJob => {
				T::WeightInfo::post_private_job()
			},
			PoolCircuit::Settle | PoolCircuit::SettleVerdict => T::WeightInfo::settle(),
			PoolCircuit::AuditedSettle | PoolCircuit::AuditedSettleVerdict => {
				T::WeightInfo::audited_settle().max(T::WeightInfo::settle())
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
