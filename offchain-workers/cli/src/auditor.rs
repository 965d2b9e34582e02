//! `quittance auditor`: the pool's auditor, from governance's side and from its own.
//!
//! It is none of a wallet's auditors, for whom there is `quittance wallet audit`: the pool's sees what every note is
//! worth that is made while it is the auditor, and of none whose it is.

use crate::{
	amount::Amount,
	console::{lines, right, table, Console, Report},
	document::{parse_hex, to_hex},
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
	node::{send_by_sudo, NodeAddress, Signer},
	wallet::blocks_with_notes,
};
use clap::{Args, Subcommand};
use futures::{stream, StreamExt, TryStreamExt};
use quittance_client::{
	calls, AccountKey, AuditedCall as ShownCall, Block, Chain, ClientError, Event, Head,
};
use quittance_types::{AuditKeyNumber, AuditPolicy, AuditorKey, JobTime, NumberedAuditorKey};
use quittance_wallet::{AuditError, AuditedCall, AuditorSecret};
use serde::Serialize;

/// Blocks that are read at once.
const AT_ONCE: usize = 16;

/// The auditor of the confidential pool.
#[derive(Subcommand, Debug)]
pub enum Auditor {
	/// Show the public key of an auditor, which governance sets and wallets accept.
	Key(Key),
	/// Have the pool show what notes are worth to this auditor, or to another key of it. With the sudo key of a chain
	/// that has one.
	Set(Set),
	/// Have the pool do without an auditor. With the sudo key of a chain that has one.
	Clear(Signer),
	/// Show the pool's auditor.
	Show(NodeAddress),
	/// Read what notes are worth that were shown to an auditor, from the chain's final blocks.
	Read(Read),
}

impl Auditor {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Key(command) => command.run(console),
			Self::Set(command) => command.run(console).await,
			Self::Clear(signer) => clear(console, &signer).await,
			Self::Show(node) => show(console, &node).await,
			Self::Read(command) => command.run(console).await,
		}
	}
}

/// An auditor's own key.
#[derive(Args, Debug)]
struct Own {
	/// The auditor's secret: @FILE with a seed of 32 bytes in hexadecimal that only its owner can read, or //Name for
	/// trying things out, which everybody knows.
	#[arg(long, value_name = "KEY")]
	key: KeySource,
}

impl Own {
	fn load(&self) -> Result<AccountKey, Failure> {
		self.key.load()
	}
}

/// The key of a file, as if the chain had given it this number.
fn numbered(key: &AccountKey, number: AuditKeyNumber) -> AuditorSecret {
	AuditorSecret::new(number, &key.auditor_seed())
}

fn public(key: &AccountKey) -> AuditorKey {
	AuditorKey::from(&numbered(key, 0).public())
}

/// Show the public key of an auditor, which governance sets and wallets accept.
#[derive(Args, Debug)]
pub struct Key {
	#[command(flatten)]
	own: Own,
}

impl Key {
	fn run(self, console: &Console) -> Result<u8, Failure> {
		console.report(&PublicKey { key: to_hex(public(&self.own.load()?).to_bytes()) });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct PublicKey {
	key: String,
}

impl Report for PublicKey {
	fn text(&self) -> String {
		self.key.clone()
	}
}

/// Have the pool show what notes are worth to this auditor, or to another key of it.
#[derive(Args, Debug)]
pub struct Set {
	#[command(flatten)]
	signer: Signer,
	/// The auditor's public key, 64 bytes in hexadecimal, as `quittance auditor key` prints it.
	#[arg(value_name = "AUDITOR", value_parser = parse_auditor)]
	auditor: AuditorKey,
}

/// Reads an auditor's public key.
pub fn parse_auditor(text: &str) -> Result<AuditorKey, String> {
	AuditorKey::new(&parse_hex::<64>(text)?)
		.map_err(|error| format!("{error}: ask the auditor what `quittance auditor key` prints"))
}

impl Set {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let (_, sudo) = self.signer.connect().await?;
		let call = calls::set_pool_auditor(self.auditor.to_bytes());
		let done = send_by_sudo(console, &sudo, &call, "setting the pool's auditor").await?;
		let set = done.events.iter().find_map(|event| match event {
			Event::PoolAuditorSet { previous, new } => Some((*previous, *new)),
			_ => None,
		});
		let (previous, current) = set.ok_or_else(|| unsaid("AuditorSet"))?;
		console.report(&Policy {
			block: done.inclusion.block.number,
			fee: Some(done.inclusion.fee.to_string()),
			auditor: Some(InForce::of(&AuditPolicy { current, previous })),
		});
		Ok(SUCCESS)
	}
}

async fn clear(console: &Console, signer: &Signer) -> Result<u8, Failure> {
	let (_, sudo) = signer.connect().await?;
	let call = calls::clear_pool_auditor();
	let done = send_by_sudo(console, &sudo, &call, "clearing the pool's auditor").await?;
	let cleared = done.events.iter().any(|event| matches!(event, Event::PoolAuditorCleared { .. }));
	if !cleared {
		return Err(unsaid("AuditorCleared"));
	}
	let fee = Some(done.inclusion.fee.to_string());
	console.report(&Policy { block: done.inclusion.block.number, fee, auditor: None });
	Ok(SUCCESS)
}

fn unsaid(event: &str) -> Failure {
	Failure::unavailable("reading the block", format!("the call succeeded without {event}"))
}

async fn show(console: &Console, node: &NodeAddress) -> Result<u8, Failure> {
	let view = node.finalised().await?;
	let auditor = view.pool().await?.audit.as_ref().map(InForce::of);
	console.report(&Policy { block: view.block().number, fee: None, auditor });
	Ok(SUCCESS)
}

/// Who the auditor is at a block.
#[derive(Serialize)]
struct Policy {
	block: u64,
	#[serde(skip_serializing_if = "Option::is_none")]
	fee: Option<String>,
	auditor: Option<InForce>,
}

#[derive(Serialize)]
struct InForce {
	number: AuditKeyNumber,
	key: String,
	previous: Option<Previous>,
}

#[derive(Serialize)]
struct Previous {
	number: AuditKeyNumber,
	key: String,
	/// The last job time at which calls are accepted that are shown to it.
	until: JobTime,
}

impl InForce {
	fn of(policy: &AuditPolicy) -> Self {
		let NumberedAuditorKey { number, key } = policy.current;
		let previous = policy.previous.map(|(previous, until)| Previous {
			number: previous.number,
			key: to_hex(previous.key.to_bytes()),
			until,
		});
		Self { number, key: to_hex(key.to_bytes()), previous }
	}
}

impl Report for Policy {
	fn text(&self) -> String {
		let Some(auditor) = &self.auditor else {
			return format!("the pool has no auditor at block {}", self.block);
		};
		let now = lines([
			("at block", self.block.to_string()),
			("auditor's key", auditor.key.clone()),
			("its number", auditor.number.to_string()),
		]);
		let Some(previous) = &auditor.previous else { return now };
		let before = lines([
			("the key before", previous.key.clone()),
			("its number", previous.number.to_string()),
			("until job time", previous.until.to_string()),
		]);
		format!("{now}\n{before}")
	}
}

/// Read what notes are worth that were shown to an auditor, from the chain's final blocks.
///
/// The node has to have the state of these blocks. A key that was replaced still reads what was shown to it.
#[derive(Args, Debug)]
pub struct Read {
	#[command(flatten)]
	node: NodeAddress,
	#[command(flatten)]
	own: Own,
	/// The first block that is read.
	#[arg(long, value_name = "BLOCK", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
	from: u64,
	/// The last one [default: the newest final block].
	#[arg(long, value_name = "BLOCK")]
	until: Option<u64>,
}

impl Read {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = self.own.load()?;
		let chain = self.node.connect().await?;
		let newest = chain.head(Head::Finalised).await?.number;
		let until = self.until.unwrap_or(newest);
		if until > newest {
			let detail = format!("the newest final block is {newest}");
			return Err(Failure::argument("--until", Fault::OutOfRange, detail));
		}
		if self.from > until {
			let detail = format!("it is after the last block to be read, {until}");
			return Err(Failure::argument("--from", Fault::OutOfRange, detail));
		}
		let policy = chain.at(Head::Finalised).await?.pool().await?.audit;
		let bar = console.bar(until - self.from + 1, "reading blocks");
		let reached = |height: u64| bar.set_position((height + 1).saturating_sub(self.from));
		let blocks = blocks_with_notes(&chain, self.from..=until, reached).await?;
		let shown = shown_in(&chain, blocks).await;
		bar.finish_and_clear();
		let mut found = Found {
			key: to_hex(public(&key).to_bytes()),
			from: self.from,
			until,
			calls: Vec::new(),
			shown_to_others: 0,
		};
		for (block, call) in shown? {
			found.take(block, &call, &key, policy.as_ref())?;
		}
		console.report(&found);
		Ok(SUCCESS)
	}
}

/// What these blocks show to any auditor.
async fn shown_in(chain: &Chain, blocks: Vec<Block>) -> Result<Vec<(u64, ShownCall)>, Failure> {
	let read = |block: Block| async move {
		let calls = chain.at_block(block.hash).await?.audited_calls().await?;
		Ok::<_, ClientError>(calls.into_iter().map(move |call| (block.number, call)))
	};
	let all: Vec<_> =
		stream::iter(blocks.into_iter().map(read)).buffered(AT_ONCE).try_collect().await?;
	Ok(all.into_iter().flatten().collect())
}

/// Its name, and as the wallets' library reads it.
fn readable(call: &ShownCall) -> (&'static str, AuditedCall<'_>) {
	match call {
		ShownCall::Transfer(claims, audit) => ("transfer", AuditedCall::Transfer(claims, audit)),
		ShownCall::Withdraw(claims, audit) => ("withdraw", AuditedCall::Withdraw(claims, audit)),
		ShownCall::PostPrivateJob(claims, audit) => {
			("post-private-job", AuditedCall::PostPrivateJob(claims, audit))
		},
		ShownCall::Settle(claims, audit) => ("settle", AuditedCall::Settlement(claims, audit)),
		ShownCall::SettleVerdict(claims, audit) => {
			("settle-verdict", AuditedCall::Settlement(claims, audit))
		},
	}
}

#[derive(Serialize)]
struct Found {
	/// The auditor's public key.
	key: String,
	from: u64,
	until: u64,
	calls: Vec<Seen>,
	/// Calls that were shown to another key.
	shown_to_others: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Seen {
	block: u64,
	call: &'static str,
	/// The number of the key that it was shown to.
	number: AuditKeyNumber,
	notes: Vec<Worth>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Worth {
	commitment: String,
	amount: Amount,
}

impl Found {
	/// Reads a call. What is no amount was shown to somebody else: numbers say which key of the pool's it was, and a
	/// key that was set twice has two.
	fn take(
		&mut self,
		block: u64,
		call: &ShownCall,
		key: &AccountKey,
		policy: Option<&AuditPolicy>,
	) -> Result<(), Failure> {
		let (name, call) = readable(call);
		let number = call.key();
		match numbered(key, number).recover(&call) {
			Ok(notes) => {
				let worth = notes.into_iter().map(|note| Worth {
					commitment: to_hex(note.commitment.0),
					amount: Amount(note.value.into()),
				});
				self.calls.push(Seen { block, call: name, number, notes: worth.collect() });
				Ok(())
			},
			Err(error) => {
				let of = policy.and_then(|policy| policy.key(number));
				// The chain has checked the proof: this must not be.
				if of.is_some_and(|(of, _)| of == public(key)) {
					return Err(void(block, &error));
				}
				self.shown_to_others += 1;
				Ok(())
			},
		}
	}
}

fn void(block: u64, error: &AuditError) -> Failure {
	let detail = format!("a call in block {block} is for this key, and {error}");
	Failure::Refused { by: "auditor", reason: "Unreadable".into(), detail }
}

impl Report for Found {
	fn text(&self) -> String {
		let mut rows = table(&["block", "call", "key", "QTC", "note"]);
		for Seen { block, call, number, notes } in &self.calls {
			for Worth { commitment, amount } in notes {
				rows.add_row([
					block.to_string(),
					(*call).to_owned(),
					number.to_string(),
					amount.to_string(),
					commitment.clone(),
				]);
			}
		}
		right(&mut rows, 2..4);
		let facts = lines([
			("blocks", format!("{} to {}", self.from, self.until)),
			("calls", self.calls.len().to_string()),
			("shown to other keys", self.shown_to_others.to_string()),
		]);
		format!("{rows}\n{facts}")
	}
}

#[cfg(test)]
mod tests;
