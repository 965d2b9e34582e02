//! Envelopes: payloads that only their recipients and the auditor can read.
//!
//! [`seal`] encrypts a payload once, under a data key made for it alone, and wraps that data key
//! for every recipient and for the auditor. It gives a [`Header`], meant for the chain, and a
//! ciphertext, meant for a blob store. [`open`] reads the payload with one secret key. [`rewrap`]
//! changes who can read it and leaves the ciphertext as it is.
//!
//! ```
//! use quittance_envelopes::{open, seal, system_randomness, Context, Recipient, SecretKey};
//!
//! let mut rng = system_randomness();
//! let (reader, auditor) = (SecretKey::generate(&mut rng), SecretKey::generate(&mut rng));
//! let context = Context { genesis: [1; 32], subject: [2; 32] };
//! let recipients = [Recipient { account: [3; 32], key: Some(reader.public()) }];
//!
//! let sealed = seal(b"the output", &recipients, &auditor.public(), &context, &mut rng)?;
//! let payload = open(&sealed.header, &sealed.ciphertext, &reader, &context)?;
//! assert_eq!(&*payload, b"the output");
//! # Ok::<(), quittance_envelopes::EnvelopeError>(())
//! ```
//!
//! The format, and what in it is bound to what, is specified in docs/protocol.md, section
//! Envelopes; docs/vectors/envelope.json has vectors. Why it is so: docs/decisions/0014.
//!
//! # One nonce
//!
//! Payloads are encrypted with a nonce of zero bytes. That is safe because a data key is made for
//! one encryption and no other: the only function that encrypts makes its key itself, and
//! [`rewrap`] does not encrypt. It takes randomness that never repeats, such as
//! [`system_randomness`].
//!
//! # What an envelope does not do
//!
//! * It does not say who sealed it, and does not hide the payload's size or the recipients' keys.
//! * It does not take back what was read: who once could open it may have kept the data key.
//! * Only a wrapped key's own recipient can tell whether it is a good one. A sealer can shut out
//!   the auditor by wrapping rubbish for it, and the auditor learns of it when it opens.
//! * A stolen secret key opens all that was ever wrapped for it, and so will a quantum computer.
//! * Secrets are overwritten when dropped, here and in the libraries. Copies that the compiler made
//!   when it moved them are not, nor are those of the caller.
//!
//! The format is new and nothing here has been audited.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod context;
mod error;
mod header;
mod keys;
mod open;
mod payload;
mod randomness;
mod recipients;
mod rewrap;
mod seal;
#[cfg(test)]
mod tests;
mod wrapping;

pub use context::Context;
pub use error::EnvelopeError;
pub use header::Header;
pub use hpke::rand_core::CryptoRng;
pub use keys::{PublicKey, SecretKey};
pub use open::open;
pub use payload::{Payload, CIPHERTEXT_OVERHEAD, MAX_PAYLOAD_SIZE};
pub use quittance_blobs::Digest;
pub use randomness::system_randomness;
pub use recipients::{Recipient, MAX_KEYS, MAX_RECIPIENTS};
pub use rewrap::rewrap;
pub use seal::{seal, Sealed};
pub use wrapping::{open_in_place, seal_in_place, WrappedKey};
