//! Paths from a node's process: of receipts and of a message in blocks whose hashes the chain has forgotten, by a node
//! that was killed and started again.
//!
//! The tests' runtime keeps the hashes of 64 blocks, in slots of 2 s, so that this takes two and a half minutes.

// What makes a block full is of no use here.
#[allow(dead_code)]
mod full_block;
mod genesis_state;
mod node_process;

use codec::Encode;
use full_block::{batch, new_chain, post_jobs, Wasm, ISSUER};
use genesis_state::specification;
use jsonrpsee_workers::{core::client::Error as RpcError, rpc_params};
use node_process::Node;
use polkadot_sdk::*;
use quittance_attestations::{
	AnchoredPath, ChainId, Leaf, Level, Log, Message, Native, PathRefusal, Receipt, Statement,
	ENGINE_ID,
};
use quittance_runtime as runtime;
use runtime::{
	constants::time::BLOCK_HASHES, signing, Hash, Header, Runtime, RuntimeCall, RuntimeEvent,
};
use sp_core::Bytes;
use sp_keyring::Sr25519Keyring;
use std::{env, fs};

/// There are no peers to wait for.
const FLAGS: &[&str] = &["--alice", "--force-authoring"];

/// How many jobs there are.
const JOBS: u32 = 3;

/// A chain that messages are for, and what a message says.
const TARGET: ChainId = 7;
const STATEMENT: Statement = Statement::Receipt([1; 32]);
const PAYLOAD: [u8; 32] = [2; 32];

/// Blocks that have to be final beyond those whose hashes are kept: what a killed node forgets.
const BEYOND: u32 = 12;

/// Blocks that are waited for at once.
const AT_ONCE: u32 = 16;

/// What a path is asked for.
#[derive(Clone, Copy)]
enum Of {
	Receipt(u64),
	Message(u64),
}

impl Node {
	async fn path(
		&self,
		of: Of,
		block: Option<u32>,
		to: Option<u32>,
	) -> Result<AnchoredPath, PathRefusal> {
		let answer = match of {
			Of::Receipt(job) => {
				let params = rpc_params![job, None::<Hash>, block, to];
				self.request("attestations_receiptPath", params).await
			},
			Of::Message(sequence) => {
				let params = rpc_params![TARGET, sequence, block, to];
				self.request("attestations_messagePath", params).await
			},
		};
		answer.map_err(|error| match error {
			RpcError::Call(error) => PathRefusal::from_code(error.code()).expect("a reason"),
			error => panic!("{error}"),
		})
	}

	/// The root of the range in the header of a final block.
	async fn root(&self, height: u32) -> [u8; 32] {
		let header = self.header(self.hash(height).await).await;
		logs(&header)
			.into_iter()
			.find_map(|log| match log {
				Log::Range(root) => Some(root),
				Log::Block { .. } => None,
			})
			.expect("every header names the range")
	}

	async fn submit(&self, extrinsic: &impl Encode) {
		let bytes = Bytes(extrinsic.encode());
		let _: Hash = self.ask("author_submitExtrinsic", rpc_params![bytes]).await;
	}

	/// The height of the final block in which something happened.
	async fn happened<T>(&self, what: &str, is: impl Fn(RuntimeEvent) -> Option<T>) -> (u32, T) {
		self.find(1, what, async |hash: Hash, header: Header| {
			let events = self.events(hash).await;
			let found = events.into_iter().find_map(|record| is(record.event));
			found.map(|found| (header.number, found))
		})
		.await
	}

	/// Waits so many blocks.
	async fn wait_until(&self, height: u32) {
		let mut next = self.final_height().await;
		while next < height {
			next = height.min(next + AT_ONCE);
			self.final_from(next).await;
		}
	}
}

/// What a header says of attestations.
fn logs(header: &Header) -> Vec<Log> {
	let logs = header.digest.logs.iter().filter_map(|log| log.as_consensus());
	logs.filter(|(engine, _)| *engine == ENGINE_ID)
		.map(|(_, content)| node_process::decode(content))
		.collect()
}

/// Whether a path shows this leaf in this block, under the root that the chain's own header has.
async fn assert_shows(node: &Node, path: &AnchoredPath, leaf: Leaf, block: u32) {
	let AnchoredPath { path, anchor } = path;
	assert_eq!(path.leaf, leaf);
	assert_eq!(path.block.number, u64::from(block));
	assert_eq!(path.block.hash, node.hash(block).await.0);
	let height = u32::try_from(anchor.number).expect("a height");
	assert_eq!(anchor.hash, node.hash(height).await.0);
	let root = node.root(height).await;
	assert_eq!(path.verify::<Native>(&root), Ok(()), "to block {height}");
	let Some(Log::Block { root, count }) = logs(&node.header(node.hash(block).await).await).pop()
	else {
		panic!("block {block} has leaves")
	};
	assert_eq!(path.verify_in_block::<Native>(&root, count), Ok(()), "by its own header");
}

#[tokio::test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn paths_of_forgotten_blocks_from_a_node_that_was_killed() {
	let program = env::var("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut state = new_chain(&Wasm::new());
	let circuit = state.execute_with(|| post_jobs(JOBS, vec![ISSUER.to_account_id()]));
	state.commit_all().expect("no storage transaction is open");
	let chain = folder.path().join("chain.json");
	let genesis_state = specification(&program, "quittance_attestations", &mut state);
	fs::write(&chain, genesis_state).expect("the folder is ours");
	let chain = chain.to_str().expect("the path is text");
	let mut node = Node::new("alice", chain, FLAGS, &program, folder.path());
	node.start();
	node.answers().await;
	node.final_from(1).await;

	// Receipts of two blocks, and a message.
	let genesis = node.hash(0).await;
	let [first, second] = state.execute_with(|| {
		frame_system::BlockHash::<Runtime>::insert(0u32, genesis);
		[batch(0, 0..2, &circuit), batch(1, 2..3, &circuit)]
	});
	let open = RuntimeCall::Attestations(pallet_attestations::Call::set_target {
		target: TARGET,
		open: true,
	});
	let open = RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(open) });
	node.submit(&signing::signed(Sr25519Keyring::Alice, genesis, 0, open)).await;
	node.submit(&first).await;
	let accepted = async |job: u64| {
		node.happened("the receipt is accepted", |event| match event {
			RuntimeEvent::ZkReceipts(pallet_zk_receipts::Event::ReceiptAccepted {
				job: of,
				miner,
				issuer,
				amount,
				nullifier,
				..
			}) if of == job => Some((miner, issuer, amount, nullifier)),
			_ => None,
		})
		.await
	};
	let mut receipts = Vec::new();
	for job in [0, 1] {
		receipts.push((job, accepted(job).await));
	}
	node.happened("the chain is open for messages", |event| {
		let opened = matches!(
			event,
			RuntimeEvent::Attestations(pallet_attestations::Event::TargetChanged {
				target: TARGET,
				old: None,
				new: true,
			})
		);
		opened.then_some(())
	})
	.await;
	let post = RuntimeCall::Attestations(pallet_attestations::Call::post_message {
		target: TARGET,
		statement: STATEMENT,
		payload: PAYLOAD,
	});
	node.submit(&signing::signed(Sr25519Keyring::Bob, genesis, 0, post)).await;
	node.submit(&second).await;
	receipts.push((2, accepted(2).await));
	let (sent_in, _) = node
		.happened("the message is sent", |event| {
			let sent = matches!(
				event,
				RuntimeEvent::Attestations(pallet_attestations::Event::MessageSent {
					target: TARGET,
					sequence: 0,
					..
				})
			);
			sent.then_some(())
		})
		.await;

	let message = Leaf::Message(Message {
		target: TARGET,
		sequence: 0,
		sender: Sr25519Keyring::Bob.to_account_id().into(),
		statement: STATEMENT,
		payload: PAYLOAD,
	});
	let mut expected = vec![(Of::Message(0), message, sent_in)];
	for (job, (block, (miner, issuer, amount, nullifier))) in receipts {
		let leaf = Leaf::Receipt(Receipt {
			job,
			// The simulator's proofs say that the one is the other.
			subject: nullifier.0,
			miner: miner.into(),
			issuer: issuer.into(),
			level: Level::Basic,
			amount,
			nullifier: nullifier.0,
			output: None,
		});
		expected.push((Of::Receipt(job), leaf, block));
	}
	let last = expected.iter().map(|(.., block)| *block).max().expect("there are four");
	node.final_from(last + 1).await;
	let mut fresh = Vec::new();
	for (of, leaf, block) in &expected {
		let path = node.path(*of, None, Some(last + 1)).await.expect("there is a path");
		assert_shows(&node, &path, *leaf, *block).await;
		assert_eq!(node.path(*of, Some(*block), Some(last + 1)).await.as_ref(), Ok(&path));
		fresh.push(path);
		let refused = node.path(*of, None, Some(*block)).await;
		assert_eq!(refused, Err(PathRefusal::NotCovered));
		let refused = node.path(*of, Some(0), None).await;
		assert_eq!(refused, Err(PathRefusal::NotAttested));
		let refused = node.path(*of, None, Some(u32::MAX)).await;
		assert_eq!(refused, Err(PathRefusal::NotFinal));
	}
	for unknown in [Of::Receipt(u64::from(JOBS)), Of::Message(1)] {
		assert_eq!(node.path(unknown, None, None).await, Err(PathRefusal::NotAttested));
	}

	node.wait_until(last + BLOCK_HASHES + BEYOND).await;
	node.kill();
	node.start();
	node.answers().await;

	let (head, header) = node.final_head().await;
	for ((of, leaf, block), fresh) in expected.iter().zip(&fresh) {
		let key = frame_system::BlockHash::<Runtime>::hashed_key_for(block);
		let known: Option<Hash> = node.value(&key, head).await;
		assert_eq!(known, None, "block {block} is forgotten at {}", header.number);
		let path = node.path(*of, None, Some(header.number)).await.expect("there is a path");
		assert_shows(&node, &path, *leaf, *block).await;
		assert!(path.anchor.number > u64::from(block + BLOCK_HASHES));
		// To a block that is forgotten, too.
		assert_eq!(node.path(*of, None, Some(last + 1)).await.as_ref(), Ok(fresh));
	}
}
