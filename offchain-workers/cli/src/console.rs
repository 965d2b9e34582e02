//! What commands print: one report to stdout, everything else to stderr.

use crate::failure::Failure;
use clap::ValueEnum;
use comfy_table::{presets::UTF8_HORIZONTAL_ONLY, CellAlignment, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{io::Write, time::Duration};

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
	/// For people.
	Text,
	/// One JSON object, for programs. Amounts are decimal texts, since they have 64 bits and more.
	Json,
}

/// What a command found or did.
pub trait Report: Serialize {
	/// The report for people, without a last line break.
	fn text(&self) -> String;
}

/// Where a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Console {
	format: Format,
}

impl Console {
	/// A console that writes reports in this format.
	pub fn new(format: Format) -> Self {
		Self { format }
	}

	/// How reports are written.
	pub fn format(&self) -> Format {
		self.format
	}

	/// Writes the command's report to stdout.
	pub fn report(&self, report: &impl Report) {
		match self.format {
			Format::Text => print(&report.text()),
			Format::Json => match serde_json::to_string_pretty(report) {
				Ok(json) => print(&json),
				Err(error) => self.note(&format!("the report cannot be written as JSON: {error}")),
			},
		}
	}

	/// Writes why the command failed: for people to stderr, for programs to stdout.
	pub fn failure(&self, failure: &Failure) {
		if self.format == Format::Json {
			print(&format!("{:#}", failure.to_json()));
		}
		eprintln!("{failure}");
	}

	/// Writes a line to stderr.
	pub fn note(&self, text: &str) {
		eprintln!("{text}");
	}

	/// Shows that something without a known length goes on. Off a terminal the message is printed
	/// once.
	pub fn spinner(&self, message: impl Into<String>) -> ProgressBar {
		let message = message.into();
		let bar = ProgressBar::new_spinner();
		bar.set_draw_target(ProgressDrawTarget::stderr());
		if bar.is_hidden() {
			eprintln!("{message}");
		}
		bar.set_style(
			ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
				.unwrap_or_else(|_| ProgressStyle::default_spinner()),
		);
		bar.set_message(message);
		bar.enable_steady_tick(Duration::from_millis(120));
		bar
	}

	/// Shows how many of `length` steps are done.
	pub fn bar(&self, length: u64, message: impl Into<String>) -> ProgressBar {
		let message = message.into();
		let bar = ProgressBar::new(length);
		bar.set_draw_target(ProgressDrawTarget::stderr());
		if bar.is_hidden() {
			eprintln!("{message}");
		}
		bar.set_style(
			ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} ({elapsed})")
				.unwrap_or_else(|_| ProgressStyle::default_bar()),
		);
		bar.set_message(message);
		bar.enable_steady_tick(Duration::from_millis(120));
		bar
	}
}

/// A reader that goes away, such as `head`, is no failure of ours.
fn print(text: &str) {
	let mut stdout = std::io::stdout().lock();
	let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// A table as all commands draw them.
pub fn table(header: &[&str]) -> Table {
	let mut table = Table::new();
	table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
	table
}

/// Sets numbers of a table to the right.
pub fn right(table: &mut Table, columns: std::ops::Range<usize>) {
	for column in columns {
		if let Some(column) = table.column_mut(column) {
			column.set_cell_alignment(CellAlignment::Right);
		}
	}
}

/// What is known of one thing, a line for each.
pub fn lines<const N: usize>(lines: [(&str, String); N]) -> String {
	let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
	lines.map(|(name, value)| format!("{name:<width$} {value}")).join("\n")
}
