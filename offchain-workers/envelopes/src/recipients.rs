//! Whom an envelope is for.

use crate::{EnvelopeError, PublicKey};

/// Most wrapped keys of one envelope, that of the auditor among them.
pub const MAX_KEYS: usize = 16;

/// Most recipients of one envelope beside the auditor.
pub const MAX_RECIPIENTS: usize = MAX_KEYS - 1;

/// A recipient, as the registry of keys answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recipient {
	/// The account.
	pub account: [u8; 32],
	/// Its current key, or `None` where it has none. That is an error when sealing, so that an
	/// answer of the registry can be handed on as it is and nobody is forgotten on the way.
	pub key: Option<PublicKey>,
}

/// The keys of all recipients and of the auditor in ascending order.
pub(crate) fn keys_of(
	recipients: &[Recipient],
	auditor: &PublicKey,
) -> Result<Vec<PublicKey>, EnvelopeError> {
	if recipients.is_empty() {
		return Err(EnvelopeError::NoRecipients);
	}
	if recipients.len() > MAX_RECIPIENTS {
		let found = recipients.len();
		return Err(EnvelopeError::TooManyRecipients { found, max: MAX_RECIPIENTS });
	}
	let mut keys = vec![*auditor];
	for Recipient { account, key } in recipients {
		keys.push(key.ok_or(EnvelopeError::RecipientWithoutKey { account: *account })?);
	}
	keys.sort_unstable();
	match keys.windows(2).find(|pair| pair[0] == pair[1]) {
		Some(pair) => Err(EnvelopeError::DuplicateKey(pair[0])),
		None => Ok(keys),
	}
}
