//! The miner's side: asking an issuer for a receipt.

use crate::SignedReceipt;
use codec::Encode;
use jsonrpsee_workers::{
	core::{
		client::{ClientT, Error as RpcError},
		params::ObjectParams,
	},
	http_client::HttpClientBuilder,
};
use quittance_client::{is_secure_url, AccountId};
use quittance_types::{blake2_256, Digest, JobId};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use subxt_signer::sr25519::{verify, PublicKey, Signature};

/// How long to wait for an answer: the issuer repeats the work.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Longest answer, in bytes.
const MAX_RESPONSE: u32 = 16 * 1024;

/// Name of the method.
pub(crate) const METHOD: &str = "issuer_sign";

/// JSON-RPC code of a refusal; its data say which.
pub(crate) const REFUSED: i32 = 1;

/// Arguments of the method, by name.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
	/// The job.
	pub job: JobId,
	/// The miner's cold account, SS58.
	pub miner: String,
	/// The account that signs, SS58: the miner's hot key, or the miner itself.
	pub signer: String,
	/// Digest of the output blob, `0x` and 64 digits.
	pub output: String,
	/// The signer's sr25519 signature of [`SignRequest::message`], `0x` and 128 digits.
	pub signature: String,
}

/// A miner's request to have an output signed.
///
/// An issuer signs one output for a job and miner. The request is signed so that nobody else can
/// choose it: a rival could otherwise have an output of its own signed in this miner's name, and
/// the miner's own request would contradict it. Whether the signer works for the miner is for the
/// chain to say: a hot key that was replaced works for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignRequest {
	/// The job.
	pub job: JobId,
	/// Who did it and is paid: the cold account.
	pub miner: AccountId,
	/// Who signs: the miner's hot key, or the miner itself.
	pub signer: AccountId,
	/// Digest of the output blob.
	pub output: Digest,
	/// The signer's sr25519 signature of [`Self::message`].
	pub signature: [u8; 64],
}

impl SignRequest {
	/// What is signed:
	/// `blake2_256(SCALE("quittance.sign-request.v1", genesis, job, miner, output))`.
	pub fn message(genesis: &[u8; 32], job: JobId, miner: &AccountId, output: &Digest) -> [u8; 32] {
		blake2_256(&(b"quittance.sign-request.v1", genesis, job, miner.0, output).encode())
	}

	/// A request signed by `sign`, which has the key of `signer`.
	pub fn new(
		genesis: &[u8; 32],
		job: JobId,
		miner: AccountId,
		signer: AccountId,
		output: Digest,
		sign: impl FnOnce(&[u8; 32]) -> [u8; 64],
	) -> Self {
		let signature = sign(&Self::message(genesis, job, &miner, &output));
		Self { job, miner, signer, output, signature }
	}

	/// Whether its signer signed it, for this chain.
	pub fn is_authentic(&self, genesis: &[u8; 32]) -> bool {
		let message = Self::message(genesis, self.job, &self.miner, &self.output);
		verify(&Signature(self.signature), message, &PublicKey(self.signer.0))
	}

	fn arguments(&self) -> Arguments {
		let hexadecimal = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
		Arguments {
			job: self.job,
			miner: self.miner.to_string(),
			signer: self.signer.to_string(),
			output: hexadecimal(&self.output),
			signature: hexadecimal(&self.signature),
		}
	}
}

impl TryFrom<Arguments> for SignRequest {
	type Error = &'static str;

	fn try_from(arguments: Arguments) -> Result<Self, Self::Error> {
		let Arguments { job, miner, signer, output, signature } = arguments;
		let miner = miner.parse().map_err(|_| "miner is no SS58 address")?;
		let signer = signer.parse().map_err(|_| "signer is no SS58 address")?;
		let mut request = Self { job, miner, signer, output: [0; 32], signature: [0; 64] };
		let digits = output.strip_prefix("0x").ok_or("output without 0x")?;
		hex::decode_to_slice(digits, &mut request.output).map_err(|_| "output is not 32 bytes")?;
		let digits = signature.strip_prefix("0x").ok_or("signature without 0x")?;
		hex::decode_to_slice(digits, &mut request.signature)
			.map_err(|_| "signature is not 64 bytes")?;
		Ok(request)
	}
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
	request: &SignRequest,
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
	let malformed = |error: serde_json::Error| RequestError::Malformed {
		url: url.to_owned(),
		reason: error.to_string(),
	};
	let Arguments { job, miner, signer, output, signature } = request.arguments();
	let mut arguments = ObjectParams::new();
	arguments.insert("job", job).map_err(malformed)?;
	let texts =
		[("miner", miner), ("signer", signer), ("output", output), ("signature", signature)];
	for (name, value) in texts {
		arguments.insert(name, value).map_err(malformed)?;
	}
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
		door::{parse, refusal},
		SignError,
	};
	use jsonrpsee_workers::{
		server::{ServerBuilder, ServerHandle},
		types::ErrorObjectOwned,
		RpcModule,
	};
	use quittance_types::{Body, Level};

	use subxt_signer::sr25519::Keypair;

	const MINER: AccountId = AccountId([2; 32]);
	const HOT_KEY: AccountId = AccountId([6; 32]);

	fn request(job: JobId) -> SignRequest {
		SignRequest::new(&[1; 32], job, MINER, HOT_KEY, [7; 32], |_| [3; 64])
	}

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
				let request = parse(params.parse()?)?;
				assert_eq!(request, self::request(request.job));
				match request.job {
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
		assert_eq!(request_receipt(&url, &request(0)).await.unwrap(), receipt());

		let refused = request_receipt(&url, &request(1)).await.unwrap_err();
		assert_eq!((refused.refusal(), refused.is_transient()), (Some("NotAccepted"), false));
		assert_eq!(
			refused.to_string(),
			"[Q-IS-003] the issuer refuses (NotAccepted): job 1 does not accept this issuer"
		);
		assert!(request_receipt(&url, &request(2)).await.unwrap_err().is_transient());

		let broken = request_receipt(&url, &request(3)).await.unwrap_err();
		assert!(matches!(broken, RequestError::Malformed { .. }), "{broken}");
	}

	#[tokio::test]
	async fn an_issuer_that_is_not_there_is_unreachable() {
		let (url, server) = server().await;
		server.stop().unwrap();
		server.stopped().await;
		let error = request_receipt(&url, &request(0)).await.unwrap_err();
		assert!(matches!(error, RequestError::Unreachable { .. }), "{error}");
		assert!(error.is_transient());
	}

	#[tokio::test]
	async fn a_receipt_does_not_cross_a_network_in_clear() {
		let error = request_receipt("http://example.org", &request(0)).await.unwrap_err();
		assert!(matches!(error, RequestError::InsecureUrl(_)), "{error}");
	}

	#[test]
	fn malformed_arguments_are_refused() {
		let good = request(0).arguments();
		assert_eq!(parse(good.clone()).unwrap(), request(0));
		let (output, signature) = (good.output.clone(), good.signature.clone());
		let cases = [
			Arguments { miner: "nobody".to_owned(), ..good.clone() },
			Arguments { signer: "nobody".to_owned(), ..good.clone() },
			Arguments { output: output[2..].to_owned(), ..good.clone() },
			Arguments { output: output[..64].to_owned(), ..good.clone() },
			Arguments { output: "0x".to_owned(), ..good.clone() },
			Arguments { signature: signature[2..].to_owned(), ..good.clone() },
			Arguments { signature: signature[..128].to_owned(), ..good },
		];
		for arguments in cases {
			assert_eq!(parse(arguments).unwrap_err().code(), -32602);
		}
	}

	/// A request is one miner's, for one job, output and chain: nothing of it can be exchanged.
	#[test]
	fn a_request_is_signed_by_its_signer() {
		let key = Keypair::from_secret_key([5; 32]).unwrap();
		let signer = key.public_key().to_account_id();
		let genesis = [1; 32];
		let sign = |message: &[u8; 32]| key.sign(message).0;
		let good = SignRequest::new(&genesis, 3, MINER, signer, [7; 32], sign);
		assert!(good.is_authentic(&genesis));
		assert!(!good.is_authentic(&[2; 32]));
		for forged in [
			SignRequest { job: 4, ..good },
			SignRequest { output: [8; 32], ..good },
			SignRequest { miner: HOT_KEY, ..good },
			SignRequest { signer: HOT_KEY, ..good },
			SignRequest { signature: [0; 64], ..good },
			SignRequest::new(&genesis, 3, MINER, HOT_KEY, [7; 32], sign),
		] {
			assert!(!forged.is_authentic(&genesis), "{forged:?}");
		}
	}
}
