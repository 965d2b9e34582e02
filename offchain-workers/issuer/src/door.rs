//! Where receipts are asked for: one JSON-RPC method over the decision, the keys and the record.

use crate::{
	judge::{judge, Standing},
	request::{Arguments, RefusalData, SignRequest, METHOD, REFUSED},
	service::Office,
	work::fetch_output,
	SignError, SignedReceipt, Work,
};
use futures::{future::BoxFuture, FutureExt};
use jsonrpsee_workers::{
	server::{BatchRequestConfig, ServerBuilder, ServerConfig},
	types::ErrorObjectOwned,
	RpcModule,
};
use quittance_client::{Head, View};
use quittance_daemon::{Service, ServiceError};
use quittance_types::{Bar, FieldBytes};
use rand::{rngs::OsRng, Rng};
use std::{
	net::{SocketAddr, TcpListener},
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Longest request, in bytes.
const MAX_REQUEST: u32 = 4 * 1024;

/// Longest answer, in bytes.
const MAX_RESPONSE: u32 = 16 * 1024;

/// How much longer than a request those who made it have to take its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes requests.
pub(crate) struct Door {
	pub(crate) office: Arc<Office>,
	pub(crate) listen: SocketAddr,
	/// The address as it was taken at the start, for the first run.
	pub(crate) listening: Mutex<Option<TcpListener>>,
	pub(crate) connections: u32,
}

impl Service for Door {
	fn name(&self) -> &'static str {
		"door"
	}

	/// Once stopped it takes no more requests and answers those at hand.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			let failed = |error: std::io::Error| ServiceError::recover("Q-IS-104", error);
			let taken = self.listening.lock().ok().and_then(|mut listening| listening.take());
			let listener = match taken {
				Some(listener) => listener,
				None => TcpListener::bind(self.listen).map_err(failed)?,
			};
			let module = module(Arc::clone(&self.office))
				.map_err(|error| ServiceError::fault("Q-IS-105", error))?;
			tracing::info!(listen = %self.listen, account = %self.office.key.account(), "ready");
			let time = self.office.time.saturating_add(PATIENCE);
			serve(listener, module, self.connections, time, stop).await
		}
		.boxed()
	}
}

/// Serves a module until `stop`, then answers requests at hand. `time` bounds each, from its first byte to
/// the last of its answer.
async fn serve<Context: Send + Sync + 'static>(
	listener: TcpListener,
	module: RpcModule<Context>,
	connections: u32,
	time: Duration,
	stop: CancellationToken,
) -> Result<(), ServiceError> {
	let failed = |error: std::io::Error| ServiceError::recover("Q-IS-104", error);
	listener.set_nonblocking(true).map_err(failed)?;
	let limits = ServerConfig::builder()
		.http_only()
		.max_request_body_size(MAX_REQUEST)
		.max_response_body_size(MAX_RESPONSE)
		.max_connections(connections)
		.set_batch_request_config(BatchRequestConfig::Disabled)
		.build();
	let server = ServerBuilder::new()
		.set_config(limits)
		.set_http_middleware(tower::ServiceBuilder::new().timeout(time))
		.build_from_tcp(listener)
		.map_err(failed)?
		.start(module);
	tokio::select! {
		() = stop.cancelled() => {},
		() = server.clone().stopped() => {
			return Err(ServiceError::recover("Q-IS-107", "the server ended by itself"))
		},
	}
	tracing::info!("no more requests are taken");
	// An error means that it has stopped already.
	let _ = server.stop();
	if tokio::time::timeout(time, server.stopped()).await.is_err() {
		tracing::warn!("[Q-IS-108] some who asked did not take their answers");
	}
	Ok(())
}

fn module(
	office: Arc<Office>,
) -> Result<RpcModule<Office>, jsonrpsee_workers::core::RegisterMethodError> {
	let mut module = RpcModule::from_arc(office);
	module.register_async_method(METHOD, |params, office, _| async move {
		office.answer(parse(params.parse()?)?).await
	})?;
	Ok(module)
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

impl Office {
	async fn answer(
		self: Arc<Self>,
		request: SignRequest,
	) -> Result<SignedReceipt, ErrorObjectOwned> {
		let SignRequest { job, miner, .. } = request;
		let started = Instant::now();
		let answer = Arc::clone(&self).answer_in_time(request).await;
		self.metrics.answered(&answer, started);
		match answer {
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

	/// A node that is away would keep a request for ever. What is signed later is answered when it is asked
	/// for again.
	async fn answer_in_time(
		self: Arc<Self>,
		request: SignRequest,
	) -> Result<SignedReceipt, SignError> {
		let _place = self.gate.place()?;
		let _counted = Counted::new(&self);
		let time = self.time;
		let answer = tokio::time::timeout(time, Arc::clone(&self).sign(request)).await;
		answer.unwrap_or(Err(SignError::TimedOut { seconds: time.as_secs() }))
	}

	async fn sign(self: Arc<Self>, request: SignRequest) -> Result<SignedReceipt, SignError> {
		// Before anything is read from the chain: whose request it is.
		if !request.is_authentic(&self.chain.genesis()) {
			return Err(SignError::NotSigned(request.signer));
		}
		self.gate.asks(&request.signer, Instant::now())?;
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

		let at_work = self.gate.at_work(claim.late).await?;
		let office = Arc::clone(&self);
		let signing = tokio::task::spawn_blocking(move || {
			let _at_work = at_work;
			let work = Work::fetch(&office.blobs, &standing.job, &model.description)?;
			let output = fetch_output(&office.blobs, &output, claim.output.as_ref())?;
			let (serial, salt) = (OsRng.gen(), OsRng.gen());
			let body = judge(&standing, &claim, &work, &output, office.expiry_margin, serial)?;
			let level = standing.job.offer.level;
			let receipt = office.store.sign_once(&subject_bytes, &body.output, || {
				office.key.sign(&standing.genesis, subject, level, body, salt)
			})?;
			office.metrics.recorded.set(quittance_daemon::gauge(office.store.count()?));
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

/// Counts a request while it is answered or waits.
struct Counted(Arc<Office>);

impl Counted {
	fn new(office: &Arc<Office>) -> Self {
		office.metrics.requests.inc();
		Self(Arc::clone(office))
	}
}

impl Drop for Counted {
	fn drop(&mut self) {
		self.0.metrics.requests.dec();
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::net::Ipv4Addr;
	use tokio::{
		io::{AsyncReadExt, AsyncWriteExt},
		net::TcpStream,
		task::JoinHandle,
	};

	struct Served {
		address: SocketAddr,
		stop: CancellationToken,
		serving: JoinHandle<Result<(), ServiceError>>,
	}

	/// A server whose one method takes a while.
	fn serve_slowly(time: Duration) -> Served {
		let mut module = RpcModule::new(());
		module
			.register_async_method("slow", |_, _, _| async {
				tokio::time::sleep(Duration::from_millis(300)).await;
				"done"
			})
			.unwrap();
		let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
		let address = listener.local_addr().unwrap();
		let stop = CancellationToken::new();
		let serving = tokio::spawn(serve(listener, module, 4, time, stop.clone()));
		Served { address, stop, serving }
	}

	async fn begin(address: SocketAddr, length: usize, body: &str) -> TcpStream {
		let mut stream = TcpStream::connect(address).await.unwrap();
		let request = format!(
			"POST / HTTP/1.1\r\nHost: issuer\r\nContent-Type: application/json\r\n\
			 Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
		);
		stream.write_all(request.as_bytes()).await.unwrap();
		stream
	}

	async fn answer(mut stream: TcpStream) -> String {
		let mut answer = String::new();
		// A connection that is cut off has answered nothing.
		let _ = stream.read_to_string(&mut answer).await;
		answer
	}

	async fn ask(address: SocketAddr, body: &str) -> String {
		answer(begin(address, body.len(), body).await).await
	}

	const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"slow"}"#;

	#[tokio::test]
	async fn a_request_at_hand_is_answered_before_a_stop() {
		let Served { address, stop, serving } = serve_slowly(Duration::from_secs(20));
		let asked = begin(address, CALL.len(), CALL).await;
		tokio::time::sleep(Duration::from_millis(100)).await;
		stop.cancel();
		assert!(answer(asked).await.ends_with(r#""result":"done"}"#));
		serving.await.unwrap().unwrap();
		assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
	}

	#[tokio::test]
	async fn neither_batches_nor_large_requests_are_taken() {
		let Served { address, .. } = serve_slowly(Duration::from_secs(20));
		let batch = ask(address, &format!("[{CALL},{CALL}]")).await;
		assert!(batch.contains("-32005") && !batch.contains("done"), "{batch}");
		let long = CALL.replace("slow", &"s".repeat(MAX_REQUEST as usize));
		let long = ask(address, &long).await;
		assert!(long.starts_with("HTTP/1.1 413"), "{long}");
		assert!(ask(address, CALL).await.contains("done"));
	}

	/// Who sends half a request and waits has its connection for as long as any.
	#[tokio::test]
	async fn a_request_has_its_time() {
		let Served { address, stop, serving } = serve_slowly(Duration::from_millis(100));
		let half = begin(address, 100, "{").await;
		let slow = begin(address, CALL.len(), CALL).await;
		let ended = async { (answer(half).await, answer(slow).await) };
		let (half, slow) = tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
		assert!(!half.contains("200 OK") && !slow.contains("done"), "{half} {slow}");
		stop.cancel();
		serving.await.unwrap().unwrap();
	}
}
