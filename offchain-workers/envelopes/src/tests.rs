//! The parties and the randomness of the tests.

mod headers;
mod keys;
mod opening;
mod payloads;
mod rewrapping;
mod rfc9180;
mod sealing;
mod vectors;

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};

use crate::{seal, Context, EnvelopeError, Payload, PublicKey, Recipient, Sealed, SecretKey};

const CONTEXT: Context = Context { genesis: [1; 32], subject: [2; 32] };

/// Other contexts, each in one thing.
const OTHERS: [Context; 2] =
	[Context { genesis: [3; 32], ..CONTEXT }, Context { subject: [3; 32], ..CONTEXT }];

/// Randomness that is the same every time, by splitmix64: good to test with and for nothing else.
struct Seeded(u64);

impl TryRng for Seeded {
	type Error = Infallible;

	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		self.try_next_u64().map(|number| number as u32)
	}

	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		Ok(mixed ^ (mixed >> 31))
	}

	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
		for chunk in to.chunks_mut(8) {
			let number = self.try_next_u64()?.to_le_bytes();
			chunk.copy_from_slice(&number[..chunk.len()]);
		}
		Ok(())
	}
}

impl TryCryptoRng for Seeded {}

/// Hands out given bytes, and panics when they are used up.
struct Given(Vec<u8>);

impl TryRng for Given {
	type Error = Infallible;

	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		unreachable!("keys are drawn as bytes")
	}

	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		unreachable!("keys are drawn as bytes")
	}

	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
		let rest = self.0.split_off(to.len());
		to.copy_from_slice(&self.0);
		self.0 = rest;
		Ok(())
	}
}

impl TryCryptoRng for Given {}

/// Randomness for what must be refused before any work: there is none.
fn none() -> Given {
	Given(Vec::new())
}

/// Readers, the auditor, somebody else, and randomness for what follows.
struct Parties {
	readers: Vec<SecretKey>,
	auditor: SecretKey,
	outsider: SecretKey,
	rng: Seeded,
}

impl Parties {
	fn new(readers: usize) -> Self {
		Self::seeded(readers, 1)
	}

	fn seeded(readers: usize, seed: u64) -> Self {
		let mut rng = Seeded(seed);
		let mut key = || SecretKey::generate(&mut rng);
		let readers = (0..readers).map(|_| key()).collect();
		let (auditor, outsider) = (key(), key());
		Self { readers, auditor, outsider, rng }
	}

	fn recipients(&self) -> Vec<Recipient> {
		self.readers.iter().map(recipient).collect()
	}

	fn seal(&mut self, payload: &[u8]) -> Sealed {
		let (recipients, auditor) = (self.recipients(), self.auditor.public());
		seal(payload, &recipients, &auditor, &CONTEXT, &mut self.rng).expect("it can be sealed")
	}
}

/// Whoever has this key; its account is made from it.
fn recipient(key: &SecretKey) -> Recipient {
	let public = key.public();
	Recipient { account: public.to_bytes().map(|byte| !byte), key: Some(public) }
}

/// Opens in the right context.
fn open(sealed: &Sealed, key: &SecretKey) -> Result<Payload, EnvelopeError> {
	crate::open(&sealed.header, &sealed.ciphertext, key, &CONTEXT)
}

/// Whose wrapped keys a header has.
fn names(sealed: &Sealed) -> Vec<PublicKey> {
	sealed.header.keys().iter().map(|key| key.recipient()).collect()
}
