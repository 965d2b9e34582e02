use super::*;
use crate::{
	admit, check, run, CheckError, Classification, ForwardError, OutputBlob, Parameters, RunError,
	MAX_PRODUCTS,
};
use quittance_circuits::architecture::{Architecture, Extent};

/// An output like `honest` with one edit.
fn forged(honest: &OutputBlob, edit: impl Fn(&mut Vec<Classification>)) -> OutputBlob {
	let mut results = honest.results().to_vec();
	edit(&mut results);
	OutputBlob::new(*honest.salt(), *honest.input(), results).unwrap()
}

#[test]
fn run_gives_what_the_network_says_of_each_item() {
	let (network, input) = (small(), request());
	let output = run(&network, &input, [7; 32]).unwrap();
	let expected: Vec<_> = items(9).iter().map(|item| network.classify(item).unwrap()).collect();
	assert_eq!(output.results(), expected);
	assert_eq!((output.salt(), *output.input()), (&[7; 32], input.digest()));
	assert!(expected.iter().any(|result| *result != expected[0]), "{expected:?}");
}

#[test]
fn check_accepts_what_run_gives_under_any_salt() {
	let (network, input) = (small(), request());
	for salt in [[0; 32], [7; 32]] {
		let output = run(&network, &input, salt).unwrap();
		let received = OutputBlob::decode(&output.encode()).unwrap();
		assert_eq!(check(&network, &input, &received), Ok(9));
	}
}

#[test]
fn fails_when_the_network_is_another() {
	let mut parameters = small().parameters().to_vec();
	parameters[2].biases[0] += 1;
	let other = Network::new(small().architecture().clone(), parameters).unwrap();
	let input = request();
	let (requested, given) = (*input.weights(), other.weights_digest());
	let error = RunError::WrongNetwork { requested, given };
	assert_eq!(run(&other, &input, [0; 32]), Err(error.clone()));
	let output = run(&small(), &input, [0; 32]).unwrap();
	assert_eq!(check(&other, &input, &output), Err(error.into()));
}

#[test]
fn fails_when_items_are_of_another_length() {
	for found in [15, 17] {
		let input = InputBlob::new([0; 32], small().weights_digest(), 1, vec![vec![0; found]; 2]);
		let error = RunError::ItemValues { expected: 16, found };
		assert_eq!(admit(&small(), &input.unwrap()), Err(error));
	}
}

/// A network of which some hundred items are as many as a job may have.
#[test]
fn boundary_of_the_work_of_a_job() {
	let convolution = Shape::Convolution {
		channels: 16,
		kernel: 4,
		stride: 1,
		padding: 0,
		requantise: requantise(0, true),
	};
	let shapes = vec![convolution, logits(1)];
	let architecture = Architecture::new(image(16, 35, 29), shapes).unwrap();
	let parameters = architecture
		.placed()
		.map(|placed| Parameters {
			weights: vec![0; placed.weights()],
			biases: vec![0; placed.biases()],
		})
		.collect();
	let network = Network::new(architecture, parameters).unwrap();
	let products = network.products();
	assert_eq!(products, 16 * 16 * 16 * (32 * 26) + 16 * 32 * 26);
	let most = usize::try_from(MAX_PRODUCTS / products).unwrap();
	assert!((1..1024).contains(&most), "{most}");
	let input = |count| {
		InputBlob::new([0; 32], network.weights_digest(), 1, vec![vec![0; 16 * 35 * 29]; count])
			.unwrap()
	};
	assert_eq!(admit(&network, &input(most)), Ok(()));
	let (items, much) = (most + 1, input(most + 1));
	let error = RunError::TooMuchWork { items, products };
	assert_eq!(admit(&network, &much), Err(error.clone()));
	// Before the first item.
	assert_eq!(run(&network, &much, [0; 32]), Err(error.clone()));
	let answer = vec![Classification { label: 0, logits: vec![0] }; items];
	let answer = OutputBlob::new([0; 32], much.digest(), answer).unwrap();
	assert_eq!(check(&network, &much, &answer), Err(error.into()));
}

#[test]
fn fails_when_the_output_answers_another_input() {
	let (network, input) = (small(), request());
	let output = run(&network, &input, [0; 32]).unwrap();
	let resalted =
		InputBlob::new([9; 32], *input.weights(), input.unit_price(), input.items().to_vec());
	let resalted = resalted.unwrap();
	let error = CheckError::WrongInput { expected: resalted.digest(), found: input.digest() };
	assert_eq!(check(&network, &resalted, &output), Err(error));
}

#[test]
fn fails_when_a_result_is_missing_or_surplus() {
	let (network, input) = (small(), request());
	let output = run(&network, &input, [0; 32]).unwrap();
	let short = forged(&output, |results| drop(results.pop()));
	let error = |found| Err(CheckError::WrongCount { expected: 9, found });
	assert_eq!(check(&network, &input, &short), error(8));
	let long = forged(&output, |results| results.push(results[0].clone()));
	assert_eq!(check(&network, &input, &long), error(10));
}

#[test]
fn fails_at_the_first_wrong_result() {
	let (network, input) = (small(), request());
	let output = run(&network, &input, [0; 32]).unwrap();
	let logit = forged(&output, |results| {
		results[8].logits[0] ^= 1;
		results[2].logits[2] ^= 1;
	});
	let (computed, claimed) = (output.results()[2].clone(), logit.results()[2].clone());
	let error = CheckError::WrongResult { item: 2, computed, claimed };
	assert_eq!(check(&network, &input, &logit), Err(error));
	let label = forged(&output, |results| results[8].label = (results[8].label + 1) % 3);
	let error = check(&network, &input, &label);
	assert!(matches!(error, Err(CheckError::WrongResult { item: 8, .. })), "{error:?}");
	// As many logits as another network has.
	let fewer = forged(&output, |results| {
		for result in results {
			(result.label, result.logits) = (0, vec![result.logits[0]]);
		}
	});
	let error = check(&network, &input, &fewer);
	assert!(matches!(error, Err(CheckError::WrongResult { item: 0, .. })), "{error:?}");
}

#[test]
fn an_item_without_a_result_is_named() {
	let error = ForwardError::InputLength { expected: 1, found: 2 };
	assert_eq!(
		RunError::Item { item: 3, error }.to_string(),
		"item 3: 2 values, but the network takes 1"
	);
	let network = network(Extent::vector(1), vec![logits(1)], vec![(vec![1], vec![0])]).unwrap();
	assert_eq!(network.classify(&[0, 0]), Err(error));
}
