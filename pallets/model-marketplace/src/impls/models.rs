//! The model registry.

use crate::{
	types::{Activity, Model, ModelState, Origin, Shape, Terms, MOST_ROYALTY_PARTS},
	Activities, Config, DescriptionOf, Error, Event, ModelOf, Models, Pallet, Registrations,
};
use alloc::vec::Vec;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Consideration, Footprint},
	},
	sp_runtime::DispatchResult,
};
use quittance_types::{blake2_256, fits_64_bits, ModelId};

/// Most versions that [`Pallet::versions`] names.
pub const MAX_VERSIONS: u32 = 64;

impl<T: Config> Pallet<T> {
	/// The id under which `owner` registers a model. It covers all that the owner says of it for good, so
	/// that what a job names cannot be exchanged by removing the model and registering another.
	pub fn model_id(owner: &T::AccountId, description: &DescriptionOf<T>) -> ModelId {
		blake2_256(&(b"quittance.model.v2", owner, description).encode())
	}

	pub(crate) fn do_register_model(
		owner: T::AccountId,
		description: DescriptionOf<T>,
		terms: Terms,
	) -> DispatchResult {
		Self::check_description(&description)?;
		Self::check_terms(&description, &terms)?;
		let model = Self::model_id(&owner, &description);
		ensure!(!Models::<T>::contains_key(model), Error::<T>::ModelExists);
		let predecessor = match description.origin {
			Origin::New => None,
			Origin::VersionOf(predecessor) => Some(predecessor),
		};
		let version = match predecessor {
			None => 0,
			Some(predecessor) => Self::succeed(&owner, predecessor, model)?,
		};
		let royalty_parts = description.royalty_parts();
		if royalty_parts > 0 {
			Self::open_royalty_account(&owner)?;
		}
		// What the description can have at most would make every deposit the highest.
		let footprint = Footprint::from_parts(1, description.encoded_size());
		let ticket = T::ModelConsideration::new(&owner, footprint)?;
		let weights = description.weights.sha256;
		Models::<T>::insert(
			model,
			Model {
				owner: owner.clone(),
				description,
				terms,
				version,
				successor: None,
				state: ModelState::Draft,
				ticket,
			},
		);
		let registration = Registrations::<T>::mutate(|number| {
			*number = number.saturating_add(1);
			*number
		});
		let activity = Activity { registration, royalty_parts, ..Activity::default() };
		Activities::<T>::insert(model, activity);
		Self::deposit_event(Event::ModelRegistered { model, owner, weights, version, predecessor });
		Ok(())
	}

	/// Makes a model the next version of another and returns its number.
	fn succeed(
		owner: &T::AccountId,
		predecessor: ModelId,
		successor: ModelId,
	) -> Result<u32, Error<T>> {
		let mut record = Self::owned_model(owner, predecessor)?;
		ensure!(record.successor.is_none(), Error::SuccessorExists);
		record.successor = Some(successor);
		let version = record.version.checked_add(1).ok_or(Error::Unexpected)?;
		Models::<T>::insert(predecessor, record);
		Ok(version)
	}

	fn check_description(description: &DescriptionOf<T>) -> Result<(), Error<T>> {
		ensure!(description.blob.size > 0, Error::EmptyBlob);
		Self::check_shape(&description.input_shape)?;
		Self::check_shape(&description.output_shape)?;
		ensure!(
			description.weights.poseidon.is_none_or(|poseidon| poseidon.to_field().is_some()),
			Error::CommitmentNotCanonical
		);
		for (place, royalty) in description.royalties.iter().enumerate() {
			ensure!(royalty.parts > 0, Error::RoyaltyZero);
			ensure!(
				!description.royalties.iter().take(place).any(|other| other.payee == royalty.payee),
				Error::DuplicatePayee
			);
		}
		ensure!(description.royalty_parts() <= MOST_ROYALTY_PARTS, Error::RoyaltiesTooHigh);
		Ok(())
	}

	fn check_shape(shape: &Shape) -> Result<(), Error<T>> {
		ensure!(!shape.is_empty(), Error::ShapeEmpty);
		ensure!(shape.iter().all(|dimension| *dimension > 0), Error::DimensionZero);
		Ok(())
	}

	fn check_terms(description: &DescriptionOf<T>, terms: &Terms) -> Result<(), Error<T>> {
		for price in terms.prices() {
			ensure!(price > 0, Error::PriceZero);
			ensure!(fits_64_bits(price).is_some(), Error::AmountTooLarge);
		}
		let proved = terms.proven.or(terms.hybrid).is_some();
		ensure!(!proved || description.weights.poseidon.is_some(), Error::PoseidonMissing);
		let encrypted = terms.fhe.or(terms.hybrid).is_some();
		ensure!(!encrypted || description.fhe_parameters.is_some(), Error::FheParametersMissing);
		Ok(())
	}

	fn owned_model(who: &T::AccountId, model: ModelId) -> Result<ModelOf<T>, Error<T>> {
		let record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(record.owner == *who, Error::NotModelOwner);
		Ok(record)
	}

	pub(crate) fn do_list_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		match record.state {
			ModelState::Draft | ModelState::Suspended => (),
			ModelState::Listed => return Err(Error::<T>::ModelListed.into()),
			ModelState::Retired => return Err(Error::<T>::ModelRetired.into()),
		}
		ensure!(record.terms.prices().next().is_some(), Error::<T>::NoPrices);
		Models::<T>::insert(model, Model { state: ModelState::Listed, ..record });
		Self::deposit_event(Event::ModelListed { model });
		Ok(())
	}

	pub(crate) fn do_suspend_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state == ModelState::Listed, Error::<T>::ModelNotListed);
		Models::<T>::insert(model, Model { state: ModelState::Suspended, ..record });
		Self::deposit_event(Event::ModelSuspended { model });
		Ok(())
	}

	pub(crate) fn do_retire_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state != ModelState::Retired, Error::<T>::ModelRetired);
		Models::<T>::insert(model, Model { state: ModelState::Retired, ..record });
		Self::deposit_event(Event::ModelRetired { model });
		Ok(())
	}

	pub(crate) fn do_set_terms(who: T::AccountId, model: ModelId, new: Terms) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state != ModelState::Retired, Error::<T>::ModelRetired);
		Self::check_terms(&record.description, &new)?;
		ensure!(
			record.state != ModelState::Listed || new.prices().next().is_some(),
			Error::<T>::NoPrices
		);
		let old = record.terms;
		Models::<T>::insert(model, Model { terms: new, ..record });
		Self::deposit_event(Event::ModelTermsChanged { model, old, new });
		Ok(())
	}

	pub(crate) fn do_remove_model(who: T::AccountId, model: ModelId) -> DispatchResult {
		let record = Self::owned_model(&who, model)?;
		ensure!(record.state == ModelState::Retired, Error::<T>::ModelNotRetired);
		let mut activity = Activities::<T>::get(model).ok_or(Error::<T>::Unexpected)?;
		ensure!(activity.live_jobs == 0, Error::<T>::ModelInUse);
		Self::share_royalties(model, &record.description, &mut activity);
		Self::give_remaining_royalties(model, &who, &activity)?;
		record.ticket.drop(&who)?;
		if let Origin::VersionOf(predecessor) = record.description.origin {
			Models::<T>::mutate(predecessor, |predecessor| {
				// It may have been removed, and registered again with another successor.
				if let Some(predecessor) = predecessor {
					predecessor.successor.take_if(|successor| *successor == model);
				}
			});
		}
		Models::<T>::remove(model);
		Activities::<T>::remove(model);
		Self::deposit_event(Event::ModelRemoved { model, owner: who });
		Ok(())
	}

	pub(crate) fn versions_from(model: ModelId) -> Vec<ModelId> {
		let mut versions = Vec::new();
		let mut next = Some(model);
		for _ in 0..MAX_VERSIONS {
			let Some(model) = next else { break };
			let Some(record) = Models::<T>::get(model) else { break };
			versions.push(model);
			next = record.successor;
		}
		versions
	}
}
