//! Every call, encoded by the chain's metadata, against what the pallet decodes.

use super::*;
use crate::{
	Capabilities, Description, ModelKind, Offer, Origin, PoolCircuit, Royalty, Terms,
	WeightsCommitment,
};
use quittance_types::{
	Blob, Body, CircuitKind, FieldBytes, Header, IssuerKeys, Level, MemberFinding, Mode, NoteAudit,
	NotePairAudit, Payment, PriceRamp, Receipt, Setup, TransferClaims, TransparentReceipt,
	WithdrawClaims, NOTE_CIPHERTEXT_BYTES,
};
use subxt::{
	ext::{
		codec::{Compact, Encode},
		frame_decode::extrinsics::encode_call_data,
	},
	Metadata,
};

fn metadata() -> Metadata {
	Metadata::decode_from(include_bytes!("../../artifacts/metadata.scale")).unwrap()
}

/// The call's arguments as they go into a transaction: without the two bytes of its index.
fn arguments(call: &impl Payload) -> Vec<u8> {
	let metadata = metadata();
	let details = call.validation_details().unwrap();
	let pallet = metadata.pallet_by_name(call.pallet_name()).unwrap();
	assert_eq!(pallet.call_hash(call.call_name()), Some(details.hash));
	let types = metadata.types();
	let (pallet, name) = (call.pallet_name(), call.call_name());
	let bytes = encode_call_data(pallet, name, call.call_data(), &metadata, types).unwrap();
	bytes[2..].to_vec()
}

fn account(byte: u8) -> AccountId {
	AccountId([byte; 32])
}

fn blob() -> Blob {
	Blob { digest: [2; 32], size: 3 }
}

#[test]
fn a_receipt_is_encoded_as_the_chain_decodes_it() {
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
	let receipt = TransparentReceipt { issuer: account(4), body, signature: [5; 64] };
	let receipt = Receipt::Transparent(receipt);
	let expected = (Compact(300u64), receipt.clone()).encode();
	assert_eq!(arguments(&submit_receipt(300, receipt.clone())), expected);
	let expected = vec![(300u64, receipt.clone()), (301, receipt.clone())].encode();
	let batch = submit_receipt_batch(vec![(300, receipt.clone()), (301, receipt)]);
	assert_eq!(arguments(&batch), expected);
}

#[test]
fn an_offer_is_encoded_as_the_chain_decodes_it() {
	let price = PriceRamp { min: 1, max: u128::from(u64::MAX), start: 7, length: 9 };
	let offer = Offer {
		model: [1; 32],
		mode: Mode::Proven,
		level: Level::Basic,
		circuit: Some([4; 32]),
		input: blob(),
		input_commitment: Some(FieldBytes([8; 32])),
		issuers: vec![account(5), account(6)],
		issuer_fee: 1 << 40,
		payment: Payment::Held { price },
		lock_timeout: 1 << 10,
		timeout: 1 << 20,
		miner_bond: 1 << 50,
		redundancy: 3,
		allow_list: vec![account(9)],
		proof_required: true,
	};
	let expected = (
		(offer.model, offer.mode, offer.level, offer.circuit, offer.input),
		(offer.input_commitment, offer.issuers.clone(), offer.issuer_fee, offer.payment),
		(offer.lock_timeout, offer.timeout, offer.miner_bond, offer.redundancy),
		(offer.allow_list.clone(), offer.proof_required),
	)
		.encode();
	assert_eq!(arguments(&post_job(offer)), expected);
}

#[test]
fn a_model_is_encoded_as_the_chain_decodes_it() {
	let kinds = [
		ModelKind::Dense,
		ModelKind::Convolutional,
		ModelKind::Transformer,
		ModelKind::Adapter,
		ModelKind::Other,
	];
	let origins =
		[(Origin::New, vec![0]), (Origin::VersionOf([9; 32]), [[1].as_slice(), &[9; 32]].concat())];
	for (place, kind) in (0u8..).zip(kinds) {
		for (origin, encoded_origin) in origins.clone() {
			let description = Description {
				name: b"digits".to_vec(),
				kind,
				architecture: [1; 32],
				weights: WeightsCommitment { sha256: [2; 32], poseidon: Some(FieldBytes([3; 32])) },
				blob: blob(),
				uri: b"file".to_vec(),
				licence: [5; 32],
				input_shape: vec![8, 8],
				output_shape: vec![10],
				quantisation: Some([6; 32]),
				fhe_parameters: None,
				constraints: 1 << 33,
				royalties: vec![Royalty { payee: account(7), parts: 1_000 }],
				origin,
			};
			let terms =
				Terms { plain: Some(3), proven: None, fhe: None, hybrid: Some(4), latency: 5 };
			let description_bytes = (
				(description.name.clone(), place, description.architecture),
				([2u8; 32], Some([3u8; 32])),
				(description.blob, description.uri.clone(), description.licence),
				(description.input_shape.clone(), description.output_shape.clone()),
				(description.quantisation, description.fhe_parameters, description.constraints),
				vec![(account(7), 1_000u32)],
			)
				.encode();
			let terms_bytes = (Some(3u128), None::<u128>, None::<u128>, Some(4u128), 5u64).encode();
			let expected = [description_bytes, encoded_origin, terms_bytes.clone()].concat();
			assert_eq!(arguments(&register_model(description, terms)), expected);
			let expected = [[1; 32].as_slice(), &terms_bytes].concat();
			assert_eq!(arguments(&set_terms([1; 32], terms)), expected);
		}
	}
}

#[test]
fn circuits_and_issuers_are_encoded_as_the_chain_decodes_them() {
	let setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [3; 32] };
	let (key, schema) = (vec![4; 700], b"schema".to_vec());
	let expected = (CircuitKind::BasicReceipt, key.clone(), schema.clone(), setup).encode();
	let call = register_circuit(CircuitKind::BasicReceipt, key, schema, setup);
	assert_eq!(arguments(&call), expected);
	assert_eq!(arguments(&retire_circuit([1; 32])), [1; 32]);
	assert_eq!(arguments(&remove_circuit([1; 32])), [1; 32]);

	let keys = IssuerKeys { sr25519: [1; 32], babyjubjub: [2; 64] };
	let expected = (keys, [3u8; 64], [4u8; 96]).encode();
	assert_eq!(arguments(&register_issuer(keys, [3; 64], [4; 96])), expected);
	assert!(arguments(&resign_issuer()).is_empty());
	assert!(arguments(&withdraw_issuer_bond()).is_empty());
}

#[test]
fn miners_are_encoded_as_the_chain_decodes_them() {
	let capabilities = Capabilities {
		circuits: vec![[1; 32]],
		levels: vec![Level::Transparent, Level::Basic],
		max_constraints: 1 << 20,
		largest_model: 1 << 30,
		fhe_parameters: vec![[2; 32]],
		region: b"eu".to_vec(),
	};
	let encoded =
		(vec![[1u8; 32]], vec![0u8, 1], 1u64 << 20, 1u64 << 30, vec![[2u8; 32]], b"eu".to_vec())
			.encode();
	let miner = RegisterMiner {
		hot_key: account(3),
		possession: [4; 64],
		bond: 1 << 60,
		capabilities: capabilities.clone(),
		endpoint: b"https://miner.example/".to_vec(),
	};
	let expected = [
		(account(3), [4u8; 64], Compact(1u128 << 60)).encode(),
		encoded.clone(),
		b"https://miner.example/".to_vec().encode(),
	]
	.concat();
	assert_eq!(arguments(&register_miner(miner)), expected);
	assert_eq!(arguments(&set_capabilities(capabilities)), encoded);
	assert_eq!(arguments(&set_endpoint(vec![1, 2])), vec![1u8, 2].encode());
	assert_eq!(arguments(&rotate_hot_key(account(3), [4; 64])), (account(3), [4u8; 64]).encode());
	assert_eq!(arguments(&bond_more(1 << 60)), Compact(1u128 << 60).encode());
	assert_eq!(arguments(&unbond(1 << 60)), Compact(1u128 << 60).encode());
	assert_eq!(
		arguments(&heartbeat(account(3), 300, [4; 64])),
		(account(3), Compact(300u64), [4u8; 64]).encode()
	);
	assert!(arguments(&cancel_rotation()).is_empty());
	assert!(arguments(&withdraw_unbonded()).is_empty());
	assert!(arguments(&leave()).is_empty());
	assert!(arguments(&pause_matching()).is_empty());
	assert!(arguments(&resume_matching()).is_empty());
}

#[test]
fn what_miners_show_is_encoded_as_the_chain_decodes_it() {
	let job = Compact(77u64);
	assert_eq!(arguments(&deliver_job(77, blob())), (job, blob()).encode());
	assert_eq!(arguments(&commit_delivery(77, [1; 32])), (job, [1u8; 32]).encode());
	let expected = (job, blob(), [1u8; 32]).encode();
	assert_eq!(arguments(&reveal_delivery(77, blob(), [1; 32])), expected);
	assert_eq!(arguments(&commit_late(77, [1; 32])), (job, [1u8; 32]).encode());
	assert_eq!(arguments(&withdraw_commitment(77, account(1))), (job, account(1)).encode());
	assert_eq!(arguments(&claim_malformed(77, vec![1; 3])), (job, vec![1u8; 3]).encode());
}

#[test]
fn findings_are_encoded_as_the_chain_decodes_them() {
	let job = Compact(77u64);
	assert_eq!(arguments(&commit_finding(77, [1; 32])), (job, [1u8; 32]).encode());
	for finding in [
		MemberFinding::Right { candidate: 2, amount: 1 << 50 },
		MemberFinding::Wrong,
		MemberFinding::Unfetched,
	] {
		let expected = (job, finding, [1u8; 32]).encode();
		assert_eq!(arguments(&reveal_finding(77, finding, [1; 32])), expected);
	}
	assert_eq!(arguments(&close_round(77)), job.encode());
}

#[test]
fn notes_calls_are_encoded_as_the_chain_decodes_them() {
	let bytes = |byte| FieldBytes([byte; 32]);
	let ciphertext = [7; NOTE_CIPHERTEXT_BYTES];
	let expected = (Compact(5u128), bytes(1), ciphertext).encode();
	assert_eq!(arguments(&deposit_note(5, bytes(1), ciphertext)), expected);
	let deposit = |amount| NoteDeposit { amount, inner: bytes(1), ciphertext };
	let index = |pallet, call| {
		let metadata = metadata();
		let pallet = metadata.pallet_by_name(pallet).unwrap();
		(pallet.call_index(), pallet.call_variant_by_name(call).unwrap().index)
	};
	let one = (index("ConfidentialSettlement", "deposit"), Compact(5u128), bytes(1), ciphertext);
	let other = (one.0, Compact(6u128), bytes(1), ciphertext);
	assert_eq!(arguments(&deposit_notes([deposit(5), deposit(6)])), vec![one, other].encode());
	let set = index("ConfidentialSettlement", "set_circuit");
	let plain = [
		PoolCircuit::Transfer,
		PoolCircuit::Withdraw,
		PoolCircuit::PostPrivateJob,
		PoolCircuit::Settle,
		PoolCircuit::SettleVerdict,
	];
	let audited = plain.map(|of| of.with_auditor(true));
	assert_eq!(audited.map(|of| of.with_auditor(false)), plain);
	assert_eq!(plain.map(|of| of.with_auditor(false)), plain);
	for (place, used_for) in (0u8..).zip(plain.into_iter().chain(audited)) {
		let expected = (set, place, [9u8; 32]).encode();
		assert_eq!(arguments(&set_pool_circuit(used_for, [9; 32])), expected);
	}

	let header = Header {
		genesis: [1; 32],
		pallet: 44,
		circuit: [2; 32],
		subject: None,
		arguments: [3; 32],
		submitter: Some(account(4)),
		payee: account(5),
		valid_until: 9,
		nonce: 0,
	};
	let (root, nullifiers, fee) = (bytes(1), [bytes(2), bytes(3)], 1 << 40);
	let claims = TransferClaims { root, nullifiers, commitments: [bytes(4), bytes(5)], fee };
	let (key, ephemeral_key) = (3, [bytes(6), bytes(7)]);
	let pair = NotePairAudit { key, ephemeral_key, encrypted: [bytes(8), bytes(9)] };
	for audit in [None, Some(pair)] {
		let expected = (&header, claims, [ciphertext; 2], audit, [8u8; 256]).encode();
		let call = transfer_notes(header.clone(), claims, [ciphertext; 2], audit, [8; 256]);
		assert_eq!(arguments(&call), expected);
	}
	let claims = WithdrawClaims { root, nullifiers, change: bytes(4), amount: 7, fee };
	for audit in [None, Some(NoteAudit { key, ephemeral_key, encrypted: bytes(8) })] {
		let expected = (&header, claims, ciphertext, audit, [8u8; 256]).encode();
		let call = withdraw_notes(header.clone(), claims, ciphertext, audit, [8; 256]);
		assert_eq!(arguments(&call), expected);
	}
	let index = |call| index("ConfidentialSettlement", call);
	let expected = (index("set_auditor"), [5u8; 64]).encode();
	assert_eq!(arguments(&set_pool_auditor([5; 64])), expected);
	assert_eq!(arguments(&clear_pool_auditor()), index("clear_auditor").encode());
}

#[test]
fn a_private_calls_refusal_is_named() {
	use crate::PrivateCallRefusal;
	use quittance_types::PoolRefusal;
	use subxt::tx::TransactionInvalid;
	let refusal = PrivateCallRefusal::from(TransactionInvalid::Custom(32));
	assert_eq!(refusal, PrivateCallRefusal::Pool(PoolRefusal::NullifierSpent));
	assert_eq!(refusal.to_string(), "one of the notes is spent already");
	assert_eq!(PrivateCallRefusal::from(TransactionInvalid::Call), PrivateCallRefusal::Paused);
	let newer = PrivateCallRefusal::from(TransactionInvalid::Custom(200));
	assert!(matches!(newer, PrivateCallRefusal::Other(_)));
}

#[test]
fn the_other_calls_are_those_of_the_metadata() {
	let job = Compact(77u64).encode();
	assert_eq!(arguments(&lock_job(77)), job);
	assert_eq!(arguments(&fulfil_job(77)), job);
	assert_eq!(arguments(&refund_job(77)), job);
	assert_eq!(arguments(&slash_job(77)), job);
	assert_eq!(arguments(&advance_job(77)), job);
	assert_eq!(arguments(&cancel_job(77)), job);
	assert_eq!(arguments(&remove_job(77)), job);
	let review = (Compact(77u64), 4u8, [1u8; 32]).encode();
	assert_eq!(arguments(&review_job(77, 4, [1; 32])), review);
	assert_eq!(arguments(&remove_review([1; 32], 77)), ([1u8; 32], Compact(77u64)).encode());
	assert_eq!(arguments(&list_model([1; 32])), [1; 32]);
	assert_eq!(arguments(&suspend_model([1; 32])), [1; 32]);
	assert_eq!(arguments(&retire_model([1; 32])), [1; 32]);
	assert_eq!(arguments(&remove_model([1; 32])), [1; 32]);
	assert_eq!(arguments(&pay_royalties([1; 32])), [1; 32]);
	let expected = (0u8, [9u8; 32], Compact(5u128)).encode();
	assert_eq!(arguments(&transfer(account(9), 5)), expected);
}

#[test]
fn an_error_is_named_with_its_documentation() {
	use crate::{
		api::runtime_types::sp_runtime::{DispatchError, ModuleError},
		Refusal,
	};
	let metadata = metadata();
	let pallet = metadata.pallet_by_name("ZkReceipts").unwrap();
	let variants = pallet.error_variants().unwrap();
	let spent = variants.iter().find(|variant| variant.name == "NullifierSpent").unwrap();
	let error = [spent.index, 0, 0, 0];
	let index = pallet.error_index();
	let refusal = Refusal::new(&metadata, &DispatchError::Module(ModuleError { index, error }));
	assert_eq!((&*refusal.pallet, &*refusal.error), ("ZkReceipts", "NullifierSpent"));
	assert!(!refusal.docs.is_empty());
	assert!(refusal.to_string().starts_with("ZkReceipts.NullifierSpent: "));

	let refusal = Refusal::new(&metadata, &DispatchError::BadOrigin);
	assert_eq!(refusal.to_string(), "Runtime.BadOrigin");
	let unknown = ModuleError { index: 255, error: [0; 4] };
	let refusal = Refusal::new(&metadata, &DispatchError::Module(unknown));
	assert_eq!(refusal.pallet, "Runtime");
}
