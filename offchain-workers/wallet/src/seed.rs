//! The seed, from which everything else of a wallet comes.

use bip39::{Language, Mnemonic};
use quittance_envelopes::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Words of a written seed.
pub const SEED_WORDS: usize = 24;

/// Why words are no seed. Which word it is, and not what it is, is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
	/// Not 24 words.
	#[error("{found} words, a seed has {SEED_WORDS}: write all of them, in their order")]
	WordCount {
		/// How many there are.
		found: usize,
	},
	/// A word of no list.
	#[error("word {place} is none of the English BIP-39 list: look for a slip of the pen")]
	UnknownWord {
		/// Which one, from 1 on.
		place: usize,
	},
	/// The words do not belong together.
	#[error("the words' checksum is wrong: one of them is another, or two are swapped")]
	Checksum,
}

/// 32 random bytes, overwritten when dropped. Who has them has the wallet, on every chain.
///
/// Written as 24 words they are the *entropy* of BIP-39, English list, and nothing else: there is no
/// passphrase and no stretching, so that words and bytes are two spellings of one seed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
	/// A new one.
	pub fn generate(rng: &mut impl CryptoRng) -> Self {
		let mut seed = Self([0; 32]);
		rng.fill_bytes(&mut seed.0);
		seed
	}

	/// The seed that these bytes are.
	pub fn from_bytes(bytes: &[u8; 32]) -> Self {
		Self(*bytes)
	}

	/// Its bytes: a secret.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		Zeroizing::new(self.0)
	}

	/// Its 24 words: a secret.
	pub fn words(&self) -> Zeroizing<String> {
		let mnemonic = Mnemonic::from_entropy(&self.0).expect("32 bytes make 24 words; qed");
		// All of its room at once: a string that grew would leave words behind.
		let mut words = Zeroizing::new(String::with_capacity(SEED_WORDS * 9));
		for word in mnemonic.words() {
			if !words.is_empty() {
				words.push(' ');
			}
			words.push_str(word);
		}
		words
	}

	/// The seed of these words. Case and space between them do not matter.
	///
	/// # Errors
	///
	/// [`SeedError`], the first that applies.
	pub fn from_words(words: &str) -> Result<Self, SeedError> {
		let found = words.split_whitespace().count();
		if found != SEED_WORDS {
			return Err(SeedError::WordCount { found });
		}
		let words = Zeroizing::new(words.to_ascii_lowercase());
		let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words).map_err(
			|error| match error {
				bip39::Error::UnknownWord(place) => SeedError::UnknownWord { place: place + 1 },
				_ => SeedError::Checksum,
			},
		)?;
		let (entropy, _) = mnemonic.to_entropy_array();
		let entropy = Zeroizing::new(entropy);
		let mut seed = Self([0; 32]);
		seed.0.copy_from_slice(&entropy[..32]);
		Ok(seed)
	}
}
