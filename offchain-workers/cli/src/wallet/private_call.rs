//! A private call from the choice of its notes to the final block that has it.
//!
//! The wallet keeps the notes of a call for it, on disk, before anything leaves this process; whatever ends the
//! process, they are kept until the call is final or can be in no block any more.

use super::{
	session::Session,
	terms::{now, CallArguments},
};
use crate::{
	amount::Amount,
	document::to_hex,
	failure::{Failure, Fault},
	proving_keys::{self, KeyedCircuit, Statement},
};
use quittance_babyjubjub::PublicKey;
use quittance_client::{
	calls, send_private_call, AccountId, AccountKey, ClientError, Head, Pool as ChainPool,
	PoolAction, PoolBlock, PoolCircuit, PrivateCallRefusal, PrivateRequest, View, DEFAULT_TIMEOUT,
};
use quittance_poseidon::Native;
use quittance_types::{
	AuditorKey, CircuitId, Escrow, FieldBytes, Header, JobTime, PoolRefusal, PROOF_BYTES,
};
use quittance_wallet::{
	system_randomness, Address, JobOrder, Keys, Pool, PoolAuditor, PostError, PrivatePost,
	SpendError, Terms, Transfer, Wallet, Withdrawal,
};
use std::time::Instant;
use zeroize::Zeroizing;

/// Final blocks after which a call that is in none is given to the pool of transactions again: a node that was
/// started anew has forgotten it.
const AGAIN_AFTER: u64 = 5;

/// Most rounds of joins before a payment: each halves the number of notes.
const MOST_ROUNDS: usize = 64;

/// A payment from the pool.
pub enum Payment<'a> {
	/// Within it, to an address.
	Transfer {
		/// The address.
		to: &'a Address,
		/// How much.
		amount: u64,
	},
	/// To an account outside.
	Withdrawal {
		/// The account.
		payee: AccountId,
		/// How much.
		amount: u64,
	},
	/// Into the escrow of a private job, and to the account that posts it.
	PrivateJob(&'a PrivateOrder),
}

/// A private job and what pays for it. Amounts are in the chain's smallest unit.
pub struct PrivateOrder {
	/// Price of a unit, as the input names it.
	pub unit_price: u64,
	/// Most units that are paid.
	pub max_units: u64,
	/// What the requester's account gets.
	pub paid_in: u64,
	/// The job.
	pub request: PrivateRequest,
}

impl Payment<'_> {
	/// What it needs while the pool has no auditor.
	pub fn circuit(&self) -> PoolCircuit {
		match self {
			Self::Transfer { .. } => PoolCircuit::Transfer,
			Self::Withdrawal { .. } => PoolCircuit::Withdraw,
			Self::PrivateJob(_) => PoolCircuit::PostPrivateJob,
		}
	}
}

/// A payment that is final.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paid {
	/// Hash of its transaction.
	pub transaction: [u8; 32],
	/// The block that has it.
	pub block: u64,
	/// The first nullifier that it shows.
	pub nullifier: FieldBytes,
	/// Its fee.
	pub fee: u64,
	/// How many joins came before it.
	pub joins: usize,
	/// What those have cost.
	pub join_fees: u64,
}

/// A call without its proof.
#[allow(clippy::large_enum_variant)] // There is one, or a few.
enum Made {
	Transfer(Transfer),
	Withdrawal(Withdrawal),
	Post(PrivatePost, PrivateRequest),
}

/// What tells a call from any other.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Marks {
	nullifiers: [FieldBytes; 2],
	/// Of the notes that it makes.
	commitments: Vec<FieldBytes>,
}

impl Made {
	fn marks(&self) -> Marks {
		match self {
			Self::Transfer(Transfer { claims, .. }) => {
				Marks { nullifiers: claims.nullifiers, commitments: claims.commitments.to_vec() }
			},
			Self::Withdrawal(Withdrawal { claims, .. }) => {
				Marks { nullifiers: claims.nullifiers, commitments: vec![claims.change] }
			},
			Self::Post(PrivatePost { claims, .. }, _) => {
				Marks { nullifiers: claims.nullifiers, commitments: vec![claims.change] }
			},
		}
	}

	fn spends(&self) -> &[u64] {
		match self {
			Self::Transfer(call) => &call.spends,
			Self::Withdrawal(call) => &call.spends,
			Self::Post(call, _) => &call.spends,
		}
	}

	fn valid_until(&self) -> JobTime {
		match self {
			Self::Transfer(call) => call.header.valid_until,
			Self::Withdrawal(call) => call.header.valid_until,
			Self::Post(call, _) => call.header.valid_until,
		}
	}

	/// Some tenths of a second on all processors.
	fn prove(&self, circuits: &Circuits) -> Result<Proof, Failure> {
		let (of, audited, assignment) = match self {
			Self::Transfer(call) => (PoolCircuit::Transfer, call.audit().is_some(), call.assign()),
			Self::Withdrawal(call) => {
				(PoolCircuit::Withdraw, call.audit().is_some(), call.assign())
			},
			Self::Post(call, _) => {
				(PoolCircuit::PostPrivateJob, call.audit().is_some(), call.assign())
			},
		};
		let engine = &circuits.get(of.with_auditor(audited))?.engine;
		let failed = |error: &dyn std::fmt::Display| Failure::unavailable("proving", error);
		let assignment = assignment.map_err(|error| failed(&error))?;
		let proof = engine.prove(&assignment).map_err(|error| failed(&error))?.to_bytes();
		Proof::try_from(proof).map_err(|_| failed(&"a proof of another length"))
	}

	/// Gives it to the node, also more than once. What the node says first counts.
	async fn send(
		&self,
		chain: &quittance_client::Chain,
		proof: &Proof,
	) -> Result<[u8; 32], ClientError> {
		match self {
			Self::Transfer(transfer) => {
				let Transfer { claims, header, ciphertexts, .. } = transfer;
				let (header, audit) = (with_accounts(header), transfer.audit());
				let call = calls::transfer_notes(header, *claims, *ciphertexts, audit, *proof);
				send_private_call(chain, &call).await
			},
			Self::Withdrawal(withdrawal) => {
				let Withdrawal { claims, header, ciphertext, .. } = withdrawal;
				let (header, audit) = (with_accounts(header), withdrawal.audit());
				let call = calls::withdraw_notes(header, *claims, *ciphertext, audit, *proof);
				send_private_call(chain, &call).await
			},
			Self::Post(post, request) => {
				let PrivatePost { claims, header, ciphertext, .. } = post;
				let (header, request) = (with_accounts(header), request.clone());
				let (claims, ciphertext, audit) = (*claims, *ciphertext, post.audit());
				let call =
					calls::post_private_job(header, claims, request, ciphertext, audit, *proof);
				send_private_call(chain, &call).await
			},
		}
	}
}

type Proof = [u8; PROOF_BYTES as usize];

fn with_accounts(header: &Header<[u8; 32]>) -> Header<AccountId> {
	Header {
		genesis: header.genesis,
		pallet: header.pallet,
		circuit: header.circuit,
		subject: header.subject,
		arguments: header.arguments,
		submitter: header.submitter.map(AccountId),
		payee: AccountId(header.payee),
		valid_until: header.valid_until,
		nonce: header.nonce,
	}
}

/// The pool's circuits, as far as their proving keys are needed.
#[derive(Default)]
struct Circuits(Vec<(PoolCircuit, KeyedCircuit)>);

impl Circuits {
	fn get(&self, of: PoolCircuit) -> Result<&KeyedCircuit, Failure> {
		let found = self.0.iter().find(|(used_for, _)| *used_for == of);
		found.map(|(_, circuit)| circuit).ok_or_else(|| no_circuit(of))
	}

	fn has(&self, of: PoolCircuit) -> bool {
		self.0.iter().any(|(used_for, _)| *used_for == of)
	}
}

/// As the chain would say it.
fn no_circuit(of: PoolCircuit) -> Failure {
	let what = match of.with_auditor(false) {
		PoolCircuit::Transfer => "transfers",
		PoolCircuit::Withdraw => "withdrawals",
		PoolCircuit::PostPrivateJob => "posts of private jobs",
		PoolCircuit::Settle => "settlements by receipts",
		_ => "settlements by verdicts",
	};
	let detail = format!("governance has not named a circuit of {what} yet: wait until it has");
	Failure::Refused { by: "chain", reason: "NoCircuit".into(), detail }
}

/// The pool's auditor, if it has one, as calls are made for it: the one that the wallet's owner has accepted. The node
/// alone is not believed, since what a call shows cannot be taken back.
fn auditor_of(
	pool: &ChainPool,
	accepted: Option<AuditorKey>,
) -> Result<Option<PoolAuditor>, Failure> {
	let Some(policy) = pool.audit else { return Ok(None) };
	if accepted != Some(policy.current.key) {
		let key = to_hex(policy.current.key.to_bytes());
		let detail = format!(
			"the pool shows what notes are worth to an auditor whose key is {key}, as this node says, and the wallet \
			 has not accepted it: compare the key with what governance has published, then run `quittance wallet \
			 accept-auditor` with it"
		);
		return Err(Failure::Refused { by: "wallet", reason: "AuditorNotAccepted".into(), detail });
	}
	let [transfer, withdraw, post_private_job, settle, settle_verdict] =
		pool.audited.map(Option::unwrap_or_default);
	let key = PublicKey::from_bytes(&policy.current.key.to_bytes())
		.map_err(|error| Failure::unavailable("reading the auditor's key", error))?;
	let number = policy.current.number;
	Ok(Some(PoolAuditor {
		number,
		key,
		transfer,
		withdraw,
		post_private_job,
		settle,
		settle_verdict,
	}))
}

/// What became of a call, as final blocks say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
	/// Not known yet.
	Open,
	/// It is in this block, which is final.
	Final(u64),
	/// Another call in this block, which is final, spends one of its notes.
	Superseded(u64),
	/// It can be in no block any more.
	Expired,
}

impl Marks {
	/// What a final block says of the call, if it says anything.
	fn fate_in(&self, block: &PoolBlock) -> Option<Fate> {
		block.calls.iter().find_map(|call| {
			let nullifiers = match &call.action {
				PoolAction::Transfer { nullifiers, .. }
				| PoolAction::Withdrawal { nullifiers, .. }
				| PoolAction::PrivateJobPosted { nullifiers, .. } => nullifiers,
				PoolAction::Deposit { .. }
				| PoolAction::Settled { .. }
				| PoolAction::EscrowGivenBack { .. }
				| PoolAction::Other => return None,
			};
			if !nullifiers.iter().any(|shown| self.nullifiers.contains(shown)) {
				return None;
			}
			let commitments = call.notes.iter().map(|note| note.commitment).collect();
			let number = block.block.number;
			match (Self { nullifiers: *nullifiers, commitments }) == *self {
				true => Some(Fate::Final(number)),
				false => Some(Fate::Superseded(number)),
			}
		})
	}
}

/// A call that was given to the node.
struct Sent {
	made: Made,
	proof: Proof,
	transaction: [u8; 32],
	marks: Marks,
	fate: Fate,
}

impl Session<'_> {
	/// Makes a payment from the wallet, which is up to date, and waits until it is final. Joins come before it where
	/// more than two notes are needed.
	pub async fn pay(
		&mut self,
		payment: &Payment<'_>,
		arguments: &CallArguments,
	) -> Result<Paid, Failure> {
		let view = now(&self.chain).await?;
		let (chain_pool, index) = (view.pool().await?, view.pool_pallet()?);
		let auditor = auditor_of(&chain_pool, self.wallet.contents().auditor)?;
		let of = payment.circuit().with_auditor(auditor.is_some());
		let mut circuits = Circuits(vec![(of, self.circuit(&chain_pool, of, arguments)?)]);
		let pool = Pool {
			pallet: index,
			account: chain_pool.account.0,
			transfer: chain_pool.transfer.unwrap_or_default(),
			withdraw: chain_pool.withdraw.unwrap_or_default(),
			auditor,
		};
		let (mut joins, mut join_fees) = (0, 0u64);
		for _ in 0..MOST_ROUNDS {
			// Each time: fees and time have gone on since.
			let view = now(&self.chain).await?;
			let terms = arguments.terms(&view, payment, auditor.is_some()).await?;
			let (keys, wallet) = self.wallet.spending()?;
			let rng = &mut system_randomness();
			let made = match payment {
				Payment::Transfer { to, amount } => {
					wallet.transfer(keys, &pool, to, *amount, &terms, rng).map(Made::Transfer)
				},
				Payment::Withdrawal { payee, amount } => wallet
					.withdraw(keys, &pool, payee.0, *amount, &terms, rng)
					.map(Made::Withdrawal),
				Payment::PrivateJob(order) => {
					let circuit = circuits.get(of)?.id;
					let made = order.post(keys, wallet, &pool, circuit, &terms)?;
					made.map(|post| Made::Post(post, order.request.clone()))
				},
			};
			match made {
				Ok(made) => {
					self.check_post(&view, &chain_pool, &made).await?;
					let nullifier = made.marks().nullifiers[0];
					let sent = self.prove_and_send(made, &circuits).await?;
					let transaction = sent.transaction;
					let block = self.wait(vec![sent]).await?;
					let fee = terms.fee;
					return Ok(Paid { transaction, block, nullifier, fee, joins, join_fees });
				},
				Err(SpendError::JoinFirst { pairs, joins: left }) => {
					let of = PoolCircuit::Transfer.with_auditor(auditor.is_some());
					if !circuits.has(of) {
						let chain_pool = view.pool().await?;
						circuits.0.push((of, self.circuit(&chain_pool, of, arguments)?));
					}
					self.console.note(&format!(
						"more than two notes are needed: {left} joins come first, each for {} QTC",
						Amount(terms.join_fee.into())
					));
					let now = pairs.len();
					self.join(&pairs, &pool, &circuits, &terms).await?;
					joins += now;
					join_fees = join_fees.saturating_add(terms.join_fee.saturating_mul(now as u64));
				},
				Err(error) => return Err(refused(error)),
			}
		}
		let detail = "there are still too many small notes: pay less, in several parts";
		Err(Failure::Refused { by: "wallet", reason: "JoinFirst".into(), detail: detail.into() })
	}

	/// Asks the marketplace whether it takes a post, before that is proven: the pool alone would not say why not.
	async fn check_post(
		&mut self,
		view: &View,
		pool: &ChainPool,
		made: &Made,
	) -> Result<(), Failure> {
		let Made::Post(post, request) = made else { return Ok(()) };
		let Ok(offer) = post.claims.offer.hash::<Native>() else { return Ok(()) };
		let escrow = Escrow { commitment: post.claims.offer.escrow, offer: offer.into() };
		let circuit = pool.settle.ok_or_else(|| no_circuit(PoolCircuit::Settle));
		let checked = match circuit {
			Ok(circuit) => {
				let (requester, paid_in) = (AccountId(post.header.payee), post.claims.paid_in);
				let asked =
					view.check_private_job(&requester, request, &escrow, &circuit, paid_in).await;
				asked.map_err(Failure::from)
			},
			Err(missing) => Err(missing),
		};
		checked.map_err(|failure| self.give_up(made, failure))
	}

	/// The circuit that a call needs, if the key that is here is that of the chain's.
	fn circuit(
		&self,
		pool: &ChainPool,
		of: PoolCircuit,
		arguments: &CallArguments,
	) -> Result<KeyedCircuit, Failure> {
		let statement = match of {
			PoolCircuit::Transfer => Statement::Transfer,
			PoolCircuit::Withdraw => Statement::Withdraw,
			PoolCircuit::PostPrivateJob => Statement::PostPrivateJob,
			PoolCircuit::Settle => Statement::Settle,
			PoolCircuit::SettleVerdict => Statement::SettleVerdict,
			PoolCircuit::AuditedTransfer => Statement::AuditedTransfer,
			PoolCircuit::AuditedWithdraw => Statement::AuditedWithdraw,
			PoolCircuit::AuditedPostPrivateJob => Statement::AuditedPostPrivateJob,
			PoolCircuit::AuditedSettle => Statement::AuditedSettle,
			PoolCircuit::AuditedSettleVerdict => Statement::AuditedSettleVerdict,
		};
		let in_force = pool.circuit(of).ok_or_else(|| no_circuit(of))?;
		let folder = arguments.key_dir()?;
		let loading = self.console.spinner(format!("loading the key of {}", statement.name()));
		let circuit = proving_keys::cached(&folder, statement);
		loading.finish_and_clear();
		let circuit = circuit?;
		if circuit.id != in_force {
			let detail = format!(
				"the key of {} here is that of circuit {}, and the pool uses {}: get the key of that one",
				statement.name(),
				to_hex(circuit.id),
				to_hex(in_force)
			);
			return Err(Failure::file(&folder, Fault::Contradiction, detail));
		}
		Ok(circuit)
	}

	/// Makes one note of each pair.
	async fn join(
		&mut self,
		pairs: &[[u64; 2]],
		pool: &Pool,
		circuits: &Circuits,
		terms: &Terms,
	) -> Result<(), Failure> {
		let terms = Terms { fee: terms.join_fee, relayer: None, ..*terms };
		let mut sent = Vec::new();
		for pair in pairs {
			let (keys, wallet) = self.wallet.spending()?;
			let made = wallet.join(keys, pool, *pair, &terms, &mut system_randomness());
			let made = Made::Transfer(made.map_err(refused)?);
			sent.push(self.prove_and_send(made, circuits).await?);
		}
		self.wait(sent).await.map(|_| ())
	}

	/// Has the notes of a call kept for it, proves it and gives it to the node.
	async fn prove_and_send(&mut self, made: Made, circuits: &Circuits) -> Result<Sent, Failure> {
		// From here on no other call takes its notes, whatever becomes of this process.
		self.wallet.save()?;
		let proving = self.console.spinner("proving");
		let proof = tokio::task::block_in_place(|| made.prove(circuits));
		proving.finish_and_clear();
		let proof = match proof {
			Ok(proof) => proof,
			Err(failure) => return Err(self.give_up(&made, failure)),
		};
		match made.send(&self.chain, &proof).await {
			Ok(transaction) => {
				let marks = made.marks();
				Ok(Sent { made, proof, transaction, marks, fate: Fate::Open })
			},
			Err(error) if never_waits(&error) => Err(self.give_up(&made, error.into())),
			Err(error) => {
				let kept = format!(
					"{error}; nothing was reported as paid, and the call's notes are kept until job time {}: look \
					 at the balance then",
					made.valid_until()
				);
				Err(match error {
					ClientError::NoteAwaited | ClientError::PrivateCall(_) => Failure::from(error),
					_ => Failure::unavailable("sending the call", kept),
				})
			},
		}
	}

	/// Lets the notes of a call that nobody has go.
	fn give_up(&mut self, made: &Made, failure: Failure) -> Failure {
		let Ok((_, wallet)) = self.wallet.spending() else { return failure };
		wallet.release(made.spends().iter().copied());
		// Where that cannot be saved they go when the call would have expired.
		match self.wallet.save() {
			Ok(()) => failure,
			Err(unsaved) => {
				self.console.note(&unsaved.to_string());
				failure
			},
		}
	}

	/// Waits until all of these are final, and returns the block of the last. The wallet is up to date then.
	async fn wait(&mut self, mut sent: Vec<Sent>) -> Result<u64, Failure> {
		let waiting = self.console.spinner("waiting for finality");
		let result = self.wait_for(&mut sent).await;
		waiting.finish_and_clear();
		result?;
		let mut last = 0;
		for Sent { fate, made, .. } in &sent {
			match fate {
				Fate::Final(block) => last = last.max(*block),
				Fate::Superseded(block) => {
					let detail = format!(
						"another call in block {block} spends one of its notes, so that this one is void: is a copy \
						 of the wallet in use elsewhere? Look at balance and history"
					);
					return Err(refusal("Superseded", detail));
				},
				Fate::Expired | Fate::Open => {
					let until = made.valid_until();
					let detail = format!(
						"no block took the call until job time {until}: nothing was paid, its notes are free \
						 again, and it can be made anew"
					);
					return Err(refusal("Expired", detail));
				},
			}
		}
		Ok(last)
	}

	async fn wait_for(&mut self, sent: &mut [Sent]) -> Result<(), Failure> {
		let begun = Instant::now();
		let mut heads = self.chain.follow(Head::Finalised);
		let mut given = None;
		loop {
			let mut took = |block: &PoolBlock| {
				for sent in sent.iter_mut().filter(|sent| sent.fate == Fate::Open) {
					sent.fate = sent.marks.fate_in(block).unwrap_or(Fate::Open);
				}
			};
			let trouble = match self.follow_silently(&mut took).await {
				Ok(reached) => {
					let height = reached.finalised.number;
					for sent in sent.iter_mut().filter(|sent| sent.fate == Fate::Open) {
						// By now it would have been seen.
						if reached.job_time > sent.made.valid_until() {
							sent.fate = Fate::Expired;
						}
					}
					if sent.iter().all(|sent| sent.fate != Fate::Open) {
						return Ok(());
					}
					if height >= given.get_or_insert(height).saturating_add(AGAIN_AFTER) {
						given = Some(height);
						self.send_again(sent).await;
					}
					None
				},
				// A node that is started anew answers later; a wallet that contradicts the chain does not heal.
				Err(failure @ Failure::Unavailable { .. }) => Some(failure),
				Err(failure) => return Err(failure),
			};
			let left = DEFAULT_TIMEOUT.saturating_sub(begun.elapsed());
			if tokio::time::timeout(left, heads.next()).await.is_err() {
				let until = sent.iter().map(|sent| sent.made.valid_until()).max().unwrap_or(0);
				let why = trouble.map_or_else(String::new, |trouble| format!(" ({trouble})"));
				let detail = format!(
					"not final after {} s{why}. It may still become so until job time {until}, as long as its notes \
					 are kept for it: look at the balance later",
					DEFAULT_TIMEOUT.as_secs()
				);
				return Err(Failure::unavailable("waiting for the call", detail));
			}
		}
	}

	/// Gives the node what no block has yet. The same bytes have effect once, whatever it says of them.
	async fn send_again(&self, sent: &[Sent]) {
		for sent in sent.iter().filter(|sent| sent.fate == Fate::Open) {
			if let Err(error) = sent.made.send(&self.chain, &sent.proof).await {
				tracing::debug!(code = error.code(), %error, "sent again");
			}
		}
	}
}

impl PrivateOrder {
	/// The post. What the wallet cannot spend is an error that joins may help against, everything else is none.
	fn post(
		&self,
		keys: &Keys,
		wallet: &mut Wallet,
		pool: &Pool,
		circuit: CircuitId,
		terms: &Terms,
	) -> Result<Result<PrivatePost, SpendError>, Failure> {
		let Self { unit_price, max_units, paid_in, ref request } = *self;
		let order = JobOrder { circuit, unit_price, max_units, paid_in, request };
		let rng = &mut system_randomness();
		let mut requester = None;
		let account = |seed: &[u8; 32]| {
			requester = AccountKey::from_seed(Zeroizing::new(*seed)).map(|key| key.account().0);
			requester.unwrap_or_default()
		};
		match wallet.post_private_job(keys, pool, &order, account, terms, rng) {
			Ok(post) if requester.is_some() => Ok(Ok(post)),
			Ok(post) => {
				wallet.release(post.spends.iter().copied());
				Err(refusal("Requester", "the wallet made a seed that is no key".into()))
			},
			Err(PostError::Spend(error)) => Ok(Err(error)),
			Err(error @ (PostError::ZeroPrice | PostError::EscrowTooLarge { .. })) => {
				Err(Failure::argument("--unit-price", Fault::OutOfRange, error))
			},
			Err(error @ PostError::ZeroUnits) => {
				Err(Failure::argument("--max-units", Fault::OutOfRange, error))
			},
			Err(error @ PostError::NothingPaidIn) => {
				Err(Failure::argument("--paid-in", Fault::OutOfRange, error))
			},
			Err(error @ PostError::Claims(_)) => Err(refusal("Claims", error.to_string())),
		}
	}
}

/// Whether a call that was answered with this is in no pool of transactions, and its notes are nobody's.
fn never_waits(error: &ClientError) -> bool {
	match error {
		// Another copy of the wallet has spent the note: the next look at the chain says so, too.
		ClientError::PrivateCall(PrivateCallRefusal::Pool(PoolRefusal::NullifierSpent)) => false,
		ClientError::PrivateCall(_) | ClientError::Transaction(_) => true,
		_ => false,
	}
}

fn refusal(reason: &str, detail: String) -> Failure {
	Failure::Refused { by: "wallet", reason: reason.into(), detail }
}

/// Why the wallet did not make a call.
pub fn refused(error: SpendError) -> Failure {
	let amount = |amount: u64| Amount(amount.into());
	match &error {
		SpendError::ZeroAmount | SpendError::AmountTooLarge => {
			Failure::argument("AMOUNT", Fault::OutOfRange, error)
		},
		SpendError::Address(_) | SpendError::OtherChain | SpendError::Key(_) => {
			Failure::argument("ADDRESS", Fault::Invalid, error)
		},
		SpendError::PaysPool => Failure::argument("ACCOUNT", Fault::Unsupported, error),
		SpendError::OtherKeys => Failure::argument("--wallet", Fault::Contradiction, error),
		SpendError::NotEnough { needed, most, waiting, reserved } => refusal(
			"NotEnough",
			format!(
				"{} QTC needed with the fee, {} can be paid: {} wait for final blocks, {} are in calls on their way; \
				 wait for these, or pay less",
				amount(*needed),
				amount(*most),
				amount(*waiting),
				amount(*reserved)
			),
		),
		SpendError::JoinFirst { .. } => refusal("JoinFirst", error.to_string()),
		SpendError::NoteUnavailable(_) => refusal("NoteUnavailable", error.to_string()),
		SpendError::Claims(_) => refusal("Claims", error.to_string()),
		SpendError::NoPath(_) => refusal("NoPath", error.to_string()),
	}
}

#[cfg(test)]
mod tests;
