//! Seeds: what the authors of one epoch's blocks contribute, and nobody else, and no other epoch.
//!
//! BABE collects the same outputs for its own seeds, but in a way that does not serve here. Its
//! `NextRandomness` takes in outputs of primary slots only, in segments of 256, and at the end of an epoch
//! only the segments before the one that is being filled: in epochs with fewer than 257 primary blocks
//! nothing new is taken in, and what is left lies until a later epoch. What then looks fresh can have been
//! known for a whole epoch, or stem from outputs older than the opening of a panel.

use crate::{Config, Event, Forming, FormingSeed, FormingSeedOf, Pallet, Queue, WeightInfo};
use polkadot_sdk::{
	frame_support::{traits::Get, weights::Weight},
	frame_system::{self, pallet_prelude::BlockNumberFor},
};
use quittance_types::{grown_seed, EpochIndex};

impl<T: Config> Pallet<T> {
	/// Takes in what the block before contributed, and draws members where an epoch has ended with it.
	pub(crate) fn begin_block(now: BlockNumberFor<T>) -> Weight {
		let Some(mut forming) = Forming::<T>::get() else {
			return T::WeightInfo::look_for_seed();
		};
		// A seed that was begun in this block, by what is executed before this hook, takes in nothing of
		// the block before: that may be of an earlier epoch.
		if forming.from < now {
			forming.take_in(T::Contribution::get());
		}
		let epoch = T::Epoch::get();
		if epoch <= forming.epoch {
			Forming::<T>::put(forming);
			return T::WeightInfo::contribute();
		}
		let drawn = Self::draw_waiting(&forming);
		if Queue::<T>::get().is_empty() {
			Forming::<T>::kill();
		} else {
			Forming::<T>::put(FormingSeed::new(epoch, now));
		}
		T::WeightInfo::contribute().saturating_add(drawn)
	}

	/// Begins a seed where none is forming. A panel that waits since this epoch is drawn by the seed of a
	/// later one, which begins with that epoch's first block.
	pub(crate) fn begin_seed() {
		if !Forming::<T>::exists() {
			let now = frame_system::Pallet::<T>::block_number();
			Forming::<T>::put(FormingSeed::new(T::Epoch::get(), now));
		}
	}

	/// Whether enough authors contributed for none of them to have chosen the seed.
	pub(crate) fn is_strong(seed: &FormingSeedOf<T>) -> bool {
		let strong = seed.contributions >= T::LeastContributions::get();
		if !strong {
			let FormingSeed { epoch, contributions, .. } = *seed;
			Self::deposit_event(Event::SeedTooWeak { epoch, contributions });
		}
		strong
	}
}

impl<BlockNumber> FormingSeed<BlockNumber> {
	/// To which nothing was contributed yet.
	pub(crate) fn new(epoch: EpochIndex, from: BlockNumber) -> Self {
		Self { epoch, from, contributions: 0, seed: [0; 32] }
	}

	fn take_in(&mut self, contribution: Option<[u8; 32]>) {
		if let Some(contribution) = contribution {
			self.seed = grown_seed(&self.seed, &contribution);
			self.contributions = self.contributions.saturating_add(1);
		}
	}
}
