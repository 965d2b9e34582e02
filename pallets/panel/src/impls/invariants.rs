//! What holds between any two blocks.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * every panel has a case and every case a panel, and there are no more than there can be;
	/// * a panel that waits is in the queue, once, and one that sits in the agenda, once, with the time of
	///   its phase; neither holds anything else, and both are in order;
	/// * a seed forms exactly while a panel waits;
	/// * every panel has as many members as its draws seated, none of them twice, none of them a party;
	/// * those drawn last are bonded while they sit, and of the others those who revealed;
	/// * nobody has revealed what the panel was not asked;
	/// * no panel has failed too often, and none has a verdict that was not told.
	///
	/// That the registry has reserved what [`Pallet::reserved_for`] says is for the runtime to check,
	/// which knows who else reserves.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{
			types::{Due, Waiting},
			Agenda, Cases, Forming, Panels, Phase, Progress, Queue, Round, MAX_FAILED_DRAWS,
		};
		use polkadot_sdk::frame_support::{ensure, traits::Get};
		use quittance_types::MemberFinding;

		let (queue, agenda) = (Queue::<T>::get(), Agenda::<T>::get());
		let count = Panels::<T>::iter_keys().count();
		ensure!(count == Panels::<T>::count() as usize, "panels are counted");
		ensure!(count <= T::MaxPanels::get() as usize, "there are no more than there can be");
		ensure!(Cases::<T>::iter_keys().count() == count, "every case is a panel's");
		ensure!(
			queue.len().saturating_add(agenda.len()) == count,
			"a panel waits or sits, and nothing else does"
		);
		ensure!(
			queue.iter().is_sorted_by_key(|waiting| waiting.since),
			"who waits longest is first"
		);
		ensure!(agenda.iter().is_sorted(), "what is due first is first");
		ensure!(Forming::<T>::exists() != queue.is_empty(), "a seed forms while a panel waits");
		if let Some(seed) = Forming::<T>::get() {
			ensure!(seed.epoch <= T::Epoch::get(), "no seed is of an epoch to come");
			ensure!(
				queue.iter().all(|waiting| waiting.since <= T::Epoch::get()),
				"nobody waits since an epoch to come"
			);
		}
		for (job, panel) in Panels::<T>::iter() {
			let case = Cases::<T>::get(job).ok_or("every panel has a case")?;
			match panel.phase {
				Phase::Waiting { since } => ensure!(
					queue.contains(&Waiting { job, since }),
					"a panel that waits is in the queue"
				),
				Phase::Sitting { commits_until, reveals_until } => {
					ensure!(
						agenda.contains(&Due { at: reveals_until, job }),
						"a panel that sits is in the agenda"
					);
					ensure!(commits_until <= reveals_until, "members commit before they reveal");
					let seats = panel.seats().count();
					ensure!(seats == panel.round.seats() as usize, "all seats are filled");
				},
			}
			ensure!(panel.failed < MAX_FAILED_DRAWS, "no panel has failed too often");
			let agreed = u8::from(panel.round == Round::Second);
			let sits = u8::from(matches!(panel.phase, Phase::Sitting { .. }));
			ensure!(
				panel.draws == panel.failed.saturating_add(agreed).saturating_add(sits),
				"every draw failed, or did not agree, or sits"
			);
			ensure!(!case.candidates.is_empty(), "there is an output to judge");
			ensure!(
				panel.stakes.bond > 0 && panel.stakes.dissent <= panel.stakes.bond,
				"no more is lost than is reserved"
			);
			ensure!(
				panel.stakes.absence <= panel.stakes.dissent,
				"absence costs no more than dissent"
			);
			for (place, member) in panel.members.iter().enumerate() {
				let others = panel.members.iter().take(place);
				ensure!(
					others.clone().all(|other| other.account != member.account),
					"nobody sits twice"
				);
				ensure!(
					others.clone().all(|other| other.draw <= member.draw),
					"members are in the order of the draws"
				);
				ensure!(member.draw < panel.draws, "members are of draws that were begun");
				ensure!(
					!case.barred.contains(&member.account)
						&& case.candidates.iter().all(|party| party.miner != member.account),
					"no party sits"
				);
				let seated = member.draw == panel.last_draw()
					&& matches!(panel.phase, Phase::Sitting { .. });
				match member.progress {
					Progress::Seated | Progress::Committed(_) => {
						ensure!(seated, "who has still to reveal sits")
					},
					Progress::Absent => ensure!(!seated, "nobody who sits is absent yet"),
					Progress::Revealed(MemberFinding::Wrong | MemberFinding::Unfetched) => (),
					Progress::Revealed(MemberFinding::Right { candidate, amount }) => ensure!(
						usize::from(candidate) < case.candidates.len() && amount <= case.max_amount,
						"nobody has revealed what the panel was not asked"
					),
				}
			}
		}
		Ok(())
	}
}
