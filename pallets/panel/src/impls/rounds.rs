//! How rounds end, and with them, in the end, the panel.

use crate::{
	types::{Merit, RoundEnd, Ruling},
	Cases, Config, Error, Event, Member, Pallet, PanelOf, Panels, Progress, Round,
	MAX_FAILED_DRAWS,
};
use alloc::vec::Vec;
use polkadot_sdk::frame_support::{ensure, traits::Get, BoundedVec};
use quittance_types::{Disputes, JobId, Miners};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_close_round(job: JobId) -> Result<(), Error<T>> {
		let mut panel = Panels::<T>::get(job).ok_or(Error::UnknownPanel)?;
		let (_, reveals_until) = Self::windows_of(&panel)?;
		ensure!(T::JobClock::get() >= reveals_until, Error::RoundNotOver);

		Self::leave_agenda(job);
		Self::slash_absent(job, &mut panel);
		match panel.judge() {
			RoundEnd::Verdict(ruling) => Self::end(job, panel, ruling),
			RoundEnd::Disagreement => {
				let draw = panel.last_draw();
				panel.round = Round::Second;
				Self::deposit_event(Event::RoundDisagreed { job, draw });
				Self::wait(job, panel);
			},
			RoundEnd::Failed => {
				Self::fail_draw(job, panel);
			},
		}
		Ok(())
	}

	/// Draws the round anew, or ends the panel where that was tried often enough. Says whether it ended.
	pub(crate) fn fail_draw(job: JobId, mut panel: PanelOf<T>) -> bool {
		panel.failed = panel.failed.saturating_add(1);
		Self::deposit_event(Event::DrawFailed {
			job,
			draw: panel.last_draw(),
			members: panel.seats().count() as u32,
			revealed: panel.seats().filter_map(Member::finding).count() as u32,
			failed: panel.failed,
		});
		let ends = panel.failed >= MAX_FAILED_DRAWS;
		if ends {
			Self::end(job, panel, Ruling::Undecided);
		} else {
			Self::wait(job, panel);
		}
		ends
	}

	/// Slashes those of the last draw who have not revealed, whatever comes of the panel.
	fn slash_absent(job: JobId, panel: &mut PanelOf<T>) {
		let stakes = panel.stakes;
		for seat in panel.seats_mut().filter(|seat| seat.finding().is_none()) {
			seat.progress = Progress::Absent;
			let member = seat.account.clone();
			// Released first: what a lock has reserved is not taken.
			T::Miners::release(&member, stakes.bond);
			let slashed = T::Miners::slash(&member, stakes.absence);
			Self::deposit_event(Event::MemberAbsent { job, member, slashed });
		}
	}

	/// Ends a panel that is in neither queue nor agenda: releases what is reserved, slashes those who
	/// found something else than the verdict or missed what the others had, and tells the marketplace.
	///
	/// Only a second round's verdict can differ from what somebody found: the first round has one only
	/// where all agree.
	fn end(job: JobId, panel: PanelOf<T>, ruling: Ruling) {
		Panels::<T>::remove(job);
		Cases::<T>::remove(job);
		let (stakes, verdict) = (panel.stakes, ruling.verdict());
		let mut members = Vec::new();
		for Member { account, draw, progress } in &panel.members {
			let Progress::Revealed(finding) = *progress else { continue };
			let member = account.clone();
			T::Miners::release(&member, stakes.bond);
			match panel.merit(ruling, *draw, finding) {
				Merit::Paid => members.push(member),
				Merit::Unpaid => (),
				Merit::Missed => {
					let slashed = T::Miners::slash(&member, stakes.absence);
					Self::deposit_event(Event::FetchMissed { job, member, slashed });
				},
				Merit::Dissent => {
					let slashed = T::Miners::slash(&member, stakes.dissent);
					Self::deposit_event(Event::MemberDissented { job, member, slashed });
				},
			}
		}
		Self::deposit_event(Event::PanelDecided {
			job,
			verdict,
			members: BoundedVec::truncate_from(members.clone()),
		});
		// Seats that a draw could not fill all of were no members'.
		T::Disputes::decided(job, verdict, members, !panel.members.is_empty());
	}
}
