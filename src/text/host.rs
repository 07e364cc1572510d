//! Names of hosts: what makes a run of characters one, and how likely somebody meant it as one.
//!
//! The public suffix list says which endings exist; the lists here say which of those endings are
//! also file extensions or everyday words, because people write `main.rs` and `stop.it` in chat.

/// Longest name of a host, in bytes (RFC 1035).
pub(crate) const LONGEST: usize = 253;

/// Endings under which a name is taken for a host even when spelled out or otherwise doubtful.
pub(crate) const COMMON: &[&str] = &[
    "app", "biz", "br", "ca", "cc", "ch", "click", "club", "cn", "co", "com", "de", "dev", "edu", "es", "eu",
    "fr", "gg", "gov", "info", "io", "jp", "link", "ly", "mobi", "net", "nl", "online", "org", "pl", "pro",
    "ru", "shop", "site", "store", "tk", "top", "tv", "ua", "uk", "vip", "xyz",
];

/// Endings that are file extensions as well.
const EXTENSIONS: &[&str] = &[
    "as", "ax", "cc", "md", "mk", "mov", "ms", "pl", "pm", "ps", "pub", "py", "rs", "sh", "so", "tf", "zip",
];

/// What stands before the extension in names of files with two dots.
const FILE_MIDDLES: &[&str] = &[
    "bak", "conf", "config", "example", "final", "local", "min", "mod", "module", "new", "old", "spec",
    "tar", "test", "tests",
];

/// Endings that are everyday words or names of fields, found where a space is missing after a full stop.
const WORDS: &[&str] = &[
    "am", "an", "as", "at", "be", "by", "call", "cool", "do", "fun", "here", "how", "id", "in", "int", "is",
    "it", "live", "love", "me", "men", "my", "name", "no", "now", "one", "open", "so", "target", "to",
    "today", "us", "win", "wow", "you",
];

/// Words that end sentences or name things in code: before one of `WORDS`, no host.
const PLAIN: &[&str] = &[
    "about", "again", "all", "also", "and", "any", "are", "back", "bad", "bro", "but", "bye", "can", "come",
    "cool", "date", "day", "dear", "did", "do", "done", "down", "e", "event", "ever", "fine", "for", "fun",
    "get", "go", "going", "gone", "good", "got", "great", "had", "happy", "has", "have", "he", "hello",
    "help", "her", "here", "hey", "hi", "him", "his", "home", "how", "in", "is", "it", "item", "just",
    "know", "later", "like", "lol", "long", "love", "man", "math", "me", "message", "mine", "more", "much",
    "my", "near", "never", "nice", "no", "node", "not", "nothing", "now", "object", "of", "off", "ok",
    "okay", "on", "one", "only", "or", "out", "over", "place", "please", "pls", "post", "really", "right",
    "sad", "self", "sender", "she", "so", "sorry", "stop", "sure", "thank", "thanks", "that", "the", "them",
    "then", "there", "they", "thing", "think", "this", "time", "to", "today", "tomorrow", "tonight", "too",
    "up", "us", "user", "very", "wait", "was", "way", "we", "welcome", "well", "what", "when", "where",
    "who", "why", "with", "work", "wow", "wrong", "yeah", "yep", "yes", "you", "your",
];

/// The host that a name stands for: lower case, ASCII (punycode), no trailing dot.
///
/// `None` where it is no name that DNS could hold.
pub(crate) fn ascii(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let host = if name.is_ascii() { name.to_ascii_lowercase() } else { idna::domain_to_ascii(name).ok()? };
    let fits = !host.is_empty() && host.len() <= LONGEST && host.split('.').all(is_label);
    fits.then_some(host)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a host (as from [`ascii`]) lies under a known public suffix and is more than that suffix.
pub(crate) fn is_registrable(host: &str) -> bool {
    let Some(suffix) = psl::suffix(host.as_bytes()) else { return false };
    if !suffix.is_known() {
        return false;
    }
    let own = match psl::domain(host.as_bytes()) {
        Some(domain) => &host[host.len() - domain.as_bytes().len()..],
        // a private suffix, such as a site's that hosts others, is a host itself
        None if suffix.typ() == Some(psl::Type::Private) => host,
        None => return false,
    };
    // only subdomains may hold `_`
    !own.contains('_')
}

/// Whether a registrable host without scheme, `www` or path was probably meant as one.
///
/// `written` is the host as it was written, for the case of its letters.
pub(crate) fn is_likely(host: &str, written: &str) -> bool {
    let mut labels = host.rsplit('.');
    let (Some(tld), Some(name)) = (labels.next(), labels.next()) else { return false };
    let third = labels.next();
    // `obj.method.call`, `1.5.kg`
    let digits = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    if matches!(tld, "call" | "int") || (third.is_some() && host.split('.').rev().skip(1).all(digits)) {
        return false;
    }
    if name.bytes().all(|b| b.is_ascii_digit()) && third.is_none() {
        return name.len() >= 3 && has(COMMON, tld);
    }
    let (extension, word) = (has(EXTENSIONS, tld), has(WORDS, tld));
    if !extension && !word {
        return true;
    }
    if host.split('.').rev().skip(1).all(|label| label.len() < 2) || name.bytes().all(|b| b.is_ascii_digit())
    {
        return false;
    }
    if extension {
        return third.is_some() && !has(FILE_MIDDLES, name);
    }
    let written_tld = written.rsplit('.').next().unwrap_or("");
    let sentence = written_tld.starts_with(|c: char| c.is_ascii_uppercase())
        && written_tld.len() > 1
        && written_tld[1..].bytes().all(|b| b.is_ascii_lowercase());
    !sentence && !has(PLAIN, name)
}

/// Scripts written without spaces: next to a host they are the sentence, not the name.
pub(crate) fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a sorted list holds a word.
pub(crate) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [COMMON, EXTENSIONS, FILE_MIDDLES, WORDS, PLAIN] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn knows_suffixes() {
        for host in ["evil.com", "a.b.co.uk", "github.io", "xn--e1afmkfd.xn--p1ai", "my_x.evil.com"] {
            assert!(is_registrable(host), "{host}");
        }
        for host in ["co.uk", "com", "a.b", "console.log", "my_x.com"] {
            assert!(!is_registrable(host), "{host}");
        }
    }

    #[test]
    fn makes_ascii() {
        assert_eq!(ascii("MÜLLER.de.").as_deref(), Some("xn--mller-kva.de"));
        assert_eq!(ascii("-a.com"), None);
        assert_eq!(ascii("a..com"), None);
    }
}
