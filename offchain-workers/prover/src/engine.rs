//! Proving.

use crate::{setup, Passport};
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::ProvingKey;
use quittance_circuits::{
	architecture::Architecture,
	basic_receipt::{self, BasicReceiptWitness, PublicSignals, WitnessError},
	bid_range::{self, BidRangeWitness},
	inference::{self, InferenceWitness, Parameters},
	join_split,
	membership::{self, MembershipWitness},
	model_integrity::{self, ModelIntegrityError},
	post_private_job::{self, PostPrivateJobWitness},
	settle::{self, SettleWitness},
	settle_verdict::{self, SettleVerdictWitness},
	settlement,
	transfer::{self, TransferWitness},
	withdraw::{self, WithdrawWitness},
	Assignment, Shape,
};
use quittance_groth16::{KeyError, PreparedKey, Proof, VerifyError, VerifyingKey};
use rand::rngs::OsRng;
use taceo_groth16::{ConstraintMatrices, Groth16, LibSnarkReduction};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
	/// The statement is false.
	#[error("nothing to prove: {0}")]
	Witness(#[from] WitnessError),
	/// The statement about notes is false.
	#[error("nothing to prove: {0}")]
	Notes(#[from] join_split::WitnessError),
	/// The statement about a settlement is false.
	#[error("nothing to prove: {0}")]
	Settlement(#[from] settlement::WitnessError),
	/// The statement about an inference is false.
	#[error("nothing to prove: {0}")]
	Inference(#[from] inference::WitnessError),
	/// The statement about a model is false.
	#[error("nothing to prove: {0}")]
	ModelIntegrity(#[from] ModelIntegrityError),
	/// The statement about a member is false.
	#[error("nothing to prove: {0}")]
	Membership(#[from] membership::WitnessError),
	/// The statement about a bid is false.
	#[error("nothing to prove: {0}")]
	BidRange(#[from] bid_range::WitnessError),
	/// The assignment is one of another circuit.
	#[error("the circuit has {expected} wires, the assignment {got}")]
	AssignmentLength {
		/// Wires of the circuit.
		expected: usize,
		/// Wires of the assignment.
		got: usize,
	},
	/// The prover gave up.
	#[error("the prover failed: {0}")]
	Prover(String),
	/// The proof that came out does not hold: the assignment does not satisfy the circuit, or the
	/// key is not the circuit's.
	#[error("the new proof does not verify: {0}")]
	SelfVerification(VerifyError),
}

/// A circuit with its key, ready to prove.
pub struct Engine {
	matrices: ConstraintMatrices<Fr>,
	key: ProvingKey<Bn254>,
	verifying_key: VerifyingKey,
	prepared: PreparedKey,
	passport: Passport,
}

impl Engine {
	pub(crate) fn new(
		shape: &Shape,
		key: ProvingKey<Bn254>,
		passport: Passport,
	) -> Result<Self, KeyError> {
		let verifying_key = setup::verifying_key(&key)?;
		let prepared = verifying_key.prepare();
		Ok(Self { matrices: shape.matrices(), key, verifying_key, prepared, passport })
	}

	/// The key that verifies the proofs.
	pub fn verifying_key(&self) -> &VerifyingKey {
		&self.verifying_key
	}

	/// [`verifying_key`](Self::verifying_key), prepared for many verifications.
	pub fn verifier(&self) -> &PreparedKey {
		&self.prepared
	}

	/// Where the key comes from.
	pub fn passport(&self) -> &Passport {
		&self.passport
	}

	/// Proves an assignment and verifies the proof.
	///
	/// Works on the threads of the current rayon pool. Who has many proofs to make is best served
	/// by pools of one thread, each with a proof of its own.
	pub fn prove(&self, assignment: &Assignment) -> Result<Proof, ProveError> {
		let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
		let expected = self.matrices.num_instance_variables + self.matrices.num_witness_variables;
		let got = assignment.wires().len();
		if got != expected {
			return Err(ProveError::AssignmentLength { expected, got });
		}
		// The generator of `ark-groth16` makes keys for the reduction of libsnark. Keys of snarkjs
		// would need its own.
		let proof = Groth16::<Bn254>::prove::<LibSnarkReduction>(
			&self.key,
			r,
			s,
			&self.matrices,
			assignment.wires(),
		)
		.map_err(|error| ProveError::Prover(error.to_string()))?;
		let proof = Proof::new(proof.a, proof.b, proof.c).map_err(ProveError::SelfVerification)?;
		self.prepared.verify(&proof, assignment.publics()).map_err(ProveError::SelfVerification)?;
		Ok(proof)
	}

	/// Proves a basic receipt, of an engine for [`basic_receipt::shape`].
	pub fn prove_basic_receipt(
		&self,
		public: &PublicSignals,
		witness: &BasicReceiptWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&basic_receipt::assign(public, witness)?)
	}

	/// Proves a transfer of notes, of an engine for [`transfer::shape`].
	pub fn prove_transfer(
		&self,
		public: &transfer::PublicSignals,
		witness: &TransferWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&transfer::assign(public, witness)?)
	}

	/// Proves a withdrawal, of an engine for [`withdraw::shape`].
	pub fn prove_withdraw(
		&self,
		public: &withdraw::PublicSignals,
		witness: &WithdrawWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&withdraw::assign(public, witness)?)
	}

	/// Proves the payment of a private job that is posted, of an engine for
	/// [`post_private_job::shape`].
	pub fn prove_post_private_job(
		&self,
		public: &post_private_job::PublicSignals,
		witness: &PostPrivateJobWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&post_private_job::assign(public, witness)?)
	}

	/// Proves a settlement by a receipt, of an engine for [`settle::shape`].
	pub fn prove_settle(
		&self,
		public: &settle::PublicSignals,
		witness: &SettleWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&settle::assign(public, witness)?)
	}

	/// Proves a settlement by a verdict, of an engine for [`settle_verdict::shape`].
	pub fn prove_settle_verdict(
		&self,
		public: &settle_verdict::PublicSignals,
		witness: &SettleVerdictWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&settle_verdict::assign(public, witness)?)
	}

	/// Proves an inference, of an engine for [`inference::shape`] of these parameters.
	pub fn prove_inference(
		&self,
		parameters: &Parameters,
		public: &inference::PublicSignals,
		witness: &InferenceWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&inference::assign(parameters, public, witness)?)
	}

	/// Proves that a network is known, of an engine for [`model_integrity::shape`] of this architecture.
	pub fn prove_model_integrity(
		&self,
		architecture: &Architecture,
		public: &model_integrity::PublicSignals,
		tensor: &[u8],
	) -> Result<Proof, ProveError> {
		self.prove(&model_integrity::assign(architecture, public, tensor)?)
	}

	/// Proves membership, of an engine for [`membership::shape`].
	pub fn prove_membership(
		&self,
		public: &membership::PublicSignals,
		witness: &MembershipWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&membership::assign(public, witness)?)
	}

	/// Proves that a bid is within its bounds, of an engine for [`bid_range::shape`].
	pub fn prove_bid_range(
		&self,
		public: &bid_range::PublicSignals,
		witness: &BidRangeWitness,
	) -> Result<Proof, ProveError> {
		self.prove(&bid_range::assign(public, witness)?)
	}
}

impl std::fmt::Debug for Engine {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Engine").field("passport", &self.passport).finish_non_exhaustive()
	}
}
