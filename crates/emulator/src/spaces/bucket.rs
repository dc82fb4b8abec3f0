//! Buckets: listed, made, looked at, taken away.

use super::access::Need;
use super::call::{Call, document, done};
use super::error::{Answer, Code, S3Error};
use super::names::{DEFAULT_REGION, REGIONS, valid_bucket};
use super::store::{Acl, Bucket, Versioning};
use super::xml::{Element, NAMESPACE};
use crate::{Reply, digitalocean::projects};

/// `ListBuckets`: the team's, of the region that was called.
pub fn list(call: &mut Call) -> Answer {
    let team = full(call)?;
    let prefix = call.req.query("prefix").unwrap_or_default();
    let mine: Vec<Element> = Bucket::all(call.cx)
        .into_iter()
        .filter(|b| b.team == team && call.region.as_ref().is_none_or(|r| *r == b.region) && b.name.starts_with(prefix))
        .map(|b| Element::new("Bucket").leaf("Name", b.name).leaf("CreationDate", b.created_at))
        .collect();
    let root = Element::root("ListAllMyBucketsResult").child(owner(&team));
    Ok(document(&root.child(Element::new("Buckets").extend(mine))))
}

/// `CreateBucket`. Names are global (DigitalOcean documentation, Spaces).
pub fn create(call: &mut Call) -> Answer {
    let team = full(call)?;
    let name = call.bucket.clone();
    if !valid_bucket(&name) {
        return Err(Code::InvalidBucketName.into());
    }
    let acl = call.canned_acl()?.unwrap_or(Acl::Private);
    let region = region(call)?;
    if call.req.header("x-amz-bucket-object-lock-enabled").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        return Err(S3Error::because(Code::NotImplemented, "Object Lock is not implemented."));
    }
    match Bucket::get(call.cx, &name) {
        Some(bucket) if bucket.team == team => return Err(Code::BucketAlreadyOwnedByYou.into()),
        Some(_) => return Err(Code::BucketAlreadyExists.into()),
        None if call.knobs.taken.contains(&name) => return Err(Code::BucketAlreadyExists.into()),
        None => {}
    }
    call.cx.as_team(&team);
    let limit = call.cx.limits().buckets;
    if Bucket::all(call.cx).iter().filter(|b| b.team == team).count() >= limit {
        return Err(Code::TooManyBuckets.into());
    }
    let created_at = call.now().rfc3339_millis();
    let bucket = Bucket {
        name: name.clone(),
        region,
        team,
        created_at,
        versioning: Versioning::Off,
        acl,
        cors: Vec::new(),
        lifecycle: Vec::new(),
        policy: None,
    };
    bucket.put(call.cx);
    // A new bucket is in the default project, like everything that a project can hold.
    if projects::enrol(call.cx, &format!("do:space:{name}"), &format!("/{name}"), None).is_err() {
        return Err(Code::InternalError.into());
    }
    Ok(done().with("location", format!("/{name}")))
}

/// The region that a new bucket is to be in: of the address, else of the body, else of the signature.
fn region(call: &Call) -> Result<String, S3Error> {
    let constraint = if call.body.is_empty() {
        None
    } else {
        let root = call.xml()?;
        if root.name != "CreateBucketConfiguration" {
            return Err(Code::MalformedXML.into());
        }
        root.text_of("LocationConstraint").map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
    };
    // S3 clients say `us-east-1` for "here", and Spaces takes it (DigitalOcean documentation, Spaces).
    let constraint = constraint.filter(|c| c != "us-east-1");
    if constraint.as_ref().is_some_and(|c| !REGIONS.contains(&c.as_str())) {
        return Err(Code::InvalidLocationConstraint.into());
    }
    match (&call.region, constraint) {
        (Some(here), Some(there)) if *here != there => Err(Code::InvalidLocationConstraint.into()),
        (Some(here), _) => Ok(here.clone()),
        (None, Some(there)) => Ok(there),
        (None, None) => {
            let signed = call.signed_region.clone().filter(|r| REGIONS.contains(&r.as_str()));
            Ok(signed.unwrap_or_else(|| DEFAULT_REGION.to_owned()))
        }
    }
}

/// `HeadBucket`.
pub fn head(call: &mut Call) -> Answer {
    let bucket = call.open(Need::List)?;
    Ok(done().with("x-amz-bucket-region", bucket.region))
}

/// `GetBucketLocation`.
pub fn location(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    let root = Element::of("LocationConstraint", bucket.region).attribute("xmlns", NAMESPACE);
    Ok(document(&root))
}

/// `DeleteBucket`: refused while an object, a version or a delete marker is left; uploads that go on end.
pub fn delete(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Configure)?;
    if !bucket.is_empty(call.cx) {
        return Err(Code::BucketNotEmpty.into());
    }
    call.cx.as_team(&bucket.team);
    projects::withdraw(call.cx, &format!("do:space:{}", bucket.name));
    bucket.remove(call.cx);
    Ok(Reply::no_content())
}

/// The team of a caller with full access.
fn full(call: &Call) -> Result<String, S3Error> {
    match call.caller.team() {
        Some(team) if call.caller.is_full() => Ok(team.to_owned()),
        _ => Err(Code::AccessDenied.into()),
    }
}

/// The `Owner` element: Spaces names the team by a number or its id.
#[must_use]
pub fn owner(team: &str) -> Element {
    Element::new("Owner").leaf("ID", team).leaf("DisplayName", team)
}
