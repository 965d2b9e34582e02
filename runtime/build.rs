//! Builds the runtime's WebAssembly, which the crate then includes as `WASM_BINARY`.

#[cfg(all(feature = "std", not(feature = "metadata-hash")))]
fn main() {
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

// The token's symbol and decimals are part of the hash: they must agree with the properties in the
// chain specification, or an offline signer shows other amounts than it signs.
#[cfg(all(feature = "std", feature = "metadata-hash"))]
fn main() {
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		.enable_metadata_hash("QTC", 12)
		.build();
}

// The builder itself calls this script when it compiles the runtime for WebAssembly.
#[cfg(not(feature = "std"))]
fn main() {}
