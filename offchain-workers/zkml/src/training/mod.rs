//! Training in integers: the reference of what [`quittance_circuits::training`] states.
//!
//! A [`State`] is the master weights that a run has come to, [`State::step`] the next one after a batch,
//! [`State::rounding`] the network that it stands for. A [`DataSet`] is the batches in the order in which a
//! run reads them, grouped into units, each of which a proof is about. There are no floats, and no step
//! rounds or clamps but where its definition says so: every machine comes to the same bits.

mod data;
mod state;

pub use data::{DataSet, DataSetError};
pub use quittance_circuits::training::{
	Batch, HyperParameters, Matrix, Precision, Sample, TensorError, TrainedLayer, Training,
	TrainingError, WeightPlace,
};
pub use state::{State, StateCommitments, StateError};
