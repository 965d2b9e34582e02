//! The chain's interface, generated from its metadata.
//!
//! Types that chain and workers share are substituted by those of `quittance-types`: a receipt has
//! one definition, not a second one that happens to encode alike.

#![allow(missing_docs)] // Generated; the runtime's own documentation is in its crates.

#[subxt::subxt(
	runtime_metadata_path = "artifacts/metadata.scale",
	substitute_type(
		path = "quittance_types::audit::AuditPolicy",
		with = "::subxt::utils::Static<::quittance_types::AuditPolicy>"
	),
	substitute_type(
		path = "quittance_types::audit::NoteAudit",
		with = "::subxt::utils::Static<::quittance_types::NoteAudit>"
	),
	substitute_type(
		path = "quittance_types::audit::NotePairAudit",
		with = "::subxt::utils::Static<::quittance_types::NotePairAudit>"
	),
	substitute_type(
		path = "quittance_types::audit::NumberedAuditorKey",
		with = "::subxt::utils::Static<::quittance_types::NumberedAuditorKey>"
	),
	substitute_type(
		path = "quittance_types::audit::SettlementAudit",
		with = "::subxt::utils::Static<::quittance_types::SettlementAudit>"
	),
	substitute_type(
		path = "quittance_types::circuit::CircuitKind",
		with = "::subxt::utils::Static<::quittance_types::CircuitKind>"
	),
	substitute_type(
		path = "quittance_types::circuit::Setup",
		with = "::subxt::utils::Static<::quittance_types::Setup>"
	),
	substitute_type(
		path = "quittance_types::field::FieldBytes",
		with = "::subxt::utils::Static<::quittance_types::FieldBytes>"
	),
	substitute_type(
		path = "quittance_types::issuer::IssuerKeys",
		with = "::subxt::utils::Static<::quittance_types::IssuerKeys>"
	),
	substitute_type(
		path = "quittance_types::job::Blob",
		with = "::subxt::utils::Static<::quittance_types::Blob>"
	),
	substitute_type(
		path = "quittance_types::job::IssuerSnapshot",
		with = "::subxt::utils::Static<::quittance_types::IssuerSnapshot>"
	),
	substitute_type(
		path = "quittance_types::job::Mode",
		with = "::subxt::utils::Static<::quittance_types::Mode>"
	),
	substitute_type(
		path = "quittance_types::job::Payment",
		with = "::subxt::utils::Static<::quittance_types::Payment>"
	),
	substitute_type(
		path = "quittance_types::job::PriceRamp",
		with = "::subxt::utils::Static<::quittance_types::PriceRamp>"
	),
	substitute_type(
		path = "quittance_types::miner::JobNeeds",
		with = "::subxt::utils::Static<::quittance_types::JobNeeds>"
	),
	substitute_type(
		path = "quittance_types::miner::Outcome",
		with = "::subxt::utils::Static<::quittance_types::Outcome>"
	),
	substitute_type(
		path = "quittance_types::note_call::TransferClaims",
		with = "::subxt::utils::Static<::quittance_types::TransferClaims>"
	),
	substitute_type(
		path = "quittance_types::note_call::WithdrawClaims",
		with = "::subxt::utils::Static<::quittance_types::WithdrawClaims>"
	),
	substitute_type(
		path = "quittance_types::escrow::Escrow",
		with = "::subxt::utils::Static<::quittance_types::Escrow>"
	),
	substitute_type(
		path = "quittance_types::private_job::Agreement",
		with = "::subxt::utils::Static<::quittance_types::Agreement>"
	),
	substitute_type(
		path = "quittance_types::private_job::PrivateJobClaims",
		with = "::subxt::utils::Static<::quittance_types::PrivateJobClaims>"
	),
	substitute_type(
		path = "quittance_types::private_job::PrivateOffer",
		with = "::subxt::utils::Static<::quittance_types::PrivateOffer>"
	),
	substitute_type(
		path = "quittance_types::private_job::SettleClaims",
		with = "::subxt::utils::Static<::quittance_types::SettleClaims>"
	),
	substitute_type(
		path = "quittance_types::private_job::SettleVerdictClaims",
		with = "::subxt::utils::Static<::quittance_types::SettleVerdictClaims>"
	),
	substitute_type(
		path = "quittance_types::panel::Finding",
		with = "::subxt::utils::Static<::quittance_types::Finding>"
	),
	substitute_type(
		path = "quittance_types::panel::MemberFinding",
		with = "::subxt::utils::Static<::quittance_types::MemberFinding>"
	),
	substitute_type(
		path = "quittance_types::panel::Verdict",
		with = "::subxt::utils::Static<::quittance_types::Verdict>"
	),
	substitute_type(
		path = "quittance_types::receipt::Level",
		with = "::subxt::utils::Static<::quittance_types::Level>"
	),
	substitute_type(
		path = "quittance_types::receipt::Receipt<A>",
		with = "::subxt::utils::Static<::quittance_types::Receipt<A>>"
	),
	substitute_type(
		path = "quittance_groth16::error::VerifyError",
		with = "::subxt::utils::Static<::quittance_groth16::VerifyError>"
	)
)]
mod chain {}

pub(crate) use chain::*;
