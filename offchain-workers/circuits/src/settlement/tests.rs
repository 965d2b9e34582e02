//! The statement, group by group, for both circuits, without an auditor and with one. For each group there
//! is a prover who cheats there and nowhere else: its witness fails in that group alone.

use super::*;
use crate::{forger::Forger, settle, settle_verdict, Tamperer};
use ark_ec::{twisted_edwards::Projective, PrimeGroup};
use ark_ff::BigInteger;
use proptest::prelude::*;
use quittance_babyjubjub::{BabyJubJub, SecretKey, SUBGROUP_ORDER};
use quittance_groth16::VerifyError;
use quittance_poseidon::{parameters, tree};
use quittance_types::{
	audit_mask, audited_value, recover_change, verdict_commitment, JobId, PrivateTerms, Subject,
};
use std::{collections::BTreeSet, sync::LazyLock};

const MAX: u64 = u64::MAX;

static SETTLE: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(Basis::Receipt(()), false));
static VERDICT: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(Basis::Verdict(()), false));
static AUDITED_SETTLE: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(Basis::Receipt(()), true));
static AUDITED_VERDICT: LazyLock<Circuit> =
	LazyLock::new(|| Circuit::new(Basis::Verdict(()), true));

struct Circuit {
	basis: Basis,
	audited: bool,
	shape: Shape,
}

impl Circuit {
	fn new(basis: Basis, audited: bool) -> Self {
		Self { basis, audited, shape: shape(basis, audited) }
	}

	fn all() -> [&'static Self; 4] {
		[&SETTLE, &VERDICT, &AUDITED_SETTLE, &AUDITED_VERDICT]
	}

	fn audited() -> [&'static Self; 2] {
		[&AUDITED_SETTLE, &AUDITED_VERDICT]
	}

	fn signed(&self) -> bool {
		self.basis == Basis::Receipt(())
	}
}

/// The secrets of the three.
fn requesters_key() -> SecretKey {
	SecretKey::from_seed(&[21; 32])
}

fn auditors_key() -> SecretKey {
	SecretKey::from_seed(&[41; 32])
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
	receipt: ReceiptWitness,
	/// Of the verdict.
	salt: Fr,
	subject: Fr,
	fee: u64,
	as_of: u64,
	index: u8,
	leaves: Vec<Fr>,
}

/// What the chain knows and is shown.
#[derive(Clone, Copy)]
struct Shown {
	settlement: PrivateSettlement,
	receipt: SettledReceipt,
	verdict: Fr,
	/// The last signal where there is an auditor.
	audit: Fr,
}

impl Shown {
	fn statement(&self, circuit: &Circuit) -> Fr {
		if circuit.signed() {
			self.settlement.by_receipt::<Native>(&self.receipt)
		} else {
			self.settlement.by_verdict::<Native>(self.verdict)
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
					owner: -Fr::from(32u8),
					rho: -Fr::from(33u8),
					change_key: requesters_key().public(),
				},
				units: 1_250,
				nullifier_key: -Fr::from(34u8),
				diversifier: -Fr::from(37u8),
				payee_rho: -Fr::from(35u8),
				ephemeral: SecretKey::from_seed(&[36; 32]).scalar(),
			},
			receipt: ReceiptWitness {
				start: 1_000,
				end: 1_010,
				expires_at: 101_000,
				serial: u128::MAX - 5,
				output: std::array::from_fn(|i| 255 - i as u8),
				salt: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
			},
			salt: -Fr::from(38u8),
			subject: subject(7),
			fee: 1_000_000,
			as_of: 1_012,
			index: 6,
			leaves,
		}
	}

	/// What the issuer signs.
	fn commitment(&self) -> Fr {
		self.body().commitment::<Native>(self.subject, self.receipt.salt)
	}

	fn body(&self) -> Body {
		self.witness.body(&self.receipt).unwrap()
	}

	fn shown(&self) -> Shown {
		Shown {
			settlement: self.witness.settlement(self.subject, self.fee).unwrap(),
			receipt: SettledReceipt {
				issuer_root: tree::root::<Native>(&self.leaves, 2).unwrap(),
				issuer_index: self.index,
				nullifier: self.body().nullifier::<Native>(self.subject),
				expires_at: self.receipt.expires_at,
				as_of: self.as_of,
			},
			verdict: verdict_commitment::<Native>(self.subject, self.witness.units, self.salt),
			audit: self.signal(&auditors_key().public()),
		}
	}

	/// The last signal where this is the auditor's key.
	fn signal(&self, auditor: &PublicKey) -> Fr {
		let shown = self.witness.show(self.subject, self.fee, auditor).unwrap();
		shown.signal::<Native>([auditor.x(), auditor.y()])
	}

	/// With a signature for this very receipt.
	fn assign(&self, shown: &Shown) -> Result<Assignment, WitnessError> {
		let context = [Fr::from(u128::MAX), Fr::from(12u8)];
		let Shown { settlement, receipt, verdict, audit } = *shown;
		let auditor = auditors_key().public();
		if self.circuit.signed() {
			let public = settle::PublicSignals { context, settlement, receipt };
			assert_eq!(public.to_fields(), shown.public(self.circuit));
			let witness = self.signed(issuers_key().sign::<Native>(self.commitment()));
			if self.circuit.audited {
				return settle::assign_audited(&public, audit, &witness, &auditor);
			}
			settle::assign(&public, &witness)
		} else {
			let public = settle_verdict::PublicSignals { context, settlement, verdict };
			assert_eq!(public.to_fields(), shown.public(self.circuit));
			let settlement = self.witness.clone();
			let witness = settle_verdict::SettleVerdictWitness { settlement, salt: self.salt };
			if self.circuit.audited {
				return settle_verdict::assign_audited(&public, audit, &witness, &auditor);
			}
			settle_verdict::assign(&public, &witness)
		}
	}

	fn signed(&self, signature: Signature) -> settle::SettleWitness {
		settle::SettleWitness {
			settlement: self.witness.clone(),
			receipt: self.receipt.clone(),
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
				receipt: &witness.receipt,
				issuer: &witness.issuer,
				signature: &witness.signature,
				siblings: &witness.siblings,
				shown: &shown.receipt,
			})
		} else {
			Basis::Verdict(Found { salt: self.salt, verdict: shown.verdict })
		};
		let public = shown.public(self.circuit);
		let key = auditors_key().public();
		let audit = Auditing { signal: shown.audit, key: &key };
		let audit = self.circuit.audited.then_some(&audit);
		Values::new(&public, &shown.settlement, &self.witness, &grounds, audit)
	}
}

fn multiple(scalar: Scalar) -> Point {
	Projective::<BabyJubJub>::generator().mul_bigint(scalar.into_bigint()).into()
}

fn reduce(number: Fr) -> Scalar {
	Scalar::from_le_bytes_mod_order(&number.into_bigint().to_bytes_le())
}

/// What a settlement by a receipt has and another has not.
fn signed(values: &mut Values) -> &mut SignedValues {
	match &mut values.grounds {
		Basis::Receipt(signed) => signed,
		Basis::Verdict(_) => panic!("there is no receipt"),
	}
}

/// The random number of a verdict.
fn salt(values: &mut Values) -> &mut Fr {
	match &mut values.grounds {
		Basis::Receipt(_) => panic!("there is no verdict"),
		Basis::Verdict(salt) => salt,
	}
}

/// What a settlement for an auditor has and another has not.
fn audit_of(values: &mut Values) -> &mut AuditValues {
	values.audit.as_mut().expect("the circuit has an auditor")
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
		if circuit.signed() {
			let (key, r8) = (multiple(secret), multiple(nonce));
			let signer = &mut signed(&mut values).signer;
			(signer.key, signer.r8) = ((key.x, key.y), (r8.x, r8.y));
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
		if self.circuit.signed() {
			let h = reduce(results.challenge);
			let s = nonce + Scalar::from(8u8) * h * secret;
			signed(&mut self.values).signer.s = s.into_bigint();
		}
		self.fit()
	}

	/// Makes the statement what the circuit computes.
	fn fit(mut self) -> Self {
		let (_, results) = self.run();
		self.values.public[2] = results.statement;
		if let (Some(audit), Some(digest)) = (&mut self.values.audit, results.audit) {
			audit.signal = digest;
		}
		self
	}

	/// What is shown to the chain: what the circuit computes.
	fn shown(&self) -> Shown {
		let (_, results) = self.run();
		let small = |number: Fr| {
			let [word, 0, 0, 0] = number.into_bigint().0 else { panic!("{number} is not small") };
			word
		};
		let signed = match &self.values.grounds {
			Basis::Receipt(signed) => signed.clone(),
			Basis::Verdict(_) => SignedValues::default(),
		};
		Shown {
			settlement: PrivateSettlement {
				subject: self.values.subject,
				agreement: results.agreement,
				payee: results.payee,
				change: results.change,
				ephemeral_key: results.ephemeral_key,
				encrypted_change: results.encrypted_change,
				fee: small(self.values.fee),
			},
			receipt: SettledReceipt {
				issuer_root: results.issuer_root,
				issuer_index: small(signed.issuer_index) as u8,
				nullifier: results.nullifier,
				expires_at: small(signed.expires_at),
				as_of: small(signed.as_of),
			},
			verdict: results.commitment,
			audit: results.audit.unwrap_or_default(),
		}
	}

	/// Signs, and then has the chain know or be shown something else in some place.
	fn shown_as(self, change: impl FnOnce(&mut Shown)) -> Self {
		let mut cheat = self.signed();
		let mut shown = cheat.shown();
		assert_eq!(shown.statement(cheat.circuit), cheat.values.public[2]);
		change(&mut shown);
		cheat.values.public[2] = shown.statement(cheat.circuit);
		if let Some(audit) = &mut cheat.values.audit {
			audit.signal = shown.audit;
		}
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
	for circuit in Circuit::all() {
		let job = Job::sample(circuit);
		let shown = job.shown();
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, &job.values(&shown));
		let assignment = job.assign(&shown).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		let mut signals = shown.public(circuit).to_vec();
		signals.extend(circuit.audited.then_some(shown.audit));
		assert_eq!(assignment.publics(), signals);
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
	for (circuit, constraints, wires) in [
		(&*SETTLE, 15_786, 15_795),
		(&*VERDICT, 8_458, 8_466),
		(&*AUDITED_SETTLE, 19_520, 19_531),
		(&*AUDITED_VERDICT, 12_192, 12_202),
	] {
		let mut expected = named(&[("context", 2)]);
		expected.extend(ranged(&["units", "unit_price", "amount"], 65));
		if circuit.signed() {
			expected.extend(ranged(&["start", "end", "expires_at", "as_of"], 65));
			expected.extend(ranged(&["serial", "salt", "output_lo", "output_hi"], 129));
		}
		expected.extend(named(&[("price", 1)]));
		if circuit.signed() {
			expected.extend(named(&[
				("times/start_before_end", 65),
				("times/end_before_as_of", 65),
				("times/as_of_before_expiry", 65),
				("body", 456),
				("commitment", 294),
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
		} else {
			expected.extend(named(&[("verdict", 294)]));
		}
		expected.extend(named(&[
			("escrow/max_units", 65),
			("escrow/price", 1),
			("escrow/value", 65),
			("escrow/terms", 294),
			("escrow/inner", 258),
			("escrow/commitment", 258),
			("escrow/offer", 318),
			("units", 65),
			("fee", 65),
			("payee/owner", 258),
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
		if circuit.audited {
			expected.extend(named(&[
				("audit/shared", 2767),
				("audit/mask_0", 294),
				("audit/mask_1", 294),
				("audit/digest", 379),
			]));
		}
		let shape = &circuit.shape;
		let counts: Vec<_> =
			shape.groups().iter().map(|group| (group.path.clone(), group.constraints)).collect();
		assert_eq!(counts, expected);
		// A wire more, and something is hinted twice: two hashes have a number each that ought to be
		// one, which no other test would see.
		assert_eq!((shape.constraints(), shape.wires()), (constraints, wires));
		assert_eq!(shape.publics(), SETTLEMENT_SIGNALS + usize::from(circuit.audited));
		let large = circuit.audited && circuit.signed();
		assert_eq!(shape.domain(), if large { 32_768 } else { 16_384 });
	}
}

/// What a settlement is for: who is paid what, and that the requester finds its part with nothing but
/// its key and what the chain shows.
#[test]
fn the_escrow_is_divided_and_the_requester_finds_its_part() {
	for circuit in Circuit::all() {
		let job = Job::sample(circuit);
		let SettlementNotes { payee, change } = job.witness.notes(job.subject, job.fee).unwrap();
		let escrow = job.witness.escrow.note().unwrap();
		assert_eq!(payee.value, 1_250 * 4_000_000_000 - 1_000_000);
		assert_eq!(change.value, 750 * 4_000_000_000);
		assert_eq!(payee.value + change.value + job.fee, escrow.value);
		assert!(payee.owner == job.witness.payee() && change.owner == escrow.owner);
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
	for circuit in Circuit::all() {
		let with = |unit_price, max_units, units, fee| {
			let mut job = Job::sample(circuit);
			job.witness.escrow.terms.unit_price = unit_price;
			job.witness.escrow.terms.max_units = max_units;
			(job.witness.units, job.fee) = (units, fee);
			job
		};
		// All units, no units, all of it a fee, nothing at all.
		for (unit_price, max_units, units, fee) in [
			(MAX, 1, 1, 0),
			(MAX, 1, 0, 0),
			(1, MAX, MAX, MAX),
			(1, MAX, MAX - 1, 1),
			(0, MAX, MAX, 0),
			(MAX, 0, 0, 0),
			(0, 0, 0, 0),
			(10, 10, 9, 90),
		] {
			assert!(with(unit_price, max_units, units, fee).holds());
		}
		let error = |job: &Job| job.witness.notes(job.subject, job.fee).err().unwrap();
		let most = with(MAX, 2, 2, 0);
		assert_eq!(error(&most), WitnessError::AmountTooLarge);
		let most = with(MAX, 2, 1, 0);
		assert_eq!(error(&most), WitnessError::EscrowTooLarge);
		let many = with(1, 9, 10, 0);
		assert_eq!(error(&many), WitnessError::TooManyUnits { units: 10, max_units: 9 });
		let dear = with(10, 10, 9, 91);
		assert_eq!(error(&dear), WitnessError::FeeTooHigh { fee: 91, amount: 90 });
	}
}

#[test]
fn times_that_are_equal_are_in_order() {
	let mut job = Job::sample(&SETTLE);
	(job.receipt.start, job.receipt.end, job.as_of, job.receipt.expires_at) = (9, 9, 9, 9);
	assert!(job.holds());
	(job.receipt.start, job.as_of, job.receipt.expires_at) = (0, MAX, MAX);
	assert!(job.holds());
}

/// As the chain makes it, of units that are public, and as it could be where they are hidden.
#[test]
fn a_verdict_with_any_salt() {
	for salt in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
		let mut job = Job::sample(&VERDICT);
		job.salt = salt;
		assert!(job.holds());
	}
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	for circuit in Circuit::all() {
		let cheat = Cheat::new(circuit).signed();
		assert_eq!(cheat.caught_by(), BTreeSet::new());
		// With the claims of an honest job, but for the issuer's key.
		let (job, shown) = (Job::sample(circuit).shown(), cheat.shown());
		assert_eq!(shown.settlement, job.settlement);
		if circuit.signed() {
			assert_eq!(shown.receipt.nullifier, job.receipt.nullifier);
		} else {
			assert_eq!(shown.verdict, job.verdict);
		}
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
		"issuer_index",
		"escrow/max_units",
		"escrow/value",
		"units",
		"fee",
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
		"verdict",
		"leaf",
		"membership",
		"signature/challenge",
		"nullifier",
		"escrow/terms",
		"escrow/inner",
		"escrow/commitment",
		"escrow/offer",
		"payee/owner",
		"payee/inner",
		"payee/commitment",
		"agreement",
		"change/rho",
		"change/inner",
		"change/commitment",
		"change/mask",
		"statement",
		"audit/mask_0",
		"audit/mask_1",
		"audit/digest",
	] {
		for (name, occurrence) in [("square", 0), ("fourth", 33), ("fifth", 70)] {
			if groups.contains(&group) {
				let path = format!("{group}/{name}");
				add(group, new().increase(&path, occurrence, Fr::ONE).signed());
			}
		}
	}
	// An escrow that is worth less than its terms, and so is the change.
	add("escrow/price", new().increase("escrow/price/price", 0, -Fr::ONE).signed());

	// Two points make the table, three each of the 125 windows after the first; one each of the 83
	// windows of the generator.
	let point = multiple(Scalar::from(55u8));
	let last = 2 + 3 * 125 - 1;
	for (group, last) in [("ephemeral/key", 82), ("ephemeral/shared", last), ("audit/shared", last)]
	{
		if !groups.contains(&group) {
			continue;
		}
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
		("audit/shared", "both"),
		("audit/shared", "from_low"),
		("audit/shared", "from_high"),
		("audit/shared", "xyxy"),
	] {
		if !groups.contains(&group) {
			continue;
		}
		let occurrence = if name == "inverse" { 0 } else { 11 };
		add(group, new().increase(&format!("{group}/{name}"), occurrence, Fr::ONE).signed());
	}

	if circuit.audited {
		let cheat = new().signed().with(|values| audit_of(values).signal += Fr::ONE);
		add("audit/digest", cheat);
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
			cheat.with(|values| signed(values).signer.s = s.into_bigint()).fit()
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
	for circuit in Circuit::all() {
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
	for circuit in Circuit::all() {
		let job = Job::sample(circuit);
		let assignment = job.assign(&job.shown()).unwrap();
		for limb in [1, 2] {
			let other = assignment.wires()[limb] + Fr::ONE;
			let swapped = assignment.with(limb, other).unwrap();
			assert_eq!(circuit.shape.unsatisfied(&swapped), BTreeSet::from(["context"]));
		}
	}
}

/// What the circuit catches, the chain refuses: each cheat's proof under a real key, by a prover that does not look.
#[test]
fn the_chains_verifier_refuses_what_a_group_catches() {
	let mut refused = BTreeSet::new();
	for circuit in [&SETTLE, &VERDICT].map(LazyLock::force) {
		let forger = Forger::new(&circuit.shape);
		let job = Job::sample(circuit);
		assert_eq!(forger.judged(&job.assign(&job.shown()).unwrap()), Ok(()));
		for (group, cheat) in cheats(circuit) {
			// A group as in the circuit before.
			if refused.insert(group.clone()) {
				let judged = forger.judged(&cheat.run().0.finish());
				assert_eq!(judged, Err(VerifyError::InvalidProof), "{group}");
			}
		}
		// What the job's own agreement does not say: the chain recomputes the statement with that one.
		let agreement = job.shown().settlement.agreement;
		let thefts: [(&str, fn(&mut Values)); 5] = [
			("a unit price above the terms", |values| values.unit_price += Fr::ONE),
			("more units than the terms", |values| {
				values.escrow.max_units += Fr::ONE;
				values.units = values.escrow.max_units;
			}),
			("the escrow of another job", |values| values.escrow.rho += Fr::ONE),
			("another payee", |values| values.nullifier_key = Fr::from(99u8)),
			("the payee's change", |values| {
				values.escrow.owner = owner_key::<Native>(values.nullifier_key, values.diversifier);
			}),
		];
		for (theft, change) in thefts {
			let cheat = Cheat::new(circuit)
				.with(|values| {
					change(values);
					values.amount = values.units * values.unit_price;
				})
				.shown_as(|shown| shown.settlement.agreement = agreement);
			let judged = forger.judged(&cheat.run().0.finish());
			assert_eq!(judged, Err(VerifyError::InvalidProof), "{theft}");
		}
		let wraps = |values: &mut Values| values.fee = -Fr::from(77u8);
		let judged = forger.judged(&Cheat::new(circuit).with(wraps).signed().run().0.finish());
		assert_eq!(judged, Err(VerifyError::InvalidProof), "a fee that is less than nothing");
		// Another job's receipt or verdict: the subject that the chain knows is this job's.
		let cheat = Cheat::new(circuit).shown_as(|shown| shown.settlement.subject = subject(8));
		assert_eq!(forger.judged(&cheat.run().0.finish()), Err(VerifyError::InvalidProof));
	}
}

/// What a prover shows instead of what it has proven.
#[test]
fn everything_shown_is_in_the_statement() {
	type Change = fn(&mut Shown);
	let changes: [Change; 8] = [
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
		|shown| shown.settlement.fee = 0,
	];
	for circuit in Circuit::all() {
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
	// Other units than the panel's, the same for another job, or with another salt.
	Cheat::new(&VERDICT).shown_as(|shown| shown.verdict += Fr::ONE).is_caught_only_by("statement");
	let changes: [fn(&mut Values); 4] = [
		|values| values.units += Fr::ONE,
		|values| values.units -= Fr::ONE,
		|values| *salt(values) += Fr::ONE,
		|values| *salt(values) = Fr::ZERO,
	];
	let found = Job::sample(&VERDICT).shown().verdict;
	for change in changes {
		Cheat::new(&VERDICT)
			.with(|values| {
				change(values);
				values.amount = values.units * values.unit_price;
			})
			.shown_as(|shown| {
				assert_ne!(shown.verdict, found);
				shown.verdict = found;
			})
			.is_caught_only_by("statement");
	}
	// What a panel found about another job of the same parties and terms.
	let other = verdict_commitment::<Native>(subject(8), 2_000, Job::sample(&VERDICT).salt);
	Cheat::new(&VERDICT).shown_as(|shown| shown.verdict = other).is_caught_only_by("statement");
}

/// A verdict by a wrong hash: 2,000 units, of which the panel found 1,250.
#[test]
fn more_units_than_the_panel_found_by_a_wrong_hash() {
	let job = Job::sample(&VERDICT);
	let verdict = |units| verdict_commitment::<Native>(job.subject, units, job.salt);
	let by = (verdict(1_250) - verdict(2_000)) * parameters(5).unwrap().mds[0].inverse().unwrap();
	// Eight full rounds of five cells and 60 partial ones, less two constant cells.
	let first = 294 / 3 - 5;
	let cheat = Cheat::new(&VERDICT).with(|values| {
		values.units = Fr::from(2_000u64);
		values.amount = values.units * values.unit_price;
	});
	let cheat = cheat.increase("verdict/fifth", first, by).signed();
	assert_eq!(cheat.shown().verdict, job.shown().verdict);
	cheat.is_caught_only_by("verdict");
}

/// Whoever learns a receipt and an opening, the requester first of all, pays itself or takes all of it as
/// a fee; or the payee takes the change, or more than the terms allow.
#[test]
fn an_agreement_is_about_this_escrow_these_terms_and_this_payee() {
	type Change = fn(&mut Values);
	let changes: [(&str, Change); 12] = [
		("a payee whose nullifier key the prover has", |values| {
			values.nullifier_key = Fr::from(99u8);
		}),
		("another owner's key and diversifier", |values| {
			(values.nullifier_key, values.diversifier) = (Fr::from(99u8), Fr::from(98u8));
		}),
		("another note of the payee's wallet", |values| values.diversifier += Fr::ONE),
		("no key, all of it a fee", |values| {
			(values.nullifier_key, values.fee) = (Fr::ZERO, values.amount);
		}),
		("no key, a note that nobody finds", |values| {
			values.nullifier_key = Fr::ZERO;
			values.payee_rho += Fr::ONE;
		}),
		("the payee's change", |values| {
			let payee = owner_key::<Native>(values.nullifier_key, values.diversifier);
			values.escrow.owner = payee;
		}),
		("a unit price above the terms", |values| values.unit_price += Fr::ONE),
		("more units than the terms", |values| {
			values.escrow.max_units += Fr::ONE;
			values.units = values.escrow.max_units;
		}),
		("other terms alike", |values| values.escrow.terms_salt += Fr::ONE),
		("another escrow of the same worth", |values| values.escrow.rho += Fr::ONE),
		("another key for the change", |values| {
			let other = multiple(Scalar::from(9u8));
			values.escrow.change_key = (other.x, other.y);
		}),
		("the identity as key for the change", |values| {
			values.escrow.change_key = (Fr::ZERO, Fr::ONE);
		}),
	];
	for circuit in Circuit::all() {
		let agreement = Job::sample(circuit).shown().settlement.agreement;
		for (what, change) in changes {
			let cheat = Cheat::new(circuit)
				.with(|values| {
					change(values);
					values.amount = values.units * values.unit_price;
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
	for circuit in Circuit::all() {
		let honest = Job::sample(circuit).shown().settlement.agreement;
		let thief = || {
			Cheat::new(circuit).with(|values| {
				values.nullifier_key = Fr::from(99u8);
				values.fee = values.amount;
			})
		};
		let computed = thief().run().1.agreement;
		let cheat = thief().steer("agreement", computed, honest).signed();
		assert_eq!(cheat.shown().settlement.agreement, honest);
		cheat.is_caught_only_by("agreement");

		// The miner's own note, of which the thief chooses fee and random number.
		let SettlementWitness { diversifier, .. } = Job::sample(circuit).witness;
		let own = owner_key::<Native>(Fr::from(99u8), diversifier);
		let cheat = thief().steer("payee/owner", own, Job::sample(circuit).witness.payee());
		let cheat = cheat.signed();
		assert_eq!(cheat.shown().settlement.agreement, honest);
		cheat.is_caught_only_by("payee/owner");

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
	for circuit in Circuit::all() {
		// One more, at a price of nothing: otherwise the change would be less than nothing as well.
		let cheat = Cheat::new(circuit).with(|values| {
			values.units = values.escrow.max_units + Fr::ONE;
			[values.unit_price, values.amount, values.fee] = [Fr::ZERO; 3];
		});
		cheat.signed().is_caught_only_by("units");
		let cheat = Cheat::new(circuit).with(|values| {
			values.units = values.escrow.max_units + Fr::ONE;
			values.amount = values.units * values.unit_price;
		});
		assert_eq!(cheat.signed().caught_by(), BTreeSet::from(["units", "change/range"]));
	}
}

/// One part is less than nothing, so that another is worth more.
#[test]
fn values_that_wrap_around_the_field() {
	let small = Fr::from(77u8);
	for circuit in Circuit::all() {
		let with = |change: &dyn Fn(&mut Values)| Cheat::new(circuit).with(|v| change(v)).signed();
		// The payee gets more than the units cost.
		with(&|values| values.fee = -small).is_caught_only_by("fee");
		// A fee above the amount.
		with(&|values| values.fee = values.amount + Fr::ONE).is_caught_only_by("payee/range");
		// Terms under which the escrow is worth more, or less, than it holds.
		with(&|values| {
			let free = [&mut values.unit_price, &mut values.amount, &mut values.fee];
			free.into_iter().for_each(|number| *number = Fr::ZERO);
			values.escrow.max_units = two_to(64);
		})
		.is_caught_only_by("escrow/max_units");
		// 2^64 for all units, of which the payee gets almost all.
		with(&|values| {
			[values.unit_price, values.escrow.max_units] = [two_to(32); 2];
			values.units = two_to(32) - Fr::ONE;
			values.amount = values.unit_price * values.units;
		})
		.is_caught_only_by("escrow/value");
		// Half a unit at two for one: true in the field only.
		let cheat = with(&|values| {
			values.units = Fr::from(2u8).inverse().unwrap();
			values.unit_price = Fr::from(2u8);
			(values.amount, values.fee) = (Fr::ONE, Fr::ZERO);
		});
		assert_eq!(cheat.caught_by(), BTreeSet::from(["ranges/units", "units"]));
		// Half the price for two units.
		let cheat = with(&|values| {
			values.unit_price = Fr::from(2u8).inverse().unwrap();
			values.units = Fr::from(2u8);
			(values.amount, values.fee) = (Fr::ONE, Fr::ZERO);
		});
		assert_eq!(cheat.caught_by(), BTreeSet::from(["ranges/unit_price"]));
		with(&|values| {
			values.unit_price = two_to(64);
			for number in [
				&mut values.units,
				&mut values.escrow.max_units,
				&mut values.amount,
				&mut values.fee,
			] {
				*number = Fr::ZERO;
			}
		})
		.is_caught_only_by("ranges/unit_price");
		// An amount that the units do not cost, and one that the escrow does not have.
		with(&|values| values.amount += small).is_caught_only_by("price");
		let cheat = with(&|values| {
			values.amount = values.unit_price * values.escrow.max_units + Fr::ONE;
		});
		assert_eq!(cheat.caught_by(), BTreeSet::from(["price", "change/range"]));
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
	type Change = fn(&mut SignedValues);
	let changes: [(&str, Change); 6] = [
		("ranges/serial", |signed| signed.receipt.serial = two_to(128)),
		("ranges/salt", |signed| signed.receipt.salt = two_to(128)),
		("ranges/output_lo", |signed| signed.receipt.output[0] = two_to(128)),
		("ranges/output_hi", |signed| signed.receipt.output[1] = two_to(128)),
		("ranges/expires_at", |signed| {
			signed.expires_at = two_to(64);
			signed.as_of = two_to(64) - Fr::ONE;
			signed.receipt.end = two_to(64) - Fr::ONE;
		}),
		("ranges/start", |signed| {
			(signed.receipt.start, signed.receipt.end) = (-Fr::ONE, Fr::ZERO);
		}),
	];
	for (group, change) in changes {
		let cheat = Cheat::new(&SETTLE).with(|values| change(signed(values)));
		cheat.signed().is_caught_only_by(group);
	}
}

/// Trap 10: work from the future, and a receipt that is void.
#[test]
fn times_out_of_order() {
	type Change = fn(&mut SignedValues);
	let changes: [(&str, Change); 3] = [
		("start_before_end", |signed| signed.receipt.start = signed.receipt.end + Fr::ONE),
		("end_before_as_of", |signed| signed.receipt.end = signed.as_of + Fr::ONE),
		("as_of_before_expiry", |signed| signed.as_of = signed.expires_at + Fr::ONE),
	];
	for (group, change) in changes {
		let cheat = Cheat::new(&SETTLE).with(|values| change(signed(values)));
		cheat.signed().is_caught_only_by(&format!("times/{group}"));
	}
}

/// A receipt, with a signature that is good, of something else than what is settled.
#[test]
fn receipts_of_something_else() {
	type Change = fn(&mut Values);
	let changes: [(&str, Change); 6] = [
		("another job or miner", |values| values.subject = subject(8)),
		("more units", |values| {
			values.units += Fr::ONE;
			values.amount += values.unit_price;
		}),
		("another price", |values| {
			values.unit_price += Fr::ONE;
			values.amount += values.units;
		}),
		("another output", |values| signed(values).receipt.output[1] -= Fr::ONE),
		("a later expiry", |values| signed(values).expires_at += Fr::ONE),
		("another serial", |values| signed(values).receipt.serial -= Fr::ONE),
	];
	for (what, change) in changes {
		let cheat = Cheat::new(&SETTLE).signed().with(change).fit();
		assert_eq!(cheat.caught_by(), BTreeSet::from(["signature/equation"]), "{what}");
	}
	// An issuer that the job does not accept, one that was removed, and a place that is none.
	let root = Cheat::new(&SETTLE).shown().receipt.issuer_root;
	let cheat = Cheat::new(&SETTLE).with(|values| {
		let other = multiple(Scalar::from(9u8));
		signed(values).signer.key = (other.x, other.y);
	});
	let cheat = Cheat { secret: Scalar::from(9u8), ..cheat };
	cheat.shown_as(|shown| shown.receipt.issuer_root = root).is_caught_only_by("statement");
	let cheat = Cheat::new(&SETTLE).with(|values| {
		signed(values).issuer_index = Fr::from(22u8);
	});
	cheat.signed().is_caught_only_by("issuer_index");
	let quarter = Fr::from(168_700u64).sqrt().unwrap().inverse().unwrap();
	for key in [(Fr::ZERO, Fr::ONE), (Fr::ZERO, -Fr::ONE), (quarter, Fr::ZERO)] {
		let cheat = Cheat::new(&SETTLE).with(|values| {
			signed(values).signer.key = key;
		});
		let cheat = Cheat { secret: Scalar::ZERO, ..cheat };
		cheat.signed().is_caught_only_by("signature/key_order");
	}
}

/// With the identity as ephemeral key everybody would know the secret.
#[test]
fn an_ephemeral_key_that_is_the_identity() {
	for circuit in Circuit::all() {
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
	for circuit in Circuit::all() {
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
	for circuit in Circuit::all() {
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
	for circuit in Circuit::all() {
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

/// Both find their part by the one ephemeral key that is shown.
#[test]
fn the_auditor_reads_both_values_and_the_requester_its_change() {
	for circuit in Circuit::audited() {
		let job = Job::sample(circuit);
		assert!(job.holds());
		let SettlementNotes { payee, change } = job.witness.notes(job.subject, job.fee).unwrap();
		let shown = job.shown().settlement;
		let [x, y] = shown.ephemeral_key;
		let ephemeral = PublicKey::new(x, y).unwrap();
		let auditor = auditors_key();
		let audited = job.witness.show(job.subject, job.fee, &auditor.public()).unwrap();
		assert_eq!(audited.ephemeral_key, shown.ephemeral_key);
		let shared = auditor.shared(&ephemeral);
		let read = |commitment, encrypted| audited_value::<Native>(&shared, commitment, encrypted);
		let [to_payee, to_change] = audited.encrypted;
		assert_eq!(read(shown.payee, to_payee), Some(payee.value));
		assert_eq!(read(shown.change, to_change), Some(change.value));
		// What is for one of the two is nothing to the other, though the value is the same.
		assert_ne!(to_change, shown.encrypted_change);
		assert_eq!(read(shown.change, shown.encrypted_change), None);
		let requesters = requesters_key().shared(&ephemeral);
		assert_eq!(audited_value::<Native>(&requesters, shown.change, to_change), None);
		let escrow = job.witness.escrow.note().unwrap();
		let (owner, commitment) = (escrow.owner, shown.change);
		let found = recover_change::<Native>(&shared, shown.subject, owner, commitment, to_change);
		assert!(found.is_none());
	}
}

/// What a prover shows the auditor instead of what it has proven.
#[test]
fn everything_that_the_auditor_is_shown_is_in_the_signal() {
	for circuit in Circuit::audited() {
		let job = Job::sample(circuit);
		let key = auditors_key().public();
		let key = [key.x(), key.y()];
		let honest = job.witness.show(job.subject, job.fee, &auditors_key().public()).unwrap();
		type Change = fn(&mut AuditedValues<2>, &mut [Fr; 2]);
		let changes: [(&str, Change); 8] = [
			("less for the payee", |shown, _| shown.encrypted[0] -= Fr::ONE),
			("no change", |shown, _| shown.encrypted[1] = Fr::ZERO),
			("the values in the wrong order", |shown, _| shown.encrypted.reverse()),
			("another ephemeral key", |shown, _| shown.ephemeral_key[0] = -shown.ephemeral_key[0]),
			("the identity", |shown, _| shown.ephemeral_key = [Fr::ZERO, Fr::ONE]),
			("another auditor", |_, key| {
				let other = requesters_key().public();
				*key = [other.x(), other.y()];
			}),
			("another sign of its key", |_, key| key[0] = -key[0]),
			("a key of small order", |_, key| *key = [Fr::ZERO, -Fr::ONE]),
		];
		for (what, change) in changes {
			let (mut shown, mut key) = (honest, key);
			change(&mut shown, &mut key);
			let signal = shown.signal::<Native>(key);
			let cheat = Cheat::new(circuit).shown_as(|shown| shown.audit = signal);
			assert_eq!(cheat.caught_by(), BTreeSet::from(["audit/digest"]), "{what}");
		}
		// For another auditor, by its own rules; the chain has this one's key.
		let cheat = Cheat::new(circuit).with(|values| {
			let other = requesters_key().public();
			audit_of(values).key = (other.x(), other.y());
		});
		let signal = job.shown().audit;
		cheat.shown_as(|shown| shown.audit = signal).is_caught_only_by("audit/digest");
	}
}

/// A pay that the auditor takes for one of nothing, by a wrong hash, and another secret than that of the
/// ephemeral key.
#[test]
fn a_value_hidden_from_the_auditor_by_a_wrong_hash_or_another_secret() {
	for circuit in Circuit::audited() {
		let job = Job::sample(circuit);
		let payee = job.witness.notes(job.subject, job.fee).unwrap().payee;
		let commitment = payee.commitment::<Native>();
		let shared = auditors_key().public().point() * job.witness.ephemeral;
		let mask = audit_mask::<Native>(&shared.into(), commitment);
		let by = -Fr::from(payee.value) * parameters(5).unwrap().mds[0].inverse().unwrap();
		// Eight full rounds of five cells and 60 partial ones, less two constant cells.
		let cheat = Cheat::new(circuit).increase("audit/mask_0/fifth", 294 / 3 - 5, by).signed();
		let mut shown = job.witness.show(job.subject, job.fee, &auditors_key().public()).unwrap();
		shown.encrypted[0] = mask;
		let key = auditors_key().public();
		assert_eq!(cheat.shown().audit, shown.signal::<Native>([key.x(), key.y()]));
		cheat.is_caught_only_by("audit/mask_0");

		let point = multiple(Scalar::from(55u8));
		Cheat::new(circuit)
			.replace("audit/shared/x", 2 + 3 * 125 - 1, point.x)
			.replace("audit/shared/y", 2 + 3 * 125 - 1, point.y)
			.signed()
			.is_caught_only_by("audit/shared");
	}
}

#[test]
fn no_wire_is_free() {
	// Each private value but one as it should be, and that one changed: some constraint fails.
	for circuit in Circuit::all() {
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
			// At a price of nothing, or the change would be less than nothing as well.
			|job, shown| {
				job.witness.escrow.terms.unit_price = 0;
				(job.witness.units, shown.settlement.fee) = (2_001, 0);
			},
			WitnessError::TooManyUnits { units: 2_001, max_units: 2_000 },
		),
		(
			|_, shown| shown.settlement.fee = 5_000_000_000_001,
			WitnessError::FeeTooHigh { fee: 5_000_000_000_001, amount: 5_000_000_000_000 },
		),
		(|job, _| job.witness.ephemeral = Scalar::ZERO, WitnessError::EphemeralIdentity),
		(|job, _| job.witness.nullifier_key += Fr::ONE, WitnessError::Mismatch(Part::Agreement)),
		(|job, _| job.witness.diversifier += Fr::ONE, WitnessError::Mismatch(Part::Agreement)),
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
		(|job, _| job.receipt.start = 1_011, times(1_011, 1_010, 1_012, 101_000)),
		(|_, shown| shown.receipt.as_of = 1_009, times(1_000, 1_010, 1_009, 101_000)),
		(|_, shown| shown.receipt.as_of = 101_001, times(1_000, 1_010, 101_001, 101_000)),
		(|_, shown| shown.receipt.issuer_root += Fr::ONE, WitnessError::Mismatch(Part::IssuerRoot)),
		(|_, shown| shown.receipt.nullifier += Fr::ONE, WitnessError::Mismatch(Part::Nullifier)),
		(|_, shown| shown.receipt.expires_at += 1, WitnessError::Mismatch(Part::Expiry)),
	];
	let by_verdict: [(Change, WitnessError); 3] = [
		(|job, _| job.witness.units = 1_251, WitnessError::Mismatch(Part::Payee)),
		(|job, _| job.salt += Fr::ONE, WitnessError::Mismatch(Part::Verdict)),
		(|_, shown| shown.verdict += Fr::ONE, WitnessError::Mismatch(Part::Verdict)),
	];
	for circuit in Circuit::all() {
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
			let others: BTreeSet<_> = failing
				.iter()
				.filter(|group| !["statement", "audit/digest"].contains(group))
				.collect();
			assert!(others.len() <= 1, "{error}: {failing:?}");
		}
	}

	for circuit in Circuit::audited() {
		let job = Job::sample(circuit);
		let mut shown = job.shown();
		shown.audit += Fr::ONE;
		let error = job.assign(&shown).unwrap_err();
		assert_eq!(error, WitnessError::Mismatch(Part::Audit));
		let mut assigner = Assigner::with_capacity(1);
		synthesise(&mut assigner, &job.values(&shown));
		let failing = circuit.shape.unsatisfied(&assigner.finish());
		assert_eq!(failing, BTreeSet::from([error.group()]));
		// For another auditor.
		shown.audit = job.signal(&requesters_key().public());
		assert_eq!(job.assign(&shown), Err(error));
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
		(unit_price, max_units) in (any::<u32>(), any::<u32>()),
		choices in any::<[u64; 2]>(),
		times in any::<[u64; 4]>(),
		(serial, salt) in any::<(u128, u128)>(),
		output in any::<[u8; 32]>(),
		secrets in any::<[u128; 7]>(),
		seeds in any::<[[u8; 32]; 2]>(),
		index in 0u8..16,
		job in any::<u64>(),
	) {
		let mut times = times;
		times.sort();
		let [start, end, as_of, expires_at] = times;
		let [terms_salt, owner, rho, nullifier_key, diversifier, payee_rho, verdict_salt] =
			secrets.map(Fr::from);
		let [requester, ephemeral] = seeds.map(|seed| SecretKey::from_seed(&seed));
		let units = choices[0] % (u64::from(max_units) + 1);
		let amount = units * u64::from(unit_price);
		let mut leaves: Vec<Fr> = (0..16).map(|place| Fr::from(job) * Fr::from(place)).collect();
		leaves[usize::from(index)] = issuers_key().public().leaf::<Native>();
		for circuit in Circuit::all() {
			let job = Job {
				circuit,
				witness: SettlementWitness {
					escrow: EscrowOpening {
						terms: PrivateTerms {
							unit_price: unit_price.into(),
							max_units: max_units.into(),
							salt: terms_salt,
						},
						owner,
						rho,
						change_key: requester.public(),
					},
					units,
					nullifier_key,
					diversifier,
					payee_rho,
					ephemeral: ephemeral.scalar(),
				},
				receipt: ReceiptWitness { start, end, expires_at, serial, output, salt },
				salt: verdict_salt,
				subject: subject(job),
				fee: choices[1] % (amount + 1),
				as_of,
				index,
				leaves: leaves.clone(),
			};
			let assignment = job.assign(&job.shown()).unwrap();
			prop_assert_eq!(circuit.shape.unsatisfied(&assignment), BTreeSet::new());
		}
	}
}
