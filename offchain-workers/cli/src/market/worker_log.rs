//! What a worker did when, from its own log.

use crate::failure::Failure;
use quittance_types::JobId;
use serde_json::Value;
use std::{fs, path::Path};

/// Something that a worker says it did for a job.
#[derive(Clone, PartialEq, Debug)]
pub struct Deed {
	/// The job.
	pub job: JobId,
	/// What: the log's message, such as `proven`.
	pub what: String,
	/// When it was written, in milliseconds since 1970.
	pub at: Option<f64>,
	/// How long it took, in milliseconds, where the log says so.
	pub took: Option<f64>,
}

/// Everything in a log that is about a job, in its order. Lines about other things are passed over, and
/// so is one that was cut off.
pub fn deeds(log: &Path) -> Result<Vec<Deed>, Failure> {
	let text = fs::read(log).map_err(Failure::io("reading", log))?;
	let text = String::from_utf8_lossy(&text);
	let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
	Ok(lines.filter_map(|line| deed(&line)).collect())
}

fn deed(line: &Value) -> Option<Deed> {
	let fields = line.get("fields")?;
	let what = fields.get("message")?.as_str()?;
	let job = fields.get("job")?.as_u64()?;
	let took = ["execution_ms", "proving_ms"].iter().find_map(|name| number(fields.get(*name)?));
	let at = line.get("timestamp").and_then(Value::as_str).and_then(milliseconds);
	Some(Deed { job, what: what.to_owned(), at, took })
}

/// The log writes 128-bit numbers as texts.
fn number(value: &Value) -> Option<f64> {
	value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Milliseconds since 1970 of a time such as `2026-01-31T23:59:59.123456Z`.
fn milliseconds(time: &str) -> Option<f64> {
	let (date, time) = time.strip_suffix('Z')?.split_once('T')?;
	let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
	let (year, month, day) = (date.next()??, date.next()??, date.next()??);
	let mut time = time.splitn(3, ':');
	let (hour, minute) = (time.next()?.parse::<f64>().ok()?, time.next()?.parse::<f64>().ok()?);
	let second = time.next()?.parse::<f64>().ok()?;
	Some(((days(year, month, day)? as f64 * 24.0 + hour) * 60.0 + minute) * 60_000.0 + second * 1e3)
}

/// Days from 1970 to a date of the Gregorian calendar. Years begin in March, so that a leap day is the last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
	if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
		return None;
	}
	let year = if month > 2 { year } else { year - 1 };
	let month = (month + 9) % 12;
	let leap_days = year / 4 - year / 100 + year / 400;
	Some(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn finds_deeds_among_other_lines() {
		let file = tempfile::NamedTempFile::new().unwrap();
		let lines = [
			r#"{"level":"INFO","fields":{"message":"ready"}}"#,
			r#"{"timestamp":"1970-01-02T00:00:01.5Z","fields":{"message":"proven","job":7,"proving_ms":120}}"#,
			"not JSON",
			r#"{"fields":{"message":"proven","job":9,"proving_ms":"95"}}"#,
			r#"{"fields":{"message":"paid","job":8}}"#,
			r#"{"fields":{"message":"proven","job":10"#,
		];
		fs::write(file.path(), lines.join("\n")).unwrap();
		let deed = |job, what: &str, at, took| Deed { job, what: what.to_owned(), at, took };
		let expected = [
			deed(7, "proven", Some(86_401_500.0), Some(120.0)),
			deed(9, "proven", None, Some(95.0)),
			deed(8, "paid", None, None),
		];
		assert_eq!(deeds(file.path()).unwrap(), expected);
	}

	#[test]
	fn boundary_days_are_those_of_the_calendar() {
		for (date, expected) in [
			((1970, 1, 1), 0),
			((1970, 12, 31), 364),
			((1972, 2, 29), 789),
			((1972, 3, 1), 790),
			((2000, 2, 29), 11_016),
			((2100, 3, 1), 47_541),
			((2026, 11, 22), 20_779),
		] {
			let (year, month, day) = date;
			assert_eq!(days(year, month, day), Some(expected), "{date:?}");
		}
		for (year, month, day) in [(1969, 1, 1), (1970, 0, 1), (1970, 13, 1), (1970, 1, 0)] {
			assert_eq!(days(year, month, day), None);
		}
		for text in ["", "2026-11-22", "2026-11-22T00:00:00", "2026-11-22T00:00Z", "x-1-1T0:0:0Z"] {
			assert_eq!(milliseconds(text), None, "{text}");
		}
	}
}
