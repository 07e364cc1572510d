//! A compiled rule: what is left of a rule file once it has been understood.

use serde_json::{Map, Value};

use super::condition::ExprId;
use super::matcher::domain::Domain;
use super::matcher::find::Kind;
use super::matcher::regex::Pattern;
use super::matcher::words::Entry;
use super::scan::SetId;
use super::verdict::Action;

/// A rule, ready to judge.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, unique in the rule set.
    pub id: String,
    /// Changes with everything by which the rule judges, and with nothing else: not with its place, its
    /// tests, or what it says to people. The same in every process of one build of premod.
    pub fingerprint: u64,
    /// Why it is there, for people.
    pub why: String,
    /// Whom to ask.
    pub owner: String,
    /// Whether it counts.
    pub mode: Mode,
    /// The share of senders for whom it counts, in hundredths of a percent; the rest see it in shadow.
    pub sample: Option<u32>,
    /// The moment (message time, milliseconds) from which it is off.
    pub expires: Option<i64>,
    /// What must match; none for a rule that looks only at its condition.
    pub matcher: Option<Tree>,
    /// The pattern set whose matches excuse what they overlap.
    pub except: Option<SetId>,
    /// What must hold.
    pub when: Option<ExprId>,
    /// What to do.
    pub action: Action,
    /// Added to the verdict.
    pub labels: Vec<String>,
    /// Added to the verdict's score.
    pub score: i64,
    /// What to put over the matches in the masked copy.
    pub mask: Option<Mask>,
    /// What to inject.
    pub metadata: Vec<(String, Template)>,
}

/// Whether a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Enforce,
    /// It is judged and reported, and changes nothing.
    Shadow,
    /// It is not judged.
    Off,
}

/// What to put over a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// A star for each character shown.
    Stars,
    /// This text.
    Text(String),
}

/// Which pattern sets must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Any pattern of the set.
    Set(SetId),
    /// All of them.
    All(Vec<Tree>),
    /// Any of them.
    Any(Vec<Tree>),
    /// Not this.
    Not(Box<Tree>),
}

impl Tree {
    /// Whether the tree holds, given which sets matched.
    pub fn holds(&self, matched: &mut impl FnMut(SetId) -> bool) -> bool {
        match self {
            Tree::Set(set) => matched(*set),
            Tree::All(trees) => trees.iter().all(|tree| tree.holds(matched)),
            Tree::Any(trees) => trees.iter().any(|tree| tree.holds(matched)),
            Tree::Not(tree) => !tree.holds(matched),
        }
    }

    /// Calls back with each set, and whether its matches are what the rule is about (they are not
    /// under a `not`).
    pub fn sets(&self, found: &mut impl FnMut(SetId, bool)) {
        self.walk(true, found);
    }

    fn walk(&self, positive: bool, found: &mut impl FnMut(SetId, bool)) {
        match self {
            Tree::Set(set) => found(*set, positive),
            Tree::All(trees) | Tree::Any(trees) => trees.iter().for_each(|tree| tree.walk(positive, found)),
            Tree::Not(tree) => tree.walk(!positive, found),
        }
    }
}

/// A value to inject, in which strings may be expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// As it is.
    Value(Value),
    /// What an expression gives.
    Expr(ExprId),
    /// A list with expressions in it.
    List(Vec<Template>),
    /// An object with expressions in it.
    Object(Vec<(String, Template)>),
}

impl Template {
    /// The value, given what expressions give; what gives nothing is left out.
    pub fn render(&self, value: &mut impl FnMut(ExprId) -> Option<Value>) -> Option<Value> {
        match self {
            Template::Value(plain) => Some(plain.clone()),
            Template::Expr(expr) => value(*expr),
            Template::List(items) => Some(items.iter().filter_map(|item| item.render(value)).collect()),
            Template::Object(fields) => {
                let mut object = Map::new();
                for (key, template) in fields {
                    if let Some(rendered) = template.render(value) {
                        object.insert(key.clone(), rendered);
                    }
                }
                Some(Value::Object(object))
            }
        }
    }
}

/// What a pattern set looks for; any of it may match.
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    /// Words and phrases, from `words`, `list` and `anywhere`.
    pub entries: Vec<Entry>,
    /// Regular expressions, on the text as sent.
    pub patterns: Vec<Pattern>,
    /// Regular expressions, on the folded view.
    pub folded: Vec<Pattern>,
    /// Kinds of data.
    pub finds: Vec<Kind>,
    /// Hosts of links.
    pub domains: Vec<Domain>,
}
