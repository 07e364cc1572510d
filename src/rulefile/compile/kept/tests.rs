//! What is kept from load to load, and that nobody can tell from the rules.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::engine::state::State;
use crate::engine::{Engine, Facts};
use crate::message::Message;
use crate::rulefile::{Compiled, Diagnostics, Sources, compile, compile_again};

/// Rules of one expression each.
fn rules(expressions: &[String]) -> Sources {
    let rule = |(at, expression): (usize, &String)| {
        format!("  - {{id: r{at}, match: {{regex: '{expression}'}}, labels: [l{at}]}}\n")
    };
    let text: String = expressions.iter().enumerate().map(rule).collect();
    Sources::from_memory([("a.yaml", format!("rules:\n{text}"))])
}

fn load(sources: &Sources, kept: &mut Kept) -> Option<Compiled> {
    compile_again(sources, kept, &mut Diagnostics::default())
}

#[test]
fn one_edit_builds_one_expression() {
    let mut expressions: Vec<String> = (0..300).map(|at| format!(r"word{at}\s+\d{{3}}")).collect();
    let mut kept = Kept::default();
    let built = |kept: &Kept| (kept.built(), kept.len());
    assert!(load(&rules(&expressions), &mut kept).is_some());
    assert_eq!(built(&kept), (300, 300));
    expressions[7] = "another".into();
    assert!(load(&rules(&expressions), &mut kept).is_some());
    assert_eq!(built(&kept), (1, 300), "the one before is let go");
    expressions[8] = "bro(ken".into();
    assert!(load(&rules(&expressions), &mut kept).is_none());
    expressions[8] = "whole".into();
    assert!(load(&rules(&expressions), &mut kept).is_some());
    assert_eq!(built(&kept), (1, 300), "a load that failed takes nothing away");
    expressions.extend_from_within(..100);
    assert!(load(&rules(&expressions), &mut kept).is_some());
    assert_eq!(built(&kept), (0, 300), "what stands twice is built once");
}

proptest! {
    #[test]
    fn a_reload_judges_as_a_fresh_start_does(
        loads in prop::collection::vec(prop::collection::vec("[ab]{1,2}|a\\+b|\\(a|[ab]\\[bc\\]", 1..4), 1..6),
        text in "[abc +]{0,8}",
    ) {
        let mut kept = Kept::default();
        let told = |compiled: Option<Compiled>| compiled.map(|compiled| {
            let engine = Engine::new(Arc::new(compiled.rules), Arc::new(State::default()));
            let decision = engine.judge(&Message::from_text(&*text), &Facts::new());
            let prints: Vec<u64> = engine.rules().rules().iter().map(|rule| rule.fingerprint).collect();
            (decision.verdict, decision.fired, prints)
        });
        for expressions in loads {
            let sources = rules(&expressions);
            let fresh = told(compile(&sources, &mut Diagnostics::default()));
            prop_assert_eq!(told(load(&sources, &mut kept)), fresh);
        }
    }
}
