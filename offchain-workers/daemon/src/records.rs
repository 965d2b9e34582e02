//! Records on disk, in one file that one process at a time can have open.
//!
//! Once the file system has refused the database anything, a full disk say, the database refuses everything
//! until its file is opened anew ([`Error::PreviousIo`]). A process that is left alone does that itself: what
//! was committed is there then, and nothing else is.

use redb::{Database, Error};
use std::{
	path::{Path, PathBuf},
	sync::{PoisonError, RwLock},
};

/// Opens a file that is made if it is not there.
type Open = Box<dyn Fn(&Path) -> Result<Database, Error> + Send + Sync>;

/// A database that is opened anew when its file has failed.
pub struct Records {
	path: PathBuf,
	open: Open,
	/// `None` while the file cannot be opened again.
	database: RwLock<Option<Database>>,
}

impl Records {
	/// Opens a file, which is made if it is not there.
	///
	/// # Errors
	///
	/// The file is no database, another process has it, or the system refuses.
	pub fn open(path: &Path) -> Result<Self, Error> {
		Self::open_by(path, Box::new(|path| Ok(Database::create(path)?)))
	}

	fn open_by(path: &Path, open: Open) -> Result<Self, Error> {
		let database = RwLock::new(Some(open(path)?));
		Ok(Self { path: path.to_owned(), open, database })
	}

	/// Runs a transaction. If the file has failed since it was opened, it is opened anew, and the
	/// transaction is run again: what it does must be the same then. One that fails itself is not.
	///
	/// # Errors
	///
	/// What the transaction returns; the file cannot be opened again.
	pub fn run<T>(&self, transaction: impl Fn(&Database) -> Result<T, Error>) -> Result<T, Error> {
		match self.attempt(&transaction) {
			None | Some(Err(Error::PreviousIo | Error::DatabaseClosed)) => {},
			Some(result) => return result,
		}
		self.open_anew()?;
		self.attempt(&transaction).unwrap_or(Err(Error::DatabaseClosed))
	}

	fn attempt<T>(
		&self,
		transaction: impl Fn(&Database) -> Result<T, Error>,
	) -> Option<Result<T, Error>> {
		// Whoever panicked within a transaction left the database without it.
		let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
		database.as_ref().map(transaction)
	}

	fn open_anew(&self) -> Result<(), Error> {
		let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
		// Closed first: the file is locked.
		*database = None;
		*database = Some((self.open)(&self.path)?);
		tracing::warn!(file = %self.path.display(), "[Q-RE-001] opened anew after it had failed");
		Ok(())
	}
}

impl std::fmt::Debug for Records {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Records").field("path", &self.path).finish()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use redb::{backends::FileBackend, ReadableDatabase, StorageBackend, TableDefinition};
	use std::{
		fs::OpenOptions,
		io,
		sync::{
			atomic::{AtomicBool, Ordering},
			Arc,
		},
	};

	const TABLE: TableDefinition<u64, u64> = TableDefinition::new("numbers");

	/// A file on a disk that can be full.
	#[derive(Debug)]
	struct Disk {
		file: FileBackend,
		full: Arc<AtomicBool>,
	}

	impl Disk {
		fn check(&self) -> io::Result<()> {
			match self.full.load(Ordering::SeqCst) {
				true => Err(io::Error::from(io::ErrorKind::StorageFull)),
				false => Ok(()),
			}
		}
	}

	impl StorageBackend for Disk {
		fn len(&self) -> io::Result<u64> {
			self.file.len()
		}

		fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
			self.file.read(offset, out)
		}

		fn set_len(&self, len: u64) -> io::Result<()> {
			self.check()?;
			self.file.set_len(len)
		}

		fn sync_data(&self) -> io::Result<()> {
			self.check()?;
			self.file.sync_data()
		}

		fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
			self.check()?;
			self.file.write(offset, data)
		}

		fn close(&self) -> io::Result<()> {
			self.file.close()
		}
	}

	fn on_disk(path: &Path, full: &Arc<AtomicBool>) -> Result<Records, Error> {
		let full = Arc::clone(full);
		let open = move |path: &Path| {
			let mut options = OpenOptions::new();
			let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
			let disk = Disk { file: FileBackend::new(file)?, full: Arc::clone(&full) };
			Ok(Database::builder().create_with_backend(disk)?)
		};
		Records::open_by(path, Box::new(open))
	}

	fn write(records: &Records, key: u64) -> Result<(), Error> {
		records.run(|database| {
			let transaction = database.begin_write()?;
			transaction.open_table(TABLE)?.insert(key, key)?;
			Ok(transaction.commit()?)
		})
	}

	fn read(records: &Records, key: u64) -> Result<Option<u64>, Error> {
		records.run(|database| {
			let table = database.begin_read()?.open_table(TABLE)?;
			let value = table.get(key)?.map(|value| value.value());
			Ok(value)
		})
	}

	#[test]
	fn records_go_on_once_a_full_disk_has_room() {
		let folder = tempfile::tempdir().unwrap();
		let full = Arc::new(AtomicBool::new(false));
		let records = on_disk(&folder.path().join("records.redb"), &full).unwrap();
		write(&records, 1).unwrap();
		full.store(true, Ordering::SeqCst);
		for _ in 0..3 {
			write(&records, 2).unwrap_err();
		}
		full.store(false, Ordering::SeqCst);
		write(&records, 3).unwrap();
		assert_eq!(read(&records, 1).unwrap(), Some(1), "what was committed stays");
		assert_eq!(read(&records, 2).unwrap(), None, "what failed did nothing");
		assert_eq!(read(&records, 3).unwrap(), Some(3));
	}

	#[test]
	fn two_processes_cannot_have_one_file() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("records.redb");
		let _records = Records::open(&path).unwrap();
		assert!(matches!(Records::open(&path), Err(Error::DatabaseAlreadyOpen)));
	}
}
