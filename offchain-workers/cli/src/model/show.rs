//! All that is known of a model.

use super::{
	known,
	list::{prices, prices_text},
	register::kind_name,
	royalties::percent,
	state_name,
};
use crate::{
	amount::Amount,
	console::{lines, Console, Report},
	document::{parse_hex, to_hex},
	failure::{Failure, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{Model, Origin, Statistics, View};
use quittance_types::{JobTime, ModelId};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Show a registered model.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The model's id.
	#[arg(value_name = "MODEL", value_parser = parse_hex::<32>)]
	id: ModelId,
}

impl Show {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let model = known(&view, &self.id).await?;
		let measured = Measured::read(&view, &self.id).await?;
		let versions = view.versions(&self.id).await?;
		console.report(&Shown::new(&self.id, model, measured, &versions));
		Ok(SUCCESS)
	}
}

/// What the chain saw of a model, beside what its owner says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measured {
	/// Jobs that were done and paid for.
	pub fulfilled: u32,
	/// Jobs that ask for it and have not ended.
	pub live_jobs: u32,
	/// Royalties that are set aside.
	pub royalties_due: Amount,
	/// Of the jobs that asked for a proof, those that ended with a verified one, in parts of a million.
	pub privacy_score: Option<u32>,
	/// Reviews with each rating, 1 first.
	pub ratings: [u32; 5],
	/// The prices at which the last receipts were locked.
	#[serde(serialize_with = "statistics")]
	pub recent_prices: Option<Statistics>,
	/// Blocks from lock to receipt of the last receipts.
	#[serde(rename = "measured_latency", serialize_with = "statistics")]
	pub latency: Option<Statistics>,
}

impl Measured {
	/// Asks the chain.
	pub async fn read(view: &View, id: &ModelId) -> Result<Self, Failure> {
		let (activity, recent_prices, latency, privacy_score) = futures::try_join!(
			view.activity(id),
			view.recent_prices(id),
			view.measured_latency(id),
			view.privacy_score(id),
		)?;
		let mut measured = Self { recent_prices, latency, privacy_score, ..Self::default() };
		if let Some(activity) = activity {
			measured.fulfilled = activity.fulfilled;
			measured.live_jobs = activity.live_jobs;
			measured.royalties_due = Amount(activity.royalties_due);
			measured.ratings = activity.ratings;
		}
		Ok(measured)
	}
}

fn statistics<S: Serializer>(value: &Option<Statistics>, to: S) -> Result<S::Ok, S::Error> {
	#[derive(Serialize)]
	struct Numbers {
		count: u32,
		min: u64,
		median: u64,
		max: u64,
	}
	value
		.map(|Statistics { count, min, median, max }| Numbers { count, min, median, max })
		.serialize(to)
}

/// The mean rating to a tenth and the number of reviews, for people.
pub fn rating(ratings: &[u32; 5]) -> String {
	let count: u64 = ratings.iter().map(|count| u64::from(*count)).sum();
	let sum: u64 =
		(1..).zip(ratings).map(|(rating, count): (u64, &u32)| rating * u64::from(*count)).sum();
	// Rounded to the nearest tenth.
	match (sum * 10 + count / 2).checked_div(count) {
		Some(tenths) => format!("{}.{} ({count})", tenths / 10, tenths % 10),
		None => "-".into(),
	}
}

#[derive(Serialize)]
struct Shown {
	model: String,
	name: String,
	kind: &'static str,
	state: &'static str,
	owner: String,
	version: u32,
	predecessor: Option<String>,
	successor: Option<String>,
	versions: Vec<String>,
	prices: BTreeMap<&'static str, Amount>,
	latency: JobTime,
	architecture: String,
	weights: String,
	poseidon: Option<String>,
	blob: String,
	blob_size: u32,
	uri: String,
	licence: String,
	input_shape: Vec<u32>,
	output_shape: Vec<u32>,
	quantisation: Option<String>,
	fhe_parameters: Option<String>,
	constraints: u64,
	royalties: Vec<Share>,
	#[serde(flatten)]
	measured: Measured,
}

#[derive(Serialize)]
struct Share {
	payee: String,
	parts_of_a_million: u32,
}

impl Shown {
	fn new(id: &ModelId, model: Model, measured: Measured, versions: &[ModelId]) -> Self {
		let prices = prices(&model);
		let Model { owner, description, terms, version, successor, state } = model;
		Self {
			model: to_hex(id),
			name: description.name().into_owned(),
			kind: kind_name(description.kind),
			state: state_name(state),
			owner: owner.to_string(),
			version,
			predecessor: match description.origin {
				Origin::New => None,
				Origin::VersionOf(model) => Some(to_hex(model)),
			},
			successor: successor.map(to_hex),
			versions: versions.iter().map(to_hex).collect(),
			prices,
			latency: terms.latency,
			architecture: to_hex(description.architecture),
			weights: to_hex(description.weights.sha256),
			poseidon: description.weights.poseidon.map(|poseidon| to_hex(poseidon.0)),
			blob: to_hex(description.blob.digest),
			blob_size: description.blob.size,
			uri: description.uri().into_owned(),
			licence: to_hex(description.licence),
			quantisation: description.quantisation.map(to_hex),
			fhe_parameters: description.fhe_parameters.map(to_hex),
			constraints: description.constraints,
			royalties: description
				.royalties
				.iter()
				.map(|royalty| Share {
					payee: royalty.payee.to_string(),
					parts_of_a_million: royalty.parts,
				})
				.collect(),
			input_shape: description.input_shape,
			output_shape: description.output_shape,
			measured,
		}
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let shape =
			|shape: &[u32]| shape.iter().map(u32::to_string).collect::<Vec<_>>().join(" x ");
		let share =
			|share: &Share| format!("{} {}", share.payee, percent(share.parts_of_a_million));
		let royalties: Vec<_> = self.royalties.iter().map(share).collect();
		let measured = &self.measured;
		let range = |numbers: &Option<Statistics>, of: &dyn Fn(u64) -> String| {
			numbers.map_or_else(none, |Statistics { count, min, median, max }| {
				let (min, median, max) = (of(min), of(median), of(max));
				format!("{median} (from {min} to {max}, the last {count})")
			})
		};
		lines([
			("model", self.model.clone()),
			("name", self.name.clone()),
			("kind", self.kind.into()),
			("state", self.state.into()),
			("owner", self.owner.clone()),
			("version", format!("{} of {} from here", self.version, self.versions.len())),
			("version before", self.predecessor.clone().unwrap_or_else(none)),
			("next version", self.successor.clone().unwrap_or_else(none)),
			("QTC a unit", prices_text(&self.prices)),
			(
				"locked at",
				range(&measured.recent_prices, &|price| Amount(price.into()).to_string()),
			),
			("blocks, said", self.latency.to_string()),
			("measured", range(&measured.latency, &|blocks| blocks.to_string())),
			("jobs done", measured.fulfilled.to_string()),
			("live jobs", measured.live_jobs.to_string()),
			("proofs kept", measured.privacy_score.map_or_else(none, percent)),
			("rating", rating(&measured.ratings)),
			("architecture", self.architecture.clone()),
			("weights", self.weights.clone()),
			("Poseidon", self.poseidon.clone().unwrap_or_else(none)),
			("blob", format!("{} ({} bytes)", self.blob, self.blob_size)),
			("uri", self.uri.clone()),
			("licence", self.licence.clone()),
			("input", shape(&self.input_shape)),
			("output", shape(&self.output_shape)),
			("quantisation", self.quantisation.clone().unwrap_or_else(none)),
			("FHE parameters", self.fhe_parameters.clone().unwrap_or_else(none)),
			("constraints", self.constraints.to_string()),
			("royalties", if royalties.is_empty() { none() } else { royalties.join(", ") }),
			("set aside", measured.royalties_due.to_string()),
		])
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ratings_are_rounded_to_the_nearest_tenth() {
		assert_eq!(rating(&[0; 5]), "-");
		assert_eq!(rating(&[0, 0, 0, 0, 7]), "5.0 (7)");
		assert_eq!(rating(&[1, 0, 0, 0, 1]), "3.0 (2)");
		assert_eq!(rating(&[0, 0, 0, 1, 2]), "4.7 (3)");
		assert_eq!(rating(&[0, 0, 0, 2, 1]), "4.3 (3)");
		assert_eq!(rating(&[u32::MAX; 5]), format!("3.0 ({})", u64::from(u32::MAX) * 5));
	}
}
