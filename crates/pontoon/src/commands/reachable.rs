//! The end of an `up`: hosts that resolve and prove who they are. Authorities and name servers take their minutes after
//! everything else is healthy, and may wait for a person; that fails no run.

use super::{deliver::refused, ground::ground, inside::Inside, run::Session};
use crate::{compose::Composition, exit::Outcome, print::note};
use pontoon_catalog::components::site::PUBLIC_ISSUER;
use pontoon_deliver::survey::{certificates::Certificate, seen::Seen};
use std::time::Duration;

/// How long names and certificates are waited for. Usual are one to three minutes: ExternalDNS looks once a minute, and
/// Let's Encrypt asks for a name until its record is seen everywhere (an estimate).
const PATIENCE: Duration = Duration::from_secs(600);
/// Between two looks.
const EVERY: Duration = Duration::from_secs(10);

/// What a host or a certificate still lacks, one sentence each.
fn lacks(inside: &Inside) -> Vec<String> {
    let hosts = inside.endpoints.iter().filter(|e| !e.broken.is_empty());
    let mut all: Vec<String> = hosts.map(|e| format!("{}: {}", e.host, e.broken.join("; "))).collect();
    let shown = |name: &str| inside.endpoints.iter().any(|e| e.certificate.as_deref() == Some(name));
    let rest = inside.certificates.iter().filter(|c| !shown(&c.name));
    all.extend(rest.filter_map(|c| Some(format!("certificate {}: {}", c.name, c.broken.as_ref()?))));
    all
}

/// The certificates that a public authority was asked for, for names of a zone.
pub fn public<'a>(inside: &'a Inside, zone: &'a str) -> impl Iterator<Item = &'a Certificate> {
    let within = move |h: &String| h == zone || h.strip_suffix(zone).is_some_and(|h| h.ends_with('.'));
    inside.certificates.iter().filter(move |c| c.issuer == PUBLIC_ISSUER && c.hosts.iter().any(within))
}

/// Whether a public authority has vouched for a name of the zone: whoever asks for it is led here.
pub fn delegated(inside: &Inside, zone: &str) -> bool {
    public(inside, zone).any(|c| c.broken.is_none())
}

/// Waits until nothing is lacking, at most for a few minutes, and says what is lacking then.
pub async fn wait(composition: &Composition, session: &Session<'_>, environment: &str) -> Outcome<Inside> {
    let Some(ground) = ground(composition, session, environment).await? else { return Ok(Inside::default()) };
    let until = composition.clock.now() + PATIENCE;
    let mut said = false;
    loop {
        let seen = Seen::fetch(&ground.cluster).await.map_err(|e| refused(&e))?;
        let inside = Inside::ways_in(session, &ground, &seen).await?;
        let lacks = lacks(&inside);
        let over = composition.clock.now() >= until || session.stop.asked();
        if over {
            lacks.iter().for_each(|l| note(&format!("still coming: {l}")));
        }
        if over || lacks.is_empty() {
            return Ok(inside);
        }
        if !std::mem::replace(&mut said, true) {
            note("waiting for names and certificates, at most 10 minutes; Ctrl-C goes on without");
        }
        composition.clock.sleep(EVERY).await;
    }
}
