//! Verifying keys, the linter, and the pairing equation.

use crate::{
	coefficients::key_digest,
	combination::Combination,
	decode_inputs,
	encoding::{check_g1, check_g2, put_g1, put_g2, take_g1, take_g2},
	error::{reported, KeyError, KeyPoint, VerifyError},
	miller::{evaluations, miller_loop, Evaluation, Lines},
	Proof, G1_BYTES, KEY_HEAD_BYTES, MAX_INPUTS,
};
use alloc::vec::Vec;
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{
	pairing::{MillerLoopOutput, Pairing, PairingOutput},
	AffineRepr, CurveGroup,
};
use ark_ff::Zero;

/// A verifying key with 1 to [`MAX_INPUTS`] inputs, whose points are on their curves, in their
/// subgroups and not infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
	alpha: G1Affine,
	beta: G2Affine,
	gamma: G2Affine,
	delta: G2Affine,
	constant: G1Affine,
	ic: Vec<G1Affine>,
}

impl VerifyingKey {
	/// A key of its points. `ic` is `IC_0 .. IC_n`, the constant term first.
	///
	/// Errors: [`KeyError::NoInputs`], [`KeyError::TooManyInputs`], [`KeyError::Point`] for the
	/// first point that is refused.
	pub fn new(
		alpha: G1Affine,
		beta: G2Affine,
		gamma: G2Affine,
		delta: G2Affine,
		ic: &[G1Affine],
	) -> Result<Self, KeyError> {
		let Some((constant, ic)) = ic.split_first() else { return Err(KeyError::NoInputs) };
		check_input_bounds(ic.len())?;
		check_g1(&alpha).map_err(refused(KeyPoint::Alpha))?;
		check_g2(&beta).map_err(refused(KeyPoint::Beta))?;
		check_g2(&gamma).map_err(refused(KeyPoint::Gamma))?;
		check_g2(&delta).map_err(refused(KeyPoint::Delta))?;
		check_g1(constant).map_err(refused(KeyPoint::Ic(0)))?;
		for (index, point) in (1u8..).zip(ic) {
			check_g1(point).map_err(refused(KeyPoint::Ic(index)))?;
		}
		Ok(Self { alpha, beta, gamma, delta, constant: *constant, ic: ic.to_vec() })
	}

	/// Decodes exactly 448 + 64·(n + 1) bytes and checks every point. Does not
	/// [`lint`](Self::lint).
	///
	/// Errors: [`KeyError::Length`], [`KeyError::NoInputs`], [`KeyError::TooManyInputs`],
	/// [`KeyError::Point`] for the first point that is refused.
	pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, KeyError> {
		let length = KeyError::Length { got: reported(bytes.len()) };
		let ic_bytes = bytes.len().checked_sub(KEY_HEAD_BYTES).ok_or(length)?;
		if !ic_bytes.is_multiple_of(G1_BYTES) {
			return Err(length);
		}
		let inputs = (ic_bytes / G1_BYTES).checked_sub(1).ok_or(KeyError::NoInputs)?;
		check_input_bounds(inputs)?;

		let bytes = &mut bytes;
		Ok(Self {
			alpha: take_g1(bytes).map_err(refused(KeyPoint::Alpha))?,
			beta: take_g2(bytes).map_err(refused(KeyPoint::Beta))?,
			gamma: take_g2(bytes).map_err(refused(KeyPoint::Gamma))?,
			delta: take_g2(bytes).map_err(refused(KeyPoint::Delta))?,
			constant: take_g1(bytes).map_err(refused(KeyPoint::Ic(0)))?,
			ic: (1u8..)
				.take(inputs)
				.map(|index| take_g1(bytes).map_err(refused(KeyPoint::Ic(index))))
				.collect::<Result<_, _>>()?,
		})
	}

	/// The bytes of the key, the opposite of [`Self::from_bytes`].
	pub fn to_bytes(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(crate::key_bytes(self.inputs()));
		put_g1(&self.alpha, &mut bytes);
		for point in [&self.beta, &self.gamma, &self.delta] {
			put_g2(point, &mut bytes);
		}
		put_g1(&self.constant, &mut bytes);
		for point in &self.ic {
			put_g1(point, &mut bytes);
		}
		bytes
	}

	/// Number of public inputs.
	pub fn inputs(&self) -> usize {
		self.ic.len()
	}

	/// Refuses keys under which anyone can make proofs from the key alone.
	///
	/// Such keys come from a setup that was skipped or cut short, or from a key put together by
	/// hand, and have cost deployed systems their funds. The linter does not judge the setup itself:
	/// whoever knows the secrets of a well-formed key can make proofs under it, and no look at the
	/// key tells. For that there are ceremony transcripts.
	///
	/// Write the equation as `A⊗B = alpha⊗beta + L⊗gamma + C⊗delta`. The forger chooses `C` freely,
	/// so he needs `alpha⊗beta + L⊗gamma` to be a single product `A⊗B`, up to multiples of `delta`.
	/// With known linear relations only, that happens if two of `beta`, `gamma`, `delta` are
	/// parallel, or if `L` is parallel to `alpha` or zero. Each rule below is such a case. Where `C`
	/// comes out as infinity, re-randomising with any `s` as `(A, B + s·delta, C + s·A)` makes it a
	/// point, so the refusal of infinity does not help.
	///
	/// Rules are tried in this order:
	///
	/// * [`KeyError::DeltaEqualsGamma`]: `A = alpha, B = beta, C = -L` holds for all inputs
	///   (`C = L` for the negation). It is what snarkjs leaves when nobody contributes to phase 2:
	///   `gamma` and `delta` are both the generator.
	/// * [`KeyError::BetaEqualsGamma`]: `A = alpha + L, B = beta, C = 0` holds for all inputs
	///   (`A = alpha - L` for the negation).
	/// * [`KeyError::BetaEqualsDelta`]: `A = L, B = gamma, C = -alpha` holds for all inputs
	///   (`C = alpha` for the negation).
	/// * [`KeyError::DeltaIsGenerator`]: the secret of phase 2 is the public number 1 or -1. `gamma`
	///   may be the generator: no secret of the proof system rests on it, and snarkjs always makes
	///   it so.
	/// * [`KeyError::AlphaIsGenerator`], [`KeyError::BetaIsGenerator`]: likewise a secret of phase 1
	///   is public. The proof of knowledge soundness draws both at random.
	/// * [`KeyError::AlphaEqualsConstant`]: for all-zero inputs `L = IC_0`, and
	///   `A = alpha, B = beta + gamma, C = 0` holds (`B = beta - gamma` for the negation).
	/// * [`KeyError::IcEqual`]: if `IC_i = IC_j` for inputs `i` and `j`, a proof for `(x_i, x_j)` is
	///   one for `(x_i + t, x_j - t)`, for every `t`: a receipt's amount can be raised at the cost
	///   of another input. If `IC_0 = IC_j`, then `L = 0` for `x_j = -1` and all others zero, and
	///   `A = alpha, B = beta, C = 0` holds for that. Signs change accordingly for the negations.
	///
	/// Points at infinity, which unbind an input or a whole term, never get here: no key holds one.
	pub fn lint(&self) -> Result<(), KeyError> {
		let g1 = G1Affine::generator();
		let g2 = G2Affine::generator();
		// On both curves two points with one x-coordinate are equal or negations of each other.
		let parallel = |left: &G2Affine, right: &G2Affine| left.x == right.x;
		if parallel(&self.delta, &self.gamma) {
			return Err(KeyError::DeltaEqualsGamma);
		}
		if parallel(&self.beta, &self.gamma) {
			return Err(KeyError::BetaEqualsGamma);
		}
		if parallel(&self.beta, &self.delta) {
			return Err(KeyError::BetaEqualsDelta);
		}
		if parallel(&self.delta, &g2) {
			return Err(KeyError::DeltaIsGenerator);
		}
		if self.alpha.x == g1.x {
			return Err(KeyError::AlphaIsGenerator);
		}
		if parallel(&self.beta, &g2) {
			return Err(KeyError::BetaIsGenerator);
		}
		if self.alpha.x == self.constant.x {
			return Err(KeyError::AlphaEqualsConstant);
		}
		// At most 33·32/2 comparisons of two integers.
		let points = || (0u8..).zip(core::iter::once(&self.constant).chain(&self.ic));
		for (first, left) in points() {
			for (second, right) in points().skip(usize::from(first).saturating_add(1)) {
				if left.x == right.x {
					return Err(KeyError::IcEqual { first, second });
				}
			}
		}
		Ok(())
	}

	/// Computes what verification needs of the key alone. Costs about as much as one verification.
	///
	/// Does not [`lint`](Self::lint).
	pub fn prepare(&self) -> PreparedKey {
		let beta = Lines::new(&self.beta);
		let loops = miller_loop(pairs(&[self.alpha.into_group()], &[&beta]));
		PreparedKey {
			digest: key_digest(&self.to_bytes()),
			alpha: self.alpha,
			beta,
			gamma: Lines::new(&self.gamma),
			delta: Lines::new(&self.delta),
			alpha_beta: Bn254::final_exponentiation(loops),
			combination: Combination::new(self.constant, &self.ic),
		}
	}

	/// Decides whether the proof holds for the inputs, without a prepared key: cheaper than
	/// [`Self::prepare`] and [`PreparedKey::verify`] if the key is used once, because four Miller
	/// loops share one final exponentiation.
	///
	/// Errors: [`VerifyError::TooManyInputs`], [`VerifyError::InputCount`],
	/// [`VerifyError::InvalidProof`]. Does not [`lint`](Self::lint).
	pub fn verify(&self, proof: &Proof, inputs: &[Fr]) -> Result<(), VerifyError> {
		self.check_input_count(inputs.len())?;
		let sum = Combination::new(self.constant, &self.ic).evaluate(inputs);
		let loops = Bn254::multi_miller_loop(
			[proof.a, -self.alpha, (-sum).into_affine(), -proof.c],
			[proof.b, self.beta, self.gamma, self.delta],
		);
		check_product(loops, Some(PairingOutput::zero()))
	}

	/// Checks a number of inputs against the key's.
	///
	/// Errors: [`VerifyError::TooManyInputs`], [`VerifyError::InputCount`].
	pub fn check_input_count(&self, got: usize) -> Result<(), VerifyError> {
		check_input_count(self.inputs(), got)
	}
}

/// A verifying key made ready for many verifications: the pairing `e(alpha, beta)`, the lines of
/// `beta`, `gamma` and `delta`, and multiples of the `IC` points. 1 KiB for each input and 35 KiB for
/// the rest.
#[derive(Clone, Debug)]
pub struct PreparedKey {
	/// Of the key's bytes, for the coefficients of a batch.
	pub(crate) digest: [u8; 32],
	pub(crate) alpha: G1Affine,
	pub(crate) beta: Lines,
	pub(crate) gamma: Lines,
	pub(crate) delta: Lines,
	/// `e(alpha, beta)`. It is not `None`: see [`check_product`].
	alpha_beta: Option<PairingOutput<Bn254>>,
	pub(crate) combination: Combination,
}

impl PreparedKey {
	/// Decodes, lints and prepares a key.
	///
	/// Errors: those of [`VerifyingKey::from_bytes`] and [`VerifyingKey::lint`].
	pub fn from_bytes(key: &[u8]) -> Result<Self, KeyError> {
		Ok(crate::checked_key(key)?.prepare())
	}

	/// Number of public inputs.
	pub fn inputs(&self) -> usize {
		self.combination.len()
	}

	/// Decides whether the proof holds for the inputs.
	///
	/// Errors: [`VerifyError::TooManyInputs`], [`VerifyError::InputCount`],
	/// [`VerifyError::InvalidProof`].
	pub fn verify(&self, proof: &Proof, inputs: &[Fr]) -> Result<(), VerifyError> {
		self.check_input_count(inputs.len())?;
		self.check_equation(proof, &Lines::new(&proof.b), inputs)
	}

	/// The equation, given the lines of `B`. The number of inputs has been checked.
	pub(crate) fn check_equation(
		&self,
		proof: &Proof,
		b: &Lines,
		inputs: &[Fr],
	) -> Result<(), VerifyError> {
		let sum = self.combination.evaluate(inputs);
		let points = [proof.a.into_group(), -sum, -proof.c.into_group()];
		let loops = miller_loop(pairs(&points, &[b, &self.gamma, &self.delta]));
		check_product(loops, self.alpha_beta)
	}

	/// Checks a number of inputs against the key's.
	///
	/// Errors: [`VerifyError::TooManyInputs`], [`VerifyError::InputCount`].
	pub fn check_input_count(&self, got: usize) -> Result<(), VerifyError> {
		check_input_count(self.inputs(), got)
	}

	/// [`Self::verify`] of a proof and inputs in their wire formats, with the verdicts and the
	/// order of checks of [`verify`](crate::verify).
	pub fn verify_bytes(&self, proof: &[u8], inputs: &[u8]) -> Result<(), VerifyError> {
		let inputs = decode_inputs(inputs)?;
		self.check_input_count(inputs.len())?;
		self.verify(&Proof::from_bytes(proof)?, &inputs)
	}
}

/// The pairs of a Miller loop, without those whose point of G1 is infinity.
pub(crate) fn pairs<'a>(
	points: &[G1Projective],
	lines: &[&'a Lines],
) -> Vec<(Evaluation, &'a Lines)> {
	let pair = |(point, lines): (Option<_>, &&'a Lines)| Some((point?, *lines));
	evaluations(points).into_iter().zip(lines).filter_map(pair).collect()
}

// With `ark-ec`'s `parallel` feature its Miller loop goes over chunks of four pairs with rayon.
// `VerifyingKey::verify` has four, hence one chunk, which stays on the calling thread.
pub(crate) fn check_product(
	loops: MillerLoopOutput<Bn254>,
	expected: Option<PairingOutput<Bn254>>,
) -> Result<(), VerifyError> {
	// `None` stands for a Miller loop that ended in zero, which it does not for points of order `r`:
	// no line function vanishes there, and a field has no zero divisors.
	match Bn254::final_exponentiation(loops) {
		Some(product) if Some(product) == expected => Ok(()),
		_ => Err(VerifyError::InvalidProof),
	}
}

fn refused(point: KeyPoint) -> impl Fn(crate::PointError) -> KeyError {
	move |error| KeyError::Point { point, error }
}

fn check_input_bounds(inputs: usize) -> Result<(), KeyError> {
	match inputs {
		0 => Err(KeyError::NoInputs),
		1..=MAX_INPUTS => Ok(()),
		_ => Err(KeyError::TooManyInputs { got: reported(inputs) }),
	}
}

fn check_input_count(expected: usize, got: usize) -> Result<(), VerifyError> {
	if got > MAX_INPUTS {
		return Err(VerifyError::TooManyInputs { got: reported(got) });
	}
	if got != expected {
		// Both are at most 32.
		let small = |n| u8::try_from(n).unwrap_or(u8::MAX);
		return Err(VerifyError::InputCount { expected: small(expected), got: small(got) });
	}
	Ok(())
}
