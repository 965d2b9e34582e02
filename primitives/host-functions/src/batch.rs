//! Batches on their way from the runtime to the host and their verdicts on the way back.

use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use quittance_groth16::{
	result_code, result_from_code, BatchError, BatchItem, KeyError, PreparedKey, VerifyError,
};

/// What a batch says of its items, in their order.
pub type Verdicts = Vec<Result<(), VerifyError>>;

/// Bytes of a verdict: its [`result_code`], little-endian.
#[cfg_attr(feature = "portable", allow(dead_code))]
pub(crate) const VERDICT_BYTES: usize = 4;

/// The keys, and of each item its key's place, its proof and its inputs.
type Request<Bytes> = (Vec<Bytes>, Vec<(u8, Bytes, Bytes)>);

#[cfg_attr(feature = "portable", allow(dead_code))]
pub(crate) fn request<K: AsRef<[u8]>>(keys: &[K], items: &[BatchItem<'_>]) -> Vec<u8> {
	// A place that needs more than a byte is none of a key, and stays none.
	let place = |place| u8::try_from(place).unwrap_or(u8::MAX);
	let items = items.iter().map(|item| (place(item.key), item.proof, item.inputs)).collect();
	let request: Request<&[u8]> = (keys.iter().map(AsRef::as_ref).collect(), items);
	request.encode()
}

/// Answers a request: 0 and the verdicts' codes, or the code of the [`BatchError`] and zeros. `keys`
/// prepares a key.
pub(crate) fn answer<K: core::borrow::Borrow<PreparedKey>>(
	request: &[u8],
	verdicts: &mut [u8],
	prepare: impl Fn(&[u8]) -> Result<K, KeyError>,
) -> u32 {
	let Ok((keys, items)) = Request::<Vec<u8>>::decode_all(&mut &*request) else {
		return BatchError::Unrecognised.code();
	};
	let items: Vec<_> = items
		.iter()
		.map(|(key, proof, inputs)| BatchItem { key: usize::from(*key), proof, inputs })
		.collect();
	match quittance_groth16::verify_batch_with(&keys, &items, prepare) {
		Ok(results) => {
			let (codes, _) = verdicts.as_chunks_mut::<VERDICT_BYTES>();
			for (code, result) in codes.iter_mut().zip(results) {
				*code = result_code(result).to_le_bytes();
			}
			0
		},
		Err(error) => error.code(),
	}
}

/// What the host's answer says.
#[cfg_attr(feature = "portable", allow(dead_code))]
pub(crate) fn read(code: u32, verdicts: &[u8]) -> Result<Verdicts, BatchError> {
	if code != 0 {
		return Err(BatchError::from_code(code).unwrap_or(BatchError::Unrecognised));
	}
	let (codes, _) = verdicts.as_chunks::<VERDICT_BYTES>();
	Ok(codes.iter().map(|code| result_from_code(u32::from_le_bytes(*code))).collect())
}
