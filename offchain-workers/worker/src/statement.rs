//! From a signed receipt to the statement that is submitted. Every value that the chain recomputes
//! is computed here by the same functions.

use crate::ProveError;
use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_circuits::basic_receipt::{siblings, BasicReceiptWitness, PublicSignals};
use quittance_client::{AccountId, View};
use quittance_issuer::SignedReceipt;
use quittance_poseidon::Native;
use quittance_types::{
	fits_64_bits, issuer_root, BasicClaims, CircuitId, Digest, FieldBytes, Header, JobId, JobTime,
	Level, ModelId, Subject, TransparentReceipt, MAX_ISSUERS,
};

/// An issuer's place in a job's tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
	/// The issuer.
	pub account: AccountId,
	/// Its BabyJubJub key and leaf while it is in office; a removed issuer is the leaf zero.
	pub in_office: Option<([u8; 64], FieldBytes)>,
}

/// What a receipt's statement takes from the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceiptFacts {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// Index of the receipts pallet.
	pub pallet: u8,
	/// The job.
	pub job: JobId,
	/// Who posted it.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// Digest of the input.
	pub input: Digest,
	/// The circuit of its proof.
	pub circuit: CircuitId,
	/// Its issuers, in the order of the tree.
	pub issuers: Vec<Place>,
	/// Its deadline in force.
	pub deadline: JobTime,
	/// The number of its locks.
	pub nonce: u64,
	/// Job time at which the facts hold.
	pub as_of: JobTime,
}

/// Who signed a receipt.
pub(crate) struct Signer {
	/// Its key.
	pub(crate) issuer: PublicKey,
	/// Its signature.
	pub(crate) signature: Signature,
	/// Its place among the job's issuers.
	pub(crate) issuer_index: u8,
	/// The leaves of all of them, zero for those that are not in office.
	pub(crate) leaves: Vec<Fr>,
}

/// A statement and what proves it.
#[derive(Clone)]
pub struct Statement {
	/// The context header.
	pub header: Header<AccountId>,
	/// What the receipt shows.
	pub claims: BasicClaims,
	/// The public signals.
	pub public: PublicSignals,
	/// What the proof hides.
	pub witness: BasicReceiptWitness,
}

impl ReceiptFacts {
	/// Reads the facts of a job whose receipts have a proof.
	pub async fn read(view: &View, job: JobId) -> Result<Self, ProveError> {
		let record = view.live_job(job).await?.ok_or(ProveError::UnknownJob(job))?;
		let offer = &record.offer;
		let circuit = offer.circuit.ok_or(ProveError::NoCircuit(job))?;
		let mut issuers = Vec::with_capacity(offer.issuers.len());
		for account in offer.issuers.iter().copied() {
			let in_office = view
				.issuer(&account)
				.await?
				.filter(|issuer| issuer.state.in_office())
				.map(|issuer| (issuer.keys.babyjubjub, issuer.leaf));
			issuers.push(Place { account, in_office });
		}
		Ok(Self {
			genesis: view.genesis(),
			pallet: view.receipts_pallet()?,
			job,
			requester: record.requester,
			model: offer.model,
			input: offer.input.digest,
			circuit,
			issuers,
			deadline: view.deadline(job).await?.ok_or(ProveError::UnknownJob(job))?,
			nonce: record.nonce(),
			as_of: view.job_time().await?,
		})
	}

	/// What a receipt for this miner is about.
	pub fn subject(&self, miner: &AccountId) -> Fr {
		let subject = Subject {
			genesis: self.genesis,
			job: self.job,
			requester: self.requester.0,
			miner: miner.0,
			model: self.model,
			input: self.input,
		};
		subject.hash::<Native>()
	}

	/// The statement by which `miner` asks to be paid for a signed receipt. `submitter` is the account that
	/// will sign the transaction: the miner's hot key, or itself.
	pub fn statement(
		&self,
		miner: &AccountId,
		submitter: &AccountId,
		signed: &SignedReceipt,
	) -> Result<Statement, ProveError> {
		if signed.level != Level::Basic {
			let found = signed.level;
			return Err(ProveError::WrongLevel { expected: Level::Basic, found });
		}
		let body = &signed.body;
		if body.end > self.as_of {
			return Err(ProveError::NotYet { end: body.end, as_of: self.as_of });
		}
		let amount = fits_64_bits(body.amount).ok_or(ProveError::TooLarge("the amount"))?;
		let unit_price =
			fits_64_bits(body.unit_price).ok_or(ProveError::TooLarge("the unit price"))?;
		let Signer { issuer, signature, issuer_index, leaves } = self.signer(signed)?;
		let too_many = || ProveError::TooManyIssuers(self.issuers.len());
		let siblings = siblings(&leaves, issuer_index).ok_or_else(too_many)?;
		let issuer_root = issuer_root::<Native>(&leaves).ok_or_else(too_many)?;

		let subject = self.subject(miner);
		let nullifier = body.nullifier::<Native>(subject);
		let claims = BasicClaims {
			amount: body.amount,
			expires_at: body.expires_at,
			as_of: self.as_of,
			nullifier: nullifier.into(),
			issuer_root,
			issuer_index,
		};
		let header = Header {
			genesis: self.genesis,
			pallet: self.pallet,
			circuit: self.circuit,
			subject: Some(subject.into()),
			arguments: claims.arguments(self.job),
			submitter: Some(*submitter),
			payee: *miner,
			valid_until: self.deadline,
			nonce: self.nonce,
		};
		let public = PublicSignals {
			context: header.context(),
			subject,
			amount,
			expires_at: body.expires_at,
			as_of: self.as_of,
			nullifier,
			issuer_root: canonical(&issuer_root, "issuer root")?,
			issuer_index,
		};
		let witness = BasicReceiptWitness {
			units: body.units,
			unit_price,
			start: body.start,
			end: body.end,
			serial: body.serial,
			output: body.output,
			salt: signed.salt,
			issuer,
			signature,
			siblings,
		};
		Ok(Statement { header, claims, public, witness })
	}

	/// Who signed a receipt for a level with a proof, and what it is proven to be one of the job's issuers by.
	pub(crate) fn signer(&self, signed: &SignedReceipt) -> Result<Signer, ProveError> {
		let place = self
			.issuers
			.iter()
			.position(|place| place.account == signed.issuer)
			.ok_or(ProveError::IssuerNotAccepted(signed.issuer))?;
		let (key, _) = self
			.issuers
			.get(place)
			.and_then(|place| place.in_office)
			.ok_or(ProveError::IssuerNotInOffice(signed.issuer))?;
		let issuer = PublicKey::from_bytes(&key)
			.map_err(|error| ProveError::Malformed { what: "key", reason: error.to_string() })?;
		let signature = signed
			.signature
			.as_slice()
			.try_into()
			.map_err(|_| "not 96 bytes".to_owned())
			.and_then(|bytes| Signature::from_bytes(bytes).map_err(|error| error.to_string()))
			.map_err(|reason| ProveError::Malformed { what: "signature", reason })?;
		let leaves = self.leaves()?;
		let issuer_index =
			u8::try_from(place).map_err(|_| ProveError::TooManyIssuers(self.issuers.len()))?;
		Ok(Signer { issuer, signature, issuer_index, leaves })
	}

	/// Leaves of the issuer tree as the chain has them.
	fn leaves(&self) -> Result<Vec<Fr>, ProveError> {
		if u32::try_from(self.issuers.len()).map_or(true, |issuers| issuers > MAX_ISSUERS) {
			return Err(ProveError::TooManyIssuers(self.issuers.len()));
		}
		let leaf = |place: &Place| match place.in_office {
			Some((_, leaf)) => canonical(&leaf, "leaf"),
			None => Ok(Fr::from(0u8)),
		};
		self.issuers.iter().map(leaf).collect()
	}
}

fn canonical(element: &FieldBytes, what: &'static str) -> Result<Fr, ProveError> {
	element
		.to_field()
		.ok_or_else(|| ProveError::Malformed { what, reason: "not a field element".to_owned() })
}

/// The receipt to submit for a job at the transparent level: the signed one, in clear.
pub fn transparent_receipt(
	signed: &SignedReceipt,
) -> Result<TransparentReceipt<AccountId>, ProveError> {
	if signed.level != Level::Transparent {
		let found = signed.level;
		return Err(ProveError::WrongLevel { expected: Level::Transparent, found });
	}
	let signature = signed.signature.as_slice().try_into().map_err(|_| ProveError::Malformed {
		what: "signature",
		reason: "not 64 bytes".to_owned(),
	})?;
	Ok(TransparentReceipt { issuer: signed.issuer, body: signed.body, signature })
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_circuits::basic_receipt::{assign, WitnessError};
	use quittance_client::AccountKey;
	use quittance_issuer::IssuerKey;
	use quittance_types::{Body, HeaderMismatch};

	const MINER: AccountId = AccountId([2; 32]);
	const HOT_KEY: AccountId = AccountId([12; 32]);

	fn issuer(name: &str) -> IssuerKey {
		IssuerKey::new(AccountKey::development(name).unwrap())
	}

	fn place(issuer: &IssuerKey) -> Place {
		let key = issuer.keys().babyjubjub;
		let leaf = PublicKey::from_bytes(&key).unwrap().leaf::<Native>();
		Place { account: issuer.account(), in_office: Some((key, leaf.into())) }
	}

	fn facts() -> ReceiptFacts {
		let removed = Place { account: AccountId([9; 32]), in_office: None };
		ReceiptFacts {
			genesis: [1; 32],
			pallet: 40,
			job: 3,
			requester: AccountId([3; 32]),
			model: [4; 32],
			input: [5; 32],
			circuit: [6; 32],
			issuers: vec![removed, place(&issuer("//Ferdie")), place(&issuer("//Dave"))],
			deadline: 60,
			nonce: 1,
			as_of: 31,
		}
	}

	fn body() -> Body {
		Body {
			units: 7,
			unit_price: 5,
			amount: 35,
			start: 20,
			end: 31,
			expires_at: 85,
			serial: u128::MAX,
			output: [0xff; 32],
		}
	}

	fn signed(facts: &ReceiptFacts, level: Level, body: Body) -> SignedReceipt {
		issuer("//Dave").sign(&facts.genesis, facts.subject(&MINER), level, body, 1 << 100)
	}

	#[test]
	fn the_statement_is_true_and_has_the_signals_that_the_chain_computes() {
		let facts = facts();
		let receipt = signed(&facts, Level::Basic, body());
		let Statement { header, claims, public, witness } =
			facts.statement(&MINER, &HOT_KEY, &receipt).unwrap();
		assign(&public, &witness).unwrap();
		assert_eq!(claims.inputs(&header, facts.subject(&MINER)), Some(public.to_fields()));
		assert_eq!((claims.issuer_index, claims.amount, claims.as_of), (2, 35, 31));
	}

	#[test]
	fn a_receipt_for_another_job_miner_or_chain_has_no_proof() {
		let receipt = signed(&facts(), Level::Basic, body());
		let others = [
			(ReceiptFacts { job: 4, ..facts() }, MINER),
			(ReceiptFacts { genesis: [2; 32], ..facts() }, MINER),
			(ReceiptFacts { input: [0; 32], ..facts() }, MINER),
			(facts(), AccountId([7; 32])),
		];
		for (facts, miner) in others {
			let Statement { public, witness, .. } =
				facts.statement(&miner, &HOT_KEY, &receipt).unwrap();
			assert_eq!(assign(&public, &witness).err(), Some(WitnessError::SignatureInvalid));
		}
	}

	#[test]
	fn a_changed_receipt_has_no_proof() {
		let facts = facts();
		let changed = |change: fn(&mut SignedReceipt)| {
			let mut receipt = signed(&facts, Level::Basic, body());
			change(&mut receipt);
			let Statement { public, witness, .. } =
				facts.statement(&MINER, &HOT_KEY, &receipt).unwrap();
			assign(&public, &witness).err()
		};
		assert_eq!(
			changed(|receipt| receipt.body.amount = 36),
			Some(WitnessError::AmountMismatch { amount: 36, units: 7, unit_price: 5 })
		);
		for change in [
			(|receipt| receipt.body.serial -= 1) as fn(&mut SignedReceipt),
			|receipt| receipt.body.output[31] = 0,
			|receipt| receipt.body.expires_at += 1,
			|receipt| receipt.salt += 1,
		] {
			assert_eq!(changed(change), Some(WitnessError::SignatureInvalid));
		}
	}

	#[test]
	fn what_cannot_be_proven_is_named_before_the_prover_starts() {
		let facts = facts();
		let basic = signed(&facts, Level::Basic, body());
		let refused = |facts: &ReceiptFacts, receipt: &SignedReceipt| {
			facts.statement(&MINER, &HOT_KEY, receipt).map(|_| ()).unwrap_err()
		};

		let clear = signed(&facts, Level::Transparent, body());
		assert!(matches!(refused(&facts, &clear), ProveError::WrongLevel { .. }));
		let early = ReceiptFacts { as_of: 30, ..facts.clone() };
		assert!(matches!(refused(&early, &basic), ProveError::NotYet { end: 31, as_of: 30 }));
		let large = SignedReceipt { body: Body { amount: 1 << 64, ..body() }, ..basic.clone() };
		assert!(matches!(refused(&facts, &large), ProveError::TooLarge("the amount")));
		let large = SignedReceipt { body: Body { unit_price: 1 << 64, ..body() }, ..basic.clone() };
		assert!(matches!(refused(&facts, &large), ProveError::TooLarge("the unit price")));
		let foreign = SignedReceipt { issuer: MINER, ..basic.clone() };
		assert!(matches!(refused(&facts, &foreign), ProveError::IssuerNotAccepted(MINER)));
		let removed = SignedReceipt { issuer: AccountId([9; 32]), ..basic.clone() };
		assert!(matches!(refused(&facts, &removed), ProveError::IssuerNotInOffice(_)));
		for signature in [vec![], vec![0; 95], vec![0xff; 96]] {
			let garbled = SignedReceipt { signature, ..basic.clone() };
			let error = refused(&facts, &garbled);
			assert!(matches!(error, ProveError::Malformed { what: "signature", .. }));
		}
		let mut crowded = facts.clone();
		crowded.issuers.extend((0..14).map(|_| place(&issuer("//Eve"))));
		assert!(matches!(refused(&crowded, &basic), ProveError::TooManyIssuers(17)));
	}

	#[test]
	fn another_submitter_is_another_context() {
		let facts = facts();
		let receipt = signed(&facts, Level::Basic, body());
		let ours = facts.statement(&MINER, &HOT_KEY, &receipt).unwrap();
		assert_eq!((ours.header.submitter, ours.header.payee), (Some(HOT_KEY), MINER));
		let theirs = facts.statement(&MINER, &AccountId([7; 32]), &receipt).unwrap();
		assert_ne!(ours.public.context, theirs.public.context);
		assert_eq!(ours.header.compare(&theirs.header), Err(HeaderMismatch::Submitter));
		// It is the same receipt: the subject names the miner.
		assert_eq!(ours.claims, theirs.claims);
	}

	#[test]
	fn a_transparent_receipt_is_the_signed_one() {
		let facts = facts();
		let clear = signed(&facts, Level::Transparent, body());
		let receipt = transparent_receipt(&clear).unwrap();
		assert_eq!((receipt.issuer, receipt.body), (clear.issuer, clear.body));
		assert_eq!(receipt.signature.to_vec(), clear.signature);
		let basic = signed(&facts, Level::Basic, body());
		assert!(matches!(transparent_receipt(&basic), Err(ProveError::WrongLevel { .. })));
		let short = SignedReceipt { signature: vec![0; 63], ..clear };
		assert!(matches!(transparent_receipt(&short), Err(ProveError::Malformed { .. })));
	}
}
