//! The record of everything signed, on disk before anyone sees it.

use crate::SignedReceipt;
use codec::{Decode, Encode};
use quittance_client::AccountId;
use quittance_daemon::Records;
use quittance_types::{Digest, FieldBytes};
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};
use std::path::{Path, PathBuf};

/// Receipts by subject: a version byte, then SCALE.
const TABLE: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("receipts");

/// Whose record it is.
const OWNER: TableDefinition<&str, [u8; 32]> = TableDefinition::new("owner");

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
	/// The record is another issuer's: what it has is of no use to this one's miners.
	#[error("{} is the record of issuer {issuer}", path.display())]
	Foreign {
		/// The file.
		path: PathBuf,
		/// Its issuer.
		issuer: AccountId,
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
///
/// Nothing is ever removed: a receipt has about 400 bytes.
pub struct SignedReceipts {
	records: Records,
}

impl SignedReceipts {
	/// Opens an issuer's record, which is made if it is not there.
	pub fn open(path: &Path, issuer: &AccountId) -> Result<Self, StoreError> {
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
		let store = Self { records: Records::open(path).map_err(failed)? };
		let owner = store.records.run(|database| {
			let transaction = database.begin_write()?;
			let owner = {
				let first = {
					let receipts = transaction.open_table(TABLE)?;
					let first = receipts.first()?;
					first.and_then(|(_, bytes)| decode(bytes.value())).map(|first| first.issuer.0)
				};
				let mut owners = transaction.open_table(OWNER)?;
				let there = owners.get("issuer")?.map(|owner| owner.value());
				// A record of before owners were noted has its owner in what it signed.
				let owner = there.or(first).unwrap_or(issuer.0);
				owners.insert("issuer", owner)?;
				owner
			};
			transaction.commit()?;
			Ok(owner)
		});
		match AccountId(owner.map_err(failed)?) {
			owner if owner == *issuer => Ok(store),
			issuer => Err(StoreError::Foreign { path: path.to_owned(), issuer }),
		}
	}

	/// How many receipts there are.
	pub fn count(&self) -> Result<u64, StoreError> {
		let count = self.records.run(|database| {
			let count = database.begin_read()?.open_table(TABLE)?.len()?;
			Ok(count)
		});
		Ok(count?)
	}

	/// What was signed for this subject, if it was for this output.
	pub fn find(
		&self,
		subject: &FieldBytes,
		output: &Digest,
	) -> Result<Option<SignedReceipt>, StoreError> {
		self.records.run(|database| {
			let table = database.begin_read()?.open_table(TABLE)?;
			let entry = table.get(&subject.0)?;
			Ok(entry.map(|entry| known(subject, output, entry.value())).transpose())
		})?
	}

	/// The receipt of this subject and output: the recorded one, or else what `sign` gives, recorded
	/// durably before this returns. `sign` gives the same if it is asked again.
	///
	/// The database has one writer at a time, so that of two requests for one subject the second
	/// finds what the first one signed.
	pub fn sign_once(
		&self,
		subject: &FieldBytes,
		output: &Digest,
		sign: impl Fn() -> SignedReceipt,
	) -> Result<SignedReceipt, StoreError> {
		self.records.run(|database| {
			let transaction = database.begin_write()?;
			let receipt = {
				let mut table = transaction.open_table(TABLE)?;
				let entry = table.get(&subject.0)?;
				let recorded = entry.map(|entry| known(subject, output, entry.value()));
				if let Some(recorded) = recorded {
					return Ok(recorded);
				}
				let receipt = sign();
				table.insert(&subject.0, (VERSION, &receipt).encode().as_slice())?;
				receipt
			};
			transaction.commit()?;
			Ok(Ok(receipt))
		})?
	}
}

impl std::fmt::Debug for SignedReceipts {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("SignedReceipts")
	}
}

fn decode(mut bytes: &[u8]) -> Option<SignedReceipt> {
	match <(u8, SignedReceipt)>::decode(&mut bytes) {
		Ok((VERSION, receipt)) if bytes.is_empty() => Some(receipt),
		_ => None,
	}
}

/// A recorded receipt, if it is for this output.
fn known(subject: &FieldBytes, output: &Digest, bytes: &[u8]) -> Result<SignedReceipt, StoreError> {
	let receipt = decode(bytes).ok_or(StoreError::Unreadable { subject: subject.0 })?;
	match receipt.body.output == *output {
		true => Ok(receipt),
		false => Err(StoreError::Contradiction { signed: receipt.body.output }),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_types::{Body, Level};

	const ISSUER: AccountId = AccountId([4; 32]);

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
		let signature = vec![5; 96];
		SignedReceipt { level: Level::Basic, issuer: ISSUER, body, salt: 9, signature }
	}

	fn temporary() -> (tempfile::TempDir, PathBuf) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("receipts.redb");
		(folder, path)
	}

	#[test]
	fn the_same_work_gets_the_same_receipt() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path, &ISSUER).unwrap();
		assert_eq!(store.find(&SUBJECT, &[7; 32]).unwrap(), None);
		let first = store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let again = store.sign_once(&SUBJECT, &[7; 32], || panic!("signs twice")).unwrap();
		assert_eq!((first.clone(), Some(first)), (again, store.find(&SUBJECT, &[7; 32]).unwrap()));
	}

	#[test]
	fn another_output_for_the_same_subject_is_a_contradiction() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path, &ISSUER).unwrap();
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
		let _store = SignedReceipts::open(&path, &ISSUER).unwrap();
		assert!(matches!(SignedReceipts::open(&path, &ISSUER), Err(StoreError::Open { .. })));
	}

	/// Also one of before owners were noted.
	#[test]
	fn a_record_is_one_issuers() {
		let (_folder, path) = temporary();
		let other = AccountId([5; 32]);
		let store = SignedReceipts::open(&path, &ISSUER).unwrap();
		store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let is_foreign = |found: Result<SignedReceipts, StoreError>| {
			matches!(found, Err(StoreError::Foreign { issuer: ISSUER, .. }))
		};
		let forgotten = store.records.run(|database| {
			let transaction = database.begin_write()?;
			transaction.delete_table(OWNER)?;
			Ok(transaction.commit()?)
		});
		forgotten.unwrap();
		drop(store);
		assert!(is_foreign(SignedReceipts::open(&path, &other)));
		assert!(is_foreign(SignedReceipts::open(&path, &other)));
		SignedReceipts::open(&path, &ISSUER).unwrap();
	}

	#[test]
	fn a_foreign_file_is_refused() {
		let (_folder, path) = temporary();
		std::fs::write(&path, b"not a database").unwrap();
		assert!(matches!(SignedReceipts::open(&path, &ISSUER), Err(StoreError::NotARecord { .. })));
	}

	#[test]
	fn an_entry_of_another_version_is_not_signed_over() {
		let (_folder, path) = temporary();
		let store = SignedReceipts::open(&path, &ISSUER).unwrap();
		let bytes = (VERSION + 1, receipt([7; 32], 1)).encode();
		let written = store.records.run(|database| {
			let transaction = database.begin_write()?;
			transaction.open_table(TABLE)?.insert(&SUBJECT.0, bytes.as_slice())?;
			Ok(transaction.commit()?)
		});
		written.unwrap();
		let refused = store.sign_once(&SUBJECT, &[7; 32], || panic!("signs over an entry"));
		assert!(matches!(refused, Err(StoreError::Unreadable { subject }) if subject == SUBJECT.0));
	}

	/// A process that dies as by `kill -9` leaves the file as it was last written: what was
	/// returned is there, and nothing else is.
	#[test]
	fn a_copy_of_the_file_taken_while_open_has_what_was_signed() {
		let (folder, path) = temporary();
		let store = SignedReceipts::open(&path, &ISSUER).unwrap();
		let signed = store.sign_once(&SUBJECT, &[7; 32], || receipt([7; 32], 100)).unwrap();
		let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
			store.sign_once(&FieldBytes([2; 32]), &[8; 32], || panic!("dies while signing"))
		}));
		assert!(crashed.is_err());

		// The database is neither closed nor dropped: this is what the disk holds.
		let after = folder.path().join("after.redb");
		std::fs::copy(&path, &after).unwrap();
		std::mem::forget(store);
		let store = SignedReceipts::open(&after, &ISSUER).unwrap();
		assert_eq!(store.find(&SUBJECT, &[7; 32]).unwrap(), Some(signed.clone()));
		// The miner that got no answer asks again, and gets the one that it would have got.
		let again = store.sign_once(&SUBJECT, &[7; 32], || panic!("signs twice")).unwrap();
		assert_eq!(again, signed);
		assert_eq!(store.count().unwrap(), 1);
		assert_eq!(store.find(&FieldBytes([2; 32]), &[8; 32]).unwrap(), None);
		let refused = store.sign_once(&SUBJECT, &[9; 32], || panic!("signs a contradiction"));
		assert!(matches!(refused, Err(StoreError::Contradiction { .. })));
	}
}
