//! The JSON files of snarkjs: `verification_key.json`, `proof.json` and `public.json`.
//!
//! Numbers are decimal strings; points are projective and have z = 1; an element of Fq2 is the list
//! of its coefficients c0, c1. Reading is exact: no signs, spaces or leading zeros, every number
//! below its modulus, every point on its curve and in its subgroup, as the chain demands it. An
//! error says where in the document the fault is. Fields that the format has beyond those needed
//! (`vk_alphabeta_12`, which repeats what is in the key) are neither written nor read.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInteger, PrimeField};
use num_bigint::BigUint;
use quittance_groth16::{
	decode_inputs, encode_scalar, KeyError, KeyPoint, PointError, Proof, ProofPoint, VerifyError,
	VerifyingKey, G1_BYTES, G2_BYTES, MAX_INPUTS, SCALAR_BYTES,
};
use serde_json::{json, Map, Value};
use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct JsonError {
	/// The place in the document, such as `$.pi_b[0][1]`; `$` is the whole.
	pub path: String,
	/// The fault.
	pub problem: Problem,
}

/// A fault in a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
	/// The text is not JSON.
	#[error("not JSON: {0}")]
	Syntax(String),
	/// A field is missing.
	#[error("missing")]
	Missing,
	/// A value of another type.
	#[error("expected {0}")]
	Type(&'static str),
	/// A list of another length.
	#[error("expected {expected} items, not {got}")]
	Length {
		/// How many there should be.
		expected: usize,
		/// How many there are.
		got: usize,
	},
	/// Not a number in decimal: digits only, without leading zeros.
	#[error("not a decimal number")]
	NotDecimal,
	/// A coordinate that is not below the base field's modulus.
	#[error("not below the modulus of the base field")]
	CoordinateTooLarge,
	/// A public signal that is not below the group order.
	#[error("not below the group order")]
	ScalarTooLarge,
	/// Another value than the only possible one.
	#[error("expected {expected}, not {got}")]
	Value {
		/// What it should be.
		expected: String,
		/// What it is.
		got: String,
	},
	/// No point, or not one of the right group.
	#[error("{0}")]
	Point(PointError),
	/// More public signals than a key may have, or none.
	#[error("a key has 1 to {MAX_INPUTS} public signals, not {0}")]
	Signals(usize),
}

/// Writes `proof.json`.
pub fn proof_to_json(proof: &Proof) -> Value {
	let bytes = proof.to_bytes();
	let (a, rest) = bytes.split_at(G1_BYTES);
	let (b, c) = rest.split_at(G2_BYTES);
	json!({
		"pi_a": g1_to_json(a),
		"pi_b": g2_to_json(b),
		"pi_c": g1_to_json(c),
		"protocol": "groth16",
		"curve": "bn128",
	})
}

/// Reads `proof.json`.
pub fn proof_from_json(text: &str) -> Result<Proof, JsonError> {
	let document = Node::parse(text)?;
	let root = document.root();
	root.check_system()?;
	let mut bytes = Vec::new();
	root.field("pi_a")?.g1(&mut bytes)?;
	root.field("pi_b")?.g2(&mut bytes)?;
	root.field("pi_c")?.g1(&mut bytes)?;
	Proof::from_bytes(&bytes).map_err(|error| match error {
		VerifyError::Proof { point, error } => {
			let field = match point {
				ProofPoint::A => "$.pi_a",
				ProofPoint::B => "$.pi_b",
				ProofPoint::C => "$.pi_c",
			};
			JsonError { path: field.into(), problem: Problem::Point(error) }
		},
		other => JsonError { path: "$".into(), problem: Problem::Syntax(other.to_string()) },
	})
}

/// Writes `verification_key.json`.
pub fn key_to_json(key: &VerifyingKey) -> Value {
	let bytes = key.to_bytes();
	let (alpha, rest) = bytes.split_at(G1_BYTES);
	let (beta, rest) = rest.split_at(G2_BYTES);
	let (gamma, rest) = rest.split_at(G2_BYTES);
	let (delta, ic) = rest.split_at(G2_BYTES);
	json!({
		"protocol": "groth16",
		"curve": "bn128",
		"nPublic": key.inputs(),
		"vk_alpha_1": g1_to_json(alpha),
		"vk_beta_2": g2_to_json(beta),
		"vk_gamma_2": g2_to_json(gamma),
		"vk_delta_2": g2_to_json(delta),
		"IC": ic.chunks(G1_BYTES).map(g1_to_json).collect::<Vec<_>>(),
	})
}

/// Reads `verification_key.json`. Whether the key is safe to rely on is for
/// [`VerifyingKey::lint`] to say.
pub fn key_from_json(text: &str) -> Result<VerifyingKey, JsonError> {
	let document = Node::parse(text)?;
	let root = document.root();
	root.check_system()?;
	let inputs = root.field("nPublic")?;
	let count = inputs
		.value
		.as_u64()
		.and_then(|count| usize::try_from(count).ok())
		.ok_or_else(|| inputs.fault(Problem::Type("a count")))?;
	if count == 0 || count > MAX_INPUTS {
		return Err(inputs.fault(Problem::Signals(count)));
	}
	let mut bytes = Vec::new();
	root.field("vk_alpha_1")?.g1(&mut bytes)?;
	for field in ["vk_beta_2", "vk_gamma_2", "vk_delta_2"] {
		root.field(field)?.g2(&mut bytes)?;
	}
	for point in root.field("IC")?.list(count + 1)? {
		point.g1(&mut bytes)?;
	}
	VerifyingKey::from_bytes(&bytes).map_err(|error| match error {
		KeyError::Point { point, error } => {
			let path = match point {
				KeyPoint::Alpha => "$.vk_alpha_1".into(),
				KeyPoint::Beta => "$.vk_beta_2".into(),
				KeyPoint::Gamma => "$.vk_gamma_2".into(),
				KeyPoint::Delta => "$.vk_delta_2".into(),
				KeyPoint::Ic(index) => format!("$.IC[{index}]"),
			};
			JsonError { path, problem: Problem::Point(error) }
		},
		other => JsonError { path: "$".into(), problem: Problem::Syntax(other.to_string()) },
	})
}

/// Writes `public.json`.
pub fn publics_to_json(signals: &[Fr]) -> Value {
	signals.iter().map(|signal| decimal(&encode_scalar(signal))).collect()
}

/// Reads `public.json`, which has to have this many signals.
pub fn publics_from_json(text: &str, count: usize) -> Result<Vec<Fr>, JsonError> {
	let document = Node::parse(text)?;
	document
		.root()
		.list(count)?
		.iter()
		.map(|signal| {
			let bytes = signal.number(&Fr::MODULUS.to_bytes_le(), Problem::ScalarTooLarge)?;
			match decode_inputs(&bytes).as_deref() {
				Ok([value]) => Ok(*value),
				_ => Err(signal.fault(Problem::ScalarTooLarge)),
			}
		})
		.collect()
}

fn decimal(bytes: &[u8]) -> Value {
	BigUint::from_bytes_le(bytes).to_string().into()
}

fn g1_to_json(bytes: &[u8]) -> Value {
	let mut point: Vec<_> = bytes.chunks(SCALAR_BYTES).map(decimal).collect();
	point.push("1".into());
	point.into()
}

fn g2_to_json(bytes: &[u8]) -> Value {
	let coordinate = |bytes: &[u8]| -> Value { bytes.chunks(SCALAR_BYTES).map(decimal).collect() };
	let mut point: Vec<_> = bytes.chunks(2 * SCALAR_BYTES).map(coordinate).collect();
	point.push(json!(["1", "0"]));
	point.into()
}

/// A document.
struct Document(Value);

/// A value and its place.
struct Node<'a> {
	path: Path<'a>,
	value: &'a Value,
}

/// A place in a document, spelled out only where there is a fault.
#[derive(Clone)]
enum Path<'a> {
	Root,
	Field(Box<Path<'a>>, &'a str),
	Item(Box<Path<'a>>, usize),
}

impl fmt::Display for Path<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Root => f.write_str("$"),
			Self::Field(parent, name) => write!(f, "{parent}.{name}"),
			Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
		}
	}
}

impl Document {
	fn root(&self) -> Node<'_> {
		Node { path: Path::Root, value: &self.0 }
	}
}

impl<'a> Node<'a> {
	fn parse(text: &str) -> Result<Document, JsonError> {
		serde_json::from_str(text).map(Document).map_err(|error| JsonError {
			path: Path::Root.to_string(),
			problem: Problem::Syntax(error.to_string()),
		})
	}

	fn fault(&self, problem: Problem) -> JsonError {
		JsonError { path: self.path.to_string(), problem }
	}

	fn object(&self) -> Result<&'a Map<String, Value>, JsonError> {
		self.value.as_object().ok_or_else(|| self.fault(Problem::Type("an object")))
	}

	fn field(&self, name: &'a str) -> Result<Node<'a>, JsonError> {
		let path = Path::Field(Box::new(self.path.clone()), name);
		match self.object()?.get(name) {
			Some(value) => Ok(Node { path, value }),
			None => Err(JsonError { path: path.to_string(), problem: Problem::Missing }),
		}
	}

	fn list(&self, length: usize) -> Result<Vec<Node<'a>>, JsonError> {
		let items = self.value.as_array().ok_or_else(|| self.fault(Problem::Type("a list")))?;
		if items.len() != length {
			return Err(self.fault(Problem::Length { expected: length, got: items.len() }));
		}
		let item =
			|(index, value)| Node { path: Path::Item(Box::new(self.path.clone()), index), value };
		Ok(items.iter().enumerate().map(item).collect())
	}

	fn text(&self) -> Result<&'a str, JsonError> {
		self.value.as_str().ok_or_else(|| self.fault(Problem::Type("a string")))
	}

	fn only(&self, expected: &str) -> Result<(), JsonError> {
		let got = self.text()?;
		if got == expected {
			Ok(())
		} else {
			let (expected, got) = (expected.into(), got.into());
			Err(self.fault(Problem::Value { expected, got }))
		}
	}

	fn check_system(&self) -> Result<(), JsonError> {
		self.field("protocol")?.only("groth16")?;
		self.field("curve")?.only("bn128")
	}

	/// A decimal number below a modulus given by its bytes, as 32 bytes, all little-endian.
	fn number(&self, modulus: &[u8], too_large: Problem) -> Result<[u8; 32], JsonError> {
		let text = self.text()?;
		let digits = text.bytes().all(|byte| byte.is_ascii_digit());
		// 2^256 has 78 digits. Anything longer is not even parsed.
		if !digits || text.is_empty() || (text.len() > 1 && text.starts_with('0')) {
			return Err(self.fault(Problem::NotDecimal));
		}
		let number = if text.len() <= 78 { text.parse::<BigUint>().ok() } else { None };
		let Some(number) = number.filter(|number| *number < BigUint::from_bytes_le(modulus)) else {
			return Err(self.fault(too_large));
		};
		let mut bytes = [0; 32];
		for (byte, value) in bytes.iter_mut().zip(number.to_bytes_le()) {
			*byte = value;
		}
		Ok(bytes)
	}

	fn coordinate(&self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
		let modulus = Fq::MODULUS.to_bytes_le();
		bytes.extend(self.number(&modulus, Problem::CoordinateTooLarge)?);
		Ok(())
	}

	fn g1(&self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
		let items = self.list(3)?;
		items[2].only("1")?;
		items[0].coordinate(bytes)?;
		items[1].coordinate(bytes)
	}

	fn g2(&self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
		let items = self.list(3)?;
		let one = items[2].list(2)?;
		one[0].only("1")?;
		one[1].only("0")?;
		for coordinate in &items[..2] {
			for coefficient in coordinate.list(2)? {
				coefficient.coordinate(bytes)?;
			}
		}
		Ok(())
	}
}
