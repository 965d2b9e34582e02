//! A signed receipt, and its JSON form: numbers as decimal strings, because JavaScript's have 53
//! bits, and bytes as hexadecimal.

use ark_bn254::Fr;
use codec::{Decode, Encode};
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_client::AccountId;
use quittance_poseidon::Native;
use quittance_types::{Body, IssuerKeys, Level};
use serde::{Deserialize, Serialize};
use subxt_signer::sr25519;

/// What an issuer hands to a miner. Whoever has it can be paid only if it is the miner named in the
/// subject, but `salt` and body are what a basic receipt hides: it is not for publication.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(try_from = "Json", into = "Json")]
pub struct SignedReceipt {
	/// The level it is signed for.
	pub level: Level,
	/// Who signed.
	pub issuer: AccountId,
	/// What was metered.
	pub body: Body,
	/// Blinds the commitment of a basic receipt.
	pub salt: u128,
	/// 64 bytes of sr25519 for a transparent receipt, 96 bytes of EdDSA-Poseidon for one with a proof.
	pub signature: Vec<u8>,
}

impl SignedReceipt {
	/// Whether an issuer with these keys has signed this for a subject, as the chain or the circuit will look
	/// at it.
	pub fn is_signed(&self, genesis: &[u8; 32], subject: Fr, keys: &IssuerKeys) -> bool {
		match self.level {
			Level::Transparent => {
				let message = self.body.transparent_message(genesis, &subject.into());
				let signature = self.signature.as_slice().try_into();
				signature.is_ok_and(|signature| {
					sr25519::verify(
						&sr25519::Signature(signature),
						message,
						&sr25519::PublicKey(keys.sr25519),
					)
				})
			},
			Level::Basic | Level::Enhanced => {
				let commitment = self.body.commitment::<Native>(subject, self.salt);
				let signature = self.signature.as_slice().try_into().ok();
				let signature =
					signature.and_then(|bytes: &[u8; 96]| Signature::from_bytes(bytes).ok());
				let key = PublicKey::from_bytes(&keys.babyjubjub).ok();
				key.zip(signature).is_some_and(|(key, signature)| {
					key.verify::<Native>(commitment, &signature).is_ok()
				})
			},
		}
	}
}

/// What is wrong with a receipt's JSON.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct MalformedReceipt {
	/// Where.
	pub field: &'static str,
	/// What.
	pub reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
	level: String,
	issuer: String,
	units: String,
	unit_price: String,
	amount: String,
	start: String,
	end: String,
	expires_at: String,
	serial: String,
	output: String,
	salt: String,
	signature: String,
}

impl From<SignedReceipt> for Json {
	fn from(receipt: SignedReceipt) -> Self {
		let SignedReceipt { level, issuer, body, salt, signature } = receipt;
		Self {
			level: match level {
				Level::Transparent => "transparent".to_owned(),
				Level::Basic => "basic".to_owned(),
				Level::Enhanced => "enhanced".to_owned(),
			},
			issuer: issuer.to_string(),
			units: body.units.to_string(),
			unit_price: body.unit_price.to_string(),
			amount: body.amount.to_string(),
			start: body.start.to_string(),
			end: body.end.to_string(),
			expires_at: body.expires_at.to_string(),
			serial: body.serial.to_string(),
			output: hex_of(&body.output),
			salt: salt.to_string(),
			signature: hex_of(&signature),
		}
	}
}

impl TryFrom<Json> for SignedReceipt {
	type Error = MalformedReceipt;

	fn try_from(json: Json) -> Result<Self, MalformedReceipt> {
		let level = match json.level.as_str() {
			"transparent" => Level::Transparent,
			"basic" => Level::Basic,
			"enhanced" => Level::Enhanced,
			_ => return Err(malformed("level", "neither transparent, basic nor enhanced")),
		};
		let output = bytes("output", &json.output)?;
		let signature = bytes("signature", &json.signature)?;
		let length = match level {
			Level::Transparent => 64,
			Level::Basic | Level::Enhanced => 96,
		};
		if signature.len() != length {
			return Err(malformed("signature", "not of the length that its level has"));
		}
		Ok(Self {
			level,
			issuer: json.issuer.parse().map_err(|error| malformed("issuer", error))?,
			body: Body {
				units: number("units", &json.units)?,
				unit_price: number("unit_price", &json.unit_price)?,
				amount: number("amount", &json.amount)?,
				start: number("start", &json.start)?,
				end: number("end", &json.end)?,
				expires_at: number("expires_at", &json.expires_at)?,
				serial: number("serial", &json.serial)?,
				output: output.try_into().map_err(|_| malformed("output", "not 32 bytes"))?,
			},
			salt: number("salt", &json.salt)?,
			signature,
		})
	}
}

fn hex_of(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn malformed(field: &'static str, reason: impl ToString) -> MalformedReceipt {
	MalformedReceipt { field, reason: reason.to_string() }
}

fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, MalformedReceipt> {
	let digits =
		text.strip_prefix("0x").ok_or_else(|| malformed(field, "does not begin with 0x"))?;
	hex::decode(digits).map_err(|error| malformed(field, error))
}

fn number<T: std::str::FromStr<Err = std::num::ParseIntError>>(
	field: &'static str,
	text: &str,
) -> Result<T, MalformedReceipt> {
	text.parse().map_err(|error| malformed(field, error))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn receipt(level: Level) -> SignedReceipt {
		let body = Body {
			units: u64::MAX,
			unit_price: u128::MAX,
			amount: 7,
			start: 1,
			end: 2,
			expires_at: 3,
			serial: u128::MAX - 1,
			output: [9; 32],
		};
		let length = if level == Level::Transparent { 64 } else { 96 };
		SignedReceipt {
			level,
			issuer: AccountId([4; 32]),
			body,
			salt: u128::MAX,
			signature: vec![5; length],
		}
	}

	#[test]
	fn json_keeps_every_bit() {
		for level in [Level::Transparent, Level::Basic, Level::Enhanced] {
			let json = serde_json::to_string(&receipt(level)).unwrap();
			assert_eq!(serde_json::from_str::<SignedReceipt>(&json).unwrap(), receipt(level));
		}
	}

	#[test]
	fn malformed_json_names_the_field() {
		let good = serde_json::to_value(receipt(Level::Basic)).unwrap();
		for (field, value) in [
			("level", "private"),
			("issuer", "nobody"),
			("units", "18446744073709551616"),
			("amount", "-1"),
			("serial", "1e9"),
			("output", "0x00"),
			("output", "00"),
			("signature", "0x00"),
		] {
			let mut bad = good.clone();
			bad[field] = value.into();
			let error = serde_json::from_value::<SignedReceipt>(bad).unwrap_err().to_string();
			assert!(error.starts_with(&format!("{field}: ")), "{error}");
		}
	}
}
