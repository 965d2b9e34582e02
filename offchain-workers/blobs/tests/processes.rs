//! Several processes, each with several threads, write and read the same blobs of one folder.

use std::{path::Path, process::Command, thread};

use quittance_blobs::{BlobError, Digest, FolderStore};

const FOLDER: &str = "QUITTANCE_BLOBS_TEST_FOLDER";
const PROCESSES: usize = 4;
const THREADS: usize = 4;
const BLOBS: u8 = 12;

/// Large enough for a write to be more than one page.
fn blob(number: u8) -> Vec<u8> {
	vec![number; 30_000 + usize::from(number)]
}

fn write_and_read(folder: &Path) {
	let store = FolderStore::open(folder).unwrap();
	for number in 0..BLOBS {
		let bytes = blob(number);
		// A reader sees all of a blob or none of it, whatever the writers are doing.
		match store.get(&Digest::of(&bytes), 100_000) {
			Ok(found) => assert_eq!(found, bytes),
			Err(error) => assert!(matches!(error, BlobError::Missing(_)), "{error}"),
		}
		let digest = store.put(&bytes).unwrap();
		assert_eq!(store.get(&digest, 100_000).unwrap(), bytes);
	}
}

/// The work of one process; a test of its own does it in a folder of its own.
#[test]
fn concurrent_threads() {
	let own = tempfile::tempdir().unwrap();
	let folder = std::env::var_os(FOLDER).map_or(own.path().to_path_buf(), Into::into);
	thread::scope(|scope| {
		for _ in 0..THREADS {
			scope.spawn(|| write_and_read(&folder));
		}
	});
}

#[test]
fn concurrent_processes() {
	let folder = tempfile::tempdir().unwrap();
	let children: Vec<_> = (0..PROCESSES)
		.map(|_| {
			Command::new(std::env::current_exe().unwrap())
				.args(["--exact", "concurrent_threads"])
				.env(FOLDER, folder.path())
				.spawn()
				.unwrap()
		})
		.collect();
	for mut child in children {
		assert!(child.wait().unwrap().success());
	}
	let store = FolderStore::open(folder.path()).unwrap();
	for number in 0..BLOBS {
		assert_eq!(store.get(&Digest::of(&blob(number)), 100_000).unwrap(), blob(number));
	}
	let unfinished = std::fs::read_dir(folder.path().join("unfinished")).unwrap();
	assert_eq!(unfinished.count(), 0);
}
