mod agenda;
mod draws;
mod findings;
mod griefing;
mod interleaving;
mod invariants;
mod opening;
mod rounds;
mod seeds;

use crate::{mock::*, types::*, Error, Event, Panels};
use polkadot_sdk::{
	frame_support::{assert_noop, assert_ok, weights::Weight},
	sp_runtime::{DispatchResult, Perbill},
};
use quittance_types::{finding_commitment, Finding, JobId, MemberFinding, Verdict};

type E = Error<Test>;

const JOB: JobId = 5;
const BOND: u128 = 10_000;
const RIGHT: MemberFinding = MemberFinding::Right { candidate: 0, amount: 640 };
const OTHER: MemberFinding = MemberFinding::Right { candidate: 1, amount: 640 };
const UNFETCHED: MemberFinding = MemberFinding::Unfetched;
const SALT: [u8; 32] = [0x5A; 32];

fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

/// Registers miners of these numbers, each with the same bond.
fn register(numbers: core::ops::RangeInclusive<u8>) {
	for number in numbers {
		Registry::register(&miner(number), &hot(number), BOND);
	}
}

/// Twenty miners, registered long ago, of whom 1 and 2 are parties of every question.
fn populate() {
	register(1..=20);
	CurrentEpoch::set(EPOCH + 5);
}

/// A panel on [`JOB`] whose members have just been drawn, among twenty miners.
fn drawn() -> Vec<AccountId> {
	populate();
	assert_ok!(ask(question(JOB)));
	pass_epoch();
	seats(JOB)
}

/// The verdict of members that found this.
fn found(finding: MemberFinding) -> Verdict {
	Verdict::Found(match finding {
		MemberFinding::Right { candidate, amount } => Finding::Right { candidate, amount },
		MemberFinding::Wrong | MemberFinding::Unfetched => Finding::Wrong,
	})
}

fn panel(job: JobId) -> Panel<AccountId> {
	Panels::<Test>::get(job).expect("a panel sits on the job")
}

/// The members who sit now.
fn seats(job: JobId) -> Vec<AccountId> {
	let panel = panel(job);
	assert!(matches!(panel.phase, Phase::Sitting { .. }), "members are drawn");
	let seats: Vec<_> = panel.seats().map(|seat| seat.account.clone()).collect();
	assert_eq!(seats.len(), panel.round.seats() as usize);
	seats
}

fn hot_key_of(member: &AccountId) -> AccountId {
	Registry::entry(member).expect("members are miners").hot_key
}

fn commitment(job: JobId, member: &AccountId, finding: MemberFinding) -> [u8; 32] {
	let draw = panel(job).last_draw();
	finding_commitment(&GENESIS, job, draw, &member.clone().into(), &finding, &SALT)
}

fn commit(job: JobId, member: &AccountId, finding: MemberFinding) -> DispatchResult {
	Jury::commit(signed(&hot_key_of(member)), job, commitment(job, member, finding))
}

fn reveal(job: JobId, member: &AccountId, finding: MemberFinding) -> DispatchResult {
	Jury::reveal(signed(&hot_key_of(member)), job, finding, SALT)
}

/// Goes to the job time at which those who committed can reveal.
fn to_reveals(job: JobId) {
	let Phase::Sitting { commits_until, .. } = panel(job).phase else { panic!("it waits") };
	JobNow::set(JobNow::get().max(commits_until));
}

/// Goes to the job time at which the round can be closed.
fn to_end(job: JobId) {
	let Phase::Sitting { reveals_until, .. } = panel(job).phase else { panic!("it waits") };
	JobNow::set(JobNow::get().max(reveals_until));
}

/// Has the members who sit commit to and reveal what they find, in their order, those without a finding
/// staying away; and closes the round.
fn round(job: JobId, findings: &[Option<MemberFinding>]) {
	let members = seats(job);
	assert_eq!(members.len(), findings.len());
	let says = || members.iter().zip(findings).filter_map(|(who, says)| Some((who, (*says)?)));
	for (member, finding) in says() {
		assert_ok!(commit(job, member, finding));
	}
	to_reveals(job);
	for (member, finding) in says() {
		assert_ok!(reveal(job, member, finding));
	}
	to_end(job);
	close(job);
}

fn close(job: JobId) {
	assert_ok!(Jury::close_round(signed(&REQUESTER), job));
}

/// Whether anybody sat on the panel that ended last.
fn sat(job: JobId) -> Option<bool> {
	market::Sat::<Test>::get(job)
}

fn verdicts(job: JobId) -> Vec<(Verdict, Vec<AccountId>)> {
	market::Verdicts::<Test>::get(job)
}

/// The only verdict on a job, and who shares its fee.
fn verdict(job: JobId) -> (Verdict, Vec<AccountId>) {
	let mut verdicts = verdicts(job);
	assert_eq!(verdicts.len(), 1, "a panel is decided once");
	verdicts.remove(0)
}

/// What a miner has lost.
fn lost(member: &AccountId) -> u128 {
	BOND - Registry::entry(member).expect("it is a miner").bond()
}

fn reserved(member: &AccountId) -> u128 {
	Registry::entry(member).expect("it is a miner").reserved
}

fn treasury() -> u128 {
	registry::Treasury::<Test>::get()
}

/// The events of the pallet since they were asked for last.
fn events() -> Vec<Event<Test>> {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::Jury(event) => Some(event),
		_ => None,
	});
	let events = events.collect();
	System::reset_events();
	events
}
