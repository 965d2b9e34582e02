//! What verifies, and everything that must not.

use ark_bn254::Fr;
use ark_ec::{twisted_edwards::TECurveConfig, AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use proptest::prelude::*;
use quittance_babyjubjub::{
	generator, BabyJubJub, KeyError, Point, PublicKey, Scalar, SecretKey, Signature,
	SignatureError, SUBGROUP_ORDER,
};
use quittance_poseidon::Native;

/// (0, -1), of order 2.
fn of_order_two() -> Point {
	Point::new_unchecked(Fr::from(0u8), -Fr::from(1u8))
}

/// A point of order 8 of the cofactor subgroup: l times a point outside the prime subgroup.
fn of_order_eight() -> Point {
	(2u64..)
		.filter_map(|y| Point::get_point_from_y_unchecked(Fr::from(y), false))
		.map(|point| BabyJubJub::mul_affine(&point, &SUBGROUP_ORDER.0).into_affine())
		.find(|point| !point.is_zero() && !(*point * Scalar::from(4u8)).into_affine().is_zero())
		.expect("half of all points have order 8 l")
}

fn key_of(point: Point) -> Result<PublicKey, KeyError> {
	PublicKey::new(point.x, point.y)
}

fn little_endian(number: impl BigInteger) -> [u8; 32] {
	number.to_bytes_le().try_into().unwrap()
}

fn key_bytes(x: [u8; 32], y: [u8; 32]) -> [u8; 64] {
	[x, y].concat().try_into().unwrap()
}

fn signature_bytes(x: [u8; 32], y: [u8; 32], s: [u8; 32]) -> [u8; 96] {
	[x, y, s].concat().try_into().unwrap()
}

#[test]
fn keys_are_refused_by_name() {
	let key = SecretKey::from_seed(&[1; 32]).public();
	assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));

	let (x, y) = (little_endian(key.x().into_bigint()), little_endian(key.y().into_bigint()));
	let order = little_endian(Fr::MODULUS);
	for bytes in [
		key_bytes(order, y),
		key_bytes(x, order),
		key_bytes([0xff; 32], y),
		// The identity with x + r in place of x.
		key_bytes(order, little_endian(Fr::from(1u8).into_bigint())),
	] {
		assert_eq!(PublicKey::from_bytes(&bytes), Err(KeyError::NotCanonical));
	}
	// x + r fits 32 bytes too, and is the same element.
	let mut second = key.x().into_bigint();
	assert!(!second.add_with_carry(&Fr::MODULUS));
	assert_eq!(
		PublicKey::from_bytes(&key_bytes(little_endian(second), y)),
		Err(KeyError::NotCanonical)
	);

	assert_eq!(PublicKey::from_bytes(&[0; 64]), Err(KeyError::NotOnCurve));
	assert_eq!(PublicKey::from_bytes(&key_bytes(y, x)), Err(KeyError::NotOnCurve));
	assert_eq!(PublicKey::new(key.x(), key.y() + Fr::from(1u8)), Err(KeyError::NotOnCurve));
	assert_eq!(key_of(Point::zero()), Err(KeyError::Identity));
	assert_eq!(key_of(of_order_two()), Err(KeyError::NotInSubgroup));
	assert_eq!(key_of(of_order_eight()), Err(KeyError::NotInSubgroup));
	let mixed = (key.point() + of_order_eight()).into_affine();
	assert!(mixed.is_on_curve());
	assert_eq!(key_of(mixed), Err(KeyError::NotInSubgroup));
	assert!(key_of(generator()).is_ok());
}

#[test]
fn signatures_are_refused_by_name() {
	let secret = SecretKey::from_seed(&[2; 32]);
	let message = Fr::from(3u8);
	let signature = secret.sign::<Native>(message);
	assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));

	let x = little_endian(signature.r8().x.into_bigint());
	let y = little_endian(signature.r8().y.into_bigint());
	let s = little_endian(signature.s().into_bigint());
	let order = little_endian(Fr::MODULUS);
	for (bytes, error) in [
		(signature_bytes(order, y, s), SignatureError::NotCanonical),
		(signature_bytes(x, order, s), SignatureError::NotCanonical),
		(signature_bytes(x, y, little_endian(SUBGROUP_ORDER)), SignatureError::ScalarNotCanonical),
		(signature_bytes(x, y, [0xff; 32]), SignatureError::ScalarNotCanonical),
		(signature_bytes(y, x, s), SignatureError::NotOnCurve),
	] {
		assert_eq!(Signature::from_bytes(&bytes), Err(error));
	}
	let mut largest = SUBGROUP_ORDER;
	largest.sub_with_borrow(&1u64.into());
	assert!(Signature::from_bytes(&signature_bytes(x, y, little_endian(largest))).is_ok());

	for small in [of_order_two(), of_order_eight()] {
		let r8 = (signature.r8() + small).into_affine();
		assert!(r8.is_on_curve());
		assert_eq!(Signature::new(r8.x, r8.y, signature.s()), Err(SignatureError::NotInSubgroup));
	}
}

#[test]
fn the_same_message_gets_the_same_signature_and_another_another_nonce() {
	let secret = SecretKey::from_seed(&[4; 32]);
	let first = secret.sign::<Native>(Fr::from(1u8));
	assert_eq!(first, secret.sign::<Native>(Fr::from(1u8)));
	assert_ne!(first.r8(), secret.sign::<Native>(Fr::from(2u8)).r8());
	let other = SecretKey::from_seed(&[5; 32]);
	assert_ne!(other.public(), secret.public());
	assert_ne!(first.r8(), other.sign::<Native>(Fr::from(1u8)).r8());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn only_the_signature_itself_verifies(seed: [u8; 32], other: [u8; 32], message: [u8; 32]) {
		prop_assume!(seed != other);
		let message = Fr::from_le_bytes_mod_order(&message);
		let secret = SecretKey::from_seed(&seed);
		let key = secret.public();
		let signature = secret.sign::<Native>(message);
		prop_assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
		prop_assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
		prop_assert_eq!(key.verify::<Native>(message, &signature), Ok(()));

		let refused = Err(SignatureError::Mismatch);
		prop_assert_eq!(key.verify::<Native>(message + Fr::ONE, &signature), refused);
		let other = SecretKey::from_seed(&other).public();
		prop_assert_eq!(other.verify::<Native>(message, &signature), refused);

		let (r8, s) = (signature.r8(), signature.s());
		for r8 in [-r8, (r8 + generator()).into_affine(), Point::zero()] {
			let altered = Signature::new(r8.x, r8.y, s).unwrap();
			prop_assert_eq!(key.verify::<Native>(message, &altered), refused);
		}
		for s in [s + Scalar::ONE, -s, Scalar::from(0u8)] {
			let altered = Signature::new(r8.x, r8.y, s).unwrap();
			prop_assert_eq!(key.verify::<Native>(message, &altered), refused);
		}

		// S + l satisfies the equation but is a second encoding.
		let mut second = s.into_bigint();
		second.add_with_carry(&SUBGROUP_ORDER);
		let bytes = signature_bytes(
			little_endian(r8.x.into_bigint()),
			little_endian(r8.y.into_bigint()),
			little_endian(second),
		);
		prop_assert_eq!(Signature::from_bytes(&bytes), Err(SignatureError::ScalarNotCanonical));
	}
}
