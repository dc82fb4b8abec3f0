//! Keys and certificates as cert-manager and other operators issue them: real X.509 over P-256.
//!
//! Whatever algorithm a Certificate asks for, the key is ECDSA P-256: RSA keys take long to find, and nobody here
//! looks at the difference. Signatures are deterministic (RFC 6979), keys come from the world's generator.

mod der;
mod read;
mod request;

pub(crate) use read::{subject_of, validity};
pub(crate) use request::{read_request, request};

use crate::clock::Moment;
use crate::cluster::Objects;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use der::{bits, context, explicit, integer, octets, oid, printable, sequence, set, time, utf8};
use p256::SecretKey;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use p256::elliptic_curve::sec1::ToEncodedPoint;

/// 1.2.840.10045.2.1, 1.2.840.10045.3.1.7: a public key on P-256.
const PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// 1.2.840.10045.4.3.2: ECDSA with SHA-256.
const ECDSA_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
/// 2.5.4.3: common name; 2.5.4.10: organization.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0A];
/// 2.5.29.17, 19, 15: alternative names, basic constraints, key usage.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1D, 0x11];
const CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const USAGE: &[u8] = &[0x55, 0x1D, 0x0F];

/// A private key.
pub(crate) struct Key(SecretKey);

/// What a certificate is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Common name; may be empty.
    pub common_name: String,
    /// Organization; may be empty.
    pub organization: String,
    /// DNS names.
    pub names: Vec<String>,
    /// IPv4 addresses.
    pub addresses: Vec<std::net::Ipv4Addr>,
}

/// From when to when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Validity {
    /// First moment.
    pub from: Moment,
    /// Last moment.
    pub to: Moment,
}

/// A new key.
pub(crate) fn key(objects: &mut Objects) -> Key {
    draw(|| objects.cx().below(256))
}

/// A key of 32 bytes that `byte` draws one by one, each below 256.
pub(crate) fn draw(mut byte: impl FnMut() -> u64) -> Key {
    loop {
        let bytes = [(); 32].map(|()| u8::try_from(byte()).unwrap_or(0));
        // One in 2^32 drafts is no key.
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return Key(key);
        }
    }
}

impl Key {
    /// The key as `EC PRIVATE KEY`.
    pub fn pem(&self) -> String {
        let body =
            sequence(&[integer(&[1]), octets(&self.0.to_bytes()), explicit(0, &oid(P256)), explicit(1, &bits(&self.point()))]);
        pem("EC PRIVATE KEY", &body)
    }

    /// Reads a key that [`Self::pem`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        let der = body(text, "EC PRIVATE KEY")?;
        // SEQUENCE, INTEGER 1, OCTET STRING of 32 bytes.
        let start = der.windows(5).position(|w| w == [2, 1, 1, 4, 32])? + 5;
        SecretKey::from_slice(der.get(start..start + 32)?).ok().map(Self)
    }

    fn point(&self) -> Vec<u8> {
        self.0.public_key().to_encoded_point(false).as_bytes().to_vec()
    }

    /// `SubjectPublicKeyInfo`.
    pub(crate) fn public(&self) -> Vec<u8> {
        sequence(&[sequence(&[oid(PUBLIC_KEY), oid(P256)]), bits(&self.point())])
    }

    /// A body with its signature.
    pub(super) fn signed(&self, body: Vec<u8>) -> Vec<u8> {
        let signature: Signature = SigningKey::from(&self.0).sign(&body);
        sequence(&[body, sequence(&[oid(ECDSA_SHA256)]), bits(signature.to_der().as_bytes())])
    }
}

/// A certificate about `public` (`SubjectPublicKeyInfo`), signed by `signer` in the name of `issuer`, as PEM.
pub(crate) fn certificate(
    serial: &[u8],
    subject: &Subject,
    public: &[u8],
    authority: bool,
    validity: Validity,
    (issuer, signer): (&Subject, &Key),
) -> String {
    let mut extensions = vec![
        extension(USAGE, true, &der::tlv(3, if authority { &[2, 0x84] } else { &[5, 0xA0] })),
        extension(CONSTRAINTS, true, &if authority { sequence(&[vec![1, 1, 0xFF]]) } else { sequence(&[]) }),
    ];
    extensions.extend(alternative_names(subject));
    let body = sequence(&[
        explicit(0, &integer(&[2])),
        integer(serial),
        sequence(&[oid(ECDSA_SHA256)]),
        name(issuer),
        sequence(&[time(validity.from), time(validity.to)]),
        name(subject),
        public.to_vec(),
        explicit(3, &sequence(&extensions)),
    ]);
    pem("CERTIFICATE", &signer.signed(body))
}

/// A serial number of 18 bytes.
pub(crate) fn serial(objects: &mut Objects) -> Vec<u8> {
    let mut bytes = vec![3];
    for _ in 0..17 {
        bytes.push(u8::try_from(objects.cx().below(256)).unwrap_or(0));
    }
    bytes
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![oid(id)];
    if critical {
        parts.push(vec![1, 1, 0xFF]);
    }
    parts.push(octets(value));
    sequence(&parts)
}

pub(super) fn alternative_names(subject: &Subject) -> Option<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = subject.names.iter().map(|n| context(2, n.as_bytes())).collect();
    all.extend(subject.addresses.iter().map(|a| context(7, &a.octets())));
    (!all.is_empty()).then(|| extension(ALTERNATIVE_NAMES, false, &sequence(&all)))
}

pub(super) fn name(subject: &Subject) -> Vec<u8> {
    let mut parts = Vec::new();
    if !subject.organization.is_empty() {
        parts.push(set(&[sequence(&[oid(ORGANIZATION), printable(&subject.organization)])]));
    }
    if !subject.common_name.is_empty() {
        parts.push(set(&[sequence(&[oid(COMMON_NAME), utf8(&subject.common_name)])]));
    }
    sequence(&parts)
}

/// Bytes as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines.push_str(&format!("-----END {label}-----\n"));
    lines
}

/// The bytes of the first block with that label.
pub(super) fn body(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
