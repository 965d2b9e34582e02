//! A miner's receipts by hand, against real processes: proven, sent, and their paths kept and verified, also by a node
//! that was killed meanwhile.

use quittance_cli::market::{
	default_folder, digits, free_address, load_or_set_up, posted, register_circuit, register_miner,
	register_model, DevelopmentAccount, Digits, Failure, IssuerSetup, NodeSetup, Order, Statement,
};
use quittance_client::{calls, Chain, Until};
use quittance_types::{JobId, JobTime, Level, Mode, PriceRamp};
use serde_json::{json, Value};
use std::{
	env, fs,
	path::{Path, PathBuf},
	process::Stdio,
	time::Duration,
};
use tokio::process::Command;

const REQUESTER: &str = "//Bob";
const ISSUER: &str = "//Dave";
const MINER: &str = "//Charlie";
const HOT_KEY: &str = "//CharlieHot";

/// Price of an image, and how many each job has.
const UNIT_PRICE: u64 = 50_000_000_000;
const IMAGES: usize = 2;
const PRICE: u128 = 100_000_000_000;
const ISSUER_FEE: u128 = 100_000_000_000;
const LOCK_BOND: u128 = 5_000_000_000_000;

/// What the miner has at stake, and what it gives its hot key for fees.
const BOND: u128 = 200_000_000_000_000;
const FUNDS: u128 = 1_000_000_000_000_000;

/// Blocks for which a job can be taken, and until its deadline.
const LOCK_TIMEOUT: JobTime = 300;
const TIMEOUT: JobTime = 600;

/// How long everything may take.
const LONGEST: Duration = Duration::from_secs(420);

/// Runs the command to its end and returns its report, or the error it reports.
async fn quittance(arguments: &[&str], code: i32) -> Value {
	let program = env::var_os("QUITTANCE_CLI").map(PathBuf::from);
	let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_quittance").into());
	let output = Command::new(program)
		.args(arguments)
		.args(["--output", "json"])
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output()
		.await
		.expect("the command starts");
	let words = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
	serde_json::from_slice(&output.stdout).expect("a report is JSON")
}

fn text(path: &Path) -> &str {
	path.to_str().expect("the path is text")
}

fn read(path: &Path) -> Value {
	serde_json::from_slice(&fs::read(path).expect("the file is there")).expect("it is JSON")
}

#[tokio::test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn paths_are_kept_beside_receipts_and_verified() {
	let node = env::var_os("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::tempdir().expect("a temporary folder");
	let run = run(folder.path(), node.into());
	let ended = tokio::time::timeout(LONGEST, run).await.expect("it takes too long");
	ended.expect("everything goes well");
}

async fn run(folder: &Path, program: PathBuf) -> Result<(), Failure> {
	let at = |name: &str| folder.join(name);
	let (blobs, keys) = (at("blobs"), default_folder()?);
	for made in [&blobs, &at("node")] {
		fs::create_dir_all(made).map_err(Failure::io("making", made))?;
	}
	let circuit = load_or_set_up(&keys, Statement::BasicReceipt).await?;
	let setup = NodeSetup {
		program,
		base_path: at("node"),
		port: free_address().await?.port(),
		archive: false,
		log: at("node.log"),
	};
	let node = setup.start().await?;
	let (chain, url) = (Chain::connect(&setup.url()).await?, setup.url());

	let account = DevelopmentAccount::new;
	let (requester, issuer) = (account(REQUESTER)?, account(ISSUER)?);
	let (miner, hot_key) = (account(MINER)?, account(HOT_KEY)?);
	let issuer_setup = IssuerSetup {
		program: env::var_os("QUITTANCE_CLI")
			.map(PathBuf::from)
			.unwrap_or_else(|| env!("CARGO_BIN_EXE_quittance").into()),
		node: url.clone(),
		key: issuer,
		blobs: blobs.clone(),
		store: at("issuer.redb"),
		listen: free_address().await?,
		log: at("issuer.log"),
	};
	let signing = issuer_setup.start().await?;
	let spending = requester.sender(&chain)?;
	let Digits { network, images, .. } = digits()?;
	let (registered, model, ()) = tokio::try_join!(
		register_circuit(&spending, &circuit),
		register_model(&spending, &network, UNIT_PRICE, &blobs),
		register_miner(&chain, &miner, &hot_key, vec![circuit.id], BOND, FUNDS),
	)?;
	assert_eq!(registered, circuit.id);

	// Three jobs, taken by the miner's hot key.
	let mut jobs: Vec<JobId> = Vec::new();
	for (place, level) in [Level::Basic, Level::Transparent, Level::Basic].into_iter().enumerate() {
		let order = Order {
			model,
			mode: Mode::Plain,
			weights: network.weights_digest(),
			unit_price: UNIT_PRICE,
			price: PriceRamp::flat(PRICE),
			level,
			circuit: (level == Level::Basic).then_some(circuit.id),
			input_commitment: None,
			issuers: vec![issuer.account()],
			issuer_fee: ISSUER_FEE,
			lock_timeout: LOCK_TIMEOUT,
			timeout: TIMEOUT,
			miner_bond: LOCK_BOND,
			redundancy: 1,
			allow_list: vec![miner.account()],
			proof_required: false,
		};
		let batch = images.batch(place, IMAGES).expect("there are so many");
		let input = order.input(batch.items)?;
		let offer = order.offer(&blobs, &input)?;
		let outcome = spending.submit(&calls::post_job(offer), Until::Included).await?;
		jobs.push(posted(&outcome.events)?.job);
	}
	let locking = hot_key.sender(&chain)?;
	for job in &jobs {
		locking.submit(&calls::lock_job(*job), Until::Finalised).await?;
	}
	// From here on the command signs for it.
	drop(locking);

	let mut files = Vec::new();
	let issuer_address = format!("{}=http://{}", issuer.account(), issuer_setup.listen);
	for job in &jobs {
		let file = at(&format!("receipt-{job}.json"));
		let number = job.to_string();
		let prove = ["receipt", "prove", "--node", &url, "--hot-key", HOT_KEY, "--job", &number];
		let from = ["--blobs", text(&blobs), "--keys", text(&keys), "--issuer", &issuer_address];
		quittance(&[&prove[..], &from, &["--out", text(&file)]].concat(), 0).await;
		files.push(file);
	}

	// One alone, and two together.
	let submit = ["receipt", "submit", "--node", &url, "--key", HOT_KEY];
	let alone = quittance(&[&submit[..], &["--file", text(&files[0])]].concat(), 0).await;
	let two = ["--file", text(&files[1]), "--file", text(&files[2])];
	let together = quittance(&[&submit[..], &two].concat(), 0).await;
	let kept = [&alone["path"], &together["receipts"][0]["path"], &together["receipts"][1]["path"]];
	let levels = ["basic", "transparent", "basic"];
	let paths: Vec<PathBuf> =
		files.iter().map(|file| format!("{}.path", text(file)).into()).collect();
	for (place, path) in paths.iter().enumerate() {
		assert_eq!(kept[place]["file"], json!(text(path)), "{}", kept[place]["missing"]);
		let verified = quittance(&["receipt", "verify-path", text(path), "--node", &url], 0).await;
		assert_eq!(verified["job"], json!(jobs[place]));
		assert_eq!(verified["level"], levels[place]);
		assert_eq!(verified["miner"], json!(miner.account().to_string()), "not its hot key");
		assert_eq!(verified["amount"], json!(PRICE.to_string()));
		assert_eq!(verified["output"].is_string(), levels[place] == "transparent");
	}

	// Without any node, by a root that one has.
	let anchor = read(&paths[0])["anchor"].clone();
	let root = anchor["root"].as_str().expect("a root");
	quittance(&["receipt", "verify-path", text(&paths[0]), "--root", root], 0).await;
	let zeros = format!("0x{}", "00".repeat(32));
	let refused =
		quittance(&["receipt", "verify-path", text(&paths[0]), "--root", &zeros], 1).await;
	assert_eq!(refused["error"]["reason"], "NotInRange");

	// An anchor that is none of the chain's is not believed.
	let forged = at("forged.path");
	let mut other = read(&paths[0]);
	other["anchor"]["root"] = json!(zeros);
	fs::write(&forged, other.to_string()).map_err(Failure::io("writing", &forged))?;
	let refused = quittance(&["receipt", "verify-path", text(&forged), "--node", &url], 1).await;
	assert_eq!(refused["error"]["reason"], "AnotherRoot");

	node.kill().await?;
	let node = setup.start().await?;
	for (place, job) in jobs.iter().enumerate() {
		let again = at(&format!("again-{job}.path"));
		let number = job.to_string();
		let get = ["receipt", "path", &number, "--node", &url, "--save", text(&again)];
		let found = quittance(&get, 0).await;
		assert_eq!(found["saved"], json!(text(&again)));
		assert_eq!(read(&again)["path"]["leaf"], read(&paths[place])["path"]["leaf"]);
		quittance(&["receipt", "verify-path", text(&again), "--node", &url], 0).await;
	}
	let refused = quittance(&["receipt", "path", "99", "--node", &url], 1).await;
	let error = &refused["error"];
	assert_eq!((&error["by"], &error["reason"]), (&json!("node"), &json!("NotAttested")));
	for process in [signing, node] {
		process.stop().await?;
	}
	Ok(())
}
