//! Posts of private jobs, and escrows that are given back.

use super::*;
use crate::{
	impls::Encoded,
	mock::market::{give_up, lock, NextJob, OpenJobs, Request, Tried, VAULT},
	CircuitInForce, Totals,
};
use polkadot_sdk::{frame_system::RawOrigin, sp_runtime::traits::Dispatchable};
use quittance_babyjubjub::{PublicKey, SecretKey};
use quittance_types::{
	EscrowOpening, Escrows, JobId, PrivateJobClaims, PrivateOffer, PrivateTerms,
};
use std::sync::OnceLock;

/// An account for one job, which has nothing.
pub(super) const REQUESTER: AccountId = AccountId::new([13; 32]);
/// What the market holds for a job.
pub(super) const HOLDS: u128 = 2_000;
/// What is left to the requester of what it gets.
pub(super) const LEFT: u128 = EXISTENTIAL_DEPOSIT + 300;
pub(super) const PAID_IN: u128 = HOLDS + LEFT;
pub(super) const UNIT_PRICE: u64 = 6_000;
pub(super) const MAX_UNITS: u64 = 50;

/// The requester's secret behind the key for the change.
pub(super) fn change_secret() -> SecretKey {
	SecretKey::from_seed(&[14; 32])
}

/// The same for all jobs, since it takes long to compute.
pub(super) fn change_key() -> PublicKey {
	static KEY: OnceLock<PublicKey> = OnceLock::new();
	*KEY.get_or_init(|| change_secret().public())
}

/// An escrow with all that its requester knows of it.
#[derive(Clone, Copy)]
pub(super) struct Escrowed {
	pub(super) opening: EscrowOpening,
	/// The note that it is where it is given back.
	pub(super) note: Owned,
}

impl Escrowed {
	/// For so many units, of whoever has this nullifier key.
	pub(super) fn of(key: u64, unit_price: u64, max_units: u64) -> Self {
		Self::behind(Owned::of(key, unit_price * max_units), unit_price, max_units)
	}

	/// With this note, another one's random number included.
	pub(super) fn behind(note: Owned, unit_price: u64, max_units: u64) -> Self {
		assert_eq!(note.value(), unit_price * max_units, "no more and no less");
		let terms = PrivateTerms { unit_price, max_units, salt: fresh() };
		let Note { owner, rho, .. } = note.note;
		Self { opening: EscrowOpening { terms, owner, rho, change_key: change_key() }, note }
	}

	pub(super) fn offer(&self) -> PrivateOffer {
		self.opening.offer::<Native>().unwrap()
	}
}

pub(super) fn request() -> Request {
	Request { holds: HOLDS, text: vec![7; 40] }
}

pub(super) fn least_post() -> u128 {
	Pool::minimum_post_fee(request(), false)
}

/// Its bytes are different ones.
pub(super) fn ciphertext() -> NoteCiphertext {
	core::array::from_fn(|place| place as u8)
}

/// A post, to be spoilt.
#[derive(Clone)]
pub(super) struct Post {
	pub(super) header: Header<AccountId>,
	pub(super) claims: PrivateJobClaims,
	pub(super) request: Request,
	ciphertext: NoteCiphertext,
	proof: ProofBytes,
}

impl Post {
	/// A true one of [`REQUESTER`], without a relayer, proven under this root.
	pub(super) fn under(
		ledger: &Ledger,
		root: FieldBytes,
		spent: [Owned; 2],
		change: Owned,
		escrow: &Escrowed,
		paid: (u128, u128),
	) -> Self {
		let (paid_in, fee) = paid;
		ledger.check(root, &spent, &[change, escrow.note], paid_in + fee);
		Self::claiming(PrivateJobClaims {
			root,
			nullifiers: spent.each_ref().map(Owned::nullifier),
			change: change.commitment(),
			offer: escrow.offer(),
			paid_in,
			fee,
		})
	}

	/// With a proof for these claims, whether they are true or not.
	pub(super) fn claiming(claims: PrivateJobClaims) -> Self {
		let (header, ciphertext) = (header(POST, REQUESTER), ciphertext());
		Self { header, claims, request: request(), ciphertext, proof: [0; 256] }.proven()
	}

	/// With other claims, and proven for them.
	pub(super) fn claims(&self, change: impl FnOnce(&mut PrivateJobClaims)) -> Self {
		let mut claims = self.claims;
		change(&mut claims);
		Self { claims, ..self.clone() }.proven()
	}

	/// Of another job, and proven for it.
	pub(super) fn asking(&self, request: Request) -> Self {
		Self { request, ..self.clone() }.proven()
	}

	fn arguments(&self) -> [u8; 32] {
		self.on_shown(|shown| shown.arguments())
	}

	pub(super) fn on_shown<R>(&self, ask: impl FnOnce(&Shown<'_>) -> R) -> R {
		let (claims, ciphertext, bytes) = (&self.claims, &self.ciphertext, self.request.encode());
		ask(&Shown::Post { claims, request: Encoded(&bytes), ciphertext, audit: None })
	}

	/// With the arguments' hash in the header, and proven.
	fn proven(mut self) -> Self {
		self.header.arguments = self.arguments();
		self.proven_as_it_is()
	}

	/// Proven with whatever header it has.
	fn proven_as_it_is(mut self) -> Self {
		if let Ok(signals) = self.on_shown(|shown| shown.signals(&self.header)) {
			self.proof = proof_of(&self.header.circuit, PoolCircuit::PostPrivateJob, &signals);
		}
		self
	}

	pub(super) fn with(self, change: impl FnOnce(&mut Header<AccountId>)) -> Self {
		let mut changed = self;
		change(&mut changed.header);
		changed.proven_as_it_is()
	}

	pub(super) fn proved_by(self, proof: ProofBytes) -> Self {
		Self { proof, ..self }
	}

	pub(super) fn call(&self) -> RuntimeCall {
		let Self { header, claims, request, ciphertext, proof } = self.clone();
		Call::<Test>::post_private_job {
			header: header.into(),
			claims: claims.into(),
			request: request.into(),
			ciphertext: ciphertext.into(),
			audit: None,
			proof: proof.into(),
		}
		.into()
	}
}

/// A post for the least fee, of a fresh deposit; its escrow, and the change.
pub(super) fn some_post() -> (Post, Escrowed, Owned) {
	let (note, fee) = (deposited(1, PLENTY), least_post());
	let escrow = Escrowed::of(1, UNIT_PRICE, MAX_UNITS);
	let rest = PLENTY - escrow.note.value() - (PAID_IN + fee) as u64;
	let (ledger, change, spent) = (Ledger::read(), Owned::of(1, rest), [note, Owned::dummy()]);
	(Post::under(&ledger, ledger.root(), spent, change, &escrow, (PAID_IN, fee)), escrow, change)
}

/// A private job that no miner has, in a block of its own.
pub(super) fn posted() -> (JobId, Escrowed) {
	let (post, escrow, _) = some_post();
	let job = NextJob::get().unwrap_or_default();
	assert_included(post.call());
	next_block();
	(job, escrow)
}

fn assert_custody(worth: u128) {
	assert_eq!(PoolTotals::<Test>::get().held(), Some(worth));
	assert_eq!(free(&Pool::account()), worth + EXISTENTIAL_DEPOSIT);
}

#[test]
fn a_post_pays_the_requester_and_keeps_the_escrow_with_the_job() {
	run(|| {
		let (post, escrow, change) = some_post();
		let before = PoolTotals::<Test>::get();
		assert_included(post.call());
		let PrivateJobClaims { nullifiers, paid_in, fee, offer, .. } = post.claims;
		System::assert_last_event(
			Event::<Test>::PrivateJobPosted {
				job: 0,
				requester: REQUESTER,
				offer,
				paid_in,
				nullifiers,
				fee,
				relayed: None,
			}
			.into(),
		);
		let commitment = change.commitment();
		System::assert_has_event(
			Event::<Test>::NoteAdded { index: 1, commitment, ciphertext: Some(0) }.into(),
		);
		// The escrow is no leaf.
		assert_eq!(NoteTree::<Test>::get().leaves, 2);
		assert!(nullifiers.iter().all(|nullifier| Pool::is_spent(*nullifier)));
		assert_eq!((free(&REQUESTER), free(&VAULT)), (LEFT, EXISTENTIAL_DEPOSIT + HOLDS));
		assert_eq!(FeesTaken::get(), [[fee, 0]]);
		let totals = PoolTotals::<Test>::get();
		assert_eq!(
			totals,
			Totals { withdrawn: paid_in, fees: before.fees + fee, posts: 1, ..before }
		);
		assert_eq!(totals.escrows(), Some(1));
		assert_custody(u128::from(escrow.note.value()) + u128::from(change.value()));

		// What the market was given.
		let open = OpenJobs::get(0).unwrap();
		assert_eq!((open.requester, open.circuit), (REQUESTER, SETTLE));
		assert_eq!(open.escrow.commitment, escrow.note.commitment());
		assert_eq!(open.escrow.offer, offer.hash::<Native>().unwrap().into());

		// The change can be spent.
		next_block();
		let (ledger, fee) = (Ledger::read(), least_withdraw());
		let change = ledger.place(change);
		let amount = u128::from(change.value()) - fee;
		let spent = [change, Owned::dummy()];
		let all = Withdrawal::new(&ledger, spent, Owned::of(1, 0), amount, fee);
		assert_included(all.call());
		assert_custody(escrow.note.value().into());
	});
}

#[test]
fn an_escrow_that_is_given_back_is_a_note_of_its_requesters() {
	run(|| {
		let (job, escrow) = posted();
		let index = NoteTree::<Test>::get().leaves;
		let held = PoolTotals::<Test>::get().held();
		give_up(job);
		let commitment = escrow.note.commitment();
		System::assert_has_event(
			Event::<Test>::NoteAdded { index, commitment, ciphertext: None }.into(),
		);
		System::assert_last_event(Event::<Test>::EscrowGivenBack { job, index }.into());
		assert_eq!(free(&REQUESTER), PAID_IN, "what was held is back");
		let totals = PoolTotals::<Test>::get();
		assert_eq!((totals.given_back, totals.escrows(), totals.held()), (1, Some(0), held));
		next_block();
		let ledger = Ledger::read();
		let (note, fee) = (ledger.place(escrow.note), least_withdraw());
		assert_eq!(note.index, index);
		let amount = u128::from(note.value()) - fee;
		let spent = [note, Owned::dummy()];
		assert_included(Withdrawal::new(&ledger, spent, Owned::of(1, 0), amount, fee).call());
	});
}

/// A wallet that makes two escrows alike, with the same random number, loses neither.
#[test]
fn escrows_that_are_alike_are_two() {
	run(|| {
		let (post, escrow, _) = some_post();
		assert_included(post.call());
		let (again, _, _) = some_post();
		assert_included(again.claims(|claims| claims.offer = escrow.offer()).call());
		give_up(0);
		give_up(1);
		next_block();
		let ledger = Ledger::read();
		let commitment = escrow.note.note.commitment::<Native>();
		let places: Vec<_> =
			(0..).zip(&ledger.leaves).filter(|(_, leaf)| **leaf == commitment).collect();
		let [(first, _), (second, _)] = places[..] else { panic!("{} leaves", places.len()) };
		let [first, second] = [first, second].map(|index| Owned { index, ..escrow.note });
		let (value, fee) = (u128::from(escrow.note.value()), least_withdraw());
		let amount = 2 * value - fee;
		let both = Withdrawal::new(&ledger, [first, second], Owned::of(1, 0), amount, fee);
		assert_included(both.call());
	});
}

#[test]
fn a_post_can_be_relayed() {
	run(|| {
		let (post, ..) = some_post();
		let least = Pool::minimum_post_fee(request(), true);
		let relayed = post
			.claims(|claims| claims.fee = least + 600)
			.with(|header| header.submitter = Some(RELAYER));
		assert_included(relayed.call());
		assert_eq!(free(&RELAYER), ENDOWMENT + 600);
		assert_eq!(FeesTaken::get(), [[least, 0]]);
		let PrivateJobClaims { nullifiers, paid_in, fee, offer, .. } = relayed.claims;
		let (job, requester, relayed) = (0, REQUESTER, Some((RELAYER, 600)));
		System::assert_last_event(
			Event::<Test>::PrivateJobPosted {
				job,
				requester,
				offer,
				paid_in,
				nullifiers,
				fee,
				relayed,
			}
			.into(),
		);
	});
}

/// What the requester gets exists before the relayer is paid, so it can be its own.
#[test]
fn a_requester_can_be_its_own_relayer() {
	run(|| {
		let (post, ..) = some_post();
		let least = Pool::minimum_post_fee(request(), true);
		let own = post
			.claims(|claims| claims.fee = least + 1)
			.with(|header| header.submitter = Some(REQUESTER));
		assert_included(own.call());
		assert_eq!(free(&REQUESTER), LEFT + 1);
	});
}

mod refused_posts {
	use super::*;

	#[test]
	fn by_the_name_of_each_wrong_field_of_the_header() {
		run(|| {
			let (post, ..) = some_post();
			for (change, why) in headers::changes() {
				assert_refused(post.clone().with(change).call(), why);
			}
			let other = post.clone().with(|header| header.circuit = WITHDRAW);
			assert_refused(other.call(), PoolRefusal::WrongCircuit);
			assert_eq!((Verified::get(), Tried::get()), (0, 0), "before proof and market");
			assert_included(post.call());
		});
	}

	#[test]
	fn when_a_claim_is_not_canonical() {
		run(|| {
			let (post, ..) = some_post();
			let order = deposits::order();
			let [first, second] = post.claims.nullifiers;
			let changes: [&dyn Fn(&mut PrivateJobClaims); 6] = [
				&|claims| claims.root = order,
				&|claims| claims.nullifiers = [order, second],
				&|claims| claims.nullifiers = [first, order],
				&|claims| claims.change = order,
				&|claims| claims.offer.escrow = order,
				&|claims| claims.offer.terms = order,
			];
			for change in changes {
				assert_refused(post.claims(change).call(), PoolRefusal::NotCanonical);
			}
		});
	}

	/// The sum of both is one signal.
	#[test]
	fn boundary_what_leaves_the_pool_has_64_bits() {
		run(|| {
			let (post, ..) = some_post();
			let fee = post.claims.fee;
			let most = u128::from(u64::MAX);
			let paying =
				|paid_in, fee| post.claims(|claims| (claims.paid_in, claims.fee) = (paid_in, fee));
			for (paid_in, fee) in
				[(most - fee + 1, fee), (1 << 64, fee), (PAID_IN, 1 << 64), (u128::MAX, u128::MAX)]
			{
				assert_refused(paying(paid_in, fee).call(), PoolRefusal::AmountTooLarge);
			}
			let large = paying(most - fee, fee);
			assert_refused(large.call(), PoolRefusal::PoolTooSmall);
		});
	}

	/// Everybody could read the change, or nobody knows what a settlement would prove.
	#[test]
	fn when_the_key_for_the_change_is_none() {
		run(|| {
			let (post, ..) = some_post();
			let bytes = |x: Fr, y: Fr| {
				let parts = [x, y].map(|part| FieldBytes::from(part).0);
				<[u8; 64]>::try_from(parts.concat()).unwrap()
			};
			let one = Fr::from(1u8);
			let key = change_key();
			let mut above = change_key().to_bytes();
			above[..32].copy_from_slice(&deposits::order().0);
			for bytes in [
				bytes(Fr::from(0u8), one),
				// Of order two.
				bytes(Fr::from(0u8), -one),
				bytes(key.x(), key.y() + one),
				bytes(key.x() + one, key.y()),
				[0; 64],
				[0xff; 64],
				above,
			] {
				let other = post.claims(|claims| claims.offer.change_key = bytes);
				assert_refused(other.call(), PoolRefusal::InvalidChangeKey);
			}
		});
	}

	#[test]
	fn when_a_note_is_spent_or_its_root_is_old() {
		run(|| {
			let (post, ..) = some_post();
			let [first, _] = post.claims.nullifiers;
			let twice = post.claims(|claims| claims.nullifiers = [first; 2]);
			assert_refused(twice.call(), PoolRefusal::EqualNullifiers);
			let other = post.claims(|claims| claims.root = first);
			assert_refused(other.call(), PoolRefusal::RootNotRecent);
			assert_included(post.call());
			assert_refused(post.call(), PoolRefusal::NullifierSpent);
			// For another job as well, by another requester.
			let other = post.asking(Request { text: vec![], ..request() });
			assert_refused(other.call(), PoolRefusal::NullifierSpent);
		});
	}

	/// A note pays for one thing, whatever kinds of calls spend it.
	#[test]
	fn when_another_kind_of_call_has_spent_the_note_and_the_other_way_round() {
		run(|| {
			let (post, ..) = some_post();
			let tags = |call: &RuntimeCall| judged(call).unwrap().provides;
			let (withdrawal, _) = some_withdrawal();
			let same = withdrawal.claims(|claims| claims.nullifiers = post.claims.nullifiers);
			assert_eq!(tags(&same.call()), tags(&post.call()), "the pool keeps one of them");
			on_a_fork(|| {
				assert_included(same.call());
				assert_refused(post.call(), PoolRefusal::NullifierSpent);
			});
			assert_included(post.call());
			assert_refused(same.call(), PoolRefusal::NullifierSpent);
		});
	}

	#[test]
	fn boundary_the_least_fee() {
		run(|| {
			let (post, ..) = some_post();
			assert_refused(post.claims(|claims| claims.fee -= 1).call(), PoolRefusal::FeeTooLow);
			assert_refused(post.claims(|claims| claims.fee = 0).call(), PoolRefusal::FeeTooLow);
			// A longer job and a relayer are dearer.
			let longer = Request { text: vec![7; 41], ..request() };
			assert_refused(post.asking(longer.clone()).call(), PoolRefusal::FeeTooLow);
			assert_eq!(Pool::minimum_post_fee(longer, false), least_post() + 1);
			let relayed = post.clone().with(|header| header.submitter = Some(RELAYER));
			assert_refused(relayed.call(), PoolRefusal::FeeTooLow);
			assert_eq!(Pool::minimum_post_fee(request(), true), least_post() + 32);
			Load::set(2);
			assert_refused(post.call(), PoolRefusal::FeeTooLow);
			Load::set(1);
			assert_included(post.call());
		});
	}

	#[test]
	fn boundary_existential_deposit_of_the_requester() {
		run(|| {
			let (post, ..) = some_post();
			let paying = |paid_in| {
				let asking = post.asking(Request { holds: 0, ..request() });
				asking.claims(|claims| claims.paid_in = paid_in).call()
			};
			let small = PoolRefusal::BelowExistentialDeposit;
			assert_refused(paying(0), small);
			assert_refused(paying(EXISTENTIAL_DEPOSIT - 1), small);
			assert_included(paying(EXISTENTIAL_DEPOSIT));
			assert_eq!(free(&REQUESTER), EXISTENTIAL_DEPOSIT);
		});
	}

	#[test]
	fn when_requester_or_relayer_is_the_pool() {
		run(|| {
			let (post, ..) = some_post();
			let by_pool = post.clone().with(|header| header.payee = Pool::account());
			assert_refused(by_pool.call(), PoolRefusal::PayeeCannotReceive);
			let dearer = post.claims(|claims| claims.fee += 100);
			let by_pool = dearer.with(|header| header.submitter = Some(Pool::account()));
			assert_refused(by_pool.call(), PoolRefusal::RelayerCannotReceive);
		});
	}

	/// Were a circuit broken, the pool would still pay no more than went in.
	#[test]
	fn boundary_a_proof_of_more_than_the_pool_has() {
		run(|| {
			let (post, ..) = some_post();
			let most = u128::from(PLENTY) - post.claims.fee;
			let paying = |paid_in| post.claims(|claims| claims.paid_in = paid_in).call();
			assert_refused(paying(most + 1), PoolRefusal::PoolTooSmall);
			assert_included(paying(most));
			assert_eq!(PoolTotals::<Test>::get().held(), Some(0));
		});
	}

	/// An escrow is two notes later, and their places are kept.
	#[test]
	fn boundary_the_tree_has_room_for_the_change_and_both_notes_of_the_escrow() {
		run(|| {
			let (post, ..) = some_post();
			for places in 0..3 {
				on_tree_with(Tree::PLACES - places, || {
					assert_refused(post.call(), PoolRefusal::TreeFull)
				});
			}
			on_tree_with(Tree::PLACES - 3, || {
				on_a_fork(|| assert_included(post.call()));
			});
			// Beside those of the jobs that there are.
			assert_included(post.call());
			let (next, ..) = some_post();
			on_tree_with(Tree::PLACES - 4, || assert_refused(next.call(), PoolRefusal::TreeFull));
			on_tree_with(Tree::PLACES - 5, || {
				on_a_fork(|| assert_included(next.call()));
			});
		});
	}

	/// Nobody else takes the places that are kept for an escrow, whichever way it ends.
	#[test]
	fn boundary_nothing_takes_the_places_of_an_escrow() {
		run(|| {
			let (transfer, _) = some_transfer();
			let (withdrawal, _) = some_withdrawal();
			let (job, _) = posted();
			let full = PoolRefusal::TreeFull;
			on_tree_with(Tree::PLACES - 2, || {
				assert_noop!(deposit(&Owned::of(1, 1)), E::TreeFull);
				assert_refused(withdrawal.call(), full);
			});
			on_tree_with(Tree::PLACES - 3, || {
				assert_refused(transfer.call(), full);
				on_a_fork(|| {
					assert_ok!(deposit(&Owned::of(1, 1)));
				});
				on_a_fork(|| assert_included(withdrawal.call()));
			});
			on_tree_with(Tree::PLACES - 4, || {
				on_a_fork(|| assert_included(transfer.call()));
			});
			// Given back it needs one, and leaves the other to whoever comes.
			on_tree_with(Tree::PLACES - 2, || {
				on_a_fork(|| {
					give_up(job);
					assert_eq!(NoteTree::<Test>::get().leaves, Tree::PLACES - 1);
					assert_ok!(deposit(&Owned::of(1, 1)));
				});
			});
		});
	}

	/// No job is to be found right and not paid, or done and not paid.
	#[test]
	fn without_any_of_the_circuits() {
		run(|| {
			let (post, ..) = some_post();
			for of in [PoolCircuit::PostPrivateJob, PoolCircuit::Settle, PoolCircuit::SettleVerdict]
			{
				let circuit = CircuitInForce::<Test>::take(of).unwrap();
				assert_refused(post.call(), PoolRefusal::NoCircuit);
				CircuitInForce::<Test>::insert(of, circuit);
			}
			assert_included(post.call());
		});
	}

	#[test]
	fn by_the_pause() {
		run(|| {
			let (post, ..) = some_post();
			assert_ok!(Pool::pause(signed(&Guardian::get())));
			assert_refused(post.call(), PoolRefusal::Paused);
			assert_ok!(Pool::resume(signed(&Governance::get())));
			assert_included(post.call());
		});
	}

	/// To the unit: what is held, and the existential deposit.
	#[test]
	fn boundary_the_market_does_not_take_the_job() {
		run(|| {
			let (post, ..) = some_post();
			let asking = |holds| post.asking(Request { holds, ..request() });
			let most = PAID_IN - EXISTENTIAL_DEPOSIT;
			assert_refused(asking(most + 1).call(), PoolRefusal::JobRefused);
			assert_refused(asking(1 << 100).call(), PoolRefusal::JobRefused);
			assert_included(asking(most).call());
			assert_eq!(free(&REQUESTER), EXISTENTIAL_DEPOSIT);
		});
	}

	/// The market is asked before the proof, which is dearer and costs nothing to send again when the market has
	/// changed its mind; and what it did for the answer is undone.
	#[test]
	fn by_the_market_before_the_proof_is_looked_at() {
		run(|| {
			let (post, ..) = some_post();
			let mut proof = post.proof;
			proof[0] ^= 1;
			let greedy = post.asking(Request { holds: 1 << 100, ..request() });
			let looked_at = Verified::get();
			assert_refused(greedy.call(), PoolRefusal::JobRefused);
			assert_eq!(Verified::get(), looked_at);
			let false_proof = post.clone().proved_by(proof);
			assert_refused(false_proof.call(), PoolRefusal::InvalidProof);
			let tried = Tried::get();
			let before = sp_io::storage::root(StateVersion::V1);
			let events = System::events();
			assert!(judged(&post.call()).is_ok());
			assert_eq!(Tried::get(), tried + 1);
			assert_eq!(sp_io::storage::root(StateVersion::V1), before);
			assert_eq!((System::events(), OpenJobs::iter().count()), (events, 0));
		});
	}

	/// A proof of another circuit with as many signals.
	#[test]
	fn by_a_proof_for_another_use() {
		run(|| {
			let (post, ..) = some_post();
			let signals = post.on_shown(|shown| shown.signals(&post.header)).unwrap();
			for of in [PoolCircuit::Transfer, PoolCircuit::Withdraw] {
				let other = post.clone().proved_by(proof_of(&POST, of, &signals));
				assert_refused(other.call(), PoolRefusal::InvalidProof);
			}
		});
	}

	#[test]
	fn when_calls_of_the_pool_are_filtered() {
		run(|| {
			let (post, ..) = some_post();
			Filtered::set(true);
			assert_eq!(refused(&post.call()), InvalidTransaction::Call);
			Filtered::set(false);
			assert_included(post.call());
		});
	}

	#[test]
	fn from_any_origin_but_its_authorisation() {
		run(|| {
			let (post, ..) = some_post();
			for origin in [signed(&ALICE), RuntimeOrigin::root(), RuntimeOrigin::none()] {
				let dispatched = post.call().dispatch(origin).map_err(|error| error.error);
				assert_eq!(dispatched.unwrap_err(), DispatchError::BadOrigin);
			}
			assert_ok!(post.call().dispatch(RuntimeOrigin::from(RawOrigin::Authorized)));
		});
	}
}

/// Who sees a post on its way can make it neither its own nor another.
mod stolen {
	use super::*;

	#[test]
	fn for_another_requester_relayer_or_time_it_is_void() {
		run(|| {
			let (post, ..) = some_post();
			let post = post.claims(|claims| claims.fee += 1_000);
			let changes: [fn(&mut Header<AccountId>); 4] = [
				|header| header.payee = ALICE,
				|header| header.submitter = Some(RELAYER),
				|header| header.valid_until += 1,
				|header| header.valid_until -= 1,
			];
			for change in changes {
				let mut stolen = post.clone();
				change(&mut stolen.header);
				assert_refused(stolen.call(), PoolRefusal::InvalidProof);
			}
			let relayed = post.clone().with(|header| header.submitter = Some(RELAYER));
			for thief in [Some(ALICE), None] {
				let mut stolen = relayed.clone();
				stolen.header.submitter = thief;
				assert_refused(stolen.call(), PoolRefusal::InvalidProof);
			}
			assert_included(post.call());
		});
	}

	/// What is paid in and what is paid as a fee are one signal: what tells them apart is covered as well.
	#[test]
	fn with_another_argument_it_is_void() {
		run(|| {
			let (post, ..) = some_post();
			let other = Escrowed::of(3, UNIT_PRICE, MAX_UNITS).offer();
			let mut stolen = vec![];
			let mut change = |change: fn(&mut Post, &PrivateOffer)| {
				let mut call = post.clone();
				change(&mut call, &other);
				stolen.push(call);
			};
			change(|call, _| call.ciphertext[0] ^= 1);
			change(|call, _| call.ciphertext[127] ^= 1);
			change(|call, _| call.ciphertext.reverse());
			change(|call, _| call.request.holds -= 1);
			change(|call, _| call.request.text[39] ^= 1);
			change(|call, _| {
				call.request.text.pop();
			});
			change(|call, _| call.claims.nullifiers.swap(0, 1));
			change(|call, other| call.claims.change = other.escrow);
			change(|call, other| call.claims.offer = *other);
			change(|call, other| call.claims.offer.escrow = other.escrow);
			change(|call, other| call.claims.offer.terms = other.terms);
			change(|call, _| {
				call.claims.paid_in -= 1;
				call.claims.fee += 1;
			});
			change(|call, _| {
				call.claims.paid_in += 1;
			});
			change(|call, _| call.claims.fee += 1);
			for mut call in stolen {
				assert_ne!(call.arguments(), post.arguments(), "something was changed");
				assert_refused(call.call(), PoolRefusal::WrongArguments);
				call.header.arguments = call.arguments();
				assert_refused(call.call(), PoolRefusal::InvalidProof);
			}
			assert_included(post.call());
		});
	}

	/// Whoever copies the key for the change into a job of its own has made no other's job worse.
	#[test]
	fn the_offer_of_another_can_be_posted_by_who_pays_for_it() {
		run(|| {
			let (_, escrow) = posted();
			let (post, ..) = some_post();
			let copied = post.claims(|claims| claims.offer = escrow.offer());
			assert_included(copied.call());
			assert_eq!(PoolTotals::<Test>::get().escrows(), Some(2));
			assert_ne!(OpenJobs::get(0), OpenJobs::get(1));
		});
	}
}

/// Fees as those of the other calls.
mod paid_for {
	use super::*;
	use crate::{Config, WeightInfo};
	use polkadot_sdk::frame_support::weights::WeightToFee;

	#[test]
	fn a_post_is_never_cheaper_than_a_signed_one() {
		run(|| {
			let (post, ..) = some_post();
			for text in [vec![], vec![7; 40], vec![7; 3_000]] {
				for submitter in [None, Some(RELAYER)] {
					let request = Request { text: text.clone(), ..request() };
					let least = Pool::minimum_post_fee(request.clone(), submitter.is_some());
					let call = post
						.asking(request)
						.claims(|claims| claims.fee = least)
						.with(|header| header.submitter = submitter);
					let length = call.on_shown(|shown| shown.call_length(&call.header));
					assert_eq!(
						length,
						call.call().encoded_size() as u32,
						"nobody writes it by hand"
					);
					let transaction = transaction(call.call());
					let whole = transaction.encoded_size() as u32;
					let info = transaction.get_dispatch_info();
					let as_signed = TransactionPayment::compute_fee(whole, &info, 0);
					assert!(least >= as_signed, "{least} and {as_signed}");
					// To the unit.
					on_a_fork(|| assert_included(call.call()));
					let less = call.claims(|claims| claims.fee -= 1);
					let less = less.with(|header| header.submitter = call.header.submitter.clone());
					assert_refused(less.call(), PoolRefusal::FeeTooLow);
				}
			}
			type Weights = <Test as Config>::WeightInfo;
			let judging = Microseconds::weight_to_fee(&Weights::authorize_post_private_job());
			assert!(least_post() > judging + Microseconds::weight_to_fee(&Weights::withdraw()));
		});
	}

	#[test]
	fn a_tip_makes_a_post_urgent_and_a_relayers_part_does_not() {
		run(|| {
			let (post, ..) = some_post();
			let priority = |call: RuntimeCall| judged(&call).unwrap().priority;
			let dearer = post.claims(|claims| claims.fee += 10_000);
			let plain = priority(post.call());
			assert!(priority(dearer.call()) > plain);
			let relayed = dearer.with(|header| header.submitter = Some(RELAYER));
			assert_eq!(priority(relayed.call()), plain);
		});
	}

	#[test]
	fn the_pool_is_told_how_long_and_instead_of_what() {
		run(|| {
			let (post, ..) = some_post();
			let now = System::block_number();
			let valid = judged(&post.with(|header| header.valid_until = now + 30).call()).unwrap();
			assert_eq!((valid.longevity, valid.propagate), (31, true));
			assert_eq!((valid.requires.len(), valid.provides.len()), (0, 2));
		});
	}
}

/// A miner that has the job does not change what becomes of the escrow.
#[test]
fn a_locked_job_is_given_back_as_well() {
	run(|| {
		let (job, escrow) = posted();
		lock(job, market::MINER, fresh());
		give_up(job);
		next_block();
		Ledger::read().place(escrow.note);
	});
}

/// Only the market gives back; what it gives back is a commitment that it was given.
#[test]
fn what_is_no_commitment_is_not_given_back() {
	run(|| {
		let leaves = NoteTree::<Test>::get().leaves;
		let outcome = std::panic::catch_unwind(|| Pool::give_back(0, deposits::order()));
		// A defensive check, which panics where debug assertions are on.
		assert_eq!(outcome.is_err(), cfg!(debug_assertions));
		assert_eq!(NoteTree::<Test>::get().leaves, leaves);
		assert_eq!(PoolTotals::<Test>::get().given_back, 0);
	});
}
