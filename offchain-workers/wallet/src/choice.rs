//! Which notes a call spends.

/// Notes for an amount, or what must come first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Choice {
	/// One or two notes, by their places.
	Spend(Vec<u64>),
	/// Notes must be joined before, these pairs first, each by a call of its own.
	JoinFirst {
		/// Pairs that can be joined at once.
		pairs: Vec<[u64; 2]>,
		/// How many joins it takes, later rounds included.
		joins: usize,
	},
	/// All notes together, less the joins' fees, are worth no more than this.
	NotEnough {
		/// What can be paid at most, fee included.
		most: u128,
	},
}

/// Chooses among notes, each a place and a value, for what has to be paid in all.
///
/// Where one note is enough, it is the smallest such, and the smallest of all others goes with it:
/// two notes are spent in any case, and so small ones go without a join. Else it is the largest
/// and the smallest that suffices beside it. Where no two suffice, it is the fewest, the largest
/// first, and they are joined in pairs.
pub(crate) fn choose(notes: &[(u64, u64)], needed: u128, join_fee: u64) -> Choice {
	let mut notes = notes.to_vec();
	// By value, then by place, so that the choice is the same every time.
	notes.sort_unstable_by_key(|(place, value)| (*value, *place));
	let value = |at: usize| u128::from(notes[at].1);
	let fits = |sum: u128| sum - needed <= u128::from(u64::MAX);

	if let Some(one) = (0..notes.len()).find(|at| value(*at) >= needed) {
		let other = if one == 0 { 1 } else { 0 };
		let mut chosen = vec![notes[one].0];
		// Change has 64 bits.
		if other < notes.len() && fits(value(one) + value(other)) {
			chosen.push(notes[other].0);
		}
		return Choice::Spend(chosen);
	}
	let Some(last) = notes.len().checked_sub(1) else { return Choice::NotEnough { most: 0 } };
	if let Some(other) = (0..last).find(|at| value(*at) + value(last) >= needed) {
		return Choice::Spend(vec![notes[last].0, notes[other].0]);
	}

	// The largest first. Two that are joined have 64 bits together: they are less than what is needed.
	// Each is worth more than a join, or one fewer would have been enough.
	let (mut sum, mut most) = (0u128, 0u128);
	for count in 1..=notes.len() {
		sum += value(notes.len() - count);
		let joins = count.saturating_sub(2);
		let left = sum.saturating_sub(u128::from(join_fee) * joins as u128);
		most = most.max(left);
		if left >= needed && count > 2 {
			let mut places = notes[notes.len() - count..].iter().rev().map(|(place, _)| *place);
			let pairs = std::iter::from_fn(|| Some([places.next()?, places.next()?]));
			return Choice::JoinFirst { pairs: pairs.take(joins).collect(), joins };
		}
	}
	Choice::NotEnough { most }
}
