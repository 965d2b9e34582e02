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
		let (seated, tries) = draw.fill(panel.round.seats());
		let weight = T::WeightInfo::try_seat()
			.saturating_mul(u64::from(tries))
			.saturating_add(T::WeightInfo::draw());

		if seated.len() < panel.round.seats() as usize {
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
	/// Fills as many seats as it can, and says how many points it has tried.
	fn fill(&self, seats: u32) -> (Seats<T>, u32) {
		let mut seated = Seats::<T>::new();
		for attempt in 0..seats.saturating_mul(TRIES_PER_SEAT) {
			if seated.len() >= seats as usize {
				return (seated, attempt);
			}
			if let Some(miner) = self.try_seat(attempt, &seated) {
				let pushed = seated.try_push(miner).map_err(|_| ());
				let _ = pushed.defensive_proof("no round has more seats than fit");
			}
		}
		(seated, seats.saturating_mul(TRIES_PER_SEAT))
	}

	/// Reserves the bond of the miner that a point falls on, if it can sit.
	pub(crate) fn try_seat(&self, attempt: u32, seated: &[T::AccountId]) -> Option<T::AccountId> {
		let point =
			draw_point(&self.genesis, &self.seed, self.job, self.number, attempt, self.total)?;
		let miner = T::Miners::at(self.epoch, point)?;
		let sits = seated.contains(&miner)
			|| self.panel.members.iter().any(|member| member.account == miner);
		let is_party = self.case.candidates.iter().any(|candidate| candidate.miner == miner)
			|| self.case.barred.contains(&miner);
		if sits || is_party {
			return None;
		}
		// Whoever registered while the seed formed could have known some of it.
		if T::Miners::registered_in(&miner)? >= self.epoch {
			return None;
		}
		T::Miners::can_take(&miner, &self.case.needs).ok()?;
		T::Miners::reserve(&miner, self.panel.stakes.bond).ok()?;
		Some(miner)
	}
}
