//! The two pallets as this runtime joins them: what each refuses and does at the other's word.

use super::new_chain;
use crate::{constants::currency::QTC, presets, *};
use frame_support::{assert_noop, assert_ok, assert_storage_noop, traits::fungible::Inspect};
use pallet_model_marketplace::{AcceptedIssuers, Name, Uri};
use quittance_types::{
	Blob, Body, CircuitId, JobTime, Level, ModelId, Payment, Receipt, TransparentReceipt,
};
use sp_keyring::Sr25519Keyring::{Bob, Charlie, Dave};
use sp_runtime::DispatchResult;

type ReceiptsError = pallet_zk_receipts::Error<Runtime>;
type MarketplaceError = pallet_model_marketplace::Error<Runtime>;

const TIMEOUT: JobTime = 100;

fn register_model() -> ModelId {
	let owner = Bob.to_account_id();
	let (name, uri) = (Name::default(), Uri::default());
	let blob = Blob { digest: [3; 32], size: 4_000 };
	let model =
		ModelMarketplace::model_id(&owner, &name, &[1; 32], &[2; 32], &blob, &uri, &[4; 32]);
	let owner = RuntimeOrigin::signed(owner);
	assert_ok!(ModelMarketplace::register_model(owner, name, [1; 32], [2; 32], blob, uri, [4; 32]));
	model
}

/// Posts a job of Bob's for up to one QTC.
fn post(
	model: ModelId,
	level: Level,
	circuit: Option<CircuitId>,
	issuer: AccountId,
) -> DispatchResult {
	ModelMarketplace::post_job(
		RuntimeOrigin::signed(Bob.to_account_id()),
		model,
		Blob { digest: [7; 32], size: 640 },
		level,
		circuit,
		AcceptedIssuers::truncate_from(vec![issuer]),
		0,
		Payment::Held { max_price: QTC },
		TIMEOUT,
	)
}

#[test]
fn fails_when_a_job_names_what_the_receipts_pallet_does_not_know() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let model = register_model();
		assert_noop!(
			post(model, Level::Basic, Some([0; 32]), Dave.to_account_id()),
			ReceiptsError::UnknownCircuit
		);
		assert_noop!(
			post(model, Level::Transparent, None, Charlie.to_account_id()),
			MarketplaceError::IssuerNotInOffice
		);
	});
}

#[test]
fn a_forged_receipt_pays_nothing_and_a_removed_issuer_frees_the_money() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let model = register_model();
		let (bob, dave) = (Bob.to_account_id(), Dave.to_account_id());
		let before = Balances::balance(&bob);
		assert_ok!(post(model, Level::Transparent, None, dave.clone()));
		let receipt = Receipt::Transparent(TransparentReceipt {
			issuer: dave.clone(),
			body: Body {
				units: 1,
				unit_price: QTC,
				amount: QTC,
				start: 1,
				end: 1,
				expires_at: 1 + TIMEOUT,
				serial: 1,
				output: [5; 32],
			},
			signature: [0; 64],
		});
		let submit = || {
			let miner = RuntimeOrigin::signed(Charlie.to_account_id());
			ZkReceipts::submit_receipt(miner, 0, Box::new(receipt.clone()))
				.map_err(|refusal| refusal.error)
		};
		let refund = || ModelMarketplace::refund_job(RuntimeOrigin::signed(bob.clone()), 0);
		assert_storage_noop!(assert_eq!(submit(), Err(ReceiptsError::InvalidSignature.into())));
		assert_noop!(refund(), MarketplaceError::DeadlineNotPassed);

		assert_ok!(ZkReceipts::resign_issuer(RuntimeOrigin::signed(dave.clone())));
		assert_noop!(refund(), MarketplaceError::DeadlineNotPassed);
		assert_ok!(ZkReceipts::remove_issuer(RuntimeOrigin::root(), dave.clone()));
		assert_storage_noop!(assert_eq!(submit(), Err(ReceiptsError::IssuerWasRemoved.into())));
		assert_ok!(refund());
		assert_storage_noop!(assert_eq!(submit(), Err(ReceiptsError::IssuerWasRemoved.into())));
		assert_ok!(ModelMarketplace::remove_job(RuntimeOrigin::signed(bob.clone()), 0));
		assert_eq!(Balances::balance(&bob), before, "all that was held is back");
		ZkReceipts::do_try_state().expect("receipts");
		ModelMarketplace::do_try_state().expect("marketplace");
	});
}
