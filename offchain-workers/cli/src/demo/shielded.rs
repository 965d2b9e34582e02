//! Money that goes into the confidential pool, about in it, and out.

use super::{
	difference::Differences,
	scene::{Cast, SUDO},
};
use crate::{
	amount::Amount,
	circuit::{put_in_force, registered, registration},
	console::Console,
	failure::Failure,
	market::DevelopmentAccount,
	proving_keys::{self, Statement},
	wallet::{fleeting, usual_address, CallArguments, Payment, Session},
};
use quittance_client::{Chain, Head, Sender, Until};
use serde::Serialize;
use std::path::Path;

/// What the requester pays into the pool, in two notes.
const DEPOSITS: [u64; 2] = [6_000_000_000_000, 4_000_000_000_000];

/// What it pays from there, so that both notes are spent.
const PAID: u64 = 7_000_000_000_000;

/// What the payee takes out, for the miner.
const WITHDRAWN: u64 = 5_000_000_000_000;

/// What went through the pool. Only `deposited` and `withdrawn`, and who did it, are to be seen on the chain.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Shielded {
	/// From the requester's account.
	pub deposited: Amount,
	/// From one wallet to the other.
	pub paid: Amount,
	/// To the miner's account.
	pub withdrawn: Amount,
	/// Fees of the payment and of the withdrawal, from the pool.
	pub fees: Amount,
	/// What the payer's wallet has left, and the payee's.
	pub left: [Amount; 2],
	/// What the first deposit has paid beside it, for the pool's account to live.
	pub existential_deposit: Amount,
	/// The blocks of the deposit, the payment and the withdrawal.
	pub blocks: [u64; 3],
}

/// Names circuits for the pool, and pays through it. `requester` is the only sender of its account.
pub async fn play(
	console: &Console,
	chain: &Chain,
	cast: &Cast,
	requester: &Sender,
	key_dir: &Path,
	differences: &mut Differences,
) -> Result<Shielded, Failure> {
	let sudo = DevelopmentAccount::new(SUDO)?.sender(chain)?;
	for statement in [Statement::Transfer, Statement::Withdraw] {
		let circuit = proving_keys::development(console, key_dir, statement).await?;
		let outcome = sudo.submit(&registration(&circuit), Until::Included).await?;
		put_in_force(console, chain, &sudo, registered(&outcome.events)?).await?;
	}
	let existential_deposit = chain.at(Head::Best).await?.limits().await?.existential_deposit;

	let session = async || {
		Ok::<_, Failure>(Session { console, chain: chain.clone(), wallet: fleeting(chain).await? })
	};
	let (mut payer, mut payee) = (session().await?, session().await?);
	let deposit = payer.shield(requester, &DEPOSITS).await?;
	let to = usual_address(payee.wallet.keys()?, chain.head(Head::Best).await?.number)?;
	let arguments = CallArguments::usual(key_dir.into());
	let payment = Payment::Transfer { to: &to, amount: PAID };
	let paid = payer.pay(&payment, &arguments).await?;
	payee.follow().await?;
	let out = Payment::Withdrawal { payee: cast.miner.account(), amount: WITHDRAWN };
	let withdrawn = payee.pay(&out, &arguments).await?;

	let deposited: u64 = DEPOSITS.iter().sum();
	let left = [&payer, &payee].map(|session| session.wallet.wallet().balance().available);
	let expected = [deposited - PAID - paid.fee, PAID - WITHDRAWN - withdrawn.fee];
	differences.expect(left == expected, || {
		format!("the wallets have {left:?} left, expected {expected:?}")
	});
	Ok(Shielded {
		deposited: Amount(deposited.into()),
		paid: Amount(PAID.into()),
		withdrawn: Amount(WITHDRAWN.into()),
		fees: Amount(u128::from(paid.fee) + u128::from(withdrawn.fee)),
		left: left.map(|left| Amount(left.into())),
		existential_deposit: Amount(existential_deposit),
		blocks: [deposit.inclusion.block.number, paid.block, withdrawn.block],
	})
}
