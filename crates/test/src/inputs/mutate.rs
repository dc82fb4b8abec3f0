//! Bytes that are nearly right: what a reader takes, changed in a few places.

use pontoon_emulator::random::Random;

/// What readers stumble over.
const SPICE: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "9223372036854775807",
    "18446744073709551616",
    "\"\"",
    "[]",
    "{}",
    "[",
    "{",
    "}",
    "]",
    "\"",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "é",
    "\n",
    "\r",
    "\t",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!binary ",
    "<<: ",
    "|\n",
    ">\n",
    "---\n",
    "...",
    "%",
    "@",
    "`",
    "${",
    "<![CDATA[",
    "&lt;",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "</",
    "/>",
    "<a>",
    "../",
    "\"$unknown\":",
    "\"$concat\":",
    "10.0.0.0/0",
    "::/0",
    "99999999999999999999Gi",
    "-5d",
];

/// A change of one of these, drawn from a number.
pub fn mutated(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut random = Random(number ^ 0x6675_7a7a);
    let mut below = |bound: usize| usize::try_from(random.below(bound.max(1) as u64)).unwrap_or(0);
    let Some(seed) = seeds.get(below(seeds.len())) else { return Vec::new() };
    let mut bytes = seed.clone();
    for _ in 0..=below(5) {
        let at = below(bytes.len() + 1);
        let piece = |bytes: &[u8], from: usize, length: usize| {
            bytes.get(from..(from + length).min(bytes.len())).unwrap_or_default().to_vec()
        };
        match below(9) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(below(256)).unwrap_or(0),
            1 if at < bytes.len() => bytes[at] ^= 1 << below(8),
            2 => {
                let end = (at + below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => bytes.truncate(at),
            4 => {
                let (length, to) = (below(200), below(bytes.len() + 1));
                let copied = piece(&bytes, at, length);
                bytes.splice(to..to, copied);
            }
            5 => {
                let other = &seeds[below(seeds.len())];
                let (from, length) = (below(other.len() + 1), below(400));
                bytes.splice(at..at, piece(other, from, length));
            }
            6 => {
                // One word or number in the place of another.
                let word = |b: &u8| b.is_ascii_alphanumeric() || b"-+._\"".contains(b);
                let begin = bytes[..at].iter().rposition(|b| !word(b)).map_or(0, |i| i + 1);
                let end = bytes[at..].iter().position(|b| !word(b)).map_or(bytes.len(), |i| at + i);
                bytes.splice(begin..end, SPICE[below(SPICE.len())].bytes());
            }
            7 => {
                let many = 1 << below(10);
                let copied = piece(&bytes, at, 1 + below(8)).repeat(many);
                bytes.splice(at..at, copied);
            }
            _ => {
                bytes.splice(at..at, SPICE[below(SPICE.len())].bytes());
            }
        }
    }
    bytes
}
