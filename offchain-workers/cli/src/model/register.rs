//! Registering a model from its files.

use super::{
	network::circuit_constraints,
	royalties::{royalties, RoyaltyArgument},
	terms::TermsArguments,
};
use crate::{
	amount::Amount,
	console::{Console, Report},
	document::{parse_hex, read_file, to_hex},
	failure::{Failure, Fault, SUCCESS},
	node::{send, Signer},
};
use clap::{Args, ValueEnum};
use quittance_blobs::FolderStore;
use quittance_circuits::{architecture::Layer, inference::ParametersError};
use quittance_client::{calls, Description, Event, ModelKind, Origin, Terms, WeightsCommitment};
use quittance_types::{blake2_256, Blob, Digest, FheParametersId, FieldBytes, ModelId};
use quittance_zkml::{commit, Network};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// Longest licence text, in bytes.
const MAX_LICENCE_BYTES: u64 = 1 << 20;

/// Longest description of an architecture, in bytes.
const MAX_ARCHITECTURE_BYTES: u64 = 1 << 20;

/// Longest file with weights, in bytes: it is read into memory.
const MAX_WEIGHTS_BYTES: u64 = 1 << 30;

/// The chain's own limits.
const MAX_NAME_BYTES: usize = 100;
const MAX_URI_BYTES: usize = 256;
const MAX_DIMENSIONS: usize = 8;

/// What a model is built of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum KindArgument {
	/// Fully connected layers.
	Dense,
	/// Convolutions.
	Convolutional,
	/// Attention.
	Transformer,
	/// Weights to be added to those of another model.
	Adapter,
	/// Anything else.
	Other,
}

impl From<KindArgument> for ModelKind {
	fn from(kind: KindArgument) -> Self {
		match kind {
			KindArgument::Dense => Self::Dense,
			KindArgument::Convolutional => Self::Convolutional,
			KindArgument::Transformer => Self::Transformer,
			KindArgument::Adapter => Self::Adapter,
			KindArgument::Other => Self::Other,
		}
	}
}

/// The kind's name in reports and arguments.
pub fn kind_name(kind: ModelKind) -> &'static str {
	match kind {
		ModelKind::Dense => "dense",
		ModelKind::Convolutional => "convolutional",
		ModelKind::Transformer => "transformer",
		ModelKind::Adapter => "adapter",
		ModelKind::Other => "other",
	}
}

/// Register a model and put its file into the blob folder.
///
/// The description is for good: the model's id is a hash of it and of the owner. Prices and latency can be
/// changed by `set-terms`. The model is a draft until it is published.
#[derive(Args, Debug)]
pub struct Register {
	#[command(flatten)]
	signer: Signer,
	/// A network, as `model import` writes it. What it is built of, architecture, weights with their commitments, shapes
	/// and the circuit's constraints are taken from it.
	#[arg(
		long,
		value_name = "FILE",
		conflicts_with_all = ["weights", "architecture", "kind", "poseidon", "constraints"],
		required_unless_present = "weights"
	)]
	network: Option<PathBuf>,
	/// The file a miner runs, for any other model.
	#[arg(long, value_name = "FILE", requires_all = ["architecture", "input_shape", "output_shape"])]
	weights: Option<PathBuf>,
	/// A description of its architecture; the chain keeps its digest.
	#[arg(long, value_name = "FILE", requires = "weights")]
	architecture: Option<PathBuf>,
	/// Its name, for people.
	#[arg(long)]
	name: String,
	/// What any other model is built of.
	#[arg(long, value_enum, default_value_t = KindArgument::Other)]
	kind: KindArgument,
	/// The licence's text; the chain keeps its digest.
	#[arg(long, value_name = "FILE")]
	licence: PathBuf,
	/// Where others find the model's file.
	#[arg(long, default_value = "")]
	uri: String,
	/// Dimensions of an input, such as 8,8. An element is a byte.
	#[arg(long, value_name = "N,..", value_delimiter = ',')]
	input_shape: Vec<u32>,
	/// Dimensions of an output.
	#[arg(long, value_name = "N,..", value_delimiter = ',')]
	output_shape: Vec<u32>,
	/// Digest that says how its numbers are quantised.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	quantisation: Option<Digest>,
	/// Poseidon commitment of its weights, 32 bytes little-endian, for modes with a proof.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	poseidon: Option<[u8; 32]>,
	/// Constraints of the circuit of its inference, where there is one.
	#[arg(long, default_value_t = 0)]
	constraints: u64,
	/// Parameters under which encrypted input is evaluated, for modes on encrypted input.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	fhe_parameters: Option<FheParametersId>,
	/// Who shares in what its miners earn, as ACCOUNT=PERCENT; up to four, half together.
	#[arg(long = "royalty", value_name = "ACCOUNT=PERCENT")]
	royalties: Vec<RoyaltyArgument>,
	/// The model of the same owner that this is the next version of.
	#[arg(long, value_name = "MODEL", value_parser = parse_hex::<32>)]
	version_of: Option<ModelId>,
	#[command(flatten)]
	terms: TermsArguments,
	/// Publish it at once, so that jobs can ask for it.
	#[arg(long)]
	publish: bool,
	/// The blob folder that workers and issuers read.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Register {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let files = self.files()?;
		let licence = read_file(&self.licence, MAX_LICENCE_BYTES)?;
		let terms = self.terms.change(&Terms::default(), &[])?;
		self.terms.check(files.weights.poseidon.is_some(), self.fhe_parameters.is_some())?;
		if let (true, Some(error)) = (self.terms.is_proven_offered(), &files.no_circuit) {
			return Err(Failure::argument("--price-proven", Fault::Contradiction, error));
		}
		if self.publish && !self.terms.any_price() {
			let detail = "a published model has a price for one mode at least";
			return Err(Failure::argument("--publish", Fault::Contradiction, detail));
		}
		let listing = Listing {
			name: self.name.clone(),
			uri: self.uri.clone(),
			licence: blake2_256(&licence),
			quantisation: self.quantisation,
			fhe_parameters: self.fhe_parameters,
			royalties: self.royalties.clone(),
			version_of: self.version_of,
		};
		let checked = listing.describe(&files)?;
		// Before anything is stored: a malformed key is to leave no blob behind.
		self.signer.key()?;
		let (_, sender) = self.signer.connect().await?;
		let description = checked.store(&self.blobs, &files)?;
		let call = calls::register_model(description, terms);
		let outcome = send(console, &sender, &call, "registering the model").await?;
		let model = registered(&outcome.events)?;
		let mut report = Registered {
			model: to_hex(model),
			owner: sender.account().to_string(),
			state: "draft",
			fee: Amount(outcome.inclusion.fee),
			block: outcome.inclusion.block.number,
		};
		if self.publish {
			let call = calls::list_model(model);
			let outcome = send(console, &sender, &call, "publishing the model").await?;
			report.state = "listed";
			report.fee = Amount(report.fee.0.saturating_add(outcome.inclusion.fee));
			report.block = outcome.inclusion.block.number;
		}
		console.report(&report);
		Ok(SUCCESS)
	}

	fn files(&self) -> Result<ModelFiles, Failure> {
		if let Some(file) = &self.network {
			let network = Network::from_bytes(&read_file(file, Network::MAX_BYTES as u64)?)
				.map_err(|error| Failure::file(file, Fault::Invalid, error))?;
			return ModelFiles::of_network(&network, &self.input_shape, &self.output_shape);
		}
		// One of the two is there: the command line is refused without.
		let missing = |name| Failure::argument(name, Fault::Missing, "no file is named");
		let weights = self.weights.as_ref().ok_or_else(|| missing("--weights"))?;
		let architecture = self.architecture.as_ref().ok_or_else(|| missing("--architecture"))?;
		let blob = read_file(weights, MAX_WEIGHTS_BYTES)?;
		if blob.is_empty() {
			return Err(Failure::file(weights, Fault::Invalid, "the file is empty"));
		}
		let poseidon = self.poseidon.map(FieldBytes);
		if poseidon.is_some_and(|poseidon| poseidon.to_field().is_none()) {
			let detail = "not below the group order; it is 32 bytes little-endian";
			return Err(Failure::argument("--poseidon", Fault::OutOfRange, detail));
		}
		Ok(ModelFiles {
			kind: self.kind.into(),
			architecture: blake2_256(&read_file(architecture, MAX_ARCHITECTURE_BYTES)?),
			weights: WeightsCommitment { sha256: Sha256::digest(&blob).into(), poseidon },
			constraints: self.constraints,
			no_circuit: None,
			blob,
			input_shape: shape("--input-shape", &self.input_shape)?,
			output_shape: shape("--output-shape", &self.output_shape)?,
		})
	}
}

/// A shape that the chain accepts.
fn shape(argument: &'static str, dimensions: &[u32]) -> Result<Vec<u32>, Failure> {
	let refused = |detail: String| Err(Failure::argument(argument, Fault::OutOfRange, detail));
	if dimensions.is_empty() || dimensions.len() > MAX_DIMENSIONS {
		return refused(format!("{} dimensions, 1 to {MAX_DIMENSIONS}", dimensions.len()));
	}
	if dimensions.contains(&0) {
		return refused("a dimension is zero".into());
	}
	Ok(dimensions.to_vec())
}

/// What is known of a model from its files.
pub struct ModelFiles {
	kind: ModelKind,
	architecture: Digest,
	weights: WeightsCommitment,
	/// Of the circuit of its inference; 0 where there is none.
	constraints: u64,
	/// Why a network has no circuit.
	no_circuit: Option<ParametersError>,
	blob: Vec<u8>,
	input_shape: Vec<u32>,
	output_shape: Vec<u32>,
}

impl ModelFiles {
	/// A network's. Shapes that are given must have as many elements as its input and logits; ones that are not are
	/// those.
	pub fn of_network(
		network: &Network,
		input_shape: &[u32],
		output_shape: &[u32],
	) -> Result<Self, Failure> {
		let (architecture, known) = (network.architecture(), commit(network));
		let input = architecture.input();
		let own = match (input.rows, input.columns) {
			(1, 1) => vec![input.channels],
			_ => vec![input.channels, input.rows, input.columns],
		};
		let logits = u16::try_from(architecture.logits()).unwrap_or(u16::MAX);
		let convolves =
			architecture.layers().iter().any(|layer| matches!(layer, Layer::Convolution { .. }));
		let constraints = circuit_constraints(network);
		Ok(Self {
			kind: if convolves { ModelKind::Convolutional } else { ModelKind::Dense },
			architecture: known.architecture_hash,
			weights: WeightsCommitment { sha256: known.sha256, poseidon: Some(known.poseidon) },
			constraints: constraints.unwrap_or_default(),
			no_circuit: constraints.err(),
			blob: network.to_bytes(),
			input_shape: shape_of("--input-shape", input_shape, own)?,
			output_shape: shape_of("--output-shape", output_shape, vec![logits])?,
		})
	}
}

/// A shape with as many elements as the model's own, or that one.
fn shape_of(
	argument: &'static str,
	dimensions: &[u32],
	own: Vec<u16>,
) -> Result<Vec<u32>, Failure> {
	let own: Vec<u32> = own.into_iter().map(u32::from).collect();
	if dimensions.is_empty() {
		return Ok(own);
	}
	let elements = |shape: &[u32]| {
		shape.iter().try_fold(1u32, |product, dimension| product.checked_mul(*dimension))
	};
	let shape = shape(argument, dimensions)?;
	if elements(&shape) == elements(&own) {
		Ok(shape)
	} else {
		let detail = format!("the model has the shape {own:?} there");
		Err(Failure::argument(argument, Fault::Contradiction, detail))
	}
}

/// What an owner says of a model beside its files.
pub struct Listing {
	/// Its name, for people.
	pub name: String,
	/// Where the file can be found.
	pub uri: String,
	/// blake2b-256 of the licence's text.
	pub licence: Digest,
	/// How its numbers are quantised.
	pub quantisation: Option<Digest>,
	/// Parameters of encrypted input.
	pub fhe_parameters: Option<FheParametersId>,
	/// Who shares in what its miners earn.
	pub royalties: Vec<RoyaltyArgument>,
	/// The model before it.
	pub version_of: Option<ModelId>,
}

/// A description that the chain accepts, but for the blob, which is yet to be stored.
pub struct Checked(Description);

impl Listing {
	/// The description, refused as the chain would refuse it and before anything is stored.
	pub fn describe(self, files: &ModelFiles) -> Result<Checked, Failure> {
		for (argument, text, max) in
			[("--name", &self.name, MAX_NAME_BYTES), ("--uri", &self.uri, MAX_URI_BYTES)]
		{
			if text.len() > max {
				let detail = format!("{} bytes, at most {max}", text.len());
				return Err(Failure::argument(argument, Fault::TooLarge, detail));
			}
		}
		Ok(Checked(Description {
			name: self.name.into_bytes(),
			kind: files.kind,
			architecture: files.architecture,
			weights: files.weights,
			blob: Blob { digest: [0; 32], size: 0 },
			uri: self.uri.into_bytes(),
			licence: self.licence,
			input_shape: files.input_shape.clone(),
			output_shape: files.output_shape.clone(),
			quantisation: self.quantisation,
			fhe_parameters: self.fhe_parameters,
			constraints: files.constraints,
			royalties: royalties(&self.royalties)?,
			origin: self.version_of.map_or(Origin::New, Origin::VersionOf),
		}))
	}
}

impl Checked {
	/// Puts the model's file into the blob folder. With it the description is whole.
	pub fn store(self, blobs: &Path, files: &ModelFiles) -> Result<Description, Failure> {
		Ok(Description { blob: store(blobs, &files.blob)?, ..self.0 })
	}
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
	state: &'static str,
	fee: Amount,
	block: u64,
}

impl Report for Registered {
	fn text(&self) -> String {
		let Self { model, owner, state, block, .. } = self;
		format!("model {model} registered by {owner}, {state} in block {block}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_circuits::{
		architecture::{Architecture, Extent, Requantise},
		inference::{Labels, Parameters},
	};

	fn digits() -> Network {
		crate::market::digits().unwrap().network
	}

	fn listing() -> Listing {
		Listing {
			name: "digits".into(),
			uri: String::new(),
			licence: [1; 32],
			quantisation: None,
			fhe_parameters: None,
			royalties: Vec::new(),
			version_of: None,
		}
	}

	fn fault<T>(result: Result<T, Failure>) -> Option<(String, Fault)> {
		match result {
			Ok(_) => None,
			Err(Failure::Malformed { input, fault, .. }) => Some((input, fault)),
			Err(other) => panic!("{other:?}"),
		}
	}

	#[test]
	fn a_network_describes_itself() {
		let network = digits();
		let files = ModelFiles::of_network(&network, &[], &[]).unwrap();
		assert_eq!(
			(files.input_shape.as_slice(), files.output_shape.as_slice()),
			(&[1, 8, 8][..], &[10][..])
		);
		let files = ModelFiles::of_network(&network, &[8, 8], &[10]).unwrap();
		let folder = tempfile::tempdir().unwrap();
		let description = listing().describe(&files).unwrap().store(folder.path(), &files).unwrap();
		let known = commit(&network);
		let weights = WeightsCommitment { sha256: known.sha256, poseidon: Some(known.poseidon) };
		assert_eq!(description.weights, weights);
		assert_eq!(description.architecture, known.architecture_hash);
		assert_eq!((description.kind, description.input_shape), (ModelKind::Dense, vec![8, 8]));
		let circuit = Parameters::new(network.architecture().clone(), 1, Labels::Hidden).unwrap();
		assert_eq!(description.constraints, circuit.constraints() as u64);
		let stored = FolderStore::open(folder.path()).unwrap();
		let bytes = stored.get(&description.blob.digest.into(), u64::MAX).unwrap();
		assert_eq!((bytes.len(), bytes), (description.blob.size as usize, network.to_bytes()));
	}

	#[test]
	fn images_keep_their_shape_and_large_networks_have_no_circuit() {
		let of = |architecture: Architecture| {
			let tensor = vec![0; architecture.tensor_bytes()];
			let network = Network::from_tensor(architecture, &tensor).unwrap();
			ModelFiles::of_network(&network, &[], &[]).unwrap()
		};
		let requantise = Requantise { shift: 0, rectify: true };
		let layers = vec![
			Layer::Convolution { channels: 2, kernel: 1, stride: 1, padding: 0, requantise },
			Layer::Dense { outputs: 3, requantise: None },
		];
		let input = Extent { channels: 1, rows: 4, columns: 5 };
		let files = of(Architecture::new(input, layers).unwrap());
		assert_eq!((files.kind, files.input_shape), (ModelKind::Convolutional, vec![1, 4, 5]));
		assert!(files.constraints > 0 && files.no_circuit.is_none());
		let layers = vec![Layer::Dense { outputs: 10, requantise: None }];
		let files = of(Architecture::new(Extent::vector(4000), layers).unwrap());
		assert_eq!(files.constraints, 0);
		assert!(matches!(files.no_circuit, Some(ParametersError::TooManyConstraints(_))));
		assert!(files.weights.poseidon.is_some());
	}

	#[test]
	fn boundary_of_shapes() {
		let network = digits();
		let of =
			|input: &[u32], output: &[u32]| fault(ModelFiles::of_network(&network, input, output));
		let eight = [1, 1, 1, 1, 1, 1, 8, 8];
		assert_eq!(of(&eight, &[2, 5]), None);
		let wrong = |argument: &str, fault| Some((argument.to_owned(), fault));
		assert_eq!(of(&[8, 9], &[]), wrong("--input-shape", Fault::Contradiction));
		assert_eq!(of(&[], &[11]), wrong("--output-shape", Fault::Contradiction));
		assert_eq!(of(&[65_536, 65_536], &[]), wrong("--input-shape", Fault::Contradiction));
		assert_eq!(of(&[64, 0], &[]), wrong("--input-shape", Fault::OutOfRange));
		assert_eq!(
			of(&[&[1][..], &eight].concat(), &[]),
			wrong("--input-shape", Fault::OutOfRange)
		);
	}

	#[test]
	fn boundary_of_names_and_places() {
		let files = ModelFiles::of_network(&digits(), &[], &[]).unwrap();
		let with = |change: &dyn Fn(&mut Listing)| {
			let mut listing = listing();
			change(&mut listing);
			fault(listing.describe(&files))
		};
		assert_eq!(with(&|listing| listing.name = "\u{e9}".repeat(50)), None);
		assert_eq!(
			with(&|listing| listing.name = format!("a{}", "\u{e9}".repeat(50))),
			Some(("--name".into(), Fault::TooLarge))
		);
		assert_eq!(with(&|listing| listing.uri = "a".repeat(256)), None);
		assert_eq!(
			with(&|listing| listing.uri = "a".repeat(257)),
			Some(("--uri".into(), Fault::TooLarge))
		);
	}
}
