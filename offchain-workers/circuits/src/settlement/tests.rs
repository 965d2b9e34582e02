//! The statement, group by group, for both circuits. For each group there is a prover who cheats
//! there and nowhere else: its witness fails in that group alone.

use super::*;
use crate::{settle, settle_verdict, Tamperer};
use ark_ec::{twisted_edwards::Projective, PrimeGroup};
use ark_ff::BigInteger;
use proptest::prelude::*;
use quittance_babyjubjub::{BabyJubJub, SecretKey, SUBGROUP_ORDER};
use quittance_poseidon::{parameters, tree};
use quittance_types::{recover_change, JobId, PrivateTerms, Subject};
use std::{collections::BTreeSet, sync::LazyLock};

const MAX: u64 = u64::MAX;

static SETTLE: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(Basis::Receipt(())));
static VERDICT: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(Basis::Verdict(())));

struct Circuit {
	basis: Basis,
	shape: Shape,
}

impl Circuit {
	fn new(basis: Basis) -> Self {
		Self { basis, shape: shape(basis) }
	}

	fn both() -> [&'static Self; 2] {
		[&SETTLE, &VERDICT]
	}

	fn signed(&self) -> bool {
		self.basis == Basis::Receipt(())
	}
}

/// The secrets of the three.
fn requesters_key() -> SecretKey {
	SecretKey::from_seed(&[21; 32])
}

fn issuers_key() -> SecretKey {
	SecretKey::from_seed(&[3; 32])
}

fn subject(job: JobId) -> Fr {
	let ids = [1, 2, 3, 4, 0xff].map(|byte| [byte; 32]);
	let [genesis, requester, miner, model, input] = ids;
	Subject { genesis, job, requester, miner, model, input }.hash::<Native>()
}

/// A job that is settled as honest parties do it.
#[derive(Clone)]
struct Job {
	circuit: &'static Circuit,
	witness: SettlementWitness,
	subject: Fr,
	fee: u64,
	charge: u64,
	as_of: u64,
	index: u8,
	leaves: Vec<Fr>,
}

/// What the chain knows and is shown.
#[derive(Clone, Copy)]
struct Shown {
	settlement: PrivateSettlement,
	receipt: SettledReceipt,
	commitment: Fr,
}

impl Shown {
	fn statement(&self, circuit: &Circuit) -> Fr {
		if circuit.signed() {
			self.settlement.by_receipt::<Native>(&self.receipt)
		} else {
			self.settlement.by_verdict::<Native>(self.commitment)
		}
	}

	fn public(&self, circuit: &Circuit) -> [Fr; SETTLEMENT_SIGNALS] {
		[Fr::from(u128::MAX), Fr::from(12u8), self.statement(circuit)]
	}
}

impl Job {
	fn sample(circuit: &'static Circuit) -> Self {
		let mut leaves: Vec<Fr> = (0..11u8)
			.map(|seed| SecretKey::from_seed(&[seed + 100; 32]).public().leaf::<Native>())
			.collect();
		leaves[6] = issuers_key().public().leaf::<Native>();
		leaves[2] = Fr::ZERO;
		Self {
			circuit,
			witness: SettlementWitness {
				escrow: EscrowOpening {
					terms: PrivateTerms {
						unit_price: 4_000_000_000,
						max_units: 2_000,
						salt: -Fr::from(31u8),
					},
					reserve: 5_000_000_000,
					owner: -Fr::from(32u8),
					rho: -Fr::from(33u8),
					change_key: requesters_key().public(),
				},
				units: 1_250,
				start: 1_000,
				end: 1_010,
				expires_at: 101_000,
				serial: u128::MAX - 5,
				output: std::array::from_fn(|i| 255 - i as u8),
				salt: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
				payee: -Fr::from(34u8),
				payee_rho: -Fr::from(35u8),
				ephemeral: SecretKey::from_seed(&[36; 32]).scalar(),
			},
			subject: subject(7),
			fee: 1_000_000,
			charge: 100_000_000,
			as_of: 1_012,
			index: 6,
			leaves,
		}
	}

	fn commitment(&self) -> Fr {
		let SettlementWitness { salt, .. } = self.witness;
		self.witness.body().unwrap().commitment::<Native>(self.subject, salt)
	}

	fn shown(&self) -> Shown {
		Shown {
			settlement: self.witness.settlement(self.subject, self.fee, self.charge).unwrap(),
			receipt: SettledReceipt {
				issuer_root: tree::root::<Native>(&self.leaves, 2).unwrap(),
				issuer_index: self.index,
				nullifier: self.witness.body().unwrap().nullifier::<Native>(self.subject),
				expires_at: self.witness.expires_at,
				as_of: self.as_of,
			},
			commitment: self.commitment(),
		}
	}

	/// With a signature for this very receipt.
	fn assign(&self, shown: &Shown) -> Result<Assignment, WitnessError> {
		let context = [Fr::from(u128::MAX), Fr::from(12u8)];
		let Shown { settlement, receipt, commitment } = *shown;
		if self.circuit.signed() {
			let public = settle::PublicSignals { context, settlement, receipt };
			assert_eq!(public.to_fields(), shown.public(self.circuit));
			settle::assign(&public, &self.signed(issuers_key().sign::<Native>(self.commitment())))
		} else {
			let public = settle_verdict::PublicSignals { context, settlement, commitment };
			assert_eq!(public.to_fields(), shown.public(self.circuit));
			settle_verdict::assign(&public, &self.witness)
		}
	}

	fn signed(&self, signature: Signature) -> settle::SettleWitness {
		settle::SettleWitness {
			settlement: self.witness.clone(),
			issuer: issuers_key().public(),
			signature,
			siblings: settle::siblings(&self.leaves, self.index).unwrap(),
		}
	}

	/// Whether there is an assignment, and it satisfies the circuit.
	fn holds(&self) -> bool {
		let assignment = self.assign(&self.shown()).unwrap();
		self.circuit.shape.is_satisfied(&assignment)
	}

	/// The values as [`Self::assign`] has them, whether they are a witness or not.
	fn values(&self, shown: &Shown) -> Values {
		let witness = self.signed(issuers_key().sign::<Native>(self.commitment()));
		let grounds = if self.circuit.signed() {
			Basis::Receipt(Signed {
				issuer: &witness.issuer,
				signature: &witness.signature,
				siblings: &witness.siblings,
				shown: &shown.receipt,
			})
		} else {
			Basis::Verdict(shown.commitment)
		};
		let public = shown.public(self.circuit);
		Values::new(&public, &shown.settlement, &self.witness, &grounds)
	}
}

fn multiple(scalar: Scalar) -> Point {
	Projective::<BabyJubJub>::generator().mul_bigint(scalar.into_bigint()).into()
}

fn reduce(number: Fr) -> Scalar {
	Scalar::from_le_bytes_mod_order(&number.into_bigint().to_bytes_le())
}

fn two_to(exponent: u64) -> Fr {
	Fr::from(2u8).pow([exponent])
}

/// A prover without scruples, who has an issuer's secret key where there is one. It chooses all values
/// and may replace hints; signature and statement are then made to fit what the circuit computes.
#[derive(Clone)]
struct Cheat {
	circuit: &'static Circuit,
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
	/// The discrete logarithms of A and R8.
	secret: Scalar,
	nonce: Scalar,
}

impl Cheat {
	fn new(circuit: &'static Circuit) -> Self {
		let job = Job::sample(circuit);
		let (secret, nonce) = (Scalar::from(0xdead_beefu64), Scalar::from(0xcafe_u64));
		let mut values = job.values(&job.shown());
		if let Some(signed) = &mut values.signed {
			let (key, r8) = (multiple(secret), multiple(nonce));
			(signed.signer.key, signed.signer.r8) = ((key.x, key.y), (r8.x, r8.y));
		}
		Self { circuit, values, overrides: Vec::new(), secret, nonce }
	}

	fn with(mut self, change: impl FnOnce(&mut Values)) -> Self {
		change(&mut self.values);
		self
	}

	fn replace(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn hinted(&self, path: &str, occurrence: usize) -> Fr {
		self.run().0.hinted(path, occurrence).expect("the circuit has such a hint")
	}

	/// Replaces a hint by so much more than what it is.
	fn increase(self, path: &str, occurrence: usize, by: Fr) -> Self {
		let value = self.hinted(path, occurrence) + by;
		self.replace(path, occurrence, value)
	}

	/// Replaces a hint of the last S-box round of a hash of a tag and two inputs, so that the hash is
	/// another.
	fn steer(self, group: &str, from: Fr, to: Fr) -> Self {
		let by = (to - from) * parameters(4).unwrap().mds[0].inverse().unwrap();
		self.increase(&format!("{group}/fifth"), 258 / 3 - 4, by)
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Signs what the circuit computes, and makes the statement fit.
	fn signed(mut self) -> Self {
		let (secret, nonce) = (self.secret, self.nonce);
		let (_, results) = self.run();
		if let Some(signed) = &mut self.values.signed {
			let h = reduce(results.challenge);
			signed.signer.s = (nonce + Scalar::from(8u8) * h * secret).into_bigint();
		}
		self.fit()
	}

	/// Makes the statement what the circuit computes.
	fn fit(mut self) -> Self {
		self.values.public[2] = self.run().1.statement;
		self
	}

	/// What is shown to the chain: what the circuit computes.
	fn shown(&self) -> Shown {
		let (_, results) = self.run();
		let small = |number: Fr| {
			let [word, 0, 0, 0] = number.into_bigint().0 else { panic!("{number} is not small") };
			word
		};
		let zero = SignedValues::default();
		let signed = self.values.signed.as_ref().unwrap_or(&zero);
		Shown {
			settlement: PrivateSettlement {
				subject: self.values.subject,
				agreement: results.agreement,
				payee: results.payee,
				change: results.change,
				ephemeral_key: results.ephemeral_key,
				encrypted_change: results.encrypted_change,
				fee: small(self.values.fee),
				charge: small(self.values.charge),
			},
			receipt: SettledReceipt {
				issuer_root: results.issuer_root,
				issuer_index: small(signed.issuer_index) as u8,
				nullifier: results.nullifier,
				expires_at: small(self.values.expires_at),
				as_of: small(signed.as_of),
			},
			commitment: results.commitment,
		}
	}

	/// Signs, and then has the chain know or be shown something else in some place.
	fn shown_as(self, change: impl FnOnce(&mut Shown)) -> Self {
		let mut cheat = self.signed();
		let mut shown = cheat.shown();
		assert_eq!(shown.statement(cheat.circuit), cheat.values.public[2]);
		change(&mut shown);
		cheat.values.public[2] = shown.statement(cheat.circuit);
		cheat
	}

	/// The groups that catch it.
	fn caught_by(&self) -> BTreeSet<&'static str> {
		self.circuit.shape.unsatisfied(&self.run().0.finish())
	}

	/// Whether the witness fails in this group only. Groups have no groups within them here, so it
	/// passes without the group.
	#[track_caller]
	fn is_caught_only_by(&self, group: &str) {
		assert_eq!(self.caught_by(), BTreeSet::from([group]), "{:?}", self.circuit.basis);
	}
}

#[test]
fn an_honest_settlement_satisfies_all_groups_and_both_modes_agree() {
	for circuit in Circuit::both() {
		let job = Job::sample(circuit);
		let shown = job.shown();
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, &job.values(&shown));
		let assignment = job.assign(&shown).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		assert_eq!(assignment.publics(), shown.public(circuit));
		assert_eq!(circuit.shape.unsatisfied(&assignment), BTreeSet::new());
		assert!(recorder.finish() == circuit.shape, "the matrices depend on the witness");
	}
}

#[test]
fn constraints_are_counted() {
	let ranged = |names: &[&'static str], count: usize| -> Vec<_> {
		names.iter().map(|name| (format!("ranges/{name}"), count)).collect()
	};
	let named = |list: &[(&str, usize)]| -> Vec<_> {
		list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
	};
	for (circuit, constraints, wires) in [(&*SETTLE, 15_691, 15_699), (&*VERDICT, 9_660, 9_664)] {
		let mut expected = named(&[("context", 2)]);
		expected
			.extend(ranged(&["units", "unit_price", "amount", "start", "end", "expires_at"], 65));
		if circuit.signed() {
			expected.extend(ranged(&["as_of"], 65));
		}
		expected.extend(ranged(&["serial", "salt", "output_lo", "output_hi"], 129));
		expected.extend(named(&[("price", 1), ("times/start_before_end", 65)]));
		expected.extend(if circuit.signed() {
			named(&[("times/end_before_as_of", 65), ("times/as_of_before_expiry", 65)])
		} else {
			named(&[("times/end_before_expiry", 65)])
		});
		expected.extend(named(&[("body", 456), ("commitment", 294)]));
		if circuit.signed() {
			expected.extend(named(&[
				("leaf", 258),
				("issuer_index", 5),
				("membership", 646),
				("signature/key_on_curve", 3),
				("signature/nonce_on_curve", 3),
				("signature/key_multiple", 15),
				("signature/key_order", 1),
				("signature/scalar_range", 364),
				("signature/challenge", 321),
				("signature/challenge_bits", 354),
				("signature/variable_base", 2789),
				("signature/fixed_base", 831),
				("signature/equation", 8),
				("nullifier", 258),
			]));
		}
		expected.extend(named(&[
			("escrow/max_units", 65),
			("escrow/reserve", 65),
			("escrow/price", 1),
			("escrow/value", 65),
			("escrow/terms", 294),
			("escrow/inner", 258),
			("escrow/commitment", 258),
			("escrow/offer", 351),
			("units", 65),
			("fee", 65),
			("charge", 65),
			("payee/range", 65),
			("payee/inner", 258),
			("payee/commitment", 258),
			("agreement", 258),
			("ephemeral/scalar", 252),
			("ephemeral/key", 834),
			("ephemeral/order", 1),
			("ephemeral/shared", 2767),
			("change/rho", 294),
			("change/range", 65),
			("change/inner", 258),
			("change/commitment", 258),
			("change/mask", 294),
			("statement", if circuit.signed() { 502 } else { 457 }),
		]));
		let shape = &circuit.shape;
		let counts: Vec<_> =
			shape.groups().iter().map(|group| (group.path.clone(), group.constraints)).collect();
		assert_eq!(counts, expected);
		// A wire more, and something is hinted twice: two hashes have a number each that ought to be
		// one, which no other test would see.
		assert_eq!((shape.constraints(), shape.wires()), (constraints, wires));
		assert_eq!(shape.publics(), SETTLEMENT_SIGNALS);
		assert_eq!(shape.domain(), 16_384);
	}
}

/// What a settlement is for: who is paid what, and that the requester finds its part with nothing but
/// its key and what the chain shows.
#[test]
fn the_escrow_is_divided_and_the_requester_finds_its_part() {
	for circuit in Circuit::both() {
		let job = Job::sample(circuit);
		let SettlementNotes { payee, change } =
			job.witness.notes(job.subject, job.fee, job.charge).unwrap();
		let escrow = job.witness.escrow.note().unwrap();
		assert_eq!(payee.value, 1_250 * 4_000_000_000 - 1_000_000);
		assert_eq!(change.value, 750 * 4_000_000_000 + 5_000_000_000 - 100_000_000);
		assert_eq!(payee.value + change.value + job.fee + job.charge, escrow.value);
		assert!(payee.owner == job.witness.payee && change.owner == escrow.owner);
		assert_ne!(change.rho, escrow.rho);
		let shown = job.shown().settlement;
		let [x, y] = shown.ephemeral_key;
		let shared = requesters_key().shared(&PublicKey::new(x, y).unwrap());
		let found = recover_change::<Native>(
			&shared,
			shown.subject,
			escrow.owner,
			shown.change,
			shown.encrypted_change,
		);
		assert!(found == Some(change));
	}
}

#[test]
fn boundary_amounts() {
	for circuit in Circuit::both() {
		let with = |unit_price, max_units, reserve, units, fee, charge| {
			let mut job = Job::sample(circuit);
			job.witness.escrow.terms.unit_price = unit_price;
			job.witness.escrow.terms.max_units = max_units;
			job.witness.escrow.reserve = reserve;
			(job.witness.units, job.fee, job.charge) = (units, fee, charge);
			job
		};
		// All units, no units, all of it a fee, all of the reserve charged, nothing at all.
		for (unit_price, max_units, reserve, units, fee, charge) in [
			(MAX, 1, 0, 1, 0, 0),
			(MAX, 1, 0, 0, 0, 0),
			(1, MAX, 0, MAX, MAX, 0),
			(1, MAX - 9, 9, MAX - 9, 1, 9),
			(0, MAX, MAX, MAX, 0, MAX),
			(MAX, 0, 0, 0, 0, 0),
			(0, 0, 0, 0, 0, 0),
			(10, 10, 5, 9, 90, 15),
		] {
			assert!(with(unit_price, max_units, reserve, units, fee, charge).holds());
		}
		let error = |job: &Job| job.witness.notes(job.subject, job.fee, job.charge).err().unwrap();
		let most = with(MAX, 2, 0, 2, 0, 0);
		assert_eq!(error(&most), WitnessError::AmountTooLarge);
		let most = with(MAX, 2, 0, 1, 0, 0);
		assert_eq!(error(&most), WitnessError::EscrowTooLarge);
		let many = with(1, 9, 5, 10, 0, 0);
		assert_eq!(error(&many), WitnessError::TooManyUnits { units: 10, max_units: 9 });
		let dear = with(10, 10, 5, 9, 91, 0);
		assert_eq!(error(&dear), WitnessError::FeeTooHigh { fee: 91, amount: 90 });
		let dear = with(10, 10, 5, 9, 0, 16);
		assert_eq!(error(&dear), WitnessError::ChargeTooHigh { charge: 16, left: 15 });
	}
}

#[test]
fn times_that_are_equal_are_in_order() {
	for circuit in Circuit::both() {
		let mut job = Job::sample(circuit);
		(job.witness.start, job.witness.end, job.as_of, job.witness.expires_at) = (9, 9, 9, 9);
		assert!(job.holds());
		(job.witness.start, job.as_of, job.witness.expires_at) = (0, MAX, MAX);
		assert!(job.holds());
	}
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	for circuit in Circuit::both() {
		let cheat = Cheat::new(circuit).signed();
		assert_eq!(cheat.caught_by(), BTreeSet::new());
		// With the claims of an honest job, but for the issuer's key.
		let (job, shown) = (Job::sample(circuit).shown(), cheat.shown());
		assert_eq!(shown.settlement, job.settlement);
		assert_eq!(shown.commitment, job.commitment);
		assert_eq!(
			shown.receipt.nullifier,
			if circuit.signed() { job.receipt.nullifier } else { Fr::ZERO }
		);
	}
}

/// For every group a prover who cheats there alone, by hints that are wrong. Those who cheat with
/// something to gain follow below.
fn cheats(circuit: &'static Circuit) -> Vec<(String, Cheat)> {
	let new = || Cheat::new(circuit);
	let groups: Vec<_> = circuit.shape.groups().iter().map(|group| group.path.as_str()).collect();
	let mut cheats: Vec<(String, Cheat)> = Vec::new();
	let mut add = |group: &str, cheat: Cheat| {
		if groups.contains(&group) {
			cheats.push((group.to_owned(), cheat));
		}
	};
	for signal in 0..2 {
		add("context", new().increase("context/square", signal, Fr::ONE).signed());
	}
	add("price", new().with(|values| values.amount += Fr::ONE).signed());
	add("statement", new().signed().with(|values| values.public[2] += Fr::ONE));

	// Two in the lowest place and one less in the next: the same number.
	for group in [
		"ranges/units",
		"ranges/unit_price",
		"ranges/amount",
		"ranges/start",
		"ranges/end",
		"ranges/expires_at",
		"ranges/as_of",
		"ranges/serial",
		"ranges/salt",
		"ranges/output_lo",
		"ranges/output_hi",
		"times/start_before_end",
		"times/end_before_as_of",
		"times/as_of_before_expiry",
		"times/end_before_expiry",
		"issuer_index",
		"escrow/max_units",
		"escrow/reserve",
		"escrow/value",
		"units",
		"fee",
		"charge",
		"payee/range",
		"change/range",
		"ephemeral/scalar",
	] {
		if groups.contains(&group) {
			let path = format!("{group}/bit");
			let cheat = new().increase(&path, 0, Fr::from(2u8)).increase(&path, 1, -Fr::ONE);
			add(group, cheat.signed());
		}
	}
	for group in [
		"body",
		"commitment",
		"leaf",
		"membership",
		"signature/challenge",
		"nullifier",
		"escrow/terms",
		"escrow/inner",
		"escrow/commitment",
		"escrow/offer",
		"payee/inner",
		"payee/commitment",
		"agreement",
		"change/rho",
		"change/inner",
		"change/commitment",
		"change/mask",
		"statement",
	] {
		for (name, occurrence) in [("square", 0), ("fourth", 33), ("fifth", 70)] {
			if groups.contains(&group) {
				let path = format!("{group}/{name}");
				add(group, new().increase(&path, occurrence, Fr::ONE).signed());
			}
		}
	}
	// The same value, of which the product is one less and the reserve one more.
	let cheat = new()
		.increase("escrow/price/price", 0, -Fr::ONE)
		.with(|values| values.escrow.reserve += Fr::ONE);
	add("escrow/price", cheat.signed());

	// Two points make the table, three each of the 125 windows after the first; one each of the 83
	// windows of the generator.
	let point = multiple(Scalar::from(55u8));
	for (group, last) in [("ephemeral/key", 82), ("ephemeral/shared", 2 + 3 * 125 - 1)] {
		let cheat = new().replace(&format!("{group}/x"), last, point.x).replace(
			&format!("{group}/y"),
			last,
			point.y,
		);
		add(group, cheat.signed());
	}
	for (group, name) in [
		("ephemeral/key", "digit"),
		("ephemeral/key", "mixed"),
		("ephemeral/shared", "both"),
		("ephemeral/shared", "from_low"),
		("ephemeral/shared", "from_high"),
		("ephemeral/shared", "xyxy"),
		("ephemeral/order", "inverse"),
	] {
		let occurrence = if name == "inverse" { 0 } else { 11 };
		add(group, new().increase(&format!("{group}/{name}"), occurrence, Fr::ONE).signed());
	}

	if circuit.signed() {
		for (group, name, occurrence) in [
			("membership", "is_3", 0),
			("membership", "child_0", 1),
			("membership", "child_3", 0),
			("membership", "node_2", 1),
			("membership", "last_2", 0),
			("signature/key_on_curve", "xx", 0),
			("signature/nonce_on_curve", "yy", 0),
			("signature/key_order", "inverse", 0),
			("signature/scalar_range", "prefix", 9),
			("signature/challenge_bits", "prefix", 9),
		] {
			let path = format!("{group}/{name}");
			let cheat = new().signed().increase(&path, occurrence, Fr::ONE);
			add(group, cheat.fit());
		}
		let signed_with = |cheat: Cheat, s: Scalar| {
			cheat.with(|values| values.signed.as_mut().unwrap().signer.s = s.into_bigint()).fit()
		};
		let nonce = new().nonce;
		let h = reduce(new().run().1.challenge);
		let other = Scalar::from(55u8);
		let replaced = |cheat: Cheat, group: &str, last, point: Point| {
			cheat.replace(&format!("signature/{group}/x"), last, point.x).replace(
				&format!("signature/{group}/y"),
				last,
				point.y,
			)
		};
		let cheat = signed_with(new(), nonce + h * other);
		add("signature/key_multiple", replaced(cheat, "key_multiple", 2, multiple(other)));
		let cheat = signed_with(new(), nonce + other);
		add("signature/variable_base", replaced(cheat, "variable_base", 377 + 2, multiple(other)));
		let point = multiple(nonce + Scalar::from(8u8) * h * new().secret);
		let cheat = signed_with(new(), Scalar::from(5u8));
		add("signature/fixed_base", replaced(cheat, "fixed_base", 82, point));
		add("signature/equation", signed_with(new(), other));
	}
	cheats
}

#[test]
fn every_group_catches_who_cheats_there_and_nowhere_else() {
	for circuit in Circuit::both() {
		let mut caught = BTreeSet::new();
		for (group, cheat) in cheats(circuit) {
			cheat.is_caught_only_by(&group);
			caught.insert(group);
		}
		let groups = circuit.shape.groups().iter().map(|group| group.path.clone()).collect();
		assert_eq!(caught, groups, "a group without a cheat");
	}
}

#[test]
fn a_proof_for_another_context() {
	for circuit in Circuit::both() {
		let job = Job::sample(circuit);
		let assignment = job.assign(&job.shown()).unwrap();
		for limb in [1, 2] {
			let other = assignment.wires()[limb] + Fr::ONE;
			let swapped = assignment.with(limb, other).unwrap();
			assert_eq!(circuit.shape.unsatisfied(&swapped), BTreeSet::from(["context"]));
		}
	}
}

/// What a prover shows instead of what it has proven.
#[test]
fn everything_shown_is_in_the_statement() {
	type Change = fn(&mut Shown);
	let changes: [Change; 10] = [
		|shown| shown.settlement.subject += Fr::ONE,
		|shown| shown.settlement.agreement += Fr::ONE,
		|shown| {
			let PrivateSettlement { payee, change, .. } = &mut shown.settlement;
			std::mem::swap(payee, change);
		},
		|shown| shown.settlement.payee += Fr::ONE,
		|shown| shown.settlement.change += Fr::ONE,
		|shown| shown.settlement.encrypted_change += Fr::ONE,
		|shown| shown.settlement.fee += 1,
		|shown| shown.settlement.charge -= 1,
		|shown| {
			shown.settlement.fee += 1;
			shown.settlement.charge -= 1;
		},
		|shown| {
			let PrivateSettlement { fee, charge, .. } = &mut shown.settlement;
			std::mem::swap(fee, charge);
		},
	];
	for circuit in Circuit::both() {
		for change in changes {
			Cheat::new(circuit).shown_as(change).is_caught_only_by("statement");
		}
	}
	let changes: [Change; 7] = [
		|shown| shown.receipt.issuer_root += Fr::ONE,
		|shown| shown.receipt.issuer_index += 1,
		|shown| shown.receipt.issuer_index += 16,
		|shown| shown.receipt.nullifier += Fr::ONE,
		|shown| shown.receipt.expires_at += 1,
		|shown| shown.receipt.as_of += 1,
		|shown| std::mem::swap(&mut shown.receipt.expires_at, &mut shown.receipt.as_of),
	];
	for change in changes {
		Cheat::new(&SETTLE).shown_as(change).is_caught_only_by("statement");
	}
	// Another output or other units than the panel's.
	Cheat::new(&VERDICT)
		.shown_as(|shown| shown.commitment += Fr::ONE)
		.is_caught_only_by("statement");
	for change in [
		(|values| values.receipt.units += Fr::ONE) as fn(&mut Values),
		|values| values.receipt.output[0] += Fr::ONE,
		|values| values.receipt.serial -= Fr::ONE,
		|values| values.receipt.salt += Fr::ONE,
	] {
		let agreed = Job::sample(&VERDICT).commitment();
		Cheat::new(&VERDICT)
			.with(|values| {
				change(values);
				values.amount = values.receipt.units * values.receipt.unit_price;
			})
			.shown_as(|shown| shown.commitment = agreed)
			.is_caught_only_by("statement");
	}
}

/// Whoever learns a receipt and an opening, the requester first of all, pays itself; or takes the
/// change; or more than the terms allow.
#[test]
fn an_agreement_is_about_this_escrow_these_terms_and_this_payee() {
	type Change = fn(&mut Values);
	let changes: [(&str, Change); 9] = [
		("another payee", |values| values.payee += Fr::ONE),
		("the payee's change", |values| values.escrow.owner = values.payee),
		("a unit price above the terms", |values| values.receipt.unit_price += Fr::ONE),
		("more units than the terms", |values| {
			values.escrow.max_units += Fr::ONE;
			values.receipt.units = values.escrow.max_units;
		}),
		("other terms alike", |values| values.escrow.terms_salt += Fr::ONE),
		("a larger reserve", |values| values.escrow.reserve += Fr::ONE),
		("another escrow of the same worth", |values| values.escrow.rho += Fr::ONE),
		("another key for the change", |values| {
			let other = multiple(Scalar::from(9u8));
			values.escrow.change_key = (other.x, other.y);
		}),
		("the identity as key for the change", |values| {
			values.escrow.change_key = (Fr::ZERO, Fr::ONE);
		}),
	];
	for circuit in Circuit::both() {
		let agreement = Job::sample(circuit).shown().settlement.agreement;
		for (what, change) in changes {
			let cheat = Cheat::new(circuit)
				.with(|values| {
					change(values);
					values.amount = values.receipt.units * values.receipt.unit_price;
				})
				.shown_as(|shown| {
					assert_ne!(shown.settlement.agreement, agreement, "{what}");
					shown.settlement.agreement = agreement;
				});
			assert_eq!(cheat.caught_by(), BTreeSet::from(["statement"]), "{what}");
		}
	}
}

/// The same, with hashes that are bent to come out right.
#[test]
fn another_payee_or_owner_by_a_wrong_hash() {
	for circuit in Circuit::both() {
		let honest = Job::sample(circuit).shown().settlement.agreement;
		let cheat = Cheat::new(circuit).with(|values| values.payee += Fr::ONE);
		let computed = cheat.run().1.agreement;
		let cheat = cheat.steer("agreement", computed, honest).signed();
		assert_eq!(cheat.shown().settlement.agreement, honest);
		cheat.is_caught_only_by("agreement");

		let EscrowOpening { owner, rho, .. } = Job::sample(circuit).witness.escrow;
		let inner = |owner| Note { value: 0, owner, rho }.inner::<Native>();
		let thief = owner + Fr::ONE;
		let cheat = Cheat::new(circuit)
			.with(|values| values.escrow.owner = thief)
			.steer("escrow/inner", inner(thief), inner(owner))
			.signed();
		assert_eq!(cheat.shown().settlement.agreement, honest);
		cheat.is_caught_only_by("escrow/inner");
	}
}

#[test]
fn units_above_the_most_of_the_terms() {
	for circuit in Circuit::both() {
		// The reserve would pay for one more.
		let cheat = Cheat::new(circuit).with(|values| {
			values.escrow.reserve = values.receipt.unit_price + Fr::from(1_000_000_000u64);
			values.receipt.units = values.escrow.max_units + Fr::ONE;
			values.amount = values.receipt.units * values.receipt.unit_price;
		});
		cheat.signed().is_caught_only_by("units");
	}
}

/// One part is less than nothing, so that another is worth more.
#[test]
fn values_that_wrap_around_the_field() {
	let small = Fr::from(77u8);
	for circuit in Circuit::both() {
		let with = |change: &dyn Fn(&mut Values)| Cheat::new(circuit).with(|v| change(v)).signed();
		// The payee gets more than the units cost, the requester more than is left.
		with(&|values| values.fee = -small).is_caught_only_by("fee");
		with(&|values| values.charge = -small).is_caught_only_by("charge");
		// A fee above the amount, a charge above what is left.
		with(&|values| values.fee = values.amount + Fr::ONE).is_caught_only_by("payee/range");
		with(&|values| {
			let escrow = values.receipt.unit_price * values.escrow.max_units;
			values.charge = escrow + values.escrow.reserve - values.amount + Fr::ONE;
		})
		.is_caught_only_by("change/range");
		// Terms under which the escrow is worth more, or less, than it holds.
		with(&|values| values.escrow.reserve = -small).is_caught_only_by("escrow/reserve");
		with(&|values| {
			let free = [&mut values.receipt.unit_price, &mut values.amount, &mut values.fee];
			free.into_iter().for_each(|number| *number = Fr::ZERO);
			values.escrow.max_units = two_to(64);
		})
		.is_caught_only_by("escrow/max_units");
		with(&|values| {
			[values.receipt.unit_price, values.escrow.max_units] = [two_to(32); 2];
			values.escrow.reserve = Fr::ZERO;
			values.amount = values.receipt.unit_price * values.receipt.units;
		})
		.is_caught_only_by("escrow/value");
		// Half a unit at two for one: true in the field only.
		let cheat = with(&|values| {
			values.receipt.units = Fr::from(2u8).inverse().unwrap();
			values.receipt.unit_price = Fr::from(2u8);
			(values.amount, values.fee) = (Fr::ONE, Fr::ZERO);
		});
		assert_eq!(cheat.caught_by(), BTreeSet::from(["ranges/units", "units"]));
		with(&|values| {
			values.receipt.unit_price = two_to(64);
			for number in [
				&mut values.receipt.units,
				&mut values.escrow.max_units,
				&mut values.amount,
				&mut values.fee,
			] {
				*number = Fr::ZERO;
			}
		})
		.is_caught_only_by("ranges/unit_price");
		// An amount that the escrow does not have.
		let cheat = with(&|values| {
			values.amount = two_to(64);
			values.fee = Fr::ONE;
		});
		let groups = ["ranges/amount", "price", "change/range"];
		assert_eq!(cheat.caught_by(), BTreeSet::from(groups));
	}
}

#[test]
fn numbers_of_a_receipt_that_are_too_large() {
	type Change = fn(&mut Values);
	let changes: [(&str, Change); 6] = [
		("ranges/serial", |values| values.receipt.serial = two_to(128)),
		("ranges/salt", |values| values.receipt.salt = two_to(128)),
		("ranges/output_lo", |values| values.receipt.output[0] = two_to(128)),
		("ranges/output_hi", |values| values.receipt.output[1] = two_to(128)),
		("ranges/expires_at", |values| {
			values.expires_at = two_to(64);
			if let Some(signed) = &mut values.signed {
				signed.as_of = two_to(64) - Fr::ONE;
			}
			values.receipt.end = two_to(64) - Fr::ONE;
		}),
		("ranges/start", |values| {
			(values.receipt.start, values.receipt.end) = (-Fr::ONE, Fr::ZERO);
		}),
	];
	for circuit in Circuit::both() {
		for (group, change) in changes {
			Cheat::new(circuit).with(change).signed().is_caught_only_by(group);
		}
	}
}

/// Trap 10: work from the future, and a receipt that is void.
#[test]
fn times_out_of_order() {
	for circuit in Circuit::both() {
		let late = |values: &mut Values| values.receipt.start = values.receipt.end + Fr::ONE;
		Cheat::new(circuit).with(late).signed().is_caught_only_by("times/start_before_end");
	}
	let cheat = Cheat::new(&SETTLE).with(|values| {
		values.receipt.end = values.signed.as_ref().unwrap().as_of + Fr::ONE;
	});
	cheat.signed().is_caught_only_by("times/end_before_as_of");
	let cheat = Cheat::new(&SETTLE).with(|values| {
		values.signed.as_mut().unwrap().as_of = values.expires_at + Fr::ONE;
	});
	cheat.signed().is_caught_only_by("times/as_of_before_expiry");
	let cheat =
		Cheat::new(&VERDICT).with(|values| values.receipt.end = values.expires_at + Fr::ONE);
	cheat.signed().is_caught_only_by("times/end_before_expiry");
}

/// A receipt, with a signature that is good, of something else than what is settled.
#[test]
fn receipts_of_something_else() {
	type Change = fn(&mut Values);
	let changes: [(&str, Change); 6] = [
		("another job or miner", |values| values.subject = subject(8)),
		("more units", |values| {
			values.receipt.units += Fr::ONE;
			values.amount += values.receipt.unit_price;
		}),
		("another price", |values| {
			values.receipt.unit_price += Fr::ONE;
			values.amount += values.receipt.units;
		}),
		("another output", |values| values.receipt.output[1] -= Fr::ONE),
		("a later expiry", |values| values.expires_at += Fr::ONE),
		("another serial", |values| values.receipt.serial -= Fr::ONE),
	];
	for (what, change) in changes {
		let cheat = Cheat::new(&SETTLE).signed().with(change).fit();
		assert_eq!(cheat.caught_by(), BTreeSet::from(["signature/equation"]), "{what}");
	}
	// An issuer that the job does not accept, one that was removed, and a place that is none.
	let root = Cheat::new(&SETTLE).shown().receipt.issuer_root;
	let cheat = Cheat::new(&SETTLE).with(|values| {
		let other = multiple(Scalar::from(9u8));
		values.signed.as_mut().unwrap().signer.key = (other.x, other.y);
	});
	let cheat = Cheat { secret: Scalar::from(9u8), ..cheat };
	cheat.shown_as(|shown| shown.receipt.issuer_root = root).is_caught_only_by("statement");
	let cheat = Cheat::new(&SETTLE).with(|values| {
		values.signed.as_mut().unwrap().issuer_index = Fr::from(22u8);
	});
	cheat.signed().is_caught_only_by("issuer_index");
	let quarter = Fr::from(168_700u64).sqrt().unwrap().inverse().unwrap();
	for key in [(Fr::ZERO, Fr::ONE), (Fr::ZERO, -Fr::ONE), (quarter, Fr::ZERO)] {
		let cheat = Cheat::new(&SETTLE).with(|values| {
			values.signed.as_mut().unwrap().signer.key = key;
		});
		let cheat = Cheat { secret: Scalar::ZERO, ..cheat };
		cheat.signed().is_caught_only_by("signature/key_order");
	}
}

/// With the identity as ephemeral key everybody would know the secret.
#[test]
fn an_ephemeral_key_that_is_the_identity() {
	for circuit in Circuit::both() {
		for secret in [BigInt::zero(), SUBGROUP_ORDER] {
			let cheat = Cheat::new(circuit).with(|values| values.ephemeral = secret).signed();
			assert_eq!(cheat.shown().settlement.ephemeral_key, [Fr::ZERO, Fr::ONE]);
			cheat.is_caught_only_by("ephemeral/order");
		}
	}
}

/// Another point with which the requester would find nothing, or find out something about its secret:
/// the negative, one with a part of small order, one off the curve.
#[test]
fn a_malleable_ephemeral_key() {
	for circuit in Circuit::both() {
		let changes: [fn([Fr; 2]) -> [Fr; 2]; 5] = [
			|[x, y]| [-x, y],
			|[x, y]| [-x, -y],
			|[x, y]| [x, -y],
			|[x, y]| [y, x],
			|_| [Fr::ZERO, Fr::ONE],
		];
		for change in changes {
			Cheat::new(circuit)
				.shown_as(|shown| {
					let key = &mut shown.settlement.ephemeral_key;
					*key = change(*key);
				})
				.is_caught_only_by("statement");
		}
		// The point of order two added, and taken for the key.
		let honest = Job::sample(circuit).shown().settlement.ephemeral_key;
		let [x, y] = honest.map(|coordinate| -coordinate);
		let cheat = Cheat::new(circuit)
			.replace("ephemeral/key/x", 82, x)
			.replace("ephemeral/key/y", 82, y)
			.signed();
		assert_eq!(cheat.shown().settlement.ephemeral_key, [x, y]);
		cheat.is_caught_only_by("ephemeral/key");
	}
}

/// A secret of the same key as before is the same secret, however it is written.
#[test]
fn a_second_scalar_for_one_ephemeral_key() {
	for circuit in Circuit::both() {
		let cheat = Cheat::new(circuit).with(|values| {
			assert!(!values.ephemeral.add_with_carry(&SUBGROUP_ORDER));
			assert!(values.ephemeral.num_bits() <= exchange::SECRET_BITS as u32);
		});
		let cheat = cheat.signed();
		assert_eq!(cheat.shown().settlement, Job::sample(circuit).shown().settlement);
		assert_eq!(cheat.caught_by(), BTreeSet::new());
	}
}

/// A change that its owner would not find, or would take for another value.
#[test]
fn a_change_that_the_requester_does_not_find() {
	for circuit in Circuit::both() {
		let point = multiple(Scalar::from(55u8));
		Cheat::new(circuit)
			.replace("ephemeral/shared/x", 2 + 3 * 125 - 1, point.x)
			.replace("ephemeral/shared/y", 2 + 3 * 125 - 1, point.y)
			.signed()
			.is_caught_only_by("ephemeral/shared");
		for group in ["change/rho", "change/mask"] {
			// Eight full rounds of five cells and 60 partial ones, less two constant cells.
			let last = 294 / 3 - 5;
			let cheat = Cheat::new(circuit).increase(&format!("{group}/fifth"), last, Fr::ONE);
			let cheat = cheat.signed();
			let (shown, honest) =
				(cheat.shown().settlement, Job::sample(circuit).shown().settlement);
			assert_ne!(shown.encrypted_change, honest.encrypted_change);
			cheat.is_caught_only_by(group);
		}
	}
}

#[test]
fn no_wire_is_free() {
	// Each private value but one as it should be, and that one changed: some constraint fails.
	for circuit in Circuit::both() {
		let job = Job::sample(circuit);
		let assignment = job.assign(&job.shown()).unwrap();
		let shape = &circuit.shape;
		let mut rows = vec![Vec::new(); shape.wires()];
		for row in shape.rows() {
			let sides = [&row.a, &row.b, &row.c];
			let wires: BTreeSet<_> =
				sides.iter().flat_map(|side| side.terms()).map(|(wire, _)| *wire).collect();
			for wire in wires {
				rows[wire].push(row);
			}
		}
		let mut values = assignment.wires().to_vec();
		for (wire, rows) in rows.iter().enumerate().skip(1) {
			values[wire] += Fr::ONE;
			assert!(!rows.iter().all(|row| row.holds(&values)), "wire {wire} is free");
			values[wire] -= Fr::ONE;
		}
	}
}

/// A false statement has an error of its own, and the error names the group that would fail.
#[test]
fn errors_name_the_group_that_fails() {
	type Change = fn(&mut Job, &mut Shown);
	let common: [(Change, WitnessError); 10] = [
		(
			|job, _| job.witness.units = 2_001,
			WitnessError::TooManyUnits { units: 2_001, max_units: 2_000 },
		),
		(
			|_, shown| shown.settlement.fee = 5_000_000_000_001,
			WitnessError::FeeTooHigh { fee: 5_000_000_000_001, amount: 5_000_000_000_000 },
		),
		(
			|_, shown| shown.settlement.charge = 3_005_000_000_001,
			WitnessError::ChargeTooHigh { charge: 3_005_000_000_001, left: 3_005_000_000_000 },
		),
		(|job, _| job.witness.ephemeral = Scalar::ZERO, WitnessError::EphemeralIdentity),
		(|job, _| job.witness.payee += Fr::ONE, WitnessError::Mismatch(Part::Agreement)),
		(|job, _| job.witness.payee_rho += Fr::ONE, WitnessError::Mismatch(Part::Payee)),
		(|_, shown| shown.settlement.change += Fr::ONE, WitnessError::Mismatch(Part::Change)),
		(
			|_, shown| shown.settlement.ephemeral_key[1] += Fr::ONE,
			WitnessError::Mismatch(Part::EphemeralKey),
		),
		(
			|_, shown| shown.settlement.encrypted_change += Fr::ONE,
			WitnessError::Mismatch(Part::EncryptedChange),
		),
		(|_, shown| shown.settlement.fee += 1, WitnessError::Mismatch(Part::Payee)),
	];
	let times = |start, end, as_of, expires_at| WitnessError::TimesOutOfOrder {
		start,
		end,
		as_of,
		expires_at,
	};
	let by_receipt: [(Change, WitnessError); 6] = [
		(|job, _| job.witness.start = 1_011, times(1_011, 1_010, Some(1_012), 101_000)),
		(|_, shown| shown.receipt.as_of = 1_009, times(1_000, 1_010, Some(1_009), 101_000)),
		(|_, shown| shown.receipt.as_of = 101_001, times(1_000, 1_010, Some(101_001), 101_000)),
		(|_, shown| shown.receipt.issuer_root += Fr::ONE, WitnessError::Mismatch(Part::IssuerRoot)),
		(|_, shown| shown.receipt.nullifier += Fr::ONE, WitnessError::Mismatch(Part::Nullifier)),
		(|_, shown| shown.receipt.expires_at += 1, WitnessError::Mismatch(Part::Expiry)),
	];
	let by_verdict: [(Change, WitnessError); 3] = [
		(|job, _| job.witness.start = 1_011, times(1_011, 1_010, None, 101_000)),
		(|job, _| job.witness.end = 101_001, times(1_000, 101_001, None, 101_000)),
		(|_, shown| shown.commitment += Fr::ONE, WitnessError::Mismatch(Part::Commitment)),
	];
	for circuit in Circuit::both() {
		let own = if circuit.signed() { &by_receipt[..] } else { &by_verdict };
		for (change, expected) in common.iter().chain(own) {
			let mut job = Job::sample(circuit);
			let mut shown = job.shown();
			change(&mut job, &mut shown);
			let error = job.assign(&shown).unwrap_err();
			assert_eq!(error, *expected);
			let mut assigner = Assigner::with_capacity(1);
			synthesise(&mut assigner, &job.values(&shown));
			let failing = circuit.shape.unsatisfied(&assigner.finish());
			assert!(failing.contains(error.group()), "{error}: {failing:?}");
			// Whoever lies about a number has to show what the chain then computes as well.
			let others: BTreeSet<_> =
				failing.iter().filter(|group| **group != "statement").collect();
			assert!(others.len() <= 1, "{error}: {failing:?}");
		}
	}

	let job = Job::sample(&SETTLE);
	let Shown { settlement, receipt, .. } = job.shown();
	let context = [Fr::ZERO; 2];
	let public = settle::PublicSignals { context, settlement, receipt };
	let witness = job.signed(issuers_key().sign::<Native>(Fr::ONE));
	let error = settle::assign(&public, &witness).unwrap_err();
	assert_eq!((error, error.group()), (WitnessError::SignatureInvalid, "signature/equation"));
	let receipt = SettledReceipt { issuer_index: 16, ..receipt };
	let error = settle::assign(&settle::PublicSignals { receipt, ..public }, &witness).unwrap_err();
	assert_eq!(error, WitnessError::IssuerIndexOutOfRange(16));
	assert_eq!(error.group(), "issuer_index");
	assert_eq!(WitnessError::AmountTooLarge.group(), "ranges/amount");
	assert_eq!(WitnessError::EscrowTooLarge.group(), "escrow/value");
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16))]

	#[test]
	fn honest_settlements_satisfy_the_circuits(
		(unit_price, max_units, reserve) in (any::<u32>(), any::<u32>(), any::<u32>()),
		choices in any::<[u64; 3]>(),
		times in any::<[u64; 4]>(),
		(serial, salt) in any::<(u128, u128)>(),
		output in any::<[u8; 32]>(),
		secrets in any::<[u128; 5]>(),
		seeds in any::<[[u8; 32]; 2]>(),
		index in 0u8..16,
		job in any::<u64>(),
	) {
		let mut times = times;
		times.sort();
		let [start, end, as_of, expires_at] = times;
		let [terms_salt, owner, rho, payee, payee_rho] = secrets.map(Fr::from);
		let [requester, ephemeral] = seeds.map(|seed| SecretKey::from_seed(&seed));
		let units = choices[0] % (u64::from(max_units) + 1);
		let amount = units * u64::from(unit_price);
		let mut leaves: Vec<Fr> = (0..16).map(|place| Fr::from(job) * Fr::from(place)).collect();
		leaves[usize::from(index)] = issuers_key().public().leaf::<Native>();
		for circuit in Circuit::both() {
			let job = Job {
				circuit,
				witness: SettlementWitness {
					escrow: EscrowOpening {
						terms: PrivateTerms {
							unit_price: unit_price.into(),
							max_units: max_units.into(),
							salt: terms_salt,
						},
						reserve: reserve.into(),
						owner,
						rho,
						change_key: requester.public(),
					},
					units,
					start,
					end,
					expires_at,
					serial,
					output,
					salt,
					payee,
					payee_rho,
					ephemeral: ephemeral.scalar(),
				},
				subject: subject(job),
				fee: choices[1] % (amount + 1),
				charge: choices[2] % (u64::from(reserve) + 1),
				as_of,
				index,
				leaves: leaves.clone(),
			};
			let assignment = job.assign(&job.shown()).unwrap();
			prop_assert_eq!(circuit.shape.unsatisfied(&assignment), BTreeSet::new());
		}
	}
}
