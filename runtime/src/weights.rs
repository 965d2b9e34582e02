//! Weights of SDK pallets that were measured with this runtime (`scripts/weights.sh`).

pub mod pallet_parameters;
