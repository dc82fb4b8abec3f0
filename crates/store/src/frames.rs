//! Frames: how a journal lies on the disk.
//!
//! ```text
//! frame = length u32le (top bit: first of its batch) · crc32 u32le, of the length and the text · text
//! ```
//!
//! Frames that are made durable together are one batch, and a batch is written only after the one
//! before it is durable. So a loss of power can spoil the last batch alone, in whatever way (cut
//! short, or with holes): that is a *torn tail*, nothing in it was ever acknowledged, and it is
//! ignored. If a frame is spoilt and a later batch is there, something else happened: *damage*,
//! which is reported and never skipped.
//!
//! Known hole: damage within the last batch cannot be told from a torn tail.

/// Bytes before a frame's text.
pub(crate) const HEAD: usize = 8;
const FIRST: u32 = 1 << 31;

/// Appends one frame to a batch.
///
/// # Errors
/// Where the text is longer than a frame can say (2 GiB).
pub(crate) fn encode(batch: &mut Vec<u8>, text: &[u8]) -> Result<(), std::num::TryFromIntError> {
    let len = i32::try_from(text.len())?.unsigned_abs();
    let word = if batch.is_empty() { len | FIRST } else { len }.to_le_bytes();
    batch.extend_from_slice(&word);
    batch.extend_from_slice(&crc(&word, text).to_le_bytes());
    batch.extend_from_slice(text);
    Ok(())
}

fn crc(word: &[u8; 4], text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(word);
    hasher.update(text);
    hasher.finalize()
}

/// What a journal's bytes hold.
#[derive(Debug, Default)]
pub(crate) struct Decoded<'a> {
    /// The frames' texts and where each begins.
    pub texts: Vec<(usize, &'a [u8])>,
    /// How many bytes are good; what follows is a torn tail.
    pub good: usize,
}

/// A spoilt frame that is not the journal's end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spoilt {
    /// How many good frames stand before it.
    pub frame: usize,
    /// Where it begins.
    pub offset: usize,
}

/// The frame at an offset: whether it is the first of a batch, its text, and where the next begins.
fn one(bytes: &[u8], offset: usize) -> Option<(bool, &[u8], usize)> {
    let rest = bytes.get(offset..)?;
    let (word, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_le_bytes(*word) & !FIRST).ok()?;
    let text = rest.get(..len).filter(|t| !t.is_empty())?;
    let first = u32::from_le_bytes(*word) & FIRST != 0;
    (crc(word, text) == u32::from_le_bytes(*sum)).then_some((first, text, offset + HEAD + len))
}

/// Reads a journal's bytes.
///
/// # Errors
/// Where a frame is spoilt and a later batch is there.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Spoilt> {
    let mut decoded = Decoded::default();
    while let Some((_, text, next)) = one(bytes, decoded.good) {
        decoded.texts.push((decoded.good, text));
        decoded.good = next;
    }
    let later_batch = |p: usize| matches!(one(bytes, p), Some((true, ..)));
    if (decoded.good + 1..bytes.len()).any(later_batch) {
        return Err(Spoilt { frame: decoded.texts.len(), offset: decoded.good });
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three batches of 1, 3 and 2 frames, and where the frames begin.
    fn journal() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        for batch in [&["head"][..], &["one", "two, which is longer", "3"], &["four", "five"]] {
            let mut out = Vec::new();
            for text in batch {
                starts.push(bytes.len() + out.len());
                encode(&mut out, text.as_bytes()).unwrap();
            }
            bytes.extend(out);
        }
        (bytes, starts)
    }

    #[test]
    fn every_prefix_is_whole_frames_and_a_torn_tail() {
        let (bytes, starts) = journal();
        for n in 0..=bytes.len() {
            let decoded = decode(&bytes[..n]).unwrap();
            let whole = starts.iter().skip(1).chain([&bytes.len()]).filter(|end| **end <= n).count();
            assert_eq!(decoded.texts.len(), whole, "{n} bytes");
            assert_eq!(decoded.good, starts.get(whole).copied().unwrap_or(bytes.len()).min(bytes.len()), "{n} bytes");
        }
    }

    #[test]
    fn a_changed_byte_is_damage_before_the_last_batch_and_a_torn_tail_in_it() {
        let (bytes, starts) = journal();
        for n in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[n] ^= 1 << bit;
                let frame = starts.iter().rposition(|s| *s <= n).unwrap();
                match decode(&changed) {
                    Err(spoilt) => {
                        assert_eq!(spoilt, Spoilt { frame, offset: starts[frame] });
                        assert!(frame < 4, "byte {n} bit {bit}");
                    }
                    Ok(decoded) => {
                        assert_eq!(decoded.texts.len(), frame, "byte {n} bit {bit}");
                        assert!(frame >= 4, "byte {n} bit {bit} of frame {frame} was skipped");
                    }
                }
            }
        }
    }

    #[test]
    fn a_hole_in_the_last_batch_is_a_torn_tail() {
        let (mut bytes, starts) = journal();
        bytes[starts[4]..starts[5]].fill(0);
        assert_eq!(decode(&bytes).unwrap().texts.len(), 4);
    }
}
