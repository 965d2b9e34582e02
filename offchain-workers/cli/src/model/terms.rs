//! What a model costs, and what its owner says of its speed.

use crate::{
	amount::parse_price,
	failure::{Failure, Fault},
};
use clap::{Args, ValueEnum};
use quittance_client::Terms;
use quittance_types::{JobTime, Mode};

/// How a model is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ModeArgument {
	/// On the input in clear, nothing proven of the computation.
	Plain,
	/// On the input in clear, with a proof of the computation.
	Proven,
	/// On encrypted input.
	Fhe,
	/// On encrypted input, with a check of the linear layers.
	Hybrid,
}

impl From<ModeArgument> for Mode {
	fn from(mode: ModeArgument) -> Self {
		match mode {
			ModeArgument::Plain => Self::Plain,
			ModeArgument::Proven => Self::Proven,
			ModeArgument::Fhe => Self::Fhe,
			ModeArgument::Hybrid => Self::Hybrid,
		}
	}
}

/// All modes, in the order of their prices.
pub const MODES: [Mode; 4] = [Mode::Plain, Mode::Proven, Mode::Fhe, Mode::Hybrid];

/// The mode's name in reports and arguments.
pub fn mode_name(mode: Mode) -> &'static str {
	match mode {
		Mode::Plain => "plain",
		Mode::Proven => "proven",
		Mode::Fhe => "fhe",
		Mode::Hybrid => "hybrid",
	}
}

/// The argument with the price of a mode.
fn argument(mode: Mode) -> &'static str {
	match mode {
		Mode::Plain => "--price-plain",
		Mode::Proven => "--price-proven",
		Mode::Fhe => "--price-fhe",
		Mode::Hybrid => "--price-hybrid",
	}
}

/// Prices of a unit and the declared latency. A unit is what an issuer meters: an item of the input.
#[derive(Args, Clone, Debug, Default)]
pub struct TermsArguments {
	/// Price of a unit on the input in clear, in the chain's smallest unit, or such as 0.05QTC.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	price_plain: Option<u64>,
	/// The same with a proof of the computation.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	price_proven: Option<u64>,
	/// The same on encrypted input.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	price_fhe: Option<u64>,
	/// The same on encrypted input with a check of the linear layers.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	price_hybrid: Option<u64>,
	/// Blocks from lock to receipt, as the owner says. What the chain measured is shown beside it.
	#[arg(long, value_name = "BLOCKS")]
	latency: Option<JobTime>,
}

impl TermsArguments {
	fn price(&self, mode: Mode) -> Option<u64> {
		match mode {
			Mode::Plain => self.price_plain,
			Mode::Proven => self.price_proven,
			Mode::Fhe => self.price_fhe,
			Mode::Hybrid => self.price_hybrid,
		}
	}

	/// These terms where they are given, `old` where they are not, without a price in the modes of
	/// `withdrawn`.
	pub fn change(&self, old: &Terms, withdrawn: &[Mode]) -> Result<Terms, Failure> {
		let mut terms = *old;
		for mode in MODES {
			if let Some(price) = self.price(mode) {
				if price == 0 {
					let detail = "a price is more than zero; without one the mode is not offered";
					return Err(Failure::argument(argument(mode), Fault::OutOfRange, detail));
				}
				if withdrawn.contains(&mode) {
					let detail = format!("{} is withdrawn at the same time", mode_name(mode));
					return Err(Failure::argument(argument(mode), Fault::Contradiction, detail));
				}
				*price_mut(&mut terms, mode) = Some(price.into());
			} else if withdrawn.contains(&mode) {
				*price_mut(&mut terms, mode) = None;
			}
		}
		terms.latency = self.latency.unwrap_or(terms.latency);
		Ok(terms)
	}

	/// Refuses modes that a model cannot have: with a proof, without the weights' Poseidon commitment;
	/// on encrypted input, without parameters.
	pub fn check(&self, poseidon: bool, fhe_parameters: bool) -> Result<(), Failure> {
		for mode in MODES.into_iter().filter(|mode| self.price(*mode).is_some()) {
			let missing = match mode {
				_ if mode.is_proven() && !poseidon => "--poseidon",
				_ if mode.is_encrypted() && !fhe_parameters => "--fhe-parameters",
				_ => continue,
			};
			let detail =
				format!("a model without {missing} is not run in the mode {}", mode_name(mode));
			return Err(Failure::argument(argument(mode), Fault::Contradiction, detail));
		}
		Ok(())
	}

	/// Whether there is a price for inferences that are proven.
	pub fn is_proven_offered(&self) -> bool {
		self.price(Mode::Proven).is_some()
	}

	/// Whether there is a price at all.
	pub fn any_price(&self) -> bool {
		MODES.into_iter().any(|mode| self.price(mode).is_some())
	}
}

fn price_mut(terms: &mut Terms, mode: Mode) -> &mut Option<u128> {
	match mode {
		Mode::Plain => &mut terms.plain,
		Mode::Proven => &mut terms.proven,
		Mode::Fhe => &mut terms.fhe,
		Mode::Hybrid => &mut terms.hybrid,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn fault(failure: Failure) -> (String, Fault) {
		match failure {
			Failure::Malformed { input, fault, .. } => (input, fault),
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn terms_that_are_not_named_stay() {
		let old = Terms { plain: Some(5), proven: Some(9), latency: 7, ..Terms::default() };
		let arguments = TermsArguments { price_plain: Some(6), ..Default::default() };
		let new = arguments.change(&old, &[Mode::Proven]).unwrap();
		assert_eq!(new, Terms { plain: Some(6), proven: None, ..old });
		let arguments = TermsArguments { latency: Some(0), ..Default::default() };
		assert_eq!(arguments.change(&old, &[]).unwrap(), Terms { latency: 0, ..old });
	}

	#[test]
	fn a_price_of_nothing_and_a_withdrawn_price_are_refused() {
		let arguments = TermsArguments { price_fhe: Some(0), ..Default::default() };
		let failure = arguments.change(&Terms::default(), &[]).unwrap_err();
		assert_eq!(fault(failure), ("--price-fhe".into(), Fault::OutOfRange));
		let arguments = TermsArguments { price_plain: Some(1), ..Default::default() };
		let failure = arguments.change(&Terms::default(), &[Mode::Plain]).unwrap_err();
		assert_eq!(fault(failure), ("--price-plain".into(), Fault::Contradiction));
	}

	/// The rule of the chain, `PoseidonMissing` and `FheParametersMissing`, mode by mode.
	#[test]
	fn modes_need_what_they_are_made_of() {
		let priced = |mode| {
			let mut arguments = TermsArguments::default();
			match mode {
				Mode::Plain => arguments.price_plain = Some(1),
				Mode::Proven => arguments.price_proven = Some(1),
				Mode::Fhe => arguments.price_fhe = Some(1),
				Mode::Hybrid => arguments.price_hybrid = Some(1),
			}
			arguments
		};
		for (mode, poseidon, fhe_parameters, possible) in [
			(Mode::Plain, false, false, true),
			(Mode::Proven, false, true, false),
			(Mode::Proven, true, false, true),
			(Mode::Fhe, true, false, false),
			(Mode::Fhe, false, true, true),
			(Mode::Hybrid, true, false, false),
			(Mode::Hybrid, false, true, false),
			(Mode::Hybrid, true, true, true),
		] {
			let verdict = priced(mode).check(poseidon, fhe_parameters);
			assert_eq!(verdict.is_ok(), possible, "{mode:?} {poseidon} {fhe_parameters}");
			if let Err(failure) = verdict {
				assert_eq!(fault(failure), (argument(mode).into(), Fault::Contradiction));
			}
		}
		assert!(TermsArguments::default().check(false, false).is_ok());
	}
}
