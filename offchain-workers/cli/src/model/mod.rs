//! `quittance model`: models on the chain.

mod list;
mod network;
mod register;
mod royalties;
mod show;
mod terms;

pub use list::{prices, prices_text};
pub use network::onnx;
pub use register::{registered, store, Listing, ModelFiles};
pub use terms::{mode_name, ModeArgument, MODES};

use crate::{
	console::Console,
	document::parse_hex,
	failure::{Failure, Fault},
	node::{change_by, Record, Signer},
};
use clap::{Args, Subcommand};
use quittance_client::{calls, Head, Model as ModelRecord, ModelState, Payload, Terms, View};
use quittance_types::{Mode, ModelId};
use terms::TermsArguments;

/// Models on the chain.
#[derive(Subcommand, Debug)]
pub enum Model {
	/// Register a model and put its file into the blob folder.
	Register(Box<register::Register>),
	/// Show the models that jobs can ask for.
	List(list::List),
	/// Show a registered model.
	Show(show::Show),
	/// Make an integer network of one in floating point, and say what that costs in accuracy.
	Import(network::Import),
	/// Show what a network is known by: the hash of its architecture, and two commitments to the same weights.
	Commit(network::Commit),
	/// Let jobs ask for a model: a draft, or one that was suspended.
	#[command(visible_alias = "list-model")]
	Publish(Owned),
	/// Refuse new jobs for a model, for now.
	Suspend(Owned),
	/// Refuse new jobs for a model, for good.
	Retire(Owned),
	/// Remove a retired model that no living job asks for. Its deposit returns.
	Remove(Owned),
	/// Change a model's prices and latency. What is not named stays.
	SetTerms(SetTerms),
	/// Pay out the royalties that are set aside for a model. Anyone may.
	PayRoyalties(Owned),
}

impl Model {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Register(command) => command.run(console).await,
			Self::List(command) => command.run(console).await,
			Self::Show(command) => command.run(console).await,
			Self::Import(command) => command.run(console),
			Self::Commit(command) => command.run(console),
			Self::Publish(Owned { signer, id }) => {
				change(console, &signer, id, &calls::list_model(id), "listed").await
			},
			Self::Suspend(Owned { signer, id }) => {
				change(console, &signer, id, &calls::suspend_model(id), "suspended").await
			},
			Self::Retire(Owned { signer, id }) => {
				change(console, &signer, id, &calls::retire_model(id), "retired").await
			},
			Self::Remove(Owned { signer, id }) => {
				change(console, &signer, id, &calls::remove_model(id), "removed").await
			},
			Self::SetTerms(command) => command.run(console).await,
			Self::PayRoyalties(Owned { signer, id }) => {
				change(console, &signer, id, &calls::pay_royalties(id), "royalties paid").await
			},
		}
	}
}

async fn change(
	console: &Console,
	signer: &Signer,
	id: ModelId,
	call: &impl Payload,
	done: &'static str,
) -> Result<u8, Failure> {
	signer.change(console, Record::Model(id), call, done).await
}

/// A model, and who changes it.
#[derive(Args, Debug)]
pub struct Owned {
	#[command(flatten)]
	signer: Signer,
	/// The model's id.
	#[arg(value_name = "MODEL", value_parser = parse_hex::<32>)]
	id: ModelId,
}

/// Change a model's prices and latency. What is not named stays.
#[derive(Args, Debug)]
pub struct SetTerms {
	#[command(flatten)]
	signer: Signer,
	/// The model's id.
	#[arg(value_name = "MODEL", value_parser = parse_hex::<32>)]
	id: ModelId,
	#[command(flatten)]
	terms: TermsArguments,
	/// A mode that is no longer offered; may be given several times.
	#[arg(long = "withdraw", value_name = "MODE", value_enum)]
	withdrawn: Vec<ModeArgument>,
}

impl SetTerms {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let withdrawn: Vec<Mode> = self.withdrawn.into_iter().map(Into::into).collect();
		// Whatever is wrong with the arguments alone is said before the chain is asked.
		self.terms.change(&Terms::default(), &withdrawn)?;
		self.signer.key()?;
		let (chain, sender) = self.signer.connect().await?;
		let model = known(&chain.at(Head::Best).await?, &self.id).await?;
		let description = &model.description;
		let (poseidon, fhe) =
			(description.weights.poseidon.is_some(), description.fhe_parameters.is_some());
		self.terms.check(poseidon, fhe)?;
		let terms = self.terms.change(&model.terms, &withdrawn)?;
		if terms == model.terms {
			let detail = "these are the terms already";
			return Err(Failure::argument("set-terms", Fault::Contradiction, detail));
		}
		let call = calls::set_terms(self.id, terms);
		change_by(console, &sender, Record::Model(self.id), &call, "changed").await
	}
}

/// The model's state in reports and arguments.
pub fn state_name(state: ModelState) -> &'static str {
	match state {
		ModelState::Draft => "draft",
		ModelState::Listed => "listed",
		ModelState::Suspended => "suspended",
		ModelState::Retired => "retired",
	}
}

/// A model on the chain, or the chain's word for one that is not there.
pub async fn known(view: &View, id: &ModelId) -> Result<ModelRecord, Failure> {
	view.model(id).await?.ok_or_else(|| Failure::Refused {
		by: "chain",
		reason: "ModelMarketplace.UnknownModel".into(),
		detail: "no model has this id".into(),
	})
}
