//! Choosing a model.

use super::{
	mode_name,
	register::{kind_name, KindArgument},
	show::{rating, Measured},
	state_name,
	terms::ModeArgument,
	MODES,
};
use crate::{
	amount::Amount,
	console::{table, Console, Report},
	document::{parse_account, to_hex},
	failure::{Failure, SUCCESS},
	node::NodeAddress,
};
use clap::{Args, ValueEnum};
use futures::{StreamExt, TryStreamExt};
use quittance_client::{AccountId, Model, ModelKind, ModelState};
use quittance_types::{JobTime, Mode, ModelId};
use serde::Serialize;
use std::collections::BTreeMap;

/// Models whose measurements are asked for at the same time.
const CONCURRENT_READS: usize = 8;

/// Which models to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum StateArgument {
	/// Not published yet.
	Draft,
	/// Jobs can ask for it.
	Listed,
	/// Not now.
	Suspended,
	/// No more.
	Retired,
	/// All of them.
	Any,
}

impl StateArgument {
	fn admits(self, state: ModelState) -> bool {
		match self {
			Self::Any => true,
			Self::Draft => state == ModelState::Draft,
			Self::Listed => state == ModelState::Listed,
			Self::Suspended => state == ModelState::Suspended,
			Self::Retired => state == ModelState::Retired,
		}
	}
}

/// Show the models that jobs can ask for.
#[derive(Args, Debug)]
pub struct List {
	#[command(flatten)]
	node: NodeAddress,
	#[command(flatten)]
	filter: Filter,
	/// Most models to look at, up to 256, in the order of their ids.
	#[arg(long, default_value_t = 256)]
	limit: u32,
}

/// What a model must be like to be shown.
#[derive(Args, Clone, Debug)]
struct Filter {
	/// Only of this kind.
	#[arg(long, value_enum)]
	kind: Option<KindArgument>,
	/// Only models that offer this mode.
	#[arg(long, value_enum)]
	mode: Option<ModeArgument>,
	/// Only models with a unit at this price or below it, in the mode that is named, or else in any.
	#[arg(long, value_name = "AMOUNT")]
	max_price: Option<Amount>,
	/// Only of this owner.
	#[arg(long, value_parser = parse_account)]
	owner: Option<AccountId>,
	/// Only with this text in name, place or id, whatever the case of its letters.
	#[arg(long)]
	text: Option<String>,
	/// Only in this state.
	#[arg(long, value_enum, default_value_t = StateArgument::Listed)]
	state: StateArgument,
}

impl Filter {
	fn admits(&self, id: &ModelId, model: &Model) -> bool {
		let description = &model.description;
		let modes: Vec<Mode> = match self.mode {
			Some(mode) => vec![mode.into()],
			None => MODES.to_vec(),
		};
		let offered = |mode: &Mode| model.terms.price(*mode);
		let cheap = |price: u128| self.max_price.is_none_or(|max| price <= max.0);
		let priced = self.mode.is_none() && self.max_price.is_none();
		let text = self.text.as_ref().map(|text| text.to_lowercase());
		self.state.admits(model.state)
			&& self.kind.is_none_or(|kind| ModelKind::from(kind) == description.kind)
			&& self.owner.is_none_or(|owner| owner == model.owner)
			&& (priced || modes.iter().filter_map(offered).any(cheap))
			&& text.is_none_or(|text| {
				let places = [
					description.name().to_lowercase(),
					description.uri().to_lowercase(),
					to_hex(id),
				];
				places.iter().any(|place| place.contains(&text))
			})
	}
}

impl List {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let models = view.models(self.limit).await?;
		let seen = models.len();
		let filter = &self.filter;
		let (view, models) =
			(&view, models.into_iter().filter(|(id, model)| filter.admits(id, model)));
		let rows = futures::stream::iter(models)
			.map(|(id, model)| async move {
				Ok::<_, Failure>(Row::new(&id, &model, Measured::read(view, &id).await?))
			})
			.buffered(CONCURRENT_READS)
			.try_collect()
			.await?;
		console.report(&Listed { block: view.block().number, seen, models: rows });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Listed {
	block: u64,
	seen: usize,
	models: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
	model: String,
	name: String,
	kind: &'static str,
	state: &'static str,
	owner: String,
	version: u32,
	prices: BTreeMap<&'static str, Amount>,
	latency: JobTime,
	#[serde(flatten)]
	measured: Measured,
}

impl Row {
	fn new(id: &ModelId, model: &Model, measured: Measured) -> Self {
		Self {
			model: to_hex(id),
			name: model.description.name().into_owned(),
			kind: kind_name(model.description.kind),
			state: state_name(model.state),
			owner: model.owner.to_string(),
			version: model.version,
			prices: prices(model),
			latency: model.terms.latency,
			measured,
		}
	}
}

/// Prices of a unit by the names of the modes.
pub fn prices(model: &Model) -> BTreeMap<&'static str, Amount> {
	let price = |mode: Mode| Some((mode_name(mode), Amount(model.terms.price(mode)?)));
	MODES.into_iter().filter_map(price).collect()
}

/// The same for people.
pub fn prices_text(prices: &BTreeMap<&'static str, Amount>) -> String {
	let each = |(mode, price): (&&str, &Amount)| format!("{mode} {price}");
	let text: Vec<_> = prices.iter().map(each).collect();
	if text.is_empty() {
		return "-".into();
	}
	text.join(", ")
}

impl Report for Listed {
	fn text(&self) -> String {
		let mut table = table(&[
			"model",
			"name",
			"kind",
			"state",
			"QTC a unit",
			"blocks, said",
			"measured",
			"jobs",
			"proofs kept",
			"rating",
		]);
		for model in &self.models {
			let Measured { latency, fulfilled, privacy_score, ratings, .. } = &model.measured;
			let none = || "-".to_owned();
			table.add_row([
				model.model.clone(),
				model.name.clone(),
				model.kind.into(),
				model.state.into(),
				prices_text(&model.prices),
				model.latency.to_string(),
				latency.map_or_else(none, |latency| latency.median.to_string()),
				fulfilled.to_string(),
				privacy_score.map_or_else(none, super::royalties::percent),
				rating(ratings),
			]);
		}
		let (shown, seen) = (self.models.len(), self.seen);
		format!("{shown} of {seen} models, finalised block {}\n{table}", self.block)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{Description, Origin, Terms, WeightsCommitment};
	use quittance_types::Blob;

	const OWNER: AccountId = AccountId([1; 32]);

	fn model() -> Model {
		Model {
			owner: OWNER,
			description: Description {
				name: b"Digits, 8x8".to_vec(),
				kind: ModelKind::Dense,
				architecture: [2; 32],
				weights: WeightsCommitment { sha256: [3; 32], poseidon: None },
				blob: Blob { digest: [4; 32], size: 5 },
				uri: b"https://models.example/digits".to_vec(),
				licence: [6; 32],
				input_shape: vec![8, 8],
				output_shape: vec![10],
				quantisation: None,
				fhe_parameters: None,
				constraints: 0,
				royalties: Vec::new(),
				origin: Origin::New,
			},
			terms: Terms { plain: Some(50), fhe: Some(900), latency: 4, ..Terms::default() },
			version: 0,
			successor: None,
			state: ModelState::Listed,
		}
	}

	fn filter() -> Filter {
		Filter {
			kind: None,
			mode: None,
			max_price: None,
			owner: None,
			text: None,
			state: StateArgument::Listed,
		}
	}

	#[test]
	fn each_filter_admits_and_refuses() {
		let id = [0xab; 32];
		let admits = |filter: Filter| filter.admits(&id, &model());
		let text = |text: &str| admits(Filter { text: Some(text.into()), ..filter() });
		assert!(admits(filter()));
		assert!(admits(Filter { kind: Some(KindArgument::Dense), ..filter() }));
		assert!(!admits(Filter { kind: Some(KindArgument::Other), ..filter() }));
		assert!(admits(Filter { owner: Some(OWNER), ..filter() }));
		assert!(!admits(Filter { owner: Some(AccountId([2; 32])), ..filter() }));
		assert!(text("DIGITS"));
		assert!(text("models.example"));
		assert!(text("0xabab"));
		assert!(!text("letters"));
		assert!(admits(Filter { state: StateArgument::Any, ..filter() }));
		assert!(!admits(Filter { state: StateArgument::Retired, ..filter() }));
	}

	#[test]
	fn boundary_of_the_price_in_a_mode_and_in_any() {
		let admits = |mode, max: u128| {
			let filter = Filter { mode, max_price: Some(Amount(max)), ..filter() };
			filter.admits(&[0; 32], &model())
		};
		assert!(admits(None, 50) && !admits(None, 49));
		assert!(admits(Some(ModeArgument::Plain), 50) && !admits(Some(ModeArgument::Plain), 49));
		assert!(admits(Some(ModeArgument::Fhe), 900) && !admits(Some(ModeArgument::Fhe), 899));
		assert!(!admits(Some(ModeArgument::Proven), u128::MAX));
		let unpriced = Filter { mode: Some(ModeArgument::Proven), ..filter() };
		assert!(!unpriced.admits(&[0; 32], &model()), "a mode that is not offered");
		// A draft without prices is shown to its owner.
		let draft = Model { terms: Terms::default(), state: ModelState::Draft, ..model() };
		assert!(Filter { state: StateArgument::Draft, ..filter() }.admits(&[0; 32], &draft));
	}
}
