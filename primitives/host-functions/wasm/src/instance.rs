//! Running the module as the node runs a runtime, on wasmtime and with the node's host functions.

use codec::{Decode, Encode};
use polkadot_sdk::{
	sc_executor_common::{
		runtime_blob::RuntimeBlob,
		wasm_runtime::{HeapAllocStrategy, WasmInstance, WasmModule},
	},
	sc_executor_wasmtime::{create_runtime, Config, InstantiationStrategy, Semantics},
	sp_io::SubstrateHostFunctions,
};

/// An instance of the module.
///
/// Calls are made without externalities: none of the functions reads or writes state.
pub struct Instance(Box<dyn WasmInstance>);

impl Instance {
	/// An instance with the host functions of our node. Compiles the module.
	///
	/// Panics if the module was not built, because `SKIP_WASM_BUILD` was set, or cannot be compiled.
	pub fn new() -> Self {
		type Ours = (SubstrateHostFunctions, quittance_host_functions::HostFunctions);
		let blob = blob();
		// Every import is resolved or this fails.
		let module = create_runtime::<Ours>(blob, config(false)).expect("the module compiles");
		Self::of(&module)
	}

	/// An instance with polkadot-sdk's host functions only, as other tools run a runtime. Calling
	/// one of ours traps.
	///
	/// Panics as [`Self::new`].
	pub fn without_our_host_functions() -> Self {
		let module = create_runtime::<SubstrateHostFunctions>(blob(), config(true));
		Self::of(&module.expect("the module compiles"))
	}

	fn of(module: &dyn WasmModule) -> Self {
		Self(module.new_instance(HEAP).expect("the module is instantiated"))
	}

	/// Calls an export with a tuple of arguments.
	///
	/// Errors: the executor's message, if the call traps or there is no such export; a message if
	/// the result does not decode.
	pub fn call<R: Decode>(&mut self, export: &str, arguments: impl Encode) -> Result<R, String> {
		let result = self.0.call(export, &arguments.encode()).map_err(|error| error.to_string())?;
		R::decode(&mut result.as_slice()).map_err(|error| error.to_string())
	}
}

impl Default for Instance {
	fn default() -> Self {
		Self::new()
	}
}

/// What `sc-service` gives a runtime by default.
const HEAP: HeapAllocStrategy = HeapAllocStrategy::Static { extra_pages: 2048 };

fn blob() -> RuntimeBlob {
	let module = crate::WASM_BINARY.expect("the module was built: SKIP_WASM_BUILD is not set");
	RuntimeBlob::uncompress_if_needed(module).expect("the builder writes a valid module")
}

/// As `sc-executor` compiles a runtime.
fn config(allow_missing_func_imports: bool) -> Config {
	Config {
		allow_missing_func_imports,
		cache_path: None,
		semantics: Semantics {
			heap_alloc_strategy: HEAP,
			instantiation_strategy: InstantiationStrategy::PoolingCopyOnWrite,
			deterministic_stack_limit: None,
			canonicalize_nans: false,
			parallel_compilation: true,
			wasm_multi_value: false,
			wasm_bulk_memory: false,
			wasm_reference_types: false,
			wasm_simd: false,
		},
	}
}
