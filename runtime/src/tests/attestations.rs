//! The range in this runtime: a receipt that was accepted has a path to the root in a later header.

use super::{
	chain::{next_block, start_block},
	check_invariants,
	jobs::{list_model, offer, post, receipt, submit},
	miners::register,
	new_chain,
};
use crate::{presets, *};
use codec::{Decode, Encode};
use frame_support::assert_ok;
use quittance_attestations::{
	block_key, block_tree, AttestedBlock, Leaf, Level, Log, Native, Path, RangeProof, Statement,
	ENGINE_ID,
};
use quittance_types::Receipt;
use sp_core::offchain::{testing::TestOffchainExt, OffchainDbExt, OffchainWorkerExt, StorageKind};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};
use sp_mmr_primitives::{runtime_decl_for_mmr_api::MmrApiV3, Error as MmrError};
use sp_runtime::{traits::Dispatchable, DispatchError};

const TARGET: u32 = 7;

/// What a header says of attestations.
fn logs(header: &Header) -> Vec<Log> {
	let logs = header.digest.logs.iter();
	logs.filter_map(|log| log.as_consensus().filter(|(engine, _)| *engine == ENGINE_ID))
		.map(|(_, mut content)| Log::decode(&mut content).expect("a log of ours"))
		.collect()
}

fn open_target() {
	assert_ok!(Attestations::set_target(RuntimeOrigin::root(), TARGET, true));
}

fn post_message() -> RuntimeCall {
	let (target, statement, payload) = (TARGET, Statement::Note([1; 32]), [2; 32]);
	RuntimeCall::Attestations(pallet_attestations::Call::post_message {
		target,
		statement,
		payload,
	})
}

#[test]
fn success_a_receipt_and_a_message_have_paths_to_a_later_header() {
	let mut chain = new_chain(presets::DEVELOPMENT);
	let header = chain.execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		assert_ok!(post(offer(list_model(), Dave.to_account_id())));
		assert_ok!(ModelMarketplace::lock_job(RuntimeOrigin::signed(Eve.to_account_id()), 0));
		open_target();
		assert_ok!(post_message().dispatch(RuntimeOrigin::signed(Alice.to_account_id())));
		assert_ok!(submit(receipt(true)));
		check_invariants();
		next_block(1);
		next_block(1);
		Executive::finalize_block()
	});
	let [Log::Range(root)] = logs(&header)[..] else { panic!("block 3 has no leaves") };

	chain.persist_offchain_overlay();
	let (offchain, _) = TestOffchainExt::with_offchain_db(chain.offchain_db());
	chain.register_extension(OffchainDbExt::new(offchain.clone()));
	chain.register_extension(OffchainWorkerExt::new(offchain));
	chain.execute_with(|| {
		// What block 1 has attested is the range's leaf of block 2.
		let (leaves, proof) = Runtime::generate_proof(vec![2], Some(3)).expect("it is indexed");
		assert_eq!(Runtime::mmr_leaf_count(), Ok(3));
		assert_eq!(Runtime::mmr_root(), Ok(root.into()));
		assert_eq!(Runtime::verify_proof(leaves.clone(), proof.clone()), Ok(()));
		let stateless = |root: [u8; 32]| {
			Runtime::verify_proof_stateless(root.into(), leaves.clone(), proof.clone())
		};
		assert_eq!(stateless(root), Ok(()));
		assert_eq!(stateless([0; 32]), Err(MmrError::Verify));

		let block: AttestedBlock =
			leaves[0].clone().into_opaque_leaf().try_decode().expect("a leaf of ours");
		assert_eq!((block.number, block.count), (1, 2));
		assert_eq!(block.hash, System::block_hash(1).0);
		let bytes =
			sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, &block_key(&block.root));
		let leaves = Vec::<Leaf>::decode(&mut &bytes.expect("it is indexed")[..]).expect("leaves");
		let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
		for (index, leaf) in (0..).zip(&leaves) {
			let path = Path {
				leaf: *leaf,
				index,
				siblings: block_tree::siblings::<Native>(&hashes, index).expect("it is one"),
				block,
				range: RangeProof {
					index: proof.leaf_indices[0],
					leaves: proof.leaf_count,
					items: proof.items.iter().map(|item| item.0).collect(),
				},
			};
			assert_eq!(path.verify::<Native>(&root), Ok(()));
		}

		let Receipt::Transparent(in_clear) = receipt(true) else { panic!("it is in clear") };
		let Leaf::Receipt(accepted) = leaves[0] else { panic!("receipts come first") };
		assert_eq!((accepted.job, accepted.level), (0, Level::Transparent));
		assert_eq!(accepted.amount, in_clear.body.amount);
		assert_eq!(accepted.output, Some(in_clear.body.output));
		assert_eq!(accepted.miner, <[u8; 32]>::from(Bob.to_account_id()), "not its hot key");
		assert_eq!(accepted.issuer, <[u8; 32]>::from(Dave.to_account_id()));
		let Leaf::Message(message) = leaves[1] else { panic!("then messages") };
		assert_eq!((message.target, message.sequence), (TARGET, 0));
		assert_eq!(message.sender, <[u8; 32]>::from(Alice.to_account_id()));
	});
}

/// Every header names the root of all blocks before it.
#[test]
fn every_header_names_the_range() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		let mut roots = vec![Mmr::mmr_root()];
		for _ in 0..3 {
			next_block(1);
			roots.push(Mmr::mmr_root());
		}
		let header = Executive::finalize_block();
		assert_eq!(logs(&header), [Log::Range(Mmr::mmr_root().0)]);
		assert_eq!(Mmr::mmr_leaves(), 4, "the first block is a leaf, too");
		roots.dedup();
		assert_eq!(roots.len(), 4);
	});
}

#[test]
fn fails_to_open_a_chain_without_governance() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let alice = RuntimeOrigin::signed(Alice.to_account_id());
		let refused = Attestations::set_target(alice, TARGET, true);
		assert_eq!(refused, Err(DispatchError::BadOrigin));
	});
}

/// Messages wait while the chain is in safe mode; receipts go on, and so do their leaves.
#[test]
fn safe_mode_stops_messages() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		open_target();
		let charlie = || RuntimeOrigin::signed(Charlie.to_account_id());
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		let refused = post_message().dispatch(charlie()).map_err(|refusal| refusal.error);
		assert_eq!(refused, Err(frame_system::Error::<Runtime>::CallFiltered.into()));
		assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
		assert_ok!(post_message().dispatch(charlie()));
		assert!(post_message().encode().len() < 80, "its fee is by its length");
	});
}
