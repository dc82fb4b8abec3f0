//! Signature v4, for Spaces and S3.

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;
use http::Request;
use std::time::{Duration, SystemTime};

/// A key for signing.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// The access key's id.
    pub access: &'a str,
    /// The secret key.
    pub secret: &'a str,
}

/// A request that cannot be signed.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct Unsigned(String);

/// Signs a request for S3 at a time (seconds since 1970), its body included.
///
/// # Errors
/// Where a header is no text.
pub fn sign_s3(request: &mut Request<Bytes>, key: Key<'_>, region: &str, at: i64) -> Result<(), Unsigned> {
    let identity = Credentials::from_keys(key.access, key.secret, None).into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at).unwrap_or(0));
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(time)
        .settings(settings)
        .build()
        .map_err(|e| Unsigned(e.to_string()))?;
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(k, v)| Ok((k.to_string(), v.to_str().map_err(|e| Unsigned(e.to_string()))?.to_owned())))
        .collect::<Result<_, Unsigned>>()?;
    let uri = request.uri().to_string();
    let signable = SignableRequest::new(
        request.method().as_str(),
        uri,
        headers.iter().map(|(k, v)| (k.as_str(), v.as_str())),
        SignableBody::Bytes(request.body()),
    )
    .map_err(|e| Unsigned(e.to_string()))?;
    let (instructions, _) = sign(signable, &params.into()).map_err(|e| Unsigned(e.to_string()))?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}
