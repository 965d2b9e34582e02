//! The miner's side: asking an issuer for a receipt.

use crate::SignedReceipt;
use jsonrpsee_workers::{
	core::{
		client::{ClientT, Error as RpcError},
		params::ObjectParams,
	},
	http_client::HttpClientBuilder,
};
use quittance_client::{is_secure_url, AccountId};
use quittance_types::{Digest, JobId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long to wait for an answer: the issuer repeats the work.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Longest answer, in bytes.
const MAX_RESPONSE: u32 = 16 * 1024;

/// Name of the method.
pub(crate) const METHOD: &str = "issuer_sign";

/// JSON-RPC code of a refusal; its data say which.
pub(crate) const REFUSED: i32 = 1;

/// Arguments of the method, by name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignRequest {
	/// The job.
	pub job: JobId,
	/// The miner's account, SS58.
	pub miner: String,
	/// Digest of the output blob, `0x` and 64 digits.
	pub output: String,
}

/// What accompanies a refusal.
#[derive(Serialize, Deserialize)]
pub(crate) struct RefusalData {
	pub code: String,
	pub name: String,
	pub transient: bool,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
	/// The issuer refuses.
	#[error("[{code}] the issuer refuses ({name}): {message}")]
	Refused {
		/// The issuer's code, `Q-IS-...`.
		code: String,
		/// Name of the reason, such as `WrongOutput`.
		name: String,
		/// The issuer's words.
		message: String,
		/// Whether asking again later can help.
		transient: bool,
	},
	/// Anyone on the way could read the receipt's salt.
	#[error("[Q-IR-003] {0} is neither encrypted (https) nor this machine")]
	InsecureUrl(String),
	/// The issuer cannot be reached or does not answer in time.
	#[error("[Q-IR-001] the issuer at {url} does not answer: {reason}")]
	Unreachable {
		/// Where.
		url: String,
		/// Why.
		reason: String,
	},
	/// The issuer's answer is no receipt.
	#[error("[Q-IR-002] the issuer at {url} answers nonsense: {reason}")]
	Malformed {
		/// Where.
		url: String,
		/// What is wrong.
		reason: String,
	},
}

impl RequestError {
	/// Whether asking again later can help.
	pub fn is_transient(&self) -> bool {
		match self {
			Self::Refused { transient, .. } => *transient,
			Self::Unreachable { .. } => true,
			Self::Malformed { .. } | Self::InsecureUrl(_) => false,
		}
	}

	/// Name of the issuer's reason, if it refused.
	pub fn refusal(&self) -> Option<&str> {
		match self {
			Self::Refused { name, .. } => Some(name),
			_ => None,
		}
	}
}

/// Asks the issuer at `url` (http or https) for a receipt. Asking again gives the same receipt.
pub async fn request_receipt(
	url: &str,
	job: JobId,
	miner: &AccountId,
	output: Digest,
) -> Result<SignedReceipt, RequestError> {
	if !is_secure_url(url) {
		return Err(RequestError::InsecureUrl(url.to_owned()));
	}
	let client = HttpClientBuilder::default()
		.request_timeout(TIMEOUT)
		.max_response_size(MAX_RESPONSE)
		.build(url)
		.map_err(|error| RequestError::Unreachable {
			url: url.to_owned(),
			reason: error.to_string(),
		})?;
	let mut arguments = ObjectParams::new();
	let inserted = arguments
		.insert("job", job)
		.and_then(|()| arguments.insert("miner", miner.to_string()))
		.and_then(|()| arguments.insert("output", format!("0x{}", hex::encode(output))));
	inserted.map_err(|error| RequestError::Malformed {
		url: url.to_owned(),
		reason: error.to_string(),
	})?;
	client.request(METHOD, arguments).await.map_err(|error| failed(url, error))
}

fn failed(url: &str, error: RpcError) -> RequestError {
	match error {
		RpcError::Call(object) => {
			let data =
				object.data().and_then(|data| serde_json::from_str::<RefusalData>(data.get()).ok());
			match data {
				Some(RefusalData { code, name, transient }) => RequestError::Refused {
					code,
					name,
					message: object.message().to_owned(),
					transient,
				},
				None => RequestError::Malformed {
					url: url.to_owned(),
					reason: format!("{} ({})", object.message(), object.code()),
				},
			}
		},
		RpcError::ParseError(error) => {
			RequestError::Malformed { url: url.to_owned(), reason: error.to_string() }
		},
		error => RequestError::Unreachable { url: url.to_owned(), reason: error.to_string() },
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		service::{parse, refusal},
		SignError,
	};
	use jsonrpsee_workers::{
		server::{ServerBuilder, ServerHandle},
		types::ErrorObjectOwned,
		RpcModule,
	};
	use quittance_types::{Body, Level};

	const MINER: AccountId = AccountId([2; 32]);

	fn receipt() -> SignedReceipt {
		let body = Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 1,
			end: 2,
			expires_at: 5,
			serial: u128::MAX,
			output: [7; 32],
		};
		let issuer = AccountId([4; 32]);
		SignedReceipt { level: Level::Basic, issuer, body, salt: 9, signature: vec![5; 96] }
	}

	/// A server that answers by the job's number.
	async fn server() -> (String, ServerHandle) {
		let mut module = RpcModule::new(());
		module
			.register_async_method(METHOD, |params, _, _| async move {
				let (job, miner, output) = parse(params.parse()?)?;
				assert_eq!((miner, output), (MINER, [7; 32]));
				match job {
					0 => Ok(receipt()),
					1 => Err(refusal(&SignError::NotAccepted(1))),
					2 => Err(refusal(&SignError::UnknownJob(2))),
					_ => Err(ErrorObjectOwned::owned(-32000, "broken", None::<()>)),
				}
			})
			.unwrap();
		let server = ServerBuilder::new().build("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}", server.local_addr().unwrap());
		(url, server.start(module))
	}

	#[tokio::test]
	async fn receipts_and_refusals_cross_the_wire_whole() {
		let (url, _server) = server().await;
		assert_eq!(request_receipt(&url, 0, &MINER, [7; 32]).await.unwrap(), receipt());

		let refused = request_receipt(&url, 1, &MINER, [7; 32]).await.unwrap_err();
		assert_eq!((refused.refusal(), refused.is_transient()), (Some("NotAccepted"), false));
		assert_eq!(
			refused.to_string(),
			"[Q-IS-003] the issuer refuses (NotAccepted): job 1 does not accept this issuer"
		);
		assert!(request_receipt(&url, 2, &MINER, [7; 32]).await.unwrap_err().is_transient());

		let broken = request_receipt(&url, 3, &MINER, [7; 32]).await.unwrap_err();
		assert!(matches!(broken, RequestError::Malformed { .. }), "{broken}");
	}

	#[tokio::test]
	async fn an_issuer_that_is_not_there_is_unreachable() {
		let (url, server) = server().await;
		server.stop().unwrap();
		server.stopped().await;
		let error = request_receipt(&url, 0, &MINER, [7; 32]).await.unwrap_err();
		assert!(matches!(error, RequestError::Unreachable { .. }), "{error}");
		assert!(error.is_transient());
	}

	#[tokio::test]
	async fn a_receipt_does_not_cross_a_network_in_clear() {
		let error = request_receipt("http://example.org", 0, &MINER, [7; 32]).await.unwrap_err();
		assert!(matches!(error, RequestError::InsecureUrl(_)), "{error}");
	}

	#[test]
	fn malformed_arguments_are_refused() {
		let miner = MINER.to_string();
		let output = format!("0x{}", "07".repeat(32));
		let request = |miner: &str, output: &str| {
			let (miner, output) = (miner.to_owned(), output.to_owned());
			parse(SignRequest { job: 0, miner, output })
		};
		request(&miner, &output).unwrap();
		for (miner, output) in [
			("nobody", &*output),
			(&*miner, &output[2..]),
			(&*miner, &output[..64]),
			(&*miner, "0x"),
		] {
			assert_eq!(request(miner, output).unwrap_err().code(), -32602);
		}
	}
}
