//! The processes, and what the test does to them.

use quittance_cli::market::{
	deeds, default_folder, digits, free_address, last_lines, load_or_set_up, posted,
	register_circuit, register_miner, register_model, store, DevelopmentAccount, Digits, Failure,
	KeyedCircuit, NodeSetup, Order, Process, Statement, WorkerMetrics, WorkerSetup,
};
use quittance_client::{calls, AccountId, Chain, Head, Outcome, Payload, Sender, Until, View};
use quittance_types::{Blob, CircuitId, JobId, JobTime, Level, Mode, ModelId, PriceRamp};
use quittance_zkml::InputBlob;
use std::{
	collections::BTreeMap,
	future::Future,
	net::SocketAddr,
	path::{Path, PathBuf},
	time::Duration,
};

use crate::amounts::{BOND, ISSUER_FEE, LOCK_BOND, PRICE, UNIT_PRICE};

const REQUESTER: &str = "//Bob";
/// Accepted by the job, in office, and not there: nobody signs, so that nothing can come before the panel.
const ISSUER: &str = "//Dave";
/// Who has the job, each with its hot key.
const HONEST: (&str, &str) = ("//Charlie", "//CharlieHot");
const CHEAT: (&str, &str) = ("//Eve", "//EveHot");
/// Who can sit: one more than there are seats, so that somebody is passed over. Three seats are filled by 24
/// points on six equal shares, but for once in three thousand runs, and then by the next draw.
const OTHERS: [(&str, &str); 4] = [
	("//Ferdie", "//FerdieHot"),
	("//Grace", "//GraceHot"),
	("//Heidi", "//HeidiHot"),
	("//Ivan", "//IvanHot"),
];

/// What each miner has to begin with at least, and what it gives its hot key for fees.
const MONEY: u128 = 3_000_000_000_000_000;
const FUNDS: u128 = 1_000_000_000_000_000;

/// Images of the job.
const IMAGES: usize = 4;

/// Blocks for which the job can be taken and has to be committed to, and until its deadline.
const LOCK_TIMEOUT: JobTime = 300;
const TIMEOUT: JobTime = 600;

/// How long a transaction may take until it is in a block, or final.
const TRANSACTION: Duration = Duration::from_secs(60);

/// How long everything may take that is registered before the job.
const REGISTRATION: Duration = Duration::from_secs(180);

/// How often it is looked whether what is waited for has come.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Last lines of each log that are shown after a failure.
const LOG_LINES: usize = 40;

/// A miner's two accounts.
#[derive(Clone, Copy)]
pub struct Keys {
	/// Its own.
	pub miner: DevelopmentAccount,
	/// That of its hot key.
	pub hot_key: DevelopmentAccount,
}

impl Keys {
	fn new((miner, hot_key): (&'static str, &'static str)) -> Result<Self, Failure> {
		let hot_key = DevelopmentAccount::new(hot_key)?;
		Ok(Self { miner: DevelopmentAccount::new(miner)?, hot_key })
	}
}

/// A miner with a worker.
pub struct Seat {
	/// Its accounts.
	pub keys: Keys,
	/// The worker's own records.
	pub records: PathBuf,
	setup: WorkerSetup,
	monitor: SocketAddr,
	worker: Option<Process>,
}

impl Seat {
	/// The miner's name.
	pub fn name(&self) -> &'static str {
		self.keys.miner.name()
	}

	/// The miner.
	pub fn account(&self) -> AccountId {
		self.keys.miner.account()
	}

	/// Starts the worker.
	pub fn start(&mut self) -> Result<(), Failure> {
		self.worker = Some(self.setup.start()?);
		Ok(())
	}

	/// Kills the worker, which has no say in it, and waits until it is gone.
	pub async fn kill(&mut self) -> Result<(), Failure> {
		match self.worker.take() {
			Some(worker) => worker.kill().await,
			None => Ok(()),
		}
	}

	/// Asks the worker to end and waits until it has.
	pub async fn stop(&mut self) -> Result<(), Failure> {
		match self.worker.take() {
			Some(worker) => worker.stop().await,
			None => Ok(()),
		}
	}

	/// Removes the records of a worker that is not there.
	pub fn lose_records(&self) -> Result<(), Failure> {
		std::fs::remove_file(&self.records).map_err(Failure::io("removing", &self.records))
	}

	/// How often its workers say in their log that they did this for a job.
	pub fn count(&self, job: JobId, what: &str) -> Result<usize, Failure> {
		let deeds = deeds(&self.setup.log)?;
		Ok(deeds.iter().filter(|deed| deed.job == job && deed.what == what).count())
	}

	/// Whether the worker has nothing to do on a panel, any more if it had.
	pub async fn is_free(&self) -> bool {
		let metrics = WorkerMetrics::fetch(self.monitor).await;
		metrics.is_ok_and(|metrics| metrics.number("seats") == Some(0.0))
	}
}

/// A job that was posted.
pub struct Posted {
	/// Its number.
	pub job: JobId,
	/// Its input.
	pub input: InputBlob,
	/// Where that is.
	pub blob: Blob,
}

/// All of it. Every process ends when this is dropped.
pub struct Market {
	/// The miner that does the job honestly, by its worker.
	pub honest: Seat,
	/// The one that does not, which the test itself is.
	pub cheat: Keys,
	/// Those who can judge.
	pub others: Vec<Seat>,
	/// Who posts the job, and owns the model.
	pub requester: DevelopmentAccount,
	/// Who could sign.
	pub issuer: DevelopmentAccount,
	/// The job's model.
	pub model: ModelId,
	/// A connection to the node.
	pub chain: Chain,
	/// The blob folder.
	pub blobs: PathBuf,
	circuit: CircuitId,
	spending: Sender,
	cheating: Sender,
	node_log: PathBuf,
	// Dropped last.
	node: Option<Process>,
}

impl Market {
	/// Starts a node in a folder, registers everything, and starts the workers of those who can judge.
	pub async fn open(folder: &Path, node: &Path) -> Result<Self, Failure> {
		let at = |name: &str| folder.join(name);
		let program = std::env::var_os("QUITTANCE_CLI").map(PathBuf::from);
		let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_quittance").into());
		let blobs = at("blobs");
		for made in [&blobs, &at("node")] {
			std::fs::create_dir_all(made).map_err(Failure::io("making", made))?;
		}
		let keys = default_folder()?;
		let circuit = load_or_set_up(&keys, Statement::BasicReceipt).await?;
		let node_setup = NodeSetup {
			program: node.into(),
			base_path: at("node"),
			port: free_address().await?.port(),
			archive: true,
			log: at("node.log"),
		};
		let node = node_setup.start().await?;
		let chain = Chain::connect(&node_setup.url()).await?;

		let issuer = DevelopmentAccount::new(ISSUER)?;
		// Where nobody listens.
		let nowhere = format!("http://{}", free_address().await?);
		let issuers = BTreeMap::from([(issuer.account(), nowhere)]);
		let mut seats = Vec::new();
		for accounts in [HONEST].into_iter().chain(OTHERS) {
			let accounts = Keys::new(accounts)?;
			let name = accounts.miner.name().to_lowercase();
			let monitor = free_address().await?;
			let records = at(&format!("{name}.redb"));
			let setup = WorkerSetup {
				name: format!("worker of {}", accounts.miner.name()),
				program: program.clone(),
				config: at(&format!("{name}.toml")),
				node: node_setup.url(),
				miner: accounts.miner.account(),
				hot_key: accounts.hot_key,
				blobs: blobs.clone(),
				keys: keys.clone(),
				store: records.clone(),
				circuits: vec![circuit.id],
				private: None,
				issuers: issuers.clone(),
				at_once: None,
				malformed_from: 0,
				monitor: Some(monitor),
				log: at(&format!("{name}.log")),
			};
			seats.push(Seat { keys: accounts, records, setup, monitor, worker: None });
		}
		let honest = seats.remove(0);
		let cheat = Keys::new(CHEAT)?;
		let requester = DevelopmentAccount::new(REQUESTER)?;
		let spending = requester.sender(&chain)?;
		let cheating = cheat.hot_key.sender(&chain)?;
		let registration = async {
			let miners = [honest.keys, cheat].into_iter().chain(seats.iter().map(|seat| seat.keys));
			register(&chain, &spending, &circuit, &blobs, &miners.collect::<Vec<_>>()).await
		};
		let what = "circuit, model and miners are registered";
		let model = within(what, REGISTRATION, registration).await?;
		let mut market = Self {
			honest,
			cheat,
			others: seats,
			requester,
			issuer,
			model,
			chain,
			blobs,
			circuit: circuit.id,
			spending,
			cheating,
			node_log: node_setup.log,
			node: Some(node),
		};
		for seat in &mut market.others {
			seat.start()?;
		}
		Ok(market)
	}

	/// Posts the job, which two miners do and nobody else can take.
	pub async fn post(&self) -> Result<Posted, Failure> {
		let Digits { network, images, .. } = digits()?;
		let order = Order {
			model: self.model,
			mode: Mode::Plain,
			weights: network.weights_digest(),
			unit_price: UNIT_PRICE,
			price: PriceRamp::flat(PRICE),
			level: Level::Basic,
			circuit: Some(self.circuit),
			input_commitment: None,
			issuers: vec![self.issuer.account()],
			issuer_fee: ISSUER_FEE,
			lock_timeout: LOCK_TIMEOUT,
			timeout: TIMEOUT,
			miner_bond: LOCK_BOND,
			redundancy: 2,
			allow_list: vec![self.honest.account(), self.cheat.miner.account()],
			proof_required: false,
		};
		let batch = images.batch(0, IMAGES).expect("there are so many");
		let input = order.input(batch.items)?;
		let offer = order.offer(&self.blobs, &input)?;
		let blob = offer.input;
		let outcome = self.spend(&calls::post_job(offer), Until::Included).await?;
		Ok(Posted { job: posted(&outcome.events)?.job, input, blob })
	}

	/// Submits a call of the requester's.
	pub async fn spend(&self, call: &impl Payload, until: Until) -> Result<Outcome, Failure> {
		Ok(self.spending.submit_within(call, until, TRANSACTION).await?)
	}

	/// Submits a call of the cheat's, and waits until it is in a block.
	pub async fn cheat(&self, call: &impl Payload) -> Result<Outcome, Failure> {
		Ok(self.cheating.submit_within(call, Until::Included, TRANSACTION).await?)
	}

	/// Takes a blob out of the folder.
	pub fn withhold(&self, blob: &Blob) -> Result<(), Failure> {
		let name = quittance_blobs::Digest(blob.digest).to_string();
		let folders =
			std::fs::read_dir(&self.blobs).map_err(Failure::io("reading", &self.blobs))?;
		let mut files = folders.flatten().map(|folder| folder.path().join(&name));
		let file = files.find(|file| file.is_file()).ok_or_else(|| {
			Failure::unavailable(format!("looking for blob {name}"), "it is not in the folder")
		})?;
		std::fs::remove_file(&file).map_err(Failure::io("removing", &file))
	}

	/// Puts it back.
	pub fn give_back(&self, input: &InputBlob) -> Result<(), Failure> {
		store(&self.blobs, &input.encode()).map(|_| ())
	}

	/// Those of this account among the others.
	pub fn seat(&mut self, account: &AccountId) -> Result<&mut Seat, Failure> {
		let seat = self.others.iter_mut().find(|seat| seat.account() == *account);
		seat.ok_or_else(|| {
			Failure::unavailable("looking for a member", format!("{account} is none of the others"))
		})
	}

	/// Waits until something is so at the newest block, and says what has not come if it takes too long.
	/// Fails as well if a process has ended that nobody has killed.
	pub async fn until<T>(
		&mut self,
		what: &str,
		limit: Duration,
		look: impl AsyncFn(&Self, &View) -> Result<Option<T>, Failure>,
	) -> Result<T, Failure> {
		let looking = async {
			loop {
				self.look_after()?;
				let view = self.chain.at(Head::Best).await?;
				if let Some(found) = look(self, &view).await? {
					println!("panel: block {}: {what}", view.block().number);
					return Ok(found);
				}
				tokio::time::sleep(BETWEEN_LOOKS).await;
			}
		};
		within(what, limit, looking).await
	}

	/// Fails if a process has ended that nobody has killed.
	fn look_after(&mut self) -> Result<(), Failure> {
		let workers = [&mut self.honest].into_iter().chain(&mut self.others);
		let workers = workers.filter_map(|seat| seat.worker.as_mut());
		workers.chain(&mut self.node).try_for_each(Process::ensure_running)
	}

	/// Ends the node in an orderly way. The workers are gone.
	pub async fn close(mut self) -> Result<(), Failure> {
		match self.node.take() {
			Some(node) => node.stop().await,
			None => Ok(()),
		}
	}

	/// All accounts that take part, with their names.
	pub fn accounts(&self) -> Vec<(&'static str, AccountId)> {
		let others = self.others.iter().map(|seat| seat.keys);
		let miners = [self.honest.keys, self.cheat].into_iter().chain(others);
		let all = miners.flat_map(|keys| [keys.miner, keys.hot_key]);
		let all = all.chain([self.requester, self.issuer]);
		all.map(|account| (account.name(), account.account())).collect()
	}

	/// The end of every log.
	pub fn last_words(&self) -> String {
		let workers = [&self.honest].into_iter().chain(&self.others).map(|seat| &seat.setup.log);
		let all = workers.chain([&self.node_log]);
		all.map(|log| format!("== {}\n{}\n", log.display(), last_lines(log, LOG_LINES))).collect()
	}
}

/// Registers circuit, model and miners; all of it is final then.
async fn register(
	chain: &Chain,
	requester: &Sender,
	circuit: &KeyedCircuit,
	blobs: &Path,
	miners: &[Keys],
) -> Result<ModelId, Failure> {
	let network = digits()?.network;
	let view = chain.at(Head::Best).await?;
	let mut gifts = Vec::new();
	for Keys { miner, .. } in miners {
		// Only the names of the preset have money from the beginning.
		if view.account(&miner.account()).await?.free < MONEY {
			gifts.push(calls::transfer(miner.account(), MONEY));
		}
	}
	let gifts = gifts.iter().map(|gift| requester.submit(gift, Until::Included));
	futures::future::try_join_all(gifts).await?;
	let miners = miners.iter().map(|Keys { miner, hot_key }| {
		register_miner(chain, miner, hot_key, vec![circuit.id], BOND, FUNDS)
	});
	let (id, model, _) = tokio::try_join!(
		register_circuit(requester, circuit),
		register_model(requester, &network, UNIT_PRICE, blobs),
		futures::future::try_join_all(miners),
	)?;
	assert_eq!(id, circuit.id);
	Ok(model)
}

/// Ends a wait that takes too long with what has not come.
async fn within<T>(
	what: &str,
	limit: Duration,
	waiting: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
	tokio::time::timeout(limit, waiting).await.unwrap_or_else(|_| {
		let detail = format!("not so after {} s", limit.as_secs());
		Err(Failure::unavailable(format!("waiting until {what}"), detail))
	})
}
