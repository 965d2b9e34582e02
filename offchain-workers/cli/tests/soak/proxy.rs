//! A wire between two processes that can be cut.

use std::{
	net::{Ipv4Addr, SocketAddr},
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant},
};
use tokio::{
	io::copy_bidirectional,
	net::{TcpListener, TcpStream},
	task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Passes on what comes to an address of its own, until it is cut.
pub struct Proxy {
	address: SocketAddr,
	wire: Arc<Wire>,
	accepting: JoinHandle<()>,
}

struct Wire {
	to: SocketAddr,
	/// Connections there are.
	live: AtomicUsize,
	state: Mutex<State>,
}

struct State {
	/// Cancelled when the connections of now are cut.
	cut: CancellationToken,
	/// Until then whoever connects is turned away.
	dead_until: Instant,
}

impl Wire {
	/// What ends a new connection, unless there can be none now.
	fn open(&self) -> Option<CancellationToken> {
		let state = self.state.lock().unwrap();
		(Instant::now() >= state.dead_until).then(|| state.cut.clone())
	}
}

impl Proxy {
	/// A wire to an address on this machine, where nobody need listen yet.
	pub async fn to(to: SocketAddr) -> Self {
		let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
		let address = listener.local_addr().unwrap();
		let state = State { cut: CancellationToken::new(), dead_until: Instant::now() };
		let wire = Arc::new(Wire { to, live: AtomicUsize::new(0), state: Mutex::new(state) });
		let accepting = tokio::spawn(accept(listener, Arc::clone(&wire)));
		Self { address, wire, accepting }
	}

	/// Where to connect.
	pub fn address(&self) -> SocketAddr {
		self.address
	}

	/// Cuts all connections and takes none for a while; returns how many there were.
	pub fn cut(&self, outage: Duration) -> usize {
		let mut state = self.wire.state.lock().unwrap();
		state.dead_until = Instant::now() + outage;
		std::mem::take(&mut state.cut).cancel();
		self.wire.live.load(Ordering::SeqCst)
	}
}

impl Drop for Proxy {
	fn drop(&mut self) {
		self.accepting.abort();
		self.cut(Duration::from_secs(3_600));
	}
}

async fn accept(listener: TcpListener, wire: Arc<Wire>) {
	while let Ok((near, _)) = listener.accept().await {
		if let Some(cut) = wire.open() {
			tokio::spawn(pass_on(near, Arc::clone(&wire), cut));
		}
	}
}

async fn pass_on(mut near: TcpStream, wire: Arc<Wire>, cut: CancellationToken) {
	// A node that is away refuses its clients itself: so do we, by hanging up.
	let Ok(mut far) = TcpStream::connect(wire.to).await else { return };
	wire.live.fetch_add(1, Ordering::SeqCst);
	tokio::select! {
		() = cut.cancelled() => {},
		_ = copy_bidirectional(&mut near, &mut far) => {},
	}
	wire.live.fetch_sub(1, Ordering::SeqCst);
}

#[tokio::test]
async fn a_cut_wire_is_dead_for_a_while_and_then_whole() {
	use tokio::io::{AsyncReadExt, AsyncWriteExt};
	let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
	let proxy = Proxy::to(listener.local_addr().unwrap()).await;
	tokio::spawn(async move {
		while let Ok((mut stream, _)) = listener.accept().await {
			tokio::spawn(async move {
				let (mut read, mut write) = stream.split();
				let _ = tokio::io::copy(&mut read, &mut write).await;
			});
		}
	});
	// What is sent comes back, or nothing does.
	let echo = |mut stream: TcpStream| async move {
		let mut answer = [0; 4];
		stream.write_all(b"echo").await.ok()?;
		stream.read_exact(&mut answer).await.ok()?;
		assert_eq!(&answer, b"echo");
		Some(stream)
	};
	let connect = || async { TcpStream::connect(proxy.address()).await.unwrap() };
	let stream = echo(connect().await).await.unwrap();
	let outage = Duration::from_millis(300);
	assert_eq!(proxy.cut(outage), 1);
	assert!(echo(stream).await.is_none());
	assert!(echo(connect().await).await.is_none());
	tokio::time::sleep(outage).await;
	assert!(echo(connect().await).await.is_some());
}
