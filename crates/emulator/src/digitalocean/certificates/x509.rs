//! What a certificate says: until when, for which names, its SHA-1 fingerprint. Just enough of DER to read that.

use crate::clock::Moment;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A leaf certificate.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaf {
    /// End of its validity.
    pub not_after: Moment,
    /// DNS names of its subject alternative names.
    pub names: Vec<String>,
    /// SHA-1 of its DER, in hexadecimal.
    pub fingerprint: String,
}

const INTEGER_VERSION: u8 = 0xA0;
const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const TIME: u8 = 0x18;
const EXTENSIONS: u8 = 0xA3;
/// `dNSName` of `GeneralName`.
const DNS_NAME: u8 = 0x82;
/// 2.5.29.17, subject alternative name.
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x11];

/// Reads the first certificate of a PEM text; `None` when there is none that can be read.
#[must_use]
pub fn read(pem: &str) -> Option<Leaf> {
    let der = decode(pem)?;
    let (_, certificate, _) = element(&der)?;
    let (tag, mut body, _) = element(certificate)?;
    if tag != SEQUENCE {
        return None;
    }
    let mut fields = Vec::new();
    while !body.is_empty() {
        let (tag, content, rest) = element(body)?;
        fields.push((tag, content));
        body = rest;
    }
    if fields.first()?.0 == INTEGER_VERSION {
        fields.remove(0);
    }
    // Serial number, algorithm, issuer, validity, subject, key; then what is optional.
    let (_, _, after_begin) = element(fields.get(3)?.1)?;
    let (tag, end, _) = element(after_begin)?;
    let names = fields.iter().find(|(tag, _)| *tag == EXTENSIONS).map(|(_, all)| names(all)).unwrap_or_default();
    Some(Leaf { not_after: time(tag, end)?, names, fingerprint: sha1(&der) })
}

fn decode(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

/// Tag and content of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7F))?;
        if digits.len() > 4 {
            return None;
        }
        length = digits.iter().fold(0, |n, b| (n << 8) | usize::from(*b));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn names(extensions: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Some((_, mut all, _)) = element(extensions) else {
        return found;
    };
    while let Some((_, extension, rest)) = element(all) {
        all = rest;
        let Some((OID, ALTERNATIVE_NAME, mut value)) = element(extension) else {
            continue;
        };
        // The flag `critical` may stand between the two.
        while let Some((tag, content, rest)) = element(value) {
            value = rest;
            if let (OCTETS, Some((_, mut list, _))) = (tag, element(content)) {
                while let Some((tag, name, rest)) = element(list) {
                    list = rest;
                    if tag == DNS_NAME {
                        found.push(String::from_utf8_lossy(name).into_owned());
                    }
                }
            }
        }
    }
    found
}

/// `YYMMDDHHMMSSZ`, or the same with four digits of the year.
fn time(tag: u8, text: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        // RFC 5280: years up to 49 are of this century.
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        TIME => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to);
    Moment::parse(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    ))
}

/// SHA-1 (FIPS 180-4), which nothing else here needs.
fn sha1(bytes: &[u8]) -> String {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    let mut hash: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> = block.chunks_exact(4).map(|w| w.iter().fold(0, |n, b| (n << 8) | u32::from(*b))).collect();
        for i in 16..80 {
            words.push((words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = hash;
        for (i, word) in words.iter().enumerate() {
            let (f, k) = match i {
                0..20 => ((b & c) | (!b & d), 0x5A82_7999),
                20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
                40..60 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, part) in hash.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    hash.iter().map(|word| format!("{word:08x}")).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Self-signed, for `example.com` and `*.example.com`, valid until 2036-10-29.
    pub const PEM: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBqDCCAU6gAwIBAgIUdVpj0aMM61YexZAIJzjurNmUEEIwCgYIKoZIzj0EAwIw\n\
FjEUMBIGA1UEAwwLZXhhbXBsZS5jb20wHhcNMjYxMTIxMDgxMjEzWhcNMzYxMDI5\n\
MDgxMjEzWjAWMRQwEgYDVQQDDAtleGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqG\n\
SM49AwEHA0IABPUhF0oQGs0UBATGV4PDZ1yfvcpx+yf4CTh1JlDEaPdh9Go206SQ\n\
UBPO0GIO/Nab9a2A35ygkolh5bp5UZskTVujejB4MB0GA1UdDgQWBBQOG2rL9x2Z\n\
gAbE3kKSiqDdKqLWVzAfBgNVHSMEGDAWgBQOG2rL9x2ZgAbE3kKSiqDdKqLWVzAP\n\
BgNVHRMBAf8EBTADAQH/MCUGA1UdEQQeMByCC2V4YW1wbGUuY29tgg0qLmV4YW1w\n\
bGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIG37a+3r6Cp2jwe/TjH7Apw2NGMjWh0Z\n\
r0t+ApUB5hFgAiEA3gAe689LNt6GU5CWoziCMso+SGIf5gsDkG2dN1VOKKA=\n\
-----END CERTIFICATE-----\n\n";

    #[test]
    fn a_certificate_says_its_end_and_names() {
        let leaf = read(PEM).unwrap();
        assert_eq!(leaf.not_after.rfc3339(), "2036-10-29T08:12:13Z");
        assert_eq!(leaf.names, ["example.com", "*.example.com"]);
        assert_eq!(leaf.fingerprint, "0e21fb3faa5520ee21e926ae3f2ba9ba01e10b4a");
    }

    #[test]
    fn what_is_no_certificate_is_not_read() {
        let torn = PEM.replace("MII", "MIJ");
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", &torn, "-----BEGIN CERTIFICATE-----"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
