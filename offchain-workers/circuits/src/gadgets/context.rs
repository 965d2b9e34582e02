//! The context, which is in every statement.

use crate::{Builder, Number};

/// Group `context`: says nothing about the context, but has both limbs in a constraint, so that a
/// proof is for one context only. Two constraints.
pub fn bind<B: Builder>(builder: &mut B, limbs: [&Number<B::Terms>; 2]) {
	builder.group("context", |builder| {
		for limb in limbs {
			builder.product("square", limb, limb);
		}
	});
}
