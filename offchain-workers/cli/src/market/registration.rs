//! What has to be on the chain before jobs can be.

use super::{digits::LICENCE, DevelopmentAccount};
use crate::{
	circuit,
	failure::Failure,
	model::{registered, Listing, ModelFiles},
	proving_keys::KeyedCircuit,
};
use quittance_client::{
	calls::{self, RegisterMiner},
	Capabilities, Chain, Sender, Terms, Until,
};
use quittance_types::{blake2_256, hot_key_message, CircuitId, JobTime, Level, ModelId};
use quittance_zkml::Network;
use std::path::Path;

/// Where miners say that they can be reached. Nobody has to.
const ENDPOINT: &str = "http://127.0.0.1:9933";

/// Bytes of the largest model that miners take jobs for: far more than those of the network for digits.
const LARGEST_MODEL: u64 = 1 << 30;

/// Blocks from lock to receipt, as the model's owner says.
const LATENCY: JobTime = 3;

/// Registers the circuit of basic receipts; returns the id that the chain gives it.
pub async fn register_circuit(
	sender: &Sender,
	circuit: &KeyedCircuit,
) -> Result<CircuitId, Failure> {
	let outcome = sender.submit(&circuit::registration(circuit), Until::Included).await?;
	circuit::registered(&outcome.events)
}

/// Registers the network for digits at a price for each image and has jobs ask for it; waits until that
/// is final. Its file is put into the blob folder.
pub async fn register_model(
	sender: &Sender,
	network: &Network,
	unit_price: u64,
	blobs: &Path,
) -> Result<ModelId, Failure> {
	let files = ModelFiles::of_network(network, &[8, 8], &[10])?;
	let description = Listing {
		name: "digits 64-32-10".into(),
		uri: String::new(),
		licence: blake2_256(LICENCE),
		quantisation: None,
		fhe_parameters: None,
		royalties: Vec::new(),
		version_of: None,
	}
	.describe(&files)?
	.store(blobs, &files)?;
	let terms = Terms { plain: Some(unit_price.into()), latency: LATENCY, ..Terms::default() };
	let outcome =
		sender.submit(&calls::register_model(description, terms), Until::Included).await?;
	let model = registered(&outcome.events)?;
	sender.submit(&calls::list_model(model), Until::Finalised).await?;
	Ok(model)
}

/// Registers a miner that takes jobs in clear and with proofs of these circuits, and gives its hot key something for fees.
/// Amounts are in the chain's smallest unit.
pub async fn register_miner(
	chain: &Chain,
	miner: &DevelopmentAccount,
	hot_key: &DevelopmentAccount,
	circuits: Vec<CircuitId>,
	bond: u128,
	funds: u128,
) -> Result<(), Failure> {
	let registration = miner_registration(chain, miner, hot_key, circuits, bond)?;
	let register = calls::register_miner(registration);
	let fund = calls::transfer(hot_key.account(), funds);
	let sender = miner.sender(chain)?;
	tokio::try_join!(
		sender.submit(&register, Until::Finalised),
		sender.submit(&fund, Until::Finalised),
	)?;
	Ok(())
}

/// The miner's registration, in which its hot key shows that it is the miner's.
pub fn miner_registration(
	chain: &Chain,
	miner: &DevelopmentAccount,
	hot_key: &DevelopmentAccount,
	circuits: Vec<CircuitId>,
	bond: u128,
) -> Result<RegisterMiner, Failure> {
	let message = hot_key_message(&chain.genesis(), &miner.account().0, &hot_key.account().0);
	let possession = hot_key.key()?.keypair().sign(&message).0;
	let capabilities = Capabilities {
		circuits,
		levels: vec![Level::Transparent, Level::Basic, Level::Enhanced],
		largest_model: LARGEST_MODEL,
		..Capabilities::default()
	};
	let endpoint = ENDPOINT.as_bytes().to_vec();
	Ok(RegisterMiner { hot_key: hot_key.account(), possession, bond, capabilities, endpoint })
}
