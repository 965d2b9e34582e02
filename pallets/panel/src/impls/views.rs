//! What readers ask.

use crate::{Config, Duty, Member, Pallet, PanelOf, Panels, Phase};
use alloc::vec::Vec;
use quittance_types::JobId;

impl<T: Config> Pallet<T> {
	pub(crate) fn duties_of(miner: &T::AccountId) -> Vec<Duty> {
		Panels::<T>::iter().filter_map(|(job, panel)| Self::duty_on(job, &panel, miner)).collect()
	}

	fn duty_on(job: JobId, panel: &PanelOf<T>, miner: &T::AccountId) -> Option<Duty> {
		let Phase::Sitting { commits_until, reveals_until } = panel.phase else { return None };
		let seat = panel.seats().find(|seat| seat.account == *miner)?;
		if seat.finding().is_some() {
			return None;
		}
		let (draw, progress) = (seat.draw, seat.progress);
		Some(Duty { job, draw, commits_until, reveals_until, progress })
	}

	pub(crate) fn reserved_by_seats(miner: &T::AccountId) -> u128 {
		Panels::<T>::iter_values()
			.filter(|panel| {
				panel.members.iter().filter(|seat| seat.account == *miner).any(Member::is_bonded)
			})
			.fold(0, |sum, panel| sum.saturating_add(panel.stakes.bond))
	}
}
