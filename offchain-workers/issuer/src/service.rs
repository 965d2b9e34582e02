//! The process: one JSON-RPC method over the decision, the keys and the record.

use crate::{
	judge::{judge, Standing},
	request::{Arguments, RefusalData, SignRequest, METHOD, REFUSED},
	work::fetch_output,
	IssuerError, IssuerKey, SignError, SignedReceipt, SignedReceipts, Work,
};
use jsonrpsee_workers::{
	server::{ServerBuilder, ServerConfig, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use quittance_blobs::FolderStore;
use quittance_client::{AccountKey, Chain, Head, View};
use quittance_types::{Bar, FieldBytes, JobTime};
use rand::{rngs::OsRng, Rng};
use std::{
	net::{Ipv4Addr, SocketAddr},
	path::PathBuf,
	sync::Arc,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Longest request, in bytes.
const MAX_REQUEST: u32 = 4 * 1024;

/// Most connections at once.
const MAX_CONNECTIONS: u32 = 128;

/// Most jobs repeated at once for miners that have them. The rest wait.
const MAX_AT_WORK: usize = 2;

/// Most late jobs repeated at once. Anybody may ask for those, which must not keep the others waiting.
const MAX_LATE_AT_WORK: usize = 1;

/// How long a receipt stays valid after its job's deadline, in job time, unless configured: longer than
/// the deadline can move when another issuer is removed. The chain's limit caps it.
const EXPIRY_MARGIN: JobTime = 50_000;

/// How to run an issuer.
#[derive(Debug)]
pub struct IssuerConfig {
	/// WebSocket address of a node.
	pub node: String,
	/// The issuer's account.
	pub key: AccountKey,
	/// Folder of the blob store.
	pub blobs: PathBuf,
	/// File with the record of signed receipts. Losing it can cost the bond.
	pub store: PathBuf,
	/// Where to listen. Requests are signed for the miner they name, and answered to whoever has
	/// them. Traffic is not encrypted, and a receipt's salt is in it: anything but loopback needs a proxy that
	/// encrypts.
	pub listen: SocketAddr,
	/// How long a receipt stays valid after its job's deadline, in job time; at most what the chain
	/// accepts.
	pub expiry_margin: JobTime,
}

impl IssuerConfig {
	/// The configuration with defaults for the rest: port 9955 of this machine, 50,000 blocks.
	pub fn new(node: String, key: AccountKey, blobs: PathBuf, store: PathBuf) -> Self {
		let listen = (Ipv4Addr::LOCALHOST, 9955).into();
		Self { node, key, blobs, store, listen, expiry_margin: EXPIRY_MARGIN }
	}
}

/// Serves until `stop`, then lets running requests end.
pub async fn run(config: IssuerConfig, stop: CancellationToken) -> Result<(), IssuerError> {
	let issuer = Issuer::start(config).await?;
	stop.cancelled().await;
	tracing::info!("stopping");
	issuer.stop().await;
	Ok(())
}

/// A running issuer.
pub struct Issuer {
	address: SocketAddr,
	server: ServerHandle,
}

impl Issuer {
	/// Connects to the chain, opens the record and listens.
	pub async fn start(config: IssuerConfig) -> Result<Self, IssuerError> {
		let IssuerConfig { node, key, blobs, store, listen, expiry_margin } = config;
		let signer = Signer {
			store: SignedReceipts::open(&store)?,
			blobs: FolderStore::open(&blobs)
				.map_err(|source| IssuerError::Blobs { path: blobs.clone(), source })?,
			key: IssuerKey::new(key),
			chain: Chain::connect(&node).await?,
			expiry_margin,
			at_work: Semaphore::new(MAX_AT_WORK),
			late_at_work: Semaphore::new(MAX_LATE_AT_WORK),
		};
		let account = signer.key.account();

		let mut module = RpcModule::new(signer);
		module
			.register_async_method(METHOD, |params, signer, _| async move {
				signer.answer(parse(params.parse()?)?).await
			})
			.map_err(|error| IssuerError::Service(error.to_string()))?;
		let limits = ServerConfig::builder()
			.max_request_body_size(MAX_REQUEST)
			.max_connections(MAX_CONNECTIONS)
			.build();
		let failed = |source| IssuerError::Listen { address: listen, source };
		let server = ServerBuilder::new().set_config(limits).build(listen).await.map_err(failed)?;
		let address = server.local_addr().map_err(failed)?;
		let server = server.start(module);
		tracing::info!(listen = %address, %account, "ready");
		Ok(Self { address, server })
	}

	/// Where it listens, with the port that the system chose if 0 was asked for.
	pub fn address(&self) -> SocketAddr {
		self.address
	}

	/// Takes no more requests and waits for those running.
	pub async fn stop(self) {
		// An error means that it has stopped already.
		let _ = self.server.stop();
		self.server.stopped().await;
	}
}

/// A refusal as it goes over the wire: the reason in words, with code and name for programs.
pub(crate) fn refusal(error: &SignError) -> ErrorObjectOwned {
	let data = RefusalData {
		code: error.code().to_owned(),
		name: error.name().to_owned(),
		transient: error.is_transient(),
	};
	ErrorObjectOwned::owned(REFUSED, error.to_string(), Some(data))
}

pub(crate) fn parse(arguments: Arguments) -> Result<SignRequest, ErrorObjectOwned> {
	SignRequest::try_from(arguments).map_err(|what| {
		let code = jsonrpsee_workers::types::error::INVALID_PARAMS_CODE;
		ErrorObjectOwned::owned(code, format!("invalid params: {what}"), None::<()>)
	})
}

struct Signer {
	chain: Chain,
	blobs: FolderStore,
	store: SignedReceipts,
	key: IssuerKey,
	expiry_margin: JobTime,
	at_work: Semaphore,
	late_at_work: Semaphore,
}

impl Signer {
	async fn answer(
		self: Arc<Self>,
		request: SignRequest,
	) -> Result<SignedReceipt, ErrorObjectOwned> {
		let SignRequest { job, miner, .. } = request;
		match self.sign(request).await {
			Ok(receipt) => {
				tracing::info!(job, %miner, amount = receipt.body.amount, "signed");
				Ok(receipt)
			},
			Err(error) => {
				let (code, name) = (error.code(), error.name());
				tracing::warn!(job, %miner, code, name, %error, "refused");
				Err(refusal(&error))
			},
		}
	}

	async fn sign(self: Arc<Self>, request: SignRequest) -> Result<SignedReceipt, SignError> {
		// Before anything is read from the chain: whose request it is.
		if !request.is_authentic(&self.chain.genesis()) {
			return Err(SignError::NotSigned(request.signer));
		}
		let SignRequest { job, miner, output, .. } = request;
		let view = self.chain.at(Head::Best).await?;
		let standing = self.standing(&view, &request).await?;
		let claim = standing.admit(&request, &self.key.keys())?;
		let subject = standing.subject(&miner);
		let subject_bytes = FieldBytes::from(subject);
		if let Some(receipt) = self.store.find(&subject_bytes, &output)? {
			return Ok(receipt);
		}
		let model = view.model(&standing.job.offer.model).await?.ok_or_else(|| {
			SignError::Unavailable(format!("the chain has no record of the model of job {job}"))
		})?;

		let at_work = if claim.late { &self.late_at_work } else { &self.at_work };
		let _permit =
			at_work.acquire().await.map_err(|error| SignError::Unavailable(error.to_string()))?;
		let signer = Arc::clone(&self);
		let signing = tokio::task::spawn_blocking(move || {
			let work = Work::fetch(&signer.blobs, &standing.job, &model.description)?;
			let output = fetch_output(&signer.blobs, &output, claim.output.as_ref())?;
			let (serial, salt) = (OsRng.gen(), OsRng.gen());
			let body = judge(&standing, &claim, &work, &output, signer.expiry_margin, serial)?;
			let level = standing.job.offer.level;
			let receipt = signer.store.sign_once(&subject_bytes, &body.output, || {
				signer.key.sign(&standing.genesis, subject, level, body, salt)
			})?;
			Ok(receipt)
		});
		signing.await.map_err(|error| SignError::Unavailable(error.to_string()))?
	}

	/// The job at the head of the best chain. A block given up later does little harm: what is signed
	/// names chain, job, requester, miner, model and input, and only that miner can use it.
	async fn standing(&self, view: &View, request: &SignRequest) -> Result<Standing, SignError> {
		let number = request.job;
		let record = view.job(number).await?.ok_or(SignError::UnknownJob(number))?;
		let ended = SignError::Barred { job: number, bar: Bar::Settled };
		let job = record.live().ok_or(ended)?;
		let issuer = self.key.account();
		Ok(Standing {
			genesis: view.genesis(),
			number,
			extension: view.extension(&job).await?,
			job,
			acts_for: view.acts_for(&request.signer).await?,
			now: view.job_time().await?,
			receipt_lifetime: view.limits().await?.receipt_lifetime,
			record: view.issuer(&issuer).await?,
			issuer,
		})
	}
}
