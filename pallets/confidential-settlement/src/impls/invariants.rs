//! What holds between any two calls.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * no more went out of the pool than in: deposits - withdrawals - fees is not negative;
	/// * the pool's account has that much, and its existential deposit beside it once it was used;
	/// * no more escrows ended than began;
	/// * the tree has a leaf for each deposit, withdrawal, post of a private job and escrow given back, and two
	///   for each transfer and settlement;
	/// * its edge has as many nodes as its leaves make, each below the group order;
	/// * two nullifiers are spent for each transfer, withdrawal and post;
	/// * the ring has the last roots, at most [`crate::ROOT_HISTORY`], and they are the recent ones;
	/// * later roots are over more leaves, and the last one over no more than there are;
	/// * where no leaf came since, the last root is the tree's;
	/// * where something was deposited, withdrawals have a circuit, and where there is an auditor an audited
	///   one;
	/// * where there are escrows, both settlements have one, and where there is an auditor audited ones;
	/// * the auditor's keys have the last numbers, the one before the other.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{
			Audit, AuditorKeys, CircuitInForce, NoteTree, Nullifiers, PoolCircuit, PoolTotals,
			RecentRoots, RecordedRoots, RootRing, ROOT_HISTORY,
		};
		use polkadot_sdk::frame_support::{ensure, traits::fungible::Inspect};
		use quittance_host_functions::Host;
		use quittance_types::{AuditPolicy, FieldBytes};

		let totals = PoolTotals::<T>::get();
		let held = totals.held().ok_or("no more went out than in")?;
		let has = T::Currency::balance(&Self::account());
		let used = totals.deposits > 0;
		let least = if used { T::Currency::minimum_balance() } else { 0 };
		ensure!(
			has.checked_sub(held).is_some_and(|beside| beside >= least),
			"the pool's account has what is owed, and its existential deposit"
		);
		ensure!(
			!used || CircuitInForce::<T>::contains_key(PoolCircuit::Withdraw),
			"what was deposited can be taken out"
		);

		let policy = Audit::<T>::get();
		let in_force = |plain: PoolCircuit| {
			let has = |used_for: PoolCircuit| CircuitInForce::<T>::contains_key(used_for);
			has(plain) && (policy.is_none() || has(plain.with_auditor(true)))
		};
		ensure!(
			!used || in_force(PoolCircuit::Withdraw),
			"what was deposited can be taken out with an auditor as without"
		);
		ensure!(
			totals.escrows() == Some(0)
				|| (in_force(PoolCircuit::Settle) && in_force(PoolCircuit::SettleVerdict)),
			"what is in escrow can be settled with an auditor as without"
		);
		if let Some(AuditPolicy { current, previous }) = policy {
			ensure!(
				current.number == AuditorKeys::<T>::get(),
				"the auditor's key is the last one that was set"
			);
			let before = previous.map(|(key, _)| key.number);
			ensure!(
				before.is_none() || before == current.number.checked_sub(1),
				"the key before it is the one before"
			);
			ensure!(
				current.key.coordinates().is_some()
					&& previous.is_none_or(|(key, _)| key.key.coordinates().is_some()),
				"auditors' keys are keys"
			);
		}

		let tree = NoteTree::<T>::get();
		let made = totals
			.deposits
			.saturating_add(totals.withdrawals)
			.saturating_add(totals.posts)
			.saturating_add(totals.given_back)
			.saturating_add(totals.transfers.saturating_add(totals.settlements).saturating_mul(2));
		ensure!(totals.escrows().is_some(), "no more escrows ended than began");
		ensure!(tree.leaves == made, "a leaf for each note made");
		let edge = tree.to_frontier().ok_or("the tree's edge is that of its leaves")?;
		let calls =
			totals.transfers.saturating_add(totals.withdrawals).saturating_add(totals.posts);
		let spent = calls.saturating_mul(2);
		ensure!(
			Nullifiers::<T>::iter_keys().count() as u64 == spent,
			"two nullifiers for each private call"
		);

		let recorded = RecordedRoots::<T>::get();
		let kept = recorded.roots.min(ROOT_HISTORY.into());
		ensure!(RootRing::<T>::iter_keys().count() as u64 == kept, "the ring has the last roots");
		ensure!(
			RecentRoots::<T>::iter_keys().count() as u64 == kept,
			"the recent roots are those of the ring"
		);
		let mut under = 0;
		for number in recorded.roots.saturating_sub(kept)..recorded.roots {
			let root = RootRing::<T>::get(Self::place_of(number)).ok_or("the ring has no gap")?;
			let leaves = RecentRoots::<T>::get(root).ok_or("a root of the ring is recent")?;
			ensure!(leaves > under, "later roots are over more leaves");
			under = leaves;
		}
		ensure!(under == recorded.leaves, "the last root is over what was recorded");
		ensure!(recorded.leaves <= tree.leaves, "no root is over leaves that are not there");
		if recorded.leaves == tree.leaves && recorded.roots > 0 {
			ensure!(
				Self::last_root() == Some(FieldBytes::from(edge.root::<Host>())),
				"the last root is the tree's"
			);
		}
		Ok(())
	}
}
