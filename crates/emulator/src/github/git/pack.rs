//! Packs as they are sent: every object whole, none as a difference.

use super::store::Git;
use crate::Cx;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest, Sha1};
use std::collections::BTreeSet;
use std::io::Write;

/// A pack of `ids`.
pub(crate) fn write(cx: &Cx, git: &Git, ids: &BTreeSet<String>) -> Vec<u8> {
    let objects: Vec<_> = ids.iter().filter_map(|id| git.get(cx, id)).collect();
    let mut pack = b"PACK".to_vec();
    pack.extend(2u32.to_be_bytes());
    pack.extend(u32::try_from(objects.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (kind, data) in objects {
        let mut size = data.len();
        let mut byte = kind.number() << 4 | low(size, 0x0f);
        size >>= 4;
        while size > 0 {
            pack.push(byte | 0x80);
            byte = low(size, 0x7f);
            size >>= 7;
        }
        pack.push(byte);
        pack.extend(deflate(&data));
    }
    let sum = Sha1::digest(&pack);
    pack.extend(sum);
    pack
}

fn low(number: usize, mask: usize) -> u8 {
    u8::try_from(number & mask).unwrap_or(0)
}

/// A zlib stream of `data`.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
