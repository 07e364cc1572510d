//! E-mail addresses: `name@host`, and disguised as `name (at) host [dot] com` or in words.
//!
//! It looks for hosts first, then for the mailbox before each: `at` is a word like any other, and only
//! a host that is spelled out or a mail provider's makes a mailbox of what precedes it.

use std::ops::Range;

use crate::text::{host, refang::Refanged, spelled};

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
    let mut previous = b' ';
    bytes.iter().enumerate().any(|(i, &byte)| {
        let word = previous | 0x20 == b'a'
            && byte | 0x20 == b't'
            && i >= 2
            && !bytes[i - 2].is_ascii_alphanumeric()
            && bytes.get(i + 1).is_some_and(|next| !next.is_ascii_alphanumeric());
        previous = byte;
        byte == b'@' || word || byte == 0xEF
    })
}

/// Addresses with an `@` and dots.
fn signed(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let from = at + 1 + usize::from(text[at + 1..].starts_with(' '));
        let Some(start) = spelled::mailbox(text, from, false) else { continue };
        let Some(end) = host_from(text, from) else { continue };
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
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in 0..bytes.len().saturating_sub(4) {
        if bytes[at] == b' ' && bytes[at..at + 4].eq_ignore_ascii_case(b" at ") {
            let from = at + 4;
            if let Some(end) = host_from(text, from)
                && spelled::is_provider(&text[from..end].to_ascii_lowercase())
                && let Some(start) = spelled::mailbox(text, from, true)
            {
                found.push(start..end);
            }
        }
    }
    found
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
