//! What every final block says of the job, the panel and the money, held against what the protocol says.

use crate::{
	amounts::{
		BOND, COST, COVERED, LOCK_BOND, LOST, PART, PRICE, RETURNED, SEAT_BOND, SHARE, SHARES,
	},
	market::{Market, Seat},
};
use futures::{StreamExt, TryStreamExt};
use quittance_cli::market::{DevelopmentAccount, Failure};
use quittance_client::{AccountId, Chain, Event, Refusal, View};
use quittance_types::{Blob, Finding, JobId, MemberFinding, Verdict};
use quittance_worker::{Ending, Store};
use std::{collections::BTreeMap, fmt::Debug};

/// What a worker's log says when a member finds that not everything can be had yet, and when it has found
/// something.
pub const NOT_YET: &str = "not all that a panel judges is there yet";
const FOUND: &str = "found";

/// Blocks read at once.
const AT_ONCE: usize = 8;

/// The treasury, which gets what is left of forfeited bonds, and what of the inflation stakers do not.
const TREASURY: &[u8] = b"modlqtc/trsy";

/// Who makes the blocks, and gets a fifth of each fee.
const VALIDATOR: &str = "//Alice";

/// The place of the honest miner's output among those that the panel is asked about: the cheat was faster.
const PLACE: u8 = 1;

/// Blocks after the last output within which a panel is asked.
const ASKED_WITHIN: u64 = 2;

/// Who does what.
pub struct Cast {
	/// The job.
	pub job: JobId,
	/// The honest miner's output.
	pub right: Blob,
	/// The cheat's.
	pub wrong: Blob,
	/// The member whose worker was killed before its commitment,
	pub late: AccountId,
	/// after it, without its records,
	pub forgetful: AccountId,
	/// and not at all.
	pub steady: AccountId,
}

impl Cast {
	fn members(&self) -> [AccountId; 3] {
		[self.late, self.forgetful, self.steady]
	}
}

/// The end of a job that was done.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fulfilled {
	/// Who is named for it.
	miner: String,
	/// What all miners were paid.
	amount: u128,
	royalties: u128,
	issuer: Option<AccountId>,
	/// What the panel was paid in the issuer's stead.
	issuer_fee: u128,
	returned: u128,
}

/// Everything that happened, each in order, by the names of those it happened to.
#[derive(Default)]
struct Story {
	locks: Vec<(String, u128)>,
	committed: Vec<String>,
	delivered: Vec<(String, Blob)>,
	/// The block of the last output, and those in which a panel was asked.
	shown_in: u64,
	asked_in: Vec<u64>,
	drawn: Vec<Vec<String>>,
	failed_draws: u32,
	findings_committed: Vec<String>,
	findings: Vec<(String, MemberFinding)>,
	verdicts: Vec<(Verdict, Vec<String>)>,
	decided: Vec<Verdict>,
	fees: Vec<(String, u128)>,
	forfeited: Vec<(String, u128)>,
	slashed: Vec<(String, u128)>,
	covered: Vec<(String, u128)>,
	fulfilled: Vec<Fulfilled>,
	reserved: BTreeMap<String, u128>,
	released: BTreeMap<String, u128>,
	/// What must not have happened.
	others: Vec<String>,
	refused: Vec<(String, Refusal)>,
	/// Fees of transactions by who paid them, all of them, and what was burned; the rest is the validator's.
	transaction_fees: BTreeMap<AccountId, u128>,
	paid: u128,
	burned: u128,
}

impl Story {
	async fn read(
		chain: &Chain,
		names: &BTreeMap<AccountId, &str>,
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
		let name = |account: &AccountId| {
			names.get(account).map_or_else(|| account.to_string(), ToString::to_string)
		};
		let mut story = Self::default();
		for (number, events, transactions) in blocks {
			for event in events {
				story.take_in(number, event, &name);
			}
			for transaction in transactions {
				let payer = transaction.payer;
				*story.transaction_fees.entry(payer).or_default() += transaction.fee;
				story.paid += transaction.fee;
				story.burned += transaction.fee * 4 / 5;
				story.refused.extend(transaction.refusal.map(|refusal| (name(&payer), refusal)));
			}
		}
		Ok(story)
	}

	/// There is one job, and so no need to look at its number.
	fn take_in(&mut self, number: u64, event: Event, name: &impl Fn(&AccountId) -> String) {
		match event {
			Event::JobLocked { miner, price, .. } => self.locks.push((name(&miner), price)),
			Event::OutputCommitted { miner, .. } => self.committed.push(name(&miner)),
			Event::OutputDelivered { miner, output, .. } => {
				self.shown_in = number;
				self.delivered.push((name(&miner), output));
			},
			Event::PanelAsked { .. } => self.asked_in.push(number),
			Event::MembersDrawn { members, .. } => {
				self.drawn.push(members.iter().map(name).collect())
			},
			Event::DrawFailed { .. } => self.failed_draws += 1,
			Event::FindingCommitted { member, .. } => self.findings_committed.push(name(&member)),
			Event::FindingRevealed { member, finding, .. } => {
				self.findings.push((name(&member), finding))
			},
			Event::PanelEnded { verdict, members, .. } => {
				self.verdicts.push((verdict, members.iter().map(name).collect()))
			},
			Event::PanelDecided { verdict, .. } => self.decided.push(verdict),
			Event::FeePaid { payee, amount, .. } => self.fees.push((name(&payee), amount)),
			Event::BondForfeited { miner, amount, .. } => {
				self.forfeited.push((name(&miner), amount))
			},
			Event::MinerSlashed { miner, amount, .. } => self.slashed.push((name(&miner), amount)),
			Event::PanelCovered { miner, amount, .. } => self.covered.push((name(&miner), amount)),
			Event::JobFulfilled {
				miner, amount, royalties, issuer, issuer_fee, returned, ..
			} => {
				let miner = name(&miner);
				let done = Fulfilled { miner, amount, royalties, issuer, issuer_fee, returned };
				self.fulfilled.push(done);
			},
			Event::BondReserved { miner, amount, .. } => {
				*self.reserved.entry(name(&miner)).or_default() += amount
			},
			Event::BondReleased { miner, amount, .. } => {
				*self.released.entry(name(&miner)).or_default() += amount
			},
			// Nobody else is dishonest or away, and nobody signs.
			event @ (Event::ReceiptAccepted { .. }
			| Event::ReceiptRefused { .. }
			| Event::SigningBegun { .. }
			| Event::LateCommitted { .. }
			| Event::ShareOfJobPaid { .. }
			| Event::PaymentDeferred { .. }
			| Event::JobRefunded { .. }
			| Event::PanelUnavailable { .. }
			| Event::PanelAwaited { .. }
			| Event::PanelBorne { .. }
			| Event::PanelFeeLost { .. }
			| Event::MemberAbsent { .. }
			| Event::MemberDissented { .. }
			| Event::FetchMissed { .. }
			| Event::RoundDisagreed { .. }
			| Event::DebtCollected { .. }
			| Event::RoyaltyPaid { .. }
			| Event::Rewarded { .. }
			| Event::MinerLeaving { .. }
			| Event::IssuerRemoved { .. }) => self.others.push(format!("block {number}: {event:?}")),
			_ => {},
		}
	}
}

/// Everything that is not as it has to be.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
	fn same<T: PartialEq + Debug>(&mut self, what: &str, found: &T, expected: &T) {
		if found != expected {
			self.0.push(format!("{what}: {found:?}, expected {expected:?}"));
		}
	}
}

/// The final blocks, and what is not as it has to be in them.
pub struct Audit<'a> {
	market: &'a Market,
	cast: &'a Cast,
	names: BTreeMap<AccountId, &'static str>,
	story: Story,
	faults: Faults,
}

impl<'a> Audit<'a> {
	/// Looks at everything between two states, both final: before the job was posted, and after its record
	/// was removed. The workers have ended.
	pub async fn of(
		market: &'a Market,
		cast: &'a Cast,
		before: &View,
		after: &View,
	) -> Result<Vec<String>, Failure> {
		let names: BTreeMap<_, _> =
			market.accounts().into_iter().map(|(name, account)| (account, name)).collect();
		let (from, to) = (before.block().number, after.block().number);
		let story = Story::read(&market.chain, &names, from, to).await?;
		let mut audit = Self { market, cast, names, story, faults: Faults::default() };
		audit.job();
		audit.panel();
		audit.payments();
		audit.balances(before, after).await?;
		audit.issuance(before, after).await?;
		audit.miners(after).await?;
		audit.model(after).await?;
		audit.workers()?;
		println!("panel: audited blocks {} to {to}", from + 1);
		Ok(audit.faults.0)
	}

	fn name(&self, account: &AccountId) -> String {
		self.names.get(account).map_or_else(|| account.to_string(), ToString::to_string)
	}

	/// The honest miner and the cheat.
	fn parties(&self) -> (String, String) {
		let Market { honest, cheat, .. } = self.market;
		(honest.name().to_owned(), cheat.miner.name().to_owned())
	}

	/// The members in the order of their names.
	fn members(&self) -> Vec<String> {
		sorted(self.cast.members().iter().map(|member| self.name(member)).collect())
	}

	/// Two had the job, they showed what they did, and a panel was asked at once.
	fn job(&mut self) {
		let (honest, cheat) = self.parties();
		let (story, faults) = (&self.story, &mut self.faults);
		let locks = vec![(cheat.clone(), PRICE), (honest.clone(), PRICE)];
		faults.same("who has locked the job, at which price", &story.locks, &locks);
		let both = vec![honest.clone(), cheat.clone()];
		faults.same("who has committed to an output", &sorted(story.committed.clone()), &both);
		let shown = BTreeMap::from([(honest, self.cast.right), (cheat, self.cast.wrong)]);
		faults.same("how many outputs were shown", &story.delivered.len(), &2);
		faults.same("what was shown", &story.delivered.iter().cloned().collect(), &shown);
		let in_time = story.shown_in..=story.shown_in + ASKED_WITHIN;
		if story.asked_in.len() != 1 || !in_time.contains(&story.asked_in[0]) {
			faults.0.push(format!(
				"a panel was asked in blocks {:?}, the last output was shown in {}",
				story.asked_in, story.shown_in
			));
		}
		faults.same("what must not happen", &story.others, &Vec::new());
		faults.same("refused transactions", &story.refused, &Vec::new());
	}

	/// Each member found, once, that the honest miner's output is the right one.
	fn panel(&mut self) {
		let members = self.members();
		let (story, faults) = (&self.story, &mut self.faults);
		let drawn = story.drawn.iter().cloned().map(sorted).collect();
		faults.same("who was drawn", &drawn, &vec![members.clone()]);
		// The commitments of those who were killed, too, are the first and only ones.
		let committed = sorted(story.findings_committed.clone());
		faults.same("who has committed to a finding", &committed, &members);
		let mut findings = story.findings.clone();
		findings.sort_by(|one, other| one.0.cmp(&other.0));
		let right = MemberFinding::Right { candidate: PLACE, amount: PRICE };
		let expected = members.iter().cloned().map(|member| (member, right)).collect();
		faults.same("what members have found", &findings, &expected);
		let verdict = Verdict::Found(Finding::Right { candidate: PLACE, amount: PRICE });
		let verdicts: Vec<_> = story
			.verdicts
			.iter()
			.map(|(verdict, members)| (*verdict, sorted(members.clone())))
			.collect();
		faults.same("the verdict and who is paid for it", &verdicts, &vec![(verdict, members)]);
		faults.same("what the marketplace was told", &story.decided, &vec![verdict]);
	}

	/// What the events say of the money.
	fn payments(&mut self) {
		let ((honest, cheat), members) = (self.parties(), self.members());
		let (story, faults) = (&self.story, &mut self.faults);
		let shares = members.iter().cloned().map(|member| (member, SHARE)).collect();
		faults.same("who was paid of both fees", &sorted(story.fees.clone()), &shares);
		let bond = vec![(cheat.clone(), LOCK_BOND)];
		faults.same("whose bond is forfeited", &story.forfeited, &bond);
		faults.same("who is slashed", &story.slashed, &bond);
		faults.same(
			"what of that is made good to the requester",
			&story.covered,
			&vec![(cheat.clone(), COVERED)],
		);
		let done = Fulfilled {
			miner: honest.clone(),
			amount: PART,
			royalties: 0,
			issuer: None,
			issuer_fee: SHARES,
			returned: RETURNED,
		};
		faults.same("how the job was settled", &story.fulfilled, &vec![done]);
		let seats = members.into_iter().map(|member| (member, SEAT_BOND));
		let bonds = seats.chain([(honest, LOCK_BOND), (cheat, LOCK_BOND)]).collect();
		faults.same("what was released of bonds", &story.released, &story.reserved);
		// A draw that fails has reserved for those whom it could seat.
		if story.failed_draws == 0 {
			faults.same("what was reserved of bonds", &story.reserved, &bonds);
		}
	}

	/// Everybody has what is right to the last unit, and nothing is held that was not before, but for what
	/// the cheat has lost of its bond.
	async fn balances(&mut self, before: &View, after: &View) -> Result<(), Failure> {
		let Market { honest, cheat, requester, .. } = self.market;
		let (honest, cheat) = (honest.account(), cheat.miner.account());
		let (requester, members) = (requester.account(), self.cast.members());
		for (account, name) in self.names.clone() {
			let (earned, spent) = match account {
				account if account == honest => (PART, 0),
				account if account == cheat => (0, LOCK_BOND),
				account if account == requester => (0, COST),
				account if members.contains(&account) => (SHARE, 0),
				_ => (0, 0),
			};
			let lost = if account == cheat { LOCK_BOND } else { 0 };
			let fees = self.story.transaction_fees.remove(&account).unwrap_or_default();
			let (old, new) = tokio::try_join!(before.account(&account), after.account(&account))?;
			let expected = (old.free + old.held + earned).checked_sub(spent + fees);
			let what = format!(
				"what {name} has, with {earned} earned, {spent} spent and {fees} of transaction fees"
			);
			self.faults.same(&what, &Some(new.free + new.held), &expected);
			let held = old.held.checked_sub(lost);
			self.faults.same(&format!("what is held from {name}"), &Some(new.held), &held);
		}
		let strangers = std::mem::take(&mut self.story.transaction_fees);
		self.faults.same("fees of others' transactions", &strangers, &BTreeMap::new());
		Ok(())
	}

	/// No money has come from nowhere or gone there: of each fee a fifth goes to the validator, and the rest
	/// is burned; what is minted goes to the treasury, as does what is left of the cheat's bond.
	async fn issuance(&mut self, before: &View, after: &View) -> Result<(), Failure> {
		let mut treasury = [0; 32];
		treasury[..TREASURY.len()].copy_from_slice(TREASURY);
		let total = async |view: &View, account: AccountId| {
			let account = view.account(&account).await?;
			Ok::<_, Failure>(account.free + account.held)
		};
		let treasury = AccountId(treasury);
		let (old, new) = tokio::try_join!(total(before, treasury), total(after, treasury))?;
		let minted = new.checked_sub(old + LOST);
		let (old, new) = (before.total_issuance().await?, after.total_issuance().await?);
		let burned = self.story.burned;
		let expected = minted.map(|minted| old + minted - burned);
		let what =
			format!("all the money, of {old} before, with {minted:?} minted and {burned} burned");
		self.faults.same(&what, &Some(new), &expected);
		let validator = DevelopmentAccount::new(VALIDATOR)?.account();
		let (old, new) = tokio::try_join!(total(before, validator), total(after, validator))?;
		let fees = self.story.paid;
		let what = format!("what the validator has, with {fees} of fees, of which {burned} burned");
		self.faults.same(&what, &new, &(old + fees - burned));
		Ok(())
	}

	/// All bonds are free, all but the cheat's are whole, and everybody has the name that it deserves.
	async fn miners(&mut self, after: &View) -> Result<(), Failure> {
		let Market { honest, cheat, others, .. } = self.market;
		let others = others.iter().map(|seat| (seat.account(), BOND, (0, 0, 0)));
		let honest = (honest.account(), BOND, (1, 0, 0));
		let cheat = (cheat.miner.account(), BOND - LOCK_BOND, (0, 0, 1));
		for (account, bond, deeds) in [honest, cheat].into_iter().chain(others) {
			let name = self.name(&account);
			let (info, standing, on_panels) = tokio::try_join!(
				after.miner(&account),
				after.standing(&account),
				after.reserved_by_panels(&account),
			)?;
			let (Some(info), Some(standing)) = (info, standing) else {
				self.faults.0.push(format!("{name} is no miner any more"));
				continue;
			};
			let record = info.record;
			let found = (record.bond, record.reserved, record.locks, record.owed, on_panels);
			let what = format!(
				"{name}'s bond, and what of it is reserved, by how many, owed, and of panels"
			);
			self.faults.same(&what, &found, &(bond, 0, 0, 0, 0));
			let found = (standing.fulfilled, standing.late, standing.slashed);
			self.faults.same(&format!("what {name} has done, late, and wrong"), &found, &deeds);
		}
		Ok(())
	}

	/// The model's record counts the job as done, without the proof that it asked for.
	async fn model(&mut self, after: &View) -> Result<(), Failure> {
		let activity = after.activity(&self.market.model).await?;
		let found = activity.map(|activity| {
			let proofs = (activity.proofs_verified, activity.proofs_missed);
			(activity.live_jobs, activity.fulfilled, proofs, activity.royalties_due)
		});
		let what = "the model's jobs that live, that are done, their proofs, royalties";
		self.faults.same(what, &found, &Some((0, 1, (0, 1), 0)));
		let panel = after.panel(self.cast.job).await?;
		self.faults.same("the panel", &panel.is_some(), &false);
		Ok(())
	}

	/// The workers' own records and logs say what the chain does.
	fn workers(&mut self) -> Result<(), Failure> {
		let Market { honest, others, .. } = self.market;
		let job = self.cast.job;
		let rows = self.open(honest)?.job(job).map_err(|error| unreadable(honest, error))?;
		let ending = rows.and_then(|row| row.ending);
		let what = format!("how the job has ended by the records of {}", honest.name());
		self.faults.same(&what, &ending, &Some(Ending::Paid(PART)));
		for seat in others {
			let (account, name) = (seat.account(), seat.name());
			let member = self.cast.members().contains(&account);
			let store = self.open(seat)?;
			let seats = store.seats().map_err(|error| unreadable(seat, error))?;
			let found: Vec<_> = seats
				.into_iter()
				.map(|(job, _, seat)| (job, seat.found.map(|found| found.finding), seat.ended))
				.collect();
			let right = MemberFinding::Right { candidate: PLACE, amount: PRICE };
			let expected = if member { vec![(job, Some(right), true)] } else { vec![] };
			self.faults.same(&format!("the seats by the records of {name}"), &found, &expected);
			let rows = store.job(job).map_err(|error| unreadable(seat, error))?;
			self.faults.same(
				&format!("whether {name} has a record of the job"),
				&rows.is_some(),
				&false,
			);
			// Who has lost its records looks again at what it has committed to, and finds nothing new.
			let finds = seat.count(job, FOUND)?;
			self.faults.same(
				&format!("how often {name} has found something"),
				&finds,
				&member.into(),
			);
		}
		Ok(())
	}

	fn open(&self, seat: &Seat) -> Result<Store, Failure> {
		let store = Store::open(&seat.records, &self.market.chain.genesis(), &seat.account());
		store.map_err(|error| unreadable(seat, error))
	}
}

fn unreadable(seat: &Seat, error: impl std::fmt::Display) -> Failure {
	Failure::unavailable(format!("reading the records of {}", seat.name()), error)
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
	all.sort();
	all
}
