//! What happened in a block.

use crate::{
	api::{
		self,
		runtime_types::{
			pallet_confidential_settlement::pallet::Event as Notes,
			pallet_miners::pallet::Event as Miners,
			pallet_model_marketplace::pallet::Event as Jobs, pallet_panel::pallet::Event as Panels,
			pallet_sudo::pallet::Event as Sudo, pallet_zk_receipts::pallet::Event as Receipts,
		},
	},
	calls::SEALED_OPENING_BYTES,
	chain::QuittanceConfig,
	AccountId, Cause, ClientError, PoolCircuit, Refusal, Round, Stakes, Terms,
};
use quittance_types::{
	Agreement, Blob, CircuitId, CircuitKind, Digest, EpochIndex, FieldBytes, JobId, JobTime, Level,
	MemberFinding, Mode, ModelId, NumberedAuditorKey, Outcome, PriceRamp, PrivateOffer, Setup,
	Verdict,
};
use subxt::Metadata;

/// An event of this chain's own pallets, or the name of another pallet's. Amounts are in the
/// chain's smallest unit, times in job time.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // The pallets document their events and the fields are named as there.
pub enum Event {
	CircuitRegistered {
		circuit: CircuitId,
		owner: AccountId,
		kind: CircuitKind,
		setup: Setup,
	},
	CircuitRemoved {
		circuit: CircuitId,
		owner: AccountId,
	},
	CircuitPauseChanged {
		circuit: CircuitId,
		old: bool,
		new: bool,
	},
	CircuitRetired {
		circuit: CircuitId,
	},
	CircuitApproved {
		circuit: CircuitId,
	},
	IssuerRegistered {
		issuer: AccountId,
		bond: u128,
	},
	IssuerAdmitted {
		issuer: AccountId,
	},
	IssuerResigned {
		issuer: AccountId,
		at: JobTime,
	},
	IssuerRemoved {
		issuer: AccountId,
		at: JobTime,
	},
	IssuerBondReturned {
		issuer: AccountId,
		bond: u128,
	},
	ReceiptAccepted {
		job: JobId,
		miner: AccountId,
		issuer: AccountId,
		level: Level,
		amount: u128,
		nullifier: FieldBytes,
	},
	ReceiptRefused {
		index: u32,
		job: JobId,
		error: Refusal,
	},
	ModelRegistered {
		model: ModelId,
		owner: AccountId,
		weights: Digest,
		version: u32,
		predecessor: Option<ModelId>,
	},
	ModelListed {
		model: ModelId,
	},
	ModelSuspended {
		model: ModelId,
	},
	ModelRetired {
		model: ModelId,
	},
	ModelRemoved {
		model: ModelId,
		owner: AccountId,
	},
	ModelTermsChanged {
		model: ModelId,
		old: Terms,
		new: Terms,
	},
	RoyaltyPaid {
		model: ModelId,
		payee: AccountId,
		amount: u128,
	},
	JobPosted {
		job: JobId,
		requester: AccountId,
		model: ModelId,
		mode: Mode,
		input: Blob,
		level: Level,
		price: PriceRamp,
		issuer_fee: u128,
		panel_fee: u128,
		miner_bond: u128,
		redundancy: u8,
		quote: u128,
		lock_deadline: JobTime,
		deadline: JobTime,
		proof_required: bool,
	},
	JobLocked {
		job: JobId,
		miner: AccountId,
		price: u128,
		bond: u128,
		nonce: u64,
	},
	PrivateJobLocked {
		job: JobId,
		miner: AccountId,
		agreement: Agreement,
		opening_key: [u8; 32],
	},
	OpeningSent {
		job: JobId,
		nonce: u64,
		opening: [u8; SEALED_OPENING_BYTES],
	},
	JobDeclined {
		job: JobId,
		miner: AccountId,
		burned: u128,
		slashed: u128,
	},
	SettlementAwaited {
		job: JobId,
		units: u64,
		borne: u128,
		until: JobTime,
	},
	OutputCommitted {
		job: JobId,
		miner: AccountId,
		commitment: Digest,
	},
	RevealsBegun {
		job: JobId,
		until: JobTime,
	},
	OutputDelivered {
		job: JobId,
		miner: AccountId,
		output: Blob,
	},
	SigningBegun {
		job: JobId,
		until: JobTime,
	},
	LateCommitted {
		job: JobId,
		miner: AccountId,
		commitment: Digest,
	},
	CommitmentWithdrawn {
		job: JobId,
		miner: AccountId,
		depositor: AccountId,
	},
	SettlementScheduled {
		job: JobId,
		miner: AccountId,
		amount: u128,
	},
	JobFulfilled {
		job: JobId,
		miner: AccountId,
		amount: u128,
		royalties: u128,
		issuer: Option<AccountId>,
		issuer_fee: u128,
		returned: u128,
	},
	ShareOfJobPaid {
		job: JobId,
		miner: AccountId,
		amount: u128,
	},
	FeePaid {
		job: JobId,
		payee: AccountId,
		amount: u128,
	},
	PaymentDeferred {
		job: JobId,
		miner: AccountId,
		amount: u128,
		error: Refusal,
	},
	BondForfeited {
		job: JobId,
		miner: AccountId,
		amount: u128,
	},
	PanelCovered {
		job: JobId,
		miner: AccountId,
		amount: u128,
	},
	PanelBorne {
		job: JobId,
		amount: u128,
	},
	PanelFeeLost {
		job: JobId,
		amount: u128,
	},
	CancelNoticeGiven {
		job: JobId,
		closes_at: JobTime,
	},
	PanelAsked {
		job: JobId,
	},
	PanelUnavailable {
		job: JobId,
		error: Refusal,
	},
	PanelAwaited {
		job: JobId,
		from: JobTime,
	},
	PanelDecided {
		job: JobId,
		verdict: Verdict,
	},
	JobRefunded {
		job: JobId,
		requester: AccountId,
		amount: u128,
		cause: Cause,
	},
	JobRemoved {
		job: JobId,
	},
	JobReviewed {
		job: JobId,
		model: ModelId,
		reviewer: AccountId,
		rating: u8,
		digest: Digest,
	},
	ReviewRemoved {
		job: JobId,
		model: ModelId,
	},
	MinerRegistered {
		miner: AccountId,
		hot_key: AccountId,
		bond: u128,
		capabilities: Digest,
		endpoint: Vec<u8>,
	},
	HotKeyRotationStarted {
		miner: AccountId,
		old: AccountId,
		new: AccountId,
		works_from: JobTime,
	},
	HotKeyRotationCancelled {
		miner: AccountId,
		key: AccountId,
	},
	CapabilitiesChanged {
		miner: AccountId,
		old: Digest,
		new: Digest,
	},
	EndpointChanged {
		miner: AccountId,
		old: Vec<u8>,
		new: Vec<u8>,
	},
	BondAdded {
		miner: AccountId,
		amount: u128,
		bond: u128,
	},
	UnbondingStarted {
		miner: AccountId,
		amount: u128,
		until: JobTime,
		bond: u128,
	},
	UnbondedWithdrawn {
		miner: AccountId,
		amount: u128,
	},
	MinerLeaving {
		miner: AccountId,
		amount: u128,
		reserved: u128,
		until: JobTime,
	},
	MatchingPaused {
		miner: AccountId,
	},
	MatchingResumed {
		miner: AccountId,
	},
	MinerRemoved {
		miner: AccountId,
	},
	BondReserved {
		miner: AccountId,
		amount: u128,
		reserved: u128,
	},
	BondReleased {
		miner: AccountId,
		amount: u128,
		reserved: u128,
	},
	MinerSlashed {
		miner: AccountId,
		amount: u128,
		bond: u128,
		owed: u128,
	},
	DebtCollected {
		miner: AccountId,
		amount: u128,
		bond: u128,
		owed: u128,
	},
	HeartbeatReceived {
		miner: AccountId,
		epoch: EpochIndex,
	},
	OutcomeRecorded {
		miner: AccountId,
		outcome: Outcome,
	},
	Rewarded {
		miner: AccountId,
		amount: u128,
	},
	PanelOpened {
		job: JobId,
		candidates: u32,
		stakes: Stakes,
		since: EpochIndex,
	},
	SeedTooWeak {
		epoch: EpochIndex,
		contributions: u32,
	},
	MembersDrawn {
		job: JobId,
		round: Round,
		draw: u8,
		epoch: EpochIndex,
		seed: Digest,
		members: Vec<AccountId>,
		commits_until: JobTime,
		reveals_until: JobTime,
	},
	FindingCommitted {
		job: JobId,
		member: AccountId,
		commitment: Digest,
	},
	CommitsClosed {
		job: JobId,
		draw: u8,
	},
	FindingRevealed {
		job: JobId,
		member: AccountId,
		finding: MemberFinding,
	},
	RevealsClosed {
		job: JobId,
		draw: u8,
	},
	MemberAbsent {
		job: JobId,
		member: AccountId,
		slashed: u128,
	},
	MemberDissented {
		job: JobId,
		member: AccountId,
		slashed: u128,
	},
	FetchMissed {
		job: JobId,
		member: AccountId,
		slashed: u128,
	},
	RoundDisagreed {
		job: JobId,
		draw: u8,
	},
	DrawFailed {
		job: JobId,
		draw: u8,
		members: u32,
		revealed: u32,
		failed: u8,
	},
	/// The panel pallet's `PanelDecided`: the marketplace has an event of that name, too.
	PanelEnded {
		job: JobId,
		verdict: Verdict,
		members: Vec<AccountId>,
	},
	NoteAdded {
		index: u64,
		commitment: FieldBytes,
		ciphertext: Option<u8>,
	},
	Deposited {
		who: AccountId,
		amount: u128,
		index: u64,
	},
	Transferred {
		nullifiers: [FieldBytes; 2],
		fee: u128,
		relayed: Option<(AccountId, u128)>,
	},
	Withdrawn {
		payee: AccountId,
		amount: u128,
		nullifiers: [FieldBytes; 2],
		fee: u128,
		relayed: Option<(AccountId, u128)>,
	},
	PrivateJobPosted {
		job: JobId,
		requester: AccountId,
		offer: PrivateOffer,
		paid_in: u128,
		nullifiers: [FieldBytes; 2],
		fee: u128,
		relayed: Option<(AccountId, u128)>,
	},
	Settled {
		job: JobId,
		index: u64,
		fee: u128,
		relayed: Option<(AccountId, u128)>,
	},
	EscrowGivenBack {
		job: JobId,
		index: u64,
	},
	RootRecorded {
		root: FieldBytes,
		leaves: u64,
	},
	PoolCircuitSet {
		used_for: PoolCircuit,
		old: Option<CircuitId>,
		new: CircuitId,
	},
	PoolAuditorSet {
		previous: Option<(NumberedAuditorKey, JobTime)>,
		new: NumberedAuditorKey,
	},
	PoolAuditorCleared {
		old: NumberedAuditorKey,
	},
	PoolPauseChanged {
		old: bool,
		new: bool,
	},
	/// The sudo key's call was tried. That it failed does not make its transaction fail.
	SudoTried {
		refusal: Option<Refusal>,
	},
	Other {
		pallet: String,
		event: String,
	},
}

impl Event {
	pub(crate) fn decode(
		metadata: &Metadata,
		event: &subxt::events::Event<'_, QuittanceConfig>,
	) -> Result<Self, ClientError> {
		// Only our own pallets' events are decoded, so that a foreign one that this program was not
		// built for is named, not an error.
		let decoded = match event.pallet_name() {
			"ZkReceipts"
			| "ModelMarketplace"
			| "Miners"
			| "Panel"
			| "ConfidentialSettlement"
			| "Sudo" => Some(event.decode_as::<api::Event>().map_err(ClientError::chain)?),
			_ => None,
		};
		Ok(match decoded {
			Some(api::Event::ZkReceipts(event)) => Self::of_receipts(metadata, event),
			Some(api::Event::ModelMarketplace(event)) => Self::of_jobs(metadata, event),
			Some(api::Event::Miners(event)) => Self::of_miners(event),
			Some(api::Event::Panel(event)) => Self::of_panels(event),
			Some(api::Event::ConfidentialSettlement(event)) => Self::of_pool(event),
			Some(api::Event::Sudo(Sudo::Sudid { sudo_result })) => {
				Self::SudoTried { refusal: sudo_result.err().map(|e| Refusal::new(metadata, &e)) }
			},
			_ => Self::Other {
				pallet: event.pallet_name().to_owned(),
				event: event.event_name().to_owned(),
			},
		})
	}

	fn of_receipts(metadata: &Metadata, event: Receipts) -> Self {
		match event {
			Receipts::CircuitRegistered { circuit, owner, kind, setup } => {
				Self::CircuitRegistered { circuit, owner, kind: kind.0, setup: setup.0 }
			},
			Receipts::CircuitRemoved { circuit, owner } => Self::CircuitRemoved { circuit, owner },
			Receipts::CircuitPauseChanged { circuit, old, new } => {
				Self::CircuitPauseChanged { circuit, old, new }
			},
			Receipts::CircuitRetired { circuit } => Self::CircuitRetired { circuit },
			Receipts::CircuitApproved { circuit } => Self::CircuitApproved { circuit },
			Receipts::IssuerRegistered { issuer, keys: _, bond } => {
				Self::IssuerRegistered { issuer, bond }
			},
			Receipts::IssuerAdmitted { issuer } => Self::IssuerAdmitted { issuer },
			Receipts::IssuerResigned { issuer, at } => Self::IssuerResigned { issuer, at },
			Receipts::IssuerRemoved { issuer, at } => Self::IssuerRemoved { issuer, at },
			Receipts::IssuerBondReturned { issuer, bond } => {
				Self::IssuerBondReturned { issuer, bond }
			},
			Receipts::ReceiptAccepted { job, miner, issuer, level, amount, nullifier } => {
				Self::ReceiptAccepted {
					job,
					miner,
					issuer,
					level: level.0,
					amount,
					nullifier: nullifier.0,
				}
			},
			Receipts::ReceiptRefused { index, job, error } => {
				Self::ReceiptRefused { index, job, error: Refusal::new(metadata, &error) }
			},
		}
	}

	fn of_jobs(metadata: &Metadata, event: Jobs) -> Self {
		match event {
			Jobs::ModelRegistered { model, owner, weights, version, predecessor } => {
				Self::ModelRegistered { model, owner, weights, version, predecessor }
			},
			Jobs::ModelListed { model } => Self::ModelListed { model },
			Jobs::ModelSuspended { model } => Self::ModelSuspended { model },
			Jobs::ModelRetired { model } => Self::ModelRetired { model },
			Jobs::ModelRemoved { model, owner } => Self::ModelRemoved { model, owner },
			Jobs::ModelTermsChanged { model, old, new } => {
				Self::ModelTermsChanged { model, old: old.into(), new: new.into() }
			},
			Jobs::RoyaltyPaid { model, payee, amount } => {
				Self::RoyaltyPaid { model, payee, amount }
			},
			Jobs::JobPosted {
				job,
				requester,
				model,
				mode,
				input,
				level,
				price,
				issuer_fee,
				panel_fee,
				miner_bond,
				redundancy,
				quote,
				lock_deadline,
				deadline,
				proof_required,
			} => Self::JobPosted {
				job,
				requester,
				model,
				mode: mode.0,
				input: input.0,
				level: level.0,
				price: price.0,
				issuer_fee,
				panel_fee,
				miner_bond,
				redundancy,
				quote,
				lock_deadline,
				deadline,
				proof_required,
			},
			Jobs::JobLocked { job, miner, price, bond, nonce } => {
				Self::JobLocked { job, miner, price, bond, nonce }
			},
			Jobs::PrivateJobLocked { job, miner, agreement, opening_key } => {
				Self::PrivateJobLocked { job, miner, agreement: agreement.0, opening_key }
			},
			Jobs::OpeningSent { job, nonce, opening } => Self::OpeningSent { job, nonce, opening },
			Jobs::JobDeclined { job, miner, burned, slashed } => {
				Self::JobDeclined { job, miner, burned, slashed }
			},
			Jobs::SettlementAwaited { job, units, borne, until } => {
				Self::SettlementAwaited { job, units, borne, until }
			},
			Jobs::OutputCommitted { job, miner, commitment } => {
				Self::OutputCommitted { job, miner, commitment }
			},
			Jobs::RevealsBegun { job, until } => Self::RevealsBegun { job, until },
			Jobs::OutputDelivered { job, miner, output } => {
				Self::OutputDelivered { job, miner, output: output.0 }
			},
			Jobs::SigningBegun { job, until } => Self::SigningBegun { job, until },
			Jobs::LateCommitted { job, miner, commitment } => {
				Self::LateCommitted { job, miner, commitment }
			},
			Jobs::CommitmentWithdrawn { job, miner, depositor } => {
				Self::CommitmentWithdrawn { job, miner, depositor }
			},
			Jobs::SettlementScheduled { job, miner, amount } => {
				Self::SettlementScheduled { job, miner, amount }
			},
			Jobs::JobFulfilled { job, miner, amount, royalties, issuer, issuer_fee, returned } => {
				Self::JobFulfilled { job, miner, amount, royalties, issuer, issuer_fee, returned }
			},
			Jobs::ShareOfJobPaid { job, miner, amount } => {
				Self::ShareOfJobPaid { job, miner, amount }
			},
			Jobs::FeePaid { job, payee, amount } => Self::FeePaid { job, payee, amount },
			Jobs::PaymentDeferred { job, miner, amount, error } => {
				Self::PaymentDeferred { job, miner, amount, error: Refusal::new(metadata, &error) }
			},
			Jobs::BondForfeited { job, miner, amount } => {
				Self::BondForfeited { job, miner, amount }
			},
			Jobs::PanelCovered { job, miner, amount } => Self::PanelCovered { job, miner, amount },
			Jobs::PanelBorne { job, amount } => Self::PanelBorne { job, amount },
			Jobs::PanelFeeLost { job, amount } => Self::PanelFeeLost { job, amount },
			Jobs::CancelNoticeGiven { job, closes_at } => {
				Self::CancelNoticeGiven { job, closes_at }
			},
			Jobs::PanelAsked { job } => Self::PanelAsked { job },
			Jobs::PanelUnavailable { job, error } => {
				Self::PanelUnavailable { job, error: Refusal::new(metadata, &error) }
			},
			Jobs::PanelAwaited { job, from } => Self::PanelAwaited { job, from },
			Jobs::PanelDecided { job, verdict } => Self::PanelDecided { job, verdict: verdict.0 },
			Jobs::JobRefunded { job, requester, amount, cause } => {
				Self::JobRefunded { job, requester, amount, cause: cause.into() }
			},
			Jobs::JobRemoved { job } => Self::JobRemoved { job },
			Jobs::JobReviewed { job, model, reviewer, rating, digest } => {
				Self::JobReviewed { job, model, reviewer, rating, digest }
			},
			Jobs::ReviewRemoved { job, model } => Self::ReviewRemoved { job, model },
		}
	}

	fn of_miners(event: Miners) -> Self {
		match event {
			Miners::MinerRegistered { miner, hot_key, bond, capabilities, endpoint } => {
				Self::MinerRegistered { miner, hot_key, bond, capabilities, endpoint: endpoint.0 }
			},
			Miners::HotKeyRotationStarted { miner, old, new, works_from } => {
				Self::HotKeyRotationStarted { miner, old, new, works_from }
			},
			Miners::HotKeyRotationCancelled { miner, key } => {
				Self::HotKeyRotationCancelled { miner, key }
			},
			Miners::CapabilitiesChanged { miner, old, new } => {
				Self::CapabilitiesChanged { miner, old, new }
			},
			Miners::EndpointChanged { miner, old, new } => {
				Self::EndpointChanged { miner, old: old.0, new: new.0 }
			},
			Miners::BondAdded { miner, amount, bond } => Self::BondAdded { miner, amount, bond },
			Miners::UnbondingStarted { miner, amount, until, bond } => {
				Self::UnbondingStarted { miner, amount, until, bond }
			},
			Miners::UnbondedWithdrawn { miner, amount } => {
				Self::UnbondedWithdrawn { miner, amount }
			},
			Miners::MinerLeaving { miner, amount, reserved, until } => {
				Self::MinerLeaving { miner, amount, reserved, until }
			},
			Miners::MatchingPaused { miner } => Self::MatchingPaused { miner },
			Miners::MatchingResumed { miner } => Self::MatchingResumed { miner },
			Miners::MinerRemoved { miner } => Self::MinerRemoved { miner },
			Miners::BondReserved { miner, amount, reserved } => {
				Self::BondReserved { miner, amount, reserved }
			},
			Miners::BondReleased { miner, amount, reserved } => {
				Self::BondReleased { miner, amount, reserved }
			},
			Miners::MinerSlashed { miner, amount, bond, owed } => {
				Self::MinerSlashed { miner, amount, bond, owed }
			},
			Miners::DebtCollected { miner, amount, bond, owed } => {
				Self::DebtCollected { miner, amount, bond, owed }
			},
			Miners::HeartbeatReceived { miner, epoch } => Self::HeartbeatReceived { miner, epoch },
			Miners::OutcomeRecorded { miner, outcome } => {
				Self::OutcomeRecorded { miner, outcome: outcome.0 }
			},
			Miners::Rewarded { miner, amount } => Self::Rewarded { miner, amount },
		}
	}

	fn of_panels(event: Panels) -> Self {
		match event {
			Panels::PanelOpened { job, candidates, stakes, since } => {
				Self::PanelOpened { job, candidates, stakes: stakes.into(), since }
			},
			Panels::SeedTooWeak { epoch, contributions } => {
				Self::SeedTooWeak { epoch, contributions }
			},
			Panels::MembersDrawn {
				job,
				round,
				draw,
				epoch,
				seed,
				members,
				commits_until,
				reveals_until,
			} => Self::MembersDrawn {
				job,
				round: round.into(),
				draw,
				epoch,
				seed,
				members: members.0,
				commits_until,
				reveals_until,
			},
			Panels::FindingCommitted { job, member, commitment } => {
				Self::FindingCommitted { job, member, commitment }
			},
			Panels::CommitsClosed { job, draw } => Self::CommitsClosed { job, draw },
			Panels::FindingRevealed { job, member, finding } => {
				Self::FindingRevealed { job, member, finding: finding.0 }
			},
			Panels::RevealsClosed { job, draw } => Self::RevealsClosed { job, draw },
			Panels::MemberAbsent { job, member, slashed } => {
				Self::MemberAbsent { job, member, slashed }
			},
			Panels::MemberDissented { job, member, slashed } => {
				Self::MemberDissented { job, member, slashed }
			},
			Panels::FetchMissed { job, member, slashed } => {
				Self::FetchMissed { job, member, slashed }
			},
			Panels::RoundDisagreed { job, draw } => Self::RoundDisagreed { job, draw },
			Panels::DrawFailed { job, draw, members, revealed, failed } => {
				Self::DrawFailed { job, draw, members, revealed, failed }
			},
			Panels::PanelDecided { job, verdict, members } => {
				Self::PanelEnded { job, verdict: verdict.0, members: members.0 }
			},
		}
	}

	fn of_pool(event: Notes) -> Self {
		match event {
			Notes::NoteAdded { index, commitment, ciphertext } => {
				Self::NoteAdded { index, commitment: commitment.0, ciphertext }
			},
			Notes::Deposited { who, amount, index } => Self::Deposited { who, amount, index },
			Notes::Transferred { nullifiers, fee, relayed } => {
				Self::Transferred { nullifiers: nullifiers.map(|spent| spent.0), fee, relayed }
			},
			Notes::Withdrawn { payee, amount, nullifiers, fee, relayed } => {
				let nullifiers = nullifiers.map(|spent| spent.0);
				Self::Withdrawn { payee, amount, nullifiers, fee, relayed }
			},
			Notes::PrivateJobPosted {
				job,
				requester,
				offer,
				paid_in,
				nullifiers,
				fee,
				relayed,
			} => {
				let nullifiers = nullifiers.map(|spent| spent.0);
				let offer = offer.0;
				Self::PrivateJobPosted { job, requester, offer, paid_in, nullifiers, fee, relayed }
			},
			Notes::Settled { job, index, fee, relayed } => {
				Self::Settled { job, index, fee, relayed }
			},
			Notes::EscrowGivenBack { job, index } => Self::EscrowGivenBack { job, index },
			Notes::RootRecorded { root, leaves } => Self::RootRecorded { root: root.0, leaves },
			Notes::CircuitSet { used_for, old, new } => {
				Self::PoolCircuitSet { used_for: used_for.into(), old, new }
			},
			Notes::AuditorSet { previous, new } => {
				let previous = previous.map(|(key, until)| (key.0, until));
				Self::PoolAuditorSet { previous, new: new.0 }
			},
			Notes::AuditorCleared { old } => Self::PoolAuditorCleared { old: old.0 },
			Notes::PauseChanged { old, new } => Self::PoolPauseChanged { old, new },
		}
	}
}
