//! Links by host, on label boundaries: `bit.ly` also means `x.bit.ly`, never `notbit.ly`.
//!
//! A set of domains is one hash table that is asked once for each label of a host, so that a
//! hundred thousand entries cost what ten cost.

use std::collections::HashMap;

use thiserror::Error;

use crate::text::host;

/// A domain as a rule names it: lower case, ASCII (punycode), without `*.`; all below it is meant too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(String);

/// Why an entry is no domain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DomainError {
    /// Nothing was given.
    #[error("the domain is empty")]
    Empty,
    /// A URL or part of one was given; the text is its host, if it has one.
    #[error("`{entry}` is more than a domain: write `{host}`")]
    Url {
        /// The entry as written.
        entry: String,
        /// The domain to write.
        host: String,
    },
    /// A `*` elsewhere than in front.
    #[error(
        "`{0}`: `*` may only stand in front, as in `*.example.com`, which means the same as `example.com`"
    )]
    Wildcard(String),
    /// No such name can exist.
    #[error("`{0}` is no domain name: labels of letters, digits and `-`, parted by dots")]
    Invalid(String),
}

impl Domain {
    /// Reads an entry: `bit.ly`, `*.bit.ly`, `Bücher.example`.
    ///
    /// # Errors
    /// When the entry is empty, a URL, has a `*` elsewhere than in front, or is no name.
    pub fn parse(entry: &str) -> Result<Self, DomainError> {
        let name = entry.trim();
        let name = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() {
            return Err(DomainError::Empty);
        }
        if name.contains(['/', ':', '@', '?', '#']) {
            let host = host_of(name).ok_or_else(|| DomainError::Invalid(entry.to_owned()))?;
            return Err(DomainError::Url { entry: entry.to_owned(), host });
        }
        if name.contains('*') {
            return Err(DomainError::Wildcard(entry.to_owned()));
        }
        host::ascii(name).map(Domain).ok_or_else(|| DomainError::Invalid(entry.to_owned()))
    }

    /// The name: lower case, ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Many domains, each with its owner's number.
#[derive(Clone, Debug, Default)]
pub struct Domains {
    owners: HashMap<Box<str>, Vec<usize>>,
}

impl Domains {
    /// A set of domains and whose they are; a domain may be given more than once.
    pub fn new(entries: impl IntoIterator<Item = (Domain, usize)>) -> Self {
        let mut owners: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        for (domain, owner) in entries {
            let known = owners.entry(domain.0.into_boxed_str()).or_default();
            if !known.contains(&owner) {
                known.push(owner);
            }
        }
        Domains { owners }
    }

    /// Whether there is no domain in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The owners of all domains that hold a host (as in [`crate::text::link::Link::host`]), the
    /// narrowest domain first; an owner of several is named once for each.
    pub fn matching<'a>(&'a self, host: &'a str) -> impl Iterator<Item = usize> + 'a {
        let starts = std::iter::once(0).chain(host.match_indices('.').map(|(at, _)| at + 1));
        starts.filter_map(|start| self.owners.get(&host[start..])).flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domains(entries: &[&str]) -> Domains {
        Domains::new(entries.iter().enumerate().map(|(id, entry)| (Domain::parse(entry).expect(entry), id)))
    }

    #[test]
    fn reads_entries() {
        for (entry, name) in [
            ("bit.ly", "bit.ly"),
            ("*.Bit.LY", "bit.ly"),
            (" bit.ly. ", "bit.ly"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("ru", "ru"),
            ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("1.2.3.4", "1.2.3.4"),
        ] {
            assert_eq!(Domain::parse(entry).expect(entry).as_str(), name);
        }
    }

    #[test]
    fn refuses_what_is_no_domain() {
        for (entry, message) in [
            ("", "the domain is empty"),
            ("*.", "the domain is empty"),
            ("https://Bit.ly/x", "`https://Bit.ly/x` is more than a domain: write `bit.ly`"),
            ("bit.ly/x", "`bit.ly/x` is more than a domain: write `bit.ly`"),
            ("bit.ly:443", "`bit.ly:443` is more than a domain: write `bit.ly`"),
            ("a@bit.ly", "`a@bit.ly` is more than a domain: write `bit.ly`"),
        ] {
            assert_eq!(Domain::parse(entry).expect_err(entry).to_string(), message);
        }
        for entry in ["bit.*", "b*t.ly", "*"] {
            assert!(matches!(Domain::parse(entry), Err(DomainError::Wildcard(_))), "{entry}");
        }
        for entry in ["a b.com", "-a.com", "a..b", "://", "exa$mple.com"] {
            assert!(matches!(Domain::parse(entry), Err(DomainError::Invalid(_))), "{entry}");
        }
    }

    #[test]
    fn matches_on_label_boundaries() {
        let set = domains(&["bit.ly", "x.bit.ly", "evil.com", "ru"]);
        let of = |host| set.matching(host).collect::<Vec<_>>();
        assert_eq!(of("bit.ly"), [0]);
        assert_eq!(of("a.x.bit.ly"), [1, 0]);
        assert_eq!(of("notbit.ly"), [0; 0]);
        assert_eq!(of("ly"), [0; 0]);
        assert_eq!(of("bit.ly.com"), [0; 0]);
        assert_eq!(of("mail.ru"), [3]);
        assert_eq!(of(""), [0; 0]);
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_rule(
            entries in proptest::collection::vec("[ab](\\.[ab]){0,2}", 0..6), host in "[ab](\\.[ab]){0,4}"
        ) {
            let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
            let mut found: Vec<usize> = domains(&entries).matching(&host).collect();
            found.sort_unstable();
            let holds = |entry: &str| host == entry || host.ends_with(&format!(".{entry}"));
            let expected: Vec<usize> = (0..entries.len()).filter(|&id| holds(entries[id])).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
