//! The worked examples of AWS's own documents ("Examples: Signature Calculations", S3 API reference), to the letter.

use super::*;
use crate::request::pairs;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}

fn authorization(signed: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
         SignedHeaders={signed},Signature={signature}"
    )
}

fn check(method: &str, path: &str, query: &str, headers: &HeaderMap, payload: &str) -> Result<Seed, S3Error> {
    let claim = Claim::read(&pairs(query), headers).unwrap().expect("the request is signed");
    assert_eq!(claim.access_key, "AKIAIOSFODNN7EXAMPLE");
    claim.verify(SECRET, method, path, query, headers, payload)
}

#[test]
fn get_object_with_a_range() {
    let auth = authorization(
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    let h = headers(&[HOST, ("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY), DATE, ("authorization", &auth)]);
    check("GET", "/test.txt", "", &h, EMPTY).unwrap();
    assert_eq!(check("GET", "/test2.txt", "", &h, EMPTY).unwrap_err().code, Code::SignatureDoesNotMatch);
    assert_eq!(check("PUT", "/test.txt", "", &h, EMPTY).unwrap_err().code, Code::SignatureDoesNotMatch);
    assert_eq!(check("GET", "/test.txt", "acl", &h, EMPTY).unwrap_err().code, Code::SignatureDoesNotMatch);
}

#[test]
fn put_object_with_a_dollar_in_its_name() {
    let payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    assert_eq!(sha256_hex(b"Welcome to Amazon S3."), payload);
    let auth = authorization(
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
    let h = headers(&[
        HOST,
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-content-sha256", payload),
        DATE,
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("authorization", &auth),
    ]);
    check("PUT", "/test$file.text", "", &h, payload).unwrap();
    check("PUT", "/test%24file.text", "", &h, payload).unwrap();
}

#[test]
fn get_bucket_lifecycle() {
    let auth =
        authorization("host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    let h = headers(&[HOST, ("x-amz-content-sha256", EMPTY), DATE, ("authorization", &auth)]);
    check("GET", "/", "lifecycle", &h, EMPTY).unwrap();
    check("GET", "/", "lifecycle=", &h, EMPTY).unwrap();
}

#[test]
fn list_objects() {
    let auth =
        authorization("host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    let h = headers(&[HOST, ("x-amz-content-sha256", EMPTY), DATE, ("authorization", &auth)]);
    check("GET", "/", "max-keys=2&prefix=J", &h, EMPTY).unwrap();
    check("GET", "/", "prefix=J&max-keys=2", &h, EMPTY).unwrap();
}

#[test]
fn presigned_get() {
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F\
                 aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=\
                 aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let h = headers(&[HOST]);
    let claim = Claim::read(&pairs(query), &h).unwrap().unwrap();
    assert_eq!(claim.carried, Carried::Query { seconds: 86400 });
    assert_eq!(claim.at, Moment::parse("2013-05-24T00:00:00Z").unwrap());
    check("GET", "/test.txt", query, &h, UNSIGNED).unwrap();
    let longer = query.replace("86400", "86401");
    assert_eq!(check("GET", "/test.txt", &longer, &h, UNSIGNED).unwrap_err().code, Code::SignatureDoesNotMatch);
}

#[test]
fn an_unsigned_amz_header_is_refused() {
    let auth =
        authorization("host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    let h = headers(&[HOST, ("x-amz-content-sha256", EMPTY), DATE, ("x-amz-acl", "public-read"), ("authorization", &auth)]);
    let error = check("GET", "/", "lifecycle", &h, EMPTY).unwrap_err();
    assert_eq!((error.code, error.fields), (Code::AccessDenied, vec![("HeadersNotSigned", "x-amz-acl".to_owned())]));
}

#[test]
fn claims_that_cannot_be_read_say_why() {
    let read = |auth: &str, query: &str| {
        let mut list = vec![HOST, DATE];
        if !auth.is_empty() {
            list.push(("authorization", auth));
        }
        Claim::read(&pairs(query), &headers(&list)).map_err(|e| e.code)
    };
    assert_eq!(read("", ""), Ok(None));
    assert_eq!(read("AWS key:signature", ""), Err(Code::InvalidRequest));
    assert_eq!(read("AWS4-HMAC-SHA256 Credential=a", ""), Err(Code::AuthorizationHeaderMalformed));
    assert_eq!(read(&authorization("x-amz-date", "00"), ""), Err(Code::AuthorizationHeaderMalformed));
    assert_eq!(read(&authorization("host", "00").replace("20130524", "20130525"), ""), Err(Code::AuthorizationHeaderMalformed));
    assert_eq!(read(&authorization("host", "00").replace("/s3/", "/ec2/"), ""), Err(Code::AuthorizationHeaderMalformed));
    assert_eq!(read("", "X-Amz-Algorithm=AWS4-HMAC-SHA256"), Err(Code::AuthorizationQueryParametersError));
    assert_eq!(read("", "AWSAccessKeyId=a&Signature=b&Expires=1"), Err(Code::InvalidRequest));
}
