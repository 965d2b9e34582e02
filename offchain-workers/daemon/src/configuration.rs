//! Reading a configuration: one TOML document, taken apart key by key. Everything that is wrong with it is
//! said at once, and a key that nobody asked for is wrong: a misspelt one would be a default in disguise.

use quittance_client::{is_secure_url, AccountId, AccountKey, KeyError};
use std::{
	fmt,
	net::SocketAddr,
	path::{Path, PathBuf},
};
use toml::Table;
pub use toml::Value;

/// Something that is wrong with a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
	/// The key, with its section before a dot.
	pub key: String,
	/// What is wrong.
	pub what: String,
}

/// Everything that is wrong with a configuration, in the order of its keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError(pub Vec<Problem>);

impl ConfigError {
	fn one(key: String, what: String) -> Self {
		Self(vec![Problem { key, what }])
	}
}

impl fmt::Display for ConfigError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("[Q-CF-001] the configuration is wrong")?;
		for Problem { key, what } in &self.0 {
			write!(f, "\n  {key}: {what}")?;
		}
		Ok(())
	}
}

impl std::error::Error for ConfigError {}

/// The text of a configuration's file.
///
/// # Errors
///
/// One problem, whose key is the path.
pub fn read_file(path: &Path) -> Result<String, ConfigError> {
	std::fs::read_to_string(path)
		.map_err(|error| ConfigError::one(path.display().to_string(), error.to_string()))
}

/// A table that is taken apart key by key, noting what is wrong.
pub struct Document {
	section: String,
	table: Table,
	problems: Vec<Problem>,
}

impl Document {
	/// A document to be taken apart.
	///
	/// # Errors
	///
	/// Where it is no TOML, one problem, `syntax`.
	pub fn parse(text: &str) -> Result<Self, ConfigError> {
		let table = text
			.parse::<Table>()
			.map_err(|error| ConfigError::one("syntax".to_owned(), error.to_string()))?;
		Ok(Self { section: String::new(), table, problems: Vec::new() })
	}

	/// Notes that something is wrong with a key of this section.
	pub fn problem(&mut self, key: &str, what: &str) {
		let key = match self.section.is_empty() {
			true => key.to_owned(),
			false => format!("{}.{key}", self.section),
		};
		self.problems.push(Problem { key, what: what.to_owned() });
	}

	/// Whether nothing was wrong so far.
	pub fn is_good(&self) -> bool {
		self.problems.is_empty()
	}

	/// The keys of this section that are still there.
	pub fn keys(&self) -> Vec<String> {
		self.table.keys().cloned().collect()
	}

	/// Takes a key that need not be there.
	pub fn optional<T>(
		&mut self,
		key: &str,
		read: impl FnOnce(Value) -> Result<T, String>,
	) -> Option<T> {
		match read(self.table.remove(key)?) {
			Ok(value) => Some(value),
			Err(what) => {
				self.problem(key, &what);
				None
			},
		}
	}

	/// Takes a key that must be there.
	pub fn required<T>(
		&mut self,
		key: &str,
		read: impl FnOnce(Value) -> Result<T, String>,
	) -> Option<T> {
		if !self.table.contains_key(key) {
			self.problem(key, "not set");
		}
		self.optional(key, read)
	}

	/// Takes a section apart; one that is not there is empty.
	pub fn section<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
		let table = match self.table.remove(name) {
			Some(Value::Table(table)) => table,
			Some(_) => {
				self.problem(name, "not a section");
				Table::new()
			},
			None => Table::new(),
		};
		let mut section = Self { section: name.to_owned(), table, problems: Vec::new() };
		let value = read(&mut section);
		section.nothing_left();
		self.problems.append(&mut section.problems);
		value
	}

	/// Notes every key that nobody has taken.
	pub fn nothing_left(&mut self) {
		for key in std::mem::take(&mut self.table).keys() {
			self.problem(key, "no such key");
		}
	}

	/// Everything that was wrong.
	pub fn into_error(self) -> ConfigError {
		ConfigError(self.problems)
	}
}

/// A text that is not empty.
pub fn text(value: Value) -> Result<String, String> {
	match value {
		Value::String(text) if text.is_empty() => Err("empty".to_owned()),
		Value::String(text) => Ok(text),
		_ => Err("not a text in quotes".to_owned()),
	}
}

/// True or false.
pub fn boolean(value: Value) -> Result<bool, String> {
	value.as_bool().ok_or_else(|| "neither true nor false".to_owned())
}

/// A whole number, zero or more.
pub fn number(value: Value) -> Result<u64, String> {
	let number = value.as_integer().ok_or("not a whole number")?;
	u64::try_from(number).map_err(|_| "negative".to_owned())
}

/// A whole number, one or more.
pub fn positive(value: Value) -> Result<u64, String> {
	match number(value)? {
		0 => Err("zero".to_owned()),
		number => Ok(number),
	}
}

/// A whole number, one or more and at most this.
pub fn at_most(most: u32) -> impl Fn(Value) -> Result<u32, String> {
	move |value| match u32::try_from(positive(value)?) {
		Ok(number) if number <= most => Ok(number),
		_ => Err(format!("more than {most}")),
	}
}

/// An amount in the chain's smallest unit. What TOML's numbers cannot say is in quotes.
pub fn amount(value: Value) -> Result<u128, String> {
	match value {
		Value::String(text) => text.parse().map_err(|error| format!("no amount: {error}")),
		value => number(value).map(u128::from),
	}
}

/// An account, as SS58.
pub fn account(value: Value) -> Result<AccountId, String> {
	text(value)?.parse().map_err(|error| format!("no account: {error}"))
}

/// The key in a file, or of a development account.
pub fn key(value: Value) -> Result<AccountKey, String> {
	AccountKey::load(&text(value)?).map_err(|error: KeyError| error.to_string())
}

/// A node's address: wss, or ws on this machine.
pub fn address_of_node(value: Value) -> Result<String, String> {
	let url = text(value)?;
	let scheme = url.starts_with("ws://") || url.starts_with("wss://");
	match scheme && is_secure_url(&url) {
		true => Ok(url),
		false => Err("neither wss:// nor ws:// on this machine".to_owned()),
	}
}

/// An issuer's address: https, or http on this machine.
pub fn address_of_issuer(value: Value) -> Result<String, String> {
	let url = text(value)?;
	let scheme = url.starts_with("http://") || url.starts_with("https://");
	match scheme && is_secure_url(&url) {
		true => Ok(url),
		false => Err("neither https:// nor http:// on this machine".to_owned()),
	}
}

/// A folder that is there.
pub fn folder(value: Value) -> Result<PathBuf, String> {
	let path = PathBuf::from(text(value)?);
	match path.is_dir() {
		true => Ok(path),
		false => Err(format!("{} is no folder", path.display())),
	}
}

/// A file that is made if it is not there.
pub fn file_to_be(value: Value) -> Result<PathBuf, String> {
	let path = PathBuf::from(text(value)?);
	let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
	match (path.is_dir(), parent.is_none_or(Path::is_dir)) {
		(true, _) => Err(format!("{} is a folder", path.display())),
		(_, false) => Err(format!("the folder of {} is not there", path.display())),
		_ => Ok(path),
	}
}

/// Where to listen; an empty text is nowhere.
pub fn listen(value: Value) -> Result<Option<SocketAddr>, String> {
	match value.as_str() {
		Some("") => Ok(None),
		Some(text) => text.parse().map(Some).map_err(|error| format!("no address: {error}")),
		None => Err("not a text in quotes".to_owned()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn problems(document: Document) -> Vec<(String, String)> {
		let ConfigError(problems) = document.into_error();
		problems.into_iter().map(|problem| (problem.key, problem.what)).collect()
	}

	#[test]
	fn what_nobody_asks_for_is_a_problem_wherever_it_is() {
		let mut document = Document::parse("a = 1\nb = 2\n[s]\nc = 3\nd = 4\n[t]\n").unwrap();
		assert_eq!(document.optional("a", number), Some(1));
		assert_eq!(document.section("s", |section| section.required("c", number)), Some(3));
		document.nothing_left();
		let keys: Vec<String> = problems(document).into_iter().map(|(key, _)| key).collect();
		assert_eq!(keys, ["s.d", "b", "t"]);
	}

	#[test]
	fn what_must_be_there_is_missed() {
		let mut document = Document::parse("s = 1").unwrap();
		assert_eq!(document.required("a", number), None);
		assert_eq!(document.section("s", |section| section.required("b", number)), None);
		let found = problems(document);
		let expected = [("a", "not set"), ("s", "not a section"), ("s.b", "not set")];
		let expected = expected.map(|(key, what)| (key.to_owned(), what.to_owned()));
		assert_eq!(found, expected);
	}

	#[test]
	fn boundary_numbers() {
		let integer = Value::Integer;
		assert_eq!(number(integer(0)), Ok(0));
		assert_eq!(number(integer(i64::MAX)), Ok(i64::MAX as u64));
		assert!(number(integer(-1)).is_err());
		assert!(number(Value::Float(1.0)).is_err());
		assert!(positive(integer(0)).is_err());
		assert_eq!(at_most(3)(integer(3)), Ok(3));
		for wrong in [0, 4, i64::MAX] {
			assert!(at_most(3)(integer(wrong)).is_err(), "{wrong}");
		}
		let most = u128::MAX.to_string();
		assert_eq!(amount(Value::String(most.clone())), Ok(u128::MAX));
		assert!(amount(Value::String(most + "0")).is_err());
	}

	#[test]
	fn addresses_are_encrypted_or_here() {
		let value = |text: &str| Value::String(text.to_owned());
		for good in ["ws://127.0.0.1:9944", "wss://example.org"] {
			assert_eq!(address_of_node(value(good)), Ok(good.to_owned()));
		}
		for bad in ["ws://example.org", "https://example.org", "", "x"] {
			assert!(address_of_node(value(bad)).is_err(), "{bad}");
		}
		assert!(address_of_issuer(value("https://example.org")).is_ok());
		assert!(address_of_issuer(value("http://example.org")).is_err());
		assert!(address_of_issuer(value("wss://example.org")).is_err());
		assert_eq!(listen(value("")), Ok(None));
		assert!(listen(value("localhost")).is_err());
	}

	#[test]
	fn files_have_their_folders() {
		let folder = tempfile::tempdir().unwrap();
		let value = |path: &Path| Value::String(path.display().to_string());
		assert!(file_to_be(value(&folder.path().join("a"))).is_ok());
		assert!(file_to_be(value(folder.path())).is_err());
		assert!(file_to_be(value(&folder.path().join("no/a"))).is_err());
		assert!(super::folder(value(folder.path())).is_ok());
		assert!(super::folder(value(&folder.path().join("a"))).is_err());
	}
}
