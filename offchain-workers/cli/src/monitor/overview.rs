//! A worker's status at one moment, and how its parts are written.

use crate::{
	amount::Amount,
	console::{lines, right, table, Report},
};
use quittance_worker::{JobAtHand, ServiceHealth, Status};
use serde::{Serialize, Serializer};

/// How many parts of a job are drawn as done.
const BAR: u32 = 8;

/// A status as a report: the worker's own document for programs.
pub struct Overview(pub Status);

impl Serialize for Overview {
	fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
		self.0.serialize(to)
	}
}

/// A text from elsewhere that can do nothing to a terminal, and whose characters are as wide as they are many.
pub fn plain(text: &str) -> String {
	let shown = |character: char| match character {
		' '..='~' => character,
		'…' => character,
		_ => '?',
	};
	text.chars().map(shown).collect()
}

/// How long ago, in the largest two units.
pub fn ago(milliseconds: u64) -> String {
	let seconds = milliseconds / 1_000;
	let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
	match (days, hours, minutes) {
		(0, 0, 0) => format!("{seconds} s"),
		(0, 0, _) => format!("{minutes} min {} s", seconds % 60),
		(0, ..) => format!("{hours} h {} min", minutes % 60),
		_ => format!("{days} d {} h", hours % 24),
	}
}

/// What a worker lacks, or that it lacks nothing.
pub fn readiness(status: &Status) -> String {
	match status.lacks.is_empty() {
		true => "ready".into(),
		false => format!("not ready: {}", plain(&status.lacks.join("; "))),
	}
}

/// What is being done for a job.
pub fn doing(job: &JobAtHand) -> String {
	let step = plain(&job.step);
	match (job.waits_until, job.busy) {
		(Some(time), _) => format!("until block {time}"),
		(None, _) if awaits_opening(job).is_some() => "opening awaited".into(),
		(None, true) => step,
		(None, false) => format!("({step})"),
	}
}

/// Until when a job waits for its requester to open it, if it does.
fn awaits_opening(job: &JobAtHand) -> Option<u64> {
	job.deadline.filter(|_| job.step == "await_opening")
}

/// The same in words.
pub fn awaited(job: &JobAtHand) -> Option<String> {
	awaits_opening(job).map(|until| format!("waits for the opening until block {until}"))
}

/// The most that a job pays, if that is known.
pub fn pays(job: &JobAtHand) -> String {
	match job.level.as_str() {
		"enhanced" => "hidden".into(),
		_ => Amount(job.pays).to_string(),
	}
}

/// How far a job is, drawn and in numbers.
pub fn progress(job: &JobAtHand) -> String {
	let (done, of) = (job.done.min(job.of).min(BAR), job.of.min(BAR));
	let bar = |sign: &str, length: u32| sign.repeat(usize::try_from(length).unwrap_or(0));
	format!("{}{} {}/{}", bar("#", done), bar("-", of.saturating_sub(done)), job.done, job.of)
}

/// How many blocks are left.
pub fn left(job: &JobAtHand, job_time: Option<u64>) -> String {
	match (job.deadline, job_time) {
		(Some(deadline), Some(now)) if deadline >= now => deadline.saturating_sub(now).to_string(),
		(Some(_), Some(_)) => "over".into(),
		_ => "-".into(),
	}
}

/// What is known of a service.
pub fn health(service: &ServiceHealth, now: u64) -> String {
	let since = ago(now.saturating_sub(service.since));
	let state = match service.running {
		true => format!("runs since {since}"),
		false => format!("stopped {since} ago"),
	};
	let failure = service.last_failure.as_ref().map(|last| {
		format!(
			", {} failures, the last {} ago: [{}] {}",
			service.failures,
			ago(now.saturating_sub(last.at)),
			plain(&last.code),
			plain(&last.what)
		)
	});
	format!("{state}{}", failure.unwrap_or_default())
}

/// How jobs have ended, by how many.
pub fn endings(status: &Status) -> String {
	let parts: Vec<_> =
		status.endings.iter().map(|(how, count)| format!("{count} {}", plain(how))).collect();
	if parts.is_empty() {
		"none".into()
	} else {
		parts.join(", ")
	}
}

/// What was earned.
pub fn earned(status: &Status) -> String {
	let earnings = &status.earnings;
	format!(
		"{} QTC by {} jobs since the start, {} QTC by {} on record",
		Amount(earnings.since_start),
		earnings.jobs_since_start,
		Amount(earnings.recorded),
		earnings.jobs_recorded
	)
}

/// The newest block, and when it was seen.
pub fn newest_block(status: &Status) -> String {
	match status.chain.blocks.last() {
		Some(block) => {
			format!("{}, {} ago", block.number, ago(status.now.saturating_sub(block.at)))
		},
		None => "none seen yet".into(),
	}
}

impl Report for Overview {
	fn text(&self) -> String {
		let Self(status) = self;
		let Status { now, chain, .. } = status;
		let optional = |number: Option<u64>| number.map_or_else(|| "-".into(), |n| n.to_string());
		let facts = lines([
			("worker", format!("{}, {}", plain(&status.version), readiness(status))),
			("up", ago(now.saturating_sub(status.started_at))),
			("miner", plain(&status.miner)),
			("hot key", plain(&status.hot_key)),
			("genesis", plain(&status.genesis)),
			("block", newest_block(status)),
			("job time", optional(chain.job_time)),
			("heartbeat", format!("epoch {} of {}", chain.heartbeat, chain.epoch)),
			("earned", earned(status)),
			("ended", endings(status)),
			("setbacks", status.setbacks_in_all.to_string()),
			("waiting", format!("{} jobs", status.waiting)),
		]);
		let mut text = vec![facts];
		if !status.jobs.is_empty() {
			let header =
				["job", "at", "progress", "level", "pays, QTC", "deadline", "left", "setback"];
			let mut jobs = table(&header);
			for job in &status.jobs {
				jobs.add_row([
					job.job.to_string(),
					awaited(job).unwrap_or_else(|| doing(job)),
					progress(job),
					plain(&job.level),
					pays(job),
					optional(job.deadline),
					left(job, chain.job_time),
					job.setback.as_deref().map_or_else(|| "-".into(), plain),
				]);
			}
			right(&mut jobs, 4..7);
			text.push(jobs.to_string());
		}
		if status.jobs_left_out > 0 {
			text.push(format!("and {} more jobs", status.jobs_left_out));
		}
		if !status.setbacks.is_empty() {
			let mut setbacks = table(&["ago", "job", "setback"]);
			for setback in status.setbacks.iter().rev() {
				let since = ago(now.saturating_sub(setback.at));
				setbacks.add_row([since, setback.job.to_string(), plain(&setback.what)]);
			}
			text.push(setbacks.to_string());
		}
		let mut services = table(&["service", "health"]);
		for service in &status.services {
			services.add_row([plain(&service.name), health(service, *now)]);
		}
		text.push(services.to_string());
		text.join("\n")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::tests::seen;
	use serde_json::json;

	#[test]
	fn boundary_times_have_two_units() {
		for (milliseconds, text) in [
			(0, "0 s"),
			(59_999, "59 s"),
			(60_000, "1 min 0 s"),
			(3_599_999, "59 min 59 s"),
			(3_600_000, "1 h 0 min"),
			(86_399_999, "23 h 59 min"),
			(86_400_000, "1 d 0 h"),
			(u64::MAX, "213503982334 d 14 h"),
		] {
			assert_eq!(ago(milliseconds), text);
		}
	}

	#[test]
	fn texts_from_elsewhere_are_plain() {
		assert_eq!(plain("a\u{1b}[2J\u{9b}b\u{202e}c\n中…"), "a?[2J?b?c??…");
	}

	#[test]
	fn boundary_progress_is_a_bar() {
		let mut job = seen().jobs.remove(0);
		for (done, of, text) in
			[(0, 5, "----- 0/5"), (5, 5, "##### 5/5"), (9, 5, "##### 9/5"), (0, 0, " 0/0")]
		{
			(job.done, job.of) = (done, of);
			assert_eq!(progress(&job), text);
		}
		job.of = u32::MAX;
		assert_eq!(progress(&job).len(), "######## 9/4294967295".len(), "what is drawn is bounded");
	}

	/// In two words where there is no room, and what it pays nowhere.
	#[test]
	fn a_private_job_waits_for_its_opening() {
		let mut job = seen().jobs.remove(0);
		(job.step, job.level, job.deadline) =
			("await_opening".into(), "enhanced".into(), Some(1_240));
		for busy in [true, false] {
			job.busy = busy;
			assert_eq!(doing(&job), "opening awaited");
		}
		assert_eq!(awaited(&job).unwrap(), "waits for the opening until block 1240");
		assert_eq!(pays(&job), "hidden");
		let text = Overview(Status { jobs: vec![job.clone()], ..seen() }).text();
		for part in ["waits for the opening until block 1240", "enhanced", "hidden"] {
			assert!(text.contains(part), "{part} in {text}");
		}
		job.step = "compute".into();
		assert_eq!((awaited(&job), doing(&job)), (None, "(compute)".into()));
		job.level = "basic".into();
		assert_eq!(pays(&job), Amount(job.pays).to_string());
	}

	#[test]
	fn boundary_a_deadline_is_over_after_it() {
		let mut job = seen().jobs.remove(0);
		job.deadline = Some(10);
		assert_eq!(left(&job, Some(10)), "0");
		assert_eq!(left(&job, Some(11)), "over");
		assert_eq!(left(&job, None), "-");
		job.deadline = None;
		assert_eq!(left(&job, Some(10)), "-");
	}

	#[test]
	fn programs_get_the_workers_own_document() {
		assert_eq!(json!(Overview(seen())), json!(seen()));
	}

	#[test]
	fn people_get_all_of_it() {
		let text = Overview(seen()).text();
		for part in [
			"ready",
			"1.5 QTC by 3 jobs since the start, 40 QTC by 81 on record",
			"1234, 2 s ago",
			"###-- 3/5",
			"until block 1236",
			"stopped 2 s ago, 3 failures, the last 2 s ago: [Q-CL-002] the node is away",
		] {
			assert!(text.contains(part), "{part} in {text}");
		}
		assert!(!text.contains('\u{1b}'), "{text}");
		let lacking = Status { lacks: vec!["no new block".into()], ..seen() };
		assert!(Overview(lacking).text().contains("not ready: no new block"));
	}
}
