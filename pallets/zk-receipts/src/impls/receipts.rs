//! Judging receipts.

use crate::{Circuits, Config, Error, Event, Issuers, Keys, Pallet, WeightInfo};
use alloc::vec::Vec;
use ark_bn254::Fr;
use polkadot_sdk::{
	frame_support::{
		dispatch::{DispatchErrorWithPostInfo, DispatchResultWithPostInfo, PostDispatchInfo},
		ensure,
		traits::{Get, PalletInfoAccess},
		weights::Weight,
	},
	frame_system,
	sp_core::sr25519,
	sp_io,
	sp_runtime::DispatchResult,
};
use quittance_groth16::{PointError, VerifyError};
use quittance_host_functions::{self as host, Host};
use quittance_types::{
	fits_64_bits, late_commitment, Acceptance, AcceptedReceipt, AcceptedReceipts, Bar,
	BasicReceipt, BodyError, CircuitId, Digest, FieldBytes, Header, HeaderMismatch, JobFacts,
	JobId, JobTime, Jobs, Level, ModelId, ProvenReceipts, Receipt, Settlement, Subject,
	TransparentReceipt,
};

/// A true receipt, not yet recorded.
pub(crate) struct Judged<AccountId> {
	pub(crate) receipt: AcceptedReceipt<AccountId>,
	pub(crate) subject: FieldBytes,
	/// The output, where the receipt shows it.
	pub(crate) output: Option<Digest>,
	pub(crate) requester: AccountId,
	pub(crate) model: ModelId,
	pub(crate) expires_at: JobTime,
}

/// The last and dearest check of a receipt, with all that it needs.
pub(crate) enum LastCheck<'a, AccountId> {
	/// The issuer's signature of a message.
	Signature {
		/// The receipt that has the signature.
		receipt: &'a TransparentReceipt<AccountId>,
		/// The message.
		message: [u8; 32],
	},
	/// A proof.
	Proof {
		/// The circuit it is under, which is the job's.
		circuit: CircuitId,
		/// The proof.
		proof: &'a [u8],
		/// Its public inputs, in the verifier's encoding.
		inputs: Vec<u8>,
	},
}

/// What the receipts of one call are judged by, read once for all of them.
pub(crate) struct Judging<AccountId> {
	genesis: [u8; 32],
	now: JobTime,
	/// The account that signs the transaction.
	signer: AccountId,
	/// The miner that did the work and is paid: the one whose hot key signs, or the signer itself.
	miner: AccountId,
	/// Circuits found registered and not paused.
	running: Vec<CircuitId>,
	/// How many jobs had each of their issuers looked at.
	looked_at: u32,
}

impl<AccountId> Judging<AccountId> {
	pub(crate) fn new<T: Config<AccountId = AccountId>>(signer: AccountId) -> Self {
		Self {
			genesis: Pallet::<T>::genesis_hash(),
			now: T::JobClock::get(),
			miner: T::Jobs::miner_of(&signer),
			signer,
			running: Vec::new(),
			looked_at: 0,
		}
	}

	/// Of a receipt that nobody signs for: its proof shows whose it is.
	pub(crate) fn of_miner<T: Config<AccountId = AccountId>>(miner: AccountId) -> Self
	where
		AccountId: Clone,
	{
		Self {
			genesis: Pallet::<T>::genesis_hash(),
			now: T::JobClock::get(),
			signer: miner.clone(),
			miner,
			running: Vec::new(),
			looked_at: 0,
		}
	}

	/// Job time.
	pub(crate) fn now(&self) -> JobTime {
		self.now
	}

	pub(crate) fn looked_at(&self) -> u32 {
		self.looked_at
	}

	fn ensure_running<T: Config>(&mut self, circuit: CircuitId) -> Result<(), Error<T>> {
		if !self.running.contains(&circuit) {
			let record = Circuits::<T>::get(circuit).ok_or(Error::UnknownCircuit)?;
			ensure!(!record.paused, Error::CircuitPaused);
			self.running.push(circuit);
		}
		Ok(())
	}
}

/// A receipt judged but for its last check, and what that check needs.
type AllBut<T, Last> = (Judged<<T as frame_system::Config>::AccountId>, Last);

impl<T: Config> From<HeaderMismatch> for Error<T> {
	fn from(mismatch: HeaderMismatch) -> Self {
		match mismatch {
			HeaderMismatch::Genesis => Self::WrongGenesis,
			HeaderMismatch::Pallet => Self::WrongPallet,
			HeaderMismatch::Circuit => Self::WrongCircuit,
			HeaderMismatch::Subject => Self::WrongSubject,
			HeaderMismatch::Arguments => Self::WrongArguments,
			HeaderMismatch::Submitter => Self::WrongSubmitter,
			HeaderMismatch::Payee => Self::WrongPayee,
			HeaderMismatch::ValidUntil => Self::WrongValidUntil,
			HeaderMismatch::Nonce => Self::WrongNonce,
		}
	}
}

impl<T: Config> From<Bar> for Error<T> {
	fn from(bar: Bar) -> Self {
		match bar {
			Bar::Settled => Self::JobNotOpen,
			Bar::NotLocked => Self::JobNotLocked,
			Bar::OfAnother => Self::JobOfAnother,
			Bar::OutputsAwaited => Self::OutputsAwaited,
			Bar::OnPanel => Self::JobOnPanel,
			Bar::NotCommitted => Self::NotCommitted,
			Bar::CommittedInThisBlock => Self::CommittedInThisBlock,
		}
	}
}

impl<T: Config> From<BodyError> for Error<T> {
	fn from(error: BodyError) -> Self {
		match error {
			BodyError::AmountTooLarge => Self::AmountTooLarge,
			BodyError::AmountMismatch => Self::AmountMismatch,
			BodyError::TimesOutOfOrder => Self::TimesOutOfOrder,
		}
	}
}

/// Verification under a registered key with the inputs that the chain computed: only the proof's
/// own bytes can be malformed, anything else is our mistake.
pub(crate) fn proof_error<T: Config>(error: VerifyError) -> Error<T> {
	match error {
		VerifyError::Proof { error, .. } => match error {
			PointError::NotCanonical => Error::ProofNotCanonical,
			PointError::Infinity => Error::ProofAtInfinity,
			PointError::NotOnCurve => Error::ProofNotOnCurve,
			PointError::NotInSubgroup => Error::ProofNotInSubgroup,
		},
		VerifyError::InvalidProof => Error::InvalidProof,
		_ => Error::Unexpected,
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit_receipt(
		who: T::AccountId,
		job: JobId,
		receipt: Receipt<T::AccountId>,
	) -> DispatchResultWithPostInfo {
		let mut judging = Judging::new::<T>(who);
		let verdict = Self::check_all_but_last(&mut judging, job, &receipt);
		let looking = Self::weight_of_looking(judging.looked_at());
		let weight = |of_receipt: Weight| PostDispatchInfo {
			actual_weight: Some(of_receipt.saturating_add(looking)),
			..Default::default()
		};
		let refused = |of_receipt: Weight| {
			move |error: Error<T>| DispatchErrorWithPostInfo {
				post_info: weight(of_receipt),
				error: error.into(),
			}
		};
		let whole = Self::weight_of(receipt.level());
		let (judged, last) = verdict.map_err(refused(T::WeightInfo::submit_refused()))?;
		Self::check_last(last).map_err(refused(whole))?;
		Self::record(job, receipt.level(), judged)?;
		Ok(weight(whole))
	}

	/// What a receipt costs that is not refused early, where its job's issuers are those of the post.
	pub(crate) fn weight_of(level: Level) -> Weight {
		match level {
			Level::Transparent => T::WeightInfo::submit_transparent(),
			// Submitted are no others with a proof; the pool weighs those behind its settlements.
			Level::Basic | Level::Enhanced => T::WeightInfo::submit_basic(),
		}
	}

	/// Spends a true receipt's nullifier and tells the marketplace, and whoever hears of receipts and of proofs.
	pub(crate) fn record(job: JobId, level: Level, judged: Judged<T::AccountId>) -> DispatchResult {
		let Judged { receipt, subject, output, expires_at, .. } = judged;
		Self::spend(job, receipt.nullifier, expires_at);
		Self::deposit_event(Event::ReceiptAccepted {
			job,
			miner: receipt.miner.clone(),
			issuer: receipt.issuer.clone(),
			level,
			amount: receipt.amount,
			nullifier: receipt.nullifier,
		});
		let miner = receipt.miner.clone();
		let settlement = T::Jobs::accept(job, receipt.clone())?;
		T::AcceptedReceipts::accepted(Acceptance {
			job,
			level,
			subject,
			output,
			receipt: &receipt,
		});
		if level == Level::Basic && settlement == Settlement::Now {
			T::ProvenReceipts::proven(&miner);
		}
		Ok(())
	}

	/// What it costs beyond that to look at the issuers of so many jobs again.
	pub(crate) fn weight_of_looking(jobs: u32) -> Weight {
		match jobs {
			0 => Weight::zero(),
			jobs => T::WeightInfo::look_at_issuers(jobs),
		}
	}

	/// The last check, once everything else is right. Changes nothing.
	pub(crate) fn check_last(check: LastCheck<'_, T::AccountId>) -> Result<(), Error<T>> {
		match check {
			LastCheck::Signature { receipt, message } => Self::check_signature(receipt, &message),
			LastCheck::Proof { circuit, proof, inputs } => {
				let key = Keys::<T>::get(circuit).ok_or(Error::UnknownCircuit)?;
				host::verify(&key, proof, &inputs).map_err(proof_error)
			},
		}
	}

	/// All that can be judged of a receipt without checking a signature or a proof, and what that
	/// check needs. Changes nothing.
	pub(crate) fn check_all_but_last<'a>(
		judging: &mut Judging<T::AccountId>,
		job: JobId,
		receipt: &'a Receipt<T::AccountId>,
	) -> Result<AllBut<T, LastCheck<'a, T::AccountId>>, Error<T>> {
		let facts = T::Jobs::facts(job, &judging.miner).ok_or(Error::UnknownJob)?;
		if facts.issuer_root.is_none() {
			judging.looked_at = judging.looked_at.saturating_add(1);
		}
		if facts.bar == Some(Bar::Settled) {
			return Err(Self::why_settled(judging, job, &facts, receipt));
		}
		Self::check_parties(&judging.miner, &facts, receipt)?;
		match receipt {
			Receipt::Transparent(receipt) => {
				let (judged, message) = Self::check_transparent(judging, job, &facts, receipt)?;
				Ok((judged, LastCheck::Signature { receipt, message }))
			},
			Receipt::Basic(receipt) => {
				let (judged, inputs) = Self::check_basic(judging, job, &facts, receipt)?;
				let circuit = receipt.header.circuit;
				Ok((judged, LastCheck::Proof { circuit, proof: &receipt.proof, inputs }))
			},
		}
	}

	/// What to call a receipt for a job that has one: a replay, if it is that. Little more than the
	/// subject is known of a job that has ended.
	fn why_settled(
		judging: &Judging<T::AccountId>,
		job: JobId,
		facts: &JobFacts<T::AccountId>,
		receipt: &Receipt<T::AccountId>,
	) -> Error<T> {
		let (nullifier, expires_at) = match receipt {
			Receipt::Transparent(TransparentReceipt { body, .. }) => {
				let subject = Self::subject(judging.genesis, &judging.miner, job, facts);
				(body.nullifier::<Host>(subject).into(), body.expires_at)
			},
			Receipt::Basic(BasicReceipt { claims, .. }) => (claims.nullifier, claims.expires_at),
		};
		match Self::ensure_unspent(job, &nullifier, expires_at) {
			Err(replayed) => replayed,
			Ok(()) => Error::JobNotOpen,
		}
	}

	/// Whether the job is for a receipt at this level, by this miner.
	fn check_parties(
		miner: &T::AccountId,
		facts: &JobFacts<T::AccountId>,
		receipt: &Receipt<T::AccountId>,
	) -> Result<(), Error<T>> {
		ensure!(receipt.level() == facts.level, Error::LevelMismatch);
		ensure!(*miner != facts.requester, Error::MinerIsRequester);
		ensure!(!facts.issuers.contains(miner), Error::MinerIsIssuer);
		Ok(())
	}

	pub(crate) fn subject(
		genesis: [u8; 32],
		miner: &T::AccountId,
		job: JobId,
		facts: &JobFacts<T::AccountId>,
	) -> Fr {
		let subject = Subject {
			genesis,
			job,
			requester: facts.requester.clone().into(),
			miner: miner.clone().into(),
			model: facts.model,
			input: facts.input,
		};
		subject.hash::<Host>()
	}

	/// Whose job it is, deadline, expiry and price: what all levels have in common.
	pub(crate) fn check_terms(
		judging: &Judging<T::AccountId>,
		job: JobId,
		facts: &JobFacts<T::AccountId>,
		nullifier: &FieldBytes,
		expires_at: JobTime,
		amount: u128,
	) -> Result<(), Error<T>> {
		// Before the job's state, so that a replay is called what it is.
		Self::ensure_unspent(job, nullifier, expires_at)?;
		if let Some(bar) = facts.bar {
			return Err(bar.into());
		}
		let now = judging.now;
		ensure!(now <= facts.open_until, Error::DeadlinePassed);
		if let Some(commitment) = facts.commitment {
			let opened = late_commitment(job, &judging.miner.clone().into(), nullifier);
			ensure!(commitment == opened, Error::CommitmentMismatch);
		}
		ensure!(now <= expires_at, Error::ReceiptExpired);
		ensure!(expires_at >= facts.posted_deadline, Error::ExpiryBeforeDeadline);
		let latest = facts.deadline.saturating_add(T::ReceiptLifetime::get());
		ensure!(expires_at <= latest, Error::ExpiryTooLate);
		ensure!(amount <= facts.max_amount, Error::AmountAboveHeld);
		Ok(())
	}

	/// The issuer at this place of the job's tree, if it is in office.
	pub(crate) fn accepted_issuer(
		facts: &JobFacts<T::AccountId>,
		index: u8,
	) -> Result<&T::AccountId, Error<T>> {
		let issuer = facts.issuers.get(usize::from(index)).ok_or(Error::IssuerNotAccepted)?;
		if facts.issuer_root.is_none() {
			Self::ensure_in_office(issuer)?;
		}
		Ok(issuer)
	}

	/// Whether a root is that of the job's issuers in office.
	pub(crate) fn check_root(
		facts: &JobFacts<T::AccountId>,
		claimed: &FieldBytes,
	) -> Result<(), Error<T>> {
		let root = facts.issuer_root.or_else(|| Self::current_root(&facts.issuers));
		ensure!(*claimed == root.ok_or(Error::Unexpected)?, Error::WrongIssuerRoot);
		Ok(())
	}

	fn ensure_in_office(issuer: &T::AccountId) -> Result<(), Error<T>> {
		let record = Issuers::<T>::get(issuer).ok_or(Error::<T>::IssuerNotAccepted)?;
		ensure!(record.state.in_office(), Error::IssuerWasRemoved);
		Ok(())
	}

	/// All of a transparent receipt but its signature, whose message is returned.
	fn check_transparent(
		judging: &Judging<T::AccountId>,
		job: JobId,
		facts: &JobFacts<T::AccountId>,
		receipt: &TransparentReceipt<T::AccountId>,
	) -> Result<AllBut<T, [u8; 32]>, Error<T>> {
		let body = &receipt.body;
		body.check()?;
		let Judging { genesis, now, ref miner, .. } = *judging;
		ensure!(body.end <= now, Error::AsOfInFuture);
		ensure!(facts.issuers.contains(&receipt.issuer), Error::IssuerNotAccepted);
		Self::ensure_in_office(&receipt.issuer)?;

		let subject = Self::subject(genesis, miner, job, facts);
		let nullifier: FieldBytes = body.nullifier::<Host>(subject).into();
		Self::check_terms(judging, job, facts, &nullifier, body.expires_at, body.amount)?;
		ensure!(
			facts.output.is_none_or(|delivered| delivered == body.output),
			Error::OutputMismatch
		);
		let subject = subject.into();
		let message = body.transparent_message(&genesis, &subject);
		let accepted = AcceptedReceipt {
			miner: miner.clone(),
			issuer: receipt.issuer.clone(),
			amount: body.amount,
			nullifier,
		};
		let judged = Self::judged(facts, accepted, subject, Some(body.output), body.expires_at);
		Ok((judged, message))
	}

	pub(crate) fn check_signature(
		receipt: &TransparentReceipt<T::AccountId>,
		message: &[u8],
	) -> Result<(), Error<T>> {
		let issuer = Issuers::<T>::get(&receipt.issuer).ok_or(Error::IssuerNotAccepted)?;
		let signed = sp_io::crypto::sr25519_verify(
			&sr25519::Signature::from_raw(receipt.signature),
			message,
			&sr25519::Public::from_raw(issuer.keys.sr25519),
		);
		ensure!(signed, Error::InvalidSignature);
		Ok(())
	}

	/// All of a basic receipt but its proof, whose public inputs are returned. Ordered by cost: what
	/// needs no hash in the field comes first.
	fn check_basic(
		judging: &mut Judging<T::AccountId>,
		job: JobId,
		facts: &JobFacts<T::AccountId>,
		receipt: &BasicReceipt<T::AccountId>,
	) -> Result<AllBut<T, Vec<u8>>, Error<T>> {
		let BasicReceipt { header, claims, .. } = receipt;
		ensure!(fits_64_bits(claims.amount).is_some(), Error::AmountTooLarge);
		ensure!(claims.nullifier.to_field().is_some(), Error::NullifierNotCanonical);
		ensure!(claims.issuer_root.to_field().is_some(), Error::IssuerRootNotCanonical);
		Self::check_terms(
			judging,
			job,
			facts,
			&claims.nullifier,
			claims.expires_at,
			claims.amount,
		)?;
		ensure!(claims.as_of <= judging.now, Error::AsOfInFuture);
		let circuit = facts.circuit.ok_or(Error::Unexpected)?;
		judging.ensure_running::<T>(circuit)?;
		let Judging { genesis, ref signer, ref miner, .. } = *judging;
		let issuer = Self::accepted_issuer(facts, claims.issuer_index)?;

		// The fields that need no hash first; the others are compared below.
		let known = Header {
			genesis,
			pallet: u8::try_from(<Self as PalletInfoAccess>::index())
				.map_err(|_| Error::Unexpected)?,
			circuit,
			submitter: Some(signer.clone()),
			payee: miner.clone(),
			..header.clone()
		};
		header.compare(&known)?;
		let subject = Self::subject(genesis, miner, job, facts);
		let expected = Header {
			subject: Some(subject.into()),
			arguments: claims.arguments(job),
			valid_until: facts.deadline,
			nonce: facts.nonce,
			..known
		};
		header.compare(&expected)?;

		Self::check_root(facts, &claims.issuer_root)?;

		let inputs = claims.inputs(&expected, subject).ok_or(Error::Unexpected)?;
		let inputs = inputs.into_iter().flat_map(|input| FieldBytes::from(input).0).collect();
		let accepted = AcceptedReceipt {
			miner: miner.clone(),
			issuer: issuer.clone(),
			amount: claims.amount,
			nullifier: claims.nullifier,
		};
		// The output is hidden. One that was delivered is not what the receipt says.
		let judged = Self::judged(facts, accepted, subject.into(), None, claims.expires_at);
		Ok((judged, inputs))
	}

	fn judged(
		facts: &JobFacts<T::AccountId>,
		receipt: AcceptedReceipt<T::AccountId>,
		subject: FieldBytes,
		output: Option<Digest>,
		expires_at: JobTime,
	) -> Judged<T::AccountId> {
		let (requester, model) = (facts.requester.clone(), facts.model);
		Judged { receipt, subject, output, requester, model, expires_at }
	}
}
