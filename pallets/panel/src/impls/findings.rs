//! What members find: first committed to, then said.

use crate::{Cases, Config, Error, Event, Member, Pallet, PanelOf, Panels, Phase, Progress};
use polkadot_sdk::{
	frame_support::{ensure, traits::Get},
	sp_runtime::DispatchResult,
};
use quittance_types::{finding_commitment, Digest, JobId, JobTime, MemberFinding, Miners};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_commit(who: T::AccountId, job: JobId, commitment: Digest) -> DispatchResult {
		let (account, mut panel) = Self::sitting(&who, job)?;
		let (commits_until, _) = Self::windows_of(&panel)?;
		let member = Self::member_of(&mut panel, &account)?;
		match member.progress {
			Progress::Seated => (),
			Progress::Committed(_) => return Err(Error::<T>::AlreadyCommitted.into()),
			Progress::Revealed(_) => return Err(Error::<T>::AlreadyRevealed.into()),
			Progress::Absent => return Err(Error::<T>::Unexpected.into()),
		}
		let now = T::JobClock::get();
		ensure!(now < commits_until, Error::<T>::CommitsOver);

		member.progress = Progress::Committed(commitment);
		Self::deposit_event(Event::FindingCommitted { job, member: account, commitment });
		if panel.seats().all(|seat| seat.progress != Progress::Seated) {
			if let Phase::Sitting { commits_until, .. } = &mut panel.phase {
				*commits_until = now;
			}
			Self::deposit_event(Event::CommitsClosed { job, draw: panel.last_draw() });
		}
		Panels::<T>::insert(job, panel);
		Ok(())
	}

	pub(crate) fn do_reveal(
		who: T::AccountId,
		job: JobId,
		finding: MemberFinding,
		salt: [u8; 32],
	) -> DispatchResult {
		let (account, mut panel) = Self::sitting(&who, job)?;
		let (commits_until, reveals_until) = Self::windows_of(&panel)?;
		let draw = panel.last_draw();
		let member = Self::member_of(&mut panel, &account)?;
		let commitment = match member.progress {
			Progress::Seated => return Err(Error::<T>::NotCommitted.into()),
			Progress::Committed(commitment) => commitment,
			Progress::Revealed(_) => return Err(Error::<T>::AlreadyRevealed.into()),
			Progress::Absent => return Err(Error::<T>::Unexpected.into()),
		};
		let now = T::JobClock::get();
		ensure!(now >= commits_until, Error::<T>::CommitsNotOver);
		ensure!(now < reveals_until, Error::<T>::RevealsOver);
		Self::check_finding(job, &finding)?;
		let opened = finding_commitment(
			&Self::genesis_hash(),
			job,
			draw,
			&account.clone().into(),
			&finding,
			&salt,
		);
		ensure!(opened == commitment, Error::<T>::CommitmentMismatch);

		member.progress = Progress::Revealed(finding);
		Self::deposit_event(Event::FindingRevealed { job, member: account, finding });
		if panel.seats().all(|seat| seat.finding().is_some()) {
			if let Phase::Sitting { reveals_until, .. } = &mut panel.phase {
				*reveals_until = now;
			}
			Self::move_in_agenda(job, now);
			Self::deposit_event(Event::RevealsClosed { job, draw });
		}
		Panels::<T>::insert(job, panel);
		Ok(())
	}

	/// The miner that works with this hot key, and the panel on this job.
	fn sitting(hot_key: &T::AccountId, job: JobId) -> Result<(T::AccountId, PanelOf<T>), Error<T>> {
		let account = T::Miners::by_hot_key(hot_key).ok_or(Error::UnknownHotKey)?;
		let panel = Panels::<T>::get(job).ok_or(Error::UnknownPanel)?;
		Ok((account, panel))
	}

	/// The ends of the windows in which members commit and reveal.
	pub(crate) fn windows_of(panel: &PanelOf<T>) -> Result<(JobTime, JobTime), Error<T>> {
		match panel.phase {
			Phase::Sitting { commits_until, reveals_until } => Ok((commits_until, reveals_until)),
			Phase::Waiting { .. } => Err(Error::NotDrawn),
		}
	}

	/// The seat of a miner among those drawn last.
	fn member_of<'panel>(
		panel: &'panel mut PanelOf<T>,
		account: &T::AccountId,
	) -> Result<&'panel mut Member<T::AccountId>, Error<T>> {
		panel.seats_mut().find(|seat| seat.account == *account).ok_or(Error::NotMember)
	}

	/// Only what the panel was asked about can be found, and worth no more than it can be.
	fn check_finding(job: JobId, finding: &MemberFinding) -> Result<(), Error<T>> {
		let MemberFinding::Right { candidate, amount } = finding else { return Ok(()) };
		let case = Cases::<T>::get(job).ok_or(Error::Unexpected)?;
		let place = usize::from(*candidate);
		let named = case.candidates.get(place).ok_or(Error::UnknownCandidate)?;
		// Or two honest members could name one output by two places, and disagree.
		let is_first = case.candidates.iter().take(place).all(|other| other.output != named.output);
		ensure!(is_first, Error::NotFirstCandidate);
		ensure!(*amount <= case.max_amount, Error::AmountAboveMost);
		Ok(())
	}
}
