//! Miners as the registry has them.

use crate::{
	api::runtime_types::{
		bounded_collections::bounded_vec::BoundedVec, pallet_miners::types as raw,
	},
	state::answers,
	AccountId,
};
use quittance_types::{CircuitId, EpochIndex, FheParametersId, JobNeeds, JobTime, Level};
use std::borrow::Cow;
use subxt::utils::Static;

/// What a miner says that it can do. Each list is a set, in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
	/// Circuits that it proves, at most 16.
	pub circuits: Vec<CircuitId>,
	/// Levels of receipts that it takes jobs for, at least one.
	pub levels: Vec<Level>,
	/// Number of constraints of the largest circuit it can prove; zero for one that proves nothing.
	pub max_constraints: u64,
	/// Bytes of the weights of the largest model that it can load.
	pub largest_model: u64,
	/// FHE parameters that it evaluates under, at most 8.
	pub fhe_parameters: Vec<FheParametersId>,
	/// Where it is: up to eight lower-case letters, digits and hyphens, or nothing.
	pub region: Vec<u8>,
}

impl Capabilities {
	/// Whether these are enough for a job, by the chain's own rule.
	pub fn cover(&self, needs: &JobNeeds) -> bool {
		self.levels.contains(&needs.level)
			&& needs.circuit.is_none_or(|circuit| self.circuits.contains(&circuit))
			&& needs.constraints <= self.max_constraints
			&& needs.model_size <= self.largest_model
			&& needs.fhe_parameters.is_none_or(|id| self.fhe_parameters.contains(&id))
	}

	/// The region; what is not UTF-8 in it is replaced.
	pub fn region(&self) -> Cow<'_, str> {
		String::from_utf8_lossy(&self.region)
	}
}

/// A hot key that will work in a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NextKey {
	/// The key.
	pub key: AccountId,
	/// Job time from which it works in place of the one before.
	pub works_from: JobTime,
}

/// A part of a bond on its way back to the miner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unbonding {
	/// How much, in the chain's smallest unit.
	pub amount: u128,
	/// Job time from which it can be withdrawn.
	pub until: JobTime,
}

/// Whether a miner is there to stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MinerStatus {
	/// It can be matched and drawn.
	Registered {
		/// Its place in the draw.
		slot: u32,
		/// Whether it takes no jobs until it says otherwise.
		paused: bool,
	},
	/// It takes nothing on, and its bond is being unbonded.
	Leaving {
		/// Job time until which its record stays at least.
		until: JobTime,
	},
}

/// A registered miner. Amounts are in the chain's smallest unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Miner {
	/// The key it works with. Of [`crate::View::miner`]: the one that works now.
	pub hot_key: AccountId,
	/// The key it will work with.
	pub next_key: Option<NextKey>,
	/// What it has at stake, without what is being unbonded.
	pub bond: u128,
	/// The part of the bond that open locks have reserved.
	pub reserved: u128,
	/// Number of open locks.
	pub locks: u32,
	/// What was slashed and could not be taken yet.
	pub owed: u128,
	/// Parts on their way back, the oldest first.
	pub unbonding: Vec<Unbonding>,
	/// Job time of the registration.
	pub registered_at: JobTime,
	/// Epoch of the registration.
	pub registered_in: EpochIndex,
	/// The last epoch in which it showed that it is there.
	pub last_heartbeat: EpochIndex,
	/// Whether it stays.
	pub status: MinerStatus,
}

impl Miner {
	/// The part of the bond that no lock has reserved.
	pub fn free_bond(&self) -> u128 {
		self.bond.saturating_sub(self.reserved)
	}

	/// Whether it leaves.
	pub fn is_leaving(&self) -> bool {
		matches!(self.status, MinerStatus::Leaving { .. })
	}

	/// Whether it has paused.
	pub fn is_paused(&self) -> bool {
		matches!(self.status, MinerStatus::Registered { paused: true, .. })
	}
}

/// All that is known of a miner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MinerInfo {
	/// Its record.
	pub record: Miner,
	/// What it says that it can do.
	pub capabilities: Capabilities,
	/// Where it can be reached, a URL.
	pub endpoint: Vec<u8>,
}

impl MinerInfo {
	/// Where it can be reached; what is not UTF-8 in it is replaced.
	pub fn endpoint(&self) -> Cow<'_, str> {
		String::from_utf8_lossy(&self.endpoint)
	}
}

/// How a miner's jobs of late have ended, as the chain saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
	/// Jobs done in time.
	pub fulfilled: u32,
	/// Jobs done late.
	pub late: u32,
	/// Jobs that cost the bond.
	pub slashed: u32,
}

impl From<raw::Capabilities> for Capabilities {
	fn from(capabilities: raw::Capabilities) -> Self {
		Self {
			circuits: capabilities.circuits.0,
			levels: capabilities.levels.0.into_iter().map(|level| level.0).collect(),
			max_constraints: capabilities.max_constraints,
			largest_model: capabilities.largest_model,
			fhe_parameters: capabilities.fhe_parameters.0,
			region: capabilities.region.0,
		}
	}
}

impl From<Capabilities> for raw::Capabilities {
	fn from(capabilities: Capabilities) -> Self {
		Self {
			circuits: BoundedVec(capabilities.circuits),
			levels: BoundedVec(capabilities.levels.into_iter().map(Static).collect()),
			max_constraints: capabilities.max_constraints,
			largest_model: capabilities.largest_model,
			fhe_parameters: BoundedVec(capabilities.fhe_parameters),
			region: BoundedVec(capabilities.region),
		}
	}
}

impl From<raw::Miner<AccountId>> for Miner {
	fn from(miner: raw::Miner<AccountId>) -> Self {
		let next_key = |raw::NextKey { key, works_from }| NextKey { key, works_from };
		let unbonding = |raw::Unbonding { amount, until }| Unbonding { amount, until };
		Self {
			hot_key: miner.hot_key,
			next_key: miner.next_key.map(next_key),
			bond: miner.bond,
			reserved: miner.reserved,
			locks: miner.locks,
			owed: miner.owed,
			unbonding: miner.unbonding.0.into_iter().map(unbonding).collect(),
			registered_at: miner.registered_at,
			registered_in: miner.registered_in,
			last_heartbeat: miner.last_heartbeat,
			status: match miner.status {
				raw::Status::Registered { slot, paused } => {
					MinerStatus::Registered { slot, paused }
				},
				raw::Status::Leaving { until } => MinerStatus::Leaving { until },
			},
		}
	}
}

impl From<answers::MinerInfo> for MinerInfo {
	fn from(info: answers::MinerInfo) -> Self {
		let answers::MinerInfo { record, profile: raw::Profile { capabilities, endpoint } } = info;
		Self { record: record.into(), capabilities: capabilities.into(), endpoint: endpoint.0 }
	}
}

impl From<answers::Standing> for Standing {
	fn from(standing: answers::Standing) -> Self {
		let answers::Standing { fulfilled, late, slashed } = standing;
		Self { fulfilled, late, slashed }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn capabilities_cover_what_is_in_them() {
		let capabilities = Capabilities {
			circuits: vec![[1; 32]],
			levels: vec![Level::Basic],
			max_constraints: 100,
			largest_model: 1_000,
			fhe_parameters: vec![[2; 32]],
			region: vec![],
		};
		let needs = JobNeeds {
			level: Level::Basic,
			circuit: Some([1; 32]),
			constraints: 100,
			model_size: 1_000,
			fhe_parameters: Some([2; 32]),
		};
		assert!(capabilities.cover(&needs));
		for beyond in [
			JobNeeds { level: Level::Transparent, ..needs.clone() },
			JobNeeds { circuit: Some([2; 32]), ..needs.clone() },
			JobNeeds { constraints: 101, ..needs.clone() },
			JobNeeds { model_size: 1_001, ..needs.clone() },
			JobNeeds { fhe_parameters: Some([1; 32]), ..needs.clone() },
		] {
			assert!(!capabilities.cover(&beyond), "{beyond:?}");
		}
		assert!(capabilities.cover(&JobNeeds { circuit: None, fhe_parameters: None, ..needs }));
	}
}
