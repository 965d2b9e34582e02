mod bond;
mod capabilities;
mod debt;
mod heartbeats;
mod interleaving;
mod invariants;
mod keys;
mod matching;
mod registration;
mod rewards;
mod shares;

use crate::{mock::*, types::*, Error, Event};
use polkadot_sdk::{
	frame_support::{assert_noop, assert_ok, BoundedVec},
	sp_runtime::DispatchResult,
};
use quittance_types::{blake2_256, CircuitId, JobTime, Level};

type E = Error<Test>;

const BOND: u128 = 5_000;
const CIRCUIT: CircuitId = [7; 32];

fn capabilities() -> Capabilities {
	Capabilities {
		circuits: BoundedVec::truncate_from(vec![CIRCUIT, [8; 32]]),
		levels: BoundedVec::truncate_from(vec![Level::Transparent, Level::Basic]),
		max_constraints: 1_000_000,
		largest_model: 4_000,
		fhe_parameters: BoundedVec::truncate_from(vec![[5; 32]]),
		region: BoundedVec::truncate_from(b"eu-west1".to_vec()),
	}
}

fn endpoint() -> Endpoint {
	BoundedVec::truncate_from(b"https://miner.example:8443/".to_vec())
}

/// The arguments of a registration that succeeds, to be spoilt one at a time.
#[derive(Clone)]
struct Registration {
	hot_key: AccountId,
	possession: [u8; 64],
	bond: u128,
	capabilities: Capabilities,
	endpoint: Endpoint,
}

impl Registration {
	/// With the hot key of this seed.
	fn new(miner: &AccountId, seed: u8) -> Self {
		Self {
			hot_key: hot(seed),
			possession: possession(miner, seed),
			bond: BOND,
			capabilities: capabilities(),
			endpoint: endpoint(),
		}
	}

	fn by(self, who: &AccountId) -> DispatchResult {
		Registry::register(
			signed(who),
			self.hot_key,
			self.possession,
			self.bond,
			self.capabilities,
			self.endpoint,
		)
	}
}

fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

/// Registers [`MINER`] with the hot key of seed 1.
fn registered() {
	assert_ok!(Registration::new(&MINER, 1).by(&MINER));
}

fn record_of(miner: &AccountId) -> Miner<AccountId> {
	crate::Miners::<Test>::get(miner).unwrap()
}

fn advance(blocks: JobTime) {
	System::set_block_number(System::block_number() + blocks);
}
