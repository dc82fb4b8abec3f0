//! CDN endpoints in front of buckets.

use super::certificates;
use crate::route::EventHandler;
use crate::spaces::store::Bucket;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/cdn/endpoints", scope: "cdn:read", run: list },
    Route { method: "POST", path: "/v2/cdn/endpoints", scope: "cdn:create", run: create },
    Route { method: "GET", path: "/v2/cdn/endpoints/{cdn_id}", scope: "cdn:read", run: read },
    Route { method: "PUT", path: "/v2/cdn/endpoints/{cdn_id}", scope: "cdn:update", run: update },
    Route { method: "DELETE", path: "/v2/cdn/endpoints/{cdn_id}", scope: "cdn:delete", run: delete },
    Route { method: "DELETE", path: "/v2/cdn/endpoints/{cdn_id}/cache", scope: "cdn:delete", run: purge },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];

/// Endpoints, by id.
const ENDPOINTS: &str = "cdn_endpoints";

/// Seconds. Source: the contract's `ttl`.
const TTLS: [i64; 5] = [60, 600, 3600, 86_400, 604_800];
const DEFAULT_TTL: i64 = 3600;

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "endpoints", cx.visible(ENDPOINTS))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let origin = req.text("origin")?.to_lowercase();
    let endpoint =
        endpoint(cx, &origin).ok_or_else(|| Refusal::unprocessable(format!("origin {origin} is not a Space of your account")))?;
    if cx.list(ENDPOINTS).into_iter().any(|e| e["origin"] == origin.as_str()) {
        return Err(Refusal::conflict("a CDN endpoint already exists for this origin"));
    }
    let id = cx.uuid();
    let blank = json!({ "id": id, "origin": origin, "endpoint": endpoint, "created_at": cx.stamp(), "ttl": DEFAULT_TTL });
    let doc = changed(cx, req, blank)?;
    cx.put(ENDPOINTS, &id, doc.clone());
    Ok(Reply::created("endpoint", doc))
}

/// The host that serves the bucket behind `origin`; `None` when the team has no such bucket.
fn endpoint(cx: &Cx, origin: &str) -> Option<String> {
    let (name, region) = origin.strip_suffix(".digitaloceanspaces.com")?.rsplit_once('.')?;
    Bucket::get(cx, name)
        .filter(|b| b.region == region && b.team == cx.team_id())
        .map(|_| format!("{name}.{region}.cdn.digitaloceanspaces.com"))
}

/// Time to live, certificate and host of the body on top of `doc`; an empty host takes both of the latter away.
fn changed(cx: &Cx, req: &Req, mut doc: Value) -> Result<Value, Refusal> {
    if let Some(ttl) = req.opt_number("ttl")?.filter(|ttl| *ttl != 0) {
        if !TTLS.contains(&ttl) {
            return Err(Refusal::unprocessable("ttl must be one of 60, 600, 3600, 86400, 604800"));
        }
        doc["ttl"] = ttl.into();
    }
    let (host, certificate) = (req.opt_text("custom_domain")?, req.opt_text("certificate_id")?);
    match (host, certificate) {
        (None, None) => {}
        (Some(""), _) | (None, Some("")) => {
            if let Some(doc) = doc.as_object_mut() {
                doc.remove("custom_domain");
                doc.remove("certificate_id");
            }
        }
        (host, certificate) => {
            let old = |field: &str| doc[field].as_str().unwrap_or("").to_owned();
            let host = host.map_or_else(|| old("custom_domain"), str::to_lowercase);
            let certificate = certificate.map_or_else(|| old("certificate_id"), str::to_owned);
            if host.is_empty() || certificate.is_empty() {
                return Err(Refusal::unprocessable("custom_domain and certificate_id are needed together"));
            }
            if certificate != certificates::OF_THE_CDN && !certificates::covers(cx, &certificate, &host) {
                return Err(Refusal::unprocessable(format!("the certificate is not valid for {host}")));
            }
            doc["custom_domain"] = host.into();
            doc["certificate_id"] = certificate.into();
        }
    }
    Ok(doc)
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("endpoint", cx.find(ENDPOINTS, req.param("cdn_id"))?))
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(ENDPOINTS, req.param("cdn_id"))?;
    let doc = changed(cx, req, doc)?;
    cx.put(ENDPOINTS, req.param("cdn_id"), doc.clone());
    Ok(Reply::ok("endpoint", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(ENDPOINTS, req.param("cdn_id"))?;
    cx.remove(ENDPOINTS, req.param("cdn_id"));
    Ok(Reply::no_content())
}

/// Purging leaves no trace: nothing here serves from a cache.
fn purge(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(ENDPOINTS, req.param("cdn_id"))?;
    match req.opt_texts("files")? {
        Some(files) if !files.is_empty() => Ok(Reply::no_content()),
        _ => Err(Refusal::unprocessable("files is required")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch;
    use crate::limits::Counters;
    use crate::reply::Body;
    use crate::spaces::store::{Acl, Bucket, Versioning};
    use crate::state::State;
    use crate::world::{DEFAULT_TEAM, DEFAULT_TOKEN};
    use crate::{Cx, Moment, Req, Vendor, World};
    use bytes::Bytes;
    use serde_json::{Value, json};

    const ORIGIN: &str = "assets.fra1.digitaloceanspaces.com";

    /// A world with the bucket `assets`, and a clock that the test moves.
    struct Bench {
        state: State,
        world: World,
        counters: Counters,
        now: Moment,
    }

    impl Bench {
        fn new() -> Self {
            let (mut state, world) = (State::default(), World::default());
            let now = Moment::parse(&world.start).unwrap();
            let bucket = Bucket {
                name: "assets".to_owned(),
                region: "fra1".to_owned(),
                team: DEFAULT_TEAM.to_owned(),
                created_at: now.rfc3339_millis(),
                versioning: Versioning::Off,
                acl: Acl::Private,
                cors: Vec::new(),
                lifecycle: Vec::new(),
                policy: None,
            };
            bucket.put(&mut Cx::new(&mut state, &world, now, DEFAULT_TEAM));
            Self { state, world, counters: Counters::default(), now }
        }

        fn call(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
            let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
            let request =
                http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {DEFAULT_TOKEN}"));
            let mut req = Req::new(Vendor::DigitalOcean, request.body(bytes).unwrap());
            let mut cx = Cx::new(&mut self.state, &self.world, self.now, "");
            let reply = dispatch(&mut cx, &mut self.counters, &mut req);
            if reply.status >= 400 {
                cx.undo();
            }
            // Five calls in ten seconds are the limit.
            self.now = Moment(self.now.0 + 3_000);
            let Body::Json(body) = reply.body else { return (reply.status, Value::Null) };
            (reply.status, body)
        }
    }

    #[test]
    fn an_origin_is_a_bucket_of_the_account_and_has_one_endpoint() {
        let mut bench = Bench::new();
        for origin in ["other.fra1.digitaloceanspaces.com", "assets.nyc3.digitaloceanspaces.com", "example.com"] {
            assert_eq!(bench.call("POST", "/v2/cdn/endpoints", json!({ "origin": origin })).0, 422, "{origin}");
        }
        assert_eq!(bench.call("POST", "/v2/cdn/endpoints", json!({ "origin": ORIGIN, "ttl": 61 })).0, 422);
        let (status, made) = bench.call("POST", "/v2/cdn/endpoints", json!({ "origin": ORIGIN }));
        assert_eq!((status, &made["endpoint"]["ttl"]), (201, &json!(3600)));
        assert_eq!(made["endpoint"]["endpoint"], "assets.fra1.cdn.digitaloceanspaces.com");
        assert_eq!(bench.call("POST", "/v2/cdn/endpoints", json!({ "origin": ORIGIN })).0, 409);
        let path = format!("/v2/cdn/endpoints/{}", made["endpoint"]["id"].as_str().unwrap());
        assert_eq!(bench.call("PUT", &path, json!({ "ttl": 600 })).1["endpoint"]["ttl"], 600);
        assert_eq!(bench.call("DELETE", &format!("{path}/cache"), json!({ "files": ["*"] })).0, 204);
        assert_eq!(bench.call("DELETE", &format!("{path}/cache"), json!({})).0, 422);
        assert_eq!(bench.call("DELETE", &path, Value::Null).0, 204);
        assert_eq!(bench.call("GET", "/v2/cdn/endpoints", Value::Null).1["meta"]["total"], 0);
    }

    #[test]
    fn a_certificate_in_use_stays_and_covers_the_host() {
        let mut bench = Bench::new();
        let cert = json!({
            "name": "own", "type": "custom", "private_key": "-----BEGIN PRIVATE KEY-----",
            "leaf_certificate": super::super::certificates::test_pem(),
        });
        let id = bench.call("POST", "/v2/certificates", cert).1["certificate"]["id"].clone();
        let with = |host: &str| json!({ "origin": ORIGIN, "custom_domain": host, "certificate_id": id });
        assert_eq!(bench.call("POST", "/v2/cdn/endpoints", with("cdn.example.org")).0, 422);
        assert_eq!(bench.call("POST", "/v2/cdn/endpoints", json!({ "origin": ORIGIN, "certificate_id": id })).0, 422);
        let (status, made) = bench.call("POST", "/v2/cdn/endpoints", with("cdn.example.com"));
        assert_eq!((status, &made["endpoint"]["custom_domain"]), (201, &json!("cdn.example.com")));
        let certificate = format!("/v2/certificates/{}", id.as_str().unwrap());
        assert_eq!(bench.call("DELETE", &certificate, Value::Null).0, 403);
        let path = format!("/v2/cdn/endpoints/{}", made["endpoint"]["id"].as_str().unwrap());
        let (_, without) = bench.call("PUT", &path, json!({ "custom_domain": "", "certificate_id": "" }));
        assert_eq!((&without["endpoint"]["custom_domain"], &without["endpoint"]["certificate_id"]), (&Value::Null, &Value::Null));
        assert_eq!(bench.call("DELETE", &certificate, Value::Null).0, 204);
    }

    #[test]
    fn a_bucket_with_a_policy_takes_no_scoped_key() {
        let mut bench = Bench::new();
        let body = json!({ "name": "a", "grants": [{ "bucket": "assets", "permission": "read" }] });
        assert_eq!(bench.call("POST", "/v2/spaces/keys", body.clone()).0, 201);
        let mut cx = Cx::new(&mut bench.state, &bench.world, bench.now, DEFAULT_TEAM);
        let bucket = Bucket { policy: Some("{}".to_owned()), ..Bucket::get(&cx, "assets").unwrap() };
        bucket.put(&mut cx);
        assert_eq!(bench.call("POST", "/v2/spaces/keys", body).0, 400);
    }
}
