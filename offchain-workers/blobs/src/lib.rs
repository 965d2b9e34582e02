//! A folder of blobs addressed by their digest, shared by any number of processes.
//!
//! A blob with digest `ab12..` is the file `ab/ab12..` below the folder. It gets there by one
//! rename of a complete, flushed file, so that no reader ever sees half of it, and two writers of
//! the same blob cannot disturb each other. Nothing in the folder is trusted: the digest is
//! computed again on every read, and the size is bounded by the reader.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod digest;
mod folder;

pub use digest::{Digest, InvalidDigest};
pub use folder::{BlobError, FolderStore};
