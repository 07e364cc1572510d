//! HTTP Basic, checked before a byte of the body is read.
//!
//! Digests of equal length are compared, all of them and in constant time: neither the time nor the
//! order of the credentials tells how near a guess was.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::config::{Auth, ConfigError};

/// The digests of the credentials that are valid.
pub(super) struct Guard(Vec<[u8; 32]>);

impl Guard {
    /// Reads the passwords.
    ///
    /// # Errors
    /// If one can't be had.
    pub(super) fn new(auth: &Auth) -> Result<Self, ConfigError> {
        let digests = auth.credentials.iter().map(|one| {
            let pair = format!("{}:{}", one.username, one.secret()?.expose());
            Ok(digest(pair.as_bytes()))
        });
        digests.collect::<Result<_, _>>().map(Guard)
    }

    /// Whether the request may pass: its credential is valid, or none is asked for.
    pub(super) fn admits(&self, request: &HttpRequest) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(pair) = pair(request) else { return false };
        let given = digest(&pair);
        let found = self.0.iter().fold(Choice::from(0), |found, valid| found | valid[..].ct_eq(&given[..]));
        found.into()
    }
}

/// The name that the request gives, valid or not.
pub(super) fn username(request: &HttpRequest) -> Option<String> {
    let pair = String::from_utf8(pair(request)?).ok()?;
    pair.split_once(':').map(|(name, _)| name.to_owned())
}

/// The `user:password` that the request gives.
fn pair(request: &HttpRequest) -> Option<Vec<u8>> {
    let header = request.headers().get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = header.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    STANDARD.decode(rest.trim_ascii()).ok()
}

fn digest(pair: &[u8]) -> [u8; 32] {
    Sha256::digest(pair).into()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::config::Credential;

    #[test]
    fn only_a_valid_pair_passes() {
        let guard = |credentials| Guard::new(&Auth { credentials }).expect("passwords");
        let nobody = guard(vec![]);
        let guard = guard(vec![Credential::new("a", "secret:one"), Credential::new("b", "two")]);
        let check = |header: &str, expected: bool| {
            let request = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
            assert_eq!(guard.admits(&request), expected, "{header}");
        };
        let basic = |pair: &str| STANDARD.encode(pair);
        check(&format!("Basic {}", basic("a:secret:one")), true);
        check(&format!("bAsIc  {} ", basic("b:two")), true);
        check(&format!("Basic {}", basic("a:two")), false);
        check(&format!("Basic {}", basic("")), false);
        check(&format!("Bearer {}", basic("b:two")), false);
        check("Basic", false);
        check("Basic ???", false);
        check("", false);
        assert!(!guard.admits(&TestRequest::default().to_http_request()));
        assert!(nobody.admits(&TestRequest::default().to_http_request()));
    }
}
