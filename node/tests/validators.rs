//! Validators as processes. Two: finality needs both. Four: one crashes and comes back, a fifth joins
//! them, and one signs two blocks for the same slot.

mod node_process;

use codec::Encode;
use jsonrpsee_workers::rpc_params;
use node_process::{decode, until, Node, PAUSE, TIMEOUT};
use polkadot_sdk::*;
use quittance_runtime as runtime;
use runtime::{
	constants::currency::QTC, presets, signing, AccountId, Hash, Header, Runtime, RuntimeCall,
	RuntimeEvent, SessionKeys,
};
use sc_rpc::author::GeneratedSessionKeys;
use sp_consensus_babe::{
	digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
	AuthorityId, BabeAuthorityWeight, EquivocationProof, OpaqueKeyOwnershipProof, KEY_TYPE,
};
use sp_core::Bytes;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::{Digest, SignedBlock},
	DigestItem, DispatchError, OpaqueExtrinsic, Perbill,
};
use sp_staking::{offence::OffenceSeverity, SessionIndex};
use std::{
	env,
	path::Path,
	time::{Duration, Instant},
};

/// Blocks past a height that count as finality going on.
const PROGRESS: u32 = 3;

/// How long a chain with one of two validators is watched standing still.
const STANDSTILL: Duration = Duration::from_secs(12);

/// Blocks that finality may still go up by when one validator is gone: votes under way.
const UNDER_WAY: u32 = 2;

/// What Eve puts at stake, of the million that the genesis gives her.
const BOND: runtime::Balance = 200_000 * QTC;

/// Proof that a key belonged to a validator in a certain session.
type KeyOwnerProof = <Runtime as pallet_babe::Config>::KeyOwnerProof;

/// A report of an equivocation: the two headers, and whose key signed them.
type Report = (EquivocationProof<Header>, KeyOwnerProof);

impl Node {
	/// Where others reach this node, with the identity it wrote to its log.
	async fn address(&mut self) -> String {
		let started = Instant::now();
		loop {
			self.ensure_running();
			let log = std::fs::read_to_string(self.log()).unwrap_or_default();
			let identity = log
				.split_once("Local node identity is: ")
				.and_then(|(_, rest)| rest.split_whitespace().next());
			if let Some(identity) = identity {
				return format!("/ip4/127.0.0.1/tcp/{}/p2p/{identity}", self.p2p.port());
			}
			assert!(started.elapsed() < TIMEOUT, "{} wrote no identity", self.name);
			tokio::time::sleep(PAUSE).await;
		}
	}

	async fn validators(&self, at: Hash) -> Vec<AccountId> {
		let key = pallet_session::Validators::<Runtime>::hashed_key();
		self.value(&key, at).await.expect("a chain has validators")
	}

	async fn babe_authorities(&self, at: Hash) -> Vec<(AuthorityId, BabeAuthorityWeight)> {
		let key = pallet_babe::Authorities::<Runtime>::hashed_key();
		self.value(&key, at).await.expect("a chain has authorities")
	}

	/// All that `staker` has at stake.
	async fn stake(&self, staker: &AccountId, at: Hash) -> runtime::Balance {
		let key = pallet_staking::Ledger::<Runtime>::hashed_key_for(staker);
		let ledger: Option<pallet_staking::StakingLedger<Runtime>> = self.value(&key, at).await;
		ledger.expect("a validator has a ledger").total
	}

	async fn next_nonce(&self, signer: Sr25519Keyring) -> u32 {
		self.ask("system_accountNextIndex", rpc_params![signer.to_account_id()]).await
	}

	/// Puts `call`, signed by `signer`, into the pool.
	async fn submit(&self, signer: Sr25519Keyring, nonce: u32, call: RuntimeCall) -> Submitted {
		let extrinsic: OpaqueExtrinsic =
			signing::signed(signer, self.hash(0).await, nonce, call).into();
		let from = self.final_height().await + 1;
		let bytes = Bytes(extrinsic.encode());
		let _: Hash = self.ask("author_submitExtrinsic", rpc_params![bytes]).await;
		Submitted { extrinsic, from }
	}

	/// Waits until an extrinsic is in a final block.
	async fn included(&self, submitted: Submitted) -> Included {
		let Submitted { extrinsic, from } = submitted;
		self.find(from, "the extrinsic is in a final block", async |hash: Hash, header: Header| {
			let block: Option<SignedBlock<runtime::opaque::Block>> =
				self.ask("chain_getBlock", rpc_params![hash]).await;
			let extrinsics = block.expect("the node has the block").block.extrinsics;
			let index = extrinsics.iter().position(|other| *other == extrinsic)?;
			let phase = frame_system::Phase::ApplyExtrinsic(index as u32);
			let events = self
				.events(hash)
				.await
				.into_iter()
				.filter(|record| record.phase == phase)
				.map(|record| record.event)
				.collect();
			Some(Included { block: hash, parent: header.parent_hash, events })
		})
		.await
	}
}

/// An extrinsic in the pool.
struct Submitted {
	extrinsic: OpaqueExtrinsic,
	/// The lowest height at which it can become final.
	from: u32,
}

/// An extrinsic in a final block.
struct Included {
	block: Hash,
	parent: Hash,
	/// Only those of the extrinsic.
	events: Vec<RuntimeEvent>,
}

impl Included {
	fn outcome(&self) -> Result<(), DispatchError> {
		self.events
			.iter()
			.find_map(|event| match event {
				RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }) => Some(Ok(())),
				RuntimeEvent::System(frame_system::Event::ExtrinsicFailed {
					dispatch_error,
					..
				}) => Some(Err(*dispatch_error)),
				_ => None,
			})
			.expect("an extrinsic has an outcome")
	}
}

/// Waits until the block at `height` is final on all nodes, and the same.
async fn agree(nodes: &[Node], height: u32) {
	let mut known = None;
	for node in nodes {
		node.final_from(height).await;
		let hash = node.hash(height).await;
		assert_eq!(*known.get_or_insert(hash), hash, "{}: block {height}", node.name);
	}
}

/// Waits until finality has gone on for all nodes, from where the first one is now.
async fn finality_goes_on(nodes: &[Node]) {
	let now = nodes[0].final_height().await;
	agree(nodes, now + UNDER_WAY + PROGRESS).await;
}

/// Starts validators that find each other by the first, and waits until blocks are final on all.
async fn started(mut nodes: Vec<Node>) -> Vec<Node> {
	nodes[0].start();
	let bootnode = nodes[0].address().await;
	for node in &mut nodes[1..] {
		node.bootnode = Some(bootnode.clone());
	}
	nodes[1].start();
	if nodes.len() > 2 {
		// Two of four make blocks and no final ones. A newcomer's warp sync leads to a block that is final. Where that
		// was block 1, the newcomer was seen to end with "State already discarded" for it and not to go on: docs/node.md.
		nodes[0].answers().await;
		until("two of four validators make blocks", async || {
			let best: Option<Header> = nodes[0].ask("chain_getHeader", rpc_params![]).await;
			best.filter(|header| header.number > 2)
		})
		.await;
	}
	for node in &mut nodes[2..] {
		node.start();
	}
	for node in &mut nodes {
		node.answers().await;
	}
	agree(&nodes, PROGRESS).await;
	nodes
}

/// Finality needs three of four: it survives the crash of one, who comes back with what it had.
async fn one_crashes_and_comes_back(nodes: &mut [Node]) {
	let bob = nodes.iter().position(|node| node.name == "bob").unwrap();
	nodes[bob].kill();
	let at_death = nodes[0].final_height().await;
	nodes[0].final_from(at_death + UNDER_WAY + PROGRESS).await;

	nodes[bob].start();
	nodes[bob].answers().await;
	finality_goes_on(nodes).await;
}

/// Eve, who is nobody at genesis, becomes a validator with keys that never left her node.
async fn eve_joins(nodes: &mut Vec<Node>, program: &str, folder: &Path) {
	// Warp sync needs three peers, which she has.
	let identity = &["--name=eve", "--rpc-methods=unsafe", "--sync=warp"];
	let mut eve = Node::new("eve", presets::LOCAL, identity, program, folder);
	eve.bootnode = Some(nodes[0].address().await);
	eve.start();
	eve.answers().await;
	let alice = &nodes[0];
	eve.final_from(alice.final_height().await).await;
	let log = std::fs::read_to_string(eve.log()).unwrap();
	assert!(log.contains("Warp sync is complete"), "eve took every block instead of a proof");

	let account = Sr25519Keyring::Eve.to_account_id();
	assert!(!alice.validators(alice.final_head().await.0).await.contains(&account));
	// The proof is for this account alone: nobody else can register the keys.
	let owner = Bytes(account.encode());
	let generated: GeneratedSessionKeys =
		eve.ask("author_rotateKeysWithOwner", rpc_params![owner]).await;
	let keys: SessionKeys = decode(&generated.keys.0);
	let proof = generated.proof.expect("the runtime proves whose the keys are").0;

	let prefs = pallet_staking::ValidatorPrefs {
		commission: Perbill::from_percent(10),
		..Default::default()
	};
	let calls = [
		RuntimeCall::Staking(pallet_staking::Call::bond {
			value: BOND,
			payee: pallet_staking::RewardDestination::Staked,
		}),
		RuntimeCall::Session(pallet_session::Call::set_keys { keys: keys.clone(), proof }),
		RuntimeCall::Staking(pallet_staking::Call::validate { prefs }),
	];
	let mut submitted = Vec::new();
	for (nonce, call) in (alice.next_nonce(Sr25519Keyring::Eve).await..).zip(calls) {
		submitted.push(alice.submit(Sr25519Keyring::Eve, nonce, call).await);
	}
	let mut ready = 0;
	for submitted in submitted {
		let included = alice.included(submitted).await;
		assert_eq!(included.outcome(), Ok(()), "{:?}", included.events);
		ready = alice.header(included.block).await.number;
	}

	let elected = alice
		.find(ready, "Eve is a validator", async |hash: Hash, header: Header| {
			alice.validators(hash).await.contains(&account).then_some(header.number)
		})
		.await;
	alice
		.find(elected, "a block of Eve's is final", async |hash: Hash, header: Header| {
			let author = pre_digest(&header).authority_index() as usize;
			// The first block of an epoch is by one of its own authorities, which are those of the
			// state after it.
			let authorities = alice.babe_authorities(hash).await;
			(authorities[author].0 == keys.babe).then_some(())
		})
		.await;

	nodes.push(eve);
	finality_goes_on(nodes).await;
}

fn pre_digest(header: &Header) -> PreDigest {
	let logs = &header.digest.logs;
	logs.iter().find_map(|log| log.as_babe_pre_digest()).expect("a block is of BABE's")
}

/// A final block in the first session of an era. A report made from it is processed in the same
/// era, in which alone an offender is disabled.
async fn early_in_an_era(node: &Node) -> (Hash, Header) {
	until("the first session of an era", async || {
		let (hash, header) = node.final_head().await;
		let key = pallet_session::CurrentIndex::<Runtime>::hashed_key();
		let session: SessionIndex = node.value(&key, hash).await?;
		let key = pallet_staking::ActiveEra::<Runtime>::hashed_key();
		let era: pallet_staking::ActiveEraInfo = node.value(&key, hash).await?;
		let key = pallet_staking::ErasStartSessionIndex::<Runtime>::hashed_key_for(era.index);
		let first: SessionIndex = node.value(&key, hash).await?;
		(session == first).then_some((hash, header))
	})
	.await
}

/// A header of Dave's that no node has seen: a sibling of `block` in its slot.
fn forged(block: &Header, authority_index: u32, state_root: Hash) -> Header {
	let slot = pre_digest(block).slot();
	// What is checked is the slot, the author and the seal; that the slot was the author's is not.
	let claim = PreDigest::SecondaryPlain(SecondaryPlainPreDigest { authority_index, slot });
	let mut header = Header {
		parent_hash: block.parent_hash,
		number: block.number,
		state_root,
		extrinsics_root: Hash::zero(),
		digest: Digest { logs: vec![DigestItem::babe_pre_digest(claim)] },
	};
	// Sealed as a block's author does it: the signature is of the hash without the seal.
	let signature = Sr25519Keyring::Dave.sign(header.hash().as_bytes());
	header.digest.push(DigestItem::babe_seal(signature.into()));
	header
}

/// A report that Dave made two blocks in the slot of `block`, as his published key allows.
async fn report(node: &Node, hash: Hash, block: &Header) -> Report {
	let offender = AuthorityId::from(Sr25519Keyring::Dave.public());
	let slot = pre_digest(block).slot();
	let authorities = node.babe_authorities(hash).await;
	let index = authorities.iter().position(|(key, _)| *key == offender);
	let index = index.expect("Dave is an authority") as u32;

	// Made in the state of the slot's own session, by which the report is checked.
	let arguments = Bytes((slot, &offender).encode());
	let method = "BabeApi_generate_key_ownership_proof";
	let answer: Bytes = node.ask("state_call", rpc_params![method, arguments, hash]).await;
	let proof: Option<OpaqueKeyOwnershipProof> = decode(&answer.0);
	let proof = proof.expect("Dave's key is in the session").decode();

	let equivocation = EquivocationProof {
		offender,
		slot,
		first_header: forged(block, index, Hash::repeat_byte(1)),
		second_header: forged(block, index, Hash::repeat_byte(2)),
	};
	(equivocation, proof.expect("the proof is one of the runtime's"))
}

fn report_call((equivocation, key_owner_proof): Report) -> RuntimeCall {
	RuntimeCall::Babe(pallet_babe::Call::report_equivocation {
		equivocation_proof: Box::new(equivocation),
		key_owner_proof,
	})
}

/// The account that Dave's key is registered by.
async fn dave(node: &Node, at: Hash) -> AccountId {
	let key = (KEY_TYPE, Sr25519Keyring::Dave.public().0.to_vec());
	let key = pallet_session::KeyOwner::<Runtime>::hashed_key_for(key);
	node.value(&key, at).await.expect("Dave's key is registered")
}

/// A report of which one signature is not Dave's does nothing.
async fn a_false_report_is_refused(node: &Node) {
	let (hash, block) = node.final_head().await;
	let mut false_report = report(node, hash, &block).await;
	match false_report.0.second_header.digest.logs.last_mut() {
		Some(DigestItem::Seal(_, signature)) => signature[0] ^= 1,
		other => panic!("not sealed: {other:?}"),
	}
	let nonce = node.next_nonce(Sr25519Keyring::Alice).await;
	let submitted = node.submit(Sr25519Keyring::Alice, nonce, report_call(false_report)).await;
	let included = node.included(submitted).await;
	assert_eq!(
		included.outcome(),
		Err(pallet_babe::Error::<Runtime>::InvalidEquivocationProof.into())
	);
	let dave = dave(node, hash).await;
	assert_eq!(
		node.stake(&dave, included.block).await,
		node.stake(&dave, included.parent).await,
		"Dave pays nothing"
	);
}

/// A report that holds costs Dave a part of his stake and his place, and counts once.
async fn an_equivocation_is_slashed_once(node: &Node) {
	let (hash, block) = early_in_an_era(node).await;
	let report = report(node, hash, &block).await;
	let slot = report.0.slot;
	let nonce = node.next_nonce(Sr25519Keyring::Alice).await;
	let first = node.submit(Sr25519Keyring::Alice, nonce, report_call(report.clone())).await;
	let again = node.submit(Sr25519Keyring::Alice, nonce + 1, report_call(report)).await;

	let first = node.included(first).await;
	assert_eq!(first.outcome(), Ok(()), "{:?}", first.events);
	let dave = dave(node, first.block).await;
	let validators = node.validators(first.block).await;

	let noted = first.events.iter().any(|event| {
		matches!(
			event,
			RuntimeEvent::Offences(pallet_offences::Event::Offence { kind, slot: noted })
				if kind == b"babe:equivocatio" && *noted == slot.encode()
		)
	});
	assert!(noted, "no offence: {:?}", first.events);

	// One of n: (3 / n)^2 of the stake, and nobody else's.
	let fraction = Perbill::from_rational(3, validators.len() as u32).square();
	let reported = first.events.iter().any(|event| {
		matches!(
			event,
			RuntimeEvent::Staking(pallet_staking::Event::SlashReported {
				validator,
				fraction: reported,
				..
			}) if *validator == dave && *reported == fraction
		)
	});
	assert!(reported, "no slash of {fraction:?}: {:?}", first.events);
	let before = node.stake(&dave, first.parent).await;
	let after = node.stake(&dave, first.block).await;
	let slashed: Vec<_> = first
		.events
		.iter()
		.filter_map(|event| match event {
			RuntimeEvent::Staking(pallet_staking::Event::Slashed { staker, amount }) => {
				Some((staker.clone(), *amount))
			},
			_ => None,
		})
		.collect();
	assert!(after < before, "Dave has {after} of {before}");
	assert_eq!(slashed, [(dave.clone(), before - after)]);
	assert_eq!(before - after, fraction * before);

	let key = pallet_session::DisabledValidators::<Runtime>::hashed_key();
	let disabled: Vec<(u32, OffenceSeverity)> =
		node.value(&key, first.block).await.unwrap_or_default();
	let index = validators.iter().position(|validator| *validator == dave);
	let index = index.expect("Dave is a validator") as u32;
	assert_eq!(disabled, [(index, OffenceSeverity(fraction))]);

	let again = node.included(again).await;
	assert_eq!(again.outcome(), Err(pallet_babe::Error::<Runtime>::DuplicateOffenceReport.into()));
	assert_eq!(node.stake(&dave, again.block).await, after, "Dave pays once");
}

fn program() -> String {
	env::var("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn finality_of_two_needs_both_and_comes_back_with_the_second() {
	let (program, folder) = (program(), tempfile::tempdir().unwrap());
	let node = |name, identity| Node::new(name, presets::PAIR, identity, &program, folder.path());
	let mut nodes = started(vec![node("alice", &["--alice"]), node("bob", &["--bob"])]).await;

	nodes[1].kill();
	let at_death = nodes[0].final_height().await;
	tokio::time::sleep(STANDSTILL).await;
	nodes[0].ensure_running();
	let alone = nodes[0].final_height().await;
	assert!(alone <= at_death + UNDER_WAY, "one of two made {at_death} to {alone} final");

	nodes[1].start();
	nodes[1].answers().await;
	finality_goes_on(&nodes).await;
	for node in &mut nodes {
		node.ensure_running();
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn four_validators_survive_a_crash_a_newcomer_and_an_equivocation() {
	let program = program();
	// Declared before the nodes, so that it is removed after they have ended.
	let folder = tempfile::tempdir().unwrap();
	let node = |name, identity| Node::new(name, presets::LOCAL, identity, &program, folder.path());
	let mut nodes = started(vec![
		node("alice", &["--alice"]),
		node("bob", &["--bob"]),
		node("charlie", &["--charlie"]),
		node("dave", &["--dave"]),
	])
	.await;
	one_crashes_and_comes_back(&mut nodes).await;
	eve_joins(&mut nodes, &program, folder.path()).await;
	a_false_report_is_refused(&nodes[0]).await;
	an_equivocation_is_slashed_once(&nodes[0]).await;
	finality_goes_on(&nodes).await;
	for node in &mut nodes {
		node.ensure_running();
	}
}
