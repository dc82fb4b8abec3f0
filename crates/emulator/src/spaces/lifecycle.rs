//! Lifecycle: rules by time alone, read, written back, and carried out on the world's clock whenever a bucket is looked at.
//!
//! What is due is due at the midnight (UTC) after the days are over, as the S3 user guide says; a delete marker that a
//! rule makes is dated to that midnight, so that looking late changes nothing of the outcome. Rules by tag or size and
//! transitions are refused (DigitalOcean documentation, Spaces: lifecycle by time only).

use super::error::{Code, S3Error};
use super::store::{Bucket, Upload, Version, Versioning};
use super::xml::Element;
use crate::{Cx, Moment};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// Name, unique in the bucket.
    pub id: String,
    /// False for a rule that rests.
    pub enabled: bool,
    /// Keys that it is about.
    pub prefix: String,
    /// Where the prefix stood, to be written back the same way.
    pub form: PrefixForm,
    /// When current versions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// Days after which versions end that are no longer current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<u32>,
    /// How many of those are kept all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent: Option<u32>,
    /// Days after which an unfinished upload ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_days: Option<u32>,
}

/// Where a rule has its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrefixForm {
    /// In the rule itself, the older form.
    Rule,
    /// In its filter.
    Filter,
    /// In an empty filter: there is none.
    EmptyFilter,
}

/// When a current version ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiration {
    /// So many days after it was written.
    Days(u32),
    /// At this midnight, RFC 3339.
    Date(String),
    /// When it is a delete marker with nothing below it.
    DeleteMarker,
}

/// Reads a `LifecycleConfiguration`.
///
/// # Errors
/// `MalformedXML`, `InvalidArgument`, `InvalidRequest` or `NotImplemented`, as S3 and Spaces say.
pub fn read(root: &Element) -> Result<Vec<LifecycleRule>, S3Error> {
    if root.name != "LifecycleConfiguration" || root.get("Rule").is_none() {
        return Err(Code::MalformedXML.into());
    }
    let mut rules: Vec<LifecycleRule> = Vec::new();
    for (index, element) in root.all("Rule").enumerate() {
        let rule = read_rule(element, index)?;
        if rules.iter().any(|r| r.id == rule.id) {
            return Err(S3Error::because(Code::InvalidArgument, format!("Rule ID must be unique. Found same ID {:?}", rule.id)));
        }
        rules.push(rule);
    }
    if rules.len() > 1000 {
        return Err(Code::InvalidRequest.into());
    }
    Ok(rules)
}

fn read_rule(element: &Element, index: usize) -> Result<LifecycleRule, S3Error> {
    let later = ["Transition", "NoncurrentVersionTransition"];
    if later.iter().any(|name| element.get(name).is_some()) {
        return Err(S3Error::because(Code::NotImplemented, "Transitions are not implemented."));
    }
    let enabled = match element.text_of("Status") {
        Some("Enabled") => true,
        Some("Disabled") => false,
        _ => return Err(Code::MalformedXML.into()),
    };
    let (prefix, form) = match (element.text_of("Prefix"), element.get("Filter")) {
        (Some(prefix), None) => (prefix, PrefixForm::Rule),
        (None, Some(filter)) => match filter.children.as_slice() {
            [] => ("", PrefixForm::EmptyFilter),
            [only] if only.name == "Prefix" => (only.text.as_str(), PrefixForm::Filter),
            _ => return Err(S3Error::because(Code::NotImplemented, "Filters other than one Prefix are not implemented.")),
        },
        _ => return Err(Code::MalformedXML.into()),
    };
    let expiration = element.get("Expiration").map(read_expiration).transpose()?;
    let noncurrent = element.get("NoncurrentVersionExpiration");
    let noncurrent_days = noncurrent.map(|e| days(e, "NoncurrentDays")).transpose()?;
    let newer_noncurrent = match noncurrent.filter(|e| e.get("NewerNoncurrentVersions").is_some()) {
        Some(e) => Some(days(e, "NewerNoncurrentVersions")?),
        None => None,
    };
    let abort = element.get("AbortIncompleteMultipartUpload");
    let abort_days = abort.map(|e| days(e, "DaysAfterInitiation")).transpose()?;
    if expiration.is_none() && noncurrent_days.is_none() && abort_days.is_none() {
        return Err(S3Error::because(Code::InvalidRequest, "At least one action needs to be specified in a rule."));
    }
    let id = match element.text_of("ID") {
        Some(id) if id.chars().count() > 255 => {
            return Err(S3Error::because(Code::InvalidArgument, "ID length should not exceed allowed limit of 255"));
        }
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("rule-{}", index + 1),
    };
    Ok(LifecycleRule { id, enabled, prefix: prefix.to_owned(), form, expiration, noncurrent_days, newer_noncurrent, abort_days })
}

fn read_expiration(element: &Element) -> Result<Expiration, S3Error> {
    match element.children.as_slice() {
        [only] if only.name == "Days" => days(element, "Days").map(Expiration::Days),
        [only] if only.name == "Date" => match Moment::parse(only.text.trim()) {
            Some(at) if at.0.rem_euclid(DAY_MS) == 0 => Ok(Expiration::Date(at.rfc3339())),
            Some(_) => Err(S3Error::because(Code::InvalidArgument, "'Date' must be at midnight GMT")),
            None => Err(Code::MalformedXML.into()),
        },
        [only] if only.name == "ExpiredObjectDeleteMarker" && only.text.trim() == "true" => Ok(Expiration::DeleteMarker),
        _ => Err(Code::MalformedXML.into()),
    }
}

fn days(element: &Element, name: &str) -> Result<u32, S3Error> {
    let text = element.text_of(name).ok_or(Code::MalformedXML)?;
    match text.trim().parse::<i64>() {
        Ok(number) if number > 0 => u32::try_from(number).map_err(|_| Code::InvalidArgument.into()),
        Ok(_) => Err(S3Error::because(Code::InvalidArgument, format!("'{name}' must be a positive integer"))),
        Err(_) => Err(Code::MalformedXML.into()),
    }
}

/// The rules as a `LifecycleConfiguration`.
#[must_use]
pub fn write(rules: &[LifecycleRule]) -> Element {
    Element::root("LifecycleConfiguration").extend(rules.iter().map(|rule| {
        let mut element = Element::new("Rule").leaf("ID", &rule.id);
        element = match rule.form {
            PrefixForm::Rule => element.leaf("Prefix", &rule.prefix),
            PrefixForm::Filter => element.child(Element::new("Filter").leaf("Prefix", &rule.prefix)),
            PrefixForm::EmptyFilter => element.child(Element::new("Filter")),
        };
        element = element.leaf("Status", if rule.enabled { "Enabled" } else { "Disabled" });
        if let Some(expiration) = &rule.expiration {
            let inner = Element::new("Expiration");
            element = element.child(match expiration {
                Expiration::Days(days) => inner.leaf("Days", days),
                Expiration::Date(date) => inner.leaf("Date", date),
                Expiration::DeleteMarker => inner.leaf("ExpiredObjectDeleteMarker", "true"),
            });
        }
        if let Some(days) = rule.noncurrent_days {
            let inner = Element::new("NoncurrentVersionExpiration").leaf("NoncurrentDays", days);
            element = element.child(inner.leaf_if("NewerNoncurrentVersions", rule.newer_noncurrent));
        }
        if let Some(days) = rule.abort_days {
            element = element.child(Element::new("AbortIncompleteMultipartUpload").leaf("DaysAfterInitiation", days));
        }
        element
    }))
}

/// The midnight at which `days` after `since` are over: "rounding up to the next day, midnight UTC".
#[must_use]
pub fn due(since: Moment, days: u32) -> Moment {
    let over = since.plus(Duration::from_secs(u64::from(days) * 86_400));
    Moment(over.0.div_euclid(DAY_MS).saturating_mul(DAY_MS).saturating_add(DAY_MS))
}

/// Carries out what the bucket's rules have had due until now.
pub fn sweep(cx: &mut Cx, bucket: &Bucket) {
    let rules: Vec<&LifecycleRule> = bucket.lifecycle.iter().filter(|r| r.enabled).collect();
    if rules.is_empty() {
        return;
    }
    for key in bucket.keys(cx) {
        let mine: Vec<&LifecycleRule> = rules.iter().copied().filter(|r| key.starts_with(&r.prefix)).collect();
        if !mine.is_empty() {
            expire_current(cx, bucket, &key, &mine);
            expire_noncurrent(cx, bucket, &key, &mine);
            expire_marker(cx, bucket, &key, &mine);
        }
    }
    let now = cx.now();
    for upload in Upload::all(cx, &bucket.name) {
        let over = |r: &&LifecycleRule| {
            upload.key.starts_with(&r.prefix) && r.abort_days.is_some_and(|days| due(upload.began(), days) <= now)
        };
        if rules.iter().any(over) {
            upload.remove(cx);
        }
    }
}

/// When a current version ends, by the rules that are about it.
fn end(version: &Version, rules: &[&LifecycleRule]) -> Option<Moment> {
    let ends = rules.iter().filter_map(|rule| match rule.expiration.as_ref()? {
        Expiration::Days(days) => Some(due(version.written(), *days)),
        Expiration::Date(date) => Moment::parse(date).map(|at| at.max(version.written())),
        Expiration::DeleteMarker => None,
    });
    ends.min()
}

fn expire_current(cx: &mut Cx, bucket: &Bucket, key: &str, rules: &[&LifecycleRule]) {
    let Some(newest) = bucket.newest(cx, key).filter(|v| !v.delete_marker) else {
        return;
    };
    let Some(at) = end(&newest, rules).filter(|at| *at <= cx.now()) else {
        return;
    };
    match bucket.versioning {
        Versioning::Off => {
            bucket.take(cx, key, &newest.version_id);
        }
        Versioning::Enabled | Versioning::Suspended => {
            let id = bucket.fresh_id(cx);
            bucket.add(cx, &Version::marker(bucket, key, id, at), &[]);
        }
    }
}

fn expire_noncurrent(cx: &mut Cx, bucket: &Bucket, key: &str, rules: &[&LifecycleRule]) {
    let versions = bucket.versions(cx, key);
    let now = cx.now();
    for (index, pair) in versions.windows(2).enumerate() {
        let [successor, version] = pair else {
            continue;
        };
        let over = rules.iter().any(|rule| {
            rule.noncurrent_days.is_some_and(|days| due(successor.written(), days) <= now)
                && rule.newer_noncurrent.is_none_or(|kept| index >= kept as usize)
        });
        if over {
            bucket.take(cx, key, &version.version_id);
        }
    }
}

fn expire_marker(cx: &mut Cx, bucket: &Bucket, key: &str, rules: &[&LifecycleRule]) {
    let versions = bucket.versions(cx, key);
    let [only] = versions.as_slice() else {
        return;
    };
    // A marker alone also ends by the rule's days (S3 user guide, "Removing expired object delete markers").
    let over = |rule: &&LifecycleRule| match &rule.expiration {
        Some(Expiration::DeleteMarker) => true,
        Some(Expiration::Days(days)) => due(only.written(), *days) <= cx.now(),
        Some(Expiration::Date(_)) | None => false,
    };
    if only.delete_marker && rules.iter().any(over) {
        bucket.take(cx, key, &only.version_id);
    }
}

/// `x-amz-expiration` of a current version, when a rule will end it.
#[must_use]
pub fn expiration_header(bucket: &Bucket, version: &Version) -> Option<String> {
    let rules: Vec<&LifecycleRule> =
        bucket.lifecycle.iter().filter(|r| r.enabled && version.key.starts_with(&r.prefix)).collect();
    let (at, rule) = rules.iter().filter_map(|r| Some((end(version, &[r])?, r))).min_by_key(|(at, _)| *at)?;
    Some(format!("expiry-date=\"{}\", rule-id=\"{}\"", at.http_date(), rule.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(body: &str) -> Result<Vec<LifecycleRule>, Code> {
        let text = format!("<LifecycleConfiguration>{body}</LifecycleConfiguration>");
        read(&Element::parse(text.as_bytes()).unwrap()).map_err(|e| e.code)
    }

    #[test]
    fn rules_are_written_back_as_they_came() {
        let body = "<Rule><ID>a</ID><Prefix>tmp/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>\
                    <Rule><ID>b</ID><Filter><Prefix>x</Prefix></Filter><Status>Disabled</Status><NoncurrentVersionExpiration>\
                    <NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration></Rule>\
                    <Rule><ID>c</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1\
                    </DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";
        let read_once = rules(body).unwrap();
        assert_eq!(read_once.len(), 3);
        assert_eq!(read(&write(&read_once)).unwrap(), read_once);
        assert!(write(&read_once).document().contains("<Filter/><Status>Enabled</Status>"));
    }

    #[test]
    fn what_spaces_does_not_do_is_refused() {
        let rule = |inner: &str| rules(&format!("<Rule><Status>Enabled</Status>{inner}</Rule>")).unwrap_err();
        assert_eq!(rule("<Prefix/><Transition><Days>1</Days></Transition>"), Code::NotImplemented);
        assert_eq!(rule("<Filter><Tag><Key>a</Key></Tag></Filter><Expiration><Days>1</Days></Expiration>"), Code::NotImplemented);
        assert_eq!(rule("<Prefix/>"), Code::InvalidRequest);
        assert_eq!(rule("<Prefix/><Expiration><Days>0</Days></Expiration>"), Code::InvalidArgument);
        assert_eq!(rule("<Prefix/><Expiration><Days>x</Days></Expiration>"), Code::MalformedXML);
        assert_eq!(rule("<Prefix/><Expiration><Date>2026-11-02T01:00:00Z</Date></Expiration>"), Code::InvalidArgument);
        assert_eq!(rules(""), Err(Code::MalformedXML));
        let twice = "<Rule><ID>a</ID><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>".repeat(2);
        assert_eq!(rules(&twice), Err(Code::InvalidArgument));
    }

    #[test]
    fn days_are_over_at_the_next_midnight() {
        let at = |text: &str| Moment::parse(text).unwrap();
        assert_eq!(due(at("2026-11-02T09:00:00Z"), 1), at("2026-11-04T00:00:00Z"));
        assert_eq!(due(at("2026-11-02T00:00:00Z"), 1), at("2026-11-04T00:00:00Z"));
    }
}
