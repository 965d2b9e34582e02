//! The circuit registry.

use crate::{
	types::{Circuit, DryRunError, KeyBytes, Schema},
	CircuitOf, Circuits, Config, DevelopmentChain, Error, Event, Keys, Pallet, References,
};
use alloc::vec::Vec;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Consideration, Defensive, Footprint, Get},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_groth16::{key_bytes, KeyError, PointError, VerifyError, MAX_INPUTS};
use quittance_host_functions as host;
use quittance_types::{circuit_id, CircuitId, CircuitKind, FieldBytes, Level, Setup, Stoppage};

impl<T: Config> From<KeyError> for Error<T> {
	fn from(error: KeyError) -> Self {
		match error {
			KeyError::Length { .. } | KeyError::NoInputs | KeyError::TooManyInputs { .. } => {
				Self::KeyLength
			},
			KeyError::Point { error, .. } => match error {
				PointError::NotCanonical => Self::KeyNotCanonical,
				PointError::Infinity => Self::KeyAtInfinity,
				PointError::NotOnCurve => Self::KeyNotOnCurve,
				PointError::NotInSubgroup => Self::KeyNotInSubgroup,
			},
			_ => Self::KeyDegenerate,
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_circuit(
		who: T::AccountId,
		kind: CircuitKind,
		key: KeyBytes,
		schema: Schema,
		setup: Setup,
	) -> DispatchResult {
		if let Setup::Ceremony { contributions, .. } = setup {
			ensure!(contributions >= 2, Error::<T>::TooFewContributions);
		}
		let circuit = circuit_id(&key, kind, &schema, &setup);
		ensure!(!Circuits::<T>::contains_key(circuit), Error::<T>::CircuitExists);
		if let Some(inputs) = kind.inputs() {
			ensure!(key.len() == key_bytes(inputs as usize), Error::<T>::KeyInputsForKind);
		}
		host::validate_key(&key).map_err(|error| match error {
			VerifyError::Key(error) => Error::<T>::from(error),
			_ => Error::Unexpected,
		})?;

		let bytes = key.len().saturating_add(schema.len());
		let ticket = T::CircuitConsideration::new(&who, Footprint::from_parts(1, bytes))?;
		let record = Circuit {
			owner: who.clone(),
			kind,
			schema,
			setup,
			approved: false,
			paused: false,
			stopped: 0,
			changed_at: T::JobClock::get(),
			retired: false,
			ticket,
		};
		Circuits::<T>::insert(circuit, record);
		Keys::<T>::insert(circuit, key);
		Self::deposit_event(Event::CircuitRegistered { circuit, owner: who, kind, setup });
		Ok(())
	}

	pub(crate) fn do_remove_circuit(who: T::AccountId, circuit: CircuitId) -> DispatchResult {
		let record = Circuits::<T>::get(circuit).ok_or(Error::<T>::UnknownCircuit)?;
		ensure!(record.owner == who, Error::<T>::NotCircuitOwner);
		ensure!(!References::<T>::contains_key(circuit), Error::<T>::CircuitInUse);
		// Registered anew it would be neither.
		ensure!(!record.paused, Error::<T>::CircuitPaused);
		ensure!(!record.approved || record.retired, Error::<T>::CircuitApproved);
		record.ticket.drop(&who)?;
		Circuits::<T>::remove(circuit);
		Keys::<T>::remove(circuit);
		Self::deposit_event(Event::CircuitRemoved { circuit, owner: who });
		Ok(())
	}

	/// `owner` is the caller, or `None` for governance.
	pub(crate) fn do_retire_circuit(
		owner: Option<T::AccountId>,
		circuit: CircuitId,
	) -> DispatchResult {
		Self::change_circuit(circuit, |record| {
			if let Some(who) = owner {
				ensure!(record.owner == who, Error::<T>::NotCircuitOwner);
				ensure!(!record.approved, Error::<T>::CircuitApproved);
			}
			ensure!(!record.retired, Error::<T>::CircuitRetired);
			record.retired = true;
			Ok(())
		})?;
		Self::deposit_event(Event::CircuitRetired { circuit });
		Ok(())
	}

	pub(crate) fn do_approve_circuit(circuit: CircuitId) -> DispatchResult {
		Self::change_circuit(circuit, |record| {
			ensure!(record.setup != Setup::Development, Error::<T>::DevelopmentSetup);
			ensure!(!record.approved, Error::<T>::CircuitAlreadyApproved);
			record.approved = true;
			Ok(())
		})?;
		Self::deposit_event(Event::CircuitApproved { circuit });
		Ok(())
	}

	fn change_circuit(
		circuit: CircuitId,
		change: impl FnOnce(&mut CircuitOf<T>) -> DispatchResult,
	) -> DispatchResult {
		Circuits::<T>::try_mutate(circuit, |record| {
			change(record.as_mut().ok_or(Error::<T>::UnknownCircuit)?)
		})
	}

	pub(crate) fn do_set_paused(circuit: CircuitId, new: bool) -> DispatchResult {
		Self::change_circuit(circuit, |record| {
			ensure!(record.paused != new, Error::<T>::CircuitPauseUnchanged);
			let now = T::JobClock::get();
			if record.paused {
				let pause = now.saturating_sub(record.changed_at);
				record.stopped = record.stopped.saturating_add(pause);
			}
			record.paused = new;
			record.changed_at = now;
			Ok(())
		})?;
		Self::deposit_event(Event::CircuitPauseChanged { circuit, old: !new, new });
		Ok(())
	}

	/// Keeps a circuit of this kind registered until it is released. Not if it is paused or retired, nor
	/// outside development chains if its setup is a development's or governance does not vouch for it.
	pub fn reserve_circuit(circuit: &CircuitId, kind: CircuitKind) -> DispatchResult {
		let record = Circuits::<T>::get(circuit).ok_or(Error::<T>::UnknownCircuit)?;
		ensure!(!record.paused, Error::<T>::CircuitPaused);
		ensure!(!record.retired, Error::<T>::CircuitRetired);
		ensure!(record.kind == kind, Error::<T>::CircuitKindMismatch);
		if !DevelopmentChain::<T>::get() {
			ensure!(record.setup != Setup::Development, Error::<T>::DevelopmentSetup);
			ensure!(record.approved, Error::<T>::CircuitNotApproved);
		}
		References::<T>::try_mutate(circuit, |references| {
			*references = references.checked_add(1).ok_or(Error::<T>::Unexpected)?;
			Ok(())
		})
	}

	/// Gives back what was reserved.
	pub fn release_circuit(circuit: &CircuitId) {
		References::<T>::mutate_exists(circuit, |references| {
			let left = references.defensive_proof("released circuits are reserved");
			*references = left.and_then(|left| left.checked_sub(1)).filter(|left| *left > 0);
		});
	}

	/// Whether `proof` shows `inputs`, 32 bytes each, under a circuit, paused or not.
	pub fn verify(circuit: &CircuitId, proof: &[u8], inputs: &[u8]) -> Result<(), DryRunError> {
		let key = Keys::<T>::get(circuit).ok_or(DryRunError::UnknownCircuit)?;
		host::verify(&key, proof, inputs).map_err(DryRunError::Refused)
	}

	pub(crate) fn do_dry_run_verify(
		circuit: CircuitId,
		proof: &[u8],
		inputs: &[FieldBytes],
	) -> Result<(), DryRunError> {
		ensure!(Keys::<T>::contains_key(circuit), DryRunError::UnknownCircuit);
		// Refused here so that a reader cannot make the node copy more than a key can use.
		if inputs.len() > MAX_INPUTS {
			let got = u32::try_from(inputs.len()).unwrap_or(u32::MAX);
			return Err(DryRunError::Refused(VerifyError::TooManyInputs { got }));
		}
		let inputs: Vec<u8> = inputs.iter().flat_map(|input| input.0).collect();
		Self::verify(&circuit, proof, &inputs)
	}
}

impl<T: Config> quittance_types::Circuits for Pallet<T> {
	type Error = DispatchError;

	fn reserve(circuit: &CircuitId, level: Level) -> DispatchResult {
		match level {
			Level::Basic => Self::reserve_circuit(circuit, CircuitKind::BasicReceipt),
			Level::Enhanced => Self::reserve_circuit(circuit, CircuitKind::Settle),
			Level::Transparent => Err(Error::<T>::CircuitKindMismatch.into()),
		}
	}

	fn release(circuit: &CircuitId) {
		Self::release_circuit(circuit);
	}

	fn stoppage(circuit: &CircuitId) -> Stoppage {
		let record = Circuits::<T>::get(circuit);
		record.defensive_proof("circuits that jobs name are registered").map_or_else(
			Stoppage::default,
			|record| Stoppage {
				ended: record.stopped,
				since: record.paused.then_some(record.changed_at),
				retired: record.retired,
			},
		)
	}
}
