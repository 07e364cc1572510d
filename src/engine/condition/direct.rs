//! Conditions that need no evaluator: names compared with constants, joined by `&&`, `||` and `!`.
//!
//! Nearly all conditions are so simple, and they are asked about every message. They become a tree
//! over the message itself when rules are loaded, in which what costs least is asked first; CEL
//! answers for everything else, and wherever an answer here might differ from its.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::input::Input;
use super::lower::Hidden;
use super::names::NAMES;

/// A condition.
#[derive(Debug)]
pub(super) enum Test {
    Always(bool),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
    /// A string is one of these.
    OneOf(Text, Vec<String>),
    /// A list holds a string.
    Holds(Texts, String),
    /// A number stands to a constant so.
    Int(Number, Order, i64),
    Double(usize, Order, f64),
}

/// A string: its place among the names, and how it is read where that takes no work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) name: usize,
    pub(super) read: Option<for<'m> fn(&Input<'m>) -> &'m str>,
}

/// A list of strings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Texts {
    Tags,
    Mentions,
    SenderTags,
    ReceiverTags,
    Disguise,
}

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Matches,
    /// The place of a counter's call.
    Counter(usize),
    /// The place of a name.
    Name(usize),
    Size(Texts),
    /// The size of a list that is made when it is asked for, by the place of its name.
    SizeOf(usize),
}

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Equal,
    Unequal,
    GreaterOrEqual,
    Greater,
}

/// What a test asks for beside the input: what takes work, and what an evaluation counted.
pub(super) trait Asked {
    /// The whole number of a name; none where the evaluator must say what it is.
    fn int(&self, name: usize) -> Option<i64>;
    /// The number of a name.
    fn double(&self, name: usize) -> Option<f64>;
    /// The string of a name.
    fn text(&self, name: usize) -> Option<&str>;
    /// The size of the list of a name.
    fn size(&self, name: usize) -> Option<i64>;
    /// What a counter's call counted.
    fn count(&self, call: usize) -> Option<i64>;
}

/// Longer lists are read under the evaluator's budget.
const LONGEST: usize = 1000;

impl Test {
    /// The condition as a test; none where it takes an evaluator.
    pub(super) fn of(node: &IdedExpr) -> Option<Test> {
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => Some(Test::Always(*value.inner())),
            Expr::Call(call) if call.target.is_none() => Test::call(call),
            _ => None,
        }
    }

    fn call(call: &CallExpr) -> Option<Test> {
        match (call.func_name.as_str(), &call.args[..]) {
            (operators::LOGICAL_NOT, [test]) => Some(match Test::of(test)? {
                Test::Always(answer) => Test::Always(!answer),
                test => Test::Not(Box::new(test)),
            }),
            (operators::LOGICAL_AND, [one, other]) => {
                let mut tests = Vec::new();
                for side in [Test::of(one)?, Test::of(other)?] {
                    match side {
                        Test::All(more) => tests.extend(more),
                        Test::Always(true) => {}
                        test => tests.push(test),
                    }
                }
                Some(Test::joined(tests, false))
            }
            (operators::LOGICAL_OR, [one, other]) => {
                let mut tests = Vec::new();
                for side in [Test::of(one)?, Test::of(other)?] {
                    match side {
                        Test::Any(more) => tests.extend(more),
                        Test::Always(false) => {}
                        test => tests.push(test),
                    }
                }
                Some(Test::joined(tests, true))
            }
            (operators::IN, [one, list]) => Test::member(one, list),
            (operator, [one, other]) => {
                let order = Order::of(operator)?;
                Test::compare(one, order, other).or_else(|| Test::compare(other, order.turned(), one))
            }
            _ => None,
        }
    }

    /// Some tests as one, of which an answer settles it, the cheapest first.
    fn joined(mut tests: Vec<Test>, settles: bool) -> Test {
        tests.sort_by_key(Test::cost);
        match tests.first() {
            None => Test::Always(!settles),
            Some(Test::Always(answer)) => Test::Always(*answer),
            Some(_) if tests.len() == 1 => tests.remove(0),
            Some(_) if settles => Test::Any(tests),
            Some(_) => Test::All(tests),
        }
    }

    fn member(one: &IdedExpr, list: &IdedExpr) -> Option<Test> {
        if let (Some(text), Expr::List(list)) = (Text::of(one), &list.expr) {
            let all = list.elements.iter().map(|element| Some(string(element)?.to_owned()));
            return Some(Test::OneOf(text, all.collect::<Option<_>>()?));
        }
        Some(Test::Holds(Texts::of(list)?, string(one)?.to_owned()))
    }

    fn compare(one: &IdedExpr, order: Order, constant: &IdedExpr) -> Option<Test> {
        match &constant.expr {
            Expr::Literal(LiteralValue::String(text)) => {
                let same = Test::OneOf(Text::of(one)?, vec![text.inner().to_owned()]);
                match order {
                    Order::Equal => Some(same),
                    Order::Unequal => Some(Test::Not(Box::new(same))),
                    _ => None,
                }
            }
            Expr::Literal(LiteralValue::Int(number)) => {
                Some(Test::Int(Number::of(one)?, order, *number.inner()))
            }
            Expr::Literal(LiteralValue::Double(number)) => match Hidden::of(one)? {
                Hidden::Name(name) if NAMES[name].path == "message.caps" => {
                    Some(Test::Double(name, order, *number.inner()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What asking costs, roughly, in nanoseconds.
    fn cost(&self) -> u32 {
        match self {
            Test::Always(_) => 0,
            Test::Not(test) => test.cost(),
            Test::All(tests) | Test::Any(tests) => tests.iter().map(Test::cost).sum(),
            Test::OneOf(Text { read: Some(_), .. }, _)
            | Test::Holds(..)
            | Test::Int(Number::Matches | Number::Size(_), ..) => 1,
            Test::Int(Number::Counter(_), ..) => 2,
            Test::Int(Number::Name(name) | Number::SizeOf(name), ..) | Test::Double(name, ..) => {
                match NAMES[*name].path {
                    "message.length" => 10,
                    "message.lines" => 20,
                    "message.emoji" => 50,
                    _ => 100,
                }
            }
            Test::OneOf(..) => 2000,
        }
    }

    /// Whether the condition holds, for a rule that matched so often; none where the evaluator must
    /// tell.
    pub(super) fn holds(&self, input: &Input<'_>, asked: &impl Asked, matches: i64) -> Option<bool> {
        Some(match self {
            Test::Always(holds) => *holds,
            Test::Not(test) => !test.holds(input, asked, matches)?,
            Test::All(tests) => {
                for test in tests {
                    if !test.holds(input, asked, matches)? {
                        return Some(false);
                    }
                }
                true
            }
            Test::Any(tests) => {
                for test in tests {
                    if test.holds(input, asked, matches)? {
                        return Some(true);
                    }
                }
                false
            }
            Test::OneOf(text, all) => {
                let text = match text.read {
                    Some(read) => read(input),
                    None => asked.text(text.name)?,
                };
                all.iter().any(|one| one == text)
            }
            Test::Holds(list, text) => {
                if list.len(input) > LONGEST {
                    return None;
                }
                list.hold(input, text)
            }
            Test::Int(number, order, constant) => {
                let number = match *number {
                    Number::Matches => matches,
                    Number::Counter(call) => asked.count(call)?,
                    Number::Name(name) => asked.int(name)?,
                    Number::SizeOf(name) => asked.size(name)?,
                    Number::Size(list) if list.len(input) > LONGEST => return None,
                    Number::Size(list) => i64::try_from(list.len(input)).ok()?,
                };
                order.holds(&number, constant)
            }
            Test::Double(name, order, constant) => order.holds(&asked.double(*name)?, constant),
        })
    }
}

impl Text {
    /// What a node reads, if it is such a string.
    pub(super) fn of(node: &IdedExpr) -> Option<Text> {
        let Hidden::Name(name) = Hidden::of(node)? else { return None };
        let read: for<'m> fn(&Input<'m>) -> &'m str = match NAMES[name].path {
            "message.language" => return Some(Text { name, read: None }),
            "message.type" => |m| &m.message.kind,
            "message.category" => |m| &m.message.category,
            "message.id" => |m| &m.message.id,
            "message.muid" => |m| &m.message.muid,
            "message.parent" => |m| &m.message.parent,
            "sender.uid" => |m| &m.message.sender.uid,
            "sender.name" => |m| &m.message.sender.name,
            "sender.role" => |m| &m.message.sender.role,
            "receiver.id" => |m| &m.message.receiver.id,
            "receiver.type" => |m| &m.message.receiver.kind,
            "receiver.name" => |m| &m.message.receiver.name,
            "receiver.group_type" => |m| &m.message.receiver.group_type,
            "conversation" => |m| &m.message.conversation,
            "app" => |m| &m.message.app,
            "webhook" => |m| &m.message.webhook,
            "platform" => |m| &m.message.platform,
            _ => return None,
        };
        Some(Text { name, read: Some(read) })
    }
}

impl Texts {
    fn of(node: &IdedExpr) -> Option<Texts> {
        let Hidden::Name(name) = Hidden::of(node)? else { return None };
        match NAMES[name].path {
            "message.tags" => Some(Texts::Tags),
            "message.mentions" => Some(Texts::Mentions),
            "sender.tags" => Some(Texts::SenderTags),
            "receiver.tags" => Some(Texts::ReceiverTags),
            "message.disguise" => Some(Texts::Disguise),
            _ => None,
        }
    }

    fn sent<'m>(self, input: &Input<'m>) -> &'m [std::borrow::Cow<'m, str>] {
        match self {
            Texts::Tags => &input.message.tags,
            Texts::Mentions => &input.message.mentions,
            Texts::SenderTags => &input.message.sender.tags,
            Texts::ReceiverTags => &input.message.receiver.tags,
            Texts::Disguise => &[],
        }
    }

    fn len(self, input: &Input<'_>) -> usize {
        if matches!(self, Texts::Disguise) { input.disguise.len() } else { self.sent(input).len() }
    }

    fn hold(self, input: &Input<'_>, text: &str) -> bool {
        if matches!(self, Texts::Disguise) {
            input.disguise.contains(&text)
        } else {
            self.sent(input).iter().any(|one| one == text)
        }
    }
}

impl Number {
    fn of(node: &IdedExpr) -> Option<Number> {
        if let Expr::Call(call) = &node.expr {
            let list = match (&call.target, &call.args[..]) {
                (None, [list]) => list,
                (Some(list), []) => list,
                _ => return None,
            };
            if call.func_name != "size" {
                return None;
            }
            return Texts::of(list).map(Number::Size).or_else(|| match Hidden::of(list)? {
                Hidden::Name(name) if matches!(NAMES[name].path, "message.links" | "message.hosts") => {
                    Some(Number::SizeOf(name))
                }
                _ => None,
            });
        }
        match Hidden::of(node)? {
            Hidden::Matches => Some(Number::Matches),
            Hidden::Counter(call) => Some(Number::Counter(call)),
            Hidden::Name(name) => matches!(
                NAMES[name].path,
                "message.length" | "message.words" | "message.lines" | "message.emoji"
            )
            .then_some(Number::Name(name)),
            Hidden::Table(_) | Hidden::Regex(_) | Hidden::Constant(_) => None,
        }
    }
}

impl Order {
    fn of(operator: &str) -> Option<Order> {
        match operator {
            operators::LESS => Some(Order::Less),
            operators::LESS_EQUALS => Some(Order::LessOrEqual),
            operators::EQUALS => Some(Order::Equal),
            operators::NOT_EQUALS => Some(Order::Unequal),
            operators::GREATER_EQUALS => Some(Order::GreaterOrEqual),
            operators::GREATER => Some(Order::Greater),
            _ => None,
        }
    }

    /// The same, told from the other side.
    fn turned(self) -> Order {
        match self {
            Order::Less => Order::Greater,
            Order::LessOrEqual => Order::GreaterOrEqual,
            Order::GreaterOrEqual => Order::LessOrEqual,
            Order::Greater => Order::Less,
            same => same,
        }
    }

    fn holds<T: PartialOrd>(self, one: &T, other: &T) -> bool {
        match self {
            Order::Less => one < other,
            Order::LessOrEqual => one <= other,
            Order::Equal => one == other,
            Order::Unequal => one != other,
            Order::GreaterOrEqual => one >= other,
            Order::Greater => one > other,
        }
    }
}

fn string(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
