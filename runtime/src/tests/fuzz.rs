//! Trap 23: no bytes and no call make the runtime panic.
//!
//! Three kinds of input: random bytes as an extrinsic, the beginning of a valid call with a random
//! tail, and valid calls in which bits are flipped, bytes replaced, inserted or cut out. What still
//! decodes as a call is signed by an account with money and applied. A failure prints the seed:
//!
//! `QUITTANCE_FUZZ_SEED=.. QUITTANCE_FUZZ_CALLS=1000000 cargo test -p quittance-runtime fuzz`

use super::{
	chain::signed,
	check_invariants,
	jobs::{description, offer, TERMS},
	new_chain,
};
use crate::{
	configs::accounts::ProxyType,
	constants::{currency::QTC, time::EPOCH_SLOTS},
	presets, *,
};
use codec::{Decode, DecodeLimit, Encode};
use frame_support::{traits::fungible::Mutate, weights::Weight};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_miners::{Capabilities, Endpoint};
use pallet_staking::RewardDestination;
use pallet_zk_receipts::{KeyBytes, Possession, ReceiptBatch, Schema};
use quittance_types::{
	delivery_commitment, heartbeat_message, hot_key_message, late_commitment, BasicClaims,
	BasicReceipt, Blob, Body, CircuitKind, FieldBytes, Header as ReceiptHeader, IssuerKeys, Level,
	MemberFinding, Receipt, Setup, TransparentReceipt,
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie, One};
use sp_runtime::transaction_validity::TransactionSource;

/// Inputs of a run that is not told how many.
const CALLS: u64 = 20_000;

/// Inputs of a block. A million make no more blocks than the chain keeps hashes of, of which the first is
/// what transactions are signed for.
const BLOCK: u64 = 500;

/// Who signs. Alice is a validator and Dave is an issuer.
const SIGNERS: [Sr25519Keyring; 5] = [Alice, Bob, Charlie, Dave, Eve];

fn number(variable: &str, otherwise: impl FnOnce() -> u64) -> u64 {
	match std::env::var(variable) {
		Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is no number")),
		Err(_) => otherwise(),
	}
}

fn basic_receipt() -> Receipt<AccountId> {
	let header = ReceiptHeader {
		genesis: System::block_hash(0).into(),
		pallet: 40,
		circuit: [1; 32],
		subject: Some(FieldBytes([2; 32])),
		arguments: [3; 32],
		submitter: Some(Bob.to_account_id()),
		payee: Bob.to_account_id(),
		valid_until: 1_000,
		nonce: 0,
	};
	let claims = BasicClaims {
		amount: 5,
		expires_at: 2_000,
		as_of: 1,
		nullifier: FieldBytes([4; 32]),
		issuer_root: FieldBytes([5; 32]),
		issuer_index: 0,
	};
	Receipt::Basic(BasicReceipt { header, claims, proof: [6; 256] })
}

fn transparent_receipt() -> Receipt<AccountId> {
	let body = Body {
		units: 1,
		unit_price: 5,
		amount: 5,
		start: 1,
		end: 1,
		expires_at: 1_001,
		serial: 9,
		output: [1; 32],
	};
	Receipt::Transparent(TransparentReceipt {
		issuer: Dave.to_account_id(),
		body,
		signature: [7; 64],
	})
}

fn capabilities() -> Capabilities {
	Capabilities {
		circuits: vec![[1; 32]].try_into().expect("it is short"),
		levels: vec![Level::Transparent].try_into().expect("it is short"),
		max_constraints: 1_000,
		largest_model: 1 << 40,
		fhe_parameters: vec![[6; 32]].try_into().expect("it is short"),
		region: b"eu-1".to_vec().try_into().expect("it is short"),
	}
}

/// Every call of our own pallets.
pub(super) fn own_calls() -> Vec<RuntimeCall> {
	use pallet_miners::Call as Registry;
	use pallet_model_marketplace::Call as Jobs;
	use pallet_panel::Call as Panels;
	use pallet_zk_receipts::Call as Receipts;
	let bob = Bob.to_account_id();
	let model = ModelMarketplace::model_id(&bob, &description());
	let job = 0;
	let circuit = [1; 32];
	let issuer = Dave.to_account_id();
	let keys = IssuerKeys { sr25519: [8; 32], babyjubjub: [9; 64] };
	let receipts = vec![(0, basic_receipt()), (1, transparent_receipt()), (0, basic_receipt())];
	let receipts_calls = [
		Receipts::register_circuit {
			kind: CircuitKind::BasicReceipt,
			key: KeyBytes::truncate_from(vec![1; 448 + 64 * 10]),
			schema: Schema::truncate_from(b"schema".to_vec()),
			setup: Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] },
		},
		Receipts::remove_circuit { circuit },
		Receipts::pause_circuit { circuit },
		Receipts::resume_circuit { circuit },
		Receipts::retire_circuit { circuit },
		Receipts::approve_circuit { circuit },
		Receipts::register_issuer {
			keys,
			possession: Possession { sr25519: [1; 64], babyjubjub: [2; 96] },
		},
		Receipts::admit_issuer { issuer: issuer.clone(), keys },
		Receipts::remove_issuer { issuer: issuer.clone() },
		Receipts::withdraw_issuer_bond {},
		Receipts::resign_issuer {},
		Receipts::submit_receipt { job, receipt: Box::new(basic_receipt()) },
		Receipts::submit_receipt { job, receipt: Box::new(transparent_receipt()) },
		Receipts::submit_receipt_batch { receipts: ReceiptBatch::truncate_from(receipts) },
	];
	let (output, salt) = (Blob { digest: [8; 32], size: 9 }, [9; 32]);
	let miner: [u8; 32] = Charlie.to_account_id().into();
	let delivered = delivery_commitment(job, &miner, &output, &salt);
	let late = late_commitment(job, &miner, &FieldBytes([4; 32]));
	let jobs_calls = [
		Jobs::register_model { description: Box::new(description()), terms: TERMS },
		Jobs::list_model { model },
		Jobs::suspend_model { model },
		Jobs::retire_model { model },
		Jobs::remove_model { model },
		Jobs::set_terms { model, terms: TERMS },
		Jobs::pay_royalties { model },
		Jobs::post_job { offer: Box::new(offer(model, issuer)) },
		Jobs::lock_job { job },
		Jobs::deliver_job { job, output },
		Jobs::commit_delivery { job, commitment: delivered },
		Jobs::reveal_delivery { job, output, salt },
		Jobs::commit_late { job, commitment: late },
		Jobs::withdraw_commitment { job, miner: Charlie.to_account_id() },
		Jobs::slash_job { job },
		Jobs::advance_job { job },
		Jobs::fulfil_job { job },
		Jobs::refund_job { job },
		Jobs::cancel_job { job },
		Jobs::claim_malformed { job, bytes: b"no input".to_vec().try_into().expect("it is short") },
		Jobs::review_job { job, rating: 5, digest: [1; 32] },
		Jobs::remove_review { model, job },
		Jobs::lock_private_job { job, payee: FieldBytes([4; 32]), opening_key: [5; 32] },
		Jobs::send_opening { job, nonce: 1, opening: Box::new([1; 160]) },
		Jobs::decline_job { job },
		Jobs::remove_job { job },
	];
	let panel_calls = [
		Panels::commit { job, commitment: [1; 32] },
		Panels::reveal { job, finding: MemberFinding::Right { candidate: 0, amount: 5 }, salt },
		Panels::close_round { job },
	];
	let endpoint = || Endpoint::truncate_from(b"https://miner.example/".to_vec());
	let (hot_key, genesis) = (Eve.to_account_id(), System::block_hash(0));
	// Charlie's, so that it registers when Charlie sends it.
	let message =
		hot_key_message(&genesis.into(), &Charlie.to_account_id().into(), &hot_key.clone().into());
	let possession = Eve.sign(&message).0;
	let miners_calls = [
		Registry::register {
			hot_key: hot_key.clone(),
			possession,
			bond: 400 * QTC,
			capabilities: capabilities(),
			endpoint: endpoint(),
		},
		Registry::rotate_hot_key { new: hot_key, possession },
		Registry::cancel_rotation {},
		Registry::set_capabilities { capabilities: capabilities() },
		Registry::set_endpoint { endpoint: endpoint() },
		Registry::bond_more { amount: QTC },
		Registry::unbond { amount: QTC },
		Registry::withdraw_unbonded {},
		Registry::leave {},
		Registry::heartbeat { miner: Charlie.to_account_id(), epoch: 0, signature: [1; 64] },
		Registry::pause_matching {},
		Registry::resume_matching {},
	];
	use pallet_confidential_settlement::{Call as Pool, PoolCircuit};
	let pool_calls = [
		super::pool::deposit(),
		super::pool::transfer(),
		super::pool::withdraw(QTC),
		super::private_jobs::post(),
		super::private_jobs::settle(0),
		super::private_jobs::settle_verdict(0),
		Pool::set_circuit { used_for: PoolCircuit::Withdraw, circuit }.into(),
		Pool::set_auditor { key: Box::new([1; 64]) }.into(),
		Pool::clear_auditor {}.into(),
		Pool::pause {}.into(),
		Pool::resume {}.into(),
	];
	let receipts_calls = receipts_calls.into_iter().map(RuntimeCall::ZkReceipts);
	let jobs_calls = jobs_calls.into_iter().map(RuntimeCall::ModelMarketplace);
	let miners_calls = miners_calls.into_iter().map(RuntimeCall::Miners);
	let panel_calls = panel_calls.into_iter().map(RuntimeCall::Panel);
	receipts_calls
		.chain(jobs_calls)
		.chain(miners_calls)
		.chain(panel_calls)
		.chain(pool_calls)
		.collect()
}

/// Those, and some of others' pallets.
fn corpus() -> Vec<RuntimeCall> {
	let remark = || RuntimeCall::System(frame_system::Call::remark { remark: vec![1; 20] });
	let dest: Address = Charlie.to_account_id().into();
	let others = [
		remark(),
		RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death {
			dest: dest.clone(),
			value: QTC,
		}),
		RuntimeCall::Balances(pallet_balances::Call::transfer_all { dest, keep_alive: false }),
		RuntimeCall::Balances(pallet_balances::Call::burn { value: QTC, keep_alive: true }),
		RuntimeCall::Session(pallet_session::Call::purge_keys {}),
		RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(remark()) }),
		RuntimeCall::Grandpa(pallet_grandpa::Call::note_stalled {
			delay: 1,
			best_finalized_block_number: 1,
		}),
		RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: 1 }),
		RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![remark(), remark()] }),
		RuntimeCall::Utility(pallet_utility::Call::as_derivative {
			index: 3,
			call: Box::new(remark()),
		}),
		RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
			delegate: Eve.to_account_id().into(),
			proxy_type: ProxyType::Miner,
			delay: 0,
		}),
		RuntimeCall::Proxy(pallet_proxy::Call::proxy {
			real: Bob.to_account_id().into(),
			force_proxy_type: None,
			call: Box::new(remark()),
		}),
		RuntimeCall::Multisig(pallet_multisig::Call::as_multi {
			threshold: 2,
			other_signatories: vec![Charlie.to_account_id()],
			maybe_timepoint: None,
			call: Box::new(remark()),
			max_weight: Weight::from_parts(1_000_000_000, 10_000),
		}),
		RuntimeCall::Preimage(pallet_preimage::Call::note_preimage { bytes: vec![5; 100] }),
		RuntimeCall::Staking(pallet_staking::Call::bond {
			value: 2_000 * QTC,
			payee: RewardDestination::Staked,
		}),
		RuntimeCall::Staking(pallet_staking::Call::validate { prefs: Default::default() }),
		RuntimeCall::Staking(pallet_staking::Call::nominate {
			targets: vec![Alice.to_account_id().into()],
		}),
		RuntimeCall::Staking(pallet_staking::Call::unbond { value: QTC }),
		RuntimeCall::Staking(pallet_staking::Call::withdraw_unbonded { num_slashing_spans: 0 }),
		RuntimeCall::Staking(pallet_staking::Call::payout_stakers {
			validator_stash: Alice.to_account_id(),
			era: 0,
		}),
		RuntimeCall::VoterList(pallet_bags_list::Call::rebag {
			dislocated: Alice.to_account_id().into(),
		}),
		RuntimeCall::SafeMode(pallet_safe_mode::Call::enter {}),
		RuntimeCall::Treasury(pallet_treasury::Call::payout { index: 0 }),
	];
	own_calls().into_iter().chain(others).collect()
}

/// A miner that signs nothing else, so that it is one to the end, and its hot key.
const MINER: (Sr25519Keyring, Sr25519Keyring) = (Ferdie, One);

/// The registration of [`MINER`].
fn registration() -> RuntimeCall {
	let genesis = System::block_hash(0).into();
	let (miner, hot_key) = (MINER.0.to_account_id(), MINER.1.to_account_id());
	let message = hot_key_message(&genesis, &miner.into(), &hot_key.clone().into());
	RuntimeCall::Miners(pallet_miners::Call::register {
		hot_key,
		possession: MINER.1.sign(&message).0,
		bond: 400 * QTC,
		capabilities: capabilities(),
		endpoint: Endpoint::truncate_from(b"https://miner.example/".to_vec()),
	})
}

/// The heartbeat that its hot key would send now.
fn heartbeat_now() -> RuntimeCall {
	let (epoch, miner) = (Babe::epoch_index(), MINER.0.to_account_id());
	let genesis = System::block_hash(0).into();
	let message = heartbeat_message(&genesis, &miner.clone().into(), epoch, &Miners::epoch_seed());
	let signature = MINER.1.sign(&message).0;
	RuntimeCall::Miners(pallet_miners::Call::heartbeat { miner, epoch, signature })
}

/// As the node itself sends a call.
fn unsigned(call: RuntimeCall) -> UncheckedExtrinsic {
	<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call)
}

/// Changes a few places of an encoding.
fn mutate(bytes: &mut Vec<u8>, rng: &mut StdRng) {
	for _ in 0..rng.gen_range(1..=4) {
		if bytes.is_empty() {
			return;
		}
		let place = rng.gen_range(0..bytes.len());
		match rng.gen_range(0..6) {
			0 => bytes[place] ^= 1 << rng.gen_range(0..8),
			1 => bytes[place] = rng.gen(),
			2 => bytes[place] = [0, 1, 0x7f, 0x80, 0xff][rng.gen_range(0..5)],
			3 => bytes.insert(place, rng.gen()),
			4 => drop(bytes.remove(place)),
			_ => {
				let end = (place + rng.gen_range(1..17)).min(bytes.len());
				let value = if rng.gen() { 0xff } else { 0 };
				bytes[place..end].fill(value);
			},
		}
	}
}

fn random_bytes(rng: &mut StdRng, most: usize) -> Vec<u8> {
	let length = rng.gen_range(0..=most);
	(0..length).map(|_| rng.gen()).collect()
}

/// As a block starts: what earlier calls took of it is forgotten.
fn start_afresh() {
	frame_system::BlockWeight::<Runtime>::kill();
	frame_system::BlockSize::<Runtime>::kill();
	System::reset_events();
}

#[test]
fn trap_23_no_bytes_make_the_runtime_panic() {
	let seed = number("QUITTANCE_FUZZ_SEED", rand::random);
	let calls = number("QUITTANCE_FUZZ_CALLS", || CALLS);
	println!("QUITTANCE_FUZZ_SEED={seed} QUITTANCE_FUZZ_CALLS={calls}");
	let mut rng = StdRng::seed_from_u64(seed);
	let mut refused = std::collections::BTreeMap::new();
	let (mut decoded, mut applied, mut succeeded, mut heartbeats) = (0u64, 0u64, 0u64, 0u64);
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		super::chain::start_block(0);
		super::pool::put_in_force();
		let first = signed(Alice, 0, super::pool::deposit());
		assert_eq!(Executive::apply_extrinsic(first), Ok(Ok(())));
		// The calls of the corpus are under the root of this block's end.
		super::chain::next_block(1);
		// Root could end the chain; what others may not do is tried by them.
		pallet_sudo::Key::<Runtime>::kill();
		let register = signed(MINER.0, 0, registration());
		assert_eq!(Executive::apply_extrinsic(register), Ok(Ok(())));
		let valid: Vec<Vec<u8>> = corpus().iter().map(Encode::encode).collect();
		let mut issuance = Balances::total_issuance();
		for input in 0..calls {
			if input % BLOCK == BLOCK - 1 {
				// Sometimes into another epoch.
				super::chain::next_block(rng.gen_range(1..EPOCH_SLOTS));
				start_afresh();
				let outcome = Executive::apply_extrinsic(unsigned(heartbeat_now()));
				heartbeats += u64::from(matches!(outcome, Ok(Ok(()))));
			}
			let mut bytes = match rng.gen_range(0..50) {
				0 => heartbeat_now().encode(),
				_ => valid[rng.gen_range(0..valid.len())].clone(),
			};
			match rng.gen_range(0..8) {
				0 => {
					// As the pool meets it, signature and all.
					let bytes = random_bytes(&mut rng, 300);
					if let Ok(extrinsic) = UncheckedExtrinsic::decode(&mut &bytes[..]) {
						decoded += 1;
						let source = TransactionSource::External;
						let best = System::block_hash(0);
						let _ = Executive::validate_transaction(source, extrinsic.clone(), best);
						let _ = Executive::apply_extrinsic(extrinsic);
					}
					continue;
				},
				1 | 2 => {
					bytes.truncate(rng.gen_range(0..=bytes.len()));
					bytes.extend(random_bytes(&mut rng, 600));
				},
				3 => {},
				_ => mutate(&mut bytes, &mut rng),
			}
			let depth = frame_support::MAX_EXTRINSIC_DEPTH;
			let Ok(call) = RuntimeCall::decode_with_depth_limit(depth, &mut &bytes[..]) else {
				continue;
			};
			decoded += 1;
			if rng.gen_range(0..8) == 0 {
				// Without a signer, as heartbeats come.
				let _ = Executive::apply_extrinsic(unsigned(call));
				continue;
			}
			let signer = SIGNERS[rng.gen_range(0..SIGNERS.len())];
			// Some calls give everything away.
			if Balances::free_balance(signer.to_account_id()) < 10_000 * QTC {
				let given = Balances::mint_into(&signer.to_account_id(), 100_000 * QTC);
				issuance += given.expect("there is room for more money");
			}
			let nonce = System::account_nonce(signer.to_account_id());
			let outcome = Executive::apply_extrinsic(signed(signer, nonce, call));
			applied += u64::from(outcome.is_ok());
			succeeded += u64::from(matches!(outcome, Ok(Ok(()))));
			if let Err(error) = outcome {
				*refused.entry(format!("{error:?}")).or_insert(0u64) += 1;
			}
			if input % 20 == 0 {
				start_afresh();
			}
		}
		check_invariants();
		assert!(Balances::total_issuance() <= issuance, "money was made");
	});
	println!("refused before dispatch: {refused:?}");
	println!(
		"{decoded} of {calls} inputs decoded, {applied} applied, {succeeded} succeeded, \
		 {heartbeats} heartbeats were valid"
	);
	assert!(decoded > calls / 4 && applied > calls / 8 && succeeded > calls / 50);
	assert!(heartbeats > 0, "no heartbeat was valid");
}
