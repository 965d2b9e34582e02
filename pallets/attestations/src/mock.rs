//! A runtime with attestations and the real mountain range, in which blocks have real headers.

use crate as pallet_attestations;
use codec::{Decode, Encode};
use polkadot_sdk::{
	frame_support::{
		self, derive_impl, parameter_types,
		traits::{ConstU64, Hooks},
		weights::Weight,
	},
	frame_system, pallet_mmr,
	sp_core::{
		offchain::{testing::TestOffchainExt, OffchainDbExt, OffchainWorkerExt, StorageKind},
		H256,
	},
	sp_io,
	sp_mmr_primitives::{utils::NodesUtils, INDEXING_PREFIX},
	sp_runtime::{
		generic::Header,
		traits::{BlakeTwo256, Header as _, IdentityLookup, Keccak256},
		AccountId32, BuildStorage,
	},
};
use quittance_attestations::{block_key, Hash, Leaf, Log, ENGINE_ID};

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const ALICE: AccountId = AccountId32::new([1; 32]);
pub const BOB: AccountId = AccountId32::new([2; 32]);
pub const MINER: AccountId = AccountId32::new([3; 32]);
/// How many blocks' hashes the chain keeps.
pub const BLOCK_HASHES: u64 = 50;
pub const ISSUER: AccountId = AccountId32::new([4; 32]);

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(45)]
	pub type Attestations = pallet_attestations::Pallet<Test>;
	#[runtime::pallet_index(46)]
	pub type Mmr = pallet_mmr::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type Hashing = BlakeTwo256;
	type BlockHashCount = ConstU64<BLOCK_HASHES>;
}

parameter_types! {
	/// Not constants, so that a test can ask what the pallet says to others.
	pub static MaxReceipts: u32 = 12;
	pub static MaxMessages: u32 = 5;
}

impl pallet_attestations::Config for Test {
	type AdminOrigin = frame_system::EnsureRoot<AccountId>;
	type MaxReceipts = MaxReceipts;
	type MaxMessages = MaxMessages;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

impl pallet_mmr::Config for Test {
	const INDEXING_PREFIX: &'static [u8] = INDEXING_PREFIX;

	type Hashing = Keccak256;
	type LeafData = Attestations;
	type OnNewRoot = Attestations;
	type BlockHashProvider = pallet_mmr::DefaultBlockHashProvider<Test>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
}

pub type BlockHeader = Header<u64, BlakeTwo256>;

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	sp_io::TestExternalities::new(storage)
}

/// Runs a test in the first block of a chain, and then checks the pallet's invariants.
pub fn run(test: impl FnOnce()) {
	chain().execute_with(|| {
		MaxReceipts::set(12);
		MaxMessages::set(5);
		begin_block(&genesis());
		test();
		Attestations::do_try_state().expect("invariants hold after every test");
	});
}

/// The header of the first block.
pub fn genesis() -> BlockHeader {
	BlockHeader::new(0, H256::zero(), H256::zero(), H256::zero(), Default::default())
}

/// Begins the block after this one.
pub fn begin_block(parent: &BlockHeader) -> Weight {
	let number = parent.number + 1;
	System::reset_events();
	System::initialize(&number, &parent.hash(), &Default::default());
	Attestations::on_initialize(number) + Mmr::on_initialize(number)
}

/// Ends the block and returns its header.
pub fn end_block() -> BlockHeader {
	<Attestations as Hooks<u64>>::on_finalize(System::block_number());
	System::note_finished_initialize();
	System::finalize()
}

/// A whole block in which this happens.
pub fn block(parent: &BlockHeader, happens: impl FnOnce()) -> BlockHeader {
	begin_block(parent);
	happens();
	end_block()
}

/// What the header says of attestations.
pub fn logs(header: &BlockHeader) -> Vec<Log> {
	let logs = header.digest.logs.iter();
	logs.filter_map(|log| log.as_consensus().filter(|(engine, _)| *engine == ENGINE_ID))
		.map(|(_, mut content)| Log::decode(&mut content).expect("a log of ours"))
		.collect()
}

/// The root of the range that the header names.
pub fn range_root(header: &BlockHeader) -> Hash {
	match logs(header)[..] {
		[Log::Range(root), ..] => root,
		ref other => panic!("{other:?}"),
	}
}

/// Gives what was indexed to a node, which then can be asked.
pub fn to_node(chain: &mut sp_io::TestExternalities) {
	chain.persist_offchain_overlay();
	let (offchain, _) = TestOffchainExt::with_offchain_db(chain.offchain_db());
	chain.register_extension(OffchainDbExt::new(offchain.clone()));
	chain.register_extension(OffchainWorkerExt::new(offchain));
}

/// What the node has under a key.
pub fn indexed<T: Decode>(key: &[u8]) -> Option<T> {
	let bytes = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key)?;
	Some(T::decode(&mut &bytes[..]).expect("a record of ours"))
}

/// The leaves that the node has under a root.
pub fn leaves_under(root: &Hash) -> Vec<Leaf> {
	indexed(&block_key(root)).expect("the node has executed the block")
}

/// Moves the range's nodes of these blocks to where they are found for good, as the node's gadget does once they are
/// final.
pub fn canonicalise(headers: &[BlockHeader]) {
	for header in headers {
		for node in NodesUtils::right_branch_ending_in_leaf(header.number - 1) {
			let temporary = NodesUtils::node_temp_offchain_key::<BlockHeader>(
				INDEXING_PREFIX,
				node,
				header.parent_hash,
			);
			let found = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, &temporary);
			let found = found.expect("the block was executed");
			let canonical = NodesUtils::node_canon_offchain_key(INDEXING_PREFIX, node);
			sp_io::offchain::local_storage_set(StorageKind::PERSISTENT, &canonical, &found);
			sp_io::offchain::local_storage_clear(StorageKind::PERSISTENT, &temporary);
		}
	}
}

/// Whether the state has none of this block's leaves.
pub fn state_has_no_leaves() -> bool {
	let keys = [
		crate::Receipts::<Test>::hashed_key().to_vec(),
		crate::Messages::<Test>::hashed_key().to_vec(),
	];
	keys.iter().all(|key| !sp_io::storage::exists(key))
}

/// Anything encoded, as a hash of nothing in particular.
pub fn some_hash(of: impl Encode) -> Hash {
	sp_io::hashing::keccak_256(&of.encode())
}
