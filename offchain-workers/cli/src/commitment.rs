//! What a commitment opens to, in a file that only its owner can read, from before the commitment is sent until
//! it is opened. Without the file a commitment cannot be opened, and who does not open one loses by it.

use crate::{
	document::{to_hex, Document, Node},
	failure::{Failure, Fault},
};
use quittance_client::AccountId;
use quittance_types::{
	delivery_commitment, finding_commitment, Blob, Digest, JobId, MemberFinding,
};
use serde_json::{json, Value};
use std::{
	fs::OpenOptions,
	io::{ErrorKind, Write},
	os::unix::fs::{OpenOptionsExt, PermissionsExt},
	path::Path,
};

/// The version this program reads and writes.
const VERSION: u64 = 1;

/// What a miner of a redundant job has committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
	/// Hash of the chain's first block.
	pub genesis: Digest,
	/// The job.
	pub job: JobId,
	/// The miner: the cold account.
	pub miner: AccountId,
	/// Its output.
	pub output: Blob,
	/// 32 random bytes.
	pub salt: [u8; 32],
}

/// What a member of a panel has committed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
	/// Hash of the chain's first block.
	pub genesis: Digest,
	/// The job.
	pub job: JobId,
	/// Number of the draw.
	pub draw: u8,
	/// The member: the miner's cold account.
	pub member: AccountId,
	/// What it found.
	pub finding: MemberFinding,
	/// 32 random bytes.
	pub salt: [u8; 32],
}

/// What can be committed to.
pub trait Secret: Sized {
	/// The file's `format` field.
	const FORMAT: &'static str;
	/// The file's fields besides `format` and `version`.
	const FIELDS: &'static [&'static str];

	/// What goes to the chain before it is opened.
	fn commitment(&self) -> Digest;
	/// Reads the fields.
	fn from_node(root: &Node<'_>) -> Result<Self, Failure>;
	/// The fields.
	fn to_json(&self) -> Value;
	/// The same with the salt of another: all that two of them may differ in.
	fn with_salt_of(self, other: &Self) -> Self;
}

impl Secret for Delivery {
	const FORMAT: &'static str = "quittance.delivery-commitment";
	const FIELDS: &'static [&'static str] = &["genesis", "job", "miner", "output", "salt"];

	fn commitment(&self) -> Digest {
		delivery_commitment(self.job, &self.miner.0, &self.output, &self.salt)
	}

	fn from_node(root: &Node<'_>) -> Result<Self, Failure> {
		let output = root.field("output")?;
		output.only(&["digest", "size"])?;
		Ok(Self {
			genesis: root.field("genesis")?.hex()?,
			job: root.field("job")?.integer()?,
			miner: root.field("miner")?.account()?,
			output: Blob {
				digest: output.field("digest")?.hex()?,
				size: output.field("size")?.integer()?,
			},
			salt: root.field("salt")?.hex()?,
		})
	}

	fn to_json(&self) -> Value {
		let Self { genesis, job, miner, output, salt } = self;
		json!({
			"genesis": to_hex(genesis),
			"job": job,
			"miner": miner.to_string(),
			"output": { "digest": to_hex(output.digest), "size": output.size },
			"salt": to_hex(salt),
		})
	}

	fn with_salt_of(self, other: &Self) -> Self {
		Self { salt: other.salt, ..self }
	}
}

impl Secret for Finding {
	const FORMAT: &'static str = "quittance.finding-commitment";
	const FIELDS: &'static [&'static str] =
		&["genesis", "job", "draw", "member", "finding", "salt"];

	fn commitment(&self) -> Digest {
		let Self { genesis, job, draw, member, finding, salt } = self;
		finding_commitment(genesis, *job, *draw, &member.0, finding, salt)
	}

	fn from_node(root: &Node<'_>) -> Result<Self, Failure> {
		Ok(Self {
			genesis: root.field("genesis")?.hex()?,
			job: root.field("job")?.integer()?,
			draw: root.field("draw")?.integer()?,
			member: root.field("member")?.account()?,
			finding: finding(&root.field("finding")?)?,
			salt: root.field("salt")?.hex()?,
		})
	}

	fn to_json(&self) -> Value {
		let Self { genesis, job, draw, member, finding, salt } = self;
		let finding = match finding {
			MemberFinding::Right { candidate, amount } => {
				json!({ "right": { "candidate": candidate, "amount": amount.to_string() } })
			},
			MemberFinding::Wrong => json!("wrong"),
			MemberFinding::Unfetched => json!("unfetched"),
		};
		json!({
			"genesis": to_hex(genesis),
			"job": job,
			"draw": draw,
			"member": member.to_string(),
			"finding": finding,
			"salt": to_hex(salt),
		})
	}

	fn with_salt_of(self, other: &Self) -> Self {
		Self { salt: other.salt, ..self }
	}
}

fn finding(node: &Node<'_>) -> Result<MemberFinding, Failure> {
	if node.text().is_ok() {
		return node
			.one_of(&[("wrong", MemberFinding::Wrong), ("unfetched", MemberFinding::Unfetched)]);
	}
	node.only(&["right"])?;
	let right = node.field("right")?;
	right.only(&["candidate", "amount"])?;
	Ok(MemberFinding::Right {
		candidate: right.field("candidate")?.integer()?,
		amount: right.field("amount")?.decimal()?,
	})
}

/// Reads what a file has. One that others can read is as good as none: whoever opens a commitment first takes
/// the work of who made it.
pub fn read<T: Secret>(file: &Path) -> Result<T, Failure> {
	let document = Document::read(file)?;
	let metadata =
		file.metadata().map_err(|error| Failure::file(file, Fault::Unreadable, error))?;
	let mode = metadata.permissions().mode() & 0o777;
	if mode & 0o077 != 0 {
		let detail = format!("its mode is {mode:o}; make it 600, others could open the commitment");
		return Err(Failure::file(file, Fault::Key, detail));
	}
	let root = document.root();
	root.field("format")?.one_of(&[(T::FORMAT, ())])?;
	let version = root.field("version")?;
	if version.integer::<u64>()? != VERSION {
		return Err(version.fail(Fault::Unsupported, format!("expected {VERSION}")));
	}
	root.only(&[&["format", "version"], T::FIELDS].concat())?;
	T::from_node(&root)
}

/// Keeps a secret in a file that is not there yet, on disk before this returns. Where it is there, the secret it
/// has is the one, if it differs by no more than its salt: a command that was cut off is so given again and
/// sends the same commitment.
pub fn keep<T: Secret + Clone + PartialEq>(file: &Path, secret: T) -> Result<T, Failure> {
	let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
	let mut opened = match opened {
		Ok(opened) => opened,
		Err(error) if error.kind() == ErrorKind::AlreadyExists => {
			let kept = read::<T>(file)?;
			let same = secret.with_salt_of(&kept) == kept;
			let detail = "it is there with what another commitment opens to; name another file";
			return match same {
				true => Ok(kept),
				false => Err(Failure::file(file, Fault::Contradiction, detail)),
			};
		},
		Err(error) => return Err(Failure::io("writing", file)(error)),
	};
	let mut json = secret.to_json();
	if let Some(fields) = json.as_object_mut() {
		fields.insert("format".into(), json!(T::FORMAT));
		fields.insert("version".into(), json!(VERSION));
	}
	opened
		.write_all(format!("{json:#}\n").as_bytes())
		.and_then(|()| opened.sync_all())
		.map_err(Failure::io("writing", file))?;
	Ok(secret)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{fmt::Debug, fs};

	fn delivery() -> Delivery {
		Delivery {
			genesis: [1; 32],
			job: u64::MAX,
			miner: AccountId([2; 32]),
			output: Blob { digest: [3; 32], size: u32::MAX },
			salt: [4; 32],
		}
	}

	fn found(finding: MemberFinding) -> Finding {
		Finding {
			genesis: [1; 32],
			job: 2,
			draw: u8::MAX,
			member: AccountId([3; 32]),
			finding,
			salt: [4; 32],
		}
	}

	fn findings() -> [Finding; 3] {
		[
			found(MemberFinding::Right { candidate: u8::MAX, amount: u128::MAX }),
			found(MemberFinding::Wrong),
			found(MemberFinding::Unfetched),
		]
	}

	fn round_trip<T: Secret + Clone + PartialEq + Debug>(secret: T) {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("secret.json");
		assert_eq!(keep(&file, secret.clone()).unwrap(), secret);
		assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
		assert_eq!(read::<T>(&file).unwrap(), secret);
	}

	#[test]
	fn files_round_trip_and_are_their_owners() {
		round_trip(delivery());
		findings().into_iter().for_each(round_trip);
	}

	#[test]
	fn what_was_kept_is_kept() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("secret.json");
		let kept = keep(&file, delivery()).unwrap();
		let before = fs::read(&file).unwrap();
		// The same once more, which would have had another salt.
		let again = keep(&file, Delivery { salt: [9; 32], ..delivery() }).unwrap();
		assert_eq!((again.commitment(), again), (kept.commitment(), kept));
		let others = [
			Delivery { job: 1, ..delivery() },
			Delivery { genesis: [9; 32], ..delivery() },
			Delivery { miner: AccountId([9; 32]), ..delivery() },
			Delivery { output: Blob { digest: [9; 32], size: 1 }, ..delivery() },
		];
		for other in others {
			let failure = keep(&file, other).unwrap_err();
			assert!(matches!(failure, Failure::Malformed { fault: Fault::Contradiction, .. }));
		}
		// Nor is a file of another kind written over.
		let failure = keep(&file, found(MemberFinding::Wrong)).unwrap_err();
		assert!(matches!(failure, Failure::Malformed { fault: Fault::Unsupported, .. }));
		assert_eq!(fs::read(&file).unwrap(), before);
	}

	#[test]
	fn a_file_that_others_can_read_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("secret.json");
		keep(&file, delivery()).unwrap();
		for mode in [0o640, 0o604] {
			fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
			let failure = read::<Delivery>(&file).unwrap_err();
			assert!(matches!(failure, Failure::Malformed { fault: Fault::Key, .. }), "{mode:o}");
		}
	}

	#[test]
	fn commitments_are_those_of_the_protocol() {
		let secret = delivery();
		let expected = delivery_commitment(
			u64::MAX,
			&[2; 32],
			&Blob { digest: [3; 32], size: u32::MAX },
			&[4; 32],
		);
		assert_eq!(secret.commitment(), expected);
		let wrong = MemberFinding::Wrong;
		let expected = finding_commitment(&[1; 32], 2, u8::MAX, &[3; 32], &wrong, &[4; 32]);
		assert_eq!(found(wrong).commitment(), expected);
	}

	/// Every leaf is needed, and has a type: without it, or with another in its place, the place is named.
	#[test]
	fn each_missing_or_mistyped_field_is_named() {
		fn check<T: Secret + Clone + PartialEq + Debug>(secret: T) {
			let folder = tempfile::tempdir().unwrap();
			let file = folder.path().join("secret.json");
			keep(&file, secret).unwrap();
			let json: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
			let fault = |json: &Value| {
				fs::write(&file, json.to_string()).unwrap();
				match read::<T>(&file).unwrap_err() {
					Failure::Malformed { at: Some(at), fault, .. } => (at, fault),
					other => panic!("{other:?}"),
				}
			};
			for pointer in leaves(&json, String::new()) {
				let (parent, name) = pointer.rsplit_once('/').unwrap();
				let place = format!("${}", parent.replace('/', "."));
				let mut without = json.clone();
				without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
				assert_eq!(fault(&without), (place.clone(), Fault::Missing), "{pointer}");
				let mut mistyped = json.clone();
				*mistyped.pointer_mut(&pointer).unwrap() = json!([]);
				assert_eq!(fault(&mistyped), (format!("{place}.{name}"), Fault::WrongType));
				let mut longer = json.clone();
				let parent = longer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
				parent.insert("unheard_of".into(), json!(1));
				assert_eq!(fault(&longer), (place, Fault::Unknown), "{pointer}");
			}
		}
		check(delivery());
		findings().into_iter().for_each(check);
	}

	#[test]
	fn a_finding_is_one_of_three() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("secret.json");
		keep(&file, found(MemberFinding::Wrong)).unwrap();
		let text = fs::read_to_string(&file).unwrap().replace("\"wrong\"", "\"maybe\"");
		fs::write(&file, text).unwrap();
		let failure = read::<Finding>(&file).unwrap_err();
		assert!(matches!(failure, Failure::Malformed { fault: Fault::Unsupported, .. }));
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
