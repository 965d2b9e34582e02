//! Follows the chain, so that an operator sees whether the issuer can work.

use crate::service::Office;
use futures::{future::BoxFuture, FutureExt};
use quittance_client::{Block, ClientError, Head};
use quittance_daemon::{Service, ServiceError};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Blocks between two looks at the issuer's own record.
const BETWEEN_LOOKS: u64 = 10;

/// Follows the chain.
pub(crate) struct Watch {
	pub(crate) office: Arc<Office>,
}

impl Service for Watch {
	fn name(&self) -> &'static str {
		"watch"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			tokio::select! {
				() = stop.cancelled() => Ok(()),
				ended = self.follow() => ended,
			}
		}
		.boxed()
	}
}

impl Watch {
	async fn follow(&self) -> Result<(), ServiceError> {
		let failed = |error: ClientError| ServiceError::recover(error.code(), error);
		let Office { chain, metrics, key, .. } = &*self.office;
		let mut blocks = chain.follow(Head::Best);
		let mut next = 0;
		loop {
			let block = blocks.next().await;
			metrics.saw_block(block.number);
			if block.number < next {
				continue;
			}
			next = block.number.saturating_add(BETWEEN_LOOKS);
			let in_office = self.in_office(block).await.map_err(failed)?;
			let issuer = key.account();
			match (metrics.is_in_office(in_office), in_office) {
				(true, true) => tracing::info!(%issuer, "in office"),
				(_, false) => tracing::warn!(%issuer, "[Q-IS-106] not in office with these keys"),
				(false, true) => {},
			}
		}
	}

	/// Whether the chain has this issuer in office, with the keys that it signs with.
	async fn in_office(&self, block: Block) -> Result<bool, ClientError> {
		let Office { chain, key, .. } = &*self.office;
		let record = chain.at_block(block.hash).await?.issuer(&key.account()).await?;
		Ok(record.is_some_and(|issuer| issuer.state.in_office() && issuer.keys == key.keys()))
	}
}
