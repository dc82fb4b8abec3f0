//! The authority behind the API servers of a world's clusters, and the certificate that they show on a loopback port.
//!
//! Both follow from the world's seed alone, so that a kubeconfig is the same in every run and trust outlives the process.

use super::operators::x509::{Subject, Validity, certificate, draw};
use crate::clock::Moment;
use crate::random::Random;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

/// Certificates and key, as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The authority's certificate.
    pub authority: String,
    /// The server's certificate, for 127.0.0.1 and localhost.
    pub certificate: String,
    /// The server's key. It opens nothing but this world.
    pub key: String,
}

/// Signing takes a while in a build without optimisation, and is asked for with every kubeconfig.
static KNOWN: Mutex<BTreeMap<u64, Identity>> = Mutex::new(BTreeMap::new());

/// The identity of the world with that seed.
#[must_use]
pub fn of(seed: u64) -> Identity {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(seed).or_insert_with(|| make(seed)).clone()
}

fn make(seed: u64) -> Identity {
    // Apart from the world's own draws, which must not depend on who looks.
    let mut random = Random(seed ^ 0x6b75_6265_2d63_6121);
    let signer = draw(|| random.below(256));
    let own = draw(|| random.below(256));
    let dates = Validity { from: date("2020-01-01T00:00:00Z"), to: date("2049-12-31T00:00:00Z") };
    let authority =
        Subject { common_name: "k8saas Cluster CA".to_owned(), organization: "DigitalOcean".to_owned(), ..Subject::default() };
    let server = Subject {
        common_name: "k8saas".to_owned(),
        names: vec!["localhost".to_owned(), "kubernetes.default.svc".to_owned()],
        addresses: vec![Ipv4Addr::LOCALHOST],
        ..Subject::default()
    };
    let signed = |serial: u8, subject: &Subject, public: &[u8], may_sign: bool| {
        certificate(&[serial], subject, public, may_sign, dates, (&authority, &signer))
    };
    Identity {
        authority: signed(1, &authority, &signer.public(), true),
        certificate: signed(2, &server, &own.public(), false),
        key: own.pem(),
    }
}

fn date(text: &str) -> Moment {
    Moment::parse(text).unwrap_or(Moment(0))
}
