//! What tells an edited rule from one that was only moved.
//!
//! Everything by which a rule judges is fed to one hash, without the places where it stands: its own
//! keys, the word lists and tables that it names, and the policy where it has a score. What is left
//! out changes no decision: `why`, `owner`, `tests`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use crate::rulefile::document::{Mask, MatchDoc, PatternDoc, PolicyFile, RuleDoc};
use crate::rulefile::record::{Json, OneOrMany, Spanned};
use crate::rulefile::source::Sources;

/// The fingerprint of a rule.
pub(super) fn fingerprint(rule: &RuleDoc, policy: Option<&PolicyFile>, sources: &Sources) -> u64 {
    let mut hash = Print { hash: DefaultHasher::new(), sources };
    hash.rule(rule);
    if let (Some(score), Some(policy)) = (&rule.score, policy.and_then(|policy| policy.score.as_ref())) {
        (score.value, policy.flag, policy.drop).hash(&mut hash.hash);
    }
    hash.tables(rule);
    hash.hash.finish()
}

struct Print<'s> {
    hash: DefaultHasher,
    sources: &'s Sources,
}

impl Print<'_> {
    fn rule(&mut self, rule: &RuleDoc) {
        let hash = &mut self.hash;
        rule.id.value.hash(hash);
        discriminant(&rule.mode).hash(hash);
        rule.when.as_ref().map(|when| &when.value).hash(hash);
        rule.action.value.hash(hash);
        rule.score.as_ref().map(|score| score.value).hash(hash);
        rule.expires.as_ref().map(|expires| expires.value).hash(hash);
        rule.sample.as_ref().map(|sample| sample.value.0.to_bits()).hash(hash);
        match rule.mask.as_ref().map(|mask| &mask.value) {
            None => 0.hash(hash),
            Some(Mask::Stars) => 1.hash(hash),
            Some(Mask::Text(text)) => (2, text).hash(hash),
        }
        self.many(&rule.labels, |label| label);
        for (key, value) in &rule.metadata.0 {
            (&key.value, value.value.value().to_string()).hash(&mut self.hash);
        }
        rule.matching.is_some().hash(&mut self.hash);
        if let Some(matching) = &rule.matching {
            self.tree(&matching.value);
        }
        if let Some(except) = &rule.except {
            self.set(&except.value);
        }
    }

    fn tree(&mut self, tree: &MatchDoc) {
        discriminant(tree).hash(&mut self.hash);
        match tree {
            MatchDoc::Patterns(set) => self.set(set),
            MatchDoc::All(branches) | MatchDoc::Any(branches) => {
                branches.len().hash(&mut self.hash);
                for branch in branches {
                    self.tree(&branch.value);
                }
            }
            MatchDoc::Not(branch) => self.tree(&branch.value),
        }
    }

    fn set(&mut self, set: &PatternDoc) {
        for texts in [&set.words, &set.anywhere, &set.regex, &set.domain] {
            self.many(texts, |text| text);
        }
        self.many(&set.find, |kind| kind);
        set.view.as_ref().map(|view| view.value).hash(&mut self.hash);
        for list in &set.list.0 {
            let text = self.sources.list(&list.value.0).map(|file| &*file.text);
            (&list.value.0, text).hash(&mut self.hash);
        }
    }

    fn many<T, H: Hash + ?Sized>(&mut self, values: &OneOrMany<Spanned<T>>, what: impl Fn(&T) -> &H) {
        values.0.len().hash(&mut self.hash);
        values.0.iter().for_each(|value| what(&value.value).hash(&mut self.hash));
    }

    /// A table is named by a constant in an expression: whoever writes its name means it.
    fn tables(&mut self, rule: &RuleDoc) {
        let mut expressions: Vec<&str> = rule.when.iter().map(|when| when.value.as_str()).collect();
        rule.metadata.0.iter().for_each(|(_, value)| texts(&value.value, &mut expressions));
        expressions.retain(|text| text.contains("lookup"));
        for (name, _, file) in self.sources.tables() {
            if expressions.iter().any(|text| text.contains(name)) {
                (name, &*file.text).hash(&mut self.hash);
            }
        }
    }
}

fn texts<'j>(json: &'j Json, out: &mut Vec<&'j str>) {
    match json {
        Json::String(text) => out.push(text),
        Json::Array(items) => items.iter().for_each(|item| texts(&item.value, out)),
        Json::Object(entries) => entries.iter().for_each(|(_, value)| texts(&value.value, out)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulefile::{Diagnostics, Documents};

    const POLICY: &str = "score: {flag: 5}";
    const TABLE: &str = "uid,role\nu1,staff\n";

    fn print_of(rule: &str, list: &str, table: &str, policy: &str) -> u64 {
        let files = [
            ("a.yaml", rule),
            ("lists/l.txt", list),
            ("lists/other.txt", table),
            ("tables/members.csv", table),
            ("policy.yaml", policy),
        ];
        let sources = Sources::from_memory(files);
        let mut out = Diagnostics::default();
        let documents = Documents::read(&sources, &mut out);
        assert!(!out.has_errors(), "{out}");
        fingerprint(&documents.rules[0].rule, documents.policy.as_ref(), &sources)
    }

    const RULE: &str = "rules:\n  - id: a\n    match: {words: [x, y], list: l.txt}\n    score: 1\n    \
        labels: [l]\n    metadata: {k: 1, r: \"=lookup('members', sender.uid)\"}\n    mask: true\n";

    #[test]
    fn only_what_judges_counts() {
        let first = print_of(RULE, "w", TABLE, POLICY);
        let same = |rule: &str| assert_eq!(print_of(rule, "w", TABLE, POLICY), first, "{rule}");
        same(RULE);
        same(&format!("# moved down\n\n{RULE}"));
        same(&format!("{RULE}    why: because\n    owner: me\n    tests: [{{text: x, expect: annotate}}]\n"));
        same(&RULE.replace("[x, y]", "['x', \"y\"]"));
    }

    #[test]
    fn everything_that_judges_counts() {
        let first = print_of(RULE, "w", TABLE, POLICY);
        for (from, to) in [
            ("id: a", "id: b"),
            ("[x, y]", "[x, z]"),
            ("[x, y]", "[xy]"),
            ("words: [x, y]", "anywhere: [x, y]"),
            ("words: [x, y]", "words: [x, y], view: loose"),
            ("words: [x, y]", "words: [x, y], regex: ab+c"),
            ("words: [x, y]", "words: [x, y], find: email"),
            ("words: [x, y]", "words: [x, y], domain: bit.ly"),
            ("list: l.txt", "list: other.txt"),
            ("score: 1", "score: 2"),
            ("[l]", "[l, m]"),
            ("k: 1", "k: 2"),
            ("k: 1", "k: '1'"),
            ("mask: true", "mask: '*'"),
            ("    mask: true\n", ""),
            ("    mask: true\n", "    mask: true\n    mode: shadow\n"),
            ("    mask: true\n", "    mask: true\n    action: drop\n"),
            ("    mask: true\n", "    mask: true\n    expires: 2026-12-31\n"),
            ("    mask: true\n", "    mask: true\n    sample: 5%\n"),
            ("    mask: true\n", "    mask: true\n    when: 'true'\n"),
            ("    mask: true\n", "    mask: true\n    except: {words: [x]}\n"),
            ("match: {words: [x, y], list: l.txt}", "match: {not: {words: [x, y], list: l.txt}}"),
        ] {
            let edited = RULE.replace(from, to);
            assert_ne!(edited, RULE);
            assert_ne!(print_of(&edited, "w", TABLE, POLICY), first, "{from} -> {to}");
        }
        assert_ne!(print_of(RULE, "w2", TABLE, POLICY), first, "the list");
        assert_ne!(print_of(RULE, "w", "uid,role\nu1,none\n", POLICY), first, "the table");
        assert_ne!(print_of(RULE, "w", TABLE, "score: {flag: 1}"), first, "the policy");
    }
}
