//! Ending in an orderly way.

use crate::failure::Failure;
use tokio::signal::unix::{signal, SignalKind};
use tokio_util::sync::CancellationToken;

/// Completes at the first SIGINT, SIGTERM or SIGHUP.
pub async fn requested() -> Result<&'static str, Failure> {
	let listen =
		|kind| signal(kind).map_err(|error| Failure::unavailable("listening for signals", error));
	let mut interrupt = listen(SignalKind::interrupt())?;
	let mut terminate = listen(SignalKind::terminate())?;
	let mut hangup = listen(SignalKind::hangup())?;
	Ok(tokio::select! {
		_ = interrupt.recv() => "SIGINT",
		_ = terminate.recv() => "SIGTERM",
		_ = hangup.recv() => "SIGHUP",
	})
}

/// A token that is cancelled when the process is asked to end.
pub fn token() -> CancellationToken {
	let token = CancellationToken::new();
	let cancelled = token.clone();
	tokio::spawn(async move {
		// Without signal handlers the signals keep their default action, which ends the process.
		if requested().await.is_ok() {
			cancelled.cancel();
		}
	});
	token
}
