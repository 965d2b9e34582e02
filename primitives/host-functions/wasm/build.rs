//! Builds this crate for Wasm when it is built natively.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		// There is no runtime in the module and hence no version.
		.disable_runtime_version_section_check()
		.build();
}
