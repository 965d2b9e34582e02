//! What holds between any two blocks.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * what is held from a miner's account is its bond and what is being unbonded;
	/// * open locks have reserved no more than the bond, and something if there are any;
	/// * parts that are being unbonded are more than zero, the oldest first;
	/// * a leaving miner has no bond, no locks and no key on its way;
	/// * a miner's keys, the next one too, are its own, and its account is no other miner's key;
	/// * a key on its way is not the one that works;
	/// * no heartbeat is of an epoch to come;
	/// * every miner has a valid profile and every profile a miner;
	/// * outcomes are of miners, and in their places.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{HoldReason, HotKeys, Miners, OutcomeRing, Outcomes, Profiles, Window};
		use polkadot_sdk::frame_support::{
			ensure,
			traits::{fungible::InspectHold, Get},
		};

		for (account, miner) in Miners::<T>::iter() {
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account) == miner.held(),
				"the bond and what is being unbonded are held"
			);
			ensure!(miner.reserved <= miner.bond, "locks reserve no more than the bond");
			ensure!(
				(miner.locks == 0) == (miner.reserved == 0),
				"open locks have reserved something, and nothing else has"
			);
			ensure!(
				miner.unbonding.iter().all(|part| part.amount > 0),
				"a part that is being unbonded is more than zero"
			);
			ensure!(
				miner.unbonding.iter().is_sorted_by_key(|part| part.until),
				"the oldest part comes first"
			);
			ensure!(
				!miner.leaving || (miner.bond == 0 && miner.locks == 0 && miner.next_key.is_none()),
				"a leaving miner has no bond, no locks and no key on its way"
			);
			let next = miner.next_key.as_ref().map(|next| &next.key);
			for key in next.into_iter().chain([&miner.hot_key]) {
				ensure!(
					HotKeys::<T>::get(key).as_ref() == Some(&account),
					"a miner's hot keys are its own"
				);
			}
			ensure!(next != Some(&miner.hot_key), "a key on its way does not work yet");
			ensure!(
				Self::is_nobody_elses(&account, &account),
				"a miner's account is no other miner's hot key"
			);
			ensure!(miner.last_heartbeat <= T::Epoch::get(), "no heartbeat is of an epoch to come");
			let profile = Profiles::<T>::get(&account).ok_or("every miner has a profile")?;
			ensure!(
				Self::check_capabilities(&profile.capabilities).is_ok()
					&& Self::check_endpoint(&profile.endpoint).is_ok(),
				"a profile is valid"
			);
		}
		ensure!(
			Profiles::<T>::iter_keys().count() == Miners::<T>::iter_keys().count(),
			"every profile is a miner's"
		);
		for (account, OutcomeRing(windows)) in Outcomes::<T>::iter() {
			ensure!(Miners::<T>::contains_key(&account), "outcomes are of miners");
			for (place, window) in windows.iter().enumerate() {
				ensure!(
					*window == Window::default() || OutcomeRing::place(window.number) == place,
					"a window is at its number's place"
				);
			}
		}
		Ok(())
	}
}
