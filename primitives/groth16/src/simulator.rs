//! Keys drawn with their secrets kept, and proofs made with the secrets instead of a witness.
//!
//! That is how a valid proof for arbitrary inputs is made without a circuit: by the simulator of the
//! zero-knowledge proof, whose output has the same distribution as a prover's. For tests and for
//! benchmarks, which need valid proofs inside the runtime; everything is derived from fixed numbers,
//! so that two runs give the same bytes. A key made here is worth nothing: everybody knows its secrets.

use crate::{Proof, VerifyingKey};
use alloc::vec::Vec;
use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::Field;

/// Scalars that look random and are always the same.
#[derive(Clone, Debug)]
pub struct Scalars(Fr);

impl Scalars {
	/// A sequence of its own for each seed.
	pub fn new(seed: u64) -> Self {
		let mut scalars = Self(Fr::from(seed) + Fr::from(2u8));
		// A few steps take small numbers to full size.
		for _ in 0..8 {
			scalars.draw();
		}
		scalars
	}

	/// The next scalar.
	pub fn draw(&mut self) -> Fr {
		// x^5 + 7 permutes the field, because 5 does not divide r - 1.
		self.0 = self.0.pow([5u64]) + Fr::from(7u8);
		self.0
	}

	/// The next `n` scalars.
	pub fn draw_many(&mut self, n: usize) -> Vec<Fr> {
		(0..n).map(|_| self.draw()).collect()
	}
}

/// A verifying key by the discrete logarithms of its points.
#[derive(Clone, Debug)]
pub struct Trapdoor {
	/// Logarithm of `alpha`.
	pub alpha: Fr,
	/// Logarithm of `beta`.
	pub beta: Fr,
	/// Logarithm of `gamma`.
	pub gamma: Fr,
	/// Logarithm of `delta`.
	pub delta: Fr,
	/// Logarithms of `IC_0 .. IC_n`.
	pub ic: Vec<Fr>,
}

impl Trapdoor {
	/// A key with `inputs` inputs, a different one for each seed.
	pub fn new(inputs: usize, seed: u64) -> Self {
		let mut scalars = Scalars::new(seed);
		Self {
			alpha: scalars.draw(),
			beta: scalars.draw(),
			gamma: scalars.draw(),
			delta: scalars.draw(),
			ic: scalars.draw_many(inputs.saturating_add(1)),
		}
	}

	/// The key. Panics if a logarithm is zero or the number of inputs is out of bounds.
	pub fn key(&self) -> VerifyingKey {
		let ic: Vec<_> = self.ic.iter().map(g1).collect();
		VerifyingKey::new(g1(&self.alpha), g2(&self.beta), g2(&self.gamma), g2(&self.delta), &ic)
			.expect("non-zero logarithms give points of the groups")
	}

	/// A valid proof for any inputs, as many as the key has. Another one for each seed.
	pub fn prove(&self, inputs: &[Fr], seed: u64) -> Proof {
		assert_eq!(inputs.len() + 1, self.ic.len(), "one scalar for each input of the key");
		let mut scalars = Scalars::new(seed);
		let (a, b) = (scalars.draw(), scalars.draw());
		let sum = self.ic[0] + self.ic[1..].iter().zip(inputs).map(|(p, x)| *p * x).sum::<Fr>();
		let inverse = self.delta.inverse().expect("delta is not zero");
		let c = (a * b - self.alpha * self.beta - sum * self.gamma) * inverse;
		Proof::new(g1(&a), g2(&b), g1(&c)).expect("three scalars that are not zero")
	}
}

/// The point of G1 with this logarithm.
pub(crate) fn g1(logarithm: &Fr) -> G1Affine {
	(G1Projective::generator() * logarithm).into_affine()
}

/// The point of G2 with this logarithm.
pub(crate) fn g2(logarithm: &Fr) -> G2Affine {
	(G2Projective::generator() * logarithm).into_affine()
}
