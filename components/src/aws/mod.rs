//! What Amazon's services share: credentials, regions, servers, signatures.

pub(crate) mod sigv4;

use http::Uri;
use selvedge_core::component::{ResolvedSettings, SettingError, SettingSpec};

use self::sigv4::Signer;

/// The id of the access key.
pub(crate) const ACCESS_KEY_ID: SettingSpec = SettingSpec {
    name: "access_key_id",
    required: true,
    secret: false,
    help: "The access key's id, `AKIA…`: IAM → Users → your user → Security credentials → Access keys.",
};

/// The access key itself.
pub(crate) const SECRET_ACCESS_KEY: SettingSpec = SettingSpec {
    name: "secret_access_key",
    required: true,
    secret: true,
    help: "The secret access key, which IAM shows once, when the access key is created.",
};

/// What temporary credentials have beside.
pub(crate) const SESSION_TOKEN: SettingSpec = SettingSpec {
    name: "session_token",
    required: false,
    secret: true,
    help: "The session token of temporary credentials, `ASIA…`, which STS gives with them. They expire.",
};

/// Where.
pub(crate) const REGION: SettingSpec = SettingSpec {
    name: "region",
    required: true,
    secret: false,
    help: "The region's code, `eu-west-3`: in the console's address, and in the menu at its top right.",
};

/// A server, as a request is signed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// `https` or `http`.
    pub(crate) scheme: String,
    /// With its port, unless that is the scheme's own: as it is sent.
    pub(crate) host: String,
    /// What every path begins with; without a slash at the end.
    pub(crate) path: String,
}

impl Server {
    /// The server of an absolute URL without a query.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?.to_owned(), uri.authority()?);
        let own = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        if authority.host().is_empty() || authority.as_str().contains('@') || uri.query().is_some() {
            return None;
        }
        let name = authority.host().to_ascii_lowercase();
        let host = match authority.port_u16() {
            Some(port) if port != own => format!("{name}:{port}"),
            _ => name,
        };
        Some(Self { scheme, host, path: uri.path().trim_end_matches('/').to_owned() })
    }
}

/// The server of a service, or the `endpoint` that replaces it.
pub(crate) fn server(settings: &ResolvedSettings, vendor: &str) -> Result<Server, SettingError> {
    let wrong = || SettingError { name: "endpoint", problem: "is not an absolute URL, https://host".into() };
    Server::of(settings.endpoint.as_deref().unwrap_or(vendor)).ok_or_else(wrong)
}

/// The domain under which a region's services are: `partitions.json` of AWS's SDKs, as of 2026-11. What is not on the
/// Internet is not here.
pub(crate) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else if region.starts_with("eusc-") {
        "amazonaws.eu"
    } else {
        "amazonaws.com"
    }
}

/// What signs for a service.
pub(crate) fn signer(settings: &ResolvedSettings, service: &'static str) -> Result<Signer, SettingError> {
    Ok(Signer {
        access_key_id: word(settings, "access_key_id")?,
        // Any bytes, for it does not travel. Stores of secrets like to add a newline.
        secret_access_key: settings.required("secret_access_key")?.trim().to_owned(),
        session_token: settings.text("session_token").map(|_| word(settings, "session_token")).transpose()?,
        region: region(settings)?,
        service,
        checksum: service == "s3" && settings.endpoint.is_none(),
    })
}

fn region(settings: &ResolvedSettings) -> Result<String, SettingError> {
    let region = settings.required("region")?;
    let fits = region.len() <= 63 && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let problem = format!("`{region}` is not the code of a region, such as eu-west-3");
    if fits { Ok(region) } else { Err(SettingError { name: "region", problem }) }
}

/// A setting that goes into a header field, where a space, a comma or a slash would end it.
fn word(settings: &ResolvedSettings, name: &'static str) -> Result<String, SettingError> {
    let value = settings.required(name)?.trim().to_owned();
    let slash = name == "session_token";
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b',' && (slash || byte != b'/');
    if !value.is_empty() && value.bytes().all(fits) {
        return Ok(value);
    }
    Err(SettingError { name, problem: "has characters that it cannot have".into() })
}

/// Whether it is a name as streams have it, of at most `length` characters.
pub(crate) fn is_stream_name(text: &str, length: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !text.is_empty() && text.len() <= length && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_core::config::Setting;

    #[test]
    fn a_server_is_named_as_its_requests_name_it() {
        for (url, expected) in [
            ("https://s3.eu-west-3.amazonaws.com", Some(("s3.eu-west-3.amazonaws.com", ""))),
            ("https://MinIO.example:443/a/b/", Some(("minio.example", "/a/b"))),
            ("http://localhost:9000", Some(("localhost:9000", ""))),
            ("http://localhost:80/", Some(("localhost", ""))),
            ("https://user:pass@host", None),
            ("https://host/?x=1", None),
            ("ftp://host", None),
            ("/path", None),
            ("", None),
        ] {
            let server = Server::of(url);
            let found = server.as_ref().map(|server| (server.host.as_str(), server.path.as_str()));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn credentials_are_what_a_header_can_carry() {
        let settings = |key: &str, token: &str| {
            let values = [
                ("access_key_id", key),
                ("secret_access_key", "any/thing+ at all\n"),
                ("session_token", token),
                ("region", "eu-west-3"),
            ];
            let values = values.map(|(name, value)| (name.to_owned(), Setting::Text(value.to_owned())));
            ResolvedSettings { values: values.into(), endpoint: None }
        };
        let signer = signer(&settings("AKID\n", "ab/c+d=="), "s3").unwrap();
        assert_eq!(
            (signer.access_key_id.as_str(), signer.session_token.as_deref()),
            ("AKID", Some("ab/c+d=="))
        );
        assert_eq!(signer.secret_access_key, "any/thing+ at all");
        for (key, token, name) in [
            ("AK ID", "", "access_key_id"),
            ("AK/ID", "", "access_key_id"),
            ("ÄKID", "", "access_key_id"),
            ("AKID", "a\nb", "session_token"),
        ] {
            assert_eq!(super::signer(&settings(key, token), "s3").unwrap_err().name, name);
        }
    }
}
