//! Records of a file: each as its length (8 bytes, little-endian), the first bytes of its SHA-256, of which each kind of file has as many as it says, and the
//! bytes themselves in Postcard's format.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

const LENGTH: usize = 8;

/// The bytes of a record, with the first `SUM` bytes of its hash.
pub(super) fn framed<const SUM: usize>(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let bytes = postcard::to_stdvec(value).map_err(io::Error::other)?;
    let length = (bytes.len() as u64).to_le_bytes();
    Ok([&length, &Sha256::digest(&bytes)[..SUM], &bytes].concat())
}

/// The next record, with how many bytes of the file it is; absent if it is not whole, or none of this type.
pub(super) fn next<const SUM: usize, T: DeserializeOwned>(file: &mut impl Read) -> Option<(T, u64)> {
    let (mut length, mut sum) = ([0; LENGTH], [0; SUM]);
    file.read_exact(&mut length).ok()?;
    file.read_exact(&mut sum).ok()?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    // What says that it is longer than the file is not read into room that it asks for.
    file.take(length).read_to_end(&mut bytes).ok()?;
    let whole = bytes.len() as u64 == length && Sha256::digest(&bytes)[..SUM] == sum;
    let value = whole.then(|| postcard::from_bytes(&bytes).ok()).flatten()?;
    Some((value, (LENGTH + SUM) as u64 + length))
}
