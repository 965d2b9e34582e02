//! The `quittance` command; everything is in the library.

fn main() -> std::process::ExitCode {
	quittance_cli::main()
}
