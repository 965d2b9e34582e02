//! Calls in a transaction, however deeply they are nested.
//!
//! Batches, proxies, multisignatures, sudo and others carry calls among their arguments. They are found by
//! the types in the metadata and not by a list of such calls, so that one that a later runtime has is no
//! place to hide a call in.
//!
//! What is still to be read is in a list and not on the stack: the runtime takes calls that are nested 256
//! deep, and a reader that calls itself for each could be ended by one transaction of a stranger.

use scale_info::{form::PortableForm, PortableRegistry, TypeDef, TypeDefPrimitive};
use subxt::{
	ext::{
		codec::{Compact, Decode},
		frame_decode::extrinsics::ExtrinsicTypeInfo,
	},
	Metadata,
};

/// Version and kind of a transaction, as its first byte says them.
const BARE: [u8; 2] = [0b0000_0100, 0b0000_0101];
const SIGNED: u8 = 0b1000_0100;
const GENERAL: u8 = 0b0100_0101;

/// Steps for each byte that a walk may take, and for none. Types take some six; a list of values without bytes
/// could otherwise be walked for ever.
const STEPS_FOR_A_BYTE: usize = 64;
const STEPS_AT_LEAST: usize = 1024;

/// All calls of a pallet in a transaction that is given with its length: of each, the bytes from its index in the
/// pallet on, which go on to the transaction's end.
///
/// # Errors
///
/// In words, where the bytes are no transaction of the runtime that the metadata are of. One that is in a block is.
pub(crate) fn calls_of<'a>(
	metadata: &Metadata,
	pallet: &str,
	transaction: &'a [u8],
) -> Result<Vec<&'a [u8]>, String> {
	let mut walk = Walk::over(metadata, pallet, transaction)?;
	walk.count()?;
	let before_the_call = walk.preamble(metadata)?;
	for part in before_the_call {
		walk.value(part)?;
	}
	walk.value(metadata.outer_enums().call_enum_ty())?;
	match walk.rest.len() {
		0 => Ok(walk.found),
		left_over => Err(format!("{left_over} bytes too many")),
	}
}

/// The call of a transaction that no account has signed, if it is one of a pallet: from its index in the pallet on,
/// to the transaction's end. Such a call stands for itself: it is in a block only if the chain authorised it, and
/// is within no other.
///
/// # Errors
///
/// As [`calls_of`].
pub(crate) fn authorised_call<'a>(
	metadata: &Metadata,
	pallet: &str,
	transaction: &'a [u8],
) -> Result<Option<&'a [u8]>, String> {
	let index = metadata.pallet_by_name(pallet).map(|pallet| pallet.call_index());
	let index = index.ok_or_else(|| format!("the runtime has no pallet {pallet}"))?;
	let mut walk = Walk::over(metadata, pallet, transaction)?;
	walk.count()?;
	if walk.rest.first() != Some(&GENERAL) {
		return Ok(None);
	}
	for part in walk.preamble(metadata)? {
		walk.value(part)?;
	}
	Ok((walk.byte()? == index).then_some(walk.rest))
}

/// What is to be read.
enum Todo {
	/// A value of this type.
	Value(u32),
	/// So many of them.
	Values(u32, u64),
}

/// A walk over a transaction.
struct Walk<'a, 'm> {
	types: &'m PortableRegistry,
	rest: &'a [u8],
	/// The type of the pallet's calls.
	wanted: u32,
	found: Vec<&'a [u8]>,
	/// Steps that are left.
	steps: usize,
	/// The next one last.
	todo: Vec<Todo>,
}

impl<'a, 'm> Walk<'a, 'm> {
	fn over(metadata: &'m Metadata, pallet: &str, transaction: &'a [u8]) -> Result<Self, String> {
		let wanted = metadata
			.pallet_by_name(pallet)
			.and_then(|pallet| pallet.call_ty_id())
			.ok_or_else(|| format!("the runtime has no calls of {pallet}"))?;
		let steps =
			transaction.len().saturating_mul(STEPS_FOR_A_BYTE).saturating_add(STEPS_AT_LEAST);
		let (types, rest) = (metadata.types(), transaction);
		Ok(Self { types, rest, wanted, found: Vec::new(), steps, todo: Vec::new() })
	}

	/// The types of what is before the call, after the transaction's first byte.
	fn preamble(&mut self, metadata: &Metadata) -> Result<Vec<u32>, String> {
		let extensions = |version| {
			let info = metadata.extrinsic_extension_info(version).map_err(|e| e.to_string())?;
			Ok::<_, String>(info.extension_ids.into_iter().map(|extension| extension.id))
		};
		match self.byte()? {
			bare if BARE.contains(&bare) => Ok(Vec::new()),
			SIGNED => {
				let signature = metadata.extrinsic_signature_info().map_err(|e| e.to_string())?;
				let signed = [signature.address_id, signature.signature_id];
				Ok(signed.into_iter().chain(extensions(None)?).collect())
			},
			GENERAL => {
				let version = self.byte()?;
				Ok(extensions(Some(version))?.collect())
			},
			other => Err(format!("a transaction that begins with {other:#04x}")),
		}
	}

	/// Goes over a value.
	fn value(&mut self, ty: u32) -> Result<(), String> {
		self.todo.push(Todo::Value(ty));
		while let Some(todo) = self.todo.pop() {
			self.steps = self.steps.checked_sub(1).ok_or("more values than bytes can say")?;
			match todo {
				Todo::Value(ty) => self.step(ty)?,
				Todo::Values(_, 0) => {},
				Todo::Values(ty, count) => match self.fixed_size(ty)? {
					Some(size) => self.skip(count.saturating_mul(size))?,
					None => self.todo.extend([Todo::Values(ty, count - 1), Todo::Value(ty)]),
				},
			}
		}
		Ok(())
	}

	fn step(&mut self, ty: u32) -> Result<(), String> {
		if ty == self.wanted {
			self.found.push(self.rest);
		}
		let types = self.types;
		match resolve(types, ty)? {
			TypeDef::Composite(composite) => self.fields(composite.fields.iter().map(|f| f.ty.id)),
			TypeDef::Tuple(tuple) => self.fields(tuple.fields.iter().map(|field| field.id)),
			TypeDef::Variant(variant) => {
				let index = self.byte()?;
				let variant = variant.variants.iter().find(|variant| variant.index == index);
				let variant = variant.ok_or_else(|| format!("type {ty} has no variant {index}"))?;
				self.fields(variant.fields.iter().map(|field| field.ty.id));
			},
			TypeDef::Sequence(sequence) => {
				let count = self.count()?.into();
				self.todo.push(Todo::Values(sequence.type_param.id, count));
			},
			TypeDef::Array(array) => {
				self.todo.push(Todo::Values(array.type_param.id, array.len.into()));
			},
			TypeDef::Primitive(primitive) => match size(primitive) {
				Some(size) => self.skip(size)?,
				None => {
					let length = self.count()?.into();
					self.skip(length)?;
				},
			},
			TypeDef::Compact(_) => self.compact()?,
			TypeDef::BitSequence(bits) => {
				let store = self.fixed_size(bits.bit_store_type.id)?;
				let store = store.ok_or("bits in a store of no size")?;
				let count = u64::from(self.count()?);
				self.skip(count.div_ceil(8 * store).saturating_mul(store))?;
			},
		}
		Ok(())
	}

	/// The first of them is read first.
	fn fields(&mut self, fields: impl DoubleEndedIterator<Item = u32>) {
		self.todo.extend(fields.rev().map(Todo::Value));
	}

	/// How many bytes each value of a type has, if it is a plain number.
	fn fixed_size(&self, ty: u32) -> Result<Option<u64>, String> {
		Ok(match resolve(self.types, ty)? {
			TypeDef::Primitive(primitive) => size(primitive),
			_ => None,
		})
	}

	/// A number before so many of something.
	fn count(&mut self) -> Result<u32, String> {
		let count = Compact::<u32>::decode(&mut self.rest).map_err(|error| error.to_string())?;
		Ok(count.0)
	}

	/// A number of any size in the compact form.
	fn compact(&mut self) -> Result<(), String> {
		let first = *self.rest.first().ok_or("the bytes end too early")?;
		self.skip(match first & 0b11 {
			0 => 1,
			1 => 2,
			2 => 4,
			_ => u64::from(first >> 2) + 4 + 1,
		})
	}

	fn byte(&mut self) -> Result<u8, String> {
		let (byte, rest) = self.rest.split_first().ok_or("the bytes end too early")?;
		self.rest = rest;
		Ok(*byte)
	}

	fn skip(&mut self, bytes: u64) -> Result<(), String> {
		let rest = usize::try_from(bytes).ok().and_then(|bytes| self.rest.get(bytes..));
		self.rest = rest.ok_or("the bytes end too early")?;
		Ok(())
	}
}

fn resolve(types: &PortableRegistry, ty: u32) -> Result<&TypeDef<PortableForm>, String> {
	types.resolve(ty).map(|ty| &ty.type_def).ok_or_else(|| format!("no type has the number {ty}"))
}

/// How many bytes a value has, where that is the same for all.
fn size(primitive: &TypeDefPrimitive) -> Option<u64> {
	use TypeDefPrimitive::*;
	match primitive {
		Bool | U8 | I8 => Some(1),
		U16 | I16 => Some(2),
		Char | U32 | I32 => Some(4),
		U64 | I64 => Some(8),
		U128 | I128 => Some(16),
		U256 | I256 => Some(32),
		Str => None,
	}
}
