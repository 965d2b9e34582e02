//! The model registry.

use crate::{
	types::{Model, ModelState, Name, Uri},
	Config, Error, Event, ModelOf, Models, Pallet,
};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Consideration, Footprint},
	},
	sp_runtime::DispatchResult,
};
use quittance_types::{blake2_256, Blob, Digest, ModelId};

impl<T: Config> Pallet<T> {
	/// The id under which `owner` registers a model. It covers all that the owner says of it, so
	/// that what a job names cannot be exchanged by removing the model and registering another.
	pub fn model_id(
		owner: &T::AccountId,
		name: &Name,
		architecture: &Digest,
		weights: &[u8; 32],
		blob: &Blob,
		uri: &Uri,
		licence: &Digest,
	) -> ModelId {
		let what = (name, architecture, weights, blob, uri, licence);
		blake2_256(&(b"quittance.model.v1", owner, what).encode())
	}

	pub(crate) fn do_register_model(
		owner: T::AccountId,
		name: Name,
		architecture: Digest,
		weights: [u8; 32],
		blob: Blob,
		uri: Uri,
		licence: Digest,
	) -> DispatchResult {
		ensure!(blob.size > 0, Error::<T>::EmptyBlob);
		let model = Self::model_id(&owner, &name, &architecture, &weights, &blob, &uri, &licence);
		ensure!(!Models::<T>::contains_key(model), Error::<T>::ModelExists);
		let bytes = name.len().saturating_add(uri.len());
		let ticket = T::ModelConsideration::new(&owner, Footprint::from_parts(1, bytes))?;
		Models::<T>::insert(
			model,
			Model {
				owner: owner.clone(),
				name,
				architecture,
				weights,
				blob,
				uri,
				licence,
				state: ModelState::Listed,
				live_jobs: 0,
				ticket,
			},
		);
		Self::deposit_event(Event::ModelRegistered { model, owner, weights });
		Ok(())
	}

	fn owned_model(who: &T::AccountId, model: ModelId) -> Result<ModelOf<T>, Error<T>> {
		let record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(record.owner == *who, Error::NotModelOwner);
		Ok(record)
	}

	pub(crate) fn do_retire_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state == ModelState::Listed, Error::<T>::ModelRetired);
		Models::<T>::insert(model, Model { state: ModelState::Retired, ..record });
		Self::deposit_event(Event::ModelRetired { model });
		Ok(())
	}

	pub(crate) fn do_remove_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state == ModelState::Retired, Error::<T>::ModelListed);
		ensure!(record.live_jobs == 0, Error::<T>::ModelInUse);
		record.ticket.drop(&who)?;
		Models::<T>::remove(model);
		Self::deposit_event(Event::ModelRemoved { model, owner: who });
		Ok(())
	}
}
