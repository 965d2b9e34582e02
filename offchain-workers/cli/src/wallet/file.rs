//! The wallet's file, and the wallet in it while a command has it open.

use super::secret_input;
use crate::{
	document::to_hex,
	failure::{Failure, Fault},
};
use clap::Args;
use quittance_types::AuditorKey;
use quittance_wallet::{
	system_randomness, Contents, Cost, Keys, PeriodKey, Reader, Secret, Store, StoreError, ViewKey,
	Wallet,
};
use std::{
	env, fs,
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Argument with the passphrase's file.
const PASSPHRASE_FILE: &str = "--passphrase-file";

impl From<StoreError> for Failure {
	fn from(error: StoreError) -> Self {
		use StoreError::*;
		let file = |path: &Path, fault| Self::file(path, fault, &error);
		match &error {
			Missing(path) => file(path, Fault::Missing),
			Exists(path) => file(path, Fault::Contradiction),
			NotAWallet(path) | Damaged(path) => file(path, Fault::Invalid),
			UnsupportedVersion { path, .. } => file(path, Fault::Unsupported),
			WrongPassphrase(path) => file(path, Fault::Key),
			EmptyPassphrase => Self::argument(PASSPHRASE_FILE, Fault::Key, &error),
			Cost { .. } => Self::argument("--wallet", Fault::Unsupported, &error),
			Io { .. } | InUse(_) | OtherKeys => Self::unavailable("opening the wallet", error),
		}
	}
}

/// Which wallet.
#[derive(Args, Clone, Debug)]
pub struct WalletFile {
	/// The wallet's file [default: .local/share/quittance/wallet in the home folder].
	#[arg(long, value_name = "FILE")]
	wallet: Option<PathBuf>,
	/// A file with the passphrase on one line, which only its owner can read. Without it the terminal asks.
	#[arg(long, value_name = "FILE")]
	passphrase_file: Option<PathBuf>,
}

impl WalletFile {
	/// Where it is.
	pub fn path(&self) -> Result<PathBuf, Failure> {
		match (&self.wallet, env::var_os("HOME")) {
			(Some(path), _) => Ok(path.clone()),
			(None, Some(home)) if !home.is_empty() => {
				Ok(Path::new(&home).join(".local/share/quittance/wallet"))
			},
			_ => Err(Failure::argument(
				"--wallet",
				Fault::Missing,
				"there is no home folder to keep a wallet in: name a file",
			)),
		}
	}

	/// Opens it. Nobody else can until it is dropped.
	pub fn open(&self) -> Result<OpenWallet, Failure> {
		let path = self.path()?;
		// Before the passphrase is asked for.
		if !path.try_exists().map_err(Failure::io("looking for", &path))? {
			return Err(StoreError::Missing(path).into());
		}
		let passphrase = match &self.passphrase_file {
			Some(file) => secret_input::from_file(file)?,
			None => secret_input::from_terminal("Passphrase", PASSPHRASE_FILE)?,
		};
		let (store, contents) = Store::open(&path, &passphrase)?;
		Ok(OpenWallet::new(path, Some(store), contents))
	}

	/// Where it is to be made: nothing is there yet.
	pub fn absent(&self) -> Result<PathBuf, Failure> {
		let path = self.path()?;
		match path.try_exists().map_err(Failure::io("looking for", &path))? {
			true => Err(StoreError::Exists(path).into()),
			false => Ok(path),
		}
	}

	/// Makes it, under a passphrase that is given or asked for twice. The folder that it is in unless another is
	/// named is made as well.
	pub fn create(&self, contents: Contents) -> Result<OpenWallet, Failure> {
		let path = self.absent()?;
		let passphrase = self.new_passphrase()?;
		if let (None, Some(folder)) = (&self.wallet, path.parent()) {
			make_folder(folder)?;
		}
		let rng = &mut system_randomness();
		let store = Store::create(&path, &passphrase, Cost::default(), &contents, rng)?;
		Ok(OpenWallet::new(path, Some(store), contents))
	}

	fn new_passphrase(&self) -> Result<Zeroizing<String>, Failure> {
		if let Some(file) = &self.passphrase_file {
			return secret_input::from_file(file);
		}
		let first = secret_input::from_terminal("New passphrase", PASSPHRASE_FILE)?;
		let second = secret_input::from_terminal("The same again", PASSPHRASE_FILE)?;
		if first != second {
			let detail = "the two are not the same: nothing was made, try again";
			return Err(Failure::argument("passphrase", Fault::Contradiction, detail));
		}
		Ok(first)
	}
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::DirBuilderExt;
		builder.mode(0o700);
	}
	builder.create(folder).map_err(Failure::io("making", folder))
}

/// Whose eyes a wallet looks with.
enum Eyes {
	Owner(Box<Keys>),
	Viewer(ViewKey),
	Period(PeriodKey),
}

impl Eyes {
	fn of(contents: &Contents) -> Self {
		match &contents.secret {
			Secret::Seed(seed) => Self::Owner(Box::new(Keys::new(seed, &contents.genesis))),
			Secret::View(key) => Self::Viewer(key.clone()),
			Secret::Period(key) => Self::Period(key.clone()),
		}
	}

	fn reader(&self) -> Reader<'_> {
		match self {
			Self::Owner(keys) => Reader::Owner(keys),
			Self::Viewer(key) => Reader::Viewer(key),
			Self::Period(key) => Reader::Period(key),
		}
	}

	fn keys(&self, path: &Path) -> Result<&Keys, Failure> {
		match self {
			Self::Owner(keys) => Ok(keys),
			Self::Viewer(_) | Self::Period(_) => {
				let detail = "it has a view key and no seed, so that it only watches: restore the \
					wallet from its words to spend or to be paid";
				Err(Failure::file(path, Fault::Contradiction, detail))
			},
		}
	}
}

/// A wallet that is open.
pub struct OpenWallet {
	path: PathBuf,
	/// None for what is only looked at and never stored.
	store: Option<Store>,
	contents: Contents,
	eyes: Eyes,
}

impl OpenWallet {
	fn new(path: PathBuf, store: Option<Store>, contents: Contents) -> Self {
		let eyes = Eyes::of(&contents);
		Self { path, store, contents, eyes }
	}

	/// One that is in memory only, such as an auditor's.
	pub fn unstored(contents: Contents) -> Self {
		Self::new(PathBuf::new(), None, contents)
	}

	/// Its file.
	pub fn path(&self) -> &Path {
		&self.path
	}

	/// Hash of the first block of its chain, what it was made of, and what it knows.
	pub fn contents(&self) -> &Contents {
		&self.contents
	}

	/// What it knows.
	pub fn wallet(&self) -> &Wallet {
		&self.contents.wallet
	}

	/// Agrees to show amounts to this auditor; returns whom it had agreed to before. Save it.
	pub fn accept_auditor(&mut self, auditor: AuditorKey) -> Option<AuditorKey> {
		self.contents.auditor.replace(auditor)
	}

	/// Its keys, without which nothing is spent and no address made.
	pub fn keys(&self) -> Result<&Keys, Failure> {
		self.eyes.keys(&self.path)
	}

	/// Its keys, and what changes when it spends. Save it before anybody else sees what was spent.
	pub fn spending(&mut self) -> Result<(&Keys, &mut Wallet), Failure> {
		Ok((self.eyes.keys(&self.path)?, &mut self.contents.wallet))
	}

	/// Whose eyes it looks with, what it knows, and where that is saved.
	pub fn parts(&mut self) -> (Reader<'_>, &mut Contents, Option<&Store>) {
		(self.eyes.reader(), &mut self.contents, self.store.as_ref())
	}

	/// Saves what it knows.
	pub fn save(&self) -> Result<(), Failure> {
		save(self.store.as_ref(), &self.contents)
	}

	/// Refuses a node of another chain.
	pub fn check_chain(&self, genesis: [u8; 32]) -> Result<(), Failure> {
		if self.contents.genesis == genesis {
			return Ok(());
		}
		let (own, other) = (to_hex(self.contents.genesis), to_hex(genesis));
		let detail = format!("the wallet is of chain {own}, the node of {other}: name its own");
		Err(Failure::argument("--node", Fault::Contradiction, detail))
	}
}

/// Saves what a wallet knows, if it is stored at all.
pub fn save(store: Option<&Store>, contents: &Contents) -> Result<(), Failure> {
	match store {
		Some(store) => Ok(store.save(contents, &mut system_randomness())?),
		None => Ok(()),
	}
}
