//! A job that is paid out of the pool: from the wallet of whoever asks for it to that of whoever does it, by a worker and
//! an issuer, with a node that is started anew between; then everybody has what the protocol says, to the last unit.

use crate::user::{
	amount, finish, free, json, put_circuits_in_force, quittance, secret, words, User,
};
use quittance_cli::market::{
	default_folder, digits, free_address, register_miner, register_model, DevelopmentAccount,
	Digits, IssuerSetup, NodeSetup, PrivateSetup, Process, WorkerSetup,
};
use quittance_client::{AccountId, Chain, Event, Head, JobRecord};
use quittance_types::{CircuitId, JobId};
use std::{collections::BTreeMap, env, fs, path::Path, time::Duration};

const QTC: u128 = 1_000_000_000_000;

/// Price of an image, which only the two parties and whoever reads the input know, how many there are, and how many
/// would be paid.
const UNIT_PRICE: u128 = 700_000_000_000;
const IMAGES: usize = 8;
const IMAGES_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../zkml/models/digits-held-out.pb");
const MAX_UNITS: u128 = 11;

/// What the miner has at stake, and what it gives its hot key for fees.
const BOND: u128 = 200 * QTC;
const FUNDS: u128 = 100 * QTC;

/// The price that the model's owner asks for in clear.
const QUOTE: u64 = 50_000_000_000;

/// How long everything may take.
const LONGEST: Duration = Duration::from_secs(700);

/// So many blocks back a runtime of `fast-runtime` knows hashes.
const BLOCK_HASHES: u64 = 64;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn a_job_is_paid_out_of_the_pool_to_the_last_unit() {
	let program = env::var_os("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::tempdir().unwrap();
	let setup = NodeSetup {
		program: program.into(),
		base_path: folder.path().join("node"),
		port: free_address().await.unwrap().port(),
		archive: true,
		log: folder.path().join("node.log"),
	};
	let played = tokio::time::timeout(LONGEST, play(folder.path(), &setup)).await;
	if played.is_err() {
		let kept = folder.keep();
		panic!("not over after {} s; logs are in {}", LONGEST.as_secs(), kept.display());
	}
}

async fn play(folder: &Path, setup: &NodeSetup) {
	let node = setup.start().await.unwrap();
	let url = setup.url();
	let chain = Chain::connect(&url).await.unwrap();
	let (alice, earnings) = (User::new(folder, "alice", &url), User::new(folder, "earnings", &url));
	let (alice_words, earnings_words) = (words(&alice), words(&earnings));

	let kinds = ["transfer", "withdraw", "post-private-job", "settle", "settle-verdict"];
	let circuits = put_circuits_in_force(&url, &kinds);
	let market = Market::open(folder, &chain, &url, &earnings_words, &circuits).await;
	alice.run(&["shield", "60QTC", "40QTC", "--key", "//Bob"]);

	a_job_that_is_taken_back(&alice, &market, &chain).await;
	let [before, ..] = alice.balance();

	// The job, and a node that is killed when its miner has it.
	let post = market.post(&["--max-units", &MAX_UNITS.to_string()]);
	let post: Vec<_> = post.iter().map(String::as_str).collect();
	let mut waiting = alice.run_until(&post, "taken by");
	node.kill().await.unwrap();
	let node = setup.start().await.unwrap();
	let ended = json(&post, finish(&mut waiting), 0);
	let job = ended["job"].as_u64().unwrap();
	assert_eq!(ended["end"], "paid", "{ended}");
	assert_eq!(ended["miner"], market.miner.account().to_string());
	assert_eq!(ended["issuer"], market.issuer.account().to_string());
	assert_eq!(ended["labels"].as_array().unwrap().len(), IMAGES);
	let paid = UNIT_PRICE * IMAGES as u128;
	let escrowed = UNIT_PRICE * MAX_UNITS;
	assert_eq!((amount(&ended["paid"]), amount(&ended["returned"])), (paid, escrowed - paid));

	// The chain says what it costs beside that, and nothing of the price.
	let facts = Facts::of(&chain, job).await;
	let after = before - facts.post_fee - facts.paid_in - paid;
	alice.has(after);
	earnings.run(&["balance"]);
	earnings.has(paid - facts.settle_fee);
	for price in [UNIT_PRICE, paid, escrowed, escrowed - paid] {
		assert!(!facts.numbers.contains(&price), "{price} is in an event");
	}

	// What is left on the job's account comes back, but for what it has to keep.
	let requester = facts.requester;
	let held = account(&chain, &requester).await;
	assert!(held.1 > 0 && held.0 == amount(&ended["left"]), "{held:?} {ended}");
	let collected = amount(&alice.run(&["job", "collect", &job.to_string()])["collected"]);
	assert!(collected > held.1 && collected < held.0 + held.1, "{collected} of {held:?}");
	alice.has(after + collected);
	assert_eq!(account(&chain, &requester).await.1, 0, "nothing is held");
	// Once more: there is no record to remove and nothing to bring.
	let again = alice.run(&["job", "collect", &job.to_string()]);
	assert_eq!(amount(&again["collected"]), 0);

	// Out of the pool, for the miner.
	let payee = AccountId([0x97; 32]);
	let out = earnings.run(&["unshield", &payee.to_string(), "2QTC"]);
	assert_eq!(free(&chain, &payee).await, 2 * QTC);
	let earned = paid - facts.settle_fee - 2 * QTC - amount(&out["fee"]);
	earnings.has(earned);

	// Nobody else has anything: what is in the pool's account is theirs.
	let view = chain.at(Head::Finalised).await.unwrap();
	let pool = view.pool().await.unwrap();
	let existential_deposit = view.limits().await.unwrap().existential_deposit;
	let custody = view.account(&pool.account).await.unwrap().free;
	assert_eq!(custody, after + collected + earned + existential_deposit);

	restored(&alice, &alice_words, after + collected);
	restored(&earnings, &earnings_words, earned);
	let [posted, settled] = ["private job posted", "private job settled"];
	let expected = [
		"deposited",
		"deposited",
		posted,
		"escrow returned",
		"deposited",
		posted,
		settled,
		"deposited",
	];
	assert_eq!(kinds_of(&alice), expected);
	assert_eq!(kinds_of(&earnings), ["earned", "withdrawn"]);
	market.close().await;

	// When no block's state has the hash of the block with the receipt any more, and the node was started anew since.
	let forgotten = facts.settled_in + BLOCK_HASHES + 1;
	let mut heads = chain.follow(Head::Finalised);
	while heads.next().await.number < forgotten {}
	node.kill().await.unwrap();
	let node = setup.start().await.unwrap();
	let (number, file) = (job.to_string(), folder.join("receipt.path"));
	let file = file.to_str().unwrap();
	let path = ["receipt", "path", &number, "--node", &url, "--save", file];
	assert_eq!(quittance(&path)["saved"], file);
	let shown = quittance(&["receipt", "verify-path", file, "--node", &url]);
	assert_eq!((&shown["job"], &shown["level"]), (&job.into(), &"enhanced".into()), "{shown}");
	for price in [UNIT_PRICE, paid, escrowed, escrowed - paid] {
		assert!(
			!numbers_in(&shown.to_string()).any(|number| number == price),
			"{price} in {shown}"
		);
	}
	node.stop().await.unwrap();
}

/// A job that nobody can take is cancelled by its own account; its escrow is in the wallet again.
async fn a_job_that_is_taken_back(alice: &User, market: &Market, chain: &Chain) {
	let [before, ..] = alice.balance();
	let folder = tempfile::tempdir().unwrap();
	let nobody = AccountId([0x55; 32]).to_string();
	let post = market.post(&["--allow", &nobody, "--detach"]);
	let post: Vec<_> = post.iter().map(String::as_str).collect();
	let posted = alice.run(&post);
	let (job, escrowed) = (posted["job"].as_u64().unwrap(), amount(&posted["escrowed"]));
	assert_eq!(escrowed, UNIT_PRICE * IMAGES as u128);
	let [fee, paid_in] = ["fee", "paid_in"].map(|part| amount(&posted[part]));
	alice.has(before - escrowed - fee - paid_in);
	assert_eq!(amount(&alice.run(&["balance", "--offline"])["escrowed"]), escrowed);

	// Its account's key does what the account can do.
	let number = job.to_string();
	let error = alice.fails(&["job", "collect", &number], 1);
	assert_eq!(error["reason"], "JobNotEnded", "{error}");
	let file = folder.path().join("requester");
	let file = file.to_str().unwrap();
	alice.run(&["job", "requester-key", &number, file]);
	let error = alice.fails(&["job", "requester-key", &number, file], 3);
	assert!(error["detail"].as_str().unwrap().contains("exists"), "{error}");
	let key = format!("@{file}");
	let cancelled = quittance(&["job", "cancel", &number, "--node", &alice.node, "--key", &key]);
	assert!(amount(&cancelled["returned"]) > 0, "{cancelled}");
	alice.has(before - fee - paid_in);
	let ended =
		json(&["job", "open"], alice.command(&["job", "open", &number]).output().unwrap(), 1);
	assert_eq!((&ended["end"], &ended["cause"]), (&"refunded".into(), &"cancelled".into()));
	assert_eq!((amount(&ended["paid"]), amount(&ended["returned"])), (0, escrowed));
	let record = chain.at(Head::Finalised).await.unwrap().job(job).await.unwrap();
	assert!(matches!(record, Some(JobRecord::Ended(_))), "{record:?}");
	let collected = amount(&alice.run(&["job", "collect", &number])["collected"]);
	assert!(collected > 0 && collected < paid_in, "{collected} of {paid_in}");
	alice.has(before - fee - paid_in + collected);
}

/// Forgets all but the words, and has the same.
fn restored(user: &User, words: &str, expected: u128) {
	let history = user.history();
	fs::remove_file(&user.wallet).unwrap();
	let file = user.wallet.with_extension("words");
	secret(&file, words);
	user.run(&["wallet", "restore", "--words-file", file.to_str().unwrap()]);
	user.has(expected);
	assert_eq!(user.history(), history);
}

fn kinds_of(user: &User) -> Vec<String> {
	user.history().iter().map(|row| row["what"].as_str().unwrap().to_owned()).collect()
}

/// What an account can use, and what is held from it.
async fn account(chain: &Chain, account: &AccountId) -> (u128, u128) {
	let account = chain.at(Head::Finalised).await.unwrap().account(account).await.unwrap();
	(account.free, account.held)
}

/// What everybody sees of a private job.
struct Facts {
	requester: AccountId,
	paid_in: u128,
	post_fee: u128,
	settle_fee: u128,
	/// The block that has its receipt.
	settled_in: u64,
	/// All numbers of the events in which it is posted and settled, and between.
	numbers: Vec<u128>,
}

impl Facts {
	async fn of(chain: &Chain, wanted: JobId) -> Self {
		let (mut posted, mut settled, mut numbers) = (None, None, Vec::new());
		let last = chain.head(Head::Finalised).await.unwrap().number;
		for height in 1..=last {
			let block = chain.block_of_height(height).await.unwrap().unwrap();
			let events = chain.at_block(block.hash).await.unwrap().events().await.unwrap();
			for event in &events {
				match event {
					Event::PrivateJobPosted { job, requester, paid_in, fee, .. }
						if *job == wanted =>
					{
						posted = Some((*requester, *paid_in, *fee));
					},
					Event::Settled { job, fee, .. } if *job == wanted => {
						settled = Some((height, *fee));
					},
					_ => (),
				}
				if posted.is_some() {
					numbers.extend(numbers_in(&format!("{event:?}")));
				}
			}
			if settled.is_some() {
				break;
			}
		}
		let (requester, paid_in, post_fee) = posted.unwrap();
		let (settled_in, settle_fee) = settled.unwrap();
		Self { requester, paid_in, post_fee, settle_fee, settled_in, numbers }
	}
}

fn numbers_in(text: &str) -> impl Iterator<Item = u128> + '_ {
	text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

/// Model, miner and issuer.
struct Market {
	miner: DevelopmentAccount,
	issuer: DevelopmentAccount,
	model: String,
	/// The file that says what the model's integers stand for.
	scale: String,
	blobs: String,
	worker: Process,
	signing: Process,
}

impl Market {
	async fn open(
		folder: &Path,
		chain: &Chain,
		url: &str,
		earnings: &str,
		circuits: &[CircuitId],
	) -> Self {
		let at = |name: &str| folder.join(name);
		let account = |uri| DevelopmentAccount::new(uri).unwrap();
		let (miner, hot_key, issuer) =
			(account("//Charlie"), account("//CharlieHot"), account("//Dave"));
		let (blobs, program) = (at("blobs"), env!("CARGO_BIN_EXE_quittance"));
		fs::create_dir_all(&blobs).unwrap();
		let [.., settle, settle_verdict] = *circuits else { panic!("{circuits:?}") };
		let owner = account("//Eve").sender(chain).unwrap();
		let Digits { network, scale, .. } = digits().unwrap();
		let scale_file = at("scale.json");
		fs::write(&scale_file, serde_json::to_vec(&scale).unwrap()).unwrap();
		let (model, ()) = tokio::try_join!(
			register_model(&owner, &network, QUOTE, &blobs),
			register_miner(chain, &miner, &hot_key, vec![settle], BOND, FUNDS),
		)
		.unwrap();
		let issuing = IssuerSetup {
			program: program.into(),
			node: url.to_owned(),
			key: issuer,
			blobs: blobs.clone(),
			store: at("issuer.redb"),
			listen: free_address().await.unwrap(),
			log: at("issuer.log"),
		};
		let signing = issuing.start().await.unwrap();
		let seed = at("earnings.seed");
		secret(&seed, earnings);
		let working = WorkerSetup {
			name: "worker".to_owned(),
			program: program.into(),
			config: at("worker.toml"),
			node: url.to_owned(),
			miner: miner.account(),
			hot_key,
			blobs: blobs.clone(),
			keys: default_folder().unwrap(),
			store: at("worker.redb"),
			circuits: Vec::new(),
			private: Some(PrivateSetup { seed, settle, settle_verdict }),
			issuers: BTreeMap::from([(issuer.account(), format!("http://{}", issuing.listen))]),
			at_once: None,
			malformed_from: 0,
			monitor: None,
			log: at("worker.log"),
		};
		let worker = working.start().unwrap();
		let (model, blobs) = (format!("0x{}", hex::encode(model)), blobs.display().to_string());
		let scale = scale_file.display().to_string();
		Self { miner, issuer, model, scale, blobs, worker, signing }
	}

	/// A command that posts a job.
	fn post(&self, more: &[&str]) -> Vec<String> {
		let price = UNIT_PRICE.to_string();
		let issuer = self.issuer.account().to_string();
		let post = ["job", "post-private", "--model", &self.model, "--blobs", &self.blobs];
		let work = ["--samples", IMAGES_FILE, "--scale", &self.scale];
		let terms = ["--issuer", &issuer, "--unit-price", &price];
		post.iter().chain(&work).chain(&terms).chain(more).map(|word| (*word).to_owned()).collect()
	}

	async fn close(self) {
		self.worker.stop().await.unwrap();
		self.signing.stop().await.unwrap();
	}
}
