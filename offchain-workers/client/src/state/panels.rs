//! Panels.

use super::{answers, View};
use crate::{AccountId, ClientError, Duty, Panel};
use quittance_types::JobId;
use subxt::ext::codec::Encode;

impl View {
	/// All that is known of the panel on a job; `None` where none sits.
	pub async fn panel(&self, job: JobId) -> Result<Option<Panel>, ClientError> {
		let answer: Option<answers::PanelInfo> = self.ask("Panel", "panel", job.encode()).await?;
		Ok(answer.map(Into::into))
	}

	/// The panels on which a miner sits now and has not revealed.
	pub async fn duties(&self, miner: &AccountId) -> Result<Vec<Duty>, ClientError> {
		let answer: Vec<answers::Duty> = self.ask("Panel", "duties", miner.encode()).await?;
		Ok(answer.into_iter().map(Into::into).collect())
	}

	/// What panels have reserved of a miner's bond, in the chain's smallest unit.
	pub async fn reserved_by_panels(&self, miner: &AccountId) -> Result<u128, ClientError> {
		self.ask("Panel", "reserved_for", miner.encode()).await
	}
}
