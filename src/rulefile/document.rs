//! What rule files say, read and typed, each word with its place; not yet what it means.
//!
//! Every key of the rule language is declared here once: the reader and the schema follow from the
//! declaration. What needs the engine (patterns, expressions) is checked when a rule is compiled.

mod pattern;
mod test;

use std::collections::HashMap;

use serde_json::{Value as Schema, json};

pub use pattern::{ListName, MatchDoc, PatternDoc};
pub use test::{AttachmentDoc, Expect, ReceiverDoc, SenderDoc, TestDoc};

use super::date::Date;
use super::diagnostic::{Diagnostics, Report, SourceFile};
use super::record::{
    Definitions, JsonObject, OneOrMany, Percent, Read, Spanned, choice, choose, file_schema, record,
    suggestion,
};
use super::source::Sources;
use super::yaml::{self, Node, Value};
use crate::engine::Action;

/// Keys of an answer that only the engine may set.
const RESERVED: [&str; 3] = ["action", "labels", "masked_text"];

/// A whole rules directory, read.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// All rules, in the order of paths and then of lines; ids differ.
    pub rules: Vec<SourcedRule>,
    /// What `policy.yaml` says.
    pub policy: Option<PolicyFile>,
}

/// A rule and the file it is written in.
#[derive(Clone, Debug)]
pub struct SourcedRule {
    /// Where all ranges of the rule point to.
    pub file: SourceFile,
    /// The rule.
    pub rule: RuleDoc,
}

record! {
    /// A file of rules.
    pub struct RuleFile {
        /// The rules.
        pub rules: Vec<RuleDoc>,
    }
}

record! {
    /// One rule. It fires when its `match` matches (or it has none) and its `when` holds (or it has none).
    pub struct RuleDoc, law = rule_law, narrow = rule_narrow {
        /// The rule's name, unique over all files: small letters, digits, `.`, `_` and `-`.
        pub id: Spanned<String>,
        /// What the rule is for, for people; shown by explain and in the log.
        pub why: Option<Spanned<String>>,
        /// Whether it counts.
        pub mode: Mode = Mode::Enforce,
        /// A CEL expression over the message and the state; the rule fires only where it holds.
        pub when: Option<Spanned<String>>,
        /// Patterns to look for in the text: a pattern set, or a tree of them.
        pub matching("match"): Option<Spanned<MatchDoc>>,
        /// A pattern set; a match that lies inside or overlaps one of its matches does not count.
        pub except: Option<Spanned<PatternDoc>>,
        /// What is done to the message.
        pub action: Spanned<Action> = Spanned { value: Action::Annotate, range: 0..0 },
        /// Labels added to the verdict.
        pub labels: OneOrMany<Spanned<String>> = OneOrMany(vec![]),
        /// Added to the verdict's score.
        pub score: Option<Spanned<i64>>,
        /// Replaces what matched in the masked copy of the text: `true` for a `*` per character, or a text.
        pub mask: Option<Spanned<Mask>>,
        /// Merged into what is injected; a text that begins with `=` is a CEL expression, `==` writes a plain `=`.
        pub metadata: JsonObject = JsonObject::default(),
        /// Whom to ask about the rule.
        pub owner: Option<Spanned<String>>,
        /// The rule's last day, `YYYY-MM-DD`.
        pub expires: Option<Spanned<Date>>,
        /// The share of senders for whom the rule is enforced, such as `5%`; shadow for the rest.
        pub sample: Option<Spanned<Percent>>,
        /// Examples the rule must judge right.
        pub tests: Vec<Spanned<TestDoc>> = vec![],
    }
}

record! {
    /// What holds for all rules together.
    pub struct PolicyFile {
        /// What the summed score of a message leads to.
        pub score: Option<ScorePolicy>,
    }
}

record! {
    /// Scores from which a message is flagged or dropped, whatever the rules' actions say.
    pub struct ScorePolicy, law = score_law, narrow = score_narrow {
        /// Flag from this score on.
        pub flag: Option<i64>,
        /// Drop from this score on.
        pub drop: Option<i64>,
    }
}

choice! {
    /// Whether a rule counts.
    pub enum Mode {
        /// It counts.
        Enforce = "enforce",
        /// Judged, counted and logged like any other, but without effect on the answer.
        Shadow = "shadow",
        /// Not judged at all.
        Off = "off",
    }
}

/// What stands in the masked text for a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// A `*` for each character shown.
    Stars,
    /// This text.
    Text(String),
}

/// JSON Schema of a file of rules.
#[must_use]
pub fn rules_schema() -> Schema {
    file_schema::<RuleFile>("premod rules")
}

/// JSON Schema of `policy.yaml`.
#[must_use]
pub fn policy_schema() -> Schema {
    file_schema::<PolicyFile>("premod policy")
}

/// Reads one file as a `T`; a file with nothing in it is an empty one.
pub fn read_file<T: Read>(file: &SourceFile, out: &mut Diagnostics) -> Option<T> {
    let mut report = out.report(file);
    let mut node = yaml::parse(&mut report)?;
    if node.is_null() {
        node.value = Value::Map(vec![]);
    }
    T::read(&node, &mut report)
}

impl Documents {
    /// Reads all rule files and the policy. Rules that cannot be read are reported and left out.
    #[must_use]
    pub fn read(sources: &Sources, out: &mut Diagnostics) -> Documents {
        let mut rules: Vec<SourcedRule> = Vec::new();
        let mut taken: HashMap<String, usize> = HashMap::new();
        for file in sources.rule_files() {
            let mut report = out.report(file);
            let Some(node) = yaml::parse(&mut report) else { continue };
            if node.is_null() {
                continue;
            }
            let Some(read) = RuleFile::read(&node, &mut report) else { continue };
            for rule in read.rules {
                if let Some(first) = taken.get(&rule.id.value).map(|at| &rules[*at]) {
                    let (line, column) = first.file.place(first.rule.id.range.start);
                    let message = format!(
                        "the id `{}` is taken: see {}:{line}:{column}",
                        rule.id.value, first.file.path
                    );
                    out.error(file, rule.id.range.clone(), message);
                    continue;
                }
                taken.insert(rule.id.value.clone(), rules.len());
                refuse_missing_lists(&rule, sources, &mut out.report(file));
                rules.push(SourcedRule { file: file.clone(), rule });
            }
        }
        let policy = sources.policy().and_then(|file| read_file(file, out));
        Documents { rules, policy }
    }
}

fn refuse_missing_lists(rule: &RuleDoc, sources: &Sources, report: &mut Report<'_>) {
    let mut sets: Vec<&PatternDoc> = rule.except.iter().map(|except| &except.value).collect();
    if let Some(matching) = &rule.matching {
        matching.value.sets(&mut sets);
    }
    for name in sets.into_iter().flat_map(|set| &set.list.0) {
        if sources.list(&name.value.0).is_none() {
            let hint = suggestion(&name.value.0, sources.list_names());
            report.error(name.range.clone(), format!("there is no list `lists/{}`{hint}", name.value.0));
        }
    }
}

fn rule_law(node: &Node, report: &mut Report<'_>) {
    if node.get("match").is_none() && node.get("when").is_none() {
        report
            .error(node.span.clone(), "a rule needs `match` or `when`")
            .help("`match` looks at the text, `when` at everything else");
    }
    if let Some((id, scalar)) = node.get("id").and_then(|id| id.scalar().map(|scalar| (id, scalar))) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if !scalar.is_null() && (scalar.text.is_empty() || !scalar.text.chars().all(fits)) {
            let message = "an id is made of small letters a–z, digits, `.`, `_` and `-`";
            report.error(id.span.clone(), message);
        }
    }
    if let Some(Value::Map(entries)) = node.get("metadata").map(|metadata| &metadata.value) {
        for (key, _) in entries.iter().filter(|(key, _)| RESERVED.contains(&key.text.as_str())) {
            report.error(key.span.clone(), format!("the metadata key `{}` belongs to premod", key.text));
        }
    }
}

fn rule_narrow(schema: &mut Schema) {
    schema["anyOf"] = json!([{ "required": ["match"] }, { "required": ["when"] }]);
    schema["properties"]["id"]["pattern"] = json!("^[a-z0-9._-]+$");
    schema["properties"]["metadata"]["propertyNames"] = json!({ "not": { "enum": RESERVED } });
}

fn score_law(node: &Node, report: &mut Report<'_>) {
    for value in ["flag", "drop"].iter().filter_map(|key| node.get(key)) {
        if value
            .scalar()
            .is_some_and(|scalar| scalar.plain && scalar.text.parse::<i64>().is_ok_and(|n| n < 1))
        {
            report.error(value.span.clone(), "a score to act on is at least 1");
        }
    }
}

fn score_narrow(schema: &mut Schema) {
    for key in ["flag", "drop"] {
        schema["properties"][key]["minimum"] = json!(1);
    }
}

impl Read for Action {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        choose(node, &ACTIONS.map(|action| (action.name(), action)), report)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "enum": ACTIONS.map(Action::name) })
    }
}

const ACTIONS: [Action; 4] = [Action::Pass, Action::Drop, Action::Flag, Action::Annotate];

impl Read for Mask {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match node.scalar() {
            Some(scalar) if scalar.plain && scalar.text == "true" => Some(Mask::Stars),
            Some(scalar) if !scalar.is_null() && (!scalar.plain || scalar.text != "false") => {
                Some(Mask::Text(scalar.text.clone()))
            }
            _ => {
                super::record::expected("`true` or the text to put instead", node, report);
                None
            }
        }
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "anyOf": [{ "const": true }, { "type": ["string", "number"] }] })
    }
}
