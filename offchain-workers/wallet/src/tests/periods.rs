use crate::{Period, GRACE_BLOCKS, PERIOD_BLOCKS};

#[test]
fn boundary_blocks_belong_to_one_period() {
	assert_eq!(Period::of(0), Period(0));
	assert_eq!(Period::of(PERIOD_BLOCKS - 1), Period(0));
	assert_eq!(Period::of(PERIOD_BLOCKS), Period(1));
	assert_eq!(Period(1).first_block(), PERIOD_BLOCKS);
	assert_eq!(Period(1).end(), 2 * PERIOD_BLOCKS);
	assert_eq!(Period::of(u64::MAX), Period(u32::MAX));
}

#[test]
fn boundary_grace() {
	let searched = |block| Period::searched_at(block).map(|period| period.0).collect::<Vec<_>>();
	assert_eq!(searched(0), [0]);
	assert_eq!(searched(PERIOD_BLOCKS - 1), [0]);
	assert_eq!(searched(PERIOD_BLOCKS), [1, 0]);
	assert_eq!(searched(PERIOD_BLOCKS + GRACE_BLOCKS - 1), [1, 0]);
	assert_eq!(searched(PERIOD_BLOCKS + GRACE_BLOCKS), [1]);
	assert_eq!(searched(u64::MAX).len(), 1);
}
