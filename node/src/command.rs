//! What each command does.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service::{self, Partial},
};
use polkadot_sdk::*;
use quittance_runtime::{configs::system::SS58_PREFIX, opaque::Block};
use sc_cli::SubstrateCli;
use sp_core::crypto::{set_default_ss58_version, Ss58AddressFormat};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Quittance Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		"the issues of the Quittance repository".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}
}

/// Reads the command line and does what it says.
pub fn run() -> sc_cli::Result<()> {
	// The prefix is in no public registry: the chain's own addresses would be refused wherever one is
	// read, `system_accountNextIndex` for one, which wallets ask before they sign.
	set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
	let cli = Cli::from_args();

	match &cli.subcommand {
		None => cli.create_runner(&cli.run)?.run_node_until_exit(|config| async move {
			service::new_full(config).map_err(sc_cli::Error::Service)
		}),
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			// It executes the blocks, and has no flag for what a node that goes on from there will need.
			config.offchain_worker.indexing_enabled = true;
			let Partial { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::PurgeChain(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
		},
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, backend, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, backend, Some(Box::new(service::revert))), task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
		},
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(cmd)) => benchmark(&cli, cmd),
	}
}

#[cfg(feature = "runtime-benchmarks")]
fn benchmark(
	cli: &Cli,
	cmd: &polkadot_sdk::frame_benchmarking_cli::BenchmarkCmd,
) -> sc_cli::Result<()> {
	use crate::{
		benchmarking::{inherent_benchmark_data, RemarkBuilder, TransferKeepAliveBuilder},
		service::ExtraHostFunctions,
	};
	use frame_benchmarking_cli::{BenchmarkCmd, ExtrinsicFactory, SUBSTRATE_REFERENCE_HARDWARE};
	use quittance_runtime::{constants::currency::EXISTENTIAL_DEPOSIT, Hashing};
	use sp_keyring::Sr25519Keyring;

	cli.create_runner(cmd)?.sync_run(|config| match cmd {
		BenchmarkCmd::Pallet(cmd) => {
			cmd.run_with_spec::<Hashing, ExtraHostFunctions>(Some(config.chain_spec))
		},
		BenchmarkCmd::Block(cmd) => cmd.run(service::new_partial(&config)?.client),
		BenchmarkCmd::Storage(cmd) => {
			let Partial { client, backend, .. } = service::new_partial(&config)?;
			let database = backend.expose_db();
			let storage = backend.expose_storage();
			let cache = backend.expose_shared_trie_cache();
			cmd.run(config, client, database, storage, cache)
		},
		BenchmarkCmd::Overhead(cmd) => {
			let Partial { client, .. } = service::new_partial(&config)?;
			let (inherents, digest) = inherent_benchmark_data()?;
			let remark = RemarkBuilder::new(client.clone());
			cmd.run(config.chain_spec.name().into(), client, inherents, digest, &remark, false)
		},
		BenchmarkCmd::Extrinsic(cmd) => {
			let Partial { client, .. } = service::new_partial(&config)?;
			let (inherents, digest) = inherent_benchmark_data()?;
			let factory = ExtrinsicFactory(vec![
				Box::new(RemarkBuilder::new(client.clone())),
				Box::new(TransferKeepAliveBuilder::new(
					client.clone(),
					Sr25519Keyring::Bob.to_account_id(),
					EXISTENTIAL_DEPOSIT,
				)),
			]);
			cmd.run(client, inherents, digest, &factory)
		},
		BenchmarkCmd::Machine(cmd) => cmd.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
	})
}
