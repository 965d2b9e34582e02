//! The record of everything signed, on disk before anyone sees it.

use crate::SignedReceipt;
use codec::{Decode, Encode};
use quittance_types::{Digest, FieldBytes};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::{Path, PathBuf};

/// Receipts by subject: a version byte, then SCALE.
const TABLE: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("receipts");

const VERSION: u8 = 1;

/// Why a receipt cannot be recorded or looked up.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// Another output was signed for this subject. Signing this one too would cost the bond.
	#[error("another output, 0x{}, was signed for this subject", hex::encode(.signed))]
	Contradiction {
		/// Digest of the output that was signed.
		signed: Digest,
	},
	/// The file is no record of signed receipts, or a damaged one.
	#[error("{} is no record of signed receipts: {source}", path.display())]
	NotARecord {
		/// The file.
		path: PathBuf,
		/// Why.
		source: redb::Error,
	},
	/// The file cannot be opened: another process has it, or the system refuses.
	#[error("cannot open {}: {source}", path.display())]
	Open {
		/// The file.
		path: PathBuf,
		/// Why.
		source: redb::Error,
	},
	/// The database failed.
	#[error("record of signed receipts: {0}")]
	Database(#[from] redb::Error),
	/// A record cannot be read by this version of the program.
	#[error("record of signed receipts: unreadable entry for subject 0x{}", hex::encode(.subject))]
	Unreadable {
		/// Whose.
		subject: [u8; 32],
	},
}

/// Everything this issuer has signed. One process at a time can have it open.
pub struct SignedReceipts {
	database: Database,
}

impl SignedReceipts {
	/// Opens the record, which is made if it is not there.
	pub fn open(path: &Path) -> Result<Self, StoreError> {
		let failed = |source: redb::Error| {
			let path = path.to_owned();
			match source {
				redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_) => {
					StoreError::NotARecord { path, source }
				},
				// How redb says that a file does not begin as its files do.
				redb::Error::Io(ref error) if error.kind() == std::io::ErrorKind::InvalidData => {
					StoreError::NotARecord { path, source }
				},
				source => StoreError::Open { path, source },
			}
		};
		let database = Database::create(path).map_err(|error| failed(error.into()))?;
		let made = || -> Result<(), redb::Error> {
			let transaction = database.begin_write()?;
			transaction.open_table(TABLE)?;
			transaction.commit()?;
			Ok(())
		};
		made().map_err(failed)?;
		Ok(Self { database })
	}

	/// What was signed for this subject, if it was for this output.
	pub fn find(
		&self,
		subject: &FieldBytes,
		output: &Digest,
	) -> Result<Option<SignedReceipt>, StoreError> {
		let transaction = self.database.begin_read().map_err(redb::Error::from)?;
		let table = transaction.open_table(TABLE).map_err(redb::Error::from)?;
		let entry = table.get(&subject.0).map_err(redb::Error::from)?;
		entry.map(|entry| known(subject, output, entry.value())).transpose()
	}

	/// The receipt of this subject and output: the recorded one, or else what `sign` gives, recorded
	/// durably before this returns.
	///
	/// The database has one writer at a time, so that of two requests for one subject the second
	/// finds what the first one signed.
	pub fn sign_once(
		&self,
		subject: &FieldBytes,
		output: &Digest,
		sign: impl FnOnce() -> SignedReceipt,
	) -> Result<SignedReceipt, StoreError> {
		let transaction = self.database.begin_write().map_err(redb::Error::from)?;
		let receipt = {
			let mut table = transaction.open_table(TABLE).map_err(redb::Error::from)?;
			let recorded = table
				.get(&subject.0)
				.map_err(redb::Error::from)?
				.map(|entry| known(subject, output, entry.value()))
				.transpose()?;
			match recorded {
				Some(receipt) => return Ok(receipt),
				None => {
					let receipt = sign();
					let bytes = (VERSION, &receipt).encode();
					table.insert(&subject.0, bytes.as_slice()).map_err(redb::Error::from)?;
					receipt
				},
			}
		};
		transaction.commit().map_err(redb::Error::from)?;
		Ok(receipt)
	}
}

fn known(
	subject: &FieldBytes,
	output: &Digest,
	mut bytes: &[u8],
) -> Result<SignedReceipt, StoreError> {
	let unreadable = StoreError::Unreadable { subject: subject.0 };
	match <(u8, SignedReceipt)>::decode(&mut bytes) {
		Ok((VERSION, receipt)) if bytes.is_empty() => match receipt.body.output == *output {
			true => Ok(receipt),
			false => Err(StoreError::Contradiction { signed: receipt.body.output }),
		},
		_ => Err(unreadable),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::AccountId;
	use quittance_types::{Body, Level};

	const SUBJECT: FieldBytes = FieldBytes([1; 32]);

	fn receipt(output: Digest, serial: u128) -> SignedReceipt {
		let body = Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 1,
			end: 2,
			expires_at: 5,
			serial,
			output,
		};
		let issuer = AccountId([4; 32]);
		SignedReceipt { level: Level::Basic, issuer, body, salt: 9, signature: vec![5; 96] }
	}

	fn temporary() -> (tempfile::TempDir, PathBuf) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("receipts.redb");
		(folder, path)
	}

	#[test]
	fn the_same_work_gets_the_same_receipt() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path).unwrap();
		assert_eq!(store.find(&SUBJECT, &[7; 32]).unwrap(), None);
		let first = store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let again = store.sign_once(&SUBJECT, &[7; 32], || panic!("signs twice")).unwrap();
		assert_eq!((first.clone(), Some(first)), (again, store.find(&SUBJECT, &[7; 32]).unwrap()));
	}

	#[test]
	fn another_output_for_the_same_subject_is_a_contradiction() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path).unwrap();
		store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let refused = store.sign_once(&SUBJECT, &[8; 32], || panic!("signs a contradiction"));
		assert!(matches!(refused, Err(StoreError::Contradiction { signed }) if signed == [7; 32]));
		let found = store.find(&SUBJECT, &[8; 32]);
		assert!(matches!(found, Err(StoreError::Contradiction { signed }) if signed == [7; 32]));
		// Another subject is other work.
		store.sign_once(&FieldBytes([2; 32]), &[8; 32], || receipt([8; 32], 1)).unwrap();
	}

	#[test]
	fn a_second_process_cannot_open_it() {
		let (_folder, path) = temporary();
		let _store = SignedReceipts::open(&path).unwrap();
		assert!(matches!(SignedReceipts::open(&path), Err(StoreError::Open { .. })));
	}

	#[test]
	fn a_foreign_file_is_refused() {
		let (_folder, path) = temporary();
		std::fs::write(&path, b"not a database").unwrap();
		assert!(matches!(SignedReceipts::open(&path), Err(StoreError::NotARecord { .. })));
	}

	#[test]
	fn an_entry_of_another_version_is_not_signed_over() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path).unwrap();
		let transaction = store.database.begin_write().unwrap();
		let bytes = (VERSION + 1, receipt([7; 32], 1)).encode();
		transaction.open_table(TABLE).unwrap().insert(&SUBJECT.0, bytes.as_slice()).unwrap();
		transaction.commit().unwrap();
		let refused = store.sign_once(&SUBJECT, &[7; 32], || panic!("signs over an entry"));
		assert!(matches!(refused, Err(StoreError::Unreadable { subject }) if subject == SUBJECT.0));
	}

	/// A process that dies as by `kill -9` leaves the file as it was last written: what was
	/// returned is there, and nothing else is.
	#[test]
	fn a_copy_of_the_file_taken_while_open_has_what_was_signed() {
		let (folder, path) = temporary();
		let store = SignedReceipts::open(&path).unwrap();
		let signed = store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
			store.sign_once(&FieldBytes([2; 32]), &[8; 32], || panic!("dies while signing"))
		}));
		assert!(crashed.is_err());

		// The database is neither closed nor dropped: this is what the disk holds.
		let after = folder.path().join("after.redb");
		std::fs::copy(&path, &after).unwrap();
		std::mem::forget(store);
		let store = SignedReceipts::open(&after).unwrap();
		assert_eq!(store.find(&SUBJECT, &[7; 32]).unwrap(), Some(signed));
		assert_eq!(store.find(&FieldBytes([2; 32]), &[8; 32]).unwrap(), None);
		let refused = store.sign_once(&SUBJECT, &[9; 32], || panic!("signs a contradiction"));
		assert!(matches!(refused, Err(StoreError::Contradiction { .. })));
	}
}
