//! What a private call pays, and until when it is valid. Both are public: everybody whose wallet does it the same way
//! looks alike.

use super::private_call::Payment;
use crate::{
	amount::{parse_price, Amount},
	document::parse_account,
	failure::{Failure, Fault},
	proving_keys,
};
use clap::Args;
use quittance_client::{AccountId, Head, PoolCircuit, View};
use quittance_types::JobTime;
use quittance_wallet::{Terms, GRACE_BLOCKS};
use std::path::PathBuf;

/// Blocks for which a call is valid at least, unless another number is named: at slots of 6 s a quarter of an hour.
const VALID_FOR: u64 = 128;

/// The last block of a call's validity is a multiple of this, so that it does not say to the block when it was made.
const VALIDITY_STEP: u64 = 64;

/// Fees rise by the load of the chain while a call waits: it pays so many parts of the least fee more.
const MARGIN: u128 = 5;

/// How a private call is made.
#[derive(Args, Clone, Debug)]
pub struct CallArguments {
	/// What the call pays from the pool, such as 0.05QTC [default: the least fee now and a fifth more, rounded up].
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	fee: Option<u64>,
	/// The account that gets what is beyond the least fee. Without one that is a tip for the block's author.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	relayer: Option<AccountId>,
	/// For how many blocks the call is valid at least. As long as it is, its notes are kept for it.
	#[arg(
		long, value_name = "BLOCKS", default_value_t = VALID_FOR,
		value_parser = clap::value_parser!(u64).range(8..=GRACE_BLOCKS - VALIDITY_STEP)
	)]
	valid_for: u64,
	/// Folder with the proving keys of the pool's circuits [default: .cache/quittance/keys in the home folder].
	#[arg(long, value_name = "DIR")]
	key_dir: Option<PathBuf>,
}

impl CallArguments {
	/// As calls are made where nothing is named but where the keys are.
	pub fn usual(key_dir: PathBuf) -> Self {
		Self { fee: None, relayer: None, valid_for: VALID_FOR, key_dir: Some(key_dir) }
	}

	/// Where the proving keys are.
	pub fn key_dir(&self) -> Result<PathBuf, Failure> {
		match &self.key_dir {
			Some(folder) => Ok(folder.clone()),
			None => proving_keys::default_folder(),
		}
	}

	/// What a call and the joins before it, if it takes any, are to pay now, where the pool has an auditor or has none.
	pub async fn terms(
		&self,
		view: &View,
		of: &Payment<'_>,
		audited: bool,
	) -> Result<Terms, Failure> {
		const { assert!(VALID_FOR <= GRACE_BLOCKS) };
		let relayed = self.relayer.is_some();
		let least = match of {
			Payment::PrivateJob(order) => view.minimum_post_fee(&order.request, relayed).await?,
			other => view.minimum_fee(other.circuit().with_auditor(audited), relayed).await?,
		};
		let join = view.minimum_fee(PoolCircuit::Transfer.with_auditor(audited), false).await?;
		let fee = match self.fee {
			Some(fee) if u128::from(fee) < least => {
				let detail = format!("the least fee is {} QTC now: name more", Amount(least));
				return Err(Failure::argument("--fee", Fault::OutOfRange, detail));
			},
			Some(fee) => fee,
			None => usual_fee(least)?,
		};
		Ok(Terms {
			fee,
			join_fee: usual_fee(join)?,
			relayer: self.relayer.map(|relayer| relayer.0),
			valid_until: valid_until(view.job_time().await?, self.valid_for),
			block: view.block().number,
		})
	}
}

/// The state by which calls are made: that of the best block.
pub async fn now(chain: &quittance_client::Chain) -> Result<View, Failure> {
	Ok(chain.at(Head::Best).await?)
}

/// The least fee and a fifth, rounded up to two digits: wallets that made their calls at about the same time then pay
/// the same.
pub fn usual_fee(least: u128) -> Result<u64, Failure> {
	let enough = least.saturating_add(least.div_ceil(MARGIN));
	let step = 10u128.pow(enough.checked_ilog10().unwrap_or(0).saturating_sub(1));
	let fee = enough.div_ceil(step).saturating_mul(step);
	u64::try_from(fee).map_err(|_| {
		let detail = format!("the least fee is {} QTC now, more than a note holds", Amount(least));
		Failure::unavailable("paying the fee", detail)
	})
}

fn valid_until(now: JobTime, valid_for: u64) -> JobTime {
	now.saturating_add(valid_for).checked_next_multiple_of(VALIDITY_STEP).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn boundary_fees_have_two_digits() {
		for (least, fee) in [
			(0, 0),
			(1, 2),
			(9, 11),
			(80, 96),
			(82, 99),
			(83, 100),
			(100, 120),
			(1_000, 1_200),
			(1_001, 1_300),
			(123_456_789, 150_000_000),
		] {
			assert_eq!(usual_fee(least).unwrap(), fee, "{least}");
		}
		for least in 1..5_000u128 {
			let fee = u128::from(usual_fee(least).unwrap());
			assert!(fee * 5 >= least * 6, "{least}");
			// Two digits are never more than a tenth above what is enough.
			assert!(fee * 10 <= (least * 6).div_ceil(5) * 11 + 10, "{least}");
		}
		assert!(usual_fee(u64::MAX.into()).is_err());
		assert!(usual_fee(u128::MAX).is_err());
	}

	#[test]
	fn boundary_a_call_is_valid_for_as_long_as_asked_and_no_longer_than_notes_are_looked_for() {
		assert_eq!(valid_until(0, 128), 128);
		assert_eq!(valid_until(1, 128), 192);
		assert_eq!(valid_until(64, 128), 192);
		for now in 1_000..1_200 {
			for valid_for in [8, 63, 64, 128, GRACE_BLOCKS - VALIDITY_STEP] {
				let until = valid_until(now, valid_for);
				assert!(
					until >= now + valid_for && until <= now + GRACE_BLOCKS,
					"{now} {valid_for}"
				);
				assert_eq!(until % VALIDITY_STEP, 0);
			}
		}
		assert_eq!(valid_until(u64::MAX, 128), u64::MAX);
	}
}
