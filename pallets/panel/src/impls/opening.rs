//! What a panel is asked, and the queue in which it waits for its members.

use crate::{
	Case, CaseOf, Cases, Config, Error, Event, Pallet, Panel, PanelOf, Panels, Phase, Queue, Round,
	Stakes, Waiting,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Defensive, Get},
		BoundedVec,
	},
	frame_system,
	sp_runtime::{traits::Zero, DispatchError},
};
use quittance_types::{JobId, Panels as PanelsTrait, Question, Refusal};

impl<T: Config> PanelsTrait<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn open(question: Question<T::AccountId>) -> Result<(), Refusal<DispatchError>> {
		Self::do_open(question).map_err(|error| match error {
			Error::<T>::TooManyPanels => Refusal::ForNow(error.into()),
			_ => Refusal::ForGood(error.into()),
		})
	}
}

impl<T: Config> Pallet<T> {
	/// Hash of the chain's first block, which the system pallet never prunes.
	pub(crate) fn genesis_hash() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		)
		.into()
	}

	pub(crate) fn do_open(question: Question<T::AccountId>) -> Result<(), Error<T>> {
		let job = question.job;
		let case = Self::check(question)?;
		ensure!(!Panels::<T>::contains_key(job), Error::PanelExists);
		ensure!(Panels::<T>::count() < T::MaxPanels::get(), Error::TooManyPanels);

		let (stakes, since) = (Self::stakes(), T::Epoch::get());
		let candidates = case.candidates.len() as u32;
		Cases::<T>::insert(job, case);
		Self::deposit_event(Event::PanelOpened { job, candidates, stakes, since });
		let panel = Panel {
			stakes,
			round: Round::First,
			draws: 0,
			failed: 0,
			phase: Phase::Waiting { since },
			members: BoundedVec::new(),
		};
		Self::wait(job, panel);
		Ok(())
	}

	/// Puts a panel at the end of the queue.
	pub(crate) fn wait(job: JobId, mut panel: PanelOf<T>) {
		let since = T::Epoch::get();
		panel.phase = Phase::Waiting { since };
		Panels::<T>::insert(job, panel);
		let queued = Queue::<T>::mutate(|queue| queue.try_push(Waiting { job, since }));
		let _ = queued.defensive_proof("a panel waits once, and there are no more than fit");
		Self::begin_seed();
	}

	fn check(question: Question<T::AccountId>) -> Result<CaseOf<T>, Error<T>> {
		let Question { candidates, needs, barred, max_amount, .. } = question;
		ensure!(!candidates.is_empty(), Error::NoCandidates);
		let candidates = BoundedVec::try_from(candidates).map_err(|_| Error::TooManyCandidates)?;
		let barred = BoundedVec::try_from(barred).map_err(|_| Error::TooManyBarred)?;
		let case = Case { candidates, needs, barred, max_amount };
		let repeated = case.candidates.iter().enumerate().any(|(place, candidate)| {
			case.candidates.iter().take(place).any(|other| other.miner == candidate.miner)
		});
		ensure!(!repeated, Error::DuplicateCandidate);
		Ok(case)
	}

	/// As governance has set them now. What is lost is never more than what is reserved, and absence never
	/// costs more than dissent: who is in doubt must not be better off by saying anything at all than by
	/// staying away.
	fn stakes() -> Stakes {
		// A lock that reserves nothing is refused, and every draw would fail.
		let bond = T::SeatBond::get().max(1);
		let dissent = T::DissentSlash::get().mul_floor(bond);
		Stakes { bond, absence: T::AbsenceSlash::get().min(dissent), dissent }
	}
}
