//! Models.

use super::{answers, page, View};
use crate::{api, Activity, ClientError, Model, Review, Statistics};
use futures::{StreamExt, TryStreamExt};
use quittance_types::{JobId, ModelId};
use subxt::ext::codec::Encode;

impl View {
	/// A model.
	pub async fn model(&self, model: &ModelId) -> Result<Option<Model>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().models(), (*model,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// At most `limit` models and at most [`super::MAX_PAGE`], in the order of their ids.
	pub async fn models(&self, limit: u32) -> Result<Vec<(ModelId, Model)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().model_marketplace().models(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// What the chain saw of a model.
	pub async fn activity(&self, model: &ModelId) -> Result<Option<Activity>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().activities(), (*model,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// What the model's last receipts in time were locked at, in the chain's smallest unit; `None` where
	/// there are none.
	pub async fn recent_prices(&self, model: &ModelId) -> Result<Option<Statistics>, ClientError> {
		self.statistics("recent_prices", model).await
	}

	/// Job time from lock to receipt of the model's last receipts in time; `None` where there are none.
	pub async fn measured_latency(
		&self,
		model: &ModelId,
	) -> Result<Option<Statistics>, ClientError> {
		self.statistics("measured_latency", model).await
	}

	async fn statistics(
		&self,
		function: &str,
		model: &ModelId,
	) -> Result<Option<Statistics>, ClientError> {
		let answer: Option<answers::Statistics> =
			self.ask("ModelMarketplace", function, model.encode()).await?;
		Ok(answer.map(Into::into))
	}

	/// Of the model's jobs that asked for a proof and were taken, those that ended with a verified one,
	/// in parts of a million; `None` where there are none.
	pub async fn privacy_score(&self, model: &ModelId) -> Result<Option<u32>, ClientError> {
		self.ask("ModelMarketplace", "privacy_score", model.encode()).await
	}

	/// How many reviews give each rating, 1 first; `None` for a model that is not known.
	pub async fn ratings(&self, model: &ModelId) -> Result<Option<[u32; 5]>, ClientError> {
		self.ask("ModelMarketplace", "ratings", model.encode()).await
	}

	/// The model and the versions after it, the oldest first.
	pub async fn versions(&self, model: &ModelId) -> Result<Vec<ModelId>, ClientError> {
		self.ask("ModelMarketplace", "versions", model.encode()).await
	}

	/// The review of a job.
	pub async fn review(&self, model: &ModelId, job: JobId) -> Result<Option<Review>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().reviews(), (*model, job))
			.await
			.map_err(ClientError::chain)?;
		let record =
			record.map(|record| record.decode().map_err(ClientError::chain)).transpose()?;
		Ok(record.map(|record| Review::new(job, record)))
	}

	/// At most `limit` reviews of a model and at most [`super::MAX_PAGE`], in no particular order.
	pub async fn reviews(&self, model: &ModelId, limit: u32) -> Result<Vec<Review>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().model_marketplace().reviews(), (*model,))
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (_, job): (ModelId, JobId) =
					entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok(Review::new(job, entry.value().decode().map_err(ClientError::chain)?))
			})
			.try_collect()
			.await
	}
}
