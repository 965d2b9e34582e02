#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub use pallet::*;

mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use impls::{LEAST_WINDOW, MOST_CLOSED};
pub use types::{
	Case, Due, Duty, FormingSeed, Member, Panel, PanelInfo, Phase, Progress, Round, Stakes,
	Waiting, FIRST_QUORUM, FIRST_SEATS, MAX_FAILED_DRAWS, MAX_SEATS, SECOND_SEATS, TRIES_PER_SEAT,
};
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::ConstU32};
	use frame_system::pallet_prelude::*;
	use polkadot_sdk::sp_runtime::Perbill;
	use quittance_types::{
		Digest, Disputes, EpochIndex, JobId, JobTime, MemberFinding, Miners, Shares, Verdict,
		MAX_PANEL_MEMBERS,
	};

	/// What a stored panel was asked.
	pub type CaseOf<T> = Case<<T as frame_system::Config>::AccountId>;

	/// A stored panel.
	pub type PanelOf<T> = Panel<<T as frame_system::Config>::AccountId>;

	/// The seed that is forming.
	pub type FormingSeedOf<T> = FormingSeed<BlockNumberFor<T>>;

	/// Configuration of the pallet.
	///
	/// The runtime declares the pallet after BABE and the sessions, whose hooks begin the epoch: the first
	/// block of an epoch is then known as such when the members are drawn in it.
	#[pallet::config]
	// The check does not know bounds on the associated types; commitments cover 32 bytes of accounts.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<
		AccountId: Into<[u8; 32]>,
		Hash: Into<[u8; 32]>,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// The miner registry: who works with which key, what is at stake, and whose shares the points
		/// fall on.
		type Miners: Miners<Self::AccountId> + Shares<Self::AccountId>;

		/// The marketplace, which is told the verdicts.
		type Disputes: Disputes<Self::AccountId>;

		/// The number of the epoch, which never falls.
		type Epoch: Get<EpochIndex>;

		/// What the author of the block before this one contributes to the seed: the output of its
		/// verifiable random function for that block's slot, of which it has one only. `None` for a block
		/// without.
		type Contribution: Get<Option<[u8; 32]>>;

		/// Contributions without which a seed is not drawn from, at least one. An epoch with few blocks
		/// has few authors, of whom the last could choose. A tenth of the epoch's slots, say.
		#[pallet::constant]
		type LeastContributions: Get<u32>;

		/// Job time: blocks in which jobs could proceed. The same clock as the marketplace's. It must
		/// stand still while `commit` or `reveal` is paused, or members lose their bond by the pause.
		type JobClock: Get<JobTime>;

		/// Reserved of a member's bond for its seat. Zero counts as the smallest unit.
		type SeatBond: Get<u128>;

		/// What a member loses that does not reveal, or that could not fetch what most of its draw had
		/// fetched and was found to be right; counted as no more than what is lost by dissent, or
		/// whoever is in doubt would say anything. Better smaller, or nobody in doubt would say what it
		/// found.
		type AbsenceSlash: Get<u128>;

		/// The part of its bond that a member loses that revealed something else than the second
		/// round's verdict.
		type DissentSlash: Get<Perbill>;

		/// Job time in which members look at the outputs and commit to what they find. At least
		/// [`LEAST_WINDOW`] is given.
		type CommitWindow: Get<JobTime>;

		/// Job time in which members say what they found. At least [`LEAST_WINDOW`] is given.
		type RevealWindow: Get<JobTime>;

		/// The most panels there can be at a time. Never made smaller without a migration.
		#[pallet::constant]
		type MaxPanels: Get<u32>;

		/// The most panels that are drawn at the beginning of an epoch; the others wait for the next one.
		#[pallet::constant]
		type DrawsPerEpoch: Get<u32>;

		/// Weights of the calls and of the pallet's parts.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: miners, jobs and time.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Panels by their job. Inserted when a panel is asked, removed with its end, of which there is one
	/// for each; at most [`Config::MaxPanels`].
	#[pallet::storage]
	pub type Panels<T: Config> = CountedStorageMap<_, Twox64Concat, JobId, PanelOf<T>>;

	/// What the panels were asked: exactly those of [`Panels`]. Apart from the record, which changes
	/// with every finding.
	#[pallet::storage]
	pub type Cases<T: Config> = StorageMap<_, Twox64Concat, JobId, CaseOf<T>>;

	/// The panels that wait for their members, in the order in which they began to, each once: exactly
	/// those in that phase.
	#[pallet::storage]
	pub type Queue<T: Config> = StorageValue<_, BoundedVec<Waiting, T::MaxPanels>, ValueQuery>;

	/// The panels that sit, by the job time at which their round can be closed: exactly those in that
	/// phase, each once. One record, since panels are few: one read tells that none is due.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageValue<_, BoundedVec<Due, T::MaxPanels>, ValueQuery>;

	/// The seed that this epoch's blocks contribute to. There is one exactly while a panel waits.
	#[pallet::storage]
	pub type Forming<T: Config> = StorageValue<_, FormingSeedOf<T>>;

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A panel was asked.
		PanelOpened {
			/// The job.
			job: JobId,
			/// Number of outputs.
			candidates: u32,
			/// What its members will have at stake.
			stakes: Stakes,
			/// The epoch. Members are drawn by a seed to which only blocks of later ones contribute.
			since: EpochIndex,
		},
		/// A seed was not drawn from, since too few blocks contributed to it. Those who wait wait for
		/// the next one.
		SeedTooWeak {
			/// The epoch in which it formed.
			epoch: EpochIndex,
			/// Number of contributions.
			contributions: u32,
		},
		/// A panel's members were drawn.
		MembersDrawn {
			/// The job.
			job: JobId,
			/// The round they sit in.
			round: Round,
			/// Number of the draw, which commitments cover.
			draw: u8,
			/// The epoch in which the seed formed.
			epoch: EpochIndex,
			/// The seed.
			seed: Digest,
			/// The members.
			members: BoundedVec<T::AccountId, ConstU32<MAX_SEATS>>,
			/// Job time at which no more can commit.
			commits_until: JobTime,
			/// Job time at which no more can reveal.
			reveals_until: JobTime,
		},
		/// A member committed to what it found.
		FindingCommitted {
			/// The job.
			job: JobId,
			/// The member.
			member: T::AccountId,
			/// Its commitment.
			commitment: Digest,
		},
		/// All members have committed: they can reveal from now on.
		CommitsClosed {
			/// The job.
			job: JobId,
			/// Number of the draw.
			draw: u8,
		},
		/// A member said what it found.
		FindingRevealed {
			/// The job.
			job: JobId,
			/// The member.
			member: T::AccountId,
			/// What it found.
			finding: MemberFinding,
		},
		/// All members have said what they found: the round can be closed.
		RevealsClosed {
			/// The job.
			job: JobId,
			/// Number of the draw.
			draw: u8,
		},
		/// A member's round ended before it had said what it found.
		MemberAbsent {
			/// The job.
			job: JobId,
			/// The member.
			member: T::AccountId,
			/// What it lost.
			slashed: u128,
		},
		/// A member had found something else than the second round's verdict, apart from the amount.
		MemberDissented {
			/// The job.
			job: JobId,
			/// The member.
			member: T::AccountId,
			/// What it lost.
			slashed: u128,
		},
		/// A member could not fetch what most members of its draw had, and an output was found to be right.
		FetchMissed {
			/// The job.
			job: JobId,
			/// The member.
			member: T::AccountId,
			/// What it lost.
			slashed: u128,
		},
		/// The first round's members did not agree, or could not fetch what they were to judge. A second round is drawn.
		RoundDisagreed {
			/// The job.
			job: JobId,
			/// Number of the draw.
			draw: u8,
		},
		/// Too few could be drawn, or most that points fell on cannot do what the job needs; too few of
		/// the first round revealed, or no majority of the second
		/// round's seats found the same. The round is drawn anew, unless draws have failed too often.
		DrawFailed {
			/// The job.
			job: JobId,
			/// Number of the draw.
			draw: u8,
			/// Number of members that it had, zero where nobody was seated.
			members: u32,
			/// Number of those who said what they found.
			revealed: u32,
			/// How many of the panel's draws have failed.
			failed: u8,
		},
		/// A panel has ended.
		PanelDecided {
			/// The job.
			job: JobId,
			/// How, with the lower median of the amounts that these members said.
			verdict: Verdict,
			/// Those who share the fee: who found that, or where it is undecided who found anything.
			members: BoundedVec<T::AccountId, ConstU32<MAX_PANEL_MEMBERS>>,
		},
	}

	/// Errors. Each says what is wrong; nothing was changed.
	#[pallet::error]
	#[derive(PartialEq)]
	pub enum Error<T> {
		// Opening
		/// There is no output to judge.
		NoCandidates,
		/// There are more outputs than a panel can be asked about.
		TooManyCandidates,
		/// Two of the outputs are of one miner.
		DuplicateCandidate,
		/// More accounts are barred than a panel can be told.
		TooManyBarred,
		/// A panel sits on the job already.
		PanelExists,
		/// There are as many panels as there can be. Ask again when one has ended.
		TooManyPanels,

		// Findings
		/// No panel sits on the job.
		UnknownPanel,
		/// The account is no miner's hot key.
		UnknownHotKey,
		/// The panel's members are not drawn yet.
		NotDrawn,
		/// The miner is not one of the members who sit now.
		NotMember,
		/// The window in which members commit is over.
		CommitsOver,
		/// The member has committed already. What it committed to stands.
		AlreadyCommitted,
		/// Members still commit. Reveal when that window is over.
		CommitsNotOver,
		/// The window in which members reveal is over.
		RevealsOver,
		/// The member has not committed.
		NotCommitted,
		/// The member has revealed already.
		AlreadyRevealed,
		/// The panel was not asked about this output.
		UnknownCandidate,
		/// An earlier one of the candidates has the same output. That is the one to name.
		NotFirstCandidate,
		/// The amount is above the most that the output can be worth.
		AmountAboveMost,
		/// Finding and salt are not what the member committed to.
		CommitmentMismatch,

		// Rounds
		/// Members can still reveal, and not all have.
		RoundNotOver,
		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MaxPanels::get() > 0, "there can be a panel");
			assert!(T::DrawsPerEpoch::get() > 0, "every panel is drawn some time");
			assert!(T::LeastContributions::get() > 0, "a seed of nothing is known to everybody");
			assert!(
				Self::most_of_first_block()
					.all_lte(<T as frame_system::Config>::BlockWeights::get().max_block),
				"an epoch's first block has room for its draws"
			);
		}

		/// Before any transaction of the block, see [`Config`].
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::begin_block(now)
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::close_due_rounds(remaining)
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(
			_: BlockNumberFor<T>,
		) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Commits to what a member has found.
		///
		/// ## Dispatch Origin
		/// Signed by the hot key of a member who sits.
		///
		/// ## Details
		/// `commitment = finding_commitment(genesis, job, draw, member, finding, salt)`, the member being
		/// the cold account and the salt random. Once, and it cannot be changed. When all have committed,
		/// the window is over.
		///
		/// ## Errors
		/// `UnknownHotKey`, `UnknownPanel`, `NotDrawn`, `NotMember`, `AlreadyRevealed`,
		/// `AlreadyCommitted`, `CommitsOver`.
		///
		/// ## Events
		/// `FindingCommitted`, and `CommitsClosed` with the last.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::commit())]
		pub fn commit(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			commitment: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit(who, job, commitment)
		}

		/// Says what a member has found.
		///
		/// ## Dispatch Origin
		/// Signed by the hot key of a member who sits.
		///
		/// ## Details
		/// Possible when nobody can commit any more, so that nobody can copy it. Of candidates with the
		/// same output the first is named. The amount is units times the input's unit price, at most the
		/// most that the output can be worth. When all have revealed, the round can be closed.
		///
		/// ## Errors
		/// `UnknownHotKey`, `UnknownPanel`, `NotDrawn`, `NotMember`, `NotCommitted`, `AlreadyRevealed`,
		/// `CommitsNotOver`, `RevealsOver`, `UnknownCandidate`, `NotFirstCandidate`, `AmountAboveMost`,
		/// `CommitmentMismatch`.
		///
		/// ## Events
		/// `FindingRevealed`, and `RevealsClosed` with the last.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::reveal())]
		pub fn reveal(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			finding: MemberFinding,
			salt: [u8; 32],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal(who, job, finding, salt)
		}

		/// Closes a round that is over.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Blocks with time to spare do the same without being asked. Members who have not revealed are
		/// slashed. Then the panel ends, or waits for members to be drawn anew.
		///
		/// ## Errors
		/// `UnknownPanel`, `NotDrawn`, `RoundNotOver`.
		///
		/// ## Events
		/// `MemberAbsent` for each who has not revealed; then `RoundDisagreed`, or `DrawFailed`, or
		/// neither; where the panel ends, `MemberDissented` for each who found something else,
		/// `FetchMissed` for each who could not fetch what most of its draw had, and `PanelDecided`. Then the marketplace's.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::close_round())]
		pub fn close_round(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Ok(Self::do_close_round(job)?)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// All that is known of the panel on a job; `None` where none sits.
		pub fn panel(job: JobId) -> Option<PanelInfo<T::AccountId>> {
			let panel = Panels::<T>::get(job)?;
			let seats = panel.round.seats();
			Some(PanelInfo { case: Cases::<T>::get(job)?, panel, seats })
		}

		/// The panels on which a miner, named by its cold account, sits now and has not revealed; at
		/// most [`Config::MaxPanels`].
		pub fn duties(miner: T::AccountId) -> Vec<Duty> {
			Self::duties_of(&miner)
		}

		/// What panels have reserved of a miner's bond, in the chain's smallest unit.
		pub fn reserved_for(miner: T::AccountId) -> u128 {
			Self::reserved_by_seats(&miner)
		}
	}
}
