//! What a block's transactions did and cost, from its events.

use crate::{api, AccountId, ClientError, Event, Refusal, View, Weight};
use quittance_types::blake2_256;
use std::collections::BTreeMap;
use subxt::events::Phase;

/// A transaction that paid a fee.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Executed {
	/// Its place in the block.
	pub index: u32,
	/// Its hash.
	pub hash: [u8; 32],
	/// Who paid.
	pub payer: AccountId,
	/// Fee paid, tip included, in the chain's smallest unit.
	pub fee: u128,
	/// Weight charged for it, after refunds.
	pub weight: Weight,
	/// Why it failed, if it did.
	pub refusal: Option<Refusal>,
	/// Its events, in order.
	pub events: Vec<Event>,
}

/// What is known of a transaction while its events are read.
#[derive(Default)]
struct Draft {
	payment: Option<(AccountId, u128)>,
	weight: Option<Weight>,
	refusal: Option<Refusal>,
	events: Vec<Event>,
}

impl View {
	/// The block's transactions that paid a fee, in order.
	pub async fn transactions(&self) -> Result<Vec<Executed>, ClientError> {
		let bodies = self.chain().transactions(self.block()).await?;
		let metadata = self.client().metadata_ref();
		let events = self.client().events().fetch().await.map_err(ClientError::chain)?;
		let mut drafts = BTreeMap::<u32, Draft>::new();
		for event in events.iter() {
			use api::{system::events as system, transaction_payment::events as payment};
			let event = event.map_err(ClientError::chain)?;
			let Phase::ApplyExtrinsic(index) = event.phase() else { continue };
			let draft = drafts.entry(index).or_default();
			if let Some(paid) = event.decode_fields_as::<payment::TransactionFeePaid>() {
				let paid = paid.map_err(ClientError::chain)?;
				draft.payment = Some((paid.who, paid.actual_fee));
			} else if let Some(success) = event.decode_fields_as::<system::ExtrinsicSuccess>() {
				let weight = success.map_err(ClientError::chain)?.dispatch_info.weight;
				draft.weight =
					Some(Weight { ref_time: weight.ref_time, proof_size: weight.proof_size });
			} else if let Some(failed) = event.decode_fields_as::<system::ExtrinsicFailed>() {
				let failed = failed.map_err(ClientError::chain)?;
				let weight = failed.dispatch_info.weight;
				draft.weight =
					Some(Weight { ref_time: weight.ref_time, proof_size: weight.proof_size });
				draft.refusal = Some(Refusal::new(metadata, &failed.dispatch_error));
			}
			draft.events.push(Event::decode(metadata, &event)?);
		}

		let executed = drafts.into_iter().filter_map(|(index, draft)| {
			let (payer, fee) = draft.payment?;
			Some((index, payer, fee, draft.weight, draft.refusal, draft.events))
		});
		executed
			.map(|(index, payer, fee, weight, refusal, events)| {
				let body = usize::try_from(index).ok().and_then(|index| bodies.get(index));
				let (Some(body), Some(weight)) = (body, weight) else {
					return Err(ClientError::Unexpected(format!(
						"events of transaction {index} do not match its block"
					)));
				};
				Ok(Executed { index, hash: blake2_256(body), payer, fee, weight, refusal, events })
			})
			.collect()
	}
}
