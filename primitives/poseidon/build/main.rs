//! Generates the constants of the permutation, for every width, from the paper's parameters alone.
//!
//! Nothing is copied from a table: round constants and matrix are drawn from the Grain LFSR as in
//! `generate_parameters_grain.sage` of the Poseidon paper (eprint 2019/458, appendix F), which is
//! where circomlib's constants come from. The tests compare the result with another implementation.

mod field;
mod grain;
mod optimise;

use field::Element;
use optimise::Optimised;
use std::{env, fmt::Write as _, fs, path::Path};

/// Full rounds of every width, half of them before the partial rounds and half after.
const FULL_ROUNDS: usize = 8;

/// Partial rounds for 1, 2, ... 16 inputs: 128 bits of security with the S-box x^5 (circomlib's
/// `N_ROUNDS_P`).
const PARTIAL_ROUNDS: [usize; 16] =
	[56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

fn main() {
	println!("cargo:rerun-if-changed=build");
	let mut source = String::new();
	writeln!(
		source,
		"/// Full rounds of every width, half before and half after the partial ones."
	)
	.unwrap();
	writeln!(source, "pub const FULL_ROUNDS: usize = {FULL_ROUNDS};").unwrap();
	writeln!(source, "/// Most inputs that the permutation takes.").unwrap();
	writeln!(source, "pub const MAX_INPUTS: usize = {};", PARTIAL_ROUNDS.len()).unwrap();
	for (index, &partial_rounds) in PARTIAL_ROUNDS.iter().enumerate() {
		let width = index + 2;
		let drawn = grain::draw(width, FULL_ROUNDS, partial_rounds);
		let optimised = Optimised::new(&drawn, FULL_ROUNDS, partial_rounds);
		emit(&mut source, width, partial_rounds, &drawn, &optimised);
	}
	let directory = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
	fs::write(Path::new(&directory).join("constants.rs"), source)
		.expect("OUT_DIR is writable for build scripts");
}

fn emit(
	source: &mut String,
	width: usize,
	partial_rounds: usize,
	drawn: &grain::Drawn,
	optimised: &Optimised,
) {
	let rows = |rows: &[Vec<Element>]| {
		rows.iter().map(|row| format!("[{}]", list(row))).collect::<Vec<_>>().join(",")
	};
	let plain = drawn.round_constants.concat();
	let matrix = drawn.mds.concat();
	writeln!(source, "static CONSTANTS_{width}: [Fr; {}] = [{}];", plain.len(), list(&plain))
		.unwrap();
	writeln!(source, "static MDS_{width}: [Fr; {}] = [{}];", matrix.len(), list(&matrix)).unwrap();
	writeln!(
		source,
		"pub static PARAMETERS_{width}: Parameters = Parameters {{ width: {width}, \
		 partial_rounds: {partial_rounds}, round_constants: &CONSTANTS_{width}, \
		 mds: &MDS_{width} }};"
	)
	.unwrap();
	let partial = optimised
		.partial
		.iter()
		.map(|round| {
			format!(
				"PartialRound {{ constant: {}, row: [{}], column: [{}] }}",
				element(&round.constant),
				list(&round.row),
				list(&round.column)
			)
		})
		.collect::<Vec<_>>()
		.join(",");
	writeln!(
		source,
		"static PARTIAL_{width}: [PartialRound<{width}>; {partial_rounds}] = [{partial}];"
	)
	.unwrap();
	writeln!(
		source,
		"pub static SCHEDULE_{width}: Schedule<{width}> = Schedule {{ before: [{}], after: [{}], \
		 mds: [{}], entry: [{}], partial: &PARTIAL_{width} }};",
		rows(&optimised.before),
		rows(&optimised.after),
		rows(&drawn.mds),
		rows(&optimised.entry),
	)
	.unwrap();
}

fn list(elements: &[Element]) -> String {
	elements.iter().map(element).collect::<Vec<_>>().join(",")
}

/// `montgomery([..])` of the including file: a const constructor from Montgomery limbs.
fn element(element: &Element) -> String {
	let [a, b, c, d] = element.montgomery();
	format!("montgomery([{a:#x},{b:#x},{c:#x},{d:#x}])")
}
