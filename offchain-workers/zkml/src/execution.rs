//! The miner's work and the issuer's repetition of it.

use crate::{
	blob::{InputBlob, OutputBlob},
	encoding::Digest,
	forward::{Classification, ForwardError},
	network::Network,
};

/// Most products that the items of one job may take together: some seconds of one processor. Issuers and members of
/// panels repeat the work and must not differ about whether it is too much, so it is no setting.
pub const MAX_PRODUCTS: u64 = 1 << 30;

/// Why a request cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
	/// The input asks for another network than the one given.
	#[error("the input asks for another network")]
	WrongNetwork {
		/// Weights digest in the input.
		requested: Digest,
		/// Weights digest of the network given.
		given: Digest,
	},
	/// The items are not as long as the network's input.
	#[error("items of {found} values, but the network takes {expected}")]
	ItemValues {
		/// Values that the network takes.
		expected: usize,
		/// Values of each item.
		found: usize,
	},
	/// The items take more than [`MAX_PRODUCTS`] products. Fewer items are needed, or a smaller network.
	#[error("{items} items of {products} products each, more than {MAX_PRODUCTS} together: ask for fewer items")]
	TooMuchWork {
		/// Items of the input.
		items: usize,
		/// [`Network::products`].
		products: u64,
	},
	/// An item has no result.
	#[error("item {item}: {error}")]
	Item {
		/// Place of the item.
		item: usize,
		/// What is wrong with it.
		error: ForwardError,
	},
}

/// Why an output is not the result of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
	/// The input cannot be run with this network.
	#[error(transparent)]
	Run(#[from] RunError),
	/// The output answers another input.
	#[error("the output answers another input")]
	WrongInput {
		/// Digest of the input given.
		expected: Digest,
		/// Digest in the output.
		found: Digest,
	},
	/// The output has not one result for each item.
	#[error("{found} results for {expected} items")]
	WrongCount {
		/// Items of the input.
		expected: usize,
		/// Results in the output.
		found: usize,
	},
	/// A result is wrong: the first one that is.
	#[error("item {item}: claimed {claimed:?}, computed {computed:?}")]
	WrongResult {
		/// Place of the item.
		item: usize,
		/// What inference gives.
		computed: Classification,
		/// What the output says.
		claimed: Classification,
	},
}

/// Whether `input` can be run with `network`, without running it.
///
/// # Errors
///
/// [`RunError::WrongNetwork`], [`RunError::ItemValues`] and [`RunError::TooMuchWork`].
pub fn admit(network: &Network, input: &InputBlob) -> Result<(), RunError> {
	let (requested, given) = (*input.weights(), network.weights_digest());
	if requested != given {
		return Err(RunError::WrongNetwork { requested, given });
	}
	let (expected, found) = (network.architecture().input().values(), input.item_values());
	if expected != found {
		return Err(RunError::ItemValues { expected, found });
	}
	let products = network.products();
	if products.checked_mul(input.units()).is_none_or(|all| all > MAX_PRODUCTS) {
		return Err(RunError::TooMuchWork { items: input.items().len(), products });
	}
	Ok(())
}

/// Runs every item of `input`; `salt` must be 32 fresh random bytes.
///
/// # Errors
///
/// [`RunError`].
pub fn run(network: &Network, input: &InputBlob, salt: [u8; 32]) -> Result<OutputBlob, RunError> {
	admit(network, input)?;
	let outputs = input.items().iter().enumerate();
	let outputs =
		outputs.map(|(item, values)| classify(network, item, values)).collect::<Result<_, _>>()?;
	Ok(OutputBlob::of_results(salt, input.digest(), outputs))
}

/// Repeats the work and returns the units to bill, which is the number of items.
///
/// # Errors
///
/// [`CheckError`]; items are compared in order, and the first that differs is named.
pub fn check(network: &Network, input: &InputBlob, output: &OutputBlob) -> Result<u64, CheckError> {
	admit(network, input)?;
	let (expected, found) = (input.digest(), *output.input());
	if expected != found {
		return Err(CheckError::WrongInput { expected, found });
	}
	let (expected, found) = (input.items().len(), output.results().len());
	if expected != found {
		return Err(CheckError::WrongCount { expected, found });
	}
	for (item, (values, claimed)) in input.items().iter().zip(output.results()).enumerate() {
		let computed = classify(network, item, values)?;
		if computed != *claimed {
			let claimed = claimed.clone();
			return Err(CheckError::WrongResult { item, computed, claimed });
		}
	}
	Ok(input.units())
}

fn classify(network: &Network, item: usize, values: &[i8]) -> Result<Classification, RunError> {
	network.classify(values).map_err(|error| RunError::Item { item, error })
}
