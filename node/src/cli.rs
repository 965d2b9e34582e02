//! The command line.

use polkadot_sdk::sc_cli;

/// The arguments of the node.
#[derive(Debug, clap::Parser)]
// Indexing is on unless it is turned off: without it a node keeps no leaves and can give nobody a receipt's path.
#[command(mut_arg("indexing_enabled", |indexing| indexing.default_value("true")))]
pub struct Cli {
	/// What to do other than run a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
	#[clap(flatten)]
	pub run: sc_cli::RunCmd,
}

/// What the node does other than run.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Key management utilities.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Export the chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate blocks.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Export blocks.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Export the state of a given block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Import blocks.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the whole chain.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain to a previous state.
	Revert(sc_cli::RevertCmd),

	/// Show the chain's best and finalized blocks, from its database.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Benchmarks of the machine, of blocks, of the pallets and of the storage.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(polkadot_sdk::frame_benchmarking_cli::BenchmarkCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	/// Our default is the other way round than the SDK's.
	#[test]
	fn leaves_are_indexed_unless_that_is_turned_off() {
		let indexed = |arguments: &[&str]| {
			let arguments = ["quittance-node"].iter().chain(arguments);
			Cli::try_parse_from(arguments)
				.map(|cli| cli.run.offchain_worker_params.indexing_enabled)
		};
		assert_eq!(indexed(&[]).ok(), Some(true));
		assert_eq!(indexed(&["--validator"]).ok(), Some(true));
		assert_eq!(indexed(&["--enable-offchain-indexing=true"]).ok(), Some(true));
		assert_eq!(indexed(&["--enable-offchain-indexing=false"]).ok(), Some(false));
		assert!(indexed(&["--enable-offchain-indexing=maybe"]).is_err());
	}
}
