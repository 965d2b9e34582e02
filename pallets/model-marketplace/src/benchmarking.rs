#![cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<AccountId> {}
