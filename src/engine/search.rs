//! Finds, in each part of a message, the matches of all patterns of all rules.
//!
//! The memory it needs is kept from message to message: nothing is allocated for a rule.

use std::ops::Range;

use super::matcher::words::Entry;
use super::ruleset::RuleSet;
use super::scan::{By, Candidates, Hit, Keywords, SetId};
use super::work::{OutOfWork, Work};
use crate::message::{Part, TEXT};
use crate::text::fold::fold;
use crate::text::grapheme::Edges;
use crate::text::ordinary::is_ordinary;
use crate::text::{Trick, Tricks, View, ViewKind};

/// The memory of a search: views of the part at hand, and the hits so far.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// The hits in all parts, by pattern set once the search is over.
    pub(super) hits: Vec<Hit>,
    /// The tricks in words that nobody writes by accident.
    pub(super) suspicions: Tricks,
    /// The text or caption in the plain view, as far as a view was derived.
    pub(super) plain: String,
    view: View,
    candidates: Candidates,
    ranges: Vec<Range<usize>>,
    edges: Edges,
    /// What was said before, and the text.
    joined: String,
}

/// The message costs more than one message may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// The pattern set whose expression was being searched, if one was.
    pub set: Option<SetId>,
}

/// Longer words, in bytes, are not put together from the ends of messages.
const LONGEST: usize = 100;

impl Search {
    /// Finds everything in the parts of a message, and what the text completes of what was said before.
    pub(super) fn run(
        &mut self,
        rules: &RuleSet,
        parts: &[Part<'_>],
        earlier: &[String],
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        self.hits.clear();
        self.suspicions = Tricks::NONE;
        self.plain.clear();
        for (index, part) in (0..).zip(parts) {
            if !part.text.is_empty() {
                self.part(rules, index, part, work)?;
            }
        }
        if let Some((index, text)) = (0..).zip(parts).find(|(_, part)| part.name == TEXT)
            && !earlier.is_empty()
        {
            self.completed(rules, index, text, earlier, work)?;
        }
        // In the order of sets, then of the text; the same place found twice by one set is one match.
        self.hits.sort_by(|a, b| {
            (a.set, a.part, a.range.start, a.range.end, a.by).cmp(&(
                b.set,
                b.part,
                b.range.start,
                b.range.end,
                b.by,
            ))
        });
        Ok(())
    }

    /// What matches across the joint of the sender's last messages and this one: written together, as
    /// a word in pieces is, and with a space, as a phrase is.
    fn completed(
        &mut self,
        rules: &RuleSet,
        index: u32,
        part: &Part<'_>,
        earlier: &[String],
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let own = self.hits.len();
        let in_pieces = |text: &str| !text.trim().contains(char::is_whitespace);
        let pieces = in_pieces(&part.text) || earlier.last().is_some_and(|last| in_pieces(last));
        // Of longer messages only a word that phrases are made of is put together, and for them alone.
        let phrases = !pieces && self.joins(rules, earlier, &part.text);
        let is_phrase = |hit: &Hit| match hit.by {
            By::Keyword(view, index) => rules.entry(view, index).is_some_and(Entry::is_phrase),
            _ => false,
        };
        let mut joined = std::mem::take(&mut self.joined);
        for between in ["", " "].into_iter().filter(|between| pieces || phrases || !between.is_empty()) {
            joined.clear();
            joined.extend(earlier.iter().flat_map(|text| [text.as_str(), between]));
            let joint = joined.len();
            joined.push_str(&part.text);
            let wanted = |hit: &Hit| pieces || !between.is_empty() || is_phrase(hit);
            let beside = if rules.looks_far || between.is_empty() { None } else { beside(&joined, joint) };
            for (kind, keywords) in &rules.views {
                if beside.is_some_and(|(last, first)| !keywords.join(*kind, last, first)) {
                    continue;
                }
                let all = 0..joined.len();
                let near = if rules.looks_far { all } else { near(&joined, joint, keywords.reach()) };
                let from = self.hits.len();
                self.keywords((*kind, keywords), index, &joined[near.clone()], work)?;
                self.cross(from, &joined[near.start..joint], wanted);
            }
            if rules.looks_beyond_words() {
                let from = self.hits.len();
                self.beyond_words(rules, index, &joined, work)?;
                self.cross(from, &joined[..joint], wanted);
            }
        }
        self.joined = joined;
        self.edges.reset();
        for hit in &mut self.hits[own..] {
            hit.range = self.edges.snap(&part.text, hit.range.clone());
        }
        Ok(())
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
    fn joins(&mut self, rules: &RuleSet, earlier: &[String], text: &str) -> bool {
        let last = earlier.last().and_then(|last| last.rsplit(char::is_whitespace).next());
        let (Some(last), Some(first)) = (last, text.split(char::is_whitespace).next()) else { return false };
        if last.is_empty() || first.is_empty() || last.len() + first.len() > LONGEST {
            return false;
        }
        self.joined.clear();
        self.joined.extend([last, first]);
        let word = &self.joined;
        let ordinary = !rules.looks_far && is_ordinary(word);
        rules.views.iter().any(|(kind, keywords)| {
            if ordinary {
                return keywords.knows_ordinary(*kind, word);
            }
            self.view.derive(*kind, word);
            keywords.knows(&self.view)
        })
    }

    fn part(
        &mut self,
        rules: &RuleSet,
        index: u32,
        part: &Part<'_>,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        for (kind, keywords) in &rules.views {
            self.keywords((*kind, keywords), index, &part.text, work)?;
            if *kind == ViewKind::Plain {
                self.remember(rules, &part.name, &part.text);
            }
        }
        self.beyond_words(rules, index, &part.text, work)
    }

    /// Finds the keywords of one view in a text.
    fn keywords(
        &mut self,
        (kind, keywords): (ViewKind, &Keywords),
        part: u32,
        text: &str,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let nobody = |OutOfWork| Exhausted { set: None };
        self.edges.reset();
        self.view.derive(kind, text);
        work.spend(text.len()).map_err(nobody)?;
        let (view, hits, edges) = (&mut self.view, &mut self.hits, &mut self.edges);
        keywords
            .scan(view, work, |set, entry, range, tricks| {
                let range = edges.snap(text, range);
                hits.push(Hit { set, part, range, by: By::Keyword(kind, entry), tricks });
            })
            .map_err(nobody)
    }

    /// Finds what the other patterns look for in a text.
    fn beyond_words(
        &mut self,
        rules: &RuleSet,
        part: u32,
        text: &str,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        self.edges.reset();
        self.patterns(rules, part, text, work)?;
        for (kind, sets) in &rules.finds {
            work.spend(text.len()).map_err(|OutOfWork| Exhausted { set: None })?;
            self.ranges.clear();
            kind.find(text, &mut self.ranges);
            for range in &self.ranges {
                let range = self.edges.snap(text, range.clone());
                self.hits.extend(sets.iter().map(|&set| hit(set, part, range.clone(), By::Find(*kind))));
            }
        }
        self.domains(rules, part, text);
        Ok(())
    }

    /// Keeps what conditions may ask of the plain view.
    fn remember(&mut self, rules: &RuleSet, part: &str, text: &str) {
        if !text.is_ascii() {
            self.suspicions = self.suspicions.with(self.view.suspicions());
        }
        if part == TEXT && rules.conditions.reads_plain() {
            self.view.text().clone_into(&mut self.plain);
        }
    }

    fn patterns(&mut self, rules: &RuleSet, part: u32, text: &str, work: &mut Work) -> Result<(), Exhausted> {
        let named = |patterns: &super::scan::Patterns, index: Option<usize>| Exhausted {
            set: index.and_then(|index| patterns.sets(index).first().copied()),
        };
        if !rules.patterns.is_empty() {
            let (hits, edges) = (&mut self.hits, &mut self.edges);
            rules
                .patterns
                .scan(text, &mut self.candidates, work, |set, index, range| {
                    hits.push(hit(set, part, edges.snap(text, range), By::Regex(index)));
                })
                .map_err(|index| named(&rules.patterns, index))?;
        }
        if !rules.folded.is_empty() {
            self.view.derive(ViewKind::Folded, text);
            let (view, hits, edges) = (&self.view, &mut self.hits, &mut self.edges);
            rules
                .folded
                .scan(view.text(), &mut self.candidates, work, |set, index, range| {
                    let atoms = view.run(range.start).0.start..view.last(range.end);
                    hits.push(hit(set, part, edges.snap(text, view.range(atoms)), By::Folded(index)));
                })
                .map_err(|index| named(&rules.folded, index))?;
        }
        Ok(())
    }

    fn domains(&mut self, rules: &RuleSet, part: u32, text: &str) {
        let Some(domains) = &rules.domains else { return };
        for link in crate::text::link::links(text) {
            let range = self.edges.snap(text, link.range.clone());
            let sets = domains.matching(&link.host);
            self.hits.extend(sets.map(|set| {
                let set = SetId::try_from(set).unwrap_or(SetId::MAX);
                hit(set, part, range.clone(), By::Domain)
            }));
        }
    }
}

/// Of a text that was joined at a byte, the part that so many words on either side of it make. All of it
/// where it holds anything that a view may leave out whole, or turn around.
fn near(joined: &str, joint: usize, words: usize) -> Range<usize> {
    if !is_simple(joined) {
        return 0..joined.len();
    }
    let (before, text) = joined.split_at(joint);
    let last = before.rsplit(char::is_whitespace).filter(is_word).nth(words - 1);
    let first = text.split(char::is_whitespace).filter(is_word).nth(words - 1);
    // where a token stands in what it is a part of
    let start = |token: &str| token.as_ptr().addr() - joined.as_ptr().addr();
    last.map_or(0, start)..first.map_or(joined.len(), |first| start(first) + first.len())
}

/// The tokens on either side of the joint of a text, where both are ordinary and nothing else is read
/// together with them.
fn beside(joined: &str, joint: usize) -> Option<(&str, &str)> {
    let (before, text) = joined.split_at(joint);
    let last = before.trim_end().rsplit(char::is_whitespace).next()?;
    let first = text.trim_start().split(char::is_whitespace).next()?;
    (is_ordinary(last) && is_ordinary(first) && is_simple(joined)).then_some((last, first))
}

/// Whether a token is a word by itself: letters set apart, said twice or not, have no three different ones.
fn is_word(token: &&str) -> bool {
    let mut letters = token.bytes().filter(u8::is_ascii_alphanumeric);
    let Some(one) = letters.next() else { return false };
    let Some(two) = letters.find(|other| *other != one) else { return false };
    letters.any(|other| other != one && other != two)
}

/// Whether all of a text stands for itself alone, where it stands: no sign that markup or a reference
/// begins with, no control, none that turns the direction of writing, none upside down.
fn is_simple(text: &str) -> bool {
    let simple = |byte: u8| !byte.is_ascii() || SIMPLE[usize::from(byte)];
    text.bytes().all(simple) && (text.is_ascii() || !text.chars().any(|c| !c.is_ascii() && fold(c).turns()))
}

static SIMPLE: [bool; 128] = {
    let signs = b" \n.,:!?'\"-/@#$*_~+=();";
    let (mut simple, mut byte, mut at) = ([false; 128], 0_u8, 0);
    while byte < 128 {
        simple[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    while at < signs.len() {
        simple[signs[at] as usize] = true;
        at += 1;
    }
    simple
};

fn hit(set: SetId, part: u32, range: Range<usize>, by: By) -> Hit {
    Hit { set, part, range, by, tricks: Tricks::NONE }
}

#[cfg(test)]
mod tests {
    use super::near;

    /// What is near the joint of two texts, on either side.
    fn near_of(before: &str, text: &str, words: usize) -> (String, String) {
        let joined = [before, text].concat();
        let near = near(&joined, before.len(), words);
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
