//! What clients encode by: indices, extensions, names, metadata. A failure here means that wallets
//! and workers in use would break.

use crate::*;
use frame_support::traits::PalletInfoAccess;
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
		(Session::index(), Session::name()),
		(Historical::index(), Historical::name()),
		(Grandpa::index(), Grandpa::name()),
		(Sudo::index(), Sudo::name()),
		(ZkReceipts::index(), ZkReceipts::name()),
		(ModelMarketplace::index(), ModelMarketplace::name()),
	];
	let expected = [
		(0, "System"),
		(1, "Timestamp"),
		(2, "Balances"),
		(3, "TransactionPayment"),
		(10, "Babe"),
		(11, "Authorship"),
		(12, "Session"),
		(13, "Historical"),
		(14, "Grandpa"),
		(20, "Sudo"),
		(40, "ZkReceipts"),
		(41, "ModelMarketplace"),
	];
	assert_eq!(actual, expected);
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
	let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
		.join("../offchain-workers/client/artifacts/metadata.scale");
	let metadata = Runtime::metadata_at_version(15).expect("V15 is supported");
	if std::env::var_os("UPDATE_METADATA").is_some_and(|value| value == "1") {
		std::fs::create_dir_all(path.parent().expect("the path has a folder"))
			.expect("the folder can be made");
		std::fs::write(&path, &*metadata).expect("the file can be written");
	}
	let committed = std::fs::read(&path).expect("the committed metadata is there");
	// Not `assert_eq`: a mismatch would print hundreds of kilobytes.
	assert!(
		without_constants(&committed) == without_constants(&metadata),
		"{} is not this runtime's metadata: run this test with UPDATE_METADATA=1 and commit it",
		path.display()
	);
}
