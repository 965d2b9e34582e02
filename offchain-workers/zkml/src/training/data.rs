//! The data set of a run: batches in the order in which it reads them.

use quittance_circuits::training::{
	batches_commitment, data_set_root, Batch, Sample, TensorError, Training, MAX_UNITS, STEPS,
};
use quittance_types::FieldBytes;
use sha2::{Digest as _, Sha256};

/// First bytes of what the salts of batches are hashes of.
const SALT_TAG: &[u8] = b"quittance.training-batch.salt.v1";

/// Why samples are no [`DataSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataSetError {
	/// No circuit is for so many steps.
	#[error("units of {0} steps, but circuits are for {STEPS:?}")]
	Steps(usize),
	/// No sample, or some that would be left over.
	#[error("{found} samples are no whole number of units, which have {unit}: leave some out")]
	SampleCount {
		/// Samples of a unit.
		unit: usize,
		/// Samples given.
		found: usize,
	},
	/// More units than leaves.
	#[error("{0} units, more than the {MAX_UNITS} that a data set has")]
	UnitCount(usize),
	/// A sample does not fit the training.
	#[error(transparent)]
	Tensor(#[from] TensorError),
}

/// Batches in the order in which a run reads them, over and over: a unit of some steps at a time, of which
/// each is a leaf of the data set's tree.
///
/// There is no `Debug`: these are somebody's data.
#[derive(Clone, PartialEq, Eq)]
pub struct DataSet {
	batches: Vec<Batch>,
	leaves: Vec<FieldBytes>,
	root: FieldBytes,
	steps: usize,
}

impl DataSet {
	/// The data set of samples in the order in which they are to be read, in units of `steps` steps. The
	/// salts of the batches come from `seed`, 32 random bytes for this data set alone: whoever has it can
	/// try guesses at the samples.
	///
	/// # Errors
	///
	/// [`DataSetError`], the first that applies.
	pub fn new(
		training: &Training,
		samples: Vec<Sample>,
		steps: usize,
		seed: &[u8; 32],
	) -> Result<Self, DataSetError> {
		if !STEPS.contains(&steps) {
			return Err(DataSetError::Steps(steps));
		}
		let (unit, found) = (steps.saturating_mul(training.samples()), samples.len());
		if found == 0 || !found.is_multiple_of(unit) {
			return Err(DataSetError::SampleCount { unit, found });
		}
		for (place, sample) in samples.iter().enumerate() {
			sample.check(training.architecture(), place)?;
		}
		let salted = |(place, samples): (u64, &[Sample])| {
			let hash = Sha256::new().chain_update(SALT_TAG).chain_update(seed);
			let salt = hash.chain_update(place.to_le_bytes()).finalize().into();
			Batch { samples: samples.to_vec(), salt }
		};
		let batches: Vec<_> =
			(0u64..).zip(samples.chunks(training.samples())).map(salted).collect();
		let mut leaves = Vec::new();
		for batches in batches.chunks(steps) {
			let commitment = |batch: &Batch| batch.commitment(training);
			let batches: Vec<_> = batches.iter().map(commitment).collect::<Result<_, _>>()?;
			leaves.push(batches_commitment(&batches));
		}
		let root = data_set_root(&leaves).ok_or(DataSetError::UnitCount(leaves.len()))?.into();
		let leaves = leaves.into_iter().map(Into::into).collect();
		Ok(Self { batches, leaves, root, steps })
	}

	/// Number of units.
	pub fn units(&self) -> usize {
		self.leaves.len()
	}

	/// The commitments to the units' batches: the leaves of the tree, in order.
	pub fn leaves(&self) -> &[FieldBytes] {
		&self.leaves
	}

	/// The root of the tree, which a run names.
	pub fn root(&self) -> FieldBytes {
		self.root
	}

	/// Which leaf a run reads in its unit number `unit`, counted from 0.
	pub fn leaf(&self, unit: u64) -> u64 {
		// A data set has a unit at least.
		unit.checked_rem(self.units() as u64).unwrap_or(0)
	}

	/// The batches of a leaf, in order; none for a leaf that there is not.
	pub fn batches(&self, leaf: u64) -> &[Batch] {
		let place = usize::try_from(leaf).unwrap_or(usize::MAX);
		self.batches.chunks(self.steps).nth(place).unwrap_or(&[])
	}
}
