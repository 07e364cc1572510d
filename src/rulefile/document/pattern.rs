//! What a rule looks for in the text: pattern sets, and trees of them.

use serde_json::{Value as Schema, json};

use crate::engine::matcher::find::Kind;
use crate::rulefile::diagnostic::Report;
use crate::rulefile::record::{
    Definitions, OneOrMany, Read, Spanned, choose, define, expected, record, text,
};
use crate::rulefile::source::is_inside;
use crate::rulefile::yaml::{Node, Value};
use crate::text::ViewKind;

/// The keys under which a pattern set lists what it looks for.
const PATTERNS: [&str; 6] = ["words", "list", "anywhere", "regex", "find", "domain"];
/// The keys of a tree.
const TREE: [&str; 3] = ["all", "any", "not"];

/// A pattern set, or a tree of pattern sets.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchDoc {
    /// Matches where any of its patterns does.
    Patterns(Box<PatternDoc>),
    /// Matches where each of them matches somewhere in the message.
    All(Vec<Spanned<MatchDoc>>),
    /// Matches where one of them does.
    Any(Vec<Spanned<MatchDoc>>),
    /// Matches where this one does not.
    Not(Box<Spanned<MatchDoc>>),
}

record! {
    /// A pattern set: matches where any of its patterns does.
    pub struct PatternDoc, law = pattern_law, narrow = pattern_narrow {
        /// Whole words and phrases, through disguise; `*` at an end of a word stands for the rest of it.
        pub words: OneOrMany<Spanned<String>> = OneOrMany(vec![]),
        /// Names of files under `lists/`, each of words and phrases, one a line.
        pub list: OneOrMany<Spanned<ListName>> = OneOrMany(vec![]),
        /// Like `words`, but inside of words too.
        pub anywhere: OneOrMany<Spanned<String>> = OneOrMany(vec![]),
        /// Regular expressions on the text as sent, or on the folded one with `view: folded`.
        pub regex: OneOrMany<Spanned<String>> = OneOrMany(vec![]),
        /// Well-known kinds of contact and payment data.
        pub find: OneOrMany<Spanned<Kind>> = OneOrMany(vec![]),
        /// Hosts of links; `bit.ly` also means `x.bit.ly`.
        pub domain: OneOrMany<Spanned<String>> = OneOrMany(vec![]),
        /// How far disguise is undone; `plain` for words and `exact` for `regex` unless given.
        pub view: Option<Spanned<ViewKind>>,
    }
}

impl PatternDoc {
    /// A set of nothing, to put patterns into.
    #[must_use]
    pub fn empty(view: Option<Spanned<ViewKind>>) -> Self {
        PatternDoc {
            words: OneOrMany(vec![]),
            list: OneOrMany(vec![]),
            anywhere: OneOrMany(vec![]),
            regex: OneOrMany(vec![]),
            find: OneOrMany(vec![]),
            domain: OneOrMany(vec![]),
            view,
        }
    }
}

/// The name of a word list: a path under `lists/`, such as `messengers.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListName(pub String);

impl MatchDoc {
    /// Adds all pattern sets of the tree to `out`.
    pub fn sets<'a>(&'a self, out: &mut Vec<&'a PatternDoc>) {
        match self {
            MatchDoc::Patterns(set) => out.push(set),
            MatchDoc::All(branches) | MatchDoc::Any(branches) => {
                for branch in branches {
                    branch.value.sets(out);
                }
            }
            MatchDoc::Not(branch) => branch.value.sets(out),
        }
    }
}

impl Read for MatchDoc {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            expected("a pattern set, or a mapping with one of `all`, `any`, `not`", node, report);
            return None;
        };
        if !entries.iter().any(|(key, _)| TREE.contains(&key.text.as_str())) {
            // A set that was half understood would look emptier than it is to whoever compiles it.
            let before = report.errors();
            let set = PatternDoc::read(node, report)?;
            return (report.errors() == before).then(|| MatchDoc::Patterns(Box::new(set)));
        }
        let [(key, branches)] = entries.as_slice() else {
            mixed(node, report);
            return None;
        };
        match key.text.as_str() {
            "not" => Spanned::read(branches, report).map(|branch| MatchDoc::Not(Box::new(branch))),
            name => {
                if matches!(&branches.value, Value::Seq(items) if items.is_empty()) {
                    report.error(branches.span.clone(), format!("`{name}` of nothing"));
                    return None;
                }
                let before = report.errors();
                let all = Vec::read(branches, report).filter(|_| report.errors() == before)?;
                Some(if name == "all" { MatchDoc::All(all) } else { MatchDoc::Any(all) })
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        define("MatchDoc", definitions, |definitions| {
            let branch = MatchDoc::schema(definitions);
            let branches = json!({ "type": "array", "minItems": 1, "items": branch });
            let single = |key: &str, of: &Schema| {
                json!({
                    "type": "object",
                    "properties": { key: of },
                    "required": [key],
                    "additionalProperties": false,
                })
            };
            json!({ "anyOf": [
                PatternDoc::schema(definitions),
                single("all", &branches),
                single("any", &branches),
                single("not", &branch),
            ] })
        })
    }
}

/// Reports what stands beside the first of a tree's keys.
fn mixed(node: &Node, report: &mut Report<'_>) {
    let Value::Map(entries) = &node.value else { return };
    let Some(tree) = entries.iter().position(|(key, _)| TREE.contains(&key.text.as_str())) else { return };
    let name = &entries[tree].0.text;
    for (at, (key, _)) in entries.iter().enumerate().filter(|(at, _)| *at != tree) {
        let known = TREE.contains(&key.text.as_str()) || PatternDoc::KEYS.contains(&key.text.as_str());
        let what = if known { "key" } else { "unknown key" };
        let side = if at < tree { "before" } else { "beside" };
        report
            .error(key.span.clone(), format!("{what} `{}` {side} `{name}`, which stands alone", key.text))
            .help(format!("write it as one of the branches: `{name}: [{{…}}, {{…}}]`"));
    }
}

fn pattern_law(node: &Node, report: &mut Report<'_>) {
    let given = |key: &str| {
        node.get(key).is_some_and(|value| match &value.value {
            Value::Seq(items) => !items.is_empty(),
            _ => true,
        })
    };
    // A set of misspelt keys is told about those.
    let misspelt = matches!(&node.value, Value::Map(entries)
        if entries.iter().any(|(key, _)| !PatternDoc::KEYS.contains(&key.text.as_str())));
    if !misspelt && !PATTERNS.iter().any(|key| given(key)) {
        report
            .error(node.span.clone(), "a pattern set with nothing in it")
            .help(format!("give at least one of: {}", PATTERNS.join(", ")));
    }
    let Some(view) = node.get("view") else { return };
    let name = view.scalar().map_or("", |scalar| scalar.text.as_str());
    if given("regex") && matches!(name, "plain" | "loose") {
        report
            .error(view.span.clone(), format!("`regex` does not go with `view: {name}`"))
            .help("a regular expression is never rewritten: use `view: exact` or `view: folded`, or `words`");
    } else if ["find", "domain"].into_iter().any(given)
        && !["words", "list", "anywhere", "regex"].into_iter().any(given)
    {
        report.warning(view.span.clone(), "`view` changes nothing for `find` and `domain`");
    }
}

fn pattern_narrow(schema: &mut Schema) {
    let given = |key: &&str| json!({ "required": [key], "properties": { *key: { "not": { "type": "array", "maxItems": 0 } } } });
    schema["anyOf"] = PATTERNS.iter().map(given).collect();
    schema["not"] = json!({
        "required": ["regex", "view"],
        "properties": {
            "regex": { "not": { "type": "array", "maxItems": 0 } },
            "view": { "enum": ["plain", "loose"] },
        },
    });
}

impl Read for Kind {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        choose(node, &Kind::ALL.map(|kind| (kind.name(), kind)), report)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "enum": Kind::ALL.map(Kind::name) })
    }
}

impl Read for ViewKind {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        choose(node, &ViewKind::ALL.map(|view| (view.name(), view)), report)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "enum": ViewKind::ALL.map(ViewKind::name) })
    }
}

impl Read for ListName {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let name = text("the name of a file under `lists/`", node, report)?;
        if !is_inside(name) {
            let message = format!("`{name}` leads out of `lists/`");
            report.error(node.span.clone(), message);
            return None;
        }
        Some(ListName(name.to_owned()))
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string" })
    }
}
