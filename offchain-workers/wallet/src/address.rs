//! What a payer needs to make a note for a payee.

use std::fmt;

use ark_bn254::Fr;
use quittance_envelopes::{EnvelopeError, PublicKey};
use quittance_types::FieldBytes;

use crate::{text, Label, Period, TextError};

/// What the text of an address begins with.
pub const ADDRESS_KIND: &str = "qtc";

/// Most periods that an address is valid for: a year.
pub const MAX_PERIODS: u32 = 12;

/// Periods of an address where nobody asks for more: what is left of this one, and the next.
pub const USUAL_PERIODS: u32 = 2;

/// Why an address is refused, or cannot be paid to now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
	/// It is no text of an address.
	#[error(transparent)]
	Text(#[from] TextError),
	/// It has no period or too many.
	#[error("the address is for {0} periods: 1 to {MAX_PERIODS} are possible")]
	Periods(u32),
	/// Its owner key is no field element.
	#[error("the address has an owner key that is none: ask the payee for another")]
	OwnerKey,
	/// One of its X25519 keys is refused.
	#[error(transparent)]
	Key(#[from] EnvelopeError),
	/// Its label is one that wallets use for their own change.
	#[error("the address is one for the payee's own change: ask the payee for another")]
	Internal,
	/// Its time is over.
	#[error("the address was valid until block {end}: ask the payee for a new one")]
	Expired {
		/// The first block in which it is not valid.
		end: u64,
	},
	/// Its time has not come.
	#[error("the address is valid from block {first} on: wait, or ask the payee for another")]
	TooEarly {
		/// The first block in which it is.
		first: u64,
	},
}

/// An owner key and, for each period that it is valid in, an encryption key. Written as bech32m,
/// `qtc1...`; the usual one with two periods has 247 signs.
///
/// Debug output and [`Display`](fmt::Display) show it as it is: it is no secret, though who sees two
/// payments' addresses knows whether they are one.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
	genesis: [u8; 32],
	pub(crate) label: Label,
	pub(crate) owner: Fr,
	pub(crate) base: PublicKey,
	first: Period,
	keys: Vec<PublicKey>,
}

impl Address {
	pub(crate) fn new(
		genesis: [u8; 32],
		label: Label,
		owner: Fr,
		base: PublicKey,
		first: Period,
		keys: Vec<PublicKey>,
	) -> Result<Self, AddressError> {
		let periods = keys.len() as u32;
		if !(1..=MAX_PERIODS).contains(&periods) || first.0.checked_add(periods).is_none() {
			return Err(AddressError::Periods(periods));
		}
		Ok(Self { genesis, label, owner, base, first, keys })
	}

	/// The address of this text, which must be for this chain.
	///
	/// # Errors
	///
	/// [`AddressError`], except [`AddressError::Expired`] and [`AddressError::TooEarly`], which depend
	/// on when it is paid to.
	pub fn parse(text: &str, genesis: &[u8; 32]) -> Result<Self, AddressError> {
		let body = text::decode(ADDRESS_KIND, genesis, text)?;
		let length = || TextError::Length(body.len());
		let (label, rest) = body.split_first_chunk::<{ Label::BYTES }>().ok_or_else(length)?;
		let (first, rest) = rest.split_first_chunk::<4>().ok_or_else(length)?;
		let (owner, rest) = rest.split_first_chunk::<32>().ok_or_else(length)?;
		let (base, rest) = rest.split_first_chunk::<32>().ok_or_else(length)?;
		let (keys, []) = rest.as_chunks::<32>() else { return Err(length().into()) };
		let label = Label(*label);
		if label.is_own() {
			return Err(AddressError::Internal);
		}
		let owner = FieldBytes(*owner).to_field().ok_or(AddressError::OwnerKey)?;
		let keys = keys.iter().map(|key| PublicKey::from_bytes(*key)).collect::<Result<_, _>>()?;
		let first = Period(u32::from_le_bytes(*first));
		Self::new(*genesis, label, owner, PublicKey::from_bytes(*base)?, first, keys)
	}

	/// Hash of the first block of its chain.
	pub fn genesis(&self) -> &[u8; 32] {
		&self.genesis
	}

	/// Its label, by which the payee knows which address was paid to.
	pub fn label(&self) -> Label {
		self.label
	}

	/// The blocks in which it is valid.
	pub fn blocks(&self) -> std::ops::Range<u64> {
		let last = Period(self.first.0 + self.keys.len() as u32 - 1);
		self.first.first_block()..last.end()
	}

	/// The encryption key for a note that is made now.
	///
	/// # Errors
	///
	/// [`AddressError::Expired`] and [`AddressError::TooEarly`].
	pub(crate) fn key_at(&self, block: u64) -> Result<&PublicKey, AddressError> {
		let blocks = self.blocks();
		let place = Period::of(block).0.checked_sub(self.first.0);
		let place = place.ok_or(AddressError::TooEarly { first: blocks.start })?;
		self.keys.get(place as usize).ok_or(AddressError::Expired { end: blocks.end })
	}
}

impl fmt::Display for Address {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let mut body = Vec::with_capacity(Label::BYTES + 4 + 32 * (2 + self.keys.len()));
		body.extend_from_slice(&self.label.0);
		body.extend_from_slice(&self.first.0.to_le_bytes());
		body.extend_from_slice(&FieldBytes::from(self.owner).0);
		body.extend_from_slice(&self.base.to_bytes());
		for key in &self.keys {
			body.extend_from_slice(&key.to_bytes());
		}
		f.write_str(&text::encode(ADDRESS_KIND, &self.genesis, &body))
	}
}

impl fmt::Debug for Address {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}
