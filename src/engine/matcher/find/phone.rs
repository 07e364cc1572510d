//! Telephone numbers: runs of digits in the groups that people write, and digits spelled out.
//!
//! Chat is full of other numbers, so a run counts only for a reason: a `+`, a national way of
//! grouping, or a word such as `call` before it. Everything else is left alone.

mod cue;
mod lookalike;
mod spelled;
mod words;

use std::ops::Range;

use cue::{Cue, cue, cue_after};

use super::may_hold_digits;
use crate::text::refang::Refanged;

/// Fewest and most digits of a number (ITU-T E.164).
const SHORTEST: usize = 7;
const LONGEST: usize = 15;

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    let letters = lookalike::may_hold(text);
    let digits = letters || may_hold_digits(text, SHORTEST);
    let words = spelled::may_hold(text);
    if !digits && !words {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let mut found = if digits { written(plain) } else { Vec::new() };
    if letters && let Some(changed) = lookalike::digits(plain) {
        merge(&mut found, written(&changed));
    }
    if words {
        merge(&mut found, spelled::find(plain));
    }
    out.extend(found.into_iter().map(|range| refanged.source(range)));
}

/// Adds what overlaps nothing found before; both are in order.
fn merge(found: &mut Vec<Range<usize>>, more: Vec<Range<usize>>) {
    let known = found.len();
    for range in more {
        let next = found[..known].partition_point(|other| other.end <= range.start);
        if found[..known].get(next).is_none_or(|other| range.end <= other.start) {
            found.push(range);
        }
    }
    found.sort_by_key(|range| range.start);
}

/// A run of digits with the separators of a number.
struct Run {
    range: Range<usize>,
    plus: bool,
    digits: Vec<u8>,
    /// Lengths of the groups of digits.
    groups: Vec<usize>,
    /// The separators between the groups, one letter each: of several, the first that is no space.
    separators: Vec<u8>,
}

fn written(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let run = run_at(bytes, at + step, at);
        at = run.range.end;
        if is_free(text, &run) && is_number(text, &run) {
            found.push(run.range);
        }
    }
    found
}

/// The run whose first digit is at `digit`; a `+` or `(` before it belongs to it, from `earliest` on.
fn run_at(bytes: &[u8], digit: usize, earliest: usize) -> Run {
    let mut start = digit;
    while start > earliest && digit - start < 2 && matches!(bytes[start - 1], b'+' | b'(') {
        start -= 1;
    }
    let mut run = Run {
        plus: bytes[start..digit].contains(&b'+'),
        range: start..digit,
        digits: Vec::new(),
        groups: Vec::new(),
        separators: Vec::new(),
    };
    let mut at = digit;
    loop {
        let len = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let kept = len.min((LONGEST + 6).saturating_sub(run.digits.len()));
        run.digits.extend(bytes[at..at + kept].iter().map(|b| b - b'0'));
        run.groups.push(len);
        at += len;
        run.range.end = at;
        let gap = bytes[at..].iter().take(5).take_while(|b| is_separator(**b)).count();
        if !(1..=4).contains(&gap) || !bytes.get(at + gap).is_some_and(u8::is_ascii_digit) {
            return run;
        }
        let sign = bytes[at..at + gap].iter().find(|b| **b != b' ').unwrap_or(&b' ');
        run.separators.push(*sign);
        at += gap;
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'_' | b'*' | b'~')
}

/// Whether nothing around a run makes another kind of number of it.
fn is_free(text: &str, run: &Run) -> bool {
    let count = run.groups.iter().sum::<usize>();
    if !(SHORTEST..=LONGEST).contains(&count) {
        return false;
    }
    let mut before = text[..run.range.start].chars().rev();
    let free_before = match before.next() {
        Some(c) if c.is_ascii_alphanumeric() => false,
        Some('=') => run.plus,
        Some(':') => !before.next().is_some_and(|c| c.is_ascii_digit()),
        Some('#' | '_' | '$' | '€' | '£' | '¥' | '₹' | '@' | '.' | '-' | '/' | '&' | '%' | '\\') => {
            false
        }
        Some(',') => !before.next().is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    };
    let mut after = text[run.range.end..].chars();
    let free_after = match after.next() {
        Some(c) if c.is_ascii_alphanumeric() => false,
        Some('_' | '%' | '$' | '€' | '£' | '¥' | '=' | '@') => false,
        Some('.' | ',' | ':' | '-' | '/') => !after.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        Some(' ') => !is_unit(after.as_str()),
        _ => true,
    };
    free_before && free_after
}

/// Whether money or time follows.
fn is_unit(after: &str) -> bool {
    const UNITS: [&str; 16] = [
        "$", "€", "£", "usd", "eur", "gbp", "dollars", "euros", "rub", "am", "pm", "points", "coins",
        "views", "bytes", "km",
    ];
    let word =
        after.split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | '!' | '?')).next().unwrap_or("");
    UNITS.iter().any(|unit| word.eq_ignore_ascii_case(unit))
}

fn is_number(text: &str, run: &Run) -> bool {
    if run.digits.windows(7).any(|window| window.iter().all(|digit| *digit == window[0])) || thousands(run) {
        return false;
    }
    if run.plus {
        return run.digits.len() >= 8 && run.digits[0] != 0;
    }
    if is_date(run) || is_address(run) {
        return false;
    }
    let said = cue(&text[..run.range.start]);
    if said == Some(Cue::Against) {
        return false;
    }
    if run.groups.len() >= SHORTEST && run.groups.iter().all(|&len| len == 1) {
        let announced = || said.is_some() || cue_after(&text[run.range.end..]);
        return is_row(run) && (run.digits.len() >= 10 || announced());
    }
    // rarer signs part sizes, names of files and terms as well
    let odd = run.separators.iter().any(|sign| matches!(sign, b'_' | b'*' | b'~'));
    if !odd && (is_international(run) || is_national(run)) || (odd && is_three_three_four(run)) {
        return true;
    }
    if odd && said.is_none() {
        return false;
    }
    let alone = || text.trim_matches(|c: char| !c.is_alphanumeric()).len() <= run.range.len();
    (run.groups.len() == 1 && is_mobile(&run.digits) && alone())
        || (is_plausible(run) && (said.is_some() || cue_after(&text[run.range.end..])))
}

/// Digits set apart one by one, all in the same way, and no row of bits or count.
fn is_row(run: &Run) -> bool {
    run.separators.windows(2).all(|pair| pair[0] == pair[1])
        && run.digits.iter().any(|&digit| digit > 1)
        && !spelled::counts(&run.digits)
}

fn is_three_three_four(run: &Run) -> bool {
    run.groups == [3, 3, 4] && is_north_american(&run.digits)
}

/// `00` and a country, in groups.
fn is_international(run: &Run) -> bool {
    let count = run.digits.len();
    run.digits.starts_with(&[0, 0])
        && run.digits[2] != 0
        && (11..=LONGEST).contains(&count)
        && run.groups.len() >= 2
}

/// A way of grouping that is a country's own, or digits that begin as its mobile numbers alone do.
fn is_national(run: &Run) -> bool {
    let digits = &run.digits[..];
    if digits[0] == 0 {
        return has_trunk_prefix(run);
    }
    let signs = !run.separators.contains(&b'/');
    match run.groups[..] {
        // North America
        [3, 3, 4] => signs && is_north_american(digits),
        [1, 3, 3, 4] => signs && digits[0] == 1 && is_north_american(&digits[1..]),
        [3, 7] => signs && is_north_american(digits) && run.separators != [b'.'],
        // Russia
        [1, 3, 3, 2, 2] | [1, 3, 7] => matches!(digits[..2], [8 | 7, 3 | 4 | 8 | 9]),
        [3, 3, 2, 2] => digits[0] == 9,
        [11] if digits[0] == 8 => digits[1] == 9,
        // India
        [5, 5] => digits[0] >= 6 && run.separators != [b'.'],
        // China
        [3, 4, 4] => is_chinese(digits),
        // Spain
        [3, 2, 2, 2] => matches!(digits[0], 6 | 7 | 9),
        _ => false,
    }
}

/// A number that begins with the trunk prefix 0, as in most of Europe, Asia and Africa.
fn has_trunk_prefix(run: &Run) -> bool {
    let digits = &run.digits[..];
    if digits[0] != 0 || digits[1] == 0 {
        return false;
    }
    match run.groups[..] {
        // Turkey: `0 (532) 123 45 67`
        [1, 3, 3, 2, 2] => digits[1] >= 2,
        [len] => matches!(len, 10 | 11) && digits[1] >= 4,
        [first, ref rest @ ..] => {
            let pairs = first == 2 && rest.iter().all(|&len| len == 2);
            let value = |pair: usize| digits[2 * pair] * 10 + digits[2 * pair + 1];
            let even =
                || (2..5).all(|i| value(i).wrapping_sub(value(i - 1)) == value(1).wrapping_sub(value(0)));
            (2..=5).contains(&first)
                && !(pairs && (rest.len() != 4 || even()))
                && (9..=12).contains(&digits.len())
                && rest.iter().all(|len| (2..=8).contains(len))
        }
        [] => false,
    }
}

/// What a number said to be one may be: at least one group too long for a time, a date or a size.
fn is_plausible(run: &Run) -> bool {
    let years = run.groups.iter().all(|&len| len == 4) && matches!(run.digits[..2], [1, 9] | [2, 0]);
    let long = run.groups.iter().any(|&len| len >= 3) && run.groups[1..].iter().all(|&len| len >= 2);
    let pair = |group: usize| run.digits[2 * group] * 10 + run.digits[2 * group + 1];
    let pairs = run.groups == [2, 2, 2, 2] && (pair(0) > 23 || pair(1) > 59 || pair(2) > 23 || pair(3) > 59);
    (long || pairs) && !years && !is_timestamp(run)
}

/// A number of digits that stands for nothing else when it is all there is.
fn is_mobile(digits: &[u8]) -> bool {
    /// The greatest whole numbers of 31 and 32 bits, and what follows them.
    const POWERS: [&[u8]; 4] = [
        &[2, 1, 4, 7, 4, 8, 3, 6, 4, 7],
        &[2, 1, 4, 7, 4, 8, 3, 6, 4, 8],
        &[4, 2, 9, 4, 9, 6, 7, 2, 9, 5],
        &[4, 2, 9, 4, 9, 6, 7, 2, 9, 6],
    ];
    if POWERS.contains(&digits) {
        return false;
    }
    match digits.len() {
        10 => is_north_american(digits) || digits[0] >= 6,
        11 => (digits[0] == 1 && is_north_american(&digits[1..])) || is_chinese(digits),
        _ => false,
    }
}

fn is_north_american(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= 2 && digits[3] >= 2 && digits[1] != 9
}

fn is_chinese(digits: &[u8]) -> bool {
    digits.len() == 11 && digits[0] == 1 && digits[1] >= 3
}

/// Seconds since 1970 of this century's first half, in one group of ten.
fn is_timestamp(run: &Run) -> bool {
    run.groups == [10] && run.digits[0] == 1
}

/// `1 000 000`, `120.000.000`: groups of three that end in zeros.
fn thousands(run: &Run) -> bool {
    run.groups.len() > 1
        && run.groups[0] <= 3
        && run.groups[1..].iter().all(|&len| len == 3)
        && run.digits.ends_with(&[0, 0, 0])
}

/// A date, with a time or another date after it perhaps, or in one group of eight as `20240512`.
fn is_date(run: &Run) -> bool {
    if let ([8], [1, 9, ..] | [2, 0, ..]) = (&run.groups[..], &run.digits[..]) {
        let pair = |at: usize| run.digits[at] * 10 + run.digits[at + 1];
        return (1..=12).contains(&pair(4)) && (1..=31).contains(&pair(6));
    }
    let mut starts = Vec::with_capacity(run.groups.len());
    let mut sum = 0;
    for &len in &run.groups {
        starts.push(sum);
        sum += len;
    }
    let value = |group: usize| {
        run.digits
            .iter()
            .skip(starts[group])
            .take(run.groups[group])
            .fold(0_u32, |sum, &d| sum * 10 + u32::from(d))
    };
    let year = |group: usize| run.groups[group] == 4 && (1900..2100).contains(&value(group));
    let day = |group: usize| run.groups[group] <= 2 && (1..=31).contains(&value(group));
    (0..run.groups.len().saturating_sub(2)).any(|i| {
        let same = run.separators[i] == run.separators[i + 1];
        same && ((day(i) && day(i + 1) && year(i + 2)) || (year(i) && day(i + 1) && day(i + 2)))
    })
}

/// Four groups with dots: an Internet address.
fn is_address(run: &Run) -> bool {
    run.groups.len() == 4 && run.groups.iter().all(|&len| len <= 3) && run.separators == *b"..."
}
