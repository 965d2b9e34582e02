//! Who pays and gets what, in the chain's smallest unit, by docs/protocol.md ("Who pays the panel"). Written
//! down, not computed, so that a rule that changes is noticed.

/// Price of an image.
pub const UNIT_PRICE: u64 = 50_000_000_000;

/// What two miners share that do the job, and what one of them gets.
pub const PRICE: u128 = 200_000_000_000;
pub const PART: u128 = 100_000_000_000;

/// What an issuer that signs would earn, and what is held for a panel, by the parameters a chain begins with.
pub const ISSUER_FEE: u128 = 100_000_000_000;
pub const PANEL_FEE: u128 = 3_000_000_000_000;

/// A third of both: what each member gets. One unit is left.
pub const SHARE: u128 = 1_033_333_333_333;
pub const SHARES: u128 = 3_099_999_999_999;

/// What each lock reserves of a miner's bond, and what whoever was wrong loses.
pub const LOCK_BOND: u128 = 5_000_000_000_000;

/// What of that makes good to the requester what the panel has cost beyond the issuer's fee; the rest is the
/// treasury's.
pub const COVERED: u128 = 2_999_999_999_999;
pub const LOST: u128 = 2_000_000_000_001;

/// What returns to the requester of what was held for the job: the other miner's part of the price, and the
/// unit that is left.
pub const RETURNED: u128 = 100_000_000_001;

/// What the job has cost the requester: one part of the price, and the issuer's fee.
pub const COST: u128 = 200_000_000_000;

/// What each miner has at stake.
pub const BOND: u128 = 200_000_000_000_000;

/// What a seat reserves of a member's bond.
pub const SEAT_BOND: u128 = 50_000_000_000_000;

#[test]
fn nothing_comes_from_nowhere() {
	let held = PRICE + ISSUER_FEE + PANEL_FEE;
	assert_eq!(held, PART + SHARES + RETURNED);
	assert_eq!((SHARES, LOCK_BOND), (3 * SHARE, COVERED + LOST));
	assert_eq!(COST, held - RETURNED - COVERED);
	assert_eq!((COST, COVERED), (PART + ISSUER_FEE, SHARES - ISSUER_FEE));
}
