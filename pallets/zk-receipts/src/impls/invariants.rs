//! What holds between any two blocks.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * every circuit has a key and every key a circuit;
	/// * only registered circuits have live jobs, and none is noted to have no one;
	/// * a circuit's id is the hash of its key, kind, schema and passport;
	/// * a circuit was last paused or resumed by now, and was not paused for longer than until then;
	/// * an issuer's leaf is that of its key;
	/// * every issuer's keys are its own, and there are no other owners of keys;
	/// * no group of nullifiers is older than the oldest;
	/// * as many issuers were removed as are counted;
	/// * what is held from an issuer's account as bond is what its record says.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{
			BalanceOf, Circuits, HoldReason, IssuerKeyOwners, IssuerState, Issuers, Keys,
			Nullifiers, OldestGroup, References, RemovedIssuers,
		};
		use polkadot_sdk::frame_support::{
			ensure,
			traits::{fungible::InspectHold, Get},
		};
		use quittance_babyjubjub::PublicKey;
		use quittance_host_functions::Host;
		use quittance_types::{circuit_id, FieldBytes};

		ensure!(
			Circuits::<T>::iter_keys().count() == Keys::<T>::iter_keys().count(),
			"every circuit has a key and every key a circuit"
		);
		for (id, circuit) in Circuits::<T>::iter() {
			let key = Keys::<T>::get(id).ok_or("every circuit has a key")?;
			ensure!(
				id == circuit_id(&key, circuit.kind, &circuit.schema, &circuit.setup),
				"a circuit's id is the hash of its key, kind, schema and passport"
			);
		}
		let now = T::JobClock::get();
		ensure!(
			Circuits::<T>::iter_values().all(|circuit| {
				circuit.stopped <= circuit.changed_at && circuit.changed_at <= now
			}),
			"a circuit was not paused for longer than it has been there"
		);
		ensure!(
			References::<T>::iter().all(|(id, jobs)| jobs > 0 && Circuits::<T>::contains_key(id)),
			"only circuits that exist are referred to"
		);
		let oldest = OldestGroup::<T>::get();
		ensure!(
			Nullifiers::<T>::iter_keys().all(|(group, _)| group >= oldest),
			"no group of nullifiers is older than the oldest"
		);
		ensure!(
			IssuerKeyOwners::<T>::iter_keys().count()
				== Issuers::<T>::iter_keys().count().saturating_mul(2),
			"an issuer has two keys, and every key an issuer"
		);
		let removed = Issuers::<T>::iter_values()
			.filter(|issuer| matches!(issuer.state, IssuerState::Removed { .. }))
			.count();
		ensure!(removed == RemovedIssuers::<T>::get() as usize, "removed issuers are counted");
		for (account, issuer) in Issuers::<T>::iter() {
			for key in [issuer.keys.sr25519, issuer.leaf.0] {
				ensure!(
					IssuerKeyOwners::<T>::get(key).as_ref() == Some(&account),
					"an issuer's keys are its own"
				);
			}
			let key = PublicKey::from_bytes(&issuer.keys.babyjubjub)
				.map_err(|_| "an issuer's BabyJubJub key is valid")?;
			ensure!(
				issuer.leaf == FieldBytes::from(key.leaf::<Host>()),
				"an issuer's leaf is that of its key"
			);
			let held: BalanceOf<T> =
				T::Currency::balance_on_hold(&HoldReason::IssuerBond.into(), &account);
			ensure!(held == issuer.bond, "an issuer's bond is held");
		}
		Ok(())
	}
}
