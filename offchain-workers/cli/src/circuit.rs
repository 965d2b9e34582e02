//! `quittance circuit`: circuits, their keys and what the chain knows of them.

use crate::{
	console::{Console, Report},
	document::{parse_hex, read_file, to_hex},
	failure::{Failure, Fault, SUCCESS},
	node::{send, send_by_sudo, NodeAddress, Record, Signer},
	proving_keys::{self, KeyedCircuit, Statement},
	snarkjs,
};
use clap::{Args, Subcommand, ValueEnum};
use quittance_client::{calls, Chain, Event, Head, Payload, PoolCircuit, Sender};
use quittance_types::{blake2_256, circuit_id, CircuitId, CircuitKind, Setup as Passport};
use serde::Serialize;
use std::{
	path::{Path, PathBuf},
	time::Instant,
};

/// Longest ceremony transcript whose digest is taken here, in bytes.
const MAX_TRANSCRIPT_BYTES: u64 = 1 << 30;

/// Circuits and their keys.
#[derive(Subcommand, Debug)]
pub enum Circuit {
	/// Make the keys of circuits. A development setup: whoever runs it could forge.
	Setup(Setup),
	/// Write the circuit and its verifying key in the formats of circom and snarkjs.
	Export(Export),
	/// Register a circuit on the chain.
	Register(Register),
	/// Let no new job name a circuit, so that it can be removed when the living ones have ended.
	Retire(Leave),
	/// Remove a circuit that no living job names; its deposit returns to who registered it.
	Remove(Leave),
	/// Have the confidential pool use a registered circuit. With the sudo key of a chain that has one.
	SetPool(Leave),
	/// Show a registered circuit.
	Show(Show),
}

impl Circuit {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Setup(command) => command.run(console).await,
			Self::Export(command) => command.run(console),
			Self::Register(command) => command.run(console).await,
			Self::Retire(Leave { signer, id }) => {
				let call = calls::retire_circuit(id);
				signer.change(console, Record::Circuit(id), &call, "retired").await
			},
			Self::Remove(Leave { signer, id }) => {
				let call = calls::remove_circuit(id);
				signer.change(console, Record::Circuit(id), &call, "removed").await
			},
			Self::SetPool(Leave { signer, id }) => set_pool(console, &signer, id).await,
			Self::Show(command) => command.run(console).await,
		}
	}
}

/// Make the keys of circuits. A development setup: whoever runs it could forge.
#[derive(Args, Debug)]
pub struct Setup {
	/// What the proofs are used for; may be given several times.
	#[arg(long = "kind", value_enum, value_name = "KIND", default_value = "basic-receipt")]
	kinds: Vec<KindArgument>,
	/// The folder for the keys. Keys that are there are kept.
	#[arg(long, value_name = "DIR")]
	dir: PathBuf,
}

impl Setup {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let statements = self.kinds.iter().map(|kind| kind.statement());
		let statements = statements.collect::<Result<Vec<_>, _>>()?;
		let mut circuits = Vec::new();
		for statement in statements {
			let begun = Instant::now();
			let circuit = proving_keys::development(console, &self.dir, statement).await?;
			circuits.push(Prepared {
				circuit: to_hex(circuit.id),
				kind: kind_name(statement.kind()),
				setup: "development",
				inputs: circuit.engine.verifying_key().inputs(),
				folder: self.dir.display().to_string(),
				seconds: begun.elapsed().as_secs_f64(),
			});
		}
		// One is an object, as it was when there was only one kind.
		match <[Prepared; 1]>::try_from(circuits) {
			Ok([circuit]) => console.report(&circuit),
			Err(circuits) => console.report(&AllPrepared { circuits }),
		}
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Prepared {
	circuit: String,
	kind: &'static str,
	setup: &'static str,
	inputs: usize,
	folder: String,
	seconds: f64,
}

const FORGEABLE: &str =
	"Development setup: one process knew the secrets and could forge. Not for value.";

impl Prepared {
	fn line(&self) -> String {
		format!("circuit {} in {} after {:.1} s", self.circuit, self.folder, self.seconds)
	}
}

impl Report for Prepared {
	fn text(&self) -> String {
		format!("{}\n{FORGEABLE}", self.line())
	}
}

#[derive(Serialize)]
struct AllPrepared {
	circuits: Vec<Prepared>,
}

impl Report for AllPrepared {
	fn text(&self) -> String {
		let lines =
			self.circuits.iter().map(|found| format!("{:<13} {}", found.kind, found.line()));
		lines.chain([FORGEABLE.to_owned()]).collect::<Vec<_>>().join("\n")
	}
}

/// Write the circuit and its verifying key in the formats of circom and snarkjs.
#[derive(Args, Debug)]
pub struct Export {
	/// The folder with the keys, as `circuit setup` wrote it. Needed for the verifying key.
	#[arg(long, value_name = "DIR", required_unless_present = "r1cs")]
	dir: Option<PathBuf>,
	/// Where to write the verifying key, snarkjs JSON.
	#[arg(long, value_name = "FILE", requires = "dir", required_unless_present = "r1cs")]
	vk: Option<PathBuf>,
	/// Where to write the constraints, for a setup or a proof by snarkjs.
	#[arg(long, value_name = "FILE")]
	r1cs: Option<PathBuf>,
	/// What the circuit's proofs are used for.
	#[arg(long, value_enum, default_value = "basic-receipt")]
	kind: KindArgument,
}

impl Export {
	fn run(self, console: &Console) -> Result<u8, Failure> {
		let statement = self.kind.statement()?;
		let mut files = Vec::new();
		if let (Some(dir), Some(file)) = (self.dir, self.vk) {
			let json = proving_keys::cached(&dir, statement)?.key_json();
			std::fs::write(&file, json).map_err(Failure::io("writing", &file))?;
			files.push(file.display().to_string());
		}
		if let Some(file) = self.r1cs {
			let writing = console.spinner("writing the constraints");
			std::fs::write(&file, statement.r1cs()).map_err(Failure::io("writing", &file))?;
			writing.finish_and_clear();
			files.push(file.display().to_string());
		}
		console.report(&Exported { files });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Exported {
	files: Vec<String>,
}

impl Report for Exported {
	fn text(&self) -> String {
		format!("wrote {}", self.files.join(" and "))
	}
}

/// What proofs of a circuit are used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum KindArgument {
	/// Receipts of the basic level.
	BasicReceipt,
	/// A statement of one's own; no money moves on it.
	Custom,
	/// Transfers in the confidential pool.
	Transfer,
	/// Withdrawals from the confidential pool.
	Withdraw,
	/// Posts of private jobs.
	PostPrivateJob,
	/// Settlements of private jobs by receipts.
	Settle,
	/// Settlements of private jobs by verdicts of panels.
	SettleVerdict,
	/// Transfers in a pool with an auditor.
	AuditedTransfer,
	/// Withdrawals from one.
	AuditedWithdraw,
	/// Posts of private jobs in one.
	AuditedPostPrivateJob,
	/// Settlements of private jobs by receipts in one.
	AuditedSettle,
	/// Settlements of private jobs by verdicts in one.
	AuditedSettleVerdict,
}

impl From<KindArgument> for CircuitKind {
	fn from(kind: KindArgument) -> Self {
		match kind {
			KindArgument::BasicReceipt => Self::BasicReceipt,
			KindArgument::Custom => Self::Custom,
			KindArgument::Transfer => Self::Transfer,
			KindArgument::Withdraw => Self::Withdraw,
			KindArgument::PostPrivateJob => Self::PostPrivateJob,
			KindArgument::Settle => Self::Settle,
			KindArgument::SettleVerdict => Self::SettleVerdict,
			KindArgument::AuditedTransfer => Self::AuditedTransfer,
			KindArgument::AuditedWithdraw => Self::AuditedWithdraw,
			KindArgument::AuditedPostPrivateJob => Self::AuditedPostPrivateJob,
			KindArgument::AuditedSettle => Self::AuditedSettle,
			KindArgument::AuditedSettleVerdict => Self::AuditedSettleVerdict,
		}
	}
}

impl KindArgument {
	/// The statement whose keys this program makes.
	fn statement(self) -> Result<Statement, Failure> {
		match self {
			Self::BasicReceipt => Ok(Statement::BasicReceipt),
			Self::Transfer => Ok(Statement::Transfer),
			Self::Withdraw => Ok(Statement::Withdraw),
			Self::PostPrivateJob => Ok(Statement::PostPrivateJob),
			Self::Settle => Ok(Statement::Settle),
			Self::SettleVerdict => Ok(Statement::SettleVerdict),
			Self::AuditedTransfer => Ok(Statement::AuditedTransfer),
			Self::AuditedWithdraw => Ok(Statement::AuditedWithdraw),
			Self::AuditedPostPrivateJob => Ok(Statement::AuditedPostPrivateJob),
			Self::AuditedSettle => Ok(Statement::AuditedSettle),
			Self::AuditedSettleVerdict => Ok(Statement::AuditedSettleVerdict),
			Self::Custom => {
				let detail =
					"this program has no circuit of one's own: name its verifying key, --vk";
				Err(Failure::argument("--kind", Fault::Unsupported, detail))
			},
		}
	}
}

/// The kind's name in reports and arguments.
fn kind_name(kind: CircuitKind) -> &'static str {
	match kind {
		CircuitKind::BasicReceipt => "basic-receipt",
		CircuitKind::Custom => "custom",
		CircuitKind::Transfer => "transfer",
		CircuitKind::Withdraw => "withdraw",
		CircuitKind::PostPrivateJob => "post-private-job",
		CircuitKind::Settle => "settle",
		CircuitKind::SettleVerdict => "settle-verdict",
		CircuitKind::AuditedTransfer => "audited-transfer",
		CircuitKind::AuditedWithdraw => "audited-withdraw",
		CircuitKind::AuditedPostPrivateJob => "audited-post-private-job",
		CircuitKind::AuditedSettle => "audited-settle",
		CircuitKind::AuditedSettleVerdict => "audited-settle-verdict",
	}
}

/// Register a circuit on the chain: one of `circuit setup`, or any verifying key.
#[derive(Args, Debug)]
pub struct Register {
	#[command(flatten)]
	signer: Signer,
	/// The folder with the keys, as `circuit setup` wrote it.
	#[arg(long, value_name = "DIR", conflicts_with = "vk", required_unless_present = "vk")]
	dir: Option<PathBuf>,
	/// A verifying key, snarkjs JSON.
	#[arg(long, value_name = "FILE", requires = "schema")]
	vk: Option<PathBuf>,
	/// What the proofs are used for [default: basic-receipt for a key of the folder, custom for a
	/// verifying key].
	#[arg(long, value_enum)]
	kind: Option<KindArgument>,
	/// What the public signals of the verifying key mean; part of the circuit's id.
	#[arg(long, requires = "vk")]
	schema: Option<String>,
	/// Published transcript of the ceremony the verifying key comes from. Without one it is
	/// registered as of a development setup.
	#[arg(long, value_name = "FILE", requires_all = ["vk", "contributions", "beacon"])]
	transcript: Option<PathBuf>,
	/// Number of contributions to the ceremony.
	#[arg(long, requires = "transcript")]
	contributions: Option<u32>,
	/// The public randomness applied last, 32 bytes in hexadecimal.
	#[arg(long, requires = "transcript", value_parser = parse_hex::<32>)]
	beacon: Option<[u8; 32]>,
}

/// What is registered.
struct Registration {
	kind: CircuitKind,
	key: Vec<u8>,
	schema: Vec<u8>,
	setup: Passport,
}

impl Registration {
	fn of(circuit: &KeyedCircuit) -> Self {
		Self {
			kind: circuit.statement.kind(),
			key: circuit.key.clone(),
			schema: circuit.schema.clone(),
			setup: Passport::Development,
		}
	}

	fn id(&self) -> CircuitId {
		circuit_id(&self.key, self.kind, &self.schema, &self.setup)
	}

	fn call(self) -> impl Payload {
		calls::register_circuit(self.kind, self.key, self.schema, self.setup)
	}
}

/// The call that registers a circuit of a development setup.
pub fn registration(circuit: &KeyedCircuit) -> impl Payload {
	Registration::of(circuit).call()
}

/// The id in the events of a registration.
pub fn registered(events: &[Event]) -> Result<CircuitId, Failure> {
	let id = events.iter().find_map(|event| match event {
		Event::CircuitRegistered { circuit, .. } => Some(*circuit),
		_ => None,
	});
	id.ok_or_else(|| Failure::unavailable("registering the circuit", "no CircuitRegistered event"))
}

impl Register {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let registration = self.read()?;
		// The chain would refuse it by the same name, for a fee.
		quittance_groth16::validate_key(&registration.key).map_err(|error| Failure::Refused {
			by: "verifier",
			reason: format!("{error:?}"),
			detail: error.to_string(),
		})?;
		let id = registration.id();
		let (_, sender) = self.signer.connect().await?;
		let call = registration.call();
		let outcome = send(console, &sender, &call, "registering the circuit").await?;
		let circuit = registered(&outcome.events)?;
		if circuit != id {
			let detail = format!("{} here, {} on the chain", to_hex(id), to_hex(circuit));
			return Err(Failure::unavailable("comparing the circuit's id", detail));
		}
		console.report(&Registered {
			circuit: to_hex(circuit),
			fee: outcome.inclusion.fee.to_string(),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}

	fn read(&self) -> Result<Registration, Failure> {
		if let Some(dir) = &self.dir {
			let statement = self.kind.unwrap_or(KindArgument::BasicReceipt).statement()?;
			return Ok(Registration::of(&proving_keys::cached(dir, statement)?));
		}
		let file = self.vk.as_deref().unwrap_or_else(|| Path::new(""));
		let setup = match (&self.transcript, self.contributions, self.beacon) {
			(Some(transcript), Some(contributions), Some(beacon)) => Passport::Ceremony {
				transcript: blake2_256(&read_file(transcript, MAX_TRANSCRIPT_BYTES)?),
				contributions,
				beacon,
			},
			_ => Passport::Development,
		};
		Ok(Registration {
			kind: self.kind.unwrap_or(KindArgument::Custom).into(),
			key: snarkjs::read_key(file)?,
			schema: self.schema.clone().unwrap_or_default().into(),
			setup,
		})
	}
}

#[derive(Serialize)]
struct Registered {
	circuit: String,
	fee: String,
	block: u64,
}

impl Report for Registered {
	fn text(&self) -> String {
		format!("circuit {} registered in block {}", self.circuit, self.block)
	}
}

/// A circuit that something is done with.
#[derive(Args, Debug)]
pub struct Leave {
	#[command(flatten)]
	signer: Signer,
	/// The circuit's id.
	#[arg(value_name = "CIRCUIT", value_parser = parse_hex::<32>)]
	id: CircuitId,
}

async fn set_pool(console: &Console, signer: &Signer, id: CircuitId) -> Result<u8, Failure> {
	signer.key()?;
	let (chain, sender) = signer.connect().await?;
	let (used_for, fee, block) = put_in_force(console, &chain, &sender, id).await?;
	console.report(&InForce { circuit: to_hex(id), used_for, fee: fee.to_string(), block });
	Ok(SUCCESS)
}

/// Has the pool use a registered circuit for what its kind says, by the chain's sudo key. Returns what for, the
/// transaction's fee and its block, which is final.
pub async fn put_in_force(
	console: &Console,
	chain: &Chain,
	sudo: &Sender,
	id: CircuitId,
) -> Result<(&'static str, u128, u64), Failure> {
	let circuit = chain.at(Head::Best).await?.circuit(&id).await?.ok_or_else(unknown)?;
	let used_for = match circuit.kind {
		CircuitKind::Transfer => PoolCircuit::Transfer,
		CircuitKind::Withdraw => PoolCircuit::Withdraw,
		CircuitKind::PostPrivateJob => PoolCircuit::PostPrivateJob,
		CircuitKind::Settle => PoolCircuit::Settle,
		CircuitKind::SettleVerdict => PoolCircuit::SettleVerdict,
		CircuitKind::AuditedTransfer => PoolCircuit::AuditedTransfer,
		CircuitKind::AuditedWithdraw => PoolCircuit::AuditedWithdraw,
		CircuitKind::AuditedPostPrivateJob => PoolCircuit::AuditedPostPrivateJob,
		CircuitKind::AuditedSettle => PoolCircuit::AuditedSettle,
		CircuitKind::AuditedSettleVerdict => PoolCircuit::AuditedSettleVerdict,
		CircuitKind::BasicReceipt | CircuitKind::Custom => {
			let kind = kind_name(circuit.kind);
			let detail = format!("its kind is {kind}: the pool uses those of its own calls");
			return Err(Failure::argument("CIRCUIT", Fault::Contradiction, detail));
		},
	};
	let call = calls::set_pool_circuit(used_for, id);
	let outcome = send_by_sudo(console, sudo, &call, "naming the pool's circuit").await?;
	let inclusion = outcome.inclusion;
	Ok((kind_name(circuit.kind), inclusion.fee, inclusion.block.number))
}

#[derive(Serialize)]
struct InForce {
	circuit: String,
	used_for: &'static str,
	fee: String,
	block: u64,
}

impl Report for InForce {
	fn text(&self) -> String {
		let Self { circuit, used_for, block, .. } = self;
		format!("circuit {circuit} is the pool's for {used_for} since block {block}")
	}
}

/// The chain's word for a circuit that is not there.
fn unknown() -> Failure {
	Failure::Refused {
		by: "chain",
		reason: "UnknownCircuit".into(),
		detail: "no circuit has this id".into(),
	}
}

/// Show a registered circuit.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The circuit's id.
	#[arg(value_parser = parse_hex::<32>)]
	id: CircuitId,
}

impl Show {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let circuit = view.circuit(&self.id).await?.ok_or_else(unknown)?;
		let key = view.circuit_key(&self.id).await?.unwrap_or_default();
		let references = view.circuit_jobs(&self.id).await?;
		let (setup, ceremony) = match circuit.setup {
			Passport::Development => ("development", None),
			Passport::Ceremony { transcript, contributions, beacon } => {
				let (transcript, beacon) = (to_hex(transcript), to_hex(beacon));
				("ceremony", Some(Ceremony { transcript, contributions, beacon }))
			},
		};
		console.report(&Shown {
			circuit: to_hex(self.id),
			owner: circuit.owner.to_string(),
			kind: kind_name(circuit.kind),
			schema: String::from_utf8_lossy(&circuit.schema).into_owned(),
			setup,
			ceremony,
			approved: circuit.approved,
			paused: circuit.stoppage.since.is_some(),
			retired: circuit.stoppage.retired,
			references,
			key_bytes: key.len(),
			key_digest: to_hex(blake2_256(&key)),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Ceremony {
	transcript: String,
	contributions: u32,
	beacon: String,
}

#[derive(Serialize)]
struct Shown {
	circuit: String,
	owner: String,
	kind: &'static str,
	schema: String,
	setup: &'static str,
	ceremony: Option<Ceremony>,
	approved: bool,
	paused: bool,
	retired: bool,
	references: u32,
	key_bytes: usize,
	key_digest: String,
}

impl Report for Shown {
	fn text(&self) -> String {
		let ceremony = self.ceremony.as_ref().map(|ceremony| {
			format!(
				", {} contributions, transcript {}, beacon {}",
				ceremony.contributions, ceremony.transcript, ceremony.beacon
			)
		});
		format!(
			"circuit    {}\nkind       {}\nowner      {}\nschema     {}\nsetup      {}{}\n\
			 state      {}\nlive jobs  {}\nkey        {} bytes, {}",
			self.circuit,
			self.kind,
			self.owner,
			self.schema,
			self.setup,
			ceremony.unwrap_or_default(),
			match (self.paused, self.retired, self.approved) {
				(true, _, _) => "paused",
				(_, true, _) => "retired",
				(_, _, true) => "in use, approved",
				(_, _, false) => "in use, not approved",
			},
			self.references,
			self.key_bytes,
			self.key_digest,
		)
	}
}
