//! Hosts spelled out with words (`evil dot com`) and the mailbox before a host (`name at …`).
//!
//! Words are ambiguous where signs are not, so both are believed only in the company of a common
//! ending and not next to words that make an ordinary sentence of it.

use std::ops::Range;

use super::{
    host,
    signword::{self, Dot},
};

/// A host spelled out in a text.
pub(crate) struct Spelled {
    /// Where, in the text given.
    pub(crate) range: Range<usize>,
    /// The host, ASCII.
    pub(crate) host: String,
    /// The path after it, spelled out too: `/` at least.
    pub(crate) path: String,
}

/// Words before `dot com` that make no host of it.
const BEFORE: &[&str] = &[
    "a", "about", "and", "any", "are", "azienda", "bajo", "big", "bolla", "burbuja", "buy", "buying",
    "cheap", "das", "de", "der", "die", "domain", "domains", "during", "each", "early", "ein", "einen", "el",
    "empresa", "empresas", "en", "every", "first", "for", "free", "from", "get", "hate", "i", "il", "im",
    "in", "is", "la", "le", "les", "like", "likes", "lo", "love", "loves", "many", "my", "new", "nice", "o",
    "of", "old", "on", "only", "or", "our", "own", "register", "say", "sell", "selling", "some", "that",
    "the", "their", "this", "to", "um", "un", "una", "use", "using", "want", "was", "with", "write", "your",
];

/// Words after `dot com` that make an era of it.
const AFTER: &[&str] = &[
    "billionaire",
    "boom",
    "bubble",
    "business",
    "companies",
    "company",
    "crash",
    "domain",
    "domains",
    "era",
    "millionaire",
    "website",
    "websites",
];

/// Endings that are no words of the languages whose words for a dot are known.
const SURE: &[&str] =
    &["br", "com", "fr", "gg", "info", "io", "net", "nl", "org", "pl", "ru", "tv", "ua", "xyz"];

/// Hosts of invitations whose ending is an everyday word.
const HANDLES: &[&str] = &["m.me", "t.me", "telegram.me", "wa.me"];

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
    while let Some((separator, range)) = next_dot(text, from) {
        from = range.end;
        let start = word_start(text, range.start);
        if let Some(spelled) = chain(text, start, separator, range) {
            from = spelled.range.end;
            found.push(spelled);
        }
    }
    found
}

/// How a dot of a host was hidden.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// ` . `
    Spaced,
    /// ` .com`
    SpaceBefore,
    /// `evil. com`
    SpaceAfter,
    /// ` dot `
    Word(Dot),
}

/// The next hidden dot: what it is, and where with the spaces around it.
fn next_dot(text: &str, from: usize) -> Option<(Separator, Range<usize>)> {
    let mut at = from;
    loop {
        at += text.as_bytes()[at..].iter().position(|&b| b == b' ')?;
        if at > from && text.as_bytes()[at - 1] == b'.' && is_word_at(text, at + 1) {
            return Some((Separator::SpaceAfter, at - 1..at + 1));
        }
        if let Some((separator, len)) = dot_at(&text[at..]) {
            return Some((separator, at..at + len));
        }
        at += 1;
    }
}

/// The hidden dot at the start of a text that begins with a space, and its length.
fn dot_at(text: &str) -> Option<(Separator, usize)> {
    match text.as_bytes() {
        [b' ', b'.', b' ', ..] => Some((Separator::Spaced, 3)),
        [b' ', b'.', next, ..] if next.is_ascii_alphabetic() => Some((Separator::SpaceBefore, 2)),
        [b' ', ..] => {
            let word = signword::leading(&text[1..]);
            let len = word.len() + 2;
            let closed = text.as_bytes().get(len - 1) == Some(&b' ');
            signword::dot(word).filter(|_| closed).map(|dot| (Separator::Word(dot), len))
        }
        _ => None,
    }
}

/// The host whose first dot is at `dot` and whose first label begins at `start`.
fn chain(text: &str, start: usize, first_dot: Separator, dot: Range<usize>) -> Option<Spelled> {
    let first = signword::label(&text[start..dot.start]);
    if first.is_empty() {
        return None;
    }
    let trust = Trust::of(text, start);
    let (mut name, mut separator, mut end) = (first.clone(), first_dot, dot.end);
    let mut best = None;
    for _ in 0..6 {
        let word_end = word_end(text, end);
        let word = text[end..word_end].trim_end_matches(['.', '-']);
        if word.is_empty() {
            break;
        }
        name.push('.');
        name.push_str(&signword::label(word));
        let word_over = end + word.len();
        if trust.allows(&name, separator) || is_likely(&name, separator, &text[word_over..]) {
            let host = host::ascii(&name).filter(|host| host::is_registrable(host));
            best = host.map(|host| (host, word_over)).or(best);
        }
        match dot_at(&text[word_end..]) {
            Some((next, len)) if word_over == word_end => (separator, end) = (next, word_end + len),
            _ => break,
        }
    }
    let (host, end) = best?;
    let next = text[end..].trim_start_matches(' ');
    let next = next[..word_end(next, 0)].to_lowercase();
    let ordinary = host::has(BEFORE, &first) || host::has(AFTER, &next);
    if ordinary && trust != Trust::Strong {
        return None;
    }
    let (end, path) = path(text, end);
    Some(Spelled { range: start..end, host, path })
}

/// How much the words before a host speak for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    None,
    /// `name at`, `hey @`: as in any sentence.
    Weak,
    /// `name@`, `name arroba`.
    Strong,
}

impl Trust {
    fn of(text: &str, start: usize) -> Trust {
        if mailbox(text, start, true).is_none() {
            return Trust::None;
        }
        let before = &text[..start];
        let sign = before.strip_suffix('@').is_some_and(|local| !local.ends_with(' '));
        let foreign = word_before(before).is_some_and(|word| !word.eq_ignore_ascii_case("at") && word != "@");
        if sign || foreign { Trust::Strong } else { Trust::Weak }
    }

    /// Whether it makes a host of a name whose last dot was hidden so.
    fn allows(self, name: &str, separator: Separator) -> bool {
        let tld = name.rsplit('.').next().unwrap_or("");
        match (self, separator) {
            (Trust::None, _) | (Trust::Weak, Separator::SpaceAfter) => false,
            (Trust::Strong, Separator::Word(_)) => true,
            (Trust::Strong, Separator::SpaceAfter) => host::has(SURE, tld),
            (Trust::Weak | Trust::Strong, _) => host::has(host::COMMON, tld),
        }
    }
}

/// Whether a name whose last dot was hidden so was meant as a host.
fn is_likely(name: &str, separator: Separator, after: &str) -> bool {
    let tld = name.rsplit('.').next().unwrap_or("");
    let has_path = after.strip_prefix('/').is_some_and(|path| path.starts_with(char::is_alphanumeric));
    match separator {
        Separator::Word(Dot::English) => host::has(host::COMMON, tld),
        Separator::Spaced => {
            host::has(host::COMMON, tld)
                || (host::has(HANDLES, name) && after.trim_start_matches(' ').starts_with('/'))
        }
        Separator::Word(Dot::Foreign) => host::has(SURE, tld),
        Separator::SpaceBefore => host::has(SURE, tld) && tld != "net" && tld != "pl",
        Separator::SpaceAfter => host::has(SURE, tld) && has_path,
    }
}

/// Where the path ends that is spelled out after a host, and the path: ` slash free`, `/free`, ` / free`.
fn path(text: &str, host_end: usize) -> (usize, String) {
    let (mut end, mut path) = (host_end, String::from("/"));
    for _ in 0..4 {
        let rest = &text[end..];
        let word = signword::leading(rest.strip_prefix(' ').unwrap_or(""));
        let gap = if rest.starts_with('/') {
            1
        } else if rest.starts_with(" / ") {
            3
        } else if signword::is_slash(word) && rest[word.len() + 1..].starts_with(' ') {
            word.len() + 2
        } else {
            break;
        };
        let start = end + gap;
        let stop = word_end(text, start);
        let label = text[start..stop].trim_end_matches(['.', '-']);
        if label.is_empty() {
            break;
        }
        if path.len() > 1 {
            path.push('/');
        }
        path.push_str(label);
        end = start + label.len();
    }
    (end, path)
}

/// Where the mailbox begins that belongs to the host at `at`: `name@`, `name @ `, `name at `,
/// `first dot last at `.
///
/// `spelled` says that the host was spelled out or is a mail provider's, so that `at` can be believed.
pub(crate) fn mailbox(text: &str, at: usize, spelled: bool) -> Option<usize> {
    let before = &text[..at];
    let (end, sign) = if let Some(rest) = before.strip_suffix('@') {
        (rest.trim_end_matches(' ').len(), !rest.ends_with(' '))
    } else if let Some(rest) = before.strip_suffix("@ ") {
        (rest.trim_end_matches(' ').len(), false)
    } else if spelled {
        (before.len() - at_before(before)?, false)
    } else {
        return None;
    };
    let mut start = local_start(text, end);
    let local = &text[start..end];
    if local.is_empty() {
        return None;
    }
    let mut parts = 1;
    while parts < 4
        && let Some(len) = dot_before(&text[..start])
        && word_start(text, start - len) < start - len
    {
        start = word_start(text, start - len);
        parts += 1;
    }
    if parts == 1 && !sign && host::has(NO_MAILBOX, &local.to_ascii_lowercase()) {
        return None;
    }
    // `http://user@host` is a link
    (!text[..start].ends_with('/')).then_some(start)
}

/// The length of ` at ` in any language at the end of a text.
fn at_before(text: &str) -> Option<usize> {
    let word = word_before(text)?;
    signword::is_at(word).then_some(word.len() + 2)
}

/// The length of ` dot ` in any language at the end of a text.
fn dot_before(text: &str) -> Option<usize> {
    let word = word_before(text)?;
    signword::dot(word).map(|_| word.len() + 2)
}

/// The last word of a text, with a space on both its sides.
fn word_before(text: &str) -> Option<&str> {
    let text = text.strip_suffix(' ')?;
    let (start, _) = text.char_indices().rev().take(16).find(|&(_, c)| c == ' ')?;
    Some(&text[start + 1..])
}

/// The length of ` at ` in any language at the start of a text.
pub(crate) fn at_word(text: &str) -> Option<usize> {
    let word = signword::leading(text.strip_prefix(' ')?);
    (signword::is_at(word) && text[word.len() + 1..].starts_with(' ')).then_some(word.len() + 2)
}

/// Whether people have mailboxes at a host.
pub(crate) fn is_provider(host: &str) -> bool {
    host::has(PROVIDERS, host)
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

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.' || (!c.is_ascii() && c.is_alphabetic())
}

fn is_word_at(text: &str, at: usize) -> bool {
    text[at..].starts_with(is_word)
}

fn word_start(text: &str, end: usize) -> usize {
    let word = text[..end].char_indices().rev().take(64).take_while(|&(_, c)| is_word(c));
    word.last().map_or(end, |(at, _)| at)
}

fn word_end(text: &str, start: usize) -> usize {
    let word = text[start..].char_indices().take(64).take_while(|&(_, c)| is_word(c));
    start + word.last().map_or(0, |(at, c)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [BEFORE, AFTER, SURE, HANDLES, NO_MAILBOX, PROVIDERS] {
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
