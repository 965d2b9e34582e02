//! View keys for others: of one period, or of all.

use super::session::Place;
use crate::{
	console::{lines, Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
};
use clap::Args;
use quittance_client::Head;
use quittance_wallet::Period;
use serde::Serialize;

/// Print the key with which somebody sees what came in.
///
/// It finds notes and spends none. A key that was shown cannot be taken back; that of a period ends with it.
#[derive(Args, Debug)]
pub struct ExportViewKey {
	#[command(flatten)]
	place: Place,
	#[command(flatten)]
	span: Span,
}

/// For when.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Span {
	/// For the period of this number: 30 days of blocks, counted from 0.
	#[arg(long, value_name = "NUMBER")]
	period: Option<u32>,
	/// For the period that this block is in.
	#[arg(long, value_name = "BLOCK")]
	block: Option<u64>,
	/// For the present period.
	#[arg(long)]
	now: bool,
	/// For all periods, past and to come: for a device of one's own.
	#[arg(long)]
	all: bool,
}

impl ExportViewKey {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let Span { period, block, now, all } = self.span;
		let (wallet, best) = match now {
			true => {
				let session = self.place.open(console).await?;
				let best = session.chain.head(Head::Best).await?.number;
				(session.wallet, Some(best))
			},
			false => (self.place.alone()?, block),
		};
		let period = period.map(Period).or(best.map(Period::of)).filter(|_| !all);
		let view = wallet.keys()?.view();
		let key = match period {
			Some(period) => view.period(period).to_text(),
			None => view.to_text(),
		};
		console.report(&Exported {
			key: &key,
			chain: to_hex(wallet.contents().genesis),
			period: period.map(|period| period.0),
			from: period.map(Period::first_block),
			until: period.map(Period::end),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Exported<'a> {
	key: &'a str,
	chain: String,
	period: Option<u32>,
	/// Its first block.
	from: Option<u64>,
	/// The first block after it.
	until: Option<u64>,
}

impl Report for Exported<'_> {
	fn text(&self) -> String {
		let blocks = match (self.from, self.until) {
			(Some(from), Some(until)) => format!("{from} to {}", until.saturating_sub(1)),
			_ => "all, past and to come".to_owned(),
		};
		let key = self.key.to_string();
		format!(
			"{}\nWhoever has it sees what came in then, change included, and for good.",
			lines([("key", key), ("chain", self.chain.clone()), ("blocks", blocks)])
		)
	}
}
