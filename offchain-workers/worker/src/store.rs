//! What the worker has done, on disk before anyone sees it.
//!
//! Whose a job is and what came of it is on the chain. Here is what the chain does not have: outputs,
//! salts, signed receipts and proofs, so that a worker that was killed does nothing twice and contradicts
//! nothing it has asked to be signed; what was sent to open a private job, sealed as it came; and how long things
//! took.

use codec::{Decode, Encode};
use quittance_client::AccountId;
use quittance_daemon::Records;
use quittance_issuer::SignedReceipt;
use quittance_types::{
	Agreement, Blob, CircuitId, Digest, Header, JobId, JobTime, MemberFinding, ModelId,
	PrivateOffer, Receipt, SettleClaims, SettleVerdictClaims, SettlementAudit,
	NOTE_CIPHERTEXT_BYTES, PROOF_BYTES,
};
use quittance_wallet::SealedOpening;
use redb::{
	Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
	TableDefinition, WriteTransaction,
};
use std::path::{Path, PathBuf};

/// Jobs by number: a version byte, then SCALE of [`Row`].
const JOBS: TableDefinition<u64, &[u8]> = TableDefinition::new("jobs");

/// How long things took, by what: a version byte, then SCALE of [`Times`].
const TIMES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("times");

/// Seats on panels, by job and draw: a version byte, then SCALE of [`Seat`].
const SEATS: TableDefinition<(u64, u8), &[u8]> = TableDefinition::new("seats");

/// Whose store it is.
const OWNER: TableDefinition<&str, &[u8]> = TableDefinition::new("owner");

/// Version of the records. Version 1 did not have what an input offers, version 2 no private jobs, version
/// 3 nothing that an auditor is shown.
const VERSION: u8 = 4;

/// Numbers of late over which times are measured.
const RECENT: usize = 16;

/// Most rows of jobs, and of seats. Beyond, no more are taken until old ones are pruned.
pub const MOST_ROWS: u64 = 65_536;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The file cannot be opened: another worker has it, or the system refuses.
	#[error("cannot open {}: {source}", path.display())]
	Open {
		/// The file.
		path: PathBuf,
		/// Why.
		source: redb::Error,
	},
	/// The file is another miner's, or of another chain: its receipts and salts are of no use here.
	#[error("{} is the store of miner {miner} on chain 0x{}", path.display(), hex::encode(.genesis))]
	Foreign {
		/// The file.
		path: PathBuf,
		/// Its miner.
		miner: AccountId,
		/// Its chain.
		genesis: [u8; 32],
	},
	/// The file was made by another version of the program.
	#[error(
		"{} is a store of version {found}, this program reads version {VERSION}: let the program that \
		 made it end its jobs, then begin with a new file",
		path.display()
	)]
	OtherVersion {
		/// The file.
		path: PathBuf,
		/// Its version.
		found: u8,
	},
	/// The database failed.
	#[error("the store failed: {0}")]
	Database(#[from] redb::Error),
	/// A record cannot be read by this version of the program.
	#[error("the store has an unreadable record: {0}")]
	Unreadable(String),
	/// There are as many jobs, or seats, as there can be.
	#[error("the store has {MOST_ROWS} jobs or seats")]
	Full,
}

/// What a miner has done for a job. Each part is written once, before anyone sees what it is for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Row {
	/// Job time at which it was taken in.
	pub found_at: JobTime,
	/// Job time after which nothing can come of it any more.
	pub ends_at: JobTime,
	/// The salt of its output.
	pub output_salt: Option<[u8; 32]>,
	/// Its output, which the blob store has.
	pub output: Option<Blob>,
	/// What the input that it was made of offers for it.
	pub offered: Option<Offered>,
	/// The salt of the commitment to the output, in a redundant job.
	pub commitment_salt: Option<[u8; 32]>,
	/// What an issuer has signed.
	pub signed: Option<SignedReceipt>,
	/// The receipt to be submitted, and what it depends on.
	pub receipt: Option<Prepared>,
	/// What the miner has committed to for a late receipt.
	pub late_commitment: Option<Digest>,
	/// What a private job has beside the rest.
	pub private: Option<PrivateRow>,
	/// How it ended, if it has.
	pub ending: Option<Ending>,
}

/// What a private job has beside the rest. Nothing in it says what the job pays without the wallet's seed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PrivateRow {
	/// What was posted, of which the chain keeps the hash.
	pub offer: PrivateOffer,
	/// What the requester has sent to open it, once it was found good.
	pub opening: Option<KeptOpening>,
	/// The agreement under which the requester has opened what is not worth the work, for good.
	pub declined: Option<Agreement>,
	/// The call that settles it.
	pub settlement: Option<SettlementCall>,
}

impl PrivateRow {
	/// That of an offer, of which nothing else is known.
	pub fn new(offer: PrivateOffer) -> Self {
		Self { offer, opening: None, declined: None, settlement: None }
	}

	/// Whether there is a good opening for this agreement.
	pub fn is_open(&self, agreement: &Agreement) -> bool {
		self.opening.as_ref().is_some_and(|opening| opening.agreement == *agreement)
	}
}

/// An opening as it came: for one lock, sealed to a key that the wallet's seed has.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct KeptOpening {
	/// The agreement of the lock.
	pub agreement: Agreement,
	/// The opening.
	pub sealed: SealedOpening,
}

/// A settlement as it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SettlementCall {
	/// What the proof is bound to.
	pub header: Header<AccountId>,
	/// What it shows.
	pub claims: SettlementBy,
	/// For the miner's wallet.
	pub ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	/// What the pool's auditor is shown, if there was one.
	pub audit: Option<SettlementAudit>,
	/// The proof.
	pub proof: [u8; PROOF_BYTES as usize],
	/// Number of the best block when it was made. The wallet does not look for its note for ever.
	pub made_at: u64,
}

/// What a settlement shows, by what it divides the escrow.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum SettlementBy {
	/// The receipt of an issuer.
	#[codec(index = 0)]
	Receipt(SettleClaims),
	/// What a panel found.
	#[codec(index = 1)]
	Verdict(SettleVerdictClaims),
}

/// What an input offers for its work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Offered {
	/// Units of work.
	pub units: u64,
	/// For each of them, in the chain's smallest unit.
	pub unit_price: u64,
}

/// What a miner has done as a member of a panel.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Seat {
	/// Job time at which something was last done for it.
	pub ends_at: JobTime,
	/// What was found, before anybody is told.
	pub found: Option<Found>,
	/// Whether nothing more is to be done.
	pub ended: bool,
}

/// What a member of a panel has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Found {
	/// What.
	pub finding: MemberFinding,
	/// The salt of the commitment to it.
	pub salt: [u8; 32],
	/// Digest of all that it depends on.
	pub question: Digest,
}

/// A receipt as it is submitted.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Prepared {
	/// The receipt.
	pub receipt: Receipt<AccountId>,
	/// The account that was to submit it. Another one needs another proof.
	pub submitter: AccountId,
}

/// How a job ended for this miner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Ending {
	/// Paid for, with this much, in the chain's smallest unit.
	#[codec(index = 0)]
	Paid(u128),
	/// The requester has its money back.
	#[codec(index = 1)]
	Refunded,
	/// Another miner did it.
	#[codec(index = 2)]
	Taken,
	/// It was not done in time.
	#[codec(index = 3)]
	Missed,
	/// The chain does not have it any more.
	#[codec(index = 4)]
	Gone,
	/// It could not be done.
	#[codec(index = 5)]
	Failed,
	/// Paid for out of the pool. How much is the wallet's to know.
	#[codec(index = 6)]
	Settled,
	/// The miner has given it back.
	#[codec(index = 7)]
	Declined,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode)]
pub enum Measured {
	/// From a job's fetching to its stored output, by the model.
	#[codec(index = 0)]
	Execution(ModelId),
	/// A proof, by its circuit.
	#[codec(index = 1)]
	Proving(CircuitId),
	/// An issuer's answer.
	#[codec(index = 2)]
	Signing(AccountId),
}

/// How long something took the last few times, in milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Times {
	recent: Vec<u64>,
	/// Place of the oldest, once there are as many as are kept.
	oldest: u32,
}

impl Times {
	fn add(&mut self, milliseconds: u64) {
		if self.recent.len() < RECENT {
			self.recent.push(milliseconds);
			return;
		}
		let place = usize::try_from(self.oldest).unwrap_or(0).checked_rem(RECENT).unwrap_or(0);
		if let Some(oldest) = self.recent.get_mut(place) {
			*oldest = milliseconds;
		}
		self.oldest = u32::try_from(place.saturating_add(1)).unwrap_or(0);
	}

	/// The longest of late; `None` where nothing was measured.
	pub fn longest(&self) -> Option<u64> {
		self.recent.iter().copied().max()
	}
}

/// The worker's own records. One process at a time can have them open.
pub struct Store {
	records: Records,
}

/// What a transaction found, or why that is not usable; what has failed in the database is outside.
type Transacted<T> = Result<Result<T, StoreError>, redb::Error>;

impl Store {
	/// Opens the store of a miner on a chain, which is made if it is not there.
	pub fn open(path: &Path, genesis: &[u8; 32], miner: &AccountId) -> Result<Self, StoreError> {
		let failed = |source| StoreError::Open { path: path.to_owned(), source };
		let store = Self { records: Records::open(path).map_err(failed)? };
		let owner = store.records.run(|database| Self::made(database, genesis, miner));
		let owner = owner.map_err(failed)?;
		if owner != (VERSION, *genesis, miner.0) {
			let (version, genesis, miner) = owner;
			if version != VERSION {
				return Err(StoreError::OtherVersion { path: path.to_owned(), found: version });
			}
			return Err(StoreError::Foreign {
				path: path.to_owned(),
				miner: AccountId(miner),
				genesis,
			});
		}
		Ok(store)
	}

	/// Whose store it is now.
	fn made(
		database: &Database,
		genesis: &[u8; 32],
		miner: &AccountId,
	) -> Result<(u8, [u8; 32], [u8; 32]), redb::Error> {
		let transaction = database.begin_write()?;
		let owner = {
			transaction.open_table(JOBS)?;
			transaction.open_table(TIMES)?;
			transaction.open_table(SEATS)?;
			let mut owners = transaction.open_table(OWNER)?;
			let there = owners.get("owner")?.map(|owner| owner.value().to_vec());
			match there {
				Some(bytes) => Decode::decode(&mut bytes.as_slice()).unwrap_or((
					bytes.first().copied().unwrap_or(0),
					[0; 32],
					[0; 32],
				)),
				None => {
					let owner = (VERSION, *genesis, miner.0);
					owners.insert("owner", owner.encode().as_slice())?;
					owner
				},
			}
		};
		transaction.commit()?;
		Ok(owner)
	}

	fn read<T>(&self, read: impl Fn(&ReadTransaction) -> Transacted<T>) -> Result<T, StoreError> {
		self.records.run(|database| read(&database.begin_read()?))?
	}

	/// Nothing is written where there is an error. The database has one writer at a time.
	fn write<T>(
		&self,
		write: impl Fn(&WriteTransaction) -> Transacted<T>,
	) -> Result<T, StoreError> {
		self.records.run(|database| {
			let transaction = database.begin_write()?;
			let written = write(&transaction)?;
			if written.is_ok() {
				transaction.commit()?;
			}
			Ok(written)
		})?
	}

	/// What was done for a job.
	pub fn job(&self, job: JobId) -> Result<Option<Row>, StoreError> {
		self.read(|transaction| {
			let table = transaction.open_table(JOBS)?;
			let entry = table.get(job)?;
			Ok(entry.map(|entry| decode(entry.value())).transpose())
		})
	}

	/// All jobs, by their numbers.
	pub fn jobs(&self) -> Result<Vec<(JobId, Row)>, StoreError> {
		self.read(|transaction| {
			let mut rows = Vec::new();
			for entry in transaction.open_table(JOBS)?.iter()? {
				let (job, row) = entry?;
				match decode(row.value()) {
					Ok(row) => rows.push((job.value(), row)),
					Err(error) => return Ok(Err(error)),
				}
			}
			Ok(Ok(rows))
		})
	}

	/// Changes what is known of a job, a new row where there is none, durably before this returns. Returns
	/// the row as it is then.
	pub fn change(&self, job: JobId, change: impl Fn(&mut Row)) -> Result<Row, StoreError> {
		self.write(|transaction| {
			let mut table = transaction.open_table(JOBS)?;
			let there = table.get(job)?.map(|entry| decode(entry.value())).transpose();
			let mut row: Row = match there {
				Ok(None) if table.len()? >= MOST_ROWS => return Ok(Err(StoreError::Full)),
				Ok(row) => row.unwrap_or_default(),
				Err(error) => return Ok(Err(error)),
			};
			change(&mut row);
			table.insert(job, encode(&row).as_slice())?;
			Ok(Ok(row))
		})
	}

	/// What was done for a seat.
	pub fn seat(&self, job: JobId, draw: u8) -> Result<Option<Seat>, StoreError> {
		self.read(|transaction| {
			let table = transaction.open_table(SEATS)?;
			let entry = table.get((job, draw))?;
			Ok(entry.map(|entry| decode(entry.value())).transpose())
		})
	}

	/// All seats, by jobs and draws.
	pub fn seats(&self) -> Result<Vec<(JobId, u8, Seat)>, StoreError> {
		self.read(|transaction| {
			let mut seats = Vec::new();
			for entry in transaction.open_table(SEATS)?.iter()? {
				let (place, seat) = entry?;
				let (job, draw) = place.value();
				match decode(seat.value()) {
					Ok(seat) => seats.push((job, draw, seat)),
					Err(error) => return Ok(Err(error)),
				}
			}
			Ok(Ok(seats))
		})
	}

	/// Changes what is known of a seat, a new one where there is none, durably before this returns.
	pub fn change_seat(
		&self,
		job: JobId,
		draw: u8,
		change: impl Fn(&mut Seat),
	) -> Result<Seat, StoreError> {
		self.write(|transaction| {
			let mut table = transaction.open_table(SEATS)?;
			let there = table.get((job, draw))?.map(|entry| decode(entry.value())).transpose();
			let mut seat: Seat = match there {
				Ok(None) if table.len()? >= MOST_ROWS => return Ok(Err(StoreError::Full)),
				Ok(seat) => seat.unwrap_or_default(),
				Err(error) => return Ok(Err(error)),
			};
			change(&mut seat);
			table.insert((job, draw), encode(&seat).as_slice())?;
			Ok(Ok(seat))
		})
	}

	/// Removes rows of jobs and seats that have ended, or of which nothing can come any more, before this
	/// time; returns how many.
	pub fn prune(&self, before: JobTime) -> Result<u64, StoreError> {
		let old: Vec<JobId> = self
			.jobs()?
			.into_iter()
			.filter(|(_, row)| row.ends_at < before)
			.map(|(job, _)| job)
			.collect();
		let seats = self.seats()?.into_iter().filter(|(_, _, seat)| seat.ends_at < before);
		let seats: Vec<(JobId, u8)> = seats.map(|(job, draw, _)| (job, draw)).collect();
		if old.is_empty() && seats.is_empty() {
			return Ok(0);
		}
		self.write(|transaction| {
			let mut table = transaction.open_table(JOBS)?;
			let mut removed = 0u64;
			for job in &old {
				removed = removed.saturating_add(u64::from(table.remove(job)?.is_some()));
			}
			let mut table = transaction.open_table(SEATS)?;
			for seat in &seats {
				removed = removed.saturating_add(u64::from(table.remove(seat)?.is_some()));
			}
			Ok(Ok(removed))
		})
	}

	/// Notes how long something took.
	pub fn measure(&self, what: &Measured, milliseconds: u64) -> Result<(), StoreError> {
		let key = what.encode();
		self.write(|transaction| {
			let mut table = transaction.open_table(TIMES)?;
			let there = table.get(key.as_slice())?.map(|entry| decode(entry.value())).transpose();
			let mut times: Times = match there {
				Ok(times) => times.unwrap_or_default(),
				Err(error) => return Ok(Err(error)),
			};
			times.add(milliseconds);
			table.insert(key.as_slice(), encode(&times).as_slice())?;
			Ok(Ok(()))
		})
	}

	/// How long something took of late.
	pub fn times(&self, what: &Measured) -> Result<Times, StoreError> {
		self.read(|transaction| {
			let table = transaction.open_table(TIMES)?;
			let entry = table.get(what.encode().as_slice())?;
			Ok(entry.map_or_else(|| Ok(Times::default()), |entry| decode(entry.value())))
		})
	}
}

impl std::fmt::Debug for Store {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("Store")
	}
}

fn encode(record: &impl Encode) -> Vec<u8> {
	(VERSION, record).encode()
}

fn decode<Record: Decode>(mut bytes: &[u8]) -> Result<Record, StoreError> {
	match <(u8, Record)>::decode(&mut bytes) {
		Ok((VERSION, record)) if bytes.is_empty() => Ok(record),
		Ok((VERSION, _)) => Err(StoreError::Unreadable("bytes are left over".to_owned())),
		Ok((version, _)) => Err(StoreError::Unreadable(format!("version {version}"))),
		Err(error) => Err(StoreError::Unreadable(error.to_string())),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const GENESIS: [u8; 32] = [1; 32];
	const MINER: AccountId = AccountId([2; 32]);

	fn temporary() -> (tempfile::TempDir, PathBuf) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("worker.redb");
		(folder, path)
	}

	fn open(path: &Path) -> Store {
		Store::open(path, &GENESIS, &MINER).unwrap()
	}

	#[test]
	fn what_is_written_is_there_after_every_crash() {
		let (folder, path) = temporary();
		let blob = Blob { digest: [4; 32], size: 5 };
		let writes: [fn(&mut Row); 4] = [
			|row| row.found_at = 7,
			|row| row.output_salt = Some([3; 32]),
			|row| row.output = Some(Blob { digest: [4; 32], size: 5 }),
			|row| row.ending = Some(Ending::Paid(u128::MAX)),
		];
		let mut expected = Row::default();
		let mut file = path.clone();
		for (step, write) in writes.into_iter().enumerate() {
			let store = open(&file);
			assert_eq!(store.job(9).unwrap().unwrap_or_default(), expected, "step {step}");
			store.change(9, write).unwrap();
			write(&mut expected);
			// As `kill -9` leaves it: neither closed nor dropped.
			let after = folder.path().join(format!("after-{step}.redb"));
			std::fs::copy(&file, &after).unwrap();
			std::mem::forget(store);
			file = after;
		}
		assert_eq!(open(&file).jobs().unwrap(), [(9, expected.clone())]);
		assert_eq!((expected.output, expected.found_at), (Some(blob), 7));
	}

	/// All of a private job's part, as it is written and after a crash.
	#[test]
	fn what_a_private_job_has_is_there_after_a_crash() {
		use quittance_types::{FieldBytes, SettlementClaims};
		let (folder, path) = temporary();
		let agreement: Agreement = Decode::decode(&mut [6; 32].as_slice()).unwrap();
		let other: Agreement = Decode::decode(&mut [7; 32].as_slice()).unwrap();
		let field = FieldBytes([1; 32]);
		let offer = PrivateOffer { escrow: field, terms: field, change_key: [3; 64] };
		let header = Header {
			genesis: GENESIS,
			pallet: 44,
			circuit: [2; 32],
			subject: Some(field),
			arguments: [4; 32],
			submitter: None,
			payee: MINER,
			valid_until: 9,
			nonce: 1,
		};
		let settlement = SettlementClaims {
			payee: field,
			change: field,
			ephemeral_key: [field; 2],
			encrypted_change: field,
			fee: 7,
		};
		let claims = SettlementBy::Verdict(SettleVerdictClaims { settlement });
		let audit = Some(SettlementAudit { key: 1, encrypted: [field; 2] });
		let (ciphertext, proof) = ([8; 128], [9; 256]);
		let call = SettlementCall { header, claims, ciphertext, audit, proof, made_at: 5 };
		let sealed = std::array::from_fn(|place| place as u8);
		let mut expected = PrivateRow::new(offer);
		assert!(!expected.is_open(&agreement));
		let store = open(&path);
		store.change(9, |row| row.private = Some(PrivateRow::new(offer))).unwrap();
		expected.opening = Some(KeptOpening { agreement, sealed });
		expected.declined = Some(other);
		expected.settlement = Some(call);
		store.change(9, |row| row.private = Some(expected.clone())).unwrap();
		let after = folder.path().join("after.redb");
		std::fs::copy(&path, &after).unwrap();
		std::mem::forget(store);
		let found = open(&after).job(9).unwrap().unwrap().private.unwrap();
		assert_eq!(found, expected);
		assert!(found.is_open(&agreement) && !found.is_open(&other));
	}

	#[test]
	fn a_write_that_dies_half_way_was_none() {
		let (folder, path) = temporary();
		let store = open(&path);
		store.change(1, |row| row.found_at = 1).unwrap();
		let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
			store.change(1, |row| {
				row.found_at = 2;
				panic!("dies while writing");
			})
		}));
		assert!(crashed.is_err());
		let after = folder.path().join("after.redb");
		std::fs::copy(&path, &after).unwrap();
		std::mem::forget(store);
		assert_eq!(open(&after).job(1).unwrap().unwrap().found_at, 1);
	}

	#[test]
	fn a_store_is_one_miners_on_one_chain_and_one_processs() {
		let (_folder, path) = temporary();
		let store = open(&path);
		let second = Store::open(&path, &GENESIS, &MINER);
		assert!(matches!(second, Err(StoreError::Open { .. })));
		drop(store);
		for (genesis, miner) in [([9; 32], MINER), (GENESIS, AccountId([9; 32]))] {
			let foreign = Store::open(&path, &genesis, &miner);
			assert!(matches!(
				foreign,
				Err(StoreError::Foreign { miner: MINER, genesis: GENESIS, .. })
			));
		}
		open(&path);
	}

	#[test]
	fn a_store_of_another_version_is_refused_and_left_as_it_is() {
		let (_folder, path) = temporary();
		for found in [1, 2, VERSION + 1] {
			let owner = (found, GENESIS, MINER.0).encode();
			let written = open(&path).write(|transaction| {
				transaction.open_table(OWNER)?.insert("owner", owner.as_slice())?;
				Ok(Ok(()))
			});
			written.unwrap();
			for _ in 0..2 {
				let error = Store::open(&path, &GENESIS, &MINER).unwrap_err();
				let named = matches!(&error, StoreError::OtherVersion { found: version, .. } if *version == found);
				assert!(named, "{error}");
			}
			std::fs::remove_file(&path).unwrap();
		}
	}

	#[test]
	fn an_entry_of_another_version_is_not_guessed_at() {
		let (_folder, path) = temporary();
		let store = open(&path);
		let bytes = (VERSION + 1, Row::default()).encode();
		let written = store.write(|transaction| {
			transaction.open_table(JOBS)?.insert(1, bytes.as_slice())?;
			Ok(Ok(()))
		});
		written.unwrap();
		assert!(matches!(store.job(1), Err(StoreError::Unreadable(_))));
		let written = store.change(1, |_| panic!("writes over it"));
		assert!(matches!(written, Err(StoreError::Unreadable(_))));
	}

	#[test]
	fn boundary_old_rows_go() {
		let (_folder, path) = temporary();
		let store = open(&path);
		for job in 0..10 {
			store.change(job, |row| row.ends_at = job).unwrap();
		}
		assert_eq!(store.prune(4).unwrap(), 4);
		assert_eq!(store.prune(4).unwrap(), 0);
		let left: Vec<JobId> = store.jobs().unwrap().into_iter().map(|(job, _)| job).collect();
		assert_eq!(left, [4, 5, 6, 7, 8, 9]);
		for draw in 0..4 {
			store.change_seat(9, draw, |seat| seat.ends_at = draw.into()).unwrap();
		}
		assert_eq!(store.prune(3).unwrap(), 3);
		let left: Vec<u8> = store.seats().unwrap().into_iter().map(|(_, draw, _)| draw).collect();
		assert_eq!(left, [3]);
	}

	#[test]
	fn the_longest_of_the_last_times_is_known() {
		let (_folder, path) = temporary();
		let store = open(&path);
		let (proving, other) = (Measured::Proving([1; 32]), Measured::Proving([2; 32]));
		assert_eq!(store.times(&proving).unwrap().longest(), None);
		store.measure(&proving, 900).unwrap();
		assert_eq!(store.times(&proving).unwrap().longest(), Some(900));
		assert_eq!(store.times(&other).unwrap().longest(), None);
		assert_eq!(store.times(&Measured::Execution([1; 32])).unwrap().longest(), None);
		for _ in 0..RECENT {
			store.measure(&proving, 100).unwrap();
		}
		assert_eq!(store.times(&proving).unwrap().longest(), Some(100));
		store.measure(&proving, 300).unwrap();
		assert_eq!(store.times(&proving).unwrap().longest(), Some(300));
	}
}
