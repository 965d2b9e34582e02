//! The best that can be made of a false statement: a proof under a real key by a prover that does not look whether its
//! witness satisfies the circuit, judged by the verifier that the chain runs.

use crate::{Assignment, Shape};
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::ProvingKey;
use quittance_groth16::{encode_inputs, Proof, VerifyError, VerifyingKey};
use rand::rngs::OsRng;
use taceo_groth16::{ConstraintMatrices, Groth16, LibSnarkReduction};

pub(crate) struct Forger {
	matrices: ConstraintMatrices<Fr>,
	key: ProvingKey<Bn254>,
	/// As the chain keeps it.
	verifying_key: Vec<u8>,
}

impl Forger {
	pub(crate) fn new(shape: &Shape) -> Self {
		let key = ark_groth16::Groth16::<Bn254>::generate_random_parameters_with_reduction(
			shape, &mut OsRng,
		)
		.unwrap();
		let ark_groth16::VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 } =
			&key.vk;
		let verifying_key =
			VerifyingKey::new(*alpha_g1, *beta_g2, *gamma_g2, *delta_g2, gamma_abc_g1).unwrap();
		verifying_key.lint().unwrap();
		let verifying_key = verifying_key.to_bytes();
		Self { matrices: shape.matrices(), key, verifying_key }
	}

	/// What the chain says of a proof of this witness, with its public signals.
	pub(crate) fn judged(&self, assignment: &Assignment) -> Result<(), VerifyError> {
		let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
		let proof = Groth16::<Bn254>::prove::<LibSnarkReduction>(
			&self.key,
			r,
			s,
			&self.matrices,
			assignment.wires(),
		)
		.unwrap();
		let proof = Proof::new(proof.a, proof.b, proof.c).unwrap().to_bytes();
		let inputs = encode_inputs(assignment.publics());
		quittance_groth16::verify(&self.verifying_key, &proof, &inputs)
	}
}
