//! Models, by their owners.

use crate::{api, Description, Payload, Terms};
use quittance_types::ModelId;

/// Registers a model. It is a draft until it is listed.
pub fn register_model(description: Description, terms: Terms) -> impl Payload {
	api::transactions().model_marketplace().register_model(description.into(), terms.into())
}

/// Lets jobs ask for a model of the sender's.
pub fn list_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().list_model(model)
}

/// Refuses new jobs for a model of the sender's, for now.
pub fn suspend_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().suspend_model(model)
}

/// Refuses new jobs for a model of the sender's, for good.
pub fn retire_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().retire_model(model)
}

/// Removes a retired model of the sender's.
pub fn remove_model(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().remove_model(model)
}

/// Changes prices and declared latency of a model of the sender's.
pub fn set_terms(model: ModelId, terms: Terms) -> impl Payload {
	api::transactions().model_marketplace().set_terms(model, terms.into())
}

/// Pays out the royalties that are set aside for a model. Anyone can.
pub fn pay_royalties(model: ModelId) -> impl Payload {
	api::transactions().model_marketplace().pay_royalties(model)
}
