//! EdDSA-Poseidon over BabyJubJub, as in circomlib: the signatures that a circuit can check.
//!
//! For a key A = a B8 a signature of the field element M is (R8, S) with
//!
//! ```text
//! S B8 = R8 + 8 h A,    h = P(R8.x, R8.y, A.x, A.y, M)
//! ```
//!
//! where P is Poseidon. Verification is circomlib's `EdDSAPoseidonVerifier`; a test verifies a
//! signature published by circomlibjs. Key derivation and nonces are ours (see [`SecretKey`]).
//!
//! Stricter than circomlib: points are uncompressed and canonical, on the curve and in the prime
//! subgroup, keys are not the identity, and S is below the subgroup order. A signature and a key
//! therefore have one encoding each.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod curve;
mod encoding;
mod key;
mod possession;
mod secret;
mod signature;

pub use curve::{generator, BabyJubJub, Point, Scalar, SUBGROUP_ORDER};
pub use key::{KeyError, PublicKey};
pub use possession::{possession_message, prove_possession, verify_possession};
pub use secret::SecretKey;
pub use signature::{challenge, Signature, SignatureError};
