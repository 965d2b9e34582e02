//! Weights of SDK pallets that are measured with this runtime (`scripts/weights.sh`).

pub mod pallet_mmr;
pub mod pallet_parameters;
