//! What every final block says of the jobs and the money, held against what had to become of them.

use crate::{
	market::{Market, BOND},
	orders::{price, Kind, Posted, ISSUER_FEE, PANEL_FEE},
};
use futures::{StreamExt, TryStreamExt};
use quittance_attestations::{AnchoredPath, Leaf, Native};
use quittance_cli::market::{DevelopmentAccount, Failure};
use quittance_client::{AccountId, Cause, Chain, Event, Executed, View};
use quittance_types::{FieldBytes, JobId};
use quittance_worker::{Ending, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks read at once.
const AT_ONCE: usize = 8;

/// The treasury, which gets forfeited bonds, and what of the inflation stakers do not.
const TREASURY: &[u8] = b"modlqtc/trsy";

/// Who makes the blocks, and gets a fifth of each fee.
const VALIDATOR: &str = "//Alice";

/// Refusals of what another was faster with, by name: a job taken, an input shown, a receipt submitted, a job
/// taken back.
const FASTER: [&str; 6] =
	["JobLocked", "JobRevealing", "JobDelivered", "JobAccepted", "JobEnded", "JobNotOpen"];

/// Refusals that only a node can bring that was killed and has forgotten its last block: what was done in it
/// is decided and sent anew, and then what was sent before is too; or another does it first now, and what was
/// sent after it is in vain.
const FORGOTTEN: [&str; 7] = [
	"AlreadyLocked",
	"AlreadyCommitted",
	"AlreadyDelivered",
	"NotLockHolder",
	"JobNotLocked",
	"JobOfAnother",
	"OutputsAwaited",
];

/// What a hot key's transaction did for a job. The first of those that its events say: a receipt that is
/// submitted may end its job too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Act {
	Lock,
	Commit,
	/// Delivers, or reveals.
	Show,
	Submit,
	Claim,
	Collect,
}

impl Act {
	const ALL: [Self; 6] =
		[Self::Lock, Self::Commit, Self::Show, Self::Submit, Self::Claim, Self::Collect];

	fn of(events: &[Event]) -> Option<(Self, JobId)> {
		let acts = events.iter().filter_map(|event| match event {
			Event::JobLocked { job, .. } => Some((Self::Lock, *job)),
			Event::OutputCommitted { job, .. } => Some((Self::Commit, *job)),
			Event::OutputDelivered { job, .. } => Some((Self::Show, *job)),
			Event::ReceiptAccepted { job, .. } => Some((Self::Submit, *job)),
			Event::JobRefunded { job, cause: Cause::Malformed, .. } => Some((Self::Claim, *job)),
			Event::JobFulfilled { job, .. } => Some((Self::Collect, *job)),
			_ => None,
		});
		acts.min()
	}

	/// How often all together do each of these for a job, at most.
	fn most(kind: Kind, done: bool) -> [usize; Self::ALL.len()] {
		match (kind, done) {
			(Kind::Malformed, _) => [0, 0, 0, 0, 1, 0],
			(_, false) => [0; 6],
			(Kind::Redundant(_), true) => [2, 2, 2, 1, 0, 1],
			(_, true) => [1, 0, 1, 1, 0, 1],
		}
	}
}

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
	/// What was paid for with success, and by which hot key.
	acts: Vec<(AccountId, Act)>,
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

	/// How often an honest miner can have paid for what others were faster with: once, where it is not the
	/// one who had the job, or brought its receipt. What is refused to it for that reason it leaves alone.
	fn races(&self, kind: Kind, miner: &AccountId) -> usize {
		let spared = match kind {
			// Without an input nobody tries.
			Kind::Withheld | Kind::Withdrawn => true,
			Kind::Redundant(_) => self.accepted.iter().any(|accepted| accepted.miner == *miner),
			_ => self.locks.contains(miner),
		};
		usize::from(!spared)
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
		let different = self.acts.iter().collect::<BTreeSet<_>>().len();
		expect(different == self.acts.len(), "a hot key paid twice for the same");
		let most = Act::most(posted.kind, !self.fulfilled.is_empty());
		let needed = Act::ALL
			.iter()
			.zip(most)
			.all(|(act, most)| self.acts.iter().filter(|(_, found)| found == act).count() <= most);
		expect(needed, "hot keys paid for more than it needs");
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

/// Refused transactions by the name of the refusal.
type Refusals = BTreeMap<String, usize>;

/// How often transactions of a hot key can be refused though its worker is honest.
#[derive(Clone, Copy, Debug, Default)]
struct Allowed {
	/// Because others were faster.
	races: usize,
	/// Because it, or its wire, was interrupted: once each time. It acts late then.
	interruptions: usize,
	/// Because the node has forgotten a block: for each job it had at once.
	forgotten: usize,
}

impl Allowed {
	/// What is wrong with what a hot key paid for in vain.
	fn faults(&self, refused: &Refusals) -> Vec<String> {
		let sum = |names: &[&str]| -> usize {
			let named = refused.iter().filter(|(name, _)| names.contains(&name.as_str()));
			named.map(|(_, count)| count).sum()
		};
		let (all, forgotten) = (refused.values().sum::<usize>(), sum(&FORGOTTEN));
		let mut faults = Vec::new();
		if all > sum(&FASTER) + forgotten {
			faults.push("a transaction was refused that no honest worker sends".to_owned());
		}
		if forgotten > self.forgotten {
			faults.push(format!("{forgotten} refused as if a node had forgotten a block"));
		}
		if all > self.races + self.interruptions + self.forgotten {
			faults.push(format!("{all} transactions were refused"));
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
	/// What hot keys paid for in vain.
	refused: BTreeMap<AccountId, Refusals>,
	/// Events there must be none of.
	faults: Vec<String>,
}

impl Blocks {
	async fn read(
		chain: &Chain,
		hot_keys: &BTreeSet<AccountId>,
		after: u64,
		to: u64,
	) -> Result<Self, Failure> {
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
		let mut sum = Self {
			stories: BTreeMap::new(),
			fees: BTreeMap::new(),
			burned: 0,
			refused: BTreeMap::new(),
			faults: Vec::new(),
		};
		for (number, events, transactions) in blocks {
			for event in events {
				sum.count(number, event);
			}
			for transaction in transactions {
				*sum.fees.entry(transaction.payer).or_default() += transaction.fee;
				sum.burned += transaction.fee * 4 / 5;
				if hot_keys.contains(&transaction.payer) {
					sum.take_note(number, transaction);
				}
			}
		}
		Ok(sum)
	}

	fn story(&mut self, job: JobId) -> &mut Story {
		self.stories.entry(job).or_default()
	}

	/// Takes note of what a hot key paid for.
	fn take_note(&mut self, number: u64, transaction: Executed) {
		let Executed { payer, refusal, events, .. } = transaction;
		match (refusal, Act::of(&events)) {
			(Some(refusal), _) => {
				*self.refused.entry(payer).or_default().entry(refusal.error).or_default() += 1
			},
			(None, Some((act, job))) => self.story(job).acts.push((payer, act)),
			(None, None) => {
				self.faults.push(format!("block {number}: {payer} paid for nothing: {events:?}"))
			},
		}
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
		cuts: u32,
		before: &View,
		after: &View,
	) -> Result<Vec<String>, Failure> {
		let (from, to) = (before.block().number, after.block().number);
		let hot_keys = market.seats.iter().map(|seat| seat.hot_key.account()).collect();
		let mut blocks = Blocks::read(&market.chain, &hot_keys, from, to).await?;
		let faults = std::mem::take(&mut blocks.faults);
		let mut audit = Self { market, posted, blocks, faults };
		audit.jobs();
		audit.refusals(cuts);
		audit.balances(before, after).await?;
		audit.issuance(before, after).await?;
		audit.miners(after).await?;
		audit.paths().await?;
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

	/// No hot key has paid for more in vain than what breaks and the other miners bring.
	fn refusals(&mut self, cuts: u32) {
		for seat in &self.market.seats {
			let (name, miner) = (seat.hot_key.name(), seat.miner.account());
			let races = self.posted.iter().map(|(job, posted)| {
				let story = self.blocks.stories.get(job);
				story.map_or(0, |story| story.races(posted.kind, &miner))
			});
			let allowed = Allowed {
				races: races.sum(),
				interruptions: (seat.kills + cuts) as usize,
				forgotten: self.market.node_kills as usize * usize::from(crate::market::AT_ONCE),
			};
			let refused = self.blocks.refused.get(&seat.hot_key.account());
			let refused = refused.cloned().unwrap_or_default();
			println!("soak: to {name} were refused {refused:?}; {allowed:?}");
			for fault in allowed.faults(&refused) {
				self.faults.push(format!("{name}: {fault}: {refused:?}, {allowed:?}"));
			}
		}
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

	/// Every receipt that was accepted has a path, though the node was killed meanwhile and may have forgotten the hash of
	/// its block.
	async fn paths(&mut self) -> Result<(), Failure> {
		let chain = &self.market.chain;
		let stories = self.blocks.stories.iter();
		let accepted = stories
			.flat_map(|(job, story)| story.accepted.iter().map(|accepted| (*job, *accepted)));
		let mut faults = Vec::new();
		for (job, accepted) in accepted {
			let nullifier = accepted.nullifier.0;
			let AnchoredPath { path, anchor } =
				chain.receipt_path(job, Some(nullifier), None).await?;
			let shown = match path.leaf {
				Leaf::Receipt(receipt) => {
					(receipt.job, AccountId(receipt.miner), receipt.amount, receipt.nullifier)
						== (job, accepted.miner, accepted.amount, nullifier)
				},
				Leaf::Message(_) => false,
			};
			let root = chain.final_root(anchor.number).await?.and_then(|(_, root)| root);
			let verified = root.map(|root| path.verify::<Native>(&root));
			if !shown || verified != Some(Ok(())) {
				faults.push(format!("job {job}: its path shows {:?}: {verified:?}", path.leaf));
			}
		}
		self.faults.extend(faults);
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
const KEY: AccountId = AccountId([4; 32]);
const OTHER_KEY: AccountId = AccountId([5; 32]);

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
		acts: vec![(KEY, Act::Lock), (KEY, Act::Submit)],
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
	let both = |act| [(KEY, act), (OTHER_KEY, act)];
	let mut acts = [Act::Lock, Act::Commit, Act::Show].map(both).concat();
	acts.extend([(KEY, Act::Submit), (KEY, Act::Collect)]);
	let shares = vec![(OTHER, half), (MINER, half)];
	let shared = Story { acts, locks: vec![OTHER, MINER], shares, ..done() };
	let mut delivered = done();
	delivered.acts.push((KEY, Act::Show));
	let shown = Story {
		acts: vec![(OTHER_KEY, Act::Claim)],
		fees: vec![(OTHER, ISSUER_FEE)],
		..refunded(price() + PANEL_FEE, Cause::Malformed)
	};
	for (kind, cancelled, story) in [
		(Kind::Basic, false, done()),
		(Kind::Transparent, false, delivered),
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
		("paid for twice", basic, changed(|story| story.acts.push((KEY, Act::Submit)))),
		("paid for by both", basic, changed(|story| story.acts.push((OTHER_KEY, Act::Lock)))),
		("committed to alone", basic, changed(|story| story.acts.push((KEY, Act::Commit)))),
		(
			"collected by both",
			basic,
			changed(|story| {
				story.acts.extend([(KEY, Act::Collect), (OTHER_KEY, Act::Collect)]);
			}),
		),
		(
			"shown though withheld",
			posted(Kind::Withheld),
			Story { acts: vec![(KEY, Act::Claim)], ..refunded(whole, Cause::Expired) },
		),
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

#[test]
fn a_transaction_is_named_by_the_first_thing_it_did() {
	let (job, miner, amount) = (9, MINER, price());
	let locked = Event::JobLocked { job, miner, price: amount, bond: 1, nonce: 1 };
	let fulfilled = Event::JobFulfilled {
		job,
		miner,
		amount,
		royalties: 0,
		issuer: None,
		issuer_fee: 0,
		returned: 0,
	};
	let accepted = Event::ReceiptAccepted {
		job,
		miner,
		issuer: ISSUER,
		level: quittance_types::Level::Basic,
		amount,
		nullifier: FieldBytes([7; 32]),
	};
	let refunded = |cause| Event::JobRefunded { job, requester: OTHER, amount, cause };
	for (events, act) in [
		(vec![locked], Some((Act::Lock, job))),
		(vec![accepted, fulfilled.clone()], Some((Act::Submit, job))),
		(vec![fulfilled], Some((Act::Collect, job))),
		(vec![refunded(Cause::Malformed)], Some((Act::Claim, job))),
		(vec![refunded(Cause::Expired)], None),
		(vec![], None),
	] {
		assert_eq!(Act::of(&events), act, "{events:?}");
	}
}

#[test]
fn a_race_is_lost_once_by_whoever_does_not_win_it() {
	use quittance_types::Level;
	let (one, nobody) = (done(), Story::default());
	let both = Story { locks: vec![OTHER, MINER], ..done() };
	let redundant = Kind::Redundant(Level::Basic);
	for (kind, story, races) in [
		(Kind::Basic, &one, [0, 1]),
		(Kind::Contested, &one, [0, 1]),
		(Kind::Contested, &nobody, [1, 1]),
		(Kind::Malformed, &nobody, [1, 1]),
		(redundant, &both, [0, 1]),
		(Kind::Withheld, &nobody, [0, 0]),
		(Kind::Withdrawn, &nobody, [0, 0]),
	] {
		let found = [MINER, OTHER].map(|miner| story.races(kind, &miner));
		assert_eq!(found, races, "{kind:?}");
	}
}

#[test]
fn boundary_refusals_are_as_many_as_races_and_what_breaks_bring() {
	let faults = |refused: &[(&str, usize)]| {
		let refused = refused.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
		Allowed { races: 3, interruptions: 2, forgotten: 4 }.faults(&refused).len()
	};
	assert_eq!(faults(&[]), 0);
	assert_eq!(faults(&[("JobLocked", 4), ("JobEnded", 1), ("AlreadyLocked", 4)]), 0);
	assert_eq!(faults(&[("JobLocked", 9)]), 0);
	assert_eq!(faults(&[("JobLocked", 10)]), 1, "sent again and again");
	assert_eq!(faults(&[("AlreadyLocked", 5)]), 1, "no node forgets so much");
	assert_eq!(faults(&[("BondTooSmall", 1)]), 1, "nobody honest");
	assert_eq!(faults(&[("NotHotKey", 10)]), 2);
}
