//! Proving, and the keys for it.

use crate::{executor::ExecuteError, ProveError, ReceiptFacts, Statement, WorkerError};
use quittance_circuits::{basic_receipt, settle, settle_verdict, Shape};
use quittance_client::{AccountId, View};
use quittance_issuer::SignedReceipt;
use quittance_prover::{Engine, KeyStore};
use quittance_types::{BasicReceipt, CircuitId, JobId};
use std::{
	collections::{BTreeMap, BTreeSet},
	future::Future,
	path::Path,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::task::JoinHandle;

/// Makes the receipt to submit from a signed one. Takes a good part of a second of all the
/// processor's cores; the proof is verified before it is returned.
pub fn prove_receipt(
	facts: &ReceiptFacts,
	miner: &AccountId,
	submitter: &AccountId,
	signed: &SignedReceipt,
	engine: &Engine,
) -> Result<BasicReceipt<AccountId>, ProveError> {
	let Statement { header, claims, public, witness } =
		facts.statement(miner, submitter, signed)?;
	let proof = engine.prove_basic_receipt(&public, &witness).map_err(|error| match error {
		quittance_prover::ProveError::Witness(error) => ProveError::Witness(error),
		error => ProveError::Prover(error.to_string()),
	})?;
	let proof = proof
		.to_bytes()
		.try_into()
		.map_err(|_| ProveError::Prover("a proof of another length".to_owned()))?;
	Ok(BasicReceipt { header, claims, proof })
}

/// Proving keys by registered circuit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provers {
	engines: BTreeMap<CircuitId, Arc<Engine>>,
}

/// Circuits that are proven, by what they are for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circuits {
	/// Basic receipts.
	pub(crate) receipts: BTreeSet<CircuitId>,
	/// Settlements by receipts.
	pub(crate) settle: BTreeSet<CircuitId>,
	/// Settlements by verdicts.
	pub(crate) settle_verdict: BTreeSet<CircuitId>,
	/// Settlements by receipts while the pool has an auditor.
	pub(crate) audited_settle: BTreeSet<CircuitId>,
	/// Settlements by verdicts then.
	pub(crate) audited_settle_verdict: BTreeSet<CircuitId>,
}

impl Provers {
	/// Loads the keys and checks that the chain registered their verifying halves under each of these ids: a proof
	/// under another key would be refused, and cost a fee or the job.
	pub(crate) async fn load(
		folder: &Path,
		circuits: &Circuits,
		view: &View,
	) -> Result<Self, WorkerError> {
		type Kind<'a> = (&'static str, fn() -> Shape, &'a BTreeSet<CircuitId>);
		let (by_receipt, by_verdict) = (&circuits.audited_settle, &circuits.audited_settle_verdict);
		let kinds: [Kind<'_>; 5] = [
			(basic_receipt::NAME, basic_receipt::shape, &circuits.receipts),
			(settle::NAME, settle::shape, &circuits.settle),
			(settle_verdict::NAME, settle_verdict::shape, &circuits.settle_verdict),
			(settle::AUDITED_NAME, settle::audited_shape, by_receipt),
			(settle_verdict::AUDITED_NAME, settle_verdict::audited_shape, by_verdict),
		];
		let mut engines = BTreeMap::new();
		for (name, shape, circuits) in kinds {
			engines.extend(Self::of_kind(folder, name, shape, circuits, view).await?);
		}
		Ok(Self { engines })
	}

	async fn of_kind(
		folder: &Path,
		name: &'static str,
		shape: fn() -> Shape,
		circuits: &BTreeSet<CircuitId>,
		view: &View,
	) -> Result<BTreeMap<CircuitId, Arc<Engine>>, WorkerError> {
		let Some(first) = circuits.first() else { return Ok(BTreeMap::new()) };
		let failed = |circuit: &CircuitId, reason: String| WorkerError::ProvingKey {
			circuit: *circuit,
			reason,
		};
		let store = KeyStore::new(folder);
		let loading = tokio::task::spawn_blocking(move || store.load(name, &shape()));
		let engine = loading
			.await
			.map_err(|error| failed(first, error.to_string()))?
			.map_err(|error| failed(first, error.to_string()))?;
		let engine = Arc::new(engine);
		let held = engine.verifying_key().to_bytes();
		let mut engines = BTreeMap::new();
		for circuit in circuits {
			let registered =
				view.circuit_key(circuit).await?.ok_or(WorkerError::UnknownCircuit(*circuit))?;
			if registered != held {
				let reason = format!(
					"the chain registered another verifying key than that of {name} under this id"
				);
				return Err(failed(circuit, reason));
			}
			engines.insert(*circuit, Arc::clone(&engine));
		}
		Ok(engines)
	}

	/// The prover of a circuit.
	pub(crate) fn get(&self, circuit: &CircuitId) -> Option<Arc<Engine>> {
		self.engines.get(circuit).map(Arc::clone)
	}
}

/// What a proof for a job is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ground {
	/// What an issuer has signed.
	Signed(SignedReceipt),
	/// So many units that a panel found.
	Found(u64),
}

/// Proofs that gave way, so that something else could be done for their jobs, and go on. At most one of each
/// job's: it is taken up again, or forgotten.
pub(crate) struct Proofs<Made> {
	left: Mutex<BTreeMap<JobId, Making<Made>>>,
}

/// A proof that is being made.
struct Making<Made> {
	/// Of what.
	of: Ground,
	proof: JoinHandle<Made>,
}

impl<Made> Default for Proofs<Made> {
	fn default() -> Self {
		Self { left: Mutex::default() }
	}
}

impl<Made> Proofs<Made> {
	/// The proof of what there is for a job, which is begun where none is being made; `None` once it gives
	/// way. If it was begun by then, it goes on.
	///
	/// What `begin` returns must be at work: as long as it waits, it is dropped when it gives way.
	pub(crate) async fn made(
		&self,
		job: JobId,
		of: &Ground,
		begin: impl Future<Output = Result<JoinHandle<Made>, ExecuteError>>,
		gives_way: impl Future<Output = ()>,
	) -> Result<Option<Made>, ExecuteError> {
		tokio::pin!(gives_way);
		let left = self.left().remove(&job).filter(|making| making.of == *of);
		let mut making = match left {
			Some(making) => making,
			None => tokio::select! {
				biased;
				proof = begin => Making { of: of.clone(), proof: proof? },
				() = &mut gives_way => return Ok(None),
			},
		};
		tokio::select! {
			biased;
			made = &mut making.proof => {
				made.map(Some).map_err(|error| ExecuteError::Interrupted(error.to_string()))
			},
			() = gives_way => {
				self.left().insert(job, making);
				Ok(None)
			},
		}
	}

	/// A job has ended. What is still being made for it has no use.
	pub(crate) fn forget(&self, job: JobId) {
		self.left().remove(&job);
	}

	/// A panic while it was held left it whole: each change of it is one.
	fn left(&self) -> MutexGuard<'_, BTreeMap<JobId, Making<Made>>> {
		self.left.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_types::{Body, Level};
	use std::{
		cell::Cell,
		future::{pending, ready},
	};
	use tokio::sync::oneshot;

	fn signed(serial: u64) -> Ground {
		let body = Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 1,
			end: 2,
			expires_at: 60,
			serial: serial.into(),
			output: [7; 32],
		};
		let signature = vec![5; 96];
		let issuer = AccountId([1; 32]);
		Ground::Signed(SignedReceipt { level: Level::Basic, issuer, body, salt: 9, signature })
	}

	/// A proof that ends when it is told to, and how often one was begun.
	struct Bench {
		begun: Cell<u32>,
	}

	impl Bench {
		async fn begin(
			&self,
			ends: oneshot::Receiver<u32>,
		) -> Result<JoinHandle<u32>, ExecuteError> {
			self.begun.set(self.begun.get() + 1);
			Ok(tokio::spawn(async move { ends.await.unwrap_or(0) }))
		}
	}

	/// A lock passes while a proof is made that takes longer than it.
	#[tokio::test]
	async fn a_proof_gives_way_goes_on_and_is_not_made_twice() {
		let (proofs, bench) = (Proofs::default(), Bench { begun: Cell::new(0) });
		let (end, ends) = oneshot::channel();
		let made = proofs.made(7, &signed(1), bench.begin(ends), ready(())).await;
		assert_eq!(made.unwrap(), None, "the output is shown first");
		// It goes on while nobody waits, and gives way as often as it has to.
		let (_, ends) = oneshot::channel();
		let made = proofs.made(7, &signed(1), bench.begin(ends), ready(())).await;
		assert_eq!(made.unwrap(), None);
		end.send(3).unwrap();
		let (_, ends) = oneshot::channel();
		let made = proofs.made(7, &signed(1), bench.begin(ends), pending()).await;
		assert_eq!((made.unwrap(), bench.begun.get()), (Some(3), 1));
		// What was made was handed out: the next one is begun.
		let (end, ends) = oneshot::channel();
		end.send(4).unwrap();
		let made = proofs.made(7, &signed(1), bench.begin(ends), pending()).await;
		assert_eq!((made.unwrap(), bench.begun.get()), (Some(4), 2));
	}

	/// Whoever waits for the processors leaves the line, and its job's lock is seen to.
	#[tokio::test]
	async fn a_proof_that_is_not_begun_gives_way_too() {
		let proofs = Proofs::<u32>::default();
		let (left, is_left) = oneshot::channel::<()>();
		let waiting = async move {
			let _in_line = left;
			pending().await
		};
		assert_eq!(proofs.made(7, &signed(1), waiting, ready(())).await.unwrap(), None);
		assert!(is_left.await.is_err(), "it waits no more");
		let refused = ready(Err(ExecuteError::Missing("the facts")));
		let made = proofs.made(7, &signed(1), refused, pending()).await;
		assert!(matches!(made, Err(ExecuteError::Missing(_))));
	}

	#[tokio::test]
	async fn a_proof_is_of_one_receipt_of_one_job() {
		let (proofs, bench) = (Proofs::default(), Bench { begun: Cell::new(0) });
		let prove = async |job, serial, ends, now: bool| {
			let (end, ended) = oneshot::channel();
			end.send(ends).unwrap();
			let gives_way = async move {
				if !now {
					pending().await
				}
			};
			proofs.made(job, &signed(serial), bench.begin(ended), gives_way).await.unwrap()
		};
		assert_eq!(prove(7, 1, 1, true).await, None);
		assert_eq!(prove(8, 1, 2, true).await, None);
		assert_eq!(prove(7, 2, 3, false).await, Some(3), "another receipt");
		assert_eq!(prove(8, 1, 4, false).await, Some(2), "what was begun for it");
		assert_eq!(bench.begun.get(), 3);
		assert_eq!(prove(9, 1, 5, true).await, None);
		proofs.forget(9);
		assert_eq!(prove(9, 1, 6, false).await, Some(6));
		assert_eq!(bench.begun.get(), 5);
	}

	/// A private job that was signed for too late is settled by what a panel found.
	#[tokio::test]
	async fn a_proof_by_a_verdict_is_none_by_a_receipt() {
		let (proofs, bench) = (Proofs::default(), Bench { begun: Cell::new(0) });
		for (place, of) in [(1, signed(1)), (2, Ground::Found(7)), (3, Ground::Found(8))] {
			let (end, ends) = oneshot::channel();
			let made = proofs.made(7, &of, bench.begin(ends), ready(())).await;
			assert_eq!((made.unwrap(), bench.begun.get()), (None, place));
			end.send(place).unwrap_or_default();
		}
		let (_end, ends) = oneshot::channel();
		let made = proofs.made(7, &Ground::Found(8), bench.begin(ends), pending()).await;
		assert_eq!((made.unwrap(), bench.begun.get()), (Some(3), 3));
	}

	/// A proof that panics is an attempt that came to nothing.
	#[tokio::test]
	async fn a_proof_that_panics_is_begun_anew() {
		let proofs = Proofs::<u32>::default();
		let panics = ready(Ok(tokio::spawn(async { panic!("while proving") })));
		let made = proofs.made(7, &signed(1), panics, pending()).await;
		assert!(matches!(made, Err(ExecuteError::Interrupted(_))));
		let good = ready(Ok(tokio::spawn(ready(5))));
		assert_eq!(proofs.made(7, &signed(1), good, pending()).await.unwrap(), Some(5));
	}
}
