//! What a running worker measures, as its monitor serves it.

use crate::failure::Failure;
use std::{net::SocketAddr, time::Duration};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// How long a monitor may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Most bytes of an answer.
const MOST: u64 = 1 << 20;

/// A worker's metrics at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerMetrics(String);

impl WorkerMetrics {
	/// Asks a worker's monitor.
	pub async fn fetch(monitor: SocketAddr) -> Result<Self, Failure> {
		let failed = |detail: String| Failure::unavailable("asking a worker's monitor", detail);
		let asking = async {
			let mut stream = TcpStream::connect(monitor).await?;
			let request =
				format!("GET /metrics HTTP/1.1\r\nHost: {monitor}\r\nConnection: close\r\n\r\n");
			stream.write_all(request.as_bytes()).await?;
			let mut answer = String::new();
			stream.take(MOST).read_to_string(&mut answer).await?;
			std::io::Result::Ok(answer)
		};
		let answer = match tokio::time::timeout(TIMEOUT, asking).await {
			Ok(answer) => answer.map_err(|error| failed(error.to_string()))?,
			Err(_) => return Err(failed(format!("no answer within {} s", TIMEOUT.as_secs()))),
		};
		match answer.split_once("\r\n\r\n") {
			Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(Self(body.to_owned())),
			_ => Err(failed(answer.lines().next().unwrap_or("an empty answer").to_owned())),
		}
	}

	/// A number by its name without prefix, with its labels as they are written:
	/// `steps_total{kind="lock"}`. `None` where nothing was counted.
	pub fn number(&self, name: &str) -> Option<f64> {
		let lines = self.0.lines().filter_map(|line| line.strip_prefix("quittance_worker_"));
		let mut numbers = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
		numbers.next()?.parse().ok()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::net::TcpListener;

	#[test]
	fn numbers_are_found_by_their_whole_names() {
		let text = "# HELP quittance_worker_jobs Jobs\nquittance_worker_jobs 3\n\
			quittance_worker_steps_total{kind=\"lock\"} 2\nquittance_worker_jobs_else 9\n";
		let metrics = WorkerMetrics(text.to_owned());
		assert_eq!(metrics.number("jobs"), Some(3.0));
		assert_eq!(metrics.number("steps_total{kind=\"lock\"}"), Some(2.0));
		assert_eq!(metrics.number("steps_total"), None);
		assert_eq!(metrics.number("job"), None);
	}

	#[tokio::test]
	async fn only_what_is_answered_well_is_metrics() {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(async move {
			for answer in
				["HTTP/1.1 200 OK\r\n\r\nquittance_worker_jobs 1\n", "HTTP/1.1 503 No\r\n\r\n", ""]
			{
				let (mut stream, _) = listener.accept().await.unwrap();
				let mut request = [0; 256];
				let _ = stream.read(&mut request).await.unwrap();
				stream.write_all(answer.as_bytes()).await.unwrap();
			}
		});
		let metrics = WorkerMetrics::fetch(address).await.unwrap();
		assert_eq!(metrics.number("jobs"), Some(1.0));
		for expected in ["503", "empty"] {
			let failure = WorkerMetrics::fetch(address).await.unwrap_err().to_string();
			assert!(failure.contains(expected), "{failure}");
		}
	}
}
