//! Links in a text, disguised ones included, with the host each of them really leads to.
//!
//! One pass over the refanged text: it stops at dots and at `://`, and never looks at a run of host
//! characters twice, so that no text costs more than linear time.

use std::ops::Range;

use unicode_security::MixedScript;
use url::Url;

use super::{
    host::{self, is_spaceless},
    refang::Refanged,
    signword, spelled,
};

/// A link found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it stands: bytes of the text as sent.
    pub range: Range<usize>,
    /// The host it leads to: lower case, ASCII (punycode), no port, no trailing dot.
    pub host: String,
    /// It as a URL that could be opened; `http` where it named no scheme.
    pub url: String,
    /// Whether it was written with a scheme or `www.`.
    pub explicit: bool,
    /// Whether its host was hidden: defanged, spelled out, in styled or mixed letters, behind `user@`.
    pub disguised: bool,
}

/// All links of a text, in order, without overlaps. E-mail addresses are none.
#[must_use]
pub fn links(text: &str) -> Vec<Link> {
    if !may_hold_link(text) {
        return Vec::new();
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let mut found = scan(plain);
    let written = found.len();
    for spelled in spelled::hosts(plain) {
        let range = spelled.range;
        let next = found[..written].partition_point(|link| link.range.end <= range.start);
        let apart = found[..written].get(next).is_none_or(|link| range.end <= link.range.start);
        if apart && spelled::mailbox(plain, range.start, true).is_none() {
            let url = format!("http://{}{}", spelled.host, spelled.path);
            found.push(Link { range, host: spelled.host, url, explicit: false, disguised: true });
        }
    }
    found.sort_by_key(|link| link.range.start);
    found.retain_mut(|link| {
        let shown = &plain[link.range.clone()];
        link.range = refanged.source(link.range.clone());
        let sent = &text[link.range.clone()];
        link.disguised |= shown != sent || mixes_scripts(&shown[..host_end(shown)]);
        link.explicit || !is_sentence(&link.host, sent)
    });
    found
}

/// Whether `。` ends a sentence here rather than a label: no ASCII ending follows.
fn is_sentence(host: &str, sent: &str) -> bool {
    tld(host).starts_with("xn--") && sent.contains(['。', '｡', '・', '･'])
}

/// Whether a text holds anything a link cannot do without; cheap, and false for most messages.
fn may_hold_link(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut non_ascii = false;
    for (i, &byte) in bytes.iter().enumerate() {
        let next = bytes.get(i + 1).copied().unwrap_or(b' ');
        match byte {
            b'.' if i > 0 && !next.is_ascii_whitespace() && next != b'.' => return true,
            b'.' if i > 0 && bytes[i - 1] == b' ' && next == b' ' => return true,
            b'.' if i > 0 && next == b' ' && bytes.contains(&b'/') => return true,
            b'&' if next == b'#' || next | 0x20 == b'p' => return true,
            b':' if matches!(next, b'/' | b'\\' | b']' | b')' | b'}') => return true,
            b'o' | b'O' | b'0' if i > 0 && bytes[i - 1] | 0x20 == b'd' && next | 0x20 == b't' => return true,
            0x80.. => non_ascii = true,
            _ => {}
        }
    }
    non_ascii
        && text.contains([
            '。', '｡', '．', '・', '･', '\u{2024}', '\u{FE52}', '：', '\u{200B}', '\u{2060}', 'ｄ', 'Ｄ',
        ])
        || signword::any_word(
            text,
            |first, next| {
                matches!((first, next), (b'p', b'o' | b'u' | b'i') | (b'k', b'r') | (b'n' | b'b' | b't', _))
            },
            |word| signword::dot(word).is_some(),
        )
}

/// Links of a refanged text; their ranges are of that text, and only `user@` counts as disguise yet.
fn scan(text: &str) -> Vec<Link> {
    let bytes = text.as_bytes();
    let mut found: Vec<Link> = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(step) = bytes[at..].iter().position(|&b| b == b'.' || b == b':') {
        at += step;
        let link = if bytes[at] == b'.' {
            let run = run_around(text, at, done);
            let link = bare(text, run.clone());
            done = run.end.max(at + 1);
            link
        } else if bytes[at..].starts_with(b"://") {
            let earliest = found.last().map_or(0, |link| link.range.end);
            let link = with_scheme(text, at, earliest);
            done = at + 3;
            link
        } else {
            done = at + 1;
            None
        };
        if let Some(link) = link {
            done = link.range.end;
            found.push(link);
        }
        at = done;
    }
    found
}

/// The run of host characters around the dot at `at` that begins at `from` or later.
fn run_around(text: &str, at: usize, from: usize) -> Range<usize> {
    let mut start = at;
    for (i, c) in text[from..at].char_indices().rev() {
        if !is_host_char(c) {
            break;
        }
        start = from + i;
    }
    let (mut end, mut dot) = (at, false);
    for (i, c) in text[at..].char_indices() {
        if !is_host_char(c) && (c != '.' || dot) {
            break;
        }
        dot = c == '.';
        if !dot {
            end = at + i + c.len_utf8();
        }
    }
    start..end
}

fn is_host_char(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => true,
        '\0'..='\u{7F}' => false,
        _ => c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c),
    }
}

/// A link without a scheme in a run of host characters.
fn bare(text: &str, run: Range<usize>) -> Option<Link> {
    let name = &text[run.clone()];
    let before = text[..run.start].chars().next_back();
    if name.len() < 4 || is_local_part(&text[run.end..]) || before == Some('@') || follows_at(text, run.start)
    {
        return None;
    }
    if before == Some('\\') || before == Some('$') {
        return None;
    }
    let (within, host) = host_in(name)?;
    let (start, end) = (run.start + within.start, run.start + within.end);
    let www = host.starts_with("www.") && host.matches('.').count() > 1;
    // all doubts are settled before the tail is read: a rejected tail would be read again
    if !www && !has_path(&text[end..]) {
        let called = text[end..].starts_with(['(', '[', '=']) && !text[end..].starts_with("(http");
        let path = matches!(before, Some('/' | '.')) && within.start == 0 && !text[..start].ends_with("//");
        let likely = host::is_likely(&host, &text[start..end]);
        if !likely || called || (path && !host::has(host::COMMON, tld(&host))) {
            return None;
        }
    }
    let tail = tail_end(text, end);
    let rest = &text[end..tail];
    let url = if rest.is_ascii() && rest.starts_with('/') {
        format!("http://{host}{rest}")
    } else {
        Url::parse(&format!("http://{host}{rest}")).map_or_else(|_| format!("http://{host}/"), String::from)
    };
    Some(Link { range: start..tail, host, url, explicit: www, disguised: false })
}

/// Whether what was read is the name of a mailbox: `@host` follows.
fn is_local_part(rest: &str) -> bool {
    rest.strip_prefix('@').is_some_and(|host| host.starts_with(char::is_alphanumeric))
}

/// Whether ` @ ` or `@ ` stands before: the host of a mailbox.
fn follows_at(text: &str, start: usize) -> bool {
    spelled::mailbox(text, start, false).is_some()
}

fn tld(host: &str) -> &str {
    host.rsplit('.').next().unwrap_or("")
}

/// Whether a path or query follows a host and its port, rather than nothing or a lone slash.
fn has_path(rest: &str) -> bool {
    let port = if starts_tail(rest) && rest.starts_with(':') {
        1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count()
    } else {
        0
    };
    let rest = &rest[port..];
    rest.starts_with(['/', '?'])
        && rest[1..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '@' | '_'))
}

/// The host in a run of host characters: where, and its ASCII form.
///
/// Sentences of scripts without spaces are cut off its ends, and so are words glued to a common ending.
fn host_in(name: &str) -> Option<(Range<usize>, String)> {
    let start = name.len() - name.trim_start_matches(['-', '_', '.']).len();
    let mut end = name.trim_end_matches(['-', '_', '.']).len();
    if end - start.min(end) > host::LONGEST * 4 {
        end = name[start..].char_indices().nth(host::LONGEST).map_or(end, |(at, _)| start + at);
    }
    let name = name.get(..end)?;
    let last = name.rfind('.')? + 1;
    let tld_len = name[last..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(end - last);
    if tld_len > 1 && name[last + tld_len..].starts_with(is_spaceless) {
        end = last + tld_len;
    }
    let name = &name[..end];
    let first = start + name[start..].find('.').unwrap_or(0);
    let label = &name[start..first];
    let cut = label.char_indices().rev().find(|&(_, c)| is_spaceless(c)).map_or(0, |(i, c)| i + c.len_utf8());
    let start = if cut < label.len() { start + cut } else { start };
    registrable(name, start)
}

/// The longest registrable host in `name` from `start`, giving up labels from its end.
fn registrable(name: &str, start: usize) -> Option<(Range<usize>, String)> {
    let mut end = name.len();
    for tries in 0..8 {
        let candidate = name.get(start..end)?;
        if candidate.len() <= host::LONGEST * 4
            && let Some(host) = host::ascii(candidate)
            && host::is_registrable(&host)
            && (tries == 0 || matches!(tld(&host), "com" | "net" | "org" | "ru" | "info"))
            // a full stop of a sentence is no dot before a word of the same script
            && (host.contains("xn--") || candidate.is_ascii())
        {
            return Some((start..end, host));
        }
        end = start + name[start..end].rfind('.')?;
    }
    None
}

/// A link whose `://` stands at `at`, its scheme no earlier than `earliest`.
fn with_scheme(text: &str, at: usize, earliest: usize) -> Option<Link> {
    let letters = text.as_bytes()[earliest..at].iter().rev().take(16);
    let len = letters.take_while(|b| b.is_ascii_alphanumeric() || **b == b'+').count();
    let scheme = text[at - len..at].trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if scheme.is_empty() {
        return None;
    }
    let start = at - scheme.len();
    let from = at + 3;
    let authority = from + text[from..].find(is_authority_end).unwrap_or(text.len() - from);
    if authority - from > 4 * host::LONGEST {
        return None;
    }
    let name = from + text[from..authority].rfind('@').map_or(0, |at| at + 1);
    let glued = host_in(&text[name..authority])
        .map(|(within, _)| name + within.end)
        .filter(|&end| text[end..authority].starts_with(is_spaceless));
    let scheme = scheme.to_ascii_lowercase();
    let host = host_of(text, from..glued.unwrap_or(authority))?;
    let known = matches!(&*scheme, "http" | "https" | "ftp" | "ftps" | "sftp" | "ws" | "wss");
    if !(known || host.contains('.')) {
        return None;
    }
    let end = glued.unwrap_or_else(|| tail_end(text, from));
    let url = match Url::parse(&format!("http://{}", &text[from..end])) {
        Ok(url) => format!("{scheme}{}", &url.as_str()["http".len()..]),
        Err(_) => format!("{scheme}://{host}/"),
    };
    Some(Link { range: start..end, host, url, explicit: true, disguised: name > from })
}

/// The host of an authority (`user@host:port`), as browsers read it; punctuation after it is cut off.
fn host_of(text: &str, authority: Range<usize>) -> Option<String> {
    let end = tail_end(&text[..authority.end], authority.start);
    let written = &text[authority.start..end];
    let Ok(url) = Url::parse(&format!("http://{written}")) else {
        // punycode of characters that no name may hold: people and filters still see a link
        return host::ascii(written).filter(|host| host.contains("xn--") && host::is_registrable(host));
    };
    let host = url.host_str()?.trim_end_matches('.').trim_matches(['[', ']']);
    (!host.is_empty() && host.len() <= host::LONGEST).then(|| host.to_owned())
}

fn is_authority_end(c: char) -> bool {
    matches!(c, '/' | '?' | '#' | '\\') || is_link_end(c)
}

/// Characters that are in no link.
fn is_link_end(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '|' | '»' | '«' | '\u{2018}'..='\u{201F}' | '\u{3001}'..='\u{303F}' | '，')
}

/// Where a link ends whose host ends at `from`: after its port, path and query, without the
/// punctuation of the sentence around it.
fn tail_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let whole_authority = text[..from].ends_with("://");
    if !whole_authority && !starts_tail(rest) {
        return from;
    }
    let (mut end, mut open) = (0, [0_i32; 3]);
    for (i, c) in rest.char_indices() {
        if is_link_end(c) {
            break;
        }
        match c {
            '(' => open[0] += 1,
            ')' => open[0] -= 1,
            '[' => open[1] += 1,
            ']' => open[1] -= 1,
            '{' => open[2] += 1,
            '}' => open[2] -= 1,
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~' => continue,
            _ => {}
        }
        if open.iter().any(|&depth| depth < 0) {
            break;
        }
        end = i + c.len_utf8();
    }
    from + end
}

/// Whether a port, path, query or fragment follows a host.
fn starts_tail(rest: &str) -> bool {
    match rest.as_bytes() {
        [b'/' | b'?' | b'#', ..] => true,
        [b':', digits @ ..] => {
            let len = digits.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
            let after = digits.get(len).copied().unwrap_or(b' ');
            (1..=5).contains(&len) && !after.is_ascii_alphanumeric() && after != b':'
        }
        _ => false,
    }
}

fn host_end(shown: &str) -> usize {
    let from = shown.find("://").map_or(0, |at| at + 3);
    from + shown[from..].find(is_authority_end).unwrap_or(shown.len() - from)
}

fn mixes_scripts(host: &str) -> bool {
    !host.is_ascii() && host.split(['.', '/', ':', '@']).any(|label| !label.is_single_script())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::cases;

    #[test]
    fn cases_are_found() {
        cases::check(include_str!("../../tests/data/links.txt"), |text| {
            links(text).into_iter().map(|link| link.range).collect()
        });
    }

    #[test]
    fn hosts_are_the_real_ones() {
        for (text, host, url, explicit, disguised) in [
            ("see Example.COM.", "example.com", "http://example.com/", false, false),
            ("www.example.com/a", "www.example.com", "http://www.example.com/a", true, false),
            ("http://good.com@evil.com/x", "evil.com", "http://good.com@evil.com/x", true, true),
            ("hxxps://evil[.]com:8443", "evil.com", "https://evil.com:8443/", true, true),
            ("evil。com", "evil.com", "http://evil.com/", false, true),
            ("ｅｖｉｌ．ｃｏｍ", "evil.com", "http://evil.com/", false, true),
            ("evil dot com", "evil.com", "http://evil.com/", false, true),
            ("müller.de", "xn--mller-kva.de", "http://xn--mller-kva.de/", false, false),
            ("аpple.com", "xn--pple-43d.com", "http://xn--pple-43d.com/", false, true),
            ("http://3232235777/x", "192.168.1.1", "http://192.168.1.1/x", true, false),
            ("http://%65vil.com.", "evil.com", "http://evil.com/", true, false),
            ("看看evil.com吧", "evil.com", "http://evil.com/", false, false),
            ("http://[::1]/x", "::1", "http://[::1]/x", true, false),
            ("visit evil.com.then call", "evil.com", "http://evil.com/", false, false),
        ] {
            let found = links(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            let link = &found[0];
            assert_eq!((&*link.host, &*link.url), (host, url), "{text}");
            assert_eq!((link.explicit, link.disguised), (explicit, disguised), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_sound(
            text in "([a-z0-9 ./:@\\[\\]()_-]|://|hxxp:|dot | at |。|ｅ|.com|\\PC|看){0,60}"
        ) {
            cases::assert_sound(&text, &links(&text).into_iter().map(|link| link.range).collect::<Vec<_>>());
        }
    }
}
