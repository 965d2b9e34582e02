//! The node's parts, and how they are put together.

use crate::rpc::{self, BabeDeps, FullDeps, GrandpaDeps};
use futures::{FutureExt, StreamExt};
use polkadot_sdk::*;
use quittance_runtime::{apis::RuntimeApi, opaque::Block, BlockNumber, Hash};
use sc_client_api::{Backend, BlockBackend};
use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaBlockImport, GrandpaPruningFilter, LinkHalf, SharedVoterState,
};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{
	config::{FullNetworkConfiguration, NetworkBackendType},
	Event, Litep2pNetworkBackend, NetworkBackend, NetworkEventStream, NetworkWorker,
};
use sc_service::{Configuration, Error as ServiceError, TaskManager, WarpSyncConfig};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_babe::inherents::BabeCreateInherentDataProviders;
use std::{sync::Arc, time::Duration};

/// The host functions this chain has beyond the SDK's. The one place where they are named: the
/// executor, the chain specifications and the benchmarks all take them from here.
pub type ExtraHostFunctions = quittance_host_functions::HostFunctions;

/// The host functions that the runtime is executed with.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = (sp_io::SubstrateHostFunctions, ExtraHostFunctions);
/// The host functions that the runtime is executed with, and those of the benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions = (
	sp_io::SubstrateHostFunctions,
	ExtraHostFunctions,
	frame_benchmarking::benchmarking::HostFunctions,
);

/// Executes the runtime.
pub type Executor = sc_executor::WasmExecutor<HostFunctions>;
/// Access to the chain.
pub type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// The chain's database.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// The part of it that the runtime writes into beside the state.
pub type OffchainStorage = <FullBackend as Backend<Block>>::OffchainStorage;
/// The fork choice: the longest chain, on top of what is finalized.
pub type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// The transactions waiting.
pub type TransactionPool = TransactionPoolHandle<Block, FullClient>;

type GrandpaImport = GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type BabeImport = BabeBlockImport<
	Block,
	FullClient,
	GrandpaImport,
	BabeCreateInherentDataProviders<Block>,
	FullSelectChain,
>;

/// A justification is kept at least every this many blocks. More often makes the proofs of finality
/// shorter and the database larger.
const JUSTIFICATION_PERIOD: u32 = 512;

/// The time in which a vote is expected to reach the network.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// The consensus parts that only a running node needs.
pub struct Consensus {
	block_import: BabeImport,
	inherent_data: BabeCreateInherentDataProviders<Block>,
	babe_link: BabeLink<Block>,
	babe_worker: BabeWorkerHandle<Block>,
	grandpa_link: LinkHalf<Block, FullClient, FullSelectChain>,
	telemetry: Option<Telemetry>,
}

/// The parts that every command with a database needs.
pub type Partial = sc_service::PartialComponents<
	FullClient,
	FullBackend,
	FullSelectChain,
	sc_consensus::DefaultImportQueue<Block>,
	TransactionPool,
	Consensus,
>;

/// Opens the database and makes all that does not need the network.
pub fn new_partial(config: &Configuration) -> Result<Partial, ServiceError> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor: Executor = sc_service::new_wasm_executor(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			// A pruned node still serves warp sync: it keeps the blocks at which the authorities
			// changed.
			vec![Arc::new(GrandpaPruningFilter)],
		)?;
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});

	let select_chain = sc_consensus::LongestChain::new(backend.clone());

	let transaction_pool = Arc::new(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry.as_ref().map(|telemetry| telemetry.handle()),
	)?;

	let babe_config = sc_consensus_babe::configuration(&*client)?;
	let slot_duration = babe_config.slot_duration();
	let inherent_data: BabeCreateInherentDataProviders<Block> = Arc::new(move |_, ()| async move {
		let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
		let slot =
			sp_consensus_babe::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
				*timestamp,
				slot_duration,
			);
		Ok((slot, timestamp))
	});

	let (block_import, babe_link) = sc_consensus_babe::block_import(
		babe_config,
		grandpa_import.clone(),
		client.clone(),
		inherent_data.clone(),
		select_chain.clone(),
		OffchainTransactionPoolFactory::new(transaction_pool.clone()),
	)?;

	let (import_queue, babe_worker) =
		sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
			link: babe_link.clone(),
			block_import: block_import.clone(),
			justification_import: Some(Box::new(grandpa_import)),
			client: client.clone(),
			slot_duration,
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
		})?;

	Ok(sc_service::PartialComponents {
		client,
		backend,
		task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: Consensus {
			block_import,
			inherent_data,
			babe_link,
			babe_worker,
			grandpa_link,
			telemetry,
		},
	})
}

/// Reverts what the consensus engines keep beside the chain, so that both agree after blocks are
/// taken back.
pub fn revert(
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	blocks: BlockNumber,
) -> sc_cli::Result<()> {
	sc_consensus_babe::revert(client.clone(), backend, blocks)?;
	sc_consensus_grandpa::revert(client, blocks)?;
	Ok(())
}

/// Starts a node on the network backend that the configuration names.
pub fn new_full(config: Configuration) -> Result<TaskManager, ServiceError> {
	match config.network.network_backend {
		NetworkBackendType::Litep2p => start::<Litep2pNetworkBackend>(config),
		NetworkBackendType::Libp2p => start::<NetworkWorker<Block, Hash>>(config),
	}
}

fn start<N: NetworkBackend<Block, Hash>>(
	config: Configuration,
) -> Result<TaskManager, ServiceError> {
	let sc_service::PartialComponents {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other:
			Consensus {
				block_import,
				inherent_data,
				babe_link,
				babe_worker,
				grandpa_link,
				mut telemetry,
			},
	} = new_partial(&config)?;

	let role = config.role;
	let name = config.network.node_name.clone();
	let force_authoring = config.force_authoring;
	let prometheus = config.prometheus_registry().cloned();
	let grandpa_enabled = !config.disable_grandpa;
	let offchain_workers_enabled = config.offchain_worker.enabled;
	let indexing_enabled = config.offchain_worker.indexing_enabled;

	let metrics = N::register_notification_metrics(config.prometheus_registry());
	let mut net_config =
		FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, prometheus.clone());

	let genesis = client
		.block_hash(0)?
		.ok_or_else(|| ServiceError::Other("the genesis block is not in the database".into()))?;
	let grandpa_protocol =
		sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	let (grandpa_peers, grandpa_notifications) =
		sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
			grandpa_protocol.clone(),
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(grandpa_peers);

	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	));

	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(sc_service::BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	if offchain_workers_enabled {
		let offchain_workers =
			sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
				runtime_api_provider: client.clone(),
				keystore: Some(keystore_container.keystore()),
				offchain_db: backend.offchain_storage(),
				transaction_pool: Some(OffchainTransactionPoolFactory::new(
					transaction_pool.clone(),
				)),
				network_provider: Arc::new(network.clone()),
				is_validator: role.is_authority(),
				// No hook of the runtime fetches anything.
				enable_http_requests: false,
				custom_extensions: |_| Vec::new(),
			})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			offchain_workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	}

	if indexing_enabled {
		// Essential: without it the paths of receipts are lost as soon as the chain forgets the hashes of their
		// blocks, and nobody would notice before.
		task_manager.spawn_essential_handle().spawn_blocking(
			"mmr-gadget",
			None,
			mmr_gadget::MmrGadget::start(
				client.clone(),
				backend.clone(),
				sp_mmr_primitives::INDEXING_PREFIX.to_vec(),
			),
		);
	}

	if role.is_authority() {
		// Validators find each other by their session keys, under addresses that those keys sign.
		let dht_events = network.event_stream("authority-discovery").filter_map(|event| async {
			match event {
				Event::Dht(event) => Some(event),
				_ => None,
			}
		});
		let discovery = sc_authority_discovery::WorkerConfig {
			// Private addresses are of use on a chain of one machine or one network only.
			publish_non_global_ips: config.network.allow_non_globals_in_dht,
			public_addresses: config.network.public_addresses.clone(),
			persisted_cache_directory: config.network.net_config_path.clone(),
			strict_record_validation: true,
			..Default::default()
		};
		let (worker, _) = sc_authority_discovery::new_worker_and_service_with_config(
			discovery,
			client.clone(),
			Arc::new(network.clone()),
			Box::pin(dht_events),
			sc_authority_discovery::Role::PublishAndDiscover(keystore_container.keystore()),
			prometheus.clone(),
			task_manager.spawn_handle(),
		);
		// Not essential: peers are also found by other means.
		task_manager.spawn_handle().spawn(
			"authority-discovery-worker",
			Some("networking"),
			worker.run(),
		);
	}

	let voter_state = SharedVoterState::empty();
	let rpc_builder = {
		let client = client.clone();
		let indexed = backend.offchain_storage().filter(|_| indexing_enabled);
		let pool = transaction_pool.clone();
		let select_chain = select_chain.clone();
		let keystore = keystore_container.keystore();
		let chain_spec = config.chain_spec.cloned_box();
		let voter_state = voter_state.clone();
		let authority_set = grandpa_link.shared_authority_set().clone();
		let justifications = grandpa_link.justification_stream();
		let finality_proofs =
			FinalityProofProvider::new_for_service(backend.clone(), Some(authority_set.clone()));

		Box::new(move |subscriptions| {
			rpc::create_full(FullDeps {
				babe: BabeDeps { worker: babe_worker.clone(), keystore: keystore.clone() },
				chain_spec: chain_spec.cloned_box(),
				client: client.clone(),
				grandpa: GrandpaDeps {
					authority_set: authority_set.clone(),
					finality_proofs: finality_proofs.clone(),
					justifications: justifications.clone(),
					voter_state: voter_state.clone(),
				},
				indexed: indexed.clone(),
				pool: pool.clone(),
				select_chain: select_chain.clone(),
				subscriptions,
			})
			.map_err(Into::into)
		})
	};

	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore_container.keystore(),
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());

	if role.is_authority() {
		let proposer = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			transaction_pool.clone(),
			prometheus.as_ref(),
			telemetry_handle.clone(),
		);
		let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
			keystore: keystore_container.keystore(),
			client,
			select_chain,
			env: proposer,
			block_import,
			sync_oracle: sync_service.clone(),
			justification_sync_link: sync_service.clone(),
			create_inherent_data_providers: inherent_data,
			force_authoring,
			// Fewer blocks while finality stands still: what piles up has to be gone through when
			// it comes back.
			backoff_authoring_blocks: Some(BackoffAuthoringOnFinalizedHeadLagging::default()),
			babe_link,
			// The rest of the slot is for the block to reach the others and be imported there.
			block_proposal_slot_portion: SlotProportion::new(0.5),
			max_block_proposal_slot_portion: None,
			telemetry: telemetry_handle.clone(),
		})?;
		// Essential: a validator that authors nothing is better stopped, and noticed.
		task_manager.spawn_essential_handle().spawn_blocking(
			"babe-proposer",
			Some("block-authoring"),
			babe,
		);
	}

	if grandpa_enabled {
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: sc_consensus_grandpa::Config {
				gossip_duration: GOSSIP_DURATION,
				justification_generation_period: JUSTIFICATION_PERIOD,
				observer_enabled: false,
				local_role: role,
				name: Some(name),
				// A node without authority follows the votes and has nothing to sign.
				keystore: role.is_authority().then(|| keystore_container.keystore()),
				telemetry: telemetry_handle.clone(),
				protocol_name: grandpa_protocol,
			},
			link: grandpa_link,
			network,
			sync: sync_service,
			notification_service: grandpa_notifications,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry: prometheus,
			shared_voter_state: voter_state,
			telemetry: telemetry_handle,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
		})?;
		// Essential: without the voter the node would follow a chain it never sees finalized.
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	}

	Ok(task_manager)
}
