//! Passphrases and words: from the terminal, which does not show them, or from a file that is its owner's alone.
//! Never from an argument, which other users of a machine can see.

use crate::{
	document::read_file,
	failure::{Failure, Fault},
};
use rustix::termios::{tcgetattr, tcsetattr, LocalModes, OptionalActions, Termios};
use std::{
	fs::{self, File},
	io::{self, IsTerminal, Read, Write},
	path::Path,
};
use zeroize::Zeroizing;

/// Longest secret, in bytes. 24 words have at most 216.
const MAX_BYTES: usize = 1024;

/// A secret in a file: one line, which only the file's owner can read.
pub fn from_file(file: &Path) -> Result<Zeroizing<String>, Failure> {
	let metadata = fs::metadata(file).map_err(|e| Failure::file(file, Fault::Unreadable, e))?;
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let mode = metadata.permissions().mode() & 0o777;
		if mode & 0o077 != 0 {
			let detail = format!("it is accessible to others (mode {mode:o}): chmod 600");
			return Err(Failure::file(file, Fault::Key, detail));
		}
	}
	let bytes = Zeroizing::new(read_file(file, MAX_BYTES as u64)?);
	let refused = |detail: &str| Failure::file(file, Fault::Invalid, detail);
	line_of(&bytes).map_err(refused)
}

/// A secret that stands in what comes through a pipe, or that the terminal asks for.
pub fn from_pipe_or_terminal(question: &str, instead: &str) -> Result<Zeroizing<String>, Failure> {
	let mut stdin = io::stdin();
	if stdin.is_terminal() {
		return from_terminal(question, instead);
	}
	let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
	let read = stdin.by_ref().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
	read.map_err(|error| Failure::argument("stdin", Fault::Unreadable, error))?;
	if bytes.len() > MAX_BYTES {
		let detail = format!("more than {MAX_BYTES} bytes");
		return Err(Failure::argument("stdin", Fault::TooLarge, detail));
	}
	line_of(&bytes).map_err(|detail| Failure::argument("stdin", Fault::Invalid, detail))
}

/// One line of text, with something in it.
fn line_of(bytes: &[u8]) -> Result<Zeroizing<String>, &'static str> {
	let text = std::str::from_utf8(bytes).map_err(|_| "it is no text in UTF-8")?;
	let line = text.strip_suffix('\n').unwrap_or(text);
	let line = line.strip_suffix('\r').unwrap_or(line);
	match line {
		"" => Err("it is empty"),
		line if line.contains(['\n', '\r', '\0']) => Err("it has more than one line"),
		line => Ok(Zeroizing::new(line.to_owned())),
	}
}

/// Asks the terminal, whatever stdin and stdout are. `instead` is the argument to name where there is none.
pub fn from_terminal(question: &str, instead: &str) -> Result<Zeroizing<String>, Failure> {
	let nobody = |error: io::Error| {
		let detail = format!("there is no terminal to ask ({error}): name a file");
		Failure::argument(instead, Fault::Missing, detail)
	};
	let terminal = File::options().read(true).write(true).open("/dev/tty").map_err(nobody)?;
	let _silence = Silence::of(&terminal).map_err(nobody)?;
	write!(&mut &terminal, "{question}: ").map_err(nobody)?;
	let typed = typed(terminal.try_clone().map_err(nobody).map(std::io::BufReader::new)?.bytes());
	let _ = writeln!(&mut &terminal);
	typed.map_err(|detail| Failure::argument(question, Fault::Invalid, detail))
}

/// A terminal that shows nothing of what is typed and gives each key at once. As it was when this is dropped:
/// also Ctrl-C comes as a key, or it would end the process and leave the terminal silent.
struct Silence<'a> {
	terminal: &'a File,
	before: Termios,
}

impl<'a> Silence<'a> {
	fn of(terminal: &'a File) -> io::Result<Self> {
		let before = tcgetattr(terminal)?;
		let mut silent = before.clone();
		silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
		// What was typed before the question is no answer to it.
		tcsetattr(terminal, OptionalActions::Flush, &silent)?;
		Ok(Self { terminal, before })
	}
}

impl Drop for Silence<'_> {
	fn drop(&mut self) {
		let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
	}
}

/// What is typed up to the end of the line.
fn typed(keys: impl Iterator<Item = io::Result<u8>>) -> Result<Zeroizing<String>, &'static str> {
	const INTERRUPT: u8 = 0x03;
	const END: u8 = 0x04;
	const BACKSPACES: [u8; 2] = [0x08, 0x7f];
	const KILL_LINE: u8 = 0x15;
	// All of its room at once: a list that grew would leave what is in it behind.
	let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
	for key in keys {
		match key.map_err(|_| "the terminal cannot be read")? {
			b'\n' | b'\r' => return line_of(&line),
			INTERRUPT | END => return Err("interrupted"),
			KILL_LINE => line.clear(),
			key if BACKSPACES.contains(&key) => {
				// The whole of the last character.
				while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
			},
			_ if line.len() == MAX_BYTES => return Err("it is too long"),
			key => line.push(key),
		}
	}
	Err("the terminal was closed")
}

#[cfg(test)]
mod tests {
	use super::*;

	fn type_in(keys: &[u8]) -> Result<String, &'static str> {
		typed(keys.iter().map(|key| Ok(*key))).map(|line| line.to_string())
	}

	#[test]
	fn a_line_is_what_was_typed_and_not_taken_back() {
		assert_eq!(type_in(b"open sesame\r"), Ok("open sesame".into()));
		assert_eq!(type_in(b"opem\x7fn\x08n\n"), Ok("open".into()));
		assert_eq!(type_in("zü\x7fu\n".as_bytes()), Ok("zu".into()));
		assert_eq!(type_in(b"wrong\x15right\n"), Ok("right".into()));
		assert_eq!(type_in(b"\x7f\x7fa\n"), Ok("a".into()));
	}

	#[test]
	fn what_is_no_line_is_named() {
		assert_eq!(type_in(b"\n"), Err("it is empty"));
		assert_eq!(type_in(b"abc\x03"), Err("interrupted"));
		assert_eq!(type_in(b"abc\x04"), Err("interrupted"));
		assert_eq!(type_in(b"abc"), Err("the terminal was closed"));
		assert_eq!(type_in(b"\xff\n"), Err("it is no text in UTF-8"));
		let mut long = vec![b'a'; MAX_BYTES];
		long.push(b'\n');
		assert_eq!(type_in(&long).map(|line| line.len()), Ok(MAX_BYTES));
		long.insert(0, b'a');
		assert_eq!(type_in(&long), Err("it is too long"));
	}

	fn file(text: &[u8], mode: u32) -> tempfile::NamedTempFile {
		use std::os::unix::fs::PermissionsExt;
		let mut file = tempfile::NamedTempFile::new().unwrap();
		file.write_all(text).unwrap();
		fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
		file
	}

	fn fault(text: &[u8], mode: u32) -> Fault {
		match from_file(file(text, mode).path()).unwrap_err() {
			Failure::Malformed { fault, .. } => fault,
			other => panic!("{other}"),
		}
	}

	#[test]
	fn a_file_has_one_line_that_nobody_else_reads() {
		for text in ["open sesame", "open sesame\n", "open sesame\r\n"] {
			assert_eq!(&**from_file(file(text.as_bytes(), 0o600).path()).unwrap(), "open sesame");
		}
		assert_eq!(&**from_file(file(b" a ", 0o400).path()).unwrap(), " a ");
		assert_eq!(fault(b"open sesame", 0o640), Fault::Key);
		assert_eq!(fault(b"open sesame", 0o604), Fault::Key);
		assert_eq!(fault(b"", 0o600), Fault::Invalid);
		assert_eq!(fault(b"\n", 0o600), Fault::Invalid);
		assert_eq!(fault(b"a\nb", 0o600), Fault::Invalid);
		assert_eq!(fault(b"\xff", 0o600), Fault::Invalid);
		assert_eq!(fault(&[b'a'; MAX_BYTES + 1], 0o600), Fault::TooLarge);
		let missing = from_file(Path::new("no-such-folder/file")).unwrap_err();
		assert!(matches!(missing, Failure::Malformed { fault: Fault::Unreadable, .. }));
	}
}
