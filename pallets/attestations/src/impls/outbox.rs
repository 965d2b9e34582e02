//! Messages to other chains.

use crate::{Config, Error, Event, Messages, Pallet, Target, Targets};
use polkadot_sdk::{
	frame_support::ensure,
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_attestations::{ChainId, Message, Outbox, Statement};
use quittance_types::Digest;

impl<T: Config> Pallet<T> {
	/// Sends a message and returns its number. Changes nothing where it fails.
	pub(crate) fn do_send(
		sender: &T::AccountId,
		target: ChainId,
		statement: Statement,
		payload: Digest,
	) -> Result<u64, Error<T>> {
		let record = Targets::<T>::get(target).ok_or(Error::UnknownTarget)?;
		ensure!(record.open, Error::TargetClosed);
		let sequence = record.next;
		let next = sequence.checked_add(1).ok_or(Error::Unexpected)?;
		let leaf = Message { target, sequence, sender: sender.clone().into(), statement, payload };
		Messages::<T>::try_append(leaf).map_err(|()| Error::OutboxFull)?;
		Targets::<T>::insert(target, Target { next, ..record });
		Self::set_aside_weight();
		let sender = sender.clone();
		Self::deposit_event(Event::MessageSent { target, sequence, sender, statement, payload });
		Ok(sequence)
	}

	pub(crate) fn do_set_target(target: ChainId, open: bool) -> DispatchResult {
		let record = Targets::<T>::get(target);
		let old = record.map(|record| record.open);
		ensure!(old != Some(open), Error::<T>::TargetUnchanged);
		ensure!(open || old.is_some(), Error::<T>::UnknownTarget);
		let next = record.map_or(0, |record| record.next);
		Targets::<T>::insert(target, Target { open, next });
		Self::deposit_event(Event::TargetChanged { target, old, new: open });
		Ok(())
	}
}

impl<T: Config> Outbox<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn send(
		sender: &T::AccountId,
		target: ChainId,
		statement: Statement,
		payload: Digest,
	) -> Result<u64, DispatchError> {
		Ok(Self::do_send(sender, target, statement, payload)?)
	}
}
