//! The arithmetic that is ours, against arkworks'.

use super::*;
use crate::{
	affine::{add_all, double_all},
	key::pairs,
	miller::{lines_of_members, miller_loop, walk, Lines, LINES},
	short_combination::{combine, OddMultiples, ShortScalar},
	subgroup::{ate_digits, images, is_in_g2, psi},
};
use ark_bn254::{g1, Config, G2Projective};
use ark_ec::{bn::BnConfig, pairing::Pairing, scalar_mul::glv::GLVConfig};
use ark_ff::{BigInteger, Zero};
use num_bigint::{BigInt, BigUint, Sign};

/// The parameter of the curve.
fn parameter() -> BigInt {
	BigInt::from(Config::X[0])
}

fn integer(integer: impl BigInteger) -> BigInt {
	BigInt::from_bytes_le(Sign::Plus, &integer.to_bytes_le())
}

fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
	while b != BigInt::ZERO {
		(a, b) = (b.clone(), a % b);
	}
	a
}

/// The cofactor of G2, from the number of points of the curve.
fn cofactor() -> BigInt {
	integer(Fq::MODULUS) * 2 - integer(Fr::MODULUS)
}

/// A point of the curve that has G2 as a subgroup, in all likelihood outside of it.
fn curve_point(rng: &mut StdRng) -> G2Affine {
	loop {
		if let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(rng), bool::rand(rng)) {
			return point;
		}
	}
}

/// A point whose order divides `order`, a divisor of the curve's.
fn torsion_point(order: &BigInt, rng: &mut StdRng) -> G2Affine {
	let points = cofactor() * integer(Fr::MODULUS);
	assert_eq!(&points % order, BigInt::ZERO);
	let (_, limbs) = (points / order).to_u64_digits();
	let point = curve_point(rng).mul_bigint(&limbs).into_affine();
	let (_, limbs) = order.to_u64_digits();
	assert!(point.mul_bigint(&limbs).is_zero());
	point
}

fn g2_point(rng: &mut StdRng) -> G2Affine {
	(G2Projective::generator() * Fr::rand(rng)).into_affine()
}

fn g1_point(rng: &mut StdRng) -> G1Affine {
	(G1Projective::generator() * Fr::rand(rng)).into_affine()
}

/// Points of the curve of every kind, those in G2 at odd places.
fn mixed_points(rng: &mut StdRng) -> Vec<G2Affine> {
	let small = [BigInt::from(10_069), BigInt::from(5_864_401)];
	let mut outside = vec![torsion_point(&cofactor(), rng)];
	for order in [&small[0], &small[1], &(&small[0] * &small[1])] {
		let point = torsion_point(order, rng);
		outside.extend([point, -point, (point + g2_point(rng)).into_affine()]);
	}
	outside.extend((0..6).map(|_| curve_point(rng)));
	let mut points: Vec<_> = outside.into_iter().flat_map(|point| [point, g2_point(rng)]).collect();
	points.extend([curve_point(rng), G2Affine::generator()]);
	points
}

#[test]
fn the_relation_decides_membership() {
	let (x, q, r) = (parameter(), integer(Fq::MODULUS), integer(Fr::MODULUS));
	assert_eq!(q, 36 * x.pow(4) + 36 * x.pow(3) + 24 * x.pow(2) + 6 * &x + 1);
	assert_eq!(r, 36 * x.pow(4) + 36 * x.pow(3) + 18 * x.pow(2) + 6 * &x + 1);
	let trace = 6 * x.pow(2) + 1;
	assert_eq!(&q + 1 - &trace, r);

	// 6x + 2 + X - X² + X³ modulo X² - tX + q, where X² = tX - q and X³ = (t² - q)X - tq.
	let constant = 6 * &x + 2 + &q - &trace * &q;
	let linear = 1 - &trace + &trace * &trace - &q;
	// Resultant of a + bX and X² - tX + q.
	let resultant = &constant * &constant + &constant * &linear * &trace + &linear * &linear * &q;
	assert_eq!(gcd(resultant, cofactor() * &r), r);
	assert_ne!(cofactor() % &r, BigInt::ZERO);
	assert_eq!((6 * &x + 2 + &q - q.pow(2) + q.pow(3)) % &r, BigInt::ZERO);
	// An odd number of points: none of order two, so that every tangent exists.
	assert_eq!((cofactor() * &r) % 2, BigInt::from(1));

	// The digits are those of 6x + 2.
	let number = ate_digits().fold(BigInt::from(1), |number, digit| 2 * number + digit);
	assert_eq!(number, 6 * &x + 2);
	let chords = ate_digits().filter(|digit| *digit != 0).count();
	assert_eq!(ate_digits().count() + chords + 2, LINES);
}

#[test]
fn no_sum_on_the_way_of_a_member_is_without_a_chord() {
	let (q, r) = (integer(Fq::MODULUS), integer(Fr::MODULUS));
	let apart = |left: &BigInt, right: &BigInt| {
		assert_ne!((left - right) % &r, BigInt::ZERO);
		assert_ne!((left + right) % &r, BigInt::ZERO);
	};
	let mut number = BigInt::from(1);
	for digit in ate_digits() {
		number *= 2;
		if digit != 0 {
			apart(&number, &BigInt::from(1));
			number += digit;
		}
	}
	apart(&number, &q);
	number += &q;
	apart(&number, &q.pow(2));
	number -= q.pow(2);
	assert_eq!((number + q.pow(3)) % r, BigInt::ZERO);
}

#[test]
fn the_endomorphism_of_g2_is_multiplication_by_the_base_modulus() {
	let mut rng = StdRng::seed_from_u64(50);
	let point = g2_point(&mut rng);
	assert_eq!(psi(&point), point.mul_bigint(Fq::MODULUS));
	let [first, second, third] = images(&point);
	assert_eq!(first, psi(&point));
	assert_eq!(-second, psi(&psi(&point)));
	assert_eq!(third, psi(&psi(&psi(&point))));
	// psi² - [t]psi + [q] = 0 on the whole curve.
	let point = curve_point(&mut rng);
	let trace: BigInt = 6 * parameter().pow(2) + 1;
	let (_, trace) = trace.to_u64_digits();
	let sum = psi(&psi(&point)) - psi(&point).mul_bigint(&trace) + point.mul_bigint(Fq::MODULUS);
	assert!(sum.is_zero());
}

#[test]
fn trap_7_membership_is_that_of_the_definition() {
	let mut rng = StdRng::seed_from_u64(51);
	for (place, point) in mixed_points(&mut rng).into_iter().enumerate() {
		assert!(point.is_on_curve() && !point.is_zero());
		let expected = point.mul_bigint(Fr::MODULUS).is_zero();
		assert_eq!(expected, place % 2 == 1, "place {place}");
		assert_eq!(point.is_in_correct_subgroup_assuming_on_curve(), expected, "place {place}");
		assert_eq!(is_in_g2(&point), expected, "place {place}");
		assert_eq!(lines_of_members(&[point])[0].is_some(), expected, "place {place}");
		assert_eq!(walk(&[point])[0].is_some(), expected, "place {place}");
	}
	for _ in 0..100 {
		let outside = curve_point(&mut rng);
		assert!(!outside.is_in_correct_subgroup_assuming_on_curve() && !is_in_g2(&outside));
		let inside = outside.clear_cofactor();
		assert!(inside.is_in_correct_subgroup_assuming_on_curve() && is_in_g2(&inside));
	}
}

#[test]
fn lines_computed_together_are_those_of_arkworks_and_points_do_not_touch_each_other() {
	let mut rng = StdRng::seed_from_u64(52);
	let points = mixed_points(&mut rng);
	for (place, lines) in lines_of_members(&points).into_iter().enumerate() {
		let expected = (place % 2 == 1).then(|| Lines::new(&points[place]));
		assert_eq!(lines, expected, "place {place}");
		assert!(expected.is_none_or(|lines| lines.0.len() == LINES));
	}
	assert!(lines_of_members(&[]).is_empty());
	// One point twice.
	assert_eq!(lines_of_members(&[points[1]; 2]), vec![Some(Lines::new(&points[1])); 2]);
}

#[test]
fn products_of_pairings_are_those_of_arkworks() {
	let mut rng = StdRng::seed_from_u64(53);
	for n in 0..7 {
		let mut g1: Vec<_> =
			(0..n).map(|_| G1Projective::generator() * Fr::rand(&mut rng)).collect();
		let g2: Vec<_> = (0..n).map(|_| g2_point(&mut rng)).collect();
		if n == 5 {
			g1[2] = G1Projective::zero();
		}
		let lines = walk(&g2).into_iter().map(Option::unwrap).collect::<Vec<_>>();
		let pairs = pairs(&g1, &lines.iter().collect::<Vec<_>>());
		assert_eq!(pairs.len(), n - usize::from(n == 5));
		let product = Bn254::final_exponentiation(miller_loop(pairs)).unwrap();
		let affine: Vec<_> = g1.iter().map(|point| point.into_affine()).collect();
		assert_eq!(product, Bn254::multi_pairing(affine, g2), "{n} pairs");
	}
}

#[test]
fn sums_of_affine_points() {
	let mut rng = StdRng::seed_from_u64(54);
	let points: Vec<_> = (0..6).map(|_| g1_point(&mut rng)).collect();
	let mut doubled = points.clone();
	doubled[3] = G1Affine::zero();
	let tangents = double_all(&mut doubled);
	for (place, (point, double)) in points.iter().zip(&doubled).enumerate() {
		if place == 3 {
			assert!(double.is_zero());
			continue;
		}
		assert_eq!(*double, point.into_group().double());
		let chord = tangents[place];
		assert_eq!(point.y, chord.slope * point.x - chord.offset);
		assert_eq!(-double.y, chord.slope * double.x - chord.offset);
	}
	let others: Vec<_> = (0..6).map(|_| g1_point(&mut rng)).collect();
	let mut sums = points.clone();
	// No chord: infinity, the same point, the negated point.
	sums[1] = G1Affine::zero();
	sums[2] = others[2];
	sums[4] = -others[4];
	let chords = add_all(&mut sums, &others);
	for place in 0..6 {
		if [1, 2, 4].contains(&place) {
			assert!(sums[place].is_zero());
			continue;
		}
		assert_eq!(sums[place], points[place] + others[place]);
		let chord = chords[place];
		for point in [points[place], others[place], -sums[place]] {
			assert_eq!(point.y, chord.slope * point.x - chord.offset);
		}
	}
	// Infinity stays.
	double_all(&mut sums);
	add_all(&mut sums, &others);
	assert!(sums[1].is_zero() && sums[2].is_zero() && sums[4].is_zero());
}

fn short_edges() -> Vec<u64> {
	let mut edges: Vec<_> = (0..70).collect();
	edges.extend((0..70).map(|n| u64::MAX - n));
	edges.extend((0..64).flat_map(|bit| [1 << bit, (1u64 << bit).wrapping_sub(1)]));
	edges
}

#[test]
fn products_with_short_scalars() {
	let mut rng = StdRng::seed_from_u64(55);
	let points: Vec<_> = (0..3).map(|_| g1_point(&mut rng)).collect();
	let multiples = OddMultiples::of_all(&points);
	let edges = short_edges();
	for (place, edge) in edges.iter().enumerate() {
		let other = edges[(place * 37 + 11) % edges.len()];
		let scalars = [
			ShortScalar::new(*edge, other),
			ShortScalar::new(other, *edge),
			ShortScalar::new(u64::rand(&mut rng), u64::rand(&mut rng)),
		];
		let lambda = <g1::Config as GLVConfig>::LAMBDA;
		assert_eq!(scalars[0].to_field(), Fr::from(*edge) + lambda * Fr::from(other));
		let digits = scalars.map(ShortScalar::digits);
		let terms: Vec<_> = digits.iter().zip(&multiples).collect();
		let expected: G1Projective =
			points.iter().zip(&scalars).map(|(point, scalar)| *point * scalar.to_field()).sum();
		assert_eq!(combine(&terms), expected, "{scalars:?}");
		assert_eq!(combine(&terms[..1]), points[0] * scalars[0].to_field(), "{:?}", scalars[0]);
	}
	// The largest sum there is, and sums that are infinity.
	let largest = ShortScalar::sum(&[ShortScalar::new(u64::MAX, u64::MAX); MAX_BATCH]);
	let one = ShortScalar::new(u64::MAX, u64::MAX).to_field();
	assert_eq!(largest.to_field(), one * Fr::from(32u8));
	assert_eq!(combine(&[(&largest.digits(), &multiples[0])]), points[0] * largest.to_field());
	assert!(combine(&[]).is_zero());
	let zero = ShortScalar::new(0, 0).digits();
	assert!(combine(&[(&zero, &multiples[0])]).is_zero());
	let opposite = OddMultiples::of_all(&[points[0], -points[0]]);
	let digits = ShortScalar::new(123, 456).digits();
	assert!(combine(&[(&digits, &opposite[0]), (&digits, &opposite[1])]).is_zero());
	// A point met by its own multiple on the way.
	let same = OddMultiples::of_all(&[points[0], points[0]]);
	let expected = points[0] * ShortScalar::new(123, 456).to_field();
	assert_eq!(combine(&[(&digits, &same[0]), (&digits, &same[1])]), expected.double());
}

#[test]
fn coefficients_with_different_halves_are_different() {
	// What the argument in `coefficients` rests on.
	let lambda = <g1::Config as GLVConfig>::LAMBDA;
	assert_eq!(lambda.square() + lambda + Fr::ONE, Fr::ZERO);
	assert!(BigUint::from(3u8) << 128u32 < BigUint::from_bytes_le(&Fr::MODULUS.to_bytes_le()));
}

#[test]
fn a_combination_with_a_factor_before_the_constant_term() {
	let mut rng = StdRng::seed_from_u64(56);
	let points: Vec<_> = (0..4).map(|_| g1_point(&mut rng)).collect();
	let combination = Combination::new(points[0], &points[1..]);
	for scale in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::rand(&mut rng)] {
		let scalars: [Fr; 3] = core::array::from_fn(|_| Fr::rand(&mut rng));
		let expected = points[0] * scale
			+ scalars.iter().zip(&points[1..]).map(|(x, p)| *p * x).sum::<G1Projective>();
		assert_eq!(combination.evaluate_scaled(&scale, &scalars), expected);
	}
}
