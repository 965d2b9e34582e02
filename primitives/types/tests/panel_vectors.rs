//! The vectors of docs/vectors/panel.json: how members of a panel are drawn, and what they commit to.
//! The file was computed with Python's `hashlib` and integers.

use quittance_types::{draw_point, finding_commitment, grown_seed, MemberFinding};
use serde_json::Value;

fn published() -> Value {
	// From the package, where cargo runs tests.
	let text = std::fs::read_to_string("../../docs/vectors/panel.json").expect("the file is there");
	serde_json::from_str(&text).expect("the file is JSON")
}

fn bytes(value: &Value) -> [u8; 32] {
	let text = value.as_str().expect("ids are strings");
	hex::decode(text).expect("ids are hex").try_into().expect("ids have 32 bytes")
}

fn number<N: core::str::FromStr>(value: &Value) -> N {
	let text = value.as_str().expect("numbers are strings");
	text.parse().unwrap_or_else(|_| panic!("{text} is no number in range"))
}

#[test]
fn points_are_the_published_ones() {
	let draw = &published()["draw"];
	let contributions = draw["contributions"].as_array().expect("a list");
	let seed = contributions.iter().fold([0; 32], |seed, output| grown_seed(&seed, &bytes(output)));
	assert_eq!(seed, bytes(&draw["seed"]));
	let points = draw["points"].as_array().expect("a list");
	assert_eq!(points.len(), 4);
	for (attempt, point) in points.iter().enumerate() {
		let computed = draw_point(
			&bytes(&draw["genesis"]),
			&seed,
			number(&draw["job"]),
			number(&draw["draw"]),
			attempt as u32,
			number(&draw["total"]),
		);
		assert_eq!(computed, Some(number(point)), "try {attempt}");
	}
}

#[test]
fn commitments_are_the_published_ones() {
	let vectors = published();
	let (draw, finding) = (&vectors["draw"], &vectors["finding"]);
	let commitment = |found: &MemberFinding| {
		finding_commitment(
			&bytes(&draw["genesis"]),
			number(&draw["job"]),
			number(&draw["draw"]),
			&bytes(&finding["member"]),
			found,
			&bytes(&finding["salt"]),
		)
	};
	let right = MemberFinding::Right {
		candidate: number(&finding["candidate"]),
		amount: number(&finding["amount"]),
	};
	assert_eq!(commitment(&right), bytes(&finding["commitment"]));
	assert_eq!(commitment(&MemberFinding::Wrong), bytes(&finding["wrong_commitment"]));
	assert_eq!(commitment(&MemberFinding::Unfetched), bytes(&finding["unfetched_commitment"]));
}
