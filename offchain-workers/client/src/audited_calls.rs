//! What the pool's auditor is shown, as it is in blocks.

use crate::{
	api::runtime_types::pallet_confidential_settlement::pallet::Call as Notes,
	nested_calls::authorised_call, pool_blocks::PALLET, ClientError, View,
};
use quittance_types::{
	NoteAudit, NotePairAudit, PrivateJobClaims, SettlementAudit, SettlementClaims, TransferClaims,
	WithdrawClaims,
};
use subxt::{ext::scale_decode::DecodeAsType, Metadata};

/// A private call that the chain has accepted, with what it shows to the pool's auditor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::large_enum_variant)] // Some in a block.
pub enum AuditedCall {
	/// A transfer.
	Transfer(TransferClaims, NotePairAudit),
	/// A withdrawal.
	Withdraw(WithdrawClaims, NoteAudit),
	/// The post of a private job.
	PostPrivateJob(PrivateJobClaims, NotePairAudit),
	/// A settlement by a receipt.
	Settle(SettlementClaims, SettlementAudit),
	/// A settlement by a verdict.
	SettleVerdict(SettlementClaims, SettlementAudit),
}

impl View {
	/// What the private calls of this block show to the pool's auditor, in their order. Those that show nothing are
	/// left out.
	///
	/// Only what the chain has authorised by a proof and carried out is there: a copy of such a call within a
	/// transaction that somebody signed shows what it likes, and fails.
	pub async fn audited_calls(&self) -> Result<Vec<AuditedCall>, ClientError> {
		let happened = self.pool_events().await?;
		let bodies = self.adding(&happened).await?;
		let metadata = self.client().metadata_ref();
		let shown = bodies.values().map(|body| shown(metadata, body));
		shown.filter_map(Result::transpose).collect()
	}
}

/// What a transaction that has added notes shows.
fn shown(metadata: &Metadata, transaction: &[u8]) -> Result<Option<AuditedCall>, ClientError> {
	let odd = |reason: String| {
		ClientError::Unexpected(format!("a transaction that adds notes cannot be read: {reason}"))
	};
	let ty = metadata.pallet_by_name(PALLET).and_then(|pallet| pallet.call_ty_id());
	let ty = ty.ok_or_else(|| odd(format!("there are no calls of {PALLET}")))?;
	let Some(mut call) = authorised_call(metadata, PALLET, transaction).map_err(odd)? else {
		return Ok(None);
	};
	let call = Notes::decode_as_type(&mut call, ty, metadata.types());
	Ok(match call.map_err(|error| odd(error.to_string()))? {
		Notes::transfer { claims, audit, .. } => {
			audit.map(|audit| AuditedCall::Transfer(claims.0, audit.0))
		},
		Notes::withdraw { claims, audit, .. } => {
			audit.map(|audit| AuditedCall::Withdraw(claims.0, audit.0))
		},
		Notes::post_private_job { claims, audit, .. } => {
			audit.map(|audit| AuditedCall::PostPrivateJob(claims.0, audit.0))
		},
		Notes::settle { claims, audit, .. } => {
			audit.map(|audit| AuditedCall::Settle(claims.0.settlement, audit.0))
		},
		Notes::settle_verdict { claims, audit, .. } => {
			audit.map(|audit| AuditedCall::SettleVerdict(claims.0.settlement, audit.0))
		},
		Notes::deposit { .. }
		| Notes::set_circuit { .. }
		| Notes::set_auditor { .. }
		| Notes::clear_auditor
		| Notes::pause
		| Notes::resume => None,
	})
}

#[cfg(test)]
mod tests;
