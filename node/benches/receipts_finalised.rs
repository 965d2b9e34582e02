//! How many receipts a second a node puts into final blocks.
//!
//! `scripts/bench.sh receipts-finalised`
//!
//! The node is a process: the program of this package, the only validator of a development chain,
//! with its database on disk. The jobs are in the chain's genesis, and all accept one issuer (see
//! `tests/full_block`). The transactions are signed beforehand; then all are submitted, one after
//! the other, which are enough for some full blocks. Counted are the receipts accepted in blocks
//! that are final. The figures are those of a full chain: its first and its last block with receipts
//! need not be full and are left out.
//!
//! Only the real slots make figures for the real chain. Node and benchmark share the machine; the
//! latter does next to nothing once all is submitted.

#[path = "../tests/full_block/mod.rs"]
mod full_block;
#[path = "../tests/genesis_state/mod.rs"]
mod genesis_state;
#[path = "../tests/node_process/mod.rs"]
mod node_process;

use codec::Encode;
use full_block::{batch, new_chain, post_jobs, FullBlock, Wasm, ISSUER};
use genesis_state::specification;
use jsonrpsee_workers::rpc_params;
use node_process::Node;
use pallet_model_marketplace::Event as JobEvent;
use pallet_zk_receipts::{Event as ReceiptEvent, MAX_BATCH_RECEIPTS};
use polkadot_sdk::*;
use quittance_runtime::{
	constants::time::SLOT_MILLIS, BlockNumber, Hash, Header, Runtime, RuntimeEvent,
};
use serde::Serialize;
use sp_core::Bytes;
use std::{env, fs, time::Instant};

/// The node's program, built with this benchmark: the same runtime is in both.
const PROGRAM: &str = env!("CARGO_BIN_EXE_quittance-node");

/// There are no peers to wait for, and all transactions are to be in the pool at once: up to 4 MiB
/// for each block.
const FLAGS: &[&str] = &["--alice", "--force-authoring", "--pool-kbytes=65536"];

/// As many receipts are submitted as fill so many blocks.
const BLOCKS: u32 = 6;

/// The least number of full blocks that figures are made of.
const FULL_BLOCKS: usize = 3;

/// A measured thing, as `scripts/bench/report.mjs` takes it.
#[derive(Serialize)]
struct Case {
	case: &'static str,
	unit: &'static str,
	median: f64,
	min: f64,
	max: f64,
	n: usize,
}

impl Case {
	fn new(case: &'static str, unit: &'static str, mut figures: Vec<f64>) -> Self {
		figures.sort_by(f64::total_cmp);
		let round = |figure: f64| (figure * 1_000.0).round() / 1_000.0;
		let n = figures.len();
		Self {
			case,
			unit,
			median: round((figures[(n - 1) / 2] + figures[n / 2]) / 2.0),
			min: round(figures[0]),
			max: round(figures[n - 1]),
			n,
		}
	}
}

/// A block that is final.
struct FinalBlock {
	number: BlockNumber,
	/// How many receipts were accepted in it.
	receipts: u32,
	/// Its timestamp, in milliseconds.
	time: u64,
}

impl FinalBlock {
	async fn look(node: &Node, hash: Hash, number: BlockNumber) -> Self {
		let key = pallet_timestamp::Now::<Runtime>::hashed_key();
		let time = node.value(&key, hash).await.expect("every block has a time");
		let mut receipts = 0;
		for record in node.events(hash).await {
			match record.event {
				RuntimeEvent::ZkReceipts(ReceiptEvent::ReceiptAccepted { .. }) => receipts += 1,
				event @ (RuntimeEvent::ZkReceipts(ReceiptEvent::ReceiptRefused { .. })
				| RuntimeEvent::ModelMarketplace(JobEvent::PaymentDeferred { .. })
				| RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. })) => {
					panic!("block {number}: {event:?}")
				},
				_ => (),
			}
		}
		eprintln!("receipts-finalised: block {number}: {receipts} receipts");
		Self { number, receipts, time }
	}
}

/// What the blocks show, from the first submission on; and how long that took, in seconds.
fn cases(blocks: &[FinalBlock], elapsed: f64) -> Vec<Case> {
	let first = blocks.iter().position(|block| block.receipts > 0).expect("there are receipts");
	// The last one is where all had been found. The first is where the time of the full ones begins.
	let timed = &blocks[first..blocks.len() - 1];
	assert!(timed.len() > FULL_BLOCKS, "too few full blocks: {}", timed.len().saturating_sub(1));
	let receipts: Vec<_> = timed[1..].iter().map(|block| f64::from(block.receipts)).collect();
	let seconds: Vec<_> =
		timed.windows(2).map(|pair| (pair[1].time - pair[0].time) as f64 / 1_000.0).collect();
	eprintln!(
		"receipts-finalised: full blocks: {} to {}",
		timed[1].number,
		timed[timed.len() - 1].number
	);
	let rate = receipts.iter().sum::<f64>() / seconds.iter().sum::<f64>();
	vec![
		Case::new("receipts-per-second", "receipts/s", vec![rate]),
		Case::new("full-block", "receipts", receipts),
		Case::new("time-between-full-blocks", "s", seconds),
		Case::new("first-submitted-to-last-final", "s", vec![elapsed]),
	]
}

#[tokio::main]
async fn main() {
	let wasm = Wasm::new();
	let mut full = FullBlock::new(&wasm, 1);
	let (time, batches) = (full.execute(), BLOCKS * full.receipts() / MAX_BATCH_RECEIPTS);
	let receipts = batches * MAX_BATCH_RECEIPTS;
	eprintln!("receipts-finalised: in memory, a full block: {full}; executed in {time:?}");
	eprintln!(
		"receipts-finalised: slots of {SLOT_MILLIS} ms; {receipts} receipts in {batches} batches"
	);

	// Called directly and at height 0, which has no events, the calls leave nothing in the state
	// that a genesis should not have.
	let mut state = new_chain(&wasm);
	let circuit = state.execute_with(|| post_jobs(receipts, vec![ISSUER.to_account_id()]));
	state.commit_all().expect("no storage transaction is open");
	// Declared before the node, so that it is removed after that has ended.
	let folder = tempfile::tempdir().expect("a temporary folder");
	let chain = folder.path().join("chain.json");
	let genesis = specification(PROGRAM, "quittance_receipts_finalised", &mut state);
	fs::write(&chain, genesis).expect("the folder is ours");
	let chain = chain.to_str().expect("the path is text");
	let mut node = Node::new("alice", chain, FLAGS, PROGRAM, folder.path());
	node.start();
	node.answers().await;
	node.final_from(1).await;

	let genesis = node.hash(0).await;
	let batches: Vec<Bytes> = state.execute_with(|| {
		// As in the first block: receipts and transactions name it.
		frame_system::BlockHash::<Runtime>::insert(0u32, genesis);
		(0..batches)
			.map(|number| {
				let first = number * MAX_BATCH_RECEIPTS;
				let jobs = first..first + MAX_BATCH_RECEIPTS;
				Bytes(batch(number, jobs, &circuit).encode())
			})
			.collect()
	});
	let from = node.final_height().await + 1;

	let started = Instant::now();
	for batch in batches {
		let _: Hash = node.ask("author_submitExtrinsic", rpc_params![batch]).await;
	}
	eprintln!("receipts-finalised: all submitted in {:?}", started.elapsed());
	let mut blocks = Vec::new();
	let mut found = 0;
	node.find(from, "all receipts are in final blocks", async |hash: Hash, header: Header| {
		let block = FinalBlock::look(&node, hash, header.number).await;
		found += block.receipts;
		blocks.push(block);
		(found == receipts).then_some(())
	})
	.await;

	let cases = cases(&blocks, started.elapsed().as_secs_f64());
	for Case { case, unit, median, min, max, n } in &cases {
		eprintln!("receipts-finalised: {case}: {median} {unit} ({min} to {max}), n = {n}");
	}
	if let Some(file) = env::var_os("QUITTANCE_BENCH_REPORT") {
		let report = serde_json::to_vec(&cases).expect("figures are numbers");
		fs::write(file, report).expect("the report's folder exists");
	}
}
