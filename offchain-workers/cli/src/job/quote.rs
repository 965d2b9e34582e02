//! What the chain says before one posts or takes a job.

use super::unknown;
use crate::{
	amount::Amount,
	console::{lines, Console, Report},
	document::{parse_hex, to_hex},
	failure::{Failure, SUCCESS},
	model::{known, prices, prices_text},
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{Limits, Statistics, View};
use quittance_types::{JobId, JobTime, ModelId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the chain says before one posts or takes a job: limits, recent prices, the price now.
#[derive(Args, Debug)]
pub struct Quote {
	#[command(flatten)]
	node: NodeAddress,
	/// Also: what this model costs, and was locked at of late.
	#[arg(long, value_name = "MODEL", value_parser = parse_hex::<32>)]
	model: Option<ModelId>,
	/// Also: what a miner that takes this job now can be paid.
	#[arg(long, value_name = "JOB")]
	job: Option<JobId>,
}

impl Quote {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.connect().await?.at(quittance_client::Head::Best).await?;
		let limits = view.limits().await?;
		let model = match self.model {
			Some(id) => Some(OfModel::read(&view, &id).await?),
			None => None,
		};
		let job = match self.job {
			Some(number) => Some(OfJob::read(&view, number).await?),
			None => None,
		};
		console.report(&Quoted {
			block: view.block().number,
			job_time: view.job_time().await?,
			limits: Bounds::new(&limits),
			model,
			job,
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Quoted {
	block: u64,
	job_time: JobTime,
	limits: Bounds,
	model: Option<OfModel>,
	job: Option<OfJob>,
}

/// What jobs must keep to.
#[derive(Serialize)]
struct Bounds {
	minimum_fee: Amount,
	minimum_lock_bond: Amount,
	/// Of the highest price, in parts of a million.
	bond_part: u32,
	panel_fee: Amount,
	high_value: Amount,
	max_timeout: JobTime,
	signing_time: JobTime,
	cancel_notice: JobTime,
	job_deposit: Amount,
	review_deposit: Amount,
}

impl Bounds {
	fn new(limits: &Limits) -> Self {
		Self {
			minimum_fee: Amount(limits.minimum_fee),
			minimum_lock_bond: Amount(limits.minimum_lock_bond.max(1)),
			bond_part: limits.bond_part,
			panel_fee: Amount(limits.panel_fee),
			high_value: Amount(limits.high_value),
			max_timeout: limits.max_timeout,
			signing_time: limits.signing_time,
			cancel_notice: limits.cancel_notice,
			job_deposit: Amount(limits.job_deposit),
			review_deposit: Amount(limits.review_deposit),
		}
	}
}

/// What is known of a model's price.
#[derive(Serialize)]
struct OfModel {
	model: String,
	name: String,
	prices: BTreeMap<&'static str, Amount>,
	latency: JobTime,
	recent_prices: Option<Range>,
	measured_latency: Option<Range>,
}

#[derive(Serialize)]
struct Range {
	count: u32,
	min: u64,
	median: u64,
	max: u64,
}

impl From<Statistics> for Range {
	fn from(statistics: Statistics) -> Self {
		let Statistics { count, min, median, max } = statistics;
		Self { count, min, median, max }
	}
}

impl OfModel {
	async fn read(view: &View, id: &ModelId) -> Result<Self, Failure> {
		let model = known(view, id).await?;
		let (recent, latency) =
			futures::try_join!(view.recent_prices(id), view.measured_latency(id))?;
		Ok(Self {
			model: to_hex(id),
			name: model.description.name().into_owned(),
			prices: prices(&model),
			latency: model.terms.latency,
			recent_prices: recent.map(Into::into),
			measured_latency: latency.map(Into::into),
		})
	}

	fn text(&self) -> String {
		let none = || "-".to_owned();
		let range = |range: &Option<Range>, of: &dyn Fn(u64) -> String| {
			range.as_ref().map_or_else(none, |Range { count, min, median, max }| {
				format!("{} (from {} to {}, the last {count})", of(*median), of(*min), of(*max))
			})
		};
		lines([
			("model", format!("{} ({})", self.model, self.name)),
			("QTC a unit", prices_text(&self.prices)),
			("locked at", range(&self.recent_prices, &|price| Amount(price.into()).to_string())),
			("blocks, said", self.latency.to_string()),
			("measured", range(&self.measured_latency, &|blocks| blocks.to_string())),
		])
	}
}

/// What is known of a job's price.
#[derive(Serialize)]
struct OfJob {
	job: JobId,
	price_now: Option<Amount>,
	max_price: Amount,
	rises_until: JobTime,
	lock_deadline: JobTime,
	miner_bond: Amount,
}

impl OfJob {
	async fn read(view: &View, number: JobId) -> Result<Self, Failure> {
		let job = view.job(number).await?.ok_or_else(unknown)?.live().ok_or_else(|| {
			Failure::Refused {
				by: "chain",
				reason: "ModelMarketplace.JobEnded".into(),
				detail: "the job has ended".into(),
			}
		})?;
		let hidden = || Failure::Refused {
			by: "quittance",
			reason: "PrivateJob".into(),
			detail: "the job is private: its price is in its input, for its miners alone".into(),
		};
		let price = job.offer.payment.price().ok_or_else(hidden)?;
		Ok(Self {
			job: number,
			price_now: view.price_now(number).await?.map(Amount),
			max_price: Amount(price.max),
			rises_until: job.posted_at.saturating_add(price.end()),
			lock_deadline: job.lock_deadline(),
			miner_bond: Amount(job.offer.miner_bond),
		})
	}

	fn text(&self) -> String {
		let now = self.price_now.map(|price| format!("{price} QTC"));
		lines([
			("job", self.job.to_string()),
			("pays now", now.unwrap_or_else(|| "nobody can take it".into())),
			("at most", format!("{} QTC, from block {} on", self.max_price, self.rises_until)),
			("to be taken until", format!("block {}", self.lock_deadline)),
			("bond of a lock", format!("{} QTC", self.miner_bond)),
		])
	}
}

impl Report for Quoted {
	fn text(&self) -> String {
		let limits = &self.limits;
		let mut parts = vec![lines([
			("block", format!("{}, job time {}", self.block, self.job_time)),
			("least issuer's fee", format!("{} QTC", limits.minimum_fee)),
			("least bond of a lock", format!("{} QTC", limits.minimum_lock_bond)),
			("and of the price", format!("{} parts of a million", limits.bond_part)),
			("held for a panel", format!("{} QTC", limits.panel_fee)),
			("only proofs pay above", format!("{} QTC", limits.high_value)),
			("longest timeout", format!("{} blocks", limits.max_timeout)),
			("time for a signature", format!("{} blocks", limits.signing_time)),
			("notice of a cancel", format!("{} blocks", limits.cancel_notice)),
			("deposit for a job", format!("{} QTC", limits.job_deposit)),
			("deposit for a review", format!("{} QTC", limits.review_deposit)),
		])];
		parts.extend(self.model.as_ref().map(OfModel::text));
		parts.extend(self.job.as_ref().map(OfJob::text));
		parts.join("\n\n")
	}
}
