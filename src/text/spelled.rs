//! Hosts spelled out with words (`evil dot com`) and the mailbox before a host (`name at …`).
//!
//! Words are ambiguous where signs are not, so both are believed only in the company of a common
//! ending and not next to words that make an ordinary sentence of it.

use std::ops::Range;

use super::host;

/// A host spelled out in a text.
pub(crate) struct Spelled {
    /// Where, in the text given.
    pub(crate) range: Range<usize>,
    /// The host, ASCII.
    pub(crate) host: String,
}

/// Words before `dot com` that make no host of it.
const BEFORE: &[&str] = &[
    "a", "about", "and", "any", "are", "big", "during", "early", "first", "for", "from", "hate", "i", "in",
    "is", "like", "likes", "love", "loves", "many", "my", "new", "of", "old", "on", "or", "our", "say",
    "some", "that", "the", "their", "this", "to", "was", "with", "write", "your",
];

/// Words after `dot com` that make an era of it.
const AFTER: &[&str] =
    &["billionaire", "boom", "bubble", "business", "companies", "company", "crash", "era", "millionaire"];

/// Words before `at` that are no mailbox.
const NO_MAILBOX: &[&str] = &[
    "a",
    "account",
    "address",
    "am",
    "and",
    "are",
    "available",
    "be",
    "buy",
    "chat",
    "check",
    "email",
    "find",
    "found",
    "go",
    "he",
    "here",
    "him",
    "i",
    "is",
    "it",
    "just",
    "look",
    "looking",
    "mail",
    "me",
    "meet",
    "more",
    "now",
    "office",
    "online",
    "order",
    "out",
    "profile",
    "register",
    "see",
    "shop",
    "shopping",
    "site",
    "subscribe",
    "support",
    "them",
    "there",
    "us",
    "video",
    "visit",
    "watch",
    "website",
    "work",
    "working",
    "works",
    "you",
];

/// Hosts where people have mailboxes.
const PROVIDERS: &[&str] = &[
    "163.com",
    "aol.com",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.ru",
    "ymail.com",
];

/// All hosts spelled out in a (refanged) text, in order.
pub(crate) fn hosts(text: &str) -> Vec<Spelled> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((at, end)) = next_dot(text, from) {
        from = end;
        let start = word_start(text, at);
        if let Some(spelled) = chain(text, start, at, end) {
            from = spelled.range.end;
            found.push(spelled);
        }
    }
    found
}

/// The next ` dot ` or ` . `: where it begins and ends, spaces included.
fn next_dot(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at + 3 <= bytes.len() {
        at += bytes[at..].iter().position(|&b| b == b' ')?;
        if let Some(len) = dot_at(&bytes[at..]) {
            return Some((at, at + len));
        }
        at += 1;
    }
    None
}

/// The length of ` dot ` at the start of `bytes`, if it is there.
fn dot_at(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b' ', b'.', b' ', ..] => Some(3),
        [b' ', d, o, t, b' ', ..]
            if d | 0x20 == b'd' && (o | 0x20 == b'o' || *o == b'0') && t | 0x20 == b't' =>
        {
            Some(5)
        }
        _ => None,
    }
}

fn chain(text: &str, start: usize, at: usize, mut end: usize) -> Option<Spelled> {
    let mut name = text[start..at].to_ascii_lowercase();
    let first = name.clone();
    let mut best = None;
    for _ in 0..6 {
        let word_end = word_end(text, end);
        let word = text[end..word_end].trim_end_matches(['.', '-']);
        if word.is_empty() || name.is_empty() {
            break;
        }
        name.push('.');
        name.push_str(&word.to_ascii_lowercase());
        let tld = name.rsplit('.').next().unwrap_or("");
        if host::has(host::COMMON, tld) {
            best = Some((name.clone(), end + word.len()));
        }
        match dot_at(&text.as_bytes()[word_end..]) {
            Some(len) if word.len() == word_end - end => end = word_end + len,
            _ => break,
        }
    }
    let (name, end) = best?;
    let host = host::ascii(&name).filter(|host| host::is_registrable(host))?;
    let next = text[end..].trim_start_matches(' ');
    let next = next[..word_end(next, 0)].to_ascii_lowercase();
    let ordinary = host::has(BEFORE, &first) || host::has(AFTER, &next);
    (!ordinary).then_some(Spelled { range: start..end, host })
}

/// Where the mailbox begins that belongs to the host at `at`: `name@`, `name @ `, `name at `.
///
/// `spelled` says that the host was spelled out or is a mail provider's, so that `at` can be believed.
pub(crate) fn mailbox(text: &str, at: usize, spelled: bool) -> Option<usize> {
    let before = &text[..at];
    let (end, sign) = if let Some(rest) = before.strip_suffix('@') {
        (rest.trim_end_matches(' ').len(), !rest.ends_with(' '))
    } else if let Some(rest) = before.strip_suffix("@ ") {
        (rest.trim_end_matches(' ').len(), false)
    } else if spelled && ends_with_at(before) {
        (before.len() - 4, false)
    } else {
        return None;
    };
    let start = local_start(text, end);
    let local = &text[start..end];
    if local.is_empty() || (!sign && host::has(NO_MAILBOX, &local.to_ascii_lowercase())) {
        return None;
    }
    // `http://user@host` is a link
    (!text[..start].ends_with('/')).then_some(start)
}

/// Whether people have mailboxes at a host.
pub(crate) fn is_provider(host: &str) -> bool {
    host::has(PROVIDERS, host)
}

fn ends_with_at(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 4 && bytes[bytes.len() - 4..].eq_ignore_ascii_case(b" at ")
}

/// Where the local part that ends at `end` begins; at most 64 bytes before it.
fn local_start(text: &str, end: usize) -> usize {
    let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut start = end;
    for (i, c) in text[..end].char_indices().rev() {
        if !is_local(c) || end - i > 64 {
            break;
        }
        start = i;
    }
    let glued = text[start..end].char_indices().rev().find(|&(_, c)| host::is_spaceless(c));
    if let Some((at, c)) = glued
        && start + at + c.len_utf8() < end
    {
        start += at + c.len_utf8();
    }
    end - text[start..end].trim_start_matches(['.', '-', '%', '+']).len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
}

fn word_start(text: &str, end: usize) -> usize {
    let word = text.as_bytes()[..end].iter().rev().take(64).take_while(|&&b| is_word(b)).count();
    end - word
}

fn word_end(text: &str, start: usize) -> usize {
    start + text.as_bytes()[start..].iter().take(64).take_while(|&&b| is_word(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [BEFORE, AFTER, NO_MAILBOX, PROVIDERS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn spells() {
        let all = |text| hosts(text).into_iter().map(|spelled| spelled.host).collect::<Vec<_>>();
        assert_eq!(all("go to evil dot com now"), ["evil.com"]);
        assert_eq!(all("shop DOT evil dot co dot uk"), ["shop.evil.co.uk"]);
        assert_eq!(all("i like dot com"), [""; 0]);
        assert_eq!(all("amazon dot com bubble"), [""; 0]);
        assert_eq!(all("put a dot on it"), [""; 0]);
    }
}
