//! A wallet that is open, and the node that it follows the chain by.

use super::{
	file::{save, OpenWallet, WalletFile},
	sync::{follow, Reached, Watcher},
};
use crate::{console::Console, failure::Failure, node::NodeAddress};
use indicatif::ProgressBar;
use quittance_client::{Chain, PoolBlock};
use quittance_wallet::{Contents, Store};

/// Which wallet and which node.
#[derive(clap::Args, Clone, Debug)]
pub struct Place {
	#[command(flatten)]
	file: WalletFile,
	#[command(flatten)]
	node: NodeAddress,
}

impl Place {
	/// Opens the wallet and connects. The wallet is as it was left.
	pub async fn open<'a>(&self, console: &'a Console) -> Result<Session<'a>, Failure> {
		let wallet = self.file.open()?;
		let chain = self.node.connect().await?;
		wallet.check_chain(chain.genesis())?;
		Ok(Session { console, chain, wallet })
	}

	/// The same, and takes in all that came since it was here last.
	pub async fn up_to_date<'a>(&self, console: &'a Console) -> Result<Session<'a>, Failure> {
		let mut session = self.open(console).await?;
		session.follow().await?;
		Ok(session)
	}

	/// Opens the wallet and asks nobody.
	pub fn alone(&self) -> Result<OpenWallet, Failure> {
		self.file.open()
	}

	/// Where a wallet is to be made, and for which chain.
	pub async fn empty(&self) -> Result<(&WalletFile, Chain), Failure> {
		self.file.absent()?;
		Ok((&self.file, self.node.connect().await?))
	}
}

/// An open wallet that is connected.
pub struct Session<'a> {
	/// Where reports and progress go.
	pub console: &'a Console,
	/// The connection.
	pub chain: Chain,
	/// The wallet.
	pub wallet: OpenWallet,
}

impl Session<'_> {
	/// Follows the chain for somebody who watches.
	pub async fn follow(&mut self) -> Result<Reached, Failure> {
		self.follow_until(None).await
	}

	/// The same, up to a height.
	pub async fn follow_until(&mut self, until: Option<u64>) -> Result<Reached, Failure> {
		let start = self.wallet.wallet().position().0;
		let bar = self.console.bar(0, format!("following the chain from block {start}"));
		let mut took = |_: &PoolBlock| {};
		let reached = self.follow_as(Some((&bar, start)), &mut took, until).await;
		bar.finish_and_clear();
		reached
	}

	/// The same in silence; `took` sees each final block that concerns the pool, once.
	pub async fn follow_silently(
		&mut self,
		took: &mut (dyn FnMut(&PoolBlock) + Send),
	) -> Result<Reached, Failure> {
		self.follow_as(None, took, None).await
	}

	async fn follow_as(
		&mut self,
		bar: Option<(&ProgressBar, u64)>,
		took: &mut (dyn FnMut(&PoolBlock) + Send),
		until: Option<u64>,
	) -> Result<Reached, Failure> {
		let (reader, contents, store) = self.wallet.parts();
		let mut watching = Watching { bar, took, store };
		follow(&self.chain, reader, contents, &mut watching, until).await
	}
}

struct Watching<'a> {
	/// And the height at which it begins.
	bar: Option<(&'a ProgressBar, u64)>,
	took: &'a mut (dyn FnMut(&PoolBlock) + Send),
	store: Option<&'a Store>,
}

impl Watcher for Watching<'_> {
	fn reached(&mut self, number: u64, end: u64) {
		if let Some((bar, start)) = self.bar {
			bar.set_length(end.saturating_sub(start));
			bar.set_position(number.saturating_sub(start));
		}
	}

	fn took(&mut self, block: &PoolBlock) {
		(self.took)(block);
	}

	fn save(&mut self, contents: &Contents) -> Result<(), Failure> {
		save(self.store, contents)
	}
}
