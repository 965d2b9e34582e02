//! A block, executed as a node does: inherents, a signed transfer, its fee.

use super::new_chain;
use crate::{constants::currency::QTC, constants::time::SLOT_MILLIS, presets, *};
use codec::Encode;
use frame_support::traits::fungible::Inspect;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryPlainPreDigest},
	Slot, BABE_ENGINE_ID,
};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie};
use sp_runtime::{
	traits::Header as _,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	Digest, DigestItem,
};

const SLOT: u64 = 300_000_000;

/// What a block says of its slot and its author.
fn in_slot(authority_index: u32, slot: u64) -> DigestItem {
	let pre_digest =
		PreDigest::SecondaryPlain(SecondaryPlainPreDigest { authority_index, slot: slot.into() });
	DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode())
}

/// The header of the first block, authored by the validator of this index in the slot [`SLOT`].
fn first_header(authority_index: u32) -> Header {
	Header::new(
		1,
		Default::default(),
		Default::default(),
		System::block_hash(0),
		Digest { logs: vec![in_slot(authority_index, SLOT)] },
	)
}

pub(super) fn signed(
	account: Sr25519Keyring,
	nonce: Nonce,
	call: RuntimeCall,
) -> UncheckedExtrinsic {
	signing::signed(account, System::block_hash(0), nonce, call)
}

fn transfer(to: Sr25519Keyring, value: Balance) -> RuntimeCall {
	let dest = to.to_account_id().into();
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value })
}

/// The place of a validator among those of the session.
pub(super) fn index_of(validator: Sr25519Keyring) -> u32 {
	let account = validator.to_account_id();
	let place = Session::validators().iter().position(|other| *other == account);
	place.expect("it is a validator") as u32
}

/// Starts the first block and sets its time.
pub(super) fn start_block(authority_index: u32) {
	start(&first_header(authority_index), SLOT);
}

/// Ends the block that was started and starts the next, so many slots later, by the same author.
pub(super) fn next_block(slots: u64) {
	let author = Babe::initialized().flatten().expect("a block was started").authority_index();
	let slot = Babe::current_slot() + slots;
	next_block_with(in_slot(author, slot.into()), slot, 1);
}

/// Ends the block that was started and starts the one that is so many blocks later, in the next slot.
pub(super) fn blocks_later(blocks: u64) {
	blocks_later_seen(blocks, |_| ());
}

/// The same, with a look at the block that has ended, of which all events are still there.
pub(super) fn blocks_later_seen<T>(blocks: u64, look: impl FnOnce(&Header) -> T) -> T {
	let author = Babe::initialized().flatten().expect("a block was started").authority_index();
	let slot = Babe::current_slot() + 1;
	let blocks = BlockNumber::try_from(blocks).expect("a few");
	next_block_seen(in_slot(author, slot.into()), slot, blocks, look)
}

/// Ends the block that was started and starts one of this slot, so many blocks later, that says this of it.
pub(super) fn next_block_with(pre_digest: DigestItem, slot: Slot, blocks: BlockNumber) {
	next_block_seen(pre_digest, slot, blocks, |_| ());
}

fn next_block_seen<T>(
	pre_digest: DigestItem,
	slot: Slot,
	blocks: BlockNumber,
	look: impl FnOnce(&Header) -> T,
) -> T {
	let parent = Executive::finalize_block();
	let seen = look(&parent);
	let mut header = first_header(0);
	header.number = parent.number + blocks;
	// As if those between had been there.
	System::set_block_number(header.number - 1);
	header.parent_hash = parent.hash();
	header.digest.logs = vec![pre_digest];
	start(&header, slot.into());
	seen
}

fn start(header: &Header, slot: u64) {
	Executive::initialize_block(header);
	let now = slot * SLOT_MILLIS;
	let set_time = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
	Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(set_time))
		.expect("the inherent is valid")
		.expect("the time is set");
}

#[test]
fn the_author_receives_a_fifth_of_the_fee_and_the_rest_is_burned() {
	new_chain(presets::PAIR).execute_with(|| {
		let of = |account: Sr25519Keyring| Balances::balance(&account.to_account_id());
		let (alice, bob, charlie) = (of(Alice), of(Bob), of(Charlie));
		let issuance = Balances::total_issuance();
		start_block(index_of(Bob));
		assert_eq!(Authorship::author(), Some(Bob.to_account_id()));

		Executive::apply_extrinsic(signed(Alice, 0, transfer(Charlie, 10 * QTC)))
			.expect("the transfer is valid")
			.expect("the transfer succeeds");
		Executive::finalize_block();

		let paid = alice - 10 * QTC - of(Alice);
		assert!(paid > 0 && paid < QTC / 10, "a transfer costs {paid}");
		let reward = of(Bob) - bob;
		assert!(reward * 5 <= paid && paid < (reward + 1) * 5, "{reward} of {paid}");
		assert_eq!(of(Charlie), charlie + 10 * QTC);
		assert_eq!(Balances::total_issuance(), issuance - (paid - reward));
	});
}

#[test]
fn the_author_receives_the_whole_tip() {
	let reward = |tip| {
		new_chain(presets::PAIR).execute_with(|| {
			start_block(index_of(Bob));
			let before = Balances::balance(&Bob.to_account_id());
			let call = transfer(Charlie, QTC);
			let _ = Executive::apply_extrinsic(signing::signed_by(
				Alice,
				Alice.to_account_id(),
				System::block_hash(0),
				0,
				tip,
				call,
			))
			.expect("the transfer is valid");
			Balances::balance(&Bob.to_account_id()) - before
		})
	};
	let (without, with) = (reward(0), reward(QTC));
	// A tip takes a few bytes more, of whose fee the author gets its fifth.
	assert!(with >= without + QTC && with < without + QTC + QTC / 1_000, "{with} and {without}");
}

#[test]
fn fails_when_the_nonce_is_used_again() {
	new_chain(presets::PAIR).execute_with(|| {
		start_block(0);
		let _ = Executive::apply_extrinsic(signed(Alice, 0, transfer(Charlie, QTC)))
			.expect("the first is valid");
		assert_eq!(
			Executive::apply_extrinsic(signed(Alice, 0, transfer(Charlie, QTC))),
			Err(TransactionValidityError::Invalid(InvalidTransaction::Stale))
		);
	});
}

#[test]
fn fails_when_the_signature_is_anothers() {
	new_chain(presets::PAIR).execute_with(|| {
		start_block(0);
		let extrinsic = signing::signed_by(
			Bob,
			Alice.to_account_id(),
			System::block_hash(0),
			0,
			0,
			transfer(Charlie, QTC),
		);
		assert_eq!(
			Executive::apply_extrinsic(extrinsic),
			Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof))
		);
	});
}

#[test]
fn sudo_without_a_key_is_nobodys() {
	new_chain(presets::LOCAL).execute_with(|| {
		start_block(0);
		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
		let call = RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(remark) });
		let outcome = Executive::apply_extrinsic(signed(Alice, 0, call)).expect("it is valid");
		assert_eq!(outcome, Err(pallet_sudo::Error::<Runtime>::RequireSudo.into()));
	});
}
