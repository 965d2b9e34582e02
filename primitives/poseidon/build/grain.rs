//! The Grain LFSR in self-shrinking mode, and what Poseidon draws from it.

use crate::field::Element;

/// Bits of a field element, the paper's n.
const FIELD_BITS: u32 = 254;

/// What the generator yields for one width.
pub struct Drawn {
	/// One row of `width` constants for each round, full and partial.
	pub round_constants: Vec<Vec<Element>>,
	/// The matrix, row by row.
	pub mds: Vec<Vec<Element>>,
}

/// Draws the constants, then the matrix: the order of the reference generator.
pub fn draw(width: usize, full_rounds: usize, partial_rounds: usize) -> Drawn {
	let mut grain = Grain::new(width, full_rounds, partial_rounds);
	let round_constants = (0..full_rounds + partial_rounds)
		.map(|_| (0..width).map(|_| grain.element_by_rejection()).collect())
		.collect();
	let mds = loop {
		if let Some(matrix) = grain.cauchy_matrix(width) {
			break matrix;
		}
	};
	Drawn { round_constants, mds }
}

/// The register: 80 bits, feedback b(i+80) = b(i+62)+b(i+51)+b(i+38)+b(i+23)+b(i+13)+b(i).
struct Grain {
	/// Bit 79 is b(i), bit 0 is b(i+79).
	register: u128,
}

impl Grain {
	/// The seed describes the instance: a prime field (1), the S-box x^alpha (0), n, t, R_F, R_P,
	/// and ones up to 80 bits. The first 160 bits are thrown away.
	fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
		let fields = [
			(2, 1),
			(4, 0),
			(12, u128::from(FIELD_BITS)),
			(12, width as u128),
			(10, full_rounds as u128),
			(10, partial_rounds as u128),
			(30, (1 << 30) - 1),
		];
		let register = fields.iter().fold(0, |seed, (bits, value)| seed << bits | value);
		let mut grain = Self { register };
		for _ in 0..160 {
			grain.step();
		}
		grain
	}

	fn step(&mut self) -> u128 {
		let bit = |place: u32| self.register >> (79 - place) & 1;
		let next = bit(62) ^ bit(51) ^ bit(38) ^ bit(23) ^ bit(13) ^ bit(0);
		self.register = (self.register << 1 | next) & ((1 << 80) - 1);
		next
	}

	/// Self-shrinking: of each pair of bits the second counts, and only where the first is 1.
	fn bit(&mut self) -> u64 {
		loop {
			let counts = self.step() == 1;
			let bit = self.step();
			if counts {
				return bit as u64;
			}
		}
	}

	/// An integer of 254 bits, most significant bit first.
	fn integer(&mut self) -> [u64; 4] {
		let mut limbs = [0u64; 4];
		for place in (0..FIELD_BITS).rev() {
			limbs[(place / 64) as usize] |= self.bit() << (place % 64);
		}
		limbs
	}

	/// Round constants are uniform: an integer that is not below the modulus is drawn again.
	fn element_by_rejection(&mut self) -> Element {
		loop {
			if let Some(element) = Element::from_limbs(self.integer()) {
				return element;
			}
		}
	}

	/// The matrix 1 / (x_i + y_j) over 2t distinct elements, which the reference generator reduces
	/// instead of rejecting. `None` where two are equal or a sum is zero: it then draws again.
	///
	/// The reference also runs the three subspace-trail tests of the paper on the result. They
	/// pass at the first draw for all twelve widths, as the agreement with circomlib shows.
	fn cauchy_matrix(&mut self, width: usize) -> Option<Vec<Vec<Element>>> {
		let drawn: Vec<_> =
			(0..2 * width).map(|_| Element::from_limbs_reduced(self.integer())).collect();
		let distinct = drawn.iter().enumerate().all(|(index, a)| !drawn[..index].contains(a));
		let (xs, ys) = drawn.split_at(width);
		let invertible = xs.iter().all(|x| ys.iter().all(|y| *x + *y != Element::ZERO));
		(distinct && invertible)
			.then(|| xs.iter().map(|x| ys.iter().map(|y| (*x + *y).inverse()).collect()).collect())
	}
}
