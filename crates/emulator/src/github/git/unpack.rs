//! Packs as they arrive with a push: whole objects, and differences against others.

use super::object::{Kind, hex, id_of};
use super::store::Git;
use crate::Cx;
use flate2::{Decompress, FlushDecompress, Status};
use std::collections::BTreeMap;

/// No object of a push is larger. Source: GitHub documentation, large files: 100 MiB.
const LARGEST: usize = 100 << 20;

/// Puts every object of a pack into the repository.
///
/// # Errors
/// What is wrong with the pack, in a word or two.
pub(crate) fn unpack(cx: &mut Cx, git: &Git, pack: &[u8]) -> Result<usize, String> {
    let bad = || "corrupt pack".to_owned();
    if pack.get(..4) != Some(b"PACK") || pack.len() < 32 {
        return Err(bad());
    }
    let count = u32::from_be_bytes(pack.get(8..12).and_then(|b| b.try_into().ok()).ok_or_else(bad)?);
    let mut at = 12;
    let mut by_offset: BTreeMap<usize, String> = BTreeMap::new();
    for _ in 0..count {
        let start = at;
        let (number, size, next) = header(pack, at).ok_or_else(bad)?;
        at = next;
        if size > LARGEST {
            return Err("object exceeds GitHub's file size limit of 100.00 MB".to_owned());
        }
        let base = match number {
            6 => {
                let (back, next) = offset(pack, at).ok_or_else(bad)?;
                at = next;
                Some(start.checked_sub(back).and_then(|o| by_offset.get(&o)).cloned().ok_or_else(bad)?)
            }
            7 => {
                let id = hex(pack.get(at..at + 20).ok_or_else(bad)?);
                at += 20;
                Some(id)
            }
            _ => None,
        };
        let (data, used) = inflate(pack.get(at..).unwrap_or_default(), size).ok_or_else(bad)?;
        at += used;
        let (kind, data) = match base {
            Some(base) => {
                let (kind, source) = git.get(cx, &base).ok_or_else(|| format!("unresolved delta against {base}"))?;
                (kind, patched(&source, &data).ok_or_else(bad)?)
            }
            None => (Kind::numbered(number).ok_or_else(bad)?, data),
        };
        by_offset.insert(start, id_of(kind, &data));
        git.put(cx, kind, &data);
    }
    Ok(by_offset.len())
}

/// Type and size of the object at `at`, and where its data begins.
fn header(pack: &[u8], mut at: usize) -> Option<(u8, usize, usize)> {
    let mut byte = *pack.get(at)?;
    let number = (byte >> 4) & 7;
    let mut size = usize::from(byte & 15);
    let mut shift = 4;
    while byte & 0x80 != 0 {
        at += 1;
        byte = *pack.get(at)?;
        size |= usize::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
    }
    Some((number, size, at + 1))
}

/// How far back the base of a difference lies.
fn offset(pack: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *pack.get(at)?;
    let mut back = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *pack.get(at)?;
        back = back.checked_add(1)?.checked_shl(7)? | usize::from(byte & 0x7f);
    }
    Some((back, at + 1))
}

/// `size` bytes out of a zlib stream, and how many bytes the stream has.
fn inflate(data: &[u8], size: usize) -> Option<(Vec<u8>, usize)> {
    let mut stream = Decompress::new(true);
    // One byte more than there is, so that the stream can come to its end.
    let mut out = Vec::with_capacity(size + 1);
    loop {
        let used = usize::try_from(stream.total_in()).ok()?;
        let before = (stream.total_in(), stream.total_out());
        match stream.decompress_vec(data.get(used..)?, &mut out, FlushDecompress::Finish).ok()? {
            Status::StreamEnd => break,
            _ if before == (stream.total_in(), stream.total_out()) => return None,
            _ => {}
        }
    }
    (out.len() == size).then_some((out, usize::try_from(stream.total_in()).ok()?))
}

/// A number of a difference's head: seven bits a byte, least first.
fn varint(delta: &[u8], at: &mut usize) -> Option<usize> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = *delta.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

/// What a difference makes of its base. Source: Git documentation, pack format, deltified representation.
fn patched(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    if varint(delta, &mut at)? != base.len() {
        return None;
    }
    let size = varint(delta, &mut at)?;
    let mut out = Vec::new();
    while at < delta.len() {
        let op = delta[at];
        at += 1;
        if op & 0x80 == 0 {
            out.extend(delta.get(at..at + usize::from(op))?);
            at += usize::from(op);
            continue;
        }
        let mut number = |bits: std::ops::Range<u32>| -> Option<usize> {
            let mut value = 0;
            for (shift, bit) in bits.enumerate() {
                if op & (1 << bit) != 0 {
                    value |= usize::from(*delta.get(at)?) << (8 * shift);
                    at += 1;
                }
            }
            Some(value)
        };
        let from = number(0..4)?;
        let length = match number(4..7)? {
            0 => 0x10000,
            length => length,
        };
        out.extend(base.get(from..from.checked_add(length)?)?);
        if out.len() > LARGEST {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_copies_and_inserts() {
        // Base of 11 bytes, result of 8: copy 5 from 6, insert "abc".
        let delta = [11, 8, 0x80 | 0x01 | 0x10, 6, 5, 3, b'a', b'b', b'c'];
        assert_eq!(patched(b"hello world", &delta), Some(b"worldabc".to_vec()));
        assert_eq!(patched(b"hello", &delta), None);
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let whole = super::super::pack::deflate(b"hello");
        assert_eq!(inflate(&whole, 5), Some((b"hello".to_vec(), whole.len())));
        assert_eq!(inflate(&whole[..4], 5), None);
        assert_eq!(inflate(&whole, 4), None);
    }
}
