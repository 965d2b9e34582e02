//! The terminal: a screen of its own while we draw, and as it was before when we end, however we do.

use super::frame::{Line, Style};
use crossterm::{
	cursor::{Hide, MoveTo, Show},
	queue,
	style::{Attribute, Color, Print, SetAttribute, SetForegroundColor},
	terminal::{
		disable_raw_mode, enable_raw_mode, Clear, ClearType, EnterAlternateScreen,
		LeaveAlternateScreen,
	},
};
use std::{
	io::{self, Read, Write},
	panic,
	sync::{
		atomic::{AtomicBool, Ordering},
		Once,
	},
};
use tokio::sync::mpsc;

/// The size where the terminal does not say its own.
const FALLBACK: (u16, u16) = (80, 24);

/// Keys that wait to be looked at. More are dropped.
const KEYS_AHEAD: usize = 16;

/// Whether the process's terminal is as we have made it.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal's width and height.
pub fn size() -> (u16, u16) {
	crossterm::terminal::size().ok().filter(|(w, h)| *w > 0 && *h > 0).unwrap_or(FALLBACK)
}

/// A screen to draw on. The terminal is restored when this is dropped, and before the message of a panic.
pub struct Screen<W: Write> {
	out: W,
	/// Whether it is the process's terminal, whose mode is changed.
	terminal: bool,
}

impl Screen<io::Stdout> {
	/// Takes over the process's terminal.
	pub fn enter(out: io::Stdout) -> io::Result<Self> {
		static HOOK: Once = Once::new();
		HOOK.call_once(|| {
			let before = panic::take_hook();
			panic::set_hook(Box::new(move |panic| {
				// Else the message would be gone with the screen, and the terminal deaf.
				restore();
				before(panic);
			}));
		});
		enable_raw_mode()?;
		ENTERED.store(true, Ordering::SeqCst);
		Self::on(out, true)
	}
}

/// Gives the process's terminal back, once. There is nothing to do about a failure.
fn restore() {
	if ENTERED.swap(false, Ordering::SeqCst) {
		let mut out = io::stdout();
		let _ = leave(&mut out);
		let _ = disable_raw_mode();
	}
}

fn leave(out: &mut impl Write) -> io::Result<()> {
	queue!(out, SetAttribute(Attribute::Reset), LeaveAlternateScreen, Show)?;
	out.flush()
}

impl<W: Write> Screen<W> {
	fn on(out: W, terminal: bool) -> io::Result<Self> {
		// Whatever fails from here on, dropping this restores.
		let mut screen = Self { out, terminal };
		queue!(screen.out, EnterAlternateScreen, Hide, Clear(ClearType::All))?;
		screen.out.flush()?;
		Ok(screen)
	}

	/// Shows a frame that is as high as the terminal, in one write.
	pub fn show(&mut self, frame: &[Line]) -> io::Result<()> {
		let mut bytes = Vec::new();
		for (row, line) in frame.iter().enumerate() {
			let row = u16::try_from(row).unwrap_or(u16::MAX);
			// Before the text: after a line as wide as the terminal its last character would go.
			queue!(bytes, MoveTo(0, row), Clear(ClearType::CurrentLine))?;
			match line.style {
				Style::Plain => {},
				Style::Heading => queue!(bytes, SetAttribute(Attribute::Bold))?,
				Style::Good => queue!(bytes, SetForegroundColor(Color::Green))?,
				Style::Bad => queue!(bytes, SetForegroundColor(Color::Red))?,
				Style::Faint => queue!(bytes, SetAttribute(Attribute::Dim))?,
			}
			queue!(bytes, Print(&line.text), SetAttribute(Attribute::Reset))?;
		}
		self.out.write_all(&bytes)?;
		self.out.flush()
	}
}

impl<W: Write> Drop for Screen<W> {
	fn drop(&mut self) {
		match self.terminal {
			true => restore(),
			false => {
				let _ = leave(&mut self.out);
			},
		}
	}
}

/// A key that was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
	/// q, or Ctrl-C, which is a key like others on a screen of ours.
	Quit,
	/// Any other.
	Other,
}

/// What is pressed. The thread that waits for it ends with the process: nothing else ends a wait for a key.
///
/// The library's own events would turn on a feature of what the node's network is made of.
pub fn keys() -> mpsc::Receiver<Key> {
	let (sender, receiver) = mpsc::channel(KEYS_AHEAD);
	std::thread::spawn(move || read_keys(io::stdin().lock(), &sender));
	receiver
}

fn read_keys(mut input: impl Read, keys: &mpsc::Sender<Key>) {
	/// What Ctrl-C is as a byte.
	const CTRL_C: u8 = 3;
	let mut byte = [0];
	loop {
		match input.read(&mut byte) {
			Ok(0) => return,
			Ok(_) => {},
			Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
			Err(_) => return,
		}
		let sent = match byte {
			[b'q' | b'Q' | CTRL_C] => keys.blocking_send(Key::Quit).is_ok(),
			// One more of these changes nothing.
			_ => !matches!(keys.try_send(Key::Other), Err(mpsc::error::TrySendError::Closed(_))),
		};
		if !sent {
			return;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::panic::{catch_unwind, AssertUnwindSafe};

	const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J";
	const LEAVE: &str = "\u{1b}[0m\u{1b}[?1049l\u{1b}[?25h";

	#[test]
	fn a_screen_is_left_as_it_was_entered() {
		// Whatever the environment says of colours.
		crossterm::style::force_color_output(true);
		let mut out = Vec::new();
		let mut screen = Screen::on(&mut out, false).unwrap();
		let line = |style, text: &str| Line { style, text: text.into() };
		screen.show(&[line(Style::Good, "ready"), line(Style::Plain, "second")]).unwrap();
		drop(screen);
		let expected = [
			ENTER,
			"\u{1b}[1;1H\u{1b}[2K\u{1b}[38;5;10mready\u{1b}[0m",
			"\u{1b}[2;1H\u{1b}[2Ksecond\u{1b}[0m",
			LEAVE,
		]
		.concat();
		assert_eq!(String::from_utf8(out).unwrap(), expected);
	}

	#[test]
	fn a_panic_restores_the_screen() {
		let mut out = Vec::new();
		let panicked = catch_unwind(AssertUnwindSafe(|| {
			let _screen = Screen::on(&mut out, false).unwrap();
			panic!("while drawing");
		}));
		assert!(panicked.is_err());
		assert_eq!(String::from_utf8(out).unwrap(), [ENTER, LEAVE].concat());
	}

	#[test]
	fn keys_that_end_are_told_from_others() {
		let pressed = |bytes: &[u8]| {
			let (sender, mut receiver) = mpsc::channel(KEYS_AHEAD);
			read_keys(bytes, &sender);
			drop(sender);
			std::iter::from_fn(|| receiver.blocking_recv()).collect::<Vec<_>>()
		};
		assert_eq!(pressed(b"q"), [Key::Quit]);
		assert_eq!(pressed(b"xQ"), [Key::Other, Key::Quit]);
		assert_eq!(pressed(&[3]), [Key::Quit]);
		// An arrow.
		assert_eq!(pressed(b"\x1b[A"), [Key::Other; 3]);
		assert_eq!(pressed(&[b'x'; 100]).len(), KEYS_AHEAD, "what nobody looks at is bounded");
	}
}
