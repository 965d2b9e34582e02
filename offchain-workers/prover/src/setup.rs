//! Making keys.

use ark_bn254::Bn254;
use ark_groth16::{Groth16, ProvingKey};
use quittance_circuits::Shape;
use quittance_groth16::{KeyError, VerifyingKey};
use rand::rngs::OsRng;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
	/// The generator refused the circuit.
	#[error("the key generator failed: {0}")]
	Generator(String),
	/// The chain would refuse the key.
	#[error("the verifying key is unacceptable: {0}")]
	Key(#[from] KeyError),
}

/// Makes a key from the system's randomness.
///
/// The secrets it is made from exist in this process while it runs, and whoever had them could
/// prove anything: such a key is for development. A key on which money depends comes out of a
/// ceremony of several parties.
pub fn set_up_for_development(shape: &Shape) -> Result<ProvingKey<Bn254>, SetupError> {
	let key = Groth16::<Bn254>::generate_random_parameters_with_reduction(shape, &mut OsRng)
		.map_err(|error| SetupError::Generator(error.to_string()))?;
	verifying_key(&key)?;
	Ok(key)
}

/// The verifying key that belongs to a proving key, as the chain accepts it.
pub(crate) fn verifying_key(key: &ProvingKey<Bn254>) -> Result<VerifyingKey, KeyError> {
	let ark_groth16::VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 } = &key.vk;
	let key = VerifyingKey::new(*alpha_g1, *beta_g2, *gamma_g2, *delta_g2, gamma_abc_g1)?;
	key.lint()?;
	Ok(key)
}
