//! How a command ends when it does not succeed.

use serde::Serialize;
use std::{fmt, path::Path};

/// Everything was done, and what was asked about is as it should be.
pub const SUCCESS: u8 = 0;

/// The verifier, the chain, an issuer or the demonstration said no.
pub const REFUSED: u8 = 1;

/// A file or an argument is malformed. Nothing was changed anywhere.
pub const MALFORMED: u8 = 2;

/// It could not be found out or done: no connection, a timeout, a full disk.
pub const UNAVAILABLE: u8 = 3;

/// What is wrong with a file or an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Fault {
	/// It cannot be read.
	Unreadable,
	/// It is larger than any valid one.
	TooLarge,
	/// It is not JSON.
	NotJson,
	/// A field is not there.
	Missing,
	/// A field is there that has no meaning here.
	Unknown,
	/// A value is of another JSON type.
	WrongType,
	/// A list has another length.
	WrongLength,
	/// A text is not a decimal number in canonical form.
	NotDecimal,
	/// A number is outside its range.
	OutOfRange,
	/// A text is not hexadecimal of the right length.
	NotHex,
	/// A text is not an account's address.
	NotAnAccount,
	/// A point is written with a third coordinate that is neither zero nor one.
	NotAffine,
	/// A value is not one of those that are known.
	Unsupported,
	/// Two parts of the input contradict each other.
	Contradiction,
	/// The content is not what its format asks for.
	Invalid,
	/// The key cannot be used.
	Key,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
	/// Somebody whose word counts said no. Exit code [`REFUSED`].
	Refused {
		/// Who said it: `verifier`, `chain`, `node`, `issuer`, `demo`.
		by: &'static str,
		/// The name of the reason.
		reason: String,
		/// The reason in words.
		detail: String,
	},
	/// Input is malformed. Exit code [`MALFORMED`].
	Malformed {
		/// The file or argument.
		input: String,
		/// Where in it: a JSON path, or line and column.
		at: Option<String>,
		/// What kind of mistake.
		fault: Fault,
		/// The mistake in words.
		detail: String,
	},
	/// It could not be done. Exit code [`UNAVAILABLE`].
	Unavailable {
		/// What was being done.
		doing: String,
		/// What happened.
		detail: String,
	},
}

impl Failure {
	/// A fault of a whole file.
	pub fn file(path: &Path, fault: Fault, detail: impl fmt::Display) -> Self {
		Self::Malformed {
			input: path.display().to_string(),
			at: None,
			fault,
			detail: detail.to_string(),
		}
	}

	/// A fault of an argument, named as on the command line.
	pub fn argument(name: &str, fault: Fault, detail: impl fmt::Display) -> Self {
		Self::Malformed { input: name.into(), at: None, fault, detail: detail.to_string() }
	}

	/// Something that could not be done.
	pub fn unavailable(doing: impl Into<String>, detail: impl fmt::Display) -> Self {
		Self::Unavailable { doing: doing.into(), detail: detail.to_string() }
	}

	/// A write or another operation on a file of ours that failed.
	pub fn io<'a>(doing: &'a str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
		move |error| Self::unavailable(format!("{doing} {}", path.display()), error)
	}

	/// The exit code.
	pub fn code(&self) -> u8 {
		match self {
			Self::Refused { .. } => REFUSED,
			Self::Malformed { .. } => MALFORMED,
			Self::Unavailable { .. } => UNAVAILABLE,
		}
	}

	/// The failure as one JSON object.
	pub fn to_json(&self) -> serde_json::Value {
		use serde_json::json;
		match self {
			Self::Refused { by, reason, detail } => {
				json!({ "error": { "kind": "refused", "by": by, "reason": reason, "detail": detail } })
			},
			Self::Malformed { input, at, fault, detail } => json!({ "error": {
				"kind": "malformed", "input": input, "at": at, "fault": fault, "detail": detail,
			} }),
			Self::Unavailable { doing, detail } => {
				json!({ "error": { "kind": "unavailable", "doing": doing, "detail": detail } })
			},
		}
	}
}

impl fmt::Display for Failure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Refused { by, reason, detail } => {
				write!(f, "refused by the {by}: {reason}: {detail}")
			},
			Self::Malformed { input, at, fault, detail } => {
				write!(f, "malformed: {input}")?;
				if let Some(at) = at {
					write!(f, " at {at}")?;
				}
				write!(f, ": {fault:?}: {detail}")
			},
			Self::Unavailable { doing, detail } => write!(f, "{doing}: {detail}"),
		}
	}
}

impl std::error::Error for Failure {}
