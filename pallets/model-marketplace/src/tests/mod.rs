mod interleaving;
mod invariants;
mod jobs;
mod models;

use crate::{mock::*, types::*};
use polkadot_sdk::{frame_support::assert_ok, sp_runtime::DispatchResult};
use quittance_types::{
	AcceptedReceipt, Blob, CircuitId, FieldBytes, JobId, JobTime, Level, ModelId, Payment,
};

const INPUT: Blob = Blob { digest: [0xAA; 32], size: 640 };
const PRICE: u128 = 10_000;
const FEE: u128 = 300;
const TIMEOUT: JobTime = 100;

fn register_model() -> ModelId {
	let (name, uri) = (Name::truncate_from(b"digits".to_vec()), Uri::default());
	let blob = Blob { digest: [3; 32], size: 4_000 };
	let model = Marketplace::model_id(&OWNER, &name, &[1; 32], &[2; 32], &blob, &uri, &[4; 32]);
	assert_ok!(Marketplace::register_model(
		RuntimeOrigin::signed(OWNER),
		name,
		[1; 32],
		[2; 32],
		blob,
		uri,
		[4; 32],
	));
	model
}

/// The arguments of a post that succeeds, to be spoilt one at a time.
#[derive(Clone)]
struct Post {
	model: ModelId,
	input: Blob,
	level: Level,
	circuit: Option<CircuitId>,
	issuers: Vec<AccountId>,
	fee: u128,
	price: u128,
	timeout: JobTime,
}

impl Post {
	fn new() -> Self {
		Self {
			model: register_model(),
			input: INPUT,
			level: Level::Basic,
			circuit: Some(CIRCUIT),
			issuers: vec![ISSUER, OTHER_ISSUER],
			fee: FEE,
			price: PRICE,
			timeout: TIMEOUT,
		}
	}

	fn by(&self, who: AccountId) -> DispatchResult {
		Marketplace::post_job(
			RuntimeOrigin::signed(who),
			self.model,
			self.input,
			self.level,
			self.circuit,
			AcceptedIssuers::truncate_from(self.issuers.clone()),
			self.fee,
			Payment::Held { max_price: self.price },
			self.timeout,
		)
	}
}

fn posted() -> JobId {
	assert_ok!(Post::new().by(REQUESTER));
	0
}

fn receipt_for(miner: AccountId, amount: u128) -> AcceptedReceipt<AccountId> {
	AcceptedReceipt { miner, issuer: ISSUER, amount, nullifier: FieldBytes([7; 32]) }
}
