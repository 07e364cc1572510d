//! E-mail addresses: `name@host`, and disguised as `name (at) host [dot] com` or in words.
//!
//! It looks for hosts first, then for the mailbox before each: `at` is a word like any other, and only
//! a host that is spelled out or a mail provider's makes a mailbox of what precedes it.

use std::ops::Range;

use crate::text::{host, refang::Refanged, signword, spelled};

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    if !may_hold_address(text) {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let mut found = signed(plain);
    for spelled in spelled::hosts(plain) {
        if let Some(start) = spelled::mailbox(plain, spelled.range.start, true) {
            found.push(start..spelled.range.end);
        }
    }
    found.extend(at_provider(plain));
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut last = 0;
    for range in found {
        if range.start >= last {
            last = range.end;
            out.push(refanged.source(range));
        }
    }
}

fn may_hold_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    // `(a)`, entities, full-width and circled signs
    let signs = |pair: &[u8]| {
        matches!(
            pair,
            [b'@' | 0xEF, _] | [b'(' | b'<', b'a' | b'A'] | [b'&', b'#' | b'c'] | [0xE2, 0x92 | 0x93]
        )
    };
    bytes.windows(2).any(signs) || signword::any_word(text, is_likely_at, signword::is_at)
}

/// Whether a word that begins so may be one for `@`.
fn is_likely_at(first: u8, next: u8) -> bool {
    match first {
        b'a' => matches!(next, b't' | b'r' | b'e' | b'p' | b'f'),
        b'c' => next == b'h',

        b'k' => matches!(next, b'u' | b'l' | b'r'),
        b'm' => matches!(next, b'a' | b'i'),
        b's' => matches!(next, b'n' | b'o'),
        b'z' => next == b'a',
        _ => false,
    }
}

/// Addresses with an `@` and dots.
fn signed(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let from = at + 1 + usize::from(text[at + 1..].starts_with(' '));
        let Some(start) = spelled::mailbox(text, from, false) else { continue };
        let Some(end) = host_from(text, from).or_else(|| host_with_commas(text, from)) else { continue };
        // a repository's address, not a person's
        let is_remote =
            text[end..].starts_with(':') && text[end + 1..].starts_with(|c: char| !c.is_whitespace());
        if !is_remote {
            found.push(start..end);
        }
    }
    found
}

/// `name at gmail.com`, without any disguise of the host.
fn at_provider(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(' ') {
        if let Some(len) = spelled::at_word(&text[at..])
            && let Some(end) = host_from(text, at + len)
            && spelled::is_provider(&text[at + len..end].to_ascii_lowercase())
            && let Some(start) = spelled::mailbox(text, at + len, true)
        {
            found.push(start..end);
        }
    }
    found
}

/// The same for a host with a comma for its dot: `gmail,com`.
fn host_with_commas(text: &str, from: usize) -> Option<usize> {
    let run = text.as_bytes()[from..].iter().take(64);
    let len = run.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b',')).count();
    let name = text[from..from + len].replace(',', ".");
    let end = host_from(&name, 0)?;
    host::has(host::COMMON, name[..end].rsplit('.').next()?).then_some(from + end)
}

/// Where the host that begins at `from` ends, if there is one.
fn host_from(text: &str, from: usize) -> Option<usize> {
    let is_host =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.') || (!c.is_ascii() && c.is_alphabetic());
    let run = text[from..].char_indices().take(host::LONGEST).take_while(|&(_, c)| is_host(c));
    let end = run.last().map(|(at, c)| from + at + c.len_utf8())?;
    let mut name = text[from..end].trim_end_matches(['.', '-']);
    // a sentence of another script may follow without a space
    if let Some(dot) = name.rfind('.')
        && let Some(glued) = name[dot + 1..].find(|c: char| !c.is_ascii())
        && glued > 1
    {
        name = &name[..dot + 1 + glued];
    }
    for _ in 0..4 {
        if host::ascii(name).is_some_and(|host| host::is_registrable(&host)) {
            return Some(from + name.len());
        }
        name = &name[..name.rfind('.')?];
    }
    None
}
