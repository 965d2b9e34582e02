//! Drawing members: points that a seed throws on the miners' shares.

use crate::{
	types::{Due, Member},
	CaseOf, Cases, Config, Event, FormingSeedOf, Pallet, PanelOf, Panels, Phase, Progress, Queue,
	Waiting, WeightInfo, MAX_SEATS, TRIES_PER_SEAT,
};
use alloc::vec::Vec;
use polkadot_sdk::frame_support::{
	traits::{ConstU32, Defensive, Get},
	weights::Weight,
	BoundedVec,
};
use quittance_types::{draw_point, Digest, EpochIndex, JobId, JobTime, Miners, Shares};

/// The shortest window, in job time, whatever governance says: in a shorter one nobody could commit or
/// reveal, and all would be slashed.
pub const LEAST_WINDOW: JobTime = 10;

/// One draw of a panel.
pub(crate) struct Draw<'panel, T: Config> {
	pub(crate) genesis: [u8; 32],
	pub(crate) seed: Digest,
	/// The epoch in which the seed formed.
	pub(crate) epoch: EpochIndex,
	pub(crate) job: JobId,
	/// Number of the draw.
	pub(crate) number: u8,
	/// Sum of the shares that the points fall on.
	pub(crate) total: u128,
	pub(crate) case: &'panel CaseOf<T>,
	pub(crate) panel: &'panel PanelOf<T>,
}

/// The miners that a draw has seated.
pub(crate) type Seats<T> =
	BoundedVec<<T as polkadot_sdk::frame_system::Config>::AccountId, ConstU32<MAX_SEATS>>;

/// What a point has fallen on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Hit<AccountId> {
	/// On nobody, a party, or who registered while the seed formed.
	Nobody,
	/// On a miner that cannot take a job with these needs.
	Unable,
	/// On a miner that can, but has a seat already, or gets none by this point.
	Able,
	/// On a miner that is seated by it.
	Seated(AccountId),
}

/// What all points of a draw have come to.
pub(crate) struct Throw<T: Config> {
	seated: Seats<T>,
	/// Points that fell on miners that can judge the case, and on those that cannot. In proportion to
	/// their bonds: a miner that is hit twice counts twice.
	able: u32,
	unable: u32,
}

impl<T: Config> Pallet<T> {
	/// What an epoch's first block does at most.
	pub(crate) fn most_of_first_block() -> Weight {
		let tries = u64::from(MAX_SEATS.saturating_mul(TRIES_PER_SEAT));
		let each = T::WeightInfo::draw()
			.saturating_add(T::WeightInfo::try_seat().saturating_mul(tries))
			.saturating_add(T::WeightInfo::close_round());
		T::WeightInfo::contribute()
			.saturating_add(each.saturating_mul(u64::from(T::DrawsPerEpoch::get())))
	}

	/// Draws the members of those who have waited longest and since before the seed began to form, no
	/// more than [`Config::DrawsPerEpoch`].
	pub(crate) fn draw_waiting(seed: &FormingSeedOf<T>) -> Weight {
		let mut queue = Queue::<T>::get();
		let due = queue
			.iter()
			.take(T::DrawsPerEpoch::get() as usize)
			.take_while(|waiting| waiting.since < seed.epoch)
			.count();
		if due == 0 || !Self::is_strong(seed) {
			return Weight::zero();
		}
		let drawn: Vec<Waiting> = queue.drain(..due).collect();
		// Before the draws: what they end may open other panels.
		Queue::<T>::put(queue);
		drawn
			.into_iter()
			.fold(Weight::zero(), |sum, waiting| sum.saturating_add(Self::draw(waiting.job, seed)))
	}

	/// Draws the members of a panel that is in no queue any more.
	fn draw(job: JobId, seed: &FormingSeedOf<T>) -> Weight {
		let known = Panels::<T>::get(job).zip(Cases::<T>::get(job));
		let Some((mut panel, case)) = known.defensive_proof("only panels wait") else {
			return T::WeightInfo::draw();
		};
		let number = panel.draws;
		panel.draws = panel.draws.saturating_add(1);
		let draw = Draw::<T> {
			genesis: Self::genesis_hash(),
			seed: seed.seed,
			epoch: seed.epoch,
			job,
			number,
			total: T::Miners::total(seed.epoch),
			case: &case,
			panel: &panel,
		};
		let points = panel.round.seats().saturating_mul(TRIES_PER_SEAT);
		let Throw { seated, able, unable } = draw.throw(points);
		let weight = T::WeightInfo::try_seat()
			.saturating_mul(u64::from(points))
			.saturating_add(T::WeightInfo::draw());

		// Needs are free for the model's owner to choose, and what they can do for miners to say: where
		// most of the bond cannot judge a case, those few who can may all be its owner's.
		if seated.len() < panel.round.seats() as usize || unable > able {
			for member in &seated {
				T::Miners::release(member, panel.stakes.bond);
			}
			let ended = Self::fail_draw(job, panel);
			let end = if ended { T::WeightInfo::close_round() } else { Weight::zero() };
			return weight.saturating_add(end);
		}
		Self::sit(job, panel, seed, seated);
		weight
	}

	/// Gives a panel its members and begins its windows.
	fn sit(job: JobId, mut panel: PanelOf<T>, seed: &FormingSeedOf<T>, seated: Seats<T>) {
		let (round, draw) = (panel.round, panel.last_draw());
		for account in &seated {
			let member = Member { account: account.clone(), draw, progress: Progress::Seated };
			let pushed = panel.members.try_push(member).map_err(|_| ());
			let _ = pushed.defensive_proof("there are no more draws than members have room for");
		}
		let (commits_until, reveals_until) = Self::windows(T::JobClock::get());
		panel.phase = Phase::Sitting { commits_until, reveals_until };
		Panels::<T>::insert(job, panel);
		Self::enter_agenda(Due { at: reveals_until, job });
		Self::deposit_event(Event::MembersDrawn {
			job,
			round,
			draw,
			epoch: seed.epoch,
			seed: seed.seed,
			members: seated,
			commits_until,
			reveals_until,
		});
	}

	/// Ends of both windows of a round that begins now.
	fn windows(now: JobTime) -> (JobTime, JobTime) {
		let commits_until = now.saturating_add(T::CommitWindow::get().max(LEAST_WINDOW));
		let reveals_until = commits_until.saturating_add(T::RevealWindow::get().max(LEAST_WINDOW));
		(commits_until, reveals_until)
	}
}

impl<T: Config> Draw<'_, T> {
	/// Fills as many seats as it can, and looks at all points, also once there are no seats left: how many
	/// miners can judge the case shows only in all of them.
	fn throw(&self, points: u32) -> Throw<T> {
		let seats = self.panel.round.seats() as usize;
		let mut throw = Throw::<T> { seated: Seats::<T>::new(), able: 0, unable: 0 };
		for attempt in 0..points {
			let is_free = throw.seated.len() < seats;
			match self.try_seat(attempt, &throw.seated, is_free) {
				Hit::Nobody => continue,
				Hit::Unable => throw.unable = throw.unable.saturating_add(1),
				Hit::Able => throw.able = throw.able.saturating_add(1),
				Hit::Seated(miner) => {
					throw.able = throw.able.saturating_add(1);
					let pushed = throw.seated.try_push(miner).map_err(|_| ());
					let _ = pushed.defensive_proof("no round has more seats than fit");
				},
			}
		}
		throw
	}

	/// Looks at the miner that a point falls on, and, where a seat is free, reserves its bond if it can
	/// sit.
	pub(crate) fn try_seat(
		&self,
		attempt: u32,
		seated: &[T::AccountId],
		is_free: bool,
	) -> Hit<T::AccountId> {
		let hit = draw_point(&self.genesis, &self.seed, self.job, self.number, attempt, self.total)
			.and_then(|point| T::Miners::at(self.epoch, point));
		let Some(miner) = hit else { return Hit::Nobody };
		let is_party = self.case.candidates.iter().any(|candidate| candidate.miner == miner)
			|| self.case.barred.contains(&miner);
		// Whoever registered while the seed formed could have known some of it.
		let is_known =
			T::Miners::registered_in(&miner).is_some_and(|registered| registered < self.epoch);
		if is_party || !is_known {
			return Hit::Nobody;
		}
		let sits = seated.contains(&miner)
			|| self.panel.members.iter().any(|member| member.account == miner);
		if sits {
			return Hit::Able;
		}
		if !T::Miners::can_judge(self.epoch, &miner, &self.case.needs) {
			return Hit::Unable;
		}
		if is_free && T::Miners::reserve_for_duty(&miner, self.panel.stakes.bond) {
			Hit::Seated(miner)
		} else {
			Hit::Able
		}
	}
}
