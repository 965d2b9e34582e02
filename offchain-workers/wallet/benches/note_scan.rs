//! Times the scanning of blocks: trial decryption, the tree, and the check of its root.
//!
//! `scripts/bench.sh note-scan`. One iteration is [`NOTES`] notes in blocks of ten, of which one in a
//! hundred is the wallet's own; the figures are for all of them. `all-threads` is what a wallet does,
//! `one-thread` the same work on one. `grace` is at the beginning of a period, where two keys are
//! tried. That the wallet found what is its is checked once.

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode, Throughput};
use quittance_poseidon::{Frontier, Native};
use quittance_types::{FieldBytes, NOTE_TREE_DEPTH};
use quittance_wallet::{
	deposit, system_randomness, Action, AddedNote, Block, Call, Keys, Label, Period, Reader, Seed,
	Wallet, PERIOD_BLOCKS,
};

const NOTES: u64 = 10_000;
const IN_A_BLOCK: u64 = 10;
const OWN: u64 = 100;
const GENESIS: [u8; 32] = [1; 32];

/// Blocks from this one on, as a node gives them.
fn blocks(keys: &Keys, first: u64) -> Vec<Block> {
	let mut rng = system_randomness();
	let stranger = Keys::new(&Seed::generate(&mut rng), &GENESIS);
	let mut tree = Frontier::new(NOTE_TREE_DEPTH).expect("the depth is possible");
	(0..NOTES / IN_A_BLOCK)
		.map(|place| {
			let number = first + place;
			let calls = (0..IN_A_BLOCK)
				.map(|at| {
					let index = place * IN_A_BLOCK + at;
					let payee = if index.is_multiple_of(OWN) { keys } else { &stranger };
					let address = payee
						.address(Label::for_payer(&mut rng), Period::of(number), 1)
						.expect("a period of its own");
					let call = deposit(&address, 1, number, &mut rng).expect("it can be paid");
					let leaf = call.commitment.to_field().expect("a field element");
					tree.append::<Native>(leaf).expect("there is room");
					Call {
						action: Action::Deposit { who: [2; 32], amount: 1 },
						notes: vec![AddedNote {
							index,
							commitment: call.commitment,
							ciphertexts: vec![call.ciphertext],
						}],
					}
				})
				.collect();
			let root = (FieldBytes::from(tree.root::<Native>()), tree.leaves());
			let [hash, parent] = [number, number - 1].map(|number| {
				let mut hash = [3; 32];
				hash[..8].copy_from_slice(&number.to_le_bytes());
				hash
			});
			Block { number, hash, parent, calls, root: Some(root) }
		})
		.collect()
}

fn note_scan(criterion: &mut Criterion) {
	let keys = Keys::new(&Seed::from_bytes(&[1; 32]), &GENESIS);
	let reader = Reader::Owner(&keys);
	let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
	let scan = |blocks: &[Block]| {
		let mut wallet = Wallet::new(reader);
		wallet.scan(reader, blocks, u64::MAX).expect("the blocks are right");
		wallet
	};
	let usual = blocks(&keys, PERIOD_BLOCKS / 2);
	let grace = blocks(&keys, PERIOD_BLOCKS);
	for blocks in [&usual, &grace] {
		assert_eq!(scan(blocks).balance().available, NOTES / OWN);
	}

	let mut group = criterion.benchmark_group("note-scan");
	group.sample_size(20).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(NOTES));
	group.bench_function("all-threads", |bencher| bencher.iter(|| scan(&usual)));
	group.bench_function("all-threads-grace", |bencher| bencher.iter(|| scan(&grace)));
	group.bench_function("one-thread", |bencher| {
		bencher.iter(|| single.install(|| scan(&usual)));
	});
	group.finish();
}

criterion_group!(benches, note_scan);
criterion_main!(benches);
