//! Internet addresses: version 4 in dotted decimal, version 6 as the standard library reads them.
//!
//! Versions and build numbers look like addresses; four numbers are one only where nothing before
//! or after makes more or less of them.

use std::{net::Ipv6Addr, ops::Range};

use super::{begins_word, ends_word};
use crate::text::refang::Refanged;

/// Longest address, in bytes: version 6 with a version 4 tail.
const LONGEST: usize = 45;

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    if !may_hold_address(text) {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let mut at = 0;
    while let Some(step) = plain.as_bytes()[at..].iter().position(|&b| is_address(b)) {
        let start = at + step;
        let len = plain.as_bytes()[start..].iter().take_while(|&&b| is_address(b)).count();
        at = start + len;
        if let Some(range) = address(plain, start..at) {
            out.push(refanged.source(range));
        }
    }
}

/// Whether there are three dots or two colons, in signs that may be disguised.
fn may_hold_address(text: &str) -> bool {
    let (mut dots, mut colons) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'.' | b'[' | b'(' | b'{' => dots += 1,
            b':' => colons += 1,
            // the lead bytes of other dots and of the full-width colon
            0xE2 | 0xE3 | 0xEF => (dots, colons) = (dots + 1, colons + 1),
            _ => {}
        }
    }
    dots >= 3 || colons >= 2
}

fn is_address(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'.' || byte == b':'
}

/// The address in a run of hexadecimal digits, dots and colons.
fn address(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let label = text[run.clone()].starts_with(':') && !text[run.clone()].starts_with("::");
    let run = run.start + usize::from(label)..run.end;
    let sign_before = text[..run.start].ends_with(['-', '%', '$', '#']);
    if !begins_word(text, run.start) || !ends_word(text, run.end) || sign_before {
        return None;
    }
    let name = &text[run.clone()];
    let kept = name.trim_end_matches('.');
    let name = if kept.ends_with(':') && !kept.ends_with("::") { kept.trim_end_matches(':') } else { kept };
    if name.len() > LONGEST + 6 {
        return None;
    }
    if name.bytes().filter(|&b| b == b':').count() >= 2 {
        return version_6(name).then(|| run.start..run.start + name.len());
    }
    let (start, host) = match name.split_once(':') {
        Some((host, port)) if version_4(host) && port.parse::<u16>().is_ok() => (run.start, host),
        Some((label, host)) => (run.start + label.len() + 1, host),
        None => (run.start, name),
    };
    let after = &text[run.start + name.len()..];
    let goes_on = after.starts_with('-') && after[1..].starts_with(|c: char| c.is_ascii_alphanumeric());
    (!goes_on && version_4(host) && !is_called_version(text, start)).then(|| start..start + host.len())
}

fn version_4(name: &str) -> bool {
    let mut numbers = 0;
    let mut first = 0;
    for part in name.split('.') {
        let Ok(number) = part.parse::<u8>() else { return false };
        if part.len() > 1 && part.starts_with('0') {
            return false;
        }
        if numbers == 0 {
            first = number;
        }
        numbers += 1;
    }
    // what begins with 0 is no host, and low numbers all through are a version's
    numbers == 4
        && first != 0
        && !name.split('.').all(|part| part.len() == 1 && part != "8" && part != "1" && part != "9")
}

fn version_6(name: &str) -> bool {
    // `::` and `a::b` are written in code as well: three groups at least, or a known beginning
    let groups = name.split(':').filter(|group| !group.is_empty()).count();
    let known = name == "::1"
        || name.contains('.')
        || name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("fe80"));
    let digits = name.bytes().any(|b| b.is_ascii_digit());
    (known || groups >= 3 || (groups == 2 && name.split("::").next().is_some_and(|head| head.len() == 4)))
        && digits
        && name.parse::<Ipv6Addr>().is_ok()
}

/// Whether a word before says that this is a version.
fn is_called_version(text: &str, start: usize) -> bool {
    const WORDS: [&str; 9] =
        ["version", "ver", "ver.", "build", "release", "section", "chapter", "firmware", "driver"];
    let before = text[..start].trim_end_matches([' ', ':']);
    let from = before.bytes().rev().take(12).take_while(|b| b.is_ascii_alphabetic() || *b == b'.').count();
    let word = &before[before.len() - from..];
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}
