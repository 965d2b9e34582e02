//! The same permutation with sparse matrices in the partial rounds (paper, appendix B).
//!
//! Write the matrix as M = [[m, v], [w, Q]] with m a scalar, and D_k = diag(1, Q^k). D_k does not
//! touch the first cell and the S-box of a partial round touches nothing else, so they commute. And
//!
//! ```text
//! D_k M = [[m, v Q^-(k+1)], [Q^k w, I]] D_(k+1)
//! ```
//!
//! so that, from the last partial round backwards, the dense part moves through all p of them: M in
//! round i becomes the sparse matrix with k = p - i, and D_p remains in front of the first. It joins
//! the matrix of the full round before it, as the matrix `entry` = D_p M.
//!
//! Constants move forwards. In a partial round those of cells 2.. pass the S-box unchanged and the
//! matrix takes them to the next round; one constant per round stays, and what is left after the
//! last is added to the full round that follows.

use crate::{field::Element, grain::Drawn};

type Matrix = Vec<Vec<Element>>;

pub struct Optimised {
	/// Constants of the full rounds before the partial rounds.
	pub before: Matrix,
	/// Constants of the full rounds after them.
	pub after: Matrix,
	/// Matrix of the last full round before the partial rounds.
	pub entry: Matrix,
	pub partial: Vec<PartialRound>,
}

pub struct PartialRound {
	/// Added to the first cell before its S-box.
	pub constant: Element,
	/// First row of the sparse matrix.
	pub row: Vec<Element>,
	/// First column of the sparse matrix. Its first entry is that of the row.
	pub column: Vec<Element>,
}

impl Optimised {
	pub fn new(drawn: &Drawn, full_rounds: usize, partial_rounds: usize) -> Self {
		let (before, rest) = drawn.round_constants.split_at(full_rounds / 2);
		let (partial, after) = rest.split_at(partial_rounds);
		let mut after = after.to_vec();

		let mut constants = Vec::new();
		let mut carried = vec![Element::ZERO; drawn.mds.len()];
		for round in partial {
			let mut sum = add(&carried, round);
			constants.push(std::mem::replace(&mut sum[0], Element::ZERO));
			carried = apply(&drawn.mds, &sum);
		}
		after[0] = add(&after[0], &carried);

		let corner = drawn.mds[0][0];
		let block: Matrix = drawn.mds[1..].iter().map(|row| row[1..].to_vec()).collect();
		let inverse = transpose(&invert(&block));
		let mut row = drawn.mds[0][1..].to_vec();
		let mut column: Vec<_> = drawn.mds[1..].iter().map(|row| row[0]).collect();
		let mut rounds = Vec::new();
		for constant in constants.into_iter().rev() {
			row = apply(&inverse, &row);
			let prefixed = |tail: &[Element]| [&[corner], tail].concat();
			rounds.push(PartialRound { constant, row: prefixed(&row), column: prefixed(&column) });
			column = apply(&block, &column);
		}
		rounds.reverse();

		let mut entry = drawn.mds.clone();
		for (place, column) in transpose(&drawn.mds).iter().enumerate() {
			let mut tail = column[1..].to_vec();
			for _ in 0..partial_rounds {
				tail = apply(&block, &tail);
			}
			for (row, value) in entry[1..].iter_mut().zip(tail) {
				row[place] = value;
			}
		}
		Self { before: before.to_vec(), after, entry, partial: rounds }
	}
}

fn add(a: &[Element], b: &[Element]) -> Vec<Element> {
	a.iter().zip(b).map(|(a, b)| *a + *b).collect()
}

fn apply(matrix: &Matrix, vector: &[Element]) -> Vec<Element> {
	let product = |row: &Vec<Element>| {
		row.iter().zip(vector).fold(Element::ZERO, |sum, (a, b)| sum + *a * *b)
	};
	matrix.iter().map(product).collect()
}

fn transpose(matrix: &Matrix) -> Matrix {
	(0..matrix[0].len()).map(|column| matrix.iter().map(|row| row[column]).collect()).collect()
}

/// Gauss-Jordan. Every minor of an MDS matrix is invertible, so a pivot is always found.
fn invert(matrix: &Matrix) -> Matrix {
	let size = matrix.len();
	let identity = |row: usize| {
		(0..size).map(move |column| if row == column { Element::one() } else { Element::ZERO })
	};
	let mut work: Matrix = matrix
		.iter()
		.enumerate()
		.map(|(index, row)| row.iter().copied().chain(identity(index)).collect())
		.collect();
	for place in 0..size {
		let pivot = (place..size)
			.find(|row| work[*row][place] != Element::ZERO)
			.expect("a minor of an MDS matrix is invertible");
		work.swap(place, pivot);
		let scale = work[place][place].inverse();
		let pivot: Vec<_> = work[place].iter().map(|value| *value * scale).collect();
		for row in work.iter_mut() {
			let factor = row[place];
			for (value, of_pivot) in row.iter_mut().zip(&pivot) {
				*value = *value - factor * *of_pivot;
			}
		}
		work[place] = pivot;
	}
	work.iter().map(|row| row[size..].to_vec()).collect()
}
