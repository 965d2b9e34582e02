use super::*;
use polkadot_sdk::sp_runtime::TokenError;

fn set_terms(who: &AccountId, model: ModelId, terms: Terms) -> DispatchResult {
	Marketplace::set_terms(signed(who), model, terms)
}

fn retire(who: &AccountId, model: ModelId) -> DispatchResult {
	Marketplace::retire_model(signed(who), model)
}

fn remove(who: &AccountId, model: ModelId) -> DispatchResult {
	Marketplace::remove_model(signed(who), model)
}

fn list(who: &AccountId, model: ModelId) -> DispatchResult {
	Marketplace::list_model(signed(who), model)
}

fn suspend(who: &AccountId, model: ModelId) -> DispatchResult {
	Marketplace::suspend_model(signed(who), model)
}

fn state_of(model: ModelId) -> ModelState {
	Models::<Test>::get(model).unwrap().state
}

mod register {
	use super::*;
	use codec::Encode;

	#[test]
	fn success_holds_a_deposit_by_size_and_makes_a_draft() {
		run(|| {
			let model = registered(description());
			assert_has(Event::ModelRegistered {
				model,
				owner: OWNER,
				weights: [2; 32],
				version: 0,
				predecessor: None,
			});
			assert_eq!(held(&OWNER), ModelBase::get() + description().encoded_size() as u128);
			assert_eq!(state_of(model), ModelState::Draft);
			assert_eq!(activity(model), Activity { registration: 1, ..Activity::default() });
		});
	}

	#[test]
	fn the_same_model_is_registered_once() {
		run(|| {
			let model = registered(description());
			assert_noop!(register(description(), TERMS), E::ModelExists);
			// What differs in anything is another model: a job that names the first is never about it.
			assert_ok!(register(Description { licence: [5; 32], ..description() }, TERMS));
			let quantisation = Some([6; 32]);
			assert_ok!(register(Description { quantisation, ..description() }, TERMS));
			// Prices are no part of it.
			assert_noop!(register(description(), Terms::default()), E::ModelExists);
			assert_ok!(retire(&OWNER, model));
			assert_ok!(remove(&OWNER, model));
			assert_eq!(registered(description()), model);
			assert_eq!(activity(model).registration, 4);
		});
	}

	#[test]
	fn fails_with_its_own_error_for_each_bad_part() {
		run(|| {
			let spoilt = |spoil: fn(&mut DescriptionOf<Test>)| {
				let mut description = description();
				spoil(&mut description);
				register(description, TERMS)
			};
			let royalty = |parts| Royalty { payee: STRANGER, parts };
			assert_noop!(spoilt(|d| d.blob.size = 0), E::EmptyBlob);
			assert_noop!(spoilt(|d| d.input_shape = Shape::default()), E::ShapeEmpty);
			assert_noop!(spoilt(|d| d.output_shape = Shape::default()), E::ShapeEmpty);
			assert_noop!(
				spoilt(|d| d.output_shape = Shape::truncate_from(vec![10, 0])),
				E::DimensionZero
			);
			assert_noop!(
				spoilt(|d| d.weights.poseidon = Some(FieldBytes([0xff; 32]))),
				E::CommitmentNotCanonical
			);
			assert_noop!(spoilt(|d| d.weights.poseidon = None), E::PoseidonMissing);
			assert_noop!(spoilt(|d| d.fhe_parameters = None), E::FheParametersMissing);
			assert_noop!(spoilt(|d| d.origin = Origin::VersionOf([0; 32])), E::UnknownModel);
			let with = |royalties: Vec<Royalty<AccountId>>| {
				let royalties = Royalties::truncate_from(royalties);
				register(Description { royalties, ..description() }, TERMS)
			};
			assert_noop!(with(vec![royalty(0)]), E::RoyaltyZero);
			assert_noop!(with(vec![royalty(1), royalty(2)]), E::DuplicatePayee);
			assert_noop!(with(vec![royalty(500_001)]), E::RoyaltiesTooHigh);
			assert_noop!(with(vec![royalty(u32::MAX)]), E::RoyaltiesTooHigh);
			let poor = Marketplace::register_model(signed(&POOR), Box::new(description()), TERMS);
			assert_eq!(poor, Err(TokenError::FundsUnavailable.into()));
		});
	}

	#[test]
	fn fails_for_bad_prices_and_modes_that_the_model_cannot_have() {
		run(|| {
			let with = |terms| register(description(), terms);
			assert_noop!(with(Terms { plain: Some(0), ..TERMS }), E::PriceZero);
			let most = u128::from(u64::MAX);
			assert_noop!(with(Terms { hybrid: Some(most + 1), ..TERMS }), E::AmountTooLarge);
			assert_ok!(with(Terms { hybrid: Some(most), ..TERMS }));
			let plain = Description {
				weights: WeightsCommitment { sha256: [2; 32], poseidon: None },
				fhe_parameters: None,
				..description()
			};
			let only = Terms { plain: Some(1), ..Terms::default() };
			assert_ok!(register(plain, only));
		});
	}

	#[test]
	fn boundary_the_longest_description() {
		run(|| {
			let longest = Description {
				name: Name::truncate_from(vec![b'n'; 200]),
				uri: Uri::truncate_from(vec![b'u'; 300]),
				input_shape: Shape::truncate_from(vec![1; 9]),
				output_shape: Shape::truncate_from(vec![u32::MAX; 8]),
				quantisation: Some([7; 32]),
				royalties: Royalties::truncate_from(
					(0..4).map(|n| Royalty { payee: miner(n), parts: 125_000 }).collect(),
				),
				..description()
			};
			assert_eq!((longest.name.len(), longest.uri.len()), (100, 256));
			assert_eq!(longest.input_shape.len(), 8);
			assert_eq!(longest.royalty_parts(), MOST_ROYALTY_PARTS);
			registered(longest);
		});
	}
}

mod states {
	use super::*;

	#[test]
	fn a_model_goes_from_draft_to_listed_to_suspended_and_back() {
		run(|| {
			let model = registered(description());
			assert_ok!(list(&OWNER, model));
			assert_has(Event::ModelListed { model });
			assert_eq!(state_of(model), ModelState::Listed);
			assert_ok!(suspend(&OWNER, model));
			assert_has(Event::ModelSuspended { model });
			assert_eq!(state_of(model), ModelState::Suspended);
			assert_ok!(list(&OWNER, model));
			assert_ok!(retire(&OWNER, model));
			assert_has(Event::ModelRetired { model });
			assert_eq!(state_of(model), ModelState::Retired);
			assert_ok!(remove(&OWNER, model));
			assert_has(Event::ModelRemoved { model, owner: OWNER });
			assert!(Models::<Test>::get(model).is_none());
			assert!(Activities::<Test>::get(model).is_none());
			assert_eq!(held(&OWNER), 0);
		});
	}

	/// Each call in each state: allowed, or refused by this error.
	#[test]
	fn every_call_in_every_state() {
		use ModelState::*;
		let allowed = |state, call: &str| -> Result<(), E> {
			match (call, state) {
				("list", Draft | Suspended) => Ok(()),
				("list", Listed) => Err(E::ModelListed),
				("suspend", Listed) => Ok(()),
				("suspend", _) => Err(E::ModelNotListed),
				("retire" | "terms", Draft | Listed | Suspended) => Ok(()),
				("remove", Retired) => Ok(()),
				("remove", _) => Err(E::ModelNotRetired),
				(_, Retired) => Err(E::ModelRetired),
				_ => unreachable!(),
			}
		};
		for state in [Draft, Listed, Suspended, Retired] {
			for call in ["list", "suspend", "retire", "terms", "remove"] {
				run(|| {
					let model = registered(description());
					Models::<Test>::mutate(model, |record| record.as_mut().unwrap().state = state);
					let made = match call {
						"list" => list(&OWNER, model),
						"suspend" => suspend(&OWNER, model),
						"retire" => retire(&OWNER, model),
						"terms" => set_terms(&OWNER, model, TERMS),
						_ => remove(&OWNER, model),
					};
					let expected = allowed(state, call).map_err(DispatchError::from);
					assert_eq!(made, expected, "{call} in {state:?}");
				});
			}
		}
	}

	#[test]
	fn only_the_owner_of_a_known_model() {
		run(|| {
			let model = registered(description());
			let calls: [fn(&AccountId, ModelId) -> DispatchResult; 5] =
				[list, suspend, retire, remove, |who, model| set_terms(who, model, TERMS)];
			for call in calls {
				assert_noop!(call(&OWNER, [0; 32]), E::UnknownModel);
				assert_noop!(call(&STRANGER, model), E::NotModelOwner);
			}
		});
	}

	#[test]
	fn a_listed_model_has_a_price() {
		run(|| {
			let free = Terms::default();
			assert_ok!(register(description(), free));
			let model = Marketplace::model_id(&OWNER, &description());
			assert_noop!(list(&OWNER, model), E::NoPrices);
			assert_ok!(set_terms(&OWNER, model, TERMS));
			assert_has(Event::ModelTermsChanged { model, old: free, new: TERMS });
			assert_ok!(list(&OWNER, model));
			assert_noop!(set_terms(&OWNER, model, free), E::NoPrices);
			assert_noop!(set_terms(&OWNER, model, Terms { plain: Some(0), ..TERMS }), E::PriceZero);
		});
	}

	#[test]
	fn a_model_with_living_jobs_stays() {
		run(|| {
			let job = posted();
			let model = digits();
			assert_ok!(retire(&OWNER, model));
			assert_noop!(remove(&OWNER, model), E::ModelInUse);
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
			assert_ok!(remove(&OWNER, model));
		});
	}
}

mod versions {
	use super::*;

	fn version_of(model: ModelId, licence: u8) -> DescriptionOf<Test> {
		Description { origin: Origin::VersionOf(model), licence: [licence; 32], ..description() }
	}

	#[test]
	fn versions_are_a_line_of_models_of_one_owner() {
		run(|| {
			let first = registered(description());
			let second = registered(version_of(first, 10));
			let third = registered(version_of(second, 11));
			assert_has(Event::ModelRegistered {
				model: third,
				owner: OWNER,
				weights: [2; 32],
				version: 2,
				predecessor: Some(second),
			});
			assert_eq!(Marketplace::versions(first), vec![first, second, third]);
			assert_eq!(Marketplace::versions(third), vec![third]);
			assert_eq!(Marketplace::versions([0; 32]), Vec::<ModelId>::new());
			assert_noop!(register(version_of(first, 12), TERMS), E::SuccessorExists);
			let theirs = Box::new(version_of(third, 12));
			assert_noop!(
				Marketplace::register_model(signed(&STRANGER), theirs, TERMS),
				E::NotModelOwner
			);
		});
	}

	#[test]
	fn a_removed_version_leaves_its_place_to_another() {
		run(|| {
			let first = registered(description());
			let second = registered(version_of(first, 10));
			assert_ok!(retire(&OWNER, second));
			assert_ok!(remove(&OWNER, second));
			assert_eq!(Marketplace::versions(first), vec![first]);
			let other = registered(version_of(first, 11));
			assert_eq!(Marketplace::versions(first), vec![first, other]);
			// The first goes, the other stays and still says where it comes from.
			assert_ok!(retire(&OWNER, first));
			assert_ok!(remove(&OWNER, first));
			assert_eq!(Marketplace::versions(other), vec![other]);
			// Registered again, it has no successor, and the other's end does not change that.
			registered(description());
			let third = registered(version_of(first, 12));
			assert_ok!(retire(&OWNER, other));
			assert_ok!(remove(&OWNER, other));
			assert_eq!(Marketplace::versions(first), vec![first, third]);
		});
	}

	#[test]
	fn boundary_no_more_versions_are_named_than_the_most() {
		run(|| {
			let mut last = registered(description());
			let first = last;
			for licence in 0..MAX_VERSIONS as u8 {
				last = registered(version_of(last, 100 + licence));
			}
			assert_eq!(Marketplace::versions(first).len(), MAX_VERSIONS as usize);
			assert_eq!(Models::<Test>::iter_keys().count(), MAX_VERSIONS as usize + 1);
		});
	}
}
