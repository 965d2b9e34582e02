//! `quittance model`: models on the chain.

use crate::{
	console::{Console, Report},
	document::{parse_hex, read_file, to_hex},
	failure::{Failure, Fault, SUCCESS},
	node::{send, NodeAddress, Signer},
};
use clap::{Args, Subcommand};
use quittance_blobs::FolderStore;
use quittance_client::{calls, AccountId, Event, Payload};
use quittance_types::{blake2_256, Blob, ModelId};
use quittance_zkml::{Model as IntegerModel, MAX_JSON_BYTES};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Longest licence text, in bytes.
const MAX_LICENCE_BYTES: u64 = 1 << 20;

/// Models on the chain.
#[derive(Subcommand, Debug)]
pub enum Model {
	/// Register a model and put its file into the blob folder.
	Register(Register),
	/// Show a registered model.
	Show(Show),
}

impl Model {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Register(command) => command.run(console).await,
			Self::Show(command) => command.run(console).await,
		}
	}
}

/// Register a model and put its file into the blob folder.
#[derive(Args, Debug)]
pub struct Register {
	#[command(flatten)]
	signer: Signer,
	/// The model's JSON file, as training wrote it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// Its name, for people.
	#[arg(long)]
	name: String,
	/// The licence's text; the chain keeps its digest.
	#[arg(long, value_name = "FILE")]
	licence: PathBuf,
	/// Where others find the model's file.
	#[arg(long, default_value = "")]
	uri: String,
	/// The blob folder that workers and issuers read.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Register {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let model = read_model(&self.file, &read_file(&self.file, MAX_JSON_BYTES as u64)?)?;
		let licence = read_file(&self.licence, MAX_LICENCE_BYTES)?;
		// Before anything is stored: a malformed key is to leave no blob behind.
		self.signer.key()?;
		let call = registration(&self.blobs, &model, &self.name, &self.uri, &licence)?;
		let (_, sender) = self.signer.connect().await?;
		let outcome = send(console, &sender, &call, "registering the model").await?;
		let model = registered(&outcome.events)?;
		console.report(&Registered {
			model: to_hex(model),
			owner: sender.account().to_string(),
			fee: outcome.inclusion.fee.to_string(),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

/// Parses a model file, naming `file` if it is malformed.
pub fn read_model(file: &Path, json: &[u8]) -> Result<IntegerModel, Failure> {
	IntegerModel::from_json(json).map_err(|error| Failure::file(file, Fault::Invalid, error))
}

/// Stores a model's blob and makes the call that registers it.
pub fn registration(
	blobs: &Path,
	model: &IntegerModel,
	name: &str,
	uri: &str,
	licence: &[u8],
) -> Result<impl Payload, Failure> {
	let blob = store(blobs, &model.to_bytes())?;
	Ok(calls::register_model(calls::RegisterModel {
		name: name.into(),
		architecture: model.architecture_hash(),
		weights: model.weights_digest(),
		blob,
		uri: uri.into(),
		licence: blake2_256(licence),
	}))
}

/// The id in the events of a registration.
pub fn registered(events: &[Event]) -> Result<ModelId, Failure> {
	let id = events.iter().find_map(|event| match event {
		Event::ModelRegistered { model, .. } => Some(*model),
		_ => None,
	});
	id.ok_or_else(|| Failure::unavailable("registering the model", "no ModelRegistered event"))
}

/// Puts bytes into the blob folder.
pub fn store(folder: &Path, bytes: &[u8]) -> Result<Blob, Failure> {
	let doing = || format!("storing a blob in {}", folder.display());
	let digest = FolderStore::open(folder)
		.and_then(|store| store.put(bytes))
		.map_err(|error| Failure::unavailable(doing(), error))?;
	let size = u32::try_from(bytes.len()).map_err(|error| Failure::unavailable(doing(), error))?;
	Ok(Blob { digest: digest.into(), size })
}

#[derive(Serialize)]
struct Registered {
	model: String,
	owner: String,
	fee: String,
	block: u64,
}

impl Report for Registered {
	fn text(&self) -> String {
		format!("model {} registered by {} in block {}", self.model, self.owner, self.block)
	}
}

/// Show a registered model.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The model's id.
	#[arg(value_parser = parse_hex::<32>)]
	id: ModelId,
}

impl Show {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let model = view.model(&self.id).await?.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "UnknownModel".into(),
			detail: "no model has this id".into(),
		})?;
		console.report(&Shown {
			model: to_hex(self.id),
			owner: model.owner,
			name: model.name,
			architecture: to_hex(model.architecture),
			weights: to_hex(model.weights),
			blob: to_hex(model.blob.digest),
			blob_size: model.blob.size,
			uri: model.uri,
			licence: to_hex(model.licence),
			retired: model.retired,
			live_jobs: model.live_jobs,
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	model: String,
	#[serde(serialize_with = "as_text")]
	owner: AccountId,
	name: String,
	architecture: String,
	weights: String,
	blob: String,
	blob_size: u32,
	uri: String,
	licence: String,
	retired: bool,
	live_jobs: u32,
}

fn as_text<S: serde::Serializer>(value: &AccountId, to: S) -> Result<S::Ok, S::Error> {
	to.collect_str(value)
}

impl Report for Shown {
	fn text(&self) -> String {
		format!(
			"model        {}\nname         {}\nowner        {}\narchitecture {}\nweights      {}\n\
			 blob         {} ({} bytes)\nuri          {}\nlicence      {}\nstate        {}\n\
			 live jobs    {}",
			self.model,
			self.name,
			self.owner,
			self.architecture,
			self.weights,
			self.blob,
			self.blob_size,
			self.uri,
			self.licence,
			if self.retired { "retired" } else { "listed" },
			self.live_jobs,
		)
	}
}
