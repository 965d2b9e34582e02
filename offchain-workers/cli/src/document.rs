//! Reading JSON files so that every mistake is named together with its place.

use crate::failure::{Failure, Fault};
use num_bigint::BigUint;
use quittance_client::AccountId;
use serde_json::{Map, Value};
use std::{
	fmt::Display,
	fs::File,
	io::Read,
	path::{Path, PathBuf},
	str::FromStr,
};

/// Largest JSON file that any command reads, in bytes. The largest we write has a hundredth of it.
pub const MAX_JSON_BYTES: u64 = 16 << 20;

/// Digits of 2^256 - 1, beyond which no number here goes.
const MAX_DIGITS: usize = 78;

/// Reads a whole file of at most `limit` bytes.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
	let unreadable = |error| Failure::file(path, Fault::Unreadable, error);
	let file = File::open(path).map_err(unreadable)?;
	let mut bytes = Vec::new();
	// One byte more than allowed tells a file that is too large, whatever its metadata say.
	file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
	if bytes.len() as u64 > limit {
		return Err(Failure::file(path, Fault::TooLarge, format!("more than {limit} bytes")));
	}
	Ok(bytes)
}

/// A parsed JSON file.
#[derive(Debug)]
pub struct Document {
	file: PathBuf,
	root: Value,
}

impl Document {
	/// Reads a file of at most [`MAX_JSON_BYTES`].
	pub fn read(file: &Path) -> Result<Self, Failure> {
		Self::parse(file, &read_file(file, MAX_JSON_BYTES)?)
	}

	/// Parses a file's content.
	pub fn parse(file: impl Into<PathBuf>, json: &[u8]) -> Result<Self, Failure> {
		let file = file.into();
		match serde_json::from_slice(json) {
			Ok(root) => Ok(Self { file, root }),
			Err(error) => Err(Failure::Malformed {
				input: file.display().to_string(),
				at: Some(format!("line {} column {}", error.line(), error.column())),
				fault: Fault::NotJson,
				detail: error.to_string(),
			}),
		}
	}

	/// The outermost value.
	pub fn root(&self) -> Node<'_> {
		Node { document: self, path: "$".into(), value: &self.root }
	}
}

/// A value within a document, and where it is.
#[derive(Clone, Debug)]
pub struct Node<'a> {
	document: &'a Document,
	path: String,
	value: &'a Value,
}

impl<'a> Node<'a> {
	/// A fault at this place.
	pub fn fail(&self, fault: Fault, detail: impl Display) -> Failure {
		Failure::Malformed {
			input: self.document.file.display().to_string(),
			at: Some(self.path.clone()),
			fault,
			detail: detail.to_string(),
		}
	}

	fn object(&self) -> Result<&'a Map<String, Value>, Failure> {
		self.value.as_object().ok_or_else(|| self.wrong_type("an object"))
	}

	fn wrong_type(&self, expected: &str) -> Failure {
		let found = match self.value {
			Value::Null => "null",
			Value::Bool(_) => "a truth value",
			Value::Number(_) => "a number",
			Value::String(_) => "a text",
			Value::Array(_) => "a list",
			Value::Object(_) => "an object",
		};
		self.fail(Fault::WrongType, format!("{found}, expected {expected}"))
	}

	/// A field that must be there.
	pub fn field(&self, name: &str) -> Result<Node<'a>, Failure> {
		let value = self
			.object()?
			.get(name)
			.ok_or_else(|| self.fail(Fault::Missing, format!("the field `{name}` is missing")))?;
		Ok(Node { document: self.document, path: format!("{}.{name}", self.path), value })
	}

	/// A field that may be null.
	pub fn nullable(&self, name: &str) -> Result<Option<Node<'a>>, Failure> {
		self.field(name).map(|node| (!node.value.is_null()).then_some(node))
	}

	/// Refuses fields other than these, so that a misspelt field is not silently left out.
	pub fn only(&self, names: &[&str]) -> Result<(), Failure> {
		match self.object()?.keys().find(|key| !names.contains(&key.as_str())) {
			Some(key) => Err(self.fail(Fault::Unknown, format!("the field `{key}` is not known"))),
			None => Ok(()),
		}
	}

	/// The elements of a list.
	pub fn items(&self) -> Result<Vec<Node<'a>>, Failure> {
		let items = self.value.as_array().ok_or_else(|| self.wrong_type("a list"))?;
		let node = |(index, value)| Node {
			document: self.document,
			path: format!("{}[{index}]", self.path),
			value,
		};
		Ok(items.iter().enumerate().map(node).collect())
	}

	/// The elements of a list of known length.
	pub fn exactly<const N: usize>(&self) -> Result<[Node<'a>; N], Failure> {
		<[Node<'a>; N]>::try_from(self.items()?).map_err(|items| {
			self.fail(Fault::WrongLength, format!("{} elements, expected {N}", items.len()))
		})
	}

	/// A text.
	pub fn text(&self) -> Result<&'a str, Failure> {
		self.value.as_str().ok_or_else(|| self.wrong_type("a text"))
	}

	/// One of the known texts.
	pub fn one_of<T: Copy>(&self, known: &[(&str, T)]) -> Result<T, Failure> {
		let text = self.text()?;
		known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
			let names: Vec<_> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
			self.fail(Fault::Unsupported, format!("{text:?}, expected {}", names.join(" or ")))
		})
	}

	/// A JSON number that is a non-negative integer of type `T`.
	pub fn integer<T: TryFrom<u64>>(&self) -> Result<T, Failure> {
		let number = self.value.as_u64().ok_or_else(|| self.wrong_type("a whole number"))?;
		T::try_from(number)
			.map_err(|_| self.fail(Fault::OutOfRange, format!("{number} is too large here")))
	}

	/// A text that is a decimal integer of type `T` in canonical form.
	pub fn decimal<T: FromStr>(&self) -> Result<T, Failure> {
		let text = self.digits()?;
		text.parse().map_err(|_| self.fail(Fault::OutOfRange, format!("{text} is too large here")))
	}

	/// A text that is a decimal integer below 2^256, as 32 bytes, little-endian. Whether the number
	/// is below a modulus is for the verifier to say.
	pub fn decimal_256(&self) -> Result<[u8; 32], Failure> {
		let too_large = || self.fail(Fault::OutOfRange, "not below 2^256");
		let text = self.digits()?;
		if text.len() > MAX_DIGITS {
			return Err(too_large());
		}
		let number = BigUint::from_str(text).map_err(|e| self.fail(Fault::NotDecimal, e))?;
		let bytes = number.to_bytes_le();
		let mut out = [0; 32];
		out.get_mut(..bytes.len()).ok_or_else(too_large)?.copy_from_slice(&bytes);
		Ok(out)
	}

	/// Digits without sign or leading zeros, so that a number has one spelling.
	fn digits(&self) -> Result<&'a str, Failure> {
		let text = self.text()?;
		let canonical = !text.is_empty()
			&& text.bytes().all(|byte| byte.is_ascii_digit())
			&& (text == "0" || !text.starts_with('0'));
		if canonical {
			Ok(text)
		} else {
			let shown: String = text.chars().take(MAX_DIGITS).collect();
			Err(self.fail(Fault::NotDecimal, format!("{shown:?} is not a decimal number")))
		}
	}

	/// A text of `N` bytes in hexadecimal, with or without `0x`.
	pub fn hex<const N: usize>(&self) -> Result<[u8; N], Failure> {
		parse_hex(self.text()?).map_err(|detail| self.fail(Fault::NotHex, detail))
	}

	/// An account's address.
	pub fn account(&self) -> Result<AccountId, Failure> {
		let text = self.text()?;
		parse_account(text).map_err(|detail| self.fail(Fault::NotAnAccount, detail))
	}
}

/// Reads `N` bytes in hexadecimal, with or without `0x`.
pub fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
	let digits = text.strip_prefix("0x").unwrap_or(text);
	let mut bytes = [0; N];
	hex::decode_to_slice(digits, &mut bytes)
		.map_err(|error| format!("not {N} bytes in hexadecimal: {error}"))?;
	Ok(bytes)
}

/// Reads an account: its address, or 32 bytes in hexadecimal.
pub fn parse_account(text: &str) -> Result<AccountId, String> {
	if let Ok(bytes) = parse_hex::<32>(text) {
		return Ok(AccountId(bytes));
	}
	text.parse().map_err(|error| format!("{text:?} is not an account: {error}"))
}

/// Bytes in hexadecimal with `0x`.
pub fn to_hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn document(root: Value) -> Document {
		Document { file: "some.json".into(), root }
	}

	fn fault(failure: Failure) -> (String, Fault) {
		match failure {
			Failure::Malformed { at, fault, .. } => (at.unwrap_or_default(), fault),
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn places_are_named() {
		let document = document(json!({ "a": [{ "b": "01" }] }));
		let items = document.root().field("a").unwrap().items().unwrap();
		let failure = items[0].field("b").unwrap().decimal::<u64>().unwrap_err();
		assert_eq!(fault(failure), ("$.a[0].b".into(), Fault::NotDecimal));
		let failure = items[0].field("c").unwrap_err();
		assert_eq!(fault(failure), ("$.a[0]".into(), Fault::Missing));
		let failure = items[0].only(&["c"]).unwrap_err();
		assert_eq!(fault(failure), ("$.a[0]".into(), Fault::Unknown));
		let failure = document.root().field("a").unwrap().exactly::<2>().unwrap_err();
		assert_eq!(fault(failure), ("$.a".into(), Fault::WrongLength));
	}

	#[test]
	fn decimals_have_one_spelling_and_a_bound() {
		let decimal = |text: &str| {
			let document = document(json!(text));
			document.root().decimal_256().map_err(|failure| fault(failure).1)
		};
		assert_eq!(decimal("0"), Ok([0; 32]));
		let mut expected = [0; 32];
		(expected[0], expected[1]) = (1, 1);
		assert_eq!(decimal("257"), Ok(expected));
		let largest = (BigUint::from(1u8) << 256usize) - 1u8;
		assert_eq!(decimal(&largest.to_string()), Ok([0xff; 32]));
		assert_eq!(decimal(&(largest + 1u8).to_string()), Err(Fault::OutOfRange));
		assert_eq!(decimal(&"9".repeat(1000)), Err(Fault::OutOfRange));
		for text in ["", "00", "-1", "+1", " 1", "0x1", "1e3", "\u{661}"] {
			assert_eq!(decimal(text), Err(Fault::NotDecimal), "{text}");
		}
	}

	#[test]
	fn integers_decimals_and_hex_keep_to_their_ranges() {
		let document =
			document(json!({ "n": 256, "f": 1.5, "t": "256", "h": "0x0g", "ok": "0x0102" }));
		let root = document.root();
		let node = |name| root.field(name).unwrap();
		assert_eq!(node("n").integer::<u16>().unwrap(), 256);
		assert_eq!(fault(node("n").integer::<u8>().unwrap_err()).1, Fault::OutOfRange);
		assert_eq!(fault(node("f").integer::<u8>().unwrap_err()).1, Fault::WrongType);
		assert_eq!(fault(node("t").decimal::<u8>().unwrap_err()).1, Fault::OutOfRange);
		assert_eq!(fault(node("n").decimal::<u8>().unwrap_err()).1, Fault::WrongType);
		assert_eq!(fault(node("h").hex::<1>().unwrap_err()).1, Fault::NotHex);
		assert_eq!(fault(node("ok").hex::<3>().unwrap_err()).1, Fault::NotHex);
		assert_eq!(node("ok").hex::<2>().unwrap(), [1, 2]);
		assert_eq!(fault(node("h").one_of(&[("a", 1)]).unwrap_err()).1, Fault::Unsupported);
		assert_eq!(fault(node("h").account().unwrap_err()).1, Fault::NotAnAccount);
	}

	#[test]
	fn files_are_bounded_and_must_be_json() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("file");
		let kind = |failure: Failure| match failure {
			Failure::Malformed { fault, .. } => fault,
			other => panic!("{other:?}"),
		};
		assert_eq!(kind(Document::read(&path).unwrap_err()), Fault::Unreadable);
		std::fs::write(&path, b"{\n  \"a\": }").unwrap();
		let (at, found) = fault(Document::read(&path).unwrap_err());
		assert_eq!((at.as_str(), found), ("line 2 column 8", Fault::NotJson));
		assert_eq!(read_file(&path, 10).unwrap().len(), 10);
		assert_eq!(kind(read_file(&path, 9).unwrap_err()), Fault::TooLarge);
	}
}
