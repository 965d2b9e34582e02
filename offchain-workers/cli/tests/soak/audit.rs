//! What every final block says of the jobs and the money, held against what had to become of them.

use crate::{
	market::{Market, BOND},
	orders::{price, Kind, Posted, ISSUER_FEE, PANEL_FEE},
};
use futures::{StreamExt, TryStreamExt};
use quittance_cli::market::{DevelopmentAccount, Failure};
use quittance_client::{AccountId, Cause, Chain, Event, View};
use quittance_types::{FieldBytes, JobId};
use quittance_worker::{Ending, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks read at once.
const AT_ONCE: usize = 8;

/// The treasury, which gets forfeited bonds, and what of the inflation stakers do not.
const TREASURY: &[u8] = b"modlqtc/trsy";

/// Who makes the blocks, and gets a fifth of each fee.
const VALIDATOR: &str = "//Alice";

/// A receipt that the chain took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Accepted {
	miner: AccountId,
	amount: u128,
	nullifier: FieldBytes,
}

/// The end of a job that was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fulfilled {
	miner: AccountId,
	amount: u128,
	royalties: u128,
	issuer: Option<AccountId>,
	issuer_fee: u128,
	returned: u128,
}

/// Everything that happened to a job, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Story {
	locks: Vec<AccountId>,
	accepted: Vec<Accepted>,
	fulfilled: Vec<Fulfilled>,
	/// What each of several miners was paid.
	shares: Vec<(AccountId, u128)>,
	/// What others were paid of the issuer's fee.
	fees: Vec<(AccountId, u128)>,
	refunded: Vec<(u128, Cause)>,
}

impl Story {
	/// What the miners were paid.
	fn pay(&self) -> Vec<(AccountId, u128)> {
		match self.shares.is_empty() {
			true => self.fulfilled.iter().map(|done| (done.miner, done.amount)).collect(),
			false => self.shares.clone(),
		}
	}

	/// What is wrong with how a job ended.
	fn faults(&self, posted: &Posted, issuer: &AccountId) -> Vec<String> {
		let mut faults = Vec::new();
		let mut expect = |holds: bool, what: &str| {
			if !holds {
				faults.push(what.to_owned());
			}
		};
		expect(self.fulfilled.len() + self.refunded.len() == 1, "it did not end once");
		let untouched = self.locks.is_empty() && self.accepted.is_empty();
		let refunded = |amount: u128, cause: Cause| self.refunded == [(amount, cause)];
		match posted.kind {
			Kind::Malformed => {
				expect(
					refunded(price() + PANEL_FEE, Cause::Malformed),
					"not refunded as malformed",
				);
				expect(untouched, "a miner took what is no input");
				let fees: Vec<_> = self.fees.iter().map(|(_, amount)| *amount).collect();
				expect(fees == [ISSUER_FEE], "whoever showed it did not get the fee");
			},
			Kind::Withheld => {
				expect(
					refunded(price() + ISSUER_FEE + PANEL_FEE, Cause::Expired),
					"not refunded as expired",
				);
				expect(untouched && self.fees.is_empty(), "somebody took what nobody can do");
			},
			Kind::Withdrawn | Kind::Contested if posted.cancelled => {
				let whole = refunded(price() + ISSUER_FEE + PANEL_FEE, Cause::Cancelled);
				expect(whole, "not refunded as cancelled");
				expect(untouched && self.fees.is_empty(), "somebody took what was taken back");
			},
			Kind::Withdrawn => expect(false, "it was not taken back"),
			Kind::Basic | Kind::Transparent | Kind::Contested | Kind::Redundant(_) => {
				let miners = if matches!(posted.kind, Kind::Redundant(_)) { 2 } else { 1 };
				let different = |accounts: &[AccountId]| {
					accounts.len() == miners
						&& accounts.iter().collect::<BTreeSet<_>>().len() == miners
				};
				expect(different(&self.locks), "not taken by as many miners as were asked for");
				let pay = self.pay();
				let paid: Vec<_> = pay.iter().map(|(miner, _)| *miner).collect();
				expect(different(&paid), "not paid to as many");
				expect(paid.iter().all(|miner| self.locks.contains(miner)), "paid to another");
				let share = price() / miners as u128;
				expect(pay.iter().all(|(_, amount)| *amount == share), "another amount was paid");
				let [accepted] = self.accepted.as_slice() else {
					expect(false, "not one receipt was accepted");
					return faults;
				};
				expect(accepted.amount == price(), "a receipt for another amount");
				let done = Fulfilled {
					miner: accepted.miner,
					amount: price(),
					royalties: 0,
					issuer: Some(*issuer),
					issuer_fee: ISSUER_FEE,
					returned: PANEL_FEE,
				};
				expect(self.fulfilled == [done], "it was not settled as its receipt says");
			},
		}
		faults
	}
}

/// All final blocks between two, summed up.
struct Blocks {
	stories: BTreeMap<JobId, Story>,
	/// Fees by who paid them.
	fees: BTreeMap<AccountId, u128>,
	/// Of those, what was burned; the rest is the validator's.
	burned: u128,
	/// Events there must be none of.
	faults: Vec<String>,
}

impl Blocks {
	async fn read(chain: &Chain, after: u64, to: u64) -> Result<Self, Failure> {
		let numbers = futures::stream::iter(after + 1..=to);
		let blocks = numbers.map(|number| async move {
			let view = chain.at_height(number).await?;
			let view = view.ok_or_else(|| {
				Failure::unavailable("reading the chain", format!("no block {number}"))
			})?;
			let (events, transactions) = tokio::try_join!(view.events(), view.transactions())?;
			Ok::<_, Failure>((number, events, transactions))
		});
		let blocks: Vec<_> = blocks.buffered(AT_ONCE).try_collect().await?;
		let mut sum =
			Self { stories: BTreeMap::new(), fees: BTreeMap::new(), burned: 0, faults: Vec::new() };
		for (number, events, transactions) in blocks {
			for event in events {
				sum.count(number, event);
			}
			for transaction in transactions {
				*sum.fees.entry(transaction.payer).or_default() += transaction.fee;
				sum.burned += transaction.fee * 4 / 5;
			}
		}
		Ok(sum)
	}

	fn story(&mut self, job: JobId) -> &mut Story {
		self.stories.entry(job).or_default()
	}

	fn count(&mut self, number: u64, event: Event) {
		match event {
			Event::JobLocked { job, miner, .. } => self.story(job).locks.push(miner),
			Event::ReceiptAccepted { job, miner, amount, nullifier, .. } => {
				self.story(job).accepted.push(Accepted { miner, amount, nullifier })
			},
			Event::JobFulfilled { job, miner, amount, royalties, issuer, issuer_fee, returned } => {
				let done = Fulfilled { miner, amount, royalties, issuer, issuer_fee, returned };
				self.story(job).fulfilled.push(done)
			},
			Event::ShareOfJobPaid { job, miner, amount } => {
				self.story(job).shares.push((miner, amount))
			},
			Event::FeePaid { job, payee, amount } => self.story(job).fees.push((payee, amount)),
			Event::JobRefunded { job, amount, cause, .. } => {
				self.story(job).refunded.push((amount, cause))
			},
			// Nobody here is dishonest, and nobody is away for so long.
			event @ (Event::BondForfeited { .. }
			| Event::MinerSlashed { .. }
			| Event::DebtCollected { .. }
			| Event::PaymentDeferred { .. }
			| Event::LateCommitted { .. }
			| Event::PanelAsked { .. }
			| Event::PanelOpened { .. }
			| Event::PanelUnavailable { .. }
			| Event::MinerLeaving { .. }
			| Event::IssuerRemoved { .. }) => self.faults.push(format!("block {number}: {event:?}")),
			_ => {},
		}
	}
}

/// Everything that is not as it has to be.
pub struct Audit<'a> {
	market: &'a Market,
	posted: &'a BTreeMap<JobId, Posted>,
	blocks: Blocks,
	faults: Vec<String>,
}

impl<'a> Audit<'a> {
	/// Looks at everything between two states, both final: before the first job was posted, and after the
	/// records of all have been removed.
	pub async fn of(
		market: &'a Market,
		posted: &'a BTreeMap<JobId, Posted>,
		before: &View,
		after: &View,
	) -> Result<Vec<String>, Failure> {
		let (from, to) = (before.block().number, after.block().number);
		let mut blocks = Blocks::read(&market.chain, from, to).await?;
		let faults = std::mem::take(&mut blocks.faults);
		let mut audit = Self { market, posted, blocks, faults };
		audit.jobs();
		audit.balances(before, after).await?;
		audit.issuance(before, after).await?;
		audit.miners(after).await?;
		audit.stores()?;
		println!(
			"soak: audited blocks {} to {to}: {} jobs, {} receipts, {} transaction fees burned",
			from + 1,
			audit.blocks.stories.len(),
			audit.receipts().count(),
			audit.blocks.burned,
		);
		Ok(audit.faults)
	}

	fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
		if !holds {
			self.faults.push(fault());
		}
	}

	fn receipts(&self) -> impl Iterator<Item = &Accepted> {
		self.blocks.stories.values().flat_map(|story| &story.accepted)
	}

	/// Every job ended once, as it had to, and nothing happened to a job that is none of ours.
	fn jobs(&mut self) {
		let issuer = self.market.issuer.account();
		for (job, posted) in self.posted {
			let story = self.blocks.stories.get(job).cloned().unwrap_or_default();
			for fault in story.faults(posted, &issuer) {
				self.faults.push(format!("job {job}: {fault}; {posted:?}, {story:?}"));
			}
		}
		let known: BTreeSet<_> = self.posted.keys().collect();
		let found: BTreeSet<_> = self.blocks.stories.keys().collect();
		let (known, found) = (known.len(), found.union(&known).count());
		self.expect(known == found, || "there were jobs that nobody knows of".to_owned());
		let nullifiers: BTreeSet<_> =
			self.receipts().map(|accepted| accepted.nullifier.0).collect();
		let (different, all) = (nullifiers.len(), self.receipts().count());
		self.expect(different == all, || format!("{all} receipts, {different} nullifiers"));
	}

	/// What jobs brought an account, and what they cost it.
	fn earned_and_spent(&self, account: &AccountId) -> (u128, u128) {
		let (mut earned, mut spent) = (0, 0);
		for story in self.blocks.stories.values() {
			let issuer = story
				.fulfilled
				.iter()
				.filter_map(|done| done.issuer.map(|issuer| (issuer, done.issuer_fee)));
			for (payee, amount) in story.pay().into_iter().chain(issuer).chain(story.fees.clone()) {
				if payee == *account {
					earned += amount;
				}
				if *account == self.market.requester.account() {
					spent += amount;
				}
			}
		}
		(earned, spent)
	}

	/// Everybody has what is right to the last unit, and nothing is held for a job any more.
	async fn balances(&mut self, before: &View, after: &View) -> Result<(), Failure> {
		for (name, account) in self.market.accounts() {
			let (before, after) =
				tokio::try_join!(before.account(&account), after.account(&account))?;
			let (earned, spent) = self.earned_and_spent(&account);
			let fees = self.blocks.fees.get(&account).copied().unwrap_or_default();
			let expected = (before.free + before.held + earned).checked_sub(spent + fees);
			let found = after.free + after.held;
			self.expect(expected == Some(found), || {
				format!(
					"{name} has {found}, expected {expected:?}: earned {earned}, spent {spent}, fees {fees}"
				)
			});
			self.expect(before.held == after.held, || {
				format!("{} is held from {name}, {} before the jobs", after.held, before.held)
			});
		}
		Ok(())
	}

	/// No money has come from nowhere or gone there: of each fee a fifth goes to the validator, and the rest
	/// is burned; what is minted goes to the treasury.
	async fn issuance(&mut self, before: &View, after: &View) -> Result<(), Failure> {
		let mut treasury = [0; 32];
		treasury[..TREASURY.len()].copy_from_slice(TREASURY);
		let validator = DevelopmentAccount::new(VALIDATOR)?.account();
		let total = async |view: &View, account: AccountId| {
			let account = view.account(&account).await?;
			Ok::<_, Failure>(account.free + account.held)
		};
		let treasury = AccountId(treasury);
		let minted = total(after, treasury).await?.checked_sub(total(before, treasury).await?);
		let (old, new) = (before.total_issuance().await?, after.total_issuance().await?);
		let burned = self.blocks.burned;
		let expected = minted.map(|minted| old + minted - burned);
		self.expect(expected == Some(new), || {
			format!("{new} exist, {old} before; minted {minted:?}, burned {burned}")
		});
		let fees: u128 = self.blocks.fees.values().sum();
		let (old, new) = (total(before, validator).await?, total(after, validator).await?);
		self.expect(new == old + fees - burned, || {
			format!("the validator has {new}, {old} before; fees {fees}, of which burned {burned}")
		});
		Ok(())
	}

	/// Every bond is whole and free, and every miner has a good name.
	async fn miners(&mut self, after: &View) -> Result<(), Failure> {
		for seat in &self.market.seats {
			let (name, account) = (seat.miner.name(), seat.miner.account());
			let (info, standing) =
				tokio::try_join!(after.miner(&account), after.standing(&account))?;
			let (Some(info), Some(standing)) = (info, standing) else {
				self.faults.push(format!("{name} is no miner any more"));
				continue;
			};
			let record = info.record;
			let untouched = (record.bond, record.reserved, record.locks, record.owed);
			self.expect(untouched == (BOND, 0, 0, 0), || {
				format!("{name}: bond, reserved, locks, owed: {untouched:?}")
			});
			let pay = self.blocks.stories.values().flat_map(Story::pay);
			let done = pay.filter(|(miner, _)| *miner == account).count();
			let found = (standing.fulfilled as usize, standing.late, standing.slashed);
			self.expect(found == (done, 0, 0), || {
				format!("{name}: done, late, slashed: {found:?}; it was paid for {done}")
			});
		}
		Ok(())
	}

	/// Each worker's own records say what the chain does.
	fn stores(&mut self) -> Result<(), Failure> {
		for seat in &self.market.seats {
			let (name, account) = (seat.miner.name(), seat.miner.account());
			let failed =
				|error| Failure::unavailable(format!("reading the records of {name}"), error);
			let store = Store::open(&seat.store, &self.market.chain.genesis(), &account);
			let rows: BTreeMap<_, _> =
				store.and_then(|store| store.jobs()).map_err(failed)?.into_iter().collect();
			let (mut jobs, mut earned) = (0, 0);
			for (job, story) in &self.blocks.stories {
				let paid = story.pay().into_iter().find(|(miner, _)| *miner == account);
				let ending = rows.get(job).and_then(|row| row.ending);
				let agrees = match (paid, ending) {
					(None, None | Some(Ending::Taken | Ending::Refunded)) => {
						// A row without an end would be looked at for ever.
						ending.is_some() || !rows.contains_key(job)
					},
					(Some((_, paid)), Some(Ending::Paid(amount))) => {
						(jobs, earned) = (jobs + 1, earned + amount);
						paid == amount
					},
					_ => false,
				};
				if !agrees {
					let fault = format!("{name}, job {job}: paid {paid:?}, noted {ending:?}");
					self.faults.push(fault);
				}
			}
			println!("soak: {name} was paid {earned} for {jobs} jobs of its own, by its records");
		}
		Ok(())
	}
}

const ISSUER: AccountId = AccountId([1; 32]);
const MINER: AccountId = AccountId([2; 32]);
const OTHER: AccountId = AccountId([3; 32]);

fn posted(kind: Kind) -> Posted {
	Posted { kind, cancelled: false }
}

/// A job that one miner did.
fn done() -> Story {
	let (miner, amount) = (MINER, price());
	let accepted = Accepted { miner, amount, nullifier: FieldBytes([7; 32]) };
	let (issuer, issuer_fee) = (Some(ISSUER), ISSUER_FEE);
	let fulfilled =
		Fulfilled { miner, amount, royalties: 0, issuer, issuer_fee, returned: PANEL_FEE };
	Story {
		locks: vec![MINER],
		accepted: vec![accepted],
		fulfilled: vec![fulfilled],
		..Story::default()
	}
}

/// A job that came to nothing.
fn refunded(amount: u128, cause: Cause) -> Story {
	Story { refunded: vec![(amount, cause)], ..Story::default() }
}

#[test]
fn what_has_to_become_of_jobs_is_no_fault() {
	use quittance_types::Level;
	let whole = price() + ISSUER_FEE + PANEL_FEE;
	let half = price() / 2;
	let shared =
		Story { locks: vec![OTHER, MINER], shares: vec![(OTHER, half), (MINER, half)], ..done() };
	let shown = Story {
		fees: vec![(OTHER, ISSUER_FEE)],
		..refunded(price() + PANEL_FEE, Cause::Malformed)
	};
	for (kind, cancelled, story) in [
		(Kind::Basic, false, done()),
		(Kind::Transparent, false, done()),
		(Kind::Contested, false, done()),
		(Kind::Redundant(Level::Basic), false, shared),
		(Kind::Malformed, false, shown),
		(Kind::Withheld, false, refunded(whole, Cause::Expired)),
		(Kind::Withdrawn, true, refunded(whole, Cause::Cancelled)),
		(Kind::Contested, true, refunded(whole, Cause::Cancelled)),
	] {
		let faults = story.faults(&Posted { kind, cancelled }, &ISSUER);
		assert!(faults.is_empty(), "{kind:?}: {faults:?}");
	}
}

#[test]
fn every_other_end_is_a_fault() {
	use quittance_types::Level;
	let whole = price() + ISSUER_FEE + PANEL_FEE;
	let twice = |mut story: Story| {
		story.fulfilled.extend(story.fulfilled.clone());
		story.refunded.extend(story.refunded.clone());
		story
	};
	let changed = |change: fn(&mut Story)| {
		let mut story = done();
		change(&mut story);
		story
	};
	let basic = posted(Kind::Basic);
	for (what, posted, story) in [
		("not ended", basic, Story::default()),
		("paid twice", basic, twice(done())),
		("paid and refunded", basic, changed(|story| story.refunded.push((1, Cause::Expired)))),
		("refunded", basic, refunded(whole, Cause::Expired)),
		("stalled", basic, refunded(whole, Cause::Stalled)),
		("two receipts", basic, changed(|story| story.accepted.push(story.accepted[0]))),
		("locked twice", basic, changed(|story| story.locks.push(OTHER))),
		("never locked", basic, changed(|story| story.locks.clear())),
		("paid to another", basic, changed(|story| story.fulfilled[0].miner = OTHER)),
		("paid too much", basic, changed(|story| story.fulfilled[0].amount += 1)),
		("royalties", basic, changed(|story| story.fulfilled[0].royalties = 1)),
		("another issuer", basic, changed(|story| story.fulfilled[0].issuer = Some(OTHER))),
		("no fee", basic, changed(|story| story.fulfilled[0].issuer_fee = 0)),
		("one of two", posted(Kind::Redundant(Level::Basic)), done()),
		("done without input", posted(Kind::Withheld), done()),
		("refunded twice", posted(Kind::Withheld), twice(refunded(whole, Cause::Expired))),
		("refunded in part", posted(Kind::Withheld), refunded(whole - 1, Cause::Expired)),
		("nobody's fee", posted(Kind::Malformed), refunded(price() + PANEL_FEE, Cause::Malformed)),
		("not taken back", posted(Kind::Withdrawn), refunded(whole, Cause::Cancelled)),
		("done though cancelled", Posted { kind: Kind::Contested, cancelled: true }, done()),
		("cancelled by nobody", posted(Kind::Contested), refunded(whole, Cause::Cancelled)),
	] {
		assert!(!story.faults(&posted, &ISSUER).is_empty(), "{what}");
	}
}
