//! `sops`, `age` and `ssh-keygen` themselves, both ways: they open what is written here, and what they write is opened here.

use pontoon_core::secret::Secret;
use pontoon_secrets::{Draw, Identity, Recipient, key, sops};
use pontoon_test::{
    context::Folder,
    judges::{Said, run, tool_or_skip},
    yaml,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const NOW: &str = "2026-11-21T12:00:00Z";

/// A folder with a key file, and a judge.
struct Bench {
    folder: Folder,
    program: PathBuf,
    identity: Identity,
    draw: Draw,
}

impl Bench {
    fn with(program: &str, seed: u8) -> Option<Bench> {
        let program = tool_or_skip("sealed", program)?;
        let draw = Draw::new([seed; 32]);
        let identity = Identity::draw(&mut draw.named("key"));
        let bench = Bench { folder: Folder::new(), program, identity, draw: draw.named("file") };
        bench.write("key.txt", bench.identity.text().expose());
        Some(bench)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), text).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("it was written")
    }

    fn run(&self, args: &[&str]) -> Said {
        run(&self.program, self.folder.path(), &[("SOPS_AGE_KEY_FILE", "key.txt")], args)
    }
}

/// What a platform's Secrets hold, and what breaks quoting.
fn object() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": "api", "namespace": "api", "labels": { "on": "yes", "n": "012" } },
        "type": "Opaque",
        "stringData": {
            "plain": "correct horse",
            "lines": "-----BEGIN KEY-----\nabc\n\n  def\n-----END KEY-----\n",
            "trailing": "ends in spaces  \n\n",
            "number": "0123",
            "boolean": "true",
            "null": "~",
            "colon": "a: b # c",
            "quotes": "\"'\\ \t\u{1}",
            "signs": "äöü 漢字 🦀",
            "long": "x".repeat(3000),
            "a.key/with:signs": "value",
        },
    })
}

fn one(text: &str) -> Value {
    yaml::documents(text).expect("it is YAML").remove(0)
}

#[test]
fn sops_opens_what_is_written_here() {
    let Some(mut bench) = Bench::with("sops", 1) else { return };
    let to = [bench.identity.recipient()];
    let text = sops::encrypt(&sops::Plain::new(object()), &to, NOW, &mut bench.draw).expect("it can be encrypted");
    assert!(!text.contains("correct horse") && text.contains("namespace: api"), "{text}");
    bench.write("ours.yaml", &text);
    let said = bench.run(&["decrypt", "ours.yaml"]);
    assert_eq!(one(&said.good("sops decrypts")), object());
}

#[test]
fn what_sops_writes_is_opened_here() {
    let Some(bench) = Bench::with("sops", 2) else { return };
    bench.write("plain.yaml", object().to_string());
    let to = bench.identity.recipient();
    let args = ["encrypt", "--age", to.as_str(), "--encrypted-regex", "^(data|stringData)$", "plain.yaml"];
    let text = bench.run(&args).good("sops encrypts");
    assert!(!text.contains("correct horse"), "{text}");
    assert_eq!(*sops::decrypt(&text, &bench.identity).expect("it is opened").expose(), object());
    assert_eq!(sops::recipients(&text).expect("it is read"), [to]);
}

#[test]
fn sops_edits_our_file_and_we_keep_what_it_left() {
    let Some(mut bench) = Bench::with("sops", 3) else { return };
    let to = [bench.identity.recipient()];
    let text = sops::encrypt(&sops::Plain::new(object()), &to, NOW, &mut bench.draw).expect("it can be encrypted");
    bench.write("ours.yaml", &text);
    bench.run(&["set", "ours.yaml", "[\"stringData\"][\"plain\"]", "\"battery staple\""]).good("sops sets a value");
    let edited = bench.read("ours.yaml");
    let mut expected = object();
    expected["stringData"]["plain"] = "battery staple".into();
    let plain = sops::decrypt(&edited, &bench.identity).expect("it is opened");
    assert_eq!(*plain.expose(), expected);
    // A person's edit by `sops` that says the same is not written again.
    let kept = sops::refresh(Some(&edited), &plain, &to, &bench.identity, NOW, &mut bench.draw).expect("it is kept");
    assert_eq!(kept, edited);
    expected["stringData"]["more"] = "new".into();
    let next = sops::Plain::new(expected.clone());
    let next = sops::refresh(Some(&edited), &next, &to, &bench.identity, NOW, &mut bench.draw).expect("it is written");
    bench.write("ours.yaml", &next);
    assert_eq!(one(&bench.run(&["decrypt", "ours.yaml"]).good("sops decrypts")), expected);
}

#[test]
fn sops_refuses_our_file_once_it_is_changed() {
    let Some(mut bench) = Bench::with("sops", 4) else { return };
    let to = [bench.identity.recipient()];
    let text = sops::encrypt(&sops::Plain::new(object()), &to, NOW, &mut bench.draw).expect("it can be encrypted");
    let changed = text.replacen("namespace: api", "namespace: apu", 1);
    assert_ne!(changed, text);
    bench.write("ours.yaml", &changed);
    let said = bench.run(&["decrypt", "ours.yaml"]);
    assert!(!said.ok && said.err.to_lowercase().contains("mac"), "{said:?}");
    assert!(sops::decrypt(&changed, &bench.identity).is_err());
}

#[test]
fn sops_opens_a_file_of_several_recipients_with_each_key() {
    let Some(mut bench) = Bench::with("sops", 5) else { return };
    let other = Identity::draw(&mut Draw::new([6; 32]));
    let to = [other.recipient(), bench.identity.recipient()];
    let text = sops::encrypt(&sops::Plain::new(object()), &to, NOW, &mut bench.draw).expect("it can be encrypted");
    bench.write("ours.yaml", &text);
    for identity in [&bench.identity, &other] {
        bench.write("key.txt", identity.text().expose());
        assert_eq!(one(&bench.run(&["decrypt", "ours.yaml"]).good("sops decrypts")), object());
    }
}

#[test]
fn age_both_ways() {
    let Some(bench) = Bench::with("age", 7) else { return };
    let to = bench.identity.recipient();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    bench.write("ours.age", key::encrypt(&bytes, std::slice::from_ref(&to)).expect("it can be encrypted"));
    bench.run(&["-d", "-i", "key.txt", "-o", "plain", "ours.age"]).good("age decrypts");
    let opened = std::fs::read(bench.folder.path().join("plain")).expect("age wrote it");
    assert_eq!(opened, bytes);
    for armour in [&["-a"][..], &[]] {
        let args = [armour, &["-r", to.as_str(), "-o", "theirs.age", "plain"]].concat();
        bench.run(&args).good("age encrypts");
        let theirs = std::fs::read(bench.folder.path().join("theirs.age")).expect("age wrote it");
        assert_eq!(key::decrypt(&theirs, &bench.identity).expect("it is opened").expose(), bytes);
    }
}

#[test]
fn keys_of_age_keygen_are_ours_and_ours_are_its() {
    let Some(bench) = Bench::with("age-keygen", 8) else { return };
    let said = bench.run(&["-y", "key.txt"]).good("age-keygen reads our key");
    assert_eq!(Recipient::parse(said.trim()).expect("a recipient"), bench.identity.recipient());
    let theirs = bench.run(&[]).good("age-keygen makes a key");
    let identity = Identity::parse(&Secret::new(&theirs)).expect("its file is read");
    assert!(theirs.contains(identity.recipient().as_str()));
}

#[test]
fn ssh_keygen_reads_our_deploy_key() {
    let program = Path::new("/usr/bin/ssh-keygen");
    if !program.is_file() {
        return pontoon_test::openapi::skipped("sealed", "no /usr/bin/ssh-keygen");
    }
    use std::os::unix::fs::PermissionsExt;
    let key = pontoon_secrets::ssh::SshKey::draw(&mut Draw::new([9; 32]), "pontoon demo").expect("it can be made");
    let folder = Folder::new();
    let path = folder.path().join("identity");
    std::fs::write(&path, key.private().expose()).expect("a file can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions can be set");
    let public = run(program, folder.path(), &[], ["-y", "-f", "identity"]).good("ssh-keygen reads the private key");
    let bare = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(bare(&public), bare(&key.public()));
    let shown = run(program, folder.path(), &[], ["-l", "-f", "identity"]).good("ssh-keygen shows the fingerprint");
    assert!(shown.contains(&key.fingerprint()), "{shown} {}", key.fingerprint());
}
