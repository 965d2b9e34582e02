//! Addresses and view keys as text: bech32m over bytes that begin with a version and the chain.

use bech32::{primitives::decode::CheckedHrpstring, Bech32m, Hrp};
use zeroize::Zeroizing;

/// Version of every text.
const VERSION: u8 = 1;

/// So many bytes of the chain's genesis hash are in a text.
const MARK: usize = 8;

/// Why a text is not what it was given for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
	/// No bech32m, or its checksum is wrong.
	#[error("the text is damaged: copy all of it again, {0}")]
	Damaged(String),
	/// It is something else, such as a key in place of an address.
	#[error("the text begins with {found}, not with {expected}: it is something else")]
	OtherKind {
		/// What it begins with.
		found: String,
		/// What it should.
		expected: &'static str,
	},
	/// A later version.
	#[error("the text has version {0}: update this program")]
	UnsupportedVersion(u8),
	/// It is for another chain.
	#[error("the text is for another chain: ask for one of the chain that you are connected to")]
	OtherChain,
	/// It has not as many bytes as such a text has.
	#[error("the text has {0} bytes, which is not the length of any: ask for it again")]
	Length(usize),
}

pub(crate) fn encode(kind: &'static str, genesis: &[u8; 32], body: &[u8]) -> String {
	let mut bytes = Zeroizing::new(Vec::with_capacity(1 + MARK + body.len()));
	bytes.push(VERSION);
	bytes.extend_from_slice(&genesis[..MARK]);
	bytes.extend_from_slice(body);
	bech32::encode::<Bech32m>(Hrp::parse(kind).expect("it is ASCII letters; qed"), &bytes)
		.expect("no text of ours is as long as a bech32m code word; qed")
}

pub(crate) fn decode(
	kind: &'static str,
	genesis: &[u8; 32],
	text: &str,
) -> Result<Zeroizing<Vec<u8>>, TextError> {
	let checked = CheckedHrpstring::new::<Bech32m>(text.trim())
		.map_err(|error| TextError::Damaged(error.to_string()))?;
	let found = checked.hrp().to_lowercase();
	if found != kind {
		return Err(TextError::OtherKind { found, expected: kind });
	}
	let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(checked.byte_iter().collect());
	let length = bytes.len();
	// The bits after the last byte are free: another value there would be a second spelling.
	let again = Zeroizing::new(
		bech32::encode::<Bech32m>(checked.hrp(), &bytes).expect("it was as long; qed"),
	);
	if !again.eq_ignore_ascii_case(text.trim()) {
		return Err(TextError::Damaged("its last sign is not the right one".into()));
	}
	match bytes.split_first() {
		Some((&VERSION, rest)) => {
			let (mark, body) = rest.split_at_checked(MARK).ok_or(TextError::Length(length))?;
			if mark != &genesis[..MARK] {
				return Err(TextError::OtherChain);
			}
			Ok(Zeroizing::new(body.to_vec()))
		},
		Some((version, _)) => Err(TextError::UnsupportedVersion(*version)),
		None => Err(TextError::Length(0)),
	}
}
