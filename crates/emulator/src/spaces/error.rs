//! Refusals in S3's form: a code, its status, a sentence, and an XML document around them.
//!
//! Source of codes and statuses: the S3 API reference, "Error responses"; Spaces uses the same
//! (DigitalOcean documentation, Spaces).

use super::xml::{Element, MalformedXml};
use crate::Reply;

macro_rules! codes {
    ($($name:ident $status:literal $message:literal;)+) => {
        /// S3's word for what is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $(#[doc = $message] $name),+ }

        impl Code {
            /// The word as it stands in the document.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            fn message(self) -> &'static str {
                match self { $(Self::$name => $message),+ }
            }
        }
    };
}

codes! {
    AccessDenied 403 "Access Denied.";
    AuthorizationHeaderMalformed 400 "The authorization header that you provided is not valid.";
    AuthorizationQueryParametersError 400 "The authorization query parameters that you provided are not valid.";
    BadDigest 400 "The digest that you specified did not match what we received.";
    BucketAlreadyExists 409 "The requested bucket name is not available. Please select a different name and try again.";
    BucketAlreadyOwnedByYou 409 "The bucket that you tried to create already exists, and you own it.";
    BucketNotEmpty 409 "The bucket that you tried to delete is not empty.";
    EntityTooLarge 400 "Your proposed upload exceeds the maximum allowed object size.";
    EntityTooSmall 400 "Your proposed upload is smaller than the minimum allowed object size.";
    IncompleteBody 400 "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    IllegalVersioningConfigurationException 400 "The versioning configuration specified in the request is not valid.";
    InternalError 500 "An internal error occurred. Try again.";
    InvalidAccessKeyId 403 "The access key ID that you provided does not exist in our records.";
    InvalidArgument 400 "Invalid argument.";
    InvalidBucketName 400 "The specified bucket is not valid.";
    InvalidDigest 400 "The Content-MD5 or checksum value that you specified is not valid.";
    InvalidLocationConstraint 400 "The specified location constraint is not valid.";
    InvalidPart 400 "One or more of the specified parts could not be found.";
    InvalidPartOrder 400 "The list of parts was not in ascending order.";
    InvalidRange 416 "The requested range is not satisfiable.";
    InvalidRequest 400 "The request is not valid.";
    KeyTooLongError 400 "Your key is too long.";
    MalformedPolicy 400 "Your policy contains a principal that is not valid.";
    MalformedXML 400 "The XML that you provided was not well formed or did not validate against our published schema.";
    MetadataTooLarge 400 "Your metadata headers exceed the maximum allowed metadata size.";
    MethodNotAllowed 405 "The specified method is not allowed against this resource.";
    MissingContentLength 411 "You must provide the Content-Length HTTP header.";
    NoSuchBucket 404 "The specified bucket does not exist.";
    NoSuchBucketPolicy 404 "The specified bucket does not have a bucket policy.";
    NoSuchCORSConfiguration 404 "The specified bucket does not have a CORS configuration.";
    NoSuchKey 404 "The specified key does not exist.";
    NoSuchLifecycleConfiguration 404 "The lifecycle configuration does not exist.";
    NoSuchUpload 404 "The specified multipart upload does not exist.";
    NoSuchVersion 404 "The version ID specified in the request does not match an existing version.";
    NotImplemented 501 "A header or query that you provided implies functionality that is not implemented.";
    PreconditionFailed 412 "At least one of the preconditions that you specified did not hold.";
    RequestTimeTooSkewed 403 "The difference between the request time and the server's time is too large.";
    ServiceUnavailable 503 "Service is unable to handle request.";
    SignatureDoesNotMatch 403 "The request signature that the server calculated does not match the signature that you provided.";
    SlowDown 503 "Please reduce your request rate.";
    TooManyBuckets 400 "You have attempted to create more buckets than are allowed for the account.";
    XAmzContentSHA256Mismatch 400 "The provided 'x-amz-content-sha256' header does not match what was computed.";
}

/// A refusal. Whatever the request had changed so far is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Error {
    /// What is wrong.
    pub code: Code,
    /// The sentence for people.
    pub message: String,
    /// Headers of the reply, such as `x-amz-delete-marker`.
    pub headers: Vec<(&'static str, String)>,
    /// Further elements of the document, such as `CanonicalRequest`.
    pub fields: Vec<(&'static str, String)>,
}

impl S3Error {
    /// The refusal with a sentence of its own.
    pub fn because(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), headers: Vec::new(), fields: Vec::new() }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with an element.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// The reply; without its document when the client asked by `HEAD`.
    #[must_use]
    pub fn reply(self, bucket: &str, key: &str, request_id: &str, head: bool) -> Reply {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let document = Element::new("Error")
            .leaf("Code", self.code.name())
            .leaf("Message", &self.message)
            .leaf_if("BucketName", some(bucket))
            .leaf_if("Key", some(key))
            .extend(self.fields.iter().map(|(name, value)| Element::of(*name, value)))
            .leaf("RequestId", request_id)
            .document();
        let mut reply =
            if head { Reply { status: 0, ..Reply::no_content() } } else { Reply::raw(0, "application/xml", document) };
        reply.status = self.code.status();
        for (name, value) in self.headers {
            reply = reply.with(name, value);
        }
        reply
    }
}

impl From<Code> for S3Error {
    fn from(code: Code) -> Self {
        Self::because(code, code.message())
    }
}

impl From<MalformedXml> for S3Error {
    fn from(_: MalformedXml) -> Self {
        Code::MalformedXML.into()
    }
}

/// What every handler gives.
pub type Answer = Result<Reply, S3Error>;
