//! HTTP Basic, checked before a byte of the body is read.
//!
//! What is compared is of equal length, all of it and in constant time: neither the time nor the
//! order of the credentials tells how near a guess was. A header written as platforms write it is
//! compared as it stands; any other is taken apart, and the digest of what is in it compared.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::config::{Auth, ConfigError};

/// Words of 8 bytes in a header that is compared as it stands: enough for the longest credential
/// that the platform takes, of 50 and 100 characters.
const WORDS: usize = 28;

/// The credentials that are valid.
pub(super) struct Guard(Vec<Valid>);

/// A valid credential.
struct Valid {
    /// The header as platforms write it; none where it is longer than that.
    header: Option<Padded>,
    /// The digest of `user:password`.
    digest: [u8; 32],
}

impl Guard {
    /// Reads the passwords.
    ///
    /// # Errors
    /// If one can't be had.
    pub(super) fn new(auth: &Auth) -> Result<Self, ConfigError> {
        let valid = auth.credentials.iter().map(|one| {
            let pair = format!("{}:{}", one.username, one.secret()?.expose());
            let header = Padded::new(format!("Basic {}", STANDARD.encode(&pair)).as_bytes());
            Ok(Valid { header, digest: digest(pair.as_bytes()) })
        });
        valid.collect::<Result<_, _>>().map(Guard)
    }

    /// Whether a request with these headers may pass: its credential is valid, or none is asked for.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(header) = headers.get(AUTHORIZATION) else { return false };
        self.knows(header.as_bytes()) || pair(headers).is_some_and(|pair| self.admits_pair(&pair))
    }

    /// Whether the header is one of the valid ones to the letter.
    fn knows(&self, header: &[u8]) -> bool {
        let Some(given) = Padded::new(header) else { return false };
        self.any(|valid| valid.header.as_ref().map_or(Choice::from(0), |header| header.ct_eq(&given)))
    }

    fn admits_pair(&self, pair: &[u8]) -> bool {
        let given = digest(pair);
        self.any(|valid| valid.digest[..].ct_eq(&given[..]))
    }

    /// Whether one of the credentials is the given one; all of them are asked.
    fn any(&self, is_given: impl Fn(&Valid) -> Choice) -> bool {
        self.0.iter().fold(Choice::from(0), |found, valid| found | is_given(valid)).into()
    }
}

/// A header filled up with zeros, which no header holds.
struct Padded([u64; WORDS]);

impl Padded {
    /// None where the header is longer than that.
    fn new(header: &[u8]) -> Option<Self> {
        let mut bytes = [0; WORDS * 8];
        bytes.get_mut(..header.len())?.copy_from_slice(header);
        let (words, _) = bytes.as_chunks();
        let mut padded = Padded([0; WORDS]);
        for (word, bytes) in padded.0.iter_mut().zip(words) {
            *word = u64::from_ne_bytes(*bytes);
        }
        Some(padded)
    }

    fn ct_eq(&self, other: &Padded) -> Choice {
        self.0[..].ct_eq(&other.0[..])
    }
}

/// The name that a request gives, valid or not.
pub(super) fn username(headers: &HeaderMap) -> Option<String> {
    let pair = String::from_utf8(pair(headers)?).ok()?;
    pair.split_once(':').map(|(name, _)| name.to_owned())
}

/// The `user:password` that a request gives.
fn pair(headers: &HeaderMap) -> Option<Vec<u8>> {
    let header = headers.get(AUTHORIZATION)?.as_bytes();
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
            assert_eq!(guard.admits(request.headers()), expected, "{header}");
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
        check(&format!("Basic {}", basic(&format!("a:{}", "x".repeat(500)))), false);
        assert!(!guard.admits(&HeaderMap::new()));
        assert!(nobody.admits(&HeaderMap::new()));
    }

    #[test]
    fn a_password_longer_than_platforms_take_is_as_good() {
        for length in [1, 100, 151, 152, 160, 161, 162, 163, 164, 165, 1000] {
            let password = "x".repeat(length);
            let auth =
                Auth { credentials: vec![Credential::new("a", "other"), Credential::new("a", &*password)] };
            let guard = Guard::new(&auth).expect("passwords");
            for (given, expected) in [(length, true), (length - 1, false), (length + 1, false)] {
                let header = format!("Basic {}", STANDARD.encode(format!("a:{}", "x".repeat(given))));
                let request = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
                assert_eq!(guard.admits(request.headers()), expected, "{given} of {length}");
            }
        }
    }
}
