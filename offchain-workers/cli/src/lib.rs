//! The `quittance` command.
//!
//! Reports go to stdout, as text or with `--output json` as one JSON object; progress and logs go
//! to stderr. The exit code says how a command ended:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; what was asked about is as it should be |
//! | 1 | refused by the verifier, the chain, an issuer or the demonstration, with a named reason |
//! | 2 | a file or an argument is malformed, with its place; nothing was changed anywhere |
//! | 3 | could not be done: no connection, a timeout, a full disk |

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod amount;
mod auditor;
mod circuit;
mod commitment;
mod configuration;
mod console;
mod demo;
mod document;
mod failure;
mod issuer;
mod job;
mod key;
pub mod market;
mod miner;
mod model;
mod monitor;
mod node;
mod outputs;
mod panel;
mod proving_keys;
mod receipt;
mod receipt_path;
mod samples;
mod shutdown;
mod snarkjs;
mod submission;
mod verify;
mod wallet;
mod worker;

use clap::{Parser, Subcommand};
use console::{Console, Format};
use failure::Failure;
use std::{future::Future, process::ExitCode};
use tracing_subscriber::EnvFilter;

const EXIT_CODES: &str =
	"Exit codes: 0 done, 1 refused with a named reason, 2 malformed input with \
	its place and nothing changed, 3 could not be done.";

/// Private AI compute, proven and paid for.
#[derive(Parser)]
#[command(name = "quittance", version, after_help = EXIT_CODES)]
struct Cli {
	/// How reports are written to stdout. Progress and logs go to stderr.
	#[arg(long, global = true, value_enum, default_value_t = Format::Text)]
	output: Format,
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	Verify(verify::Verify),
	#[command(subcommand)]
	Circuit(circuit::Circuit),
	#[command(subcommand)]
	Model(model::Model),
	#[command(subcommand)]
	Miner(miner::Miner),
	#[command(subcommand)]
	Job(job::Job),
	#[command(subcommand)]
	Panel(panel::Panel),
	#[command(subcommand)]
	Receipt(receipt::Receipt),
	#[command(subcommand)]
	Worker(worker::Worker),
	#[command(subcommand)]
	Issuer(issuer::Issuer),
	#[command(subcommand)]
	Wallet(wallet::Wallet),
	Shield(wallet::Shield),
	Pay(wallet::Pay),
	Unshield(wallet::Unshield),
	Balance(wallet::Balance),
	History(wallet::History),
	#[command(subcommand)]
	Auditor(auditor::Auditor),
	Demo(demo::Demo),
}

/// Runs the command given by the process's arguments.
pub fn main() -> ExitCode {
	let Cli { output, command } = Cli::parse();
	let console = Console::new(output);
	start_log(&command, output);
	match run(command, &console) {
		Ok(code) => code.into(),
		Err(failure) => {
			console.failure(&failure);
			failure.code().into()
		},
	}
}

fn run(command: Command, console: &Console) -> Result<u8, Failure> {
	match command {
		Command::Verify(command) => command.run(console),
		Command::Circuit(command) => block_on(command.run(console)),
		Command::Model(command) => block_on(command.run(console)),
		Command::Miner(command) => block_on(command.run(console)),
		Command::Job(command) => block_on(command.run(console)),
		Command::Panel(command) => block_on(command.run(console)),
		Command::Receipt(command) => block_on(command.run(console)),
		Command::Worker(command) => block_on(command.run(console)),
		Command::Issuer(command) => block_on(command.run(console)),
		Command::Wallet(command) => block_on(command.run(console)),
		Command::Shield(command) => block_on(command.run(console)),
		Command::Pay(command) => block_on(command.run(console)),
		Command::Unshield(command) => block_on(command.run(console)),
		Command::Balance(command) => block_on(command.run(console)),
		Command::History(command) => block_on(command.run(console)),
		Command::Auditor(command) => block_on(command.run(console)),
		Command::Demo(command) => block_on(command.run(console)),
	}
}

fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
	tokio::runtime::Builder::new_multi_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::unavailable("starting the runtime", error))?
		.block_on(future)
}

/// Long-running processes tell what they do, other commands only what goes wrong. `RUST_LOG`
/// overrides both.
fn start_log(command: &Command, format: Format) {
	let long_running = matches!(
		command,
		Command::Worker(worker::Worker::Run(_)) | Command::Issuer(issuer::Issuer::Run(_))
	);
	let level = if long_running { "info" } else { "error" };
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
	let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
	match format {
		Format::Json => log.json().init(),
		Format::Text => log.with_ansi(false).init(),
	}
}
