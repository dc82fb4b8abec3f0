//! Names: what a bucket may be called, where Spaces is, and how a request says which bucket and key it means.
//!
//! Source: Spaces' limits ("3 to 63 characters, lower-case letters, digits and dashes"), the S3 user guide's naming rules
//! for dots, and DigitalOcean's regional availability of Spaces, 2026-08.

use percent_encoding::percent_decode_str;

/// Regions that have Spaces.
pub const REGIONS: &[&str] = &["ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "ric1", "sfo2", "sfo3", "sgp1", "syd1", "tor1"];

/// The region of a bucket when neither address, body nor signature names one.
pub const DEFAULT_REGION: &str = "nyc3";

/// True for a name that a bucket may have.
#[must_use]
pub fn valid_bucket(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
        && name.split('.').all(|label| edge(label.chars().next()) && edge(label.chars().next_back()))
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// The region in the host's name, when the client used the vendor's own address.
    pub region: Option<String>,
    /// Bucket; empty for the service itself.
    pub bucket: String,
    /// Key; empty for the bucket itself.
    pub key: String,
}

impl Target {
    /// Reads host and path: `nyc3.digitaloceanspaces.com/bucket/key`, `bucket.nyc3.digitaloceanspaces.com/key`,
    /// `127.0.0.1:9000/bucket/key`, `bucket.localhost:9000/key`. `None` when the path is no UTF-8.
    #[must_use]
    pub fn read(host: &str, path: &str) -> Option<Self> {
        let path = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8().ok()?.into_owned();
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(n, _)| n);
        let (region, bucket) = match name.strip_suffix(".digitaloceanspaces.com") {
            Some(rest) => {
                let rest = rest.strip_suffix(".cdn").unwrap_or(rest);
                match rest.rsplit_once('.') {
                    Some((bucket, region)) => (Some(region), Some(bucket)),
                    None => (Some(rest), None),
                }
            }
            None => (None, name.strip_suffix(".localhost")),
        };
        let region = region.map(str::to_owned);
        match bucket {
            Some(bucket) => Some(Self { region, bucket: bucket.to_owned(), key: path }),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
                Some(Self { region, bucket: bucket.to_owned(), key: key.to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for good in ["abc", "my-bucket-1", "0ab", "a.b", "shop-production-media", &"a".repeat(63)] {
            assert!(valid_bucket(good), "{good}");
        }
        for bad in ["", "ab", "Abc", "a_b", "-abc", "abc-", "a..b", "a.-b", ".abc", "10.0.0.1", "a b", "äbc", &"a".repeat(64)] {
            assert!(!valid_bucket(bad), "{bad}");
        }
    }

    #[test]
    fn host_and_path_name_the_bucket() {
        let read = |host: &str, path: &str| {
            let t = Target::read(host, path).unwrap();
            (t.region.unwrap_or_default(), t.bucket, t.key)
        };
        let is = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(read("nyc3.digitaloceanspaces.com", "/"), is("nyc3", "", ""));
        assert_eq!(read("nyc3.digitaloceanspaces.com", "/b/k/1%202"), is("nyc3", "b", "k/1 2"));
        assert_eq!(read("b.ams3.digitaloceanspaces.com", "/k"), is("ams3", "b", "k"));
        assert_eq!(read("b.c.ams3.digitaloceanspaces.com:443", "/"), is("ams3", "b.c", ""));
        assert_eq!(read("b.ams3.cdn.digitaloceanspaces.com", "/k"), is("ams3", "b", "k"));
        assert_eq!(read("127.0.0.1:9000", "/b/"), is("", "b", ""));
        assert_eq!(read("b.localhost:9000", "/k/l"), is("", "b", "k/l"));
        assert_eq!(read("[::1]:9000", "/b//k"), is("", "b", "/k"));
        assert_eq!(Target::read("127.0.0.1", "/b/%ff"), None);
    }
}
