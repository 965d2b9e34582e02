//! The context, which is in every statement.

use crate::{Builder, Number};

/// Group `context`: says nothing about the context, but has both limbs in a constraint, so that a
/// proof is for one context only. Two constraints.
pub fn bind<B: Builder>(builder: &mut B, limbs: [&Number<B::Terms>; 2]) {
	mention(builder, "context", &limbs);
}

/// A group that says nothing about some signals, but has each of them in a constraint, so that a proof
/// is for these only. One constraint for each.
pub fn mention<B: Builder>(builder: &mut B, group: &'static str, signals: &[&Number<B::Terms>]) {
	builder.group(group, |builder| {
		for signal in signals {
			builder.product("square", signal, signal);
		}
	});
}
