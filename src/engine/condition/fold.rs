//! Answers, when rules are loaded, what no message can change.
//!
//! A part of an expression that reads no name is asked once, of the evaluator itself, and its answer
//! stands in its place; where it has none, the part stays and fails at each message as it would have.
//! Of `&&`, `||` and `?:` goes what the evaluator would not look at, or not change.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr, ListExpr, LiteralValue, operators};
use cel::common::types::{CelDuration, CelTimestamp};
use cel::common::value::Val;
use cel::{Context, Env, Value};

use super::lower::Hidden;
use super::syntax::children;

/// Folds lowered expressions.
pub(super) struct Folder<'c> {
    pub(super) env: &'c Arc<Env>,
    /// Answers that no literal can be written for: moments and durations.
    pub(super) constants: &'c mut Vec<Box<dyn Val>>,
}

impl Folder<'_> {
    /// Folds an expression.
    pub(super) fn fold(&mut self, node: &mut IdedExpr) {
        self.below(node, &mut Vec::new());
    }

    /// Folds a node within walks over lists that name their elements so.
    fn below(&mut self, node: &mut IdedExpr, locals: &mut Vec<String>) {
        if is_plain(&node.expr) {
            return;
        }
        if !reads(node, locals)
            && let Some(answer) = self.answer(node)
        {
            node.expr = answer;
            return;
        }
        if let Expr::Comprehension(walk) = &mut node.expr {
            self.below(&mut walk.iter_range, locals);
            self.below(&mut walk.accu_init, locals);
            let around = locals.len();
            locals.extend([walk.iter_var.clone(), walk.accu_var.clone()]);
            locals.extend(walk.iter_var2.clone());
            // the evaluator knows a walk by the shape of its step: that stays
            for part in children(&mut walk.loop_step) {
                self.below(part, locals);
            }
            locals.truncate(around);
            return;
        }
        for child in children(node) {
            self.below(child, locals);
        }
        if let Some(chosen) = chosen(node) {
            *node = chosen;
        }
    }

    /// What a node that reads nothing says, as a node; none where it fails, or can't be written down.
    fn answer(&mut self, node: &IdedExpr) -> Option<Expr> {
        let value = Value::resolve(node, &Context::with_env(Arc::clone(self.env))).ok()?;
        self.written(&value)
    }

    fn written(&mut self, value: &Value) -> Option<Expr> {
        Some(Expr::Literal(match value {
            Value::Bool(value) => LiteralValue::Boolean((*value).into()),
            Value::Int(value) => LiteralValue::Int((*value).into()),
            Value::UInt(value) => LiteralValue::UInt((*value).into()),
            Value::Float(value) => LiteralValue::Double((*value).into()),
            Value::String(value) => LiteralValue::String(value.as_str().to_owned().into()),
            Value::Bytes(value) => LiteralValue::Bytes(value.to_vec().into()),
            Value::Null => LiteralValue::Null,
            Value::Duration(value) => return Some(self.kept(Box::new(CelDuration::from(*value)))),
            Value::Timestamp(value) => return Some(self.kept(Box::new(CelTimestamp::from(*value)))),
            Value::List(values) => {
                let known = self.constants.len();
                let elements =
                    values.iter().map(|value| Some(IdedExpr { id: 0, expr: self.written(value)? }));
                let elements: Option<Vec<IdedExpr>> = elements.collect();
                if elements.is_none() {
                    self.constants.truncate(known);
                }
                return Some(Expr::List(ListExpr::new(elements?)));
            }
            _ => return None,
        }))
    }

    fn kept(&mut self, value: Box<dyn Val>) -> Expr {
        self.constants.push(value);
        Hidden::Constant(self.constants.len() - 1).ident()
    }
}

/// What is folded already: a literal, or a list of them.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Ident(_) | Expr::Unspecified => true,
        Expr::List(list) => list.elements.iter().all(|element| matches!(element.expr, Expr::Literal(_))),
        _ => false,
    }
}

/// Whether a node reads what only a message knows, or an element of a walk around it.
fn reads(node: &mut IdedExpr, locals: &[String]) -> bool {
    if let Expr::Ident(name) = &node.expr {
        return locals.contains(name) || Hidden::read(name).is_some();
    }
    children(node).into_iter().any(|child| reads(child, locals))
}

/// The part of a node that its first operand chooses, where that is known.
fn chosen(node: &mut IdedExpr) -> Option<IdedExpr> {
    let Expr::Call(call) = &mut node.expr else { return None };
    let Some(Expr::Literal(LiteralValue::Boolean(first))) = call.args.first().map(|first| &first.expr) else {
        return None;
    };
    let first = *first.inner();
    let chosen = match (call.func_name.as_str(), call.args.len(), first) {
        (operators::LOGICAL_OR, 2, true) | (operators::LOGICAL_AND, 2, false) => 0,
        // the operator refuses what is neither true nor false
        (operators::LOGICAL_OR | operators::LOGICAL_AND, 2, _) if is_boolean(&call.args[1]) => 1,
        (operators::CONDITIONAL, 3, true) => 1,
        (operators::CONDITIONAL, 3, false) => 2,
        _ => return None,
    };
    Some(call.args.swap_remove(chosen))
}

/// Whether a node can't but fail or be true or false.
fn is_boolean(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Literal(literal) => matches!(literal, LiteralValue::Boolean(_)),
        Expr::Call(call) => matches!(
            call.func_name.as_str(),
            operators::LOGICAL_AND
                | operators::LOGICAL_OR
                | operators::LOGICAL_NOT
                | operators::EQUALS
                | operators::NOT_EQUALS
                | operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS
                | operators::IN
        ),
        _ => false,
    }
}
