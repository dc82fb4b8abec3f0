//! Texts that must not be found, in every form in which a program might have written them.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use std::collections::{BTreeMap, BTreeSet};

/// So many bytes of a needle are looked up before it is compared; shorter ones are not looked for.
const LEAD: usize = 8;

/// Needles, by how they begin.
#[derive(Default)]
pub struct Needles {
    by_lead: BTreeMap<[u8; LEAD], Vec<Needle>>,
    /// Whether any needle begins with these two bytes: most places are passed by this alone.
    begins: Vec<bool>,
}

struct Needle {
    bytes: Vec<u8>,
    what: String,
}

impl Needles {
    /// Every form of every secret, with what it is called in a failure.
    pub fn of<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Needles {
        let mut all = Needles { by_lead: BTreeMap::new(), begins: vec![false; 1 << 16] };
        for (secret, name) in secrets {
            for part in parts(secret) {
                for (form, bytes) in forms(part) {
                    all.put(bytes, format!("{name}, {form}"));
                }
            }
        }
        all
    }

    fn put(&mut self, bytes: Vec<u8>, what: String) {
        let Some(lead) = bytes.first_chunk::<LEAD>().copied() else { return };
        self.begins[usize::from(u16::from_be_bytes([lead[0], lead[1]]))] = true;
        let same = self.by_lead.entry(lead).or_default();
        if same.iter().all(|n| n.bytes != bytes) {
            same.push(Needle { bytes, what });
        }
    }

    /// What is found in these bytes.
    pub fn found(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (at, lead) in bytes.windows(LEAD).enumerate() {
            if !self.begins[usize::from(u16::from_be_bytes([lead[0], lead[1]]))] {
                continue;
            }
            for needle in lead.first_chunk::<LEAD>().and_then(|l| self.by_lead.get(l)).into_iter().flatten() {
                if bytes[at..].starts_with(&needle.bytes) {
                    found.insert(needle.what.as_str());
                }
            }
        }
        found
    }
}

/// What of a secret would be enough to have it: of a key in PEM each line of its body, otherwise the whole.
fn parts(secret: &str) -> Vec<&str> {
    if secret.contains("PRIVATE KEY-----") {
        // The first line of every OpenSSH key says the same.
        let lines = secret.lines().filter(|l| l.len() >= 32 && !l.starts_with("-----") && !l.starts_with("b3BlbnNzaC1rZXkt"));
        return lines.collect();
    }
    vec![secret]
}

fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex = |digits: fn(&u8) -> String| bytes.iter().map(digits).collect::<String>().into_bytes();
    let percent = |kept: &[u8]| {
        let one =
            |b: &u8| if b.is_ascii_alphanumeric() || kept.contains(b) { char::from(*b).to_string() } else { format!("%{b:02X}") };
        bytes.iter().map(one).collect::<String>().into_bytes()
    };
    let quoted = serde_json::to_string(secret).expect("a text is JSON");
    let mut all = vec![
        ("as it is", bytes.to_vec()),
        ("quoted", quoted.trim_matches('"').as_bytes().to_vec()),
        ("in hexadecimal", hex(|b| format!("{b:02x}"))),
        ("in hexadecimal", hex(|b| format!("{b:02X}"))),
        ("percent-encoded", percent(b"")),
        ("percent-encoded", percent(b"-_.~")),
    ];
    // Inside of a longer text, base64 reads the same only from one of three places on.
    for before in 0..3 {
        let mut shifted = vec![0; before];
        shifted.extend(bytes);
        let whole = shifted.len() % 3 == 0;
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            let end = text.len() - usize::from(!whole);
            all.push(("in base64", text.as_bytes()[(before * 4).div_ceil(3)..end].to_vec()));
        }
    }
    all
}

#[test]
fn a_text_is_found_in_every_form_and_within_others() {
    let secret = "p4ss/w0rd+with sp%ce";
    let needles = Needles::of([(secret, "it")]);
    let within = |lead: &str| STANDARD_NO_PAD.encode(format!("{lead}{secret} and more"));
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    for text in [secret.to_owned(), within(""), within("a"), within("ab"), hex, "p4ss%2Fw0rd%2Bwith%20sp%25ce".to_owned()] {
        assert!(!needles.found(format!("before {text} after").as_bytes()).is_empty(), "{text}");
    }
    assert!(needles.found(b"p4ss/w0rd+with sp%c").is_empty());
}
