//! The `quittance` command; everything is in the library.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
	quittance_cli::main()
}
