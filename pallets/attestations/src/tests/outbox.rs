//! Messages to other chains.

use super::*;
use polkadot_sdk::sp_runtime::{DispatchError, TokenError};
use quittance_attestations::Outbox;

mod post_message {
	use super::*;

	#[test]
	fn success_messages_are_numbered_for_each_chain() {
		run(|| {
			open(1);
			open(2);
			for (target, sequence) in [(1, 0), (1, 1), (2, 0), (1, 2), (2, 1)] {
				assert_ok!(post(target));
				System::assert_last_event(
					Event::MessageSent {
						target,
						sequence,
						sender: ALICE,
						statement: STATEMENT,
						payload: PAYLOAD,
					}
					.into(),
				);
			}
			let sent: Vec<_> = Messages::<Test>::get().into();
			assert_eq!(sent, [(1, 0), (1, 1), (2, 0), (1, 2), (2, 1)].map(|(t, s)| message(t, s)));
			assert_eq!(Targets::<Test>::get(1), Some(Target { open: true, next: 3 }));
			assert_eq!(Targets::<Test>::get(2), Some(Target { open: true, next: 2 }));
		});
	}

	#[test]
	fn success_another_pallet_sends_in_the_name_of_an_account() {
		run(|| {
			open(1);
			let note = Statement::Note([5; 32]);
			assert_eq!(Attestations::send(&BOB, 1, note, PAYLOAD), Ok(0));
			assert_eq!(Attestations::send(&BOB, 1, note, PAYLOAD), Ok(1));
			let leaf = Message { sender: BOB.into(), statement: note, ..message(1, 1) };
			assert_eq!(Messages::<Test>::get()[1], leaf);
			let refused = Attestations::send(&BOB, 2, note, PAYLOAD);
			assert_eq!(refused, Err(Error::<Test>::UnknownTarget.into()));
		});
	}

	#[test]
	fn fails_for_a_chain_that_was_never_opened() {
		run(|| {
			open(1);
			assert_noop!(post(2), Error::<Test>::UnknownTarget);
		});
	}

	#[test]
	fn fails_for_a_chain_that_is_closed() {
		run(|| {
			open(1);
			assert_ok!(Attestations::set_target(RuntimeOrigin::root(), 1, false));
			assert_noop!(post(1), Error::<Test>::TargetClosed);
		});
	}

	#[test]
	fn fails_without_a_signer() {
		run(|| {
			open(1);
			let origin = RuntimeOrigin::root();
			let posted = Attestations::post_message(origin, 1, STATEMENT, PAYLOAD);
			assert_eq!(posted, Err(DispatchError::BadOrigin));
		});
	}

	#[test]
	fn boundary_so_many_are_taken_in_a_block_and_more_in_the_next() {
		run(|| {
			open(1);
			for _ in 0..MaxMessages::get() {
				assert_ok!(post(1));
			}
			assert_noop!(post(1), Error::<Test>::OutboxFull);
			let header = end_block();
			begin_block(&header);
			assert_ok!(post(1));
			assert_eq!(Messages::<Test>::get().into_inner(), [message(1, 5)], "without a gap");
		});
	}

	#[test]
	fn boundary_the_last_number() {
		run(|| {
			Targets::<Test>::insert(1, Target { open: true, next: u64::MAX - 1 });
			assert_ok!(post(1));
			assert_noop!(post(1), Error::<Test>::Unexpected);
		});
	}
}

mod set_target {
	use super::*;

	#[test]
	fn success_numbers_go_on_where_they_were() {
		run(|| {
			let set = |open| Attestations::set_target(RuntimeOrigin::root(), 1, open);
			let said = |old, new| {
				System::assert_last_event(Event::TargetChanged { target: 1, old, new }.into())
			};
			assert_ok!(set(true));
			said(None, true);
			assert_ok!(post(1));
			assert_ok!(set(false));
			said(Some(true), false);
			assert_ok!(set(true));
			said(Some(false), true);
			assert_ok!(post(1));
			let sent: Vec<_> = Messages::<Test>::get().into();
			assert_eq!(sent, [message(1, 0), message(1, 1)]);
		});
	}

	#[test]
	fn fails_where_nothing_changes() {
		run(|| {
			let set = |open| Attestations::set_target(RuntimeOrigin::root(), 1, open);
			assert_noop!(set(false), Error::<Test>::UnknownTarget);
			assert_ok!(set(true));
			assert_noop!(set(true), Error::<Test>::TargetUnchanged);
			assert_ok!(set(false));
			assert_noop!(set(false), Error::<Test>::TargetUnchanged);
		});
	}

	#[test]
	fn fails_for_others_than_governance() {
		run(|| {
			let set = Attestations::set_target(RuntimeOrigin::signed(ALICE), 1, true);
			assert_eq!(set, Err(DispatchError::BadOrigin));
			assert_ne!(set, Err(TokenError::Frozen.into()));
		});
	}
}
