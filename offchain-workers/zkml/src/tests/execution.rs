use super::*;
use crate::{check, run, CheckError, OutputBlob, RunError};

/// An output like `honest` with one edit.
fn forged(honest: &OutputBlob, edit: impl Fn(&mut Vec<u8>, &mut Vec<[i32; 10]>)) -> OutputBlob {
	let (mut labels, mut logits) = (honest.labels().to_vec(), honest.logits().to_vec());
	edit(&mut labels, &mut logits);
	OutputBlob::new(*honest.salt(), *honest.input(), labels, logits).unwrap()
}

#[test]
fn run_gives_the_bytes_that_python_gives() {
	let v = vectors();
	let output = run(&digits(), &request(), bytes32(&v.output_salt)).unwrap();
	assert_eq!(hex::encode(output.encode()), v.output_bytes);
}

#[test]
fn check_accepts_what_run_gives_under_any_salt() {
	let (model, input) = (digits(), request());
	for salt in [[0; 32], [7; 32]] {
		let output = run(&model, &input, salt).unwrap();
		let received = OutputBlob::decode(&output.encode()).unwrap();
		assert_eq!(check(&model, &input, &received), Ok(9));
	}
}

#[test]
fn fails_when_the_model_is_another() {
	let mut layers = digits().layers().to_vec();
	layers[1].biases[0] += 1;
	let other = Model::new(layers).unwrap();
	let input = request();
	let error = RunError::WrongModel { requested: *input.model(), given: other.weights_digest() };
	assert_eq!(run(&other, &input, [0; 32]), Err(error.clone()));
	let output = run(&digits(), &input, [0; 32]).unwrap();
	assert_eq!(check(&other, &input, &output), Err(error.into()));
}

#[test]
fn fails_when_the_output_answers_another_input() {
	let (model, input) = (digits(), request());
	let output = run(&model, &input, [0; 32]).unwrap();
	let resalted =
		InputBlob::new([9; 32], *input.model(), input.unit_price(), input.images().to_vec());
	let resalted = resalted.unwrap();
	let error = CheckError::WrongInput { expected: resalted.digest(), found: input.digest() };
	assert_eq!(check(&model, &resalted, &output), Err(error));
}

#[test]
fn fails_when_a_result_is_missing_or_surplus() {
	let (model, input) = (digits(), request());
	let output = run(&model, &input, [0; 32]).unwrap();
	let short = forged(&output, |labels, logits| {
		labels.pop();
		logits.pop();
	});
	let error = |found| Err(CheckError::WrongCount { expected: 9, found });
	assert_eq!(check(&model, &input, &short), error(8));
	let long = forged(&output, |labels, logits| {
		labels.push(labels[0]);
		logits.push(logits[0]);
	});
	assert_eq!(check(&model, &input, &long), error(10));
}

#[test]
fn fails_at_the_first_wrong_result() {
	let (model, input) = (digits(), request());
	let output = run(&model, &input, [0; 32]).unwrap();
	let logit = forged(&output, |_, logits| {
		logits[8][0] ^= 1;
		logits[2][9] ^= 1;
	});
	let (computed, claimed) = (output.outputs().nth(2).unwrap(), logit.outputs().nth(2).unwrap());
	let error = CheckError::WrongResult { image: 2, computed, claimed };
	assert_eq!(check(&model, &input, &logit), Err(error));
	let label = forged(&output, |labels, _| labels[8] = (labels[8] + 1) % 10);
	assert!(matches!(check(&model, &input, &label), Err(CheckError::WrongResult { image: 8, .. })));
}
