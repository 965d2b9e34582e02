//! A private job, as a true statement of each of its calls.

use quittance_babyjubjub::SecretKey;
use quittance_circuits::{
	join_split::SpentNote,
	post_private_job::{self, PostPrivateJobWitness},
	settle::{self, SettleWitness},
	settle_verdict::{self, SettleVerdictWitness},
	settlement::{ReceiptWitness, SettlementWitness},
	Fr,
};
use quittance_poseidon::{tree, Native};
use quittance_types::{
	owner_key, verdict_commitment, EscrowOpening, FieldBytes, Header, JobId, Note,
	PrivateJobClaims, PrivateSettlement, PrivateTerms, SettleClaims, SettleVerdictClaims,
	SettledReceipt, SettlementClaims, Subject, NOTE_TREE_DEPTH,
};

/// The job's number.
pub const JOB: JobId = 77;
/// Price of a unit.
pub const UNIT_PRICE: u64 = 500;
/// Units done, of ten.
pub const UNITS: u64 = 7;
/// What the post pays to the requester's account.
pub const PAID_IN: u128 = 60;
/// Fee of the post.
pub const POST_FEE: u128 = 10;

/// Fee of a settlement.
const FEE: u64 = 30;

/// The requester: what its wallet makes from its seed.
pub struct Requester {
	/// The nullifier key.
	pub nullifier_key: Fr,
	/// The diversifier of the escrow's owner key.
	pub diversifier: Fr,
	/// The one-time key.
	pub change_key: SecretKey,
}

impl Requester {
	/// The same each time.
	pub fn new() -> Self {
		Self {
			nullifier_key: -Fr::from(1u8),
			diversifier: -Fr::from(2u8),
			change_key: SecretKey::from_seed(&[3; 32]),
		}
	}

	/// The owner key of the escrow.
	pub fn owner(&self) -> Fr {
		owner_key::<Native>(self.nullifier_key, self.diversifier)
	}

	/// Ten units.
	fn escrow(&self) -> EscrowOpening {
		EscrowOpening {
			terms: PrivateTerms { unit_price: UNIT_PRICE, max_units: 10, salt: -Fr::from(4u8) },
			owner: self.owner(),
			rho: -Fr::from(5u8),
			change_key: self.change_key.public(),
		}
	}
}

fn header(circuit: u8, subject: Option<FieldBytes>, arguments: [u8; 32]) -> Header<[u8; 32]> {
	Header {
		genesis: [1; 32],
		pallet: 44,
		circuit: [circuit; 32],
		subject,
		arguments,
		submitter: None,
		payee: [9; 32],
		valid_until: 300,
		nonce: u64::from(subject.is_some()),
	}
}

/// The call that posts the job, and the statement of its proof.
pub fn posted(
) -> (PrivateJobClaims, Header<[u8; 32]>, post_private_job::PublicSignals, PostPrivateJobWitness) {
	let requester = Requester::new();
	let escrow = requester.escrow();
	let note = SpentNote {
		value: 6_000,
		leaf_index: 2,
		..SpentNote::dummy(requester.nullifier_key, -Fr::from(6u8), -Fr::from(7u8))
	};
	let leaves = [Fr::from(4u8), Fr::from(5u8), note.note().commitment::<Native>()];
	let siblings = quittance_circuits::join_split::siblings(&leaves, 2).unwrap();
	let dummy = SpentNote::dummy(-Fr::from(8u8), -Fr::from(9u8), -Fr::from(10u8));
	let inputs = [SpentNote { siblings, ..note }, dummy];
	let change = Note { value: 6_000 - 5_000 - 70, owner: requester.owner(), rho: Fr::from(11u8) };
	let root = tree::root::<Native>(&leaves, NOTE_TREE_DEPTH).unwrap();
	let nullifiers = inputs.each_ref().map(SpentNote::nullifier);
	let claims = PrivateJobClaims {
		root: root.into(),
		nullifiers: nullifiers.map(Into::into),
		change: change.commitment::<Native>().into(),
		offer: escrow.offer::<Native>().unwrap(),
		paid_in: PAID_IN,
		fee: POST_FEE,
	};
	let header = header(5, None, claims.arguments(&"the job", b"for change"));
	let public = post_private_job::PublicSignals {
		context: header.context(),
		root,
		nullifiers,
		change: change.commitment::<Native>(),
		offer: claims.offer.hash::<Native>().unwrap(),
		paid: 70,
	};
	(claims, header, public, PostPrivateJobWitness { inputs, change, escrow })
}

/// The subject of a receipt for it.
pub fn subject() -> Fr {
	let [genesis, requester, miner, model, input] = [1, 12, 13, 14, 15].map(|byte| [byte; 32]);
	Subject { genesis, job: JOB, requester, miner, model, input }.hash::<Native>()
}

/// What the miner knows when the work is done.
pub fn work() -> SettlementWitness {
	SettlementWitness {
		escrow: Requester::new().escrow(),
		units: UNITS,
		nullifier_key: Fr::from(17u8),
		diversifier: Fr::from(18u8),
		payee_rho: Fr::from(19u8),
		ephemeral: SecretKey::from_seed(&[20; 32]).scalar(),
	}
}

fn shown(settlement: &PrivateSettlement) -> SettlementClaims {
	SettlementClaims {
		payee: settlement.payee.into(),
		change: settlement.change.into(),
		ephemeral_key: settlement.ephemeral_key.map(Into::into),
		encrypted_change: settlement.encrypted_change.into(),
		fee: settlement.fee.into(),
	}
}

/// The call that settles it by a receipt, and the statement of its proof.
pub fn settled() -> (SettleClaims, Header<[u8; 32]>, settle::PublicSignals, SettleWitness) {
	let work = work();
	let issuer = SecretKey::from_seed(&[21; 32]);
	let leaves = [Fr::from(22u8), issuer.public().leaf::<Native>()];
	let received = ReceiptWitness {
		start: 100,
		end: 110,
		expires_at: 400,
		serial: 1 << 100,
		output: [16; 32],
		salt: 1 << 90,
	};
	let body = work.body(&received).unwrap();
	let receipt = SettledReceipt {
		issuer_root: tree::root::<Native>(&leaves, 2).unwrap(),
		issuer_index: 1,
		nullifier: body.nullifier::<Native>(subject()),
		expires_at: received.expires_at,
		as_of: 120,
	};
	let settlement = work.settlement(subject(), FEE).unwrap();
	let claims = SettleClaims {
		settlement: shown(&settlement),
		issuer_root: receipt.issuer_root.into(),
		issuer_index: receipt.issuer_index,
		nullifier: receipt.nullifier.into(),
		expires_at: receipt.expires_at,
		as_of: receipt.as_of,
	};
	let arguments = claims.arguments(JOB, b"for the payee");
	let header = header(6, Some(subject().into()), arguments);
	let witness = SettleWitness {
		issuer: issuer.public(),
		signature: issuer.sign::<Native>(body.commitment::<Native>(subject(), received.salt)),
		siblings: settle::siblings(&leaves, 1).unwrap(),
		settlement: work,
		receipt: received,
	};
	let public = settle::PublicSignals { context: header.context(), settlement, receipt };
	(claims, header, public, witness)
}

/// The same by a verdict.
pub fn decided(
) -> (SettleVerdictClaims, Header<[u8; 32]>, settle_verdict::PublicSignals, SettleVerdictWitness) {
	let (work, salt) = (work(), Fr::from(0u8));
	let settlement = work.settlement(subject(), FEE).unwrap();
	let claims = SettleVerdictClaims { settlement: shown(&settlement) };
	let arguments = claims.arguments(JOB, b"for the payee");
	let header = header(7, Some(subject().into()), arguments);
	let verdict = verdict_commitment::<Native>(subject(), UNITS, salt);
	let public = settle_verdict::PublicSignals { context: header.context(), settlement, verdict };
	(claims, header, public, SettleVerdictWitness { settlement: work, salt })
}
