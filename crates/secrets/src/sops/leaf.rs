//! One value: its bytes, its type, and how it is sealed.

use crate::Draw;
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{Aead, Payload, consts::U32},
    aes::Aes256,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Number, Value};
use zeroize::Zeroizing;

type Cipher = AesGcm<Aes256, U32>;
/// The length of the tag that GCM puts at the end, in bytes.
const TAG: usize = 16;
const HEAD: &str = "ENC[AES256_GCM,";

/// The types that SOPS writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
}

impl Kind {
    const ALL: [(Kind, &'static str); 4] =
        [(Kind::Text, "str"), (Kind::Integer, "int"), (Kind::Float, "float"), (Kind::Boolean, "bool")];

    fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(k, _)| *k == self).map_or("str", |(_, n)| n)
    }
    /// How a sealed value of this type ends.
    pub(super) fn ending(self) -> String {
        format!(",type:{}]", self.name())
    }
}

/// A value as SOPS sees it.
pub(super) struct Leaf {
    /// Its bytes, as they are encrypted and counted in the MAC.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its type.
    pub kind: Kind,
}

impl Leaf {
    pub(super) fn text(text: &str) -> Leaf {
        Leaf { bytes: Zeroizing::new(text.as_bytes().to_vec()), kind: Kind::Text }
    }
    /// None for a number that SOPS cannot hold.
    pub(super) fn of(value: &Value) -> Option<Leaf> {
        let (text, kind) = match value {
            Value::String(s) => return Some(Leaf::text(s)),
            Value::Bool(true) => ("True".to_owned(), Kind::Boolean),
            Value::Bool(false) => ("False".to_owned(), Kind::Boolean),
            Value::Number(n) => match n.as_i64() {
                Some(n) => (n.to_string(), Kind::Integer),
                None if n.is_u64() => return None,
                // Shortest digits without an exponent, as Go's 'f' with -1 writes them.
                None => (n.as_f64()?.to_string(), Kind::Float),
            },
            _ => return None,
        };
        Some(Leaf { bytes: Zeroizing::new(text.into_bytes()), kind })
    }
    /// None for bytes that its type does not have.
    pub(super) fn value(&self) -> Option<Value> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        match self.kind {
            Kind::Text => Some(Value::String(text.to_owned())),
            Kind::Integer => text.parse::<i64>().ok().map(Value::from),
            Kind::Float => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
            Kind::Boolean => match text {
                "True" | "true" => Some(true.into()),
                "False" | "false" => Some(false.into()),
                _ => None,
            },
        }
    }
}

/// Whether a text looks like a sealed value.
pub(super) fn is_sealed(text: &str) -> bool {
    text.starts_with(HEAD) && text.ends_with(']')
}

/// The key that all values of a file are sealed with.
pub(super) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub(super) fn draw(draw: &mut Draw) -> DataKey {
        DataKey(Zeroizing::new(draw.bytes()))
    }
    pub(super) fn read(bytes: &[u8]) -> Option<DataKey> {
        bytes.try_into().ok().map(|b| DataKey(Zeroizing::new(b)))
    }
    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }
    fn cipher(&self) -> Cipher {
        Cipher::new((&*self.0).into())
    }

    /// Seals a value for its place. An empty text stays empty, as SOPS has it.
    pub(super) fn seal(&self, leaf: &Leaf, path: &str, draw: &mut Draw) -> String {
        let nonce: [u8; 32] = draw.bytes();
        let payload = Payload { msg: &leaf.bytes, aad: path.as_bytes() };
        // It fails only for more than 64 GiB, which no text in memory here is; nothing is written in plain then either.
        let mut sealed = self.cipher().encrypt((&nonce).into(), payload).unwrap_or_default();
        if leaf.bytes.is_empty() && leaf.kind == Kind::Text || sealed.len() < TAG {
            return String::new();
        }
        let tag = sealed.split_off(sealed.len() - TAG);
        let (data, iv, tag) = (STANDARD.encode(sealed), STANDARD.encode(nonce), STANDARD.encode(tag));
        format!("{HEAD}data:{data},iv:{iv},tag:{tag}{}", leaf.kind.ending())
    }

    /// Opens a value at its place; none where it was sealed with another key, for another place, or was changed.
    pub(super) fn open(&self, text: &str, path: &str) -> Option<Leaf> {
        let fields = text.strip_prefix(HEAD)?.strip_suffix(']')?;
        let field = |name: &str| fields.split(',').find_map(|f| f.strip_prefix(name));
        let bytes = |name: &str| STANDARD.decode(field(name)?).ok();
        let (mut sealed, nonce, name) = (bytes("data:")?, bytes("iv:")?, field("type:")?);
        sealed.extend(bytes("tag:")?);
        let nonce: [u8; 32] = nonce.try_into().ok()?;
        let payload = Payload { msg: &sealed, aad: path.as_bytes() };
        let bytes = Zeroizing::new(self.cipher().decrypt((&nonce).into(), payload).ok()?);
        Kind::ALL.iter().find(|(_, n)| *n == name).map(|(kind, _)| Leaf { bytes, kind: *kind })
    }
}
