//! Expressions, answered for one message.
//!
//! Names are read when an expression asks for them, once a message. Reading is also what is
//! budgeted: every name costs its size, so that no loop over a long message runs away.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, Value};

use super::counter::{Key, Kind};
use super::direct::{Asked, Text};
use super::input::Input;
use super::lower::Hidden;
use super::names::NAMES;
use super::value::to_json;
use super::{Conditions, ExprId};
use crate::engine::Facts;
use crate::engine::state::{Count, Moment, State, hash};
use crate::message::Message;

/// What one evaluation of one expression may read: names, elements and 64-byte pieces of text.
const BUDGET: u64 = 200_000;

/// The expressions of a rule set, for one message.
pub struct Evaluation<'m> {
    conditions: &'m Conditions,
    names: Names<'m>,
    moment: Moment,
    number: u64,
    steps: Vec<Step<'m>>,
    touched: AtomicBool,
}

/// A counter's call and what it counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<'e> {
    /// The call as written: `rate(sender.uid, duration("10s"))`.
    pub call: &'e str,
    /// What the messages were counted by, or why that can't be said.
    pub key: Result<&'e str, &'e str>,
    /// Messages in the window; 0 where there is no key.
    pub count: u64,
}

/// A key's value for this message, and the counts of its windows.
struct Step<'m> {
    key: Result<Cow<'m, str>, String>,
    /// None where there is nothing to count.
    hash: Option<u64>,
    counts: Vec<Count>,
}

/// Counts the message under a key, for each of its windows.
fn count(key: &Key, hash: Option<u64>, moment: Moment, state: &State) -> Vec<Count> {
    match (key.kind, hash) {
        (_, None) => vec![Count::default(); key.windows.len()],
        (Kind::Rate | Kind::Repeats, Some(hash)) => state.add(hash, moment, &key.windows),
        (Kind::Strikes, Some(hash)) => state.others(hash, moment, &key.windows),
    }
}

impl Conditions {
    /// Counts the message in the state, for all rules, and starts answering for it.
    #[must_use]
    pub fn begin<'m>(&'m self, input: Input<'m>, state: &State) -> Evaluation<'m> {
        let mut evaluation = self.uncounted(input);
        if self.counters.keys.is_empty() {
            evaluation.number = state.step(None, |number| number);
            return evaluation;
        }
        let mut steps: Vec<Step<'_>> = self.counters.keys.iter().map(|key| evaluation.key(key)).collect();
        evaluation.moment = state.moment(input.message.sent_at, &input.message.app, &input.message.muid);
        let held: Vec<u64> = steps.iter().filter_map(|step| step.hash).collect();
        evaluation.number = state.step(held, |number| {
            for (key, step) in self.counters.keys.iter().zip(&mut steps) {
                if step.key.is_ok() {
                    step.counts = count(key, step.hash, evaluation.moment, state);
                }
            }
            number
        });
        evaluation.steps = steps;
        evaluation
    }

    /// Where messages meet that count together, told without counting: messages that share none of
    /// these share no count. `repeats` is told by sender alone, so that no text has to be derived.
    #[must_use]
    pub fn couplings(&self, message: &Message<'_>, facts: &Facts) -> Vec<u64> {
        let app = &*message.app;
        if self.counters.looks_back {
            return vec![hash(&app)];
        }
        let input = Input { message, facts, plain: "", disguise: &[] };
        let evaluation = self.uncounted(input);
        let coupling = |key: &Key| match key.kind {
            Kind::Repeats => Some(hash(&(app, key.kind, &*message.sender.uid))),
            Kind::Rate | Kind::Strikes => evaluation.key(key).hash,
        };
        self.counters.keys.iter().filter_map(coupling).collect()
    }

    /// Whether what a message is counted under may rest on what its sender said before.
    pub(in crate::engine) fn looks_back(&self) -> bool {
        self.counters.looks_back
    }

    fn uncounted<'m>(&'m self, input: Input<'m>) -> Evaluation<'m> {
        Evaluation {
            conditions: self,
            names: Names { input, slots: OnceLock::new() },
            moment: Moment { at: input.message.sent_at, message: 0 },
            number: 0,
            steps: vec![],
            touched: AtomicBool::new(false),
        }
    }
}

impl<'m> Evaluation<'m> {
    /// Whether a condition holds, for a rule whose own patterns matched so often.
    ///
    /// # Errors
    /// Why it could not be evaluated: it counts as not holding.
    pub fn holds(&mut self, id: ExprId, matches: usize) -> Result<bool, String> {
        if let Some(test) = &self.conditions.tests[id.0]
            && let Some(holds) = test.holds(&self.names.input, self, int(matches))
        {
            return Ok(holds);
        }
        self.answer(&self.conditions.expressions[id.0], matches, |value| {
            value.downcast_ref::<CelBool>().map(|holds| *holds.inner()).ok_or_else(|| {
                format!("a condition must be true or false; this was of type {}", value.get_type().name())
            })
        })
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// Why it has none.
    pub fn value(&mut self, id: ExprId, matches: usize) -> Result<serde_json::Value, String> {
        self.answer(&self.conditions.expressions[id.0], matches, |value| {
            Value::try_from(value).map(|value| to_json(&value)).map_err(|error| words(&error))
        })
    }

    /// The number of the step in which it was counted.
    pub(in crate::engine) fn number(&self) -> u64 {
        self.number
    }

    /// What a strike of this message would be counted under, and when.
    pub(in crate::engine) fn strikes(&self) -> (Vec<u64>, Moment) {
        let keys = self.conditions.counters.keys.iter().zip(&self.steps);
        let strikes = keys.filter(|(key, _)| key.kind == Kind::Strikes).filter_map(|(_, step)| step.hash);
        (strikes.collect(), self.moment)
    }

    /// All counters, whether or not an expression asked for them.
    pub fn counts(&self) -> impl Iterator<Item = Counted<'_>> {
        self.conditions.counters.calls.iter().map(|call| {
            let step = &self.steps[call.key];
            let key = step.key.as_deref().map_err(String::as_str);
            Counted {
                call: &call.text,
                key,
                count: step.counts.get(call.window).map_or(0, |count| count.messages),
            }
        })
    }

    /// Whether an answer rests on a count that memory bounds may have made too small.
    #[must_use]
    pub fn touched_by_eviction(&self) -> bool {
        self.touched.load(Ordering::Relaxed)
    }

    fn key(&self, key: &Key) -> Step<'m> {
        let input = &self.names.input;
        let value = match (&key.expression, key.text) {
            (_, Some(Text { read: Some(read), .. })) => Ok(read(input).into()),
            (Some(expression), _) => self.answer(expression, 0, |value| {
                let text = value.downcast_ref::<CelString>().map(|text| text.inner().to_owned().into());
                text.ok_or_else(|| format!("it is no string but of type {}", value.get_type().name()))
            }),
            (None, _) => Ok((&*input.message.sender.uid).into()),
        };
        let app = &*self.names.input.message.app;
        let text = if key.kind == Kind::Repeats { self.names.input.plain } else { "" };
        // a picture without words repeats nothing
        let counted = key.kind != Kind::Repeats || !text.trim().is_empty();
        let hash = value.as_ref().ok().filter(|_| counted).map(|value| hash(&(app, key.kind, value, text)));
        Step { key: value, hash, counts: vec![] }
    }

    fn answer<T>(
        &self,
        expression: &IdedExpr,
        matches: usize,
        read: impl FnOnce(&dyn Val) -> Result<T, String>,
    ) -> Result<T, String> {
        let scope = Scope {
            evaluation: self,
            matches: CelInt::from(i64::try_from(matches).unwrap_or(i64::MAX)),
            spent: AtomicU64::new(0),
        };
        let mut context = Context::with_env(Arc::clone(&self.conditions.env));
        context.set_variable_resolver(&scope);
        match Value::resolve_val(expression, &context) {
            _ if scope.spent.load(Ordering::Relaxed) > BUDGET => {
                Err("it reads too much of this message".to_owned())
            }
            Ok(value) => read(value.as_ref()),
            Err(error) => Err(self.reason(&error)),
        }
    }

    fn reason(&self, error: &ExecutionError) -> String {
        if let ExecutionError::UndeclaredReference(name) = error
            && let Some(Hidden::Counter(index)) = Hidden::read(name)
        {
            let call = &self.conditions.counters.calls[index];
            let reason = self.steps.get(call.key).and_then(|step| step.key.as_ref().err());
            return format!("nothing to count `{}` by: {}", call.text, reason.map_or("", String::as_str));
        }
        words(error)
    }
}

impl Asked for Evaluation<'_> {
    fn int(&self, name: usize) -> Option<i64> {
        self.names.read(name).0.downcast_ref::<CelInt>().map(|number| *number.inner())
    }

    fn double(&self, name: usize) -> Option<f64> {
        self.names.read(name).0.downcast_ref::<CelDouble>().map(|number| *number.inner())
    }

    fn text(&self, name: usize) -> Option<&str> {
        self.names.read(name).0.downcast_ref::<CelString<'_>>().map(CelString::inner)
    }

    fn size(&self, name: usize) -> Option<i64> {
        let (list, cost) = self.names.read(name);
        let list = list.downcast_ref::<CelList<'_>>().filter(|_| *cost <= BUDGET)?;
        Some(int(list.inner().len()))
    }

    fn count(&self, call: usize) -> Option<i64> {
        let call = &self.conditions.counters.calls[call];
        let count = self.steps.get(call.key)?.counts.get(call.window)?;
        self.touched.fetch_or(count.lossy, Ordering::Relaxed);
        Some(i64::try_from(count.messages).unwrap_or(i64::MAX))
    }
}

fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What went wrong, without a word of the message.
fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("the key `{key}` is missing"),
        ExecutionError::NoSuchOverload(error) => {
            let types = error.argument_types();
            match error.function() {
                "_._" | "_[_]" => {
                    format!("a value of type {} has no fields", types.first().map_or("", String::as_str))
                }
                name => {
                    let name = name.trim_matches(['_', '@']);
                    format!("`{name}` is not defined for {}", types.join(", "))
                }
            }
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "the list has no such element".to_owned(),
        ExecutionError::UnexpectedType { got, want } => format!("a value is of type {got}, not {want}"),
        ExecutionError::FunctionError { function, .. } => format!("`{function}` can't be applied to a value"),
        _ => "values of unfit types".to_owned(),
    }
}

/// What the names stand for, each read at most once.
struct Names<'m> {
    input: Input<'m>,
    slots: OnceLock<Box<[Slot<'m>]>>,
}

/// A value and what reading it costs.
type Slot<'m> = OnceLock<(Box<dyn Val + 'm>, u64)>;

impl<'m> Names<'m> {
    fn read(&self, index: usize) -> &(Box<dyn Val + 'm>, u64) {
        let slots = self.slots.get_or_init(|| NAMES.iter().map(|_| OnceLock::new()).collect());
        slots[index].get_or_init(|| {
            let value = (NAMES[index].read)(&self.input);
            let size = size(value.as_ref());
            (value, size)
        })
    }
}

/// Elements and 64-byte pieces of text, at all depths.
fn size(value: &dyn Val) -> u64 {
    let inner = if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        text.inner().len() as u64 / 64
    } else if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        list.inner().iter().map(|element| size(element.as_ref())).sum()
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        map.inner().values().map(|element| size(element.as_ref())).sum()
    } else {
        0
    };
    1 + inner
}

/// What the hidden names of one expression stand for.
struct Scope<'e, 'm> {
    evaluation: &'e Evaluation<'m>,
    matches: CelInt,
    spent: AtomicU64,
}

impl VariableResolver for Scope<'_, '_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let conditions = self.evaluation.conditions;
        let (value, cost): (CowVal<'b, 'b>, u64) = match Hidden::read(variable)? {
            Hidden::Matches => (CowVal::Borrowed(&self.matches), 1),
            Hidden::Name(index) => {
                let (value, cost) = self.evaluation.names.read(index);
                (CowVal::Borrowed(value.as_ref()), *cost)
            }
            Hidden::Counter(index) => {
                let call = &conditions.counters.calls[index];
                let count = self.evaluation.steps.get(call.key)?.counts.get(call.window)?;
                self.evaluation.touched.fetch_or(count.lossy, Ordering::Relaxed);
                (CowVal::owned(CelInt::from(i64::try_from(count.messages).unwrap_or(i64::MAX))), 1)
            }
            Hidden::Table(index) => (CowVal::Borrowed(&conditions.tables[index]), 1),
            Hidden::Regex(index) => (CowVal::Borrowed(&conditions.regexes[index]), 1),
            Hidden::Constant(index) => (CowVal::Borrowed(conditions.constants[index].as_ref()), 0),
        };
        (self.spent.fetch_add(cost, Ordering::Relaxed) + cost <= BUDGET).then_some(value)
    }
}
