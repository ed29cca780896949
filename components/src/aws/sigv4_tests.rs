use super::*;

/// 2015-08-30T12:36:00Z, when AWS's test suite signs.
const THEN: Timestamp = Timestamp(1_440_938_160_000);

fn signer(service: &'static str, access_key_id: &str, secret_access_key: &str) -> Signer {
    Signer {
        access_key_id: access_key_id.into(),
        secret_access_key: secret_access_key.into(),
        session_token: None,
        region: "us-east-1".into(),
        service,
        checksum: false,
    }
}

fn server(url: &str) -> Server {
    Server::of(url).unwrap()
}

fn authorization(outbound: &Outbound) -> &str {
    outbound
        .headers
        .iter()
        .find(|(name, _)| *name == "authorization")
        .map(|(_, value)| value.as_str())
        .unwrap()
}

fn suite(
    method: Method,
    path: &str,
    headers: Vec<(&'static str, String)>,
    body: &str,
    token: Option<&str>,
) -> String {
    let signer = Signer {
        session_token: token.map(str::to_owned),
        ..signer("service", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    };
    let to = server("https://example.amazonaws.com");
    let outbound = signer.request(method, (&to, path), headers, body.as_bytes().to_vec(), THEN);
    let authorization = authorization(&outbound);
    let prefix =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=";
    authorization.strip_prefix(prefix).unwrap().to_owned()
}

/// AWS's own suite (docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html), by the names of its cases.
#[test]
fn signatures_are_those_of_the_test_suite() {
    let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
    for (name, got, expected) in [
        (
            "get-vanilla",
            suite(Method::GET, "/", vec![], "", None),
            "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "post-vanilla",
            suite(Method::POST, "/", vec![], "", None),
            "host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-header-key-sort",
            suite(Method::POST, "/", vec![("my-header1", "value1".into())], "", None),
            "host;my-header1;x-amz-date, Signature=c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        ),
        (
            "post-x-www-form-urlencoded",
            suite(Method::POST, "/", vec![form], "Param1=value1", None),
            "content-type;host;x-amz-date, \
             Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "get-utf8",
            suite(Method::GET, "/ሴ", vec![], "", None),
            "host;x-amz-date, Signature=8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
    ] {
        assert_eq!(got, expected, "{name}");
    }
}

/// "Example: PUT Object" of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
#[test]
fn an_object_is_signed_as_amazons_example_is() {
    let signer = signer("s3", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let headers = vec![
        ("date", "Fri, 24 May 2013 00:00:00 GMT".to_owned()),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY".to_owned()),
    ];
    let to = server("https://examplebucket.s3.amazonaws.com");
    let path = encoded("/test$file.text");
    let body = b"Welcome to Amazon S3.".to_vec();
    let outbound = signer.request(Method::PUT, (&to, &path), headers, body, Timestamp(1_369_353_600_000));
    assert_eq!(outbound.url, "https://examplebucket.s3.amazonaws.com/test%24file.text");
    assert_eq!(
        authorization(&outbound),
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, \
         Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    );
}

#[test]
fn a_session_token_is_sent_and_signed() {
    let signer = Signer { session_token: Some("token".into()), ..signer("kinesis", "AKID", "secret") };
    let to = server("http://localhost:4566/in");
    let outbound = signer.request(Method::POST, (&to, "/"), vec![], vec![], THEN);
    assert_eq!(outbound.url, "http://localhost:4566/in/");
    assert!(outbound.headers.contains(&("x-amz-security-token", "token".into())));
    assert!(authorization(&outbound).contains("SignedHeaders=host;x-amz-date;x-amz-security-token, "));
}

#[test]
fn a_signer_shows_no_secret() {
    let shown = format!("{:?}", signer("s3", "AKID", "sesame"));
    assert_eq!(shown, r#"Signer { region: "us-east-1", service: "s3", .. }"#);
}

#[test]
fn time_is_to_the_second() {
    assert_eq!(time(Timestamp(1_440_938_160_999)), "20150830T123600Z");
}
