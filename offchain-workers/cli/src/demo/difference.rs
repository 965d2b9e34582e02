//! What is not as it should be.

/// Differences found, in words. The demonstration goes on, to show all of them, and then fails.
#[derive(Default, Debug)]
pub struct Differences(Vec<String>);

impl Differences {
	/// Notes a difference unless `holds`.
	pub fn expect(&mut self, holds: bool, difference: impl FnOnce() -> String) {
		if !holds {
			self.0.push(difference());
		}
	}

	/// All of them.
	pub fn into_inner(self) -> Vec<String> {
		self.0
	}
}
