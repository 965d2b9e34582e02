//! The pallets as this runtime joins them: a job from offer to payment, and what each refuses at the
//! other's word.

use super::{
	chain::{next_block, start_block},
	check_invariants,
	miners::register,
	new_chain,
};
use crate::{
	configs::governance::parameters::jobs::PanelFee, constants::currency::QTC, presets, *,
};
use frame_support::{
	assert_noop, assert_ok, assert_storage_noop,
	traits::fungible::{Inspect, InspectHold},
};
use pallet_model_marketplace::{
	AcceptedIssuers, AllowList, Description, DescriptionOf, ModelKind, Name, OfferOf, Origin,
	Royalties, Shape, Terms, Uri, WeightsCommitment,
};
use quittance_poseidon::Native;
use quittance_types::{
	Blob, Body, CircuitId, JobTime, Level, Mode, ModelId, Payment, PriceRamp, Receipt, Subject,
	TransparentReceipt,
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};
use sp_runtime::DispatchResult;

type ReceiptsError = pallet_zk_receipts::Error<Runtime>;
type MarketplaceError = pallet_model_marketplace::Error<Runtime>;

const LOCK_TIMEOUT: JobTime = 50;
const TIMEOUT: JobTime = 100;
pub(super) const FEE: Balance = QTC;
pub(super) const PRICE: Balance = 10 * QTC;
pub(super) const LOCK_BOND: Balance = 20 * QTC;

pub(super) const TERMS: Terms =
	Terms { plain: Some(QTC), proven: None, fhe: None, hybrid: None, latency: 5 };

/// A model of [`Alice`]'s.
pub(super) fn description() -> DescriptionOf<Runtime> {
	Description {
		name: Name::truncate_from(b"model".to_vec()),
		kind: ModelKind::Dense,
		architecture: [1; 32],
		weights: WeightsCommitment { sha256: [2; 32], poseidon: None },
		blob: Blob { digest: [3; 32], size: 4_000 },
		uri: Uri::default(),
		licence: [4; 32],
		input_shape: Shape::truncate_from(vec![8, 8]),
		output_shape: Shape::truncate_from(vec![10]),
		quantisation: None,
		fhe_parameters: None,
		constraints: 0,
		royalties: Royalties::default(),
		origin: Origin::New,
	}
}

/// For a receipt in clear.
pub(super) fn offer(model: ModelId, issuer: AccountId) -> OfferOf<Runtime> {
	pallet_model_marketplace::Offer {
		model,
		mode: Mode::Plain,
		level: Level::Transparent,
		circuit: None,
		input: Blob { digest: [7; 32], size: 640 },
		input_commitment: None,
		issuers: AcceptedIssuers::truncate_from(vec![issuer]),
		issuer_fee: FEE,
		payment: Payment::Held { price: PriceRamp::flat(PRICE) },
		lock_timeout: LOCK_TIMEOUT,
		timeout: TIMEOUT,
		miner_bond: LOCK_BOND,
		redundancy: 1,
		allow_list: AllowList::default(),
		proof_required: false,
	}
}

pub(super) fn list_model() -> ModelId {
	let owner = || RuntimeOrigin::signed(Alice.to_account_id());
	let model = ModelMarketplace::model_id(&Alice.to_account_id(), &description());
	assert_ok!(ModelMarketplace::register_model(owner(), Box::new(description()), TERMS));
	assert_ok!(ModelMarketplace::list_model(owner(), model));
	model
}

/// Posts a job of Charlie's.
pub(super) fn post(offer: OfferOf<Runtime>) -> DispatchResult {
	let requester = RuntimeOrigin::signed(Charlie.to_account_id());
	ModelMarketplace::post_job(requester, Box::new(offer))
}

fn level(level: Level, circuit: Option<CircuitId>, issuer: AccountId) -> OfferOf<Runtime> {
	pallet_model_marketplace::Offer { level, circuit, ..offer(list_model(), issuer) }
}

#[test]
fn fails_when_a_job_names_what_the_receipts_pallet_does_not_know() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let offer = level(Level::Basic, Some([0; 32]), Dave.to_account_id());
		assert_noop!(post(offer.clone()), ReceiptsError::UnknownCircuit);
		let issuers = AcceptedIssuers::truncate_from(vec![Bob.to_account_id()]);
		let (level, circuit) = (Level::Transparent, None);
		assert_noop!(
			post(pallet_model_marketplace::Offer { level, circuit, issuers, ..offer }),
			MarketplaceError::IssuerNotInOffice
		);
	});
}

/// Dave's receipt for Bob's work, for the first job there is, signed or not.
pub(super) fn receipt(signed: bool) -> Receipt<AccountId> {
	let body = Body {
		units: 8,
		unit_price: QTC,
		amount: 8 * QTC,
		start: 1,
		end: 1,
		expires_at: 1 + TIMEOUT,
		serial: 1,
		output: [5; 32],
	};
	let genesis = System::block_hash(0).into();
	let subject = Subject {
		genesis,
		job: 0,
		requester: Charlie.to_account_id().into(),
		miner: Bob.to_account_id().into(),
		model: ModelMarketplace::model_id(&Alice.to_account_id(), &description()),
		input: [7; 32],
	};
	let subject = subject.hash::<Native>();
	let message = body.transparent_message(&genesis, &subject.into());
	let signature = if signed { Dave.sign(&message).0 } else { [0; 64] };
	Receipt::Transparent(TransparentReceipt { issuer: Dave.to_account_id(), body, signature })
}

/// As Bob's hot key.
pub(super) fn submit(receipt: Receipt<AccountId>) -> DispatchResult {
	let hot_key = RuntimeOrigin::signed(Eve.to_account_id());
	ZkReceipts::submit_receipt(hot_key, 0, Box::new(receipt))
		.map(|_| ())
		.map_err(|refusal| refusal.error)
}

#[test]
fn success_a_locked_job_is_paid_and_the_bond_is_free_again() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		let [bob, charlie, dave] = [Bob, Charlie, Dave].map(|key| key.to_account_id());
		assert_ok!(post(offer(list_model(), dave.clone())));
		assert_noop!(submit(receipt(true)), ReceiptsError::JobNotLocked);
		assert_ok!(ModelMarketplace::lock_job(RuntimeOrigin::signed(Eve.to_account_id()), 0));
		let reserved = || pallet_miners::Miners::<Runtime>::get(&bob).expect("registered").reserved;
		assert_eq!(reserved(), LOCK_BOND);
		let before = [&bob, &charlie, &dave].map(Balances::balance);
		let held = Balances::total_balance_on_hold(&charlie);

		assert_storage_noop!(assert_eq!(
			submit(receipt(false)),
			Err(ReceiptsError::InvalidSignature.into())
		));
		assert_ok!(submit(receipt(true)));
		let after = [&bob, &charlie, &dave].map(Balances::balance);
		assert_eq!(after[0], before[0] + 8 * QTC, "the miner is paid, not its hot key");
		let returned = 2 * QTC + PanelFee::get();
		assert_eq!(after[1], before[1] + returned, "what was not earned, and no panel sat for");
		assert_eq!(after[2], before[2] + FEE);
		assert_eq!(held - Balances::total_balance_on_hold(&charlie), PRICE + FEE + PanelFee::get());
		assert_eq!(reserved(), 0);
		assert_noop!(submit(receipt(true)), ReceiptsError::NullifierSpent);
		check_invariants();
		next_block(1);
	});
}

#[test]
fn a_removed_issuer_frees_money_and_bond() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		let [bob, charlie, dave] = [Bob, Charlie, Dave].map(|key| key.to_account_id());
		let model = list_model();
		let before = Balances::balance(&charlie);
		assert_ok!(post(offer(model, dave.clone())));
		assert_ok!(ModelMarketplace::lock_job(RuntimeOrigin::signed(Eve.to_account_id()), 0));
		let refund = || {
			ModelMarketplace::refund_job(RuntimeOrigin::signed(bob.clone()), 0)
				.map(|_| ())
				.map_err(|refusal| refusal.error)
		};
		assert_noop!(refund(), MarketplaceError::DeadlineNotPassed);
		assert_ok!(ZkReceipts::resign_issuer(RuntimeOrigin::signed(dave.clone())));
		assert_noop!(refund(), MarketplaceError::DeadlineNotPassed);
		assert_ok!(ZkReceipts::remove_issuer(RuntimeOrigin::root(), dave.clone()));
		assert_storage_noop!(assert_eq!(
			submit(receipt(true)),
			Err(ReceiptsError::IssuerWasRemoved.into())
		));
		assert_ok!(refund());
		let record = pallet_miners::Miners::<Runtime>::get(&bob).expect("registered");
		assert_eq!((record.reserved, record.owed), (0, 0), "the miner could not help it");
		assert_noop!(submit(receipt(true)), ReceiptsError::JobNotOpen);
		assert_ok!(ModelMarketplace::remove_job(RuntimeOrigin::signed(charlie.clone()), 0));
		assert_eq!(Balances::balance(&charlie), before, "all that was held is back");
		check_invariants();
	});
}
