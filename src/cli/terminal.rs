//! What is written to a person's terminal: tables in its width, times, and texts of strangers.
//!
//! Nothing that came with a message goes out as it is: a text must not move the cursor, turn the
//! direction of reading or hide a letter.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use chrono::DateTime;
use premod::text::symbol;

/// Wider tables are hard to read; narrower ones hold nothing.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;
/// How wide output is where nobody looks.
const PIPED: usize = 100;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
/// What a rule matched.
pub(super) const MATCH: Style = AnsiColor::Red.on_default().bold();

/// The columns of the terminal that standard output goes to.
pub(super) fn width() -> usize {
    let columns = console::Term::stdout().size_checked().map_or(PIPED, |(_, columns)| columns.into());
    columns.clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// The colour of an action.
pub(super) fn of_action(action: &str) -> Style {
    match action {
        "drop" => AnsiColor::Red.on_default().bold(),
        "flag" => AnsiColor::Yellow.on_default().bold(),
        "annotate" => AnsiColor::Cyan.on_default(),
        "pass" => AnsiColor::Green.on_default(),
        _ => DIM,
    }
}

/// A time in milliseconds since 1970, in UTC, to the second.
pub(super) fn time(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds)
        .map_or_else(|| milliseconds.to_string(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// The same, to the minute and without the year.
pub(super) fn minute(milliseconds: i64) -> String {
    let time = time(milliseconds);
    time.get("2026-".len().."2026-11-23 10:00".len()).map_or(time.clone(), str::to_owned)
}

/// `1,234,567`.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.31 %`: three digits of it.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent >= 9.95 {
        0
    } else if percent >= 0.995 {
        1
    } else {
        2
    };
    format!("{percent:.digits$} %")
}

/// A text from outside on one line, with all that a terminal would not show as it stands told by its
/// code.
pub(super) struct Safe<'t>(pub(super) &'t str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => out.write_str("\\n")?,
                '\t' => out.write_str("\\t")?,
                '\r' => out.write_str("\\r")?,
                c if is_shown(c) => out.write_char(c)?,
                c => write!(out, "\\u{{{:x}}}", u32::from(c))?,
            }
        }
        Ok(())
    }
}

/// Whether a terminal shows the character as it stands. What joins and colours emoji may stay.
fn is_shown(c: char) -> bool {
    let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{fffd}' | '\u{640}');
    joins || !(c.is_control() || symbol::is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// A text with places in it marked: by colour, or by `[[` and `]]` where there is none.
pub(super) fn marked(text: &str, places: &[std::ops::Range<usize>], colour: bool) -> String {
    let (before, after) = if colour {
        (MATCH.render().to_string(), MATCH.render_reset().to_string())
    } else {
        ("[[".to_owned(), "]]".to_owned())
    };
    let mut places = places.to_vec();
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let (mut out, mut at) = (String::new(), 0);
    for place in places {
        let start = place.start.max(at);
        let Some((between, found)) = text.get(at..start).zip(text.get(start..place.end)) else { continue };
        if !found.is_empty() {
            let _ = write!(out, "{}{before}{}{after}", Safe(between), Safe(found));
            at = place.end;
        }
    }
    let _ = write!(out, "{}", Safe(&text[at..]));
    out
}

/// Whether standard output shows colours.
pub(super) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// A line broken into lines no wider than so many columns, at spaces; each but the first is indented.
pub(super) fn wrapped(words: &[String], width: usize, indent: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in words {
        let wide = console::measure_text_width(word);
        if column > 0 && column + 1 + wide > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(indent);
            column = console::measure_text_width(indent);
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += wide;
    }
    out
}

/// A table: its columns as wide as their widest cell, aligned left, or right where the head begins
/// with `>`. A line that is wider than the terminal ends in `…`.
pub(super) fn table(head: &[&str], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let titles: Vec<String> = head.iter().map(|title| title.trim_start_matches('>').to_owned()).collect();
    let all = || std::iter::once(&titles).chain(rows);
    let wide = |column: usize| {
        all().map(|row| row.get(column).map_or(0, |cell| console::measure_text_width(cell))).max()
    };
    let widths: Vec<usize> = (0..head.len()).map(|column| wide(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let mut out = String::new();
        for ((cell, title), wide) in row.iter().zip(head).zip(&widths) {
            let right = title.starts_with('>');
            let side = if right { console::Alignment::Right } else { console::Alignment::Left };
            let gap = if out.is_empty() { "" } else { "  " };
            let _ = write!(out, "{gap}{}", console::pad_str(cell, *wide, side, None));
        }
        console::truncate_str(out.trim_end(), width, "…").into_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_writes_an_escape() {
        let wild = "a\u{1b}[31mb\u{9b}2J\u{7}\r\n\u{202e}c\u{200b}\u{feff}\u{7f}";
        let shown = Safe(wild).to_string();
        assert_eq!(shown, "a\\u{1b}[31mb\\u{9b}2J\\u{7}\\r\\n\\u{202e}c\\u{200b}\\u{feff}\\u{7f}");
        assert!(!marked(wild, &[1..3, 4..5], false).contains('\u{1b}'));
        assert_eq!(Safe("👩‍🚀 ❤️ né").to_string(), "👩‍🚀 ❤️ né");
    }

    #[test]
    fn places_are_marked_once_and_wrong_ones_left_alone() {
        for (places, shown) in [
            (&[0..2, 6..7][..], "[[ab]]céd[[e]]f"),
            (&[3..5, 0..4], "abc[[é]]def"),
            (&[1..3, 2..9], "a[[bc]]édef"),
            (&[7..7, 9..12], "abcédef"),
        ] {
            assert_eq!(marked("abcédef", places, false), shown);
        }
        assert_eq!(marked("abc", &[0..1, 0..2, 1..3], false), "[[a]][[b]][[c]]");
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.0031, 0.01, 0.0999, 0.5].map(percent),
            ["0.00 %", "0.31 %", "1.0 %", "10 %", "50 %"]
        );
    }

    #[test]
    fn tables_stay_in_their_width() {
        let rows = vec![vec!["ab".to_owned(), "1".to_owned()], vec!["日本".to_owned(), "23".to_owned()]];
        assert_eq!(table(&["x", ">n"], &rows, 80), ["x      n", "ab     1", "日本  23"]);
        assert_eq!(table(&["x", ">n"], &rows, 4), ["x  …", "ab …", "日…"]);
    }
}
