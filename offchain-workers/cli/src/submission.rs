//! A receipt on disk: what `receipt prove` writes and `receipt submit` sends.

use crate::{
	document::{to_hex, Document, Node},
	failure::{Failure, Fault},
};
use quittance_client::AccountId;
use quittance_types::{
	BasicClaims, BasicReceipt, Body, FieldBytes, Header, JobId, Receipt, TransparentReceipt,
};
use serde_json::{json, Value};
use std::path::Path;

/// The file's `format` field.
const FORMAT: &str = "quittance.submission";

/// The version this program reads and writes.
const VERSION: u64 = 2;

/// A receipt, ready to be sent for its miner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
	/// The job it is for.
	pub job: JobId,
	/// Who did it and is paid: the cold account.
	pub miner: AccountId,
	/// The account that is to send it: the miner's hot key, or the miner itself.
	pub submitter: AccountId,
	/// The receipt.
	pub receipt: Receipt<AccountId>,
}

impl Submission {
	/// Writes the file.
	pub fn write(&self, file: &Path) -> Result<(), Failure> {
		let json = format!("{:#}\n", self.to_json());
		std::fs::write(file, json).map_err(Failure::io("writing", file))
	}

	/// Reads the file. Only its form is judged: whether the receipt is true is for the chain.
	pub fn read(file: &Path) -> Result<Self, Failure> {
		let document = Document::read(file)?;
		let root = document.root();
		root.field("format")?.one_of(&[(FORMAT, ())])?;
		let version = root.field("version")?;
		if version.integer::<u64>()? != VERSION {
			return Err(version.fail(Fault::Unsupported, format!("expected {VERSION}")));
		}
		root.only(&["format", "version", "job", "miner", "submitter", "level", "receipt"])?;
		let receipt = root.field("receipt")?;
		let read: fn(&Node<'_>) -> Result<_, Failure> = root
			.field("level")?
			.one_of(&[("transparent", transparent as _), ("basic", basic as _)])?;
		Ok(Self {
			job: root.field("job")?.integer()?,
			miner: root.field("miner")?.account()?,
			submitter: root.field("submitter")?.account()?,
			receipt: read(&receipt)?,
		})
	}

	fn to_json(&self) -> Value {
		let (level, receipt) = match &self.receipt {
			Receipt::Transparent(receipt) => ("transparent", transparent_json(receipt)),
			Receipt::Basic(receipt) => ("basic", basic_json(receipt)),
		};
		json!({
			"format": FORMAT,
			"version": VERSION,
			"job": self.job,
			"miner": self.miner.to_string(),
			"submitter": self.submitter.to_string(),
			"level": level,
			"receipt": receipt,
		})
	}
}

fn transparent_json(receipt: &TransparentReceipt<AccountId>) -> Value {
	let body = &receipt.body;
	json!({
		"issuer": receipt.issuer.to_string(),
		"body": {
			"units": body.units,
			"unit_price": body.unit_price.to_string(),
			"amount": body.amount.to_string(),
			"start": body.start,
			"end": body.end,
			"expires_at": body.expires_at,
			"serial": body.serial.to_string(),
			"output": to_hex(body.output),
		},
		"signature": to_hex(receipt.signature),
	})
}

fn transparent(node: &Node<'_>) -> Result<Receipt<AccountId>, Failure> {
	node.only(&["issuer", "body", "signature"])?;
	let body = node.field("body")?;
	body.only(&[
		"units",
		"unit_price",
		"amount",
		"start",
		"end",
		"expires_at",
		"serial",
		"output",
	])?;
	Ok(Receipt::Transparent(TransparentReceipt {
		issuer: node.field("issuer")?.account()?,
		body: Body {
			units: body.field("units")?.integer()?,
			unit_price: body.field("unit_price")?.decimal()?,
			amount: body.field("amount")?.decimal()?,
			start: body.field("start")?.integer()?,
			end: body.field("end")?.integer()?,
			expires_at: body.field("expires_at")?.integer()?,
			serial: body.field("serial")?.decimal()?,
			output: body.field("output")?.hex()?,
		},
		signature: node.field("signature")?.hex()?,
	}))
}

fn basic_json(receipt: &BasicReceipt<AccountId>) -> Value {
	let BasicReceipt { header, claims, proof } = receipt;
	json!({
		"header": {
			"genesis": to_hex(header.genesis),
			"pallet": header.pallet,
			"circuit": to_hex(header.circuit),
			"subject": header.subject.map(|subject| to_hex(subject.0)),
			"arguments": to_hex(header.arguments),
			"submitter": header.submitter.as_ref().map(ToString::to_string),
			"payee": header.payee.to_string(),
			"valid_until": header.valid_until,
			"nonce": header.nonce,
		},
		"claims": {
			"amount": claims.amount.to_string(),
			"expires_at": claims.expires_at,
			"as_of": claims.as_of,
			"nullifier": to_hex(claims.nullifier.0),
			"issuer_root": to_hex(claims.issuer_root.0),
			"issuer_index": claims.issuer_index,
		},
		"proof": to_hex(proof),
	})
}

fn basic(node: &Node<'_>) -> Result<Receipt<AccountId>, Failure> {
	node.only(&["header", "claims", "proof"])?;
	let header = node.field("header")?;
	header.only(&[
		"genesis",
		"pallet",
		"circuit",
		"subject",
		"arguments",
		"submitter",
		"payee",
		"valid_until",
		"nonce",
	])?;
	let claims = node.field("claims")?;
	claims.only(&["amount", "expires_at", "as_of", "nullifier", "issuer_root", "issuer_index"])?;
	Ok(Receipt::Basic(BasicReceipt {
		header: Header {
			genesis: header.field("genesis")?.hex()?,
			pallet: header.field("pallet")?.integer()?,
			circuit: header.field("circuit")?.hex()?,
			subject: header.nullable("subject")?.map(|node| field(&node)).transpose()?,
			arguments: header.field("arguments")?.hex()?,
			submitter: header.nullable("submitter")?.map(|node| node.account()).transpose()?,
			payee: header.field("payee")?.account()?,
			valid_until: header.field("valid_until")?.integer()?,
			nonce: header.field("nonce")?.integer()?,
		},
		claims: BasicClaims {
			amount: claims.field("amount")?.decimal()?,
			expires_at: claims.field("expires_at")?.integer()?,
			as_of: claims.field("as_of")?.integer()?,
			nullifier: field(&claims.field("nullifier")?)?,
			issuer_root: field(&claims.field("issuer_root")?)?,
			issuer_index: claims.field("issuer_index")?.integer()?,
		},
		proof: node.field("proof")?.hex()?,
	}))
}

/// A field element as 32 bytes, little-endian. The chain names those that are out of range.
fn field(node: &Node<'_>) -> Result<FieldBytes, Failure> {
	node.hex().map(FieldBytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn account(byte: u8) -> AccountId {
		AccountId([byte; 32])
	}

	fn basic_submission() -> Submission {
		Submission {
			job: u64::MAX,
			miner: account(1),
			submitter: account(16),
			receipt: Receipt::Basic(BasicReceipt {
				header: Header {
					genesis: [1; 32],
					pallet: 2,
					circuit: [3; 32],
					subject: Some(FieldBytes([4; 32])),
					arguments: [5; 32],
					submitter: Some(account(6)),
					payee: account(7),
					valid_until: 8,
					nonce: 9,
				},
				claims: BasicClaims {
					amount: u128::MAX,
					expires_at: 10,
					as_of: 11,
					nullifier: FieldBytes([12; 32]),
					issuer_root: FieldBytes([13; 32]),
					issuer_index: 14,
				},
				proof: [15; 256],
			}),
		}
	}

	fn transparent_submission() -> Submission {
		Submission {
			job: 1,
			miner: account(1),
			submitter: account(16),
			receipt: Receipt::Transparent(TransparentReceipt {
				issuer: account(2),
				body: Body {
					units: 3,
					unit_price: 4,
					amount: 12,
					start: 5,
					end: 6,
					expires_at: 7,
					serial: u128::MAX,
					output: [8; 32],
				},
				signature: [9; 64],
			}),
		}
	}

	#[test]
	fn files_round_trip() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("receipt.json");
		for submission in [basic_submission(), transparent_submission()] {
			submission.write(&file).unwrap();
			assert_eq!(Submission::read(&file).unwrap(), submission);
		}
	}

	/// Every leaf of the file is needed, and has a type: without it, or with another type in its
	/// place, reading names the place.
	#[test]
	fn each_missing_or_mistyped_field_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("receipt.json");
		let read = |json: &Value| {
			std::fs::write(&file, json.to_string()).unwrap();
			match Submission::read(&file).unwrap_err() {
				Failure::Malformed { at: Some(at), fault, .. } => (at, fault),
				other => panic!("{other:?}"),
			}
		};
		for submission in [basic_submission(), transparent_submission()] {
			let json = submission.to_json();
			for pointer in leaves(&json, String::new()) {
				let (parent, name) = pointer.rsplit_once('/').unwrap();
				let mut without = json.clone();
				without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
				let place = format!("${}", parent.replace('/', "."));
				assert_eq!(read(&without), (place.clone(), Fault::Missing), "{pointer}");

				let mut mistyped = json.clone();
				*mistyped.pointer_mut(&pointer).unwrap() = json!([]);
				let (at, fault) = read(&mistyped);
				assert_eq!((at, fault), (format!("{place}.{name}"), Fault::WrongType));

				let mut longer = json.clone();
				let parent = longer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
				parent.insert("unheard_of".into(), json!(1));
				assert_eq!(read(&longer), (place, Fault::Unknown));
			}
		}
	}

	fn leaves(value: &Value, path: String) -> Vec<String> {
		match value {
			Value::Object(fields) => fields
				.iter()
				.flat_map(|(name, value)| leaves(value, format!("{path}/{name}")))
				.collect(),
			_ => vec![path],
		}
	}
}
