//! A worker's status as a frame that fills a terminal. What is drawn is a function of what was seen, so that a
//! test can look at all of it.

use super::overview::{
	ago, doing, earned, endings, health, left, newest_block, pays, plain, progress, readiness,
};
use crate::amount::Amount;
use quittance_worker::Status;
use std::net::SocketAddr;

/// Lines that a list has at first, its heading included, before those above it have all they want.
const SHARE: usize = 5;

/// Most of the last blocks that are drawn.
const BLOCKS: usize = 12;

/// What is drawn.
pub struct Scene {
	/// The last that was seen of the worker.
	pub seen: Status,
	/// Why no more was seen since.
	pub away: Option<String>,
	/// Where it was asked.
	pub address: SocketAddr,
	/// Seconds between two looks.
	pub every: u64,
}

/// How a line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
	/// Like any text.
	Plain,
	/// A heading.
	Heading,
	/// All is well.
	Good,
	/// Something is not.
	Bad,
	/// Of less interest.
	Faint,
}

/// A line of a frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
	/// How it looks.
	pub style: Style,
	/// Its text, no wider than the frame.
	pub text: String,
}

fn line(style: Style, text: impl Into<String>) -> Line {
	Line { style, text: text.into() }
}

/// The frame: as many lines as are high, each cut to the width.
pub fn draw(scene: &Scene, width: u16, height: u16) -> Vec<Line> {
	let (width, height) = (usize::from(width), usize::from(height));
	let mut lines = head(scene);
	let foot = foot(scene);
	let taken = lines.len().saturating_add(foot.len());
	let lists = [jobs(scene), setbacks(scene), ended(scene)];
	lines.extend(shared(lists, height.saturating_sub(taken)));
	lines.resize(height.saturating_sub(foot.len()), line(Style::Plain, ""));
	lines.extend(foot);
	lines.truncate(height);
	for line in &mut lines {
		line.text = cut(&line.text, width);
	}
	lines
}

/// The lists in the lines that there are: a share for each, then what is left to those above first.
fn shared(lists: [Vec<Line>; 3], lines: usize) -> Vec<Line> {
	let mut left = lines;
	let mut heights = [0usize; 3];
	for share in [SHARE, usize::MAX] {
		for (height, list) in heights.iter_mut().zip(&lists) {
			let wanted = list.len().min(share).saturating_sub(*height).min(left);
			*height = height.saturating_add(wanted);
			left = left.saturating_sub(wanted);
		}
	}
	let shown = |(list, height): (Vec<Line>, usize)| {
		let missing = list.len().saturating_sub(height);
		let mut shown: Vec<_> = list.into_iter().take(height).collect();
		// The last line that there is room for says how many there is no room for.
		if let Some(last) = shown.last_mut().filter(|_| missing > 0 && height > 1) {
			*last = line(Style::Faint, format!(" and {} more", missing.saturating_add(1)));
		}
		shown
	};
	lists.into_iter().zip(heights).flat_map(shown).collect()
}

fn head(scene: &Scene) -> Vec<Line> {
	let Scene { seen, away, .. } = scene;
	let Status { now, chain, .. } = seen;
	let ready = match (away, seen.lacks.is_empty()) {
		(Some(away), _) => line(Style::Bad, format!(" away: {}", plain(away))),
		(None, true) => line(Style::Good, " ready"),
		(None, false) => line(Style::Bad, format!(" {}", readiness(seen))),
	};
	let job_time = chain.job_time.map_or_else(|| "-".into(), |time| time.to_string());
	vec![
		line(
			Style::Heading,
			format!(
				" quittance worker {}   up {}",
				plain(&seen.version),
				ago(now.saturating_sub(seen.started_at))
			),
		),
		ready,
		line(
			Style::Plain,
			format!(" miner {}   hot key {}", plain(&seen.miner), plain(&seen.hot_key)),
		),
		line(
			Style::Plain,
			format!(
				" block {}   job time {job_time}   heartbeat {} of epoch {}",
				newest_block(seen),
				chain.heartbeat,
				chain.epoch
			),
		),
		line(Style::Plain, format!(" earned {}", earned(seen))),
		line(
			Style::Plain,
			format!(
				" ended {}   set back {} times   {} jobs wait",
				endings(seen),
				seen.setbacks_in_all,
				seen.waiting
			),
		),
	]
}

fn jobs(scene: &Scene) -> Vec<Line> {
	let Status { jobs, jobs_left_out, chain, now, .. } = &scene.seen;
	let row = |cells: [&str; 8]| {
		let [job, at, done, progress, left, pays, level, setback] = cells;
		format!(
			" {job:>8}  {at:<16} {done:>10}  {progress:<14} {left:>6}  {pays:>14}  {level:<11} {setback}"
		)
	};
	let header = row(["job", "at", "for", "progress", "left", "pays, QTC", "level", "setback"]);
	let count = u64::try_from(jobs.len()).unwrap_or(u64::MAX).saturating_add(*jobs_left_out);
	let mut lines = vec![
		line(Style::Plain, ""),
		line(Style::Heading, format!(" jobs at hand: {count}")),
		line(Style::Faint, header),
	];
	lines.extend(jobs.iter().map(|job| {
		let left = left(job, chain.job_time);
		let bad = job.setback.is_some() || left == "over";
		let text = row([
			&job.job.to_string(),
			&doing(job),
			&ago(now.saturating_sub(job.since)),
			&progress(job),
			&left,
			&pays(job),
			&plain(&job.level),
			&job.setback.as_deref().map_or_else(|| "-".into(), plain),
		]);
		line(if bad { Style::Bad } else { Style::Plain }, text)
	}));
	lines
}

fn setbacks(scene: &Scene) -> Vec<Line> {
	let Status { setbacks, now, .. } = &scene.seen;
	if setbacks.is_empty() {
		return Vec::new();
	}
	let mut lines = vec![line(Style::Plain, ""), line(Style::Heading, " last setbacks")];
	lines.extend(setbacks.iter().rev().map(|setback| {
		let since = ago(now.saturating_sub(setback.at));
		line(Style::Plain, format!(" {:>8}  {since} ago  {}", setback.job, plain(&setback.what)))
	}));
	lines
}

fn ended(scene: &Scene) -> Vec<Line> {
	let Status { ended, now, .. } = &scene.seen;
	if ended.is_empty() {
		return Vec::new();
	}
	let mut lines = vec![line(Style::Plain, ""), line(Style::Heading, " last endings")];
	lines.extend(ended.iter().rev().map(|ended| {
		let since = ago(now.saturating_sub(ended.at));
		let paid = match ended.amount {
			0 => String::new(),
			amount => format!(" {} QTC", Amount(amount)),
		};
		let text = format!(" {:>8}  {since} ago  {}{paid}", ended.job, plain(&ended.how));
		line(if ended.amount > 0 { Style::Good } else { Style::Plain }, text)
	}));
	lines
}

fn foot(scene: &Scene) -> Vec<Line> {
	let Scene { seen, address, every, .. } = scene;
	let (sound, failed): (Vec<_>, Vec<_>) =
		seen.services.iter().partition(|service| service.running && service.failures == 0);
	let mut lines = vec![line(Style::Plain, ""), line(Style::Heading, " services")];
	if !sound.is_empty() {
		let names: Vec<_> = sound.iter().map(|service| plain(&service.name)).collect();
		lines.push(line(Style::Good, format!(" {}: run without a failure", names.join(", "))));
	}
	lines.extend(failed.into_iter().map(|service| {
		let text = format!(" {} {}", plain(&service.name), health(service, seen.now));
		line(if service.running { Style::Plain } else { Style::Bad }, text)
	}));
	lines.push(line(Style::Faint, blocks(seen)));
	lines.push(line(
		Style::Faint,
		format!(" {address}, looked at every {every} s   q or Ctrl-C ends"),
	));
	lines
}

/// The last blocks, the newest first, with the time that each took.
fn blocks(seen: &Status) -> String {
	let blocks = &seen.chain.blocks;
	let earlier = blocks.iter().rev().skip(1).map(Some).chain([None]);
	let shown = blocks.iter().rev().zip(earlier).take(BLOCKS).map(|(block, earlier)| {
		let took = earlier.map(|earlier| block.at.saturating_sub(earlier.at));
		match took {
			Some(took) => format!("{} after {}.{} s", block.number, took / 1_000, took / 100 % 10),
			None => block.number.to_string(),
		}
	});
	let shown: Vec<_> = shown.collect();
	let list = if shown.is_empty() { "none yet".into() } else { shown.join(", ") };
	format!(" blocks: {list}")
}

/// The text without what is too much; all of our characters are one place wide.
fn cut(text: &str, width: usize) -> String {
	match text.chars().nth(width) {
		None => text.to_owned(),
		Some(_) => {
			let kept = text.chars().take(width.saturating_sub(1));
			kept.chain((width > 0).then_some('…')).collect()
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::monitor::tests::seen;

	fn scene() -> Scene {
		Scene { seen: seen(), away: None, address: "127.0.0.1:9960".parse().unwrap(), every: 1 }
	}

	fn text(lines: &[Line]) -> Vec<&str> {
		lines.iter().map(|line| line.text.as_str()).collect()
	}

	#[test]
	fn a_frame_is_drawn() {
		let frame = draw(&scene(), 110, 26);
		let expected = [
			" quittance worker 0.1.0   up 2 h 5 min",
			" ready",
			" miner VZminer   hot key VZhot",
			" block 1234, 2 s ago   job time 1234   heartbeat 12 of epoch 12",
			" earned 1.5 QTC by 3 jobs since the start, 40 QTC by 81 on record",
			" ended 1 missed, 3 paid   set back 7 times   9 jobs wait",
			"",
			" jobs at hand: 2",
			"      job  at                      for  progress         left       pays, QTC  level       setback",
			"       41  prove                   4 s  ###-- 3/5           6             0.5  basic       -",
			"       42  until block 1236        4 s  ###---- 3/7        26             0.5  basic       Q-EX-005",
			"",
			" last setbacks",
			"       42  15 s ago  [Q-EX-005] the issuer?[31m does not answer",
			"",
			" last endings",
			"       40  30 s ago  paid 0.5 QTC",
			"       39  1 min 30 s ago  missed",
			"",
			"",
			"",
			" services",
			" executor, sender: run without a failure",
			" listener stopped 2 s ago, 3 failures, the last 2 s ago: [Q-CL-002] the node is away",
			" blocks: 1234 after 6.0 s, 1233",
			" 127.0.0.1:9960, looked at every 1 s   q or Ctrl-C ends",
		];
		assert_eq!(text(&frame), expected);
	}

	#[test]
	fn what_is_wrong_looks_so() {
		let style = |lines: &[Line], part: &str| {
			lines.iter().find(|line| line.text.contains(part)).map(|line| line.style)
		};
		let frame = draw(&scene(), 110, 26);
		assert_eq!(style(&frame, " ready"), Some(Style::Good));
		assert_eq!(style(&frame, "prove"), Some(Style::Plain));
		assert_eq!(style(&frame, "until block 1236"), Some(Style::Bad));
		assert_eq!(style(&frame, "listener"), Some(Style::Bad));
		let mut lacking = scene();
		lacking.seen.lacks = vec!["no new block".into()];
		lacking.seen.chain.job_time = Some(1_241);
		let frame = draw(&lacking, 110, 26);
		assert_eq!(style(&frame, "not ready: no new block"), Some(Style::Bad));
		assert_eq!(style(&frame, "prove"), Some(Style::Bad));
		let away = Scene { away: Some("[Q-MO-003] nobody\u{1b}".into()), ..scene() };
		let frame = draw(&away, 110, 26);
		assert_eq!(style(&frame, "away: [Q-MO-003] nobody?"), Some(Style::Bad));
		assert_eq!(style(&frame, "41"), Some(Style::Plain), "the last that was seen stays");
	}

	/// Whatever there is and however small the terminal.
	#[test]
	fn boundary_a_frame_has_the_terminals_size() {
		let mut full = scene();
		let job = full.seen.jobs[0].clone();
		full.seen.jobs = (0..256)
			.map(|number| {
				let mut job = job.clone();
				job.job = number;
				job
			})
			.collect();
		full.seen.jobs_left_out = 7;
		full.seen.setbacks = vec![full.seen.setbacks[0].clone(); 32];
		for width in [0u16, 1, 2, 40, 80, 500] {
			for height in [0u16, 1, 2, 5, 12, 24, 60, 400] {
				for scene in [&full, &scene()] {
					let frame = draw(scene, width, height);
					assert_eq!(frame.len(), usize::from(height), "{width} x {height}");
					let widest = frame.iter().map(|line| line.text.chars().count()).max();
					assert!(widest.unwrap_or(0) <= usize::from(width), "{width} x {height}");
				}
			}
		}
	}

	#[test]
	fn what_there_is_no_room_for_is_counted() {
		let mut full = scene();
		full.seen.jobs = vec![full.seen.jobs[0].clone(); 100];
		full.seen.jobs_left_out = 20;
		let frame = draw(&full, 110, 40);
		let all = text(&frame);
		assert!(all.contains(&" jobs at hand: 120"), "{all:?}");
		let rows = all.iter().filter(|line| line.contains("prove")).count();
		let more = format!(" and {} more", 100 - rows);
		assert!(all.contains(&more.as_str()), "{rows}: {all:?}");
		// The other lists have their share.
		assert!(all.contains(&" last setbacks") && all.contains(&" last endings"));
	}
}
