//! A rule set: compiled, immutable, replaced whole.

use std::collections::BTreeMap;

use super::condition::Conditions;
use super::matcher::domain::Domains;
use super::matcher::find::Kind;
use super::matcher::variant::variants;
use super::matcher::words::Entry;
use super::rule::{Mode, PatternSet, Rule, Tree};
use super::scan::{By, Keywords, Patterns, SetId};
use super::verdict::{Action, Policy};
use crate::text::ViewKind;

/// The rules, and what finds the few that a message concerns.
///
/// Rules stand in the order of their ids, and the pattern sets of a rule follow each other (its
/// exceptions last), so that the order of files can't matter and a rule's hits lie side by side.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Rules that are written and not judged.
    off: Vec<Rule>,
    /// For each rule, its pattern sets.
    sets: Vec<std::ops::Range<SetId>>,
    /// For each pattern set, its rule.
    owners: Vec<u32>,
    /// Rules that may fire although nothing of theirs matched.
    always: Vec<u32>,
    /// Rules that never fire, in their order: no message makes their condition true.
    never: Vec<u32>,
    pub(super) views: Vec<(ViewKind, Keywords)>,
    pub(super) patterns: Patterns,
    pub(super) folded: Patterns,
    pub(super) finds: Vec<(Kind, Vec<SetId>)>,
    pub(super) domains: Option<Domains>,
    pub(super) conditions: Conditions,
    pub(super) policy: Policy,
    pub(super) limit: usize,
    /// Whether keywords are looked for in all that was said before, and not only near the joint.
    pub(super) looks_far: bool,
    revision: String,
}

/// Most characters that a message's parts may have together: the platform's own limit.
pub const TEXT_LIMIT: usize = 65_536;

impl RuleSet {
    /// Puts a rule set together from rules, each with the pattern sets that its tree and its `except`
    /// name by their index among its own.
    #[must_use]
    pub fn new(
        mut parts: Vec<(Rule, Vec<PatternSet>)>,
        conditions: Conditions,
        policy: Policy,
        revision: String,
    ) -> Self {
        parts.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let (off, parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(rule, _)| rule.mode == Mode::Off);
        let off = off.into_iter().map(|(rule, _)| rule).collect();
        let mut set = RuleSet { off, conditions, policy, revision, limit: TEXT_LIMIT, ..RuleSet::default() };
        let mut all = Patchwork::default();
        for (owner, (mut rule, sets)) in (0..).zip(parts) {
            let first = all.sets;
            rule.matcher = rule.matcher.map(|tree| shifted(tree, first));
            rule.except = rule.except.map(|except| except + first);
            for pattern_set in sets {
                all.add(pattern_set);
                set.owners.push(owner);
            }
            if rule.when.is_some_and(|when| set.conditions.always(when) == Some(false)) {
                set.never.push(owner);
            } else if rule.matcher.as_ref().is_none_or(|tree| tree.holds(&mut |_| false)) {
                set.always.push(owner);
            }
            set.sets.push(first..all.sets);
            set.rules.push(rule);
        }
        if !set.conditions.is_empty() {
            // Conditions may ask for its disguise, and for how often it was said.
            all.entries.entry(ViewKind::Plain).or_default();
        }
        set.views = all.entries.into_iter().map(|(view, entries)| (view, Keywords::new(entries))).collect();
        set.patterns = Patterns::new(all.patterns);
        set.folded = Patterns::new(all.folded);
        set.finds = all.finds.into_iter().collect();
        set.domains = (!all.domains.is_empty())
            .then(|| Domains::new(all.domains.into_iter().map(|(domain, set)| (domain, set as usize))));
        set
    }

    /// The same rules under another limit of characters a message.
    #[must_use]
    pub fn with_limit(mut self, characters: usize) -> Self {
        self.limit = characters;
        self
    }

    /// The same rules, but every regular expression is tried on every text, and all that was said before
    /// is read with a message: what tests hold the short cuts against.
    #[doc(hidden)]
    #[must_use]
    pub fn without_prefilter(mut self) -> Self {
        self.patterns = self.patterns.without_prefilter();
        self.folded = self.folded.without_prefilter();
        self.looks_far = true;
        self
    }

    /// The rules that are on, in the order of their ids.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that are off, in the order of their ids: they are not judged, and nothing of them but
    /// what they are can be asked.
    #[must_use]
    pub fn off(&self) -> &[Rule] {
        &self.off
    }

    /// Whether a rule that fires may keep a message from its reader or send it to review: by its action,
    /// or because its score alone reaches what the policy acts on.
    #[must_use]
    pub fn acts(&self, rule: usize) -> bool {
        let rule = &self.rules[rule];
        let reached = |from: Option<i64>| from.is_some_and(|from| rule.score >= from);
        matches!(rule.action, Action::Flag | Action::Drop)
            || reached(self.policy.flag)
            || reached(self.policy.drop)
    }

    /// The revision: a hash of the rule files' content, in hexadecimal.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Whether any rule looks at the text.
    #[must_use]
    pub fn has_patterns(&self) -> bool {
        !self.owners.is_empty()
    }

    /// Whether any looks at it for anything but keywords.
    pub(super) fn looks_beyond_words(&self) -> bool {
        !(self.patterns.is_empty()
            && self.folded.is_empty()
            && self.finds.is_empty()
            && self.domains.is_none())
    }

    /// The rule that a pattern set belongs to.
    #[must_use]
    pub fn owner(&self, set: SetId) -> usize {
        self.owners[set as usize] as usize
    }

    /// The pattern sets of a rule.
    #[must_use]
    pub fn sets_of(&self, rule: usize) -> std::ops::Range<SetId> {
        self.sets[rule].clone()
    }

    /// Rules that must be looked at for every message.
    pub(super) fn always(&self) -> &[u32] {
        &self.always
    }

    /// The keyword behind a match, by its view and index.
    pub(super) fn entry(&self, view: ViewKind, index: usize) -> Option<&Entry> {
        let (_, keywords) = self.views.iter().find(|(kind, _)| *kind == view)?;
        Some(keywords.entry(index))
    }

    /// Whether a rule fires for no message.
    pub(super) fn is_idle(&self, rule: usize) -> bool {
        u32::try_from(rule).is_ok_and(|rule| self.never.binary_search(&rule).is_ok())
    }

    /// The pattern behind a match, as its rule wrote it.
    #[must_use]
    pub fn pattern(&self, by: By) -> Written<'_> {
        let exact = ViewKind::Exact.name();
        match by {
            By::Keyword(view, index) => {
                let entry = self.entry(view, index);
                Written {
                    kind: "words",
                    view: entry.map_or(view, Entry::view).name(),
                    pattern: entry.map_or("", Entry::source),
                }
            }
            By::Regex(index) => {
                Written { kind: "regex", view: exact, pattern: self.patterns.pattern(index).source() }
            }
            By::Folded(index) => Written {
                kind: "regex",
                view: ViewKind::Folded.name(),
                pattern: self.folded.pattern(index).source(),
            },
            By::Find(kind) => Written { kind: "find", view: exact, pattern: kind.name() },
            By::Domain => Written { kind: "domain", view: exact, pattern: "" },
        }
    }

    /// For each rule, the patterns whose matches it is about: those under a `not`, those of its
    /// exceptions and the hosts of links are left out, and each is there once.
    #[must_use]
    pub fn looked_for(&self) -> Vec<Vec<Written<'_>>> {
        let mut all = vec![Vec::new(); self.rules.len()];
        let mut own = vec![false; self.owners.len()];
        for tree in self.rules.iter().filter_map(|rule| rule.matcher.as_ref()) {
            tree.sets(&mut |set, positive| own[set as usize] = positive);
        }
        let mut add = |sets: &[SetId], by: By| {
            for &set in sets.iter().filter(|&&set| own[set as usize]) {
                all[self.owner(set)].push(self.pattern(by));
            }
        };
        for (view, keywords) in &self.views {
            keywords.written().for_each(|(index, sets)| add(sets, By::Keyword(*view, index)));
        }
        for (patterns, by) in
            [(&self.patterns, By::Regex as fn(usize) -> By), (&self.folded, By::Folded as fn(usize) -> By)]
        {
            (0..patterns.len()).for_each(|index| add(patterns.sets(index), by(index)));
        }
        self.finds.iter().for_each(|(kind, sets)| add(sets, By::Find(*kind)));
        for patterns in &mut all {
            patterns.sort_unstable();
            patterns.dedup();
        }
        all
    }
}

/// A pattern as its rule wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written<'r> {
    /// `words`, `regex`, `find` or `domain`.
    pub kind: &'static str,
    /// The name of the view that it was found in.
    pub view: &'static str,
    /// The entry, the expression, the kind of data; empty for a domain.
    pub pattern: &'r str,
}

/// What all pattern sets look for, by the machine that finds it.
#[derive(Default)]
struct Patchwork {
    sets: SetId,
    entries: BTreeMap<ViewKind, Vec<(Entry, SetId)>>,
    patterns: Vec<(super::matcher::regex::Pattern, SetId)>,
    folded: Vec<(super::matcher::regex::Pattern, SetId)>,
    finds: BTreeMap<Kind, Vec<SetId>>,
    domains: Vec<(super::matcher::domain::Domain, SetId)>,
}

impl Patchwork {
    fn add(&mut self, set: PatternSet) {
        let id = self.sets;
        for entry in set.entries {
            // The loose view reads a text as the plain one does, until it knows more.
            let view = if entry.view() == ViewKind::Loose { ViewKind::Plain } else { entry.view() };
            let entries = self.entries.entry(view).or_default();
            entries.extend(variants(&entry).into_iter().map(|variant| (variant, id)));
            entries.push((entry, id));
        }
        self.patterns.extend(set.patterns.into_iter().map(|pattern| (pattern, id)));
        self.folded.extend(set.folded.into_iter().map(|pattern| (pattern, id)));
        for kind in set.finds {
            self.finds.entry(kind).or_default().push(id);
        }
        self.domains.extend(set.domains.into_iter().map(|domain| (domain, id)));
        self.sets += 1;
    }
}

fn shifted(tree: Tree, by: SetId) -> Tree {
    match tree {
        Tree::Set(set) => Tree::Set(set + by),
        Tree::All(trees) => Tree::All(trees.into_iter().map(|tree| shifted(tree, by)).collect()),
        Tree::Any(trees) => Tree::Any(trees.into_iter().map(|tree| shifted(tree, by)).collect()),
        Tree::Not(tree) => Tree::Not(Box::new(shifted(*tree, by))),
    }
}
