//! What is written is opened again, and what was changed by somebody else is refused.

use super::*;
use serde_json::json;

const NOW: &str = "2026-11-21T12:00:00Z";

fn key(n: u8) -> Identity {
    Identity::draw(&mut Draw::new([n; 32]))
}

fn secret(password: &str) -> Plain {
    Plain::new(json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "api", "labels": { "n": "1" } },
        "stringData": { "password": password, "user": "api", "empty": "", "lines": "a\nb\n" },
        "data": { "on": true, "n": 3, "f": 1.5, "none": null, "list": ["x", "y"] },
    }))
}

fn sealed(password: &str) -> String {
    encrypt(&secret(password), &[key(1).recipient(), key(2).recipient()], NOW, &mut Draw::new([9; 32])).unwrap()
}

#[test]
fn only_values_are_encrypted_and_every_recipient_reads_them() {
    let text = sealed("geheim");
    assert!(text.contains("name: api\n") && text.contains("  password: ENC[AES256_GCM,data:"), "{text}");
    for plain in ["geheim", "a\nb", "true", ": 3", "1.5"] {
        assert!(!text.split("\nsops:").next().unwrap().contains(plain), "{plain} is readable in {text}");
    }
    assert_eq!(decrypt(&text, &key(1)).unwrap(), secret("geheim"));
    assert_eq!(decrypt(&text, &key(2)).unwrap(), secret("geheim"));
    assert_eq!(decrypt(&text, &key(3)).unwrap_err(), SopsError::NotForUs(key(3).recipient()));
    assert_eq!(format!("{:?}", decrypt(&text, &key(1)).unwrap()), "(secret)");
    assert_eq!(recipients(&text).unwrap().len(), 2);
}

#[test]
fn another_key_takes_the_place_of_one_and_leaves_the_others() {
    let text = sealed("geheim");
    let mut draw = Draw::new([8; 32]);
    let new = rekey(&text, &key(1), &key(3).recipient(), NOW, &mut draw).unwrap().unwrap();
    for (n, opens) in [(1, false), (2, true), (3, true)] {
        assert_eq!(decrypt(&new, &key(n)).is_ok_and(|p| p == secret("geheim")), opens, "key {n}");
    }
    assert_eq!(rekey(&new, &key(1), &key(4).recipient(), NOW, &mut draw), Ok(None), "it is not encrypted to that one");
}

#[test]
fn a_file_in_a_persons_order_is_opened_and_keeps_it() {
    let leaf = |text: &str| Node::Leaf(text.into());
    let inside = Node::Map(vec![("z".into(), leaf("1")), ("a".into(), leaf("2"))]);
    let own = Node::Map(vec![("stringData".into(), inside), ("kind".into(), leaf("Secret")), ("apiVersion".into(), leaf("v1"))]);
    let data = DataKey::draw(&mut Draw::new([9; 32]));
    let to = meta::seal_key(&data, &[key(1).recipient()]).unwrap();
    let text = write(&Ordered(own), &data, &to, NOW, &BTreeMap::new(), &mut Draw::new([9; 32])).unwrap();
    let moved = text.replacen("kind: Secret\napiVersion: v1\n", "apiVersion: v1\nkind: Secret\n", 1);
    assert_eq!(decrypt(&moved, &key(1)).unwrap_err(), SopsError::Tampered, "the order counts: {text}");

    let new = rekey(&text, &key(1), &key(2).recipient(), NOW, &mut Draw::new([8; 32])).unwrap().unwrap();
    assert_eq!(decrypt(&new, &key(2)).unwrap(), decrypt(&text, &key(1)).unwrap());
    let keys = |text: &str| text.lines().filter_map(|l| l.split_once(':')).map(|(k, _)| k.to_owned()).take(5).collect::<Vec<_>>();
    assert_eq!(keys(&new), keys(&text));
    assert_eq!(keys(&new), ["stringData", "  z", "  a", "kind", "apiVersion"]);
}

#[test]
fn what_was_changed_is_noticed() {
    let text = sealed("geheim");
    let swap = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        decrypt(&changed, &key(1)).unwrap_err()
    };
    assert_eq!(swap("name: api", "name: apy"), SopsError::Tampered);
    assert_eq!(swap("kind: Secret\n", "kind: Secret\nadded: x\n"), SopsError::Tampered);
    assert_eq!(swap("12:00:00Z", "12:00:01Z"), SopsError::Tampered);
    assert_eq!(swap("  password: ", "  passwort: "), SopsError::Value("stringData.passwort".into()));
    assert_eq!(swap(",data:", ",data:AAAA"), SopsError::Value("data.f".into()));
    assert!(matches!(swap("\nsops:", "\nother:"), SopsError::Format(_)));
    let line = text.lines().find(|l| l.starts_with("  user: ")).unwrap();
    assert_eq!(swap(&format!("{line}\n"), ""), SopsError::Tampered);
}

#[test]
fn a_file_changes_only_where_its_content_does() {
    let (to, later) = ([key(1).recipient(), key(2).recipient()], "2026-12-01T00:00:00Z");
    let old = sealed("geheim");
    let again = |old: Option<&str>, password: &str, to: &[Recipient], with: u8| {
        refresh(old, &secret(password), to, &key(with), later, &mut Draw::new([8; 32])).unwrap()
    };
    assert_eq!(again(Some(&old), "geheim", &to, 1), old);
    assert_eq!(again(Some(&old), "geheim", &[to[1].clone(), to[0].clone()], 2), old);

    let news = again(Some(&old), "neu", &to, 1);
    assert_eq!(decrypt(&news, &key(2)).unwrap(), secret("neu"));
    let differing: Vec<&str> = old.lines().zip(news.lines()).filter(|(a, b)| a != b).map(|(a, _)| a.trim()).collect();
    let heads: Vec<&str> = differing.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(heads, ["password", "lastmodified", "mac"]);

    let fewer = again(Some(&old), "geheim", &to[..1], 1);
    assert_eq!(decrypt(&fewer, &key(2)).unwrap_err(), SopsError::NotForUs(key(2).recipient()));
    assert!(old.lines().zip(fewer.lines()).any(|(a, b)| a != b && a.starts_with("  user:")), "the data key is a new one");
    for unreadable in [None, Some("x: ["), Some("kind: Secret\n")] {
        assert_eq!(decrypt(&again(unreadable, "neu", &to, 1), &key(1)).unwrap(), secret("neu"));
    }
}

#[test]
fn what_cannot_be_encrypted_is_refused() {
    let refused = |v: Value, to: &[Recipient]| encrypt(&Plain::new(v), to, NOW, &mut Draw::new([9; 32])).unwrap_err();
    let to = [key(1).recipient()];
    assert!(matches!(refused(json!([]), &to), SopsError::Object(_)));
    assert!(matches!(refused(json!({ "sops": {} }), &to), SopsError::Object(_)));
    assert!(matches!(refused(json!({ "data": { "x": u64::MAX } }), &to), SopsError::Object(_)));
    assert_eq!(refused(json!({}), &[]), SopsError::Key(KeyError::Nobody));
}
