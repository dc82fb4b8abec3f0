//! SOPS: objects whose values are encrypted in the repository. Source: SOPS's documentation, "Encryption protocol".
//!
//! Every value is sealed by AES-256-GCM under one data key, with its path as associated data; the data key is sealed for
//! each recipient by age. kustomize-controller does not check the message authentication code over the whole, since
//! kustomize may have added labels or a namespace, so nothing here does.

use crate::cluster::Objects;
use crate::cluster::flux::source::secret_text;
use crate::cluster::flux::text;
use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::io::Read;

type Sealed = AesGcm<Aes256, U32>;

/// The age keys that a Kustomization decrypts with: every `*.agekey` of its Secret.
///
/// # Errors
/// A provider or a Secret that does not exist, or a key that is none.
pub(super) fn keys(objects: &Objects, object: &Value) -> Result<Vec<age::x25519::Identity>, String> {
    let decryption = &object["spec"]["decryption"];
    let name = text(&decryption["secretRef"]["name"]);
    if decryption.is_null() || name.is_empty() {
        return Ok(Vec::new());
    }
    if decryption["provider"] != "sops" {
        return Err(format!("unsupported decryption provider: {}", text(&decryption["provider"])));
    }
    let namespace = text(&object["metadata"]["namespace"]);
    let secret = objects
        .get("secrets", &namespace, &name)
        .ok_or_else(|| format!("cannot get sops decryption Secret '{namespace}/{name}': secrets \"{name}\" not found"))?;
    let mut all = Vec::new();
    for key in secret["data"].as_object().into_iter().flatten().map(|(k, _)| k).filter(|k| k.ends_with(".agekey")) {
        let lines = secret_text(secret, key).unwrap_or_default();
        for line in lines.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let identity = line.parse().map_err(|why| {
                format!("failed to import data from sops decryption Secret '{namespace}/{name}', key '{key}': {why}")
            })?;
            all.push(identity);
        }
    }
    Ok(all)
}

/// The object with its values in plain text, without the `sops` part.
///
/// # Errors
/// No key that opens it, or a value that is not what was sealed.
pub(super) fn decrypt(object: &Value, keys: &[age::x25519::Identity]) -> Result<Value, String> {
    let mut body = object.clone();
    let about = body.as_object_mut().and_then(|o| o.remove("sops")).ok_or("sops metadata not found")?;
    let key = data_key(&about, keys)?;
    walk(&body, "", &mut |value, path| match value.as_str().filter(|s| s.starts_with("ENC[AES256_GCM,")) {
        Some(text) => open(&key, text, path),
        None => Ok(value.clone()),
    })
}

fn data_key(about: &Value, keys: &[age::x25519::Identity]) -> Result<[u8; 32], String> {
    for entry in about["age"].as_array().into_iter().flatten() {
        let armored = age::armor::ArmoredReader::new(entry["enc"].as_str().unwrap_or("").as_bytes());
        let Ok(decryptor) = age::Decryptor::new(armored) else { continue };
        let Ok(mut reader) = decryptor.decrypt(keys.iter().map(|k| k as &dyn age::Identity)) else { continue };
        let mut key = Vec::new();
        if reader.read_to_end(&mut key).is_ok()
            && let Ok(key) = key.try_into()
        {
            return Ok(key);
        }
    }
    let recipients: Vec<String> =
        about["age"].as_array().into_iter().flatten().map(|e| format!("{}: FAILED", text(&e["recipient"]))).collect();
    Err(format!(
        "cannot get sops data key: Error getting data key: 0 successful groups required, got 0 ({})",
        if recipients.is_empty() { "no age recipients".to_owned() } else { recipients.join(", ") }
    ))
}

/// Every value that is no map or list, with its path; places in lists are no part of it.
fn walk(value: &Value, path: &str, each: &mut dyn FnMut(&Value, &str) -> Result<Value, String>) -> Result<Value, String> {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, inner) in map {
                out.insert(key.clone(), walk(inner, &format!("{path}{key}:"), each)?);
            }
            Ok(Value::Object(out))
        }
        Value::Array(items) => items.iter().map(|i| walk(i, path, each)).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Value::Null => Ok(Value::Null),
        leaf => each(leaf, path),
    }
}

/// A sealed value.
fn open(key: &[u8; 32], text: &str, path: &str) -> Result<Value, String> {
    let bad = || format!("Could not decrypt value: input string {path} does not match sops' data format");
    let inner = text.strip_prefix("ENC[AES256_GCM,").and_then(|t| t.strip_suffix(']')).ok_or_else(bad)?;
    let part = |name: &str| inner.split(',').find_map(|p| p.strip_prefix(name)).ok_or_else(bad);
    let bytes = |name: &str| STANDARD.decode(part(name)?).map_err(|_| bad());
    let mut message = bytes("data:")?;
    message.extend(bytes("tag:")?);
    let nonce: [u8; 32] = bytes("iv:")?.try_into().map_err(|_| bad())?;
    let plain = Sealed::new(key.into())
        .decrypt((&nonce).into(), Payload { msg: &message, aad: path.as_bytes() })
        .map_err(|_| format!("Could not decrypt with AES_GCM: cipher: message authentication failed at {path}"))?;
    let as_text = String::from_utf8_lossy(&plain).into_owned();
    Ok(match part("type:")? {
        "int" => as_text.parse::<i64>().map_or_else(|_| as_text.clone().into(), Value::from),
        "float" => as_text.parse::<f64>().map_or_else(|_| as_text.clone().into(), Value::from),
        "bool" => Value::Bool(as_text.eq_ignore_ascii_case("true")),
        _ => as_text.into(),
    })
}

#[cfg(test)]
mod tests;
