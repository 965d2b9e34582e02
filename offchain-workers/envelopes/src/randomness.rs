//! Where keys come from.

use getrandom::SysRng;
use hpke::rand_core::{CryptoRng, UnwrapErr};

/// The operating system's randomness, for [`crate::seal`], [`crate::rewrap`] and
/// [`crate::SecretKey::generate`].
///
/// # Panics
///
/// When bytes are drawn and the operating system has none to give: no key may be made then.
pub fn system_randomness() -> impl CryptoRng {
	UnwrapErr(SysRng)
}
