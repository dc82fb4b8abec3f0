//! A value that was sealed here as SOPS seals it opens, and one that was touched does not.

use super::{Sealed, decrypt};
use aes_gcm::KeyInit;
use aes_gcm::aead::{Aead, Payload};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::io::Write;

const KEY: [u8; 32] = [7; 32];

fn seal(text: &str, path: &str, kind: &str) -> String {
    let nonce = [9_u8; 32];
    let mut out = Sealed::new((&KEY).into())
        .encrypt((&nonce).into(), Payload { msg: text.as_bytes(), aad: path.as_bytes() })
        .expect("sealed");
    let tag = out.split_off(out.len() - 16);
    format!(
        "ENC[AES256_GCM,data:{},iv:{},tag:{},type:{kind}]",
        STANDARD.encode(out),
        STANDARD.encode(nonce),
        STANDARD.encode(tag)
    )
}

fn sealed(identity: &age::x25519::Identity) -> Value {
    let recipient = identity.to_public();
    let mut armored = Vec::new();
    let to = std::iter::once(&recipient as &dyn age::Recipient);
    let armor = age::armor::ArmoredWriter::wrap_output(&mut armored, age::armor::Format::AsciiArmor).expect("armor");
    let mut writer = age::Encryptor::with_recipients(to).expect("one").wrap_output(armor).expect("age");
    writer.write_all(&KEY).expect("written");
    writer.finish().and_then(age::armor::ArmoredWriter::finish).expect("finished");
    let stamp = "2026-11-02T09:00:00Z";
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "x" },
        "stringData": { "password": seal("s3crets", "stringData:password:", "str"), "port": seal("8080", "stringData:port:", "int"), "on": seal("True", "stringData:on:", "bool") },
        "sops": { "age": [{ "recipient": recipient.to_string(), "enc": String::from_utf8(armored).expect("text") }], "lastmodified": stamp, "version": "3.13.3" },
    })
}

#[test]
fn the_right_key_opens_and_a_value_that_was_moved_is_noticed() {
    let (right, wrong) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let object = sealed(&right);
    let plain = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "x" }, "stringData": { "password": "s3crets", "port": 8080, "on": true } });
    let keys = std::slice::from_ref(&right);
    assert_eq!(decrypt(&object, keys), Ok(plain.clone()));
    let error = decrypt(&object, &[wrong]).expect_err("another key");
    assert!(error.starts_with("cannot get sops data key"), "{error}");
    // Labels that kustomize adds are no damage to Flux.
    let mut labelled = object.clone();
    labelled["metadata"]["name"] = "y".into();
    assert_eq!(decrypt(&labelled, keys).map(|p| p["stringData"].clone()), Ok(plain["stringData"].clone()));
    // A value under another key is refused by itself.
    let mut moved = object;
    moved["stringData"]["other"] = moved["stringData"]["password"].clone();
    let error = decrypt(&moved, keys).expect_err("moved");
    assert!(error.contains("message authentication failed at stringData:other:"), "{error}");
}
