//! Registered circuits: a verifying key, what it is for, and how it came to be.

use crate::field::blake2_256;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// `blake2_256(SCALE(tag, key, kind, schema, setup))` of a registered circuit. The passport is part of
/// it, so that nobody can take a key's place in the registry with a wrong passport.
pub type CircuitId = [u8; 32];

/// What the proofs of a circuit are used for.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum CircuitKind {
	/// The basic receipt, with the public signals of [`crate::BasicReceipt::inputs`].
	#[codec(index = 0)]
	BasicReceipt,
	/// A statement of the registrant's own, for read-only verification. No money moves on it.
	#[codec(index = 1)]
	Custom,
	/// A transfer of the confidential pool, with the public signals of [`crate::TransferClaims::inputs`].
	#[codec(index = 2)]
	Transfer,
	/// A withdrawal from the confidential pool, with those of [`crate::WithdrawClaims::inputs`].
	#[codec(index = 3)]
	Withdraw,
	/// The post of a private job, with those of [`crate::PrivateJobClaims::inputs`].
	#[codec(index = 4)]
	PostPrivateJob,
	/// The settlement of a private job by a receipt, with those of [`crate::SettleClaims::inputs`].
	#[codec(index = 5)]
	Settle,
	/// The settlement of a private job by a verdict, with those of [`crate::SettleVerdictClaims::inputs`].
	#[codec(index = 6)]
	SettleVerdict,
	/// [`Self::Transfer`] for a pool with an auditor: one more signal, [`crate::AuditedValues::signal`].
	#[codec(index = 7)]
	AuditedTransfer,
	/// [`Self::Withdraw`] with the same.
	#[codec(index = 8)]
	AuditedWithdraw,
	/// [`Self::PostPrivateJob`] with the same.
	#[codec(index = 9)]
	AuditedPostPrivateJob,
	/// [`Self::Settle`] with the same.
	#[codec(index = 10)]
	AuditedSettle,
	/// [`Self::SettleVerdict`] with the same.
	#[codec(index = 11)]
	AuditedSettleVerdict,
}

impl CircuitKind {
	/// Number of public inputs that the kind fixes, if it fixes one.
	pub fn inputs(&self) -> Option<u32> {
		match self {
			Self::BasicReceipt => Some(crate::BASIC_INPUTS),
			Self::Custom => None,
			// A handful.
			Self::Transfer | Self::Withdraw | Self::PostPrivateJob => {
				Some(crate::NOTE_SIGNALS as u32)
			},
			Self::Settle | Self::SettleVerdict => Some(crate::SETTLEMENT_SIGNALS as u32),
			Self::AuditedTransfer | Self::AuditedWithdraw | Self::AuditedPostPrivateJob => {
				Some(crate::AUDITED_NOTE_SIGNALS as u32)
			},
			Self::AuditedSettle | Self::AuditedSettleVerdict => {
				Some(crate::AUDITED_SETTLEMENT_SIGNALS as u32)
			},
		}
	}
}

/// The setup passport: where the key's secret randomness came from.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Setup {
	/// Made by one process, which could forge proofs. Refused for value outside development chains.
	#[codec(index = 0)]
	Development,
	/// Made by several parties; one honest contribution suffices.
	#[codec(index = 1)]
	Ceremony {
		/// blake2b-256 of the published transcript.
		transcript: [u8; 32],
		/// Number of contributions, at least two.
		contributions: u32,
		/// The public randomness applied last.
		beacon: [u8; 32],
	},
}

/// The id under which a circuit is registered. `key` is the key's only encoding.
pub fn circuit_id(key: &[u8], kind: CircuitKind, schema: &[u8], setup: &Setup) -> CircuitId {
	blake2_256(&(b"quittance.circuit.v1", key, kind, schema, setup).encode())
}
