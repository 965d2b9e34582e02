//! What has changed between two looks at a worker, a line for each change.

use super::overview::{awaited, earned, plain, readiness};
use crate::amount::Amount;
use quittance_worker::Status;
use std::collections::BTreeMap;

/// What has changed since `before`; all that is there on the first look, and again after the worker was
/// started anew. What came and went between two looks is not missed as long as it is among what the worker
/// lists.
pub fn changes(before: Option<&Status>, now: &Status) -> Vec<String> {
	let before = before.filter(|before| before.started_at == now.started_at);
	let mut lines = Vec::new();
	if before.is_none() {
		lines.push(format!(
			"worker {} of miner {}: {}",
			plain(&now.version),
			plain(&now.miner),
			readiness(now)
		));
	} else if before.is_some_and(|before| before.lacks != now.lacks) {
		lines.push(readiness(now));
	}
	services(before, now, &mut lines);
	jobs(before, now, &mut lines);
	let seen = before.map_or(0, |before| before.setbacks_in_all);
	for setback in now.setbacks.iter().filter(|setback| setback.number > seen) {
		lines.push(format!("job {} set back: {}", setback.job, plain(&setback.what)));
	}
	let seen = before.and_then(|before| before.ended.last()).map_or(0, |last| last.number);
	for ended in now.ended.iter().filter(|ended| ended.number > seen) {
		let paid = match ended.amount {
			0 => String::new(),
			amount => format!(" {} QTC", Amount(amount)),
		};
		lines.push(format!("job {} ended: {}{paid}", ended.job, plain(&ended.how)));
	}
	let block = |status: &Status| status.chain.blocks.last().map(|block| block.number);
	if let Some(number) = block(now).filter(|number| before.and_then(block) != Some(*number)) {
		let at_hand = u64::try_from(now.jobs.len()).unwrap_or(u64::MAX);
		lines.push(format!(
			"block {number}: {} jobs at hand, {} waiting, earned {}",
			at_hand.saturating_add(now.jobs_left_out),
			now.waiting,
			earned(now)
		));
	}
	lines
}

fn services(before: Option<&Status>, now: &Status, lines: &mut Vec<String>) {
	let known: BTreeMap<_, _> = before
		.iter()
		.flat_map(|before| &before.services)
		.map(|service| (service.name.as_str(), (service.running, service.failures)))
		.collect();
	for service in &now.services {
		let (ran, failures) = known.get(service.name.as_str()).copied().unwrap_or((true, 0));
		let name = plain(&service.name);
		if service.failures > failures {
			if let Some(last) = &service.last_failure {
				let (code, what) = (plain(&last.code), plain(&last.what));
				lines.push(format!("service {name} failed: [{code}] {what}"));
			}
		}
		if service.running && (!ran || service.failures > failures) {
			lines.push(format!("service {name} runs again"));
		}
	}
}

fn jobs(before: Option<&Status>, now: &Status, lines: &mut Vec<String>) {
	let known: BTreeMap<_, _> = before
		.iter()
		.flat_map(|before| &before.jobs)
		.map(|job| (job.job, (job.step.as_str(), job.done)))
		.collect();
	for job in &now.jobs {
		if known.get(&job.job) == Some(&(job.step.as_str(), job.done)) {
			continue;
		}
		let (awaited, done) = (awaited(job), format!("{} of {} parts done", job.done, job.of));
		let deadline = job.deadline.map(|deadline| format!(", until block {deadline}"));
		lines.push(match awaited {
			Some(awaited) => format!("job {}: {awaited}, {done}", job.job),
			None => {
				let (step, deadline) = (plain(&job.step), deadline.unwrap_or_default());
				format!("job {}: {step}, {done}{deadline}", job.job)
			},
		});
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::tests::seen;
	use quittance_worker::BlockSeen;

	#[test]
	fn the_first_look_says_all_that_is_there() {
		let expected = [
			"worker 0.1.0 of miner VZminer: ready",
			"service listener failed: [Q-CL-002] the node is away",
			"job 41: prove, 3 of 5 parts done, until block 1240",
			"job 42: wait, 3 of 7 parts done, until block 1260",
			"job 42 set back: [Q-EX-005] the issuer?[31m does not answer",
			"job 39 ended: missed",
			"job 40 ended: paid 0.5 QTC",
			"block 1234: 2 jobs at hand, 9 waiting, earned 1.5 QTC by 3 jobs since the start, \
			 40 QTC by 81 on record",
		];
		assert_eq!(changes(None, &seen()), expected);
	}

	#[test]
	fn each_change_is_said_once() {
		let before = seen();
		assert!(changes(Some(&before), &seen()).is_empty());
		let mut now = seen();
		now.lacks = vec!["no new block".into()];
		now.services[1].running = true;
		now.jobs[0].step = "submit".into();
		now.jobs[0].done = 4;
		// A job that waits for another time, or is looked at again, has not moved.
		now.jobs[1].waits_until = Some(1_238);
		now.jobs[1].busy = true;
		now.setbacks_in_all = 8;
		let mut setback = now.setbacks[0].clone();
		(setback.number, setback.job) = (8, 41);
		now.setbacks.push(setback);
		now.chain.blocks.push(BlockSeen { number: 1_235, at: now.now });
		let expected = [
			"not ready: no new block",
			"service listener runs again",
			"job 41: submit, 4 of 5 parts done, until block 1240",
			"job 41 set back: [Q-EX-005] the issuer?[31m does not answer",
			"block 1235: 2 jobs at hand, 9 waiting, earned 1.5 QTC by 3 jobs since the start, \
			 40 QTC by 81 on record",
		];
		assert_eq!(changes(Some(&before), &now), expected);
	}

	#[test]
	fn a_private_job_that_waits_for_its_opening_is_said_to() {
		let mut now = seen();
		(now.jobs[0].step, now.jobs[0].done) = ("await_opening".into(), 1);
		let line = "job 41: waits for the opening until block 1240, 1 of 5 parts done";
		assert_eq!(changes(Some(&seen()), &now), [line]);
	}

	/// Its numbers are counted from one again.
	#[test]
	fn a_worker_that_was_started_again_is_a_new_one() {
		let mut now = seen();
		now.started_at += 1;
		now.ended[0].number = 1;
		now.ended.truncate(1);
		let lines = changes(Some(&seen()), &now);
		assert_eq!(lines[0], "worker 0.1.0 of miner VZminer: ready");
		assert!(lines.contains(&"job 39 ended: missed".to_owned()), "{lines:?}");
	}
}
