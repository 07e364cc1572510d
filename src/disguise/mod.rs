//! Disguise, written: how people write a word so that a filter does not see it.
//!
//! Whoever measures a filter by what the filter's own tables list measures nothing. So this module
//! knows nothing of how disguise is undone: its tables are its own, made from what people do in chats
//! and what generators of fancy text emit. The same word always gives the same disguises.

mod between;
mod letters;
mod order;

/// The view that says to undo a trick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Undone {
    /// None has to: the word as it stands.
    Exact,
    /// `folded` and those after it.
    Folded,
    /// `plain` and `loose`.
    Plain,
    /// `loose` alone.
    Loose,
}

/// A way to write a word.
#[derive(Clone, Copy, Debug)]
pub struct Trick {
    /// Its name: small letters, one or two words.
    pub name: &'static str,
    /// The mildest view that says to undo it.
    pub undone: Undone,
    write: Write,
}

#[derive(Clone, Copy, Debug)]
enum Write {
    /// The word in one message.
    Once(fn(&str) -> String),
    /// The word in one message, and how it is written where more of its phrase follows.
    Before(fn(&str) -> String, fn(&str) -> String),
    /// The word in pieces, a message each.
    Split(fn(&str) -> Vec<String>),
}

impl Undone {
    /// The view's name.
    #[must_use]
    pub fn view(self) -> &'static str {
        match self {
            Undone::Exact => "exact",
            Undone::Folded => "folded",
            Undone::Plain => "plain",
            Undone::Loose => "loose",
        }
    }
}

const fn once(name: &'static str, undone: Undone, write: fn(&str) -> String) -> Trick {
    Trick { name, undone, write: Write::Once(write) }
}

/// All tricks, those that are undone by the mildest view first.
pub const TRICKS: &[Trick] = &[
    once("case", Undone::Folded, letters::case),
    once("full width", Undone::Folded, letters::full_width),
    once("bold", Undone::Folded, letters::bold),
    once("fraktur", Undone::Folded, letters::fraktur),
    once("script", Undone::Folded, letters::script),
    once("circled", Undone::Folded, letters::circled),
    once("squared", Undone::Folded, letters::squared),
    once("superscript", Undone::Folded, letters::superscript),
    once("accents", Undone::Folded, letters::accents),
    once("stacked marks", Undone::Folded, between::stacked_marks),
    once("struck through", Undone::Folded, between::struck_through),
    once("zero width", Undone::Folded, between::zero_width),
    once("soft hyphens", Undone::Folded, between::soft_hyphens),
    once("tag characters", Undone::Folded, between::tag_characters),
    once("small capitals", Undone::Plain, letters::small_capitals),
    once("cyrillic", Undone::Plain, letters::cyrillic),
    once("greek", Undone::Plain, letters::greek),
    once("syllabics", Undone::Plain, letters::syllabics),
    once("side by side", Undone::Plain, letters::side_by_side),
    once("one digit", Undone::Plain, letters::one_digit),
    once("leet", Undone::Plain, letters::leet),
    once("signs", Undone::Plain, letters::signs),
    once("masked vowel", Undone::Plain, letters::masked_vowel),
    once("masked middle", Undone::Plain, letters::masked_middle),
    once("repeats", Undone::Plain, between::repeats),
    once("spaces", Undone::Plain, between::spaces),
    once("dots", Undone::Plain, between::dots),
    once("dashes", Undone::Plain, between::dashes),
    once("emoji between", Undone::Plain, between::emoji),
    once("flags", Undone::Plain, letters::flags),
    once("emoji letters", Undone::Plain, letters::emoji),
    once("upside down", Undone::Plain, letters::upside_down),
    once("direction", Undone::Plain, order::direction),
    once("bold markup", Undone::Plain, between::bold_markup),
    once("tags", Undone::Plain, between::tags),
    once("character reference", Undone::Plain, between::character_reference),
    Trick {
        name: "hashtag",
        undone: Undone::Plain,
        write: Write::Before(between::hashtag, between::hashtag_before),
    },
    Trick { name: "two messages", undone: Undone::Exact, write: Write::Split(order::pieces) },
    once("lost vowel", Undone::Loose, order::lost_vowel),
    once("swapped letters", Undone::Loose, order::swapped),
    once("same sound", Undone::Loose, order::same_sound),
    once("halves", Undone::Loose, order::halves),
    once("reversed", Undone::Loose, order::reversed),
    once("buried", Undone::Loose, order::buried),
];

/// Words of fewer letters are hardly ever disguised.
const SHORTEST: usize = 3;

impl Trick {
    /// The messages that say an entry of a word list by this trick; of a phrase, the longest word is
    /// disguised. None where it changes nothing, as a letter that has no look-alike.
    #[must_use]
    pub fn write(&self, entry: &str) -> Option<Vec<String>> {
        let entry = said(entry);
        let longest = entry.split(' ').rev().max_by_key(|word| word.chars().count())?;
        if longest.chars().filter(|c| c.is_alphabetic()).count() < SHORTEST {
            return None;
        }
        let (before, after) = entry.split_once(longest)?;
        let written = match self.write {
            Write::Before(_, write) if !after.is_empty() => {
                vec![format!("{before}{}{after}", write(longest))]
            }
            Write::Once(write) | Write::Before(write, _) => {
                vec![format!("{before}{}{after}", write(longest))]
            }
            Write::Split(write) => {
                let mut pieces = write(longest);
                if let Some(first) = pieces.first_mut() {
                    first.insert_str(0, before);
                }
                if let Some(last) = pieces.last_mut() {
                    last.push_str(after);
                }
                pieces
            }
        };
        (written != [entry]).then_some(written)
    }
}

/// An entry as somebody would say it: without the `*` that stands for the rest of a word.
#[must_use]
pub fn said(entry: &str) -> String {
    let words = entry.split_whitespace().map(|word| word.trim_matches('*')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(name: &str, entry: &str) -> Option<Vec<String>> {
        TRICKS.iter().find(|trick| trick.name == name).expect(name).write(entry)
    }

    #[test]
    fn every_trick_writes_a_word_in_its_own_way() {
        let mut seen = BTreeSet::new();
        for trick in TRICKS {
            let written = trick.write("blackmailers").unwrap_or_else(|| panic!("{}", trick.name));
            assert_eq!(trick.write("blackmailers"), Some(written.clone()), "{}", trick.name);
            assert!(!written.contains(&"blackmailers".to_owned()), "{}", trick.name);
            assert!(seen.insert(written), "{} writes what another writes", trick.name);
        }
        let names: BTreeSet<&str> = TRICKS.iter().map(|trick| trick.name).collect();
        assert_eq!(names.len(), TRICKS.len());
    }

    #[test]
    fn of_a_phrase_the_longest_word_is_disguised() {
        assert_eq!(of("spaces", "kill* yourself now"), Some(vec!["kill y o u r s e l f now".to_owned()]));
        assert_eq!(of("two messages", "a heron"), Some(vec!["a he".to_owned(), "ron".to_owned()]));
        assert_eq!(said(" *heron*  on * ice"), "heron on ice");
    }

    #[test]
    fn what_a_trick_does_not_change_it_does_not_write() {
        assert_eq!(of("cyrillic", "dull dug"), None);
        assert_eq!(of("leet", "журавль"), None);
        assert_eq!(of("spaces", "ab"), None);
        assert_eq!(of("lost vowel", "brrr"), None);
        assert_eq!(of("spaces", "журавль"), Some(vec!["ж у р а в л ь".to_owned()]));
    }

    #[test]
    fn words_are_written_as_people_write_them() {
        let table = include_str!("../../tests/data/disguise.txt");
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [trick, entry, written] = fields[..] else { panic!("{line}: trick, entry, text") };
            let expected: Vec<String> = written.split(" / ").map(str::to_owned).collect();
            assert_eq!(of(trick, entry), Some(expected), "{line}");
        }
        for trick in TRICKS {
            assert!(
                table.lines().any(|line| line.starts_with(&format!("{}\t", trick.name))),
                "{}",
                trick.name
            );
        }
    }
}
