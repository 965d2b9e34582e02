//! Validators as processes. Two: finality needs both. Four: one crashes and comes back, a fifth joins
//! them, and one signs two blocks for the same slot.

use codec::{Decode, Encode};
use jsonrpsee_workers::{
	core::{
		client::{ClientT, Error as RpcError},
		params::ArrayParams,
	},
	http_client::{HttpClient, HttpClientBuilder},
	rpc_params,
};
use polkadot_sdk::*;
use quittance_runtime as runtime;
use runtime::{
	constants::currency::QTC, presets, signing, AccountId, Hash, Header, Runtime, RuntimeCall,
	RuntimeEvent, SessionKeys,
};
use sc_rpc::author::GeneratedSessionKeys;
use serde::de::DeserializeOwned;
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
	fs::File,
	net::{Ipv4Addr, SocketAddr, TcpListener},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

/// Bound of every single wait. The longest is for a new validator to enter: up to two eras, which
/// are 80 s.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Bound of a single answer of a node, which shares its machine with four others.
const ANSWER: Duration = Duration::from_secs(30);

/// Between two looks at a node.
const PAUSE: Duration = Duration::from_millis(300);

/// Blocks past a height that count as finality going on.
const PROGRESS: u32 = 3;

/// How long a chain with one of two validators is watched standing still.
const STANDSTILL: Duration = Duration::from_secs(12);

/// Blocks that finality may still go up by when one validator is gone: votes under way.
const UNDER_WAY: u32 = 2;

/// What Eve puts at stake, of the million that the genesis gives her.
const BOND: runtime::Balance = 200_000 * QTC;

/// Lines of each node's log that are shown when the test fails.
const LOG_LINES: usize = 30;

/// Proof that a key belonged to a validator in a certain session.
type KeyOwnerProof = <Runtime as pallet_babe::Config>::KeyOwnerProof;

/// A report of an equivocation: the two headers, and whose key signed them.
type Report = (EquivocationProof<Header>, KeyOwnerProof);

/// A node's process and folder. The process is killed when this is dropped.
struct Node {
	name: &'static str,
	program: String,
	folder: PathBuf,
	/// The preset of its chain.
	chain: &'static str,
	/// What tells who the node is.
	identity: &'static [&'static str],
	rpc: SocketAddr,
	p2p: SocketAddr,
	/// Where the first one listens.
	bootnode: Option<String>,
	client: HttpClient,
	process: Option<Child>,
}

impl Node {
	fn new(
		name: &'static str,
		chain: &'static str,
		identity: &'static [&'static str],
		program: &str,
		folder: &Path,
	) -> Self {
		let rpc = free_port();
		let client = HttpClientBuilder::default()
			.request_timeout(ANSWER)
			.build(format!("http://{rpc}"))
			.expect("the address is one");
		Self {
			name,
			program: program.into(),
			folder: folder.join(name),
			chain,
			identity,
			rpc,
			p2p: free_port(),
			bootnode: None,
			client,
			process: None,
		}
	}

	fn start(&mut self) {
		std::fs::create_dir_all(&self.folder).unwrap();
		let log = File::options().create(true).append(true).open(self.log()).unwrap();
		let mut command = Command::new(&self.program);
		command
			.args(self.identity)
			.arg(format!("--chain={}", self.chain))
			.args(["--validator", "--database=paritydb", "--base-path"])
			.arg(self.folder.join("chain"))
			.arg(format!("--rpc-port={}", self.rpc.port()))
			.arg(format!("--listen-addr=/ip4/127.0.0.1/tcp/{}", self.p2p.port()))
			// The node makes its network key on the first start and keeps it for the others.
			.args(["--unsafe-force-node-key-generation", "--allow-private-ip"])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(self.bootnode.iter().map(|address| format!("--bootnodes={address}")))
			.stdin(Stdio::null())
			.stdout(log.try_clone().unwrap())
			.stderr(log);
		self.process = Some(command.spawn().expect("the node starts"));
	}

	/// Ends the process without any warning, as a power cut would.
	fn kill(&mut self) {
		if let Some(mut process) = self.process.take() {
			// `Child::kill` is SIGKILL on this process id. This runs in `drop`, too, where a second
			// panic would hide the first.
			let _ = process.kill();
			let _ = process.wait();
		}
	}

	fn ensure_running(&mut self) {
		let status = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
		if let Some(status) = status {
			panic!("{} ended with {status}", self.name);
		}
	}

	fn log(&self) -> PathBuf {
		self.folder.join("log")
	}

	/// Waits until the node answers.
	async fn answers(&mut self) {
		let started = Instant::now();
		while self.request::<Hash>("chain_getFinalizedHead", rpc_params![]).await.is_err() {
			self.ensure_running();
			assert!(started.elapsed() < TIMEOUT, "{} does not answer", self.name);
			tokio::time::sleep(PAUSE).await;
		}
	}

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

	async fn request<T: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
	) -> Result<T, RpcError> {
		self.client.request(method, params).await
	}

	async fn ask<T: DeserializeOwned>(&self, method: &str, params: ArrayParams) -> T {
		match self.request(method, params).await {
			Ok(answer) => answer,
			Err(error) => panic!("{}: {method}: {error}", self.name),
		}
	}

	async fn header(&self, hash: Hash) -> Header {
		let header: Option<Header> = self.ask("chain_getHeader", rpc_params![hash]).await;
		header.expect("the node has the block")
	}

	/// The block of a height that is final.
	async fn hash(&self, height: u32) -> Hash {
		let hash: Option<Hash> = self.ask("chain_getBlockHash", rpc_params![height]).await;
		hash.expect("the node has the block")
	}

	async fn final_head(&self) -> (Hash, Header) {
		let hash = self.ask("chain_getFinalizedHead", rpc_params![]).await;
		(hash, self.header(hash).await)
	}

	async fn final_height(&self) -> u32 {
		self.final_head().await.1.number
	}

	/// Waits until a block at or above `height` is final.
	async fn final_from(&self, height: u32) {
		until(&format!("{}: final block {height}", self.name), async || {
			(self.final_height().await >= height).then_some(())
		})
		.await
	}

	/// What `look` finds in the first final block, from height `from` on, in which it finds
	/// something.
	async fn find<T>(
		&self,
		from: u32,
		what: &str,
		look: impl AsyncFn(Hash, Header) -> Option<T>,
	) -> T {
		let mut next = from;
		until(what, async || {
			let last = self.final_height().await;
			while next <= last {
				let hash = self.hash(next).await;
				next += 1;
				let found = look(hash, self.header(hash).await).await;
				if found.is_some() {
					return found;
				}
			}
			None
		})
		.await
	}

	/// What the state after block `at` has under `key`.
	async fn value<T: Decode>(&self, key: &[u8], at: Hash) -> Option<T> {
		let key = Bytes(key.to_vec());
		let value: Option<Bytes> = self.ask("state_getStorage", rpc_params![key, at]).await;
		value.map(|bytes| decode(&bytes.0))
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
			// The pallet keeps the type of this storage to itself.
			let key = frame_support::storage::storage_prefix(b"System", b"Events");
			let records: Vec<frame_system::EventRecord<RuntimeEvent, Hash>> =
				self.value(&key, hash).await.expect("a block with an extrinsic has events");
			let phase = frame_system::Phase::ApplyExtrinsic(index as u32);
			let events = records
				.into_iter()
				.filter(|record| record.phase == phase)
				.map(|record| record.event)
				.collect();
			Some(Included { block: hash, parent: header.parent_hash, events })
		})
		.await
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let ended = self.process.as_mut().and_then(|process| process.try_wait().ok().flatten());
		self.kill();
		if std::thread::panicking() {
			let log = std::fs::read_to_string(self.log()).unwrap_or_default();
			let lines: Vec<_> = log.lines().collect();
			let tail = &lines[lines.len().saturating_sub(LOG_LINES)..];
			let status = ended.map_or("ran on".into(), |status| format!("ended with {status}"));
			eprintln!("--- {} ({status}):\n{}", self.name, tail.join("\n"));
		}
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

fn free_port() -> SocketAddr {
	TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

fn decode<T: Decode>(mut bytes: &[u8]) -> T {
	T::decode(&mut bytes).expect("the test's runtime is the node's")
}

/// Asks again until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
	let started = Instant::now();
	loop {
		if let Some(answer) = ask().await {
			return answer;
		}
		assert!(started.elapsed() < TIMEOUT, "not within {TIMEOUT:?}: {what}");
		tokio::time::sleep(PAUSE).await;
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
