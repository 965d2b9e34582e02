//! How long the worker took, from its own log.

use crate::failure::Failure;
use quittance_types::JobId;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// Milliseconds that proving took, by job. Lines about other things are passed over.
pub fn proving_times(log: &Path) -> Result<BTreeMap<JobId, f64>, Failure> {
	let text = fs::read_to_string(log).map_err(Failure::io("reading", log))?;
	let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
	Ok(lines.filter_map(|line| proven(line.get("fields")?)).collect())
}

fn proven(fields: &Value) -> Option<(JobId, f64)> {
	let message = fields.get("message")?.as_str()?;
	let job = fields.get("job")?.as_u64()?;
	// The log writes 128-bit numbers as texts.
	let milliseconds = fields.get("proving_ms")?;
	let milliseconds = milliseconds.as_f64().or_else(|| milliseconds.as_str()?.parse().ok())?;
	(message == "proven").then_some((job, milliseconds))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn finds_proofs_among_other_lines() {
		let file = tempfile::NamedTempFile::new().unwrap();
		let lines = [
			r#"{"level":"INFO","fields":{"message":"ready"}}"#,
			r#"{"level":"INFO","fields":{"message":"proven","job":7,"proving_ms":120}}"#,
			"not JSON",
			r#"{"level":"INFO","fields":{"message":"proven","job":9,"proving_ms":"95"}}"#,
			r#"{"level":"INFO","fields":{"message":"other","job":8,"proving_ms":1}}"#,
		];
		fs::write(file.path(), lines.join("\n")).unwrap();
		assert_eq!(proving_times(file.path()).unwrap(), BTreeMap::from([(7, 120.0), (9, 95.0)]));
	}
}
