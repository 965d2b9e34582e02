//! What clients encode by: indices, extensions, names, metadata. A failure here means that wallets
//! and workers in use would break.

use crate::*;
use codec::Encode;
use frame_support::traits::{PalletInfoAccess, PalletsInfoAccess, StorageInfoTrait};
use sp_runtime::traits::TransactionExtension;

#[test]
fn pallet_indices_are_pinned() {
	let actual = [
		(System::index(), System::name()),
		(Timestamp::index(), Timestamp::name()),
		(Balances::index(), Balances::name()),
		(TransactionPayment::index(), TransactionPayment::name()),
		(Babe::index(), Babe::name()),
		(Authorship::index(), Authorship::name()),
		(Staking::index(), Staking::name()),
		(VoterList::index(), VoterList::name()),
		(Session::index(), Session::name()),
		(Historical::index(), Historical::name()),
		(Grandpa::index(), Grandpa::name()),
		(Offences::index(), Offences::name()),
		(AuthorityDiscovery::index(), AuthorityDiscovery::name()),
		(Sudo::index(), Sudo::name()),
		(Treasury::index(), Treasury::name()),
		(Preimage::index(), Preimage::name()),
		(Parameters::index(), Parameters::name()),
		(SafeMode::index(), SafeMode::name()),
		(TxPause::index(), TxPause::name()),
		(Utility::index(), Utility::name()),
		(Proxy::index(), Proxy::name()),
		(Multisig::index(), Multisig::name()),
		(ZkReceipts::index(), ZkReceipts::name()),
		(ModelMarketplace::index(), ModelMarketplace::name()),
		(Miners::index(), Miners::name()),
		(Panel::index(), Panel::name()),
		(ConfidentialSettlement::index(), ConfidentialSettlement::name()),
		(Attestations::index(), Attestations::name()),
		(Mmr::index(), Mmr::name()),
		(Scheduler::index(), Scheduler::name()),
	];
	let expected = [
		(0, "System"),
		(1, "Timestamp"),
		(2, "Balances"),
		(3, "TransactionPayment"),
		(10, "Babe"),
		(11, "Authorship"),
		(12, "Staking"),
		(13, "VoterList"),
		(14, "Session"),
		(15, "Historical"),
		(16, "Grandpa"),
		(17, "Offences"),
		(18, "AuthorityDiscovery"),
		(20, "Sudo"),
		(21, "Treasury"),
		(23, "Preimage"),
		(24, "Parameters"),
		(25, "SafeMode"),
		(26, "TxPause"),
		(30, "Utility"),
		(31, "Proxy"),
		(32, "Multisig"),
		(40, "ZkReceipts"),
		(41, "ModelMarketplace"),
		(42, "Miners"),
		(43, "Panel"),
		(44, "ConfidentialSettlement"),
		(45, "Attestations"),
		(46, "Mmr"),
		(250, "Scheduler"),
	];
	assert_eq!(actual, expected);
}

/// Scheduled calls come after job time and the draws of their block: hooks run in this order.
#[test]
fn the_scheduler_comes_last() {
	let infos = AllPalletsWithSystem::infos();
	assert_eq!(infos.last().map(|info| info.name), Some("Scheduler"));
	assert!(infos.is_sorted_by_key(|info| info.index));
}

/// Storage is found by the pallet's name: renamed, its state would be lost.
#[test]
fn storage_prefixes_are_the_names() {
	let infos = AllPalletsWithSystem::infos();
	assert_eq!(infos.len(), 30, "a new pallet is pinned above, too");
	for storage in AllPalletsWithSystem::storage_info() {
		let name = storage.pallet_name;
		assert!(storage.prefix.starts_with(&sp_io::hashing::twox_128(&name)));
		assert!(infos.iter().any(|info| info.name.as_bytes() == name), "{name:?}");
	}
}

#[test]
fn proxy_types_are_pinned() {
	use crate::configs::accounts::ProxyType;
	for (index, proxy) in
		[ProxyType::Any, ProxyType::Miner, ProxyType::Staking, ProxyType::CancelProxy]
			.into_iter()
			.enumerate()
	{
		assert_eq!(proxy.encode(), [index as u8], "{proxy:?}");
	}
}

/// Calls are kept in memory, in blocks and in the pool by the thousand, all as large as the largest.
#[test]
fn calls_stay_small() {
	let size = core::mem::size_of::<RuntimeCall>();
	assert!(size <= 272, "a call takes {size} bytes: box its largest argument");
}

#[test]
fn transaction_extensions_are_pinned() {
	let identifiers: Vec<_> =
		TxExtension::metadata().into_iter().map(|extension| extension.identifier).collect();
	assert_eq!(
		identifiers,
		[
			"AuthorizeCall",
			"CheckNonZeroSender",
			"CheckSpecVersion",
			"CheckTxVersion",
			"CheckGenesis",
			"CheckMortality",
			"CheckNonce",
			"CheckWeight",
			"ChargeTransactionPayment",
			"CheckMetadataHash",
			"WeightReclaim",
		]
	);
}

#[test]
fn names_and_prefix_are_pinned() {
	assert_eq!(VERSION.spec_name, "quittance");
	assert_eq!(VERSION.impl_name, "quittance");
	assert_eq!(<Runtime as frame_system::Config>::SS58Prefix::get(), 7171);
}

#[test]
fn metadata_is_served_in_the_stable_versions() {
	for version in [14, 15, 16] {
		assert!(Runtime::metadata_versions().contains(&version), "V{version}");
		assert!(Runtime::metadata_at_version(version).is_some(), "V{version}");
	}
}

/// Metadata without the values of constants: they are another matter with short epochs, and a client
/// reads them from the chain it talks to.
#[cfg(not(feature = "runtime-benchmarks"))]
fn without_constants(metadata: &[u8]) -> frame_metadata::v15::RuntimeMetadataV15 {
	use codec::Decode;
	use frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};
	let decoded = RuntimeMetadataPrefixed::decode(&mut &metadata[..]).map(|prefixed| prefixed.1);
	let Ok(RuntimeMetadata::V15(mut metadata)) = decoded else { panic!("not metadata V15") };
	for pallet in &mut metadata.pallets {
		for constant in &mut pallet.constants {
			constant.value.clear();
		}
	}
	metadata
}

/// The workers' client is generated from the committed metadata; if the two part, its calls fail at
/// run time. Written anew with `UPDATE_METADATA=1`.
// The benchmarking runtime has other APIs.
#[cfg(not(feature = "runtime-benchmarks"))]
#[test]
fn metadata_is_the_committed_one() {
	let path = std::path::Path::new("../offchain-workers/client/artifacts/metadata.scale");
	let metadata = Runtime::metadata_at_version(15).expect("V15 is supported");
	if std::env::var_os("UPDATE_METADATA").is_some_and(|value| value == "1") {
		std::fs::create_dir_all(path.parent().expect("the path has a folder"))
			.expect("the folder can be made");
		std::fs::write(path, &*metadata).expect("the file can be written");
	}
	let committed = std::fs::read(path).expect("the committed metadata is there");
	// Not `assert_eq`: a mismatch would print hundreds of kilobytes.
	assert!(
		without_constants(&committed) == without_constants(&metadata),
		"{} is not this runtime's metadata: run this test with UPDATE_METADATA=1 and commit it",
		path.display()
	);
}
