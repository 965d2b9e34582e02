//! What a wallet knows, by who may know it.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use hkdf::Hkdf;
use quittance_envelopes::{CryptoRng, PublicKey, SecretKey};
use quittance_poseidon::Native;
use quittance_types::{note_nullifier, owner_key};
use sha2_envelopes::Sha256;
use x25519_dalek::x25519;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{text, Address, AddressError, Period, Seed, TextError};

/// What the text of a view key for all periods begins with.
pub const VIEW_KEY_KIND: &str = "qtcview";

/// What the text of one period's view key begins with.
pub const PERIOD_KEY_KIND: &str = "qtcperiod";

const SALT: &[u8] = b"quittance.wallet.v1";
const NULLIFIER_KEY: &[u8] = b"quittance.wallet-nullifier-key.v1";
const DIVERSIFIER_KEY: &[u8] = b"quittance.wallet-diversifier-key.v1";
const VIEW_KEY: &[u8] = b"quittance.wallet-view-key.v1";
const PERIOD_KEY: &[u8] = b"quittance.wallet-period-key.v1";
const DIVERSIFIER: &[u8] = b"quittance.wallet-diversifier.v1";
const BASE: &[u8] = b"quittance.wallet-base.v1";
const IDENTITY: &[u8] = b"quittance.wallet-identity.v1";

/// The highest bit of a label says that its note was made by its owner.
const OWN: u8 = 0x80;

/// Names an owner key among those of a wallet, and is in the address and in the note. It is random:
/// only the wallet can tell that two labels are of one wallet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label(pub(crate) [u8; Label::BYTES]);

impl Label {
	/// Its size.
	pub const BYTES: usize = 7;

	/// One for an address that is handed out.
	pub fn for_payer(rng: &mut impl CryptoRng) -> Self {
		let mut label = Self([0; Self::BYTES]);
		rng.fill_bytes(&mut label.0);
		label.0[0] &= !OWN;
		label
	}

	/// One for a note that the wallet makes for itself.
	pub(crate) fn own(rng: &mut impl CryptoRng) -> Self {
		Self::own_of(Self::for_payer(rng).0)
	}

	/// The one of these bytes, for a note of its owner's, who has derived them.
	pub(crate) fn own_of(mut bytes: [u8; Self::BYTES]) -> Self {
		bytes[0] |= OWN;
		Self(bytes)
	}

	/// Whether its note was made by its owner: change, a join, an own deposit, and what private jobs make.
	pub fn is_own(self) -> bool {
		self.0[0] & OWN != 0
	}

	/// Its bytes.
	pub fn to_bytes(self) -> [u8; Self::BYTES] {
		self.0
	}
}

/// All keys of a wallet on one chain. Who has them can spend. Overwritten when dropped; no `Debug`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keys {
	pub(crate) nullifier_key: Fr,
	diversifier_key: [u8; 32],
	view: ViewKey,
}

impl Keys {
	/// The keys of this seed on the chain with this genesis hash.
	pub fn new(seed: &Seed, genesis: &[u8; 32]) -> Self {
		let (master, _) = Hkdf::<Sha256>::extract(Some(SALT), &*seed.to_bytes());
		let master = Zeroizing::new(<[u8; 32]>::from(master));
		let mut wide = Zeroizing::new([0; 64]);
		expand(&*master, &[NULLIFIER_KEY, genesis], &mut *wide);
		let mut keys = Self {
			nullifier_key: Fr::from_le_bytes_mod_order(&*wide),
			diversifier_key: [0; 32],
			view: ViewKey { genesis: *genesis, key: [0; 32] },
		};
		expand(&*master, &[DIVERSIFIER_KEY, genesis], &mut keys.diversifier_key);
		expand(&*master, &[VIEW_KEY, genesis], &mut keys.view.key);
		keys
	}

	/// The view key.
	pub fn view(&self) -> &ViewKey {
		&self.view
	}

	/// Hash of the chain's first block.
	pub fn genesis(&self) -> &[u8; 32] {
		&self.view.genesis
	}

	/// Derives what is for one purpose, which the beginning of `info` names, from the key that diversifiers
	/// come from.
	pub(crate) fn derive(&self, info: &[&[u8]], to: &mut [u8]) {
		expand(&self.diversifier_key, info, to);
	}

	/// The diversifier of a label.
	pub(crate) fn diversifier(&self, label: Label) -> Fr {
		let mut wide = Zeroizing::new([0; 64]);
		self.derive(&[DIVERSIFIER, &label.0], &mut *wide);
		Fr::from_le_bytes_mod_order(&*wide)
	}

	/// The owner key of a label.
	pub(crate) fn owner(&self, label: Label) -> Fr {
		owner_key::<Native>(self.nullifier_key, self.diversifier(label))
	}

	/// What is published when a note is spent.
	pub(crate) fn nullifier(&self, commitment: Fr, leaf_index: u64) -> Fr {
		note_nullifier::<Native>(self.nullifier_key, commitment, leaf_index)
	}

	/// The address of a label for so many periods from `first` on.
	///
	/// One label for each payer: payers who compare two addresses can then not tell that they are of
	/// one wallet. The same label gives the same owner key and base again, so that an address can be
	/// renewed for the same payer.
	///
	/// # Errors
	///
	/// [`AddressError::Periods`].
	pub fn address(
		&self,
		label: Label,
		first: Period,
		periods: u32,
	) -> Result<Address, AddressError> {
		let mut scalar = Zeroizing::new([0; 32]);
		self.derive(&[BASE, &label.0], &mut *scalar);
		let base = SecretKey::from_bytes(&scalar).public();
		let last = first.0.checked_add(periods).ok_or(AddressError::Periods(periods))?;
		let keys = (first.0..last)
			.map(|period| self.view.period(Period(period)).public(&base))
			.collect::<Result<_, _>>()?;
		Address::new(*self.genesis(), label, self.owner(label), base, first, keys)
	}
}

/// Finds all notes of a wallet, and cannot spend any, nor see that one is spent. Overwritten when
/// dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ViewKey {
	pub(crate) genesis: [u8; 32],
	pub(crate) key: [u8; 32],
}

impl ViewKey {
	/// The key of one period. From it neither this key nor that of another period can be computed.
	pub fn period(&self, period: Period) -> PeriodKey {
		let mut key = PeriodKey { genesis: self.genesis, period: period.0, secret: [0; 32] };
		expand(&self.key, &[PERIOD_KEY, &period.0.to_le_bytes()], &mut key.secret);
		key
	}

	/// As text, for a device that only watches: a secret.
	pub fn to_text(&self) -> Zeroizing<String> {
		let mut body = Zeroizing::new([0; 64]);
		body[..32].copy_from_slice(&self.genesis);
		body[32..].copy_from_slice(&self.key);
		Zeroizing::new(text::encode(VIEW_KEY_KIND, &self.genesis, &*body))
	}

	/// The key of this text, which must be for this chain.
	///
	/// # Errors
	///
	/// [`TextError`].
	pub fn from_text(text: &str, genesis: &[u8; 32]) -> Result<Self, TextError> {
		let body = text::decode(VIEW_KEY_KIND, genesis, text)?;
		let mut key = Self { genesis: *genesis, key: [0; 32] };
		let secret = secret_after(&body, 32).ok_or(TextError::Length(body.len()))?;
		if body[..32] != genesis[..] {
			return Err(TextError::OtherChain);
		}
		key.key.copy_from_slice(secret);
		Ok(key)
	}
}

/// Finds the notes that were made for one period, for whoever is shown that period and no other.
/// Overwritten when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PeriodKey {
	pub(crate) genesis: [u8; 32],
	pub(crate) period: u32,
	pub(crate) secret: [u8; 32],
}

impl PeriodKey {
	/// Which period it is for.
	pub fn period(&self) -> Period {
		Period(self.period)
	}

	/// The public key that belongs to a base.
	pub(crate) fn public(&self, base: &PublicKey) -> Result<PublicKey, AddressError> {
		Ok(PublicKey::from_bytes(x25519(self.secret, base.to_bytes()))?)
	}

	/// As text, for an auditor: a secret.
	pub fn to_text(&self) -> Zeroizing<String> {
		let mut body = Zeroizing::new([0; 68]);
		body[..32].copy_from_slice(&self.genesis);
		body[32..36].copy_from_slice(&self.period.to_le_bytes());
		body[36..].copy_from_slice(&self.secret);
		Zeroizing::new(text::encode(PERIOD_KEY_KIND, &self.genesis, &*body))
	}

	/// The key of this text, which must be for this chain.
	///
	/// # Errors
	///
	/// [`TextError`].
	pub fn from_text(text: &str, genesis: &[u8; 32]) -> Result<Self, TextError> {
		let body = text::decode(PERIOD_KEY_KIND, genesis, text)?;
		let secret = secret_after(&body, 36).ok_or(TextError::Length(body.len()))?;
		if body[..32] != genesis[..] {
			return Err(TextError::OtherChain);
		}
		let mut key = Self { genesis: *genesis, period: 0, secret: [0; 32] };
		let mut period = [0; 4];
		period.copy_from_slice(&body[32..36]);
		key.period = u32::from_le_bytes(period);
		key.secret.copy_from_slice(secret);
		Ok(key)
	}
}

/// The last 32 bytes of a body that has so many before them and no more.
fn secret_after(body: &[u8], before: usize) -> Option<&[u8]> {
	body.get(before..).filter(|secret| secret.len() == 32)
}

/// Whose eyes look for notes.
#[derive(Clone, Copy)]
pub enum Reader<'a> {
	/// The owner's: it also sees which notes are spent.
	Owner(&'a Keys),
	/// A device that only watches.
	Viewer(&'a ViewKey),
	/// An auditor's.
	Period(&'a PeriodKey),
}

impl Reader<'_> {
	/// Hash of the chain's first block.
	pub fn genesis(&self) -> &[u8; 32] {
		match self {
			Self::Owner(keys) => keys.genesis(),
			Self::Viewer(key) => &key.genesis,
			Self::Period(key) => &key.genesis,
		}
	}

	/// Whether it sees which notes are spent.
	pub fn sees_spending(&self) -> bool {
		matches!(self, Self::Owner(_))
	}

	/// Tells wallets apart, and in a wallet who looks. It says nothing about any key.
	pub(crate) fn identity(&self) -> [u8; 32] {
		let (key, kind) = match self {
			Self::Owner(keys) => (&keys.diversifier_key, 0),
			Self::Viewer(key) => (&key.key, 1),
			Self::Period(key) => (&key.secret, 2),
		};
		let mut identity = [0; 32];
		expand(key, &[IDENTITY, &[kind]], &mut identity);
		identity
	}

	/// The key with which notes of a period are looked for, if there is one.
	pub(crate) fn period(&self, period: Period) -> Option<PeriodKey> {
		match self {
			Self::Owner(keys) => Some(keys.view.period(period)),
			Self::Viewer(key) => Some(key.period(period)),
			Self::Period(key) => (key.period() == period).then(|| (*key).clone()),
		}
	}
}

/// HKDF-SHA256 expand of a pseudorandom key.
fn expand(key: &[u8], info: &[&[u8]], to: &mut [u8]) {
	Hkdf::<Sha256>::from_prk(key)
		.expect("keys have 32 bytes, the length of the hash; qed")
		.expand_multi_info(info, to)
		.expect("64 bytes are within HKDF's output; qed");
}

/// A random field element, by 64 bytes, so that none is more likely than another.
pub(crate) fn random_field(rng: &mut impl CryptoRng) -> Fr {
	let mut wide = Zeroizing::new([0; 64]);
	rng.fill_bytes(&mut *wide);
	Fr::from_le_bytes_mod_order(&*wide)
}
