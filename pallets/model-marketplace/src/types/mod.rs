//! Stored records and the calls' larger arguments.

mod job;
mod model;
mod private_job;

pub use job::{
	AcceptedIssuers, AllowList, Cause, Debt, Debts, Delivery, End, EndedJob, Job, JobRecord,
	JobState, LateCommitment, Lock, Locks, Members, Offer, Summary, MAX_ALLOWED, MAX_REDUNDANCY,
};
pub use model::{
	Activity, Description, Fulfilment, Model, ModelKind, ModelState, Name, Origin, Recent, Review,
	Royalties, Royalty, Shape, Statistics, Terms, Uri, WeightsCommitment, MAX_DIMENSIONS,
	MAX_NAME_BYTES, MAX_RATING, MAX_ROYALTIES, MAX_URI_BYTES, MILLION, MOST_ROYALTY_PARTS, RECENT,
};
pub use private_job::{
	Declined, PrivatePart, PrivateRequest, SealedOpening, Taken, MAX_DECLINES, SEALED_OPENING_BYTES,
};
