//! What a message completes of what its sender said just before: the texts are read once more, together.
//!
//! Most messages complete nothing, and that is told by little: by the tokens on either side of the joint,
//! by what was found out about each text when it was judged, and by the few letters around the joint.
//! Whatever can't be told so is read.

use std::ops::Range;

use super::{Exhausted, Search};
use crate::engine::matcher::joint::Joint;
use crate::engine::matcher::words::Entry;
use crate::engine::ruleset::RuleSet;
use crate::engine::said::Said;
use crate::engine::scan::{By, Hit};
use crate::engine::work::{OutOfWork, Work};
use crate::message::Part;
use crate::text::ordinary::{is_ordinary, is_simple, without_stop};
use crate::text::{Trick, Tricks};

/// Longer words, in bytes, are not put together from the ends of messages.
const LONGEST: usize = 100;

/// What is known of some texts together.
struct Together {
    /// Whether each stands for itself alone.
    simple: bool,
    /// Whether none holds a literal of an expression.
    bare: bool,
}

impl Search {
    /// What matches across the joint of the sender's last messages and this one: written together, as
    /// a word in pieces is, and with a space, as a phrase is.
    pub(super) fn completed(
        &mut self,
        rules: &RuleSet,
        index: u32,
        part: &Part<'_>,
        earlier: &[Said],
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let own = self.hits.len();
        let in_pieces = |text: &str| !text.trim().contains(char::is_whitespace);
        let pieces = in_pieces(&part.text) || earlier.last().is_some_and(|last| in_pieces(&last.text));
        // Of longer messages only a word that phrases are made of is put together, and for them alone.
        let phrases = !pieces && self.joins(rules, earlier, &part.text);
        let is_phrase = |hit: &Hit| match hit.by {
            By::Keyword(view, index) => rules.entry(view, index).is_some_and(Entry::is_phrase),
            _ => false,
        };
        let together = self.together(rules, &part.text, earlier);
        let mut joined = std::mem::take(&mut self.joined);
        let mut gaps = std::mem::take(&mut self.gaps);
        for between in ["", " "].into_iter().filter(|between| pieces || phrases || !between.is_empty()) {
            joined.clear();
            gaps.clear();
            for said in earlier {
                joined.push_str(&said.text);
                gaps.push(joined.len());
                joined.push_str(between);
            }
            let joint = joined.len();
            joined.push_str(&part.text);
            let beside = if together.simple { beside(&joined, joint) } else { None };
            for (kind, keywords) in &rules.views {
                if beside.is_some_and(|beside| !keywords.join(*kind, beside)) {
                    continue;
                }
                let near =
                    if together.simple { near(&joined, joint, keywords.reach()) } else { 0..joined.len() };
                let from = self.hits.len();
                self.keywords((*kind, keywords), index, &joined[near.clone()], work)?;
                let wanted = |hit: &Hit| pieces || !between.is_empty() || is_phrase(hit);
                self.cross(from, &joined[near.start..joint], wanted);
            }
            if rules.looks_beyond_words() && (pieces || !between.is_empty()) {
                let from = self.hits.len();
                let gaps = gaps.iter().map(|&gap| gap..gap + between.len());
                let nothing = together.bare
                    && !rules
                        .patterns
                        .may_join(&joined, gaps, &mut self.candidates, work)
                        .map_err(|OutOfWork| Exhausted { set: None })?;
                self.beyond_words(rules, index, &joined, !nothing, work)?;
                self.cross(from, &joined[..joint], |_| true);
            }
        }
        (self.joined, self.gaps) = (joined, gaps);
        self.edges.reset();
        for hit in &mut self.hits[own..] {
            hit.range = self.edges.snap(&part.text, hit.range.clone());
        }
        Ok(())
    }

    /// What is known of a text and those before it.
    fn together(&self, rules: &RuleSet, text: &str, earlier: &[Said]) -> Together {
        let simple = || is_simple(text) && earlier.iter().all(|said| is_simple(&said.text));
        let number = rules.patterns.number();
        let bare = || self.bare_of == number && earlier.iter().all(|said| said.bare_of == number);
        Together { simple: !rules.looks_far && simple(), bare: !rules.looks_far && bare() }
    }

    /// Keeps of the hits from an index on those that begin in what was said before and end after it.
    fn cross(&mut self, from: usize, before: &str, wanted: impl Fn(&Hit) -> bool) {
        let mut at = from;
        while let Some(hit) = self.hits.get_mut(at) {
            if wanted(hit) && hit.range.start < before.trim_end().len() && hit.range.end > before.len() {
                hit.range = 0..hit.range.end - before.len();
                hit.tricks = hit.tricks.with(Tricks::of(Trick::Split));
                at += 1;
            } else {
                self.hits.swap_remove(at);
            }
        }
    }

    /// Whether the end of what was said before and the beginning of a text make a word of some phrase.
    fn joins(&mut self, rules: &RuleSet, earlier: &[Said], text: &str) -> bool {
        let last = earlier.last().and_then(|last| last.text.rsplit(char::is_whitespace).next());
        let (Some(last), Some(first)) = (last, text.split(char::is_whitespace).next()) else { return false };
        if last.is_empty() || first.is_empty() || last.len() + first.len() > LONGEST {
            return false;
        }
        self.joined.clear();
        self.joined.extend([last, first]);
        let word = &self.joined;
        let begins = if rules.looks_far { Begins::Somehow } else { Begins::of(word, last, first) };
        rules.views.iter().any(|(kind, keywords)| {
            let known = |word: &str| keywords.knows_ordinary(*kind, word);
            match begins {
                Begins::With(first) => known(first),
                Begins::WithEither(one, other) if !known(one) && !known(other) => false,
                Begins::WithEither(..) | Begins::Somehow => {
                    self.view.derive(*kind, word);
                    keywords.knows(&self.view)
                }
            }
        })
    }
}

/// The word that two tokens begin with when they are written together.
#[derive(Clone, Copy)]
enum Begins<'t> {
    With(&'t str),
    /// A capital may begin a word of its own, or not.
    WithEither(&'t str, &'t str),
    Somehow,
}

impl<'t> Begins<'t> {
    fn of(word: &'t str, last: &'t str, first: &str) -> Self {
        let bytes = word.as_bytes();
        let Some(start) = bytes.iter().position(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
        else {
            return Begins::With("");
        };
        let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let end = start + length;
        let run = &bytes[start..end];
        let told = bytes.get(end).is_none_or(u8::is_ascii_graphic);
        let [begin, rest @ ..] = run else { return Begins::Somehow };
        // a word may begin at a capital, and at a number that ends one
        let is_one =
            |byte: &u8| byte.is_ascii_lowercase() || (begin.is_ascii_digit() && byte.is_ascii_digit());
        if told && rest.iter().all(is_one) {
            Begins::With(&word[start..end])
        } else if is_ordinary(last) && is_ordinary(first) && without_stop(last).len() == last.len() {
            Begins::WithEither(last, word)
        } else {
            Begins::Somehow
        }
    }
}

/// Of a simple text that was joined at a byte, the part that so many words on either side of it make.
fn near(joined: &str, joint: usize, words: usize) -> Range<usize> {
    let (before, text) = joined.split_at(joint);
    let last = before.rsplit(char::is_whitespace).filter(is_word).nth(words - 1);
    let first = text.split(char::is_whitespace).filter(is_word).nth(words - 1);
    // where a token stands in what it is a part of
    let start = |token: &str| token.as_ptr().addr() - joined.as_ptr().addr();
    last.map_or(0, start)..first.map_or(joined.len(), |first| start(first) + first.len())
}

/// The tokens on either side of the joint of a simple text, those that are ordinary: nothing else is read
/// together with them.
fn beside(joined: &str, joint: usize) -> Option<Joint<'_>> {
    let (before, text) = joined.split_at(joint);
    let (before, text) = (before.trim_end(), text.trim_start());
    let last = before.rsplit(char::is_whitespace).next().filter(|last| is_ordinary(last));
    let first = text.split(char::is_whitespace).next().filter(|first| is_ordinary(first));
    if joined.len() > before.len() + text.len() {
        return (last.is_some() || first.is_some()).then_some(Joint::Apart(last, first));
    }
    let word = &joined[joint - last?.len()..joint + first?.len()];
    is_ordinary(word).then_some(Joint::Together(word))
}

/// Whether a token is a word by itself: letters set apart, said twice or not, have no three different ones.
fn is_word(token: &&str) -> bool {
    let mut letters = token.bytes().filter(u8::is_ascii_alphanumeric);
    let Some(one) = letters.next() else { return false };
    let Some(two) = letters.find(|other| *other != one) else { return false };
    letters.any(|other| other != one && other != two)
}

#[cfg(test)]
mod tests {
    use super::near;
    use crate::text::ordinary::is_simple;

    /// What is near the joint of two texts, on either side.
    fn near_of(before: &str, text: &str, words: usize) -> (String, String) {
        let joined = [before, text].concat();
        let near = if is_simple(&joined) { near(&joined, before.len(), words) } else { 0..joined.len() };
        (joined[near.start..before.len()].to_owned(), joined[before.len()..near.end].to_owned())
    }

    #[test]
    fn near_the_joint_stand_so_many_words() {
        let before = "one two three, o n e eleven twelve thirteen ";
        let text = "go on and on until it ends here and now";
        let expected = |before: &str, text: &str| (before.to_owned(), text.to_owned());
        assert_eq!(
            near_of(before, text, 3),
            expected("eleven twelve thirteen ", "go on and on until it ends")
        );
        let five = "two three, o n e eleven twelve thirteen ";
        assert_eq!(near_of(before, "k i l l", 5), expected(five, "k i l l"));
        assert_eq!(near_of("", "", 7), expected("", ""));
    }

    #[test]
    fn what_views_leave_out_or_turn_around_is_no_distance() {
        let kept = [
            "kill \u{3164}\u{115f}\u{ffa0} \u{3164}\u{115f}\u{ffa0} \u{3164}\u{115f}\u{ffa0} \u{3164}\u{115f}\u{ffa0} ",
            "bbb iii ttt ccc ",
            "kill <b abc abd abe abf abg> ",
            "\u{202e}abc abd abe abf abg ",
            "ключ слово дело конец ",
        ];
        for before in kept {
            assert_eq!(near_of(before, "hhh", 3), (before.to_owned(), "hhh".to_owned()));
        }
    }
}
