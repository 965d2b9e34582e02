//! What a miner says that it can do.

use crate::{
	document::parse_hex,
	failure::{Failure, Fault},
};
use clap::{Args, ValueEnum};
use quittance_client::Capabilities;
use quittance_types::{CircuitId, FheParametersId, Level};

/// The chain's own limits.
const MAX_CIRCUITS: usize = 16;
const MAX_FHE_PARAMETERS: usize = 8;
const MAX_REGION_BYTES: usize = 8;
const MAX_ENDPOINT_BYTES: usize = 128;

/// A level of receipts that a miner takes jobs for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum OfferedLevel {
	/// Everything in clear.
	Transparent,
	/// Amount in clear, everything else proven but hidden.
	Basic,
	/// Private jobs, whose pay is hidden: it proves the circuit of their settlements.
	Enhanced,
}

impl From<OfferedLevel> for Level {
	fn from(level: OfferedLevel) -> Self {
		match level {
			OfferedLevel::Transparent => Self::Transparent,
			OfferedLevel::Basic => Self::Basic,
			OfferedLevel::Enhanced => Self::Enhanced,
		}
	}
}

/// What a miner says that it can do.
#[derive(Args, Clone, Debug, Default)]
pub struct CapabilitiesArguments {
	/// A level of receipts that it takes jobs for; may be given several times. Without it: transparent, and
	/// basic if a circuit is named.
	#[arg(long = "level", value_enum)]
	levels: Vec<OfferedLevel>,
	/// A circuit that it proves; up to 16.
	#[arg(long = "circuit", value_name = "CIRCUIT", value_parser = parse_hex::<32>)]
	circuits: Vec<CircuitId>,
	/// Constraints of the largest circuit of an inference that it can prove; zero for none.
	#[arg(long, default_value_t = 0)]
	max_constraints: u64,
	/// Bytes of the weights of the largest model that it can load, for jobs and on panels. Whoever is drawn
	/// for a panel and cannot load the model loses a part of its bond.
	#[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
	largest_model: u64,
	/// Parameters of encrypted input that it evaluates under; up to 8.
	#[arg(long = "fhe-parameters", value_name = "HEX", value_parser = parse_hex::<32>)]
	fhe_parameters: Vec<FheParametersId>,
	/// Where it is, for people: up to 8 lower-case letters, digits and hyphens.
	#[arg(long, default_value = "")]
	region: String,
}

impl CapabilitiesArguments {
	/// The capabilities, refused as the chain would refuse them.
	pub fn capabilities(&self) -> Result<Capabilities, Failure> {
		few("--circuit", &self.circuits, MAX_CIRCUITS)?;
		few("--fhe-parameters", &self.fhe_parameters, MAX_FHE_PARAMETERS)?;
		let levels: Vec<Level> = if !self.levels.is_empty() {
			few("--level", &self.levels, self.levels.len())?;
			self.levels.iter().map(|level| (*level).into()).collect()
		} else if self.circuits.is_empty() {
			vec![Level::Transparent]
		} else {
			vec![Level::Transparent, Level::Basic]
		};
		let spelt = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
		if self.region.len() > MAX_REGION_BYTES || !self.region.bytes().all(spelt) {
			let detail = format!(
				"{:?} is not up to {MAX_REGION_BYTES} lower-case letters, digits and hyphens",
				self.region
			);
			return Err(Failure::argument("--region", Fault::Invalid, detail));
		}
		Ok(Capabilities {
			circuits: self.circuits.clone(),
			levels,
			max_constraints: self.max_constraints,
			largest_model: self.largest_model,
			fhe_parameters: self.fhe_parameters.clone(),
			region: self.region.clone().into_bytes(),
		})
	}
}

/// Refuses more than the chain takes, and what is named twice.
fn few<T: PartialEq>(argument: &str, items: &[T], most: usize) -> Result<(), Failure> {
	if items.len() > most {
		let detail = format!("{} of them, at most {most}", items.len());
		return Err(Failure::argument(argument, Fault::OutOfRange, detail));
	}
	let twice = |(place, item)| items.iter().take(place).any(|other| other == item);
	if items.iter().enumerate().any(twice) {
		return Err(Failure::argument(argument, Fault::Contradiction, "one is named twice"));
	}
	Ok(())
}

/// An endpoint as the chain accepts one.
pub fn endpoint(text: &str) -> Result<Vec<u8>, Failure> {
	let place = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
	let valid = place.is_some_and(|place| !place.is_empty())
		&& text.bytes().all(|byte| byte.is_ascii_graphic())
		&& text.len() <= MAX_ENDPOINT_BYTES;
	if valid {
		Ok(text.as_bytes().to_vec())
	} else {
		let detail = format!(
			"{text:?} is not http:// or https:// and a place in printable ASCII, at most \
			 {MAX_ENDPOINT_BYTES} bytes together"
		);
		Err(Failure::argument("--endpoint", Fault::Invalid, detail))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn fault<T>(result: Result<T, Failure>) -> Option<(String, Fault)> {
		match result {
			Ok(_) => None,
			Err(Failure::Malformed { input, fault, .. }) => Some((input, fault)),
			Err(other) => panic!("{other:?}"),
		}
	}

	#[test]
	fn levels_follow_from_circuits_unless_named() {
		let levels = |levels: &[OfferedLevel], circuits: &[CircuitId]| {
			let arguments = CapabilitiesArguments {
				levels: levels.to_vec(),
				circuits: circuits.to_vec(),
				..Default::default()
			};
			arguments.capabilities().unwrap().levels
		};
		assert_eq!(levels(&[], &[]), [Level::Transparent]);
		assert_eq!(levels(&[], &[[1; 32]]), [Level::Transparent, Level::Basic]);
		assert_eq!(levels(&[OfferedLevel::Basic], &[[1; 32]]), [Level::Basic]);
		let all = [OfferedLevel::Transparent, OfferedLevel::Basic, OfferedLevel::Enhanced];
		let named = [Level::Transparent, Level::Basic, Level::Enhanced];
		assert_eq!(levels(&all, &[[1; 32]]), named);
	}

	#[test]
	fn boundary_of_what_the_chain_accepts() {
		let with = |change: &dyn Fn(&mut CapabilitiesArguments)| {
			let mut arguments = CapabilitiesArguments::default();
			change(&mut arguments);
			fault(arguments.capabilities())
		};
		let ids = |count: u8| (0..count).map(|byte| [byte; 32]).collect::<Vec<_>>();
		assert_eq!(with(&|arguments| arguments.circuits = ids(16)), None);
		let circuit = |fault| Some(("--circuit".to_owned(), fault));
		assert_eq!(with(&|arguments| arguments.circuits = ids(17)), circuit(Fault::OutOfRange));
		assert_eq!(
			with(&|arguments| arguments.circuits = vec![[1; 32], [1; 32]]),
			circuit(Fault::Contradiction)
		);
		assert_eq!(with(&|arguments| arguments.fhe_parameters = ids(8)), None);
		assert!(with(&|arguments| arguments.fhe_parameters = ids(9)).is_some());
		let twice = vec![OfferedLevel::Enhanced, OfferedLevel::Enhanced];
		assert!(with(&|arguments| arguments.levels = twice.clone()).is_some());
		assert_eq!(with(&|arguments| arguments.region = "eu-west1".into()), None);
		for region in ["eu-west-1", "EU", "e u", "\u{e9}"] {
			let found = with(&|arguments| arguments.region = region.into());
			assert_eq!(found, Some(("--region".into(), Fault::Invalid)), "{region}");
		}
	}

	#[test]
	fn boundary_of_endpoints() {
		let longest = format!("https://{}", "a".repeat(MAX_ENDPOINT_BYTES - 8));
		for valid in ["http://a", "https://miner.example:1234/path", &longest] {
			assert_eq!(endpoint(valid).unwrap(), valid.as_bytes());
		}
		let longer = format!("{longest}a");
		for invalid in
			["", "http://", "https://", "ftp://a", "a", "http://a b", "http://\u{e9}", &longer]
		{
			assert_eq!(
				fault(endpoint(invalid)),
				Some(("--endpoint".into(), Fault::Invalid)),
				"{invalid}"
			);
		}
	}
}
