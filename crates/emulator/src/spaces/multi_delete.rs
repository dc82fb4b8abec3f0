//! `DeleteObjects`: up to a thousand deletions in one request, each with an answer of its own.

use super::access::Need;
use super::call::{Call, document};
use super::error::{Answer, Code};
use super::objects::delete_one;
use super::xml::Element;

/// Carries them out in order.
pub fn run(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    call.demand_digest()?;
    let asked = call.xml()?;
    let objects: Vec<&Element> = asked.all("Object").collect();
    if asked.name != "Delete" || objects.is_empty() || objects.len() > 1000 {
        return Err(Code::MalformedXML.into());
    }
    let quiet = asked.text_of("Quiet").is_some_and(|t| t.trim() == "true");
    let mut root = Element::root("DeleteResult");
    for object in objects {
        let key = object.text_of("Key").filter(|k| !k.is_empty()).ok_or(Code::MalformedXML)?;
        let id = object.text_of("VersionId").filter(|id| !id.is_empty());
        let deleted = delete_one(call, &bucket, key, id);
        if quiet {
            continue;
        }
        let mut element = Element::new("Deleted").leaf("Key", key).leaf_if("VersionId", id);
        if deleted.marker {
            element = element.leaf("DeleteMarker", "true").leaf_if("DeleteMarkerVersionId", deleted.version_id);
        }
        root = root.child(element);
    }
    Ok(document(&root))
}
